/* attach.c - ATTACH and DETACH PARTITION: a table becomes a partition, and its own again.
 *
 * Both change the catalog only, so they come and go with the transaction.  Rows are looked at
 * once the new bounds are in the catalog, by the function that places rows.
 *
 * Not here: bounds (partition.c), indexes (attach_index.c). */
#include "config.h"
#include "core/ddl/partition.h"

#include "core/access/partition.h"

/* --- rows against bounds ---------------------------------------------------------------------- */

struct bound_check {
	struct ddl_rows rows; /* first: push() gets it */
	struct ddl *d;
	const struct relation *parent, *leaf;
	const struct relation *place; /* where the rows must belong */
	bool is_default;              /* how to say that one does not */
};

static int
push_row(struct ddl_rows *to, const union datum *values, const bool *nulls, struct err *e)
{
	struct bound_check *c = (struct bound_check *) to;
	int at = partition_find(c->parent, values, nulls);

	if (at >= 0 && c->parent->parts[at]->o.oid == c->place->o.oid)
		return ERR_OK;
	err_set(e, ERR_CHECK_VIOLATION,
		c->is_default ? "updated partition constraint for default partition \"%s\" would "
				"be violated by some row"
			      : "partition constraint of relation \"%s\" is violated by some row",
		c->leaf->o.name);
	return err_object(e, ddl_schema_name(c->d, c->leaf->o.schema), c->leaf->o.name, NULL, NULL);
}

