/* agg.c - aggregate and window function calls: where they may stand and what they carry.
 *
 * An aggregate belongs to the innermost query that one of its variables belongs to, not to the
 * one it is written in.  Where the two differ it is computed with the groups of its own query,
 * and the place it is written at sees a column of them.
 *
 * Not here: window definitions (window.c), columns outside aggregates (aggcheck.c). */
#include "config.h"
#include "translate/bind.h"

enum call_kind
call_kind_of(const char *name, const PgQuery__FuncCall *f)
{
	const struct func *const *all;

	if (f->over != NULL)
		return CALL_WINDOW;
	if (f->agg_star || f->agg_distinct || f->n_agg_order > 0 || f->agg_filter != NULL ||
	    f->agg_within_group)
		return CALL_AGGREGATE;
	int n = func_candidates(name, &all);
	for (int i = 0; i < n; i++)
		if (all[i]->kind == FUNC_AGGREGATE)
			return CALL_AGGREGATE;
	return CALL_PLAIN;
}

bool
read_agg_parts(struct binder *b, struct scope *s, const PgQuery__FuncCall *f, struct list *order,
	       struct expr **filter, int ndirect, struct expr **args)
{
	(void) ndirect;
	(void) args;
	if (f->agg_filter != NULL) {
		*filter = bind_where(b, s, f->agg_filter, PLACE_FILTER, "FILTER");
		if (*filter == NULL)
			return false;
	}
	if (f->agg_within_group)
		return true;
	for (size_t i = 0; i < f->n_agg_order; i++) {
		const PgQuery__SortBy *sb = f->agg_order[i]->sort_by;
		struct expr *x = bind_expr_at(b, s, sb->node, PLACE_ORDER_BY);
		struct sort_key *k = x != NULL ? make_sort_key(b, x, sb) : NULL;

		if (k == NULL)
			return false;
		list_push(order, b->arena, k);
	}
	return true;
}

/* What the call's decorations require of the function. */
bool
agg_check_form(struct binder *b, const struct func *f, const struct agg_parts *p, int nargs)
{
	const PgQuery__FuncCall *c = p->f;
	bool ordered_set = f->kind == FUNC_AGGREGATE && f->agg != NULL && f->agg->ordered_set;

	if (f->kind == FUNC_WINDOW) {
		if (c->over == NULL)
			bind_error(b, p->position, ERR_WRONG_OBJECT_TYPE,
				   "window function %s requires an OVER clause", p->shown);
		else if (c->agg_within_group)
			bind_error(b, p->position, ERR_WRONG_OBJECT_TYPE,
				   "window function %s cannot have WITHIN GROUP", p->shown);
		else if (c->agg_distinct)
			bind_error(b, p->position, ERR_FEATURE_NOT_SUPPORTED,
				   "DISTINCT is not implemented for window functions");
		else if (c->agg_star)
			bind_error(b, p->position, ERR_WRONG_OBJECT_TYPE,
				   "%s(*) must be used to call a parameterless aggregate function",
				   p->shown);
		else if (c->n_agg_order > 0)
			bind_error(b, p->position, ERR_FEATURE_NOT_SUPPORTED,
				   "aggregate ORDER BY is not implemented for window functions");
		else if (c->agg_filter != NULL)
			bind_error(b, p->position, ERR_FEATURE_NOT_SUPPORTED,
				   "FILTER is not implemented for non-aggregate window functions");
	} else if (ordered_set && !c->agg_within_group) {
		bind_error(b, p->position, ERR_WRONG_OBJECT_TYPE,
			   "WITHIN GROUP is required for ordered-set aggregate %s", p->shown);
	} else if (!ordered_set && c->agg_within_group) {
		bind_error(b, p->position, ERR_WRONG_OBJECT_TYPE,
			   "%s is not an ordered-set aggregate, so it cannot have WITHIN GROUP",
			   p->shown);
	} else if (ordered_set && c->agg_distinct) {
		bind_error(b, p->position, ERR_WRONG_OBJECT_TYPE,
			   "cannot use DISTINCT with WITHIN GROUP");
	} else if (ordered_set && c->over != NULL) {
		bind_error(b, p->position, ERR_FEATURE_NOT_SUPPORTED,
			   "OVER is not supported for ordered-set aggregate %s", p->shown);
	} else if (nargs == 0 && !c->agg_star) {
		bind_error(b, p->position, ERR_WRONG_OBJECT_TYPE,
			   "%s(*) must be used to call a parameterless aggregate function",
			   p->shown);
	} else if (c->over != NULL && c->agg_distinct) {
		bind_error(b, p->position, ERR_FEATURE_NOT_SUPPORTED,
			   "DISTINCT is not implemented for window functions");
	} else if (c->over != NULL && c->n_agg_order > 0) {
		bind_error(b, p->position, ERR_FEATURE_NOT_SUPPORTED,
			   "aggregate ORDER BY is not implemented for window functions");
	}
	return b->e->code == ERR_OK;
}

