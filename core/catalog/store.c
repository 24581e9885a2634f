/* store.c - the process's catalog: reading the file at start, the published snapshot, new oids.
 *
 * The published pointer is read under RCU and its snapshot counted before the read side ends, so
 * readers take no lock; the count that the pointer itself holds is given up after a grace period.
 *
 * Not here: what an empty catalog contains (bootstrap.c), changes (draft.c). */
#include "config.h"
#include "core/catalog/store.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/base/log.h"
#include "storage/cursor.h"
#include "storage/store.h"
#include "storage/txn.h"

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#else
#define __tsan_acquire(at) ((void) (at))
#define __tsan_release(at) ((void) (at))
#endif

enum { OID_BLOCK = 8192 };

struct catalog_store {
	struct store *store;
	struct catalog *current; /* RCU */
	pthread_mutex_t oid_lock;
	oid_t next_oid, oid_limit; /* numbers below the limit are reserved on disk */
};

static atomic_uint_fast64_t versions = 1;
static struct catalog_store *resolver_store;

uint64_t
catalog_next_version(void)
{
	return atomic_fetch_add(&versions, 1);
}

void
catalog_key(enum object_class class, oid_t oid, struct strbuf *to)
{
	strbuf_putc(to, (char) class);
	for (int shift = 24; shift >= 0; shift -= 8)
		strbuf_putc(to, (char) (oid >> shift));
}

struct store *
catalog_store_store(struct catalog_store *cs)
{
	return cs->store;
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
	__tsan_release(&versions);
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
	__tsan_acquire(&versions);
	catalog_release((struct catalog *) ((char *) head - offsetof(struct catalog, rcu)));
}

void
catalog_store_publish(struct catalog_store *cs, struct catalog *c)
{
	struct catalog *old = cs->current;

	__atomic_store_n(&cs->current, c, __ATOMIC_RELEASE);
	__tsan_release(&versions);
	if (old != NULL)
		call_rcu(&old->rcu, release_after_grace);
}

struct catalog *
catalog_store_latest(struct catalog_store *cs)
{
	return cs->current;
}

/* Types of records, for values that carry an oid only. */
static const struct type *
resolve_type(oid_t oid)
{
	const struct catalog *c = catalog_entered();
	const struct type *t;

	if (c != NULL)
		return catalog_find_type(c, oid);
	if (resolver_store == NULL)
		return NULL;
	t = catalog_find_type(readers_begin(resolver_store), oid);
	readers_end();
	return t;
}

/* --- oids ------------------------------------------------------------------------------------- */

static int
reserve_oids(struct catalog_store *cs, oid_t limit, struct err *e)
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
	catalog_key(OBJ_META, META_OID, &key);
	catalog_encode(&m.o, &value);
	rc = txn_begin(cs->store, &options, &txn, e);
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
catalog_store_new_oid(struct catalog_store *cs)
{
	oid_t oid;

	(void) pthread_mutex_lock(&cs->oid_lock);
	if (cs->next_oid >= cs->oid_limit) {
		struct err e = { 0 };

		/* If it fails, the numbers are still found in use at the next start. */
		if (reserve_oids(cs, cs->next_oid + OID_BLOCK, &e) != ERR_OK)
			log_write(LOG_WARNING, "could not reserve oids: %s", e.message);
		cs->oid_limit = cs->next_oid + OID_BLOCK;
	}
	oid = cs->next_oid++;
	(void) pthread_mutex_unlock(&cs->oid_lock);
	return oid;
}

/* --- loading ---------------------------------------------------------------------------------- */

struct loader {
	struct catalog_store *cs;
	struct change *changes;
	int n, cap;
	oid_t oid_max;
	uint64_t version_max;
};

static void
note_oid(struct loader *l, oid_t oid)
{
	if (oid > l->oid_max)
		l->oid_max = oid;
}

/* Oids live inside objects too: constraints, labels, row types. */
static void
note_oids(struct loader *l, const struct object *o)
{
	note_oid(l, o->oid);
	if (o->class == OBJ_RELATION) {
		const struct relation *r = (const struct relation *) o;

		note_oid(l, r->row_type);
		note_oid(l, r->row_type_array);
		for (int i = 0; i < r->nconstraints; i++)
			note_oid(l, r->constraints[i].oid);
	} else if (o->class == OBJ_TYPE) {
		const struct user_type *u = (const struct user_type *) o;

		note_oid(l, u->type->array);
		for (int i = 0; i < u->type->nlabels; i++)
			note_oid(l, u->type->labels[i].oid);
		for (int i = 0; i < u->nchecks; i++)
			note_oid(l, u->checks[i].oid);
	}
}

