/* insert.c - INSERT: target columns, rows or query, defaults, RETURNING.
 *
 * Rows of VALUES are converted to the columns' types where they stand; the columns of a query
 * are converted in the assignments.
 *
 * Not here: ON CONFLICT (conflict.c). */
#include "config.h"
#include "translate/bind.h"

#include <string.h>

struct insert {
	struct binder *b;
	struct scope *s;
	struct query *q;
	const struct relation *rel;
	struct write_target target;
	PgQuery__OverridingKind override;
	int ncols; /* target columns */
	const struct column **cols;
	int *positions;
	const PgQuery__ResTarget **parts; /* NULL: the whole column is given */
	struct column *shapes;            /* what is given: the columns or their parts */
	bool listed; /* the user named them */
};

/* -- Targets ------------------------------------------------------------------- */
static bool
writable(struct binder *b, const struct relation *rel, int position)
{
	switch (rel->kind) {
	case REL_TABLE:
		if (relation_sysrel(rel) == NULL)
			return true;
		bind_error(b, position, ERR_INSUFFICIENT_PRIVILEGE,
			   "permission denied: \"%s\" is a system catalog", rel->o.name);
		return false;
	case REL_SEQUENCE:
		bind_error(b, 0, ERR_WRONG_OBJECT_TYPE, "cannot change sequence \"%s\"",
			   rel->o.name);
		return false;
	case REL_MATVIEW:
		bind_error(b, 0, ERR_WRONG_OBJECT_TYPE,
			   "cannot change materialized view \"%s\"", rel->o.name);
		return false;
	case REL_VIEW:
		return relation_sysrel(rel) == NULL;
	default:
		bind_error(b, position, ERR_WRONG_OBJECT_TYPE, "cannot open relation \"%s\"",
			   rel->o.name);
		err_detail(b->e, "This operation is not supported for %s.",
			   rel->kind == REL_INDEX ? "indexes" : "composite types");
		return false;
	}
}

/* The table a statement writes.  For INSERT it is not among the query's ranges. */
struct range *
bind_target_range(struct binder *b, struct scope *s, const PgQuery__RangeVar *rv,
		  struct write_target *to)
{
	const struct relation *rel = bind_relation(b, rv);

	if (rel == NULL || !writable(b, rel, at(b, rv->location)))
		return NULL;
	const char *alias = rv->alias != NULL ? rv->alias->aliasname : rel->o.name;
	bool insert = s->q->kind == QUERY_INSERT;
	struct range *r;
	if (rel->kind == REL_VIEW) {
		r = bind_view_target(b, s, rel, alias, &to->item);
		if (r == NULL)
			return NULL;
		to->view = rel;
	} else {
		r = range_table(b->arena, insert ? NULL : s->q, rel, alias);
		to->item = ARENA_NEW(b->arena, struct nsitem);
		*to->item = (struct nsitem){ .name = alias,
					     .range = r,
					     .rel_visible = true,
					     .cols_visible = true,
					     .lateral_ok = true };
	}
	to->rel = r->rel;
	r->only = !rv->inh && !insert;
	r->query = s->q;
	r->position = at(b, rv->location);
	return r;
}

static void
add_target(struct insert *in, const struct column *c)
{
	in->shapes[in->ncols] = *c;
	in->cols[in->ncols++] = c;
}

static int
assigned_twice(struct binder *b, const struct column *c)
{
	return bind_error(b, 0, ERR_SYNTAX_ERROR, "multiple assignments to same column \"%s\"", c->name);
}

