/* ddl_function.c - CREATE FUNCTION and PROCEDURE in SQL, ALTER, and naming them.
 *
 * A body given as a string is kept as it is and bound when it is called, by the path of then; a
 * body given as statements is bound now and kept with all names resolved.
 *
 * Not here: CALL (ddl_call.c), calls in expressions (call.c, inline.c), what a body must return (userfunc.c). */
#include "config.h"
#include "core/base/settings.h"
#include "core/func/session_api.h"
#include "core/func/user.h"
#include "translate/deparse.h"
#include "translate/utility.h"

#include <stdlib.h>
#include <string.h>

typedef const PgQuery__DefElem Option;

struct options {
	Option *as, *language, *volatility, *strict, *security, *leakproof, *cost, *rows, *parallel;
	struct list set; /* PgQuery__VariableSetStmt */
};

struct creating {
	struct binder *b;
	const PgQuery__CreateFunctionStmt *st;
	struct function *def;
	struct options o;
	/* Parameters, in the making. */
	oid_t args[FUNC_ARGS_MAX], all[FUNC_ARGS_MAX];
	char modes[FUNC_ARGS_MAX + 1];
	const char *names[FUNC_ARGS_MAX];
	struct list defaults; /* char */
	int nouts;
	bool poly;
};

/* -- Options ------------------------------------------------------------------- */
static int
read_option(struct binder *b, Option *d, struct options *to)
{
	const struct {
		const char *name;
		Option **at;
	} known[] = {
		{ "as", &to->as },
		{ "language", &to->language },
		{ "volatility", &to->volatility },
		{ "strict", &to->strict },
		{ "security", &to->security },
		{ "leakproof", &to->leakproof },
		{ "cost", &to->cost },
		{ "rows", &to->rows },
		{ "parallel", &to->parallel },
	};

	if (strcmp(d->defname, "set") == 0) {
		list_push(&to->set, b->arena, d->arg->variable_set_stmt);
		return ERR_OK;
	}
	for (unsigned i = 0; i < ARRAY_LEN(known); i++) {
		if (strcmp(known[i].name, d->defname) != 0)
			continue;
		if (*known[i].at != NULL)
			return bind_error(b, at(b, d->location), ERR_SYNTAX_ERROR,
					  "conflicting or redundant options");
		*known[i].at = d;
		return ERR_OK;
	}
	bind_unsupported(b, at(b, d->location), printf_str(b, "the function option %s", d->defname),
			 NULL);
	return b->e->code;
}

static int
read_options(struct binder *b, size_t n, PgQuery__Node *const *list, struct options *to)
{
	int rc = ERR_OK;

	for (size_t i = 0; i < n && rc == ERR_OK; i++)
		rc = read_option(b, list[i]->def_elem, to);
	return rc;
}

static char
volatility_of(struct binder *b, Option *d)
{
	const char *s = d != NULL ? def_text(b, d) : "volatile";

	return *s == 'i' ? 'i' : *s == 's' ? 's' : 'v';
}

static int
parallel_of(struct binder *b, Option *d, char *ret)
{
	const char *s = d != NULL ? def_text(b, d) : "unsafe";

	if (strcmp(s, "safe") != 0 && strcmp(s, "unsafe") != 0 && strcmp(s, "restricted") != 0)
		return bind_error(b, 0, ERR_SYNTAX_ERROR,
				  "parameter \"parallel\" must be SAFE, RESTRICTED, or UNSAFE");
	*ret = *s;
	return ERR_OK;
}

static int
number_of(struct binder *b, Option *d, const char *what, double *ret)
{
	if (d == NULL)
		return ERR_OK;
	*ret = strtod(def_text(b, d), NULL);
	if (*ret <= 0)
		return bind_error(b, 0, ERR_INVALID_PARAMETER_VALUE, "%s must be positive", what);
	return ERR_OK;
}

