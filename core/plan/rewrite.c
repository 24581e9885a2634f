/* rewrite.c - the bound tree made simpler before it is planned.
 *
 *  - a plain sub-query in FROM (a view, mostly) melts into its query;
 *  - EXISTS and IN among the conditions become semi-joins, NOT EXISTS an anti-join;
 *  - an outer join whose nullable side a condition rejects becomes an inner one.
 *
 * Works in place: a tree is planned once.  Not here: constants (fold.c), join aliases and whole
 * rows (alias.c), conditions of outer joins that no side can decide (straddle.c). */
#include "config.h"
#include "core/plan/planner.h"

/* -- Pulling up sub-queries -------------------------------------------------------------------- */

static bool
is_plain(struct query *s)
{
	return s->kind == QUERY_SELECT && s->setop == SETOP_NONE && s->ctes.n == 0 &&
	       !s->has_aggs && !s->has_windows && !s->has_srfs && s->group_by.n == 0 &&
	       s->grouping_sets.n == 0 && s->having == NULL && !s->distinct &&
	       s->distinct_on.n == 0 && s->limit == NULL && s->offset == NULL &&
	       s->row_marks.n == 0 && s->budget == NULL;
}

struct substitution {
	struct range *range;
	struct expr **exprs;
};

static struct expr *
substitute_one(struct expr *x, void *arg)
{
	const struct substitution *s = arg;

	return x->kind == EXPR_VAR && x->range == s->range && x->col > 0 ? s->exprs[x->col - 1] : x;
}

/* A row source on the nullable side of a join must give nulls for all of its columns, so only
 * plain variables of its own may be pulled through. */
static bool
targets_are_own_vars(struct query *s)
{
	for (int i = 0; i < s->targets.n; i++) {
		struct expr *x = LIST_AT(struct target, &s->targets, i)->expr;
		if (x->kind != EXPR_VAR || x->range->query != s)
			return false;
	}
	return true;
}

static bool
targets_can_move(struct query *s)
{
	for (int i = 0; i < s->targets.n; i++) {
		struct expr *x = LIST_AT(struct target, &s->targets, i)->expr;
		if (expr_has_volatile(x) || has_sublink(x))
			return false;
	}
	return true;
}

/* FROM of a query as one tree; NULL when it has none. */
static struct from *
from_tree(struct planner *pl, struct list *items)
{
	struct from *all = NULL;

	for (int i = 0; i < items->n; i++) {
		if (all == NULL) {
			all = items->at[i];
			continue;
		}
		struct from *j = ARENA_NEW(pl->arena, struct from);
		*j = (struct from){
			.is_join = true, .type = JOIN_INNER, .left = all, .right = items->at[i]
		};
		all = j;
	}
	return all;
}

static void
adopt_ranges(struct planner *pl, struct query *q, struct query *s, bool lateral)
{
	for (int i = 0; i < s->ranges.n; i++) {
		struct range *r = s->ranges.at[i];
		r->query = q;
		r->lateral |= lateral;
		list_push(&q->ranges, pl->arena, r);
	}
}

/* A full join is planned before the rows beside it are there. */
static bool
has_full_join(const struct from *f)
{
	return f->is_join &&
	       (f->type == JOIN_FULL || has_full_join(f->left) || has_full_join(f->right));
}

/* Is there an outer join with a join on its nullable side that asks for rows outside of s?  It finds enclosing
 * rows, not its neighbours'. */
static bool
nested_looks_outside(struct planner *pl, const struct query *s, const struct from *f)
{
	if (!f->is_join)
		return false;
	const struct from *side = f->type == JOIN_LEFT ? f->right : f->type == JOIN_RIGHT ? f->left : NULL;

	return (side != NULL && side->is_join && joins_differ(pl, s, side)) ||
	       nested_looks_outside(pl, s, f->left) || nested_looks_outside(pl, s, f->right);
}

static bool
full_join_looks_outside(struct planner *pl, struct query *s)
{
	struct layout vars = { 0 };
	bool full = false;

	for (int i = 0; i < s->from.n; i++)
		full |= has_full_join(s->from.at[i]);
	if (full)
		free_vars(pl, s, &vars);
	return vars.n > 0;
}

