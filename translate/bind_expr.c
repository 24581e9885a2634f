/* bind_expr.c - expressions: the switch over libpg_query's kinds, constants, casts.
 *
 * Not here: operators (op.c), calls (call.c), the special forms (misc_expr.c). */
#include "config.h"
#include "translate/bind.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct expr *
bind_expr_at(struct binder *b, struct scope *s, Node *n, enum place p)
{
	enum place was = s->place;

	s->place = p;
	struct expr *x = bind_expr(b, s, n);
	s->place = was;
	return x;
}

/* A condition: boolean. */
struct expr *
bind_where(struct binder *b, struct scope *s, Node *n, enum place p, const char *construct)
{
	struct expr *x = bind_expr_at(b, s, n, p);

	return x != NULL ? coerce_bool(b, x, construct) : NULL;
}

int
bind_exprs(struct binder *b, struct scope *s, size_t n, PgQuery__Node *const *nodes,
	   struct list *ret)
{
	for (size_t i = 0; i < n; i++) {
		struct expr *x = bind_expr(b, s, nodes[i]);

		if (x == NULL)
			return b->e->code;
		list_push(ret, b->arena, x);
	}
	return ERR_OK;
}

/* -- Constants ----------------------------------------------------------------- */
static struct expr *
number_text(struct binder *b, const char *text, int position)
{
	const struct type *t = type_builtin(OID_NUMERIC);
	union datum v;
	char *end;

	errno = 0;
	long long i = strtoll(text, &end, 10);
	if (*end == '\0' && errno == 0) /* -2147483648 comes as text, but is an int4 */
		return expr_const(b->arena, type_builtin(i == (int32_t) i ? OID_INT4 : OID_INT8),
				  datum_int(i));
	int rc = t->ops->in(t, b->env->type, text, strlen(text), -1, &v, b->e);
	if (rc != ERR_OK) {
		err_at(b->e, position);
		return NULL;
	}
	return expr_const(b->arena, t, v);
}

static struct expr *
bit_text(struct binder *b, const char *text, int position)
{
	const struct type *t = type_builtin(OID_BIT);
	union datum v;
	int rc = t->ops->in(t, b->env->type, text, strlen(text), -1, &v, b->e);

	if (rc != ERR_OK) {
		err_at(b->e, position);
		return NULL;
	}
	return expr_const(b->arena, t, v);
}

struct expr *
bind_const(struct binder *b, const PgQuery__AConst *c)
{
	int pos = at(b, c->location);
	struct expr *x;

	if (c->isnull) {
		x = expr_null(b->arena, type_builtin(OID_UNKNOWN));
	} else {
		switch (c->val_case) {
		case PG_QUERY__A__CONST__VAL_IVAL:
			x = expr_const(b->arena, type_builtin(OID_INT4), datum_int(c->ival->ival));
			break;
		case PG_QUERY__A__CONST__VAL_FVAL:
			x = number_text(b, c->fval->fval, pos);
			break;
		case PG_QUERY__A__CONST__VAL_BOOLVAL:
			x = expr_bool(b->arena, c->boolval->boolval);
			break;
		case PG_QUERY__A__CONST__VAL_SVAL:
			x = expr_const(b->arena, type_builtin(OID_UNKNOWN),
				       datum_bytes(bytes_make(b->arena, c->sval->sval,
							      strlen(c->sval->sval))));
			break;
		case PG_QUERY__A__CONST__VAL_BSVAL:
			x = bit_text(b, c->bsval->bsval, pos);
			break;
		default: /* an integer 0 can lose its message */
			x = expr_const(b->arena, type_builtin(OID_INT4), datum_int(0));
			break;
		}
	}
	if (x != NULL)
		x->position = pos;
	return x;
}

/* -- Casts --------------------------------------------------------------------- */
static struct expr *
cannot_cast(struct binder *b, const struct expr *x, const struct type *t, int position)
{
	return bind_fail(b, position, ERR_CANNOT_COERCE, "cannot cast type %s to %s",
			 type_show(b, x->type), type_show(b, t));
}

/* What a value of this type is for the pseudo-type: 0 not one; 's' the same value; 'n' a null of that
 * type, and no other literal. */
