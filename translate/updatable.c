/* updatable.c - INSERT, UPDATE and DELETE through simple views.
 *
 * A view that shows one table, row for row, is written by writing the table: the statement's
 * target becomes the table's range, the view's columns become expressions over it, and the
 * view's WHERE joins the statement's.  Views over such views are followed down.
 *
 * WITH CHECK OPTION adds the conditions to query->write_check.
 *
 * Not here: views in FROM (view.c). */
#include "config.h"
#include "translate/bind.h"

#include <string.h>

struct fold {
	struct range *from;
	struct expr **to;
};

static struct expr *
fold_var(struct expr *x, void *arg)
{
	const struct fold *f = arg;

	return x->kind == EXPR_VAR && x->range == f->from && x->col > 0 ? f->to[x->col - 1] : x;
}

/* Why rows of the view are not rows of one table; NULL: they are. */
static const char *
not_simple(const struct query *q)
{
	if (q->setop != SETOP_NONE)
		return "Views containing UNION, INTERSECT, or EXCEPT are not automatically "
		       "updatable.";
	if (q->distinct || q->distinct_on.n > 0)
		return "Views containing DISTINCT are not automatically updatable.";
	if (q->group_by.n > 0 || q->grouping_sets.n > 0)
		return "Views containing GROUP BY are not automatically updatable.";
	if (q->having != NULL)
		return "Views containing HAVING are not automatically updatable.";
	if (q->ctes.n > 0)
		return "Views containing WITH are not automatically updatable.";
	if (q->limit != NULL || q->offset != NULL)
		return "Views containing LIMIT or OFFSET are not automatically updatable.";
	if (q->has_aggs)
		return "Views that return aggregate functions are not automatically updatable.";
	if (q->has_windows)
		return "Views that return window functions are not automatically updatable.";
	if (q->has_srfs)
		return "Views that return set-returning functions are not automatically updatable.";
	if (q->from.n != 1 || LIST_AT(struct from, &q->from, 0)->is_join)
		return "Views that do not select from a single table or view are not automatically "
		       "updatable.";
	const struct range *r = LIST_AT(struct from, &q->from, 0)->range;
	if (r->rel == NULL || r->sample_method != 0 ||
	    (r->kind != RANGE_TABLE && r->kind != RANGE_SUBQUERY))
		return "Views that do not select from a single table or view are not automatically "
		       "updatable.";
	return NULL;
}

int
check_option_query(struct binder *b, struct query *view)
{
	const char *why = not_simple(view);
	bool any = false;

	for (int i = 0; why == NULL && i < query_visible_targets(view); i++) {
		const struct expr *x = query_column(view, i)->expr;
		any |= x->kind == EXPR_VAR && x->col > 0;
	}
	if (why == NULL && !any)
		why = "Views that have no updatable columns are not automatically updatable.";
	if (why == NULL)
		return ERR_OK;
	bind_error(b, 0, ERR_FEATURE_NOT_SUPPORTED,
		   "WITH CHECK OPTION is supported only on automatically updatable views");
	return err_hint(b->e, "%s", why);
}

static int
refuse(struct binder *b, const struct relation *view, enum query_kind kind, const char *why)
{
	static const struct {
		const char *to, *from, *trigger, *rule;
	} words[] = {
		[QUERY_INSERT] = { "cannot insert into view", "inserting into the view",
				   "INSTEAD OF INSERT", "ON INSERT DO INSTEAD" },
		[QUERY_UPDATE] = { "cannot update view", "updating the view", "INSTEAD OF UPDATE",
				   "ON UPDATE DO INSTEAD" },
		[QUERY_DELETE] = { "cannot delete from view", "deleting from the view",
				   "INSTEAD OF DELETE", "ON DELETE DO INSTEAD" },
	};

	bind_error(b, 0, ERR_OBJECT_NOT_IN_PREREQUISITE_STATE, "%s \"%s\"", words[kind].to,
		   view->o.name);
	err_detail(b->e, "%s", why);
	return err_hint(b->e, "To enable %s, provide an %s trigger or an unconditional %s rule.",
			words[kind].from, words[kind].trigger, words[kind].rule);
}

struct layer {
	struct range *base; /* the table */
	int ncols;
	struct expr **exprs; /* the view's columns over it */
	struct expr *where;
};

static int
peel(struct binder *b, const struct relation *view, struct query *q, enum query_kind kind,
     bool cascaded, struct list *checks, struct layer *to)
{
	const char *why = not_simple(q);
	int n = query_visible_targets(q);

	if (why != NULL)
		return refuse(b, view, kind, why);
	to->exprs = ARENA_ARRAY(b->arena, struct expr *, n);
	to->ncols = n;
	for (int i = 0; i < n; i++)
		to->exprs[i] = query_column(q, i)->expr;
	to->where = q->where;
	to->base = LIST_AT(struct from, &q->from, 0)->range;
	cascaded |= view->check_option == 2;
	struct list own = { 0 };
	if (to->base->kind == RANGE_SUBQUERY) {
		struct layer below = { 0 };
		int rc = peel(b, to->base->rel, to->base->sub, kind, cascaded, &own, &below);

		if (rc != ERR_OK)
			return rc;
		struct fold f = { to->base, below.exprs };
		for (int i = 0; i < n; i++)
			to->exprs[i] = expr_map(b->arena, to->exprs[i], fold_var, &f, true);
		if (to->where != NULL)
			to->where = expr_map(b->arena, to->where, fold_var, &f, true);
		struct expr *mine = to->where;
		to->where = expr_and(b->arena, below.where, to->where);
		to->base = below.base;
		for (int i = 0; i < own.n; i++)
			list_push(checks, b->arena, own.at[i]);
		if ((cascaded || view->check_option == 1) && mine != NULL)
			list_push(checks, b->arena, view_check(b, view, mine));
		return ERR_OK;
	}
	if ((cascaded || view->check_option != 0) && to->where != NULL)
		list_push(checks, b->arena, view_check(b, view, to->where));
	return ERR_OK;
}

