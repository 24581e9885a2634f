/* setop.c - UNION, INTERSECT, EXCEPT, and recursive queries, which are UNIONs.
 *
 * Both sides end up with the same column types: conversions go into the select list of a side,
 * or into a wrapper around it when its rows were already compared (DISTINCT, another UNION). */
#include "config.h"
#include "translate/bind.h"

static const char *
op_text(int op)
{
	return op == PG_QUERY__SET_OPERATION__SETOP_UNION       ? "UNION"
	       : op == PG_QUERY__SET_OPERATION__SETOP_INTERSECT ? "INTERSECT"
								: "EXCEPT";
}

/* Column i of *q in type t. */
static int
convert_column(struct binder *b, struct query **q, int i, const struct type *t, int32_t typmod,
	       const char *context)
{
	struct expr *x = query_column(*q, i)->expr, *y;

	if (x->type->oid == t->oid && (typmod < 0 || x->typmod == typmod))
		return ERR_OK;
	if (x->type->oid != OID_UNKNOWN || x->kind == EXPR_VAR)
		*q = castable_query(b, *q);
	struct target *to = query_column(*q, i);
	y = coerce_common(b, to->expr, t, context);
	if (y == NULL)
		return b->e->code;
	to->expr = y;
	return ERR_OK;
}

static void
set_cte_columns(struct binder *b, struct cte *cte, const struct query *q)
{
	int n = query_visible_targets(q), k = 0;
	const struct range_column *named = cte->cols;
	int nnamed = cte->ncols;

	cte->cols = ARENA_ARRAY(b->arena, struct range_column, n);
	cte->ncols = n;
	for (int i = 0; i < q->targets.n; i++) {
		const struct target *t = LIST_AT(struct target, &q->targets, i);

		if (t->hidden)
			continue;
		cte->cols[k] =
			(struct range_column){ k < nnamed ? named[k].name : t->name, t->expr->type,
					       t->expr->typmod, t->expr->collation };
		k++;
	}
}

void
cte_columns(struct binder *b, struct cte *cte, const struct query *q)
{
	set_cte_columns(b, cte, q);
}

/* Rows of several tables that are merged cannot be locked. */
static struct query *
refuse_locking(struct binder *b, const PgQuery__SelectStmt *st)
{
	return bind_fail(b, 0, ERR_FEATURE_NOT_SUPPORTED, "%s is not allowed with UNION/INTERSECT/EXCEPT",
			 locking_name(st->locking_clause[0]->locking_clause->strength));
}

static struct query *
bind_side(struct binder *b, struct scope *s, const PgQuery__SelectStmt *st, bool resolve)
{
	if (st->n_locking_clause > 0)
		return refuse_locking(b, st);
	if (!bind_enter(b))
		return NULL;
	struct query *q = bind_select(b, s, st, resolve);
	bind_leave(b);
	return q;
}

static int
combine_column(struct binder *b, struct query *q, int i, const char *context, const struct cte *rec)
{
	struct expr *in[2] = { query_column(q->left, i)->expr, query_column(q->right, i)->expr };
	const struct type *t = common_type(b, 2, in, context, NULL);
	int32_t typmod;
	int rc;

	if (t == NULL)
		return b->e->code;
	typmod = common_typmod(2, in, t);
	if (rec != NULL && (t->oid != rec->cols[i].type->oid || typmod != rec->cols[i].typmod)) {
		struct strbuf a, c;

		strbuf_init(&a, b->arena);
		strbuf_init(&c, b->arena);
		type_format(rec->cols[i].type, rec->cols[i].typmod, &a);
		type_format(t, typmod, &c);
		bind_error(b, in[0]->position, ERR_DATATYPE_MISMATCH,
			   "recursive query \"%s\" column %d has type %s in non-recursive term but "
			   "type %s overall",
			   rec->name, i + 1, a.data, c.data);
		return err_hint(b->e,
				"Cast the output of the non-recursive term to the correct type.");
	}
	rc = convert_column(b, &q->left, i, t, typmod, context);
	if (rc == ERR_OK)
		rc = convert_column(b, &q->right, i, t, typmod, context);
	if (rc != ERR_OK)
		return rc;
	if (!q->setop_all || q->setop != SETOP_UNION)
		rc = check_hashable_or_sortable(b, t, in[1]->position);
	in[0] = query_column(q->left, i)->expr;
	in[1] = query_column(q->right, i)->expr;
	q->setop_range->cols[i] = (struct range_column){ query_column(q->left, i)->name, t, typmod,
							 common_collation(2, in) };
	return rc;
}