/* The parent's key over rows of a table below it: columns and texts go by name. */
static int
key_over(struct ddl *d, const struct relation *parent, const struct relation *leaf,
	 struct range *row, struct expr **to, struct err *e)
{
	for (int i = 0; i < parent->partkey->ncols; i++) {
		const struct index_column *c = &parent->partkey->cols[i];
		int rc = ERR_OK;

		if (c->attnum != 0)
			to[i] = expr_var(d->a, row,
					 relation_column(leaf, parent->cols[c->attnum - 1].name)
						 ->attnum);
		else
			rc = d->env->bind_expr(d->env->arg, d->c, c->expr_sql, row, c->type->oid,
					       -1, &to[i], e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

static int
check_leaf(struct bound_check *c, struct err *e)
{
	struct ddl *d = c->d;
	struct expr **exprs = ARENA_ARRAY(d->a, struct expr *, c->parent->partkey->ncols);
	struct query *q = query_new(d->a, QUERY_SELECT, NULL);
	struct range *row = range_table(d->a, q, c->leaf, c->leaf->o.name);
	int rc = key_over(d, c->parent, c->leaf, row, exprs, e);

	c->rows.push = push_row;
	return rc != ERR_OK ? rc
			    : d->env->eval_rows(d->env->arg, d->c, c->leaf, row,
						c->parent->partkey->ncols, exprs, &c->rows, e);
}

/* Every row below `place` belongs there, as far as `parent` tells. */
static int
check_rows(struct ddl *d, const struct relation *parent, const struct relation *place,
	   const struct relation *below, bool is_default, struct err *e)
{
	struct list leaves = { 0 };
	int rc = ERR_OK;

	partition_leaves(d->a, below, &leaves);
	for (int i = 0; rc == ERR_OK && i < leaves.n; i++) {
		struct bound_check c = { .d = d,
					 .parent = parent,
					 .leaf = LIST_AT(const struct relation, &leaves, i),
					 .place = place,
					 .is_default = is_default };

		rc = check_leaf(&c, e);
	}
	return rc;
}

int
ddl_check_default(struct ddl *d, oid_t parent, struct err *e)
{
	const struct relation *p = catalog_relation_by_oid(d->c, parent),
			      *other = partition_default(p);
	int rc;

	if (other == NULL)
		return ERR_OK;
	rc = ddl_lock_relation(d, other->o.oid, LOCK_ACCESS_EXCLUSIVE, &other, e);
	p = catalog_relation_by_oid(d->c, parent);
	return rc == ERR_OK ? check_rows(d, p, other, other, true, e) : rc;
}

/* --- may it be a partition? ------------------------------------------------------------------- */

static int
check_kind(struct ddl *d, const struct relation *parent, const struct relation *child,
	   struct err *e)
{
	if (child->kind != REL_TABLE) {
		err_set(e, ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a table", child->o.name);
		return e->code;
	}
	if (child->part_of != 0)
		return err_set(e, ERR_WRONG_OBJECT_TYPE, "\"%s\" is already a partition",
			       child->o.name);
	if (partition_is_below(d->c, parent, child->o.oid)) {
		err_set(e, ERR_DUPLICATE_TABLE, "circular inheritance not allowed");
		return err_detail(e, "\"%s\" is already a child of \"%s\".", parent->o.name,
				  child->o.name);
	}
	if ((parent->persistence == 't') != (child->persistence == 't'))
		return err_set(e, ERR_WRONG_OBJECT_TYPE,
			       "cannot attach a %s relation as partition of %s relation \"%s\"",
			       child->persistence == 't' ? "temporary" : "permanent",
			       parent->persistence == 't' ? "temporary" : "permanent",
			       parent->o.name);
	return ERR_OK;
}

static int
check_column(const struct relation *child, const struct column *p, struct err *e)
{
	const struct column *c = relation_column(child, p->name);

	if (c == NULL)
		return err_set(e, ERR_DATATYPE_MISMATCH, "child table is missing column \"%s\"",
			       p->name);
	if (c->type->oid != p->type->oid || c->typmod != p->typmod)
		return err_set(e, ERR_DATATYPE_MISMATCH,
			       "child table \"%s\" has different type for column \"%s\"",
			       child->o.name, p->name);
	if (c->collation != p->collation)
		return err_set(e, ERR_COLLATION_MISMATCH,
			       "child table \"%s\" has different collation for column \"%s\"",
			       child->o.name, p->name);
	if (p->not_null && !c->not_null)
		return err_set(e, ERR_DATATYPE_MISMATCH,
			       "column \"%s\" in child table must be marked NOT NULL", p->name);
	if ((p->generated != 0) != (c->generated != 0))
		return err_set(e, ERR_DATATYPE_MISMATCH,
			       p->generated != 0
				       ? "column \"%s\" in child table must be a generated column"
				       : "column \"%s\" in child table must not be a generated column",
			       p->name);
	return ERR_OK;
}

static int
check_columns(const struct relation *parent, const struct relation *child, struct err *e)
{
	int rc = ERR_OK;

	for (int i = 0; i < child->ncols; i++) {
		const struct column *c = &child->cols[i];

		if (c->dropped || relation_column(parent, c->name) != NULL)
			continue;
		err_set(e, ERR_DATATYPE_MISMATCH,
			"table \"%s\" contains column \"%s\" not found in parent \"%s\"",
			child->o.name, c->name, parent->o.name);
		return err_detail(
			e, "The new partition may contain only the columns present in parent.");
	}
	for (int i = 0; rc == ERR_OK && i < parent->ncols; i++)
		if (!parent->cols[i].dropped)
			rc = check_column(child, &parent->cols[i], e);
	return rc;
}

/* The parent's checks are the child's too, by name and by what they say. */
static int
merge_checks(const struct relation *parent, struct relation *child, struct err *e)
{
	struct constraint *cons = ddl_constraints(child);

	for (int i = 0; i < parent->nconstraints; i++) {
		const struct constraint *p = &parent->constraints[i];
		bool found = false;

		if (p->type != CON_CHECK || p->no_inherit)
			continue;
		for (int k = 0; k < child->nconstraints && !found; k++) {
			struct constraint *c = &cons[k];

			if (c->type != CON_CHECK || strcmp(c->name, p->name) != 0)
				continue;
			if (strcmp(c->check_sql, p->check_sql) != 0)
				return err_set(e, ERR_DATATYPE_MISMATCH,
					       "child table \"%s\" has different definition for "
					       "check constraint \"%s\"",
					       child->o.name, p->name);
			c->parent = p->oid;
			found = true;
		}
		if (!found)
			return err_set(e, ERR_DATATYPE_MISMATCH,
				       "child table is missing constraint \"%s\"", p->name);
	}
	return ERR_OK;
}

/* --- ATTACH ----------------------------------------------------------------------------------- */

/* All levels above look at the new partition's rows. */
static int
check_new_rows(struct ddl *d, oid_t child, struct err *e)
{
	const struct relation *below = catalog_relation_by_oid(d->c, child), *place = below;
	int rc = ERR_OK;

	while (rc == ERR_OK && place->part_of != 0) {
		const struct relation *parent = catalog_relation_by_oid(d->c, place->part_of);

		rc = check_rows(d, parent, place, below, false, e);
		place = parent;
	}
	return rc;
}

int
ddl_attach(struct ddl *d, const struct relation *parent, const struct alter_action *a,
	   struct err *e)
{
	const oid_t poid = parent->o.oid, coid = a->partition->o.oid;
	const struct relation *child;
	struct relation *copy;
	int rc = ddl_lock_relation(d, coid, LOCK_ACCESS_EXCLUSIVE, &child, e);

	if (rc != ERR_OK)
		return rc;
	parent = catalog_relation_by_oid(d->c, poid);
	if (parent->index != NULL)
		return ddl_attach_index(d, parent, child, e);
	rc = ddl_check_owner(d, &child->o, "table", e);
	if (rc == ERR_OK)
		rc = check_kind(d, parent, child, e);
	if (rc == ERR_OK)
		rc = check_columns(parent, child, e);
	if (rc != ERR_OK)
		return rc;
	copy = ddl_copy_relation(d, child);
	rc = merge_checks(parent, copy, e);
	if (rc == ERR_OK)
		rc = ddl_partition_bound(d, parent, child->o.name, a->bound, &copy->bound, e);
	if (rc != ERR_OK)
		return rc;
	copy->part_of = poid;
	ddl_put_relation(d, copy);
	rc = ddl_seal(d, e);
	if (rc == ERR_OK)
		rc = ddl_partition_adopt(d, poid, coid, false, e);
	if (rc == ERR_OK)
		rc = check_new_rows(d, coid, e);
	return rc == ERR_OK && !a->bound->is_default ? ddl_check_default(d, poid, e) : rc;
}

/* --- DETACH ----------------------------------------------------------------------------------- */

/* Nothing may refer to its rows as to rows of the whole. */
static int
check_references(struct ddl *d, const struct relation *child, struct err *e)
{
	const struct relation *up = child, *locked;
	int rc = ERR_OK;

	while (rc == ERR_OK && (up = partition_parent(d->c, up)) != NULL)
		for (int i = 0; i < up->nrefs && rc == ERR_OK; i++) {
			if (up->refs[i].con->parent != 0)
				continue;
			rc = ddl_lock_relation(d, up->refs[i].table->o.oid,
					       LOCK_SHARE_ROW_EXCLUSIVE, &locked, e);
			if (rc == ERR_OK)
				rc = table_check_removal(d->env->unit, d->env->exec,
							 up->refs[i].table, up->refs[i].con, child,
							 e);
		}
	return rc;
}

/* What it had because its parent had it is its own now. */
int
ddl_detach(struct ddl *d, const struct relation *parent, const struct alter_action *a,
	   struct err *e)
{
	const oid_t poid = parent->o.oid;
	const struct relation *child;
	struct relation *copy;
	int rc = ddl_lock_relation(d, a->partition->o.oid, LOCK_ACCESS_EXCLUSIVE, &child, e);

	if (rc != ERR_OK)
		return rc;
	parent = catalog_relation_by_oid(d->c, poid);
	if (child->part_of != poid)
		return err_set(e, ERR_UNDEFINED_TABLE,
			       "relation \"%s\" is not a partition of relation \"%s\"",
			       child->o.name, parent->o.name);
	rc = check_references(d, child, e);
	if (rc != ERR_OK)
		return rc;
	copy = ddl_copy_relation(d, child);
	copy->part_of = 0;
	copy->bound = NULL;
	for (int i = 0; i < copy->nconstraints; i++)
		ddl_constraints(copy)[i].parent = 0;
	ddl_put_relation(d, copy);
	for (int i = 0; i < child->nindexes; i++)
		ddl_set_index_parent(d, child->indexes[i]->o.oid, 0);
	return ERR_OK;
}
