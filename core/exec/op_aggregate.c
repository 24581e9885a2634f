/* op_aggregate.c - GROUP BY, grouping sets, aggregates without groups.
 *
 * Groups are found by hash for a whole batch, then every aggregate walks the batch.  They come
 * out in the order of their first rows.  When they outgrow work_mem, rows of groups that are
 * not there yet are written to partitions and aggregated afterwards.
 *
 * Not here: one group, and input in the order of the groups (agg_sorted.c); partitions
 * (partition.c); calls (aggregates.c). */
#include "config.h"
#include "core/exec/op_aggregate.h"
#include "core/exec/ops.h"

static bool
is_streaming(const struct plan_aggregate *p)
{
	if (p->nsets != 0)
		return false;
	return p->ngroups == 0 || (p->sorted && !(p->always && p->p.dependent));
}

static int
aggregate_open(struct op *op, struct err *e)
{
	const struct plan_aggregate *p = PLAN_AS(plan_aggregate, op->plan);
	struct aggregate_state *s = op->state;
	struct arena *a = &op->x->arena;
	int rc = op_open_inputs(op, e);

	if (rc != ERR_OK)
		return rc;
	op_out_init(op);
	s->outer = op->x->outer;
	s->nkeys = p->ngroups + (p->nsets != 0);
	s->key_types = ARENA_ARRAY(a, const struct type *, s->nkeys + 1);
	for (int i = 0; i < p->ngroups; i++)
		s->key_types[i] = p->groups[i]->type;
	if (p->nsets != 0)
		s->key_types[p->ngroups] = type_builtin(OID_INT4);
	s->group_cols = ARENA_ARRAY(a, struct vec, s->nkeys + 1);
	rc = aggs_open(&s->aggs, op->x, p->aggs, p->naggs, e);
	if (rc == ERR_OK)
		rc = prog_compile(op->x, p->groups, p->ngroups, BATCH_ROWS, &s->groups, e);
	if (rc != ERR_OK)
		return rc;
	s->streaming = is_streaming(p);
	if (s->streaming)
		return agg_sorted_open(op, e);
	agg_hash_init(&s->hash, &s->aggs, s->nkeys, s->key_types, a);
	aggs_set_arena(&s->aggs, &s->hash.arena);
	partitions_init(&s->parts, op->x, op->plan->child);
	s->keys = ARENA_ARRAY(a, struct vec, s->nkeys + 1);
	s->null_const = vec_new(a, 1);
	s->null_const.stride = 0;
	s->null_const.v[0].i = 0;
	s->null_const.null[0] = 1;
	s->set_const = ARENA_ARRAY(a, struct vec, p->nsets + 1);
	for (int i = 0; i < p->nsets; i++) {
		s->set_const[i] = (struct vec){ .v = ARENA_NEW(a, union datum), .stride = 0 };
		s->set_const[i].v[0].i = i;
	}
	return ERR_OK;
}

/* -- a batch into the groups ------------------------------------------------------------------ */
/* Key columns of grouping set `set`: what is not grouped is null. */
static void
set_keys(const struct plan_aggregate *p, struct aggregate_state *s, int set)
{
	for (int i = 0; i < p->ngroups; i++)
		s->keys[i] = p->nsets == 0 || (p->sets[set] >> i & 1) != 0 ? s->group_cols[i]
									   : s->null_const;
	if (p->nsets != 0)
		s->keys[p->ngroups] = s->set_const[set];
}

