/* numeric_math.c - roots, exponentials, logarithms, powers, buckets, variance.
 *
 * How many digits a result has follows PostgreSQL's rules; the digits are those of the true
 * value, computed in binary fixed point with guard bits and rounded once.
 *
 * Fixed point here: an mpz X with a number of bits P means X / 2^P. */
#include "config.h"
#include "core/type/numeric_impl.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

enum { GUARD_BITS = 64 };

int
num_clamp_scale(int scale, int dscale1, int dscale2)
{
	if (scale < dscale1)
		scale = dscale1;
	if (scale < dscale2)
		scale = dscale2;
	if (scale < 0)
		scale = 0;
	return scale > MAX_DISPLAY_SCALE ? MAX_DISPLAY_SCALE : scale;
}

unsigned long
num_bits_for(long decimal_digits)
{
	return (unsigned long) ((double) (decimal_digits < 0 ? 0 : decimal_digits) *
				3.3219280948873626) +
	       GUARD_BITS;
}

/* z * 10^-scale as a double, possibly infinite. */
double
num_approx_big(const mpz_t z, int scale)
{
	long exp;

	if (mpz_sgn(z) == 0)
		return 0;
	double m = mpz_get_d_2exp(&exp, z);
	double l10 = log10(fabs(m)) + (double) exp * 0.30102999566398120 - scale;
	if (l10 > 308)
		return m < 0 ? -INFINITY : INFINITY;
	if (l10 < -308)
		return 0;
	if (exp < 1000 && scale < 300)
		return ldexp(m, (int) exp) / pow(10.0, scale);
	return copysign(pow(10.0, l10), m);
}

double
num_approx(const struct num *n)
{
	BIG(z);

	big_load(z, n);
	return num_approx_big(z, n->scale);
}

/* ---- Fixed-point kernels */

static void
num_to_fixed(mpz_t x, const struct num *n, unsigned long bits)
{
	BIG(ten);

	big_load(x, n);
	mpz_mul_2exp(x, x, bits);
	mpz_ui_pow_ui(ten, 10, (unsigned long) n->scale);
	mpz_fdiv_q(x, x, ten);
}

/* To an integer count of 10^-scale, half away from zero. */
void
num_from_fixed(mpz_t x, unsigned long bits, int scale)
{
	BIG(unit);

	big_scale(x, (unsigned long) scale);
	mpz_set_ui(unit, 1);
	mpz_mul_2exp(unit, unit, bits);
	big_div_round(x, x, unit);
}

/* sum of mul * atanh(1/n) */
static void
add_atanh_inverse(mpz_t sum, long mul, unsigned long n, unsigned long bits)
{
	BIG(power);
	BIG(term);

	mpz_set_ui(power, 1);
	mpz_mul_2exp(power, power, bits);
	mpz_mul_si(power, power, mul);
	mpz_tdiv_q_ui(power, power, n);
	for (unsigned long k = 1; mpz_sgn(power) != 0; k += 2) {
		mpz_tdiv_q_ui(term, power, k);
		mpz_add(sum, sum, term);
		mpz_tdiv_q_ui(power, power, n * n);
	}
}

static void
num_fixed_ln2(mpz_t r, unsigned long bits)
{
	unsigned long p = bits + 32;

	mpz_set_ui(r, 0);
	add_atanh_inverse(r, 18, 26, p);
	add_atanh_inverse(r, -2, 4801, p);
	add_atanh_inverse(r, 8, 8749, p);
	mpz_fdiv_q_2exp(r, r, 32);
}

