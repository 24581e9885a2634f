/* bit.c - bit(n) and bit varying(n).
 *
 * The bytes: the number of bits (4), then the bits from the highest of the first byte, the
 * rest of the last byte zero. */
#include "config.h"
#include "core/type/bit.h"

#include "core/base/hash.h"
#include "core/type/key.h"
#include "core/type/ops.h"
#include "core/type/text.h"

enum { BIT_LENGTH_MAX = 83886080 };

uint32_t
bit_length(const struct bytes *b)
{
	uint32_t n;

	memcpy(&n, b->data, sizeof n);
	return n;
}

struct bytes *
bit_make(struct arena *a, uint32_t bits)
{
	struct bytes *b = bytes_make(a, NULL, 4 + (bits + 7) / 8);

	memcpy(b->data, &bits, 4);
	memset(b->data + 4, 0, (bits + 7) / 8);
	return b;
}

static int
hex_value(char c)
{
	c = ascii_lower(c);
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int
bad_digit(struct err *e, const char *s, const char *end, const char *kind)
{
	int n = utf8_char_len(*s);

	return err_set(e, ERR_INVALID_TEXT_REPRESENTATION, "\"%.*s\" is not a valid %s digit",
	               n < end - s ? n : (int) (end - s), s, kind);
}

static int
length_mismatch(struct err *e, uint32_t have, int32_t want)
{
	return err_set(e, ERR_STRING_DATA_LENGTH_MISMATCH,
	               "bit string length %u does not match type bit(%d)", have, want);
}

static int
too_long(struct err *e, int32_t max)
{
	return err_set(e, ERR_STRING_DATA_RIGHT_TRUNCATION,
	               "bit string too long for type bit varying(%d)", max);
}

static int
check_length(const struct type *t, uint32_t bits, int32_t typmod, struct err *e)
{
	bool varying = t->ops == &type_ops_varbit;

	if (typmod > 0 && (varying ? bits > (uint32_t) typmod : bits != (uint32_t) typmod))
		return varying ? too_long(e, typmod) : length_mismatch(e, bits, typmod);
	return ERR_OK;
}

static int
in_bit(const struct type *t, struct type_env *env, const char *s, size_t len, int32_t typmod,
       union datum *ret, struct err *e)
{
	const char *end = s + len;
	bool hex = len > 0 && ascii_lower(*s) == 'x';

	if (len > 0 && (hex || ascii_lower(*s) == 'b'))
		s++;
	size_t digits = (size_t) (end - s);
	if (digits * (hex ? 4 : 1) > 0x3fffffff)
		return err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED,
		               "bit string length exceeds the maximum allowed (%d)", 0x3fffffff);
	uint32_t bits = (uint32_t) digits * (hex ? 4 : 1);
	int rc = check_length(t, bits, typmod, e);
	if (rc != ERR_OK)
		return rc;
	struct bytes *b = bit_make(env->arena, bits);
	char *p = b->data + 4;
	for (uint32_t i = 0; s < end; s++, i++) {
		if (hex) {
			int v = hex_value(*s);
			if (v < 0)
				return bad_digit(e, s, end, "hexadecimal");
			p[i / 2] = (char) (p[i / 2] | v << (i % 2 == 0 ? 4 : 0));
		} else if (*s == '1') {
			p[i / 8] = (char) (p[i / 8] | 0x80 >> (i % 8));
		} else if (*s != '0') {
			return bad_digit(e, s, end, "binary");
		}
	}
	*ret = datum_bytes(b);
	return ERR_OK;
}

static void
out_bit(const struct type *t UNUSED, struct type_env *env UNUSED, union datum d, struct strbuf *to)
{
	uint32_t n = bit_length(d.b);
	const char *p = d.b->data + 4;
	char *q = strbuf_room(to, n);

	for (uint32_t i = 0; i < n; i++)
		q[i] = (p[i / 8] & 0x80 >> (i % 8)) != 0 ? '1' : '0';
	strbuf_wrote(to, n);
}

