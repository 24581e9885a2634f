/* vec.c - room for vectors, and gathering rows of them. */
#include "config.h"
#include "core/exec/operator.h"

struct vec
vec_new(struct arena *a, int rows)
{
	return (struct vec){
		.v = arena_alloc(a, (size_t) rows * sizeof(union datum)),
		.null = arena_alloc(a, (size_t) rows),
		.stride = 1,
	};
}

void
op_out_init(struct op *op)
{
	op->out.ncols = op->plan->ncols;
	op->out.cols = ARENA_ARRAY(&op->x->arena, struct vec, op->plan->ncols + 1);
}

void
vec_gather(const struct vec *src, const uint16_t *rows, int n, union datum *v, uint8_t *nulls,
	   struct vec *dst)
{
	if (src->stride == 0) {
		*dst = *src;
		return;
	}
	for (int i = 0; i < n; i++)
		v[i] = src->v[rows[i]];
	*dst = (struct vec){ .v = v, .stride = 1 };
	if (src->null != NULL) {
		for (int i = 0; i < n; i++)
			nulls[i] = src->null[rows[i]];
		dst->null = nulls;
	}
}
