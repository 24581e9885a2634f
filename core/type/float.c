/* float.c - float4 and float8: input, order, binary form.  A float4 is held as the double of
 * equal value.
 *
 * Not here: output (float_out.c). */
#include "config.h"
#include "core/type/float.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "core/base/hash.h"
#include "core/type/key.h"
#include "core/type/ops.h"

/* Plain decimals of at most 15 digits and small exponent: one exact multiplication or
 * division gives the nearest double. */
static bool
parse_simple(const char *p, const char *end, double *ret)
{
	static const double tens[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10,
	                               1e11, 1e12, 1e13, 1e14, 1e15 };
	uint64_t v = 0;
	int digits = 0, scale = 0;
	bool neg = p < end && *p == '-', point = false;

	if (p < end && (*p == '-' || *p == '+'))
		p++;
	for (; p < end; p++) {
		if (*p == '.' && !point) {
			point = true;
			continue;
		}
		if (*p < '0' || *p > '9' || ++digits > 15)
			return false;
		v = v * 10 + (uint64_t) (*p - '0');
		scale += point;
	}
	if (digits == 0)
		return false;
	double d = (double) v / tens[scale];
	*ret = neg ? -d : d;
	return true;
}

static int
parse(const char *s, size_t len, bool single, const char *type, double *ret, struct err *e)
{
	ARENA_AUTO struct arena a = { 0 };
	char small[128], *text = small, *end;
	double v;

	if (!single && parse_simple(s, s + len, ret))
		return ERR_OK;
	if (len >= sizeof small)
		text = arena_alloc(&a, len + 1);
	memcpy(text, s, len);
	text[len] = '\0';
	char *num = text;
	while (ascii_space(*num))
		num++;
	if (*num == '\0')
		return bad_syntax(e, type, s, len);
	errno = 0;
	v = single ? (double) strtof(num, &end) : strtod(num, &end);
	if (end == num)
		return bad_syntax(e, type, s, len);
	if (errno == ERANGE && (v == 0 || isinf(v)))
		return err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE,
			       "\"%.*s\" is out of range for type %s", (int) (end - num), num,
			       type);
	while (ascii_space(*end))
		end++;
	if (end != text + len)
		return bad_syntax(e, type, s, len);
	*ret = v;
	return ERR_OK;
}

int
double_parse(const char *s, size_t len, double *ret, struct err *e)
{
	return parse(s, len, false, "double precision", ret, e);
}

int
float4_parse(const char *s, size_t len, double *ret, struct err *e)
{
	return parse(s, len, true, "real", ret, e);
}

int
double_cmp(double a, double b)
{
	if (a < b)
		return -1;
	if (a > b)
		return 1;
	if (a == b)
		return 0;
	return isnan(a) ? (isnan(b) ? 0 : 1) : -1;
}

static int
in_float8(const struct type *t UNUSED, struct type_env *env UNUSED, const char *s, size_t len,
          int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	return double_parse(s, len, &ret->f, e);
}

static int
in_float4(const struct type *t UNUSED, struct type_env *env UNUSED, const char *s, size_t len,
          int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	return float4_parse(s, len, &ret->f, e);
}

static void
out_float8(const struct type *t UNUSED, struct type_env *env, union datum d, struct strbuf *to)
{
	double_put_digits(d.f, env != NULL && env->fmt != NULL ? env->fmt->extra_float_digits : 1,
			  to);
}

static void
out_float4(const struct type *t UNUSED, struct type_env *env, union datum d, struct strbuf *to)
{
	float4_put_digits(d.f, env != NULL && env->fmt != NULL ? env->fmt->extra_float_digits : 1,
			  to);
}

static int
recv_float8(const struct type *t UNUSED, struct type_env *env UNUSED, const void *p, size_t len,
            int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	if (len != 8)
		return bad_binary(e, len, 8);
	ret->u = get_be64(p);
	return ERR_OK;
}

static void
send_float8(const struct type *t UNUSED, struct type_env *env UNUSED, union datum d,
	    struct strbuf *to)
{
	put_be64(to, d.u);
}

static int
recv_float4(const struct type *t UNUSED, struct type_env *env UNUSED, const void *p, size_t len,
            int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	float f;

	if (len != 4)
		return bad_binary(e, len, 4);
	uint32_t u = get_be32(p);
	memcpy(&f, &u, sizeof f);
	ret->f = f;
	return ERR_OK;
}

static void
send_float4(const struct type *t UNUSED, struct type_env *env UNUSED, union datum d,
	    struct strbuf *to)
{
	float f = (float) d.f;
	uint32_t u;

	memcpy(&u, &f, sizeof u);
	put_be32(to, u);
}

static int
cmp_float(const struct type *t UNUSED, union datum a, union datum b)
{
	return double_cmp(a.f, b.f);
}

static uint64_t
hash_float(const struct type *t UNUSED, union datum d)
{
	if (isnan(d.f))
		return hash_u64(UINT64_MAX);
	if (d.f == 0)
		d.f = 0;        /* -0 = 0 */
	return hash_u64(d.u);
}

static void
key_float(const struct type *t UNUSED, union datum d, struct strbuf *to)
{
	key_put_double(to, d.f);
}

/* No unkey: -0 and 0 are one key but are shown differently. */
const struct type_ops type_ops_float8 = {
	.in = in_float8, .out = out_float8, .recv = recv_float8, .send = send_float8,
	.cmp = cmp_float, .hash = hash_float, .key = key_float,
};
const struct type_ops type_ops_float4 = {
	.in = in_float4, .out = out_float4, .recv = recv_float4, .send = send_float4,
	.cmp = cmp_float, .hash = hash_float, .key = key_float,
};
