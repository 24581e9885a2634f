/* select.c - one SELECT: its clauses in the order in which PostgreSQL looks at them.
 *
 * Not here: set operations (setop.c), VALUES (values.c), WITH (with.c). */
#include "config.h"
#include "translate/bind.h"

#include <string.h>

/* What only ORDER BY names counts too. */
static int
check_width(struct binder *b, const struct query *q)
{
	int n = q->targets.n;

	if (n + q->order_by.n <= TARGETS_MAX)
		return ERR_OK;
	for (int i = 0; i < q->order_by.n; i++) {
		const struct expr *x = LIST_AT(struct sort_key, &q->order_by, i)->expr;
		bool shown = false;

		for (int k = 0; k < q->targets.n && !shown; k++)
			shown = expr_equal(LIST_AT(struct target, &q->targets, k)->expr, x);
		n += !shown;
	}
	return n <= TARGETS_MAX ? ERR_OK
				: bind_error(b, 0, ERR_TOO_MANY_COLUMNS,
					     "target lists can have at most %d entries", TARGETS_MAX);
}

static int
bind_clauses(struct binder *b, struct scope *s, const PgQuery__SelectStmt *st, bool resolve)
{
	struct query *q = s->q;
	int rc = bind_from(b, s, st->n_from_clause, st->from_clause);

	if (rc == ERR_OK)
		rc = bind_window_clause(b, s, st);
	if (rc == ERR_OK)
		rc = bind_targets(b, s, st->n_target_list, st->target_list, PLACE_SELECT);
	if (rc == ERR_OK && st->where_clause != NULL) {
		q->where = bind_where(b, s, st->where_clause, PLACE_WHERE, "WHERE");
		rc = b->e->code;
	}
	if (rc == ERR_OK && st->having_clause != NULL) {
		q->having = bind_where(b, s, st->having_clause, PLACE_HAVING, "HAVING");
		rc = b->e->code;
	}
	if (rc == ERR_OK)
		rc = bind_order_by(b, s, st->n_sort_clause, st->sort_clause, PLACE_ORDER_BY, false,
				   &q->order_by);
	if (rc == ERR_OK)
		rc = bind_group_by(b, s, st);
	if (rc == ERR_OK)
		rc = bind_distinct(b, s, st);
	if (rc == ERR_OK)
		rc = bind_select_tail(b, s, st);
	if (rc == ERR_OK && resolve)
		resolve_targets(b, q);
	rc = b->e->code;
	if (rc == ERR_OK &&
	    (q->has_aggs || q->group_by.n > 0 || q->grouping_sets.n > 0 || q->having != NULL))
		rc = check_grouping(b, s);
	if (rc == ERR_OK)
		rc = bind_locking(b, s, st);
	return rc == ERR_OK ? check_width(b, q) : rc;
}

struct expr *
bind_limit(struct binder *b, struct scope *s, Node *n, enum place p, const char *what)
{
	struct expr *x = bind_expr_at(b, s, n, p);

	if (x != NULL)
		x = coerce_specific(b, x, OID_INT8, what);
	if (x == NULL)
		return NULL;
	for (int i = 0; i < s->q->ranges.n; i++)
		if (expr_uses_range(x, s->q->ranges.at[i]))
			return bind_fail(b, x->position, ERR_INVALID_COLUMN_REFERENCE,
					 "argument of %s must not contain variables", what);
	return x;
}

/* LIMIT and OFFSET. */
int
bind_select_tail(struct binder *b, struct scope *s, const PgQuery__SelectStmt *st)
{
	struct query *q = s->q;

	if (st->limit_offset != NULL) {
		q->offset = bind_limit(b, s, st->limit_offset, PLACE_OFFSET, "OFFSET");
		if (q->offset == NULL)
			return b->e->code;
	}
	if (st->limit_count != NULL) {
		bool null = st->limit_count->node_case == PG_QUERY__NODE__NODE_A_CONST &&
			    st->limit_count->a_const->isnull;

		q->with_ties = st->limit_option == PG_QUERY__LIMIT_OPTION__LIMIT_OPTION_WITH_TIES;
		if (null && q->with_ties)
			return bind_error(
				b, 0, ERR_INVALID_ROW_COUNT_IN_LIMIT_CLAUSE,
				"row count cannot be null in FETCH FIRST ... WITH TIES clause");
		if (!null) { /* LIMIT ALL is a null */
			q->limit = bind_limit(b, s, st->limit_count, PLACE_LIMIT, "LIMIT");
			if (q->limit == NULL)
				return b->e->code;
		}
	}
	return ERR_OK;
}

