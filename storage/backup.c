/* backup.c - a copy of the data directory while it is in use.
 *
 * The engine's backup cursor names its files and keeps them (and the log that they need) as they
 * are until it is closed; meanwhile nothing is dropped, and everything else goes on.  The copy is
 * what a power loss would leave at the moment the cursor was opened: recovery makes it whole.
 *
 * Not here: the list of files and their checksums (core/base/manifest.c), putting a copy back
 * (ormdb restore). */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/manifest.h"
#include "storage/store_private.h"

struct backup {
	struct store *store;
	const char *dir;
	struct manifest manifest;
	struct manifest_stop stop;
	bool made;                      /* the directory is ours */
	struct store_backup done;
};

static int
check_stop(void *arg, struct err *e)
{
	return lock_check_cancel(arg, e);
}

/* --- the target -------------------------------------------------------------------------------- */

static bool
is_empty(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *entry;
	int n = 0;

	if (d == NULL)
		return false;
	while (n <= 2 && (entry = readdir(d)) != NULL)
		n++;
	closedir(d);
	return n <= 2;
}

static int
make_target(struct backup *b, struct err *e)
{
	static const char *const parts[] = { "base", "tmp" };
	char path[PATH_MAX];

	if (b->dir[0] != '/')
		return err_set(e, ERR_INVALID_NAME, "relative path not allowed for backup stored on server");
	if (mkdir(b->dir, 0700) != 0) {
		if (errno != EEXIST)
			return err_set(e, ERR_IO_ERROR, "could not create directory \"%s\": %s", b->dir,
			               strerror(errno));
		if (!is_empty(b->dir))
			return err_set(e, ERR_DUPLICATE_FILE, "directory \"%s\" exists but is not empty", b->dir);
	}
	b->made = true;
	for (unsigned i = 0; i < ARRAY_LEN(parts); i++) {
		snprintf(path, sizeof path, "%s/%s", b->dir, parts[i]);
		if (mkdir(path, 0700) != 0)
			return err_set(e, ERR_IO_ERROR, "could not create directory \"%s\": %s", path,
			               strerror(errno));
	}
	return ERR_OK;
}

static void
remove_files(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *entry;

	if (d == NULL)
		return;
	while ((entry = readdir(d)) != NULL)
		(void) unlinkat(dirfd(d), entry->d_name, 0);
	closedir(d);
	(void) rmdir(dir);
}

/* What a failed backup has made. */
static void
remove_target(const struct backup *b)
{
	char path[PATH_MAX];

	if (!b->made)
		return;
	snprintf(path, sizeof path, "%s/base", b->dir);
	remove_files(path);
	snprintf(path, sizeof path, "%s/tmp", b->dir);
	(void) rmdir(path);
	remove_files(b->dir);
}

/* --- copying ------------------------------------------------------------------------------------ */

static int
copy_one(struct backup *b, const char *path, struct err *e)
{
	struct manifest_file f;

	int rc = manifest_copy(b->store->dir, b->dir, path, &b->stop, &f, e);
	if (rc == ERR_OK)
		rc = manifest_add(&b->manifest, &f, e);
	if (rc == ERR_OK) {
		b->done.files++;
		b->done.bytes += f.size;
	}
	return rc;
}

static int
copy_engine(struct backup *b, WT_CURSOR *c, struct err *e)
{
	char path[PATH_MAX];
	const char *name;
	int wt, rc = ERR_OK;

	while (rc == ERR_OK && (wt = WT(c->next(c))) == 0 && (wt = c->get_key(c, &name)) == 0) {
		snprintf(path, sizeof path, "base/%s", name);
		rc = copy_one(b, path, e);
	}
	return rc != ERR_OK || wt == WT_NOTFOUND ? rc : engine_fail(wt, e, "list the files to copy");
}

/* Files of the data directory that belong to one server's run, or to this data directory alone. */
static bool
stays(const char *name)
{
	static const char *const no[] = { "ormdbd.pid", "ORMDB_MARK", "ORMDB_DAMAGED", "ORMDB_ACCEPT_LOSS",
	                                  MANIFEST_NAME };

	for (unsigned i = 0; i < ARRAY_LEN(no); i++)
		if (strcmp(name, no[i]) == 0)
			return true;
	return false;
}

/* Configuration, certificates, the version. */
static int
copy_rest(struct backup *b, struct err *e)
{
	DIR *d = opendir(b->store->dir);
	struct dirent *entry;
	struct stat st;
	int rc = ERR_OK;

	if (d == NULL)
		return err_set(e, ERR_IO_ERROR, "could not open directory \"%s\": %s", b->store->dir,
		               strerror(errno));
	while (rc == ERR_OK && (entry = readdir(d)) != NULL)
		if (fstatat(dirfd(d), entry->d_name, &st, 0) == 0 && S_ISREG(st.st_mode) && !stays(entry->d_name))
			rc = copy_one(b, entry->d_name, e);
	closedir(d);
	return rc;
}

static int
sync_target(struct backup *b, struct err *e)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/base", b->dir);
	int rc = manifest_sync_dir(path, e);
	return rc == ERR_OK ? manifest_write(&b->manifest, b->dir, e) : rc;
}

static int
run(struct backup *b, struct engine *g, struct err *e)
{
	WT_CURSOR *c;

	int rc = make_target(b, e);
	if (rc == ERR_OK)
		rc = store_checkpoint(b->store, e);     /* less log to copy and to recover */
	if (rc != ERR_OK)
		return rc;
	/* What has been acknowledged is in the copy: the engine's cursor ends the log file in use. */
	flush_wait(b->store, atomic_load(&b->store->flusher.committed));
	b->done.change = store_change_horizon(b->store);
	int wt = WT(g->wt->open_cursor(g->wt, "backup:", NULL, NULL, &c));
	if (wt != 0)
		return engine_fail(wt, e, "begin a backup");
	rc = copy_engine(b, c, e);
	(void) c->close(c);
	if (rc == ERR_OK)
		rc = copy_rest(b, e);
	/* Count 0: the log of the copy begins anew; r: it is to be recovered. */
	if (rc == ERR_OK)
		rc = control_write_copy(b->dir, e);
	return rc == ERR_OK ? sync_target(b, e) : rc;
}

int
store_backup(struct store *store, const char *dir, const int *cancel, struct store_backup *ret_done,
             struct err *e)
{
	struct backup b = { .store = store, .dir = dir };
	struct engine *g = NULL;

	b.stop = (struct manifest_stop) { cancel == NULL ? NULL : check_stop, (void *) (uintptr_t) cancel };
	if (pthread_mutex_trylock(&store->backup) != 0)
		return err_set(e, ERR_OBJECT_NOT_IN_PREREQUISITE_STATE, "a backup is already in progress");
	manifest_init(&b.manifest);
	int rc = engine_acquire(store, &g, e);
	if (rc == ERR_OK)
		rc = run(&b, g, e);
	engine_release(store, &g);
	manifest_done(&b.manifest);
	if (rc == ERR_OK)
		*ret_done = b.done;
	else
		remove_target(&b);
	pthread_mutex_unlock(&store->backup);
	return rc;
}
