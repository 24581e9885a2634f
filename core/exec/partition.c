/* partition.c - rows put aside on disk by hash. */
#include "config.h"
#include "core/exec/partition.h"

#include <stdlib.h>

#include "storage/spill.h"

enum { FAN_BITS = 4, LEVELS = 7 }; /* hash bits 20..47, then again */

struct partition {
	struct partition *next;
	struct spill *rows;
	int level;
};

void
partitions_init(struct partitions *p, struct exec *x, const struct plan *rows_of)
{
	*p = (struct partitions){ .x = x };
	row_shape_init(&p->shape, &x->arena, rows_of->ncols, plan_types(&x->arena, rows_of));
	p->cols = ARENA_ARRAY(&x->arena, struct vec, rows_of->ncols + 1);
}

static void
part_close(struct partition *p)
{
	if (p == NULL)
		return;
	spill_close(&p->rows);
	free(p);
}

void
partitions_clear(struct partitions *p)
{
	for (int i = 0; i < PARTITION_FAN; i++) {
		part_close(p->open[i]);
		p->open[i] = NULL;
	}
	for (struct partition *q = p->queue, *next; q != NULL; q = next) {
		next = q->next;
		part_close(q);
	}
	part_close(p->cur);
	p->queue = p->cur = NULL;
}

int
partitions_write(struct partitions *p, uint64_t hash, const struct vec *cols, int row,
		 struct arena *scratch, struct err *e)
{
	const int level = p->cur != NULL ? p->cur->level + 1 : 0;
	struct partition **part =
		&p->open[hash >> (20 + level % LEVELS * FAN_BITS) & (PARTITION_FAN - 1)];

	if (*part == NULL) {
		*part = calloc(1, sizeof **part);
		if (*part == NULL)
			return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
		(*part)->level = level;
		int rc = spill_open(exec_store(p->x), NULL, &(*part)->rows, e);
		if (rc != ERR_OK)
			return rc;
	}
	return row_write((*part)->rows, &p->shape, row_shallow(scratch, &p->shape, cols, row), e);
}

int
partitions_next(struct partitions *p, bool *ret_more, struct err *e)
{
	*ret_more = false;
	for (int i = 0; i < PARTITION_FAN; i++) {
		struct partition *q = p->open[i];
		if (q == NULL)
			continue;
		p->open[i] = NULL;
		q->next = p->queue;
		p->queue = q;
		p->bytes += spill_bytes(q->rows);
	}
	part_close(p->cur);
	p->cur = p->queue;
	if (p->cur == NULL)
		return ERR_OK;
	p->queue = p->cur->next;
	*ret_more = true;
	return spill_rewind(p->cur->rows, e);
}

int
partitions_read(struct partitions *p, struct op *input, const struct batch **ret, struct err *e)
{
	const struct row *rows[BATCH_ROWS];
	int n = 0;

	if (p->cur == NULL)
		return op_next(input, ret, e);
	arena_reset(&p->arena);
	while (n < BATCH_ROWS) {
		struct row *r;
		int rc = row_read(p->cur->rows, &p->shape, &p->arena, 0, &r, e);
		if (rc != ERR_OK)
			return rc;
		if (r == NULL)
			break;
		rows[n++] = r;
	}
	for (int c = 0; c < p->shape.ncols; c++)
		p->cols[c] = vec_new(&p->arena, BATCH_ROWS);
	rows_gather(&p->shape, rows, n, p->cols);
	p->batch = (struct batch){ .n = n, .ncols = p->shape.ncols, .cols = p->cols };
	*ret = n == 0 ? NULL : &p->batch;
	return ERR_OK;
}