struct query *
bind_select(struct binder *b, struct scope *outer, const PgQuery__SelectStmt *st, bool resolve)
{
	struct scope s;
	struct query *q = query_new(b->arena, QUERY_SELECT, outer != NULL ? outer->q : NULL);

	scope_init(&s, outer, q);
	if (st->into_clause != NULL)
		return bind_fail(
			b, st->into_clause->rel != NULL ? at(b, st->into_clause->rel->location) : 0,
			ERR_SYNTAX_ERROR, "SELECT ... INTO is not allowed here");
	if (st->with_clause != NULL && bind_with(b, &s, st->with_clause) != ERR_OK)
		return NULL;
	if (st->op != PG_QUERY__SET_OPERATION__SETOP_NONE && st->op != 0)
		return bind_setop(b, &s, st, NULL, NULL);
	if (st->n_values_lists > 0)
		return bind_values(b, &s, st);
	return bind_clauses(b, &s, st, resolve) == ERR_OK ? q : NULL;
}

struct query *
bind_query(struct binder *b, struct scope *outer, Node *n, bool resolve)
{
	struct query *q;

	if (!bind_enter(b))
		return NULL;
	switch (n->node_case) {
	case PG_QUERY__NODE__NODE_SELECT_STMT:
		q = bind_select(b, outer, n->select_stmt, resolve);
		break;
	case PG_QUERY__NODE__NODE_INSERT_STMT:
		q = bind_insert(b, outer, n->insert_stmt);
		break;
	case PG_QUERY__NODE__NODE_UPDATE_STMT:
		q = bind_update(b, outer, n->update_stmt);
		break;
	case PG_QUERY__NODE__NODE_DELETE_STMT:
		q = bind_delete(b, outer, n->delete_stmt);
		break;
	case PG_QUERY__NODE__NODE_MERGE_STMT:
		q = bind_merge(b, outer, n->merge_stmt);
		break;
	default:
		q = bind_unsupported(b, 0, "this kind of statement inside another", NULL);
		break;
	}
	bind_leave(b);
	return q;
}

/* -- FOR UPDATE ... ------------------------------------------------------------ */
const char *
locking_name(int s)
{
	return s == PG_QUERY__LOCK_CLAUSE_STRENGTH__LCS_FORKEYSHARE      ? "FOR KEY SHARE"
	       : s == PG_QUERY__LOCK_CLAUSE_STRENGTH__LCS_FORSHARE       ? "FOR SHARE"
	       : s == PG_QUERY__LOCK_CLAUSE_STRENGTH__LCS_FORNOKEYUPDATE ? "FOR NO KEY UPDATE"
									 : "FOR UPDATE";
}

static int
locking_allowed(struct binder *b, const struct query *q, const char *what)
{
	const char *with = q->setop != SETOP_NONE                        ? "UNION/INTERSECT/EXCEPT"
			   : q->distinct || q->distinct_on.n > 0         ? "DISTINCT clause"
			   : q->group_by.n > 0 || q->grouping_sets.n > 0 ? "GROUP BY clause"
			   : q->having != NULL                           ? "HAVING clause"
			   : q->has_aggs                                 ? "aggregate functions"
			   : q->has_windows                              ? "window functions"
			   : q->has_srfs ? "set-returning functions in the target list"
					 : NULL;

	if (with == NULL)
		return ERR_OK;
	return bind_error(b, 0, ERR_FEATURE_NOT_SUPPORTED, "%s is not allowed with %s", what, with);
}

static void lock_all(struct binder *b, struct query *q, const PgQuery__LockingClause *lc);

