/* again.c - one row through its plan once more. */
#include "config.h"
#include "core/exec/again.h"

#include <stdlib.h>

void
again_init(struct again *g, struct exec *x, const struct plan *source)
{
	*g = (struct again){ .x = x, .source = source, .outer = x->outer, .work = x->work };
}

const struct strbuf *
again_fixed(const struct exec *x, const struct range *range)
{
	static const struct strbuf nowhere = { 0 };

	for (int i = 0; i < x->nfixed; i++) {
		const struct fixed_row *f = &x->fixed[i];
		if (f->range == range || (f->range == range->whole && range->whole != NULL))
			return range->whole == NULL || f->rel == range->rel ? &f->key : &nowhere;
	}
	return NULL;
}

/* The first row of the batch that belongs to the ordinal; -1: none. */
static int
row_of(const struct plan *p, const struct batch *b, int64_t ordinal)
{
	for (int i = 0; i < b->n; i++) {
		int row = batch_row(b, i);
		if (!p->dependent || vec_at(&b->cols[0], row).i == ordinal)
			return row;
	}
	return -1;
}

static void
copy_row(const struct plan *p, const struct batch *b, int row, struct arena *a, struct vec *to)
{
	for (int c = 0; c < p->ncols; c++) {
		to[c] = vec_new(a, 1);
		to[c].null[0] = vec_null(&b->cols[c], row);
		to[c].v[0] = to[c].null[0] ? datum_int(0)
					   : datum_copy(a, vec_at(&b->cols[c], row),
							p->cols[c].type->byval);
	}
}

/* An execution of its own, so that its memory goes when it ends; what the statement has
 * computed already (WITH queries) it shares. */
static struct exec *
exec_beside(const struct again *g, const struct fixed_row *fixed, int nfixed)
{
	struct exec *x = malloc(sizeof *x);

	if (x == NULL)
		return NULL;
	*x = *g->x;
	arena_init(&x->arena, 0);
	x->env.type.arena = &x->arena;
	x->counts = NULL;
	x->outer = g->outer;
	x->work = g->work;
	x->fixed = fixed;
	x->nfixed = nfixed;
	return x;
}

int
again_run(struct again *g, const struct fixed_row *fixed, int nfixed, int64_t ordinal,
	  struct arena *a, struct vec *ret_cols, bool *ret_found, struct err *e)
{
	struct exec *x = exec_beside(g, fixed, nfixed);
	const struct batch *b = NULL;
	struct op *op = NULL;

	*ret_found = false;
	if (x == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	int rc = op_open(x, g->source, &op, e);
	while (rc == ERR_OK && !*ret_found) {
		rc = op_next(op, &b, e);
		if (rc != ERR_OK || b == NULL)
			break;
		int row = row_of(g->source, b, ordinal);
		if (row < 0)
			continue;
		copy_row(g->source, b, row, a, ret_cols);
		*ret_found = true;
	}
	op_close(&op);
	if (rc == ERR_OK)
		rc = arena_check(&x->arena, e);
	arena_done(&x->arena);
	free(x);
	return rc;
}
