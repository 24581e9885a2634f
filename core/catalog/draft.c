/* draft.c - changing the catalog inside a transaction.
 *
 * A draft is its list of sealed steps; the catalog they make is derived when it is asked for, from
 * the newest published one, so that a transaction that has made a table also sees the tables that
 * others have committed meanwhile.  At commit the same is done a last time and published.
 *
 * Not here: who may change what (core/ddl), how a catalog is derived (link.c). */
#include "config.h"
#include "core/catalog/draft.h"

#include <assert.h>
#include <stdlib.h>

#include "core/catalog/store.h"
#include "storage/store.h"
#include "storage/txn.h"

struct changes {
	struct change *at;
	int n, cap;
};

struct draft {
	struct catalog_store *cs;
	struct txn *txn;
	struct changes sealed, open;
	int *ends; /* of each step in `sealed` */
	int nsteps, cap;
	bool published;
	struct catalog *cached; /* what the sealed changes make of `base_version` */
	uint64_t base_version;
	uint64_t step_version; /* of objects put in the open step; 0: none yet */
};

static void
changes_push(struct changes *c, struct change ch)
{
	if (c->n == c->cap) {
		struct change *more;

		c->cap = c->cap == 0 ? 16 : c->cap * 2;
		more = slots_memory((size_t) c->cap, sizeof *more);
		if (c->n != 0)
			memcpy(more, c->at, (size_t) c->n * sizeof *more);
		free(c->at);
		c->at = more;
	}
	c->at[c->n++] = ch;
}

static void
changes_cut(struct changes *c, int n)
{
	while (c->n > n)
		holder_release(c->at[--c->n].h);
}

int
draft_new(struct catalog_store *cs, struct txn *txn, struct draft **ret_draft, struct err *e)
{
	struct draft *d = slots_memory(1, sizeof *d);

	(void) e;
	d->cs = cs;
	d->txn = txn;
	*ret_draft = d;
	return ERR_OK;
}

static void
drop_cached(struct draft *d)
{
	catalog_release(d->cached);
	d->cached = NULL;
}

void
draft_done(struct draft **draft)
{
	struct draft *d = *draft;

	if (d == NULL)
		return;
	changes_cut(&d->open, 0);
	changes_cut(&d->sealed, 0);
	drop_cached(d);
	free(d->open.at);
	free(d->sealed.at);
	free(d->ends);
	free(d);
	*draft = NULL;
}

bool
draft_empty(const struct draft *d)
{
	return d->nsteps == 0;
}

struct catalog *
draft_catalog(struct draft *d)
{
	struct catalog *base;

	if (d->cached != NULL && d->base_version == catalog_store_version(d->cs))
		return d->cached;
	drop_cached(d);
	base = catalog_current(d->cs);
	d->base_version = base->version;
	if (d->sealed.n == 0) {
		d->cached = base;
		return base;
	}
	d->cached = catalog_derive(base, d->sealed.at, d->sealed.n, catalog_next_version());
	d->cached->base = base;
	return d->cached;
}

/* --- steps ------------------------------------------------------------------------------------ */

void
draft_put(struct draft *d, const struct object *o)
{
	draft_put_in(d, d->cs->database, o);
}

void
draft_put_in(struct draft *d, oid_t database, const struct object *o)
{
	struct err e = { 0 };
	struct strbuf bytes;
	struct holder *h;

	if (d->step_version == 0)
		d->step_version = catalog_next_version();
	strbuf_init(&bytes, NULL);
	catalog_encode(o, &bytes);
	if (catalog_decode(o->class, o->oid, bytes.data, bytes.len, &h, &e) != ERR_OK)
		abort(); /* we cannot read what we have just written */
	strbuf_done(&bytes);
	h->o->version = d->step_version;
	changes_push(&d->open, (struct change){ catalog_is_shared(o) ? 0 : database, o->class,
						o->oid, h });
}

void
draft_remove(struct draft *d, enum object_class class, oid_t oid)
{
	const struct object *o = draft_object(d, class, oid);

	draft_remove_in(d, o != NULL && catalog_is_shared(o) ? 0 : d->cs->database, class, oid);
}

