/* op_setop.c - UNION, INTERSECT, EXCEPT [ALL]: whole rows, NULLs being equal.
 *
 * UNION hands up each new row at once and, past work_mem, puts rows not seen yet aside.  The
 * others count how often each row comes on either side, then give the rows out. */
#include "config.h"
#include "core/exec/operator.h"
#include "core/exec/ops.h"

#include "core/exec/distinct_set.h"
#include "core/exec/partition.h"

struct setop_state {
	struct distinct_set set;
	uint64_t hashes[BATCH_ROWS];
	uint16_t sel[BATCH_ROWS];
	struct partitions parts;
	bool full;
	bool on_inner; /* UNION: child has ended */
	bool counted;
	size_t at;
	int64_t left; /* ALL: copies of row `at` still to give */
};

static int
setop_open(struct op *op, struct err *e)
{
	struct setop_state *s = op->state;
	int rc = op_open_inputs(op, e);

	if (rc != ERR_OK)
		return rc;
	op_out_init(op);
	distinct_set_init(&s->set, &op->x->arena, op->plan->ncols,
			  plan_types(&op->x->arena, op->plan));
	partitions_init(&s->parts, op->x, op->plan);
	return ERR_OK;
}

/* -- UNION ------------------------------------------------------------------------------------ */
static int
union_read(struct op *op, const struct batch **ret, struct err *e)
{
	struct setop_state *s = op->state;
	int rc;

	if (!s->on_inner) {
		rc = op_next(op->child, ret, e);
		if (rc != ERR_OK || *ret != NULL)
			return rc;
		s->on_inner = true;
	}
	return partitions_read(&s->parts, op->inner, ret, e);
}

static int
union_select(struct op *op, const struct batch *in, int *ret_n, struct err *e)
{
	struct setop_state *s = op->state;
	int m = 0;

	keys_hash(s->set.types, in->ncols, in->cols, in->sel, in->n, s->hashes);
	for (int i = 0; i < in->n; i++) {
		int row = batch_row(in, i);
		bool new;
		if (distinct_set_find(&s->set, in->cols, s->hashes[row], row, !s->full, &new) ==
		    NULL) {
			int rc = partitions_write(&s->parts, s->hashes[row], in->cols, row,
						  &op->arena, e);
			if (rc != ERR_OK)
				return rc;
		}
		if (new)
			s->sel[m++] = (uint16_t) row;
	}
	if (!s->full && exec_store(op->x) != NULL)
		s->full = distinct_set_bytes(&s->set) > exec_work_mem(op->x);
	*ret_n = m;
	return arena_check(&s->set.arena, e);
}

static int
union_next(struct op *op, const struct batch **ret, struct err *e)
{
	struct setop_state *s = op->state;

	*ret = NULL;
	while (!op->done) {
		const struct batch *in;
		bool more;
		int n = 0, rc = union_read(op, &in, e);

		if (rc == ERR_OK && in == NULL) {
			distinct_set_clear(&s->set);
			s->full = false;
			rc = partitions_next(&s->parts, &more, e);
			op->done = !more;
			if (rc == ERR_OK)
				continue;
		}
		if (rc == ERR_OK)
			rc = union_select(op, in, &n, e);
		if (rc != ERR_OK)
			return rc;
		if (n == 0)
			continue;
		memcpy(op->out.cols, in->cols, (size_t) in->ncols * sizeof *in->cols);
		op->out.n = n;
		op->out.sel = s->sel;
		*ret = &op->out;
		return ERR_OK;
	}
	return ERR_OK;
}

/* -- INTERSECT, EXCEPT ------------------------------------------------------------------------ */
static int
count_side(struct op *op, struct op *input, int side, struct err *e)
{
	struct setop_state *s = op->state;

	for (;;) {
		const struct batch *in;
		int rc = op_next(input, &in, e);
		if (rc != ERR_OK || in == NULL)
			return rc;
		keys_hash(s->set.types, in->ncols, in->cols, in->sel, in->n, s->hashes);
		for (int i = 0; i < in->n; i++) {
			int row = batch_row(in, i);
			bool new;
			struct distinct_row *d = distinct_set_find(
				&s->set, in->cols, s->hashes[row], row, side == 0, &new);
			if (d != NULL)
				d->count[side]++;
		}
		rc = arena_check(&s->set.arena, e);
		if (rc != ERR_OK)
			return rc;
	}
}

static int64_t
copies(const struct plan_setop *p, const struct distinct_row *d)
{
	const int64_t l = d->count[0], r = d->count[1];

	if (p->op == SETOP_INTERSECT)
		return p->all ? (l < r ? l : r) : l > 0 && r > 0;
	return p->all ? (l > r ? l - r : 0) : r == 0;
}

static int
counted_next(struct op *op, const struct batch **ret, struct err *e)
{
	const struct plan_setop *p = PLAN_AS(plan_setop, op->plan);
	struct setop_state *s = op->state;
	const struct row *rows[BATCH_ROWS];
	int n = 0, rc = ERR_OK;

	if (!s->counted) {
		rc = count_side(op, op->child, 0, e);
		if (rc == ERR_OK)
			rc = count_side(op, op->inner, 1, e);
		s->counted = true;
		s->left = s->set.n != 0 ? copies(p, s->set.rows[0]) : 0;
	}
	while (n < BATCH_ROWS && s->at < s->set.n) {
		if (s->left > 0) {
			rows[n++] = distinct_row(s->set.rows[s->at]);
			s->left--;
		} else if (++s->at < s->set.n) {
			s->left = copies(p, s->set.rows[s->at]);
		}
	}
	*ret = NULL;
	if (rc != ERR_OK || n == 0)
		return rc;
	for (int c = 0; c < op->out.ncols; c++)
		op->out.cols[c] = vec_new(&op->arena, n);
	rows_gather(&s->set.shape, rows, n, op->out.cols);
	op->out.n = n;
	op->out.sel = NULL;
	*ret = &op->out;
	return ERR_OK;
}

static int
setop_next(struct op *op, const struct batch **ret, struct err *e)
{
	return PLAN_AS(plan_setop, op->plan)->op == SETOP_UNION ? union_next(op, ret, e)
								: counted_next(op, ret, e);
}

static int
setop_rescan(struct op *op, struct err *e)
{
	struct setop_state *s = op->state;

	distinct_set_clear(&s->set);
	partitions_clear(&s->parts);
	s->full = s->on_inner = s->counted = false;
	s->at = 0;
	int rc = op_rescan(op->child, e);
	return rc != ERR_OK ? rc : op_rescan(op->inner, e);
}

static void
setop_close(struct op *op)
{
	struct setop_state *s = op->state;

	distinct_set_done(&s->set);
	partitions_clear(&s->parts);
	arena_done(&s->parts.arena);
}

const struct op_class op_setop_class = {
	.name = "setop",
	.plan_kind = PLAN_SETOP,
	.state_size = sizeof(struct setop_state),
	.open = setop_open,
	.next = setop_next,
	.rescan = setop_rescan,
	.close = setop_close,
};
