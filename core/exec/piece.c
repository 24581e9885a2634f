/* piece.c - a batch handed on a few rows at a time.
 *
 * For operators with volatile expressions, when less than a batch is wanted of them: a cursor that
 * fetches two rows, or a LIMIT, must not use up the sequence for the rest of the batch. */
#include "config.h"
#include "core/exec/operator.h"

const struct batch *
piece_next(struct piece *p, struct exec *x, int most)
{
	const struct batch *in = p->in;

	if (in == NULL || p->at == in->n) {
		p->in = NULL;
		return NULL;
	}
	const int n = most < in->n - p->at ? most : in->n - p->at;
	if (n == in->n) {
		p->at = n;
		return in;
	}
	if (p->sel == NULL)
		p->sel = ARENA_ARRAY(&x->arena, uint16_t, BATCH_ROWS);
	for (int i = 0; i < n; i++)
		p->sel[i] = (uint16_t) batch_row(in, p->at + i);
	p->at += n;
	p->out = (struct batch){ .n = n, .sel = p->sel, .ncols = in->ncols, .cols = in->cols };
	return &p->out;
}

int
op_next_piece(struct op *child, struct piece *p, int most, const struct batch **ret, struct err *e)
{
	*ret = piece_next(p, child->x, most);
	if (*ret != NULL)
		return ERR_OK;
	int rc = op_next_some(child, most, &p->in, e);
	if (rc != ERR_OK)
		return rc;
	p->at = 0;
	*ret = piece_next(p, child->x, most);
	return ERR_OK;
}
