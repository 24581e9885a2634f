/* catalogs.c - all databases of the process: their list, what a commit changes in each, new oids.
 *
 * Not here: reading the file (load.c), one database's snapshot (store.c). */
#include "config.h"
#include "core/catalog/store.h"

#include <assert.h>
#include <stdlib.h>

#include "core/base/log.h"
#include "storage/store.h"
#include "storage/txn.h"

enum { OID_BLOCK = 8192 };

static atomic_uint_fast64_t versions = 1;

uint64_t
catalog_next_version(void)
{
	return atomic_fetch_add(&versions, 1);
}

void
catalog_version_seen(uint64_t version)
{
	if (versions <= version)
		versions = version + 1;
}

static void
put_u32(struct strbuf *to, uint32_t v)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		strbuf_putc(to, (char) (v >> shift));
}

void
catalog_key(oid_t database, enum object_class class, oid_t oid, struct strbuf *to)
{
	put_u32(to, database);
	strbuf_putc(to, (char) class);
	put_u32(to, oid);
}

bool
catalog_is_shared(const struct object *o)
{
	enum object_class class =
		o->class == OBJ_COMMENT ? ((const struct comment *) o)->on_class : o->class;

	return class == OBJ_ROLE || class == OBJ_DATABASE || class == OBJ_META ||
	       class == OBJ_ROLE_SETTING;
}

/* --- the list --------------------------------------------------------------------------------- */

/* With the lock, or before anybody else knows of it. */
static struct catalog_store *
find(struct catalogs *all, oid_t database)
{
	struct catalog_store *cs = all->first;

	while (cs != NULL && cs->database != database)
		cs = cs->next;
	return cs;
}

struct catalog_store *
catalogs_find(struct catalogs *all, oid_t database)
{
	struct catalog_store *cs;

	(void) pthread_mutex_lock(&all->lock);
	cs = find(all, database);
	(void) pthread_mutex_unlock(&all->lock);
	return cs;
}

void
catalogs_each(struct catalogs *all, void (*fn)(void *arg, struct catalog *c), void *arg)
{
	(void) pthread_mutex_lock(&all->lock);
	for (struct catalog_store *cs = all->first->next; cs != NULL; cs = cs->next)
		fn(arg, catalog_current(cs));
	(void) pthread_mutex_unlock(&all->lock);
}

struct catalog_store *
catalogs_add(struct catalogs *all, oid_t database)
{
	struct catalog_store *cs = slots_memory(1, sizeof *cs), **at = &all->first;

	cs->all = all;
	cs->database = database;
	while (*at != NULL)
		at = &(*at)->next;
	*at = cs;
	return cs;
}

/* --- publishing ------------------------------------------------------------------------------- */

/* A new database begins with what all share. */
static struct catalog *
shared_objects(struct catalog_store *cs)
{
	const struct catalog *from = catalog_store_latest(cs->all->first);
	struct catalog empty = { .cs = cs };
	struct change *changes;
	struct catalog *c;
	int n = 0;

	for (int class = 0; class < OBJ_CLASS_COUNT; class ++)
		n += from->by_oid[class].n;
	changes = slots_memory((size_t) n, sizeof *changes);
	n = 0;
	for (int class = 0; class < OBJ_CLASS_COUNT; class ++)
		for (int i = 0; i < from->by_oid[class].n; i++) {
			const struct slot *s = &from->by_oid[class].at[i];

			changes[n++] = (struct change){ 0, (enum object_class) class, s->oid,
							holder_stored(s->h) };
		}
	c = catalog_derive(&empty, changes, n, catalog_next_version());
	free(changes);
	return c;
}

static bool
concerns(const struct catalog_store *cs, const struct change *changes, int n)
{
	for (int i = 0; i < n; i++)
		if (changes[i].database == 0 || changes[i].database == cs->database)
			return true;
	return false;
}

static void
drop(struct catalogs *all, oid_t database)
{
	struct catalog_store **at = &all->first, *cs;

	while (*at != NULL && (*at)->database != database)
		at = &(*at)->next;
	cs = *at;
	if (cs == NULL)
		return;
	*at = cs->next;
	cs->next = all->dropped;
	all->dropped = cs;
	catalog_store_publish(cs, NULL);
}

