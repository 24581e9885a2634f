/* load.c - reading the catalog file at start.
 *
 * Not here: what an empty catalog contains (bootstrap.c). */
#include "config.h"
#include "core/catalog/store.h"

#include <stdlib.h>

#include "storage/cursor.h"
#include "storage/store.h"
#include "storage/txn.h"

struct loader {
	struct catalogs *all;
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
load_push(struct loader *l, oid_t database, struct holder *h)
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
	l->changes[l->n++] = (struct change){ database, h->o->class, h->o->oid, h };
	note_oids(l, h->o);
	if (h->o->version > l->version_max)
		l->version_max = h->o->version;
}

static oid_t
get_u32(const uint8_t *p)
{
	return (oid_t) p[0] << 24 | (oid_t) p[1] << 16 | (oid_t) p[2] << 8 | p[3];
}

static int
load_row(struct loader *l, const struct cursor *c, struct err *e)
{
	const uint8_t *key = (const uint8_t *) c->key;
	struct holder *h;
	int rc;

	if (c->klen != CATALOG_KEY_SIZE)
		return err_set(e, ERR_DATA_CORRUPTED, "catalog file has a key of %zu bytes",
			       c->klen);
	rc = catalog_decode((enum object_class) key[4], get_u32(key + 5), c->value, c->vlen, &h, e);
	if (rc != ERR_OK)
		return rc;
	if (h->o->class == OBJ_META) {
		l->all->oid_limit = ((const struct meta_object *) h->o)->next_oid;
		holder_release(h);
		return ERR_OK;
	}
	load_push(l, get_u32(key), h);
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

/* Bootstrap objects take the way of all others: through their bytes. */
static int
push_object(void *arg, struct txn *txn, oid_t database, const struct object *o, struct err *e)
{
	struct loader *l = arg;
	ARENA_AUTO struct arena arena = { 0 };
	struct strbuf key, value;
	struct holder *h;
	int rc;

	strbuf_init(&key, &arena);
	strbuf_init(&value, &arena);
	catalog_key(database, o->class, o->oid, &key);
	catalog_encode(o, &value);
	rc = txn_put(txn, STORE_FILE_CATALOG, key.data, key.len, value.data, value.len, 0, e);
	if (rc != ERR_OK)
		return rc;
	rc = catalog_decode(o->class, o->oid, value.data, value.len, &h, e);
	if (rc == ERR_OK)
		load_push(l, database, h);
	return rc;
}

static int
load(struct loader *l, const char *superuser, struct err *e)
{
	TXN_AUTO struct txn *txn = NULL;
	int rc;

	rc = txn_begin(l->all->store, &(struct txn_options){ 0 }, &txn, e);
	if (rc == ERR_OK)
		rc = txn_statement_begin(txn, e);
	if (rc != ERR_OK)
		return rc;
	rc = load_file(l, txn, e);
	if (rc == ERR_OK && l->n == 0)
		rc = catalog_bootstrap(txn, superuser, push_object, l, e);
	txn_statement_end(txn);
	if (rc != ERR_OK)
		return rc;
	return txn_commit(&txn, e);
}

static void
loaded(struct loader *l)
{
	struct catalogs *all = l->all;

	catalog_version_seen(l->version_max);
	all->next_oid = l->oid_max + 1 > OID_FIRST_USER ? l->oid_max + 1 : OID_FIRST_USER;
	if (all->oid_limit > all->next_oid)
		all->next_oid = all->oid_limit;
	all->oid_limit = 0;
	for (int i = 0; i < l->n; i++)
		if (l->changes[i].class == OBJ_DATABASE)
			(void) catalogs_add(all, l->changes[i].oid);
	for (struct catalog_store *cs = all->first; cs != NULL; cs = cs->next) {
		struct catalog empty = { .cs = cs };

		catalog_store_publish(cs, catalog_derive(&empty, l->changes, l->n,
							 catalog_next_version()));
	}
}

int
catalogs_load(struct catalogs *all, const char *superuser, struct err *e)
{
	struct loader l = { .all = all };
	int rc;

	rc = load(&l, superuser, e);
	if (rc == ERR_OK)
		loaded(&l);
	for (int i = 0; i < l.n; i++)
		holder_release(l.changes[i].h);
	free(l.changes);
	return rc;
}
