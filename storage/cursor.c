/* cursor.c - a cursor's life, and the merge of its two legs.
 *
 * Both legs stand on the next candidate in the cursor's direction; the nearer one is the row,
 * and when both have the same key our own write is.  A deletion of ours hides the engine's row.
 * Turning round puts both legs back by a seek from the current key.
 *
 * Not here: the legs (cursor_legs.c), batches (cursor_fill.c). */
#include "config.h"
#include "storage/cursor.h"

#include <assert.h>
#include <stdlib.h>

#include "storage/cursor_private.h"

/* --- life --------------------------------------------------------------------------------------- */

static void
list_add(struct cursor_impl **list, struct cursor_impl *c)
{
	c->prev = NULL;
	c->next = *list;
	if (*list != NULL)
		(*list)->prev = c;
	*list = c;
}

static void
list_remove(struct cursor_impl **list, struct cursor_impl *c)
{
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		*list = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
}

static struct cursor_impl *
cursor_take(struct txn *txn)
{
	struct cursor_impl *c = txn->idle_cursors;

	if (c != NULL) {
		list_remove(&txn->idle_cursors, c);
	} else {
		c = calloc(1, sizeof *c);
		if (c == NULL)
			return NULL;
		c->txn = txn;
	}
	c->pub = (struct cursor) { 0 };
	c->at = AT_NONE;
	c->wt = NULL;
	c->view = NULL;
	c->own = NULL;
	c->has_lo = c->has_hi = c->tracking = c->latest = c->on_engine = c->lone = false;
	list_add(&txn->open_cursors, c);
	return c;
}

static void
cursor_give_back(struct cursor_impl *c)
{
	list_remove(&c->txn->open_cursors, c);
	list_add(&c->txn->idle_cursors, c);
}

