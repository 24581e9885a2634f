/* test_store.c - creating, opening, refusing; files made, swept and dropped; bulk loads. */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "core/base/strbuf.h"
#include "regress/unit/teststore.h"
#include "storage/cursor.h"
#include "storage/txn.h"

static void
path_in(char *path, size_t size, const char *name)
{
	snprintf(path, size, "%s/%s", teststore_path, name);
}

static void
write_text(const char *name, const char *text)
{
	char path[600];

	path_in(path, sizeof path, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		bail("%s", path);
	close(fd);
}

static int
try_open(struct err *e)
{
	struct store *store = NULL;

	err_init(e);
	int rc = store_open(teststore_path, &teststore_options, &store, e);
	if (rc == ERR_OK)
		teststore_close(&store);
	return rc;
}

/* --- refusals --------------------------------------------------------------------------------- */

static void
test_refusals(void)
{
	struct err e = { 0 };
	char from[600], to[600];
	const char *dir = teststore_dir();

	is_str("58P01", err_sqlstate(try_open(&e)), "an empty directory is no store");
	is_int(ERR_OK, (err_init(&e), store_create(dir, &e)), "create");
	is_str("58P02", err_sqlstate(store_create(dir, &e)), "not twice");
	is_int(ERR_OK, try_open(&e), "open and close");

	write_text("ORMDB_VERSION", "3\n");
	is_str("55000", err_sqlstate(try_open(&e)), "a newer format");
	write_text("ORMDB_VERSION", "x\n");
	is_str("XX001", err_sqlstate(try_open(&e)), "no format at all");
	write_text("ORMDB_VERSION", "2\n");

	path_in(from, sizeof from, "base/WiredTiger.turtle");
	path_in(to, sizeof to, "turtle");
	rename(from, to);
	is_str("XX001", err_sqlstate(try_open(&e)), "a missing turtle");
	ok(access(from, F_OK) != 0, "and nothing was created over it");
	rename(to, from);
	is_int(ERR_OK, try_open(&e), "good again");

	write_text("ORMDB_MARK", "00000000000000009999 c\n");
	is_str("XX001", err_sqlstate(try_open(&e)), "a log behind its mark");
	write_text("ORMDB_MARK", "00000000000000000000 c\n");
	is_str("XX001", err_sqlstate(try_open(&e)), "stays refused");
	write_text("ORMDB_ACCEPT_LOSS", "");
	is_int(ERR_OK, try_open(&e), "until a person says so");
	is_int(ERR_OK, try_open(&e), "which is said once");
}

static void
test_second_server(void)
{
	struct store *store = teststore_open(teststore_path);
	int status;

	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		struct err e = { 0 };
		struct store *again = NULL;
		int rc = store_open(teststore_path, &teststore_options, &again, &e);
		_exit(strcmp(err_sqlstate(rc), "F0001") == 0 ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	is_int(0, status, "a second server is refused");
	teststore_close(&store);
}

/* --- files -------------------------------------------------------------------------------------- */

static void
put_row(struct store *store, uint32_t file, const char *key, const char *value)
{
	TXN_AUTO struct txn *txn = NULL;
	struct err e = { 0 };

	if (txn_begin(store, NULL, &txn, &e) != ERR_OK || txn_statement_begin(txn, &e) != ERR_OK
	    || txn_put(txn, file, key, strlen(key), value, strlen(value), 0, &e) != ERR_OK
	    || txn_commit(&txn, &e) != ERR_OK)
		bail("put_row: %s", e.message);
}

static int64_t
count_rows(struct txn *txn, uint32_t file)
{
	CURSOR_AUTO struct cursor *c = NULL;
	struct err e = { 0 };
	int64_t n = 0;
	bool found;

	if (cursor_open(txn, file, &c, &e) != ERR_OK)
		bail("cursor_open: %s", e.message);
	for (int rc = cursor_first(c, &found, &e); rc == ERR_OK && found; rc = cursor_next(c, &found, &e))
		n++;
	if (e.code != ERR_OK)
		bail("count_rows: %s", e.message);
	return n;
}

static int64_t
count_now(struct store *store, uint32_t file)
{
	TXN_AUTO struct txn *txn = NULL;
	struct err e = { 0 };

	if (txn_begin(store, NULL, &txn, &e) != ERR_OK || txn_statement_begin(txn, &e) != ERR_OK)
		bail("txn: %s", e.message);
	return count_rows(txn, file);
}

static bool
gone_soon(struct store *store, uint32_t file)
{
	struct timespec t = { 0, 10000000 };

	for (int i = 0; i < 500 && store_file_exists(store, file); i++)
		nanosleep(&t, NULL);
	return !store_file_exists(store, file);
}

static uint32_t
new_file(struct store *store, enum store_kind kind)
{
	struct err e = { 0 };
	uint32_t file;

	if (store_file_new(store, kind, &file, &e) != ERR_OK)
		bail("store_file_new: %s", e.message);
	return file;
}

static uint32_t kept_file;
static bool keep(void *arg, uint32_t file) { (void) arg; return file == kept_file; }

static void
test_files(void)
{
	struct store *store = teststore_open(teststore_path);
	struct txn *old = NULL;
	struct err e = { 0 };
	uint32_t rows = new_file(store, STORE_ROWS), index = new_file(store, STORE_INDEX);

	is_int(STORE_INDEX, (int) store_file_kind(index), "the number tells the kind");
	ok(!store_file_exists(store, rows), "a new number is no file");
	is_int64(0, count_now(store, rows), "and reads as empty");
	put_row(store, rows, "k", "v");
	put_row(store, index, "k", "v");
	ok(store_file_exists(store, rows) && store_file_bytes(store, rows) > 0, "the first write makes it");

	if (txn_begin(store, &(struct txn_options) { .isolation = TXN_REPEATABLE_READ }, &old, &e) != ERR_OK
	    || txn_statement_begin(old, &e) != ERR_OK)
		bail("txn");
	store_file_doom(store, rows);
	struct timespec t = { 0, 300000000 };
	nanosleep(&t, NULL);            /* longer than the janitor's round: it must not happen */
	is_int64(1, count_rows(old, rows), "an old snapshot still reads a doomed file");
	txn_abort(&old);
	ok(gone_soon(store, rows), "then it goes");

	uint32_t orphan = new_file(store, STORE_ROWS), last = new_file(store, STORE_SEGMENTS);
	put_row(store, orphan, "k", "v");
	teststore_close(&store);
	write_text("base/o0000ffff.wt", "left by a crash");
	store = teststore_open(teststore_path);
	char path[600];
	path_in(path, sizeof path, "base/o0000ffff.wt");
	ok(access(path, F_OK) != 0, "unknown files are removed at start");
	ok(new_file(store, STORE_ROWS) >> 2 == (last >> 2) + 1, "numbers go on where they were");
	kept_file = index;
	is_int(ERR_OK, store_files_sweep(store, keep, NULL, &e), "sweep");
	ok(gone_soon(store, orphan), "the orphan goes");
	ok(store_file_exists(store, index), "what is wanted stays");
	is_int64(1, count_now(store, index), "with its row");
	teststore_close(&store);
}

/* --- bulk --------------------------------------------------------------------------------------------- */

static void
load(struct store *store, uint32_t file, int n)
{
	struct store_bulk *b = NULL;
	struct err e = { 0 };
	char key[32], value[100];

	if (store_bulk_open(store, file, &b, &e) != ERR_OK)
		bail("bulk_open: %s", e.message);
	memset(value, 'v', sizeof value);
	for (int i = 0; i < n; i++) {
		int klen = sprintf(key, "%08d", i);
		if (store_bulk_append(b, key, (size_t) klen, value, sizeof value, TXN_STAMP, &e) != ERR_OK)
			bail("bulk_append: %s", e.message);
	}
	if (store_bulk_close(&b, &e) != ERR_OK)
		bail("bulk_close: %s", e.message);
}

static void
test_bulk(void)
{
	struct store *store = teststore_open(teststore_path);
	struct store_bulk *b = NULL;
	struct err e = { 0 };
	uint32_t small = new_file(store, STORE_ROWS), large = new_file(store, STORE_ROWS);
	uint32_t dropped = new_file(store, STORE_ROWS);
	int status;

	teststore_close(&store);
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {                 /* load, then die without a word */
		store = teststore_open(teststore_path);
		load(store, small, 1000);
		load(store, large, 50000);
		put_row(store, large, "00000000x", "later");
		_exit(0);
	}
	waitpid(pid, &status, 0);
	is_int(0, status, "loaded and died");
	store = teststore_open(teststore_path);
	is_int64(1000, count_now(store, small), "a small load survives");
	is_int64(50001, count_now(store, large), "a large load and a later row survive");

	if (store_bulk_open(store, dropped, &b, &e) != ERR_OK
	    || store_bulk_append(b, "b", 1, "", 0, 0, &e) != ERR_OK)
		bail("bulk: %s", e.message);
	is_str("XX000", err_sqlstate(store_bulk_append(b, "b", 1, "", 0, 0, &e)), "keys must ascend");
	store_bulk_abort(&b);
	is_int64(0, count_now(store, dropped), "an aborted load left nothing");
	teststore_close(&store);
}

/* --- a damaged log -------------------------------------------------------------------------------- */

/* Commit `n` rows, wait for the mark to move, die.  Returns when that has happened. */
static void
write_and_die(int n)
{
	int status;

	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		struct store *store = teststore_open(teststore_path);
		struct timespec t = { 1, 300000000 };
		char key[16];
		for (int i = 0; i < n; i++) {
			sprintf(key, "%d", i);
			put_row(store, STORE_FILE_CATALOG, key, "some value to fill the log");
		}
		nanosleep(&t, NULL);            /* the mark moves once a second */
		_exit(0);
	}
	waitpid(pid, &status, 0);
	is_int(0, status, "written and died");
}

/* Calls fn for every log file. */
static void
each_log(void (*fn)(const char *path))
{
	char path[900];

	path_in(path, 600, "base");
	DIR *d = opendir(path);
	for (struct dirent *entry; d != NULL && (entry = readdir(d)) != NULL; )
		if (strncmp(entry->d_name, "WiredTigerLog.", 14) == 0) {
			snprintf(path, sizeof path, "%s/base/%s", teststore_path, entry->d_name);
			fn(path);
		}
	closedir(d);
}

static void
spoil(const char *path)
{
	char bytes[64];
	int fd = open(path, O_RDWR);

	memset(bytes, 0x5A, sizeof bytes);
	if (fd < 0 || pwrite(fd, bytes, sizeof bytes, 20000) != sizeof bytes)
		bail("%s", path);
	close(fd);
}

static void lose(const char *path) { unlink(path); }

static void
test_damaged_log(void (*damage)(const char *path), const char *what)
{
	struct err e = { 0 };

	if (store_create(teststore_dir(), &e) != ERR_OK)
		bail("create: %s", e.message);
	write_and_die(500);
	is_int(ERR_OK, try_open(&e), "%s: fine before", what);
	write_and_die(500);
	each_log(damage);
	is_str("XX001", err_sqlstate(try_open(&e)), "%s: refused", what);
	is_str("XX001", err_sqlstate(try_open(&e)), "%s: and again", what);
}

static void
test_stats(void)
{
	struct store *store = teststore_open(teststore_path);
	struct store_stats st;
	struct txn *txn = NULL;
	struct err e = { 0 };

	put_row(store, STORE_FILE_CATALOG, "k", "v");
	is_int(ERR_OK, store_checkpoint(store, &e), "checkpoint");
	if (txn_begin(store, NULL, &txn, &e) != ERR_OK || txn_statement_begin(txn, &e) != ERR_OK)
		bail("txn");
	store_stats(store, &st);
	ok(st.commits == 1 && st.checkpoints == 1 && st.flushes >= 1, "commits, checkpoints, flushes");
	is_uint64(1, st.snapshots, "one snapshot");
	ok(st.cache_max_bytes == teststore_options.cache_size && st.cache_bytes > 0, "cache");
	txn_abort(&txn);
	teststore_close(&store);
}

int
main(void)
{
	test_refusals();
	test_second_server();
	test_files();
	test_bulk();
	test_stats();
	test_damaged_log(spoil, "a bad byte in the log");
	test_damaged_log(lose, "missing logs");
	teststore_remove();
	return tap_done();
}
