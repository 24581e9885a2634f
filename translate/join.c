/* join.c - JOIN: what is in scope for ON, merged columns of USING and NATURAL.
 *
 * A variable never names a join: a merged column is an expression over the joined ranges (the
 * left one's column, or COALESCE of both for FULL), and so is every column of a join's alias. */
#include "config.h"
#include "translate/from.h"

#include <string.h>

/* One side's columns by name, as its visible items give them. */
struct side {
	struct list names, exprs;
}; /* char, struct expr */

static void
side_columns(struct binder *b, const struct list *items, struct side *to)
{
	for (int i = 0; i < items->n; i++) {
		struct nsitem *it = LIST_AT(struct nsitem, items, i);

		if (!it->cols_visible)
			continue;
		int n = item_ncols(it);
		for (int k = 0; k < n; k++) {
			struct expr *x = item_expr(b, it, k);

			if (x == NULL)
				continue;
			list_push(&to->exprs, b->arena, x);
			list_push(&to->names, b->arena, item_col_name(it, k));
		}
	}
}

static int
side_find(const struct side *s, const char *name)
{
	int found = -1;

	for (int i = 0; i < s->names.n; i++)
		if (strcmp(s->names.at[i], name) == 0) {
			if (found >= 0)
				return -2;
			found = i;
		}
	return found;
}

static enum join_type
join_type(int t)
{
	switch (t) {
	case PG_QUERY__JOIN_TYPE__JOIN_LEFT:
		return JOIN_LEFT;
	case PG_QUERY__JOIN_TYPE__JOIN_RIGHT:
		return JOIN_RIGHT;
	case PG_QUERY__JOIN_TYPE__JOIN_FULL:
		return JOIN_FULL;
	default:
		return JOIN_INNER;
	}
}

/* The columns of USING, or those NATURAL finds in common. */
static int
using_names(struct binder *b, const PgQuery__JoinExpr *j, const struct side *l,
	    const struct side *r, struct list *ret)
{
	if (j->is_natural) {
		for (int i = 0; i < l->names.n; i++)
			if (side_find(r, l->names.at[i]) != -1)
				list_push(ret, b->arena, l->names.at[i]);
		return ERR_OK;
	}
	for (size_t i = 0; i < j->n_using_clause; i++) {
		const char *name = node_str(j->using_clause[i]);

		for (int k = 0; k < ret->n; k++)
			if (strcmp(ret->at[k], name) == 0)
				return bind_error(
					b, 0, ERR_DUPLICATE_COLUMN,
					"column name \"%s\" appears more than once in USING clause",
					name);
		list_push(ret, b->arena, name);
	}
	return ERR_OK;
}

static int
using_find(struct binder *b, const struct side *s, const char *name, const char *which, int *ret)
{
	*ret = side_find(s, name);
	if (*ret == -2)
		return bind_error(b, 0, ERR_AMBIGUOUS_COLUMN,
				  "common column name \"%s\" appears more than once in %s table",
				  name, which);
	if (*ret == -1)
		return bind_error(
			b, 0, ERR_UNDEFINED_COLUMN,
			"column \"%s\" specified in USING clause does not exist in %s table", name,
			which);
	return ERR_OK;
}

/* Deparse shows a merged column without its table. */
static struct expr *
merged(struct binder *b, struct expr *x)
{
	if (x->kind != EXPR_VAR)
		return x;
	x = arena_dup(b->arena, x, sizeof *x);
	x->cast_form = 'm';
	return x;
}

/* l.name = r.name, and the one column that stands for both. */
static struct expr *
merge_column(struct binder *b, enum join_type type, struct expr *l, struct expr *r,
	     struct expr **on)
{
	struct expr *in[2] = { l, r };
	struct expr *eq = make_op(b, "=", l, r, 0);

	eq = eq != NULL ? coerce_bool(b, eq, "JOIN/USING") : NULL;
	if (eq == NULL)
		return NULL;
	*on = *on == NULL ? eq : expr_and(b->arena, *on, eq);
	const struct type *t = common_type(b, 2, in, "JOIN/USING", NULL);
	if (t == NULL)
		return NULL;
	int32_t typmod = common_typmod(2, in, t);
	for (int i = 0; i < 2; i++) {
		if (in[i]->type->oid != t->oid)
			in[i] = coerce_plain(b, in[i], t, typmod, COERCE_IMPLICIT, 'i', 0);
		else if (in[i]->typmod != typmod)
			in[i] = coerce_typmod(b, in[i], typmod, COERCE_IMPLICIT, 'i', false);
		if (in[i] == NULL)
			return NULL;
	}
	if (type == JOIN_RIGHT)
		return merged(b, in[1]);
	if (type == JOIN_LEFT || (type == JOIN_INNER && in[0] == l))
		return merged(b, in[0]);
	if (type == JOIN_INNER)
		return merged(b, in[1] == r ? in[1] : in[0]);
	struct expr *x = expr_new(b->arena, EXPR_COALESCE, t, 2);
	x->args[0] = in[0];
	x->args[1] = in[1];
	x->typmod = typmod;
	x->collation = common_collation(2, in);
	return x;
}

/* Columns of the join: merged ones first, then the rest of either side. */
static int
join_columns(struct binder *b, struct from *f, const PgQuery__JoinExpr *j, struct side *l,
	     struct side *r, struct side *ret)
{
	struct list names = { 0 };
	int rc = using_names(b, j, l, r, &names);
	bool *lused = ARENA_ARRAY(b->arena, bool, l->names.n + 1),
	     *rused = ARENA_ARRAY(b->arena, bool, r->names.n + 1);