static int
target_columns(struct insert *in, size_t n, PgQuery__Node *const *names)
{
	struct binder *b = in->b;

	const int most = n > 0                     ? (int) n
			 : in->target.view != NULL ? in->target.item->ncols
						   : in->rel->ncols;

	in->cols = ARENA_ARRAY(b->arena, const struct column *, most + 1);
	in->positions = ARENA_ARRAY(b->arena, int, most + 1);
	in->parts = ARENA_ARRAY(b->arena, const PgQuery__ResTarget *, most + 1);
	in->shapes = ARENA_ARRAY(b->arena, struct column, most + 1);
	in->listed = n > 0;
	if (n == 0 && in->target.view != NULL) {
		in->ncols = most; /* which: when it is known how many are given */
		return ERR_OK;
	}
	if (n == 0) {
		for (int i = 0; i < in->rel->ncols; i++)
			if (!in->rel->cols[i].dropped)
				add_target(in, &in->rel->cols[i]);
		return ERR_OK;
	}
	for (size_t i = 0; i < n; i++) {
		const PgQuery__ResTarget *t = names[i]->res_target;
		int pos = at(b, t->location);
		const struct column *c = target_column(b, &in->target, t->name, pos, "insert into");

		if (c == NULL)
			return b->e->code;
		for (int k = 0; k < in->ncols; k++) {
			if (in->cols[k] != c || (in->parts[k] != NULL && t->n_indirection > 0))
				continue;
			if (strcmp(names[k]->res_target->name, t->name) != 0) /* a view's two names */
				return assigned_twice(b, c);
			return bind_error(b, pos, ERR_DUPLICATE_COLUMN,
					  "column \"%s\" specified more than once", t->name);
		}
		in->positions[in->ncols] = pos;
		add_target(in, c);
		if (t->n_indirection == 0)
			continue;
		in->parts[in->ncols - 1] = t;
		if (assign_part_column(b, in->s, t, c, &in->shapes[in->ncols - 1]) != ERR_OK)
			return b->e->code;
	}
	return ERR_OK;
}

/* -- Values -------------------------------------------------------------------- */
/* May this column be given a value of its own?  False without error: the value is ignored. */
static bool
takes_value(struct insert *in, const struct column *c)
{
	bool user = in->override == PG_QUERY__OVERRIDING_KIND__OVERRIDING_USER_VALUE;

	if (c->generated == 0 &&
	    (c->identity == 0 || (c->identity == 'd' && !user) ||
	     in->override == PG_QUERY__OVERRIDING_KIND__OVERRIDING_SYSTEM_VALUE))
		return true;
	if (c->generated == 0 && user)
		return false;
	bind_error(in->b, 0, ERR_GENERATED_ALWAYS,
		   "cannot insert a non-DEFAULT value into column \"%s\"", c->name);
	if (c->generated != 0) {
		err_detail(in->b->e, "Column \"%s\" is a generated column.", c->name);
	} else {
		err_detail(in->b->e,
			   "Column \"%s\" is an identity column defined as GENERATED ALWAYS.",
			   c->name);
		err_hint(in->b->e, "Use OVERRIDING SYSTEM VALUE to override.");
	}
	return false;
}

/* The default of the view's column that shows c; NULL with no error: it has none. */
static struct expr *
view_default(struct insert *in, const struct column *c)
{
	const struct relation *view = in->target.view;

	for (int i = 0, k = 0; i < view->ncols && k < in->target.item->ncols; i++) {
		const struct column *v = &view->cols[i];
		if (v->dropped)
			continue;
		const struct expr *x = in->target.item->exprs[k++];
		if (v->default_sql != NULL && x->kind == EXPR_VAR && x->col == c->attnum &&
		    x->range->rel == in->rel)
			return rule_expr(in->b, v->default_sql, NULL, c->type, c->typmod, PLACE_DEFAULT);
	}
	return NULL;
}

static struct expr *
default_of(struct insert *in, const struct column *c)
{
	struct expr *x = in->target.view != NULL && c->generated == 0 && c->identity == 0
				 ? view_default(in, c)
				 : NULL;

	if (x == NULL && in->b->e->code == ERR_OK)
		x = in->q->rules->defaults[c->attnum - 1];
	return x != NULL ? x : expr_null(in->b->arena, c->type);
}

/* The targets are the view's first columns. */
static int
first_view_columns(struct insert *in)
{
	struct binder *b = in->b;
	const int n = in->ncols;

	in->ncols = 0;
	for (int i = 0; i < n; i++) {
		const struct column *c =
			target_column(b, &in->target, in->target.item->names[i], 0, "insert into");
		if (c == NULL)
			return b->e->code;
		for (int k = 0; k < in->ncols; k++)
			if (in->cols[k] == c)
				return assigned_twice(b, c);
		add_target(in, c);
	}
	return ERR_OK;
}

