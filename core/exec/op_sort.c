/* op_sort.c - rows in order; with `top` only the first of them (of each enclosing row). */
#include "config.h"
#include "core/exec/operator.h"
#include "core/exec/ops.h"

#include "core/exec/prog.h"
#include "core/exec/sorter.h"

struct sort_state {
	struct sorter sorter;
	struct prog *keys;
	struct vec *key_cols;
	bool sorted;
};

static int
sort_open(struct op *op, struct err *e)
{
	const struct plan_sort *p = PLAN_AS(plan_sort, op->plan);
	struct sort_state *s = op->state;
	struct arena *a = &op->x->arena;
	struct sort_col *cols = ARENA_ARRAY(a, struct sort_col, p->nkeys + 1);
	struct expr **exprs = ARENA_ARRAY(a, struct expr *, p->nkeys + 1);
	int rc = op_open_inputs(op, e);

	if (rc != ERR_OK)
		return rc;
	for (int k = 0; k < p->nkeys; k++) {
		exprs[k] = p->keys[k].expr;
		cols[k] = (struct sort_col){ exprs[k]->type, p->keys[k].desc,
					     p->keys[k].nulls_first };
		while (cols[k].type->kind == TYPE_DOMAIN)
			cols[k].type = cols[k].type->base;
		if (cols[k].type->ops->cmp == NULL)
			return err_set(e, ERR_UNDEFINED_FUNCTION,
				       "could not identify an ordering operator for type %s",
				       type_sql_name(cols[k].type));
	}
	sorter_init(&s->sorter, op->x, op->plan->child->ncols, plan_types(a, op->plan->child),
		    p->nkeys, cols, exec_work_mem(op->x));
	s->key_cols = ARENA_ARRAY(a, struct vec, p->nkeys + 1);
	op_out_init(op);
	return prog_compile(op->x, exprs, p->nkeys, BATCH_ROWS, &s->keys, e);
}

static int
sort_top(struct op *op, struct err *e)
{
	const struct plan_sort *p = PLAN_AS(plan_sort, op->plan);
	struct sort_state *s = op->state;
	union datum d;
	bool null;

	if (p->top == NULL)
		return ERR_OK;
	int rc = eval_now(op->x, p->top, &op->arena, &d, &null, e);
	if (rc == ERR_OK && !null && d.i >= 0) /* what is wrong with it, LIMIT will say */
		sorter_top(&s->sorter, d.i, op->plan->dependent);
	return rc;
}

static int
fill(struct op *op, struct err *e)
{
	struct sort_state *s = op->state;
	struct plan_counts *counts = op_counts(op);
	int rc = sort_top(op, e);

	while (rc == ERR_OK) {
		const struct batch *in;
		rc = op_next(op->child, &in, e);
		if (rc == ERR_OK && in == NULL)
			break;
		arena_reset(&op->arena);
		if (rc == ERR_OK)
			rc = prog_run(s->keys, in, &op->arena, s->key_cols, e);
		for (int i = 0; rc == ERR_OK && i < in->n; i++)
			rc = sorter_add(&s->sorter, in->cols, s->key_cols, batch_row(in, i), e);
	}
	if (rc == ERR_OK)
		rc = sorter_finish(&s->sorter, e);
	if (counts != NULL) {
		counts->spilled += s->sorter.spilled;
		size_t used = s->sorter.arenas[0].used + s->sorter.arenas[1].used;
		counts->bytes_peak = used > counts->bytes_peak ? used : counts->bytes_peak;
	}
	s->sorted = rc == ERR_OK;
	return rc;
}

static int
sort_next(struct op *op, const struct batch **ret, struct err *e)
{
	struct sort_state *s = op->state;
	const struct row *rows[BATCH_ROWS];
	int n = 0, rc = s->sorted ? ERR_OK : fill(op, e);

	*ret = NULL;
	if (rc == ERR_OK)
		rc = sorter_next(&s->sorter, rows, BATCH_ROWS, &n, e);
	if (rc != ERR_OK || n == 0)
		return rc;
	for (int c = 0; c < op->out.ncols; c++)
		op->out.cols[c] = vec_new(&op->arena, n);
	struct row_shape shape = s->sorter.shape;
	shape.ncols = op->out.ncols;
	rows_gather(&shape, rows, n, op->out.cols);
	op->out.n = n;
	*ret = &op->out;
	return ERR_OK;
}

static int
sort_rescan(struct op *op, struct err *e)
{
	struct sort_state *s = op->state;

	if (s->sorted && !op_varies(op->child) && s->sorter.nruns == 0) {
		s->sorter.at = 0;
		return ERR_OK;
	}
	s->sorted = false;
	sorter_clear(&s->sorter);
	return op_rescan(op->child, e);
}

static void
sort_close(struct op *op)
{
	sorter_done(&((struct sort_state *) op->state)->sorter);
}

const struct op_class op_sort_class = {
	.name = "sort",
	.plan_kind = PLAN_SORT,
	.state_size = sizeof(struct sort_state),
	.open = sort_open,
	.next = sort_next,
	.rescan = sort_rescan,
	.close = sort_close,
};
