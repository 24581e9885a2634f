/* group.c - aggregation and window functions. */
#include "config.h"
#include "core/plan/planner.h"

#include <math.h>

/* -- What is computed ------------------------------------------------------------------------------ */

struct finding {
	struct planner *pl;
	enum expr_kind kind;
	struct layout found;
	struct layout vars;
	const struct layout *groups;
	const struct range *grouped;
};

static int
find_calls(struct expr *x, void *arg)
{
	struct finding *f = arg;

	if (x->kind == f->kind && layout_find(&f->found, x) < 0)
		layout_add(f->pl->arena, &f->found, x);
	return 0;
}

/* Variables outside of aggregates that no group expression gives: they depend on a grouped
 * primary key (the binder checked), so grouping by them too changes nothing. */
static int
find_loose_vars(struct expr *x, void *arg)
{
	struct finding *f = arg;

	if (x->kind == EXPR_VAR && x->range != f->grouped && layout_find(f->groups, x) < 0 &&
	    layout_find(&f->vars, x) < 0)
		layout_add(f->pl->arena, &f->vars, x);
	return 0;
}

static void
loose_vars(struct finding *f, struct expr *x)
{
	if (x == NULL || x->kind == EXPR_AGG || layout_find(f->groups, x) >= 0)
		return;
	if (x->kind == EXPR_SUBLINK) {
		struct layout all = { 0 };
		free_vars(f->pl, x->sub->query, &all);
		for (int i = 0; i < x->sub->test.n; i++)
			loose_vars(f, x->sub->test.at[i]);
		for (int i = 0; i < all.n; i++)
			(void) find_loose_vars(all.at[i], f);
		return;
	}
	if (x->kind == EXPR_VAR)
		(void) find_loose_vars(x, f);
	if (x->kind == EXPR_WINDOW && x->filter != NULL)
		loose_vars(f, x->filter);
	if (x->kind == EXPR_CASE && x->test != NULL)
		loose_vars(f, x->test);
	if (x->kind == EXPR_SUBSCRIPT)
		for (int i = 0; i < x->nsubs; i++)
			loose_vars(f, x->subs[i]);
	for (int i = 0; i < x->nargs; i++)
		loose_vars(f, x->args[i]);
}

static int
agg_item(struct level *lv, const struct path *p, const struct expr *x, struct agg_item *it,
	 struct err *e)
{
	struct planner *pl = lv->pl;
	int rc = ERR_OK;

	*it = (struct agg_item){ .func = x->func,
				 .nargs = x->agg_star ? 0 : x->nargs,
				 .distinct = x->agg_distinct,
				 .ret = x->type,
				 .variadic = x->variadic,
				 .norder = x->agg_order.n,
				 .ndirect = x->agg_direct.n };
	it->args = ARENA_ARRAY(pl->arena, struct expr *, x->nargs);
	for (int i = 0; i < it->nargs && rc == ERR_OK; i++)
		rc = layout_slots(pl, &p->out, x->args[i], &it->args[i], e);
	it->order = ARENA_ARRAY(pl->arena, struct sort_key, it->norder);
	for (int i = 0; i < it->norder && rc == ERR_OK; i++) {
		it->order[i] = *LIST_AT(struct sort_key, &x->agg_order, i);
		rc = layout_slots(pl, &p->out, it->order[i].expr, &it->order[i].expr, e);
	}
	it->direct = ARENA_ARRAY(pl->arena, struct expr *, it->ndirect);
	for (int i = 0; i < it->ndirect && rc == ERR_OK; i++)
		rc = layout_slots(pl, &p->out, x->agg_direct.at[i], &it->direct[i], e);
	if (x->filter != NULL && rc == ERR_OK)
		rc = layout_slots(pl, &p->out, x->filter, &it->filter, e);
	return rc;
}

