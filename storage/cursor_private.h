/* cursor_private.h - inside a cursor: cursor.c walks, cursor_engine.c and cursor_own.c are its
 * two legs, cursor_fill.c copies batches. */
#ifndef STORAGE_CURSOR_PRIVATE_H
#define STORAGE_CURSOR_PRIVATE_H

#include "core/base/strbuf.h"
#include "storage/txn_private.h"

/* Where the cursor stands.  START and END: walked off that side. */
enum cursor_at { AT_NONE, AT_ROW, AT_START, AT_END };

struct cursor_impl {
	struct cursor pub;              /* first: callers see this part */
	struct txn  *txn;
	struct view *view;              /* NULL: its snapshot has ended */
	uint64_t     generation;        /* of the view when it was positioned */
	uint32_t     file, command;
	bool         latest;
	bool         backward;          /* the direction both legs stand ready for */
	bool         lone;              /* the legs are not in step: seek again before moving */
	enum cursor_at at;

	WT_CURSOR   *wt;                /* NULL: the file does not exist */
	WT_ITEM      ekey;
	bool         on_engine;         /* ekey is a candidate */
	bool         took_engine;       /* the current row used up the engine's candidate */

	struct ws_file *own;            /* NULL: nothing of ours to merge */
	struct ws_entry *w;             /* candidate; NULL: none */
	const struct ws_version *wv;
	bool         took_own;

	bool         has_lo, has_hi;
	struct strbuf lo, hi;
	struct strbuf saved;            /* a key that must outlive a move */

	bool         tracking;          /* SERIALIZABLE: a range is being read */
	bool         track_from_bound;
	struct strbuf track;            /* where it began */

	struct cursor_impl *next, *prev;        /* of the transaction's list */
};

/* The engine's leg: on_engine and ekey tell the result. */
int  leg_engine_step(struct cursor_impl *c, struct err *e) MUST_CHECK;
int  leg_engine_seek(struct cursor_impl *c, const void *key, size_t klen, bool inclusive,
                     struct err *e) MUST_CHECK;
int  leg_engine_edge(struct cursor_impl *c, struct err *e) MUST_CHECK;  /* first or last */
int  leg_engine_exact(struct cursor_impl *c, const void *key, size_t klen, struct err *e) MUST_CHECK;
int  leg_engine_value(struct cursor_impl *c, struct err *e) MUST_CHECK;
int  leg_engine_broke(struct cursor_impl *c, int wt, struct err *e);

/* The write set's leg: w and wv tell the result. */
void leg_own_step(struct cursor_impl *c);
void leg_own_seek(struct cursor_impl *c, const void *key, size_t klen, bool inclusive);
void leg_own_edge(struct cursor_impl *c);

/* Read tracking. */
void cursor_track_end(struct cursor_impl *c);

static inline bool
below_hi(const struct cursor_impl *c, const void *key, size_t klen)
{
	return !c->has_hi || key_compare(key, klen, c->hi.data, c->hi.len) < 0;
}

static inline bool
not_below_lo(const struct cursor_impl *c, const void *key, size_t klen)
{
	return !c->has_lo || key_compare(key, klen, c->lo.data, c->lo.len) >= 0;
}

#endif
