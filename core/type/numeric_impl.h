/* numeric_impl.h - a numeric taken apart; for the numeric_*.c files alone.
 *
 * Owner     a struct num points into its value.  BIG variables are cleared by scope.
 * Thread    any.  Failure: big_make() tells of results too large.  Cost: see numeric.h. */
#ifndef CORE_TYPE_NUMERIC_IMPL_H
#define CORE_TYPE_NUMERIC_IMPL_H

#include <gmp.h>

#include "core/type/numeric.h"

typedef __int128 i128;
typedef unsigned __int128 u128;

enum { NUM_FINITE, NUM_NAN, NUM_PINF, NUM_NINF };

enum {                                  /* PostgreSQL's constants for result scales */
	MIN_SIG_DIGITS = 16, MAX_DISPLAY_SCALE = 1000, MAX_RESULT_SCALE = 2000, DEC_DIGITS = 4
};

struct num {
	int  kind;
	bool neg;
	int  scale;
	size_t len;                     /* bytes of coefficient */
	const unsigned char *coef;
};

struct num num_open(numeric_t n);
/* The coefficient with its sign when it is below 2^120. */
static inline bool
num_small(const struct num *n, i128 *ret)
{
	u128 v = 0;

	if (n->len > 15)
		return false;
	memcpy(&v, n->coef, n->len);
	*ret = n->neg ? -(i128) v : (i128) v;
	return true;
}

numeric_t num_make(struct arena *a, i128 coef, int scale);      /* always fits */

extern const u128 ten_to[39];           /* 10^0 .. 10^38 */
int  u128_digits(u128 v);               /* decimal digits; 0 has none */

/* ---- coefficients of any size */
void big_done(mpz_t *z);
#define BIG(name) CLEANUP(big_done) mpz_t name; mpz_init(name)
void big_load(mpz_t z, const struct num *n);            /* with its sign */
void big_set_i128(mpz_t z, i128 v);
void big_scale(mpz_t z, unsigned long k);               /* z *= 10^k */
void big_round(mpz_t z, unsigned long k);               /* z /= 10^k, half away from zero */
void big_div_round(mpz_t q, const mpz_t n, const mpz_t d);      /* half away from zero */
int  big_digits(const mpz_t z);                         /* decimal digits of |z|; 0 has none */
int  big_make(struct arena *a, const mpz_t z, int scale, numeric_t *ret, struct err *e) MUST_CHECK;
int  num_overflow(struct err *e);

/* Decimal exponent of the leading digit; 0 for zero. */
int  num_weight(const struct num *n);
/* The leading base-10000 digit and its weight, which PostgreSQL's rules for scales look at. */
void num_leading(const struct num *n, int *ret_weight, int *ret_first);
int  num_div_scale(const struct num *x, const struct num *y);
/* x / y rounded to that scale; y is not zero, both finite. */
int  num_div(struct arena *a, const struct num *x, const struct num *y, int scale, bool truncate,
             numeric_t *ret, struct err *e) MUST_CHECK;

/* ---- numeric_math.c: fixed point (X means X / 2^bits) and the rules for scales */
void num_fixed_ln(mpz_t r, const struct num *n, unsigned long bits);
void num_fixed_exp(mpz_t r, const mpz_t x, unsigned long bits);
void num_from_fixed(mpz_t x, unsigned long bits, int scale);    /* -> count of 10^-scale */
unsigned long num_bits_for(long decimal_digits);
int  num_ln_weight(const struct num *n);        /* estimated decimal weight of ln(n) */
double num_approx(const struct num *n);
double num_approx_big(const mpz_t z, int scale);        /* z * 10^-scale */
int  num_clamp_scale(int scale, int dscale1, int dscale2);

#endif
