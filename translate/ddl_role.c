/* ddl_role.c - roles, databases, privileges, schemas. */
#include "config.h"
#include "translate/utility.h"

#include <string.h>
#include <strings.h>

#include "core/base/log.h"

/* -- Roles --------------------------------------------------------------------- */
static int
role_list(struct binder *b, const PgQuery__DefElem *d, struct list *to)
{
	for (size_t i = 0; i < d->arg->list->n_items; i++) {
		const struct role *r = bind_role(b, d->arg->list->items[i]->role_spec);

		if (r == NULL)
			return b->e->code;
		list_push(to, b->arena, r);
	}
	return ERR_OK;
}

static int
role_option(struct binder *b, const PgQuery__DefElem *d, struct cmd_role *c)
{
	struct {
		const char *name;
		int *flag;
	} flags[] = {
		{ "superuser", &c->superuser },    { "inherit", &c->inherit },
		{ "createrole", &c->create_role }, { "createdb", &c->create_db },
		{ "canlogin", &c->login },         { "isreplication", &c->replication },
		{ "bypassrls", &c->bypass_rls },
	};

	for (unsigned i = 0; i < ARRAY_LEN(flags); i++)
		if (strcmp(d->defname, flags[i].name) == 0) {
			bool v;

			if (*flags[i].flag >= 0)
				return bind_error(b, at(b, d->location), ERR_SYNTAX_ERROR,
						  "conflicting or redundant options");
			if (!def_bool(b, d, &v))
				return b->e->code;
			*flags[i].flag = v;
			return ERR_OK;
		}
	if (strcmp(d->defname, "password") == 0) {
		c->set_password = true;
		c->password = d->arg != NULL ? def_text(b, d) : NULL;
		return ERR_OK;
	}
	if (strcmp(d->defname, "connectionlimit") == 0) {
		int64_t n;

		if (!def_int(b, d, &n))
			return b->e->code;
		if (n < -1)
			return bind_error(b, 0, ERR_INVALID_PARAMETER_VALUE,
					  "invalid connection limit: %lld", (long long) n);
		c->set_limit = true;
		c->conn_limit = (int32_t) n;
		return ERR_OK;
	}
	if (strcmp(d->defname, "validUntil") == 0) {
		c->set_valid = true;
		c->valid_until = def_text(b, d);
		return ERR_OK;
	}
	if (strcmp(d->defname, "addroleto") == 0)
		return role_list(b, d, &c->in_roles);
	if (strcmp(d->defname, "rolemembers") == 0)
		return role_list(b, d, &c->members);
	if (strcmp(d->defname, "adminmembers") == 0)
		return role_list(b, d, &c->admins);
	if (strcmp(d->defname, "sysid") == 0)
		return ERR_OK; /* PostgreSQL ignores it too */
	return bind_error(b, at(b, d->location), ERR_SYNTAX_ERROR,
			  "unrecognized role option \"%s\"", d->defname);
}

static struct cmd_role *
role_command(struct binder *b, enum command_kind kind, struct statement *st)
{
	struct cmd_role *c = COMMAND_NEW(b, cmd_role, kind, st);

	c->superuser = c->inherit = c->create_role = c->create_db = c->login = c->replication =
		c->bypass_rls = -1;
	c->conn_limit = -1;
	return c;
}

static int
create_role(struct binder *b, const PgQuery__CreateRoleStmt *s, struct statement *st)
{
	struct cmd_role *c = role_command(b, CMD_CREATE_ROLE, st);

	c->name = s->role;
	c->is_user = s->stmt_type == PG_QUERY__ROLE_STMT_TYPE__ROLESTMT_USER;
	if (catalog_role(b->catalog, c->name) != NULL)
		return bind_error(b, 0, ERR_DUPLICATE_OBJECT, "role \"%s\" already exists",
				  c->name);
	if (strncmp(c->name, "pg_", 3) == 0) {
		bind_error(b, 0, ERR_RESERVED_NAME, "role name \"%s\" is reserved", c->name);
		return err_detail(b->e, "Role names starting with \"pg_\" are reserved.");
	}
	for (size_t i = 0; i < s->n_options; i++) {
		int rc = role_option(b, s->options[i]->def_elem, c);

		if (rc != ERR_OK)
			return rc;
	}
	if (c->is_user && c->login < 0)
		c->login = 1;
	return ERR_OK;
}

