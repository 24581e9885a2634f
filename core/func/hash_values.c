/* hash_values.c - PostgreSQL's hash of a value of any type: what hash_array(), hash_record(),
 * hash_range(), jsonb_hash() ... are made of.
 *
 * Composite values ask their parts, whose hashes are found by type here as operator classes
 * find them there.
 * Not here: the hash of bytes and words (hash_funcs.c). */
#include "config.h"
#include "core/func/hash_value.h"

#include "core/func/hash_impl.h"
#include "core/type/array.h"
#include "core/type/datetime.h"
#include "core/type/inet.h"
#include "core/type/json.h"
#include "core/type/ops.h"
#include "core/type/range.h"
#include "core/type/record.h"

/* What is asked for: 64 bits with a seed, or 32. */
struct hasher {
	struct fcall *c;
	bool wide;
	uint64_t seed;
	struct err *e;
};

static int hash_value(struct hasher *h, const struct type *t, union datum d, uint64_t *ret);

static uint64_t
narrow(const struct hasher *h, struct mix m)
{
	return h->wide ? (uint64_t) m.b << 32 | m.c : m.c;
}

static uint64_t
hash_bytes(const struct hasher *h, const void *p, size_t len)
{
	return narrow(h, hash_digest(p, (uint32_t) len, h->seed));
}

static uint64_t
hash_word(const struct hasher *h, uint32_t v)
{
	return narrow(h, hash_digest_u32(v, h->seed));
}

static uint64_t
hash_int8(const struct hasher *h, int64_t v)
{
	return hash_word(h, hash_fold_int8(v));
}

/* One more part of a list. */
static uint64_t
join(const struct hasher *h, uint64_t before, uint64_t part)
{
	return h->wide ? (before << 5) - before + part
	               : (uint32_t) (((uint32_t) before << 5) - (uint32_t) before + (uint32_t) part);
}

/* One bit to the left, the halves of a wide one each for itself. */
static uint64_t
turn(const struct hasher *h, uint64_t v)
{
	return h->wide ? (v << 1 & UINT64_C(0xfffffffefffffffe)) | (v >> 31 & UINT64_C(0x100000001))
	               : (uint32_t) ((uint32_t) v << 1 | (uint32_t) v >> 31);
}

/* The base-10000 digits without zeros at either end. */
static uint64_t
hash_numeric(struct hasher *h, numeric_t n)
{
	struct strbuf b;
	const struct type *t = type_builtin(OID_NUMERIC);

	if (numeric_is_nan(n) || numeric_is_inf(n))
		return h->wide ? h->seed : 0;
	strbuf_init(&b, fcall_arena(h->c));
	t->ops->send(t, &h->c->env->type, datum_bytes(n), &b);
	int first = 0, last = get_be16(b.data), weight = (int16_t) get_be16(b.data + 2);
	uint16_t *digit = ARENA_ARRAY(fcall_arena(h->c), uint16_t, last + 1);
	for (int i = 0; i < last; i++)
		digit[i] = get_be16(b.data + 8 + 2 * (size_t) i);
	for (; first < last && digit[first] == 0; weight--)
		first++;
	while (last > first && digit[last - 1] == 0)
		last--;
	if (first == last)
		return h->wide ? h->seed - 1 : UINT32_MAX;
	uint64_t v = hash_bytes(h, digit + first, (size_t) (last - first) * 2);
	return h->wide ? v ^ (uint64_t) (int64_t) weight : (uint32_t) v ^ (uint32_t) weight;
}

static int
hash_array(struct hasher *h, const struct type *elem, const struct bytes *b, uint64_t *ret)
{
	struct array a;
	union datum d;
	bool null;
	uint64_t v = 1;

	array_open(elem, b, &a);
	for (struct array_iter it = array_iter(&a); array_next(&it, &d, &null); ) {
		uint64_t part = 0;
		int rc = null ? ERR_OK : hash_value(h, elem, d, &part);
		if (rc != ERR_OK)
			return rc;
		v = join(h, v, part);
	}
	*ret = v;
	return ERR_OK;
}

static int
hash_record(struct hasher *h, const struct type *t, const struct bytes *b, uint64_t *ret)
{
	struct record r;
	uint64_t v = 0;

	record_open(t, b, &r);
	for (int i = 0; i < r.n; i++) {
		const struct type *field;
		bool null;
		union datum d = record_get(&r, i, &field, &null);
		uint64_t part = 0;
		int rc = null ? ERR_OK : hash_value(h, field, d, &part);
		if (rc != ERR_OK)
			return rc;
		v = join(h, v, part);
	}
	*ret = v;
	return ERR_OK;
}

