/* inherit.c - ALTER TABLE of partitioned tables and of partitions.
 *
 * What columns and constraints a partitioned table has, its partitions have: such a change goes
 * down to all of them, and is refused of one alone.
 *
 * Not here: the changes themselves (alter.c, alter_column.c). */
#include "config.h"
#include "core/ddl/partition.h"

/* --- what a partition may not do alone -------------------------------------------------------- */

static const struct constraint *
constraint_named(const struct relation *r, const char *name)
{
	for (int i = 0; i < r->nconstraints; i++)
		if (strcmp(r->constraints[i].name, name) == 0)
			return &r->constraints[i];
	return NULL;
}

static int
check_partition(struct ddl *d, const struct relation *r, const struct alter_action *a,
		struct err *e)
{
	const struct relation *parent = catalog_relation_by_oid(d->c, r->part_of);
	const struct column *c = NULL;

	if (parent == NULL || r->index != NULL)
		return ERR_OK;
	if (a->name != NULL)
		c = relation_column(parent, a->name);
	switch (a->kind) {
	case ALTER_ADD_COLUMN:
		return err_set(e, ERR_WRONG_OBJECT_TYPE, "cannot add column to a partition");
	case ALTER_DROP_COLUMN:
		return c == NULL ? ERR_OK
				 : err_set(e, ERR_INVALID_TABLE_DEFINITION,
					   "cannot drop inherited column \"%s\"", c->name);
	case ALTER_COLUMN_TYPE:
		return c == NULL ? ERR_OK
				 : err_set(e, ERR_INVALID_TABLE_DEFINITION,
					   "cannot alter inherited column \"%s\"", c->name);
	case ALTER_DROP_NOT_NULL:
		return c == NULL || !c->not_null
			       ? ERR_OK
			       : err_set(e, ERR_INVALID_TABLE_DEFINITION,
					 "column \"%s\" is marked NOT NULL in parent table",
					 c->name);
	case ALTER_DROP_CONSTRAINT: {
		const struct constraint *con = constraint_named(r, a->name);

		return con == NULL || con->parent == 0
			       ? ERR_OK
			       : err_set(e, ERR_INVALID_TABLE_DEFINITION,
					 "cannot drop inherited constraint \"%s\" of relation \"%s\"",
					 con->name, r->o.name);
	}
	default:
		return ERR_OK;
	}
}

/* --- what a partitioned table may not do ------------------------------------------------------ */

/* 1: in the key as a column, 2: in one of its expressions. */
static int
in_key(const struct relation *r, const char *column)
{
	for (int i = 0; r->partkey != NULL && i < r->partkey->ncols; i++) {
		const struct index_column *c = &r->partkey->cols[i];

		if (c->attnum != 0 ? strcmp(r->cols[c->attnum - 1].name, column) == 0
				   : ddl_names_column(c->expr_sql, column))
			return 1;
	}
	return 0;
}

/* In its own key, or in that of a table below? */
static int
check_key(const struct relation *r, const struct alter_action *a, struct err *e)
{
	const char *verb = a->kind == ALTER_DROP_COLUMN   ? "drop"
			   : a->kind == ALTER_COLUMN_TYPE ? "alter"
							  : NULL;
	int rc = ERR_OK;

	if (verb == NULL)
		return ERR_OK;
	if (in_key(r, a->name) != 0)
		return err_set(e, ERR_INVALID_TABLE_DEFINITION,
			       "cannot %s column \"%s\" because it is part of the partition key of "
			       "relation \"%s\"",
			       verb, a->name, r->o.name);
	for (int i = 0; i < r->nparts && rc == ERR_OK; i++)
		rc = check_key(r->parts[i], a, e);
	return rc;
}

/* Of ONLY the partitioned table a column becomes NOT NULL where it is so in each partition. */
int
ddl_check_parts_not_null(const struct relation *r, const char *column, struct err *e)
{
	for (int i = 0; i < r->nparts; i++) {
		const struct column *c = relation_column(r->parts[i], column);

		if (c == NULL || c->not_null)
			continue;
		err_set(e, ERR_INVALID_TABLE_DEFINITION,
			"constraint must be added to child tables too");
		(void) err_detail(e, "Column \"%s\" of relation \"%s\" is not already NOT NULL.", column,
				  r->parts[i]->o.name);
		return err_hint(e, "Do not specify the ONLY keyword.");
	}
	return ERR_OK;
}

