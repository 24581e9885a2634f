/* inet_funcs.c - network addresses: inet, cidr, macaddr, macaddr8.
 *
 * Not here: reading, showing and ordering them (core/type/inet.h). */
#include "config.h"
#include "core/func/agg.h"

#include "core/type/inet.h"

static inline struct inet
get(union datum d)
{
	struct inet v;

	inet_get(d.b, &v);
	return v;
}

static inline union datum
give(struct fcall *c, const struct inet *v)
{
	return datum_bytes(inet_make(fcall_arena(c), v));
}

static union datum
text_of_inet(struct fcall *c, const struct inet *v, bool always)
{
	struct strbuf b;

	strbuf_init(&b, fcall_arena(c));
	inet_put(v, always, &b);
	return strbuf_datum(fcall_arena(c), &b);
}

/* ---- Parts */
DEFINE_FUNC(fn_inet_family)  { ret->i = get(args[0]).family; return ERR_OK; }
DEFINE_FUNC(fn_inet_masklen) { ret->i = get(args[0]).bits; return ERR_OK; }

DEFINE_FUNC(fn_inet_host)
{
	struct inet v = get(args[0]);

	v.bits = (uint8_t) inet_max_bits(&v);
	*ret = text_of_inet(c, &v, false);
	return ERR_OK;
}

DEFINE_FUNC(fn_inet_text)
{
	struct inet v = get(args[0]);

	*ret = text_of_inet(c, &v, true);
	return ERR_OK;
}

DEFINE_FUNC(fn_inet_abbrev)
{
	struct inet v = get(args[0]);

	*ret = text_of_inet(c, &v, false);
	return ERR_OK;
}

/* 10.1.0.0/16 as 10.1/16: bytes behind the mask are left out; IPv6 is not abbreviated so. */
DEFINE_FUNC(fn_cidr_abbrev)
{
	struct inet v = get(args[0]);
	struct strbuf b;

	if (v.family != 4) {
		*ret = text_of_inet(c, &v, true);
		return ERR_OK;
	}
	strbuf_init(&b, fcall_arena(c));
	int n = v.bits == 0 ? 1 : (v.bits + 7) / 8;
	for (int i = 0; i < n; i++)
		strbuf_printf(&b, i > 0 ? ".%d" : "%d", v.addr[i]);
	strbuf_printf(&b, "/%d", v.bits);
	*ret = strbuf_datum(fcall_arena(c), &b);
	return ERR_OK;
}

/* The mask as an address: ones first. */
static struct inet
mask_of(const struct inet *v)
{
	struct inet m = { .family = v->family, .bits = (uint8_t) inet_max_bits(v) };

	for (int i = 0; i < v->bits; i++)
		m.addr[i / 8] |= (uint8_t) (0x80 >> (i % 8));
	return m;
}

DEFINE_FUNC(fn_inet_netmask)
{
	struct inet v = get(args[0]), m = mask_of(&v);

	*ret = give(c, &m);
	return ERR_OK;
}

DEFINE_FUNC(fn_inet_hostmask)
{
	struct inet v = get(args[0]), m = mask_of(&v);

	for (int i = 0; i < inet_size(&m); i++)
		m.addr[i] = (uint8_t) ~m.addr[i];
	*ret = give(c, &m);
	return ERR_OK;
}

DEFINE_FUNC(fn_inet_network)
{
	struct inet v = get(args[0]);

	inet_mask(&v, v.bits);
	*ret = give(c, &v);
	return ERR_OK;
}

DEFINE_FUNC(fn_inet_broadcast)
{
	struct inet v = get(args[0]), m = mask_of(&v);

	for (int i = 0; i < inet_size(&v); i++)
		v.addr[i] |= (uint8_t) ~m.addr[i];
	*ret = give(c, &v);
	return ERR_OK;
}

static int
set_masklen(struct fcall *c, const union datum *args, bool mask, union datum *ret, struct err *e)
{
	struct inet v = get(args[0]);
	int64_t bits = args[1].i == -1 ? inet_max_bits(&v) : args[1].i;

	if (bits < 0 || bits > inet_max_bits(&v))
		return err_set(e, ERR_INVALID_PARAMETER_VALUE, "invalid mask length: %d", (int) bits);
	v.bits = (uint8_t) bits;
	if (mask)
		inet_mask(&v, v.bits);
	*ret = give(c, &v);
	return ERR_OK;
}

