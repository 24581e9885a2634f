/* alter_column.c - ALTER TABLE on columns: add, drop, change type, defaults, identity.
 *
 * ADD COLUMN with a constant (or no) default and most widenings make a new row layout and touch no
 * row; a volatile default or a conversion rewrites the table.
 *
 * Not here: the order of actions (alter.c), the rewriting itself (rewrite.c). */
#include "config.h"
#include "core/ddl/partition.h"

#include "core/access/index.h"
#include "core/access/row.h"
#include "core/query/walk.h"

/* --- ADD COLUMN ------------------------------------------------------------------------------- */

struct added {
	struct expr *x;
	bool rewrite;
	union datum value;
	bool null;
};

static int
bind_default(struct ddl *d, const struct relation *r, const struct column *c, struct range *row,
	     struct added *to, struct err *e)
{
	int rc;

	if (c->identity != 0) {
		to->x = expr_new(d->a, EXPR_NEXTVAL, c->type, 0);
		to->x->col = (int) c->sequence;
		to->rewrite = true;
		return ERR_OK;
	}
	const char *sql = c->default_sql != NULL ? c->default_sql : catalog_domain_default(d->c, c->type);
	if (sql == NULL)
		return ERR_OK;
	rc = d->env->bind_expr(d->env->arg, d->c, sql, c->generated != 0 ? row : NULL,
			       c->type->oid, c->typmod, &to->x, e);
	if (rc != ERR_OK)
		return rc;
	to->rewrite = c->generated != 0 || expr_has_volatile(to->x);
	if (!to->rewrite)
		rc = d->env->eval_expr(d->env->arg, to->x, &to->value, &to->null, e);
	(void) r;
	return rc;
}

static int
add_by_layout(struct ddl *d, struct relation *r, struct column *c, const struct added *add,
	      struct err *e)
{
	bool rows;
	int rc;

	c->has_missing = add->x != NULL && !add->null;
	c->missing = add->value;
	c->missing_byval = c->type->byval;
	if (c->not_null && !c->has_missing && !relation_is_partitioned(r)) {
		rc = ddl_has_rows(d, r, &rows, e);
		if (rc != ERR_OK)
			return rc;
		if (rows) {
			err_set(e, ERR_NOT_NULL_VIOLATION,
				"column \"%s\" of relation \"%s\" contains null values", c->name,
				r->o.name);
			return err_object(e, ddl_schema_name(d, r->o.schema), r->o.name, c->name,
					  NULL);
		}
	}
	return ERR_OK;
}

/* --- The row type's users ---------------------------------------------------------------------- */

/* Is a row of this type in every value of t: t itself, its elements, its fields? */
static bool
type_holds(const struct type *t, oid_t row_type)
{
	if (t->elem != NULL)
		return type_holds(t->elem, row_type);
	if (t->base != NULL)
		return type_holds(t->base, row_type);
	if (t->sub != NULL)
		return type_holds(t->sub, row_type);
	for (int i = 0; i < t->nattrs; i++)
		if (type_holds(t->attrs[i].type, row_type))
			return true;
	return t->oid == row_type;
}

/* Stored rows of r's type have the fields that it had when they were written: its columns may not
 * become others while a table's column holds such rows; their types not even while it might. */
