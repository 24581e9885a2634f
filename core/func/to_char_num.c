/* to_char_num.c - to_char of numbers, and to_number.
 *
 * Each type makes its own digits, rounded to the places of the template; floats show no more
 * digits than they hold.  A number with too many digits becomes #s.
 * Not here: the template (numpic.h). */
#include "config.h"
#include "core/func/impl.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/func/numpic.h"
#include "core/type/numeric.h"

enum { ROMAN_MAX = 3999, ROMAN_WIDTH = 15 };

static char *
hashes(struct arena *a, int pre, int post)
{
	char *s = arena_alloc(a, (size_t) (pre + post) + 2);

	memset(s, '#', (size_t) (pre + post) + 1);
	s[pre] = '.';
	s[pre + post + 1] = '\0';
	return s;
}

/* Digits into the template: fewer than its places are padded, more become #s. */
static struct numpic_value
fit(struct arena *a, const struct numpic *p, char *text)
{
	struct numpic_value v = { .digits = text, .sign = '+' };

	if (*text == '-') {
		v.sign = '-';
		v.digits++;
	}
	const char *point = strchr(v.digits, '.');
	int before = (int) (point != NULL ? point - v.digits : (long) strlen(v.digits));
	if (before < p->pre)
		v.spaces = p->pre - before;
	else if (before > p->pre)
		v.digits = hashes(a, p->pre, p->post);
	return v;
}

/* " 1.23e+05": hashes for what has no exponent. */
static char *
not_scientific(struct arena *a, const struct numpic *p)
{
	char *s = arena_alloc(a, (size_t) (p->pre + p->post) + 8);

	memset(s, '#', (size_t) (p->pre + p->post) + 6);
	s[0] = ' ';
	s[p->pre + 1] = '.';
	s[p->pre + p->post + 6] = '\0';
	return s;
}

static char *
roman(struct arena *a, int64_t n, bool in_range)
{
	static const struct { int value; const char *text; } parts[] = {
		{ 1000, "M" }, { 900, "CM" }, { 500, "D" }, { 400, "CD" }, { 100, "C" }, { 90, "XC" },
		{ 50, "L" }, { 40, "XL" }, { 10, "X" }, { 9, "IX" }, { 5, "V" }, { 4, "IV" }, { 1, "I" },
	};
	char *s = arena_zalloc(a, ROMAN_WIDTH + 1);

	if (!in_range || n < 1 || n > ROMAN_MAX) {
		memset(s, '#', ROMAN_WIDTH);
		return s;
	}
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		for (; n >= parts[i].value; n -= parts[i].value)
			strcat(s, parts[i].text);
	return s;
}

static int
open_template(struct fcall *c, union datum text, struct numpic *ret, struct err *e)
{
	return numpic_parse(fcall_arena(c), bytes_data(text.b), bytes_len(text.b), ret, e);
}

static int
finish(struct fcall *c, const struct numpic *p, struct numpic_value v, union datum *ret,
       struct err *e)
{
	struct strbuf b;

	strbuf_init(&b, fcall_arena(c));
	int rc = numpic_write(p, v, fcall_arena(c), &b, e);
	if (rc == ERR_OK)
		*ret = strbuf_datum(fcall_arena(c), &b);
	return rc;
}

/* ---- numeric */
static int
numeric_digits(struct arena *a, struct numpic *p, numeric_t n, char **ret, struct err *e)
{
	int rc = ERR_OK;

	if (p->has_v) {
		numeric_t ten = NULL;
		rc = numeric_power(a, numeric_from_int(a, 10), numeric_from_int(a, p->multi), &ten, e);
		if (rc == ERR_OK)
			rc = numeric_mul(a, n, ten, &n, e);
		p->pre += p->multi;
	}
	if (rc == ERR_OK)
		rc = numeric_round(a, n, p->post, &n, e);
	if (rc == ERR_OK)
		*ret = numeric_text(n, a);
	return rc;
}

static char *
numeric_scientific(struct arena *a, const struct numpic *p, numeric_t n)
{
	struct strbuf b;

	if (numeric_is_special(n))
		return not_scientific(a, p);
	strbuf_init(&b, a);
	if (numeric_sign(n) >= 0)
		strbuf_putc(&b, ' ');
	numeric_put_sci(n, p->post, &b);
	return b.data;
}

static int
show_numeric(struct fcall *c, numeric_t n, struct numpic *p, union datum *ret, struct err *e)
{
	struct arena *a = fcall_arena(c);
	char *text = NULL;

	if (p->exponent)
		return finish(c, p, (struct numpic_value) { .digits = numeric_scientific(a, p, n) }, ret, e);
	if (p->roman) {
		int64_t v = 0;
		numeric_t whole = n;
		int rc = numeric_round(a, n, 0, &whole, e);
		if (rc != ERR_OK)
			return rc;
		rc = numeric_to_int(whole, INT32_MIN, INT32_MAX, "integer", &v, e);
		if (rc != ERR_OK)
			return rc;
		return finish(c, p, (struct numpic_value) { .digits = roman(a, v, true) }, ret, e);
	}
	int rc = numeric_digits(a, p, n, &text, e);
	return rc != ERR_OK ? rc : finish(c, p, fit(a, p, text), ret, e);
}

