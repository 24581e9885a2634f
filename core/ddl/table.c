/* table.c - CREATE TABLE, and columns of new tables.
 *
 * The table is put without constraints first; each is then added the way ALTER TABLE does.
 *
 * Not here: constraints (constraint.c, fkey.c), ALTER TABLE (alter.c). */
#include "config.h"
#include "core/ddl/acl.h"
#include "core/ddl/partition.h"

#include "core/access/index.h"
#include "core/access/row.h"

static const char *const system_columns[] = { "ctid", "xmin", "cmin", "xmax", "cmax", "tableoid" };

bool
ddl_is_system_column(const char *name)
{
	for (unsigned i = 0; i < ARRAY_LEN(system_columns); i++)
		if (strcmp(name, system_columns[i]) == 0)
			return true;
	return false;
}

int
ddl_check_column(const struct ddl *d, const struct def_column *def, struct err *e)
{
	(void) d;
	if (ddl_is_system_column(def->name))
		return err_set(e, ERR_DUPLICATE_COLUMN, "column name \"%s\" conflicts with a system column name",
			       def->name);
	if (def->type->kind == TYPE_PSEUDO && def->type->oid != OID_UNKNOWN)
		return err_set(e, ERR_INVALID_TABLE_DEFINITION, "column \"%s\" has pseudo-type %s",
			       def->name, type_sql_name(def->type));
	return ERR_OK;
}

int
ddl_fill_column(struct ddl *d, const struct def_column *def, struct column *to, struct err *e)
{
	int rc;

	rc = ddl_check_column(d, def, e);
	if (rc != ERR_OK)
		return rc;
	to->name = def->name;
	to->type = def->type;
	to->typmod = def->typmod;
	to->collation = def->collation;
	to->not_null = def->not_null || def->serial || def->identity != 0;
	to->identity = def->identity;
	to->default_sql = def->default_sql;
	to->stats_target = -1;
	to->comment = def->comment;
	rc = def->storage != 0 ? ddl_set_storage(to, def->storage, e) : ERR_OK;
	if (rc == ERR_OK)
		rc = ddl_set_compression(to, def->compression, e);
	if (rc != ERR_OK)
		return rc;
	if (def->generated_sql != NULL) {
		to->generated = 's';
		to->default_sql = def->generated_sql;
	}
	return ERR_OK;
}

static bool
is_integer(const struct type *t)
{
	return t->oid == OID_INT2 || t->oid == OID_INT4 || t->oid == OID_INT8;
}

/* The sequence of a serial or identity column: named after it, owned by it. */
int
ddl_column_sequence(struct ddl *d, const struct relation *r, const struct def_column *def,
		    struct column *to, struct err *e)
{
	struct def_sequence options =
		def->sequence != NULL ? *def->sequence : (struct def_sequence){ 0 };
	struct sequence s = { 0 };
	const char *name;
	int64_t restart;
	bool do_restart;
	int rc;

	if (def->identity != 0 && !is_integer(def->type))
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
			       "identity column type must be smallint, integer, or bigint");
	if (!options.set_type) {
		options.set_type = true;
		options.type = def->type;
	}
	rc = ddl_sequence_options(&options, true, &s, &restart, &do_restart, e);
	if (rc != ERR_OK)
		return rc;
	s.owner_table = r->o.oid;
	s.owner_attnum = to->attnum;
	name = ddl_choose_relation_name(d, r->o.schema, r->o.name, def->name, "seq", false);
	rc = ddl_put_sequence(d, r->o.schema, name, r->persistence, &s, &to->sequence, e);
	if (rc != ERR_OK)
		return rc;
	if (def->serial)
		to->default_sql = ddl_nextval_text(d, r->o.schema, name);
	return ERR_OK;
}

/* With its schema whatever the search path: as texts keep names that are looked up when they run. */
static const char *
name_in_schema(struct ddl *d, oid_t schema, const char *name)
{
	struct strbuf b;

	strbuf_init(&b, d->a);
	ddl_quote(&b, ddl_schema_name(d, schema));
	strbuf_putc(&b, '.');
	ddl_quote(&b, name);
	return b.data;
}

/* A serial column's default as it is shown; what it does follows from the column's `sequence`. */
const char *
ddl_nextval_text(struct ddl *d, oid_t schema, const char *name)
{
	struct strbuf b;

	strbuf_init(&b, d->a);
	strbuf_puts(&b, "nextval('");
	for (const char *p = name_in_schema(d, schema, name); *p != '\0'; p++) {
		if (*p == '\'')
			strbuf_putc(&b, '\'');
		strbuf_putc(&b, *p);
	}
	strbuf_puts(&b, "'::regclass)");
	return b.data;
}

