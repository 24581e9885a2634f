/* rowlock.c - locking relations and rows, and what a row is after the wait.
 *
 * Not here: queues and deadlocks (storage/lock.h). */
#include "config.h"
#include "core/access/unit.h"

#include <stdio.h>

#include "core/access/index.h"
#include "core/access/row.h"
#include "core/base/strbuf.h"

int
table_lock(struct write_unit *u, oid_t rel, const char *name, enum lock_mode mode,
	   enum lock_policy policy, bool *ret_waited, struct err *e)
{
	enum lock_result result = LOCK_GRANTED;
	char what[96] = "relation";
	const struct catalog *c = u->stmt != NULL ? u->stmt->env->catalog : catalog_entered();
	int rc;

	if (name != NULL && policy == LOCK_NOWAIT)
		(void) snprintf(what, sizeof what, "relation \"%s\"", name);
	rc = unit_lock(u, LOCK_RELATION, rel, NULL, 0, mode, policy, what, &result, e);
	if (rc != ERR_OK)
		return rc;
	*ret_waited = c != NULL ? catalog_is_stale(c, rel) : result == LOCK_GRANTED_AFTER_WAIT;
	return ERR_OK;
}

enum lock_mode
table_update_lock(const struct relation *rel, int n, const int16_t *attnums)
{
	for (int i = 0; i < rel->nindexes; i++) {
		const struct index *ix = rel->indexes[i];

		if (!ix->unique)
			continue;
		for (int c = 0; c < ix->nkeys; c++) {
			if (ix->cols[c].attnum == 0)
				/* an expression: over which columns is not known here */
				return LOCK_UPDATE;
			for (int k = 0; k < n; k++)
				if (attnums[k] == ix->cols[c].attnum)
					return LOCK_UPDATE;
		}
	}
	return LOCK_NO_KEY_UPDATE;
}

/* The row that was asked for, and what has become of it. */
struct asked {
	const struct relation *rel;
	const void *key;
	size_t klen;
	int64_t version;
	enum lock_mode mode;
};

static bool
same_value(const struct relation *rel, int16_t attnum, const union datum *a, const bool *a_null,
	   const union datum *b, const bool *b_null)
{
	const struct type *t = rel->cols[attnum - 1].type;
	struct strbuf x, y;
	bool same;

	if (a_null[attnum - 1] || b_null[attnum - 1])
		return a_null[attnum - 1] && b_null[attnum - 1];
	strbuf_init(&x, NULL);
	strbuf_init(&y, NULL);
	t->ops->key(t, a[attnum - 1], &x);
	t->ops->key(t, b[attnum - 1], &y);
	same = x.len == y.len && memcmp(x.data, y.data, x.len) == 0;
	strbuf_done(&x);
	strbuf_done(&y);
	return same;
}

/* FOR KEY SHARE goes with changes of other columns than keys, also with those since the
 * snapshot: then the row is what the snapshot shows. */
static int
only_others_changed(struct write_unit *u, const struct asked *row, const struct strbuf *latest,
		    bool *ret_only, struct err *e)
{
	ARENA_AUTO struct arena a = { 0 };
	const struct relation *rel = row->rel;
	union datum *was = ARENA_ARRAY(&a, union datum, rel->ncols);
	union datum *now = ARENA_ARRAY(&a, union datum, rel->ncols);
	bool *was_null = ARENA_ARRAY(&a, bool, rel->ncols), found;
	bool *now_null = ARENA_ARRAY(&a, bool, rel->ncols);
	struct strbuf old;
	int rc;

	*ret_only = false;
	strbuf_init(&old, &a);
	rc = txn_get(u->txn, rel->file, row->key, row->klen, &old, &found, e);
	if (rc != ERR_OK || !found)
		return rc;
	row_decode(rel, (const uint8_t *) old.data, was, was_null);
	row_decode(rel, (const uint8_t *) latest->data, now, now_null);
	for (int i = 0; i < rel->nindexes; i++)
		for (int c = 0; rel->indexes[i]->unique && c < rel->indexes[i]->nkeys; c++) {
			int16_t att = rel->indexes[i]->cols[c].attnum;
			if (att == 0 || !same_value(rel, att, was, was_null, now, now_null))
				return ERR_OK;
		}
	*ret_only = true;
	return ERR_OK;
}

