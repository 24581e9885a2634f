/* control.c - the small files beside the engine: version, second server, damage, mark.
 *
 *     ORMDB_VERSION      format number; made last by store_create(), locked while a server runs
 *     ORMDB_MARK         a count that moves every second in which commits were flushed, first
 *                        in the engine's log, then here: when the engine forgets missing log
 *                        files, its own count is behind this.  Then how the store was left: c
 *                        closed, r running, b a backup that has not been opened yet
 *     ORMDB_DAMAGED      why an earlier start refused; further ones do too
 *     ORMDB_ACCEPT_LOSS  a person has made it, to start with what is left
 *
 * Not here: looking into the log (log_scan.c). */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/log.h"
#include "storage/store_private.h"

enum { FORMAT_VERSION = 2, PATH_SIZE = 4096, MARK_SIZE = 23 };

static int
file_fail(struct err *e, const char *verb, const char *path)
{
	int code = errno;

	return err_set(e, code == ENOSPC ? ERR_DISK_FULL : ERR_IO_ERROR,
	               "could not %s file \"%s\": %s", verb, path, strerror(code));
}

static int
sync_dir(const char *dir, struct err *e)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return file_fail(e, "open", dir);
	int rc = fsync(fd);
	close(fd);
	return rc == 0 ? ERR_OK : file_fail(e, "fsync", dir);
}

static int
write_file(const char *dir, const char *name, const char *text, struct err *e)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return file_fail(e, "create", path);
	size_t len = strlen(text);
	int rc = ERR_OK;
	if (write(fd, text, len) != (ssize_t) len)
		rc = file_fail(e, "write", path);
	else if (fsync(fd) != 0)
		rc = file_fail(e, "fsync", path);
	close(fd);
	return rc != ERR_OK ? rc : sync_dir(dir, e);
}

int
control_create(const char *dir, struct err *e)
{
	char text[32];

	snprintf(text, sizeof text, "%020d c\n", 0);
	int rc = write_file(dir, "ORMDB_MARK", text, e);
	if (rc != ERR_OK)
		return rc;
	snprintf(text, sizeof text, "%d\n", FORMAT_VERSION);
	return write_file(dir, "ORMDB_VERSION", text, e);
}

int
control_write_copy(const char *dir, struct err *e)
{
	char text[32];

	snprintf(text, sizeof text, "%020d b\n", 0);
	return write_file(dir, "ORMDB_MARK", text, e);
}

/* --- opening --------------------------------------------------------------------------------- */

static int
check_version(int fd, const char *dir, struct err *e)
{
	char text[32] = "";

	if (pread(fd, text, sizeof text - 1, 0) <= 0 || atoi(text) <= 0)
		return err_set(e, ERR_DATA_CORRUPTED, "file \"%s/ORMDB_VERSION\" is damaged", dir);
	int version = atoi(text);
	if (version == FORMAT_VERSION)
		return ERR_OK;
	err_set(e, ERR_OBJECT_NOT_IN_PREREQUISITE_STATE, "database files are incompatible with server");
	err_detail(e, "The data directory has format %d; this server (%s) knows format %d.", version,
	           PACKAGE_STRING, FORMAT_VERSION);
	return err_hint(e, "Start it with the version of ORMDB that wrote it.");
}

static int
check_damage(const char *dir, struct err *e)
{
	char path[PATH_SIZE], text[512] = "";

	snprintf(path, sizeof path, "%s/ORMDB_DAMAGED", dir);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? ERR_OK : file_fail(e, "open", path);
	ssize_t n = read(fd, text, sizeof text - 1);
	close(fd);
	while (n > 0 && text[n - 1] == '\n')
		text[--n] = '\0';
	err_set(e, ERR_DATA_CORRUPTED, "data directory \"%s\" was found damaged", dir);
	err_detail(e, "%s", text);
	return err_hint(e, "Restore it from a backup.  To start with what is left of it, make a file "
	                "\"ORMDB_ACCEPT_LOSS\" there.");
}

static int
read_mark(struct store *store, uint64_t *ret_mark, char *ret_state, struct err *e)
{
	char text[MARK_SIZE + 1] = "";
	unsigned long long mark;
	char state;

	if (pread(store->mark_fd, text, MARK_SIZE, 0) != MARK_SIZE
	    || sscanf(text, "%20llu %c", &mark, &state) != 2)
		return err_set(e, ERR_DATA_CORRUPTED, "file \"%s/ORMDB_MARK\" is damaged", store->dir);
	*ret_mark = mark;
	*ret_state = state;
	return ERR_OK;
}

/* A backup in progress keeps the engine's list of files, as it was, in WiredTiger.backup.  An engine
 * that finds it takes itself for a restored backup, and goes back to that list: after a crash during
 * a backup, files made since would be lost.  So only a backup may have it. */
static int
check_engine_files(const struct store *store, char state, struct err *e)
{
	char path[PATH_SIZE], copy[PATH_SIZE];

	snprintf(copy, sizeof copy, "%s/WiredTiger.backup", store->base);
	snprintf(path, sizeof path, "%s/WiredTiger.turtle", store->base);
	/* Of a backup whose first opening was cut short there may be either. */
	if (access(path, F_OK) == 0 || (state == 'b' && access(copy, F_OK) == 0)) {
		if (state != 'b' && unlink(copy) != 0 && errno != ENOENT)
			return file_fail(e, "remove", copy);
		return ERR_OK;
	}
	/* The engine would make a new, empty database over the old files. */
	err_set(e, ERR_DATA_CORRUPTED, "file \"%s\" is missing", path);
	return err_hint(e, "Restore the data directory from a backup.");
}

