/* rename.c - RENAME, SET SCHEMA, OWNER TO.
 *
 * Texts kept in the catalog have names in them: a column's is edited in those of its own table, all
 * else is spelled anew.
 *
 * Not here: the texts (rename_text.c, respell.c). */
#include "config.h"
#include "core/ddl/acl.h"
#include "core/ddl/partition.h"

static int
name_free(struct ddl *d, oid_t schema, const char *name, struct err *e)
{
	int rc = ddl_lock_name(d, schema, name, e);

	if (rc != ERR_OK)
		return rc;
	if (catalog_relation(d->c, schema, name) != NULL)
		return err_set(e, ERR_DUPLICATE_TABLE, "relation \"%s\" already exists", name);
	return ERR_OK;
}

/* Defaults that show a sequence's name, when it has another. */
static void
rename_in_defaults(struct ddl *d, const struct relation *seq, oid_t schema, const char *name)
{
	const struct relation *t = catalog_relation_by_oid(d->c, seq->seq->owner_table);
	struct relation *copy;
	struct column *c;

	if (t == NULL || seq->seq->owner_attnum < 1 || seq->seq->owner_attnum > t->ncols)
		return;
	copy = ddl_copy_relation(d, t);
	c = &ddl_columns(copy)[seq->seq->owner_attnum - 1];
	if (c->sequence != seq->o.oid || c->default_sql == NULL)
		return;
	c->default_sql = ddl_nextval_text(d, schema, name);
	ddl_put_relation(d, copy);
}

/* Seal what was put, then spell anew what has the old name in it. */
static int
seal_and_respell(struct ddl *d, const char *word, struct err *e)
{
	struct catalog *from = d->c; /* held until the command's end */
	int rc = ddl_seal(d, e);

	return rc == ERR_OK ? ddl_respell(d, from, word, false, e) : rc;
}

/* --- relations -------------------------------------------------------------------------------- */

static int
rename_index_constraint(struct ddl *d, const struct index *ix, const char *name)
{
	const struct relation *table = ix->table;
	struct relation *copy = ddl_copy_relation(d, table);

	for (int i = 0; i < copy->nconstraints; i++)
		if (copy->constraints[i].oid == ix->constraint)
			ddl_constraints(copy)[i].name = name;
	ddl_put_relation(d, copy);
	return ERR_OK;
}

static int
rename_relation(struct ddl *d, const struct cmd_rename *cmd, struct err *e)
{
	const struct relation *old;
	struct relation *r;
	int rc;

	rc = ddl_lock_relation(d, cmd->object.oid, LOCK_ACCESS_EXCLUSIVE, &old, e);
	if (rc == ERR_OK)
		rc = ddl_check_relation_owner(d, old, e);
	if (rc == ERR_OK)
		rc = name_free(d, old->o.schema, cmd->new_name, e);
	if (rc == ERR_OK && old->row_type != 0 && ddl_type_exists(d, old->o.schema, cmd->new_name))
		rc = err_set(e, ERR_DUPLICATE_OBJECT, "type \"%s\" already exists", cmd->new_name);
	if (rc != ERR_OK)
		return rc;
	old = catalog_relation_by_oid(d->c, cmd->object.oid);
	r = ddl_copy_relation(d, old);
	r->o.name = cmd->new_name;
	if (r->index != NULL) {
		struct index *ix = (struct index *) (uintptr_t) r->index;

		ix->o.name = cmd->new_name;
		if (ix->constraint != 0)
			rc = rename_index_constraint(d, old->index, cmd->new_name);
	}
	if (rc != ERR_OK)
		return rc;
	ddl_put_relation(d, r);
	if (old->seq != NULL)
		rename_in_defaults(d, old, old->o.schema, cmd->new_name);
	return seal_and_respell(d, old->o.name, e);
}

/* --- columns ---------------------------------------------------------------------------------- */

