/* lookup.c - joining by an index of the inner table: which one, with which keys, in which order.
 *
 * A disjunction is looked up arm by arm, each leaving out what the arms before it give.
 *
 * Not here: reading a table for itself (scanpath.c), the order of joins (join.c). */
#include "config.h"
#include "core/catalog/partition.h"
#include "core/plan/indexmatch.h"
#include "core/plan/planner.h"

#include <math.h>

struct probe {
	const struct index *ix;
	int nkeys;
	struct expr *keys[INDEX_COLS_MAX]; /* over the left side; constants too */
	struct expr *used[INDEX_COLS_MAX];
	struct probe_end {
		struct expr *value, *qual;
		bool inclusive;
	} range[2]; /* of the next column: from, to ... */
	const struct expr *next; /* ... which it is, and so not null; NULL: there is no range */
	double per_row;
	bool ordered, backward;
};

static bool
over_left(const struct path *left, struct planner *pl, struct expr *x)
{
	struct layout vars = { 0 };

	collect_vars(pl, x, &vars);
	for (int i = 0; i < vars.n; i++)
		if (layout_find(&left->out, vars.at[i]) < 0)
			return false;
	return !has_sublink(x);
}

/* The condition that fixes this index column, from the join or from the table's own. */
static struct expr *
key_for(struct level *lv, const struct path *left, struct range *r, const struct expr *col,
	const struct type *t, const struct list *quals, struct expr **ret_key, bool *ret_joins)
{
	for (int i = 0; i < quals->n; i++) {
		struct expr *x = quals->at[i], *key = index_equality(lv->pl, r, col, t, x);
		if (key == NULL || !over_left(left, lv->pl, key))
			continue;
		struct layout vars = { 0 };
		collect_vars(lv->pl, key, &vars);
		*ret_joins |= vars.n > 0;
		*ret_key = key;
		return x;
	}
	return NULL;
}

/* A range of the column after the keys, from conditions that a row of the left side gives values. */
static void
range_for(struct level *lv, const struct path *left, struct range *r, const struct list *quals,
	  struct probe *p, bool *ret_joins)
{
	const int k = p->nkeys;
	struct expr *col = index_key_expr(lv->pl, r, p->ix, k);

	for (int i = 0; i < quals->n && col != NULL; i++) {
		struct layout vars = { 0 };
		const char *op;
		struct expr *x = index_inequality(lv->pl, r, col, p->ix->cols[k].type, quals->at[i], &op);
		const int end = x != NULL && op[0] == '<';
		if (x == NULL || p->range[end].value != NULL || !over_left(left, lv->pl, x))
			continue;
		collect_vars(lv->pl, x, &vars);
		*ret_joins |= vars.n > 0;
		p->range[end] = (struct probe_end){ x, quals->at[i], op[1] == '=' };
		p->next = col;
	}
}

/* Nulls are not wanted: who wants few rows in order, as max() does, is not to meet them first. */
static void
leave_nulls(struct level *lv, const struct item *it, struct probe *p)
{
	struct expr *col = p->nkeys < p->ix->nkeys ? index_key_expr(lv->pl, it->range, p->ix, p->nkeys) : NULL;

	for (int i = 0; i < it->quals.n && col != NULL; i++)
		if (index_not_null(col, it->quals.at[i]))
			p->next = col;
}

/* How many rows a row of the left side finds.  Who asks an index for what is above or below some
 * value wants few rows, mostly. */
static double
range_share(const struct probe *p)
{
	const bool lo = p->range[0].value != NULL, hi = p->range[1].value != NULL;

	return lo && hi ? 0.005 : lo || hi ? 0.05 : 1;
}

static void
match_probe(struct level *lv, const struct path *left, struct item *it, const struct list *quals,
	    double all, struct probe *p, bool *ret_joins)
{
	for (int k = 0; k < p->ix->nkeys; k++) {
		struct expr *col = index_key_expr(lv->pl, it->range, p->ix, k), *x = NULL;
		const struct type *t = p->ix->cols[k].type;
		if (col != NULL)
			x = key_for(lv, left, it->range, col, t, quals, &p->keys[k], ret_joins);
		if (x == NULL && col != NULL)
			x = key_for(lv, left, it->range, col, t, &it->quals, &p->keys[k], ret_joins);
		if (x == NULL)
			break;
		p->used[p->nkeys++] = x;
		p->per_row /= fmax(1, distinct_values(lv->pl, col, all));
	}
	if (p->nkeys == p->ix->nkeys || strcmp(p->ix->kind, "btree") != 0)
		return;
	range_for(lv, left, it->range, quals, p, ret_joins);
	range_for(lv, left, it->range, &it->quals, p, ret_joins);
	p->per_row *= range_share(p);
}

