/* lock.c - acquiring, waiting for and releasing locks.
 *
 * Not here: the search for cycles (deadlock.c), listings (lock_list.c). */
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

/* --- tables, actors, owners ---------------------------------------------------------------- */

struct lock_table *
lock_table_new(uint64_t limit)
{
	struct lock_table *t = aligned_alloc(64, sizeof *t);

	if (t == NULL)
		return NULL;
	memset(t, 0, sizeof *t);
	t->limit = limit / SHARDS;
	for (int i = 0; i < SHARDS; i++)
		pthread_mutex_init(&t->shard[i].mutex, NULL);
	return t;
}

void
lock_table_free(struct lock_table *t)
{
	if (t == NULL)
		return;
	for (int i = 0; i < SHARDS; i++) {
		assert(t->shard[i].count == 0);
		free(t->shard[i].buckets);
		pthread_mutex_destroy(&t->shard[i].mutex);
	}
	free(t);
}

struct lock_actor *
lock_actor_new(struct lock_table *table, int pid, const int *cancel)
{
	struct lock_actor *a = calloc(1, sizeof *a);
	pthread_condattr_t attr;

	if (a == NULL)
		return NULL;
	a->table = table;
	a->pid = pid;
	a->cancel = cancel;
	pthread_mutex_init(&a->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&a->cond, &attr);
	pthread_condattr_destroy(&attr);
	return a;
}

void
lock_actor_enter(struct lock_actor *actor, uint32_t database)
{
	actor->database = database;
}

void
lock_actor_done(struct lock_actor **actor)
{
	struct lock_actor *a = *actor;

	if (a == NULL)
		return;
	assert(a->waiting == NULL);
	pthread_cond_destroy(&a->cond);
	pthread_mutex_destroy(&a->mutex);
	free(a);
	*actor = NULL;
}

static void
wake(struct lock_actor *a)
{
	pthread_mutex_lock(&a->mutex);
	a->wake = true;
	pthread_cond_signal(&a->cond);
	pthread_mutex_unlock(&a->mutex);
}

void
lock_cancel_wake(struct lock_actor *actor)
{
	wake(actor);
}

int
lock_check_cancel(const int *cancel, struct err *e)
{
	if (cancel == NULL)
		return ERR_OK;
	switch (__atomic_load_n(cancel, __ATOMIC_RELAXED)) {
	case LOCK_CANCEL_NONE:
		return ERR_OK;
	case LOCK_CANCEL_TIMEOUT:
		return err_set(e, ERR_QUERY_CANCELED, "canceling statement due to statement timeout");
	case LOCK_CANCEL_ADMIN:
		return err_set(e, ERR_ADMIN_SHUTDOWN,
		               "terminating connection due to administrator command");
	default:
		return err_set(e, ERR_QUERY_CANCELED, "canceling statement due to user request");
	}
}

struct lock_owner *
lock_owner_new(struct lock_actor *actor, uint64_t txn)
{
	struct lock_owner *o = calloc(1, sizeof *o);

	if (o == NULL)
		return NULL;
	o->actor = actor;
	o->txn = txn;
	return o;
}

void
lock_owner_done(struct lock_owner **owner)
{
	if (*owner == NULL)
		return;
	lock_release_all(*owner);
	free(*owner);
	*owner = NULL;
}

/* --- lockables ----------------------------------------------------------------------------- */

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
	return w;
}

static bool
same_key(const struct lockable *l, const struct wanted *w)
{
	const struct lock_key *k = w->key;

	return l->object == k->object && l->space == k->space && l->len == k->len
	    && l->database == w->database && (k->len == 0 || memcmp(l->bytes, k->bytes, k->len) == 0);
}

static struct lockable *
find(struct lock_shard *s, const struct wanted *w)
{
	if (s->nbuckets == 0)
		return NULL;
	struct lockable *l = s->buckets[w->hash & (s->nbuckets - 1)];
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
			l->hash_next = to[l->hash & (n - 1)];
			to[l->hash & (n - 1)] = l;
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
	l->hash_next = s->buckets[l->hash & (s->nbuckets - 1)];
	s->buckets[l->hash & (s->nbuckets - 1)] = l;
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
	struct lockable **at = &s->buckets[l->hash & (s->nbuckets - 1)];
	while (*at != l)
		at = &(*at)->hash_next;
	*at = l->hash_next;
	s->count--;
	s->bytes -= sizeof *l + l->len;
	free(l);
}

/* --- grants -------------------------------------------------------------------------------- */

static void
grant_link(struct lockable *l, struct grant *g)
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

