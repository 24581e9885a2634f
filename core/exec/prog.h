/* prog.h - expressions compiled once per execution, run over batches.
 *
 * A program is a flat list of instructions over registers; a register is a vector.  The rows
 * to compute are the current selection: AND, OR, CASE and COALESCE narrow it, so that no row
 * is evaluated in a branch it does not take.  What depends on constants and parameters alone is
 * computed at its first use, once.
 *
 * Owner     x->arena; results live until the program runs again, what they point to as long
 *           as the arena given to that run.
 * Thread    one at a time.  Failure: any SQL error.
 * Cost      about 2 ns per instruction and row with kernels, 6-10 ns with func->impl. */
#ifndef CORE_EXEC_PROG_H
#define CORE_EXEC_PROG_H

#include "core/exec/operator.h"

struct prog;
struct filter;

/* exprs[i] may not be NULL.  `rows`: the most rows a batch can have (1 for single rows). */
int  prog_compile(struct exec *x, struct expr *const *exprs, int n, int rows, struct prog **ret,
                  struct err *e) MUST_CHECK;
/* out[0..n) gets the results, valid for the rows of `in`.  in->n == 0 gives empty vectors. */
int  prog_run(struct prog *p, const struct batch *in, struct arena *batch, struct vec *out,
              struct err *e) MUST_CHECK;
/* For expressions without slots: one row. */
int  prog_value(struct prog *p, struct arena *batch, union datum *ret, bool *ret_null,
                struct err *e) MUST_CHECK;
/* Is output i a column of the input as it stands?  Its slot, or -1. */
int  prog_slot(const struct prog *p, int i);

/* A condition: keeps the rows for which it is true.  x NULL: a NULL filter, that keeps all. */
int  filter_compile(struct exec *x, struct expr *cond, int rows, struct filter **ret,
                    struct err *e) MUST_CHECK;
/* *ret_sel is the filter's own and valid until it runs again (NULL: all rows of a dense batch). */
int  filter_run(struct filter *f, const struct batch *in, struct arena *batch,
                const uint16_t **ret_sel, int *ret_n, struct err *e) MUST_CHECK;

/* One expression without slots, at once: bounds, limits, percentages. */
int  eval_now(struct exec *x, struct expr *expr, struct arena *a, union datum *ret, bool *ret_null,
              struct err *e) MUST_CHECK;

#endif
