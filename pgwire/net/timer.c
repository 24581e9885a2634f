/* timer.c - a binary heap of connections by their next deadline.
 *
 * The order of stores makes lost deadlines impossible: a worker stores its deadline, then looks
 * at timer_at; the timer thread clears timer_at, then looks at the deadlines. */
#include "config.h"
#include "pgwire/net/timer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/log.h"
#include "pgwire/net/loop.h"

struct timer {
	struct loop *loop;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct conn **heap;             /* [1..n], by timer_at; timer_pos tells the place, 0: none */
	size_t n, cap;
	struct conn *firing;            /* in a callback now, outside the lock */
	pthread_cond_t fired;
};

static int64_t
key(const struct conn *c)
{
	return atomic_load_explicit(&c->timer_at, memory_order_relaxed);
}

static void
place(struct timer *t, size_t i, struct conn *c)
{
	t->heap[i] = c;
	c->timer_pos = i;
}

static void
sift_up(struct timer *t, size_t i)
{
	struct conn *c = t->heap[i];

	for (; i > 1 && key(t->heap[i / 2]) > key(c); i /= 2)
		place(t, i, t->heap[i / 2]);
	place(t, i, c);
}

static void
sift_down(struct timer *t, size_t i)
{
	struct conn *c = t->heap[i];

	for (size_t k; (k = 2 * i) <= t->n; i = k) {
		if (k < t->n && key(t->heap[k + 1]) < key(t->heap[k]))
			k++;
		if (key(t->heap[k]) >= key(c))
			break;
		place(t, i, t->heap[k]);
	}
	place(t, i, c);
}

static void
take_out(struct timer *t, struct conn *c)
{
	size_t i = c->timer_pos;
	struct conn *last = t->heap[t->n--];

	c->timer_pos = 0;
	if (last != c) {
		place(t, i, last);
		sift_up(t, i);
		sift_down(t, last->timer_pos);
	}
}

static void
put_in(struct timer *t, struct conn *c, int64_t when)
{
	if (c->timer_pos != 0) {
		if (when >= key(c))
			return;
		atomic_store(&c->timer_at, when);
		sift_up(t, c->timer_pos);
		return;
	}
	if (t->n + 2 > t->cap) {
		t->cap = t->cap == 0 ? 64 : t->cap * 2;
		t->heap = realloc(t->heap, t->cap * sizeof(struct conn *));
		if (t->heap == NULL) {
			log_write(LOG_FATAL, "out of memory: timers");
			abort();
		}
	}
	atomic_store(&c->timer_at, when);
	place(t, ++t->n, c);
	sift_up(t, t->n);
}

void
timer_schedule(struct timer *t, struct conn *c, int64_t when)
{
	pthread_mutex_lock(&t->lock);
	put_in(t, c, when);
	if (t->heap[1] == c)
		pthread_cond_signal(&t->changed);
	pthread_mutex_unlock(&t->lock);
}

void
timer_forget(struct timer *t, struct conn *c)
{
	pthread_mutex_lock(&t->lock);
	while (t->firing == c)
		pthread_cond_wait(&t->fired, &t->lock);
	if (c->timer_pos != 0)
		take_out(t, c);
	pthread_mutex_unlock(&t->lock);
}

void
conn_deadline(struct conn *c, enum conn_timer which, int64_t when)
{
	atomic_store(&c->deadline[which], when);
	if (when == 0)
		return;
	int64_t at = atomic_load(&c->timer_at);
	if (at == 0 || when < at)
		timer_schedule(loop_timer(c->loop), c, when);
}

bool
conn_is_due(const struct conn *c, enum conn_timer which)
{
	int64_t at = atomic_load(&c->deadline[which]);

	return at != 0 && at <= conn_clock();
}

/* Its time has come: call what is due, put it back when more is to come. */
static void
fire(struct timer *t, struct conn *c)
{
	int64_t next = 0;

	take_out(t, c);
	atomic_store(&c->timer_at, 0);
	t->firing = c;
	pthread_mutex_unlock(&t->lock);
	for (int i = 0; i < TIMER_COUNT; i++)
		if (conn_is_due(c, (enum conn_timer) i)) {
			/* Once: whoever is called either handles it or sets another. */
			int64_t at = atomic_load(&c->deadline[i]);
			loop_timer_fired(t->loop, c, (enum conn_timer) i);
			(void) atomic_compare_exchange_strong(&c->deadline[i], &at, 0);
		}
	for (int i = 0; i < TIMER_COUNT; i++) {
		int64_t at = atomic_load(&c->deadline[i]);
		if (at != 0 && (next == 0 || at < next))
			next = at;
	}
	pthread_mutex_lock(&t->lock);
	t->firing = NULL;
	if (next != 0)
		put_in(t, c, next);
	pthread_cond_broadcast(&t->fired);
}

static void *
run(void *arg)
{
	struct timer *t = arg;

	pthread_mutex_lock(&t->lock);
	for (;;) {
		if (t->n == 0) {
			pthread_cond_wait(&t->changed, &t->lock);
			continue;
		}
		int64_t when = key(t->heap[1]);
		if (when <= conn_clock()) {
			fire(t, t->heap[1]);
			continue;
		}
		struct timespec until = { .tv_sec = when / 1000000, .tv_nsec = when % 1000000 * 1000 };
		(void) pthread_cond_timedwait(&t->changed, &t->lock, &until);
	}
	return NULL;
}

int
timer_new(struct loop *l, struct timer **ret, struct err *e)
{
	struct timer *t = calloc(1, sizeof *t);
	pthread_condattr_t attr;
	pthread_t thread;

	if (t == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	t->loop = l;
	pthread_mutex_init(&t->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&t->changed, &attr);
	pthread_cond_init(&t->fired, NULL);
	pthread_condattr_destroy(&attr);
	int rc = pthread_create(&thread, NULL, run, t);
	if (rc != 0)
		return err_set(e, ERR_SYSTEM_ERROR, "could not start a thread: %s", strerror(rc));
	pthread_detach(thread);
	*ret = t;
	return ERR_OK;
}