/* SET name = value of a function; RESET takes it away (ALTER only). */
static int
settings_of(struct binder *b, const struct list *set, struct list *to)
{
	for (int i = 0; i < set->n; i++) {
		const PgQuery__VariableSetStmt *v = set->at[i];

		if (check_kept_setting(b, v) != ERR_OK)
			return b->e->code;
		switch (v->kind) {
		case PG_QUERY__VARIABLE_SET_KIND__VAR_SET_VALUE: {
			const char *value = set_value(b, v);
			if (value == NULL)
				return b->e->code;
			list_push(to, b->arena, (void *) (uintptr_t) printf_str(b, "%s=%s", v->name, value));
			break;
		}
		case PG_QUERY__VARIABLE_SET_KIND__VAR_RESET:
		case PG_QUERY__VARIABLE_SET_KIND__VAR_SET_DEFAULT:
			list_push(to, b->arena, v->name);
			break;
		case PG_QUERY__VARIABLE_SET_KIND__VAR_RESET_ALL:
			list_push(to, b->arena, "");
			break;
		default:
			bind_unsupported(b, 0, "SET ... FROM CURRENT of a function",
					 "Write the value.");
			return b->e->code;
		}
	}
	return ERR_OK;
}

/* -- Parameters ---------------------------------------------------------------- */
static int
check_parameter_name(struct creating *k, const char *name, char mode)
{
	bool in = mode != 'o' && mode != 't';

	for (int i = 0; name[0] != '\0' && i < k->def->nall; i++) {
		char m = k->modes[i];
		bool other_in = m != 'o' && m != 't';

		/* An input and an OUT column may share a name; with TABLE columns none may. */
		if (strcmp(k->names[i], name) == 0 && (in == other_in || m == 'b' || mode == 'b' ||
						       mode == 't' || m == 't'))
			return bind_error(k->b, 0, ERR_INVALID_FUNCTION_DEFINITION,
					  "parameter name \"%s\" used more than once", name);
	}
	return ERR_OK;
}

static int
variadic(struct creating *k, const struct type *t)
{
	if (t->oid == OID_ANYARRAY)
		k->def->variadic = OID_ANYELEMENT;
	else if (t->oid == OID_ANY)
		k->def->variadic = OID_ANY;
	else if (t->elem != NULL && type_is_array(t))
		k->def->variadic = t->elem->oid;
	else
		return bind_error(k->b, 0, ERR_INVALID_FUNCTION_DEFINITION,
				  "VARIADIC parameter must be an array");
	return ERR_OK;
}

static int
add_parameter(struct creating *k, const PgQuery__FunctionParameter *p)
{
	struct binder *b = k->b;
	struct function *f = k->def;
	char mode = p->mode == PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_OUT      ? 'o'
		    : p->mode == PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_INOUT    ? 'b'
		    : p->mode == PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_VARIADIC ? 'v'
		    : p->mode == PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_TABLE    ? 't'
										        : 'i';
	int32_t typmod;

	if (p->arg_type->setof)
		return bind_error(b, 0, ERR_INVALID_FUNCTION_DEFINITION,
				  "functions cannot accept set arguments");
	const struct type *t = bind_type(b, p->arg_type, &typmod);
	if (t == NULL && b->e->code == ERR_UNDEFINED_OBJECT) {
		err_init(b->e);
		return bind_error(b, 0, ERR_UNDEFINED_OBJECT, "type %s does not exist",
				  names_text(b, p->arg_type->n_names, p->arg_type->names));
	}
	if (t == NULL)
		return b->e->code;
	if (f->nall == FUNC_ARGS_MAX)
		return bind_error(b, 0, ERR_TOO_MANY_ARGUMENTS,
				  "functions cannot have more than %d arguments", FUNC_ARGS_MAX);
	if (t->kind == TYPE_PSEUDO && !type_is_poly(t->oid))
		return bind_error(b, 0, ERR_INVALID_FUNCTION_DEFINITION,
				  "SQL functions cannot have arguments of type %s", type_show(b, t));
	if (f->kind == 'p' && mode == 'o' && k->defaults.n > 0)
		return bind_error(b, 0, ERR_INVALID_FUNCTION_DEFINITION,
				  "procedure OUT parameters cannot appear after one with a default value");
	if (mode != 'o' && mode != 't' && f->variadic != 0)
		return bind_error(b, 0, ERR_INVALID_FUNCTION_DEFINITION,
				  "VARIADIC parameter must be the last input parameter");
	if (mode == 'v' && variadic(k, t) != ERR_OK)
		return b->e->code;
	const char *name = p->name != NULL ? p->name : "";
	if (check_parameter_name(k, name, mode) != ERR_OK)
		return b->e->code;
	k->all[f->nall] = t->oid;
	k->modes[f->nall] = mode;
	k->names[f->nall++] = name;
	k->nouts += function_mode_is_out(mode);
	if (mode == 'o' || mode == 't')
		return p->defexpr == NULL ? ERR_OK
					  : bind_error(b, 0, ERR_INVALID_FUNCTION_DEFINITION,
						       "only input parameters can have default values");
	k->poly |= type_is_poly(t->oid);
	k->args[f->nargs++] = t->oid;
	if (p->defexpr != NULL) {
		const char *text = default_text(b, p->defexpr, name, t, -1);
		if (text == NULL)
			return b->e->code;
		list_push(&k->defaults, b->arena, (void *) (uintptr_t) text);
	} else if (k->defaults.n > 0) {
		return bind_error(b, 0, ERR_INVALID_FUNCTION_DEFINITION,
				  "input parameters after one with a default value must also have "
				  "defaults");
	}
	return ERR_OK;
}

