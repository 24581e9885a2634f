/* op_copy_source.c - rows that the session reads from a COPY stream. */
#include "config.h"
#include "core/exec/operator.h"
#include "core/exec/ops.h"

static int
copy_open(struct op *op, struct err *e)
{
	if (op->x->copy == NULL)
		return err_set(e, ERR_INTERNAL_ERROR, "COPY without a source of rows");
	op_out_init(op);
	return ERR_OK;
}

static int
copy_next(struct op *op, const struct batch **ret, struct err *e)
{
	struct row_source *src = op->x->copy;

	*ret = NULL;
	if (op->done)
		return ERR_OK;
	for (int c = 0; c < op->out.ncols; c++)
		op->out.cols[c] = vec_new(&op->arena, BATCH_ROWS);
	op->x->env.type.arena = &op->arena;
	int rc = src->next(src, &op->arena, op->out.cols, &op->out.n, e);
	if (rc != ERR_OK)
		return rc;
	op->done = op->out.n == 0;
	op->out.sel = NULL;
	if (!op->done)
		*ret = &op->out;
	return ERR_OK;
}

static int
copy_rescan(struct op *op UNUSED, struct err *e)
{
	return err_set(e, ERR_INTERNAL_ERROR, "a COPY stream cannot be read twice");
}

const struct op_class op_copy_source_class = {
	.name = "copy source",
	.plan_kind = PLAN_COPY_SOURCE,
	.open = copy_open,
	.next = copy_next,
	.rescan = copy_rescan,
};
