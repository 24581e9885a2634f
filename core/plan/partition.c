/* partition.c - reading a partitioned table: an Append of the partitions that can have rows.
 *
 * Conditions on the key are matched as if the key were an index.  What is constant selects the
 * partitions now; what is known when the plan starts (parameters, stable functions) is left to
 * the Append as a plan_prune.  Each partition is then read by the best path of its own.
 *
 * Not here: what bounds mean (core/access/partition.h), writing (modify.c). */
#include "config.h"
#include "core/plan/planner.h"

#include "core/access/partition.h"
#include "core/plan/indexmatch.h"

struct expansion {
	struct level *lv;
	struct range *root;
	struct list children; /* struct plan */
	struct list prunes;   /* struct plan_prune */
	struct list routes;   /* struct plan_probe_route */
	double rows, cost;
	double effective;  /* cost, as far as is wanted, when each is sorted */
	bool any_sorted;   /* by an index */
	bool nested;       /* some are partitions of partitions */
	bool has_default;
	bool sort_all;     /* those that no index sorts, too */
	int nscans;
	struct range *last; /* that was read */
	const struct index *probed; /* not read but probed, through this index; or NULL */
	int nkeys;                  /* with so many of its columns */
	bool ranged;                /* and a range of the next */
};

/* -- Columns of a parent as a partition's ---------------------------------------------------- */

struct moved {
	struct planner *pl;
	const struct range *from;
	struct range *to;
	const int16_t *map;
};

static struct expr *
move_var(struct expr *x, void *arg)
{
	const struct moved *m = arg;

	if (x->kind != EXPR_VAR || x->range != m->from)
		return x;
	struct expr *v = expr_var(m->pl->arena, m->to,
				  x->col > 0 && m->map != NULL ? m->map[x->col - 1] : x->col);
	v->type = x->type;
	v->typmod = x->typmod;
	v->collation = x->collation;
	return v;
}

static const struct want *
move_want(const struct moved *m, const struct want *want)
{
	struct arena *a = m->pl->arena;
	struct want *own;

	if (want == NULL)
		return NULL;
	own = arena_dup(a, want, sizeof *want);
	own->keys = arena_dup(a, want->keys, (size_t) want->n * sizeof *want->keys);
	for (int i = 0; i < own->n; i++)
		own->keys[i].expr = expr_map(a, own->keys[i].expr, move_var, (void *) m, false);
	return own;
}

static struct range *
part_range(struct expansion *x, const struct range *of, const struct relation *part)
{
	struct range *r = range_table(x->lv->pl->arena, NULL, part, of->alias);

	r->query = of->query;
	r->current_of = of->current_of;
	r->sample_method = of->sample_method;
	r->sample_percent = of->sample_percent;
	r->sample_seed = of->sample_seed;
	return r;
}

/* -- Which of them --------------------------------------------------------------------------- */

static bool
is_const(const struct expr *x)
{
	return x == NULL || x->kind == EXPR_CONST;
}

static bool
all_const(const struct key_range *k)
{
	for (int i = 0; i < k->neq; i++)
		if (!is_const(k->eq[i]))
			return false;
	return is_const(k->lo) && is_const(k->hi) && is_const(k->in_list);
}

static void
select_now(const struct relation *rel, const struct key_range *k, bool *keep)
{
	union datum eq[INDEX_COLS_MAX];
	struct scan_bounds b = { .neq = k->neq, .eq = eq, .eq_is_null = k->eq_is_null, .not_null = k->not_null };

	for (int i = 0; i < k->neq; i++) {
		if (k->eq[i]->is_null && !k->eq_is_null[i])
			return; /* nothing compares true with null */
		eq[i] = k->eq[i]->value;
	}
	if ((k->lo != NULL && k->lo->is_null) || (k->hi != NULL && k->hi->is_null) ||
	    (k->in_list != NULL && k->in_list->is_null))
		return;
	if (k->lo != NULL)
		b.lo = (struct scan_bound){ 1, k->lo_incl, &k->lo->value };
	if (k->hi != NULL)
		b.hi = (struct scan_bound){ 1, k->hi_incl, &k->hi->value };
	if (k->in_list != NULL)
		partition_select_any(rel, &b, eq, k->in_list->type, k->in_list->value, keep);
	else
		partition_select(rel, &b, keep);
}