DEFINE_FUNC(fn_to_char_numeric)
{
	struct numpic p;
	int rc = open_template(c, args[1], &p, e);

	return rc != ERR_OK ? rc : show_numeric(c, args[0].b, &p, ret, e);
}

/* ---- integers */
DEFINE_FUNC(fn_to_char_int)
{
	struct arena *a = fcall_arena(c);
	bool narrow = c->func->args[0] == OID_INT4;
	int64_t v = args[0].i;
	struct numpic p;
	int rc = open_template(c, args[1], &p, e);

	if (rc != ERR_OK)
		return rc;
	if (p.exponent)
		return show_numeric(c, numeric_from_int(a, v), &p, ret, e);
	if (p.roman && v != (int32_t) v)
		return err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE, "integer out of range");
	if (p.roman)
		return finish(c, &p, (struct numpic_value) { .digits = roman(a, v, true) }, ret, e);
	if (p.has_v) {
		for (int i = 0; i < p.multi; i++)
			if (__builtin_mul_overflow(v, 10, &v) || (narrow && v != (int32_t) v))
				return err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE, "%s out of range",
				               narrow ? "integer" : "bigint");
		p.pre += p.multi;
	}
	struct strbuf b;
	strbuf_init(&b, a);
	strbuf_int(&b, v);
	if (p.post > 0)
		strbuf_putc(&b, '.');
	for (int i = 0; i < p.post; i++)
		strbuf_putc(&b, '0');
	return finish(c, &p, fit(a, &p, b.data), ret, e);
}

/* ---- floats */
static char *
float_text(struct arena *a, int digits, double v)
{
	if (isnan(v))
		return arena_strdup(a, "NaN");
	if (isinf(v))
		return arena_strdup(a, v < 0 ? "-Infinity" : "Infinity");
	return arena_printf(a, "%.*f", digits, v);
}

DEFINE_FUNC(fn_to_char_float)
{
	struct arena *a = fcall_arena(c);
	bool single = c->func->args[0] == OID_FLOAT4;
	int max_digits = single ? FLT_DIG : DBL_DIG;
	double v = args[0].f;
	struct numpic p;
	int rc = open_template(c, args[1], &p, e);

	if (rc != ERR_OK)
		return rc;
	if (p.roman) {
		double r = rint(v);
		bool fits = !isnan(r) && fabs(r) < 1e9;
		return finish(c, &p, (struct numpic_value) { .digits = roman(a, fits ? (int64_t) r : 0, fits) },
		              ret, e);
	}
	if (p.exponent) {
		char *text = isnan(v) || isinf(v) ? not_scientific(a, &p)
		                                  : arena_printf(a, "% .*e", p.post, v);
		return finish(c, &p, (struct numpic_value) { .digits = text }, ret, e);
	}
	if (p.has_v) {
		double scale = pow(10, p.multi);
		v = single ? (double) ((float) v * (float) scale) : v * scale;
		p.pre += p.multi;
	}
	int before = (int) strlen(float_text(a, 0, fabs(v)));
	if (before >= max_digits)
		p.post = 0;
	else if (before + p.post > max_digits)
		p.post = max_digits - before;
	return finish(c, &p, fit(a, &p, float_text(a, p.post, v)), ret, e);
}

/* ---- to_number */
DEFINE_FUNC(fn_to_number)
{
	struct arena *a = fcall_arena(c);
	struct numpic p;
	struct strbuf b;
	numeric_t n = NULL, ten = NULL;
	int post = 0;

	if (bytes_len(args[1].b) == 0) {
		*ret_null = true;
		return ERR_OK;
	}
	int rc = open_template(c, args[1], &p, e);

	if (rc != ERR_OK)
		return rc;
	strbuf_init(&b, a);
	rc = numpic_read(&p, bytes_data(args[0].b), bytes_len(args[0].b), &b, &post, e);
	if (rc == ERR_OK)
		rc = numeric_parse(a, b.data, b.len, -1, &n, e);
	if (rc == ERR_OK)
		rc = numeric_apply_typmod(a, n, numeric_typmod_make(p.pre + p.multi + post, post), &n, e);
	if (rc == ERR_OK && p.has_v) {
		rc = numeric_power(a, numeric_from_int(a, 10), numeric_from_int(a, -p.multi), &ten, e);
		if (rc == ERR_OK)
			rc = numeric_mul(a, n, ten, &n, e);
	}
	if (rc == ERR_OK)
		ret->b = n;
	return rc;
}
