/* inline.c - the body of a function in SQL in place of its call.
 *
 * An expression is put where the call was; a query becomes a sub-query, whose arguments are then
 * references to enclosing rows: the planner runs it once for many rows, where a call would run
 * it for each.  Whatever would change the meaning stays a call: arguments that must be evaluated
 * once, rights and settings of the function's own, bodies of several statements.
 *
 * Not here: running a call (core/func/user.c). */
#include "config.h"
#include "core/func/user.h"
#include "translate/bind.h"

#include <string.h>

enum { INLINE_DEPTH_MAX = 16, QUERIES_MAX = 500 };

/* A query to look at, and the functions it is in the body of. */
struct place_of {
	struct query *q;
	struct list chain; /* struct function */
};

struct inliner {
	struct binder *b;
	struct list queries; /* struct place_of */
	bool any;
	/* While one is looked at. */
	struct place_of *at;
	bool subqueries; /* a sub-query may stand here */
};

/* -- Which queries ------------------------------------------------------------- */
static void add_query(struct inliner *in, struct query *q, const struct list *chain);

struct adding {
	struct inliner *in;
	const struct list *chain;
};

static int
add_sublink(struct expr *x, void *arg)
{
	const struct adding *a = arg;

	if (x->kind == EXPR_SUBLINK)
		add_query(a->in, x->sub->query, a->chain);
	return 0;
}

static void
add_query(struct inliner *in, struct query *q, const struct list *chain)
{
	if (q == NULL || in->queries.n >= QUERIES_MAX)
		return;
	for (int i = 0; i < in->queries.n; i++)
		if (LIST_AT(struct place_of, &in->queries, i)->q == q)
			return;
	struct place_of *p = ARENA_NEW(in->b->arena, struct place_of);
	p->q = q;
	p->chain = *chain;
	list_push(&in->queries, in->b->arena, p);
	for (int i = 0; i < q->ranges.n; i++)
		add_query(in, LIST_AT(struct range, &q->ranges, i)->sub, chain);
	for (int i = 0; i < q->ctes.n; i++)
		add_query(in, LIST_AT(struct cte, &q->ctes, i)->query, chain);
	add_query(in, q->left, chain);
	add_query(in, q->right, chain);
	struct adding a = { in, chain };
	(void) query_walk(q, add_sublink, &a);
}

static struct list
longer(struct inliner *in, const struct function *def)
{
	struct list to = { 0 };

	for (int i = 0; i < in->at->chain.n; i++)
		list_push(&to, in->b->arena, in->at->chain.at[i]);
	list_push(&to, in->b->arena, (void *) (uintptr_t) def);
	return to;
}

/* -- The body ------------------------------------------------------------------ */
static bool
may_inline(const struct inliner *in, const struct function *def)
{
	const struct list *chain = &in->at->chain;

	if (def == NULL || def->kind != 'f' || def->secdef || def->nsettings > 0 ||
	    chain->n >= INLINE_DEPTH_MAX)
		return false;
	for (int i = 0; i < chain->n; i++)
		if (chain->at[i] == def)
			return false;
	return true;
}

/* NULL without error: it is not one SELECT. */
static struct query *
bind_body(struct inliner *in, const struct expr *call, const struct function *def)
{
	struct binder *b = in->b, inner = binder_for_text(b);
	struct bind_function fn = { .def = def, .ret = call->type, .last = true };
	struct bind_env env = *b->env;
	struct list stmts = { 0 };

	if (sql_parse(b->arena, def->body, &stmts, b->e) != ERR_OK || stmts.n != 1)
		return NULL;
	const struct raw_stmt *raw = LIST_AT(const struct raw_stmt, &stmts, 0);
	if (raw->node->node_case != PG_QUERY__NODE__NODE_SELECT_STMT ||
	    raw->node->select_stmt->into_clause != NULL)
		return NULL;
	inner.fixed_path = def->form != FORM_STRING;
	inner.raw = raw;
	inner.env = &env;
	env.allow_params = true;
	env.nparams = call->nargs;
	env.param_types = ARENA_ARRAY(b->arena, oid_t, call->nargs + 1);
	for (int i = 0; i < call->nargs; i++)
		env.param_types[i] = call->args[i]->type->oid;
	env.function = &fn;
	struct query *q = bind_query(&inner, NULL, raw->node, true);
	if (q != NULL)
		q = fit_result(&inner, &fn, q);
	b->env->functions = env.functions;
	return q != NULL && q->kind == QUERY_SELECT ? q : NULL;
}

static bool
writes(const struct query *q)
{
	for (int i = 0; i < q->ctes.n; i++)
		if (LIST_AT(struct cte, &q->ctes, i)->query->kind != QUERY_SELECT)
			return true;
	return q->row_marks.n > 0;
}