static void
rename_in_texts(struct ddl *d, struct relation *r, const char *from, const char *to)
{
	struct column *cols = ddl_columns(r);
	struct constraint *cons = ddl_constraints(r);

	for (int i = 0; i < r->ncols; i++)
		if (cols[i].generated != 0)
			cols[i].default_sql = ddl_rename_in(d->a, cols[i].default_sql, from, to);
	for (int i = 0; i < r->nconstraints; i++)
		cons[i].check_sql = ddl_rename_in(d->a, cons[i].check_sql, from, to);
	for (int i = 0; i < r->nindexes; i++) {
		struct index *ix = arena_dup(d->a, r->indexes[i], sizeof *ix);
		struct index_column *ic =
			arena_dup(d->a, ix->cols, (size_t) ix->ncols * sizeof *ic);
		bool changed = false;

		for (int k = 0; k < ix->ncols; k++) {
			const char *sql = ddl_rename_in(d->a, ic[k].expr_sql, from, to);

			changed |= sql != ic[k].expr_sql;
			ic[k].expr_sql = sql;
		}
		ix->cols = ic;
		ix->where_sql = ddl_rename_in(d->a, r->indexes[i]->where_sql, from, to);
		if (changed || ix->where_sql != r->indexes[i]->where_sql)
			ddl_put_index(d, ix);
	}
}

/* The texts of a partition key. */
static void
rename_in_key(struct ddl *d, struct relation *r, const char *from, const char *to)
{
	struct partition_key *key = arena_dup(d->a, r->partkey, sizeof *key);
	struct index_column *cols = arena_dup(d->a, key->cols, (size_t) key->ncols * sizeof *cols);

	for (int i = 0; i < key->ncols; i++)
		cols[i].expr_sql = ddl_rename_in(d->a, cols[i].expr_sql, from, to);
	key->cols = cols;
	r->partkey = key;
}

static int rename_column_of(struct ddl *d, oid_t oid, const struct cmd_rename *cmd, struct err *e);

static int
rename_in_parts(struct ddl *d, oid_t oid, const struct cmd_rename *cmd, struct err *e)
{
	const struct relation *r = catalog_relation_by_oid(d->c, oid);
	struct list parts = { 0 };
	int rc = ERR_OK;

	for (int i = 0; i < r->nparts; i++)
		list_push(&parts, d->a, (void *) (uintptr_t) r->parts[i]);
	for (int i = 0; i < parts.n && rc == ERR_OK; i++)
		rc = rename_column_of(d, LIST_AT(const struct relation, &parts, i)->o.oid, cmd, e);
	return rc;
}

static int
rename_column_of(struct ddl *d, oid_t oid, const struct cmd_rename *cmd, struct err *e)
{
	const struct relation *old;
	const struct column *c;
	struct relation *r;
	int rc;

	rc = ddl_lock_relation(d, oid, LOCK_ACCESS_EXCLUSIVE, &old, e);
	if (rc != ERR_OK)
		return rc;
	c = relation_column(old, cmd->object.sub);
	if (c == NULL)
		return err_set(e, ERR_UNDEFINED_COLUMN, "column \"%s\" does not exist",
			       cmd->object.sub);
	if (relation_column(old, cmd->new_name) != NULL)
		return err_set(e, ERR_DUPLICATE_COLUMN,
			       "column \"%s\" of relation \"%s\" already exists", cmd->new_name,
			       old->o.name);
	rc = ddl_check_column(d, &(struct def_column){ .name = cmd->new_name, .type = c->type }, e);
	if (rc != ERR_OK)
		return rc;
	r = ddl_copy_relation(d, old);
	ddl_columns(r)[c->attnum - 1].name = cmd->new_name;
	rename_in_texts(d, r, c->name, cmd->new_name);
	if (relation_is_partitioned(r))
		rename_in_key(d, r, c->name, cmd->new_name);
	ddl_put_relation(d, r);
	struct catalog *from = d->c;
	const char *was = c->name;
	rc = ddl_seal(d, e);
	if (rc == ERR_OK)
		rc = ddl_respell(d, from, was, true, e);
	return rc == ERR_OK ? rename_in_parts(d, oid, cmd, e) : rc;
}

static int
rename_column(struct ddl *d, const struct cmd_rename *cmd, struct err *e)
{
	const struct relation *r, *parent;
	int rc;

	rc = ddl_lock_relation(d, cmd->object.oid, LOCK_ACCESS_EXCLUSIVE, &r, e);
	if (rc == ERR_OK)
		rc = ddl_check_relation_owner(d, r, e);
	if (rc != ERR_OK)
		return rc;
	parent = r->part_of != 0 ? catalog_relation_by_oid(d->c, r->part_of) : NULL;
	if (parent != NULL && relation_column(parent, cmd->object.sub) != NULL)
		return err_set(e, ERR_INVALID_TABLE_DEFINITION,
			       "cannot rename inherited column \"%s\"", cmd->object.sub);
	return rename_column_of(d, cmd->object.oid, cmd, e);
}