/* -- The result ---------------------------------------------------------------- */
static int
result_type(struct creating *k)
{
	struct binder *b = k->b;
	struct function *f = k->def;
	const PgQuery__TypeName *rt = k->st->return_type;
	oid_t outs = 0;
	bool table = false;

	for (int i = 0; i < f->nall; i++) {
		table |= k->modes[i] == 't';
		if (function_mode_is_out(k->modes[i]))
			outs = k->nouts > 1 ? OID_RECORD : k->all[i];
	}
	if (f->kind == 'p') {
		f->ret = k->nouts > 0 ? OID_RECORD : OID_VOID;
		return ERR_OK;
	}
	if (rt == NULL && outs == 0)
		return bind_error(b, 0, ERR_INVALID_FUNCTION_DEFINITION,
				  "function result type must be specified");
	f->retset = table || (rt != NULL && rt->setof);
	if (rt == NULL || table) {
		f->ret = outs;
	} else {
		int32_t typmod;
		PgQuery__TypeName one = *rt; /* of SETOF */
		one.setof = false;
		const struct type *t = bind_type(b, &one, &typmod);

		if (t == NULL)
			return b->e->code;
		if (outs != 0 && t->oid != outs)
			return bind_error(b, 0, ERR_INVALID_FUNCTION_DEFINITION,
					  "function result type must be %s because of OUT parameters",
					  type_show(b, type_of(b, outs)));
		f->ret = t->oid;
	}
	if (type_is_poly(f->ret) && !k->poly) {
		bind_error(b, 0, ERR_INVALID_FUNCTION_DEFINITION,
			   "cannot determine result data type");
		return err_detail(b->e,
				  "A result of type %s requires at least one input of type "
				  "anyelement, anyarray, anynonarray, anyenum, anyrange, or "
				  "anymultirange.",
				  type_show(b, type_of(b, f->ret)));
	}
	const struct type *t = type_of(b, f->ret);
	if (t != NULL && t->kind == TYPE_PSEUDO && !type_is_poly(t->oid) && t->oid != OID_VOID &&
	    t->oid != OID_RECORD)
		return bind_error(b, 0, ERR_INVALID_FUNCTION_DEFINITION,
				  "SQL functions cannot return type %s", type_show(b, t));
	return ERR_OK;
}

/* -- The body ------------------------------------------------------------------ */
static void
body_binder(struct creating *k, struct bind_env *env, struct bind_function *fn, struct binder *to)
{
	struct binder *b = k->b;
	const struct function *f = k->def;

	*fn = (struct bind_function){ .def = f, .ret = type_of(b, f->ret) };
	*env = *b->env;
	env->allow_params = true;
	env->nparams = f->nargs;
	env->param_types = ARENA_ARRAY(b->arena, oid_t, f->nargs + 1);
	if (f->nargs > 0)
		memcpy(env->param_types, f->args, (size_t) f->nargs * sizeof *f->args);
	env->function = fn;
	*to = *b;
	to->env = env;
}

