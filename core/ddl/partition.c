/* partition.c - keys and bounds of partitions, and what a partition has because its parent has it.
 *
 * Not here: ATTACH and DETACH (attach.c), the bytes that bounds are compared by
 * (core/access/partition.h). */
#include "config.h"
#include "core/ddl/partition.h"

#include "core/access/partition.h"

/* --- PARTITION BY ----------------------------------------------------------------------------- */

int
ddl_partition_key(struct ddl *d, const struct relation *r, const struct def_partition_key *def,
		  const struct partition_key **ret, struct err *e)
{
	struct partition_key *key = ARENA_NEW(d->a, struct partition_key);
	struct index_column *cols = ARENA_ARRAY(d->a, struct index_column, def->cols.n);

	key->strategy = def->strategy;
	key->ncols = def->cols.n;
	key->cols = cols;
	for (int i = 0; i < key->ncols; i++) {
		const struct def_index_column *c = LIST_AT(struct def_index_column, &def->cols, i);
		const struct column *col = c->name != NULL ? relation_column(r, c->name) : NULL;

		if (c->name != NULL && col == NULL)
			return err_set(e, ERR_UNDEFINED_COLUMN,
				       "column \"%s\" named in partition key does not exist",
				       c->name);
		cols[i] = (struct index_column){ .attnum = col != NULL ? col->attnum : 0,
						 .expr_sql = c->expr_sql,
						 .type = col != NULL ? col->type : c->type,
						 .collation = c->collation };
	}
	*ret = key;
	return ERR_OK;
}

/* --- FOR VALUES ------------------------------------------------------------------------------- */

struct bound_values {
	int n;
	struct partition_value *at;
	union datum *v;
};

static int
eval_values(struct ddl *d, const struct partition_key *key, const struct list *defs, bool list,
	    struct bound_values *to, struct err *e)
{
	struct type_env env = d->env->exec->type;

	env.arena = d->a;
	to->at = ARENA_ARRAY(d->a, struct partition_value, defs->n);
	to->v = ARENA_ARRAY(d->a, union datum, defs->n);
	to->n = defs->n;
	for (int i = 0; i < defs->n; i++) {
		const struct def_bound_value *def = LIST_AT(struct def_bound_value, defs, i);
		const struct type *t = key->cols[list ? 0 : i].type;
		struct strbuf text;
		bool null;
		int rc;

		to->at[i].kind = def->kind;
		if (def->kind != VALUE_PLAIN)
			continue;
		rc = d->env->eval_expr(d->env->arg, def->x, &to->v[i], &null, e);
		if (rc != ERR_OK)
			return e->position == 0 ? err_at(e, def->position) : rc;
		if (null && !list)
			return err_set(e, ERR_INVALID_OBJECT_DEFINITION,
				       "cannot specify NULL in range bound");
		if (null) {
			to->at[i].kind = VALUE_NULL;
			continue;
		}
		strbuf_init(&text, d->a);
		strbuf_puts(&text, "");
		t->ops->out(t, &env, to->v[i], &text);
		to->at[i].text = text.data;
	}
	return ERR_OK;
}

static void
set_range(struct ddl *d, const struct partition_key *key, const struct bound_values *low,
	  const struct bound_values *high, struct partition_bound *b)
{
	union datum *keys = ARENA_ARRAY(d->a, union datum, 2);
	struct strbuf s;

	for (int i = 0; i < 2; i++) {
		const struct bound_values *v = i == 0 ? low : high;

		strbuf_init(&s, d->a);
		partition_add_range_end(key, v->at, v->v, v->n, &s);
		keys[i].b = bytes_make(d->a, s.data, s.len);
	}
	b->nkeys = 2;
	b->keys = keys;
	b->nlow = low->n;
	b->low = low->at;
	b->nhigh = high->n;
	b->high = high->at;
}

