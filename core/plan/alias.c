/* alias.c - names that stand for others: columns of a join's alias, and whole rows.
 *
 * A whole row becomes ROW(columns).  On the nullable side of an outer join it is null, not a row
 * of nulls, where nothing was joined: a column that is never null in a real row tells which.  A
 * table has one; any other source is wrapped into a sub-query that adds one. */
#include "config.h"
#include "core/plan/planner.h"

/* The join of this alias below f; NULL: another's. */
static struct from *
join_below(struct from *f, const struct range *r)
{
	if (!f->is_join)
		return NULL;
	if (f->join_range == r)
		return f;
	struct from *found = join_below(f->left, r);
	return found != NULL ? found : join_below(f->right, r);
}

static struct from *
find_join(struct list *items, const struct range *r)
{
	struct from *found = NULL;

	for (int i = 0; i < items->n && found == NULL; i++)
		found = join_below(items->at[i], r);
	return found;
}

/* Is a row of r made of nulls where the joins of f have no partner? */
static bool
null_extended(const struct from *f, const struct range *r)
{
	if (!f->is_join)
		return false;
	bool left = from_has(f->left, r);
	if (!left && !from_has(f->right, r))
		return false;
	if (f->type == JOIN_FULL || f->type == (left ? JOIN_RIGHT : JOIN_LEFT))
		return true;
	return null_extended(left ? f->left : f->right, r);
}

static bool
is_nullable(const struct range *r)
{
	for (int i = 0; r->query != NULL && i < r->query->from.n; i++)
		if (null_extended(r->query->from.at[i], r))
			return true;
	return false;
}

static struct expr *
columns_as_row(struct planner *pl, const struct expr *x, struct range *r, int ncols)
{
	struct expr *row = expr_new(pl->arena, EXPR_ROW, x->type, 0);
	int n = 0;

	row->args = ARENA_ARRAY(pl->arena, struct expr *, ncols);
	row->names = ARENA_ARRAY(pl->arena, const char *, ncols);
	for (int i = 0; i < ncols; i++) {
		if (r->cols[i].name == NULL && r->kind == RANGE_TABLE)
			continue;
		row->names[n] = r->cols[i].name;
		row->args[n++] = expr_var(pl->arena, r, i + 1);
	}
	row->nargs = n;
	row->position = x->position;
	return row;
}

static struct expr *
null_unless(struct planner *pl, struct expr *marker, struct expr *row)
{
	struct expr *c = expr_new(pl->arena, EXPR_CASE, row->type, 2);

	c->args[0] = expr_new(pl->arena, EXPR_IS_NOT_NULL, type_builtin(OID_BOOL), 1);
	c->args[0]->args[0] = marker;
	c->args[1] = row;
	c->position = row->position;
	return c;
}

/* -- Sources without a column that tells ------------------------------------------------------- */

static int
find_whole_row(struct expr *x, void *arg)
{
	struct layout *l = ((void **) arg)[0];
	struct planner *pl = ((void **) arg)[1];

	if (x->kind == EXPR_VAR && x->col == 0 && x->range->kind != RANGE_TABLE &&
	    x->range->kind != RANGE_JOIN && is_nullable(x->range) && layout_find(l, x) < 0)
		layout_add(pl->arena, l, x);
	return 0;
}

struct wrapping {
	struct planner *pl;
	const struct range *from;
	struct range *to;               /* the same columns and the one that tells */
};

static struct expr *
wrap_one(struct expr *x, void *arg)
{
	const struct wrapping *w = arg;

	if (x->kind != EXPR_VAR || x->range != w->from || x->col < 0)
		return x;
	if (x->col > 0)
		return expr_var(w->pl->arena, w->to, x->col);
	return null_unless(w->pl, expr_var(w->pl->arena, w->to, w->to->ncols),
			   columns_as_row(w->pl, x, w->to, w->to->ncols - 1));
}

static struct from **
leaf_of(struct from **f, const struct range *r)
{
	if (!(*f)->is_join)
		return (*f)->range == r ? f : NULL;
	struct from **found = leaf_of(&(*f)->left, r);
	return found != NULL ? found : leaf_of(&(*f)->right, r);
}

/* r -> (SELECT r.*, true FROM r) */
static void
wrap_range(struct planner *pl, struct query *top, struct range *r)
{
	struct query *q = r->query, *sub = query_new(pl->arena, QUERY_SELECT, q);
	struct range *w = range_new(pl->arena, q, RANGE_SUBQUERY, r->alias, r->ncols + 1);
	struct expr *yes = expr_const(pl->arena, type_builtin(OID_BOOL), (union datum) { .i = 1 });

	memcpy(w->cols, r->cols, (size_t) r->ncols * sizeof *r->cols);
	w->cols[r->ncols] = (struct range_column){ "?column?", yes->type, -1, 0 };
	w->lateral = r->lateral;
	for (int i = 0; i < r->ncols; i++)
		query_add_target(pl->arena, sub, expr_var(pl->arena, r, i + 1), r->cols[i].name);
	query_add_target(pl->arena, sub, yes, "?column?");
	for (int i = 0; i < q->from.n; i++) {
		struct from **leaf = leaf_of((struct from **) &q->from.at[i], r);
		if (leaf == NULL)
			continue;
		list_push(&sub->from, pl->arena, *leaf);
		*leaf = from_range(pl->arena, w);
	}
	struct wrapping wrapping = { pl, r, w };
	query_map(pl->arena, top, wrap_one, &wrapping);
	query_move_range(pl->arena, r, sub);
	w->sub = sub;
}

/* -- All of them ---------------------------------------------------------------------------------- */

static struct expr *
alias_one(struct expr *x, void *arg)
{
	struct planner *pl = arg;

	while (x->kind == EXPR_VAR && x->range->kind == RANGE_JOIN && x->col > 0) {
		struct from *f = find_join(&x->range->query->from, x->range);
		if (f == NULL)
			return x;
		x = expr_map(pl->arena, f->join_exprs[x->col - 1], alias_one, pl, false);
	}
	if (x->kind != EXPR_VAR || x->col != 0)
		return x;
	struct expr *row = columns_as_row(pl, x, x->range, x->range->ncols);
	for (int i = 0; i < row->nargs; i++)
		row->args[i] = alias_one(row->args[i], pl);
	return x->range->kind == RANGE_TABLE && is_nullable(x->range)
		       ? null_unless(pl, expr_var(pl->arena, x->range, COL_TABLEOID), row)
		       : row;
}

void
replace_aliases(struct planner *pl, struct query *q)
{
	struct layout rows = { 0 };
	void *found[] = { &rows, pl };

	(void) query_walk(q, find_whole_row, found);
	for (int i = 0; i < rows.n; i++)
		wrap_range(pl, q, rows.at[i]->range);
	query_map(pl->arena, q, alias_one, pl);
}
