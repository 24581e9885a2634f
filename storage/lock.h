/* lock.h - who may touch what: row, key, table, object and advisory locks.
 *
 * An actor is one session (or one background worker): the thing that waits and is named in
 * deadlock reports.  An owner is a set of locks released together: a transaction, or the
 * session itself (advisory locks).  Owners of one actor never block each other.  An actor works
 * in one database; a key means something of that database, but in the spaces that all share.
 *
 * Owner     actors and owners belong to their makers; lock_owner_done() releases what is left.
 * Thread    an actor waits in one thread at a time; lock_cancel_wake() comes from any.
 * Failure   55P03 for NOWAIT and lock_timeout, 40P01 for a deadlock, 57014 when cancelled,
 *           53200 when the table is full.  A failed request holds nothing new.
 * Cost      uncontended: about 0.1 us; a row 32 bytes, all else 180.  Queues are first come, first
 *           served; a holder that wants a stronger mode goes before those who hold nothing. */
#ifndef STORAGE_LOCK_H
#define STORAGE_LOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/err.h"

struct lock_table;
struct lock_actor;
struct lock_owner;

enum lock_space {
	LOCK_RELATION,                  /* object: its oid; table modes */
	LOCK_ROW,                       /* object: oid; bytes: the row's key; row modes */
	LOCK_UNIQUE,                    /* object: index oid; bytes: the key; row modes */
	LOCK_OBJECT,                    /* any other catalog object; table modes */
	LOCK_SHARED_OBJECT,             /* one that all databases share (a role, a database); table modes */
	LOCK_ADVISORY,                  /* bytes: the key; table modes (Share, Exclusive) */
	LOCK_TXN,                       /* waiting for a transaction to end; shared; table modes */
	LOCK_SPACE_COUNT
};

/* Two families in one enum; a lockable uses one of them only.  Weaker before stronger. */
enum lock_mode {
	LOCK_KEY_SHARE, LOCK_SHARE, LOCK_NO_KEY_UPDATE, LOCK_UPDATE,    /* rows and keys */
	LOCK_ACCESS_SHARE, LOCK_ROW_SHARE, LOCK_ROW_EXCLUSIVE, LOCK_SHARE_UPDATE_EXCLUSIVE,
	LOCK_TABLE_SHARE, LOCK_SHARE_ROW_EXCLUSIVE, LOCK_EXCLUSIVE, LOCK_ACCESS_EXCLUSIVE,
	LOCK_MODE_COUNT
};

struct lock_key {
	enum lock_space space;
	uint32_t    object;
	const void *bytes;              /* copied */
	size_t      len;
};

/* The bytes of a LOCK_ADVISORY key. */
struct lock_advisory {
	int64_t  key;                   /* of two keys the first is the upper half */
	int64_t  two_keys;
};

enum lock_policy {
	LOCK_WAIT,
	LOCK_NOWAIT,                    /* 55P03 instead of waiting */
	LOCK_SKIP,                      /* LOCK_NOT_GRANTED instead of waiting: SKIP LOCKED, pg_try_ */
	LOCK_FIRST,                     /* wait for holders, before those who queue: for one who gives the
	                                 * lock back at once, and must not wait for it for nothing */
};

struct lock_how {
	enum lock_policy policy;
	unsigned lock_timeout_ms;       /* 0: none */
	unsigned deadlock_timeout_ms;   /* 0: 1000 */
	const char *what;               /* for 55P03: the table of a row; "relation \"t\""; NULL: "object" */
	/* A lock of the owner's, in the same mode, that is given back when this one is had or refused, or
	 * queued for: so those who queue for that one come to this one in their order. */
	const struct lock_key *instead_of;
};

enum lock_result {
	LOCK_GRANTED,                   /* at once, or held already */
	LOCK_GRANTED_AFTER_WAIT,        /* READ COMMITTED must read the row again */
	LOCK_NOT_GRANTED,               /* LOCK_SKIP only */
};

/* Why a wait must end.  The cell is the session's (exec_env.cancel), set with __atomic_store_n
 * and read by everything that can take long. */
enum lock_cancel { LOCK_CANCEL_NONE, LOCK_CANCEL_USER, LOCK_CANCEL_TIMEOUT, LOCK_CANCEL_ADMIN };

/* `cancel` may be NULL.  pid names the session in reports and listings. */
struct lock_actor *lock_actor_new(struct lock_table *table, int pid, const int *cancel);
void lock_actor_done(struct lock_actor **actor);
void lock_actor_enter(struct lock_actor *actor, uint32_t database);     /* holding nothing; at first: 0 */
/* After setting the actor's cancel cell: let it look. */
void lock_cancel_wake(struct lock_actor *actor);
/* 57014 or 57P01 when the cell is set: for everything else that can take long. */
int  lock_check_cancel(const int *cancel, struct err *e) MUST_CHECK;

/* txn names the transaction in listings; 0: the session's own locks. */
struct lock_owner *lock_owner_new(struct lock_actor *actor, uint64_t txn);
void lock_owner_done(struct lock_owner **owner);

int  lock_acquire(struct lock_owner *owner, const struct lock_key *key, enum lock_mode mode,
                  const struct lock_how *how, enum lock_result *ret_result, struct err *e) MUST_CHECK;
/* Give back one acquisition (they are counted); false: this owner does not hold it. */
bool lock_release(struct lock_owner *owner, const struct lock_key *key, enum lock_mode mode);
bool lock_held(struct lock_owner *owner, const struct lock_key *key, enum lock_mode mode);
struct lock_mark { size_t rows, others; };
struct lock_mark lock_mark(struct lock_owner *owner);
void lock_release_to(struct lock_owner *owner, struct lock_mark mark);  /* those acquired since */
void lock_release_all(struct lock_owner *owner);

/* For pg_locks and pg_blocking_pids().  Rows and keys are listed when somebody waits.  Who waits for a row stands in its queue: behind others
 * that want what it cannot share, or, first of those, waiting for the holder itself. */
struct lock_info {
	enum lock_space space;
	uint32_t        object;
	uint32_t        database;       /* 0: shared by all */
	const void     *bytes;          /* valid during the call */
	size_t          len;
	enum lock_mode  mode;
	bool            granted;
	int             pid;
	uint64_t        txn;            /* the owner's; 0: the session's */
	uint64_t        holder;         /* of a waiter: a transaction that has what it wants; 0: none */
	bool            behind;         /* a waiter: another one before it keeps it waiting */
	uint64_t        wait_start_us;  /* since the epoch; 0 when granted */
};
void lock_list(struct lock_table *table, void (*fn)(void *arg, const struct lock_info *info), void *arg);
/* How many; in the spaces of the bit set. */
int  lock_blockers(struct lock_table *table, int pid, unsigned spaces, int *ret_pids, int max);

const char *lock_mode_name(enum lock_mode mode);        /* as in pg_locks: "RowExclusiveLock" */

#endif
