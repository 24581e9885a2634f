/* lock.c - acquiring, waiting for and releasing locks.
 *
 * Not here: tables, actors and owners (lock_actor.c), rows that nobody waits for (lock_rows.c), the
 * search for cycles (deadlock.c), listings (lock_list.c). */
#include "config.h"
#include "storage/lock.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/hash.h"
#include "storage/fault.h"
#include "storage/lock_table.h"

#define BIT(m) (1u << (m))

/* PostgreSQL's two conflict tables; bits are places within the family. */
const uint16_t lock_conflicts[LOCK_MODE_COUNT] = {
	[LOCK_KEY_SHARE]              = BIT(3),
	[LOCK_SHARE]                  = BIT(2) | BIT(3),
	[LOCK_NO_KEY_UPDATE]          = BIT(1) | BIT(2) | BIT(3),
	[LOCK_UPDATE]                 = BIT(0) | BIT(1) | BIT(2) | BIT(3),

	[LOCK_ACCESS_SHARE]           = BIT(7),
	[LOCK_ROW_SHARE]              = BIT(6) | BIT(7),
	[LOCK_ROW_EXCLUSIVE]          = BIT(4) | BIT(5) | BIT(6) | BIT(7),
	[LOCK_SHARE_UPDATE_EXCLUSIVE] = BIT(3) | BIT(4) | BIT(5) | BIT(6) | BIT(7),
	[LOCK_TABLE_SHARE]            = BIT(2) | BIT(3) | BIT(5) | BIT(6) | BIT(7),
	[LOCK_SHARE_ROW_EXCLUSIVE]    = BIT(2) | BIT(3) | BIT(4) | BIT(5) | BIT(6) | BIT(7),
	[LOCK_EXCLUSIVE]              = BIT(1) | BIT(2) | BIT(3) | BIT(4) | BIT(5) | BIT(6) | BIT(7),
	[LOCK_ACCESS_EXCLUSIVE]       = 0xFF,
};

uint64_t
lock_clock_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t) t.tv_sec * 1000000 + (uint64_t) t.tv_nsec / 1000;
}

static uint64_t
monotonic_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t) t.tv_sec * 1000000 + (uint64_t) t.tv_nsec / 1000;
}

/* --- lockables ----------------------------------------------------------------------------- */

static bool
is_row(enum lock_space space)
{
	return space == LOCK_ROW || space == LOCK_UNIQUE;
}

static struct lockable **
bucket(const struct lock_shard *s, uint64_t hash)
{
	return &s->buckets[hash >> 3 & (s->nbuckets - 1)];      /* names of rows end alike */
}

/* A key, and whose it is. */
struct wanted { const struct lock_key *key; uint32_t database; uint64_t hash; };

static struct wanted
wanted_by(const struct lock_owner *owner, const struct lock_key *k)
{
	struct wanted w = { .key = k };

	if (k->space != LOCK_SHARED_OBJECT && k->space != LOCK_TXN)
		w.database = owner->actor->database;
	w.hash = hash_mix(hash_bytes(k->bytes, k->len), (uint64_t) k->space << 32 | k->object);
	if (w.database != 0)
		w.hash = hash_mix(w.hash, w.database);
	if (is_row(k->space))
		w.hash = lock_row_name(w.hash);
	return w;
}

/* A row's name is all that tells it from others. */
static bool
same_key(const struct lockable *l, const struct wanted *w)
{
	const struct lock_key *k = w->key;

	if (is_row((enum lock_space) l->space) || is_row(k->space))
		return is_row((enum lock_space) l->space) == is_row(k->space);
	return l->object == k->object && l->space == k->space && l->len == k->len
	    && l->database == w->database && (k->len == 0 || memcmp(l->bytes, k->bytes, k->len) == 0);
}

static struct lockable *
find(struct lock_shard *s, const struct wanted *w)
{
	if (s->nbuckets == 0)
		return NULL;
	struct lockable *l = *bucket(s, w->hash);
	while (l != NULL && (l->hash != w->hash || !same_key(l, w)))
		l = l->hash_next;
	return l;
}