/* The partitions to read; *ret_prune: and what tells more when the plan starts. */
static bool *
select_parts(struct expansion *x, struct range *r, const struct list *quals,
	     struct plan_prune **ret_prune)
{
	const struct relation *rel = r->rel;
	struct planner *pl = x->lv->pl;
	bool *keep = ARENA_ARRAY(pl->arena, bool, rel->nparts + 1);
	struct index_match m;
	const struct index ix = {
		.o = { .oid = rel->o.oid },
		.kind = rel->partkey->strategy == PARTITION_HASH ? "hash" : "btree",
		.nkeys = rel->partkey->ncols,
		.ncols = rel->partkey->ncols,
		.cols = rel->partkey->cols,
	};

	*ret_prune = NULL;
	index_match(pl, r, &ix, quals, &m);
	if (m.any && all_const(&m.range)) {
		select_now(rel, &m.range, keep);
		return keep;
	}
	memset(keep, true, (size_t) rel->nparts * sizeof *keep);
	if (!m.any)
		return keep;
	*ret_prune = ARENA_NEW(pl->arena, struct plan_prune);
	**ret_prune = (struct plan_prune){ .rel = rel,
					   .key = m.range,
					   .first = ARENA_ARRAY(pl->arena, int, rel->nparts + 1) };
	return keep;
}

/* -- Probing them ---------------------------------------------------------------------------- */

static const struct index *
index_below(const struct expansion *x, const struct relation *rel)
{
	return rel == x->root->rel ? x->probed
				   : partition_index(x->lv->pl->env->catalog, rel, x->probed->o.oid);
}

static bool
same_key(const struct index_column *a, const struct index_column *b)
{
	return a->attnum != 0 ? a->attnum == b->attnum
			      : b->attnum == 0 && strcmp(a->expr_sql, b->expr_sql) == 0;
}

/* Which of the index's first columns is this one of the partition key? -1: none. */
static int
probe_key(const struct expansion *x, const struct index *ix, const struct index_column *c)
{
	for (int i = 0; i < x->nkeys; i++)
		if (same_key(&ix->cols[i], c))
			return i;
	return -1;
}

static struct plan_probe_route *
add_route(struct expansion *x, const struct relation *rel)
{
	struct arena *a = x->lv->pl->arena;
	const struct partition_key *key = rel->partkey;
	const struct index *ix = index_below(x, rel);
	struct plan_probe_route *r = ARENA_NEW(a, struct plan_probe_route);
	int at;

	r->rel = rel;
	r->keys = ARENA_ARRAY(a, int, key->ncols);
	r->first = ARENA_ARRAY(a, int, rel->nparts + 1);
	r->below = ARENA_ARRAY(a, int, rel->nparts + 1);
	while (r->nkeys < key->ncols && (at = probe_key(x, ix, &key->cols[r->nkeys])) >= 0)
		r->keys[r->nkeys++] = at;
	r->ranged = x->ranged && r->nkeys < key->ncols && key->strategy != PARTITION_HASH &&
		    same_key(&ix->cols[x->nkeys], &key->cols[r->nkeys]);
	list_push(&x->routes, a, r);
	return r;
}

/* -- Reading them ---------------------------------------------------------------------------- */

static int expand(struct expansion *x, struct level *lv, struct range *r, const struct list *quals,
		  const struct want *want, struct err *e);

/* Sorted it must be, by an index or, where that would cost more, in memory. */
static int
sort_leaf(struct expansion *x, struct level *lv, const struct want *want, struct path *p,
	  struct err *e)
{
	if (path_is_sorted(p, want->n, want->keys)) {
		x->any_sorted = true;
		if (p->plan->kind == PLAN_SCAN && want->rows < p->rows)
			((struct plan_scan *) p->plan)->first = 4;
		x->effective += COST_BATCH + (p->cost - COST_BATCH) * want_share(lv->pl, want, p->rows);
		return ERR_OK;
	}
	x->effective += p->cost + sort_cost(p->rows);
	return x->sort_all ? path_sort(lv->pl, p, want->n, want->keys, NULL, e) : ERR_OK;
}

