/* moves.c - where rows went whose key was changed, for those who still see them at the old one.
 *
 * A row is found by its key.  A transaction that gives one another key notes it here, and at its
 * commit the notes become known to all: who has waited for the row at READ COMMITTED goes on with
 * it where it is now.  A note is of use only to snapshots that are older than its commit, so it
 * lives in memory, and goes with the last of them.
 *
 * Notes are made known before the commit, outside the commit lock: until the locks on the keys
 * go, after the commit, nobody comes to look for them.
 *
 * Above MOVES_MAX the oldest are forgotten.  Then it is known no more whether a row is gone or has
 * moved: TXN_MOVED_UNKNOWN. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/base/strbuf.h"
#include "storage/txn_private.h"

enum { MOVES_MAX = 64 << 20, BUCKETS_MIN = 1024 };

/* The notes of one transaction, from its commit on. */
struct batch {
	uint64_t change;
	_Atomic uint64_t serial;        /* snapshots begun before it need them; UINT64_MAX: not committed */
	_Atomic bool dead;              /* the commit failed */
	size_t left;
};

struct move {
	struct move *older;             /* the transaction's; known to all: the next newer one */
	struct move *chain;             /* of the bucket */
	struct batch *batch;
	uint64_t hash, seq;
	uint32_t file, from_len, to_len;        /* to_len 0: into another file */
	uint8_t bytes[];                /* the old key, then the new one */
};

static size_t
size_of(const struct move *m)
{
	return sizeof *m + m->from_len + m->to_len;
}

/* --- the transaction's own ----------------------------------------------------------------------- */

