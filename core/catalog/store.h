/* store.h - private to core/catalog: between the store, the bootstrap and drafts.
 *
 * Owner: none.  Thread: start only, but catalog_store_version().  Failure: of the storage.
 * Cost: none. */
#ifndef CORE_CATALOG_STORE_H
#define CORE_CATALOG_STORE_H

#include "core/catalog/slots.h"

struct txn;

typedef int bootstrap_put(void *arg, struct txn *txn, const struct object *o, struct err *e);
int catalog_bootstrap(struct txn *txn, const char *superuser, bootstrap_put *put, void *arg,
		      struct err *e) MUST_CHECK;
bootstrap_put load_push_object;

/* Version of the published snapshot. */
uint64_t catalog_store_version(struct catalog_store *cs);

#endif