/* Rows that have to be read for a row of the left side. */
static double
read_rows(const struct probe *p, const struct want *want)
{
	return p->ordered ? fmin(p->per_row, want->rows) : p->per_row;
}

static bool
find_probe(struct level *lv, const struct path *left, struct item *it, const struct list *quals,
	   const struct want *want, struct probe *best)
{
	const struct relation *rel = it->range->rel;
	double all = table_rows(lv->pl, rel);

	best->ix = NULL;
	for (int i = 0; i < rel->nindexes && it->range->current_of == NULL; i++) {
		struct probe p = { .ix = rel->indexes[i], .per_row = all };
		bool joins = false, btree = strcmp(p.ix->kind, "btree") == 0;
		double share;
		if (!index_usable(p.ix) || !index_serves(lv->pl, it->range, p.ix, &it->quals, &share))
			continue;
		p.per_row *= share;
		match_probe(lv, left, it, quals, all, &p, &joins);
		if (!joins || (p.nkeys == 0 && p.next == NULL) ||
		    (strcmp(p.ix->kind, "hash") == 0 && p.nkeys < p.ix->nkeys))
			continue;
		if (p.ix->unique && p.nkeys == p.ix->nkeys)
			p.per_row = 1;
		if (want != NULL && want->n > 0 && btree)
			p.ordered = index_gives_order(lv, it->range, p.ix, p.nkeys, want, &p.backward);
		if (p.ordered)
			leave_nulls(lv, it, &p);
		if (best->ix == NULL || read_rows(&p, want) < read_rows(best, want) ||
		    (read_rows(&p, want) == read_rows(best, want) && p.ix->clustered))
			*best = p;
	}
	return best->ix != NULL;
}

static bool
bounds_say(const struct probe *p, const struct expr *qual)
{
	bool say = qual == p->range[0].qual || qual == p->range[1].qual ||
		   (p->next != NULL && index_not_null(p->next, qual));

	for (int k = 0; k < p->nkeys; k++)
		say |= p->used[k] == qual;
	return say;
}

/* Conditions of the table itself, or of the join, that the bounds do not say. */
static struct list
left_over(struct planner *pl, const struct list *quals, const struct probe *pr)
{
	struct list rest = { 0 };

	for (int i = 0; i < quals->n; i++)
		if (!bounds_say(pr, quals->at[i]))
			list_push(&rest, pl->arena, quals->at[i]);
	return rest;
}

/* The inner side, and what probing it with one row costs. */
static int
probed_side(struct level *lv, struct item *it, const struct probe *pr, double rows, struct plan **ret,
	    struct err *e)
{
	const struct list quals = left_over(lv->pl, &it->quals, pr);
	struct plan_append *parts;
	struct plan_scan *s;
	double probes = 1;
	int rc;

	if (relation_is_partitioned(it->range->rel)) {
		rc = partitioned_probe(lv, it->range, &quals, pr->ix, pr->nkeys, pr->next != NULL, &parts, e);
		if (rc != ERR_OK || parts->nchildren == 0) {
			*ret = NULL;
			return rc;
		}
		for (int i = 0; i < parts->nchildren; i++)
			((struct plan_scan *) parts->children[i])->backward = pr->backward;
		s = (struct plan_scan *) parts->children[0];
		*ret = &parts->p;
		const struct plan_probe_route *route = parts->routes[0];
		if (route->nkeys < route->rel->partkey->ncols)
			probes = route->ranged ? fmax(1, parts->nchildren * range_share(pr)) : parts->nchildren;
	} else {
		rc = probe_scan(lv, it->range, &quals, pr->ix, &s, e);
		s->backward = pr->backward;
		*ret = &s->p;
	}
	(*ret)->rows = rows;
	double row_cost = (s->index->clustered || s->index_only ? COST_ROW : COST_FETCH) +
			  COST_EVAL * quals.n;
	(*ret)->cost = COST_PROBE * probes + rows * row_cost;
	return rc;
}

