/* commit.c - a write set becomes one engine transaction.
 *
 *     1  space left?  still serializable, as far as can be said without the lock?
 *     2  a change number is taken; the change log adds its record; missing files are made, those
 *        of many rows loaded (newborn.c); the rows that get another key are made known (moves.c)
 *     3  the writes are applied, stamped with the number
 *     4  under order.mutex: certified, committed, number out of flight, ticket taken,
 *        callbacks run, so that all of these happen in one order for everybody (the engine's part
 *        of a large one outside of it: order.c)
 *     5  (txn_commit) locks are released, then the flusher's ticket is waited for
 *
 * Row locks are held through step 4, so no two transactions apply the same key at once; the
 * engine's conflict check fires only when it is short of room, and the step is tried again. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/strbuf.h"
#include "storage/txn_private.h"

enum { TRIES = 200, PAUSE_MS_MAX = 20, LET_GO_EVERY = 1 << 18, SLOW_BYTES = 4 << 20 };

/* The value as the engine gets it, good until the next call. */
WT_ITEM
commit_value(const struct ws_version *v, uint64_t change, struct strbuf *stamped)
{
	uint64_t big = __builtin_bswap64(change);

	if ((v->flags & TXN_STAMP) == 0)
		return (WT_ITEM) { .data = v->vlen == 0 ? (const void *) "" : v->value, .size = v->vlen };
	/* Not in its place: that may be a page of a file, clean until then. */
	strbuf_clear(stamped);
	strbuf_add(stamped, &big, sizeof big);
	strbuf_add(stamped, v->value + sizeof big, v->vlen - sizeof big);
	return (WT_ITEM) { .data = stamped->data, .size = stamped->len };
}

/* A key by which others can tell whether they see this commit: one that gets a stamped value, or that
 * was there and is deleted. */
static void
note_slow(struct txn *txn, const struct ws_file *f, const struct ws_entry *n, WT_CURSOR *c, uint64_t change)
{
	struct slow_commit *s = txn->slow;
	bool deleted = (n->head->flags & WS_DELETED) != 0;

	if (!deleted && (n->head->flags & TXN_STAMP) == 0)
		return;
	if (deleted && c->search(c) != 0)
		return;
	s->change = change;
	s->file = f->file;
	s->klen = (uint16_t) n->klen;
	s->certified = txn->certifying;
	s->deleted = deleted;
	memcpy(s->key, ws_key(n), n->klen);
}

static int
apply_file(struct txn *txn, struct engine *g, struct ws_file *f, uint64_t change, int *ret_wt,
           struct err *e)
{
	WT_CURSOR *c;
	struct strbuf stamped;

	int rc = engine_cursor(txn->store, g, f->file, &c, e);
	if (rc != ERR_OK)
		return rc;
	if (c == NULL)
		return err_set(e, ERR_INTERNAL_ERROR, "storage file %u vanished", f->file);
	strbuf_init(&stamped, NULL);
	int wt = 0;
	unsigned done = 0;
	for (struct ws_entry *n = ws_first(f); n != NULL && wt == 0; n = n->next[0]) {
		struct ws_version *v = n->head;
		if (++done % LET_GO_EVERY == 0)
			ws_let_go(txn->ws);
		WT_ITEM key = { .data = ws_key(n), .size = n->klen }, value;
		if (v == NULL)
			continue;
		c->set_key(c, &key);
		if (txn->slow != NULL && txn->slow->change == 0) {
			note_slow(txn, f, n, c, change);
			c->set_key(c, &key);
		}
		if ((v->flags & WS_DELETED) != 0) {
			wt = WT(c->remove(c));
			if (wt == WT_NOTFOUND)
				wt = 0;
			continue;
		}
		value = commit_value(v, change, &stamped);
		c->set_value(c, &value);
		wt = WT(c->insert(c));
	}
	strbuf_done(&stamped);
	engine_cursor_idle(g, c);
	*ret_wt = wt;
	return ERR_OK;
}

