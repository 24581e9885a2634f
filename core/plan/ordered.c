/* ordered.c - joins whose rows come in the order that what is above FROM wants. */
#include "config.h"
#include "core/plan/joiner.h"

#include <math.h>

/* What the first rows that are wanted cost, in order: sorted, if p is not. */
static double
ordered_cost(struct joiner *j, const struct path *p, const struct want *want, bool is_sorted)
{
	const double rows = p->rows;

	if (!is_sorted)
		return p->cost + (want->grouping ? COST_HASH * rows : sort_cost(rows));
	return p->plan->cost_start +
	       (p->cost - p->plan->cost_start) * want_share(j->lv->pl, want, rows);
}

void
pick_ordered(struct joiner *j, struct part *best)
{
	const struct want *want = j->want;
	struct path pick = best->path;
	double least = INFINITY;

	for (int i = -1; i < (best->sorted != NULL ? best->sorted->n : 0); i++) {
		struct path p = i < 0 ? best->path : best->sorted->at[i];
		const bool is_sorted = sorted_like(j, best->set, &p, want->n, want->keys);
		const double cost = ordered_cost(j, &p, want, is_sorted);
		if (cost >= least)
			continue;
		if (is_sorted) {
			p.norder = want->n;
			p.order = want->keys;
		}
		least = cost;
		pick = p;
	}
	best->path = pick;
}

static struct item *
ordering_item(const struct joiner *j, const struct sort_key *want, int nwant)
{
	for (int i = 0; i < j->g->items.n; i++) {
		struct item *it = item_at(j, i);
		bool all = it->kind == ITEM_TABLE && may_start(it);
		for (int k = 0; k < nwant && all; k++)
			all = want[k].expr->kind == EXPR_VAR && want[k].expr->range == it->range;
		if (all)
			return it;
	}
	return NULL;
}

/* One table read in the order that is wanted, the others looked up for its rows: what
 * ORDER BY ... LIMIT over a join asks for.  Replaces *best when it is cheaper than sorting it. */
int
ordered_join(struct joiner *j, struct part *single, const struct want *want, struct part *best)
{
	struct item *first = ordering_item(j, want->keys, want->n);
	int n = j->g->items.n, done = 1, rc;
	struct part at = { 0 };

	if (first == NULL)
		return ERR_OK;
	rc = item_path(j->lv, first, want, &at.path, j->e);
	if (rc != ERR_OK || !path_is_sorted(&at.path, want->n, want->keys))
		return rc;
	at.set = set_one(first->id);
	at.ok = true;
	for (bool more = true; done < n && more; ) {
		more = false;
		for (int i = 0; i < n; i++) {
			struct item *it = item_at(j, i);
			struct part to = { 0 };
			if (set_has(at.set, i) || !set_subset(it->needs, at.set) ||
			    (!needs_own_left(it) && !connected(j, at.set, set_one(i))))
				continue;
			j->keep_order = true;
			rc = join_parts(j, &at, &single[i], it, &to);
			j->keep_order = false;
			if (rc != ERR_OK)
				return rc;
			if (!to.ok || !path_is_sorted(&to.path, want->n, want->keys))
				continue;
			at = to;
			done++;
			more = true;
		}
	}
	if (done == n && ordered_cost(j, &at.path, want, true) <
			     ordered_cost(j, &best->path, want, path_is_sorted(&best->path, want->n, want->keys)))
		*best = at;
	return ERR_OK;
}

/* Of each enclosing row some rows of one table, in an order that an index has: with a limit no more is
 * read than it lets through.  (Of a partitioned table from each partition; then they are sorted.) */
int
ordered_probe(struct joiner *j, struct part *single, const struct want *want, struct part *best)
{
	const struct itemset both = set_or(set_one(0), set_one(1));
	struct list quals = { 0 }, late = { 0 };
	struct item *it = item_at(j, 1);
	bool only = true; /* conditions of the join */
	struct path p;

	if (j->g->items.n != 2 || !item_at(j, 0)->is_outer || it->kind != ITEM_TABLE || !may_start(it) ||
	    ordering_item(j, want->keys, want->n) != it)
		return ERR_OK;
	new_quals(j, set_one(0), set_one(1), &quals, &late, it);
	for (int i = 0; i < j->g->quals.n; i++)
		only &= set_subset(both, LIST_AT(struct qual, &j->g->quals, i)->refs);
	if (late.n > 0)
		return ERR_OK;
	struct expr *each = only ? top_rows(j->lv->pl, j->lv->q) : NULL;
	int rc = lookup_path(j->lv, &single[0].path, it, JOIN_INNER, &quals, want, each, &p, j->e);
	if (rc != ERR_OK || p.plan == NULL)
		return rc;
	double sort = p.norder > want->n ? 0 : sort_cost(p.rows);
	if (p.cost + sort < best->path.cost + sort_cost(best->path.rows))
		*best = (struct part){ both, p, true };
	return ERR_OK;
}
