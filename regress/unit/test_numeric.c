/* test_numeric.c - numeric functions against PostgreSQL's results (numeric.def), and sums. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "core/type/numeric.h"
#include "regress/unit/tap.h"

static const struct { const char *op, *x, *y, *result; } cases[] = {
#define NUM(op, x, y, result) { op, x, y, result },
#include "regress/unit/numeric.def"
#undef NUM
};

static struct arena arena;

typedef int binary(struct arena *a, numeric_t x, numeric_t y, numeric_t *ret, struct err *e);
typedef int unary(struct arena *a, numeric_t x, numeric_t *ret, struct err *e);

static const struct { const char *name; binary *f;
} binaries[] = {
	{ "add", numeric_add },
	{ "sub", numeric_sub },
	{ "mul", numeric_mul },
	{ "div", numeric_div },
	{ "div_trunc", numeric_div_trunc },
	{ "mod", numeric_mod },
	{ "gcd", numeric_gcd },
	{ "lcm", numeric_lcm },
	{ "log", numeric_log },
	{ "power", numeric_power },
};
static const struct { const char *name; unary *f;
} unaries[] = {
	{ "ceil", numeric_ceil }, { "floor", numeric_floor }, { "sqrt", numeric_sqrt },
	{ "exp", numeric_exp },   { "ln", numeric_ln },
};

static numeric_t
number(const char *s)
{
	numeric_t n;
	struct err e = { 0 };

	if (numeric_parse(&arena, s, strlen(s), -1, &n, &e) != ERR_OK)
		bail("'%s': %s", s, e.message);
	return n;
}

static int
run(const char *op, numeric_t x, numeric_t y, numeric_t *ret, struct err *e)
{
	int64_t n = 0;

	for (size_t i = 0; i < sizeof binaries / sizeof binaries[0]; i++)
		if (strcmp(op, binaries[i].name) == 0)
			return binaries[i].f(&arena, x, y, ret, e);
	for (size_t i = 0; i < sizeof unaries / sizeof unaries[0]; i++)
		if (strcmp(op, unaries[i].name) == 0)
			return unaries[i].f(&arena, x, ret, e);
	if (strcmp(op, "round") == 0 || strcmp(op, "trunc") == 0) {
		(void) numeric_to_int64(y, &n);
		return (*op == 'r' ? numeric_round : numeric_trunc)(&arena, x, (int) n, ret, e);
	}
	if (strcmp(op, "factorial") == 0) {
		(void) numeric_to_int64(x, &n);
		return numeric_factorial(&arena, n, ret, e);
	}
	*ret = strcmp(op, "trim") == 0 ? numeric_trim_scale(&arena, x)
	                               : numeric_from_int(&arena, numeric_cmp(x, y));
	return ERR_OK;
}

static void
check_sum(void)
{
	static const char *const parts[] = {
		"1.5",
		"-0.25",
		"99999999999999999999999999999999999",
		"1e-20",
		"-99999999999999999999999999999999999",
		"123456789012345678901234567890123456789012345678901234567890.1",
		"0.000",
	};
	struct numeric_sum s = { 0 }, half = { 0 }, squares = { 0 };
	numeric_t plain = number("0"), total, sq = number("0");
	struct err e = { 0 };

	for (int round = 0; round < 50; round++)
		for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
			numeric_t n = number(parts[i]), n2;
			numeric_sum_add(round % 2 == 0 ? &s : &half, &arena, n);
			numeric_sum_add_square(&squares, &arena, n);
			if (numeric_add(&arena, plain, n, &plain, &e) != ERR_OK ||
			    numeric_mul(&arena, n, n, &n2, &e) != ERR_OK ||
			    numeric_add(&arena, sq, n2, &sq, &e) != ERR_OK)
				bail("%s", e.message);
		}
	numeric_sum_merge(&s, &arena, &half);
	ok(numeric_sum_total(&s, &arena, &total, &e) == ERR_OK, "total");
	is_str(numeric_text(plain, &arena), numeric_text(total, &arena),
	       "sum of parts is the sum one by one");
	ok(numeric_sum_total(&squares, &arena, &total, &e) == ERR_OK, "total of squares");
	is_str(numeric_text(sq, &arena), numeric_text(total, &arena), "sum of squares");
	is_int64(350, s.count, "count");

	/* select avg(x), sum(x) from (values (1),(2),(4)) -- PostgreSQL: 2.3333333333333333, 7 */
	struct numeric_sum a = { 0 };
	for (int i = 1; i <= 4; i *= 2)
		numeric_sum_add_int(&a, &arena, i);
	ok(numeric_sum_avg(&a, &arena, &total, &e) == ERR_OK, "avg");
	is_str("2.3333333333333333", numeric_text(total, &arena), "avg of 1, 2, 4");
	ok(numeric_sum_remove(&a, &arena, number("4")), "remove");
	ok(numeric_sum_total(&a, &arena, &total, &e) == ERR_OK, "total after remove");
	is_str("3", numeric_text(total, &arena), "1 + 2");
	/* select var_samp(x), stddev_pop(x) of 1, 2, 4 */
	ok(numeric_variance(&arena, 3, number("7"), number("21"), true, false, &total, &e) ==
		   ERR_OK,
	   "variance");
	is_str("2.3333333333333333", numeric_text(total, &arena), "var_samp");
	ok(numeric_variance(&arena, 3, number("7"), number("21"), false, true, &total, &e) ==
		   ERR_OK,
	   "stddev");
	is_str("1.2472191289246471", numeric_text(total, &arena), "stddev_pop");
}

int
main(void)
{
	arena_init(&arena, 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct err e = { 0 };
		numeric_t r;
		char error[ERR_TEXT_MAX + 8];
		int rc = run(cases[i].op, number(cases[i].x), number(cases[i].y), &r, &e);
		if (rc != ERR_OK)
			snprintf(error, sizeof error, "%s %s", err_sqlstate(e.code), e.message);
		is_str(cases[i].result, rc != ERR_OK ? error : numeric_text(r, &arena),
		       "%s(%s, %s)", cases[i].op, cases[i].x, cases[i].y);
	}
	check_sum();
	arena_done(&arena);
	return tap_done();
}
