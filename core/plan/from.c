/* from.c - taking FROM and WHERE apart into items to join and conditions between them.
 *
 * Inner joins dissolve: their members become items of one group and their conditions join
 * WHERE's, so the order of joining is free.  The right side of a left, semi or anti join becomes
 * one item that names what it needs on its left.  A full join is an item by itself (fulljoin.c). */
#include "config.h"
#include "core/plan/planner.h"

#include <math.h>

/* Which items of the group an expression refers to. */
struct refs {
	const struct group *g;
	struct itemset set;
};

static bool group_covers(const struct group *g, const struct range *r);

static bool
item_covers(const struct item *it, const struct expr *var)
{
	if (it->kind == ITEM_GROUP)
		return group_covers(it->group, var->range);
	if (it->range != NULL)
		return it->range == var->range;
	return layout_find(&it->path.out, var) >= 0;
}

static bool
group_covers(const struct group *g, const struct range *r)
{
	struct expr var = { .kind = EXPR_VAR, .range = (struct range *) r };

	for (int i = 0; i < g->items.n; i++) {
		const struct item *it = g->items.at[i];
		if (it->is_outer)
			continue;
		if (it->kind == ITEM_PATH && it->range == NULL) {
			for (int k = 0; k < it->path.out.n; k++)
				if (it->path.out.at[k]->kind == EXPR_VAR &&
				    it->path.out.at[k]->range == r)
					return true;
		} else if (item_covers(it, &var)) {
			return true;
		}
	}
	return false;
}

static int
refs_one(struct expr *x, void *arg)
{
	struct refs *r = arg;

	if (x->kind != EXPR_VAR && !(x->kind == EXPR_SLOT && x->slot < 0))
		return 0;
	for (int i = 0; i < r->g->items.n; i++) {
		const struct item *it = r->g->items.at[i];
		if (x->kind == EXPR_VAR ? item_covers(it, x)
					: it->has_path && layout_find(&it->path.out, x) >= 0) {
			r->set = set_or(r->set, set_one(i));
			return 0;
		}
	}
	return 0;
}

struct itemset
group_refs(const struct group *g, struct planner *pl, struct expr *x)
{
	struct refs r = { .g = g };

	(void) pl;
	(void) expr_walk(x, refs_one, &r, true);
	return r.set;
}

/* -- Building the group ---------------------------------------------------------------------- */

struct builder {
	struct level *lv;
	struct err *e;
	struct list quals; /* struct expr: conditions of the group, to be placed */
};

static int
add_item(struct level *lv, struct group *g, struct item *it, struct err *e)
{
	if (g->items.n == ITEMS_MAX)
		return err_set(e, ERR_STATEMENT_TOO_COMPLEX, "more than %d relations are joined",
			       ITEMS_MAX);
	it->id = g->items.n;
	list_push(&g->items, lv->pl->arena, it);
	return ERR_OK;
}

/* Does the range's own definition refer to ranges beside it? */
static bool
is_lateral(struct level *lv, struct range *r, struct layout *deps)
{
	struct layout all = { 0 };
	bool own = false;

	if (r->kind == RANGE_SUBQUERY && r->sub != NULL) {
		free_vars(lv->pl, r->sub, &all);
	} else if (r->kind == RANGE_FUNCTION) {
		for (int i = 0; i < r->funcs.n; i++)
			collect_vars(lv->pl, r->funcs.at[i], &all);
	} else if (r->kind == RANGE_VALUES) {
		for (int i = 0; i < r->rows.n; i++)
			for (int k = 0; k < LIST_AT(struct list, &r->rows, i)->n; k++)
				collect_vars(lv->pl, LIST_AT(struct list, &r->rows, i)->at[k],
					     &all);
	}
	for (int i = 0; i < all.n; i++) {
		own |= all.at[i]->range->query == lv->q;
		layout_add(lv->pl->arena, deps, all.at[i]);
	}
	return own;
}

