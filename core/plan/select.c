/* select.c - one SELECT: what comes after FROM and WHERE.
 *
 * grouping -> HAVING -> windows -> set-returning targets -> DISTINCT -> ORDER BY -> LIMIT ->
 * the target list.  Targets that nothing before needs are computed last, after LIMIT, so that
 * their sub-queries (graph includes above all) run for the rows that are really returned. */
#include "config.h"
#include "core/catalog/partition.h"
#include "core/plan/planner.h"

#include <math.h>

static struct target *
target_at(const struct query *q, int i)
{
	return q->targets.at[i];
}

/* Every variable of this level's ranges that anything in the query refers to. */
static void
collect_needed(struct level *lv)
{
	struct layout all = { 0 };

	collect_query_vars(lv->pl, lv->q, &all);
	for (int i = 0; i < all.n; i++)
		if (all.at[i]->range->query == lv->q)
			layout_add(lv->pl->arena, &lv->needed, all.at[i]);
}

/* Sort keys of the query with the ordinal in front when it is dependent. */
static int
sort_keys(struct level *lv, const struct path *p, const struct list *order, struct sort_key **ret)
{
	struct sort_key *keys = ARENA_ARRAY(lv->pl->arena, struct sort_key, order->n + 1);
	int n = 0;

	if (lv->outer != NULL)
		keys[n++] = (struct sort_key){ p->out.at[0], false, false };
	for (int i = 0; i < order->n; i++) {
		const struct sort_key *k = order->at[i];
		bool constant = k->expr->kind == EXPR_CONST, seen = false;
		for (int j = 0; j < n; j++)
			seen |= keys[j].expr == k->expr || expr_equal(keys[j].expr, k->expr);
		if (!constant && !seen)
			keys[n++] = *k;
	}
	*ret = keys;
	return n;
}

/* Columns of p plus these expressions, the ordinal first when dependent. */
static int
project_more(struct level *lv, struct path *p, int n, struct expr **exprs, struct err *e)
{
	struct layout want = { 0 };

	for (int i = 0; i < p->out.n; i++)
		layout_add(lv->pl->arena, &want, p->out.at[i]);
	for (int i = 0; i < n; i++)
		if (exprs[i]->kind != EXPR_CONST && exprs[i]->kind != EXPR_PARAM &&
		    exprs[i]->kind != EXPR_INIT &&
		    layout_find(&want, exprs[i]) < 0)
			layout_add(lv->pl->arena, &want, exprs[i]);
	if (want.n == p->out.n)
		return ERR_OK;
	int norder = p->norder;
	int rc = path_project(lv->pl, p, want.n, want.at, e);
	p->norder = norder;
	return rc;
}

/* The ordinal becomes column 0. */
static int
ordinal_first(struct level *lv, struct path *p, struct err *e)
{
	struct layout want = { 0 };

	if (lv->outer == NULL || p->out.at[0] == lv->outer->vars.at[0])
		return ERR_OK;
	layout_add(lv->pl->arena, &want, lv->outer->vars.at[0]);
	for (int i = 0; i < p->out.n; i++)
		if (p->out.at[i] != lv->outer->vars.at[0])
			layout_add(lv->pl->arena, &want, p->out.at[i]);
	return path_project(lv->pl, p, want.n, want.at, e);
}

static double
const_number(const struct expr *x, double otherwise)
{
	return x != NULL && x->kind == EXPR_CONST && !x->is_null ? (double) x->value.i : otherwise;
}

/* Known before any row? */
static bool
is_fixed(struct planner *pl, struct expr *x)
{
	struct layout vars = { 0 };

	collect_vars(pl, x, &vars);
	return vars.n == 0 && !has_sublink(x);
}

/* The limits of q over the rows of p, which get columns for their sub-queries. */
int
limit_bounds(struct level *lv, struct path *p, struct expr *bounds[2], bool *ret_per_row,
	     struct err *e)
{
	struct planner *pl = lv->pl;
	int rc = ERR_OK;

	bounds[0] = lv->q->limit;
	bounds[1] = lv->q->offset;
	*ret_per_row = !is_fixed(pl, bounds[0]) || !is_fixed(pl, bounds[1]);
	if (*ret_per_row)
		rc = attach_sublinks(lv, p, 2, bounds, e);
	for (int i = 0; *ret_per_row && i < 2 && rc == ERR_OK; i++)
		if (bounds[i] != NULL)
			rc = layout_slots(pl, &p->out, bounds[i], &bounds[i], e);
	return rc;
}

