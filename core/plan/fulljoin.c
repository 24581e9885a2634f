/* fulljoin.c - FULL JOIN: both sides planned by themselves, then joined.
 *
 * In a dependent query whose enclosing rows one of them (or ON) asks for, both sides have rows
 * for each ordinal, meet on it, and what either has alone keeps it. */
#include "config.h"
#include "core/plan/joiner.h"

#include <math.h>

/* Does anything in the join look at rows of enclosing queries? */
static bool
looks_outside(struct level *lv, struct from *f)
{
	struct layout vars = { 0 };

	if (f->is_join) {
		collect_vars(lv->pl, f->on, &vars);
	} else {
		if (f->range->sub != NULL && f->range->kind == RANGE_SUBQUERY)
			free_vars(lv->pl, f->range->sub, &vars);
		for (int i = 0; i < f->range->funcs.n; i++)
			collect_vars(lv->pl, f->range->funcs.at[i], &vars);
		for (int i = 0; i < f->range->rows.n; i++)
			for (int k = 0; k < LIST_AT(struct list, &f->range->rows, i)->n; k++)
				collect_vars(lv->pl, LIST_AT(struct list, &f->range->rows, i)->at[k],
					     &vars);
	}
	for (int i = 0; i < vars.n; i++)
		if (!range_within(vars.at[i]->range, lv->q))
			return true;
	return f->is_join && (looks_outside(lv, f->left) || looks_outside(lv, f->right));
}

static int
plan_side(struct level *lv, struct from *side, struct path *ret, struct err *e)
{
	struct list none = { 0 };
	struct group *g;
	int rc = build_group(lv, &side, 1, &none, lv->outer != NULL, &g, e);

	if (rc != ERR_OK)
		return rc;
	add_ordinal_quals(lv, g);
	return join_group(lv, g, NULL, ret, e);
}

/* What the sides have of enclosing rows becomes one ordinal, the first column. */
static int
merge_ordinals(struct level *lv, const struct outer *lo, const struct outer *ro, struct path *p,
	       struct err *e)
{
	struct planner *pl = lv->pl;
	struct layout want = { 0 };
	struct expr *both = expr_new(pl->arena, EXPR_COALESCE, type_builtin(OID_INT8), 2);

	both->args[0] = lo->vars.at[0];
	both->args[1] = ro->vars.at[0];
	layout_add(pl->arena, &want, both);
	for (int i = 0; i < p->out.n; i++)
		if (layout_find(&lo->vars, p->out.at[i]) < 0 &&
		    layout_find(&ro->vars, p->out.at[i]) < 0)
			layout_add(pl->arena, &want, p->out.at[i]);
	int rc = path_project(pl, p, want.n, want.at, e);
	p->out.at[0] = ordinal_new(pl);
	return rc;
}

int
full_join(struct level *lv, struct from *f, struct path *ret, struct err *e)
{
	struct planner *pl = lv->pl;
	bool dependent = lv->outer != NULL && looks_outside(lv, f);
	struct level left = *lv, right = *lv;
	struct list quals = conjuncts(pl, f->on);
	struct path l, r;

	left.outer = dependent ? outer_again(pl, lv->outer) : NULL;
	right.outer = dependent ? outer_again(pl, lv->outer) : NULL;
	int rc = plan_side(&left, f->left, &l, e);
	if (rc == ERR_OK)
		rc = plan_side(&right, f->right, &r, e);
	if (rc != ERR_OK)
		return rc;
	if (dependent)
		list_push(&quals, pl->arena,
			  expr_op(pl->arena, operator_exact("=", OID_INT8, OID_INT8),
				  left.outer->vars.at[0], right.outer->vars.at[0]));
	const double rows = fmax(l.rows, r.rows) + 1;
	rc = hash_join(lv, l, r, JOIN_FULL, false, &quals, rows, ret, e);
	if (rc == ERR_OK)
		rc = merge_full(lv, f, &l, &r, &quals, rows, ret, e);
	return rc == ERR_OK && dependent ? merge_ordinals(lv, left.outer, right.outer, ret, e) : rc;
}
