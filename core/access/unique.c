/* unique.c - is this key free?
 *
 * The key is locked before it is looked up, so of two transactions that insert it the second
 * waits.  An entry that is found may belong to a row that another transaction is deleting or
 * moving: that one holds the row's lock, so we wait for the row and look again.
 *
 * Not here: writing entries (write.c). */
#include "config.h"
#include "core/access/unit.h"

#include "core/access/index.h"
#include "core/access/row.h"
#include "storage/cursor.h"
#include "storage/key.h"

int
unique_violation(struct write_unit *u, const struct relation *rel, const struct index *ix,
		 const union datum *values, const bool *nulls, struct err *e)
{
	int16_t attnums[INDEX_COLS_MAX];
	const char *names[INDEX_COLS_MAX];
	const struct type *types[INDEX_COLS_MAX];
	struct strbuf text;
	const struct schema *schema = catalog_schema_by_oid(u->stmt->env->catalog, rel->o.schema);

	for (int i = 0; i < ix->nkeys; i++) {
		attnums[i] = ix->cols[i].attnum;
		names[i] = ix->cols[i].expr_sql;
		types[i] = ix->cols[i].type;
	}
	strbuf_init(&text, u->stmt->env->stmt_arena);
	key_text(u, rel, ix->nkeys, attnums, names, types, values, nulls, &text);
	err_set(e, ERR_UNIQUE_VIOLATION, "duplicate key value violates unique constraint \"%s\"",
		ix->o.name);
	(void) err_detail(e, "Key %s already exists.", text.data);
	return err_object(e, schema != NULL ? schema->o.name : NULL, rel->o.name, NULL, ix->o.name);
}

/* The row's key in an entry value that holds it. */
static bool
value_row_key(const struct index *ix, const struct strbuf *key, const struct strbuf *value,
	      struct strbuf *ret)
{
	const uint8_t *rk;
	size_t len;

	if (!index_entry_row_key(ix, (const uint8_t *) key->data, key->len,
				 (const uint8_t *) value->data, value->len, &rk, &len))
		return false;
	strbuf_clear(ret);
	strbuf_add(ret, rk, len);
	return true;
}

int
unique_lookup(struct write_unit *u, const struct relation *rel, const struct index *ix,
	      const struct strbuf *key, struct strbuf *ret_row_key, bool *ret_found, struct err *e)
{
	struct strbuf value;
	int rc;

	if (ix->clustered) {
		rc = txn_get_latest(u->txn, rel->file, key->data, key->len, NULL, ret_found, e);
		strbuf_clear(ret_row_key);
		strbuf_add(ret_row_key, key->data, key->len);
		return rc;
	}
	strbuf_init(&value, NULL);
	rc = txn_get_latest(u->txn, ix->file, key->data, key->len, &value, ret_found, e);
	if (rc == ERR_OK && *ret_found && !value_row_key(ix, key, &value, ret_row_key))
		rc = err_set(e, ERR_INDEX_CORRUPTED, "index \"%s\" has a damaged entry",
			     ix->o.name);
	strbuf_done(&value);
	return rc;
}

/* In an index whose entries carry the row's key: an entry with this prefix that is not our
 * row's. */
static int
prefix_lookup(struct write_unit *u, const struct index *ix, const struct strbuf *key,
	      const void *own_key, size_t own_len, struct strbuf *ret_row_key, bool *ret_found,
	      struct err *e)
{
	CURSOR_AUTO struct cursor *c = NULL;
	bool found;
	int rc;

	*ret_found = false;
	rc = cursor_open_latest(u->txn, ix->file, &c, e);
	if (rc == ERR_OK)
		rc = cursor_seek(c, CURSOR_GE, key->data, key->len, &found, e);
	while (rc == ERR_OK && found && c->klen >= key->len &&
	       memcmp(c->key, key->data, key->len) == 0) {
		const uint8_t *rk;
		size_t len;

		if (!index_entry_row_key(ix, c->key, c->klen, c->value, c->vlen, &rk, &len))
			return err_set(e, ERR_INDEX_CORRUPTED, "index \"%s\" has a damaged entry",
				       ix->o.name);
		if (own_key == NULL || len != own_len || memcmp(rk, own_key, len) != 0) {
			strbuf_clear(ret_row_key);
			strbuf_add(ret_row_key, rk, len);
			*ret_found = true;
			return ERR_OK;
		}
		rc = cursor_next(c, &found, e);
	}
	return rc;
}

static int
look(struct table_writer *w, const struct index *ix, const struct strbuf *key, const void *own_key,
     size_t own_len, struct strbuf *ret_row_key, bool *ret_found, struct err *e)
{
	int rc;

	rc = unique_lookup(w->u, w->rel, ix, key, ret_row_key, ret_found, e);
	if (rc == ERR_OK && *ret_found && own_key != NULL && ret_row_key->len == own_len &&
	    memcmp(ret_row_key->data, own_key, own_len) == 0)
		*ret_found = false;
	return rc;
}