/* ln of a positive number, to about 2^-bits. */
void
num_fixed_ln(mpz_t r, const struct num *n, unsigned long bits)
{
	unsigned long roots = 2 + (unsigned long) sqrt((double) bits) / 4, p = bits + roots + 32;
	BIG(m);
	BIG(t);
	BIG(one);
	BIG(ten);

	/* n = m * 2^k with m about 1 */
	big_load(m, n);
	mpz_ui_pow_ui(ten, 10, (unsigned long) n->scale);
	long k = (long) mpz_sizeinbase(m, 2) - (long) mpz_sizeinbase(ten, 2);
	if ((long) p - k >= 0)
		mpz_mul_2exp(m, m, (unsigned long) ((long) p - k));
	else
		mpz_mul_2exp(ten, ten, (unsigned long) (k - (long) p));
	mpz_fdiv_q(m, m, ten);
	/* roots bring it nearer to 1: ln m = 2^roots ln m^(1/2^roots) */
	for (unsigned long i = 0; i < roots; i++) {
		mpz_mul_2exp(m, m, p);
		mpz_sqrt(m, m);
	}
	/* ln m = 2 atanh((m - 1) / (m + 1)) */
	mpz_set_ui(one, 1);
	mpz_mul_2exp(one, one, p);
	mpz_sub(t, m, one);
	mpz_add(m, m, one);
	mpz_mul_2exp(t, t, p);
	mpz_tdiv_q(t, t, m);
	BIG(square);
	mpz_mul(square, t, t);
	mpz_fdiv_q_2exp(square, square, p);
	mpz_set_ui(r, 0);
	for (unsigned long i = 1; mpz_sgn(t) != 0; i += 2) {
		mpz_tdiv_q_ui(m, t, i);
		mpz_add(r, r, m);
		mpz_mul(t, t, square);
		mpz_tdiv_q_2exp(t, t, p);
	}
	mpz_mul_2exp(r, r, roots + 1);
	num_fixed_ln2(t, p);
	mpz_mul_si(t, t, k);
	mpz_add(r, r, t);
	mpz_fdiv_q_2exp(r, r, p - bits);
}

/* e^x for fixed-point x; the result in fixed point of the same number of bits. */
void
num_fixed_exp(mpz_t r, const mpz_t x, unsigned long bits)
{
	unsigned long halvings = 4 + (unsigned long) sqrt((double) bits) / 2,
		      p = bits + halvings + 64;
	BIG(t);
	BIG(ln2);
	BIG(k);
	BIG(term);

	num_fixed_ln2(ln2, p);
	mpz_mul_2exp(t, x, p - bits);
	mpz_fdiv_q(k, t, ln2);
	mpz_submul(t, k, ln2);                  /* 0 <= t < ln 2 */
	mpz_fdiv_q_2exp(t, t, halvings);
	mpz_set_ui(term, 1);
	mpz_mul_2exp(term, term, p);
	mpz_set(r, term);
	for (unsigned long i = 1; mpz_sgn(term) != 0; i++) {
		mpz_mul(term, term, t);
		mpz_fdiv_q_2exp(term, term, p);
		mpz_tdiv_q_ui(term, term, i);
		mpz_add(r, r, term);
	}
	for (unsigned long i = 0; i < halvings; i++) {
		mpz_mul(r, r, r);
		mpz_fdiv_q_2exp(r, r, p);
	}
	long shift = mpz_get_si(k) - (long) (p - bits);
	if (shift >= 0)
		mpz_mul_2exp(r, r, (unsigned long) shift);
	else
		mpz_fdiv_q_2exp(r, r, (unsigned long) -shift);
}

/* ---- sqrt */

static int
sqrt_scaled(struct arena *a, const struct num *n, int scale, numeric_t *ret, struct err *e)
{
	BIG(z);
	BIG(r);

	big_load(z, n);
	int shift = 2 * scale - n->scale;
	if (shift >= 0) {
		big_scale(z, (unsigned long) shift);
	} else {
		BIG(ten);
		mpz_ui_pow_ui(ten, 10, (unsigned long) -shift);
		mpz_tdiv_q(z, z, ten);
	}
	mpz_sqrtrem(z, r, z);
	if (mpz_cmp(r, z) > 0)
		mpz_add_ui(z, z, 1);
	return big_make(a, z, scale, ret, e);
}

int
numeric_sqrt(struct arena *a, numeric_t n, numeric_t *ret, struct err *e)
{
	struct num v = num_open(n);
	int weight, first;

	if (v.neg && (v.kind != NUM_FINITE || v.len != 0))
		return err_set(e, ERR_INVALID_ARGUMENT_FOR_POWER_FUNCTION,
		               "cannot take square root of a negative number");
	if (v.kind != NUM_FINITE) {
		*ret = n;
		return ERR_OK;
	}
	num_leading(&v, &weight, &first);
	int result_weight = (weight + 1) * DEC_DIGITS / 2 - 1;
	return sqrt_scaled(a, &v, num_clamp_scale(MIN_SIG_DIGITS - result_weight, v.scale, 0), ret,
			   e);
}

/* ---- exp */

