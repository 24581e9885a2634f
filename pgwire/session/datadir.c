/* datadir.c - ormdbd.pid: one server for one data directory.
 *
 * The file is written under another name and linked to its own, so that it is never seen empty and
 * only one process can make it; one that is left by a dead process is taken over.  Those that start
 * at the same moment come one after the other (flock on the directory): none of them takes the file
 * that another has just made for a stale one. */
#include "config.h"
#include "pgwire/session/datadir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pgwire/net/listen.h"

static void
pid_path(const char *dir, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/ormdbd.pid", dir);
}

int
datadir_check(const char *dir, struct err *e)
{
	struct stat st;

	if (stat(dir, &st) != 0) {
		if (errno == ENOENT)
			return err_set(e, ERR_UNDEFINED_FILE, "data directory \"%s\" does not exist", dir);
		return err_set(e, ERR_IO_ERROR, "could not read permissions of directory \"%s\": %s", dir,
		               strerror(errno));
	}
	if (!S_ISDIR(st.st_mode))
		return err_set(e, ERR_OBJECT_NOT_IN_PREREQUISITE_STATE, "specified data directory \"%s\" is not a directory",
		               dir);
	if (st.st_uid != geteuid()) {
		err_set(e, ERR_OBJECT_NOT_IN_PREREQUISITE_STATE, "data directory \"%s\" has wrong ownership", dir);
		return err_hint(e, "The server must be started by the user that owns the data directory.");
	}
	if ((st.st_mode & (S_IWGRP | S_IRWXO)) != 0) {
		err_set(e, ERR_OBJECT_NOT_IN_PREREQUISITE_STATE, "data directory \"%s\" has invalid permissions", dir);
		return err_detail(e, "Permissions should be u=rwx (0700) or u=rwx,g=rx (0750).");
	}
	return ERR_OK;
}

/* The process that holds the file; 0: none that lives. */
static int
holder(const char *path)
{
	char text[32];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	ssize_t n = read(fd, text, sizeof text - 1);
	(void) close(fd);
	text[n > 0 ? n : 0] = '\0';
	int pid = abs(atoi(text));
	return process_is_alive(pid) ? pid : 0;
}

/* Makes the file with this process in its first line; EEXIST when it is there. */
static int
make_file(const char *path)
{
	char mine[PATH_MAX + 16], text[32];
	int error = 0, n = snprintf(text, sizeof text, "%d\n", (int) getpid());

	snprintf(mine, sizeof mine, "%s.%d", path, (int) getpid());
	int fd = open(mine, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno;
	errno = ENOSPC;                 /* a short write sets nothing */
	if (write(fd, text, (size_t) n) != n || link(mine, path) != 0)
		error = errno;
	(void) close(fd);
	(void) unlink(mine);
	return error;
}

static int
take_file(const char *dir, const char *path, struct err *e)
{
	int error = make_file(path);

	if (error == EEXIST) {
		int pid = holder(path);
		if (pid != 0) {
			err_set(e, ERR_LOCK_FILE_EXISTS, "lock file \"%s\" already exists", path);
			return err_hint(e, "Is another server (PID %d) running in data directory \"%s\"?", pid, dir);
		}
		(void) unlink(path);
		error = make_file(path);
	}
	if (error != 0)
		return err_set(e, error == ENOSPC ? ERR_DISK_FULL : ERR_IO_ERROR, "could not create lock file \"%s\": %s", path,
		               strerror(error));
	return ERR_OK;
}

int
datadir_lock(const char *dir, struct err *e)
{
	char path[PATH_MAX];
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	pid_path(dir, path);
	if (fd < 0 || flock(fd, LOCK_EX) != 0) {
		if (fd >= 0)
			(void) close(fd);
		return err_set(e, ERR_IO_ERROR, "could not lock data directory \"%s\": %s", dir, strerror(errno));
	}
	int rc = take_file(dir, path, e);
	(void) close(fd);
	return rc;
}

int
datadir_write(const char *dir, const struct pid_lines *l, struct err *e)
{
	static time_t started;
	char path[PATH_MAX], text[PATH_MAX + 512];

	if (started == 0)
		started = time(NULL);
	pid_path(dir, path);
	int n = snprintf(text, sizeof text, "%d\n%s\n%ld\n%d\n%s\n%s\n\n%s\n", (int) getpid(), dir, (long) started,
	                 l->port, l->socket_dir, l->listen_address, l->status);
	/* The old lines are a prefix or of the same length: no reader sees half of them. */
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || pwrite(fd, text, (size_t) n, 0) != n) {
		if (fd >= 0)
			(void) close(fd);
		return err_set(e, ERR_IO_ERROR, "could not write lock file \"%s\": %s", path, strerror(errno));
	}
	(void) close(fd);
	return ERR_OK;
}

void
datadir_unlock(const char *dir)
{
	char path[PATH_MAX];

	pid_path(dir, path);
	(void) unlink(path);
}