static int
apply_all(struct txn *txn, struct engine *g, uint64_t change, int *ret_wt, struct err *e)
{
	int rc = engine_begin(g, e);
	if (rc != ERR_OK)
		return rc;
	int wt = 0;
	for (int i = 0; i < txn->ws->nfiles && wt == 0 && rc == ERR_OK; i++)
		if (!txn->ws->files[i]->loaded)
			rc = apply_file(txn, g, txn->ws->files[i], change, &wt, e);
	if (rc == ERR_OK && wt == 0)
		rc = newborn_settle(txn, g, e);
	if (rc != ERR_OK || wt != 0)
		engine_rollback(g);
	*ret_wt = wt;
	return rc;
}

/* The engine's commit; a failure has rolled back. */
static int
engine_commit(struct engine *g, const char *config)
{
#ifdef ORMDB_FAULTS
	if (fault_due()) {
		engine_rollback(g);
		return fault_code();
	}
#endif
	return g->wt->commit_transaction(g->wt, config);
}

/* Without the mutex, but not seen by anybody before it is held again: see order.c.  No earlier commit
 * is left in the log's buffer, for readers to wait for; and this one is on disk before the engine shows
 * it, so that they need not wait for it (what acknowledges it is the flusher, as ever). */
static int
commit_slowly(struct txn *txn, struct engine *g)
{
	struct order *o = &txn->store->order;

	order_slow_begin_locked(txn->store, txn->slow);
	pthread_mutex_unlock(&o->mutex);
	flush_wait(txn->store, atomic_load(&txn->store->flusher.committed));
	int wt = engine_commit(g, "sync=on");
	pthread_mutex_lock(&o->mutex);
	order_slow_end_locked(txn->store);
	return wt;
}

static int
commit_in_order(struct txn *txn, struct engine *g, uint64_t change, int *ret_wt, struct err *e)
{
	struct store *store = txn->store;
	struct order *o = &store->order;
	size_t bytes = txn->ws->bytes;
	bool slow = txn->slow != NULL && txn->slow->change != 0;

	pthread_mutex_lock(&o->mutex);
	order_slow_wait_locked(store);
	int rc = certify_locked(txn, e);
	if (rc != ERR_OK) {
		pthread_mutex_unlock(&o->mutex);
		engine_rollback(g);
		return rc;
	}
	int wt = slow ? commit_slowly(txn, g) : 0;
	atomic_fetch_add(&o->commit_seq, 1);
	if (!slow)
		wt = engine_commit(g, NULL);
	if (wt == 0) {
		order_remove_locked(store, change);
		txn->ticket = atomic_fetch_add(&store->flusher.committed, 1) + 1;
		for (size_t i = 0; i < txn->nhooks; i++)
			if (txn->hooks[i].on_commit != NULL)
				txn->hooks[i].on_commit(txn->hooks[i].arg, change);
		moves_end(txn, true);
		newborn_commit_locked(txn);
		certify_publish_locked(txn);
	}
	atomic_fetch_add(&o->commit_seq, 1);
	pthread_mutex_unlock(&o->mutex);
	if (wt == 0) {
		txn->nhooks = 0;
		atomic_fetch_add_explicit(&store->commits, 1, memory_order_relaxed);
		atomic_fetch_add_explicit(&store->log_bytes, bytes, memory_order_relaxed);
	} else if (wt != WT_ROLLBACK) {
		/* Whether the log has the record is not known: only recovery can tell. */
		engine_panic("storage engine: could not commit: %s", wiredtiger_strerror(wt));
	}
	*ret_wt = wt;
	return ERR_OK;
}

static void
pause_ms(int ms)
{
	struct timespec t = { 0, (long) ms * 1000000 };

	nanosleep(&t, NULL);
}

static int
apply_and_commit(struct txn *txn, struct engine *g, uint64_t change, struct err *e)
{
	for (int i = 0; i < TRIES; i++) {
		if (txn->slow != NULL)
			txn->slow->change = 0;
		int wt, rc = apply_all(txn, g, change, &wt, e);
		if (rc == ERR_OK && wt == 0)
			rc = commit_in_order(txn, g, change, &wt, e);
		if (rc != ERR_OK || wt == 0)
			return rc;
		if (wt != WT_ROLLBACK)
			return engine_fail(wt, e, "write");
		pause_ms(i < PAUSE_MS_MAX ? i + 1 : PAUSE_MS_MAX);
	}
	return engine_fail(WT_ROLLBACK, e, "write");
}