static bool
rehash(struct lock_shard *s)
{
	size_t n = s->nbuckets == 0 ? 64 : s->nbuckets * 2;
	struct lockable **to = calloc(n, sizeof *to);

	if (to == NULL)
		return s->nbuckets != 0;        /* longer chains are slow, not wrong */
	for (size_t i = 0; i < s->nbuckets; i++)
		for (struct lockable *l = s->buckets[i], *next; l != NULL; l = next) {
			next = l->hash_next;
			l->hash_next = to[l->hash >> 3 & (n - 1)];
			to[l->hash >> 3 & (n - 1)] = l;
		}
	free(s->buckets);
	s->buckets = to;
	s->nbuckets = n;
	return true;
}

static struct lockable *
lockable_new(struct lock_shard *s, const struct wanted *w)
{
	const struct lock_key *k = w->key;

	if (s->count >= s->nbuckets && !rehash(s))
		return NULL;
	struct lockable *l = calloc(1, sizeof *l + k->len);
	if (l == NULL)
		return NULL;
	l->hash = w->hash;
	l->space = (uint8_t) k->space;
	l->object = k->object;
	l->database = w->database;
	l->len = (uint16_t) k->len;
	if (k->len != 0)
		memcpy(l->bytes, k->bytes, k->len);
	struct lockable **at = bucket(s, l->hash);
	l->hash_next = *at;
	*at = l;
	s->count++;
	s->bytes += sizeof *l + k->len;
	return l;
}

/* Free it when nobody has an interest left. */
static void
lockable_drop(struct lock_shard *s, struct lockable *l)
{
	if (l->grants != NULL || l->queue != NULL)
		return;
	struct lockable **at = bucket(s, l->hash);
	while (*at != l)
		at = &(*at)->hash_next;
	*at = l->hash_next;
	s->count--;
	s->bytes -= sizeof *l + l->len;
	free(l);
}

/* --- grants -------------------------------------------------------------------------------- */

void
lock_grant_link(struct lockable *l, struct grant *g)
{
	g->of = l;
	g->prev = NULL;
	g->next = l->grants;
	if (l->grants != NULL)
		l->grants->prev = g;
	l->grants = g;
	l->ngrants++;
	l->held[lock_mode_bit(g->mode)]++;
	l->modes |= (uint16_t) BIT(lock_mode_bit(g->mode));
}

static void
grant_unlink(struct grant *g)
{
	struct lockable *l = g->of;

	if (g->prev != NULL)
		g->prev->next = g->next;
	else
		l->grants = g->next;
	if (g->next != NULL)
		g->next->prev = g->prev;
	l->ngrants--;
	if (--l->held[lock_mode_bit(g->mode)] == 0)
		l->modes &= (uint16_t) ~BIT(lock_mode_bit(g->mode));
}

static void
owner_push(struct lock_owner *o, struct grant *g)
{
	g->seq = ++o->seq;
	g->newer = NULL;
	g->older = o->newest;
	if (o->newest != NULL)
		o->newest->newer = g;
	o->newest = g;
	o->ngrants++;
}

static void
owner_remove(struct lock_owner *o, struct grant *g)
{
	if (g->newer != NULL)
		g->newer->older = g->older;
	else
		o->newest = g->older;
	if (g->older != NULL)
		g->older->newer = g->newer;
	o->ngrants--;
}

/* The owner's grant on this lockable in this mode; searches the shorter list, where there are two. */
static struct grant *
own_grant(const struct lockable *l, const struct lock_owner *o, enum lock_mode mode)
{
	if ((l->modes >> lock_mode_bit(mode) & 1) == 0)
		return NULL;
	if (is_row((enum lock_space) l->space) || l->ngrants <= o->ngrants) {
		for (struct grant *g = l->grants; g != NULL; g = g->next)
			if (g->owner == o && g->mode == mode)
				return g;
	} else {
		for (struct grant *g = o->newest; g != NULL; g = g->older)
			if (g->of == l && g->mode == mode)
				return g;
	}
	return NULL;
}

