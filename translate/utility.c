/* utility.c - statements that are not queries: which file binds which; their options' values. */
#include "config.h"
#include "translate/utility.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void *
command_init(void *cmd, enum command_kind kind, struct statement *st)
{
	struct command *c = cmd;

	c->kind = kind;
	c->tag = st->tag;
	st->command = c;
	return cmd;
}

/* -- Options ------------------------------------------------------------------- */
static const char *
node_text(struct binder *b, Node *n)
{
	if (n == NULL)
		return "";
	switch (n->node_case) {
	case PG_QUERY__NODE__NODE_STRING:
		return node_str(n);
	case PG_QUERY__NODE__NODE_INTEGER:
		return printf_str(b, "%d", n->integer->ival);
	case PG_QUERY__NODE__NODE_FLOAT:
		return n->float_->fval;
	case PG_QUERY__NODE__NODE_BOOLEAN:
		return n->boolean->boolval ? "true" : "false";
	case PG_QUERY__NODE__NODE_TYPE_NAME:
		return names_text(b, n->type_name->n_names, n->type_name->names);
	case PG_QUERY__NODE__NODE_LIST:
		return names_text(b, n->list->n_items, n->list->items);
	case PG_QUERY__NODE__NODE_A_STAR:
		return "*";
	case PG_QUERY__NODE__NODE_A_CONST:
		switch (n->a_const->val_case) {
		case PG_QUERY__A__CONST__VAL_IVAL:
			return printf_str(b, "%d", n->a_const->ival->ival);
		case PG_QUERY__A__CONST__VAL_FVAL:
			return n->a_const->fval->fval;
		case PG_QUERY__A__CONST__VAL_SVAL:
			return n->a_const->sval->sval;
		case PG_QUERY__A__CONST__VAL_BOOLVAL:
			return n->a_const->boolval->boolval ? "true" : "false";
		default:
			return n->a_const->isnull ? "" : "0";
		}
	case PG_QUERY__NODE__NODE_PARAM_REF:
		param_misplaced(b, n->param_ref);
		return "";
	default:
		return "";
	}
}

const char *
def_text(struct binder *b, const PgQuery__DefElem *d)
{
	return node_text(b, d->arg);
}

bool
def_bool(struct binder *b, const PgQuery__DefElem *d, bool *ret)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {
		{ "true", true },   { "on", true },   { "1", true },
		{ "false", false }, { "off", false }, { "0", false },
	};
	const char *s = def_text(b, d);

	if (d->arg == NULL) {
		*ret = true;
		return true;
	}
	for (unsigned i = 0; i < ARRAY_LEN(words); i++)
		if (strcasecmp(words[i].word, s) == 0) {
			*ret = words[i].value;
			return true;
		}
	bind_error(b, 0, ERR_SYNTAX_ERROR, "%s requires a Boolean value", d->defname);
	return false;
}

bool
def_int(struct binder *b, const PgQuery__DefElem *d, int64_t *ret)
{
	char *end;
	const char *s = def_text(b, d);

	*ret = strtoll(s, &end, 10);
	if (*s != '\0' && *end == '\0')
		return true;
	bind_error(b, 0, ERR_SYNTAX_ERROR, "%s requires a numeric value", d->defname);
	return false;
}

const char *
names_text(struct binder *b, size_t n, PgQuery__Node *const *names)
{
	struct strbuf s;

	strbuf_init(&s, b->arena);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			strbuf_putc(&s, '.');
		strbuf_puts(&s, node_str(names[i]));
	}
	return s.data != NULL ? s.data : "";
}

const struct relation *
relation_by_names(struct binder *b, size_t n, PgQuery__Node *const *names, bool missing_ok)
{
	const char *schema = n > 1 ? node_str(names[n - 2]) : NULL;
	const struct relation *r = find_relation(b, schema, node_str(names[n - 1]));

	if (r == NULL && !missing_ok)
		return bind_fail(b, 0, ERR_UNDEFINED_TABLE, "relation \"%s\" does not exist",
				 names_text(b, n, names));
	return r;
}

/* -- Dispatch ------------------------------------------------------------------ */
static int
refuse(struct binder *b, const char *what, const char *hint)
{
	bind_unsupported(b, 0, what, hint);
	return b->e->code;
}

