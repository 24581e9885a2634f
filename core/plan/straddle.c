/* straddle.c - sub-queries in an outer join's condition that look at both of its sides.
 *
 * No side can carry the sub-query's result as a column, so the nullable side becomes a LATERAL
 * sub-query whose WHERE is the condition:
 *
 *   a LEFT JOIN b ON c(a, b)   ->   a LEFT JOIN LATERAL (SELECT ... FROM b WHERE c(a, b)) ON true
 *
 * It runs once for a batch of rows of `a`, as every dependent plan does. */
#include "config.h"
#include "core/plan/planner.h"

struct straddling {
	struct planner *pl;
	const struct from *side;
};

static int
straddles(struct expr *x, void *arg)
{
	const struct straddling *s = arg;
	struct layout vars = { 0 };
	bool here = false, elsewhere = false;

	if (x->kind != EXPR_SUBLINK)
		return 0;
	collect_vars(s->pl, x, &vars);
	for (int i = 0; i < vars.n; i++) {
		bool in = from_has(s->side, vars.at[i]->range);
		here |= in;
		elsewhere |= !in;
	}
	return here && elsewhere;
}

/* Ranges of f, and the queries in them and between them, belong to sub from now on. */
static void
move_tree(struct planner *pl, struct query *sub, struct from *f)
{
	if (!f->is_join) {
		query_move_range(pl->arena, f->range, sub);
		return;
	}
	move_tree(pl, sub, f->left);
	move_tree(pl, sub, f->right);
	if (f->join_range != NULL)
		query_move_range(pl->arena, f->join_range, sub);
	expr_adopt_sublinks(f->on, sub);
}

struct renaming {
	const struct layout *vars;      /* column i + 1 of `to` is vars[i] */
	struct range *to;
	struct arena *arena;
};

static struct expr *
rename_one(struct expr *x, void *arg)
{
	const struct renaming *r = arg;
	int i = x->kind == EXPR_VAR ? layout_find(r->vars, x) : -1;

	return i < 0 ? x : expr_var(r->arena, r->to, i + 1);
}

/* The side of q's join at *side becomes a sub-query over which `on` has been decided. */
static int
side_as_lateral(struct planner *pl, struct query *q, struct from **side, struct expr *on,
		struct err *e)
{
	struct query *sub = query_new(pl->arena, QUERY_SELECT, q);
	struct layout all = { 0 }, vars = { 0 };

	collect_query_vars(pl, q, &all);
	for (int i = 0; i < all.n; i++)
		if (from_has(*side, all.at[i]->range))
			layout_add(pl->arena, &vars, all.at[i]);
	struct range *r = range_new(pl->arena, q, RANGE_SUBQUERY, "lateral_side", vars.n);
	for (int i = 0; i < vars.n; i++) {
		struct expr *v = vars.at[i];
		r->cols[i] = (struct range_column){ "?column?", v->type, v->typmod, v->collation };
		query_add_target(pl->arena, sub, v, "?column?");
	}
	move_tree(pl, sub, *side);
	list_push(&sub->from, pl->arena, *side);
	sub->where = on;
	sub->has_sublinks = true;
	expr_adopt_sublinks(on, sub);
	*side = from_range(pl->arena, r);

	struct renaming names = { &vars, r, pl->arena };
	query_map(pl->arena, q, rename_one, &names);
	r->sub = sub;           /* only now: its own variables keep their names */
	r->lateral = true;
	return rewrite_joins(pl, sub, e);
}

int
straddling_on(struct planner *pl, struct query *q, struct from *f, struct err *e)
{
	if (!f->is_join)
		return ERR_OK;
	int rc = straddling_on(pl, q, f->left, e);
	if (rc == ERR_OK)
		rc = straddling_on(pl, q, f->right, e);
	if (rc != ERR_OK || f->type == JOIN_INNER || f->type == JOIN_FULL || !has_sublink(f->on))
		return rc;
	struct from *side = f->type == JOIN_RIGHT ? f->left : f->right;
	struct straddling s = { pl, side };
	/* The join with a side that is LATERAL already has no place for sub-queries either. */
	bool lateral = !side->is_join && joins_differ(pl, NULL, side);
	if (!lateral && expr_walk(f->on, straddles, &s, false) == 0)
		return ERR_OK;
	if (f->type == JOIN_RIGHT) { /* what is LATERAL looks to its left, also once the join is an inner one */
		f->left = f->right;
		f->right = side;
		f->type = JOIN_LEFT;
	}
	struct expr *on = f->on;
	f->on = NULL;
	return side_as_lateral(pl, q, &f->right, on, e);
}
