/* listen.h - the sockets the server listens on.
 *
 * Owner     listen_open() .. listen_close(), which removes Unix sockets and their lock files.
 * Thread    main.
 * Failure   nothing could be listened on: 58000 or F0001 with the reason.
 * Cost      none. */
#ifndef PGWIRE_NET_LISTEN_H
#define PGWIRE_NET_LISTEN_H

#include <stdbool.h>

#include "core/base/err.h"

enum { LISTEN_MAX = 64 };

struct listeners {
	int n;
	int fds[LISTEN_MAX];
	int npaths;
	char *paths[16];                /* Unix sockets */
	char *first_socket_dir;         /* for the pid file; NULL: none */
};

struct listen_options {
	const char *addresses, *socket_dirs;    /* separated by commas */
	int  port;
	unsigned permissions;
	const char *group;              /* "": do not change it */
};

int  listen_open(const struct listen_options *o, struct listeners *ret, struct err *e) MUST_CHECK;
void listen_close(struct listeners *l);

/* For lock files: is there such a process, other than us, and not only its exit status? */
bool process_is_alive(int pid);

#endif