static int
rename_constraint(struct ddl *d, const struct cmd_rename *cmd, bool below, struct err *e)
{
	const struct relation *old;
	const struct constraint *con = NULL;
	struct cmd_rename index = *cmd;
	struct relation *r;
	int rc;

	rc = ddl_lock_relation(d, cmd->object.oid, LOCK_ACCESS_EXCLUSIVE, &old, e);
	if (rc == ERR_OK)
		rc = ddl_check_relation_owner(d, old, e);
	if (rc != ERR_OK)
		return rc;
	for (int i = 0; i < old->nconstraints; i++) {
		if (strcmp(old->constraints[i].name, cmd->new_name) == 0)
			return err_set(e, ERR_DUPLICATE_OBJECT,
				       "constraint \"%s\" for relation \"%s\" already exists",
				       cmd->new_name, old->o.name);
		if (strcmp(old->constraints[i].name, cmd->object.sub) == 0)
			con = &old->constraints[i];
	}
	if (con == NULL)
		return err_set(e, ERR_UNDEFINED_OBJECT,
			       "constraint \"%s\" for table \"%s\" does not exist", cmd->object.sub,
			       old->o.name);
	if (con->parent != 0 && con->type == CON_CHECK && !below)
		return err_set(e, ERR_INVALID_TABLE_DEFINITION,
			       "cannot rename inherited constraint \"%s\"", con->name);
	if (con->type == CON_PRIMARY || con->type == CON_UNIQUE) {
		index.object.oid = con->index;
		return rename_relation(d, &index, e);
	}
	r = ddl_copy_relation(d, old);
	ddl_constraints(r)[con - old->constraints].name = cmd->new_name;
	ddl_put_relation(d, r);
	for (int i = 0; rc == ERR_OK && con->type == CON_CHECK && i < old->nparts; i++) {
		index.object.oid = old->parts[i]->o.oid;
		rc = rename_constraint(d, &index, true, e);
	}
	return rc;
}

/* --- other objects ---------------------------------------------------------------------------- */

static int
rename_schema(struct ddl *d, const struct cmd_rename *cmd, struct err *e)
{
	struct schema s;
	int rc;

	rc = ddl_lock_object(d, OBJ_SCHEMA, cmd->object.oid, LOCK_ACCESS_EXCLUSIVE, e);
	if (rc == ERR_OK)
		rc = ddl_lock_name(d, 0, cmd->new_name, e);
	if (rc != ERR_OK)
		return rc;
	s = *catalog_schema_by_oid(d->c, cmd->object.oid);
	rc = ddl_check_owner(d, &s.o, "schema", e);
	if (rc != ERR_OK)
		return rc;
	if (catalog_schema(d->c, cmd->new_name) != NULL)
		return err_set(e, ERR_DUPLICATE_SCHEMA, "schema \"%s\" already exists",
			       cmd->new_name);
	if (strncmp(cmd->new_name, "pg_", 3) == 0) {
		err_set(e, ERR_RESERVED_NAME, "unacceptable schema name \"%s\"", cmd->new_name);
		return err_detail(e, "The prefix \"pg_\" is reserved for system schemas.");
	}
	const char *was = s.o.name;
	s.o.name = cmd->new_name;
	draft_put(d->draft, &s.o);
	return seal_and_respell(d, was, e);
}

static int
rename_type(struct ddl *d, const struct cmd_rename *cmd, struct err *e)
{
	const struct type *t = catalog_type(d->c, cmd->object.oid);
	struct cmd_rename relation = *cmd;
	struct user_type u;
	int rc;

	if (t != NULL && t->kind == TYPE_COMPOSITE) {
		relation.object.oid = t->relation;
		return rename_relation(d, &relation, e);
	}
	rc = ddl_lock_object(d, OBJ_TYPE, cmd->object.oid, LOCK_ACCESS_EXCLUSIVE, e);
	if (rc != ERR_OK)
		return rc;
	u = *(const struct user_type *) catalog_object(d->c, OBJ_TYPE, cmd->object.oid);
	rc = ddl_check_owner(d, &u.o, "type", e);
	if (rc == ERR_OK)
		rc = ddl_lock_name(d, u.o.schema, cmd->new_name, e);
	if (rc != ERR_OK)
		return rc;
	if (ddl_type_exists(d, u.o.schema, cmd->new_name))
		return err_set(e, ERR_DUPLICATE_OBJECT, "type \"%s\" already exists",
			       cmd->new_name);
	const char *was = u.o.name;
	u.o.name = cmd->new_name;
	draft_put(d->draft, &u.o);
	return seal_and_respell(d, was, e);
}

