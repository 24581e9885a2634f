/* fkey.c - foreign keys: what a write leaves to be checked.
 *
 * Not here: the checks at the statement's end (fkey_child.c, fkey_parent.c). */
#include "config.h"
#include "core/access/fkey.h"

#include "core/catalog/partition.h"
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

/* --- rows that others refer to ---------------------------------------------------------------- */

/* con->ref_cols of `parent` in a table that it is, or that is a part of it. */
static const int16_t *
columns_in(struct arena *a, const struct constraint *con, const struct relation *parent,
	   const struct relation *rel)
{
	const int16_t *map = parent == rel ? NULL : partition_map(a, parent, rel);
	int16_t *cols;

	if (map == NULL)
		return con->ref_cols;
	cols = ARENA_ARRAY(a, int16_t, con->ncols);
	for (int i = 0; i < con->ncols; i++)
		cols[i] = map[con->ref_cols[i] - 1];
	return cols;
}

const struct reference *
fkey_references(struct arena *a, const struct catalog *c, const struct relation *rel, int *ret_n)
{
	struct reference *all;
	int n = 0;

	for (const struct relation *r = rel; r != NULL; r = partition_parent(c, r))
		n += r->nrefs;
	all = ARENA_ARRAY(a, struct reference, n + 1);
	n = 0;
	for (const struct relation *r = rel; r != NULL; r = partition_parent(c, r))
		for (int i = 0; i < r->nrefs; i++)
			if (r->refs[i].con->parent == 0) /* the whole table's looks into its parts */
				all[n++] = (struct reference){
					.con = r->refs[i].con,
					.child = r->refs[i].table,
					.parent = r,
					.cols = columns_in(a, r->refs[i].con, r, rel),
				};
	*ret_n = n;
	return all;
}

static void
add_new_key(struct check_group *g, struct pending_key *k, const struct relation *rel,
	    const int16_t *cols, const union datum *values, const bool *nulls)
{
	int n = g->con->ncols;
	union datum *v = ARENA_ARRAY(g->arena, union datum, n);
	bool *null = ARENA_ARRAY(g->arena, bool, n);

	for (int i = 0; i < n; i++) {
		int16_t att = cols[i];

		null[i] = nulls[att - 1];
		if (!null[i])
			v[i] = datum_copy(g->arena, values[att - 1], rel->cols[att - 1].type->byval);
	}
	k->new_values = v;
	k->new_nulls = null;
}

/* The old key waits; *ret_group: where its new one is wanted, as an action, with it. */
static struct pending_key *
queue_key(struct table_writer *w, const struct reference *r, bool update,
	  const union datum *old_values, const bool *old_nulls, struct check_group **ret_group)
{
	char action = update ? r->con->on_update : r->con->on_delete;
	bool check = action == 'a' || action == 'r';
	struct pending_key *k;

	if (count_nulls(r->con->ncols, r->cols, old_nulls) > 0)
		return NULL;
	*ret_group = check_group_find(w->u, check ? CHECK_PARENT : CHECK_ACTION, update, r->con,
				      r->child, r->parent, NULL);
	k = group_add(*ret_group, w, r->con->ncols, r->cols, old_values);
	return check || !update ? NULL : k;
}

void
fkey_parent_changed(struct table_writer *w, const union datum *old_values, const bool *old_nulls,
		    const union datum *values, const bool *nulls, const bool *changed)
{
	for (int i = 0; i < w->nreferences; i++) {
		const struct reference *r = &w->references[i];
		struct check_group *g;
		struct pending_key *k;

		if (!any_changed(r->con->ncols, r->cols, changed))
			continue;
		k = queue_key(w, r, true, old_values, old_nulls, &g);
		if (k != NULL)
			add_new_key(g, k, w->rel, r->cols, values, nulls);
	}
}

void
fkey_parent_gone(struct table_writer *w, const union datum *old_values, const bool *old_nulls,
		 bool moved)
{
	struct check_group *g;

	for (int i = 0; i < w->nreferences; i++)
		if (!moved || w->references[i].parent == w->rel)
			(void) queue_key(w, &w->references[i], false, old_values, old_nulls, &g);
}

