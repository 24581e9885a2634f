/* routine.c - functions as SQL: pg_get_functiondef, pg_get_function_arguments ... */
#include "config.h"
#include "core/syscat/funcs.h"

#include <stdlib.h>

#include "core/func/session_api.h"
#include "core/func/textual.h"
#include "core/func/user.h"

static void
put_name(struct strbuf *to, const char *name)
{
	put_ident(to, name, strlen(name));
}

static void
put_type(struct strbuf *to, const struct exec_env *env, oid_t oid)
{
	const struct name_resolver *names = env->type.names;
	const struct type *t = catalog_type(env->catalog, oid);

	if (names != NULL)
		names->show(names, OID_REGTYPE, oid, to);
	else if (t != NULL)
		type_format(t, -1, to);
}

/* A built-in function in the shape of a user's. */
static const struct function *
find(struct fcall *c, oid_t oid)
{
	const struct function *user = catalog_function_by_oid(c->env->catalog, oid);
	const struct func *f = func_by_oid(oid);
	struct arena *a = c->env->type.arena;

	if (user != NULL || f == NULL)
		return user;
	struct function *to = ARENA_NEW(a, struct function);
	int n = f->nargs + f->nouts;
	oid_t *types = ARENA_ARRAY(a, oid_t, n + 1);
	char *modes = arena_zalloc(a, (size_t) n + 1);
	const char **names = ARENA_ARRAY(a, const char *, n + 1);
	for (int i = 0; i < n; i++) {
		const bool in = i < f->nargs;
		const char *name = in ? (f->arg_names != NULL ? f->arg_names[i] : NULL)
				      : f->outs[i - f->nargs].name;
		types[i] = in ? f->args[i] : f->outs[i - f->nargs].type;
		modes[i] = !in ? 'o'
			   : f->variadic != 0 && i == f->nargs - 1 ? 'v'
								   : 'i';
		names[i] = name != NULL ? name : "";
	}
	*to = (struct function){ .kind = f->kind, .retset = f->retset, .ret = f->ret, .nargs = f->nargs,
				 .ndefaults = f->defaults != NULL ? f->ndefaults : 0, .args = f->args,
				 .defaults = f->defaults, .nall = n, .all_types = types,
				 .all_modes = modes, .all_names = names };
	return to;
}

static const char *
default_of(const struct function *f, int input)
{
	int d = input - (f->nargs - f->ndefaults);

	return d >= 0 && d < f->ndefaults && input < f->nargs ? f->defaults[d] : NULL;
}

/* identity: as DROP FUNCTION wants them, without defaults. */
static void
put_parameters(struct strbuf *b, const struct exec_env *env, const struct function *f, bool identity)
{
	int input = 0, shown = 0;

	for (int i = 0; i < f->nall; i++) {
		const char mode = f->all_modes[i];
		const bool in = mode != 'o' && mode != 't';
		const char *def = in ? default_of(f, input) : NULL;

		input += in;
		if (mode == 't')
			continue;
		strbuf_puts(b, shown++ > 0 ? ", " : "");
		strbuf_puts(b, mode == 'o'   ? "OUT "
			       : mode == 'b' ? "INOUT "
			       : mode == 'v' ? "VARIADIC "
			       : f->kind == 'p' ? "IN "
						: "");
		if (f->all_names[i][0] != '\0') {
			put_name(b, f->all_names[i]);
			strbuf_putc(b, ' ');
		}
		put_type(b, env, f->all_types[i]);
		if (def != NULL && !identity)
			strbuf_printf(b, " DEFAULT %s", def);
	}
}

static void
put_types(struct strbuf *b, const struct exec_env *env, const struct function *f, int from, int to)
{
	for (int i = from; i < to; i++) {
		strbuf_printf(b, "%s%s", i > from ? ", " : "", f->all_modes[i] == 'v' ? "VARIADIC " : "");
		put_type(b, env, f->all_types[i]);
	}
}

/* What stands in the parentheses of the call, then what its ORDER BY takes: the last argument, or
 * as many again where any are taken. */
static void
put_ordered_set(struct strbuf *b, const struct exec_env *env, const struct function *f, bool any)
{
	const int direct = any ? f->nall : f->nall - 1;

	put_types(b, env, f, 0, direct);
	strbuf_puts(b, direct > 0 ? " ORDER BY " : "ORDER BY ");
	put_types(b, env, f, any ? 0 : direct, f->nall);
}

static void
put_result(struct strbuf *b, const struct exec_env *env, const struct function *f)
{
	bool table = false;
	int shown = 0;

	for (int i = 0; i < f->nall; i++)
		table |= f->all_modes[i] == 't';
	if (!table) {
		strbuf_puts(b, f->retset ? "SETOF " : "");
		put_type(b, env, f->ret);
		return;
	}
	strbuf_puts(b, "TABLE(");
	for (int i = 0; i < f->nall; i++) {
		if (f->all_modes[i] != 't')
			continue;
		strbuf_puts(b, shown++ > 0 ? ", " : "");
		put_name(b, f->all_names[i]);
		strbuf_putc(b, ' ');
		put_type(b, env, f->all_types[i]);
	}
	strbuf_putc(b, ')');
}

