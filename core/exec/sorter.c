/* sorter.c - keys, comparison, merge sort in memory, dropping what is past the top.
 *
 * Not here: runs on disk (sorter_runs.c). */
#include "config.h"
#include "core/exec/sorter.h"

#include <stdlib.h>

#include "core/exec/keys.h"

enum { INSERTION = 8, TOP_SLACK = 4096 };

void
sorter_init(struct sorter *s, struct exec *x, int ncols, const struct type *const *types, int nkeys,
	    const struct sort_col *keys, size_t limit)
{
	struct arena *a = &x->arena;
	const struct type **all = ARENA_ARRAY(a, const struct type *, ncols + nkeys + 1);

	*s = (struct sorter){ .x = x,
			      .ncols = ncols,
			      .nkeys = nkeys,
			      .keys = keys,
			      .top = -1,
			      .limit = exec_store(x) != NULL ? limit : 0 };
	for (int c = 0; c < ncols; c++)
		all[c] = types[c];
	for (int k = 0; k < nkeys; k++) {
		all[ncols + k] = keys[k].type;
		s->by_value |= keys[k].type->ops->key == NULL;
	}
	s->by_word = nkeys == 1 && key_word_order(keys[0].type);
	row_shape_init(&s->shape, a, s->by_value ? ncols + nkeys : ncols, all);
	strbuf_init(&s->key, NULL);
	if (s->by_value)
		s->all = ARENA_ARRAY(a, struct vec, ncols + nkeys + 1);
}

void
sorter_top(struct sorter *s, int64_t top, bool per_ordinal)
{
	s->top = top;
	s->per_ordinal = per_ordinal;
}

void
sorter_clear(struct sorter *s)
{
	sort_runs_close(s);
	arena_reset(&s->arenas[0]);
	arena_reset(&s->arenas[1]);
	s->n = s->at = 0;
	s->finished = false;
	memset(s->has_cut, 0, sizeof s->has_cut);
}

void
sorter_done(struct sorter *s)
{
	if (s->x == NULL)
		return;
	sort_runs_close(s);
	arena_done(&s->arenas[0]);
	arena_done(&s->arenas[1]);
	arena_done(&s->merge_arena);
	free(s->e);
	free(s->tmp);
	free(s->counts);
	strbuf_done(&s->key);
	s->x = NULL;
}

/* -- keys ------------------------------------------------------------------------------------- */
static uint64_t
word_key(const struct sort_col *k, union datum d)
{
	uint64_t u = d.u;

	if (k->type->is_float) {
		double f = d.f == 0 ? 0 : d.f;
		memcpy(&u, &f, sizeof u);
		u = f != f ? UINT64_MAX : u >> 63 != 0 ? ~u : u | UINT64_C(1) << 63;
	} else {
		u ^= UINT64_C(1) << 63;
	}
	return k->desc ? ~u : u;
}

static void
make_key(struct sorter *s, const struct vec *keys, int row)
{
	strbuf_clear(&s->key);
	for (int k = 0; k < s->nkeys; k++) {
		const struct sort_col *c = &s->keys[k];

		if (vec_null(&keys[k], row)) {
			strbuf_putc(&s->key, c->nulls_first ? 0 : 2);
			continue;
		}
		strbuf_putc(&s->key, 1);
		size_t at = s->key.len;
		const struct type *t = c->type;
		t->ops->key(t, vec_at(&keys[k], row), &s->key);
		if (c->desc)
			for (; at < s->key.len; at++)
				s->key.data[at] = (char) ~s->key.data[at];
	}
}

static uint64_t
prefix_of(const char *key, size_t len)
{
	uint8_t b[8] = { 0 };
	uint64_t u;

	memcpy(b, key, len < 8 ? len : 8);
	memcpy(&u, b, sizeof u);
	return __builtin_bswap64(u);
}

/* -- comparison ------------------------------------------------------------------------------- */
static int
compare_values(const struct sorter *s, const struct row *a, const struct row *b)
{
	for (int k = 0; k < s->nkeys; k++) {
		const struct sort_col *key = &s->keys[k];
		const int c = s->ncols + k;
		const bool na = row_null(&s->shape, a, c), nb = row_null(&s->shape, b, c);

		if (na || nb) {
			if (na != nb)
				return na == key->nulls_first ? -1 : 1;
			continue;
		}
		int d = key->type->ops->cmp(key->type, a->v[c], b->v[c]);
		if (d != 0)
			return key->desc ? -d : d;
	}
	return 0;
}

