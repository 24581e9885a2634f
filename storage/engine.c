/* engine.c - connecting to WiredTiger, what it says, and its sessions.
 *
 * Not here: files and their configuration (file.c), transactions (txn.c). */
#include "config.h"
#include "storage/engine.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/log.h"
#include "storage/store_private.h"

enum { EXIT_PANIC = 70 };

#ifdef ORMDB_FAULTS
_Static_assert(FAULT_ROLLBACK == WT_ROLLBACK, "fault.h names the engine's code");
#endif

void
engine_panic(const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	log_write(LOG_PANIC, "%s", text);
	log_write(LOG_LOG, "the server stops at once; the next start recovers from the log");
	_exit(EXIT_PANIC);
}

/* --- what the engine says ------------------------------------------------------------------ */

static int
on_error(WT_EVENT_HANDLER *handler, WT_SESSION *session, int code, const char *text)
{
	struct engine_events *ev = (struct engine_events *) handler;

	(void) session;
	if (code == WT_PANIC) {
		ev->panicked = true;
		/* Whoever reads that page stops the server again: the next start says so instead. */
		if (ev->open && ev->damage[0] != '\0')
			control_note_damage(ev->dir, ev->damage);
		if (ev->open)
			engine_panic("storage engine: %s", text);
	}
	if (strstr(text, "checksum error") != NULL)
		snprintf(ev->damage, sizeof ev->damage, "%s", text);
	if (!ev->open) {
		snprintf(ev->last, sizeof ev->last, "%s", text);
		if (strstr(text, "corrupt") != NULL || strstr(text, "truncated") != NULL)
			ev->log_cut = true;
	}
	log_write(LOG_WARNING, "storage engine: %s", text);
	return 0;
}

static int
on_message(WT_EVENT_HANDLER *handler, WT_SESSION *session, const char *text)
{
	struct engine_events *ev = (struct engine_events *) handler;

	(void) session;
	if (!ev->open && (strstr(text, "corrupt") != NULL || strstr(text, "truncated") != NULL))
		ev->log_cut = true;
	log_write(LOG_LOG, "storage engine: %s", text);
	return 0;
}

/* --- connection ----------------------------------------------------------------------------- */

int
engine_connect(const char *base, const struct store_options *o, bool create,
               struct engine_events *events, WT_CONNECTION **ret_conn, struct err *e)
{
	char config[1024];

	events->wt.handle_error = on_error;
	events->wt.handle_message = on_message;
	events->open = events->log_cut = events->panicked = false;
	events->last[0] = events->damage[0] = '\0';
	/* Checkpoints are ours (wait=0); eviction starts late because transactions are short and
	 * early eviction of dirty pages is what makes old snapshots slow. */
	snprintf(config, sizeof config,
	         "%scache_size=%llu,session_max=%u,"
	         "log=(enabled=true,file_max=%llu,archive=true,prealloc=true,recover=on),"
	         "transaction_sync=(enabled=false,method=fsync),checkpoint=(wait=0),"
	         "eviction=(threads_min=1,threads_max=4),"
	         "eviction_target=80,eviction_trigger=95,"
	         "eviction_dirty_target=60,eviction_dirty_trigger=80,"
	         "file_manager=(close_idle_time=600,close_scan_interval=60,"
	         "close_handle_minimum=2000),"
	         "statistics=(fast),use_environment=false,config_base=false",
	         create ? "create," : "", (unsigned long long) o->cache_size,
	         o->engine_sessions + ENGINE_RESERVE + 8, (unsigned long long) o->log_file_size);
	int rc = WT(wiredtiger_open(base, &events->wt, config, ret_conn));
	if (rc == 0)
		return ERR_OK;
	if (rc == EBUSY) {
		err_set(e, ERR_LOCK_FILE_EXISTS, "the data directory is in use by another process");
		return err_hint(e, "Stop the other server first.");
	}
	err_set(e, ERR_DATA_CORRUPTED, "could not open the storage engine in \"%s\": %s", base,
	        wiredtiger_strerror(rc));
	if (events->last[0] != '\0')
		err_detail(e, "%s", events->last);
	return err_hint(e, "If the files are damaged, restore the data directory from a backup.");
}

