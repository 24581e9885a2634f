/* txn.c - beginning and ending transactions, statements, snapshots, savepoints, callbacks.
 *
 * Not here: what commit does to the engine (commit.c), serializability (certify.c), reading
 * (cursor.c, get.c). */
#include "config.h"
#include "storage/txn.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "storage/txn_private.h"

/* --- begin and end ---------------------------------------------------------------------------- */

int
txn_begin(struct store *store, const struct txn_options *options, struct txn **ret_txn,
          struct err *e)
{
	struct txn *t = calloc(1, sizeof *t);

	if (t == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	t->store = store;
	if (options != NULL)
		t->opt = *options;
	t->id = atomic_fetch_add(&store->txn_id, 1) + 1;
	t->frames = t->first_frames;
	t->frames_cap = FRAMES_INLINE;
	t->locks.actor = t->opt.actor;
	t->locks.txn = t->self.txn = t->id;
	if (t->opt.actor == NULL) {
		t->locks.actor = t->own_actor = lock_actor_new(store->locks, (int) getpid(), NULL);
		if (t->own_actor == NULL) {
			free(t);
			return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
		}
	}
	t->self.actor = t->locks.actor;
	*ret_txn = t;
	return ERR_OK;
}

void
txn_drop_statements(struct txn *txn)
{
	while (txn->nframes > 0)
		txn_statement_end(txn);
	for (struct snap *s = txn->held, *next; s != NULL; s = next) {
		next = s->next;
		view_unref(txn, &s->frame.view);
		free(s);
	}
	txn->held = NULL;
	view_unref(txn, &txn->latest);
}

void
txn_free(struct txn *txn)
{
	exports_end(txn);
	txn_drop_statements(txn);
	view_unref(txn, &txn->view);
	lock_release_all(&txn->locks);
	lock_release_all(&txn->self);
	if (txn->own_actor != NULL)
		lock_actor_done(&txn->own_actor);
	cursors_free(txn);
	certify_end(txn);
	readset_free(txn->reads);
	moves_rollback(txn, 0);
	ws_free(txn->ws);
	free(txn->slow);
	if (txn->frames != txn->first_frames)
		free(txn->frames);
	free(txn->hooks);
	free(txn);
}

static void
run_abort_hooks(struct txn *txn, size_t down_to)
{
	while (txn->nhooks > down_to) {
		struct hook h = txn->hooks[--txn->nhooks];
		if (h.on_abort != NULL)
			h.on_abort(h.arg);
	}
}

void
txn_abort(struct txn **txn)
{
	struct txn *t = *txn;

	if (t == NULL)
		return;
	*txn = NULL;
	run_abort_hooks(t, 0);
	atomic_fetch_add_explicit(&t->store->aborts, 1, memory_order_relaxed);
	txn_free(t);
}

int
txn_commit(struct txn **txn, struct err *e)
{
	struct txn *t = *txn;
	struct store *store = t->store;
	bool wait = !t->opt.async_commit;

	int rc = commit_apply(t, e);
	if (rc != ERR_OK) {
		txn_abort(txn);
		return rc;
	}
	*txn = NULL;
	/* Locks go before the flush: whoever reads what they guarded has the later ticket and
	 * will wait for it too. */
	uint64_t ticket = t->ticket;
	txn_free(t);
	if (wait)
		flush_wait(store, ticket);
	return ERR_OK;
}

/* --- what it is ---------------------------------------------------------------------------------- */

enum txn_isolation txn_isolation(const struct txn *txn) { return txn->opt.isolation; }
struct store      *txn_store(struct txn *txn)           { return txn->store; }
struct lock_owner *txn_locks(struct txn *txn)           { return &txn->locks; }
uint64_t           txn_id(const struct txn *txn)        { return txn->id; }

bool
txn_has_writes(const struct txn *txn)
{
	return txn->ws != NULL && txn->ws->undo_count > 0;
}

void
txn_set_async_commit(struct txn *txn, bool async)
{
	txn->opt.async_commit = async;
}

int
txn_set_modes(struct txn *txn, enum txn_isolation isolation, bool read_only, bool deferrable,
              struct err *e)
{
	if (txn->command != 0 && isolation != txn->opt.isolation)
		return err_set(e, ERR_ACTIVE_SQL_TRANSACTION,
		               "SET TRANSACTION ISOLATION LEVEL must be called before any query");
	if (txn->command != 0 && !read_only && txn->opt.read_only)
		return err_set(e, ERR_ACTIVE_SQL_TRANSACTION,
		               "transaction read-write mode must be set before any query");
	txn->opt.isolation = isolation;
	txn->opt.read_only = read_only;
	txn->opt.deferrable = deferrable;
	return ERR_OK;
}

struct lock_key
txn_number_key(const uint64_t *id)
{
	return (struct lock_key) { .space = LOCK_TXN, .bytes = id, .len = sizeof *id };
}

int
txn_announce(struct txn *txn, struct err *e)
{
	const struct lock_key key = txn_number_key(&txn->id);
	enum lock_result result;

	if (txn->self.newest != NULL)
		return ERR_OK;
	return lock_acquire(&txn->self, &key, LOCK_EXCLUSIVE, NULL, &result, e);
}

/* --- statements -------------------------------------------------------------------------------------- */

static int
push_frame(struct txn *txn, struct frame frame, struct err *e)
{
	if (txn->nframes == txn->frames_cap) {
		int cap = txn->frames_cap * 2;
		struct frame *to = malloc((size_t) cap * sizeof *to);
		if (to == NULL)
			return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
		memcpy(to, txn->frames, (size_t) txn->nframes * sizeof *to);
		if (txn->frames != txn->first_frames)
			free(txn->frames);
		txn->frames = to;
		txn->frames_cap = cap;
	}
	txn->frames[txn->nframes++] = frame;
	return ERR_OK;
}

static void
shown(struct txn *txn, const struct view *v)
{
	if (v->ticket > txn->ticket)
		txn->ticket = v->ticket;
}

/* The snapshot that the whole transaction will see. */
static int
first_view(struct txn *txn, struct err *e)
{
	bool serializable = txn->opt.isolation == TXN_SERIALIZABLE;
	int rc = ERR_OK;

	if (serializable && txn->opt.read_only && txn->opt.deferrable)
		return deferrable_view(txn, e);
	if (serializable && !txn->opt.read_only)
		rc = txn_announce(txn, e);
	if (rc == ERR_OK && serializable)
		rc = certify_begin(txn, e);
	if (rc == ERR_OK)
		rc = view_open(txn->store, &txn->view, e);
	if (rc == ERR_OK)
		txn->snapshot_serial = txn->view->order_serial;
	return rc;
}

/* The view of a new statement, one reference for its frame. */
static int
statement_view(struct txn *txn, struct view **ret_view, struct err *e)
{
	if (txn->opt.isolation == TXN_READ_COMMITTED)
		return view_open(txn->store, ret_view, e);
	if (txn->view == NULL) {
		int rc = first_view(txn, e);
		if (rc != ERR_OK)
			return rc;
	}
	txn->view->refs++;
	*ret_view = txn->view;
	return ERR_OK;
}

int
txn_statement_begin(struct txn *txn, struct err *e)
{
	struct frame frame = { .command = txn->command + 1 };

	if (frame.command == COMMAND_ALL)
		return err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED,
		               "cannot have more than 2^32-2 commands in a transaction");
	int rc = statement_view(txn, &frame.view, e);
	if (rc != ERR_OK)
		return rc;
	rc = push_frame(txn, frame, e);
	if (rc != ERR_OK) {
		view_unref(txn, &frame.view);
		return rc;
	}
	txn->command = frame.command;
	shown(txn, frame.view);
	return ERR_OK;
}