static int
find_groups(struct op *op, const struct batch *in, struct err *e)
{
	struct aggregate_state *s = op->state;

	keys_hash(s->hash.types, s->nkeys, s->keys, in->sel, in->n, s->hashes);
	agg_hash_prefetch(&s->hash, s->hashes, in->sel, in->n);
	for (int i = 0; i < in->n; i++) {
		int row = batch_row(in, i);
		s->group[row] = agg_hash_find(&s->hash, s->keys, s->hashes[row], row, !s->full);
		if (s->group[row] != NULL)
			continue;
		int rc = partitions_write(&s->parts, s->hashes[row], in->cols, row, &op->arena, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

/* One plain argument without nulls: the loop that counts. */
static int
step_plain(struct aggregate_state *s, struct agg_fn *f, struct err *e)
{
	static const bool no_null[1];
	const union datum *v = f->cols[0].v;

	for (int i = 0; i < f->n; i++) {
		const int row = f->sel != NULL ? f->sel[i] : i;
		struct agg_group *g = s->group[row];
		if (g == NULL)
			continue;
		int rc = f->agg->step(&f->call, g->states + f->state_at, &v[row], no_null, e);
		if (UNLIKELY(rc != ERR_OK))
			return rc;
	}
	return ERR_OK;
}

static int
step_groups(struct aggregate_state *s, struct agg_fn *f, struct err *e)
{
	if (!f->collected && f->item->nargs == 1 && f->cols[0].null == NULL &&
	    f->cols[0].stride == 1)
		return step_plain(s, f, e);
	for (int i = 0; i < f->n; i++) {
		const int row = f->sel != NULL ? f->sel[i] : i;
		struct agg_group *g = s->group[row];
		int rc = ERR_OK;
		if (g == NULL)
			continue;
		if (f->collected)
			rc = agg_collect(&s->aggs, f, g->number, g->states, row, e);
		else
			rc = agg_step_row(f, g->states + f->state_at, row, e);
		if (UNLIKELY(rc != ERR_OK))
			return rc;
	}
	return ERR_OK;
}

static int
hash_batch(struct op *op, const struct batch *in, struct err *e)
{
	const struct plan_aggregate *p = PLAN_AS(plan_aggregate, op->plan);
	struct aggregate_state *s = op->state;
	int rc = aggs_batch(&s->aggs, in, &op->arena, e);

	if (rc == ERR_OK)
		rc = prog_run(s->groups, in, &op->arena, s->group_cols, e);
	op->x->env.type.arena = &op->arena;
	for (int set = 0; rc == ERR_OK && set < (p->nsets == 0 ? 1 : p->nsets); set++) {
		set_keys(p, s, set);
		rc = find_groups(op, in, e);
		for (int i = 0; i < s->aggs.n && rc == ERR_OK; i++)
			rc = step_groups(s, &s->aggs.fns[i], e);
	}
	if (rc == ERR_OK && !s->full && !p->always && p->nsets == 0 && exec_store(op->x) != NULL)
		s->full = agg_hash_bytes(&s->hash) > exec_work_mem(op->x);
	return rc == ERR_OK ? arena_check(&s->hash.arena, e) : rc;
}

/* -- groups without rows ---------------------------------------------------------------------- */
static void
empty_groups(struct op *op)
{
	const struct plan_aggregate *p = PLAN_AS(plan_aggregate, op->plan);
	struct aggregate_state *s = op->state;
	static const struct batch one = { .n = 1 };
	const struct batch *in = op->plan->dependent ? s->outer->batch : &one;
	const uint64_t free_of = op->plan->dependent ? UINT64_C(1) : 0;

	if (!p->always || in == NULL || in->n == 0)
		return;
	for (int set = 0; set < (p->nsets == 0 ? 1 : p->nsets); set++) {
		if (p->nsets != 0 && (p->sets[set] & ~free_of) != 0)
			continue;
		for (int i = 0; i < p->ngroups; i++)
			s->keys[i] = s->null_const;
		if (op->plan->dependent)
			s->keys[0] = in->cols[0];
		if (p->nsets != 0)
			s->keys[p->ngroups] = s->set_const[set];
		keys_hash(s->hash.types, s->nkeys, s->keys, in->sel, in->n, s->hashes);
		for (int i = 0; i < in->n; i++) {
			int row = batch_row(in, i);
			if (agg_hash_find(&s->hash, s->keys, s->hashes[row], row, false) != NULL)
				continue;
			struct agg_group *g =
				agg_hash_find(&s->hash, s->keys, s->hashes[row], row, true);
			aggs_init_states(&s->aggs, g->states, &s->hash.arena, -1);
		}
	}
}

/* -- the result ------------------------------------------------------------------------------- */
static int
emit(struct op *op, struct err *e)
{
	struct aggregate_state *s = op->state;
	const struct row *rows[BATCH_ROWS];
	const int nkeys = PLAN_AS(plan_aggregate, op->plan)->ngroups,
		  nsets = PLAN_AS(plan_aggregate, op->plan)->nsets;
	int n = 0;

	for (; n < BATCH_ROWS && s->emit_at + (size_t) n < s->hash.n; n++)
		rows[n] = group_row(s->hash.groups[s->emit_at + (size_t) n]);
	struct vec *cols = op->out.cols;
	for (int c = 0; c < op->out.ncols; c++)
		cols[c] = vec_new(&op->arena, n);
	/* The number of the set is the last key and the last column. */
	struct vec *keys = ARENA_ARRAY(&op->arena, struct vec, s->nkeys + 1);
	if (nkeys != 0)
		memcpy(keys, cols, (size_t) nkeys * sizeof *keys);
	if (nsets != 0)
		keys[nkeys] = cols[nkeys + s->aggs.n];
	rows_gather(&s->hash.shape, rows, n, keys);
	if (nkeys != 0)
		memcpy(cols, keys, (size_t) nkeys * sizeof *keys);
	if (nsets != 0)
		cols[nkeys + s->aggs.n] = keys[nkeys];
	for (int a = 0; a < s->aggs.n; a++)
		for (int i = 0; i < n; i++) {
			struct vec *v = &cols[nkeys + a];
			bool null;
			int rc = agg_final(&s->aggs, &s->aggs.fns[a],
					   s->hash.groups[s->emit_at + (size_t) i]->states,
					   &op->arena, &v->v[i], &null, e);
			if (rc != ERR_OK)
				return rc;
			v->null[i] = null;
		}
	s->emit_at += (size_t) n;
	op->out.n = n;
	op->out.sel = NULL;
	return ERR_OK;
}

/* All of the input in hand: the child's rows, later one partition's. */
static int
consume(struct op *op, struct err *e)
{
	struct aggregate_state *s = op->state;
	struct plan_counts *counts = op_counts(op);
	int rc = ERR_OK;

	while (rc == ERR_OK) {
		const struct batch *in;
		rc = partitions_read(&s->parts, op->child, &in, e);
		if (rc == ERR_OK && in == NULL)
			break;
		arena_reset(&op->arena);
		if (rc == ERR_OK)
			rc = hash_batch(op, in, e);
	}
	if (rc == ERR_OK)
		rc = aggs_flush(&s->aggs, agg_hash_states, &s->hash, e);
	if (rc != ERR_OK)
		return rc;
	empty_groups(op);
	s->prepared = true;
	s->emit_at = 0;
	if (counts != NULL) {
		size_t bytes = agg_hash_bytes(&s->hash);
		counts->bytes_peak = bytes > counts->bytes_peak ? bytes : counts->bytes_peak;
	}
	return arena_check(&s->hash.arena, e);
}

static int
aggregate_next(struct op *op, const struct batch **ret, struct err *e)
{
	struct aggregate_state *s = op->state;

	if (s->streaming)
		return agg_sorted_next(op, ret, e);
	*ret = NULL;
	while (!op->done) {
		bool more;
		int rc = s->prepared ? ERR_OK : consume(op, e);
		if (rc != ERR_OK)
			return rc;
		if (s->emit_at < s->hash.n) {
			*ret = &op->out;
			return emit(op, e);
		}
		agg_hash_clear(&s->hash);
		s->full = s->prepared = false;
		rc = partitions_next(&s->parts, &more, e);
		if (rc != ERR_OK)
			return rc;
		op->done = !more;
	}
	if (op_counts(op) != NULL)
		op_counts(op)->spilled = s->parts.bytes;
	return ERR_OK;
}

static int
aggregate_rescan(struct op *op, struct err *e)
{
	struct aggregate_state *s = op->state;

	if (s->streaming)
		agg_sorted_clear(s);
	else
		agg_hash_clear(&s->hash);
	aggs_clear(&s->aggs);
	partitions_clear(&s->parts);
	s->full = s->prepared = false;
	s->emit_at = 0;
	return op_rescan(op->child, e);
}

static void
aggregate_close(struct op *op)
{
	struct aggregate_state *s = op->state;

	aggs_close(&s->aggs);
	agg_hash_done(&s->hash);
	partitions_clear(&s->parts);
	arena_done(&s->parts.arena);
	arena_done(&s->arenas[0]);
	arena_done(&s->arenas[1]);
}

const struct op_class op_aggregate_class = {
	.name = "aggregate",
	.plan_kind = PLAN_AGGREGATE,
	.state_size = sizeof(struct aggregate_state),
	.open = aggregate_open,
	.next = aggregate_next,
	.rescan = aggregate_rescan,
	.close = aggregate_close,
};