/* limit + offset, what a sort needs to keep; NULL: everything. */
struct expr *
top_rows(struct planner *pl, const struct query *q)
{
	if (q->limit == NULL || expr_has_volatile(q->limit) ||
	    (q->offset != NULL && expr_has_volatile(q->offset)))
		return NULL; /* asked for once */
	if (q->with_ties || q->row_marks.n > 0 || !is_fixed(pl, q->limit) ||
	    !is_fixed(pl, q->offset))
		return NULL; /* locking may drop some of the first rows */
	if (q->limit->kind == EXPR_CONST && q->limit->is_null)
		return NULL;
	if (q->offset == NULL)
		return q->limit;
	return expr_op(pl->arena, operator_exact("+", OID_INT8, OID_INT8), q->limit, q->offset);
}

static int
add_limit(struct level *lv, struct path *p, int nkeys, struct sort_key *keys, struct err *e)
{
	struct planner *pl = lv->pl;
	struct query *q = lv->q;

	if (q->limit == NULL && q->offset == NULL)
		return ERR_OK;
	struct expr *bounds[2];
	bool per_row;
	int rc = limit_bounds(lv, p, bounds, &per_row, e);
	if (rc != ERR_OK)
		return rc;
	struct plan_limit *l =
		(struct plan_limit *) node_new(pl, sizeof *l, PLAN_LIMIT, &p->out, p->plan);
	l->limit = bounds[0];
	l->offset = bounds[1];
	l->per_row = per_row;
	for (int i = 0; i < l->p.ncols; i++)
		l->p.cols[i].name = p->plan->cols[i].name;
	if (q->with_ties) {
		l->with_ties = true;
		l->ties = arena_dup(pl->arena, keys, (size_t) (nkeys + 1) * sizeof *keys);
		l->nties = nkeys;
		for (int i = 0; i < nkeys; i++) {
			rc = layout_slots(pl, &p->out, keys[i].expr, &l->ties[i].expr, e);
			if (rc != ERR_OK)
				return rc;
		}
	}
	double groups = lv->outer != NULL ? fmax(1, fmin(lv->outer->rows, p->rows)) : 1;
	double keep = fmin(p->rows, groups * const_number(q->limit, p->rows));
	double before = keep + const_number(q->offset, 0);
	l->p.cost = p->plan->cost_start +
		    (p->cost - p->plan->cost_start) * fmin(1, before / fmax(1, p->rows));
	l->p.rows = fmax(1, keep);
	p->plan = &l->p;
	p->rows = l->p.rows;
	p->cost = l->p.cost;
	return ERR_OK;
}

static int
add_order(struct level *lv, struct path *p, int nkeys, struct sort_key *keys, struct err *e)
{
	int first = lv->outer != NULL ? 1 : 0;

	if (nkeys == first || path_is_sorted(p, nkeys, keys))
		return ERR_OK;
	return path_sort(
		lv->pl, p, nkeys, keys,
		lv->q->distinct && lv->q->distinct_on.n > 0 ? NULL : top_rows(lv->pl, lv->q), e);
}

/* DISTINCT ON: sorted by its expressions (and ORDER BY), the first row of each. */
static int
add_distinct_on(struct level *lv, struct path *p, const struct list *targets, struct err *e)
{
	struct planner *pl = lv->pl;
	struct query *q = lv->q;
	struct list keys = { 0 };
	struct sort_key *sorted;

	(void) targets;
	/* ORDER BY begins with the DISTINCT ON expressions, in any order (the binder checked). */
	for (int i = 0; i < q->order_by.n; i++)
		list_push(&keys, pl->arena, q->order_by.at[i]);
	for (int i = 0; i < q->distinct_on.n; i++) {
		bool there = false;
		for (int k = 0; k < q->order_by.n; k++)
			there |= expr_equal(LIST_AT(struct sort_key, &q->order_by, k)->expr,
					    q->distinct_on.at[i]);
		if (there)
			continue;
		struct sort_key *k = ARENA_NEW(pl->arena, struct sort_key);
		k->expr = q->distinct_on.at[i];
		list_push(&keys, pl->arena, k);
	}
	int n = sort_keys(lv, p, &keys, &sorted);
	int rc = path_is_sorted(p, n, sorted) || n == 0 ? ERR_OK
							: path_sort(pl, p, n, sorted, NULL, e);
	if (rc != ERR_OK)
		return rc;
	struct plan_distinct *d =
		(struct plan_distinct *) node_new(pl, sizeof *d, PLAN_DISTINCT, &p->out, p->plan);
	d->sorted = true;
	d->keys = ARENA_ARRAY(pl->arena, int, q->distinct_on.n + 1);
	if (lv->outer != NULL)
		d->keys[d->nkeys++] = 0;
	for (int i = 0; i < q->distinct_on.n; i++) {
		int slot = layout_find(&p->out, q->distinct_on.at[i]);
		if (slot >= 0)
			d->keys[d->nkeys++] = slot;
	}
	d->p.rows = group_count(pl, q->distinct_on.n, (struct expr **) q->distinct_on.at, p->rows);
	p->plan = &d->p;
	p->rows = d->p.rows;
	return ERR_OK;
}