static int
check_row_users(struct ddl *d, const struct relation *r, bool type, struct err *e)
{
	bool rows = true;

	for (int i = 0; i < catalog_count(d->c, OBJ_RELATION); i++) {
		const struct relation *t = (const struct relation *) catalog_at(d->c, OBJ_RELATION, i);

		if (t->kind == REL_COMPOSITE || t->kind == REL_INDEX || t->kind == REL_VIEW)
			continue;
		for (int k = 0; k < t->ncols; k++) {
			if (t->cols[k].dropped || !type_holds(t->cols[k].type, r->row_type))
				continue;
			if (!type && relation_is_partitioned(t)) /* its partitions have the rows */
				continue;
			if (!type && ddl_has_rows(d, t, &rows, e) != ERR_OK)
				return e->code;
			if (!rows)
				continue;
			if (r->kind == REL_COMPOSITE)
				return err_set(e, ERR_FEATURE_NOT_SUPPORTED,
					       "cannot alter type \"%s\" because column \"%s.%s\" uses it",
					       r->o.name, t->o.name, t->cols[k].name);
			return err_set(e, ERR_FEATURE_NOT_SUPPORTED,
				       "cannot alter table \"%s\" because column \"%s.%s\" uses its row type",
				       r->o.name, t->o.name, t->cols[k].name);
		}
	}
	return ERR_OK;
}

static int
check_no_member(const struct relation *r, const struct column *c, struct err *e)
{
	return type_holds(c->type, r->row_type)
		       ? err_set(e, ERR_INVALID_TABLE_DEFINITION,
				 "composite type %s cannot be made a member of itself", r->o.name)
		       : ERR_OK;
}

int
ddl_add_column(struct ddl *d, const struct relation *old, const struct alter_action *a,
	       struct err *e)
{
	const struct def_column *def = a->column;
	struct relation *r = ddl_copy_relation(d, old);
	struct column *cols = ARENA_ARRAY(d->a, struct column, old->ncols + 1),
		      *c = &cols[old->ncols];
	struct query *q = query_new(d->a, QUERY_SELECT, NULL);
	struct range *row = range_table(d->a, q, old, old->o.name);
	struct expr **exprs = ARENA_ARRAY(d->a, struct expr *, old->ncols + 1);
	struct added add = { .null = true };
	int rc;

	if (relation_column(old, def->name) != NULL) {
		if (!a->if_not_exists)
			return err_set(e, ERR_DUPLICATE_COLUMN,
				       "column \"%s\" of relation \"%s\" already exists", def->name,
				       r->o.name);
		ddl_notice(d, LOG_NOTICE, ERR_DUPLICATE_COLUMN,
			   "column \"%s\" of relation \"%s\" already exists, skipping", def->name,
			   r->o.name);
		return ERR_OK;
	}
	if (old->ncols >= COLUMNS_MAX)
		return err_set(e, ERR_TOO_MANY_COLUMNS, "tables can have at most %d columns",
			       COLUMNS_MAX);
	memcpy(cols, old->cols, (size_t) old->ncols * sizeof *cols);
	c->attnum = (int16_t) (old->ncols + 1);
	rc = check_row_users(d, old, false, e);
	if (rc == ERR_OK)
		rc = ddl_fill_column(d, def, c, e);
	if (rc == ERR_OK)
		rc = check_no_member(old, c, e);
	if (rc == ERR_OK && (def->serial || def->identity != 0)) {
		rc = ddl_column_sequence(d, old, def, c, e);
		if (rc == ERR_OK)
			rc = ddl_seal(d, e);
	}
	r->cols = cols;
	r->ncols++;
	if (old->kind == REL_COMPOSITE && rc == ERR_OK) {
		ddl_put_relation(d, r);
		return ERR_OK;
	}
	if (rc == ERR_OK)
		rc = bind_default(d, old, c, row, &add, e);
	if (rc != ERR_OK)
		return rc;
	exprs[old->ncols] = add.x;
	if (add.rewrite && !relation_is_partitioned(old)) {
		rc = ddl_rewrite(d, old, r, row, exprs, e);
	} else {
		rc = add_by_layout(d, r, c, &add, e);
		ddl_new_layout(d, r);
	}
	if (rc == ERR_OK)
		ddl_put_relation(d, r);
	return rc;
}

/* --- ALTER COLUMN TYPE ------------------------------------------------------------------------ */

