/* ddl_constraint.c - PRIMARY KEY, UNIQUE, CHECK, FOREIGN KEY. */
#include "config.h"
#include "translate/utility.h"

#include <string.h>

/* A CHECK as the catalog keeps it; NULL with error. */
const char *
check_text(struct binder *b, struct table_def *t, Node *n)
{
	struct scope s;

	scope_init(&s, NULL, NULL);
	(void) scope_add(b, &s, table_row(b, t), true, true);
	struct expr *x = bind_where(b, &s, n, PLACE_CHECK, "CHECK");
	return x != NULL ? expr_text(b, x) : NULL;
}

static bool
has_column(const struct table_def *t, const char *name)
{
	return find_def_column(t, name) != NULL ||
	       (t->rel != NULL && relation_column(t->rel, name) != NULL);
}

static int
key_columns(struct binder *b, const struct table_def *t, const PgQuery__Constraint *c, size_t n,
	    PgQuery__Node *const *names, struct list *to, bool unique)
{
	for (size_t i = 0; i < n; i++) {
		const char *name = node_str(names[i]);

		if (!has_column(t, name))
			return bind_error(b, unique ? at(b, c->location) : 0, ERR_UNDEFINED_COLUMN,
					  unique ? "column \"%s\" named in key does not exist"
						 : "column \"%s\" referenced in foreign key "
						   "constraint does not exist",
					  name);
		for (int k = 0; k < to->n; k++)
			if (strcmp(to->at[k], name) == 0 && unique)
				return bind_error(
					b, at(b, c->location), ERR_DUPLICATE_COLUMN,
					"column \"%s\" appears twice in %s constraint", name,
					c->contype == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY
						? "primary key"
						: "unique");
		list_push(to, b->arena, name);
	}
	return ERR_OK;
}

static int
primary_key(struct binder *b, struct table_def *t, const PgQuery__Constraint *c,
	    struct def_constraint *to)
{
	bool again = t->rel != NULL && t->rel->primary != NULL;

	for (int i = 0; t->constraints != NULL && i < t->constraints->n; i++)
		again |= LIST_AT(struct def_constraint, t->constraints, i)->type == CON_PRIMARY;
	if (again)
		return bind_error(
			b, t->rel != NULL && t->rel->primary != NULL ? 0 : at(b, c->location),
			ERR_INVALID_TABLE_DEFINITION,
			"multiple primary keys for table \"%s\" are not allowed", t->name);
	for (int i = 0; i < to->columns.n; i++) {
		struct def_column *col = find_def_column(t, to->columns.at[i]);

		if (col != NULL)
			col->not_null = true;
	}
	return ERR_OK;
}

/* -- Foreign keys -------------------------------------------------------------- */
static const struct type *
column_type_of(const struct table_def *t, const char *name)
{
	const struct def_column *d = find_def_column(t, name);

	if (d != NULL)
		return d->type;
	return t->rel != NULL ? relation_column(t->rel, name)->type : NULL;
}

static const struct index *
primary_of(const struct relation *r)
{
	for (int i = 0; r->primary == NULL && i < r->nindexes; i++)
		if (r->indexes[i]->primary)
			return r->indexes[i];
	return r->primary;
}

