/* math.c - functions of double precision: rounding, powers, logarithms, angles, random.
 *
 * Degrees are exact where mathematics is: sind(30) is 0.5, so each function folds its argument
 * into a first octant and scales by the library's own value at the fixed point.
 * Not here: the same functions of numeric (numeric_funcs.c). */
#include "config.h"
#include "core/func/impl.h"

#include <math.h>
#include <stdio.h>
#include <sys/random.h>

#include "core/func/number.h"
#include "core/func/session_api.h"

static const double RAD_PER_DEG = 0.0174532925199432957692;

#define FLOAT_MAP(name, expr) \
	DEFINE_FUNC(fn_float_##name) { const double x = args[0].f; ret->f = expr; return ERR_OK; }
FLOAT_MAP(round, rint(x))
FLOAT_MAP(ceil, ceil(x))
FLOAT_MAP(floor, floor(x))
FLOAT_MAP(trunc, trunc(x))
FLOAT_MAP(sign, x > 0 ? 1.0 : x < 0 ? -1.0 : 0.0)
FLOAT_MAP(asinh, asinh(x))
FLOAT_MAP(tanh, tanh(x))
FLOAT_MAP(atan, atan(x))

/* A finite argument must give a finite, and where that matters a non-zero, result. */
static int
checked(double r, bool inf_in, bool zero_ok, double *ret, struct err *e)
{
	if (isinf(r) && !inf_in)
		return fail_overflow(e);
	if (r == 0 && !zero_ok)
		return fail_underflow(e);
	*ret = r;
	return ERR_OK;
}

static int
fail_input_range(struct err *e)
{
	return err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE, "input is out of range");
}

DEFINE_FUNC(fn_float_sqrt)
{
	if (args[0].f < 0)
		return err_set(e, ERR_INVALID_ARGUMENT_FOR_POWER_FUNCTION,
		               "cannot take square root of a negative number");
	ret->f = sqrt(args[0].f);
	return ERR_OK;
}

DEFINE_FUNC(fn_float_cbrt) { ret->f = cbrt(args[0].f); return ERR_OK; }

DEFINE_FUNC(fn_float_exp)
{
	double x = args[0].f;

	return checked(exp(x), isinf(x), isinf(x), &ret->f, e);
}

static int
log_argument(double x, struct err *e)
{
	if (x == 0)
		return err_set(e, ERR_INVALID_ARGUMENT_FOR_LOG, "cannot take logarithm of zero");
	if (x < 0)
		return err_set(e, ERR_INVALID_ARGUMENT_FOR_LOG,
		               "cannot take logarithm of a negative number");
	return ERR_OK;
}

DEFINE_FUNC(fn_float_ln)
{
	int rc = log_argument(args[0].f, e);

	if (rc != ERR_OK)
		return rc;
	ret->f = log(args[0].f);
	return ERR_OK;
}

DEFINE_FUNC(fn_float_log10)
{
	int rc = log_argument(args[0].f, e);

	if (rc != ERR_OK)
		return rc;
	ret->f = log10(args[0].f);
	return ERR_OK;
}

DEFINE_FUNC(fn_float_power)
{
	double x = args[0].f, y = args[1].f;

	if (x == 0 && y < 0)
		return err_set(e, ERR_INVALID_ARGUMENT_FOR_POWER_FUNCTION,
		               "zero raised to a negative power is undefined");
	if (x < 0 && !isnan(y) && floor(y) != y)
		return err_set(e, ERR_INVALID_ARGUMENT_FOR_POWER_FUNCTION,
		               "a negative number raised to a non-integer power yields a complex result");
	double r = pow(x, y);

	if (isinf(x) || isinf(y) || isnan(x) || isnan(y)) {
		ret->f = r;
		return ERR_OK;
	}
	return checked(r, false, x == 0, &ret->f, e);
}

DEFINE_FUNC(fn_float_width_bucket)
{
	double op = args[0].f, lo = args[1].f, hi = args[2].f;
	int64_t count = args[3].i;
	int64_t r;

	if (count <= 0)
		return err_set(e, ERR_INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION,
		               "count must be greater than zero");
	if (isnan(op) || isnan(lo) || isnan(hi))
		return err_set(e, ERR_INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION,
		               "operand, lower bound, and upper bound cannot be NaN");
	if (isinf(lo) || isinf(hi))
		return err_set(e, ERR_INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION,
		               "lower and upper bounds must be finite");
	if (lo == hi)
		return err_set(e, ERR_INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION,
		               "lower bound cannot equal upper bound");
	if (lo < hi ? op < lo : op > lo) {
		r = 0;
	} else if (lo < hi ? op >= hi : op <= hi) {
		r = count + 1;
	} else {
		double span = hi - lo, share = (double) count * (op - lo) / span;
		if (isinf(span))        /* halve everything when the range overflows */
			share = (double) count * ((op / 2 - lo / 2) / (hi / 2 - lo / 2));
		r = (int64_t) (share + 1);
	}
	if (r > INT32_MAX)
		return err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE, "integer out of range");
	ret->i = r;
	return ERR_OK;
}