static void
lock_range(struct binder *b, struct query *q, struct range *r, const PgQuery__LockingClause *lc)
{
	if (r->kind == RANGE_SUBQUERY && r->sub != NULL) {
		if (locking_allowed(b, r->sub, locking_name(lc->strength)) == ERR_OK)
			lock_all(b, r->sub, lc);
		return;
	}
	if (r->kind != RANGE_TABLE || relation_sysrel(r->rel) != NULL)
		return;
	if (r->rel->kind == REL_MATVIEW || r->rel->kind == REL_SEQUENCE) {
		bind_error(b, 0, ERR_WRONG_OBJECT_TYPE, "cannot lock rows in %s \"%s\"",
			   r->rel->kind == REL_MATVIEW ? "materialized view" : "sequence",
			   r->rel->o.name);
		return;
	}
	struct row_mark *m = NULL;
	enum lock_strength strength = (enum lock_strength)(
		lc->strength - PG_QUERY__LOCK_CLAUSE_STRENGTH__LCS_FORKEYSHARE);
	enum lock_wait wait =
		lc->wait_policy == PG_QUERY__LOCK_WAIT_POLICY__LockWaitSkip    ? LOCK_WAIT_SKIP
		: lc->wait_policy == PG_QUERY__LOCK_WAIT_POLICY__LockWaitError ? LOCK_WAIT_NOWAIT
									       : LOCK_WAIT_BLOCK;
	for (int i = 0; i < q->row_marks.n; i++)
		if (LIST_AT(struct row_mark, &q->row_marks, i)->range == r)
			m = q->row_marks.at[i];
	if (m == NULL) {
		m = ARENA_NEW(b->arena, struct row_mark);
		*m = (struct row_mark){ r, strength, wait };
		list_push(&q->row_marks, b->arena, m);
		return;
	}
	if (strength > m->strength)
		m->strength = strength;
	if (wait != LOCK_WAIT_BLOCK && m->wait != LOCK_WAIT_NOWAIT)
		m->wait = wait;
}

static void
lock_all(struct binder *b, struct query *q, const PgQuery__LockingClause *lc)
{
	for (int i = 0; i < q->ranges.n; i++)
		lock_range(b, q, LIST_AT(struct range, &q->ranges, i), lc);
}

static int
lock_named(struct binder *b, struct scope *s, const PgQuery__RangeVar *rv,
	   const PgQuery__LockingClause *lc)
{
	const char *what = locking_name(lc->strength);

	if (rv->schemaname != NULL && rv->schemaname[0] != '\0')
		return bind_error(b, at(b, rv->location), ERR_SYNTAX_ERROR,
				  "%s must specify unqualified relation names", what);
	for (int i = 0; i < s->q->ranges.n; i++) {
		struct range *r = LIST_AT(struct range, &s->q->ranges, i);

		if (r->alias == NULL || strcmp(r->alias, rv->relname) != 0)
			continue;
		if (r->kind == RANGE_FUNCTION || r->kind == RANGE_VALUES || r->kind == RANGE_CTE ||
		    r->kind == RANGE_JOIN)
			return bind_error(b, at(b, rv->location), ERR_FEATURE_NOT_SUPPORTED,
					  "%s cannot be applied to %s", what,
					  r->kind == RANGE_FUNCTION ? "a function"
					  : r->kind == RANGE_VALUES ? "VALUES"
					  : r->kind == RANGE_CTE    ? "a WITH query"
								    : "a join");
		lock_range(b, s->q, r, lc);
		return b->e->code;
	}
	return bind_error(b, at(b, rv->location), ERR_UNDEFINED_TABLE,
			  "relation \"%s\" in %s clause not found in FROM clause", rv->relname,
			  what);
}

int
bind_locking(struct binder *b, struct scope *s, const PgQuery__SelectStmt *st)
{
	for (size_t i = 0; i < st->n_locking_clause; i++) {
		const PgQuery__LockingClause *lc = st->locking_clause[i]->locking_clause;
		int rc = locking_allowed(b, s->q, locking_name(lc->strength));

		if (rc == ERR_OK && lc->n_locked_rels == 0)
			lock_all(b, s->q, lc);
		for (size_t k = 0; rc == ERR_OK && k < lc->n_locked_rels; k++)
			rc = lock_named(b, s, lc->locked_rels[k]->range_var, lc);
		if (rc != ERR_OK || b->e->code != ERR_OK)
			return b->e->code;
	}
	return ERR_OK;
}
