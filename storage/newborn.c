/* newborn.c - many rows into a file that has none: they go past the log.
 *
 * An engine transaction pays for every row three times: in the log, in its own memory, on the
 * page.  A file that has never had a row is filled by the engine's bulk cursor instead, before the
 * commit, and a checkpoint makes it durable.  While it is filled it does not exist for anybody
 * (file.c), and who wants to write into it waits in store_file_ensure(); the commit lets it appear
 * in the same breath as its other writes.  The engine shows loaded rows to every snapshot, so
 * those that were taken before are told that the file is empty, for as long as one is left.
 *
 * A crash between the load and the commit leaves rows of nobody.  A mark in the meta file, made
 * before the load and taken away by the commit's own engine transaction, tells the next start to
 * remove them.  A young file needs none: no catalog names it then, and the sweep drops it.
 *
 * Not here: loading outside of a commit (bulk.c). */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/log.h"
#include "core/base/strbuf.h"
#include "storage/txn_private.h"

enum { LET_GO_EVERY = 1 << 18, REMOVE_BATCH = 10000, MARK_MAX = 24 };

struct newborn {
	struct newborn *next;
	uint32_t file;
	uint64_t seq;                   /* the order's commit_seq of its commit; 0: being loaded */
	uint64_t serial;                /* snapshots from here on see it */
};

/* --- the list ---------------------------------------------------------------------------------- */

static struct newborn *
find(struct files *f, uint32_t file)
{
	struct newborn *n = f->newborn;

	while (n != NULL && n->file != file)
		n = n->next;
	return n;
}

bool
newborn_hidden(struct store *store, uint32_t file, uint64_t seen)
{
	struct files *f = &store->files;

	if (LIKELY(atomic_load(&f->nnewborn) == 0) || seen == ENGINE_SEES_ALL)
		return false;
	pthread_mutex_lock(&f->doom_mutex);
	const struct newborn *n = find(f, file);
	bool hidden = n != NULL && (n->seq == 0 || seen < n->seq);
	pthread_mutex_unlock(&f->doom_mutex);
	return hidden;
}

bool
newborn_is_loading(struct store *store, uint32_t file)
{
	struct files *f = &store->files;

	pthread_mutex_lock(&f->doom_mutex);
	const struct newborn *n = find(f, file);
	bool loading = n != NULL && n->seq == 0;
	pthread_mutex_unlock(&f->doom_mutex);
	return loading;
}

static void
strike(struct files *f, struct newborn **at)
{
	struct newborn *n = *at;

	*at = n->next;
	atomic_fetch_sub(&f->nnewborn, 1);
	free(n);
}

static void
forget(struct store *store, uint32_t file)
{
	struct files *f = &store->files;

	pthread_mutex_lock(&f->doom_mutex);
	for (struct newborn **at = &f->newborn; *at != NULL; at = &(*at)->next)
		if ((*at)->file == file) {
			strike(f, at);
			break;
		}
	pthread_mutex_unlock(&f->doom_mutex);
}

void
newborn_forget(struct store *store)
{
	struct files *f = &store->files;

	if (atomic_load(&f->nnewborn) == 0)
		return;
	uint64_t oldest = store_oldest_snapshot(store);
	pthread_mutex_lock(&f->doom_mutex);
	for (struct newborn **at = &f->newborn; *at != NULL; )
		if ((*at)->seq != 0 && (*at)->serial <= oldest)
			strike(f, at);
		else
			at = &(*at)->next;
	pthread_mutex_unlock(&f->doom_mutex);
}

void
newborn_free(struct files *f)
{
	while (f->newborn != NULL)
		strike(f, &f->newborn);
}

/* --- the mark -------------------------------------------------------------------------------------- */

static void
mark_name(uint32_t file, char name[MARK_MAX])
{
	snprintf(name, MARK_MAX, "load:%08x", file);
}

/* Only for files that a catalog may name. */
static bool
needs_mark(struct store *store, uint32_t file)
{
	return !store_file_is_young(store, file);
}

