/* fkey_search.c - finding the rows that refer to given keys.
 *
 * Through an index whose first columns are the foreign key's, all keys in batched probes; without
 * one, by one scan of the table for all keys.  The latest state is read: what others have
 * committed since our snapshot counts.
 *
 * Not here: what a hit means (fkey_child.c, fkey_parent.c). */
#include "config.h"
#include "core/access/fkey.h"

#include "core/access/index.h"
#include "core/access/table.h"
#include "core/catalog/partition.h"

struct search {
	struct fkey_search *s;
	const struct index *index; /* NULL: scan */
	int map[INDEX_COLS_MAX];   /* index column -> column of the constraint */
	struct arena arena;
	union datum (*values)[INDEX_COLS_MAX]; /* each key in the child's types */
	bool *possible;
	struct map by_bytes; /* scan: encoding -> key number + 1 */
};

/* Does the index begin with the foreign key's columns, in any order? */
static bool
index_fits(const struct index *ix, const struct constraint *con, int *map)
{
	if (ix->state != INDEX_VALID || ix->where_sql != NULL || ix->nkeys < con->ncols ||
	    (!index_kind_find(ix->kind)->ordered && ix->nkeys != con->ncols))
		return false;
	for (int i = 0; i < con->ncols; i++) {
		int c = 0;

		while (c < con->ncols && con->cols[c] != ix->cols[i].attnum)
			c++;
		if (c == con->ncols)
			return false;
		map[i] = c;
	}
	return true;
}

static int
convert_keys(struct search *q, struct err *e)
{
	struct fkey_search *s = q->s;
	int n = s->keys->n;

	q->values = arena_alloc(&q->arena, (size_t) n * sizeof *q->values + 1);
	q->possible = ARENA_ARRAY(&q->arena, bool, n + 1);
	for (int i = 0; i < n; i++) {
		const struct pending_key *k = LIST_AT(const struct pending_key, s->keys, i);

		q->possible[i] = true;
		for (int c = 0; c < s->con->ncols && q->possible[i]; c++) {
			int rc;

			q->values[i][c] = k->values[c];
			if (!s->of_parent)
				continue;
			rc = fkey_convert(s->u->stmt->env,
					  s->parent->cols[s->con->ref_cols[c] - 1].type,
					  s->child->cols[s->con->cols[c] - 1].type, k->values[c],
					  &q->values[i][c], &q->possible[i], e);
			if (rc != ERR_OK)
				return rc;
		}
	}
	return ERR_OK;
}

/* --- by index --------------------------------------------------------------------------------- */

static int
probe_batch(struct search *q, struct table_scan *scan, struct arena *batch, int from, int n,
	    bool *stop, struct err *e)
{
	struct vec keys[INDEX_COLS_MAX], out;
	union datum out_v[BATCH_ROWS];
	uint8_t out_null[BATCH_ROWS], *skip = ARENA_ARRAY(batch, uint8_t, n);
	uint16_t ordinal[BATCH_ROWS];
	int ncols = q->s->con->ncols, got, rc;

	for (int i = 0; i < n; i++)
		skip[i] = !q->possible[from + i];
	for (int c = 0; c < ncols; c++) {
		keys[c] = (struct vec){ .v = ARENA_ARRAY(batch, union datum, n),
					.null = skip,
					.stride = 1 };
		for (int i = 0; i < n; i++)
			keys[c].v[i] = q->values[from + i][q->map[c]];
	}
	rc = table_probe_begin(scan, ncols, keys, NULL, n, e);
	while (rc == ERR_OK && !*stop) {
		out = (struct vec){ .v = out_v, .null = out_null, .stride = 1 };
		rc = table_probe_next(scan, batch, &out, ordinal, &got, e);
		if (rc != ERR_OK || got == 0)
			break;
		for (int i = 0; rc == ERR_OK && i < got && !*stop; i++)
			rc = q->s->hit(
				q->s,
				LIST_AT(const struct pending_key, q->s->keys, from + ordinal[i]),
				out_v[i].b, stop, e);
	}
	return rc;
}

static int
search_index(struct search *q, struct err *e)
{
	const int16_t cols[] = { COL_ROW_KEY };
	struct scan_request req = {
		.rel = q->s->child,
		.index = q->index,
		.ncols = 1,
		.cols = cols,
		.latest = true,
	};
	SCAN_AUTO struct table_scan *scan = NULL;
	ARENA_AUTO struct arena batch = { 0 };
	bool stop = false;
	int rc;

	rc = table_scan_open(q->s->u->stmt->env, &req, &scan, e);
	for (int from = 0; rc == ERR_OK && !stop && from < q->s->keys->n; from += BATCH_ROWS) {
		int n = q->s->keys->n - from < BATCH_ROWS ? q->s->keys->n - from : BATCH_ROWS;

		arena_reset(&batch);
		rc = probe_batch(q, scan, &batch, from, n, &stop, e);
	}
	return rc;
}

