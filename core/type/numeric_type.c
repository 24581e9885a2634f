/* numeric_type.c - numeric's methods: typmod, binary form (base-10000 digits), and glue.
 *
 * Not here: the number itself (numeric_core.c and its neighbours). */
#include "config.h"
#include "core/type/numeric_impl.h"
#include "core/type/ops.h"

enum {
	WIRE_NEG = 0x4000,
	WIRE_NAN = 0xc000,
	WIRE_PINF = 0xd000,
	WIRE_NINF = 0xf000,
	NBASE = 10000
};

static int
in_numeric(const struct type *t UNUSED, struct type_env *env, const char *s, size_t len,
           int32_t typmod, union datum *ret, struct err *e)
{
	return numeric_parse(env->arena, s, len, typmod, &ret->b, e);
}

static void
out_numeric(const struct type *t UNUSED, struct type_env *env UNUSED, union datum d,
	    struct strbuf *to)
{
	numeric_put(d.b, to);
}

static int
bad_wire(struct err *e, const char *what)
{
	return err_set(e, ERR_INVALID_BINARY_REPRESENTATION,
		       "invalid %s in external \"numeric\" value", what);
}

/* Base-10000 digits, the first of weight `weight`, cut (not rounded) at the display scale. */
static int
from_digits(struct arena *a, const unsigned char *p, int n, int weight, bool neg, int scale,
            numeric_t *ret, struct err *e)
{
	BIG(z);
	i128 small = 0;
	bool fits = n <= 9 && scale <= 20 && weight < 5;

	for (int i = 0; i < n; i++) {
		int digit = get_be16(p + 2 * i);
		if (digit >= NBASE)
			return bad_wire(e, "digit");
		if (fits) {
			small = small * NBASE + digit;
		} else {
			mpz_mul_ui(z, z, NBASE);
			mpz_add_ui(z, z, (unsigned long) digit);
		}
	}
	long shift = scale - ((long) n - 1 - weight) * DEC_DIGITS;
	if (fits && shift <= 0 && shift > -38) {
		small /= (i128) ten_to[-shift];
		*ret = num_make(a, neg ? -small : small, scale);
		return ERR_OK;
	}
	if (fits)
		big_set_i128(z, small);
	if (shift >= 0) {
		big_scale(z, (unsigned long) shift);
	} else {
		BIG(ten);
		mpz_ui_pow_ui(ten, 10, (unsigned long) -shift);
		mpz_tdiv_q(z, z, ten);
	}
	if (neg)
		mpz_neg(z, z);
	return big_make(a, z, scale, ret, e);
}

static int
recv_numeric(const struct type *t UNUSED, struct type_env *env, const void *at, size_t len,
             int32_t typmod, union datum *ret, struct err *e)
{
	const unsigned char *p = at;
	numeric_t v;

	if (len < 8)
		return bad_binary(e, len, 8);
	int n = get_be16(p), weight = (int16_t) get_be16(p + 2), sign = get_be16(p + 4);
	int scale = get_be16(p + 6);
	if (sign != 0 && sign != WIRE_NEG && sign != WIRE_NAN && sign != WIRE_PINF &&
	    sign != WIRE_NINF)
		return bad_wire(e, "sign");
	if (scale > NUMERIC_SCALE_MAX)
		return bad_wire(e, "scale");
	if (len != 8 + 2 * (size_t) n)
		return bad_binary(e, len, 8 + 2 * (size_t) n);
	if (sign == WIRE_NAN) {
		v = numeric_nan(env->arena);
	} else if (sign == WIRE_PINF || sign == WIRE_NINF) {
		v = numeric_inf(env->arena, sign == WIRE_NINF);
	} else {
		int rc = from_digits(env->arena, p + 8, n, weight, sign == WIRE_NEG, scale, &v, e);
		if (rc != ERR_OK)
			return rc;
	}
	if (typmod >= 4)
		return numeric_apply_typmod(env->arena, v, typmod, &ret->b, e);
	ret->b = v;
	return ERR_OK;
}

