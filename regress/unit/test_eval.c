/* test_eval.c - expressions: strictness, three-valued logic, laziness, conversions.
 * Values as PostgreSQL 15 gives them. */
#include "config.h"
#include "regress/unit/exec_kit.h"

#define NUL lit(OID_INT4, NULL)
#define TRU expr_bool(&kit_arena, true)
#define FLS expr_bool(&kit_arena, false)
#define NULB lit(OID_BOOL, NULL)
#define BOOM op2("=", op2("/", num(1), slot(1, OID_INT4)), num(1))     /* slot 1 is 0: fails when evaluated */

/* Three rows: x = 1, 2, null; slot 1 is always 0. */
static const char *
over(struct expr *x)
{
	return run(project(rows("1,0|2,0|,0", 2, OID_INT4, OID_INT4), 1, x));
}

static struct expr *
x(void)
{
	return slot(0, OID_INT4);
}

static void
test_logic(void)
{
	struct expr *const v[] = { TRU, FLS, NULB };
	const char *ands[] = { "t", "f", "~", "f", "f", "f", "~", "f", "~" };
	const char *ors[] = { "t", "t", "t", "t", "f", "~", "t", "~", "~" };

	for (int i = 0; i < 3; i++)
		for (int k = 0; k < 3; k++) {
			is_str(ands[i * 3 + k], eval(node(EXPR_AND, OID_BOOL, 2, v[i], v[k])), "and %d %d", i, k);
			is_str(ors[i * 3 + k], eval(node(EXPR_OR, OID_BOOL, 2, v[i], v[k])), "or %d %d", i, k);
		}
	is_str("f|t|~", over(node(EXPR_NOT, OID_BOOL, 1, op2("=", x(), num(1)))), "not");
	is_str("22012 division by zero", over(BOOM), "an expression that fails");
	is_str("f|f|f", over(node(EXPR_AND, OID_BOOL, 2, op2("<", slot(1, OID_INT4), num(0)), BOOM)), "false AND is lazy");
	is_str("t|t|t", over(node(EXPR_OR, OID_BOOL, 2, op2("=", slot(1, OID_INT4), num(0)), BOOM)), "true OR is lazy");
	is_str("22012 division by zero", over(node(EXPR_AND, OID_BOOL, 2, op2(">", x(), num(1)), BOOM)), "AND fails where it must look");
	is_str("f|t|~", over(node(EXPR_AND, OID_BOOL, 3, op2(">", x(), num(0)), op2(">", x(), num(1)), op2("<", x(), num(3)))), "three operands");
}

static void
test_tests(void)
{
	struct expr *b = op2("=", x(), num(1));

	is_str("f|f|t", over(node(EXPR_IS_NULL, OID_BOOL, 1, x())), "is null");
	is_str("t|t|f", over(node(EXPR_IS_NOT_NULL, OID_BOOL, 1, x())), "is not null");
	is_str("t|f|f", over(node(EXPR_IS_TRUE, OID_BOOL, 1, b)), "is true");
	is_str("f|t|t", over(node(EXPR_IS_NOT_TRUE, OID_BOOL, 1, b)), "is not true");
	is_str("f|t|f", over(node(EXPR_IS_FALSE, OID_BOOL, 1, b)), "is false");
	is_str("t|f|t", over(node(EXPR_IS_NOT_FALSE, OID_BOOL, 1, b)), "is not false");
	is_str("f|f|t", over(node(EXPR_IS_UNKNOWN, OID_BOOL, 1, b)), "is unknown");
	struct expr *d = node(EXPR_DISTINCT, OID_BOOL, 2, x(), NUL);
	d->func = func_by_oid(operator_exact("=", OID_INT4, OID_INT4)->func);
	is_str("t|t|f", over(d), "is distinct from null");
	d = node(EXPR_NOT_DISTINCT, OID_BOOL, 2, x(), num(2));
	d->func = func_by_oid(operator_exact("=", OID_INT4, OID_INT4)->func);
	is_str("f|t|f", over(d), "is not distinct from 2");
	d = node(EXPR_NULLIF, OID_INT4, 2, x(), num(2));
	d->func = func_by_oid(operator_exact("=", OID_INT4, OID_INT4)->func);
	is_str("1|~|~", over(d), "nullif");
}