int
sort_compare(const struct sorter *s, const struct sort_entry *a, const struct sort_entry *b)
{
	if (s->by_value)
		return compare_values(s, a->row, b->row);
	const struct sort_head *ha = sort_head(a->row), *hb = sort_head(b->row);
	if (s->by_word && ha->null != hb->null)
		return (ha->null != 0) == s->keys[0].nulls_first ? -1 : 1;
	if (a->prefix != b->prefix)
		return a->prefix < b->prefix ? -1 : 1;
	if (s->by_word)
		return 0;
	uint32_t n = ha->keylen < hb->keylen ? ha->keylen : hb->keylen;
	int d = memcmp(sort_key_bytes(a->row), sort_key_bytes(b->row), n);
	return d != 0 ? d : (ha->keylen > hb->keylen) - (ha->keylen < hb->keylen);
}

/* Prefixes differ nearly always; with word keys and no nulls they are all there is. */
static inline bool
before(const struct sorter *s, const struct sort_entry *a, const struct sort_entry *b, bool words)
{
	if (words)
		return a->prefix < b->prefix;
	return sort_compare(s, a, b) < 0;
}

/* Stable: b goes first only when it is less. */
static inline void
merge(const struct sorter *s, const struct sort_entry *a, size_t na, const struct sort_entry *b,
      size_t nb, struct sort_entry *to, bool words)
{
	const struct sort_entry *enda = a + na, *endb = b + nb;

	while (a < enda && b < endb) {
		const bool right = before(s, b, a, words);
		const struct sort_entry *from = right ? b : a;
		*to++ = *from;
		b += right;
		a += !right;
	}
	if (a < enda)
		memcpy(to, a, (size_t) (enda - a) * sizeof *to);
	else if (b < endb)
		memcpy(to, b, (size_t) (endb - b) * sizeof *to);
}

static inline void
insertion(const struct sorter *s, struct sort_entry *e, size_t n, bool words)
{
	for (size_t i = 1; i < n; i++) {
		struct sort_entry x = e[i];
		size_t j = i;
		for (; j > 0 && before(s, &x, &e[j - 1], words); j--)
			e[j] = e[j - 1];
		e[j] = x;
	}
}

static inline void
merge_sort(struct sorter *s, bool words)
{
	struct sort_entry *from = s->e, *to = s->tmp;

	for (size_t i = 0; i < s->n; i += INSERTION)
		insertion(s, from + i, s->n - i < INSERTION ? s->n - i : INSERTION, words);
	for (size_t width = INSERTION; width < s->n; width *= 2) {
		for (size_t i = 0; i < s->n; i += width * 2) {
			size_t na = s->n - i < width ? s->n - i : width;
			size_t nb = s->n - i - na < width ? s->n - i - na : width;
			merge(s, from + i, na, from + i + na, nb, to + i, words);
		}
		struct sort_entry *t = from;
		from = to;
		to = t;
	}
	if (from != s->e) { /* the result lies in tmp: swap the two */
		size_t cap = s->cap;
		s->tmp = s->e;
		s->e = from;
		s->cap = s->tmp_cap;
		s->tmp_cap = cap;
	}
}

void
sort_entries(struct sorter *s)
{
	bool words = s->by_word, sorted = true;

	for (size_t i = 1; i < s->n && sorted; i++)
		sorted = sort_compare(s, &s->e[i - 1], &s->e[i]) <= 0;
	if (sorted)
		return;
	for (size_t i = 0; i < s->n && words; i++)
		words = sort_head(s->e[i].row)->null == 0;
	if (s->tmp_cap < s->cap) {
		free(s->tmp);
		s->tmp = malloc(s->cap * sizeof *s->tmp);
		s->tmp_cap = s->cap;
		if (s->tmp == NULL)
			abort(); /* as arena_alloc() when nothing is left */
	}
	if (words)
		merge_sort(s, true);
	else
		merge_sort(s, false);
}

/* -- rows ------------------------------------------------------------------------------------- */
static struct row *
row_keep(struct sorter *s, const struct vec *cols, const struct vec *keys, int row, bool null)
{
	const size_t keylen = s->by_word || s->by_value ? 0 : s->key.len,
		     padded = (keylen + 7) & ~(size_t) 7;
	const struct vec *from = cols;

	if (s->by_value) {
		memcpy(s->all, cols, (size_t) s->ncols * sizeof *cols);
		memcpy(s->all + s->ncols, keys, (size_t) s->nkeys * sizeof *keys);
		from = s->all;
	}
	struct row *r = row_copy(&s->arenas[s->arena], &s->shape, padded + sizeof(struct sort_head),
				 from, row);
	struct sort_head *h = sort_head(r);
	*h = (struct sort_head){ (uint32_t) keylen, null };
	if (keylen != 0)
		memcpy((char *) h - padded, s->key.data, keylen);
	return r;
}

