/* test_store_key.c - key encodings: memcmp order is the values' order, and decoding gives the
 * values back. */
#include "config.h"

#include <math.h>

#include "regress/unit/tap.h"
#include "storage/key.h"

static int
compare(const struct strbuf *a, const struct strbuf *b)
{
	size_t n = a->len < b->len ? a->len : b->len;
	int c = memcmp(a->data, b->data, n);

	return c != 0 ? (c > 0) - (c < 0) : (a->len > b->len) - (a->len < b->len);
}

/* Values in ascending order; every pair is compared, both directions, and read back. */
#define CHECK_ORDER(name, type, add, get, same, ...) \
static void \
order_##name(void) \
{ \
	static const type v[] = { __VA_ARGS__ }; \
	int n = (int) (sizeof v / sizeof v[0]), bad = 0; \
	for (int desc = 0; desc < 2; desc++) \
		for (int i = 0; i < n; i++) \
			for (int j = 0; j < n; j++) { \
				struct strbuf a, b; \
				type back; \
				strbuf_init(&a, NULL); \
				strbuf_init(&b, NULL); \
				add(&a, v[i], desc); \
				add(&b, v[j], desc); \
				int want = (i > j) - (i < j); \
				bad += compare(&a, &b) != (desc ? -want : want); \
				struct key_reader r = key_reader(a.data, a.len); \
				bad += !get(&r, desc, &back) || r.p != r.end || !(same); \
				r = key_reader(a.data, a.len - 1); \
				bad += get(&r, desc, &back); \
				strbuf_done(&a); \
				strbuf_done(&b); \
			} \
	is_int(0, bad, #name ": order, decoding, cut input"); \
}

CHECK_ORDER(bool, bool, key_add_bool, key_get_bool, back == v[i], false, true)
CHECK_ORDER(i16, int16_t, key_add_i16, key_get_i16, back == v[i], INT16_MIN, -300, -1, 0, 1, 299, INT16_MAX)
CHECK_ORDER(i32, int32_t, key_add_i32, key_get_i32, back == v[i], INT32_MIN, -70000, -1, 0, 1, 70000, INT32_MAX)
CHECK_ORDER(i64, int64_t, key_add_i64, key_get_i64, back == v[i],
            INT64_MIN, -5000000000, -1, 0, 1, 255, 256, 5000000000, INT64_MAX)
CHECK_ORDER(u8, uint8_t, key_add_u8, key_get_u8, back == v[i], 0, 1, 127, 128, 255)
CHECK_ORDER(u16, uint16_t, key_add_u16, key_get_u16, back == v[i], 0, 1, 255, 256, 65535)
CHECK_ORDER(u32, uint32_t, key_add_u32, key_get_u32, back == v[i], 0, 1, 65536, UINT32_MAX)
CHECK_ORDER(u64, uint64_t, key_add_u64, key_get_u64, back == v[i], 0, 1, UINT64_C(1) << 32, UINT64_MAX)
CHECK_ORDER(float, float, key_add_float, key_get_float, back == v[i] || (isnan(back) && isnan(v[i])),
            -INFINITY, -3.5f, -1e-40f, 0.0f, 1e-40f, 1.0f, 3.5f, INFINITY, NAN)
CHECK_ORDER(double, double, key_add_double, key_get_double, back == v[i] || (isnan(back) && isnan(v[i])),
            (double) -INFINITY, -1e300, -2.5, -1e-310, 0.0, 1e-310, 2.5, 1e300, (double) INFINITY, (double) NAN)

static void
check_zero_and_nan(void)
{
	struct strbuf a, b;

	strbuf_init(&a, NULL);
	strbuf_init(&b, NULL);
	key_add_double(&a, 0.0, false);
	key_add_double(&b, -0.0, false);
	ok(compare(&a, &b) == 0, "-0 is 0");
	strbuf_clear(&a);
	strbuf_clear(&b);
	key_add_double(&a, (double) NAN, false);
	key_add_double(&b, -(double) NAN, false);
	ok(compare(&a, &b) == 0, "one NaN");
	strbuf_clear(&a);
	strbuf_clear(&b);
	key_add_float(&a, -NAN, true);
	key_add_float(&b, NAN, true);
	ok(compare(&a, &b) == 0, "one NaN, float");
	strbuf_done(&a);
	strbuf_done(&b);
}

/* Byte strings, each followed by another column that must not disturb the order. */
static void
check_bytes(void)
{
	static const struct { const char *p; size_t n; } v[] = {
		{ "", 0 }, { "\0", 1 }, { "\0\0", 2 }, { "\0\1", 2 }, { "\0\377", 2 }, { "\1", 1 },
		{ "a", 1 }, { "a\0", 2 }, { "a\0b", 3 }, { "a\1", 2 }, { "aa", 2 }, { "b", 1 },
		{ "\377", 1 }, { "\377\0", 2 }, { "\377\377", 2 },
	};
	int n = (int) (sizeof v / sizeof v[0]), bad = 0;

	for (int desc = 0; desc < 2; desc++)
		for (int i = 0; i < n; i++)
			for (int j = 0; j < n; j++) {
				struct strbuf a, b, back;
				uint8_t tail;
				strbuf_init(&a, NULL);
				strbuf_init(&b, NULL);
				strbuf_init(&back, NULL);
				key_add_bytes(&a, v[i].p, v[i].n, desc);
				key_add_u8(&a, i < j ? 255 : 0, false);
				key_add_bytes(&b, v[j].p, v[j].n, desc);
				key_add_u8(&b, i < j ? 0 : 255, false);
				int want = (i > j) - (i < j);
				if (i != j)
					bad += compare(&a, &b) != (desc ? -want : want);
				struct key_reader r = key_reader(a.data, a.len);
				bad += !key_get_bytes(&r, desc, &back) || back.len != v[i].n
				    || memcmp(back.data, v[i].p, v[i].n) != 0;
				bad += !key_get_u8(&r, false, &tail) || r.p != r.end;
				r = key_reader(a.data, a.len);
				bad += !key_skip_bytes(&r, desc) || r.end - r.p != 1;
				r = key_reader(a.data, a.len - 2);
				bad += key_get_bytes(&r, desc, &back) || back.len != v[i].n;
				strbuf_done(&a);
				strbuf_done(&b);
				strbuf_done(&back);
			}
	is_int(0, bad, "bytes: order, decoding, cut input");
}

static void
check_nulls(void)
{
	struct strbuf first, value, last;
	bool null;

	strbuf_init(&first, NULL);
	strbuf_init(&value, NULL);
	strbuf_init(&last, NULL);
	key_add_null(&first, true);
	key_add_present(&value);
	key_add_i32(&value, INT32_MIN, true);
	key_add_null(&last, false);
	ok(compare(&first, &value) < 0 && compare(&value, &last) < 0, "nulls first, values, nulls last");
	struct key_reader r = key_reader(first.data, first.len);
	ok(key_get_null(&r, &null) && null, "null first is null");
	r = key_reader(last.data, last.len);
	ok(key_get_null(&r, &null) && null, "null last is null");
	r = key_reader(value.data, value.len);
	ok(key_get_null(&r, &null) && !null, "a value is not null");
	r = key_reader("\7", 1);
	ok(!key_get_null(&r, &null), "no such marker");
	strbuf_done(&first);
	strbuf_done(&value);
	strbuf_done(&last);
}

static void
check_fixed_and_prefix(void)
{
	struct strbuf b;
	char back[4];

	strbuf_init(&b, NULL);
	key_add_fixed(&b, "uuid", 4, true);
	struct key_reader r = key_reader(b.data, b.len);
	ok(key_get_fixed(&r, 4, true, back) && memcmp(back, "uuid", 4) == 0, "fixed bytes");
	strbuf_clear(&b);
	strbuf_add(&b, "a\377\377", 3);
	ok(key_prefix_end(&b) && b.len == 1 && b.data[0] == 'b', "end of prefix a FF FF is b");
	strbuf_clear(&b);
	strbuf_add(&b, "\377\377", 2);
	ok(!key_prefix_end(&b), "FF FF has no end");
	strbuf_done(&b);
}

int
main(void)
{
	order_bool();
	order_i16();
	order_i32();
	order_i64();
	order_u8();
	order_u16();
	order_u32();
	order_u64();
	order_float();
	order_double();
	check_zero_and_nan();
	check_bytes();
	check_nulls();
	check_fixed_and_prefix();
	return tap_done();
}
