/* window.h - window functions, and what the Window operator gives them.
 *
 * The operator has a whole partition at hand, sorted by the window's ORDER BY.  Rows are
 * numbered from 0 within it.  For each row, in order, it fills the fields of the call and asks
 * eval() of each function.  Aggregates used as window functions do not come through here: the
 * operator steps them over the frame (func.h, unstep).
 *
 * Owner     the operator owns the call; `state` (state_size bytes, zeroed at the start of each
 *           partition) and `arena` (reset with the partition) are the function's to use.
 *           By-reference results may point to argument values of the partition.
 * Thread    one.
 * Failure   as func.h: ERR_OK or a code with *e filled; *ret_null is false on entry.
 * Cost      ranks are O(1) a row; nothing here looks at more of a frame than its ends, but for
 *           the rows that EXCLUDE hides there. */
#ifndef CORE_FUNC_WINDOW_H
#define CORE_FUNC_WINDOW_H

#include "core/func/func.h"

struct window_call {
	struct fcall  fcall;            /* argument types, environment */
	struct arena *arena;
	void         *state;
	int64_t rows;                   /* in the partition */
	int64_t row;                    /* the current one */
	int64_t peer_start, peer_end;   /* [start, end) of the rows equal to it by ORDER BY */
	int64_t frame_start, frame_end; /* [start, end), clipped to the partition; end <= start: empty */
	int64_t skip_start, skip_end;   /* EXCLUDE: rows of the frame that are not in it ... */
	bool    skip_keeps_row;         /* ... but the current row is (EXCLUDE TIES) */

	/* Argument i evaluated at a row of the partition; given by the operator. */
	int (*arg)(struct window_call *w, int i, int64_t at, union datum *ret, bool *ret_null,
	           struct err *e);
	void *op;                       /* the operator's own */
};

struct window_func {
	size_t state_size;
	bool   uses_frame;              /* looks at frame_* and skip_*: others need none computed */
	int  (*eval)(struct window_call *w, union datum *ret, bool *ret_null, struct err *e);
};

static inline bool
window_in_frame(const struct window_call *w, int64_t at)
{
	return at >= w->frame_start && at < w->frame_end &&
	       (at < w->skip_start || at >= w->skip_end || (w->skip_keeps_row && at == w->row));
}

#endif
