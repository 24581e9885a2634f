/* sublink.h - the value of a sub-query for one enclosing row, by kind.
 *
 * Nest and Init collect the rows that belong to an enclosing row and ask for the value; only
 * the meaning of each kind (EXISTS, ANY, ARRAY ...) is here.
 *
 * Owner     results on the arena given.  Thread: one at a time.
 * Failure   21000 when a scalar sub-query gives several rows; the test operators' errors. */
#ifndef CORE_EXEC_SUBLINK_H
#define CORE_EXEC_SUBLINK_H

#include "core/exec/prog.h"
#include "core/exec/rows.h"

struct sublink_eval {
	enum sublink_kind kind;
	const struct type *type;        /* of the value */
	const struct row_shape *shape;  /* of the rows */
	const struct type *const *col_types;
	enum row_cmp cmp;
	int   ntests;
	struct prog *tests;             /* over the enclosing rows */
	struct vec *test_cols;
	struct call **ops, **eqs;       /* eqs: for the orders, is the column equal? */
};

/* `shape` and `col_types` are those of the sub-query's columns, without an ordinal. */
int  sublink_init(struct sublink_eval *s, struct exec *x, enum sublink_kind kind,
                  const struct type *type,
                  const struct row_shape *shape, const struct type *const *col_types, int ntests,
                  struct expr *const *tests,
                  const struct func *const *ops, enum row_cmp cmp, struct err *e) MUST_CHECK;
/* The tests' left sides for a batch of enclosing rows. */
int  sublink_tests(struct sublink_eval *s, const struct batch *in, struct arena *a,
                   struct err *e) MUST_CHECK;
/* The value for enclosing row `row`, from its rows in order. */
int  sublink_value(struct sublink_eval *s, struct exec *x, int row, const struct row *const *rows,
                   size_t n, struct arena *a,
                   union datum *ret, bool *ret_null, struct err *e) MUST_CHECK;

#endif
