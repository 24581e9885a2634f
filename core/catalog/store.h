/* store.h - private to core/catalog: the process's catalogs, between store.c, catalogs.c, load.c,
 * bootstrap.c and drafts.
 *
 * Owner     catalogs_open() makes a struct catalogs and its stores, catalogs_close() frees them.
 * Thread    the list of stores belongs to its lock; a store's pointer is RCU's; publishing happens
 *           inside a commit, and commits are one after the other.
 * Failure   of the storage.  Cost: none. */
#ifndef CORE_CATALOG_STORE_H
#define CORE_CATALOG_STORE_H

#include <pthread.h>

#include "core/catalog/slots.h"

struct txn;

struct catalog_store {
	struct catalogs *all;
	oid_t database;          /* 0: the shared objects alone */
	struct catalog *current; /* RCU; NULL: dropped */
	struct catalog_store *next;
};

struct catalogs {
	struct store *store;
	pthread_mutex_t lock;
	struct catalog_store *first;   /* number 0 */
	struct catalog_store *dropped; /* somebody may still hold a pointer */
	pthread_mutex_t oid_lock;
	oid_t next_oid, oid_limit; /* numbers below the limit are reserved on disk */
};

typedef int bootstrap_put(void *arg, struct txn *txn, oid_t database, const struct object *o,
			  struct err *e);
int catalog_bootstrap(struct txn *txn, const char *superuser, bootstrap_put *put, void *arg,
		      struct err *e) MUST_CHECK;

/* store.c */
/* Version of the published snapshot. */
uint64_t catalog_store_version(struct catalog_store *cs);
struct catalog *catalog_store_latest(struct catalog_store *cs);          /* inside a commit only */
void catalog_store_publish(struct catalog_store *cs, struct catalog *c); /* takes the count */
void catalog_store_free(struct catalog_store *cs);

/* catalogs.c */
struct catalog_store *catalogs_add(struct catalogs *all, oid_t database); /* nothing published */
/* Inside a commit: lay the changes over each database that they are for.  `ready`: what they make
 * of own's latest, when that is known already; the count is taken. */
void catalogs_publish(struct catalog_store *own, struct catalog *ready, const struct change *changes,
		      int n);
oid_t catalogs_new_oid(struct catalogs *all);

/* load.c: fills `all`. */
int catalogs_load(struct catalogs *all, const char *superuser, struct err *e) MUST_CHECK;

#endif
