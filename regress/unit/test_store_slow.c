/* test_store_slow.c - commits that the engine takes long for: nobody waits for them, and nobody sees
 * half of one, or rows whose change number he is told not to see. */
#include "config.h"

#include <pthread.h>
#include <time.h>

#include "core/base/strbuf.h"
#include "regress/unit/teststore.h"
#include "storage/cursor.h"
#include "storage/txn.h"

enum { ROWS = 24000, VALUE = 200, ROUNDS = 24, READERS = 2 };    /* more than 4 MB a round */
enum { TRIPLES = 24 };

static struct store *store;
static uint32_t file, small_file;
static _Atomic bool stop;
static _Atomic int bad_rows, bad_stamps, bad_own, views, full, empty;

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

/* All rows of one round, or none at all in every third. */
static void
write_rows(struct txn *txn, int round)
{
	char value[VALUE] = { 0 };
	struct err e = { 0 };
	int rc = ERR_OK;

	memset(value + 8, 'a' + round % 26, VALUE - 8);
	for (int i = 0; i < ROWS && rc == ERR_OK; i++) {
		char key[VALUE];
		/* Deleted rows weigh their keys only. */
		int klen = sprintf(key, "%0190d", i);
		rc = round % 3 == 2 ? txn_delete(txn, file, key, (size_t) klen, &e)
		   : txn_put(txn, file, key, (size_t) klen, value, sizeof value, TXN_STAMP, &e);
	}
	if (rc != ERR_OK)
		bail("write: %s", e.message);
}

static void
write_round(int round)
{
	struct txn *txn = begin(TXN_READ_COMMITTED);

	write_rows(txn, round);
	commit(&txn);
}

static void
look(struct txn *txn)
{
	CURSOR_AUTO struct cursor *c = NULL;
	struct err e = { 0 };
	bool found;
	char first = 0;
	int n = 0;

	if (cursor_open(txn, file, &c, &e) != ERR_OK)
		bail("cursor: %s", e.message);
	for (int rc = cursor_first(c, &found, &e); found; rc = cursor_next(c, &found, &e)) {
		uint64_t stamp;
		if (rc != ERR_OK)
			bail("read: %s", e.message);
		memcpy(&stamp, c->value, sizeof stamp);
		bad_stamps += !txn_sees(txn, __builtin_bswap64(stamp));
		first = n++ == 0 ? (char) c->value[8] : first;
		bad_rows += (char) c->value[8] != first;
	}
	bad_rows += n != 0 && n != ROWS;
	full += n == ROWS;
	empty += n == 0;
	views++;
}

static void *
read_main(void *arg)
{
	(void) arg;
	while (!stop) {
		struct txn *txn = begin(TXN_READ_COMMITTED);
		look(txn);
		txn_abort(&txn);
	}
	return NULL;
}

/* Small commits between: each must see what it has committed before. */
static void *
small_main(void *arg)
{
	struct strbuf value;
	struct err e = { 0 };
	bool found;

	(void) arg;
	strbuf_init(&value, NULL);
	for (int i = 0; !stop; i++) {
		struct txn *txn = begin(TXN_READ_COMMITTED);
		strbuf_clear(&value);
		if (txn_get(txn, small_file, "k", 1, &value, &found, &e) != ERR_OK)
			bail("get: %s", e.message);
		int was = found ? *(const int *) value.data : -1;
		bad_own += was != i - 1;
		if (txn_put(txn, small_file, "k", 1, &i, sizeof i, 0, &e) != ERR_OK)
			bail("put: %s", e.message);
		txn_set_async_commit(txn, true);
		commit(&txn);
	}
	strbuf_done(&value);
	return NULL;
}

/* A reader who commits at some moment of a large commit. */
struct late {
	struct txn *txn;
	long us;
	int rc;
};

static void *
late_main(void *arg)
{
	struct late *l = arg;
	struct timespec t = { l->us / 1000000, l->us % 1000000 * 1000 };
	struct err e = { 0 };

	nanosleep(&t, NULL);
	l->rc = txn_commit(&l->txn, &e);
	return NULL;
}

