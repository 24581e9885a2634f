/* range.c - range values: making, comparing, set operations.
 *
 * Not here: text and binary forms (range_type.c), multiranges (multirange.c). */
#include "config.h"
#include "core/type/range.h"

#include "core/type/datetime_impl.h"
#include "core/type/ops.h"

enum { EMPTY = 1, LOWER_IN = 2, UPPER_IN = 4, LOWER_INF = 8, UPPER_INF = 16 };

static const char *
get_bound(const struct type *sub, const char *p, struct range_bound *b)
{
	if (b->infinite)
		return p;
	if (sub->byval) {
		memcpy(&b->v.u, p, 8);
		return p + 8;
	}
	b->v.b = (const struct bytes *) p;
	return p + 4 + bytes_len(b->v.b);
}

void
range_get(const struct type *t, const struct bytes *b, struct range *ret)
{
	int flags = (unsigned char) b->data[0];
	struct range r = {
		.empty = (flags & EMPTY) != 0,
		.lo = { .infinite = (flags & LOWER_INF) != 0,
			.inclusive = (flags & LOWER_IN) != 0,
			.lower = true },
		.up = { .infinite = (flags & UPPER_INF) != 0,
			.inclusive = (flags & UPPER_IN) != 0 },
	};

	if (!r.empty)
		get_bound(t->sub, get_bound(t->sub, b->data + 1, &r.lo), &r.up);
	*ret = r;
}

const struct bytes *
range_make_empty(struct arena *a)
{
	char flags = EMPTY;

	return bytes_make(a, &flags, 1);
}

static size_t
bound_size(const struct type *sub, const struct range_bound *b)
{
	return b->infinite ? 0 : sub->byval ? 8 : 4 + bytes_len(b->v.b);
}

static char *
put_bound(const struct type *sub, const struct range_bound *b, char *p)
{
	size_t n = bound_size(sub, b);

	if (n != 0)
		memcpy(p, sub->byval ? (const void *) &b->v.u : (const void *) b->v.b, n);
	return p + n;
}

/* [lower,upper) for the types that count. */
static int
canonical(const struct type *sub, struct range *r, struct err *e)
{
	bool date = sub->ops == &type_ops_date;

	if (!date && sub->ops != &type_ops_int4 && sub->ops != &type_ops_int8)
		return ERR_OK;
	int64_t max = sub->ops == &type_ops_int8 ? INT64_MAX : INT32_MAX;
	struct range_bound *bounds[] = { &r->lo, &r->up };
	for (int i = 0; i < 2; i++) {
		struct range_bound *b = bounds[i];
		if (b->infinite || b->inclusive == b->lower || (date && date_is_inf(b->v.i)))
			continue;
		if (date && !date_in_range(b->v.i + 1))
			return date_range(e);
		if (b->v.i == max)
			return err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE, "%s out of range",
			               sub->ops == &type_ops_int8 ? "bigint" : "integer");
		b->v.i++;
		b->inclusive = b->lower;
	}
	return ERR_OK;
}

static bool
is_void(const struct type *t, const struct range *r, int *ret_cmp)
{
	*ret_cmp = -1;
	if (r->lo.infinite || r->up.infinite)
		return false;
	*ret_cmp = t->sub->ops->cmp(t->sub, r->lo.v, r->up.v);
	return *ret_cmp == 0 && !(r->lo.inclusive && r->up.inclusive);
}

int
range_make(struct arena *a, const struct type *t, const struct range *in, const struct bytes **ret,
           struct err *e)
{
	struct range r = *in;
	int cmp;

	if (r.empty) {
		*ret = range_make_empty(a);
		return ERR_OK;
	}
	r.lo.lower = true;
	r.up.lower = false;
	r.lo.inclusive &= !r.lo.infinite;
	r.up.inclusive &= !r.up.infinite;
	bool nothing = is_void(t, &r, &cmp);
	if (cmp > 0)
		return err_set(e, ERR_DATA_EXCEPTION,
		               "range lower bound must be less than or equal to range upper bound");
	if (!nothing) {
		int rc = canonical(t->sub, &r, e);
		if (rc != ERR_OK)
			return rc;
		nothing = is_void(t, &r, &cmp) || cmp > 0;
	}
	if (nothing) {
		*ret = range_make_empty(a);
		return ERR_OK;
	}
	struct bytes *b =
		bytes_make(a, NULL, 1 + bound_size(t->sub, &r.lo) + bound_size(t->sub, &r.up));
	b->data[0] = (char) ((r.lo.inclusive ? LOWER_IN : 0) | (r.up.inclusive ? UPPER_IN : 0) |
	                     (r.lo.infinite ? LOWER_INF : 0) | (r.up.infinite ? UPPER_INF : 0));
	put_bound(t->sub, &r.up, put_bound(t->sub, &r.lo, b->data + 1));
	*ret = b;
	return ERR_OK;
}

