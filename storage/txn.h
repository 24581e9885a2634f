/* txn.h - a unit of work: a snapshot, an ordered private write set, row locks, one commit.
 *
 * Nothing uncommitted is ever in the engine.  A write goes to the transaction's write set,
 * which every cursor merges over the engine's rows; commit applies it in one short engine
 * transaction while the locks are still held.  Writes carry the number of the command that
 * made them, so a statement sees what earlier statements wrote and not what it writes itself.
 *
 * Writers must lock (lock.h) what they overwrite before they read it: storage does not find
 * lost updates by itself.
 *
 * Owner     txn_begin() hands the caller one transaction; exactly one call of txn_commit()
 *           or txn_abort() takes it back and clears the pointer, whatever txn_commit()
 *           returns.  Declare it `TXN_AUTO struct txn *txn = NULL;` and every early return
 *           aborts.
 * Thread    one at a time (it may move between threads between calls).
 * Failure   T_R_SERIALIZATION_FAILURE: run the transaction again.  After a failed call inside
 *           a statement, txn_rollback_to() the statement's savepoint or abort.
 * Cost      begin: nothing of the engine.  A statement borrows an engine session (0.3 us) and
 *           gives it back at its end, at READ COMMITTED.  Commit: one log flush shared by all
 *           that wait for it. */
#ifndef STORAGE_TXN_H
#define STORAGE_TXN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/err.h"

struct store;
struct txn;                     /* private to storage/ */
struct snap;                    /* what a statement sees; private too */
struct strbuf;
struct lock_actor;
struct lock_owner;

enum txn_isolation { TXN_READ_COMMITTED, TXN_REPEATABLE_READ, TXN_SERIALIZABLE };

struct txn_options {
	enum txn_isolation isolation;
	bool read_only;                 /* every txn_put() is refused (25006) */
	bool deferrable;
	bool async_commit;              /* synchronous_commit = off; see txn_set_async_commit() */
	struct lock_actor *actor;       /* whose locks these are; NULL: a private one */
	uint32_t scope;                 /* a number of the caller's (a database): snapshots are imported within one */
};

int  txn_begin(struct store *store, const struct txn_options *options, struct txn **ret_txn,
               struct err *e) MUST_CHECK;
int  txn_commit(struct txn **txn, struct err *e) MUST_CHECK;
void txn_abort(struct txn **txn);               /* a NULL transaction is a no-op */

#define TXN_AUTO CLEANUP(txn_abort)

enum txn_isolation txn_isolation(const struct txn *txn);
struct store      *txn_store(struct txn *txn);
struct lock_owner *txn_locks(struct txn *txn);
uint64_t           txn_id(const struct txn *txn);       /* unique in this process, never 0 */
bool               txn_has_writes(const struct txn *txn);
void               txn_set_async_commit(struct txn *txn, bool async);
/* 25001 after the first statement. */
int                txn_set_modes(struct txn *txn, enum txn_isolation isolation, bool read_only,
                                 bool deferrable, struct err *e) MUST_CHECK;
/* Lock the transaction's own number, once: who waits for its end waits for that, and listings
 * show it.  To be called before the first lock that others may wait for. */
int                txn_announce(struct txn *txn, struct err *e) MUST_CHECK;

/* --- statements ---------------------------------------------------------------------------
 * Reads and writes happen between begin and end; pairs nest (a function's statement inside a
 * statement).  At READ COMMITTED begin takes a new snapshot, else the transaction's own, taken
 * by its first statement.  Begin also starts a new command.  End gives the engine session
 * back unless txn_snap_hold() or a transaction-long snapshot still needs it. */
int  txn_statement_begin(struct txn *txn, struct err *e) MUST_CHECK;
void txn_statement_end(struct txn *txn);

/* What has been written so far becomes visible to cursors opened from now on (a nested graph
 * mutation that reads its own parents; DDL that reads its own catalog rows). */
void txn_command_next(struct txn *txn);

/* READ COMMITTED after a lock wait: the rest of the statement reads a newer snapshot.  Cursors
 * that are open keep the old one. */
int  txn_snapshot_renew(struct txn *txn, struct err *e) MUST_CHECK;

/* A portal outlives its statement: hold the current snapshot, enter it around each fetch (as
 * a statement of its own, ended by txn_statement_end()), release it when the portal closes.
 * All are released by commit and abort at the latest. */
struct snap *txn_snap_hold(struct txn *txn);
int          txn_snap_enter(struct txn *txn, struct snap *snap, struct err *e) MUST_CHECK;
void         txn_snap_release(struct txn *txn, struct snap **snap);

/* The current snapshot under a name that other transactions may import until this one ends.
 * Import before the first statement: 22023 no such snapshot, 25001 too late, 0A000 the levels
 * do not fit. */
enum { TXN_SNAPSHOT_NAME = 24 };
int  txn_snapshot_export(struct txn *txn, char ret_name[TXN_SNAPSHOT_NAME], struct err *e) MUST_CHECK;
int  txn_snapshot_import(struct txn *txn, const char *name, struct err *e) MUST_CHECK;

