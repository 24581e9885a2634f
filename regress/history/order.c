/* order.c - from reads to the order of versions.
 *
 *  1. every write gets a version; the reads of committed transactions say which of the transactions
 *     of unknown outcome committed (somebody else saw a write of theirs);
 *  2. the order: of a list, the longest read; of a register, the chain of (old, new) pairs;
 *  3. every committed write must have a place in it, and every read must be a beginning of it.
 *
 * Not here: what follows from the order (depend.c). */
#include "config.h"
#include "regress/history/order.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static uint32_t
mix(int key, int value)
{
	uint64_t x = (uint64_t) (uint32_t) key << 32 | (uint32_t) value;

	x = (x ^ x >> 31) * 0x9E3779B97F4A7C15u;
	return (uint32_t) (x >> 32);
}

static uint32_t *
slots_new(uint32_t entries, uint32_t *ret_count)
{
	uint32_t count = 64, none = 0;

	while (count < entries * 2)
		count *= 2;
	uint32_t *slots = grow(NULL, &none, count, sizeof *slots);
	memset(slots, 0xff, count * sizeof *slots);
	*ret_count = count;
	return slots;
}

uint32_t
order_version(const struct order *o, int key, int value)
{
	for (uint32_t i = mix(key, value);; i++) {
		uint32_t v = o->slots[i & (o->slot_count - 1)];
		if (v == NO_VERSION || (o->versions[v].key == key && o->versions[v].value == value))
			return v;
	}
}

struct key *
order_key(const struct order *o, int name)
{
	for (uint32_t i = mix(name, 0);; i++) {
		uint32_t k = o->key_slots[i & (o->key_slot_count - 1)];
		if (k == UINT32_MAX)
			return NULL;
		if (o->keys[k].name == name)
			return &o->keys[k];
	}
}

static void
add_key(struct order *o, int name, bool tail)
{
	struct key *k = order_key(o, name);

	if (k == NULL) {
		o->keys = grow(o->keys, &o->key_room, o->key_count + 1, sizeof *o->keys);
		uint32_t i = mix(name, 0);
		while (o->key_slots[i & (o->key_slot_count - 1)] != UINT32_MAX)
			i++;
		o->key_slots[i & (o->key_slot_count - 1)] = o->key_count;
		k = &o->keys[o->key_count++];
		*k = (struct key){ .name = name, .longest = UINT32_MAX };
	}
	k->tail |= tail;
}

static void
add_version(struct order *o, uint32_t txn, uint32_t op, struct found *f)
{
	const struct op *w = &o->h->ops[op];
	char key[16];

	if (order_version(o, w->key, w->value) != NO_VERSION) {
		key_name(w->key, key);
		found_add(f, A_GARBAGE, "the history is no good: %d is written twice to %s",
			  w->value, key);
		return;
	}
	uint32_t i = mix(w->key, w->value);
	while (o->slots[i & (o->slot_count - 1)] != NO_VERSION)
		i++;
	o->slots[i & (o->slot_count - 1)] = o->version_count;
	o->versions[o->version_count++] = (struct version){ .key = w->key,
							    .value = w->value,
							    .txn = txn,
							    .op = op,
							    .over = NO_VERSION,
							    .under = NO_VERSION };
}

static void
index_all(struct order *o, struct found *f)
{
	const struct history *h = o->h;

	o->versions = grow(NULL, &o->version_room, h->op_count + 1, sizeof *o->versions);
	o->slots = slots_new(h->op_count, &o->slot_count);
	o->key_slots = slots_new(h->op_count, &o->key_slot_count);
	for (uint32_t t = 0; t < h->txn_count; t++)
		for (uint32_t i = h->txns[t].op; i < h->txns[t].op + h->txns[t].ops; i++) {
			add_key(o, h->ops[i].key, h->ops[i].kind == OP_READ && h->ops[i].tail);
			if (h->ops[i].kind == OP_WRITE)
				add_version(o, t, i, f);
		}
}

/* A transaction of unknown outcome committed if one that committed saw a write of it. */
static void
find_committed(struct order *o)
{
	const struct history *h = o->h;
	uint32_t none = 0;

	o->committed = grow(NULL, &none, h->txn_count + 1, sizeof *o->committed);
	for (uint32_t t = 0; t < h->txn_count; t++)
		o->committed[t] = h->txns[t].outcome == TXN_OK;
	for (uint32_t t = 0; t < h->txn_count; t++) {
		const struct txn *txn = &h->txns[t];
		for (uint32_t i = txn->op; txn->outcome == TXN_OK && i < txn->op + txn->ops; i++) {
			const struct op *r = &h->ops[i];
			for (uint32_t v = 0; r->kind == OP_READ && v < r->len; v++) {
				uint32_t seen = order_version(o, r->key, h->values[r->list + v]);
				if (seen != NO_VERSION &&
				    h->txns[o->versions[seen].txn].outcome == TXN_INFO)
					o->committed[o->versions[seen].txn] = true;
			}
		}
	}
}