static int
check_type_users(struct ddl *d, const struct relation *r, const struct column *c, struct err *e)
{
	for (int i = 0; i < r->ncols; i++) {
		const struct column *g = &r->cols[i];

		if (g->dropped || g->generated == 0 || g == c ||
		    !ddl_names_column(g->default_sql, c->name))
			continue;
		err_set(e, ERR_FEATURE_NOT_SUPPORTED,
			"cannot alter type of a column used by a generated column");
		return err_detail(e, "Column \"%s\" is used by generated column \"%s\".", c->name,
				  g->name);
	}
	for (int i = 0; i < catalog_count(d->c, OBJ_RELATION); i++) {
		const struct relation *v =
			(const struct relation *) catalog_at(d->c, OBJ_RELATION, i);

		for (int k = 0; k < v->ndeps; k++) {
			if (v->deps[k].class != OBJ_RELATION || v->deps[k].oid != r->o.oid ||
			    v->deps[k].sub != c->attnum)
				continue;
			err_set(e, ERR_FEATURE_NOT_SUPPORTED,
				"cannot alter type of a column used by a view or rule");
			return err_detail(e, "rule _RETURN on view %s depends on column \"%s\"",
					  v->o.name, c->name);
		}
	}
	for (int i = 0; i < r->nrefs; i++)
		for (int k = 0; k < r->refs[i].con->ncols; k++)
			if (r->refs[i].con->ref_cols[k] == c->attnum && row_rep(c->type) == REP_VAR)
				return err_unsupported(
					e,
					"changing the type of a column that foreign keys refer to",
					"Drop the foreign keys first.");
	return ERR_OK;
}

/* Would every stored value read the same under the new type? */
static bool
is_free(const struct column *old, const struct def_column *def, const char *using_sql)
{
	const struct type *from = old->type, *to = def->type;
	bool wider;

	if (using_sql != NULL)
		return false;
	wider = def->typmod == -1 || (old->typmod != -1 && def->typmod >= old->typmod);
	if (from->oid == to->oid)
		return old->typmod == def->typmod || def->typmod == -1 ||
		       (to->oid == OID_VARCHAR && wider);
	if (from->oid == OID_VARCHAR && to->oid == OID_TEXT)
		return true;
	if (from->oid == OID_TEXT && to->oid == OID_VARCHAR)
		return def->typmod == -1;
	/* Other representation, other key bytes: only where no index has the column. */
	if (to->oid == OID_INT8)
		return from->oid == OID_INT4 || from->oid == OID_INT2;
	return to->oid == OID_INT4 && from->oid == OID_INT2;
}

static bool
in_an_index(const struct relation *r, int16_t attnum)
{
	for (int i = 0; i < r->nindexes; i++)
		for (int k = 0; k < r->indexes[i]->ncols; k++)
			if (r->indexes[i]->cols[k].attnum == attnum)
				return true;
	return false;
}

static bool
index_needs_build(const struct index *ix, const struct column *c)
{
	for (int k = 0; k < ix->ncols; k++)
		if (ix->cols[k].attnum == c->attnum ||
		    (ix->cols[k].expr_sql != NULL &&
		     ddl_names_column(ix->cols[k].expr_sql, c->name)))
			return true;
	return ix->where_sql != NULL && ddl_names_column(ix->where_sql, c->name);
}

/* Indexes over the column get the new type; all of them a new file when the rows' keys changed. */
static int
rebuild_indexes(struct ddl *d, oid_t table, const struct column *c, bool rows_moved, bool build,
		struct err *e)
{
	const struct relation *r = catalog_relation_by_oid(d->c, table);
	int n = r->nindexes, rc = ERR_OK;
	oid_t *oids = ARENA_ARRAY(d->a, oid_t, n);

