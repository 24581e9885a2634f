/* test_store_cursor.c - cursors over engine rows and own writes, against a simple model.
 *
 * The model is an array of key slots; a random walk of puts, deletes, statements, savepoints,
 * rollbacks, commits and aborts is done to both, and after each statement everything a cursor
 * can do is compared. */
#include "config.h"

#include "core/base/strbuf.h"
#include "regress/unit/teststore.h"
#include "storage/cursor.h"
#include "storage/txn.h"

enum { KEYS = 60, MARKS = 6 };

/* One state of all keys: 0 means absent. */
struct state { uint32_t v[KEYS]; };

static uint64_t seed = 88172645463325252u;
static uint32_t counter;
static long wrong;

static uint32_t
rnd(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t) (seed >> 20) % n;
}

/* Keys of different lengths where one is a prefix of the next: "k", "k0", "k00", "k1" ... */
static size_t
key_of(int i, char *key)
{
	return (size_t) sprintf(key, "k%c%.*s", 'a' + i / 3, i % 3, "00");
}

static int
slot_of(const uint8_t *key, size_t klen)
{
	return klen < 2 || klen > 4 ? -1 : (key[1] - 'a') * 3 + (int) klen - 2;
}

static void
expect(bool good, const char *what)
{
	if (!good && wrong++ < 10)
		diag("wrong: %s", what);
}

/* The nearest present slot from i in steps of d inside [lo, hi). */
static int
model_step(const struct state *s, int i, int d, int lo, int hi)
{
	for (; i >= lo && i < hi; i += d)
		if (s->v[i] != 0)
			return i;
	return -1;
}

static bool
is_row(struct cursor *c, bool found, const struct state *s, int want)
{
	uint32_t v;

	if (want < 0)
		return !found;
	if (!found || slot_of(c->key, c->klen) != want || c->vlen != sizeof v)
		return false;
	memcpy(&v, c->value, sizeof v);
	return v == s->v[want];
}

static void
check_walk(struct cursor *c, const struct state *s, int lo, int hi)
{
	struct err e = { 0 };
	bool found;
	int at = model_step(s, lo, 1, lo, hi);

	expect(cursor_first(c, &found, &e) == ERR_OK && is_row(c, found, s, at), "first");
	for (int i = 0; i < 40 && at >= 0; i++) {       /* a drunken walk */
		bool back = rnd(3) == 0;
		int to = model_step(s, at + (back ? -1 : 1), back ? -1 : 1, lo, hi);
		int rc = back ? cursor_prev(c, &found, &e) : cursor_next(c, &found, &e);
		expect(rc == ERR_OK && is_row(c, found, s, to), back ? "prev" : "next");
		at = to;
	}
	at = model_step(s, hi - 1, -1, lo, hi);
	expect(cursor_last(c, &found, &e) == ERR_OK && is_row(c, found, s, at), "last");
	expect(cursor_next(c, &found, &e) == ERR_OK && !found, "next after last");
	expect(cursor_prev(c, &found, &e) == ERR_OK && is_row(c, found, s, at), "prev from the end");
}

static void
check_seeks(struct cursor *c, const struct state *s, int lo, int hi)
{
	struct err e = { 0 };
	char key[16];
	bool found;

	for (int n = 0; n < 12; n++) {
		int i = (int) rnd(KEYS), want = -1, d = 1;
		enum cursor_seek how = (enum cursor_seek) rnd(5);
		size_t klen = key_of(i, key);
		switch (how) {
		case CURSOR_EXACT: want = i >= lo && i < hi && s->v[i] != 0 ? i : -1; break;
		case CURSOR_GE: want = model_step(s, i < lo ? lo : i, 1, lo, hi); break;
		case CURSOR_GT: want = model_step(s, i < lo ? lo : i + 1, 1, lo, hi); break;
		case CURSOR_LE: want = model_step(s, i >= hi ? hi - 1 : i, -1, lo, hi); d = -1; break;
		case CURSOR_LT: want = model_step(s, i >= hi ? hi - 1 : i - 1, -1, lo, hi); d = -1; break;
		}
		expect(cursor_seek(c, how, key, klen, &found, &e) == ERR_OK && is_row(c, found, s, want),
		       "seek");
		if (!found)
			continue;
		if (rnd(2) == 0)
			d = -d;
		int rc = d > 0 ? cursor_next(c, &found, &e) : cursor_prev(c, &found, &e);
		expect(rc == ERR_OK && is_row(c, found, s, model_step(s, want + d, d, lo, hi)),
		       "step after seek");
	}
}

static void
check_fill(struct cursor *c, const struct state *s, int lo, int hi)
{
	ARENA_AUTO struct arena arena;
	const uint8_t *keys[7], *values[7];
	uint32_t klen[7], vlen[7], v;
	bool back = rnd(2) == 0;
	struct cursor_batch b = {
		.max = 1 + (int) rnd(7), .backward = back, .key = keys, .value = values,
		.klen = klen, .vlen = vlen, .arena = &arena,
	};
	struct err e = { 0 };
	int at = back ? model_step(s, hi - 1, -1, lo, hi) : model_step(s, lo, 1, lo, hi);

	arena_init(&arena, 0);
	cursor_reset(c);
	do {
		expect(cursor_fill(c, &b, &e) == ERR_OK, "fill");
		for (int i = 0; i < b.n; i++) {
			memcpy(&v, values[i], sizeof v);
			expect(at >= 0 && slot_of(keys[i], klen[i]) == at && v == s->v[at], "filled row");
			at = at < 0 ? -1 : model_step(s, at + (back ? -1 : 1), back ? -1 : 1, lo, hi);
		}
	} while (b.n == b.max);
	expect(at < 0, "fill ended early");
}

