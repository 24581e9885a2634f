/* series.h - generate_series over integers, a batch at a time instead of row by row.
 *
 * Owner     x->arena.  Thread: one.  Failure: 22023 for a step of zero. */
#ifndef CORE_EXEC_SERIES_H
#define CORE_EXEC_SERIES_H

#include "core/exec/prog.h"

struct series {
	struct prog *args;              /* NULL: the expression is something else */
	int     nargs;
	bool    begun, done;
	int64_t next, stop, step;
};

/* Is x such a call?  Then it is compiled. */
int  series_open(struct series *s, struct exec *x, const struct expr *expr,
                 struct err *e) MUST_CHECK;
static inline bool series_is(const struct series *s) { return s->args != NULL; }
static inline void series_rescan(struct series *s) { s->begun = s->done = false; }
/* Up to BATCH_ROWS values on `batch`; 0: the end. */
int  series_next(struct series *s, struct arena *batch, struct vec *ret, int *ret_n,
                 struct err *e) MUST_CHECK;

#endif
