/* tag.c - the command tag of a statement, as CommandComplete and the log show it. */
#include "config.h"
#include "translate/parse.h"

static const char *
object_tag(int type, const char *const *forms)
{
	switch (type) {
	case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
		return forms[0];
	case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW:
		return forms[1];
	case PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW:
		return forms[2];
	case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX:
		return forms[3];
	case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE:
		return forms[4];
	case PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA:
		return forms[5];
	case PG_QUERY__OBJECT_TYPE__OBJECT_TYPE:
	case PG_QUERY__OBJECT_TYPE__OBJECT_ATTRIBUTE:
		return forms[6];
	case PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN:
	case PG_QUERY__OBJECT_TYPE__OBJECT_DOMCONSTRAINT:
		return forms[7];
	case PG_QUERY__OBJECT_TYPE__OBJECT_FUNCTION:
		return forms[8];
	case PG_QUERY__OBJECT_TYPE__OBJECT_PROCEDURE:
		return forms[11];
	case PG_QUERY__OBJECT_TYPE__OBJECT_ROUTINE:
		return forms[12];
	case PG_QUERY__OBJECT_TYPE__OBJECT_ROLE:
		return forms[9];
	case PG_QUERY__OBJECT_TYPE__OBJECT_DATABASE:
		return forms[10];
	default:
		return forms[0];
	}
}

static const char *const drop_tags[] = { "DROP TABLE", "DROP VIEW",     "DROP MATERIALIZED VIEW",
					 "DROP INDEX", "DROP SEQUENCE", "DROP SCHEMA",
					 "DROP TYPE",  "DROP DOMAIN",   "DROP FUNCTION",
					 "DROP ROLE",  "DROP DATABASE", "DROP PROCEDURE",
					 "DROP ROUTINE" };
static const char *const alter_tags[] = {
	"ALTER TABLE", "ALTER VIEW",     "ALTER MATERIALIZED VIEW",
	"ALTER INDEX", "ALTER SEQUENCE", "ALTER SCHEMA",
	"ALTER TYPE",  "ALTER DOMAIN",   "ALTER FUNCTION",
	"ALTER ROLE",  "ALTER DATABASE", "ALTER PROCEDURE",
	"ALTER ROUTINE"
};

static const char *
transaction_tag(const PgQuery__TransactionStmt *t)
{
	switch (t->kind) {
	case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_BEGIN:
		return "BEGIN";
	case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_START:
		return "START TRANSACTION";
	case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT:
		return "COMMIT";
	case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK:
	case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK_TO:
		return "ROLLBACK";
	case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_SAVEPOINT:
		return "SAVEPOINT";
	case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_RELEASE:
		return "RELEASE";
	case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_PREPARE:
		return "PREPARE TRANSACTION";
	case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT_PREPARED:
		return "COMMIT PREPARED";
	default:
		return "ROLLBACK PREPARED";
	}
}

static const char *
discard_tag(int target)
{
	switch (target) {
	case PG_QUERY__DISCARD_MODE__DISCARD_PLANS:
		return "DISCARD PLANS";
	case PG_QUERY__DISCARD_MODE__DISCARD_SEQUENCES:
		return "DISCARD SEQUENCES";
	case PG_QUERY__DISCARD_MODE__DISCARD_TEMP:
		return "DISCARD TEMP";
	default:
		return "DISCARD ALL";
	}
}

static bool
is_reset(const PgQuery__VariableSetStmt *v)
{
	return v->kind == PG_QUERY__VARIABLE_SET_KIND__VAR_RESET ||
	       v->kind == PG_QUERY__VARIABLE_SET_KIND__VAR_RESET_ALL;
}

static const char *
rename_tag(const PgQuery__RenameStmt *r)
{
	bool part = r->rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN;

	if (r->rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT)
		return "ALTER TABLE";
	return object_tag(part ? r->relation_type : r->rename_type, alter_tags);
}

