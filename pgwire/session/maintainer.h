/* maintainer.h - the background thread that keeps statistics fresh.
 *
 * Owner     maintainer_start() .. maintainer_stop(), which waits for it.
 * Thread    main.  Failure: no thread to be had.
 * Cost      a look at the counts of changed rows every autovacuum_naptime. */
#ifndef PGWIRE_SESSION_MAINTAINER_H
#define PGWIRE_SESSION_MAINTAINER_H

#include "core/base/err.h"

struct server;

int  maintainer_start(struct server *s, struct err *e) MUST_CHECK;
void maintainer_stop(void);

#endif
