/* numeric_arith.c - exact arithmetic: + - * / mod, rounding, integers.
 *
 * Each operation first tries 128-bit words and leaves to GMP what overflows them.
 *
 * Not here: roots, logarithms, powers (numeric_math.c), sums (numeric_sum.c). */
#include "config.h"
#include "core/type/numeric_impl.h"

#include <stdlib.h>

/* NaN beats all; opposite infinities give NaN; else the infinity of one of them. */
static numeric_t
add_special(struct arena *a, const struct num *x, const struct num *y, bool subtract)
{
	int ky = y->kind;

	if (subtract && ky == NUM_PINF)
		ky = NUM_NINF;
	else if (subtract && ky == NUM_NINF)
		ky = NUM_PINF;
	if (x->kind == NUM_NAN || ky == NUM_NAN)
		return numeric_nan(a);
	if (x->kind == NUM_FINITE)
		return numeric_inf(a, ky == NUM_NINF);
	if (ky == NUM_FINITE || ky == x->kind)
		return numeric_inf(a, x->kind == NUM_NINF);
	return numeric_nan(a);
}

static int
add(struct arena *a, numeric_t nx, numeric_t ny, bool subtract, numeric_t *ret, struct err *e)
{
	struct num x = num_open(nx), y = num_open(ny);
	i128 u, v;

	if (UNLIKELY(x.kind != NUM_FINITE || y.kind != NUM_FINITE)) {
		*ret = add_special(a, &x, &y, subtract);
		return ERR_OK;
	}
	int d = x.scale - y.scale, scale = d > 0 ? x.scale : y.scale;
	if (LIKELY(num_small(&x, &u) && num_small(&y, &v) && d > -38 && d < 38)) {
		bool over = false;
		if (d < 0)
			over = __builtin_mul_overflow(u, (i128) ten_to[-d], &u);
		else if (d > 0)
			over = __builtin_mul_overflow(v, (i128) ten_to[d], &v);
		if (!over && !(subtract ? __builtin_sub_overflow(u, v, &u)
		                        : __builtin_add_overflow(u, v, &u))) {
			*ret = num_make(a, u, scale);
			return ERR_OK;
		}
	}
	BIG(p);
	BIG(q);
	big_load(p, &x);
	big_load(q, &y);
	big_scale(p, (unsigned long) (scale - x.scale));
	big_scale(q, (unsigned long) (scale - y.scale));
	if (subtract)
		mpz_sub(p, p, q);
	else
		mpz_add(p, p, q);
	return big_make(a, p, scale, ret, e);
}

int
numeric_add(struct arena *a, numeric_t x, numeric_t y, numeric_t *ret, struct err *e)
{
	return add(a, x, y, false, ret, e);
}

int
numeric_sub(struct arena *a, numeric_t x, numeric_t y, numeric_t *ret, struct err *e)
{
	return add(a, x, y, true, ret, e);
}

static int
sign_of(const struct num *n)
{
	return n->kind == NUM_FINITE && n->len == 0 ? 0 : n->neg ? -1 : 1;
}

int
numeric_mul(struct arena *a, numeric_t nx, numeric_t ny, numeric_t *ret, struct err *e)
{
	struct num x = num_open(nx), y = num_open(ny);
	i128 u, v;

	if (UNLIKELY(x.kind != NUM_FINITE || y.kind != NUM_FINITE)) {
		int sign = x.kind == NUM_NAN || y.kind == NUM_NAN ? 0 : sign_of(&x) * sign_of(&y);
		*ret = sign == 0 ? numeric_nan(a) : numeric_inf(a, sign < 0);
		return ERR_OK;
	}
	int scale = x.scale + y.scale;
	if (LIKELY(scale <= NUMERIC_SCALE_MAX && num_small(&x, &u) && num_small(&y, &v) &&
	           !__builtin_mul_overflow(u, v, &u))) {
		*ret = num_make(a, u, scale);
		return ERR_OK;
	}
	BIG(p);
	BIG(q);
	big_load(p, &x);
	big_load(q, &y);
	mpz_mul(p, p, q);
	if (scale > NUMERIC_SCALE_MAX) {
		big_round(p, (unsigned long) (scale - NUMERIC_SCALE_MAX));
		scale = NUMERIC_SCALE_MAX;
	}
	return big_make(a, p, scale, ret, e);
}

