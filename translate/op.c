/* op.c - operators: a + b, a = ANY (array), IN, BETWEEN, LIKE, IS DISTINCT FROM, row comparisons.
 *
 * Not here: which operator a name means (resolve.c), IN (SELECT ...) (sublink.c). */
#include "config.h"
#include "translate/bind.h"

#include <string.h>

const char *
op_name(size_t n, PgQuery__Node *const *names)
{
	return n > 0 ? node_str(names[n - 1]) : "";
}

static int
leftmost(int a, int b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

/* -- One operator -------------------------------------------------------------- */
static void *
op_missing(struct binder *b, const char *name, const struct type *l, const struct type *r, int fail,
	   int position)
{
	const char *sig =
		l != NULL ? printf_str(b, "%s %s %s", type_show(b, l), name, type_show(b, r))
			  : printf_str(b, "%s %s", name, type_show(b, r));

	if (fail == MATCH_AMBIGUOUS) {
		bind_error(b, position, ERR_AMBIGUOUS_FUNCTION, "operator is not unique: %s", sig);
		err_hint(b->e, "Could not choose a best candidate operator. You might need to add "
			       "explicit type casts.");
		return NULL;
	}
	bind_error(b, position, ERR_UNDEFINED_FUNCTION, "operator does not exist: %s", sig);
	if (l != NULL)
		err_hint(b->e, "No operator matches the given name and argument types. You might "
			       "need to add explicit type casts.");
	else
		err_hint(b->e, "No operator matches the given name and argument type. You might "
			       "need to add an explicit type cast.");
	return NULL;
}

static const struct operator* find(struct binder *b, const char *name, const struct type *l,
				   const struct type *r, int position)
{
	int fail = MATCH_NONE;
	const struct operator* op = operator_find(b, name, l, r, &fail);

	return op != NULL ? op : op_missing(b, name, l, r, fail, position);
}

struct expr *
make_op(struct binder *b, const char *name, struct expr *l, struct expr *r, int position)
{
	const struct operator* op = find(b, name, l != NULL ? l->type : NULL, r->type, position);
	int n = l != NULL ? 2 : 1;
	struct expr *in[2] = { l != NULL ? l : r, r };
	oid_t declared[2];
	const struct type *actual[2] = { in[0]->type, r->type };

	if (op == NULL)
		return NULL;
	declared[0] = l != NULL ? op->left : op->right;
	declared[1] = op->right;
	const struct type *ret = poly_enforce(b, n, actual, declared, op->ret, false);
	if (ret == NULL)
		return NULL;
	for (int i = 0; i < n; i++) {
		in[i] = coerce_plain(b, in[i], type_of(b, declared[i]), -1, COERCE_IMPLICIT, 'i',
				     0);
		if (in[i] == NULL)
			return NULL;
	}
	if (!collations_agree(b, n, in))
		return NULL;
	if (l != NULL && collate_comparison(b, &op, in) != ERR_OK)
		return NULL;
	struct expr *x = expr_op(b->arena, op, l != NULL ? in[0] : NULL, l != NULL ? in[1] : in[0]);
	if (x->func == NULL)
		return bind_unsupported(
			b, position,
			printf_str(b, "operator %s on %s", name, type_show(b, actual[0])), NULL);
	x->type = ret;
	x->collation = ret->collatable ? common_collation(x->nargs, x->args) : 0;
	if (ret->collatable && x->collation == 0)
		x->collation = type_default_collation(ret);
	x->position =
		leftmost(position, leftmost(in[0]->position, l != NULL ? in[1]->position : 0));
	return x;
}

/* -- ANY, ALL over an array ---------------------------------------------------- */
struct expr *
make_any_all(struct binder *b, const char *name, bool any, struct expr *l, struct expr *r,
	     int position)
{
	const struct type *unknown = type_builtin(OID_UNKNOWN), *elem = unknown;

	if (r->type->oid != OID_UNKNOWN) {
		const struct type *array = base_type(r->type, NULL);

		if (array->elem == NULL || (!type_is_array(array) && array->oid != OID_OIDVECTOR &&
					    array->oid != OID_INT2VECTOR))
			return bind_fail(b, position, ERR_WRONG_OBJECT_TYPE,
					 "op ANY/ALL (array) requires array on right side");
		elem = array->elem;
	}
	const struct operator* op = find(b, name, l->type, elem, position);
	if (op == NULL)
		return NULL;
	if (op->ret != OID_BOOL)
		return bind_fail(b, position, ERR_WRONG_OBJECT_TYPE,
				 "op ANY/ALL (array) requires operator to yield boolean");
	oid_t declared[2] = { op->left, op->right };
	const struct type *actual[2] = { l->type, elem };
	if (poly_enforce(b, 2, actual, declared, op->ret, false) == NULL)
		return NULL;
	const struct type *right = type_of(b, declared[1]);
	const struct type *array = right != NULL ? array_over(b, right) : NULL;
	if (array == NULL)
		return bind_fail(b, position, ERR_UNDEFINED_OBJECT,
				 "could not find array type for data type %s",
				 type_show(b, right != NULL ? right : elem));
	struct expr *x = expr_new(b->arena, any ? EXPR_ANY : EXPR_ALL, type_builtin(OID_BOOL), 2);
	x->args[0] = coerce_plain(b, l, type_of(b, declared[0]), -1, COERCE_IMPLICIT, 'i', 0);
	if (x->args[0] == NULL)
		return NULL;
	/* int2vector and oidvector are arrays already. */
	x->args[1] = elem->oid == declared[1] && r->type->oid != OID_UNKNOWN &&
				     !type_is_array(base_type(r->type, NULL))
			     ? r
			     : coerce_plain(b, r, array, -1, COERCE_IMPLICIT, 'i', 0);
	if (x->args[1] == NULL)
		return NULL;
	x->func = func_by_oid(op->func);
	x->op = op;
	if (op->restrict_class == '<' && (refuse_nested_language(b, x->args[1]) != ERR_OK ||
					  (has_language(x->args[0]) &&
					   bind_unsupported(b, position, "ANY and ALL by a collation of ICU",
							    "Compare with the elements of unnest().") == NULL)))
		return NULL;
	if (x->func == NULL)
		return bind_unsupported(
			b, position,
			printf_str(b, "operator %s on %s", name, type_show(b, l->type)), NULL);
	x->position = leftmost(position, l->position);
	return x;
}

/* -- Rows ---------------------------------------------------------------------- */
static bool
cmp_of(const char *name, enum row_cmp *ret)
{
	static const struct {
		const char *name;
		enum row_cmp cmp;
	} ops[] = {
		{ "=", ROWCMP_EQ },  { "<>", ROWCMP_NE }, { "!=", ROWCMP_NE }, { "<", ROWCMP_LT },
		{ "<=", ROWCMP_LE }, { ">", ROWCMP_GT },  { ">=", ROWCMP_GE },
	};

	for (unsigned i = 0; i < ARRAY_LEN(ops); i++)
		if (strcmp(ops[i].name, name) == 0) {
			*ret = ops[i].cmp;
			return true;
		}
	return false;
}

static int
no_row_order(struct binder *b, const char *name, int position)
{
	bind_error(b, position, ERR_FEATURE_NOT_SUPPORTED,
		   "could not determine interpretation of row comparison operator %s", name);
	return err_hint(b->e,
			"Row comparison operators must be associated with btree operator families.");
}

/* One pair of columns: an operator that an order has, even where only equality is asked about. */
static struct expr *
row_compare_op(struct binder *b, const char *name, struct expr *l, struct expr *r, int position)
{
	struct expr *x = make_op(b, name, l, r, position);

	if (x != NULL && x->nargs == 2 && !type_is_orderable(x->args[0]->type)) {
		no_row_order(b, name, position);
		return NULL;
	}
	return x;
}

/* Operators for each pair of columns; converts l[i] and r[i] in place. */
int
row_compare_ops(struct binder *b, const char *name, int n, struct expr **l, struct expr **r,
		const struct func **ops, enum row_cmp *ret_cmp, int position)
{
	const bool comparison = cmp_of(name, ret_cmp);

	for (int i = 0; i < n; i++) {
		struct expr *x = comparison ? row_compare_op(b, name, l[i], r[i], position)
					    : make_op(b, name, l[i], r[i], position);

		if (x == NULL)
			return b->e->code;
		if (x->type->oid != OID_BOOL)
			return bind_error(
				b, position, ERR_DATATYPE_MISMATCH,
				"row comparison operator must yield type boolean, not type %s",
				type_show(b, x->type));
		ops[i] = x->func;
		l[i] = x->args[0];
		r[i] = x->args[1];
	}
	return comparison ? ERR_OK : no_row_order(b, name, position);
}

struct expr *
make_row_compare(struct binder *b, const char *name, int n, struct expr **l, struct expr **r,
		 int position)
{
	enum row_cmp cmp;

	if (n == 0)
		return bind_fail(b, position, ERR_FEATURE_NOT_SUPPORTED,
				 "cannot compare rows of zero length");
	if (n == 1)
		return make_op(b, name, l[0], r[0], position);
	if (cmp_of(name, &cmp) && (cmp == ROWCMP_EQ || cmp == ROWCMP_NE)) {
		struct expr *x = expr_new(b->arena, cmp == ROWCMP_EQ ? EXPR_AND : EXPR_OR,
					  type_builtin(OID_BOOL), n);

		for (int i = 0; i < n; i++) {
			x->args[i] = row_compare_op(b, name, l[i], r[i], position);
			if (x->args[i] == NULL)
				return NULL;
		}
		x->position = leftmost(position, l[0]->position);
		return x;
	}
	const struct func **ops = ARENA_ARRAY(b->arena, const struct func *, n);
	if (row_compare_ops(b, name, n, l, r, ops, &cmp, position) != ERR_OK)
		return NULL;
	struct expr *x = expr_new(b->arena, EXPR_ROW_COMPARE, type_builtin(OID_BOOL), 2 * n);
	memcpy(x->args, l, (size_t) n * sizeof *l);
	memcpy(x->args + n, r, (size_t) n * sizeof *r);
	x->ops = ops;
	x->cmp = cmp;
	x->position = leftmost(position, l[0]->position);
	return x;
}

static bool
is_row_node(Node *n)
{
	return n != NULL && n->node_case == PG_QUERY__NODE__NODE_ROW_EXPR;
}

static struct expr *
compare_rows(struct binder *b, const char *name, struct expr *l, struct expr *r, int position)
{
	if (l->nargs != r->nargs)
		return bind_fail(b, position, ERR_SYNTAX_ERROR,
				 "unequal number of entries in row expressions");
	return make_row_compare(b, name, l->nargs, l->args, r->args, position);
}

/* -- Plain operators ----------------------------------------------------------- */
/* (a, b) = (SELECT x, y) */
static struct expr *
row_sublink(struct binder *b, struct scope *s, const PgQuery__AExpr *x)
{
	PgQuery__SubLink l = *x->rexpr->sub_link;

	l.sub_link_type = PG_QUERY__SUB_LINK_TYPE__ROWCOMPARE_SUBLINK;
	l.testexpr = x->lexpr;
	l.n_oper_name = x->n_name;
	l.oper_name = x->name;
	l.location = x->location;
	return bind_sublink(b, s, &l);
}

static int
check_op_schema(struct binder *b, const PgQuery__AExpr *x)
{
	if (x->n_name < 2)
		return ERR_OK;
	const char *schema = node_str(x->name[x->n_name - 2]);
	if (strcmp(schema, "pg_catalog") == 0)
		return ERR_OK;
	if (catalog_schema(b->catalog, schema) == NULL)
		return bind_error(b, at(b, x->location), ERR_UNDEFINED_SCHEMA,
				  "schema \"%s\" does not exist", schema);
	return bind_error(b, at(b, x->location), ERR_UNDEFINED_FUNCTION,
			  "operator does not exist: %s.%s", schema, op_name(x->n_name, x->name));
}

static struct expr *
bind_plain(struct binder *b, struct scope *s, const PgQuery__AExpr *x)
{
	const char *name = op_name(x->n_name, x->name);
	int pos = at(b, x->location);
	struct expr *l = NULL, *r;

	if (check_op_schema(b, x) != ERR_OK)
		return NULL;
	if (is_row_node(x->lexpr) && x->rexpr->node_case == PG_QUERY__NODE__NODE_SUB_LINK &&
	    x->rexpr->sub_link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK)
		return row_sublink(b, s, x);
	if (x->lexpr != NULL) {
		l = bind_expr(b, s, x->lexpr);
		if (l == NULL)
			return NULL;
	}
	r = bind_expr(b, s, x->rexpr);
	if (r == NULL)
		return NULL;
	if (is_row_node(x->lexpr) && is_row_node(x->rexpr) && l->kind == EXPR_ROW &&
	    r->kind == EXPR_ROW)
		return compare_rows(b, name, l, r, pos);
	return make_op(b, name, l, r, pos);
}

static struct expr *
bind_any_all(struct binder *b, struct scope *s, const PgQuery__AExpr *x, bool any)
{
	struct expr *l = bind_expr(b, s, x->lexpr);
	struct expr *r = l != NULL ? bind_expr(b, s, x->rexpr) : NULL;

	if (r == NULL || check_op_schema(b, x) != ERR_OK)
		return NULL;
	return make_any_all(b, op_name(x->n_name, x->name), any, l, r, at(b, x->location));
}

/* -- IS DISTINCT FROM, NULLIF -------------------------------------------------- */
static bool
is_null_const(const struct expr *x)
{
	return x->kind == EXPR_CONST && x->is_null && x->type->oid == OID_UNKNOWN;
}

static struct expr *
null_test_of(struct binder *b, struct expr *x, bool is_null, int position)
{
	x = resolve_unknown_for_test(b, x);
	if (x == NULL)
		return NULL;
	struct expr *t = expr_new(b->arena, is_null ? EXPR_IS_NULL : EXPR_IS_NOT_NULL,
				  type_builtin(OID_BOOL), 1);
	t->args[0] = x;
	t->position = position;
	return t;
}

static struct expr *
distinct_of(struct binder *b, struct expr *l, struct expr *r, bool distinct, int position)
{
	struct expr *x = make_op(b, "=", l, r, position);

	if (x == NULL)
		return NULL;
	if (x->type->oid != OID_BOOL)
		return bind_fail(b, position, ERR_DATATYPE_MISMATCH,
				 "IS DISTINCT FROM requires = operator to yield boolean");
	x->kind = distinct ? EXPR_DISTINCT : EXPR_NOT_DISTINCT;
	return x;
}

static struct expr *
bind_distinct_from(struct binder *b, struct scope *s, const PgQuery__AExpr *x, bool distinct)
{
	int pos = at(b, x->location);
	struct expr *l = bind_expr(b, s, x->lexpr);
	struct expr *r = l != NULL ? bind_expr(b, s, x->rexpr) : NULL;

	if (r == NULL)
		return NULL;
	if (is_null_const(r))
		return null_test_of(b, l, !distinct, pos);
	if (is_null_const(l))
		return null_test_of(b, r, !distinct, pos);
	if (l->kind != EXPR_ROW || r->kind != EXPR_ROW)
		return distinct_of(b, l, r, distinct, pos);
	if (l->nargs != r->nargs)
		return bind_fail(b, pos, ERR_SYNTAX_ERROR,
				 "unequal number of entries in row expressions");
	struct expr *all =
		expr_new(b->arena, distinct ? EXPR_OR : EXPR_AND, type_builtin(OID_BOOL), l->nargs);
	for (int i = 0; i < l->nargs; i++) {
		all->args[i] = distinct_of(b, l->args[i], r->args[i], distinct, pos);
		if (all->args[i] == NULL)
			return NULL;
	}
	if (l->nargs == 0)
		return expr_bool(b->arena, !distinct);
	all->position = pos;
	return l->nargs == 1 ? all->args[0] : all;
}

static struct expr *
bind_nullif(struct binder *b, struct scope *s, const PgQuery__AExpr *x)
{
	int pos = at(b, x->location);
	struct expr *l = bind_expr(b, s, x->lexpr);
	struct expr *r = l != NULL ? bind_expr(b, s, x->rexpr) : NULL;
	struct expr *n = r != NULL ? make_op(b, op_name(x->n_name, x->name), l, r, pos) : NULL;

	if (n == NULL)
		return NULL;
	if (n->type->oid != OID_BOOL)
		return bind_fail(b, pos, ERR_DATATYPE_MISMATCH,
				 "NULLIF requires = operator to yield boolean");
	n->kind = EXPR_NULLIF;
	n->type = n->args[0]->type;
	n->typmod = n->args[0]->typmod;
	n->collation = n->args[0]->collation;
	return n;
}

/* -- IN (list) ----------------------------------------------------------------- */
static int
visit_var(struct expr *x, void *arg)
{
	(void) arg;
	return x->kind == EXPR_VAR || x->kind == EXPR_AGG || x->kind == EXPR_WINDOW;
}

static bool
has_vars(struct expr *x)
{
	return expr_walk(x, visit_var, NULL, true) != 0;
}

/* All of x that have no variables as one array test, when they have a common type. */
static struct expr *
in_array(struct binder *b, const char *name, bool any, struct expr *l, struct list *values,
	 int position, bool *ret_done)
{
	int n = values->n;
	struct expr **all = ARENA_ARRAY(b->arena, struct expr *, n + 1);

	*ret_done = false;
	all[0] = l;
	memcpy(all + 1, values->at, (size_t) n * sizeof *all);
	const struct type *t = common_type(b, n + 1, all, NULL, NULL);
	if (t == NULL || t->oid == OID_RECORD)
		return NULL;
	for (int i = 0; i <= n; i++)
		if (!can_coerce_one(b, all[i]->type, t, COERCE_IMPLICIT))
			return NULL;
	const struct type *array = array_over(b, t);
	if (array == NULL)
		return NULL;
	struct expr *list = expr_new(b->arena, EXPR_ARRAY, array, n);
	*ret_done = true;
	for (int i = 0; i < n; i++) {
		list->args[i] = coerce_common(b, all[i + 1], t, "IN");
		if (list->args[i] == NULL)
			return NULL;
	}
	list->position = list->args[0]->position;
	return make_any_all(b, name, any, l, list, position);
}

static struct expr *
in_each(struct binder *b, const char *name, struct expr *l, struct expr *r, int position)
{
	if (l->kind == EXPR_ROW && r->kind == EXPR_ROW)
		return compare_rows(b, name, l, r, position);
	struct expr *x = make_op(b, name, l, r, position);
	return x != NULL ? coerce_bool(b, x, "IN") : NULL;
}

static struct expr *
bind_in(struct binder *b, struct scope *s, const PgQuery__AExpr *x)
{
	const char *name = op_name(x->n_name, x->name);
	bool any = strcmp(name, "<>") != 0;
	int pos = at(b, x->location), n = 0;
	struct list plain = { 0 }, rest = { 0 };
	const PgQuery__List *items = x->rexpr->list;
	struct expr *l = bind_expr(b, s, x->lexpr);

	if (l == NULL)
		return NULL;
	for (size_t i = 0; i < items->n_items; i++) {
		struct expr *r = bind_expr(b, s, items->items[i]);

		if (r == NULL)
			return NULL;
		list_push(has_vars(r) ? &rest : &plain, b->arena, r);
	}
	struct expr **terms = ARENA_ARRAY(b->arena, struct expr *, plain.n + rest.n);
	if (plain.n > 1) {
		bool done;
		struct expr *t = in_array(b, name, any, l, &plain, pos, &done);

		if (done && t == NULL)
			return NULL;
		if (done) {
			terms[n++] = t;
			plain.n = 0;
		}
	}
	for (int i = 0; i < plain.n + rest.n; i++) {
		struct expr *r = i < plain.n ? plain.at[i] : rest.at[i - plain.n];

		terms[n] = in_each(b, name, l, r, pos);
		if (terms[n++] == NULL)
			return NULL;
	}
	if (n == 1)
		return terms[0];
	struct expr *all = expr_new(b->arena, any ? EXPR_OR : EXPR_AND, type_builtin(OID_BOOL), 0);
	all->nargs = n;
	all->args = terms;
	all->position = leftmost(pos, l->position);
	return all;
}

/* -- BETWEEN ------------------------------------------------------------------- */
static struct expr *
both(struct binder *b, enum expr_kind kind, struct expr *l, struct expr *r, int position)
{
	if (l == NULL || r == NULL)
		return NULL;
	l = coerce_bool(b, l, kind == EXPR_AND ? "AND" : "OR");
	r = l != NULL ? coerce_bool(b, r, kind == EXPR_AND ? "AND" : "OR") : NULL;
	if (r == NULL)
		return NULL;
	struct expr *x = expr_new(b->arena, kind, type_builtin(OID_BOOL), 2);
	x->args[0] = l;
	x->args[1] = r;
	x->position = leftmost(position, l->position);
	return x;
}

static struct expr *
between_one(struct binder *b, struct scope *s, Node *v, Node *lo, Node *hi, bool not, int position)
{
	struct expr *x = bind_expr(b, s, v), *y = x != NULL ? bind_expr(b, s, lo) : NULL;
	struct expr *first = y != NULL ? make_op(b, not ? "<" : ">=", x, y, position) : NULL;

	if (first == NULL)
		return NULL;
	x = bind_expr(b, s, v);
	y = x != NULL ? bind_expr(b, s, hi) : NULL;
	struct expr *second = y != NULL ? make_op(b, not ? ">" : "<=", x, y, position) : NULL;
	return both(b, not ? EXPR_OR : EXPR_AND, first, second, position);
}

static struct expr *
bind_between(struct binder *b, struct scope *s, const PgQuery__AExpr *x)
{
	const PgQuery__List *bounds = x->rexpr->list;
	Node *lo = bounds->items[0], *hi = bounds->items[1];
	int pos = at(b, x->location);
	bool not = x->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN ||
		   x->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM;
	bool sym = x->kind == PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN_SYM ||
		   x->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM;
	struct expr *first = between_one(b, s, x->lexpr, lo, hi, not, pos);

	if (first == NULL || !sym)
		return first;
	return both(b, not ? EXPR_AND : EXPR_OR, first,
		    between_one(b, s, x->lexpr, hi, lo, not, pos), pos);
}

struct expr *
bind_a_expr(struct binder *b, struct scope *s, const PgQuery__AExpr *x)
{
	switch (x->kind) {
	case PG_QUERY__A__EXPR__KIND__AEXPR_OP:
	case PG_QUERY__A__EXPR__KIND__AEXPR_LIKE:
	case PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE:
	case PG_QUERY__A__EXPR__KIND__AEXPR_SIMILAR:
		return bind_plain(b, s, x);
	case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY:
		return bind_any_all(b, s, x, true);
	case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL:
		return bind_any_all(b, s, x, false);
	case PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT:
		return bind_distinct_from(b, s, x, true);
	case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT:
		return bind_distinct_from(b, s, x, false);
	case PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF:
		return bind_nullif(b, s, x);
	case PG_QUERY__A__EXPR__KIND__AEXPR_IN:
		return bind_in(b, s, x);
	case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN:
	case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN:
	case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN_SYM:
	case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM:
		return bind_between(b, s, x);
	default:
		return bind_unsupported(b, at(b, x->location), "this form of operator expression",
					NULL);
	}
}