static int
make_files(struct txn *txn, struct err *e)
{
	for (int i = 0; i < txn->ws->nfiles; i++) {
		if (txn->ws->files[i]->loaded)
			continue;
		int rc = store_file_ensure(txn->store, txn->ws->files[i]->file, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

static int
run_change_log(struct txn *txn, uint64_t change, struct err *e)
{
	struct store *store = txn->store;

	return store->change_fn == NULL ? ERR_OK
	     : store->change_fn(store->change_arg, txn, change, e);
}

/* Schema changes write to the fixed files only.  They pass when room is short: dropping a table is
 * how room is made. */
static bool
only_housekeeping(const struct txn *txn)
{
	int n = txn->ws->nfiles;

	return n == 0 || txn->ws->files[n - 1]->file < STORE_FILE_FIRST;
}

static bool
is_slow(const struct txn *txn)
{
	size_t bytes = 0;

	for (int i = 0; i < txn->ws->nfiles; i++)
		if (!txn->ws->files[i]->loaded)
			bytes += txn->ws->files[i]->bytes;
	return bytes >= SLOW_BYTES;
}

static int
write_all(struct txn *txn, struct err *e)
{
	struct store *store = txn->store;
	struct engine *g = NULL;
	uint64_t change;

	int rc = certify_early(txn, e);
	if (rc == ERR_OK)
		rc = order_take_number(store, &change, e);
	if (rc != ERR_OK)
		return rc;
	rc = run_change_log(txn, change, e);
	if (rc == ERR_OK)
		rc = newborn_load(txn, change, e);
	if (rc == ERR_OK)
		rc = make_files(txn, e);
	if (rc == ERR_OK)
		rc = moves_publish(txn, change, e);
	if (rc == ERR_OK && is_slow(txn))
		txn->slow = calloc(1, sizeof *txn->slow);       /* without it others wait */
	/* The transaction's own snapshot is not needed any more, its session is. */
	if (rc == ERR_OK && txn->view != NULL) {
		view_stop_reading(txn->view);
		rc = apply_and_commit(txn, txn->view->g, change, e);
	} else if (rc == ERR_OK && (rc = engine_acquire_reserved(store, &g, e)) == ERR_OK) {
		rc = apply_and_commit(txn, g, change, e);
		engine_release(store, &g);
	}
	if (rc != ERR_OK) {
		moves_end(txn, false);
		newborn_abort(txn);
		order_drop_number(store, change);
	}
	return rc;
}

static int
commit_writes(struct txn *txn, struct err *e)
{
	const uint64_t bytes = txn->ws->bytes;

	if (only_housekeeping(txn))
		return write_all(txn, e);
	int rc = space_promise(txn->store, bytes, e);
	if (rc != ERR_OK)
		return rc;
	rc = write_all(txn, e);
	space_settle(txn->store, bytes);
	return rc;
}

static void
run_commit_hooks(struct txn *txn)
{
	struct order *o = &txn->store->order;

	if (txn->nhooks == 0)
		return;
	pthread_mutex_lock(&o->mutex);
	for (size_t i = 0; i < txn->nhooks; i++)
		if (txn->hooks[i].on_commit != NULL)
			txn->hooks[i].on_commit(txn->hooks[i].arg, 0);
	pthread_mutex_unlock(&o->mutex);
	txn->nhooks = 0;
}

int
commit_apply(struct txn *txn, struct err *e)
{
	cursors_record_reads(txn);
	txn_drop_statements(txn);
	if (txn_has_writes(txn))
		return commit_writes(txn, e);
	int rc = certify_reader(txn, e);
	if (rc == ERR_OK)
		run_commit_hooks(txn);
	return rc;
}
