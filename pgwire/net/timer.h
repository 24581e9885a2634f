/* timer.h - one thread that looks after the deadlines of all connections.
 *
 * A connection keeps its deadlines in itself and is in the heap at most once, at or before the
 * earliest of them.  A deadline that is moved back or dropped touches only the connection: when
 * its turn comes the thread sees that nothing is due and puts it back or lets it go.  So a
 * statement_timeout costs two stores a statement.
 *
 * Owner     the loop.  Thread: any.  Failure: timer_new() only.
 * Cost      a lock when a deadline is earlier than the one already waited for. */
#ifndef PGWIRE_NET_TIMER_H
#define PGWIRE_NET_TIMER_H

#include "pgwire/net/conn.h"

struct timer;

int  timer_new(struct loop *l, struct timer **ret, struct err *e) MUST_CHECK;
void timer_schedule(struct timer *t, struct conn *c, int64_t when);
/* The connection is closing: out of the heap, and not in a callback any more. */
void timer_forget(struct timer *t, struct conn *c);

#endif
