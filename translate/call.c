/* call.c - function calls: plain ones, aggregates, window functions, f(x) meant as a cast.
 *
 * Not here: choosing the overload (resolve.c), window definitions (window.c). */
#include "config.h"
#include "translate/bind.h"

#include <string.h>

/* A call while it is being bound. */
struct call {
	const PgQuery__FuncCall *f;
	const char *schema; /* NULL: not given */
	const char *name;  /* without schema */
	const char *shown; /* as the user wrote it */
	int position;
	int nargs, ndirect, nnamed;
	bool calling; /* CALL */
	struct expr **args;
	const char **names; /* of the last nnamed */
	struct list order;  /* struct sort_key: ORDER BY in the call */
	struct expr *filter;
};

static const char *
signature(struct binder *b, const struct call *c)
{
	struct strbuf s;

	strbuf_init(&s, b->arena);
	strbuf_printf(&s, "%s(", c->shown);
	for (int i = 0; i < c->nargs; i++) {
		if (i > 0)
			strbuf_puts(&s, ", ");
		if (i >= c->nargs - c->nnamed)
			strbuf_printf(&s, "%s => ", c->names[i - (c->nargs - c->nnamed)]);
		strbuf_puts(&s, type_show(b, c->args[i]->type));
	}
	strbuf_putc(&s, ')');
	return s.data;
}

static void *
not_found(struct binder *b, const struct call *c, int fail)
{
	if (fail == MATCH_AMBIGUOUS) {
		bind_error(b, c->position, ERR_AMBIGUOUS_FUNCTION, "function %s is not unique",
			   signature(b, c));
		err_hint(b->e, "Could not choose a best candidate function. You might need to add "
			       "explicit type casts.");
		return NULL;
	}
	if (!c->calling && refuse_function(b, c->name, c->position))
		return NULL;
	bind_error(b, c->position, ERR_UNDEFINED_FUNCTION, "%s %s does not exist",
		   c->calling ? "procedure" : "function", signature(b, c));
	if (c->calling)
		err_hint(b->e, "No procedure matches the given name and argument types. You might "
			       "need to add explicit type casts.");
	else if (c->f != NULL && c->f->n_agg_order > 1 && !c->f->agg_within_group) {
		err_hint(b->e, "No aggregate function matches the given name and argument types. "
			       "Perhaps you misplaced ORDER BY; ORDER BY must appear after all "
			       "regular arguments of the aggregate.");
	} else {
		const struct func *const *same;
		const char *near = func_candidates(c->name, &same) == 0 ? guess_function(c->name)
									: NULL;

		err_hint(b->e,
			 "No function matches the given name and argument types. "
			 "You might need to add explicit type casts.%s%s%s",
			 near != NULL ? " Perhaps you meant the function \"" : "",
			 near != NULL ? near : "", near != NULL ? "\"." : "");
	}
	return NULL;
}

/* -- Arguments ----------------------------------------------------------------- */
static struct expr *
default_arg(struct binder *b, const struct func *f, int i)
{
	const char *sql = f->defaults != NULL ? f->defaults[i - (f->nargs - f->ndefaults)] : "NULL";
	const struct type *t = type_is_poly(f->args[i]) ? NULL : type_of(b, f->args[i]);

	return rule_expr(b, sql, NULL, t, -1, PLACE_OTHER);
}

/* Arguments in the order of the signature, defaults filled in. */
static bool
order_args(struct binder *b, const struct func_match *m, struct call *c)
{
	struct expr **all = ARENA_ARRAY(b->arena, struct expr *, m->nargs + 1);
	oid_t *declared = ARENA_ARRAY(b->arena, oid_t, m->nargs + 1);

	for (int i = 0; i < m->nargs; i++) {
		int from = m->order != NULL ? m->order[i] : i < c->nargs ? i : -1;

		declared[i] = m->order != NULL || from < 0 ? m->func->args[i] : m->declared[i];
		all[i] = from >= 0 ? c->args[from] : default_arg(b, m->func, i);
		if (all[i] == NULL)
			return false;
	}
	c->args = all;
	c->nargs = m->nargs;
	memcpy(m->declared, declared, (size_t) m->nargs * sizeof *declared);
	return true;
}