static int
alter_role(struct binder *b, const PgQuery__AlterRoleStmt *s, struct statement *st)
{
	struct cmd_role *c = role_command(b, CMD_ALTER_ROLE, st);

	c->role = bind_role(b, s->role);
	if (c->role == NULL)
		return b->e->code;
	c->name = c->role->o.name;
	for (size_t i = 0; i < s->n_options; i++) {
		int rc = role_option(b, s->options[i]->def_elem, c);

		if (rc != ERR_OK)
			return rc;
	}
	if (s->action < 0 && c->members.n > 0) { /* ALTER GROUP ... DROP USER */
		struct cmd_grant_role *g = COMMAND_NEW(b, cmd_grant_role, CMD_GRANT_ROLE, st);

		g->members = c->members;
		list_push(&g->roles, b->arena, c->role);
	}
	return ERR_OK;
}

static int
alter_role_set(struct binder *b, const PgQuery__AlterRoleSetStmt *s, struct statement *st)
{
	struct cmd_role *c = role_command(b, CMD_ALTER_ROLE, st);

	if (s->role != NULL) {
		c->role = bind_role(b, s->role);
		if (c->role == NULL)
			return b->e->code;
		c->name = c->role->o.name;
	}
	if (given(s->database)) {
		const struct database *db = catalog_database(b->catalog, s->database);

		if (db == NULL)
			return bind_error(b, 0, ERR_UNDEFINED_DATABASE,
					  "database \"%s\" does not exist", s->database);
		c->in_database = db->o.oid;
	}
	c->reset_all = s->setstmt->kind == PG_QUERY__VARIABLE_SET_KIND__VAR_RESET_ALL;
	c->set_name = c->reset_all ? NULL : s->setstmt->name;
	c->set_value = set_value(b, s->setstmt);
	return check_kept_setting(b, s->setstmt);
}

static int
drop_role(struct binder *b, const PgQuery__DropRoleStmt *s, struct statement *st)
{
	struct cmd_drop *c = COMMAND_NEW(b, cmd_drop, CMD_DROP, st);

	c->if_exists = s->missing_ok;
	for (size_t i = 0; i < s->n_roles; i++) {
		struct object_ref *o = ARENA_NEW(b->arena, struct object_ref);
		const PgQuery__RoleSpec *spec = s->roles[i]->role_spec;
		const struct role *r =
			spec->roletype == PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_CSTRING &&
					s->missing_ok
				? catalog_role(b->catalog, spec->rolename)
				: bind_role(b, spec);

		if (b->e->code != ERR_OK)
			return b->e->code;
		o->kind = OBJECT_ROLE;
		o->oid = r != NULL ? r->o.oid : 0;
		o->missing = r == NULL ? spec->rolename : NULL;
		list_push(&c->objects, b->arena, o);
	}
	return ERR_OK;
}

/* -- Databases ----------------------------------------------------------------- */
/* Every database compares by bytes, in UTF-8; so do the C locales. */
static void
check_locale(struct binder *b, const char *name)
{
	static const char *const same[] = { "C", "POSIX", "C.UTF-8", "C.utf8" };
	struct err what = { 0 };

	for (unsigned i = 0; i < ARRAY_LEN(same); i++)
		if (strcasecmp(name, same[i]) == 0)
			return;
	err_set(&what, ERR_WARNING, "locale \"%s\" is not used", name);
	err_detail(&what, "Databases compare by bytes (C.UTF-8).");
	err_hint(&what, "Give columns that need another order an ICU collation.");
	b->env->session->notice(b->env->session->self, LOG_WARNING, &what);
}

static int
check_encoding(struct binder *b, const PgQuery__DefElem *d, const char *v)
{
	if (strcasecmp(v, "utf8") == 0 || strcasecmp(v, "utf-8") == 0 || strcasecmp(v, "unicode") == 0 ||
	    strcmp(v, "6") == 0)
		return ERR_OK;
	bind_unsupported(b, at(b, d->location), "encodings other than UTF8", "Use ENCODING 'UTF8'.");
	return b->e->code;
}

static int
flag_option(struct binder *b, const PgQuery__DefElem *d, int *to)
{
	bool v;

	if (!def_bool(b, d, &v))
		return b->e->code;
	*to = v;
	return ERR_OK;
}

