/* misc_expr.c - the special forms: CASE, COALESCE, GREATEST, ARRAY, ROW, subscripts, fields,
 * CURRENT_DATE and its like, GROUPING, DEFAULT. */
#include "config.h"
#include "translate/bind.h"

#include <string.h>

static int
visit_set(struct expr *x, void *arg)
{
	(void) arg;
	return x->kind == EXPR_FUNC && x->func != NULL && x->func->retset ? x->position : 0;
}

/* CASE and COALESCE may skip their arguments, so these must not be sets. */
static bool
no_sets(struct binder *b, struct expr *x, const char *what)
{
	int position = 0;

	for (int i = 0; position == 0 && i < x->nargs; i++)
		position = expr_walk(x->args[i], visit_set, NULL, false);
	if (position == 0)
		return true;
	bind_error(b, position, ERR_FEATURE_NOT_SUPPORTED,
		   "set-returning functions are not allowed in %s", what);
	err_hint(b->e,
		 "You might be able to move the set-returning function into a LATERAL FROM item.");
	return false;
}

/* -- CASE ---------------------------------------------------------------------- */
static struct expr *
case_condition(struct binder *b, struct scope *s, const PgQuery__CaseWhen *w, struct expr *value)
{
	struct expr *c = bind_expr(b, s, w->expr);

	if (c == NULL)
		return NULL;
	if (value != NULL) {
		struct expr *v = arena_dup(b->arena, value, sizeof *value);

		c = make_op(b, "=", v, c, at(b, w->location));
		if (c == NULL)
			return NULL;
	}
	return coerce_bool(b, c, "CASE/WHEN");
}

static struct expr *
bind_case(struct binder *b, struct scope *s, const PgQuery__CaseExpr *c)
{
	int n = (int) c->n_args;
	struct expr *x = expr_new(b->arena, EXPR_CASE, NULL, 2 * n + 1), *value = NULL;
	struct expr **results = ARENA_ARRAY(b->arena, struct expr *, n + 1);

	x->position = at(b, c->location);
	if (c->arg != NULL) {
		x->test = bind_expr(b, s, c->arg);
		if (x->test != NULL)
			x->test = resolve_unknown(b, x->test);
		if (x->test == NULL)
			return NULL;
		value = expr_new(b->arena, EXPR_CASE_VALUE, x->test->type, 0);
		value->typmod = x->test->typmod;
		value->collation = x->test->collation;
	}
	for (int i = 0; i < n; i++) {
		const PgQuery__CaseWhen *w = c->args[i]->case_when;

		x->args[2 * i] = case_condition(b, s, w, value);
		results[i + 1] = x->args[2 * i] != NULL ? bind_expr(b, s, w->result) : NULL;
		if (results[i + 1] == NULL)
			return NULL;
	}
	results[0] = c->defresult != NULL ? bind_expr(b, s, c->defresult)
					  : expr_null(b->arena, type_builtin(OID_UNKNOWN));
	if (results[0] == NULL)
		return NULL;
	const struct type *t = common_type(b, n + 1, results, "CASE", NULL);
	if (t == NULL)
		return NULL;
	for (int i = 0; i <= n; i++) {
		results[i] = coerce_common(b, results[i], t, i == 0 ? "CASE/ELSE" : "CASE/WHEN");
		if (results[i] == NULL)
			return NULL;
		x->args[i == 0 ? 2 * n : 2 * i - 1] = results[i];
	}
	x->type = t;
	x->typmod = common_typmod(n + 1, results, t);
	x->collation = t->collatable ? common_collation(n + 1, results) : 0;
	return no_sets(b, x, "CASE") ? x : NULL;
}

/* -- COALESCE, GREATEST, LEAST ------------------------------------------------- */
static struct expr *
bind_common(struct binder *b, struct scope *s, enum expr_kind kind, const char *name, size_t n,
	    PgQuery__Node *const *args, int position)
{
	struct list l = { 0 };

	if (bind_exprs(b, s, n, args, &l) != ERR_OK)
		return NULL;
	struct expr **in = (struct expr **) l.at;
	const struct type *t = common_type(b, l.n, in, name, NULL);
	if (t == NULL)
		return NULL;
	struct expr *x = expr_new(b->arena, kind, t, l.n);
	for (int i = 0; i < l.n; i++) {
		x->args[i] = coerce_common(b, in[i], t, name);
		if (x->args[i] == NULL)
			return NULL;
	}
	if (kind != EXPR_COALESCE && !type_is_orderable(base_type(t, NULL)))
		return bind_fail(b, position, ERR_UNDEFINED_FUNCTION,
				 "could not identify a comparison function for type %s",
				 type_show(b, t));
	x->typmod = common_typmod(x->nargs, x->args, t);
	x->collation = t->collatable ? common_collation(x->nargs, x->args) : 0;
	x->position = position;
	return kind != EXPR_COALESCE || no_sets(b, x, "COALESCE") ? x : NULL;
}