static int
values_path(struct level *lv, struct range *r, struct path *ret, struct err *e)
{
	struct planner *pl = lv->pl;
	struct path p = { 0 };
	struct layout none = { 0 };

	for (int i = 0; i < r->ncols; i++) {
		struct expr *v = expr_var(pl->arena, r, i + 1);
		layout_add(pl->arena, &p.out, v);
	}
	struct plan_values *v =
		(struct plan_values *) node_new(pl, sizeof *v, PLAN_VALUES, &p.out, NULL);
	v->nrows = r->rows.n;
	v->rows = ARENA_ARRAY(pl->arena, struct expr **, r->rows.n);
	for (int i = 0; i < r->rows.n; i++) {
		const struct list *row = r->rows.at[i];
		v->rows[i] = ARENA_ARRAY(pl->arena, struct expr *, row->n);
		for (int k = 0; k < row->n; k++) {
			int rc = layout_slots(pl, &none, row->at[k], &v->rows[i][k], e);
			if (rc != ERR_OK)
				return rc;
		}
	}
	v->p.rows = p.rows = r->rows.n;
	v->p.cost = p.cost = r->rows.n * COST_EVAL;
	p.plan = &v->p;
	*ret = p;
	return ERR_OK;
}

/* VALUES whose cells hold sub-queries or enclosing variables: one SELECT a row. */
static bool
values_are_simple(struct level *lv, struct range *r)
{
	for (int i = 0; i < r->rows.n; i++) {
		const struct list *row = r->rows.at[i];
		for (int k = 0; k < row->n; k++) {
			struct layout vars = { 0 };
			collect_vars(lv->pl, row->at[k], &vars);
			if (vars.n > 0 || has_sublink(row->at[k]))
				return false;
		}
	}
	return true;
}

/* A sub-query of a row is one of the query that the row becomes. */
static int
move_sublink(struct expr *x, void *arg)
{
	if (x->kind == EXPR_SUBLINK)
		x->sub->query->parent = arg;
	return 0;
}

static struct query *
values_as_query(struct level *lv, struct range *r)
{
	struct arena *a = lv->pl->arena;
	struct query *all = NULL;

	for (int i = 0; i < r->rows.n; i++) {
		const struct list *row = r->rows.at[i];
		struct query *s = query_new(a, QUERY_SELECT, lv->q);
		for (int k = 0; k < row->n; k++) {
			(void) expr_walk(row->at[k], move_sublink, s, false);
			query_add_target(a, s, row->at[k], r->cols[k].name);
		}
		s->has_sublinks = true;
		if (all == NULL) {
			all = s;
			continue;
		}
		struct query *u = query_new(a, QUERY_SELECT, lv->q);
		u->setop = SETOP_UNION;
		u->setop_all = true;
		u->left = all;
		u->right = s;
		all->parent = s->parent = u;
		u->setop_range = range_new(a, u, RANGE_SUBQUERY, "*VALUES*", r->ncols);
		memcpy(u->setop_range->cols, r->cols, (size_t) r->ncols * sizeof *r->cols);
		for (int k = 0; k < r->ncols; k++)
			query_add_target(a, u, expr_var(a, u->setop_range, k + 1), r->cols[k].name);
		all = u;
	}
	return all;
}

static int
function_path(struct level *lv, struct range *r, const struct path *left, struct path *ret,
	      struct err *e)
{
	struct planner *pl = lv->pl;
	struct path p = { 0 };

	if (left != NULL)
		p.out = (struct layout){ left->out.n, left->out.n, left->out.at };
	for (int i = 0; i < r->ncols; i++)
		layout_add(pl->arena, &p.out, expr_var(pl->arena, r, i + 1));
	struct plan_function *f = (struct plan_function *) node_new(
		pl, sizeof *f, PLAN_FUNCTION, &p.out, left != NULL ? left->plan : NULL);
	f->nfuncs = r->funcs.n;
	f->funcs = ARENA_ARRAY(pl->arena, struct expr *, r->funcs.n);
	f->ordinality = r->ordinality;
	double rows = 1;
	for (int i = 0; i < r->funcs.n; i++) {
		struct expr *x = r->funcs.at[i];
		struct layout none = { 0 };
		int rc = layout_slots(pl, left != NULL ? &left->out : &none, x, &f->funcs[i], e);
		if (rc != ERR_OK)
			return rc;
		if (x->kind == EXPR_FUNC && x->func->retset)
			rows = 100;
	}
	f->p.rows = p.rows = rows * (left != NULL ? left->rows : 1);
	f->p.cost = p.cost = (left != NULL ? left->cost : 0) + p.rows * COST_ROW;
	p.plan = &f->p;
	*ret = p;
	return ERR_OK;
}

