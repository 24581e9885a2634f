/* bytea_funcs.c - bytes: cutting, bits, encodings, digests; random UUIDs.
 *
 * Digests and random bytes are OpenSSL's.
 * Not here: length and || (text_funcs.c, text_edit.c), LIKE (like.c). */
#include "config.h"
#include "core/func/impl.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "core/func/encoding.h"
#include "core/type/charset.h"
#include "core/type/text.h"

/* ---- Cutting: as text, but positions are bytes */
static union datum
cut(struct fcall *c, union datum d, int64_t start, int64_t end)
{
	int64_t len = bytes_len(d.b);

	if (start < 1)
		start = 1;
	if (end > len + 1)
		end = len + 1;
	if (end <= start)
		return text_datum(fcall_arena(c), "", 0);
	return text_datum(fcall_arena(c), bytes_data(d.b) + start - 1, (size_t) (end - start));
}

static int
fail_negative_length(struct err *e)
{
	return err_set(e, ERR_SUBSTRING_ERROR, "negative substring length not allowed");
}

DEFINE_FUNC(fn_bytea_substr)
{
	int64_t end = INT64_MAX;

	if (c->nargs > 2) {
		if (args[2].i < 0)
			return fail_negative_length(e);
		end = args[1].i + args[2].i;
	}
	*ret = cut(c, args[0], args[1].i, end);
	return ERR_OK;
}

DEFINE_FUNC(fn_bytea_overlay)
{
	struct arena *a = fcall_arena(c);
	size_t len = bytes_len(args[0].b), nby = bytes_len(args[1].b);
	int64_t start = args[2].i, count = c->nargs > 3 ? args[3].i : (int64_t) nby;

	if (start <= 0)
		return fail_negative_length(e);
	int64_t past = start + count;
	if (past > INT32_MAX)
		return err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE, "integer out of range");
	size_t head = (size_t) (start - 1) < len ? (size_t) (start - 1) : len;
	size_t tail = past < 1 ? 0 : (size_t) (past - 1) < len ? (size_t) (past - 1) : len;
	struct bytes *b = bytes_try_make(a, head + nby + len - tail);
	if (b == NULL)
		return fail_too_long(e);
	memcpy(b->data, bytes_data(args[0].b), head);
	memcpy(b->data + head, bytes_data(args[1].b), nby);
	memcpy(b->data + head + nby, bytes_data(args[0].b) + tail, len - tail);
	ret->b = b;
	return ERR_OK;
}

DEFINE_FUNC(fn_bytea_position)
{
	size_t len, n;
	const char *s = arg_text(args[0], &len), *needle = arg_text(args[1], &n);
	const char *at = n == 0 ? s : memmem(s, len, needle, n);

	ret->i = at == NULL ? 0 : at - s + 1;
	return ERR_OK;
}

static union datum
trim(struct fcall *c, const union datum *args, bool left, bool right)
{
	size_t len, nset;
	const char *s = arg_text(args[0], &len), *set = arg_text(args[1], &nset);

	while (left && len > 0 && nset > 0 && memchr(set, *s, nset) != NULL) {
		s++;
		len--;
	}
	while (right && len > 0 && nset > 0 && memchr(set, s[len - 1], nset) != NULL)
		len--;
	return text_datum(fcall_arena(c), s, len);
}

DEFINE_FUNC(fn_bytea_btrim) { *ret = trim(c, args, true, true); return ERR_OK; }
DEFINE_FUNC(fn_bytea_ltrim) { *ret = trim(c, args, true, false); return ERR_OK; }
DEFINE_FUNC(fn_bytea_rtrim) { *ret = trim(c, args, false, true); return ERR_OK; }

/* ---- Bytes and bits: bit 0 is the lowest of the first byte */
static int
check_index(int64_t i, int64_t n, struct err *e)
{
	if (i >= 0 && i < n)
		return ERR_OK;
	return err_set(e, ERR_ARRAY_SUBSCRIPT_ERROR, "index %lld out of valid range, 0..%lld",
	               (long long) i, (long long) n - 1);
}