int
range_cmp_bounds(const struct type *t, const struct range_bound *x, const struct range_bound *y)
{
	if (x->infinite && y->infinite)
		return x->lower == y->lower ? 0 : x->lower ? -1 : 1;
	if (x->infinite)
		return x->lower ? -1 : 1;
	if (y->infinite)
		return y->lower ? 1 : -1;
	int c = t->sub->ops->cmp(t->sub, x->v, y->v);
	if (c != 0)
		return c;
	if (!x->inclusive && !y->inclusive)
		return x->lower == y->lower ? 0 : x->lower ? 1 : -1;
	if (!x->inclusive)
		return x->lower ? 1 : -1;
	if (!y->inclusive)
		return y->lower ? -1 : 1;
	return 0;
}

int
range_cmp(const struct type *t, const struct range *x, const struct range *y)
{
	if (x->empty || y->empty)
		return x->empty == y->empty ? 0 : x->empty ? -1 : 1;
	int c = range_cmp_bounds(t, &x->lo, &y->lo);
	return c != 0 ? c : range_cmp_bounds(t, &x->up, &y->up);
}

bool
range_contains_elem(const struct type *t, const struct range *r, union datum v)
{
	if (r->empty)
		return false;
	if (!r->lo.infinite) {
		int c = t->sub->ops->cmp(t->sub, r->lo.v, v);
		if (c > 0 || (c == 0 && !r->lo.inclusive))
			return false;
	}
	if (!r->up.infinite) {
		int c = t->sub->ops->cmp(t->sub, r->up.v, v);
		if (c < 0 || (c == 0 && !r->up.inclusive))
			return false;
	}
	return true;
}

bool
range_contains(const struct type *t, const struct range *x, const struct range *y)
{
	if (y->empty || x->empty)
		return y->empty;
	return range_cmp_bounds(t, &x->lo, &y->lo) <= 0 && range_cmp_bounds(t, &x->up, &y->up) >= 0;
}

bool
range_overlaps(const struct type *t, const struct range *x, const struct range *y)
{
	if (x->empty || y->empty)
		return false;
	return range_cmp_bounds(t, &x->lo, &y->up) <= 0 && range_cmp_bounds(t, &y->lo, &x->up) <= 0;
}

/* Does nothing lie between an upper bound and a lower one, and do they not overlap? */
static bool
bounds_touch(const struct type *t, struct range_bound up, struct range_bound lo)
{
	struct range gap;

	if (up.infinite || lo.infinite)
		return false;
	int c = t->sub->ops->cmp(t->sub, up.v, lo.v);
	if (c == 0)
		return up.inclusive != lo.inclusive;
	if (c > 0)
		return false;
	/* something of the subtype may lie between: ask for the range of it */
	gap = (struct range) { .lo = up, .up = lo };
	gap.lo.inclusive = !up.inclusive;
	gap.up.inclusive = !lo.inclusive;
	gap.lo.lower = true;
	gap.up.lower = false;
	struct err e = { 0 };
	if (canonical(t->sub, &gap, &e) != ERR_OK)
		return false;
	return is_void(t, &gap, &c) || c > 0;
}

bool
range_adjacent(const struct type *t, const struct range *x, const struct range *y)
{
	if (x->empty || y->empty)
		return false;
	return bounds_touch(t, x->up, y->lo) || bounds_touch(t, y->up, x->lo);
}

int
range_union(struct arena *a, const struct type *t, const struct range *x, const struct range *y,
            const struct bytes **ret, struct err *e)
{
	if (x->empty)
		return range_make(a, t, y, ret, e);
	if (y->empty)
		return range_make(a, t, x, ret, e);
	if (!range_overlaps(t, x, y) && !range_adjacent(t, x, y))
		return err_set(e, ERR_DATA_EXCEPTION,
			       "result of range union would not be contiguous");
	struct range r = {
		.lo = range_cmp_bounds(t, &x->lo, &y->lo) < 0 ? x->lo : y->lo,
		.up = range_cmp_bounds(t, &x->up, &y->up) > 0 ? x->up : y->up,
	};
	return range_make(a, t, &r, ret, e);
}

int
range_intersect(struct arena *a, const struct type *t, const struct range *x, const struct range *y,
                const struct bytes **ret, struct err *e)
{
	if (!range_overlaps(t, x, y)) {
		*ret = range_make_empty(a);
		return ERR_OK;
	}
	struct range r = {
		.lo = range_cmp_bounds(t, &x->lo, &y->lo) >= 0 ? x->lo : y->lo,
		.up = range_cmp_bounds(t, &x->up, &y->up) <= 0 ? x->up : y->up,
	};
	return range_make(a, t, &r, ret, e);
}

int
range_minus(struct arena *a, const struct type *t, const struct range *x, const struct range *y,
            const struct bytes **ret, struct err *e)
{
	struct range r = *x;

	if (!range_overlaps(t, x, y))
		return range_make(a, t, x, ret, e);
	int lo = range_cmp_bounds(t, &x->lo, &y->lo), up = range_cmp_bounds(t, &x->up, &y->up);
	if (lo < 0 && up > 0)
		return err_set(e, ERR_DATA_EXCEPTION,
			       "result of range difference would not be contiguous");
	if (lo >= 0 && up <= 0) {
		*ret = range_make_empty(a);
		return ERR_OK;
	}
	if (lo < 0) {
		r.up = y->lo;
		r.up.inclusive = !y->lo.inclusive;
	} else {
		r.lo = y->up;
		r.lo.inclusive = !y->up.inclusive;
	}
	return range_make(a, t, &r, ret, e);
}