struct pull {
	struct planner *pl;
	struct query *q;
	struct err *e;
};

/* A view with security_barrier: no condition from outside sees a row before the view's own have. */
bool
is_barrier(const struct range *r)
{
	return r->rel != NULL && relation_option(r->rel, "security_barrier");
}

/* Try to melt the sub-query at this leaf into q.  extra_on: where its conditions go when the
 * leaf is nullable; else q's WHERE. */
static struct from *
pull_leaf(struct pull *p, struct from *f, bool nullable, struct expr **extra_on)
{
	struct range *r = f->range;

	/* A query that is referred to again is planned in each place, but is one tree: it stays itself. */
	if (r->kind == RANGE_CTE && !r->cte->recursive && r->cte->materialized != 'm' &&
	    r->cte->query->kind == QUERY_SELECT && r->cte->refs <= 1 &&
	    r->cte->query->parent == p->q) {
		r->kind = RANGE_SUBQUERY;
		r->sub = r->cte->query;
		r->cte = NULL;
	}
	if (r->kind != RANGE_SUBQUERY || r->sub == NULL || r->budget != NULL || is_barrier(r))
		return f;
	struct query *s = r->sub;
	if (!is_plain(s) || s->from.n == 0 || s->order_by.n > 0 || !targets_can_move(s) ||
	    (nullable && !targets_are_own_vars(s)))
		return f;
	if ((s->has_sublinks && nullable) || full_join_looks_outside(p->pl, s))
		return f;
	for (int i = 0; i < s->from.n; i++)
		if (nested_looks_outside(p->pl, s, s->from.at[i]))
			return f;
	struct substitution sub = { r, ARENA_ARRAY(p->pl->arena, struct expr *, s->targets.n) };
	int n = 0;
	for (int i = 0; i < s->targets.n; i++)
		if (!LIST_AT(struct target, &s->targets, i)->hidden)
			sub.exprs[n++] = LIST_AT(struct target, &s->targets, i)->expr;
	query_drop_range(p->q, r); /* walks would enter what it was again, twice a level */
	adopt_ranges(p->pl, p->q, s, r->lateral);
	if (nullable)
		*extra_on = expr_and(p->pl->arena, *extra_on, s->where);
	else
		p->q->where = expr_and(p->pl->arena, p->q->where, s->where);
	p->q->has_sublinks |= s->has_sublinks;
	query_map(p->pl->arena, p->q, substitute_one, &sub);
	struct from *t = from_tree(p->pl, &s->from);
	/* ON conditions above and the moved ones refer to the old range still. */
	return t;
}

static struct from *
pull_tree(struct pull *p, struct from *f, bool nullable, struct expr **extra_on)
{
	if (!f->is_join)
		return pull_leaf(p, f, nullable, extra_on);
	bool lnull = nullable || f->type == JOIN_FULL || f->type == JOIN_RIGHT;
	bool rnull = nullable || f->type == JOIN_FULL || f->type == JOIN_LEFT;
	if (f->type == JOIN_FULL) { /* conditions cannot move to either place */
		return f;
	}
	struct expr *lon = NULL, *ron = NULL;
	f->left = pull_tree(p, f->left, lnull, f->type == JOIN_RIGHT ? &lon : extra_on);
	f->right = pull_tree(p, f->right, rnull, f->type == JOIN_LEFT ? &ron : extra_on);
	f->on = expr_and(p->pl->arena, f->on, expr_and(p->pl->arena, lon, ron));
	return f;
}

/* -- EXISTS and IN -------------------------------------------------------------------------------- */

static void
add_semi(struct planner *pl, struct query *q, enum join_type type, struct from *right,
	 struct expr *on)
{
	struct from *left = from_tree(pl, &q->from);
	struct from *j = ARENA_NEW(pl->arena, struct from);

	*j = (struct from){ .is_join = true, .type = type, .left = left, .right = right, .on = on };
	q->from = (struct list){ 0 };
	list_push(&q->from, pl->arena, j);
}

