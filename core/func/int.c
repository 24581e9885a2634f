/* int.c - arithmetic of smallint, integer and bigint, and casts among them.
 *
 * Operands are 64-bit words already, so one function serves all operand widths that give the
 * same result type: fn_int4_add is int4pl, int24pl and int42pl.  Kernels compute a whole batch
 * and look once whether anything overflowed; only then is the row looked for.
 * Not here: numeric (numeric_funcs.c), float (float.c), number text (formatting.c). */
#include "config.h"
#include "core/func/impl.h"

#include "core/func/number.h"

static const char *const width_name[9] = { [2] = "smallint", [4] = "integer", [8] = "bigint" };

static int
fail_range(int width, struct err *e)
{
	return err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE, "%s out of range", width_name[width]);
}

int
fail_zero_division(struct err *e)
{
	return err_set(e, ERR_DIVISION_BY_ZERO, "division by zero");
}

/* True when v does not fit; the 64-bit case is the builtin's own answer. */
#define FITS2(v) ((v) == (int16_t) (v))
#define FITS4(v) ((v) == (int32_t) (v))

#define OVER2(op, a, b, r) (__builtin_##op##_overflow((a), (b), (r)) | !FITS2(*(r)))
#define OVER4(op, a, b, r) (__builtin_##op##_overflow((a), (b), (r)) | !FITS4(*(r)))
#define OVER8(op, a, b, r) __builtin_##op##_overflow((a), (b), (r))