/* VARIADIC x for "any": x must be an array. */
static bool
variadic_is_array(struct binder *b, const struct func_match *m, const struct call *c)
{
	const struct expr *last = c->nargs > 0 ? c->args[c->nargs - 1] : NULL;

	if (c->f == NULL || !c->f->func_variadic || m->func->variadic != OID_ANY || last == NULL ||
	    type_is_array(base_type(last->type, NULL)))
		return true;
	bind_error(b, last->position, ERR_DATATYPE_MISMATCH, "VARIADIC argument must be an array");
	return false;
}

/* Convert the arguments to what the signature wants; pack the variadic ones. */
static const struct type *
coerce_args(struct binder *b, struct func_match *m, struct call *c)
{
	const struct type **types = ARENA_ARRAY(b->arena, const struct type *, c->nargs + 1);

	for (int i = 0; i < c->nargs; i++)
		types[i] = c->args[i]->type;
	if (!variadic_is_array(b, m, c))
		return NULL;
	const struct type *ret = poly_enforce(b, c->nargs, types, m->declared, m->func->ret, false);
	if (ret == NULL)
		return NULL;
	for (int i = 0; i < c->nargs; i++) {
		const struct type *want = type_of(b, m->declared[i]);

		if (want == NULL)
			return bind_fail(b, c->position, ERR_INTERNAL_ERROR,
					 "type with OID %u does not exist", m->declared[i]);
		if (want->oid != OID_ANY) /* "any": an unknown literal stays one */
			c->args[i] = coerce_plain(b, c->args[i], want, -1, COERCE_IMPLICIT, 'i', 0);
		if (c->args[i] == NULL)
			return NULL;
	}
	if (m->nvariadic > 0 && m->func->variadic != OID_ANY) {
		int first = c->nargs - m->nvariadic;
		const struct type *elem = type_of(b, m->declared[first]);
		const struct type *array = elem != NULL ? array_over(b, elem) : NULL;

		if (array == NULL)
			return bind_fail(b, c->position, ERR_UNDEFINED_OBJECT,
					 "could not find array type for data type %s",
					 elem != NULL ? type_show(b, elem) : "unknown");
		struct expr *list = expr_new(b->arena, EXPR_ARRAY, array, m->nvariadic);
		memcpy(list->args, c->args + first, (size_t) m->nvariadic * sizeof *list->args);
		list->position = list->args[0]->position;
		list->collation = common_collation(list->nargs, list->args);
		c->args[first] = list;
		c->nargs = first + 1;
	}
	return ret;
}

static int
resolve(struct binder *b, struct call *c, bool variadic, struct func_match *m)
{
	const struct type **types = ARENA_ARRAY(b->arena, const struct type *, c->nargs + 1);

	for (int i = 0; i < c->nargs; i++)
		types[i] = c->args[i]->type;
	return func_resolve(b, c->schema, c->name, c->nargs, types, c->nnamed, c->names, !variadic,
			    c->nargs == 1 && c->args[0]->kind == EXPR_CONST, m);
}

static int
call_position(const struct call *c)
{
	int p = c->position;

	for (int i = 0; i < c->nargs; i++)
		if (c->args[i]->position != 0 && c->args[i]->position < p)
			p = c->args[i]->position;
	return p;
}

static struct expr *
plain_call(struct binder *b, const struct func_match *m, struct call *c, const struct type *ret)
{
	if (!collations_agree(b, c->nargs, c->args))
		return NULL;
	struct expr *x = expr_func(b->arena, m->func, ret, c->nargs, c->args);

	x->variadic = (c->f != NULL && c->f->func_variadic) ||
		      (m->nvariadic > 0 && m->func->variadic != OID_ANY);
	if (c->f != NULL && c->f->funcformat == PG_QUERY__COERCION_FORM__COERCE_SQL_SYNTAX)
		x->cast_form = 's'; /* deparse: the call's own syntax */
	if (ret->collatable) {
		x->collation = common_collation(c->nargs, c->args);
		if (x->collation == 0)
			x->collation = type_default_collation(ret);
	}
	x->position = call_position(c);
	return x;
}

