/* join.h - what all joins share: candidate pairs, the rest of ON, batches of the result.
 *
 * A join finds candidate pairs (row of the left batch, kept row of the right side) in the
 * order of the left rows and collects up to a batch of them.  For LEFT and ANTI it adds, after
 * the last candidate of a left row, a pair without a right row: it counts when no candidate
 * before it has passed the filter.  So the result keeps the order of the left side.
 *
 * Owner     x->arena for the shape, op->arena for a batch.  Thread: one at a time.
 * Failure   the filter's errors. */
#ifndef CORE_EXEC_JOIN_H
#define CORE_EXEC_JOIN_H

#include "core/exec/prog.h"
#include "core/exec/rows.h"

struct pairs {
	int n;
	uint16_t left[BATCH_ROWS];
	const struct row *right[BATCH_ROWS];    /* NULL: the pair of an unmatched left row */
};

struct join_out {
	enum join_type type;
	int nleft, nright;              /* columns of each side */
	struct row_shape right;         /* of the kept rows: the columns that are shown */
	struct filter *filter;          /* over left then right; NULL: none */
	size_t mark;                    /* RIGHT, FULL: so far before a right row is its flag */
	struct vec *cols, *bufs;        /* nleft + nright; bufs have room for so many rows: */
	int room;
	struct arena *arena;            /* ... there */
	uint8_t matched[BATCH_ROWS];    /* left rows that have passed, of this batch */
	uint16_t sel[BATCH_ROWS];
};

int  join_out_init(struct join_out *j, struct exec *x, enum join_type type, int nleft,
                   const struct row_shape *right,
                   struct expr *filter, struct err *e) MUST_CHECK;
/* A new left batch. */
static inline void join_out_left(struct join_out *j) { memset(j->matched, 0, sizeof j->matched); }
/* Once a left row has a match, are more candidates of no use? */
static inline bool
join_first_only(const struct join_out *j)
{
	return j->type == JOIN_SEMI || j->type == JOIN_ANTI;
}

static inline bool
join_keeps_left(const struct join_out *j)
{
	return j->type == JOIN_LEFT || j->type == JOIN_FULL || j->type == JOIN_ANTI;
}

static inline void
pairs_add(struct pairs *p, int left, const struct row *right)
{
	p->left[p->n] = (uint16_t) left;
	p->right[p->n++] = right;
}

/* The rows of the result that these pairs make; ret->n may be 0. */
int  join_out_pairs(struct join_out *j, const struct batch *left, const struct pairs *p,
                    struct arena *a,
                    struct batch *ret, struct err *e) MUST_CHECK;
/* Right rows without a partner: nulls on the left. */
void join_out_right(struct join_out *j, const struct row *const *rows, int n, struct batch *ret);

#endif
