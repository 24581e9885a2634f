/* analyze.c - ANALYZE: a sample of the rows, and who needs one.
 *
 * All rows are counted, a uniform sample of them is kept (reservoir), as large as PostgreSQL's: 300
 * rows for each histogram bucket wanted.  A partitioned table's sample is of all its partitions;
 * the automatic ANALYZE is for tables that have rows of their own.
 *
 * Not here: what is computed from the sample (column_stats.c). */
#include "config.h"
#include "core/ddl/analyze.h"

#include <stdlib.h>

#include "core/access/live.h"
#include "core/base/hash.h"
#include "core/access/table.h"
#include "core/catalog/partition.h"
#include "core/ddl/private.h"

enum { ROWS_PER_BUCKET = 300, DEFAULT_TARGET = 100, ANALYZE_THRESHOLD = 50 };
static const double analyze_scale = 0.1;

struct sampler {
	const struct relation *rel;
	int16_t *cols;
	int ncols;
	struct sample *samples; /* one a column */
	int wanted, kept;
	double seen, bytes;
	uint64_t random;
	struct arena arena; /* the sampled values */
};

static uint64_t
next_random(struct sampler *s)
{
	s->random += UINT64_C(0x9e3779b97f4a7c15);
	return hash_u64(s->random);
}

static void
keep_row(struct sampler *s, const struct vec *out, int row, int slot)
{
	for (int c = 0; c < s->ncols; c++) {
		struct sample *to = &s->samples[c];
		bool null = vec_null(&out[c], row);

		to->null[slot] = null;
		if (!null)
			to->values[slot] =
				datum_copy(&s->arena, vec_at(&out[c], row), to->type->byval);
		to->order[slot] = s->seen;
	}
}

static void
take_batch(struct sampler *s, const struct vec *out, int n)
{
	for (int i = 0; i < n; i++, s->seen++) {
		for (int c = 0; c < s->ncols; c++)
			if (!vec_null(&out[c], i))
				s->bytes += s->samples[c].type->byval
						    ? (double) s->samples[c].type->len
						    : (double) bytes_len(vec_at(&out[c], i).b);
		if (s->kept < s->wanted) {
			keep_row(s, out, i, s->kept++);
		} else {
			uint64_t at = next_random(s) % ((uint64_t) s->seen + 1);

			if (at < (uint64_t) s->wanted)
				keep_row(s, out, i, (int) at);
		}
	}
}

static int
read_table(struct ddl *d, struct sampler *s, const struct relation *rel, const int16_t *cols,
	   struct err *e)
{
	struct scan_request req = { .rel = rel, .ncols = s->ncols, .cols = cols };
	SCAN_AUTO struct table_scan *scan = NULL;
	ARENA_AUTO struct arena batch = { 0 };
	struct vec *out = ARENA_ARRAY(d->a, struct vec, s->ncols);
	int n, rc;

	rc = table_scan_open(d->env->exec, &req, &scan, e);
	while (rc == ERR_OK) {
		arena_reset(&batch);
		for (int c = 0; c < s->ncols; c++)
			out[c] = (struct vec){ .v = ARENA_ARRAY(&batch, union datum, BATCH_ROWS),
					       .null = ARENA_ARRAY(&batch, uint8_t, BATCH_ROWS),
					       .stride = 1 };
		rc = table_scan_next(scan, &batch, out, &n, e);
		if (rc != ERR_OK || n == 0)
			return rc;
		take_batch(s, out, n);
	}
	return rc;
}

/* The table's own rows, or those of all partitions. */
static int
read_rows(struct ddl *d, struct sampler *s, struct err *e)
{
	struct list leaves = { 0 };
	int rc = ERR_OK;

	partition_leaves(d->a, s->rel, &leaves);
	for (int i = 0; i < leaves.n && rc == ERR_OK; i++) {
		const struct relation *leaf = LIST_AT(const struct relation, &leaves, i);
		const int16_t *map = partition_map(d->a, s->rel, leaf);
		int16_t *cols = ARENA_ARRAY(d->a, int16_t, s->ncols + 1);

		for (int c = 0; c < s->ncols; c++)
			cols[c] = map != NULL ? map[s->cols[c] - 1] : s->cols[c];
		rc = read_table(d, s, leaf, cols, e);
	}
	return rc;
}

