/* expr.c - making expression nodes.
 *
 * A maker fills what follows from its arguments (type, typmod, collation); everything that
 * needs a decision (overloads, casts) has been decided by the caller.
 *
 * Not here: visiting and rewriting (walk.c), resolution (translate). */
#include "config.h"
#include "core/query/expr.h"

#include <assert.h>

#include "core/query/query.h"

struct expr *
expr_new(struct arena *a, enum expr_kind kind, const struct type *t, int nargs)
{
	struct expr *x = ARENA_NEW(a, struct expr);

	x->kind = kind;
	x->type = t;
	x->typmod = -1;
	x->collation = type_default_collation(t);
	x->nargs = nargs;
	if (nargs != 0)
		x->args = ARENA_ARRAY(a, struct expr *, nargs);
	return x;
}

oid_t
type_default_collation(const struct type *t)
{
	if (t == NULL || !t->collatable)
		return 0;
	for (; t->kind == TYPE_DOMAIN; t = t->base)
		if (t->collation != 0)
			return t->collation;
	return t->oid == OID_NAME ? COLLATION_C : COLLATION_DEFAULT;
}

struct expr *
expr_const(struct arena *a, const struct type *t, union datum v)
{
	struct expr *x = expr_new(a, EXPR_CONST, t, 0);

	x->value = v;
	return x;
}

struct expr *
expr_null(struct arena *a, const struct type *t)
{
	struct expr *x = expr_new(a, EXPR_CONST, t, 0);

	x->is_null = true;
	return x;
}

struct expr *
expr_bool(struct arena *a, bool v)
{
	return expr_const(a, type_builtin(OID_BOOL), datum_int(v));
}

/* Columns below zero are the system's; 0 is the whole row. */
struct expr *
expr_var(struct arena *a, struct range *r, int col)
{
	struct expr *x = expr_new(a, EXPR_VAR, NULL, 0);

	assert(col <= r->ncols);
	x->range = r;
	x->col = col;
	if (col > 0) {
		const struct range_column *c = &r->cols[col - 1];

		x->type = c->type;
		x->typmod = c->typmod;
		x->collation = c->collation;
	} else if (col == 0) {
		x->type = type_builtin(OID_RECORD);
	} else {
		static const oid_t system_type[] = {
			[-COL_ROW_KEY] = OID_BYTEA, [-COL_CTID] = OID_TID,
			[-COL_XMIN] = OID_XID,      [-COL_TABLEOID] = OID_OID,
			[-COL_VERSION] = OID_INT8,  [-COL_XMAX] = OID_XID,
		};

		assert(-col < (int) ARRAY_LEN(system_type));
		x->type = type_builtin(system_type[-col]);
	}
	return x;
}

struct expr *
expr_func(struct arena *a, const struct func *f, const struct type *ret, int nargs,
	  struct expr **args)
{
	struct expr *x = expr_new(a, EXPR_FUNC, ret, 0);

	x->func = f;
	x->nargs = nargs;
	x->args = args;
	if (x->collation != 0)
		for (int i = 0; i < nargs; i++)
			if (args[i]->collation != 0 && args[i]->collation != COLLATION_DEFAULT) {
				x->collation = args[i]->collation;
				break;
			}
	return x;
}

/* l is NULL for a prefix operator. */
struct expr *
expr_op(struct arena *a, const struct operator* op, struct expr *l, struct expr *r)
{
	int n = l == NULL ? 1 : 2;
	struct expr **args = ARENA_ARRAY(a, struct expr *, n);

	if (l != NULL)
		args[0] = l;
	args[n - 1] = r;
	struct expr *x = expr_func(a, func_by_oid(op->func), type_builtin(op->ret), n, args);
	x->op = op;
	return x;
}

/* A flat AND: conjuncts of either side become arguments of one node. */
struct expr *
expr_and(struct arena *a, struct expr *l, struct expr *r)
{
	if (l == NULL || r == NULL)
		return l == NULL ? r : l;

	int nl = l->kind == EXPR_AND ? l->nargs : 1;
	int nr = r->kind == EXPR_AND ? r->nargs : 1;
	struct expr *x = expr_new(a, EXPR_AND, type_builtin(OID_BOOL), nl + nr);

	memcpy(x->args, l->kind == EXPR_AND ? l->args : &l, (size_t) nl * sizeof *x->args);
	memcpy(x->args + nl, r->kind == EXPR_AND ? r->args : &r, (size_t) nr * sizeof *x->args);
	x->position = l->position;
	return x;
}

struct expr *
expr_slot(struct arena *a, int slot, const struct type *t, int32_t typmod)
{
	struct expr *x = expr_new(a, EXPR_SLOT, t, 0);

	x->slot = slot;
	x->typmod = typmod;
	return x;
}