/* --- loading ----------------------------------------------------------------------------------------- */

static int
load_rows(struct txn *txn, struct ws_file *f, WT_CURSOR *c, uint64_t change, struct strbuf *stamped,
          struct err *e)
{
	unsigned done = 0;

	for (struct ws_entry *n = ws_first(f); n != NULL; n = n->next[0]) {
		const struct ws_version *v = n->head;
		if (++done % LET_GO_EVERY == 0)
			ws_let_go(txn->ws);
		if (v == NULL || (v->flags & WS_DELETED) != 0)
			continue;
		WT_ITEM key = { .data = ws_key(n), .size = n->klen };
		WT_ITEM value = commit_value(v, change, stamped);
		int rc = bulk_cursor_insert(c, &key, &value, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

static int
load_file(struct txn *txn, struct ws_file *f, uint64_t change, struct err *e)
{
	struct store *store = txn->store;
	struct engine *g = NULL;
	struct strbuf stamped;
	char name[MARK_MAX];
	WT_CURSOR *c = NULL;
	int rc = ERR_OK;

	mark_name(f->file, name);
	if (needs_mark(store, f->file))
		rc = meta_put(store, name, 1, true, e);
	if (rc == ERR_OK)
		rc = file_create(store, f->file, e);
	f->made = rc == ERR_OK;
	if (rc == ERR_OK)
		rc = engine_acquire_reserved(store, &g, e);
	if (rc == ERR_OK)
		rc = bulk_cursor_open(g, f->file, &c, e);
	strbuf_init(&stamped, NULL);
	if (rc == ERR_OK)
		rc = load_rows(txn, f, c, change, &stamped, e);
	strbuf_done(&stamped);
	if (c != NULL) {
		int closed = bulk_cursor_close(&c, e);
		rc = rc != ERR_OK ? rc : closed;
	}
	engine_release(store, &g);
	return rc;
}

static bool
may_load(struct txn *txn, const struct ws_file *f)
{
	return f->file >= STORE_FILE_FIRST && f->bytes >= txn->store->opt.load_bytes / 8
	    && !store_file_exists(txn->store, f->file);
}

/* The checkpoint writes what others have changed as well: not for a little. */
static bool
worth_it(struct txn *txn)
{
	size_t bytes = 0;

	if (txn->ws->bytes < txn->store->opt.load_bytes)
		return false;
	for (int i = 0; i < txn->ws->nfiles; i++)
		if (may_load(txn, txn->ws->files[i]))
			bytes += txn->ws->files[i]->bytes;
	return bytes >= txn->store->opt.load_bytes && bytes >= store_dirty_bytes(txn->store) / 4;
}

static bool
others_load(struct txn *txn)
{
	for (int i = 0; i < txn->ws->nfiles; i++)
		if (newborn_is_loading(txn->store, txn->ws->files[i]->file))
			return true;
	return false;
}

static int
claim(struct store *store, struct ws_file *file, struct err *e)
{
	struct files *f = &store->files;
	struct newborn *n = calloc(1, sizeof *n);

	if (n == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	if (file_prepare(store, file->file, e) != ERR_OK) {
		free(n);
		return e->code;
	}
	n->file = file->file;
	pthread_mutex_lock(&f->doom_mutex);
	n->next = f->newborn;
	f->newborn = n;
	atomic_fetch_add(&f->nnewborn, 1);
	pthread_mutex_unlock(&f->doom_mutex);
	file->loaded = true;
	return ERR_OK;
}

/* All at once, and only while none of ours is another's: so whoever waits for a file is waited for
 * by nobody who claimed before it, and no two wait for each other. */
static int
claim_all(struct txn *txn, bool *ret_any, struct err *e)
{
	struct timespec pause = { 0, 1000000 };
	struct files *f = &txn->store->files;
	int rc = ERR_OK;

	*ret_any = false;
	pthread_mutex_lock(&f->mutex);
	while (others_load(txn)) {
		pthread_mutex_unlock(&f->mutex);
		nanosleep(&pause, NULL);
		pthread_mutex_lock(&f->mutex);
	}
	for (int i = 0; i < txn->ws->nfiles && rc == ERR_OK; i++)
		if (may_load(txn, txn->ws->files[i])) {
			rc = claim(txn->store, txn->ws->files[i], e);
			*ret_any = true;
		}
	pthread_mutex_unlock(&f->mutex);
	return rc;
}

int
newborn_load(struct txn *txn, uint64_t change, struct err *e)
{
	bool any;

	if (LIKELY(!worth_it(txn)))
		return ERR_OK;
	int rc = claim_all(txn, &any, e);
	for (int i = 0; i < txn->ws->nfiles && rc == ERR_OK; i++)
		if (txn->ws->files[i]->loaded)
			rc = load_file(txn, txn->ws->files[i], change, e);
	return rc == ERR_OK && any ? store_checkpoint(txn->store, e) : rc;
}

int
newborn_settle(struct txn *txn, struct engine *g, struct err *e)
{
	char name[MARK_MAX];
	int rc = ERR_OK;

	for (int i = 0; i < txn->ws->nfiles && rc == ERR_OK; i++) {
		const struct ws_file *f = txn->ws->files[i];
		mark_name(f->file, name);
		if (f->loaded && needs_mark(txn->store, f->file))
			rc = meta_put_in(txn->store, g, name, 0, e);
	}
	return rc;
}

/* Under order.mutex, while commit_seq is odd: no snapshot is taken meanwhile. */
void
newborn_commit_locked(struct txn *txn)
{
	struct files *f = &txn->store->files;

	for (int i = 0; i < txn->ws->nfiles; i++) {
		uint32_t file = txn->ws->files[i]->file;
		if (!txn->ws->files[i]->loaded)
			continue;
		file_appears(txn->store, file);         /* first: it is never neither loading nor there */
		pthread_mutex_lock(&f->doom_mutex);
		struct newborn *n = find(f, file);
		n->seq = atomic_load(&txn->store->order.commit_seq) + 1;
		n->serial = order_serial(txn->store);
		pthread_mutex_unlock(&f->doom_mutex);
	}
}

/* --- taking back --------------------------------------------------------------------------------------- */

/* One engine transaction's worth, from `from` on; *ret_more: there may be more. */
static int
remove_some(struct engine *g, WT_CURSOR *c, WT_CURSOR *w, struct strbuf *from, bool *ret_more,
            struct err *e)
{
	WT_ITEM key = { .data = from->data, .size = from->len };
	int n = 0, exact = 0, wt;

	int rc = engine_begin(g, e);
	if (rc != ERR_OK)
		return rc;
	if (from->len == 0) {
		wt = WT(c->next(c));
	} else {
		c->set_key(c, &key);
		wt = WT(c->search_near(c, &exact));
		if (wt == 0 && exact < 0)
			wt = WT(c->next(c));
	}
	for (; wt == 0 && n < REMOVE_BATCH; n++) {
		wt = WT(c->get_key(c, &key));
		if (wt != 0)
			break;
		strbuf_clear(from);
		strbuf_add(from, key.data, key.size);
		w->set_key(w, &key);
		wt = WT(w->remove(w));
		if (wt == 0)
			wt = WT(c->next(c));
	}
	(void) c->reset(c);
	(void) w->reset(w);
	*ret_more = wt == 0;
	if (wt != 0 && wt != WT_NOTFOUND) {
		engine_rollback(g);
		return engine_fail(wt, e, "remove loaded rows");
	}
	wt = g->wt->commit_transaction(g->wt, NULL);
	if (wt != 0)
		engine_panic("storage engine: could not commit: %s", wiredtiger_strerror(wt));
	return ERR_OK;
}

/* Nobody else uses the file: at start, or before it has appeared. */
static int
remove_all(struct store *store, uint32_t file, struct err *e)
{
	WT_CURSOR *c = NULL, *w = NULL;
	char uri[ENGINE_URI_MAX];
	struct engine *g = NULL;
	struct strbuf from;
	bool more = true;

	int rc = engine_acquire_reserved(store, &g, e);
	if (rc != ERR_OK)
		return rc;
	engine_uri(file, uri);
	int wt = WT(g->wt->open_cursor(g->wt, uri, NULL, NULL, &c));
	if (wt == 0)
		wt = WT(g->wt->open_cursor(g->wt, uri, NULL, NULL, &w));
	if (wt != 0)
		rc = engine_fail(wt, e, "open a loaded file");
	strbuf_init(&from, NULL);
	while (rc == ERR_OK && more)
		rc = remove_some(g, c, w, &from, &more, e);
	strbuf_done(&from);
	if (w != NULL)
		(void) w->close(w);
	if (c != NULL)
		(void) c->close(c);
	engine_release(store, &g);
	return rc;
}

/* The commit failed after the load: the file is there, without a row.  A young one is doomed by
 * its transaction, rows and all. */
static void
take_back(struct store *store, uint32_t file, bool made)
{
	struct err e = { 0 };
	char name[MARK_MAX];
	int rc = ERR_OK;

	mark_name(file, name);
	if (needs_mark(store, file)) {
		if (made)
			rc = remove_all(store, file, &e);
		if (rc == ERR_OK)
			rc = meta_put(store, name, 0, false, &e);
	}
	if (rc != ERR_OK)               /* rows of nobody must not show: only a start can mend it */
		engine_panic("could not take back what was loaded into file %u: %s", file, e.message);
}

void
newborn_abort(struct txn *txn)
{
	if (txn->ws == NULL)
		return;
	for (int i = 0; i < txn->ws->nfiles; i++) {
		struct ws_file *f = txn->ws->files[i];
		if (!f->loaded)
			continue;
		take_back(txn->store, f->file, f->made);
		if (f->made)
			file_appears(txn->store, f->file);
		f->loaded = f->made = false;
		forget(txn->store, f->file);
	}
}

/* --- at start ------------------------------------------------------------------------------------------ */

/* The first file with a mark; 0: none. */
static int
marked(struct store *store, uint32_t *ret_file, struct err *e)
{
	WT_ITEM key = { .data = "load:", .size = 5 };
	struct engine *g = NULL;
	WT_CURSOR *c;
	int exact;

	*ret_file = 0;
	int rc = engine_acquire_reserved(store, &g, e);
	if (rc == ERR_OK)
		rc = engine_cursor(store, g, STORE_FILE_META, &c, e);
	if (rc == ERR_OK) {
		c->set_key(c, &key);
		int wt = WT(c->search_near(c, &exact));
		if (wt == 0 && exact < 0)
			wt = WT(c->next(c));
		if (wt == 0)
			wt = WT(c->get_key(c, &key));
		if (wt == 0 && key.size == 13 && memcmp(key.data, "load:", 5) == 0) {
			char digits[9] = "";
			memcpy(digits, (const char *) key.data + 5, 8);
			*ret_file = (uint32_t) strtoul(digits, NULL, 16);
		}
		if (wt != 0 && wt != WT_NOTFOUND)
			rc = engine_fail(wt, e, "read the meta file");
		engine_cursor_idle(g, c);
	}
	engine_release(store, &g);
	return rc;
}

int
newborn_recover(struct store *store, struct err *e)
{
	char name[MARK_MAX];
	uint32_t file;

	for (;;) {
		int rc = marked(store, &file, e);
		if (rc != ERR_OK || file == 0)
			return rc;
		log_write(LOG_LOG, "removing rows of a load that did not commit");
		if (store_file_exists(store, file))
			rc = remove_all(store, file, e);
		mark_name(file, name);
		if (rc == ERR_OK)
			rc = meta_put(store, name, 0, false, e);
		if (rc != ERR_OK)
			return rc;
	}
}