static int
recv_bit(const struct type *t, struct type_env *env, const void *at, size_t len, int32_t typmod,
         union datum *ret, struct err *e)
{
	if (len < 4)
		return bad_binary(e, len, 4);
	int32_t n = (int32_t) get_be32(at);
	if (n < 0)
		return err_set(e, ERR_INVALID_BINARY_REPRESENTATION,
			       "invalid length in external bit string");
	uint32_t bits = (uint32_t) n;
	int rc = check_length(t, bits, typmod, e);
	if (rc != ERR_OK)
		return rc;
	if (len != 4 + ((size_t) bits + 7) / 8)
		return bad_binary(e, len, 4 + ((size_t) bits + 7) / 8);
	struct bytes *b = bit_make(env->arena, bits);
	memcpy(b->data + 4, (const char *) at + 4, len - 4);
	if (bits % 8 != 0)
		b->data[len - 1] = (char) (b->data[len - 1] & 0xff << (8 - bits % 8));
	*ret = datum_bytes(b);
	return ERR_OK;
}

static void
send_bit(const struct type *t UNUSED, struct type_env *env UNUSED, union datum d, struct strbuf *to)
{
	uint32_t n = bit_length(d.b);

	put_be32(to, n);
	strbuf_add(to, d.b->data + 4, (n + 7) / 8);
}

static int
cmp_bit(const struct type *t UNUSED, union datum a, union datum b)
{
	uint32_t na = bit_length(a.b), nb = bit_length(b.b), min = na < nb ? na : nb;
	int c = memcmp(a.b->data + 4, b.b->data + 4, (min + 7) / 8);

	if (c == 0)
		return na < nb ? -1 : na > nb;
	return c < 0 ? -1 : 1;
}

static uint64_t
hash_bit(const struct type *t UNUSED, union datum d)
{
	return hash_bytes(bytes_data(d.b), bytes_len(d.b));
}

static void
key_bit(const struct type *t UNUSED, union datum d, struct strbuf *to)
{
	uint32_t n = bit_length(d.b);

	key_put_bytes(to, d.b->data + 4, (n + 7) / 8);
	key_put_uint(to, n, 4);
}

static size_t
unkey_bit(const struct type *t UNUSED, struct arena *a, const void *p, size_t len, union datum *ret)
{
	const struct bytes *raw;
	uint64_t bits;
	size_t n = key_read_bytes(p, len, a, &raw);

	if (n == 0 || key_get_uint((const char *) p + n, len - n, 4, &bits) == 0)
		return 0;
	struct bytes *b = bit_make(a, (uint32_t) bits);
	memcpy(b->data + 4, raw->data, bytes_len(raw));
	*ret = datum_bytes(b);
	return n + 4;
}

/* An explicit cast cuts at the right, and fills bit(n) with zeros; others must fit. */
static int
coerce_bit(const struct type *t, struct type_env *env, union datum d, int32_t typmod,
	   bool explicit_cast, union datum *ret, struct err *e)
{
	uint32_t have = bit_length(d.b), want = (uint32_t) typmod;
	bool varying = t->ops == &type_ops_varbit;

	if (typmod <= 0 || have == want || (varying && have < want)) {
		*ret = d;
		return ERR_OK;
	}
	if (!explicit_cast)
		return varying ? too_long(e, typmod) : length_mismatch(e, have, typmod);
	struct bytes *b = bit_make(env->arena, want);
	uint32_t keep = have < want ? have : want;
	memcpy(b->data + 4, d.b->data + 4, (keep + 7) / 8);
	if (keep % 8 != 0) {
		char *last = b->data + 4 + keep / 8;
		*last = (char) (*last & 0xff << (8 - keep % 8));
	}
	*ret = datum_bytes(b);
	return ERR_OK;
}

static int
typmod_in_bit(const struct type *t, const int32_t *args, int n, int32_t *ret, struct err *e)
{
	if (n != 1)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE, "invalid type modifier");
	if (args[0] < 1)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
			       "length for type %s must be at least 1", t->name);
	if (args[0] > BIT_LENGTH_MAX)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
			       "length for type %s cannot exceed %d", t->name, BIT_LENGTH_MAX);
	*ret = args[0];
	return ERR_OK;
}

static void
typmod_out_bit(const struct type *t UNUSED, int32_t typmod, struct strbuf *to)
{
	strbuf_putc(to, '(');
	strbuf_int(to, typmod);
	strbuf_putc(to, ')');
}

#define BIT_METHODS \
	.in = in_bit, .out = out_bit, .recv = recv_bit, .send = send_bit, \
	.cmp = cmp_bit, .hash = hash_bit, .key = key_bit, .unkey = unkey_bit, \
	.coerce = coerce_bit, .typmod_in = typmod_in_bit, .typmod_out = typmod_out_bit

const struct type_ops type_ops_bit = { BIT_METHODS };
const struct type_ops type_ops_varbit = { BIT_METHODS };