/* -- The arguments ------------------------------------------------------------- */
struct counting {
	int *uses;
};

static int
count_param(struct expr *x, void *arg)
{
	struct counting *c = arg;

	if (x->kind == EXPR_PARAM)
		c->uses[x->number - 1]++;
	return 0;
}

static int
visit_heavy(struct expr *x, void *arg)
{
	(void) arg;
	return x->kind == EXPR_SUBLINK || x->kind == EXPR_AGG || x->kind == EXPR_WINDOW ||
	       x->kind == EXPR_GROUPING || x->kind == EXPR_NEXTVAL ||
	       (x->kind == EXPR_FUNC && x->func->retset);
}

/* May an argument be evaluated where and as often as the body names it? */
static bool
may_move(struct expr *x)
{
	return !expr_has_volatile(x) && expr_walk(x, visit_heavy, NULL, false) == 0;
}

struct filling {
	struct expr **args;
};

static struct expr *
fill_param(struct expr *x, void *arg)
{
	const struct filling *f = arg;

	return x->kind == EXPR_PARAM ? f->args[x->number - 1] : x;
}

/* A strict function of something null is null. */
static struct expr *
if_not_null(struct binder *b, const struct expr *call, struct expr *value)
{
	const struct type *boolean = type_builtin(OID_BOOL);
	struct expr *any = expr_new(b->arena, EXPR_OR, boolean, call->nargs);
	int n = 0;

	for (int i = 0; i < call->nargs; i++) {
		struct expr *x = call->args[i];

		if (x->kind == EXPR_CONST && !x->is_null)
			continue;
		struct expr *null = expr_new(b->arena, EXPR_IS_NULL, boolean, 1);
		null->args[0] = x;
		any->args[n++] = null;
	}
	any->nargs = n;
	if (n == 0)
		return value;
	struct expr *c = expr_new(b->arena, EXPR_CASE, value->type, 3);
	c->args[0] = n == 1 ? any->args[0] : any;
	c->args[1] = expr_null(b->arena, value->type);
	c->args[2] = value;
	c->typmod = value->typmod;
	c->collation = value->collation;
	return c;
}

/* -- As an expression ---------------------------------------------------------- */
static bool
is_expression(const struct query *q)
{
	return q->ranges.n == 0 && q->from.n == 0 && q->where == NULL && q->ctes.n == 0 &&
	       q->setop == SETOP_NONE && q->group_by.n == 0 && q->grouping_sets.n == 0 &&
	       q->having == NULL && !q->distinct && q->distinct_on.n == 0 && q->limit == NULL &&
	       q->offset == NULL && !q->has_aggs && !q->has_windows && !q->has_srfs &&
	       !q->has_sublinks && q->targets.n == 1;
}

static struct expr *inline_call(struct expr *x, void *arg);

static struct expr *
as_expression(struct inliner *in, struct expr *call, const struct function *def, struct query *q)
{
	struct arena *a = in->b->arena;
	struct expr *value = LIST_AT(struct target, &q->targets, 0)->expr;
	int *uses = ARENA_ARRAY(a, int, call->nargs + 1);
	struct counting c = { uses };

	(void) expr_walk(value, count_param, &c, true);
	for (int i = 0; i < call->nargs; i++)
		if (uses[i] + def->strict != 1 && !may_move(call->args[i]))
			return call;
	if (def->volatility != 'v' && expr_has_volatile(value))
		return call;
	/* Calls in the body first: those in the arguments have been looked at. */
	struct list before = in->at->chain;
	in->at->chain = longer(in, def);
	value = expr_map(a, value, inline_call, in, false);
	in->at->chain = before;
	struct filling f = { call->args };
	value = expr_map(a, value, fill_param, &f, false);
	if (def->strict)
		value = if_not_null(in->b, call, value);
	in->any = true;
	return value;
}

/* -- As a sub-query ------------------------------------------------------------ */
static bool
one_row(const struct query *q)
{
	return q->has_aggs && q->group_by.n == 0 && q->grouping_sets.n == 0 &&
	       q->setop == SETOP_NONE;
}

