/* window.c - row_number, rank, lag, first_value and their kin. */
#include "config.h"
#include "core/func/window.h"

#include "core/func/impl.h"

#define DEFINE_WINDOW(name, size, frame) \
	static int name##_eval(struct window_call *w, union datum *ret, bool *ret_null, \
	                       struct err *e); \
	const struct window_func window_##name = { \
		.state_size = size, .uses_frame = frame, .eval = name##_eval, \
	}; \
	static int \
	name##_eval(struct window_call *w, union datum *ret, bool *ret_null UNUSED, \
	            struct err *e UNUSED)

DEFINE_WINDOW(row_number, 0, false) { ret->i = w->row + 1; return ERR_OK; }
DEFINE_WINDOW(rank, 0, false)       { ret->i = w->peer_start + 1; return ERR_OK; }

DEFINE_WINDOW(dense_rank, sizeof(int64_t), false)
{
	int64_t *groups = w->state;

	if (w->row == w->peer_start)
		++*groups;
	ret->i = *groups;
	return ERR_OK;
}

DEFINE_WINDOW(percent_rank, 0, false)
{
	ret->f = w->rows <= 1 ? 0.0 : (double) w->peer_start / (double) (w->rows - 1);
	return ERR_OK;
}

DEFINE_WINDOW(cume_dist, 0, false)
{
	ret->f = (double) w->peer_end / (double) w->rows;
	return ERR_OK;
}

/* The first rows % n buckets are one row longer. */
struct ntile_state { int64_t n; bool null, known; };

DEFINE_WINDOW(ntile, sizeof(struct ntile_state), false)
{
	struct ntile_state *s = w->state;

	if (!s->known) {                /* the argument of the partition's first row counts */
		union datum d = { 0 };
		int rc = w->arg(w, 0, 0, &d, &s->null, e);
		if (rc != ERR_OK)
			return rc;
		if (!s->null && d.i <= 0)
			return err_set(e, ERR_INVALID_ARGUMENT_FOR_NTILE,
			               "argument of ntile must be greater than zero");
		s->n = d.i;
		s->known = true;
	}
	if (s->null) {
		*ret_null = true;
		return ERR_OK;
	}
	int64_t size = w->rows / s->n, longer = w->rows % s->n, border = longer * (size + 1);
	ret->i = w->row < border ? w->row / (size + 1) + 1
	                         : longer + (w->row - border) / size + 1;
	return ERR_OK;
}

/* ---- Another row of the partition */
static int
shifted(struct window_call *w, int sign, union datum *ret, bool *ret_null, struct err *e)
{
	int64_t by = 1;

	if (w->fcall.nargs > 1) {
		union datum d = { 0 };
		bool null = false;
		int rc = w->arg(w, 1, w->row, &d, &null, e);
		if (rc != ERR_OK)
			return rc;
		if (null) {
			*ret_null = true;
			return ERR_OK;
		}
		by = d.i;
	}
	int64_t at = w->row + sign * by;
	if (at >= 0 && at < w->rows)
		return w->arg(w, 0, at, ret, ret_null, e);
	if (w->fcall.nargs > 2)
		return w->arg(w, 2, w->row, ret, ret_null, e);
	*ret_null = true;
	return ERR_OK;
}

DEFINE_WINDOW(lag, 0, false)  { return shifted(w, -1, ret, ret_null, e); }
DEFINE_WINDOW(lead, 0, false) { return shifted(w, 1, ret, ret_null, e); }

/* ---- Rows of the frame */
DEFINE_WINDOW(first_value, 0, true)
{
	for (int64_t at = w->frame_start; at < w->frame_end; at++)
		if (window_in_frame(w, at))
			return w->arg(w, 0, at, ret, ret_null, e);
	*ret_null = true;
	return ERR_OK;
}

DEFINE_WINDOW(last_value, 0, true)
{
	for (int64_t at = w->frame_end - 1; at >= w->frame_start; at--)
		if (window_in_frame(w, at))
			return w->arg(w, 0, at, ret, ret_null, e);
	*ret_null = true;
	return ERR_OK;
}

/* The n-th row that is in the frame: whole stretches are counted, never single rows. */
static int64_t
nth_of_frame(const struct window_call *w, int64_t n)
{
	int64_t lo = w->skip_start > w->frame_start ? w->skip_start : w->frame_start;
	int64_t hi = w->skip_end < w->frame_end ? w->skip_end : w->frame_end;

	if (hi <= lo)                   /* nothing of the frame is hidden */
		return n < w->frame_end - w->frame_start ? w->frame_start + n : -1;
	if (n < lo - w->frame_start)
		return w->frame_start + n;
	n -= lo - w->frame_start;
	if (w->skip_keeps_row && w->row >= lo && w->row < hi) {
		if (n == 0)
			return w->row;
		n--;
	}
	return n < w->frame_end - hi ? hi + n : -1;
}

DEFINE_WINDOW(nth_value, 0, true)
{
	union datum d = { 0 };
	bool null = false;
	int rc = w->arg(w, 1, w->row, &d, &null, e);

	if (rc != ERR_OK)
		return rc;
	if (null) {
		*ret_null = true;
		return ERR_OK;
	}
	if (d.i <= 0)
		return err_set(e, ERR_INVALID_ARGUMENT_FOR_NTH_VALUE,
		               "argument of nth_value must be greater than zero");
	int64_t at = nth_of_frame(w, d.i - 1);
	if (at >= 0)
		return w->arg(w, 0, at, ret, ret_null, e);
	*ret_null = true;
	return ERR_OK;
}
