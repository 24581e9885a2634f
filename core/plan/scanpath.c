/* scanpath.c - reading one table: which index, which part of it, in which order.
 *
 * Every condition stays in the scan's filter unless the index bounds say exactly the same.
 *
 * Not here: lookup joins (lookup.c). */
#include "config.h"
#include "core/plan/planner.h"

#include <math.h>

#include "core/catalog/partition.h"
#include "core/plan/indexmatch.h"

void
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
drop_fixed_keys(const struct index *ix, int neq, const struct sort_key *want, int n,
		struct sort_key *to)
{
	int k = 0;

	for (int i = 0; i < n; i++) {
		bool fixed = false;
		for (int c = 0; c < neq; c++)
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

double
sort_cost(double rows)
{
	return COST_SORT * rows * log2(fmax(2, rows)) + rows * 0.5;
}

double
want_share(struct planner *pl, const struct want *want, double rows)
{
	double of = rows;

	if (want->grouping) {
		struct expr **groups = ARENA_ARRAY(pl->arena, struct expr *, want->n);
		for (int i = 0; i < want->n; i++)
			groups[i] = want->keys[i].expr;
		of = group_count(pl, want->n, groups, rows);
	}
	return fmin(1, want->rows / fmax(1, of));
}

static void
weigh(struct planner *pl, struct candidate *c, double out_rows, const struct want *want)
{
	if (want == NULL || want->n == 0)
		c->effective = c->cost;
	else if (c->sorted)
		c->effective =
			COST_BATCH + (c->cost - COST_BATCH) * want_share(pl, want, out_rows);
	else
		c->effective =
			c->cost + (want->grouping ? COST_HASH * out_rows : sort_cost(out_rows));
}

bool
index_gives_order(struct level *lv, struct range *r, const struct index *ix, int neq,
		  const struct want *want, bool *ret_backward)
{
	struct sort_key *have, *rest = ARENA_ARRAY(lv->pl->arena, struct sort_key, want->n);
	int n = drop_fixed_keys(ix, neq, want->keys, want->n, rest);

	for (int b = 0; b < 2; b++) {
		int k = index_order(lv, r, ix, neq, b == 1, &have);
		struct path p = { .norder = k, .order = have };
		*ret_backward = b == 1;
		if (path_is_sorted(&p, n, rest))
			return true;
	}
	*ret_backward = false;
	return false;
}

static void
consider_order(struct level *lv, struct range *r, struct candidate *c, const struct want *want)
{
	if (want != NULL && want->n > 0 && !c->m.has_list)
		c->sorted = index_gives_order(lv, r, c->ix, c->m.range.neq, want, &c->backward);
}

bool
index_usable(const struct index *ix)
{
	return ix->state == INDEX_VALID && strcmp(ix->kind, "columnar") != 0;
}

static int
build_scan(struct level *lv, struct range *r, const struct list *quals, const struct layout *out,
	   const struct candidate *c, double rows, const struct want *want, struct path *ret,
	   struct err *e)
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
		ret->norder = want->n;
		ret->order = want->keys;
	}
	return ERR_OK;
}

/* -- Disjunctions ------------------------------------------------------------------------------------ */

enum { ARMS_MAX = 64 };

/* One scan for each arm of a disjunction, each leaving out what the arms before it give. */
struct arms {
	struct expr *or;
	int n;
	struct list *quals;             /* per arm */
	struct candidate *best;
	double cost;
};

static bool best_index(struct level *lv, struct range *r, const struct list *quals,
		       const struct layout *out, const struct want *want, double rows,
		       struct candidate *best);

static bool
match_arms(struct level *lv, struct range *r, const struct list *quals, struct expr *or,
	   const struct layout *out, double most, struct arms *ret)
{
	struct planner *pl = lv->pl;
	struct arms a = { .or = or, .n = or->nargs };

	if (or->nargs > ARMS_MAX || has_sublink(or) || expr_has_volatile(or))
		return false;
	a.quals = ARENA_ARRAY(pl->arena, struct list, a.n);
	a.best = ARENA_ARRAY(pl->arena, struct candidate, a.n);
	for (int i = 0; i < a.n; i++) {
		a.quals[i] = conjuncts(pl, or->args[i]);
		for (int k = 0; k < quals->n; k++)
			if (quals->at[k] != or)
				list_push(&a.quals[i], pl->arena, quals->at[k]);
		a.best[i].effective = most - a.cost;
		if (!best_index(lv, r, &a.quals[i], out, NULL, 1, &a.best[i]))
			return false;
		a.cost += a.best[i].cost;
	}
	*ret = a;
	return true;
}

static int
build_arms(struct level *lv, struct range *r, const struct layout *out, const struct arms *a,
	   double rows, struct path *ret, struct err *e)
{
	struct planner *pl = lv->pl;
	struct plan_append *p =
		(struct plan_append *) node_new(pl, sizeof *p, PLAN_APPEND, out, NULL);

	p->nchildren = a->n;
	p->children = ARENA_ARRAY(pl->arena, struct plan *, a->n);
	for (int i = 0; i < a->n; i++) {
		struct path arm;
		for (int k = 0; k < i; k++) {
			struct expr *not = expr_new(pl->arena, EXPR_IS_NOT_TRUE,
						    type_builtin(OID_BOOL), 1);
			not->args[0] = a->or->args[k];
			list_push(&a->quals[i], pl->arena, not);
		}
		int rc = build_scan(lv, r, &a->quals[i], out, &a->best[i], a->best[i].rows, NULL,
				    &arm, e);
		if (rc != ERR_OK)
			return rc;
		p->children[i] = arm.plan;
	}
	p->p.rows = rows;
	p->p.cost_start = COST_BATCH;
	p->p.cost = a->cost;
	*ret = (struct path){ .plan = &p->p, .out = *out, .rows = rows, .cost = a->cost };
	return ERR_OK;
}