/* Has the commit with this change number (the stamp of a row) happened for the current
 * snapshot?  Own writes are not stamped yet: their stamp is whatever the value holds. */
bool     txn_sees(const struct txn *txn, uint64_t change);
/* Everything at or below this number is visible in the current snapshot. */
uint64_t txn_snap_change(const struct txn *txn);
/* The latest committed value under a key was written after the transaction's snapshot: at
 * REPEATABLE READ and above an update of it is 40001. */
int      txn_fail_serialization(struct err *e);         /* sets PostgreSQL's text, returns code */

/* Wait until all that the current snapshot showed is on disk.  Call it before the reply to a
 * read leaves; a commit does it itself.  Usually one comparison. */
int  txn_wait_visible_durable(struct txn *txn, struct err *e) MUST_CHECK;

/* --- writes --------------------------------------------------------------------------------
 * Keys and values are copied.  Keys have 1 to TXN_KEY_MAX bytes (54000 above). */
enum {
	TXN_STAMP   = 1,        /* the value's first 8 bytes become the commit's change number */
	TXN_KEY_MAX = 2700,     /* far below the engine's overflow limit for keys */
};

int  txn_put(struct txn *txn, uint32_t file, const void *key, size_t klen,
             const void *value, size_t vlen, unsigned flags, struct err *e) MUST_CHECK;
int  txn_delete(struct txn *txn, uint32_t file, const void *key, size_t klen,
                struct err *e) MUST_CHECK;

/* --- point reads ---------------------------------------------------------------------------
 * The value is appended to `ret_value` (clear it first); NULL asks only whether it exists. */
int  txn_get(struct txn *txn, uint32_t file, const void *key, size_t klen,
             struct strbuf *ret_value, bool *ret_found, struct err *e) MUST_CHECK;
/* The newest committed state and all own writes, the current command's too: for unique and
 * foreign key checks and for re-reading a row after locking it. */
int  txn_get_latest(struct txn *txn, uint32_t file, const void *key, size_t klen,
                    struct strbuf *ret_value, bool *ret_found, struct err *e) MUST_CHECK;

/* What this transaction itself has written under the key, without a look at the engine. */
enum txn_own { TXN_OWN_NONE, TXN_OWN_VALUE, TXN_OWN_DELETED };
enum txn_own txn_own(struct txn *txn, uint32_t file, const void *key, size_t klen,
                     bool current_command_too);

/* --- rows whose key changes ------------------------------------------------------------------
 * A writer that deletes a row under one key and puts it under another says so; for others it
 * becomes known with the commit.  txn_follow(): the row was seen under `key` in the version with
 * the stamp `since`; `key`, whose lock is held, is replaced by where it went next, step by step
 * (lock each).  UNKNOWN: it may have moved, so many have that not all are remembered.  Of a
 * row that leaves for another file the new key is NULL: AWAY. */
enum txn_moved {
	TXN_MOVED_NOT, TXN_MOVED,
	TXN_MOVED_AWAY,                 /* to another file */
	TXN_MOVED_UNKNOWN,
};
struct txn_trail {
	uint64_t since;
	uint64_t step;                  /* 0 at first */
};
int  txn_note_move(struct txn *txn, uint32_t file, const void *from, size_t from_len,
                   const void *to, size_t to_len, struct err *e) MUST_CHECK;
bool txn_any_moves(const struct txn *txn);      /* else there is nothing to follow */
enum txn_moved txn_follow(struct txn *txn, uint32_t file, struct strbuf *key,
                          struct txn_trail *trail);

/* --- savepoints ----------------------------------------------------------------------------
 * A mark is valid until the transaction ends or rolls back past it.  Rolling back undoes
 * writes, runs the abort callbacks registered since (newest first) and releases the locks
 * taken since.  RELEASE needs no call. */
struct txn_mark {
	size_t undo, hooks, locks, rows, moves;
};

struct txn_mark txn_savepoint(struct txn *txn);
void            txn_rollback_to(struct txn *txn, struct txn_mark mark);

/* --- callbacks -----------------------------------------------------------------------------
 * on_commit runs after the engine has committed and before any later snapshot or commit can
 * see it, in commit order, under the commit lock: be short, do not call storage but
 * store_file_doom(), do not fail.  on_abort runs at abort or at a rollback past its mark.
 * Either may be NULL. */
int  txn_on_end(struct txn *txn, void (*on_commit)(void *arg, uint64_t change),
                void (*on_abort)(void *arg), void *arg, struct err *e) MUST_CHECK;

/* The change log: runs inside every writing commit, after its number is known and before its
 * writes are applied; it may walk them with txn_write_next() and txn_put() more. */
typedef int txn_change_fn(void *arg, struct txn *txn, uint64_t change, struct err *e);
void store_set_change_log(struct store *store, txn_change_fn *fn, void *arg);

struct txn_write {
	uint32_t    file;
	const void *key;
	size_t      klen;
	const void *value;              /* NULL: deleted */
	size_t      vlen;
	void       *pos;                /* private; NULL starts the walk */
};
bool txn_write_next(struct txn *txn, struct txn_write *w);      /* file, then key order */

#endif
