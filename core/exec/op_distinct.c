/* op_distinct.c - each combination of the key columns once: the first row that has it.
 *
 * Sorted input needs only the last row taken (DISTINCT ON keeps the first of each run); else
 * the rows seen are kept by hash, and once they outgrow work_mem, rows not seen yet are put
 * aside by hash and taken up later, partition by partition. */
#include "config.h"
#include "core/exec/operator.h"
#include "core/exec/ops.h"

#include "core/exec/distinct_set.h"
#include "core/exec/partition.h"

struct distinct_state {
	struct distinct_set set; /* over the key columns */
	struct vec *keys;
	uint64_t hashes[BATCH_ROWS];
	uint16_t sel[BATCH_ROWS];
	bool full;
	struct partitions parts; /* of whole child rows */
	struct row *last;        /* sorted: keys of the last row taken */
	struct arena arenas[2];
	int arena;
};

static int
distinct_open(struct op *op, struct err *e)
{
	const struct plan_distinct *p = PLAN_AS(plan_distinct, op->plan);
	struct distinct_state *s = op->state;
	struct arena *a = &op->x->arena;
	const struct type **types = ARENA_ARRAY(a, const struct type *, p->nkeys + 1);
	int rc = op_open_inputs(op, e);

	if (rc != ERR_OK)
		return rc;
	for (int k = 0; k < p->nkeys; k++)
		types[k] = op->plan->child->cols[p->keys[k]].type;
	distinct_set_init(&s->set, a, p->nkeys, types);
	s->keys = ARENA_ARRAY(a, struct vec, p->nkeys + 1);
	partitions_init(&s->parts, op->x, op->plan->child);
	return ERR_OK;
}

static bool
is_last(const struct distinct_state *s, int nkeys, int row)
{
	for (int k = 0; s->last != NULL && k < nkeys; k++) {
		bool a = row_null(&s->set.shape, s->last, k), b = vec_null(&s->keys[k], row);
		if (a != b ||
		    (!a && !key_equal(&s->set.types[k], s->last->v[k], vec_at(&s->keys[k], row))))
			return false;
	}
	return s->last != NULL;
}

static int
select_sorted(struct distinct_state *s, const struct batch *in)
{
	int m = 0;

	for (int i = 0; i < in->n; i++) {
		int row = batch_row(in, i);
		if (is_last(s, s->set.shape.ncols, row))
			continue;
		s->arena = !s->arena;
		arena_reset(&s->arenas[s->arena]);
		s->last = row_copy(&s->arenas[s->arena], &s->set.shape, 0, s->keys, row);
		s->sel[m++] = (uint16_t) row;
	}
	return m;
}

static int
select_hashed(struct op *op, const struct batch *in, int *ret_n, struct err *e)
{
	struct distinct_state *s = op->state;
	int m = 0;

	keys_hash(s->set.types, s->set.shape.ncols, s->keys, in->sel, in->n, s->hashes);
	for (int i = 0; i < in->n; i++) {
		int row = batch_row(in, i);
		bool new;
		struct distinct_row *d =
			distinct_set_find(&s->set, s->keys, s->hashes[row], row, !s->full, &new);
		if (d == NULL) {
			int rc = partitions_write(&s->parts, s->hashes[row], in->cols, row,
						  &op->arena, e);
			if (rc != ERR_OK)
				return rc;
		}
		if (new)
			s->sel[m++] = (uint16_t) row;
	}
	if (!s->full && exec_store(op->x) != NULL)
		s->full = distinct_set_bytes(&s->set) > exec_work_mem(op->x);
	*ret_n = m;
	return arena_check(&s->set.arena, e);
}

static int
distinct_next(struct op *op, const struct batch **ret, struct err *e)
{
	const struct plan_distinct *p = PLAN_AS(plan_distinct, op->plan);
	struct distinct_state *s = op->state;

	*ret = NULL;
	while (!op->done) {
		const struct batch *in;
		bool more;
		int n = 0, rc = partitions_read(&s->parts, op->child, &in, e);

		if (rc != ERR_OK)
			return rc;
		if (in == NULL) {
			rc = partitions_next(&s->parts, &more, e);
			op->done = !more;
			s->full = false;
			distinct_set_clear(&s->set);
			if (rc != ERR_OK)
				return rc;
			continue;
		}
		for (int k = 0; k < p->nkeys; k++)
			s->keys[k] = in->cols[p->keys[k]];
		if (p->sorted)
			n = select_sorted(s, in);
		else
			rc = select_hashed(op, in, &n, e);
		if (rc != ERR_OK)
			return rc;
		if (n != 0) {
			op->out = *in;
			op->out.n = n;
			op->out.sel = s->sel;
			*ret = &op->out;
			return ERR_OK;
		}
	}
	if (op_counts(op) != NULL)
		op_counts(op)->spilled = s->parts.bytes;
	return ERR_OK;
}

static int
distinct_rescan(struct op *op, struct err *e)
{
	struct distinct_state *s = op->state;

	distinct_set_clear(&s->set);
	partitions_clear(&s->parts);
	s->full = false;
	s->last = NULL;
	return op_rescan(op->child, e);
}

static void
distinct_close(struct op *op)
{
	struct distinct_state *s = op->state;

	distinct_set_done(&s->set);
	partitions_clear(&s->parts);
	arena_done(&s->parts.arena);
	arena_done(&s->arenas[0]);
	arena_done(&s->arenas[1]);
}

const struct op_class op_distinct_class = {
	.name = "distinct",
	.plan_kind = PLAN_DISTINCT,
	.state_size = sizeof(struct distinct_state),
	.open = distinct_open,
	.next = distinct_next,
	.rescan = distinct_rescan,
	.close = distinct_close,
};
