/* distinct_set.c - a set of rows by hash. */
#include "config.h"
#include "core/exec/distinct_set.h"

#include <stdlib.h>

void
distinct_set_init(struct distinct_set *s, struct arena *a, int ncols,
		  const struct type *const *types)
{
	struct key_type *k = ARENA_ARRAY(a, struct key_type, ncols + 1);

	*s = (struct distinct_set){ .types = k };
	for (int i = 0; i < ncols; i++)
		k[i] = key_type(types[i]);
	row_shape_init(&s->shape, a, ncols, types);
}

void
distinct_set_done(struct distinct_set *s)
{
	arena_done(&s->arena);
	free(s->rows);
	free(s->slots);
	free(s->tags);
	*s = (struct distinct_set){ 0 };
}

void
distinct_set_clear(struct distinct_set *s)
{
	const size_t n = s->n;

	arena_reset(&s->arena);
	s->n = 0;
	if (s->slots != NULL && s->mask > 65535 &&
	    n < s->mask / 64) { /* do not clear a lot for a few */
		free(s->slots);
		free(s->tags);
		s->slots = s->tags = NULL;
		s->mask = 0;
	} else if (s->slots != NULL) {
		memset(s->slots, 0, (s->mask + 1) * sizeof *s->slots);
	}
}

size_t
distinct_set_bytes(const struct distinct_set *s)
{
	return s->arena.used + s->cap * sizeof *s->rows +
	       (s->slots != NULL ? (s->mask + 1) * 8 : 0);
}

static void
grow(struct distinct_set *s)
{
	const size_t cap = s->slots == NULL ? 256 : (s->mask + 1) * 4;

	free(s->slots);
	free(s->tags);
	s->slots = calloc(cap, sizeof *s->slots);
	s->tags = calloc(cap, sizeof *s->tags);
	if (s->slots == NULL || s->tags == NULL)
		abort(); /* as arena_alloc() when nothing is left */
	s->mask = cap - 1;
	for (size_t i = 0; i < s->n; i++) {
		size_t at = s->rows[i]->hash & s->mask;
		while (s->slots[at] != 0)
			at = (at + 1) & s->mask;
		s->slots[at] = (uint32_t) i + 1;
		s->tags[at] = (uint32_t) (s->rows[i]->hash >> 32);
	}
}

static bool
same(const struct distinct_set *s, const struct row *r, const struct vec *cols, int row)
{
	for (int c = 0; c < s->shape.ncols; c++) {
		const bool a = row_null(&s->shape, r, c), b = vec_null(&cols[c], row);
		if (a != b || (!a && !key_equal(&s->types[c], r->v[c], vec_at(&cols[c], row))))
			return false;
	}
	return true;
}

static struct distinct_row *
add_row(struct distinct_set *s, const struct vec *cols, uint64_t hash, int row)
{
	if (s->n == s->cap) {
		size_t cap = s->cap == 0 ? 256 : s->cap * 2;
		struct distinct_row **more = realloc(s->rows, cap * sizeof *more);
		if (more == NULL)
			abort();
		s->rows = more;
		s->cap = cap;
	}
	struct distinct_row *d =
		(struct distinct_row *) row_copy(&s->arena, &s->shape, sizeof *d, cols, row) - 1;
	*d = (struct distinct_row){ .hash = hash };
	s->rows[s->n++] = d;
	return d;
}

struct distinct_row *
distinct_set_find(struct distinct_set *s, const struct vec *cols, uint64_t hash, int row, bool add,
		  bool *ret_new)
{
	if (s->slots == NULL || s->n * 2 > s->mask)
		grow(s);
	const uint32_t tag = (uint32_t) (hash >> 32);
	size_t at = hash & s->mask;
	*ret_new = false;
	for (; s->slots[at] != 0; at = (at + 1) & s->mask)
		if (s->tags[at] == tag) {
			struct distinct_row *d = s->rows[s->slots[at] - 1];
			if (d->hash == hash && same(s, distinct_row(d), cols, row))
				return d;
		}
	if (!add)
		return NULL;
	struct distinct_row *d = add_row(s, cols, hash, row);
	s->slots[at] = (uint32_t) s->n;
	s->tags[at] = tag;
	*ret_new = true;
	return d;
}
