/* cursor_fill.c - many rows in one call.
 *
 * Scans spend their time here.  When the write set has nothing to merge, the engine's cursor
 * is walked directly; rows are packed into pieces of the arena, values aligned to 8.  The first
 * piece is for the rows that are asked for, were they short: who wants three rows of each of many
 * files does not touch a large piece for each. */
#include "config.h"
#include "storage/cursor.h"

#include <assert.h>

#include "storage/cursor_private.h"

enum { PIECE = 64 * 1024, SHORT_ROW = 64 };

struct packer {
	struct arena *arena;
	uint8_t *at, *end;
	size_t size; /* of the next piece */
};

static inline uint8_t *
pack(struct packer *p, const void *bytes, size_t len)
{
	size_t padded = (len + 7) & ~(size_t) 7;

	if (UNLIKELY((size_t) (p->end - p->at) < padded)) {
		size_t size = padded > p->size / 4 ? padded : p->size;
		p->at = arena_alloc(p->arena, size);
		p->end = p->at + size;
		p->size = p->size < PIECE / 4 ? p->size * 4 : PIECE;
	}
	uint8_t *to = p->at;
	memcpy(to, bytes, len);
	p->at += padded;
	return to;
}

static inline void
put(struct cursor_batch *b, struct packer *p, const void *key, size_t klen, const void *value,
    size_t vlen)
{
	if (!b->values_only) {
		b->key[b->n] = pack(p, key, klen);
		b->klen[b->n] = (uint32_t) klen;
	}
	if (!b->keys_only) {
		b->value[b->n] = vlen == 0 ? (const uint8_t *) "" : pack(p, value, b->most != 0 && vlen > b->most ? b->most : vlen);
		b->vlen[b->n] = (uint32_t) vlen;
	}
	b->n++;
}

/* Nothing of ours in the way: the engine's rows as they come.  The cursor stands on a row. */
static int
fill_engine(struct cursor_impl *c, struct cursor_batch *b, struct packer *p, struct err *e)
{
	WT_CURSOR *wt = c->wt;
	WT_ITEM key = c->ekey, value = { 0 };
	int rc = 0;

	while (b->n < b->max) {
		rc = b->backward ? WT(wt->prev(wt)) : WT(wt->next(wt));
		if (rc != 0 || (rc = wt->get_key(wt, &key)) != 0)
			break;
		if (b->backward ? !not_below_lo(c, key.data, key.size) : !below_hi(c, key.data, key.size)) {
			rc = WT_NOTFOUND;
			break;
		}
		if (!b->keys_only && (rc = wt->get_value(wt, &value)) != 0)
			break;
		put(b, p, key.data, key.size, value.data, value.size);
	}
	c->ekey = key;
	if (rc == WT_NOTFOUND) {
		c->on_engine = false;
		c->at = b->backward ? AT_START : AT_END;
		return ERR_OK;
	}
	if (rc != 0)
		return leg_engine_broke(c, rc, e);
	c->pub.key = key.data;
	c->pub.klen = key.size;
	c->pub.value = value.data;
	c->pub.vlen = value.size;
	return ERR_OK;
}

/* Until our own writes are behind us; then the engine's alone. */
static int
fill_merged(struct cursor_impl *c, struct cursor_batch *b, struct packer *p, struct err *e)
{
	bool found = true;

	while (b->n < b->max) {
		if (c->w == NULL && c->wt != NULL && !c->latest)
			return fill_engine(c, b, p, e);
		int rc = b->backward ? cursor_prev(&c->pub, &found, e) : cursor_next(&c->pub, &found, e);
		if (rc != ERR_OK)
			return rc;
		if (!found)
			break;
		put(b, p, c->pub.key, c->pub.klen, c->pub.value, c->pub.vlen);
	}
	return ERR_OK;
}

int
cursor_fill(struct cursor *cursor, struct cursor_batch *b, struct err *e)
{
	struct cursor_impl *c = (struct cursor_impl *) cursor;
	const size_t rows = (size_t) b->max * SHORT_ROW;
	struct packer p = { .arena = b->arena, .size = rows < PIECE ? rows : PIECE };

	b->n = 0;
	if (b->max == 0)
		return ERR_OK;
	/* The first row through the front door: it checks the snapshot, turns round, finds the
	 * first row.  After that both legs are in step. */
	bool found;
	int rc = b->backward ? cursor_prev(cursor, &found, e) : cursor_next(cursor, &found, e);
	if (rc != ERR_OK || !found)
		return rc;
	put(b, &p, c->pub.key, c->pub.klen, c->pub.value, c->pub.vlen);
	return fill_merged(c, b, &p, e);
}