static char
pseudo_cast(const struct expr *x, const struct type *t)
{
	const struct type *base = base_type(x->type, NULL);
	const bool unknown = x->type->oid == OID_UNKNOWN;

	switch (t->oid) {
	case OID_ANY:
	case OID_ANYELEMENT:
	case OID_ANYCOMPATIBLE:
		return 's';
	case OID_ANYNONARRAY:
	case OID_ANYCOMPATIBLENONARRAY:
		return type_is_array(base) ? 0 : 's';
	case OID_ANYARRAY:
	case OID_ANYCOMPATIBLEARRAY:
		return unknown ? 'n' : type_is_array(base) ? 's' : 0;
	case OID_ANYRANGE:
	case OID_ANYCOMPATIBLERANGE:
		return unknown ? 'n' : base->kind == TYPE_RANGE ? 's' : 0;
	case OID_ANYMULTIRANGE:
	case OID_ANYCOMPATIBLEMULTIRANGE:
		return unknown ? 'n' : base->kind == TYPE_MULTIRANGE ? 's' : 0;
	case OID_ANYENUM:
		return base->kind == TYPE_ENUM ? 's' : 0;
	default:
		return 0;
	}
}

static struct expr *
cast_to_pseudo(struct binder *b, struct expr *x, const struct type *t, int position)
{
	switch (pseudo_cast(x, t)) {
	case 's':
		return x;
	case 'n':
		if (x->kind == EXPR_CONST && x->is_null)
			return expr_null(b->arena, t);
		return bind_fail(b, position, ERR_FEATURE_NOT_SUPPORTED,
				 "cannot accept a value of type %s", type_show(b, t));
	default:
		return cannot_cast(b, x, t, position);
	}
}

struct expr *
bind_type_cast(struct binder *b, struct scope *s, const PgQuery__TypeCast *c)
{
	int32_t typmod;
	const struct type *t = bind_type(b, c->type_name, &typmod);
	int pos = c->location >= 0 ? at(b, c->location) : at(b, c->type_name->location);
	struct expr *x;

	if (t == NULL)
		return NULL;
	if (c->location < 0 && c->arg->node_case == PG_QUERY__NODE__NODE_PARAM_REF)
		return param_misplaced(b, c->arg->param_ref); /* date $1 */
	if (c->arg->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR &&
	    type_is_array(base_type(t, NULL)))
		x = bind_array(b, s, c->arg->a_array_expr, t, typmod);
	else
		x = bind_expr(b, s, c->arg);
	if (x == NULL)
		return NULL;
	if (t->kind == TYPE_PSEUDO && t->oid != OID_UNKNOWN && t->oid != OID_CSTRING &&
	    t->oid != OID_RECORD && t->oid != x->type->oid)
		return cast_to_pseudo(b, x, t, pos);
	struct expr *r = coerce_to(b, x, t, typmod, COERCE_EXPLICIT, 'e', pos);
	if (r == NULL && b->e->code == ERR_OK)
		return cannot_cast(b, x, t, pos);
	if (r == NULL)
		return NULL;
	/* 'x'::text: a cast the user wrote is shown even when it did nothing to the type. */
	if (x->position != 0 && (r->position == 0 || x->position < r->position)) {
		if (r == x || r->kind == EXPR_ROW) /* a row of this type begins at the cast */
			return r;
		r->position = x->position;
	}
	return r;
}

static struct expr *
bind_collate(struct binder *b, struct scope *s, const PgQuery__CollateClause *c)
{
	bool found;
	int pos = at(b, c->location);
	struct expr *x = bind_expr(b, s, c->arg);

	if (x == NULL)
		return NULL;
	if (x->type->oid == OID_UNKNOWN)
		x = resolve_unknown(b, x);
	if (x == NULL)
		return NULL;
	if (!x->type->collatable)
		return bind_fail(b, pos, ERR_DATATYPE_MISMATCH,
				 "collations are not supported by type %s", type_show(b, x->type));
	oid_t collation = bind_collation(b, c->n_collname, c->collname, pos, &found);
	if (!found)
		return NULL;
	struct expr *r = expr_new(b->arena, EXPR_RELABEL, x->type, 1);
	r->args[0] = x;
	r->typmod = x->typmod;
	r->collation = collation;
	r->position = x->position;
	r->cast_form = 'c'; /* deparse: COLLATE */
	r->collate_position = pos;
	return r;
}

/* -- Logic --------------------------------------------------------------------- */
static struct expr *
bind_bool_expr(struct binder *b, struct scope *s, const PgQuery__BoolExpr *x)
{
	static const struct {
		enum expr_kind kind;
		const char *name;
	} forms[] = {
		[PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR] = { EXPR_AND, "AND" },
		[PG_QUERY__BOOL_EXPR_TYPE__OR_EXPR] = { EXPR_OR, "OR" },
		[PG_QUERY__BOOL_EXPR_TYPE__NOT_EXPR] = { EXPR_NOT, "NOT" },
	};
	struct expr *r =
		expr_new(b->arena, forms[x->boolop].kind, type_builtin(OID_BOOL), (int) x->n_args);

	for (int i = 0; i < r->nargs; i++) {
		struct expr *a = bind_expr(b, s, x->args[i]);

		if (a != NULL)
			a = coerce_bool(b, a, forms[x->boolop].name);
		if (a == NULL)
			return NULL;
		r->args[i] = a;
	}
	r->position = at(b, x->location);
	if (r->args[0]->position != 0 && r->args[0]->position < r->position)
		r->position = r->args[0]->position;
	return r;
}

