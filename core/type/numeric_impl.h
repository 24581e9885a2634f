/* numeric_impl.h - a numeric taken apart; for the numeric_*.c files alone.
 *
 * Owner     a struct num points into its value.  BIG variables are cleared by scope.
 * Thread    any.  Failure: big_make() tells of results too large.  Cost: see numeric.h. */
#ifndef CORE_TYPE_NUMERIC_IMPL_H
#define CORE_TYPE_NUMERIC_IMPL_H

#include <gmp.h>
#include <string.h>

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

enum { HEAD_SCALE = 0x3fff, HEAD_NEG = 0x4000, HEAD_SPECIAL = 0x8000 };

static inline struct num
num_open(numeric_t n)
{
	uint16_t head;
	struct num v;

	memcpy(&head, n->data, sizeof head);
	v.kind = (head & HEAD_SPECIAL) != 0 ? head & HEAD_SCALE : NUM_FINITE;
	v.neg = (head & HEAD_NEG) != 0;
	v.scale = v.kind == NUM_FINITE ? head & HEAD_SCALE : 0;
	v.len = bytes_len(n) - sizeof head;
	v.coef = (const unsigned char *) n->data + sizeof head;
	return v;
}

/* A little-endian number of 0 to 8 bytes, in loads of fixed size that may overlap. */
static inline uint64_t
load_up_to_8(const unsigned char *p, size_t len)
{
	uint32_t lo, hi;

	if (len >= 4) {
		memcpy(&lo, p, 4);
		memcpy(&hi, p + len - 4, 4);
		return lo | (uint64_t) hi << (8 * (len - 4));
	}
	if (len == 0)
		return 0;
	return (uint64_t) p[0] | (uint64_t) p[len / 2] << (8 * (len / 2)) |
	       (uint64_t) p[len - 1] << (8 * (len - 1));
}

/* The coefficient with its sign when it is below 2^120. */
static inline bool
num_small(const struct num *n, i128 *ret)
{
	u128 v;

	if (LIKELY(n->len <= 8)) {
		v = load_up_to_8(n->coef, n->len);
	} else if (n->len <= 15) {
		uint64_t lo;
		memcpy(&lo, n->coef, 8);
		v = (u128) lo | (u128) load_up_to_8(n->coef + 8, n->len - 8) << 64;
	} else {
		return false;
	}
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
