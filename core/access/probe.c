/* probe.c - batched lookups: many keys, sorted once, each looked up once.
 *
 * Sorted keys make the walk go forward only: an entry already passed answers "not there" for all
 * keys before it, and neighbours are found on the page in hand.
 *
 * Not here: from entries to rows (fetch.c). */
#include "config.h"
#include "core/access/scan.h"

#include <assert.h>
#include <stdlib.h>

#include "storage/key.h"
#include "storage/lock.h"

/* --- the keys --------------------------------------------------------------------------------- */

static int
compare_bytes(const uint8_t *a, uint32_t alen, const uint8_t *b, uint32_t blen)
{
	int cmp = memcmp(a, b, alen < blen ? alen : blen);

	if (cmp != 0 || alen == blen)
		return cmp;
	return alen < blen ? -1 : 1;
}

static int
key_order(const void *a, const void *b)
{
	const struct probe_key *x = a, *y = b;
	int cmp;

	if (x->head != y->head)
		return x->head < y->head ? -1 : 1;
	cmp = compare_bytes(x->key, x->klen, y->key, y->klen);
	if (cmp == 0 && x->exact != NULL)
		cmp = compare_bytes(x->exact, x->exact_len, y->exact, y->exact_len);
	return cmp != 0 ? cmp : (int) x->ordinal - (int) y->ordinal;
}

static bool
same_group(const struct probe_key *x, const struct probe_key *y)
{
	return x->head == y->head && compare_bytes(x->key, x->klen, y->key, y->klen) == 0 &&
	       (x->exact == NULL ||
		compare_bytes(x->exact, x->exact_len, y->exact, y->exact_len) == 0);
}

static uint64_t
head_of(const uint8_t *p, uint32_t len)
{
	uint64_t h = 0;

	memcpy(&h, p, len < sizeof h ? len : sizeof h);
	return __builtin_bswap64(h);
}

static int
probe_reset(struct table_scan *s, int n, struct err *e)
{
	struct probe *p = &s->probe;

	if (s->mode == SCAN_SYSTEM)
		return err_set(e, ERR_INTERNAL_ERROR, "system relation \"%s\" has no keys",
			       s->rel->o.name);
	assert(n <= BATCH_ROWS);
	arena_reset(&s->arena);
	if (p->ranged)
		cursor_set_bounds(s->walk, NULL, 0, NULL, 0);
	*p = (struct probe){ .keys = arena_alloc(&s->arena, (size_t) (n + 1) * sizeof *p->keys) };
	strbuf_init(&p->last, &s->arena);
	if (!s->probing)
		cursor_set_bounds(s->walk, NULL, 0, NULL, 0);
	s->probing = true;
	return ERR_OK;
}

static void
probe_sort(struct probe *p)
{
	bool sorted = true;

	for (int i = 1; i < p->n && sorted; i++)
		sorted = key_order(&p->keys[i - 1], &p->keys[i]) < 0;
	if (!sorted)
		qsort(p->keys, (size_t) p->n, sizeof *p->keys, key_order);
}

/* Encode one probe row; false: a null, which finds nothing. */
static bool
add_key(struct table_scan *s, int nkeys, const struct vec *keys, int row, struct strbuf *b)
{
	struct probe_key *k = &s->probe.keys[s->probe.n];
	size_t start = b->len;

	for (int c = 0; c < nkeys; c++)
		if (vec_null(&keys[c], row))
			return false;
	for (int c = 0; c < nkeys; c++) {
		if (!s->index->clustered)
			key_add_present(b);
		s->kind->add(s->index, c, vec_at(&keys[c], row), b);
	}
	k->klen = (uint32_t) (b->len - start);
	k->exact = NULL;
	if (s->recheck) {
		start = b->len;
		for (int c = 0; c < nkeys; c++) {
			const struct type *t = s->index->cols[c].type;

			t->ops->key(t, vec_at(&keys[c], row), b);
		}
		k->exact_len = (uint32_t) (b->len - start);
	}
	return true;
}

