/* schema.c - CREATE SCHEMA and CREATE VIEW.
 *
 * Not here: types (usertype.c), COMMENT (comment.c). */
#include "config.h"
#include "core/ddl/acl.h"
#include "core/security/privilege.h"

/* Who may create in the database, and give the schema to this owner. */
static int
may_create_schema(struct ddl *d, oid_t owner, struct err *e)
{
	const struct object *db =
		catalog_object(d->c, OBJ_DATABASE, catalog_store_database(d->env->store));
	const struct role *to = catalog_role_by_oid(d->c, owner);
	int rc = db != NULL ? privilege_check(d->c, d->env->user, db, "C", e) : ERR_OK;

	if (rc != ERR_OK || ddl_has_role(d, owner))
		return rc;
	return err_set(e, ERR_INSUFFICIENT_PRIVILEGE, "must be member of role \"%s\"",
		       to != NULL ? to->o.name : "");
}

int
ddl_create_schema(struct ddl *d, const struct cmd_create_schema *cmd, struct err *e)
{
	struct schema s = { .o = { .class = OBJ_SCHEMA, .name = cmd->name, .owner = cmd->owner } };
	int rc;

	if (s.o.owner == 0)
		s.o.owner = d->env->user;
	if (strncmp(cmd->name, "pg_", 3) == 0) {
		err_set(e, ERR_RESERVED_NAME, "unacceptable schema name \"%s\"", cmd->name);
		return err_detail(e, "The prefix \"pg_\" is reserved for system schemas.");
	}
	rc = may_create_schema(d, s.o.owner, e);
	if (rc == ERR_OK)
		rc = ddl_lock_name(d, 0, cmd->name, e);
	if (rc != ERR_OK)
		return rc;
	if (catalog_schema(d->c, cmd->name) != NULL) {
		if (!cmd->if_not_exists)
			return err_set(e, ERR_DUPLICATE_SCHEMA, "schema \"%s\" already exists",
				       cmd->name);
		ddl_notice(d, LOG_NOTICE, ERR_DUPLICATE_SCHEMA,
			   "schema \"%s\" already exists, skipping", cmd->name);
		return ERR_OK;
	}
	s.o.oid = draft_new_oid(d->draft);
	s.o.acl = ddl_default_acl(d, &s.o);
	draft_put(d->draft, &s.o);
	return ERR_OK;
}

/* --- views ------------------------------------------------------------------------------------ */

static int
view_columns(struct ddl *d, const struct cmd_create_view *cmd, const struct column **ret,
	     int *ret_n, struct err *e)
{
	struct column *cols = ARENA_ARRAY(d->a, struct column, cmd->columns.n);
	int rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < cmd->columns.n; i++) {
		const struct def_column *def = LIST_AT(const struct def_column, &cmd->columns, i);

		cols[i].attnum = (int16_t) (i + 1);
		rc = ddl_fill_column(d, def, &cols[i], e);
		for (int k = 0; rc == ERR_OK && k < i; k++)
			if (strcmp(cols[k].name, cols[i].name) == 0)
				rc = err_set(e, ERR_DUPLICATE_COLUMN,
					     "column \"%s\" specified more than once",
					     cols[i].name);
	}
	*ret = cols;
	*ret_n = cmd->columns.n;
	return rc;
}

/* The new columns, with what was said of those that were there. */
static struct column *
kept_columns(struct ddl *d, const struct relation *old, const struct column *cols, int n)
{
	struct column *made = arena_dup(d->a, cols, (size_t) n * sizeof *made);

	for (int i = 0; i < old->ncols; i++) {
		made[i].default_sql = old->cols[i].default_sql;
		made[i].comment = old->cols[i].comment;
		made[i].acl = old->cols[i].acl;
	}
	return made;
}

/* The columns that are there keep their names and types; new ones come at the end. */
static int
check_replaced(struct ddl *d, const struct relation *old, const struct column *cols, int n,
	       struct err *e)
{
	if (n < old->ncols)
		return err_set(e, ERR_INVALID_TABLE_DEFINITION, "cannot drop columns from view");
	for (int i = 0; i < old->ncols; i++) {
		const struct column *was = &old->cols[i], *is = &cols[i];
		struct strbuf a, b;

		if (strcmp(was->name, is->name) != 0) {
			err_set(e, ERR_INVALID_TABLE_DEFINITION,
				"cannot change name of view column \"%s\" to \"%s\"", was->name,
				is->name);
			return err_hint(e, "Use ALTER VIEW ... RENAME COLUMN ... to change name of "
					   "view column instead.");
		}
		if (was->type->oid == is->type->oid && was->typmod == is->typmod)
			continue;
		strbuf_init(&a, d->a);
		strbuf_init(&b, d->a);
		type_format(was->type, was->typmod, &a);
		type_format(is->type, is->typmod, &b);
		return err_set(e, ERR_INVALID_TABLE_DEFINITION,
			       "cannot change data type of view column \"%s\" from %s to %s",
			       was->name, a.data, b.data);
	}
	return ERR_OK;
}