/* Names of the referenced columns: given, or the primary key. */
static int
referenced_columns(struct binder *b, struct table_def *t, const PgQuery__Constraint *c,
		   const struct relation *ref, struct def_constraint *to)
{
	struct list given_cols = { 0 };

	for (size_t i = 0; i < c->n_pk_attrs; i++)
		list_push(&to->ref_columns, b->arena, node_str(c->pk_attrs[i]));
	if (c->n_pk_attrs == 0 && ref != NULL) {
		const struct index *pk = primary_of(ref);

		if (pk == NULL)
			return bind_error(b, 0, ERR_UNDEFINED_OBJECT,
					  "there is no primary key for referenced table \"%s\"",
					  ref->o.name);
		for (int i = 0; i < pk->nkeys; i++)
			list_push(&given_cols, b->arena, ref->cols[pk->cols[i].attnum - 1].name);
	} else if (
		c->n_pk_attrs ==
		0) { /* this very table: its key is among the constraints so far, or comes later */
		for (int i = 0; i < t->constraints->n; i++) {
			const struct def_constraint *k =
				LIST_AT(struct def_constraint, t->constraints, i);

			if (k->type == CON_PRIMARY)
				given_cols = k->columns;
		}
	} else {
		given_cols = to->ref_columns;
	}
	if (ref != NULL) /* looked at when it is locked */
		return ERR_OK;
	if (given_cols.n != 0 && given_cols.n != to->columns.n)
		return bind_error(
			b, 0, ERR_INVALID_FOREIGN_KEY,
			"number of referencing and referenced columns for foreign key disagree");
	for (int i = 0; i < given_cols.n; i++) {
		const char *name = given_cols.at[i];
		const struct type *mine = column_type_of(t, to->columns.at[i]);
		const struct type *theirs = has_column(t, name) ? column_type_of(t, name) : NULL;
		int fail;

		if (theirs == NULL)
			return bind_error(
				b, 0, ERR_UNDEFINED_COLUMN,
				"column \"%s\" referenced in foreign key constraint does not exist",
				name);
		if (operator_find(b, "=", theirs, mine, &fail) == NULL) {
			bind_error(b, 0, ERR_DATATYPE_MISMATCH,
				   "foreign key constraint \"%s\" cannot be implemented",
				   to->name != NULL ? to->name
						    : printf_str(b, "%s_%s_fkey", t->name,
								 (const char *) to->columns.at[i]));
			return err_detail(b->e,
					  "Key columns \"%s\" and \"%s\" are of incompatible "
					  "types: %s and %s.",
					  (const char *) to->columns.at[i], name,
					  type_show(b, mine), type_show(b, theirs));
		}
	}
	return ERR_OK;
}

/* ON DELETE SET NULL (columns) and SET DEFAULT (columns): of those that refer. */
static int
set_columns(struct binder *b, const struct table_def *t, const PgQuery__Constraint *c,
	    struct def_constraint *to)
{
	int rc = key_columns(b, t, c, c->n_fk_del_set_cols, c->fk_del_set_cols, &to->set_columns, false);

	for (int i = 0; rc == ERR_OK && i < to->set_columns.n; i++) {
		const char *name = to->set_columns.at[i];
		bool found = false;

		for (int k = 0; k < to->columns.n; k++)
			found |= strcmp(to->columns.at[k], name) == 0;
		if (!found)
			rc = bind_error(b, 0, ERR_INVALID_COLUMN_REFERENCE,
					"column \"%s\" referenced in ON DELETE SET action must be "
					"part of foreign key",
					name);
	}
	return rc;
}

static int
foreign_key(struct binder *b, struct table_def *t, const PgQuery__Constraint *c,
	    struct def_constraint *to)
{
	const struct relation *ref = NULL;
	bool self = t->rel == NULL && strcmp(c->pktable->relname, t->name) == 0 &&
		    !given(c->pktable->schemaname) && find_relation(b, NULL, t->name) == NULL;
	int rc = key_columns(b, t, c, c->n_fk_attrs, c->fk_attrs, &to->columns, false);

	if (rc != ERR_OK)
		return rc;
	if (!self) {
		ref = bind_relation_plain(b, c->pktable);
		if (ref == NULL)
			return b->e->code;
		if (ref->kind != REL_TABLE || relation_sysrel(ref) != NULL)
			return bind_error(b, 0, ERR_WRONG_OBJECT_TYPE,
					  "referenced relation \"%s\" is not a table", ref->o.name);
		to->ref_table = ref->o.oid;
	}
	to->ref_self = self;
	to->match = given(c->fk_matchtype) ? c->fk_matchtype[0] : 's';
	to->on_update = given(c->fk_upd_action) ? c->fk_upd_action[0] : 'a';
	to->on_delete = given(c->fk_del_action) ? c->fk_del_action[0] : 'a';
	rc = set_columns(b, t, c, to);
	return rc == ERR_OK ? referenced_columns(b, t, c, ref, to) : rc;
}

