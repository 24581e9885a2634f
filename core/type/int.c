/* int.c - the types that are a plain integer in the word: int2, int4, int8, oid, xid, cid, xid8,
 * bool, "char", tid, pg_lsn.
 *
 * Signed types are sign-extended in the datum, unsigned ones zero-extended, so one comparison
 * serves all but the 64-bit unsigned. */
#include "config.h"
#include "core/type/int.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/hash.h"
#include "core/type/key.h"
#include "core/type/ops.h"

static const char digit_pairs[] =
	"00010203040506070809101112131415161718192021222324252627282930313233343536373839"
	"40414243444546474849505152535455565758596061626364656667686970717273747576777879"
	"8081828384858687888990919293949596979899";

void
int_put_unsigned(uint64_t u, struct strbuf *to)
{
	char text[20], *p = text + sizeof text;

	while (u >= 100) {
		p -= 2;
		memcpy(p, digit_pairs + u % 100 * 2, 2);
		u /= 100;
	}
	if (u >= 10) {
		p -= 2;
		memcpy(p, digit_pairs + u * 2, 2);
	} else {
		*--p = (char) ('0' + u);
	}
	size_t n = (size_t) (text + sizeof text - p);
	memcpy(strbuf_room(to, n), p, n);
	strbuf_wrote(to, n);
}

void
int_put(int64_t v, struct strbuf *to)
{
	if (v < 0) {
		strbuf_putc(to, '-');
		int_put_unsigned(-(uint64_t) v, to);
	} else {
		int_put_unsigned((uint64_t) v, to);
	}
}

int
int_parse(const char *s, size_t len, int64_t min, int64_t max, const char *type, int64_t *ret,
          struct err *e)
{
	const char *p = s, *end = s + len;
	uint64_t v = 0, limit = (uint64_t) max;

	while (p < end && ascii_space(*p))
		p++;
	bool neg = p < end && *p == '-';
	if (p < end && (*p == '-' || *p == '+'))
		p++;
	if (neg)
		limit = -(uint64_t) min;
	if (p == end || *p < '0' || *p > '9')
		return bad_syntax(e, type, s, len);
	for (; p < end && *p >= '0' && *p <= '9'; p++) {
		uint64_t digit = (uint64_t) (*p - '0');
		if (v > (limit - digit) / 10)
			return out_of_range(e, type, s, len);
		v = v * 10 + digit;
	}
	while (p < end && ascii_space(*p))
		p++;
	if (p != end)
		return bad_syntax(e, type, s, len);
	*ret = neg ? (int64_t) -v : (int64_t) v;
	return ERR_OK;
}

static int
in_int(const struct type *t, struct type_env *env UNUSED, const char *s, size_t len,
       int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	switch (t->len) {
	case 2:
		return int_parse(s, len, INT16_MIN, INT16_MAX, "smallint", &ret->i, e);
	case 4:
		return int_parse(s, len, INT32_MIN, INT32_MAX, "integer", &ret->i, e);
	default:
		return int_parse(s, len, INT64_MIN, INT64_MAX, "bigint", &ret->i, e);
	}
}

static void
out_int(const struct type *t UNUSED, struct type_env *env UNUSED, union datum d, struct strbuf *to)
{
	int_put(d.i, to);
}

static void
out_unsigned(const struct type *t UNUSED, struct type_env *env UNUSED, union datum d,
	     struct strbuf *to)
{
	int_put_unsigned(d.u, to);
}

static int
recv_sized(const struct type *t, struct type_env *env UNUSED, const void *p, size_t len,
           int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	if (len != (size_t) t->len)
		return bad_binary(e, len, (size_t) t->len);
	uint64_t v;
	if (t->ops == &type_ops_int2 || t->ops == &type_ops_int4 || t->ops == &type_ops_int8) {
		key_get_uint(p, len, t->len, &v);
		int unused = 64 - 8 * t->len;
		ret->i = (int64_t) (v << unused) >> unused;
	} else {
		key_get_uint(p, len, t->len, &ret->u);
	}
	return ERR_OK;
}

static void
send_sized(const struct type *t, struct type_env *env UNUSED, union datum d, struct strbuf *to)
{
	key_put_uint(to, d.u, t->len);
}

static int
cmp_int(const struct type *t UNUSED, union datum a, union datum b)
{
	return a.i < b.i ? -1 : a.i > b.i;
}

static int
cmp_unsigned(const struct type *t UNUSED, union datum a, union datum b)
{
	return a.u < b.u ? -1 : a.u > b.u;
}

static uint64_t
hash_int(const struct type *t UNUSED, union datum d)
{
	return hash_u64(d.u);
}

static void
key_int(const struct type *t, union datum d, struct strbuf *to)
{
	key_put_int(to, d.i, t->len);
}

static size_t
unkey_int(const struct type *t, struct arena *a UNUSED, const void *p, size_t len, union datum *ret)
{
	return key_get_int(p, len, t->len, &ret->i);
}