static void
prepare(struct ddl *d, struct sampler *s)
{
	const struct relation *r = s->rel;
	int target = DEFAULT_TARGET;

	s->cols = ARENA_ARRAY(d->a, int16_t, r->ncols + 1);
	for (int i = 0; i < r->ncols; i++) {
		if (r->cols[i].dropped || r->cols[i].stats_target == 0)
			continue;
		s->cols[s->ncols++] = r->cols[i].attnum;
		if (r->cols[i].stats_target > target)
			target = r->cols[i].stats_target;
	}
	s->wanted = target * ROWS_PER_BUCKET;
	s->samples = ARENA_ARRAY(d->a, struct sample, s->ncols + 1);
	for (int c = 0; c < s->ncols; c++) {
		const struct column *col = &r->cols[s->cols[c] - 1];

		s->samples[c].type = col->type;
		s->samples[c].target = col->stats_target > 0 ? col->stats_target : DEFAULT_TARGET;
		s->samples[c].values =
			arena_alloc(&s->arena, (size_t) s->wanted * sizeof(union datum));
		s->samples[c].order = arena_alloc(&s->arena, (size_t) s->wanted * sizeof(double));
		s->samples[c].null = arena_alloc(&s->arena, (size_t) s->wanted);
	}
}

static int
analyze(struct ddl *d, const struct relation *r, struct err *e)
{
	struct sampler s = { .rel = r, .random = (uint64_t) d->env->exec->now ^ r->o.oid };
	struct stats_object st = { .o = { .class = OBJ_STATISTICS, .oid = r->o.oid, .name = "" } };
	struct column_stats *cols;
	int rc;

	prepare(d, &s);
	rc = read_rows(d, &s, e);
	if (rc == ERR_OK)
		rc = arena_check(&s.arena, e);
	if (rc == ERR_OK) {
		cols = ARENA_ARRAY(d->a, struct column_stats, s.ncols);
		for (int c = 0; c < s.ncols; c++) {
			s.samples[c].n = s.kept;
			s.samples[c].total = s.seen;
			cols[c].attnum = s.cols[c];
			column_stats_compute(&s.samples[c], d->a, &cols[c]);
		}
		st.stats = (struct table_stats){ .rows = s.seen,
						 .bytes = s.bytes + 12 * s.seen,
						 .ncols = s.ncols,
						 .cols = cols,
						 .analyzed_at = d->env->exec->now };
		draft_put(d->draft, &st.o);
		rc = ddl_seal(d, e);
	}
	if (rc == ERR_OK && !relation_is_partitioned(r))
		live_analyzed(live_find(catalog_store_store(d->env->store), r->file), s.seen);
	arena_done(&s.arena);
	return rc;
}

int
ddl_analyze(struct ddl_env *env, const struct relation *rel, struct err *e)
{
	const struct catalog *before = env->exec->catalog;
	struct ddl d;
	int rc;

	if (rel->kind != REL_TABLE && rel->kind != REL_MATVIEW)
		return ERR_OK;
	rc = ddl_begin(&d, env, e);
	if (rc != ERR_OK)
		return rc;
	rc = ddl_lock_relation(&d, rel->o.oid, LOCK_SHARE_UPDATE_EXCLUSIVE, &rel, e);
	if (rc == ERR_OK)
		rc = analyze(&d, rel, e);
	ddl_end(&d, before);
	return rc;
}

/* --- automatic -------------------------------------------------------------------------------- */

struct due {
	oid_t oid;
	double share;
};

static int
due_order(const void *a, const void *b)
{
	const struct due *x = a, *y = b;

	return (x->share < y->share) - (x->share > y->share);
}

int
ddl_analyze_due(struct catalog_store *cs, oid_t *ret_oids, int max)
{
	struct catalog *c = catalog_current(cs);
	struct store *store = catalog_store_store(cs);
	struct due *due = calloc((size_t) catalog_count(c, OBJ_RELATION) + 1, sizeof *due);
	int n = 0;

	for (int i = 0; due != NULL && i < catalog_count(c, OBJ_RELATION); i++) {
		const struct relation *r = (const struct relation *) catalog_at(c, OBJ_RELATION, i);
		double changed, limit;

		if (r->kind != REL_TABLE || r->file == 0)
			continue;
		changed = (double) atomic_load(&live_find(store, r->file)->changed);
		limit = ANALYZE_THRESHOLD + analyze_scale * (r->stats != NULL ? r->stats->rows : 0);
		if (changed > limit)
			due[n++] = (struct due){ r->o.oid, changed / limit };
	}
	if (due != NULL)
		qsort(due, (size_t) n, sizeof *due, due_order);
	if (n > max)
		n = max;
	for (int i = 0; i < n; i++)
		ret_oids[i] = due[i].oid;
	free(due);
	catalog_release(c);
	return n;
}
