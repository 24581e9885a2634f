/* teststore.h - a store in a fresh directory for one test program.
 *
 * Owner     teststore_dir() makes the directory, teststore_remove() takes it away.
 * Thread    one.  Failure: bails out. */
#ifndef REGRESS_UNIT_TESTSTORE_H
#define REGRESS_UNIT_TESTSTORE_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "regress/unit/tap.h"
#include "storage/store.h"

static char teststore_path[512];

static int
teststore_unlink(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void) st;
	(void) type;
	(void) ftw;
	return remove(path);
}

static void
teststore_remove(void)
{
	if (teststore_path[0] != '\0')
		nftw(teststore_path, teststore_unlink, 16, FTW_DEPTH | FTW_PHYS);
	teststore_path[0] = '\0';
}

static const char *
teststore_dir(void)
{
	const char *tmp = getenv("TMPDIR");

	teststore_remove();
	snprintf(teststore_path, sizeof teststore_path, "%s/ormdb-unit-XXXXXX",
	         tmp != NULL ? tmp : P_tmpdir);
	if (mkdtemp(teststore_path) == NULL)
		bail("mkdtemp %s", teststore_path);
	return teststore_path;
}

/* Small, and as a crash test wants it. */
static const struct store_options teststore_options = {
	.cache_size = 64 << 20, .log_file_size = 4 << 20, .engine_sessions = 200,
	.min_free_space = 1 << 20,
};

static inline struct store *
teststore_open(const char *dir)
{
	struct store *store = NULL;
	struct err e = { 0 };

	if (store_open(dir, &teststore_options, &store, &e) != ERR_OK)
		bail("store_open: %s", e.message);
	return store;
}

static inline struct store *
teststore_new(void)
{
	struct err e = { 0 };
	const char *dir = teststore_dir();

	if (store_create(dir, &e) != ERR_OK)
		bail("store_create: %s", e.message);
	return teststore_open(dir);
}

static inline void
teststore_close(struct store **store)
{
	struct err e = { 0 };

	if (store_close(store, &e) != ERR_OK)
		bail("store_close: %s", e.message);
}

#endif