/* Does a join of s ask for enclosing rows, in the condition of an outer or a semi-join, in any on its optional
 * side or in a LATERAL side?  Then s is no side of a semi-join: its rows are different ones for each enclosing
 * row. */
static bool
differs(struct planner *pl, const struct query *s, const struct from *f, bool nullable)
{
	struct layout vars = { 0 };

	if (!f->is_join && f->range->kind == RANGE_SUBQUERY)
		free_vars(pl, f->range->sub, &vars);
	if (!f->is_join && f->range->kind == RANGE_FUNCTION)
		for (int i = 0; i < f->range->funcs.n; i++)
			collect_vars(pl, f->range->funcs.at[i], &vars);
	if (f->is_join && (f->type != JOIN_INNER || nullable) && f->on != NULL)
		collect_vars(pl, f->on, &vars);
	for (int i = 0; i < vars.n; i++)
		if (!range_within(vars.at[i]->range, s))
			return true;
	if (!f->is_join)
		return false;
	const bool both = f->type == JOIN_FULL;
	return differs(pl, s, f->left, nullable || both || f->type == JOIN_RIGHT) ||
	       differs(pl, s, f->right, nullable || both || (f->type != JOIN_INNER && f->type != JOIN_RIGHT));
}

bool
joins_differ(struct planner *pl, const struct query *s, const struct from *f)
{
	return differs(pl, s, f, false);
}

/* A sub-query that looks at rows of s and at enclosing ones: no side of a join has both. */
struct straddling {
	struct planner *pl;
	const struct query *s;
};

static int
straddles(struct expr *x, void *arg)
{
	const struct straddling *c = arg;
	struct layout vars = { 0 };
	bool inside = false, outside = false;

	if (x->kind != EXPR_SUBLINK)
		return 0;
	collect_vars(c->pl, x, &vars);
	for (int i = 0; i < vars.n; i++) {
		bool in = range_within(vars.at[i]->range, c->s);

		inside |= in;
		outside |= !in;
	}
	return inside && outside;
}

static bool
can_be_side(struct planner *pl, const struct query *s)
{
	struct straddling c = { pl, s };

	if (s->has_sublinks && s->where != NULL && expr_walk(s->where, straddles, &c, false) != 0)
		return false;
	/* A LATERAL side is run for each enclosing row; its join has no place for sub-queries. */
	if (s->from.n == 1 && !LIST_AT(struct from, &s->from, 0)->is_join)
		return s->where == NULL || !has_sublink(s->where) || !joins_differ(pl, s, s->from.at[0]);
	for (int i = 0; i < s->from.n; i++)
		if (joins_differ(pl, s, s->from.at[i]))
			return false;
	return s->from.n > 0;
}

/* Aggregates without GROUP BY give a row for no input, so EXISTS over them is always true: only
 * plain sub-queries are taken; what they select does not matter. */
static bool
pull_exists(struct planner *pl, struct query *q, struct expr *x, bool negated)
{
	struct query *s = x->sub->query;

	if (!is_plain(s) || !can_be_side(pl, s) || q->from.n == 0)
		return false;
	struct layout free = { 0 };
	free_vars(pl, s, &free);
	bool correlated = false;
	for (int i = 0; i < free.n; i++)
		correlated |= free.at[i]->range->query == q;
	if (!correlated)
		return false; /* run once, not joined */
	adopt_ranges(pl, q, s, false);
	q->has_sublinks |= s->has_sublinks;
	add_semi(pl, q, negated ? JOIN_ANTI : JOIN_SEMI, from_tree(pl, &s->from), s->where);
	return true;
}

static struct expr *
any_condition(struct planner *pl, struct sublink *sub, struct expr **right)
{
	struct expr *on = NULL;

	for (int i = 0; i < sub->test.n; i++) {
		struct expr **args = ARENA_ARRAY(pl->arena, struct expr *, 2);
		args[0] = sub->test.at[i];
		args[1] = right[i];
		on = expr_and(pl->arena, on,
			      expr_func(pl->arena, sub->ops[i], type_builtin(OID_BOOL), 2, args));
	}
	return on;
}

