/* window.c - window definitions: OVER (...), OVER name, WINDOW name AS (...).
 *
 * Equal inline definitions are one window, so that they are sorted for once. */
#include "config.h"
#include "translate/bind.h"

#include <string.h>

/* libpg_query hands on PostgreSQL's frame bits as they are. */
enum {
	F_RANGE = 0x2,
	F_ROWS = 0x4,
	F_GROUPS = 0x8,
	F_START_UNBOUNDED_PRECEDING = 0x20,
	F_END_UNBOUNDED_PRECEDING = 0x40,
	F_START_UNBOUNDED_FOLLOWING = 0x80,
	F_END_UNBOUNDED_FOLLOWING = 0x100,
	F_START_CURRENT_ROW = 0x200,
	F_END_CURRENT_ROW = 0x400,
	F_START_OFFSET_PRECEDING = 0x800,
	F_END_OFFSET_PRECEDING = 0x1000,
	F_START_OFFSET_FOLLOWING = 0x2000,
	F_END_OFFSET_FOLLOWING = 0x4000,
	F_EXCLUDE_CURRENT = 0x8000,
	F_EXCLUDE_GROUP = 0x10000,
	F_EXCLUDE_TIES = 0x20000,
	F_DEFAULTS = F_RANGE | F_START_UNBOUNDED_PRECEDING | F_END_CURRENT_ROW,
	F_NONDEFAULT = 0x1,
};

static void
frame_bounds(struct window *w, int f)
{
	w->mode = f & F_ROWS ? FRAME_ROWS : f & F_GROUPS ? FRAME_GROUPS : FRAME_RANGE;
	w->start = f & F_START_CURRENT_ROW           ? BOUND_CURRENT
		   : f & F_START_OFFSET_PRECEDING    ? BOUND_PRECEDING
		   : f & F_START_OFFSET_FOLLOWING    ? BOUND_FOLLOWING
		   : f & F_START_UNBOUNDED_FOLLOWING ? BOUND_UNBOUNDED_FOLLOWING
						     : BOUND_UNBOUNDED_PRECEDING;
	w->end = f & F_END_UNBOUNDED_FOLLOWING   ? BOUND_UNBOUNDED_FOLLOWING
		 : f & F_END_OFFSET_PRECEDING    ? BOUND_PRECEDING
		 : f & F_END_OFFSET_FOLLOWING    ? BOUND_FOLLOWING
		 : f & F_END_UNBOUNDED_PRECEDING ? BOUND_UNBOUNDED_PRECEDING
						 : BOUND_CURRENT;
	w->exclude = f & F_EXCLUDE_CURRENT ? EXCLUDE_CURRENT
		     : f & F_EXCLUDE_GROUP ? EXCLUDE_GROUP
		     : f & F_EXCLUDE_TIES  ? EXCLUDE_TIES
					   : EXCLUDE_NONE;
}

/* RANGE with an offset: the + and - between the ordering type and the offset's. */
static bool
range_functions(struct binder *b, struct window *w, struct expr **offset, int position)
{
	struct sort_key *k = w->order.at[0];
	const struct type *t = base_type(k->expr->type, NULL), *shown = t;
	int fail;

	if (t->category != 'N' && t->category != 'D' && t->category != 'T') {
		bind_error(
			b, position, ERR_FEATURE_NOT_SUPPORTED,
			"RANGE with offset PRECEDING/FOLLOWING is not supported for column type %s",
			type_show(b, t));
		return false;
	}
	if (t->oid == OID_DATE) { /* date + interval is a timestamp: order by that */
		k->expr = coerce_to(b, k->expr, type_builtin(OID_TIMESTAMP), -1, COERCE_IMPLICIT,
				    'i', 0);
		if (k->expr == NULL)
			return false;
		t = k->expr->type;
	}
	if ((t->oid == OID_INT2 || t->oid == OID_INT4) &&
	    base_type((*offset)->type, NULL)->oid == OID_INT8) { /* in the wider type's arithmetic */
		t = type_builtin(OID_INT8);
		k->expr = coerce_to(b, k->expr, t, -1, COERCE_IMPLICIT, 'i', 0);
		if (w->start_offset != NULL)
			w->start_offset = coerce_to(b, w->start_offset, t, -1, COERCE_IMPLICIT, 'i', 0);
	}
	const struct type *want = t->category == 'N'
					  ? (t->oid == OID_FLOAT4 ? type_builtin(OID_FLOAT8) : t)
					  : type_builtin(OID_INTERVAL);
	struct expr *x = coerce_to(b, *offset, want, -1, COERCE_IMPLICIT, 'i', 0);
	if (x == NULL) {
		if (b->e->code == ERR_OK) {
			bind_error(b, position, ERR_FEATURE_NOT_SUPPORTED,
				   "RANGE with offset PRECEDING/FOLLOWING is not supported for "
				   "column type %s and offset type %s",
				   type_show(b, shown), type_show(b, (*offset)->type));
			err_hint(b->e, "Cast the offset value to an appropriate type.");
		}
		return false;
	}
	*offset = x;
	const struct operator* add = operator_find(b, "+", t, want, &fail);
	const struct operator* sub = operator_find(b, "-", t, want, &fail);
	if (add == NULL || sub == NULL) {
		bind_unsupported(b, position, "RANGE with an offset for this type", NULL);
		return false;
	}
	w->range_add = func_by_oid(add->func);
	w->range_sub = func_by_oid(sub->func);
	return w->range_add != NULL && w->range_sub != NULL;
}