/* The owner's grant on this lockable in this mode; searches the shorter list. */
static struct grant *
own_grant(const struct lockable *l, const struct lock_owner *o, enum lock_mode mode)
{
	if ((l->modes >> lock_mode_bit(mode) & 1) == 0)
		return NULL;
	if (l->ngrants <= o->ngrants) {
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
	grant_link(l, w->grant);
	w->granted = true;
	wake(w->owner->actor);
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
	/* A cancel that came before the line above has set its cell already. */
	int rc = lock_check_cancel(a->cancel, e);
	if (rc != ERR_OK) {
		queue_remove(&w);
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

int
lock_acquire(struct lock_owner *owner, const struct lock_key *key, enum lock_mode mode,
             const struct lock_how *how, enum lock_result *ret_result, struct err *e)
{
	struct lock_table *t = owner->actor->table;
	const struct wanted w = wanted_by(owner, key);
	struct lock_shard *s = lock_shard(t, w.hash);
	struct waiter *before = NULL;
	int rc = ERR_OK;

	assert(key->len <= UINT16_MAX);
	assert(lock_mode_is_row(mode) == (key->space == LOCK_ROW || key->space == LOCK_UNIQUE));
	if (how == NULL)
		how = &patient;
#ifdef ORMDB_FAULTS
	if (lock_mode_is_row(mode) && fault_skips_row_locks()) {
		*ret_result = LOCK_GRANTED;
		return ERR_OK;
	}
#endif

	pthread_mutex_lock(&s->mutex);
	struct lockable *l = find(s, &w);
	struct grant *g = l != NULL ? own_grant(l, owner, mode) : NULL;
	if (g != NULL) {
		g->count++;
		pthread_mutex_unlock(&s->mutex);
		*ret_result = LOCK_GRANTED;
		return ERR_OK;
	}
	if (l == NULL && s->bytes < t->limit)
		l = lockable_new(s, &w);
	g = l != NULL ? malloc(sizeof *g) : NULL;
	if (g == NULL) {
		if (l != NULL)
			lockable_drop(s, l);
		pthread_mutex_unlock(&s->mutex);
		return table_full(e);
	}
	*g = (struct grant) { .owner = owner, .count = 1, .mode = (uint8_t) mode };

	*ret_result = LOCK_GRANTED;
	if (l->queue != NULL)
		before = how->policy == LOCK_FIRST ? l->queue : queue_place(l, owner->actor);
	if (!lock_blocked_by_holders(l, owner->actor, mode)
	    && !blocked_by_queue(before, l, owner->actor, mode)) {
		grant_link(l, g);
	} else if (how->policy == LOCK_NOWAIT || how->policy == LOCK_SKIP) {
		*ret_result = LOCK_NOT_GRANTED;
		if (how->policy == LOCK_NOWAIT)
			rc = err_set(e, ERR_LOCK_NOT_AVAILABLE, "could not obtain lock on %s",
			             how->what != NULL ? how->what : "object");
	} else {
		rc = enqueue(t, s, l, g, before, how, e);
		if (rc == ERR_OK)
			*ret_result = LOCK_GRANTED_AFTER_WAIT;
	}
	bool got = rc == ERR_OK && *ret_result != LOCK_NOT_GRANTED;
	if (got)
		s->bytes += sizeof *g;
	else
		lockable_drop(s, l);
	pthread_mutex_unlock(&s->mutex);
	if (got)
		owner_push(owner, g);
	else
		free(g);
	return rc;
}

/* --- release ------------------------------------------------------------------------------- */

static void
release(struct grant *g)
{
	struct lock_table *t = g->owner->actor->table;
	struct lockable *l = g->of;
	struct lock_shard *s = lock_shard(t, l->hash);

	pthread_mutex_lock(&s->mutex);
	grant_unlink(g);
	if (l->queue != NULL)
		lock_wake_queue(l);
	lockable_drop(s, l);
	s->bytes -= sizeof *g;
	pthread_mutex_unlock(&s->mutex);
	owner_remove(g->owner, g);
	free(g);
}

bool
lock_release(struct lock_owner *owner, const struct lock_key *key, enum lock_mode mode)
{
	struct lock_table *t = owner->actor->table;
	const struct wanted w = wanted_by(owner, key);
	struct lock_shard *s = lock_shard(t, w.hash);

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
	bool held = false;

	pthread_mutex_lock(&s->mutex);
	struct lockable *l = find(s, &w);
	for (struct grant *g = l != NULL ? l->grants : NULL; g != NULL && !held; g = g->next)
		held = g->owner == owner && (lock_conflicts[mode] & ~lock_conflicts[g->mode]) == 0;
	pthread_mutex_unlock(&s->mutex);
	return held;
}

size_t
lock_mark(const struct lock_owner *owner)
{
	return owner->seq;
}

void
lock_release_to(struct lock_owner *owner, size_t mark)
{
	while (owner->newest != NULL && owner->newest->seq > mark)
		release(owner->newest);
}

void
lock_release_all(struct lock_owner *owner)
{
	lock_release_to(owner, 0);
}