static int
check_string_body(struct creating *k)
{
	struct binder *b = k->b, inner;
	struct bind_env env;
	struct bind_function fn;
	struct list stmts = { 0 };

	if (sql_parse(b->arena, k->def->body, &stmts, b->e) != ERR_OK) {
		b->e->position = 0;
		return b->e->code;
	}
	if (k->poly)
		return ERR_OK; /* types are known at the call only */
	if (stmts.n == 0) {
		body_binder(k, &env, &fn, &inner);
		return fit_result(&inner, &fn, NULL) != NULL || fits_nothing(&fn) ? ERR_OK
										   : b->e->code;
	}
	for (int i = 0; i < stmts.n; i++) {
		const struct raw_stmt *raw = LIST_AT(const struct raw_stmt, &stmts, i);
		struct statement *st;

		body_binder(k, &env, &fn, &inner);
		inner.text = NULL;
		inner.raw = raw;
		fn.last = i == stmts.n - 1;
		if (statement_bind(&inner, raw->node, &st) != ERR_OK)
			return b->e->code;
		if (fn.last && st->kind != STMT_QUERY && !fits_nothing(&fn)) {
			(void) fit_result(&inner, &fn, NULL);
			return b->e->code;
		}
	}
	return ERR_OK;
}

static int
add_atomic(struct creating *k, Node *n, bool last, struct strbuf *to)
{
	struct binder inner;
	struct bind_env env;
	struct bind_function fn;
	struct query *q;

	body_binder(k, &env, &fn, &inner);
	if (n->node_case == PG_QUERY__NODE__NODE_RETURN_STMT) {
		PgQuery__ResTarget t = PG_QUERY__RES_TARGET__INIT;
		PgQuery__Node tn = PG_QUERY__NODE__INIT, *targets[1] = { &tn };
		PgQuery__SelectStmt s = PG_QUERY__SELECT_STMT__INIT;

		tn.node_case = PG_QUERY__NODE__NODE_RES_TARGET;
		tn.res_target = &t;
		t.val = n->return_stmt->returnval;
		s.n_target_list = 1;
		s.target_list = targets;
		q = bind_select(&inner, NULL, &s, true);
		if (q != NULL) /* shown as RETURN, not as a SELECT with a name */
			query_column(q, 0)->name = "?column?";
	} else {
		q = bind_query(&inner, NULL, n, true);
	}
	const char *refused = q != NULL ? deparse_refuses(q) : NULL;
	if (q != NULL && refused == NULL) { /* as it was written: what makes it fit is not kept */
		strbuf_puts(to, to->len > 0 ? "\n" : "");
		sql_deparse_body(to, q, k->b->catalog);
	}
	if (q != NULL && last)
		q = fit_result(&inner, &fn, q);
	if (q == NULL)
		return k->b->e->code;
	if (refused != NULL) {
		bind_unsupported(k->b, 0, refused, "Give the body as a string.");
		return k->b->e->code;
	}
	return ERR_OK;
}

static int
atomic_body(struct creating *k, Node *body)
{
	struct strbuf s;
	int rc = ERR_OK;

	strbuf_init(&s, k->b->arena);
	if (body->node_case != PG_QUERY__NODE__NODE_LIST) {
		rc = add_atomic(k, body, true, &s);
	} else {
		for (size_t i = 0; i < body->list->n_items; i++) {
			const PgQuery__List *l = body->list->items[i]->list;

			for (size_t j = 0; l != NULL && j < l->n_items && rc == ERR_OK; j++)
				rc = add_atomic(k, l->items[j], j + 1 == l->n_items, &s);
		}
	}
	k->def->form = body->node_case == PG_QUERY__NODE__NODE_LIST ? FORM_ATOMIC : FORM_RETURN;
	k->def->body = s.len > 0 ? s.data : "";
	return rc;
}