/* -- ARRAY[...] ---------------------------------------------------------------- */
struct expr *
bind_array(struct binder *b, struct scope *s, const PgQuery__AArrayExpr *a,
	   const struct type *array, int32_t typmod)
{
	int n = (int) a->n_elements, pos = at(b, a->location);
	struct expr **in = ARENA_ARRAY(b->arena, struct expr *, n + 1);
	bool nested = false;
	const struct type *elem = array != NULL ? base_type(array, NULL)->elem : NULL;

	for (int i = 0; i < n; i++) {
		Node *e = a->elements[i];

		if (e->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR) {
			in[i] = bind_array(b, s, e->a_array_expr, array, typmod);
			nested = true;
		} else {
			in[i] = bind_expr(b, s, e);
			if (in[i] != NULL && type_is_array(in[i]->type))
				nested = true;
		}
		if (in[i] == NULL)
			return NULL;
	}
	if (array == NULL) {
		if (n == 0) {
			bind_error(b, pos, ERR_INDETERMINATE_DATATYPE,
				   "cannot determine type of empty array");
			err_hint(b->e, "Explicitly cast to the desired type, for example "
				       "ARRAY[]::integer[].");
			return NULL;
		}
		const struct type *t = common_type(b, n, in, "ARRAY", NULL);
		if (t == NULL)
			return NULL;
		elem = nested ? t->elem : t;
		array = nested ? t : array_over(b, t);
		if (array == NULL || elem == NULL)
			return bind_fail(b, pos, ERR_UNDEFINED_OBJECT,
					 "could not find array type for data type %s",
					 type_show(b, t));
		for (int i = 0; i < n; i++) {
			in[i] = coerce_common(b, in[i], t, "ARRAY");
			if (in[i] == NULL)
				return NULL;
		}
	} else {
		const struct type *want = nested ? base_type(array, NULL) : elem;

		array = base_type(array, NULL);
		for (int i = 0; i < n; i++) {
			struct expr *x = coerce_to(b, in[i], want, typmod, COERCE_EXPLICIT, 'e',
						   in[i]->position);

			if (x == NULL && b->e->code == ERR_OK)
				return bind_fail(b, in[i]->position, ERR_CANNOT_COERCE,
						 "cannot cast type %s to %s",
						 type_show(b, in[i]->type), type_show(b, want));
			if (x == NULL)
				return NULL;
			in[i] = x;
		}
	}
	struct expr *x = expr_new(b->arena, EXPR_ARRAY, array, 0);
	x->nargs = n;
	x->args = in;
	x->collation = array->collatable ? common_collation(n, in) : 0;
	x->typmod = n > 0 ? common_typmod(n, in, in[0]->type) : -1;
	x->position = pos;
	return x;
}

/* -- ROW(...) ------------------------------------------------------------------ */
static struct expr *
bind_row(struct binder *b, struct scope *s, const PgQuery__RowExpr *r)
{
	struct list l = { 0 };

	for (size_t i = 0; i < r->n_args; i++) {
		if (is_star(r->args[i])) {
			struct list names = { 0 };

			if (expand_star(b, s, r->args[i]->column_ref, &l, &names) != ERR_OK)
				return NULL;
			continue;
		}
		struct expr *x = bind_expr(b, s, r->args[i]);
		if (x == NULL)
			return NULL;
		list_push(&l, b->arena, x);
	}
	if (l.n > TARGETS_MAX)
		return bind_fail(b, at(b, r->location), ERR_TOO_MANY_COLUMNS,
				 "ROW expressions can have at most %d entries", TARGETS_MAX);
	struct expr *x = expr_new(b->arena, EXPR_ROW, type_builtin(OID_RECORD), 0);
	x->nargs = l.n;
	x->args = (struct expr **) l.at;
	x->position = at(b, r->location);
	return x;
}

/* -- Fields and subscripts ----------------------------------------------------- */
static struct expr *
field_at(struct binder *b, struct expr *x, int i, const struct type *t, int32_t typmod,
	 int position)
{
	struct expr *f = expr_new(b->arena, EXPR_FIELD, t, 1);

	f->args[0] = x;
	f->col = i;
	f->typmod = typmod;
	f->position = position;
	return f;
}

