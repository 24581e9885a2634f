/* conn.c - reading, writing and waking one connection.
 *
 * Sockets are non-blocking.  A worker that must wait for its peer (a full send buffer, COPY
 * data) polls in short rounds and looks at the cancel cell between them.
 *
 * Not here: TLS itself (tls.c), who runs connections when (loop.c), deadlines (timer.c). */
#include "config.h"
#include "pgwire/net/conn.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pgwire/net/loop.h"
#include "pgwire/net/tls.h"

enum { READ_CHUNK = 8192, WAIT_ROUND_MS = 100 };

static pthread_mutex_t unused_lock = PTHREAD_MUTEX_INITIALIZER;
static struct conn *unused;

static bool
flush_out(void *arg, struct strbuf *out)
{
	return conn_send(arg, out->data, out->len);
}

static void
describe_own(struct conn *c)
{
	struct sockaddr_storage own;
	socklen_t len = sizeof own;
	char port[16];

	if (getsockname(c->fd, (struct sockaddr *) &own, &len) == 0 &&
	    getnameinfo((struct sockaddr *) &own, len, c->own_host, sizeof c->own_host, port, sizeof port,
	                NI_NUMERICHOST | NI_NUMERICSERV) == 0)
		c->own_port = atoi(port);
}

static void
describe_peer(struct conn *c)
{
	char host[sizeof c->host], port[16];

	c->port = -1;
	snprintf(c->host, sizeof c->host, "[local]");
	c->local = c->peer.ss_family == AF_UNIX || c->peer_len < sizeof(struct sockaddr_in);
	c->own_host[0] = '\0';
	if (c->local)
		return;
	describe_own(c);
	if (c->peer.ss_family == AF_INET6) {            /* an IPv4 client of an IPv6 socket */
		struct sockaddr_in6 six;
		memcpy(&six, &c->peer, sizeof six);
		if (IN6_IS_ADDR_V4MAPPED(&six.sin6_addr)) {
			struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = six.sin6_port };
			memcpy(&four.sin_addr, six.sin6_addr.s6_addr + 12, 4);
			memset(&c->peer, 0, sizeof c->peer);
			memcpy(&c->peer, &four, sizeof four);
			c->peer_len = sizeof four;
		}
	}
	if (getnameinfo((struct sockaddr *) &c->peer, c->peer_len, host, sizeof host, port, sizeof port,
	                NI_NUMERICHOST | NI_NUMERICSERV) == 0) {
		snprintf(c->host, sizeof c->host, "%s", host);
		c->port = atoi(port);
	}
}

/* The memory of a connection that has gone, or new: all zero but for the lock. */
static struct conn *
take_memory(void)
{
	pthread_mutex_lock(&unused_lock);
	struct conn *c = unused;
	if (c != NULL)
		unused = c->next;
	pthread_mutex_unlock(&unused_lock);
	if (c == NULL) {
		c = calloc(1, sizeof *c);
		if (c != NULL)
			pthread_mutex_init(&c->lock, NULL);
	} else {
		memset(c, 0, offsetof(struct conn, lock));
	}
	if (c != NULL) {
		pthread_mutex_lock(&c->lock);
		c->state = CONN_RUNNING;
		pthread_mutex_unlock(&c->lock);
	}
	return c;
}

struct conn *
conn_new(struct loop *loop, int fd, const struct sockaddr_storage *peer, socklen_t len)
{
	struct conn *c = take_memory();
	int one = 1;

	if (c == NULL)
		return NULL;
	c->fd = fd;
	c->loop = loop;
	c->peer_len = len;
	memcpy(&c->peer, peer, sizeof *peer);
	atomic_init(&c->refs, 1);
	c->out.flush = flush_out;
	c->out.arg = c;
	describe_peer(c);
	if (!c->local) {
		(void) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		(void) setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
	}
	return c;
}

void
conn_ref(struct conn *c)
{
	atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
}

void
conn_unref(struct conn *c)
{
	if (atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1)
		return;
	assert(c->fd < 0);
	strbuf_done(&c->in);
	strbuf_done(&c->out.out);
	pthread_mutex_lock(&c->lock);
	c->state = CONN_CLOSED;
	pthread_mutex_unlock(&c->lock);
	pthread_mutex_lock(&unused_lock);
	c->next = unused;
	unused = c;
	pthread_mutex_unlock(&unused_lock);
}