/* *keep: conditions of WHERE. */
static bool
pull_any(struct planner *pl, struct query *q, struct expr *x, struct list *keep)
{
	struct sublink *sub = x->sub;
	struct query *s = sub->query;
	struct layout free = { 0 };
	struct expr *right[64];
	int n = 0;

	if (sub->cmp != ROWCMP_EQ || sub->test.n > 64 || q->from.n == 0)
		return false;
	for (int i = 0; i < sub->test.n; i++) {
		struct expr *t = sub->test.at[i];
		struct layout vars = { 0 };
		collect_vars(pl, t, &vars);
		bool own = false;
		for (int k = 0; k < vars.n; k++)
			own |= vars.at[k]->range->query == q;
		if (!own || has_sublink(t) || expr_has_volatile(t))
			return false;
	}
	free_vars(pl, s, &free);
	if (is_plain(s) && can_be_side(pl, s) && targets_can_move(s)) {
		for (int i = 0; i < s->targets.n && n < 64; i++)
			if (!LIST_AT(struct target, &s->targets, i)->hidden)
				right[n++] = LIST_AT(struct target, &s->targets, i)->expr;
		adopt_ranges(pl, q, s, false);
		q->has_sublinks |= s->has_sublinks;
		struct expr *on = expr_and(pl->arena, any_condition(pl, sub, right), s->where);
		add_semi(pl, q, JOIN_SEMI, from_tree(pl, &s->from), on);
		return true;
	}
	if (free.n > 0)
		return false;
	int ncols = query_visible_targets(s);
	struct range *r = range_new(pl->arena, q, RANGE_SUBQUERY, "ANY_subquery", ncols);
	r->sub = s;
	for (int i = 0; i < s->targets.n; i++) {
		struct target *t = s->targets.at[i];
		if (t->hidden)
			continue;
		r->cols[n] = (struct range_column){ t->name, t->expr->type, t->expr->typmod,
						    t->expr->collation };
		right[n] = expr_var(pl->arena, r, n + 1);
		n++;
	}
	if (pull_few(pl, q, r, &sub->test)) {
		list_push(&q->from, pl->arena, from_range(pl->arena, r));
		list_push(keep, pl->arena, any_condition(pl, sub, right));
		return true;
	}
	add_semi(pl, q, JOIN_SEMI, from_range(pl->arena, r), any_condition(pl, sub, right));
	return true;
}

static void
pull_sublinks(struct planner *pl, struct query *q)
{
	struct list quals = conjuncts(pl, q->where), keep = { 0 };

	for (int i = 0; i < quals.n; i++) {
		struct expr *x = quals.at[i];
		bool negated = x->kind == EXPR_NOT && x->args[0]->kind == EXPR_SUBLINK;
		struct expr *s = negated ? x->args[0] : x;
		if (s->kind == EXPR_SUBLINK && s->sub->kind == SUBLINK_EXISTS &&
		    pull_exists(pl, q, s, negated))
			continue;
		if (s->kind == EXPR_SUBLINK && s->sub->kind == SUBLINK_ANY && !negated &&
		    pull_any(pl, q, s, &keep))
			continue;
		list_push(&keep, pl->arena, x);
	}
	q->where = conjunction(pl, &keep);
}

/* -- Outer joins ------------------------------------------------------------------------------------- */

/* Is x null or false whenever all variables of the ranges below f are null?  or_false: false will
 * do as well as null; below a NOT or a function it will not. */
