/* partition.h - rows put aside on disk by hash, to be taken up when those in memory are done.
 *
 * While the input (or a partition) is read, rows that find no room are written away; when it
 * has ended the next partition takes its place, and may put rows aside again, by other bits of
 * the hash.
 *
 * Owner     partitions_init() .. partitions_clear(), arena_done(&p->arena).
 * Thread    one at a time.  Failure: as storage/spill.h. */
#ifndef CORE_EXEC_PARTITION_H
#define CORE_EXEC_PARTITION_H

#include "core/exec/rows.h"

enum { PARTITION_FAN = 16 };

struct partition;

struct partitions {
	struct exec *x;
	struct row_shape shape;
	struct partition *open[PARTITION_FAN];  /* being written */
	struct partition *queue;                /* waiting */
	struct partition *cur;                  /* being read; NULL: the input itself is */
	struct arena arena;                     /* of the batch read */
	struct vec *cols;
	struct batch batch;
	uint64_t bytes;
};

void partitions_init(struct partitions *p, struct exec *x, const struct plan *rows_of);
void partitions_clear(struct partitions *p);
/* `scratch` is used during the call. */
int  partitions_write(struct partitions *p, uint64_t hash, const struct vec *cols, int row,
                      struct arena *scratch, struct err *e) MUST_CHECK;
/* A batch of the partition in hand, or of `input` before there is one. */
int  partitions_read(struct partitions *p, struct op *input, const struct batch **ret,
                     struct err *e) MUST_CHECK;
/* The one in hand has ended: on to the next. */
int  partitions_next(struct partitions *p, bool *ret_more, struct err *e) MUST_CHECK;

#endif
