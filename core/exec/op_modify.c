/* op_modify.c - INSERT, UPDATE, DELETE, MERGE: batches of source rows in, RETURNING out.
 *
 * New values, generated columns and checks are computed for a whole batch; rows are then
 * locked and written one after the other.  A statement never meets its own writes: cursors
 * show those of earlier commands only (storage/txn.h).
 *
 * Not here: see modify.h. */
#include "config.h"
#include "core/exec/modify.h"

#include "core/exec/operator.h"
#include "core/exec/ops.h"

/* -- opening ---------------------------------------------------------------------------------- */
static int
actions_open(struct modify *m, struct err *e)
{
	struct exec *x = m->op->x;
	int rc = ERR_OK;

	m->actions = ARENA_ARRAY(&x->arena, struct modify_action, m->p->nactions);
	for (int i = 0; i < m->p->nactions && rc == ERR_OK; i++) {
		struct modify_action *act = &m->actions[i];

		act->p = &m->p->actions[i];
		act->set_cols = ARENA_ARRAY(&x->arena, struct vec, act->p->nsets + 1);
		rc = prog_compile(x, act->p->sets, act->p->nsets, BATCH_ROWS, &act->sets, e);
		if (rc == ERR_OK)
			rc = filter_compile(x, act->p->when, BATCH_ROWS, &act->when, e);
	}
	m->act = m->actions;
	return rc;
}

static int
returning_open(struct modify *m, struct err *e)
{
	struct exec *x = m->op->x;
	m->nwritten_cols = m->ncols + (m->p->returning_system ? 3 : 0);
	const int n = m->nwritten_cols + m->nchild;

	op_out_init(m->op);
	if (!m->p->has_returning)
		return ERR_OK;
	m->ret_cols = ARENA_ARRAY(&x->arena, struct vec, n + 1);
	m->ret_bufs = ARENA_ARRAY(&x->arena, struct vec, m->nwritten_cols + 1);
	for (int c = 0; c < m->nwritten_cols; c++)
		m->ret_bufs[c] = vec_new(&x->arena, BATCH_ROWS);
	return prog_compile(x, m->p->returning, m->op->plan->ncols, BATCH_ROWS, &m->returning, e);
}

/* The inputs; what DO UPDATE takes from sub-queries reads rows that are met one at a time. */
static int
inputs_open(struct modify *m, struct err *e)
{
	struct exec *x = m->op->x;
	struct outer_rows *outer = x->outer;

	if (m->op->plan->inner != NULL) {
		m->meeting_row = (struct batch){ .n = 1, .ncols = 1 + m->ncols * 2 };
		m->meeting_row.cols = ARENA_ARRAY(&x->arena, struct vec, m->meeting_row.ncols);
		m->meeting_row.cols[0] = vec_new(&x->arena, 1);
		m->meeting.batch = &m->meeting_row;
		x->outer = &m->meeting;
	}
	int rc = op_open_inputs(m->op, e);
	x->outer = outer;
	return rc;
}

static int
modify_open(struct op *op, struct err *e)
{
	struct modify *m = op->state;
	struct exec *x = op->x;
	const struct plan_modify *p = PLAN_AS(plan_modify, op->plan);
	int rc;

	if (x->unit == NULL)
		return err_set(e, ERR_INTERNAL_ERROR,
			       "a plan that writes in an execution that only reads");
	m->op = op;
	m->p = p;
	m->rel = p->rel;
	m->ncols = p->rel->ncols;
	m->counted = !x->in_cte;
	m->nchild = op->plan->child->ncols;
	m->made = ARENA_ARRAY(&x->arena, struct vec, m->ncols + 1);
	m->made1 = ARENA_ARRAY(&x->arena, struct vec, m->ncols + 1);
	strbuf_init(&m->now.image, NULL);
	strbuf_init(&m->now.moved, NULL);
	strbuf_init(&m->image2, NULL);
	strbuf_init(&m->conflict.row_key, NULL);
	strbuf_init(&m->written_key, NULL);
	rc = inputs_open(m, e);
	if (rc == ERR_OK)
		rc = route_open(m, e);
	if (rc == ERR_OK)
		rc = actions_open(m, e);
	if (rc == ERR_OK)
		rc = filter_compile(x, p->recheck, 1, &m->recheck, e);
	again_init(&m->again, x, op->plan->child);
	if (rc == ERR_OK)
		rc = returning_open(m, e);
	if (rc == ERR_OK && p->leaf != NULL)
		rc = leaf_at(m, 0, &m->leaf, e);
	return rc;
}

/* -- a batch ---------------------------------------------------------------------------------- */
/* The rows from `from` on that go to the same leaf, with the same answer to `stays`: those that
 * follow each other when their order is seen in RETURNING, else all.  They leave `rows`. */
