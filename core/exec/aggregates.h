/* aggregates.h - the calls of an Aggregate (or Window): arguments, FILTER, DISTINCT, ORDER BY.
 *
 * For a batch, aggs_batch() finds the rows that count for each call and their arguments.  They
 * are stepped into a state at once, or, for DISTINCT and ORDER BY, given to a sorter under the
 * number of their group and stepped when the input has ended (aggs_flush).
 *
 * Owner     aggs_open() .. aggs_close(); states on the group's memory, aggs_state_size() bytes.
 * Thread    one at a time.  Failure: the functions' errors, spilling. */
#ifndef CORE_EXEC_AGGREGATES_H
#define CORE_EXEC_AGGREGATES_H

#include "core/exec/distinct_set.h"
#include "core/exec/keys.h"
#include "core/exec/prog.h"
#include "core/exec/sorter.h"

struct agg_fn {
	const struct agg_item *item;
	const struct agg *agg;
	struct agg_call call;
	size_t state_at;                /* in the states of a group */
	size_t direct_at;               /* ordered sets: direct arguments, then null flags */
	struct filter *filter;
	struct prog *prog;              /* arguments, then order keys, then direct ones */
	struct vec *cols;               /* of this batch */
	const uint16_t *sel;            /* its rows that count */
	int   n, pos;
	bool  collected;                /* DISTINCT, ORDER BY, ordered sets: through the sorter */
	struct sorter sorter;
	struct vec *sort_cols, *sort_keys;
	int  *key_args;                 /* sort key -> argument, or nargs + order key */
	int   nkeys;
	struct key_type *arg_keys;
	/* DISTINCT where the order is of no consequence: values seen, by group; what finds no room
	 * any more goes to the sorter. */
	bool  hashed;
	struct distinct_set seen;
	bool  full;
};

struct aggs {
	struct exec *x;
	int   n;
	struct agg_fn *fns;
	size_t state_size;
	bool  any_collected;
	struct vec group_number;        /* a constant column for the sorters */
};

int  aggs_open(struct aggs *a, struct exec *x, const struct agg_item *items, int n,
               struct err *e) MUST_CHECK;
void aggs_close(struct aggs *a);
void aggs_set_arena(struct aggs *a, struct arena *groups);
int  aggs_batch(struct aggs *a, const struct batch *in, struct arena *batch,
                struct err *e) MUST_CHECK;
/* Zeroed states; the direct arguments come from row `row` of the batch (-1: there is none). */
void aggs_init_states(struct aggs *a, char *states, struct arena *groups, int row);
/* Rows sel[0..n) into one state. */
int  agg_step_run(struct agg_fn *f, char *states, const uint16_t *sel, int n,
                  struct err *e) MUST_CHECK;
/* One row. */
int  agg_step_row(struct agg_fn *f, void *state, int row, struct err *e) MUST_CHECK;
/* One row of group `number`, for later: to the sorter (or at once, when it is new to a set). */
int  agg_collect(struct aggs *a, struct agg_fn *f, int64_t number, char *states, int row,
                 struct err *e) MUST_CHECK;
/* Forget what was collected. */
void aggs_clear(struct aggs *a);
/* Step what the sorters have; states_of finds a group by its number. */
int  aggs_flush(struct aggs *a, char *(*states_of)(void *arg, int64_t number), void *arg,
                struct err *e) MUST_CHECK;
/* The value; results are made on `batch`. */
int  agg_final(struct aggs *a, struct agg_fn *f, char *states, struct arena *batch,
               union datum *ret, bool *ret_null, struct err *e) MUST_CHECK;

#endif
