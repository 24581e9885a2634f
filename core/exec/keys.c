/* keys.c - hashing and equality of key columns, sets of values. */
#include "config.h"
#include "core/exec/keys.h"

#include "core/base/hash.h"

struct key_type
key_type(const struct type *t)
{
	const struct type *base = t;

	while (base->kind == TYPE_DOMAIN)
		base = base->base;
	if (base->byval)
		return (struct key_type){ base->is_float ? KEY_FLOAT : KEY_INT, base };
	switch (base->oid) {
	case OID_TEXT:
	case OID_VARCHAR:
	case OID_NAME:
	case OID_BYTEA:
	case OID_UUID:
		return (struct key_type){ KEY_BYTES, base };
	default:
		return (struct key_type){ KEY_OTHER, base };
	}
}

bool
key_word_order(const struct type *t)
{
	switch (key_type(t).type->oid) {
	case OID_INT2:
	case OID_INT4:
	case OID_INT8:
	case OID_OID:
	case OID_BOOL:
	case OID_DATE:
	case OID_TIME:
	case OID_TIMESTAMP:
	case OID_TIMESTAMPTZ:
	case OID_FLOAT4:
	case OID_FLOAT8:
		return true;
	default:
		return false;
	}
}

static inline uint64_t
hash_float(double f)
{
	uint64_t u;

	if (f == 0)
		f = 0; /* -0 equals 0 */
	if (f != f)
		return hash_u64(UINT64_C(0x7ff8000000000000));
	memcpy(&u, &f, sizeof u);
	return hash_u64(u);
}

uint64_t
key_hash(const struct key_type *k, union datum d)
{
	switch (k->class) {
	case KEY_INT:
		return hash_u64(d.u + 1);
	case KEY_FLOAT:
		return hash_float(d.f);
	case KEY_BYTES:
		return hash_bytes(bytes_data(d.b), bytes_len(d.b));
	default:
		return k->type->ops->hash != NULL ? k->type->ops->hash(k->type, d) : 0;
	}
}

bool
key_equal_slow(const struct key_type *k, union datum a, union datum b)
{
	switch (k->class) {
	case KEY_INT:
		return a.i == b.i;
	case KEY_FLOAT:
		return a.f == b.f || (a.f != a.f && b.f != b.f);
	case KEY_BYTES: {
		uint32_t n = bytes_len(a.b);
		return n == bytes_len(b.b) && memcmp(bytes_data(a.b), bytes_data(b.b), n) == 0;
	}
	default:
		return type_eq(k->type, a, b);
	}
}

static void
hash_column(const struct key_type *k, const struct vec *c, const uint16_t *sel, int n, bool first,
	    uint64_t *ret)
{
	for (int i = 0; i < n; i++) {
		int row = sel != NULL ? sel[i] : i;
		uint64_t h = vec_null(c, row) ? UINT64_C(0x9e3779b97f4a7c15)
					      : key_hash(k, vec_at(c, row));
		ret[row] = first ? h : hash_mix(ret[row], h);
	}
}

/* The common case: one column of integers without nulls. */
static void
hash_ints(const struct vec *c, const uint16_t *sel, int n, uint64_t *ret)
{
	const union datum *v = c->v;

	if (sel == NULL)
		for (int i = 0; i < n; i++)
			ret[i] = hash_u64(v[i].u + 1);
	else
		for (int i = 0; i < n; i++)
			ret[sel[i]] = hash_u64(v[sel[i]].u + 1);
}

void
keys_hash(const struct key_type *k, int nkeys, const struct vec *cols, const uint16_t *sel, int n,
	  uint64_t *ret)
{
	if (nkeys == 0)
		for (int i = 0; i < n; i++)
			ret[sel != NULL ? sel[i] : i] = 1;
	for (int c = 0; c < nkeys; c++) {
		if (c == 0 && k->class == KEY_INT && cols->null == NULL && cols->stride == 1)
			hash_ints(cols, sel, n, ret);
		else
			hash_column(&k[c], &cols[c], sel, n, c == 0, ret);
	}
}

/* -- sets ------------------------------------------------------------------------------------- */
struct key_set {
	struct key_type type;
	uint64_t mask;
	uint64_t *hashes; /* 0: free */
	union datum *v;
};

struct key_set *
key_set_new(struct arena *a, const struct type *t, int expect)
{
	struct key_set *s = ARENA_NEW(a, struct key_set);
	uint64_t cap = 16;

	while (cap < (uint64_t) expect * 2)
		cap *= 2;
	*s = (struct key_set){ .type = key_type(t), .mask = cap - 1 };
	s->hashes = ARENA_ARRAY(a, uint64_t, cap);
	s->v = ARENA_ARRAY(a, union datum, cap);
	return s;
}

static inline uint64_t
set_find(const struct key_set *s, union datum d, uint64_t *ret_hash)
{
	uint64_t h = key_hash(&s->type, d) | 1, i = (h >> 1) & s->mask;

	while (s->hashes[i] != 0 && (s->hashes[i] != h || !key_equal(&s->type, s->v[i], d)))
		i = (i + 1) & s->mask;
	*ret_hash = h;
	return i;
}

void
key_set_add(struct key_set *s, union datum d)
{
	uint64_t h, i = set_find(s, d, &h);

	s->hashes[i] = h;
	s->v[i] = d;
}

bool
key_set_has(const struct key_set *s, union datum d)
{
	uint64_t h;

	return s->hashes[set_find(s, d, &h)] != 0;
}