	for (int i = 0; i < n; i++)
		oids[i] = r->indexes[i]->o.oid;
	for (int i = 0; rc == ERR_OK && i < n; i++) {
		const struct index *old = catalog_index_by_oid(d->c, oids[i]);
		struct index *ix = arena_dup(d->a, old, sizeof *ix);
		struct index_column *cols =
			arena_dup(d->a, old->cols, (size_t) old->ncols * sizeof *cols);
		bool touched = index_needs_build(old, c);

		for (int k = 0; k < ix->ncols; k++)
			if (cols[k].attnum == c->attnum)
				cols[k].type = c->type;
		ix->cols = cols;
		if (!touched && !rows_moved)
			continue;
		if (!ix->clustered && (build || rows_moved) && !relation_is_partitioned(r)) {
			rc = ddl_drop_file(d, old->file, e);
			if (rc == ERR_OK)
				rc = ddl_new_file(d, STORE_INDEX, &ix->file, e);
			if (rc != ERR_OK)
				return rc;
		}
		ddl_put_index(d, ix);
		rc = ddl_seal(d, e);
		if (rc == ERR_OK && ix->file != 0 && (build || rows_moved))
			rc = ddl_build_index(d, catalog_relation_by_oid(d->c, table),
					     catalog_index_by_oid(d->c, oids[i]), e);
	}
	return rc;
}

static int
check_all_rows(struct ddl *d, oid_t table, const struct column *c, struct err *e)
{
	const struct relation *r = catalog_relation_by_oid(d->c, table);
	int rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < r->nconstraints; i++) {
		struct range *row;
		struct expr *x;
		int16_t *cols;
		int n;

		if (r->constraints[i].type != CON_CHECK ||
		    !ddl_names_column(r->constraints[i].check_sql, c->name))
			continue;
		rc = ddl_bind_check(d, r, r->constraints[i].check_sql, &row, &x, &cols, &n, e);
		if (rc == ERR_OK)
			rc = ddl_check_rows(d, r, row, x, r->constraints[i].name, e);
	}
	return rc;
}

/* The old values as the new type: USING, or an assignment cast. */
static int
bind_conversion(struct ddl *d, const struct relation *old, const struct column *c,
		const struct alter_action *a, struct range *row, struct expr **ret, struct err *e)
{
	const char *sql = a->sql;
	struct strbuf name, to;
	int rc;

	if (sql == NULL) {
		strbuf_init(&name, d->a);
		ddl_quote(&name, c->name);
		sql = name.data;
	}
	rc = d->env->bind_expr(d->env->arg, d->c, sql, row, a->column->type->oid, a->column->typmod,
			       ret, e);
	if (rc == ERR_OK || e->code != ERR_DATATYPE_MISMATCH || a->sql != NULL)
		return rc;
	strbuf_init(&to, d->a);
	type_format(a->column->type, a->column->typmod, &to);
	*e = (struct err){ 0 };
	err_set(e, ERR_DATATYPE_MISMATCH, "column \"%s\" cannot be cast automatically to type %s",
		c->name, to.data);
	(void) old;
	return err_hint(e, "You might need to specify \"USING %s::%s\".", sql, to.data);
}

/* A default must do for the new type without being told how; USING is for rows. */
static int
check_default(struct ddl *d, const struct column *was, const struct column *c, struct range *row,
	      struct err *e)
{
	struct strbuf to;
	struct expr *x;

	if (was->default_sql == NULL)
		return ERR_OK;
	int rc = d->env->bind_expr(d->env->arg, d->c, was->default_sql, was->generated != 0 ? row : NULL,
				   c->type->oid, c->typmod, &x, e);
	if (rc == ERR_OK || e->code != ERR_DATATYPE_MISMATCH)
		return rc;
	strbuf_init(&to, d->a);
	type_format(c->type, -1, &to);
	*e = (struct err){ 0 };
	return err_set(e, ERR_DATATYPE_MISMATCH, "%s for column \"%s\" cannot be cast automatically to type %s",
		       was->generated != 0 ? "generation expression" : "default", was->name, to.data);
}

