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
#include "core/access/table.h"

/* The key of the parent's unique index for these values. */
static int
parent_key(struct write_unit *u, const struct constraint *con, const struct relation *child,
	   const struct relation *parent, const struct index *ix, const union datum *values,
	   bool of_parent, struct strbuf *to, bool *ret_possible, struct err *e)
{
	union datum v[INDEX_COLS_MAX];
	bool has_null;

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
				  ix->cols[i].type, values[c], &v[i], ret_possible, e);
		if (rc != ERR_OK || !*ret_possible)
			return rc;
	}
	(void) parent;
	*ret_possible = true;
	index_key_add(ix, v, NULL, ix->nkeys, to, &has_null);
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
	const struct index *ix = fkey_parent_index(parent, con);
	struct strbuf key, row_key;
	bool possible;
	int rc;

	if (ix == NULL)
		return err_set(e, ERR_INTERNAL_ERROR, "constraint \"%s\" has lost its index",
			       con->name);
	strbuf_init(&key, NULL);
	rc = parent_key(u, con, child, parent, ix, values, of_parent, &key, &possible, e);
	if (rc == ERR_OK && !possible) {
		*ret_found = false;
	} else if (rc == ERR_OK && lock) {
		rc = find_locked(u, parent, ix, &key, ret_found, e);
	} else if (rc == ERR_OK) {
		strbuf_init(&row_key, NULL);
		rc = unique_lookup(u, parent, ix, &key, &row_key, ret_found, e);
		strbuf_done(&row_key);
	}
	strbuf_done(&key);
	return rc;
}

/* Under a snapshot that still shows the parent its going is a concurrent change. */
static int
seen_in_snapshot(struct write_unit *u, const struct check_group *g, const struct pending_key *k,
		 bool *ret_seen, struct err *e)
{
	const struct index *ix = fkey_parent_index(g->parent, g->con);
	struct strbuf key;
	bool possible;
	int rc;

	*ret_seen = false;
	if (txn_isolation(u->txn) == TXN_READ_COMMITTED)
		return ERR_OK;
	strbuf_init(&key, NULL);
	rc = parent_key(u, g->con, g->child, g->parent, ix, k->values, false, &key, &possible, e);
	if (rc == ERR_OK && possible)
		rc = txn_get(u->txn, ix->clustered ? g->parent->file : ix->file, key.data, key.len,
			     NULL, ret_seen, e);
	strbuf_done(&key);
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

/* --- all rows of a table, for a new constraint ------------------------------------------------ */

static int
queue_batch(struct check_group *g, const struct vec *out, int n, struct strbuf *b, struct err *e)
{
	const struct type *types[INDEX_COLS_MAX];
	int ncols = g->con->ncols;

	for (int c = 0; c < ncols; c++)
		types[c] = g->child->cols[g->con->cols[c] - 1].type;
	for (int i = 0; i < n; i++) {
		union datum values[INDEX_COLS_MAX];
		int nnull = 0;

		strbuf_clear(b);
		for (int c = 0; c < ncols; c++) {
			values[c] = vec_at(&out[c], i);
			if (vec_null(&out[c], i))
				nnull++;
			else
				types[c]->ops->key(types[c], values[c], b);
		}
		if (nnull > 0 && nnull < ncols && g->con->match == 'f') {
			err_set(e, ERR_FOREIGN_KEY_VIOLATION,
				"insert or update on table \"%s\" violates foreign key constraint "
				"\"%s\"",
				g->child->o.name, g->con->name);
			return err_detail(
				e,
				"MATCH FULL does not allow mixing of null and nonnull key values.");
		}
		if (nnull == 0)
			(void) check_group_add(g, b, ncols, values, types);
	}
	return ERR_OK;
}

int
table_check_fkey(struct write_unit *u, struct exec_env *env, const struct relation *child,
		 const struct constraint *con, struct err *e)
{
	const struct relation *parent = catalog_relation_by_oid(env->catalog, con->ref_table);
	struct check_group g = { .kind = CHECK_CHILD,
				 .con = con,
				 .child = child,
				 .parent = parent,
				 .arena = &u->queue };
	struct scan_request req = {
		.rel = child, .ncols = con->ncols, .cols = con->cols, .latest = true
	};
	SCAN_AUTO struct table_scan *scan = NULL;
	ARENA_AUTO struct arena batch = { 0 };
	struct vec out[INDEX_COLS_MAX];
	struct strbuf b;
	int n, rc;

	strbuf_init(&b, &u->queue);
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
		rc = queue_batch(&g, out, n, &b, e);
	}
	if (rc == ERR_OK)
		rc = fkey_check_children(u, &g, e);
	map_done(&g.seen);
	return rc;
}
