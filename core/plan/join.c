/* join.c - the order of joining a group's items, and the method of each join.
 *
 * Up to DP_ITEMS_MAX items: dynamic programming over subsets (bushy trees too); above: greedy.c.
 * An item on the right of an outer, semi or anti join may be added to any
 * set that holds what it needs; conditions are applied at the first set that holds all they
 * refer to.
 *
 * Not here: the ways to join two sides (hashjoin.c, mergejoin.c, lookup.c, from.c's lateral_join),
 * joins in a wanted order (ordered.c).
 *
 * Source: Selinger et al., Access path selection in a relational DBMS (SIGMOD 1979). */
#include "config.h"
#include "core/plan/joiner.h"

#include <math.h>

/* -- One join ----------------------------------------------------------------------------------------- */

/* Conditions of the group that become decidable when l and r meet. */
void
new_quals(struct joiner *j, struct itemset l, struct itemset r, struct list *joining,
	  struct list *late, const struct item *right)
{
	struct itemset s = set_or(l, r);
	uint64_t met = 0; /* classes of equals: one condition makes all of both parts' equal */

	for (int i = 0; i < j->g->quals.n; i++) {
		struct qual *q = j->g->quals.at[i];
		if (set_empty(q->refs) || !set_subset(q->refs, s) || set_subset(q->refs, l) ||
		    (set_subset(q->refs, r) && (right == NULL || right->type == JOIN_INNER)))
			continue;
		if (q->class != 0 && (met >> q->class & 1) != 0)
			continue;
		met |= q->class != 0 ? (uint64_t) 1 << q->class : 0;
		if (has_sublink(q->expr) || (right != NULL && right->type != JOIN_INNER))
			list_push(late, j->lv->pl->arena, q->expr);
		else
			list_push(joining, j->lv->pl->arena, q->expr);
	}
}

static double
join_share(struct joiner *j, struct expr *qual)
{
	struct expr *a, *b;
	const struct func *eq;
	double share = match_equal(j->lv->pl, qual, &a, &b, &eq) ? join_selectivity(j->lv->pl, a, b)
								 : qual_selectivity(j->lv->pl, qual);

	for (int i = 0; i < j->implied.n; i++) {
		const struct implied *m = j->implied.at[i];
		if (m->qual == qual)
			share = fmin(1, share / fmax(1e-9, m->share));
	}
	return share;
}

double
joined_rows(struct joiner *j, const struct path *l, const struct path *r, enum join_type type,
	    const struct list *quals)
{
	double sel = 1;

	for (int i = 0; i < quals->n; i++)
		sel *= join_share(j, quals->at[i]);
	double inner = l->rows * r->rows * sel;
	switch (type) {
	case JOIN_LEFT:
		return fmax(l->rows, inner);
	case JOIN_SEMI:
		return fmax(1, fmin(l->rows, inner));
	case JOIN_ANTI:
		return fmax(1, l->rows - fmin(l->rows * 0.9, inner));
	default:
		return fmax(1, inner);
	}
}

/* Of paths in one order the cheapest; when there is no room the dearest goes. */
static void
keep_sorted(struct joiner *j, struct part *to, const struct path *p)
{
	struct sorted_paths *s = to->sorted;
	int at = 0;

	if (p->cost >= to->path.cost + sort_cost(p->rows) || !order_is_useful(j, to->set, p->norder, p->order))
		return;
	if (s == NULL)
		s = to->sorted = ARENA_NEW(j->lv->pl->arena, struct sorted_paths);
	while (at < s->n && !path_is_sorted(p, s->at[at].norder, s->at[at].order) &&
	       !path_is_sorted(&s->at[at], p->norder, p->order))
		at++;
	if (at == s->n && s->n == SORTED_MAX)
		for (int i = at = 0; i < s->n; i++)
			if (s->at[i].cost > s->at[at].cost)
				at = i;
	if (at < s->n && s->at[at].cost <= p->cost)
		return;
	s->n += at == s->n;
	s->at[at] = *p;
}