int
ddl_column_type(struct ddl *d, const struct relation *old, const struct alter_action *a,
		struct err *e)
{
	const struct column *was = relation_column(old, a->name);
	struct relation *r = ddl_copy_relation(d, old);
	struct query *q = query_new(d->a, QUERY_SELECT, NULL);
	struct range *row = range_table(d->a, q, old, old->o.name);
	struct expr **exprs = ARENA_ARRAY(d->a, struct expr *, old->ncols + 1);
	struct column *c;
	bool moved = false, rewritten = false;
	int rc;

	if (was == NULL)
		return err_set(e, ERR_UNDEFINED_COLUMN,
			       "column \"%s\" of relation \"%s\" does not exist", a->name,
			       r->o.name);
	rc = check_type_users(d, old, was, e);
	if (rc == ERR_OK)
		rc = check_row_users(d, old, true, e);
	if (rc == ERR_OK)
		rc = ddl_check_column(
			d, &(struct def_column){ .name = was->name, .type = a->column->type }, e);
	if (rc != ERR_OK)
		return rc;
	c = &ddl_columns(r)[was->attnum - 1];
	c->type = a->column->type;
	rc = check_no_member(old, c, e);
	if (rc != ERR_OK)
		return rc;
	c->storage = c->compression = 0;
	c->typmod = a->column->typmod;
	c->collation = a->column->collation != 0 ? a->column->collation
		       : c->type->collatable     ? c->collation
						 : 0;
	if (r->kind != REL_TABLE && r->kind != REL_MATVIEW) {
		ddl_put_relation(d, r);
		return ERR_OK;
	}
	if (relation_is_partitioned(old)) { /* the rows are in its partitions */
		if (!is_free(was, a->column, a->sql))
			rc = bind_conversion(d, old, was, a, row, &exprs[c->attnum - 1], e);
		if (rc == ERR_OK)
			ddl_new_layout(d, r);
	} else if (is_free(was, a->column, a->sql) &&
	    (row_rep(was->type) == row_rep(c->type) || !in_an_index(old, c->attnum))) {
		ddl_new_layout(d, r);
	} else {
		rewritten = true;
		rc = bind_conversion(d, old, was, a, row, &exprs[c->attnum - 1], e);
		if (rc == ERR_OK)
			rc = ddl_rewrite(d, old, r, row, exprs, e);
		for (int i = 0; relation_cluster(old) != NULL && i < relation_cluster(old)->nkeys;
		     i++)
			moved |= relation_cluster(old)->cols[i].attnum == c->attnum;
	}
	if (rc == ERR_OK)
		rc = check_default(d, was, c, row, e);
	if (rc != ERR_OK)
		return rc;
	ddl_put_relation(d, r);
	rc = ddl_seal(d, e);
	if (rc == ERR_OK)
		rc = rebuild_indexes(d, old->o.oid, c, moved, rewritten, e);
	if (rc == ERR_OK)
		rc = ddl_recheck_fkeys(d, catalog_relation_by_oid(d->c, old->o.oid), c->attnum, rewritten, e);
	if (rc == ERR_OK && rewritten && !relation_is_partitioned(old))
		rc = check_all_rows(d, old->o.oid, c, e);
	return rc;
}

/* --- attributes of one column ----------------------------------------------------------------- */

static int
is_identity_error(const struct relation *r, const struct column *c, const char *hint, struct err *e)
{
	err_set(e, ERR_SYNTAX_ERROR, "column \"%s\" of relation \"%s\" is an identity column",
		c->name, r->o.name);
	return hint != NULL ? err_hint(e, "%s", hint) : e->code;
}

static int
set_default(struct relation *r, struct column *c, const struct alter_action *a, struct err *e)
{
	if (c->identity != 0)
		return is_identity_error(
			r, c,
			a->sql != NULL
				? NULL
				: "Use ALTER TABLE ... ALTER COLUMN ... DROP IDENTITY instead.",
			e);
	if (c->generated != 0) {
		err_set(e, ERR_SYNTAX_ERROR,
			"column \"%s\" of relation \"%s\" is a generated column", c->name,
			r->o.name);
		return a->sql != NULL ? e->code
				      : err_hint(e, "Use ALTER TABLE ... ALTER COLUMN ... DROP "
						    "EXPRESSION instead.");
	}
	c->default_sql = a->kind == ALTER_SET_DEFAULT ? a->sql : NULL;
	c->sequence = 0;
	return ERR_OK;
}

