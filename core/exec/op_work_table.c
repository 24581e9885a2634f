/* op_work_table.c - inside a recursive query: the rows of its previous round. */
#include "config.h"
#include "core/exec/operator.h"
#include "core/exec/ops.h"

#include "core/exec/rows.h"

struct work_state {
	const struct work_table *work;
	struct rowset_reader reader;
};

static int
work_open(struct op *op, struct err *e)
{
	const struct plan_work_table *p = PLAN_AS(plan_work_table, op->plan);
	struct work_state *s = op->state;

	for (s->work = op->x->work; s->work != NULL && s->work->id != p->recursive_id;
	     s->work = s->work->up)
		;
	if (s->work == NULL)
		return err_set(e, ERR_INTERNAL_ERROR,
			       "work table %d outside of its recursive query", p->recursive_id);
	op->varies_round = true;
	op_out_init(op);
	return ERR_OK;
}

static int
work_next(struct op *op, const struct batch **ret, struct err *e)
{
	struct work_state *s = op->state;

	if (s->reader.rs == NULL)
		s->reader = rowset_reader(s->work->rows);
	return rowset_batch(&s->reader, op, ret, e);
}

static int
work_rescan(struct op *op, struct err *e UNUSED)
{
	struct work_state *s = op->state;

	rowset_reader_done(&s->reader);
	s->reader = (struct rowset_reader){ 0 };
	return ERR_OK;
}

static void
work_close(struct op *op)
{
	rowset_reader_done(&((struct work_state *) op->state)->reader);
}

const struct op_class op_work_table_class = {
	.name = "work table",
	.plan_kind = PLAN_WORK_TABLE,
	.state_size = sizeof(struct work_state),
	.open = work_open,
	.next = work_next,
	.rescan = work_rescan,
	.close = work_close,
};
