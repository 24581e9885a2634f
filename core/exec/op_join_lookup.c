/* op_join_lookup.c - for a batch of left rows, all partners through an index in one probe.
 *
 * The inner plan is a scan node that is not run as such: its index is probed with the left
 * keys, its filter applied to the fetched rows; or one such node for each partition, and a left
 * row's partners may come from several (probe.h).  Probes come back in the index's order; the
 * result is put in the order of the left rows.  A left batch is worked off in pieces, so that
 * a large fan-out does not pile up: a piece grows while its results stay few.
 *
 * A disjunction has a lookup for each of its arms: a piece's rows are looked for by one after the
 * other, and what an arm finds is tested by what else it says before it counts. */
#include "config.h"
#include "core/exec/operator.h"
#include "core/exec/ops.h"

#include "core/access/table.h"
#include "core/exec/join.h"
#include "core/exec/probe.h"

enum { PIECE_FIRST = 64, PIECE_RESULTS = 16 * 1024, NONE = -1, FIRST = -2 };

/* One way to partners: the join's only one, or an arm of its disjunction. */
struct lookup {
	const struct plan_join *plan;
	struct probe probe;
	struct prog *keys;
	struct vec *key_cols;
	struct filter *filter; /* of an arm: over left then right; NULL: none */
};

struct lookup_state {
	int nlookups;
	struct lookup *lookups;
	struct vec *bufs; /* room for the inner columns, after the left ones if an arm has a filter */
	struct join_out out;
	struct row_shape shape;
	struct pairs pairs;

	const struct batch *left;
	int at, end; /* of the left batch: this piece */
	int piece;
	bool counted; /* probe.limit_each is known */
	bool probed;
	struct arena arena; /* the piece's rows */
	struct found {
		const struct row *row;
		int next; /* of the same left row; NONE: the last */
	} *found;
	int nfound, cap;
	int first[BATCH_ROWS], last[BATCH_ROWS]; /* per left row: where its rows are */
	int row_at;                              /* of left row `at`: the next one */
};

static int
way_open(struct op *op, const struct plan_join *p, struct lookup *l, struct err *e)
{
	struct arena *a = &op->x->arena;
	struct expr **keys = ARENA_ARRAY(a, struct expr *, p->nkeys + 3);
	int n = p->nkeys;
	if (n > 0)
		memcpy(keys, p->left_keys, (size_t) n * sizeof *keys);
	if (p->lo != NULL)
		keys[n++] = p->lo;
	if (p->hi != NULL)
		keys[n++] = p->hi;
	l->plan = p;
	l->key_cols = ARENA_ARRAY(a, struct vec, n + 1);
	int rc = prog_compile(op->x, keys, n, BATCH_ROWS, &l->keys, e);
	return rc != ERR_OK ? rc : probe_open(op->x, p, l->key_cols, &l->probe, e);
}

/* One partner is enough, whichever. */
static bool
one_will_do(const struct lookup_state *s)
{
	return join_first_only(&s->out) && s->out.filter == NULL;
}

static int
ways_open(struct op *op, const struct plan_join *p, struct err *e)
{
	struct lookup_state *s = op->state;
	int rc = ERR_OK;

	s->lookups = ARENA_ARRAY(&op->x->arena, struct lookup, p->narms + 1);
	for (int i = 0; i < p->narms && rc == ERR_OK; i++) {
		struct lookup *l = &s->lookups[s->nlookups++];
		rc = way_open(op, p->arms[i], l, e);
		if (rc == ERR_OK)
			rc = filter_compile(op->x, p->arms[i]->filter, BATCH_ROWS, &l->filter, e);
	}
	if (p->narms == 0)
		rc = way_open(op, p, &s->lookups[s->nlookups++], e);
	for (int i = 0; i < s->nlookups && rc == ERR_OK; i++) {
		struct lookup *l = &s->lookups[i];
		const bool one = one_will_do(s) && !probe_has_filter(&l->probe) && l->filter == NULL;
		l->probe.limit_each = one ? 1 : 0;
	}
	return rc;
}

static int
lookup_open(struct op *op, struct err *e)
{
	const struct plan_join *p = PLAN_AS(plan_join, op->plan);
	const struct plan *in = op->plan->inner;
	struct lookup_state *s = op->state;
	struct arena *a = &op->x->arena;
	int rc = op_open(op->x, op->plan->child, &op->child, e);

	if (rc != ERR_OK)
		return rc;
	s->piece = PIECE_FIRST;
	row_shape_init(&s->shape, a, in->ncols, plan_types(a, in));
	rc = join_out_init(&s->out, op->x, p->type, op->plan->child->ncols, &s->shape, p->filter, e);
	if (rc == ERR_OK)
		rc = ways_open(op, p, e);
	if (rc != ERR_OK)
		return rc;
	const int nleft = p->narms > 0 ? s->out.nleft : 0;
	s->bufs = ARENA_ARRAY(a, struct vec, nleft + in->ncols + 1);
	for (int c = 0; c < nleft + in->ncols; c++)
		s->bufs[c] = vec_new(a, BATCH_ROWS);
	return ERR_OK;
}