static void
drop_older(struct txn *txn, struct view *v)
{
	struct view *older = v->older;

	v->older = NULL;
	while (older != NULL) {
		struct view *next = older->older;
		older->older = NULL;
		view_unref(txn, &older);
		older = next;
	}
}

void
txn_statement_end(struct txn *txn)
{
	assert(txn->nframes > 0);
	struct frame *frame = &txn->frames[--txn->nframes];
	if (frame->view->refs == 1)
		drop_older(txn, frame->view);
	view_unref(txn, &frame->view);
	if (txn->nframes == 0)
		view_unref(txn, &txn->latest);
}

void
txn_command_next(struct txn *txn)
{
	assert(txn->nframes > 0);
	txn->frames[txn->nframes - 1].command = ++txn->command;
}

int
txn_snapshot_renew(struct txn *txn, struct err *e)
{
	struct frame *frame = &txn->frames[txn->nframes - 1];
	struct view *fresh;

	assert(txn->nframes > 0);
	if (txn->opt.isolation != TXN_READ_COMMITTED)
		return ERR_OK;
	int rc = view_open(txn->store, &fresh, e);
	if (rc != ERR_OK)
		return rc;
	fresh->older = frame->view;     /* its cursors work to the end of the statement */
	frame->view = fresh;
	shown(txn, fresh);
	return ERR_OK;
}

