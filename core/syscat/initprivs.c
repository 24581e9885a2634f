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
	row_access(w, pg_init_privs_initprivs, acl);
	(void) row_push(w);
}

int
rows_pg_init_privs(const struct sysrel *s, struct exec_env *env, struct row_sink *to, struct err *e)
{
	struct rows w = ROWS(env, to, e, pg_init_privs);

	(void) s;
	init_row(&w, OID_OF_pg_namespace, OID_PG_CATALOG, "{10=UC/10,=U/10}");
	init_row(&w, OID_OF_pg_namespace, OID_PUBLIC, "{6171=UC/6171,=U/6171}");
	for (int i = 0; w.rc == ERR_OK && i < catalog_system_count(); i++) {
		const struct object *o = &catalog_system_at(i)->o;
		if (o->acl != NULL && o->schema == OID_PG_CATALOG)
			init_row(&w, OID_OF_pg_class, o->oid, o->acl);
	}
	return w.rc;
}
