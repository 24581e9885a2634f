/* fkey_child.c - rows were written that must have a parent.
 *
 * The parent is locked FOR KEY SHARE before it is read, so it cannot go away before we commit.
 * When somebody else holds it, it must at least exist now: a parent whose insert is not
 * committed yet does not count, as in PostgreSQL.
 *
 * Not here: looking for children (fkey_search.c). */
#include "config.h"
#include "core/access/fkey.h"

#include <stdio.h>

#include "core/access/index.h"
#include "core/access/partition.h"
#include "core/access/table.h"

/* Where a parent would be: its table, which is a leaf, the key there and the index. */
struct place {
	const struct relation *rel; /* NULL: nowhere */
	const struct index *ix;
	struct strbuf key;
};

/* To the partition that has such a key: a unique index has all columns of the partition key. */
static void
go_down(const struct catalog *c, const struct index *whole, const union datum *v, struct place *p)
{
	while (p->rel != NULL && relation_is_partitioned(p->rel)) {
		const struct partition_key *key = p->rel->partkey;
		union datum at[INDEX_COLS_MAX];
		int part;

		for (int k = 0; k < key->ncols; k++)
			for (int i = 0; i < p->ix->nkeys; i++)
				if (p->ix->cols[i].attnum == key->cols[k].attnum)
					at[k] = v[i];
		part = partition_find(p->rel, at, NULL);
		p->rel = part >= 0 ? p->rel->parts[part] : NULL;
		p->ix = p->rel != NULL ? partition_index(c, p->rel, whole->o.oid) : NULL;
		if (p->ix == NULL)
			p->rel = NULL;
	}
}

static int
find_place(struct write_unit *u, const struct constraint *con, const struct relation *child,
	   const struct relation *parent, const union datum *values, bool of_parent,
	   struct place *ret, struct err *e)
{
	const struct index *ix = fkey_parent_index(parent, con);
	union datum v[INDEX_COLS_MAX];
	bool has_null, possible = true;

	ret->rel = NULL;
	if (ix == NULL)
		return err_set(e, ERR_INTERNAL_ERROR, "constraint \"%s\" has lost its index",
			       con->name);
	for (int i = 0; i < ix->nkeys; i++) {
		int c = 0, rc;

		while (c < con->ncols && con->ref_cols[c] != ix->cols[i].attnum)
			c++;
		if (c == con->ncols)
			return err_set(e, ERR_INTERNAL_ERROR,
				       "constraint \"%s\" does not fit its index", con->name);
		v[i] = values[c];
		if (of_parent)
			continue;
		rc = fkey_convert(u->stmt->env, child->cols[con->cols[c] - 1].type,
				  ix->cols[i].type, values[c], &v[i], &possible, e);
		if (rc != ERR_OK || !possible)
			return rc;
	}
	ret->rel = parent;
	ret->ix = ix;
	go_down(u->stmt->env->catalog, ix, v, ret);
	if (ret->rel != NULL)
		index_key_add(ret->ix, v, NULL, ret->ix->nkeys, &ret->key, &has_null);
	return ERR_OK;
}

static int
lock_parent(struct write_unit *u, const struct relation *parent, const struct strbuf *row_key,
	    enum lock_policy policy, enum lock_result *ret_result, struct err *e)
{
	return unit_lock(u, LOCK_ROW, parent->o.oid, row_key->data, row_key->len, LOCK_KEY_SHARE,
			 policy, parent->o.name, ret_result, e);
}

/* It was there before the wait for it, and is not any more. */
static int
fail_if_away(struct write_unit *u, const struct relation *parent, struct strbuf *row_key,
	     struct err *e)
{
	struct txn_trail trail = { .since = txn_snap_change(u->txn) };

	if (parent->bound == NULL || txn_isolation(u->txn) != TXN_READ_COMMITTED ||
	    txn_follow(u->txn, parent->file, row_key, &trail) != TXN_MOVED_AWAY)
		return ERR_OK;
	return table_fail_away(e);
}

