/* certify.c - SERIALIZABLE: no commit that could close a cycle.
 *
 * Under snapshots, every history that is not serial has two reads in a row that missed a
 * concurrent write: T1 read what T2 overwrote, T2 read what T3 overwrote, and T3 committed
 * first of the three (T1 may be T3).  So it is enough to let no such triple commit, and the
 * later of T1 and T2 is the one that finds it, at its commit:
 *
 *     as T1   it missed a write of a committed T2 that itself had missed an earlier write
 *     as T2   it missed a write of a committed T3, and a committed T1, not before T3, missed
 *             one of its own
 *
 * For that the ranges read and the keys written by committed serializable transactions are
 * kept as long as one that was active with them is.  A transaction that only reads is T1 only,
 * and only if T3 had committed before its snapshot.
 *
 * What is kept is bounded: above a limit the oldest active transaction is given up, and will
 * be refused when it wants to commit.
 *
 * The bulk is looked at before the lock, those that came meanwhile under order.mutex, in the
 * same critical section that commits (or begins a large commit, which nothing passes: order.c).
 * Transactions at lower levels take no part. */
#include "config.h"

#include <stdlib.h>

#include "storage/txn_private.h"

struct committed {
	struct committed *next;
	struct ws *ws;                  /* NULL: it has only read */
	struct readset *reads;
	uint64_t serial;                /* of its commit */
	uint64_t missed;                /* serial of the first commit whose write it missed; 0: none */
	size_t bytes;
};

enum { KEPT_MAX = 256 << 20 };          /* bytes of all of them */