static int
read_leaf(struct expansion *x, struct level *lv, struct range *r, const struct list *quals,
	  const struct want *want, struct err *e)
{
	struct path p;

	r->alias = arena_printf(lv->pl->arena, "%s_%d", x->root->alias, ++x->nscans);
	r->whole = x->root;
	x->last = r;
	if (x->probed != NULL) {
		struct plan_scan *s;
		int rc = probe_scan(lv, r, quals, index_below(x, r->rel), &s, e);
		list_push(&x->children, lv->pl->arena, &s->p);
		return rc;
	}
	x->has_default |= r->rel->bound->is_default;
	int rc = scan_path(lv, r, quals, want, &p, e);
	if (rc == ERR_OK && want != NULL)
		rc = sort_leaf(x, lv, want, &p, e);
	if (rc != ERR_OK)
		return rc;
	list_push(&x->children, lv->pl->arena, p.plan);
	x->rows += p.rows;
	x->cost += p.cost;
	return ERR_OK;
}

static int
expand_part(struct expansion *x, struct level *lv, struct range *r, const struct relation *part,
	    const struct list *quals, const struct want *want, struct err *e)
{
	struct arena *a = lv->pl->arena;
	struct moved m = { lv->pl, r, part_range(x, r, part), partition_map(a, r->rel, part) };
	struct level inner = *lv;
	struct list own = { 0 };

	inner.needed = (struct layout){ 0 };
	for (int i = 0; i < lv->needed.n; i++)
		if (lv->needed.at[i]->range == r)
			layout_add(a, &inner.needed, move_var(lv->needed.at[i], &m));
	for (int i = 0; i < quals->n; i++)
		list_push(&own, a, expr_map(a, quals->at[i], move_var, &m, false));
	want = move_want(&m, want);
	if (!relation_is_partitioned(part))
		return read_leaf(x, &inner, m.to, &own, want, e);
	x->nested = true;
	return expand(x, &inner, m.to, &own, want, e);
}

static int
expand(struct expansion *x, struct level *lv, struct range *r, const struct list *quals,
       const struct want *want, struct err *e)
{
	struct plan_prune *prune;
	bool *keep = select_parts(x, r, quals, &prune);
	struct plan_probe_route *route = x->probed != NULL ? add_route(x, r->rel) : NULL;
	int rc = ERR_OK;

	for (int i = 0; i < r->rel->nparts && rc == ERR_OK; i++) {
		const struct relation *part = r->rel->parts[i];
		if (prune != NULL)
			prune->first[i] = x->children.n;
		if (route != NULL) {
			route->first[i] = x->children.n;
			route->below[i] = keep[i] && relation_is_partitioned(part) ? x->routes.n : -1;
		}
		if (keep[i])
			rc = expand_part(x, lv, r, part, quals, want, e);
	}
	if (route != NULL)
		route->first[r->rel->nparts] = x->children.n;
	if (prune != NULL) {
		prune->first[r->rel->nparts] = x->children.n;
		list_push(&x->prunes, lv->pl->arena, prune);
	}
	return rc;
}

/* -- In order -------------------------------------------------------------------------------- */

/* An order that leaves can have and that can be merged: by columns of the table. */
static bool
can_merge(const struct range *r, const struct want *want)
{
	if (want == NULL || want->n == 0 || want->grouping)
		return false;
	for (int i = 0; i < want->n; i++)
		if (want->keys[i].expr->kind != EXPR_VAR || want->keys[i].expr->range != r ||
		    want->keys[i].expr->col <= 0)
			return false;
	return true;
}

/* Do all rows of one partition come before those of the next (backward: of the one before)?  What
 * is null is in the default one. */
static bool
follow_bounds(const struct expansion *x, const struct want *want)
{
	const struct partition_key *key = x->root->rel->partkey;

	if (key->strategy != PARTITION_RANGE || x->nested || x->has_default)
		return false;
	for (int i = 0; i < key->ncols && i < want->n; i++)
		if (key->cols[i].attnum != want->keys[i].expr->col ||
		    want->keys[i].desc != want->keys[0].desc)
			return false;
	return true;
}

static int
set_order(struct level *lv, const struct expansion *x, const struct want *want,
	  struct plan_append *p, struct path *ret, struct err *e)
{
	struct arena *a = lv->pl->arena;
	int rc = ERR_OK;

