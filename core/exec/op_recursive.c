/* op_recursive.c - WITH RECURSIVE: rounds until one adds nothing.
 *
 * The first rows come from the child; each round runs the inner plan over the rows of the
 * round before (PLAN_WORK_TABLE).  Rows are handed up as they are found, so a LIMIT above can
 * end what would never end by itself. */
#include "config.h"
#include "core/exec/operator.h"
#include "core/exec/ops.h"

#include "core/exec/distinct_set.h"

struct recursive_state {
	struct work_table work;
	struct rowset tables[2]; /* this round reads one and writes the other */
	int writing;
	bool in_rounds, ran;
	struct distinct_set seen; /* UNION without ALL */
	uint64_t hashes[BATCH_ROWS];
	uint16_t sel[BATCH_ROWS];
};

static int
recursive_open(struct op *op, struct err *e)
{
	const struct plan_recursive *p = PLAN_AS(plan_recursive, op->plan);
	struct recursive_state *s = op->state;
	struct exec *x = op->x;
	const struct type **types = plan_types(&x->arena, op->plan);
	struct work_table *up = x->work;
	int rc = op_open(x, op->plan->child, &op->child, e);

	if (rc != ERR_OK)
		return rc;
	for (int i = 0; i < 2; i++)
		rowset_init(&s->tables[i], x, op->plan->ncols, types, exec_work_mem(x));
	distinct_set_init(&s->seen, &x->arena, op->plan->ncols, types);
	op_out_init(op);
	s->work = (struct work_table){ p->recursive_id, &s->tables[0], up };
	x->work = &s->work;
	rc = op_open(x, op->plan->inner, &op->inner, e);
	x->work = up;
	return rc;
}

static int
select_new(struct op *op, const struct batch *in, int *ret_n, struct err *e)
{
	struct recursive_state *s = op->state;
	int m = 0;

	keys_hash(s->seen.types, in->ncols, in->cols, in->sel, in->n, s->hashes);
	for (int i = 0; i < in->n; i++) {
		int row = batch_row(in, i);
		bool new;
		(void) distinct_set_find(&s->seen, in->cols, s->hashes[row], row, true, &new);
		if (new)
			s->sel[m++] = (uint16_t) row;
	}
	*ret_n = m;
	return arena_check(&s->seen.arena, e);
}

/* The rows just written become the work table; *ret_more false: there are none. */
static int
next_round(struct op *op, bool *ret_more, struct err *e)
{
	struct recursive_state *s = op->state;
	int rc = ERR_OK;

	*ret_more = s->tables[s->writing].total != 0;
	if (!*ret_more)
		return ERR_OK;
	s->work.rows = &s->tables[s->writing];
	s->writing = !s->writing;
	rowset_clear(&s->tables[s->writing]);
	s->in_rounds = true;
	if (s->ran)
		rc = op_rescan(op->inner, e);
	s->ran = true;
	return rc;
}

static int
recursive_next(struct op *op, const struct batch **ret, struct err *e)
{
	const struct plan_recursive *p = PLAN_AS(plan_recursive, op->plan);
	struct recursive_state *s = op->state;

	*ret = NULL;
	while (!op->done) {
		const struct batch *in;
		bool more;
		int rc = op_next(s->in_rounds ? op->inner : op->child, &in, e);

		if (rc != ERR_OK)
			return rc;
		if (in == NULL) {
			rc = next_round(op, &more, e);
			if (rc != ERR_OK)
				return rc;
			op->done = !more;
			continue;
		}
		int n = in->n;
		const uint16_t *sel = in->sel;
		if (p->distinct) {
			rc = select_new(op, in, &n, e);
			sel = s->sel;
		}
		if (rc != ERR_OK)
			return rc;
		if (n == 0)
			continue;
		if (in->ncols != 0)
			memcpy(op->out.cols, in->cols, (size_t) in->ncols * sizeof *in->cols);
		op->out.n = n;
		op->out.sel = sel;
		*ret = &op->out;
		return rowset_add(&s->tables[s->writing], &op->out, e);
	}
	return ERR_OK;
}

static int
recursive_rescan(struct op *op, struct err *e)
{
	struct recursive_state *s = op->state;

	rowset_clear(&s->tables[0]);
	rowset_clear(&s->tables[1]);
	distinct_set_clear(&s->seen);
	s->in_rounds = false;
	return op_rescan(op->child, e);
}

static void
recursive_close(struct op *op)
{
	struct recursive_state *s = op->state;

	for (int i = 0; i < 2; i++)
		if (s->tables[i].x != NULL)
			rowset_done(&s->tables[i]);
	distinct_set_done(&s->seen);
}

const struct op_class op_recursive_class = {
	.name = "recursive",
	.plan_kind = PLAN_RECURSIVE,
	.state_size = sizeof(struct recursive_state),
	.open = recursive_open,
	.next = recursive_next,
	.rescan = recursive_rescan,
	.close = recursive_close,
};