int
table_probe_begin(struct table_scan *s, int nkeys, const struct vec *keys, const uint16_t *sel,
		  int n, struct err *e)
{
	struct probe *p = &s->probe;
	const uint8_t *at;
	struct strbuf b;
	int rc;

	rc = probe_reset(s, n, e);
	if (rc != ERR_OK)
		return rc;
	assert(s->index != NULL && nkeys >= 1 && nkeys <= s->index->nkeys);
	p->nkeys = nkeys;
	p->exact = nkeys == s->index->nkeys && !index_key_has_row(s->index, false);
	strbuf_init(&b, &s->arena);
	for (int i = 0; i < n; i++) {
		int row = sel != NULL ? sel[i] : i;

		p->keys[p->n].ordinal = (uint16_t) row;
		if (add_key(s, nkeys, keys, row, &b))
			p->n++;
	}
	at = (const uint8_t *) b.data; /* the buffer has stopped moving */
	for (int i = 0; i < p->n; i++) {
		p->keys[i].key = at;
		p->keys[i].head = head_of(at, p->keys[i].klen);
		at += p->keys[i].klen;
		if (s->recheck) {
			p->keys[i].exact = at;
			at += p->keys[i].exact_len;
		}
	}
	probe_sort(p);
	s->counts.probes += (uint64_t) p->n;
	return arena_check(&s->arena, e);
}

/* The bytes between which the entries of one probe row are; false: there are none. */
static bool
add_range(struct table_scan *s, int nkeys, const struct vec *keys, const struct probe_range *r, int row)
{
	struct probe_key *k = &s->probe.keys[s->probe.n];
	union datum eq[INDEX_COLS_MAX], lo, hi;
	struct scan_bounds b = { .neq = nkeys, .eq = eq, .not_null = true };

	for (int c = 0; c < nkeys; c++) {
		if (vec_null(&keys[c], row))
			return false;
		eq[c] = vec_at(&keys[c], row);
	}
	if ((r->lo != NULL && vec_null(r->lo, row)) || (r->hi != NULL && vec_null(r->hi, row)))
		return false;
	if (r->lo != NULL) {
		lo = vec_at(r->lo, row);
		b.lo = (struct scan_bound){ 1, r->lo_incl, &lo };
	}
	if (r->hi != NULL) {
		hi = vec_at(r->hi, row);
		b.hi = (struct scan_bound){ 1, r->hi_incl, &hi };
	}
	scan_encode_bounds(s, &b);
	if (s->empty)
		return false;
	k->klen = s->has_lo ? (uint32_t) s->lo.len : 0;
	k->key = arena_dup(&s->arena, s->lo.data, k->klen);
	k->head = head_of(k->key, k->klen);
	k->elen = s->has_hi ? (uint32_t) s->hi.len : 0;
	k->end = s->has_hi ? arena_dup(&s->arena, s->hi.data, k->elen) : NULL;
	k->exact = NULL;
	k->ordinal = (uint16_t) row;
	return k->end == NULL || compare_bytes(k->key, k->klen, k->end, k->elen) < 0;
}

int
table_probe_ranges(struct table_scan *s, int nkeys, const struct vec *keys,
		   const struct probe_range *range, const uint16_t *sel, int n, struct err *e)
{
	struct probe *p = &s->probe;
	int rc;

	rc = probe_reset(s, n, e);
	if (rc != ERR_OK)
		return rc;
	assert(s->index != NULL && nkeys < s->index->nkeys && !s->recheck);
	p->nkeys = nkeys;
	p->ranged = true;
	for (int i = 0; i < n; i++)
		if (add_range(s, nkeys, keys, range, sel != NULL ? sel[i] : i))
			p->n++;
	probe_sort(p);
	s->counts.probes += (uint64_t) p->n;
	return arena_check(&s->arena, e);
}

int
table_probe_rows(struct table_scan *s, const struct vec *row_keys, const uint16_t *sel, int n,
		 struct err *e)
{
	struct probe *p = &s->probe;
	int rc;