/* Lock and look; again when a wait was in between, or when the key has moved to another row. */
static int
find_locked(struct write_unit *u, const struct relation *parent, const struct index *ix,
	    const struct strbuf *key, bool *ret_found, struct err *e)
{
	struct strbuf row_key, again;
	enum lock_result result;
	int rc;

	strbuf_init(&row_key, &u->queue);
	strbuf_init(&again, &u->queue);
	if (ix->clustered) { /* the lock can come first: the key is known */
		strbuf_add(&row_key, key->data, key->len);
		rc = lock_parent(u, parent, &row_key, LOCK_SKIP, &result, e);
		if (rc != ERR_OK)
			return rc;
		if (result == LOCK_GRANTED)
			return unique_lookup(u, parent, ix, key, &again, ret_found, e);
	}
	for (;;) {
		rc = unique_lookup(u, parent, ix, key, &row_key, ret_found, e);
		if (rc != ERR_OK || !*ret_found)
			return rc;
		rc = lock_parent(u, parent, &row_key, LOCK_WAIT, &result, e);
		if (rc == ERR_OK)
			rc = unique_lookup(u, parent, ix, key, &again, ret_found, e);
		if (rc == ERR_OK && !*ret_found && result == LOCK_GRANTED_AFTER_WAIT)
			return fail_if_away(u, parent, &row_key, e);
		if (rc != ERR_OK || !*ret_found)
			return rc;
		if (again.len == row_key.len && memcmp(again.data, row_key.data, again.len) == 0)
			return ERR_OK;
	}
}

int
fkey_find_parent(struct write_unit *u, const struct constraint *con, const struct relation *child,
		 const struct relation *parent, const union datum *values, bool of_parent,
		 bool lock, bool *ret_found, struct err *e)
{
	struct place p;
	struct strbuf row_key;
	int rc;

	*ret_found = false;
	strbuf_init(&p.key, NULL);
	strbuf_init(&row_key, NULL);
	rc = find_place(u, con, child, parent, values, of_parent, &p, e);
	if (rc == ERR_OK && p.rel != NULL && lock)
		rc = find_locked(u, p.rel, p.ix, &p.key, ret_found, e);
	else if (rc == ERR_OK && p.rel != NULL)
		rc = unique_lookup(u, p.rel, p.ix, &p.key, &row_key, ret_found, e);
	strbuf_done(&row_key);
	strbuf_done(&p.key);
	return rc;
}

/* Under a snapshot that still shows the parent its going is a concurrent change. */
static int
seen_in_snapshot(struct write_unit *u, const struct check_group *g, const struct pending_key *k,
		 bool *ret_seen, struct err *e)
{
	struct place p;
	int rc;

	*ret_seen = false;
	if (txn_isolation(u->txn) == TXN_READ_COMMITTED)
		return ERR_OK;
	strbuf_init(&p.key, NULL);
	rc = find_place(u, g->con, g->child, g->parent, k->values, false, &p, e);
	if (rc == ERR_OK && p.rel != NULL)
		rc = txn_get(u->txn, p.ix->clustered ? p.rel->file : p.ix->file, p.key.data,
			     p.key.len, NULL, ret_seen, e);
	strbuf_done(&p.key);
	return rc;
}

static int
violation(struct write_unit *u, const struct check_group *g, const struct pending_key *k,
	  struct err *e)
{
	const struct schema *schema =
		catalog_schema_by_oid(u->stmt->env->catalog, g->child->o.schema);
	const struct type *types[INDEX_COLS_MAX];
	struct strbuf text;