static struct expr *
as_sublink(struct inliner *in, struct expr *call, const struct function *def, struct query *q)
{
	struct binder *b = in->b;
	struct list chain = longer(in, def);

	if (!in->subqueries || q->has_srfs || writes(q) || query_visible_targets(q) != 1 ||
	    call->type->kind == TYPE_COMPOSITE || call->type->oid == OID_RECORD ||
	    call->type->oid == OID_VOID || (q->limit != NULL && q->limit->kind != EXPR_CONST))
		return call;
	for (int i = 0; i < call->nargs; i++)
		if (!may_move(call->args[i]))
			return call;
	if (!one_row(q) && (q->limit == NULL || q->limit->value.i > 1))
		q->limit = expr_const(b->arena, type_builtin(OID_INT8), datum_int(1));
	struct filling f = { call->args };
	query_map(b->arena, q, fill_param, &f);
	q->parent = in->at->q;
	struct expr *x = expr_new(b->arena, EXPR_SUBLINK, call->type, 0);
	x->sub = ARENA_NEW(b->arena, struct sublink);
	x->sub->kind = SUBLINK_SCALAR;
	x->sub->query = q;
	x->typmod = call->typmod;
	x->collation = call->collation;
	x->position = call->position;
	in->at->q->has_sublinks = true;
	add_query(in, q, &chain);
	in->any = true;
	return def->strict ? if_not_null(b, call, x) : x;
}

static struct expr *
inline_call(struct expr *x, void *arg)
{
	struct inliner *in = arg;
	const struct function *def = x->kind == EXPR_FUNC ? func_definition(x->func) : NULL;

	if (in->b->e->code != ERR_OK || def == NULL || def->internal != NULL || def->retset ||
	    !may_inline(in, def))
		return x;
	struct query *q = bind_body(in, x, def);
	if (q == NULL)
		return x;
	if (is_expression(q) && LIST_AT(struct target, &q->targets, 0)->expr->type == x->type)
		return as_expression(in, x, def, q);
	return as_sublink(in, x, def, q);
}

/* -- In FROM ------------------------------------------------------------------- */
static bool
same_columns(const struct range *r, struct query *q)
{
	if (query_visible_targets(q) != r->ncols)
		return false;
	for (int i = 0; i < r->ncols; i++)
		if (query_column(q, i)->expr->type != r->cols[i].type)
			return false;
	return true;
}

static void
inline_range(struct inliner *in, struct range *r)
{
	struct expr *x = r->funcs.n == 1 ? r->funcs.at[0] : NULL;
	const struct function *def =
		x != NULL && x->kind == EXPR_FUNC ? func_definition(x->func) : NULL;

	if (def == NULL || !def->retset || def->strict || r->ordinality || !may_inline(in, def))
		return;
	for (int i = 0; i < x->nargs; i++)
		if (!may_move(x->args[i]))
			return;
	struct query *q = bind_body(in, x, def);
	if (q == NULL || writes(q) || !same_columns(r, q))
		return;
	struct list chain = longer(in, def);
	struct filling f = { x->args };
	query_map(in->b->arena, q, fill_param, &f);
	q->parent = in->at->q;
	r->kind = RANGE_SUBQUERY;
	r->sub = q;
	r->funcs = (struct list){ 0 };
	add_query(in, q, &chain);
	in->any = true;
}

/* -- All of a statement -------------------------------------------------------- */
static bool
plain_level(const struct query *q)
{
	return q->kind == QUERY_SELECT && q->setop == SETOP_NONE && !q->has_aggs &&
	       q->group_by.n == 0 && q->grouping_sets.n == 0 && !q->distinct &&
	       q->distinct_on.n == 0 && !q->has_windows && q->order_by.n == 0;
}

static void
inline_level(struct inliner *in, struct place_of *p)
{
	struct query *q = p->q;
	struct arena *a = in->b->arena;

	in->at = p;
	for (int i = 0; i < q->ranges.n; i++)
		if (LIST_AT(struct range, &q->ranges, i)->kind == RANGE_FUNCTION)
			inline_range(in, LIST_AT(struct range, &q->ranges, i));
	in->subqueries = plain_level(q);
	for (int i = 0; i < q->targets.n && in->subqueries; i++) {
		struct target *t = LIST_AT(struct target, &q->targets, i);
		t->expr = expr_map(a, t->expr, inline_call, in, false);
	}
	if (in->subqueries && q->where != NULL)
		q->where = expr_map(a, q->where, inline_call, in, false);
	in->subqueries = false;
	query_map_level(a, q, inline_call, in);
}

int
sql_inline_functions(struct bind_env *env, struct query *q, bool *ret_any, struct err *e)
{
	struct binder b = { .arena = env->arena, .env = env, .catalog = env->catalog, .e = e };
	struct inliner in = { .b = &b };
	const struct list none = { 0 };

	*ret_any = false;
	if (catalog_count(env->catalog, OBJ_FUNCTION) == 0)
		return ERR_OK;
	add_query(&in, q, &none);
	for (int i = 0; i < in.queries.n && e->code == ERR_OK; i++)
		inline_level(&in, LIST_AT(struct place_of, &in.queries, i));
	*ret_any = in.any;
	return e->code;
}