/* pg_dump's scripts make functions before the tables that their bodies name. */
static bool
checks_bodies(struct binder *b)
{
	const struct session_api *s = b->env->session;

	return s == NULL || s->settings == NULL || s->settings(s->self) == NULL ||
	       settings_bool(s->settings(s->self), SET_check_function_bodies);
}

static int
read_body(struct creating *k)
{
	struct binder *b = k->b;
	Option *as = k->o.as;

	if (k->st->sql_body != NULL && as != NULL)
		return bind_error(b, 0, ERR_INVALID_FUNCTION_DEFINITION,
				  "duplicate function body specified");
	if (k->st->sql_body != NULL)
		return atomic_body(k, k->st->sql_body);
	if (as == NULL)
		return bind_error(b, 0, ERR_INVALID_FUNCTION_DEFINITION,
				  "no function body specified");
	if (as->arg->list->n_items != 1)
		return bind_error(b, 0, ERR_INVALID_FUNCTION_DEFINITION,
				  "only one AS item needed for language \"sql\"");
	k->def->body = node_str(as->arg->list->items[0]);
	return checks_bodies(b) ? check_string_body(k) : ERR_OK;
}

static int
check_language(struct creating *k)
{
	struct binder *b = k->b;
	const char *name = k->o.language != NULL ? def_text(b, k->o.language)
			   : k->st->sql_body != NULL ? "sql"
						     : NULL;
	static const char *const others[] = { "plpgsql", "c", "internal", "plpython3u", "plperl",
					      "pltcl" };

	if (name == NULL)
		return bind_error(b, 0, ERR_INVALID_FUNCTION_DEFINITION, "no language specified");
	if (strcasecmp(name, "sql") == 0)
		return ERR_OK;
	for (unsigned i = 0; i < ARRAY_LEN(others); i++)
		if (strcasecmp(name, others[i]) == 0) {
			bind_unsupported(b, 0, printf_str(b, "LANGUAGE %s", name),
					 "Write the function in SQL.");
			return b->e->code;
		}
	return bind_error(b, 0, ERR_UNDEFINED_OBJECT, "language \"%s\" does not exist", name);
}

/* -- CREATE -------------------------------------------------------------------- */
static int
name_of(struct creating *k)
{
	size_t n = k->st->n_funcname;
	PgQuery__RangeVar rv = PG_QUERY__RANGE_VAR__INIT;
	char persistence;

	rv.location = -1;
	rv.relname = (char *) (uintptr_t) node_str(k->st->funcname[n - 1]);
	rv.schemaname = n > 1 ? (char *) (uintptr_t) node_str(k->st->funcname[n - 2]) : NULL;
	k->def->o.name = rv.relname;
	k->def->o.schema = create_schema_oid(k->b, &rv, &persistence);
	return k->def->o.schema != 0 ? ERR_OK : k->b->e->code;
}

static int
attributes(struct creating *k)
{
	struct binder *b = k->b;
	struct function *f = k->def;
	struct list set = { 0 };
	int rc;

	if (f->kind == 'p' && (k->o.strict != NULL || k->o.volatility != NULL || k->o.cost != NULL))
		return bind_error(b, 0, ERR_INVALID_FUNCTION_DEFINITION,
				  "invalid attribute in procedure definition");
	f->volatility = volatility_of(b, k->o.volatility);
	if ((k->o.strict != NULL && !def_bool(b, k->o.strict, &f->strict)) ||
	    (k->o.security != NULL && !def_bool(b, k->o.security, &f->secdef)) ||
	    (k->o.leakproof != NULL && !def_bool(b, k->o.leakproof, &f->leakproof)))
		return b->e->code;
	f->cost = 100;
	f->rows = f->retset ? 1000 : 0;
	rc = parallel_of(b, k->o.parallel, &f->parallel);
	if (rc == ERR_OK)
		rc = number_of(b, k->o.cost, "COST", &f->cost);
	if (rc == ERR_OK && k->o.rows != NULL && !f->retset)
		rc = bind_error(b, 0, ERR_INVALID_PARAMETER_VALUE,
				"ROWS is not applicable when function does not return a set");
	if (rc == ERR_OK)
		rc = number_of(b, k->o.rows, "ROWS", &f->rows);
	if (rc == ERR_OK)
		rc = settings_of(b, &k->o.set, &set);
	f->nsettings = set.n;
	f->settings = (const char *const *) set.at;
	return rc;
}

