/* constraint.c - adding primary keys, unique and check constraints to a table.
 *
 * Not here: foreign keys (fkey.c), building indexes (build.c). */
#include "config.h"
#include "core/ddl/partition.h"

#include "core/access/index.h"
#include "core/query/walk.h"

static int
check_name_free(struct ddl *d, const struct relation *r, const char *name, struct err *e)
{
	(void) d;
	for (int i = 0; i < r->nconstraints; i++)
		if (strcmp(r->constraints[i].name, name) == 0)
			return err_set(e, ERR_DUPLICATE_OBJECT,
				       "constraint \"%s\" for relation \"%s\" already exists", name,
				       r->o.name);
	return ERR_OK;
}

/* --- primary key, unique ---------------------------------------------------------------------- */

static const char *
key_kind(char type)
{
	return type == CON_PRIMARY ? "primary key" : "unique";
}

static int
key_columns(struct ddl *d, const struct relation *r, const struct def_constraint *def,
	    int16_t *attnums, struct err *e)
{
	(void) d;
	if (def->columns.n > INDEX_COLS_MAX)
		return err_set(e, ERR_TOO_MANY_COLUMNS,
			       "cannot use more than %d columns in an index", INDEX_COLS_MAX);
	for (int i = 0; i < def->columns.n; i++) {
		const char *name = LIST_AT(const char, &def->columns, i);
		const struct column *c = relation_column(r, name);

		if (c == NULL) {
			err_set(e, ERR_UNDEFINED_COLUMN,
				"column \"%s\" named in key does not exist", name);
			return err_at(e, def->position);
		}
		for (int k = 0; k < i; k++)
			if (attnums[k] == c->attnum) {
				err_set(e, ERR_DUPLICATE_COLUMN,
					"column \"%s\" appears twice in %s constraint", name,
					key_kind(def->type));
				return err_at(e, def->position);
			}
		attnums[i] = c->attnum;
	}
	return ERR_OK;
}

/* A primary key's columns become NOT NULL: the rows that are there must agree. */
static int
make_not_null(struct ddl *d, struct relation *r, int n, const int16_t *attnums, bool new_table,
	      bool only, struct err *e)
{
	struct column *cols = ddl_columns(r);

	for (int i = 0; i < n; i++) {
		struct column *c = &cols[attnums[i] - 1];

		if (c->not_null)
			continue;
		if (!new_table && !relation_is_partitioned(r)) {
			int rc = ddl_check_no_nulls(d, r, c, e);

			if (rc != ERR_OK)
				return rc;
		}
		if (only && ddl_check_parts_not_null(r, c->name, e) != ERR_OK)
			return e->code;
		c->not_null = true;
	}
	return ERR_OK;
}

static const char *
choose_key_name(struct ddl *d, const struct relation *r, const struct def_constraint *def)
{
	if (def->type == CON_PRIMARY)
		return ddl_choose_relation_name(d, r->o.schema, r->o.name, NULL, "pkey", true);
	return ddl_choose_relation_name(
		d, r->o.schema, r->o.name,
		ddl_join_names(d->a, (const char *const *) def->columns.at, def->columns.n), "key",
		true);
}

static int
index_columns(const struct relation *r, const int16_t *attnums, const struct def_constraint *def,
	      struct index_column *to, int *ret_ncols, struct err *e)
{
	int n = def->columns.n;

	for (int i = 0; i < n; i++) {
		to[i].attnum = attnums[i];
		to[i].type = r->cols[attnums[i] - 1].type;
		to[i].collation = r->cols[attnums[i] - 1].collation;
	}
	for (int i = 0; i < def->include.n; i++, n++) {
		const struct column *c = relation_column(r, LIST_AT(const char, &def->include, i));

		if (c == NULL)
			return err_set(e, ERR_UNDEFINED_COLUMN,
				       "column \"%s\" named in key does not exist",
				       LIST_AT(const char, &def->include, i));
		if (n == INDEX_COLS_MAX)
			return err_set(e, ERR_TOO_MANY_COLUMNS,
				       "cannot use more than %d columns in an index",
				       INDEX_COLS_MAX);
		to[n].attnum = c->attnum;
		to[n].type = c->type;
	}
	*ret_ncols = n;
	return ERR_OK;
}

