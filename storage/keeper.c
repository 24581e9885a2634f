/* keeper.c - background work: checkpoints, the janitor, the watch on free space.
 *
 * Two threads, because a checkpoint may take seconds and the others may not wait for it. */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>

#include "core/base/log.h"
#include "storage/store_private.h"

enum { TICK_MS = 100, FLUSH_TICKS = 2, MARK_TICKS = 10 };

static const uint64_t SPACE_PLENTY = UINT64_C(64) << 30, SPACE_LARGE = 1 << 20;

/* --- checkpoints --------------------------------------------------------------------------------- */

static int
checkpoint(struct store *store, struct engine *g, struct err *e)
{
	/* A checkpoint may write rows of commits whose log is still in memory. */
	int rc = WT(g->wt->log_flush(g->wt, "sync=on"));
	if (rc != 0)
		engine_panic("could not flush the log: %s", wiredtiger_strerror(rc));
	uint64_t log_bytes = atomic_load(&store->log_bytes);
	rc = WT(g->wt->checkpoint(g->wt, NULL));
	/* A failed write or sync cannot be tried again: the system has forgotten what it was. */
	if (rc == EIO || rc == ENOSPC || rc == EDQUOT || rc == WT_ERROR)
		engine_panic("could not write a checkpoint: %s", wiredtiger_strerror(rc));
	if (rc != 0)
		return engine_fail(rc, e, "checkpoint");
	atomic_store(&store->log_bytes_at_checkpoint, log_bytes);
	atomic_fetch_add(&store->checkpoints, 1);
	return ERR_OK;
}

int
store_checkpoint(struct store *store, struct err *e)
{
	struct engine *g = NULL;

	int rc = engine_acquire_reserved(store, &g, e);
	if (rc != ERR_OK)
		return rc;
	pthread_mutex_lock(&store->checkpoint);
	rc = checkpoint(store, g, e);
	pthread_mutex_unlock(&store->checkpoint);
	engine_release(store, &g);
	return rc;
}

static void
deadline(struct timespec *ts, unsigned ms)
{
	clock_gettime(CLOCK_MONOTONIC, ts);
	ts->tv_sec += ms / 1000;
	ts->tv_nsec += (long) (ms % 1000) * 1000000;
	if (ts->tv_nsec >= 1000000000) {
		ts->tv_sec++;
		ts->tv_nsec -= 1000000000;
	}
}

static void *
checkpointer_main(void *arg)
{
	struct store *store = arg;
	struct keeper *k = &store->keeper;
	struct timespec until;
	uint64_t commits = atomic_load(&store->flusher.committed);

	pthread_mutex_lock(&k->mutex);
	while (!k->stop) {
		deadline(&until, store->opt.checkpoint_seconds * 1000);
		while (!k->stop && !k->checkpoint_now
		       && pthread_cond_timedwait(&k->cond, &k->mutex, &until) != ETIMEDOUT)
			;
		k->checkpoint_now = false;
		uint64_t now = atomic_load(&store->flusher.committed);
		if (k->stop || now == commits)
			continue;
		commits = now;
		pthread_mutex_unlock(&k->mutex);
		struct err e = { 0 };
		if (store_checkpoint(store, &e) != ERR_OK)
			log_write(LOG_WARNING, "checkpoint failed: %s", e.message);
		pthread_mutex_lock(&k->mutex);
	}
	pthread_mutex_unlock(&k->mutex);
	return NULL;
}

void
keeper_wake_checkpoint(struct store *store)
{
	pthread_mutex_lock(&store->keeper.mutex);
	store->keeper.checkpoint_now = true;
	pthread_cond_broadcast(&store->keeper.cond);
	pthread_mutex_unlock(&store->keeper.mutex);
}

/* --- the janitor ----------------------------------------------------------------------------------- */

static uint64_t
free_space(struct store *store)
{
	struct statvfs v;

	return statvfs(store->base, &v) == 0 ? (uint64_t) v.f_bavail * v.f_frsize : UINT64_MAX;
}

/* Spoken for, beside what shall stay free: the log's next files are made whole, ahead of use. */
static uint64_t
reserve(const struct store *store)
{
	return store->opt.min_free_space + 2 * store->opt.log_file_size;
}

/* The next checkpoint writes every changed page to a new place before it gives the old ones back:
 * their room is spoken for too. */