static bool
same_key(const struct reference *r, const struct relation *from, const union datum *old_values,
	 const bool *old_nulls, const int16_t *cols, const union datum *values, const bool *nulls)
{
	for (int i = 0; i < r->con->ncols; i++) {
		const int16_t a = r->cols[i], b = cols[i];
		const struct type *t = from->cols[a - 1].type;

		if (old_nulls[a - 1] || nulls[b - 1] ||
		    t->ops->cmp(t, old_values[a - 1], values[b - 1]) != 0)
			return false;
	}
	return true;
}

int
fkey_parent_moved(struct table_writer *w, const union datum *old_values, const bool *old_nulls,
		  const struct relation *to, const union datum *values, const bool *nulls,
		  struct err *e)
{
	for (int i = 0; i < w->nreferences; i++) {
		const struct reference *r = &w->references[i];
		const int16_t *cols;
		struct check_group *g;
		struct pending_key *k;

		if (r->parent == w->rel)
			continue;
		if (r->parent->part_of != 0) {
			const struct relation *root = partition_root(w->env->catalog, r->parent);

			err_set(e, ERR_FEATURE_NOT_SUPPORTED,
				"cannot move tuple across partitions when a non-root ancestor of "
				"the source partition is directly referenced in a foreign key");
			(void) err_detail(e,
					  "A foreign key points to ancestor \"%s\" but not the root "
					  "ancestor \"%s\".",
					  r->parent->o.name, root->o.name);
			return err_hint(e, "Consider defining the foreign key on table \"%s\".",
					root->o.name);
		}
		cols = columns_in(&w->u->queue, r->con, r->parent, to);
		if (same_key(r, w->rel, old_values, old_nulls, cols, values, nulls))
			continue;
		k = queue_key(w, r, true, old_values, old_nulls, &g);
		if (k != NULL)
			add_new_key(g, k, to, cols, values, nulls);
	}
	return ERR_OK;
}

/* --- tables to be locked ---------------------------------------------------------------------- */

static bool
has_any(const struct relation *rel, const bool *cols)
{
	return cols == NULL || (rel->ncols > 0 && memchr(cols, true, (size_t) rel->ncols) != NULL);
}

static void
keys_of(const struct relation *rel, const bool *written, void (*fn)(void *arg, oid_t rel),
	void *arg)
{
	for (int i = 0; i < rel->nconstraints; i++) {
		const struct constraint *con = &rel->constraints[i];

		if (con->type == CON_FOREIGN && any_changed(con->ncols, con->cols, written))
			fn(arg, con->ref_table);
	}
}

static void
references_to(const struct relation *rel, const bool *gone, void (*fn)(void *arg, oid_t rel),
	      void *arg)
{
	for (int i = 0; i < rel->nrefs; i++)
		if (any_changed(rel->refs[i].con->ncols, rel->refs[i].con->ref_cols, gone))
			fn(arg, rel->refs[i].table->o.oid);
}

/* Of the tables above and below, which have other column numbers, all columns count. */
void
table_related(const struct catalog *c, const struct relation *rel, const bool *written,
	      const bool *gone, void (*fn)(void *arg, oid_t rel), void *arg)
{
	const bool keys = has_any(rel, written), refs = has_any(rel, gone);
	ARENA_AUTO struct arena a = { 0 };
	struct list below = { 0 };

	if (keys)
		keys_of(rel, written, fn, arg);
	if (refs)
		references_to(rel, gone, fn, arg);
	for (const struct relation *up = rel; refs && (up = partition_parent(c, up)) != NULL;)
		references_to(up, NULL, fn, arg);
	partition_tree(&a, rel, &below);
	for (int i = 0; i < below.n; i++) {
		if (keys)
			keys_of(LIST_AT(const struct relation, &below, i), NULL, fn, arg);
		if (refs)
			references_to(LIST_AT(const struct relation, &below, i), NULL, fn, arg);
	}
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
