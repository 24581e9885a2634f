/* entries.c - the entries that an index should have, made from the rows of its table.
 *
 * Not here: what is done with them: building (build.c), comparing (verify.c). */
#include "config.h"
#include "core/ddl/private.h"

#include "core/access/table.h"

static int
make_entry(struct entry_walk *w, const struct index_row *row, const void *row_key, size_t rklen,
	   struct err *e)
{
	int rc;

	strbuf_clear(&w->key);
	strbuf_clear(&w->value);
	rc = index_entry(w->ix, row, row_key, rklen, &w->key, &w->value, e);
	return rc == ERR_OK ? w->entry(w, row, e) : rc;
}

/* Plain columns: our own scan. */
static int
scan_columns(struct ddl *d, const struct relation *table, struct entry_walk *w, struct err *e)
{
	int16_t cols[INDEX_COLS_MAX + 1];
	struct scan_request req = {
		.rel = table, .ncols = w->ix->ncols + 1, .cols = cols, .latest = !w->rows.snapshot
	};
	SCAN_AUTO struct table_scan *scan = NULL;
	ARENA_AUTO struct arena batch = { 0 };
	struct vec out[INDEX_COLS_MAX + 1];
	int n, ncols = w->ix->ncols, rc;

	for (int c = 0; c < ncols; c++)
		cols[c] = w->ix->cols[c].attnum;
	cols[ncols] = COL_ROW_KEY;
	rc = table_scan_open(d->env->exec, &req, &scan, e);
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
			rc = make_entry(w, &row, bytes_data(rk), bytes_len(rk), e);
		}
	}
	return rc;
}

/* Expressions or a predicate: the executor evaluates; columns, predicate (or true), the row's
 * key. */
static int
push_row(struct ddl_rows *to, const union datum *values, const bool *nulls, struct err *e)
{
	struct entry_walk *w = (struct entry_walk *) to;
	int n = w->ix->ncols;
	struct index_row row;

	if (nulls[n] || values[n].i == 0)
		return ERR_OK;
	memcpy(row.v, values, (size_t) n * sizeof *values);
	memcpy(row.null, nulls, (size_t) n * sizeof *nulls);
	return make_entry(w, &row, bytes_data(values[n + 1].b), bytes_len(values[n + 1].b), e);
}

static int
scan_expressions(struct ddl *d, const struct relation *table, struct entry_walk *w, struct err *e)
{
	const struct index *ix = w->ix;
	struct query *q = query_new(d->a, QUERY_SELECT, NULL);
	struct range *row = range_table(d->a, q, table, table->o.name);
	struct expr *exprs[INDEX_COLS_MAX + 2];
	int n = ix->ncols, rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < n; i++) {
		const struct index_column *c = &ix->cols[i];

		if (c->attnum > 0)
			exprs[i] = expr_var(d->a, row, c->attnum);
		else
			rc = d->env->bind_expr(d->env->arg, d->c, c->expr_sql, row, 0, -1,
					       &exprs[i], e);
	}
	exprs[n] = expr_bool(d->a, true);
	if (rc == ERR_OK && ix->where_sql != NULL)
		rc = d->env->bind_expr(d->env->arg, d->c, ix->where_sql, row, OID_BOOL, -1,
				       &exprs[n], e);
	if (rc != ERR_OK)
		return rc;
	exprs[n + 1] = expr_var(d->a, row, COL_ROW_KEY);
	exprs[n + 1]->type = type_builtin(OID_BYTEA);
	w->rows.push = push_row;
	return d->env->eval_rows(d->env->arg, d->c, table, row, n + 2, exprs, &w->rows, e);
}

static bool
has_expressions(const struct index *ix)
{
	for (int i = 0; i < ix->ncols; i++)
		if (ix->cols[i].attnum == 0)
			return true;
	return ix->where_sql != NULL;
}

int
ddl_walk_entries(struct ddl *d, const struct relation *table, const struct index *ix,
		 struct entry_walk *w, struct err *e)
{
	int rc;

	w->ix = ix;
	strbuf_init(&w->key, NULL);
	strbuf_init(&w->value, NULL);
	rc = has_expressions(ix) ? scan_expressions(d, table, w, e) : scan_columns(d, table, w, e);
	strbuf_done(&w->key);
	strbuf_done(&w->value);
	return rc;
}
