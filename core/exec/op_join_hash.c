/* op_join_hash.c - join by a hash table over the inner side, probed batch by batch.
 *
 * When the inner side outgrows work_mem both sides are cut into partitions by hash, written
 * to disk, and joined one partition after the other.  The result keeps the order of the left
 * side only while nothing has spilled.
 *
 * NOT IN (null_aware): a left row is out when it may equal an inner row, nulls being equal to
 * anything; rows with a null key are compared one by one.
 *
 * Not here: the table (join_table.c), the partitions (join_spill.c), pairs (join.c), many
 * batches of parents (join_swap.c). */
#include "config.h"
#include "core/exec/operator.h"
#include "core/exec/ops.h"

#include "core/exec/join.h"
#include "core/exec/join_spill.h"
#include "core/exec/join_swap.h"
#include "core/exec/join_table.h"

struct hash_join {
	struct join_table table;
	struct join_out out;
	struct prog *left_prog, *right_prog;
	struct vec *left_keys, *right_keys;
	struct vec *right_cols; /* inner's columns and computed keys */
	struct pairs pairs;
	bool built;
	struct join_swap *swap; /* below a Nest, after the first batch of parents */
	bool swap_ready, swap_tried;
	bool right_outer;         /* RIGHT, FULL */
	struct join_spill *spill; /* NULL: all in memory */

	const struct batch *left;
	struct arena left_arena; /* of its keys: a left batch can take several calls */
	uint64_t hashes[BATCH_ROWS];
	struct join_head *heads[BATCH_ROWS]; /* chains, per left row */
	uint8_t null_key[BATCH_ROWS];
	int at;
	struct join_head *cur; /* of left row `at`: the next candidate */
	bool begun, found;

	/* null_aware: every row, those with a null key first. */
	struct join_head **list;
	size_t nlist, list_at;

	/* Unmatched inner rows. */
	bool draining;
	size_t drain_dir;
	struct join_head *drain;
	bool drain_nulls;
};

static int
keys_open(struct op *op, struct hash_join *s, struct err *e)
{
	const struct plan_join *p = PLAN_AS(plan_join, op->plan);
	struct arena *a = &op->x->arena;
	const int nright = op->plan->inner->ncols;
	int *cols = ARENA_ARRAY(a, int, p->nkeys + 1), n = nright;
	struct key_type *types = ARENA_ARRAY(a, struct key_type, p->nkeys + 1);
	const struct type **row_types = ARENA_ARRAY(a, const struct type *, nright + p->nkeys + 1);
	int rc;

	for (int c = 0; c < nright; c++)
		row_types[c] = op->plan->inner->cols[c].type;
	rc = prog_compile(op->x, p->left_keys, p->nkeys, BATCH_ROWS, &s->left_prog, e);
	if (rc == ERR_OK)
		rc = prog_compile(op->x, p->right_keys, p->nkeys, BATCH_ROWS, &s->right_prog, e);
	if (rc != ERR_OK)
		return rc;
	for (int k = 0; k < p->nkeys; k++) {
		types[k] = key_type(p->right_keys[k]->type);
		cols[k] = prog_slot(s->right_prog, k);
		if (cols[k] < 0) {
			cols[k] = n;
			row_types[n++] = p->right_keys[k]->type;
		}
		if (p->null_equal != NULL && p->null_equal[k])
			s->table.null_equal = p->null_equal;
	}
	row_shape_init(&s->table.shape, a, n, row_types);
	s->table.nkeys = p->nkeys;
	s->table.key_cols = cols;
	s->table.key_types = types;
	s->left_keys = ARENA_ARRAY(a, struct vec, p->nkeys + 1);
	s->right_keys = ARENA_ARRAY(a, struct vec, p->nkeys + 1);
	s->right_cols = ARENA_ARRAY(a, struct vec, n + 1);
	return ERR_OK;
}

static int
hash_open(struct op *op, struct err *e)
{
	const struct plan_join *p = PLAN_AS(plan_join, op->plan);
	struct hash_join *s = op->state;
	int rc = op_open_inputs(op, e);

	if (rc == ERR_OK)
		rc = keys_open(op, s, e);
	if (rc != ERR_OK)
		return rc;
	struct row_shape shown = s->table.shape;
	shown.ncols = op->plan->inner->ncols;
	s->right_outer = p->type == JOIN_RIGHT || p->type == JOIN_FULL;
	rc = join_out_init(&s->out, op->x, p->type, op->plan->child->ncols, &shown, p->filter, e);
	if (s->right_outer)
		s->out.mark = sizeof(uint64_t);
	return rc;
}