/* What says which fields a record has: columns of sub-queries are looked through. */
static const struct expr *
record_source(const struct expr *x)
{
	while (x->kind == EXPR_VAR && x->col > 0 && x->type->oid == OID_RECORD) {
		const struct range *r = x->range;
		struct query *q = r->kind == RANGE_SUBQUERY ? r->sub
					: r->kind == RANGE_CTE	  ? r->cte->query
								  : NULL;

		while (q != NULL && q->setop != SETOP_NONE)
			q = q->left;
		if (q == NULL)
			break;
		x = query_column(q, x->col - 1)->expr;
	}
	return x;
}

struct expr *
field_of(struct binder *b, struct expr *x, const char *name, int position, bool missing_ok)
{
	const struct type *row = base_type(x->type, NULL);

	if (x->kind == EXPR_VAR && x->col == 0)
		for (int i = 0; i < x->range->ncols; i++)
			if (x->range->cols[i].name != NULL &&
			    strcmp(x->range->cols[i].name, name) == 0) {
				struct expr *v = expr_var(b->arena, x->range, i + 1);

				v->position = position;
				return v;
			}
	for (int i = 0; row->kind == TYPE_COMPOSITE && i < row->nattrs; i++)
		if (strcmp(row->attrs[i].name, name) == 0)
			return field_at(b, x, i + 1, row->attrs[i].type, row->attrs[i].typmod,
					position);
	const struct expr *src = record_source(x);
	if (src->kind == EXPR_FUNC && src->func->nouts > 0)
		for (int i = 0; i < src->func->nouts; i++)
			if (src->func->outs[i].name != NULL &&
			    strcmp(src->func->outs[i].name, name) == 0)
				return field_at(b, x, i + 1,
						src->func->outs[i].type == OID_ANYELEMENT &&
								src->args[0]->type->elem != NULL
							? src->args[0]->type->elem
							: type_of(b, src->func->outs[i].type),
						-1, position);
	for (int i = 0; src->kind == EXPR_ROW && i < src->nargs; i++)
		if (src->names != NULL		      ? strcmp(src->names[i], name) == 0
		    : src->type->oid == OID_RECORD ? strcmp(printf_str(b, "f%d", i + 1), name) == 0
						      : false)
			return field_at(b, x, i + 1, src->args[i]->type, src->args[i]->typmod,
					position);
	if (missing_ok)
		return NULL;
	if (x->kind == EXPR_VAR && x->col == 0)
		return bind_fail(b, position, ERR_UNDEFINED_COLUMN, "column %s.%s does not exist",
				 x->range->alias, name);
	if (x->type->oid == OID_RECORD)
		return bind_fail(b, position, ERR_UNDEFINED_COLUMN,
				 "could not identify column \"%s\" in record data type", name);
	if (!type_is_row(x->type))
		return bind_fail(
			b, position, ERR_WRONG_OBJECT_TYPE,
			"column notation .%s applied to type %s, which is not a composite type",
			name, type_show(b, x->type));
	return bind_fail(b, x->position != 0 ? x->position : position, ERR_UNDEFINED_COLUMN,
			 "column \"%s\" not found in data type %s", name, type_show(b, x->type));
}

static struct expr *
subscript(struct binder *b, struct scope *s, Node *n, bool json, int *ret_failed)
{
	struct expr *x;

	*ret_failed = 0;
	if (n == NULL)
		return NULL;
	x = bind_expr(b, s, n);
	if (x != NULL && json) {
		/* A number or a text; literals are text. */
		if (x->type->oid == OID_UNKNOWN)
			x = resolve_unknown(b, x);
		else if (x->type->oid != OID_INT4 && x->type->oid != OID_TEXT) {
			struct expr *y =
				can_coerce_one(b, x->type, type_builtin(OID_INT4), COERCE_IMPLICIT)
					? coerce_to(b, x, type_builtin(OID_INT4), -1,
						    COERCE_IMPLICIT, 'i', 0)
					: coerce_to(b, x, type_builtin(OID_TEXT), -1,
						    COERCE_IMPLICIT, 'i', 0);
			if (y == NULL && b->e->code == ERR_OK) {
				bind_error(b, x->position, ERR_DATATYPE_MISMATCH,
					   "subscript type %s is not supported",
					   type_show(b, x->type));
				err_hint(b->e, "jsonb subscript must be coercible to either "
					       "integer or text.");
			}
			x = y;
		}
	} else if (x != NULL) {
		struct expr *y =
			coerce_to(b, x, type_builtin(OID_INT4), -1, COERCE_ASSIGNMENT, 'i', 0);

		if (y == NULL && b->e->code == ERR_OK)
			bind_error(b, x->position, ERR_DATATYPE_MISMATCH,
				   "array subscript must have type integer");
		x = y;
	}
	*ret_failed = x == NULL;
	return x;
}

