/* op_merge_append.c - inputs that are sorted alike become one that is.
 *
 * A heap holds the inputs by their next row; of equal rows the one of the earlier input comes
 * first.  Rows given up point into the inputs' batches, so a batch ends when an input has to be
 * asked for its next one. */
#include "config.h"
#include "core/exec/append.h"
#include "core/exec/ops.h"
#include "core/exec/prog.h"

struct merge_input {
	struct op *op;
	struct prog *prog;
	struct vec *keys;
	struct arena arena;     /* of the keys of its batch */
	const struct batch *in;
	int at;                 /* the next row of the batch */
};

struct merge_state {
	struct append_inputs in;
	struct merge_input *inputs;
	const struct type **types;      /* of the keys */
	int *heap, n;
	int pending;            /* the input whose next batch is to be fetched; -1: none */
	bool begun;
	struct vec *bufs;
};

static int
merge_open(struct op *op, struct err *e)
{
	const struct plan_append *p = PLAN_AS(plan_append, op->plan);
	struct merge_state *s = op->state;
	struct arena *a = &op->x->arena;
	struct expr **exprs = ARENA_ARRAY(a, struct expr *, p->nkeys + 1);
	int rc = append_inputs_open(op, &s->in, e);

	s->types = ARENA_ARRAY(a, const struct type *, p->nkeys + 1);
	for (int k = 0; k < p->nkeys; k++) {
		exprs[k] = p->keys[k].expr;
		s->types[k] = exprs[k]->type;
		while (s->types[k]->kind == TYPE_DOMAIN)
			s->types[k] = s->types[k]->base;
	}
	s->inputs = ARENA_ARRAY(a, struct merge_input, s->in.n + 1);
	s->heap = ARENA_ARRAY(a, int, s->in.n + 1);
	for (int i = 0; i < s->in.n && rc == ERR_OK; i++) {
		s->inputs[i].op = s->in.at[i];
		s->inputs[i].keys = ARENA_ARRAY(a, struct vec, p->nkeys + 1);
		rc = prog_compile(op->x, exprs, p->nkeys, BATCH_ROWS, &s->inputs[i].prog, e);
	}
	op_out_init(op);
	s->bufs = ARENA_ARRAY(a, struct vec, op->plan->ncols + 1);
	for (int c = 0; c < op->plan->ncols; c++)
		s->bufs[c] = vec_new(a, BATCH_ROWS);
	return rc;
}

/* -- The heap --------------------------------------------------------------------------------- */

static int
compare(const struct op *op, int a, int b)
{
	const struct plan_append *p = PLAN_AS(plan_append, op->plan);
	const struct merge_state *s = op->state;
	const struct merge_input *x = &s->inputs[a], *y = &s->inputs[b];
	const int xr = batch_row(x->in, x->at), yr = batch_row(y->in, y->at);

	for (int k = 0; k < p->nkeys; k++) {
		const bool xn = vec_null(&x->keys[k], xr), yn = vec_null(&y->keys[k], yr);
		int rc;

		if (xn && yn)
			continue;
		if (xn || yn)
			return xn == p->keys[k].nulls_first ? -1 : 1;
		rc = s->types[k]->ops->cmp(s->types[k], vec_at(&x->keys[k], xr), vec_at(&y->keys[k], yr));
		if (rc != 0)
			return (rc < 0) == p->keys[k].desc ? 1 : -1;
	}
	return a < b ? -1 : 1;
}

static void
sift_down(const struct op *op, int i)
{
	struct merge_state *s = op->state;
	const int moved = s->heap[i];

	for (int child; (child = 2 * i + 1) < s->n; i = child) {
		if (child + 1 < s->n && compare(op, s->heap[child + 1], s->heap[child]) < 0)
			child++;
		if (compare(op, moved, s->heap[child]) < 0)
			break;
		s->heap[i] = s->heap[child];
	}
	s->heap[i] = moved;
}

/* The next batch of an input, and its keys; none: it leaves. */
static int
fetch(struct op *op, int i, struct err *e)
{
	struct merge_input *m = &((struct merge_state *) op->state)->inputs[i];
	int rc = op_next_some(m->op, 1, &m->in, e);

	m->at = 0;
	if (rc != ERR_OK || m->in == NULL)
		return rc;
	arena_reset(&m->arena);
	return prog_run(m->prog, m->in, &m->arena, m->keys, e);
}

static int
begin(struct op *op, struct err *e)
{
	struct merge_state *s = op->state;
	int rc = ERR_OK;

	s->n = 0;
	s->pending = -1;
	for (int i = 0; i < s->in.n && rc == ERR_OK; i++) {
		rc = fetch(op, i, e);
		if (rc == ERR_OK && s->inputs[i].in != NULL)
			s->heap[s->n++] = i;
	}
	for (int i = s->n / 2 - 1; i >= 0 && rc == ERR_OK; i--)
		sift_down(op, i);
	s->begun = true;
	return rc;
}

/* The input at the heap's top has come to its batch's end. */
static int
go_on(struct op *op, struct err *e)
{
	struct merge_state *s = op->state;
	int rc = fetch(op, s->pending, e);

	if (rc == ERR_OK && s->inputs[s->pending].in == NULL)
		s->heap[0] = s->heap[--s->n];
	s->pending = -1;
	if (rc == ERR_OK && s->n > 1)
		sift_down(op, 0);
	return rc;
}

/* -- Rows -------------------------------------------------------------------------------------- */

static int
merge_next(struct op *op, const struct batch **ret, struct err *e)
{
	struct merge_state *s = op->state;
	int rc = !s->begun ? begin(op, e) : s->pending >= 0 ? go_on(op, e) : ERR_OK;

	*ret = NULL;
	if (rc != ERR_OK || s->n == 0)
		return rc;
	if (op->out.ncols != 0)
		memcpy(op->out.cols, s->bufs, (size_t) op->out.ncols * sizeof *s->bufs);
	op->out.sel = NULL;
	op->out.n = 0;
	while (op->out.n < BATCH_ROWS && s->pending < 0) {
		struct merge_input *m = &s->inputs[s->heap[0]];
		const int row = batch_row(m->in, m->at);

		for (int c = 0; c < op->out.ncols; c++) {
			const struct vec *from = &m->in->cols[c];
			const bool null = vec_null(from, row);

			op->out.cols[c].null[op->out.n] = null;
			if (!null)
				op->out.cols[c].v[op->out.n] = vec_at(from, row);
		}
		op->out.n++;
		if (++m->at == m->in->n)
			s->pending = s->heap[0];
		else
			sift_down(op, 0);
	}
	*ret = &op->out;
	return exec_check(op->x, e);
}

static int
merge_rescan(struct op *op, struct err *e)
{
	struct merge_state *s = op->state;

	s->begun = false;
	return append_inputs_rescan(&s->in, e);
}

static void
merge_close(struct op *op)
{
	struct merge_state *s = op->state;

	for (int i = 0; s->inputs != NULL && i < s->in.n; i++)
		arena_done(&s->inputs[i].arena);
	append_inputs_close(&s->in);
}

const struct op_class op_merge_append_class = {
	.name = "merge append",
	.plan_kind = PLAN_MERGE_APPEND,
	.state_size = sizeof(struct merge_state),
	.open = merge_open,
	.next = merge_next,
	.rescan = merge_rescan,
	.close = merge_close,
};