static struct batch
take_run(const struct modify *m, struct batch *rows, const int *leaf, const bool *stays,
	 struct arena *a)
{
	uint16_t *sel = ARENA_ARRAY(a, uint16_t, rows->n), *rest = ARENA_ARRAY(a, uint16_t, rows->n);
	struct batch run = { .sel = sel, .ncols = rows->ncols, .cols = rows->cols };
	const int first = batch_row(rows, 0);
	bool ended = false;
	int nrest = 0;

	for (int i = 0; i < rows->n; i++) {
		const int row = batch_row(rows, i);
		const bool same = leaf[row] == leaf[first] && stays[row] == stays[first];

		ended |= !same && m->returning != NULL;
		if (same && !ended)
			sel[run.n++] = (uint16_t) row;
		else
			rest[nrest++] = (uint16_t) row;
	}
	rows->sel = rest;
	rows->n = nrest;
	return run;
}

static int
insert_run(struct modify *m, const struct batch *rows, struct err *e)
{
	struct arena *a = &m->op->arena;
	struct leaf *l = m->leaf;
	int rc;

	leaf_take(l, m->made, l->new.cols);
	rc = row_cols_complete(l, &l->new, rows, a, e);
	if (rc == ERR_OK && m->p->leaf != NULL && m->p->route != NULL)
		rc = route_rows(m, rows, l->new.cols, a, m->to, e);
	if (rc == ERR_OK)
		rc = row_cols_index(l, &l->new, rows, a, e);
	for (int i = 0; i < rows->n && rc == ERR_OK; i++)
		rc = modify_insert_row(m, &l->new, batch_row(rows, i), batch_row(rows, i), a, e);
	return rc;
}

static int
insert_batch(struct modify *m, const struct batch *in, struct err *e)
{
	static const bool stays[BATCH_ROWS];
	struct arena *a = &m->op->arena;
	struct batch rest = *in;
	int rc = modify_make(m, m->act->sets, m->p->op == QUERY_INSERT ? in->cols : NULL, in, a,
			     m->made, e);

	if (rc != ERR_OK || m->p->leaf != NULL)
		return rc != ERR_OK ? rc : insert_run(m, in, e);
	rc = route_rows(m, in, m->made, a, m->to, e);
	while (rc == ERR_OK && rest.n > 0) {
		const int to = m->to[batch_row(&rest, 0)];
		const struct batch run = take_run(m, &rest, m->to, stays, a);

		rc = leaf_at(m, to, &m->leaf, e);
		if (rc == ERR_OK)
			rc = insert_run(m, &run, e);
	}
	return rc;
}

/* Rows of one leaf, which stay there or all leave it. */
static int
change_run(struct modify *m, const struct batch *rows, bool stay, struct err *e)
{
	struct arena *a = &m->op->arena;
	struct leaf *l = m->leaf, *dest = NULL;
	int rc;

	leaf_take(l, rows->cols + m->p->row_slot, l->old.cols);
	rc = row_cols_index(l, &l->old, rows, a, e);
	if (rc == ERR_OK && stay && m->act->p->op == QUERY_UPDATE) {
		leaf_take(l, m->made, l->new.cols);
		rc = row_cols_complete(l, &l->new, rows, a, e);
		if (rc == ERR_OK && m->act->p->moves && m->p->leaf != NULL)
			rc = route_rows(m, rows, l->new.cols, a, m->to, e);
		if (rc == ERR_OK)
			rc = row_cols_index(l, &l->new, rows, a, e);
	}
	for (int i = 0; i < rows->n && rc == ERR_OK; i++) {
		const int row = batch_row(rows, i);

		if (!stay)
			rc = leaf_at(m, m->to[row], &dest, e);
		if (rc == ERR_OK)
			rc = modify_change_row(m, rows, row, dest, a, e);
	}
	return rc;
}

/* The leaves that rows come from, and whether they stay there. */
static int
find_leaves(struct modify *m, const struct batch *rows, int *from, bool *stays, struct err *e)
{
	const struct plan_route *r = m->p->route;
	const struct vec *tables = &rows->cols[m->p->table_slot];
	int at = 0;

	for (int i = 0; i < rows->n; i++) {
		const int row = batch_row(rows, i);
		const oid_t oid = (oid_t) vec_at(tables, row).i;

		for (int k = 0; r->leaves[at]->o.oid != oid; k++) {
			if (k == r->nleaves)
				return err_set(e, ERR_INTERNAL_ERROR,
					       "table %u is no partition of \"%s\"", oid,
					       m->rel->o.name);
			at = (at + 1) % r->nleaves;
		}
		from[row] = at;
		stays[row] = !m->act->p->moves || m->to[row] == at;
	}
	return ERR_OK;
}

