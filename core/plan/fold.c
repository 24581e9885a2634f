/* fold.c - computing at planning time what cannot change afterwards.
 *
 * Immutable calls over constants, and over parameters whose values are known, are computed once; AND, OR, NOT, CASE and COALESCE lose the
 * branches that constants decide.  A call that fails (1/0) is left as it is: the error belongs
 * to execution, and only to rows that reach it. */
#include "config.h"
#include "core/plan/planner.h"

static bool
is_const(const struct expr *x)
{
	return x->kind == EXPR_CONST;
}

static bool
is_bool_const(const struct expr *x, bool v)
{
	return is_const(x) && !x->is_null && (x->value.i != 0) == v;
}

static struct expr *
make_const(struct planner *pl, const struct expr *like, union datum v, bool null)
{
	struct expr *c = expr_const(pl->arena, like->type, v);

	c->is_null = null;
	c->typmod = like->typmod;
	c->collation = like->collation;
	c->position = like->position;
	return c;
}

/* Call an immutable function on constants; NULL when it cannot or fails. */
static struct expr *
fold_call(struct planner *pl, struct expr *x)
{
	union datum args[FUNC_ARGS_MAX], ret = { 0 };
	bool nulls[FUNC_ARGS_MAX], ret_null = false;
	const struct type *types[FUNC_ARGS_MAX];
	struct err e;

	if (x->func->oid >= OID_FIRST_USER) /* its body may read tables: not while planning */
		return x;
	if (x->func->retset || x->func->volatility != 'i' || x->func->impl == NULL ||
	    x->nargs > FUNC_ARGS_MAX || x->func->kind != FUNC_NORMAL || pl->env->exec == NULL)
		return NULL;
	for (int i = 0; i < x->nargs; i++) {
		if (!is_const(x->args[i]))
			return NULL;
		args[i] = x->args[i]->value;
		nulls[i] = x->args[i]->is_null;
		types[i] = x->args[i]->type;
	}
	struct exec_env env = *pl->env->exec;
	env.type.arena = env.stmt_arena = pl->arena;
	struct fcall c = { .func = x->func,
			   .env = &env,
			   .nargs = x->nargs,
			   .arg_types = types,
			   .ret_type = x->type,
			   .collation = x->collation,
			   .variadic = x->variadic };
	err_init(&e);
	if (func_call(&c, args, nulls, &ret, &ret_null, &e) != ERR_OK)
		return NULL;
	return make_const(pl, x, ret, ret_null);
}

/* AND, OR: drop neutral constants, stop at deciding ones, flatten what nests. */
static struct expr *
fold_junction(struct planner *pl, struct expr *x)
{
	bool neutral = x->kind == EXPR_AND;
	struct list keep = { 0 };

	for (int i = 0; i < x->nargs; i++) {
		struct expr *a = x->args[i];
		if (is_bool_const(a, neutral))
			continue;
		if (is_bool_const(a, !neutral))
			return a;
		if (a->kind == x->kind)
			for (int k = 0; k < a->nargs; k++)
				list_push(&keep, pl->arena, a->args[k]);
		else
			list_push(&keep, pl->arena, a);
	}
	if (keep.n == 0)
		return expr_bool(pl->arena, neutral);
	if (keep.n == 1)
		return keep.at[0];
	struct expr *r = expr_new(pl->arena, x->kind, x->type, keep.n);
	memcpy(r->args, keep.at, (size_t) keep.n * sizeof *r->args);
	r->position = x->position;
	return r;
}