int
txn_note_move(struct txn *txn, uint32_t file, const void *from, size_t from_len, const void *to,
              size_t to_len, struct err *e)
{
	if (txn->moves_bytes > MOVES_MAX)
		return ERR_OK;          /* too many: moves_publish() says so */
	struct move *m = malloc(sizeof *m + from_len + to_len);
	if (m == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	*m = (struct move) {
		.older = txn->moves, .file = file, .from_len = (uint32_t) from_len, .to_len = (uint32_t) to_len,
		.hash = hash_mix(hash_bytes(from, from_len), file),
	};
	memcpy(m->bytes, from, from_len);
	if (to_len != 0)
		memcpy(m->bytes + from_len, to, to_len);
	txn->moves = m;
	txn->nmoves++;
	txn->moves_bytes += size_of(m);
	return ERR_OK;
}

void
moves_rollback(struct txn *txn, size_t mark)
{
	while (txn->nmoves > mark) {
		struct move *m = txn->moves;
		txn->moves = m->older;
		txn->nmoves--;
		if (txn->moves_bytes <= MOVES_MAX)      /* else some were not noted: it stays so */
			txn->moves_bytes -= size_of(m);
		free(m);
	}
}

/* --- known to all; moves.mutex is held ----------------------------------------------------------- */

static void
link_bucket(struct moves *all, struct move *m)
{
	struct move **at = &all->buckets[m->hash & (all->nbuckets - 1)];

	m->chain = *at;
	*at = m;
}

static bool
make_buckets(struct moves *all, size_t more)
{
	size_t n = all->nbuckets == 0 ? BUCKETS_MIN : all->nbuckets;

	while (n < all->count + more)
		n *= 2;
	if (n == all->nbuckets)
		return true;
	struct move **to = calloc(n, sizeof *to);
	if (to == NULL)
		return all->nbuckets != 0;
	free(all->buckets);
	all->buckets = to;
	all->nbuckets = n;
	for (struct move *m = all->oldest; m != NULL; m = m->older)
		link_bucket(all, m);
	return true;
}

static void
drop_oldest(struct moves *all)
{
	struct move *m = all->oldest;
	struct move **at = &all->buckets[m->hash & (all->nbuckets - 1)];

	while (*at != m)
		at = &(*at)->chain;
	*at = m->chain;
	all->oldest = m->older;
	if (all->oldest == NULL)
		all->newest = NULL;
	all->bytes -= size_of(m);
	atomic_fetch_sub(&all->count, 1);
	if (--m->batch->left == 0)
		free(m->batch);
	free(m);
}

/* No snapshot in use needs it; not before its commit, which still has to say when that was. */
static bool
is_over(const struct batch *b, uint64_t oldest)
{
	uint64_t serial = atomic_load(&b->serial);

	return atomic_load(&b->dead) || (serial != UINT64_MAX && serial <= oldest);
}

/* Those that no snapshot in use needs. */
static void
prune(struct store *store, uint64_t oldest)
{
	struct moves *all = &store->moves;

	while (all->oldest != NULL && is_over(all->oldest->batch, oldest))
		drop_oldest(all);
	if (all->lost_open == 0 && all->lost_serial <= oldest)
		atomic_store(&all->lost, 0);
}

static void
forget(struct store *store, uint64_t change)
{
	struct moves *all = &store->moves;

	if (change > atomic_load(&all->lost))
		atomic_store(&all->lost, change);
	all->lost_serial = order_serial(store);
}

static void
make_room(struct store *store)
{
	struct moves *all = &store->moves;

	while (all->bytes > MOVES_MAX && all->oldest != NULL) {
		if (atomic_load(&all->oldest->batch->serial) == UINT64_MAX)
			return;         /* somebody commits just now: the next time */
		forget(store, all->oldest->batch->change);
		drop_oldest(all);
	}
}

/* In the order in which they were made. */
static void
append_all(struct moves *all, struct txn *txn, struct batch *b)
{
	struct move *list = NULL;

	for (struct move *m = txn->moves, *next; m != NULL; m = next) {
		next = m->older;
		m->older = list;
		list = m;
	}
	for (struct move *m = list, *next; m != NULL; m = next) {
		next = m->older;
		m->older = NULL;
		m->seq = ++all->seq;
		m->batch = b;
		if (all->newest != NULL)
			all->newest->older = m;
		else
			all->oldest = m;
		all->newest = m;
		all->bytes += size_of(m);
		link_bucket(all, m);
		atomic_fetch_add(&all->count, 1);
	}
	txn->moves = NULL;
	txn->nmoves = txn->moves_bytes = 0;
}

/* --- commit -------------------------------------------------------------------------------------- */

int
moves_publish(struct txn *txn, uint64_t change, struct err *e)
{
	struct store *store = txn->store;
	struct moves *all = &store->moves;

	if (txn->moves_bytes == 0)
		return ERR_OK;
	uint64_t oldest = store_oldest_snapshot(store);
	pthread_mutex_lock(&all->mutex);
	prune(store, oldest);
	if (txn->moves_bytes > MOVES_MAX) {
		forget(store, change);
		all->lost_open++;
		txn->moves_lost = true;
		pthread_mutex_unlock(&all->mutex);
		return ERR_OK;
	}
	struct batch *b = malloc(sizeof *b);
	if (b == NULL || !make_buckets(all, txn->nmoves)) {
		pthread_mutex_unlock(&all->mutex);
		free(b);
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	}
	*b = (struct batch) { .change = change, .serial = UINT64_MAX, .left = txn->nmoves };
	append_all(all, txn, b);
	make_room(store);
	pthread_mutex_unlock(&all->mutex);
	txn->moved = b;
	return ERR_OK;
}

/* Under order.mutex, once the engine has committed; or when it could not. */
void
moves_end(struct txn *txn, bool committed)
{
	struct moves *all = &txn->store->moves;
	struct batch *b = txn->moved;

	txn->moved = NULL;
	if (b != NULL && committed)
		atomic_store(&b->serial, order_serial(txn->store));
	else if (b != NULL)
		atomic_store(&b->dead, true);
	if (!txn->moves_lost)
		return;
	txn->moves_lost = false;
	pthread_mutex_lock(&all->mutex);
	all->lost_open--;
	all->lost_serial = order_serial(txn->store);
	pthread_mutex_unlock(&all->mutex);
}

/* The janitor's: now and then. */
void
moves_prune(struct store *store)
{
	struct moves *all = &store->moves;

	if (atomic_load(&all->count) == 0 && atomic_load(&all->lost) == 0)
		return;
	uint64_t oldest = store_oldest_snapshot(store);
	pthread_mutex_lock(&all->mutex);
	prune(store, oldest);
	pthread_mutex_unlock(&all->mutex);
}

void
moves_free(struct store *store)
{
	struct moves *all = &store->moves;

	while (all->oldest != NULL)
		drop_oldest(all);
	free(all->buckets);
	pthread_mutex_destroy(&all->mutex);
}

/* --- following ----------------------------------------------------------------------------------- */

/* The next step of a row that was seen in version `since`, or that has come here by step `seq`. */
static const struct move *
next_step(const struct moves *all, uint32_t file, const struct strbuf *key, const struct txn_trail *trail)
{
	const uint64_t hash = hash_mix(hash_bytes(key->data, key->len), file);
	const struct move *best = NULL;

	for (const struct move *m = all->buckets[hash & (all->nbuckets - 1)]; m != NULL; m = m->chain) {
		if (m->hash != hash || m->file != file || m->from_len != key->len
		    || memcmp(m->bytes, key->data, key->len) != 0 || atomic_load(&m->batch->dead))
			continue;
		if (trail->step != 0 ? m->seq <= trail->step : m->batch->change <= trail->since)
			continue;
		if (best == NULL || m->seq < best->seq)
			best = m;
	}
	return best;
}

bool
txn_any_moves(const struct txn *txn)
{
	const struct moves *all = &txn->store->moves;

	return UNLIKELY(atomic_load(&all->count) != 0 || atomic_load(&all->lost) != 0);
}

enum txn_moved
txn_follow(struct txn *txn, uint32_t file, struct strbuf *key, struct txn_trail *trail)
{
	struct moves *all = &txn->store->moves;
	enum txn_moved result;

	if (!txn_any_moves(txn))
		return TXN_MOVED_NOT;
	pthread_mutex_lock(&all->mutex);
	const struct move *m = all->nbuckets == 0 ? NULL : next_step(all, file, key, trail);
	result = m != NULL ? m->to_len == 0 ? TXN_MOVED_AWAY : TXN_MOVED
	       : trail->since < atomic_load(&all->lost) ? TXN_MOVED_UNKNOWN : TXN_MOVED_NOT;
	if (result == TXN_MOVED) {
		trail->step = m->seq;
		trail->since = m->batch->change;        /* what is forgotten is older, or newer than this */
		strbuf_clear(key);
		strbuf_add(key, m->bytes + m->from_len, m->to_len);
	}
	pthread_mutex_unlock(&all->mutex);
	return result;
}
