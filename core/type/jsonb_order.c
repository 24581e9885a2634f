/* jsonb_order.c - jsonb's comparison, hash, order key, and containment.
 *
 * Order of kinds: Object > Array > Boolean > Number > String > Null; arrays and objects of more
 * elements are greater.  A scalar alone counts as an array of one element that is below real
 * arrays of one element: so, as in PostgreSQL, an empty array is below every scalar. */
#include "config.h"
#include "core/base/hash.h"
#include "core/type/json_lex.h"
#include "core/type/key.h"

static int
rank(enum json_kind k)
{
	static const char ranks[] = { 0, 1, 2, 3, 3, 4, 5 };

	return ranks[k];
}

static int
cmp_strings(struct json_val a, struct json_val b)
{
	ARENA_AUTO struct arena tmp = { 0 };
	struct strbuf x, y;

	if (memchr(a.p, '\\', a.len) != NULL || memchr(b.p, '\\', b.len) != NULL) {
		strbuf_init(&x, &tmp);
		strbuf_init(&y, &tmp);
		json_unescape(a.p, a.len, &x);
		json_unescape(b.p, b.len, &y);
		a = (struct json_val) { x.data, x.len };
		b = (struct json_val) { y.data, y.len };
	}
	int c = memcmp(a.p, b.p, a.len < b.len ? a.len : b.len);
	return c != 0 ? (c < 0 ? -1 : 1) : a.len < b.len ? -1 : a.len > b.len;
}

/* The characters between the quotes, still escaped. */
static struct json_val
inside(struct json_val v)
{
	return (struct json_val) { v.p + 1, v.len - 2 };
}

static numeric_t
number(struct arena *a, struct json_val v)
{
	numeric_t n;
	struct err e = { 0 };

	return numeric_parse(a, v.p, v.len, -1, &n, &e) == ERR_OK ? n : numeric_nan(a);
}

static int cmp_values(struct json_val a, struct json_val b);

static int
cmp_scalars(struct json_val a, struct json_val b, enum json_kind kind)
{
	if (kind == JSON_STRING)
		return cmp_strings(inside(a), inside(b));
	if (kind != JSON_NUMBER)
		return 0;
	if (a.len == b.len && memcmp(a.p, b.p, a.len) == 0)
		return 0;
	ARENA_AUTO struct arena tmp = { 0 };
	return numeric_cmp(number(&tmp, a), number(&tmp, b));
}

static int
cmp_containers(struct json_val a, struct json_val b, bool object)
{
	int na = json_count(a), nb = json_count(b), c = 0;
	struct json_iter i = json_iter(a), j = json_iter(b);
	struct json_val ka, kb, va, vb;

	if (na != nb)
		return na < nb ? -1 : 1;
	while (c == 0 && json_next(&i, &ka, &va) && json_next(&j, &kb, &vb)) {
		if (object)
			c = cmp_strings(ka, kb);
		if (c == 0)
			c = cmp_values(va, vb);
	}
	return c;
}

static int
cmp_values(struct json_val a, struct json_val b)
{
	enum json_kind x = json_kind(a), y = json_kind(b);

	if (x != y) {
		int rx = rank(x), ry = rank(y);
		if (rx != ry)
			return rx < ry ? -1 : 1;
		return x == JSON_FALSE ? -1 : 1;
	}
	if (x == JSON_ARRAY || x == JSON_OBJECT)
		return cmp_containers(a, b, x == JSON_OBJECT);
	return cmp_scalars(a, b, x);
}

/* A graph answer keeps its keys in the order asked for: two texts of one length may be one value. */
static bool
same_but_for_order(struct json_val a, struct json_val b)
{
	ARENA_AUTO struct arena tmp = { 0 };
	const struct bytes *x, *y;
	struct err e = { 0 };

	if (a.len != b.len || json_kind(a) < JSON_ARRAY || json_kind(b) < JSON_ARRAY)
		return false;
	return jsonb_parse(&tmp, a.p, a.len, &x, &e) == ERR_OK && jsonb_parse(&tmp, b.p, b.len, &y, &e) == ERR_OK &&
	       bytes_len(x) == bytes_len(y) && memcmp(bytes_data(x), bytes_data(y), bytes_len(x)) == 0;
}

int
jsonb_cmp(const struct bytes *ba, const struct bytes *bb)
{
	struct json_val a = json_val(ba), b = json_val(bb);

	if ((a.len == b.len && memcmp(a.p, b.p, a.len) == 0) || same_but_for_order(a, b))
		return 0;
	enum json_kind x = json_kind(a), y = json_kind(b);
	bool ax = x < JSON_ARRAY, ay = y < JSON_ARRAY;  /* scalars */
	if (ax != ay && x != JSON_OBJECT && y != JSON_OBJECT) {
		int n = json_count(ax ? b : a);
		if (n != 1)
			return (n < 1) == ax ? 1 : -1;
		return ax ? -1 : 1;
	}
	return cmp_values(a, b);
}

/* ---- Hash: numbers of equal value hash equal */

static uint64_t
hash_number(struct json_val v)
{
	if (memchr(v.p, '.', v.len) != NULL) {
		while (v.p[v.len - 1] == '0')
			v.len--;
		if (v.p[v.len - 1] == '.')
			v.len--;
	}
	return hash_bytes(v.p, v.len);
}

