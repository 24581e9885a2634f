/* group.c - GROUP BY: plain expressions, and grouping sets expanded to lists of them.
 *
 * GROUPING SETS, ROLLUP and CUBE become one list of sets; several items of the clause are
 * multiplied.  A set is a list of indexes into query->group_by. */
#include "config.h"
#include "translate/bind.h"

enum { SETS_MAX = 4096, CUBE_MAX = 12 };

static int
visit_call(struct expr *x, void *arg)
{
	const struct expr **found = arg;

	if (x->kind != EXPR_AGG && x->kind != EXPR_WINDOW)
		return 0;
	*found = x;
	return 1;
}

/* A select-list item that is named here may hold what could not be written here. */
static int
check_item(struct binder *b, struct expr *x)
{
	const struct expr *call = NULL;

	if (expr_walk(x, visit_call, (void *) &call, false) == 0)
		return ERR_OK;
	if (call->kind == EXPR_AGG)
		return bind_error(b, call->position, ERR_GROUPING_ERROR,
				  "aggregate functions are not allowed in GROUP BY");
	return bind_error(b, call->position, ERR_WINDOWING_ERROR,
			  "window functions are not allowed in GROUP BY");
}

static int
add_group(struct binder *b, struct scope *s, Node *n, int *ret_index)
{
	struct query *q = s->q;
	struct expr *x = find_target(b, s, n, PLACE_GROUP_BY, false);

	if (x == NULL || check_item(b, x) != ERR_OK || check_hashable_or_sortable(b, x->type, at(b, node_location(n))) != ERR_OK)
		return b->e->code;
	for (int i = 0; i < q->group_by.n; i++)
		if (expr_equal(q->group_by.at[i], x)) {
			*ret_index = i;
			return ERR_OK;
		}
	*ret_index = q->group_by.n;
	list_push(&q->group_by, b->arena, x);
	return ERR_OK;
}

static void
set_add(struct binder *b, struct list *set, intptr_t index)
{
	for (int i = 0; i < set->n; i++)
		if ((intptr_t) set->at[i] == index)
			return;
	list_push(set, b->arena, (void *) index);
}

/* One element: an expression or a parenthesised list of them. */
static int
element(struct binder *b, struct scope *s, Node *n, struct list *set)
{
	int index = 0, rc;

	if (n->node_case == PG_QUERY__NODE__NODE_ROW_EXPR &&
	    n->row_expr->row_format == PG_QUERY__COERCION_FORM__COERCE_IMPLICIT_CAST) {
		for (size_t i = 0; i < n->row_expr->n_args; i++) {
			rc = element(b, s, n->row_expr->args[i], set);
			if (rc != ERR_OK)
				return rc;
		}
		return ERR_OK;
	}
	rc = add_group(b, s, n, &index);
	if (rc == ERR_OK)
		set_add(b, set, index);
	return rc;
}

static struct list *
new_set(struct binder *b, const struct list *from)
{
	struct list *set = ARENA_NEW(b->arena, struct list);

	for (int i = 0; from != NULL && i < from->n; i++)
		list_push(set, b->arena, from->at[i]);
	return set;
}

static int item_sets(struct binder *b, struct scope *s, Node *n, struct list *ret);