struct check_rule *
view_check(struct binder *b, const struct relation *view, struct expr *where)
{
	struct check_rule *c = ARENA_NEW(b->arena, struct check_rule);
	struct constraint *con = ARENA_NEW(b->arena, struct constraint);

	con->name = view->o.name; /* 44000 names the view */
	con->type = CON_CHECK;
	c->con = con;
	c->expr = where;
	return c;
}

/* The target of a write that names a view; *ret_item: what its columns mean. */
struct range *
bind_view_target(struct binder *b, struct scope *s, const struct relation *view, const char *alias,
		 struct nsitem **ret_item)
{
	struct query *q = s->q, *vq = bind_view_text(b, view, q);
	struct layer l = { 0 };

	if (vq == NULL || peel(b, view, vq, q->kind, false, &q->write_check, &l) != ERR_OK)
		return NULL;
	if (l.base->rel->kind != REL_TABLE || relation_sysrel(l.base->rel) != NULL)
		return bind_fail(b, 0, ERR_INSUFFICIENT_PRIVILEGE,
				 "permission denied: \"%s\" is a system catalog",
				 l.base->rel->o.name);
	l.base->alias = alias;
	l.base->query = q;
	l.base->view = view;
	if (q->kind != QUERY_INSERT) {
		list_push(&q->ranges, b->arena, l.base);
		q->where = l.where;
	} else {
		l.where = NULL; /* new rows need not be seen through the view */
	}
	struct nsitem *it = ARENA_NEW(b->arena, struct nsitem);
	it->name = alias;
	it->ncols = l.ncols;
	it->exprs = l.exprs;
	it->names = ARENA_ARRAY(b->arena, const char *, l.ncols);
	for (int i = 0, k = 0; i < view->ncols && k < l.ncols; i++)
		if (!view->cols[i].dropped)
			it->names[k++] = view->cols[i].name;
	it->rel_visible = it->cols_visible = it->lateral_ok = true;
	*ret_item = it;
	return l.base;
}

/* The table's column that a target column means.  NULL with error. */
const struct column *
target_column(struct binder *b, const struct write_target *t, const char *name, int position,
	      const char *verb)
{
	const char *shown = t->view != NULL ? t->view->o.name : t->rel->o.name;

	if (t->view == NULL) {
		const struct column *c = relation_column(t->rel, name);

		if (c == NULL)
			bind_error(b, position, ERR_UNDEFINED_COLUMN,
				   "column \"%s\" of relation \"%s\" does not exist", name, shown);
		return c;
	}
	for (int i = 0; i < t->item->ncols; i++) {
		const struct expr *x = t->item->exprs[i];

		if (t->item->names[i] == NULL || strcmp(t->item->names[i], name) != 0)
			continue;
		if (x->kind == EXPR_VAR && x->col > 0 && x->range->rel == t->rel)
			return &t->rel->cols[x->col - 1];
		bind_error(b, 0, ERR_FEATURE_NOT_SUPPORTED,
			   "cannot %s column \"%s\" of view \"%s\"", verb, name, shown);
		err_detail(b->e, "View columns that are not columns of their base relation are not "
				 "updatable.");
		return NULL;
	}
	bind_error(b, position, ERR_UNDEFINED_COLUMN,
		   "column \"%s\" of relation \"%s\" does not exist", name, shown);
	return NULL;
}

bool
sql_view_writes(struct bind_env *env, const struct relation *view, bool *ret_columns)
{
	struct err ignored = { 0 };
	struct binder b = outside_binder(env, &ignored);
	struct query *q = bind_view_text(&b, view, NULL);
	struct list checks = { 0 };
	struct layer l = { 0 };

	memset(ret_columns, 0, (size_t) view->ncols * sizeof *ret_columns);
	if (q == NULL || peel(&b, view, q, QUERY_UPDATE, false, &checks, &l) != ERR_OK ||
	    l.base->rel->kind != REL_TABLE || relation_sysrel(l.base->rel) != NULL)
		return false;
	for (int i = 0, k = 0; i < view->ncols && k < l.ncols; i++) {
		if (view->cols[i].dropped)
			continue;
		const struct expr *x = l.exprs[k++];
		ret_columns[i] = x->kind == EXPR_VAR && x->col > 0 && x->range == l.base;
	}
	return true;
}
