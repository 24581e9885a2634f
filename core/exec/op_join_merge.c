/* op_join_merge.c - join of two sides that are sorted by their keys, each read once.
 *
 * The right rows that have the key in hand are kept (merge_group.c) for as long as left rows
 * with this key come; so the result keeps the order of the left side.  A null equals nothing:
 * a left row with a null key has no partner, a right one is passed over.  When one side ends,
 * the other is read on only for rows without a partner that the type of join gives.
 *
 * RIGHT, FULL: right rows that have been passed over, and those of groups that the rest of ON
 * has judged, are given after the pairs of the same round.
 *
 * Not here: pairs as rows of the result (join.c). */
#include "config.h"
#include "core/exec/operator.h"
#include "core/exec/ops.h"

#include <stdlib.h>

#include "core/exec/join.h"
#include "core/exec/keys.h"
#include "core/exec/merge_group.h"

struct merge_key {
	const struct type *type;
	bool by_word;                   /* the order is that of the datum's word */
	bool desc, nulls_first;
	int  col;                       /* of a kept row */
};

struct merge_side {
	struct op *op;
	struct prog *prog;
	struct vec *keys;
	struct arena arena;             /* of the batch's keys */
	const struct batch *in;
	int  at;
	bool ended;
};

struct merge_join {
	struct merge_key *keys;
	int  nkeys;
	struct merge_side left, right;
	int  nshown;                    /* right columns; then, in kept rows, computed keys */
	struct vec *right_cols;
	struct merge_group group;
	struct join_out out;
	struct pairs pairs;
	bool right_outer;
	bool one;                       /* the first row of a group stands for all */

	bool begun, found;              /* the left row in hand: its group has been looked for, is there */
	/* RIGHT, FULL: rows that have no partner, unless their mark says otherwise. */
	const struct row **lone;
	size_t nlone, lone_cap, lone_at;
	bool leave;                     /* a large group has ended: give its unmatched rows, too */
	bool draining;
};

/* -- Opening ---------------------------------------------------------------------------------- */
static int
side_open(struct op *op, struct merge_side *side, struct op *in, struct expr **keys, int nkeys, struct err *e)
{
	side->op = in;
	side->keys = ARENA_ARRAY(&op->x->arena, struct vec, nkeys + 1);
	return prog_compile(op->x, keys, nkeys, BATCH_ROWS, &side->prog, e);
}

static const struct type *
base_type(const struct type *t)
{
	while (t->kind == TYPE_DOMAIN)
		t = t->base;
	return t;
}

static int
merge_open(struct op *op, struct err *e)
{
	const struct plan_join *p = PLAN_AS(plan_join, op->plan);
	struct merge_join *s = op->state;
	struct arena *a = &op->x->arena;
	const int nright = op->plan->inner->ncols;
	const struct type **types = ARENA_ARRAY(a, const struct type *, nright + p->nkeys + 1);
	int rc = op_open_inputs(op, e), n = nright;

	if (rc == ERR_OK)
		rc = side_open(op, &s->left, op->child, p->left_keys, p->nkeys, e);
	if (rc == ERR_OK)
		rc = side_open(op, &s->right, op->inner, p->right_keys, p->nkeys, e);
	if (rc != ERR_OK)
		return rc;
	for (int c = 0; c < nright; c++)
		types[c] = op->plan->inner->cols[c].type;
	s->nkeys = p->nkeys;
	s->keys = ARENA_ARRAY(a, struct merge_key, p->nkeys + 1);
	for (int k = 0; k < p->nkeys; k++) {
		const struct type *t = base_type(p->right_keys[k]->type);
		int col = prog_slot(s->right.prog, k);
		if (col < 0) {
			col = n++;
			types[col] = t;
		}
		s->keys[k] = (struct merge_key){ t, key_type(t).class == KEY_INT && key_word_order(t),
						 p->desc[k], p->nulls_first[k], col };
	}
	s->nshown = nright;
	s->right_cols = ARENA_ARRAY(a, struct vec, n + 1);
	s->right_outer = p->type == JOIN_RIGHT || p->type == JOIN_FULL;
	merge_group_init(&s->group, op->x, n, types, s->right_outer && p->filter != NULL);
	struct row_shape shown = s->group.shape;
	shown.ncols = nright;
	rc = join_out_init(&s->out, op->x, p->type, op->plan->child->ncols, &shown, p->filter, e);
	s->one = join_first_only(&s->out) && s->out.filter == NULL;
	s->out.mark = s->right_outer ? MERGE_MARK : 0;
	return rc;
}