static int
visit_var(struct expr *x, void *arg)
{
	(void) arg;
	return x->kind == EXPR_VAR ? 1 : 0;
}

static bool
frame_offset(struct binder *b, struct scope *s, struct window *w, Node *n, struct expr **ret)
{
	enum place p = w->mode == FRAME_ROWS     ? PLACE_WINDOW_ROWS
		       : w->mode == FRAME_GROUPS ? PLACE_WINDOW_GROUPS
						 : PLACE_WINDOW_RANGE;
	const char *name = w->mode == FRAME_ROWS     ? "ROWS"
			   : w->mode == FRAME_GROUPS ? "GROUPS"
						     : "RANGE";

	if (n == NULL)
		return true;
	struct expr *x = bind_expr_at(b, s, n, p);
	if (x == NULL)
		return false;
	if (expr_walk(x, visit_var, NULL, false) != 0) {
		bind_error(b, x->position, ERR_INVALID_COLUMN_REFERENCE,
			   "argument of %s must not contain variables", name);
		return false;
	}
	if (w->mode == FRAME_RANGE) {
		if (!range_functions(b, w, &x, x->position))
			return false;
	} else {
		x = coerce_specific(b, x, OID_INT8, name);
		if (x == NULL)
			return false;
	}
	*ret = x;
	return true;
}

static struct window *
find_window(struct scope *s, const char *name)
{
	for (int i = 0; s->q != NULL && i < s->q->windows.n; i++) {
		struct window *w = LIST_AT(struct window, &s->q->windows, i);

		if (w->name != NULL && strcmp(w->name, name) == 0)
			return w;
	}
	return NULL;
}

/* OVER (base ...): what is copied and what may not be given again. */
static bool
copy_base(struct binder *b, struct scope *s, const PgQuery__WindowDef *d, struct window *w)
{
	const struct window *base = find_window(s, d->refname);
	int pos = at(b, d->location);

	if (base == NULL)
		bind_error(b, pos, ERR_UNDEFINED_OBJECT, "window \"%s\" does not exist",
			   d->refname);
	else if (d->n_partition_clause > 0)
		bind_error(b, pos, ERR_WINDOWING_ERROR,
			   "cannot override PARTITION BY clause of window \"%s\"", d->refname);
	else if (d->n_order_clause > 0 && base->order.n > 0)
		bind_error(b, pos, ERR_WINDOWING_ERROR,
			   "cannot override ORDER BY clause of window \"%s\"", d->refname);
	else if (base->mode != FRAME_RANGE || base->start != BOUND_UNBOUNDED_PRECEDING ||
		 base->end != BOUND_CURRENT || base->exclude != EXCLUDE_NONE) {
		bind_error(b, pos, ERR_WINDOWING_ERROR,
			   "cannot copy window \"%s\" because it has a frame clause", d->refname);
		if (d->n_order_clause == 0 && !(d->frame_options & F_NONDEFAULT))
			err_hint(b->e, "Omit the parentheses in this OVER clause.");
	}
	if (b->e->code != ERR_OK)
		return false;
	w->partition = base->partition;
	if (d->n_order_clause == 0)
		w->order = base->order;
	return true;
}

