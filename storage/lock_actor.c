/* lock_actor.c - the lock table, those who wait in it and those who hold: made and ended, cancelled.
 *
 * Not here: locking (lock.c). */
#include "config.h"
#include "storage/lock.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "storage/lock_table.h"

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
		assert(t->shard[i].count == 0 && t->shard[i].rows.used == 0);
		free(t->shard[i].buckets);
		free(t->shard[i].rows.at);
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

void
lock_cancel_wake(struct lock_actor *actor)
{
	pthread_mutex_lock(&actor->mutex);
	actor->wake = true;
	pthread_cond_signal(&actor->cond);
	pthread_mutex_unlock(&actor->mutex);
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
	lock_release_all(*owner);       /* and forgets its names */
	free(*owner);
	*owner = NULL;
}
