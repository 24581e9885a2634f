/* inits.c - sub-queries that look at nothing outside: values that are known when they are asked for.
 *
 * (SELECT max(x) FROM t), EXISTS and ARRAY without a reference to an enclosing row are planned for
 * themselves and stand in expressions as EXPR_INIT, which is as good as a parameter: it can bound an
 * index scan, choose partitions, limit rows, be a condition of the scan itself.
 *
 * Not here: IN, ANY and ALL, which compare each row (sublink.c); what refers to enclosing rows. */
#include "config.h"
#include "core/plan/planner.h"

struct making {
	struct planner *pl;
	struct err *e;
	int rc;
};

static bool
looks_outside(struct planner *pl, struct query *s)
{
	struct layout free = { 0 };

	free_vars(pl, s, &free);
	return free.n > 0;
}

static bool
is_single(const struct sublink *s)
{
	return s->query->budget == NULL && (s->kind == SUBLINK_SCALAR || s->kind == SUBLINK_EXISTS ||
					    s->kind == SUBLINK_ARRAY);
}

/* Of a query that is asked for a row only its select list is of no interest. */
static void
forget_targets(struct query *q)
{
	if (q->kind == QUERY_SELECT && q->setop == SETOP_NONE && !q->has_aggs && !q->has_windows &&
	    !q->has_srfs && q->group_by.n == 0 && q->grouping_sets.n == 0 && q->having == NULL &&
	    !q->distinct && q->order_by.n == 0)
		q->targets = (struct list){ 0 };
}

static struct expr *
make_init(struct expr *x, void *arg)
{
	struct making *m = arg;
	struct planner *pl = m->pl;
	struct path p;

	if (m->rc != ERR_OK || x->kind != EXPR_SUBLINK || !is_single(x->sub) ||
	    looks_outside(pl, x->sub->query))
		return x;
	if (x->sub->kind == SUBLINK_EXISTS)
		forget_targets(x->sub->query);
	m->rc = plan_level(pl, x->sub->query, NULL, x->sub->kind == SUBLINK_EXISTS ? 1 : ALL_ROWS, &p,
			   m->e);
	if (m->rc != ERR_OK)
		return x;
	struct plan_once *once = ARENA_NEW(pl->arena, struct plan_once);
	struct expr *init = expr_new(pl->arena, EXPR_INIT, x->type, 0);
	*once = (struct plan_once){ p.plan, x->sub->kind, x->type };
	init->typmod = x->typmod;
	init->collation = x->collation;
	init->position = x->position;
	init->number = pl->inits.n;
	list_push(&pl->inits, pl->arena, once);
	return init;
}

int
plan_inits(struct planner *pl, struct query *q, struct err *e)
{
	struct making m = { .pl = pl, .e = e };

	/* In a recursive query they may read the rows of the round: they are run again for each. */
	if (pl->recursions.n == 0)
		query_map_level(pl->arena, q, make_init, &m);
	return m.rc;
}