/* A function under another name or in another schema: nothing may be there already. */
static int
move_function(struct ddl *d, oid_t oid, const char *name, oid_t schema, struct err *e)
{
	const struct function *old;
	struct function f;
	int rc = ddl_lock_object(d, OBJ_FUNCTION, oid, LOCK_ACCESS_EXCLUSIVE, e);

	if (rc != ERR_OK)
		return rc;
	old = catalog_function_by_oid(d->c, oid);
	rc = ddl_check_owner(d, &old->o, "function", e);
	if (rc != ERR_OK)
		return rc;
	f = *old;
	if (name != NULL)
		f.o.name = name;
	if (schema != 0)
		f.o.schema = schema;
	if (f.o.schema == old->o.schema && strcmp(f.o.name, old->o.name) == 0 && name == NULL)
		return ERR_OK;
	rc = ddl_check_create(d, f.o.schema, e);
	if (rc == ERR_OK)
		rc = ddl_lock_name(d, f.o.schema, f.o.name, e);
	if (rc != ERR_OK)
		return rc;
	if (ddl_find_function(d, f.o.schema, f.o.name, &f) != NULL)
		return err_set(e, ERR_DUPLICATE_FUNCTION,
			       "function %s already exists in schema \"%s\"",
			       ddl_function_signature(d, &f), ddl_schema_name(d, f.o.schema));
	draft_put(d->draft, &f.o);
	return seal_and_respell(d, old->o.name, e);
}

int
ddl_rename(struct ddl *d, const struct cmd_rename *cmd, struct err *e)
{
	if (cmd->object.missing != NULL) {
		ddl_notice(d, LOG_NOTICE, ERR_OK, "relation \"%s\" does not exist, skipping",
			   cmd->object.missing);
		return ERR_OK;
	}
	switch (cmd->object.kind) {
	case OBJECT_TABLE:
	case OBJECT_VIEW:
	case OBJECT_MATVIEW:
	case OBJECT_INDEX:
	case OBJECT_SEQUENCE:
		return rename_relation(d, cmd, e);
	case OBJECT_COLUMN:
	case OBJECT_ATTRIBUTE:
		return rename_column(d, cmd, e);
	case OBJECT_CONSTRAINT:
		return rename_constraint(d, cmd, false, e);
	case OBJECT_SCHEMA:
		return rename_schema(d, cmd, e);
	case OBJECT_TYPE:
	case OBJECT_DOMAIN:
		return rename_type(d, cmd, e);
	case OBJECT_DOMAIN_CONSTRAINT:
		return ddl_rename_domain_check(d, cmd, e);
	case OBJECT_FUNCTION:
	case OBJECT_PROCEDURE:
		return move_function(d, cmd->object.oid, cmd->new_name, 0, e);
	case OBJECT_ROLE:
		return ddl_rename_role(d, cmd, e);
	case OBJECT_DATABASE:
		return ddl_rename_database(d, cmd, e);
	default:
		return err_unsupported(e, "RENAME of this kind of object", NULL);
	}
}

/* The relation of a composite type; 0: it is none. */
static oid_t
composite(const struct ddl *d, oid_t type)
{
	const struct type *t = catalog_type(d->c, type);

	return t != NULL && t->kind == TYPE_COMPOSITE ? t->relation : 0;
}

/* --- SET SCHEMA ------------------------------------------------------------------------------- */

