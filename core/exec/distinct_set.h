/* distinct_set.h - whole rows seen so far, by hash: DISTINCT, UNION, INTERSECT, EXCEPT.
 *
 * Owner     distinct_set_init() .. distinct_set_done().  Thread: one at a time.
 * Failure   none of its own: check the arena. */
#ifndef CORE_EXEC_DISTINCT_SET_H
#define CORE_EXEC_DISTINCT_SET_H

#include "core/exec/keys.h"
#include "core/exec/rows.h"

struct distinct_row {
	uint64_t hash;
	int64_t  count[2];              /* for set operations: how often on each side */
	/* the row follows */
};
static inline struct row *distinct_row(struct distinct_row *d) { return (struct row *) (d + 1); }

struct distinct_set {
	struct row_shape shape;
	const struct key_type *types;
	struct arena arena;
	struct distinct_row **rows;     /* in the order they came */
	size_t n, cap;
	uint32_t *slots, *tags;
	size_t mask;
};

void distinct_set_init(struct distinct_set *s, struct arena *a, int ncols,
                       const struct type *const *types);
void distinct_set_done(struct distinct_set *s);
void distinct_set_clear(struct distinct_set *s);
size_t distinct_set_bytes(const struct distinct_set *s);
/* The entry of a row (NULLs are equal); made when it is new and `add`; *ret_new tells. */
struct distinct_row *distinct_set_find(struct distinct_set *s, const struct vec *cols,
                                       uint64_t hash, int row, bool add, bool *ret_new);

#endif
