/* modify_leaf.c - one table that rows are written to: opened when the first row is for it. */
#include "config.h"
#include "core/exec/modify.h"

#include "core/exec/operator.h"

/* -- opening ---------------------------------------------------------------------------------- */
static void
scratch_open(struct leaf *l)
{
	struct arena *a = &l->m->op->x->arena;
	const int n = l->ncols + 1;
	const size_t ni = (size_t) l->rel->nindexes * INDEX_COLS_MAX + 1;

	l->values = ARENA_ARRAY(a, union datum, n);
	l->old_values = ARENA_ARRAY(a, union datum, n);
	l->nulls = ARENA_ARRAY(a, bool, n);
	l->old_nulls = ARENA_ARRAY(a, bool, n);
	l->one_cols = ARENA_ARRAY(a, struct vec, n * 2);
	l->one_values = ARENA_ARRAY(a, union datum, n * 2);
	l->one_nulls = ARENA_ARRAY(a, uint8_t, n * 2);
	if (!l->any_index)
		return;
	l->inputs = ARENA_ARRAY(a, struct index_input, l->rel->nindexes);
	l->old_inputs = ARENA_ARRAY(a, struct index_input, l->rel->nindexes);
	l->input_values = ARENA_ARRAY(a, union datum, ni);
	l->old_input_values = ARENA_ARRAY(a, union datum, ni);
	l->input_nulls = ARENA_ARRAY(a, bool, ni);
	l->old_input_nulls = ARENA_ARRAY(a, bool, ni);
}

/* The strongest lock that any of the actions needs. */
static enum lock_mode
action_lock(const struct leaf *l)
{
	const struct plan_modify *p = l->m->p;
	enum lock_mode lock = LOCK_NO_KEY_UPDATE;

	if (p->conflict != NULL)
		return table_update_lock(l->rel, l->p->nconflict_sets, l->p->conflict_attnums);
	for (int i = 0; i < p->nactions; i++) {
		const struct plan_action *act = &p->actions[i];
		int16_t *attnums = ARENA_ARRAY(&l->m->op->x->arena, int16_t, act->nsets + 1);

		for (int k = 0; k < act->nsets; k++)
			attnums[k] = l->map != NULL ? l->map[act->set_attnums[k] - 1]
						    : act->set_attnums[k];
		if (act->op == QUERY_DELETE || act->moves ||
		    (act->op == QUERY_UPDATE &&
		     table_update_lock(l->rel, act->nsets, attnums) == LOCK_UPDATE))
			lock = LOCK_UPDATE;
	}
	return lock;
}

static int
conflict_open(struct leaf *l, struct err *e)
{
	struct exec *x = l->m->op->x;
	int rc;

	if (l->m->p->conflict == NULL)
		return ERR_OK;
	l->conflict_set_cols = ARENA_ARRAY(&x->arena, struct vec, l->p->nconflict_sets + 1);
	if (l->m->op->inner != NULL)
		return ERR_OK;
	rc = filter_compile(x, l->p->conflict_where, 1, &l->conflict_where, e);
	return rc != ERR_OK ? rc
			    : prog_compile(x, l->p->conflict_sets, l->p->nconflict_sets, 1,
					   &l->conflict_sets, e);
}

static int
leaf_open(struct modify *m, const struct plan_leaf *p, struct leaf *l, struct err *e)
{
	struct exec *x = m->op->x;
	int rc;

	*l = (struct leaf){ .m = m, .p = p, .rel = p->rel, .ncols = p->rel->ncols, .map = p->map };
	rc = row_cols_open(l, &l->new, true, BATCH_ROWS, e);
	if (rc == ERR_OK && m->p->op != QUERY_INSERT)
		rc = row_cols_open(l, &l->old, false, BATCH_ROWS, e);
	if (rc != ERR_OK)
		return rc;
	scratch_open(l);
	l->lock = action_lock(l);
	rc = conflict_open(l, e);
	return rc == ERR_OK ? table_writer_open(x->unit, &x->env, l->rel, &l->writer, e) : rc;
}

int
leaf_at(struct modify *m, int i, struct leaf **ret, struct err *e)
{
	struct exec *x = m->op->x;
	const struct plan_leaf *p = m->p->leaf;
	int rc = ERR_OK;

	if (m->leaves[i] == NULL) {
		if (p == NULL)
			rc = plan_leaf(x->planner, &x->arena, m->p, m->p->route->leaves[i], &p, e);
		if (rc != ERR_OK)
			return rc;
		m->leaves[i] = ARENA_NEW(&x->arena, struct leaf);
		rc = leaf_open(m, p, m->leaves[i], e);
	}
	*ret = m->leaves[i];
	return rc;
}

int
leaf_single_open(struct leaf *l, struct err *e)
{
	int rc;

	if (l->have_single)
		return ERR_OK;
	l->have_single = true;
	rc = row_cols_open(l, &l->old1, false, 1, e);
	return rc == ERR_OK ? row_cols_open(l, &l->new1, true, 1, e) : rc;
}

void
leaf_close(struct leaf *l)
{
	if (l != NULL)
		table_writer_close(&l->writer);
}

/* -- columns ---------------------------------------------------------------------------------- */
static union datum nothing;
static uint8_t is_null = 1;
static const struct vec nulls = { .v = &nothing, .null = &is_null, .stride = 0 };

void
leaf_take(const struct leaf *l, const struct vec *from, struct vec *to)
{
	if (l->map == NULL) {
		memcpy(to, from, (size_t) l->ncols * sizeof *from);
		return;
	}
	for (int c = 0; c < l->ncols; c++)
		to[c] = nulls;
	for (int c = 0; c < l->m->ncols; c++)
		if (l->map[c] > 0)
			to[l->map[c] - 1] = from[c];
}

void
leaf_give(const struct leaf *l, const struct vec *from, struct vec *to)
{
	for (int c = 0; c < l->m->ncols; c++)
		to[c] = l->map == NULL ? from[c] : l->map[c] > 0 ? from[l->map[c] - 1] : nulls;
}