int
engine_fail(int code, struct err *e, const char *doing)
{
	switch (code) {
	case WT_ROLLBACK:
		err_set(e, ERR_T_R_SERIALIZATION_FAILURE,
		        "could not serialize access: the storage engine rolled the transaction back");
		return err_hint(e, "The transaction might succeed if retried.");
	case WT_PANIC:
	case WT_RUN_RECOVERY:
		engine_panic("storage engine: could not %s: %s", doing, wiredtiger_strerror(code));
	case WT_CACHE_FULL:
	case ENOMEM:
		err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
		return err_detail(e, "The storage engine could not %s.", doing);
	case ENOSPC:
	case EDQUOT:
		err_set(e, ERR_DISK_FULL, "could not %s: %s", doing, strerror(code));
		return err_hint(e, "Check free disk space.");
	case EMFILE:
	case ENFILE:
		err_set(e, ERR_INSUFFICIENT_RESOURCES, "could not %s: %s", doing, strerror(code));
		return err_hint(e, "Raise the limit on open files.");
	case EIO:
		return err_set(e, ERR_IO_ERROR, "could not %s: %s", doing, strerror(code));
	default:
		return err_set(e, ERR_INTERNAL_ERROR, "storage engine: could not %s: %s", doing,
		               wiredtiger_strerror(code));
	}
}

/* --- sessions --------------------------------------------------------------------------------
 * Snapshots never wait for a session: a thread that holds one and waits for a second could
 * wait for ever. */