/* ---- Radians */
#define FLOAT_ANGLE(name, bad, expr) \
	DEFINE_FUNC(fn_float_##name) \
	{ \
		const double x = args[0].f; \
		if (bad) \
			return fail_input_range(e); \
		ret->f = expr; \
		return ERR_OK; \
	}
FLOAT_ANGLE(sin, isinf(x), sin(x))
FLOAT_ANGLE(cos, isinf(x), cos(x))
FLOAT_ANGLE(tan, isinf(x), tan(x))
FLOAT_ANGLE(cot, isinf(x), 1.0 / tan(x))
FLOAT_ANGLE(asin, x < -1 || x > 1, asin(x))
FLOAT_ANGLE(acos, x < -1 || x > 1, acos(x))
FLOAT_ANGLE(acosh, x < 1, acosh(x))
FLOAT_ANGLE(atanh, x < -1 || x > 1, x == 1 ? INFINITY : x == -1 ? -INFINITY : atanh(x))
FLOAT_MAP(sinh, sinh(x))                /* overflows to infinity, which is the answer */
FLOAT_MAP(cosh, cosh(x))

DEFINE_FUNC(fn_float_atan2) { ret->f = atan2(args[0].f, args[1].f); return ERR_OK; }
DEFINE_FUNC(fn_float_pi) { ret->f = M_PI; return ERR_OK; }
DEFINE_FUNC(fn_float_radians) { ret->f = args[0].f * RAD_PER_DEG; return ERR_OK; }
DEFINE_FUNC(fn_float_degrees)
{
	double x = args[0].f;

	return checked(x / RAD_PER_DEG, isinf(x), true, &ret->f, e);
}

/* ---- Degrees.  The volatile fixed points keep the compiler from using better precision for
 * a constant than the library has at run time: the quotients must be exactly one there. */
static volatile double deg_30 = 30.0, deg_45 = 45.0, deg_60 = 60.0, one_half = 0.5, one = 1.0;

static double sin_0_to_30(double x) { volatile double a = sin(x * RAD_PER_DEG), b = sin(deg_30 * RAD_PER_DEG); return a / b / 2.0; }
static double cos_0_to_60(double x)
{
	volatile double a = 1.0 - cos(x * RAD_PER_DEG), b = 1.0 - cos(deg_60 * RAD_PER_DEG);

	return 1.0 - a / b / 2.0;
}
static double sin_first(double x) { return x <= 30.0 ? sin_0_to_30(x) : cos_0_to_60(90.0 - x); }
static double cos_first(double x) { return x <= 60.0 ? cos_0_to_60(x) : sin_0_to_30(90.0 - x); }

static double
asin_first(double x)
{
	if (x <= 0.5) {
		volatile double a = asin(x), b = asin(one_half);
		return a / b * 30.0;
	}
	volatile double a = acos(x), b = acos(one_half);
	return 90.0 - a / b * 60.0;
}

static double
acos_first(double x)
{
	if (x <= 0.5) {
		volatile double a = asin(x), b = asin(one_half);
		return 90.0 - a / b * 30.0;
	}
	volatile double a = acos(x), b = acos(one_half);
	return a / b * 60.0;
}

/* Fold into 0..90 degrees, minding the signs. */
struct folded { double x; int sin_sign, cos_sign; };

static struct folded
fold_degrees(double x)
{
	struct folded f = { fmod(x, 360.0), 1, 1 };

	if (f.x < 0) {
		f.x = -f.x;
		f.sin_sign = -f.sin_sign;
	}
	if (f.x > 180.0) {
		f.x = 360.0 - f.x;
		f.sin_sign = -f.sin_sign;
	}
	if (f.x > 90.0) {
		f.x = 180.0 - f.x;
		f.cos_sign = -f.cos_sign;
	}
	return f;
}

DEFINE_FUNC(fn_float_sind)
{
	double x = args[0].f;

	if (isnan(x)) {
		ret->f = x;
		return ERR_OK;
	}
	if (isinf(x))
		return fail_input_range(e);
	struct folded f = fold_degrees(x);
	ret->f = f.sin_sign * sin_first(f.x);
	return ERR_OK;
}

DEFINE_FUNC(fn_float_cosd)
{
	double x = args[0].f;

	if (isnan(x)) {
		ret->f = x;
		return ERR_OK;
	}
	if (isinf(x))
		return fail_input_range(e);
	struct folded f = fold_degrees(x);
	ret->f = f.cos_sign * cos_first(f.x);
	return ERR_OK;
}

/* tan: sin/cos scaled by their quotient at 45 degrees; never minus zero. */
static double
tan_like(double x, bool cotangent)
{
	struct folded f = fold_degrees(x);
	volatile double s = sin_first(f.x), k = cos_first(f.x);
	volatile double s45 = sin_first(deg_45), k45 = cos_first(deg_45);
	volatile double q = cotangent ? k / s : s / k, q45 = cotangent ? k45 / s45 : s45 / k45;
	volatile double r = f.sin_sign * f.cos_sign * (q / q45);

	return r == 0 ? 0.0 : r;
}

DEFINE_FUNC(fn_float_tand)
{
	if (isinf(args[0].f))
		return fail_input_range(e);
	ret->f = isnan(args[0].f) ? args[0].f : tan_like(args[0].f, false);
	return ERR_OK;
}

DEFINE_FUNC(fn_float_cotd)
{
	if (isinf(args[0].f))
		return fail_input_range(e);
	ret->f = isnan(args[0].f) ? args[0].f : tan_like(args[0].f, true);
	return ERR_OK;
}

DEFINE_FUNC(fn_float_asind)
{
	double x = args[0].f;

	if (x < -1 || x > 1)
		return fail_input_range(e);
	ret->f = isnan(x) ? x : x >= 0 ? asin_first(x) : -asin_first(-x);
	return ERR_OK;
}

DEFINE_FUNC(fn_float_acosd)
{
	double x = args[0].f;

	if (x < -1 || x > 1)
		return fail_input_range(e);
	ret->f = isnan(x) ? x : x >= 0 ? acos_first(x) : 90.0 + asin_first(-x);
	return ERR_OK;
}

static double
atan_degrees(double radians)
{
	volatile double a = radians, b = atan(one);

	return a / b * 45.0;
}

DEFINE_FUNC(fn_float_atand) { ret->f = atan_degrees(atan(args[0].f)); return ERR_OK; }
DEFINE_FUNC(fn_float_atan2d) { ret->f = atan_degrees(atan2(args[0].f, args[1].f)); return ERR_OK; }

/* ---- random(): xoroshiro128**, seeded per session; setseed() gives PostgreSQL's sequence */
static _Thread_local uint64_t thread_state[2];

static uint64_t *
random_state(struct fcall *c)
{
	const struct session_api *s = c->env->session;
	uint64_t *st = s != NULL && s->random_state != NULL ? s->random_state(s->self) : thread_state;

	if (st[0] == 0 && st[1] == 0 && getrandom(st, 2 * sizeof *st, 0) < 0)
		st[0] = (uintptr_t) st;
	return st;
}

static inline uint64_t rotl(uint64_t x, int k) { return x << k | x >> (64 - k); }

static uint64_t
random_next(uint64_t *st)
{
	uint64_t a = st[0], b = st[1] ^ a, r = rotl(a * 5, 7) * 9;

	st[0] = rotl(a, 24) ^ b ^ b << 16;
	st[1] = rotl(b, 37);
	return r;
}

DEFINE_FUNC(fn_float_random)
{
	ret->f = ldexp((double) (random_next(random_state(c)) >> 12), -52);
	return ERR_OK;
}

static uint64_t
splitmix(uint64_t *st)
{
	uint64_t v = *st += UINT64_C(0x9e3779b97f4a7c15);

	v = (v ^ v >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	v = (v ^ v >> 27) * UINT64_C(0x94d049bb133111eb);
	return v ^ v >> 31;
}

static int
fail_seed(double seed, struct err *e)
{
	char text[32];

	(void) snprintf(text, sizeof text, "%g", seed);
	return err_set(e, ERR_INVALID_PARAMETER_VALUE,
	               "setseed parameter %s is out of allowed range [-1,1]",
	               isnan(seed) ? "NaN" : isinf(seed) ? (seed < 0 ? "-Infinity" : "Infinity") : text);
}

DEFINE_FUNC(fn_float_setseed)
{
	double seed = args[0].f;

	if (isnan(seed) || seed < -1 || seed > 1)
		return fail_seed(seed, e);
	uint64_t *st = random_state(c);
	uint64_t s = (uint64_t) (int64_t) (((double) ((INT64_C(1) << 52) - 1)) * seed);

	st[0] = splitmix(&s);
	st[1] = splitmix(&s);
	ret->i = 0;
	return ERR_OK;
}
