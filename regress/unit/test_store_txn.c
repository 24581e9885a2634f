/* test_store_txn.c - what transactions see, keep, undo and promise. */
#include "config.h"

#include <pthread.h>

#include "core/base/strbuf.h"
#include "regress/unit/teststore.h"
#include "storage/cursor.h"
#include "storage/lock.h"
#include "storage/txn.h"

static struct store *store;
static uint32_t file;

static struct txn *
begin(enum txn_isolation isolation)
{
	struct txn_options opt = { .isolation = isolation };
	struct txn *txn = NULL;
	struct err e = { 0 };

	if (txn_begin(store, &opt, &txn, &e) != ERR_OK)
		bail("txn_begin: %s", e.message);
	return txn;
}

static void
statement(struct txn *txn)
{
	struct err e = { 0 };

	if (txn_statement_begin(txn, &e) != ERR_OK)
		bail("txn_statement_begin: %s", e.message);
}

static void
put(struct txn *txn, const char *key, const char *value)
{
	struct err e = { 0 };

	if (txn_put(txn, file, key, strlen(key), value, strlen(value), 0, &e) != ERR_OK)
		bail("txn_put: %s", e.message);
}

static void
put_alone(const char *key, const char *value)
{
	struct txn *txn = begin(TXN_READ_COMMITTED);
	struct err e = { 0 };

	statement(txn);
	put(txn, key, value);
	txn_statement_end(txn);
	if (txn_commit(&txn, &e) != ERR_OK)
		bail("txn_commit: %s", e.message);
}

/* What the transaction sees, "-" for nothing. */
static const char *
get(struct txn *txn, const char *key, bool latest)
{
	static char text[100];
	struct strbuf value;
	struct err e = { 0 };
	bool found;

	strbuf_init(&value, NULL);
	int rc = latest ? txn_get_latest(txn, file, key, strlen(key), &value, &found, &e)
	                : txn_get(txn, file, key, strlen(key), &value, &found, &e);
	if (rc != ERR_OK)
		bail("get: %s", e.message);
	snprintf(text, sizeof text, "%s", found ? value.data : "-");
	strbuf_done(&value);
	return text;
}

static const char *
get_now(struct txn *txn, const char *key)
{
	statement(txn);
	const char *text = get(txn, key, false);
	txn_statement_end(txn);
	return text;
}

static int
commit(struct txn **txn)
{
	struct err e = { 0 };

	return txn_commit(txn, &e);
}

/* --- statements -------------------------------------------------------------------------------- */

static void
test_own_writes(void)
{
	struct txn *txn = begin(TXN_READ_COMMITTED);

	statement(txn);
	put(txn, "own", "1");
	is_str("-", get(txn, "own", false), "a statement does not see its own write");
	is_str("1", get(txn, "own", true), "the latest state has it");
	is_int(TXN_OWN_NONE, (int) txn_own(txn, file, "own", 3, false), "txn_own before");
	is_int(TXN_OWN_VALUE, (int) txn_own(txn, file, "own", 3, true), "txn_own of this command");
	statement(txn);
	is_str("1", get(txn, "own", false), "a nested statement sees it");
	put(txn, "own", "2");
	txn_statement_end(txn);
	is_str("-", get(txn, "own", false), "the outer one does not see the nested one's");
	txn_command_next(txn);
	is_str("2", get(txn, "own", false), "after txn_command_next it does");
	txn_statement_end(txn);
	is_str("2", get_now(txn, "own"), "the next statement does");
	is_int(ERR_OK, commit(&txn), "commit");
	txn = begin(TXN_READ_COMMITTED);
	is_str("2", get_now(txn, "own"), "another transaction does");
	txn_abort(&txn);
}