#define INT_ARITH(width, name, op) \
	DEFINE_FUNC(fn_int##width##_##name) \
	{ \
		int64_t r; \
		if (OVER##width(op, args[0].i, args[1].i, &r)) \
			return fail_range(width, e); \
		ret->i = r; \
		return ERR_OK; \
	} \
	DEFINE_VEC(fn_int##width##_##name##_vec) \
	{ \
		bool over = false; \
		VEC_BINARY_LOOP(args, sel, n, ret, over |= OVER##width(op, x.i, y.i, &r.i)); \
		if (!over) \
			return ERR_OK; \
		for (int k = 0; k < n; k++) {   /* a null row may hold anything */ \
			int i = sel_at(sel, k); \
			int64_t r; \
			if (!vec_null(ret, i) && \
			    OVER##width(op, vec_at(&args[0], i).i, vec_at(&args[1], i).i, &r)) \
				return fail_range(width, e); \
		} \
		return ERR_OK; \
	}
INT_ARITH(2, add, add)
INT_ARITH(2, sub, sub)
INT_ARITH(2, mul, mul)
INT_ARITH(4, add, add)
INT_ARITH(4, sub, sub)
INT_ARITH(4, mul, mul)
INT_ARITH(8, add, add)
INT_ARITH(8, sub, sub)
INT_ARITH(8, mul, mul)

static inline int
int_div(int width, int64_t a, int64_t b, int64_t *ret, struct err *e)
{
	if (b == 0)
		return fail_zero_division(e);
	if (b == -1) {                  /* the only quotient that can overflow, and traps */
		int64_t r;
		if (__builtin_sub_overflow((int64_t) 0, a, &r) || (width == 4 && !FITS4(r)) ||
		    (width == 2 && !FITS2(r)))
			return fail_range(width, e);
		*ret = r;
		return ERR_OK;
	}
	*ret = a / b;
	return ERR_OK;
}

static inline int
int_mod(int width UNUSED, int64_t a, int64_t b, int64_t *ret, struct err *e)
{
	if (b == 0)
		return fail_zero_division(e);
	*ret = b == -1 ? 0 : a % b;
	return ERR_OK;
}

#define INT_DIVIDE(width, name) \
	DEFINE_FUNC(fn_int##width##_##name) \
	{ \
		return int_##name(width, args[0].i, args[1].i, &ret->i, e); \
	} \
	DEFINE_VEC(fn_int##width##_##name##_vec) \
	{ \
		for (int k = 0; k < n; k++) { \
			int i = sel_at(sel, k); \
			if (vec_null(ret, i)) \
				continue; \
			int rc = int_##name(width, vec_at(&args[0], i).i, vec_at(&args[1], i).i, \
			                    &ret->v[i].i, e); \
			if (rc != ERR_OK) \
				return rc; \
		} \
		return ERR_OK; \
	}
INT_DIVIDE(2, div)
INT_DIVIDE(2, mod)
INT_DIVIDE(4, div)
INT_DIVIDE(4, mod)
INT_DIVIDE(8, div)
INT_DIVIDE(8, mod)

/* ---- One operand */
DEFINE_FUNC(fn_int_plus) { *ret = args[0]; return ERR_OK; }

#define INT_UNARY(width, type, min) \
	DEFINE_FUNC(fn_int##width##_neg) \
	{ \
		if (args[0].i == (min)) \
			return fail_range(width, e); \
		ret->i = -args[0].i; \
		return ERR_OK; \
	} \
	DEFINE_FUNC(fn_int##width##_abs) \
	{ \
		if (args[0].i == (min)) \
			return fail_range(width, e); \
		ret->i = args[0].i < 0 ? -args[0].i : args[0].i; \
		return ERR_OK; \
	} \
	DEFINE_FUNC(fn_int##width##_shl) \
	{ \
		ret->i = (type) ((uint64_t) args[0].i << (args[1].i & ((width) == 8 ? 63 : 31))); \
		return ERR_OK; \
	} \
	DEFINE_FUNC(fn_int##width##_shr) \
	{ \
		ret->i = (type) (args[0].i >> (args[1].i & ((width) == 8 ? 63 : 31))); \
		return ERR_OK; \
	}
INT_UNARY(2, int16_t, INT16_MIN)
INT_UNARY(4, int32_t, INT32_MIN)
INT_UNARY(8, int64_t, INT64_MIN)

/* ---- Bits: sign extension keeps all widths right */
DEFINE_FUNC(fn_int_and) { ret->i = args[0].i & args[1].i; return ERR_OK; }
DEFINE_FUNC(fn_int_or)  { ret->i = args[0].i | args[1].i; return ERR_OK; }
DEFINE_FUNC(fn_int_xor) { ret->i = args[0].i ^ args[1].i; return ERR_OK; }
DEFINE_FUNC(fn_int_not) { ret->i = ~args[0].i; return ERR_OK; }

/* ---- gcd, lcm: computed without sign; only the minimum has no positive counterpart */
static uint64_t
gcd_u64(uint64_t a, uint64_t b)
{
	while (b != 0) {
		uint64_t t = a % b;
		a = b;
		b = t;
	}
	return a;
}

static uint64_t
magnitude(int64_t v)
{
	return v < 0 ? -(uint64_t) v : (uint64_t) v;
}

static int
int_gcd(int width, uint64_t max, int64_t a, int64_t b, int64_t *ret, struct err *e)
{
	uint64_t g = gcd_u64(magnitude(a), magnitude(b));

	if (g > max)
		return fail_range(width, e);
	*ret = (int64_t) g;
	return ERR_OK;
}

static int
int_lcm(int width, uint64_t max, int64_t a, int64_t b, int64_t *ret, struct err *e)
{
	if (a == 0 || b == 0) {
		*ret = 0;
		return ERR_OK;
	}
	uint64_t g = gcd_u64(magnitude(a), magnitude(b)), r;

	if (__builtin_mul_overflow(magnitude(a) / g, magnitude(b), &r) || r > max)
		return fail_range(width, e);
	*ret = (int64_t) r;
	return ERR_OK;
}

DEFINE_FUNC(fn_int4_gcd) { return int_gcd(4, INT32_MAX, args[0].i, args[1].i, &ret->i, e); }
DEFINE_FUNC(fn_int8_gcd) { return int_gcd(8, INT64_MAX, args[0].i, args[1].i, &ret->i, e); }
DEFINE_FUNC(fn_int4_lcm) { return int_lcm(4, INT32_MAX, args[0].i, args[1].i, &ret->i, e); }
DEFINE_FUNC(fn_int8_lcm) { return int_lcm(8, INT64_MAX, args[0].i, args[1].i, &ret->i, e); }

/* ---- Casts */
DEFINE_FUNC(fn_int_widen) { *ret = args[0]; return ERR_OK; }

DEFINE_VEC(fn_int_widen_vec)
{
	VEC_UNARY_LOOP(args, sel, n, ret, r = x);
	return ERR_OK;
}

#define INT_NARROW(width) \
	DEFINE_FUNC(fn_int##width##_narrow) \
	{ \
		if (!FITS##width(args[0].i)) \
			return fail_range(width, e); \
		*ret = args[0]; \
		return ERR_OK; \
	} \
	DEFINE_VEC(fn_int##width##_narrow_vec) \
	{ \
		bool over = false; \
		VEC_UNARY_LOOP(args, sel, n, ret, { over |= !FITS##width(x.i); r = x; }); \
		for (int k = 0; over && k < n; k++) { \
			int i = sel_at(sel, k); \
			if (!vec_null(ret, i) && !FITS##width(ret->v[i].i)) \
				return fail_range(width, e); \
		} \
		return ERR_OK; \
	}
INT_NARROW(2)
INT_NARROW(4)

DEFINE_FUNC(fn_int8_to_oid)
{
	if (args[0].i < 0 || args[0].i > UINT32_MAX)
		return err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE, "OID out of range");
	*ret = args[0];
	return ERR_OK;
}

DEFINE_FUNC(fn_int4_to_bool) { ret->i = args[0].i != 0; return ERR_OK; }
DEFINE_FUNC(fn_bool_to_int4) { *ret = args[0]; return ERR_OK; }

DEFINE_FUNC(fn_int4_to_char)
{
	if (args[0].i < INT8_MIN || args[0].i > INT8_MAX)
		return err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE, "\"char\" out of range");
	ret->u = (uint8_t) args[0].i;
	return ERR_OK;
}

DEFINE_FUNC(fn_char_to_int4) { ret->i = (int8_t) args[0].i; return ERR_OK; }