/* What CREATE and ALTER have in common; *ret_known: it was one of these. */
static int
database_option(struct binder *b, const PgQuery__DefElem *d, struct cmd_database *c, bool *ret_known)
{
	int64_t n;

	*ret_known = true;
	if (strcmp(d->defname, "connection_limit") == 0) {
		if (d->arg != NULL && !def_int(b, d, &n))
			return b->e->code;
		c->set_limit = true;
		c->conn_limit = d->arg != NULL ? (int32_t) n : -1;
		return ERR_OK;
	}
	if (strcmp(d->defname, "allow_connections") == 0)
		return flag_option(b, d, &c->allow_conn);
	if (strcmp(d->defname, "is_template") == 0)
		return flag_option(b, d, &c->is_template);
	*ret_known = false;
	if (strcmp(d->defname, "tablespace") == 0 &&
	    (d->arg == NULL || strcmp(def_text(b, d), "pg_default") == 0))
		*ret_known = true;
	return ERR_OK;
}

static int
create_option(struct binder *b, const PgQuery__DefElem *d, struct cmd_database *c)
{
	const char *v = def_text(b, d);

	if (d->arg == NULL)     /* DEFAULT */
		return ERR_OK;
	if (strcmp(d->defname, "owner") == 0) {
		const struct role *r = catalog_role(b->catalog, v);

		if (r == NULL)
			return bind_error(b, 0, ERR_UNDEFINED_OBJECT, "role \"%s\" does not exist", v);
		c->owner = r->o.oid;
		return ERR_OK;
	}
	if (strcmp(d->defname, "template") == 0) {
		c->template = v;
		return ERR_OK;
	}
	if (strcmp(d->defname, "encoding") == 0)
		return check_encoding(b, d, v);
	if (strcmp(d->defname, "locale_provider") == 0 && strcasecmp(v, "libc") == 0)
		return ERR_OK;
	if (strcmp(d->defname, "lc_collate") == 0 || strcmp(d->defname, "lc_ctype") == 0 ||
	    strcmp(d->defname, "locale") == 0) {
		check_locale(b, v);
		return ERR_OK;
	}
	if (strcmp(d->defname, "strategy") == 0) {
		if (strcasecmp(v, "wal_log") != 0 && strcasecmp(v, "file_copy") != 0) {
			bind_error(b, 0, ERR_INVALID_PARAMETER_VALUE,
				   "invalid create database strategy \"%s\"", v);
			return err_hint(b->e, "Valid strategies are \"wal_log\", and \"file_copy\".");
		}
		return ERR_OK;  /* there is one way */
	}
	bind_unsupported(b, at(b, d->location), printf_str(b, "CREATE DATABASE option %s", d->defname),
			 NULL);
	return b->e->code;
}