/* Sub-queries inside aggregates' arguments and group expressions are needed before grouping. */
static int
attach_before(struct level *lv, struct path *p, const struct layout *groups,
	      const struct layout *aggs, struct err *e)
{
	struct list l = { 0 };

	for (int i = 0; i < groups->n; i++)
		list_push(&l, lv->pl->arena, groups->at[i]);
	for (int i = 0; i < aggs->n; i++) {
		const struct expr *x = aggs->at[i];
		for (int k = 0; k < x->nargs; k++)
			list_push(&l, lv->pl->arena, x->args[k]);
		for (int k = 0; k < x->agg_order.n; k++)
			list_push(&l, lv->pl->arena,
				  LIST_AT(struct sort_key, &x->agg_order, k)->expr);
		if (x->filter != NULL)
			list_push(&l, lv->pl->arena, x->filter);
	}
	return attach_sublinks(lv, p, l.n, (struct expr **) l.at, e);
}

/* -- GROUPING(), and what sub-queries see of a group ------------------------------------------------------------------------------------- */

/* The number of the grouping set decides what GROUPING(...) is. */
static struct expr *
grouping_case(struct planner *pl, const struct plan_aggregate *a, const struct layout *groups,
	      const struct expr *x, struct expr *set)
{
	const struct operator* eq = operator_exact("=", OID_INT4, OID_INT4);
	const struct type *int4 = type_builtin(OID_INT4);
	struct expr *c = expr_new(pl->arena, EXPR_CASE, int4, a->nsets * 2);

	if (a->nsets == 0)
		return expr_const(pl->arena, int4, datum_int(0));
	for (int s = 0; s < a->nsets; s++) {
		int64_t v = 0;
		for (int i = 0; i < x->nargs; i++) {
			int g = layout_find(groups, x->args[i]);
			v = v << 1 | (g < 0 || (a->sets[s] >> g & 1) == 0);
		}
		c->args[2 * s] =
			expr_op(pl->arena, eq, set, expr_const(pl->arena, int4, datum_int(s)));
		c->args[2 * s + 1] = expr_const(pl->arena, int4, datum_int(v));
	}
	return c;
}

static int
add_groupings(struct level *lv, struct path *p, const struct plan_aggregate *a,
	      const struct layout *groups, const struct layout *calls, struct expr *set,
	      struct err *e)
{
	struct planner *pl = lv->pl;
	struct layout want = { 0 }, names = { 0 };

	for (int i = 0; i < p->out.n; i++) {
		if (p->out.at[i] == set)
			continue;
		layout_add(pl->arena, &want, p->out.at[i]);
		layout_add(pl->arena, &names, p->out.at[i]);
	}
	for (int i = 0; i < calls->n; i++) {
		layout_add(pl->arena, &want, grouping_case(pl, a, groups, calls->at[i], set));
		layout_add(pl->arena, &names, calls->at[i]);
	}
	const struct range *g = lv->q->grouped;
	for (int i = 0; g != NULL && i < g->ncols; i++) {
		layout_add(pl->arena, &want, g->funcs.at[i]);
		layout_add(pl->arena, &names, expr_var(pl->arena, lv->q->grouped, i + 1));
	}
	int rc = path_project(pl, p, want.n, want.at, e);
	p->out = names;
	return rc;
}

static int
grouping_sets(struct level *lv, struct plan_aggregate *a, int first, struct err *e)
{
	const struct query *q = lv->q;

	a->nsets = q->grouping_sets.n;
	a->sets = ARENA_ARRAY(lv->pl->arena, uint64_t, a->nsets);
	for (int s = 0; s < a->nsets; s++) {
		const struct list *set = q->grouping_sets.at[s];
		if (first == 1)
			a->sets[s] |= 1;
		for (int i = 0; i < set->n; i++) {
			int g = (int) (intptr_t) set->at[i] + first;
			if (g >= 64)
				return err_set(e, ERR_STATEMENT_TOO_COMPLEX,
					       "more than 64 grouping expressions");
			a->sets[s] |= UINT64_C(1) << g;
		}
	}
	return ERR_OK;
}