static const char *
ddl_tag(const PgQuery__Node *n)
{
	switch (n->node_case) {
	case PG_QUERY__NODE__NODE_CREATE_STMT:
		return "CREATE TABLE";
	case PG_QUERY__NODE__NODE_INDEX_STMT:
		return "CREATE INDEX";
	case PG_QUERY__NODE__NODE_CREATE_SCHEMA_STMT:
		return "CREATE SCHEMA";
	case PG_QUERY__NODE__NODE_VIEW_STMT:
		return "CREATE VIEW";
	case PG_QUERY__NODE__NODE_CREATE_SEQ_STMT:
		return "CREATE SEQUENCE";
	case PG_QUERY__NODE__NODE_CREATE_ENUM_STMT:
	case PG_QUERY__NODE__NODE_CREATE_RANGE_STMT:
	case PG_QUERY__NODE__NODE_COMPOSITE_TYPE_STMT:
		return "CREATE TYPE";
	case PG_QUERY__NODE__NODE_CREATE_DOMAIN_STMT:
		return "CREATE DOMAIN";
	case PG_QUERY__NODE__NODE_CREATE_ROLE_STMT:
		return "CREATE ROLE";
	case PG_QUERY__NODE__NODE_CREATEDB_STMT:
		return "CREATE DATABASE";
	case PG_QUERY__NODE__NODE_DROPDB_STMT:
		return "DROP DATABASE";
	case PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT:
		return n->create_function_stmt->is_procedure ? "CREATE PROCEDURE"
							     : "CREATE FUNCTION";
	case PG_QUERY__NODE__NODE_ALTER_FUNCTION_STMT:
		return n->alter_function_stmt->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_PROCEDURE
			       ? "ALTER PROCEDURE"
		       : n->alter_function_stmt->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_ROUTINE
			       ? "ALTER ROUTINE"
			       : "ALTER FUNCTION";
	case PG_QUERY__NODE__NODE_CREATE_TRIG_STMT:
		return "CREATE TRIGGER";
	case PG_QUERY__NODE__NODE_CREATE_POLICY_STMT:
		return "CREATE POLICY";
	case PG_QUERY__NODE__NODE_CREATE_EXTENSION_STMT:
		return "CREATE EXTENSION";
	case PG_QUERY__NODE__NODE_RULE_STMT:
		return "CREATE RULE";
	case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
		return object_tag(n->alter_table_stmt->objtype, alter_tags);
	case PG_QUERY__NODE__NODE_ALTER_SEQ_STMT:
		return "ALTER SEQUENCE";
	case PG_QUERY__NODE__NODE_ALTER_ENUM_STMT:
	case PG_QUERY__NODE__NODE_ALTER_TYPE_STMT:
		return "ALTER TYPE";
	case PG_QUERY__NODE__NODE_ALTER_DOMAIN_STMT:
		return "ALTER DOMAIN";
	case PG_QUERY__NODE__NODE_ALTER_ROLE_STMT:
	case PG_QUERY__NODE__NODE_ALTER_ROLE_SET_STMT:
		return "ALTER ROLE";
	case PG_QUERY__NODE__NODE_ALTER_DATABASE_STMT:
	case PG_QUERY__NODE__NODE_ALTER_DATABASE_SET_STMT:
		return "ALTER DATABASE";
	case PG_QUERY__NODE__NODE_DROP_STMT:
		return object_tag(n->drop_stmt->remove_type, drop_tags);
	case PG_QUERY__NODE__NODE_DROP_ROLE_STMT:
		return "DROP ROLE";
	case PG_QUERY__NODE__NODE_TRUNCATE_STMT:
		return "TRUNCATE TABLE";
	case PG_QUERY__NODE__NODE_COMMENT_STMT:
		return "COMMENT";
	case PG_QUERY__NODE__NODE_RENAME_STMT:
		return rename_tag(n->rename_stmt);
	case PG_QUERY__NODE__NODE_ALTER_OBJECT_SCHEMA_STMT:
		return object_tag(n->alter_object_schema_stmt->object_type, alter_tags);
	case PG_QUERY__NODE__NODE_ALTER_OWNER_STMT:
		return object_tag(n->alter_owner_stmt->object_type, alter_tags);
	case PG_QUERY__NODE__NODE_GRANT_STMT:
		return n->grant_stmt->is_grant ? "GRANT" : "REVOKE";
	case PG_QUERY__NODE__NODE_GRANT_ROLE_STMT:
		return n->grant_role_stmt->is_grant ? "GRANT ROLE" : "REVOKE ROLE";
	case PG_QUERY__NODE__NODE_ALTER_DEFAULT_PRIVILEGES_STMT:
		return "ALTER DEFAULT PRIVILEGES";
	case PG_QUERY__NODE__NODE_REASSIGN_OWNED_STMT:
		return "REASSIGN OWNED";
	case PG_QUERY__NODE__NODE_DROP_OWNED_STMT:
		return "DROP OWNED";
	case PG_QUERY__NODE__NODE_REFRESH_MAT_VIEW_STMT:
		return "REFRESH MATERIALIZED VIEW";
	case PG_QUERY__NODE__NODE_REINDEX_STMT:
		return "REINDEX";
	case PG_QUERY__NODE__NODE_CLUSTER_STMT:
		return "CLUSTER";
	default:
		return "???";
	}
}