static uint64_t
hash_value(struct json_val v)
{
	enum json_kind kind = json_kind(v);
	uint64_t h = (uint64_t) kind + 1;
	struct json_iter it;
	struct json_val k, x;

	switch (kind) {
	case JSON_STRING:
		return hash_bytes(v.p, v.len);
	case JSON_NUMBER:
		return hash_number(v);
	case JSON_ARRAY:
	case JSON_OBJECT:
		for (it = json_iter(v); json_next(&it, &k, &x); ) {
			if (kind == JSON_OBJECT)        /* whatever their order */
				h += hash_mix(hash_bytes(k.p, k.len), hash_value(x));
			else
				h = hash_mix(h, hash_value(x));
		}
		return h;
	default:
		return hash_u64(h);
	}
}

uint64_t
jsonb_hash(const struct bytes *b)
{
	return hash_value(json_val(b));
}

/* ---- Order key */

static void
key_string(struct json_val raw, struct strbuf *to)
{
	ARENA_AUTO struct arena tmp = { 0 };
	struct strbuf text;

	if (memchr(raw.p, '\\', raw.len) == NULL) {
		key_put_bytes(to, raw.p, raw.len);
		return;
	}
	strbuf_init(&text, &tmp);
	json_unescape(raw.p, raw.len, &text);
	key_put_bytes(to, text.data, text.len);
}

static void key_value(struct json_val v, struct strbuf *to);

static void
key_items(struct json_val v, bool object, struct strbuf *to)
{
	struct json_val k, x;

	for (struct json_iter it = json_iter(v); json_next(&it, &k, &x); ) {
		if (object)
			key_string(k, to);
		key_value(x, to);
	}
}

static void
key_value(struct json_val v, struct strbuf *to)
{
	enum json_kind kind = json_kind(v);
	ARENA_AUTO struct arena tmp = { 0 };

	strbuf_putc(to, (char) (rank(kind) + 1));
	switch (kind) {
	case JSON_STRING:
		key_string(inside(v), to);
		break;
	case JSON_NUMBER:
		numeric_key(number(&tmp, v), to);
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		strbuf_putc(to, kind == JSON_TRUE);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		key_put_uint(to, (uint64_t) json_count(v), 4);
		key_items(v, kind == JSON_OBJECT, to);
		break;
	case JSON_NULL:
		break;
	}
}

/* At the top: container kind, elements, real array or scalar, contents. */
void
jsonb_key(const struct bytes *b, struct strbuf *to)
{
	struct json_val v = json_val(b);
	enum json_kind kind = json_kind(v);

	if (kind == JSON_OBJECT) {
		key_value(v, to);
		return;
	}
	strbuf_putc(to, (char) (rank(JSON_ARRAY) + 1));
	if (kind == JSON_ARRAY) {
		key_put_uint(to, (uint64_t) json_count(v), 4);
		strbuf_putc(to, 1);
		key_items(v, false, to);
	} else {
		key_put_uint(to, 1, 4);
		strbuf_putc(to, 0);
		key_value(v, to);
	}
}

/* ---- Containment */

static bool contains(struct json_val a, struct json_val b, bool top);

static bool
same_scalar(struct json_val a, struct json_val b)
{
	enum json_kind x = json_kind(a), y = json_kind(b);

	return x == y && x < JSON_ARRAY && cmp_scalars(a, b, x) == 0;
}

/* Is there an element of the array (or the scalar itself) that covers x? */
static bool
array_covers(struct json_val a, bool a_scalar, struct json_val x)
{
	bool nested = json_kind(x) >= JSON_ARRAY;
	struct json_iter it = json_iter(a);
	struct json_val y;

	if (a_scalar)
		return same_scalar(a, x);
	while (json_next(&it, NULL, &y))
		if (nested ? json_kind(y) == json_kind(x) && contains(y, x, false)
			   : same_scalar(y, x))
			return true;
	return false;
}

static bool
contains(struct json_val a, struct json_val b, bool top)
{
	enum json_kind x = json_kind(a), y = json_kind(b);
	struct json_iter it = json_iter(b);
	struct json_val k, v;

	if (y == JSON_OBJECT) {
		if (x != JSON_OBJECT)
			return false;
		while (json_next(&it, &k, &v)) {
			struct json_iter in = json_iter(a);
			struct json_val ka, va, found = { NULL, 0 };
			while (found.p == NULL && json_next(&in, &ka, &va))
				if (ka.len == k.len && memcmp(ka.p, k.p, k.len) == 0)
					found = va;
			if (found.p == NULL)
				return false;
			if (json_kind(v) < JSON_ARRAY ? !same_scalar(found, v)
						      : json_kind(found) != json_kind(v) ||
								!contains(found, v, false))
				return false;
		}
		return true;
	}
	if (x == JSON_OBJECT)
		return false;
	if (y != JSON_ARRAY)
		return top ? array_covers(a, x != JSON_ARRAY, b) : same_scalar(a, b);
	if (x != JSON_ARRAY)
		return false;
	while (json_next(&it, NULL, &v))
		if (!array_covers(a, false, v))
			return false;
	return true;
}

bool
jsonb_contains(const struct bytes *a, const struct bytes *b)
{
	return contains(json_val(a), json_val(b), true);
}

bool
jsonb_exists(const struct bytes *b, const char *key, size_t len)
{
	struct json_val v = json_val(b), x;
	struct json_iter it = json_iter(v);

	switch (json_kind(v)) {
	case JSON_OBJECT:
		return json_get(v, key, len).p != NULL;
	case JSON_STRING:
		return json_raw_equals(inside(v), key, len);
	case JSON_ARRAY:
		while (json_next(&it, NULL, &x))
			if (json_kind(x) == JSON_STRING && json_raw_equals(inside(x), key, len))
				return true;
		return false;
	default:
		return false;
	}
}
