/* bounds.c - from values to the range of an index's bytes.
 *
 * Not here: walking the range (scan.c). */
#include "config.h"
#include "core/access/scan.h"

#include "storage/key.h"

/* Bytes of columns [from, from + n) after what is there. */
static void
add_values(struct table_scan *s, int from, const struct scan_bound *b, struct strbuf *to)
{
	for (int i = 0; i < b->n; i++) {
		if (!s->index->clustered)
			key_add_present(to);
		s->kind->add(s->index, from + i, b->v[i], to);
	}
}

static void
add_prefix(struct table_scan *s, const struct scan_bounds *b, struct strbuf *to)
{
	for (int i = 0; i < b->neq; i++) {
		if (b->eq_is_null != NULL && b->eq_is_null[i]) {
			key_add_null(to, s->index->cols[i].nulls_first);
			continue;
		}
		if (!s->index->clustered)
			key_add_present(to);
		s->kind->add(s->index, i, b->eq[i], to);
	}
}

/* The byte string is an upper bound as it stands, or the end of everything it begins. */
static bool
finish(struct strbuf *b, bool prefix_end)
{
	return prefix_end ? key_prefix_end(b) : true;
}

/* The marker that all values of the next column have, when nulls are not wanted. */
static void
add_present(struct table_scan *s, struct strbuf *to)
{
	if (!s->index->clustered)
		key_add_present(to);
}

void
scan_encode_bounds(struct table_scan *s, const struct scan_bounds *b)
{
	struct scan_bound low = b->lo, high = b->hi;
	bool ranged, desc;

	strbuf_clear(&s->lo);
	strbuf_clear(&s->hi);
	s->has_lo = s->has_hi = false;
	s->empty = false;
	if (s->index == NULL || (b->neq == 0 && b->lo.n == 0 && b->hi.n == 0 && !b->not_null))
		return;
	for (int i = 0; i < b->neq; i++)
		if (s->index->clustered && b->eq_is_null != NULL && b->eq_is_null[i])
			s->empty = true; /* the clustering key has no nulls */
	if (s->empty)
		return;
	desc = b->neq < s->index->nkeys && s->index->cols[b->neq].desc;
	if (desc) {
		low = b->hi;
		high = b->lo;
	}
	ranged = low.n > 0 || high.n > 0 || b->not_null;

	add_prefix(s, b, &s->lo);
	add_prefix(s, b, &s->hi);
	s->has_lo = s->has_hi = true;
	if (low.n > 0) {
		add_values(s, b->neq, &low, &s->lo);
		if (!low.inclusive)
			s->empty |= !key_prefix_end(&s->lo);
	} else if (ranged) {
		add_present(s, &s->lo);
	}
	if (high.n > 0) {
		add_values(s, b->neq, &high, &s->hi);
		s->has_hi = finish(&s->hi, high.inclusive);
	} else {
		if (ranged)
			add_present(s, &s->hi);
		s->has_hi = s->hi.len > 0 && finish(&s->hi, true);
	}
	if (s->lo.len == 0)
		s->has_lo = false;
}
