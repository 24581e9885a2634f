/* bit_funcs.c - bit strings.
 *
 * Bits are counted from the left, the first is the highest of the first byte; the bits behind
 * the last are kept zero. */
#include "config.h"
#include "core/func/agg.h"

#include "core/type/bit.h"

static inline void
bit_put(struct bytes *b, uint32_t i, bool on)
{
	uint8_t *at = (uint8_t *) b->data + 4 + i / 8, mask = (uint8_t) (0x80 >> (i % 8));

	*at = (uint8_t) (on ? *at | mask : *at & ~mask);
}

/* n bits of b from the i-th on, to the i-th of `to`. */
static void
bit_copy(struct bytes *to, uint32_t at, const struct bytes *from, uint32_t i, uint32_t n)
{
	if (at % 8 == 0 && i % 8 == 0) {
		memcpy(to->data + 4 + at / 8, bit_data(from) + i / 8, n / 8);
		at += n & ~7u;
		i += n & ~7u;
		n &= 7;
	}
	for (uint32_t k = 0; k < n; k++)
		bit_put(to, at + k, bit_get(from, i + k));
}

DEFINE_FUNC(fn_bit_length) { ret->i = bit_length(args[0].b); return ERR_OK; }
DEFINE_FUNC(fn_bit_octets) { ret->i = (bit_length(args[0].b) + 7) / 8; return ERR_OK; }

DEFINE_FUNC(fn_bit_cat)
{
	uint32_t m = bit_length(args[0].b), n = bit_length(args[1].b);

	if ((uint64_t) m + n > 0x7ffffff8)
		return err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED,
		               "bit string length exceeds the maximum allowed (%d)", 0x7ffffff8);
	struct bytes *b = bit_make(fcall_arena(c), m + n);
	bit_copy(b, 0, args[0].b, 0, m);
	bit_copy(b, m, args[1].b, 0, n);
	ret->b = b;
	return ERR_OK;
}

/* ---- Bitwise */
static int
combine(struct fcall *c, const union datum *args, char op, const char *name, union datum *ret,
        struct err *e)
{
	uint32_t n = bit_length(args[0].b);

	if (n != bit_length(args[1].b))
		return err_set(e, ERR_STRING_DATA_LENGTH_MISMATCH,
		               "cannot %s bit strings of different sizes", name);
	struct bytes *b = bit_make(fcall_arena(c), n);
	for (uint32_t i = 0; i < (n + 7) / 8; i++) {
		uint8_t x = bit_data(args[0].b)[i], y = bit_data(args[1].b)[i];
		b->data[4 + i] = (char) (op == '&' ? x & y : op == '|' ? x | y : x ^ y);
	}
	ret->b = b;
	return ERR_OK;
}

DEFINE_FUNC(fn_bit_and) { return combine(c, args, '&', "AND", ret, e); }
DEFINE_FUNC(fn_bit_or)  { return combine(c, args, '|', "OR", ret, e); }
DEFINE_FUNC(fn_bit_xor) { return combine(c, args, '^', "XOR", ret, e); }

DEFINE_FUNC(fn_bit_not)
{
	uint32_t n = bit_length(args[0].b);
	struct bytes *b = bit_make(fcall_arena(c), n);

	for (uint32_t i = 0; i < n; i++)
		bit_put(b, i, !bit_get(args[0].b, i));
	ret->b = b;
	return ERR_OK;
}

/* Positive to the left; the length stays. */
static union datum
shift(struct fcall *c, const struct bytes *from, int64_t by)
{
	uint32_t n = bit_length(from);
	struct bytes *b = bit_make(fcall_arena(c), n);

	if (by >= 0 && by < n)
		bit_copy(b, 0, from, (uint32_t) by, n - (uint32_t) by);
	else if (by < 0 && -by < n)
		bit_copy(b, (uint32_t) -by, from, 0, n - (uint32_t) -by);
	return datum_bytes(b);
}

DEFINE_FUNC(fn_bit_shl) { *ret = shift(c, args[0].b, args[1].i); return ERR_OK; }
DEFINE_FUNC(fn_bit_shr) { *ret = shift(c, args[0].b, -args[1].i); return ERR_OK; }

DEFINE_FUNC(fn_bit_count)
{
	int64_t n = 0;

	for (uint32_t i = 0; i < (bit_length(args[0].b) + 7) / 8; i++)
		n += __builtin_popcount(bit_data(args[0].b)[i]);
	ret->i = n;
	return ERR_OK;
}

/* ---- Pieces: positions from 1; end is not part of the piece */
static struct bytes *
piece(struct fcall *c, const struct bytes *from, int64_t start, int64_t end)
{
	int64_t n = bit_length(from);

	start = start < 1 ? 1 : start;
	end = end > n + 1 ? n + 1 : end;
	if (end <= start)
		return bit_make(fcall_arena(c), 0);
	struct bytes *b = bit_make(fcall_arena(c), (uint32_t) (end - start));
	bit_copy(b, 0, from, (uint32_t) (start - 1), (uint32_t) (end - start));
	return b;
}

static int
fail_negative_length(struct err *e)
{
	return err_set(e, ERR_SUBSTRING_ERROR, "negative substring length not allowed");
}