static int
drop_not_null(const struct relation *r, struct column *c, struct err *e)
{
	if (c->identity != 0)
		return is_identity_error(r, c, NULL, e);
	for (int i = 0; r->primary != NULL && i < r->primary->nkeys; i++)
		if (r->primary->cols[i].attnum == c->attnum)
			return err_set(e, ERR_INVALID_TABLE_DEFINITION,
				       "column \"%s\" is in a primary key", c->name);
	for (int i = 0; i < r->nindexes; i++)
		for (int k = 0; r->indexes[i]->o.oid == r->replica_index && k < r->indexes[i]->nkeys; k++)
			if (r->indexes[i]->cols[k].attnum == c->attnum)
				return err_set(e, ERR_INVALID_TABLE_DEFINITION,
					       "column \"%s\" is in index used as replica identity",
					       c->name);
	c->not_null = false;
	return ERR_OK;
}

static int
add_identity(struct ddl *d, const struct relation *r, struct column *c,
	     const struct alter_action *a, struct err *e)
{
	struct def_column def = { .name = c->name,
				  .type = c->type,
				  .identity = a->column->identity,
				  .sequence =
					  a->sequence != NULL ? a->sequence : a->column->sequence };
	int rc;

	if (!c->not_null)
		return err_set(e, ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
			       "column \"%s\" of relation \"%s\" must be declared NOT NULL before "
			       "identity can be added",
			       c->name, r->o.name);
	if (c->identity != 0)
		return err_set(e, ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
			       "column \"%s\" of relation \"%s\" is already an identity column",
			       c->name, r->o.name);
	if (c->default_sql != NULL)
		return err_set(e, ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
			       "column \"%s\" of relation \"%s\" already has a default value",
			       c->name, r->o.name);
	rc = ddl_column_sequence(d, r, &def, c, e);
	if (rc == ERR_OK)
		c->identity = def.identity;
	return rc;
}

static int
not_identity(struct ddl *d, const struct relation *r, const struct column *c,
	     const struct alter_action *a, struct err *e)
{
	if (!a->if_exists)
		return err_set(e, ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
			       "column \"%s\" of relation \"%s\" is not an identity column",
			       c->name, r->o.name);
	ddl_notice(d, LOG_NOTICE, ERR_OK,
		   "column \"%s\" of relation \"%s\" is not an identity column, skipping", c->name,
		   r->o.name);
	return ERR_OK;
}

static int
set_identity(struct ddl *d, const struct relation *r, struct column *c,
	     const struct alter_action *a, struct err *e)
{
	struct cmd_alter_sequence cmd = { .rel = catalog_relation_by_oid(d->c, c->sequence) };

	if (c->identity == 0)
		return not_identity(d, r, c, a, e);
	if (a->column != NULL && a->column->identity != 0)
		c->identity = a->column->identity;
	if (a->sequence == NULL || cmd.rel == NULL)
		return ERR_OK;
	cmd.def = *a->sequence;
	return ddl_alter_sequence(d, &cmd, e);
}

static int
drop_identity(struct ddl *d, const struct relation *r, struct column *c,
	      const struct alter_action *a, struct err *e)
{
	if (c->identity == 0)
		return not_identity(d, r, c, a, e);
	draft_remove(d->draft, OBJ_RELATION, c->sequence);
	c->identity = 0;
	c->sequence = 0;
	return ERR_OK;
}

