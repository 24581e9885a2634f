/* op_nest.c - a dependent plan run once for a batch of parents, its rows attached to each.
 *
 * Up to 1,024 parents are collected; what the inner plan asks of them goes to its PLAN_OUTER
 * leaf, each distinct combination once.  The inner plan runs to its end, its rows are kept
 * and sorted by ordinal, and every parent gets its value (SUBLINK) or its pairs (JOIN). */
#include "config.h"
#include "core/exec/operator.h"
#include "core/exec/ops.h"

#include "core/exec/join.h"
#include "core/exec/keys.h"
#include "core/exec/sublink.h"

enum { PARENTS_ENOUGH = 512, DEDUP_SLOTS = 4096 };

struct nest_state {
	struct outer_rows outer;
	struct batch outer_batch;
	struct prog *pass;
	struct vec *pass_cols; /* the ordinal, then what is passed */
	struct key_type *pass_types;
	bool pure; /* nothing volatile below */
	bool dedup; /* equal parents share one run */
	bool ran;

	/* Parents. */
	const struct batch *pending; /* a child batch that did not fit any more */
	struct batch parents;
	struct vec *parent_cols;
	struct row_shape parent_shape;
	struct row **parent_rows;
	struct arena parent_arena;
	bool child_done;
	struct piece piece; /* of the child's batch, when not pure and few rows are wanted */
	uint16_t rep[BATCH_ROWS], unique[BATCH_ROWS];
	uint64_t hashes[BATCH_ROWS];
	uint16_t slots[DEDUP_SLOTS];

	/* Rows of the inner plan for these parents. */
	struct arena arena;
	struct row_shape shape; /* without the ordinal */
	const struct row **rows;
	uint16_t *ordinals;
	size_t nrows, cap;
	uint32_t start[BATCH_ROWS +
		       1]; /* after sorting: rows of ordinal o are start[o] .. start[o + 1] */

	struct sublink_eval sub;
	struct vec value;

	struct join_out out;
	struct pairs pairs;
	bool joining;
	int at;
	uint32_t row_at;
};

static int
result_open(struct op *op, struct nest_state *s, struct err *e)
{
	const struct plan_nest *p = PLAN_AS(plan_nest, op->plan);
	struct arena *a = &op->x->arena;
	const struct type **types = plan_types(a, op->plan->inner) + 1;

	row_shape_init(&s->shape, a, op->plan->inner->ncols - 1, types);
	if (p->kind == NEST_JOIN)
		return join_out_init(&s->out, op->x, p->join, op->plan->child->ncols, &s->shape,
				     p->join_filter, e);
	s->value = vec_new(a, BATCH_ROWS);
	return sublink_init(&s->sub, op->x, p->sublink, op->plan->cols[op->plan->ncols - 1].type,
			    &s->shape, types, p->ntests, p->tests, p->ops, p->cmp, e);
}

static int
nest_open(struct op *op, struct err *e)
{
	const struct plan_nest *p = PLAN_AS(plan_nest, op->plan);
	struct nest_state *s = op->state;
	struct exec *x = op->x;
	struct outer_rows *outer = x->outer;
	int rc = op_open(x, op->plan->child, &op->child, e), volatile_before = x->volatile_calls;

	if (rc != ERR_OK)
		return rc;
	x->outer = &s->outer;
	rc = op_open(x, op->plan->inner, &op->inner, e);
	x->outer = outer;
	if (rc != ERR_OK)
		return rc;
	s->dedup = s->pure = x->volatile_calls == volatile_before;

	op_out_init(op);
	s->pass_cols = ARENA_ARRAY(&x->arena, struct vec, p->npass + 1);
	s->pass_types = ARENA_ARRAY(&x->arena, struct key_type, p->npass + 1);
	s->pass_cols[0] = vec_new(&x->arena, BATCH_ROWS);
	s->pass_cols[0].null = NULL;
	for (int i = 0; i < BATCH_ROWS; i++)
		s->pass_cols[0].v[i].i = i;
	for (int i = 0; i < p->npass; i++) {
		s->pass_types[i] = key_type(p->pass[i]->type);
		s->dedup &= type_is_orderable(p->pass[i]->type); /* json, xid: never known equal */
	}
	s->parent_cols = ARENA_ARRAY(&x->arena, struct vec, op->plan->child->ncols + 1);
	s->parent_rows = ARENA_ARRAY(&x->arena, struct row *, BATCH_ROWS);
	row_shape_init(&s->parent_shape, &x->arena, op->plan->child->ncols,
		       plan_types(&x->arena, op->plan->child));
	rc = prog_compile(x, p->pass, p->npass, BATCH_ROWS, &s->pass, e);
	return rc != ERR_OK ? rc : result_open(op, s, e);
}

