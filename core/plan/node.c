/* node.c - making plan nodes: columns from a layout, costs from the child's.
 *
 * Cost is in units of one sequentially read row (planner.h); only ratios matter. */
#include "config.h"
#include "core/plan/planner.h"

#include <math.h>

static const char *
column_name(const struct expr *x)
{
	if (x->kind == EXPR_VAR && x->col > 0 && x->col <= x->range->ncols)
		return x->range->cols[x->col - 1].name;
	if (x->kind == EXPR_VAR)
		return x->col == COL_ROW_KEY ? "(row key)" : x->col == COL_CTID ? "ctid" : NULL;
	if (x->kind == EXPR_FUNC || x->kind == EXPR_AGG || x->kind == EXPR_WINDOW)
		return x->func->name;
	return NULL;
}

struct plan *
node_new(struct planner *pl, size_t size, enum plan_kind kind, const struct layout *out,
	 struct plan *child)
{
	struct plan *p = arena_zalloc(pl->arena, size);

	p->kind = kind;
	p->ncols = out->n;
	p->cols = ARENA_ARRAY(pl->arena, struct plan_column, out->n);
	for (int i = 0; i < out->n; i++) {
		const struct expr *x = out->at[i];
		p->cols[i] =
			(struct plan_column){ x->type, x->typmod, x->collation, column_name(x) };
		if (p->cols[i].name == NULL && child != NULL && x->kind == EXPR_SLOT &&
		    x->slot >= 0 && x->slot < child->ncols)
			p->cols[i].name = child->cols[x->slot].name;
	}
	p->child = child;
	if (child != NULL) {
		p->dependent = child->dependent;
		p->rows = child->rows;
		p->cost_start = child->cost_start;
		p->cost = child->cost;
	}
	p->id = pl->stmt->nnodes++;
	return p;
}

static void
path_set(struct path *p, struct plan *plan)
{
	p->plan = plan;
	p->rows = plan->rows;
	p->cost = plan->cost;
}

int
path_filter(struct planner *pl, struct path *p, const struct list *quals, struct err *e)
{
	struct expr *cond = conjunction(pl, quals);
	double sel = 1;

	if (cond == NULL)
		return ERR_OK;
	for (int i = 0; i < quals->n; i++)
		sel *= qual_selectivity(pl, quals->at[i]);
	struct plan_filter *f =
		(struct plan_filter *) node_new(pl, sizeof *f, PLAN_FILTER, &p->out, p->plan);
	int rc = layout_slots(pl, &p->out, cond, &f->cond, e);
	if (rc != ERR_OK)
		return rc;
	f->p.cost = p->cost + p->rows * COST_EVAL * quals->n;
	f->p.rows = fmax(1, p->rows * sel);
	for (int i = 0; i < f->p.ncols; i++)
		f->p.cols[i].name = p->plan->cols[i].name;
	path_set(p, &f->p);
	return ERR_OK;
}

static bool
is_identity(const struct path *p, int n, struct expr **slots)
{
	if (n != p->plan->ncols)
		return false;
	for (int i = 0; i < n; i++)
		if (slots[i]->kind != EXPR_SLOT || slots[i]->slot != i)
			return false;
	return true;
}

int
path_project(struct planner *pl, struct path *p, int n, struct expr **exprs, struct err *e)
{
	struct layout out = { 0 };
	struct expr **slots = ARENA_ARRAY(pl->arena, struct expr *, n);

	for (int i = 0; i < n; i++) {
		int rc = layout_slots(pl, &p->out, exprs[i], &slots[i], e);
		if (rc != ERR_OK)
			return rc;
		layout_add(pl->arena, &out, exprs[i]);
	}
	if (is_identity(p, n, slots)) {
		p->out = out;
		return ERR_OK;
	}
	struct plan_project *j =
		(struct plan_project *) node_new(pl, sizeof *j, PLAN_PROJECT, &out, p->plan);
	j->exprs = slots;
	for (int i = 0; i < n; i++)
		if (j->p.cols[i].name == NULL && slots[i]->kind == EXPR_SLOT)
			j->p.cols[i].name = p->plan->cols[slots[i]->slot].name;
	j->p.cost = p->cost + p->rows * COST_EVAL * n * 0.5;
	path_set(p, &j->p);
	p->out = out;
	return ERR_OK;
}

bool
path_is_sorted(const struct path *p, int n, const struct sort_key *keys)
{
	if (n > p->norder)
		return false;
	for (int i = 0; i < n; i++) {
		const struct sort_key *a = &p->order[i], *b = &keys[i];
		if (a->desc != b->desc || a->nulls_first != b->nulls_first)
			return false;
		if (a->expr != b->expr &&
		    !(a->expr->kind == EXPR_VAR && b->expr->kind == EXPR_VAR
			      ? a->expr->range == b->expr->range && a->expr->col == b->expr->col
			      : expr_equal(a->expr, b->expr)))
			return false;
	}
	return true;
}