/* Each value once. */
static void
set_list(struct ddl *d, const struct partition_key *key, const struct bound_values *v,
	 struct partition_bound *b)
{
	union datum *keys = ARENA_ARRAY(d->a, union datum, v->n);
	struct partition_value *values = ARENA_ARRAY(d->a, struct partition_value, v->n);
	int n = 0;

	for (int i = 0; i < v->n; i++) {
		struct strbuf s;
		int k = 0;

		strbuf_init(&s, d->a);
		strbuf_puts(&s, "");
		if (v->at[i].kind == VALUE_PLAIN)
			partition_add_value(key, 0, v->v[i], &s);
		keys[n].b = bytes_make(d->a, s.data, s.len);
		while (k < n && (values[k].kind != v->at[i].kind ||
				 bytes_len(keys[k].b) != s.len ||
				 memcmp(bytes_data(keys[k].b), s.data, s.len) != 0))
			k++;
		if (k == n)
			values[n++] = v->at[i];
	}
	b->nkeys = b->nlow = n;
	b->keys = keys;
	b->low = values;
}

static const char *
end_text(struct ddl *d, const struct partition_key *key, const struct partition_value *v, int n)
{
	struct strbuf s;

	strbuf_init(&s, d->a);
	strbuf_putc(&s, '(');
	for (int i = 0; i < n; i++)
		partition_value_text(key->cols[i].type, &v[i], i > 0, &s);
	strbuf_putc(&s, ')');
	return s.data;
}

/* A modulus must divide the next larger one. */
static int
check_modulus(const struct relation *parent, int32_t m, struct err *e)
{
	const struct relation *below = NULL, *above = NULL, *other;

	for (int i = 0; i < parent->nparts; i++) {
		const struct relation *p = parent->parts[i];

		if (p->bound->modulus <= m)
			below = p;
		else if (above == NULL)
			above = p;
	}
	if (above != NULL && above->bound->modulus % m == 0)
		above = NULL;
	if (below != NULL && m % below->bound->modulus == 0)
		below = NULL;
	if (above == NULL && below == NULL)
		return ERR_OK;
	other = above != NULL ? above : below;
	err_set(e, ERR_INVALID_OBJECT_DEFINITION,
		"every hash partition modulus must be a factor of the next larger modulus");
	return err_detail(e, "The new modulus %d is not %s %d, the modulus of existing partition \"%s\".",
			  m, above != NULL ? "a factor of" : "divisible by", other->bound->modulus,
			  other->o.name);
}

static int
bound_position(const struct def_partition_bound *def, int i)
{
	return i < def->low.n ? LIST_AT(struct def_bound_value, &def->low, i)->position : def->position;
}

/* The value of a range's low end that decides how it compares with the high end. */
static int
deciding(struct ddl *d, const struct partition_key *key, const struct partition_bound *b)
{
	int i = 0;

	while (i + 1 < b->nlow && strcmp(end_text(d, key, b->low, i + 1), end_text(d, key, b->high, i + 1)) == 0)
		i++;
	return i;
}

static int
check_bound(struct ddl *d, const struct relation *parent, const char *name,
	    const struct def_partition_bound *def, const struct partition_bound *b, struct err *e)
{
	const struct relation *other;
	int rc = ERR_OK;

	if (b->is_default) {
		other = partition_default(parent);
		if (other == NULL)
			return ERR_OK;
		err_set(e, ERR_INVALID_OBJECT_DEFINITION,
			"partition \"%s\" conflicts with existing default partition \"%s\"", name,
			other->o.name);
		return err_at(e, def->position);
	}
	if (b->modulus > 0)
		rc = check_modulus(parent, b->modulus, e);
	if (rc != ERR_OK)
		return rc;
	if (partition_range_is_empty(b)) {
		err_set(e, ERR_INVALID_OBJECT_DEFINITION,
			"empty range bound specified for partition \"%s\"", name);
		(void) err_detail(
			e, "Specified lower bound %s is greater than or equal to upper bound %s.",
			end_text(d, parent->partkey, b->low, b->nlow),
			end_text(d, parent->partkey, b->high, b->nhigh));
		return err_at(e, bound_position(def, deciding(d, parent->partkey, b)));
	}
	int value;
	other = partition_overlap(parent, b, &value);
	if (other == NULL)
		return ERR_OK;
	err_set(e, ERR_INVALID_OBJECT_DEFINITION, "partition \"%s\" would overlap partition \"%s\"",
		name, other->o.name);
	return err_at(e, bound_position(def, value));
}