int
numeric_exp(struct arena *a, numeric_t n, numeric_t *ret, struct err *e)
{
	struct num v = num_open(n);

	if (v.kind != NUM_FINITE) {
		*ret = v.kind == NUM_NINF ? num_make(a, 0, 0) : n;
		return ERR_OK;
	}
	double x = num_approx(&v), weight = x * 0.434294481903252;
	if (weight < -MAX_RESULT_SCALE)
		weight = -MAX_RESULT_SCALE;
	if (weight > MAX_RESULT_SCALE)
		weight = MAX_RESULT_SCALE;
	int scale = num_clamp_scale(MIN_SIG_DIGITS - (int) weight, v.scale, 0);
	if (fabs(x) >= MAX_RESULT_SCALE * 3) {
		if (x > 0)
			return num_overflow(e);
		*ret = num_make(a, 0, scale);
		return ERR_OK;
	}
	unsigned long bits = num_bits_for(scale + (x > 0 ? (long) (x * 0.4343) + 1 : 0));
	BIG(t);
	BIG(r);
	num_to_fixed(t, &v, bits);
	num_fixed_exp(r, t, bits);
	num_from_fixed(r, bits, scale);
	return big_make(a, r, scale, ret, e);
}

/* ---- ln, log */

/* Decimal weight of ln(n), estimated the way PostgreSQL does to choose scales. */
int
num_ln_weight(const struct num *n)
{
	int weight, first;

	if (n->neg || n->len == 0)
		return 0;
	/* between 0.9 and 1.1, ln(1+x) is about x */
	BIG(z);
	BIG(bound);
	BIG(one);
	big_load(z, n);
	mpz_ui_pow_ui(one, 10, (unsigned long) n->scale);
	mpz_mul_ui(z, z, 10);
	mpz_mul_ui(bound, one, 9);
	if (mpz_cmp(z, bound) >= 0) {
		mpz_mul_ui(bound, one, 11);
		if (mpz_cmp(z, bound) <= 0) {
			mpz_mul_ui(one, one, 10);
			mpz_sub(z, z, one);
			return mpz_sgn(z) == 0 ? 0 : big_digits(z) - 1 - (n->scale + 1);
		}
	}
	num_leading(n, &weight, &first);
	/* the first two base-10000 digits */
	double digits = first;
	int exp = weight * DEC_DIGITS, have = num_weight(n) + 1 + n->scale;
	int want = num_weight(n) - exp + 1 + DEC_DIGITS;
	big_load(z, n);
	if (have > want - DEC_DIGITS) {
		if (have > want)
			mpz_ui_pow_ui(one, 10, (unsigned long) (have - want)),
				mpz_tdiv_q(z, z, one);
		else
			big_scale(z, (unsigned long) (want - have));
		digits = mpz_get_d(z);
		exp -= DEC_DIGITS;
	}
	double ln = log(digits) + exp * 2.302585092994046;
	return (int) log10(fabs(ln));
}

static int
check_log(const struct num *n, struct err *e)
{
	if (n->kind == NUM_NINF || (n->neg && n->len != 0))
		return err_set(e, ERR_INVALID_ARGUMENT_FOR_LOG,
			       "cannot take logarithm of a negative number");
	if (n->kind == NUM_FINITE && n->len == 0)
		return err_set(e, ERR_INVALID_ARGUMENT_FOR_LOG, "cannot take logarithm of zero");
	return ERR_OK;
}

int
numeric_ln(struct arena *a, numeric_t n, numeric_t *ret, struct err *e)
{
	struct num v = num_open(n);

	int rc = check_log(&v, e);
	if (rc != ERR_OK)
		return rc;
	if (v.kind != NUM_FINITE) {
		*ret = n;
		return ERR_OK;
	}
	int scale = num_clamp_scale(MIN_SIG_DIGITS - num_ln_weight(&v), v.scale, 0);
	unsigned long bits = num_bits_for(scale);
	BIG(r);
	num_fixed_ln(r, &v, bits);
	num_from_fixed(r, bits, scale);
	return big_make(a, r, scale, ret, e);
}

