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
	double rows, cost;
	int nscans;
	struct range *last; /* that was read */
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

static struct range *
part_range(struct expansion *x, const struct range *of, const struct relation *part)
{
	struct range *r = range_table(x->lv->pl->arena, NULL, part, of->alias);

	r->query = of->query;
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

/* -- Reading them ---------------------------------------------------------------------------- */

static int expand(struct expansion *x, struct level *lv, struct range *r, const struct list *quals,
		  struct err *e);

static int
read_leaf(struct expansion *x, struct level *lv, struct range *r, const struct list *quals,
	  struct err *e)
{
	struct path p;

	r->alias = arena_printf(lv->pl->arena, "%s_%d", x->root->alias, ++x->nscans);
	r->whole = x->root;
	x->last = r;
	int rc = scan_path(lv, r, quals, NULL, &p, e);
	if (rc != ERR_OK)
		return rc;
	list_push(&x->children, lv->pl->arena, p.plan);
	x->rows += p.rows;
	x->cost += p.cost;
	return ERR_OK;
}

static int
expand_part(struct expansion *x, struct level *lv, struct range *r, const struct relation *part,
	    const struct list *quals, struct err *e)
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
	return relation_is_partitioned(part) ? expand(x, &inner, m.to, &own, e)
					     : read_leaf(x, &inner, m.to, &own, e);
}

static int
expand(struct expansion *x, struct level *lv, struct range *r, const struct list *quals,
       struct err *e)
{
	struct plan_prune *prune;
	bool *keep = select_parts(x, r, quals, &prune);
	int rc = ERR_OK;

	for (int i = 0; i < r->rel->nparts && rc == ERR_OK; i++) {
		if (prune != NULL)
			prune->first[i] = x->children.n;
		if (keep[i])
			rc = expand_part(x, lv, r, r->rel->parts[i], quals, e);
	}
	if (prune != NULL) {
		prune->first[r->rel->nparts] = x->children.n;
		list_push(&x->prunes, lv->pl->arena, prune);
	}
	return rc;
}

int
partitioned_path(struct level *lv, struct range *r, const struct list *quals, struct path *ret,
		 struct err *e)
{
	struct planner *pl = lv->pl;
	struct expansion x = { .lv = lv, .root = r };
	struct layout out = { 0 };
	int rc = r->only ? ERR_OK : expand(&x, lv, r, quals, e);

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
	return ERR_OK;
}