static bool
strict_in(const struct expr *x, const struct from *f, bool or_false)
{
	bool any;

	switch (x->kind) {
	case EXPR_VAR:
		return from_has(f, x->range);
	case EXPR_FUNC:
		if (!x->func->strict || x->func->retset)
			return false;
		for (int i = 0; i < x->nargs; i++)
			if (strict_in(x->args[i], f, false))
				return true;
		return false;
	case EXPR_RELABEL:
	case EXPR_CAST_IO:
	case EXPR_TYPMOD:
	case EXPR_NOT:
		return strict_in(x->args[0], f, false);
	case EXPR_IS_NOT_NULL:
	case EXPR_IS_TRUE:
	case EXPR_IS_FALSE:
	case EXPR_IS_NOT_UNKNOWN:
		return or_false && strict_in(x->args[0], f, false);
	case EXPR_ANY:
		return x->func->strict && strict_in(x->args[0], f, false);
	case EXPR_AND:
	case EXPR_OR:
		any = or_false && x->kind == EXPR_AND;
		for (int i = 0; i < x->nargs; i++)
			if (strict_in(x->args[i], f, or_false) == any)
				return any;
		return !any;
	default:
		return false;
	}
}

static bool
any_strict(const struct list *quals, const struct from *f)
{
	for (int i = 0; i < quals->n; i++)
		if (strict_in(quals->at[i], f, true))
			return true;
	return false;
}

/* quals hold for every row that survives above f. */
static void
reduce_outer(struct planner *pl, struct from *f, const struct list *quals)
{
	if (!f->is_join)
		return;
	if (f->type == JOIN_FULL) {
		bool l = any_strict(quals, f->left), r = any_strict(quals, f->right);
		f->type = l && r ? JOIN_INNER : l ? JOIN_LEFT : r ? JOIN_RIGHT : JOIN_FULL;
	}
	if ((f->type == JOIN_LEFT && any_strict(quals, f->right)) ||
	    (f->type == JOIN_RIGHT && any_strict(quals, f->left)))
		f->type = JOIN_INNER;
	struct list below = conjuncts(pl, f->on), both = *quals;
	both.cap = both.n;
	for (int i = 0; i < below.n; i++)
		list_push(&both, pl->arena, below.at[i]);
	struct list none = { 0 };
	switch (f->type) {
	case JOIN_INNER:
		reduce_outer(pl, f->left, &both);
		reduce_outer(pl, f->right, &both);
		break;
	case JOIN_LEFT:
		reduce_outer(pl, f->left, quals);
		reduce_outer(pl, f->right, &below);
		break;
	case JOIN_RIGHT:
		reduce_outer(pl, f->left, &below);
		reduce_outer(pl, f->right, quals);
		break;
	case JOIN_SEMI:
		reduce_outer(pl, f->left, &both);
		reduce_outer(pl, f->right, &below);
		break;
	case JOIN_ANTI:
		reduce_outer(pl, f->left, quals);
		reduce_outer(pl, f->right, &below);
		break;
	case JOIN_FULL:
		reduce_outer(pl, f->left, &none);
		reduce_outer(pl, f->right, &none);
		break;
	}
}

/* -- The whole ------------------------------------------------------------------------------------------ */

struct nested {
	struct planner *pl;
	struct err *e;
	int rc;
};

static int
rewrite_nested(struct expr *x, void *arg)
{
	struct nested *n = arg;

	if (x->kind == EXPR_SUBLINK && n->rc == ERR_OK)
		n->rc = rewrite_query(n->pl, x->sub->query, n->e);
	return n->rc;
}

static void
rewrite_assigned(const struct list *sets, struct nested *n)
{
	for (int i = 0; i < sets->n; i++)
		(void) expr_walk(LIST_AT(struct assignment, sets, i)->expr, rewrite_nested, n, false);
}

/* Sub-queries in expressions of q itself; those in deeper queries are met when these are. */
static int
rewrite_sublinks(struct planner *pl, struct query *q, struct err *e)
{
	struct nested n = { pl, e, ERR_OK };

	for (int i = 0; i < q->targets.n; i++)
		(void) expr_walk(LIST_AT(struct target, &q->targets, i)->expr, rewrite_nested, &n,
				 false);
	for (int i = 0; i < q->order_by.n; i++)
		(void) expr_walk(LIST_AT(struct sort_key, &q->order_by, i)->expr, rewrite_nested,
				 &n, false);
	for (int i = 0; i < q->group_by.n; i++)
		(void) expr_walk(q->group_by.at[i], rewrite_nested, &n, false);
	rewrite_assigned(&q->assignments, &n);
	if (q->conflict != NULL) {
		rewrite_assigned(&q->conflict->sets, &n);
		if (q->conflict->where != NULL)
			(void) expr_walk(q->conflict->where, rewrite_nested, &n, false);
	}
	if (q->where != NULL)
		(void) expr_walk(q->where, rewrite_nested, &n, false);
	if (q->having != NULL)
		(void) expr_walk(q->having, rewrite_nested, &n, false);
	return n.rc;
}

