/* inet.c - inet and cidr. */
#include "config.h"
#include "core/type/inet.h"

#include "core/base/hash.h"
#include "core/type/int.h"
#include "core/type/key.h"
#include "core/type/ops.h"

enum { WIRE_INET = 2, WIRE_INET6 = 3 };         /* the families in the binary form */

void
inet_get(const struct bytes *b, struct inet *ret)
{
	struct inet v = { .family = (uint8_t) b->data[0], .bits = (uint8_t) b->data[1] };

	memcpy(v.addr, b->data + 2, (size_t) inet_size(&v));
	*ret = v;
}

const struct bytes *
inet_make(struct arena *a, const struct inet *v)
{
	struct bytes *b = bytes_make(a, NULL, 2 + (size_t) inet_size(v));

	b->data[0] = (char) v->family;
	b->data[1] = (char) v->bits;
	memcpy(b->data + 2, v->addr, (size_t) inet_size(v));
	return b;
}

/* ---- Text */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static int
hex_value(char c)
{
	c = ascii_lower(c);
	return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* /bits to the end of the text; -1: wrong */
static int
read_bits(const char *p, const char *end, int max, bool leading_zero)
{
	int v = 0;

	if (p == end || (!leading_zero && *p == '0' && p + 1 != end))
		return -1;
	for (; p < end; p++) {
		if (!is_digit(*p))
			return -1;
		v = v * 10 + (*p - '0');
		if (v > max)
			return -1;
	}
	return v;
}

/* Decimal octets; returns where they end. */
static const char *
read_octets(const char *p, const char *end, uint8_t *addr, int *ret_n)
{
	int n = 0;

	while (p < end && is_digit(*p)) {
		int v = 0;
		for (; p < end && is_digit(*p); p++) {
			v = v * 10 + (*p - '0');
			if (v > 255)
				return NULL;
		}
		if (n == 4)
			return NULL;
		addr[n++] = (uint8_t) v;
		if (p == end || *p == '/')
			break;
		if (*p++ != '.')
			return NULL;
		if (p == end)
			return NULL;
	}
	*ret_n = n;
	return n == 0 ? NULL : p;
}

/* The old classes give cidr its bits when it is written without. */
static int
class_bits(const uint8_t *addr, int octets)
{
	int bits = addr[0] >= 240   ? 32
		   : addr[0] >= 224 ? 8
		   : addr[0] >= 192 ? 24
		   : addr[0] >= 128 ? 16
				    : 8;

	if (bits < octets * 8)
		bits = octets * 8;
	return bits == 8 && addr[0] == 224 ? 4 : bits;
}

static bool
parse_v4(const char *p, const char *end, bool cidr, struct inet *v)
{
	int octets, bits = -1;

	if (cidr && end - p > 2 && p[0] == '0' && ascii_lower(p[1]) == 'x' &&
	    hex_value(p[2]) >= 0) {
		int nibbles = 0;
		for (p += 2; p < end && hex_value(*p) >= 0; p++, nibbles++) {
			if (nibbles == 8)
				return false;
			v->addr[nibbles / 2] =
				(uint8_t) (v->addr[nibbles / 2] |
					   hex_value(*p) << (nibbles % 2 == 0 ? 4 : 0));
		}
		octets = (nibbles + 1) / 2;
	} else {
		p = read_octets(p, end, v->addr, &octets);
		if (p == NULL)
			return false;
	}
	if (p < end) {
		if (*p != '/')
			return false;
		bits = read_bits(p + 1, end, 32, true);
		if (bits < 0)
			return false;
		if (!cidr && bits / 8 > octets)
			return false;
	} else if (cidr) {
		bits = class_bits(v->addr, octets);
	} else if (octets == 4) {
		bits = 32;
	} else {
		return false;
	}
	v->bits = (uint8_t) bits;
	return true;
}

static bool
parse_v6(const char *p, const char *end, struct inet *v)
{
	uint8_t out[16] = { 0 };
	int n = 0, gap = -1, octets;

	if (p < end && *p == ':' && (++p == end || *p != ':'))
		return false;
	while (p < end && *p != '/') {
		const char *start = p;
		int word = 0, digits = 0;
		if (*p == ':') {
			if (gap >= 0)
				return false;
			gap = n;
			p++;
			continue;
		}
		for (; p < end && hex_value(*p) >= 0; p++)
			if (++digits > 4)
				return false;
			else
				word = word << 4 | hex_value(*p);
		if (p < end && *p == '.') {
			p = n <= 12 ? read_octets(start, end, out + n, &octets) : NULL;
			if (p == NULL || octets != 4)
				return false;
			n += 4;
			break;
		}
		if (digits == 0 || n == 16)
			return false;
		out[n++] = (uint8_t) (word >> 8);
		out[n++] = (uint8_t) word;
		if (p < end && *p == ':') {
			if (++p == end || *p == '/')
				return false;
		} else if (p < end && *p != '/') {
			return false;
		}
	}
	int bits = p < end && *p == '/' ? read_bits(p + 1, end, 128, false) : p == end ? 128 : -1;
	if (bits < 0 || (gap < 0 ? n != 16 : n >= 16))
		return false;
	if (gap >= 0) {
		memmove(out + 16 - (n - gap), out + gap, (size_t) (n - gap));
		memset(out + gap, 0, (size_t) (16 - n));
	}
	memcpy(v->addr, out, 16);
	v->bits = (uint8_t) bits;
	return true;
}

void
inet_mask(struct inet *v, int bits)
{
	for (int i = 0; i < inet_size(v); i++) {
		int keep = bits - 8 * i;
		if (keep <= 0)
			v->addr[i] = 0;
		else if (keep < 8)
			v->addr[i] = (uint8_t) (v->addr[i] & 0xff << (8 - keep));
	}
}

static bool
mask_is_clean(const struct inet *v)
{
	struct inet m = *v;

	inet_mask(&m, v->bits);
	return memcmp(m.addr, v->addr, (size_t) inet_size(v)) == 0;
}

int
inet_parse(const char *s, size_t len, bool cidr, struct inet *ret, struct err *e)
{
	bool v6 = memchr(s, ':', len) != NULL;
	struct inet v = { .family = v6 ? 6 : 4 };

	if (v6 ? !parse_v6(s, s + len, &v) : !parse_v4(s, s + len, cidr, &v))
		return bad_syntax(e, cidr ? "cidr" : "inet", s, len);
	if (cidr && !mask_is_clean(&v)) {
		(void) err_set(e, ERR_INVALID_TEXT_REPRESENTATION, "invalid cidr value: \"%.*s\"",
			       (int) len, s);
		return err_detail(e, "Value has bits set to right of mask.");
	}
	*ret = v;
	return ERR_OK;
}

static void
put_v4(const uint8_t *addr, struct strbuf *to)
{
	for (int i = 0; i < 4; i++) {
		if (i > 0)
			strbuf_putc(to, '.');
		int_put_unsigned(addr[i], to);
	}
}

static void
put_v6(const uint8_t *addr, struct strbuf *to)
{
	int best = -1, best_len = 1;

	for (int i = 0; i < 8; i++) {           /* the longest run of zero words */
		int n = 0;
		while (i + n < 8 && addr[2 * (i + n)] == 0 && addr[2 * (i + n) + 1] == 0)
			n++;
		if (n > best_len) {
			best = i;
			best_len = n;
		}
		i += n > 0 ? n - 1 : 0;
	}
	for (int i = 0; i < 8; i++) {
		int word = addr[2 * i] << 8 | addr[2 * i + 1];
		if (best >= 0 && i >= best && i < best + best_len) {
			if (i == best)
				strbuf_putc(to, ':');
			continue;
		}
		if (i != 0)
			strbuf_putc(to, ':');
		if (i == 6 && best == 0 &&
		    (best_len == 6 || (best_len == 7 && (addr[14] << 8 | addr[15]) != 1) ||
		     (best_len == 5 && addr[10] == 0xff && addr[11] == 0xff))) {
			put_v4(addr + 12, to);
			return;
		}
		strbuf_printf(to, "%x", (unsigned) word);
	}
	if (best >= 0 && best + best_len == 8)
		strbuf_putc(to, ':');
}

void
inet_put(const struct inet *v, bool always, struct strbuf *to)
{
	if (v->family == 4)
		put_v4(v->addr, to);
	else
		put_v6(v->addr, to);
	if (always || v->bits != inet_max_bits(v)) {
		strbuf_putc(to, '/');
		int_put_unsigned(v->bits, to);
	}
}

/* ---- Order: network part, netmask, whole address */

static int
cmp_bits(const uint8_t *a, const uint8_t *b, int bits)
{
	int c = memcmp(a, b, (size_t) bits / 8);

	if (c != 0 || bits % 8 == 0)
		return c < 0 ? -1 : c > 0;
	int mask = 0xff << (8 - bits % 8) & 0xff, x = a[bits / 8] & mask, y = b[bits / 8] & mask;
	return x < y ? -1 : x > y;
}

int
inet_cmp(const struct inet *a, const struct inet *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	int c = cmp_bits(a->addr, b->addr, a->bits < b->bits ? a->bits : b->bits);
	if (c == 0)
		c = a->bits < b->bits ? -1 : a->bits > b->bits;
	return c != 0 ? c : cmp_bits(a->addr, b->addr, inet_max_bits(a));
}

bool
inet_within(const struct inet *a, const struct inet *b, bool strict)
{
	return a->family == b->family && (strict ? a->bits > b->bits : a->bits >= b->bits) &&
	       cmp_bits(a->addr, b->addr, b->bits) == 0;
}

/* ---- Methods */

static bool is_cidr(const struct type *t) { return t->ops == &type_ops_cidr; }

static int
in_inet(const struct type *t, struct type_env *env, const char *s, size_t len,
	int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	struct inet v;
	int rc = inet_parse(s, len, is_cidr(t), &v, e);

	if (rc == ERR_OK)
		*ret = datum_bytes(inet_make(env->arena, &v));
	return rc;
}

static void
out_inet(const struct type *t, struct type_env *env UNUSED, union datum d, struct strbuf *to)
{
	struct inet v;

	inet_get(d.b, &v);
	inet_put(&v, is_cidr(t), to);
}

static int
recv_inet(const struct type *t, struct type_env *env, const void *at, size_t len,
	  int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	const uint8_t *p = at;
	const char *name = is_cidr(t) ? "cidr" : "inet";

	if (len < 4)
		return bad_binary(e, len, 4);
	if (p[0] != WIRE_INET && p[0] != WIRE_INET6)
		return err_set(e, ERR_INVALID_BINARY_REPRESENTATION,
			       "invalid address family in external \"%s\" value", name);
	struct inet v = { .family = p[0] == WIRE_INET ? 4 : 6, .bits = p[1] };
	if (v.bits > inet_max_bits(&v))
		return err_set(e, ERR_INVALID_BINARY_REPRESENTATION,
			       "invalid bits in external \"%s\" value", name);
	if (p[3] != inet_size(&v))
		return err_set(e, ERR_INVALID_BINARY_REPRESENTATION,
			       "invalid length in external \"%s\" value", name);
	if (len != 4 + (size_t) p[3])
		return bad_binary(e, len, 4 + (size_t) p[3]);
	memcpy(v.addr, p + 4, p[3]);
	if (is_cidr(t) && !mask_is_clean(&v)) {
		(void) err_set(e, ERR_INVALID_BINARY_REPRESENTATION,
			       "invalid external \"cidr\" value");
		return err_detail(e, "Value has bits set to right of mask.");
	}
	*ret = datum_bytes(inet_make(env->arena, &v));
	return ERR_OK;
}

static void
send_inet(const struct type *t, struct type_env *env UNUSED, union datum d, struct strbuf *to)
{
	struct inet v;

	inet_get(d.b, &v);
	strbuf_putc(to, v.family == 4 ? WIRE_INET : WIRE_INET6);
	strbuf_putc(to, (char) v.bits);
	strbuf_putc(to, is_cidr(t));
	strbuf_putc(to, (char) inet_size(&v));
	strbuf_add(to, v.addr, (size_t) inet_size(&v));
}

static int
cmp_inet(const struct type *t UNUSED, union datum a, union datum b)
{
	struct inet x, y;

	inet_get(a.b, &x);
	inet_get(b.b, &y);
	return inet_cmp(&x, &y);
}

static uint64_t
hash_inet(const struct type *t UNUSED, union datum d)
{
	return hash_bytes(bytes_data(d.b), bytes_len(d.b));
}

static void
key_inet(const struct type *t UNUSED, union datum d, struct strbuf *to)
{
	struct inet v, net;

	inet_get(d.b, &v);
	net = v;
	inet_mask(&net, v.bits);
	strbuf_putc(to, (char) v.family);
	strbuf_add(to, net.addr, (size_t) inet_size(&v));
	strbuf_putc(to, (char) v.bits);
	strbuf_add(to, v.addr, (size_t) inet_size(&v));
}

static size_t
unkey_inet(const struct type *t UNUSED, struct arena *a, const void *at, size_t len,
	   union datum *ret)
{
	const uint8_t *p = at;
	struct inet v = { .family = len > 0 ? p[0] : 0 };
	size_t n = (size_t) inet_size(&v);

	if (len < 2 + 2 * n)
		return 0;
	v.bits = p[1 + n];
	memcpy(v.addr, p + 2 + n, n);
	*ret = datum_bytes(inet_make(a, &v));
	return 2 + 2 * n;
}

#define INET_METHODS \
	.in = in_inet, .out = out_inet, .recv = recv_inet, .send = send_inet, \
	.cmp = cmp_inet, .hash = hash_inet, .key = key_inet, .unkey = unkey_inet

const struct type_ops type_ops_inet = { INET_METHODS };
const struct type_ops type_ops_cidr = { INET_METHODS };