DEFINE_FUNC(fn_bytea_get_byte)
{
	int rc = check_index(args[1].i, bytes_len(args[0].b), e);

	if (rc == ERR_OK)
		ret->i = (unsigned char) bytes_data(args[0].b)[args[1].i];
	return rc;
}

DEFINE_FUNC(fn_bytea_get_bit)
{
	int rc = check_index(args[1].i, (int64_t) bytes_len(args[0].b) * 8, e);

	if (rc == ERR_OK)
		ret->i = (unsigned char) bytes_data(args[0].b)[args[1].i / 8] >> (args[1].i % 8) & 1;
	return rc;
}

DEFINE_FUNC(fn_bytea_set_byte)
{
	int rc = check_index(args[1].i, bytes_len(args[0].b), e);

	if (rc != ERR_OK)
		return rc;
	struct bytes *b = bytes_make(fcall_arena(c), bytes_data(args[0].b), bytes_len(args[0].b));
	b->data[args[1].i] = (char) args[2].i;
	ret->b = b;
	return ERR_OK;
}

DEFINE_FUNC(fn_bytea_set_bit)
{
	int rc = check_index(args[1].i, (int64_t) bytes_len(args[0].b) * 8, e);

	if (rc != ERR_OK)
		return rc;
	if (args[2].i != 0 && args[2].i != 1)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE, "new bit must be 0 or 1");
	struct bytes *b = bytes_make(fcall_arena(c), bytes_data(args[0].b), bytes_len(args[0].b));
	char mask = (char) (1 << (args[1].i % 8)), *at = &b->data[args[1].i / 8];
	*at = (char) (args[2].i != 0 ? *at | mask : *at & ~mask);
	ret->b = b;
	return ERR_OK;
}

DEFINE_FUNC(fn_bytea_bit_count)
{
	const char *s = bytes_data(args[0].b);
	int64_t n = 0;

	for (uint32_t i = 0; i < bytes_len(args[0].b); i++)
		n += __builtin_popcount((unsigned char) s[i]);
	ret->i = n;
	return ERR_OK;
}

/* ---- encode, decode */
DEFINE_FUNC(fn_encode)
{
	struct strbuf b;

	strbuf_init(&b, fcall_arena(c));
	int rc = encoding_encode(arg_cstring(c, args[1]), bytes_data(args[0].b),
	                         bytes_len(args[0].b), &b, e);
	if (rc == ERR_OK)
		*ret = strbuf_datum(fcall_arena(c), &b);
	return rc;
}

DEFINE_FUNC(fn_decode)
{
	struct strbuf b;

	strbuf_init(&b, fcall_arena(c));
	int rc = encoding_decode(arg_cstring(c, args[1]), bytes_data(args[0].b),
	                         bytes_len(args[0].b), &b, e);
	if (rc == ERR_OK)
		*ret = strbuf_datum(fcall_arena(c), &b);
	return rc;
}

/* ---- convert_from, convert_to, convert: between character sets */
static int
find_charset(struct fcall *c, union datum name, const char *what, const struct charset **ret,
             struct err *e)
{
	const char *s = arg_cstring(c, name);

	*ret = charset_by_name(s);
	if (*ret == NULL)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE, "invalid %s encoding name \"%s\"", what, s);
	return ERR_OK;
}

/* from or to NULL: UTF-8. */
static int
convert_text(struct fcall *c, union datum text, const struct charset *from, const struct charset *to,
             union datum *ret, struct err *e)
{
	struct strbuf utf8, out;
	int rc = ERR_OK;

	strbuf_init(&utf8, fcall_arena(c));
	strbuf_init(&out, fcall_arena(c));
	if (from != NULL)
		rc = charset_to_utf8(from, bytes_data(text.b), bytes_len(text.b), &utf8, e);
	else
		strbuf_add(&utf8, bytes_data(text.b), bytes_len(text.b));
	if (rc == ERR_OK && to != NULL)
		rc = charset_from_utf8(to, utf8.data, utf8.len, &out, e);
	if (rc == ERR_OK)
		*ret = strbuf_datum(fcall_arena(c), to != NULL ? &out : &utf8);
	return rc;
}

