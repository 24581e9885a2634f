/* bootstrap.c - what an empty catalog contains.
 *
 * Oids, names, owners and privileges are those of a fresh PostgreSQL 15. */
#include "config.h"
#include "core/catalog/store.h"

#include <limits.h>

enum { ROLE_MONITOR = 3373 };

static const oid_t monitor_memberships[] = { 3374, 3375, 3377 };

static const struct {
	oid_t oid;
	const char *name;
	int nmember_of;
	const oid_t *member_of;
} roles[] = {
	{ OID_DATABASE_OWNER, "pg_database_owner", 0, NULL },
	{ 6181, "pg_read_all_data", 0, NULL },
	{ 6182, "pg_write_all_data", 0, NULL },
	{ ROLE_MONITOR, "pg_monitor", 3, monitor_memberships },
	{ 3374, "pg_read_all_settings", 0, NULL },
	{ 3375, "pg_read_all_stats", 0, NULL },
	{ 3377, "pg_stat_scan_tables", 0, NULL },
	{ 4569, "pg_read_server_files", 0, NULL },
	{ 4570, "pg_write_server_files", 0, NULL },
	{ 4571, "pg_execute_server_program", 0, NULL },
	{ 4200, "pg_signal_backend", 0, NULL },
	{ 4544, "pg_checkpoint", 0, NULL },
};

static int
put_roles(struct txn *txn, const char *superuser, bootstrap_put *put, void *arg, struct err *e)
{
	struct role boss = {
		.o = { .class = OBJ_ROLE, .oid = OID_BOOTSTRAP_ROLE, .name = superuser },
		.superuser = true,
		.inherit = true,
		.create_role = true,
		.create_db = true,
		.login = true,
		.replication = true,
		.bypass_rls = true,
		.conn_limit = -1,
		.valid_until = INT64_MAX,
	};
	int rc;

	rc = put(arg, txn, 0, &boss.o, e);
	for (unsigned i = 0; rc == ERR_OK && i < ARRAY_LEN(roles); i++) {
		struct role r = {
			.o = { .class = OBJ_ROLE, .oid = roles[i].oid, .name = roles[i].name },
			.inherit = true,
			.conn_limit = -1,
			.valid_until = INT64_MAX,
			.nmember_of = roles[i].nmember_of,
			.member_of = roles[i].member_of,
		};
		rc = put(arg, txn, 0, &r.o, e);
	}
	return rc;
}

static int
put_schemas(struct txn *txn, oid_t database, bootstrap_put *put, void *arg, struct err *e)
{
	static const char system_acl[] = "{10=UC/10,=U/10}"; /* OID_BOOTSTRAP_ROLE */
	const struct schema schemas[] = {
		{ { .class = OBJ_SCHEMA,
		    .oid = OID_PG_CATALOG,
		    .owner = OID_BOOTSTRAP_ROLE,
		    .name = "pg_catalog",
		    .acl = system_acl } },
		{ { .class = OBJ_SCHEMA,
		    .oid = 99,
		    .owner = OID_BOOTSTRAP_ROLE,
		    .name = "pg_toast" } },
		{ { .class = OBJ_SCHEMA,
		    .oid = OID_PUBLIC,
		    .owner = OID_DATABASE_OWNER,
		    .name = "public",
		    .acl = "{6171=UC/6171,=U/6171}" } },
		{ { .class = OBJ_SCHEMA,
		    .oid = OID_INFORMATION_SCHEMA,
		    .owner = OID_BOOTSTRAP_ROLE,
		    .name = "information_schema",
		    .acl = system_acl } },
	};
	int rc = ERR_OK;

	for (unsigned i = 0; rc == ERR_OK && i < ARRAY_LEN(schemas); i++)
		rc = put(arg, txn, database, &schemas[i].o, e);
	return rc;
}

