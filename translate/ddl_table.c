/* ddl_table.c - CREATE TABLE, with LIKE.
 *
 * Not here: columns (ddl_column.c), constraints (ddl_constraint.c), CREATE TABLE AS
 * (ddl_view.c). */
#include "config.h"
#include "translate/utility.h"

#include <string.h>

static int
refuse(struct binder *b, const char *what, const char *hint)
{
	bind_unsupported(b, 0, what, hint);
	return b->e->code;
}

/* -- LIKE ---------------------------------------------------------------------- */
enum {
	LIKE_COMMENTS = 1,
	LIKE_COMPRESSION = 2,
	LIKE_CONSTRAINTS = 4,
	LIKE_DEFAULTS = 8,
	LIKE_GENERATED = 16,
	LIKE_IDENTITY = 32,
	LIKE_INDEXES = 64,
	LIKE_STORAGE = 256
};

static int
like_columns(struct binder *b, struct table_def *t, const struct relation *from, unsigned options)
{
	for (int i = 0; i < from->ncols; i++) {
		const struct column *c = &from->cols[i];

		if (c->dropped)
			continue;
		if (find_def_column(t, c->name) != NULL)
			return bind_error(b, 0, ERR_DUPLICATE_COLUMN,
					  "column \"%s\" specified more than once", c->name);
		struct def_column *d = ARENA_NEW(b->arena, struct def_column);
		d->name = c->name;
		d->type = c->type;
		d->typmod = c->typmod;
		d->collation = c->collation;
		d->not_null = c->not_null;
		if (c->generated != 0 && (options & LIKE_GENERATED) != 0)
			d->generated_sql = c->default_sql;
		else if (c->generated == 0 && (options & LIKE_DEFAULTS) != 0)
			d->default_sql = c->default_sql;
		if ((options & LIKE_IDENTITY) != 0)
			d->identity = c->identity;
		if ((options & LIKE_COMMENTS) != 0)
			d->comment = c->comment;
		if ((options & LIKE_STORAGE) != 0)
			d->storage = c->storage;
		if ((options & LIKE_COMPRESSION) != 0)
			d->compression = compression_name(c);
		list_push(t->columns, b->arena, d);
	}
	return ERR_OK;
}

/* What the index of a key has beside its columns. */
static void
like_key(struct binder *b, struct def_constraint *d, const struct relation *from,
	 const struct index *ix)
{
	d->nulls_not_distinct = ix->nulls_not_distinct;
	for (int k = ix->nkeys; k < ix->ncols; k++)
		list_push(&d->include, b->arena, from->cols[ix->cols[k].attnum - 1].name);
	for (int k = 0; k < ix->noptions; k++)
		list_push(&d->options, b->arena, (void *) (uintptr_t) ix->options[k]);
}

static void
like_constraints(struct binder *b, struct table_def *t, const struct relation *from,
		 unsigned options)
{
	for (int i = 0; i < from->nconstraints; i++) {
		const struct constraint *c = &from->constraints[i];
		bool key = c->type == CON_PRIMARY || c->type == CON_UNIQUE;

		if (c->type == CON_FOREIGN || (key && (options & LIKE_INDEXES) == 0) ||
		    (c->type == CON_CHECK && (options & LIKE_CONSTRAINTS) == 0))
			continue;
		struct def_constraint *d = ARENA_NEW(b->arena, struct def_constraint);
		d->type = c->type;
		d->name = c->type == CON_CHECK ? c->name : NULL;
		d->deferrable = c->deferrable;
		d->deferred = c->deferred;
		d->check_sql = c->check_sql;
		for (int k = 0; key && k < c->ncols; k++)
			list_push(&d->columns, b->arena, from->cols[c->cols[k] - 1].name);
		d->no_inherit = c->no_inherit;
		d->comment = (options & LIKE_COMMENTS) != 0 ? c->comment : NULL;
		for (int k = 0; key && k < from->nindexes; k++)
			if (from->indexes[k]->constraint == c->oid)
				like_key(b, d, from, from->indexes[k]);
		list_push(t->constraints, b->arena, d);
	}
}

/* Indexes that are no constraints. */
static void
like_indexes(struct binder *b, const struct relation *from, unsigned options, struct list *to)
{
	for (int i = 0; i < from->nindexes; i++) {
		const struct index *ix = from->indexes[i];
		struct cmd_create_index *c;

		if (ix->constraint != 0 || ix->primary)
			continue;
		c = ARENA_NEW(b->arena, struct cmd_create_index);
		c->c.kind = CMD_CREATE_INDEX;
		c->kind = ix->kind;
		c->unique = ix->unique;
		c->nulls_not_distinct = ix->nulls_not_distinct;
		c->where_sql = ix->where_sql;
		c->comment = (options & LIKE_COMMENTS) != 0 ? ix->comment : NULL;
		for (int k = 0; k < ix->noptions; k++)
			list_push(&c->options, b->arena, (void *) (uintptr_t) ix->options[k]);
		for (int k = 0; k < ix->nkeys; k++)
			list_push(&c->columns, b->arena,
				  ddl_index_column_like(b->arena, from, &ix->cols[k]));
		for (int k = ix->nkeys; k < ix->ncols; k++)
			list_push(&c->include, b->arena, from->cols[ix->cols[k].attnum - 1].name);
		list_push(to, b->arena, c);
	}
}

