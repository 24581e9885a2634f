/* fkey.c - foreign keys: what a write leaves to be checked.
 *
 * Not here: the checks at the statement's end (fkey_child.c, fkey_parent.c). */
#include "config.h"
#include "core/access/fkey.h"

#include "core/func/func.h"

/* The columns' key encodings, one after the other: equal bytes, equal keys. */
static void
key_bytes(const struct relation *rel, int n, const int16_t *cols, const union datum *values,
	  struct strbuf *to)
{
	strbuf_clear(to);
	for (int i = 0; i < n; i++) {
		const struct type *t = rel->cols[cols[i] - 1].type;

		t->ops->key(t, values[cols[i] - 1], to);
	}
}

static bool
any_changed(int n, const int16_t *cols, const bool *changed)
{
	for (int i = 0; i < n; i++)
		if (changed == NULL || changed[cols[i] - 1])
			return true;
	return false;
}

static int
count_nulls(int n, const int16_t *cols, const bool *nulls)
{
	int count = 0;

	for (int i = 0; i < n; i++)
		count += nulls[cols[i] - 1];
	return count;
}

static struct pending_key *
group_add(struct check_group *g, struct table_writer *w, int n, const int16_t *cols,
	  const union datum *values)
{
	const struct type *types[INDEX_COLS_MAX];
	union datum key[INDEX_COLS_MAX];

	key_bytes(w->rel, n, cols, values, &w->key);
	for (int i = 0; i < n; i++) {
		types[i] = w->rel->cols[cols[i] - 1].type;
		key[i] = values[cols[i] - 1];
	}
	return check_group_add(g, &w->key, n, key, types);
}

static int
match_full_violation(struct table_writer *w, const struct constraint *con, struct err *e)
{
	const struct schema *schema = catalog_schema_by_oid(w->env->catalog, w->rel->o.schema);

	err_set(e, ERR_FOREIGN_KEY_VIOLATION,
		"insert or update on table \"%s\" violates foreign key constraint \"%s\"",
		w->rel->o.name, con->name);
	(void) err_detail(e, "MATCH FULL does not allow mixing of null and nonnull key values.");
	return err_object(e, schema != NULL ? schema->o.name : NULL, w->rel->o.name, NULL,
			  con->name);
}

int
fkey_child_written(struct table_writer *w, const union datum *values, const bool *nulls,
		   const bool *changed, struct err *e)
{
	for (int i = 0; i < w->rel->nconstraints; i++) {
		const struct constraint *con = &w->rel->constraints[i];
		const struct relation *parent;
		int nnull;

		if (con->type != CON_FOREIGN || !any_changed(con->ncols, con->cols, changed))
			continue;
		nnull = count_nulls(con->ncols, con->cols, nulls);
		if (nnull > 0 && nnull < con->ncols && con->match == 'f')
			return match_full_violation(w, con, e);
		if (nnull > 0)
			continue;
		parent = con->ref_table == w->rel->o.oid
				 ? w->rel
				 : catalog_relation_by_oid(w->env->catalog, con->ref_table);
		if (parent == NULL)
			return err_set(e, ERR_INTERNAL_ERROR,
				       "constraint \"%s\" refers to no table", con->name);
		(void) group_add(
			check_group_find(w->u, CHECK_CHILD, false, con, w->rel, parent, NULL), w,
			con->ncols, con->cols, values);
	}
	return ERR_OK;
}

void
table_related(const struct relation *rel, const bool *written, const bool *gone,
	      void (*fn)(void *arg, oid_t rel), void *arg)
{
	for (int i = 0; written != NULL && i < rel->nconstraints; i++) {
		const struct constraint *con = &rel->constraints[i];

		if (con->type == CON_FOREIGN && any_changed(con->ncols, con->cols, written))
			fn(arg, con->ref_table);
	}
	for (int i = 0; gone != NULL && i < rel->nrefs; i++)
		if (any_changed(rel->refs[i].con->ncols, rel->refs[i].con->ref_cols, gone))
			fn(arg, rel->refs[i].table->o.oid);
}