static int
create_database(struct binder *b, const PgQuery__CreatedbStmt *s, struct statement *st)
{
	struct cmd_database *c = COMMAND_NEW(b, cmd_database, CMD_CREATE_DATABASE, st);

	c->name = s->dbname;
	c->allow_conn = c->is_template = -1;
	for (size_t i = 0; i < s->n_options; i++) {
		const PgQuery__DefElem *d = s->options[i]->def_elem;
		bool known;
		int rc;

		for (size_t k = 0; k < i; k++)
			if (strcmp(s->options[k]->def_elem->defname, d->defname) == 0)
				return bind_error(b, at(b, d->location), ERR_SYNTAX_ERROR,
						  "conflicting or redundant options");
		rc = database_option(b, d, c, &known);
		if (rc == ERR_OK && !known)
			rc = create_option(b, d, c);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

static int
drop_database(struct binder *b, const PgQuery__DropdbStmt *s, struct statement *st)
{
	struct cmd_drop *c = COMMAND_NEW(b, cmd_drop, CMD_DROP, st);
	struct object_ref *o = ARENA_NEW(b->arena, struct object_ref);
	const struct database *d = catalog_database(b->catalog, s->dbname);

	if (d == NULL && !s->missing_ok)
		return bind_error(b, 0, ERR_UNDEFINED_DATABASE, "database \"%s\" does not exist",
				  s->dbname);
	c->if_exists = s->missing_ok;
	c->cascade = s->n_options > 0; /* FORCE */
	o->kind = OBJECT_DATABASE;
	o->oid = d != NULL ? d->o.oid : 0;
	o->missing = d == NULL ? s->dbname : NULL;
	list_push(&c->objects, b->arena, o);
	return ERR_OK;
}

static int
alter_database(struct binder *b, const char *name, struct statement *st, struct cmd_database **ret)
{
	struct cmd_database *c = COMMAND_NEW(b, cmd_database, CMD_ALTER_DATABASE, st);

	c->name = name;
	c->allow_conn = c->is_template = -1;
	*ret = c;
	if (catalog_database(b->catalog, name) == NULL)
		return bind_error(b, 0, ERR_UNDEFINED_DATABASE, "database \"%s\" does not exist",
				  name);
	return ERR_OK;
}

static int
alter_database_options(struct binder *b, const PgQuery__AlterDatabaseStmt *s, struct statement *st)
{
	struct cmd_database *c;
	int rc = alter_database(b, s->dbname, st, &c);

	for (size_t i = 0; rc == ERR_OK && i < s->n_options; i++) {
		const PgQuery__DefElem *d = s->options[i]->def_elem;
		bool known;

		rc = database_option(b, d, c, &known);
		if (rc == ERR_OK && !known) {
			bind_unsupported(b, at(b, d->location),
					 printf_str(b, "ALTER DATABASE option %s", d->defname), NULL);
			rc = b->e->code;
		}
	}
	return rc;
}

static int
alter_database_set(struct binder *b, const PgQuery__AlterDatabaseSetStmt *s, struct statement *st)
{
	struct cmd_database *c;
	int rc = alter_database(b, s->dbname, st, &c);

	if (rc != ERR_OK)
		return rc;
	c->reset_all = s->setstmt->kind == PG_QUERY__VARIABLE_SET_KIND__VAR_RESET_ALL;
	c->set_name = c->reset_all ? NULL : s->setstmt->name;
	c->set_value = set_value(b, s->setstmt);
	return check_kept_setting(b, s->setstmt);
}

int
bind_role_ddl(struct binder *b, Node *n, struct statement *st)
{
	switch (n->node_case) {
	case PG_QUERY__NODE__NODE_CREATE_ROLE_STMT:
		return create_role(b, n->create_role_stmt, st);
	case PG_QUERY__NODE__NODE_ALTER_ROLE_STMT:
		return alter_role(b, n->alter_role_stmt, st);
	case PG_QUERY__NODE__NODE_ALTER_ROLE_SET_STMT:
		return alter_role_set(b, n->alter_role_set_stmt, st);
	case PG_QUERY__NODE__NODE_DROP_ROLE_STMT:
		return drop_role(b, n->drop_role_stmt, st);
	case PG_QUERY__NODE__NODE_CREATEDB_STMT:
		return create_database(b, n->createdb_stmt, st);
	case PG_QUERY__NODE__NODE_DROPDB_STMT:
		return drop_database(b, n->dropdb_stmt, st);
	case PG_QUERY__NODE__NODE_ALTER_DATABASE_SET_STMT:
		return alter_database_set(b, n->alter_database_set_stmt, st);
	default:
		return alter_database_options(b, n->alter_database_stmt, st);
	}
}

/* -- Schemas ------------------------------------------------------------------- */
int
bind_create_schema(struct binder *b, const PgQuery__CreateSchemaStmt *s, struct statement *st)
{
	struct cmd_create_schema *c = COMMAND_NEW(b, cmd_create_schema, CMD_CREATE_SCHEMA, st);
	const struct role *r = s->authrole != NULL ? bind_role(b, s->authrole)
						   : catalog_role(b->catalog, current_user_name(b));

	if (s->authrole != NULL && r == NULL)
		return b->e->code;
	c->owner = r != NULL ? r->o.oid : 0;
	c->name = given(s->schemaname) ? s->schemaname : r != NULL ? r->o.name : "";
	c->if_not_exists = s->if_not_exists;
	if (strncmp(c->name, "pg_", 3) == 0) {
		bind_error(b, 0, ERR_RESERVED_NAME, "unacceptable schema name \"%s\"", c->name);
		return err_detail(b->e, "The prefix \"pg_\" is reserved for system schemas.");
	}
	return ERR_OK;
}
