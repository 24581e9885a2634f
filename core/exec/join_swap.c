/* join_swap.c - probing a kept table with the enclosing rows. */
#include "config.h"
#include "core/exec/join_swap.h"

enum { MEMORY_FACTOR = 4 }; /* of work_mem: the alternative is a scan per batch */

struct join_swap {
	struct op *op;
	struct join_table table; /* of the child's rows */
	struct prog *child_keys, *outer_keys;
	struct vec *key_cols, *row_cols;
	struct join_out out;   /* enclosing rows on the left, the child's on the right */
	struct filter *filter; /* the join's, over the child's columns first */
	struct vec *cols;      /* the child's, then the enclosing rows' */
	struct pairs pairs;
	uint64_t hashes[BATCH_ROWS];

	const struct batch *in; /* enclosing rows */
	struct arena arena;     /* of their keys */
	int at;
	bool begun;
	struct join_head *cur;
};

static int
table_open(struct join_swap *s, struct err *e)
{
	const struct plan_join *p = PLAN_AS(plan_join, s->op->plan);
	const struct plan *child = s->op->plan->child;
	struct arena *a = &s->op->x->arena;
	const struct type **types =
		ARENA_ARRAY(a, const struct type *, child->ncols + p->nkeys + 1);
	struct key_type *key_types = ARENA_ARRAY(a, struct key_type, p->nkeys + 1);
	int *cols = ARENA_ARRAY(a, int, p->nkeys + 1), n = child->ncols;
	int rc = prog_compile(s->op->x, p->left_keys, p->nkeys, BATCH_ROWS, &s->child_keys, e);

	if (rc == ERR_OK)
		rc = prog_compile(s->op->x, p->right_keys, p->nkeys, BATCH_ROWS, &s->outer_keys, e);
	if (rc != ERR_OK)
		return rc;
	for (int c = 0; c < child->ncols; c++)
		types[c] = child->cols[c].type;
	for (int k = 0; k < p->nkeys; k++) {
		key_types[k] = key_type(p->left_keys[k]->type);
		cols[k] = prog_slot(s->child_keys, k);
		if (cols[k] >= 0)
			continue;
		cols[k] = n;
		types[n++] = p->left_keys[k]->type;
	}
	row_shape_init(&s->table.shape, a, n, types);
	s->table.nkeys = p->nkeys;
	s->table.key_cols = cols;
	s->table.key_types = key_types;
	s->key_cols = ARENA_ARRAY(a, struct vec, p->nkeys + 1);
	s->row_cols = ARENA_ARRAY(a, struct vec, n + 1);
	return ERR_OK;
}

int
join_swap_open(struct op *op, struct join_swap **ret, struct err *e)
{
	const struct plan_join *p = PLAN_AS(plan_join, op->plan);
	struct exec *x = op->x;

	*ret = NULL;
	if (p->type != JOIN_INNER || op->plan->inner->kind != PLAN_OUTER || op_varies(op->child))
		return ERR_OK;
	for (int k = 0; k < p->nkeys; k++)
		if (p->null_equal != NULL && p->null_equal[k])
			return ERR_OK;
	struct join_swap *s = ARENA_NEW(&x->arena, struct join_swap);
	s->op = op;
	int rc = table_open(s, e);
	if (rc != ERR_OK)
		return rc;
	struct row_shape shown = s->table.shape;
	shown.ncols = op->plan->child->ncols;
	rc = join_out_init(&s->out, x, JOIN_INNER, op->plan->inner->ncols, &shown, NULL, e);
	if (rc == ERR_OK)
		rc = filter_compile(x, p->filter, BATCH_ROWS, &s->filter, e);
	s->cols = ARENA_ARRAY(&x->arena, struct vec, op->plan->ncols + 1);
	*ret = s;
	return rc;
}

void
join_swap_close(struct join_swap **swap)
{
	struct join_swap *s = *swap;

	if (s == NULL)
		return;
	*swap = NULL;
	join_table_done(&s->table);
	arena_done(&s->arena);
}

static bool
null_key(const struct join_swap *s, int row)
{
	for (int k = 0; k < s->table.nkeys; k++)
		if (vec_null(&s->key_cols[k], row))
			return true;
	return false;
}