static int
engine_new(struct store *store, struct engine **ret_engine, struct err *e)
{
	struct engine *g = calloc(1, sizeof *g);

	if (g == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	int rc = WT(store->conn->open_session(store->conn, NULL, "isolation=snapshot", &g->wt));
	if (rc != 0) {
		free(g);
		return engine_fail(rc, e, "open a session");
	}
	g->seen = ENGINE_SEES_ALL;
	*ret_engine = g;
	return ERR_OK;
}

/* *ret_engine is NULL when `max` are lent. */
static int
acquire(struct store *store, unsigned max, struct engine **ret_engine, struct err *e)
{
	struct engine_pool *p = &store->pool;
	struct engine *g = NULL;
	bool make = false;

	pthread_mutex_lock(&p->mutex);
	if (p->lent < max) {
		p->lent++;
		g = p->free;
		if (g != NULL)
			p->free = g->next_free;
		else
			make = true;
	}
	pthread_mutex_unlock(&p->mutex);
	if (make) {
		int rc = engine_new(store, &g, e);
		pthread_mutex_lock(&p->mutex);
		if (rc == ERR_OK) {
			g->next = p->all;
			p->all = g;
		} else {
			p->lent--;
		}
		pthread_mutex_unlock(&p->mutex);
		if (rc != ERR_OK)
			return rc;
	}
	*ret_engine = g;
	return ERR_OK;
}

int
engine_acquire(struct store *store, struct engine **ret_engine, struct err *e)
{
	int rc = acquire(store, store->pool.max, ret_engine, e);

	if (rc != ERR_OK || *ret_engine != NULL)
		return rc;
	err_set(e, ERR_TOO_MANY_CONNECTIONS, "too many snapshots are open (%u)", store->pool.max);
	return err_hint(e, "Close cursors and transactions that are not in use.");
}

int
engine_acquire_reserved(struct store *store, struct engine **ret_engine, struct err *e)
{
	struct timespec pause = { 0, 100000 };

	for (;;) {
		int rc = acquire(store, store->pool.max + ENGINE_RESERVE, ret_engine, e);
		if (rc != ERR_OK || *ret_engine != NULL)
			return rc;
		nanosleep(&pause, NULL);
	}
}

void
engine_release(struct store *store, struct engine **engine)
{
	struct engine_pool *p = &store->pool;
	struct engine *g = *engine;

	if (g == NULL)
		return;
	/* Open cursors would keep files from being dropped; the engine caches closed ones. */
	for (int i = 0; i < g->ncursors; i++)
		(void) g->cursors[i].wt->close(g->cursors[i].wt);
	g->ncursors = 0;
	assert(atomic_load(&g->serial) == 0);
	g->seen = ENGINE_SEES_ALL;
	pthread_mutex_lock(&p->mutex);
	g->next_free = p->free;
	p->free = g;
	p->lent--;
	pthread_mutex_unlock(&p->mutex);
	*engine = NULL;
}

void
engine_pool_close(struct engine_pool *p)
{
	assert(p->lent == 0);
	for (struct engine *g = p->all, *next; g != NULL; g = next) {
		next = g->next;
		(void) g->wt->close(g->wt, NULL);
		free(g->cursors);
		free(g);
	}
	p->all = p->free = NULL;
	pthread_mutex_destroy(&p->mutex);
}

int
engine_begin(struct engine *g, struct err *e)
{
	int rc = WT(g->wt->begin_transaction(g->wt, NULL));

	return rc == 0 ? ERR_OK : engine_fail(rc, e, "begin a transaction");
}

/* Also unpositions every cursor of the session. */
void
engine_rollback(struct engine *g)
{
	int rc = g->wt->rollback_transaction(g->wt, NULL);

	if (rc != 0)
		engine_panic("storage engine: could not roll back: %s", wiredtiger_strerror(rc));
}

/* --- cursors ---------------------------------------------------------------------------------- */

void
engine_uri(uint32_t file, char uri[ENGINE_URI_MAX])
{
	static const char hex[] = "0123456789abcdef";

	memcpy(uri, "file:o........wt", 6);
	for (int i = 0; i < 8; i++)
		uri[6 + i] = hex[file >> (28 - 4 * i) & 15];
	memcpy(uri + 14, ".wt", 4);
}

static int
remember(struct engine *g, WT_CURSOR *wt, uint32_t file, struct err *e)
{
	if (g->ncursors == g->cap) {
		int cap = g->cap == 0 ? ENGINE_CURSORS : g->cap * 2;
		struct engine_cursor *c = realloc(g->cursors, (size_t) cap * sizeof *c);
		if (c == NULL) {
			(void) wt->close(wt);
			return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
		}
		g->cursors = c;
		g->cap = cap;
	}
	g->cursors[g->ncursors++] = (struct engine_cursor) { wt, file, true };
	return ERR_OK;
}

int
engine_cursor(struct store *store, struct engine *g, uint32_t file, WT_CURSOR **ret_cursor,
              struct err *e)
{
	char uri[ENGINE_URI_MAX];
	WT_CURSOR *wt;

	for (int i = 0; i < g->ncursors; i++)
		if (g->cursors[i].file == file && !g->cursors[i].busy) {
			g->cursors[i].busy = true;
			*ret_cursor = g->cursors[i].wt;
			return ERR_OK;
		}
	if (!store_file_exists(store, file) || newborn_hidden(store, file, g->seen)) {
		*ret_cursor = NULL;
		return ERR_OK;
	}
	engine_uri(file, uri);
	int rc = WT(g->wt->open_cursor(g->wt, uri, NULL, NULL, &wt));
	if (rc == ENOENT || rc == WT_ERROR) {
		err_set(e, ERR_DATA_CORRUPTED, "could not open storage file \"%s\": %s", uri + 5,
		        wiredtiger_strerror(rc));
		return err_hint(e, "The file is missing or damaged: restore it from a backup.");
	}
	if (rc != 0)
		return engine_fail(rc, e, "open a file");
	rc = remember(g, wt, file, e);
	if (rc == ERR_OK)
		*ret_cursor = wt;
	return rc;
}

void
engine_cursor_idle(struct engine *g, WT_CURSOR *cursor)
{
	(void) cursor->reset(cursor);
	for (int i = 0; i < g->ncursors; i++)
		if (g->cursors[i].wt == cursor) {
			g->cursors[i].busy = false;
			return;
		}
	assert(!"a cursor of another session");
}
