/* fkey.c - adding foreign keys.
 *
 * Not here: enforcing them (core/access). */
#include "config.h"
#include "core/ddl/partition.h"

#include "core/func/func.h"
#include "core/security/privilege.h"

static int
columns(const struct relation *r, const struct list *names, int16_t *to, struct err *e)
{
	for (int i = 0; i < names->n; i++) {
		const struct column *c = relation_column(r, LIST_AT(const char, names, i));

		if (c == NULL)
			return err_set(
				e, ERR_UNDEFINED_COLUMN,
				"column \"%s\" referenced in foreign key constraint does not exist",
				LIST_AT(const char, names, i));
		to[i] = c->attnum;
	}
	return ERR_OK;
}

/* The unique index over exactly these columns, in any order. */
static const struct index *
matching_index(const struct relation *parent, int n, const int16_t *cols, bool *ret_deferrable)
{
	*ret_deferrable = false;
	for (int i = 0; i < parent->nindexes; i++) {
		const struct index *ix = parent->indexes[i];
		int found = 0;

		if (!ix->unique || ix->nkeys != n || ix->where_sql != NULL ||
		    ix->state != INDEX_VALID)
			continue;
		for (int k = 0; k < n; k++)
			for (int c = 0; c < n; c++)
				if (ix->cols[k].attnum == cols[c]) {
					found++;
					break;
				}
		if (found != n)
			continue;
		if (!ix->deferrable)
			return ix;
		*ret_deferrable = true;
	}
	return NULL;
}

static int
find_target(const struct relation *parent, const struct def_constraint *def, int16_t *ref_cols,
	    int *ret_n, const struct index **ret_index, struct err *e)
{
	bool deferrable = false;
	int rc;

	if (def->ref_columns.n == 0) {
		if (parent->primary == NULL || parent->primary->state != INDEX_VALID)
			return err_set(e, ERR_UNDEFINED_OBJECT,
				       "there is no primary key for referenced table \"%s\"",
				       parent->o.name);
		*ret_index = parent->primary;
		*ret_n = parent->primary->nkeys;
		for (int i = 0; i < *ret_n; i++)
			ref_cols[i] = parent->primary->cols[i].attnum;
		deferrable = parent->primary->deferrable;
	} else {
		rc = columns(parent, &def->ref_columns, ref_cols, e);
		if (rc != ERR_OK)
			return rc;
		*ret_n = def->ref_columns.n;
		*ret_index = matching_index(parent, *ret_n, ref_cols, &deferrable);
		if (*ret_index == NULL && !deferrable)
			return err_set(e, ERR_INVALID_FOREIGN_KEY,
				       "there is no unique constraint matching given keys for "
				       "referenced table \"%s\"",
				       parent->o.name);
	}
	if (deferrable)
		return err_set(
			e, ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
			"cannot use a deferrable unique constraint for referenced table \"%s\"",
			parent->o.name);
	return ERR_OK;
}

static const struct type *
base_of(const struct type *t)
{
	while (t->kind == TYPE_DOMAIN && t->base != NULL)
		t = t->base;
	return t;
}

/* Can values of the two be compared by equality? */
static bool
comparable(const struct type *child, const struct type *parent)
{
	const struct cast *cast;

	child = base_of(child);
	parent = base_of(parent);
	if (child->oid == parent->oid)
		return true;
	cast = cast_find(child->oid, parent->oid);
	if (cast != NULL && cast->context == 'i')
		return true;
	cast = cast_find(parent->oid, child->oid);
	return cast != NULL && cast->context == 'i' && cast_find(child->oid, parent->oid) != NULL;
}

static int
check_types(struct ddl *d, const struct relation *r, const struct relation *parent,
	    const char *name, int n, const int16_t *cols, const int16_t *ref_cols, struct err *e)
{
	for (int i = 0; i < n; i++) {
		const struct column *c = &r->cols[cols[i] - 1], *p = &parent->cols[ref_cols[i] - 1];
		struct strbuf ct, pt;

		if (comparable(c->type, p->type))
			continue;
		strbuf_init(&ct, d->a);
		strbuf_init(&pt, d->a);
		type_format(c->type, -1, &ct);
		type_format(p->type, -1, &pt);
		err_set(e, ERR_DATATYPE_MISMATCH,
			"foreign key constraint \"%s\" cannot be implemented", name);
		return err_detail(
			e, "Key columns \"%s\" and \"%s\" are of incompatible types: %s and %s.",
			c->name, p->name, ct.data, pt.data);
	}
	return ERR_OK;
}

static int
lock_parent(struct ddl *d, const struct relation *r, const struct def_constraint *def,
	    const struct relation **ret, struct err *e)
{
	oid_t oid = def->ref_self ? r->o.oid : def->ref_table;
	int rc;

	if (oid == r->o.oid) {
		*ret = r;
		return ERR_OK;
	}
	rc = ddl_lock_relation(d, oid, LOCK_SHARE_ROW_EXCLUSIVE, ret, e);
	if (rc != ERR_OK)
		return rc;
	if ((*ret)->kind != REL_TABLE)
		return err_set(e, ERR_WRONG_OBJECT_TYPE,
			       "referenced relation \"%s\" is not a table", (*ret)->o.name);
	if (r->persistence == 't' && (*ret)->persistence != 't')
		return err_set(e, ERR_INVALID_TABLE_DEFINITION,
			       "constraints on temporary tables may reference only temporary tables");
	if (r->persistence == 'p' && (*ret)->persistence != 'p')
		return err_set(e, ERR_INVALID_TABLE_DEFINITION,
			       "constraints on permanent tables may reference only permanent tables");
	if (r->persistence == 'u' && (*ret)->persistence == 't')
		return err_set(e, ERR_INVALID_TABLE_DEFINITION,
			       "constraints on unlogged tables may reference only permanent or "
			       "unlogged tables");
	return privilege_check(d->c, d->env->user, &(*ret)->o, "x", e);
}

