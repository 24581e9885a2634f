/* minmax.c - min and max of an indexed column: the ends of the index instead of all rows.
 *
 * SELECT min(x) FROM t WHERE ... becomes SELECT (SELECT x FROM t WHERE ... AND x IS NOT NULL
 * ORDER BY x LIMIT 1), which reads one row where an index gives that order; in a sub-query one for
 * each row of the enclosing query. */
#include "config.h"
#include "core/plan/indexmatch.h"
#include "core/plan/planner.h"

#include <string.h>

enum { CALLS_MAX = 4 };

struct ends {
	struct planner *pl;
	struct query *q;
	struct range *range;
	struct list where;
	struct layout calls; /* the aggregates */
	bool others;         /* some aggregate is of another kind */
	bool dependent;      /* WHERE refers to a row of an enclosing query */
};

/* 1: min, -1: max, 0: another. */
static int
which_end(const struct expr *x)
{
	if (x->nargs != 1 || x->filter != NULL || x->agg_order.n > 0 || x->agg_direct.n > 0 ||
	    x->args[0]->kind != EXPR_VAR || x->args[0]->type != x->type)
		return 0;
	return strcmp(x->func->name, "min") == 0 ? 1 : strcmp(x->func->name, "max") == 0 ? -1 : 0;
}

/* Does an index give the column's order, its first columns being fixed?  What other conditions
 * there are must be few rows' work: with more than one end they would be tried twice. */
static bool
index_gives(struct ends *n, const struct expr *col)
{
	const struct relation *rel = n->range->rel;

	for (int i = 0; i < rel->nindexes; i++) {
		const struct index *ix = rel->indexes[i];
		struct index_match m;
		if (strcmp(ix->kind, "btree") != 0 || ix->state != INDEX_VALID ||
		    ix->where_sql != NULL)
			continue;
		index_match(n->pl, n->range, ix, &n->where, &m);
		bool all = true;
		for (int k = 0; k < n->where.n; k++)
			all &= index_match_exact(&m, n->where.at[k]);
		for (int k = 0; k <= m.range.neq && k < ix->nkeys; k++)
			if (ix->cols[k].attnum == col->col && all && !m.has_list)
				return true;
	}
	return false;
}

/* The same where WHERE needs a row of an enclosing query: all conditions must be ones that a
 * lookup by the index has as its bounds. */
static bool
lookup_gives(struct ends *n, const struct expr *col)
{
	const struct relation *rel = n->range->rel;

	for (int i = 0; i < rel->nindexes; i++) {
		const struct index *ix = rel->indexes[i];
		int said = 0, k = 0;

		if (strcmp(ix->kind, "btree") != 0 || ix->state != INDEX_VALID || ix->where_sql != NULL)
			continue;
		for (; k < ix->nkeys && ix->cols[k].attnum != col->col; k++) {
			const struct expr *key = index_key_expr(n->pl, n->range, ix, k);
			int c = 0;
			while (key != NULL && c < n->where.n &&
			       index_equality(n->pl, n->range, key, ix->cols[k].type, n->where.at[c]) == NULL)
				c++;
			if (key == NULL || c == n->where.n)
				break;
			said++;
		}
		if (k > 0 && k < ix->nkeys && ix->cols[k].attnum == col->col && said == n->where.n)
			return true;
	}
	return false;
}

static int
find_calls(struct expr *x, void *arg)
{
	struct ends *n = arg;

	if (x->kind != EXPR_AGG || layout_find(&n->calls, x) >= 0)
		return 0;
	if (which_end(x) == 0 || n->calls.n == CALLS_MAX || x->args[0]->range != n->range ||
	    x->args[0]->col <= 0 ||
	    !(n->dependent ? lookup_gives(n, x->args[0]) : index_gives(n, x->args[0])))
		n->others = true;
	else
		layout_add(n->pl->arena, &n->calls, x);
	return 0;
}

struct moved {
	struct planner *pl;
	const struct range *from;
	struct range *to;
};

static struct expr *
move_var(struct expr *x, void *arg)
{
	const struct moved *m = arg;

	if (x->kind != EXPR_VAR || x->range != m->from)
		return x;
	struct expr *v = arena_dup(m->pl->arena, x, sizeof *x);
	v->range = m->to;
	return v;
}