static int
find_replaced(struct ddl *d, const struct cmd_create_view *cmd, const struct relation **ret,
	      struct err *e)
{
	const struct relation *old = catalog_relation(d->c, cmd->schema, cmd->name);
	int rc;

	*ret = NULL;
	if (old == NULL) {
		if (!ddl_type_exists(d, cmd->schema, cmd->name))
			return ERR_OK;
		return err_set(e, ERR_DUPLICATE_OBJECT, "type \"%s\" already exists", cmd->name);
	}
	if (!cmd->replace)
		return err_set(e, ERR_DUPLICATE_TABLE, "relation \"%s\" already exists", cmd->name);
	if (old->kind != REL_VIEW)
		return err_set(e, ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a view", cmd->name);
	rc = ddl_check_owner(d, &old->o, "view", e);
	if (rc == ERR_OK)
		rc = ddl_lock_relation(d, old->o.oid, LOCK_ACCESS_EXCLUSIVE, ret, e);
	return rc;
}

/* Does the query name the relation itself?  Columns of others are inside views that it names. */
static bool
is_named(const struct list *deps, oid_t oid)
{
	for (int i = 0; i < deps->n; i++) {
		const struct object_dep *d = LIST_AT(const struct object_dep, deps, i);

		if (d->class == OBJ_RELATION && d->oid == oid && d->sub == 0)
			return true;
	}
	return false;
}

int
ddl_find_deps(struct ddl *d, const char *sql, struct relation *r, struct err *e)
{
	struct list deps = { 0 };
	struct object_dep *at;
	int rc;

	if (d->env->query_deps == NULL)
		return ERR_OK;
	rc = d->env->query_deps(d->env->arg, d->c, sql, &deps, e);
	if (rc != ERR_OK)
		return rc;
	at = ARENA_ARRAY(d->a, struct object_dep, deps.n);
	for (int i = 0; i < deps.n; i++) {
		const struct object_dep *dep = LIST_AT(const struct object_dep, &deps, i);

		if (dep->class != OBJ_RELATION || dep->sub == 0 || is_named(&deps, dep->oid))
			at[r->ndeps++] = *dep;
	}
	r->deps = at;
	return ERR_OK;
}

int
ddl_create_view(struct ddl *d, const struct cmd_create_view *cmd, struct err *e)
{
	struct relation r = {
		.o = { .class = OBJ_RELATION,
		       .schema = cmd->schema,
		       .owner = d->env->user,
		       .name = cmd->name },
		.kind = REL_VIEW,
		.persistence = cmd->persistence == 't' ? 't' : 'p',
		.view_sql = cmd->view_sql,
		.check_option = cmd->check_option,
		.noptions = cmd->options.n,
		.options = (const char *const *) cmd->options.at,
	};
	const struct relation *old;
	int rc;

	if (cmd->by_use)
		ddl_notice(d, LOG_NOTICE, ERR_OK, "view \"%s\" will be a temporary view", cmd->name);
	rc = ddl_check_create(d, cmd->schema, e);
	if (rc == ERR_OK)
		rc = ddl_lock_name(d, cmd->schema, cmd->name, e);
	if (rc == ERR_OK)
		rc = view_columns(d, cmd, &r.cols, &r.ncols, e);
	if (rc == ERR_OK)
		rc = find_replaced(d, cmd, &old, e);
	if (rc == ERR_OK && old != NULL)
		rc = check_replaced(d, old, r.cols, r.ncols, e);
	if (rc == ERR_OK)
		rc = ddl_find_deps(d, cmd->view_sql, &r, e);
	if (rc != ERR_OK)
		return rc;
	if (old != NULL) {
		r.o = old->o;
		r.row_type = old->row_type;
		r.row_type_array = old->row_type_array;
		r.comment = old->comment;
		r.cols = kept_columns(d, old, r.cols, r.ncols);
	} else {
		r.o.oid = draft_new_oid(d->draft);
		r.o.acl = ddl_default_acl(d, &r.o);
		r.row_type = draft_new_oid(d->draft);
		r.row_type_array = draft_new_oid(d->draft);
	}
	ddl_put_relation(d, &r);
	return ERR_OK;
}