static void
test_isolation(void)
{
	struct txn *rc = begin(TXN_READ_COMMITTED), *rr = begin(TXN_REPEATABLE_READ);

	put_alone("iso", "old");
	is_str("old", get_now(rc, "iso"), "read committed: first");
	is_str("old", get_now(rr, "iso"), "repeatable read: first");
	statement(rc);
	put_alone("iso", "new");
	is_str("old", get(rc, "iso", false), "a statement keeps its snapshot");
	is_str("new", get(rc, "iso", true), "latest");
	struct err e = { 0 };
	is_int(ERR_OK, txn_snapshot_renew(rc, &e), "renew");
	is_str("new", get(rc, "iso", false), "a renewed snapshot");
	txn_statement_end(rc);
	is_str("new", get_now(rc, "iso"), "read committed: second");
	is_str("old", get_now(rr, "iso"), "repeatable read: second");
	statement(rr);
	is_str("new", get(rr, "iso", true), "repeatable read: latest");
	txn_statement_end(rr);
	txn_abort(&rc);
	txn_abort(&rr);
}

static void
test_portal(void)
{
	struct txn *txn = begin(TXN_READ_COMMITTED);
	struct cursor *c = NULL;
	struct err e = { 0 };
	bool found;

	put_alone("p1", "1");
	put_alone("p2", "2");
	statement(txn);
	struct snap *snap = txn_snap_hold(txn);
	if (cursor_open(txn, file, &c, &e) != ERR_OK)
		bail("cursor_open");
	ok(cursor_seek(c, CURSOR_GE, "p1", 2, &found, &e) == ERR_OK && found, "portal: first row");
	txn_statement_end(txn);

	put_alone("p2", "changed");
	statement(txn);
	put(txn, "p1a", "mine");
	txn_statement_end(txn);

	ok(txn_snap_enter(txn, snap, &e) == ERR_OK, "enter");
	ok(cursor_next(c, &found, &e) == ERR_OK && found && c->klen == 2
	   && memcmp(c->key, "p2", 2) == 0 && c->value[0] == '2', "portal: goes on in its snapshot");
	is_str("-", get(txn, "p1a", false), "later writes are not in it");
	cursor_close(&c);
	txn_statement_end(txn);
	txn_snap_release(txn, &snap);

	statement(txn);
	if (cursor_open(txn, file, &c, &e) != ERR_OK)
		bail("cursor_open");
	txn_statement_end(txn);
	is_int(ERR_INTERNAL_ERROR, cursor_next(c, &found, &e), "a cursor left open fails, politely");
	cursor_close(&c);
	txn_abort(&txn);
}

/* --- savepoints and callbacks ---------------------------------------------------------------------- */

static char events[100];

static void on_commit(void *arg, uint64_t change) { (void) change; strcat(events, "c"); strcat(events, arg); }
static void on_abort(void *arg) { strcat(events, "a"); strcat(events, arg); }

static void
hook(struct txn *txn, const char *name)
{
	struct err e = { 0 };

	if (txn_on_end(txn, on_commit, on_abort, (void *) name, &e) != ERR_OK)
		bail("txn_on_end");
}

static void
test_savepoints(void)
{
	struct txn *txn = begin(TXN_READ_COMMITTED), *other = begin(TXN_READ_COMMITTED);
	struct lock_key k = { LOCK_ROW, 1, "s", 1 };
	struct lock_how skip = { .policy = LOCK_SKIP };
	enum lock_result got;
	struct err e = { 0 };

	put_alone("s", "committed");
	statement(txn);
	put(txn, "s", "first");
	txn_statement_end(txn);
	hook(txn, "1");
	struct txn_mark outer = txn_savepoint(txn);
	statement(txn);
	put(txn, "s", "second");
	put(txn, "s2", "x");
	txn_statement_end(txn);
	struct txn_mark inner = txn_savepoint(txn);
	hook(txn, "2");
	hook(txn, "3");
	ok(lock_acquire(txn_locks(txn), &k, LOCK_UPDATE, NULL, &got, &e) == ERR_OK, "lock");
	statement(txn);
	put(txn, "s", "third");
	txn_statement_end(txn);
	is_str("third", get_now(txn, "s"), "before");
	txn_rollback_to(txn, inner);
	is_str("second", get_now(txn, "s"), "back to the inner savepoint");
	is_str("a3a2", events, "abort callbacks of what was undone, newest first");
	ok(lock_acquire(txn_locks(other), &k, LOCK_UPDATE, &skip, &got, &e) == ERR_OK
	   && got == LOCK_GRANTED, "its lock is free");
	txn_rollback_to(txn, inner);
	txn_rollback_to(txn, outer);
	is_str("first", get_now(txn, "s"), "back to the outer");
	is_str("-", get_now(txn, "s2"), "a new key is gone");
	events[0] = '\0';
	hook(txn, "4");
	is_int(ERR_OK, commit(&txn), "commit");
	is_str("c1c4", events, "commit callbacks in order");
	txn = begin(TXN_READ_COMMITTED);
	is_str("first", get_now(txn, "s"), "what was left is committed");
	events[0] = '\0';
	hook(txn, "5");
	txn_abort(&txn);
	is_str("a5", events, "abort callback");
	txn_abort(&other);
}