/* A value that `txn` may see and others may not: its own, as long as it is not undone. */
static bool
is_private(const struct order *o, uint32_t txn, uint32_t op, const struct version *v)
{
	const struct op *w = &o->h->ops[v->op];

	if (v->txn != txn || v->op > op)
		return false;
	if (w->undone_by != 0)
		return op < o->h->txns[txn].op + w->undone_by;
	return !o->committed[txn];
}

/* The length of a read without what only its own transaction may see. */
static uint32_t
public_length(const struct order *o, uint32_t txn, uint32_t op)
{
	const struct op *r = &o->h->ops[op];
	uint32_t len = r->len;

	while (len > 0) {
		uint32_t v = order_version(o, r->key, o->h->values[r->list + len - 1]);
		if (v == NO_VERSION || !is_private(o, txn, op, &o->versions[v]))
			break;
		len--;
	}
	return len;
}

static void
link_register(struct order *o, uint32_t op, uint32_t len, struct found *f)
{
	const struct op *r = &o->h->ops[op];
	const int *values = o->h->values + r->list;
	char key[16];

	if (len == 0)
		return;
	uint32_t v = order_version(o, r->key, values[len - 1]);
	uint32_t old = len > 1 ? order_version(o, r->key, values[len - 2]) : NO_VERSION;
	if (v == NO_VERSION || (len > 1 && old == NO_VERSION))
		return; /* check_read() says so */
	/* A tail of one value is the first version only if the read did not lose its other half. */
	if (len == 1 && r->len == 1)
		o->versions[v].first = true;
	if (old == NO_VERSION)
		return;
	key_name(r->key, key);
	if (o->versions[old].under != NO_VERSION && o->versions[old].under != v)
		found_add(f, A_LOST_WRITE, "%d and %d were both written over %d of %s",
			  values[len - 1], o->versions[o->versions[old].under].value,
			  values[len - 2], key);
	else
		o->versions[old].under = v;
	o->versions[v].over = old;
}

/* The reads that make the order: those of committed transactions. */
static void
gather(struct order *o, struct found *f)
{
	const struct history *h = o->h;

	for (uint32_t t = 0; t < h->txn_count; t++) {
		for (uint32_t i = h->txns[t].op;
		     o->committed[t] && i < h->txns[t].op + h->txns[t].ops; i++) {
			if (h->ops[i].kind != OP_READ)
				continue;
			struct key *k = order_key(o, h->ops[i].key);
			uint32_t len = public_length(o, t, i);
			if (k->tail)
				link_register(o, i, len, f);
			else if (len > k->count) {
				k->count = len;
				k->longest = i;
			}
		}
	}
}

static void
place(struct order *o, struct key *k, uint32_t version)
{
	o->pool = grow(o->pool, &o->pool_room, o->pool_count + 1, sizeof *o->pool);
	o->pool[o->pool_count++] = version;
	o->versions[version].at = ++k->count;
}

static void
place_list(struct order *o, struct key *k, struct found *f)
{
	uint32_t len = k->count;
	char key[16];

	k->count = 0;
	for (uint32_t i = 0; i < len; i++) {
		int value = o->h->values[o->h->ops[k->longest].list + i];
		uint32_t v = order_version(o, k->name, value);
		key_name(k->name, key);
		k->broken |= v == NO_VERSION || o->versions[v].at != 0;
		if (v == NO_VERSION)
			found_add(f, A_GARBAGE, "%d is in %s and nobody wrote it", value, key);
		else if (o->versions[v].at != 0)
			found_add(f, A_GARBAGE, "%d is twice in %s", value, key);
		else
			place(o, k, v);
	}
}

static void
place_register(struct order *o, struct key *k, uint32_t first)
{
	for (uint32_t v = first; v != NO_VERSION && o->versions[v].at == 0;
	     v = o->versions[v].under)
		place(o, k, v);
}

/* A register's chain starts at the version that replaced nothing; its key's `longest` is the place
 * of that in `starts`. */