/* At least 16 significant digits, and no fewer decimals than either operand. */
int
num_div_scale(const struct num *x, const struct num *y)
{
	int wx, fx, wy, fy;

	num_leading(x, &wx, &fx);
	num_leading(y, &wy, &fy);
	int qweight = wx - wy - (fx <= fy ? 1 : 0);
	int scale = MIN_SIG_DIGITS - qweight * DEC_DIGITS;
	if (scale < x->scale)
		scale = x->scale;
	if (scale < y->scale)
		scale = y->scale;
	if (scale < 0)
		scale = 0;
	return scale > MAX_DISPLAY_SCALE ? MAX_DISPLAY_SCALE : scale;
}

static bool
div_small(i128 u, i128 v, int shift, bool truncate, i128 *ret)
{
	bool neg = (u < 0) != (v < 0);
	u128 n = u < 0 ? -(u128) u : (u128) u, d = v < 0 ? -(u128) v : (u128) v;

	if (shift >= 0) {
		if (shift > 38 || __builtin_mul_overflow(n, ten_to[shift], &n))
			return false;
	} else if (-shift > 38 || __builtin_mul_overflow(d, ten_to[-shift], &d)) {
		return false;
	}
	u128 q, r;
	if ((n | d) >> 64 == 0) {
		q = (uint64_t) n / (uint64_t) d;
		r = (uint64_t) n % (uint64_t) d;
	} else {
		q = n / d;
		r = n - q * d;
	}
	if (!truncate && r >= d - r)
		q++;
	if (q >> 127 != 0)
		return false;
	*ret = neg ? -(i128) q : (i128) q;
	return true;
}

int
num_div(struct arena *a, const struct num *x, const struct num *y, int scale, bool truncate,
        numeric_t *ret, struct err *e)
{
	int shift = scale + y->scale - x->scale;
	i128 u, v;

	if (num_small(x, &u) && num_small(y, &v) && div_small(u, v, shift, truncate, &u)) {
		*ret = num_make(a, u, scale);
		return ERR_OK;
	}
	BIG(p);
	BIG(q);
	big_load(p, x);
	big_load(q, y);
	if (shift > 0)
		big_scale(p, (unsigned long) shift);
	else
		big_scale(q, (unsigned long) -shift);
	if (truncate)
		mpz_tdiv_q(p, p, q);
	else
		big_div_round(p, p, q);
	return big_make(a, p, scale, ret, e);
}

static int
zero_divide(struct err *e)
{
	return err_set(e, ERR_DIVISION_BY_ZERO, "division by zero");
}

/* x / y and div(x, y) with a special value among them; true: *ret is the answer or *ret_rc. */
static bool
div_special(struct arena *a, const struct num *x, const struct num *y, numeric_t *ret, int *ret_rc,
            struct err *e)
{
	if (x->kind == NUM_FINITE && y->kind == NUM_FINITE)
		return false;
	*ret_rc = ERR_OK;
	if (x->kind == NUM_NAN || y->kind == NUM_NAN ||
	    (x->kind != NUM_FINITE && y->kind != NUM_FINITE))
		*ret = numeric_nan(a);
	else if (x->kind == NUM_FINITE)
		*ret = num_make(a, 0, 0);
	else if (y->len == 0)
		*ret_rc = zero_divide(e);
	else
		*ret = numeric_inf(a, sign_of(x) * sign_of(y) < 0);
	return true;
}

int
numeric_div(struct arena *a, numeric_t nx, numeric_t ny, numeric_t *ret, struct err *e)
{
	struct num x = num_open(nx), y = num_open(ny);
	int rc;

	if (div_special(a, &x, &y, ret, &rc, e))
		return rc;
	if (y.len == 0)
		return zero_divide(e);
	return num_div(a, &x, &y, num_div_scale(&x, &y), false, ret, e);
}

int
numeric_div_trunc(struct arena *a, numeric_t nx, numeric_t ny, numeric_t *ret, struct err *e)
{
	struct num x = num_open(nx), y = num_open(ny);
	int rc;

	if (div_special(a, &x, &y, ret, &rc, e))
		return rc;
	if (y.len == 0)
		return zero_divide(e);
	return num_div(a, &x, &y, 0, true, ret, e);
}

