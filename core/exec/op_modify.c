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
static void
scratch_open(struct modify *m)
{
	struct arena *a = &m->op->x->arena;
	const int n = m->ncols + 1;
	const size_t ni = (size_t) m->rel->nindexes * INDEX_COLS_MAX + 1;

	m->values = ARENA_ARRAY(a, union datum, n);
	m->old_values = ARENA_ARRAY(a, union datum, n);
	m->nulls = ARENA_ARRAY(a, bool, n);
	m->old_nulls = ARENA_ARRAY(a, bool, n);
	m->one_cols = ARENA_ARRAY(a, struct vec, n * 2);
	m->one_values = ARENA_ARRAY(a, union datum, n * 2);
	m->one_nulls = ARENA_ARRAY(a, uint8_t, n * 2);
	strbuf_init(&m->now.image, NULL);
	strbuf_init(&m->now.moved, NULL);
	strbuf_init(&m->image2, NULL);
	strbuf_init(&m->conflict.row_key, NULL);
	strbuf_init(&m->written_key, NULL);
	if (!m->any_index)
		return;
	m->inputs = ARENA_ARRAY(a, struct index_input, m->rel->nindexes);
	m->old_inputs = ARENA_ARRAY(a, struct index_input, m->rel->nindexes);
	m->input_values = ARENA_ARRAY(a, union datum, ni);
	m->old_input_values = ARENA_ARRAY(a, union datum, ni);
	m->input_nulls = ARENA_ARRAY(a, bool, ni);
	m->old_input_nulls = ARENA_ARRAY(a, bool, ni);
}

static int
conflict_open(struct modify *m, struct err *e)
{
	const struct plan_modify *p = m->p;
	const struct on_conflict *c = p->conflict;
	struct exec *x = m->op->x;
	int rc;

	if (c == NULL)
		return ERR_OK;
	m->narbiters = c->narbiters.n != 0 ? c->narbiters.n : c->arbiter != NULL ? 1 : -1;
	m->arbiters = ARENA_ARRAY(&x->arena, const struct index *, c->narbiters.n + 1);
	m->arbiters[0] = c->arbiter;
	for (int i = 0; i < c->narbiters.n; i++)
		m->arbiters[i] = LIST_AT(const struct index, &c->narbiters, i);
	m->lock = table_update_lock(m->rel, p->nconflict_sets, p->conflict_attnums);
	m->conflict_set_cols = ARENA_ARRAY(&x->arena, struct vec, p->nconflict_sets + 1);
	rc = filter_compile(x, p->conflict_where, 1, &m->conflict_where, e);
	return rc != ERR_OK ? rc
			    : prog_compile(x, p->conflict_sets, p->nconflict_sets, 1,
					   &m->conflict_sets, e);
}

/* The strongest lock that any of the actions needs. */
static enum lock_mode
action_lock(const struct modify *m)
{
	enum lock_mode lock = LOCK_NO_KEY_UPDATE;

	for (int i = 0; i < m->p->nactions; i++) {
		const struct plan_action *p = &m->p->actions[i];
		if (p->op == QUERY_DELETE ||
		    (p->op == QUERY_UPDATE &&
		     table_update_lock(m->rel, p->nsets, p->set_attnums) == LOCK_UPDATE))
			lock = LOCK_UPDATE;
	}
	return lock;
}

static int
actions_open(struct modify *m, struct err *e)
{
	struct exec *x = m->op->x;
	int rc = ERR_OK;

	m->lock = action_lock(m);
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
	m->nwritten_cols = m->ncols + (m->p->returning_system ? 2 : 0);
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
	rc = op_open_inputs(op, e);
	if (rc == ERR_OK)
		rc = row_cols_open(m, &m->new, true, BATCH_ROWS, e);
	if (rc == ERR_OK && p->op != QUERY_INSERT)
		rc = row_cols_open(m, &m->old, false, BATCH_ROWS, e);
	if (rc != ERR_OK)
		return rc;
	scratch_open(m);
	rc = actions_open(m, e);
	if (rc == ERR_OK)
		rc = filter_compile(x, p->recheck, 1, &m->recheck, e);
	again_init(&m->again, x, op->plan->child);
	if (rc == ERR_OK)
		rc = conflict_open(m, e);
	if (rc == ERR_OK)
		rc = returning_open(m, e);
	if (rc == ERR_OK)
		rc = table_writer_open(x->unit, &x->env, m->rel, &m->writer, e);
	return rc;
}

/* -- a batch ---------------------------------------------------------------------------------- */
static int
insert_batch(struct modify *m, const struct batch *in, struct err *e)
{
	struct arena *a = &m->op->arena;
	int rc;

	if (m->p->op == QUERY_INSERT)
		memcpy(m->new.cols, in->cols, (size_t) m->ncols * sizeof *in->cols);
	rc = modify_new_rows(m, m->act->sets, NULL, &m->new, in, a, e);
	for (int i = 0; i < in->n && rc == ERR_OK; i++)
		rc = modify_insert_row(m, &m->new, batch_row(in, i), a, e);
	return rc;
}

static int
change_batch(struct modify *m, const struct batch *in, struct err *e)
{
	struct arena *a = &m->op->arena;
	int rc;

	memcpy(m->old.cols, in->cols + m->p->row_slot, (size_t) m->ncols * sizeof *in->cols);
	rc = row_cols_index(m, &m->old, in, a, e);
	if (rc == ERR_OK && m->act->p->op == QUERY_UPDATE)
		rc = modify_new_rows(m, m->act->sets, &m->old, &m->new, in, a, e);
	for (int i = 0; i < in->n && rc == ERR_OK; i++)
		rc = modify_change_row(m, in, batch_row(in, i), a, e);
	return rc;
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

	table_writer_close(&m->writer);
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
