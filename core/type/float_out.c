/* float_out.c - the shortest decimal of a double or float.
 *
 * The method is R. Giulietti's Schubfach: one 128-bit power of ten, three multiplications
 * that round to odd, and a choice among four candidates.  The powers are computed once, when
 * the program starts.  The end points of the rounding interval are never taken, since another
 * reader might round them the other way; PostgreSQL does the same. */
#include "config.h"
#include "core/type/float.h"

#include <gmp.h>
#include <math.h>
#include <stdio.h>

#include "core/type/ops.h"

enum { POW_MIN = -292, POW_MAX = 324 };

/* ceil(10^k * 2^-r) with r such that the top bit of the 128 is set. */
static struct { uint64_t hi, lo; } pow10_table[POW_MAX - POW_MIN + 1];

__attribute__((constructor)) static void
make_powers(void)
{
	mpz_t ten, v, q;

	mpz_inits(ten, v, q, NULL);
	for (int k = POW_MIN; k <= POW_MAX; k++) {
		mpz_ui_pow_ui(ten, 10, (unsigned) (k < 0 ? -k : k));
		long bits = (long) mpz_sizeinbase(ten, 2);
		if (k >= 0 && bits <= 128) {
			mpz_mul_2exp(v, ten, (mp_bitcnt_t) (128 - bits));
		} else if (k >= 0) {
			mpz_cdiv_q_2exp(v, ten, (mp_bitcnt_t) (bits - 128));
		} else {
			mpz_set_ui(q, 1);
			mpz_mul_2exp(q, q, (mp_bitcnt_t) (127 + bits));
			mpz_cdiv_q(v, q, ten);
			if (mpz_sizeinbase(v, 2) > 128)
				mpz_cdiv_q_2exp(v, v, 1);
		}
		mpz_tdiv_q_2exp(q, v, 64);
		pow10_table[k - POW_MIN].hi = mpz_get_ui(q);
		mpz_tdiv_r_2exp(q, v, 64);
		pow10_table[k - POW_MIN].lo = mpz_get_ui(q);
	}
	mpz_clears(ten, v, q, NULL);
}

/* floor(g * c / 2^128), with the lowest bit set when anything was cut off. */
static uint64_t
round_to_odd(uint64_t hi, uint64_t lo, uint64_t c)
{
	unsigned __int128 x = (unsigned __int128) lo * c;
	unsigned __int128 y = (unsigned __int128) hi * c + (uint64_t) (x >> 64);

	return (uint64_t) (y >> 64) | ((uint64_t) y > 1);
}

/* c * 2^q, the value; `closer`: the float below is at half the distance of the one above. */
static void
shortest(uint64_t c, int q, bool closer, uint64_t *ret_digits, int *ret_exp)
{
	int k = (q * 1262611 - (closer ? 524031 : 0)) >> 22;
	int h = q + ((-k * 1741647) >> 19) + 1;
	uint64_t hi = pow10_table[-k - POW_MIN].hi, lo = pow10_table[-k - POW_MIN].lo;
	uint64_t lower = round_to_odd(hi, lo, (4 * c - 2 + closer) << h) + 1;
	uint64_t vb = round_to_odd(hi, lo, (4 * c) << h);
	uint64_t upper = round_to_odd(hi, lo, (4 * c + 2) << h) - 1;
	uint64_t s = vb / 4;

	if (s >= 10) {
		uint64_t sp = s / 10;
		bool under = lower <= 40 * sp, over = 40 * sp + 40 <= upper;
		if (under != over) {
			*ret_digits = sp + over;
			*ret_exp = k + 1;
			return;
		}
	}
	bool under = lower <= 4 * s, over = 4 * s + 4 <= upper;
	uint64_t mid = 4 * s + 2;
	*ret_digits = under != over ? s + over : s + (vb > mid || (vb == mid && (s & 1) != 0));
	*ret_exp = k;
}

static void
trim_zeros(uint64_t *digits, int *exp)
{
	while (*digits % 10 == 0 && *digits != 0) {
		*digits /= 10;
		++*exp;
	}
}

