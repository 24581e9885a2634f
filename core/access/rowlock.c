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
table_lock(struct write_unit *u, oid_t rel, enum lock_mode mode, enum lock_policy policy,
	   bool *ret_waited, struct err *e)
{
	enum lock_result result = LOCK_GRANTED;
	char what[96] = "relation";
	const struct catalog *c = u->stmt != NULL ? u->stmt->env->catalog : catalog_entered();
	const struct relation *r =
		policy == LOCK_NOWAIT && c != NULL ? catalog_relation_by_oid(c, rel) : NULL;
	int rc;

	if (r != NULL)
		(void) snprintf(what, sizeof what, "relation \"%s\"", r->o.name);
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

/* Compare the row's newest image with what the statement's snapshot showed. */
static int
judge(struct write_unit *u, const struct strbuf *image, bool found, int64_t version,
      enum row_lock_result *ret_result, struct err *e)
{
	uint64_t now;

	if (found && image->len >= ROW_HEADER) {
		now = row_change(image->data);
		if (now == (uint64_t) version) {
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
	if (txn_isolation(u->txn) != TXN_READ_COMMITTED && !found)
		return err_set(e, ERR_T_R_SERIALIZATION_FAILURE,
			       "could not serialize access due to concurrent delete");
	if (txn_isolation(u->txn) != TXN_READ_COMMITTED)
		return txn_fail_serialization(e);
	*ret_result = found ? ROW_CHANGED : ROW_GONE;
	return ERR_OK;
}

int
table_lock_row(struct write_unit *u, const struct relation *rel, const void *key, size_t klen,
	       int64_t version, enum lock_mode mode, enum lock_policy policy,
	       struct strbuf *ret_image, enum row_lock_result *ret_result, struct err *e)
{
	enum lock_result result;
	struct strbuf own = { 0 }, *image = ret_image;
	size_t start;
	bool found = false;
	char what[96];
	int rc;

	(void) snprintf(what, sizeof what, "row in relation \"%s\"", rel->o.name);
	rc = unit_lock(u, LOCK_ROW, rel->o.oid, key, klen, mode, policy, what, &result, e);
	if (rc != ERR_OK)
		return rc;
	if (result == LOCK_NOT_GRANTED) {
		*ret_result = ROW_SKIPPED;
		return ERR_OK;
	}
	if (image == NULL) {
		strbuf_init(&own, NULL);
		image = &own;
	}
	start = image->len;
	rc = txn_get_latest(u->txn, rel->file, key, klen, image, &found, e);
	if (rc == ERR_OK && !found &&
	    txn_own(u->txn, rel->file, key, klen, true) == TXN_OWN_DELETED) {
		*ret_result = ROW_SELF; /* by this command: the snapshot still showed it */
	} else if (rc == ERR_OK) {
		struct strbuf latest = { .data = image->data + start, .len = image->len - start };

		rc = judge(u, &latest, found, version, ret_result, e);
	}
	if (ret_image == NULL)
		strbuf_done(&own);
	return rc;
}