static void
place_all(struct order *o, struct found *f)
{
	uint32_t *starts = NULL, room = 0, count = 0;
	char key[16];

	for (uint32_t v = 0; v < o->version_count; v++) {
		struct key *k = order_key(o, o->versions[v].key);
		if (!k->tail || !o->versions[v].first)
			continue;
		key_name(k->name, key);
		if (k->longest != UINT32_MAX) {
			found_add(f, A_LOST_WRITE, "%d and %d were both the first of %s",
				  o->versions[v].value, o->versions[starts[k->longest]].value, key);
			continue;
		}
		starts = grow(starts, &room, count + 1, sizeof *starts);
		k->longest = count;
		starts[count++] = v;
	}
	for (uint32_t i = 0; i < o->key_count; i++) {
		struct key *k = &o->keys[i];
		k->first = o->pool_count;
		if (k->longest == UINT32_MAX)
			continue;
		if (k->tail)
			place_register(o, k, starts[k->longest]);
		else
			place_list(o, k, f);
	}
	free(starts);
}

static void
check_writes(const struct order *o, struct found *f)
{
	char key[16];

	for (uint32_t i = 0; i < o->version_count; i++) {
		const struct version *v = &o->versions[i];
		if (v->at != 0 || !o->committed[v->txn] || o->h->ops[v->op].undone_by != 0)
			continue;
		key_name(v->key, key);
		found_add(f, A_LOST_WRITE, "T%u committed, and its %d is not in %s", v->txn,
			  v->value, key);
	}
}

bool
order_seen(const struct order *o, uint32_t txn, uint32_t op, uint32_t *ret_at)
{
	const struct op *r = &o->h->ops[op];
	const struct key *k = order_key(o, r->key);
	uint32_t len = public_length(o, txn, op);

	if (len == 0 && r->len > 0 && r->tail)
		return false; /* what was below its own is not told */
	*ret_at = 0;
	if (len == 0)
		return true;
	uint32_t v = order_version(o, r->key, o->h->values[r->list + len - 1]);
	if (v == NO_VERSION || o->versions[v].at == 0)
		return false;
	*ret_at = o->versions[v].at;
	return k->tail || o->versions[v].at == len;
}

/* Every value of a read has a writer that committed it, and the place that the order gives it. */
static void
check_read(const struct order *o, uint32_t txn, uint32_t op, struct found *f)
{
	const struct op *r = &o->h->ops[op];
	const struct key *k = order_key(o, r->key);
	uint32_t len = public_length(o, txn, op), before = 0;
	char key[16];

	key_name(r->key, key);
	for (uint32_t i = 0; i < len && !k->broken; i++) {
		int value = o->h->values[r->list + i];
		uint32_t at = order_version(o, r->key, value);
		const struct version *v = at == NO_VERSION ? NULL : &o->versions[at];
		if (v == NULL) {
			found_add(f, A_GARBAGE, "T%u read %d in %s, which nobody wrote", txn, value,
				  key);
			return;
		}
		if (!o->committed[v->txn] || o->h->ops[v->op].undone_by != 0) {
			found_add(f, A_ABORTED_READ, "T%u read %d in %s, which T%u wrote and %s",
				  txn, value, key, v->txn,
				  o->committed[v->txn] ? "undid" : "did not commit");
			return;
		}
		if (k->tail && v->at == 0)
			return; /* of a branch that lost: reported already */
		if (k->tail ? (i > 0 && v->at != before + 1) : v->at != i + 1) {
			found_add(f, A_TWO_ORDERS,
				  "T%u read %d as number %u of %s, others as number %u", txn, value,
				  k->tail ? before + 1 : i + 1, key, v->at);
			return;
		}
		before = v->at;
	}
}

static void
check_reads(const struct order *o, struct found *f)
{
	const struct history *h = o->h;

	for (uint32_t t = 0; t < h->txn_count; t++)
		for (uint32_t i = h->txns[t].op; i < h->txns[t].op + h->txns[t].ops; i++)
			if (h->ops[i].kind == OP_READ)
				check_read(o, t, i, f);
}

void
order_make(struct order *o, const struct history *h, struct found *f)
{
	*o = (struct order){ .h = h };
	index_all(o, f);
	find_committed(o);
	gather(o, f);
	place_all(o, f);
	check_writes(o, f);
	check_reads(o, f);
}

void
order_done(struct order *o)
{
	free(o->versions);
	free(o->slots);
	free(o->keys);
	free(o->key_slots);
	free(o->pool);
	free(o->committed);
	*o = (struct order){ 0 };
}
