/* visible.c - names: what the search path shows, what they are called, who may use them. */
#include "config.h"
#include "core/syscat/funcs.h"

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

const struct role *
current_role(struct fcall *c)
{
	const struct session_api *api = c->env->session;

	return api == NULL ? NULL : catalog_role(c->env->catalog, api->current_user(api->self));
}

int
sys_has_role(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	int at = c->nargs == 3 ? 1 : 0;
	const struct role *who = at == 1 ? role_argument(c, args[0], c->arg_types[0]) : current_role(c);
	const struct role *of = role_argument(c, args[at], c->arg_types[at]);

	(void) nulls, (void) ret_null;
	if (of == NULL || who == NULL)
		return err_set(e, ERR_UNDEFINED_OBJECT, "role does not exist");
	*ret = datum_int(is_member(c->env->catalog, who, of->o.oid, 0));
	return ERR_OK;
}