/* Give grouped rows the enclosing values of their ordinal again. */
static int
rejoin_outer(struct level *lv, struct path *p, struct err *e)
{
	struct planner *pl = lv->pl;
	struct path leaf = outer_leaf(pl, outer_again(pl, lv->outer));
	struct layout out = { 0 };

	layout_append(pl->arena, &out, &p->out);
	layout_append(pl->arena, &out, &leaf.out);
	struct plan_join *j =
		(struct plan_join *) node_new(pl, sizeof *j, PLAN_JOIN_HASH, &out, p->plan);
	j->p.inner = leaf.plan;
	j->type = JOIN_INNER;
	j->nkeys = 1;
	j->left_keys = ARENA_ARRAY(pl->arena, struct expr *, 1);
	j->right_keys = ARENA_ARRAY(pl->arena, struct expr *, 1);
	j->eq = ARENA_ARRAY(pl->arena, const struct func *, 1);
	j->null_equal = ARENA_ARRAY(pl->arena, bool, 1);
	j->eq[0] = func_by_oid(operator_exact("=", OID_INT8, OID_INT8)->func);
	int rc = layout_slots(pl, &p->out, p->out.at[0], &j->left_keys[0], e);
	if (rc == ERR_OK)
		rc = layout_slots(pl, &leaf.out, leaf.out.at[0], &j->right_keys[0], e);
	j->p.cost = p->cost + leaf.cost + p->rows * COST_HASH;
	*p = (struct path){ .plan = &j->p, .out = out, .rows = p->rows, .cost = j->p.cost };
	return rc;
}

/* Do rows with the same first n groups come one after the other?  (What follows them in the list
 * depends on them.) */
static bool
in_runs(const struct path *p, const struct layout *groups, int n)
{
	struct layout written = { .n = n, .at = groups->at };

	if (n == 0 || p->norder < n)
		return false;
	for (int i = 0; i < n; i++)
		if (layout_find(&written, p->order[i].expr) < 0)
			return false;
	return true;
}