int
cursor_open(struct txn *txn, uint32_t file, struct cursor **ret_cursor, struct err *e)
{
	const struct frame *frame = txn_frame(txn);
	struct cursor_impl *c = cursor_take(txn);

	assert(frame != NULL);
	if (c == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	c->file = file;
	c->view = frame->view;
	c->generation = frame->view->generation;
	c->command = frame->command;
	int rc = engine_cursor(txn->store, c->view->g, file, &c->wt, e);
	if (rc != ERR_OK) {
		cursor_give_back(c);
		return rc;
	}
	/* Writes of this command and later ones never show, so what is not there now never will. */
	c->own = txn->ws == NULL ? NULL : ws_find(txn->ws, file);
	if (c->own != NULL && c->own->first_command >= c->command)
		c->own = NULL;
	*ret_cursor = &c->pub;
	return ERR_OK;
}

int
cursor_open_latest(struct txn *txn, uint32_t file, struct cursor **ret_cursor, struct err *e)
{
	struct cursor_impl *c = cursor_take(txn);

	if (c == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	c->file = file;
	c->latest = true;
	c->command = COMMAND_ALL;
	*ret_cursor = &c->pub;
	return ERR_OK;
}

void
cursor_close(struct cursor **cursor)
{
	struct cursor_impl *c = (struct cursor_impl *) *cursor;

	if (c == NULL)
		return;
	*cursor = NULL;
	cursor_track_end(c);
	if (c->wt != NULL)
		engine_cursor_idle(c->view->g, c->wt);
	c->wt = NULL;
	c->view = NULL;
	cursor_give_back(c);
}

void
cursors_detach(struct txn *txn, const struct view *view)
{
	for (struct cursor_impl *c = txn->open_cursors; c != NULL; c = c->next)
		if (c->view == view) {
			cursor_track_end(c);
			c->view = NULL;
			c->wt = NULL;
			c->at = AT_NONE;
		}
}

static void
free_list(struct cursor_impl *list)
{
	for (struct cursor_impl *c = list, *next; c != NULL; c = next) {
		next = c->next;
		strbuf_done(&c->lo);
		strbuf_done(&c->hi);
		strbuf_done(&c->saved);
		strbuf_done(&c->track);
		free(c);
	}
}

void
cursors_free(struct txn *txn)
{
	free_list(txn->open_cursors);
	free_list(txn->idle_cursors);
	txn->open_cursors = txn->idle_cursors = NULL;
}

static void
copy_key(struct strbuf *to, const void *key, size_t klen)
{
	strbuf_clear(to);
	strbuf_add(to, key, klen);
	if (to->data == NULL)
		strbuf_grow(to, 1);             /* the empty key is a key too */
}

void
cursor_set_bounds(struct cursor *cursor, const void *lo, size_t lolen, const void *hi, size_t hilen)
{
	struct cursor_impl *c = (struct cursor_impl *) cursor;

	cursor_reset(cursor);
	c->has_lo = lo != NULL;
	c->has_hi = hi != NULL;
	if (lo != NULL)
		copy_key(&c->lo, lo, lolen);
	if (hi != NULL)
		copy_key(&c->hi, hi, hilen);
}

void
cursor_reset(struct cursor *cursor)
{
	struct cursor_impl *c = (struct cursor_impl *) cursor;

	cursor_track_end(c);
	if (c->wt != NULL && c->at != AT_NONE)
		(void) c->wt->reset(c->wt);
	c->at = AT_NONE;
	c->on_engine = false;
}

/* --- what serializable transactions remember -------------------------------------------------- */

static void
track_begin(struct cursor_impl *c, const void *key, size_t klen)
{
	cursor_track_end(c);
	if (c->txn->reads == NULL || c->latest)
		return;
	c->tracking = true;
	c->track_from_bound = key == NULL;
	if (key != NULL)
		copy_key(&c->track, key, klen);
}

/* From where the walk began to where it stands, or to the bound when it has walked off. */
void
cursor_track_end(struct cursor_impl *c)
{
	if (!c->tracking)
		return;
	c->tracking = false;
	const void *from = c->track_from_bound ? NULL : c->track.data;
	size_t fromlen = c->track_from_bound ? 0 : c->track.len;
	const void *lo = c->has_lo ? c->lo.data : NULL, *hi = c->has_hi ? c->hi.data : NULL;
	size_t lolen = c->has_lo ? c->lo.len : 0, hilen = c->has_hi ? c->hi.len : 0;
	bool row = c->at == AT_ROW;

	if (!c->backward)
		readset_add(c->txn->reads, c->file, from != NULL ? from : lo,
		            from != NULL ? fromlen : lolen, row ? c->pub.key : hi,
		            row ? c->pub.klen : hilen, !row);
	else
		readset_add(c->txn->reads, c->file, row ? c->pub.key : lo,
		            row ? c->pub.klen : lolen, from != NULL ? from : hi,
		            from != NULL ? fromlen : hilen, from == NULL);
}

void
cursors_record_reads(struct txn *txn)
{
	for (struct cursor_impl *c = txn->open_cursors; c != NULL; c = c->next)
		cursor_track_end(c);
}

/* --- the merge ------------------------------------------------------------------------------------ */

static int
step_taken(struct cursor_impl *c, struct err *e)
{
	if (c->took_own)
		leg_own_step(c);
	return c->took_engine ? leg_engine_step(c, e) : ERR_OK;
}

static void
show_own(struct cursor_impl *c)
{
	c->pub.key = ws_key(c->w);
	c->pub.klen = c->w->klen;
	c->pub.value = c->wv->value;
	c->pub.vlen = c->wv->vlen;
	c->pub.own = true;
}

static int
show_engine(struct cursor_impl *c, struct err *e)
{
	c->pub.key = c->ekey.data;
	c->pub.klen = c->ekey.size;
	c->pub.own = false;
	return leg_engine_value(c, e);
}

/* Both legs stand on candidates: make the nearer one the row. */
static int
merge(struct cursor_impl *c, bool *ret_found, struct err *e)
{
	int rc = ERR_OK;

	while (c->on_engine || c->w != NULL) {
		int order = 0;          /* < 0: the engine's comes first */
		if (c->w == NULL)
			order = -1;
		else if (!c->on_engine)
			order = 1;
		else
			order = key_compare(c->ekey.data, c->ekey.size, ws_key(c->w), c->w->klen)
			      * (c->backward ? -1 : 1);
		c->took_engine = order <= 0;
		c->took_own = order >= 0;
		if (!c->took_own || (c->wv->flags & WS_DELETED) == 0) {
			if (c->took_own)
				show_own(c);
			else
				rc = show_engine(c, e);
			if (rc != ERR_OK)
				return rc;
			c->at = AT_ROW;
			if (c->latest)
				copy_key(&c->saved, c->pub.key, c->pub.klen);
			*ret_found = true;
			return ERR_OK;
		}
		rc = step_taken(c, e);
		if (rc != ERR_OK)
			return rc;
	}
	c->at = c->backward ? AT_START : AT_END;
	*ret_found = false;
	return ERR_OK;
}

/* Before a new position: is there still a snapshot?  A latest cursor gets a new one. */
static int
prepare(struct cursor_impl *c, struct err *e)
{
	c->lone = false;
	if (c->latest) {
		struct view *fresh;
		int rc = txn_latest(c->txn, &fresh, e);
		if (rc != ERR_OK)
			return rc;
		if (c->view != fresh || c->wt == NULL) {
			c->view = fresh;
			rc = engine_cursor(c->txn->store, fresh->g, c->file, &c->wt, e);
		}
		c->generation = fresh->generation;
		c->own = c->txn->ws == NULL ? NULL : ws_find(c->txn->ws, c->file);
		return rc;
	}
	if (UNLIKELY(c->view == NULL))
		return err_set(e, ERR_INTERNAL_ERROR, "a cursor outlived its snapshot");
	if (UNLIKELY(c->view->broken))
		return txn_fail_serialization(e);
	return ERR_OK;
}

/* --- positioning ------------------------------------------------------------------------------------ */

static int
edge(struct cursor_impl *c, bool backward, bool *ret_found, struct err *e)
{
	cursor_track_end(c);
	int rc = prepare(c, e);
	if (rc != ERR_OK)
		return rc;
	c->backward = backward;
	c->at = AT_NONE;
	track_begin(c, NULL, 0);
	leg_own_edge(c);
	rc = leg_engine_edge(c, e);
	return rc != ERR_OK ? rc : merge(c, ret_found, e);
}

int
cursor_first(struct cursor *cursor, bool *ret_found, struct err *e)
{
	return edge((struct cursor_impl *) cursor, false, ret_found, e);
}

int
cursor_last(struct cursor *cursor, bool *ret_found, struct err *e)
{
	return edge((struct cursor_impl *) cursor, true, ret_found, e);
}

static int
seek_exact(struct cursor_impl *c, const void *key, size_t klen, bool *ret_found, struct err *e)
{
	c->backward = false;
	c->at = AT_NONE;
	c->lone = true;
	if (c->txn->reads != NULL && !c->latest)
		readset_add(c->txn->reads, c->file, key, klen, key, klen, false);
	*ret_found = false;
	if (!not_below_lo(c, key, klen) || !below_hi(c, key, klen))
		return ERR_OK;
	if (c->own != NULL) {
		c->w = ws_get(c->own, key, klen);
		c->wv = c->w == NULL ? NULL : ws_visible(c->w, c->command);
		if (c->wv != NULL) {
			if ((c->wv->flags & WS_DELETED) != 0)
				return ERR_OK;
			show_own(c);
			c->at = AT_ROW;
		}
	}
	if (c->at != AT_ROW) {
		int rc = leg_engine_exact(c, key, klen, e);
		if (rc == ERR_OK && c->on_engine)
			rc = show_engine(c, e);
		if (rc != ERR_OK || !c->on_engine)
			return rc;
		c->at = AT_ROW;
	}
	if (c->latest)
		copy_key(&c->saved, c->pub.key, c->pub.klen);
	*ret_found = true;
	return ERR_OK;
}

int
cursor_seek(struct cursor *cursor, enum cursor_seek how, const void *key, size_t klen,
            bool *ret_found, struct err *e)
{
	struct cursor_impl *c = (struct cursor_impl *) cursor;
	bool inclusive = how == CURSOR_GE || how == CURSOR_LE;

	cursor_track_end(c);
	int rc = prepare(c, e);
	if (rc != ERR_OK)
		return rc;
	if (how == CURSOR_EXACT)
		return seek_exact(c, key, klen, ret_found, e);
	c->backward = how == CURSOR_LE || how == CURSOR_LT;
	c->at = AT_NONE;
	/* A key outside the bounds means the bound. */
	if (!c->backward && !not_below_lo(c, key, klen)) {
		key = c->lo.data;
		klen = c->lo.len;
		inclusive = true;
	} else if (c->backward && !below_hi(c, key, klen)) {
		key = c->hi.data;
		klen = c->hi.len;
		inclusive = false;
	}
	track_begin(c, key, klen);
	leg_own_seek(c, key, klen, inclusive);
	rc = leg_engine_seek(c, key, klen, inclusive, e);
	return rc != ERR_OK ? rc : merge(c, ret_found, e);
}

/* --- moving -------------------------------------------------------------------------------------------- */

/* Turn round, or go on after the legs lost step: seek from the current key. */
static int
move_from_key(struct cursor_impl *c, bool backward, bool *ret_found, struct err *e)
{
	cursor_track_end(c);
	if (!c->latest)
		copy_key(&c->saved, c->pub.key, c->pub.klen);
	c->backward = backward;
	c->lone = false;
	c->at = AT_NONE;
	track_begin(c, c->saved.data, c->saved.len);
	if (c->latest)
		c->generation = c->view->generation;
	leg_own_seek(c, c->saved.data, c->saved.len, false);
	int rc = leg_engine_seek(c, c->saved.data, c->saved.len, false, e);
	return rc != ERR_OK ? rc : merge(c, ret_found, e);
}

static int
move(struct cursor_impl *c, bool backward, bool *ret_found, struct err *e)
{
	if (c->at == AT_NONE)
		return edge(c, backward, ret_found, e);
	if (c->at != AT_ROW) {
		if (backward == (c->at == AT_START)) {
			*ret_found = false;
			return ERR_OK;
		}
		return edge(c, backward, ret_found, e);
	}
	if (UNLIKELY(c->view == NULL || c->view->broken))
		return c->view == NULL
		     ? err_set(e, ERR_INTERNAL_ERROR, "a cursor outlived its snapshot")
		     : txn_fail_serialization(e);
	if (c->backward != backward || c->lone || c->generation != c->view->generation)
		return move_from_key(c, backward, ret_found, e);
	int rc = step_taken(c, e);
	return rc != ERR_OK ? rc : merge(c, ret_found, e);
}

int
cursor_next(struct cursor *cursor, bool *ret_found, struct err *e)
{
	return move((struct cursor_impl *) cursor, false, ret_found, e);
}

int
cursor_prev(struct cursor *cursor, bool *ret_found, struct err *e)
{
	return move((struct cursor_impl *) cursor, true, ret_found, e);
}
