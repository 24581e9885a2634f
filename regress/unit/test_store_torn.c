/* test_store_torn.c - the end of the log after a power loss, and damage before it.
 *
 * A child commits and dies; then the log file is changed as a disk would that wrote some
 * sectors and not others.  What concerns the last, possibly unacknowledged, writes must not
 * keep the server from starting; what proves a loss of acknowledged commits must. */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/wait.h>

#include "regress/unit/teststore.h"
#include "storage/cursor.h"
#include "storage/txn.h"

enum { COMMITS = 40, SECTOR = 512 };

static void
commit_and_die(void)
{
	static char value[4000];
	int status;

	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		struct store *store = teststore_open(teststore_path);
		for (int i = 0; i < COMMITS; i++) {
			struct txn *txn = NULL;
			struct err e = { 0 };
			char key[16];
			int klen = sprintf(key, "%04d", i);
			memset(value, 'x', sizeof value);
			if (txn_begin(store, NULL, &txn, &e) != ERR_OK || txn_statement_begin(txn, &e) != ERR_OK
			    || txn_put(txn, STORE_FILE_CATALOG, key, (size_t) klen, value, sizeof value, 0, &e) != ERR_OK
			    || txn_commit(&txn, &e) != ERR_OK)
				bail("commit: %s", e.message);
		}
		_exit(0);
	}
	waitpid(pid, &status, 0);
	if (status != 0)
		bail("the child failed");
}

/* The newest log file, and where its big records (one for each commit) start. */
static int
open_log(off_t ret_at[COMMITS], int *ret_n)
{
	char path[900], best[300] = "";

	snprintf(path, sizeof path, "%s/base", teststore_path);
	DIR *d = opendir(path);
	for (struct dirent *entry; d != NULL && (entry = readdir(d)) != NULL; )
		if (strncmp(entry->d_name, "WiredTigerLog.", 14) == 0 && strcmp(entry->d_name, best) > 0)
			snprintf(best, sizeof best, "%s", entry->d_name);
	closedir(d);
	snprintf(path, sizeof path, "%s/base/%s", teststore_path, best);
	int fd = open(path, O_RDWR), n = 0;
	uint32_t len;
	for (off_t at = 0; pread(fd, &len, 4, at) == 4 && len != 0; at += len)
		if (len > 3000 && n < COMMITS)
			ret_at[n++] = at;
	*ret_n = n;
	return fd;
}

static int
rows_after_open(struct err *e)
{
	struct store *store = NULL;
	struct txn *txn = NULL;
	struct cursor *c = NULL;
	bool found;
	int n = 0;

	err_init(e);
	if (store_open(teststore_path, &teststore_options, &store, e) != ERR_OK)
		return -1;
	if (txn_begin(store, NULL, &txn, e) != ERR_OK || txn_statement_begin(txn, e) != ERR_OK
	    || cursor_open(txn, STORE_FILE_CATALOG, &c, e) != ERR_OK)
		bail("read: %s", e->message);
	for (int rc = cursor_first(c, &found, e); rc == ERR_OK && found; rc = cursor_next(c, &found, e))
		n++;
	cursor_close(&c);
	txn_abort(&txn);
	teststore_close(&store);
	return n;
}

static const struct {
	const char *what;
	int  from_end;                  /* which record: 1 is the last */
	off_t offset;                   /* in it */
	int  sectors;
	char fill;
	int  rows;                      /* -1: refused */
} cases[] = {
	{ "nothing changed",                      1, 0,          0, 0,    COMMITS },
	{ "the last record's end was not written", 1, SECTOR,    7, 0,    COMMITS - 1 },
	{ "its first sector was not",             1, 0,          1, 0,    COMMITS - 1 },
	{ "a sector inside it was not",           1, 2 * SECTOR, 1, 0,    COMMITS - 1 },
	{ "a sector inside it is garbage",        1, 2 * SECTOR, 1, 0x5A, COMMITS - 1 },
	{ "a hole four commits before the end",   5, 2 * SECTOR, 1, 0,    -1 },
	{ "a missing record four before the end", 5, 0,          8, 0,    -1 },
	{ "garbage at the beginning",             COMMITS - 2, 0, 1, 0x5A, -1 },
};

static void
one_case(unsigned i)
{
	struct err e = { 0 };
	off_t at[COMMITS];
	char bytes[SECTOR];
	int n;

	if (store_create(teststore_dir(), &e) != ERR_OK)
		bail("create: %s", e.message);
	commit_and_die();
	int fd = open_log(at, &n);
	is_int(COMMITS, n, "%s: records found", cases[i].what);
	memset(bytes, cases[i].fill, sizeof bytes);
	for (int s = 0; s < cases[i].sectors; s++)
		if (pwrite(fd, bytes, SECTOR, at[n - cases[i].from_end] + cases[i].offset + s * SECTOR) != SECTOR)
			bail("pwrite");
	close(fd);
	is_int(cases[i].rows, rows_after_open(&e), "%s: rows", cases[i].what);
	if (cases[i].rows >= 0)
		return;
	is_str("XX001", err_sqlstate(e.code), "%s: refused", cases[i].what);
	char path[600];
	snprintf(path, sizeof path, "%s/ORMDB_ACCEPT_LOSS", teststore_path);
	close(open(path, O_WRONLY | O_CREAT, 0600));
	is_int(n - cases[i].from_end, rows_after_open(&e), "%s: accepted, what is before it", cases[i].what);
	commit_and_die();
	is_int(COMMITS, rows_after_open(&e), "%s: and all is well again", cases[i].what);
}

int
main(void)
{
	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
		one_case(i);
	teststore_remove();
	return tap_done();
}