struct snap *
txn_snap_hold(struct txn *txn)
{
	struct snap *s = malloc(sizeof *s);

	assert(txn->nframes > 0);
	if (s == NULL)
		return NULL;
	s->frame = txn->frames[txn->nframes - 1];
	s->frame.view->refs++;
	s->next = txn->held;
	txn->held = s;
	return s;
}

int
txn_snap_enter(struct txn *txn, struct snap *snap, struct err *e)
{
	int rc = push_frame(txn, snap->frame, e);

	if (rc == ERR_OK)
		snap->frame.view->refs++;
	return rc;
}

void
txn_snap_release(struct txn *txn, struct snap **snap)
{
	struct snap **at = &txn->held;

	if (*snap == NULL)
		return;
	while (*at != *snap)
		at = &(*at)->next;
	*at = (*snap)->next;
	if ((*snap)->frame.view->refs == 1)
		drop_older(txn, (*snap)->frame.view);
	view_unref(txn, &(*snap)->frame.view);
	free(*snap);
	*snap = NULL;
}

/* Nothing committed since it was taken: it is still the newest state.  Who waited for a row
 * lock has seen its holder's commit counted, for locks go after that. */
static bool
still_newest(const struct txn *txn)
{
	const struct view *v = txn->latest;

	return v != NULL && !v->broken
	    && v->commit_seq == atomic_load(&txn->store->order.commit_seq);
}

int
txn_latest(struct txn *txn, struct view **ret_view, struct err *e)
{
	if (still_newest(txn)) {
		*ret_view = txn->latest;
		return ERR_OK;
	}
	int rc = txn->latest == NULL ? view_open(txn->store, &txn->latest, e)
	                             : view_renew(txn->store, txn->latest, e);

	if (rc != ERR_OK) {
		view_unref(txn, &txn->latest);
		return rc;
	}
	shown(txn, txn->latest);
	*ret_view = txn->latest;
	return ERR_OK;
}

bool
txn_sees(const struct txn *txn, uint64_t change)
{
	return view_sees(txn_frame(txn)->view, change);
}

uint64_t
txn_snap_change(const struct txn *txn)
{
	const struct view *v = txn_frame(txn)->view;

	return (v->ninflight > 0 ? v->inflight[0] : v->next) - 1;
}

int
txn_fail_serialization(struct err *e)
{
	err_set(e, ERR_T_R_SERIALIZATION_FAILURE,
	        "could not serialize access due to concurrent update");
	return err_hint(e, "The transaction might succeed if retried.");
}

int
txn_wait_visible_durable(struct txn *txn, struct err *e)
{
	(void) e;
	flush_wait(txn->store, txn->ticket);
	return ERR_OK;
}

/* --- writes --------------------------------------------------------------------------------------------- */

