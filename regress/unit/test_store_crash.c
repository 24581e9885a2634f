/* test_store_crash.c - a commit that was acknowledged is there after kill -9, whole; a
 * transaction that was not is there whole or not at all.
 *
 * A child commits from several threads and notes each acknowledgement in shared memory; it is
 * killed at a moment that moves from round to round, also while it makes and drops files and
 * takes checkpoints; then the store is opened and compared with the notes. */
#include "config.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "core/base/strbuf.h"
#include "regress/unit/teststore.h"
#include "storage/cursor.h"
#include "storage/txn.h"

enum { WRITERS = 4, ROUNDS = 8 };

static struct notes {
	_Atomic uint64_t acked[WRITERS];        /* the writer's last acknowledged commit */
	_Atomic uint64_t change[WRITERS];
	_Atomic int started;
} *notes;
static struct store *store;
static uint32_t files[2];

static void
write_pair(struct txn *txn, int writer, uint64_t n)
{
	struct err e = { 0 };
	char key[32];
	int klen = sprintf(key, "%d/%08llu", writer, (unsigned long long) n);

	for (int i = 0; i < 2; i++)
		if (txn_put(txn, files[i], key, (size_t) klen, key, (size_t) klen, TXN_STAMP, &e) != ERR_OK)
			bail("put: %s", e.message);
}

static void *
writer_main(void *arg)
{
	int writer = (int) (intptr_t) arg;

	for (uint64_t n = notes->acked[writer] + 1; ; n++) {
		struct txn *txn = NULL;
		struct err e = { 0 };
		if (txn_begin(store, NULL, &txn, &e) != ERR_OK || txn_statement_begin(txn, &e) != ERR_OK)
			bail("begin: %s", e.message);
		write_pair(txn, writer, n);
		txn_statement_end(txn);
		if (txn_commit(&txn, &e) != ERR_OK)
			bail("commit: %s", e.message);
		notes->acked[writer] = n;
		notes->started = 1;
	}
	return NULL;
}

/* Files come and go, checkpoints run, and some commits nobody waits for. */
static void *
ddl_main(void *arg)
{
	(void) arg;
	for (;;) {
		struct txn *txn = NULL;
		struct txn_options async = { .async_commit = true };
		struct err e = { 0 };
		uint32_t file;
		if (store_file_new(store, STORE_INDEX, &file, &e) != ERR_OK
		    || txn_begin(store, &async, &txn, &e) != ERR_OK
		    || txn_statement_begin(txn, &e) != ERR_OK
		    || txn_put(txn, file, "k", 1, "v", 1, 0, &e) != ERR_OK
		    || txn_commit(&txn, &e) != ERR_OK || store_checkpoint(store, &e) != ERR_OK)
			bail("ddl: %s", e.message);
		store_file_doom(store, file);
	}
	return NULL;
}

static void
child(void)
{
	pthread_t t;

	store = teststore_open(teststore_path);
	for (int i = 0; i < WRITERS; i++)
		pthread_create(&t, NULL, writer_main, (void *) (intptr_t) i);
	pthread_create(&t, NULL, ddl_main, NULL);
	for (;;)
		pause();
}

static bool
has(struct txn *txn, uint32_t file, int writer, uint64_t n)
{
	struct err e = { 0 };
	char key[32];
	int klen = sprintf(key, "%d/%08llu", writer, (unsigned long long) n);
	bool found;

	if (txn_get(txn, file, key, (size_t) klen, NULL, &found, &e) != ERR_OK)
		bail("get: %s", e.message);
	return found;
}

static bool keep(void *arg, uint32_t file) { (void) arg; return file == files[0] || file == files[1]; }

static void
check(int round)
{
	struct txn *txn = NULL;
	struct err e = { 0 };
	int lost = 0, halves = 0;
	uint64_t total = 0;

	store = teststore_open(teststore_path);
	if (txn_begin(store, NULL, &txn, &e) != ERR_OK || txn_statement_begin(txn, &e) != ERR_OK)
		bail("begin: %s", e.message);
	for (int w = 0; w < WRITERS; w++) {
		uint64_t n = notes->acked[w];
		total += n;
		for (uint64_t i = 1; i <= n; i++) {
			lost += !has(txn, files[0], w, i);
			lost += !has(txn, files[1], w, i);
		}
		bool extra = has(txn, files[0], w, n + 1);
		halves += extra != has(txn, files[1], w, n + 1);
		if (extra)
			notes->acked[w]++;      /* it is there: the next round starts behind it */
	}
	txn_abort(&txn);
	is_int(0, lost, "round %d: nothing acknowledged is lost (of %llu)", round,
	       (unsigned long long) total);
	is_int(0, halves, "round %d: no half transaction", round);
	is_int(ERR_OK, store_files_sweep(store, keep, NULL, &e), "round %d: sweep", round);
	teststore_close(&store);
}

