/* numeric_text.c - numerics to and from text and doubles, and numeric(p,s). */
#include "config.h"
#include "core/type/numeric_impl.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/type/float.h"
#include "core/type/ops.h"

/* ---- Reading */

struct parsed {
	bool neg;
	const char *int_part, *frac;    /* digits on both sides of the point */
	size_t nint, nfrac;
	long exp;
};

/* [+-]digits[.digits][e[+-]digits]; returns where it ends, NULL when there is no number. */
static const char *
scan(const char *p, const char *end, struct parsed *r, bool *ret_overflow)
{
	*r = (struct parsed) { 0 };
	*ret_overflow = false;
	if (p < end && (*p == '+' || *p == '-'))
		r->neg = *p++ == '-';
	r->int_part = p;
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	r->nint = (size_t) (p - r->int_part);
	r->frac = p;
	if (p < end && *p == '.') {
		r->frac = ++p;
		while (p < end && *p >= '0' && *p <= '9')
			p++;
		r->nfrac = (size_t) (p - r->frac);
	}
	if (r->nint + r->nfrac == 0)
		return NULL;
	if (p < end && (*p == 'e' || *p == 'E')) {
		bool neg = false;
		if (++p < end && (*p == '+' || *p == '-'))
			neg = *p++ == '-';
		if (p == end || *p < '0' || *p > '9')
			return NULL;
		for (; p < end && *p >= '0' && *p <= '9'; p++)
			if (r->exp < INT_MAX)
				r->exp = r->exp * 10 + (*p - '0');
		if (r->exp >= INT_MAX / 2)
			*ret_overflow = true;
		if (neg)
			r->exp = -r->exp;
	}
	return p;
}

static int
build_big(struct arena *a, const struct parsed *r, long scale, long zeros, numeric_t *ret,
          struct err *e)
{
	ARENA_AUTO struct arena tmp = { 0 };
	BIG(z);
	size_t n = r->nint + r->nfrac;
	char *digits = arena_alloc(&tmp, n + 1);

	memcpy(digits, r->int_part, r->nint);
	memcpy(digits + r->nint, r->frac, r->nfrac);
	digits[n] = '\0';
	char *first = digits;
	while (*first == '0' && first[1] != '\0')
		first++;
	if (strspn(first, "0") != strlen(first) &&
	    (long) strlen(first) + zeros > NUMERIC_INT_DIGITS_MAX + scale)
		return num_overflow(e);
	if (scale > NUMERIC_SCALE_MAX)
		return num_overflow(e);
	mpz_set_str(z, first, 10);
	if (zeros > 0 && mpz_sgn(z) != 0)
		big_scale(z, (unsigned long) zeros);
	if (r->neg)
		mpz_neg(z, z);
	return big_make(a, z, (int) scale, ret, e);
}

static int
build(struct arena *a, const struct parsed *r, numeric_t *ret, struct err *e)
{
	long scale = (long) r->nfrac - r->exp, zeros = 0;
	u128 v = 0;

	if (scale < 0) {
		zeros = -scale;
		scale = 0;
	}
	if (r->nint + r->nfrac + (size_t) zeros > 36 || scale > NUMERIC_SCALE_MAX)
		return build_big(a, r, scale, zeros, ret, e);
	for (size_t i = 0; i < r->nint; i++)
		v = v * 10 + (u128) (r->int_part[i] - '0');
	for (size_t i = 0; i < r->nfrac; i++)
		v = v * 10 + (u128) (r->frac[i] - '0');
	v *= ten_to[zeros];
	*ret = num_make(a, r->neg ? -(i128) v : (i128) v, (int) scale);
	return ERR_OK;
}

