/* bytea.c - byte strings: the hex and escape text forms.
 *
 * Not here: encode(), decode() and digests (core/func). */
#include "config.h"
#include "core/base/hash.h"
#include "core/type/key.h"
#include "core/type/ops.h"

static int
hex_value(char c)
{
	c = ascii_lower(c);
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Pairs of digits with white space between pairs. */
static int
parse_hex(struct arena *a, const char *s, size_t len, const struct bytes **ret, struct err *e)
{
	struct bytes *b = bytes_make(a, NULL, len / 2);
	uint32_t n = 0;

	for (size_t i = 0; i < len; ) {
		if (s[i] == ' ' || s[i] == '\n' || s[i] == '\t' || s[i] == '\r') {
			i++;
			continue;
		}
		int hi = hex_value(s[i]);
		int lo = i + 1 < len ? hex_value(s[i + 1]) : 0;
		const char *bad = hi < 0 ? s + i : lo < 0 ? s + i + 1 : NULL;
		if (bad != NULL) {
			int show = (unsigned char) *bad < 0xc0   ? 1
				   : (unsigned char) *bad < 0xe0 ? 2
				   : (unsigned char) *bad < 0xf0 ? 3
								 : 4;
			if (show > s + len - bad)
				show = (int) (s + len - bad);
			return err_set(e, ERR_INVALID_PARAMETER_VALUE,
			               "invalid hexadecimal digit: \"%.*s\"", show, bad);
		}
		if (i + 1 >= len)
			return err_set(e, ERR_INVALID_PARAMETER_VALUE,
			               "invalid hexadecimal data: odd number of digits");
		b->data[n++] = (char) (hi << 4 | lo);
		i += 2;
	}
	memcpy(&b->len, &n, sizeof n);
	*ret = b;
	return ERR_OK;
}

static bool
octal(char c, char max)
{
	return c >= '0' && c <= max;
}

/* Backslash doubled, or with three octal digits. */
static int
parse_escape(struct arena *a, const char *s, size_t len, const struct bytes **ret, struct err *e)
{
	struct bytes *b = bytes_make(a, NULL, len);
	uint32_t n = 0;

	for (size_t i = 0; i < len; ) {
		if (s[i] != '\\') {
			b->data[n++] = s[i++];
		} else if (i + 3 < len && octal(s[i + 1], '3') && octal(s[i + 2], '7') &&
		           octal(s[i + 3], '7')) {
			b->data[n++] = (char) ((s[i + 1] - '0') << 6 | (s[i + 2] - '0') << 3 |
			                       (s[i + 3] - '0'));
			i += 4;
		} else if (i + 1 < len && s[i + 1] == '\\') {
			b->data[n++] = '\\';
			i += 2;
		} else {
			return err_set(e, ERR_INVALID_TEXT_REPRESENTATION,
			               "invalid input syntax for type bytea");
		}
	}
	memcpy(&b->len, &n, sizeof n);
	*ret = b;
	return ERR_OK;
}

static int
in_bytea(const struct type *t UNUSED, struct type_env *env, const char *s, size_t len,
         int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	if (len >= 2 && s[0] == '\\' && s[1] == 'x')
		return parse_hex(env->arena, s + 2, len - 2, &ret->b, e);
	return parse_escape(env->arena, s, len, &ret->b, e);
}

static void
out_bytea(const struct type *t UNUSED, struct type_env *env, union datum d, struct strbuf *to)
{
	const unsigned char *p = (const unsigned char *) bytes_data(d.b);
	size_t len = bytes_len(d.b);
	bool escape = env != NULL && env->fmt != NULL && env->fmt->bytea_output == 1;
	char *start = strbuf_room(to, escape ? len * 4 : len * 2 + 2), *at = start;

	if (!escape) {
		*at++ = '\\';
		*at++ = 'x';
		for (size_t i = 0; i < len; i++) {
			*at++ = "0123456789abcdef"[p[i] >> 4];
			*at++ = "0123456789abcdef"[p[i] & 15];
		}
	} else {
		for (size_t i = 0; i < len; i++) {
			if (p[i] == '\\') {
				*at++ = '\\';
				*at++ = '\\';
			} else if (p[i] < 0x20 || p[i] > 0x7e) {
				*at++ = '\\';
				*at++ = (char) ('0' + (p[i] >> 6));
				*at++ = (char) ('0' + (p[i] >> 3 & 7));
				*at++ = (char) ('0' + (p[i] & 7));
			} else {
				*at++ = (char) p[i];
			}
		}
	}
	strbuf_wrote(to, (size_t) (at - start));
}

static int
recv_bytea(const struct type *t UNUSED, struct type_env *env, const void *p, size_t len,
           int32_t typmod UNUSED, union datum *ret, struct err *e UNUSED)
{
	*ret = datum_bytes(bytes_make(env->arena, p, len));
	return ERR_OK;
}

static void
send_bytea(const struct type *t UNUSED, struct type_env *env UNUSED, union datum d,
	   struct strbuf *to)
{
	strbuf_add(to, bytes_data(d.b), bytes_len(d.b));
}

static int
cmp_bytea(const struct type *t UNUSED, union datum a, union datum b)
{
	size_t na = bytes_len(a.b), nb = bytes_len(b.b);
	int c = memcmp(bytes_data(a.b), bytes_data(b.b), na < nb ? na : nb);

	if (c == 0)
		return na < nb ? -1 : na > nb;
	return c < 0 ? -1 : 1;
}

static uint64_t
hash_bytea(const struct type *t UNUSED, union datum d)
{
	return hash_bytes(bytes_data(d.b), bytes_len(d.b));
}

static void
key_bytea(const struct type *t UNUSED, union datum d, struct strbuf *to)
{
	key_put_bytes(to, bytes_data(d.b), bytes_len(d.b));
}

static size_t
unkey_bytea(const struct type *t UNUSED, struct arena *a, const void *p, size_t len,
	    union datum *ret)
{
	return key_read_bytes(p, len, a, &ret->b);
}

const struct type_ops type_ops_bytea = {
	.in = in_bytea, .out = out_bytea, .recv = recv_bytea, .send = send_bytea,
	.cmp = cmp_bytea, .hash = hash_bytea, .key = key_bytea, .unkey = unkey_bytea,
};
