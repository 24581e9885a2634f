/* position.c - where the rows of a cursor come from: row keys beside what it shows.
 *
 * WHERE CURRENT OF needs the table's row that the cursor's row was made of.  That is known of the
 * tables that FOR UPDATE or FOR SHARE names and, without these, of a plain scan of one table:
 * not behind joins, groups, sorts, DISTINCT or set operations (PostgreSQL's rule too).
 *
 * Not here: where a cursor stands (pgwire/session), the scan that asks (core/exec/op_current.c). */
#include "config.h"
#include "core/plan/planner.h"

static const int position_cols[] = { COL_ROW_KEY, COL_TABLEOID };

/* The only table of a query that does no more than read it; NULL: there is more. */
static struct range *
plain_table(const struct query *q)
{
	const struct from *f = q->from.n == 1 ? q->from.at[0] : NULL;

	if (f == NULL || f->is_join || f->range->kind != RANGE_TABLE || q->setop != SETOP_NONE ||
	    q->has_aggs || q->group_by.n > 0 || q->grouping_sets.n > 0 || q->having != NULL ||
	    q->has_windows || q->has_srfs || q->distinct)
		return NULL;
	return f->range;
}

/* The ranges of interest, each once. */
static struct list
position_ranges(const struct level *lv)
{
	const struct query *q = lv->q;
	struct list to = { 0 };

	if (!q->positioned)
		return to;
	for (int i = 0; i < q->row_marks.n; i++) {
		struct range *r = LIST_AT(struct row_mark, &q->row_marks, i)->range;
		bool there = r->kind != RANGE_TABLE;
		for (int k = 0; k < to.n; k++)
			there |= to.at[k] == r;
		if (!there)
			list_push(&to, lv->pl->arena, r);
	}
	struct range *only = q->row_marks.n == 0 ? plain_table(q) : NULL;
	if (only != NULL && only->rel->sys == NULL)
		list_push(&to, lv->pl->arena, only);
	return to;
}

void
positions_need(struct level *lv)
{
	const struct list ranges = position_ranges(lv);

	for (int i = 0; i < ranges.n; i++)
		for (size_t k = 0; k < ARRAY_LEN(position_cols); k++) {
			struct expr *v = expr_var(lv->pl->arena, ranges.at[i], position_cols[k]);
			if (layout_find(&lv->needed, v) < 0)
				layout_add(lv->pl->arena, &lv->needed, v);
		}
}

/* Does the plan give the rows as it reads them? */
static bool
in_step(const struct plan *p)
{
	while (p->kind == PLAN_PROJECT || p->kind == PLAN_LIMIT || p->kind == PLAN_FILTER ||
	       p->kind == PLAN_NEST || p->kind == PLAN_INIT)
		p = p->child;
	return p->kind == PLAN_SCAN || p->kind == PLAN_APPEND;
}

void
positions_add(struct level *lv, const struct path *p, struct layout *want)
{
	const struct list ranges = position_ranges(lv);
	struct plan_stmt *st = lv->pl->stmt;

	st->marked = lv->q->row_marks.n > 0;
	st->positions = ARENA_ARRAY(lv->pl->arena, struct plan_position, ranges.n + 1);
	if (!st->marked && !in_step(p->plan))
		return;
	for (int i = 0; i < ranges.n; i++) {
		struct range *r = ranges.at[i];
		struct expr *key = expr_var(lv->pl->arena, r, COL_ROW_KEY);
		struct expr *table = expr_var(lv->pl->arena, r, COL_TABLEOID);
		if (layout_find(&p->out, key) < 0 || layout_find(&p->out, table) < 0)
			continue;
		st->positions[st->npositions++] =
			(struct plan_position){ .rel = r->rel, .key_slot = want->n };
		layout_add(lv->pl->arena, want, key);
		layout_add(lv->pl->arena, want, table);
	}
}
