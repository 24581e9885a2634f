/* role.c - pg_authid, pg_auth_members, pg_database, pg_namespace, pg_tablespace. */
#include "config.h"
#include "core/syscat/row.h"

#include "core/catalog/draft.h"
#include "core/syscat/oids.h"

static const struct object *
object_at(struct rows *w, enum object_class class, int i)
{
	return catalog_at(w->env->catalog, class, i);
}

int
rows_pg_authid(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_authid);

	(void) s;
	for (int i = 0; i < catalog_count(env->catalog, OBJ_ROLE); i++) {
		const struct role *r = (const struct role *) object_at(&w, OBJ_ROLE, i);
		row_start(&w);
		row_int(&w, pg_authid_oid, r->o.oid);
		row_text(&w, pg_authid_rolname, r->o.name);
		row_int(&w, pg_authid_rolsuper, r->superuser);
		row_int(&w, pg_authid_rolinherit, r->inherit);
		row_int(&w, pg_authid_rolcreaterole, r->create_role);
		row_int(&w, pg_authid_rolcreatedb, r->create_db);
		row_int(&w, pg_authid_rolcanlogin, r->login);
		row_int(&w, pg_authid_rolreplication, r->replication);
		row_int(&w, pg_authid_rolbypassrls, r->bypass_rls);
		row_int(&w, pg_authid_rolconnlimit, r->conn_limit);
		row_text(&w, pg_authid_rolpassword, r->password);
		if (r->valid_until != INT64_MAX && r->valid_until != 0)
			row_int(&w, pg_authid_rolvaliduntil, r->valid_until);
		if (row_push(&w) != ERR_OK)
			return w.rc;
	}
	return ERR_OK;
}

static bool
is_admin(const struct role *r, oid_t of)
{
	for (int i = 0; i < r->nadmin_of; i++)
		if (r->admin_of[i] == of)
			return true;
	return false;
}

int
rows_pg_auth_members(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_auth_members);

	(void) s;
	for (int i = 0; i < catalog_count(env->catalog, OBJ_ROLE); i++) {
		const struct role *r = (const struct role *) object_at(&w, OBJ_ROLE, i);
		for (int k = 0; k < r->nmember_of; k++) {
			row_start(&w);
			row_int(&w, pg_auth_members_roleid, r->member_of[k]);
			row_int(&w, pg_auth_members_member, r->o.oid);
			row_int(&w, pg_auth_members_grantor, OID_BOOTSTRAP_ROLE);
			row_int(&w, pg_auth_members_admin_option, is_admin(r, r->member_of[k]));
			if (row_push(&w) != ERR_OK)
				return w.rc;
		}
	}
	return ERR_OK;
}

int
rows_pg_database(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_database);

	(void) s;
	for (int i = 0; i < catalog_count(env->catalog, OBJ_DATABASE); i++) {
		const struct database *d = (const struct database *) object_at(&w, OBJ_DATABASE, i);
		row_start(&w);
		row_int(&w, pg_database_oid, d->o.oid);
		row_text(&w, pg_database_datname, d->o.name);
		row_int(&w, pg_database_datdba, d->o.owner != 0 ? d->o.owner : OID_BOOTSTRAP_ROLE);
		row_int(&w, pg_database_encoding, 6);
		row_int(&w, pg_database_datlocprovider, 'c');
		row_int(&w, pg_database_datistemplate, d->is_template);
		row_int(&w, pg_database_datallowconn, d->allow_conn);
		row_int(&w, pg_database_datconnlimit, d->conn_limit);
		row_int(&w, pg_database_datfrozenxid, 0);
		row_int(&w, pg_database_datminmxid, 0);
		row_int(&w, pg_database_dattablespace, 1663);
		row_text(&w, pg_database_datcollate, "C.UTF-8");
		row_text(&w, pg_database_datctype, "C.UTF-8");
		row_access(&w, pg_database_datacl, d->o.acl);
		if (row_push(&w) != ERR_OK)
			return w.rc;
	}
	return ERR_OK;
}

static void
setting_row(struct rows *w, oid_t database, oid_t role, int n, const char *const *settings)
{
	row_start(w);
	row_int(w, pg_db_role_setting_setdatabase, database);
	row_int(w, pg_db_role_setting_setrole, role);
	row_texts(w, pg_db_role_setting_setconfig, n, settings);
	(void) row_push(w);
}

int
rows_pg_db_role_setting(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_db_role_setting);

	(void) s;
	for (int i = 0; i < catalog_count(env->catalog, OBJ_DATABASE); i++) {
		const struct database *d = (const struct database *) object_at(&w, OBJ_DATABASE, i);
		if (d->nsettings > 0)
			setting_row(&w, d->o.oid, 0, d->nsettings, d->settings);
	}
	for (int i = 0; w.rc == ERR_OK && i < catalog_count(env->catalog, OBJ_ROLE); i++) {
		const struct role *r = (const struct role *) object_at(&w, OBJ_ROLE, i);
		if (r->nsettings > 0)
			setting_row(&w, 0, r->o.oid, r->nsettings, r->settings);
	}
	for (int i = 0; w.rc == ERR_OK && i < catalog_count(env->catalog, OBJ_ROLE_SETTING); i++) {
		const struct role_setting *r = (const struct role_setting *) object_at(&w, OBJ_ROLE_SETTING, i);
		setting_row(&w, r->database, r->role, r->nsettings, r->settings);
	}
	return w.rc;
}

int
rows_pg_default_acl(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_default_acl);

	(void) s;
	for (int i = 0; w.rc == ERR_OK && i < catalog_count(env->catalog, OBJ_DEFAULT_ACL); i++) {
		const struct default_acl *a = (const struct default_acl *) object_at(&w, OBJ_DEFAULT_ACL, i);
		row_start(&w);
		row_int(&w, pg_default_acl_oid, a->o.oid);
		row_int(&w, pg_default_acl_defaclrole, a->o.owner);
		row_int(&w, pg_default_acl_defaclnamespace, a->o.schema);
		row_int(&w, pg_default_acl_defaclobjtype, a->kind);
		row_access(&w, pg_default_acl_defaclacl, a->o.acl);
		(void) row_push(&w);
	}
	return w.rc;
}

int
rows_pg_namespace(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_namespace);

	(void) s;
	for (int i = 0; i < catalog_count(env->catalog, OBJ_SCHEMA); i++) {
		const struct object *o = object_at(&w, OBJ_SCHEMA, i);
		row_start(&w);
		row_int(&w, pg_namespace_oid, o->oid);
		row_text(&w, pg_namespace_nspname, o->name);
		row_int(&w, pg_namespace_nspowner, o->owner != 0 ? o->owner : OID_BOOTSTRAP_ROLE);
		row_access(&w, pg_namespace_nspacl, o->acl);
		if (row_push(&w) != ERR_OK)
			return w.rc;
	}
	return ERR_OK;
}

int
rows_pg_tablespace(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	static const struct { oid_t oid; const char *name; } all[] = { { 1663, "pg_default" }, { 1664, "pg_global" } };
	struct rows w = ROWS(env, to, e, pg_tablespace);

	(void) s;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		row_start(&w);
		row_int(&w, pg_tablespace_oid, all[i].oid);
		row_text(&w, pg_tablespace_spcname, all[i].name);
		row_int(&w, pg_tablespace_spcowner, OID_BOOTSTRAP_ROLE);
		if (row_push(&w) != ERR_OK)
			return w.rc;
	}
	return ERR_OK;
}
