/* held.c - rows that come before an error are handed up before it.
 *
 * One row at a time, a LIMIT, an EXISTS or a cursor that has enough never meets the error of a
 * later row.  A batch at a time it would; so when a batch fails, the longest run of its first rows
 * that does not is looked for by halves, handed up, and the error kept for the next call.  It is
 * then also the error of the first row that fails, whichever expression met one first.  Nothing of
 * this is paid for while no row fails. */
#include "config.h"
#include "core/exec/operator.h"

int
op_before_error(struct op *op, const struct batch *in, bool pure, op_piece_fn *run, struct err *e)
{
	const struct batch whole = *in; /* may be op->out */
	struct batch piece = whole;
	struct err *last;
	int good = 0, bad = whole.n, ran = bad;

	if (!pure || e->code == ERR_QUERY_CANCELED || e->code == ERR_ADMIN_SHUTDOWN ||
	    e->code == ERR_OUT_OF_MEMORY)
		return e->code;
	if (op->held_room == NULL)
		op->held_room = arena_alloc(&op->x->arena, sizeof *last);
	last = op->held_room;
	*last = *e;
	while (bad - good > 1) {
		struct err again = { 0 };

		piece.n = ran = good + (bad - good) / 2;
		if (run(op, &piece, &again) == ERR_OK) {
			good = ran;
		} else {
			bad = ran;
			*last = again;
		}
	}
	err_init(e);
	if (good == 0) {
		*e = *last;
		return e->code;
	}
	if (ran != good) {
		piece.n = good;
		int rc = run(op, &piece, e);
		if (rc != ERR_OK)
			return rc;
	}
	if (op->out.n == 0) {
		*e = *last;
		return e->code;
	}
	op->held = last;
	return ERR_OK;
}
