/* op_scan.c - reading a table: all of it, or a range of an index, with a pushed filter.
 *
 * The bounds are expressions without columns, evaluated when the scan starts.  An IN list
 * becomes one range per distinct element, in the order of the index. */
#include "config.h"
#include "core/exec/operator.h"
#include "core/exec/ops.h"

#include <stdlib.h>

#include "core/access/table.h"
#include "core/base/hash.h"
#include "core/exec/again.h"
#include "core/exec/prog.h"
#include "core/query/walk.h"
#include "core/type/array.h"

struct scan_state {
	struct table_scan *scan;
	struct filter *filter;
	bool pure;                      /* the filter may be run again */
	struct piece piece;             /* of a batch, when it may not and few rows are wanted ... */
	struct batch whole;             /* ... which is this, on an arena of its own */
	struct arena arena;
	struct vec *bufs; /* room for the columns */
	union datum eq[INDEX_COLS_MAX + 1];
	bool eq_is_null[INDEX_COLS_MAX + 1];
	struct scan_bounds bounds;
	union datum lo, hi;
	bool nothing;      /* a bound is null */
	bool late;         /* bounds are asked for when the first row is: a sub-query gives them */
	union datum *list; /* IN list, in the order to read */
	int nlist, at;
	uint64_t sample_below, sample_seed, row;
	bool sampled;
};

static int
bound_value(struct op *op, struct expr *x, union datum *ret, bool *ret_nothing, struct err *e)
{
	bool null;
	int rc = eval_now(op->x, x, &op->x->arena, ret, &null, e);

	if (rc == ERR_OK && null)
		*ret_nothing = true; /* nothing compares true with null */
	return rc;
}

static int
list_cmp(const void *a, const void *b, void *type)
{
	const struct type *t = type;

	return t->ops->cmp(t, *(const union datum *) a, *(const union datum *) b);
}

/* The elements of the IN list, each once, in the order of the scan. */
static int
list_load(struct op *op, const struct plan_scan *p, struct err *e)
{
	struct scan_state *s = op->state;
	union datum array = { .i = 0 };
	int rc = bound_value(op, p->key.in_list, &array, &s->nothing, e), n = 0;
	const struct type *t = p->key.in_list->type;

	if (rc != ERR_OK || s->nothing)
		return rc;
	while (t->kind == TYPE_DOMAIN)
		t = t->base;
	struct array a;
	array_open(t->elem, array.b, &a);
	s->list = ARENA_ARRAY(&op->x->arena, union datum, a.n + 1);
	struct array_iter it = array_iter(&a);
	union datum d;
	bool null;
	while (array_next(&it, &d, &null))
		if (!null)
			s->list[n++] = d;
	qsort_r(s->list, (size_t) n, sizeof *s->list, list_cmp, (void *) t->elem);
	s->nlist = 0;
	for (int i = 0; i < n; i++)
		if (i == 0 || list_cmp(&s->list[i], &s->list[s->nlist - 1], (void *) t->elem) != 0)
			s->list[s->nlist++] = s->list[i];
	bool desc = p->index != NULL && p->index->cols[p->key.neq].desc;
	if (desc != p->backward)
		for (int i = 0, j = s->nlist - 1; i < j; i++, j--) {
			d = s->list[i];
			s->list[i] = s->list[j];
			s->list[j] = d;
		}
	s->nothing = s->nlist == 0;
	return ERR_OK;
}

static int
bounds_load(struct op *op, struct err *e)
{
	const struct plan_scan *p = PLAN_AS(plan_scan, op->plan);
	const struct key_range *k = &p->key;
	struct scan_state *s = op->state;
	int rc = ERR_OK;

	s->bounds = (struct scan_bounds){ .neq = k->neq,
					  .eq = s->eq,
					  .eq_is_null = s->eq_is_null,
					  .not_null = k->not_null };
	for (int i = 0; i < k->neq && rc == ERR_OK; i++) {
		s->eq_is_null[i] = k->eq_is_null != NULL && k->eq_is_null[i];
		if (!s->eq_is_null[i])
			rc = bound_value(op, k->eq[i], &s->eq[i], &s->nothing, e);
	}
	if (rc == ERR_OK && k->lo != NULL) {
		s->bounds.lo = (struct scan_bound){ 1, k->lo_incl, &s->lo };
		rc = bound_value(op, k->lo, &s->lo, &s->nothing, e);
	}
	if (rc == ERR_OK && k->hi != NULL) {
		s->bounds.hi = (struct scan_bound){ 1, k->hi_incl, &s->hi };
		rc = bound_value(op, k->hi, &s->hi, &s->nothing, e);
	}
	if (rc == ERR_OK && k->in_list != NULL) {
		rc = list_load(op, p, e);
		s->bounds.neq++;
		if (rc == ERR_OK && !s->nothing)
			s->eq[k->neq] = s->list[0];
	}
	return rc;
}