/* --- what was visible is what recovery gives ------------------------------------------------
 * Threads write the same keys without row locks, so the engine's conflict check is all that
 * stands between them; weaker isolation once left one value live and another in the log. */

enum { SHARED_KEYS = 40, BLIND_COMMITS = 400 };

static struct { char value[SHARED_KEYS][16]; } *seen;

static void *
blind_main(void *arg)
{
	for (int i = 0; i < BLIND_COMMITS; i++) {
		struct txn *txn = NULL;
		struct txn_options opt = { .async_commit = i % 8 != 0 };
		struct err e = { 0 };
		char key[16], value[16];
		if (txn_begin(store, &opt, &txn, &e) != ERR_OK || txn_statement_begin(txn, &e) != ERR_OK)
			bail("begin: %s", e.message);
		snprintf(value, sizeof value, "%d/%d", (int) (intptr_t) arg, i);
		for (int k = i % 5; k < SHARED_KEYS; k += 5) {
			int klen = sprintf(key, "shared%d", k);
			if (txn_put(txn, files[0], key, (size_t) klen, value, sizeof value, 0, &e) != ERR_OK)
				bail("put: %s", e.message);
		}
		if (txn_commit(&txn, &e) != ERR_OK)
			bail("commit: %s", e.message);
	}
	return NULL;
}

/* true: as noted; or note them. */
static bool
look(bool compare)
{
	TXN_AUTO struct txn *txn = NULL;
	struct err e = { 0 };
	bool same = true, found;

	if (txn_begin(store, NULL, &txn, &e) != ERR_OK || txn_statement_begin(txn, &e) != ERR_OK)
		bail("begin: %s", e.message);
	for (int k = 0; k < SHARED_KEYS; k++) {
		struct strbuf value;
		char key[16];
		int klen = sprintf(key, "shared%d", k);
		strbuf_init(&value, NULL);
		if (txn_get(txn, files[0], key, (size_t) klen, &value, &found, &e) != ERR_OK || !found)
			bail("get: %s", e.message);
		if (compare)
			same = same && memcmp(seen->value[k], value.data, 16) == 0;
		else
			memcpy(seen->value[k], value.data, 16);
		strbuf_done(&value);
	}
	if (txn_wait_visible_durable(txn, &e) != ERR_OK)
		bail("wait: %s", e.message);
	return same;
}

static void
test_live_is_recovered(void)
{
	int status;

	seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (seen == MAP_FAILED)
		bail("mmap");
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		pthread_t t[WRITERS];
		store = teststore_open(teststore_path);
		for (int i = 0; i < WRITERS; i++)
			pthread_create(&t[i], NULL, blind_main, (void *) (intptr_t) i);
		for (int i = 0; i < WRITERS; i++)
			pthread_join(t[i], NULL);
		(void) look(false);
		kill(getpid(), SIGKILL);
	}
	waitpid(pid, &status, 0);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "blind writers: killed at the end");
	store = teststore_open(teststore_path);
	ok(look(true), "what a reader was shown is what recovery gives");
	teststore_close(&store);
	munmap(seen, sizeof *seen);
}

int
main(void)
{
	struct err e = { 0 };

	notes = mmap(NULL, sizeof *notes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (notes == MAP_FAILED)
		bail("mmap");
	store = teststore_new();
	for (int i = 0; i < 2; i++)
		if (store_file_new(store, i == 0 ? STORE_ROWS : STORE_INDEX, &files[i], &e) != ERR_OK)
			bail("file: %s", e.message);
	teststore_close(&store);
	for (int round = 0; round < ROUNDS; round++) {
		notes->started = 0;
		fflush(stdout);
		pid_t pid = fork();
		if (pid == 0) {
			child();
			_exit(1);
		}
		struct timespec ms = { 0, 1000000 };
		int status;
		while (!notes->started && waitpid(pid, &status, WNOHANG) == 0)
			nanosleep(&ms, NULL);
		struct timespec more = { 0, (23 + 37 * round) % 150 * 1000000 };
		nanosleep(&more, NULL);         /* the moment of the crash: any will do */
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "round %d: killed at work", round);
		check(round);
	}
	munmap(notes, sizeof *notes);
	test_live_is_recovered();
	teststore_remove();
	return tap_done();
}