static void
test_stamp(void)
{
	struct txn *txn = begin(TXN_READ_COMMITTED), *old = begin(TXN_REPEATABLE_READ);
	struct strbuf value;
	struct err e = { 0 };
	uint64_t number = 0;
	bool found;

	is_str("-", get_now(old, "stamped"), "an older snapshot");
	statement(txn);
	uint64_t before = txn_snap_change(txn);
	if (txn_put(txn, file, "stamped", 7, "????????rest", 12, TXN_STAMP, &e) != ERR_OK)
		bail("put");
	txn_statement_end(txn);
	is_int(ERR_OK, commit(&txn), "commit");
	txn = begin(TXN_READ_COMMITTED);
	statement(txn);
	strbuf_init(&value, NULL);
	if (txn_get(txn, file, "stamped", 7, &value, &found, &e) != ERR_OK || !found)
		bail("get");
	for (int i = 0; i < 8; i++)
		number = number << 8 | (uint8_t) value.data[i];
	is_str("rest", value.data + 8, "only the first 8 bytes are stamped");
	ok(number > before && number <= store_change_last(store), "with a new change number");
	ok(txn_sees(txn, number), "a new snapshot sees the change");
	ok(txn_snap_change(txn) >= number, "and all up to it");
	txn_statement_end(txn);
	statement(old);
	ok(!txn_sees(old, number), "an old snapshot does not");
	txn_statement_end(old);
	strbuf_done(&value);
	txn_abort(&txn);
	txn_abort(&old);
}

/* --- serializable ------------------------------------------------------------------------------------ */

/* Each reads what the other writes: one must fail. */
static void
test_write_skew(enum txn_isolation isolation, const char *expected)
{
	struct txn *a = begin(isolation), *b = begin(isolation);

	put_alone("wa", "1");
	put_alone("wb", "1");
	statement(a);
	is_str("1", get(a, "wb", false), "a reads");
	put(a, "wa", "0");
	txn_statement_end(a);
	statement(b);
	is_str("1", get(b, "wa", false), "b reads");
	put(b, "wb", "0");
	txn_statement_end(b);
	is_int(ERR_OK, commit(&a), "a commits");
	is_str(expected, err_sqlstate(commit(&b)), "b, isolation %d", isolation);
}

/* A range read without a row in it, then a row in it. */
static void
test_phantom(void)
{
	struct txn *a = begin(TXN_SERIALIZABLE), *b = begin(TXN_SERIALIZABLE);
	struct txn *reader = begin(TXN_SERIALIZABLE);
	struct txn *t[2] = { a, b };
	struct err e = { 0 };
	bool found;

	is_str("-", get_now(reader, "ph1"), "a reader in between");
	for (int i = 0; i < 2; i++) {
		struct cursor *c = NULL;
		statement(t[i]);
		if (cursor_open(t[i], file, &c, &e) != ERR_OK)
			bail("cursor_open");
		cursor_set_bounds(c, "ph", 2, "pi", 2);
		ok(cursor_first(c, &found, &e) == ERR_OK && !found, "empty range");
		put(t[i], i == 0 ? "ph1" : "ph2", "x");
		cursor_close(&c);
		txn_statement_end(t[i]);
	}
	is_int(ERR_OK, commit(&a), "first");
	is_str("40001", err_sqlstate(commit(&b)), "second: phantom");
	is_int(ERR_OK, commit(&reader), "who wrote nothing commits");

	a = begin(TXN_SERIALIZABLE);            /* and after all is over, no one stands in the way */
	is_str("x", get_now(a, "ph1"), "again");
	statement(a);
	put(a, "ph3", "x");
	txn_statement_end(a);
	is_int(ERR_OK, commit(&a), "alone");
}