static void
test_case(void)
{
	struct expr *one = op2("=", x(), num(1)), *two = op2("=", x(), num(2));

	is_str("10|20|~", over(node(EXPR_CASE, OID_INT4, 4, one, num(10), two, num(20))), "case without else");
	is_str("10|20|30", over(node(EXPR_CASE, OID_INT4, 5, one, num(10), two, num(20), num(30))), "case with else");
	is_str("10|10|10", over(node(EXPR_CASE, OID_INT4, 3, op2("=", slot(1, OID_INT4), num(0)), num(10), op2("/", num(1), slot(1, OID_INT4)))), "case is lazy");
	is_str("1|2|0", over(node(EXPR_COALESCE, OID_INT4, 2, x(), slot(1, OID_INT4))), "coalesce");
	is_str("22012 division by zero", over(node(EXPR_COALESCE, OID_INT4, 2, x(), op2("/", num(1), slot(1, OID_INT4)))), "coalesce looks where it must");
	is_str("1|2", run(filter(project(rows("1,0|2,0|,0", 2, OID_INT4, OID_INT4), 1, node(EXPR_COALESCE, OID_INT4, 2, x(), num(9))), op2("<", x(), num(9)))), "coalesce below a filter");
	struct expr *c = node(EXPR_CASE, OID_TEXT, 5, NULL, lit(OID_TEXT, "one"), NULL, lit(OID_TEXT, "two"), lit(OID_TEXT, "other"));
	c->test = x();
	c->args[0] = op2("=", expr_new(&kit_arena, EXPR_CASE_VALUE, T(OID_INT4), 0), num(1));
	c->args[2] = op2("=", expr_new(&kit_arena, EXPR_CASE_VALUE, T(OID_INT4), 0), num(2));
	is_str("one|two|other", over(c), "case x when");
	struct expr *inner = node(EXPR_CASE, OID_INT4, 3, two, num(2), num(3));
	is_str("1|2|3", over(node(EXPR_CASE, OID_INT4, 3, one, num(1), inner)), "nested case");
	is_str("5|5|0", over(node(EXPR_GREATEST, OID_INT4, 2, node(EXPR_CASE, OID_INT4, 2, node(EXPR_IS_NOT_NULL, OID_BOOL, 1, x()), num(5)), slot(1, OID_INT4))), "greatest passes nulls over");
	is_str("1|2|3", over(node(EXPR_LEAST, OID_INT4, 2, x(), num(3))), "least");
}

static struct expr *
any(enum expr_kind kind, const char *op, struct expr *l, struct expr *array)
{
	struct expr *e = expr_new(&kit_arena, kind, T(OID_BOOL), 2);

	e->op = operator_exact(op, OID_INT4, OID_INT4);
	e->func = func_by_oid(e->op->func);
	e->args[0] = l;
	e->args[1] = array;
	return e;
}