/* The coefficient's digits, in groups of four around the point, zeros at both ends left out. */
static void
send_digits(const struct num *v, const char *digits, struct strbuf *to)
{
	int n = (int) strlen(digits), top = n - 1 - v->scale;
	int weight = top >= 0 ? top / DEC_DIGITS : -((-top + DEC_DIGITS - 1) / DEC_DIGITS);
	int lead = top - weight * DEC_DIGITS + 1;       /* digits in the first group */
	int groups = 1 + (n - lead > 0 ? (n - lead + DEC_DIGITS - 1) / DEC_DIGITS : 0);
	size_t head = to->len;
	int used = 0, at = 0;

	put_be16(to, 0);
	put_be16(to, (uint16_t) weight);
	put_be16(to, v->neg ? WIRE_NEG : 0);
	put_be16(to, (uint16_t) v->scale);
	for (int g = 0; g < groups; g++) {
		int digit = 0;
		for (int k = g == 0 ? DEC_DIGITS - lead : 0; k < DEC_DIGITS; k++) {
			digit = digit * 10 + (at < n ? digits[at] - '0' : 0);
			at++;
		}
		put_be16(to, (uint16_t) digit);
		if (digit != 0)
			used = g + 1;
	}
	to->len = head + 8 + 2 * (size_t) used;
	to->data[to->len] = '\0';
	to->data[head] = (char) (used >> 8);
	to->data[head + 1] = (char) used;
}

static void
send_numeric(const struct type *t UNUSED, struct type_env *env UNUSED, union datum d,
	     struct strbuf *to)
{
	struct num v = num_open(d.b);
	ARENA_AUTO struct arena tmp = { 0 };

	if (v.kind != NUM_FINITE || v.len == 0) {
		static const uint16_t sign[] = { 0, WIRE_NAN, WIRE_PINF, WIRE_NINF };
		put_be32(to, 0);
		put_be16(to, sign[v.kind]);
		/* PostgreSQL sends this scale with its infinities */
		put_be16(to, (uint16_t) (v.kind == NUM_FINITE ? v.scale
					 : v.kind == NUM_NAN  ? 0
							      : 0x20));
		return;
	}
	i128 small;
	if (num_small(&v, &small)) {
		u128 u = small < 0 ? -(u128) small : (u128) small;
		char text[40], *at = text + sizeof text - 1;
		for (*at = '\0'; u > UINT64_MAX; u /= 10)
			*--at = (char) ('0' + (int) (u % 10));
		for (uint64_t w = (uint64_t) u; w != 0; w /= 10)
			*--at = (char) ('0' + w % 10);
		send_digits(&v, at, to);
		return;
	}
	BIG(z);
	big_load(z, &v);
	mpz_abs(z, z);
	char *digits = arena_alloc(&tmp, mpz_sizeinbase(z, 10) + 2);
	mpz_get_str(digits, 10, z);
	send_digits(&v, digits, to);
}

static int
cmp_numeric(const struct type *t UNUSED, union datum a, union datum b)
{
	return numeric_cmp(a.b, b.b);
}

static uint64_t
hash_numeric(const struct type *t UNUSED, union datum d)
{
	return numeric_hash(d.b);
}

static void
key_numeric(const struct type *t UNUSED, union datum d, struct strbuf *to)
{
	numeric_key(d.b, to);
}

static int
coerce_numeric(const struct type *t UNUSED, struct type_env *env, union datum d, int32_t typmod,
               bool explicit_cast UNUSED, union datum *ret, struct err *e)
{
	return numeric_apply_typmod(env->arena, d.b, typmod, &ret->b, e);
}

static int
typmod_in_numeric(const struct type *t UNUSED, const int32_t *args, int n, int32_t *ret,
		  struct err *e)
{
	if (n != 1 && n != 2)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE, "invalid NUMERIC type modifier");
	if (args[0] < 1 || args[0] > NUMERIC_MAX_PRECISION)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
		               "NUMERIC precision %d must be between 1 and %d", args[0],
		               NUMERIC_MAX_PRECISION);
	if (n == 2 && (args[1] < -NUMERIC_MAX_PRECISION || args[1] > NUMERIC_MAX_PRECISION))
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
		               "NUMERIC scale %d must be between %d and %d", args[1],
		               -NUMERIC_MAX_PRECISION, NUMERIC_MAX_PRECISION);
	*ret = numeric_typmod_make(args[0], n == 2 ? args[1] : 0);
	return ERR_OK;
}

static void
typmod_out_numeric(const struct type *t UNUSED, int32_t typmod, struct strbuf *to)
{
	if (typmod >= 4)
		strbuf_printf(to, "(%d,%d)", numeric_typmod_precision(typmod),
			      numeric_typmod_scale(typmod));
}

/* No unkey: 1.0 and 1.00 are one key. */
const struct type_ops type_ops_numeric = {
	.in = in_numeric, .out = out_numeric, .recv = recv_numeric, .send = send_numeric,
	.cmp = cmp_numeric, .hash = hash_numeric, .key = key_numeric,
	.coerce = coerce_numeric, .typmod_in = typmod_in_numeric, .typmod_out = typmod_out_numeric,
};