/* A range up to a key and then the same range with that key are two different reads. */
static void
test_range_ends(void)
{
	struct txn *a = begin(TXN_SERIALIZABLE), *b = begin(TXN_SERIALIZABLE);
	struct cursor *c = NULL;
	struct err e = { 0 };
	bool found;

	put_alone("re1", "1");
	put_alone("re2", "1");
	statement(a);
	if (cursor_open(a, file, &c, &e) != ERR_OK)
		bail("cursor_open");
	cursor_set_bounds(c, "re1", 3, "re2", 3);
	ok(cursor_first(c, &found, &e) == ERR_OK && found && cursor_next(c, &found, &e) == ERR_OK && !found,
	   "up to a key");
	cursor_set_bounds(c, "re1", 3, "re3", 3);
	ok(cursor_first(c, &found, &e) == ERR_OK && cursor_next(c, &found, &e) == ERR_OK && found,
	   "and with it");
	cursor_close(&c);
	put(a, "rx", "a");
	txn_statement_end(a);
	statement(b);
	is_str("-", get(b, "rx", false), "b reads what a writes");
	put(b, "re2", "b");
	txn_statement_end(b);
	is_int(ERR_OK, commit(&b), "b commits");
	is_str("40001", err_sqlstate(commit(&a)), "a read the end of the range");
}

/* --- refusals ------------------------------------------------------------------------------------------ */

static void
test_refusals(void)
{
	struct txn_options ro = { .read_only = true };
	struct txn *txn = NULL;
	struct err e = { 0 };
	static char big[TXN_KEY_MAX + 1];

	if (txn_begin(store, &ro, &txn, &e) != ERR_OK)
		bail("begin");
	is_str("25006", err_sqlstate(txn_put(txn, file, "k", 1, "", 0, 0, &e)), "read only");
	txn_abort(&txn);
	txn = begin(TXN_READ_COMMITTED);
	err_init(&e);
	is_str("54000", err_sqlstate(txn_put(txn, file, big, sizeof big, "", 0, 0, &e)), "key too long");
	err_init(&e);
	is_int(ERR_OK, txn_put(txn, file, big, TXN_KEY_MAX, "", 0, 0, &e), "the longest key");
	int rc = ERR_OK;
	char value[1000] = "";
	for (int i = 0; i < 100000 && rc == ERR_OK; i++)
		rc = txn_put(txn, file, &i, sizeof i, value, sizeof value, 0, &e);
	is_str("54000", err_sqlstate(rc), "too much in one transaction");
	txn_abort(&txn);
	txn = begin(TXN_READ_COMMITTED);
	is_str("-", get_now(txn, "\1"), "nothing of it is there");
	is_str("25001", (err_init(&e), err_sqlstate(txn_set_modes(txn, TXN_SERIALIZABLE, false, false, &e))),
	       "SET TRANSACTION after a query");
	txn_abort(&txn);
}

/* All snapshots taken: the next is refused, but who has something to commit can. */
static void
test_many_snapshots(void)
{
	struct txn *writer = begin(TXN_READ_COMMITTED), *t[300], *extra = begin(TXN_READ_COMMITTED);
	struct err e = { 0 };
	int n = 0;

	statement(writer);
	put(writer, "crowded", "yes");
	txn_statement_end(writer);
	for (; n < 300; n++) {
		t[n] = begin(TXN_REPEATABLE_READ);
		if (txn_statement_begin(t[n], &e) != ERR_OK)
			break;
		txn_statement_end(t[n]);
	}
	/* The store's own work may have one for a moment. */
	int all = (int) teststore_options.engine_sessions;
	ok(n == all || n == all - 1, "as many snapshots as the option says: %d of %d", n, all);
	is_str("53300", err_sqlstate(e.code), "then an error");
	is_int(ERR_OK, commit(&writer), "a commit finds a session");
	for (; n >= 0; n--)
		txn_abort(&t[n]);
	is_str("yes", get_now(extra, "crowded"), "sessions came back");
	txn_abort(&extra);
}