DEFINE_FUNC(fn_convert_from)
{
	const struct charset *from = NULL;
	int rc = find_charset(c, args[1], "source", &from, e);

	return rc != ERR_OK ? rc : convert_text(c, args[0], from, NULL, ret, e);
}

DEFINE_FUNC(fn_convert_to)
{
	const struct charset *to = NULL;
	int rc = find_charset(c, args[1], "destination", &to, e);

	return rc != ERR_OK ? rc : convert_text(c, args[0], NULL, to, ret, e);
}

DEFINE_FUNC(fn_convert)
{
	const struct charset *from = NULL, *to = NULL;
	int rc = find_charset(c, args[1], "source", &from, e);

	if (rc == ERR_OK)
		rc = find_charset(c, args[2], "destination", &to, e);
	return rc != ERR_OK ? rc : convert_text(c, args[0], from, to, ret, e);
}

/* Characters of bytes that are text in some character set. */
DEFINE_FUNC(fn_bytes_char_length)
{
	const struct charset *from = charset_by_name(arg_cstring(c, args[1]));
	union datum text;

	if (from == NULL)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE, "invalid encoding name \"%s\"",
		               arg_cstring(c, args[1]));
	int rc = convert_text(c, args[0], from, NULL, &text, e);
	if (rc == ERR_OK)
		ret->i = (int64_t) utf8_length(bytes_data(text.b), bytes_len(text.b));
	return rc;
}

/* There are sets that it would strip of accents; UTF-8, the only one here, is none of them. */
DEFINE_FUNC(fn_to_ascii)
{
	return err_set(e, ERR_FEATURE_NOT_SUPPORTED,
	               "encoding conversion from UTF8 to ASCII not supported");
}

/* ---- Digests */
static int
digest(union datum d, const EVP_MD *md, unsigned char out[EVP_MAX_MD_SIZE], unsigned *ret_len,
       struct err *e)
{
	if (EVP_Digest(bytes_data(d.b), bytes_len(d.b), out, ret_len, md, NULL) != 1)
		return err_set(e, ERR_INTERNAL_ERROR, "could not compute %s hash", EVP_MD_get0_name(md));
	return ERR_OK;
}

DEFINE_FUNC(fn_md5)
{
	unsigned char out[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	int rc = digest(args[0], EVP_md5(), out, &n, e);

	if (rc != ERR_OK)
		return rc;
	struct bytes *b = bytes_make(fcall_arena(c), NULL, n * 2);
	for (unsigned i = 0; i < n; i++) {
		b->data[2 * i] = "0123456789abcdef"[out[i] >> 4];
		b->data[2 * i + 1] = "0123456789abcdef"[out[i] & 15];
	}
	ret->b = b;
	return ERR_OK;
}

#define SHA_FUNC(name, md) \
	DEFINE_FUNC(fn_##name) \
	{ \
		unsigned char out[EVP_MAX_MD_SIZE]; \
		unsigned n = 0; \
		int rc = digest(args[0], md, out, &n, e); \
		if (rc == ERR_OK) \
			*ret = text_datum(fcall_arena(c), (const char *) out, n); \
		return rc; \
	}
SHA_FUNC(sha224, EVP_sha224())
SHA_FUNC(sha256, EVP_sha256())
SHA_FUNC(sha384, EVP_sha384())
SHA_FUNC(sha512, EVP_sha512())

DEFINE_FUNC(fn_gen_random_uuid)
{
	unsigned char u[16];

	if (RAND_bytes(u, sizeof u) != 1)
		return err_set(e, ERR_INTERNAL_ERROR, "could not generate random values");
	u[6] = (unsigned char) ((u[6] & 0x0f) | 0x40);  /* version 4 */
	u[8] = (unsigned char) ((u[8] & 0x3f) | 0x80);  /* variant of RFC 4122 */
	*ret = text_datum(fcall_arena(c), (const char *) u, sizeof u);
	return ERR_OK;
}