/* -- Which query it belongs to ------------------------------------------------- */
struct owner {
	struct scope *inner, *best;
	int best_depth;
};

static int
visit_owner(struct expr *x, void *arg)
{
	struct owner *o = arg;
	int depth = 0;

	if (x->kind != EXPR_VAR)
		return 0;
	for (struct scope *s = o->inner; s != NULL; s = s->outer, depth++)
		if (s->q != NULL && s->q == x->range->query) {
			if (o->best == NULL || depth < o->best_depth) {
				o->best = s;
				o->best_depth = depth;
			}
			break;
		}
	return 0;
}

static struct scope *
owner_of(struct scope *s, int nargs, struct expr **args, struct expr *filter)
{
	struct owner o = { .inner = s };

	for (int i = 0; i < nargs; i++)
		(void) expr_walk(args[i], visit_owner, &o, true);
	(void) expr_walk(filter, visit_owner, &o, true);
	return o.best != NULL ? o.best : s;
}

/* What x of a group of q is to the sub-queries of q. */
struct expr *
group_column(struct binder *b, struct query *q, struct expr *x)
{
	struct range *g = q->grouped;

	if (g == NULL) {
		g = q->grouped = ARENA_NEW(b->arena, struct range);
		*g = (struct range){ .kind = RANGE_GROUP, .alias = "group", .query = q };
	}
	for (int i = 0; i < g->ncols; i++)
		if (g->funcs.at[i] == x)
			return expr_var(b->arena, g, i + 1);
	struct range_column *cols = ARENA_ARRAY(b->arena, struct range_column, g->ncols + 1);
	for (int i = 0; i < g->ncols; i++)
		cols[i] = g->cols[i];
	cols[g->ncols] = (struct range_column){ "value", x->type, x->typmod, x->collation };
	g->cols = cols;
	list_push(&g->funcs, b->arena, x);
	struct expr *v = expr_var(b->arena, g, ++g->ncols);
	v->position = x->position;
	return v;
}

/* -- Where it may stand -------------------------------------------------------- */
static bool
agg_allowed(struct binder *b, struct scope *s, int position)
{
	static const struct {
		enum place p;
		const char *text;
	} special[] = {
		{ PLACE_JOIN_ON, "aggregate functions are not allowed in JOIN conditions" },
		{ PLACE_JOIN_USING, "aggregate functions are not allowed in JOIN conditions" },
		{ PLACE_FROM_SUBSELECT,
		  "aggregate functions are not allowed in FROM clause of their own query level" },
		{ PLACE_FROM_FUNCTION, "aggregate functions are not allowed in functions in FROM" },
		{ PLACE_WINDOW_RANGE, "aggregate functions are not allowed in window RANGE" },
		{ PLACE_WINDOW_ROWS, "aggregate functions are not allowed in window ROWS" },
		{ PLACE_WINDOW_GROUPS, "aggregate functions are not allowed in window GROUPS" },
		{ PLACE_CHECK, "aggregate functions are not allowed in check constraints" },
		{ PLACE_DOMAIN_CHECK, "aggregate functions are not allowed in check constraints" },
		{ PLACE_DEFAULT, "aggregate functions are not allowed in DEFAULT expressions" },
		{ PLACE_INDEX_EXPR, "aggregate functions are not allowed in index expressions" },
		{ PLACE_INDEX_WHERE, "aggregate functions are not allowed in index predicates" },
		{ PLACE_PARTITION_KEY,
		  "aggregate functions are not allowed in partition key expressions" },
		{ PLACE_PARTITION_BOUND, "aggregate functions are not allowed in partition bound" },
		{ PLACE_ALTER_USING,
		  "aggregate functions are not allowed in transform expressions" },
		{ PLACE_EXECUTE, "aggregate functions are not allowed in EXECUTE parameters" },
		{ PLACE_GENERATED,
		  "aggregate functions are not allowed in column generation expressions" },
		{ PLACE_CALL, "aggregate functions are not allowed in CALL arguments" },
		{ PLACE_COPY_WHERE,
		  "aggregate functions are not allowed in COPY FROM WHERE conditions" },
		{ PLACE_POLICY, "aggregate functions are not allowed in policy expressions" },
		{ PLACE_MERGE_WHEN,
		  "aggregate functions are not allowed in MERGE WHEN conditions" },
	};

	switch (s->place) {
	case PLACE_OTHER:
	case PLACE_SELECT:
	case PLACE_HAVING:
	case PLACE_ORDER_BY:
	case PLACE_DISTINCT_ON:
	case PLACE_WINDOW_PARTITION:
	case PLACE_WINDOW_ORDER:
		return true;
	default:
		break;
	}
	for (unsigned i = 0; i < ARRAY_LEN(special); i++)
		if (special[i].p == s->place) {
			bind_error(b, position, ERR_GROUPING_ERROR, "%s", special[i].text);
			return false;
		}
	bind_error(b, position, ERR_GROUPING_ERROR, "aggregate functions are not allowed in %s",
		   place_name(s->place));
	return false;
}

