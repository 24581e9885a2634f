/* uuid.c - sixteen bytes. */
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

/* 32 digits; a hyphen may follow each group of four; braces may stand around. */
static int
in_uuid(const struct type *t UNUSED, struct type_env *env, const char *s, size_t len,
        int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	unsigned char v[16];
	size_t i = 0;
	bool braces = len > 0 && s[0] == '{';

	if (braces)
		i++;
	for (int n = 0; n < 16; n++) {
		if (i + 1 >= len)
			return bad_syntax(e, "uuid", s, len);
		int hi = hex_value(s[i]), lo = hex_value(s[i + 1]);
		if (hi < 0 || lo < 0)
			return bad_syntax(e, "uuid", s, len);
		v[n] = (unsigned char) (hi << 4 | lo);
		i += 2;
		if (n % 2 == 1 && n < 15 && i < len && s[i] == '-')
			i++;
	}
	if (braces && (i >= len || s[i++] != '}'))
		return bad_syntax(e, "uuid", s, len);
	if (i != len)
		return bad_syntax(e, "uuid", s, len);
	*ret = datum_bytes(bytes_make(env->arena, v, sizeof v));
	return ERR_OK;
}

static void
out_uuid(const struct type *t UNUSED, struct type_env *env UNUSED, union datum d, struct strbuf *to)
{
	const unsigned char *v = (const unsigned char *) d.b->data;
	char *p = strbuf_room(to, 36), *start = p;

	for (int n = 0; n < 16; n++) {
		if (n == 4 || n == 6 || n == 8 || n == 10)
			*p++ = '-';
		*p++ = "0123456789abcdef"[v[n] >> 4];
		*p++ = "0123456789abcdef"[v[n] & 15];
	}
	strbuf_wrote(to, (size_t) (p - start));
}

static int
recv_uuid(const struct type *t UNUSED, struct type_env *env, const void *p, size_t len,
          int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	if (len != 16)
		return bad_binary(e, len, 16);
	*ret = datum_bytes(bytes_make(env->arena, p, len));
	return ERR_OK;
}

static void
send_uuid(const struct type *t UNUSED, struct type_env *env UNUSED, union datum d,
	  struct strbuf *to)
{
	strbuf_add(to, d.b->data, 16);
}

static int
cmp_uuid(const struct type *t UNUSED, union datum a, union datum b)
{
	int c = memcmp(a.b->data, b.b->data, 16);

	return c < 0 ? -1 : c > 0;
}

static uint64_t
hash_uuid(const struct type *t UNUSED, union datum d)
{
	return hash_bytes(d.b->data, 16);
}

static void
key_uuid(const struct type *t UNUSED, union datum d, struct strbuf *to)
{
	strbuf_add(to, d.b->data, 16);
}

static size_t
unkey_uuid(const struct type *t UNUSED, struct arena *a, const void *p, size_t len,
	   union datum *ret)
{
	if (len < 16)
		return 0;
	*ret = datum_bytes(bytes_make(a, p, 16));
	return 16;
}

const struct type_ops type_ops_uuid = {
	.in = in_uuid, .out = out_uuid, .recv = recv_uuid, .send = send_uuid,
	.cmp = cmp_uuid, .hash = hash_uuid, .key = key_uuid, .unkey = unkey_uuid,
};