struct expr *
make_call(struct binder *b, const char *name, int nargs, struct expr **args, int position)
{
	struct call c = { .name = name, .shown = name, .position = position, .nargs = nargs };
	struct func_match m;

	c.args = ARENA_ARRAY(b->arena, struct expr *, nargs + 1);
	for (int i = 0; i < nargs; i++)
		c.args[i] = args[i];
	int rc = resolve(b, &c, false, &m);
	if (rc != MATCH_OK)
		return not_found(b, &c, rc);
	if (m.func == NULL)
		return coerce_to(b, c.args[0], m.cast_to, -1, COERCE_EXPLICIT, 'e', position);
	if (!order_args(b, &m, &c))
		return NULL;
	const struct type *ret = coerce_args(b, &m, &c);
	if (ret == NULL || m.func->kind != FUNC_AGGREGATE)
		return ret != NULL ? plain_call(b, &m, &c, ret) : NULL;
	struct expr *x = expr_func(b->arena, m.func, ret, c.nargs,
				   c.args); /* over the rows of the query it is put in */
	x->kind = EXPR_AGG;
	x->position = position;
	x->collation = ret->collatable ? type_default_collation(ret) : 0;
	return x;
}

/* -- What a call may be -------------------------------------------------------- */
static bool
check_plain(struct binder *b, const struct call *c, const char *what)
{
	const PgQuery__FuncCall *f = c->f;
	const char *given = f->agg_star             ? NULL
			    : f->agg_distinct       ? "DISTINCT"
			    : f->agg_within_group   ? "WITHIN GROUP"
			    : f->n_agg_order > 0    ? "ORDER BY"
			    : f->agg_filter != NULL ? "FILTER"
						    : "";

	if (given == NULL)
		bind_error(b, c->position, ERR_WRONG_OBJECT_TYPE,
			   "%s(*) specified, but %s is not an aggregate function", c->shown,
			   c->shown);
	else if (given[0] != '\0')
		bind_error(b, c->position, ERR_WRONG_OBJECT_TYPE,
			   "%s specified, but %s is not an aggregate function", given, c->shown);
	else if (f->over != NULL && what == NULL)
		bind_error(
			b, c->position, ERR_WRONG_OBJECT_TYPE,
			"OVER specified, but %s is not a window function nor an aggregate function",
			c->shown);
	return b->e->code == ERR_OK;
}

static bool
srf_allowed(struct binder *b, struct scope *s, const struct call *c)
{
	switch (s->place) {
	case PLACE_OTHER:
	case PLACE_SELECT:
	case PLACE_FROM_FUNCTION:
	case PLACE_GROUP_BY:
	case PLACE_ORDER_BY:
	case PLACE_DISTINCT_ON:
	case PLACE_VALUES_SINGLE:
	case PLACE_INSERT_TARGET:
	case PLACE_FROM_SUBSELECT:
		break;
	case PLACE_CHECK:
		bind_error(b, c->position, ERR_FEATURE_NOT_SUPPORTED,
			   "set-returning functions are not allowed in check constraints");
		return false;
	case PLACE_DEFAULT:
	case PLACE_INDEX_EXPR:
	case PLACE_INDEX_WHERE:
	case PLACE_PARTITION_KEY:
	case PLACE_PARTITION_BOUND:
	case PLACE_ALTER_USING:
	case PLACE_EXECUTE:
	case PLACE_GENERATED:
	case PLACE_COPY_WHERE:
	case PLACE_JOIN_ON:
	case PLACE_WINDOW_RANGE:
	case PLACE_WINDOW_ROWS:
	case PLACE_WINDOW_GROUPS: {
		static const struct {
			enum place p;
			const char *text;
		} names[] = {
			{ PLACE_DEFAULT, "DEFAULT expressions" },
			{ PLACE_INDEX_EXPR, "index expressions" },
			{ PLACE_INDEX_WHERE, "index predicates" },
			{ PLACE_PARTITION_KEY, "partition key expressions" },
			{ PLACE_PARTITION_BOUND, "partition bound" },
			{ PLACE_ALTER_USING, "transform expressions" },
			{ PLACE_EXECUTE, "EXECUTE parameters" },
			{ PLACE_GENERATED, "column generation expressions" },
			{ PLACE_COPY_WHERE, "COPY FROM WHERE conditions" },
			{ PLACE_JOIN_ON, "JOIN conditions" },
			{ PLACE_WINDOW_RANGE, "window definitions" },
			{ PLACE_WINDOW_ROWS, "window definitions" },
			{ PLACE_WINDOW_GROUPS, "window definitions" },
		};
		for (unsigned i = 0; i < ARRAY_LEN(names); i++)
			if (names[i].p == s->place)
				bind_error(b, c->position, ERR_FEATURE_NOT_SUPPORTED,
					   "set-returning functions are not allowed in %s",
					   names[i].text);
		return false;
	}
	default:
		bind_error(b, c->position, ERR_FEATURE_NOT_SUPPORTED,
			   "set-returning functions are not allowed in %s", place_name(s->place));
		return false;
	}
	if (s->in_agg) {
		bind_error(b, c->position, ERR_FEATURE_NOT_SUPPORTED,
			   "aggregate function calls cannot contain set-returning function calls");
		err_hint(b->e, "You might be able to move the set-returning function into a "
			       "LATERAL FROM item.");
		return false;
	}
	if (s->in_window) {
		bind_error(b, c->position, ERR_FEATURE_NOT_SUPPORTED,
			   "window function calls cannot contain set-returning function calls");
		err_hint(b->e, "You might be able to move the set-returning function into a "
			       "LATERAL FROM item.");
		return false;
	}
	return true;
}

