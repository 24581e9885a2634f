/* sort.c - ORDER BY, DISTINCT, and what ORDER BY and GROUP BY share: naming a select-list item
 * by alias or ordinal.
 *
 * Not here: GROUP BY itself (group.c). */
#include "config.h"
#include "translate/bind.h"

#include <string.h>

static const char *
clause_name(enum place p)
{
	return p == PLACE_WINDOW_PARTITION ? "PARTITION BY"
	       : p == PLACE_WINDOW_ORDER   ? "ORDER BY"
					   : place_name(p);
}

static struct expr *
settled(struct binder *b, struct target *t)
{
	if (t->expr->type->oid == OID_UNKNOWN) {
		struct expr *x = resolve_unknown(b, t->expr);

		if (x == NULL)
			return NULL;
		t->expr = x;
	}
	return t->expr;
}

/* A bare name: a select-list item of this name (for GROUP BY only when no column has it).
 * NULL without error: not such a name. */
static struct expr *
by_alias(struct binder *b, struct scope *s, const PgQuery__ColumnRef *c, enum place p)
{
	const char *name = node_str(c->fields[0]);
	struct target *found = NULL;

	if (p == PLACE_GROUP_BY) {
		if (scope_find_column(b, s, name, at(b, c->location), true) != NULL ||
		    b->e->code != ERR_OK)
			return NULL;
	}
	for (int i = 0; i < s->q->targets.n; i++) {
		struct target *t = LIST_AT(struct target, &s->q->targets, i);

		if (t->hidden || t->name == NULL || strcmp(t->name, name) != 0)
			continue;
		if (found != NULL && !expr_equal(found->expr, t->expr))
			return bind_fail(b, at(b, c->location), ERR_AMBIGUOUS_COLUMN,
					 "%s \"%s\" is ambiguous", clause_name(p), name);
		found = found == NULL ? t : found;
	}
	return found != NULL ? settled(b, found) : NULL;
}

static struct expr *
by_ordinal(struct binder *b, struct scope *s, const PgQuery__AConst *c, enum place p)
{
	int pos = at(b, c->location);

	if (c->isnull || c->val_case != PG_QUERY__A__CONST__VAL_IVAL)
		return bind_fail(b, pos, ERR_SYNTAX_ERROR, "non-integer constant in %s",
				 clause_name(p));
	int n = c->ival->ival;
	if (n < 1 || n > query_visible_targets(s->q))
		return bind_fail(b, pos, ERR_INVALID_COLUMN_REFERENCE,
				 "%s position %d is not in select list", clause_name(p), n);
	return settled(b, query_column(s->q, n - 1));
}

/* The select-list item that n names, or n's own expression.  sql99: expressions only. */
struct expr *
find_target(struct binder *b, struct scope *s, Node *n, enum place p, bool sql99)
{
	if (!sql99 && n->node_case == PG_QUERY__NODE__NODE_COLUMN_REF &&
	    n->column_ref->n_fields == 1 &&
	    n->column_ref->fields[0]->node_case == PG_QUERY__NODE__NODE_STRING) {
		struct expr *x = by_alias(b, s, n->column_ref, p);

		if (x != NULL || b->e->code != ERR_OK)
			return x;
	}
	if (!sql99 && n->node_case == PG_QUERY__NODE__NODE_A_CONST)
		return by_ordinal(b, s, n->a_const, p);
	struct expr *x = bind_expr_at(b, s, n, p);
	if (x == NULL)
		return NULL;
	for (int i = 0; s->q != NULL && i < s->q->targets.n; i++) {
		struct target *t = LIST_AT(struct target, &s->q->targets, i);

		if (expr_equal(t->expr, x))
			return settled(b, t);
	}
	return resolve_unknown(b, x);
}

int
check_sortable(struct binder *b, struct expr *x, int position)
{
	if (type_is_orderable(base_type(x->type, NULL)))
		return ERR_OK;
	bind_error(b, position, ERR_UNDEFINED_FUNCTION,
		   "could not identify an ordering operator for type %s", type_show(b, x->type));
	return err_hint(b->e, "Use an explicit ordering operator or modify the query.");
}

int
check_hashable_or_sortable(struct binder *b, const struct type *t, int position)
{
	if (type_has_equality(base_type(t, NULL)))
		return ERR_OK;
	return bind_error(b, position, ERR_UNDEFINED_FUNCTION,
			  "could not identify an equality operator for type %s", type_show(b, t));
}

struct sort_key *
make_sort_key(struct binder *b, struct expr *x, const PgQuery__SortBy *sb)
{
	struct sort_key *k = ARENA_NEW(b->arena, struct sort_key);

	const int position = at(b, sb->location >= 0 ? sb->location : node_location(sb->node));

	x = resolve_unknown(b, x);
	if (x == NULL || check_sortable(b, x, position) != ERR_OK)
		return NULL;
	k->expr = refuse_nested_language(b, x) == ERR_OK ? order_key(b, x) : NULL;
	if (k->expr == NULL)
		return NULL;
	if (sb->sortby_dir == PG_QUERY__SORT_BY_DIR__SORTBY_USING) {
		const char *name = op_name(sb->n_use_op, sb->use_op);

		if (strcmp(name, "<") != 0 && strcmp(name, ">") != 0) {
			bind_error(b, at(b, sb->location), ERR_WRONG_OBJECT_TYPE,
				   "operator %s is not a valid ordering operator", name);
			err_hint(b->e, "Ordering operators must be \"<\" or \">\" members of btree "
				       "operator families.");
			return NULL;
		}
		k->desc = name[0] == '>';
	} else {
		k->desc = sb->sortby_dir == PG_QUERY__SORT_BY_DIR__SORTBY_DESC;
	}
	k->nulls_first =
		sb->sortby_nulls == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_FIRST ||
		(sb->sortby_nulls != PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_LAST && k->desc);
	return k;
}