/* --- by scan ---------------------------------------------------------------------------------- */

static void
encode(const struct search *q, const union datum *values, struct strbuf *to)
{
	strbuf_clear(to);
	for (int c = 0; c < q->s->con->ncols; c++) {
		const struct type *t = q->s->child->cols[q->s->con->cols[c] - 1].type;

		t->ops->key(t, values[c], to);
	}
}

static void
index_keys(struct search *q)
{
	for (int i = 0; i < q->s->keys->n; i++) {
		struct strbuf b;

		if (!q->possible[i])
			continue;
		strbuf_init(&b, &q->arena);
		encode(q, q->values[i], &b);
		map_put(&q->by_bytes, b.data, b.len, (void *) ((uintptr_t) i + 1));
	}
}

static int
scan_batch(struct search *q, const struct vec *out, int n, struct strbuf *b, bool *stop,
	   struct err *e)
{
	int ncols = q->s->con->ncols, rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < n && !*stop; i++) {
		union datum values[INDEX_COLS_MAX];
		bool null = false;
		uintptr_t number;

		for (int c = 0; c < ncols; c++) {
			null |= vec_null(&out[c], i);
			values[c] = vec_at(&out[c], i);
		}
		if (null)
			continue;
		encode(q, values, b);
		number = (uintptr_t) map_get(&q->by_bytes, b->data, b->len);
		if (number != 0)
			rc = q->s->hit(
				q->s,
				LIST_AT(const struct pending_key, q->s->keys, (int) number - 1),
				vec_at(&out[ncols], i).b, stop, e);
	}
	return rc;
}

static int
search_scan(struct search *q, struct err *e)
{
	int ncols = q->s->con->ncols, n, rc;
	int16_t *cols = ARENA_ARRAY(&q->arena, int16_t, ncols + 1);
	struct vec *out = ARENA_ARRAY(&q->arena, struct vec, ncols + 1);
	struct scan_request req = {
		.rel = q->s->child, .ncols = ncols + 1, .cols = cols, .latest = true
	};
	SCAN_AUTO struct table_scan *scan = NULL;
	ARENA_AUTO struct arena batch = { 0 };
	struct strbuf b;
	bool stop = false;

	index_keys(q);
	strbuf_init(&b, &q->arena);
	for (int c = 0; c < ncols; c++)
		cols[c] = q->s->con->cols[c];
	cols[ncols] = COL_ROW_KEY;
	rc = table_scan_open(q->s->u->stmt->env, &req, &scan, e);
	while (rc == ERR_OK && !stop) {
		arena_reset(&batch);
		for (int c = 0; c <= ncols; c++)
			out[c] = (struct vec){ .v = ARENA_ARRAY(&batch, union datum, BATCH_ROWS),
					       .null = ARENA_ARRAY(&batch, uint8_t, BATCH_ROWS),
					       .stride = 1 };
		rc = table_scan_next(scan, &batch, out, &n, e);
		if (rc != ERR_OK || n == 0)
			break;
		rc = scan_batch(q, out, n, &b, &stop, e);
	}
	return rc;
}

static int
search_table(struct fkey_search *s, struct err *e)
{
	struct search q = { .s = s };
	int rc;

	for (int i = 0; i < s->child->nindexes && q.index == NULL; i++)
		if (index_fits(s->child->indexes[i], s->con, q.map))
			q.index = s->child->indexes[i];
	rc = convert_keys(&q, e);
	if (rc == ERR_OK)
		rc = q.index != NULL ? search_index(&q, e) : search_scan(&q, e);
	map_done(&q.by_bytes);
	arena_done(&q.arena);
	return rc;
}

/* A partition has the constraint in its own columns. */
int
fkey_search_children(struct fkey_search *s, struct err *e)
{
	const struct relation *whole = s->child;
	const struct constraint *con = s->con;
	int rc = ERR_OK;

	if (!relation_is_partitioned(whole))
		return search_table(s, e);
	for (int i = 0; i < whole->nparts && rc == ERR_OK; i++)
		for (int k = 0; k < whole->parts[i]->nconstraints && rc == ERR_OK; k++) {
			if (whole->parts[i]->constraints[k].parent != con->oid)
				continue;
			s->child = whole->parts[i];
			s->con = &s->child->constraints[k];
			rc = fkey_search_children(s, e);
		}
	s->child = whole;
	s->con = con;
	return rc;
}