static int
hash_range(struct hasher *h, const struct type *t, const struct bytes *b, uint64_t *ret)
{
	enum { EMPTY = 1, LOWER_INC = 2, UPPER_INC = 4, LOWER_INF = 8, UPPER_INF = 16 };
	struct range r;
	uint64_t lower = 0, upper = 0;
	uint32_t flags = EMPTY;
	int rc = ERR_OK;

	range_get(t, b, &r);
	if (!r.empty) {
		flags = (r.lo.infinite ? LOWER_INF : 0) | (r.up.infinite ? UPPER_INF : 0) |
		        (r.lo.inclusive && !r.lo.infinite ? LOWER_INC : 0) |
		        (r.up.inclusive && !r.up.infinite ? UPPER_INC : 0);
		if (!r.lo.infinite)
			rc = hash_value(h, t->sub, r.lo.v, &lower);
		if (rc == ERR_OK && !r.up.infinite)
			rc = hash_value(h, t->sub, r.up.v, &upper);
	}
	*ret = turn(h, hash_word(h, flags) ^ lower) ^ upper;
	return rc;
}

static int
hash_multirange(struct hasher *h, const struct type *t, const struct bytes *b, uint64_t *ret)
{
	uint64_t v = 1, part = 0;

	for (int i = 0; i < multirange_count(b); i++) {
		int rc = hash_range(h, t->sub, multirange_at(b, i), &part);
		if (rc != ERR_OK)
			return rc;
		v = join(h, v, part);
	}
	*ret = v;
	return ERR_OK;
}

/* -- jsonb: scalars in their order, containers by a mark where they begin */
static uint64_t
hash_json_scalar(struct hasher *h, struct json_val v)
{
	struct strbuf b;
	numeric_t n = NULL;

	switch (json_kind(v)) {
	case JSON_STRING:
		strbuf_init(&b, fcall_arena(h->c));
		json_unescape(v.p + 1, v.len - 2, &b);
		return hash_bytes(h, b.data, b.len);
	case JSON_NUMBER:
		if (jsonb_to_numeric(fcall_arena(h->c), bytes_make(fcall_arena(h->c), v.p, v.len),
		                     "numeric", &n, h->e) != ERR_OK)
			return 0;
		return hash_numeric(h, n);
	case JSON_TRUE:
	case JSON_FALSE:
		if (h->wide && h->seed != 0)
			return hash_word(h, json_kind(v) == JSON_TRUE);
		return json_kind(v) == JSON_TRUE ? 2 : 4;
	default:
		return (h->wide ? h->seed : 0) + 1;
	}
}

static uint64_t
hash_json(struct hasher *h, struct json_val v, uint64_t so_far)
{
	enum json_kind kind = json_kind(v);
	const uint64_t mark = kind == JSON_OBJECT ? 0x20000000 : 0x40000000;
	struct json_val key, item;

	if (kind != JSON_ARRAY && kind != JSON_OBJECT)
		return turn(h, so_far) ^ hash_json_scalar(h, v);
	so_far ^= h->wide ? mark << 32 | mark : mark;
	for (struct json_iter it = json_iter(v); json_next(&it, &key, &item); ) {
		if (kind == JSON_OBJECT) {
			struct strbuf b;
			strbuf_init(&b, fcall_arena(h->c));
			json_unescape(key.p, key.len, &b);
			so_far = turn(h, so_far) ^ hash_bytes(h, b.data, b.len);
		}
		so_far = hash_json(h, item, so_far);
	}
	return so_far;
}

/* A scalar by itself is stored there as an array of one. */
static uint64_t
hash_jsonb(struct hasher *h, const struct bytes *b)
{
	struct json_val v = json_val(b);
	enum json_kind kind = json_kind(v);
	uint64_t start = 0, mark = 0x40000000;

	if (kind != JSON_ARRAY && kind != JSON_OBJECT)
		start ^= h->wide ? mark << 32 | mark : mark;
	return hash_json(h, v, start);
}

/* -- types of fixed form */
static uint64_t
hash_inet(struct hasher *h, const struct type *t, union datum d)
{
	struct strbuf b;
	char key[2 + 16];

	strbuf_init(&b, fcall_arena(h->c));     /* family, bits, is it a cidr, length, address */
	t->ops->send(t, &h->c->env->type, d, &b);
	memcpy(key, b.data, 2);
	memcpy(key + 2, b.data + 4, b.len - 4);
	return hash_bytes(h, key, b.len - 2);
}

static uint64_t
hash_tid(struct hasher *h, int64_t v)
{
	uint32_t block = (uint32_t) (v >> 16);
	uint16_t key[3] = { (uint16_t) (block >> 16), (uint16_t) block, (uint16_t) v };

	return hash_bytes(h, key, sizeof key);
}

static uint64_t
hash_interval(struct hasher *h, union datum d)
{
	struct interval v = interval_get(d);
	uint64_t days = (uint64_t) (v.days + (int64_t) v.months * 30);

	/* The low half of the sum, as there. */
	return hash_int8(h, (int64_t) ((uint64_t) v.usec + days * (uint64_t) USEC_PER_DAY));
}

static uint64_t
hash_timetz(struct hasher *h, union datum d)
{
	struct timetz v = timetz_get(d);

	return hash_int8(h, v.usec) ^ hash_word(h, (uint32_t) v.zone);
}