static struct expr *
finish_plain(struct binder *b, struct scope *s, struct func_match *m, struct call *c)
{
	if (!check_plain(b, c, NULL))
		return NULL;
	const struct type *ret = coerce_args(b, m, c);
	if (ret == NULL)
		return NULL;
	if (m->func->retset) {
		if (!srf_allowed(b, s, c))
			return NULL;
		if (s->q != NULL && s->place != PLACE_FROM_FUNCTION)
			s->q->has_srfs = true;
	}
	return plain_call(b, m, c, ret);
}

/* -- Reading the call ---------------------------------------------------------- */
static bool
read_name(struct binder *b, struct call *c)
{
	const PgQuery__FuncCall *f = c->f;

	c->name = node_str(f->funcname[f->n_funcname - 1]);
	c->shown = c->name;
	if (f->n_funcname == 1)
		return true;
	const char *schema = node_str(f->funcname[f->n_funcname - 2]);
	if (strcmp(schema, "pg_catalog") == 0) {
		c->shown = printf_str(b, "pg_catalog.%s", c->name);
		c->schema = schema;
		return true;
	}
	const struct schema *sc = catalog_schema(b->catalog, schema);
	c->shown = printf_str(b, "%s.%s", schema, c->name);
	if (sc == NULL) {
		bind_error(b, c->position, ERR_UNDEFINED_SCHEMA, "schema \"%s\" does not exist",
			   schema);
		return false;
	}
	c->schema = schema;
	return true;
}

static bool
read_args(struct binder *b, struct scope *s, struct call *c)
{
	const PgQuery__FuncCall *f = c->f;
	size_t n = f->n_args, nordered = f->agg_within_group ? f->n_agg_order : 0;

	if (n + nordered > FUNC_ARGS_MAX) {
		bind_error(b, c->position, ERR_TOO_MANY_ARGUMENTS,
			   "cannot pass more than %d arguments to a function", FUNC_ARGS_MAX);
		return false;
	}
	c->args = ARENA_ARRAY(b->arena, struct expr *, n + nordered + 1);
	c->names = ARENA_ARRAY(b->arena, const char *, n + 1);
	for (size_t i = 0; i < n; i++) {
		Node *a = f->args[i];

		if (a->node_case == PG_QUERY__NODE__NODE_NAMED_ARG_EXPR) {
			for (int k = 0; k < c->nnamed; k++)
				if (strcmp(c->names[k], a->named_arg_expr->name) == 0) {
					bind_error(b, at(b, a->named_arg_expr->location),
						   ERR_SYNTAX_ERROR,
						   "argument name \"%s\" used more than once",
						   c->names[k]);
					return false;
				}
			c->names[c->nnamed++] = a->named_arg_expr->name;
			a = a->named_arg_expr->arg;
		} else if (c->nnamed > 0) {
			bind_error(b, at(b, node_location(a)), ERR_SYNTAX_ERROR,
				   "positional argument cannot follow named argument");
			return false;
		}
		c->args[c->nargs] = bind_expr(b, s, a);
		if (c->args[c->nargs] == NULL)
			return false;
		/* JDBC writes a parameter of type void for the result of {? = call f(...)}. */
		if (c->args[c->nargs]->kind != EXPR_PARAM || c->args[c->nargs]->type->oid != OID_VOID ||
		    c->nnamed > 0 || c->calling)
			c->nargs++;
	}
	c->ndirect = c->nargs;
	for (size_t i = 0; i < nordered; i++) {
		c->args[c->nargs] = bind_expr(b, s, f->agg_order[i]->sort_by->node);
		if (c->args[c->nargs++] == NULL)
			return false;
	}
	return true;
}