static char
or_default(char value, char fallback)
{
	return value != 0 ? value : fallback;
}

int
ddl_add_fkey(struct ddl *d, const struct relation *table, const struct def_constraint *def,
	     bool new_table, struct err *e)
{
	int16_t *cols = ARENA_ARRAY(d->a, int16_t, INDEX_COLS_MAX),
		*ref_cols = ARENA_ARRAY(d->a, int16_t, INDEX_COLS_MAX),
		*set_cols = ARENA_ARRAY(d->a, int16_t, INDEX_COLS_MAX);
	const struct relation *parent;
	const struct index *ix = NULL;
	struct relation *r;
	struct constraint *con;
	const char *name = def->name;
	oid_t oid = table->o.oid;
	int n = 0, rc;

	if (def->columns.n > INDEX_COLS_MAX || def->ref_columns.n > INDEX_COLS_MAX ||
	    def->set_columns.n > INDEX_COLS_MAX)
		return err_set(e, ERR_TOO_MANY_COLUMNS,
			       "cannot have more than %d keys in a foreign key", INDEX_COLS_MAX);
	rc = lock_parent(d, table, def, &parent, e);
	table = catalog_relation_by_oid(d->c, oid);
	if (rc == ERR_OK)
		rc = columns(table, &def->columns, cols, e);
	if (rc == ERR_OK)
		rc = columns(table, &def->set_columns, set_cols, e);
	if (rc == ERR_OK)
		rc = find_target(parent, def, ref_cols, &n, &ix, e);
	if (rc != ERR_OK)
		return rc;
	if (n != def->columns.n)
		return err_set(
			e, ERR_INVALID_FOREIGN_KEY,
			"number of referencing and referenced columns for foreign key disagree");
	for (int i = 0; name != NULL && i < table->nconstraints; i++)
		if (strcmp(table->constraints[i].name, name) == 0)
			return err_set(e, ERR_DUPLICATE_OBJECT,
				       "constraint \"%s\" for relation \"%s\" already exists", name,
				       table->o.name);
	if (name == NULL)
		name = ddl_choose_constraint_name(
			d, table->o.schema, table->o.name,
			ddl_join_names(d->a, (const char *const *) def->columns.at, n), "fkey");
	rc = check_types(d, table, parent, name, n, cols, ref_cols, e);
	if (rc != ERR_OK)
		return rc;
	r = ddl_copy_relation(d, table);
	con = ddl_add_constraint_slot(d, r);
	*con = (struct constraint){
		.oid = draft_new_oid(d->draft),
		.name = name,
		.type = CON_FOREIGN,
		.deferrable = def->deferrable,
		.deferred = def->deferred,
		.validated = !def->not_valid || new_table,
		.ncols = n,
		.cols = cols,
		.index = ix->o.oid,
		.ref_table = parent->o.oid,
		.ref_cols = ref_cols,
		.on_update = or_default(def->on_update, 'a'),
		.nset = def->set_columns.n,
		.set_cols = set_cols,
		.on_delete = or_default(def->on_delete, 'a'),
		.match = or_default(def->match, 's'),
		.parent = def->parent,
	};
	ddl_put_relation(d, r);
	rc = ddl_seal(d, e);
	if (rc == ERR_OK && relation_is_partitioned(table)) {
		table = catalog_relation_by_oid(d->c, oid);
		for (int i = 0; rc == ERR_OK && i < table->nparts; i++)
			rc = ddl_partition_fkey(d, table,
						&table->constraints[table->nconstraints - 1],
						table->parts[i]->o.oid, new_table, e);
		return rc;
	}
	if (rc != ERR_OK || new_table || def->not_valid)
		return rc;
	table = catalog_relation_by_oid(d->c, oid);
	return table_check_fkey(d->env->unit, d->env->exec, table,
				&table->constraints[table->nconstraints - 1], e);
}

static bool
has_attnum(int n, const int16_t *cols, int16_t attnum)
{
	for (int i = 0; i < n; i++)
		if (cols[i] == attnum)
			return true;
	return false;
}

static int
recheck(struct ddl *d, const struct relation *child, const struct constraint *con, bool rows, struct err *e)
{
	const struct relation *parent = catalog_relation_by_oid(d->c, con->ref_table);
	int rc = check_types(d, child, parent, con->name, con->ncols, con->cols, con->ref_cols, e);

	if (rc != ERR_OK || !rows || !con->validated || relation_is_partitioned(child))
		return rc;
	return table_check_fkey(d->env->unit, d->env->exec, child, con, e);
}

int
ddl_recheck_fkeys(struct ddl *d, const struct relation *r, int16_t attnum, bool rows, struct err *e)
{
	int rc = ERR_OK;

	for (int i = 0; i < r->nconstraints && rc == ERR_OK; i++)
		if (r->constraints[i].type == CON_FOREIGN &&
		    has_attnum(r->constraints[i].ncols, r->constraints[i].cols, attnum))
			rc = recheck(d, r, &r->constraints[i], rows, e);
	for (int i = 0; i < r->nrefs && rc == ERR_OK; i++)
		if (has_attnum(r->refs[i].con->ncols, r->refs[i].con->ref_cols, attnum))
			rc = recheck(d, r->refs[i].table, r->refs[i].con, rows, e);
	return rc;
}