int
plan_grouping(struct level *lv, struct path *p, struct list *exprs, struct err *e)
{
	struct planner *pl = lv->pl;
	struct query *q = lv->q;
	struct layout groups = { 0 }, out = { 0 };
	struct finding aggs = { .pl = pl, .kind = EXPR_AGG },
		       calls = { .pl = pl, .kind = EXPR_GROUPING };
	int first = lv->outer != NULL ? 1 : 0;

	if (lv->outer != NULL)
		layout_add(pl->arena, &groups, p->out.at[0]);
	for (int i = 0; i < q->group_by.n; i++)
		layout_add(pl->arena, &groups, q->group_by.at[i]);
	int nwritten = groups.n;
	aggs.groups = calls.groups = &groups;
	aggs.grouped = q->grouped;
	for (int i = 0; q->grouped != NULL && i < q->grouped->ncols; i++)
		list_push(exprs, pl->arena, q->grouped->funcs.at[i]);
	for (int i = 0; i < exprs->n; i++) {
		(void) expr_walk(exprs->at[i], find_calls, &aggs, false);
		(void) expr_walk(exprs->at[i], find_calls, &calls, false);
		loose_vars(&aggs, exprs->at[i]);
	}
	if (q->group_by.n > 0)
		for (int i = 0; i < aggs.vars.n; i++)
			if (aggs.vars.at[i]->range->query == q)
				layout_add(pl->arena, &groups, aggs.vars.at[i]);
	/* Enclosing variables stay available above the grouping: they follow the ordinal.  Without
	 * GROUP BY there is a row for an ordinal without rows too, and they are joined afterwards. */
	bool rejoin = false;
	for (int i = 0; i < aggs.vars.n; i++) {
		if (aggs.vars.at[i]->range->query == q ||
		    layout_find(&groups, aggs.vars.at[i]) >= 0)
			continue;
		if (q->group_by.n > 0 && q->grouping_sets.n == 0)
			layout_add(pl->arena, &groups, aggs.vars.at[i]);
		else
			rejoin = true;
	}
	int rc = attach_before(lv, p, &groups, &aggs.found, e);
	if (rc == ERR_OK && q->has_srfs)
		rc = add_project_set(lv, p, q->group_by.n, (struct expr **) q->group_by.at, e);
	if (rc == ERR_OK && avoid(pl, OFF_HASHAGG) > 0 && first == 0 && q->grouping_sets.n == 0 &&
	    !in_runs(p, &groups, nwritten))
		rc = path_sort_groups(pl, p, nwritten, groups.at, e);
	if (rc != ERR_OK)
		return rc;

	layout_append(pl->arena, &out, &groups);
	layout_append(pl->arena, &out, &aggs.found);
	struct expr *set = NULL;
	if (q->grouping_sets.n > 0) {
		set = ordinal_new(pl);
		set->type = type_builtin(OID_INT4);
		layout_add(pl->arena, &out, set);
	}
	struct plan_aggregate *a =
		(struct plan_aggregate *) node_new(pl, sizeof *a, PLAN_AGGREGATE, &out, p->plan);
	a->ngroups = groups.n;
	a->groups = ARENA_ARRAY(pl->arena, struct expr *, groups.n);
	for (int i = 0; i < groups.n && rc == ERR_OK; i++)
		rc = layout_slots(pl, &p->out, groups.at[i], &a->groups[i], e);
	a->naggs = aggs.found.n;
	a->aggs = ARENA_ARRAY(pl->arena, struct agg_item, a->naggs);
	for (int i = 0; i < a->naggs && rc == ERR_OK; i++)
		rc = agg_item(lv, p, aggs.found.at[i], &a->aggs[i], e);
	if (rc == ERR_OK && q->grouping_sets.n > 0)
		rc = grouping_sets(lv, a, first, e);
	if (rc != ERR_OK)
		return rc;
	if (a->nsets >
	    0) /* what follows the written groups belongs to every set that has them all */
		for (int s = 0; s < a->nsets; s++)
			for (int g = nwritten; g < groups.n && g < 64; g++)
				a->sets[s] |= UINT64_C(1) << g;
	a->always = q->group_by.n == 0 && q->grouping_sets.n == 0;
	for (int s = 0; s < a->nsets; s++)
		a->always |= (a->sets[s] & ~(uint64_t) first) == 0;
	double per = groups.n == 0 ? 1 : group_count(pl, groups.n, groups.at, p->rows);
	if (a->always && first == 1)
		per = fmax(1, lv->outer->rows);
	a->p.rows = per * (a->nsets > 0 ? a->nsets : 1);
	a->sorted = first == 0 && a->nsets == 0 && in_runs(p, &groups, nwritten);
	a->p.cost = p->cost + p->rows * COST_EVAL * (1 + a->naggs) + a->p.rows * COST_EVAL;
	if (!a->sorted) {
		a->p.cost += p->rows * (groups.n > 0 ? COST_HASH : 0);
		a->p.cost_start = a->p.cost;
	}
	struct path grouped = {
		.plan = &a->p, .out = out, .rows = a->p.rows, .cost = a->p.cost
	};
	if (a->sorted) {
		grouped.norder = nwritten;
		grouped.order = p->order;
	}
	*p = grouped;
	if (calls.found.n > 0 || set != NULL || q->grouped != NULL)
		rc = add_groupings(lv, p, a, &groups, &calls.found, set, e);
	return rc == ERR_OK && rejoin ? rejoin_outer(lv, p, e) : rc;
}

/* -- Windows -------------------------------------------------------------------------------------------- */

static int
one_window(struct level *lv, struct path *p, const struct window *w, const struct layout *calls,
	   struct err *e)
{
	struct planner *pl = lv->pl;
	struct layout out = { 0 };
	int n = 0, rc = ERR_OK, first = lv->outer != NULL ? 1 : 0;
	struct sort_key *keys =
		ARENA_ARRAY(pl->arena, struct sort_key, first + w->partition.n + w->order.n);