static struct expr *
fold_case(struct planner *pl, struct expr *x)
{
	struct list keep = { 0 };
	int i = 0;

	if (x->test != NULL)
		return x;
	for (; i + 1 < x->nargs; i += 2) {
		if (is_const(x->args[i]) && !is_bool_const(x->args[i], true))
			continue; /* never taken */
		if (is_bool_const(x->args[i], true)) {
			if (keep.n == 0)
				return x->args[i + 1];
			list_push(&keep, pl->arena, x->args[i + 1]);
			i = x->nargs; /* it is the else */
			break;
		}
		list_push(&keep, pl->arena, x->args[i]);
		list_push(&keep, pl->arena, x->args[i + 1]);
	}
	if (i < x->nargs) {
		if (keep.n == 0)
			return x->args[i];
		list_push(&keep, pl->arena, x->args[i]);
	}
	if (keep.n == x->nargs)
		return x;
	if (keep.n == 0)
		return expr_null(pl->arena, x->type);
	struct expr *r = arena_dup(pl->arena, x, sizeof *x);
	r->nargs = keep.n;
	r->args = (struct expr **) keep.at;
	return r;
}

static struct expr *
fold_coalesce(struct planner *pl, struct expr *x)
{
	struct list keep = { 0 };

	for (int i = 0; i < x->nargs; i++) {
		if (is_const(x->args[i]) && x->args[i]->is_null)
			continue;
		list_push(&keep, pl->arena, x->args[i]);
		if (is_const(x->args[i]))
			break;
	}
	if (keep.n == 0)
		return expr_null(pl->arena, x->type);
	if (keep.n == 1)
		return keep.at[0];
	if (keep.n == x->nargs)
		return x;
	struct expr *r = arena_dup(pl->arena, x, sizeof *x);
	r->nargs = keep.n;
	r->args = (struct expr **) keep.at;
	return r;
}

/* A parameter whose value is known. */
static struct expr *
fold_param(struct planner *pl, struct expr *x)
{
	const struct plan_env *env = pl->env;
	const int i = x->number - 1;

	if (i < 0 || i >= env->nknown || env->known_types[i] != x->type)
		return x;
	const bool null = env->known_nulls != NULL && env->known_nulls[i];
	return make_const(pl, x, null ? datum_int(0) : datum_copy(pl->arena, env->known[i], x->type->byval),
			  null);
}

static struct expr *
fold_one(struct expr *x, void *arg)
{
	struct planner *pl = arg;
	struct expr *r = NULL;

	switch (x->kind) {
	case EXPR_PARAM:
		return fold_param(pl, x);
	case EXPR_FUNC:
		if (x->func->strict && !x->func->retset && x->func->volatility != 'v')
			for (int i = 0; i < x->nargs; i++)
				if (is_const(x->args[i]) && x->args[i]->is_null)
					return expr_null(pl->arena, x->type);
		r = fold_call(pl, x);
		return r != NULL ? r : x;
	case EXPR_AND:
	case EXPR_OR:
		return fold_junction(pl, x);
	case EXPR_NOT:
		if (is_const(x->args[0]))
			return x->args[0]->is_null ? x->args[0]
						   : expr_bool(pl->arena, x->args[0]->value.i == 0);
		return x;
	case EXPR_IS_NULL:
	case EXPR_IS_NOT_NULL:
		if (is_const(x->args[0]) && x->args[0]->type->kind != TYPE_COMPOSITE &&
		    x->args[0]->type->oid != OID_RECORD)
			return expr_bool(pl->arena,
					 x->args[0]->is_null == (x->kind == EXPR_IS_NULL));
		return x;
	case EXPR_RELABEL:
		if (is_const(x->args[0])) {
			r = make_const(pl, x, x->args[0]->value, x->args[0]->is_null);
			return r;
		}
		return x;
	case EXPR_CASE:
		return fold_case(pl, x);
	case EXPR_COALESCE:
		return fold_coalesce(pl, x);
	default:
		return x;
	}
}

struct expr *
fold_expr(struct planner *pl, struct expr *x)
{
	return x == NULL ? NULL : expr_map(pl->arena, x, fold_one, pl, false);
}

int
fold_query(struct planner *pl, struct query *q, struct err *e)
{
	query_map(pl->arena, q, fold_one, pl);
	return arena_check(pl->arena, e);
}
