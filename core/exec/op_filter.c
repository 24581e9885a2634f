/* op_filter.c - the rows for which a condition is true. */
#include "config.h"
#include "core/exec/operator.h"
#include "core/exec/ops.h"
#include "core/exec/prog.h"

struct filter_state {
	struct filter *cond;
	bool pure;
	struct piece piece; /* of the child's batch, when it is not */
};

static int
filter_open(struct op *op, struct err *e)
{
	const struct plan_filter *p = PLAN_AS(plan_filter, op->plan);
	struct filter_state *s = op->state;
	int rc = op_open_inputs(op, e), before = op->x->volatile_calls;

	if (rc != ERR_OK)
		return rc;
	rc = filter_compile(op->x, p->cond, BATCH_ROWS, &s->cond, e);
	s->pure = op->x->volatile_calls == before;
	return rc;
}

static int
filter_rows(struct op *op, const struct batch *in, struct err *e)
{
	struct filter_state *s = op->state;

	op->out = *in;
	return filter_run(s->cond, in, &op->arena, &op->out.sel, &op->out.n, e);
}

static int
filter_next(struct op *op, const struct batch **ret, struct err *e)
{
	struct filter_state *s = op->state;

	for (;;) {
		const struct batch *in;
		int rc = s->pure ? op_next_some(op->child, op->want, &in, e)
				 : op_next_piece(op->child, &s->piece, op->want, &in, e);
		if (rc != ERR_OK)
			return rc;
		if (in == NULL) {
			*ret = NULL;
			return ERR_OK;
		}
		rc = filter_rows(op, in, e);
		if (rc != ERR_OK)
			rc = op_before_error(op, in, s->pure, filter_rows, e);
		if (rc != ERR_OK)
			return rc;
		if (op->out.n != 0) {
			*ret = &op->out;
			return ERR_OK;
		}
		arena_reset(&op->arena);
	}
}

static int
filter_rescan(struct op *op, struct err *e)
{
	((struct filter_state *) op->state)->piece.in = NULL;
	return op_rescan_child(op, e);
}

const struct op_class op_filter_class = {
	.name = "filter",
	.plan_kind = PLAN_FILTER,
	.state_size = sizeof(struct filter_state),
	.open = filter_open,
	.next = filter_next,
	.rescan = filter_rescan,
};
