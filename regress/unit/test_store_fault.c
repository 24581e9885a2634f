/* test_store_fault.c - every engine call of a scenario fails once.
 *
 * A child runs the scenario with the nth engine call failing.  It may report an error and go
 * on, or the server may stop (exit status 70) where only recovery can tell; it may not crash,
 * hang or keep a lock.  Afterwards the store opens and holds exactly what was acknowledged,
 * plus at most the transaction whose end the child did not live to see. */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "core/base/log.h"
#include "core/base/strbuf.h"
#include "regress/unit/teststore.h"
#include "storage/cursor.h"
#include "storage/fault.h"
#include "storage/txn.h"

#ifdef ORMDB_FAULTS

enum { TXNS = 4, ROWS = 3, EXIT_PANIC = 70 };

static struct notes {
	_Atomic int acked[TXNS], refused[TXNS];
	_Atomic long calls;
	bool refused_checkpoint;
} *notes;
static uint32_t files[2], bulk_file;

static size_t
key_of(int t, int i, char *key)
{
	return (size_t) sprintf(key, "t%d/%d", t, i);
}

static int
read_back(struct txn *txn, uint32_t file, int *ret_rows, struct err *e)
{
	CURSOR_AUTO struct cursor *c = NULL;
	bool found;
	int n = 0;

	int rc = cursor_open(txn, file, &c, e);
	if (rc != ERR_OK)
		return rc;
	for (rc = cursor_first(c, &found, e); rc == ERR_OK && found; rc = cursor_next(c, &found, e))
		n++;
	*ret_rows = n;
	return rc;
}

static int
one_txn(struct store *store, int t, struct err *e)
{
	TXN_AUTO struct txn *txn = NULL;
	struct txn_options opt = { .isolation = t % 2 == 0 ? TXN_READ_COMMITTED : TXN_SERIALIZABLE };
	char key[16];
	bool found;
	int n;

	int rc = txn_begin(store, &opt, &txn, e);
	if (rc != ERR_OK || (rc = txn_statement_begin(txn, e)) != ERR_OK)
		return rc;
	for (int i = 0; i < ROWS && rc == ERR_OK; i++)
		for (int f = 0; f < 2 && rc == ERR_OK; f++) {
			size_t klen = key_of(t, i, key);
			rc = txn_get_latest(txn, files[f], key, klen, NULL, &found, e);
			if (rc == ERR_OK)
				rc = txn_put(txn, files[f], key, klen, "12345678", 8, TXN_STAMP, e);
		}
	if (rc == ERR_OK)
		rc = read_back(txn, files[0], &n, e);
	txn_statement_end(txn);
	return rc == ERR_OK ? txn_commit(&txn, e) : rc;
}

static int
load(struct store *store, struct err *e)
{
	STORE_BULK_AUTO struct store_bulk *b = NULL;

	int rc = store_bulk_open(store, bulk_file, &b, e);
	for (int i = 0; i < 10 && rc == ERR_OK; i++) {
		char key[2] = { (char) ('0' + i), 0 };
		rc = store_bulk_append(b, key, 1, "v", 1, 0, e);
	}
	return rc == ERR_OK ? store_bulk_close(&b, e) : rc;
}

/* Everything that talks to the engine.  Errors are expected; they are only counted. */
static void
scenario(long nth, int code, bool while_opening)
{
	struct store *store = NULL;
	struct err e = { 0 };

	log_min_level = LOG_FATAL + 2;          /* not even panics: they are expected */
	if (while_opening)
		fault_set(nth, code, false);
	if (store_open(teststore_path, &teststore_options, &store, &e) != ERR_OK)
		_exit(2);
	if (!while_opening)
		fault_set(nth, code, false);
	for (int t = 0; t < TXNS; t++) {
		err_init(&e);
		if (one_txn(store, t, &e) == ERR_OK)
			notes->acked[t] = 1;
		else
			notes->refused[t] = 1;
	}
	err_init(&e);
	(void) load(store, &e);
	err_init(&e);
	notes->refused_checkpoint = store_checkpoint(store, &e) != ERR_OK;
	notes->calls = fault_calls();
	err_init(&e);
	_exit(store_close(&store, &e) == ERR_OK ? 0 : 1);
}

