/* scalar.c - column = (SELECT ...), column IN (SELECT ...): values known before a row is read.
 *
 * A sub-query that looks at nothing outside is computed once.  Where the column has an index its
 * rows become a side of a join, so that the index is asked for them; else every row would be read
 * to be compared.
 *
 * Not here: EXISTS, and IN over plain tables (rewrite.c). */
#include "config.h"
#include "core/plan/planner.h"

#include <string.h>

static const struct expr *
bare(const struct expr *x)
{
	while (x->kind == EXPR_RELABEL || x->kind == EXPR_TYPMOD)
		x = x->args[0];
	return x;
}

/* A column of one of q's tables that an index has. */
static bool
is_indexed(const struct query *q, const struct expr *x)
{
	x = bare(x);
	if (x->kind != EXPR_VAR || x->col <= 0 || x->range->query != q ||
	    x->range->kind != RANGE_TABLE || x->range->rel == NULL)
		return false;
	const struct relation *rel = x->range->rel;
	for (int i = 0; i < rel->nindexes; i++)
		for (int k = 0; k < rel->indexes[i]->nkeys; k++)
			if (rel->indexes[i]->cols[k].attnum == x->col)
				return true;
	return false;
}

static bool
looks_outside(struct planner *pl, struct query *s)
{
	struct layout free = { 0 };

	free_vars(pl, s, &free);
	return free.n > 0;
}

struct replacing {
	const struct expr *old;
	struct expr *new;
};

static struct expr *
replace(struct expr *x, void *arg)
{
	const struct replacing *r = arg;

	return x == r->old ? r->new : x;
}

/* (SELECT v): one row in FROM. */
static struct range *
row_of(struct planner *pl, struct query *q, struct expr *value)
{
	struct query *s = query_new(pl->arena, QUERY_SELECT, q);
	struct range *r = range_new(pl->arena, q, RANGE_SUBQUERY, "scalar", 1);

	value->sub->query->parent = s;
	query_add_target(pl->arena, s, value, "v");
	s->has_sublinks = true;
	r->sub = s;
	r->cols[0] = (struct range_column){ "v", value->type, value->typmod, value->collation };
	return r;
}

struct expr *
pull_scalar(struct planner *pl, struct query *q, struct expr *x)
{
	const struct operator *op = x->kind == EXPR_FUNC && x->nargs == 2 ? comparison_of(x->func) : NULL;

	if (op == NULL || strcmp(op->name, "=") != 0 || q->from.n == 0)
		return x;
	for (int i = 0; i < 2; i++) {
		const struct expr *value = bare(x->args[i]);
		if (value->kind != EXPR_SUBLINK || value->sub->kind != SUBLINK_SCALAR ||
		    !is_indexed(q, x->args[1 - i]) || looks_outside(pl, value->sub->query))
			continue;
		struct range *r = row_of(pl, q, (struct expr *) (uintptr_t) value);
		struct replacing to = { value, expr_var(pl->arena, r, 1) };
		list_push(&q->from, pl->arena, from_range(pl->arena, r));
		return expr_map(pl->arena, x, replace, &to, false);
	}
	return x;
}

bool
pull_few(struct planner *pl, struct query *q, struct range *r, const struct list *tests)
{
	bool indexed = false;

	for (int i = 0; i < tests->n; i++)
		indexed |= is_indexed(q, tests->at[i]);
	if (!indexed || r->sub->limit == NULL) /* there is no telling how many */
		return false;
	/* Each value once: then a row has one partner at the most. */
	struct query *d = query_new(pl->arena, QUERY_SELECT, q);
	struct range *all = range_new(pl->arena, d, RANGE_SUBQUERY, r->alias, r->ncols);
	all->sub = r->sub;
	all->sub->parent = d;
	memcpy(all->cols, r->cols, (size_t) r->ncols * sizeof *r->cols);
	list_push(&d->from, pl->arena, from_range(pl->arena, all));
	for (int i = 0; i < r->ncols; i++)
		query_add_target(pl->arena, d, expr_var(pl->arena, all, i + 1), r->cols[i].name);
	d->distinct = true;
	r->sub = d;
	return true;
}
