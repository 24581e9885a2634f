/* bulk.c - filling a new file with sorted rows.
 *
 * The first megabyte is kept in memory: a load that ends there is written by one logged engine
 * transaction, and costs a flush.  A larger one goes through the engine's bulk cursor, which
 * builds pages directly and writes no log; it is safe only after a checkpoint.
 *
 * Until its catalog row commits nobody else knows the file, so no snapshot needs a look at
 * change numbers here: rows get one that every snapshot sees. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/arena.h"
#include "core/base/strbuf.h"
#include "storage/store_private.h"
#include "storage/writeset.h"

enum { MEMORY_MAX = 1 << 20, BUSY_TRIES = 6000 };

struct kept {
	struct kept *next;
	uint32_t klen, vlen;
	uint8_t bytes[];                /* key, then value */
};

struct store_bulk {
	struct store *store;
	uint32_t file;
	uint64_t change;
	struct arena arena;
	struct kept *first, *last;
	size_t kept_bytes;
	struct engine *g;
	WT_CURSOR *bulk;                /* NULL: still in memory */
	struct strbuf last_key, value;
};

int
store_bulk_open(struct store *store, uint32_t file, struct store_bulk **ret_bulk, struct err *e)
{
	int rc = store_check_space(store, e);
	if (rc != ERR_OK)
		return rc;
	struct store_bulk *b = calloc(1, sizeof *b);
	if (b == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	b->store = store;
	b->file = file;
	b->change = store_change_horizon(store);
	arena_init(&b->arena, 0);
	strbuf_init(&b->last_key, NULL);
	strbuf_init(&b->value, NULL);
	*ret_bulk = b;
	return ERR_OK;
}

void
store_bulk_abort(struct store_bulk **bulk)
{
	struct store_bulk *b = *bulk;
	struct err ignored = { 0 };

	if (b == NULL)
		return;
	*bulk = NULL;
	if (b->bulk != NULL && bulk_cursor_close(&b->bulk, &ignored) != ERR_OK)
		err_init(&ignored);
	engine_release(b->store, &b->g);
	arena_done(&b->arena);
	strbuf_done(&b->last_key);
	strbuf_done(&b->value);
	free(b);
}

/* --- the engine's bulk cursor ----------------------------------------------------------------- */

/* A page that could not be written leaves a hole in the tree that is being built, and closing the cursor
 * the engine falls into it: stop before, as after every write that failed. */
static void
stop_if_failed(int wt, const char *doing)
{
	if (wt != 0)
		engine_panic("storage engine: could not %s: %s", doing, wiredtiger_strerror(wt));
}

int
bulk_cursor_insert(WT_CURSOR *c, WT_ITEM *key, WT_ITEM *value, struct err *e)
{
#ifdef ORMDB_FAULTS
	if (fault_due())
		return engine_fail(fault_code(), e, "load a row");
#endif
	(void) e;
	c->set_key(c, key);
	c->set_value(c, value);
	stop_if_failed(c->insert(c), "load a row");
	return ERR_OK;
}

int
bulk_cursor_close(WT_CURSOR **cursor, struct err *e)
{
	WT_CURSOR *c = *cursor;

	*cursor = NULL;
	stop_if_failed(c->close(c), "end a load");
#ifdef ORMDB_FAULTS
	if (fault_due())
		return engine_fail(fault_code(), e, "end a load");
#endif
	(void) e;
	return ERR_OK;
}

static int
bulk_insert(struct store_bulk *b, const void *key, size_t klen, const void *value, size_t vlen,
            struct err *e)
{
	WT_ITEM k = { .data = key, .size = klen }, v = { .data = value, .size = vlen };

	return bulk_cursor_insert(b->bulk, &k, &v, e);
}

int
bulk_cursor_open(struct engine *g, uint32_t file, WT_CURSOR **ret_cursor, struct err *e)
{
	struct timespec pause = { 0, 5000000 };
	char uri[ENGINE_URI_MAX];
	int wt = EBUSY;

	engine_uri(file, uri);
	for (int i = 0; i < BUSY_TRIES && wt == EBUSY; i++) {   /* a checkpoint may be looking at it */
		if (i > 0)
			nanosleep(&pause, NULL);
		wt = WT(g->wt->open_cursor(g->wt, uri, NULL, "bulk", ret_cursor));
	}
	return wt == 0 ? ERR_OK : engine_fail(wt, e, "load into a file");
}

static int
open_bulk_cursor(struct store_bulk *b, struct err *e)
{
	int rc = store_file_ensure(b->store, b->file, e);

	if (rc == ERR_OK)
		rc = engine_acquire(b->store, &b->g, e);
	return rc == ERR_OK ? bulk_cursor_open(b->g, b->file, &b->bulk, e) : rc;
}

static int
leave_memory(struct store_bulk *b, struct err *e)
{
	int rc = open_bulk_cursor(b, e);

	for (struct kept *k = b->first; k != NULL && rc == ERR_OK; k = k->next)
		rc = bulk_insert(b, k->bytes, k->klen, k->bytes + k->klen, k->vlen, e);
	b->first = b->last = NULL;
	arena_reset(&b->arena);
	return rc;
}

/* --- rows ----------------------------------------------------------------------------------------- */

static int
keep(struct store_bulk *b, const void *key, size_t klen, const void *value, size_t vlen,
     struct err *e)
{
	struct kept *k = arena_try_alloc(&b->arena, sizeof *k + klen + vlen);

	if (k == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	k->next = NULL;
	k->klen = (uint32_t) klen;
	k->vlen = (uint32_t) vlen;
	memcpy(k->bytes, key, klen);
	if (vlen != 0)
		memcpy(k->bytes + klen, value, vlen);
	if (b->last != NULL)
		b->last->next = k;
	else
		b->first = k;
	b->last = k;
	b->kept_bytes += sizeof *k + klen + vlen;
	return b->kept_bytes > MEMORY_MAX ? leave_memory(b, e) : ERR_OK;
}

int
store_bulk_append(struct store_bulk *b, const void *key, size_t klen, const void *value,
                  size_t vlen, unsigned flags, struct err *e)
{
	if (klen == 0 || klen > TXN_KEY_MAX)
		return err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED, "index row size %zu exceeds maximum %d",
		               klen, (int) TXN_KEY_MAX);
	if (key_compare(key, klen, b->last_key.data, b->last_key.len) <= 0)
		return err_set(e, ERR_INTERNAL_ERROR, "rows to load are not in key order");
	int rc = store_check_space(b->store, e);
	if (rc != ERR_OK)
		return rc;
	strbuf_clear(&b->last_key);
	strbuf_add(&b->last_key, key, klen);
	if ((flags & TXN_STAMP) != 0) {
		uint64_t big = __builtin_bswap64(b->change);
		strbuf_clear(&b->value);
		strbuf_add(&b->value, &big, sizeof big);
		strbuf_add(&b->value, (const char *) value + sizeof big, vlen - sizeof big);
		value = b->value.data;
	}
	return b->bulk != NULL ? bulk_insert(b, key, klen, value, vlen, e)
	                       : keep(b, key, klen, value, vlen, e);
}

/* --- the end ---------------------------------------------------------------------------------------- */

static int
insert_kept(struct store_bulk *b, struct err *e)
{
	WT_CURSOR *c;

	int rc = engine_cursor(b->store, b->g, b->file, &c, e);
	if (rc == ERR_OK)
		rc = engine_begin(b->g, e);
	if (rc != ERR_OK)
		return rc;
	int wt = 0;
	for (struct kept *k = b->first; k != NULL && wt == 0; k = k->next) {
		WT_ITEM key = { .data = k->bytes, .size = k->klen };
		WT_ITEM value = { .data = k->bytes + k->klen, .size = k->vlen };
		c->set_key(c, &key);
		c->set_value(c, &value);
		wt = WT(c->insert(c));
	}
	engine_cursor_idle(b->g, c);
	if (wt != 0) {
		engine_rollback(b->g);
		return engine_fail(wt, e, "load rows");
	}
	order_slow_wait(b->store, 0);
	wt = b->g->wt->commit_transaction(b->g->wt, NULL);
	if (wt != 0)
		engine_panic("storage engine: could not commit: %s", wiredtiger_strerror(wt));
	return ERR_OK;
}

static int
write_kept(struct store_bulk *b, struct err *e)
{
	int rc = store_file_ensure(b->store, b->file, e);
	if (rc == ERR_OK)
		rc = engine_acquire(b->store, &b->g, e);
	if (rc == ERR_OK)
		rc = insert_kept(b, e);
	if (rc != ERR_OK)
		return rc;
	atomic_fetch_add(&b->store->order.commit_seq, 2);      /* our own latest view must look again */
	atomic_fetch_add(&b->store->log_bytes, b->kept_bytes);
	flush_wait(b->store, atomic_fetch_add(&b->store->flusher.committed, 1) + 1);
	return ERR_OK;
}

int
store_bulk_close(struct store_bulk **bulk, struct err *e)
{
	struct store_bulk *b = *bulk;
	int rc = ERR_OK;

	if (b->bulk != NULL) {
		rc = bulk_cursor_close(&b->bulk, e);
		if (rc == ERR_OK)
			rc = store_checkpoint(b->store, e);
	} else if (b->first != NULL) {
		rc = write_kept(b, e);
	}
	store_bulk_abort(bulk);
	return rc;
}