/* A leaf of FROM becomes an item. */
static int
leaf_item(struct level *lv, struct range *r, struct item **ret, struct err *e)
{
	struct item *it = ARENA_NEW(lv->pl->arena, struct item);
	struct layout deps = { 0 };
	int rc = ERR_OK;

	it->range = r;
	it->type = JOIN_INNER;
	*ret = it;
	if (r->kind == RANGE_VALUES && !values_are_simple(lv, r)) {
		r->sub = values_as_query(lv, r);
		r->kind = RANGE_SUBQUERY;
		rc = rewrite_query(lv->pl, r->sub, e);
		if (rc != ERR_OK)
			return rc;
	}
	bool lateral = is_lateral(lv, r, &deps);
	it->has_path = true;
	switch (r->kind) {
	case RANGE_TABLE:
		it->kind = ITEM_TABLE;
		it->has_path = false;
		return ERR_OK;
	case RANGE_SUBQUERY:
		it->kind = lateral ? ITEM_LATERAL : ITEM_PATH;
		it->has_path = !lateral;
		return lateral ? ERR_OK : plan_subquery_range(lv, r, r->sub, &it->path, e);
	case RANGE_CTE:
		it->kind = ITEM_PATH;
		return plan_cte_range(lv, r, &it->path, e);
	case RANGE_VALUES:
		it->kind = ITEM_PATH;
		return values_path(lv, r, &it->path, e);
	case RANGE_FUNCTION:
		/* Enclosing variables reach a function through the outer leaf, as a neighbour's do. */
		it->kind = lateral || deps.n > 0 ? ITEM_FUNCTION : ITEM_PATH;
		it->has_path = it->kind == ITEM_PATH;
		return it->has_path ? function_path(lv, r, NULL, &it->path, e) : ERR_OK;
	case RANGE_COPY: {
		struct path p = { 0 };
		it->kind = ITEM_PATH;
		for (int i = 0; i < r->ncols; i++)
			layout_add(lv->pl->arena, &p.out, expr_var(lv->pl->arena, r, i + 1));
		p.plan = node_new(lv->pl, sizeof *p.plan, PLAN_COPY_SOURCE, &p.out, NULL);
		p.plan->rows = p.rows = 100000;
		it->path = p;
		return ERR_OK;
	}
	default:
		return err_set(e, ERR_INTERNAL_ERROR, "range kind %d cannot be read",
			       (int) r->kind);
	}
}

/* Items this one must find on its left: what its definition or its ON refers to. */
static struct itemset
item_needs(struct level *lv, struct group *g, struct item *it)
{
	struct itemset needs = { { 0 } };
	struct layout deps = { 0 };

	if (it->kind == ITEM_LATERAL || it->kind == ITEM_FUNCTION)
		(void) is_lateral(lv, it->range, &deps);
	for (int i = 0; i < deps.n; i++)
		needs = set_or(needs, group_refs(g, lv->pl, deps.at[i]));
	return needs;
}

static void
without(struct itemset *s, int i)
{
	s->w[i >> 6] &= ~(UINT64_C(1) << (i & 63));
}

static int build_from(struct builder *b, struct group *g, struct from *f);

/* A join on the right that asks for enclosing rows by itself: planned with those, it has rows for each
 * ordinal and meets the left on it. */
static int
build_dependent(struct level *lv, struct from *right, struct item **ret, struct list *conds, struct err *e)
{
	struct planner *pl = lv->pl;
	struct level inner = *lv;
	struct item *it = ARENA_NEW(pl->arena, struct item);
	struct list none = { 0 };
	struct group *g;

	inner.outer = outer_again(pl, lv->outer);
	int rc = build_group(&inner, &right, 1, &none, true, &g, e);
	if (rc != ERR_OK)
		return rc;
	add_ordinal_quals(&inner, g);
	*it = (struct item){ .kind = ITEM_PATH, .has_path = true };
	rc = join_group(&inner, g, NULL, &it->path, e);
	list_push(conds, pl->arena,
		  expr_op(pl->arena, operator_exact("=", OID_INT8, OID_INT8), lv->outer->vars.at[0],
			  inner.outer->vars.at[0]));
	*ret = it;
	return rc;
}

