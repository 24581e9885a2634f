/* test_store_serial.c - histories of concurrent transactions are serializable, when asked.
 *
 * Random transactions over a few keys run interleaved in one thread, each step drawn at
 * random, as the layers above would run them: lock a row, compare it with the snapshot, write.
 * Everybody notes which version of each key it read and wrote.  From the notes of those that
 * committed a graph is made (who read or overwrote whose version, whose read was overwritten
 * by whom): it must have no cycle.  At REPEATABLE READ the same test must find some, or it
 * could not find any. */
#include "config.h"

#include "core/base/strbuf.h"
#include "regress/unit/teststore.h"
#include "storage/cursor.h"
#include "storage/lock.h"
#include "storage/txn.h"

enum { KEYS = 5, TXNS = 5, STEPS = 5, ROUNDS = 4000, VERSIONS = TXNS + 1 };

/* A version is its writer's number in the round; 0 is what was there before. */
struct player {
	struct txn *txn;
	int steps;
	bool done, committed, wrote_any;
	int read[KEYS];                 /* version seen; -1: not read */
	bool wrote[KEYS];
};

static struct store *store;
static uint32_t file;
static uint64_t seed = 0x2545F4914F6CDD1D;
static struct player players[TXNS];
static int chain[KEYS][VERSIONS], chain_len[KEYS];      /* versions in commit order */

static int
rnd(int n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (int) ((seed >> 11) % (uint64_t) n);
}

static void
must(int rc, const struct err *e)
{
	if (rc != ERR_OK)
		bail("%s", e->message);
}

static size_t
key_of(int k, char *key)
{
	return (size_t) sprintf(key, "key%d", k);
}

/* The version under a key in the snapshot, or of the newest state. */
static int
version(struct txn *txn, int k, bool latest)
{
	struct strbuf value;
	struct err e = { 0 };
	char key[8];
	bool found;
	int v = -2;

	strbuf_init(&value, NULL);
	size_t klen = key_of(k, key);
	must(latest ? txn_get_latest(txn, file, key, klen, &value, &found, &e)
	            : txn_get(txn, file, key, klen, &value, &found, &e), &e);
	if (found)
		memcpy(&v, value.data, sizeof v);
	strbuf_done(&value);
	return v;
}

static void
finish(int i, bool commit)
{
	struct player *p = &players[i];
	struct err e = { 0 };

	p->done = true;
	if (!commit) {
		txn_abort(&p->txn);
		return;
	}
	int rc = txn_commit(&p->txn, &e);
	if (rc != ERR_OK && rc != ERR_T_R_SERIALIZATION_FAILURE)
		bail("commit: %s", e.message);
	p->committed = rc == ERR_OK;
	for (int k = 0; k < KEYS && p->committed; k++)
		if (p->wrote[k])
			chain[k][chain_len[k]++] = i + 1;
}

static void
note_read(struct player *p, int k, int v)
{
	if (!p->wrote[k])
		p->read[k] = v;
}

static void
step_read(struct player *p)
{
	int k = rnd(KEYS);

	note_read(p, k, version(p->txn, k, false));
}

static void
step_scan(struct player *p)
{
	CURSOR_AUTO struct cursor *c = NULL;
	struct err e = { 0 };
	char lo[8], hi[8];
	int first = rnd(KEYS), end = first + 1 + rnd(KEYS - first), v, k;
	size_t lolen = key_of(first, lo), hilen = key_of(end, hi);
	bool found, backward = rnd(2) == 0;

	must(cursor_open(p->txn, file, &c, &e), &e);
	cursor_set_bounds(c, lo, lolen, hi, hilen);
	int rc = backward ? cursor_last(c, &found, &e) : cursor_first(c, &found, &e);
	for (; rc == ERR_OK && found; rc = backward ? cursor_prev(c, &found, &e) : cursor_next(c, &found, &e)) {
		k = c->key[3] - '0';
		memcpy(&v, c->value, sizeof v);
		note_read(p, k, v);
		if (rnd(4) == 0)
			return;         /* as a LIMIT would */
	}
	must(rc, &e);
}

/* false: it must abort. */
static bool
step_write(struct player *p, int i)
{
	struct lock_how how = { .policy = LOCK_SKIP };
	enum lock_result got;
	struct err e = { 0 };
	char key[8];
	int k = rnd(KEYS), v = i + 1;
	size_t klen = key_of(k, key);
	struct lock_key lock = { LOCK_ROW, 1, key, klen };

	must(lock_acquire(txn_locks(p->txn), &lock, LOCK_UPDATE, &how, &got, &e), &e);
	if (got == LOCK_NOT_GRANTED)
		return false;
	if (!p->wrote[k] && version(p->txn, k, true) != version(p->txn, k, false))
		return false;           /* somebody updated it: 40001 */
	note_read(p, k, version(p->txn, k, false));
	must(txn_put(p->txn, file, key, klen, &v, sizeof v, 0, &e), &e);
	p->wrote[k] = true;
	return true;
}

