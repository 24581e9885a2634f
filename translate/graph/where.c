/* where.c - the `where` object: SQL's comparison functions and three-valued logic. */
#include "config.h"
#include "translate/graph/request.h"

#include <stdlib.h>

static struct expr *
negate(struct request *r, struct expr *x)
{
	if (x == NULL)
		return NULL;
	struct expr *n = expr_new(r->arena, EXPR_NOT, type_builtin(OID_BOOL), 1);
	n->args[0] = x;
	return n;
}

static struct expr *
test_expr(struct request *r, enum expr_kind kind, struct expr *x)
{
	struct expr *t = expr_new(r->arena, kind, type_builtin(OID_BOOL), 1);

	t->args[0] = x;
	return t;
}

/* -- Tests of one value ------------------------------------------------------------------------------- */

enum test { T_OP, T_IN, T_NOT_IN, T_BETWEEN, T_IS_NULL, T_STARTS, T_ENDS, T_HAS_KEY, T_HAS_ANY, T_HAS_ALL, T_DISTINCT, T_CONTAINS };
static const struct { const char *key; enum test test; const char *op; bool text; } tests[] = {
	{ "eq", T_OP, "=", false }, { "ne", T_OP, "<>", false }, { "lt", T_OP, "<", false }, { "le", T_OP, "<=", false },
	{ "gt", T_OP, ">", false }, { "ge", T_OP, ">=", false },
	{ "in", T_IN, "=", false }, { "not_in", T_NOT_IN, "<>", false }, { "between", T_BETWEEN, NULL, false },
	{ "is_null", T_IS_NULL, NULL, false },
	{ "like", T_OP, "~~", true }, { "not_like", T_OP, "!~~", true }, { "ilike", T_OP, "~~*", true },
	{ "not_ilike", T_OP, "!~~*", true }, { "regex", T_OP, "~", true }, { "iregex", T_OP, "~*", true },
	{ "starts_with", T_STARTS, NULL, true }, { "ends_with", T_ENDS, NULL, true },
	{ "contains", T_CONTAINS, "@>", false }, { "contained_by", T_OP, "<@", false },
	{ "has_key", T_HAS_KEY, "?", true }, { "has_any", T_HAS_ANY, "?|", true }, { "has_all", T_HAS_ALL, "?&", true },
	{ "is_distinct", T_DISTINCT, "=", false }, { "overlaps", T_OP, "&&", false },
};

static int
unknown_test(struct request *r, const struct at_path *p, const char *key)
{
	const char *names[ARRAY_LEN(tests) + 1];

	for (size_t i = 0; i < ARRAY_LEN(tests); i++)
		names[i] = tests[i].key;
	names[ARRAY_LEN(tests)] = NULL;
	return unknown_key(r, p, key, names);
}

/* {"field": "other"} names another field, anything else is a value of type t. */
static struct expr *
operand(struct glevel *l, const struct at_path *p, const struct json_node *n, const struct type *t, int32_t typmod)
{
	if (n->kind == JSON_OBJECT && n->n == 1 && strcmp(n->child->key, "field") == 0 && n->child->kind == JSON_STRING)
		return level_path(l, p, n->child->str);
	(void) typmod;
	return json_value(l->q, p, n, t, -1);
}

static struct expr *
binary(struct request *r, const char *op, struct expr *l, struct expr *right)
{
	return l == NULL || right == NULL ? NULL : make_op(r->b, op, l, right, 0);
}

/* value in [...]: a null among the values makes it unknown, as in SQL. */
static struct expr *
in_list(struct glevel *l, const struct at_path *p, struct expr *x, const struct json_node *n, bool negated)
{
	struct request *r = l->q;
	struct expr *all = NULL;
	int i = 0;

	n = value_node(r, p, n);
	if (n == NULL)
		return NULL;
	if (n->kind != JSON_ARRAY) {
		(void) request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "a list of values is expected");
		return NULL;
	}
	if (n->n == 0)
		return expr_bool(r->arena, negated);
	const struct type *array = array_over(r->b, x->type);
	struct expr *list = array == NULL ? NULL : expr_new(r->arena, EXPR_ARRAY, array, n->n);
	for (const struct json_node *m = n->child; m != NULL; m = m->next, i++) {
		struct at_path one = { p, NULL, i };
		struct expr *v = operand(l, &one, m, x->type, -1);
		if (v == NULL)
			return NULL;
		if (list != NULL) {
			list->args[i] = v;
			continue;
		}
		struct expr *t = binary(r, negated ? "<>" : "=", x, v);
		if (t == NULL)
			return NULL;
		if (all == NULL) {
			all = t;
			continue;
		}
		struct expr *j = expr_new(r->arena, negated ? EXPR_AND : EXPR_OR, type_builtin(OID_BOOL), 2);
		j->args[0] = all;
		j->args[1] = t;
		all = j;
	}
	return list == NULL ? all : make_any_all(r->b, negated ? "<>" : "=", !negated, x, list, 0);
}