/* How many rows are wanted for each left row, once that may be asked. */
static int
count_each(struct op *op, struct err *e)
{
	const struct plan_join *p = PLAN_AS(plan_join, op->plan);
	struct lookup_state *s = op->state;
	union datum n = { .i = 0 };
	bool null = false;
	int rc = eval_now(op->x, p->each, &op->arena, &n, &null, e);

	s->counted = true;
	if (rc == ERR_OK && !null && n.i > 0 && n.i < INT_MAX && s->lookups->probe.limit_each == 0)
		s->lookups->probe.limit_each = (int) n.i;
	return rc;
}

static void
keep_rows(struct lookup_state *s, const struct vec *cols, const uint16_t *sel, int n,
	  const uint16_t *ordinal)
{
	for (int i = 0; i < n; i++) {
		int row = sel != NULL ? sel[i] : i, left = ordinal[row];

		if (s->nfound == s->cap) {
			int cap = s->cap == 0 ? BATCH_ROWS : s->cap * 2;
			struct found *more = arena_alloc(&s->arena, (size_t) cap * sizeof *more);
			if (s->nfound != 0)
				memcpy(more, s->found, (size_t) s->nfound * sizeof *more);
			s->found = more;
			s->cap = cap;
		}
		if (s->first[left] == NONE)
			s->first[left] = s->nfound;
		else
			s->found[s->last[left]].next = s->nfound;
		s->last[left] = s->nfound;
		s->found[s->nfound++] =
			(struct found){ row_shallow(&s->arena, &s->shape, cols, row), NONE };
	}
}

/* Of the rows that an arm has found, `left` the columns before theirs, those that it means. */
static int
test_arm(struct lookup_state *s, const struct lookup *l, struct vec *left, const uint16_t *ordinal,
	 int nrows, const uint16_t **sel, int *n, struct err *e)
{
	const struct batch rows = {
		.n = *n, .sel = *sel, .ncols = s->out.nleft + s->shape.ncols, .cols = left
	};

	for (int c = 0; c < s->out.nleft; c++)
		vec_gather(&s->left->cols[c], ordinal, nrows, s->bufs[c].v, s->bufs[c].null, &left[c]);
	return filter_run(l->filter, &rows, &s->arena, sel, n, e);
}

/* What one table has for its share of the rows. */
static int
probe_table(struct op *op, struct lookup *l, struct probe_table *t, struct err *e)
{
	struct lookup_state *s = op->state;
	struct plan_counts *counts = op->x->counts != NULL ? &op->x->counts[t->plan->p.id] : NULL;
	const int nleft = s->lookups->plan != PLAN_AS(plan_join, op->plan) ? s->out.nleft : 0;
	struct vec *left = ARENA_ARRAY(&op->arena, struct vec, nleft + s->shape.ncols + 1), *cols = left + nleft;
	uint16_t ordinal[BATCH_ROWS];
	int got;
	int rc = probe_begin(&l->probe, t, l->key_cols, e);

	while (rc == ERR_OK) {
		const uint16_t *kept = NULL;
		if (s->shape.ncols != 0)
			memcpy(cols, s->bufs + nleft, (size_t) s->shape.ncols * sizeof *cols);
		rc = table_probe_next(t->scan, &s->arena, cols, ordinal, &got, e);
		if (rc != ERR_OK || got == 0)
			break;
		const int nrows = got;
		struct batch found = { .n = got, .ncols = s->shape.ncols, .cols = cols };
		rc = filter_run(t->filter, &found, &s->arena, &kept, &got, e);
		if (rc == ERR_OK && l->filter != NULL)
			rc = test_arm(s, l, left, ordinal, nrows, &kept, &got, e);
		if (rc != ERR_OK)
			break;
		keep_rows(s, cols, kept, got, ordinal);
		if (counts != NULL)
			counts->rows += (uint64_t) got;
		rc = exec_check(op->x, e);
	}
	if (counts != NULL) {
		counts->loops = counts->loops != 0 ? counts->loops : 1;
		if (t->scan != NULL)
			counts->probes = table_scan_counts(t->scan)->probes;
	}
	return rc;
}

static void
count_parts(struct op *op, const struct plan *parts, int found)
{
	if (op->x->counts == NULL || parts->kind != PLAN_APPEND)
		return;
	struct plan_counts *counts = &op->x->counts[parts->id];
	counts->loops = 1;
	counts->rows += (uint64_t) found;
}

