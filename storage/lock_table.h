/* lock_table.h - the lock table's structures, for lock*.c and deadlock.c alone.
 *
 * A lockable exists while somebody holds it or waits for it.  It lives in the shard of its
 * hash, under that shard's mutex, with its grants and its queue.  An owner's list of grants is
 * touched by the owner's thread only.  Rows and keys that nobody waits for are slots instead
 * (lock_rows.c); a row has either slots or a lockable.  Grants of rows stand in no owner's list,
 * their names do.
 *
 * Lock order: shard[0] > shard[1] > ... > actor.mutex. */
#ifndef STORAGE_LOCK_TABLE_H
#define STORAGE_LOCK_TABLE_H

#include <pthread.h>

#include "storage/lock.h"

enum { SHARD_BITS = 5, SHARDS = 1 << SHARD_BITS, FAMILY = 8 };  /* TSan follows 64 held locks */

struct lockable {
	struct lockable *hash_next;
	uint64_t hash;
	struct grant  *grants;          /* newest first */
	struct waiter *queue, *queue_end;
	uint32_t held[FAMILY];          /* grants by mode */
	uint32_t ngrants;
	uint16_t len;
	uint8_t  space;
	uint16_t modes;                 /* bit set of the modes held */
	uint32_t object;
	uint32_t database;              /* 0: shared by all */
	uint8_t  bytes[];
};

struct grant {
	struct lockable *of;
	struct grant *next, *prev;      /* of the lockable */
	struct grant *newer, *older;    /* of the owner */
	struct lock_owner *owner;
	size_t   seq;                   /* the owner's count when it was acquired */
	uint32_t count;
	uint8_t  mode;
};

struct waiter {                         /* on the waiting thread's stack */
	struct lockable *of;
	struct waiter *next, *prev;
	struct lock_owner *owner;
	struct grant *grant;            /* made beforehand: granting must not fail */
	uint64_t start_us;
	enum lock_mode mode;
	bool     granted;               /* set by whoever grants it, under the shard's mutex */
};

struct lock_slot { uint64_t name, holder; };

struct lock_slots {
	struct lock_slot *at;
	size_t n, used;
};

struct lock_shard {
	_Alignas(64) pthread_mutex_t mutex;
	struct lockable **buckets;
	size_t nbuckets, count;
	struct lock_slots rows;
	uint64_t bytes;
};

struct lock_table {
	struct lock_shard shard[SHARDS];
	uint64_t limit;                 /* bytes of one shard */
	unsigned visit;                 /* deadlock searches so far, under all shards */
};

struct lock_actor {
	struct lock_table *table;
	int pid;
	uint32_t database;
	const int *cancel;
	struct waiter *waiting;         /* under the mutex of the lockable's shard */
	pthread_mutex_t mutex;          /* guards `wake` */
	pthread_cond_t  cond;
	bool wake;
	unsigned visit;                 /* deadlock search, under all shards */
};

struct lock_names_block {
	struct lock_names_block *older;
	size_t   n, cap;
	uint64_t names[];               /* with the mode; 0: struck */
};

struct lock_names {
	struct lock_names_block *newest;
	size_t count;                   /* with those struck */
	size_t marked;                  /* the newest mark */
};

struct lock_owner {
	struct lock_actor *actor;
	uint64_t txn;
	struct grant *newest;           /* but of rows */
	size_t seq, ngrants;
	struct lock_names rows;
};

struct lock_table *lock_table_new(uint64_t limit);
void               lock_table_free(struct lock_table *t);

static inline struct lock_shard *
lock_shard(struct lock_table *t, uint64_t hash)
{
	return &t->shard[hash >> (64 - SHARD_BITS)];
}

static inline bool
lock_mode_is_row(enum lock_mode m)
{
	return m <= LOCK_UPDATE;
}

/* A mode's place in its family, and the family's modes it conflicts with. */
static inline unsigned
lock_mode_bit(enum lock_mode m)
{
	return lock_mode_is_row(m) ? (unsigned) m : (unsigned) m - LOCK_ACCESS_SHARE;
}

extern const uint16_t lock_conflicts[LOCK_MODE_COUNT];

static inline bool
lock_modes_conflict(enum lock_mode a, enum lock_mode b)
{
	return (lock_conflicts[a] >> lock_mode_bit(b) & 1) != 0;
}

/* A lock in mode `has` keeps out all that one in mode `wants` would. */
static inline bool
lock_mode_covers(enum lock_mode has, enum lock_mode wants)
{
	return (lock_conflicts[wants] & ~lock_conflicts[has]) == 0;
}

/* The name of a row from its key's hash, and back to both from what an owner remembers. */
static inline uint64_t lock_row_name(uint64_t hash)             { return (hash & ~UINT64_C(3)) | 4; }
static inline uint64_t lock_name_row(uint64_t name)             { return name & ~UINT64_C(3); }
static inline enum lock_mode lock_name_mode(uint64_t name)      { return (enum lock_mode) (name & 3); }

/* lock_rows.c, with the shard's mutex held, for rows without a lockable. */
enum lock_rows_answer {
	LOCK_ROWS_TAKEN, LOCK_ROWS_HELD,        /* anew, once more */
	LOCK_ROWS_BLOCKED, LOCK_ROWS_CROWDED,   /* a lockable is needed to wait, to share */
	LOCK_ROWS_FULL,
};
enum lock_rows_answer lock_rows_take(struct lock_shard *s, uint64_t name, struct lock_owner *owner,
                                     enum lock_mode mode, uint64_t limit);
/* One acquisition, or all; false: not held. */
bool lock_rows_give_back(struct lock_shard *s, uint64_t name, const struct lock_owner *owner,
                         enum lock_mode mode, bool all, bool *ret_gone);
bool lock_rows_held(const struct lock_shard *s, uint64_t name, const struct lock_owner *owner, enum lock_mode mode);
/* Its slots become grants of a new lockable; false: no memory. */
bool lock_rows_promote(struct lock_shard *s, uint64_t name, struct lockable *l);

/* What an owner remembers; its thread only.  After reserve() one push() cannot fail. */
bool lock_names_reserve(struct lock_names *list);
void lock_names_push(struct lock_names *list, uint64_t name);
uint64_t lock_names_pop(struct lock_names *list);       /* there is one; 0: struck */
void lock_names_strike(struct lock_names *list, uint64_t name);
bool lock_names_may_have(const struct lock_names *list, uint64_t name, size_t max);
void lock_names_free(struct lock_names *list);

/* With the shard's mutex held. */
void lock_grant_link(struct lockable *l, struct grant *g);
bool lock_blocked_by_holders(const struct lockable *l, const struct lock_actor *actor, enum lock_mode mode);
void lock_grant_waiter(struct waiter *w);
void lock_wake_queue(struct lockable *l);

/* deadlock.c: fills *e when waiting on would be for ever; may grant somebody instead. */
void deadlock_check(struct lock_table *t, const struct lock_actor *self, struct err *e);

void lock_describe(const struct lockable *l, char *text, size_t size);
uint64_t lock_clock_us(void);           /* since the epoch */

#endif
