/* datadir.c - ormdbd.pid: one server for one data directory.
 *
 * The file is made with O_EXCL; one that is left by a dead process is taken over.  Its first line
 * is what decides, so it is written at once. */
#include "config.h"
#include "pgwire/session/datadir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pgwire/net/listen.h"

enum { TRIES = 10 };

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

int
datadir_lock(const char *dir, struct err *e)
{
	char path[PATH_MAX], text[32];

	pid_path(dir, path);
	for (int i = 0; i < TRIES; i++) {
		int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd >= 0) {
			int n = snprintf(text, sizeof text, "%d\n", (int) getpid());
			bool ok = write(fd, text, (size_t) n) == n;
			(void) close(fd);
			return ok ? ERR_OK : err_set(e, ERR_IO_ERROR, "could not write lock file \"%s\"", path);
		}
		if (errno != EEXIST)
			return err_set(e, ERR_IO_ERROR, "could not create lock file \"%s\": %s", path, strerror(errno));
		int pid = holder(path);
		if (pid != 0) {
			err_set(e, ERR_LOCK_FILE_EXISTS, "lock file \"%s\" already exists", path);
			return err_hint(e, "Is another server (PID %d) running in data directory \"%s\"?", pid, dir);
		}
		(void) unlink(path);
	}
	return err_set(e, ERR_LOCK_FILE_EXISTS, "lock file \"%s\" cannot be taken", path);
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
