/* float.c - arithmetic of real and double precision, and casts to and from them.
 *
 * A real is kept as the double of equal value; its operations round to float at the end.
 * Overflow to infinity and underflow to zero are errors, as in PostgreSQL.
 * Not here: powers, logarithms, angles (math.c); comparison (compare.c). */
#include "config.h"
#include "core/func/impl.h"

#include <math.h>

#include "core/func/number.h"
#include "core/type/numeric.h"

int
fail_overflow(struct err *e)
{
	return err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: overflow");
}

int
fail_underflow(struct err *e)
{
	return err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: underflow");
}

/* x op y in the precision T; over and under say when infinity and zero are errors. */
#define FLOAT_OP(width, T, name, op, before, under) \
	static inline int \
	float##width##_##name(double dx, double dy, double *ret, struct err *e) \
	{ \
		const T x = (T) dx, y = (T) dy; \
		before; \
		const T r = x op y; \
		if (UNLIKELY(isinf(r)) && !isinf(x) && !isinf(y)) \
			return fail_overflow(e); \
		if (UNLIKELY(r == 0) && (under)) \
			return fail_underflow(e); \
		*ret = r; \
		return ERR_OK; \
	} \
	DEFINE_FUNC(fn_float##width##_##name) \
	{ \
		return float##width##_##name(args[0].f, args[1].f, &ret->f, e); \
	} \
	DEFINE_VEC(fn_float##width##_##name##_vec) \
	{ \
		for (int k = 0; k < n; k++) { \
			int i = sel_at(sel, k); \
			if (vec_null(ret, i)) \
				continue; \
			int rc = float##width##_##name(vec_at(&args[0], i).f, vec_at(&args[1], i).f, \
			                               &ret->v[i].f, e); \
			if (rc != ERR_OK) \
				return rc; \
		} \
		return ERR_OK; \
	}
#define NOTHING (void) 0
#define NOT_BY_ZERO if (y == 0 && !isnan(x)) return fail_zero_division(e)

FLOAT_OP(4, float, add, +, NOTHING, false)
FLOAT_OP(4, float, sub, -, NOTHING, false)
FLOAT_OP(4, float, mul, *, NOTHING, x != 0 && y != 0)
FLOAT_OP(4, float, div, /, NOT_BY_ZERO, x != 0 && !isinf(y))
FLOAT_OP(8, double, add, +, NOTHING, false)
FLOAT_OP(8, double, sub, -, NOTHING, false)
FLOAT_OP(8, double, mul, *, NOTHING, x != 0 && y != 0)
FLOAT_OP(8, double, div, /, NOT_BY_ZERO, x != 0 && !isinf(y))

DEFINE_FUNC(fn_float_plus) { *ret = args[0]; return ERR_OK; }
DEFINE_FUNC(fn_float_neg)  { ret->f = -args[0].f; return ERR_OK; }
DEFINE_FUNC(fn_float_abs)  { ret->f = fabs(args[0].f); return ERR_OK; }

/* ---- Casts.  The bounds are exact doubles; max itself need not be one. */
static int
float_to_int(double f, double min, double past_max, const char *type, int64_t *ret, struct err *e)
{
	double r = rint(f);

	if (isnan(r) || r < min || r >= past_max)
		return err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE, "%s out of range", type);
	*ret = (int64_t) r;
	return ERR_OK;
}

DEFINE_FUNC(fn_float_to_int2) { return float_to_int(args[0].f, -32768.0, 32768.0, "smallint", &ret->i, e); }
DEFINE_FUNC(fn_float_to_int4) { return float_to_int(args[0].f, -0x1p31, 0x1p31, "integer", &ret->i, e); }
DEFINE_FUNC(fn_float_to_int8) { return float_to_int(args[0].f, -0x1p63, 0x1p63, "bigint", &ret->i, e); }

DEFINE_FUNC(fn_int_to_float4) { ret->f = (float) args[0].i; return ERR_OK; }
DEFINE_FUNC(fn_int_to_float8) { ret->f = (double) args[0].i; return ERR_OK; }
DEFINE_VEC(fn_int_to_float8_vec)
{
	VEC_UNARY_LOOP(args, sel, n, ret, r.f = (double) x.i);
	return ERR_OK;
}

DEFINE_FUNC(fn_float4_to_float8) { *ret = args[0]; return ERR_OK; }
DEFINE_FUNC(fn_float8_to_float4)
{
	double v = args[0].f;
	float f = (float) v;

	if (isinf(f) && !isinf(v))
		return fail_overflow(e);
	if (f == 0 && v != 0)
		return fail_underflow(e);
	ret->f = f;
	return ERR_OK;
}

DEFINE_FUNC(fn_float8_to_numeric)
{
	ret->b = numeric_from_double(fcall_arena(c), args[0].f);
	return ERR_OK;
}

DEFINE_FUNC(fn_float4_to_numeric)
{
	ret->b = numeric_from_float4(fcall_arena(c), args[0].f);
	return ERR_OK;
}

DEFINE_FUNC(fn_numeric_to_float8) { return numeric_to_float8(args[0].b, &ret->f, e); }
DEFINE_FUNC(fn_numeric_to_float4) { return numeric_to_float4(args[0].b, &ret->f, e); }
