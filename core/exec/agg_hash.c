/* agg_hash.c - finding and making groups. */
#include "config.h"
#include "core/exec/agg_hash.h"

#include <stdlib.h>

enum { SLOTS_FIRST = 256 };

void
agg_hash_init(struct agg_hash *h, struct aggs *aggs, int nkeys, const struct type *const *types,
	      struct arena *a)
{
	struct key_type *k = ARENA_ARRAY(a, struct key_type, nkeys + 1);

	*h = (struct agg_hash){ .aggs = aggs, .types = k };
	for (int i = 0; i < nkeys; i++)
		k[i] = key_type(types[i]);
	row_shape_init(&h->shape, a, nkeys, types);
}

void
agg_hash_done(struct agg_hash *h)
{
	arena_done(&h->arena);
	free(h->groups);
	free(h->slots);
	free(h->tags);
	*h = (struct agg_hash){ 0 };
}

void
agg_hash_clear(struct agg_hash *h)
{
	const size_t n = h->n;

	arena_reset(&h->arena);
	h->n = 0;
	if (h->slots != NULL && h->mask > 65535 &&
	    n < h->mask / 64) { /* do not clear a lot for a few */
		free(h->slots);
		free(h->tags);
		h->slots = h->tags = NULL;
		h->mask = 0;
	} else if (h->slots != NULL) {
		memset(h->slots, 0, (h->mask + 1) * sizeof *h->slots);
	}
}

size_t
agg_hash_bytes(const struct agg_hash *h)
{
	return h->arena.used + h->cap * sizeof *h->groups +
	       (h->slots != NULL ? (h->mask + 1) * 8 : 0);
}

static void *
must_alloc(size_t n)
{
	void *p = calloc(1, n);

	if (p == NULL)
		abort(); /* as arena_alloc() when nothing is left */
	return p;
}

static void
grow(struct agg_hash *h)
{
	const size_t cap = h->slots == NULL ? SLOTS_FIRST : (h->mask + 1) * 4;

	free(h->slots);
	free(h->tags);
	h->slots = must_alloc(cap * sizeof *h->slots);
	h->tags = must_alloc(cap * sizeof *h->tags);
	h->mask = cap - 1;
	for (size_t i = 0; i < h->n; i++) {
		const uint64_t hash = h->groups[i]->hash;
		size_t s = hash & h->mask;
		while (h->slots[s] != 0)
			s = (s + 1) & h->mask;
		h->slots[s] = (uint32_t) i + 1;
		h->tags[s] = (uint32_t) (hash >> 32);
	}
}

static bool
same_keys(const struct agg_hash *h, const struct row *r, const struct vec *keys, int row)
{
	for (int k = 0; k < h->shape.ncols; k++) {
		const bool a = row_null(&h->shape, r, k), b = vec_null(&keys[k], row);
		if (a != b || (!a && !key_equal(&h->types[k], r->v[k], vec_at(&keys[k], row))))
			return false;
	}
	return true;
}

static struct agg_group *
add(struct agg_hash *h, const struct vec *keys, uint64_t hash, int row)
{
	const size_t states = h->aggs->state_size;

	if (h->n == h->cap) {
		size_t cap = h->cap == 0 ? SLOTS_FIRST : h->cap * 2;
		struct agg_group **more = realloc(h->groups, cap * sizeof *more);
		if (more == NULL)
			abort();
		h->groups = more;
		h->cap = cap;
	}
	struct row *r = row_copy(&h->arena, &h->shape, sizeof(struct agg_group), keys, row);
	struct agg_group *g = (struct agg_group *) r - 1;
	*g = (struct agg_group){ .hash = hash, .number = (int64_t) h->n };
	g->states = arena_alloc(&h->arena, states == 0 ? 1 : states);
	h->groups[h->n++] = g;
	return g;
}

void
agg_hash_prefetch(const struct agg_hash *h, const uint64_t *hashes, const uint16_t *sel, int n)
{
	uint32_t numbers[BATCH_ROWS];

	if (h->slots == NULL || h->n < 2048)
		return; /* all of it is in the cache */
	for (int i = 0; i < n; i++) {
		const uint64_t hash = hashes[sel != NULL ? sel[i] : i];
		__builtin_prefetch(&h->slots[hash & h->mask]);
		__builtin_prefetch(&h->tags[hash & h->mask]);
	}
	for (int i = 0; i < n; i++) {
		numbers[i] = h->slots[hashes[sel != NULL ? sel[i] : i] & h->mask];
		if (numbers[i] != 0)
			__builtin_prefetch(&h->groups[numbers[i] - 1]);
	}
	for (int i = 0; i < n; i++)
		if (numbers[i] != 0)
			__builtin_prefetch(h->groups[numbers[i] - 1]);
}

struct agg_group *
agg_hash_find(struct agg_hash *h, const struct vec *keys, uint64_t hash, int row, bool may_add)
{
	if (h->slots == NULL || h->n * 2 > h->mask)
		grow(h);
	const uint32_t tag = (uint32_t) (hash >> 32);
	size_t s = hash & h->mask;
	for (; h->slots[s] != 0; s = (s + 1) & h->mask) {
		if (h->tags[s] != tag)
			continue;
		struct agg_group *g = h->groups[h->slots[s] - 1];
		if (g->hash == hash && same_keys(h, group_row(g), keys, row))
			return g;
	}
	if (!may_add)
		return NULL;
	struct agg_group *g = add(h, keys, hash, row);
	h->slots[s] = (uint32_t) h->n;
	h->tags[s] = tag;
	aggs_init_states(h->aggs, g->states, &h->arena, row);
	return g;
}

char *
agg_hash_states(void *h, int64_t number)
{
	return ((struct agg_hash *) h)->groups[number]->states;
}
