/* sublink.c - queries inside expressions.
 *
 * Where the comparison wants the sub-query's column in another type, the conversion goes into
 * the sub-query's own select list. */
#include "config.h"
#include "translate/bind.h"

static bool
place_allows(struct binder *b, struct scope *s, int position)
{
	static const struct {
		enum place p;
		const char *text;
	} refused[] = {
		{ PLACE_CHECK, "cannot use subquery in check constraint" },
		{ PLACE_DOMAIN_CHECK, "cannot use subquery in check constraint" },
		{ PLACE_DEFAULT, "cannot use subquery in DEFAULT expression" },
		{ PLACE_INDEX_EXPR, "cannot use subquery in index expression" },
		{ PLACE_INDEX_WHERE, "cannot use subquery in index predicate" },
		{ PLACE_PARTITION_BOUND, "cannot use subquery in partition bound" },
		{ PLACE_PARTITION_KEY, "cannot use subquery in partition key expression" },
		{ PLACE_ALTER_USING, "cannot use subquery in transform expression" },
		{ PLACE_EXECUTE, "cannot use subquery in EXECUTE parameter" },
		{ PLACE_GENERATED, "cannot use subquery in column generation expression" },
		{ PLACE_COPY_WHERE, "cannot use subquery in COPY FROM WHERE condition" },
		{ PLACE_CALL, "cannot use subquery in CALL argument" },
	};

	for (unsigned i = 0; i < ARRAY_LEN(refused); i++)
		if (refused[i].p == s->place) {
			bind_error(b, position, ERR_FEATURE_NOT_SUPPORTED, "%s", refused[i].text);
			return false;
		}
	return true;
}

/* SELECT ... FROM (q), so that its columns can be converted without touching q. */
struct query *
wrap_query(struct binder *b, struct query *q)
{
	struct query *w = query_new(b->arena, QUERY_SELECT, q->parent);
	struct range *r = range_of_query(b, w, q, "*SELECT*");

	q->parent = w;
	list_push(&w->from, b->arena, from_range(b->arena, r));
	for (int i = 0; i < r->ncols; i++)
		query_add_target(b->arena, w, expr_var(b->arena, r, i + 1), r->cols[i].name);
	return w;
}

/* The query to change when a column's expression must be replaced: itself or a wrapper. */
struct query *
castable_query(struct binder *b, struct query *q)
{
	bool plain = q->kind == QUERY_SELECT && q->setop == SETOP_NONE && !q->distinct &&
		     q->distinct_on.n == 0;

	return plain ? q : wrap_query(b, q);
}

struct target *
query_column(struct query *q, int i)
{
	int n = 0;

	for (int k = 0; k < q->targets.n; k++) {
		struct target *t = LIST_AT(struct target, &q->targets, k);

		if (!t->hidden && n++ == i)
			return t;
	}
	return NULL;
}

/* test op ANY (SELECT ...), (a, b) = (SELECT ...) */
static int
bind_tests(struct binder *b, struct scope *s, const PgQuery__SubLink *l, struct sublink *sub,
	   struct expr *x)
{
	const char *name = l->n_oper_name > 0 ? op_name(l->n_oper_name, l->oper_name) : "=";
	int pos = at(b, l->location), n = query_visible_targets(sub->query);
	struct expr *left = bind_expr(b, s, l->testexpr);