int
control_lock(struct store *store, struct err *e)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof path, "%s/ORMDB_VERSION", store->dir);
	store->version_fd = open(path, O_RDWR | O_CLOEXEC);
	if (store->version_fd < 0 && errno == ENOENT) {
		err_set(e, ERR_UNDEFINED_FILE, "\"%s\" is not a valid data directory", store->dir);
		err_detail(e, "File \"%s\" is missing.", path);
		return err_hint(e, "Make one with: ormdb init -D %s", store->dir);
	}
	if (store->version_fd < 0)
		return file_fail(e, "open", path);
	int rc = check_version(store->version_fd, store->dir, e);
	if (rc != ERR_OK)
		return rc;
	if (flock(store->version_fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK)
			return file_fail(e, "lock", path);
		err_set(e, ERR_LOCK_FILE_EXISTS, "data directory \"%s\" is in use by another server",
		        store->dir);
		return err_hint(e, "Is another ormdbd running in data directory \"%s\"?", store->dir);
	}
	snprintf(path, sizeof path, "%s/ORMDB_ACCEPT_LOSS", store->dir);
	store->accept_loss = access(path, F_OK) == 0;
	rc = store->accept_loss ? ERR_OK : check_damage(store->dir, e);
	if (rc != ERR_OK)
		return rc;
	snprintf(path, sizeof path, "%s/ORMDB_MARK", store->dir);
	store->mark_fd = open(path, O_RDWR | O_CLOEXEC);
	if (store->mark_fd < 0)
		return file_fail(e, "open", path);
	uint64_t mark;
	char state;
	rc = read_mark(store, &mark, &state, e);
	return rc == ERR_OK ? check_engine_files(store, state, e) : rc;
}

void
control_unlock(struct store *store)
{
	if (store->mark_fd >= 0)
		close(store->mark_fd);
	if (store->version_fd >= 0)
		close(store->version_fd);
	store->mark_fd = store->version_fd = -1;
}

/* --- the mark ---------------------------------------------------------------------------------- */

void
control_note_damage(const char *dir, const char *why)
{
	struct err ignored = { 0 };
	char text[512];

	snprintf(text, sizeof text, "%s\n", why);
	(void) write_file(dir, "ORMDB_DAMAGED", text, &ignored);
}

static int
refuse(struct store *store, const char *why, struct err *e)
{
	if (store->accept_loss) {
		log_write(LOG_WARNING, "starting although data is lost: %s", why);
		return ERR_OK;
	}
	control_note_damage(store->dir, why);
	return check_damage(store->dir, e);
}

static int
write_mark(struct store *store, bool clean, struct err *e)
{
	char text[MARK_SIZE + 1];

	snprintf(text, sizeof text, "%020llu %c\n", (unsigned long long) store->meta.mark,
	         clean ? 'c' : 'r');
	if (pwrite(store->mark_fd, text, MARK_SIZE, 0) == MARK_SIZE && fdatasync(store->mark_fd) == 0)
		return ERR_OK;
	return file_fail(e, "write", "ORMDB_MARK");
}

int
control_check_log(struct store *store, struct err *e)
{
	char why[300], state;
	uint64_t mark;

	int rc = read_mark(store, &mark, &state, e);
	if (rc != ERR_OK || state == 'c')
		return rc;
	rc = log_scan(store->base, why, sizeof why, e);
	return rc != ERR_OK || why[0] == '\0' ? rc : refuse(store, why, e);
}

int
control_check_mark(struct store *store, struct err *e)
{
	char why[200], state;
	uint64_t want;

	if (store->events.log_cut && !store->accept_loss)
		log_write(LOG_LOG, "the log ended in the middle of a write; nothing acknowledged was in it");
	int rc = read_mark(store, &want, &state, e);
	if (rc == ERR_OK)
		rc = meta_get(store, "mark", &store->meta.mark, e);
	if (rc != ERR_OK || store->meta.mark >= want)
		return rc;
	snprintf(why, sizeof why, "The log ends at mark %llu, but mark %llu was on disk before the stop: "
	         "commits are lost.", (unsigned long long) store->meta.mark, (unsigned long long) want);
	return refuse(store, why, e);
}

/* Running: all checks have passed, or were waived for this once. */
int
control_write_state(struct store *store, bool clean, struct err *e)
{
	char path[PATH_SIZE];

	int rc = write_mark(store, clean, e);
	if (rc == ERR_OK && store->accept_loss) {
		snprintf(path, sizeof path, "%s/ORMDB_DAMAGED", store->dir);
		(void) unlink(path);
		snprintf(path, sizeof path, "%s/ORMDB_ACCEPT_LOSS", store->dir);
		(void) unlink(path);
		store->accept_loss = false;
	}
	return rc;
}

/* First in the log and flushed, then here: this file is never ahead of what recovery finds. */
void
control_mark(struct store *store)
{
	struct err e = { 0 };
	uint64_t ticket = atomic_load(&store->flusher.committed);

	if (ticket == store->meta.mark_ticket || order_slow_now(store))
		return;
	if (meta_put(store, "mark", store->meta.mark + 1, true, &e) == ERR_OK) {
		store->meta.mark++;
		store->meta.mark_ticket = atomic_load(&store->flusher.committed);
		if (write_mark(store, false, &e) != ERR_OK)
			engine_panic("%s", e.message);
	}
	if (e.code != ERR_OK)
		log_write(LOG_WARNING, "could not move the log mark: %s", e.message);
}