static long
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* The reader sees what was put on x and not the rows; their writer has missed x.  No order has both:
 * one of them is refused.  Returns whether it was so; *ret_reader: the reader was. */
static bool
triple(int n, long after_us, bool *ret_reader)
{
	struct txn *writer = begin(TXN_SERIALIZABLE), *first = begin(TXN_SERIALIZABLE);
	struct late late = { .us = after_us };
	struct strbuf value;
	struct err e = { 0 };
	pthread_t thread;
	bool found;
	char key[VALUE];
	int klen = sprintf(key, "%0190d", 0);

	strbuf_init(&value, NULL);
	int rc = txn_get(writer, small_file, "x", 1, &value, &found, &e);
	if (rc == ERR_OK)
		rc = txn_put(first, small_file, "x", 1, &n, sizeof n, 0, &e);
	if (rc != ERR_OK)
		bail("triple: %s", e.message);
	commit(&first);
	late.txn = begin(TXN_SERIALIZABLE);
	strbuf_clear(&value);
	rc = txn_get(late.txn, small_file, "x", 1, &value, &found, &e);
	if (rc == ERR_OK)
		rc = txn_get(late.txn, file, key, (size_t) klen, &value, &found, &e);
	if (rc != ERR_OK)
		bail("triple: %s", e.message);
	write_rows(writer, 3 * n + 1);
	if (pthread_create(&thread, NULL, late_main, &late) != 0)
		bail("pthread_create");
	rc = txn_commit(&writer, &e);
	pthread_join(thread, NULL);
	strbuf_done(&value);
	*ret_reader = late.rc != ERR_OK;
	return (rc == ERR_OK) != (late.rc == ERR_OK);
}

static void
triples(void)
{
	int right = 0, readers = 0;
	struct txn *txn = begin(TXN_SERIALIZABLE);

	write_rows(txn, 0);
	long us = -now_us();
	commit(&txn);
	us += now_us();
	for (int i = 0; i < TRIPLES; i++) {
		bool reader;
		right += triple(i, us * 4 * i / TRIPLES, &reader);
		readers += reader;
	}
	is_int(TRIPLES, right, "of a dangerous structure one is refused, at whatever moment of a large commit");
	ok(readers > 0 && readers < TRIPLES, "%d times the reader, else the writer", readers);
}

int
main(void)
{
	struct store_options options = teststore_options;
	pthread_t reader[READERS], small;
	struct err e = { 0 };

	options.cache_size = 256 << 20;
	if (store_create(teststore_dir(), &e) != ERR_OK || store_open(teststore_path, &options, &store, &e) != ERR_OK
	    || store_file_new(store, STORE_ROWS, &file, &e) != ERR_OK
	    || store_file_new(store, STORE_ROWS, &small_file, &e) != ERR_OK)
		bail("store: %s", e.message);
	write_round(0);
	for (int i = 0; i < READERS; i++)
		if (pthread_create(&reader[i], NULL, read_main, NULL) != 0)
			bail("pthread_create");
	if (pthread_create(&small, NULL, small_main, NULL) != 0)
		bail("pthread_create");
	for (int round = 1; round < ROUNDS; round++)
		write_round(round);
	stop = true;
	for (int i = 0; i < READERS; i++)
		pthread_join(reader[i], NULL);
	pthread_join(small, NULL);
	is_int(0, bad_rows, "no view has a part of a commit");
	is_int(0, bad_stamps, "every row that is seen has a change number that is");
	is_int(0, bad_own, "who commits sees it in his next snapshot");
	ok(full > 0 && empty > 0, "of %d views %d had the rows and %d had none", views, full, empty);

	/* A transaction's snapshot stays what it was. */
	write_round(0);
	struct txn *old = begin(TXN_REPEATABLE_READ);
	look(old);
	int before = full;
	write_round(2);
	look(old);
	is_int(before + 1, full, "an old snapshot still has them");
	txn_abort(&old);
	triples();
	is_int(ERR_OK, store_close(&store, &e), "close");
	teststore_remove();
	return tap_done();
}