/* ORDER BY after a set operation: result columns only. */
static int
order_by_result(struct binder *b, struct scope *s, const PgQuery__SelectStmt *st)
{
	struct query *q = s->q;

	for (size_t i = 0; i < st->n_sort_clause; i++) {
		const PgQuery__SortBy *sb = st->sort_clause[i]->sort_by;
		int n = q->targets.n;
		struct expr *x = find_target(b, s, sb->node, PLACE_ORDER_BY, false);
		bool found = false;

		for (int k = 0; x != NULL && k < n && !found; k++)
			found = LIST_AT(struct target, &q->targets, k)->expr == x;
		if (b->e->code == ERR_UNDEFINED_COLUMN &&
		    sb->node->node_case == PG_QUERY__NODE__NODE_COLUMN_REF)
			return b->e->code;
		if (!found && b->e->code == ERR_OK) {
			bind_error(b, at(b, node_location(sb->node)), ERR_FEATURE_NOT_SUPPORTED,
				   "invalid UNION/INTERSECT/EXCEPT ORDER BY clause");
			err_detail(b->e, "Only result column names can be used, not expressions or "
					 "functions.");
			return err_hint(b->e, "Add the expression/function to every SELECT, or "
					      "move the UNION into a FROM clause.");
		}
		struct sort_key *key = x != NULL ? make_sort_key(b, x, sb) : NULL;
		if (key == NULL)
			return b->e->code;
		list_push(&q->order_by, b->arena, key);
	}
	return ERR_OK;
}

/* Result names are visible to ORDER BY even inside expressions, only to say what is wrong. */
static void
result_scope(struct binder *b, struct scope *s)
{
	struct nsitem *it = ARENA_NEW(b->arena, struct nsitem);

	it->range = s->q->setop_range;
	it->cols_visible = true;
	it->lateral_ok = true;
	list_push(&s->items, b->arena, it);
}

struct query *
bind_setop(struct binder *b, struct scope *s, const PgQuery__SelectStmt *st,
	   const PgQuery__CommonTableExpr *with, struct cte *rec)
{
	struct query *q = s->q;
	const char *context = op_text(st->op);

	if (st->n_locking_clause > 0)
		return refuse_locking(b, st);
	q->setop = st->op == PG_QUERY__SET_OPERATION__SETOP_UNION       ? SETOP_UNION
		   : st->op == PG_QUERY__SET_OPERATION__SETOP_INTERSECT ? SETOP_INTERSECT
									: SETOP_EXCEPT;
	q->setop_all = st->all;
	q->left = bind_side(b, s, st->larg, rec != NULL);
	if (q->left == NULL)
		return NULL;
	bool extended = with != NULL && (with->search_clause != NULL || with->cycle_clause != NULL);
	if (extended && search_cycle_first(b, s, with, rec, &q->left) != ERR_OK)
		return NULL;
	if (rec != NULL) {
		set_cte_columns(b, rec, q->left);
		list_push(&s->ctes, b->arena, rec);
	}
	q->right = bind_side(b, s, st->rarg, false);
	if (q->right == NULL)
		return NULL;
	if (rec != NULL && recursive_round_check(b, q->right) != ERR_OK)
		return NULL;
	if (extended && search_cycle_next(b, s, with, rec, &q->right) != ERR_OK)
		return NULL;
	int n = query_visible_targets(q->left);
	if (n != query_visible_targets(q->right)) {
		const struct target *t = query_column(q->right, 0);

		return bind_fail(b, t != NULL ? t->expr->position : 0, ERR_SYNTAX_ERROR,
				 "each %s query must have the same number of columns", context);
	}
	q->setop_range = range_new(b->arena, NULL, RANGE_SUBQUERY, "*SELECT*", n);
	q->setop_range->query = q;
	for (int i = 0; i < n; i++) {
		if (combine_column(b, q, i, context, rec) != ERR_OK)
			return NULL;
		query_add_target(b->arena, q, expr_var(b->arena, q->setop_range, i + 1),
				 q->setop_range->cols[i].name);
	}
	if (st->n_sort_clause > 0) {
		result_scope(b, s);
		if (order_by_result(b, s, st) != ERR_OK)
			return NULL;
		s->items.n = 0;
	}
	return bind_select_tail(b, s, st) == ERR_OK ? q : NULL;
}
