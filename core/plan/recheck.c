/* recheck.c - what to look at again when a row has changed while it was waited for.
 *
 * READ COMMITTED goes on with the row's newest version, if it still qualifies.  Where all that
 * made it qualify can be decided over the source's columns - inner joins of tables, plain
 * conditions - a filter over them will do, with the new version put in; the other tables' rows
 * stay as they were.  Else (sub-queries, outer joins, computed columns) the source is run
 * again for that row alone (core/exec/again.h). */
#include "config.h"
#include "core/plan/planner.h"

struct search {
	struct planner *pl;
	struct list quals;
	bool whole;
};

static void
search_from(struct search *s, const struct from *f)
{
	if (!f->is_join) {
		s->whole |= f->range->kind != RANGE_TABLE;
		return;
	}
	s->whole |= f->type != JOIN_INNER;
	search_from(s, f->left);
	search_from(s, f->right);
	struct list on = conjuncts(s->pl, f->on);
	for (int i = 0; i < on.n; i++)
		list_push(&s->quals, s->pl->arena, on.at[i]);
}

static bool
over_layout(struct planner *pl, const struct layout *l, struct expr *x)
{
	struct layout vars = { 0 };

	if (has_sublink(x))
		return false;
	collect_vars(pl, x, &vars);
	for (int i = 0; i < vars.n; i++)
		if (layout_find(l, vars.at[i]) < 0)
			return false;
	return true;
}

int
plan_recheck(struct level *lv, const struct layout *out, struct expr **ret_filter, bool *ret_whole,
	     struct err *e)
{
	struct search s = { .pl = lv->pl };
	struct list keep = { 0 };
	const bool merge = lv->q->kind == QUERY_MERGE; /* its source's row stays as it is */

	s.quals = conjuncts(lv->pl, merge ? lv->q->merge_on : lv->q->where);
	for (int i = 0; i < lv->q->from.n && !merge; i++)
		search_from(&s, lv->q->from.at[i]);
	for (int i = 0; i < out->n; i++)
		s.whole |= out->at[i]->kind != EXPR_VAR && out->at[i]->kind != EXPR_CONST;
	for (int i = 0; i < lv->q->assignments.n; i++)
		s.whole |= has_sublink(LIST_AT(struct assignment, &lv->q->assignments, i)->expr);
	for (int i = 0; i < s.quals.n; i++)
		if (over_layout(lv->pl, out, s.quals.at[i]))
			list_push(&keep, lv->pl->arena, s.quals.at[i]);
		else
			s.whole = true;
	struct expr *cond = conjunction(lv->pl, &keep);
	*ret_whole = s.whole && !merge;
	*ret_filter = NULL;
	return cond == NULL || *ret_whole ? ERR_OK : layout_slots(lv->pl, out, cond, ret_filter, e);
}