DEFINE_FUNC(fn_bit_substr)
{
	int64_t end = INT64_MAX;

	if (c->nargs > 2) {
		if (args[2].i < 0)
			return fail_negative_length(e);
		end = args[1].i + args[2].i;
	}
	ret->b = piece(c, args[0].b, args[1].i, end);
	return ERR_OK;
}

DEFINE_FUNC(fn_bit_overlay)
{
	int64_t start = args[2].i, by = bit_length(args[1].b);
	int64_t past = start + (c->nargs > 3 ? args[3].i : by);

	if (start <= 0)
		return fail_negative_length(e);
	if (past > INT32_MAX)
		return err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE, "integer out of range");
	const union datum head[2] = { datum_bytes(piece(c, args[0].b, 1, start)), args[1] };
	union datum joined[2] = { { 0 }, datum_bytes(piece(c, args[0].b, past, INT64_MAX)) };
	int rc = fn_bit_cat(c, head, NULL, &joined[0], ret_null, e);
	return rc != ERR_OK ? rc : fn_bit_cat(c, joined, NULL, ret, ret_null, e);
}

DEFINE_FUNC(fn_bit_position)
{
	uint32_t n = bit_length(args[0].b), m = bit_length(args[1].b);

	ret->i = m == 0 && n > 0;
	for (uint32_t at = 0; m > 0 && ret->i == 0 && m <= n && at <= n - m; at++) {
		uint32_t k = 0;
		while (k < m && bit_get(args[0].b, at + k) == bit_get(args[1].b, k))
			k++;
		if (k == m)
			ret->i = at + 1;
	}
	return ERR_OK;
}

static int
check_index(int64_t i, uint32_t n, struct err *e)
{
	if (i >= 0 && i < n)
		return ERR_OK;
	return err_set(e, ERR_ARRAY_SUBSCRIPT_ERROR, "bit index %d out of valid range (0..%d)",
	               (int) i, (int) n - 1);
}

DEFINE_FUNC(fn_bit_get)
{
	int rc = check_index(args[1].i, bit_length(args[0].b), e);

	if (rc == ERR_OK)
		ret->i = bit_get(args[0].b, (uint32_t) args[1].i);
	return rc;
}

DEFINE_FUNC(fn_bit_set)
{
	int rc = check_index(args[1].i, bit_length(args[0].b), e);

	if (rc != ERR_OK)
		return rc;
	if (args[2].i != 0 && args[2].i != 1)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE, "new bit must be 0 or 1");
	struct bytes *b = bytes_make(fcall_arena(c), bytes_data(args[0].b), bytes_len(args[0].b));
	bit_put(b, (uint32_t) args[1].i, args[2].i != 0);
	ret->b = b;
	return ERR_OK;
}

/* ---- Integers: two's complement, the sign to the left */
DEFINE_FUNC(fn_int_to_bit)
{
	int64_t n = args[1].i <= 0 ? 1 : args[1].i;
	struct bytes *b = bit_make(fcall_arena(c), (uint32_t) n);

	for (int64_t i = 0; i < n; i++) {
		int64_t power = n - 1 - i;
		bit_put(b, (uint32_t) i, args[0].i >> (power > 63 ? 63 : power) & 1);
	}
	ret->b = b;
	return ERR_OK;
}

static int
to_int(const struct bytes *b, uint32_t width, const char *type, int64_t *ret, struct err *e)
{
	uint32_t n = bit_length(b);
	uint64_t v = 0;

	if (n > width)
		return err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE, "%s out of range", type);
	for (uint32_t i = 0; i < n; i++)
		v = v << 1 | bit_get(b, i);
	*ret = width == 32 ? (int32_t) (uint32_t) v : (int64_t) v;
	return ERR_OK;
}

DEFINE_FUNC(fn_bit_to_int4) { return to_int(args[0].b, 32, "integer", &ret->i, e); }
DEFINE_FUNC(fn_bit_to_int8) { return to_int(args[0].b, 64, "bigint", &ret->i, e); }

/* ---- Aggregates */
static int
agg_step(struct agg_call *c, struct kept_value *s, union datum d, char op, const char *name,
         struct err *e)
{
	const union datum pair[2] = { s->v, d };
	union datum r = d;

	if (s->any) {
		int rc = combine(&c->fcall, pair, op, name, &r, e);
		if (rc != ERR_OK)
			return rc;
	}
	kept_set(s, c->arena, c->fcall.arg_types[0], r);
	return ERR_OK;
}

static int
agg_final(struct agg_call *c, void *state, union datum *ret, bool *ret_null, struct err *e UNUSED)
{
	const struct kept_value *s = state;

	*ret_null = !s->any;
	if (s->any)
		*ret = datum_copy(fcall_arena(&c->fcall), s->v, false);
	return ERR_OK;
}

#define BIT_AGG(name, op, verb) \
	static int \
	name##_step(struct agg_call *c, void *state, const union datum *args, \
	            const bool *nulls UNUSED, struct err *e) \
	{ \
		return agg_step(c, state, args[0], op, verb, e); \
	} \
	const struct agg agg_##name = { \
		.state_size = sizeof(struct kept_value), .skip_nulls = true, .step = name##_step, \
		.final = agg_final, \
	}
BIT_AGG(bit_and, '&', "AND");
BIT_AGG(bit_or, '|', "OR");
BIT_AGG(bit_xor, '^', "XOR");
