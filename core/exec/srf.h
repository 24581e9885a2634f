/* srf.h - set-returning calls for a batch of rows, several in lockstep.
 *
 * For every input row the calls run side by side; where one has fewer rows than the longest,
 * its columns are null.  What they give is kept, each row with the number of its input row
 * before it and, if wanted, its own number after it.
 *
 * Owner     srf_open() .. srf_close().  Thread: one at a time.
 * Failure   the functions' errors, spilling. */
#ifndef CORE_EXEC_SRF_H
#define CORE_EXEC_SRF_H

#include "core/exec/prog_int.h"
#include "core/exec/rows.h"

struct srf_call {
	struct prog *args;              /* NULL: `value` is a plain expression */
	struct prog *value;
	struct call *call;
	const struct type *type;
	const struct type *const *types; /* of the columns */
	int   nargs, ncols;
	struct vec *cols;               /* arguments (or the value) of the batch */
	bool  expand;                   /* the value is a record that gives the columns */
	const struct type **pack;       /* types of the OUT columns, which become one record; or NULL */
};

struct srf_set {
	struct exec *x;
	int   n, ncols;                 /* ncols: of all calls, with the ordinality */
	bool  ordinality;
	struct srf_call *calls;
	struct rowset rows;             /* input row, columns */
	struct rowset_reader reader;
	/* Several calls for one input row: their rows before they are put side by side. */
	struct arena scratch;
};

/* exprs[i] gives ncols[i] columns of these types (all in one list). */
int  srf_open(struct srf_set *s, struct exec *x, struct expr *const *exprs, int n, const int *ncols,
              const struct type *const *types, bool ordinality, struct err *e) MUST_CHECK;
void srf_close(struct srf_set *s);
/* Run for all rows of `in` (NULL: once, without input); forgets what was kept. */
int  srf_run(struct srf_set *s, const struct batch *in, struct arena *batch,
             struct err *e) MUST_CHECK;
/* The next rows: the input row of each and the columns, on `batch`; 0: no more. */
int  srf_read(struct srf_set *s, struct arena *batch, uint16_t *ret_rows, struct vec *cols,
              int *ret_n, struct err *e) MUST_CHECK;

#endif