	if (left == NULL)
		return b->e->code;
	bool row =
		l->testexpr->node_case == PG_QUERY__NODE__NODE_ROW_EXPR && left->kind == EXPR_ROW;
	int nleft = row ? left->nargs : 1;
	if (nleft != n)
		return bind_error(b, pos, ERR_SYNTAX_ERROR,
				  nleft < n ? "subquery has too many columns"
					    : "subquery has too few columns");
	struct expr **ls = ARENA_ARRAY(b->arena, struct expr *, n),
		    **rs = ARENA_ARRAY(b->arena, struct expr *, n);
	struct query *q = castable_query(b, sub->query);
	for (int i = 0; i < n; i++) {
		ls[i] = row ? left->args[i] : left;
		rs[i] = query_column(q, i)->expr;
	}
	sub->ops = ARENA_ARRAY(b->arena, const struct func *, n);
	if (n == 1) {
		struct expr *op = make_op(b, name, ls[0], rs[0], pos);

		if (op == NULL)
			return b->e->code;
		if (op->type->oid != OID_BOOL)
			return bind_error(
				b, pos, ERR_DATATYPE_MISMATCH,
				"row comparison operator must yield type boolean, not type %s",
				type_show(b, op->type));
		ls[0] = op->args[0];
		rs[0] = op->args[1];
		sub->ops[0] = op->func;
		sub->cmp = ROWCMP_EQ;
		x->op = op->op;
	} else if (row_compare_ops(b, name, n, ls, rs, sub->ops, &sub->cmp, pos) != ERR_OK) {
		return b->e->code;
	}
	for (int i = 0; i < n; i++) {
		list_push(&sub->test, b->arena, ls[i]);
		if (rs[i] != query_column(q, i)->expr) {
			sub->query = q;
			query_column(q, i)->expr = rs[i];
		}
	}
	return ERR_OK;
}

static struct expr *
scalar_type(struct binder *b, struct expr *x, struct sublink *sub, int position)
{
	if (query_visible_targets(sub->query) != 1)
		return bind_fail(b, position, ERR_SYNTAX_ERROR,
				 "subquery must return only one column");
	const struct expr *col = query_column(sub->query, 0)->expr;
	x->type = col->type;
	x->typmod = col->typmod;
	x->collation = col->collation;
	if (sub->kind == SUBLINK_ARRAY) {
		const struct type *elem = col->type;

		x->type = type_is_array(elem) ? elem : array_over(b, elem);
		x->typmod = -1;
		if (x->type == NULL)
			return bind_fail(b, position, ERR_UNDEFINED_OBJECT,
					 "could not find array type for data type %s",
					 type_show(b, elem));
	}
	return x;
}

struct expr *
bind_sublink(struct binder *b, struct scope *s, const PgQuery__SubLink *l)
{
	static const enum sublink_kind kinds[] = {
		[PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK] = SUBLINK_EXISTS,
		[PG_QUERY__SUB_LINK_TYPE__ALL_SUBLINK] = SUBLINK_ALL,
		[PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK] = SUBLINK_ANY,
		[PG_QUERY__SUB_LINK_TYPE__ROWCOMPARE_SUBLINK] = SUBLINK_ROW,
		[PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK] = SUBLINK_SCALAR,
		[PG_QUERY__SUB_LINK_TYPE__ARRAY_SUBLINK] = SUBLINK_ARRAY,
	};
	int pos = at(b, l->location);
	struct expr *x = expr_new(b->arena, EXPR_SUBLINK, type_builtin(OID_BOOL), 0);
	struct sublink *sub = ARENA_NEW(b->arena, struct sublink);

	if (l->sub_link_type <= 0 || l->sub_link_type >= (int) ARRAY_LEN(kinds))
		return bind_unsupported(b, pos, "this form of sub-query", NULL);
	if (!place_allows(b, s, pos))
		return NULL;
	sub->kind = kinds[l->sub_link_type];
	sub->query = bind_query(b, s, l->subselect, true);
	if (sub->query == NULL)
		return NULL;
	x->position = pos;
	if (s->q != NULL)
		s->q->has_sublinks = true;
	x->sub = sub;
	switch (sub->kind) {
	case SUBLINK_EXISTS:
		return x;
	case SUBLINK_SCALAR:
	case SUBLINK_ARRAY:
		return scalar_type(b, x, sub, pos);
	default: {
		struct expr shadow = { 0 }; /* x's own union holds `sub` */

		if (bind_tests(b, s, l, sub, &shadow) != ERR_OK)
			return NULL;
		return x;
	}
	}
}