/* -- parents ---------------------------------------------------------------------------------- */
static void
parents_from_rows(struct nest_state *s, int n)
{
	for (int c = 0; c < s->parent_shape.ncols; c++)
		s->parent_cols[c] = vec_new(&s->parent_arena, n);
	rows_gather(&s->parent_shape, (const struct row *const *) s->parent_rows, n,
		    s->parent_cols);
	s->parents =
		(struct batch){ .n = n, .ncols = s->parent_shape.ncols, .cols = s->parent_cols };
}

/* A large child batch is taken as it is; small ones are put together. */
static int
collect_parents(struct op *op, struct err *e)
{
	struct nest_state *s = op->state;
	const bool join = PLAN_AS(plan_nest, op->plan)->kind == NEST_JOIN;
	const int most = join ? BATCH_ROWS : op->want; /* else a row for each parent */
	int n = 0;

	arena_reset(&s->parent_arena);
	s->parents.n = 0;
	if (!s->pure && op->want < BATCH_ROWS) {
		const struct batch *some;
		int rc = op_next_piece(op->child, &s->piece, join ? 1 : op->want, &some, e);
		if (rc == ERR_OK && some != NULL)
			s->parents = *some;
		return rc;
	}
	while (n < most) {
		const struct batch *in = s->pending;
		s->pending = NULL;
		if (in == NULL && !s->child_done) {
			int rc = op_next_some(op->child, most - n, &in, e);
			if (rc != ERR_OK)
				return rc;
			s->child_done = in == NULL;
		}
		if (in == NULL)
			break;
		if (n == 0 && in->n >= PARENTS_ENOUGH) {
			s->parents = *in;
			return ERR_OK;
		}
		if (n + in->n > BATCH_ROWS) {
			s->pending = in;
			break;
		}
		for (int i = 0; i < in->n; i++)
			s->parent_rows[n++] = row_copy(&s->parent_arena, &s->parent_shape, 0,
						       in->cols, batch_row(in, i));
	}
	if (n != 0)
		parents_from_rows(s, n);
	return arena_check(&s->parent_arena, e);
}

static bool
same_pass(const struct nest_state *s, int npass, int a, int b)
{
	for (int i = 0; i < npass; i++) {
		const struct vec *v = &s->pass_cols[i + 1];
		bool na = vec_null(v, a), nb = vec_null(v, b);
		if (na != nb || (!na && !key_equal(&s->pass_types[i], vec_at(v, a), vec_at(v, b))))
			return false;
	}
	return true;
}

/* rep[row]: the first parent that passes the same values. */
static int
find_duplicates(struct nest_state *s, int npass)
{
	int n = 0;

	memset(s->slots, 0xff, sizeof s->slots);
	keys_hash(s->pass_types, npass, s->pass_cols + 1, s->parents.sel, s->parents.n, s->hashes);
	for (int i = 0; i < s->parents.n; i++) {
		int row = batch_row(&s->parents, i);
		unsigned slot = (unsigned) (s->hashes[row] >> 40) % DEDUP_SLOTS;
		while (s->slots[slot] != 0xffff) {
			int other = s->slots[slot];
			if (s->hashes[other] == s->hashes[row] && same_pass(s, npass, other, row))
				break;
			slot = (slot + 1) % DEDUP_SLOTS;
		}
		if (s->slots[slot] == 0xffff) {
			s->slots[slot] = (uint16_t) row;
			s->unique[n++] = (uint16_t) row;
		}
		s->rep[row] = s->slots[slot];
	}
	return n;
}

