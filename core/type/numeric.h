/* numeric.h - exact decimal numbers with PostgreSQL's scales and rounding.
 *
 * A value is a `struct bytes`: two bytes of head (low 14 bits: display scale, or which special
 * value; bits 14 and 15: negative, special), then the coefficient |v| * 10^scale in
 * little-endian bytes without leading zeros.  Zero has none.  So equal values of equal scale
 * are equal bytes.
 *
 * Owner     results are made on the arena given.  Thread: any.
 * Failure   22003 value overflows numeric format, 22012 division by zero, 2201E, 2201F.
 * Cost      coefficients below 10^18 are computed in machine words; larger ones by GMP.
 * Limits    131072 digits before the point, 16383 after it, as PostgreSQL. */
#ifndef CORE_TYPE_NUMERIC_H
#define CORE_TYPE_NUMERIC_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/attr.h"
#include "core/base/err.h"
#include "core/base/strbuf.h"
#include "core/type/datum.h"

enum {
	NUMERIC_MAX_PRECISION = 1000,   /* numeric(p,s) */
	NUMERIC_SCALE_MAX = 16383,      /* digits after the point */
	NUMERIC_INT_DIGITS_MAX = 131072 /* digits before it */
};

typedef const struct bytes *numeric_t;

/* ---- Making and taking apart */
numeric_t numeric_from_int(struct arena *a, int64_t v);
numeric_t numeric_from_int128(struct arena *a, __int128 v);
numeric_t numeric_from_scaled(struct arena *a, __int128 coef, int scale); /* coef * 10^-scale */
numeric_t numeric_from_double(struct arena *a, double v); /* 15 significant digits, as ::numeric */
numeric_t numeric_from_float4(struct arena *a, double v);       /* 6 significant digits */
numeric_t numeric_nan(struct arena *a);
numeric_t numeric_inf(struct arena *a, bool negative);
/* Text as numeric_in takes it (spaces around, exponent, NaN, Infinity); 22P02, 22003. */
int numeric_parse(struct arena *a, const char *s, size_t len, int32_t typmod, numeric_t *ret,
		  struct err *e) MUST_CHECK;

bool numeric_is_nan(numeric_t n);
bool numeric_is_inf(numeric_t n);               /* either sign */
bool numeric_is_special(numeric_t n);           /* NaN or infinite */
int  numeric_sign(numeric_t n);                 /* -1 0 1; infinities too; NaN: 0 */
int  numeric_scale(numeric_t n);                /* display scale; 0 for special values */
int  numeric_min_scale(numeric_t n);            /* without trailing zeros */
bool numeric_is_integer(numeric_t n);

/* Rounded half away from zero; 22003 "integer out of range" (named by the caller's type),
 * 0A000 "cannot convert NaN to integer". `type`: "smallint", "integer", "bigint". */
int numeric_to_int(numeric_t n, int64_t min, int64_t max, const char *type, int64_t *ret,
		   struct err *e) MUST_CHECK;
bool numeric_to_int64(numeric_t n, int64_t *ret);               /* false: does not fit */
double numeric_to_double(numeric_t n);          /* nearest; overflow gives infinity */
int numeric_to_float8(numeric_t n, double *ret, struct err *e) MUST_CHECK; /* as ::float8: 22003 */
int  numeric_to_float4(numeric_t n, double *ret, struct err *e) MUST_CHECK;
void numeric_put(numeric_t n, struct strbuf *to);               /* text */
char *numeric_text(numeric_t n, struct arena *a);
/* 1.23e+05 with `scale` digits after the point (to_char EEEE). */
void numeric_put_sci(numeric_t n, int scale, struct strbuf *to);

/* ---- Comparing: NaN equals itself and is above everything */
int  numeric_cmp(numeric_t a, numeric_t b);
uint64_t numeric_hash(numeric_t n);             /* 1.0 and 1.00 hash equal */
void numeric_key(numeric_t n, struct strbuf *to);        /* memcmp order; see type.h */

/* ---- Arithmetic */
int numeric_add(struct arena *a, numeric_t x, numeric_t y, numeric_t *ret,
		struct err *e) MUST_CHECK;
int numeric_sub(struct arena *a, numeric_t x, numeric_t y, numeric_t *ret,
		struct err *e) MUST_CHECK;
int numeric_mul(struct arena *a, numeric_t x, numeric_t y, numeric_t *ret,
		struct err *e) MUST_CHECK;
int numeric_div(struct arena *a, numeric_t x, numeric_t y, numeric_t *ret,
		struct err *e) MUST_CHECK;
