/* rows.h - rows that outlive their batch: one piece of memory each, and lists of them.
 *
 * A row is its datums, one null flag each, then the bytes of its by-reference values; so it is
 * copied, written to a spill file and read back as a whole.  A rowset is a list of rows that
 * moves to disk in runs when it grows past its limit; readers have a position each and may
 * read while rows are still added.
 *
 * Owner     rows: the arena given.  A rowset: rowset_init() .. rowset_done().
 * Thread    one at a time.
 * Failure   spilling: 53100, 53400, 58030; without a store to spill to it stays in memory.
 * Cost      a row is 9 bytes a column and its texts. */
#ifndef CORE_EXEC_ROWS_H
#define CORE_EXEC_ROWS_H

#include "core/exec/operator.h"

/* The datums come first: a row is used as an array of them. */
struct row { union datum v[1]; };

struct spill;

struct row_shape {
	int   ncols;
	const bool *byref;
	uint32_t null_at;               /* of the flags, from the row's start */
	uint32_t fixed;                 /* where the bytes begin */
	bool  any_byref;
};

void row_shape_init(struct row_shape *s, struct arena *a, int ncols,
                    const struct type *const *types);
const struct type **plan_types(struct arena *a, const struct plan *p);  /* of p's columns */

static inline const uint8_t *
row_nulls(const struct row_shape *s, const struct row *r)
{
	return (const uint8_t *) r + s->null_at;
}

static inline bool
row_null(const struct row_shape *s, const struct row *r, int c)
{
	return row_nulls(s, r)[c] != 0;
}

size_t row_size(const struct row_shape *s, const struct vec *cols, int row);
/* Copies row `row` of the columns, after `head` bytes for the caller; the address of the row. */
struct row *row_copy(struct arena *a, const struct row_shape *s, size_t head,
                     const struct vec *cols, int row);
/* The datums alone: by-reference values stay where they are. */
struct row *row_shallow(struct arena *a, const struct row_shape *s, const struct vec *cols,
                        int row);
size_t row_bytes(const struct row_shape *s, const struct row *r);      /* of one copied or read */
/* Rows as columns: out[c].v and .null point to room for n; a NULL row is all nulls. */
void rows_gather(const struct row_shape *s, const struct row *const *rows, int n, struct vec *out);
/* The same for one column c of each row, to a place per row. */
void rows_scatter(const struct row_shape *s, const struct row *const *rows, const uint16_t *at,
                  int n, struct vec *out);

/* On disk: a length, the row with offsets for addresses. */
int  row_write(struct spill *to, const struct row_shape *s, const struct row *r,
               struct err *e) MUST_CHECK;
/* `image`: what row_write() wrote, without the length; turned into a row in place. */
struct row *row_restore(const struct row_shape *s, void *image);
/* The next row of a run that was rewound; NULL: the end. */
int  row_read(struct spill *from, const struct row_shape *s, struct arena *a, size_t head,
              struct row **ret, struct err *e) MUST_CHECK;

/* -- rowsets ---------------------------------------------------------------------------------- */
struct rowset_run;

struct rowset {
	struct exec *x;
	struct row_shape shape;
	struct arena arena;             /* of the rows in memory */
	struct row **rows;              /* those in memory */
	size_t nrows, cap;
	size_t before;                  /* rows in runs */
	size_t total;
	size_t limit;                   /* bytes in memory; 0: none */
	size_t head;                    /* zeroed bytes before each row, for who reads it */
	struct rowset_run *runs, *last;
};

void rowset_init(struct rowset *rs, struct exec *x, int ncols, const struct type *const *types,
                 size_t limit);
void rowset_done(struct rowset *rs);
void rowset_clear(struct rowset *rs);
int  rowset_add(struct rowset *rs, const struct batch *b, struct err *e) MUST_CHECK;
int  rowset_add_row(struct rowset *rs, const struct vec *cols, int row, struct err *e) MUST_CHECK;
uint64_t rowset_spilled(const struct rowset *rs);

struct rowset_reader {
	const struct rowset *rs;
	size_t at;                      /* rows read */
	const struct rowset_run *run;
	uint64_t offset;                /* in run */
	char  *buf;
	size_t buf_len;
	uint64_t buf_at;
};
struct rowset_reader rowset_reader(const struct rowset *rs);
/* Up to max rows; those from disk are on `batch`, those in memory stay the rowset's. */
int  rowset_read(struct rowset_reader *r, struct arena *batch, int max, const struct row **rows,
                 int *ret_n, struct err *e) MUST_CHECK;
void rowset_reader_done(struct rowset_reader *r);
/* The same as columns of op->out. */
int  rowset_batch(struct rowset_reader *r, struct op *op, const struct batch **ret,
                  struct err *e) MUST_CHECK;

#endif