/* -- Keys ------------------------------------------------------------------------------------- */
static inline int
compare(const struct merge_key *k, bool an, union datum a, bool bn, union datum b)
{
	int c;

	if (UNLIKELY(an || bn))
		return an && bn ? 0 : an == k->nulls_first ? -1 : 1;
	if (k->by_word)
		c = (a.i > b.i) - (a.i < b.i);
	else
		c = k->type->ops->cmp(k->type, a, b);
	return k->desc ? (c < 0) - (c > 0) : c;
}

/* The left row against a row of the right batch. */
static inline int
compare_sides(const struct merge_join *s, int l, int r)
{
	for (int k = 0; k < s->nkeys; k++) {
		const struct vec *a = &s->left.keys[k], *b = &s->right.keys[k];
		int c = compare(&s->keys[k], vec_null(a, l), vec_at(a, l), vec_null(b, r), vec_at(b, r));
		if (c != 0)
			return c;
	}
	return 0;
}

/* A row of a batch, by these keys of it, against the group in hand. */
static inline bool
in_group(const struct merge_join *s, const struct vec *keys, int row)
{
	const struct row *g = merge_group_key(&s->group);

	for (int k = 0; k < s->nkeys; k++) {
		const struct merge_key *key = &s->keys[k];
		if (vec_null(&keys[k], row) ||
		    compare(key, false, vec_at(&keys[k], row), false, g->v[key->col]) != 0)
			return false;
	}
	return true;
}

static inline bool
has_null(const struct merge_join *s, const struct vec *keys, int row)
{
	for (int k = 0; k < s->nkeys; k++)
		if (vec_null(&keys[k], row))
			return true;
	return false;
}

/* -- The sides -------------------------------------------------------------------------------- */
static int
side_fetch(struct merge_side *side, struct err *e)
{
	int rc = op_next(side->op, &side->in, e);

	side->at = 0;
	side->ended = rc == ERR_OK && side->in == NULL;
	if (rc != ERR_OK || side->ended)
		return rc;
	arena_reset(&side->arena);
	return prog_run(side->prog, side->in, &side->arena, side->keys, e);
}

/* Have a row of the right side in hand, unless it has ended. */
static int
right_row(struct merge_join *s, struct err *e)
{
	if (s->right.ended || (s->right.in != NULL && s->right.at < s->right.in->n))
		return ERR_OK;
	int rc = side_fetch(&s->right, e);
	if (rc != ERR_OK || s->right.ended)
		return rc;
	if (s->nshown != 0)
		memcpy(s->right_cols, s->right.in->cols, (size_t) s->nshown * sizeof *s->right_cols);
	for (int k = 0; k < s->nkeys; k++)
		if (s->keys[k].col >= s->nshown)
			s->right_cols[s->keys[k].col] = s->right.keys[k];
	return ERR_OK;
}

static int
lone_add(struct merge_join *s, const struct row *r, struct err *e)
{
	if (s->nlone == s->lone_cap) {
		size_t cap = s->lone_cap == 0 ? BATCH_ROWS : s->lone_cap * 2;
		const struct row **more = realloc(s->lone, cap * sizeof *more);
		if (more == NULL)
			return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
		s->lone = more;
		s->lone_cap = cap;
	}
	s->lone[s->nlone++] = r;
	return ERR_OK;
}

/* The right row in hand has no partner. */
static int
pass_over(struct op *op, int row, struct err *e)
{
	struct merge_join *s = op->state;

	s->right.at++;
	return s->right_outer ? lone_add(s, merge_group_lone(&s->group, s->right_cols, row), e) : ERR_OK;
}

static void
group_close(struct op *op)
{
	struct merge_join *s = op->state;
	struct plan_counts *counts = op_counts(op);

	if (counts != NULL)
		counts->spilled += rowset_spilled(&s->group.more);
	merge_group_end(&s->group);
}

