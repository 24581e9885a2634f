/* scanpath.c - reading one table: which index, which part of it, in which order.
 *
 * Every condition stays in the scan's filter unless the index bounds say exactly the same. */
#include "config.h"
#include "core/plan/planner.h"

#include <math.h>

#include "core/plan/indexmatch.h"

static void
wanted_columns(struct level *lv, struct range *r, struct layout *out)
{
	for (int i = 0; i < lv->needed.n; i++)
		if (lv->needed.at[i]->range == r)
			layout_add(lv->pl->arena, out, lv->needed.at[i]);
}

static int
fill_scan(struct level *lv, struct plan_scan *s, struct range *r, const struct index *ix,
	  const struct layout *out, const struct list *filter, struct err *e)
{
	struct planner *pl = lv->pl;

	s->rel = r->rel;
	s->range = r;
	s->index = ix;
	s->attnums = ARENA_ARRAY(pl->arena, int16_t, out->n + 1);
	for (int i = 0; i < out->n; i++)
		s->attnums[i] = (int16_t) out->at[i]->col;
	s->sample_method = r->sample_method;
	s->sample_percent = r->sample_percent;
	s->sample_seed = r->sample_seed;
	struct expr *cond = conjunction(pl, filter);
	return cond == NULL ? ERR_OK : layout_slots(pl, out, cond, &s->filter, e);
}

/* Is everything wanted in the index itself? */
static bool
covers_columns(const struct index *ix, const struct layout *out)
{
	for (int i = 0; i < out->n; i++) {
		bool found = false;
		for (int k = 0; k < ix->ncols; k++)
			found |= ix->cols[k].attnum != 0 && ix->cols[k].attnum == out->at[i]->col &&
				 (k >= ix->nkeys || ix->cols[k].type->ops->unkey != NULL);
		if (!found)
			return false;
	}
	return true;
}

/* The order in which rows of an index come after its first neq columns are fixed. */
static int
index_order(struct level *lv, struct range *r, const struct index *ix, int neq, bool backward,
	    struct sort_key **ret)
{
	struct sort_key *keys = ARENA_ARRAY(lv->pl->arena, struct sort_key, ix->nkeys);
	int n = 0;

	for (int k = neq; k < ix->nkeys && ix->cols[k].attnum != 0; k++) {
		const struct index_column *c = &ix->cols[k];
		keys[n++] = (struct sort_key){ expr_var(lv->pl->arena, r, c->attnum),
					       c->desc != backward, c->nulls_first != backward };
	}
	*ret = keys;
	return n;
}

/* ORDER BY columns that a condition fixes to one value order nothing. */
static int
drop_fixed_keys(struct level *lv, const struct index *ix, const struct index_match *m,
		const struct sort_key *want, int n, struct sort_key *to)
{
	int k = 0;

	(void) lv;
	for (int i = 0; i < n; i++) {
		bool fixed = false;
		for (int c = 0; c < m->range.neq; c++)
			fixed |= want[i].expr->kind == EXPR_VAR &&
				 want[i].expr->col == ix->cols[c].attnum;
		if (!fixed)
			to[k++] = want[i];
	}
	return k;
}

struct candidate {
	const struct index *ix; /* NULL: the whole table in its own order */
	struct index_match m;
	bool backward, sorted, index_only;
	double rows, cost, effective;
};

static double
sort_cost(double rows)
{
	return COST_SORT * rows * log2(fmax(2, rows)) + rows * 0.5;
}

static void
weigh(struct candidate *c, double out_rows, bool want_order, double fraction)
{
	if (!want_order || c->sorted)
		c->effective =
			COST_BATCH + (c->cost - COST_BATCH) *
					     (c->sorted || !want_order ? fmax(fraction, 0.0) : 1);
	else
		c->effective = c->cost + sort_cost(out_rows);
}

static void
consider_order(struct level *lv, struct range *r, struct candidate *c, const struct sort_key *want,
	       int nwant)
{
	struct sort_key *have, *rest;

	if (nwant == 0 || c->m.has_list)
		return;
	rest = ARENA_ARRAY(lv->pl->arena, struct sort_key, nwant);
	int n = drop_fixed_keys(lv, c->ix, &c->m, want, nwant, rest);
	for (int b = 0; b < 2 && !c->sorted; b++) {
		int k = index_order(lv, r, c->ix, c->m.range.neq, b == 1, &have);
		struct path p = { .norder = k, .order = have };
		if (path_is_sorted(&p, n, rest)) {
			c->sorted = true;
			c->backward = b == 1;
		}
	}
}

static bool
usable(const struct index *ix)
{
	return ix->state == INDEX_VALID && ix->where_sql == NULL &&
	       strcmp(ix->kind, "columnar") != 0;
}

