/* certify.c - SERIALIZABLE: a commit stands only if what it read is still so.
 *
 * The serial order is the order of commits.  A snapshot is a prefix of that order, so a
 * transaction that writes nothing is serial at its snapshot and needs no check.  One that
 * writes is serial at its commit: every key range it has read must be untouched by all that
 * committed after its snapshot.  Those write sets are kept while such a reader is active and
 * looked at twice: once without the lock, for the bulk, and once under order.mutex, for those
 * that came meanwhile, in the same critical section that commits.
 *
 * This refuses more than a search for dangerous structures would (a read that a later commit
 * overwrote is enough), and never lets an anomaly pass. */
#include "config.h"

#include <stdlib.h>

#include "storage/txn_private.h"

struct committed {
	struct committed *next;
	struct ws *ws;
	uint64_t change, serial;
};

int
certify_begin(struct txn *txn, struct err *e)
{
	struct order *o = &txn->store->order;

	if (txn->opt.read_only)
		return ERR_OK;
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
		if (t->serial < oldest)
			oldest = t->serial;
	while (*at != NULL && (*at)->serial <= oldest)
		at = &(*at)->next;
	o->recent = *at;
	*at = NULL;
	if (o->recent == NULL)
		o->recent_end = NULL;
	return list;
}

void
certify_end(struct txn *txn)
{
	struct order *o = &txn->store->order;

	if (txn->reads == NULL)
		return;
	pthread_mutex_lock(&o->mutex);
	if (txn->serial_prev != NULL)
		txn->serial_prev->serial_next = txn->serial_next;
	else
		o->serializable = txn->serial_next;
	if (txn->serial_next != NULL)
		txn->serial_next->serial_prev = txn->serial_prev;
	struct committed *done = purge_locked(o);
	pthread_mutex_unlock(&o->mutex);
	for (struct committed *next; done != NULL; done = next) {
		next = done->next;
		ws_free(done->ws);
		free(done);
	}
}

static int
fail(struct err *e)
{
	err_set(e, ERR_T_R_SERIALIZATION_FAILURE,
	        "could not serialize access due to read/write dependencies among transactions");
	return err_hint(e, "The transaction might succeed if retried.");
}

static bool
meets(const struct txn *txn, const struct committed *c)
{
	return !view_sees(txn->view, c->change) && readset_meets(txn->reads, c->ws);
}

/* The first that is newer than the transaction; those stay while it is active. */
static struct committed *
first_newer(const struct txn *txn)
{
	struct committed *c = txn->store->order.recent;

	while (c != NULL && c->serial <= txn->serial)
		c = c->next;
	return c;
}

int
certify_early(struct txn *txn, struct err *e)
{
	struct order *o = &txn->store->order;

	if (txn->reads == NULL)
		return ERR_OK;
	pthread_mutex_lock(&o->mutex);
	struct committed *c = first_newer(txn), *last = o->recent_end;
	pthread_mutex_unlock(&o->mutex);
	for (; c != NULL; c = c->next) {
		if (meets(txn, c))
			return fail(e);
		txn->certified = c;
		if (c == last)
			break;          /* its next may be changing */
	}
	return ERR_OK;
}

int
certify_locked(struct txn *txn, struct err *e)
{
	if (txn->reads == NULL)
		return ERR_OK;
	struct committed *c = txn->certified != NULL ? txn->certified->next : first_newer(txn);
	for (; c != NULL; c = c->next)
		if (meets(txn, c))
			return fail(e);
	return ERR_OK;
}

/* It has committed: others who are active may have read what it wrote. */
void
certify_publish_locked(struct txn *txn, uint64_t change)
{
	struct order *o = &txn->store->order;

	if (o->serializable == NULL || (o->serializable == txn && txn->serial_next == NULL))
		return;
	struct committed *c = malloc(sizeof *c);
	if (c == NULL)
		engine_panic("out of memory");
	*c = (struct committed) { .ws = txn->ws, .change = change, .serial = order_serial(txn->store) };
	txn->ws = NULL;
	if (o->recent_end != NULL)
		o->recent_end->next = c;
	else
		o->recent = c;
	o->recent_end = c;
}