static int
check_only(struct ddl *d, const struct relation *r, const struct alter_action *a, struct err *e)
{
	const struct relation *ref =
		a->kind == ALTER_ADD_CONSTRAINT
			? catalog_relation_by_oid(d->c, a->constraint->ref_table)
			: NULL;
	const char *text = NULL;
	bool hint = true;

	switch (a->kind) {
	case ALTER_ADD_COLUMN:
		text = "column must be added to child tables too";
		hint = false;
		break;
	case ALTER_DROP_COLUMN:
		text = "cannot drop column from only the partitioned table when partitions exist";
		break;
	case ALTER_COLUMN_TYPE:
		return err_set(e, ERR_INVALID_TABLE_DEFINITION,
			       "type of inherited column \"%s\" must be changed in child tables too",
			       a->name);
	case ALTER_SET_NOT_NULL:
		return ddl_check_parts_not_null(r, a->name, e);
	case ALTER_ADD_CONSTRAINT:
		if (a->constraint->type == CON_FOREIGN)
			return err_set(e, ERR_WRONG_OBJECT_TYPE,
				       "cannot use ONLY for foreign key on partitioned table \"%s\" "
				       "referencing relation \"%s\"",
				       r->o.name, ref != NULL ? ref->o.name : "");
		if (a->constraint->type == CON_CHECK)
			text = "constraint must be added to child tables too";
		hint = false;
		break;
	case ALTER_DROP_CONSTRAINT:
	case ALTER_DROP_NOT_NULL:
		text = "cannot remove constraint from only the partitioned table when partitions "
		       "exist";
		break;
	default:
		break;
	}
	if (text == NULL || r->nparts == 0)
		return ERR_OK;
	err_set(e, ERR_INVALID_TABLE_DEFINITION, "%s", text);
	return hint ? err_hint(e, "Do not specify the ONLY keyword.") : e->code;
}

static int
check_partitioned(const struct relation *r, const struct alter_action *a, struct err *e)
{
	int rc = check_key(r, a, e);

	if (rc != ERR_OK)
		return rc;
	if (a->kind == ALTER_SET_OPTIONS && a->options.n > 0) {
		const char *option = LIST_AT(const char, &a->options, 0);

		err_set(e, ERR_INVALID_PARAMETER_VALUE, "unrecognized parameter \"%.*s\"",
			(int) strcspn(option, "="), option);
		return err_hint(e, "Specify storage parameters for its leaf partitions instead.");
	}
	if (a->kind != ALTER_ADD_CONSTRAINT)
		return ERR_OK;
	if (a->constraint->type == CON_CHECK && a->constraint->no_inherit)
		return err_set(e, ERR_INVALID_TABLE_DEFINITION,
			       "cannot add NO INHERIT constraint to partitioned table \"%s\"",
			       r->o.name);
	if (a->constraint->type == CON_FOREIGN && a->constraint->not_valid)
		return err_unsupported(e, "a NOT VALID foreign key on a partitioned table",
				       "Add the foreign key without NOT VALID.");
	return ERR_OK;
}

/* --- going down ------------------------------------------------------------------------------- */

static bool
goes_down(const struct alter_action *a)
{
	switch (a->kind) {
	case ALTER_ADD_COLUMN:
	case ALTER_COLUMN_TYPE:
	case ALTER_SET_DEFAULT:
	case ALTER_DROP_DEFAULT:
	case ALTER_SET_NOT_NULL:
	case ALTER_DROP_NOT_NULL:
	case ALTER_DROP_EXPRESSION:
	case ALTER_VALIDATE_CONSTRAINT:
	case ALTER_CONSTRAINT:
	case ALTER_SET_STATISTICS:
	case ALTER_SET_STORAGE:
	case ALTER_SET_COMPRESSION:
		return true;
	case ALTER_ADD_CONSTRAINT: /* keys and foreign keys go down as they are made */
		return a->constraint->type == CON_CHECK;
	default: /* what is dropped takes what is below with it (dependents.c) */
		return false;
	}
}

/* The action as the partitions are to do it. */
static const struct alter_action *
for_partition(struct ddl *d, const struct relation *parent, const struct alter_action *a)
{
	struct alter_action *own = arena_dup(d->a, a, sizeof *a);

	if (a->kind == ALTER_ADD_COLUMN) { /* a sequence stays the parent's */
		const struct column *c = relation_column(parent, a->column->name);

		own->column = arena_dup(d->a, a->column, sizeof *a->column);
		own->column->serial = false;
		own->column->identity = 0;
		own->column->not_null = c->not_null;
		own->column->default_sql = c->identity == 0 && c->generated == 0 ? c->default_sql
										 : NULL;
	}
	if (a->kind == ALTER_ADD_CONSTRAINT) {
		const struct constraint *con = &parent->constraints[parent->nconstraints - 1];

		own->constraint = arena_dup(d->a, a->constraint, sizeof *a->constraint);
		own->constraint->name = con->name;
		own->constraint->parent = con->oid;
	}
	return own;
}