	if (first == 1)
		keys[n++] = (struct sort_key){ p->out.at[0], false, false };
	for (int i = 0; i < w->partition.n; i++)
		keys[n++] = (struct sort_key){ w->partition.at[i], false, false };
	for (int i = 0; i < w->order.n; i++)
		keys[n++] = *LIST_AT(struct sort_key, &w->order, i);
	if (n > 0 && !path_is_sorted(p, n, keys))
		rc = path_sort(pl, p, n, keys, NULL, e);
	if (rc != ERR_OK)
		return rc;
	layout_append(pl->arena, &out, &p->out);
	for (int i = 0; i < calls->n; i++)
		if (calls->at[i]->window == w)
			layout_add(pl->arena, &out, calls->at[i]);
	struct plan_window *v =
		(struct plan_window *) node_new(pl, sizeof *v, PLAN_WINDOW, &out, p->plan);
	for (int i = 0; i < p->plan->ncols; i++)
		v->p.cols[i].name = p->plan->cols[i].name;
	v->win = w;
	v->npart = first + w->partition.n;
	v->part = ARENA_ARRAY(pl->arena, struct expr *, v->npart);
	for (int i = 0; i < v->npart && rc == ERR_OK; i++)
		rc = layout_slots(pl, &p->out, keys[i].expr, &v->part[i], e);
	v->norder = w->order.n;
	v->order = ARENA_ARRAY(pl->arena, struct sort_key, v->norder);
	for (int i = 0; i < v->norder && rc == ERR_OK; i++) {
		v->order[i] = *LIST_AT(struct sort_key, &w->order, i);
		rc = layout_slots(pl, &p->out, v->order[i].expr, &v->order[i].expr, e);
	}
	v->start_offset = w->start_offset;
	v->end_offset = w->end_offset;
	v->nitems = out.n - p->out.n;
	v->items = ARENA_ARRAY(pl->arena, struct window_item, v->nitems);
	for (int i = 0; i < v->nitems && rc == ERR_OK; i++) {
		const struct expr *x = out.at[p->out.n + i];
		struct window_item *it = &v->items[i];
		*it = (struct window_item){ .func = x->func,
					    .nargs = x->agg_star ? 0 : x->nargs,
					    .ret = x->type };
		it->args = ARENA_ARRAY(pl->arena, struct expr *, x->nargs);
		for (int k = 0; k < it->nargs && rc == ERR_OK; k++)
			rc = layout_slots(pl, &p->out, x->args[k], &it->args[k], e);
		if (x->filter != NULL && rc == ERR_OK)
			rc = layout_slots(pl, &p->out, x->filter, &it->filter, e);
	}
	v->p.cost = p->cost + p->rows * COST_EVAL * 4 * v->nitems;
	p->plan = &v->p;
	p->cost = v->p.cost;
	p->out = out;
	return rc;
}

int
plan_windows(struct level *lv, struct path *p, struct list *exprs, struct err *e)
{
	struct finding calls = { .pl = lv->pl, .kind = EXPR_WINDOW };
	struct list args = { 0 };

	for (int i = 0; i < exprs->n; i++)
		(void) expr_walk(exprs->at[i], find_calls, &calls, false);
	for (int i = 0; i < calls.found.n; i++) {
		for (int k = 0; k < calls.found.at[i]->nargs; k++)
			list_push(&args, lv->pl->arena, calls.found.at[i]->args[k]);
		list_push(&args, lv->pl->arena, calls.found.at[i]->filter);
	}
	for (int i = 0; i < lv->q->windows.n; i++) {
		const struct window *w = lv->q->windows.at[i];
		for (int k = 0; k < w->partition.n; k++)
			list_push(&args, lv->pl->arena, w->partition.at[k]);
		for (int k = 0; k < w->order.n; k++)
			list_push(&args, lv->pl->arena,
				  LIST_AT(struct sort_key, &w->order, k)->expr);
	}
	int rc = attach_sublinks(lv, p, args.n, (struct expr **) args.at, e);
	for (int i = 0; i < calls.found.n && rc == ERR_OK; i++) {
		bool first = true;
		for (int k = 0; k < i; k++)
			first &= calls.found.at[k]->window != calls.found.at[i]->window;
		if (first)
			rc = one_window(lv, p, calls.found.at[i]->window, &calls.found, e);
	}
	return rc;
}
