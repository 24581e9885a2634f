/* sequence.c - the values of sequences: outside transactions, shared by all sessions.
 *
 * The count in memory runs ahead of nothing: what is on disk is at or beyond it.  Before values are
 * given out, the disk is moved SEQ_AHEAD values on in a small transaction of its own, so a crash
 * skips values and never repeats one.  That commit need not be flushed: the log keeps it before
 * any commit that used a value.
 *
 * Not here: CREATE and ALTER SEQUENCE (core/ddl). */
#include "config.h"
#include "core/access/sequence.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#include "core/base/hash.h"
#include "core/base/log.h"
#include "storage/store.h"
#include "storage/txn.h"

enum { SEQ_AHEAD = 32 };

/* --- what all sessions share ------------------------------------------------------------------ */

struct shared_key {
	struct store *store;
	uint32_t database, oid, count, unused;
};

struct shared {
	struct shared_key key;
	pthread_mutex_t lock;
	bool loaded;
	int64_t last;
	bool called;
	int64_t ahead; /* values after `last` that the disk has given away */
};

static struct map shared_map;
static pthread_mutex_t shared_lock = PTHREAD_MUTEX_INITIALIZER;

static void *
must(void *p)
{
	if (p == NULL) {
		log_write(LOG_PANIC, "out of memory");
		abort();
	}
	return p;
}

static struct shared *
shared_find(struct catalog_store *cs, const struct relation *seq)
{
	struct shared_key key = { catalog_store_store(cs), catalog_store_database(cs), seq->o.oid,
				  seq->seq->count, 0 };
	struct shared *s;

	(void) pthread_mutex_lock(&shared_lock);
	s = map_get(&shared_map, &key, sizeof key);
	if (s == NULL) {
		s = must(calloc(1, sizeof *s));
		s->key = key;
		(void) pthread_mutex_init(&s->lock, NULL);
		map_put(&shared_map, &s->key, sizeof s->key, s);
	}
	(void) pthread_mutex_unlock(&shared_lock);
	return s;
}

void
sequence_forget(struct store *store)
{
	const struct map_slot *slot;

	(void) pthread_mutex_lock(&shared_lock);
	for (size_t i = 0; (slot = map_next(&shared_map, &i)) != NULL;) {
		struct shared *s = slot->value;

		if (s->key.store == store) {
			map_remove(&shared_map, &s->key, sizeof s->key);
			(void) pthread_mutex_destroy(&s->lock);
			free(s);
		}
	}
	(void) pthread_mutex_unlock(&shared_lock);
}

/* On disk: the value up to which all may have been given out, and whether any has. */
struct disk_value {
	int64_t value;
	uint8_t called;
} __attribute__((packed));

enum { KEY_SIZE = 12 };

static void
disk_key(oid_t database, const struct relation *seq, uint8_t key[KEY_SIZE])
{
	const uint32_t parts[] = { __builtin_bswap32(database), __builtin_bswap32(seq->o.oid),
				   __builtin_bswap32(seq->seq->count) };

	memcpy(key, parts, sizeof parts);
}

static int
disk_put(struct txn *txn, oid_t database, const struct relation *seq, int64_t value, bool called,
	 struct err *e)
{
	struct disk_value v = { value, called };
	uint8_t key[KEY_SIZE];

	disk_key(database, seq, key);
	return txn_put(txn, STORE_FILE_SEQUENCES, key, sizeof key, &v, sizeof v, 0, e);
}

static int
disk_write(struct catalog_store *cs, const struct relation *seq, int64_t value, bool called,
	   struct err *e)
{
	TXN_AUTO struct txn *txn = NULL;
	int rc;

	rc = txn_begin(catalog_store_store(cs), &(struct txn_options){ .async_commit = true }, &txn, e);
	if (rc == ERR_OK)
		rc = txn_statement_begin(txn, e);
	if (rc != ERR_OK)
		return rc;
	rc = disk_put(txn, catalog_store_database(cs), seq, value, called, e);
	txn_statement_end(txn);
	return rc != ERR_OK ? rc : txn_commit(&txn, e);
}

static int
disk_read(struct catalog_store *cs, const struct relation *seq, struct disk_value *ret, bool *ret_found,
	  struct err *e)
{
	TXN_AUTO struct txn *txn = NULL;
	struct strbuf b;
	uint8_t key[KEY_SIZE];
	int rc;