int
certify_begin(struct txn *txn, struct err *e)
{
	struct order *o = &txn->store->order;

	txn->reads = readset_new();
	if (txn->reads == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	/* Before the snapshot is taken: nothing between the two may be forgotten. */
	pthread_mutex_lock(&o->mutex);
	txn->serial = order_serial(txn->store);
	txn->serial_prev = NULL;
	txn->serial_next = o->serializable;
	if (o->serializable != NULL)
		o->serializable->serial_prev = txn;
	o->serializable = txn;
	txn->certifying = true;
	txn->may_write = !txn->opt.read_only;
	txn->given_up = txn->looking = false;
	pthread_mutex_unlock(&o->mutex);
	return ERR_OK;
}

/* Cut off those that no active transaction can need. */
static struct committed *
purge_locked(struct order *o)
{
	uint64_t oldest = UINT64_MAX;
	struct committed *list = o->recent, **at = &list;

	for (struct txn *t = o->serializable; t != NULL; t = t->serial_next)
		if (t->serial < oldest && !t->given_up)
			oldest = t->serial;
	while (*at != NULL && (*at)->serial <= oldest) {
		o->recent_bytes -= (*at)->bytes;
		at = &(*at)->next;
	}
	o->recent = *at;
	*at = NULL;
	if (o->recent == NULL)
		o->recent_end = NULL;
	return list;
}

static void
free_all(struct committed *list)
{
	for (struct committed *next; list != NULL; list = next) {
		next = list->next;
		ws_free(list->ws);
		readset_free(list->reads);
		free(list);
	}
}

/* Too much is kept: give up the oldest, unless it is looking at the list just now. */
static struct committed *
give_up_oldest_locked(struct order *o)
{
	struct txn *oldest = NULL;

	for (struct txn *t = o->serializable; t != NULL; t = t->serial_next)
		if (!t->given_up && (oldest == NULL || t->serial < oldest->serial))
			oldest = t;
	if (oldest == NULL || oldest->looking)
		return NULL;
	oldest->given_up = true;
	return purge_locked(o);
}

void
certify_end(struct txn *txn)
{
	struct order *o = &txn->store->order;

	if (!txn->certifying)
		return;
	pthread_mutex_lock(&o->mutex);
	if (txn->serial_prev != NULL)
		txn->serial_prev->serial_next = txn->serial_next;
	else
		o->serializable = txn->serial_next;
	if (txn->serial_next != NULL)
		txn->serial_next->serial_prev = txn->serial_prev;
	struct committed *done = purge_locked(o);
	struct committed *more = o->recent_bytes > KEPT_MAX ? give_up_oldest_locked(o) : NULL;
	pthread_mutex_unlock(&o->mutex);
	txn->certifying = false;
	free_all(done);
	free_all(more);
}

void
certify_forget(struct txn *txn)
{
	certify_end(txn);
	readset_free(txn->reads);
	txn->reads = NULL;
}

/* --- the two rules ------------------------------------------------------------------------------- */

static int
fail(struct err *e, const char *as)
{
	err_set(e, ERR_T_R_SERIALIZATION_FAILURE,
	        "could not serialize access due to read/write dependencies among transactions");
	err_detail(e, "Reason code: Canceled on %s, during commit attempt.", as);
	return err_hint(e, "The transaction might succeed if retried.");
}

/* A committed one whose write this one missed.  Rule T1 is decided here. */
static int
missed_write(struct txn *txn, const struct committed *c, struct err *e)
{
	if (c->ws == NULL || !readset_meets(txn->reads, c->ws))
		return ERR_OK;
	if (c->missed != 0 && (txn_has_writes(txn) || c->missed <= txn->snapshot_serial))
		return fail(e, "conflict out to old committed transaction");
	if (txn->missed == 0 || c->serial < txn->missed)
		txn->missed = c->serial;
	return ERR_OK;
}

/* Rule T2, for a transaction that has missed a write. */
static int
was_missed(const struct txn *txn, const struct committed *c, struct err *e)
{
	if (c->serial >= txn->missed && readset_meets(c->reads, txn->ws))
		return fail(e, "identification as a pivot");
	return ERR_OK;
}

/* The first that is not in its snapshot; those stay while it is active. */
static struct committed *
first_newer(const struct txn *txn)
{
	struct committed *c = txn->store->order.recent;

	while (c != NULL && c->serial <= txn->snapshot_serial)
		c = c->next;
	return c;
}

int
certify_early(struct txn *txn, struct err *e)
{
	struct order *o = &txn->store->order;
	int rc = ERR_OK;

	if (!txn->certifying)
		return ERR_OK;
	pthread_mutex_lock(&o->mutex);
	struct committed *c = txn->given_up ? NULL : first_newer(txn), *last = o->recent_end;
	txn->looking = true;            /* until the end: the list may not lose what it holds on to */
	pthread_mutex_unlock(&o->mutex);
	while (c != NULL && rc == ERR_OK) {
		rc = missed_write(txn, c, e);
		txn->certified = c;
		c = c == last ? NULL : c->next;         /* behind the last, the list is growing */
	}
	return rc;
}

int
certify_locked(struct txn *txn, struct err *e)
{
	int rc = ERR_OK;

	if (!txn->certifying)
		return ERR_OK;
	if (txn->given_up)
		return fail(e, "a transaction that was active for too long");
	struct committed *c = txn->certified != NULL ? txn->certified->next : first_newer(txn);
	for (; c != NULL && rc == ERR_OK; c = c->next)
		rc = missed_write(txn, c, e);
	if (rc != ERR_OK || txn->missed == 0 || !txn_has_writes(txn))
		return rc;
	for (c = first_newer(txn); c != NULL && rc == ERR_OK; c = c->next)
		rc = was_missed(txn, c, e);
	return rc;
}

/* It has committed: others who are active may have to know what it read and wrote. */
void
certify_publish_locked(struct txn *txn)
{
	struct order *o = &txn->store->order;

	if (!txn->certifying || (o->serializable == txn && txn->serial_next == NULL))
		return;
	struct committed *c = malloc(sizeof *c);
	if (c == NULL)
		engine_panic("out of memory");
	*c = (struct committed) {
		.ws = txn_has_writes(txn) ? txn->ws : NULL, .reads = txn->reads,
		.serial = order_serial(txn->store), .missed = txn->missed,
	};
	c->bytes = sizeof *c + readset_bytes(c->reads) + (c->ws == NULL ? 0 : c->ws->bytes);
	o->recent_bytes += c->bytes;
	if (c->ws != NULL)
		txn->ws = NULL;
	txn->reads = NULL;
	if (o->recent_end != NULL)
		o->recent_end->next = c;
	else
		o->recent = c;
	o->recent_end = c;
}

/* A serializable transaction that has written nothing. */
int
certify_reader(struct txn *txn, struct err *e)
{
	struct order *o = &txn->store->order;

	if (!txn->certifying)
		return ERR_OK;
	int rc = certify_early(txn, e);
	if (rc != ERR_OK)
		return rc;
	pthread_mutex_lock(&o->mutex);
	if (UNLIKELY(o->slow.change != 0 && o->slow.certified))
		order_slow_wait_locked(txn->store);
	rc = certify_locked(txn, e);
	if (rc == ERR_OK)
		certify_publish_locked(txn);
	pthread_mutex_unlock(&o->mutex);
	return rc;
}

/* All that could write and were active at its snapshot have ended.  The snapshot is part of
 * every serial order if none of them missed a write that it shows. */
bool
certify_safe_locked(const struct txn *txn)
{
	if (txn->given_up)
		return false;
	for (const struct committed *c = first_newer(txn); c != NULL; c = c->next)
		if (c->ws != NULL && c->missed != 0 && c->missed <= txn->snapshot_serial)
			return false;
	return true;
}
