/* within.c - what a transaction sees of itself and of those acknowledged before it: its own writes,
 * nothing older than it has seen, the same again (from REPEATABLE READ), nothing stale; and updates
 * that lost another's. */
#include "config.h"
#include "regress/history/depend.h"

#include <stdlib.h>

/* For each place of the pool: who was acknowledged first among its writer and the later ones. */
static uint32_t *
first_acknowledged(const struct order *o)
{
	uint32_t none = 0, *first = grow(NULL, &none, o->pool_count + 1, sizeof *first);

	for (uint32_t i = 0; i < o->key_count; i++) {
		const struct key *k = &o->keys[i];
		uint32_t best = NO_TXN;
		for (uint32_t at = k->count; at > 0; at--) {
			uint32_t t = o->versions[o->pool[k->first + at - 1]].txn;
			if (o->h->txns[t].outcome == TXN_OK &&
			    (best == NO_TXN || o->h->txns[t].end < o->h->txns[best].end))
				best = t;
			first[k->first + at - 1] = best;
		}
	}
	return first;
}

static void
check_stale(const struct order *o, const uint32_t *first, uint32_t txn, uint32_t op, uint32_t at,
	    struct found *f)
{
	const struct key *k = order_key(o, o->h->ops[op].key);
	char name[16];

	if (at >= k->count)
		return;
	uint32_t t = first[k->first + at];
	if (t == NO_TXN || t == txn || o->h->txns[t].end >= o->h->txns[txn].start)
		return;
	key_name(k->name, name);
	found_add(f, A_STALE_READ,
		  "T%u read %u versions of %s, although T%u, which wrote a later one, was "
		  "acknowledged before T%u began",
		  txn, at, name, t, txn);
}

/* The place of a write in its key's order; 0: undone or not there. */
static uint32_t
place_of(const struct order *o, const struct op *w)
{
	uint32_t v = w->undone_by != 0 ? NO_VERSION : order_version(o, w->key, w->value);

	return v == NO_VERSION ? 0 : o->versions[v].at;
}

/* What the transaction at hand knows of a key. */
struct known {
	uint32_t txn; /* whose knowledge it is; NO_TXN: nobody's yet */
	bool read;
	uint32_t at;  /* the place of the latest read */
	uint32_t own; /* of the latest write of its own; 0: none */
	bool changed; /* it has written since the read */
};

static void
check_read(const struct order *o, struct known *known, uint32_t txn, uint32_t op, uint32_t at,
	   enum level level, struct found *f)
{
	char name[16];

	key_name(o->h->ops[op].key, name);
	if (at < known->own)
		found_add(f, A_INTERNAL,
			  "T%u read %u versions of %s after it had written number %u", txn, at,
			  name, known->own);
	else if (known->read && at < known->at)
		found_add(f, A_INTERNAL, "T%u read %u versions of %s after it had read %u", txn, at,
			  name, known->at);
	else if (level >= REPEATABLE_READ && known->read &&
		 at != (known->changed ? known->own : known->at))
		found_add(f, A_INTERNAL, "T%u read %u versions of %s, before that %u", txn, at,
			  name, known->changed ? known->own : known->at);
	known->read = true;
	known->at = at;
	known->changed = false;
}

static void
check_write(const struct order *o, struct known *known, uint32_t txn, const struct op *w,
	    struct found *f)
{
	uint32_t place = place_of(o, w), base = known->at > known->own ? known->at : known->own;
	char name[16];

	if (place == 0)
		return;
	if (known->read && place != base + 1) {
		key_name(w->key, name);
		found_add(f, A_LOST_UPDATE, "T%u read %u versions of %s and then wrote number %u",
			  txn, base, name, place);
	}
	known->own = place;
	known->changed = true;
}

void
depend_within(const struct order *o, enum level level, struct found *f)
{
	uint32_t none = 0, at, *first = first_acknowledged(o);
	struct known *known = grow(NULL, &none, o->key_count + 1, sizeof *known);

	for (uint32_t i = 0; i < o->key_count; i++)
		known[i].txn = NO_TXN;
	for (uint32_t t = 0; t < o->h->txn_count; t++)
		for (uint32_t i = o->h->txns[t].op; i < o->h->txns[t].op + o->h->txns[t].ops; i++) {
			const struct op *op = &o->h->ops[i];
			struct known *k = &known[order_key(o, op->key) - o->keys];
			if (k->txn != t)
				*k = (struct known){ .txn = t };
			if (op->kind == OP_WRITE && o->committed[t]) {
				check_write(o, k, t, op, f);
			} else if (op->kind == OP_READ && order_seen(o, t, i, &at)) {
				check_read(o, k, t, i, at, level, f);
				check_stale(o, first, t, i, at, f);
			}
		}
	free(known);
	free(first);
}
