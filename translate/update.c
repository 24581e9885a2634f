/* update.c - UPDATE and DELETE. */
#include "config.h"
#include "translate/bind.h"

#include <string.h>

/* -- SET ----------------------------------------------------------------------- */
struct set {
	struct binder *b;
	struct scope *s;
	struct expr *multi; /* the sub-query of SET (a, b) = (SELECT ...) being spread */
};

static struct expr *
default_value(struct set *st, const struct column *c)
{
	struct expr *x = st->s->q->rules->defaults[c->attnum - 1];

	return x != NULL ? x : expr_null(st->b->arena, c->type);
}

static int
check_assignable(struct binder *b, const struct column *c)
{
	if (c->generated != 0) {
		bind_error(b, 0, ERR_GENERATED_ALWAYS,
			   "column \"%s\" can only be updated to DEFAULT", c->name);
		return err_detail(b->e, "Column \"%s\" is a generated column.", c->name);
	}
	if (c->identity == 'a') {
		bind_error(b, 0, ERR_GENERATED_ALWAYS,
			   "column \"%s\" can only be updated to DEFAULT", c->name);
		return err_detail(
			b->e, "Column \"%s\" is an identity column defined as GENERATED ALWAYS.",
			c->name);
	}
	return ERR_OK;
}

/* SET (a, b) = (SELECT x, y): the row is fetched once, its fields are spread. */
static struct expr *
multi_query(struct set *st, const PgQuery__MultiAssignRef *m)
{
	struct binder *b = st->b;
	const PgQuery__SubLink *l = m->source->sub_link;

	if (m->colno == 1) {
		struct sublink *sub = ARENA_NEW(b->arena, struct sublink);

		sub->kind = SUBLINK_MULTI;
		sub->query = bind_query(b, st->s, l->subselect, true);
		if (sub->query == NULL)
			return NULL;
		if (query_visible_targets(sub->query) != m->ncolumns)
			return bind_fail(b, at(b, l->location), ERR_SYNTAX_ERROR,
					 "number of columns does not match number of values");
		st->multi = expr_new(b->arena, EXPR_SUBLINK, type_builtin(OID_RECORD), 0);
		st->multi->sub = sub;
		st->multi->position = at(b, l->location);
		st->s->q->has_sublinks = true;
	}
	const struct expr *col = query_column(st->multi->sub->query, m->colno - 1)->expr;
	struct expr *x = expr_new(b->arena, EXPR_FIELD, col->type, 1);
	x->args[0] = st->multi;
	x->col = m->colno;
	x->typmod = col->typmod;
	x->position = col->position;
	return x;
}

/* One value of a SET item; *n becomes the node to bind, or NULL when *ret is the value. */
static int
multi_value(struct set *st, const PgQuery__MultiAssignRef *m, Node **n, struct expr **ret)
{
	struct binder *b = st->b;

	*n = NULL;
	if (m->source->node_case == PG_QUERY__NODE__NODE_SUB_LINK &&
	    m->source->sub_link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK) {
		*ret = multi_query(st, m);
		return *ret != NULL ? ERR_OK : b->e->code;
	}
	if (m->source->node_case != PG_QUERY__NODE__NODE_ROW_EXPR)
		return bind_error(b, at(b, node_location(m->source)), ERR_FEATURE_NOT_SUPPORTED,
				  "source for a multiple-column UPDATE item must be a sub-SELECT "
				  "or ROW() expression");
	const PgQuery__RowExpr *row = m->source->row_expr;
	if (row->n_args != (size_t) m->ncolumns)
		return bind_error(b, at(b, row->location), ERR_SYNTAX_ERROR,
				  "number of columns does not match number of values");
	*n = row->args[m->colno - 1];
	return ERR_OK;
}

/* x as the new value of the column or, when t names a part of it, of the column with that part. */
static struct expr *
set_coerce(struct set *st, const PgQuery__ResTarget *t, const struct column *c,
	   const struct assignment *before, struct expr *x)
{
	struct binder *b = st->b;
	struct column part;

	if (t->n_indirection == 0)
		return assign_coerce(b, x, c, at(b, t->location));
	if (assign_part_column(b, st->s, t, c, &part) != ERR_OK)
		return NULL;
	x = assign_part_coerce(b, t, &part, x);
	if (x == NULL)
		return NULL;
	return assign_part(b, st->s, t, c,
			   before != NULL ? before->expr
					  : expr_var(b->arena, st->s->q->target, c->attnum),
			   x);
}

static struct expr *
set_value(struct set *st, const PgQuery__ResTarget *t, const struct column *c,
	  const struct assignment *before)
{
	struct binder *b = st->b;
	Node *n = t->val;
	struct expr *x = NULL;

	if (n->node_case == PG_QUERY__NODE__NODE_MULTI_ASSIGN_REF &&
	    multi_value(st, n->multi_assign_ref, &n, &x) != ERR_OK)
		return NULL;
	if (n != NULL && n->node_case == PG_QUERY__NODE__NODE_SET_TO_DEFAULT) {
		if (t->n_indirection == 0)
			return default_value(st, c);
		return bind_fail(b, at(b, t->location), ERR_FEATURE_NOT_SUPPORTED,
				 t->indirection[0]->node_case == PG_QUERY__NODE__NODE_A_INDICES
					 ? "cannot set an array element to DEFAULT"
					 : "cannot set a subfield to DEFAULT");
	}
	if (n != NULL)
		x = bind_expr_at(b, st->s, n, PLACE_UPDATE_SOURCE);
	if (x == NULL || check_assignable(b, c) != ERR_OK)
		return NULL;
	return set_coerce(st, t, c, before, x);
}