/* --- many threads: sums hold, snapshots are whole ------------------------------------------------------- */

enum { ACCOUNTS = 20, THREADS = 4, ROUNDS = 400 };
static _Atomic int stop, failures;

static int64_t
sum(struct txn *txn)
{
	CURSOR_AUTO struct cursor *c = NULL;
	struct err e = { 0 };
	int64_t total = 0, v;
	bool found;

	if (cursor_open(txn, file, &c, &e) != ERR_OK)
		bail("cursor_open: %s", e.message);
	cursor_set_bounds(c, "acct", 4, "accu", 4);
	for (int rc = cursor_first(c, &found, &e); found; rc = cursor_next(c, &found, &e)) {
		if (rc != ERR_OK)
			bail("sum: %s", e.message);
		memcpy(&v, c->value + 8, sizeof v);
		total += v;
	}
	return total;
}

/* false: the row has changed since the snapshot, 40001 above READ COMMITTED. */
static bool
add_to(struct txn *txn, int account, int64_t amount)
{
	struct lock_key k = { LOCK_ROW, 1, &account, sizeof account };
	struct strbuf now, then;
	enum lock_result got;
	struct err e = { 0 };
	char key[16], row[16];
	bool found;
	int64_t v;

	sprintf(key, "acct%02d", account);
	strbuf_init(&now, NULL);
	strbuf_init(&then, NULL);
	if (lock_acquire(txn_locks(txn), &k, LOCK_UPDATE, NULL, &got, &e) != ERR_OK
	    || txn_get_latest(txn, file, key, 6, &now, &found, &e) != ERR_OK || !found
	    || txn_get(txn, file, key, 6, &then, &found, &e) != ERR_OK || !found)
		bail("add_to: %s", e.message);
	bool good = txn_isolation(txn) == TXN_READ_COMMITTED || memcmp(now.data, then.data, 8) == 0;
	memcpy(row, now.data, 16);
	memcpy(&v, row + 8, 8);
	v += amount;
	memcpy(row + 8, &v, 8);
	if (good && txn_put(txn, file, key, 6, row, 16, TXN_STAMP, &e) != ERR_OK)
		bail("put: %s", e.message);
	strbuf_done(&now);
	strbuf_done(&then);
	return good;
}

static _Atomic int retries;

static void *
transfer_main(void *arg)
{
	uint64_t random = (uint64_t) (uintptr_t) arg;

	for (int i = 0; i < ROUNDS; i++) {
		struct txn *txn = begin(i % 2 == 0 ? TXN_READ_COMMITTED : TXN_SERIALIZABLE);
		struct err e = { 0 };
		random = random * 6364136223846793005u + 1442695040888963407u;
		int a = (int) (random >> 33) % ACCOUNTS, b = (int) (random >> 45) % ACCOUNTS;
		if (a == b)
			b = (b + 1) % ACCOUNTS;
		statement(txn);
		bool good = add_to(txn, a < b ? a : b, 1) && add_to(txn, a < b ? b : a, -1);
		if (good && i % 2 == 1)
			failures += sum(txn) != 0;
		txn_statement_end(txn);
		if (!good)
			txn_abort(&txn);
		else if (txn_commit(&txn, &e) == ERR_OK)
			continue;
		else if (e.code != ERR_T_R_SERIALIZATION_FAILURE)
			bail("transfer: %s", e.message);
		retries++;
		i--;
	}
	return NULL;
}

