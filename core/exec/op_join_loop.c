/* op_join_loop.c - every left row against every inner row: joins without an equality.
 *
 * The inner rows are kept (on disk past work_mem) and read once per left row, so the result
 * keeps the order of the left side. */
#include "config.h"
#include "core/exec/operator.h"
#include "core/exec/ops.h"

#include "core/exec/join.h"

struct loop_state {
	struct join_out out;
	struct pairs pairs;
	struct rowset rows; /* inner's; RIGHT and FULL: in `marked` instead */
	bool built, right_outer;
	struct arena arena; /* marked rows, or the block read from disk */
	struct row **marked;
	size_t nmarked, cap;

	const struct batch *left;
	int at;
	bool begun;
	struct rowset_reader reader; /* for the left row in hand */
	const struct row *block[BATCH_ROWS];
	int nblock, block_at;
	size_t right_at;
	size_t drain_at;
};

enum { MARK = 8 }; /* bytes before a row: its matched flag */

static int
loop_open(struct op *op, struct err *e)
{
	const struct plan_join *p = PLAN_AS(plan_join, op->plan);
	struct loop_state *s = op->state;
	int rc = op_open_inputs(op, e);

	if (rc != ERR_OK)
		return rc;
	rowset_init(&s->rows, op->x, op->plan->inner->ncols,
		    plan_types(&op->x->arena, op->plan->inner), exec_work_mem(op->x));
	s->right_outer = p->type == JOIN_RIGHT || p->type == JOIN_FULL;
	rc = join_out_init(&s->out, op->x, p->type, op->plan->child->ncols, &s->rows.shape,
			   p->filter, e);
	if (s->right_outer)
		s->out.mark = MARK;
	return rc;
}

static void
mark_add(struct loop_state *s, const struct vec *cols, int row)
{
	if (s->nmarked == s->cap) {
		size_t cap = s->cap == 0 ? BATCH_ROWS : s->cap * 2;
		struct row **more = arena_alloc(&s->arena, cap * sizeof *more);
		if (s->nmarked != 0)
			memcpy(more, s->marked, s->nmarked * sizeof *more);
		s->marked = more;
		s->cap = cap;
	}
	struct row *r = row_copy(&s->arena, &s->rows.shape, MARK, cols, row);
	*((uint8_t *) r - MARK) = 0;
	s->marked[s->nmarked++] = r;
}

static int
build(struct op *op, struct err *e)
{
	struct loop_state *s = op->state;
	struct plan_counts *counts = op_counts(op);

	for (;;) {
		const struct batch *in;
		int rc = op_next(op->inner, &in, e);
		if (rc != ERR_OK)
			return rc;
		if (in == NULL)
			break;
		if (!s->right_outer)
			rc = rowset_add(&s->rows, in, e);
		else
			for (int i = 0; i < in->n; i++)
				mark_add(s, in->cols, batch_row(in, i));
		if (rc != ERR_OK)
			return rc;
	}
	if (counts != NULL)
		counts->spilled += rowset_spilled(&s->rows);
	s->built = true;
	return arena_check(&s->arena, e);
}

/* The next inner row for the left row in hand; NULL: no more. */
static int
next_right(struct loop_state *s, const struct row **ret, struct err *e)
{
	*ret = NULL;
	if (s->right_outer) {
		if (s->right_at < s->nmarked)
			*ret = s->marked[s->right_at++];
		return ERR_OK;
	}
	if (s->rows.before == 0) {
		if (s->right_at < s->rows.nrows)
			*ret = s->rows.rows[s->right_at++];
		return ERR_OK;
	}
	if (s->block_at == s->nblock) {
		if (s->pairs.n != 0 && s->nblock != 0)
			return ERR_OK; /* pairs point into the block: hand them over first */
		arena_reset(&s->arena);
		int rc = rowset_read(&s->reader, &s->arena, BATCH_ROWS, s->block, &s->nblock, e);
		s->block_at = 0;
		if (rc != ERR_OK)
			return rc;
	}
	if (s->block_at < s->nblock)
		*ret = s->block[s->block_at++];
	return ERR_OK;
}