bool
lock_blocked_by_holders(const struct lockable *l, const struct lock_actor *actor,
                        enum lock_mode mode)
{
	if ((l->modes & lock_conflicts[mode]) == 0)
		return false;
	for (const struct grant *g = l->grants; g != NULL; g = g->next)
		if (g->owner->actor != actor && lock_modes_conflict(mode, g->mode))
			return true;
	return false;
}

static bool
blocked_by_queue(const struct waiter *end, const struct lockable *l,
                 const struct lock_actor *actor, enum lock_mode mode)
{
	for (const struct waiter *w = l->queue; w != end; w = w->next)
		if (w->owner->actor != actor && lock_modes_conflict(mode, w->mode))
			return true;
	return false;
}

/* --- the queue ------------------------------------------------------------------------------ */

/* A holder goes before the first waiter that its locks keep waiting: behind it, it would wait
 * for somebody who waits for it.  Returns whom to stand before; NULL: nobody. */
static struct waiter *
queue_place(const struct lockable *l, const struct lock_actor *actor)
{
	for (struct waiter *w = l->queue; w != NULL; w = w->next) {
		if ((l->modes & lock_conflicts[w->mode]) == 0)
			continue;
		for (const struct grant *g = l->grants; g != NULL; g = g->next)
			if (g->owner->actor == actor && lock_modes_conflict(w->mode, g->mode))
				return w;
	}
	return NULL;
}

static void
queue_insert(struct lockable *l, struct waiter *w, struct waiter *before)
{
	w->of = l;
	w->next = before;
	w->prev = before != NULL ? before->prev : l->queue_end;
	if (w->prev != NULL)
		w->prev->next = w;
	else
		l->queue = w;
	if (before != NULL)
		before->prev = w;
	else
		l->queue_end = w;
	w->owner->actor->waiting = w;
}

static void
queue_remove(struct waiter *w)
{
	struct lockable *l = w->of;

	if (w->prev != NULL)
		w->prev->next = w->next;
	else
		l->queue = w->next;
	if (w->next != NULL)
		w->next->prev = w->prev;
	else
		l->queue_end = w->prev;
	w->owner->actor->waiting = NULL;
}

void
lock_grant_waiter(struct waiter *w)
{
	struct lockable *l = w->of;

	queue_remove(w);
	lock_grant_link(l, w->grant);
	w->granted = true;
	lock_cancel_wake(w->owner->actor);
}

/* Something was released: grant, in order, all whom nobody before them keeps waiting. */
void
lock_wake_queue(struct lockable *l)
{
	for (struct waiter *w = l->queue, *next; w != NULL; w = next) {
		next = w->next;
		if (!lock_blocked_by_holders(l, w->owner->actor, w->mode)
		    && !blocked_by_queue(w, l, w->owner->actor, w->mode))
			lock_grant_waiter(w);
	}
}

/* --- acquire ------------------------------------------------------------------------------- */

static const struct lock_how patient = { .policy = LOCK_WAIT };

/* Sleep until granted, or until there is a reason to stop.  Called and returns with the
 * shard's mutex held; lets go of it meanwhile. */
