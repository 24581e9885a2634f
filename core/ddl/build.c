/* build.c - filling a new index from the rows that are there.
 *
 * Entries are made, sorted and written in order: in bulk into the new file, which nobody else can
 * see before the commit, or through the write set when there are few.
 *
 * Not here: indexes that are built while writes go on (online.c). */
#include "config.h"
#include "core/ddl/private.h"

#include <stdlib.h>

#include "core/access/index.h"
#include "core/access/table.h"
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
	struct ddl_rows rows; /* first: push() gets it */
	struct ddl *d;
	const struct relation *table;
	const struct index *ix;
	struct arena arena; /* the entries */
	struct built *at;
	size_t n, cap;
	struct strbuf key, value;
};

static int
add_entry(struct builder *b, const struct index_row *row, const void *row_key, size_t rklen,
	  struct err *e)
{
	struct built *to;
	int rc;

	strbuf_clear(&b->key);
	strbuf_clear(&b->value);
	rc = index_entry(b->ix, row, row_key, rklen, &b->key, &b->value, e);
	if (rc != ERR_OK)
		return rc;
	if (b->n == b->cap) {
		size_t cap = b->cap == 0 ? 1024 : b->cap * 2;
		struct built *more = realloc(b->at, cap * sizeof *more);

		if (more == NULL)
			return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
		b->at = more;
		b->cap = cap;
	}
	to = &b->at[b->n++];
	to->key = arena_dup(&b->arena, b->key.data, b->key.len);
	to->klen = (uint32_t) b->key.len;
	to->value = arena_dup(&b->arena, b->value.data, b->value.len);
	to->vlen = (uint32_t) b->value.len;
	to->has_null = false;
	for (int i = 0; i < b->ix->nkeys; i++)
		to->has_null |= row->null[i];
	return ERR_OK;
}

/* --- where entries come from ------------------------------------------------------------------ */

/* Plain columns: our own scan. */
static int
scan_columns(struct builder *b, struct err *e)
{
	int16_t cols[INDEX_COLS_MAX + 1];
	struct scan_request req = {
		.rel = b->table, .ncols = b->ix->ncols + 1, .cols = cols, .latest = true
	};
	SCAN_AUTO struct table_scan *scan = NULL;
	ARENA_AUTO struct arena batch = { 0 };
	struct vec out[INDEX_COLS_MAX + 1];
	int n, ncols = b->ix->ncols, rc;

	for (int c = 0; c < ncols; c++)
		cols[c] = b->ix->cols[c].attnum;
	cols[ncols] = COL_ROW_KEY;
	rc = table_scan_open(b->d->env->exec, &req, &scan, e);
	while (rc == ERR_OK) {
		arena_reset(&batch);
		for (int c = 0; c <= ncols; c++)
			out[c] = (struct vec){ .v = ARENA_ARRAY(&batch, union datum, BATCH_ROWS),
					       .null = ARENA_ARRAY(&batch, uint8_t, BATCH_ROWS),
					       .stride = 1 };
		rc = table_scan_next(scan, &batch, out, &n, e);
		if (rc != ERR_OK || n == 0)
			break;
		for (int i = 0; rc == ERR_OK && i < n; i++) {
			const struct bytes *rk = vec_at(&out[ncols], i).b;
			struct index_row row;

			for (int c = 0; c < ncols; c++) {
				row.v[c] = vec_at(&out[c], i);
				row.null[c] = vec_null(&out[c], i);
			}
			rc = add_entry(b, &row, bytes_data(rk), bytes_len(rk), e);
		}
	}
	return rc;
}

/* Expressions or a predicate: the executor evaluates; columns, predicate (or true), the row's
 * key. */
static int
push_row(struct ddl_rows *to, const union datum *values, const bool *nulls, struct err *e)
{
	struct builder *b = (struct builder *) to;
	int n = b->ix->ncols;
	struct index_row row;

	if (nulls[n] || values[n].i == 0)
		return ERR_OK;
	memcpy(row.v, values, (size_t) n * sizeof *values);
	memcpy(row.null, nulls, (size_t) n * sizeof *nulls);
	return add_entry(b, &row, bytes_data(values[n + 1].b), bytes_len(values[n + 1].b), e);
}

static int
scan_expressions(struct builder *b, struct err *e)
{
	struct ddl *d = b->d;
	struct query *q = query_new(d->a, QUERY_SELECT, NULL);
	struct range *row = range_table(d->a, q, b->table, b->table->o.name);
	struct expr *exprs[INDEX_COLS_MAX + 2];
	int n = b->ix->ncols, rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < n; i++) {
		const struct index_column *c = &b->ix->cols[i];

		if (c->attnum > 0)
			exprs[i] = expr_var(d->a, row, c->attnum);
		else
			rc = d->env->bind_expr(d->env->arg, d->c, c->expr_sql, row, 0, -1,
					       &exprs[i], e);
	}
	exprs[n] = expr_bool(d->a, true);
	if (rc == ERR_OK && b->ix->where_sql != NULL)
		rc = d->env->bind_expr(d->env->arg, d->c, b->ix->where_sql, row, OID_BOOL, -1,
				       &exprs[n], e);
	if (rc != ERR_OK)
		return rc;
	exprs[n + 1] = expr_var(d->a, row, COL_ROW_KEY);
	exprs[n + 1]->type = type_builtin(OID_BYTEA);
	b->rows.push = push_row;
	return d->env->eval_rows(d->env->arg, d->c, b->table, row, n + 2, exprs, &b->rows, e);
}

static bool
has_expressions(const struct index *ix)
{
	for (int i = 0; i < ix->ncols; i++)
		if (ix->cols[i].attnum == 0)
			return true;
	return ix->where_sql != NULL;
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
	struct builder b = { .d = d, .table = table, .ix = ix };
	int rc;

	strbuf_init(&b.key, NULL);
	strbuf_init(&b.value, NULL);
	rc = has_expressions(ix) ? scan_expressions(&b, e) : scan_columns(&b, e);
	if (rc == ERR_OK) {
		if (b.n > 1)
			qsort(b.at, b.n, sizeof *b.at, entry_order);
		rc = check_unique(&b, e);
	}
	if (rc == ERR_OK)
		rc = write_entries(&b, e);
	strbuf_done(&b.key);
	strbuf_done(&b.value);
	arena_done(&b.arena);
	free(b.at);
	return rc;
}
