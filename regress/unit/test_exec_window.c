/* test_exec_window.c - windows: partitions, frames, aggregates that move.
 * Values as PostgreSQL 15 gives them for the same rows. */
#include "config.h"
#include "regress/unit/exec_kit.h"

/* Sorted by the second column, then the first: partitions x and y. */
#define V rows("1,x|2,x|2,x|5,x|,x|3,y|4,y", 2, OID_INT4, OID_TEXT)

static const char *
window(struct window *w, bool part, struct window_item it)
{
	struct plan_window *p = PLAN_NEW(PLAN_WINDOW, plan_window, V, NULL, 3);

	cols_of(&p->p, 0, p->p.child, 0);
	p->p.cols[2] = (struct plan_column) { it.ret, -1, 0, NULL };
	p->win = w;
	p->part = ARENA_ARRAY(&kit_arena, struct expr *, 1);
	p->part[0] = slot(1, OID_TEXT);
	p->npart = part;
	p->order = keys(1, 0, OID_INT4, 0, 0);
	p->norder = 1;
	p->start_offset = w->start_offset;
	p->end_offset = w->end_offset;
	p->nitems = 1;
	p->items = arena_dup(&kit_arena, &it, sizeof it);
	return run(project(&p->p, 1, slot(2, it.ret->oid)));
}

static struct window_item
item(const struct func *f, int nargs, oid_t ret)
{
	struct window_item it = { .func = f, .nargs = nargs, .ret = T(ret) };

	it.args = ARENA_ARRAY(&kit_arena, struct expr *, 2);
	it.args[0] = slot(0, OID_INT4);
	return it;
}

int
main(void)
{
	kit_init();
	struct window w = { .mode = FRAME_RANGE, .start = BOUND_UNBOUNDED_PRECEDING, .end = BOUND_CURRENT };
	const struct window_item sum = item(fn("sum", 1, OID_INT4), 1, OID_INT8), count = item(fn("count", 0), 0, OID_INT8);
	const struct window_item max = item(fn("max", 1, OID_INT4), 1, OID_INT4);

	is_str("1|5|5|10|10|3|7", window(&w, true, sum), "running sum, peers together");
	is_str("1|2|3|4|5|1|2", window(&w, true, item(fn("row_number", 0), 0, OID_INT8)), "row_number");
	is_str("1|2|2|4|5|1|2", window(&w, true, item(fn("rank", 0), 0, OID_INT8)), "rank");
	is_str("1|2|2|3|4|1|2", window(&w, true, item(fn("dense_rank", 0), 0, OID_INT8)), "dense_rank");
	w.mode = FRAME_ROWS;
	w.start = BOUND_PRECEDING;
	w.start_offset = big(1);
	is_str("1|3|4|7|5|3|7", window(&w, true, sum), "rows 1 preceding");
	w.end = BOUND_FOLLOWING;
	w.end_offset = big(1);
	is_str("2|3|3|3|2|2|2", window(&w, true, count), "rows 1 preceding to 1 following");
	is_str("2|2|5|5|5|4|4", window(&w, true, max), "max over a moving frame");
	w.exclude = EXCLUDE_CURRENT;
	is_str("2|3|7|2|5|4|3", window(&w, true, sum), "exclude current row");
	w.exclude = EXCLUDE_GROUP;
	is_str("2|1|5|2|5|4|3", window(&w, true, sum), "exclude group");
	w.exclude = EXCLUDE_TIES;
	is_str("3|3|7|7|5|7|7", window(&w, true, sum), "exclude ties");
	w.exclude = EXCLUDE_NONE;
	w.mode = FRAME_GROUPS;
	is_str("5|10|10|9|5|7|7", window(&w, true, sum), "groups 1 preceding to 1 following");
	w.mode = FRAME_ROWS;
	w.start_offset = big(-1);
	is_str("22013 frame starting offset must not be negative", window(&w, true, sum), "negative offset");
	w.start_offset = lit(OID_INT8, NULL);
	is_str("22004 frame starting offset must not be null", window(&w, true, sum), "null offset");
	w = (struct window) { .mode = FRAME_ROWS, .start = BOUND_CURRENT, .end = BOUND_UNBOUNDED_FOLLOWING };
	is_str("17|16|14|12|7|7|4", window(&w, false, sum), "no partition: to the end");
	return tap_done();
}
