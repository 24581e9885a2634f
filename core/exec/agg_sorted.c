/* agg_sorted.c - aggregates over one group, or over groups whose rows come together.
 *
 * Runs of rows of one group are stepped as a whole.  The group in hand lives on one arena; the
 * next one begins on the other, because its first row is met while the old one is finished. */
#include "config.h"
#include "core/exec/op_aggregate.h"

int
agg_sorted_open(struct op *op, struct err *e UNUSED)
{
	struct aggregate_state *s = op->state;
	struct arena *a = &op->x->arena;

	row_shape_init(&s->shape, a, s->nkeys, s->key_types);
	s->types = ARENA_ARRAY(a, struct key_type, s->nkeys + 1);
	for (int i = 0; i < s->nkeys; i++)
		s->types[i] = key_type(s->key_types[i]);
	for (int i = 0; i < BATCH_ROWS; i++)
		s->identity[i] = (uint16_t) i;
	return ERR_OK;
}

void
agg_sorted_clear(struct aggregate_state *s)
{
	arena_reset(&s->arenas[0]);
	arena_reset(&s->arenas[1]);
	s->key = NULL;
	s->states = NULL;
	s->in = NULL;
}

static void
group_begin(struct aggregate_state *s, int row)
{
	s->arena = !s->arena;
	struct arena *a = &s->arenas[s->arena];

	arena_reset(a);
	aggs_set_arena(&s->aggs, a);
	s->key = row_copy(a, &s->shape, 0, s->group_cols, row);
	s->states = arena_alloc(a, s->aggs.state_size + 1);
	aggs_init_states(&s->aggs, s->states, a, row);
}

static bool
same_group(const struct aggregate_state *s, int row)
{
	for (int k = 0; k < s->nkeys; k++) {
		bool a = row_null(&s->shape, s->key, k), b = vec_null(&s->group_cols[k], row);
		if (a != b ||
		    (!a && !key_equal(&s->types[k], s->key->v[k], vec_at(&s->group_cols[k], row))))
			return false;
	}
	return true;
}

static char *
only_states(void *arg, int64_t number UNUSED)
{
	return ((struct aggregate_state *) arg)->states;
}

/* Finish the group in hand: a row of the result. */
static int
group_end(struct op *op, struct err *e)
{
	struct aggregate_state *s = op->state;
	int rc = s->aggs.any_collected ? aggs_flush(&s->aggs, only_states, s, e) : ERR_OK;

	if (rc != ERR_OK)
		return rc;
	for (int k = 0; k < s->nkeys; k++) {
		struct vec *v = &op->out.cols[k];
		v->null[s->nout] = row_null(&s->shape, s->key, k);
		v->v[s->nout] = v->null[s->nout]
					? datum_int(0)
					: datum_copy(&op->arena, s->key->v[k], !s->shape.byref[k]);
	}
	for (int a = 0; a < s->aggs.n; a++) {
		struct agg_fn *f = &s->aggs.fns[a];
		struct vec *v = &op->out.cols[s->nkeys + a];
		bool null;
		rc = agg_final(&s->aggs, f, s->states, &op->arena, &v->v[s->nout], &null, e);
		if (rc != ERR_OK)
			return rc;
		/* The result may lie in the state, which ends before the batch does. */
		if (!null)
			v->v[s->nout] = datum_copy(&op->arena, v->v[s->nout], f->item->ret->byval);
		v->null[s->nout] = null;
	}
	s->nout++;
	s->key = NULL;
	return ERR_OK;
}

/* Rows at..end of the batch's selection belong to the group in hand. */
static int
step_rows(struct op *op, int end, struct err *e)
{
	struct aggregate_state *s = op->state;
	const int last = batch_row(s->in, end - 1);

	for (int i = 0; i < s->aggs.n; i++) {
		struct agg_fn *f = &s->aggs.fns[i];
		const int from = f->pos;
		int rc = ERR_OK;

		while (f->pos < f->n && (f->sel != NULL ? f->sel[f->pos] : f->pos) <= last)
			f->pos++;
		const int n = f->pos - from;
		if (f->collected) {
			for (int k = from; k < f->pos && rc == ERR_OK; k++)
				rc = agg_collect(&s->aggs, f, 0, s->states,
						 f->sel != NULL ? f->sel[k] : k, e);
		} else if (from == 0 && f->sel == NULL) {
			rc = agg_step_run(f, s->states, NULL, n, e);
		} else {
			rc = agg_step_run(f, s->states,
					  (f->sel != NULL ? f->sel : s->identity) + from, n, e);
		}
		if (rc != ERR_OK)
			return rc;
	}
	s->at = end;
	return ERR_OK;
}

static int
read_batch(struct op *op, struct arena *a, struct err *e)
{
	struct aggregate_state *s = op->state;
	int rc = op_next(op->child, &s->in, e);

	s->at = 0;
	if (rc != ERR_OK || s->in == NULL)
		return rc;
	rc = aggs_batch(&s->aggs, s->in, a, e);
	if (rc == ERR_OK)
		rc = prog_run(s->groups, s->in, a, s->group_cols, e);
	return rc;
}

/* No input at all: the aggregates of nothing. */
static int
empty_result(struct op *op, struct err *e)
{
	struct aggregate_state *s = op->state;
	struct arena *a = &s->arenas[s->arena];

	aggs_set_arena(&s->aggs, a);
	s->key = arena_zalloc(a, s->shape.fixed + 1);
	s->states = arena_alloc(a, s->aggs.state_size + 1);
	aggs_init_states(&s->aggs, s->states, a, -1);
	return group_end(op, e);
}

int
agg_sorted_next(struct op *op, const struct batch **ret, struct err *e)
{
	struct aggregate_state *s = op->state;
	bool any = s->key != NULL || s->in != NULL;
	int rc = ERR_OK;

	*ret = NULL;
	if (s->prepared)
		return ERR_OK;
	s->nout = 0;
	for (int c = 0; c < op->out.ncols; c++)
		op->out.cols[c] = vec_new(&op->arena, s->nkeys == 0 ? 1 : BATCH_ROWS);
	/* The first batches are small: a LIMIT above may want no more. */
	s->room = s->room == 0			? BATCH_ROWS / 128
		  : s->room * 4 < BATCH_ROWS ? s->room * 4
					     : BATCH_ROWS;
	while (rc == ERR_OK && s->nout < s->room) {
		if (s->in == NULL || s->at == s->in->n) {
			/* Arguments may be computed values: they live on an arena of their own. */
			arena_reset(&s->hash.arena);
			rc = read_batch(op, &s->hash.arena, e);
			if (rc != ERR_OK || s->in == NULL)
				break;
			op->x->env.type.arena = &s->hash.arena;
		}
		int row = batch_row(s->in, s->at), end = s->at + 1;
		any = true;
		if (s->key != NULL && !same_group(s, row)) {
			rc = group_end(op, e);
			continue;
		}
		if (s->key == NULL)
			group_begin(s, row);
		if (s->nkeys == 0)
			end = s->in->n;
		while (end < s->in->n && same_group(s, batch_row(s->in, end)))
			end++;
		rc = step_rows(op, end, e);
	}
	if (rc == ERR_OK && s->in == NULL) {
		s->prepared = true;
		if (s->key != NULL)
			rc = group_end(op, e);
		else if (!any && s->nkeys == 0)
			rc = empty_result(op, e);
	}
	op->out.n = s->nout;
	if (rc == ERR_OK && s->nout != 0)
		*ret = &op->out;
	return rc != ERR_OK ? rc : arena_check(&s->arenas[s->arena], e);
}
