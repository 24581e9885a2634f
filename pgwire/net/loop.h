/* loop.h - connections are not threads: a few workers share one epoll set.
 *
 * An event is one-shot: the worker that gets it runs the connection until its input is used up,
 * then arms it again.  What runs may block (locks, disk, a slow peer); when every worker has
 * been busy for some milliseconds while events wait, another is started, up to a limit.
 * Workers never exit: the parser keeps a thread key for each thread for ever.
 *
 * Owner     loop_new() .. the process's end.
 * Thread    any.
 * Failure   loop_new(): no descriptors or threads.
 * Cost      one epoll_wait and one epoll_ctl for each burst of messages. */
#ifndef PGWIRE_NET_LOOP_H
#define PGWIRE_NET_LOOP_H

#include "pgwire/net/conn.h"

/* What a connection waits for after its input was used up. */
enum loop_next { LOOP_READ, LOOP_WRITE, LOOP_CLOSE };

struct loop_handler {
	/* A new connection, before its first run; false: refuse it. */
	bool (*opened)(struct conn *c);
	/* A worker has the connection: new input, or a wake. */
	enum loop_next (*run)(struct conn *c);
	/* The connection is closed; drop its session. */
	void (*closed)(struct conn *c);
	/* In the timer thread: a deadline has passed. Be short; do not touch buffers. */
	void (*on_timer)(struct conn *c, enum conn_timer which);
	/* A send has waited for long: may the connection be given up?  (The session is being ended.) */
	bool (*gives_up)(struct conn *c);
};

struct loop;

int  loop_new(const struct loop_handler *h, int workers, int max_workers, struct loop **ret, struct err *e) MUST_CHECK;
/* A new connection; false: refused (no memory), the socket is closed. */
bool loop_add(struct loop *l, int fd, const struct sockaddr_storage *peer, socklen_t len);
int  loop_connections(struct loop *l);
/* Call for every connection, under the loop's lock. */
void loop_each(struct loop *l, void (*fn)(struct conn *c, void *arg), void *arg);
void loop_counts(struct loop *l, int *ret_workers, int *ret_idle);

/* For conn.c. */
void loop_poke(struct loop *l, struct conn *c);
bool loop_gives_up(struct loop *l, struct conn *c);
void loop_timer_fired(struct loop *l, struct conn *c, enum conn_timer which);
struct timer *loop_timer(struct loop *l);

#endif