static void
key_unsigned(const struct type *t, union datum d, struct strbuf *to)
{
	key_put_uint(to, d.u, t->len);
}

static size_t
unkey_unsigned(const struct type *t, struct arena *a UNUSED, const void *p, size_t len,
	       union datum *ret)
{
	return key_get_uint(p, len, t->len, &ret->u);
}

#define INT_OPS { \
	.in = in_int, .out = out_int, .recv = recv_sized, .send = send_sized, \
	.cmp = cmp_int, .hash = hash_int, .key = key_int, .unkey = unkey_int }

const struct type_ops type_ops_int2 = INT_OPS, type_ops_int4 = INT_OPS, type_ops_int8 = INT_OPS;

/* ---- oid, xid, cid, xid8: as strtoul() reads them */

int
oid_parse(const char *s, size_t len, oid_t *ret, struct err *e)
{
	char text[64], *end;

	if (len >= sizeof text || len == 0)
		return bad_syntax(e, "oid", s, len);
	memcpy(text, s, len);
	text[len] = '\0';
	errno = 0;
	unsigned long v = strtoul(text, &end, 10);
	if (end == text)
		return bad_syntax(e, "oid", s, len);
	if (errno == ERANGE)
		return out_of_range(e, "oid", s, len);
	while (ascii_space(*end))
		end++;
	if (end != text + len)
		return bad_syntax(e, "oid", s, len);
	if (v > UINT32_MAX && v < (unsigned long) (long) INT32_MIN)
		return out_of_range(e, "oid", s, len);
	*ret = (oid_t) v;
	return ERR_OK;
}

static int
in_oid(const struct type *t UNUSED, struct type_env *env UNUSED, const char *s, size_t len,
       int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	oid_t oid;
	int rc = oid_parse(s, len, &oid, e);

	if (rc == ERR_OK)
		ret->u = oid;
	return rc;
}

/* Never fails: what is not a number is 0, as in PostgreSQL 15. */
static int
in_xid(const struct type *t, struct type_env *env UNUSED, const char *s, size_t len,
       int32_t typmod UNUSED, union datum *ret, struct err *e UNUSED)
{
	char text[64];

	if (len >= sizeof text)
		len = sizeof text - 1;
	memcpy(text, s, len);
	text[len] = '\0';
	uint64_t v = strtoull(text, NULL, 0);
	ret->u = t->len == 4 ? (uint32_t) v : v;
	return ERR_OK;
}

const struct type_ops type_ops_oid = {
	.in = in_oid, .out = out_unsigned, .recv = recv_sized, .send = send_sized,
	.cmp = cmp_int, .hash = hash_int, .key = key_unsigned, .unkey = unkey_unsigned,
};
const struct type_ops type_ops_xid = {
	.in = in_xid, .out = out_unsigned, .recv = recv_sized, .send = send_sized,
	.cmp = cmp_int, .hash = hash_int,
};
const struct type_ops type_ops_xid8 = {
	.in = in_xid, .out = out_unsigned, .recv = recv_sized, .send = send_sized,
	.cmp = cmp_unsigned, .hash = hash_int, .key = key_unsigned, .unkey = unkey_unsigned,
};

/* ---- bool */

bool
bool_parse(const char *s, size_t len, bool *ret)
{
	static const struct {
		const char *word;
		size_t least;           /* characters that make it unique */
		bool value;
	} words[] = {
		{ "true", 1, true }, { "false", 1, false }, { "yes", 1, true }, { "no", 1, false },
		{ "on", 2, true }, { "off", 2, false }, { "1", 1, true }, { "0", 1, false },
	};

	while (len > 0 && ascii_space(s[0]))
		s++, len--;
	while (len > 0 && ascii_space(s[len - 1]))
		len--;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		size_t n = strlen(words[i].word), k = 0;
		while (k < len && k < n && ascii_lower(s[k]) == words[i].word[k])
			k++;
		if (k == len && k >= words[i].least) {
			*ret = words[i].value;
			return true;
		}
	}
	return false;
}

static int
in_bool(const struct type *t UNUSED, struct type_env *env UNUSED, const char *s, size_t len,
        int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	bool v;

	if (!bool_parse(s, len, &v))
		return bad_syntax(e, "boolean", s, len);
	ret->i = v;
	return ERR_OK;
}

static void
out_bool(const struct type *t UNUSED, struct type_env *env UNUSED, union datum d, struct strbuf *to)
{
	strbuf_putc(to, d.i != 0 ? 't' : 'f');
}

static int
recv_bool(const struct type *t UNUSED, struct type_env *env UNUSED, const void *p, size_t len,
          int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	if (len != 1)
		return bad_binary(e, len, 1);
	ret->i = *(const char *) p != 0;
	return ERR_OK;
}

const struct type_ops type_ops_boolean = {
	.in = in_bool, .out = out_bool, .recv = recv_bool, .send = send_sized,
	.cmp = cmp_int, .hash = hash_int, .key = key_unsigned, .unkey = unkey_unsigned,
};

