/* op_init.c - an uncorrelated sub-query: run once, its value on every row.
 *
 * It runs at the first row of the child, so it does not run at all when there is none. */
#include "config.h"
#include "core/exec/operator.h"
#include "core/exec/ops.h"

#include "core/exec/keys.h"
#include "core/exec/prog_int.h"
#include "core/exec/sublink.h"

struct init_state {
	struct sublink_eval sub;
	struct row_shape shape;
	struct arena arena; /* of the sub-query's rows */
	const struct row **rows;
	size_t nrows, cap;
	bool ran;
	struct vec value;    /* without tests: a constant; else per row */
	struct key_set *set; /* IN over many rows */
	bool set_null;       /* one of them is null */
};

static int
init_open(struct op *op, struct err *e)
{
	const struct plan_init *p = PLAN_AS(plan_init, op->plan);
	struct init_state *s = op->state;
	struct arena *a = &op->x->arena;
	int rc = op_open_inputs(op, e);

	if (rc != ERR_OK)
		return rc;
	const struct type **types = plan_types(a, op->plan->inner);
	row_shape_init(&s->shape, a, op->plan->inner->ncols, types);
	s->value = vec_new(a, p->ntests == 0 ? 1 : BATCH_ROWS);
	op_out_init(op);
	return sublink_init(&s->sub, op->x, p->sublink, op->plan->cols[op->plan->ncols - 1].type,
			    &s->shape, types, p->ntests, p->tests, p->ops, p->cmp, e);
}

static void
keep_row(struct init_state *s, const struct batch *b, int row)
{
	if (s->nrows == s->cap) {
		size_t cap = s->cap == 0 ? 64 : s->cap * 2;
		const struct row **rows = arena_alloc(&s->arena, cap * sizeof *rows);
		if (s->nrows != 0)
			memcpy(rows, s->rows, s->nrows * sizeof *rows);
		s->rows = rows;
		s->cap = cap;
	}
	s->rows[s->nrows++] = row_copy(&s->arena, &s->shape, 0, b->cols, row);
}

/* x = ANY and x <> ALL over a hashable column: a set instead of a comparison per row. */
static void
make_set(struct op *op)
{
	const struct plan_init *p = PLAN_AS(plan_init, op->plan);
	struct init_state *s = op->state;
	enum cmp_class class;

	if (p->ntests != 1 || s->nrows < 8 ||
	    (p->sublink != SUBLINK_ANY && p->sublink != SUBLINK_ALL))
		return;
	if (cmp_classify(p->ops[0], &class) != (p->sublink == SUBLINK_ANY ? CMP_EQ : CMP_NE) ||
	    s->nrows > 1 << 28)
		return;
	s->set = key_set_new(&s->arena, op->plan->inner->cols[0].type, (int) s->nrows);
	for (size_t i = 0; i < s->nrows; i++) {
		if (row_null(&s->shape, s->rows[i], 0))
			s->set_null = true;
		else
			key_set_add(s->set, s->rows[i]->v[0]);
	}
}

static int
run_once(struct op *op, struct err *e)
{
	const struct plan_init *p = PLAN_AS(plan_init, op->plan);
	struct init_state *s = op->state;
	int rc = ERR_OK;
	bool null = false;
	const bool exists = p->sublink == SUBLINK_EXISTS;

	while (rc == ERR_OK) {
		const struct batch *b;
		rc = op_next_some(op->inner, exists ? 1 : BATCH_ROWS, &b, e);
		if (rc == ERR_OK && b == NULL)
			break;
		for (int i = 0; rc == ERR_OK && i < b->n; i++)
			keep_row(s, b, batch_row(b, i));
		if (rc == ERR_OK && exists)
			break; /* one row tells */
		if (rc == ERR_OK)
			rc = arena_check(&s->arena, e);
	}
	if (rc != ERR_OK)
		return rc;
	s->ran = true;
	if (p->ntests != 0) {
		make_set(op);
		return ERR_OK;
	}
	s->value.v[0].i = 0;
	rc = sublink_value(&s->sub, op->x, 0, s->rows, s->nrows, &s->arena, &s->value.v[0], &null,
			   e);
	s->value.null[0] = null;
	s->value.stride = 0;
	return rc;
}

static void
test_by_set(struct init_state *s, const struct batch *in, bool any)
{
	const struct vec *left = &s->sub.test_cols[0];

	for (int i = 0; i < in->n; i++) {
		int row = batch_row(in, i);
		bool null = vec_null(left, row),
		     found = !null && key_set_has(s->set, vec_at(left, row));
		s->value.v[row].i = found == any;
		s->value.null[row] = null || (!found && s->set_null);
	}
}

static int
init_next(struct op *op, const struct batch **ret, struct err *e)
{
	const struct plan_init *p = PLAN_AS(plan_init, op->plan);
	struct init_state *s = op->state;
	const struct batch *in;
	int rc = op_next_some(op->child, op->want, &in, e);

	*ret = NULL;
	if (rc != ERR_OK || in == NULL)
		return rc;
	if (!s->ran)
		rc = run_once(op, e);
	if (rc == ERR_OK)
		rc = sublink_tests(&s->sub, in, &op->arena, e);
	if (rc != ERR_OK)
		return rc;
	if (s->set != NULL)
		test_by_set(s, in, p->sublink == SUBLINK_ANY);
	for (int i = 0; p->ntests != 0 && s->set == NULL && i < in->n; i++) {
		int row = batch_row(in, i);
		bool null = false;
		s->value.v[row].i = 0;
		rc = sublink_value(&s->sub, op->x, row, s->rows, s->nrows, &op->arena,
				   &s->value.v[row], &null, e);
		if (rc != ERR_OK)
			return rc;
		s->value.null[row] = null;
	}
	if (in->ncols != 0)
		memcpy(op->out.cols, in->cols, (size_t) in->ncols * sizeof *in->cols);
	op->out.cols[in->ncols] = s->value;
	op->out.ncols = in->ncols + 1;
	op->out.n = in->n;
	op->out.sel = in->sel;
	*ret = &op->out;
	return ERR_OK;
}

/* The value stays, unless the sub-query reads the rows of a recursive query's round. */
static int
init_rescan(struct op *op, struct err *e)
{
	struct init_state *s = op->state;
	int rc = op_rescan(op->child, e);

	if (rc == ERR_OK && s->ran && op_varies(op->inner)) {
		arena_reset(&s->arena);
		s->ran = false;
		s->rows = NULL;
		s->nrows = s->cap = 0;
		s->set = NULL;
		s->set_null = false;
		rc = op_rescan(op->inner, e);
	}
	return rc;
}

static void
init_close(struct op *op)
{
	arena_done(&((struct init_state *) op->state)->arena);
}

const struct op_class op_init_class = {
	.name = "init",
	.plan_kind = PLAN_INIT,
	.state_size = sizeof(struct init_state),
	.open = init_open,
	.next = init_next,
	.rescan = init_rescan,
	.close = init_close,
};