static int
move_type(struct ddl *d, const struct cmd_set_schema *cmd, struct err *e)
{
	struct user_type u;
	int rc;

	rc = ddl_lock_object(d, OBJ_TYPE, cmd->object.oid, LOCK_ACCESS_EXCLUSIVE, e);
	if (rc != ERR_OK)
		return rc;
	u = *(const struct user_type *) catalog_object(d->c, OBJ_TYPE, cmd->object.oid);
	rc = ddl_check_owner(d, &u.o, "type", e);
	if (rc == ERR_OK)
		rc = ddl_check_create(d, cmd->schema, e);
	if (rc != ERR_OK || u.o.schema == cmd->schema)
		return rc;
	rc = ddl_lock_name(d, cmd->schema, u.o.name, e);
	if (rc != ERR_OK)
		return rc;
	if (ddl_type_exists(d, cmd->schema, u.o.name))
		return err_set(e, ERR_DUPLICATE_OBJECT, "type \"%s\" already exists in schema \"%s\"",
			       u.o.name, ddl_schema_name(d, cmd->schema));
	u.o.schema = cmd->schema;
	draft_put(d->draft, &u.o);
	return seal_and_respell(d, u.o.name, e);
}

int
ddl_set_schema(struct ddl *d, const struct cmd_set_schema *cmd, struct err *e)
{
	oid_t oid = cmd->object.oid;
	const struct relation *old;
	struct relation *r;
	int rc;

	if (cmd->object.missing != NULL) {
		ddl_notice(d, LOG_NOTICE, ERR_OK, "relation \"%s\" does not exist, skipping",
			   cmd->object.missing);
		return ERR_OK;
	}
	if (cmd->object.kind == OBJECT_FUNCTION || cmd->object.kind == OBJECT_PROCEDURE)
		return move_function(d, cmd->object.oid, NULL, cmd->schema, e);
	if ((cmd->object.kind == OBJECT_TYPE || cmd->object.kind == OBJECT_DOMAIN) &&
	    composite(d, oid) == 0)
		return move_type(d, cmd, e);
	if (cmd->object.kind == OBJECT_TYPE)
		oid = composite(d, oid);
	rc = ddl_lock_relation(d, oid, LOCK_ACCESS_EXCLUSIVE, &old, e);
	if (rc == ERR_OK)
		rc = ddl_check_relation_owner(d, old, e);
	if (rc == ERR_OK)
		rc = ddl_check_create(d, cmd->schema, e);
	if (rc != ERR_OK || old->o.schema == cmd->schema)
		return rc;
	rc = ddl_lock_name(d, cmd->schema, old->o.name, e);
	if (rc != ERR_OK)
		return rc;
	if (catalog_relation(d->c, cmd->schema, old->o.name) != NULL)
		return err_set(e, ERR_DUPLICATE_TABLE,
			       "relation \"%s\" already exists in schema \"%s\"", old->o.name,
			       ddl_schema_name(d, cmd->schema));
	old = catalog_relation_by_oid(d->c, oid);
	r = ddl_copy_relation(d, old);
	r->o.schema = cmd->schema;
	ddl_put_relation(d, r);
	for (int i = 0; i < old->nindexes; i++) {
		struct index *ix = arena_dup(d->a, old->indexes[i], sizeof *ix);

		ix->o.schema = cmd->schema;
		ddl_put_index(d, ix);
	}
	for (int i = 0; i < catalog_count(d->c, OBJ_RELATION); i++) {
		const struct relation *s =
			(const struct relation *) catalog_at(d->c, OBJ_RELATION, i);

		if (s->seq == NULL || s->seq->owner_table != old->o.oid)
			continue;
		r = ddl_copy_relation(d, s);
		r->o.schema = cmd->schema;
		ddl_put_relation(d, r);
	}
	return seal_and_respell(d, old->o.name, e);
}

/* --- OWNER TO --------------------------------------------------------------------------------- */