void
draft_remove_in(struct draft *d, oid_t database, enum object_class class, oid_t oid)
{
	changes_push(&d->open, (struct change){ database, class, oid, NULL });
}

void
draft_forget(struct draft *d)
{
	changes_cut(&d->open, 0);
	d->step_version = 0;
}

const struct object *
draft_object(struct draft *d, enum object_class class, oid_t oid)
{
	for (int i = d->open.n; i-- > 0;)
		if (d->open.at[i].class == class && d->open.at[i].oid == oid &&
		    (d->open.at[i].database == 0 || d->open.at[i].database == d->cs->database))
			return d->open.at[i].h != NULL ? d->open.at[i].h->o : NULL;
	return catalog_object(draft_catalog(d), class, oid);
}

oid_t
draft_new_oid(struct draft *d)
{
	return catalogs_new_oid(d->cs->all);
}

/* --- the transaction's end -------------------------------------------------------------------- */

static void
on_commit(void *arg, uint64_t change)
{
	struct draft *d = arg;
	struct catalog *latest, *to = NULL;

	(void) change;
	if (d->published) /* one call for each step; the first does it all */
		return;
	d->published = true;
	latest = catalog_store_latest(d->cs);
	if (d->cached != NULL && d->base_version == latest->version) {
		to = d->cached;
		d->cached = NULL;
		catalog_release(to->base); /* nobody else has seen it yet */
		to->base = NULL;
	}
	catalogs_publish(d->cs, to, d->sealed.at, d->sealed.n);
}

static void
on_abort(void *arg)
{
	struct draft *d = arg;

	assert(d->nsteps > 0);
	d->nsteps--;
	changes_cut(&d->sealed, d->nsteps > 0 ? d->ends[d->nsteps - 1] : 0);
	drop_cached(d);
}

/* --- sealing ---------------------------------------------------------------------------------- */

static int
write_change(struct draft *d, const struct change *c, struct strbuf *key, struct strbuf *value,
	     struct err *e)
{
	strbuf_clear(key);
	strbuf_clear(value);
	catalog_key(c->database, c->class, c->oid, key);
	if (c->h == NULL)
		return txn_delete(d->txn, STORE_FILE_CATALOG, key->data, key->len, e);
	catalog_encode(c->h->o, value);
	if (value->len > 16u << 20)
		return err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED,
			       "catalog entry of \"%s\" is too large: %zu bytes", c->h->o->name,
			       value->len);
	return txn_put(d->txn, STORE_FILE_CATALOG, key->data, key->len, value->data, value->len, 0,
		       e);
}

static int
write_changes(struct draft *d, struct err *e)
{
	struct strbuf key, value;
	int rc = ERR_OK;

	strbuf_init(&key, NULL);
	strbuf_init(&value, NULL);
	for (int i = 0; rc == ERR_OK && i < d->open.n; i++)
		rc = write_change(d, &d->open.at[i], &key, &value, e);
	strbuf_done(&key);
	strbuf_done(&value);
	return rc;
}

int
draft_seal(struct draft *d, struct err *e)
{
	int rc;

	if (d->open.n == 0)
		return ERR_OK;
	rc = write_changes(d, e);
	if (rc == ERR_OK)
		rc = txn_on_end(d->txn, on_commit, on_abort, d, e);
	if (rc != ERR_OK) {
		draft_forget(d);
		return rc;
	}
	for (int i = 0; i < d->open.n; i++)
		changes_push(&d->sealed, d->open.at[i]);
	d->open.n = 0;
	if (d->nsteps == d->cap) {
		int *more;

		d->cap = d->cap == 0 ? 16 : d->cap * 2;
		more = slots_memory((size_t) d->cap, sizeof *more);
		if (d->nsteps != 0)
			memcpy(more, d->ends, (size_t) d->nsteps * sizeof *more);
		free(d->ends);
		d->ends = more;
	}
	d->ends[d->nsteps++] = d->sealed.n;
	d->step_version = 0;
	drop_cached(d);
	return ERR_OK;
}