/* A row that is not there cannot be locked. */
static int
refuse_marks(const struct level *lv, const struct from *f, struct err *e)
{
	static const char *const names[] = {
		[LOCK_FOR_KEY_SHARE] = "FOR KEY SHARE",
		[LOCK_FOR_SHARE] = "FOR SHARE",
		[LOCK_FOR_NO_KEY_UPDATE] = "FOR NO KEY UPDATE",
		[LOCK_FOR_UPDATE] = "FOR UPDATE",
	};

	if (f->is_join) {
		int rc = refuse_marks(lv, f->left, e);
		return rc != ERR_OK ? rc : refuse_marks(lv, f->right, e);
	}
	for (int i = 0; i < lv->q->row_marks.n; i++) {
		const struct row_mark *m = lv->q->row_marks.at[i];
		if (m->range == f->range)
			return err_set(e, ERR_FEATURE_NOT_SUPPORTED,
				       "%s cannot be applied to the nullable side of an outer join",
				       names[m->strength]);
	}
	return ERR_OK;
}

/* The right side of a left, semi or anti join. */
static int
build_optional(struct builder *b, struct group *g, struct from *right, enum join_type type,
	       struct expr *on)
{
	struct level *lv = b->lv;
	struct item *it;
	int rc;

	/* Everything to its left is in the group already: what ON refers to can be told apart. */
	struct list conds = conjuncts(lv->pl, on);
	if (type == JOIN_LEFT) {
		rc = refuse_marks(lv, right, b->e);
		if (rc != ERR_OK)
			return rc;
	}
	if (right->is_join && lv->outer != NULL && joins_differ(lv->pl, lv->q, right)) {
		rc = build_dependent(lv, right, &it, &conds, b->e);
		if (rc != ERR_OK)
			return rc;
	} else if (right->is_join) {
		it = ARENA_NEW(lv->pl->arena, struct item);
		it->kind = ITEM_GROUP;
	} else {
		rc = leaf_item(lv, right->range, &it, b->e);
		if (rc != ERR_OK)
			return rc;
	}
	it->type = type;
	struct list keep = { 0 };
	struct item probe = { .kind = ITEM_GROUP };
	struct group whole = { 0 };
	if (it->kind == ITEM_GROUP) {
		struct list none = { 0 };
		rc = build_group(lv, &right, 1, &none, false, &it->group, b->e);
		if (rc != ERR_OK)
			return rc;
		probe.group = it->group;
		/* What the right side says of rows outside of it belongs to the join. */
		struct list inside = { 0 };
		for (int i = 0; i < it->group->quals.n; i++) {
			struct qual *q = it->group->quals.at[i];
			struct layout vars = { 0 };
			bool outside = false;
			collect_vars(lv->pl, q->expr, &vars);
			for (int k = 0; k < vars.n; k++)
				outside |= !group_covers(it->group, vars.at[k]->range);
			if (outside)
				list_push(&conds, lv->pl->arena, q->expr);
			else
				list_push(&inside, lv->pl->arena, q);
		}
		it->group->quals = inside;
	} else {
		list_push(&whole.items, lv->pl->arena, it);
		probe.group = &whole;
	}
	for (int i = 0; i < conds.n; i++) {
		struct expr *x = conds.at[i];
		struct itemset left = group_refs(g, lv->pl, x);
		bool mine = set_empty(left) && !set_empty(group_refs(probe.group, lv->pl, x));
		struct layout vars = { 0 };
		collect_vars(lv->pl, x, &vars);
		for (int k = 0; mine && k < vars.n; k++)
			mine = group_covers(probe.group, vars.at[k]->range);
		if (mine && !has_sublink(x) && it->kind != ITEM_GROUP && it->kind != ITEM_LATERAL &&
		    it->kind != ITEM_FUNCTION) {
			list_push(&it->quals, lv->pl->arena, x);
		} else if (mine && it->kind == ITEM_GROUP) {
			struct qual *q = ARENA_NEW(lv->pl->arena, struct qual);
			*q = (struct qual){ .expr = x, .refs = group_refs(it->group, lv->pl, x) };
			list_push(&it->group->quals, lv->pl->arena, q);
		} else {
			struct qual *q = ARENA_NEW(lv->pl->arena, struct qual);
			q->expr = x;
			list_push(&keep, lv->pl->arena, q);
		}
	}
	it->on = keep;
	rc = add_item(lv, g, it, b->e);
	if (rc != ERR_OK)
		return rc;
	struct itemset needs = item_needs(lv, g, it);
	for (int i = 0; i < it->on.n; i++) {
		struct qual *q = it->on.at[i];
		q->refs = group_refs(g, lv->pl, q->expr);
		needs = set_or(needs, q->refs);
	}
	without(&needs, it->id);
	/* A left join on nothing still follows its left side, for the row it extends: any item will
	 * do, since it adds columns to whatever row is there. */
	if (set_empty(needs) && g->items.n > 1)
		needs = set_one(0);
	it->needs = needs;
	return ERR_OK;
}

