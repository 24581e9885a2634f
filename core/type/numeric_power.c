/* numeric_power.c - x ^ y: whole powers exactly where that is cheap, all others by e^(y ln x). */
#include "config.h"
#include "core/type/numeric_impl.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

enum { EXACT_BITS_MAX = 200000 };       /* larger whole powers are computed by logarithm */

static bool
is_one(const struct num *n)
{
	i128 v;

	return n->kind == NUM_FINITE && n->scale < 38 && num_small(n, &v) &&
	       v == (i128) ten_to[n->scale];
}

static bool
is_minus_one(const struct num *n)
{
	i128 v;

	return n->kind == NUM_FINITE && n->scale < 38 && num_small(n, &v) &&
	       v == -(i128) ten_to[n->scale];
}

/* Is n a whole number, and an odd one? */
static bool
is_whole(const struct num *n, bool *ret_odd)
{
	BIG(z);
	BIG(ten);

	big_load(z, n);
	mpz_ui_pow_ui(ten, 10, (unsigned long) n->scale);
	if (mpz_divisible_p(z, ten) == 0)
		return false;
	mpz_divexact(z, z, ten);
	*ret_odd = mpz_odd_p(z) != 0;
	return true;
}

static int
sign_of(const struct num *n)
{
	return n->kind == NUM_FINITE && n->len == 0 ? 0 : n->neg ? -1 : 1;
}

static int
power_error(struct err *e, const char *text)
{
	return err_set(e, ERR_INVALID_ARGUMENT_FOR_POWER_FUNCTION, "%s", text);
}

#define ZERO_TO_NEGATIVE "zero raised to a negative power is undefined"
#define COMPLEX_RESULT "a negative number raised to a non-integer power yields a complex result"

/* With NaN or an infinity: the rules of POSIX pow(3). */
static int
power_special(struct arena *a, const struct num *x, const struct num *y, numeric_t *ret,
	      struct err *e)
{
	bool odd = false;

	if (x->kind == NUM_NAN || y->kind == NUM_NAN) {
		bool one = x->kind == NUM_NAN ? y->kind == NUM_FINITE && y->len == 0 : is_one(x);
		*ret = one ? num_make(a, 1, 0) : numeric_nan(a);
		return ERR_OK;
	}
	int sx = sign_of(x), sy = sign_of(y);
	bool whole = y->kind != NUM_FINITE || is_whole(y, &odd);
	if (sx == 0 && sy < 0)
		return power_error(e, ZERO_TO_NEGATIVE);
	if (sx < 0 && !whole)
		return power_error(e, COMPLEX_RESULT);
	if (is_one(x) || sy == 0) {
		*ret = num_make(a, 1, 0);
	} else if (sx == 0) {
		*ret = num_make(a, 0, 0);
	} else if (y->kind != NUM_FINITE) {
		struct num abs = *x;
		abs.neg = false;
		if (is_minus_one(x))
			*ret = num_make(a, 1, 0);
		else if ((x->kind != NUM_FINITE || num_weight(&abs) >= 0) == (sy > 0))
			*ret = numeric_inf(a, false);
		else
			*ret = num_make(a, 0, 0);
	} else if (sy < 0) {
		*ret = num_make(a, 0, 0);
	} else {
		*ret = numeric_inf(a, x->kind == NUM_NINF && odd);
	}
	return ERR_OK;
}

/* |x|^|n| by multiplication; the power's scale is x's times n. */
static int
power_exact(struct arena *a, const struct num *x, long n, int scale, numeric_t *ret, struct err *e)
{
	unsigned long times = (unsigned long) labs(n);
	BIG(z);
	BIG(ten);
	BIG(q);

	big_load(z, x);
	mpz_pow_ui(z, z, times);
	mpz_ui_pow_ui(ten, 10, (unsigned long) x->scale * times);
	if (n > 0) {
		big_scale(z, (unsigned long) scale);
		big_div_round(q, z, ten);
	} else {
		big_scale(ten, (unsigned long) scale);
		big_div_round(q, ten, z);
	}
	return big_make(a, q, scale, ret, e);
}