int
ddl_partition_bound(struct ddl *d, const struct relation *parent, const char *name,
		    const struct def_partition_bound *def, const struct partition_bound **ret,
		    struct err *e)
{
	struct partition_bound *b = ARENA_NEW(d->a, struct partition_bound);
	const struct partition_key *key = parent->partkey;
	struct bound_values low, high;
	int rc = ERR_OK;

	b->is_default = def->is_default;
	b->modulus = def->modulus;
	b->remainder = def->remainder;
	if (!b->is_default && key->strategy != PARTITION_HASH) {
		rc = eval_values(d, key, &def->low, key->strategy == PARTITION_LIST, &low, e);
		if (rc == ERR_OK)
			rc = eval_values(d, key, &def->high, false, &high, e);
		if (rc != ERR_OK)
			return rc;
		if (key->strategy == PARTITION_RANGE)
			set_range(d, key, &low, &high, b);
		else
			set_list(d, key, &low, b);
	}
	*ret = b;
	return check_bound(d, parent, name, def, b, e);
}

/* --- unique keys ------------------------------------------------------------------------------ */

static bool
has_key_column(const struct index *ix, int16_t attnum)
{
	for (int i = 0; i < ix->nkeys; i++)
		if (ix->cols[i].attnum == attnum)
			return true;
	return false;
}

/* Each partition sees to its own rows only: equal keys must meet in one. */
int
ddl_check_unique_key(const struct relation *r, const struct index *ix, const char *kind,
		     struct err *e)
{
	for (int i = 0; ix->unique && r->partkey != NULL && i < r->partkey->ncols; i++) {
		const struct index_column *c = &r->partkey->cols[i];

		if (c->attnum == 0) {
			err_set(e, ERR_FEATURE_NOT_SUPPORTED,
				"unsupported %s constraint with partition key definition", kind);
			return err_detail(e,
					  "%s constraints cannot be used when partition keys "
					  "include expressions.",
					  kind);
		}
		if (has_key_column(ix, c->attnum))
			continue;
		err_set(e, ERR_FEATURE_NOT_SUPPORTED,
			"unique constraint on partitioned table must include all partitioning "
			"columns");
		return err_detail(e,
				  "%s constraint on table \"%s\" lacks column \"%s\" which is part "
				  "of the partition key.",
				  kind, r->o.name, r->cols[c->attnum - 1].name);
	}
	return ERR_OK;
}

/* --- what a partition has because its parent has it ------------------------------------------- */

static const struct constraint *
constraint_of(const struct relation *r, oid_t oid)
{
	for (int i = 0; i < r->nconstraints; i++)
		if (r->constraints[i].oid == oid)
			return &r->constraints[i];
	return NULL;
}

void
ddl_set_index_parent(struct ddl *d, oid_t index, oid_t parent)
{
	struct relation *r = ddl_copy_relation(d, catalog_relation_by_oid(d->c, index));

	r->part_of = parent;
	ddl_put_relation(d, r);
}

void
ddl_set_constraint_parent(struct ddl *d, oid_t table, oid_t con, oid_t parent)
{
	struct relation *r = ddl_copy_relation(d, catalog_relation_by_oid(d->c, table));

	for (int i = 0; i < r->nconstraints; i++)
		if (r->constraints[i].oid == con)
			ddl_constraints(r)[i].parent = parent;
	ddl_put_relation(d, r);
}