static int
build_from(struct builder *b, struct group *g, struct from *f)
{
	struct level *lv = b->lv;
	struct item *it;
	int rc;

	if (!f->is_join) {
		rc = leaf_item(lv, f->range, &it, b->e);
		if (rc == ERR_OK)
			rc = add_item(lv, g, it, b->e);
		if (rc == ERR_OK)
			it->needs = item_needs(lv, g, it);
		return rc;
	}
	switch (f->type) {
	case JOIN_INNER: {
		rc = build_from(b, g, f->left);
		if (rc == ERR_OK)
			rc = build_from(b, g, f->right);
		struct list on = conjuncts(lv->pl, f->on);
		for (int i = 0; i < on.n; i++)
			list_push(&b->quals, lv->pl->arena, on.at[i]);
		return rc;
	}
	case JOIN_FULL:
		it = ARENA_NEW(lv->pl->arena, struct item);
		*it = (struct item){ .kind = ITEM_PATH, .type = JOIN_INNER, .has_path = true };
		rc = refuse_marks(lv, f, b->e);
		if (rc == ERR_OK)
			rc = full_join(lv, f, &it->path, b->e);
		return rc != ERR_OK ? rc : add_item(lv, g, it, b->e);
	case JOIN_RIGHT:
		rc = build_from(b, g, f->right);
		return rc != ERR_OK ? rc : build_optional(b, g, f->left, JOIN_LEFT, f->on);
	default:
		rc = build_from(b, g, f->left);
		return rc != ERR_OK ? rc : build_optional(b, g, f->right, f->type, f->on);
	}
}

int
build_group(struct level *lv, struct from **items, int n, const struct list *quals, bool with_outer,
	    struct group **ret, struct err *e)
{
	struct planner *pl = lv->pl;
	struct group *g = ARENA_NEW(pl->arena, struct group);
	struct builder b = { .lv = lv, .e = e };
	int rc = ERR_OK;

	if (with_outer) {
		struct item *it = ARENA_NEW(pl->arena, struct item);
		*it = (struct item){ .kind = ITEM_PATH,
				     .type = JOIN_INNER,
				     .path = outer_leaf(pl, lv->outer),
				     .has_path = true,
				     .is_outer = true };
		rc = add_item(lv, g, it, e);
	}
	for (int i = 0; i < n && rc == ERR_OK; i++)
		rc = build_from(&b, g, items[i]);
	if (rc != ERR_OK)
		return rc;
	for (int i = 0; i < quals->n; i++)
		list_push(&b.quals, pl->arena, quals->at[i]);
	for (int i = 0; i < b.quals.n; i++) {
		struct qual *q = ARENA_NEW(pl->arena, struct qual);
		*q = (struct qual){ .expr = b.quals.at[i] };
		q->refs = group_refs(g, pl, q->expr);
		list_push(&g->quals, pl->arena, q);
	}
	*ret = g;
	return ERR_OK;
}

/* Two dependent inputs meet on the ordinal; one that is left joined has it in its ON. */
void
add_ordinal_quals(struct level *lv, struct group *g)
{
	struct planner *pl = lv->pl;
	const struct operator* eq = operator_exact("=", OID_INT8, OID_INT8);
	struct item *first = NULL;

	for (int i = 0; i < g->items.n; i++) {
		struct item *it = g->items.at[i];
		if (!it->has_path || it->type != JOIN_INNER || it->path.out.n == 0 ||
		    it->path.out.at[0]->kind != EXPR_SLOT)
			continue;
		if (first == NULL) {
			first = it;
			continue;
		}
		struct qual *q = ARENA_NEW(pl->arena, struct qual);
		q->expr = expr_op(pl->arena, eq, first->path.out.at[0], it->path.out.at[0]);
		q->refs = set_or(set_one(first->id), set_one(it->id));
		list_push(&g->quals, pl->arena, q);
	}
}