static int
build_scan(struct level *lv, struct range *r, const struct list *quals, const struct layout *out,
	   const struct candidate *c, double rows, const struct sort_key *want, int nwant,
	   struct path *ret, struct err *e)
{
	struct planner *pl = lv->pl;
	struct plan_scan *s = (struct plan_scan *) node_new(pl, sizeof *s, PLAN_SCAN, out, NULL);
	struct list filter = { 0 };

	for (int i = 0; i < quals->n; i++)
		if (!index_match_exact(&c->m, quals->at[i]))
			list_push(&filter, pl->arena, quals->at[i]);
	int rc = fill_scan(lv, s, r, c->ix, out, &filter, e);
	if (rc != ERR_OK)
		return rc;
	s->key = c->m.range;
	s->backward = c->backward;
	s->index_only = c->index_only;
	s->keep_order = c->sorted;
	s->p.rows = rows;
	s->p.cost_start = COST_BATCH;
	s->p.cost = c->cost;
	*ret = (struct path){ .plan = &s->p, .out = *out, .rows = rows, .cost = c->cost };
	if (c->sorted) {
		ret->norder = nwant;
		ret->order = arena_dup(pl->arena, want, (size_t) nwant * sizeof *want);
	}
	return ERR_OK;
}

int
scan_path(struct level *lv, struct range *r, const struct list *quals, const struct sort_key *want,
	  int nwant, double fraction, struct path *ret, struct err *e)
{
	struct planner *pl = lv->pl;
	const struct relation *rel = r->rel;
	struct layout out = { 0 };
	double all = table_rows(pl, rel), sel = 1;

	wanted_columns(lv, r, &out);
	for (int i = 0; i < quals->n; i++)
		sel *= qual_selectivity(pl, quals->at[i]);
	double rows = fmax(1, all * sel);

	struct candidate best = { .rows = all,
				  .cost = COST_BATCH + all * (COST_ROW + COST_EVAL * quals->n) };
	weigh(&best, rows, nwant > 0, fraction);
	if (r->sample_method == 0) {
		for (int i = 0; i < rel->nindexes; i++) {
			struct candidate c = { .ix = rel->indexes[i] };
			if (!usable(c.ix))
				continue;
			index_match(pl, r, c.ix, quals, &c.m);
			if (!c.m.any && (nwant == 0 || strcmp(c.ix->kind, "btree") != 0))
				continue;
			if (strcmp(c.ix->kind, "hash") == 0 &&
			    (c.m.range.neq < c.ix->nkeys || c.m.has_list))
				continue;
			if (strcmp(c.ix->kind, "btree") == 0)
				consider_order(lv, r, &c, want, nwant);
			if (!c.m.any && !c.sorted)
				continue;
			c.index_only = !c.ix->clustered && covers_columns(c.ix, &out);
			c.rows = fmax(1, all * c.m.selectivity);
			bool one = c.ix->unique && c.m.range.neq == c.ix->nkeys;
			if (one)
				c.rows = 1;
			c.cost = COST_BATCH + COST_PROBE +
				 c.rows * (c.ix->clustered || c.index_only ? COST_ROW : COST_FETCH) +
				 c.rows * COST_EVAL * quals->n;
			/* A whole unique key beats reading a small table too: the table may have
			 * grown since, and a serializable transaction has then read one row, not
			 * all of them. */
			if (one && c.cost >= best.cost && best.ix == NULL)
				c.cost = best.cost - COST_EVAL;
			weigh(&c, rows, nwant > 0, fraction);
			if (c.effective < best.effective)
				best = c;
		}
	}
	if (rows > best.rows)
		rows = best.rows;
	return build_scan(lv, r, quals, &out, &best, rows, want, nwant, ret, e);
}

/* -- Lookup joins ------------------------------------------------------------------------------------ */

struct probe {
	const struct index *ix;
	int nkeys;
	struct expr *keys[INDEX_COLS_MAX]; /* over the left side; constants too */
	struct expr *used[INDEX_COLS_MAX];
	double per_row;
};

static bool
over_left(const struct path *left, struct planner *pl, struct expr *x)
{
	struct layout vars = { 0 };

	collect_vars(pl, x, &vars);
	for (int i = 0; i < vars.n; i++)
		if (layout_find(&left->out, vars.at[i]) < 0)
			return false;
	return !has_sublink(x);
}

/* The condition that fixes this index column, from the join or from the table's own. */
static struct expr *
key_for(struct level *lv, const struct path *left, struct range *r, const struct index_column *c,
	const struct list *quals, struct expr **ret_key, bool *ret_joins)
{
	for (int i = 0; i < quals->n; i++) {
		struct expr *x = quals->at[i], *key = index_equality(lv->pl, r, c, x);
		if (key == NULL || !over_left(left, lv->pl, key))
			continue;
		struct layout vars = { 0 };
		collect_vars(lv->pl, key, &vars);
		*ret_joins |= vars.n > 0;
		*ret_key = key;
		return x;
	}
	return NULL;
}

