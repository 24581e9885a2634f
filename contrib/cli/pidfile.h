/* pidfile.h - reading ormdbd.pid, the file by which a running server is found.
 *
 * Owner     nothing is held; the server writes the file and removes it.
 * Thread    one.
 * Failure   a missing file is PIDFILE_NONE; one that cannot be read or understood says why
 *           to stderr and is PIDFILE_BAD.
 * Cost      one small read.
 *
 * Lines, as in postmaster.pid: pid, data directory, start time, port, socket directory,
 * listen address, then (after lines we do not read) a status word: starting, ready, stopping. */
#ifndef CONTRIB_CLI_PIDFILE_H
#define CONTRIB_CLI_PIDFILE_H

#include <stdbool.h>
#include <sys/types.h>

enum pidfile_state { PIDFILE_NONE, PIDFILE_FOUND, PIDFILE_BAD };

struct pidfile {
	pid_t pid;
	long  started;                  /* seconds since 1970 */
	int   port;
	char  host[256];                /* the socket's directory, else the address */
	bool  ready;
};

enum pidfile_state pidfile_read(const char *data, struct pidfile *ret);
bool pidfile_alive(pid_t pid);          /* is there such a process? */

#endif