/* No left row with its key is to come. */
static int
group_end(struct op *op, struct err *e)
{
	struct merge_join *s = op->state;
	int rc = ERR_OK;

	if (s->right_outer && s->out.filter != NULL)
		for (size_t i = 0; i < s->group.n && rc == ERR_OK; i++)
			rc = lone_add(s, s->group.rows[i], e);
	s->leave = s->right_outer && s->out.filter != NULL && merge_group_large(&s->group);
	if (!s->leave)
		group_close(op);
	return rc;
}

/* The right row in hand begins a group: read all of it. */
static int
group_read(struct op *op, struct err *e)
{
	struct merge_join *s = op->state;
	int rc;

	merge_group_begin(&s->group);
	do {
		rc = merge_group_add(&s->group, s->right_cols, batch_row(s->right.in, s->right.at++), e);
		if (rc == ERR_OK && !s->one)
			rc = right_row(s, e);
	} while (rc == ERR_OK && !s->one && !s->right.ended &&
		 in_group(s, s->right.keys, batch_row(s->right.in, s->right.at)));
	return rc == ERR_OK ? merge_group_ready(&s->group, e) : rc;
}

/* The group of a left row.  *ret_wait: what there is must be handed up before it can be found. */
static int
group_find(struct op *op, int row, bool *ret_wait, struct err *e)
{
	struct merge_join *s = op->state;
	int rc = ERR_OK;

	s->found = false;
	if (has_null(s, s->left.keys, row))
		return ERR_OK;
	if (s->group.open) {
		s->found = in_group(s, s->left.keys, row);
		*ret_wait = !s->found && merge_group_large(&s->group) && s->pairs.n != 0;
		if (s->found || *ret_wait)
			return ERR_OK;
		rc = group_end(op, e);
	}
	for (;;) {
		*ret_wait = s->leave || s->nlone >= BATCH_ROWS;
		if (rc != ERR_OK || *ret_wait)
			return rc;
		rc = right_row(s, e);
		if (rc != ERR_OK || s->right.ended)
			return rc;
		const int r = batch_row(s->right.in, s->right.at);
		const int c = has_null(s, s->right.keys, r) ? 1 : compare_sides(s, row, r);
		if (c < 0)
			return ERR_OK;
		if (c == 0) {
			s->found = true;
			return group_read(op, e);
		}
		rc = pass_over(op, r, e);
	}
}

/* -- Pairs ------------------------------------------------------------------------------------ */
/* The pairs of a left row with its group.  False: the pairs have to be handed up first. */
static int
pair_group(struct merge_join *s, int row, bool *ret_all, struct err *e)
{
	const bool first_only = join_first_only(&s->out);

	*ret_all = false;
	while (!(first_only && s->out.matched[row])) {
		const struct row *r;
		if (s->pairs.n == BATCH_ROWS)
			return ERR_OK;
		int rc = merge_group_next(&s->group, s->pairs.n != 0, &r, e);
		if (rc != ERR_OK)
			return rc;
		if (r == NULL && !merge_group_ended(&s->group))
			return ERR_OK;
		if (r == NULL)
			break;
		if (!s->one || s->out.type == JOIN_SEMI)
			pairs_add(&s->pairs, row, r);
		if (s->one)
			break;
	}
	*ret_all = true;
	return ERR_OK;
}

static int
fill_pairs(struct op *op, struct err *e)
{
	struct merge_join *s = op->state;
	const bool keeps_left = join_keeps_left(&s->out);
	bool wait = false, all;
	int rc;

	for (; s->left.at < s->left.in->n; s->left.at++, s->begun = false) {
		const int row = batch_row(s->left.in, s->left.at);
		if (!s->begun) {
			rc = group_find(op, row, &wait, e);
			if (rc != ERR_OK || wait)
				return rc;
			if (s->found && merge_group_large(&s->group) && s->pairs.n != 0)
				return ERR_OK;
			merge_group_rewind(&s->group);
			s->begun = true;
		}
		if (s->found) {
			rc = pair_group(s, row, &all, e);
			if (rc != ERR_OK || !all)
				return rc;
		}
		if (!keeps_left || (s->out.filter == NULL && s->found))
			continue;
		if (s->pairs.n == BATCH_ROWS)
			return ERR_OK;
		pairs_add(&s->pairs, row, NULL);
	}
	s->left.in = NULL;
	return ERR_OK;
}