static void
add_new_key(struct table_writer *w, struct check_group *g, struct pending_key *k,
	    const union datum *values, const bool *nulls)
{
	int n = g->con->ncols;
	union datum *v = ARENA_ARRAY(g->arena, union datum, n);
	bool *null = ARENA_ARRAY(g->arena, bool, n);

	for (int i = 0; i < n; i++) {
		int16_t att = g->con->ref_cols[i];

		null[i] = nulls[att - 1];
		if (!null[i])
			v[i] = datum_copy(g->arena, values[att - 1],
					  w->rel->cols[att - 1].type->byval);
	}
	k->new_values = v;
	k->new_nulls = null;
}

int
fkey_parent_gone(struct table_writer *w, const union datum *old_values, const bool *old_nulls,
		 const union datum *values, const bool *nulls, const bool *changed, struct err *e)
{
	bool update = values != NULL;

	(void) e;
	for (int i = 0; i < w->rel->nrefs; i++) {
		const struct constraint *con = w->rel->refs[i].con;
		char action = update ? con->on_update : con->on_delete;
		bool check = action == 'a' || action == 'r';
		struct pending_key *k;
		struct check_group *g;

		if (con->parent != 0) /* a partition's: the whole table's looks there too */
			continue;
		if (!any_changed(con->ncols, con->ref_cols, changed) ||
		    count_nulls(con->ncols, con->ref_cols, old_nulls) > 0)
			continue;
		g = check_group_find(w->u, check ? CHECK_PARENT : CHECK_ACTION, update, con,
				     w->rel->refs[i].table, w->rel, NULL);
		k = group_add(g, w, con->ncols, con->ref_cols, old_values);
		if (k != NULL && !check && update)
			add_new_key(w, g, k, values, nulls);
	}
	return ERR_OK;
}

/* --- the other side's types ------------------------------------------------------------------- */

static const struct type *
base_of(const struct type *t)
{
	while (t->kind == TYPE_DOMAIN && t->base != NULL)
		t = t->base;
	return t;
}

static bool
int_range(const struct type *t, int64_t *ret_min, int64_t *ret_max)
{
	switch (t->oid) {
	case OID_INT2:
		*ret_min = INT16_MIN;
		*ret_max = INT16_MAX;
		return true;
	case OID_INT4:
		*ret_min = INT32_MIN;
		*ret_max = INT32_MAX;
		return true;
	case OID_INT8:
		*ret_min = INT64_MIN;
		*ret_max = INT64_MAX;
		return true;
	default:
		return false;
	}
}

int
fkey_convert(struct exec_env *env, const struct type *from, const struct type *to, union datum v,
	     union datum *ret, bool *ret_possible, struct err *e)
{
	int64_t min, max, from_min, from_max;
	const struct type *types[1];
	const struct cast *cast;
	struct fcall call = { .env = env, .nargs = 1, .arg_types = types };
	bool null = false;
	int rc;

	from = base_of(from);
	to = base_of(to);
	types[0] = from;
	*ret_possible = true;
	*ret = v;
	if (from->oid == to->oid || from->ops == to->ops)
		return ERR_OK;
	if (int_range(from, &from_min, &from_max) && int_range(to, &min, &max)) {
		*ret_possible = v.i >= min && v.i <= max;
		return ERR_OK;
	}
	cast = cast_find(from->oid, to->oid);
	if (cast == NULL)
		return err_set(e, ERR_INTERNAL_ERROR,
			       "no cast between the types of a foreign key: %s and %s", from->name,
			       to->name);
	if (cast->method != 'f')
		return ERR_OK;
	call.func = func_by_oid(cast->func);
	call.ret_type = to;
	rc = func_call(&call, &v, (const bool[]){ false }, ret, &null, e);
	*ret_possible = !null;
	return rc;
}

const struct index *
fkey_parent_index(const struct relation *parent, const struct constraint *con)
{
	for (int i = 0; i < parent->nindexes; i++)
		if (parent->indexes[i]->o.oid == con->index)
			return parent->indexes[i];
	return NULL;
}