/* Wait for whoever is changing the row in the way.  Nothing is held meanwhile or after, else two
 * that wait for the same key could wait for each other; and those who queue for the row are not
 * waited for, else a wait could end, and begin again, with nothing changed. */
static int
wait_for_row(struct write_unit *u, oid_t rel, const struct strbuf *row_key, const char *name,
	     bool *ret_waited, struct err *e)
{
	struct lock_key key = { .space = LOCK_ROW,
				.object = rel,
				.bytes = row_key->data,
				.len = row_key->len };
	enum lock_result result;
	int rc;

	rc = unit_lock(u, LOCK_ROW, rel, row_key->data, row_key->len, LOCK_KEY_SHARE, LOCK_FIRST,
		       name, &result, e);
	if (rc != ERR_OK)
		return rc;
	*ret_waited = result == LOCK_GRANTED_AFTER_WAIT;
	(void) lock_release(txn_locks(u->txn), &key, LOCK_KEY_SHARE);
	return ERR_OK;
}

int
unique_check(struct table_writer *w, int which, const struct index_row *row, const void *own_key,
	     size_t own_len, struct strbuf *ret_row_key, bool *ret_conflict, struct err *e)
{
	const struct index *ix = w->rel->indexes[which];
	struct lock_key key = { .space = ix->clustered ? LOCK_ROW : LOCK_UNIQUE,
				.object = ix->clustered ? w->rel->o.oid : ix->o.oid };
	enum lock_result result;
	bool has_null, waited = true;
	int rc;

	*ret_conflict = false;
	strbuf_clear(&w->key);
	index_key_add(ix, row->v, row->null, ix->nkeys, &w->key, &has_null);
	if (has_null && !ix->nulls_not_distinct)
		return ERR_OK;
	if (ix->deferrable) { /* unique_recheck() locks and looks */
		*ret_conflict = true;
		return ERR_OK;
	}
	key.bytes = w->key.data;
	key.len = w->key.len;
	for (;;) {
		rc = w->own ? ERR_OK
			    : unit_lock(w->u, key.space, key.object, key.bytes, key.len, LOCK_UPDATE,
					LOCK_WAIT, w->rel->o.name, &result, e);
		if (rc == ERR_OK)
			rc = look(w, ix, &w->key, own_key, own_len, ret_row_key, ret_conflict, e);
		if (rc != ERR_OK || !*ret_conflict)
			return rc;
		(void) lock_release(txn_locks(w->u->txn), &key, LOCK_UPDATE);
		/* The clustering key's lock is the row's.  Seen again without a wait: it stays. */
		if (ix->clustered || !waited)
			return ERR_OK;
		rc = wait_for_row(w->u, w->rel->o.oid, ret_row_key, w->rel->o.name, &waited, e);
		if (rc != ERR_OK)
			return rc;
	}
}

/* Deferrable: the key may be there once.  One of two rows may be somebody's who is deleting or
 * moving it just now: wait, and look again. */
static int
recheck_key(struct write_unit *u, const struct check_group *g, const struct pending_key *k,
	    struct err *e)
{
	const oid_t rel = g->child->o.oid;
	struct strbuf first, other, key;
	bool found, twice = false, waited = true, waited2 = false;
	enum lock_result result;
	int rc;

	strbuf_init(&first, &u->queue);
	strbuf_init(&other, &u->queue);
	strbuf_init(&key, &u->queue);
	strbuf_add(&key, k->bytes, k->len);
	rc = unit_lock(u, LOCK_UNIQUE, g->index->o.oid, k->bytes, k->len, LOCK_UPDATE, LOCK_WAIT,
		       g->child->o.name, &result, e);
	while (rc == ERR_OK && waited) {
		rc = prefix_lookup(u, g->index, &key, NULL, 0, &first, &found, e);
		if (rc == ERR_OK && found)
			rc = prefix_lookup(u, g->index, &key, first.data, first.len, &other, &twice,
					   e);
		if (rc != ERR_OK || !found || !twice)
			return rc;
		rc = wait_for_row(u, rel, &first, g->child->o.name, &waited, e);
		if (rc == ERR_OK)
			rc = wait_for_row(u, rel, &other, g->child->o.name, &waited2, e);
		waited |= waited2;
	}
	return rc != ERR_OK ? rc : unique_violation(u, g->child, g->index, k->values, NULL, e);
}

int
unique_recheck(struct write_unit *u, struct check_group *g, struct err *e)
{
	int rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < g->keys.n; i++)
		rc = recheck_key(u, g, LIST_AT(const struct pending_key, &g->keys, i), e);
	return rc;
}