	for (int i = 0; i < g->con->ncols; i++)
		types[i] = g->child->cols[g->con->cols[i] - 1].type;
	strbuf_init(&text, u->stmt->env->stmt_arena);
	key_text(u, g->child, g->con->ncols, g->con->cols, NULL, types, k->values, NULL, &text);
	err_set(e, ERR_FOREIGN_KEY_VIOLATION,
		"insert or update on table \"%s\" violates foreign key constraint \"%s\"",
		g->child->o.name, g->con->name);
	(void) err_detail(e, "Key %s is not present in table \"%s\".", text.data,
			  g->parent->o.name);
	return err_object(e, schema != NULL ? schema->o.name : NULL, g->child->o.name, NULL,
			  g->con->name);
}

static int
still_there(struct fkey_search *s, const struct pending_key *k, const struct bytes *row_key,
	    bool *ret_stop, struct err *e)
{
	(void) k, (void) row_key, (void) e;
	s->found = true;
	*ret_stop = true;
	return ERR_OK;
}

/* Without a parent: an error, unless the row that wanted one has gone again. */
static int
check_orphan(struct write_unit *u, struct check_group *g, struct pending_key *k, struct err *e)
{
	struct list one = { 0 };
	struct fkey_search s = {
		.u = u,
		.con = g->con,
		.child = g->child,
		.parent = g->parent,
		.keys = &one,
		.hit = still_there,
	};
	bool seen;
	int rc;

	list_push(&one, &u->queue, k);
	rc = fkey_search_children(&s, e);
	if (rc != ERR_OK || !s.found)
		return rc;
	rc = seen_in_snapshot(u, g, k, &seen, e);
	if (rc != ERR_OK)
		return rc;
	return seen ? txn_fail_serialization(e) : violation(u, g, k, e);
}

int
fkey_check_children(struct write_unit *u, struct check_group *g, struct err *e)
{
	int rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < g->keys.n; i++) {
		struct pending_key *k = LIST_AT(struct pending_key, &g->keys, i);
		bool found = false;

		rc = fkey_find_parent(u, g->con, g->child, g->parent, k->values, false, true,
				      &found, e);
		if (rc == ERR_OK && !found)
			rc = check_orphan(u, g, k, e);
	}
	return rc;
}

/* --- all rows of a table: for a new constraint, or for parents that are to go ----------------- */

struct all_keys {
	struct write_unit *u;
	struct check_group g;
	const struct relation *removed; /* a partition of the parent */
	struct strbuf bytes;
};

static int
mixed_nulls(const struct check_group *g, struct err *e)
{
	err_set(e, ERR_FOREIGN_KEY_VIOLATION,
		"insert or update on table \"%s\" violates foreign key constraint \"%s\"",
		g->child->o.name, g->con->name);
	return err_detail(e, "MATCH FULL does not allow mixing of null and nonnull key values.");
}

static int
removing(struct all_keys *all, const union datum *values, struct err *e)
{
	const struct check_group *g = &all->g;
	const struct type *types[INDEX_COLS_MAX];
	struct strbuf text;

	for (int i = 0; i < g->con->ncols; i++)
		types[i] = g->child->cols[g->con->cols[i] - 1].type;
	strbuf_init(&text, all->u->stmt->env->stmt_arena);
	key_text(all->u, g->parent, g->con->ncols, g->con->ref_cols, NULL, types, values, NULL, &text);
	err_set(e, ERR_FOREIGN_KEY_VIOLATION,
		"removing partition \"%s\" violates foreign key constraint \"%s\"",
		all->removed->o.name, g->con->name);
	return err_detail(e, "Key %s is still referenced from table \"%s\".", text.data,
			  g->child->o.name);
}

static int
take_key(struct all_keys *all, const union datum *values, const struct type *const *types,
	 struct err *e)
{
	struct check_group *g = &all->g;
	const struct catalog *c = all->u->stmt->env->catalog;
	struct place p;
	int rc;

	if (all->removed == NULL) {
		(void) check_group_add(g, &all->bytes, g->con->ncols, values, types);
		return ERR_OK;
	}
	strbuf_init(&p.key, NULL);
	rc = find_place(all->u, g->con, g->child, g->parent, values, false, &p, e);
	strbuf_done(&p.key);
	if (rc == ERR_OK && p.rel != NULL && partition_is_below(c, p.rel, all->removed->o.oid))
		rc = removing(all, values, e);
	return rc;
}

