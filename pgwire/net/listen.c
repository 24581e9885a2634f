/* listen.c - TCP and Unix sockets, with the lock file beside a Unix socket that tells whose it
 * is, so that a server finds the socket of a dead one and never takes that of a live one. */
#include "config.h"
#include "pgwire/net/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/log.h"

enum { BACKLOG = 1024, LOCK_TRIES = 10 };

/* The next name of a list separated by commas; false: the end. */
static bool
next_name(const char **list, char name[256])
{
	const char *p = *list + strspn(*list, " ,");
	size_t n = strcspn(p, ",");

	*list = p + n;
	while (n > 0 && p[n - 1] == ' ')
		n--;
	if (n >= 2 && p[0] == '"' && p[n - 1] == '"') {
		p++;
		n -= 2;
	}
	snprintf(name, 256, "%.*s", (int) n, p);
	return n > 0;
}

/* -- TCP ------------------------------------------------------------------------------------------ */
static void
open_tcp(const char *address, int port, struct listeners *l)
{
	const struct addrinfo hints = { .ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found;
	char service[8];
	int one = 1;

	snprintf(service, sizeof service, "%d", port);
	int rc = getaddrinfo(strcmp(address, "*") == 0 ? NULL : address, service, &hints, &found);
	if (rc != 0) {
		log_write(LOG_LOG, "could not translate host name \"%s\", service \"%s\" to address: %s", address,
		          service, gai_strerror(rc));
		return;
	}
	for (struct addrinfo *a = found; a != NULL && l->n < LISTEN_MAX; a = a->ai_next) {
		char host[64] = "?";
		int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);
		(void) getnameinfo(a->ai_addr, a->ai_addrlen, host, sizeof host, NULL, 0, NI_NUMERICHOST);
		if (fd < 0)
			continue;
		(void) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
		if (a->ai_family == AF_INET6)
			(void) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
		if (bind(fd, a->ai_addr, a->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0) {
			log_write(LOG_LOG, "could not bind %s address \"%s\": %s",
			          a->ai_family == AF_INET6 ? "IPv6" : "IPv4", host, strerror(errno));
			(void) close(fd);
			continue;
		}
		log_write(LOG_LOG, "listening on %s address \"%s\", port %d",
		          a->ai_family == AF_INET6 ? "IPv6" : "IPv4", host, port);
		l->fds[l->n++] = fd;
	}
	freeaddrinfo(found);
}

bool
process_is_alive(int pid)
{
	char path[64], text[512];

	if (pid <= 0 || pid == getpid() || pid == getppid() || (kill(pid, 0) != 0 && errno != EPERM))
		return false;
	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	ssize_t n = read(fd, text, sizeof text - 1);
	(void) close(fd);
	text[n > 0 ? n : 0] = '\0';
	const char *name_end = strrchr(text, ')');      /* "pid (name) state ..." */
	return name_end == NULL || strncmp(name_end, ") Z", 3) != 0;
}

/* -- Unix ------------------------------------------------------------------------------------------ */
/* Make PATH.lock with our pid; take it over when its process is gone. */
static int
lock_socket(const char *path, struct err *e)
{
	char lock[300], text[64];

	snprintf(lock, sizeof lock, "%s.lock", path);
	for (int i = 0; i < LOCK_TRIES; i++) {
		int fd = open(lock, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd >= 0) {
			int n = snprintf(text, sizeof text, "%d\n", (int) getpid());
			bool written = write(fd, text, (size_t) n) == n;
			(void) close(fd);
			return written ? ERR_OK : err_set(e, ERR_SYSTEM_ERROR, "could not write lock file \"%s\"", lock);
		}
		if (errno != EEXIST)
			return err_set(e, ERR_SYSTEM_ERROR, "could not create lock file \"%s\": %s", lock,
			               strerror(errno));
		fd = open(lock, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		ssize_t n = read(fd, text, sizeof text - 1);
		(void) close(fd);
		text[n > 0 ? n : 0] = '\0';
		int pid = abs(atoi(text));
		if (process_is_alive(pid)) {
			err_set(e, ERR_LOCK_FILE_EXISTS, "lock file \"%s\" already exists", lock);
			return err_hint(e, "Is another server (PID %d) using socket file \"%s\"?", pid, path);
		}
		(void) unlink(lock);
	}
	return err_set(e, ERR_LOCK_FILE_EXISTS, "lock file \"%s\" cannot be taken", lock);
}

static int
open_unix(const char *dir, const struct listen_options *o, struct listeners *l, struct err *e)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	int n = snprintf(sa.sun_path, sizeof sa.sun_path, "%s/.s.PGSQL.%d", dir, o->port);
	if (n < 0 || (size_t) n >= sizeof sa.sun_path)
		return err_set(e, ERR_CONFIG_FILE_ERROR, "Unix-domain socket path \"%s/.s.PGSQL.%d\" is too long", dir,
		               o->port);
	int rc = lock_socket(sa.sun_path, e);
	if (rc != ERR_OK)
		return rc;
	(void) unlink(sa.sun_path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *) &sa, sizeof sa) != 0 || listen(fd, BACKLOG) != 0) {
		if (fd >= 0)
			(void) close(fd);
		return err_set(e, ERR_SYSTEM_ERROR, "could not listen on Unix socket \"%s\": %s", sa.sun_path,
		               strerror(errno));
	}
	if (*o->group != '\0') {
		struct group *g = getgrnam(o->group);
		if (g == NULL || chown(sa.sun_path, (uid_t) -1, g->gr_gid) != 0)
			log_write(LOG_WARNING, "could not set group of file \"%s\"", sa.sun_path);
	}
	(void) chmod(sa.sun_path, o->permissions);
	log_write(LOG_LOG, "listening on Unix socket \"%s\"", sa.sun_path);
	l->fds[l->n++] = fd;
	l->paths[l->npaths++] = strdup(sa.sun_path);
	if (l->first_socket_dir == NULL)
		l->first_socket_dir = strdup(dir);
	return ERR_OK;
}

int
listen_open(const struct listen_options *o, struct listeners *ret, struct err *e)
{
	struct listeners l = { 0 };
	char name[256];
	int rc = ERR_OK;

	for (const char *p = o->addresses; next_name(&p, name); )
		open_tcp(name, o->port, &l);
	if (*o->addresses != '\0' && l.n == 0)
		rc = err_set(e, ERR_SYSTEM_ERROR, "could not create any TCP/IP sockets");
	for (const char *p = o->socket_dirs; rc == ERR_OK && l.npaths < (int) ARRAY_LEN(l.paths) && next_name(&p, name); )
		rc = open_unix(name, o, &l, e);
	if (rc == ERR_OK && l.n == 0)
		rc = err_set(e, ERR_CONFIG_FILE_ERROR, "no socket created for listening");
	if (rc != ERR_OK)
		listen_close(&l);
	else
		*ret = l;
	return rc;
}

void
listen_close(struct listeners *l)
{
	char lock[300];

	for (int i = 0; i < l->n; i++)
		(void) close(l->fds[i]);
	for (int i = 0; i < l->npaths; i++) {
		snprintf(lock, sizeof lock, "%s.lock", l->paths[i]);
		(void) unlink(l->paths[i]);
		(void) unlink(lock);
		free(l->paths[i]);
	}
	free(l->first_socket_dir);
	*l = (struct listeners) { 0 };
}
