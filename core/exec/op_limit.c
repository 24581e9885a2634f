/* op_limit.c - LIMIT, OFFSET, WITH TIES; in a dependent plan for each enclosing row.
 *
 * Rows of different enclosing rows may come mixed, so each has a counter of its own.  WITH
 * TIES needs its rows in order; there the rows of one enclosing row come together.  Limits
 * are evaluated at the first row, when parameters have their values; those that are columns (of
 * sub-queries, of enclosing rows) at the first row of each enclosing row. */
#include "config.h"
#include "core/exec/operator.h"
#include "core/exec/ops.h"
#include "core/exec/keys.h"
#include "core/exec/prog.h"
#include "core/exec/rows.h"

struct limit_state {
	bool ready;
	int64_t *skip, *take; /* per ordinal, [0] when not dependent; take -1: no limit */
	int64_t *seen;        /* likewise */
	struct prog *bounds;  /* offset, limit as columns of the input; NULL: known before it */
	uint16_t *sel;
	struct prog *ties;
	struct key_type *tie_types;
	struct row_shape tie_shape;
	struct row **last; /* per ordinal: the tie columns of the last row taken */
	struct arena tie_arena;
};

static int
limit_open(struct op *op, struct err *e)
{
	const struct plan_limit *p = PLAN_AS(plan_limit, op->plan);
	struct limit_state *s = op->state;
	struct arena *a = &op->x->arena;
	int rc = op_open_inputs(op, e), n = op->plan->dependent ? BATCH_ROWS : 1;

	if (rc != ERR_OK)
		return rc;
	s->seen = ARENA_ARRAY(a, int64_t, n);
	s->skip = ARENA_ARRAY(a, int64_t, n);
	s->take = ARENA_ARRAY(a, int64_t, n);
	for (int i = 0; i < n; i++)
		s->take[i] = -1;
	s->sel = arena_alloc(a, BATCH_ROWS * sizeof *s->sel);
	if (p->per_row) {
		struct expr *both[2];
		int nboth = 0;

		if (p->offset != NULL)
			both[nboth++] = p->offset;
		if (p->limit != NULL)
			both[nboth++] = p->limit;
		rc = prog_compile(op->x, both, nboth, BATCH_ROWS, &s->bounds, e);
	}
	if (rc != ERR_OK || !p->with_ties)
		return rc;
	struct expr **exprs = ARENA_ARRAY(a, struct expr *, p->nties + 1);
	const struct type **types = ARENA_ARRAY(a, const struct type *, p->nties + 1);
	s->tie_types = ARENA_ARRAY(a, struct key_type, p->nties + 1);
	s->last = ARENA_ARRAY(a, struct row *, n);
	for (int i = 0; i < p->nties; i++) {
		exprs[i] = p->ties[i].expr;
		types[i] = exprs[i]->type;
		s->tie_types[i] = key_type(types[i]);
	}
	row_shape_init(&s->tie_shape, a, p->nties, types);
	return prog_compile(op->x, exprs, p->nties, BATCH_ROWS, &s->ties, e);
}

static int
set_skip(struct limit_state *s, int group, union datum d, bool null, struct err *e)
{
	s->skip[group] = null ? 0 : d.i;
	if (s->skip[group] < 0)
		return err_set(e, ERR_INVALID_ROW_COUNT_IN_RESULT_OFFSET_CLAUSE,
			       "OFFSET must not be negative");
	return ERR_OK;
}

static int
set_take(struct limit_state *s, int group, union datum d, bool null, struct err *e)
{
	if (!null && d.i < 0)
		return err_set(e, ERR_INVALID_ROW_COUNT_IN_LIMIT_CLAUSE,
			       "LIMIT must not be negative");
	if (null && s->ties != NULL)
		return err_set(e, ERR_INVALID_ROW_COUNT_IN_LIMIT_CLAUSE,
			       "row count cannot be null in FETCH FIRST ... WITH TIES clause");
	s->take[group] = null ? -1 : d.i;
	return ERR_OK;
}

/* Limits that do not depend on rows: the same for all ordinals. */
static int
limit_bounds(struct op *op, struct err *e)
{
	const struct plan_limit *p = PLAN_AS(plan_limit, op->plan);
	struct limit_state *s = op->state;
	union datum d;
	bool null;
	int rc = ERR_OK;

	s->ready = true;
	if (p->offset != NULL) {
		rc = eval_now(op->x, p->offset, &op->x->arena, &d, &null, e);
		if (rc == ERR_OK)
			rc = set_skip(s, 0, d, null, e);
	}
	if (p->limit != NULL && rc == ERR_OK) {
		rc = eval_now(op->x, p->limit, &op->x->arena, &d, &null, e);
		if (rc == ERR_OK)
			rc = set_take(s, 0, d, null, e);
	}
	for (int i = 1; op->plan->dependent && i < BATCH_ROWS; i++) {
		s->skip[i] = s->skip[0];
		s->take[i] = s->take[0];
	}
	return rc;
}

