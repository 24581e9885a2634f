/* view.c - taking and giving back one moment of the database. */
#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "storage/txn_private.h"

static int
begin(struct store *store, struct view *v, struct err *e)
{
	struct engine *g = v->g;

	atomic_store(&g->serial, __atomic_load_n(&store->order.serial, __ATOMIC_SEQ_CST));
	int rc = engine_begin(g, e);
	if (rc != ERR_OK)
		atomic_store(&g->serial, 0);
	return rc;
}

static void
note_order(struct store *store, struct view *v, uint64_t *inflight)
{
	struct order *o = &store->order;

	v->next = o->next;
	v->inflight = inflight;
	v->ninflight = o->ninflight;
	if (o->ninflight != 0)
		memcpy(inflight, o->inflight, (size_t) o->ninflight * sizeof *inflight);
	v->ticket = atomic_load(&store->flusher.committed);
	v->commit_seq = v->g->seen = atomic_load(&o->commit_seq);
	v->order_serial = __atomic_load_n(&o->serial, __ATOMIC_SEQ_CST);
}

/* The engine's snapshot and what we know of change numbers must be of the same moment, so no
 * commit may lie between the two.  The engine may have to make room before it begins, which
 * must not happen under the mutex: begin first, and again under it if a commit came between. */
static int
take_now(struct store *store, struct view *v, struct slow_commit *ret_slow, struct err *e)
{
	struct order *o = &store->order;
	uint64_t *inflight = v->fixed;
	int room = VIEW_INFLIGHT;

	uint64_t seen = atomic_load(&o->commit_seq);
	int rc = begin(store, v, e);
	if (rc != ERR_OK)
		return rc;
	pthread_mutex_lock(&o->mutex);
	while (o->ninflight > room) {
		room = o->ninflight + VIEW_INFLIGHT;
		pthread_mutex_unlock(&o->mutex);
		if (inflight != v->fixed)
			free(inflight);
		inflight = malloc((size_t) room * sizeof *inflight);
		if (inflight == NULL) {
			view_stop_reading(v);
			return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
		}
		pthread_mutex_lock(&o->mutex);
	}
	if ((seen & 1) != 0 || atomic_load(&o->commit_seq) != seen) {
		view_stop_reading(v);
		rc = begin(store, v, e);
	}
	if (rc == ERR_OK)
		note_order(store, v, inflight);
	ret_slow->change = o->slow.change;
	if (UNLIKELY(o->slow.change != 0))
		*ret_slow = o->slow;
	pthread_mutex_unlock(&o->mutex);
	if (rc != ERR_OK && inflight != v->fixed)
		free(inflight);
	if (rc == ERR_OK)
		atomic_store(&v->g->since_us, lock_clock_us());
	return rc;
}

void
view_stop_reading(struct view *v)
{
	engine_rollback(v->g);
	v->g->seen = ENGINE_SEES_ALL;
	atomic_store(&v->g->serial, 0);
}

static void
let_go(struct view *v)
{
	if (atomic_load(&v->g->serial) != 0)
		view_stop_reading(v);
	if (v->inflight != v->fixed)
		free(v->inflight);
	v->inflight = v->fixed;
	v->ninflight = 0;
}

/* Does the view have the slow commit that was under way when it was taken? */
static int
shows(struct store *store, struct view *v, const struct slow_commit *slow, bool *ret_shows, struct err *e)
{
	WT_ITEM key = { .data = slow->key, .size = slow->klen }, value;
	WT_CURSOR *c;
	uint64_t stamp = 0;

	*ret_shows = false;
	int rc = engine_cursor(store, v->g, slow->file, &c, e);
	if (rc != ERR_OK || c == NULL)
		return rc;
	c->set_key(c, &key);
	int wt = WT(c->search(c));
	if (wt == 0)
		wt = c->get_value(c, &value);
	if (wt == 0 && value.size >= sizeof stamp)
		memcpy(&stamp, value.data, sizeof stamp);
	*ret_shows = slow->deleted ? wt == WT_NOTFOUND : __builtin_bswap64(stamp) == slow->change;
	engine_cursor_idle(v->g, c);
	return wt == 0 || wt == WT_NOTFOUND ? ERR_OK : engine_fail(wt, e, "read");
}

static int
take(struct store *store, struct view *v, struct err *e)
{
	struct slow_commit slow;

	for (;;) {
		bool early = false;
		int rc = take_now(store, v, &slow, e);
		if (rc != ERR_OK || LIKELY(slow.change == 0))
			return rc;
		rc = shows(store, v, &slow, &early, e);
		if (rc == ERR_OK && !early)
			return ERR_OK;
		let_go(v);
		if (rc != ERR_OK)
			return rc;
		order_slow_wait(store, slow.change);
	}
}

int
view_open(struct store *store, struct view **ret_view, struct err *e)
{
	struct view *v = malloc(sizeof *v);

	if (v == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	v->g = NULL;
	v->refs = 1;
	v->older = NULL;
	v->inflight = v->fixed;
	v->ninflight = 0;
	v->generation = 1;
	v->broken = false;
	int rc = engine_acquire(store, &v->g, e);
	if (rc == ERR_OK) {
		rc = take(store, v, e);
		if (rc != ERR_OK)
			engine_release(store, &v->g);
	}
	if (rc != ERR_OK) {
		free(v);
		return rc;
	}
	*ret_view = v;
	return ERR_OK;
}

/* The same session, now. */
int
view_renew(struct store *store, struct view *v, struct err *e)
{
	let_go(v);
	v->generation++;
	v->broken = false;
	return take(store, v, e);
}

void
view_unref(struct txn *txn, struct view **view)
{
	struct view *v = *view;

	*view = NULL;
	if (v == NULL || --v->refs > 0)
		return;
	cursors_detach(txn, v);
	let_go(v);
	engine_release(txn->store, &v->g);
	free(v);
}

bool
view_sees(const struct view *v, uint64_t change)
{
	if (change >= v->next)
		return false;
	for (int i = 0; i < v->ninflight; i++)
		if (v->inflight[i] == change)
			return false;
	return true;
}