static int
parameters(struct fcall *c, oid_t oid, bool identity, union datum *ret, bool *ret_null)
{
	const struct function *f = find(c, oid);
	struct strbuf b;

	if (f == NULL)
		return text_result(c, NULL, ret, ret_null);
	strbuf_init(&b, c->env->type.arena);
	const struct func *built_in = func_by_oid(oid);
	if (built_in != NULL && built_in->agg != NULL && built_in->agg->ordered_set)
		put_ordered_set(&b, c->env, f, built_in->variadic != 0);
	else
		put_parameters(&b, c->env, f, identity);
	return text_result(c, b.len > 0 ? b.data : "", ret, ret_null);
}

int
sys_function_arguments(struct fcall *c, const union datum *args, const bool *nulls UNUSED, union datum *ret, bool *ret_null, struct err *e UNUSED)
{
	return parameters(c, (oid_t) args[0].i, false, ret, ret_null);
}

int
sys_function_identity(struct fcall *c, const union datum *args, const bool *nulls UNUSED, union datum *ret, bool *ret_null, struct err *e UNUSED)
{
	return parameters(c, (oid_t) args[0].i, true, ret, ret_null);
}

int
sys_function_result(struct fcall *c, const union datum *args, const bool *nulls UNUSED, union datum *ret, bool *ret_null, struct err *e UNUSED)
{
	const struct function *f = find(c, (oid_t) args[0].i);
	struct strbuf b;

	if (f == NULL || f->kind == 'p')
		return text_result(c, NULL, ret, ret_null);
	strbuf_init(&b, c->env->type.arena);
	put_result(&b, c->env, f);
	return text_result(c, b.data, ret, ret_null);
}

int
sys_function_default(struct fcall *c, const union datum *args, const bool *nulls UNUSED, union datum *ret, bool *ret_null, struct err *e UNUSED)
{
	const struct function *f = find(c, (oid_t) args[0].i);
	const int n = (int) args[1].i;
	int input = 0;

	if (f == NULL || n < 1 || n > f->nall || f->all_modes[n - 1] == 'o' || f->all_modes[n - 1] == 't')
		return text_result(c, NULL, ret, ret_null);
	for (int i = 0; i < n - 1; i++)
		input += f->all_modes[i] != 'o' && f->all_modes[i] != 't';
	return text_result(c, default_of(f, input), ret, ret_null);
}

/* -- The whole ------------------------------------------------------------------------------------------ */
/* The byte after the literal or the quoted name that begins here. */
static const char *
skip_quoted(const char *p)
{
	const char quote = *p++;

	while (*p != '\0' && *p != quote)
		p++;
	return *p == '\0' ? p : p + 1;
}

/* Does the statement that begins here have tables, whose columns might be called as parameters are? */
static bool
has_tables(const char *p)
{
	while (*p == ' ' || *p == '\n')
		p++;
	if (strncmp(p, "SELECT", 6) != 0)
		return true;
	for (bool first = false; *p != '\0' && *p != ';'; ) {
		if (first && strncmp(p, "FROM ", 5) == 0) /* of a line: not EXTRACT's */
			return true;
		first = *p == '\n' || (first && *p == ' ');
		p = *p == '\'' || *p == '"' ? skip_quoted(p) : p + 1;
	}
	return false;
}

/* $n by its name, where it has one; the byte after it. */
static const char *
put_parameter(struct strbuf *b, const struct function *f, const char *p, bool qualified)
{
	char *end;
	long n = strtol(p + 1, &end, 10);
	int input = 0;

	for (int i = 0; i < f->nall; i++) {
		if (f->all_modes[i] == 'o' || f->all_modes[i] == 't' || ++input != n || f->all_names[i][0] == '\0')
			continue;
		if (qualified) {
			put_name(b, f->o.name);
			strbuf_putc(b, '.');
		}
		put_name(b, f->all_names[i]);
		return end;
	}
	strbuf_add(b, p, (size_t) (end - p));
	return end;
}

static bool
is_parameter(const char *p)
{
	return p[0] == '$' && p[1] >= '1' && p[1] <= '9';
}

/* " SELECT expression;" as RETURN. */
static void
put_return(struct strbuf *b, const struct function *f, const char *body)
{
	const char *p = body + strlen(" SELECT "), *end = body + strlen(body) - 1;

	strbuf_puts(b, "RETURN ");
	while (p < end) {
		const char *next = *p == '\'' || *p == '"' ? skip_quoted(p) : p + 1;
		if (is_parameter(p))
			next = put_parameter(b, f, p, false);
		else
			strbuf_add(b, p, (size_t) (next - p));
		p = next;
	}
}