/* |x|^y = e^(y ln |x|), about `weight` digits before the point and `scale` after it. */
static int
power_by_log(struct arena *a, const struct num *x, const struct num *y, double weight, int scale,
             bool neg, numeric_t *ret, struct err *e)
{
	struct num abs = *x;
	long digits = scale + (weight > 0 ? (long) weight : 0) + 2;
	long y_weight = num_weight(y);
	unsigned long bits = num_bits_for(digits + (y_weight > 0 ? y_weight : 0) + 10);
	BIG(t);
	BIG(z);
	BIG(ten);

	abs.neg = false;
	num_fixed_ln(t, &abs, bits);
	big_load(z, y);
	mpz_mul(t, t, z);
	mpz_ui_pow_ui(ten, 10, (unsigned long) y->scale);
	mpz_fdiv_q(t, t, ten);
	num_fixed_exp(z, t, bits);
	num_from_fixed(z, bits, scale);
	if (neg)
		mpz_neg(z, z);
	return big_make(a, z, scale, ret, e);
}

static int
power_whole(struct arena *a, const struct num *x, const struct num *y, long n, numeric_t *ret,
            struct err *e)
{
	int scale = num_clamp_scale(MIN_SIG_DIGITS, x->scale, y->scale);

	if (n == 0) {
		*ret = numeric_from_scaled(a, 1, 0);
		return numeric_round(a, *ret, scale, ret, e);
	}
	if (x->len == 0) {
		if (n < 0)
			return err_set(e, ERR_DIVISION_BY_ZERO, "division by zero");
		*ret = num_make(a, 0, scale);
		return ERR_OK;
	}
	BIG(z);
	long exp;
	big_load(z, x);
	double m = fabs(mpz_get_d_2exp(&exp, z));
	double weight = (double) n * (log10(m) + (double) exp * 0.30102999566398120 - x->scale);
	if (n != 1 && n != -1 && n != 2) {
		if (weight > 3.0 * SHRT_MAX * DEC_DIGITS)
			return num_overflow(e);
		if (weight + 1 < -scale || weight + 1 < -MAX_DISPLAY_SCALE) {
			*ret = num_make(a, 0, scale);
			return ERR_OK;
		}
	}
	double bits = fabs((double) n) * ((double) mpz_sizeinbase(z, 2) + x->scale * 3.33);
	if (bits <= EXACT_BITS_MAX || (n >= -1 && n <= 2))
		return power_exact(a, x, n, scale, ret, e);
	if (weight > NUMERIC_INT_DIGITS_MAX + 1)
		return num_overflow(e);
	return power_by_log(a, x, y, weight, scale, x->neg && n % 2 != 0, ret, e);
}

/* y ln x to some eight digits, rounded where PostgreSQL rounds: the scale hangs on it. */
static double
rough_exponent(const struct num *x, const struct num *y)
{
	int scale = 8 - num_ln_weight(x);
	unsigned long bits = num_bits_for((scale < 0 ? 0 : scale) + x->scale);
	BIG(t);
	BIG(z);

	if (scale < 0)
		scale = 0;
	num_fixed_ln(t, x, bits);
	num_from_fixed(t, bits, scale);
	big_load(z, y);
	mpz_mul(t, t, z);
	big_round(t, (unsigned long) y->scale);
	return num_approx_big(t, scale);
}

int
numeric_power(struct arena *a, numeric_t base, numeric_t exp, numeric_t *ret, struct err *e)
{
	struct num x = num_open(base), y = num_open(exp);
	bool odd = false;

	if (x.kind != NUM_FINITE || y.kind != NUM_FINITE)
		return power_special(a, &x, &y, ret, e);
	if (x.len == 0 && sign_of(&y) < 0)
		return power_error(e, ZERO_TO_NEGATIVE);
	bool whole = is_whole(&y, &odd);
	int64_t n;
	if (whole && numeric_to_int64(exp, &n) && n >= INT32_MIN && n <= INT32_MAX)
		return power_whole(a, &x, &y, n, ret, e);
	if (x.len == 0) {
		*ret = num_make(a, 0, MIN_SIG_DIGITS);
		return ERR_OK;
	}
	if (x.neg && !whole)
		return power_error(e, COMPLEX_RESULT);
	struct num abs = x;
	abs.neg = false;
	double val = rough_exponent(&abs, &y);
	if (fabs(val) > MAX_RESULT_SCALE * 3.01) {
		if (val > 0)
			return num_overflow(e);
		*ret = num_make(a, 0, MAX_DISPLAY_SCALE);
		return ERR_OK;
	}
	double exponent = val;
	val *= 0.434294481903252;
	int scale = num_clamp_scale(MIN_SIG_DIGITS - (int) val, x.scale, y.scale);
	if (fabs(exponent) >= MAX_RESULT_SCALE * 3) {   /* the limit of exp() */
		if (exponent > 0)
			return num_overflow(e);
		*ret = num_make(a, 0, scale);
		return ERR_OK;
	}
	return power_by_log(a, &abs, &y, val, scale, x.neg && odd, ret, e);
}
