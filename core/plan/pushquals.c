/* pushquals.c - conditions over the columns of a sub-query become conditions inside it.
 *
 * SELECT * FROM (SELECT x, count(*) FROM t GROUP BY x) s WHERE x = 5 need not group all of t.  A
 * condition goes into a sub-query that has to stay one when it keeps or leaves out as a whole what
 * the sub-query puts together: groups, equal rows, partitions of windows; and into both sides of
 * UNION and INTERSECT.
 *
 * Not here: sub-queries that become part of the query around them (rewrite.c). */
#include "config.h"
#include "core/plan/planner.h"

static bool
among(const struct list *l, const struct expr *x)
{
	for (int i = 0; i < l->n; i++)
		if (expr_equal(l->at[i], x))
			return true;
	return false;
}

/* Column `i` of the sub-query, from 1. */
static struct expr *
column(const struct query *s, int i)
{
	for (int t = 0; t < s->targets.n; t++) {
		const struct target *target = s->targets.at[t];
		if (!target->hidden && --i == 0)
			return target->expr;
	}
	return NULL;
}

/* May rows be chosen by this expression of the select list before s does what it does with them? */
static bool
chooses(const struct query *s, struct expr *x)
{
	if (x == NULL || expr_has_volatile(x) || has_sublink(x))
		return false;
	if ((s->group_by.n > 0 && !among(&s->group_by, x)) ||
	    (s->distinct_on.n > 0 && !among(&s->distinct_on, x)))
		return false;
	for (int i = 0; i < s->windows.n; i++)
		if (!among(&LIST_AT(struct window, &s->windows, i)->partition, x))
			return false;
	return true;
}

static bool
can_take(const struct query *s, const struct layout *cols)
{
	if (s->kind != QUERY_SELECT || s->limit != NULL || s->offset != NULL ||
	    s->row_marks.n > 0 || s->budget != NULL)
		return false;
	if (s->setop != SETOP_NONE)
		return s->setop != SETOP_EXCEPT && can_take(s->left, cols) && can_take(s->right, cols);
	if (s->has_srfs || s->grouping_sets.n > 0 ||
	    (s->group_by.n == 0 && (s->has_aggs || s->having != NULL)))
		return false;
	for (int i = 0; i < cols->n; i++)
		if (!chooses(s, column(s, cols->at[i]->col)))
			return false;
	return true;
}

struct inside {
	const struct range *range;
	const struct query *query;
};

static struct expr *
column_inside(struct expr *x, void *arg)
{
	const struct inside *in = arg;

	return x->kind == EXPR_VAR && x->range == in->range ? column(in->query, x->col) : x;
}

static void
take(struct planner *pl, struct query *s, const struct range *r, struct expr *x)
{
	struct inside in = { r, s };

	if (s->setop != SETOP_NONE) {
		take(pl, s->left, r, x);
		take(pl, s->right, r, x);
		return;
	}
	s->where = expr_and(pl->arena, s->where,
			    fold_expr(pl, expr_map(pl->arena, x, column_inside, &in, false)));
	push_quals(pl, s);
}

/* No outer join makes nulls of its columns. */
static bool
always_there(const struct from *f, const struct range *r)
{
	if (!f->is_join)
		return f->range == r;
	const bool left = f->type != JOIN_RIGHT && f->type != JOIN_FULL;
	const bool right = f->type == JOIN_INNER || f->type == JOIN_RIGHT;
	return (left && always_there(f->left, r)) || (right && always_there(f->right, r));
}

/* The sub-query that the condition is about, alone; NULL: none. */
static struct range *
about(struct planner *pl, const struct query *q, struct expr *x, struct layout *ret_cols)
{
	collect_vars(pl, x, ret_cols);
	if (ret_cols->n == 0 || has_sublink(x) || expr_has_volatile(x))
		return NULL;
	struct range *r = ret_cols->at[0]->range;
	for (int i = 0; i < ret_cols->n; i++)
		if (ret_cols->at[i]->range != r || ret_cols->at[i]->col <= 0)
			return NULL;
	if (r->kind != RANGE_SUBQUERY || r->sub == NULL || r->budget != NULL || is_barrier(r))
		return NULL;
	for (int i = 0; i < q->from.n; i++)
		if (always_there(q->from.at[i], r))
			return r;
	return NULL;
}

void
push_quals(struct planner *pl, struct query *q)
{
	struct list quals = conjuncts(pl, q->where), keep = { 0 };

	for (int i = 0; i < quals.n; i++) {
		struct layout cols = { 0 };
		struct range *r = about(pl, q, quals.at[i], &cols);
		if (r != NULL && can_take(r->sub, &cols))
			take(pl, r->sub, r, quals.at[i]);
		else
			list_push(&keep, pl->arena, quals.at[i]);
	}
	if (keep.n < quals.n)
		q->where = conjunction(pl, &keep);
}