static int
drop_expression(struct ddl *d, const struct relation *r, struct column *c,
		const struct alter_action *a, struct err *e)
{
	if (c->generated != 0) {
		c->generated = 0;
		c->default_sql = NULL;
		return ERR_OK;
	}
	if (!a->if_exists)
		return err_set(e, ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
			       "column \"%s\" of relation \"%s\" is not a stored generated column",
			       c->name, r->o.name);
	ddl_notice(d, LOG_NOTICE, ERR_OK,
		   "column \"%s\" of relation \"%s\" is not a stored generated column, skipping",
		   c->name, r->o.name);
	return ERR_OK;
}

static int
drop_column(struct ddl *d, const struct relation *r, const struct alter_action *a, struct err *e)
{
	const struct column *c = relation_column(r, a->name);

	if (c == NULL && a->if_exists) {
		ddl_notice(d, LOG_NOTICE, ERR_OK,
			   "column \"%s\" of relation \"%s\" does not exist, skipping", a->name,
			   r->o.name);
		return ERR_OK;
	}
	if (c == NULL)
		return err_set(e, ERR_UNDEFINED_COLUMN,
			       "column \"%s\" of relation \"%s\" does not exist", a->name,
			       r->o.name);
	int rc = check_row_users(d, r, false, e);
	return rc == ERR_OK ? ddl_drop_column(d, r, c, a->cascade, e) : rc;
}

static int
set_statistics(struct ddl *d, struct column *c, int target, struct err *e)
{
	enum { TARGET_MAX = 10000 };

	if (target < -1)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE, "statistics target %d is too low", target);
	if (target > TARGET_MAX)
		ddl_notice(d, LOG_WARNING, ERR_INVALID_PARAMETER_VALUE, "lowering statistics target to %d", TARGET_MAX);
	c->stats_target = (int16_t) (target > TARGET_MAX ? TARGET_MAX : target);
	return ERR_OK;
}

int
ddl_column_attribute(struct ddl *d, const struct relation *old, const struct alter_action *a,
		     struct err *e)
{
	const struct column *found = relation_column(old, a->name);
	struct relation *r;
	struct column *c;
	int rc = ERR_OK;

	if (a->kind == ALTER_DROP_COLUMN)
		return drop_column(d, old, a, e);
	if (found == NULL && ddl_is_system_column(a->name))
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED, "cannot alter system column \"%s\"", a->name);
	if (found == NULL)
		return err_set(e, ERR_UNDEFINED_COLUMN,
			       "column \"%s\" of relation \"%s\" does not exist", a->name,
			       old->o.name);
	r = ddl_copy_relation(d, old);
	c = &ddl_columns(r)[found->attnum - 1];
	switch (a->kind) {
	case ALTER_SET_DEFAULT:
	case ALTER_DROP_DEFAULT:
		rc = set_default(r, c, a, e);
		break;
	case ALTER_SET_NOT_NULL:
		if (!c->not_null && !relation_is_partitioned(old))
			rc = ddl_check_no_nulls(d, old, c, e);
		c->not_null = true;
		break;
	case ALTER_DROP_NOT_NULL:
		rc = drop_not_null(old, c, e);
		break;
	case ALTER_ADD_IDENTITY:
		rc = add_identity(d, old, c, a, e);
		break;
	case ALTER_SET_IDENTITY:
		rc = set_identity(d, old, c, a, e);
		break;
	case ALTER_DROP_IDENTITY:
		rc = drop_identity(d, old, c, a, e);
		break;
	case ALTER_DROP_EXPRESSION:
		rc = drop_expression(d, old, c, a, e);
		break;
	case ALTER_SET_STORAGE:
		rc = ddl_set_storage(c, a->column->storage, e);
		break;
	case ALTER_SET_COMPRESSION:
		rc = ddl_set_compression(c, a->column->compression, e);
		break;
	default:
		rc = set_statistics(d, c, a->number, e);
		break;
	}
	if (rc == ERR_OK)
		ddl_put_relation(d, r);
	return rc;
}