/* The statements as the user reads them, the lines after the first of each one further in, parameters by name. */
static void
put_body(struct strbuf *b, const struct exec_env *env, const struct function *f)
{
	const struct session_api *api = env->session;
	const char *body = api != NULL && api->show_body != NULL
	                           ? api->show_body(api->self, env->type.arena, env->catalog, f)
	                           : f->body;
	char last = '\0';

	if (f->form == FORM_RETURN) {
		put_return(b, f, body);
		return;
	}
	bool tables = has_tables(body);
	strbuf_puts(b, "BEGIN ATOMIC\n");
	for (const char *p = body; *p != '\0'; ) {
		const char *next = *p == '\'' || *p == '"' ? skip_quoted(p) : p + 1;
		if (is_parameter(p))
			next = put_parameter(b, f, p, tables);
		else
			strbuf_add(b, p, (size_t) (next - p));
		if (*p == '\n' && last == ';')
			tables = has_tables(p);
		else if (*p == '\n')
			strbuf_putc(b, ' ');
		last = *p;
		p = next;
	}
	strbuf_puts(b, body[0] != '\0' ? "\nEND" : "END");
}

int
sys_function_sqlbody(struct fcall *c, const union datum *args, const bool *nulls UNUSED, union datum *ret, bool *ret_null, struct err *e UNUSED)
{
	const struct function *f = catalog_function_by_oid(c->env->catalog, (oid_t) args[0].i);
	struct strbuf b;

	if (f == NULL || f->form == FORM_STRING)
		return text_result(c, NULL, ret, ret_null);
	strbuf_init(&b, c->env->type.arena);
	put_body(&b, c->env, f);
	return text_result(c, b.data, ret, ret_null);
}

static void
put_attributes(struct strbuf *b, const struct function *f)
{
	const size_t before = b->len;

	if (f->kind != 'p' && f->volatility != 'v')
		strbuf_puts(b, f->volatility == 'i' ? " IMMUTABLE" : " STABLE");
	if (f->parallel != 'u')
		strbuf_puts(b, f->parallel == 's' ? " PARALLEL SAFE" : " PARALLEL RESTRICTED");
	strbuf_puts(b, f->strict ? " STRICT" : "");
	strbuf_puts(b, f->secdef ? " SECURITY DEFINER" : "");
	strbuf_puts(b, f->leakproof ? " LEAKPROOF" : "");
	if (f->cost != 100)
		strbuf_printf(b, " COST %g", f->cost);
	if (f->retset && f->rows != 1000)
		strbuf_printf(b, " ROWS %g", f->rows);
	if (b->len > before)
		strbuf_putc(b, '\n');
	for (int i = 0; i < f->nsettings; i++) {
		const char *eq = strchr(f->settings[i], '=');
		strbuf_printf(b, " SET %.*s TO '%s'\n", (int) (eq - f->settings[i]), f->settings[i], eq + 1);
	}
}

/* A dollar quote that the body does not contain. */
static const char *
dollar_tag(struct arena *a, const char *word, const char *body)
{
	const char *tag = arena_printf(a, "$%s$", word);

	while (strstr(body, tag) != NULL) {
		word = arena_printf(a, "%sx", word);
		tag = arena_printf(a, "$%s$", word);
	}
	return tag;
}

int
sys_functiondef(struct fcall *c, const union datum *args, const bool *nulls UNUSED, union datum *ret, bool *ret_null, struct err *e UNUSED)
{
	const struct catalog *cat = c->env->catalog;
	const struct function *f = catalog_function_by_oid(cat, (oid_t) args[0].i);
	const char *word = f != NULL && f->kind == 'p' ? "procedure" : "function";
	struct strbuf b;

	if (f == NULL)
		return text_result(c, NULL, ret, ret_null);
	const struct schema *s = catalog_schema_by_oid(cat, f->o.schema);
	strbuf_init(&b, c->env->type.arena);
	strbuf_printf(&b, "CREATE OR REPLACE %s ", f->kind == 'p' ? "PROCEDURE" : "FUNCTION");
	put_name(&b, s != NULL ? s->o.name : "");
	strbuf_putc(&b, '.');
	put_name(&b, f->o.name);
	strbuf_putc(&b, '(');
	put_parameters(&b, c->env, f, false);
	strbuf_puts(&b, ")\n");
	if (f->kind != 'p') {
		strbuf_puts(&b, " RETURNS ");
		put_result(&b, c->env, f);
		strbuf_putc(&b, '\n');
	}
	strbuf_puts(&b, " LANGUAGE sql\n");
	put_attributes(&b, f);
	if (f->form != FORM_STRING) {
		put_body(&b, c->env, f);
	} else {
		const char *tag = dollar_tag(c->env->type.arena, word, f->body);
		strbuf_printf(&b, "AS %s%s%s", tag, f->body, tag);
	}
	strbuf_putc(&b, '\n');
	return text_result(c, b.data, ret, ret_null);
}
