/* deferrable.c - SERIALIZABLE READ ONLY DEFERRABLE: wait once, then never fail.
 *
 * A transaction that only reads can be part of a cycle in one way: a writer that was active at
 * its snapshot commits later and has missed a write which that snapshot shows (certify.c, T1).
 * So take a snapshot, wait until every serializable writer of that moment has ended, and look:
 * if none of those that committed is of that kind, the snapshot is safe, and reads need not be
 * remembered.  Else try again with a newer one. */
#include "config.h"

#include <stdlib.h>

#include "storage/txn_private.h"

/* The numbers of the writers that were active at the transaction's snapshot. */
static int
list_writers(struct txn *txn, uint64_t **ret_ids, int *ret_n, struct err *e)
{
	struct order *o = &txn->store->order;
	uint64_t *ids = NULL;
	int n = 0, cap = 0;

	pthread_mutex_lock(&o->mutex);
	for (struct txn *t = o->serializable; t != NULL; t = t->serial_next)
		cap++;
	ids = malloc((size_t) (cap + 1) * sizeof *ids);
	for (struct txn *t = ids == NULL ? NULL : o->serializable; t != NULL; t = t->serial_next)
		if (t != txn && t->may_write && t->serial <= txn->snapshot_serial)
			ids[n++] = t->id;
	pthread_mutex_unlock(&o->mutex);
	if (ids == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	*ret_ids = ids;
	*ret_n = n;
	return ERR_OK;
}

static int
wait_for(struct txn *txn, uint64_t id, struct err *e)
{
	const struct lock_key key = txn_number_key(&id);
	enum lock_result result;
	int rc = lock_acquire(&txn->self, &key, LOCK_TABLE_SHARE, NULL, &result, e);

	if (rc == ERR_OK)
		(void) lock_release(&txn->self, &key, LOCK_TABLE_SHARE);
	return rc;
}

static int
wait_for_writers(struct txn *txn, bool *ret_safe, struct err *e)
{
	struct order *o = &txn->store->order;
	uint64_t *ids;
	int n, rc = list_writers(txn, &ids, &n, e);

	if (rc != ERR_OK)
		return rc;
	for (int i = 0; i < n && rc == ERR_OK; i++)
		rc = wait_for(txn, ids[i], e);
	free(ids);
	pthread_mutex_lock(&o->mutex);
	*ret_safe = certify_safe_locked(txn);
	pthread_mutex_unlock(&o->mutex);
	return rc;
}

int
deferrable_view(struct txn *txn, struct err *e)
{
	bool safe = false;
	int rc = ERR_OK;

	while (rc == ERR_OK && !safe) {
		view_unref(txn, &txn->view);
		rc = certify_begin(txn, e);     /* so that what it has to look at is kept */
		if (rc != ERR_OK)
			return rc;
		rc = view_open(txn->store, &txn->view, e);
		if (rc == ERR_OK) {
			txn->snapshot_serial = txn->view->order_serial;
			rc = wait_for_writers(txn, &safe, e);
		}
		certify_forget(txn);
	}
	if (rc != ERR_OK)
		view_unref(txn, &txn->view);
	return rc;
}