int
bind_create_function(struct binder *b, const PgQuery__CreateFunctionStmt *c, struct statement *st)
{
	struct cmd_create_function *cmd =
		COMMAND_NEW(b, cmd_create_function, CMD_CREATE_FUNCTION, st);
	struct creating *k = ARENA_NEW(b->arena, struct creating);
	int rc;

	*k = (struct creating){ .b = b, .st = c, .def = &cmd->def };
	cmd->replace = c->replace;
	cmd->def.o.class = OBJ_FUNCTION;
	cmd->def.kind = c->is_procedure ? 'p' : 'f';
	rc = name_of(k);
	if (rc == ERR_OK)
		rc = read_options(b, c->n_options, c->options, &k->o);
	if (rc == ERR_OK)
		rc = check_language(k);
	for (size_t i = 0; i < c->n_parameters && rc == ERR_OK; i++)
		rc = add_parameter(k, c->parameters[i]->function_parameter);
	if (rc == ERR_OK)
		rc = result_type(k);
	if (rc == ERR_OK)
		rc = attributes(k);
	cmd->def.args = k->args;
	cmd->def.all_types = k->all;
	cmd->def.all_modes = k->modes;
	cmd->def.all_names = k->names;
	cmd->def.ndefaults = k->defaults.n;
	cmd->def.defaults = (const char *const *) k->defaults.at;
	return rc == ERR_OK ? read_body(k) : rc;
}

/* -- Naming one ---------------------------------------------------------------- */
static const char *
routine_word(int type)
{
	return type == PG_QUERY__OBJECT_TYPE__OBJECT_PROCEDURE ? "procedure"
	       : type == PG_QUERY__OBJECT_TYPE__OBJECT_ROUTINE ? "routine"
							       : "function";
}

static const char *
shown_signature(struct binder *b, const PgQuery__ObjectWithArgs *f)
{
	struct strbuf s;

	strbuf_init(&s, b->arena);
	strbuf_puts(&s, names_text(b, f->n_objname, f->objname));
	if (f->args_unspecified)
		return s.data;
	strbuf_putc(&s, '(');
	for (size_t i = 0; i < f->n_objargs; i++) {
		const PgQuery__TypeName *tn = f->objargs[i]->type_name;
		const struct type *t = find_type(b, tn);

		strbuf_printf(&s, "%s%s", i > 0 ? ", " : "",
			      t != NULL ? type_show(b, t) : names_text(b, tn->n_names, tn->names));
	}
	strbuf_putc(&s, ')');
	return s.data;
}

static bool
takes(const struct func *f, struct binder *b, const PgQuery__ObjectWithArgs *o)
{
	if (o->args_unspecified)
		return true;
	if ((size_t) f->nargs != o->n_objargs)
		return false;
	for (int i = 0; i < f->nargs; i++) {
		const struct type *t = find_type(b, o->objargs[i]->type_name);

		if (t == NULL || t->oid != f->args[i])
			return false;
	}
	return true;
}

static const struct function *
not_found_function(struct binder *b, int type, const PgQuery__ObjectWithArgs *f, bool missing_ok,
		   const char *shown)
{
	if (missing_ok)
		return NULL;
	if (f->args_unspecified)
		return bind_fail(b, 0, ERR_UNDEFINED_FUNCTION, "could not find a %s named \"%s\"",
				 routine_word(type), shown);
	return bind_fail(b, 0, ERR_UNDEFINED_FUNCTION, "%s %s does not exist", routine_word(type),
			 shown);
}

