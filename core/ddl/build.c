/* build.c - filling a new index from the rows that are there.
 *
 * Entries are made, sorted and written in order: in bulk into the new file, which nobody else can
 * see before the commit, or through the write set when there are few.
 *
 * Not here: making the entries (entries.c), indexes that are built while writes go on
 * (online.c). */
#include "config.h"
#include "core/ddl/private.h"

#include <stdlib.h>

#include "core/access/index.h"
#include "storage/store.h"
#include "storage/txn.h"

enum { FEW_ENTRIES = 2000 };

struct built {
	const uint8_t *key;
	const uint8_t *value;
	uint32_t klen, vlen;
	bool has_null;
};

struct builder {
	struct entry_walk walk; /* first: add_entry() gets it */
	struct ddl *d;
	const struct relation *table;
	const struct index *ix;
	struct arena arena; /* the entries */
	struct built *at;
	size_t n, cap;
};

static int
add_entry(struct entry_walk *w, const struct index_row *row, struct err *e)
{
	struct builder *b = (struct builder *) w;
	struct built *to;

	if (b->n == b->cap) {
		size_t cap = b->cap == 0 ? 1024 : b->cap * 2;
		struct built *more = realloc(b->at, cap * sizeof *more);

		if (more == NULL)
			return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
		b->at = more;
		b->cap = cap;
	}
	to = &b->at[b->n++];
	to->key = arena_dup(&b->arena, w->key.data, w->key.len);
	to->klen = (uint32_t) w->key.len;
	to->value = arena_dup(&b->arena, w->value.data, w->value.len);
	to->vlen = (uint32_t) w->value.len;
	to->has_null = false;
	for (int i = 0; i < b->ix->nkeys; i++)
		to->has_null |= row->null[i];
	return ERR_OK;
}

/* --- order and uniqueness --------------------------------------------------------------------- */

static int
entry_order(const void *a, const void *b)
{
	const struct built *x = a, *y = b;
	int cmp = memcmp(x->key, y->key, x->klen < y->klen ? x->klen : y->klen);

	if (cmp != 0 || x->klen == y->klen)
		return cmp;
	return x->klen < y->klen ? -1 : 1;
}

static int
duplicated(struct builder *b, const struct built *x, struct err *e)
{
	struct type_env env = b->d->env->exec->type;
	struct index_row row;
	struct strbuf text;
	bool readable = true;

	err_set(e, ERR_UNIQUE_VIOLATION, "could not create unique index \"%s\"", b->ix->o.name);
	for (int i = 0; i < b->ix->nkeys; i++)
		readable &= b->ix->cols[i].type->ops->unkey != NULL;
	if (readable &&
	    index_entry_decode(b->ix, x->key, x->klen, x->value, x->vlen, b->d->a, &row)) {
		env.arena = b->d->a;
		strbuf_init(&text, b->d->a);
		strbuf_putc(&text, '(');
		for (int i = 0; i < b->ix->nkeys; i++) {
			const struct index_column *c = &b->ix->cols[i];

			strbuf_puts(&text, i > 0 ? ", " : "");
			if (c->attnum > 0)
				strbuf_puts(&text, b->table->cols[c->attnum - 1].name);
			else
				row_expr_text(c->expr_sql, &text);
		}
		strbuf_puts(&text, ")=(");
		for (int i = 0; i < b->ix->nkeys; i++) {
			strbuf_puts(&text, i > 0 ? ", " : "");
			if (row.null[i])
				strbuf_puts(&text, "null");
			else
				b->ix->cols[i].type->ops->out(b->ix->cols[i].type, &env, row.v[i],
							      &text);
		}
		(void) err_detail(e, "Key %s) is duplicated.", text.data);
	}
	return err_object(e, ddl_schema_name(b->d, b->table->o.schema), b->table->o.name, NULL,
			  b->ix->o.name);
}

/* The length of an entry's columns: without the row's key that may follow. */
static uint32_t
columns_len(const struct index *ix, const struct built *x)
{
	const uint8_t *rk;
	size_t len;

	if (!index_entry_row_key(ix, x->key, x->klen, x->value, x->vlen, &rk, &len))
		return x->klen;
	return rk >= x->key && rk < x->key + x->klen ? x->klen - (uint32_t) len : x->klen;
}

static int
check_unique(struct builder *b, struct err *e)
{
	for (size_t i = 1; b->ix->unique && i < b->n; i++) {
		const struct built *x = &b->at[i - 1], *y = &b->at[i];

		/* entries carry row keys: compare what is before, unless null */
		if (b->ix->deferrable) {
			uint32_t xl = columns_len(b->ix, x), yl = columns_len(b->ix, y);

			if (xl == yl && memcmp(x->key, y->key, xl) == 0 &&
			    (!x->has_null || b->ix->nulls_not_distinct))
				return duplicated(b, y, e);
		} else if (entry_order(x, y) == 0) {
			return duplicated(b, y, e);
		}
	}
	return ERR_OK;
}

/* --- writing ---------------------------------------------------------------------------------- */

static int
write_entries(struct builder *b, struct err *e)
{
	struct ddl *d = b->d;
	STORE_BULK_AUTO struct store_bulk *bulk = NULL;
	int rc = ERR_OK;

	if (b->n <= FEW_ENTRIES) {
		for (size_t i = 0; rc == ERR_OK && i < b->n; i++)
			rc = txn_put(d->env->exec->txn, b->ix->file, b->at[i].key, b->at[i].klen,
				     b->at[i].value, b->at[i].vlen, 0, e);
		return rc;
	}
	rc = store_bulk_open(catalog_store_store(d->env->store), b->ix->file, &bulk, e);
	for (size_t i = 0; rc == ERR_OK && i < b->n; i++)
		rc = store_bulk_append(bulk, b->at[i].key, b->at[i].klen, b->at[i].value,
				       b->at[i].vlen, 0, e);
	if (rc == ERR_OK)
		rc = store_bulk_close(&bulk, e);
	return rc;
}

int
ddl_build_index(struct ddl *d, const struct relation *table, const struct index *ix, struct err *e)
{
	struct builder b = { .walk.entry = add_entry, .d = d, .table = table, .ix = ix };
	int rc;

	rc = ddl_walk_entries(d, table, ix, &b.walk, e);
	if (rc == ERR_OK) {
		if (b.n > 1)
			qsort(b.at, b.n, sizeof *b.at, entry_order);
		rc = check_unique(&b, e);
	}
	if (rc == ERR_OK)
		rc = write_entries(&b, e);
	arena_done(&b.arena);
	free(b.at);
	return rc;
}