/* -- building --------------------------------------------------------------------------------- */
static bool
null_key(const struct hash_join *s, const struct vec *keys, int row)
{
	for (int k = 0; k < s->table.nkeys; k++)
		if (vec_null(&keys[k], row) &&
		    (s->table.null_equal == NULL || !s->table.null_equal[k]))
			return true;
	return false;
}

static int
build_batch(struct op *op, const struct batch *in, struct err *e)
{
	const struct plan_join *p = PLAN_AS(plan_join, op->plan);
	struct hash_join *s = op->state;
	int n = op->plan->inner->ncols,
	    rc = prog_run(s->right_prog, in, &op->arena, s->right_keys, e);

	if (rc != ERR_OK)
		return rc;
	keys_hash(s->table.key_types, p->nkeys, s->right_keys, in->sel, in->n, s->hashes);
	if (n != 0)
		memcpy(s->right_cols, in->cols, (size_t) n * sizeof *in->cols);
	for (int k = 0; k < p->nkeys; k++)
		if (s->table.key_cols[k] >= n)
			s->right_cols[s->table.key_cols[k]] = s->right_keys[k];
	for (int i = 0; i < in->n; i++) {
		int row = batch_row(in, i);
		bool null = null_key(s, s->right_keys, row);
		if (null && !s->right_outer && !p->null_aware)
			continue;
		struct join_head *h =
			join_table_add(&s->table, s->hashes[row], null, s->right_cols, row);
		if (s->spill != NULL) {
			rc = join_spill_right(s->spill, h, e);
			if (rc != ERR_OK)
				return rc;
		}
	}
	if (s->spill != NULL)
		join_table_clear(&s->table);
	return arena_check(&s->table.arena, e);
}

/* Rows in memory go to the partitions; from now on so do all others. */
static int
spill_begin(struct op *op, struct err *e)
{
	struct hash_join *s = op->state;
	int rc = join_spill_open(op->x, &s->table, op->plan->child, &s->spill, e);

	for (int list = 0; list < 2; list++)
		for (struct join_head *h = list == 0 ? s->table.all : s->table.nulls;
		     h != NULL && rc == ERR_OK; h = h->next)
			rc = join_spill_right(s->spill, h, e);
	join_table_clear(&s->table);
	return rc;
}

/* Every left row to its partition; then the first partition. */
static int
spill_left(struct op *op, struct err *e)
{
	struct hash_join *s = op->state;

	for (;;) {
		const struct batch *in;
		int rc = op_next(op->child, &in, e);
		if (rc != ERR_OK)
			return rc;
		if (in == NULL)
			return join_spill_ready(s->spill, e);
		arena_reset(&op->arena);
		rc = prog_run(s->left_prog, in, &op->arena, s->left_keys, e);
		if (rc != ERR_OK)
			return rc;
		keys_hash(s->table.key_types, s->table.nkeys, s->left_keys, in->sel, in->n,
			  s->hashes);
		for (int i = 0; i < in->n; i++) {
			int row = batch_row(in, i);
			rc = join_spill_left(s->spill, s->hashes[row], in->cols, row, e);
			if (rc != ERR_OK)
				return rc;
		}
	}
}

static void
list_make(struct hash_join *s)
{
	s->nlist = 0;
	s->list = arena_alloc(&s->table.arena,
			      (s->table.n + s->table.nnulls + 1) * sizeof(struct join_head *));
	for (struct join_head *h = s->table.nulls; h != NULL; h = h->next)
		s->list[s->nlist++] = h;
	for (struct join_head *h = s->table.all; h != NULL; h = h->next)
		s->list[s->nlist++] = h;
}

static int
build(struct op *op, struct err *e)
{
	const struct plan_join *p = PLAN_AS(plan_join, op->plan);
	struct hash_join *s = op->state;
	struct plan_counts *counts = op_counts(op);
	const bool can_spill = exec_store(op->x) != NULL && !p->null_aware;

	for (;;) {
		const struct batch *in;
		int rc = op_next(op->inner, &in, e);
		if (rc == ERR_OK && in == NULL)
			break;
		if (rc == ERR_OK) {
			arena_reset(&op->arena);
			rc = build_batch(op, in, e);
		}
		if (rc == ERR_OK && s->spill == NULL && can_spill &&
		    s->table.arena.used > exec_work_mem(op->x))
			rc = spill_begin(op, e);
		if (rc != ERR_OK)
			return rc;
	}
	if (counts != NULL && s->table.arena.used > counts->bytes_peak)
		counts->bytes_peak = s->table.arena.used;
	if (s->spill != NULL) {
		int rc = spill_left(op, e);
		if (counts != NULL)
			counts->spilled += join_spill_bytes(s->spill);
		if (rc != ERR_OK)
			return rc;
	}
	if (p->null_aware)
		list_make(s);
	join_table_ready(&s->table);
	s->built = true;
	return ERR_OK;
}

