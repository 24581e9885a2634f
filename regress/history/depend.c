/* depend.c - ww, wr and rw from the order of versions; time from the clock.
 *
 * Not here: what one transaction sees of itself (within.c), cycles (check.c). */
#include "config.h"
#include "regress/history/depend.h"

#include <stdlib.h>

static const struct version *
version_at(const struct order *o, const struct key *k, uint32_t at)
{
	return &o->versions[o->pool[k->first + at - 1]];
}

static void
between_writers(const struct order *o, struct edges *edges)
{
	for (uint32_t i = 0; i < o->key_count; i++) {
		const struct key *k = &o->keys[i];
		for (uint32_t at = 2; at <= k->count; at++) {
			uint32_t from = version_at(o, k, at - 1)->txn,
				 to = version_at(o, k, at)->txn;
			if (from != to && o->committed[from] && o->committed[to])
				edges_add(edges, (struct edge){ from, to, EDGE_WW, k->name,
								o->pool[k->first + at - 1] });
		}
	}
}

static void
of_read(const struct order *o, uint32_t txn, uint32_t op, struct edges *edges, struct found *f)
{
	const struct key *k = order_key(o, o->h->ops[op].key);
	const struct version *v, *next;
	char name[16];
	uint32_t at;

	if (!order_seen(o, txn, op, &at))
		return;
	v = at > 0 ? version_at(o, k, at) : NULL;
	next = at < k->count ? version_at(o, k, at + 1) : NULL;
	if (v != NULL && v->txn != txn && o->committed[v->txn]) {
		edges_add(edges, (struct edge){ v->txn, txn, EDGE_WR, k->name,
						o->pool[k->first + at - 1] });
		if (next != NULL && next->txn == v->txn) {
			key_name(k->name, name);
			found_add(f, A_INTERMEDIATE_READ,
				  "T%u read %d in %s, after which T%u wrote %d", txn, v->value,
				  name, v->txn, next->value);
		}
	}
	if (next != NULL && next->txn != txn && o->committed[next->txn])
		edges_add(edges, (struct edge){ txn, next->txn, EDGE_RW, k->name,
						o->pool[k->first + at] });
}

void
depend_data(const struct order *o, struct edges *edges, struct found *f)
{
	const struct history *h = o->h;

	between_writers(o, edges);
	for (uint32_t t = 0; t < h->txn_count; t++)
		for (uint32_t i = h->txns[t].op;
		     o->committed[t] && i < h->txns[t].op + h->txns[t].ops; i++)
			if (h->ops[i].kind == OP_READ)
				of_read(o, t, i, edges, f);
}

/* An event of the clock: an acknowledgement or a beginning. */
struct event {
	int64_t time;
	uint32_t txn;
	bool begins;
};

static int
by_time(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	/* At the same moment nothing is said about the order. */
	return x->begins == y->begins ? 0 : x->begins ? -1 : 1;
}

/* The frontier has those acknowledged transactions before whose end no other of it began: an edge
 * from each to what begins now, and all the others follow. */
void
depend_time(const struct order *o, struct edges *edges)
{
	const struct history *h = o->h;
	uint32_t none = 0, room = 0, count = 0, n = 0, *frontier = NULL;
	struct event *events = grow(NULL, &none, h->txn_count * 2 + 1, sizeof *events);

	for (uint32_t t = 0; t < h->txn_count; t++) {
		if (!o->committed[t])
			continue;
		events[count++] = (struct event){ h->txns[t].start, t, true };
		if (h->txns[t].outcome == TXN_OK)
			events[count++] = (struct event){ h->txns[t].end, t, false };
	}
	qsort(events, count, sizeof *events, by_time);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t txn = events[i].txn, kept = 0;
		if (events[i].begins) {
			for (uint32_t j = 0; j < n; j++)
				edges_add(edges, (struct edge){ frontier[j], txn, EDGE_TIME, 0,
								NO_VERSION });
			continue;
		}
		for (uint32_t j = 0; j < n; j++)
			if (h->txns[frontier[j]].end >= h->txns[txn].start)
				frontier[kept++] = frontier[j];
		frontier = grow(frontier, &room, kept + 1, sizeof *frontier);
		frontier[kept++] = txn;
		n = kept;
	}
	free(events);
	free(frontier);
}