/* Limits that are columns: at the first row of each ordinal. */
static int
row_bounds(struct op *op, const struct batch *in, struct err *e)
{
	const struct plan_limit *p = PLAN_AS(plan_limit, op->plan);
	struct limit_state *s = op->state;
	struct vec *v = ARENA_ARRAY(&op->arena, struct vec, 2), *limit;
	int rc = prog_run(s->bounds, in, &op->arena, v, e);

	limit = p->offset != NULL ? &v[1] : &v[0];
	for (int i = 0; i < in->n && rc == ERR_OK; i++) {
		int row = batch_row(in, i);
		int group = op->plan->dependent ? (int) vec_at(&in->cols[0], row).i : 0;

		if (s->seen[group] != 0)
			continue;
		if (p->offset != NULL)
			rc = set_skip(s, group, vec_at(&v[0], row), vec_null(&v[0], row), e);
		if (p->limit != NULL && rc == ERR_OK)
			rc = set_take(s, group, vec_at(limit, row), vec_null(limit, row), e);
		if (!op->plan->dependent)
			break;
	}
	return rc;
}

static bool
tied(const struct limit_state *s, const struct row *last, const struct vec *ties, int row)
{
	for (int c = 0; c < s->tie_shape.ncols; c++) {
		bool null = vec_null(&ties[c], row);
		if (null != row_null(&s->tie_shape, last, c))
			return false;
		if (!null && !key_equal(&s->tie_types[c], vec_at(&ties[c], row), last->v[c]))
			return false;
	}
	return true;
}

/* Chooses rows; *ret_end: no more can come. */
static int
limit_select(struct op *op, const struct batch *in, int *ret_n, bool *ret_end, struct err *e)
{
	struct limit_state *s = op->state;
	const bool dependent = op->plan->dependent;
	struct vec *ties = NULL;
	int m = 0;

	*ret_end = false;
	if (s->ties != NULL) {
		ties = ARENA_ARRAY(&op->arena, struct vec, s->tie_shape.ncols + 1);
		int rc = prog_run(s->ties, in, &op->arena, ties, e);
		if (rc != ERR_OK)
			return rc;
	}
	for (int i = 0; i < in->n; i++) {
		int row = batch_row(in, i),
		    group = dependent ? (int) vec_at(&in->cols[0], row).i : 0;
		int64_t nth = s->seen[group]++ - s->skip[group], take = s->take[group];

		if (nth < 0)
			continue;
		if (take >= 0 && nth >= take) {
			if (ties != NULL && take > 0 && s->last[group] != NULL &&
			    tied(s, s->last[group], ties, row)) {
				s->sel[m++] = (uint16_t) row;
				continue;
			}
			if (s->last != NULL)
				s->last[group] = NULL; /* ties end here */
			if (!dependent) {
				*ret_end = true;
				break;
			}
			continue;
		}
		if (ties != NULL && nth == take - 1)
			s->last[group] = row_copy(&s->tie_arena, &s->tie_shape, 0, ties, row);
		s->sel[m++] = (uint16_t) row;
	}
	*ret_n = m;
	return ERR_OK;
}

/* How many of the child's rows are needed now: locks and side effects of others must not happen. */
static int
wanted(const struct op *op)
{
	const struct limit_state *s = op->state;
	int64_t skip, take;

	if (op->plan->dependent)
		return op->want;
	if (s->bounds != NULL && s->seen[0] == 0)
		return 1;
	skip = s->seen[0] < s->skip[0] ? s->skip[0] - s->seen[0] : 0;
	take = s->take[0] < 0 ? op->want : s->take[0] - (s->seen[0] - s->skip[0] + skip);
	if (take < 1) /* ties are looked for */
		take = 1;
	if (take > op->want)
		take = op->want;
	return skip > BATCH_ROWS - take ? BATCH_ROWS : (int) (skip + take);
}

static int
limit_next(struct op *op, const struct batch **ret, struct err *e)
{
	struct limit_state *s = op->state;
	const bool one = !op->plan->dependent;
	int rc = s->ready || s->bounds != NULL ? ERR_OK : limit_bounds(op, e);

	if (rc != ERR_OK)
		return rc;
	*ret = NULL;
	if (one && s->bounds == NULL && s->take[0] == 0)
		op->done = true;
	while (!op->done) {
		const struct batch *in;
		int n = 0;

		rc = op_next_some(op->child, wanted(op), &in, e);
		if (rc != ERR_OK)
			return rc;
		if (in == NULL) {
			op->done = true;
			break;
		}
		op->out = *in;
		if (s->bounds != NULL && (!one || s->seen[0] == 0))
			rc = row_bounds(op, in, e);
		if (rc == ERR_OK)
			rc = limit_select(op, in, &n, &op->done, e);
		if (rc != ERR_OK)
			return rc;
		/* Do not ask for a batch only to learn that the limit was reached. */
		if (one && s->take[0] >= 0 && s->ties == NULL &&
		    s->seen[0] - s->skip[0] >= s->take[0])
			op->done = true;
		if (n != 0) {
			op->out.n = n;
			op->out.sel = s->sel;
			*ret = &op->out;
			break;
		}
	}
	return ERR_OK;
}

static int
limit_rescan(struct op *op, struct err *e)
{
	struct limit_state *s = op->state;
	const size_t n = op->plan->dependent ? BATCH_ROWS : 1;

	memset(s->seen, 0, n * sizeof *s->seen);
	if (s->last != NULL)
		memset(s->last, 0, n * sizeof *s->last);
	arena_reset(&s->tie_arena);
	return op_rescan(op->child, e);
}

static void
limit_close(struct op *op)
{
	arena_done(&((struct limit_state *) op->state)->tie_arena);
}

const struct op_class op_limit_class = {
	.name = "limit",
	.plan_kind = PLAN_LIMIT,
	.state_size = sizeof(struct limit_state),
	.open = limit_open,
	.next = limit_next,
	.rescan = limit_rescan,
	.close = limit_close,
};