static int
hash_oidvector(struct hasher *h, const struct bytes *b, uint64_t *ret)
{
	struct array a;
	union datum d;
	bool null;
	int n = 0;

	array_open(type_builtin(OID_OID), b, &a);
	uint32_t *key = ARENA_ARRAY(fcall_arena(h->c), uint32_t, a.n + 1);
	for (struct array_iter it = array_iter(&a); array_next(&it, &d, &null); )
		key[n++] = (uint32_t) d.u;
	*ret = hash_bytes(h, key, (size_t) n * sizeof *key);
	return ERR_OK;
}

static int
hash_scalar(struct hasher *h, const struct type *t, union datum d, uint64_t *ret)
{
	switch (t->oid) {
	case OID_BOOL:
	case OID_CHAR:
	case OID_INT2:
	case OID_INT4:
	case OID_OID:
	case OID_DATE:
	case OID_XID:
	case OID_CID:
		*ret = hash_word(h, (uint32_t) d.u);
		return ERR_OK;
	case OID_INT8:
	case OID_XID8:
	case OID_PG_LSN:
	case OID_TIME:
	case OID_TIMESTAMP:
	case OID_TIMESTAMPTZ:
		*ret = hash_int8(h, d.i);
		return ERR_OK;
	case OID_FLOAT4:
	case OID_FLOAT8:
		*ret = d.f == 0 ? (h->wide ? h->seed : 0) : narrow(h, hash_digest_float(d.f, h->seed));
		return ERR_OK;
	case OID_TEXT:
	case OID_VARCHAR:
	case OID_NAME:
	case OID_BYTEA:
	case OID_UUID:
	case OID_MACADDR:
	case OID_MACADDR8:
		*ret = hash_bytes(h, bytes_data(d.b), bytes_len(d.b));
		return ERR_OK;
	case OID_BPCHAR:
		*ret = hash_bytes(h, bytes_data(d.b), hash_bpchar_len(d.b));
		return ERR_OK;
	case OID_NUMERIC:
		*ret = hash_numeric(h, d.b);
		return ERR_OK;
	case OID_TIMETZ:
		*ret = hash_timetz(h, d);
		return ERR_OK;
	case OID_INTERVAL:
		*ret = hash_interval(h, d);
		return ERR_OK;
	case OID_TID:
		*ret = hash_tid(h, d.i);
		return ERR_OK;
	case OID_INET:
	case OID_CIDR:
		*ret = hash_inet(h, t, d);
		return ERR_OK;
	case OID_JSONB:
		*ret = hash_jsonb(h, d.b);
		return h->e->code;
	default:
		return err_set(h->e, ERR_UNDEFINED_FUNCTION,
		               "could not identify a hash function for type %s", type_sql_name(t));
	}
}

static int
hash_value(struct hasher *h, const struct type *t, union datum d, uint64_t *ret)
{
	while (t->kind == TYPE_DOMAIN)
		t = t->base;
	if (t->oid == OID_OIDVECTOR)
		return hash_oidvector(h, d.b, ret);
	if (type_is_array(t))
		return hash_array(h, t->elem, d.b, ret);
	switch (t->kind) {
	case TYPE_COMPOSITE:
		return hash_record(h, t, d.b, ret);
	case TYPE_RANGE:
		return hash_range(h, t, d.b, ret);
	case TYPE_MULTIRANGE:
		return hash_multirange(h, t, d.b, ret);
	case TYPE_ENUM:
		*ret = hash_word(h, (uint32_t) d.u);
		return ERR_OK;
	default:
		if (t->oid == OID_RECORD)
			return hash_record(h, t, d.b, ret);
		if (t->category == 'N' && t->len == 4 && !t->is_float) {        /* oid, reg* */
			*ret = hash_word(h, (uint32_t) d.u);
			return ERR_OK;
		}
		return hash_scalar(h, t, d, ret);
	}
}

DEFINE_FUNC(fn_hash_value)
{
	struct hasher h = { .c = c, .wide = c->nargs > 1, .seed = c->nargs > 1 ? args[1].u : 0, .e = e };
	uint64_t v = 0;
	int rc = hash_value(&h, c->arg_types[0], args[0], &v);

	if (rc != ERR_OK)
		return rc;
	ret->i = h.wide ? (int64_t) v : (int32_t) v;
	return ERR_OK;
}

int
hash_partition_column(struct arena *a, const struct type *t, union datum d, uint64_t *hash, struct err *e)
{
	struct exec_env env = { .type = { .arena = a } };
	struct fcall call = { .env = &env };
	struct hasher h = { .c = &call, .wide = true, .seed = UINT64_C(0x7a5b22367996dcfd), .e = e };
	uint64_t v = 0;
	int rc = hash_value(&h, t, d, &v);

	*hash ^= v + UINT64_C(0x49a0f4dd15e5a8e3) + (*hash << 54) + (*hash >> 7);
	return rc;
}
