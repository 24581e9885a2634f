/* compare.c - questions about expressions: equality, volatility, what they read.
 *
 * Equality is of meaning as written: positions and the notation of casts do not count.  Two
 * sub-queries are equal only when they are the same one: callers use equality to save work,
 * or to match GROUP BY, where a sub-query written twice may be refused. */
#include "config.h"
#include "core/query/walk.h"

static bool
lists_equal(const struct list *a, const struct list *b)
{
	if (a->n != b->n)
		return false;
	for (int i = 0; i < a->n; i++)
		if (!expr_equal(a->at[i], b->at[i]))
			return false;
	return true;
}

static bool
arrays_equal(struct expr *const *a, int na, struct expr *const *b, int nb)
{
	if (na != nb)
		return false;
	for (int i = 0; i < na; i++)
		if (!expr_equal(a[i], b[i]))
			return false;
	return true;
}

static bool
sorts_equal(const struct list *a, const struct list *b)
{
	if (a->n != b->n)
		return false;
	for (int i = 0; i < a->n; i++) {
		const struct sort_key *k = a->at[i], *l = b->at[i];

		if (k->desc != l->desc || k->nulls_first != l->nulls_first ||
		    !expr_equal(k->expr, l->expr))
			return false;
	}
	return true;
}

static bool
consts_equal(const struct expr *a, const struct expr *b)
{
	if (a->is_null || b->is_null)
		return a->is_null == b->is_null;
	if (a->type->byval)
		return a->value.u == b->value.u;
	uint32_t n = bytes_len(a->value.b);
	return n == bytes_len(b->value.b) && memcmp(a->value.b->data, b->value.b->data, n) == 0;
}

/* A user's function has a record for each statement that calls it. */
static bool
same_func(const struct func *a, const struct func *b)
{
	return a == b || (a != NULL && b != NULL && a->oid == b->oid && a->oid >= OID_FIRST_USER);
}

static bool
calls_equal(const struct expr *a, const struct expr *b)
{
	return same_func(a->func, b->func) && a->variadic == b->variadic && a->window == b->window &&
	       a->agg_distinct == b->agg_distinct && a->agg_star == b->agg_star &&
	       sorts_equal(&a->agg_order, &b->agg_order) &&
	       lists_equal(&a->agg_direct, &b->agg_direct) && expr_equal(a->filter, b->filter);
}

static bool
names_equal(const struct expr *a, const struct expr *b)
{
	if (a->names == NULL || b->names == NULL)
		return a->names == b->names;
	for (int i = 0; i < a->nargs; i++)
		if (strcmp(a->names[i], b->names[i]) != 0)
			return false;
	return true;
}

static bool
ops_equal(const struct expr *a, const struct expr *b)
{
	if (a->cmp != b->cmp)
		return false;
	for (int i = 0; i < a->nargs / 2; i++)
		if (a->ops[i] != b->ops[i])
			return false;
	return true;
}

bool
expr_equal(const struct expr *a, const struct expr *b)
{
	if (a == b)
		return true;
	if (a == NULL || b == NULL || a->kind != b->kind || a->typmod != b->typmod ||
	    a->collation != b->collation ||
	    (a->type != b->type &&
	     (a->type == NULL || b->type == NULL || a->type->oid != b->type->oid)) ||
	    !arrays_equal(a->args, a->nargs, b->args, b->nargs))
		return false;

	switch (a->kind) {
	case EXPR_CONST:
		return consts_equal(a, b);
	case EXPR_PARAM:
	case EXPR_INIT:
		return a->number == b->number;
	case EXPR_VAR:
		return a->range == b->range && a->col == b->col;
	case EXPR_FIELD:
	case EXPR_NEXTVAL:
		return a->col == b->col;
	case EXPR_SLOT:
		return a->slot == b->slot;
	case EXPR_SQL_VALUE:
		return a->sqlvalue == b->sqlvalue;
	case EXPR_SUBLINK:
		return a->sub == b->sub ||
		       (a->sub->query == b->sub->query && a->sub->kind == b->sub->kind &&
			lists_equal(&a->sub->test, &b->sub->test));
	case EXPR_JSON_OBJECT:
	case EXPR_ROW:
		return names_equal(a, b);
	case EXPR_ROW_COMPARE:
		return ops_equal(a, b);
	case EXPR_CASE:
		return expr_equal(a->test, b->test);
	case EXPR_SUBSCRIPT:
		return a->is_slice == b->is_slice &&
		       arrays_equal(a->subs, a->nsubs, b->subs, b->nsubs);
	case EXPR_CAST_ARRAY:
		return expr_equal(a->elem_cast, b->elem_cast);
	case EXPR_TYPMOD:
		return a->explicit_cast == b->explicit_cast;
	case EXPR_FUNC:
	case EXPR_DISTINCT:
	case EXPR_NOT_DISTINCT:
	case EXPR_NULLIF:
	case EXPR_ANY:
	case EXPR_ALL:
	case EXPR_AGG:
	case EXPR_WINDOW:
		return calls_equal(a, b);
	default:
		return true;
	}
}

static int
visit_volatile(struct expr *x, void *arg)
{
	(void) arg;
	switch (x->kind) {
	case EXPR_NEXTVAL:
		return 1;
	case EXPR_FUNC:
	case EXPR_ANY:
	case EXPR_ALL:
	case EXPR_DISTINCT:
	case EXPR_NOT_DISTINCT:
	case EXPR_NULLIF:
	case EXPR_AGG:
	case EXPR_WINDOW:
		return x->func != NULL && x->func->volatility == 'v';
	default:
		return 0;
	}
}

bool
expr_has_volatile(struct expr *x)
{
	return expr_walk(x, visit_volatile, NULL, true) != 0;
}

static int
visit_range(struct expr *x, void *arg)
{
	return x->kind == EXPR_VAR && x->range == arg;
}

bool
expr_uses_range(struct expr *x, const struct range *r)
{
	return expr_walk(x, visit_range, (void *) r, true) != 0;
}
