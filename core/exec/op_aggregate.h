/* op_aggregate.h - the two ways of an Aggregate: groups by hash, and groups that come in order.
 *
 * Owner: the operator.  Thread: one at a time.  Failure: as the functions'. */
#ifndef CORE_EXEC_OP_AGGREGATE_H
#define CORE_EXEC_OP_AGGREGATE_H

#include "core/exec/agg_hash.h"
#include "core/exec/partition.h"

struct aggregate_state {
	struct aggs aggs;
	struct prog *groups;
	struct vec *group_cols;         /* of the batch */
	int    nkeys;                   /* groups, and the number of the set */
	const struct type **key_types;
	const struct outer_rows *outer; /* dependent and always: whose ordinals get a row each */
	bool   streaming;               /* one group, or input in the order of the groups */
	bool   prepared;                /* all input has been read (hash), or the end was reached */

	/* By hash. */
	struct agg_hash hash;
	struct vec *keys;
	struct vec null_const, *set_const;
	uint64_t hashes[BATCH_ROWS];
	struct agg_group *group[BATCH_ROWS];
	size_t emit_at;
	bool   full;                    /* no new groups: their rows are spilled */
	struct partitions parts;        /* ... here, to be aggregated later */

	/* In order. */
	struct row_shape shape;         /* of the keys */
	struct key_type *types;
	struct arena arenas[2];         /* the group in hand; they alternate */
	int    arena;
	struct row *key;                /* NULL: no group yet */
	char  *states;
	const struct batch *in;
	int    at;
	int    nout, room;              /* groups of this batch, and how many it may have */
	uint16_t identity[BATCH_ROWS];
};

/* agg_sorted.c */
int  agg_sorted_open(struct op *op, struct err *e) MUST_CHECK;
int  agg_sorted_next(struct op *op, const struct batch **ret, struct err *e) MUST_CHECK;
void agg_sorted_clear(struct aggregate_state *s);

#endif
