/* sublink.c - sub-queries inside expressions become columns; what dependent plans start from.
 *
 * A sub-query that refers to nothing outside runs once (PLAN_INIT).  Any other runs once for a
 * batch of enclosing rows (PLAN_NEST), planned as a dependent query. */
#include "config.h"
#include "core/plan/planner.h"

#include <math.h>

static int
is_sublink(struct expr *x, void *arg)
{
	(void) arg;
	return x->kind == EXPR_SUBLINK ? 1 : 0;
}

bool
has_sublink(struct expr *x)
{
	return x != NULL && expr_walk(x, is_sublink, NULL, false) != 0;
}

struct outer *
outer_new(struct planner *pl, const struct layout *vars, double rows)
{
	struct outer *o = ARENA_NEW(pl->arena, struct outer);

	layout_add(pl->arena, &o->vars, ordinal_new(pl));
	layout_append(pl->arena, &o->vars, vars);
	o->rows = rows;
	return o;
}

struct path
outer_leaf(struct planner *pl, const struct outer *o)
{
	struct path p = { .out = o->vars, .rows = fmax(1, o->rows) };

	p.out.cap = p.out.n; /* appended to by others: never in place */
	struct plan *leaf = node_new(pl, sizeof(struct plan_outer), PLAN_OUTER, &p.out, NULL);
	leaf->dependent = true;
	leaf->rows = p.rows;
	leaf->cols[0].name = "(ordinal)";
	p.plan = leaf;
	p.cost = leaf->cost = p.rows * COST_EVAL;
	return p;
}

/* -- Attaching ------------------------------------------------------------------------------------ */

struct sublinks {
	struct planner *pl;
	struct list found;
};

static int
gather(struct expr *x, void *arg)
{
	struct sublinks *s = arg;

	if (x->kind != EXPR_SUBLINK)
		return 0;
	for (int i = 0; i < s->found.n; i++)
		if (s->found.at[i] == x)
			return 0;
	list_push(&s->found, s->pl->arena, x);
	return 0;
}

