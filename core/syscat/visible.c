/* visible.c - names: what the search path shows, what they are called, who may use them. */
#include "config.h"
#include "core/syscat/funcs.h"

#include <strings.h>

#include "core/security/privilege.h"

#include "core/func/session_api.h"

int
sys_always_true(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	(void) c, (void) args, (void) nulls, (void) ret_null, (void) e;
	*ret = datum_int(1);
	return ERR_OK;
}

int
sys_always_false(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	(void) c, (void) args, (void) nulls, (void) ret_null, (void) e;
	*ret = datum_int(0);
	return ERR_OK;
}

int
sys_zero(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	return sys_always_false(c, args, nulls, ret, ret_null, e);
}

int
sys_always_null(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	(void) c, (void) args, (void) nulls, (void) ret, (void) e;
	*ret_null = true;
	return ERR_OK;
}

int
sys_empty_text(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	(void) args, (void) nulls, (void) e;
	return text_result(c, "", ret, ret_null);
}

int
sys_get_userbyid(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	const struct role *r = catalog_role_by_oid(c->env->catalog, (oid_t) args[0].i);

	(void) nulls, (void) e;
	return text_result(c, r != NULL ? r->o.name : arena_printf(c->env->type.arena, "unknown (OID=%u)", (unsigned) args[0].i),
	                   ret, ret_null);
}

/* The first schema of the path that holds this name holds this very object. */
static bool
is_first(struct fcall *c, oid_t schema, const char *name, bool type)
{
	const struct session_api *api = c->env->session;
	const oid_t *path;

	if (api == NULL)
		return schema == OID_PUBLIC || schema == OID_PG_CATALOG;
	int n = api->search_path(api->self, true, &path);
	for (int i = 0; i < n; i++) {
		if (path[i] == schema)
			return true;
		if (type ? catalog_type_by_name(c->env->catalog, path[i], name) != NULL : catalog_relation(c->env->catalog, path[i], name) != NULL)
			return false;
	}
	return false;
}

int
sys_table_is_visible(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	const struct relation *r = catalog_relation_by_oid(c->env->catalog, (oid_t) args[0].i);

	(void) nulls, (void) e;
	*ret_null = r == NULL;
	if (r != NULL)
		*ret = datum_int(is_first(c, r->o.schema, r->o.name, false));
	return ERR_OK;
}

int
sys_type_is_visible(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	const struct type *t = catalog_type(c->env->catalog, (oid_t) args[0].i);

	(void) nulls, (void) e;
	*ret_null = t == NULL;
	if (t != NULL)
		*ret = datum_int(is_first(c, t->schema != 0 ? t->schema : OID_PG_CATALOG, t->name, true));
	return ERR_OK;
}

/* Does a function of that name over the same types stand in the schema? */
static bool
has_same_function(const struct catalog *cat, oid_t schema, const struct function *f)
{
	int first, n = catalog_functions(cat, schema, f->o.name, &first);

	for (int i = 0; i < n; i++) {
		const struct function *other = catalog_function(cat, first + i);
		if (other->nargs == f->nargs && memcmp(other->args, f->args, (size_t) f->nargs * sizeof *f->args) == 0)
			return true;
	}
	return false;
}

int
sys_function_is_visible(struct fcall *c, const union datum *args, const bool *nulls UNUSED, union datum *ret, bool *ret_null,
                        struct err *e UNUSED)
{
	const struct function *f = catalog_function_by_oid(c->env->catalog, (oid_t) args[0].i);
	const struct session_api *api = c->env->session;
	const oid_t *path;
	int n = f != NULL && api != NULL ? api->search_path(api->self, true, &path) : 0;

	*ret_null = f == NULL && func_by_oid((oid_t) args[0].i) == NULL;
	*ret = datum_int(f == NULL);
	for (int i = 0; i < n; i++) {
		if (path[i] == f->o.schema)
			*ret = datum_int(1);
		else if (!has_same_function(c->env->catalog, path[i], f))
			continue;
		break;
	}
	return ERR_OK;
}

/* -- Schemas of temporary objects ---------------------------------------------------------------------- */

/* The session's own; NULL: it has none yet. */
static const struct schema *
my_temp_schema(struct fcall *c)
{
	const struct session_api *api = c->env->session;

	return api == NULL ? NULL
	                   : catalog_schema(c->env->catalog,
	                                    arena_printf(c->env->type.arena, "pg_temp_%d", api->pid(api->self)));
}

int
sys_my_temp_schema(struct fcall *c, const union datum *args UNUSED, const bool *nulls UNUSED, union datum *ret,
                   bool *ret_null UNUSED, struct err *e UNUSED)
{
	const struct schema *mine = my_temp_schema(c);

	*ret = datum_int(mine != NULL ? mine->o.oid : 0);
	return ERR_OK;
}