static int
fail_deleted(struct err *e)
{
	err_set(e, ERR_T_R_SERIALIZATION_FAILURE,
		"could not serialize access due to concurrent delete");
	return err_hint(e, "The transaction might succeed if retried.");
}

/* Compare the row's newest image with what the statement's snapshot showed. */
static int
judge(struct write_unit *u, const struct asked *row, const struct strbuf *image, bool found,
      enum row_lock_result *ret_result, struct err *e)
{
	bool only = false;
	uint64_t now;
	int rc;

	if (found && image->len >= ROW_HEADER) {
		now = row_change(image->data);
		if (now == (uint64_t) row->version) {
			*ret_result = ROW_LOCKED;
			return ERR_OK;
		}
		if ((now & ROW_OWN) != 0) {
			/* An earlier command's image is what the snapshot shows: this one's is
			 * newer. */
			*ret_result = now == (ROW_OWN | u->stmt->command) ? ROW_SELF : ROW_CHANGED;
			return ERR_OK;
		}
	}
	if (txn_isolation(u->txn) == TXN_READ_COMMITTED) {
		*ret_result = found ? ROW_CHANGED : ROW_GONE;
		return ERR_OK;
	}
	if (!found)
		return fail_deleted(e);
	if (row->mode == LOCK_KEY_SHARE) {
		rc = only_others_changed(u, row, image, &only, e);
		if (rc != ERR_OK)
			return rc;
	}
	if (!only)
		return txn_fail_serialization(e);
	*ret_result = ROW_LOCKED;
	return ERR_OK;
}

/* Under a snapshot a row that has changed since is lost already: fail before the queue, not
 * after it. */
static int
fail_early(struct write_unit *u, const struct asked *row, struct err *e)
{
	struct strbuf image;
	enum row_lock_result ignored;
	bool found = false;
	int rc;

	strbuf_init(&image, NULL);
	rc = txn_get_latest(u->txn, row->rel->file, row->key, row->klen, &image, &found, e);
	if (rc == ERR_OK)
		rc = judge(u, row, &image, found, &ignored, e);
	strbuf_done(&image);
	return rc;
}

static struct lock_key
key_of(const struct asked *row)
{
	return (struct lock_key){ .space = LOCK_ROW,
				  .object = row->rel->o.oid,
				  .bytes = row->key,
				  .len = row->klen };
}

static int
lock_row(struct write_unit *u, const struct asked *row, enum lock_policy policy,
	 enum lock_result *ret_result, struct err *e)
{
	const oid_t oid = row->rel->o.oid;
	const char *what = row->rel->o.name;
	int rc;

	if (policy == LOCK_WAIT && txn_isolation(u->txn) != TXN_READ_COMMITTED) {
		rc = unit_lock(u, LOCK_ROW, oid, row->key, row->klen, row->mode, LOCK_SKIP, what,
			       ret_result, e);
		if (rc != ERR_OK || *ret_result != LOCK_NOT_GRANTED)
			return rc;
		rc = fail_early(u, row, e);
		if (rc != ERR_OK)
			return rc;
	}
	return unit_lock(u, LOCK_ROW, oid, row->key, row->klen, row->mode, policy, what, ret_result,
			 e);
}

/* The row's next key is locked in place of the last, whose lock goes, for a row may be inserted under
 * that: but not before this one has its place in the queue for the next. */
static int
lock_next(struct write_unit *u, const struct asked *row, const struct asked *last,
	  enum lock_policy policy, enum lock_result *ret_result, struct err *e)
{
	const struct lock_key key = key_of(row), old = key_of(last);
	struct lock_how how = unit_how(u, policy, row->rel->o.name);

	how.instead_of = &old;
	return lock_acquire(txn_locks(u->txn), &key, row->mode, &how, ret_result, e);
}