static void
step(int i, enum txn_isolation isolation)
{
	struct player *p = &players[i];
	struct txn_options opt = { .isolation = isolation, .async_commit = true };
	struct err e = { 0 };
	bool go_on = true;

	if (p->txn == NULL)
		must(txn_begin(store, &opt, &p->txn, &e), &e);
	if (p->steps-- == 0) {
		finish(i, true);
		return;
	}
	must(txn_statement_begin(p->txn, &e), &e);
	switch (rnd(4)) {
	case 0: step_scan(p); break;
	case 1: step_read(p); break;
	default: go_on = i % 3 == 2 ? (step_read(p), true) : step_write(p, i); break;
	}
	txn_statement_end(p->txn);
	if (!go_on)
		finish(i, false);
}

/* --- the graph --------------------------------------------------------------------------------- */

static bool edge[VERSIONS][VERSIONS];

static int
place(int k, int v)
{
	for (int i = 0; i < chain_len[k]; i++)
		if (chain[k][i] == v)
			return i;
	bail("a read of version %d of key %d, which nobody committed", v, k);
}

static void
make_graph(void)
{
	memset(edge, 0, sizeof edge);
	for (int k = 0; k < KEYS; k++) {
		for (int i = 1; i + 1 < chain_len[k]; i++)
			edge[chain[k][i]][chain[k][i + 1]] = true;      /* overwritten */
		for (int t = 0; t < TXNS; t++) {
			if (!players[t].committed || players[t].read[k] < 0)
				continue;
			int at = place(k, players[t].read[k]);
			if (at > 0 && chain[k][at] != t + 1)
				edge[chain[k][at]][t + 1] = true;       /* read from */
			if (at + 1 < chain_len[k] && chain[k][at + 1] != t + 1)
				edge[t + 1][chain[k][at + 1]] = true;   /* read, then overwritten */
		}
	}
}

static bool
has_cycle(void)
{
	for (int m = 1; m < VERSIONS; m++)              /* transitive closure */
		for (int i = 1; i < VERSIONS; i++)
			for (int j = 1; j < VERSIONS; j++)
				edge[i][j] = edge[i][j] || (edge[i][m] && edge[m][j]);
	for (int i = 1; i < VERSIONS; i++)
		if (edge[i][i])
			return true;
	return false;
}

static void
reset_keys(void)
{
	struct txn *txn = NULL;
	struct txn_options opt = { .async_commit = true };
	struct err e = { 0 };
	char key[8];
	int zero = 0;

	must(txn_begin(store, &opt, &txn, &e), &e);
	must(txn_statement_begin(txn, &e), &e);
	for (int k = 0; k < KEYS; k++) {
		size_t klen = key_of(k, key);
		must(txn_put(txn, file, key, klen, &zero, sizeof zero, 0, &e), &e);
		chain[k][0] = 0;
		chain_len[k] = 1;
	}
	must(txn_commit(&txn, &e), &e);
}

static int
run(enum txn_isolation isolation, int *ret_committed)
{
	int cycles = 0, committed = 0;

	for (int round = 0; round < ROUNDS; round++) {
		int left = TXNS;
		reset_keys();
		memset(players, 0, sizeof players);
		for (int t = 0; t < TXNS; t++) {
			players[t].steps = 1 + rnd(STEPS);
			for (int k = 0; k < KEYS; k++)
				players[t].read[k] = -1;
		}
		while (left > 0) {
			int t = rnd(TXNS);
			if (players[t].done)
				continue;
			step(t, isolation);
			left -= players[t].done;
		}
		make_graph();
		cycles += has_cycle();
		for (int t = 0; t < TXNS; t++)
			committed += players[t].committed;
	}
	*ret_committed = committed;
	return cycles;
}

/* What was read of the newest state, for a write that a savepoint then undid, has been read. */
static void
read_for_an_undone_write(void)
{
	struct txn_options opt = { .isolation = TXN_SERIALIZABLE, .async_commit = true };
	struct txn *one = NULL, *two = NULL;
	struct err e = { 0 };
	int v = 1;

	reset_keys();
	must(txn_begin(store, &opt, &one, &e), &e);
	must(txn_begin(store, &opt, &two, &e), &e);
	must(txn_statement_begin(one, &e), &e);
	must(txn_statement_begin(two, &e), &e);
	is_int(0, version(one, 0, true), "the newest version of one key");
	must(txn_put(one, file, "key1", 4, &v, sizeof v, 0, &e), &e);
	is_int(0, version(two, 1, false), "and the other way round");
	must(txn_put(two, file, "key0", 4, &v, sizeof v, 0, &e), &e);
	txn_statement_end(one);
	txn_statement_end(two);
	is_int(ERR_OK, txn_commit(&one, &e), "the first may commit");
	is_int(ERR_T_R_SERIALIZATION_FAILURE, txn_commit(&two, &e), "the second may not");
	txn_abort(&two);
}

int
main(void)
{
	struct err e = { 0 };
	int committed;

	store = teststore_new();
	must(store_file_new(store, STORE_ROWS, &file, &e), &e);
	int cycles = run(TXN_REPEATABLE_READ, &committed);
	ok(cycles > 0, "repeatable read: the test can find a cycle");
	diag("repeatable read: %d of %d committed, %d histories with a cycle", committed, ROUNDS * TXNS, cycles);
	cycles = run(TXN_SERIALIZABLE, &committed);
	is_int(0, cycles, "serializable: no history has one");
	diag("serializable: %d of %d committed", committed, ROUNDS * TXNS);
	read_for_an_undone_write();
	teststore_close(&store);
	teststore_remove();
	return tap_done();
}
