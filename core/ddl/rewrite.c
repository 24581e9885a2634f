/* rewrite.c - all rows of a table into a new file.
 *
 * Used when a change gives every row new bytes that no layout can explain.  Rows keep their keys
 * unless a column of the clustering key changes; indexes whose columns change are built anew by
 * the caller.
 *
 * Not here: which changes need this (alter_column.c, drop.c). */
#include "config.h"
#include "core/ddl/private.h"

#include <stdlib.h>

#include "core/access/index.h"
#include "core/access/row.h"
#include "core/access/table.h"
#include "storage/store.h"
#include "storage/txn.h"

struct new_row {
	const uint8_t *key, *image;
	uint32_t klen, len;
};

struct rewriter {
	struct ddl_rows rows; /* first: push() gets it */
	struct ddl *d;
	const struct relation *to;
	const struct index *cluster;
	bool new_keys;
	struct arena arena;
	struct new_row *at;
	size_t n, cap;
	union datum *values;
	bool *nulls;
	int16_t *attnums; /* of the pushed values */
	int nlive;
	struct strbuf key, image;
};

static int
not_null(struct rewriter *w, const struct column *c, struct err *e)
{
	err_set(e, ERR_NOT_NULL_VIOLATION, "column \"%s\" of relation \"%s\" contains null values",
		c->name, w->to->o.name);
	return err_object(e, ddl_schema_name(w->d, w->to->o.schema), w->to->o.name, c->name, NULL);
}

static int
push_row(struct ddl_rows *rows, const union datum *values, const bool *nulls, struct err *e)
{
	struct rewriter *w = (struct rewriter *) rows;
	const struct bytes *rk = values[w->nlive].b;
	struct new_row *to;

	for (int i = 0; i < w->nlive; i++) {
		const struct column *c = &w->to->cols[w->attnums[i] - 1];

		if (c->not_null && nulls[i])
			return not_null(w, c, e);
		w->values[c->attnum - 1] = values[i];
		w->nulls[c->attnum - 1] = nulls[i];
	}
	strbuf_clear(&w->key);
	strbuf_clear(&w->image);
	if (w->new_keys)
		index_row_key(w->cluster, w->values, &w->key);
	else
		strbuf_add(&w->key, bytes_data(rk), bytes_len(rk));
	row_encode(w->to, w->values, w->nulls, 0, &w->image);
	if (w->n == w->cap) {
		size_t cap = w->cap == 0 ? 1024 : w->cap * 2;
		struct new_row *more = realloc(w->at, cap * sizeof *more);

		if (more == NULL)
			return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
		w->at = more;
		w->cap = cap;
	}
	to = &w->at[w->n++];
	to->key = arena_dup(&w->arena, w->key.data, w->key.len);
	to->klen = (uint32_t) w->key.len;
	to->image = arena_dup(&w->arena, w->image.data, w->image.len);
	to->len = (uint32_t) w->image.len;
	return ERR_OK;
}

static int
row_order(const void *a, const void *b)
{
	const struct new_row *x = a, *y = b;
	int cmp = memcmp(x->key, y->key, x->klen < y->klen ? x->klen : y->klen);

	if (cmp != 0 || x->klen == y->klen)
		return cmp;
	return x->klen < y->klen ? -1 : 1;
}

static int
write_rows(struct rewriter *w, struct err *e)
{
	STORE_BULK_AUTO struct store_bulk *bulk = NULL;
	int rc;

	qsort(w->at, w->n, sizeof *w->at, row_order);
	for (size_t i = 1; i < w->n; i++)
		if (row_order(&w->at[i - 1], &w->at[i]) == 0)
			return err_set(e, ERR_UNIQUE_VIOLATION,
				       "could not create unique index \"%s\"",
				       w->cluster != NULL ? w->cluster->o.name : w->to->o.name);
	rc = store_bulk_open(catalog_store_store(w->d->env->store), w->to->file, &bulk, e);
	for (size_t i = 0; rc == ERR_OK && i < w->n; i++)
		rc = store_bulk_append(bulk, w->at[i].key, w->at[i].klen, w->at[i].image,
				       w->at[i].len, TXN_STAMP, e);
	if (rc == ERR_OK)
		rc = store_bulk_close(&bulk, e);
	return rc;
}

/* The new relation with a linked layout, before it is in any catalog. */
static void
link_layout(struct ddl *d, struct relation *to)
{
	to->nlayouts = 0;
	ddl_new_layout(d, to);
	to->layouts = row_layouts_make(d->a, to);
}

int
ddl_rewrite(struct ddl *d, const struct relation *old, struct relation *to, struct range *row,
	    struct expr *const *exprs, struct err *e)
{
	struct rewriter w = {
		.rows = { .push = push_row }, .d = d, .to = to, .cluster = relation_cluster(old)
	};
	struct expr **all = ARENA_ARRAY(d->a, struct expr *, to->ncols + 1);
	struct index_column *cols;
	struct index cluster;
	int rc;