void
keep_path(struct joiner *j, struct part *to, const struct path *p, struct itemset set)
{
	const struct path old = to->path;

	if (to->ok && to->path.cost <= p->cost) {
		keep_sorted(j, to, p);
		return;
	}
	to->path = *p;
	to->set = set;
	if (to->ok)
		keep_sorted(j, to, &old);
	to->ok = true;
}

/* Join two parts in every way that fits and keep the cheapest in *to.  right: the item that r
 * is, or NULL when r is a joined set. */
int
join_parts(struct joiner *j, const struct part *l, const struct part *r, struct item *right,
	   struct part *to)
{
	struct planner *pl = j->lv->pl;
	struct list quals = { 0 }, late = { 0 };
	enum join_type type = right != NULL ? right->type : JOIN_INNER;
	struct itemset set = set_or(l->set, r->set);
	struct part best = { 0 };
	struct path p;
	int rc;

	if (type != JOIN_INNER)
		for (int i = 0; i < right->on.n; i++)
			list_push(&quals, pl->arena, LIST_AT(struct qual, &right->on, i)->expr);
	new_quals(j, l->set, r->set, &quals, &late, right);

	if (right != NULL && (right->kind == ITEM_LATERAL || right->kind == ITEM_FUNCTION)) {
		struct path left = l->path;
		rc = lateral_join(j->lv, &left, right, &quals, &p, j->e);
		if (rc != ERR_OK)
			return rc;
		keep_path(j, &best, &p, set);
	} else {
		double rows = joined_rows(j, &l->path, &r->path, type, &quals);
		const double sides = l->path.cost + r->path.cost;
		double guess = sides + (l->path.rows + r->path.rows) * COST_HASH;
		/* No join without an index costs less. */
		const double least = fmin(guess, sides + l->path.rows * r->path.rows * COST_EVAL);
		if (right != NULL && right->kind == ITEM_TABLE &&
		    (!to->ok || l->path.cost + l->path.rows * COST_PROBE < to->path.cost ||
		     guess < to->path.cost)) {
			rc = lookup_path(j->lv, &l->path, right, type, &quals, NULL, NULL, &p, j->e);
			if (rc != ERR_OK)
				return rc;
			if (p.plan != NULL) {
				p.rows = p.plan->rows = rows;
				keep_path(j, &best, &p, set);
			}
		}
		if (!j->keep_order && (!best.ok || best.path.cost > least) && (!to->ok || to->path.cost > least)) {
			bool swap = type == JOIN_INNER && l->path.rows < r->path.rows;
			rc = hash_join(j->lv, swap ? r->path : l->path, swap ? l->path : r->path,
				       type, right != NULL && right->null_aware, &quals, rows, &p,
				       j->e);
			if (rc != ERR_OK)
				return rc;
			keep_path(j, &best, &p, set);
		}
		if (!j->keep_order && (!to->ok || sides < to->path.cost + sort_cost(rows))) {
			rc = merge_joins(j, l, r, right, &quals, rows, &best);
			if (rc != ERR_OK)
				return rc;
		}
	}
	if (!best.ok)
		return ERR_OK;
	if (late.n > 0) {
		best.sorted = NULL;
		rc = attach_sublinks(j->lv, &best.path, late.n, (struct expr **) late.at, j->e);
		if (rc == ERR_OK)
			rc = path_filter(pl, &best.path, &late, j->e);
		if (rc != ERR_OK)
			return rc;
	}
	keep_path(j, to, &best.path, set);
	for (int i = 0; best.sorted != NULL && i < best.sorted->n; i++)
		keep_path(j, to, &best.sorted->at[i], set);
	return ERR_OK;
}

bool
connected(struct joiner *j, struct itemset l, struct itemset r)
{
	for (int i = 0; i < j->g->quals.n; i++) {
		const struct qual *q = j->g->quals.at[i];
		if (set_overlap(q->refs, l) && set_overlap(q->refs, r))
			return true;
	}
	return false;
}

