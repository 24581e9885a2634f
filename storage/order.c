/* order.c - change numbers, and the moment at which a commit becomes visible.
 *
 * A commit takes its number before it applies its writes (rows carry it) and becomes visible
 * when the engine commits, so numbers become visible out of order: a snapshot knows the next
 * number and those in flight.  Taking a snapshot, and committing together with leaving the
 * list, happen under order.mutex; so what a snapshot says of a number and what the engine
 * shows agree.  A transaction that has seen another's rows always has the higher number.
 *
 * The engine commits millions of rows in seconds.  Nobody waits for that: such a commit lets go of
 * the mutex meanwhile.  A snapshot that is taken then looks whether it has one of its keys.  If
 * not, the number is one in flight, as the list says.  If so, the snapshot came in the moment
 * between the engine's commit and the list: it is given back, and taken again after that.
 *
 * Other commits do wait: their records stand in the log behind that large one, and so would their
 * acknowledgement; and whoever had read what they wrote would have to wait for it as well.  A large
 * one at SERIALIZABLE is certified before it lets go; so those of that level which have only read
 * wait with their end too: it would have to look at what they read. */
#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "storage/store_private.h"

static bool
make_room(struct order *o)
{
	if (o->ninflight < o->cap)
		return true;
	int cap = o->cap == 0 ? 64 : o->cap * 2;
	uint64_t *to = realloc(o->inflight, (size_t) cap * sizeof *to);
	if (to == NULL)
		return false;
	o->inflight = to;
	o->cap = cap;
	return true;
}

int
order_take_number(struct store *store, uint64_t *ret_change, struct err *e)
{
	struct order *o = &store->order;

	for (;;) {
		pthread_mutex_lock(&o->mutex);
		bool room = make_room(o);
		if (!room || o->next < atomic_load(&o->ceiling)) {
			if (room)
				*ret_change = o->inflight[o->ninflight++] = o->next++;
			pthread_mutex_unlock(&o->mutex);
			return room ? ERR_OK : err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
		}
		pthread_mutex_unlock(&o->mutex);
		int rc = meta_reserve_changes(store, e);
		if (rc != ERR_OK)
			return rc;
	}
}

void
order_remove_locked(struct store *store, uint64_t change)
{
	struct order *o = &store->order;
	int i = 0;

	while (i < o->ninflight && o->inflight[i] != change)
		i++;
	assert(i < o->ninflight);
	o->ninflight--;
	memmove(o->inflight + i, o->inflight + i + 1, (size_t) (o->ninflight - i) * sizeof *o->inflight);
}

void
order_drop_number(struct store *store, uint64_t change)
{
	pthread_mutex_lock(&store->order.mutex);
	order_remove_locked(store, change);
	pthread_mutex_unlock(&store->order.mutex);
}

void
order_slow_wait_locked(struct store *store)
{
	struct order *o = &store->order;

	while (UNLIKELY(o->slow.change != 0))
		pthread_cond_wait(&o->slow_done, &o->mutex);
}

void
order_slow_begin_locked(struct store *store, const struct slow_commit *slow)
{
	assert(store->order.slow.change == 0);
	store->order.slow = *slow;
}

void
order_slow_end_locked(struct store *store)
{
	store->order.slow.change = 0;
	pthread_cond_broadcast(&store->order.slow_done);
}

void
order_slow_wait(struct store *store, uint64_t change)
{
	struct order *o = &store->order;

	pthread_mutex_lock(&o->mutex);
	while (o->slow.change != 0 && (change == 0 || o->slow.change == change))
		pthread_cond_wait(&o->slow_done, &o->mutex);
	pthread_mutex_unlock(&o->mutex);
}

bool
order_slow_now(struct store *store)
{
	pthread_mutex_lock(&store->order.mutex);
	bool slow = store->order.slow.change != 0;
	pthread_mutex_unlock(&store->order.mutex);
	return slow;
}

uint64_t
order_serial(struct store *store)
{
	return __atomic_add_fetch(&store->order.serial, 1, __ATOMIC_SEQ_CST);
}

uint64_t
store_change_last(struct store *store)
{
	pthread_mutex_lock(&store->order.mutex);
	uint64_t last = store->order.next - 1;
	pthread_mutex_unlock(&store->order.mutex);
	return last;
}

uint64_t
store_change_horizon(struct store *store)
{
	struct order *o = &store->order;

	pthread_mutex_lock(&o->mutex);
	uint64_t horizon = (o->ninflight > 0 ? o->inflight[0] : o->next) - 1;
	pthread_mutex_unlock(&o->mutex);
	return horizon;
}