/* The lock of the key is held: while another transaction has given the row a new key, go there, and
 * lock that. */
static int
follow(struct write_unit *u, struct asked *row, enum lock_policy policy, struct strbuf *moved,
       enum txn_moved *ret_moved, enum lock_result *ret_result, struct err *e)
{
	struct txn_trail trail = { .since = (uint64_t) row->version };
	struct strbuf key;
	int rc = ERR_OK;

	*ret_moved = TXN_MOVED_NOT;
	if ((trail.since & ROW_OWN) != 0 || !txn_any_moves(u->txn))
		return ERR_OK;
	strbuf_init(&key, NULL);
	strbuf_add(&key, row->key, row->klen);
	while (rc == ERR_OK && *ret_result != LOCK_NOT_GRANTED) {
		enum txn_moved step = txn_follow(u->txn, row->rel->file, &key, &trail);
		const struct asked last = *row;
		struct strbuf from = *moved;

		if (step == TXN_MOVED_AWAY || step == TXN_MOVED_UNKNOWN)
			*ret_moved = step;
		if (step == TXN_MOVED_AWAY && txn_isolation(u->txn) != TXN_READ_COMMITTED)
			rc = txn_fail_serialization(e);
		if (step != TXN_MOVED)
			break;
		if (txn_isolation(u->txn) != TXN_READ_COMMITTED) {
			rc = txn_fail_serialization(e);
			break;
		}
		*ret_moved = step;
		strbuf_init(moved, from.arena);
		strbuf_add(moved, key.data, key.len);
		row->key = moved->data;
		row->klen = moved->len;
		rc = lock_next(u, row, &last, policy, ret_result, e);
		strbuf_done(&from); /* the last key's bytes, if they were here */
	}
	strbuf_done(&key);
	return rc;
}

/* What the row is now: its newest image is appended to `image`. */
static int
look(struct write_unit *u, const struct asked *row, enum txn_moved moved, struct strbuf *image,
     enum row_lock_result *ret_result, struct err *e)
{
	size_t start = image->len;
	bool found = false;
	int rc = txn_get_latest(u->txn, row->rel->file, row->key, row->klen, image, &found, e);

	if (rc != ERR_OK)
		return rc;
	if (!found &&
	    txn_own(u->txn, row->rel->file, row->key, row->klen, true) == TXN_OWN_DELETED) {
		*ret_result = ROW_SELF; /* by this command: the snapshot still showed it */
		return ERR_OK;
	}
	if (!found && moved == TXN_MOVED_UNKNOWN)
		return txn_fail_serialization(e);
	struct strbuf latest = { .data = image->data + start, .len = image->len - start };
	return judge(u, row, &latest, found, ret_result, e);
}

int
table_fail_away(struct err *e)
{
	return err_set(e, ERR_T_R_SERIALIZATION_FAILURE,
		       "tuple to be locked was already moved to another partition due to "
		       "concurrent update");
}

int
table_lock_row(struct write_unit *u, const struct relation *rel, const void *key, size_t klen,
	       int64_t version, enum lock_mode mode, enum lock_policy policy, struct row_now *ret,
	       struct err *e)
{
	struct asked row = { rel, key, klen, version, mode };
	enum txn_moved moved = TXN_MOVED_NOT;
	enum lock_result result;
	int rc;

	strbuf_clear(&ret->image);
	strbuf_clear(&ret->moved);
	rc = lock_row(u, &row, policy, &result, e);
	if (rc == ERR_OK && (relation_cluster(rel) != NULL || rel->bound != NULL))
		rc = follow(u, &row, policy, &ret->moved, &moved, &result, e);
	if (rc != ERR_OK)
		return rc;
	if (result == LOCK_NOT_GRANTED) {
		ret->result = ROW_SKIPPED;
		return ERR_OK;
	}
	if (moved == TXN_MOVED_AWAY) {
		ret->result = ROW_AWAY;
		return ERR_OK;
	}
	return look(u, &row, moved, &ret->image, &ret->result, e);
}