int
path_sort(struct planner *pl, struct path *p, int n, const struct sort_key *keys, struct expr *top,
	  struct err *e)
{
	struct plan_sort *s =
		(struct plan_sort *) node_new(pl, sizeof *s, PLAN_SORT, &p->out, p->plan);

	s->nkeys = n;
	s->keys = arena_dup(pl->arena, keys, (size_t) n * sizeof *keys);
	for (int i = 0; i < n; i++) {
		int rc = layout_slots(pl, &p->out, keys[i].expr, &s->keys[i].expr, e);
		if (rc != ERR_OK)
			return rc;
	}
	while (s->presorted < n && path_is_sorted(p, s->presorted + 1, keys))
		s->presorted++;
	s->top = top;
	for (int i = 0; i < s->p.ncols; i++)
		s->p.cols[i].name = p->plan->cols[i].name;
	s->p.cost = p->cost + sort_cost(p->rows) + avoid(pl, OFF_SORT);
	s->p.cost_start = s->p.cost;
	path_set(p, &s->p);
	p->norder = n;
	p->order = arena_dup(pl->arena, keys, (size_t) n * sizeof *keys);
	return ERR_OK;
}

/* Sorted by its first n expressions, any order of which would do; left as it is where one has none. */
int
path_sort_groups(struct planner *pl, struct path *p, int n, struct expr **exprs, struct err *e)
{
	struct sort_key *keys = ARENA_ARRAY(pl->arena, struct sort_key, n);

	for (int i = 0; i < n; i++) {
		const struct type *t = exprs[i]->type;
		if (t->ops == NULL || t->ops->cmp == NULL)
			return ERR_OK;
		keys[i] = (struct sort_key){ exprs[i], false, false };
	}
	return n == 0 || path_is_sorted(p, n, keys) ? ERR_OK : path_sort(pl, p, n, keys, NULL, e);
}

/* Do equal rows come one after the other?  They do when the order is that of all columns, in any sequence. */
static bool
equals_together(const struct path *p)
{
	for (int n = 0; n < p->norder && !p->plan->dependent; n++) {
		bool all = true;
		if (layout_find(&p->out, p->order[n].expr) < 0)
			return false;
		for (int c = 0; c < p->out.n; c++) {
			bool ordered = false;
			for (int k = 0; k <= n && !ordered; k++)
				ordered = expr_equal(p->order[k].expr, p->out.at[c]);
			all &= ordered;
		}
		if (all)
			return true;
	}
	return false;
}

int
path_distinct(struct planner *pl, struct path *p, struct err *e)
{
	if (avoid(pl, OFF_HASHAGG) > 0) {
		int rc = path_sort_groups(pl, p, p->out.n, p->out.at, e);
		if (rc != ERR_OK)
			return rc;
	}
	struct plan_distinct *d =
		(struct plan_distinct *) node_new(pl, sizeof *d, PLAN_DISTINCT, &p->out, p->plan);

	d->nkeys = p->out.n;
	d->sorted = (avoid(pl, OFF_HASHAGG) > 0 && p->out.n > 0 && p->norder == p->out.n &&
		     p->plan->kind == PLAN_SORT) ||
		    equals_together(p);
	d->keys = ARENA_ARRAY(pl->arena, int, p->out.n);
	for (int i = 0; i < p->out.n; i++) {
		d->keys[i] = i;
		d->p.cols[i].name = p->plan->cols[i].name;
	}
	d->p.rows = group_count(pl, p->out.n, p->out.at, p->rows);
	d->p.cost = p->cost + p->rows * (d->sorted ? COST_EVAL : COST_HASH);
	if (!d->sorted)
		p->norder = 0; /* rows that do not fit into memory come later */
	path_set(p, &d->p);
	return ERR_OK;
}

struct path
path_one_row(struct planner *pl)
{
	struct path p = { 0 };

	p.plan = node_new(pl, sizeof *p.plan, PLAN_ONE_ROW, &p.out, NULL);
	p.plan->rows = 1;
	p.plan->cost = COST_EVAL;
	path_set(&p, p.plan);
	return p;
}

/* What p would give, were it not known that it gives nothing. */
struct path
path_empty(struct planner *pl, const struct path *p)
{
	struct path empty = { .out = p->out };

	empty.plan = node_new(pl, sizeof *empty.plan, PLAN_EMPTY, &p->out, NULL);
	empty.plan->dependent = p->plan->dependent;
	path_set(&empty, empty.plan);
	return empty;
}
