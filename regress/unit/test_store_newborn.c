/* test_store_newborn.c - a commit that loads a file past the log: who sees its rows, two of them at
 * once, its failures (each engine call in turn), and kill -9 at moments that move. */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "core/base/log.h"
#include "regress/unit/teststore.h"
#include "storage/cursor.h"
#include "storage/fault.h"
#include "storage/txn.h"

enum { ROWS = 3000, EXIT_PANIC = 70, ROUNDS = 6 };

static struct store *store;
static _Atomic uint64_t *notes;         /* acknowledged loads: in memory that the child shares */

static struct store *
open_small(void)
{
	struct store_options options = teststore_options;
	struct store *s = NULL;
	struct err e = { 0 };

	options.load_bytes = 32 << 10;
	if (store_open(teststore_path, &options, &s, &e) != ERR_OK)
		bail("store_open: %s", e.message);
	return s;
}

/* A file as the catalog has it: named, without a row. */
static uint32_t
new_file(enum store_kind kind)
{
	struct err e = { 0 };
	uint32_t file;

	if (store_file_new(store, kind, &file, &e) != ERR_OK)
		bail("file: %s", e.message);
	store_file_settle(store, file);
	return file;
}

static struct txn *
begin(enum txn_isolation isolation)
{
	struct txn_options options = { .isolation = isolation };
	struct txn *txn = NULL;
	struct err e = { 0 };

	if (txn_begin(store, &options, &txn, &e) != ERR_OK || txn_statement_begin(txn, &e) != ERR_OK)
		bail("begin: %s", e.message);
	return txn;
}

static void
put_rows(struct txn *txn, uint32_t file, int from, int step, int n)
{
	struct err e = { 0 };

	for (int i = 0; i < n; i++) {
		char key[16], value[40] = "01234567 a value of some length";
		int klen = sprintf(key, "%08d", from + i * step);
		if (txn_put(txn, file, key, (size_t) klen, value, sizeof value, TXN_STAMP, &e) != ERR_OK)
			bail("put: %s", e.message);
	}
}

static int
rows_of(struct txn *txn, uint32_t file)
{
	CURSOR_AUTO struct cursor *c = NULL;
	struct err e = { 0 };
	bool found;
	int n = 0;

	if (cursor_open(txn, file, &c, &e) != ERR_OK)
		bail("cursor: %s", e.message);
	for (int rc = cursor_first(c, &found, &e); rc == ERR_OK && found; rc = cursor_next(c, &found, &e))
		n++;
	return n;
}

static int
rows_now(uint32_t file)
{
	TXN_AUTO struct txn *txn = begin(TXN_READ_COMMITTED);

	return rows_of(txn, file);
}

static int
load(uint32_t file, uint32_t index, int from, int step, struct err *e)
{
	struct txn *txn = begin(TXN_READ_COMMITTED);

	put_rows(txn, file, from, step, ROWS);
	put_rows(txn, index, from, step, ROWS);
	return txn_commit(&txn, e);
}

static void
test_who_sees(void)
{
	uint32_t file = new_file(STORE_ROWS), index = new_file(STORE_INDEX);
	struct txn *old = begin(TXN_REPEATABLE_READ), *txn = begin(TXN_READ_COMMITTED);
	struct err e = { 0 };
	bool found = true;

	is_int(0, rows_of(old, file), "an old snapshot: empty");
	put_rows(txn, file, 0, 1, ROWS + 1);
	put_rows(txn, index, 0, 1, ROWS);
	struct txn_mark mark = txn_savepoint(txn);
	put_rows(txn, file, ROWS + 10, 1, 10);
	txn_rollback_to(txn, mark);
	is_int(ERR_OK, txn_delete(txn, file, "00000000", 8, &e), "one is deleted again");
	txn_statement_end(txn);
	is_int(ERR_OK, txn_commit(&txn, &e), "commit");
	is_int(ROWS, rows_now(file), "all are seen, none that was undone");
	is_int(ROWS, rows_now(index), "and the other file's");
	is_int(0, rows_of(old, file), "the old snapshot: still empty");
	is_int(ERR_OK, txn_get(old, file, "00000007", 8, NULL, &found, &e), "one row of it");
	ok(!found, "is not there");
	is_int(ERR_OK, txn_get_latest(old, file, "00000007", 8, NULL, &found, &e), "the newest state");
	ok(found, "has it");
	struct txn *later = begin(TXN_READ_COMMITTED);
	put_rows(later, file, ROWS * 2, 1, 5);
	is_int(ERR_OK, txn_commit(&later, &e), "a later commit");
	is_int(0, rows_of(old, file), "the old snapshot sees neither");
	txn_abort(&old);
	is_int(ROWS + 5, rows_now(file), "new ones see both");
}

static uint32_t shared_file, shared_index;

static void *
load_main(void *arg)
{
	struct err e = { 0 };

	if (load(shared_file, shared_index, (int) (intptr_t) arg, 2, &e) != ERR_OK)
		bail("load: %s", e.message);
	return NULL;
}