static bool
is_srf(const struct expr *x)
{
	return x->kind == EXPR_FUNC && x->func->retset;
}

struct srf_search {
	struct planner *pl;
	const struct layout *have;
	struct layout found;
};

static int
is_open_srf(struct expr *x, void *arg)
{
	const struct srf_search *s = arg;

	return is_srf(x) && layout_find(s->have, x) < 0;
}

static int
innermost_srf(struct expr *x, void *arg)
{
	struct srf_search *s = arg;

	if (!is_open_srf(x, s))
		return 0;
	for (int i = 0; i < x->nargs; i++)
		if (expr_walk(x->args[i], is_open_srf, s, false) != 0)
			return 0; /* walk on: the inner one comes first */
	if (layout_find(&s->found, x) < 0)
		layout_add(s->pl->arena, &s->found, x);
	return 0;
}

/* Set-returning calls in the select list or GROUP BY: one ProjectSet a nesting level. */
int
add_project_set(struct level *lv, struct path *p, int n, struct expr **exprs, struct err *e)
{
	struct planner *pl = lv->pl;

	for (int round = 0; round < 32; round++) {
		struct srf_search s = { .pl = pl, .have = &p->out };
		for (int i = 0; i < n; i++)
			if (layout_find(&p->out, exprs[i]) < 0)
				(void) expr_walk(exprs[i], innermost_srf, &s, false);
		struct layout fresh = { 0 };
		for (int i = 0; i < s.found.n; i++)
			if (layout_find(&p->out, s.found.at[i]) < 0)
				layout_add(pl->arena, &fresh, s.found.at[i]);
		if (fresh.n == 0)
			return ERR_OK;
		struct layout out = { 0 };
		layout_append(pl->arena, &out, &p->out);
		layout_append(pl->arena, &out, &fresh);
		struct plan_project_set *j = (struct plan_project_set *) node_new(
			pl, sizeof *j, PLAN_PROJECT_SET, &out, p->plan);
		j->exprs = ARENA_ARRAY(pl->arena, struct expr *, out.n);
		j->srf = ARENA_ARRAY(pl->arena, bool, out.n);
		for (int i = 0; i < out.n; i++) {
			int rc;
			if (i < p->out.n) {
				j->exprs[i] =
					expr_slot(pl->arena, i, out.at[i]->type, out.at[i]->typmod);
				continue;
			}
			struct expr *call = arena_dup(pl->arena, out.at[i], sizeof *call);
			call->args = arena_dup(pl->arena, call->args,
					       (size_t) call->nargs * sizeof *call->args);
			for (int k = 0; k < call->nargs; k++) {
				rc = layout_slots(pl, &p->out, call->args[k], &call->args[k], e);
				if (rc != ERR_OK)
					return rc;
			}
			j->exprs[i] = call;
			j->srf[i] = true;
		}
		j->p.rows = p->rows * 10;
		j->p.cost = p->cost + j->p.rows * COST_ROW;
		*p = (struct path){
			.plan = &j->p, .out = out, .rows = j->p.rows, .cost = j->p.cost
		};
	}
	return err_set(e, ERR_STATEMENT_TOO_COMPLEX, "set-returning functions are nested too deep");
}

static bool
is_lockable(const struct query *q)
{
	return q->row_marks.n > 0;
}

