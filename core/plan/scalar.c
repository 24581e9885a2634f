/* scalar.c - column IN (SELECT ... LIMIT n): a few values known before a row is read.
 *
 * Where the column has an index they become a side of a join, so that the index is asked for them;
 * else every row would be read to be compared.
 *
 * Not here: EXISTS, and IN over plain tables (rewrite.c); single values (inits.c). */
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