/* (SELECT x FROM t WHERE ... AND x IS NOT NULL ORDER BY x LIMIT 1) */
static struct expr *
end_of_index(struct ends *n, const struct expr *call)
{
	struct planner *pl = n->pl;
	struct query *s = query_new(pl->arena, QUERY_SELECT, n->q);
	struct moved m = { pl, n->range, arena_dup(pl->arena, n->range, sizeof *n->range) };
	struct expr *there = expr_new(pl->arena, EXPR_IS_NOT_NULL, type_builtin(OID_BOOL), 1);
	struct sort_key *k = ARENA_NEW(pl->arena, struct sort_key);
	bool max = which_end(call) < 0;

	m.to->query = s;
	list_push(&s->ranges, pl->arena, m.to);
	list_push(&s->from, pl->arena, from_range(pl->arena, m.to));
	struct expr *col = move_var(call->args[0], &m);
	there->args[0] = col;
	s->where = there;
	for (int i = 0; i < n->where.n; i++)
		s->where = expr_and(pl->arena, s->where,
				    expr_map(pl->arena, n->where.at[i], move_var, &m, false));
	query_add_target(pl->arena, s, col, call->func->name);
	*k = (struct sort_key){ col, max, max };
	list_push(&s->order_by, pl->arena, k);
	s->limit = expr_const(pl->arena, type_builtin(OID_INT8), datum_int(1));

	struct expr *x = expr_new(pl->arena, EXPR_SUBLINK, call->type, 0);
	x->sub = ARENA_NEW(pl->arena, struct sublink);
	*x->sub = (struct sublink){ .kind = SUBLINK_SCALAR, .query = s };
	x->typmod = call->typmod;
	x->collation = call->collation;
	return x;
}

struct replacing {
	const struct layout *calls;
	struct expr **values;
};

static struct expr *
replace_call(struct expr *x, void *arg)
{
	const struct replacing *r = arg;
	int i = x->kind == EXPR_AGG ? layout_find(r->calls, x) : -1;

	return i >= 0 ? r->values[i] : x;
}

/* Aggregates over one table alone, all rows in one group. */
static bool
is_candidate(struct query *q)
{
	if (q->kind != QUERY_SELECT || !q->has_aggs || q->has_windows || q->has_srfs ||
	    q->has_sublinks || q->group_by.n > 0 || q->grouping_sets.n > 0 || q->having != NULL ||
	    q->order_by.n > 0 || q->distinct_on.n > 0 || q->from.n != 1)
		return false;
	const struct from *f = q->from.at[0];
	if (f->is_join || f->range->kind != RANGE_TABLE || f->range->rel->nindexes == 0 ||
	    f->range->sample_method != 0 || f->range->budget != NULL || has_sublink(q->where) ||
	    (q->where != NULL && expr_has_volatile(q->where)))
		return false;
	return true;
}

static bool
is_dependent(const struct ends *n)
{
	struct layout vars = { 0 };

	for (int i = 0; i < n->where.n; i++)
		collect_vars(n->pl, n->where.at[i], &vars);
	for (int i = 0; i < vars.n; i++)
		if (vars.at[i]->range != n->range)
			return true;
	return false;
}

void
minmax_by_index(struct planner *pl, struct query *q)
{
	struct ends n = { .pl = pl, .q = q };
	struct expr *values[CALLS_MAX];

	if (!is_candidate(q))
		return;
	n.range = LIST_AT(struct from, &q->from, 0)->range;
	n.where = conjuncts(pl, q->where);
	n.dependent = is_dependent(&n);
	for (int i = 0; i < q->targets.n; i++)
		(void) expr_walk(LIST_AT(struct target, &q->targets, i)->expr, find_calls, &n,
				 false);
	if (n.others || n.calls.n == 0)
		return;
	for (int i = 0; i < n.calls.n; i++)
		values[i] = end_of_index(&n, n.calls.at[i]);
	struct replacing r = { &n.calls, values };
	for (int i = 0; i < q->targets.n; i++) {
		struct target *t = q->targets.at[i];
		t->expr = expr_map(pl->arena, t->expr, replace_call, &r, false);
	}
	q->from = q->ranges = (struct list){ 0 };
	q->where = NULL;
	q->has_aggs = false;
	q->has_sublinks = true;
}