/* What the partition has of its own already becomes its parent's too. */
static int
merge(struct ddl *d, const struct relation *r, const struct alter_action *a, bool *ret_done,
      struct err *e)
{
	const struct constraint *con;
	const struct column *c;
	struct relation *copy;

	*ret_done = false;
	if (a->kind == ALTER_ADD_COLUMN && (c = relation_column(r, a->column->name)) != NULL) {
		if (c->type->oid != a->column->type->oid || c->typmod != a->column->typmod)
			return err_set(e, ERR_DATATYPE_MISMATCH,
				       "child table \"%s\" has different type for column \"%s\"",
				       r->o.name, c->name);
		ddl_notice(d, LOG_NOTICE, ERR_OK,
			   "merging definition of column \"%s\" for child \"%s\"", c->name,
			   r->o.name);
		*ret_done = true;
		return ERR_OK;
	}
	if (a->kind != ALTER_ADD_CONSTRAINT ||
	    (con = constraint_named(r, a->constraint->name)) == NULL)
		return ERR_OK;
	if (con->type != CON_CHECK || strcmp(con->check_sql, a->constraint->check_sql) != 0)
		return err_set(e, ERR_DUPLICATE_OBJECT,
			       "constraint \"%s\" for relation \"%s\" already exists", con->name,
			       r->o.name);
	ddl_notice(d, LOG_NOTICE, ERR_OK, "merging constraint \"%s\" with inherited definition",
		   con->name);
	copy = ddl_copy_relation(d, r);
	ddl_constraints(copy)[con - r->constraints].parent = a->constraint->parent;
	ddl_put_relation(d, copy);
	*ret_done = true;
	return ERR_OK;
}

/* Constraints by their parents': a foreign key may have another name in a partition. */
static const struct alter_action *
by_parent(struct ddl *d, const struct relation *parent, const struct relation *r,
	  const struct alter_action *a)
{
	const struct constraint *con = constraint_named(parent, a->name);
	struct alter_action *own = arena_dup(d->a, a, sizeof *a);

	for (int i = 0; con != NULL && i < r->nconstraints; i++)
		if (r->constraints[i].parent == con->oid)
			own->name = r->constraints[i].name;
	return own;
}

static int
alter_parts(struct ddl *d, oid_t table, const struct alter_action *a, enum lock_mode mode,
	    struct err *e)
{
	const struct relation *parent = catalog_relation_by_oid(d->c, table);
	const struct alter_action *own = for_partition(d, parent, a);
	struct list parts = { 0 };
	int rc = ERR_OK;

	for (int i = 0; i < parent->nparts; i++)
		list_push(&parts, d->a, (void *) (uintptr_t) parent->parts[i]);
	for (int i = 0; i < parts.n && rc == ERR_OK; i++) {
		const struct relation *r = LIST_AT(const struct relation, &parts, i);
		const struct alter_action *down = own;
		const oid_t oid = r->o.oid;
		bool done = false;

		rc = ddl_lock_relation(d, oid, mode, &r, e);
		if (rc == ERR_OK)
			rc = merge(d, r, own, &done, e);
		if (a->kind == ALTER_VALIDATE_CONSTRAINT || a->kind == ALTER_CONSTRAINT)
			down = by_parent(d, parent, r, own);
		if (rc == ERR_OK && !done)
			rc = ddl_run_action(d, r, down, e);
		if (rc == ERR_OK)
			rc = ddl_seal(d, e);
		if (rc == ERR_OK)
			rc = alter_parts(d, oid, a, mode, e);
	}
	return rc;
}

int
ddl_alter_one(struct ddl *d, oid_t table, const struct alter_action *a, bool only,
	      enum lock_mode mode, struct err *e)
{
	const struct relation *r = catalog_relation_by_oid(d->c, table);
	int rc = check_partition(d, r, a, e);

	if (rc == ERR_OK && relation_is_partitioned(r))
		rc = check_partitioned(r, a, e);
	if (rc == ERR_OK && relation_is_partitioned(r) && only)
		rc = check_only(d, r, a, e);
	if (only && a->kind == ALTER_ADD_CONSTRAINT) {
		struct alter_action *own = arena_dup(d->a, a, sizeof *a);

		own->constraint = arena_dup(d->a, a->constraint, sizeof *a->constraint);
		own->constraint->only = true;
		a = own;
	}
	if (rc == ERR_OK)
		rc = ddl_run_action(d, r, a, e);
	if (rc == ERR_OK)
		rc = ddl_seal(d, e);
	if (rc != ERR_OK || only || !goes_down(a))
		return rc;
	return alter_parts(d, table, a, mode, e);
}