static int
put(struct txn *txn, uint32_t file, const void *key, size_t klen, const void *value, size_t vlen,
    unsigned flags, struct err *e)
{
	if (txn->opt.read_only)
		return err_set(e, ERR_READ_ONLY_SQL_TRANSACTION, "cannot write in a read-only transaction");
	if (klen == 0)
		return err_set(e, ERR_INTERNAL_ERROR, "an empty key");
	if (klen > TXN_KEY_MAX)
		return err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED, "index row size %zu exceeds maximum %d",
		               klen, (int) TXN_KEY_MAX);
	if (vlen > UINT32_MAX >> 2)
		return err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED, "row is too big: size %zu", vlen);
	if (txn->ws == NULL) {
		txn->ws = ws_new(txn->store->opt.write_set_limit, txn->store->dir);
		if (txn->ws == NULL)
			return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	}
	if (ws_put(txn->ws, file, key, klen, value, vlen, flags, txn->command) != NULL)
		return ERR_OK;
	if (txn->ws->error != 0) {
		err_set(e, txn->ws->error == ENOSPC || txn->ws->error == EDQUOT ? ERR_DISK_FULL : ERR_IO_ERROR,
		        "could not extend the file of the transaction's writes: %s", strerror(txn->ws->error));
		txn->ws->error = 0;
		return e->code;
	}
	err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED, "the transaction has written too much (%llu MB)",
	        (unsigned long long) (txn->ws->bytes >> 20));
	return err_hint(e, "Commit in smaller parts, load into a new table, or give the server a "
	                "larger cache.");
}

int
txn_put(struct txn *txn, uint32_t file, const void *key, size_t klen, const void *value,
        size_t vlen, unsigned flags, struct err *e)
{
	assert((flags & ~(unsigned) TXN_STAMP) == 0);
	assert((flags & TXN_STAMP) == 0 || vlen >= 8);
	return put(txn, file, key, klen, value, vlen, flags, e);
}

int
txn_delete(struct txn *txn, uint32_t file, const void *key, size_t klen, struct err *e)
{
	return put(txn, file, key, klen, NULL, 0, WS_DELETED, e);
}

bool
txn_write_next(struct txn *txn, struct txn_write *w)
{
	struct ws_entry *n = w->pos;
	int i = 0;

	if (txn->ws == NULL)
		return false;
	if (n != NULL) {
		while (txn->ws->files[i]->file != w->file)
			i++;
		n = n->next[0];
	} else if (txn->ws->nfiles > 0) {
		n = ws_first(txn->ws->files[0]);
	}
	for (;;) {
		while (n != NULL && n->head == NULL)
			n = n->next[0];
		if (n != NULL)
			break;
		if (++i >= txn->ws->nfiles)
			return false;
		n = ws_first(txn->ws->files[i]);
	}
	*w = (struct txn_write) {
		.file = txn->ws->files[i]->file, .key = ws_key(n), .klen = n->klen,
		.value = (n->head->flags & WS_DELETED) != 0 ? NULL
		       : n->head->vlen == 0 ? (const void *) "" : n->head->value,
		.vlen = n->head->vlen, .pos = n,
	};
	return true;
}

/* --- savepoints and callbacks ------------------------------------------------------------------------------- */

struct txn_mark
txn_savepoint(struct txn *txn)
{
	struct lock_mark locks = lock_mark(&txn->locks);

	return (struct txn_mark) {
		.undo = txn->ws == NULL ? 0 : ws_mark(txn->ws),
		.hooks = txn->nhooks,
		.locks = locks.others,
		.rows = locks.rows,
		.moves = txn->nmoves,
	};
}

void
txn_rollback_to(struct txn *txn, struct txn_mark mark)
{
	if (txn->ws != NULL)
		ws_rollback(txn->ws, mark.undo);
	moves_rollback(txn, mark.moves);
	run_abort_hooks(txn, mark.hooks);
	lock_release_to(&txn->locks, (struct lock_mark) { .rows = mark.rows, .others = mark.locks });
}

int
txn_on_end(struct txn *txn, void (*on_commit)(void *arg, uint64_t change),
           void (*on_abort)(void *arg), void *arg, struct err *e)
{
	if (txn->nhooks == txn->hooks_cap) {
		size_t cap = txn->hooks_cap == 0 ? 8 : txn->hooks_cap * 2;
		struct hook *to = realloc(txn->hooks, cap * sizeof *to);
		if (to == NULL)
			return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
		txn->hooks = to;
		txn->hooks_cap = cap;
	}
	txn->hooks[txn->nhooks++] = (struct hook) { on_commit, on_abort, arg };
	return ERR_OK;
}

void
store_set_change_log(struct store *store, txn_change_fn *fn, void *arg)
{
	store->change_arg = arg;
	store->change_fn = fn;
}
