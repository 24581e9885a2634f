/* hash_funcs.c - the hash functions that SQL can see: hashtext(), hashint4(), ...
 *
 * People partition and take advisory locks by them, so their values are PostgreSQL's: the
 * lookup3 hash of Bob Jenkins (public domain), little-endian, seeded as there.
 * Not here: hashing within the server (core/base/hash.h and the types' hash methods). */
#include "config.h"
#include "core/func/hash_impl.h"

#include <math.h>

static inline uint32_t rot(uint32_t x, int k) { return x << k | x >> (32 - k); }

static inline void
mix(struct mix *m)
{
	uint32_t a = m->a, b = m->b, c = m->c;

	a -= c; a ^= rot(c, 4);  c += b;
	b -= a; b ^= rot(a, 6);  a += c;
	c -= b; c ^= rot(b, 8);  b += a;
	a -= c; a ^= rot(c, 16); c += b;
	b -= a; b ^= rot(a, 19); a += c;
	c -= b; c ^= rot(b, 4);  b += a;
	*m = (struct mix) { a, b, c };
}

static inline void
finish(struct mix *m)
{
	uint32_t a = m->a, b = m->b, c = m->c;

	c ^= b; c -= rot(b, 14);
	a ^= c; a -= rot(c, 11);
	b ^= a; b -= rot(a, 25);
	c ^= b; c -= rot(b, 16);
	a ^= c; a -= rot(c, 4);
	b ^= a; b -= rot(a, 14);
	c ^= b; c -= rot(b, 24);
	*m = (struct mix) { a, b, c };
}

/* The low byte of c is kept for the length. */
struct mix
hash_digest(const void *bytes, uint32_t len, uint64_t seed)
{
	const uint8_t *k = bytes;
	uint32_t init = UINT32_C(0x9e3779b9) + len + 3923095, left = len, w[3];
	struct mix m = { init, init, init };

	if (seed != 0) {
		m.a += (uint32_t) (seed >> 32);
		m.b += (uint32_t) seed;
		mix(&m);
	}
	for (; left >= 12; k += 12, left -= 12) {
		memcpy(w, k, 12);
		m.a += w[0];
		m.b += w[1];
		m.c += w[2];
		mix(&m);
	}
	uint8_t tail[12] = { 0 };
	memcpy(tail, k, left < 8 ? left : 8);
	if (left > 8)
		memcpy(tail + 9, k + 8, left - 8);
	memcpy(w, tail, 12);
	m.a += w[0];
	m.b += w[1];
	m.c += w[2];
	finish(&m);
	return m;
}

struct mix
hash_digest_u32(uint32_t k, uint64_t seed)
{
	uint32_t init = UINT32_C(0x9e3779b9) + 4 + 3923095;
	struct mix m = { init, init, init };

	if (seed != 0) {
		m.a += (uint32_t) (seed >> 32);
		m.b += (uint32_t) seed;
		mix(&m);
	}
	m.a += k;
	finish(&m);
	return m;
}

/* hashint4(x) has 32 bits, hashint4extended(x, seed) 64. */
static int
give(struct fcall *c, struct mix m, union datum *ret)
{
	if (c->nargs > 1)
		ret->u = (uint64_t) m.b << 32 | m.c;
	else
		ret->i = (int32_t) m.c;
	return ERR_OK;
}

static inline uint64_t
seed_of(const struct fcall *c, const union datum *args)
{
	return c->nargs > 1 ? args[1].u : 0;
}

DEFINE_FUNC(fn_hash_word)
{
	return give(c, hash_digest_u32((uint32_t) args[0].u, seed_of(c, args)), ret);
}

DEFINE_FUNC(fn_hash_int8)
{
	return give(c, hash_digest_u32(hash_fold_int8(args[0].i), seed_of(c, args)), ret);
}

struct mix
hash_digest_float(double v, uint64_t seed)
{
	if (isnan(v))
		v = (double) NAN;
	return hash_digest(&v, sizeof v, seed);
}

/* Zeros are equal whatever their sign, and so are all NaNs. */
DEFINE_FUNC(fn_hash_float)
{
	if (args[0].f == 0) {
		if (c->nargs > 1)
			ret->u = args[1].u;
		else
			ret->i = 0;
		return ERR_OK;
	}
	return give(c, hash_digest_float(args[0].f, seed_of(c, args)), ret);
}

DEFINE_FUNC(fn_hash_bytes)
{
	return give(c, hash_digest(bytes_data(args[0].b), bytes_len(args[0].b), seed_of(c, args)), ret);
}

DEFINE_FUNC(fn_hash_bpchar)
{
	return give(c, hash_digest(bytes_data(args[0].b), hash_bpchar_len(args[0].b), seed_of(c, args)), ret);
}

/* "char" is signed here, as its C type was. */
DEFINE_FUNC(fn_hash_char)
{
	return give(c, hash_digest_u32((uint32_t) (int8_t) args[0].u, seed_of(c, args)), ret);
}
