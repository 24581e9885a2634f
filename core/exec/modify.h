/* modify.h - the parts of a Modify: making new rows, writing them, rows that need care.
 *
 *   op_modify.c        the operator: batches in, RETURNING out
 *   modify_route.c     which table takes a row
 *   modify_leaf.c      a table that takes rows
 *   modify_rows.c      new rows of a batch: generated columns, checks, what indexes need
 *   modify_write.c     one row at a time into the table: locks, rows changed meanwhile, conflicts
 *   modify_merge.c     MERGE: which action for which row
 *   modify_action.c    referential actions as plans of their own
 *
 * Owner: the operator.  Thread: one.  Failure: 23xxx, 21000, 40001, 44000, the expressions'. */
#ifndef CORE_EXEC_MODIFY_H
#define CORE_EXEC_MODIFY_H

#include "core/access/write.h"
#include "core/exec/again.h"
#include "core/exec/operator.h"
#include "core/exec/prog.h"

/* What is evaluated over one kind of row.  A program's results live until it runs again, so old
 * rows, new rows and rows that are handled alone have programs of their own. */
struct row_rules {
	struct prog *generated;         /* the generated columns, in the order of gen_cols */
	int   ngenerated, *gen_cols;
	struct prog *checks;            /* all of them */
	struct vec *check_cols;
	struct prog *write_checks;
	struct vec *write_check_cols;
	struct prog **index_exprs;      /* per index or NULL */
	struct filter **index_where;
};

/* Rows of the table as columns, and what goes with them. */
struct row_cols {
	struct row_rules rules;
	struct vec *cols;               /* by attnum - 1 */
	/* Per index: its computed columns and, when partial, which rows it has. */
	struct vec **index_cols;        /* [index][column]; NULL: nothing computed */
	uint8_t **index_has;            /* [index][row]; NULL: all */
};

/* One of the things that the statement may do to a row; MERGE has several. */
struct modify_action {
	const struct plan_action *p;
	struct prog *sets, *sets1;      /* new values; of a row handled alone */
	struct filter *when, *when1;
	struct vec *set_cols;
};

struct modify;

/* A table that rows are written to (plan_leaf): opened when the first row is for it.  Columns of
 * its rows are by its own numbers; those of the statement's target are brought there and back. */
struct leaf {
	struct modify *m;
	const struct plan_leaf *p;
	const struct relation *rel;
	int   ncols;                    /* rel->ncols */
	const int16_t *map;             /* the target's columns here; NULL: the same */
	struct table_writer *writer;
	enum lock_mode lock;            /* UPDATE, DELETE */
	bool  any_index;                /* some index computes something */
	struct row_cols old, new;
	bool  have_single;              /* old1, new1: made when the first row needs them */
	struct row_cols old1, new1;     /* a row handled alone */

	/* One row at a time. */
	union datum *values, *old_values;
	bool  *nulls, *old_nulls;
	struct index_input *inputs, *old_inputs;
	union datum *input_values, *old_input_values;   /* INDEX_COLS_MAX per index */
	bool  *input_nulls, *old_input_nulls;
	struct vec *one_cols;           /* of a single row: existing, then excluded */
	union datum *one_values;
	uint8_t *one_nulls;

	/* ON CONFLICT. */
	struct prog *conflict_sets;
	struct vec *conflict_set_cols;
	struct filter *conflict_where;
};

struct modify {
	struct op *op;
	const struct plan_modify *p;
	const struct relation *rel;     /* the target */
	int   ncols;                    /* rel->ncols */
	int   nleaves;
	struct leaf **leaves;           /* in the order of the route's; NULL: not met yet */
	struct leaf *leaf;              /* that is being written to */
	struct prog **keys;             /* per node of the route */
	struct vec *made, *made1;       /* new rows in the target's columns; a row handled alone */
	int   to[BATCH_ROWS];           /* their leaves */
	struct modify_action *actions;
	const struct modify_action *act;        /* what is being done */
	bool  have_single;              /* of the actions */
	struct filter *recheck;
	struct again again;             /* instead, when the plan says so */
	bool  counted;                  /* rows count for the command tag */

	/* RETURNING. */
	struct prog *returning;
	struct vec *ret_cols;           /* new (DELETE: old) row, the child's columns */
	struct vec *ret_bufs;
	int   nwritten_cols;            /* of ret_cols: the row, and its system columns if asked for */
	struct strbuf written_key;      /* of the row just written, when those are asked for */
	bool  met;                      /* it is one that ON CONFLICT found: its xmax is not 0 */
	int   nchild;
	uint16_t written[BATCH_ROWS];
	int   nwritten;