/* Is there nothing more for this left row, for sure? */
static bool
right_ended(const struct loop_state *s)
{
	if (s->right_outer || s->rows.before == 0)
		return true;
	return s->reader.at == s->rows.total && s->block_at == s->nblock;
}

static void
left_row_begin(struct loop_state *s)
{
	s->begun = true;
	s->right_at = 0;
	s->nblock = s->block_at = 0;
	s->reader.at = 0;
	s->reader.run = NULL;
	s->reader.rs = &s->rows;
}

static int
fill_pairs(struct loop_state *s, struct err *e)
{
	const bool first_only = join_first_only(&s->out);

	for (; s->at < s->left->n; s->at++, s->begun = false) {
		int row = batch_row(s->left, s->at);

		if (!s->begun) {
			if (s->pairs.n != 0 && s->rows.before != 0)
				return ERR_OK;
			left_row_begin(s);
		}
		while (!(first_only && s->out.matched[row])) {
			const struct row *r;
			if (s->pairs.n == BATCH_ROWS)
				return ERR_OK;
			int rc = next_right(s, &r, e);
			if (rc != ERR_OK)
				return rc;
			if (r == NULL && !right_ended(s))
				return ERR_OK;
			if (r == NULL)
				break;
			pairs_add(&s->pairs, row, r);
			if (first_only && s->out.filter == NULL)
				break;
		}
		if (!join_keeps_left(&s->out))
			continue;
		if (s->pairs.n == BATCH_ROWS)
			return ERR_OK;
		pairs_add(&s->pairs, row, NULL);
	}
	s->left = NULL;
	return ERR_OK;
}

static bool
drain(struct op *op)
{
	struct loop_state *s = op->state;
	int n = 0;

	for (; n < BATCH_ROWS && s->drain_at < s->nmarked; s->drain_at++)
		if (*((uint8_t *) s->marked[s->drain_at] - MARK) == 0)
			s->pairs.right[n++] = s->marked[s->drain_at];
	if (n != 0)
		join_out_right(&s->out, s->pairs.right, n, &op->out);
	return n != 0;
}

static int
loop_next(struct op *op, const struct batch **ret, struct err *e)
{
	struct loop_state *s = op->state;
	int rc = s->built ? ERR_OK : build(op, e);

	*ret = NULL;
	while (rc == ERR_OK) {
		if (s->left == NULL && !op->done) {
			rc = op_next(op->child, &s->left, e);
			if (rc != ERR_OK)
				return rc;
			op->done = s->left == NULL;
			s->at = 0;
			s->begun = false;
			join_out_left(&s->out);
		}
		if (op->done) {
			if (s->right_outer && drain(op))
				*ret = &op->out;
			return ERR_OK;
		}
		const struct batch *left = s->left;
		s->pairs.n = 0;
		rc = fill_pairs(s, e);
		if (rc == ERR_OK && s->pairs.n != 0)
			rc = join_out_pairs(&s->out, left, &s->pairs, &op->arena, &op->out, e);
		if (rc == ERR_OK && s->pairs.n != 0 && op->out.n != 0) {
			*ret = &op->out;
			return ERR_OK;
		}
		arena_reset(&op->arena);
		if (rc == ERR_OK)
			rc = exec_check(op->x, e);
	}
	return rc;
}

static int
loop_rescan(struct op *op, struct err *e)
{
	struct loop_state *s = op->state;
	int rc = op_rescan(op->child, e);

	s->left = NULL;
	s->drain_at = 0;
	if (rc == ERR_OK && s->built && (op_varies(op->inner) || s->right_outer)) {
		rowset_clear(&s->rows);
		arena_reset(&s->arena);
		s->marked = NULL;
		s->nmarked = s->cap = 0;
		s->built = false;
		rc = op_rescan(op->inner, e);
	}
	return rc;
}

static void
loop_close(struct op *op)
{
	struct loop_state *s = op->state;

	rowset_reader_done(&s->reader);
	if (s->rows.x != NULL)
		rowset_done(&s->rows);
	arena_done(&s->arena);
}

const struct op_class op_join_loop_class = {
	.name = "loop join",
	.plan_kind = PLAN_JOIN_LOOP,
	.state_size = sizeof(struct loop_state),
	.open = loop_open,
	.next = loop_next,
	.rescan = loop_rescan,
	.close = loop_close,
};