static struct expr *
between(struct glevel *l, const struct at_path *p, struct expr *x, const struct json_node *n)
{
	struct request *r = l->q;

	n = value_node(r, p, n);
	if (n == NULL)
		return NULL;
	if (n->kind != JSON_ARRAY || n->n != 2) {
		(void) request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "\"between\" takes two values");
		return NULL;
	}
	struct expr *lo = binary(r, ">=", x, operand(l, p, n->child, x->type, -1));
	struct expr *hi = lo == NULL ? NULL : binary(r, "<=", x, operand(l, p, n->child->next, x->type, -1));
	return hi == NULL ? NULL : expr_and(r->arena, lo, hi);
}

/* A text that starts with, ends with or contains another, whose % and _ mean themselves. */
static struct expr *
part_of_text(struct request *r, const struct at_path *p, struct expr *x, const struct json_node *n, enum test t)
{
	const char *s;

	if (get_string(r, p, n, &s) != ERR_OK)
		return NULL;
	if (t == T_STARTS) {
		struct expr *args[2] = { coerce_to(r->b, x, type_builtin(OID_TEXT), -1, COERCE_IMPLICIT, 'i', 0), text_const(r, s, strlen(s)) };
		return args[0] == NULL ? NULL : make_call(r->b, "starts_with", 2, args, 0);
	}
	struct strbuf b;
	strbuf_init(&b, r->arena);
	strbuf_putc(&b, '%');
	for (; *s != '\0'; s++) {
		if (*s == '%' || *s == '_' || *s == '\\')
			strbuf_putc(&b, '\\');
		strbuf_putc(&b, *s);
	}
	if (t == T_CONTAINS)
		strbuf_putc(&b, '%');
	return binary(r, "~~", x, text_const(r, b.data, b.len));
}

static struct expr *
text_array(struct request *r, const struct at_path *p, const struct json_node *n)
{
	return json_value(r, p, n, type_builtin(OID_TEXT_ARRAY), -1);
}

static struct expr *
has_keys(struct request *r, const struct at_path *p, struct expr *x, const struct json_node *n, enum test t, const char *op)
{
	if (t == T_HAS_KEY) {
		const char *s;
		return get_string(r, p, n, &s) != ERR_OK ? NULL : binary(r, op, x, text_const(r, s, strlen(s)));
	}
	if (type_is_array(x->type))     /* arrays: any element, all elements */
		return binary(r, t == T_HAS_ANY ? "&&" : "@>", x, json_value(r, p, n, x->type, -1));
	return binary(r, op, x, text_array(r, p, n));
}

static struct expr *
one_test(struct glevel *l, const struct at_path *p, struct expr *x, const struct json_node *n)
{
	struct request *r = l->q;
	size_t i = 0;
	bool yes;

	while (i < ARRAY_LEN(tests) && strcmp(tests[i].key, n->key) != 0)
		i++;
	if (i == ARRAY_LEN(tests)) {
		(void) unknown_test(r, p, n->key);
		return NULL;
	}
	struct at_path at = { p, n->key, 0 };
	switch (tests[i].test) {
	case T_OP:
		return binary(r, tests[i].op, x, operand(l, &at, n, tests[i].text ? type_builtin(OID_TEXT) : x->type, -1));
	case T_IN:
	case T_NOT_IN:
		return in_list(l, &at, x, n, tests[i].test == T_NOT_IN);
	case T_BETWEEN:
		return between(l, &at, x, n);
	case T_IS_NULL:
		if (get_bool(r, &at, n, &yes) != ERR_OK)
			return NULL;
		return test_expr(r, yes ? EXPR_IS_NULL : EXPR_IS_NOT_NULL, x);
	case T_STARTS:
	case T_ENDS:
		return part_of_text(r, &at, x, n, tests[i].test);
	case T_CONTAINS:
		if (base_type(x->type, NULL)->category == 'S')
			return part_of_text(r, &at, x, n, T_CONTAINS);
		break;
	case T_HAS_KEY:
	case T_HAS_ANY:
	case T_HAS_ALL:
		return has_keys(r, &at, x, n, tests[i].test, tests[i].op);
	case T_DISTINCT: {
		struct expr *v = operand(l, &at, n, x->type, -1), *eq = v == NULL ? NULL : equal(r, x, v);
		if (eq == NULL)
			return NULL;
		struct expr *d = arena_dup(r->arena, eq, sizeof *eq);
		d->kind = EXPR_DISTINCT;
		return d;
	}
	default:
		break;
	}
	return binary(r, tests[i].op, x, operand(l, &at, n, x->type, -1));
}