static void
test_at_once(void)
{
	pthread_t t[2];

	shared_file = new_file(STORE_ROWS);
	shared_index = new_file(STORE_INDEX);
	for (int i = 0; i < 2; i++)
		pthread_create(&t[i], NULL, load_main, (void *) (intptr_t) i);
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	is_int(2 * ROWS, rows_now(shared_file), "two loads of one file: both are there");
	is_int(2 * ROWS, rows_now(shared_index), "in both files");
}

#ifdef ORMDB_FAULTS
/* 0: acknowledged; 1: refused, and the file can be used; 2: refused, and it is not right. */
static int
fail_at(long n, uint32_t file, uint32_t index)
{
	struct err e = { 0 };

	store = open_small();
	struct txn *txn = begin(TXN_READ_COMMITTED);
	put_rows(txn, file, 0, 1, ROWS);
	put_rows(txn, index, 0, 1, ROWS);
	fault_set(n, EINVAL, false);
	int rc = txn_commit(&txn, &e);
	*notes = (uint64_t) fault_calls();
	fault_set(0, 0, false);
	if (rc == ERR_OK)
		return 0;
	if (rows_now(file) != 0 || rows_now(index) != 0)
		return 2;
	txn = begin(TXN_READ_COMMITTED);
	put_rows(txn, file, ROWS * 2, 1, 1);
	return txn_commit(&txn, &e) == ERR_OK && rows_now(file) == 1 ? 1 : 2;
}

static int
walk_one(long n, int *refused)
{
	uint32_t file = new_file(STORE_ROWS), index = new_file(STORE_INDEX);
	int status;

	teststore_close(&store);
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		log_min_level = LOG_PANIC + 1;
		_exit(fail_at(n, file, index));
	}
	waitpid(pid, &status, 0);
	int how = WIFEXITED(status) ? WEXITSTATUS(status) : 2;
	store = open_small();
	int rows = rows_now(file), entries = rows_now(index);
	*refused += how == 1;
	bool right = how == 0 ? rows == ROWS && entries == ROWS
	           : how == 1 ? rows <= 1 && entries == 0
	           : how == EXIT_PANIC && rows == entries && (rows == 0 || rows == ROWS);
	if (!right)
		diag("call %ld: ended %d with %d rows and %d entries", n, how, rows, entries);
	return right ? 0 : 1;
}

static void
test_failures(void)
{
	int refused = 0, wrong = walk_one(1000000, &refused);
	long calls = (long) *notes;

	ok(calls > 2 * ROWS, "a load makes %ld engine calls", calls);
	for (long n = 1; n <= calls + 5; n++)
		if (n < 16 || n > calls - 10 || n % 1997 == 0)
			wrong += walk_one(n, &refused);
	is_int(0, wrong, "each one of many fails: acknowledged, refused or stopped, and so it is found");
	ok(refused > 3, "the walk has met the load");
	*notes = 0;
}
#else
static void
test_failures(void)
{
	skip(3, "built without --enable-debug");
}
#endif

/* The child loads one file after another, each known beforehand. */
enum { FILES = 400 };

static void
child(const uint32_t *files)
{
	struct err e = { 0 };

	store = open_small();
	for (uint64_t i = *notes; i + 1 < FILES; i += 2) {
		if (load(files[i], files[i + 1], 0, 1, &e) != ERR_OK)
			bail("load: %s", e.message);
		*notes = i + 2;
	}
	for (;;)
		pause();
}

static void
test_kill(void)
{
	uint32_t files[FILES];
	int wrong = 0, status;

	for (int i = 0; i < FILES; i++)
		files[i] = new_file(i % 2 == 0 ? STORE_ROWS : STORE_INDEX);
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t before = *notes;
		struct timespec t = { 0, (10 + round * 7) * 1000000L }, tick = { 0, 1000000 };
		teststore_close(&store);
		fflush(stdout);
		pid_t pid = fork();
		if (pid == 0)
			child(files);
		for (int i = 0; *notes == before && i < 20000; i++)
			nanosleep(&tick, NULL);
		nanosleep(&t, NULL);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		store = open_small();
		for (uint64_t i = 0; i + 1 < FILES; i += 2) {
			int rows = rows_now(files[i]), entries = rows_now(files[i + 1]);
			bool half = rows != entries || (rows != 0 && rows != ROWS);
			if (half || (rows == 0 && i < *notes) || (rows != 0 && i > *notes)) {
				wrong++;
				diag("round %d, load %d of %d: %d rows, %d entries", round, (int) i, (int) *notes, rows, entries);
			}
			if (i == *notes && rows == ROWS)
				*notes += 2;    /* committed, not acknowledged */
		}
	}
	is_int(0, wrong, "killed %d times, %d loads: each is there whole if acknowledged, or not at all",
	       (int) ROUNDS, (int) *notes / 2);
}

int
main(void)
{
	struct err e = { 0 };

	notes = mmap(NULL, sizeof *notes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (notes == MAP_FAILED || store_create(teststore_dir(), &e) != ERR_OK)
		bail("store: %s", e.message);
	store = open_small();
	test_who_sees();
	test_at_once();
	test_failures();
	test_kill();
	teststore_close(&store);
	teststore_remove();
	return tap_done();
}