void
catalogs_publish(struct catalog_store *own, struct catalog *ready, const struct change *changes, int n)
{
	struct catalogs *all = own->all;

	(void) pthread_mutex_lock(&all->lock);
	for (int i = 0; i < n; i++)
		if (changes[i].class == OBJ_DATABASE && changes[i].h != NULL &&
		    find(all, changes[i].oid) == NULL) {
			struct catalog_store *cs = catalogs_add(all, changes[i].oid);

			catalog_store_publish(cs, shared_objects(cs));
		}
	for (struct catalog_store *cs = all->first; cs != NULL; cs = cs->next) {
		struct catalog *c = cs == own ? ready : NULL;

		if (!concerns(cs, changes, n))
			continue;
		if (c == NULL)
			c = catalog_derive(catalog_store_latest(cs), changes, n,
					   catalog_next_version());
		catalog_store_publish(cs, c);
	}
	for (int i = 0; i < n; i++)
		if (changes[i].class == OBJ_DATABASE && changes[i].h == NULL)
			drop(all, changes[i].oid);
	(void) pthread_mutex_unlock(&all->lock);
}

/* --- oids ------------------------------------------------------------------------------------- */

static int
reserve_oids(struct catalogs *all, oid_t limit, struct err *e)
{
	struct meta_object m = { .o = { .class = OBJ_META, .oid = META_OID, .name = "next oid" } };
	struct txn_options options = { .async_commit = true };
	TXN_AUTO struct txn *txn = NULL;
	ARENA_AUTO struct arena arena = { 0 };
	struct strbuf key, value;
	int rc;

	strbuf_init(&key, &arena);
	strbuf_init(&value, &arena);
	m.next_oid = limit;
	catalog_key(0, OBJ_META, META_OID, &key);
	catalog_encode(&m.o, &value);
	rc = txn_begin(all->store, &options, &txn, e);
	if (rc != ERR_OK)
		return rc;
	rc = txn_statement_begin(txn, e);
	if (rc != ERR_OK)
		return rc;
	rc = txn_put(txn, STORE_FILE_CATALOG, key.data, key.len, value.data, value.len, 0, e);
	txn_statement_end(txn);
	if (rc != ERR_OK)
		return rc;
	return txn_commit(&txn, e);
}

oid_t
catalogs_new_oid(struct catalogs *all)
{
	oid_t oid;

	(void) pthread_mutex_lock(&all->oid_lock);
	if (all->next_oid >= all->oid_limit) {
		struct err e = { 0 };

		/* If it fails, the numbers are still found in use at the next start. */
		if (reserve_oids(all, all->next_oid + OID_BLOCK, &e) != ERR_OK)
			log_write(LOG_WARNING, "could not reserve oids: %s", e.message);
		all->oid_limit = all->next_oid + OID_BLOCK;
	}
	oid = all->next_oid++;
	(void) pthread_mutex_unlock(&all->oid_lock);
	return oid;
}

/* --- opening ---------------------------------------------------------------------------------- */

/* Types of records, for values that carry an oid only. */
static const struct type *
resolve_type(oid_t oid)
{
	const struct catalog *c = catalog_entered();

	return c != NULL ? catalog_find_type(c, oid) : NULL;
}

int
catalogs_open(struct store *store, const char *superuser, struct catalogs **ret_all, struct err *e)
{
	struct catalogs *all = slots_memory(1, sizeof *all);
	int rc;

	all->store = store;
	(void) pthread_mutex_init(&all->lock, NULL);
	(void) pthread_mutex_init(&all->oid_lock, NULL);
	(void) catalogs_add(all, 0);
	rc = catalogs_load(all, superuser, e);
	if (rc != ERR_OK) {
		catalogs_close(&all);
		return rc;
	}
	type_set_resolver(resolve_type);
	*ret_all = all;
	return ERR_OK;
}

static void
free_stores(struct catalog_store *cs)
{
	while (cs != NULL) {
		struct catalog_store *next = cs->next;

		catalog_store_free(cs);
		cs = next;
	}
}

void
catalogs_close(struct catalogs **all)
{
	if (*all == NULL)
		return;
	rcu_barrier();
	free_stores((*all)->first);
	free_stores((*all)->dropped);
	(void) pthread_mutex_destroy(&(*all)->oid_lock);
	(void) pthread_mutex_destroy(&(*all)->lock);
	free(*all);
	*all = NULL;
}