int
numeric_mod(struct arena *a, numeric_t nx, numeric_t ny, numeric_t *ret, struct err *e)
{
	struct num x = num_open(nx), y = num_open(ny);
	i128 u, v;

	if (x.kind != NUM_FINITE || y.kind != NUM_FINITE) {
		if (x.kind == NUM_NAN || y.kind == NUM_NAN)
			*ret = numeric_nan(a);
		else if (x.kind == NUM_FINITE)
			*ret = nx;
		else if (y.kind == NUM_FINITE && y.len == 0)
			return zero_divide(e);
		else
			*ret = numeric_nan(a);
		return ERR_OK;
	}
	if (y.len == 0)
		return zero_divide(e);
	int d = x.scale - y.scale, scale = d > 0 ? x.scale : y.scale;
	if (num_small(&x, &u) && num_small(&y, &v) && d > -38 && d < 38 &&
	    !(d < 0 ? __builtin_mul_overflow(u, (i128) ten_to[-d], &u)
	            : __builtin_mul_overflow(v, (i128) ten_to[d], &v))) {
		*ret = num_make(a, u % v, scale);
		return ERR_OK;
	}
	BIG(p);
	BIG(q);
	big_load(p, &x);
	big_load(q, &y);
	big_scale(p, (unsigned long) (scale - x.scale));
	big_scale(q, (unsigned long) (scale - y.scale));
	mpz_tdiv_r(p, p, q);
	return big_make(a, p, scale, ret, e);
}

static int
gcd_lcm(struct arena *a, numeric_t nx, numeric_t ny, bool lcm, numeric_t *ret, struct err *e)
{
	struct num x = num_open(nx), y = num_open(ny);
	BIG(p);
	BIG(q);

	if (x.kind != NUM_FINITE || y.kind != NUM_FINITE) {
		*ret = numeric_nan(a);
		return ERR_OK;
	}
	int scale = x.scale > y.scale ? x.scale : y.scale;
	big_load(p, &x);
	big_load(q, &y);
	big_scale(p, (unsigned long) (scale - x.scale));
	big_scale(q, (unsigned long) (scale - y.scale));
	if (lcm)
		mpz_lcm(p, p, q);
	else
		mpz_gcd(p, p, q);
	return big_make(a, p, scale, ret, e);
}

int
numeric_gcd(struct arena *a, numeric_t x, numeric_t y, numeric_t *ret, struct err *e)
{
	return gcd_lcm(a, x, y, false, ret, e);
}

int
numeric_lcm(struct arena *a, numeric_t x, numeric_t y, numeric_t *ret, struct err *e)
{
	return gcd_lcm(a, x, y, true, ret, e);
}

/* The same value with its sign bit chosen. */
static numeric_t
with_sign(struct arena *a, numeric_t n, bool neg)
{
	struct num v = num_open(n);
	i128 small;

	if (v.kind != NUM_FINITE)
		return v.kind == NUM_NAN ? n : numeric_inf(a, neg);
	if (v.neg == neg || v.len == 0)
		return n;
	if (num_small(&v, &small))
		return num_make(a, -small, v.scale);
	struct bytes *b = bytes_make(a, bytes_data(n), bytes_len(n));
	b->data[1] ^= 0x40;             /* the sign in the second byte of the head */
	return b;
}

numeric_t
numeric_neg(struct arena *a, numeric_t n)
{
	return with_sign(a, n, !num_open(n).neg);
}

numeric_t
numeric_abs(struct arena *a, numeric_t n)
{
	return with_sign(a, n, false);
}

/* ---- Rounding */

enum rounding { ROUND_HALF_AWAY, ROUND_ZERO, ROUND_UP, ROUND_DOWN };

static void
big_to_scale(mpz_t z, unsigned long drop, enum rounding how)
{
	BIG(ten);

	mpz_ui_pow_ui(ten, 10, drop);
	switch (how) {
	case ROUND_HALF_AWAY:
		big_div_round(z, z, ten);
		break;
	case ROUND_ZERO:
		mpz_tdiv_q(z, z, ten);
		break;
	case ROUND_UP:
		mpz_cdiv_q(z, z, ten);
		break;
	case ROUND_DOWN:
		mpz_fdiv_q(z, z, ten);
		break;
	}
}

static i128
small_to_scale(i128 v, int drop, enum rounding how)
{
	if (drop > 38)
		return how == ROUND_UP && v > 0 ? 1 : how == ROUND_DOWN && v < 0 ? -1 : 0;
	i128 ten = (i128) ten_to[drop], q = v / ten, r = v % ten;
	i128 half = r < 0 ? -r : r;
	if ((how == ROUND_HALF_AWAY && half >= ten - half) || (how == ROUND_UP && r > 0) ||
	    (how == ROUND_DOWN && r < 0))
		q += v < 0 ? -1 : 1;
	return q;
}

