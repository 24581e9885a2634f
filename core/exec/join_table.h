/* join_table.h - the build side of a hash join: rows in memory behind a directory of hashes.
 *
 * A directory word holds the address of the first row of its chain and, in the upper 16 bits,
 * a filter of the hashes in the chain: most keys without a partner are turned away without
 * touching a row.
 *
 * Owner     join_table_init() .. join_table_done().  Thread: one at a time.
 * Failure   none of its own; arena_check() the arena.
 * Cost      a row: 24 bytes, its columns, 8-16 bytes of directory. */
#ifndef CORE_EXEC_JOIN_TABLE_H
#define CORE_EXEC_JOIN_TABLE_H

#include "core/exec/keys.h"
#include "core/exec/rows.h"

/* Before each row. */
struct join_head {
	struct join_head *next;
	uint64_t hash;
	uint64_t matched;               /* RIGHT, FULL: has had a partner */
};
static inline struct row *join_row(struct join_head *h) { return (struct row *) (h + 1); }

struct join_table {
	struct row_shape shape;         /* inner's columns, then keys that are no plain columns */
	int   nkeys;
	const int *key_cols;            /* of a row, per key */
	const struct key_type *key_types;
	const bool *null_equal;         /* NULL: none */
	struct arena arena;
	struct join_head *all;          /* every row, newest first, until the directory is made */
	struct join_head *nulls;        /* rows with a null key: never found by a probe */
	size_t n, nnulls;
	uint64_t *dir;
	int   shift;
};

void join_table_done(struct join_table *t);
void join_table_clear(struct join_table *t);
/* Keep one row; has_null: one of its keys is null (and nulls are not equal there). */
struct join_head *join_table_add(struct join_table *t, uint64_t hash, bool has_null,
                                 const struct vec *cols, int row);
void join_table_link(struct join_table *t, struct join_head *h, uint64_t hash, bool has_null);
bool join_table_row_has_null(const struct join_table *t, const struct row *r);
/* All rows are in: make the directory. */
void join_table_ready(struct join_table *t);

/* The first row of the chain that may hold this hash, or NULL. */
static inline struct join_head *
join_table_find(const struct join_table *t, uint64_t hash)
{
	const uint64_t word = t->dir[hash >> t->shift];

	if ((word >> 48 & UINT64_C(1) << (hash & 15)) == 0)
		return NULL;
	return (struct join_head *) (uintptr_t) (word & UINT64_C(0xffffffffffff));
}

bool join_table_equal_slow(const struct join_table *t, const struct join_head *h,
                           const struct vec *keys, int row);

static inline bool
join_table_equal(const struct join_table *t, const struct join_head *h, uint64_t hash,
                 const struct vec *keys, int row)
{
	const struct row *r = (const struct row *) (h + 1);

	if (h->hash != hash)
		return false;
	if (t->nkeys == 1 && t->key_types[0].class == KEY_INT && t->null_equal == NULL)
		return r->v[t->key_cols[0]].i == vec_at(keys, row).i;
	return join_table_equal_slow(t, h, keys, row);
}

#endif