static int
wait_for_grant(struct lock_table *t, struct lock_shard *s, struct waiter *w,
               const struct lock_how *how, struct err *e)
{
	struct lock_actor *a = w->owner->actor;
	uint64_t start = monotonic_us();
	unsigned patience = how->deadlock_timeout_ms != 0 ? how->deadlock_timeout_ms : 1000;
	uint64_t check_at = start + (uint64_t) patience * 1000;
	uint64_t give_up = how->lock_timeout_ms != 0
	                 ? start + (uint64_t) how->lock_timeout_ms * 1000 : UINT64_MAX;
	int rc = ERR_OK;

	while (!w->granted && rc == ERR_OK) {
		pthread_mutex_unlock(&s->mutex);
		uint64_t until = check_at < give_up ? check_at : give_up;
		struct timespec ts = { (time_t) (until / 1000000), (long) (until % 1000000) * 1000 };

		pthread_mutex_lock(&a->mutex);
		while (!a->wake) {
			if (until == UINT64_MAX)
				pthread_cond_wait(&a->cond, &a->mutex);
			else if (pthread_cond_timedwait(&a->cond, &a->mutex, &ts) == ETIMEDOUT)
				break;
		}
		a->wake = false;
		pthread_mutex_unlock(&a->mutex);

		uint64_t now = monotonic_us();
		if (now >= check_at && now < give_up) {
			check_at = UINT64_MAX;          /* a later cycle is its last arriver's to find */
			deadlock_check(t, a, e);
		}
		pthread_mutex_lock(&s->mutex);
		if (w->granted)
			break;
		rc = e->code != ERR_OK ? e->code : lock_check_cancel(a->cancel, e);
		if (rc == ERR_OK && now >= give_up)
			rc = err_set(e, ERR_LOCK_NOT_AVAILABLE,
			             "canceling statement due to lock timeout");
	}
	if (w->granted) {
		err_init(e);                    /* the cycle dissolved before we looked again */
		return ERR_OK;
	}
	struct lockable *l = w->of;
	queue_remove(w);
	lock_wake_queue(l);
	return rc;
}

static int
enqueue(struct lock_table *t, struct lock_shard *s, struct lockable *l, struct grant *g,
        struct waiter *before, const struct lock_how *how, struct err *e)
{
	struct waiter w = {
		.owner = g->owner, .grant = g, .mode = g->mode, .start_us = lock_clock_us(),
	};
	struct lock_actor *a = g->owner->actor;

	pthread_mutex_lock(&a->mutex);          /* forget wake-ups of earlier waits */
	a->wake = false;
	pthread_mutex_unlock(&a->mutex);
	queue_insert(l, &w, before);
	if (how->instead_of != NULL) {
		pthread_mutex_unlock(&s->mutex);
		(void) lock_release(g->owner, how->instead_of, (enum lock_mode) g->mode);
		pthread_mutex_lock(&s->mutex);
	}
	/* A cancel that came before the line above has set its cell already. */
	int rc = w.granted ? ERR_OK : lock_check_cancel(a->cancel, e);
	if (rc != ERR_OK) {
		queue_remove(&w);
		lock_wake_queue(l);
		return rc;
	}
	return wait_for_grant(t, s, &w, how, e);
}

static int
table_full(struct err *e)
{
	err_set(e, ERR_OUT_OF_MEMORY, "out of memory for locks");
	return err_hint(e, "Change fewer rows in one transaction, or lock the whole table first.");
}

/* What it takes to wait for the row, or to share it with many: a lockable with all its locks. */
static struct lockable *
promote(struct lock_table *t, struct lock_shard *s, const struct wanted *w)
{
	struct lockable *l = s->bytes < t->limit ? lockable_new(s, w) : NULL;

	if (l == NULL || !is_row(w->key->space) || lock_rows_promote(s, w->hash, l))
		return l;
	lockable_drop(s, l);
	return NULL;
}

/* Of a lockable, with the shard's mutex held: by the owner's grant, or a new one. */
static int
acquire_grant(struct lock_owner *owner, struct lock_shard *s, struct lockable *l, enum lock_mode mode,
              const struct lock_how *how, enum lock_result *ret_result, struct grant **ret_new, struct err *e)
{
	bool row = is_row((enum lock_space) l->space);
	bool have = !row || lock_names_may_have(&owner->rows, l->hash | (uint64_t) mode, l->ngrants);
	struct grant *g = have ? own_grant(l, owner, mode) : NULL;
	struct waiter *before = NULL;
	int rc = ERR_OK;

	*ret_new = NULL;
	*ret_result = LOCK_GRANTED;
	if (g != NULL) {
		g->count++;
		return ERR_OK;
	}
	g = malloc(sizeof *g);
	if (g == NULL) {
		lockable_drop(s, l);
		return table_full(e);
	}
	*g = (struct grant) { .owner = owner, .count = 1, .mode = (uint8_t) mode };
	if (l->queue != NULL)
		before = how->policy == LOCK_FIRST ? l->queue : queue_place(l, owner->actor);
	if (!lock_blocked_by_holders(l, owner->actor, mode)
	    && !blocked_by_queue(before, l, owner->actor, mode)) {
		lock_grant_link(l, g);
	} else if (how->policy == LOCK_NOWAIT || how->policy == LOCK_SKIP) {
		*ret_result = LOCK_NOT_GRANTED;
	} else {
		rc = enqueue(owner->actor->table, s, l, g, before, how, e);
		if (rc == ERR_OK)
			*ret_result = LOCK_GRANTED_AFTER_WAIT;
	}
	if (rc == ERR_OK && *ret_result != LOCK_NOT_GRANTED) {
		s->bytes += sizeof *g;
		*ret_new = g;
		return ERR_OK;
	}
	lockable_drop(s, l);
	free(g);
	return rc;
}

