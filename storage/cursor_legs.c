/* cursor_legs.c - the two sides that a cursor merges: the engine's rows and the transaction's
 * own writes.  Each leg holds the next candidate in the cursor's direction, inside the bounds.
 *
 * Not here: which of the two candidates is the row (cursor.c). */
#include "config.h"

#include "storage/cursor_private.h"

/* --- the engine ----------------------------------------------------------------------------- */

/* After an error the engine's transaction is good for nothing but rolling back. */
int
leg_engine_broke(struct cursor_impl *c, int wt, struct err *e)
{
	c->at = AT_NONE;
	c->on_engine = false;
	c->view->broken = true;
	return engine_fail(wt, e, "read");
}

/* The engine's cursor has moved with this result: is there a candidate? */
static int
arrived(struct cursor_impl *c, int wt, struct err *e)
{
	c->on_engine = false;
	if (wt == WT_NOTFOUND)
		return ERR_OK;
	if (wt == 0)
		wt = WT(c->wt->get_key(c->wt, &c->ekey));
	if (wt != 0)
		return leg_engine_broke(c, wt, e);
	c->on_engine = c->backward ? not_below_lo(c, c->ekey.data, c->ekey.size)
	                           : below_hi(c, c->ekey.data, c->ekey.size);
	return ERR_OK;
}

int
leg_engine_step(struct cursor_impl *c, struct err *e)
{
	if (c->wt == NULL)
		return ERR_OK;
	return arrived(c, c->backward ? WT(c->wt->prev(c->wt)) : WT(c->wt->next(c->wt)), e);
}

int
leg_engine_seek(struct cursor_impl *c, const void *key, size_t klen, bool inclusive, struct err *e)
{
	WT_ITEM item = { .data = key, .size = klen };
	int exact;

	c->on_engine = false;
	if (c->wt == NULL || (klen == 0 && c->backward))
		return ERR_OK;
	if (klen == 0) {                        /* the engine has no empty keys */
		int wt = WT(c->wt->reset(c->wt));
		return wt == 0 ? leg_engine_step(c, e) : leg_engine_broke(c, wt, e);
	}
	c->wt->set_key(c->wt, &item);
	int wt = WT(c->wt->search_near(c->wt, &exact));
	if (wt == 0) {
		if (!c->backward && (exact < 0 || (exact == 0 && !inclusive)))
			wt = WT(c->wt->next(c->wt));
		else if (c->backward && (exact > 0 || (exact == 0 && !inclusive)))
			wt = WT(c->wt->prev(c->wt));
	}
	return arrived(c, wt, e);
}

int
leg_engine_edge(struct cursor_impl *c, struct err *e)
{
	if (c->wt == NULL) {
		c->on_engine = false;
		return ERR_OK;
	}
	if (!c->backward && c->has_lo)
		return leg_engine_seek(c, c->lo.data, c->lo.len, true, e);
	if (c->backward && c->has_hi)
		return leg_engine_seek(c, c->hi.data, c->hi.len, false, e);
	int wt = WT(c->wt->reset(c->wt));
	return wt == 0 ? leg_engine_step(c, e) : leg_engine_broke(c, wt, e);
}

int
leg_engine_exact(struct cursor_impl *c, const void *key, size_t klen, struct err *e)
{
	WT_ITEM item = { .data = key, .size = klen };

	c->on_engine = false;
	if (c->wt == NULL || klen == 0)
		return ERR_OK;
	c->wt->set_key(c->wt, &item);
	return arrived(c, WT(c->wt->search(c->wt)), e);
}

int
leg_engine_value(struct cursor_impl *c, struct err *e)
{
	WT_ITEM value;

	int wt = WT(c->wt->get_value(c->wt, &value));
	if (wt != 0)
		return leg_engine_broke(c, wt, e);
	c->pub.value = value.data;
	c->pub.vlen = value.size;
	return ERR_OK;
}

/* --- the write set ---------------------------------------------------------------------------- */

/* From this entry on, the first whose version the cursor may see. */
static void
settle(struct cursor_impl *c, struct ws_entry *n)
{
	for (; n != NULL; n = c->backward ? n->prev : n->next[0]) {
		if (c->backward ? !not_below_lo(c, ws_key(n), n->klen) : !below_hi(c, ws_key(n), n->klen))
			break;
		c->wv = ws_visible(n, c->command);
		if (c->wv != NULL) {
			c->w = n;
			return;
		}
	}
	c->w = NULL;
}

void
leg_own_step(struct cursor_impl *c)
{
	settle(c, c->backward ? c->w->prev : c->w->next[0]);
}

void
leg_own_seek(struct cursor_impl *c, const void *key, size_t klen, bool inclusive)
{
	struct ws_entry *n;

	if (c->own == NULL) {
		c->w = NULL;
		return;
	}
	n = ws_first_ge(c->own, key, klen);
	bool equal = n != NULL && key_compare(ws_key(n), n->klen, key, klen) == 0;
	if (!c->backward && equal && !inclusive)
		n = n->next[0];
	else if (c->backward && !(equal && inclusive))
		n = n == NULL ? ws_last(c->own) : n->prev;
	settle(c, n);
}

void
leg_own_edge(struct cursor_impl *c)
{
	if (c->own == NULL)
		c->w = NULL;
	else if (!c->backward && c->has_lo)
		leg_own_seek(c, c->lo.data, c->lo.len, true);
	else if (c->backward && c->has_hi)
		leg_own_seek(c, c->hi.data, c->hi.len, false);
	else
		settle(c, c->backward ? ws_last(c->own) : ws_first(c->own));
}