static struct expr *
bind_null_test(struct binder *b, struct scope *s, const PgQuery__NullTest *x)
{
	struct expr *a = bind_expr(b, s, x->arg);

	if (a != NULL)
		a = resolve_unknown_for_test(b, a);
	if (a == NULL)
		return NULL;
	struct expr *r =
		expr_new(b->arena,
			 x->nulltesttype == PG_QUERY__NULL_TEST_TYPE__IS_NULL ? EXPR_IS_NULL
									      : EXPR_IS_NOT_NULL,
			 type_builtin(OID_BOOL), 1);
	r->args[0] = a;
	r->position = a->position != 0 ? a->position : at(b, x->location);
	return r;
}

static struct expr *
bind_bool_test(struct binder *b, struct scope *s, const PgQuery__BooleanTest *x)
{
	static const struct {
		enum expr_kind kind;
		const char *name;
	} forms[] = {
		[PG_QUERY__BOOL_TEST_TYPE__IS_TRUE] = { EXPR_IS_TRUE, "IS TRUE" },
		[PG_QUERY__BOOL_TEST_TYPE__IS_NOT_TRUE] = { EXPR_IS_NOT_TRUE, "IS NOT TRUE" },
		[PG_QUERY__BOOL_TEST_TYPE__IS_FALSE] = { EXPR_IS_FALSE, "IS FALSE" },
		[PG_QUERY__BOOL_TEST_TYPE__IS_NOT_FALSE] = { EXPR_IS_NOT_FALSE, "IS NOT FALSE" },
		[PG_QUERY__BOOL_TEST_TYPE__IS_UNKNOWN] = { EXPR_IS_UNKNOWN, "IS UNKNOWN" },
		[PG_QUERY__BOOL_TEST_TYPE__IS_NOT_UNKNOWN] = { EXPR_IS_NOT_UNKNOWN,
							       "IS NOT UNKNOWN" },
	};
	struct expr *a = bind_expr(b, s, x->arg);

	if (a != NULL)
		a = coerce_bool(b, a, forms[x->booltesttype].name);
	if (a == NULL)
		return NULL;
	struct expr *r = expr_new(b->arena, forms[x->booltesttype].kind, type_builtin(OID_BOOL), 1);
	r->args[0] = a;
	r->position = a->position;
	return r;
}

static struct expr *
bind_node(struct binder *b, struct scope *s, Node *n)
{
	switch (n->node_case) {
	case PG_QUERY__NODE__NODE_COLUMN_REF:
		return bind_column_ref(b, s, n->column_ref);
	case PG_QUERY__NODE__NODE_A_CONST:
		return bind_const(b, n->a_const);
	case PG_QUERY__NODE__NODE_PARAM_REF:
		if (n->param_ref->number == 0 && !param_is_zero(b, n->param_ref))
			return param_misplaced(b, n->param_ref);
		return bind_param(b, n->param_ref->number, at(b, n->param_ref->location));
	case PG_QUERY__NODE__NODE_A_EXPR:
		return bind_a_expr(b, s, n->a_expr);
	case PG_QUERY__NODE__NODE_BOOL_EXPR:
		return bind_bool_expr(b, s, n->bool_expr);
	case PG_QUERY__NODE__NODE_NULL_TEST:
		return bind_null_test(b, s, n->null_test);
	case PG_QUERY__NODE__NODE_BOOLEAN_TEST:
		return bind_bool_test(b, s, n->boolean_test);
	case PG_QUERY__NODE__NODE_FUNC_CALL:
		return bind_func_call(b, s, n->func_call);
	case PG_QUERY__NODE__NODE_TYPE_CAST:
		return bind_type_cast(b, s, n->type_cast);
	case PG_QUERY__NODE__NODE_COLLATE_CLAUSE:
		return bind_collate(b, s, n->collate_clause);
	case PG_QUERY__NODE__NODE_SUB_LINK:
		return bind_sublink(b, s, n->sub_link);
	default:
		return bind_misc(b, s, n);
	}
}

struct expr *
bind_expr(struct binder *b, struct scope *s, Node *n)
{
	if (!bind_enter(b))
		return NULL;
	struct expr *x = bind_node(b, s, n);
	bind_leave(b);
	return x;
}