/* --- the table itself ------------------------------------------------------------------------- */

static int
check_exists(struct ddl *d, const struct cmd_create_table *cmd, bool *ret_exists, struct err *e)
{
	int rc;

	*ret_exists = false;
	rc = ddl_check_create(d, cmd->schema, e);
	if (rc == ERR_OK)
		rc = ddl_lock_name(d, cmd->schema, cmd->name, e);
	if (rc != ERR_OK || !cmd->if_not_exists ||
	    catalog_relation(d->c, cmd->schema, cmd->name) == NULL)
		return rc;
	*ret_exists = true;
	ddl_notice(d, LOG_NOTICE, ERR_DUPLICATE_TABLE, "relation \"%s\" already exists, skipping",
		   cmd->name);
	return ERR_OK;
}

static int
check_name(struct ddl *d, const struct cmd_create_table *cmd, struct err *e)
{
	if (catalog_relation(d->c, cmd->schema, cmd->name) != NULL)
		return err_set(e, ERR_DUPLICATE_TABLE, "relation \"%s\" already exists", cmd->name);
	if (!ddl_type_exists(d, cmd->schema, cmd->name))
		return ERR_OK;
	err_set(e, ERR_DUPLICATE_OBJECT, "type \"%s\" already exists", cmd->name);
	return err_hint(
		e, "A relation has an associated type of the same name, so you must use a name "
		   "that doesn't conflict with any existing type.");
}

static bool
has_column(const struct cmd_create_table *cmd, const char *name)
{
	for (int i = 0; i < cmd->columns.n; i++)
		if (strcmp(LIST_AT(const struct def_column, &cmd->columns, i)->name, name) == 0)
			return true;
	return false;
}

static int
check_key(const struct cmd_create_table *cmd, const struct def_constraint *c, struct err *e)
{
	for (int i = 0; i < c->columns.n; i++) {
		const char *name = LIST_AT(const char, &c->columns, i);

		if (!has_column(cmd, name)) {
			err_set(e, ERR_UNDEFINED_COLUMN,
				"column \"%s\" named in key does not exist", name);
			return err_at(e, c->position);
		}
		for (int k = 0; k < i; k++)
			if (strcmp(LIST_AT(const char, &c->columns, k), name) == 0) {
				err_set(e, ERR_DUPLICATE_COLUMN,
					"column \"%s\" appears twice in %s constraint", name,
					c->type == CON_PRIMARY ? "primary key" : "unique");
				return err_at(e, c->position);
			}
	}
	return ERR_OK;
}

/* What PostgreSQL finds wrong before it looks whether the name is taken. */
static int
check_keys(const struct cmd_create_table *cmd, struct err *e)
{
	int nprimary = 0, rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < cmd->constraints.n; i++) {
		const struct def_constraint *c =
			LIST_AT(const struct def_constraint, &cmd->constraints, i);

		if (c->type != CON_PRIMARY && c->type != CON_UNIQUE)
			continue;
		nprimary += c->type == CON_PRIMARY;
		if (nprimary > 1) {
			err_set(e, ERR_INVALID_TABLE_DEFINITION,
				"multiple primary keys for table \"%s\" are not allowed",
				cmd->name);
			return err_at(e, c->position);
		}
		rc = check_key(cmd, c, e);
	}
	return rc;
}

static int
check_columns(struct ddl *d, const struct cmd_create_table *cmd, struct err *e)
{
	int rc = ERR_OK;

	if (cmd->columns.n > COLUMNS_MAX)
		return err_set(e, ERR_TOO_MANY_COLUMNS, "tables can have at most %d columns",
			       COLUMNS_MAX);
	for (int i = 0; rc == ERR_OK && i < cmd->columns.n; i++)
		rc = ddl_check_column(d, LIST_AT(const struct def_column, &cmd->columns, i), e);
	for (int i = 0; rc == ERR_OK && i < cmd->columns.n; i++)
		for (int k = 0; k < i; k++)
			if (strcmp(LIST_AT(const struct def_column, &cmd->columns, i)->name,
				   LIST_AT(const struct def_column, &cmd->columns, k)->name) == 0)
				return err_set(
					e, ERR_DUPLICATE_COLUMN,
					"column \"%s\" specified more than once",
					LIST_AT(const struct def_column, &cmd->columns, i)->name);
	return rc;
}

