/* search_cycle.c - WITH RECURSIVE ... SEARCH and CYCLE.
 *
 * Both add columns to the recursive query: the way to a row as an array of rows (depth first),
 * its level and itself as one row (breadth first); whether the row was met before on its way,
 * and that way.  The first term gets their first values, the recursive one carries them on from
 * the row it reads, and stops at rows that were met before.
 *
 * While the recursive term is bound the columns are there by name, but `*` leaves them out. */
#include "config.h"
#include "translate/bind.h"

#include <string.h>

struct search_cycle {
	struct binder *b;
	const PgQuery__CTESearchClause *search;
	const PgQuery__CTECycleClause *cycle;
	struct cte *cte;
	struct expr *mark, *unmarked; /* the two values of the mark column */
};

/* -- Rows and arrays of them --------------------------------------------------- */
static int
column_number(const struct search_cycle *c, const char *name)
{
	for (int i = 0; i < c->cte->ncols - c->cte->hidden; i++)
		if (strcmp(c->cte->cols[i].name, name) == 0)
			return i;
	return -1;
}

/* ROW(first, columns...) of a side's own columns; first may be NULL. */
static struct expr *
row_of(struct search_cycle *c, struct query *side, size_t n, PgQuery__Node *const *names,
       struct expr *first)
{
	struct expr *x = expr_new(c->b->arena, EXPR_ROW, type_builtin(OID_RECORD),
				  (int) n + (first != NULL));
	int k = 0;

	if (first != NULL)
		x->args[k++] = first;
	for (size_t i = 0; i < n; i++)
		x->args[k++] = query_column(side, column_number(c, node_str(names[i])))->expr;
	return x;
}

static struct expr *
array_of(struct binder *b, struct expr *row)
{
	struct expr *x = expr_new(b->arena, EXPR_ARRAY, type_builtin(OID_RECORD_ARRAY), 1);

	x->args[0] = row;
	return x;
}

static struct expr *
longer(struct binder *b, struct expr *path, struct expr *row)
{
	struct expr **args = ARENA_ARRAY(b->arena, struct expr *, 2);

	args[0] = path;
	args[1] = array_of(b, row);
	return make_call(b, "array_cat", 2, args, 0);
}

/* -- What the clauses may say -------------------------------------------------- */
static int
check_columns(struct search_cycle *c, const char *what, size_t n, PgQuery__Node *const *names,
	      int location)
{
	struct binder *b = c->b;

	for (size_t i = 0; i < n; i++) {
		if (column_number(c, node_str(names[i])) < 0)
			return bind_error(b, at(b, location), ERR_SYNTAX_ERROR,
					  "%s column \"%s\" not in WITH query column list", what,
					  node_str(names[i]));
		for (size_t k = 0; k < i; k++)
			if (strcmp(node_str(names[i]), node_str(names[k])) == 0)
				return bind_error(b, at(b, location), ERR_DUPLICATE_COLUMN,
						  "%s column \"%s\" specified more than once", what,
						  node_str(names[i]));
	}
	return ERR_OK;
}

static int
check_new_name(struct search_cycle *c, const char *what, const char *name, int location)
{
	if (column_number(c, name) < 0)
		return ERR_OK;
	return bind_error(c->b, at(c->b, location), ERR_SYNTAX_ERROR,
			  "%s column name \"%s\" already used in WITH query column list", what,
			  name);
}

static int
check_differ(struct search_cycle *c, const char *a, const char *what_a, const char *d,
	     const char *what_d, int location)
{
	if (strcmp(a, d) != 0)
		return ERR_OK;
	return bind_error(c->b, at(c->b, location), ERR_SYNTAX_ERROR,
			  "%s column name and %s column name are the same", what_a, what_d);
}

static int
check_search(struct search_cycle *c)
{
	const PgQuery__CTESearchClause *s = c->search;
	return check_columns(c, "search", s->n_search_col_list, s->search_col_list, s->location);
}