int
bind_order_by(struct binder *b, struct scope *s, size_t n, PgQuery__Node *const *list, enum place p,
	      bool sql99, struct list *ret)
{
	for (size_t i = 0; i < n; i++) {
		const PgQuery__SortBy *sb = list[i]->sort_by;
		struct expr *x = find_target(b, s, sb->node, p, sql99);
		struct sort_key *k = x != NULL ? make_sort_key(b, x, sb) : NULL;
		bool again = false;

		if (k == NULL)
			return b->e->code;
		for (int j = 0; j < ret->n && !again; j++) /* a key twice sorts no further */
			again = expr_equal(LIST_AT(struct sort_key, ret, j)->expr, k->expr);
		if (!again)
			list_push(ret, b->arena, k);
	}
	return ERR_OK;
}

/* -- DISTINCT ------------------------------------------------------------------ */
static bool
in_targets(const struct query *q, const struct expr *x)
{
	for (int i = 0; i < q->targets.n; i++)
		if (expr_equal(LIST_AT(struct target, &q->targets, i)->expr, x))
			return true;
	return false;
}

static int
plain_distinct(struct binder *b, struct scope *s)
{
	struct query *q = s->q;

	for (int i = 0; i < q->order_by.n; i++) {
		const struct expr *x = ordered_value(LIST_AT(struct sort_key, &q->order_by, i)->expr);

		if (!in_targets(q, x))
			return bind_error(b, x->position, ERR_INVALID_COLUMN_REFERENCE,
					  "for SELECT DISTINCT, ORDER BY expressions must appear "
					  "in select list");
	}
	for (int i = 0; i < q->targets.n; i++) {
		struct expr *x = settled(b, LIST_AT(struct target, &q->targets, i));

		if (x == NULL)
			return b->e->code;
		int rc = check_hashable_or_sortable(b, x->type, x->position);
		if (rc != ERR_OK)
			return rc;
	}
	q->distinct = true;
	return ERR_OK;
}

static bool
list_has(const struct list *l, const struct expr *x)
{
	for (int i = 0; i < l->n; i++)
		if (expr_equal(l->at[i], x))
			return true;
	return false;
}

/* Where DISTINCT ON has x. */
static int
distinct_position(struct binder *b, struct scope *s, const PgQuery__SelectStmt *st, const struct expr *x)
{
	for (size_t i = 0; i < st->n_distinct_clause; i++)
		if (find_target(b, s, st->distinct_clause[i], PLACE_DISTINCT_ON, false) == x)
			return at(b, node_location(st->distinct_clause[i]));
	return x->position;
}

/* DISTINCT ON: its expressions and the first ones of ORDER BY must be the same set. */
static int
distinct_on(struct binder *b, struct scope *s, const PgQuery__SelectStmt *st)
{
	struct query *q = s->q;
	struct list on = { 0 };
	bool skipped = false;

	for (size_t i = 0; i < st->n_distinct_clause; i++) {
		struct expr *x =
			find_target(b, s, st->distinct_clause[i], PLACE_DISTINCT_ON, false);

		if (x == NULL || check_hashable_or_sortable(b, x->type, x->position) != ERR_OK)
			return b->e->code;
		if (!list_has(&on, x))
			list_push(&on, b->arena, x);
	}
	for (int i = 0; i < q->order_by.n; i++) {
		struct expr *x = ordered_value(LIST_AT(struct sort_key, &q->order_by, i)->expr);

		if (!list_has(&on, x))
			skipped = true;
		else if (skipped)
			return bind_error(b, x->position, ERR_INVALID_COLUMN_REFERENCE,
					  "SELECT DISTINCT ON expressions must match initial ORDER "
					  "BY expressions");
		else
			list_push(&q->distinct_on, b->arena, x);
	}
	for (int i = 0; i < on.n; i++) {
		const struct expr *x = on.at[i];

		if (list_has(&q->distinct_on, x))
			continue;
		if (skipped)
			return bind_error(b, distinct_position(b, s, st, x), ERR_INVALID_COLUMN_REFERENCE,
					  "SELECT DISTINCT ON expressions must match initial ORDER "
					  "BY expressions");
		list_push(&q->distinct_on, b->arena, x);
	}
	return ERR_OK;
}

int
bind_distinct(struct binder *b, struct scope *s, const PgQuery__SelectStmt *st)
{
	if (st->n_distinct_clause == 0)
		return ERR_OK;
	if (st->distinct_clause[0]->node_case == PG_QUERY__NODE__NODE__NOT_SET)
		return plain_distinct(b, s);
	return distinct_on(b, s, st);
}