static int
is_init(struct expr *x, void *arg UNUSED)
{
	return x->kind == EXPR_INIT;
}

static bool
has_init(struct expr *x)
{
	return x != NULL && expr_walk(x, is_init, NULL, false) != 0;
}

static bool
bounds_by_query(const struct key_range *k)
{
	for (int i = 0; i < k->neq; i++)
		if (has_init(k->eq[i]))
			return true;
	return has_init(k->lo) || has_init(k->hi) || has_init(k->in_list);
}

static int
sample_load(struct op *op, const struct plan_scan *p, struct err *e)
{
	struct scan_state *s = op->state;
	union datum d = { .f = 0 };
	bool null;
	int rc = eval_now(op->x, p->sample_percent, &op->x->arena, &d, &null, e);

	if (rc != ERR_OK)
		return rc;
	if (null)
		return err_set(e, ERR_INVALID_TABLESAMPLE_ARGUMENT,
			       "TABLESAMPLE parameter cannot be null");
	if (!(d.f >= 0 && d.f <= 100))
		return err_set(e, ERR_INVALID_TABLESAMPLE_ARGUMENT,
			       "sample percentage must be between 0 and 100");
	s->sampled = d.f < 100;
	s->sample_below = (uint64_t) (d.f / 100 * 0x1p63);
	s->sample_seed = (uint64_t) random();
	if (p->sample_seed == NULL)
		return ERR_OK;
	rc = eval_now(op->x, p->sample_seed, &op->x->arena, &d, &null, e);
	if (rc == ERR_OK && null)
		return err_set(e, ERR_INVALID_TABLESAMPLE_REPEAT,
			       "TABLESAMPLE REPEATABLE parameter cannot be null");
	s->sample_seed = d.u;
	return rc;
}

static int
scan_open(struct op *op, struct err *e)
{
	const struct plan_scan *p = PLAN_AS(plan_scan, op->plan);
	struct scan_state *s = op->state;
	int rc;

	rc = exec_may_scan(p->rel, e);
	if (rc != ERR_OK)
		return rc;
	op_out_init(op);
	s->bufs = ARENA_ARRAY(&op->x->arena, struct vec, op->plan->ncols + 1);
	for (int c = 0; c < op->plan->ncols; c++)
		s->bufs[c] = vec_new(&op->x->arena, BATCH_ROWS);
	s->late = bounds_by_query(&p->key);
	rc = s->late ? ERR_OK : bounds_load(op, e);
	if (rc == ERR_OK && p->sample_method != 0)
		rc = sample_load(op, p, e);
	const int before = op->x->volatile_calls;
	if (rc == ERR_OK)
		rc = filter_compile(op->x, p->filter, BATCH_ROWS, &s->filter, e);
	s->pure = op->x->volatile_calls == before;
	if (rc != ERR_OK || s->nothing)
		return rc;
	struct scan_request req = {
		.rel = p->rel,
		.index = p->index,
		.ncols = op->plan->ncols,
		.cols = p->attnums,
		.backward = p->backward,
		.keep_order = true,
		.first = p->first != 0 ? p->first : BATCH_ROWS / 16, /* a LIMIT above may want no more */
		.bounds = s->bounds,
		.only = again_fixed(op->x, p->range),
	};
	req.latest = req.only != NULL;
	return table_scan_open(&op->x->env, &req, &s->scan, e);
}

static int
late_bounds(struct op *op, struct err *e)
{
	struct scan_state *s = op->state;
	int rc = bounds_load(op, e);

	s->late = false;
	return rc == ERR_OK && !s->nothing ? table_scan_bounds(s->scan, &s->bounds, e) : rc;
}

/* On to the next element of the IN list; false: there is none. */
static int
next_range(struct op *op, bool *ret_more, struct err *e)
{
	const struct plan_scan *p = PLAN_AS(plan_scan, op->plan);
	struct scan_state *s = op->state;

	*ret_more = s->at + 1 < s->nlist;
	if (!*ret_more)
		return ERR_OK;
	s->eq[p->key.neq] = s->list[++s->at];
	return table_scan_bounds(s->scan, &s->bounds, e);
}

