/* conn.h - one client's connection: its socket, TLS, buffers and deadlines.
 *
 * Owner     conn_new() gives the loop's reference; conn_ref()/conn_unref() others (timers,
 *           cancels).  The socket is closed by the worker that runs the connection; the memory
 *           goes with the last reference.
 * Thread    the worker that runs it, but for conn_wake() and conn_deadline() as said there.
 * Failure   a broken connection answers -1 to every read and drops every write.
 * Cost      idle: about 1 KB; buffers belong to the worker that runs it. */
#ifndef PGWIRE_NET_CONN_H
#define PGWIRE_NET_CONN_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "core/base/strbuf.h"
#include "pgwire/proto/frontend.h"
#include "pgwire/proto/writer.h"

struct loop;
struct ssl_st;

enum conn_timer { TIMER_LOGIN, TIMER_STATEMENT, TIMER_IDLE, TIMER_COUNT };

enum conn_state { CONN_RUNNING, CONN_ARMED, CONN_CLOSED };

struct conn {
	int   fd;
	struct ssl_st *tls;             /* NULL: clear text */
	struct loop *loop;
	void *session;                  /* of the layer above */

	bool  local;                    /* a Unix socket */
	char  host[64];                 /* "[local]" or the address */
	int   port;                     /* of the peer; -1: a Unix socket */
	char  own_host[64];             /* where the peer reached us; empty: a Unix socket */
	int   own_port;
	struct sockaddr_storage peer;
	socklen_t peer_len;

	struct strbuf in;               /* received; [0, in_at) has been consumed */
	size_t in_at;
	struct writer out;
	bool  drained;                  /* the socket had no more at the last read */
	bool  broken;                   /* cannot be read or written any more */
	const int *cancel;              /* ends waits for the peer when not 0; may be NULL */

	/* Private to net/. */
	atomic_int refs;
	unsigned wakes;
	_Atomic int64_t deadline[TIMER_COUNT];          /* microseconds, monotonic; 0: none */
	_Atomic int64_t timer_at;       /* when the timer thread will look; 0: it will not */
	size_t timer_pos;
	struct conn *next, *prev;       /* all connections of the loop, or those to be used again */

	/* These outlive the connection: a worker may hold an event of one that has gone, and looks at
	 * its state.  So the memory is used again, for connections only, and never given back. */
	pthread_mutex_t lock;
	enum conn_state state;
};

struct conn *conn_new(struct loop *loop, int fd, const struct sockaddr_storage *peer, socklen_t len);
void conn_ref(struct conn *c);
void conn_unref(struct conn *c);

/* The user at the other end of a Unix socket; false: unknown. */
bool conn_peer_uid(const struct conn *c, uid_t *ret_uid);

/* -- Reading ------------------------------------------------------------------------------ */
/* Take what has arrived: 1 something came, 0 nothing for now, -1 the end.  Bytes given out
 * before move: nothing may point into them. */
int  conn_fill(struct conn *c);
/* The same, but waits; 0 only when `cancel` was set. */
int  conn_fill_wait(struct conn *c);
static inline const char *conn_bytes(const struct conn *c) { return c->in.data + c->in_at; }
static inline size_t conn_left(const struct conn *c) { return c->in.len - c->in_at; }
static inline void conn_take(struct conn *c, size_t n) { c->in_at += n; }

/* -- Writing ------------------------------------------------------------------------------ */
/* Send all, waiting for a slow peer; false: broken. */
bool conn_send(struct conn *c, const void *bytes, size_t len);

/* -- From other threads --------------------------------------------------------------------- */
/* Said when the process ends without its workers: behind whatever is under way, and only if there is room.
 * Not over TLS, whose state is the worker's. */
void conn_last_words(struct conn *c, const void *bytes, size_t len);
/* Have a worker run the connection soon, with these bits in conn_wakes(). */
void conn_wake(struct conn *c, unsigned bits);
unsigned conn_wakes(struct conn *c);            /* and forget them */

/* -- Deadlines ------------------------------------------------------------------------------ */
int64_t conn_clock(void);                       /* monotonic, microseconds */
/* At that time the loop's on_timer is called; 0: never mind.  By the worker that runs it. */
void conn_deadline(struct conn *c, enum conn_timer which, int64_t when);
/* For on_timer: is it still due?  Stays true until the worker changes the deadline. */
bool conn_is_due(const struct conn *c, enum conn_timer which);

#endif