/* -- One constraint ------------------------------------------------------------ */
int
bind_table_constraint(struct binder *b, struct table_def *t, const PgQuery__Constraint *c,
		      struct def_constraint **ret)
{
	struct def_constraint *to = ARENA_NEW(b->arena, struct def_constraint);
	int rc = ERR_OK;

	to->name = given(c->conname) ? c->conname : NULL;
	to->position = at(b, c->location);
	to->deferrable = c->deferrable;
	to->deferred = c->initdeferred;
	to->not_valid = c->skip_validation;
	to->no_inherit = c->is_no_inherit;
	to->nulls_not_distinct = c->nulls_not_distinct;
	to->using_index = given(c->indexname) ? c->indexname : NULL;
	switch (c->contype) {
	case PG_QUERY__CONSTR_TYPE__CONSTR_CHECK:
		to->type = CON_CHECK;
		to->check_sql = check_text(b, t, c->raw_expr);
		rc = b->e->code;
		break;
	case PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY:
	case PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE:
		to->type = c->contype == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY ? CON_PRIMARY
									       : CON_UNIQUE;
		rc = key_columns(b, t, c, c->n_keys, c->keys, &to->columns, true);
		for (size_t i = 0; rc == ERR_OK && i < c->n_including; i++) {
			if (!has_column(t, node_str(c->including[i])))
				return bind_error(b, at(b, c->location), ERR_UNDEFINED_COLUMN,
						  "column \"%s\" named in key does not exist",
						  node_str(c->including[i]));
			list_push(&to->include, b->arena, node_str(c->including[i]));
		}
		if (rc == ERR_OK && to->type == CON_PRIMARY)
			rc = primary_key(b, t, c, to);
		if (rc == ERR_OK)
			rc = bind_tablespace(b, c->indexspace);
		if (rc == ERR_OK)
			rc = bind_options(b, OPTIONS_BTREE, c->n_options, c->options, &to->options);
		break;
	case PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN:
		to->type = CON_FOREIGN;
		rc = foreign_key(b, t, c, to);
		break;
	default:
		bind_unsupported(b, at(b, c->location), "exclusion constraints",
				 "Use a unique constraint.");
		rc = b->e->code;
		break;
	}
	if (rc == ERR_OK)
		*ret = to;
	return rc;
}

/* DEFERRABLE, INITIALLY ... after a column constraint belong to the one before. */
int
constraint_attribute(struct binder *b, const PgQuery__Constraint *c, struct def_constraint *last)
{
	bool can = last != NULL && last->type != CON_CHECK;

	switch (c->contype) {
	case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRABLE:
		if (!can)
			return bind_error(b, at(b, c->location), ERR_SYNTAX_ERROR,
					  "misplaced DEFERRABLE clause");
		last->deferrable = true;
		return ERR_OK;
	case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_NOT_DEFERRABLE:
		if (!can)
			return bind_error(b, at(b, c->location), ERR_SYNTAX_ERROR,
					  "misplaced NOT DEFERRABLE clause");
		last->deferrable = false;
		return ERR_OK;
	case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRED:
		if (!can)
			return bind_error(b, at(b, c->location), ERR_SYNTAX_ERROR,
					  "misplaced INITIALLY DEFERRED clause");
		last->deferrable = last->deferred = true;
		return ERR_OK;
	case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_IMMEDIATE:
		if (!can)
			return bind_error(b, at(b, c->location), ERR_SYNTAX_ERROR,
					  "misplaced INITIALLY IMMEDIATE clause");
		last->deferred = false;
		return ERR_OK;
	default:
		return bind_error(b, at(b, c->location), ERR_SYNTAX_ERROR,
				  "unrecognized constraint");
	}
}