/* One way's partners of these left rows. */
static int
probe_by(struct op *op, struct lookup *l, const uint16_t *rows, int n, struct err *e)
{
	struct lookup_state *s = op->state;
	const int before = s->nfound;
	uint16_t sel[BATCH_ROWS];
	int k = 0;

	for (int i = 0; i < n; i++)
		if (s->first[rows[i]] == NONE || !one_will_do(s))
			sel[k++] = rows[i];
	const struct batch piece = { .n = k, .sel = sel, .ncols = s->left->ncols, .cols = s->left->cols };
	int rc = prog_run(l->keys, &piece, &s->arena, l->key_cols, e);
	if (rc == ERR_OK)
		probe_share(&l->probe, l->key_cols, sel, k, &s->arena);
	for (int i = 0; i < l->probe.ntables && rc == ERR_OK; i++)
		if (l->probe.tables[i].n > 0)
			rc = probe_table(op, l, &l->probe.tables[i], e);
	count_parts(op, l->plan->p.inner, s->nfound - before);
	return rc;
}

/* Fetch the partners of left rows at..end. */
static int
probe_piece(struct op *op, struct err *e)
{
	struct lookup_state *s = op->state;
	uint16_t sel[BATCH_ROWS];
	int n = s->end - s->at;

	arena_reset(&s->arena);
	s->nfound = s->cap = 0;
	for (int i = 0; i < n; i++) {
		sel[i] = (uint16_t) batch_row(s->left, s->at + i);
		s->first[sel[i]] = NONE;
	}
	int rc = s->counted || PLAN_AS(plan_join, op->plan)->each == NULL ? ERR_OK : count_each(op, e);
	for (int i = 0; i < s->nlookups && rc == ERR_OK; i++)
		rc = probe_by(op, &s->lookups[i], sel, n, e);
	if (rc != ERR_OK)
		return rc;
	if (s->lookups->plan != PLAN_AS(plan_join, op->plan))
		count_parts(op, op->plan->inner, s->nfound);
	s->piece = s->nfound * 4 < PIECE_RESULTS ? s->piece * 4
		   : s->nfound > PIECE_RESULTS   ? s->piece / 2
						: s->piece;
	s->piece = s->piece > BATCH_ROWS ? BATCH_ROWS : s->piece < 1 ? 1 : s->piece;
	s->probed = true;
	s->row_at = FIRST;
	return arena_check(&s->arena, e);
}

/* Candidates of the piece, in the order of its left rows, until the pairs are full. */
static void
fill_pairs(struct lookup_state *s)
{
	struct pairs *p = &s->pairs;
	const bool one = one_will_do(s);

	p->n = 0;
	for (; s->at < s->end; s->at++, s->row_at = FIRST) {
		int left = batch_row(s->left, s->at);
		const bool any = s->first[left] != NONE;

		if (s->row_at == FIRST)
			s->row_at = s->first[left];
		for (; s->row_at != NONE; s->row_at = s->found[s->row_at].next) {
			if (p->n == BATCH_ROWS)
				return;
			if (s->out.type == JOIN_ANTI && one)
				break;
			pairs_add(p, left, s->found[s->row_at].row);
			if (one)
				break;
		}
		if (!join_keeps_left(&s->out) || (s->out.filter == NULL && any))
			continue;
		if (p->n == BATCH_ROWS) {
			s->row_at = NONE;
			return;
		}
		pairs_add(p, left, NULL);
	}
	s->probed = false;
}

static int
lookup_next(struct op *op, const struct batch **ret, struct err *e)
{
	struct lookup_state *s = op->state;
	int rc;

	for (;;) {
		if (s->left == NULL || (!s->probed && s->at == s->left->n)) {
			rc = op_next(op->child, &s->left, e);
			if (rc != ERR_OK)
				return rc;
			if (s->left == NULL) {
				*ret = NULL;
				return ERR_OK;
			}
			s->at = 0;
			join_out_left(&s->out);
		}
		if (!s->probed) {
			s->end = s->left->n - s->at > s->piece ? s->at + s->piece : s->left->n;
			rc = probe_piece(op, e);
			if (rc != ERR_OK)
				return rc;
		}
		fill_pairs(s);
		if (s->pairs.n == 0)
			continue;
		rc = join_out_pairs(&s->out, s->left, &s->pairs, &op->arena, &op->out, e);
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
lookup_rescan(struct op *op, struct err *e)
{
	struct lookup_state *s = op->state;

	s->left = NULL;
	s->probed = false;
	return op_rescan(op->child, e);
}

static void
lookup_close(struct op *op)
{
	struct lookup_state *s = op->state;

	for (int i = 0; i < s->nlookups; i++)
		probe_close(&s->lookups[i].probe);
	arena_done(&s->arena);
}

const struct op_class op_join_lookup_class = {
	.name = "lookup join",
	.plan_kind = PLAN_JOIN_LOOKUP,
	.state_size = sizeof(struct lookup_state),
	.open = lookup_open,
	.next = lookup_next,
	.rescan = lookup_rescan,
	.close = lookup_close,
};
