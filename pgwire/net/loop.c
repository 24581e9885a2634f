/* loop.c - workers, the epoll set they share, and the watcher that adds workers.
 *
 * Lock order: loop.lock > conn.lock.
 *
 * Not here: what is done with input (the handler's run), sockets that listen (listen.c). */
#include "config.h"
#include "pgwire/net/loop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "core/base/log.h"
#include "pgwire/net/timer.h"
#include "pgwire/net/tls.h"

enum {
	WATCH_MS      = 5,              /* all busy for this long, and events waiting: one more worker */
	WATCH_QUIET   = 200,            /* rounds without need before the watcher sleeps */
	BUFFER_KEEP   = 64 * 1024,      /* larger buffers are not kept by workers */
	WORKER_STACK  = 96 << 20,       /* of address space: what a deep statement needs is used */
};

struct loop {
	const struct loop_handler *handler;
	struct timer *timer;
	int ep, watch_fd;
	int max_workers;
	atomic_int workers, idle;
	atomic_bool watcher_sleeps;
	pthread_mutex_t lock;           /* the list of connections */
	struct conn *first;
	int n;
};

/* Buffers go from worker to connection and back, so that idle connections have none. */
struct worker {
	struct loop *loop;
	struct strbuf in, out;
};

static void
lend_buffers(struct worker *w, struct conn *c)
{
	if (c->in.data == NULL) {
		c->in = w->in;
		w->in = (struct strbuf) { 0 };
	}
	if (c->out.out.data == NULL) {
		c->out.out = w->out;
		w->out = (struct strbuf) { 0 };
	}
}

static void
take_back(struct strbuf *from, struct strbuf *to)
{
	if (from->data == NULL)
		return;
	if (to->data == NULL && from->cap <= BUFFER_KEEP) {
		strbuf_clear(from);
		*to = *from;
		*from = (struct strbuf) { 0 };
	} else {
		strbuf_done(from);
	}
}

static void
reclaim_buffers(struct worker *w, struct conn *c)
{
	if (conn_left(c) == 0) {
		c->in_at = 0;
		take_back(&c->in, &w->in);
	}
	if (c->out.out.len == 0)
		take_back(&c->out.out, &w->out);
}

static void
close_conn(struct loop *l, struct conn *c)
{
	pthread_mutex_lock(&c->lock);
	c->state = CONN_CLOSED;
	pthread_mutex_unlock(&c->lock);
	for (int i = 0; i < TIMER_COUNT; i++)
		atomic_store(&c->deadline[i], 0);
	timer_forget(l->timer, c);      /* before the session that its callback looks at goes */
	l->handler->closed(c);
	(void) epoll_ctl(l->ep, EPOLL_CTL_DEL, c->fd, NULL);
	tls_close(&c->tls);
	(void) close(c->fd);
	c->fd = -1;
	pthread_mutex_lock(&l->lock);
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		l->first = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	l->n--;
	pthread_mutex_unlock(&l->lock);
	conn_unref(c);
}

static void
epoll_mod(struct loop *l, struct conn *c, uint32_t events)
{
	struct epoll_event ev = { .events = events | EPOLLONESHOT, .data.ptr = c };

	if (epoll_ctl(l->ep, EPOLL_CTL_MOD, c->fd, &ev) != 0)
		log_write(LOG_WARNING, "epoll_ctl: %s", strerror(errno));
}

/* Give the connection back to the epoll set; false: it was woken meanwhile, run it again. */
static bool
arm(struct loop *l, struct conn *c, enum loop_next next)
{
	pthread_mutex_lock(&c->lock);
	bool woken = c->wakes != 0;
	if (!woken) {
		c->state = CONN_ARMED;
		epoll_mod(l, c, next == LOOP_WRITE ? EPOLLOUT : EPOLLIN | EPOLLRDHUP);
	}
	pthread_mutex_unlock(&c->lock);
	return !woken;
}

/* An event has come: is it this worker's to run?  Between the event and here a wake may have armed
 * the connection once more, and another worker may have taken that event; it may even be closed and
 * its memory another connection's.  Whoever runs it arms it again, so nothing is missed. */
static bool
claim(struct conn *c)
{
	pthread_mutex_lock(&c->lock);
	bool mine = c->state == CONN_ARMED;
	if (mine)
		c->state = CONN_RUNNING;
	pthread_mutex_unlock(&c->lock);
	return mine;
}

static void
run_conn(struct worker *w, struct conn *c)
{
	struct loop *l = w->loop;
	enum loop_next next;

	if (!claim(c))
		return;
	do {
		lend_buffers(w, c);
		next = l->handler->run(c);
		if (c->out.out.len > 0)
			writer_flush(&c->out);
		reclaim_buffers(w, c);
		if (next == LOOP_CLOSE || c->broken || c->out.failed) {
			close_conn(l, c);
			return;
		}
	} while (!arm(l, c, next));
}

static void *
work(void *arg)
{
	struct worker w = { .loop = arg };
	struct loop *l = w.loop;

	for (;;) {
		struct epoll_event ev;
		atomic_fetch_add(&l->idle, 1);
		int n = epoll_wait(l->ep, &ev, 1, -1);
		if (atomic_fetch_sub(&l->idle, 1) == 1 && atomic_load(&l->watcher_sleeps))
			(void) eventfd_write(l->watch_fd, 1);
		if (n == 1)
			run_conn(&w, ev.data.ptr);
	}
	return NULL;
}