struct row *
sort_row_move(const struct sorter *s, struct arena *to, const struct row *r)
{
	const size_t head = sizeof(struct sort_head) + ((sort_head(r)->keylen + 7) & ~7u),
		     size = row_bytes(&s->shape, r);
	char *copy = arena_alloc(to, head + size + 1);
	struct row *n = (struct row *) (copy + head);

	memcpy(copy, (const char *) r - head, head + size);
	for (int c = 0; s->shape.any_byref && c < s->shape.ncols; c++)
		if (s->shape.byref[c] && !row_null(&s->shape, r, c))
			n->v[c].b = (const struct bytes *) ((const char *) n +
							    ((const char *) r->v[c].b -
							     (const char *) r));
	return n;
}

/* The rows past the top go; the others move to the other arena, which frees the rest. */
static void
drop_rest(struct sorter *s)
{
	static _Thread_local int64_t count[BATCH_ROWS];
	struct arena *to = &s->arenas[!s->arena];
	size_t m = 0;

	sort_entries(s);
	memset(count, 0, sizeof count);
	for (size_t i = 0; i < s->n; i++) {
		const struct row *r = s->e[i].row;
		int o = s->per_ordinal ? (int) (r->v[0].i & (BATCH_ROWS - 1)) : 0;

		if (count[o]++ >= s->top)
			continue;
		s->e[m] = (struct sort_entry){ s->e[i].prefix, sort_row_move(s, to, r) };
		if (count[o] == s->top) {
			s->has_cut[o] = true;
			s->cut[o] = s->e[m];
		}
		m++;
	}
	s->n = m;
	arena_reset(&s->arenas[s->arena]);
	s->arena = !s->arena;
}

/* Can this row not be among the top any more? */
static bool
is_cut(const struct sorter *s, const struct vec *cols, uint64_t prefix, bool null, int row)
{
	const int o = s->per_ordinal ? (int) (vec_at(&cols[0], row).i & (BATCH_ROWS - 1)) : 0;

	if (!s->has_cut[o] || s->by_value)
		return false;
	const struct sort_entry *cut = &s->cut[o];
	const struct sort_head *h = sort_head(cut->row);
	if (s->by_word && null != (h->null != 0))
		return null != s->keys[0].nulls_first;
	if (prefix != cut->prefix || s->by_word)
		return prefix >= cut->prefix;
	uint32_t n = s->key.len < h->keylen ? (uint32_t) s->key.len : h->keylen;
	return memcmp(s->key.data, sort_key_bytes(cut->row), n) > 0;
}

static int
make_room(struct sorter *s, struct err *e)
{
	const size_t used = s->arenas[s->arena].used + s->n * sizeof *s->e * 2;

	if (s->top >= 0) {
		size_t keep = s->per_ordinal ? (size_t) s->top * BATCH_ROWS : (size_t) s->top;
		if (s->n >= keep + keep / 2 + TOP_SLACK && (size_t) s->top < s->n)
			drop_rest(s);
	}
	if (s->limit != 0 && used > s->limit && s->n >= BATCH_ROWS) {
		int rc = sort_run_write(s, e);
		if (rc != ERR_OK)
			return rc;
	}
	if (s->n == s->cap) {
		size_t cap = s->cap == 0 ? 256 : s->cap * 2;
		struct sort_entry *more = realloc(s->e, cap * sizeof *more);
		if (more == NULL)
			return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
		s->e = more;
		s->cap = cap;
	}
	return ERR_OK;
}

int
sorter_add(struct sorter *s, const struct vec *cols, const struct vec *keys, int row, struct err *e)
{
	uint64_t prefix = 0;
	bool null = false;

	if (s->top == 0)
		return ERR_OK;
	if (s->by_word) {
		null = vec_null(&keys[0], row);
		prefix = null ? 0 : word_key(&s->keys[0], vec_at(&keys[0], row));
	} else if (!s->by_value) {
		make_key(s, keys, row);
		prefix = prefix_of(s->key.data, s->key.len);
	}
	if (s->top > 0 && is_cut(s, cols, prefix, null, row))
		return ERR_OK;
	int rc = make_room(s, e);
	if (rc != ERR_OK)
		return rc;
	s->e[s->n++] = (struct sort_entry){ prefix, row_keep(s, cols, keys, row, null) };
	return ERR_OK;
}

int
sorter_finish(struct sorter *s, struct err *e)
{
	int rc = arena_check(&s->arenas[s->arena], e);

	if (rc != ERR_OK)
		return rc;
	s->finished = true;
	s->at = 0;
	if (s->nruns != 0)
		return sort_runs_begin(s, e);
	if (s->top >= 0 && s->n != 0)
		drop_rest(s);
	else
		sort_entries(s);
	return ERR_OK;
}

int
sorter_next(struct sorter *s, const struct row **rows, int max, int *ret_n, struct err *e)
{
	int n = 0;

	if (s->nruns != 0)
		return sort_runs_next(s, rows, max, ret_n, e);
	while (n < max && s->at < s->n)
		rows[n++] = s->e[s->at++].row;
	*ret_n = n;
	return ERR_OK;
}