static int
check_cycle(struct search_cycle *c)
{
	const PgQuery__CTECycleClause *y = c->cycle;
	int rc = check_columns(c, "cycle", y->n_cycle_col_list, y->cycle_col_list, y->location);

	if (rc == ERR_OK)
		rc = check_differ(c, y->cycle_mark_column, "cycle mark", y->cycle_path_column,
				  "cycle path", y->location);
	if (rc == ERR_OK && c->search != NULL)
		rc = check_differ(c, c->search->search_seq_column, "search sequence",
				  y->cycle_mark_column, "cycle mark", c->search->location);
	if (rc == ERR_OK && c->search != NULL)
		rc = check_differ(c, c->search->search_seq_column, "search sequence",
				  y->cycle_path_column, "cycle path", c->search->location);
	return rc;
}

/* The names of the new columns: only after the recursive term, where one that is not new makes
 * references ambiguous. */
static int
check_names(struct search_cycle *c)
{
	int rc = ERR_OK;

	if (c->search != NULL)
		rc = check_new_name(c, "search sequence", c->search->search_seq_column,
				    c->search->location);
	if (rc == ERR_OK && c->cycle != NULL)
		rc = check_new_name(c, "cycle mark", c->cycle->cycle_mark_column,
				    c->cycle->location);
	if (rc == ERR_OK && c->cycle != NULL)
		rc = check_new_name(c, "cycle path", c->cycle->cycle_path_column,
				    c->cycle->location);
	return rc;
}

static int
bind_marks(struct search_cycle *c, struct scope *s)
{
	struct binder *b = c->b;
	struct expr *x[2];

	x[0] = bind_expr_at(b, s, c->cycle->cycle_mark_value, PLACE_OTHER);
	x[1] = x[0] != NULL ? bind_expr_at(b, s, c->cycle->cycle_mark_default, PLACE_OTHER) : NULL;
	const struct type *t = x[1] != NULL ? common_type(b, 2, x, "CYCLE", NULL) : NULL;
	if (t == NULL)
		return b->e->code;
	for (int i = 0; i < 2; i++) {
		x[i] = coerce_common(b, x[i], t, "CYCLE/SET/TO");
		if (x[i] == NULL)
			return b->e->code;
	}
	c->mark = x[0];
	c->unmarked = x[1];
	if (!type_has_equality(base_type(t, NULL)))
		return bind_error(b, 0, ERR_UNDEFINED_FUNCTION,
				  "could not identify an equality operator for type %s",
				  type_show(b, t));
	return ERR_OK;
}

/* -- The first term ------------------------------------------------------------ */
static void
first_values(struct search_cycle *c, struct query *q)
{
	const PgQuery__CTESearchClause *s = c->search;
	const PgQuery__CTECycleClause *y = c->cycle;
	struct arena *a = c->b->arena;

	if (s != NULL) {
		struct expr *level = expr_const(a, type_builtin(OID_INT8), datum_int(0));
		struct expr *row = row_of(c, q, s->n_search_col_list, s->search_col_list,
					  s->search_breadth_first ? level : NULL);

		query_add_target(a, q, s->search_breadth_first ? row : array_of(c->b, row),
				 s->search_seq_column);
	}
	if (y != NULL) {
		struct expr *row = row_of(c, q, y->n_cycle_col_list, y->cycle_col_list, NULL);

		query_add_target(a, q, c->unmarked, y->cycle_mark_column);
		query_add_target(a, q, array_of(c->b, row), y->cycle_path_column);
	}
}

int
search_cycle_first(struct binder *b, struct scope *s, const PgQuery__CommonTableExpr *ast,
		   struct cte *cte, struct query **first)
{
	struct search_cycle c = { b, ast->search_clause, ast->cycle_clause, cte, NULL, NULL };
	int rc = ERR_OK;

	if ((*first)->setop != SETOP_NONE)
		return bind_error(b, 0, ERR_FEATURE_NOT_SUPPORTED,
				  "with a SEARCH or CYCLE clause, the left side of the UNION must "
				  "be a SELECT");
	cte_columns(b, cte, *first);
	if (c.search != NULL)
		rc = check_search(&c);
	if (rc == ERR_OK && c.cycle != NULL)
		rc = check_cycle(&c);
	if (rc == ERR_OK && c.cycle != NULL)
		rc = bind_marks(&c, s);
	if (rc != ERR_OK)
		return rc;
	*first = wrap_query(b, *first);
	first_values(&c, *first);
	cte->hidden = (c.search != NULL) + 2 * (c.cycle != NULL);
	return ERR_OK;
}