/* Count the source's columns against the targets. */
static int
check_width(struct insert *in, int n, int extra_position)
{
	struct binder *b = in->b;

	if (n > in->ncols)
		return bind_error(b, extra_position, ERR_SYNTAX_ERROR,
				  "INSERT has more expressions than target columns");
	if (n < in->ncols && in->listed) {
		bind_error(b, in->positions[n], ERR_SYNTAX_ERROR,
			   "INSERT has more target columns than expressions");
		return b->e->code;
	}
	if (n < in->ncols)
		in->ncols = n;
	return !in->listed && in->target.view != NULL ? first_view_columns(in) : ERR_OK;
}

/* x as target column i takes it. */
static struct expr *
target_coerce(struct insert *in, struct expr *x, int i, int position)
{
	return in->parts[i] != NULL
		       ? assign_part_coerce(in->b, in->parts[i], &in->shapes[i], x)
		       : assign_coerce(in->b, x, in->cols[i], position);
}

static struct expr *
no_part_default(struct insert *in, int i)
{
	const PgQuery__ResTarget *t = in->parts[i];

	return bind_fail(in->b, in->positions[i], ERR_FEATURE_NOT_SUPPORTED,
			 t->indirection[0]->node_case == PG_QUERY__NODE__NODE_A_INDICES
				 ? "cannot set an array element to DEFAULT"
				 : "cannot set a subfield to DEFAULT");
}

static struct expr *
value_of(struct insert *in, Node *n, int i)
{
	struct binder *b = in->b;

	if (n->node_case == PG_QUERY__NODE__NODE_SET_TO_DEFAULT)
		return in->parts[i] != NULL ? no_part_default(in, i) : default_of(in, in->cols[i]);
	struct expr *x = bind_expr(b, in->s, n);
	if (x == NULL)
		return NULL;
	bool takes = takes_value(in, in->cols[i]);
	if (b->e->code != ERR_OK)
		return NULL;
	return takes ? target_coerce(in, x, i, 0) : default_of(in, in->cols[i]);
}

static int
bind_row(struct insert *in, size_t n, PgQuery__Node *const *items, struct list *to)
{
	for (size_t i = 0; i < n; i++) {
		struct expr *x = value_of(in, items[i], (int) i);

		if (x == NULL)
			return in->b->e->code;
		list_push(to, in->b->arena, x);
	}
	return ERR_OK;
}

static void
source_columns(struct insert *in, struct range *r)
{
	r->ncols = in->ncols;
	r->cols = ARENA_ARRAY(in->b->arena, struct range_column, in->ncols);
	for (int i = 0; i < in->ncols; i++)
		r->cols[i] = (struct range_column){ in->cols[i]->name, in->shapes[i].type,
						    in->shapes[i].typmod, in->shapes[i].collation };
}

/* INSERT ... VALUES (generate_series(1, 3)): one row that is many, so a query. */
static struct range *
rows_as_query(struct insert *in, struct range *values)
{
	struct binder *b = in->b;
	struct query *sub = query_new(b->arena, QUERY_SELECT, in->q);
	struct list *row = LIST_AT(struct list, &values->rows, 0);

	for (int i = 0; i < row->n; i++)
		query_add_target(b->arena, sub, row->at[i], in->cols[i]->name);
	sub->has_srfs = true;
	sub->has_sublinks = in->q->has_sublinks;
	in->q->has_srfs = false;
	in->q->ranges.n--;
	return range_of_query(b, in->q, sub, "*SELECT*");
}