const struct function *
bind_function_ref(struct binder *b, int type, const PgQuery__ObjectWithArgs *f, bool missing_ok,
		  const char **ret_shown)
{
	const char *schema = f->n_objname > 1 ? node_str(f->objname[f->n_objname - 2]) : NULL;
	const char *name = node_str(f->objname[f->n_objname - 1]);
	const struct func *found = NULL;
	struct list all = { 0 };
	int n = 0;

	*ret_shown = shown_signature(b, f);
	for (size_t i = 0; i < f->n_objargs; i++)
		if (find_type(b, f->objargs[i]->type_name) == NULL && !missing_ok) {
			int32_t typmod;
			(void) bind_type(b, f->objargs[i]->type_name, &typmod);
			b->e->position = 0;
			return NULL;
		}
	functions_named(b, schema, name, &all);
	for (int i = 0; i < all.n; i++)
		if (takes(all.at[i], b, f)) {
			found = all.at[i];
			n++;
		}
	if (n == 0)
		return not_found_function(b, type, f, missing_ok, *ret_shown);
	if (n > 1) {
		bind_error(b, 0, ERR_AMBIGUOUS_FUNCTION, "%s name \"%s\" is not unique",
			   routine_word(type), name);
		err_hint(b->e, "Specify the argument list to select the %s unambiguously.",
			 routine_word(type));
		return NULL;
	}
	const struct function *def = func_definition(found);
	if (def == NULL)
		return bind_fail(b, 0,
				 b->dropping ? ERR_DEPENDENT_OBJECTS_STILL_EXIST
					     : ERR_INSUFFICIENT_PRIVILEGE,
				 b->dropping ? "cannot drop function %s because it is required by the "
					       "database system"
					     : "must be owner of function %s",
				 b->dropping ? *ret_shown : name);
	if ((type == PG_QUERY__OBJECT_TYPE__OBJECT_PROCEDURE && def->kind != 'p') ||
	    (type == PG_QUERY__OBJECT_TYPE__OBJECT_FUNCTION && def->kind == 'p'))
		return bind_fail(b, 0, ERR_WRONG_OBJECT_TYPE, "%s is not a %s", *ret_shown,
				 routine_word(type));
	return def;
}

/* -- ALTER --------------------------------------------------------------------- */
int
bind_alter_function(struct binder *b, const PgQuery__AlterFunctionStmt *a, struct statement *st)
{
	struct cmd_alter_function *c =
		COMMAND_NEW(b, cmd_alter_function, CMD_ALTER_FUNCTION, st);
	struct options o = { 0 };
	const char *shown;
	bool flag = false;
	const struct function *def = bind_function_ref(b, (int) a->objtype, a->func, false, &shown);

	if (def == NULL || read_options(b, a->n_actions, a->actions, &o) != ERR_OK)
		return b->e->code;
	const PgQuery__DefElem *functions_only[] = { o.strict, o.volatility, o.cost, o.rows, o.leakproof, o.parallel };
	for (size_t i = 0; def->kind == 'p' && i < ARRAY_LEN(functions_only); i++)
		if (functions_only[i] != NULL)
			return bind_error(b, at(b, functions_only[i]->location), ERR_INVALID_FUNCTION_DEFINITION,
					  "invalid attribute in procedure definition");
	c->function = def->o.oid;
	c->strict = c->secdef = c->leakproof = -1;
	if (o.volatility != NULL)
		c->volatility = volatility_of(b, o.volatility);
	if (o.parallel != NULL && parallel_of(b, o.parallel, &c->parallel) != ERR_OK)
		return b->e->code;
	if (o.strict != NULL && def_bool(b, o.strict, &flag))
		c->strict = flag;
	if (o.security != NULL && def_bool(b, o.security, &flag))
		c->secdef = flag;
	if (o.leakproof != NULL && def_bool(b, o.leakproof, &flag))
		c->leakproof = flag;
	if (number_of(b, o.cost, "COST", &c->cost) != ERR_OK ||
	    number_of(b, o.rows, "ROWS", &c->rows) != ERR_OK)
		return b->e->code;
	if (o.rows != NULL && !def->retset)
		return bind_error(b, 0, ERR_INVALID_PARAMETER_VALUE,
				  "ROWS is not applicable when function does not return a set");
	return settings_of(b, &o.set, &c->set);
}