static int
bind_like(struct binder *b, struct table_def *t, const PgQuery__TableLikeClause *l)
{
	const struct relation *from = bind_relation(b, l->relation);

	if (from == NULL)
		return b->e->code;
	if (from->kind != REL_TABLE && from->kind != REL_VIEW && from->kind != REL_MATVIEW &&
	    from->kind != REL_COMPOSITE) {
		bind_error(b, at(b, l->relation->location), ERR_WRONG_OBJECT_TYPE,
			   "relation \"%s\" is invalid in LIKE clause", from->o.name);
		return err_detail(b->e, "This operation is not supported for %s.",
				  from->kind == REL_INDEX ? "indexes" : "sequences");
	}
	int rc = like_columns(b, t, from, l->options);
	if (rc != ERR_OK)
		return rc;
	like_constraints(b, t, from, l->options);
	if ((l->options & LIKE_INDEXES) != 0)
		like_indexes(b, from, l->options, t->indexes);
	return ERR_OK;
}

/* -- The statement ------------------------------------------------------------- */
static int
refused_forms(struct binder *b, const PgQuery__CreateStmt *c)
{
	if (c->n_inh_relations > 0 && c->partbound == NULL)
		return refuse(b, "INHERITS",
			      "Use PARTITION BY and PARTITION OF, or separate tables and a view.");
	if (c->of_typename != NULL)
		return refuse(b, "CREATE TABLE OF type", "List the columns.");
	return bind_tablespace(b, c->tablespacename);
}

/* Columns first, so that constraints can name any of them. */
static int
bind_elements(struct binder *b, struct table_def *t, const PgQuery__CreateStmt *c)
{
	int rc = ERR_OK, k = 0;
	struct list defs = { 0 };

	for (size_t i = 0; rc == ERR_OK && i < c->n_table_elts; i++) {
		Node *n = c->table_elts[i];

		if (n->node_case == PG_QUERY__NODE__NODE_TABLE_LIKE_CLAUSE) {
			rc = bind_like(b, t, n->table_like_clause);
		} else if (n->node_case == PG_QUERY__NODE__NODE_COLUMN_DEF) {
			struct def_column *col;

			if (c->partbound != NULL) { /* options of a column that the parent has */
				col = find_def_column(t, n->column_def->colname);
				if (col == NULL)
					return bind_error(b, 0, ERR_UNDEFINED_COLUMN,
							  "column \"%s\" does not exist",
							  n->column_def->colname);
				list_push(&defs, b->arena, col);
				continue;
			}
			rc = bind_column_def(b, t, n->column_def, &col);
			if (rc == ERR_OK) {
				list_push(t->columns, b->arena, col);
				list_push(&defs, b->arena, col);
			}
		}
	}
	for (size_t i = 0; rc == ERR_OK && i < c->n_table_elts; i++)
		if (c->table_elts[i]->node_case == PG_QUERY__NODE__NODE_COLUMN_DEF)
			rc = bind_column_constraints(b, t, c->table_elts[i]->column_def,
						     defs.at[k++]);
	for (size_t i = 0; rc == ERR_OK && i < c->n_table_elts; i++) {
		struct def_constraint *con;

		if (c->table_elts[i]->node_case != PG_QUERY__NODE__NODE_CONSTRAINT)
			continue;
		rc = bind_table_constraint(b, t, c->table_elts[i]->constraint, &con);
		if (rc == ERR_OK)
			list_push(t->constraints, b->arena, con);
	}
	return rc;
}

static char
on_commit(int action)
{
	return action == PG_QUERY__ON_COMMIT_ACTION__ONCOMMIT_PRESERVE_ROWS ? 'p'
	       : action == PG_QUERY__ON_COMMIT_ACTION__ONCOMMIT_DELETE_ROWS ? 'd'
	       : action == PG_QUERY__ON_COMMIT_ACTION__ONCOMMIT_DROP        ? 'D'
									    : 0;
}

int
bind_create_table(struct binder *b, const PgQuery__CreateStmt *c, struct statement *st)
{
	struct cmd_create_table *cmd = COMMAND_NEW(b, cmd_create_table, CMD_CREATE_TABLE, st);
	struct table_def t = { .name = c->relation->relname,
			       .columns = &cmd->columns,
			       .constraints = &cmd->constraints,
			       .indexes = &cmd->indexes };
	int rc = refused_forms(b, c);

	if (rc != ERR_OK)
		return rc;
	cmd->schema = create_schema_oid(b, c->relation, &cmd->persistence);
	if (cmd->schema == 0)
		return b->e->code;
	cmd->name = c->relation->relname;
	cmd->c.position = at(b, c->relation->location);
	cmd->if_not_exists = c->if_not_exists;
	cmd->access_method = given(c->access_method) ? c->access_method : NULL;
	cmd->on_commit = on_commit(c->oncommit);
	if (cmd->on_commit != 0 && cmd->persistence != 't')
		return bind_error(b, 0, ERR_INVALID_TABLE_DEFINITION,
				  "ON COMMIT can only be used on temporary tables");
	/* What is there already is kept as it is: its columns need not even make sense. */
	if (catalog_relation(b->catalog, cmd->schema, cmd->name) != NULL) {
		if (c->if_not_exists)
			return ERR_OK;
		return bind_error(b, 0, ERR_DUPLICATE_TABLE, "relation \"%s\" already exists",
				  cmd->name);
	}
	if (c->partbound != NULL)
		rc = bind_partition_of(b, &t, c, cmd);
	if (rc == ERR_OK)
		rc = bind_elements(b, &t, c);
	if (rc == ERR_OK && c->partspec != NULL)
		rc = bind_partition_key(b, &t, c->partspec, &cmd->partkey);
	if (rc == ERR_OK && cmd->columns.n > 1600)
		return bind_error(b, 0, ERR_TOO_MANY_COLUMNS,
				  "tables can have at most 1600 columns");
	const enum options_of of = c->partspec != NULL ? OPTIONS_NONE : OPTIONS_TABLE;
	return rc == ERR_OK ? bind_options(b, of, c->n_options, c->options, &cmd->options) : rc;
}