/* n A_Indices in a row become one node. */
struct expr *
bind_subscripts(struct binder *b, struct scope *s, struct expr *x, size_t n,
		PgQuery__Node *const *ind, int position)
{
	const struct type *t = base_type(x->type, NULL);
	bool json = t->oid == OID_JSONB, slice = false;
	const struct type *elem = t->oid == OID_NAME ? type_builtin(OID_CHAR) : t->elem;

	if (!json && elem == NULL)
		return bind_fail(
			b, position, ERR_DATATYPE_MISMATCH,
			"cannot subscript type %s because it does not support subscripting",
			type_show(b, x->type));
	for (size_t i = 0; i < n; i++) {
		const PgQuery__AIndices *a = ind[i]->a_indices;
		if (a->is_slice && !slice && a->uidx != NULL)
			position = json ? at(b, node_location(a->uidx)) : position;
		slice |= a->is_slice;
	}
	if (json && slice)
		return bind_fail(b, position, ERR_DATATYPE_MISMATCH,
				 "jsonb subscript does not support slices");
	if (t->oid == OID_NAME && slice)
		return bind_fail(b, position, ERR_FEATURE_NOT_SUPPORTED,
				 "slices of fixed-length arrays not implemented");
	struct expr *r = expr_new(b->arena, EXPR_SUBSCRIPT, json || slice ? t : elem, 1);
	r->args[0] = x;
	r->is_slice = slice;
	r->nsubs = (int) n * (slice ? 2 : 1);
	r->subs = ARENA_ARRAY(b->arena, struct expr *, r->nsubs);
	r->position = x->position != 0 ? x->position : position;
	r->typmod = x->typmod;
	r->collation = x->collation;
	for (size_t i = 0; i < n; i++) {
		const PgQuery__AIndices *a = ind[i]->a_indices;
		int failed = 0, failed2 = 0;

		if (!slice) {
			r->subs[i] = subscript(b, s, a->uidx, json, &failed);
		} else if (!a->is_slice) { /* [n] among slices means [1:n] */
			r->subs[2 * i] = expr_const(b->arena, type_builtin(OID_INT4), datum_int(1));
			r->subs[2 * i + 1] = subscript(b, s, a->uidx, false, &failed);
		} else {
			r->subs[2 * i] = subscript(b, s, a->lidx, false, &failed);
			if (!failed)
				r->subs[2 * i + 1] = subscript(b, s, a->uidx, false, &failed2);
		}
		if (failed || failed2)
			return NULL;
	}
	return r;
}

static struct expr *
bind_indirection(struct binder *b, struct scope *s, const PgQuery__AIndirection *a)
{
	struct expr *x = bind_expr(b, s, a->arg);
	int pos = x != NULL ? x->position : 0;

	for (size_t i = 0; x != NULL && i < a->n_indirection;) {
		Node *n = a->indirection[i];

		if (n->node_case == PG_QUERY__NODE__NODE_A_INDICES) {
			size_t k = 1;

			while (i + k < a->n_indirection &&
			       a->indirection[i + k]->node_case == PG_QUERY__NODE__NODE_A_INDICES)
				k++;
			x = bind_subscripts(b, s, x, k, a->indirection + i, pos);
			i += k;
		} else if (n->node_case == PG_QUERY__NODE__NODE_A_STAR) {
			return bind_fail(b, pos, ERR_FEATURE_NOT_SUPPORTED,
					 "row expansion via \"*\" is not supported here");
		} else {
			x = field_of(b, x, node_str(n), pos, false);
			i++;
		}
	}
	return x;
}

