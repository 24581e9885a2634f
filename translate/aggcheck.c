/* aggcheck.c - in a grouped query, columns must be grouped or aggregated.
 *
 * A column is also allowed when the primary key of its table is grouped: the key determines
 * the row. */
#include "config.h"
#include "translate/bind.h"

struct check {
	struct binder *b;
	struct query *q;
	int sublevel; /* inside a sub-query of q */
	bool direct;
};

static int check_expr(struct check *c, struct expr *x);

static bool
is_grouped(const struct query *q, const struct expr *x)
{
	for (int i = 0; i < q->group_by.n; i++)
		if (expr_equal(q->group_by.at[i], x))
			return true;
	return false;
}

/* Is this column of r grouped in every grouping set? */
static bool
column_grouped(const struct query *q, const struct range *r, int col)
{
	for (int i = 0; i < q->group_by.n; i++) {
		const struct expr *g = q->group_by.at[i];

		if (g->kind != EXPR_VAR || g->range != r || g->col != col)
			continue;
		for (int s = 0; s < q->grouping_sets.n; s++) {
			const struct list *set = LIST_AT(struct list, &q->grouping_sets, s);
			bool in = false;

			for (int k = 0; k < set->n; k++)
				in |= (intptr_t) set->at[k] == i;
			if (!in)
				return false;
		}
		return true;
	}
	return false;
}

static bool
key_grouped(const struct query *q, const struct range *r)
{
	const struct index *pk = r->kind == RANGE_TABLE ? r->rel->primary : NULL;

	for (int i = 0; r->kind == RANGE_TABLE && pk == NULL && i < r->rel->nindexes; i++)
		if (r->rel->indexes[i]->primary)
			pk = r->rel->indexes[i];
	if (pk == NULL)
		return false;
	for (int i = 0; i < pk->nkeys; i++)
		if (!column_grouped(q, r, pk->cols[i].attnum))
			return false;
	return true;
}

static int
ungrouped(struct check *c, const struct expr *x)
{
	const char *alias = x->range->alias != NULL ? x->range->alias : "*SELECT*";
	const char *col = x->col > 0               ? x->range->cols[x->col - 1].name
			  : x->col == 0            ? "*"
			  : x->col == COL_CTID     ? "ctid"
			  : x->col == COL_XMIN     ? "xmin"
			  : x->col == COL_TABLEOID ? "tableoid"
			  : x->col == COL_XMAX     ? "xmax"
						   : "_version";

	if (c->sublevel == 0) {
		bind_error(c->b, x->position, ERR_GROUPING_ERROR,
			   "column \"%s.%s\" must appear in the GROUP BY clause or be used in an "
			   "aggregate function",
			   alias, col);
		if (c->direct)
			err_detail(c->b->e, "Direct arguments of an ordered-set aggregate must use "
					    "only grouped columns.");
		return c->b->e->code;
	}
	return bind_error(c->b, x->position, ERR_GROUPING_ERROR,
			  "subquery uses ungrouped column \"%s.%s\" from outer query", alias, col);
}

static int
check_child(struct expr *x, void *arg)
{
	struct check *c = arg;

	return check_expr(c, x);
}

/* A group expression inside a sub-query: a column of the group. */
static struct expr *
as_group_column(struct expr *x, void *arg)
{
	struct check *c = arg;

	for (int i = 0; x->kind != EXPR_VAR && i < c->q->group_by.n; i++)
		if (expr_equal(c->q->group_by.at[i], x))
			return group_column(c->b, c->q, c->q->group_by.at[i]);
	return x;
}

/* Below x, one level at a time: expr_walk would meet x itself first. */
static int
check_children(struct check *c, struct expr *x)
{
	for (int i = 0; i < x->nargs; i++) {
		int rc = check_expr(c, x->args[i]);

		if (rc != 0)
			return rc;
	}
	switch (x->kind) {
	case EXPR_CASE:
		return check_expr(c, x->test);
	case EXPR_SUBSCRIPT:
		for (int i = 0; i < x->nsubs; i++) {
			int rc = check_expr(c, x->subs[i]);

			if (rc != 0)
				return rc;
		}
		return 0;
	case EXPR_WINDOW:
		return check_expr(c, x->filter);
	case EXPR_SUBLINK:
		for (int i = 0; i < x->sub->test.n; i++) {
			int rc = check_expr(c, x->sub->test.at[i]);

			if (rc != 0)
				return rc;
		}
		if (c->sublevel == 0)
			query_map(c->b->arena, x->sub->query, as_group_column, c);
		c->sublevel++;
		int rc = query_walk(x->sub->query, check_child, c);
		c->sublevel--;
		return rc;
	default:
		return 0;
	}
}

static int
check_agg(struct check *c, struct expr *x)
{
	if (c->sublevel > 0)
		return 0;
	c->direct = true;
	for (int i = 0; i < x->agg_direct.n; i++) {
		int rc = check_expr(c, x->agg_direct.at[i]);

		if (rc != 0)
			return rc;
	}
	c->direct = false;
	return 0;
}

static int
check_expr(struct check *c, struct expr *x)
{
	if (x == NULL || x->kind == EXPR_CONST || x->kind == EXPR_PARAM)
		return 0;
	if (x->kind == EXPR_AGG && c->sublevel == 0)
		return check_agg(c, x);
	if (x->kind == EXPR_GROUPING && c->sublevel == 0) {
		for (int i = 0; i < x->nargs; i++)
			if (!is_grouped(c->q, x->args[i]))
				return bind_error(c->b, x->args[i]->position, ERR_GROUPING_ERROR,
						  "arguments to GROUPING must be grouping "
						  "expressions of the associated query level");
		return 0;
	}
	if (is_grouped(c->q, x))
		return 0;
	if (x->kind == EXPR_VAR) {
		if (x->range->query != c->q || x->range == c->q->grouped ||
		    key_grouped(c->q, x->range))
			return 0;
		return ungrouped(c, x);
	}
	/* query_walk enters everything by itself. */
	return c->sublevel > 0 ? 0 : check_children(c, x);
}

int
check_grouping(struct binder *b, struct scope *s)
{
	struct query *q = s->q;
	struct check c = { .b = b, .q = q };
	struct list all = { 0 };
	int rc = 0;

	for (int i = 0; i < q->targets.n; i++)
		list_push(&all, b->arena, LIST_AT(struct target, &q->targets, i)->expr);
	if (q->having != NULL)
		list_push(&all, b->arena, q->having);
	for (int i = 0; i < q->order_by.n; i++)
		list_push(&all, b->arena, LIST_AT(struct sort_key, &q->order_by, i)->expr);
	for (int i = 0; i < q->distinct_on.n; i++)
		list_push(&all, b->arena, q->distinct_on.at[i]);
	for (int i = 0; i < q->windows.n; i++) {
		const struct window *w = LIST_AT(struct window, &q->windows, i);

		for (int k = 0; k < w->partition.n; k++)
			list_push(&all, b->arena, w->partition.at[k]);
		for (int k = 0; k < w->order.n; k++)
			list_push(&all, b->arena, LIST_AT(struct sort_key, &w->order, k)->expr);
	}
	for (int i = 0; rc == 0 && i < all.n; i++)
		rc = check_expr(&c, all.at[i]);
	return rc;
}
