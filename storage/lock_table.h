/* lock_table.h - the lock table's structures, for lock.c, deadlock.c and lock_list.c alone.
 *
 * A lockable exists while somebody holds it or waits for it.  It lives in the shard of its
 * hash, under that shard's mutex, with its grants and its queue.  An owner's list of grants is
 * touched by the owner's thread only.
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

struct lock_shard {
	_Alignas(64) pthread_mutex_t mutex;
	struct lockable **buckets;
	size_t nbuckets, count;
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

struct lock_owner {
	struct lock_actor *actor;
	uint64_t txn;
	struct grant *newest;
	size_t seq, ngrants;
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

/* With the shard's mutex held. */
bool lock_blocked_by_holders(const struct lockable *l, const struct lock_actor *actor, enum lock_mode mode);
void lock_grant_waiter(struct waiter *w);
void lock_wake_queue(struct lockable *l);

/* deadlock.c: fills *e when waiting on would be for ever; may grant somebody instead. */
void deadlock_check(struct lock_table *t, const struct lock_actor *self, struct err *e);

void lock_describe(const struct lockable *l, char *text, size_t size);
uint64_t lock_clock_us(void);           /* since the epoch */

#endif
