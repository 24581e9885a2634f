/* numeric_funcs.c - the functions of numeric, as thin glue over core/type/numeric.h.
 *
 * Not here: the arithmetic itself; comparison (compare.c); sums (agg_basic.c). */
#include "config.h"
#include "core/func/impl.h"

#include "core/func/number.h"
#include "core/type/numeric.h"

/* x op y, one at a time and over a batch. */
#define NUMERIC_BINARY(name) \
	DEFINE_FUNC(fn_numeric_##name) \
	{ \
		return numeric_##name(fcall_arena(c), args[0].b, args[1].b, &ret->b, e); \
	} \
	DEFINE_VEC(fn_numeric_##name##_vec) \
	{ \
		struct arena *a = fcall_arena(c); \
		for (int k = 0; k < n; k++) { \
			int i = sel_at(sel, k); \
			if (vec_null(ret, i)) \
				continue; \
			int rc = numeric_##name(a, vec_at(&args[0], i).b, vec_at(&args[1], i).b, \
			                        &ret->v[i].b, e); \
			if (rc != ERR_OK) \
				return rc; \
		} \
		return ERR_OK; \
	}
NUMERIC_BINARY(add)
NUMERIC_BINARY(sub)
NUMERIC_BINARY(mul)
NUMERIC_BINARY(div)
NUMERIC_BINARY(mod)

#define NUMERIC_CALL2(name) \
	DEFINE_FUNC(fn_numeric_##name) \
	{ \
		return numeric_##name(fcall_arena(c), args[0].b, args[1].b, &ret->b, e); \
	}
NUMERIC_CALL2(div_trunc)
NUMERIC_CALL2(gcd)
NUMERIC_CALL2(lcm)
NUMERIC_CALL2(log)
NUMERIC_CALL2(power)

#define NUMERIC_CALL1(name) \
	DEFINE_FUNC(fn_numeric_##name) \
	{ \
		return numeric_##name(fcall_arena(c), args[0].b, &ret->b, e); \
	}
NUMERIC_CALL1(ceil)
NUMERIC_CALL1(floor)
NUMERIC_CALL1(sqrt)
NUMERIC_CALL1(exp)
NUMERIC_CALL1(ln)

#define NUMERIC_PURE(name) \
	DEFINE_FUNC(fn_numeric_##name) \
	{ \
		ret->b = numeric_##name(fcall_arena(c), args[0].b); \
		return ERR_OK; \
	}
NUMERIC_PURE(neg)
NUMERIC_PURE(abs)
NUMERIC_PURE(trim_scale)

DEFINE_FUNC(fn_numeric_plus) { *ret = args[0]; return ERR_OK; }

DEFINE_FUNC(fn_numeric_sign)
{
	if (numeric_is_nan(args[0].b))
		*ret = args[0];
	else
		ret->b = numeric_from_int(fcall_arena(c), numeric_sign(args[0].b));
	return ERR_OK;
}

/* round(x), round(x, digits); beyond the limits of the format more digits change nothing. */
static int
digits_argument(const struct fcall *c, const union datum *args)
{
	int64_t d = c->nargs > 1 ? args[1].i : 0;

	return (int) (d > NUMERIC_SCALE_MAX ? NUMERIC_SCALE_MAX
	              : d < -NUMERIC_INT_DIGITS_MAX ? -NUMERIC_INT_DIGITS_MAX : d);
}

DEFINE_FUNC(fn_numeric_round)
{
	return numeric_round(fcall_arena(c), args[0].b, digits_argument(c, args), &ret->b, e);
}

DEFINE_FUNC(fn_numeric_trunc)
{
	return numeric_trunc(fcall_arena(c), args[0].b, digits_argument(c, args), &ret->b, e);
}

DEFINE_FUNC(fn_numeric_log10)
{
	struct arena *a = fcall_arena(c);

	return numeric_log(a, numeric_from_int(a, 10), args[0].b, &ret->b, e);
}

DEFINE_FUNC(fn_numeric_factorial) { return numeric_factorial(fcall_arena(c), args[0].i, &ret->b, e); }

DEFINE_FUNC(fn_numeric_scale)
{
	if (numeric_is_special(args[0].b))
		*ret_null = true;
	else
		ret->i = numeric_scale(args[0].b);
	return ERR_OK;
}

DEFINE_FUNC(fn_numeric_min_scale)
{
	if (numeric_is_special(args[0].b))
		*ret_null = true;
	else
		ret->i = numeric_min_scale(args[0].b);
	return ERR_OK;
}

DEFINE_FUNC(fn_numeric_width_bucket)
{
	int32_t r = 0;
	int rc = numeric_width_bucket(args[0].b, args[1].b, args[2].b, (int32_t) args[3].i, &r, e);

	if (rc != ERR_OK)
		return rc;
	ret->i = r;
	return ERR_OK;
}

DEFINE_FUNC(fn_numeric_inc)
{
	struct arena *a = fcall_arena(c);

	return numeric_add(a, args[0].b, numeric_from_int(a, 1), &ret->b, e);
}

/* ---- Casts */
DEFINE_FUNC(fn_int_to_numeric)
{
	ret->b = numeric_from_int(fcall_arena(c), args[0].i);
	return ERR_OK;
}

DEFINE_VEC(fn_int_to_numeric_vec)
{
	struct arena *a = fcall_arena(c);

	VEC_UNARY_LOOP(args, sel, n, ret, r.b = numeric_from_int(a, x.i));
	return ERR_OK;
}

DEFINE_FUNC(fn_numeric_to_int2)
{
	return numeric_to_int(args[0].b, INT16_MIN, INT16_MAX, "smallint", &ret->i, e);
}

DEFINE_FUNC(fn_numeric_to_int4)
{
	return numeric_to_int(args[0].b, INT32_MIN, INT32_MAX, "integer", &ret->i, e);
}

DEFINE_FUNC(fn_numeric_to_int8)
{
	return numeric_to_int(args[0].b, INT64_MIN, INT64_MAX, "bigint", &ret->i, e);
}