static int
lookup_keys(struct planner *pl, const struct path *left, const struct probe *pr, struct plan_join *n,
	    struct err *e)
{
	int rc = ERR_OK;

	n->nkeys = pr->nkeys;
	n->left_keys = ARENA_ARRAY(pl->arena, struct expr *, pr->nkeys);
	for (int k = 0; k < pr->nkeys && rc == ERR_OK; k++)
		rc = layout_slots(pl, &left->out, pr->keys[k], &n->left_keys[k], e);
	n->not_null = pr->next != NULL;
	n->lo_incl = pr->range[0].inclusive;
	n->hi_incl = pr->range[1].inclusive;
	if (rc == ERR_OK && pr->range[0].value != NULL)
		rc = layout_slots(pl, &left->out, pr->range[0].value, &n->lo, e);
	if (rc == ERR_OK && pr->range[1].value != NULL)
		rc = layout_slots(pl, &left->out, pr->range[1].value, &n->hi, e);
	return rc;
}

/* The order of a dependent query's rows where each ordinal is one row of the left side. */
static void
order_within(struct planner *pl, const struct path *left, const struct want *want, struct path *p)
{
	p->order = ARENA_ARRAY(pl->arena, struct sort_key, want->n + 1);
	p->order[0] = (struct sort_key){ left->out.at[0], false, false };
	memcpy(p->order + 1, want->keys, (size_t) want->n * sizeof *want->keys);
	p->norder = want->n + 1;
}

/* The join itself, but for its keys. */
static struct plan_join *
lookup_new(struct level *lv, const struct path *left, enum join_type type, struct plan *inner,
	   const struct layout *both, struct path *ret)
{
	struct planner *pl = lv->pl;

	*ret = (struct path){ .out = type == JOIN_SEMI || type == JOIN_ANTI ? left->out : *both };
	struct plan_join *n =
		(struct plan_join *) node_new(pl, sizeof *n, PLAN_JOIN_LOOKUP, &ret->out, left->plan);
	n->p.inner = inner;
	n->type = type;
	for (int i = 0; i < n->p.ncols; i++)
		n->p.cols[i].name = i < left->plan->ncols ? left->plan->cols[i].name
							  : inner->cols[i - left->plan->ncols].name;
	ret->rows = n->p.rows = fmax(1, left->rows * inner->rows);
	ret->cost = left->cost + left->rows * inner->cost + avoid(pl, OFF_NESTLOOP) + avoid(pl, OFF_INDEXSCAN);
	n->p.cost = ret->cost;
	n->p.cost_start = left->plan->cost_start;
	ret->plan = &n->p;
	ret->norder = left->norder;     /* results come in the order of the left rows */
	ret->order = left->order;
	return n;
}

/* -- Disjunctions ------------------------------------------------------------------------------------ */

enum { ARMS_MAX = 16 };

/* *ret: the lookup by arm i, less what the arms before it find; NULL: no index serves it. */
static int
arm_lookup(struct level *lv, const struct path *left, struct item *it, const struct expr *or, int i,
	   const struct layout *both, struct plan_join **ret, struct err *e)
{
	struct planner *pl = lv->pl;
	const struct list quals = conjuncts(pl, or->args[i]);
	struct probe pr = { 0 };
	struct plan *inner;

	*ret = NULL;
	if (!find_probe(lv, left, it, &quals, NULL, &pr))
		return ERR_OK;
	int rc = probed_side(lv, it, &pr, pr.per_row, &inner, e);
	if (rc != ERR_OK || inner == NULL)
		return rc;
	struct list rest = left_over(pl, &quals, &pr);
	for (int k = 0; k < i; k++) {
		struct expr *not = expr_new(pl->arena, EXPR_IS_NOT_TRUE, type_builtin(OID_BOOL), 1);
		not->args[0] = or->args[k];
		list_push(&rest, pl->arena, not);
	}
	struct plan_join *n = ARENA_NEW(pl->arena, struct plan_join);
	n->p.kind = PLAN_JOIN_LOOKUP;
	n->p.child = left->plan;
	n->p.inner = inner;
	*ret = n;
	rc = lookup_keys(pl, left, &pr, n, e);
	if (rc == ERR_OK && rest.n > 0)
		rc = layout_slots(pl, both, conjunction(pl, &rest), &n->filter, e);
	return rc;
}