/* What stands beside a field: a scalar, null, or an object of tests. */
struct expr *
bind_value_tests(struct glevel *l, const struct at_path *p, struct expr *x, const struct json_node *n)
{
	struct request *r = l->q;
	bool once = r->once;
	const struct json_node *v = value_node(r, p, n);
	struct expr *all = NULL;

	if (v == NULL)
		return NULL;
	if (r->keep_params && is_param(n) && v->kind != JSON_NULL && v->kind != JSON_ARRAY && v->kind != JSON_OBJECT) {
		r->once = once;         /* any value but null gives this plan */
		return binary(r, "=", x, json_value(r, p, n, x->type, -1));
	}
	if (v->kind == JSON_NULL)
		return test_expr(r, EXPR_IS_NULL, x);
	if (v->kind != JSON_OBJECT || v != n)
		return binary(r, "=", x, json_value(r, p, v, x->type, -1));
	for (const struct json_node *m = v->child; m != NULL; m = m->next) {
		struct expr *t = one_test(l, p, x, m);
		if (t == NULL)
			return NULL;
		all = expr_and(r->arena, all, t);
	}
	return all == NULL ? expr_bool(r->arena, true) : all;
}

/* -- Relations -------------------------------------------------------------------------------------------- */

static struct expr *
exists(struct glevel *child)
{
	struct request *r = child->q;

	query_add_target(r->arena, child->query, expr_const(r->arena, type_builtin(OID_INT4), datum_int(1)), "?column?");
	return sublink_expr(r, child->query, SUBLINK_EXISTS, type_builtin(OID_BOOL));
}

static struct expr *
related(struct glevel *l, const struct at_path *p, const struct graph_relation *rel, const struct json_node *w, bool unless)
{
	struct request *r = l->q;
	struct glevel *child = link_relation(l, rel, l->include);
	struct expr *x = child == NULL ? NULL : bind_filter(child, p, w);

	if (x == NULL)
		return NULL;
	if (unless)
		x = test_expr(r, EXPR_IS_NOT_TRUE, x);
	child->query->where = expr_and(r->arena, child->query->where, x);
	return exists(child);
}

struct expr *
count_related(struct glevel *l, const struct graph_relation *rel)
{
	struct request *r = l->q;
	struct glevel *child = link_relation(l, rel, l->include);

	if (child == NULL)
		return NULL;
	struct expr *n = make_call(r->b, "count", 0, NULL, 0);
	if (n == NULL)
		return NULL;
	n->agg_star = true;
	child->query->has_aggs = true;
	query_add_target(r->arena, child->query, n, "count");
	return sublink_expr(r, child->query, SUBLINK_SCALAR, type_builtin(OID_INT8));
}

static struct expr *
many_test(struct glevel *l, const struct at_path *p, const struct graph_relation *rel, const struct json_node *n)
{
	static const char *const known[] = { "some", "every", "none", "count", NULL };
	struct request *r = l->q;
	struct at_path at = { p, n->key, 0 };

	if (strcmp(n->key, "some") == 0)
		return related(l, &at, rel, n, false);
	if (strcmp(n->key, "none") == 0)
		return negate(r, related(l, &at, rel, n, false));
	if (strcmp(n->key, "every") == 0)
		return negate(r, related(l, &at, rel, n, true));
	if (strcmp(n->key, "count") == 0) {
		struct expr *c = count_related(l, rel);
		return c == NULL ? NULL : bind_value_tests(l, &at, c, n);
	}
	(void) unknown_key(r, p, n->key, known);
	return NULL;
}

static struct expr *
relation_tests(struct glevel *l, const struct at_path *p, const struct graph_relation *rel, const struct json_node *n)
{
	struct request *r = l->q;
	struct expr *all = NULL;

	if (!rel->many) {
		if (n->kind == JSON_NULL) {
			struct glevel *child = link_relation(l, rel, l->include);
			return child == NULL ? NULL : negate(r, exists(child));
		}
		const struct json_node *is = n->kind == JSON_OBJECT && n->n == 1 ? json_member(n, "is") : NULL;
		if (is != NULL && is->kind == JSON_NULL)
			return relation_tests(l, p, rel, is);
		return related(l, p, rel, is != NULL ? is : n, false);
	}
	if (n->kind != JSON_OBJECT || n->n == 0) {
		(void) request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "a to-many relation takes some, every, none or count");
		return NULL;
	}
	for (const struct json_node *m = n->child; m != NULL; m = m->next) {
		struct expr *t = many_test(l, p, rel, m);
		if (t == NULL)
			return NULL;
		all = expr_and(r->arena, all, t);
	}
	return all;
}