	ret->norder = want->n;
	ret->order = want->keys;
	if (follow_bounds(x, want)) {
		p->backward = want->keys[0].desc;
		return ERR_OK;
	}
	p->p.kind = PLAN_MERGE_APPEND;
	p->nkeys = want->n;
	p->keys = arena_dup(a, want->keys, (size_t) want->n * sizeof *want->keys);
	for (int i = 0; i < want->n && rc == ERR_OK; i++)
		rc = layout_slots(lv->pl, &ret->out, want->keys[i].expr, &p->keys[i].expr, e);
	return rc;
}

/* -- The whole ------------------------------------------------------------------------------- */

/* Unsorted, or sorted when that costs less than to sort later; *ret_want: how it is sorted. */
static int
expand_best(struct level *lv, struct range *r, const struct list *quals, const struct want **want,
	    struct expansion *ret, struct err *e)
{
	struct expansion plain = { .lv = lv, .root = r }, sorted = { .lv = lv, .root = r };
	int rc = r->only ? ERR_OK : expand(&plain, lv, r, quals, NULL, e);

	*ret = plain;
	if (rc != ERR_OK || plain.children.n == 0 || !can_merge(r, *want)) {
		*want = NULL;
		return rc;
	}
	sorted.sort_all = plain.children.n > 1 || plain.prunes.n > 0;
	rc = expand(&sorted, lv, r, quals, *want, e);
	double merging = COST_SORT * log2(plain.children.n) * fmin((*want)->rows, plain.rows);
	if (rc == ERR_OK && sorted.any_sorted &&
	    sorted.effective + merging < plain.cost + sort_cost(plain.rows))
		*ret = sorted;
	else
		*want = NULL;
	return rc;
}

int
partitioned_path(struct level *lv, struct range *r, const struct list *quals,
		 const struct want *want, struct path *ret, struct err *e)
{
	struct planner *pl = lv->pl;
	struct expansion x;
	struct layout out = { 0 };
	int rc = expand_best(lv, r, quals, &want, &x, e);

	if (rc != ERR_OK)
		return rc;
	for (int i = 0; i < lv->needed.n; i++)
		if (lv->needed.at[i]->range == r)
			layout_add(pl->arena, &out, lv->needed.at[i]);
	if (x.children.n == 0) {
		struct plan *none = node_new(pl, sizeof *none, PLAN_EMPTY, &out, NULL);
		*ret = (struct path){ .plan = none, .out = out };
		return ERR_OK;
	}
	*ret = (struct path){ .out = out, .rows = fmax(1, x.rows), .cost = x.cost };
	if (x.children.n == 1 && x.prunes.n == 0) {
		ret->plan = x.children.at[0];
		x.last->alias = r->alias;
		ret->norder = want != NULL ? want->n : 0;
		ret->order = want != NULL ? want->keys : NULL;
		return ERR_OK;
	}
	struct plan_append *p = (struct plan_append *) node_new(pl, sizeof *p, PLAN_APPEND, &out, NULL);
	p->nchildren = x.children.n;
	p->children = (struct plan **) x.children.at;
	p->nprunes = x.prunes.n;
	p->prunes = (struct plan_prune **) x.prunes.at;
	p->p.rows = ret->rows;
	p->p.cost_start = COST_BATCH;
	p->p.cost = x.cost;
	ret->plan = &p->p;
	return want != NULL ? set_order(lv, &x, want, p, ret, e) : ERR_OK;
}

int
partitioned_probe(struct level *lv, struct range *r, const struct list *quals,
		  const struct index *ix, int nkeys, bool ranged, struct plan_append **ret,
		  struct err *e)
{
	struct expansion x = { .lv = lv, .root = r, .probed = ix, .nkeys = nkeys, .ranged = ranged };
	struct layout out = { 0 };
	int rc = r->only ? ERR_OK : expand(&x, lv, r, quals, NULL, e);

	for (int i = 0; i < lv->needed.n; i++)
		if (lv->needed.at[i]->range == r)
			layout_add(lv->pl->arena, &out, lv->needed.at[i]);
	struct plan_append *p =
		(struct plan_append *) node_new(lv->pl, sizeof *p, PLAN_APPEND, &out, NULL);
	p->nchildren = x.children.n;
	p->children = (struct plan **) x.children.at;
	p->nroutes = x.routes.n;
	p->routes = (struct plan_probe_route **) x.routes.at;
	*ret = p;
	return rc;
}