static int
bind_refused(struct binder *b, Node *n)
{
	switch (n->node_case) {
	case PG_QUERY__NODE__NODE_CREATE_TRIG_STMT:
		return refuse(b, "CREATE TRIGGER",
			      "Use constraints, generated columns or the application.");
	case PG_QUERY__NODE__NODE_RULE_STMT:
		return refuse(b, "CREATE RULE", "Use a view.");
	case PG_QUERY__NODE__NODE_DO_STMT:
		return refuse(b, "DO", "Send the statements one by one.");
	case PG_QUERY__NODE__NODE_CREATE_POLICY_STMT:
	case PG_QUERY__NODE__NODE_ALTER_POLICY_STMT:
		return refuse(b, "row-level security policies", NULL);
	case PG_QUERY__NODE__NODE_CREATE_EXTENSION_STMT:
		return refuse(b, "CREATE EXTENSION", "What the server has is built in.");
	case PG_QUERY__NODE__NODE_CREATE_STATS_STMT:
		return refuse(b, "CREATE STATISTICS",
			      "ANALYZE collects statistics of single columns.");
	case PG_QUERY__NODE__NODE_CREATE_TABLE_SPACE_STMT:
	case PG_QUERY__NODE__NODE_DROP_TABLE_SPACE_STMT:
		return refuse(b, "tablespaces", "All data is in the data directory.");
	case PG_QUERY__NODE__NODE_CREATE_PUBLICATION_STMT:
	case PG_QUERY__NODE__NODE_CREATE_SUBSCRIPTION_STMT:
		return refuse(b, "publications and subscriptions", NULL);
	case PG_QUERY__NODE__NODE_CREATE_FDW_STMT:
	case PG_QUERY__NODE__NODE_CREATE_FOREIGN_SERVER_STMT:
	case PG_QUERY__NODE__NODE_CREATE_FOREIGN_TABLE_STMT:
	case PG_QUERY__NODE__NODE_IMPORT_FOREIGN_SCHEMA_STMT:
		return refuse(b, "foreign data", "Load the data with COPY.");
	default:
		return refuse(b, "this statement", NULL);
	}
}