static int
take_batch(struct all_keys *all, const struct vec *out, int n, struct err *e)
{
	const struct check_group *g = &all->g;
	const struct type *types[INDEX_COLS_MAX];
	int ncols = g->con->ncols, rc = ERR_OK;

	for (int c = 0; c < ncols; c++)
		types[c] = g->child->cols[g->con->cols[c] - 1].type;
	for (int i = 0; i < n && rc == ERR_OK; i++) {
		union datum values[INDEX_COLS_MAX];
		int nnull = 0;

		strbuf_clear(&all->bytes);
		for (int c = 0; c < ncols; c++) {
			values[c] = vec_at(&out[c], i);
			if (vec_null(&out[c], i))
				nnull++;
			else
				types[c]->ops->key(types[c], values[c], &all->bytes);
		}
		if (nnull > 0 && nnull < ncols && g->con->match == 'f')
			return mixed_nulls(g, e);
		if (nnull == 0)
			rc = take_key(all, values, types, e);
	}
	return rc;
}

static int
take_all(struct all_keys *all, struct exec_env *env, struct err *e)
{
	const struct constraint *con = all->g.con;
	struct scan_request req = {
		.rel = all->g.child, .ncols = con->ncols, .cols = con->cols, .latest = true
	};
	SCAN_AUTO struct table_scan *scan = NULL;
	ARENA_AUTO struct arena batch = { 0 };
	struct vec out[INDEX_COLS_MAX];
	int n, rc;

	rc = table_scan_open(env, &req, &scan, e);
	while (rc == ERR_OK) {
		arena_reset(&batch);
		for (int c = 0; c < con->ncols; c++)
			out[c] = (struct vec){ .v = ARENA_ARRAY(&batch, union datum, BATCH_ROWS),
					       .null = ARENA_ARRAY(&batch, uint8_t, BATCH_ROWS),
					       .stride = 1 };
		rc = table_scan_next(scan, &batch, out, &n, e);
		if (rc != ERR_OK || n == 0)
			break;
		rc = take_batch(all, out, n, e);
	}
	return rc;
}

static void
all_keys_init(struct all_keys *all, struct write_unit *u, struct exec_env *env,
	      const struct relation *child, const struct constraint *con)
{
	*all = (struct all_keys){
		.u = u,
		.g = { .kind = CHECK_CHILD,
		       .con = con,
		       .child = child,
		       .parent = catalog_relation_by_oid(env->catalog, con->ref_table),
		       .arena = &u->queue },
	};
	strbuf_init(&all->bytes, &u->queue);
}

int
table_check_fkey(struct write_unit *u, struct exec_env *env, const struct relation *child,
		 const struct constraint *con, struct err *e)
{
	struct all_keys all;
	int rc;

	all_keys_init(&all, u, env, child, con);
	rc = take_all(&all, env, e);
	if (rc == ERR_OK)
		rc = fkey_check_children(u, &all.g, e);
	map_done(&all.g.seen);
	return rc;
}

int
table_check_removal(struct write_unit *u, struct exec_env *env, const struct relation *child,
		    const struct constraint *con, const struct relation *removed, struct err *e)
{
	struct all_keys all;
	int rc = ERR_OK;

	if (!relation_is_partitioned(child)) {
		all_keys_init(&all, u, env, child, con);
		all.removed = removed;
		return take_all(&all, env, e);
	}
	for (int i = 0; i < child->nparts && rc == ERR_OK; i++)
		for (int k = 0; k < child->parts[i]->nconstraints && rc == ERR_OK; k++)
			if (child->parts[i]->constraints[k].parent == con->oid)
				rc = table_check_removal(u, env, child->parts[i],
							 &child->parts[i]->constraints[k], removed, e);
	return rc;
}