/* -- JSON columns -------------------------------------------------------------------------------------------- */

static bool
wants_text(const struct json_node *n)
{
	if (n->kind == JSON_STRING)
		return true;
	if (n->kind != JSON_OBJECT)
		return false;
	for (const struct json_node *m = n->child; m != NULL; m = m->next) {
		const struct json_node *v = m->kind == JSON_ARRAY && m->child != NULL ? m->child : m;
		if (v->kind == JSON_STRING && strncmp(m->key, "has_", 4) != 0)
			return true;
	}
	return false;
}

/* "data->a->b": text when it is compared with strings, else the JSON value itself. */
static struct expr *
json_path_expr(struct glevel *l, const struct at_path *p, const char *name, const struct json_node *n)
{
	struct request *r = l->q;
	const char *arrow = strstr(name, "->");
	struct expr *x = level_path(l, p, arena_strndup(r->arena, name, (size_t) (arrow - name)));

	while (x != NULL && arrow != NULL) {
		const char *step = arrow + 2, *next = strstr(step, "->");
		size_t len = next != NULL ? (size_t) (next - step) : strlen(step);
		bool last = next == NULL, digits = len > 0 && strspn(step, "0123456789") >= len;
		const char *op = last && wants_text(n) ? "->>" : "->";
		struct expr *key = digits ? expr_const(r->arena, type_builtin(OID_INT4), datum_int(atoi(step))) : text_const(r, step, len);
		x = make_op(r->b, op, x, key, 0);
		arrow = next;
	}
	return x;
}

/* -- The whole ------------------------------------------------------------------------------------------------- */

static struct expr *
junction(struct glevel *l, const struct at_path *p, const struct json_node *n, bool or)
{
	struct request *r = l->q;
	struct list parts = { 0 };
	int i = 0;

	if (n->kind != JSON_ARRAY) {
		(void) request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "\"%s\" takes an array of conditions", or ? "or" : "and");
		return NULL;
	}
	for (const struct json_node *m = n->child; m != NULL; m = m->next, i++) {
		struct at_path one = { p, NULL, i };
		struct expr *x = bind_filter(l, &one, m);
		if (x == NULL)
			return NULL;
		list_push(&parts, r->arena, x);
	}
	if (parts.n == 0)
		return expr_bool(r->arena, !or);
	if (parts.n == 1)
		return parts.at[0];
	struct expr *x = expr_new(r->arena, or ? EXPR_OR : EXPR_AND, type_builtin(OID_BOOL), parts.n);
	memcpy(x->args, parts.at, (size_t) parts.n * sizeof *x->args);
	return x;
}

static struct expr *
one_condition(struct glevel *l, const struct at_path *p, const struct json_node *n)
{
	struct request *r = l->q;

	if (find_field(r, l->rel, n->key) == NULL) {
		if (strcmp(n->key, "and") == 0 || strcmp(n->key, "or") == 0)
			return junction(l, p, n, n->key[0] == 'o');
		if (strcmp(n->key, "not") == 0)
			return negate(r, bind_filter(l, p, n));
		const struct graph_relation *rel = find_relation_named(r, l->rel, n->key);
		if (rel != NULL)
			return relation_tests(l, p, rel, n);
	}
	struct expr *x = strstr(n->key, "->") != NULL ? json_path_expr(l, p, n->key, n) : level_path(l, p, n->key);
	return x == NULL ? NULL : bind_value_tests(l, p, x, n);
}

struct expr *
bind_filter(struct glevel *l, const struct at_path *p, const struct json_node *w)
{
	struct request *r = l->q;
	struct expr *all = NULL;

	if (w->kind != JSON_OBJECT) {
		(void) request_error(r, p, ERR_INVALID_PARAMETER_VALUE, "a condition must be a JSON object");
		return NULL;
	}
	if (!bind_enter(r->b))
		return NULL;
	for (const struct json_node *n = w->child; n != NULL; n = n->next) {
		struct at_path at = { p, n->key, 0 };
		struct expr *x = one_condition(l, &at, n);
		if (x == NULL) {
			bind_leave(r->b);
			return NULL;
		}
		all = expr_and(r->arena, all, x);
	}
	bind_leave(r->b);
	return all == NULL ? expr_bool(r->arena, true) : all;
}