int
plan_from(struct level *lv, const struct want *want, struct path *ret, struct err *e)
{
	struct query *q = lv->q;
	struct list quals = conjuncts(lv->pl, q->where);
	struct group *g;

	int rc = build_group(lv, (struct from **) q->from.at, q->from.n, &quals, lv->outer != NULL,
			     &g, e);
	if (rc != ERR_OK)
		return rc;
	add_ordinal_quals(lv, g);
	return join_group(lv, g, want, ret, e);
}

int
item_path(struct level *lv, struct item *it, const struct want *want, struct path *ret,
	  struct err *e)
{
	int rc;

	if (it->kind == ITEM_TABLE)
		return scan_path(lv, it->range, &it->quals, want, ret, e);
	if (it->kind == ITEM_GROUP)
		rc = join_group(lv, it->group, NULL, ret, e);
	else if (it->has_path)
		rc = (*ret = it->path, ERR_OK);
	else
		return err_set(e, ERR_INTERNAL_ERROR, "a lateral item has no path of its own");
	if (rc == ERR_OK && it->quals.n > 0)
		rc = path_filter(lv->pl, ret, &it->quals, e);
	return rc;
}

/* left joined with a function or sub-query that refers to it. */
int
lateral_join(struct level *lv, struct path *left, struct item *it, const struct list *on,
	     struct path *ret, struct err *e)
{
	struct planner *pl = lv->pl;
	struct list all = it->quals;
	int rc;

	all.cap = all.n;
	for (int i = 0; i < on->n; i++)
		list_push(&all, pl->arena, on->at[i]);
	if (it->kind == ITEM_FUNCTION && it->type == JOIN_INNER) {
		rc = function_path(lv, it->range, left, ret, e);
		ret->norder = 0;
		return rc != ERR_OK ? rc : path_filter(pl, ret, &all, e);
	}
	struct query *sub = it->range->sub;
	if (it->kind == ITEM_FUNCTION) { /* LEFT JOIN LATERAL f(x): as a sub-query */
		struct range *inner = arena_dup(pl->arena, it->range, sizeof *inner);
		sub = query_new(pl->arena, QUERY_SELECT, lv->q);
		inner->query = sub;
		list_push(&sub->ranges, pl->arena, inner);
		list_push(&sub->from, pl->arena, from_range(pl->arena, inner));
		for (int i = 0; i < inner->ncols; i++)
			query_add_target(pl->arena, sub, expr_var(pl->arena, inner, i + 1),
					 inner->cols[i].name);
	}
	struct layout vars = { 0 };
	struct path right;
	free_vars(pl, sub, &vars);
	struct outer *o = outer_new(pl, &vars, left->rows);
	rc = plan_level(pl, sub, o, ALL_ROWS, &right, e);
	if (rc != ERR_OK)
		return rc;
	struct path p = { .rows = fmax(left->rows, right.rows) };
	layout_append(pl->arena, &p.out, &left->out);
	if (it->type == JOIN_INNER || it->type == JOIN_LEFT)
		for (int i = 1; i < right.out.n; i++)
			layout_add(pl->arena, &p.out, expr_var(pl->arena, it->range, i));
	struct plan_nest *n =
		(struct plan_nest *) node_new(pl, sizeof *n, PLAN_NEST, &p.out, left->plan);
	n->kind = NEST_JOIN;
	n->join = it->type;
	n->p.inner = right.plan;
	n->npass = vars.n;
	n->pass = ARENA_ARRAY(pl->arena, struct expr *, vars.n);
	for (int i = 0; i < vars.n && rc == ERR_OK; i++)
		rc = layout_slots(pl, &left->out, vars.at[i], &n->pass[i], e);
	if (rc == ERR_OK && all.n > 0) {
		struct layout both = { 0 };
		layout_append(pl->arena, &both, &left->out);
		for (int i = 1; i < right.out.n; i++)
			layout_add(pl->arena, &both, expr_var(pl->arena, it->range, i));
		rc = layout_slots(pl, &both, conjunction(pl, &all), &n->join_filter, e);
	}
	n->label = it->range->alias;
	n->p.rows = p.rows;
	n->p.cost = p.cost = left->cost + right.cost;
	p.plan = &n->p;
	*ret = p;
	return rc;
}
