/* query.c - making queries, ranges and targets.
 *
 * Not here: visiting and rewriting (walk.c). */
#include "config.h"
#include "core/query/query.h"

struct query *
query_new(struct arena *a, enum query_kind kind, struct query *parent)
{
	struct query *q = ARENA_NEW(a, struct query);

	q->kind = kind;
	q->parent = parent;
	return q;
}

/* A range of q, listed in q->ranges; its columns are for the caller to fill.  q may be NULL
 * for a range that stands alone (the row of a table's rules). */
struct range *
range_new(struct arena *a, struct query *q, enum range_kind kind, const char *alias, int ncols)
{
	struct range *r = ARENA_NEW(a, struct range);

	r->kind = kind;
	r->alias = alias;
	r->query = q;
	r->ncols = ncols;
	r->cols = ARENA_ARRAY(a, struct range_column, ncols);
	if (q != NULL)
		list_push(&q->ranges, a, r);
	return r;
}

/* Columns follow attnums: a dropped one stays, without a name. */
struct range *
range_table(struct arena *a, struct query *q, const struct relation *rel, const char *alias)
{
	struct range *r =
		range_new(a, q, RANGE_TABLE, alias != NULL ? alias : rel->o.name, rel->ncols);

	r->rel = rel;
	for (int i = 0; i < rel->ncols; i++) {
		const struct column *c = &rel->cols[i];

		r->cols[i].name = c->dropped ? NULL : c->name;
		r->cols[i].type = c->type;
		r->cols[i].typmod = c->typmod;
		r->cols[i].collation = c->collation;
	}
	return r;
}

/* The table column a result column comes from, through sub-queries; views count as tables. */
static void
set_origin(struct target *t, const struct expr *x)
{
	const struct query *below;

	if (x->kind != EXPR_VAR || x->col <= 0)
		return;
	if (x->range->rel != NULL) {
		t->origin_table = x->range->rel->o.oid;
		t->origin_col = (int16_t) x->col;
		return;
	}
	below = x->range->kind == RANGE_SUBQUERY ? x->range->sub
		: x->range->kind == RANGE_CTE    ? x->range->cte->query
						 : NULL;
	if (below != NULL && below->setop == SETOP_NONE && x->col <= below->targets.n) {
		const struct target *from = LIST_AT(struct target, &below->targets, x->col - 1);

		t->origin_table = from->origin_table;
		t->origin_col = from->origin_col;
	}
}

struct target *
query_add_target(struct arena *a, struct query *q, struct expr *x, const char *name)
{
	struct target *t = ARENA_NEW(a, struct target);

	t->expr = x;
	t->name = name;
	set_origin(t, x);
	list_push(&q->targets, a, t);
	return t;
}

struct from *
from_range(struct arena *a, struct range *r)
{
	struct from *f = ARENA_NEW(a, struct from);

	f->range = r;
	return f;
}

bool
from_has(const struct from *f, const struct range *r)
{
	return f->is_join ? from_has(f->left, r) || from_has(f->right, r) : f->range == r;
}

void
query_drop_range(struct query *q, const struct range *r)
{
	int n = 0;

	for (int i = 0; i < q->ranges.n; i++)
		if (q->ranges.at[i] != r)
			q->ranges.at[n++] = q->ranges.at[i];
	q->ranges.n = n;
}

/* Hidden targets come last: this many are what the client sees. */
int
query_visible_targets(const struct query *q)
{
	int n = 0;

	for (int i = 0; i < q->targets.n; i++)
		if (!LIST_AT(struct target, &q->targets, i)->hidden)
			n++;
	return n;
}