	struct row_now now;             /* the row being locked */
	struct strbuf image2, key;

	/* ON CONFLICT. */
	struct write_conflict conflict;
	struct outer_rows meeting;      /* what op->inner reads: a row in the way and the excluded one */
	struct batch meeting_row;
};

/* modify_leaf.c */
int  leaf_at(struct modify *m, int i, struct leaf **ret, struct err *e) MUST_CHECK;
int  leaf_single_open(struct leaf *l, struct err *e) MUST_CHECK;
void leaf_close(struct leaf *l);
/* The target's columns as the leaf's (those it alone has: null), and back. */
void leaf_take(const struct leaf *l, const struct vec *from, struct vec *to);
void leaf_give(const struct leaf *l, const struct vec *from, struct vec *to);

/* modify_route.c */
int  route_open(struct modify *m, struct err *e) MUST_CHECK;
/* The leaf of each of these rows, which are in the target's columns: ret[row].  23514 when there is
 * none. */
int  route_rows(struct modify *m, const struct batch *rows, struct vec *cols, struct arena *a,
                int *ret, struct err *e) MUST_CHECK;

/* modify_rows.c */
/* is_new: generated columns and checks too; rows: how many a batch can have. */
int  row_cols_open(struct leaf *l, struct row_cols *r, bool is_new, int rows,
                   struct err *e) MUST_CHECK;
int  modify_single_open(struct modify *m, struct err *e) MUST_CHECK;
/* Generated columns are computed in place; then the checks.  Rows of `in`: which and how many. */
int  row_cols_complete(struct leaf *l, struct row_cols *r, const struct batch *in,
                       struct arena *a, struct err *e) MUST_CHECK;
/* What the indexes need. */
int  row_cols_index(struct leaf *l, struct row_cols *r, const struct batch *in, struct arena *a,
                    struct err *e) MUST_CHECK;
/* One row of them, as table_insert and friends take it. */
void row_values(const struct leaf *l, const struct vec *cols, int row, union datum *values,
                bool *nulls);
const struct index_input *row_inputs(struct leaf *l, const struct row_cols *r, int row, bool old);

/* "Failing row contains ..." */
int  row_fails(struct leaf *l, const struct vec *cols, int row, struct err *e);
/* 23502 for a null that may not be. */
int  row_nulls(struct leaf *l, const struct vec *cols, int row, struct err *e) MUST_CHECK;

/* modify_rows.c: the new rows that the action `m->act` makes of these, in the target's columns:
 * `old` (NULL: none) with the SET list. */
int  modify_make(struct modify *m, struct prog *sets, const struct vec *old, const struct batch *in,
                 struct arena *a, struct vec *made, struct err *e) MUST_CHECK;

/* modify_write.c: rows of m->leaf, which m->leaf->new (and old) have at `row`. */
int  modify_insert_row(struct modify *m, struct row_cols *new, int from_row, int row,
                       struct arena *a, struct err *e) MUST_CHECK;
/* dest: where the changed row goes; NULL: it stays. */
int  modify_change_row(struct modify *m, const struct batch *in, int row, struct leaf *dest,
                       struct arena *a, struct err *e) MUST_CHECK;
/* The row counts and is returned: its columns, at `from_row` of `cols`; its key: written_key. */
void modify_written(struct modify *m, const struct vec *cols, int from_row, int row,
                    struct arena *a);
/* A row handled alone: from these columns of the target into a leaf; by the action `m->act`. */
int  modify_insert_one(struct modify *m, struct leaf *l, const struct vec *made, int from_row,
                       int row, struct arena *a, struct err *e) MUST_CHECK;
int  modify_change_one(struct modify *m, const struct batch *one, const struct bytes *key, int row,
                       struct arena *a, struct err *e) MUST_CHECK;

/* modify_merge.c: a batch of MERGE; a row that was changed, or deleted, while it was waited for:
 * `one` is a batch of it alone. */
int  modify_merge_batch(struct modify *m, const struct batch *in, struct err *e) MUST_CHECK;
int  modify_merge_again(struct modify *m, const struct batch *one, bool matched,
                        const struct bytes *key, int row, struct arena *a, struct err *e) MUST_CHECK;
/* op_modify.c: the action `m->act` on these rows. */
int  modify_act(struct modify *m, const struct batch *in, struct err *e) MUST_CHECK;

#endif
