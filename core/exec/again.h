/* again.h - the source of a row that changed while it was waited for, run for that row alone.
 *
 * Scans of a fixed range give that one row, as it is now; everything else is read as the
 * statement reads it.  What comes out is the row with all that was computed from it, or
 * nothing: then it does not qualify any more.
 *
 * Owner     the operator that locks; again_init() when it is opened.
 * Thread    one.
 * Failure   what the plan can fail with.
 * Cost      opening and running the plan: for rows that two have met at only. */
#ifndef CORE_EXEC_AGAIN_H
#define CORE_EXEC_AGAIN_H

#include "core/exec/operator.h"

/* A range of the plan that gives one row, by its row key. */
struct fixed_row {
	const struct range *range;
	const struct relation *rel;     /* that has the row: the range's, or a partition of it */
	struct strbuf key;
};

struct again {
	struct exec *x;
	const struct plan *source;
	struct outer_rows *outer;       /* what the source was opened with */
	struct work_table *work;
};

void again_init(struct again *g, struct exec *x, const struct plan *source);
/* The first row that comes out (of this ordinal, in a dependent plan): its columns, copied to
 * `a`, in ret_cols, which has room for them all. */
int  again_run(struct again *g, const struct fixed_row *fixed, int nfixed, int64_t ordinal,
               struct arena *a, struct vec *ret_cols, bool *ret_found, struct err *e) MUST_CHECK;

/* For operators that open scans: the key that the range is fixed to, or NULL. */
const struct strbuf *again_fixed(const struct exec *x, const struct range *range);

#endif