/* -- CURRENT_DATE ... ---------------------------------------------------------- */
#define VALUE(name, type)                                                                          \
	[PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_##name] = { SQLV_##name, OID_##type }
#define VALUE_N(name, type)                                                                        \
	VALUE(name, type),                                                                         \
		[PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_##name##_N] = { SQLV_##name, OID_##type }

static struct expr *
bind_sql_value(struct binder *b, const PgQuery__SQLValueFunction *v)
{
	static const struct {
		enum sql_value v;
		oid_t type;
	} forms[] = {
		VALUE(CURRENT_DATE, DATE),
		VALUE_N(CURRENT_TIME, TIMETZ),
		VALUE_N(CURRENT_TIMESTAMP, TIMESTAMPTZ),
		VALUE_N(LOCALTIME, TIME),
		VALUE_N(LOCALTIMESTAMP, TIMESTAMP),
		VALUE(CURRENT_ROLE, NAME),
		VALUE(CURRENT_USER, NAME),
		VALUE(USER, NAME),
		VALUE(SESSION_USER, NAME),
		VALUE(CURRENT_CATALOG, NAME),
		VALUE(CURRENT_SCHEMA, NAME),
	};

	if (v->op <= 0 || v->op >= (int) ARRAY_LEN(forms))
		return bind_unsupported(b, at(b, v->location), "this value function", NULL);
	struct expr *x = expr_new(b->arena, EXPR_SQL_VALUE, type_builtin(forms[v->op].type), 0);
	x->sqlvalue = forms[v->op].v;
	x->typmod =
		v->op == PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIME_N ||
				v->op ==
					PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP_N ||
				v->op == PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME_N ||
				v->op == PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP_N
			? v->typmod
			: -1;
	x->position = at(b, v->location);
	return x;
}

/* -- GROUPING ------------------------------------------------------------------ */
static struct expr *
bind_grouping(struct binder *b, struct scope *s, const PgQuery__GroupingFunc *g)
{
	struct list l = { 0 };

	if (g->n_args > 31)
		return bind_fail(b, at(b, g->location), ERR_TOO_MANY_ARGUMENTS,
				 "GROUPING must have fewer than 32 arguments");
	if (s->place == PLACE_WHERE || s->place == PLACE_GROUP_BY || s->place == PLACE_JOIN_ON)
		return bind_fail(b, at(b, g->location), ERR_GROUPING_ERROR,
				 s->place == PLACE_JOIN_ON
					 ? "grouping operations are not allowed in JOIN conditions"
				 : s->place == PLACE_WHERE
					 ? "grouping operations are not allowed in WHERE"
					 : "grouping operations are not allowed in GROUP BY");
	if (bind_exprs(b, s, g->n_args, g->args, &l) != ERR_OK)
		return NULL;
	struct expr *x = expr_new(b->arena, EXPR_GROUPING, type_builtin(OID_INT4), 0);
	x->nargs = l.n;
	x->args = (struct expr **) l.at;
	x->position = at(b, g->location);
	if (s->q != NULL)
		s->q->has_aggs = true;
	return x;
}

struct expr *
bind_misc(struct binder *b, struct scope *s, Node *n)
{
	switch (n->node_case) {
	case PG_QUERY__NODE__NODE_CASE_EXPR:
		return bind_case(b, s, n->case_expr);
	case PG_QUERY__NODE__NODE_COALESCE_EXPR:
		return bind_common(b, s, EXPR_COALESCE, "COALESCE", n->coalesce_expr->n_args,
				   n->coalesce_expr->args, at(b, n->coalesce_expr->location));
	case PG_QUERY__NODE__NODE_MIN_MAX_EXPR: {
		bool greatest = n->min_max_expr->op == PG_QUERY__MIN_MAX_OP__IS_GREATEST;

		return bind_common(b, s, greatest ? EXPR_GREATEST : EXPR_LEAST,
				   greatest ? "GREATEST" : "LEAST", n->min_max_expr->n_args,
				   n->min_max_expr->args, at(b, n->min_max_expr->location));
	}
	case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
		return bind_array(b, s, n->a_array_expr, NULL, -1);
	case PG_QUERY__NODE__NODE_ROW_EXPR:
		return bind_row(b, s, n->row_expr);
	case PG_QUERY__NODE__NODE_A_INDIRECTION:
		return bind_indirection(b, s, n->a_indirection);
	case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION:
		return bind_sql_value(b, n->sqlvalue_function);
	case PG_QUERY__NODE__NODE_GROUPING_FUNC:
		return bind_grouping(b, s, n->grouping_func);
	case PG_QUERY__NODE__NODE_SET_TO_DEFAULT:
		return bind_fail(b, at(b, n->set_to_default->location), ERR_SYNTAX_ERROR,
				 "DEFAULT is not allowed in this context");
	case PG_QUERY__NODE__NODE_XML_EXPR:
	case PG_QUERY__NODE__NODE_XML_SERIALIZE:
		return bind_unsupported(b, at(b, node_location(n)), "XML", "Use json or text.");
	default:
		return bind_unsupported(b, at(b, node_location(n)), "this kind of expression",
					NULL);
	}
}