int
ddl_change_owner(struct ddl *d, struct relation *r, oid_t owner, struct err *e)
{
	const struct role *to = catalog_role_by_oid(d->c, owner);

	if (to == NULL)
		return err_set(e, ERR_UNDEFINED_OBJECT, "role with OID %u does not exist", owner);
	if (!ddl_has_role(d, owner))
		return err_set(e, ERR_INSUFFICIENT_PRIVILEGE, "must be member of role \"%s\"",
			       to->o.name);
	for (int i = 0; i < r->ncols; i++)
		if (r->cols[i].acl != NULL)
			ddl_columns(r)[i].acl =
				acl_replace(d, r->cols[i].acl, r->o.owner, owner);
	r->o.acl = ddl_acl_of_owner(d, &r->o, owner);
	r->o.owner = owner;
	ddl_put_relation(d, r);
	for (int i = 0; i < r->nindexes; i++) {
		struct index *ix = arena_dup(d->a, r->indexes[i], sizeof *ix);

		ix->o.owner = owner;
		ddl_put_index(d, ix);
	}
	for (int i = 0; i < catalog_count(d->c, OBJ_RELATION); i++) {
		const struct relation *s =
			(const struct relation *) catalog_at(d->c, OBJ_RELATION, i);
		struct relation *copy;

		if (s->seq == NULL || s->seq->owner_table != r->o.oid)
			continue;
		copy = ddl_copy_relation(d, s);
		copy->o.acl = ddl_acl_of_owner(d, &copy->o, owner);
		copy->o.owner = owner;
		ddl_put_relation(d, copy);
	}
	return ERR_OK;
}

static int
owner_of_object(struct ddl *d, enum object_class class, const char *what,
		const struct cmd_owner *cmd, struct err *e)
{
	struct schema s;
	struct user_type t;
	struct function f;
	int rc;

	rc = ddl_lock_object(d, class, cmd->object.oid, LOCK_ACCESS_EXCLUSIVE, e);
	if (rc == ERR_OK)
		rc = ddl_check_owner(d, catalog_object(d->c, class, cmd->object.oid), what, e);
	if (rc == ERR_OK && !ddl_has_role(d, cmd->owner))
		rc = err_set(e, ERR_INSUFFICIENT_PRIVILEGE, "must be member of role \"%s\"",
			     catalog_role_by_oid(d->c, cmd->owner)->o.name);
	if (rc != ERR_OK)
		return rc;
	if (class == OBJ_SCHEMA) {
		s = *catalog_schema_by_oid(d->c, cmd->object.oid);
		s.o.acl = ddl_acl_of_owner(d, &s.o, cmd->owner);
		s.o.owner = cmd->owner;
		draft_put(d->draft, &s.o);
	} else if (class == OBJ_FUNCTION) {
		f = *catalog_function_by_oid(d->c, cmd->object.oid);
		f.o.acl = ddl_acl_of_owner(d, &f.o, cmd->owner);
		f.o.owner = cmd->owner;
		draft_put(d->draft, &f.o);
	} else {
		t = *(const struct user_type *) catalog_object(d->c, class, cmd->object.oid);
		t.o.acl = ddl_acl_of_owner(d, &t.o, cmd->owner);
		t.o.owner = cmd->owner;
		draft_put(d->draft, &t.o);
	}
	return ERR_OK;
}

int
ddl_owner(struct ddl *d, const struct cmd_owner *cmd, struct err *e)
{
	struct cmd_owner of_type = *cmd;
	const struct relation *old;
	int rc;

	switch (cmd->object.kind) {
	case OBJECT_SCHEMA:
		return owner_of_object(d, OBJ_SCHEMA, "schema", cmd, e);
	case OBJECT_DATABASE:
		return ddl_own_database(d, cmd, e);
	case OBJECT_FUNCTION:
	case OBJECT_PROCEDURE:
		return owner_of_object(d, OBJ_FUNCTION, "function", cmd, e);
	case OBJECT_TYPE:
	case OBJECT_DOMAIN:
		if (composite(d, cmd->object.oid) == 0)
			return owner_of_object(d, OBJ_TYPE, "type", cmd, e);
		of_type.object = (struct object_ref){ .kind = OBJECT_TABLE,
						      .oid = composite(d, cmd->object.oid) };
		return ddl_owner(d, &of_type, e);
	case OBJECT_TABLE:
	case OBJECT_VIEW:
	case OBJECT_MATVIEW:
	case OBJECT_SEQUENCE:
	case OBJECT_INDEX:
		rc = ddl_lock_relation(d, cmd->object.oid, LOCK_ACCESS_EXCLUSIVE, &old, e);
		if (rc == ERR_OK)
			rc = ddl_check_relation_owner(d, old, e);
		return rc != ERR_OK ? rc
				    : ddl_change_owner(d, ddl_copy_relation(d, old), cmd->owner, e);
	default:
		return err_unsupported(e, "OWNER TO for this kind of object", NULL);
	}
}