/* The assignment to this column so far; an error unless both are to parts of it. */
static int
earlier(struct binder *b, const struct list *sets, size_t n, PgQuery__Node *const *list,
	const struct column *c, struct assignment **ret)
{
	*ret = NULL;
	for (int k = 0; k < sets->n; k++)
		if (LIST_AT(struct assignment, sets, k)->attnum == c->attnum)
			*ret = LIST_AT(struct assignment, sets, k);
	if (*ret == NULL)
		return ERR_OK;
	for (size_t i = 0; i <= n; i++)
		if (strcmp(list[i]->res_target->name, list[n]->res_target->name) == 0 &&
		    list[i]->res_target->n_indirection == 0)
			return bind_error(b, 0, ERR_SYNTAX_ERROR,
					  "multiple assignments to same column \"%s\"", c->name);
	return ERR_OK;
}

int
bind_set_clause(struct binder *b, struct scope *s, const struct write_target *target, size_t n,
		PgQuery__Node *const *list, struct list *ret)
{
	struct set st = { b, s, NULL };

	for (size_t i = 0; i < n; i++) {
		const PgQuery__ResTarget *t = list[i]->res_target;
		const struct column *c =
			target_column(b, target, t->name, at(b, t->location), "update");
		struct assignment *a;

		if (c == NULL || earlier(b, ret, i, list, c, &a) != ERR_OK)
			return b->e->code;
		struct expr *x = set_value(&st, t, c, a);
		if (x == NULL)
			return b->e->code;
		if (c->generated != 0) /* = DEFAULT: it is computed anyway */
			continue;
		if (a == NULL) {
			a = ARENA_NEW(b->arena, struct assignment);
			list_push(ret, b->arena, a);
		}
		a->attnum = c->attnum;
		a->expr = x;
	}
	return ERR_OK;
}

/* -- The statements ------------------------------------------------------------ */
/* WHERE: a condition, or the row that a cursor is on. */
static int
bind_which(struct binder *b, struct scope *s, Node *where)
{
	struct query *q = s->q;

	if (where == NULL)
		return ERR_OK;
	if (where->node_case == PG_QUERY__NODE__NODE_CURRENT_OF_EXPR) {
		q->target->current_of = where->current_of_expr->cursor_name;
		if (q->target->view != NULL)
			return bind_error(b, 0, ERR_FEATURE_NOT_SUPPORTED,
					  "WHERE CURRENT OF on a view is not implemented");
		return ERR_OK;
	}
	struct expr *x = bind_where(b, s, where, PLACE_WHERE, "WHERE");
	if (x == NULL)
		return b->e->code;
	q->where = expr_and(b->arena, q->where, x); /* a view's own comes first */
	return ERR_OK;
}

/* The target comes first in FROM; other items may not look at it sideways. */
static int
open_target(struct binder *b, struct scope *s, const PgQuery__RangeVar *rv, size_t nfrom,
	    PgQuery__Node *const *from, struct write_target *to)
{
	struct query *q = s->q;

	q->target = bind_target_range(b, s, rv, to);
	if (q->target == NULL)
		return b->e->code;
	q->rules = rules_of(b, q->target->rel);
	if (q->rules == NULL)
		return b->e->code;
	struct nsitem *it = to->item;
	scope_push(b, s, it);
	list_push(&q->from, b->arena, from_range(b->arena, q->target));
	it->lateral_only = true;
	it->lateral_ok = false;
	int rc = bind_from(b, s, nfrom, from);
	it->lateral_only = false;
	it->lateral_ok = true;
	return rc;
}

struct query *
bind_update(struct binder *b, struct scope *outer, const PgQuery__UpdateStmt *st)
{
	struct scope s;
	struct write_target target = { 0 };
	struct query *q = query_new(b->arena, QUERY_UPDATE, outer != NULL ? outer->q : NULL);

	scope_init(&s, outer, q);
	if (st->with_clause != NULL && bind_with(b, &s, st->with_clause) != ERR_OK)
		return NULL;
	if (open_target(b, &s, st->relation, st->n_from_clause, st->from_clause, &target) != ERR_OK)
		return NULL;
	if (bind_which(b, &s, st->where_clause) != ERR_OK)
		return NULL;
	if (bind_returning(b, &s, st->n_returning_list, st->returning_list) != ERR_OK)
		return NULL;
	if (bind_set_clause(b, &s, &target, st->n_target_list, st->target_list, &q->assignments) !=
	    ERR_OK)
		return NULL;
	return q;
}

struct query *
bind_delete(struct binder *b, struct scope *outer, const PgQuery__DeleteStmt *st)
{
	struct scope s;
	struct write_target target = { 0 };
	struct query *q = query_new(b->arena, QUERY_DELETE, outer != NULL ? outer->q : NULL);

	scope_init(&s, outer, q);
	if (st->with_clause != NULL && bind_with(b, &s, st->with_clause) != ERR_OK)
		return NULL;
	if (open_target(b, &s, st->relation, st->n_using_clause, st->using_clause, &target) !=
	    ERR_OK)
		return NULL;
	if (bind_which(b, &s, st->where_clause) != ERR_OK)
		return NULL;
	return bind_returning(b, &s, st->n_returning_list, st->returning_list) == ERR_OK ? q : NULL;
}