static int
add_lock_rows(struct level *lv, struct path *p, struct err *e)
{
	struct planner *pl = lv->pl;
	struct query *q = lv->q;
	struct plan_lock_rows *l =
		(struct plan_lock_rows *) node_new(pl, sizeof *l, PLAN_LOCK_ROWS, &p->out, p->plan);

	l->items = ARENA_ARRAY(pl->arena, struct lock_item, q->row_marks.n);
	for (int i = 0; i < q->row_marks.n; i++) {
		const struct row_mark *m = q->row_marks.at[i];
		struct lock_item *it = &l->items[l->nitems];
		if (m->range->kind != RANGE_TABLE)
			continue;
		*it = (struct lock_item){ .rel = m->range->rel,
					  .range = m->range,
					  .strength = m->strength,
					  .wait = m->wait };
		it->key_slot = layout_find(&p->out, expr_var(pl->arena, m->range, COL_ROW_KEY));
		if (it->key_slot < 0)
			continue;
		it->table_slot = relation_is_partitioned(it->rel)
					 ? layout_find(&p->out, expr_var(pl->arena, m->range, COL_TABLEOID))
					 : -1;
		it->slots = ARENA_ARRAY(pl->arena, int, p->out.n);
		it->attnums = ARENA_ARRAY(pl->arena, int16_t, p->out.n);
		for (int k = 0; k < p->out.n; k++) {
			if (p->out.at[k]->kind != EXPR_VAR || p->out.at[k]->range != m->range ||
			    p->out.at[k]->col <= 0)
				continue;
			it->slots[it->nslots] = k;
			it->attnums[it->nslots++] = (int16_t) p->out.at[k]->col;
		}
		l->nitems++;
	}
	int rc = plan_recheck(lv, &p->out, &l->recheck, &l->whole, e);
	for (int i = 0; i < l->p.ncols; i++)
		l->p.cols[i].name = p->plan->cols[i].name;
	p->plan = &l->p;
	return rc;
}

/* The visible targets, all of them, as the last columns. */
static int
final_projection(struct level *lv, struct path *p, struct err *e)
{
	struct planner *pl = lv->pl;
	struct query *q = lv->q;
	struct layout want = { 0 };

	if (lv->outer != NULL)
		layout_add(pl->arena, &want, p->out.at[0]);
	for (int i = 0; i < q->targets.n; i++)
		if (!target_at(q, i)->hidden)
			layout_add(pl->arena, &want, target_at(q, i)->expr);
	int first = lv->outer != NULL ? 1 : 0;
	const int shown = want.n;
	if (q->positioned)
		positions_add(lv, p, &want);
	int rc = attach_sublinks(lv, p, want.n - first, want.at + first, e);
	if (rc != ERR_OK)
		return rc;
	int norder = p->norder;
	struct sort_key *order = p->order;
	rc = path_project(pl, p, want.n, want.at, e);
	p->norder = norder;
	p->order = order;
	for (int i = first, t = 0; i < shown && rc == ERR_OK; t++)
		if (!target_at(q, t)->hidden)
			p->plan->cols[i++].name = target_at(q, t)->name;
	return rc;
}

/* Grouping and windows; afterwards their results are columns of p. */
static int
aggregate_level(struct level *lv, struct path *p, struct err *e)
{
	struct query *q = lv->q;
	struct list exprs = { 0 };
	int rc = ERR_OK;

	for (int i = 0; i < q->targets.n; i++)
		list_push(&exprs, lv->pl->arena, target_at(q, i)->expr);
	for (int i = 0; i < q->order_by.n; i++)
		list_push(&exprs, lv->pl->arena, LIST_AT(struct sort_key, &q->order_by, i)->expr);
	for (int i = 0; i < q->distinct_on.n; i++)
		list_push(&exprs, lv->pl->arena, q->distinct_on.at[i]);
	for (int i = 0; i < q->windows.n; i++) {
		const struct window *w = q->windows.at[i];
		for (int k = 0; k < w->partition.n; k++)
			list_push(&exprs, lv->pl->arena, w->partition.at[k]);
		for (int k = 0; k < w->order.n; k++)
			list_push(&exprs, lv->pl->arena,
				  LIST_AT(struct sort_key, &w->order, k)->expr);
	}
	if (q->has_aggs || q->group_by.n > 0 || q->grouping_sets.n > 0 || q->having != NULL) {
		if (q->having != NULL)
			list_push(&exprs, lv->pl->arena, q->having);
		rc = plan_grouping(lv, p, &exprs, e);
		if (rc == ERR_OK && q->having != NULL) {
			struct list having = conjuncts(lv->pl, q->having);
			rc = attach_sublinks(lv, p, having.n, (struct expr **) having.at, e);
			if (rc == ERR_OK)
				rc = path_filter(lv->pl, p, &having, e);
		}
	}
	if (rc == ERR_OK && q->has_windows)
		rc = plan_windows(lv, p, &exprs, e);
	return rc;
}

