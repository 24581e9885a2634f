/* op_append.c - one input after the other: UNION ALL, partitions. */
#include "config.h"
#include "core/exec/operator.h"
#include "core/exec/ops.h"

struct append_state {
	struct op **inputs;
	int at;
};

static int
append_open(struct op *op, struct err *e)
{
	const struct plan_append *p = PLAN_AS(plan_append, op->plan);
	struct append_state *s = op->state;

	s->inputs = ARENA_ARRAY(&op->x->arena, struct op *, p->nchildren + 1);
	for (int i = 0; i < p->nchildren; i++) {
		int rc = op_open(op->x, p->children[i], &s->inputs[i], e);
		if (rc != ERR_OK)
			return rc;
		op->varies_outer |= s->inputs[i]->varies_outer;
		op->varies_round |= s->inputs[i]->varies_round;
	}
	return ERR_OK;
}

static int
append_next(struct op *op, const struct batch **ret, struct err *e)
{
	const struct plan_append *p = PLAN_AS(plan_append, op->plan);
	struct append_state *s = op->state;

	while (s->at < p->nchildren) {
		int rc = op_next(s->inputs[s->at], ret, e);
		if (rc != ERR_OK || *ret != NULL)
			return rc;
		s->at++;
	}
	*ret = NULL;
	return ERR_OK;
}

static int
append_rescan(struct op *op, struct err *e)
{
	const struct plan_append *p = PLAN_AS(plan_append, op->plan);
	struct append_state *s = op->state;
	int rc = ERR_OK;

	s->at = 0;
	for (int i = 0; i < p->nchildren && rc == ERR_OK; i++)
		rc = op_rescan(s->inputs[i], e);
	return rc;
}

static void
append_close(struct op *op)
{
	const struct plan_append *p = PLAN_AS(plan_append, op->plan);
	struct append_state *s = op->state;

	for (int i = 0; s->inputs != NULL && i < p->nchildren; i++)
		op_close(&s->inputs[i]);
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
