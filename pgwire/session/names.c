/* names.c - regclass and its kin: objects by name as text, and back.
 *
 * Names are found by the search path; they are shown with their schema only when the path would
 * not find them. */
#include "config.h"
#include "pgwire/session/session.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/func/func.h"
#include "core/type/collation.h"

enum { PARTS_MAX = 3, NAME_LEN_MAX = 64 };

struct name { int n; char part[PARTS_MAX][NAME_LEN_MAX]; };

static struct session *
session_of(const struct name_resolver *r)
{
	return (struct session *) ((char *) (uintptr_t) r - offsetof(struct session, names));
}

/* A possibly qualified name: "a.b", with quotes and folding. */
static int
split(const char *text, struct name *ret, struct err *e)
{
	const char *p = text;

	ret->n = 0;
	for (;;) {
		char *to = ret->n < PARTS_MAX ? ret->part[ret->n] : NULL;
		size_t n = 0;
		bool quoted = *p == '"';
		if (to == NULL)
			return err_set(e, ERR_INVALID_NAME, "improper qualified name (too many dotted names): %s", text);
		for (p += quoted; *p != '\0' && (quoted || *p != '.'); p++) {
			if (quoted && *p == '"' && *++p != '"')
				break;
			if (!quoted && (*p == ' ' || *p == '"'))
				return err_set(e, ERR_INVALID_NAME, "invalid name syntax");
			if (n < NAME_LEN_MAX - 1)
				to[n++] = (char) (!quoted && *p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
		}
		to[n] = '\0';
		ret->n++;
		if (n == 0 || (*p != '\0' && *p != '.'))
			return err_set(e, ERR_INVALID_NAME, "invalid name syntax");
		if (*p++ == '\0')
			return ERR_OK;
	}
}

static const char *
last(const struct name *n)
{
	return n->part[n->n - 1];
}

static int
find_schema(const struct catalog *c, const struct name *n, const struct schema **ret, struct err *e)
{
	*ret = n->n < 2 ? NULL : catalog_schema(c, n->part[n->n - 2]);
	if (n->n >= 2 && *ret == NULL)
		return err_set(e, ERR_UNDEFINED_SCHEMA, "schema \"%s\" does not exist", n->part[n->n - 2]);
	return ERR_OK;
}

static int
find_class(struct session *s, const struct catalog *c, const struct name *n, const char *text, oid_t *ret,
           struct err *e)
{
	const struct relation *r = NULL;
	const struct schema *schema;
	const oid_t *path;

	int rc = find_schema(c, n, &schema, e);
	if (rc != ERR_OK)
		return rc;
	int np = session_search_path(s, true, &path);
	if (schema != NULL)
		r = catalog_relation(c, schema->o.oid, last(n));
	for (int i = 0; schema == NULL && r == NULL && i < np; i++)
		r = catalog_relation(c, path[i], last(n));
	if (r == NULL)
		return err_set(e, ERR_UNDEFINED_TABLE, "relation \"%s\" does not exist", text);
	*ret = r->o.oid;
	return ERR_OK;
}

/* A type as SQL writes it. */
static int
find_type_text(struct session *s, const struct catalog *c, const char *text, oid_t *ret, struct err *e)
{
	ARENA_AUTO struct arena a = { 0 };
	struct type_env te = { .arena = &a, .fmt = &s->fmt, .catalog = c, .names = &s->names };
	struct bind_env env;
	int32_t typmod;

	session_bind_env(s, &a, c, NULL, &te, &env);
	return sql_bind_type(&env, text, ret, &typmod, e);
}

/* Users' functions of the name, by the path when it has no schema. */
static void
users_functions(struct session *s, const struct catalog *c, const struct name *n, struct arena *a, struct list *to)
{
	const struct schema *own = n->n > 1 ? catalog_schema(c, n->part[n->n - 2]) : NULL;
	const oid_t *path;
	int npath = 1, first;

	if (n->n > 1 && own == NULL)
		return;
	if (own != NULL)
		path = &own->o.oid;
	else
		npath = session_search_path(s, true, &path);
	for (int i = 0; i < npath; i++) {
		int count = catalog_functions(c, path[i], last(n), &first);
		for (int k = first; k < first + count; k++)
			list_push(to, a, (void *) (uintptr_t) catalog_function(c, k));
	}
}

/* The types between the parentheses of "name(type, ...)"; NONE is type 0. */
static int
find_argument_types(struct session *s, const struct catalog *c, struct arena *a, const char *text,
                    oid_t *args, int *ret_n, struct err *e)
{
	const char *open = strchr(text, '(');
	int nargs = 0, rc = ERR_OK;

	if (open == NULL || text[strlen(text) - 1] != ')')
		return err_set(e, ERR_INVALID_TEXT_REPRESENTATION, "expected a left parenthesis");
	char *list = arena_strndup(a, open + 1, strlen(open + 1) - 1);
	char *rest = NULL;
	for (char *arg = strtok_r(list, ",", &rest); rc == ERR_OK && arg != NULL; arg = strtok_r(NULL, ",", &rest)) {
		arg += strspn(arg, " ");
		if (*arg == '\0')
			break;
		if (nargs == FUNC_ARGS_MAX)
			return err_set(e, ERR_TOO_MANY_ARGUMENTS, "too many arguments");
		args[nargs] = 0;
		if (strncasecmp(arg, "none", 4) != 0 || arg[4 + strspn(arg + 4, " ")] != '\0')
			rc = find_type_text(s, c, arg, &args[nargs], e);
		nargs++;
	}
	*ret_n = nargs;
	return rc;
}

/* "name(type, ...)": the function with exactly these arguments. */
static int
find_procedure(struct session *s, const struct catalog *c, const char *text, oid_t *ret, struct err *e)
{
	ARENA_AUTO struct arena a = { 0 };
	const struct func *const *all;
	struct name n;
	oid_t args[FUNC_ARGS_MAX];
	int nargs = 0;

	int rc = find_argument_types(s, c, &a, text, args, &nargs, e);
	if (rc == ERR_OK)
		rc = split(arena_strndup(&a, text, strcspn(text, "(")), &n, e);
	if (rc != ERR_OK)
		return rc;
	int count = func_candidates(last(&n), &all);
	for (int i = 0; i < count; i++)
		if (all[i]->nargs == nargs && memcmp(all[i]->args, args, (size_t) nargs * sizeof args[0]) == 0) {
			*ret = all[i]->oid;
			return ERR_OK;
		}
	struct list users = { 0 };
	users_functions(s, c, &n, &a, &users);
	for (int i = 0; i < users.n; i++) {
		const struct function *f = LIST_AT(const struct function, &users, i);
		if (f->nargs == nargs && memcmp(f->args, args, (size_t) nargs * sizeof args[0]) == 0) {
			*ret = f->o.oid;
			return ERR_OK;
		}
	}
	return err_set(e, ERR_UNDEFINED_FUNCTION, "function \"%s\" does not exist", text);
}

static int
find_function(struct session *s, const struct catalog *c, const struct name *n, const char *text, oid_t *ret,
              struct err *e)
{
	ARENA_AUTO struct arena a = { 0 };
	const struct func *const *all;
	struct list users = { 0 };
	int count = func_candidates(last(n), &all);

	users_functions(s, c, n, &a, &users);
	if (count == 0 && users.n == 1) {
		*ret = LIST_AT(const struct function, &users, 0)->o.oid;
		return ERR_OK;
	}
	count += users.n;

	if (count == 0)
		return err_set(e, ERR_UNDEFINED_FUNCTION, "function \"%s\" does not exist", text);
	if (count > 1)
		return err_set(e, ERR_AMBIGUOUS_FUNCTION, "more than one function named \"%s\"", text);
	*ret = all[0]->oid;
	return ERR_OK;
}

static int
find_operator(const char *text, oid_t *ret, struct err *e)
{
	const struct operator *const *all;
	const char *name = strrchr(text, '.') != NULL ? strrchr(text, '.') + 1 : text;
	int count = operator_candidates(name, &all);

	if (count == 0)
		return err_set(e, ERR_UNDEFINED_FUNCTION, "operator does not exist: %s", text);
	if (count > 1)
		return err_set(e, ERR_AMBIGUOUS_FUNCTION, "more than one operator named %s", text);
	*ret = all[0]->oid;
	return ERR_OK;
}

/* "+(int4, int4)"; NONE stands for the operand that a prefix operator lacks. */
static int
find_operator_of(struct session *s, const struct catalog *c, const char *text, oid_t *ret,
                 struct err *e)
{
	ARENA_AUTO struct arena a = { 0 };
	oid_t args[FUNC_ARGS_MAX];
	int n = 0;

	int rc = find_argument_types(s, c, &a, text, args, &n, e);
	if (rc != ERR_OK)
		return rc;
	if (n != 2) {
		(void) err_set(e, n < 2 ? ERR_UNDEFINED_PARAMETER : ERR_TOO_MANY_ARGUMENTS,
		               n < 2 ? "missing argument" : "too many arguments");
		return n < 2 ? err_hint(e, "Use NONE to denote the missing argument of a unary operator.")
		             : err_hint(e, "Provide two argument types for operator.");
	}
	char *name = arena_strndup(&a, text, strcspn(text, "("));
	char *dot = strrchr(name, '.');
	const struct operator *op = operator_exact(dot != NULL ? dot + 1 : name, args[0], args[1]);
	if (op == NULL)
		return err_set(e, ERR_UNDEFINED_FUNCTION, "operator does not exist: %s", text);
	*ret = op->oid;
	return ERR_OK;
}

static const struct { oid_t oid; const char *name; } plain_collations[] = {
	{ 100, "default" }, { 950, "C" }, { 951, "POSIX" },
};

static int
find_collation(const struct name *n, const char *text, oid_t *ret, struct err *e)
{
	const struct collation *c = collation_by_name(last(n));

	for (unsigned i = 0; i < ARRAY_LEN(plain_collations); i++)
		if (strcmp(plain_collations[i].name, last(n)) == 0) {
			*ret = plain_collations[i].oid;
			return ERR_OK;
		}
	if (c == NULL)
		return err_set(e, ERR_UNDEFINED_OBJECT,
		               "collation \"%s\" for encoding \"UTF8\" does not exist", text);
	*ret = c->oid;
	return ERR_OK;
}

static void
show_collation(oid_t oid, struct strbuf *to)
{
	const struct collation *c = collation_by_oid(oid);

	for (unsigned i = 0; i < ARRAY_LEN(plain_collations); i++)
		if (plain_collations[i].oid == oid) {
			quote_ident(to, plain_collations[i].name);
			return;
		}
	if (c != NULL)
		quote_ident(to, c->name);
	else
		strbuf_int(to, oid);
}

static void
show_operator(oid_t oid, bool with_types, struct strbuf *to)
{
	const struct operator *op = operator_by_oid(oid);

	if (op == NULL) {
		strbuf_int(to, oid);
		return;
	}
	strbuf_puts(to, op->name);
	if (!with_types)
		return;
	strbuf_putc(to, '(');
	if (op->left == 0)
		strbuf_puts(to, "NONE");
	else
		type_format(type_builtin(op->left), -1, to);
	strbuf_putc(to, ',');
	type_format(type_builtin(op->right), -1, to);
	strbuf_putc(to, ')');
}

static int
lookup(const struct name_resolver *resolver, oid_t regtype, const char *text, oid_t *ret, struct err *e)
{
	struct session *s = session_of(resolver);
	struct catalog *c = s->names_in != NULL ? s->names_in : session_catalog(s);
	const struct schema *schema;
	const struct role *role;
	struct name n = { 0 };
	int rc = ERR_OK;

	if (regtype != OID_REGTYPE && regtype != OID_REGPROCEDURE && regtype != OID_REGOPER &&
	    regtype != OID_REGOPERATOR)
		rc = split(text, &n, e);
	if (rc == ERR_OK)
		switch (regtype) {
		case OID_REGCLASS:
			rc = find_class(s, c, &n, text, ret, e);
			break;
		case OID_REGTYPE:
			rc = find_type_text(s, c, text, ret, e);
			break;
		case OID_REGPROC:
			rc = find_function(s, c, &n, text, ret, e);
			break;
		case OID_REGPROCEDURE:
			rc = find_procedure(s, c, text, ret, e);
			break;
		case OID_REGOPER:
			rc = find_operator(text, ret, e);
			break;
		case OID_REGOPERATOR:
			rc = find_operator_of(s, c, text, ret, e);
			break;
		case OID_REGCOLLATION:
			rc = find_collation(&n, text, ret, e);
			break;
		case OID_REGNAMESPACE:
			schema = n.n == 1 ? catalog_schema(c, last(&n)) : NULL;
			if (schema == NULL)
				rc = err_set(e, ERR_UNDEFINED_SCHEMA, "schema \"%s\" does not exist", text);
			else
				*ret = schema->o.oid;
			break;
		case OID_REGROLE:
			role = n.n == 1 ? catalog_role(c, last(&n)) : NULL;
			if (role == NULL)
				rc = err_set(e, ERR_UNDEFINED_OBJECT, "role \"%s\" does not exist", text);
			else
				*ret = role->o.oid;
			break;
		default:
			rc = err_set(e, ERR_UNDEFINED_OBJECT, "\"%s\" does not exist", text);
		}
	if (c != s->names_in)
		catalog_release(c);
	return rc;
}

/* -- Showing -------------------------------------------------------------------------------------- */
static void
show_class(struct session *s, const struct catalog *c, oid_t oid, struct strbuf *to)
{
	const struct relation *r = catalog_relation_by_oid(c, oid);
	const struct relation *first = NULL;
	const oid_t *path;

	if (r == NULL) {
		strbuf_int(to, oid);
		return;
	}
	int n = session_search_path(s, true, &path);
	for (int i = 0; first == NULL && i < n; i++)
		first = catalog_relation(c, path[i], r->o.name);
	const struct schema *schema = catalog_schema_by_oid(c, r->o.schema);
	if ((first == NULL || first->o.oid != oid) && schema != NULL) {
		quote_ident(to, schema->o.name);
		strbuf_putc(to, '.');
	}
	quote_ident(to, r->o.name);
}

static void
show_arguments(const struct catalog *c, int n, const oid_t *args, struct strbuf *to)
{
	strbuf_putc(to, '(');
	for (int i = 0; i < n; i++) {
		const struct type *t = catalog_type(c, args[i]);
		if (i > 0)
			strbuf_putc(to, ',');
		if (t != NULL)
			type_format(t, -1, to);
		else
			strbuf_int(to, args[i]);
	}
	strbuf_putc(to, ')');
}

/* Is it the one that its bare name means? */
static bool
is_plain(struct session *s, const struct catalog *c, const struct function *f, bool with_args)
{
	ARENA_AUTO struct arena a = { 0 };
	const struct func *const *all;
	struct list users = { 0 };
	struct name n = { .n = 1 };

	snprintf(n.part[0], sizeof n.part[0], "%s", f->o.name);
	users_functions(s, c, &n, &a, &users);
	if (!with_args)
		return users.n == 1 && users.at[0] == f && func_candidates(f->o.name, &all) == 0;
	for (int i = 0; i < users.n; i++) {
		const struct function *g = LIST_AT(const struct function, &users, i);
		if (g->nargs == f->nargs && memcmp(g->args, f->args, (size_t) f->nargs * sizeof *f->args) == 0)
			return g == f;
	}
	return false;
}

static void
show_user_function(struct session *s, const struct catalog *c, const struct function *f, bool with_args,
                   struct strbuf *to)
{
	const struct schema *schema = catalog_schema_by_oid(c, f->o.schema);

	if (schema != NULL && !is_plain(s, c, f, with_args)) {
		quote_ident(to, schema->o.name);
		strbuf_putc(to, '.');
	}
	quote_ident(to, f->o.name);
	if (with_args)
		show_arguments(c, f->nargs, f->args, to);
}

static void
show_function(struct session *s, oid_t oid, bool with_args, const struct catalog *c, struct strbuf *to)
{
	const struct function *user = catalog_function_by_oid(c, oid);
	const struct func *f = func_by_oid(oid);
	const struct func *const *all;

	if (user != NULL) {
		show_user_function(s, c, user, with_args, to);
		return;
	}
	if (f == NULL) {
		strbuf_int(to, oid);
		return;
	}
	if (!with_args && func_candidates(f->name, &all) > 1)
		strbuf_puts(to, "pg_catalog.");
	quote_ident(to, f->name);
	if (with_args)
		show_arguments(c, f->nargs, f->args, to);
}

static void
show_type(struct session *s, const struct catalog *c, oid_t oid, struct strbuf *to)
{
	const struct type *t = catalog_type(c, oid);
	const struct type *first = NULL;
	const oid_t *path;

	if (t == NULL) {
		strbuf_int(to, oid);
		return;
	}
	if (t->schema != OID_PG_CATALOG && t->schema != 0) {
		int n = session_search_path(s, true, &path);
		for (int i = 0; first == NULL && i < n; i++)
			first = catalog_type_by_name(c, path[i], t->name);
		const struct schema *schema = catalog_schema_by_oid(c, t->schema);
		if ((first == NULL || first->oid != oid) && schema != NULL) {
			quote_ident(to, schema->o.name);
			strbuf_putc(to, '.');
		}
	}
	type_format(t, -1, to);
}

static void
show(const struct name_resolver *resolver, oid_t regtype, oid_t value, struct strbuf *to)
{
	struct session *s = session_of(resolver);
	struct catalog *c = s->names_in != NULL ? s->names_in : session_catalog(s);
	const struct schema *schema;
	const struct role *role;

	switch (regtype) {
	case OID_REGCLASS:
		show_class(s, c, value, to);
		break;
	case OID_REGTYPE:
		show_type(s, c, value, to);
		break;
	case OID_REGPROC:
	case OID_REGPROCEDURE:
		show_function(s, value, regtype == OID_REGPROCEDURE, c, to);
		break;
	case OID_REGOPER:
	case OID_REGOPERATOR:
		show_operator(value, regtype == OID_REGOPERATOR, to);
		break;
	case OID_REGCOLLATION:
		show_collation(value, to);
		break;
	case OID_REGNAMESPACE:
		schema = catalog_schema_by_oid(c, value);
		if (schema != NULL)
			quote_ident(to, schema->o.name);
		else
			strbuf_int(to, value);
		break;
	case OID_REGROLE:
		role = catalog_role_by_oid(c, value);
		if (role != NULL)
			quote_ident(to, role->o.name);
		else
			strbuf_int(to, value);
		break;
	default:
		strbuf_int(to, value);
	}
	catalog_release(c);
}

void
names_init(struct session *s)
{
	s->names = (struct name_resolver) { .lookup = lookup, .show = show };
}