static bool
find_probe(struct level *lv, const struct path *left, struct item *it, const struct list *quals,
	   struct probe *best)
{
	const struct relation *rel = it->range->rel;
	double all = table_rows(lv->pl, rel);

	best->ix = NULL;
	for (int i = 0; i < rel->nindexes; i++) {
		struct probe p = { .ix = rel->indexes[i], .per_row = all };
		bool joins = false;
		if (!usable(p.ix))
			continue;
		for (int k = 0; k < p.ix->nkeys && p.ix->cols[k].attnum != 0; k++) {
			struct expr *x = key_for(lv, left, it->range, &p.ix->cols[k], quals,
						 &p.keys[k], &joins);
			if (x == NULL)
				x = key_for(lv, left, it->range, &p.ix->cols[k], &it->quals,
					    &p.keys[k], &joins);
			if (x == NULL)
				break;
			p.used[p.nkeys++] = x;
			struct expr *col = expr_var(lv->pl->arena, it->range, p.ix->cols[k].attnum);
			p.per_row /= fmax(1, distinct_values(lv->pl, col, all));
		}
		if (!joins || p.nkeys == 0 ||
		    (strcmp(p.ix->kind, "hash") == 0 && p.nkeys < p.ix->nkeys))
			continue;
		if (p.ix->unique && p.nkeys == p.ix->nkeys)
			p.per_row = 1;
		if (best->ix == NULL || p.per_row < best->per_row ||
		    (p.per_row == best->per_row && p.ix->clustered))
			*best = p;
	}
	return best->ix != NULL;
}

int
lookup_path(struct level *lv, const struct path *left, struct item *it, enum join_type type,
	    const struct list *quals, struct path *ret, struct err *e)
{
	struct planner *pl = lv->pl;
	struct probe pr = { 0 };
	struct layout out = { 0 }, both = { 0 };
	struct list rest = { 0 };

	ret->plan = NULL;
	for (int i = 0; i < quals->n; i++)
		if (has_sublink(quals->at[i]))
			return ERR_OK;
	if (!find_probe(lv, left, it, quals, &pr))
		return ERR_OK;
	wanted_columns(lv, it->range, &out);
	struct plan_scan *s = (struct plan_scan *) node_new(pl, sizeof *s, PLAN_SCAN, &out, NULL);
	int rc = fill_scan(lv, s, it->range, pr.ix, &out, &it->quals, e);
	if (rc != ERR_OK)
		return rc;
	s->index_only = !pr.ix->clustered && covers_columns(pr.ix, &out);
	s->p.rows = pr.per_row;
	double row_cost = (pr.ix->clustered || s->index_only ? COST_ROW : COST_FETCH) +
			  COST_EVAL * it->quals.n;
	s->p.cost = COST_PROBE + pr.per_row * row_cost;

	struct path p = { 0 };
	layout_append(pl->arena, &both, &left->out);
	layout_append(pl->arena, &both, &out);
	p.out = type == JOIN_SEMI || type == JOIN_ANTI ? left->out : both;
	struct plan_join *n =
		(struct plan_join *) node_new(pl, sizeof *n, PLAN_JOIN_LOOKUP, &p.out, left->plan);
	n->p.inner = &s->p;
	n->type = type;
	n->nkeys = pr.nkeys;
	n->left_keys = ARENA_ARRAY(pl->arena, struct expr *, pr.nkeys);
	for (int k = 0; k < pr.nkeys && rc == ERR_OK; k++)
		rc = layout_slots(pl, &left->out, pr.keys[k], &n->left_keys[k], e);
	for (int i = 0; i < quals->n; i++) {
		bool used = false;
		for (int k = 0; k < pr.nkeys; k++)
			used |= pr.used[k] == quals->at[i];
		if (!used)
			list_push(&rest, pl->arena, quals->at[i]);
	}
	if (rc == ERR_OK && rest.n > 0)
		rc = layout_slots(pl, &both, conjunction(pl, &rest), &n->filter, e);
	for (int i = 0; i < n->p.ncols; i++)
		n->p.cols[i].name = i < left->plan->ncols ? left->plan->cols[i].name
							  : s->p.cols[i - left->plan->ncols].name;
	p.cost = left->cost + left->rows * s->p.cost;
	n->p.cost = p.cost;
	n->p.cost_start = left->plan->cost_start;
	p.plan = &n->p;
	p.norder = left->norder;        /* results come in the order of the left rows */
	p.order = left->order;
	*ret = p;
	return rc;
}