int
bind_utility(struct binder *b, Node *n, struct statement *st)
{
	st->kind = STMT_UTILITY;
	switch (n->node_case) {
	case PG_QUERY__NODE__NODE_TRANSACTION_STMT:
		return bind_transaction(b, n->transaction_stmt, st);
	case PG_QUERY__NODE__NODE_VARIABLE_SET_STMT:
		return bind_set(b, n->variable_set_stmt, st);
	case PG_QUERY__NODE__NODE_EXPLAIN_STMT:
		return bind_explain(b, n->explain_stmt, st);
	case PG_QUERY__NODE__NODE_COPY_STMT:
		return bind_copy(b, n->copy_stmt, st);
	case PG_QUERY__NODE__NODE_SELECT_STMT:
		return bind_select_into(b, n, st);
	case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
		return bind_create_as(b, n->create_table_as_stmt, st);
	case PG_QUERY__NODE__NODE_CREATE_STMT:
		return bind_create_table(b, n->create_stmt, st);
	case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
		return bind_alter_table(b, n->alter_table_stmt, st);
	case PG_QUERY__NODE__NODE_INDEX_STMT:
		return bind_create_index(b, n->index_stmt, st);
	case PG_QUERY__NODE__NODE_VIEW_STMT:
		return bind_create_view(b, n->view_stmt, st);
	case PG_QUERY__NODE__NODE_REFRESH_MAT_VIEW_STMT:
		return bind_refresh(b, n->refresh_mat_view_stmt, st);
	case PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT:
		return bind_create_function(b, n->create_function_stmt, st);
	case PG_QUERY__NODE__NODE_ALTER_FUNCTION_STMT:
		return bind_alter_function(b, n->alter_function_stmt, st);
	case PG_QUERY__NODE__NODE_CALL_STMT:
		return bind_call(b, n->call_stmt, st);
	case PG_QUERY__NODE__NODE_CREATE_SEQ_STMT:
		return bind_create_sequence(b, n->create_seq_stmt, st);
	case PG_QUERY__NODE__NODE_ALTER_SEQ_STMT:
		return bind_alter_sequence(b, n->alter_seq_stmt, st);
	case PG_QUERY__NODE__NODE_CREATE_SCHEMA_STMT:
		return bind_create_schema(b, n->create_schema_stmt, st);
	case PG_QUERY__NODE__NODE_CREATE_RANGE_STMT:
		return bind_create_range(b, n->create_range_stmt, st);
	case PG_QUERY__NODE__NODE_CREATE_ENUM_STMT:
	case PG_QUERY__NODE__NODE_ALTER_ENUM_STMT:
	case PG_QUERY__NODE__NODE_CREATE_DOMAIN_STMT:
	case PG_QUERY__NODE__NODE_ALTER_DOMAIN_STMT:
	case PG_QUERY__NODE__NODE_COMPOSITE_TYPE_STMT:
		return bind_type_ddl(b, n, st);
	case PG_QUERY__NODE__NODE_CREATE_ROLE_STMT:
	case PG_QUERY__NODE__NODE_ALTER_ROLE_STMT:
	case PG_QUERY__NODE__NODE_ALTER_ROLE_SET_STMT:
	case PG_QUERY__NODE__NODE_CREATEDB_STMT:
	case PG_QUERY__NODE__NODE_DROPDB_STMT:
	case PG_QUERY__NODE__NODE_DROP_ROLE_STMT:
	case PG_QUERY__NODE__NODE_ALTER_DATABASE_STMT:
	case PG_QUERY__NODE__NODE_ALTER_DATABASE_SET_STMT:
		return bind_role_ddl(b, n, st);
	case PG_QUERY__NODE__NODE_GRANT_STMT:
	case PG_QUERY__NODE__NODE_GRANT_ROLE_STMT:
	case PG_QUERY__NODE__NODE_ALTER_DEFAULT_PRIVILEGES_STMT:
	case PG_QUERY__NODE__NODE_REASSIGN_OWNED_STMT:
	case PG_QUERY__NODE__NODE_DROP_OWNED_STMT:
		return bind_grant(b, n, st);
	case PG_QUERY__NODE__NODE_DROP_STMT:
	case PG_QUERY__NODE__NODE_TRUNCATE_STMT:
	case PG_QUERY__NODE__NODE_COMMENT_STMT:
	case PG_QUERY__NODE__NODE_RENAME_STMT:
	case PG_QUERY__NODE__NODE_ALTER_OBJECT_SCHEMA_STMT:
	case PG_QUERY__NODE__NODE_ALTER_OWNER_STMT:
		return bind_object_ddl(b, n, st);
	case PG_QUERY__NODE__NODE_VARIABLE_SHOW_STMT:
	case PG_QUERY__NODE__NODE_PREPARE_STMT:
	case PG_QUERY__NODE__NODE_EXECUTE_STMT:
	case PG_QUERY__NODE__NODE_DEALLOCATE_STMT:
	case PG_QUERY__NODE__NODE_DECLARE_CURSOR_STMT:
	case PG_QUERY__NODE__NODE_FETCH_STMT:
	case PG_QUERY__NODE__NODE_CLOSE_PORTAL_STMT:
	case PG_QUERY__NODE__NODE_LISTEN_STMT:
	case PG_QUERY__NODE__NODE_UNLISTEN_STMT:
	case PG_QUERY__NODE__NODE_NOTIFY_STMT:
	case PG_QUERY__NODE__NODE_DISCARD_STMT:
	case PG_QUERY__NODE__NODE_CHECK_POINT_STMT:
	case PG_QUERY__NODE__NODE_LOCK_STMT:
	case PG_QUERY__NODE__NODE_VACUUM_STMT:
	case PG_QUERY__NODE__NODE_REINDEX_STMT:
	case PG_QUERY__NODE__NODE_CLUSTER_STMT:
	case PG_QUERY__NODE__NODE_ALTER_SYSTEM_STMT:
	case PG_QUERY__NODE__NODE_CONSTRAINTS_SET_STMT:
		return bind_session(b, n, st);
	default:
		return bind_refused(b, n);
	}
}