void
double_shortest(double v, uint64_t *ret_digits, int *ret_exp)
{
	uint64_t bits, digits;
	int exp = 0;

	v = fabs(v);
	if (v < 9007199254740992.0 && v == (double) (uint64_t) v) {
		digits = (uint64_t) v;
	} else {
		memcpy(&bits, &v, sizeof bits);
		uint64_t frac = bits & ((UINT64_C(1) << 52) - 1);
		int e = (int) (bits >> 52);
		if (e == 0)
			shortest(frac, -1074, false, &digits, &exp);
		else
			shortest(frac | UINT64_C(1) << 52, e - 1075, frac == 0 && e > 1, &digits,
				 &exp);
	}
	trim_zeros(&digits, &exp);
	*ret_digits = digits;
	*ret_exp = exp;
}

static void
float4_shortest(float v, uint64_t *ret_digits, int *ret_exp)
{
	uint32_t bits;
	uint64_t digits;
	int exp = 0;

	v = fabsf(v);
	if (v < 16777216.0f && v == (float) (uint32_t) v) {
		digits = (uint32_t) v;
	} else {
		memcpy(&bits, &v, sizeof bits);
		uint32_t frac = bits & ((UINT32_C(1) << 23) - 1);
		int e = (int) (bits >> 23);
		if (e == 0)
			shortest(frac, -149, false, &digits, &exp);
		else
			shortest(frac | UINT32_C(1) << 23, e - 150, frac == 0 && e > 1, &digits,
				 &exp);
	}
	trim_zeros(&digits, &exp);
	*ret_digits = digits;
	*ret_exp = exp;
}

/* digits * 10^exp; plain when the decimal exponent is in [-4, plain_below). */
static void
put_decimal(bool neg, uint64_t digits, int exp, int plain_below, struct strbuf *to)
{
	char text[24], *at = text;
	char *p = strbuf_room(to, 40), *start = p;

	at = put_digits(text, digits, 1);
	int n = (int) (at - text), sci = n + exp - 1;
	if (neg)
		*p++ = '-';
	if (sci < -4 || sci >= plain_below) {
		*p++ = text[0];
		if (n > 1) {
			*p++ = '.';
			memcpy(p, text + 1, (size_t) n - 1);
			p += n - 1;
		}
		*p++ = 'e';
		*p++ = sci < 0 ? '-' : '+';
		p = put_digits(p, (uint64_t) (sci < 0 ? -sci : sci), 2);
	} else if (sci < 0) {
		*p++ = '0';
		*p++ = '.';
		for (int i = -1; i > sci; i--)
			*p++ = '0';
		memcpy(p, text, (size_t) n);
		p += n;
	} else if (exp >= 0) {
		memcpy(p, text, (size_t) n);
		p += n;
		for (int i = 0; i < exp; i++)
			*p++ = '0';
	} else {
		memcpy(p, text, (size_t) sci + 1);
		p += sci + 1;
		*p++ = '.';
		memcpy(p, text + sci + 1, (size_t) (n - sci - 1));
		p += n - sci - 1;
	}
	strbuf_wrote(to, (size_t) (p - start));
}

/* NaN, the infinities and the zeros; false: an ordinary number. */
static bool
put_special(double v, struct strbuf *to)
{
	if (isnan(v))
		strbuf_puts(to, "NaN");
	else if (isinf(v))
		strbuf_puts(to, v < 0 ? "-Infinity" : "Infinity");
	else if (v == 0)
		strbuf_puts(to, signbit(v) ? "-0" : "0");
	else
		return false;
	return true;
}

void
double_put(double v, struct strbuf *to)
{
	uint64_t digits;
	int exp;

	if (put_special(v, to))
		return;
	double_shortest(v, &digits, &exp);
	put_decimal(v < 0, digits, exp, 15, to);
}

void
float4_put(double v, struct strbuf *to)
{
	uint64_t digits;
	int exp;

	if (put_special(v, to))
		return;
	float4_shortest((float) v, &digits, &exp);
	put_decimal(v < 0, digits, exp, 6, to);
}

/* The old way: rounded to that many digits, as printf's %g. */
static void
put_rounded(double v, int digits, struct strbuf *to)
{
	if (!put_special(v, to))
		strbuf_printf(to, "%.*g", digits < 1 ? 1 : digits, v);
}

void
double_put_digits(double v, int extra_float_digits, struct strbuf *to)
{
	if (extra_float_digits > 0)
		double_put(v, to);
	else
		put_rounded(v, 15 + extra_float_digits, to);
}

void
float4_put_digits(double v, int extra_float_digits, struct strbuf *to)
{
	if (extra_float_digits > 0)
		float4_put(v, to);
	else
		put_rounded(v, 6 + extra_float_digits, to);
}
