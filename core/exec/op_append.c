/* op_append.c - one input after the other: UNION ALL, partitions. */
#include "config.h"
#include "core/exec/append.h"
#include "core/exec/ops.h"

struct append_state {
	struct append_inputs in;
	int at;
};

static int
append_open(struct op *op, struct err *e)
{
	return append_inputs_open(op, &((struct append_state *) op->state)->in, e);
}

static int
append_next(struct op *op, const struct batch **ret, struct err *e)
{
	struct append_state *s = op->state;

	for (; s->at < s->in.n; s->at++) {
		int rc = op_next_some(s->in.at[s->at], op->want, ret, e);
		if (rc != ERR_OK || *ret != NULL)
			return rc;
	}
	*ret = NULL;
	return ERR_OK;
}

static int
append_rescan(struct op *op, struct err *e)
{
	struct append_state *s = op->state;

	s->at = 0;
	return append_inputs_rescan(&s->in, e);
}

static void
append_close(struct op *op)
{
	append_inputs_close(&((struct append_state *) op->state)->in);
}

const struct op_class op_append_class = {
	.name = "append",
	.plan_kind = PLAN_APPEND,
	.state_size = sizeof(struct append_state),
	.open = append_open,
	.next = append_next,
	.rescan = append_rescan,
	.close = append_close,
};