static int
add_worker(struct loop *l)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, WORKER_STACK);
	int rc = pthread_create(&thread, &attr, work, l);
	pthread_attr_destroy(&attr);
	if (rc == 0)
		atomic_fetch_add(&l->workers, 1);
	return rc;
}

/* Are there events that nobody takes? */
static bool
is_backlogged(struct loop *l)
{
	struct pollfd p = { .fd = l->ep, .events = POLLIN };

	return atomic_load(&l->idle) == 0 && poll(&p, 1, 0) > 0;
}

static void *
watch(void *arg)
{
	struct loop *l = arg;
	const struct timespec round = { .tv_nsec = WATCH_MS * 1000000L };
	eventfd_t ignored;

	for (;;) {
		atomic_store(&l->watcher_sleeps, true);
		if (atomic_load(&l->idle) > 0)
			(void) eventfd_read(l->watch_fd, &ignored);
		atomic_store(&l->watcher_sleeps, false);
		for (int quiet = 0; quiet < WATCH_QUIET; quiet++) {
			bool before = is_backlogged(l);
			nanosleep(&round, NULL);
			if (!before || !is_backlogged(l) || atomic_load(&l->workers) >= l->max_workers)
				continue;
			if (add_worker(l) != 0)
				log_write(LOG_WARNING, "could not start another worker thread");
			quiet = 0;
		}
	}
	return NULL;
}

int
loop_new(const struct loop_handler *h, int workers, int max_workers, struct loop **ret, struct err *e)
{
	struct loop *l = calloc(1, sizeof *l);
	pthread_t thread;

	if (l == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	l->handler = h;
	l->max_workers = max_workers > workers ? max_workers : workers;
	pthread_mutex_init(&l->lock, NULL);
	l->ep = epoll_create1(EPOLL_CLOEXEC);
	l->watch_fd = eventfd(0, EFD_CLOEXEC);
	if (l->ep < 0 || l->watch_fd < 0)
		return err_set(e, ERR_SYSTEM_ERROR, "could not create event descriptors: %s", strerror(errno));
	int rc = timer_new(l, &l->timer, e);
	if (rc != ERR_OK)
		return rc;
	for (int i = 0; i < workers; i++)
		if ((rc = add_worker(l)) != 0)
			return err_set(e, ERR_SYSTEM_ERROR, "could not start a worker thread: %s", strerror(rc));
	if ((rc = pthread_create(&thread, NULL, watch, l)) != 0)
		return err_set(e, ERR_SYSTEM_ERROR, "could not start a thread: %s", strerror(rc));
	pthread_detach(thread);
	*ret = l;
	return ERR_OK;
}

bool
loop_add(struct loop *l, int fd, const struct sockaddr_storage *peer, socklen_t len)
{
	struct conn *c = conn_new(l, fd, peer, len);

	if (c == NULL) {
		(void) close(fd);
		return false;
	}
	pthread_mutex_lock(&l->lock);
	c->next = l->first;
	if (l->first != NULL)
		l->first->prev = c;
	l->first = c;
	l->n++;
	pthread_mutex_unlock(&l->lock);
	if (!l->handler->opened(c)) {
		close_conn(l, c);
		return false;
	}
	/* Under the lock, so that no worker runs it before it is marked as armed. */
	struct epoll_event ev = { .events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT, .data.ptr = c };
	pthread_mutex_lock(&c->lock);
	bool added = epoll_ctl(l->ep, EPOLL_CTL_ADD, fd, &ev) == 0;
	if (added) {
		c->state = CONN_ARMED;
		if (c->wakes != 0)
			loop_poke(l, c);
	}
	pthread_mutex_unlock(&c->lock);
	if (!added) {
		log_write(LOG_WARNING, "epoll_ctl: %s", strerror(errno));
		close_conn(l, c);
	}
	return added;
}

int
loop_connections(struct loop *l)
{
	pthread_mutex_lock(&l->lock);
	int n = l->n;
	pthread_mutex_unlock(&l->lock);
	return n;
}

void
loop_each(struct loop *l, void (*fn)(struct conn *c, void *arg), void *arg)
{
	pthread_mutex_lock(&l->lock);
	for (struct conn *c = l->first; c != NULL; c = c->next)
		fn(c, arg);
	pthread_mutex_unlock(&l->lock);
}

void
loop_counts(struct loop *l, int *ret_workers, int *ret_idle)
{
	*ret_workers = atomic_load(&l->workers);
	*ret_idle = atomic_load(&l->idle);
}

/* Under the connection's lock, while it is armed: make its event fire. */
void
loop_poke(struct loop *l, struct conn *c)
{
	epoll_mod(l, c, EPOLLIN | EPOLLOUT);
}

bool
loop_gives_up(struct loop *l, struct conn *c)
{
	return l->handler->gives_up(c);
}

void
loop_timer_fired(struct loop *l, struct conn *c, enum conn_timer which)
{
	l->handler->on_timer(c, which);
}

struct timer *
loop_timer(struct loop *l)
{
	return l->timer;
}