static void
test_arrays(void)
{
	is_str("t|f|~", over(any(EXPR_ANY, "=", x(), lit(OID_INT4_ARRAY, "{1,3}"))), "= any");
	is_str("t|~|~", over(any(EXPR_ANY, "=", x(), lit(OID_INT4_ARRAY, "{1,NULL}"))), "= any with a null");
	is_str("f|f|f", over(any(EXPR_ANY, "=", x(), lit(OID_INT4_ARRAY, "{}"))), "= any of nothing");
	is_str("t|t|t", over(any(EXPR_ALL, "=", x(), lit(OID_INT4_ARRAY, "{}"))), "= all of nothing");
	is_str("~|~|~", over(any(EXPR_ANY, "=", x(), lit(OID_INT4_ARRAY, NULL))), "= any of null");
	is_str("f|t|~", over(any(EXPR_ANY, "=", x(), lit(OID_INT4_ARRAY, "{2,4,5,6,7,8,9,10,11,12,13}"))), "= any by a set");
	is_str("~|t|~", over(any(EXPR_ANY, "=", x(), lit(OID_INT4_ARRAY, "{2,4,5,6,NULL,8,9,10,11,12,13}"))), "= any by a set with a null");
	is_str("t|f|~", over(any(EXPR_ALL, "<>", x(), lit(OID_INT4_ARRAY, "{2,4,5,6,7,8,9,10,11,12,13}"))), "<> all by a set");
	is_str("~|f|~", over(any(EXPR_ALL, "<>", x(), lit(OID_INT4_ARRAY, "{2,4,5,6,NULL,8,9,10,11,12,13}"))), "<> all by a set with a null");
	is_str("t|f|~", over(any(EXPR_ALL, "<", x(), lit(OID_INT4_ARRAY, "{2,3}"))), "< all");
	is_str("{1,0,7}|{2,0,7}|{NULL,0,7}", over(node(EXPR_ARRAY, OID_INT4_ARRAY, 3, x(), slot(1, OID_INT4), num(7))), "array of values");
	struct expr *row = node(EXPR_ARRAY, OID_INT4_ARRAY, 2, x(), num(7));
	is_str("{{1,7},{1,7}}|{{2,7},{2,7}}|{{NULL,7},{NULL,7}}", over(node(EXPR_ARRAY, OID_INT4_ARRAY, 2, row, row)), "array of arrays");
	struct expr *sub = expr_new(&kit_arena, EXPR_SUBSCRIPT, T(OID_INT4), 1);
	sub->args[0] = lit(OID_INT4_ARRAY, "{10,20,30}");
	sub->subs = ARENA_ARRAY(&kit_arena, struct expr *, 2);
	sub->nsubs = 1;
	sub->subs[0] = x();
	is_str("10|20|~", over(sub), "subscript");
	sub = expr_new(&kit_arena, EXPR_SUBSCRIPT, T(OID_INT4_ARRAY), 1);
	sub->args[0] = lit(OID_INT4_ARRAY, "{10,20,30}");
	sub->subs = ARENA_ARRAY(&kit_arena, struct expr *, 2);
	sub->nsubs = 2;
	sub->is_slice = true;
	sub->subs[0] = x();
	is_str("{10,20,30}|{20,30}|~", over(sub), "slice");
	struct expr *cast = node(EXPR_CAST_ARRAY, OID_TEXT_ARRAY, 1, lit(OID_INT4_ARRAY, "{1,NULL,3}"));
	cast->elem_cast = node(EXPR_CAST_IO, OID_TEXT, 1, expr_new(&kit_arena, EXPR_CASE_VALUE, T(OID_INT4), 0));
	is_str("{1,NULL,3}", eval(cast), "cast of an array");
}

static void
test_casts(void)
{
	is_str("1|2|~", over(node(EXPR_CAST_IO, OID_TEXT, 1, x())), "int to text");
	is_str("42", eval(node(EXPR_CAST_IO, OID_INT4, 1, lit(OID_TEXT, " 42 "))), "text to int");
	is_str("22P02 invalid input syntax for type integer: \"4x\"", eval(node(EXPR_CAST_IO, OID_INT4, 1, lit(OID_TEXT, "4x"))), "bad text");
	struct expr *t = node(EXPR_TYPMOD, OID_VARCHAR, 1, lit(OID_VARCHAR, "abcdef"));
	t->typmod = 3 + 4;
	t->explicit_cast = true;
	is_str("abc", eval(t), "varchar(3), explicit");
	t->explicit_cast = false;
	is_str("22001 value too long for type character varying(3)", eval(t), "varchar(3), implicit");
}

static struct expr *
row_compare(enum row_cmp cmp, const char *op, struct expr *a, struct expr *b, struct expr *c, struct expr *d)
{
	struct expr *e = node(EXPR_ROW_COMPARE, OID_BOOL, 4, a, b, c, d);
	const struct func *f = func_by_oid(operator_exact(op, OID_INT4, OID_INT4)->func);

	e->cmp = cmp;
	e->ops = ARENA_ARRAY(&kit_arena, const struct func *, 2);
	e->ops[0] = e->ops[1] = f;
	return e;
}

static void
test_rows(void)
{
	is_str("t|f|~", over(row_compare(ROWCMP_EQ, "=", x(), num(2), num(1), num(2))), "row =");
	is_str("f|f|f", over(row_compare(ROWCMP_EQ, "=", x(), num(2), num(1), num(3))), "row =: one differs");
	is_str("f|t|~", over(row_compare(ROWCMP_NE, "<>", x(), num(2), num(1), num(2))), "row <>");
	is_str("t|f|~", over(row_compare(ROWCMP_LT, "<", x(), num(2), num(1), num(3))), "row <");
	is_str("f|f|~", over(row_compare(ROWCMP_LT, "<", x(), NUL, num(0), num(3))), "row <: decided before the null");
	is_str("~|f|~", over(row_compare(ROWCMP_LT, "<", x(), NUL, num(1), num(3))), "row <: null where it counts");
	is_str("t|f|~", over(row_compare(ROWCMP_LE, "<=", x(), num(2), num(1), num(2))), "row <=");
}