	strbuf_init(&b, NULL);
	disk_key(catalog_store_database(cs), seq, key);
	rc = txn_begin(catalog_store_store(cs), &(struct txn_options){ 0 }, &txn, e);
	if (rc == ERR_OK)
		rc = txn_statement_begin(txn, e);
	if (rc != ERR_OK)
		return rc;
	rc = txn_get_latest(txn, STORE_FILE_SEQUENCES, key, sizeof key, &b, ret_found, e);
	txn_statement_end(txn);
	if (rc == ERR_OK && *ret_found && b.len != sizeof *ret)
		rc = err_set(e, ERR_DATA_CORRUPTED, "sequence \"%s\" has a damaged value",
			     seq->o.name);
	if (rc == ERR_OK && *ret_found)
		memcpy(ret, b.data, sizeof *ret);
	strbuf_done(&b);
	return rc;
}

/* With the lock held. */
static int
shared_load(struct catalog_store *cs, const struct relation *seq, struct shared *s, struct err *e)
{
	struct disk_value v = { 0 };
	bool found;
	int rc;

	if (s->loaded)
		return ERR_OK;
	rc = disk_read(cs, seq, &v, &found, e);
	if (rc != ERR_OK)
		return rc;
	s->last = found ? v.value : seq->seq->count == 0 ? seq->seq->start : seq->seq->restart;
	s->called = found && v.called != 0;
	s->ahead = 0;
	s->loaded = true;
	return ERR_OK;
}

/* --- next ------------------------------------------------------------------------------------- */

/* The value after v, or false at the end of a sequence that does not cycle. */
static bool
step(const struct sequence *q, int64_t v, int64_t *ret)
{
	int64_t next;

	if (!__builtin_add_overflow(v, q->increment, &next) && next >= q->min && next <= q->max) {
		*ret = next;
		return true;
	}
	if (!q->cycle)
		return false;
	*ret = q->increment > 0 ? q->min : q->max;
	return true;
}

static int
at_end(const struct relation *seq, struct err *e)
{
	bool up = seq->seq->increment > 0;

	return err_set(e, ERR_SEQUENCE_GENERATOR_LIMIT_EXCEEDED,
		       "nextval: reached %s value of sequence \"%s\" (%" PRId64 ")",
		       up ? "maximum" : "minimum", seq->o.name, up ? seq->seq->max : seq->seq->min);
}

/* Move the disk on, beyond `need` more values. */
static int
reserve(struct catalog_store *cs, const struct relation *seq, struct shared *s, int64_t from,
	struct err *e)
{
	int64_t v = from, ahead = 0;
	int rc;

	while (ahead < SEQ_AHEAD && step(seq->seq, v, &v))
		ahead++;
	rc = disk_write(cs, seq, v, true, e);
	if (rc == ERR_OK)
		s->ahead = ahead;
	return rc;
}

/* One value out of the shared count; with the lock held. */
static int
take(struct catalog_store *cs, const struct relation *seq, struct shared *s, int64_t *ret, struct err *e)
{
	int64_t v = s->last;
	int rc;

	if (s->called && !step(seq->seq, s->last, &v))
		return at_end(seq, e);
	if (!s->called || s->ahead < 1) {
		rc = reserve(cs, seq, s, v, e);
		if (rc != ERR_OK)
			return rc;
	} else {
		s->ahead--;
	}
	s->last = v;
	s->called = true;
	*ret = v;
	return ERR_OK;
}

/* --- a session's side ------------------------------------------------------------------------- */

struct cached {
	oid_t oid;
	uint32_t count;
	bool has_last;
	int64_t last, cached, increment; /* last given out; last of the cached range */
};

struct sequence_cache {
	struct catalog_store *cs;
	struct map by_oid;
	struct cached *last_used;
};

struct sequence_cache *
sequence_cache_new(struct catalog_store *cs)
{
	struct sequence_cache *c = must(calloc(1, sizeof *c));

	c->cs = cs;
	return c;
}

void
sequence_discard(struct sequence_cache *c)
{
	const struct map_slot *slot;

	for (size_t i = 0; (slot = map_next(&c->by_oid, &i)) != NULL;)
		free(slot->value);
	map_done(&c->by_oid);
	memset(&c->by_oid, 0, sizeof c->by_oid);
	c->last_used = NULL;
}

void
sequence_cache_done(struct sequence_cache **cache)
{
	if (*cache == NULL)
		return;
	sequence_discard(*cache);
	free(*cache);
	*cache = NULL;
}

