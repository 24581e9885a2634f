/* join_spill.h - a hash join that outgrew its memory: both sides on disk, by partition.
 *
 * Owner     join_spill_open() .. join_spill_close().  Thread: one at a time.
 * Failure   as storage/spill.h.
 * Cost      two descriptors and two buffers of 64 KB a partition. */
#ifndef CORE_EXEC_JOIN_SPILL_H
#define CORE_EXEC_JOIN_SPILL_H

#include "core/exec/join_table.h"

struct join_spill;

int  join_spill_open(struct exec *x, const struct join_table *t, const struct plan *left,
                     struct join_spill **ret, struct err *e) MUST_CHECK;
void join_spill_close(struct join_spill **s);
int  join_spill_right(struct join_spill *s, struct join_head *h, struct err *e) MUST_CHECK;
int  join_spill_left(struct join_spill *s, uint64_t hash, const struct vec *cols, int row,
                     struct err *e) MUST_CHECK;
int  join_spill_ready(struct join_spill *s, struct err *e) MUST_CHECK;
/* Load the next partition's right side into t; *ret_more false: there is none. */
int  join_spill_next(struct join_spill *s, struct join_table *t, bool *ret_more,
                     struct err *e) MUST_CHECK;
bool join_spill_begun(const struct join_spill *s);
/* A batch of the partition's left rows, on memory of s; NULL: no more. */
int  join_spill_next_left(struct join_spill *s, struct op *op, const struct batch **ret,
                          struct err *e) MUST_CHECK;
uint64_t join_spill_bytes(const struct join_spill *s);

#endif