/* Columns by name, expressions and predicates by text. */
bool
ddl_same_index(const struct index *of, const struct index *ix)
{
	if (ix->unique != of->unique || ix->ncols != of->ncols || ix->nkeys != of->nkeys ||
	    strcmp(ix->kind, of->kind) != 0 || ix->nulls_not_distinct != of->nulls_not_distinct ||
	    (ix->where_sql != NULL) != (of->where_sql != NULL) ||
	    (ix->where_sql != NULL && strcmp(ix->where_sql, of->where_sql) != 0))
		return false;
	for (int i = 0; i < ix->ncols; i++) {
		const struct index_column *a = &ix->cols[i], *b = &of->cols[i];

		if (a->desc != b->desc || a->nulls_first != b->nulls_first ||
		    a->collation != b->collation || a->opclass != b->opclass ||
		    (a->attnum == 0) != (b->attnum == 0) ||
		    (a->attnum == 0 ? strcmp(a->expr_sql, b->expr_sql)
				    : strcmp(ix->table->cols[a->attnum - 1].name,
					     of->table->cols[b->attnum - 1].name)) != 0)
			return false;
	}
	return true;
}

static bool
can_be_part(struct ddl *d, const struct index *of, const struct index *ix)
{
	return catalog_relation_by_oid(d->c, ix->o.oid)->part_of == 0 && ix->state == INDEX_VALID &&
	       (of->constraint != 0) == (ix->constraint != 0) && ix->primary == of->primary &&
	       ddl_same_index(of, ix);
}

static const struct index *
matching_index(struct ddl *d, const struct index *of, const struct relation *child)
{
	for (int i = 0; i < child->nindexes; i++)
		if (can_be_part(d, of, child->indexes[i]))
			return child->indexes[i];
	return NULL;
}

static void
column_names(struct ddl *d, const struct relation *r, const int16_t *cols, int n, struct list *to)
{
	for (int i = 0; i < n; i++)
		list_push(to, d->a, (void *) (uintptr_t) r->cols[cols[i] - 1].name);
}

/* A primary key or unique constraint of the partition, as its parent has it. */
static int
add_key(struct ddl *d, const struct relation *parent, const struct index *of, oid_t child,
	bool is_new, struct err *e)
{
	const struct constraint *con = constraint_of(parent, of->constraint);
	struct def_constraint def = { .type = con->type,
				      .deferrable = con->deferrable,
				      .deferred = con->deferred,
				      .nulls_not_distinct = of->nulls_not_distinct,
				      .options = { .at = (void **) (uintptr_t) of->options, .n = of->noptions },
				      .parent = con->oid };

	column_names(d, parent, con->cols, con->ncols, &def.columns);
	for (int i = of->nkeys; i < of->ncols; i++)
		list_push(&def.include, d->a,
			  (void *) (uintptr_t) parent->cols[of->cols[i].attnum - 1].name);
	return ddl_add_constraint(d, child, &def, is_new, e);
}

/* The same index over a partition. */
static int
add_index(struct ddl *d, const struct relation *parent, const struct index *of, oid_t child,
	  struct err *e)
{
	struct cmd_create_index cmd = { .rel = catalog_relation_by_oid(d->c, child),
					.kind = of->kind,
					.unique = of->unique,
					.nulls_not_distinct = of->nulls_not_distinct,
					.where_sql = of->where_sql,
					.options = { .at = (void **) (uintptr_t) of->options,
						     .n = of->noptions } };

	for (int i = 0; i < of->nkeys; i++)
		list_push(&cmd.columns, d->a, ddl_index_column_like(d->a, parent, &of->cols[i]));
	for (int i = of->nkeys; i < of->ncols; i++)
		list_push(&cmd.include, d->a,
			  (void *) (uintptr_t) parent->cols[of->cols[i].attnum - 1].name);
	return ddl_create_index_of(d, &cmd, of->o.oid, e);
}