static int
put_databases(struct txn *txn, bootstrap_put *put, void *arg, struct err *e)
{
	static const char template_acl[] = "{=c/10,10=CTc/10}";
	const struct database databases[] = {
		{ .o = { .class = OBJ_DATABASE,
			 .oid = OID_TEMPLATE1,
			 .owner = OID_BOOTSTRAP_ROLE,
			 .name = "template1",
			 .acl = template_acl },
		  .conn_limit = -1,
		  .allow_conn = true,
		  .is_template = true },
		{ .o = { .class = OBJ_DATABASE,
			 .oid = OID_TEMPLATE0,
			 .owner = OID_BOOTSTRAP_ROLE,
			 .name = "template0",
			 .acl = template_acl },
		  .conn_limit = -1,
		  .allow_conn = false,
		  .is_template = true },
		{ .o = { .class = OBJ_DATABASE,
			 .oid = OID_DEFAULT_DATABASE,
			 .owner = OID_BOOTSTRAP_ROLE,
			 .name = "postgres" },
		  .conn_limit = -1,
		  .allow_conn = true },
	};
	int rc = ERR_OK;

	for (unsigned i = 0; rc == ERR_OK && i < ARRAY_LEN(databases); i++)
		rc = put(arg, txn, 0, &databases[i].o, e);
	return rc;
}

static int
put_comment(struct txn *txn, oid_t database, const struct comment *comment, bootstrap_put *put,
	    void *arg, struct err *e)
{
	struct comment k = *comment;

	k.o.class = OBJ_COMMENT;
	k.o.name = "";
	return put(arg, txn, database, &k.o, e);
}

static int
put_database_comments(struct txn *txn, bootstrap_put *put, void *arg, struct err *e)
{
	static const struct comment comments[] = {
		{ .o.oid = 15003,
		  .on_class = OBJ_DATABASE,
		  .on = OID_TEMPLATE1,
		  .text = "default template for new databases" },
		{ .o.oid = 15004,
		  .on_class = OBJ_DATABASE,
		  .on = OID_TEMPLATE0,
		  .text = "unmodifiable empty database" },
		{ .o.oid = 15005,
		  .on_class = OBJ_DATABASE,
		  .on = OID_DEFAULT_DATABASE,
		  .text = "default administrative connection database" },
	};
	int rc = ERR_OK;

	for (unsigned i = 0; rc == ERR_OK && i < ARRAY_LEN(comments); i++)
		rc = put_comment(txn, 0, &comments[i], put, arg, e);
	return rc;
}

static int
put_schema_comments(struct txn *txn, oid_t database, bootstrap_put *put, void *arg, struct err *e)
{
	static const struct comment comments[] = {
		{ .o.oid = 15000,
		  .on_class = OBJ_SCHEMA,
		  .on = OID_PG_CATALOG,
		  .text = "system catalog schema" },
		{ .o.oid = 15001,
		  .on_class = OBJ_SCHEMA,
		  .on = 99,
		  .text = "reserved schema for TOAST tables" },
		{ .o.oid = 15002,
		  .on_class = OBJ_SCHEMA,
		  .on = OID_PUBLIC,
		  .text = "standard public schema" },
	};
	int rc = ERR_OK;

	for (unsigned i = 0; rc == ERR_OK && i < ARRAY_LEN(comments); i++)
		rc = put_comment(txn, database, &comments[i], put, arg, e);
	return rc;
}

int
catalog_bootstrap(struct txn *txn, const char *superuser, bootstrap_put *put, void *arg,
		  struct err *e)
{
	static const oid_t databases[] = { OID_TEMPLATE1, OID_TEMPLATE0, OID_DEFAULT_DATABASE };
	int rc;

	rc = put_roles(txn, superuser, put, arg, e);
	if (rc == ERR_OK)
		rc = put_databases(txn, put, arg, e);
	if (rc == ERR_OK)
		rc = put_database_comments(txn, put, arg, e);
	for (unsigned i = 0; rc == ERR_OK && i < ARRAY_LEN(databases); i++) {
		rc = put_schemas(txn, databases[i], put, arg, e);
		if (rc == ERR_OK)
			rc = put_schema_comments(txn, databases[i], put, arg, e);
	}
	return rc;
}
