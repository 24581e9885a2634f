/* sorter.h - sorting rows by normalised keys, in memory or in runs on disk.
 *
 * A row's keys become one byte string whose memcmp order is the order wanted (a marker for
 * null, the type's key encoding, complemented for DESC); its first eight bytes travel with the
 * row's address and decide most comparisons.  One key of an integer or float type is kept as
 * those eight bytes alone.  Types without an encoding are compared by value.
 *
 * With `top` only the first so many rows (of each ordinal, in a dependent plan) are kept: the
 * rest is dropped as soon as enough are there, most rows without being copied.  Equal rows
 * keep the order they came in.
 *
 * Owner     sorter_init() .. sorter_done().  Thread: one at a time.
 * Failure   spilling.  Cost: 5-10 M rows/s for an integer key. */
#ifndef CORE_EXEC_SORTER_H
#define CORE_EXEC_SORTER_H

#include "core/exec/rows.h"

struct sort_entry { uint64_t prefix; struct row *row; };

struct sort_col {
	const struct type *type;
	bool desc, nulls_first;
};

struct sort_run;

struct sorter {
	struct exec *x;
	struct row_shape shape;         /* given back; then the keys, when compared by value */
	int   ncols;                    /* given back */
	int   nkeys;
	const struct sort_col *keys;
	bool  by_word;                  /* one integer or float key */
	bool  by_value;                 /* a key has no encoding */
	size_t limit;                   /* of memory; 0: never spill */
	int64_t top;                    /* -1: all */
	bool  per_ordinal;              /* top is per value of column 0 (0..1023) */

	struct arena arenas[2];         /* rows; the other one serves when rows are dropped */
	int   arena;
	struct arena merge_arena;
	struct sort_entry *e, *tmp;
	size_t n, cap, tmp_cap;
	struct strbuf key;
	struct vec *all;                /* columns and keys, when compared by value */
	bool  has_cut[BATCH_ROWS];      /* per ordinal: enough rows are there, the last is: */
	struct sort_entry cut[BATCH_ROWS];

	struct sort_run *runs;
	int64_t *counts;                /* per ordinal: rows given from runs */
	int   nruns;
	size_t at;                      /* handed out */
	bool  finished;
	uint64_t spilled;
};

void sorter_init(struct sorter *s, struct exec *x, int ncols, const struct type *const *types,
                 int nkeys,
                 const struct sort_col *keys, size_t limit);
void sorter_top(struct sorter *s, int64_t top, bool per_ordinal);
void sorter_clear(struct sorter *s);
void sorter_done(struct sorter *s);
int  sorter_add(struct sorter *s, const struct vec *cols, const struct vec *keys, int row,
                struct err *e) MUST_CHECK;
int  sorter_finish(struct sorter *s, struct err *e) MUST_CHECK;
/* Up to max rows in order; 0: the end.  They live until the next call. */
int  sorter_next(struct sorter *s, const struct row **rows, int max, int *ret_n,
                 struct err *e) MUST_CHECK;

/* -- inside (sorter.c, sorter_runs.c) --------------------------------------------------------- */
/* Before each row: its key bytes lie in front of this head. */
struct sort_head { uint32_t keylen; uint32_t null; };

static inline struct sort_head *
sort_head(const struct row *r)
{
	return (struct sort_head *) r - 1;
}

static inline const uint8_t *
sort_key_bytes(const struct row *r)
{
	return (const uint8_t *) sort_head(r) - ((sort_head(r)->keylen + 7) & ~7u);
}

int  sort_compare(const struct sorter *s, const struct sort_entry *a, const struct sort_entry *b);
void sort_entries(struct sorter *s);
struct row *sort_row_move(const struct sorter *s, struct arena *to, const struct row *r);
int  sort_run_write(struct sorter *s, struct err *e) MUST_CHECK;
int  sort_runs_begin(struct sorter *s, struct err *e) MUST_CHECK;
int  sort_runs_next(struct sorter *s, const struct row **rows, int max, int *ret_n,
                    struct err *e) MUST_CHECK;
void sort_runs_close(struct sorter *s);

#endif
