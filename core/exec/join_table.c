/* join_table.c - building the hash table of a join. */
#include "config.h"
#include "core/exec/join_table.h"

#include <stdlib.h>

void
join_table_done(struct join_table *t)
{
	arena_done(&t->arena);
	free(t->dir);
	t->dir = NULL;
}

void
join_table_clear(struct join_table *t)
{
	arena_reset(&t->arena);
	free(t->dir);
	t->dir = NULL;
	t->all = t->nulls = NULL;
	t->n = t->nnulls = 0;
}

void
join_table_link(struct join_table *t, struct join_head *h, uint64_t hash, bool has_null)
{
	struct join_head **list = has_null ? &t->nulls : &t->all;

	h->hash = hash;
	h->matched = 0;
	h->next = *list;
	*list = h;
	if (has_null)
		t->nnulls++;
	else
		t->n++;
}

struct join_head *
join_table_add(struct join_table *t, uint64_t hash, bool has_null, const struct vec *cols, int row)
{
	struct row *r = row_copy(&t->arena, &t->shape, sizeof(struct join_head), cols, row);
	struct join_head *h = (struct join_head *) r - 1;

	join_table_link(t, h, hash, has_null);
	return h;
}

bool
join_table_row_has_null(const struct join_table *t, const struct row *r)
{
	for (int k = 0; k < t->nkeys; k++)
		if (row_null(&t->shape, r, t->key_cols[k]) &&
		    (t->null_equal == NULL || !t->null_equal[k]))
			return true;
	return false;
}

void
join_table_ready(struct join_table *t)
{
	int bits = 6;

	while (((size_t) 1 << bits) < t->n + t->n / 4 && bits < 40)
		bits++;
	free(t->dir);
	t->dir = calloc((size_t) 1 << bits, sizeof *t->dir);
	if (t->dir == NULL)
		abort(); /* as arena_alloc() when nothing is left */
	t->shift = 64 - bits;
	/* `all` is newest first: pushing in that order leaves chains oldest first. */
	for (struct join_head *h = t->all, *next; h != NULL; h = next) {
		uint64_t *word = &t->dir[h->hash >> t->shift];
		next = h->next;
		h->next = (struct join_head *) (uintptr_t) (*word & UINT64_C(0xffffffffffff));
		*word = (*word & ~UINT64_C(0xffffffffffff)) | UINT64_C(1) << (48 + (h->hash & 15)) |
			(uint64_t) (uintptr_t) h;
	}
	t->all = NULL;
}

bool
join_table_equal_slow(const struct join_table *t, const struct join_head *h, const struct vec *keys,
		      int row)
{
	const struct row *r = (const struct row *) (h + 1);

	for (int k = 0; k < t->nkeys; k++) {
		const int c = t->key_cols[k];
		const bool a = vec_null(&keys[k], row), b = row_null(&t->shape, r, c);
		if (a || b) {
			if (a && b && t->null_equal != NULL && t->null_equal[k])
				continue;
			return false;
		}
		if (!key_equal(&t->key_types[k], vec_at(&keys[k], row), r->v[c]))
			return false;
	}
	return true;
}