static int
check_features(const struct cmd_create_table *cmd, struct err *e)
{
	if (cmd->access_method != NULL && strcmp(cmd->access_method, "heap") != 0) {
		if (strcmp(cmd->access_method, "columnar") == 0)
			return err_unsupported(e, "CREATE TABLE ... USING columnar",
					       "Create an ordinary table.");
		return err_set(e, ERR_UNDEFINED_OBJECT, "access method \"%s\" does not exist",
			       cmd->access_method);
	}
	if (cmd->on_commit != 0 && cmd->persistence != 't')
		return err_set(e, ERR_INVALID_TABLE_DEFINITION,
			       "ON COMMIT can only be used on temporary tables");
	return ERR_OK;
}

static int
put_table(struct ddl *d, const struct cmd_create_table *cmd, oid_t *ret_oid, struct err *e)
{
	struct relation r = {
		.o = { .class = OBJ_RELATION,
		       .oid = draft_new_oid(d->draft),
		       .schema = cmd->schema,
		       .owner = d->env->user,
		       .name = cmd->name },
		.kind = REL_TABLE,
		.persistence = cmd->persistence,
		.ncols = cmd->columns.n,
		.access_method = "heap",
	};
	struct column *cols = ARENA_ARRAY(d->a, struct column, cmd->columns.n);
	int rc = ERR_OK;

	if (cmd->c.kind == CMD_CREATE_COMPOSITE) {
		r.kind = REL_COMPOSITE;
		r.access_method = NULL;
	}
	if (cmd->matview_sql != NULL) {
		r.kind = REL_MATVIEW;
		r.view_sql = cmd->matview_sql;
		r.populated = cmd->populated;
		rc = ddl_find_deps(d, cmd->matview_sql, &r, e);
	}
	r.cols = cols;
	for (int i = 0; rc == ERR_OK && i < r.ncols; i++) {
		const struct def_column *def = LIST_AT(struct def_column, &cmd->columns, i);

		cols[i].attnum = (int16_t) (i + 1);
		rc = ddl_fill_column(d, def, &cols[i], e);
		if (rc == ERR_OK && (def->serial || def->identity != 0))
			rc = ddl_column_sequence(d, &r, def, &cols[i], e);
	}
	if (rc == ERR_OK && cmd->partkey != NULL)
		rc = ddl_partition_key(d, &r, cmd->partkey, &r.partkey, e);
	if (rc == ERR_OK && cmd->parent != NULL) {
		r.part_of = cmd->parent->o.oid;
		rc = ddl_partition_bound(d, cmd->parent, cmd->name, cmd->bound, &r.bound, e);
	}
	if (rc == ERR_OK && r.kind != REL_COMPOSITE && r.partkey == NULL)
		rc = ddl_new_file(d, STORE_ROWS, &r.file, e);
	if (rc != ERR_OK)
		return rc;
	r.row_type = draft_new_oid(d->draft);
	r.row_type_array = draft_new_oid(d->draft);
	r.noptions = cmd->options.n;
	r.options = (const char *const *) cmd->options.at;
	if (r.kind != REL_COMPOSITE)
		ddl_new_layout(d, &r);
	if (r.kind != REL_COMPOSITE)
		r.o.acl = ddl_default_acl(d, &r.o);
	ddl_put_relation(d, &r);
	*ret_oid = r.o.oid;
	return ddl_seal(d, e);
}

/* Generated columns and defaults were bound against the command; here against the table. */
static int
check_expressions(struct ddl *d, oid_t oid, struct err *e)
{
	const struct relation *r = catalog_relation_by_oid(d->c, oid);
	struct table_rules *rules;
	bool any = false;

	for (int i = 0; i < r->ncols; i++)
		any |= r->cols[i].generated != 0;
	if (!any || d->env->bind_rules == NULL)
		return ERR_OK;
	return d->env->bind_rules(d->env->arg, d->c, r, &rules, e);
}

/* Primary key first, then unique, then foreign keys last: they need the others. */
static int
constraint_rank(const struct def_constraint *c)
{
	switch (c->type) {
	case CON_CHECK:
		return 0;
	case CON_PRIMARY:
		return 1;
	case CON_UNIQUE:
		return 2;
	default:
		return 3;
	}
}