/* Block sampling is by runs of rows that lie together; by row otherwise. */
static void
sample(struct op *op, int method, struct arena *a)
{
	struct scan_state *s = op->state;
	uint16_t *sel = arena_alloc(a, BATCH_ROWS * sizeof *sel);
	int m = 0;

	for (int i = 0; i < op->out.n; i++) {
		uint64_t nth = s->row + (uint64_t) i, unit = method == 2 ? nth / 128 : nth;
		sel[m] = (uint16_t) i;
		m += hash_mix(s->sample_seed, unit) >> 1 < s->sample_below;
	}
	s->row += (uint64_t) op->out.n;
	op->out.n = m;
	op->out.sel = sel;
}

static int
filter_rows(struct op *op, const struct batch *in, struct err *e)
{
	struct scan_state *s = op->state;

	return filter_run(s->filter, in, &op->arena, &op->out.sel, &op->out.n, e);
}

/* The next rows as they are stored, into op->out; none: the end. */
static int
read_rows(struct op *op, struct arena *a, struct err *e)
{
	const struct plan_scan *p = PLAN_AS(plan_scan, op->plan);
	struct scan_state *s = op->state;

	op->out.n = 0;
	while (op->out.n == 0 && !op->done && !s->nothing) {
		bool more;

		if (op->out.ncols != 0)
			memcpy(op->out.cols, s->bufs, (size_t) op->out.ncols * sizeof *s->bufs);
		op->out.sel = NULL;
		int rc = table_scan_next(s->scan, a, op->out.cols, &op->out.n, e);
		if (rc != ERR_OK)
			return rc;
		if (op->out.n == 0) {
			rc = next_range(op, &more, e);
			if (rc != ERR_OK)
				return rc;
			op->done = !more;
		} else if (s->sampled) {
			sample(op, p->sample_method, a);
		}
	}
	return ERR_OK;
}

/* The filter has side effects: over no more rows than are wanted. */
static int
filter_some(struct op *op, struct err *e)
{
	struct scan_state *s = op->state;
	const struct batch *in;
	int rc = ERR_OK;

	op->out.n = 0;
	while (rc == ERR_OK && op->out.n == 0) {
		in = piece_next(&s->piece, op->x, op->want);
		if (in != NULL) {
			op->out = *in;
			rc = filter_rows(op, in, e);
			continue;
		}
		if (op->done || s->nothing)
			break;
		arena_reset(&s->arena);
		rc = read_rows(op, &s->arena, e);
		s->whole = op->out;
		s->piece.in = &s->whole;
		s->piece.at = 0;
		op->out.n = 0;
		if (rc == ERR_OK)
			rc = exec_check(op->x, e);
	}
	return rc;
}

static int
scan_next(struct op *op, const struct batch **ret, struct err *e)
{
	struct scan_state *s = op->state;
	int rc = s->late ? late_bounds(op, e) : ERR_OK;

	*ret = NULL;
	if (rc != ERR_OK)
		return rc;
	if (!s->pure) {
		rc = filter_some(op, e);
		if (rc == ERR_OK && op->out.n != 0)
			*ret = &op->out;
		return rc;
	}
	for (;;) {
		rc = read_rows(op, &op->arena, e);
		if (rc != ERR_OK || op->done || s->nothing)
			return rc;
		if (s->filter != NULL) {
			const struct batch all = op->out;
			rc = filter_rows(op, &all, e);
			if (rc != ERR_OK)
				rc = op_before_error(op, &all, s->pure, filter_rows, e);
			if (rc != ERR_OK)
				return rc;
		}
		if (op->out.n != 0) {
			*ret = &op->out;
			return ERR_OK;
		}
		arena_reset(&op->arena);
		rc = exec_check(op->x, e);
		if (rc != ERR_OK)
			return rc;
	}
}

static int
scan_rescan(struct op *op, struct err *e)
{
	const struct plan_scan *p = PLAN_AS(plan_scan, op->plan);
	struct scan_state *s = op->state;

	if (s->nothing || s->late)
		return ERR_OK;
	s->at = 0;
	s->row = 0;
	s->piece.in = NULL;
	if (s->list != NULL)
		s->eq[p->key.neq] = s->list[0];
	return table_scan_bounds(s->scan, &s->bounds, e);
}

static void
scan_close(struct op *op)
{
	struct scan_state *s = op->state;

	table_scan_close(&s->scan);
	arena_done(&s->arena);
}

const struct op_class op_scan_class = {
	.name = "scan",
	.plan_kind = PLAN_SCAN,
	.state_size = sizeof(struct scan_state),
	.open = scan_open,
	.next = scan_next,
	.rescan = scan_rescan,
	.close = scan_close,
};