static void
check_all(struct txn *txn, uint32_t file, const struct state *s, bool latest)
{
	CURSOR_AUTO struct cursor *c = NULL;
	struct err e = { 0 };
	char lokey[16], hikey[16];
	int lo = 0, hi = KEYS;

	int rc = latest ? cursor_open_latest(txn, file, &c, &e) : cursor_open(txn, file, &c, &e);
	if (rc != ERR_OK)
		bail("cursor_open: %s", e.message);
	if (rnd(2) == 0) {
		lo = (int) rnd(KEYS);
		hi = lo + (int) rnd((uint32_t) (KEYS - lo)) + 1;
		size_t lolen = key_of(lo, lokey), hilen = key_of(hi, hikey);
		cursor_set_bounds(c, lokey, lolen, hi == KEYS ? NULL : hikey, hilen);
	}
	check_walk(c, s, lo, hi);
	check_seeks(c, s, lo, hi);
	check_fill(c, s, lo, hi);
}

static void
check_gets(struct txn *txn, uint32_t file, const struct state *seen, const struct state *now)
{
	struct strbuf value;
	struct err e = { 0 };
	char key[16];
	bool found;

	strbuf_init(&value, NULL);
	for (int n = 0; n < 8; n++) {
		int i = (int) rnd(KEYS);
		bool latest = rnd(2) == 0;
		const struct state *s = latest ? now : seen;
		size_t klen = key_of(i, key);
		strbuf_clear(&value);
		int rc = latest ? txn_get_latest(txn, file, key, klen, &value, &found, &e)
		                : txn_get(txn, file, key, klen, &value, &found, &e);
		expect(rc == ERR_OK && found == (s->v[i] != 0)
		       && (!found || (value.len == 4 && memcmp(value.data, &s->v[i], 4) == 0)),
		       latest ? "get_latest" : "get");
	}
	strbuf_done(&value);
}

static void
write_some(struct txn *txn, uint32_t file, struct state *now)
{
	struct err e = { 0 };
	char key[16];

	for (uint32_t n = rnd(12); n > 0; n--) {
		int i = (int) rnd(KEYS);
		size_t klen = key_of(i, key);
		now->v[i] = rnd(3) == 0 ? 0 : ++counter;
		int rc = now->v[i] == 0 ? txn_delete(txn, file, key, klen, &e)
		       : txn_put(txn, file, key, klen, &now->v[i], 4, 0, &e);
		expect(rc == ERR_OK, "write");
	}
}

/* One transaction; returns the committed state. */
static void
one_txn(struct store *store, uint32_t file, struct state *committed)
{
	TXN_AUTO struct txn *txn = NULL;
	struct txn_options opt = { .isolation = (enum txn_isolation) rnd(3), .async_commit = true };
	struct state now = *committed, saved[MARKS];
	struct txn_mark marks[MARKS];
	struct err e = { 0 };
	int nmarks = 0;

	if (txn_begin(store, &opt, &txn, &e) != ERR_OK)
		bail("txn_begin: %s", e.message);
	for (uint32_t n = 1 + rnd(8); n > 0; n--) {
		struct state seen = now;
		if (nmarks < MARKS && rnd(3) == 0) {
			saved[nmarks] = now;
			marks[nmarks++] = txn_savepoint(txn);
		}
		if (txn_statement_begin(txn, &e) != ERR_OK)
			bail("txn_statement_begin: %s", e.message);
		write_some(txn, file, &now);
		check_all(txn, file, &seen, false);
		if (rnd(3) == 0) {
			txn_command_next(txn);
			seen = now;
			write_some(txn, file, &now);
			check_all(txn, file, &seen, false);
		}
		check_all(txn, file, &now, true);
		check_gets(txn, file, &seen, &now);
		txn_statement_end(txn);
		if (nmarks > 0 && rnd(3) == 0) {
			int i = (int) rnd((uint32_t) nmarks);
			txn_rollback_to(txn, marks[i]);
			now = saved[i];
			nmarks = i + 1;
		}
	}
	if (rnd(4) == 0) {
		txn_abort(&txn);
		return;
	}
	expect(txn_commit(&txn, &e) == ERR_OK, "commit");
	*committed = now;
}

int
main(void)
{
	struct store *store = teststore_new();
	struct state committed = { 0 };
	struct err e = { 0 };
	uint32_t file;

	for (int kind = STORE_ROWS; kind <= STORE_INDEX; kind++) {
		if (store_file_new(store, (enum store_kind) kind, &file, &e) != ERR_OK)
			bail("store_file_new: %s", e.message);
		memset(&committed, 0, sizeof committed);
		wrong = 0;
		for (int i = 0; i < 600; i++) {
			one_txn(store, file, &committed);
			if (i % 200 == 199) {
				teststore_close(&store);
				store = teststore_open(teststore_path);
			}
		}
		is_int64(0, wrong, "cursors and model agree, kind %d", kind);
	}
	teststore_close(&store);
	teststore_remove();
	return tap_done();
}