	rc = probe_reset(s, n, e);
	if (rc != ERR_OK)
		return rc;
	assert(s->mode == SCAN_ROWS);
	p->exact = true;
	for (int i = 0; i < n; i++) {
		int row = sel != NULL ? sel[i] : i;
		struct probe_key *k = &p->keys[p->n];
		const struct bytes *key;

		if (vec_null(row_keys, row))
			continue;
		key = vec_at(row_keys, row).b;
		k->klen = bytes_len(key);
		k->key = arena_dup(&s->arena, bytes_data(key), k->klen);
		k->head = head_of(k->key, k->klen);
		k->ordinal = (uint16_t) row;
		k->exact = NULL;
		p->n++;
	}
	probe_sort(p);
	s->counts.probes += (uint64_t) p->n;
	return arena_check(&s->arena, e);
}

/* --- walking ---------------------------------------------------------------------------------- */

static bool
has_prefix(const struct cursor *c, const struct probe_key *k)
{
	return c->klen >= k->klen && memcmp(c->key, k->key, k->klen) == 0;
}

/* Is the key the one after the row in hand, most likely? */
static bool
looks_next(const struct cursor *c, const struct probe_key *k)
{
	uint32_t n = k->klen;

	return n > 0 && c->klen == n && memcmp(c->key, k->key, n - 1) == 0 &&
	       k->key[n - 1] - c->key[n - 1] == 1;
}

static int
seek_exact(struct table_scan *s, const struct probe_key *k, bool *ret_match, struct err *e)
{
	struct probe *p = &s->probe;
	struct cursor *c = s->walk;
	int rc;

	if (p->on_row && looks_next(c, k)) {
		rc = cursor_next(c, &p->on_row, e);
		if (rc != ERR_OK)
			return rc;
		if (p->on_row && c->klen == k->klen && memcmp(c->key, k->key, k->klen) == 0) {
			*ret_match = true;
			return ERR_OK;
		}
	}
	rc = cursor_seek(c, CURSOR_EXACT, k->key, k->klen, &p->on_row, e);
	*ret_match = p->on_row;
	return rc;
}

static int
seek_last(struct table_scan *s, const struct probe_key *k, bool *ret_match, struct err *e)
{
	struct probe *p = &s->probe;
	struct strbuf end;
	int rc;

	strbuf_init(&end, &s->arena);
	strbuf_add(&end, k->key, k->klen);
	if (key_prefix_end(&end))
		rc = cursor_seek(s->walk, CURSOR_LT, end.data, end.len, &p->on_row, e);
	else
		rc = cursor_last(s->walk, &p->on_row, e);
	*ret_match = rc == ERR_OK && p->on_row && has_prefix(s->walk, k);
	return rc;
}

/* To the first entry of the group in hand. */
static int
group_first(struct table_scan *s, bool *ret_match, struct err *e)
{
	struct probe *p = &s->probe;
	const struct probe_key *k = &p->keys[p->at];
	struct cursor *c = s->walk;
	int rc;

	if (p->exact)
		return seek_exact(s, k, ret_match, e);
	if (s->req.backward)
		return seek_last(s, k, ret_match, e);
	if (p->on_row) { /* keys only grow: what is passed cannot match */
		*ret_match = has_prefix(s->walk, k);
		if (*ret_match || compare_bytes(c->key, (uint32_t) c->klen, k->key, k->klen) > 0)
			return ERR_OK;
	}
	rc = cursor_seek(c, CURSOR_GE, k->key, k->klen, &p->on_row, e);
	*ret_match = rc == ERR_OK && p->on_row && has_prefix(s->walk, k);
	return rc;
}

static int
group_next(struct table_scan *s, bool *ret_match, struct err *e)
{
	struct probe *p = &s->probe;
	const struct probe_key *k = &p->keys[p->at];
	int rc;

	if (!p->on_row && p->last.len > 0)
		rc = cursor_seek(s->walk, s->req.backward ? CURSOR_LT : CURSOR_GT, p->last.data,
				 p->last.len, &p->on_row, e);
	else if (s->req.backward)
		rc = cursor_prev(s->walk, &p->on_row, e);
	else
		rc = cursor_next(s->walk, &p->on_row, e);
	*ret_match = rc == ERR_OK && p->on_row && has_prefix(s->walk, k);
	return rc;
}