static void *
reader_main(void *arg)
{
	(void) arg;
	while (!stop) {
		struct txn *txn = begin(TXN_REPEATABLE_READ);
		for (int i = 0; i < 3; i++) {
			statement(txn);
			failures += sum(txn) != 0;
			txn_statement_end(txn);
		}
		txn_abort(&txn);
	}
	return NULL;
}

static void
test_bank(void)
{
	pthread_t t[THREADS], reader;
	struct txn *txn = begin(TXN_READ_COMMITTED);
	struct err e = { 0 };
	char key[16];

	statement(txn);
	for (int i = 0; i < ACCOUNTS; i++) {
		sprintf(key, "acct%02d", i);
		if (txn_put(txn, file, key, 6, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16, TXN_STAMP, &e) != ERR_OK)
			bail("put");
	}
	txn_statement_end(txn);
	is_int(ERR_OK, commit(&txn), "accounts");
	pthread_create(&reader, NULL, reader_main, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, transfer_main, (void *) (uintptr_t) (i + 1));
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	stop = 1;
	pthread_join(reader, NULL);
	is_int(0, failures, "every snapshot adds up");
	diag("%d transfers were tried again", (int) retries);
	txn = begin(TXN_READ_COMMITTED);
	statement(txn);
	is_int64(0, sum(txn), "the end adds up");
	txn_abort(&txn);
	is_uint64(store_change_last(store), store_change_horizon(store), "nothing is in flight");
}

/* --- the change log ---------------------------------------------------------------------------------------- */

static char logged[200];

static int
change_log(void *arg, struct txn *txn, uint64_t change, struct err *e)
{
	struct txn_write w = { 0 };

	(void) arg;
	logged[0] = '\0';
	while (txn_write_next(txn, &w))
		sprintf(logged + strlen(logged), "%.*s=%.*s;", (int) w.klen, (const char *) w.key,
		        w.value == NULL ? 6 : (int) w.vlen, w.value == NULL ? "(gone)" : (const char *) w.value);
	return txn_put(txn, STORE_FILE_CHANGES, &change, sizeof change, logged, strlen(logged), 0, e);
}

static void
test_change_log(void)
{
	struct txn *txn = begin(TXN_READ_COMMITTED);
	struct err e = { 0 };
	uint32_t user_file = file;

	store_set_change_log(store, change_log, NULL);
	statement(txn);
	put(txn, "b", "2");
	put(txn, "a", "1");
	if (txn_delete(txn, file, "c", 1, &e) != ERR_OK)
		bail("delete");
	struct txn_mark m = txn_savepoint(txn);
	put(txn, "a", "3");
	put(txn, "d", "4");
	txn_rollback_to(txn, m);
	txn_statement_end(txn);
	is_int(ERR_OK, commit(&txn), "commit");
	is_str("a=1;b=2;c=(gone);", logged, "the commit's writes in key order");
	store_set_change_log(store, NULL, NULL);
	uint64_t last = store_change_last(store);
	char key[8];
	memcpy(key, &last, 8);
	txn = begin(TXN_READ_COMMITTED);
	statement(txn);
	struct strbuf v;
	bool found;
	strbuf_init(&v, NULL);
	ok(txn_get(txn, STORE_FILE_CHANGES, key, 8, &v, &found, &e) == ERR_OK && found
	   && strcmp(v.data, logged) == 0, "its record is in the same commit");
	strbuf_done(&v);
	txn_abort(&txn);
	file = user_file;
}

int
main(void)
{
	struct err e = { 0 };

	store = teststore_new();
	if (store_file_new(store, STORE_ROWS, &file, &e) != ERR_OK)
		bail("store_file_new");
	test_own_writes();
	test_isolation();
	test_portal();
	test_savepoints();
	test_stamp();
	test_write_skew(TXN_REPEATABLE_READ, "00000");
	test_write_skew(TXN_SERIALIZABLE, "40001");
	test_phantom();
	test_range_ends();
	test_refusals();
	test_many_snapshots();
	test_bank();
	test_change_log();
	teststore_close(&store);
	teststore_remove();
	return tap_done();
}