/* -- The cheapest way ---------------------------------------------------------------------------------- */

/* Replace *best by what an index offers for less; false: none does. */
static bool
best_index(struct level *lv, struct range *r, const struct list *quals, const struct layout *out,
	   const struct want *want, double rows, struct candidate *best)
{
	const struct relation *rel = r->rel;
	double all = table_rows(lv->pl, rel);
	bool found = false;

	for (int i = 0; i < rel->nindexes; i++) {
		struct candidate c = { .ix = rel->indexes[i] };
		bool btree = strcmp(c.ix->kind, "btree") == 0;
		double share;
		if (!index_usable(c.ix) || !index_serves(lv->pl, r, c.ix, quals, &share))
			continue;
		index_match(lv->pl, r, c.ix, quals, &c.m);
		/* Read as a whole: it may have few rows, or the table is not to be read. */
		bool whole = c.ix->where_sql != NULL || avoid(lv->pl, OFF_SEQSCAN) > 0;
		if (!c.m.any && !whole && (want == NULL || want->n == 0 || !btree))
			continue;
		if (strcmp(c.ix->kind, "hash") == 0 &&
		    (c.m.range.neq < c.ix->nkeys || c.m.has_list))
			continue;
		if (btree)
			consider_order(lv, r, &c, want);
		if (!c.m.any && !c.sorted && !(whole && btree))
			continue;
		c.index_only = !c.ix->clustered && avoid(lv->pl, OFF_INDEXONLYSCAN) == 0 &&
			       covers_columns(c.ix, out);
		c.rows = fmax(1, all * c.m.selectivity * share);
		bool one = c.ix->unique && c.m.range.neq == c.ix->nkeys;
		if (one)
			c.rows = 1;
		c.cost = COST_BATCH + COST_PROBE +
			 c.rows * (c.ix->clustered || c.index_only ? COST_ROW : COST_FETCH) +
			 c.rows * COST_EVAL * quals->n;
		/* A whole unique key beats reading a small table too: the table may have grown since,
		 * and a serializable transaction has then read one row, not all of them. */
		if (one && best->ix == NULL && best->cost > 0 && c.cost >= best->cost)
			c.cost = best->cost - COST_EVAL;
		c.cost += avoid(lv->pl, OFF_INDEXSCAN);
		weigh(lv->pl, &c, rows, want);
		if (c.effective >= best->effective)
			continue;
		*best = c;
		found = true;
	}
	return found;
}

/* The row that a cursor is on: no index helps, none is needed. */
static int
current_path(struct level *lv, struct range *r, const struct list *quals, const struct layout *out,
	     struct path *ret, struct err *e)
{
	struct plan_scan *s = (struct plan_scan *) node_new(lv->pl, sizeof *s, PLAN_CURRENT_OF, out, NULL);
	int rc = fill_scan(lv, s, r, NULL, out, quals, e);

	s->cursor = r->current_of;
	s->p.rows = 1;
	s->p.cost = COST_BATCH + COST_PROBE;
	*ret = (struct path){ .plan = &s->p, .out = *out, .rows = 1, .cost = s->p.cost };
	return rc;
}

int
scan_path(struct level *lv, struct range *r, const struct list *quals, const struct want *want,
	  struct path *ret, struct err *e)
{
	struct planner *pl = lv->pl;
	struct layout out = { 0 };
	double sel = 1;

	if (relation_is_partitioned(r->rel))
		return partitioned_path(lv, r, quals, want, ret, e);

	double all = table_rows(pl, r->rel);
	wanted_columns(lv, r, &out);
	if (r->current_of != NULL)
		return current_path(lv, r, quals, &out, ret, e);
	for (int i = 0; i < quals->n; i++)
		sel *= qual_selectivity(pl, quals->at[i]);
	double rows = fmax(1, all * sel);

	struct candidate best = { .rows = all,
				  .cost = COST_BATCH + all * (COST_ROW + COST_EVAL * quals->n) +
					  avoid(pl, OFF_SEQSCAN) };
	weigh(pl, &best, rows, want);
	if (r->sample_method == 0)
		(void) best_index(lv, r, quals, &out, want, rows, &best);
	for (int i = 0; i < quals->n && r->sample_method == 0; i++) {
		struct expr *x = quals->at[i];
		struct arms arms;
		double sort = want != NULL && want->n > 0 && !want->grouping ? sort_cost(rows) : 0;
		if (x->kind == EXPR_OR && avoid(pl, OFF_BITMAPSCAN) == 0 &&
		    match_arms(lv, r, quals, x, &out, best.effective - sort, &arms))
			return build_arms(lv, r, &out, &arms, rows, ret, e);
	}
	if (rows > best.rows)
		rows = best.rows;
	return build_scan(lv, r, quals, &out, &best, rows, want, ret, e);
}

/* A scan that is only probed. */
int
probe_scan(struct level *lv, struct range *r, const struct list *quals, const struct index *ix,
	   struct plan_scan **ret, struct err *e)
{
	struct layout out = { 0 };

	wanted_columns(lv, r, &out);
	struct plan_scan *s = (struct plan_scan *) node_new(lv->pl, sizeof *s, PLAN_SCAN, &out, NULL);
	s->index_only = !ix->clustered && covers_columns(ix, &out);
	*ret = s;
	return fill_scan(lv, s, r, ix, &out, quals, e);
}
