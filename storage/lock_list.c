/* lock_list.c - showing the lock table: names, descriptions, pg_locks, pg_blocking_pids(). */
#include "config.h"
#include "storage/lock.h"

#include <assert.h>
#include <stdio.h>

#include "storage/lock_table.h"

const char *
lock_mode_name(enum lock_mode mode)
{
	static const char *const names[LOCK_MODE_COUNT] = {
		[LOCK_KEY_SHARE] = "ForKeyShareLock",
		[LOCK_SHARE] = "ForShareLock",
		[LOCK_NO_KEY_UPDATE] = "ForNoKeyUpdateLock",
		[LOCK_UPDATE] = "ForUpdateLock",
		[LOCK_ACCESS_SHARE] = "AccessShareLock",
		[LOCK_ROW_SHARE] = "RowShareLock",
		[LOCK_ROW_EXCLUSIVE] = "RowExclusiveLock",
		[LOCK_SHARE_UPDATE_EXCLUSIVE] = "ShareUpdateExclusiveLock",
		[LOCK_TABLE_SHARE] = "ShareLock",
		[LOCK_SHARE_ROW_EXCLUSIVE] = "ShareRowExclusiveLock",
		[LOCK_EXCLUSIVE] = "ExclusiveLock",
		[LOCK_ACCESS_EXCLUSIVE] = "AccessExclusiveLock",
	};

	assert(mode >= 0 && mode < LOCK_MODE_COUNT);
	return names[mode];
}

void
lock_describe(const struct lockable *l, char *text, size_t size)
{
	char hex[2 * 24 + 1] = "";

	for (unsigned i = 0; i < l->len && i < 24; i++)
		snprintf(hex + 2 * i, 3, "%02x", l->bytes[i]);
	switch ((enum lock_space) l->space) {
	case LOCK_RELATION:
		snprintf(text, size, "relation %u", l->object);
		break;
	case LOCK_ROW:
		snprintf(text, size, "row \\x%s of relation %u", hex, l->object);
		break;
	case LOCK_UNIQUE:
		snprintf(text, size, "key \\x%s of index %u", hex, l->object);
		break;
	case LOCK_ADVISORY:
		snprintf(text, size, "advisory lock \\x%s", hex);
		break;
	case LOCK_TXN:
		snprintf(text, size, "transaction \\x%s", hex);
		break;
	default:
		snprintf(text, size, "object %u", l->object);
		break;
	}
}

/* Is there somebody before w in the queue who wants what w cannot share? */
static bool
stands_behind(const struct lockable *l, const struct waiter *w)
{
	for (const struct waiter *v = l->queue; v != w; v = v->next)
		if (v->owner->actor != w->owner->actor && lock_modes_conflict(w->mode, v->mode))
			return true;
	return false;
}

static uint64_t
holder_of(const struct lockable *l, const struct waiter *w)
{
	for (const struct grant *g = l->grants; g != NULL; g = g->next)
		if (g->owner->actor != w->owner->actor && lock_modes_conflict(w->mode, g->mode))
			return g->owner->txn;
	return 0;
}

static void
list_one(const struct lockable *l, void (*fn)(void *arg, const struct lock_info *info), void *arg)
{
	struct lock_info info = {
		.space = (enum lock_space) l->space, .object = l->object, .database = l->database,
		.bytes = l->bytes, .len = l->len,
	};

	info.granted = true;
	for (const struct grant *g = l->grants; g != NULL; g = g->next) {
		info.mode = (enum lock_mode) g->mode;
		info.pid = g->owner->actor->pid;
		info.txn = g->owner->txn;
		fn(arg, &info);
	}
	info.granted = false;
	for (const struct waiter *w = l->queue; w != NULL; w = w->next) {
		info.mode = w->mode;
		info.pid = w->owner->actor->pid;
		info.txn = w->owner->txn;
		info.holder = holder_of(l, w);
		info.behind = stands_behind(l, w);
		info.wait_start_us = w->start_us;
		fn(arg, &info);
	}
}

void
lock_list(struct lock_table *table, void (*fn)(void *arg, const struct lock_info *info), void *arg)
{
	for (int i = 0; i < SHARDS; i++) {
		struct lock_shard *s = &table->shard[i];
		pthread_mutex_lock(&s->mutex);
		for (size_t b = 0; b < s->nbuckets; b++)
			for (const struct lockable *l = s->buckets[b]; l != NULL; l = l->hash_next)
				list_one(l, fn, arg);
		pthread_mutex_unlock(&s->mutex);
	}
}

static int
add_pid(int *pids, int n, int max, int pid)
{
	for (int i = 0; i < n && i < max; i++)
		if (pids[i] == pid)
			return n;
	if (n < max)
		pids[n] = pid;
	return n + 1;
}

/* Those who keep the waiters of this lockable with this pid waiting.  For a row the first of a
 * queue waits for the holder, the others wait for who stands before them. */
static int
blockers_of(const struct lockable *l, int pid, int *pids, int n, int max)
{
	bool by_turns = l->space == LOCK_ROW || l->space == LOCK_UNIQUE;

	for (const struct waiter *w = l->queue; w != NULL; w = w->next) {
		if (w->owner->actor->pid != pid)
			continue;
		bool holders = !by_turns || !stands_behind(l, w);
		for (const struct grant *g = holders ? l->grants : NULL; g != NULL; g = g->next)
			if (g->owner->actor != w->owner->actor && lock_modes_conflict(w->mode, g->mode))
				n = add_pid(pids, n, max, g->owner->actor->pid);
		for (const struct waiter *v = l->queue; v != w; v = v->next)
			if (v->owner->actor != w->owner->actor && lock_modes_conflict(w->mode, v->mode))
				n = add_pid(pids, n, max, v->owner->actor->pid);
	}
	return n;
}

int
lock_blockers(struct lock_table *table, int pid, unsigned spaces, int *ret_pids, int max)
{
	int n = 0;

	for (int i = 0; i < SHARDS; i++) {
		struct lock_shard *s = &table->shard[i];
		pthread_mutex_lock(&s->mutex);
		for (size_t b = 0; b < s->nbuckets; b++)
			for (const struct lockable *l = s->buckets[b]; l != NULL; l = l->hash_next)
				if (l->queue != NULL && (spaces >> l->space & 1) != 0)
					n = blockers_of(l, pid, ret_pids, n, max);
		pthread_mutex_unlock(&s->mutex);
	}
	return n;
}