/* The inner side: what the arms look into. */
static struct plan *
arms_side(struct planner *pl, struct plan_join *const *arms, int n, const struct layout *out)
{
	struct plan_append *all = (struct plan_append *) node_new(pl, sizeof *all, PLAN_APPEND, out, NULL);

	all->nchildren = n;
	all->children = ARENA_ARRAY(pl->arena, struct plan *, n);
	all->p.rows = all->p.cost = 0;
	for (int i = 0; i < n; i++) {
		all->children[i] = arms[i]->p.inner;
		all->p.rows += arms[i]->p.inner->rows;
		all->p.cost += arms[i]->p.inner->cost + arms[i]->p.inner->rows * COST_EVAL;
	}
	return &all->p;
}

/* By the first condition all whose arms an index serves. */
static int
lookup_or(struct level *lv, const struct path *left, struct item *it, enum join_type type,
	  const struct list *quals, struct path *ret, struct err *e)
{
	struct planner *pl = lv->pl;
	struct layout out = { 0 }, both = { 0 };
	struct plan_join **arms = ARENA_ARRAY(pl->arena, struct plan_join *, ARMS_MAX), *n;
	struct list rest = *quals;
	int at = 0, narms = 0, rc = ERR_OK;

	wanted_columns(lv, it->range, &out);
	layout_append(pl->arena, &both, &left->out);
	layout_append(pl->arena, &both, &out);
	for (; at < quals->n && rc == ERR_OK; at++, narms = 0) {
		struct expr *or = quals->at[at];
		if (or->kind != EXPR_OR || or->nargs > ARMS_MAX || expr_has_volatile(or))
			continue;
		do
			rc = arm_lookup(lv, left, it, or, narms, &both, &arms[narms], e);
		while (rc == ERR_OK && arms[narms] != NULL && ++narms < or->nargs);
		if (narms == or->nargs)
			break;
	}
	if (rc != ERR_OK || at == quals->n)
		return rc;
	rest = (struct list){ 0 };
	for (int i = 0; i < quals->n; i++)
		if (i != at)
			list_push(&rest, pl->arena, quals->at[i]);
	n = lookup_new(lv, left, type, arms_side(pl, arms, narms, &out), &both, ret);
	n->narms = narms;
	n->arms = arms;
	return rest.n > 0 ? layout_slots(pl, &both, conjunction(pl, &rest), &n->filter, e) : ERR_OK;
}

int
lookup_path(struct level *lv, const struct path *left, struct item *it, enum join_type type,
	    const struct list *quals, const struct want *want, struct expr *each, struct path *ret,
	    struct err *e)
{
	struct planner *pl = lv->pl;
	struct probe pr = { 0 };
	struct layout out = { 0 }, both = { 0 };

	ret->plan = NULL;
	for (int i = 0; i < quals->n; i++)
		if (has_sublink(quals->at[i]))
			return ERR_OK;
	if (!find_probe(lv, left, it, quals, want, &pr))
		return want == NULL ? lookup_or(lv, left, it, type, quals, ret, e) : ERR_OK;
	const struct list rest = left_over(pl, quals, &pr);
	const bool parts = relation_is_partitioned(it->range->rel);
	const bool few = pr.ordered && each != NULL && rest.n == 0 && left_over(pl, &it->quals, &pr).n == 0;
	struct plan *inner;
	int rc = probed_side(lv, it, &pr, few ? read_rows(&pr, want) : pr.per_row, &inner, e);
	if (rc != ERR_OK || inner == NULL)
		return rc;
	wanted_columns(lv, it->range, &out);

	struct path p;
	layout_append(pl->arena, &both, &left->out);
	layout_append(pl->arena, &both, &out);
	struct plan_join *n = lookup_new(lv, left, type, inner, &both, &p);
	n->each = few ? each : NULL;
	rc = lookup_keys(pl, left, &pr, n, e);
	if (rc == ERR_OK && rest.n > 0)
		rc = layout_slots(pl, &both, conjunction(pl, &rest), &n->filter, e);
	if (pr.ordered && !parts)
		order_within(pl, left, want, &p);
	*ret = p;
	return rc;
}
