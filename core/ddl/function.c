/* function.c - CREATE, ALTER and DROP of functions and procedures in SQL.
 *
 * Not here: what is inside a body (translate), names and owners (rename.c). */
#include "config.h"
#include "core/ddl/acl.h"

static bool
same_inputs(const struct function *a, const struct function *b)
{
	return a->nargs == b->nargs &&
	       memcmp(a->args, b->args, (size_t) a->nargs * sizeof *a->args) == 0;
}

const struct function *
ddl_find_function(struct ddl *d, oid_t schema, const char *name, const struct function *like)
{
	int first, n = catalog_functions(d->c, schema, name, &first);

	for (int i = first; i < first + n; i++)
		if (same_inputs(catalog_function(d->c, i), like))
			return catalog_function(d->c, i);
	return NULL;
}

const char *
ddl_function_signature(struct ddl *d, const struct function *f)
{
	struct strbuf s;

	strbuf_init(&s, d->a);
	strbuf_printf(&s, "%s(", f->o.name);
	for (int i = 0; i < f->nargs; i++) {
		const struct type *t = catalog_type(d->c, f->args[i]);

		if (i > 0)
			strbuf_putc(&s, ',');
		if (t != NULL)
			type_format(t, -1, &s);
	}
	strbuf_putc(&s, ')');
	return s.data;
}

static bool
in_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '$';
}

bool
ddl_calls_function(const char *sql, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = sql != NULL ? strstr(sql, name) : NULL; p != NULL;
	     p = strstr(p + 1, name)) {
		const char *after = p + len;

		if (p > sql && in_word(p[-1]))
			continue;
		if (*after == '"')
			after++;
		if (*after == '(')
			return true;
	}
	return false;
}

/* --- CREATE OR REPLACE ------------------------------------------------------------------------ */
static int
hint_drop(struct ddl *d, const struct function *old, struct err *e)
{
	return err_hint(e, "Use DROP %s %s first.", old->kind == 'p' ? "PROCEDURE" : "FUNCTION",
			ddl_function_signature(d, old));
}

static const char *
input_name(const struct function *f, int n)
{
	for (int i = 0; i < f->nall; i++)
		if (f->all_modes[i] != 'o' && f->all_modes[i] != 't' && n-- == 0)
			return f->all_names[i];
	return "";
}

static bool
is_out(char mode)
{
	return mode == 'o' || mode == 'b' || mode == 't';
}

static bool
same_outputs(const struct function *a, const struct function *b)
{
	int i = 0, k = 0;

	for (;;) {
		while (i < a->nall && !is_out(a->all_modes[i]))
			i++;
		while (k < b->nall && !is_out(b->all_modes[k]))
			k++;
		if (i == a->nall || k == b->nall)
			return i == a->nall && k == b->nall;
		if (a->all_types[i] != b->all_types[k] ||
		    strcmp(a->all_names[i], b->all_names[k]) != 0)
			return false;
		i++;
		k++;
	}
}

static int
check_replaced(struct ddl *d, const struct function *old, const struct function *new,
	       struct err *e)
{
	int rc = ddl_check_owner(d, &old->o, "function", e);

	if (rc != ERR_OK)
		return rc;
	if (old->kind != new->kind) {
		err_set(e, ERR_WRONG_OBJECT_TYPE, "cannot change routine kind");
		return err_detail(e, "\"%s\" is a %s.", old->o.name,
				  old->kind == 'p' ? "procedure" : "function");
	}
	if (old->ret != new->ret || old->retset != new->retset) {
		err_set(e, ERR_INVALID_FUNCTION_DEFINITION,
			old->kind == 'p' ? "cannot change whether a procedure has output parameters"
					 : "cannot change return type of existing function");
		return hint_drop(d, old, e);
	}
	if (!same_outputs(old, new)) {
		err_set(e, ERR_INVALID_FUNCTION_DEFINITION,
			"cannot change return type of existing function");
		(void) err_detail(e, "Row type defined by OUT parameters is different.");
		return hint_drop(d, old, e);
	}
	for (int i = 0; i < old->nargs; i++) {
		const char *was = input_name(old, i);

		if (was[0] == '\0' || strcmp(was, input_name(new, i)) == 0)
			continue;
		err_set(e, ERR_INVALID_FUNCTION_DEFINITION,
			"cannot change name of input parameter \"%s\"", was);
		return hint_drop(d, old, e);
	}
	if (new->ndefaults < old->ndefaults) {
		err_set(e, ERR_INVALID_FUNCTION_DEFINITION,
			"cannot remove parameter defaults from existing function");
		return hint_drop(d, old, e);
	}
	return ERR_OK;
}

