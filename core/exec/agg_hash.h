/* agg_hash.h - groups by hash: keys and aggregate states, in the order of their first rows.
 *
 * Owner     agg_hash_init() .. agg_hash_done().  Thread: one at a time.  Failure: none of its own.
 * Cost      about 20 ns to find the group of a row that is in the cache. */
#ifndef CORE_EXEC_AGG_HASH_H
#define CORE_EXEC_AGG_HASH_H

#include "core/exec/aggregates.h"

struct agg_group {
	uint64_t hash;
	char    *states;
	int64_t  number;
	/* the row of its keys follows */
};
static inline struct row *group_row(struct agg_group *g) { return (struct row *) (g + 1); }

struct agg_hash {
	struct aggs *aggs;
	struct row_shape shape;         /* of the keys */
	const struct key_type *types;
	struct arena arena;
	struct agg_group **groups;
	size_t n, cap;
	uint32_t *slots;                /* group number + 1; 0: free */
	uint32_t *tags;                 /* upper half of its hash */
	size_t mask;
};

void agg_hash_init(struct agg_hash *h, struct aggs *aggs, int nkeys,
                   const struct type *const *types, struct arena *a);
void agg_hash_done(struct agg_hash *h);
void agg_hash_clear(struct agg_hash *h);
/* The group of a row; a new one when `may_add`, else NULL. */
struct agg_group *agg_hash_find(struct agg_hash *h, const struct vec *keys, uint64_t hash, int row,
                                bool may_add);
size_t agg_hash_bytes(const struct agg_hash *h);
/* Ask the memory for what a batch of hashes will touch. */
void agg_hash_prefetch(const struct agg_hash *h, const uint64_t *hashes, const uint16_t *sel, int n);
char *agg_hash_states(void *h, int64_t number);         /* for aggs_flush() */

#endif
