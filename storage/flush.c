/* flush.c - group commit: one thread flushes the log for everybody who waits.
 *
 * Each engine commit (sync=off: its record is in the log's buffer when it returns) takes a
 * ticket.  The flusher notes the newest ticket, flushes, and publishes it; whoever waits for a
 * ticket not above it goes on.  While one flush is running the next group gathers, so the more
 * wait the fewer flushes each costs.  The engine's own sync-on-commit is slower by an order of
 * magnitude and can acknowledge too early when it changes log files. */
#include "config.h"

#include <inttypes.h>
#include <limits.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "storage/store_private.h"

static void
futex_wait(_Atomic uint32_t *word, uint32_t seen)
{
	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
}

static void
futex_wake(_Atomic uint32_t *word, int how_many)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, how_many, NULL, NULL, 0);
}

static void
flush_once(struct store *store, WT_SESSION *session)
{
	struct flusher *f = &store->flusher;
	uint64_t upto = atomic_load(&f->committed);

	int rc = WT(session->log_flush(session, "sync=on"));
	if (rc != 0)            /* what was in the kernel's buffers may be gone: never try again */
		engine_panic("could not flush the log: %s", wiredtiger_strerror(rc));
	/* Proof for a later start that this much was on disk; itself it may be lost. */
	if (session->log_printf(session, LOG_MESSAGE_PRINT, f->epoch, f->count + 1) == 0)
		f->count++;
	atomic_fetch_add_explicit(&store->flushes, 1, memory_order_relaxed);
	atomic_store(&f->flushed, upto);
	atomic_fetch_add(&f->done, 1);
	if (atomic_load(&f->waiting) != 0)
		futex_wake(&f->done, INT_MAX);
}

static void *
flusher_main(void *arg)
{
	struct store *store = arg;
	struct flusher *f = &store->flusher;
	WT_SESSION *session;

	int rc = store->conn->open_session(store->conn, NULL, NULL, &session);
	if (rc != 0)
		engine_panic("could not open the flusher's session: %s", wiredtiger_strerror(rc));
	while (atomic_load(&f->running)) {
		uint32_t seen = atomic_load(&f->work);
		if (atomic_load(&f->wanted) > atomic_load(&f->flushed))
			flush_once(store, session);
		else if (atomic_load(&f->running))
			futex_wait(&f->work, seen);
	}
	(void) session->close(session, NULL);
	return NULL;
}

int
flush_start(struct store *store, struct err *e)
{
	struct flusher *f = &store->flusher;

	f->running = true;
	f->epoch = lock_clock_us();
	int rc = pthread_create(&f->thread, NULL, flusher_main, store);
	if (rc == 0)
		return ERR_OK;
	f->running = false;
	return err_set(e, ERR_INSUFFICIENT_RESOURCES, "could not start the flusher: %s", strerror(rc));
}

void
flush_stop(struct store *store)
{
	struct flusher *f = &store->flusher;

	if (!f->running)
		return;
	flush_wait(store, atomic_load(&f->committed));
	atomic_store(&f->running, false);
	atomic_fetch_add(&f->work, 1);
	futex_wake(&f->work, 1);
	pthread_join(f->thread, NULL);
}

/* Have it flushed soon; does not wait. */
void
flush_request(struct store *store, uint64_t ticket)
{
	struct flusher *f = &store->flusher;
	uint64_t wanted = atomic_load(&f->wanted);

	while (wanted < ticket && !atomic_compare_exchange_weak(&f->wanted, &wanted, ticket))
		;
	if (wanted < ticket) {
		atomic_fetch_add(&f->work, 1);
		futex_wake(&f->work, 1);
	}
}

void
flush_wait(struct store *store, uint64_t ticket)
{
	struct flusher *f = &store->flusher;

	if (atomic_load(&f->flushed) >= ticket)
		return;
	atomic_fetch_add(&f->waiting, 1);
	flush_request(store, ticket);
	for (;;) {
		uint32_t seen = atomic_load(&f->done);
		if (atomic_load(&f->flushed) >= ticket)
			break;
		futex_wait(&f->done, seen);
	}
	atomic_fetch_sub(&f->waiting, 1);
}