/* The group's next entry under the cursor, or none left. */
static int
group_step(struct table_scan *s, bool *ret_match, struct err *e)
{
	struct probe *p = &s->probe;
	int rc;

	if ((s->req.limit_each > 0 && !s->recheck && p->taken == s->req.limit_each) ||
	    (p->exact && p->begun)) {
		*ret_match = false;
		return ERR_OK;
	}
	rc = p->begun ? group_next(s, ret_match, e) : group_first(s, ret_match, e);
	p->begun = true;
	if (rc == ERR_OK && *ret_match) {
		p->taken++;
		if (s->mode != SCAN_ROWS)
			s->counts.index_entries++;
	}
	return rc;
}

static void
copy_entry(struct table_scan *s, struct arena *a, struct entry *to)
{
	const struct cursor *c = s->walk;

	to->key = arena_dup(a, c->key, c->klen);
	to->klen = (uint32_t) c->klen;
	to->value = arena_dup(a, c->value, c->vlen);
	to->vlen = (uint32_t) c->vlen;
}

/* --- groups ----------------------------------------------------------------------------------- */

static void
next_group(struct probe *p)
{
	p->end = p->at + 1;
	while (!p->ranged && p->end < p->n && same_group(&p->keys[p->at], &p->keys[p->end]))
		p->end++;
	p->begun = false;
	p->taken = 0;
	p->ngathered = 0;
	p->next_key = p->at;
	p->next_entry = 0;
	p->last.len = 0;
}

/* All entries of a group that several probe rows share. */
static int
gather(struct table_scan *s, struct err *e)
{
	struct probe *p = &s->probe;
	bool match;
	int rc;

	for (;;) {
		rc = group_step(s, &match, e);
		if (rc != ERR_OK || !match)
			return rc;
		if (p->ngathered == p->gathered_cap) {
			int cap = p->gathered_cap == 0 ? 16 : p->gathered_cap * 2;
			struct entry *more = arena_alloc(&s->arena, (size_t) cap * sizeof *more);

			if (p->ngathered != 0)
				memcpy(more, p->gathered, (size_t) p->ngathered * sizeof *more);
			p->gathered = more;
			p->gathered_cap = cap;
		}
		copy_entry(s, &s->arena, &p->gathered[p->ngathered++]);
	}
}

/* Give the gathered entries for one probe row after the other. */
static void
give_gathered(struct table_scan *s, struct arena *batch, int *n)
{
	struct probe *p = &s->probe;

	if (p->ngathered == 0)
		p->next_key = p->end;
	while (*n < BATCH_ROWS && p->next_key < p->end) {
		const struct entry *from = &p->gathered[p->next_entry];
		struct entry *to = &s->entries[*n];

		to->key = arena_dup(batch, from->key, from->klen);
		to->klen = from->klen;
		to->value = arena_dup(batch, from->value, from->vlen);
		to->vlen = from->vlen;
		s->hits[(*n)++] = &p->keys[p->next_key];
		if (++p->next_entry == p->ngathered) {
			p->next_entry = 0;
			p->next_key++;
		}
	}
	if (p->next_key == p->end)
		p->at = p->end;
}

static int
give_single(struct table_scan *s, struct arena *batch, int *n, struct err *e)
{
	struct probe *p = &s->probe;
	bool match;
	int rc;

	while (*n < BATCH_ROWS) {
		rc = group_step(s, &match, e);
		if (rc != ERR_OK)
			return rc;
		if (!match) {
			p->at = p->end;
			return ERR_OK;
		}
		copy_entry(s, batch, &s->entries[*n]);
		s->hits[(*n)++] = &p->keys[p->at];
	}
	return ERR_OK;
}

/* Where the range in hand, or what is left of it, is walked.  Other reads of the latest state end the
 * cursor's position: there it begins again after the last entry. */
static void
set_range(struct table_scan *s)
{
	struct probe *p = &s->probe;
	const struct probe_key *k = &p->keys[p->at];
	const bool back = s->req.backward, on = p->last.len > 0;

	if (on && !back)
		strbuf_putc(&p->last, '\0');
	cursor_set_bounds(s->walk, on && !back ? (const uint8_t *) p->last.data : k->klen > 0 ? k->key : NULL,
			  on && !back ? p->last.len : k->klen,
			  on && back ? (const uint8_t *) p->last.data : k->end,
			  on && back ? p->last.len : k->elen);
}