static int
change_parts(struct modify *m, struct batch *rows, struct err *e)
{
	struct arena *a = &m->op->arena;
	int *from = ARENA_ARRAY(a, int, BATCH_ROWS);
	bool *stays = ARENA_ARRAY(a, bool, BATCH_ROWS);
	int rc = ERR_OK;

	if (m->act->p->moves)
		rc = route_rows(m, rows, m->made, a, m->to, e);
	if (rc == ERR_OK)
		rc = find_leaves(m, rows, from, stays, e);
	while (rc == ERR_OK && rows->n > 0) {
		const int first = batch_row(rows, 0);
		const struct batch run = take_run(m, rows, from, stays, a);

		rc = leaf_at(m, from[first], &m->leaf, e);
		if (rc == ERR_OK)
			rc = change_run(m, &run, stays[first], e);
	}
	return rc;
}

static int
change_batch(struct modify *m, const struct batch *in, struct err *e)
{
	struct arena *a = &m->op->arena;
	uint16_t *sel = ARENA_ARRAY(a, uint16_t, in->n + 1);
	struct batch rows = { .sel = sel, .ncols = in->ncols, .cols = in->cols };
	int rc = ERR_OK;

	for (int i = 0; i < in->n; i++) { /* not the empty side of an outer join */
		const int row = batch_row(in, i);

		if (!vec_null(&in->cols[m->p->key_slot], row))
			sel[rows.n++] = (uint16_t) row;
	}
	if (rows.n > 0 && m->act->p->op == QUERY_UPDATE)
		rc = modify_make(m, m->act->sets, in->cols + m->p->row_slot, &rows, a, m->made, e);
	if (rc != ERR_OK || rows.n == 0)
		return rc;
	return m->p->leaf != NULL ? change_run(m, &rows, true, e) : change_parts(m, &rows, e);
}

int
modify_act(struct modify *m, const struct batch *in, struct err *e)
{
	switch (m->act->p->op) {
	case QUERY_INSERT:
		return insert_batch(m, in, e);
	case QUERY_UPDATE:
	case QUERY_DELETE:
		return change_batch(m, in, e);
	default:
		return ERR_OK; /* MERGE's DO NOTHING */
	}
}

static int
return_rows(struct modify *m, const struct batch *in, struct err *e)
{
	struct op *op = m->op;
	const struct batch rows = { .n = m->nwritten,
				    .sel = m->written,
				    .ncols = m->nwritten_cols + m->nchild,
				    .cols = m->ret_cols };

	if (in->ncols != 0)
		memcpy(m->ret_cols + m->nwritten_cols, in->cols, (size_t) m->nchild * sizeof *in->cols);
	int rc = prog_run(m->returning, &rows, &op->arena, op->out.cols, e);
	op->out.n = m->nwritten;
	op->out.sel = m->written;
	return rc;
}

static int
modify_next(struct op *op, const struct batch **ret, struct err *e)
{
	struct modify *m = op->state;

	*ret = NULL;
	while (!op->done) {
		const struct batch *in;
		int rc = op_next(op->child, &in, e);

		if (rc != ERR_OK)
			return rc;
		if (in == NULL) {
			op->done = true;
			break;
		}
		m->nwritten = 0;
		if (m->returning != NULL)
			memcpy(m->ret_cols, m->ret_bufs, (size_t) m->nwritten_cols * sizeof *m->ret_bufs);
		rc = m->p->op == QUERY_MERGE ? modify_merge_batch(m, in, e) : modify_act(m, in, e);
		if (rc == ERR_OK && m->returning != NULL && m->nwritten != 0) {
			*ret = &op->out;
			return return_rows(m, in, e);
		}
		if (rc == ERR_OK)
			rc = arena_check(&op->arena, e);
		if (rc != ERR_OK)
			return rc;
		arena_reset(&op->arena);
	}
	return ERR_OK;
}

static int
modify_rescan(struct op *op UNUSED, struct err *e)
{
	return err_set(e, ERR_INTERNAL_ERROR, "a write cannot be run twice");
}

static void
modify_close(struct op *op)
{
	struct modify *m = op->state;

	for (int i = 0; i < m->nleaves; i++)
		leaf_close(m->leaves[i]);
	strbuf_done(&m->now.image);
	strbuf_done(&m->now.moved);
	strbuf_done(&m->image2);
	strbuf_done(&m->conflict.row_key);
	strbuf_done(&m->written_key);
}

const struct op_class op_modify_class = {
	.name = "modify",
	.plan_kind = PLAN_MODIFY,
	.state_size = sizeof(struct modify),
	.open = modify_open,
	.next = modify_next,
	.rescan = modify_rescan,
	.close = modify_close,
};
