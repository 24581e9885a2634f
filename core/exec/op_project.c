/* op_project.c - columns computed from columns. */
#include "config.h"
#include "core/exec/operator.h"
#include "core/exec/ops.h"
#include "core/exec/prog.h"

struct project_state {
	struct prog *prog;
	bool pure;
	struct piece piece; /* of the child's batch, when it is not */
};

static int
project_open(struct op *op, struct err *e)
{
	const struct plan_project *p = PLAN_AS(plan_project, op->plan);
	struct project_state *s = op->state;
	int rc = op_open_inputs(op, e), before = op->x->volatile_calls;

	if (rc != ERR_OK)
		return rc;
	op_out_init(op);
	rc = prog_compile(op->x, p->exprs, op->plan->ncols, BATCH_ROWS, &s->prog, e);
	s->pure = op->x->volatile_calls == before;
	return rc;
}

static int
project_rows(struct op *op, const struct batch *in, struct err *e)
{
	struct project_state *s = op->state;

	op->out.n = in->n;
	op->out.sel = in->sel;
	return prog_run(s->prog, in, &op->arena, op->out.cols, e);
}

static int
project_next(struct op *op, const struct batch **ret, struct err *e)
{
	struct project_state *s = op->state;
	const struct batch *in;
	int rc = s->pure ? op_next_some(op->child, op->want, &in, e)
			 : op_next_piece(op->child, &s->piece, op->want, &in, e);

	if (rc != ERR_OK)
		return rc;
	if (in == NULL) {
		*ret = NULL;
		return ERR_OK;
	}
	rc = project_rows(op, in, e);
	if (rc != ERR_OK)
		rc = op_before_error(op, in, s->pure, project_rows, e);
	*ret = &op->out;
	return rc;
}

static int
project_rescan(struct op *op, struct err *e)
{
	((struct project_state *) op->state)->piece.in = NULL;
	return op_rescan_child(op, e);
}

const struct op_class op_project_class = {
	.name = "project",
	.plan_kind = PLAN_PROJECT,
	.state_size = sizeof(struct project_state),
	.open = project_open,
	.next = project_next,
	.rescan = project_rescan,
};