static int
add_constraints(struct ddl *d, const struct cmd_create_table *cmd, oid_t oid, struct err *e)
{
	int rc = ERR_OK;

	for (int rank = 0; rank <= 3; rank++)
		for (int i = 0; rc == ERR_OK && i < cmd->constraints.n; i++) {
			const struct def_constraint *c =
				LIST_AT(struct def_constraint, &cmd->constraints, i);

			if (constraint_rank(c) == rank)
				rc = ddl_add_constraint(d, oid, c, true, e);
		}
	return rc;
}

/* What LIKE copies beside columns and constraints. */
static int
add_like_parts(struct ddl *d, const struct cmd_create_table *cmd, oid_t oid, struct err *e)
{
	int rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < cmd->indexes.n; i++) {
		struct cmd_create_index ix = *LIST_AT(const struct cmd_create_index, &cmd->indexes, i);

		ix.rel = catalog_relation_by_oid(d->c, oid);
		rc = ddl_create_index(d, &ix, e);
		if (rc == ERR_OK)
			rc = ddl_seal(d, e);
	}
	for (int i = 0; rc == ERR_OK && i < cmd->constraints.n; i++) {
		const struct def_constraint *c =
			LIST_AT(const struct def_constraint, &cmd->constraints, i);
		const struct cmd_comment comment = {
			.object = { .kind = OBJECT_CONSTRAINT, .oid = oid, .sub = c->name },
			.text = c->comment,
		};

		if (c->comment != NULL)
			rc = ddl_comment(d, &comment, e);
		if (rc == ERR_OK)
			rc = ddl_seal(d, e);
	}
	return rc;
}

/* The parent as it is, locked against whoever reads or writes through it. */
static int
lock_parent(struct ddl *d, struct cmd_create_table *cmd, struct err *e)
{
	const struct relation *parent;
	int rc;

	if (cmd->parent == NULL)
		return ERR_OK;
	rc = ddl_lock_relation(d, cmd->parent->o.oid, LOCK_ACCESS_EXCLUSIVE, &parent, e);
	if (rc == ERR_OK)
		rc = ddl_check_owner(d, &parent->o, "table", e);
	if (rc != ERR_OK)
		return rc;
	cmd->parent = parent;
	if (cmd->persistence != 't' && parent->persistence == 't')
		return err_set(e, ERR_WRONG_OBJECT_TYPE,
			       "cannot create a permanent relation as partition of temporary "
			       "relation \"%s\"",
			       parent->o.name);
	if (cmd->persistence == 't' && parent->persistence != 't')
		return err_set(e, ERR_WRONG_OBJECT_TYPE,
			       "cannot create a temporary relation as partition of permanent "
			       "relation \"%s\"",
			       parent->o.name);
	return ERR_OK;
}

static int
adopt(struct ddl *d, const struct cmd_create_table *cmd, oid_t oid, struct err *e)
{
	int rc;

	if (cmd->parent == NULL)
		return ERR_OK;
	rc = ddl_partition_adopt(d, cmd->parent->o.oid, oid, true, e);
	return rc == ERR_OK && !cmd->bound->is_default
		       ? ddl_check_default(d, cmd->parent->o.oid, e)
		       : rc;
}

int
ddl_table(struct ddl *d, const struct cmd_create_table *given, const struct relation **ret,
	  struct err *e)
{
	struct cmd_create_table own = *given, *cmd = &own;
	bool exists;
	oid_t oid;
	int rc;

	*ret = NULL;
	rc = check_features(cmd, e);
	if (rc == ERR_OK)
		rc = check_exists(d, cmd, &exists, e);
	if (rc != ERR_OK || exists)
		return rc;
	rc = check_keys(cmd, e);
	if (rc == ERR_OK)
		rc = check_columns(d, cmd, e);
	if (rc == ERR_OK)
		rc = check_name(d, cmd, e);
	if (rc == ERR_OK)
		rc = lock_parent(d, cmd, e);
	if (rc == ERR_OK)
		rc = put_table(d, cmd, &oid, e);
	if (rc == ERR_OK)
		rc = check_expressions(d, oid, e);
	if (rc == ERR_OK)
		rc = add_constraints(d, cmd, oid, e);
	if (rc == ERR_OK)
		rc = add_like_parts(d, cmd, oid, e);
	if (rc == ERR_OK)
		rc = adopt(d, cmd, oid, e);
	if (rc == ERR_OK)
		*ret = catalog_relation_by_oid(d->c, oid);
	return rc;
}