static int
grouping_set(struct binder *b, struct scope *s, const PgQuery__GroupingSet *g, struct list *ret)
{
	int n = (int) g->n_content, rc;
	struct list *parts = ARENA_ARRAY(b->arena, struct list, n + 1);

	if (g->kind == PG_QUERY__GROUPING_SET_KIND__GROUPING_SET_EMPTY) {
		list_push(ret, b->arena, new_set(b, NULL));
		return ERR_OK;
	}
	if (g->kind == PG_QUERY__GROUPING_SET_KIND__GROUPING_SET_SETS) {
		for (int i = 0; i < n; i++) {
			rc = item_sets(b, s, g->content[i], ret);
			if (rc != ERR_OK)
				return rc;
		}
		return ERR_OK;
	}
	for (int i = 0; i < n; i++) {
		rc = element(b, s, g->content[i], &parts[i]);
		if (rc != ERR_OK)
			return rc;
	}
	if (g->kind == PG_QUERY__GROUPING_SET_KIND__GROUPING_SET_ROLLUP) {
		for (int k = n; k >= 0; k--) {
			struct list *set = new_set(b, NULL);

			for (int i = 0; i < k; i++)
				for (int j = 0; j < parts[i].n; j++)
					set_add(b, set, (intptr_t) parts[i].at[j]);
			list_push(ret, b->arena, set);
		}
		return ERR_OK;
	}
	if (n > CUBE_MAX)
		return bind_error(b, at(b, g->location), ERR_TOO_MANY_COLUMNS,
				  "CUBE is limited to %d elements", CUBE_MAX);
	for (int mask = (1 << n) - 1; mask >= 0; mask--) {
		struct list *set = new_set(b, NULL);

		for (int i = 0; i < n; i++)
			for (int j = 0; (mask & 1 << (n - 1 - i)) != 0 && j < parts[i].n; j++)
				set_add(b, set, (intptr_t) parts[i].at[j]);
		list_push(ret, b->arena, set);
	}
	return ERR_OK;
}

/* The sets one item of the clause stands for. */
static int
item_sets(struct binder *b, struct scope *s, Node *n, struct list *ret)
{
	if (n->node_case == PG_QUERY__NODE__NODE_GROUPING_SET)
		return grouping_set(b, s, n->grouping_set, ret);
	struct list *set = new_set(b, NULL);
	int rc = element(b, s, n, set);
	list_push(ret, b->arena, set);
	return rc;
}

static int
multiply(struct binder *b, struct list *sets, const struct list *by, int position)
{
	struct list out = { 0 };

	if (sets->n * by->n > SETS_MAX)
		return bind_error(b, position, ERR_STATEMENT_TOO_COMPLEX,
				  "too many grouping sets present (maximum %d)", SETS_MAX);
	for (int i = 0; i < sets->n; i++)
		for (int k = 0; k < by->n; k++) {
			struct list *set = new_set(b, LIST_AT(struct list, sets, i));
			const struct list *more = LIST_AT(struct list, by, k);

			for (int j = 0; j < more->n; j++)
				set_add(b, set, (intptr_t) more->at[j]);
			list_push(&out, b->arena, set);
		}
	*sets = out;
	return ERR_OK;
}

static bool
same_set(const struct list *a, const struct list *c)
{
	if (a->n != c->n)
		return false;
	for (int i = 0; i < a->n; i++) {
		bool found = false;

		for (int k = 0; k < c->n; k++)
			found |= a->at[i] == c->at[k];
		if (!found)
			return false;
	}
	return true;
}

static void
drop_repeated(struct list *sets)
{
	int n = 0;

	for (int i = 0; i < sets->n; i++) {
		bool again = false;

		for (int k = 0; k < n; k++)
			again |= same_set(LIST_AT(struct list, sets, i),
					  LIST_AT(struct list, sets, k));
		if (!again)
			sets->at[n++] = sets->at[i];
	}
	sets->n = n;
}

int
bind_group_by(struct binder *b, struct scope *s, const PgQuery__SelectStmt *st)
{
	struct list sets = { 0 };
	bool any_sets = false;
	int rc = ERR_OK;

	for (size_t i = 0; i < st->n_group_clause; i++)
		any_sets |= st->group_clause[i]->node_case == PG_QUERY__NODE__NODE_GROUPING_SET;
	if (!any_sets) {
		struct list ignored = { 0 };

		for (size_t i = 0; rc == ERR_OK && i < st->n_group_clause; i++)
			rc = element(b, s, st->group_clause[i], &ignored);
		return rc;
	}
	list_push(&sets, b->arena, new_set(b, NULL));
	for (size_t i = 0; rc == ERR_OK && i < st->n_group_clause; i++) {
		struct list item = { 0 };

		rc = item_sets(b, s, st->group_clause[i], &item);
		if (rc == ERR_OK)
			rc = multiply(b, &sets, &item, 0);
	}
	if (st->group_distinct)
		drop_repeated(&sets);
	s->q->grouping_sets = sets;
	return rc;
}
