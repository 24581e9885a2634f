/* range.h - ranges and multiranges over any ordered type.
 *
 * A range's bytes: flags (PostgreSQL's: 1 empty, 2 lower and 4 upper bound included, 8 and 16
 * without lower and upper bound), then the bounds there are, as words or `struct bytes`.
 * A multirange's: the number of ranges (4), then they, in order, apart from each other.
 * Ranges of integers and dates are kept as [lower,upper).
 *
 * Owner     results on the arena given; bounds point into the value.
 * Thread    any.
 * Failure   22000 bounds in the wrong order; 22P02 malformed literals; 22003, 22008 when a
 *           bound cannot be moved to the canonical form.
 * Cost      O(size); a multirange is sorted when made. */
#ifndef CORE_TYPE_RANGE_H
#define CORE_TYPE_RANGE_H

#include "core/base/attr.h"
#include "core/type/type.h"

struct range_bound {
	union datum v;
	bool infinite, inclusive, lower;
};

struct range {
	bool empty;
	struct range_bound lo, up;
};

/* t: the range type. */
void range_get(const struct type *t, const struct bytes *b, struct range *ret);
int range_make(struct arena *a, const struct type *t, const struct range *r,
	       const struct bytes **ret, struct err *e) MUST_CHECK;
const struct bytes *range_make_empty(struct arena *a);
/* Bounds may be lower or upper ones; -1, 0, 1 by where they begin or end. */
int range_cmp_bounds(const struct type *t, const struct range_bound *x,
		     const struct range_bound *y);
int  range_cmp(const struct type *t, const struct range *x, const struct range *y);
bool range_contains_elem(const struct type *t, const struct range *r, union datum v);
bool range_contains(const struct type *t, const struct range *x,
		    const struct range *y); /* x @> y */
bool range_overlaps(const struct type *t, const struct range *x, const struct range *y);
bool range_adjacent(const struct type *t, const struct range *x, const struct range *y);
/* x + y, x * y, x - y; union and difference fail with 22000 when not contiguous. */
int range_union(struct arena *a, const struct type *t, const struct range *x, const struct range *y,
		const struct bytes **ret, struct err *e) MUST_CHECK;
int range_intersect(struct arena *a, const struct type *t, const struct range *x,
		    const struct range *y, const struct bytes **ret, struct err *e) MUST_CHECK;
int range_minus(struct arena *a, const struct type *t, const struct range *x, const struct range *y,
		const struct bytes **ret, struct err *e) MUST_CHECK;

/* ---- Multiranges; t: the multirange type */
int  multirange_count(const struct bytes *b);
const struct bytes *multirange_at(const struct bytes *b, int i);        /* a range's value */
/* Sorts, joins what touches, drops the empty. */
int multirange_make(struct arena *a, const struct type *t, int n, const struct bytes *const *ranges,
		    const struct bytes **ret, struct err *e) MUST_CHECK;

#endif