bool
conn_peer_uid(const struct conn *c, uid_t *ret_uid)
{
	struct ucred cred;
	socklen_t len = sizeof cred;

	if (!c->local || getsockopt(c->fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0)
		return false;
	*ret_uid = cred.uid;
	return true;
}

/* -- Waiting ---------------------------------------------------------------------------------- */
static bool
is_cancelled(const struct conn *c)
{
	return c->cancel != NULL && __atomic_load_n(c->cancel, __ATOMIC_ACQUIRE) != 0;
}

/* Until the socket is ready: 1; cancelled: 0. */
static int
wait_for(struct conn *c, short events)
{
	struct pollfd p = { .fd = c->fd, .events = events };

	for (;;) {
		int n = poll(&p, 1, WAIT_ROUND_MS);
		if (n > 0)
			return 1;       /* errors too: the next read or write tells which */
		if (n < 0 && errno != EINTR)
			return 1;
		if (is_cancelled(c))
			return 0;
	}
}

/* -- Reading ------------------------------------------------------------------------------------ */
static void
compact(struct conn *c)
{
	if (c->in_at == 0)
		return;
	size_t left = conn_left(c);
	if (left > 0)
		memmove(c->in.data, c->in.data + c->in_at, left);
	c->in.len = left;
	c->in_at = 0;
}

int
conn_fill(struct conn *c)
{
	if (c->broken)
		return -1;
	if (c->drained) {               /* the last read got less than it asked for: nothing is left */
		c->drained = false;
		return 0;
	}
	compact(c);
	size_t room = c->in.cap > c->in.len + READ_CHUNK ? c->in.cap - c->in.len - 1 : READ_CHUNK;
	char *at = strbuf_room(&c->in, room);
	ssize_t n;
	if (c->tls != NULL) {
		n = tls_read(c->tls, at, room);
	} else {
		do
			n = recv(c->fd, at, room, 0);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			n = errno == EAGAIN || errno == EWOULDBLOCK ? TLS_WANT_READ : -1;
		else if (n == 0)
			n = -1;
	}
	if (n > 0) {
		strbuf_wrote(&c->in, (size_t) n);
		c->drained = c->tls == NULL && (size_t) n < room;
		return 1;
	}
	if (n == TLS_WANT_READ)
		return 0;
	if (n == TLS_WANT_WRITE)
		return wait_for(c, POLLOUT) == 1 ? conn_fill(c) : 0;
	c->broken = true;
	return -1;
}

int
conn_fill_wait(struct conn *c)
{
	for (;;) {
		int n = conn_fill(c);
		if (n != 0)
			return n;
		if (is_cancelled(c) || wait_for(c, POLLIN) == 0)
			return 0;
	}
}

/* -- Writing -------------------------------------------------------------------------------------- */
static ssize_t
write_some(struct conn *c, const char *p, size_t len)
{
	ssize_t n;

	if (c->tls != NULL)
		return tls_write(c->tls, p, len);
	do
		n = send(c->fd, p, len, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? TLS_WANT_WRITE : -1;
	return n;
}

bool
conn_send(struct conn *c, const void *bytes, size_t len)
{
	const char *p = bytes;

	while (len > 0 && !c->broken) {
		ssize_t n = write_some(c, p, len);
		if (n > 0) {
			p += n;
			len -= (size_t) n;
		} else if (n == TLS_WANT_WRITE || n == TLS_WANT_READ) {
			/* Half a message cannot be taken back, so a cancelled statement still has
			 * to wait for its peer; only the end of the session gives up. */
			if (wait_for(c, n == TLS_WANT_WRITE ? POLLOUT : POLLIN) == 0 && loop_gives_up(c->loop, c))
				c->broken = true;
		} else {
			c->broken = true;
		}
	}
	return !c->broken;
}

void
conn_last_words(struct conn *c, const void *bytes, size_t len)
{
	pthread_mutex_lock(&c->lock);
	if (c->state != CONN_CLOSED && c->tls == NULL)
		(void) send(c->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	pthread_mutex_unlock(&c->lock);
}

/* -- Waking ----------------------------------------------------------------------------------------- */
void
conn_wake(struct conn *c, unsigned bits)
{
	pthread_mutex_lock(&c->lock);
	c->wakes |= bits;
	if (c->state == CONN_ARMED)
		loop_poke(c->loop, c);
	pthread_mutex_unlock(&c->lock);
}

unsigned
conn_wakes(struct conn *c)
{
	/* Only ever set under the lock; an unlocked look is enough when nothing is there. */
	if (__atomic_load_n(&c->wakes, __ATOMIC_ACQUIRE) == 0)
		return 0;
	pthread_mutex_lock(&c->lock);
	unsigned bits = c->wakes;
	c->wakes = 0;
	pthread_mutex_unlock(&c->lock);
	return bits;
}

int64_t
conn_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t) t.tv_sec * 1000000 + t.tv_nsec / 1000;
}