/* Of a row without a lockable, with the shard's mutex held; true: that settles it. */
static bool
acquire_slot(struct lock_owner *owner, struct lock_shard *s, uint64_t name, enum lock_mode mode,
             enum lock_policy policy, enum lock_result *ret_result, bool *ret_full)
{
	*ret_result = LOCK_GRANTED;
	switch (lock_rows_take(s, name, owner, mode, owner->actor->table->limit)) {
	case LOCK_ROWS_TAKEN:
		lock_names_push(&owner->rows, name | (uint64_t) mode);
		return true;
	case LOCK_ROWS_HELD:
		return true;
	case LOCK_ROWS_FULL:
		*ret_full = true;
		return true;
	case LOCK_ROWS_BLOCKED:
		*ret_result = LOCK_NOT_GRANTED;
		return policy == LOCK_NOWAIT || policy == LOCK_SKIP;
	default:
		return false;
	}
}

static int
refused(bool row, const struct lock_how *how, struct err *e)
{
	if (row && how->what != NULL)
		return err_set(e, ERR_LOCK_NOT_AVAILABLE, "could not obtain lock on row in relation \"%s\"",
		               how->what);
	return err_set(e, ERR_LOCK_NOT_AVAILABLE, "could not obtain lock on %s",
	               how->what != NULL ? how->what : "object");
}

int
lock_acquire(struct lock_owner *owner, const struct lock_key *key, enum lock_mode mode,
             const struct lock_how *how, enum lock_result *ret_result, struct err *e)
{
	struct lock_table *t = owner->actor->table;
	const struct wanted w = wanted_by(owner, key);
	struct lock_shard *s = lock_shard(t, w.hash);
	const bool row = is_row(key->space);
	struct grant *g = NULL;
	bool full = row && !lock_names_reserve(&owner->rows);
	int rc = ERR_OK;

	assert(key->len <= UINT16_MAX);
	assert(lock_mode_is_row(mode) == row);
	if (how == NULL)
		how = &patient;
#ifdef ORMDB_FAULTS
	if (row && fault_skips_row_locks()) {
		*ret_result = LOCK_GRANTED;
		return ERR_OK;
	}
#endif

	pthread_mutex_lock(&s->mutex);
	struct lockable *l = find(s, &w);
	if (!full && (l != NULL || !row || !acquire_slot(owner, s, w.hash, mode, how->policy, ret_result, &full))) {
		if (l == NULL)
			l = promote(t, s, &w);
		full = l == NULL;
		if (l != NULL)
			rc = acquire_grant(owner, s, l, mode, how, ret_result, &g, e);
	}
	pthread_mutex_unlock(&s->mutex);
	if (full)
		return table_full(e);
	if (g != NULL && row)
		lock_names_push(&owner->rows, w.hash | (uint64_t) mode);
	else if (g != NULL)
		owner_push(owner, g);
	if (rc == ERR_OK && *ret_result != LOCK_GRANTED_AFTER_WAIT && how->instead_of != NULL)
		(void) lock_release(owner, how->instead_of, mode);
	if (rc == ERR_OK && *ret_result == LOCK_NOT_GRANTED && how->policy == LOCK_NOWAIT)
		return refused(row, how, e);
	return rc;
}

/* --- release ------------------------------------------------------------------------------- */