	for (int i = 0; rc == ERR_OK && i < names.n; i++) {
		int li, ri;

		rc = using_find(b, l, names.at[i], "left", &li);
		if (rc == ERR_OK)
			rc = using_find(b, r, names.at[i], "right", &ri);
		if (rc != ERR_OK)
			return rc;
		struct expr *x = merge_column(b, f->type, l->exprs.at[li], r->exprs.at[ri], &f->on);
		if (x == NULL)
			return b->e->code;
		lused[li] = rused[ri] = true;
		list_push(&ret->names, b->arena, names.at[i]);
		list_push(&ret->exprs, b->arena, x);
	}
	f->nusing = names.n;
	for (int i = 0; i < l->names.n; i++)
		if (!lused[i]) {
			list_push(&ret->names, b->arena, l->names.at[i]);
			list_push(&ret->exprs, b->arena, l->exprs.at[i]);
		}
	for (int i = 0; i < r->names.n; i++)
		if (!rused[i]) {
			list_push(&ret->names, b->arena, r->names.at[i]);
			list_push(&ret->exprs, b->arena, r->exprs.at[i]);
		}
	return rc;
}

static void
make_join_range(struct binder *b, struct scope *s, struct from *f, const char *alias,
		const struct side *cols)
{
	struct range *r = range_new(b->arena, NULL, RANGE_JOIN, alias, cols->names.n);

	r->query = s->q;
	for (int i = 0; i < cols->names.n; i++) {
		const struct expr *x = cols->exprs.at[i];

		r->cols[i] = (struct range_column){ cols->names.at[i], x->type, x->typmod,
						    x->collation };
	}
	f->join_range = r;
	f->join_exprs = (struct expr **) cols->exprs.at;
}

static int
bind_on(struct binder *b, struct scope *s, struct from *f, Node *quals, struct list *items)
{
	struct list outer = s->items;

	items_lateral(items, false, true);
	s->items = *items;
	f->on = bind_where(b, s, quals, PLACE_JOIN_ON, "JOIN/ON");
	s->items = outer;
	return f->on != NULL ? ERR_OK : b->e->code;
}

static int
join_sides(struct binder *b, struct scope *s, const PgQuery__JoinExpr *j, struct from *f,
	   struct list *l, struct list *r)
{
	int outer = s->items.n;

	f->left = bind_from_item(b, s, j->larg, l);
	if (f->left == NULL)
		return b->e->code;
	items_lateral(l, true, f->type == JOIN_INNER || f->type == JOIN_LEFT);
	for (int i = 0; i < l->n; i++)
		list_push(&s->items, b->arena, l->at[i]);
	f->right = bind_from_item(b, s, j->rarg, r);
	s->items.n = outer;
	if (f->right == NULL)
		return b->e->code;
	return items_conflict(b, l, r);
}

static void
push_join_item(struct binder *b, struct list *items, const char *name, const struct side *cols,
	       int n, bool cols_visible)
{
	struct nsitem *it = ARENA_NEW(b->arena, struct nsitem);

	it->name = name;
	it->ncols = n;
	it->names = (const char **) cols->names.at;
	it->exprs = (struct expr **) cols->exprs.at;
	it->rel_visible = name != NULL;
	it->cols_visible = cols_visible;
	it->lateral_ok = true;
	list_push(items, b->arena, it);
}

struct from *
bind_join(struct binder *b, struct scope *s, const PgQuery__JoinExpr *j, struct list *ret_items)
{
	struct from *f = ARENA_NEW(b->arena, struct from);
	struct list l = { 0 }, r = { 0 };
	struct side left = { 0 }, right = { 0 }, cols = { 0 };
	const char *alias = j->alias != NULL ? j->alias->aliasname : NULL;

	f->is_join = true;
	f->type = join_type(j->jointype);
	if (join_sides(b, s, j, f, &l, &r) != ERR_OK)
		return NULL;
	struct list inside = { 0 };
	for (int i = 0; i < l.n; i++)
		list_push(&inside, b->arena, l.at[i]);
	for (int i = 0; i < r.n; i++)
		list_push(&inside, b->arena, r.at[i]);
	bool merged = j->is_natural || j->n_using_clause > 0;
	if (j->quals != NULL && bind_on(b, s, f, j->quals, &inside) != ERR_OK)
		return NULL;
	if (!merged && alias == NULL) { /* the parts stay in scope as they are */
		*ret_items = inside;
		return f;
	}
	side_columns(b, &l, &left);
	side_columns(b, &r, &right);
	if (join_columns(b, f, j, &left, &right, &cols) != ERR_OK)
		return NULL;
	make_join_range(b, s, f, alias, &cols);
	if (j->alias != NULL && j->alias->n_colnames > 0) {
		if (rename_columns(b, f->join_range, j->alias) != ERR_OK)
			return NULL;
		for (int i = 0; i < cols.names.n; i++)
			cols.names.at[i] = (void *) f->join_range->cols[i].name;
	}
	if (alias == NULL) {
		for (int i = 0; i < inside.n; i++)
			LIST_AT(struct nsitem, &inside, i)->cols_visible = false;
		*ret_items = inside;
	}
	if (j->join_using_alias != NULL) {
		struct list using = { 0 };

		push_join_item(b, &using, j->join_using_alias->aliasname, &cols, f->nusing, false);
		if (items_conflict(b, &inside, &using) != ERR_OK)
			return NULL;
		list_push(ret_items, b->arena, using.at[0]);
	}
	push_join_item(b, ret_items, alias, &cols, cols.names.n, true);
	return f;
}