/* What ORDER BY wants of FROM directly, when nothing between reorders rows. */
static void
want_key(struct want *w, struct sort_key k)
{
	for (int i = 0; i < w->n; i++)
		if (expr_equal(w->keys[i].expr, k.expr))
			return;
	w->keys[w->n++] = k;
}

static bool
all_columns(const struct want *w)
{
	for (int i = 0; i < w->n; i++)
		if (w->keys[i].expr->kind != EXPR_VAR)
			return false;
	return true;
}

/* Groups come together in any order of their columns: best in that of ORDER BY. */
static void
want_groups(const struct query *q, double limit, struct want *w)
{
	bool ordered = true;

	for (int i = 0; i < q->order_by.n; i++) {
		struct sort_key k = *LIST_AT(struct sort_key, &q->order_by, i);
		bool grouped = false;
		for (int g = 0; g < q->group_by.n; g++)
			grouped |= expr_equal(q->group_by.at[g], k.expr);
		ordered &= grouped;
		if (ordered)
			want_key(w, k);
	}
	for (int g = 0; g < q->group_by.n; g++)
		want_key(w, (struct sort_key){ q->group_by.at[g], false, false });
	w->grouping = true;
	w->rows = ordered && q->having == NULL ? limit : ALL_ROWS;
}

static void
want_window(const struct query *q, struct want *w)
{
	const struct window *first = q->windows.at[0];

	for (int i = 0; i < first->partition.n; i++)
		want_key(w, (struct sort_key){ first->partition.at[i], false, false });
	for (int i = 0; i < first->order.n; i++)
		want_key(w, *LIST_AT(struct sort_key, &first->order, i));
}

/* The order that makes what comes after FROM easy. */
static struct want
wanted_order(struct level *lv, double first_rows)
{
	const struct query *q = lv->q;
	struct want w = { .rows = ALL_ROWS };
	int most = q->order_by.n + q->group_by.n + 1;
	double offset = const_number(q->offset, q->offset == NULL ? 0 : ALL_ROWS);
	double limit = fmin(first_rows, const_number(q->limit, ALL_ROWS) + offset);

	if (q->windows.n > 0)
		most += LIST_AT(struct window, &q->windows, 0)->partition.n +
			LIST_AT(struct window, &q->windows, 0)->order.n;
	w.keys = ARENA_ARRAY(lv->pl->arena, struct sort_key, most);
	if (q->grouping_sets.n > 0 ||
	    (lv->outer != NULL && (q->group_by.n > 0 || q->has_windows || q->has_aggs)))
		return w;
	if (q->group_by.n > 0) {
		want_groups(q, q->has_windows || q->distinct || q->has_srfs ? ALL_ROWS : limit, &w);
	} else if (q->has_aggs) {
		return w;
	} else if (q->has_windows && q->windows.n > 0) {
		want_window(q, &w);
	} else if (!q->distinct && !q->has_srfs) {
		for (int i = 0; i < q->order_by.n; i++)
			want_key(&w, *LIST_AT(struct sort_key, &q->order_by, i));
		w.rows = limit;
	}
	if (!all_columns(&w))
		w.n = 0;
	return w;
}

/* What has side effects has them for the rows that OFFSET leaves out, too.  Two calls that look alike
 * would be one column: they stay above. */
static int
project_volatile(struct level *lv, struct path *p, struct err *e)
{
	struct list exprs = { 0 };

	for (int i = 0; i < lv->q->targets.n && lv->q->offset != NULL; i++) {
		struct expr *x = target_at(lv->q, i)->expr;
		if (!expr_has_volatile(x) || has_sublink(x))
			continue;
		for (int k = 0; k < exprs.n; k++)
			if (expr_equal(exprs.at[k], x))
				return ERR_OK;
		list_push(&exprs, lv->pl->arena, x);
	}
	return exprs.n == 0 ? ERR_OK : project_more(lv, p, exprs.n, (struct expr **) exprs.at, e);
}

