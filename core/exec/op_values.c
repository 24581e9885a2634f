/* op_values.c - rows without a table: one empty row, no row, VALUES lists. */
#include "config.h"
#include "core/exec/operator.h"
#include "core/exec/ops.h"
#include "core/exec/prog.h"

/* -- one row of nothing ----------------------------------------------------------------------- */
static int
one_row_open(struct op *op, struct err *e UNUSED)
{
	op_out_init(op);
	op->out.n = 1;
	return ERR_OK;
}

static int
one_row_next(struct op *op, const struct batch **ret, struct err *e UNUSED)
{
	*ret = op->done ? NULL : &op->out;
	op->done = true;
	return ERR_OK;
}

static int
nothing_rescan(struct op *op UNUSED, struct err *e UNUSED)
{
	return ERR_OK;
}

const struct op_class op_one_row_class = {
	.name = "one row",
	.plan_kind = PLAN_ONE_ROW,
	.open = one_row_open,
	.next = one_row_next,
	.rescan = nothing_rescan,
};

static int
empty_next(struct op *op UNUSED, const struct batch **ret, struct err *e UNUSED)
{
	*ret = NULL;
	return ERR_OK;
}

const struct op_class op_empty_class = {
	.name = "empty",
	.plan_kind = PLAN_EMPTY,
	.open = nothing_rescan,
	.next = empty_next,
	.rescan = nothing_rescan,
};

/* -- VALUES: cells that are constants or parameters are taken as they are --------------------- */
struct cell {
	union datum d;
	bool null;
	struct prog *prog; /* NULL: d */
};

struct values_state {
	struct cell *cells; /* row by row */
	int at;
	bool pure; /* what is not comes row by row, no more of them than are wanted */
};

static int
cell_open(struct exec *x, struct expr *expr, struct cell *cell, struct err *e)
{
	while (expr->kind == EXPR_RELABEL)
		expr = expr->args[0];
	if (expr->kind == EXPR_CONST) {
		cell->d = expr->value;
		cell->null = expr->is_null;
		return ERR_OK;
	}
	return prog_compile(x, &expr, 1, 1, &cell->prog, e);
}

static int
values_open(struct op *op, struct err *e)
{
	const struct plan_values *p = PLAN_AS(plan_values, op->plan);
	struct values_state *s = op->state;
	const int ncols = op->plan->ncols, before = op->x->volatile_calls;

	op_out_init(op);
	s->cells = ARENA_ARRAY(&op->x->arena, struct cell, (size_t) p->nrows * (size_t) ncols + 1);
	for (int r = 0; r < p->nrows; r++)
		for (int c = 0; c < ncols; c++) {
			int rc = cell_open(op->x, p->rows[r][c],
					   &s->cells[(size_t) r * (size_t) ncols + (size_t) c], e);
			if (rc != ERR_OK)
				return rc;
		}
	s->pure = op->x->volatile_calls == before;
	return ERR_OK;
}

/* Row `i` of the batch: what has side effects in the order that it is written in. */
static int
values_row(struct op *op, int i, bool *any_null, struct err *e)
{
	struct values_state *s = op->state;
	const int ncols = op->plan->ncols;
	const struct cell *cell = &s->cells[(size_t) (s->at + i) * (size_t) ncols];

	for (int c = 0; c < ncols; c++, cell++) {
		struct vec *v = &op->out.cols[c];
		int rc = ERR_OK;

		v->v[i] = cell->d;
		v->null[i] = cell->null;
		if (cell->prog != NULL) {
			bool null = false;
			rc = prog_value(cell->prog, &op->arena, &v->v[i], &null, e);
			v->null[i] = null;
		}
		if (rc != ERR_OK)
			return rc;
		any_null[c] |= v->null[i] != 0;
	}
	return ERR_OK;
}

static int
values_next(struct op *op, const struct batch **ret, struct err *e)
{
	const struct plan_values *p = PLAN_AS(plan_values, op->plan);
	struct values_state *s = op->state;
	const int ncols = op->plan->ncols;
	const int most = s->pure || op->want > BATCH_ROWS ? BATCH_ROWS : op->want;
	const int n = p->nrows - s->at < most ? p->nrows - s->at : most;
	bool *any_null = ARENA_ARRAY(&op->arena, bool, ncols + 1);

	*ret = NULL;
	if (n == 0)
		return ERR_OK;
	for (int c = 0; c < ncols; c++)
		op->out.cols[c] = vec_new(&op->arena, n);
	for (int i = 0; i < n; i++) {
		int rc = values_row(op, i, any_null, e);
		if (rc != ERR_OK)
			return rc;
	}
	for (int c = 0; c < ncols; c++)
		if (!any_null[c])
			op->out.cols[c].null = NULL;
	op->out.n = n;
	s->at += n;
	*ret = &op->out;
	return ERR_OK;
}

static int
values_rescan(struct op *op, struct err *e UNUSED)
{
	((struct values_state *) op->state)->at = 0;
	return ERR_OK;
}

const struct op_class op_values_class = {
	.name = "values",
	.plan_kind = PLAN_VALUES,
	.state_size = sizeof(struct values_state),
	.open = values_open,
	.next = values_next,
	.rescan = values_rescan,
};