static int
test_slots(struct level *lv, struct path *p, struct sublink *sub, struct expr ***ret, struct err *e)
{
	*ret = ARENA_ARRAY(lv->pl->arena, struct expr *, sub->test.n);
	for (int i = 0; i < sub->test.n; i++) {
		int rc = layout_slots(lv->pl, &p->out, sub->test.at[i], &(*ret)[i], e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

static double
wanted_rows(const struct sublink *sub)
{
	return sub->kind == SUBLINK_EXISTS ? 1 : ALL_ROWS;
}

static void
add_column(struct planner *pl, struct path *p, struct expr *x, struct layout *out)
{
	layout_append(pl->arena, out, &p->out);
	layout_add(pl->arena, out, x);
}

static void
copy_names(struct plan *to, const struct plan *from)
{
	for (int i = 0; i < from->ncols && i < to->ncols; i++)
		to->cols[i].name = from->cols[i].name;
}

static int
attach_init(struct level *lv, struct path *p, struct expr *x, struct err *e)
{
	struct planner *pl = lv->pl;
	struct layout out = { 0 };
	struct path inner;
	int rc = plan_level(pl, x->sub->query, NULL, wanted_rows(x->sub), &inner, e);

	if (rc != ERR_OK)
		return rc;
	add_column(pl, p, x, &out);
	struct plan_init *n =
		(struct plan_init *) node_new(pl, sizeof *n, PLAN_INIT, &out, p->plan);
	n->p.inner = inner.plan;
	n->sublink = x->sub->kind;
	n->ntests = x->sub->test.n;
	n->ops = x->sub->ops;
	n->cmp = x->sub->cmp;
	n->label = arena_printf(pl->arena, "InitPlan %d", ++pl->next_subplan);
	copy_names(&n->p, p->plan);
	rc = test_slots(lv, p, x->sub, &n->tests, e);
	n->p.cost = p->cost + inner.cost;
	p->plan = &n->p;
	p->cost = n->p.cost;
	p->out = out;
	return rc;
}

static const char *
nest_label(struct planner *pl, const struct sublink *sub)
{
	const struct query *q = sub->query;

	if (q->budget != NULL && q->budget->path != NULL)
		return q->budget->path;
	return arena_printf(pl->arena, "SubPlan %d", ++pl->next_subplan);
}

static int
attach_nest(struct level *lv, struct path *p, struct expr *x, struct layout *vars, struct err *e)
{
	struct planner *pl = lv->pl;
	struct layout out = { 0 };
	struct path inner;
	struct outer *o = outer_new(pl, vars, p->rows);
	int rc = plan_level(pl, x->sub->query, o, wanted_rows(x->sub), &inner, e);

	if (rc != ERR_OK)
		return rc;
	add_column(pl, p, x, &out);
	struct plan_nest *n =
		(struct plan_nest *) node_new(pl, sizeof *n, PLAN_NEST, &out, p->plan);
	n->kind = NEST_SUBLINK;
	n->p.inner = inner.plan;
	n->sublink = x->sub->kind;
	n->ntests = x->sub->test.n;
	n->ops = x->sub->ops;
	n->cmp = x->sub->cmp;
	n->label = nest_label(pl, x->sub);
	n->npass = vars->n;
	n->pass = ARENA_ARRAY(pl->arena, struct expr *, vars->n);
	copy_names(&n->p, p->plan);
	for (int i = 0; i < vars->n && rc == ERR_OK; i++)
		rc = layout_slots(pl, &p->out, vars->at[i], &n->pass[i], e);
	if (rc == ERR_OK)
		rc = test_slots(lv, p, x->sub, &n->tests, e);
	n->p.cost = p->cost + inner.cost;
	p->plan = &n->p;
	p->cost = n->p.cost;
	p->out = out;
	return rc;
}

int
attach_sublinks(struct level *lv, struct path *p, int n, struct expr **exprs, struct err *e)
{
	struct sublinks s = { .pl = lv->pl };

	for (int i = 0; i < n; i++)
		if (exprs[i] != NULL && layout_find(&p->out, exprs[i]) < 0)
			(void) expr_walk(exprs[i], gather, &s, false);
	/* The walk meets an enclosing sub-query before those in its test: attach backwards. */
	for (int i = s.found.n - 1; i >= 0; i--) {
		struct expr *x = s.found.at[i];
		struct layout vars = { 0 };
		if (layout_find(&p->out, x) >= 0)
			continue;
		free_vars(lv->pl, x->sub->query, &vars);
		int rc = vars.n == 0 ? attach_init(lv, p, x, e) : attach_nest(lv, p, x, &vars, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

/* -- Sub-queries in FROM ------------------------------------------------------------------------------ */

/* The same enclosing rows under another ordinal, for a second leaf. */
struct outer *
outer_again(struct planner *pl, const struct outer *o)
{
	struct outer *c = ARENA_NEW(pl->arena, struct outer);

	layout_append(pl->arena, &c->vars, &o->vars);
	c->vars.at[0] = ordinal_new(pl);
	c->rows = o->rows;
	return c;
}

/* The columns of a planned sub-query under the names of its range. */
void
path_rename(struct planner *pl, struct path *p, struct range *r, bool dependent)
{
	struct layout out = { 0 };

	if (dependent)
		layout_add(pl->arena, &out, p->out.at[0]);
	for (int i = 0; i < r->ncols; i++)
		layout_add(pl->arena, &out, expr_var(pl->arena, r, i + 1));
	int norder = 0;
	struct sort_key *order = ARENA_ARRAY(pl->arena, struct sort_key, p->norder);
	for (int at; !dependent && norder < p->norder; norder++) {
		at = layout_find(&p->out, p->order[norder].expr);
		if (at < 0 || at >= out.n)
			break;
		order[norder] = p->order[norder];
		order[norder].expr = out.at[at];
	}
	p->out = out;
	p->norder = norder;
	p->order = order;
}

int
plan_subquery_range(struct level *lv, struct range *r, struct query *sub, struct path *ret,
		    struct err *e)
{
	struct planner *pl = lv->pl;
	struct layout vars = { 0 };
	struct outer *o = NULL;

	free_vars(pl, sub, &vars);
	if (vars.n > 0) {
		if (lv->outer == NULL)
			return err_set(e, ERR_INTERNAL_ERROR,
				       "sub-query \"%s\" refers to rows that are not there",
				       r->alias);
		o = outer_again(pl, lv->outer);
	}
	int rc = plan_level(pl, sub, o, ALL_ROWS, ret, e);
	if (rc == ERR_OK)
		path_rename(pl, ret, r, o != NULL);
	return rc;
}