/* The batch for PLAN_OUTER. */
static int
pass_values(struct op *op, struct err *e)
{
	const struct plan_nest *p = PLAN_AS(plan_nest, op->plan);
	struct nest_state *s = op->state;
	int rc = prog_run(s->pass, &s->parents, &s->arena, s->pass_cols + 1, e);

	if (rc != ERR_OK)
		return rc;
	s->outer_batch = (struct batch){ .n = s->parents.n,
					 .sel = s->parents.sel,
					 .ncols = p->npass + 1,
					 .cols = s->pass_cols };
	if (s->dedup) {
		s->outer_batch.n = find_duplicates(s, p->npass);
		s->outer_batch.sel = s->unique;
	} else {
		for (int i = 0; i < s->parents.n; i++)
			s->rep[batch_row(&s->parents, i)] = (uint16_t) batch_row(&s->parents, i);
	}
	s->outer.batch = &s->outer_batch;
	return ERR_OK;
}

/* -- rows of the inner plan ------------------------------------------------------------------- */
static void
keep_rows(struct nest_state *s, const struct batch *b, bool count_only)
{
	for (int i = 0; i < b->n; i++) {
		int row = batch_row(b, i);

		if (s->nrows == s->cap) {
			size_t cap = s->cap == 0 ? BATCH_ROWS : s->cap * 2;
			const struct row **rows = arena_alloc(&s->arena, cap * sizeof *rows);
			uint16_t *ordinals = arena_alloc(&s->arena, cap * sizeof *ordinals);
			if (s->nrows != 0) {
				memcpy(rows, s->rows, s->nrows * sizeof *rows);
				memcpy(ordinals, s->ordinals, s->nrows * sizeof *ordinals);
			}
			s->rows = rows;
			s->ordinals = ordinals;
			s->cap = cap;
		}
		s->ordinals[s->nrows] = (uint16_t) vec_at(&b->cols[0], row).i;
		s->rows[s->nrows++] =
			count_only ? NULL : row_copy(&s->arena, &s->shape, 0, b->cols + 1, row);
	}
}

/* By ordinal, keeping the order within each. */
static void
sort_rows(struct nest_state *s)
{
	uint32_t at[BATCH_ROWS];
	bool sorted = true;

	memset(s->start, 0, sizeof s->start);
	for (size_t i = 0; i < s->nrows; i++) {
		s->start[s->ordinals[i] + 1]++;
		sorted &= i == 0 || s->ordinals[i] >= s->ordinals[i - 1];
	}
	for (int o = 0; o < BATCH_ROWS; o++) {
		s->start[o + 1] += s->start[o];
		at[o] = s->start[o];
	}
	if (sorted)
		return;
	const struct row **rows = arena_alloc(&s->arena, s->nrows * sizeof *rows);
	for (size_t i = 0; i < s->nrows; i++)
		rows[at[s->ordinals[i]]++] = s->rows[i];
	s->rows = rows;
}

static int
run_inner(struct op *op, struct err *e)
{
	const struct plan_nest *p = PLAN_AS(plan_nest, op->plan);
	struct nest_state *s = op->state;
	const bool count_only = p->kind == NEST_SUBLINK && p->sublink == SUBLINK_EXISTS;
	int rc = s->ran ? op_rescan(op->inner, e) : ERR_OK;

	s->ran = true;
	s->nrows = s->cap = 0;
	while (rc == ERR_OK) {
		const struct batch *b;
		rc = op_next(op->inner, &b, e);
		if (rc == ERR_OK && b == NULL)
			break;
		if (rc == ERR_OK) {
			keep_rows(s, b, count_only);
			rc = arena_check(&s->arena, e);
		}
	}
	if (rc == ERR_OK)
		sort_rows(s);
	return rc;
}

/* Parents, and their rows; *ret_more false: no parents are left. */
static int
next_parents(struct op *op, bool *ret_more, struct err *e)
{
	struct nest_state *s = op->state;
	int rc = collect_parents(op, e);

	*ret_more = s->parents.n != 0;
	if (rc != ERR_OK || s->parents.n == 0)
		return rc;
	arena_reset(&s->arena);
	rc = pass_values(op, e);
	return rc != ERR_OK ? rc : run_inner(op, e);
}