static int
rewrite_from(struct planner *pl, struct from *f, struct err *e)
{
	int rc = ERR_OK;

	if (f->is_join) {
		struct nested n = { pl, e, ERR_OK };
		rc = rewrite_from(pl, f->left, e);
		if (rc == ERR_OK)
			rc = rewrite_from(pl, f->right, e);
		if (rc == ERR_OK && f->on != NULL) {
			(void) expr_walk(f->on, rewrite_nested, &n, false);
			rc = n.rc;
		}
		return rc;
	}
	if (f->range->kind == RANGE_SUBQUERY && f->range->sub != NULL)
		rc = rewrite_query(pl, f->range->sub, e);
	return rc;
}

static int rewrite_level(struct planner *pl, struct query *q, struct err *e);

int
rewrite_query(struct planner *pl, struct query *q, struct err *e)
{
	if (pl->depth == 0) /* once for the whole tree: it enters sub-queries */
		replace_aliases(pl, q);
	return rewrite_level(pl, q, e);
}

/* The queries below q, but for the left side of a set operation. */
static int
rewrite_below(struct planner *pl, struct query *q, struct err *e)
{
	int rc = ERR_OK;

	for (int i = 0; i < q->ctes.n && rc == ERR_OK; i++)
		rc = rewrite_query(pl, LIST_AT(struct cte, &q->ctes, i)->query, e);
	if (rc == ERR_OK && q->right != NULL)
		rc = rewrite_query(pl, q->right, e);
	for (int i = 0; i < q->from.n && rc == ERR_OK; i++)
		rc = rewrite_from(pl, q->from.at[i], e);
	return rc == ERR_OK ? rewrite_sublinks(pl, q, e) : rc;
}

/* Joins of q, the sub-queries below it being done. */
int
rewrite_joins(struct planner *pl, struct query *q, struct err *e)
{
	int rc = ERR_OK;

	pull_sublinks(pl, q);
	struct list quals = conjuncts(pl, q->where);
	for (int i = 0; i < q->from.n; i++)
		reduce_outer(pl, q->from.at[i], &quals);
	for (int i = 0; i < q->from.n && rc == ERR_OK; i++)
		rc = straddling_on(pl, q, q->from.at[i], e);
	return rc;
}

static int
rewrite_level(struct planner *pl, struct query *q, struct err *e)
{
	int rc;

	if (++pl->depth > PLAN_DEPTH_MAX)
		return err_set(e, ERR_STATEMENT_TOO_COMPLEX,
			       "sub-queries are nested more than %d deep", PLAN_DEPTH_MAX);
	rc = rewrite_below(pl, q, e);
	/* A chain of set operations leans to the left: it is long, but not deep. */
	struct query *left = q->left;
	for (; rc == ERR_OK && left != NULL && left->setop != SETOP_NONE; left = left->left)
		rc = rewrite_below(pl, left, e);
	if (rc == ERR_OK && left != NULL)
		rc = rewrite_query(pl, left, e);
	pl->depth--;
	if (rc != ERR_OK || q->setop != SETOP_NONE)
		return rc;

	struct pull p = { pl, q, e };
	for (int i = 0; i < q->from.n; i++)
		q->from.at[i] = pull_tree(&p, q->from.at[i], false, &q->where);
	q->where = or_factor(pl, fold_expr(pl, q->where));
	rc = rewrite_joins(pl, q, e);
	if (rc != ERR_OK)
		return rc;
	push_quals(pl, q);
	minmax_by_index(pl, q);
	return arena_check(pl->arena, e);
}