/* -- probing ---------------------------------------------------------------------------------- */
static int
left_begin(struct hash_join *s, struct err *e)
{
	const struct batch *in = s->left;

	arena_reset(&s->left_arena);
	int rc = prog_run(s->left_prog, in, &s->left_arena, s->left_keys, e);

	if (rc != ERR_OK)
		return rc;
	keys_hash(s->table.key_types, s->table.nkeys, s->left_keys, in->sel, in->n, s->hashes);
	/* A table larger than the caches: ask for all directory words, then for all rows. */
	for (int i = 0; i < in->n; i++) {
		int row = batch_row(in, i);
		__builtin_prefetch(&s->table.dir[s->hashes[row] >> s->table.shift]);
		s->null_key[row] = null_key(s, s->left_keys, row);
	}
	for (int i = 0; i < in->n; i++) {
		int row = batch_row(in, i);
		s->heads[row] = join_table_find(&s->table, s->hashes[row]);
		__builtin_prefetch(s->heads[row]);
		if (s->null_key[row])
			s->heads[row] = NULL;
	}
	join_out_left(&s->out);
	s->at = 0;
	s->begun = false;
	return ERR_OK;
}

/* May this row equal the left one, a null being equal to anything? */
static bool
maybe_equal(const struct hash_join *s, struct join_head *h, int row)
{
	const struct row *r = join_row(h);

	for (int k = 0; k < s->table.nkeys; k++) {
		int c = s->table.key_cols[k];
		if (vec_null(&s->left_keys[k], row) || row_null(&s->table.shape, r, c))
			continue;
		if (!key_equal(&s->table.key_types[k], vec_at(&s->left_keys[k], row), r->v[c]))
			return false;
	}
	return true;
}

/* NOT IN: candidates by nulls, after the chain.  False: the pairs are full. */
static bool
fill_null_aware(struct hash_join *s, int row)
{
	size_t end = s->null_key[row] ? s->nlist : s->table.nnulls;

	for (; s->list_at < end; s->list_at++) {
		struct join_head *h = s->list[s->list_at];
		if (s->out.filter == NULL && s->found)
			return true;
		if (!maybe_equal(s, h, row))
			continue;
		s->found = true;
		if (s->out.filter == NULL)
			return true;
		if (s->pairs.n == BATCH_ROWS)
			return false;
		pairs_add(&s->pairs, row, join_row(h));
	}
	return true;
}

/* The rest of the chain of one left row.  False: the pairs are full. */
static bool
fill_chain(struct hash_join *s, int row, bool one)
{
	while (s->cur != NULL) {
		struct join_head *h = s->cur;
		if (s->pairs.n == BATCH_ROWS)
			return false;
		s->cur = h->next;
		if (!join_table_equal(&s->table, h, s->hashes[row], s->left_keys, row))
			continue;
		s->found = true;
		if (!one || s->out.type == JOIN_SEMI)
			pairs_add(&s->pairs, row, join_row(h));
		if (one)
			s->cur = NULL;
	}
	return true;
}

static void
fill_pairs(struct op *op, struct hash_join *s)
{
	const bool null_aware = PLAN_AS(plan_join, op->plan)->null_aware;
	const bool one = join_first_only(&s->out) && s->out.filter == NULL;
	const bool keeps_left = join_keeps_left(&s->out);

	s->pairs.n = 0;
	for (; s->at < s->left->n; s->at++, s->begun = false) {
		int row = batch_row(s->left, s->at);

		if (!s->begun) {
			s->begun = true;
			s->found = false;
			s->cur = s->heads[row];
			s->list_at = 0;
		}
		if (!fill_chain(s, row, one) || (null_aware && !fill_null_aware(s, row)))
			return;
		if (!keeps_left || (s->out.filter == NULL && s->found))
			continue;
		if (s->pairs.n == BATCH_ROWS)
			return;
		pairs_add(&s->pairs, row, NULL);
	}
	s->left = NULL;
}

/* -- inner rows without a partner ------------------------------------------------------------- */
static void
drain_begin(struct hash_join *s)
{
	s->draining = true;
	s->drain_dir = 0;
	s->drain = s->table.nulls;
	s->drain_nulls = true;
}

static struct join_head *
drain_next(struct hash_join *s)
{
	for (;;) {
		struct join_head *h = s->drain;
		if (h != NULL) {
			s->drain = h->next;
			if (h->matched == 0)
				return h;
			continue;
		}
		if (s->drain_dir >> (64 - s->table.shift) != 0)
			return NULL;
		s->drain = (struct join_head *) (uintptr_t) (s->table.dir[s->drain_dir++] &
							     UINT64_C(0xffffffffffff));
	}
}

