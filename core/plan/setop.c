/* setop.c - UNION, INTERSECT, EXCEPT, and their ORDER BY and LIMIT; recursive queries. */
#include "config.h"
#include "core/plan/planner.h"

#include <math.h>

/* The columns of a combined result, by the names its ORDER BY uses. */
static struct layout
result_layout(struct planner *pl, struct query *q, const struct outer *outer)
{
	struct layout l = { 0 };

	if (outer != NULL)
		layout_add(pl->arena, &l, outer->vars.at[0]);
	for (int i = 0; i < q->setop_range->ncols; i++)
		layout_add(pl->arena, &l, expr_var(pl->arena, q->setop_range, i + 1));
	return l;
}

static int
side(struct planner *pl, struct query *s, struct outer *outer, struct path *ret, struct err *e)
{
	return plan_level(pl, s, outer, ALL_ROWS, ret, e);
}

/* Members of a chain of UNION ALL, left to right. */
static void
union_members(struct planner *pl, struct query *q, bool all, struct list *to)
{
	bool plain = q->kind == QUERY_SELECT && q->setop == SETOP_UNION && q->setop_all == all &&
		     q->order_by.n == 0 && q->limit == NULL && q->offset == NULL && q->ctes.n == 0;

	if (!plain) {
		list_push(to, pl->arena, q);
		return;
	}
	union_members(pl, q->left, all, to);
	union_members(pl, q->right, all, to);
}

static int
plan_union(struct planner *pl, struct query *q, struct outer *outer, const struct layout *out,
	   struct path *ret, struct err *e)
{
	struct list members = { 0 };
	struct path p = { .out = *out };

	union_members(pl, q->left, q->setop_all, &members);
	union_members(pl, q->right, q->setop_all, &members);
	struct plan_append *a =
		(struct plan_append *) node_new(pl, sizeof *a, PLAN_APPEND, out, NULL);
	a->nchildren = members.n;
	a->children = ARENA_ARRAY(pl->arena, struct plan *, members.n);
	for (int i = 0; i < members.n; i++) {
		struct path m;
		int rc = side(pl, members.at[i], outer, &m, e);
		if (rc != ERR_OK)
			return rc;
		a->children[i] = m.plan;
		a->p.dependent |= m.plan->dependent;
		p.rows += m.rows;
		p.cost += m.cost;
	}
	a->p.rows = p.rows;
	a->p.cost = p.cost;
	p.plan = &a->p;
	*ret = p;
	return q->setop_all ? ERR_OK : path_distinct(pl, ret, e);
}

static int
plan_except(struct planner *pl, struct query *q, struct outer *outer, const struct layout *out,
	    struct path *ret, struct err *e)
{
	struct path l, r;
	int rc = side(pl, q->left, outer, &l, e);

	if (rc == ERR_OK)
		rc = side(pl, q->right, outer, &r, e);
	if (rc != ERR_OK)
		return rc;
	struct plan_setop *s =
		(struct plan_setop *) node_new(pl, sizeof *s, PLAN_SETOP, out, l.plan);
	s->p.inner = r.plan;
	s->op = q->setop;
	s->all = q->setop_all;
	s->p.rows = q->setop == SETOP_INTERSECT ? fmin(l.rows, r.rows) : l.rows;
	s->p.cost = l.cost + r.cost + (l.rows + r.rows) * COST_HASH;
	*ret = (struct path){ .plan = &s->p, .out = *out, .rows = s->p.rows, .cost = s->p.cost };
	return ERR_OK;
}

static void
name_columns(struct query *q, struct path *p, int first)
{
	for (int i = 0, c = first; i < q->targets.n; i++) {
		const struct target *t = q->targets.at[i];
		if (!t->hidden && c < p->plan->ncols)
			p->plan->cols[c++].name = t->name;
	}
}

/* ORDER BY and LIMIT over the combined rows. */
static int
order_and_limit(struct planner *pl, struct query *q, struct outer *outer, struct path *p,
		struct err *e)
{
	struct sort_key *keys = ARENA_ARRAY(pl->arena, struct sort_key, q->order_by.n + 1);
	struct layout full = { 0 };
	int n = 0, rc = ERR_OK;

	if (q->order_by.n == 0 && q->limit == NULL && q->offset == NULL)
		return ERR_OK;
	if (outer != NULL)
		keys[n++] = (struct sort_key){ p->out.at[0], false, false };
	for (int i = 0; i < q->order_by.n; i++)
		keys[n++] = *LIST_AT(struct sort_key, &q->order_by, i);
	layout_append(pl->arena, &full, &p->out);
	for (int i = 0; i < n; i++)
		if (layout_find(&full, keys[i].expr) < 0)
			layout_add(pl->arena, &full, keys[i].expr);
	if (full.n > p->out.n)
		rc = path_project(pl, p, full.n, full.at, e);
	if (rc == ERR_OK && q->order_by.n > 0)
		rc = path_sort(pl, p, n, keys, top_rows(pl, q), e);
	if (rc != ERR_OK || (q->limit == NULL && q->offset == NULL))
		return rc;
	struct level lv = { .pl = pl, .q = q, .outer = outer };
	struct layout before = p->out;
	struct expr *bounds[2];
	bool per_row;
	rc = limit_bounds(&lv, p, bounds, &per_row, e);
	if (rc != ERR_OK)
		return rc;
	struct plan_limit *l =
		(struct plan_limit *) node_new(pl, sizeof *l, PLAN_LIMIT, &p->out, p->plan);
	l->limit = bounds[0];
	l->offset = bounds[1];
	l->per_row = per_row;
	l->with_ties = q->with_ties;
	if (q->with_ties) {
		l->nties = n;
		l->ties = keys;
		for (int i = 0; i < n && rc == ERR_OK; i++)
			rc = layout_slots(pl, &p->out, keys[i].expr, &l->ties[i].expr, e);
	}
	if (q->limit != NULL && q->limit->kind == EXPR_CONST && !q->limit->is_null)
		l->p.rows = fmin(l->p.rows, (double) q->limit->value.i);
	p->plan = &l->p;
	p->rows = l->p.rows;
	if (rc == ERR_OK && p->out.n > before.n)
		rc = path_project(pl, p, before.n, before.at, e);
	return rc;
}

int
plan_setop(struct planner *pl, struct query *q, struct outer *outer, struct path *ret,
	   struct err *e)
{
	struct layout out = result_layout(pl, q, outer);
	struct path p;
	int rc = q->setop == SETOP_UNION ? plan_union(pl, q, outer, &out, &p, e)
					 : plan_except(pl, q, outer, &out, &p, e);

	if (rc != ERR_OK)
		return rc;
	name_columns(q, &p, outer != NULL ? 1 : 0);
	rc = order_and_limit(pl, q, outer, &p, e);
	if (rc != ERR_OK)
		return rc;
	struct layout want = { 0 };
	if (outer != NULL)
		layout_add(pl->arena, &want, p.out.at[0]);
	for (int i = 0; i < q->targets.n; i++)
		if (!LIST_AT(struct target, &q->targets, i)->hidden)
			layout_add(pl->arena, &want, LIST_AT(struct target, &q->targets, i)->expr);
	rc = path_project(pl, &p, want.n, want.at, e);
	if (rc == ERR_OK)
		name_columns(q, &p, outer != NULL ? 1 : 0);
	*ret = p;
	return rc;
}
