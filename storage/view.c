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
take(struct store *store, struct view *v, struct err *e)
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