/* The partition's index for one of its parent: one that it has already, else a new one. */
int
ddl_partition_index(struct ddl *d, oid_t parent_index, oid_t child, bool is_new, struct err *e)
{
	const struct index *of = catalog_index_by_oid(d->c, parent_index), *ix;
	const struct relation *c = catalog_relation_by_oid(d->c, child);

	ix = matching_index(d, of, c);
	if (ix == NULL)
		return of->constraint != 0 ? add_key(d, of->table, of, child, is_new, e)
					   : add_index(d, of->table, of, child, e);
	ddl_set_index_parent(d, ix->o.oid, parent_index);
	if (ix->constraint != 0)
		ddl_set_constraint_parent(d, child, ix->constraint, of->constraint);
	int rc = ddl_seal(d, e);
	/* The index below it belongs to those further down already: they were made with it. */
	return rc;
}

static bool
same_fkey(const struct relation *parent, const struct constraint *of, const struct relation *child,
	  const struct constraint *con)
{
	if (con->type != CON_FOREIGN || con->parent != 0 || con->ref_table != of->ref_table ||
	    con->ncols != of->ncols || con->on_update != of->on_update ||
	    con->on_delete != of->on_delete || con->match != of->match ||
	    con->nset != of->nset || con->deferrable != of->deferrable || con->deferred != of->deferred || !con->validated)
		return false;
	for (int i = 0; i < con->ncols; i++)
		if (con->ref_cols[i] != of->ref_cols[i] ||
		    strcmp(child->cols[con->cols[i] - 1].name,
			   parent->cols[of->cols[i] - 1].name) != 0)
			return false;
	for (int i = 0; i < con->nset; i++)
		if (strcmp(child->cols[con->set_cols[i] - 1].name,
			   parent->cols[of->set_cols[i] - 1].name) != 0)
			return false;
	return true;
}

int
ddl_partition_fkey(struct ddl *d, const struct relation *parent, const struct constraint *of,
		   oid_t child, bool is_new, struct err *e)
{
	const struct relation *c = catalog_relation_by_oid(d->c, child),
			      *ref = catalog_relation_by_oid(d->c, of->ref_table);
	struct def_constraint def = { .type = CON_FOREIGN,
				      .name = of->name,
				      .ref_table = of->ref_table,
				      .on_update = of->on_update,
				      .on_delete = of->on_delete,
				      .match = of->match,
				      .deferrable = of->deferrable,
				      .deferred = of->deferred,
				      .not_valid = !of->validated,
				      .parent = of->oid };

	for (int i = 0; i < c->nconstraints; i++)
		if (same_fkey(parent, of, c, &c->constraints[i])) {
			ddl_set_constraint_parent(d, child, c->constraints[i].oid, of->oid);
			return ddl_seal(d, e);
		}
	for (int i = 0; i < c->nconstraints; i++)
		if (strcmp(c->constraints[i].name, of->name) == 0)
			def.name = NULL;
	column_names(d, parent, of->cols, of->ncols, &def.columns);
	column_names(d, parent, of->set_cols, of->nset, &def.set_columns);
	column_names(d, ref, of->ref_cols, of->ncols, &def.ref_columns);
	return ddl_add_constraint(d, child, &def, is_new, e);
}

int
ddl_partition_adopt(struct ddl *d, oid_t parent, oid_t child, bool is_new, struct err *e)
{
	const struct relation *p = catalog_relation_by_oid(d->c, parent);
	int rc = ERR_OK;

	for (int primary = 1; primary >= 0; primary--)
		for (int i = 0; rc == ERR_OK && i < p->nindexes; i++)
			if (p->indexes[i]->primary == (primary == 1))
				rc = ddl_partition_index(d, p->indexes[i]->o.oid, child, is_new, e);
	for (int i = 0; rc == ERR_OK && i < p->nconstraints; i++)
		if (p->constraints[i].type == CON_FOREIGN)
			rc = ddl_partition_fkey(d, p, &p->constraints[i], child, is_new, e);
	return rc;
}
