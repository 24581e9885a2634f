/* initprivs.c - pg_init_privs: the privileges that a new database comes with.  pg_dump writes only
 * what differs from them. */
#include "config.h"
#include "core/syscat/row.h"

#include "core/syscat/oids.h"

static void
init_row(struct rows *w, oid_t class, oid_t oid, const char *acl)
{
	row_start(w);
	row_int(w, pg_init_privs_objoid, oid);
	row_int(w, pg_init_privs_classoid, class);
	row_int(w, pg_init_privs_objsubid, 0);
	row_int(w, pg_init_privs_privtype, 'i');
	row_input(w, pg_init_privs_initprivs, type_builtin(OID_ACLITEM_ARRAY), acl);
	(void) row_push(w);
}

int
rows_pg_init_privs(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_init_privs);
	const struct role *boss = catalog_role_by_oid(env->catalog, OID_BOOTSTRAP_ROLE);
	const char *name = boss != NULL ? boss->o.name : "postgres";

	(void) s;
	init_row(&w, OID_OF_pg_namespace, OID_PG_CATALOG,
	         arena_printf(env->type.arena, "{%s=UC/%s,=U/%s}", name, name, name));
	init_row(&w, OID_OF_pg_namespace, OID_PUBLIC, "{pg_database_owner=UC/pg_database_owner,=U/pg_database_owner}");
	for (int i = 0; w.rc == ERR_OK && i < catalog_system_count(); i++) {
		const struct object *o = &catalog_system_at(i)->o;
		if (o->acl != NULL && o->schema == OID_PG_CATALOG)
			init_row(&w, OID_OF_pg_class, o->oid, o->acl);
	}
	return w.rc;
}