const char *
stmt_tag(const PgQuery__Node *n)
{
	if (n == NULL)
		return "";
	switch (n->node_case) {
	case PG_QUERY__NODE__NODE_SELECT_STMT:
		return n->select_stmt->into_clause != NULL ? "SELECT INTO" : "SELECT";
	case PG_QUERY__NODE__NODE_INSERT_STMT:
		return "INSERT";
	case PG_QUERY__NODE__NODE_UPDATE_STMT:
		return "UPDATE";
	case PG_QUERY__NODE__NODE_DELETE_STMT:
		return "DELETE";
	case PG_QUERY__NODE__NODE_MERGE_STMT:
		return "MERGE";
	case PG_QUERY__NODE__NODE_TRANSACTION_STMT:
		return transaction_tag(n->transaction_stmt);
	case PG_QUERY__NODE__NODE_VARIABLE_SET_STMT:
		return is_reset(n->variable_set_stmt) ? "RESET" : "SET";
	case PG_QUERY__NODE__NODE_VARIABLE_SHOW_STMT:
		return "SHOW";
	case PG_QUERY__NODE__NODE_EXPLAIN_STMT:
		return "EXPLAIN";
	case PG_QUERY__NODE__NODE_PREPARE_STMT:
		return "PREPARE";
	case PG_QUERY__NODE__NODE_EXECUTE_STMT:
		return "EXECUTE";
	case PG_QUERY__NODE__NODE_DEALLOCATE_STMT:
		return n->deallocate_stmt->name == NULL || n->deallocate_stmt->name[0] == '\0'
			       ? "DEALLOCATE ALL"
			       : "DEALLOCATE";
	case PG_QUERY__NODE__NODE_DECLARE_CURSOR_STMT:
		return "DECLARE CURSOR";
	case PG_QUERY__NODE__NODE_FETCH_STMT:
		return n->fetch_stmt->ismove ? "MOVE" : "FETCH";
	case PG_QUERY__NODE__NODE_CLOSE_PORTAL_STMT:
		return n->close_portal_stmt->portalname == NULL ||
				       n->close_portal_stmt->portalname[0] == '\0'
			       ? "CLOSE CURSOR ALL"
			       : "CLOSE CURSOR";
	case PG_QUERY__NODE__NODE_LISTEN_STMT:
		return "LISTEN";
	case PG_QUERY__NODE__NODE_UNLISTEN_STMT:
		return "UNLISTEN";
	case PG_QUERY__NODE__NODE_NOTIFY_STMT:
		return "NOTIFY";
	case PG_QUERY__NODE__NODE_DISCARD_STMT:
		return discard_tag(n->discard_stmt->target);
	case PG_QUERY__NODE__NODE_CHECK_POINT_STMT:
		return "CHECKPOINT";
	case PG_QUERY__NODE__NODE_LOCK_STMT:
		return "LOCK TABLE";
	case PG_QUERY__NODE__NODE_COPY_STMT:
		return "COPY";
	case PG_QUERY__NODE__NODE_VACUUM_STMT:
		return n->vacuum_stmt->is_vacuumcmd ? "VACUUM" : "ANALYZE";
	case PG_QUERY__NODE__NODE_ALTER_SYSTEM_STMT:
		return "ALTER SYSTEM";
	case PG_QUERY__NODE__NODE_CONSTRAINTS_SET_STMT:
		return "SET CONSTRAINTS";
	case PG_QUERY__NODE__NODE_CALL_STMT:
		return "CALL";
	case PG_QUERY__NODE__NODE_DO_STMT:
		return "DO";
	case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
		if (n->create_table_as_stmt->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW)
			return "CREATE MATERIALIZED VIEW";
		return n->create_table_as_stmt->is_select_into ? "SELECT INTO" : "CREATE TABLE AS";
	default:
		return ddl_tag(n);
	}
}
