/* test_store_moves.c - where rows went whose key was changed: who is told, for how long, and what is
 * said when there are too many to remember. */
#include "config.h"

#include "core/base/strbuf.h"
#include "regress/unit/teststore.h"
#include "storage/txn.h"

static struct store *store;
static uint32_t file, other_file;

static struct txn *
begin(enum txn_isolation level)
{
	struct txn_options options = { .isolation = level };
	struct txn *txn = NULL;
	struct err e = { 0 };

	if (txn_begin(store, &options, &txn, &e) != ERR_OK || txn_statement_begin(txn, &e) != ERR_OK)
		bail("begin: %s", e.message);
	return txn;
}

static void
commit(struct txn **txn)
{
	struct err e = { 0 };

	if (txn_commit(txn, &e) != ERR_OK)
		bail("commit: %s", e.message);
}

/* As a writer does: the row goes under one key and comes under the other; to NULL: elsewhere. */
static void
move(struct txn *txn, const char *from, const char *to)
{
	size_t to_len = to == NULL ? 0 : strlen(to);
	struct err e = { 0 };
	int rc = txn_delete(txn, file, from, strlen(from), &e);

	if (rc == ERR_OK && to != NULL)
		rc = txn_put(txn, file, to, to_len, "v", 1, 0, &e);
	if (rc == ERR_OK)
		rc = txn_note_move(txn, file, from, strlen(from), to, to_len, &e);
	if (rc != ERR_OK)
		bail("move: %s", e.message);
}

static uint64_t
moved(const char *from, const char *to)
{
	struct txn *txn = begin(TXN_READ_COMMITTED);

	move(txn, from, to);
	commit(&txn);
	return store_change_last(store);
}

/* Where the way from `key` leads for who saw the row in version `since`: "a>b>c", then what ends it. */
static const char *
way(uint32_t in, const char *key, uint64_t since)
{
	static char text[200];
	struct txn *txn = begin(TXN_READ_COMMITTED);
	struct txn_trail trail = { .since = since };
	enum txn_moved step;
	struct strbuf at;

	strbuf_init(&at, NULL);
	strbuf_puts(&at, key);
	int n = snprintf(text, sizeof text, "%.8s", key);
	while ((step = txn_follow(txn, in, &at, &trail)) == TXN_MOVED && n < 100)
		n += snprintf(text + n, sizeof text - (size_t) n, ">%.8s", at.data);
	snprintf(text + n, sizeof text - (size_t) n, "%s", step == TXN_MOVED_AWAY ? ">away"
	         : step == TXN_MOVED_UNKNOWN ? ">?" : "");
	strbuf_done(&at);
	txn_abort(&txn);
	return text;
}

static void
test_steps(void)
{
	struct txn *old = begin(TXN_REPEATABLE_READ);   /* keeps what it may need */
	uint64_t before = store_change_last(store);
	struct txn *a = begin(TXN_READ_COMMITTED);

	move(a, "1", "2");
	is_str("1", way(file, "1", before), "what is not committed is not known");
	commit(&a);
	uint64_t after = store_change_last(store);
	is_str("1>2", way(file, "1", before), "then it is");
	is_str("1", way(file, "1", after), "not to who saw a later row there");
	is_str("2", way(file, "2", before), "nor from where it went");
	is_str("1", way(other_file, "1", before), "nor in another file");
	(void) moved("2", "3");
	is_str("1>2>3", way(file, "1", before), "the next transaction's step");
	is_str("2>3", way(file, "2", after), "from the middle");

	a = begin(TXN_READ_COMMITTED);
	move(a, "a", "b");
	move(a, "b", "a");
	move(a, "x", "z");
	move(a, "y", "x");
	move(a, "z", "y");
	move(a, "g", "h");
	move(a, "h", NULL);
	commit(&a);
	is_str("a>b>a", way(file, "a", after), "there and back");
	is_str("x>z>y", way(file, "x", after), "two change places: the one,");
	is_str("y>x", way(file, "y", after), "the other");
	is_str("g>h>away", way(file, "g", after), "into another file");
	txn_abort(&old);
}