int numeric_div_trunc(struct arena *a, numeric_t x, numeric_t y, numeric_t *ret,
		      struct err *e) MUST_CHECK; /* div() */
int numeric_mod(struct arena *a, numeric_t x, numeric_t y, numeric_t *ret,
		struct err *e) MUST_CHECK;
int numeric_gcd(struct arena *a, numeric_t x, numeric_t y, numeric_t *ret,
		struct err *e) MUST_CHECK;
int numeric_lcm(struct arena *a, numeric_t x, numeric_t y, numeric_t *ret,
		struct err *e) MUST_CHECK;
numeric_t numeric_neg(struct arena *a, numeric_t n);
numeric_t numeric_abs(struct arena *a, numeric_t n);
numeric_t numeric_trim_scale(struct arena *a, numeric_t n);

/* Digits after the point may be negative: round(1234.5, -2). */
int numeric_round(struct arena *a, numeric_t n, int scale, numeric_t *ret,
		  struct err *e) MUST_CHECK;
int numeric_trunc(struct arena *a, numeric_t n, int scale, numeric_t *ret,
		  struct err *e) MUST_CHECK;
int  numeric_ceil(struct arena *a, numeric_t n, numeric_t *ret, struct err *e) MUST_CHECK;
int  numeric_floor(struct arena *a, numeric_t n, numeric_t *ret, struct err *e) MUST_CHECK;

int  numeric_sqrt(struct arena *a, numeric_t n, numeric_t *ret, struct err *e) MUST_CHECK;
int  numeric_exp(struct arena *a, numeric_t n, numeric_t *ret, struct err *e) MUST_CHECK;
int  numeric_ln(struct arena *a, numeric_t n, numeric_t *ret, struct err *e) MUST_CHECK;
int numeric_log(struct arena *a, numeric_t base, numeric_t n, numeric_t *ret,
		struct err *e) MUST_CHECK;
int numeric_power(struct arena *a, numeric_t base, numeric_t exp, numeric_t *ret,
		  struct err *e) MUST_CHECK;
int  numeric_factorial(struct arena *a, int64_t n, numeric_t *ret, struct err *e) MUST_CHECK;
/* width_bucket(operand, low, high, count): 2201G on bad bounds; 22003 on overflow. */
int numeric_width_bucket(numeric_t op, numeric_t low, numeric_t high, int32_t count, int32_t *ret,
			 struct err *e) MUST_CHECK;

/* ---- numeric(p,s) */
int  numeric_typmod_make(int precision, int scale);
int  numeric_typmod_precision(int32_t typmod);
int  numeric_typmod_scale(int32_t typmod);
int numeric_apply_typmod(struct arena *a, numeric_t n, int32_t typmod, numeric_t *ret,
			 struct err *e) MUST_CHECK;

/* ---- sum, avg, variance: a zeroed struct is an empty sum; it lives on the group's arena */
struct numeric_sum {
	__int128 small __attribute__((
		packed, aligned(8)));   /* part of the sum, at `scale` (arenas align to 8) */
	uint64_t *limbs;                /* the rest, |rest| at `scale`, when small overflowed */
	uint32_t nlimbs, cap;
	bool     rest_negative;
	int32_t  scale;                 /* largest display scale seen */
	int64_t  count;                 /* values, special ones included */
	int64_t  nans, pinfs, ninfs;
	int64_t  max_scale_count;       /* values whose scale is `scale`: moving frames */
};
void numeric_sum_add(struct numeric_sum *s, struct arena *a, numeric_t n);
void numeric_sum_add_int(struct numeric_sum *s, struct arena *a, int64_t v);
void numeric_sum_add_square(struct numeric_sum *s, struct arena *a, numeric_t n);
/* Undo an add; false: cannot (the display scale would shrink), compute again. */
bool numeric_sum_remove(struct numeric_sum *s, struct arena *a, numeric_t n);
void numeric_sum_merge(struct numeric_sum *into, struct arena *a, const struct numeric_sum *from);
int numeric_sum_total(const struct numeric_sum *s, struct arena *a, numeric_t *ret,
		      struct err *e) MUST_CHECK;
int numeric_sum_avg(const struct numeric_sum *s, struct arena *a, numeric_t *ret,
		    struct err *e) MUST_CHECK;
/* From n values, their sum and the sum of their squares; NULL result: too few values. */
int numeric_variance(struct arena *a, int64_t n, numeric_t sum, numeric_t sum_sq, bool sample,
		     bool stddev, numeric_t *ret, struct err *e) MUST_CHECK;

#endif
