/* engine.h - the door to WiredTiger: its calls, its errors, its sessions.  Private to storage/.
 *
 * Every call into the engine that can fail is written WT(call), so that a test build can make
 * the nth one fail (fault.h).  Every engine session runs at isolation=snapshot; writes happen
 * only inside explicit transactions; none of modify, truncate, rename, timestamps, prepare or
 * named snapshots is ever used: each lost or resurrected data in tests of this version.
 *
 * Owner     engine_acquire() lends a session, engine_release() takes it back, without a
 *           transaction and with every cursor closed.
 * Thread    the pool is shared; a lent session belongs to one thread at a time.
 * Failure   engine_fail() turns the engine's codes into ours, here and nowhere else; a panic
 *           or a failed log write ends the process. */
#ifndef STORAGE_ENGINE_H
#define STORAGE_ENGINE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <wiredtiger.h>

#include "core/base/attr.h"
#include "core/base/err.h"
#include "storage/fault.h"
#include "storage/store.h"

#ifdef ORMDB_FAULTS
#define WT(call) (fault_due() ? fault_code() : (call))
#else
#define WT(call) (call)
#endif

#define ENGINE_SEES_ALL UINT64_MAX

enum { ENGINE_CURSORS = 24, ENGINE_RESERVE = 16 };

struct engine_cursor {
	WT_CURSOR *wt;
	uint32_t   file;
	bool       busy;
};

/* A lent engine session.  Its cursors are kept open until it goes back. */
struct engine {
	WT_SESSION *wt;
	struct engine *next_free, *next;        /* the pool's lists */
	struct engine_cursor *cursors;          /* busy and idle ones */
	int  ncursors, cap;
	_Atomic uint64_t serial;                /* of the snapshot it holds; 0: none */
	_Atomic uint64_t since_us;              /* when it was taken */
	uint64_t seen;                          /* the order's commit_seq then; ENGINE_SEES_ALL: no snapshot */
};

struct engine_pool {
	pthread_mutex_t mutex;
	struct engine *free, *all;
	unsigned lent, max;
};

/* What the engine says; begins with WiredTiger's own handler. */
struct engine_events {
	WT_EVENT_HANDLER wt;
	bool open;                      /* from now on a panic ends the process */
	bool log_cut;                   /* recovery threw away a part of the log */
	bool panicked;
	char last[256];                 /* the newest error text while opening */
	const char *dir;                /* the data directory */
	char damage[400];               /* a page that could not be read */
};

int  engine_connect(const char *base, const struct store_options *o, bool create,
                    struct engine_events *events, WT_CONNECTION **ret_conn, struct err *e) MUST_CHECK;

int  engine_fail(int code, struct err *e, const char *doing);
NORETURN void engine_panic(const char *fmt, ...) PRINTF_LIKE(1, 2);

int  engine_acquire(struct store *store, struct engine **ret_engine, struct err *e) MUST_CHECK;
/* For work that ends by itself (a commit, a file): uses a reserve, waits when it is all lent. */
int  engine_acquire_reserved(struct store *store, struct engine **ret_engine, struct err *e) MUST_CHECK;
void engine_release(struct store *store, struct engine **engine);
void engine_pool_close(struct engine_pool *pool);

/* A cursor of this session on a file; *ret_cursor is NULL when the file does not exist yet. */
int  engine_cursor(struct store *store, struct engine *g, uint32_t file, WT_CURSOR **ret_cursor,
                   struct err *e) MUST_CHECK;
/* Positions are gone, the cursor stays for the next user of this session. */
void engine_cursor_idle(struct engine *g, WT_CURSOR *cursor);

int  engine_begin(struct engine *g, struct err *e) MUST_CHECK;
void engine_rollback(struct engine *g);

enum { ENGINE_URI_MAX = 24 };
void engine_uri(uint32_t file, char uri[ENGINE_URI_MAX]);       /* "file:o0000004c.wt" */

#endif