DEFINE_FUNC(fn_inet_set_masklen) { return set_masklen(c, args, false, ret, e); }
DEFINE_FUNC(fn_cidr_set_masklen) { return set_masklen(c, args, true, ret, e); }

DEFINE_FUNC(fn_inet_to_cidr)
{
	struct inet v = get(args[0]);

	inet_mask(&v, v.bits);
	*ret = give(c, &v);
	return ERR_OK;
}

/* ---- Containment */
static bool
within(const union datum *args, int inner, bool strict)
{
	struct inet a = get(args[inner]), b = get(args[1 - inner]);

	return inet_within(&a, &b, strict);
}

DEFINE_FUNC(fn_inet_sub)   { ret->i = within(args, 0, true); return ERR_OK; }
DEFINE_FUNC(fn_inet_subeq) { ret->i = within(args, 0, false); return ERR_OK; }
DEFINE_FUNC(fn_inet_sup)   { ret->i = within(args, 1, true); return ERR_OK; }
DEFINE_FUNC(fn_inet_supeq) { ret->i = within(args, 1, false); return ERR_OK; }
DEFINE_FUNC(fn_inet_overlap)
{
	ret->i = within(args, 0, false) || within(args, 1, false);
	return ERR_OK;
}

DEFINE_FUNC(fn_inet_same_family)
{
	ret->i = get(args[0]).family == get(args[1]).family;
	return ERR_OK;
}

/* The smallest network that has both. */
DEFINE_FUNC(fn_inet_merge)
{
	struct inet a = get(args[0]), b = get(args[1]);
	int bits = a.bits < b.bits ? a.bits : b.bits, same = 0;

	if (a.family != b.family)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
		               "cannot merge addresses from different families");
	while (same < bits && ((a.addr[same / 8] ^ b.addr[same / 8]) & 0x80 >> (same % 8)) == 0)
		same++;
	inet_mask(&a, same);
	a.bits = (uint8_t) same;
	*ret = give(c, &a);
	return ERR_OK;
}

/* ---- Bits and arithmetic */
static int
combine(struct fcall *c, const union datum *args, bool both, union datum *ret, struct err *e)
{
	struct inet a = get(args[0]), b = get(args[1]);

	if (a.family != b.family)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
		               both ? "cannot AND inet values of different sizes"
		                    : "cannot OR inet values of different sizes");
	for (int i = 0; i < inet_size(&a); i++)
		a.addr[i] = both ? a.addr[i] & b.addr[i] : a.addr[i] | b.addr[i];
	a.bits = a.bits > b.bits ? a.bits : b.bits;
	*ret = give(c, &a);
	return ERR_OK;
}

DEFINE_FUNC(fn_inet_and) { return combine(c, args, true, ret, e); }
DEFINE_FUNC(fn_inet_or)  { return combine(c, args, false, ret, e); }
DEFINE_FUNC(fn_inet_not)
{
	struct inet v = get(args[0]);

	for (int i = 0; i < inet_size(&v); i++)
		v.addr[i] = (uint8_t) ~v.addr[i];
	*ret = give(c, &v);
	return ERR_OK;
}

static int
fail_range(struct err *e)
{
	return err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE, "result is out of range");
}

static int
add(struct fcall *c, struct inet v, int64_t by, union datum *ret, struct err *e)
{
	int carry = 0, n = inet_size(&v);
	uint64_t rest = (uint64_t) by;

	for (int i = n - 1; i >= 0; i--) {
		uint8_t digit = (uint8_t) rest;
		carry += v.addr[i] + digit;
		v.addr[i] = (uint8_t) carry;
		carry >>= 8;
		rest = (uint64_t) ((int64_t) rest >> 8);        /* the sign comes in from the left */
	}
	/* All of the number is used up, and the carry is that of its sign. */
	if (!((by >= 0 && rest == 0 && carry == 0) || (by < 0 && rest == UINT64_MAX && carry == 1)))
		return fail_range(e);
	*ret = give(c, &v);
	return ERR_OK;
}

