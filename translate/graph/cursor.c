/* cursor.c - base64url without padding (RFC 4648, section 5). */
#include "config.h"
#include "translate/graph/cursor.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static int
encode(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	const unsigned char *p = (const unsigned char *) bytes_data(args[0].b);
	size_t len = bytes_len(args[0].b);
	struct bytes *b = bytes_make(c->env->type.arena, NULL, (len * 4 + 2) / 3);
	char *to = b->data;

	(void) nulls, (void) ret_null, (void) e;
	for (size_t i = 0; i < len; i += 3) {
		unsigned v = (unsigned) p[i] << 16 | (i + 1 < len ? (unsigned) p[i + 1] << 8 : 0) | (i + 2 < len ? p[i + 2] : 0u);
		*to++ = digits[v >> 18 & 63];
		*to++ = digits[v >> 12 & 63];
		if (i + 1 < len)
			*to++ = digits[v >> 6 & 63];
		if (i + 2 < len)
			*to++ = digits[v & 63];
	}
	*ret = datum_bytes(b);
	return ERR_OK;
}

const struct func *
graph_cursor_func(void)
{
	static const oid_t args[] = { OID_JSONB };
	static const struct func f = { .oid = 9890, .name = "graph_cursor", .kind = FUNC_NORMAL, .strict = true, .volatility = 'i',
	                               .ret = OID_TEXT, .nargs = 1, .args = args, .impl = encode,
	                               .comment = "keyset cursor from ordering values" };

	return &f;
}

bool
graph_cursor_decode(struct arena *a, const char *cursor, char **ret_text)
{
	size_t len = strlen(cursor), n = 0;
	char *out = arena_alloc(a, len + 1);
	unsigned v = 0;
	int bits = 0;

	for (size_t i = 0; i < len; i++) {
		const char *d = cursor[i] == '\0' ? NULL : strchr(digits, cursor[i]);
		if (d == NULL)
			return false;
		v = (v << 6 | (unsigned) (d - digits)) & 0xffffff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[n++] = (char) (v >> bits & 0xff);
		}
	}
	out[n] = '\0';
	*ret_text = out;
	return n > 0;
}