/* ---- "char": one byte; the empty string is byte 0, bytes above 0x7f are shown in octal */

static bool octal(char c, char max) { return c >= '0' && c <= max; }

static int
in_char(const struct type *t UNUSED, struct type_env *env UNUSED, const char *s, size_t len,
        int32_t typmod UNUSED, union datum *ret, struct err *e UNUSED)
{
	if (len == 4 && s[0] == '\\' && octal(s[1], '3') && octal(s[2], '7') && octal(s[3], '7'))
		ret->u = (uint64_t) ((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
	else
		ret->u = len == 0 ? 0 : (unsigned char) s[0];
	return ERR_OK;
}

static void
out_char(const struct type *t UNUSED, struct type_env *env UNUSED, union datum d, struct strbuf *to)
{
	if (d.u >= 0x80) {
		strbuf_putc(to, '\\');
		for (int shift = 6; shift >= 0; shift -= 3)
			strbuf_putc(to, (char) ('0' + (d.u >> shift & 7)));
	} else if (d.u != 0) {
		strbuf_putc(to, (char) d.u);
	}
}

const struct type_ops type_ops_char = {
	.in = in_char, .out = out_char, .recv = recv_sized, .send = send_sized,
	.cmp = cmp_int, .hash = hash_int, .key = key_unsigned, .unkey = unkey_unsigned,
};

/* ---- tid: block number << 16 | line */

static int
in_tid(const struct type *t UNUSED, struct type_env *env UNUSED, const char *s, size_t len,
       int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	char text[64], *end;

	if (len >= sizeof text)
		return bad_syntax(e, "tid", s, len);
	memcpy(text, s, len);
	text[len] = '\0';
	const char *open = strchr(text, '('), *comma = open != NULL ? strchr(open, ',') : NULL;
	if (comma == NULL || strchr(comma, ')') == NULL)
		return bad_syntax(e, "tid", s, len);
	errno = 0;
	unsigned long block = strtoul(open + 1, &end, 10);
	if (errno != 0 || *end != ',' ||
	    (block > UINT32_MAX && block < (unsigned long) (long) INT32_MIN))
		return bad_syntax(e, "tid", s, len);
	unsigned long line = strtoul(comma + 1, &end, 10);
	if (errno != 0 || *end != ')' || line > UINT16_MAX)
		return bad_syntax(e, "tid", s, len);
	ret->u = (uint64_t) (uint32_t) block << 16 | line;
	return ERR_OK;
}

static void
out_tid(const struct type *t UNUSED, struct type_env *env UNUSED, union datum d, struct strbuf *to)
{
	strbuf_putc(to, '(');
	int_put_unsigned(d.u >> 16, to);
	strbuf_putc(to, ',');
	int_put_unsigned(d.u & 0xffff, to);
	strbuf_putc(to, ')');
}

const struct type_ops type_ops_tid = {
	.in = in_tid, .out = out_tid, .recv = recv_sized, .send = send_sized,
	.cmp = cmp_int, .hash = hash_int, .key = key_unsigned, .unkey = unkey_unsigned,
};

/* ---- pg_lsn: two hexadecimal halves */

static int
in_lsn(const struct type *t UNUSED, struct type_env *env UNUSED, const char *s, size_t len,
       int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	uint64_t half[2] = { 0, 0 };
	size_t i = 0;

	for (int h = 0; h < 2; h++) {
		size_t start = i;
		for (; i < len && i - start < 8; i++) {
			char c = ascii_lower(s[i]);
			if (c >= '0' && c <= '9')
				half[h] = half[h] << 4 | (uint64_t) (c - '0');
			else if (c >= 'a' && c <= 'f')
				half[h] = half[h] << 4 | (uint64_t) (c - 'a' + 10);
			else
				break;
		}
		if (i == start || (h == 0 && (i == len || s[i++] != '/')))
			return bad_syntax(e, "pg_lsn", s, len);
	}
	if (i != len)
		return bad_syntax(e, "pg_lsn", s, len);
	ret->u = half[0] << 32 | half[1];
	return ERR_OK;
}

static void
put_hex(uint32_t v, struct strbuf *to)
{
	int shift = 28;

	while (shift > 0 && v >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		strbuf_putc(to, "0123456789ABCDEF"[v >> shift & 15]);
}

static void
out_lsn(const struct type *t UNUSED, struct type_env *env UNUSED, union datum d, struct strbuf *to)
{
	put_hex((uint32_t) (d.u >> 32), to);
	strbuf_putc(to, '/');
	put_hex((uint32_t) d.u, to);
}

const struct type_ops type_ops_pg_lsn = {
	.in = in_lsn, .out = out_lsn, .recv = recv_sized, .send = send_sized,
	.cmp = cmp_unsigned, .hash = hash_int, .key = key_unsigned, .unkey = unkey_unsigned,
};
