/* process.h - the one struct server of this process, for callbacks that have no argument.
 *
 * Owner: server.c.  Thread: see server.h.  Failure, cost: none. */
#ifndef PGWIRE_SESSION_PROCESS_H
#define PGWIRE_SESSION_PROCESS_H

#include "pgwire/session/server.h"

extern struct server the_server;

#endif