static struct range *
bind_rows(struct insert *in, const PgQuery__SelectStmt *values)
{
	struct binder *b = in->b;
	size_t nrows = values->n_values_lists;
	struct range *r = range_new(b->arena, in->q, RANGE_VALUES, "*VALUES*", 0);

	in->s->place = nrows == 1 ? PLACE_VALUES_SINGLE : PLACE_VALUES;
	for (size_t i = 0; i < nrows; i++) {
		const PgQuery__List *row = values->values_lists[i]->list;
		struct list *to = ARENA_NEW(b->arena, struct list);
		int n = (int) row->n_items;

		if (i == 0 &&
		    check_width(in, n,
				n > in->ncols ? at(b, node_location(row->items[in->ncols])) : 0) !=
			    ERR_OK)
			return NULL;
		if (n < in->ncols && bind_row(in, row->n_items, row->items, to) != ERR_OK)
			return NULL;
		if (n != in->ncols)
			return bind_fail(b, n > 0 ? at(b, node_location(row->items[0])) : 0,
					 ERR_SYNTAX_ERROR,
					 "VALUES lists must all be the same length");
		if (bind_row(in, row->n_items, row->items, to) != ERR_OK)
			return NULL;
		list_push(&r->rows, b->arena, to);
	}
	in->s->place = PLACE_OTHER;
	source_columns(in, r);
	if (in->q->has_srfs)
		r = rows_as_query(in, r);
	return r;
}

static bool
is_literal(const struct expr *x)
{
	return (x->kind == EXPR_CONST || x->kind == EXPR_PARAM) && x->type->oid == OID_UNKNOWN;
}

static struct range *
bind_source_query(struct insert *in, Node *n)
{
	struct binder *b = in->b;
	struct query *sub = bind_query(b, in->s, n, false);

	if (sub == NULL)
		return NULL;
	int width = query_visible_targets(sub);
	struct target *extra = width > in->ncols ? query_column(sub, in->ncols) : NULL;
	if (check_width(in, width, extra != NULL ? extra->expr->position : 0) != ERR_OK)
		return NULL;
	for (int i = 0; i < width; i++) { /* literals take the column's type where they stand */
		struct target *t = query_column(sub, i);

		if (!is_literal(t->expr) || sub->setop != SETOP_NONE)
			continue;
		t->expr = target_coerce(in, t->expr, i, 0);
		if (t->expr == NULL)
			return NULL;
	}
	resolve_targets(b, sub);
	if (b->e->code != ERR_OK)
		return NULL;
	return range_of_query(b, in->q, sub, "*SELECT*");
}

static bool
is_plain_values(const PgQuery__SelectStmt *st)
{
	return st->n_values_lists > 0 && st->n_sort_clause == 0 && st->limit_offset == NULL &&
	       st->limit_count == NULL && st->n_locking_clause == 0 && st->with_clause == NULL;
}

static struct range *
bind_source(struct insert *in, Node *n)
{
	if (n == NULL) { /* DEFAULT VALUES: one row without columns */
		struct range *r = range_new(in->b->arena, in->q, RANGE_VALUES, "*VALUES*", 0);

		list_push(&r->rows, in->b->arena, ARENA_NEW(in->b->arena, struct list));
		in->ncols = 0;
		return r;
	}
	if (n->node_case == PG_QUERY__NODE__NODE_SELECT_STMT && is_plain_values(n->select_stmt))
		return bind_rows(in, n->select_stmt);
	return bind_source_query(in, n);
}

/* What target i is given: its item of the only row, or a column of the source. */
static struct expr *
given_value(struct insert *in, const struct list *row, int i)
{
	struct binder *b = in->b;

	if (row != NULL)
		return row->at[i];
	struct expr *x = expr_var(b->arena, in->q->source, i + 1);
	if (in->q->source->kind != RANGE_SUBQUERY)
		return x;
	bool takes = takes_value(in, in->cols[i]);
	if (b->e->code != ERR_OK)
		return NULL;
	x->position = query_column(in->q->source->sub, i)->expr->position;
	return takes ? target_coerce(in, x, i, in->positions[i]) : default_of(in, in->cols[i]);
}

/* The column's value: what it is given whole, or in parts that add up; NULL with no error: none. */
static struct expr *
column_value(struct insert *in, const struct list *row, const struct column *c)
{
	struct binder *b = in->b;
	struct expr *whole = NULL;

	for (int i = 0; i < in->ncols; i++) {
		if (in->cols[i] != c)
			continue;
		struct expr *x = given_value(in, row, i);
		if (x == NULL || in->parts[i] == NULL)
			return x;
		whole = assign_part(b, in->s, in->parts[i], c,
				    whole != NULL ? whole : expr_null(b->arena, c->type), x);
		if (whole == NULL)
			return NULL;
	}
	return whole;
}