/* -- Few items: all orders ------------------------------------------------------------------------- */

static struct itemset
mask_set(unsigned mask)
{
	struct itemset s = { { mask } };

	return s;
}

/* Sets of items that no condition connects are of use where they have few rows: a table's index may take
 * its keys from all of them. */
enum { CROSS_ROWS = 16 };

/* cross: items may be joined without a condition while that gives at most so many rows. */
static int
dp_extend(struct joiner *j, struct part *best, struct part *single, unsigned s, double cross)
{
	int n = j->g->items.n, rc;

	for (int i = 0; i < n; i++) {
		if ((s >> i & 1) == 0)
			continue;
		unsigned rest = s & ~(1u << i);
		struct item *it = item_at(j, i);
		if (!best[rest].ok || !set_subset(it->needs, mask_set(rest)))
			continue;
		if (!needs_own_left(it) && best[rest].path.rows * single[i].path.rows > cross &&
		    !connected(j, mask_set(rest), set_one(i)))
			continue;
		rc = join_parts(j, &best[rest], &single[i], it, &best[s]);
		if (rc != ERR_OK)
			return rc;
	}
	if (n > 6)
		return ERR_OK;
	for (unsigned l = (s - 1) & s; l != 0; l = (l - 1) & s) {
		unsigned r = s & ~l;
		if (l < r || __builtin_popcount(l) < 2 || __builtin_popcount(r) < 2 ||
		    !best[l].ok || !best[r].ok || !connected(j, mask_set(l), mask_set(r)))
			continue;
		rc = join_parts(j, &best[l], &best[r], NULL, &best[s]);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

static int
dp_join(struct joiner *j, struct part *single, struct part *ret)
{
	int n = j->g->items.n, rc;
	unsigned all = (1u << n) - 1;
	struct part *best = ARENA_ARRAY(j->lv->pl->arena, struct part, (size_t) 1 << n);

	for (int i = 0; i < n; i++)
		if (may_start(item_at(j, i)))
			best[1u << i] = single[i];
	for (int round = 0; round < 2 && !best[all].ok; round++) {
		for (unsigned s = 1; s <= all; s++) {
			if (__builtin_popcount(s) < 2 || best[s].ok)
				continue;
			rc = dp_extend(j, best, single, s, 0);
			if (rc == ERR_OK && !best[s].ok)
				rc = dp_extend(j, best, single, s, round == 0 ? CROSS_ROWS : INFINITY);
			if (rc != ERR_OK)
				return rc;
		}
	}
	*ret = best[all];
	return ERR_OK;
}

/* -- The group --------------------------------------------------------------------------------------------- */

static void
push_implied(struct joiner *j, const struct qual *q)
{
	struct planner *pl = j->lv->pl;

	for (int k = 0; k < j->g->items.n; k++) {
		struct item *it = item_at(j, k);
		struct expr *x = it->type == JOIN_INNER && set_has(q->refs, k)
					 ? or_implied(pl, j->g, q->expr, k)
					 : NULL;
		if (x == NULL)
			continue;
		struct implied *m = ARENA_NEW(pl->arena, struct implied);
		*m = (struct implied){ q->expr, qual_selectivity(pl, x) };
		list_push(&j->implied, pl->arena, m);
		list_push(&it->quals, pl->arena, x);
	}
}

static void
settle_equals(struct joiner *j)
{
	struct list settled = { 0 };

	imply_equals(j->lv->pl, j->g, &settled);
	for (int i = 0; i < settled.n; i++) {
		struct expr *x = settled.at[i];
		struct implied *m = ARENA_NEW(j->lv->pl->arena, struct implied);
		*m = (struct implied){ x, join_share(j, x) };
		list_push(&j->implied, j->lv->pl->arena, m);
	}
}

/* Conditions over one item that is always there are part of reading it. */
static void
push_down(struct joiner *j)
{
	struct list keep = { 0 };

	for (int i = 0; i < j->g->quals.n; i++) {
		struct qual *q = j->g->quals.at[i];
		struct item *only = NULL;
		for (int k = 0; k < j->g->items.n; k++)
			if (set_has(q->refs, k) && set_subset(q->refs, set_one(k)))
				only = item_at(j, k);
		if (only != NULL && only->type == JOIN_INNER && !has_sublink(q->expr))
			list_push(&only->quals, j->lv->pl->arena, q->expr);
		else
			list_push(&keep, j->lv->pl->arena, q);
		if (only == NULL)
			push_implied(j, q);
	}
	j->g->quals = keep;
}

/* What no join decided: conditions on no item at all, or with sub-queries over one item. */
static int
last_quals(struct joiner *j, struct path *p, bool single)
{
	struct list rest = { 0 };

	for (int i = 0; i < j->g->quals.n; i++) {
		struct qual *q = j->g->quals.at[i];
		struct item *only = NULL;
		for (int k = 0; k < j->g->items.n; k++)
			if (set_has(q->refs, k) && set_subset(q->refs, set_one(k)))
				only = item_at(j, k);
		if (set_empty(q->refs) || single || (only != NULL && only->type == JOIN_INNER))
			list_push(&rest, j->lv->pl->arena, q->expr);
	}
	int rc = attach_sublinks(j->lv, p, rest.n, (struct expr **) rest.at, j->e);
	return rc != ERR_OK ? rc : path_filter(j->lv->pl, p, &rest, j->e);
}

/* A condition that is false before a row is read: nothing is read. */
static bool
never_true(const struct group *g)
{
	for (int i = 0; i < g->quals.n; i++) {
		const struct expr *x = LIST_AT(struct qual, &g->quals, i)->expr;
		if (x->kind == EXPR_CONST && (x->is_null || x->value.i == 0))
			return true;
	}
	return false;
}

int
join_group(struct level *lv, struct group *g, const struct want *want, struct path *ret,
	   struct err *e)
{
	struct joiner j = { .lv = lv, .g = g, .e = e, .want = lv->outer == NULL ? want : NULL };
	int n = g->items.n, rc;

	if (n == 0) {
		*ret = path_one_row(lv->pl);
		return last_quals(&j, ret, true);
	}
	bool never = never_true(g);
	if (n > 1)
		settle_equals(&j);
	push_down(&j);
	if (n == 1) {
		rc = item_path(lv, item_at(&j, 0), want, ret, e);
		if (rc != ERR_OK)
			return rc;
		if (never)
			*ret = path_empty(lv->pl, ret);
		return never ? ERR_OK : last_quals(&j, ret, true);
	}
	equalities_find(&j);
	struct part *single = ARENA_ARRAY(lv->pl->arena, struct part, n), all = { 0 };
	for (int i = 0; i < n; i++) {
		struct item *it = item_at(&j, i);
		single[i].set = set_one(i);
		single[i].ok = true;
		if (it->kind == ITEM_LATERAL || it->kind == ITEM_FUNCTION)
			continue;
		rc = item_path(lv, it, NULL, &single[i].path, e);
		if (rc != ERR_OK)
			return rc;
	}
	rc = n <= DP_ITEMS_MAX ? dp_join(&j, single, &all) : greedy_join(&j, single, &all);
	if (rc != ERR_OK)
		return rc;
	if (!all.ok)
		return err_set(e, ERR_INTERNAL_ERROR, "no join order satisfies the query");
	if (want != NULL && want->n > 0) {
		if (j.want != NULL)
			pick_ordered(&j, &all);
		rc = lv->outer != NULL ? ordered_probe(&j, single, want, &all)
				       : ordered_join(&j, single, want, &all);
		if (rc != ERR_OK)
			return rc;
	}
	*ret = all.path;
	if (never)
		*ret = path_empty(lv->pl, ret);
	return never ? ERR_OK : last_quals(&j, ret, false);
}