static int
add_key(struct ddl *d, const struct relation *table, const struct def_constraint *def,
	bool new_table, struct err *e)
{
	struct relation *r = ddl_copy_relation(d, table);
	struct new_index ni = { .table = r, .build = !new_table };
	struct index_column *cols = ARENA_ARRAY(d->a, struct index_column, INDEX_COLS_MAX);
	int16_t *attnums = ARENA_ARRAY(d->a, int16_t, def->columns.n + 1);
	struct constraint *con;
	const struct relation *parent;
	const char *name = def->name;
	int rc;

	if (def->type == CON_PRIMARY && table->primary != NULL) {
		err_set(e, ERR_INVALID_TABLE_DEFINITION,
			"multiple primary keys for table \"%s\" are not allowed", r->o.name);
		return err_at(e, def->position);
	}
	rc = key_columns(d, r, def, attnums, e);
	if (rc == ERR_OK && name != NULL)
		rc = check_name_free(d, r, name, e);
	if (rc == ERR_OK && def->type == CON_PRIMARY)
		rc = make_not_null(d, r, def->columns.n, attnums, new_table, def->only, e);
	if (rc == ERR_OK)
		rc = index_columns(r, attnums, def, cols, &ni.ix.ncols, e);
	if (rc != ERR_OK)
		return rc;
	ni.name = name != NULL ? name : choose_key_name(d, r, def);
	con = ddl_add_constraint_slot(d, r);
	*con = (struct constraint){
		.oid = draft_new_oid(d->draft),
		.name = ni.name,
		.type = def->type,
		.deferrable = def->deferrable,
		.deferred = def->deferred,
		.validated = true,
		.ncols = def->columns.n,
		.cols = attnums,
	};
	ni.ix = (struct index){
		.kind = "btree",
		.primary = def->type == CON_PRIMARY,
		.unique = true,
		.nkeys = def->columns.n,
		.ncols = ni.ix.ncols,
		.cols = cols,
		.constraint = con->oid,
		.deferrable = def->deferrable,
		.nulls_not_distinct = def->nulls_not_distinct,
		.noptions = def->options.n,
		.options = (const char *const *) def->options.at,
		/* Only a table without rows can still be laid out by its key. */
		.clustered = new_table && def->type == CON_PRIMARY && !def->deferrable &&
			     def->include.n == 0 && !relation_is_partitioned(table),
	};
	con->parent = def->parent;
	rc = ddl_check_unique_key(r, &ni.ix,
				  def->type == CON_PRIMARY ? "PRIMARY KEY" : "UNIQUE", e);
	if (rc == ERR_OK && def->parent != 0)
		ni.part_of = catalog_constraint_by_oid(d->c, def->parent, &parent)->index;
	if (rc == ERR_OK)
		rc = ddl_new_index(d, &ni, e);
	if (rc != ERR_OK)
		return rc;
	con->index = ni.ix.o.oid;
	if (def->only && table->nparts > 0) {
		ni.ix.state = INDEX_INVALID; /* until each partition's is attached */
		ddl_put_index(d, &ni.ix);
	}
	ddl_put_relation(d, r);
	rc = ddl_seal(d, e);
	for (int i = 0; rc == ERR_OK && i < table->nparts && !def->only; i++)
		rc = ddl_partition_index(d, ni.ix.o.oid, table->parts[i]->o.oid, new_table, e);
	return rc;
}

/* ADD CONSTRAINT ... USING INDEX: the index takes the constraint's name. */
static int
add_key_from_index(struct ddl *d, const struct relation *table, const struct def_constraint *def,
		   struct err *e)
{
	struct relation *r = ddl_copy_relation(d, table);
	const struct relation *ir = catalog_relation(d->c, r->o.schema, def->using_index);
	struct constraint *con;
	struct index *ix;
	int16_t *attnums;
	int rc = ERR_OK;

	if (ir == NULL || ir->index == NULL)
		return err_set(e, ERR_UNDEFINED_OBJECT, "index \"%s\" does not exist",
			       def->using_index);
	if (ir->index->table_oid != r->o.oid)
		return err_set(e, ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
			       "index \"%s\" does not belong to table \"%s\"", def->using_index,
			       r->o.name);
	if (ir->index->constraint != 0)
		return err_set(e, ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
			       "index \"%s\" is already associated with a constraint",
			       def->using_index);
	if (!ir->index->unique || ir->index->where_sql != NULL || ir->index->state != INDEX_VALID)
		return err_set(e, ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a unique index",
			       def->using_index);
	if (def->type == CON_PRIMARY && table->primary != NULL)
		return err_set(e, ERR_INVALID_TABLE_DEFINITION,
			       "multiple primary keys for table \"%s\" are not allowed", r->o.name);
	if (relation_is_partitioned(table))
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED,
			       "ALTER TABLE / ADD CONSTRAINT USING INDEX is not supported on "
			       "partitioned tables");
	if (def->deferrable)
		return err_unsupported(e, "a deferrable constraint using an index",
				       "Let the constraint make its index.");
	ix = arena_dup(d->a, ir->index, sizeof *ix);
	attnums = ARENA_ARRAY(d->a, int16_t, ix->nkeys);
	for (int i = 0; i < ix->nkeys; i++) {
		attnums[i] = ix->cols[i].attnum;
		if (attnums[i] == 0)
			return err_set(e, ERR_WRONG_OBJECT_TYPE,
				       "index \"%s\" contains expressions", def->using_index);
	}
	if (def->type == CON_PRIMARY)
		rc = make_not_null(d, r, ix->nkeys, attnums, false, false, e);
	if (rc != ERR_OK)
		return rc;
	con = ddl_add_constraint_slot(d, r);
	*con = (struct constraint){
		.oid = draft_new_oid(d->draft),
		.name = def->name != NULL ? def->name : def->using_index,
		.type = def->type,
		.validated = true,
		.ncols = ix->nkeys,
		.cols = attnums,
		.index = ix->o.oid,
	};
	if (strcmp(con->name, ix->o.name) != 0)
		ddl_notice(d, LOG_NOTICE, ERR_OK,
			   "ALTER TABLE / ADD CONSTRAINT USING INDEX will rename index \"%s\" to "
			   "\"%s\"",
			   ix->o.name, con->name);
	ix->o.name = con->name;
	ix->constraint = con->oid;
	ix->primary = def->type == CON_PRIMARY;
	ddl_put_index(d, ix);
	ddl_put_relation(d, r);
	return ddl_seal(d, e);
}