static bool
drain(struct op *op)
{
	struct hash_join *s = op->state;
	struct join_head *h;
	int n = 0;

	while (n < BATCH_ROWS && (h = drain_next(s)) != NULL)
		s->pairs.right[n++] = join_row(h);
	if (n == 0) {
		s->draining = false;
		return false;
	}
	join_out_right(&s->out, s->pairs.right, n, &op->out);
	return true;
}

/* The next left batch; NULL at the end of the partition, or of all. */
static int
next_left(struct op *op, struct err *e)
{
	struct hash_join *s = op->state;
	int rc = s->spill != NULL ? join_spill_next_left(s->spill, op, &s->left, e)
				  : op_next(op->child, &s->left, e);

	if (rc != ERR_OK || s->left == NULL)
		return rc;
	return left_begin(s, e);
}

static int
next_partition(struct op *op, bool *ret_more, struct err *e)
{
	struct hash_join *s = op->state;

	*ret_more = false;
	if (s->spill == NULL)
		return ERR_OK;
	join_table_clear(&s->table);
	int rc = join_spill_next(s->spill, &s->table, ret_more, e);
	if (rc == ERR_OK && *ret_more)
		join_table_ready(&s->table);
	return rc;
}

static int
hash_next(struct op *op, const struct batch **ret, struct err *e)
{
	struct hash_join *s = op->state;
	bool more;

	if (s->swap_ready)
		return join_swap_next(s->swap, ret, e);
	int rc = s->built ? ERR_OK : build(op, e);

	/* Nothing to find: the left side need not be read. */
	if (s->spill == NULL && s->table.n == 0 &&
	    (s->out.type == JOIN_INNER || s->out.type == JOIN_SEMI))
		op->done = true;
	if (rc == ERR_OK && s->spill != NULL && !s->begun && s->left == NULL && !s->draining &&
	    !join_spill_begun(s->spill))
		rc = next_partition(op, &more, e);
	*ret = NULL;
	while (rc == ERR_OK && !op->done) {
		if (s->draining && drain(op)) {
			*ret = &op->out;
			return ERR_OK;
		}
		if (s->left == NULL) {
			rc = next_left(op, e);
			if (rc != ERR_OK)
				return rc;
		}
		if (s->left == NULL) {
			if (s->right_outer && !s->drain_nulls) {
				drain_begin(s);
				continue;
			}
			s->drain_nulls = false;
			rc = next_partition(op, &more, e);
			op->done = !more;
			continue;
		}
		const struct batch *left = s->left;
		fill_pairs(op, s);
		if (s->pairs.n == 0)
			continue;
		rc = join_out_pairs(&s->out, left, &s->pairs, &op->arena, &op->out, e);
		if (rc == ERR_OK && op->out.n != 0) {
			*ret = &op->out;
			return ERR_OK;
		}
		arena_reset(&op->arena);
		if (rc == ERR_OK)
			rc = exec_check(op->x, e);
	}
	return rc;
}

/* A second batch of parents: keep the child's rows rather than read them for every batch. */
static int
try_swap(struct op *op, struct err *e)
{
	struct hash_join *s = op->state;
	int rc;

	s->swap_tried = true;
	rc = join_swap_open(op, &s->swap, e);
	if (rc != ERR_OK || s->swap == NULL)
		return rc;
	rc = op_rescan(op->child, e);
	if (rc == ERR_OK)
		rc = join_swap_build(s->swap, &s->swap_ready, e);
	if (rc == ERR_OK && !s->swap_ready)
		join_swap_close(&s->swap);
	return rc;
}

static int
hash_rescan(struct op *op, struct err *e)
{
	struct hash_join *s = op->state;
	int rc = s->swap_tried || !s->built ? ERR_OK : try_swap(op, e);

	if (rc == ERR_OK && s->swap_ready) {
		join_swap_rescan(s->swap);
		return op_rescan(op->inner, e);
	}
	if (rc == ERR_OK)
		rc = op_rescan(op->child, e);
	s->left = NULL;
	s->begun = s->draining = s->drain_nulls = false;
	if (rc == ERR_OK && s->built &&
	    (op_varies(op->inner) || s->spill != NULL || s->right_outer)) {
		join_spill_close(&s->spill);
		join_table_clear(&s->table);
		s->built = false;
		rc = op_rescan(op->inner, e);
	}
	return rc;
}

static void
hash_close(struct op *op)
{
	struct hash_join *s = op->state;

	join_spill_close(&s->spill);
	join_swap_close(&s->swap);
	join_table_done(&s->table);
	arena_done(&s->left_arena);
}

const struct op_class op_join_hash_class = {
	.name = "hash join",
	.plan_kind = PLAN_JOIN_HASH,
	.state_size = sizeof(struct hash_join),
	.open = hash_open,
	.next = hash_next,
	.rescan = hash_rescan,
	.close = hash_close,
};