/* -- results ---------------------------------------------------------------------------------- */
static int
attach(struct op *op, struct err *e)
{
	const struct plan_nest *p = PLAN_AS(plan_nest, op->plan);
	struct nest_state *s = op->state;
	int rc = sublink_tests(&s->sub, &s->parents, &op->arena, e);

	for (int i = 0; i < s->parents.n && rc == ERR_OK; i++) {
		int row = batch_row(&s->parents, i), rep = s->rep[row];
		bool null = false;

		if (rep != row && p->ntests == 0) { /* parents come in order: rep is done */
			s->value.v[row] = s->value.v[rep];
			s->value.null[row] = s->value.null[rep];
			continue;
		}
		s->value.v[row].i = 0;
		rc = sublink_value(&s->sub, op->x, row, s->rows + s->start[rep],
				   s->start[rep + 1] - s->start[rep], &op->arena, &s->value.v[row],
				   &null, e);
		s->value.null[row] = null;
	}
	if (rc != ERR_OK)
		return rc;
	const int n = op->plan->child->ncols;
	if (n != 0)
		memcpy(op->out.cols, s->parents.cols, (size_t) n * sizeof *op->out.cols);
	op->out.cols[n] = s->value;
	op->out.ncols = n + 1;
	op->out.n = s->parents.n;
	op->out.sel = s->parents.sel;
	return ERR_OK;
}

/* Pairs of parents and their rows, in order, until they are full. */
static void
fill_pairs(struct nest_state *s)
{
	const bool one = join_first_only(&s->out) && s->out.filter == NULL;
	struct pairs *p = &s->pairs;

	p->n = 0;
	for (; s->at < s->parents.n; s->at++, s->row_at = 0) {
		int row = batch_row(&s->parents, s->at), rep = s->rep[row];
		uint32_t n = s->start[rep + 1] - s->start[rep];

		for (; s->row_at < n && !(one && s->out.type == JOIN_ANTI); s->row_at++) {
			if (p->n == BATCH_ROWS)
				return;
			pairs_add(p, row, s->rows[s->start[rep] + s->row_at]);
			if (one)
				break;
		}
		if (!join_keeps_left(&s->out) || (s->out.filter == NULL && n != 0))
			continue;
		if (p->n == BATCH_ROWS) {
			s->row_at = n;
			return;
		}
		pairs_add(p, row, NULL);
	}
	s->joining = false;
}

static int
nest_next(struct op *op, const struct batch **ret, struct err *e)
{
	const struct plan_nest *p = PLAN_AS(plan_nest, op->plan);
	struct nest_state *s = op->state;
	int rc;

	*ret = NULL;
	for (;;) {
		if (!s->joining) {
			bool more;
			rc = next_parents(op, &more, e);
			if (rc != ERR_OK || !more)
				return rc;
			if (p->kind == NEST_SUBLINK) {
				*ret = &op->out;
				return attach(op, e);
			}
			s->joining = true;
			s->at = 0;
			s->row_at = 0;
			join_out_left(&s->out);
		}
		fill_pairs(s);
		if (s->pairs.n == 0)
			continue;
		rc = join_out_pairs(&s->out, &s->parents, &s->pairs, &op->arena, &op->out, e);
		if (rc != ERR_OK)
			return rc;
		if (op->out.n != 0) {
			*ret = &op->out;
			return ERR_OK;
		}
		arena_reset(&op->arena);
	}
}

static int
nest_rescan(struct op *op, struct err *e)
{
	struct nest_state *s = op->state;

	s->pending = s->piece.in = NULL;
	s->child_done = s->joining = false;
	return op_rescan(op->child, e);
}

static void
nest_close(struct op *op)
{
	struct nest_state *s = op->state;

	arena_done(&s->parent_arena);
	arena_done(&s->arena);
}

const struct op_class op_nest_class = {
	.name = "nest",
	.plan_kind = PLAN_NEST,
	.state_size = sizeof(struct nest_state),
	.open = nest_open,
	.next = nest_next,
	.rescan = nest_rescan,
	.close = nest_close,
};
