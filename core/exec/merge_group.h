/* merge_group.h - the right rows of a merge join that have the key in hand.
 *
 * They are kept for as long as left rows with this key come: in memory up to a limit, the rest
 * in a rowset, which goes to disk.  A group that has ended may still have pairs that point to
 * it, and rows that found no partner, so there are two arenas: what is new goes to the one that
 * does not hold the group in hand, and merge_group_round() empties it once all is handed up.
 *
 * Owner     merge_group_init() .. merge_group_done().  Thread: one at a time.
 * Failure   spilling: as rows.h.
 * Cost      a copy of each row that has a partner. */
#ifndef CORE_EXEC_MERGE_GROUP_H
#define CORE_EXEC_MERGE_GROUP_H

#include "core/exec/rows.h"

/* Before each row: has it had a partner? */
enum { MERGE_MARK = 8 };

struct merge_group {
	struct row_shape shape;
	size_t limit;                   /* bytes in memory; 0: none */
	struct arena arenas[2];
	int    fresh;                   /* the arena of what is new */
	int    home;                    /* the arena of the group in hand */
	bool   open;                    /* there is one */
	const struct row **rows;        /* those in memory */
	size_t n, cap, bytes;

	struct rowset more;             /* the others */
	bool   marking;                 /* keep in mind which of them had a partner: */
	uint8_t *marks;
	size_t marks_cap;

	/* Reading for one left row. */
	size_t at;
	struct rowset_reader reader;
	struct arena block_arena;
	const struct row *block[BATCH_ROWS];
	int    nblock, block_at;
	size_t block_first;             /* in `more` */
};

void merge_group_init(struct merge_group *g, struct exec *x, int ncols, const struct type *const *types,
                      bool marking);
void merge_group_done(struct merge_group *g);

/* Nothing points to ended groups and lone rows any more. */
void merge_group_round(struct merge_group *g);
/* A row that is not of the group: it lives until the next round. */
const struct row *merge_group_lone(struct merge_group *g, const struct vec *cols, int row);
/* A group of no rows yet; merge_group_add() them, the first of all the one that stands for the key. */
void merge_group_begin(struct merge_group *g);
int  merge_group_add(struct merge_group *g, const struct vec *cols, int row, struct err *e) MUST_CHECK;
/* All rows are in. */
int  merge_group_ready(struct merge_group *g, struct err *e) MUST_CHECK;
void merge_group_end(struct merge_group *g);
static inline const struct row *merge_group_key(const struct merge_group *g) { return g->rows[0]; }
static inline bool merge_group_large(const struct merge_group *g) { return g->more.total != 0; }

/* Read from the first row on.  Pairs with rows of a large group must have been handed up. */
void merge_group_rewind(struct merge_group *g);
/* The next row; NULL: no more or, while `pairs` point to the block in hand, not now. */
int  merge_group_next(struct merge_group *g, bool pairs, const struct row **ret, struct err *e) MUST_CHECK;
bool merge_group_ended(const struct merge_group *g);
/* The pairs with rows of the block in hand have been decided. */
void merge_group_note(struct merge_group *g);
/* Those in `more` that had no partner, after merge_group_rewind(): up to a batch; 0: no more. */
int  merge_group_unmatched(struct merge_group *g, const struct row **rows, int *ret_n, struct err *e) MUST_CHECK;

#endif