/* With the shard's mutex held. */
static void
end_grant(struct lock_shard *s, struct grant *g)
{
	struct lockable *l = g->of;

	grant_unlink(g);
	if (l->queue != NULL)
		lock_wake_queue(l);
	lockable_drop(s, l);
	s->bytes -= sizeof *g;
}

static void
release(struct grant *g)
{
	struct lock_shard *s = lock_shard(g->owner->actor->table, g->of->hash);

	pthread_mutex_lock(&s->mutex);
	end_grant(s, g);
	pthread_mutex_unlock(&s->mutex);
	owner_remove(g->owner, g);
	free(g);
}

/* One acquisition of a row, or all of them. */
static bool
release_row(struct lock_owner *owner, uint64_t name, enum lock_mode mode, bool all, bool *ret_gone)
{
	static const struct lock_key any_row = { .space = LOCK_ROW };
	const struct wanted w = { .key = &any_row, .hash = name };
	struct lock_shard *s = lock_shard(owner->actor->table, name);
	struct grant *g = NULL;
	bool held;

	pthread_mutex_lock(&s->mutex);
	struct lockable *l = find(s, &w);
	if (l == NULL) {
		held = lock_rows_give_back(s, name, owner, mode, all, ret_gone);
	} else {
		g = own_grant(l, owner, mode);
		held = g != NULL;
		*ret_gone = held && (all || --g->count == 0);
		if (*ret_gone)
			end_grant(s, g);
		else
			g = NULL;
	}
	pthread_mutex_unlock(&s->mutex);
	free(g);
	return held;
}

bool
lock_release(struct lock_owner *owner, const struct lock_key *key, enum lock_mode mode)
{
	const struct wanted w = wanted_by(owner, key);
	struct lock_shard *s = lock_shard(owner->actor->table, w.hash);
	bool gone;

	if (is_row(key->space)) {
		bool held = release_row(owner, w.hash, mode, false, &gone);
		if (gone)
			lock_names_strike(&owner->rows, w.hash | (uint64_t) mode);
		return held;
	}
	pthread_mutex_lock(&s->mutex);
	struct lockable *l = find(s, &w);
	struct grant *g = l != NULL ? own_grant(l, owner, mode) : NULL;
	bool last = g != NULL && --g->count == 0;
	pthread_mutex_unlock(&s->mutex);
	if (last)
		release(g);
	return g != NULL;
}

/* Any held mode that conflicts with all that `mode` conflicts with will do. */
bool
lock_held(struct lock_owner *owner, const struct lock_key *key, enum lock_mode mode)
{
	struct lock_table *t = owner->actor->table;
	const struct wanted w = wanted_by(owner, key);
	struct lock_shard *s = lock_shard(t, w.hash);

	pthread_mutex_lock(&s->mutex);
	struct lockable *l = find(s, &w);
	bool held = l == NULL && is_row(key->space) && lock_rows_held(s, w.hash, owner, mode);
	for (struct grant *g = l != NULL ? l->grants : NULL; g != NULL && !held; g = g->next)
		held = g->owner == owner && lock_mode_covers((enum lock_mode) g->mode, mode);
	pthread_mutex_unlock(&s->mutex);
	return held;
}

struct lock_mark
lock_mark(struct lock_owner *owner)
{
	owner->rows.marked = owner->rows.count;
	return (struct lock_mark) { .rows = owner->rows.count, .others = owner->seq };
}

void
lock_release_to(struct lock_owner *owner, struct lock_mark mark)
{
	bool gone;

	while (owner->newest != NULL && owner->newest->seq > mark.others)
		release(owner->newest);
	while (owner->rows.count > mark.rows) {
		uint64_t name = lock_names_pop(&owner->rows);
		if (name != 0)
			(void) release_row(owner, lock_name_row(name), lock_name_mode(name), true, &gone);
	}
	owner->rows.marked = owner->rows.count;
}

void
lock_release_all(struct lock_owner *owner)
{
	lock_release_to(owner, (struct lock_mark) { 0 });
	lock_names_free(&owner->rows);
}