/* The left side has ended: what remains of the right one has no partner. */
static int
pass_rest(struct op *op, struct err *e)
{
	struct merge_join *s = op->state;
	int rc = s->group.open && !s->leave ? group_end(op, e) : ERR_OK;

	while (rc == ERR_OK && s->nlone < BATCH_ROWS) {
		rc = right_row(s, e);
		if (rc != ERR_OK || s->right.ended)
			return rc;
		rc = pass_over(op, batch_row(s->right.in, s->right.at), e);
	}
	return rc;
}

/* The next rows without a partner; op->out.n stays 0 when all have been given. */
static int
drain(struct op *op, struct err *e)
{
	struct merge_join *s = op->state;
	const struct row *rows[BATCH_ROWS];
	int n = 0, rc = ERR_OK;

	for (; n < BATCH_ROWS && s->lone_at < s->nlone; s->lone_at++)
		if (*((const uint8_t *) s->lone[s->lone_at] - MERGE_MARK) == 0)
			rows[n++] = s->lone[s->lone_at];
	if (n == 0 && s->leave)
		rc = merge_group_unmatched(&s->group, rows, &n, e);
	if (rc != ERR_OK)
		return rc;
	if (n != 0) {
		join_out_right(&s->out, rows, n, &op->out);
		return ERR_OK;
	}
	if (s->leave)
		group_close(op);
	s->draining = s->leave = false;
	s->nlone = s->lone_at = 0;
	return ERR_OK;
}

/* -- Rows ------------------------------------------------------------------------------------- */
/* Can nothing more come? */
static bool
is_over(const struct merge_join *s)
{
	if (s->left.ended)
		return !s->right_outer || (s->right.ended && !s->group.open);
	return s->right.ended && !s->group.open && !join_keeps_left(&s->out);
}

/* Pairs of the left batch in hand or, once there is none, right rows that are left over. */
static int
next_round(struct op *op, struct err *e)
{
	struct merge_join *s = op->state;
	int rc = ERR_OK;

	merge_group_round(&s->group);
	s->pairs.n = 0;
	if (s->left.in == NULL && !s->left.ended) {
		rc = side_fetch(&s->left, e);
		join_out_left(&s->out);
		s->begun = false;
	}
	const struct batch *left = s->left.in;
	if (rc == ERR_OK && left != NULL)
		rc = fill_pairs(op, e);
	else if (rc == ERR_OK && s->right_outer)
		rc = pass_rest(op, e);
	if (rc == ERR_OK && s->pairs.n != 0)
		rc = join_out_pairs(&s->out, left, &s->pairs, &op->arena, &op->out, e);
	if (rc != ERR_OK)
		return rc;
	merge_group_note(&s->group);
	s->draining = s->nlone != 0 || s->leave;
	if (s->leave)
		merge_group_rewind(&s->group);
	return arena_check(&s->group.arenas[s->group.fresh], e);
}

static int
merge_next(struct op *op, const struct batch **ret, struct err *e)
{
	struct merge_join *s = op->state;
	int rc = ERR_OK;

	*ret = NULL;
	while (rc == ERR_OK && (s->draining || !is_over(s))) {
		op->out.n = 0;
		rc = s->draining ? drain(op, e) : next_round(op, e);
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

static int
merge_rescan(struct op *op, struct err *e)
{
	struct merge_join *s = op->state;
	int rc = op_rescan(op->child, e);

	if (rc == ERR_OK)
		rc = op_rescan(op->inner, e);
	if (s->group.open)
		merge_group_end(&s->group);
	s->left.in = s->right.in = NULL;
	s->left.ended = s->right.ended = false;
	s->begun = s->leave = s->draining = false;
	s->nlone = s->lone_at = 0;
	return rc;
}

static void
merge_close(struct op *op)
{
	struct merge_join *s = op->state;

	merge_group_done(&s->group);
	arena_done(&s->left.arena);
	arena_done(&s->right.arena);
	free(s->lone);
}

const struct op_class op_join_merge_class = {
	.name = "merge join",
	.plan_kind = PLAN_JOIN_MERGE,
	.state_size = sizeof(struct merge_join),
	.open = merge_open,
	.next = merge_next,
	.rescan = merge_rescan,
	.close = merge_close,
};