static void
watch_space(struct store *store)
{
	uint64_t available = free_space(store);
	uint64_t dirty = available > SPACE_PLENTY ? 0 : store_dirty_bytes(store);
	bool low = available < reserve(store) + dirty;
	if (low != atomic_exchange(&store->space_low, low))
		log_write(LOG_WARNING, low ? "writes are refused: %llu MB of disk space left"
		          : "writes go on: %llu MB of disk space left",
		          (unsigned long long) (available >> 20));
}

/* In the log, and on pages; a small commit relies on the watch. */
static uint64_t
needed(uint64_t bytes)
{
	return bytes > SPACE_LARGE ? 2 * bytes : 0;
}

/* A large commit looks itself, and others that are under way may still write what they were promised. */
int
space_promise(struct store *store, uint64_t bytes, struct err *e)
{
	const uint64_t need = needed(bytes);
	bool low = atomic_load_explicit(&store->space_low, memory_order_relaxed);

	if (!low && need != 0) {
		uint64_t all = atomic_fetch_add(&store->space_promised, need) + need;
		low = free_space(store) < reserve(store) + all;
		if (low)
			space_settle(store, bytes);
	}
	if (LIKELY(!low))
		return ERR_OK;
	err_set(e, ERR_DISK_FULL, "could not write: less than %llu MB of disk space is left",
	        (unsigned long long) (reserve(store) >> 20));
	return err_hint(e, "Check free disk space.");
}

void
space_settle(struct store *store, uint64_t bytes)
{
	if (needed(bytes) != 0)
		atomic_fetch_sub(&store->space_promised, needed(bytes));
}

int
store_check_space(struct store *store, struct err *e)
{
	return space_promise(store, 0, e);
}

static void *
janitor_main(void *arg)
{
	struct store *store = arg;
	struct keeper *k = &store->keeper;
	struct timespec until;

	pthread_mutex_lock(&k->mutex);
	for (unsigned tick = 1; !k->stop; tick++) {
		deadline(&until, TICK_MS);
		while (!k->stop && pthread_cond_timedwait(&k->cond, &k->mutex, &until) != ETIMEDOUT)
			;
		if (k->stop)
			break;
		pthread_mutex_unlock(&k->mutex);
		if (tick % FLUSH_TICKS == 0)            /* commits that nobody waits for */
			flush_request(store, atomic_load(&store->flusher.committed));
		watch_space(store);
		if (tick % MARK_TICKS == 0)
			control_mark(store);
		if (atomic_load(&store->log_bytes) - atomic_load(&store->log_bytes_at_checkpoint)
		    > store->opt.checkpoint_log_bytes)
			keeper_wake_checkpoint(store);
		(void) files_drop_doomed(store);
		moves_prune(store);
		newborn_forget(store);
		pthread_mutex_lock(&k->mutex);
	}
	pthread_mutex_unlock(&k->mutex);
	return NULL;
}

int
keeper_start(struct store *store, struct err *e)
{
	struct keeper *k = &store->keeper;
	pthread_condattr_t attr;

	pthread_mutex_init(&k->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&k->cond, &attr);
	pthread_condattr_destroy(&attr);
	watch_space(store);
	int rc = pthread_create(&k->checkpointer, NULL, checkpointer_main, store);
	if (rc == 0) {
		rc = pthread_create(&k->janitor, NULL, janitor_main, store);
		if (rc == 0) {
			k->started = true;
			return ERR_OK;
		}
		pthread_mutex_lock(&k->mutex);
		k->stop = true;
		pthread_cond_broadcast(&k->cond);
		pthread_mutex_unlock(&k->mutex);
		pthread_join(k->checkpointer, NULL);
	}
	return err_set(e, ERR_INSUFFICIENT_RESOURCES, "could not start a background thread: %s",
	               strerror(rc));
}

void
keeper_stop(struct store *store)
{
	struct keeper *k = &store->keeper;

	if (!k->started)
		return;
	pthread_mutex_lock(&k->mutex);
	k->stop = true;
	pthread_cond_broadcast(&k->cond);
	pthread_mutex_unlock(&k->mutex);
	pthread_join(k->checkpointer, NULL);
	pthread_join(k->janitor, NULL);
	pthread_cond_destroy(&k->cond);
	pthread_mutex_destroy(&k->mutex);
	k->started = false;
}