/* Every live column that is not generated gets a value. */
static int
assign_columns(struct insert *in, const struct list *row, struct list *to)
{
	struct binder *b = in->b;

	for (int i = 0; i < in->rel->ncols; i++) {
		const struct column *c = &in->rel->cols[i];

		if (c->dropped)
			continue;
		struct expr *x = column_value(in, row, c);
		if (b->e->code != ERR_OK)
			return b->e->code;
		if (c->generated != 0)
			continue;
		struct assignment *a = ARENA_NEW(b->arena, struct assignment);
		a->attnum = c->attnum;
		a->is_default = x == NULL;
		a->expr = x != NULL ? x : default_of(in, c);
		list_push(to, b->arena, a);
	}
	return ERR_OK;
}

/* INSERT of a MERGE: one row over what the scope shows. */
int
bind_merge_insert(struct binder *b, struct scope *s, const struct write_target *t,
		  const PgQuery__MergeWhenClause *w, struct list *ret)
{
	struct insert in = { .b = b, .s = s, .q = s->q, .rel = t->rel, .target = *t };
	struct list row = { 0 };
	int n = (int) w->n_values;

	in.override = w->override;
	if (target_columns(&in, w->n_target_list, w->target_list) != ERR_OK)
		return b->e->code;
	if (n == 0)
		in.ncols = 0; /* DEFAULT VALUES */
	else if (check_width(&in, n,
			     n > in.ncols ? at(b, node_location(w->values[in.ncols])) : 0) != ERR_OK)
		return b->e->code;
	s->place = PLACE_VALUES_SINGLE;
	if (bind_row(&in, w->n_values, w->values, &row) != ERR_OK)
		return b->e->code;
	return assign_columns(&in, &row, ret);
}

/* -- RETURNING ----------------------------------------------------------------- */
int
bind_returning(struct binder *b, struct scope *s, size_t n, PgQuery__Node *const *list)
{
	if (n == 0)
		return ERR_OK;
	s->q->returning = true;
	int rc = bind_targets(b, s, n, list, PLACE_RETURNING);
	if (rc == ERR_OK)
		resolve_targets(b, s->q);
	if (b->e->code == ERR_OK && s->q->has_srfs)
		return bind_error(b, 0, ERR_FEATURE_NOT_SUPPORTED,
				  "set-returning functions are not allowed in %s", "RETURNING");
	if (b->e->code == ERR_OK && s->q->targets.n > TARGETS_MAX)
		return bind_error(b, 0, ERR_TOO_MANY_COLUMNS, "number of columns (%d) exceeds limit (%d)",
				  s->q->targets.n, TARGETS_MAX);
	return b->e->code;
}

struct query *
bind_insert(struct binder *b, struct scope *outer, const PgQuery__InsertStmt *st)
{
	struct scope s, returning;
	struct query *q = query_new(b->arena, QUERY_INSERT, outer != NULL ? outer->q : NULL);
	struct insert in = { .b = b, .s = &s, .q = q, .override = st->override };

	scope_init(&s, outer, q);
	if (st->with_clause != NULL && bind_with(b, &s, st->with_clause) != ERR_OK)
		return NULL;
	q->target = bind_target_range(b, &s, st->relation, &in.target);
	if (q->target == NULL)
		return NULL;
	in.rel = q->target->rel;
	if (target_columns(&in, st->n_cols, st->cols) != ERR_OK)
		return NULL;
	q->rules = rules_of(b, in.rel);
	if (q->rules == NULL)
		return NULL;
	q->source = bind_source(&in, st->select_stmt);
	if (q->source == NULL || assign_columns(&in, NULL, &q->assignments) != ERR_OK)
		return NULL;
	list_push(&q->from, b->arena, from_range(b->arena, q->source));
	if (st->on_conflict_clause != NULL &&
	    bind_on_conflict(b, &s, &in.target, st->on_conflict_clause) != ERR_OK)
		return NULL;
	scope_init(&returning, outer, q);
	returning.ctes = s.ctes;
	scope_push(b, &returning, in.target.item);
	return bind_returning(b, &returning, st->n_returning_list, st->returning_list) == ERR_OK
		       ? q
		       : NULL;
}