static void
load_push(struct loader *l, struct holder *h)
{
	if (l->n == l->cap) {
		struct change *more;

		l->cap = l->cap == 0 ? 64 : l->cap * 2;
		more = slots_memory((size_t) l->cap, sizeof *more);
		if (l->n != 0)
			memcpy(more, l->changes, (size_t) l->n * sizeof *more);
		free(l->changes);
		l->changes = more;
	}
	l->changes[l->n++] = (struct change){ h->o->class, h->o->oid, h };
	note_oids(l, h->o);
	if (h->o->version > l->version_max)
		l->version_max = h->o->version;
}

static int
load_row(struct loader *l, const struct cursor *c, struct err *e)
{
	struct holder *h;
	oid_t oid = 0;
	int rc;

	if (c->klen != 1 + sizeof oid)
		return err_set(e, ERR_DATA_CORRUPTED, "catalog file has a key of %zu bytes",
			       c->klen);
	for (size_t i = 1; i < c->klen; i++)
		oid = oid << 8 | c->key[i];
	rc = catalog_decode((enum object_class) c->key[0], oid, c->value, c->vlen, &h, e);
	if (rc != ERR_OK)
		return rc;
	if (h->o->class == OBJ_META) {
		l->cs->oid_limit = ((const struct meta_object *) h->o)->next_oid;
		holder_release(h);
		return ERR_OK;
	}
	load_push(l, h);
	return ERR_OK;
}

static int
load_file(struct loader *l, struct txn *txn, struct err *e)
{
	CURSOR_AUTO struct cursor *c = NULL;
	bool found;
	int rc;

	rc = cursor_open(txn, STORE_FILE_CATALOG, &c, e);
	if (rc != ERR_OK)
		return rc;
	rc = cursor_first(c, &found, e);
	while (rc == ERR_OK && found) {
		rc = load_row(l, c, e);
		if (rc == ERR_OK)
			rc = cursor_next(c, &found, e);
	}
	return rc;
}

static int
load(struct loader *l, const char *superuser, struct err *e)
{
	TXN_AUTO struct txn *txn = NULL;
	int rc;

	rc = txn_begin(l->cs->store, &(struct txn_options){ 0 }, &txn, e);
	if (rc == ERR_OK)
		rc = txn_statement_begin(txn, e);
	if (rc != ERR_OK)
		return rc;
	rc = load_file(l, txn, e);
	if (rc == ERR_OK && l->n == 0)
		rc = catalog_bootstrap(txn, superuser, load_push_object, l, e);
	txn_statement_end(txn);
	if (rc != ERR_OK)
		return rc;
	return txn_commit(&txn, e);
}

/* Bootstrap objects take the way of all others: through their bytes. */
int
load_push_object(void *arg, struct txn *txn, const struct object *o, struct err *e)
{
	struct loader *l = arg;
	ARENA_AUTO struct arena arena = { 0 };
	struct strbuf key, value;
	struct holder *h;
	int rc;

	strbuf_init(&key, &arena);
	strbuf_init(&value, &arena);
	catalog_key(o->class, o->oid, &key);
	catalog_encode(o, &value);
	rc = txn_put(txn, STORE_FILE_CATALOG, key.data, key.len, value.data, value.len, 0, e);
	if (rc != ERR_OK)
		return rc;
	rc = catalog_decode(o->class, o->oid, value.data, value.len, &h, e);
	if (rc == ERR_OK)
		load_push(l, h);
	return rc;
}

static void
loaded(struct loader *l)
{
	struct catalog empty = { .cs = l->cs };
	struct catalog_store *cs = l->cs;

	if (versions <= l->version_max)
		versions = l->version_max + 1;
	cs->next_oid = l->oid_max + 1 > OID_FIRST_USER ? l->oid_max + 1 : OID_FIRST_USER;
	if (cs->oid_limit > cs->next_oid)
		cs->next_oid = cs->oid_limit;
	cs->oid_limit = 0;
	catalog_store_publish(cs, catalog_derive(&empty, l->changes, l->n, catalog_next_version()));
}

int
catalog_store_open(struct store *store, const char *superuser, struct catalog_store **ret_cs,
		   struct err *e)
{
	struct catalog_store *cs = slots_memory(1, sizeof *cs);
	struct loader l = { .cs = cs };
	int rc;

	cs->store = store;
	(void) pthread_mutex_init(&cs->oid_lock, NULL);
	rc = load(&l, superuser, e);
	if (rc == ERR_OK) {
		loaded(&l);
		resolver_store = cs;
		type_set_resolver(resolve_type);
		*ret_cs = cs;
	}
	for (int i = 0; i < l.n; i++)
		holder_release(l.changes[i].h);
	free(l.changes);
	if (rc != ERR_OK) {
		(void) pthread_mutex_destroy(&cs->oid_lock);
		free(cs);
	}
	return rc;
}

void
catalog_store_close(struct catalog_store **cs)
{
	if (*cs == NULL)
		return;
	if (resolver_store == *cs)
		resolver_store = NULL;
	rcu_barrier();
	catalog_release((*cs)->current);
	(void) pthread_mutex_destroy(&(*cs)->oid_lock);
	free(*cs);
	*cs = NULL;
}
