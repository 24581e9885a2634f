/* store.c - a database's published snapshot.
 *
 * The published pointer is read under RCU and its snapshot counted before the read side ends, so
 * readers take no lock; the count that the pointer itself holds is given up after a grace period.
 *
 * Not here: which databases there are (catalogs.c), changes (draft.c). */
#include "config.h"
#include "core/catalog/store.h"

#include <stdlib.h>

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#else
#define __tsan_acquire(at) ((void) (at))
#define __tsan_release(at) ((void) (at))
#endif

static atomic_uint_fast64_t grace; /* stands for grace periods: see readers_begin() */

struct store *
catalog_store_store(struct catalog_store *cs)
{
	return cs->all->store;
}

struct catalogs *
catalog_store_all(struct catalog_store *cs)
{
	return cs->all;
}

oid_t
catalog_store_database(const struct catalog_store *cs)
{
	return cs->database;
}

/* The published snapshot, between readers_begin() and readers_end().  The compiler's own atomics
 * instead of liburcu's: the same instructions, and the thread sanitizer understands them.  What it
 * cannot see is a grace period: it is told. */
static struct catalog *
readers_begin(struct catalog_store *cs)
{
	rcu_read_lock();
	return __atomic_load_n(&cs->current, __ATOMIC_ACQUIRE);
}

static void
readers_end(void)
{
	__tsan_release(&grace);
	rcu_read_unlock();
}

struct catalog *
catalog_current(struct catalog_store *cs)
{
	struct catalog *c = readers_begin(cs);

	catalog_retain(c);
	readers_end();
	return c;
}

uint64_t
catalog_store_version(struct catalog_store *cs)
{
	uint64_t version = readers_begin(cs)->version;

	readers_end();
	return version;
}

bool
catalog_is_stale(const struct catalog *c, oid_t rel)
{
	const struct catalog *base = c->base != NULL ? c->base : c;
	bool stale = catalog_find(readers_begin(c->cs), OBJ_RELATION, rel) !=
		catalog_find(base, OBJ_RELATION, rel);

	readers_end();
	return stale;
}

static void
release_after_grace(struct rcu_head *head)
{
	__tsan_acquire(&grace);
	catalog_release((struct catalog *) ((char *) head - offsetof(struct catalog, rcu)));
}

void
catalog_store_publish(struct catalog_store *cs, struct catalog *c)
{
	struct catalog *old = cs->current;

	__atomic_store_n(&cs->current, c, __ATOMIC_RELEASE);
	__tsan_release(&grace);
	if (old != NULL)
		call_rcu(&old->rcu, release_after_grace);
}

struct catalog *
catalog_store_latest(struct catalog_store *cs)
{
	return cs->current;
}

void
catalog_store_free(struct catalog_store *cs)
{
	catalog_release(cs->current);
	free(cs);
}