int
sys_is_other_temp_schema(struct fcall *c, const union datum *args, const bool *nulls UNUSED, union datum *ret,
                         bool *ret_null UNUSED, struct err *e UNUSED)
{
	const struct schema *s = catalog_schema_by_oid(c->env->catalog, (oid_t) args[0].i);

	*ret = datum_int(s != NULL && strncmp(s->o.name, "pg_temp_", 8) == 0 && s != my_temp_schema(c));
	return ERR_OK;
}

/* -- Privileges ------------------------------------------------------------------------------------------- */

const struct role *
role_argument(struct fcall *c, union datum d, const struct type *t)
{
	if (t->byval)
		return catalog_role_by_oid(c->env->catalog, (oid_t) d.i);
	return catalog_role(c->env->catalog, arena_strndup(c->env->type.arena, bytes_data(d.b), bytes_len(d.b)));
}

static bool
is_member(const struct catalog *c, const struct role *r, oid_t of, int depth)
{
	if (r == NULL || depth > 32)
		return false;
	if (r->superuser || r->o.oid == of)
		return true;
	for (int i = 0; i < r->nmember_of; i++)
		if (is_member(c, catalog_role_by_oid(c, r->member_of[i]), of, depth + 1))
			return true;
	return false;
}

static bool
is_admin(const struct catalog *c, const struct role *r, oid_t of, int depth)
{
	if (r == NULL || depth > 32)
		return false;
	if (r->superuser)
		return true;
	for (int i = 0; i < r->nadmin_of; i++)
		if (r->admin_of[i] == of)
			return true;
	for (int i = 0; i < r->nmember_of; i++)
		if (is_admin(c, catalog_role_by_oid(c, r->member_of[i]), of, depth + 1))
			return true;
	return false;
}

const struct role *
current_role(struct fcall *c)
{
	const struct session_api *api = c->env->session;

	return api == NULL ? NULL : catalog_role(c->env->catalog, api->current_user(api->self));
}

int
no_role(struct fcall *c, union datum d, const struct type *t, struct err *e)
{
	if (t->byval)
		return err_set(e, ERR_UNDEFINED_OBJECT, "role with OID %u does not exist", (unsigned) d.i);
	return err_set(e, ERR_UNDEFINED_OBJECT, "role \"%s\" does not exist",
	               arena_strndup(c->env->type.arena, bytes_data(d.b), bytes_len(d.b)));
}

int
sys_has_role(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	static const struct { const char *name; char how; } modes[] = {
		{ "USAGE", 'u' }, { "MEMBER", 'm' }, { "USAGE WITH GRANT OPTION", 'a' }, { "USAGE WITH ADMIN OPTION", 'a' },
		{ "MEMBER WITH GRANT OPTION", 'a' }, { "MEMBER WITH ADMIN OPTION", 'a' },
	};
	const struct catalog *cat = c->env->catalog;
	int at = c->nargs == 3 ? 1 : 0;
	const struct role *who = at == 1 ? role_argument(c, args[0], c->arg_types[0]) : current_role(c);
	const struct role *of = role_argument(c, args[at], c->arg_types[at]);
	char *list = arena_strndup(c->env->type.arena, bytes_data(args[at + 1].b), bytes_len(args[at + 1].b)), *rest = NULL;
	bool yes = false;

	(void) nulls, (void) ret_null;
	if (who == NULL && !c->arg_types[0]->byval)
		return no_role(c, args[0], c->arg_types[0], e);
	if (of == NULL && !c->arg_types[at]->byval)
		return no_role(c, args[at], c->arg_types[at], e);
	for (char *w = strtok_r(list, ",", &rest); w != NULL; w = strtok_r(NULL, ",", &rest)) {
		char how = '\0';

		w += strspn(w, " ");
		for (size_t n = strlen(w); n > 0 && w[n - 1] == ' '; )
			w[--n] = '\0';
		for (unsigned i = 0; i < ARRAY_LEN(modes); i++)
			if (strcasecmp(modes[i].name, w) == 0)
				how = modes[i].how;
		if (how == '\0')
			return err_set(e, ERR_INVALID_PARAMETER_VALUE, "unrecognized privilege type: \"%s\"", w);
		if (of == NULL || who == NULL)
			continue;
		yes |= how == 'a' ? is_admin(cat, who, of->o.oid, 0)
		     : how == 'u' ? privilege_is_member(cat, who->o.oid, of->o.oid)
		                  : is_member(cat, who, of->o.oid, 0);
	}
	*ret = datum_int(yes);
	return ERR_OK;
}