	if (d->env->check_unused != NULL) {
		rc = d->env->check_unused(d->env->arg, old->o.oid, "ALTER TABLE", e);
		if (rc != ERR_OK)
			return rc;
	}
	w.values = ARENA_ARRAY(d->a, union datum, to->ncols + 1);
	w.nulls = ARENA_ARRAY(d->a, bool, to->ncols + 1);
	w.attnums = ARENA_ARRAY(d->a, int16_t, to->ncols + 1);
	memset(w.nulls, 1, (size_t) to->ncols);
	strbuf_init(&w.key, NULL);
	strbuf_init(&w.image, NULL);
	if (w.cluster != NULL) { /* the key in the columns' new types */
		cluster = *w.cluster;
		cols = arena_dup(d->a, cluster.cols, (size_t) cluster.ncols * sizeof *cols);
		for (int i = 0; i < cluster.ncols; i++) {
			w.new_keys |= exprs[cols[i].attnum - 1] != NULL;
			cols[i].type = to->cols[cols[i].attnum - 1].type;
		}
		cluster.cols = cols;
		w.cluster = &cluster;
	}
	for (int i = 0; i < to->ncols; i++) {
		if (to->cols[i].dropped)
			continue;
		w.attnums[w.nlive] = (int16_t) (i + 1);
		all[w.nlive++] = exprs[i] != NULL ? exprs[i] : expr_var(d->a, row, i + 1);
	}
	all[w.nlive] = expr_var(d->a, row, COL_ROW_KEY);
	all[w.nlive]->type = type_builtin(OID_BYTEA);
	link_layout(d, to);
	for (int i = 0; i < to->ncols; i++)
		ddl_columns(to)[i].has_missing = false;
	rc = ddl_new_file(d, STORE_ROWS, &to->file, e);
	if (rc == ERR_OK)
		rc = ddl_drop_file(d, old->file, e);
	if (rc == ERR_OK)
		rc = d->env->eval_rows(d->env->arg, d->c, old, row, w.nlive + 1, all, &w.rows, e);
	if (rc == ERR_OK && w.n > 0)
		rc = write_rows(&w, e);
	strbuf_done(&w.key);
	strbuf_done(&w.image);
	arena_done(&w.arena);
	free(w.at);
	return rc;
}

/* --- a table loses the key it is laid out by -------------------------------------------------- */

static int
copy_batch(struct rewriter *w, const struct vec *out, int n, struct store_bulk *bulk, struct err *e)
{
	int rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < n; i++) {
		uint64_t id = __builtin_bswap64((uint64_t) ++w->n);

		for (int c = 0; c < w->nlive; c++) {
			w->values[w->attnums[c] - 1] = vec_at(&out[c], i);
			w->nulls[w->attnums[c] - 1] = vec_null(&out[c], i);
		}
		strbuf_clear(&w->image);
		row_encode(w->to, w->values, w->nulls, 0, &w->image);
		rc = store_bulk_append(bulk, &id, sizeof id, w->image.data, w->image.len, TXN_STAMP,
				       e);
	}
	return rc;
}

static int
copy_rows(struct rewriter *w, const struct relation *old, struct err *e)
{
	struct scan_request req = {
		.rel = old, .ncols = w->nlive, .cols = w->attnums, .latest = true
	};
	STORE_BULK_AUTO struct store_bulk *bulk = NULL;
	SCAN_AUTO struct table_scan *scan = NULL;
	ARENA_AUTO struct arena batch = { 0 };
	struct vec *out = ARENA_ARRAY(w->d->a, struct vec, w->nlive);
	int n, rc;

	rc = table_scan_open(w->d->env->exec, &req, &scan, e);
	if (rc == ERR_OK)
		rc = store_bulk_open(catalog_store_store(w->d->env->store), w->to->file, &bulk, e);
	while (rc == ERR_OK) {
		arena_reset(&batch);
		for (int c = 0; c < w->nlive; c++)
			out[c] = (struct vec){ .v = ARENA_ARRAY(&batch, union datum, BATCH_ROWS),
					       .null = ARENA_ARRAY(&batch, uint8_t, BATCH_ROWS),
					       .stride = 1 };
		rc = table_scan_next(scan, &batch, out, &n, e);
		if (rc != ERR_OK || n == 0)
			break;
		rc = copy_batch(w, out, n, bulk, e);
	}
	return rc == ERR_OK ? store_bulk_close(&bulk, e) : rc;
}

static int
rebuild_all(struct ddl *d, oid_t table, struct err *e)
{
	const struct relation *r = catalog_relation_by_oid(d->c, table);
	int n = r->nindexes, rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < n; i++) {
		struct index *ix = arena_dup(d->a, r->indexes[i], sizeof *ix);

		rc = ddl_drop_file(d, ix->file, e);
		if (rc == ERR_OK)
			rc = ddl_new_file(d, STORE_INDEX, &ix->file, e);
		if (rc == ERR_OK)
			rc = ddl_build_index(d, r, ix, e);
		if (rc == ERR_OK)
			ddl_put_index(d, ix);
	}
	return rc;
}

int
ddl_uncluster(struct ddl *d, const struct relation *old, struct err *e)
{
	struct relation *to = ddl_copy_relation(d, catalog_relation_by_oid(d->c, old->o.oid));
	struct rewriter w = { .d = d, .to = to };
	bool rows;
	int rc;

	rc = ddl_has_rows(d, old, &rows, e);
	if (rc != ERR_OK || !rows)
		return rc;
	w.values = ARENA_ARRAY(d->a, union datum, to->ncols + 1);
	w.nulls = ARENA_ARRAY(d->a, bool, to->ncols + 1);
	w.attnums = ARENA_ARRAY(d->a, int16_t, to->ncols + 1);
	memset(w.nulls, 1, (size_t) to->ncols);
	for (int i = 0; i < to->ncols; i++)
		if (!to->cols[i].dropped)
			w.attnums[w.nlive++] = (int16_t) (i + 1);
	link_layout(d, to);
	strbuf_init(&w.image, NULL);
	rc = ddl_new_file(d, STORE_ROWS, &to->file, e);
	if (rc == ERR_OK)
		rc = ddl_drop_file(d, old->file, e);
	if (rc == ERR_OK)
		rc = copy_rows(&w, old, e);
	strbuf_done(&w.image);
	if (rc != ERR_OK)
		return rc;
	ddl_put_relation(d, to);
	rc = ddl_seal(d, e);
	return rc == ERR_OK ? rebuild_all(d, old->o.oid, e) : rc;
}