static const char *
parse_special(struct arena *a, const char *p, const char *end, numeric_t *ret)
{
	static const struct {
		const char *word;
		int sign;
	} words[] = {
		{ "nan", 0 }, { "infinity", 1 }, { "+infinity", 1 }, { "-infinity", -1 },
		{ "inf", 1 }, { "+inf", 1 }, { "-inf", -1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		size_t n = strlen(words[i].word);
		if ((size_t) (end - p) >= n && same_word(p, n, words[i].word)) {
			*ret = words[i].sign == 0 ? numeric_nan(a)
						  : numeric_inf(a, words[i].sign < 0);
			return p + n;
		}
	}
	return NULL;
}

int
numeric_parse(struct arena *a, const char *s, size_t len, int32_t typmod, numeric_t *ret,
              struct err *e)
{
	const char *p = s, *end = s + len;
	struct parsed parts = { 0 };
	numeric_t v = NULL;
	bool overflow = false;

	while (p < end && ascii_space(*p))
		p++;
	const char *after = parse_special(a, p, end, &v);
	if (after == NULL)
		after = scan(p, end, &parts, &overflow);
	if (after == NULL)
		return bad_syntax(e, "numeric", s, len);
	if (overflow)
		return num_overflow(e);
	while (after < end && ascii_space(*after))
		after++;
	if (after != end)
		return bad_syntax(e, "numeric", s, len);
	if (v == NULL) {
		int rc = build(a, &parts, &v, e);
		if (rc != ERR_OK)
			return rc;
	}
	if (typmod >= 0)
		return numeric_apply_typmod(a, v, typmod, ret, e);
	*ret = v;
	return ERR_OK;
}

static numeric_t
from_float(struct arena *a, double v, int digits)
{
	char text[64];
	numeric_t n;
	struct err e = { 0 };

	if (isnan(v))
		return numeric_nan(a);
	if (isinf(v))
		return numeric_inf(a, v < 0);
	if (v == (double) (int64_t) v && fabs(v) < (digits == 15 ? 1e15 : 1e6))
		return numeric_from_int(a, (int64_t) v);
	int len = snprintf(text, sizeof text, "%.*g", digits, v);
	if (numeric_parse(a, text, (size_t) len, -1, &n, &e) != ERR_OK)
		return numeric_nan(a);  /* not reached: every double is within numeric's range */
	return n;
}

numeric_t numeric_from_double(struct arena *a, double v) { return from_float(a, v, 15); }
numeric_t numeric_from_float4(struct arena *a, double v) { return from_float(a, v, 6); }

/* ---- Showing */

/* Digits of the coefficient with the point `scale` from the right. */
static void
put_pointed(const char *digits, size_t n, size_t scale, struct strbuf *to)
{
	char *p = strbuf_room(to, n + scale + 3), *start = p;

	if (n > scale) {
		memcpy(p, digits, n - scale);
		p += n - scale;
		digits += n - scale;
		n = scale;
	} else {
		*p++ = '0';
	}
	if (scale > 0) {
		*p++ = '.';
		memset(p, '0', scale - n);
		p += scale - n;
		memcpy(p, digits, n);
		p += n;
	}
	strbuf_wrote(to, (size_t) (p - start));
}

void
numeric_put(numeric_t n, struct strbuf *to)
{
	struct num v = num_open(n);
	i128 small;

	if (v.kind != NUM_FINITE) {
		strbuf_puts(to, v.kind == NUM_NAN    ? "NaN"
				: v.kind == NUM_PINF ? "Infinity"
						     : "-Infinity");
		return;
	}
	if (v.neg && v.len != 0)
		strbuf_putc(to, '-');
	if (num_small(&v, &small)) {
		u128 u = small < 0 ? -(u128) small : (u128) small;
		char text[40], *at = text + sizeof text;
		while (u > UINT64_MAX) {
			*--at = (char) ('0' + (int) (u % 10));
			u /= 10;
		}
		for (uint64_t w = (uint64_t) u; w != 0; w /= 10)
			*--at = (char) ('0' + w % 10);
		put_pointed(at, (size_t) (text + sizeof text - at), (size_t) v.scale, to);
		return;
	}
	ARENA_AUTO struct arena tmp = { 0 };
	BIG(z);
	big_load(z, &v);
	mpz_abs(z, z);
	char *text = arena_alloc(&tmp, mpz_sizeinbase(z, 10) + 2);
	mpz_get_str(text, 10, z);
	put_pointed(text, strlen(text), (size_t) v.scale, to);
}

char *
numeric_text(numeric_t n, struct arena *a)
{
	struct strbuf b;

	strbuf_init(&b, a);
	numeric_put(n, &b);
	return b.data;
}

void
numeric_put_sci(numeric_t n, int scale, struct strbuf *to)
{
	ARENA_AUTO struct arena tmp = { 0 };
	struct num v = num_open(n);
	struct err e = { 0 };
	numeric_t r;

	if (v.kind != NUM_FINITE) {
		numeric_put(n, to);
		return;
	}
	if (scale < 0)
		scale = 0;
	/* Rounded after the exponent is known: 99.9 becomes 10.0e+01, as in PostgreSQL. */
	const int exp = num_weight(&v);
	const long shift = (long) scale - exp - v.scale;
	BIG(z);
	big_load(z, &v);
	if (shift >= 0)
		big_scale(z, (unsigned long) shift);
	else
		big_round(z, (unsigned long) -shift);
	if (big_make(&tmp, z, scale, &r, &e) != ERR_OK)
		return;                 /* not reached: the scale is small */
	numeric_put(r, to);
	strbuf_puts(to, exp < 0 ? "e-" : "e+");
	char digits[24];
	strbuf_add(to, digits,
		   (size_t) (put_digits(digits, (uint64_t) (exp < 0 ? -exp : exp), 2) - digits));
}

/* ---- To binary numbers */

double
numeric_to_double(numeric_t n)
{
	struct num v = num_open(n);
	i128 small;

	if (v.kind != NUM_FINITE)
		return v.kind == NUM_NAN ? NAN : v.kind == NUM_PINF ? INFINITY : -INFINITY;
	if (v.scale <= 22 && num_small(&v, &small) && small < INT64_C(9007199254740992) &&
	    small > INT64_C(-9007199254740992)) {
		static const double tens[] = {
			1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13,
			1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
		};
		return (double) (int64_t) small / tens[v.scale];        /* one rounding: exact */
	}
	ARENA_AUTO struct arena tmp = { 0 };
	return strtod(numeric_text(n, &tmp), NULL);
}

static int
to_float(numeric_t n, bool single, double *ret, struct err *e)
{
	ARENA_AUTO struct arena tmp = { 0 };

	if (numeric_is_special(n)) {
		*ret = numeric_to_double(n);
		return ERR_OK;
	}
	char *text = numeric_text(n, &tmp);
	return single ? float4_parse(text, strlen(text), ret, e)
		      : double_parse(text, strlen(text), ret, e);
}

int
numeric_to_float8(numeric_t n, double *ret, struct err *e)
{
	struct num v = num_open(n);

	if (v.len <= 8 && v.scale <= 22) {
		*ret = numeric_to_double(n);
		return ERR_OK;
	}
	return to_float(n, false, ret, e);
}

int
numeric_to_float4(numeric_t n, double *ret, struct err *e)
{
	return to_float(n, true, ret, e);
}

/* ---- numeric(p,s): (p << 16 | s in 11 bits) + 4 */

int
numeric_typmod_make(int precision, int scale)
{
	return (precision << 16 | (scale & 0x7ff)) + 4;
}

int
numeric_typmod_precision(int32_t typmod)
{
	return (typmod - 4) >> 16 & 0xffff;
}

int
numeric_typmod_scale(int32_t typmod)
{
	return (((typmod - 4) & 0x7ff) ^ 1024) - 1024;
}

int
numeric_apply_typmod(struct arena *a, numeric_t n, int32_t typmod, numeric_t *ret, struct err *e)
{
	struct num v = num_open(n);
	int precision = numeric_typmod_precision(typmod), scale = numeric_typmod_scale(typmod);
	numeric_t r = n;

	if (typmod < 4 || v.kind == NUM_NAN) {
		*ret = n;
		return ERR_OK;
	}
	if (v.kind != NUM_FINITE) {
		(void) err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE, "numeric field overflow");
		return err_detail(
			e, "A field with precision %d, scale %d cannot hold an infinite value.",
			precision, scale);
	}
	if (v.scale != (scale < 0 ? 0 : scale) || scale < 0) {
		int rc = numeric_round(a, n, scale, &r, e);
		if (rc != ERR_OK)
			return rc;
		v = num_open(r);
	}
	int max = precision - scale;
	if (v.len != 0 && num_weight(&v) + 1 > max) {
		(void) err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE, "numeric field overflow");
		return err_detail(e,
				  "A field with precision %d, scale %d must round to an absolute "
				  "value less than %s%d.",
				  precision, scale, max != 0 ? "10^" : "", max != 0 ? max : 1);
	}
	*ret = r;
	return ERR_OK;
}