DEFINE_FUNC(fn_inet_add) { return add(c, get(args[0]), args[1].i, ret, e); }
DEFINE_FUNC(fn_int_add_inet) { return add(c, get(args[1]), args[0].i, ret, e); }
DEFINE_FUNC(fn_inet_sub_int)
{
	if (args[1].i == INT64_MIN)
		return fail_range(e);
	return add(c, get(args[0]), -args[1].i, ret, e);
}

DEFINE_FUNC(fn_inet_diff)
{
	struct inet a = get(args[0]), b = get(args[1]);
	__int128 d = 0;
	unsigned __int128 x = 0, y = 0;

	if (a.family != b.family)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
		               "cannot subtract inet values of different sizes");
	for (int i = 0; i < inet_size(&a); i++) {
		x = x << 8 | a.addr[i];
		y = y << 8 | b.addr[i];
	}
	bool negative = x < y;
	unsigned __int128 size = negative ? y - x : x - y;
	if (size > (unsigned __int128) INT64_MAX + negative)
		return fail_range(e);
	d = negative ? -(__int128) size : (__int128) size;
	ret->i = (int64_t) d;
	return ERR_OK;
}

/* ---- macaddr, macaddr8: 6 and 8 bytes */
static union datum
map_bytes(struct fcall *c, const union datum *args, char op)
{
	uint32_t n = bytes_len(args[0].b);
	struct bytes *b = bytes_make(fcall_arena(c), bytes_data(args[0].b), n);

	for (uint32_t i = 0; i < n; i++) {
		char y = op == '~' ? 0 : bytes_data(args[1].b)[i];
		b->data[i] = (char) (op == '~' ? ~b->data[i] : op == '&' ? b->data[i] & y : b->data[i] | y);
	}
	return datum_bytes(b);
}

DEFINE_FUNC(fn_mac_not) { *ret = map_bytes(c, args, '~'); return ERR_OK; }
DEFINE_FUNC(fn_mac_and) { *ret = map_bytes(c, args, '&'); return ERR_OK; }
DEFINE_FUNC(fn_mac_or)  { *ret = map_bytes(c, args, '|'); return ERR_OK; }

/* What names the maker stays. */
DEFINE_FUNC(fn_mac_trunc)
{
	uint32_t n = bytes_len(args[0].b);
	struct bytes *b = bytes_make(fcall_arena(c), bytes_data(args[0].b), n);

	memset(b->data + 3, 0, n - 3);
	ret->b = b;
	return ERR_OK;
}

DEFINE_FUNC(fn_mac_to_mac8)
{
	const char *m = bytes_data(args[0].b);
	struct bytes *b = bytes_make(fcall_arena(c), NULL, 8);

	memcpy(b->data, m, 3);
	memcpy(b->data + 3, "\xff\xfe", 2);
	memcpy(b->data + 5, m + 3, 3);
	ret->b = b;
	return ERR_OK;
}

DEFINE_FUNC(fn_mac8_to_mac)
{
	const char *m = bytes_data(args[0].b);
	struct bytes *b = bytes_make(fcall_arena(c), NULL, 6);

	if (memcmp(m + 3, "\xff\xfe", 2) != 0) {
		err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE,
		        "macaddr8 data out of range to convert to macaddr");
		return err_hint(e, "Only addresses that have FF and FE as values in the 4th and 5th bytes from the left, for example xx:xx:xx:ff:fe:xx:xx:xx, are eligible to be converted from macaddr8 to macaddr.");
	}
	memcpy(b->data, m, 3);
	memcpy(b->data + 3, m + 5, 3);
	ret->b = b;
	return ERR_OK;
}

DEFINE_FUNC(fn_mac8_set7bit)
{
	struct bytes *b = bytes_make(fcall_arena(c), bytes_data(args[0].b), bytes_len(args[0].b));

	b->data[0] |= 0x02;
	ret->b = b;
	return ERR_OK;
}