/* --- check ------------------------------------------------------------------------------------ */

struct columns_used {
	struct range *row;
	bool *used;
};

static int
note_column(struct expr *x, void *arg)
{
	struct columns_used *u = arg;

	if (x->kind == EXPR_VAR && x->range == u->row && x->col > 0)
		u->used[x->col - 1] = true;
	return 0;
}

/* Bind the text over the table's columns; which ones does it use? */
int
ddl_bind_any(struct ddl *d, const struct relation *r, const char *sql, oid_t type,
	     struct range **ret_row, struct expr **ret, int16_t **ret_cols, int *ret_ncols,
	     struct err *e)
{
	struct query *q = query_new(d->a, QUERY_SELECT, NULL);
	struct range *row = range_table(d->a, q, r, r->o.name);
	struct columns_used u = { row, ARENA_ARRAY(d->a, bool, r->ncols + 1) };
	int rc;

	rc = d->env->bind_expr(d->env->arg, d->c, sql, row, type, -1, ret, e);
	if (rc != ERR_OK)
		return rc;
	(void) expr_walk(*ret, note_column, &u, true);
	*ret_cols = ARENA_ARRAY(d->a, int16_t, r->ncols + 1);
	*ret_ncols = 0;
	for (int i = 0; i < r->ncols; i++)
		if (u.used[i])
			(*ret_cols)[(*ret_ncols)++] = (int16_t) (i + 1);
	*ret_row = row;
	return ERR_OK;
}

int
ddl_bind_check(struct ddl *d, const struct relation *r, const char *sql, struct range **ret_row,
	       struct expr **ret, int16_t **ret_cols, int *ret_ncols, struct err *e)
{
	return ddl_bind_any(d, r, sql, OID_BOOL, ret_row, ret, ret_cols, ret_ncols, e);
}

static int
add_check(struct ddl *d, const struct relation *table, const struct def_constraint *def,
	  bool new_table, struct err *e)
{
	struct relation *r = ddl_copy_relation(d, table);
	struct constraint *con;
	struct range *row;
	struct expr *x;
	int16_t *cols;
	const char *name = def->name;
	int ncols, rc;

	rc = ddl_bind_check(d, table, def->check_sql, &row, &x, &cols, &ncols, e);
	if (rc == ERR_OK && name != NULL)
		rc = check_name_free(d, r, name, e);
	if (rc != ERR_OK)
		return rc;
	if (name == NULL)
		name = ddl_choose_constraint_name(d, r->o.schema, r->o.name,
						  ncols == 1 ? r->cols[cols[0] - 1].name : NULL,
						  "check");
	if (!new_table && !def->not_valid && !relation_is_partitioned(table)) {
		rc = ddl_check_rows(d, table, row, x, name, e);
		if (rc != ERR_OK)
			return rc;
	}
	con = ddl_add_constraint_slot(d, r);
	*con = (struct constraint){
		.oid = draft_new_oid(d->draft),
		.name = name,
		.type = CON_CHECK,
		.validated = !def->not_valid || new_table,
		.no_inherit = def->no_inherit,
		.ncols = ncols,
		.cols = cols,
		.check_sql = def->check_sql,
		.parent = def->parent,
	};
	ddl_put_relation(d, r);
	return ddl_seal(d, e);
}

/* Constraints see the table as the last seal left it. */
int
ddl_add_constraint(struct ddl *d, oid_t table, const struct def_constraint *def, bool new_table,
		   struct err *e)
{
	const struct relation *r = catalog_relation_by_oid(d->c, table);

	switch (def->type) {
	case CON_PRIMARY:
	case CON_UNIQUE:
		return def->using_index != NULL ? add_key_from_index(d, r, def, e)
						: add_key(d, r, def, new_table, e);
	case CON_CHECK:
		return add_check(d, r, def, new_table, e);
	case CON_FOREIGN:
		return ddl_add_fkey(d, r, def, new_table, e);
	default:
		return err_unsupported(e, "this kind of constraint", NULL);
	}
}