static void
test_undone(void)
{
	struct txn *old = begin(TXN_REPEATABLE_READ);
	uint64_t before = store_change_last(store);
	struct txn *a = begin(TXN_READ_COMMITTED);

	move(a, "u1", "u2");
	struct txn_mark mark = txn_savepoint(a);
	move(a, "u2", "u3");
	move(a, "u5", "u6");
	txn_rollback_to(a, mark);
	commit(&a);
	is_str("u1>u2", way(file, "u1", before), "back to a savepoint: what was before stays");
	is_str("u5", way(file, "u5", before), "what was after is gone");
	a = begin(TXN_READ_COMMITTED);
	move(a, "u7", "u8");
	txn_abort(&a);
	is_str("u7", way(file, "u7", before), "an abort leaves nothing");
	txn_abort(&old);
}

/* A commit clears away what no snapshot needs any more. */
static void
test_forgotten(void)
{
	struct txn *old = begin(TXN_REPEATABLE_READ);
	uint64_t before = store_change_last(store);

	(void) moved("f1", "f2");
	(void) moved("f3", "f4");
	is_str("f1>f2", way(file, "f1", before), "an old snapshot keeps it");
	txn_abort(&old);
	(void) moved("f5", "f6");
	is_str("f1", way(file, "f1", before), "without one it goes");
}

/* --- too many ----------------------------------------------------------------------------------- */

enum { LONG = 2000 };

static void
long_key(char key[LONG + 1], const char *name, int n)
{
	memset(key, '.', LONG);
	key[LONG] = '\0';
	memcpy(key, name, strlen(name));
	snprintf(key + LONG - 8, 9, "%08d", n);
}

static uint64_t
move_many(const char *from, const char *to, int n)
{
	struct txn *txn = begin(TXN_READ_COMMITTED);
	char a[LONG + 1], b[LONG + 1];

	for (int i = 0; i < n; i++) {
		long_key(a, from, i);
		long_key(b, to, i);
		move(txn, a, b);
	}
	commit(&txn);
	return store_change_last(store);
}

static const char *
way_long(const char *name, int n, uint64_t since)
{
	char key[LONG + 1];

	long_key(key, name, n);
	return way(file, key, since);
}

static void
test_one_too_large(void)
{
	struct txn *old = begin(TXN_REPEATABLE_READ);
	uint64_t before = store_change_last(store);
	uint64_t after = move_many("old", "new", 20000);        /* 80 MB of keys, 64 are kept */

	is_str("old.....>?", way_long("old", 0, before), "one transaction moved too many: it is not known where to");
	is_str("never>?", way(file, "never", before), "nor whether another has");
	is_str("never", way(file, "never", after), "but a row written since has not");
	(void) moved("s1", "s2");
	is_str("s1>s2", way(file, "s1", after), "later moves are known");
	is_str("s1>s2", way(file, "s1", before), "also to who could have missed earlier ones");
	is_str("never>?", way(file, "never", before), "while an old snapshot is left");
	txn_abort(&old);
	(void) moved("s3", "s4");
	is_str("never", way(file, "never", before), "no old snapshot is left: all is known again");
}

static void
test_many_too_large(void)
{
	struct txn *old = begin(TXN_REPEATABLE_READ);
	uint64_t before = store_change_last(store);
	uint64_t first = move_many("m1", "n1", 6000);   /* 24 MB each */

	is_str("m1......>n1......", way_long("m1", 5, before), "the first fits");
	(void) move_many("m2", "n2", 6000);
	(void) move_many("m3", "n3", 6000);
	is_str("m1......>?", way_long("m1", 0, before), "the oldest go");
	is_str("m3......>n3......", way_long("m3", 0, before), "the newest stay");
	is_str("m2......>n2......", way_long("m2", 5999, before), "and those between");
	is_str("never", way(file, "never", first), "who saw the oldest misses nothing");
	txn_abort(&old);
	(void) moved("t1", "t2");
	is_str("m3......", way_long("m3", 0, before), "without an old snapshot all go");
}

int
main(void)
{
	struct store_options options = teststore_options;
	struct err e = { 0 };

	options.cache_size = 512 << 20;
	if (store_create(teststore_dir(), &e) != ERR_OK || store_open(teststore_path, &options, &store, &e) != ERR_OK
	    || store_file_new(store, STORE_ROWS, &file, &e) != ERR_OK
	    || store_file_new(store, STORE_ROWS, &other_file, &e) != ERR_OK)
		bail("store: %s", e.message);
	test_steps();
	test_undone();
	test_forgotten();
	test_one_too_large();
	test_many_too_large();
	is_int(ERR_OK, store_close(&store, &e), "close");
	teststore_remove();
	return tap_done();
}