/* What it needs: users' types of its parameters and, for a body of statements, what they name. */
static int
find_needs(struct ddl *d, struct function *f, struct err *e)
{
	struct list deps = { 0 };
	int rc = ERR_OK;

	for (int i = -1; i < f->nall; i++) {
		oid_t t = i < 0 ? f->ret : f->all_types[i];

		if (t < OID_FIRST_USER)
			continue;
		struct object_dep *dep = ARENA_NEW(d->a, struct object_dep);
		*dep = (struct object_dep){ OBJ_TYPE, t, 0 };
		list_push(&deps, d->a, dep);
	}
	if (f->form != FORM_STRING && d->env->function_deps != NULL)
		rc = d->env->function_deps(d->env->arg, d->c, f, &deps, e);
	struct object_dep *at = ARENA_ARRAY(d->a, struct object_dep, deps.n + 1);
	for (int i = 0; i < deps.n; i++)
		at[i] = *LIST_AT(const struct object_dep, &deps, i);
	f->deps = at;
	f->ndeps = deps.n;
	return rc;
}

int
ddl_create_function(struct ddl *d, const struct cmd_create_function *cmd, struct err *e)
{
	struct function f = cmd->def;
	int rc = ddl_check_create(d, f.o.schema, e);

	if (rc == ERR_OK)
		rc = ddl_lock_name(d, f.o.schema, f.o.name, e);
	if (rc != ERR_OK)
		return rc;
	const struct function *old = ddl_find_function(d, f.o.schema, f.o.name, &f);
	if (old != NULL && !cmd->replace)
		return err_set(e, ERR_DUPLICATE_FUNCTION,
			       "function \"%s\" already exists with same argument types", f.o.name);
	if (old != NULL) {
		rc = check_replaced(d, old, &f, e);
		if (rc == ERR_OK)
			rc = ddl_lock_object(d, OBJ_FUNCTION, old->o.oid, LOCK_ACCESS_EXCLUSIVE, e);
		f.o = old->o;
	} else {
		f.o.oid = draft_new_oid(d->draft);
		f.o.owner = d->env->user;
		f.o.acl = ddl_default_acl(d, &f.o);
	}
	if (rc == ERR_OK)
		rc = find_needs(d, &f, e);
	if (rc == ERR_OK)
		draft_put(d->draft, &f.o);
	return rc;
}

/* --- ALTER ------------------------------------------------------------------------------------ */
int
ddl_alter_function(struct ddl *d, const struct cmd_alter_function *cmd, struct err *e)
{
	int rc = ddl_lock_object(d, OBJ_FUNCTION, cmd->function, LOCK_ACCESS_EXCLUSIVE, e);
	const struct function *old =
		rc == ERR_OK ? catalog_function_by_oid(d->c, cmd->function) : NULL;

	if (rc != ERR_OK)
		return rc;
	if (old == NULL)
		return err_set(e, ERR_UNDEFINED_FUNCTION, "function with OID %u does not exist",
			       cmd->function);
	rc = ddl_check_owner(d, &old->o, old->kind == 'p' ? "procedure" : "function", e);
	if (rc != ERR_OK)
		return rc;
	struct function f = *old;
	if (cmd->volatility != 0)
		f.volatility = cmd->volatility;
	if (cmd->parallel != 0)
		f.parallel = cmd->parallel;
	if (cmd->strict >= 0)
		f.strict = cmd->strict;
	if (cmd->secdef >= 0)
		f.secdef = cmd->secdef;
	if (cmd->leakproof >= 0)
		f.leakproof = cmd->leakproof;
	if (cmd->cost > 0)
		f.cost = cmd->cost;
	if (cmd->rows > 0)
		f.rows = cmd->rows;
	for (int i = 0; i < cmd->set.n; i++) {
		const char *item = LIST_AT(const char, &cmd->set, i), *eq = strchr(item, '=');

		if (eq != NULL)
			ddl_change_settings(d, &f.settings, &f.nsettings,
					    arena_strndup(d->a, item, (size_t) (eq - item)), eq + 1,
					    false);
		else
			ddl_change_settings(d, &f.settings, &f.nsettings,
					    item[0] != '\0' ? item : NULL, NULL, item[0] == '\0');
	}
	draft_put(d->draft, &f.o);
	return ERR_OK;
}