int
join_swap_build(struct join_swap *s, bool *ret_ok, struct err *e)
{
	struct op *op = s->op;
	const int ncols = op->plan->child->ncols;

	*ret_ok = true;
	for (;;) {
		const struct batch *in;
		int rc = op_next(op->child, &in, e);

		if (rc != ERR_OK)
			return rc;
		if (in == NULL)
			break;
		arena_reset(&s->arena);
		rc = prog_run(s->child_keys, in, &s->arena, s->key_cols, e);
		if (rc != ERR_OK)
			return rc;
		keys_hash(s->table.key_types, s->table.nkeys, s->key_cols, in->sel, in->n,
			  s->hashes);
		if (ncols != 0)
			memcpy(s->row_cols, in->cols, (size_t) ncols * sizeof *in->cols);
		for (int k = 0; k < s->table.nkeys; k++)
			if (s->table.key_cols[k] >= ncols)
				s->row_cols[s->table.key_cols[k]] = s->key_cols[k];
		for (int i = 0; i < in->n; i++) {
			int row = batch_row(in, i);
			if (!null_key(s, row))
				(void) join_table_add(&s->table, s->hashes[row], false, s->row_cols,
						      row);
		}
		if (s->table.arena.used > exec_work_mem(op->x) * MEMORY_FACTOR) {
			*ret_ok = false;
			return ERR_OK;
		}
	}
	join_table_ready(&s->table);
	return arena_check(&s->table.arena, e);
}

void
join_swap_rescan(struct join_swap *s)
{
	s->in = NULL;
	s->begun = false;
}

static int
next_outer(struct join_swap *s, struct err *e)
{
	int rc = op_next(s->op->inner, &s->in, e);

	s->at = 0;
	s->begun = false;
	if (rc != ERR_OK || s->in == NULL)
		return rc;
	arena_reset(&s->arena);
	rc = prog_run(s->outer_keys, s->in, &s->arena, s->key_cols, e);
	if (rc == ERR_OK)
		keys_hash(s->table.key_types, s->table.nkeys, s->key_cols, s->in->sel, s->in->n,
			  s->hashes);
	join_out_left(&s->out);
	return rc;
}

static void
fill_pairs(struct join_swap *s)
{
	s->pairs.n = 0;
	for (; s->at < s->in->n; s->at++, s->begun = false) {
		const int row = batch_row(s->in, s->at);

		if (!s->begun) {
			s->begun = true;
			s->cur = null_key(s, row) ? NULL
						  : join_table_find(&s->table, s->hashes[row]);
		}
		for (; s->cur != NULL; s->cur = s->cur->next) {
			if (s->pairs.n == BATCH_ROWS)
				return;
			if (join_table_equal(&s->table, s->cur, s->hashes[row], s->key_cols, row))
				pairs_add(&s->pairs, row, join_row(s->cur));
		}
	}
	s->in = NULL;
}

int
join_swap_next(struct join_swap *s, const struct batch **ret, struct err *e)
{
	struct op *op = s->op;
	const int nchild = op->plan->child->ncols, nouter = op->plan->inner->ncols;

	*ret = NULL;
	for (;;) {
		int rc = s->in == NULL ? next_outer(s, e) : ERR_OK;
		if (rc != ERR_OK || s->in == NULL)
			return rc;
		const struct batch *in = s->in;
		fill_pairs(s);
		if (s->pairs.n == 0)
			continue;
		rc = join_out_pairs(&s->out, in, &s->pairs, &op->arena, &op->out, e);
		if (rc != ERR_OK)
			return rc;
		if (nchild != 0)
			memcpy(s->cols, op->out.cols + nouter, (size_t) nchild * sizeof *s->cols);
		memcpy(s->cols + nchild, op->out.cols, (size_t) nouter * sizeof *s->cols);
		op->out.cols = s->cols;
		rc = filter_run(s->filter, &op->out, &op->arena, &op->out.sel, &op->out.n, e);
		if (rc != ERR_OK)
			return rc;
		if (op->out.n != 0) {
			*ret = &op->out;
			return ERR_OK;
		}
		arena_reset(&op->arena);
	}
}
