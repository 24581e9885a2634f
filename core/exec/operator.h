/* operator.h - what every operator shares: the running node, its class, the execution.
 *
 * An operator is a table entry (struct op_class); exec.c knows nothing else about it.  open()
 * is called once, compiles expressions and opens the inputs; next() hands up one batch that
 * lives until the next call; rescan() starts again, which operators below a Nest or a
 * recursive query do once per round.
 *
 * Who needs few rows says so (op_next_some): what has no side effects may ignore it and give a
 * batch, but a volatile expression is evaluated for no more rows at a time than are wanted
 * (piece.c).  An operator that gives at most one row per input row passes the number down.
 *
 * Owner     exec_open() makes the tree, exec_close() ends it.  State that lives as long as the
 *           execution is on x->arena, what one batch points to on op->arena (reset before
 *           each next), anything between on arenas of the operator's own.
 * Thread    one at a time.
 * Failure   any SQL error; afterwards only close() is called.
 * Cost      one indirect call per batch. */
#ifndef CORE_EXEC_OPERATOR_H
#define CORE_EXEC_OPERATOR_H

#include "core/exec/exec.h"

struct op;

struct op_class {
	const char *name;
	enum plan_kind plan_kind;
	size_t state_size;              /* zeroed before open */
	int  (*open)(struct op *op, struct err *e);
	/* *ret is NULL at the end (and stays so until rescan); never a batch of no rows. */
	int  (*next)(struct op *op, const struct batch **ret, struct err *e);
	int  (*rescan)(struct op *op, struct err *e);
	void (*close)(struct op *op);   /* may be NULL; also after a failed open */
};

struct op {
	const struct op_class *class;
	const struct plan *plan;
	struct exec *x;
	struct op   *child, *inner;
	void        *state;
	struct arena arena;             /* of the current batch */
	struct batch out;               /* for the operator's use */
	bool varies_outer;              /* rows depend on the batch of an enclosing Nest */
	bool varies_round;              /* ... on the round of an enclosing recursive query */
	bool done;                      /* for the operator's use: the end was reached */
	bool asked;                     /* for a row since it was opened or begun again: when counting */
	int  want;                      /* rows that are needed of this call of next */
	const struct err *held;         /* comes after the batch that was given; NULL: none */
	struct err *held_room;          /* on x->arena, from the first time on */
};

static inline bool op_varies(const struct op *op) { return op->varies_outer || op->varies_round; }

/* The batch of enclosing rows that a Nest hands to the PLAN_OUTER leaves of its inner plan:
 * column 0 is the row number in the batch. */
struct outer_rows { const struct batch *batch; };

/* The rows of the previous round of a recursive query. */
struct rowset;
struct work_table {
	int id;
	const struct rowset *rows;
	struct work_table *up;          /* the enclosing recursion being opened */
};

struct cte_run;
struct init_run;
struct fixed_row;

struct exec {
	const struct plan_stmt *plan;
	struct exec_env env;            /* env.type.arena is set by whoever evaluates */
	struct exec_params params;
	struct write_unit *unit;
	const struct plan_env *planner;
	struct row_source *copy;
	struct arena arena;             /* this execution */
	struct op *root;
	struct plan_counts *counts;     /* NULL: not counting */
	uint64_t affected;

	/* While operators are opened. */
	struct outer_rows *outer;       /* of the Nest whose inner plan is being opened */
	struct work_table *work;        /* of the recursive query being opened */
	int    volatile_calls;          /* compiled so far ... */
	int    ordered_calls;           /* ... of which one shows what others did before it */
	const struct fixed_row *fixed;  /* see again.h */
	int    nfixed;
	bool   in_cte;                  /* what is written is not the statement's own count */

	struct outer_rows top_outer;    /* of exec_options.outer */
	struct cte_run **ctes;
	struct init_run *inits;
	struct budget_run *budgets;
	size_t memory;                  /* held by operators that spill: rough */
};

/* -- exec.c ----------------------------------------------------------------------------------- */
int  op_open(struct exec *x, const struct plan *plan, struct op **ret, struct err *e) MUST_CHECK;
int  op_next_some(struct op *op, int want, const struct batch **ret, struct err *e) MUST_CHECK;
static inline int MUST_CHECK
op_next(struct op *op, const struct batch **ret, struct err *e)
{
	return op_next_some(op, BATCH_ROWS, ret, e);
}
int  op_rescan(struct op *op, struct err *e) MUST_CHECK;
void op_close(struct op **op);
/* Opens plan->child and, when there is one, plan->inner. */
int  op_open_inputs(struct op *op, struct err *e) MUST_CHECK;
int  op_rescan_child(struct op *op, struct err *e) MUST_CHECK;
/* run() over `in` failed with *e: run it over as many of the first rows as do not fail, and let the error
 * follow at the next call (held.c).  run() sets op->out; `pure`: it may be run again. */
typedef int op_piece_fn(struct op *op, const struct batch *piece, struct err *e);
int  op_before_error(struct op *op, const struct batch *in, bool pure, op_piece_fn *run, struct err *e) MUST_CHECK;
/* A batch handed on in pieces (piece.c). */
struct piece { const struct batch *in; int at; uint16_t *sel; struct batch out; };
/* The next rows of the child's, `most` of them; *ret is NULL at the end. */
int  op_next_piece(struct op *child, struct piece *p, int most, const struct batch **ret,
                   struct err *e) MUST_CHECK;
/* The next rows of the batch p->in; NULL: no more. */
const struct batch *piece_next(struct piece *p, struct exec *x, int most);
/* 57014 or 57P01 when the statement must stop. */
int  exec_check(struct exec *x, struct err *e) MUST_CHECK;
/* 55000 for a materialized view without rows yet. */
int  exec_may_scan(const struct relation *rel, struct err *e) MUST_CHECK;
const struct op_class *op_class_of(enum plan_kind kind);
static inline struct plan_counts *
op_counts(struct op *op)
{
	return op->x->counts != NULL ? &op->x->counts[op->plan->id] : NULL;
}

struct store *exec_store(struct exec *x);
/* How much an operator may hold before it spills. */
static inline size_t
exec_work_mem(const struct exec *x)
{
	return x->env.work_mem != 0 ? x->env.work_mem : (size_t) 4 << 20;
}

/* -- vectors ---------------------------------------------------------------------------------- */
/* Room for `rows` values and null flags. */
struct vec vec_new(struct arena *a, int rows);
/* op->out with ncols columns of the plan, room for a batch each, on x->arena. */
void op_out_init(struct op *op);
/* dst[i] = src[rows[i]]: the null flags go to `nulls` when there are any. */
void vec_gather(const struct vec *src, const uint16_t *rows, int n, union datum *v, uint8_t *nulls,
                struct vec *dst);

/* -- ctes (op_cte.c) -------------------------------------------------------------------------- */
int  ctes_open(struct exec *x, struct err *e) MUST_CHECK;
/* Writing queries in WITH run to their end, read or not. */
int  ctes_finish(struct exec *x, struct err *e) MUST_CHECK;
void ctes_close(struct exec *x);

/* -- init plans (init.c) ---------------------------------------------------------------------- */
void inits_init(struct exec *x);
int  inits_open(struct exec *x, struct err *e) MUST_CHECK;
/* The value of EXPR_INIT `i`: computed when first asked for, lives as long as the execution. */
int  init_value(struct exec *x, int i, union datum *ret, bool *ret_null, struct err *e) MUST_CHECK;
void inits_close(struct exec *x);

#endif