/* Entries of a range, many at a time. */
static int
give_range(struct table_scan *s, struct arena *batch, int *n, struct err *e)
{
	struct probe *p = &s->probe;
	const uint8_t *keys[BATCH_ROWS], *values[BATCH_ROWS];
	uint32_t klen[BATCH_ROWS], vlen[BATCH_ROWS];
	struct cursor_batch b = { .max = BATCH_ROWS - *n, .backward = s->req.backward, .key = keys,
				  .value = values, .klen = klen, .vlen = vlen, .arena = batch };
	const int left = s->req.limit_each - p->taken;

	if (s->req.limit_each > 0 && left < b.max)
		b.max = left;
	if (!p->begun || s->req.latest)
		set_range(s);
	p->begun = true;
	int rc = cursor_fill(s->walk, &b, e);
	if (rc != ERR_OK)
		return rc;
	for (int i = 0; i < b.n; i++, (*n)++) {
		s->entries[*n] = (struct entry){ keys[i], values[i], klen[i], vlen[i] };
		s->hits[*n] = &p->keys[p->at];
	}
	p->taken += b.n;
	if (s->mode != SCAN_ROWS)
		s->counts.index_entries += (uint64_t) b.n;
	if (b.n < b.max || (s->req.limit_each > 0 && p->taken == s->req.limit_each))
		p->at = p->end;
	return ERR_OK;
}

/* The one row that is wanted, for each key that finds it. */
static int
collect_only(struct table_scan *s, struct arena *batch, int *n, struct err *e)
{
	struct probe *p = &s->probe;
	struct entry t;
	bool found;
	int rc = scan_only(s, batch, &t, &found, e);

	for (; rc == ERR_OK && found && p->at < p->n; p->at++) {
		const struct probe_key *k = &p->keys[p->at];
		const bool match = p->ranged ? entry_compare(&t, k->key, k->klen) >= 0 &&
						       (k->end == NULL || entry_compare(&t, k->end, k->elen) < 0)
				   : p->exact ? entry_compare(&t, k->key, k->klen) == 0
					      : t.klen >= k->klen && memcmp(t.key, k->key, k->klen) == 0;
		if (!match)
			continue;
		s->entries[*n] = t;
		s->hits[(*n)++] = k;
	}
	p->at = p->n;
	return rc;
}

static int
collect(struct table_scan *s, struct arena *batch, int *n, struct err *e)
{
	struct probe *p = &s->probe;
	int rc = ERR_OK;

	if (scan_only_direct(s))
		return collect_only(s, batch, n, e);
	while (rc == ERR_OK && *n < BATCH_ROWS && p->at < p->n) {
		if (p->end <= p->at) {
			next_group(p);
			if (p->end - p->at > 1)
				rc = gather(s, e);
		}
		if (rc != ERR_OK)
			break;
		if (p->end - p->at > 1)
			give_gathered(s, batch, n);
		else
			rc = p->ranged ? give_range(s, batch, n, e) : give_single(s, batch, n, e);
	}
	return rc;
}

int
table_probe_next(struct table_scan *s, struct arena *batch, struct vec *out, uint16_t *ret_ordinal,
		 int *ret_n, struct err *e)
{
	struct probe *p = &s->probe;
	int n = 0, rc;

	rc = lock_check_cancel(s->env->cancel, e);
	while (rc == ERR_OK && n == 0 && p->at < p->n) {
		rc = collect(s, batch, &n, e);
		if (rc != ERR_OK)
			break;
		if (s->req.latest && n > 0) {
			/* Any other read of the latest state ends the walk's position. */
			strbuf_clear(&p->last);
			strbuf_add(&p->last, s->entries[n - 1].key, s->entries[n - 1].klen);
			p->on_row = false;
		}
		rc = scan_fetch(s, batch, &n, e);
	}
	if (rc != ERR_OK)
		return rc;
	for (int i = 0; i < n; i++)
		ret_ordinal[i] = s->hits[i]->ordinal;
	s->counts.rows += (uint64_t) n;
	*ret_n = n;
	return n == 0 ? ERR_OK : scan_emit(s, batch, n, out, e);
}