static struct cached *
cached_find(struct sequence_cache *c, const struct relation *seq)
{
	struct cached *x = map_get(&c->by_oid, &seq->o.oid, sizeof seq->o.oid);

	if (x == NULL) {
		x = must(calloc(1, sizeof *x));
		x->oid = seq->o.oid;
		x->count = seq->seq->count;
		map_put(&c->by_oid, &x->oid, sizeof x->oid, x);
	}
	if (x->count != seq->seq->count || x->increment != seq->seq->increment) {
		x->count = seq->seq->count; /* restarted or altered: the cached range is void */
		x->cached = x->last;
		x->increment = seq->seq->increment;
	}
	return x;
}

int
sequence_nextval(struct sequence_cache *c, const struct relation *seq, int64_t *ret, struct err *e)
{
	struct cached *x = cached_find(c, seq);
	struct shared *s;
	int64_t v = 0, first = 0;
	int rc;

	c->last_used = x;
	if (x->has_last && x->last != x->cached) {
		x->last += x->increment;
		*ret = x->last;
		return ERR_OK;
	}
	s = shared_find(c->cs, seq);
	(void) pthread_mutex_lock(&s->lock);
	rc = shared_load(c->cs, seq, s, e);
	for (int64_t i = 0; rc == ERR_OK && i < seq->seq->cache; i++) {
		int64_t next;

		if (i > 0 &&
		    (!step(seq->seq, s->last, &next) || next != s->last + seq->seq->increment))
			break; /* a cached range does not wrap, nor end in an error */
		rc = take(c->cs, seq, s, &v, e);
		if (i == 0)
			first = v;
	}
	(void) pthread_mutex_unlock(&s->lock);
	if (rc != ERR_OK)
		return rc;
	x->has_last = true;
	x->last = first;
	x->cached = v;
	x->increment = seq->seq->increment;
	*ret = first;
	return ERR_OK;
}

int
sequence_currval(struct sequence_cache *c, const struct relation *seq, int64_t *ret, struct err *e)
{
	struct cached *x = map_get(&c->by_oid, &seq->o.oid, sizeof seq->o.oid);

	if (x == NULL || !x->has_last)
		return err_set(e, ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
			       "currval of sequence \"%s\" is not yet defined in this session",
			       seq->o.name);
	*ret = x->last;
	return ERR_OK;
}

int
sequence_lastval(struct sequence_cache *c, int64_t *ret, struct err *e)
{
	if (c->last_used == NULL || !c->last_used->has_last)
		return err_set(e, ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
			       "lastval is not yet defined in this session");
	*ret = c->last_used->last;
	return ERR_OK;
}

int
sequence_setval(struct sequence_cache *c, const struct relation *seq, int64_t v, bool called,
		struct err *e)
{
	struct cached *x;
	struct shared *s;
	int rc;

	if (v < seq->seq->min || v > seq->seq->max)
		return err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE,
			       "setval: value %" PRId64
			       " is out of bounds for sequence \"%s\" (%" PRId64 "..%" PRId64 ")",
			       v, seq->o.name, seq->seq->min, seq->seq->max);
	s = shared_find(c->cs, seq);
	(void) pthread_mutex_lock(&s->lock);
	rc = disk_write(c->cs, seq, v, called, e);
	if (rc == ERR_OK) {
		s->loaded = true;
		s->last = v;
		s->called = called;
		s->ahead = 0;
	}
	(void) pthread_mutex_unlock(&s->lock);
	if (rc != ERR_OK)
		return rc;
	x = cached_find(c, seq);
	if (called) {
		x->has_last = true;
		x->last = v;
	}
	x->cached = x->last;
	return ERR_OK;
}

int
sequence_read(struct catalog_store *cs, const struct relation *seq, struct sequence_state *ret,
	      struct err *e)
{
	struct shared *s = shared_find(cs, seq);
	int rc;

	(void) pthread_mutex_lock(&s->lock);
	rc = shared_load(cs, seq, s, e);
	if (rc == ERR_OK)
		*ret = (struct sequence_state){ s->last, s->ahead, s->called };
	(void) pthread_mutex_unlock(&s->lock);
	return rc;
}

int
sequence_remove(struct txn *txn, oid_t database, const struct relation *seq, struct err *e)
{
	uint8_t key[KEY_SIZE];

	disk_key(database, seq, key);
	return txn_delete(txn, STORE_FILE_SEQUENCES, key, sizeof key, e);
}

int
sequence_copy(struct txn *txn, struct catalog_store *from, oid_t to, const struct relation *seq,
	      struct err *e)
{
	struct sequence_state st;
	int rc = sequence_read(from, seq, &st, e);

	return rc == ERR_OK ? disk_put(txn, to, seq, st.last_value, st.is_called, e) : rc;
}
