/* order.h - the versions of every key, in order, and who wrote each.
 *
 * Owner     order_make() fills it from a history; order_done() frees it.  It points into the
 *           history, which must not change.
 * Thread    one.
 * Failure   what is wrong with the history itself (a value twice, two orders, a value that nobody
 *           wrote or that was undone, an acknowledged write that is not there) goes to `found`.
 * Cost      linear in the operations and the values read. */
#ifndef REGRESS_HISTORY_ORDER_H
#define REGRESS_HISTORY_ORDER_H

#include "regress/history/found.h"
#include "regress/history/history.h"

enum { NO_TXN = UINT32_MAX, NO_VERSION = UINT32_MAX };

/* A value that was written to a key. */
struct version {
	int key, value;
	uint32_t txn, op; /* its writer */
	uint32_t at;      /* its place in the key's order, from 1; 0: not there */
	uint32_t over;    /* of a register: the version that it replaced */
	uint32_t under;   /* and the one that replaced it; NO_VERSION */
	bool first;       /* it replaced nothing */
};

struct key {
	int name;
	uint32_t first, count; /* its versions, in order: order.pool[first + i] */
	uint32_t longest;      /* of a list: the read (operation) that shows most of it */
	bool tail;
	bool broken; /* its list makes no sense: reported once */
};

struct order {
	const struct history *h;
	struct version *versions;
	uint32_t version_count, version_room;
	uint32_t *slots, slot_count; /* (key, value) to version, open addressing */
	struct key *keys;
	uint32_t key_count, key_room;
	uint32_t *key_slots, key_slot_count;
	uint32_t *pool, pool_count, pool_room;
	bool *committed; /* of each transaction; those of unknown outcome when seen */
};

void order_make(struct order *o, const struct history *h, struct found *f);
void order_done(struct order *o);

struct key *order_key(const struct order *o, int name);            /* NULL: unknown */
uint32_t order_version(const struct order *o, int key, int value); /* NO_VERSION */
/* How many versions of the key the read has seen, its transaction's own undone or uncommitted ones
 * left out; false: they cannot be told, or it saw what it must not (reported by order_make()). */
bool order_seen(const struct order *o, uint32_t txn, uint32_t op, uint32_t *ret_at);

#endif
