/* values.c - VALUES lists as a query. */
#include "config.h"
#include "translate/bind.h"

static int
bind_rows(struct binder *b, struct scope *s, const PgQuery__SelectStmt *st, struct range *r)
{
	enum place was = s->place;

	s->place = PLACE_VALUES;
	for (size_t i = 0; i < st->n_values_lists; i++) {
		const PgQuery__List *row = st->values_lists[i]->list;
		struct list *to = ARENA_NEW(b->arena, struct list);

		if (bind_exprs(b, s, row->n_items, row->items, to) != ERR_OK)
			return b->e->code;
		if (i > 0 && to->n != LIST_AT(struct list, &r->rows, 0)->n)
			return bind_error(b, to->n > 0 ? LIST_AT(struct expr, to, 0)->position : 0,
					  ERR_SYNTAX_ERROR,
					  "VALUES lists must all be the same length");
		list_push(&r->rows, b->arena, to);
	}
	s->place = was;
	return ERR_OK;
}

/* One type for each column. */
static int
settle_columns(struct binder *b, struct range *r)
{
	int nrows = r->rows.n;
	struct expr **col = ARENA_ARRAY(b->arena, struct expr *, nrows);

	r->ncols = LIST_AT(struct list, &r->rows, 0)->n;
	r->cols = ARENA_ARRAY(b->arena, struct range_column, r->ncols);
	for (int i = 0; i < r->ncols; i++) {
		for (int k = 0; k < nrows; k++)
			col[k] = LIST_AT(struct list, &r->rows, k)->at[i];
		const struct type *t = common_type(b, nrows, col, "VALUES", NULL);
		if (t == NULL)
			return b->e->code;
		for (int k = 0; k < nrows; k++) {
			col[k] = coerce_common(b, col[k], t, "VALUES");
			if (col[k] == NULL)
				return b->e->code;
			LIST_AT(struct list, &r->rows, k)->at[i] = col[k];
		}
		r->cols[i] = (struct range_column){ printf_str(b, "column%d", i + 1), t,
						    common_typmod(nrows, col, t),
						    common_collation(nrows, col) };
	}
	return ERR_OK;
}

struct query *
bind_values(struct binder *b, struct scope *s, const PgQuery__SelectStmt *st)
{
	struct query *q = s->q;
	struct range *r = range_new(b->arena, q, RANGE_VALUES, "*VALUES*", 0);

	if (bind_rows(b, s, st, r) != ERR_OK || settle_columns(b, r) != ERR_OK)
		return NULL;
	if (st->n_locking_clause > 0)
		return bind_fail(b, 0, ERR_FEATURE_NOT_SUPPORTED,
				 "FOR UPDATE cannot be applied to VALUES");
	scope_add(b, s, r, true, true);
	list_push(&q->from, b->arena, from_range(b->arena, r));
	for (int i = 0; i < r->ncols; i++)
		query_add_target(b->arena, q, expr_var(b->arena, r, i + 1), r->cols[i].name);
	if (bind_order_by(b, s, st->n_sort_clause, st->sort_clause, PLACE_ORDER_BY, false,
			  &q->order_by) != ERR_OK)
		return NULL;
	return bind_select_tail(b, s, st) == ERR_OK ? q : NULL;
}
