/* greedy.c - the order of joining many items: the smallest result first.
 *
 * Not here: up to DP_ITEMS_MAX items (join.c). */
#include "config.h"
#include "core/plan/joiner.h"

#include <math.h>

/* What joining each pair gives: -1 when no condition connects them, NAN when not known yet. */
struct pairs_table {
	int n;
	double *rows;
};

static double
pair_rows(struct joiner *j, const struct part *parts, struct pairs_table *t, int a, int b, bool cross)
{
	double *rows = &t->rows[a * t->n + b];

	if (isnan(*rows) || (*rows < 0 && cross)) {
		struct list quals = { 0 }, late = { 0 };
		*rows = -1;
		if (!cross && !connected(j, parts[a].set, parts[b].set))
			return INFINITY;
		new_quals(j, parts[a].set, parts[b].set, &quals, &late, NULL);
		*rows = joined_rows(j, &parts[a].path, &parts[b].path, JOIN_INNER, &quals);
	}
	return *rows < 0 ? INFINITY : *rows;
}

/* Part a is another than it was. */
static void
pairs_forget(struct pairs_table *t, int a)
{
	for (int i = 0; i < t->n; i++)
		t->rows[a * t->n + i] = t->rows[i * t->n + a] = NAN;
}

static void
greedy_best(struct joiner *j, const struct part *parts, struct pairs_table *t, bool cross, int *ret_l,
	    int *ret_r)
{
	double least = INFINITY;

	*ret_l = -1;
	for (int a = 0; a < t->n; a++) {
		for (int b = a + 1; b < t->n && parts[a].ok; b++) {
			if (!parts[b].ok)
				continue;
			double rows = pair_rows(j, parts, t, a, b, cross);
			if (rows < least) {
				least = rows;
				*ret_l = a;
				*ret_r = b;
			}
		}
	}
}

int
greedy_join(struct joiner *j, struct part *single, struct part *ret)
{
	int n = j->g->items.n, left = n, rc = ERR_OK;
	struct part *parts = ARENA_ARRAY(j->lv->pl->arena, struct part, n);
	bool *done = ARENA_ARRAY(j->lv->pl->arena, bool, n);
	struct pairs_table pairs = { n, ARENA_ARRAY(j->lv->pl->arena, double, (size_t) n * (size_t) n) };

	for (int i = 0; i < n; i++) {
		pairs_forget(&pairs, i);
		if (may_start(item_at(j, i))) {
			parts[i] = single[i];
			done[i] = true;
		}
	}
	for (; left > 1 && rc == ERR_OK; left--) {
		struct part to = { 0 };
		int l, r, target = -1;
		/* Optional and lateral items as soon as they can: they need no choice. */
		for (int i = 0; i < n && target < 0; i++) {
			if (done[i])
				continue;
			for (int p = 0; p < n; p++) {
				if (parts[p].ok && set_subset(item_at(j, i)->needs, parts[p].set)) {
					rc = join_parts(j, &parts[p], &single[i], item_at(j, i),
							&to);
					done[i] = true;
					target = p;
					break;
				}
			}
		}
		if (target < 0) {
			greedy_best(j, parts, &pairs, false, &l, &r);
			if (l < 0)
				greedy_best(j, parts, &pairs, true, &l, &r);
			if (l < 0)
				break;
			struct item *only = NULL;
			for (int i = 0; i < n; i++)
				if (set_has(parts[r].set, i) &&
				    set_subset(parts[r].set, set_one(i)))
					only = item_at(j, i);
			rc = join_parts(j, &parts[l], &parts[r], only, &to);
			parts[r].ok = false;
			target = l;
		}
		parts[target] = to;
		pairs_forget(&pairs, target);
	}
	for (int i = 0; i < n; i++)
		if (parts[i].ok)
			*ret = parts[i];
	return rc;
}