static void
test_params(void)
{
	const union datum v[] = { { .i = 2 }, { .i = 0 } };
	const bool nulls[] = { false, true };
	const struct type *types[] = { T(OID_INT4), T(OID_INT4) };
	struct expr *p1 = expr_new(&kit_arena, EXPR_PARAM, T(OID_INT4), 0), *p2 = expr_new(&kit_arena, EXPR_PARAM, T(OID_INT4), 0);

	kit_params = (struct exec_params) { 2, v, nulls, types };
	p1->number = 1;
	p2->number = 2;
	is_str("3|4|~", over(op2("+", x(), p1)), "parameter");
	is_str("~|~|~", over(op2("+", x(), p2)), "null parameter");
	is_str("5|5|5", over(op2("+", p1, num(3))), "computed once");
	is_str("2,0", run(filter(rows("1,0|2,0|,0", 2, OID_INT4, OID_INT4), op2("=", x(), p1))), "filter by a parameter");
	is_str("", run(filter(rows("1,0|2,0|,0", 2, OID_INT4, OID_INT4), op2("=", x(), p2))), "filter by a null parameter");
	kit_params = (struct exec_params) { 0 };
	is_str("42P02 there is no parameter $1", over(p1), "missing parameter");
}

static void
test_filters(void)
{
	static const struct { const char *op, *expect; } ints[] = {
		{ "=", "2" }, { "<>", "1|3" }, { "<", "1" }, { "<=", "1|2" }, { ">", "3" }, { ">=", "2|3" },
	}, floats[] = {
		{ "=", "NaN" }, { "<>", "1|-0" }, { "<", "1|-0" }, { "<=", "1|NaN|-0" }, { ">", "" }, { ">=", "NaN" },
	};
	for (unsigned i = 0; i < ARRAY_LEN(ints); i++) {
		is_str(ints[i].expect, run(filter(rows("1|2||3", 1, OID_INT4), op2(ints[i].op, slot(0, OID_INT4), num(2)))), "int %s constant", ints[i].op);
		is_str(floats[i].expect, run(filter(rows("1|NaN||-0", 1, OID_FLOAT8), op2(floats[i].op, slot(0, OID_FLOAT8), lit(OID_FLOAT8, "NaN")))), "float %s NaN", floats[i].op);
	}
	is_str("1|2", run(filter(rows("1|2||3", 1, OID_INT4), op2(">", num(3), slot(0, OID_INT4)))), "constant > int");
	is_str("-0", run(filter(rows("1|NaN||-0", 1, OID_FLOAT8), op2("=", slot(0, OID_FLOAT8), lit(OID_FLOAT8, "0")))), "-0 equals 0");
	is_str("b|c", run(filter(rows("a|b||c", 1, OID_TEXT), op2("<>", slot(0, OID_TEXT), lit(OID_TEXT, "a")))), "text <> constant");
	is_str("2,2", run(filter(rows("1,2|2,2|,2|3,", 2, OID_INT4, OID_INT4), op2("=", slot(0, OID_INT4), slot(1, OID_INT4)))), "column = column");
	is_str("", run(filter(rows("1|2", 1, OID_INT4), op2("=", slot(0, OID_INT4), NUL))), "= null");
}

static void
test_eval_one(void)
{
	struct err e = { 0 };
	union datum d;
	bool null;

	is_int(ERR_OK, exec_eval(&kit_env, NULL, op2("+", num(40), num(2)), &d, &null, &e), "exec_eval");
	is_int64(42, d.i, "its value");
	is_int(ERR_DIVISION_BY_ZERO, exec_eval(&kit_env, NULL, op2("/", num(40), num(0)), &d, &null, &e), "exec_eval: error");
}

int
main(void)
{
	kit_init();
	test_logic();
	test_tests();
	test_case();
	test_arrays();
	test_casts();
	test_rows();
	test_params();
	test_filters();
	test_eval_one();
	return tap_done();
}
