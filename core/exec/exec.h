/* exec.h - running a plan: open, pull batches, close.
 *
 * Owner     exec_open() .. exec_close(), within one statement (or held snapshot) of a
 *           transaction; a portal keeps it open between fetches.
 * Thread    one at a time.
 * Failure   any SQL error; after one, only exec_close().
 * Cost      operators work on batches of BATCH_ROWS rows in column vectors. */
#ifndef CORE_EXEC_EXEC_H
#define CORE_EXEC_EXEC_H

#include "core/plan/plan.h"

struct write_unit;
struct batch;
struct fk_action;

struct exec_params {
	int n;
	const union datum *values;
	const bool *nulls;
	const struct type *const *types;
};

/* Rows for PLAN_COPY_SOURCE: fill up to BATCH_ROWS rows of the COPY's columns; 0 rows: the end. */
struct row_source {
	int (*next)(struct row_source *s, struct arena *batch, struct vec *cols, int *ret_n,
	            struct err *e);
};

struct exec_options {
	struct exec_env   *env;         /* type.arena is replaced by the executor's batch arena */
	struct write_unit *unit;        /* NULL: read-only */
	const struct plan_env *planner; /* for referential actions; hooks, catalog */
	struct exec_params params;
	struct row_source *copy;
	const struct batch *outer;      /* for the plan's own PLAN_OUTER (referential actions) */
	bool  analyze;                  /* count and time each node */
};

/* Rows a node hands up.  `sel` lists the live rows (NULL: 0..n-1). */
struct batch {
	int   n;                        /* live rows */
	const uint16_t *sel;
	int   ncols;
	struct vec *cols;
};
static inline int batch_row(const struct batch *b, int i) { return b->sel != NULL ? b->sel[i] : i; }

struct exec;

int  exec_open(const struct plan_stmt *plan, const struct exec_options *o, struct exec **ret,
               struct err *e) MUST_CHECK;
/* The next batch; *ret is NULL at the end.  Valid until the next call.  No more rows than are
 * wanted are locked, or computed with volatile functions; a batch of others may have more. */
int  exec_next(struct exec *x, int64_t want, const struct batch **ret, struct err *e) MUST_CHECK;
/* Rows written so far (INSERT, UPDATE, DELETE), for the command tag. */
uint64_t exec_affected(const struct exec *x);
const struct plan_counts *exec_counts(const struct exec *x);
void exec_close(struct exec **x);

/* For unit_hooks.action: plan and run a referential action.  o: env, unit, planner. */
int  exec_fk_action(const struct exec_options *o, const struct fk_action *a,
                    struct err *e) MUST_CHECK;

/* Evaluate one expression without input (defaults, LIMIT, EXECUTE arguments). */
int  exec_eval(struct exec_env *env, const struct exec_params *params, struct expr *x,
               union datum *ret, bool *ret_null, struct err *e) MUST_CHECK;

#endif
