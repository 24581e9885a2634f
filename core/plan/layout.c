/* layout.c - which column of a plan stands for which bound expression. */
#include "config.h"
#include "core/plan/planner.h"

#include <assert.h>

void
layout_add(struct arena *a, struct layout *l, struct expr *x)
{
	if (l->n == l->cap) {
		int cap = l->cap == 0 ? 8 : l->cap * 2;
		struct expr **at = arena_alloc(a, (size_t) cap * sizeof *at);
		if (l->n != 0)
			memcpy(at, l->at, (size_t) l->n * sizeof *at);
		l->at = at;
		l->cap = cap;
	}
	l->at[l->n++] = x;
}

void
layout_append(struct arena *a, struct layout *l, const struct layout *more)
{
	for (int i = 0; i < more->n; i++)
		layout_add(a, l, more->at[i]);
}

/* Sub-queries are the same column only when they are the same node. */
static bool
same_column(const struct expr *a, const struct expr *b)
{
	if (a == b)
		return true;
	if (a->kind != b->kind || a->kind == EXPR_SUBLINK)
		return false;
	if (a->kind == EXPR_VAR)
		return a->range == b->range && a->col == b->col;
	if (a->kind == EXPR_CONST || a->kind == EXPR_PARAM || a->kind == EXPR_INIT)
		return false; /* cheaper to compute than to carry */
	return expr_equal(a, b);
}

int
layout_find(const struct layout *l, const struct expr *x)
{
	for (int i = 0; i < l->n; i++)
		if (same_column(l->at[i], x))
			return i;
	return -1;
}

bool
layout_covers(struct planner *pl, const struct layout *l, struct expr *x)
{
	struct layout vars = { 0 };

	collect_vars(pl, x, &vars);
	for (int i = 0; i < vars.n; i++)
		if (layout_find(l, vars.at[i]) < 0)
			return false;
	return vars.n > 0;
}

/* A shallow copy whose child pointers may be replaced. */
static struct expr *
copy_node(struct arena *a, const struct expr *x)
{
	struct expr *c = arena_dup(a, x, sizeof *x);

	if (x->nargs > 0)
		c->args = arena_dup(a, x->args, (size_t) x->nargs * sizeof *x->args);
	return c;
}

static int slots_of_extra(struct planner *pl, const struct layout *l, struct expr *c,
			  struct err *e);

static int
slots_of(struct planner *pl, const struct layout *l, struct expr *x, struct expr **ret,
	 struct err *e)
{
	int i = layout_find(l, x);

	if (i >= 0) {
		*ret = expr_slot(pl->arena, i, x->type, x->typmod);
		(*ret)->collation = x->collation;
		return ERR_OK;
	}
	switch (x->kind) {
	case EXPR_CONST:
	case EXPR_PARAM:
	case EXPR_INIT:
	case EXPR_SQL_VALUE:
	case EXPR_CASE_VALUE:
	case EXPR_NEXTVAL:
		*ret = x;
		return ERR_OK;
	case EXPR_VAR:
		return err_set(e, ERR_INTERNAL_ERROR, "variable %s.%d is not in the plan's input",
			       x->range->alias != NULL ? x->range->alias : "?", x->col);
	case EXPR_SUBLINK:
	case EXPR_AGG:
	case EXPR_WINDOW:
	case EXPR_GROUPING:
	case EXPR_SLOT:
		return err_set(e, ERR_INTERNAL_ERROR,
			       "expression kind %d is not in the plan's input", (int) x->kind);
	default:
		break;
	}
	struct expr *c = copy_node(pl->arena, x);
	for (int k = 0; k < c->nargs; k++) {
		int rc = slots_of(pl, l, c->args[k], &c->args[k], e);
		if (rc != ERR_OK)
			return rc;
	}
	int rc = slots_of_extra(pl, l, c, e);
	if (rc == ERR_OK)
		*ret = c;
	return rc;
}

/* The children that are not in args. */
static int
slots_of_extra(struct planner *pl, const struct layout *l, struct expr *c, struct err *e)
{
	if (c->kind == EXPR_CASE && c->test != NULL)
		return slots_of(pl, l, c->test, &c->test, e);
	if (c->kind == EXPR_SUBSCRIPT) {
		c->subs = arena_dup(pl->arena, c->subs, (size_t) c->nsubs * sizeof *c->subs);
		for (int k = 0; k < c->nsubs; k++) {
			if (c->subs[k] == NULL)
				continue;
			int rc = slots_of(pl, l, c->subs[k], &c->subs[k], e);
			if (rc != ERR_OK)
				return rc;
		}
	}
	return ERR_OK;
}

int
layout_slots(struct planner *pl, const struct layout *l, struct expr *x, struct expr **ret,
	     struct err *e)
{
	return slots_of(pl, l, x, ret, e);
}

struct expr *
ordinal_new(struct planner *pl)
{
	return expr_slot(pl->arena, --pl->next_ordinal, type_builtin(OID_INT8), -1);
}

/* -- Variables ------------------------------------------------------------------------------ */

struct collecting {
	struct planner *pl;
	struct layout *to;
};

static int
collect_one(struct expr *x, void *arg)
{
	struct collecting *c = arg;

	if (x->kind == EXPR_VAR && layout_find(c->to, x) < 0)
		layout_add(c->pl->arena, c->to, x);
	return 0;
}

/* Of a sub-query only what it takes from outside. */
static int
collect_outside(struct expr *x, void *arg)
{
	struct collecting *c = arg;

	if (x->kind == EXPR_SUBLINK)
		free_vars(c->pl, x->sub->query, c->to);
	return collect_one(x, arg);
}

void
collect_vars(struct planner *pl, struct expr *x, struct layout *to)
{
	struct collecting c = { pl, to };

	if (x != NULL)
		(void) expr_walk(x, collect_outside, &c, false);
}

void
collect_query_vars(struct planner *pl, struct query *q, struct layout *to)
{
	struct collecting c = { pl, to };

	(void) query_walk(q, collect_one, &c);
}

bool
range_within(const struct range *r, const struct query *q)
{
	for (const struct query *at = r->query; at != NULL; at = at->parent)
		if (at == q)
			return true;
	return false;
}

void
free_vars(struct planner *pl, struct query *q, struct layout *to)
{
	struct layout all = { 0 };

	collect_query_vars(pl, q, &all);
	for (int i = 0; i < all.n; i++)
		if (!range_within(all.at[i]->range, q) && layout_find(to, all.at[i]) < 0)
			layout_add(pl->arena, to, all.at[i]);
}

/* -- AND lists ----------------------------------------------------------------------------------- */

static void
flatten(struct planner *pl, struct expr *x, struct list *to)
{
	if (x == NULL)
		return;
	if (x->kind == EXPR_AND) {
		for (int i = 0; i < x->nargs; i++)
			flatten(pl, x->args[i], to);
		return;
	}
	if (x->kind == EXPR_CONST && !x->is_null && x->value.i != 0)
		return; /* TRUE */
	list_push(to, pl->arena, x);
}

struct list
conjuncts(struct planner *pl, struct expr *x)
{
	struct list l = { 0 };

	flatten(pl, x, &l);
	return l;
}

struct expr *
conjunction(struct planner *pl, const struct list *l)
{
	struct expr *all = NULL;

	if (l->n <= 1)
		return l->n == 0 ? NULL : l->at[0];
	all = expr_new(pl->arena, EXPR_AND, type_builtin(OID_BOOL), l->n);
	for (int i = 0; i < l->n; i++)
		all->args[i] = l->at[i];
	return all;
}
