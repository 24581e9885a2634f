/* macaddr.c - macaddr (six bytes) and macaddr8 (eight). */
#include "config.h"
#include <stdio.h>

#include "core/base/hash.h"
#include "core/type/ops.h"

static int
hex_value(char c)
{
	c = ascii_lower(c);
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* xx:xx:xx:xx:xx:xx and its like, as scanf reads them: octets may lack a leading zero. */
static bool
scan_mac(const char *s, int *v)
{
	static const char *const forms[] = {
		"%x:%x:%x:%x:%x:%x%1s", "%x-%x-%x-%x-%x-%x%1s", "%2x%2x%2x:%2x%2x%2x%1s",
		"%2x%2x%2x-%2x%2x%2x%1s", "%2x%2x.%2x%2x.%2x%2x%1s", "%2x%2x-%2x%2x-%2x%2x%1s",
		"%2x%2x%2x%2x%2x%2x%1s",
	};
	char junk[2];

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		if (sscanf(s, forms[i], (unsigned *) &v[0], (unsigned *) &v[1], (unsigned *) &v[2],
		           (unsigned *) &v[3], (unsigned *) &v[4], (unsigned *) &v[5], junk) == 6)
#pragma GCC diagnostic pop
			return true;
	}
	return false;
}

static int
in_macaddr(const struct type *t UNUSED, struct type_env *env, const char *s, size_t len,
           int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	char text[128];
	uint8_t out[6];
	int v[6];

	if (len >= sizeof text)
		return bad_syntax(e, "macaddr", s, len);
	memcpy(text, s, len);
	text[len] = '\0';
	if (!scan_mac(text, v))
		return bad_syntax(e, "macaddr", s, len);
	for (int i = 0; i < 6; i++) {
		if (v[i] < 0 || v[i] > 255)
			return err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE,
			               "invalid octet value in \"macaddr\" value: \"%s\"", text);
		out[i] = (uint8_t) v[i];
	}
	*ret = datum_bytes(bytes_make(env->arena, out, sizeof out));
	return ERR_OK;
}

/* Pairs of digits, one kind of separator between some of them; six or eight bytes. */
static int
in_macaddr8(const struct type *t UNUSED, struct type_env *env, const char *s, size_t len,
            int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	uint8_t out[8];
	int n = 0;
	char sep = '\0';
	const char *p = s, *end = s + len;

	while (p < end && ascii_space(*p))
		p++;
	while (end - p >= 2 && hex_value(p[0]) >= 0 && hex_value(p[1]) >= 0) {
		if (n == 8)
			return bad_syntax(e, "macaddr8", s, len);
		out[n++] = (uint8_t) (hex_value(p[0]) << 4 | hex_value(p[1]));
		p += 2;
		if (p < end && (*p == ':' || *p == '-' || *p == '.')) {
			if (sep != '\0' && sep != *p)
				return bad_syntax(e, "macaddr8", s, len);
			sep = *p++;
			if (p == end || hex_value(*p) < 0)
				return bad_syntax(e, "macaddr8", s, len);
		}
	}
	while (p < end && ascii_space(*p))
		p++;
	if (p != end || (n != 6 && n != 8))
		return bad_syntax(e, "macaddr8", s, len);
	if (n == 6) {                   /* EUI-48 in EUI-64 */
		memmove(out + 5, out + 3, 3);
		out[3] = 0xff;
		out[4] = 0xfe;
	}
	*ret = datum_bytes(bytes_make(env->arena, out, sizeof out));
	return ERR_OK;
}

static void
out_mac(const struct type *t UNUSED, struct type_env *env UNUSED, union datum d, struct strbuf *to)
{
	const uint8_t *p = (const uint8_t *) d.b->data;

	for (uint32_t i = 0; i < bytes_len(d.b); i++) {
		if (i > 0)
			strbuf_putc(to, ':');
		strbuf_putc(to, "0123456789abcdef"[p[i] >> 4]);
		strbuf_putc(to, "0123456789abcdef"[p[i] & 15]);
	}
}

static int
recv_mac(const struct type *t, struct type_env *env, const void *p, size_t len,
	 int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	uint8_t out[8] = { 0 };

	if (t->len == 8 && len == 6) {
		memcpy(out, p, 3);
		out[3] = 0xff;
		out[4] = 0xfe;
		memcpy(out + 5, (const char *) p + 3, 3);
	} else if (len != (size_t) t->len) {
		return bad_binary(e, len, (size_t) t->len);
	} else {
		memcpy(out, p, len);
	}
	*ret = datum_bytes(bytes_make(env->arena, out, (size_t) t->len));
	return ERR_OK;
}

static void
send_mac(const struct type *t UNUSED, struct type_env *env UNUSED, union datum d, struct strbuf *to)
{
	strbuf_add(to, bytes_data(d.b), bytes_len(d.b));
}

static int
cmp_mac(const struct type *t, union datum a, union datum b)
{
	int c = memcmp(a.b->data, b.b->data, (size_t) t->len);

	return c < 0 ? -1 : c > 0;
}

static uint64_t
hash_mac(const struct type *t, union datum d)
{
	return hash_bytes(d.b->data, (size_t) t->len);
}

static void
key_mac(const struct type *t, union datum d, struct strbuf *to)
{
	strbuf_add(to, d.b->data, (size_t) t->len);
}

static size_t
unkey_mac(const struct type *t, struct arena *a, const void *p, size_t len, union datum *ret)
{
	if (len < (size_t) t->len)
		return 0;
	*ret = datum_bytes(bytes_make(a, p, (size_t) t->len));
	return (size_t) t->len;
}

const struct type_ops type_ops_macaddr = {
	.in = in_macaddr, .out = out_mac, .recv = recv_mac, .send = send_mac,
	.cmp = cmp_mac, .hash = hash_mac, .key = key_mac, .unkey = unkey_mac,
};
const struct type_ops type_ops_macaddr8 = {
	.in = in_macaddr8, .out = out_mac, .recv = recv_mac, .send = send_mac,
	.cmp = cmp_mac, .hash = hash_mac, .key = key_mac, .unkey = unkey_mac,
};