static bool
window_allowed(struct binder *b, struct scope *s, int position)
{
	static const struct {
		enum place p;
		const char *text;
	} special[] = {
		{ PLACE_JOIN_ON, "window functions are not allowed in JOIN conditions" },
		{ PLACE_JOIN_USING, "window functions are not allowed in JOIN conditions" },
		{ PLACE_FROM_FUNCTION, "window functions are not allowed in functions in FROM" },
		{ PLACE_WINDOW_PARTITION,
		  "window functions are not allowed in window definitions" },
		{ PLACE_WINDOW_ORDER, "window functions are not allowed in window definitions" },
		{ PLACE_WINDOW_RANGE, "window functions are not allowed in window definitions" },
		{ PLACE_WINDOW_ROWS, "window functions are not allowed in window definitions" },
		{ PLACE_WINDOW_GROUPS, "window functions are not allowed in window definitions" },
		{ PLACE_CHECK, "window functions are not allowed in check constraints" },
		{ PLACE_DEFAULT, "window functions are not allowed in DEFAULT expressions" },
		{ PLACE_INDEX_EXPR, "window functions are not allowed in index expressions" },
		{ PLACE_INDEX_WHERE, "window functions are not allowed in index predicates" },
		{ PLACE_PARTITION_KEY,
		  "window functions are not allowed in partition key expressions" },
		{ PLACE_PARTITION_BOUND, "window functions are not allowed in partition bound" },
		{ PLACE_ALTER_USING, "window functions are not allowed in transform expressions" },
		{ PLACE_EXECUTE, "window functions are not allowed in EXECUTE parameters" },
		{ PLACE_GENERATED,
		  "window functions are not allowed in column generation expressions" },
		{ PLACE_CALL, "window functions are not allowed in CALL arguments" },
		{ PLACE_POLICY, "window functions are not allowed in policy expressions" },
	};

	switch (s->place) {
	case PLACE_OTHER:
	case PLACE_SELECT:
	case PLACE_ORDER_BY:
	case PLACE_DISTINCT_ON:
		return true;
	default:
		break;
	}
	for (unsigned i = 0; i < ARRAY_LEN(special); i++)
		if (special[i].p == s->place) {
			bind_error(b, position, ERR_WINDOWING_ERROR, "%s", special[i].text);
			return false;
		}
	bind_error(b, position, ERR_WINDOWING_ERROR, "window functions are not allowed in %s",
		   place_name(s->place));
	return false;
}

/* Without the casts that nobody has written. */
static const struct expr *
as_written(const struct expr *x)
{
	while ((x->kind == EXPR_RELABEL || x->kind == EXPR_CAST_IO || x->kind == EXPR_FUNC) && x->cast_form == 'i' &&
	       x->nargs > 0)
		x = x->args[0];
	return x;
}

/* -- Making it ----------------------------------------------------------------- */
static bool
check_distinct(struct binder *b, int nargs, struct expr **args, const struct list *order,
	       int position)
{
	if (nargs == 0) {
		bind_error(b, position, ERR_SYNTAX_ERROR,
			   "DISTINCT requires at least one argument");
		return false;
	}
	for (int i = 0; i < nargs; i++) {
		if (check_hashable_or_sortable(b, args[i]->type, args[i]->position) != ERR_OK)
			return false;
		if (check_sortable(b, args[i], args[i]->position) != ERR_OK)
			return false;
	}
	for (int k = 0; k < order->n; k++) {
		struct sort_key *by = LIST_AT(struct sort_key, order, k);
		struct expr *key = by->expr;
		if (is_collation_key(key)) {
			bind_unsupported(b, key->position, "DISTINCT in an aggregate ordered by a collation of ICU",
					 "Remove duplicates in a sub-query.");
			return false;
		}
		bool found = false;

		for (int i = 0; i < nargs; i++)
			if (expr_equal(key, as_written(args[i]))) {
				by->expr = args[i];
				found = true;
			}
		if (!found) {
			bind_error(b, key->position, ERR_INVALID_COLUMN_REFERENCE,
				   "in an aggregate with DISTINCT, ORDER BY expressions must "
				   "appear in argument list");
			return false;
		}
	}
	return true;
}

