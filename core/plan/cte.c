/* cte.c - WITH: evaluated once and kept, melted in where it is read once, or recursive. */
#include "config.h"
#include "core/plan/planner.h"

#include <math.h>

struct recursion {
	const struct cte *cte;
	int id;
	const struct outer *outer;
	double rows;
};

static struct path
named_path(struct planner *pl, struct range *r, struct expr *ordinal)
{
	struct path p = { 0 };

	if (ordinal != NULL)
		layout_add(pl->arena, &p.out, ordinal);
	for (int i = 0; i < r->ncols; i++)
		layout_add(pl->arena, &p.out, expr_var(pl->arena, r, i + 1));
	return p;
}

/* The rows of the previous round. */
static struct path
work_table(struct planner *pl, struct range *r, const struct recursion *rec)
{
	struct path p = named_path(pl, r, rec->outer != NULL ? ordinal_new(pl) : NULL);
	struct plan_work_table *w =
		(struct plan_work_table *) node_new(pl, sizeof *w, PLAN_WORK_TABLE, &p.out, NULL);

	w->recursive_id = rec->id;
	w->p.dependent = rec->outer != NULL;
	w->p.rows = p.rows = fmax(1, rec->rows);
	w->p.cost = p.cost = p.rows * COST_EVAL;
	p.plan = &w->p;
	return p;
}

static int
plan_recursive(struct planner *pl, const struct cte *cte, struct outer *outer, struct path *ret,
	       struct err *e)
{
	struct query *q = cte->query;
	struct recursion *rec = ARENA_NEW(pl->arena, struct recursion);
	struct path first, round;

	if (q->setop != SETOP_UNION) /* WITH RECURSIVE that does not refer to itself */
		return plan_level(pl, q, outer, ALL_ROWS, ret, e);
	int rc = plan_level(pl, q->left, outer, ALL_ROWS, &first, e);
	if (rc != ERR_OK)
		return rc;
	*rec = (struct recursion){ cte, pl->next_recursive++, outer, first.rows };
	list_push(&pl->recursions, pl->arena, rec);
	rc = plan_level(pl, q->right, outer, ALL_ROWS, &round, e);
	pl->recursions.n--;
	if (rc != ERR_OK)
		return rc;
	struct plan_recursive *n = (struct plan_recursive *) node_new(pl, sizeof *n, PLAN_RECURSIVE,
								      &first.out, first.plan);
	n->p.inner = round.plan;
	n->recursive_id = rec->id;
	n->distinct = !q->setop_all;
	n->p.rows = first.rows * 10;
	n->p.cost = first.cost + round.cost * 10;
	for (int i = outer != NULL ? 1 : 0, c = 0; i < n->p.ncols && c < cte->ncols; i++, c++)
		n->p.cols[i].name = cte->cols[c].name;
	*ret = (struct path){
		.plan = &n->p, .out = first.out, .rows = n->p.rows, .cost = n->p.cost
	};
	return ERR_OK;
}

static struct plan_cte *
find_cte(struct planner *pl, const struct cte *cte)
{
	for (int i = 0; i < pl->ctes.n; i++)
		if (LIST_AT(struct plan_cte, &pl->ctes, i)->cte == cte)
			return pl->ctes.at[i];
	return NULL;
}

/* Plan a CTE that is kept, once. */
int
plan_kept_cte(struct planner *pl, const struct cte *cte, struct plan_cte **ret, struct err *e)
{
	struct path p;

	*ret = find_cte(pl, cte);
	if (*ret != NULL)
		return ERR_OK;
	int rc = cte->recursive ? plan_recursive(pl, cte, NULL, &p, e)
				: plan_level(pl, cte->query, NULL, ALL_ROWS, &p, e);
	if (rc != ERR_OK)
		return rc;
	struct plan_cte *c = ARENA_NEW(pl->arena, struct plan_cte);
	*c = (struct plan_cte){ .cte = cte, .plan = p.plan, .index = pl->ctes.n };
	list_push(&pl->ctes, pl->arena, c);
	*ret = c;
	return ERR_OK;
}

int
plan_cte_range(struct level *lv, struct range *r, struct path *ret, struct err *e)
{
	struct planner *pl = lv->pl;
	const struct cte *cte = r->cte;
	struct layout vars = { 0 };
	struct plan_cte *kept;

	for (int i = 0; i < pl->recursions.n; i++) {
		const struct recursion *rec = pl->recursions.at[i];
		if (rec->cte == cte) {
			*ret = work_table(pl, r, rec);
			return ERR_OK;
		}
	}
	free_vars(pl, cte->query, &vars);
	bool once = cte->refs <= 1 && cte->materialized == 0 && cte->query->kind == QUERY_SELECT;
	if (vars.n > 0 || ((once || cte->materialized == 'n') && !cte->recursive)) {
		struct outer *o = NULL;
		if (vars.n > 0) {
			if (lv->outer == NULL)
				return err_set(
					e, ERR_INTERNAL_ERROR,
					"WITH query \"%s\" refers to rows that are not there",
					cte->name);
			o = outer_again(pl, lv->outer);
		}
		int rc = cte->recursive ? plan_recursive(pl, cte, o, ret, e)
					: plan_level(pl, cte->query, o, ALL_ROWS, ret, e);
		if (rc == ERR_OK)
			path_rename(pl, ret, r, o != NULL);
		return rc;
	}
	int rc = plan_kept_cte(pl, cte, &kept, e);
	if (rc != ERR_OK)
		return rc;
	struct path p = named_path(pl, r, NULL);
	struct plan_cte_scan *s =
		(struct plan_cte_scan *) node_new(pl, sizeof *s, PLAN_CTE_SCAN, &p.out, NULL);
	s->cte = kept->index;
	s->p.rows = p.rows = kept->plan->rows;
	s->p.cost = p.cost = kept->plan->cost + p.rows * COST_EVAL;
	p.plan = &s->p;
	*ret = p;
	return ERR_OK;
}