static int
to_scale(struct arena *a, numeric_t n, int scale, enum rounding how, numeric_t *ret, struct err *e)
{
	struct num v = num_open(n);
	i128 small;

	if (v.kind != NUM_FINITE) {
		*ret = n;
		return ERR_OK;
	}
	int shown = scale < 0 ? 0 : scale, drop = v.scale - scale;
	if (num_small(&v, &small) && shown - v.scale < 38) {
		if (drop > 0) {
			small = small_to_scale(small, drop, how);
			if (scale >= 0 || small == 0 ||
			    (-scale < 38 &&
			     !__builtin_mul_overflow(small, (i128) ten_to[-scale], &small))) {
				*ret = num_make(a, small, shown);
				return ERR_OK;
			}
			num_small(&v, &small);
		} else if (!__builtin_mul_overflow(small, (i128) ten_to[-drop], &small)) {
			*ret = num_make(a, small, shown);
			return ERR_OK;
		}
	}
	BIG(z);
	big_load(z, &v);
	if (drop > 0)
		big_to_scale(z, (unsigned long) drop, how);
	else
		big_scale(z, (unsigned long) -drop);
	if (scale < 0)
		big_scale(z, (unsigned long) -scale);
	return big_make(a, z, shown, ret, e);
}

static int
limit_scale(int scale)
{
	return scale < -MAX_RESULT_SCALE  ? -MAX_RESULT_SCALE
	       : scale > MAX_RESULT_SCALE ? MAX_RESULT_SCALE
					  : scale;
}

int
numeric_round(struct arena *a, numeric_t n, int scale, numeric_t *ret, struct err *e)
{
	return to_scale(a, n, limit_scale(scale), ROUND_HALF_AWAY, ret, e);
}

int
numeric_trunc(struct arena *a, numeric_t n, int scale, numeric_t *ret, struct err *e)
{
	return to_scale(a, n, limit_scale(scale), ROUND_ZERO, ret, e);
}

int
numeric_ceil(struct arena *a, numeric_t n, numeric_t *ret, struct err *e)
{
	return to_scale(a, n, 0, ROUND_UP, ret, e);
}

int
numeric_floor(struct arena *a, numeric_t n, numeric_t *ret, struct err *e)
{
	return to_scale(a, n, 0, ROUND_DOWN, ret, e);
}

numeric_t
numeric_trim_scale(struct arena *a, numeric_t n)
{
	struct err e = { 0 };
	numeric_t r = n;
	int min = numeric_min_scale(n);

	if (numeric_is_special(n) || min == numeric_scale(n))
		return n;
	if (to_scale(a, n, min, ROUND_ZERO, &r, &e) != ERR_OK)
		return n;               /* not reached: the result is smaller */
	return r;
}

/* ---- Integers */

bool
numeric_to_int64(numeric_t n, int64_t *ret)
{
	struct num v = num_open(n);
	i128 small;

	if (v.kind != NUM_FINITE)
		return false;
	if (num_small(&v, &small)) {
		if (v.scale > 0)
			small = small_to_scale(small, v.scale, ROUND_HALF_AWAY);
		if (small < INT64_MIN || small > INT64_MAX)
			return false;
		*ret = (int64_t) small;
		return true;
	}
	BIG(z);
	big_load(z, &v);
	big_round(z, (unsigned long) v.scale);
	if (!mpz_fits_slong_p(z))
		return false;
	*ret = mpz_get_si(z);
	return true;
}

int
numeric_to_int(numeric_t n, int64_t min, int64_t max, const char *type, int64_t *ret, struct err *e)
{
	int64_t v;

	if (numeric_is_special(n))
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED, "cannot convert %s to %s",
		               numeric_is_nan(n) ? "NaN" : "infinity", type);
	if (!numeric_to_int64(n, &v) || v < min || v > max)
		return err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE, "%s out of range", type);
	*ret = v;
	return ERR_OK;
}

int
numeric_factorial(struct arena *a, int64_t n, numeric_t *ret, struct err *e)
{
	if (n < 0)
		return err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE,
			       "factorial of a negative number is undefined");
	if (n > 32177)
		return num_overflow(e);
	BIG(z);
	mpz_fac_ui(z, (unsigned long) n);
	return big_make(a, z, 0, ret, e);
}