/* rank(direct) WITHIN GROUP (ORDER BY x): as many of one as of the other, of common types. */
bool
unify_hypothetical(struct binder *b, const struct func *f, int nargs, struct expr **args,
		   const struct agg_parts *p)
{
	const int n = p->ndirect;

	if (f->kind != FUNC_AGGREGATE || f->variadic != OID_ANY || !f->agg->ordered_set)
		return true;
	if (nargs != 2 * n) {
		struct strbuf s;
		strbuf_init(&s, b->arena);
		for (int i = 0; i < nargs; i++)
			strbuf_printf(&s, "%s%s", i > 0 ? ", " : "", type_show(b, args[i]->type));
		bind_error(b, p->position, ERR_UNDEFINED_FUNCTION, "function %s(%s) does not exist",
			   f->name, s.data != NULL ? s.data : "");
		err_hint(b->e,
			 "To use the hypothetical-set aggregate %s, the number of hypothetical direct "
			 "arguments (here %d) must match the number of ordering columns (here %d).",
			 f->name, n, nargs - n);
		return false;
	}
	for (int i = 0; i < n; i++) {
		/* The aggregated argument decides where the types are equally good. */
		struct expr *pair[2] = { args[n + i], args[i] };
		const struct type *t = common_type(b, 2, pair, "WITHIN GROUP", NULL);
		if (t == NULL)
			return false;
		args[i] = coerce_common(b, args[i], t, "WITHIN GROUP");
		args[n + i] = coerce_common(b, args[n + i], t, "WITHIN GROUP");
		if (args[i] == NULL || args[n + i] == NULL)
			return false;
	}
	return true;
}

/* WITHIN GROUP: the ordered arguments, as converted, are the sort keys. */
static bool
split_ordered_set(struct binder *b, struct expr *x, const struct agg_parts *p)
{
	const PgQuery__FuncCall *f = p->f;
	int ndirect = p->ndirect;

	for (int i = 0; i < ndirect; i++)
		list_push(&x->agg_direct, b->arena, x->args[i]);
	x->args += ndirect;
	x->nargs -= ndirect;
	for (int i = 0; i < x->nargs && i < (int) f->n_agg_order; i++) {
		struct sort_key *k = make_sort_key(b, x->args[i], f->agg_order[i]->sort_by);

		if (k == NULL)
			return false;
		list_push(&x->agg_order, b->arena, k);
	}
	return true;
}

static struct expr *
make_window_call(struct binder *b, struct scope *s, struct expr *x, const struct agg_parts *p)
{
	if (s->in_window)
		return bind_fail(b, p->position, ERR_WINDOWING_ERROR,
				 "window function calls cannot be nested");
	if (s->in_agg && s->place != PLACE_FILTER)
		return bind_fail(b, p->position, ERR_GROUPING_ERROR,
				 "aggregate function calls cannot contain window function calls");
	if (!window_allowed(b, s, p->position))
		return NULL;
	x->kind = EXPR_WINDOW;
	x->filter = p->filter;
	x->window = bind_window(b, s, p->f->over);
	if (x->window == NULL)
		return NULL;
	if (s->q != NULL)
		s->q->has_windows = true;
	return x;
}

struct expr *
make_agg(struct binder *b, struct scope *s, const struct func *f, const struct type *ret, int nargs,
	 struct expr **args, bool variadic, const struct agg_parts *p)
{
	struct expr *x = expr_func(b->arena, f, ret, nargs, args);

	x->position = p->position;
	x->variadic = variadic;
	x->agg_star = p->f->agg_star;
	if (ret->collatable) {
		x->collation = common_collation(nargs, args);
		if (x->collation == 0)
			x->collation = type_default_collation(ret);
	}
	if (p->f->over != NULL)
		return make_window_call(b, s, x, p);

	struct scope *owner = owner_of(s, nargs, args, p->filter);
	if (owner->in_agg && owner->place != PLACE_FILTER)
		return bind_fail(b, p->position, ERR_GROUPING_ERROR,
				 "aggregate function calls cannot be nested");
	if (!agg_allowed(b, owner, p->position))
		return NULL;
	x->kind = EXPR_AGG;
	x->filter = p->filter;
	x->agg_distinct = p->f->agg_distinct;
	x->agg_order = p->order;
	if (p->f->agg_distinct && !check_distinct(b, nargs, args, &p->order, p->position))
		return NULL;
	if (p->f->agg_within_group && !split_ordered_set(b, x, p))
		return NULL;
	if (owner->q != NULL)
		owner->q->has_aggs = true;
	return owner == s ? x : group_column(b, owner->q, x);
}
