/* modify_merge.c - MERGE: the first action that fits, for each row of source and target joined.
 *
 * Actions are chosen for a whole batch, action by action; rows of one action are then written
 * together.  A row that somebody else changed meanwhile is judged again alone: it may fit
 * another action, or have no match any more. */
#include "config.h"
#include "core/exec/modify.h"

#include "core/exec/operator.h"

/* Rows of the batch that have found no action yet. */
struct waiting {
	uint16_t rows[BATCH_ROWS];
	int n;
};

static void
drop_rows(struct waiting *w, const uint16_t *sel, int n)
{
	int keep = 0, k = 0;

	for (int i = 0; i < w->n; i++) {
		if (k < n && sel[k] == w->rows[i])
			k++;
		else
			w->rows[keep++] = w->rows[i];
	}
	w->n = keep;
}

int
modify_merge_batch(struct modify *m, const struct batch *in, struct err *e)
{
	struct arena *a = &m->op->arena;
	struct waiting *sets = ARENA_ARRAY(a, struct waiting, 2); /* not matched, matched */
	int rc = ERR_OK;

	for (int i = 0; i < in->n; i++) {
		const int row = batch_row(in, i);
		struct waiting *w = &sets[!vec_null(&in->cols[m->p->key_slot], row)];
		w->rows[w->n++] = (uint16_t) row;
	}
	for (int i = 0; i < m->p->nactions && rc == ERR_OK; i++) {
		const struct modify_action *act = &m->actions[i];
		struct waiting *w = &sets[act->p->matched];
		struct batch rows = { .n = w->n, .sel = w->rows, .ncols = in->ncols, .cols = in->cols };
		const uint16_t *sel;

		if (w->n == 0)
			continue;
		rc = filter_run(act->when, &rows, a, &sel, &rows.n, e);
		if (rc != ERR_OK || rows.n == 0)
			continue;
		rows.sel = arena_dup(a, sel, (size_t) rows.n * sizeof *sel);
		drop_rows(w, rows.sel, rows.n);
		m->act = act;
		rc = modify_act(m, &rows, e);
	}
	return rc;
}

static int
insert_again(struct modify *m, const struct batch *one, int row, struct arena *a, struct err *e)
{
	struct leaf *l = m->leaf;
	int at = 0, rc = modify_make(m, m->act->sets1, NULL, one, a, m->made1, e);

	if (rc == ERR_OK && m->p->leaf == NULL)
		rc = route_rows(m, one, m->made1, a, &at, e);
	if (rc == ERR_OK)
		rc = leaf_at(m, at, &l, e);
	return rc == ERR_OK ? modify_insert_one(m, l, m->made1, 0, row, a, e) : rc;
}

int
modify_merge_again(struct modify *m, const struct batch *one, bool matched,
		   const struct bytes *key, int row, struct arena *a, struct err *e)
{
	const struct modify_action *was = m->act;
	const uint16_t *sel;
	int n = 0, rc = modify_single_open(m, e);

	for (int i = 0; i < m->p->nactions && rc == ERR_OK && n == 0; i++) {
		const struct modify_action *act = &m->actions[i];

		if (act->p->matched != matched)
			continue;
		rc = filter_run(act->when1, one, a, &sel, &n, e);
		if (rc != ERR_OK || n == 0)
			continue;
		m->act = act;
		if (act->p->op == QUERY_INSERT) {
			rc = insert_again(m, one, row, a, e);
		} else if (act->p->op != QUERY_SELECT) {
			rc = modify_change_one(m, one, key, row, a, e);
		}
	}
	m->act = was;
	return rc;
}
