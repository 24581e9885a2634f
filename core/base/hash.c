/* hash.c - the seeded byte hash and the open-addressed map. */
#include "config.h"
#include "core/base/hash.h"

#include <stdlib.h>
#include <sys/random.h>

#include "core/base/attr.h"
#include "core/base/log.h"

static uint64_t seed;

/* Before all other constructors: some fill maps. */

__attribute__((constructor(101))) static void
hash_seed(void)
{
	if (getrandom(&seed, sizeof seed, 0) != (ssize_t) sizeof seed)
		seed = (uintptr_t) &seed;
}

uint64_t
hash_bytes(const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	uint64_t h = seed ^ len * UINT64_C(0x9e3779b97f4a7c15);

	for (; len >= 8; p += 8, len -= 8) {
		uint64_t w;
		memcpy(&w, p, 8);
		h = hash_mix(h, w);
	}
	if (len != 0) {
		uint64_t w = 0;
		memcpy(&w, p, len);
		h = hash_mix(h, w);
	}
	return hash_u64(h);
}

static struct map_slot *
probe(const struct map *m, const void *key, size_t len, uint64_t hash)
{
	struct map_slot *grave = NULL;

	for (size_t i = hash & (m->cap - 1); ; i = (i + 1) & (m->cap - 1)) {
		struct map_slot *s = &m->slots[i];
		if (s->key == NULL)
			return grave != NULL ? grave : s;
		if (s->value == NULL) {
			if (grave == NULL)
				grave = s;
		} else if (s->hash == hash && s->len == len && memcmp(s->key, key, len) == 0) {
			return s;
		}
	}
}

static void
rehash(struct map *m)
{
	size_t cap = 16;

	while (cap < (m->n + 1) * 2)
		cap *= 2;
	struct map old = *m;
	m->slots = calloc(cap, sizeof *m->slots);
	if (m->slots == NULL) {
		log_write(LOG_FATAL, "out of memory: a map of %zu slots", cap);
		abort();
	}
	m->cap = cap;
	m->used = m->n;
	for (size_t i = 0; i < old.cap; i++) {
		const struct map_slot *s = &old.slots[i];
		if (s->key != NULL && s->value != NULL)
			*probe(m, s->key, s->len, s->hash) = *s;
	}
	free(old.slots);
}

void *
map_get(const struct map *m, const void *key, size_t len)
{
	return m->n == 0 ? NULL : probe(m, key, len, hash_bytes(key, len))->value;
}

void *
map_put(struct map *m, const void *key, size_t len, void *value)
{
	uint64_t hash = hash_bytes(key, len);

	if ((m->used + 1) * 4 > m->cap * 3)
		rehash(m);
	struct map_slot *s = probe(m, key, len, hash);
	void *old = s->value;
	if (s->key == NULL)
		m->used++;
	if (old == NULL)
		m->n++;
	*s = (struct map_slot) { .key = key, .len = len, .hash = hash, .value = value };
	return old;
}

void *
map_remove(struct map *m, const void *key, size_t len)
{
	if (m->n == 0)
		return NULL;
	struct map_slot *s = probe(m, key, len, hash_bytes(key, len));
	void *old = s->value;
	if (old != NULL) {
		s->value = NULL;
		m->n--;
	}
	return old;
}

void
map_done(struct map *m)
{
	free(m->slots);
	*m = (struct map) { 0 };
}

const struct map_slot *
map_next(const struct map *m, size_t *i)
{
	while (*i < m->cap) {
		const struct map_slot *s = &m->slots[(*i)++];
		if (s->key != NULL && s->value != NULL)
			return s;
	}
	return NULL;
}
