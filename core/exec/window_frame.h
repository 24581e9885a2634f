/* window_frame.h - one partition of a Window: its rows, peers and frames.
 *
 * Owner     the operator; rows on the partition's arena.  Thread: one.
 * Failure   22013 for a bad offset, the offset functions' errors. */
#ifndef CORE_EXEC_WINDOW_FRAME_H
#define CORE_EXEC_WINDOW_FRAME_H

#include "core/exec/prog_int.h"
#include "core/exec/rows.h"

struct frame {
	int64_t start, end;             /* [start, end), clipped to the partition */
	int64_t skip_start, skip_end;   /* EXCLUDE: rows within that are not in it ... */
	bool    skip_keeps_row;         /* ... but the current one is */
};

struct partition_rows {
	const struct plan_window *plan;
	struct row_shape shape;
	struct arena arena;
	struct row **rows;
	int64_t n, cap;
	int   order_at;                 /* first order column in a row */
	const struct type **order_types;

	/* Of the whole execution. */
	bool  have_offsets;
	union datum start_offset, end_offset;
	struct call *add, *sub;         /* RANGE offset: value + / - offset */

	/* Peers of the current row, and where the search for frames left off. */
	int64_t peer_start, peer_end;
	int64_t group;                  /* number of the current peer group */
	int64_t *group_start;           /* GROUPS: first row of each group; [ngroups] = n */
	int64_t ngroups;
};

int  partition_offsets(struct partition_rows *p, struct exec *x, struct err *e) MUST_CHECK;
int  partition_check_offsets(const struct partition_rows *p, struct exec *x, struct err *e) MUST_CHECK;
/* Before the first row: groups are found. */
void partition_begin(struct partition_rows *p);
bool partition_peers(const struct partition_rows *p, int64_t a, int64_t b);
/* Rows in order: sets the peers, then the frame. */
int  partition_frame(struct partition_rows *p, struct exec *x, int64_t row, struct frame *ret,
                     struct err *e) MUST_CHECK;

#endif