static bool
lists_same(const struct list *a, const struct list *c, bool sort)
{
	if (a->n != c->n)
		return false;
	for (int i = 0; i < a->n; i++) {
		const struct sort_key *x = a->at[i], *y = c->at[i];

		if (sort ? x->desc != y->desc || x->nulls_first != y->nulls_first ||
				    !expr_equal(x->expr, y->expr)
			 : !expr_equal(a->at[i], c->at[i]))
			return false;
	}
	return true;
}

static struct window *
same_window(struct scope *s, const struct window *w)
{
	for (int i = 0; i < s->q->windows.n; i++) {
		struct window *o = LIST_AT(struct window, &s->q->windows, i);

		if (lists_same(&o->partition, &w->partition, false) &&
		    lists_same(&o->order, &w->order, true) && o->mode == w->mode &&
		    o->start == w->start && o->end == w->end && o->exclude == w->exclude &&
		    expr_equal(o->start_offset, w->start_offset) &&
		    expr_equal(o->end_offset, w->end_offset))
			return o;
	}
	return NULL;
}

static struct window *
define(struct binder *b, struct scope *s, const PgQuery__WindowDef *d)
{
	struct window *w = ARENA_NEW(b->arena, struct window);
	int pos = at(b, d->location);

	if (d->refname != NULL && d->refname[0] != '\0' && !copy_base(b, s, d, w))
		return NULL;
	for (size_t i = 0; i < d->n_partition_clause; i++) {
		struct expr *x =
			find_target(b, s, d->partition_clause[i], PLACE_WINDOW_PARTITION, true);

		if (x != NULL)
			x = resolve_unknown(b, x);
		if (x == NULL || check_hashable_or_sortable(b, x->type, x->position) != ERR_OK)
			return NULL;
		if (!type_is_orderable(base_type(x->type, NULL))) {
			bind_error(b, 0, ERR_FEATURE_NOT_SUPPORTED, "could not implement window PARTITION BY");
			err_detail(b->e, "Window partitioning columns must be of sortable datatypes.");
			return NULL;
		}
		list_push(&w->partition, b->arena, x);
	}
	if (d->n_order_clause > 0 && bind_order_by(b, s, d->n_order_clause, d->order_clause,
						   PLACE_WINDOW_ORDER, true, &w->order) != ERR_OK)
		return NULL;
	int f = d->frame_options != 0 ? d->frame_options : F_DEFAULTS;
	frame_bounds(w, f);
	bool offset = d->start_offset != NULL || d->end_offset != NULL;
	if (w->mode == FRAME_RANGE && offset && w->order.n != 1)
		return bind_fail(b, pos, ERR_WINDOWING_ERROR,
				 "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER "
				 "BY column");
	if (w->mode == FRAME_GROUPS && w->order.n == 0)
		return bind_fail(b, pos, ERR_WINDOWING_ERROR,
				 "GROUPS mode requires an ORDER BY clause");
	if (!frame_offset(b, s, w, d->start_offset, &w->start_offset) ||
	    !frame_offset(b, s, w, d->end_offset, &w->end_offset))
		return NULL;
	return w;
}

const struct window *
bind_window(struct binder *b, struct scope *s, const PgQuery__WindowDef *d)
{
	if (d->name != NULL && d->name[0] != '\0') {
		const struct window *w = find_window(s, d->name);

		if (w == NULL)
			return bind_fail(b, at(b, d->location), ERR_UNDEFINED_OBJECT,
					 "window \"%s\" does not exist", d->name);
		return w;
	}
	if (s->q == NULL)
		return bind_fail(b, at(b, d->location), ERR_WINDOWING_ERROR,
				 "window functions are not allowed here");
	struct window *w = define(b, s, d);
	if (w == NULL)
		return NULL;
	struct window *same = same_window(s, w);
	if (same != NULL)
		return same;
	list_push(&s->q->windows, b->arena, w);
	return w;
}

int
bind_window_clause(struct binder *b, struct scope *s, const PgQuery__SelectStmt *st)
{
	for (size_t i = 0; i < st->n_window_clause; i++) {
		const PgQuery__WindowDef *d = st->window_clause[i]->window_def;

		if (find_window(s, d->name) != NULL)
			return bind_error(b, at(b, d->location), ERR_WINDOWING_ERROR,
					  "window \"%s\" is already defined", d->name);
		struct window *w = define(b, s, d);
		if (w == NULL)
			return b->e->code;
		w->name = d->name;
		list_push(&s->q->windows, b->arena, w);
	}
	return ERR_OK;
}
