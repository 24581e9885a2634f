/* datadir.h - the data directory as a whole: may we have it, and the file that says we do.
 *
 * ormdbd.pid has postmaster.pid's lines: pid, data directory, start (seconds since 1970), port,
 * first socket directory, first listen address, shared memory (empty), status.
 *
 * Owner     datadir_lock() .. datadir_unlock().  Thread: main.
 * Failure   F0001 when a live server has it; 58P01, 42501 when it cannot be used.
 * Cost      none. */
#ifndef PGWIRE_SESSION_DATADIR_H
#define PGWIRE_SESSION_DATADIR_H

#include "core/base/err.h"

struct pid_lines { int port; const char *socket_dir, *listen_address, *status; };

int  datadir_check(const char *dir, struct err *e) MUST_CHECK;
int  datadir_lock(const char *dir, struct err *e) MUST_CHECK;
int  datadir_write(const char *dir, const struct pid_lines *lines, struct err *e) MUST_CHECK;
void datadir_unlock(const char *dir);

#endif
