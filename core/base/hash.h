/* hash.h - hashing of bytes and words, and a map from byte strings to pointers.
 *
 * The hash is for tables in memory only: it may differ between releases and machines and is
 * never stored.  It is seeded per process, so that a client cannot choose colliding keys.
 *
 * Owner     the map keeps pointers to keys and values, it copies neither; map_done() frees the
 *           table alone.  Thread: one writer or many readers.  Failure: out of memory ends the
 *           process (tables are small).  Cost: open addressing, load at most 3/4. */
#ifndef CORE_BASE_HASH_H
#define CORE_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

uint64_t hash_bytes(const void *bytes, size_t len);

static inline uint64_t
hash_u64(uint64_t x)            /* the finaliser of splitmix64 */
{
	x ^= x >> 30;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	x ^= x >> 27;
	x *= UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static inline uint64_t
hash_mix(uint64_t a, uint64_t b)
{
	return hash_u64(a ^ (b + UINT64_C(0x9e3779b97f4a7c15) + (a << 6) + (a >> 2)));
}

struct map_slot {
	const void *key;                /* NULL: free */
	size_t      len;
	uint64_t    hash;
	void       *value;              /* NULL: deleted */
};

struct map {
	struct map_slot *slots;
	size_t n, used, cap;            /* live, live + deleted, power of two */
};

void *map_get(const struct map *m, const void *key, size_t len);
void *map_put(struct map *m, const void *key, size_t len, void *value);    /* returns the old value */
void *map_remove(struct map *m, const void *key, size_t len);
void  map_done(struct map *m);

static inline void *map_gets(const struct map *m, const char *key) { return map_get(m, key, strlen(key)); }
static inline void *map_puts(struct map *m, const char *key, void *v) { return map_put(m, key, strlen(key), v); }

/* Iterate: for (size_t i = 0; (slot = map_next(&m, &i)) != NULL; ) */
const struct map_slot *map_next(const struct map *m, size_t *i);

#endif