/* -- The recursive term -------------------------------------------------------- */
static struct range *
range_reading(const struct query *q, const struct cte *cte)
{
	for (int i = 0; i < q->ranges.n; i++) {
		struct range *r = LIST_AT(struct range, &q->ranges, i);

		if (r->kind == RANGE_CTE && r->cte == cte)
			return r;
	}
	return NULL;
}

/* The level of a breadth-first row, one more. */
static struct expr *
next_level(struct binder *b, struct expr *seq)
{
	const struct type *int8 = type_builtin(OID_INT8);
	struct expr *level = expr_new(b->arena, EXPR_FIELD, int8, 1);

	level->args[0] = seq;
	level->col = 1;
	return make_op(b, "+", level, expr_const(b->arena, int8, datum_int(1)), 0);
}

static int
carry_search(struct search_cycle *c, struct query *q, struct target *t)
{
	const PgQuery__CTESearchClause *s = c->search;
	struct expr *level = s->search_breadth_first ? next_level(c->b, t->expr) : NULL;
	struct expr *row = row_of(c, q, s->n_search_col_list, s->search_col_list, level);

	t->expr = s->search_breadth_first ? row : longer(c->b, t->expr, row);
	return t->expr != NULL ? ERR_OK : c->b->e->code;
}

static int
carry_cycle(struct search_cycle *c, struct query *q, struct target *mark, struct target *path)
{
	const PgQuery__CTECycleClause *y = c->cycle;
	struct binder *b = c->b;
	struct expr *row = row_of(c, q, y->n_cycle_col_list, y->cycle_col_list, NULL);
	struct expr *met = make_any_all(b, "=", true, row, path->expr, 0);
	struct expr *again = met != NULL ? make_op(b, "<>", mark->expr, c->mark, 0) : NULL;
	struct expr *x = expr_new(b->arena, EXPR_CASE, c->mark->type, 3);

	if (again == NULL)
		return b->e->code;
	q->where = expr_and(b->arena, q->where, again);
	x->args[0] = met;
	x->args[1] = c->mark;
	x->args[2] = c->unmarked;
	x->typmod = mark->expr->typmod;
	x->collation = mark->expr->collation;
	mark->expr = x;
	path->expr = longer(b, path->expr, row);
	return path->expr != NULL ? ERR_OK : b->e->code;
}

int
search_cycle_next(struct binder *b, struct scope *s, const PgQuery__CommonTableExpr *ast,
		  struct cte *cte, struct query **next)
{
	struct search_cycle c = { b, ast->search_clause, ast->cycle_clause, cte, NULL, NULL };
	struct query *q = *next;
	int own = cte->ncols - cte->hidden, rc = ERR_OK;

	if (q->setop != SETOP_NONE)
		return bind_error(b, 0, ERR_SYNTAX_ERROR,
				  "with a SEARCH or CYCLE clause, the right side of the UNION must "
				  "be a SELECT");
	struct range *from = range_reading(q, cte);
	if (from == NULL)
		return bind_error(b, 0, ERR_FEATURE_NOT_SUPPORTED,
				  "with a SEARCH or CYCLE clause, the recursive reference to WITH "
				  "query \"%s\" must be at the top level of its right-hand SELECT",
				  cte->name);
	if (query_visible_targets(q) != own)
		return ERR_OK; /* the caller says it better */
	rc = check_names(&c);
	if (rc == ERR_OK && c.cycle != NULL)
		rc = bind_marks(&c, s);
	if (rc != ERR_OK)
		return rc;
	for (int i = own; i < cte->ncols; i++)
		query_add_target(b->arena, q, expr_var(b->arena, from, i + 1), cte->cols[i].name);
	q = *next = wrap_query(b, q);
	if (c.search != NULL)
		rc = carry_search(&c, q, query_column(q, own));
	if (rc == ERR_OK && c.cycle != NULL)
		rc = carry_cycle(&c, q, query_column(q, cte->ncols - 2),
				 query_column(q, cte->ncols - 1));
	return rc;
}