/* Each run gets files that do not exist yet, in the same store. */
static void
new_files(struct store *store)
{
	struct err e = { 0 };

	if (store_file_new(store, STORE_ROWS, &files[0], &e) != ERR_OK
	    || store_file_new(store, STORE_INDEX, &files[1], &e) != ERR_OK
	    || store_file_new(store, STORE_ROWS, &bulk_file, &e) != ERR_OK)
		bail("files: %s", e.message);
}

static int
run_child(long nth, int code, bool while_opening)
{
	int status;

	memset(notes, 0, sizeof *notes);
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		alarm(20);
		scenario(nth, code, while_opening);
	}
	waitpid(pid, &status, 0);
	return status;
}

/* Every acknowledged row is there, of refused ones none, of the one in between all or none. */
static int
check(void)
{
	struct store *store = teststore_open(teststore_path);
	struct txn *txn = NULL;
	struct err e = { 0 };
	char key[16];
	int bad = 0;

	if (txn_begin(store, NULL, &txn, &e) != ERR_OK || txn_statement_begin(txn, &e) != ERR_OK)
		bail("txn: %s", e.message);
	for (int t = 0; t < TXNS; t++) {
		int rows = 0;
		for (int i = 0; i < ROWS; i++)
			for (int f = 0; f < 2; f++) {
				bool found;
				size_t klen = key_of(t, i, key);
				if (txn_get(txn, files[f], key, klen, NULL, &found, &e) != ERR_OK)
					bail("get: %s", e.message);
				rows += found;
			}
		if (notes->acked[t])
			bad += rows != 2 * ROWS;
		else if (notes->refused[t])
			bad += rows != 0;
		else
			bad += rows != 0 && rows != 2 * ROWS;
	}
	txn_abort(&txn);
	new_files(store);
	teststore_close(&store);
	return bad;
}

static void
walk(int code, int step, const char *name)
{
	long nth = 1, calls;
	int crashed = 0, wrong = 0, stopped = 0, refused = 0;

	is_int(0, run_child(1000000, code, false), "%s: the scenario alone passes", name);
	is_int(0, check(), "%s: and is true", name);
	calls = notes->calls;
	for (; nth <= calls; nth += step) {
		int status = run_child(nth, code, false);
		if (WIFSIGNALED(status) || (WEXITSTATUS(status) > 2 && WEXITSTATUS(status) != EXIT_PANIC)) {
			crashed++;
			diag("%s, call %ld: status %x", name, nth, (unsigned) status);
		}
		stopped += WIFEXITED(status) && WEXITSTATUS(status) == EXIT_PANIC;
		for (int t = 0; t < TXNS; t++)
			refused += notes->refused[t];
		if (check() != 0) {
			wrong++;
			diag("%s, call %ld: rows do not match the answers", name, nth);
		}
	}
	diag("%s: %ld calls, %d stops, %d refused transactions", name, calls, stopped, refused);
	ok(calls > 50, "%s: the scenario makes calls", name);
	is_int(0, crashed, "%s: no crash, no hang", name);
	is_int(0, wrong, "%s: what was answered is true", name);
}

int
main(void)
{
	notes = mmap(NULL, sizeof *notes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (notes == MAP_FAILED)
		bail("mmap");
	struct store *store = teststore_new();
	new_files(store);
	teststore_close(&store);
	walk(EIO, 1, "EIO");
	walk(FAULT_ROLLBACK, 3, "rollback");
	int bad = 0;
	for (long nth = 1; nth <= 12; nth++) {
		int status = run_child(nth, EIO, true);
		bad += WIFSIGNALED(status) || WEXITSTATUS(status) > 2 || check() != 0;
	}
	is_int(0, bad, "failures while opening");
	munmap(notes, sizeof *notes);
	teststore_remove();
	return tap_done();
}

#else

int
main(void)
{
	skip_all("built without fault injection (configure --enable-debug)");
}

#endif
