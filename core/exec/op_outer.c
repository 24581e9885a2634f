/* op_outer.c - the leaf that stands for a batch of enclosing rows, filled by a Nest. */
#include "config.h"
#include "core/exec/operator.h"
#include "core/exec/ops.h"

struct outer_state {
	const struct outer_rows *rows;
};

static int
outer_open(struct op *op, struct err *e UNUSED)
{
	struct outer_state *s = op->state;

	s->rows = op->x->outer;
	op->varies_outer = true;
	return ERR_OK;
}

static int
outer_next(struct op *op, const struct batch **ret, struct err *e UNUSED)
{
	const struct outer_state *s = op->state;

	*ret = op->done || s->rows->batch == NULL || s->rows->batch->n == 0 ? NULL : s->rows->batch;
	op->done = true;
	return ERR_OK;
}

static int
outer_rescan(struct op *op UNUSED, struct err *e UNUSED)
{
	return ERR_OK;
}

const struct op_class op_outer_class = {
	.name = "outer",
	.plan_kind = PLAN_OUTER,
	.state_size = sizeof(struct outer_state),
	.open = outer_open,
	.next = outer_next,
	.rescan = outer_rescan,
};