int
numeric_log(struct arena *a, numeric_t base, numeric_t n, numeric_t *ret, struct err *e)
{
	struct num b = num_open(base), v = num_open(n);

	if (b.kind == NUM_NAN || v.kind == NUM_NAN) {
		*ret = numeric_nan(a);
		return ERR_OK;
	}
	if (b.kind != NUM_FINITE || v.kind != NUM_FINITE) {
		/* the sign of either is asked before zero of either */
		if (v.neg || b.neg)
			return check_log(v.neg ? &v : &b, e);
		int rc = check_log(&b, e);
		if (rc == ERR_OK)
			rc = check_log(&v, e);
		if (rc == ERR_OK)
			*ret = b.kind == NUM_FINITE ? numeric_inf(a, false) :
			       v.kind == NUM_FINITE ? num_make(a, 0, 0) : numeric_nan(a);
		return rc;
	}
	int rc = check_log(&b, e);
	if (rc == ERR_OK)
		rc = check_log(&v, e);
	if (rc != ERR_OK)
		return rc;
	int bw = num_ln_weight(&b), vw = num_ln_weight(&v);
	int scale = num_clamp_scale(MIN_SIG_DIGITS - (vw - bw), b.scale, v.scale);
	long small = bw < 0 ? -bw : 0;          /* a base near 1 has a small logarithm */
	unsigned long bits = num_bits_for(scale + 2 * small + (vw > 0 ? vw : 0));
	BIG(x);
	BIG(y);
	num_fixed_ln(x, &v, bits);
	num_fixed_ln(y, &b, bits);
	if (mpz_sgn(y) == 0 || numeric_cmp(base, num_make(a, 1, 0)) == 0)
		return err_set(e, ERR_DIVISION_BY_ZERO, "division by zero");
	big_scale(x, (unsigned long) scale);
	big_div_round(x, x, y);
	return big_make(a, x, scale, ret, e);
}

/* ---- Buckets, variance */

int
numeric_width_bucket(numeric_t op, numeric_t low, numeric_t high, int32_t count, int32_t *ret,
                     struct err *e)
{
	ARENA_AUTO struct arena tmp = { 0 };
	numeric_t span, off;
	int rc, cmp = numeric_cmp(low, high);

	if (count <= 0)
		return err_set(e, ERR_INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION,
		               "count must be greater than zero");
	if (numeric_is_nan(op) || numeric_is_nan(low) || numeric_is_nan(high))
		return err_set(e, ERR_INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION,
		               "operand, lower bound, and upper bound cannot be NaN");
	if (numeric_is_inf(low) || numeric_is_inf(high))
		return err_set(e, ERR_INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION,
		               "lower and upper bounds must be finite");
	if (cmp == 0)
		return err_set(e, ERR_INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION,
		               "lower bound cannot equal upper bound");
	int at_low = numeric_cmp(op, low), at_high = numeric_cmp(op, high);
	if (cmp < 0 ? at_low < 0 : at_low > 0) {
		*ret = 0;
		return ERR_OK;
	}
	if (cmp < 0 ? at_high >= 0 : at_high <= 0) {
		if (count == INT32_MAX)
			return err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE, "integer out of range");
		*ret = count + 1;
		return ERR_OK;
	}
	rc = numeric_sub(&tmp, op, low, &off, e);
	if (rc == ERR_OK)
		rc = numeric_sub(&tmp, high, low, &span, e);
	if (rc == ERR_OK)
		rc = numeric_mul(&tmp, off, numeric_from_int(&tmp, count), &off, e);
	if (rc == ERR_OK)
		rc = numeric_div_trunc(&tmp, off, span, &off, e);
	int64_t bucket = 0;
	if (rc == ERR_OK && numeric_to_int64(off, &bucket))
		*ret = (int32_t) bucket + 1;
	return rc;
}

int
numeric_variance(struct arena *a, int64_t n, numeric_t sum, numeric_t sum_sq, bool sample,
		 bool stddev, numeric_t *ret, struct err *e)
{
	ARENA_AUTO struct arena tmp = { 0 };
	numeric_t count = numeric_from_int(&tmp, n), x, y, d;
	int rc;

	if (n <= (sample ? 1 : 0)) {
		*ret = NULL;
		return ERR_OK;
	}
	if (numeric_is_special(sum) || numeric_is_special(sum_sq)) {
		*ret = numeric_nan(a);
		return ERR_OK;
	}
	rc = numeric_mul(&tmp, sum, sum, &x, e);
	if (rc == ERR_OK)
		rc = numeric_mul(&tmp, count, sum_sq, &y, e);
	if (rc == ERR_OK)
		rc = numeric_sub(&tmp, y, x, &y, e);
	if (rc == ERR_OK)
		rc = numeric_mul(&tmp, count, numeric_from_int(&tmp, sample ? n - 1 : n), &d, e);
	if (rc != ERR_OK)
		return rc;
	if (numeric_sign(y) <= 0) {             /* roundoff: no variance */
		*ret = num_make(a, 0, 0);
		return ERR_OK;
	}
	struct num vy = num_open(y), vd = num_open(d);
	int scale = num_div_scale(&vy, &vd);
	rc = num_div(stddev ? &tmp : a, &vy, &vd, scale, false, ret, e);
	if (rc != ERR_OK || !stddev)
		return rc;
	struct num v = num_open(*ret);
	return sqrt_scaled(a, &v, scale, ret, e);
}