static int
plan_select(struct level *lv, double first_rows, struct path *p, struct err *e)
{
	struct planner *pl = lv->pl;
	struct query *q = lv->q;
	struct want want = wanted_order(lv, first_rows);
	struct sort_key *keys;
	int nkeys, rc;

	rc = plan_from(lv, &want, p, e);
	if (rc == ERR_OK)
		rc = ordinal_first(lv, p, e);
	if (rc == ERR_OK)
		rc = aggregate_level(lv, p, e);
	if (rc != ERR_OK)
		return rc;

	struct list exprs = { 0 }; /* what must be a column before sorting */
	for (int i = 0; i < q->order_by.n; i++)
		list_push(&exprs, pl->arena, LIST_AT(struct sort_key, &q->order_by, i)->expr);
	for (int i = 0; i < q->distinct_on.n; i++)
		list_push(&exprs, pl->arena, q->distinct_on.at[i]);
	if ((q->distinct && q->distinct_on.n == 0) || q->has_srfs)
		for (int i = 0; i < q->targets.n; i++)
			if (!target_at(q, i)->hidden || q->has_srfs)
				list_push(&exprs, pl->arena, target_at(q, i)->expr);
	rc = attach_sublinks(lv, p, exprs.n, (struct expr **) exprs.at, e);
	if (rc == ERR_OK && q->has_srfs)
		rc = add_project_set(lv, p, exprs.n, (struct expr **) exprs.at, e);
	if (rc == ERR_OK)
		rc = project_more(lv, p, exprs.n, (struct expr **) exprs.at, e);
	if (rc != ERR_OK)
		return rc;

	if (q->distinct && q->distinct_on.n == 0) {
		struct layout only = { 0 };
		if (lv->outer != NULL)
			layout_add(pl->arena, &only, p->out.at[0]);
		for (int i = 0; i < q->targets.n; i++)
			if (!target_at(q, i)->hidden)
				layout_add(pl->arena, &only, target_at(q, i)->expr);
		rc = path_project(pl, p, only.n, only.at, e);
		if (rc == ERR_OK)
			rc = path_distinct(pl, p, e);
	} else if (q->distinct_on.n > 0) {
		rc = add_distinct_on(lv, p, &exprs, e);
	}
	if (rc != ERR_OK)
		return rc;
	nkeys = sort_keys(lv, p, &q->order_by, &keys);
	rc = add_order(lv, p, nkeys, keys, e);
	if (rc == ERR_OK && is_lockable(q))
		rc = add_lock_rows(lv, p, e);
	if (rc == ERR_OK)
		rc = project_volatile(lv, p, e);
	if (rc == ERR_OK)
		rc = add_limit(lv, p, nkeys, keys, e);
	return rc != ERR_OK ? rc : final_projection(lv, p, e);
}

/* Locked rows are found again by their keys: make them columns. */
static void
need_row_keys(struct level *lv)
{
	for (int i = 0; i < lv->q->row_marks.n; i++) {
		const struct row_mark *m = lv->q->row_marks.at[i];
		if (m->range->kind != RANGE_TABLE)
			continue;
		static const int cols[] = { COL_ROW_KEY, COL_TABLEOID };
		for (int k = 0; k < (relation_is_partitioned(m->range->rel) ? 2 : 1); k++) {
			struct expr *v = expr_var(lv->pl->arena, m->range, cols[k]);
			if (layout_find(&lv->needed, v) < 0)
				layout_add(lv->pl->arena, &lv->needed, v);
		}
	}
}

static int
add_budget(struct level *lv, struct path *p)
{
	if (lv->q->budget == NULL)
		return ERR_OK;
	struct plan_budget *b =
		(struct plan_budget *) node_new(lv->pl, sizeof *b, PLAN_BUDGET, &p->out, p->plan);
	b->budget = lv->q->budget;
	for (int i = 0; i < b->p.ncols; i++)
		b->p.cols[i].name = p->plan->cols[i].name;
	p->plan = &b->p;
	return ERR_OK;
}

int
plan_level(struct planner *pl, struct query *q, struct outer *outer, double first_rows,
	   struct path *ret, struct err *e)
{
	struct level lv = { .pl = pl, .q = q, .outer = outer };
	int rc;

	if (++pl->depth > PLAN_DEPTH_MAX)
		return err_set(e, ERR_STATEMENT_TOO_COMPLEX,
			       "sub-queries are nested more than %d deep", PLAN_DEPTH_MAX);
	rc = plan_inits(pl, q, e);
	if (rc != ERR_OK)
		return rc;
	if (q->kind != QUERY_SELECT) {
		rc = outer != NULL
			     ? err_unsupported(e, "a writing query that refers to enclosing rows",
					       NULL)
			     : plan_modify(pl, q, NULL, ret, e);
	} else if (q->setop != SETOP_NONE) {
		rc = plan_setop(pl, q, outer, ret, e);
	} else {
		collect_needed(&lv);
		need_row_keys(&lv);
		positions_need(&lv);
		rc = plan_select(&lv, first_rows, ret, e);
	}
	pl->depth--;
	return rc == ERR_OK ? add_budget(&lv, ret) : rc;
}