/* (row).field written as field(row). */
static struct expr *
as_field(struct binder *b, const struct call *c)
{
	const PgQuery__FuncCall *f = c->f;

	if (c->nargs != 1 || c->nnamed != 0 || f->n_funcname != 1 || f->agg_star ||
	    f->agg_distinct || f->over != NULL || f->agg_filter != NULL || f->n_agg_order > 0 ||
	    f->func_variadic || !type_is_row(c->args[0]->type))
		return NULL;
	return field_of(b, c->args[0], c->name, c->position, true);
}

struct expr *
bind_func_call(struct binder *b, struct scope *s, const PgQuery__FuncCall *f)
{
	struct call c = { .f = f, .position = at(b, f->location), .calling = b->calling };
	struct func_match m = { 0 };
	bool in_agg = s->in_agg, in_window = s->in_window;

	b->calling = false; /* the call itself, not its arguments */
	if (!read_name(b, &c))
		return NULL;
	if (f->funcformat == PG_QUERY__COERCION_FORM__COERCE_SQL_SYNTAX && f->n_args == 2 &&
	    strcmp(c.name, "extract") == 0 &&
	    f->args[0]->node_case == PG_QUERY__NODE__NODE_PARAM_REF)
		return param_misplaced(b, f->args[0]->param_ref); /* EXTRACT($1 FROM x) */
	enum call_kind kind = call_kind_of(c.name, f);
	s->in_agg |= kind == CALL_AGGREGATE;
	s->in_window |= kind == CALL_WINDOW;
	bool read = read_args(b, s, &c) &&
		    (kind == CALL_PLAIN ||
		     read_agg_parts(b, s, f, &c.order, &c.filter, c.ndirect, c.args));
	s->in_agg = in_agg;
	s->in_window = in_window;
	if (!read)
		return NULL;
	struct expr *x = as_field(b, &c);
	if (x != NULL || b->e->code != ERR_OK)
		return x;
	int rc = resolve(b, &c, f->func_variadic, &m);
	if (rc != MATCH_OK)
		return not_found(b, &c, rc);
	if (m.func == NULL) {
		if (!check_plain(b, &c, NULL))
			return NULL;
		x = coerce_to(b, c.args[0], m.cast_to, -1, COERCE_EXPLICIT, 'e', c.position);
		return x;
	}
	if (m.func->kind == FUNC_PROCEDURE && !c.calling) {
		bind_error(b, c.position, ERR_WRONG_OBJECT_TYPE, "%s is a procedure",
			   signature(b, &c));
		err_hint(b->e, "To call a procedure, use CALL.");
		return NULL;
	}
	if (m.func->kind != FUNC_PROCEDURE && c.calling) {
		bind_error(b, c.position, ERR_WRONG_OBJECT_TYPE, "%s is not a procedure",
			   signature(b, &c));
		err_hint(b->e, "To call a function, use SELECT.");
		return NULL;
	}
	if (!order_args(b, &m, &c))
		return NULL;
	struct agg_parts parts = { f, c.shown, c.position, c.ndirect, c.order, c.filter };
	switch (m.func->kind) {
	case FUNC_AGGREGATE:
	case FUNC_WINDOW: {
		const struct type *ret = NULL;

		if (!agg_check_form(b, m.func, &parts, c.nargs) ||
		    !unify_hypothetical(b, m.func, c.nargs, c.args, &parts))
			return NULL;
		ret = coerce_args(b, &m, &c);
		if (ret == NULL)
			return NULL;
		return make_agg(b, s, m.func, ret, c.nargs, c.args,
				(m.nvariadic > 0 && m.func->variadic != OID_ANY) ||
					f->func_variadic,
				&parts);
	}
	default:
		return finish_plain(b, s, &m, &c);
	}
}
