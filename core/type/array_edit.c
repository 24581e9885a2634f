/* array_edit.c - subscripts, slices, assignments to them, append and concatenation. */
#include "config.h"
#include "core/type/array_impl.h"

#include "core/type/ops.h"

static int
wrong_subscripts(struct err *e)
{
	return err_set(e, ERR_ARRAY_SUBSCRIPT_ERROR, "wrong number of array subscripts");
}

static int
integer_range(struct err *e)
{
	return err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE, "integer out of range");
}

/* Place of a subscript in row-major order; -1: outside. */
static int
item_of(const struct array *a, int nsub, const int32_t *sub)
{
	int at = 0;

	for (int i = 0; i < nsub; i++) {
		if (sub[i] < a->lower[i] || (int64_t) sub[i] >= (int64_t) a->lower[i] + a->dim[i])
			return -1;
		at = at * a->dim[i] + (sub[i] - a->lower[i]);
	}
	return at;
}

union datum
array_element(const struct array *a, int nsub, const int32_t *sub, bool *ret_null)
{
	int i = a->ndim == nsub && nsub > 0 ? item_of(a, nsub, sub) : -1;

	if (i < 0) {
		*ret_null = true;
		return datum_int(0);
	}
	return array_get(a, i, ret_null);
}

/* The span of each dimension that a slice names; false: nothing is left. */
static bool
clip_slice(const struct array *a, int nsub, const int32_t *lower, const int32_t *upper,
           const bool *has_lower, const bool *has_upper, int32_t *from, int32_t *n)
{
	for (int i = 0; i < a->ndim; i++) {
		int32_t l = a->lower[i], u = a->lower[i] + a->dim[i] - 1;
		if (i < nsub && has_lower[i] && lower[i] > l)
			l = lower[i];
		if (i < nsub && has_upper[i] && upper[i] < u)
			u = upper[i];
		if (l > u)
			return false;
		from[i] = l - a->lower[i];
		n[i] = u - l + 1;
	}
	return true;
}

/* Calls for each item of a sub-box its place in the whole; odometer over `at`. */
static int
box_item(const struct array *a, const int32_t *from, const int *at)
{
	int i, place = 0;

	for (i = 0; i < a->ndim; i++)
		place = place * a->dim[i] + from[i] + at[i];
	return place;
}

static bool
box_next(int ndim, const int32_t *n, int *at)
{
	for (int i = ndim - 1; i >= 0; i--) {
		if (++at[i] < n[i])
			return true;
		at[i] = 0;
	}
	return false;
}

int
array_slice(struct arena *ar, const struct type *elem, const struct bytes *b, int nsub,
            const int32_t *lower, const int32_t *upper, const bool *has_lower,
            const bool *has_upper, const struct bytes **ret, struct err *e)
{
	struct array a;
	struct array_build out;
	int32_t from[ARRAY_DIM_MAX], n[ARRAY_DIM_MAX], ones[ARRAY_DIM_MAX];
	int at[ARRAY_DIM_MAX] = { 0 };
	union datum *v;
	bool *nulls;

	array_open(elem, b, &a);
	if (a.ndim == 0 || a.ndim < nsub ||
	    !clip_slice(&a, nsub, lower, upper, has_lower, has_upper, from, n)) {
		*ret = array_empty(ar, elem);
		return ERR_OK;
	}
	array_to_datums(&a, ar, &v, &nulls);
	array_build_init(&out, ar, elem);
	do {
		int i = box_item(&a, from, at);
		array_build_add_own(&out, v[i], nulls[i]);
	} while (box_next(a.ndim, n, at));
	for (int i = 0; i < a.ndim; i++)
		ones[i] = 1;
	return array_make_nd(ar, elem, a.ndim, n, ones, out.v, out.any_null ? out.nulls : NULL, ret,
			     e);
}

/* A one-dimensional array made longer at either end, the new places null. */
struct stretched {
	int32_t dim, lower;
	union datum *v;
	bool *nulls;
};

static int
stretch(struct arena *ar, const struct array *a, int64_t low, int64_t high, struct stretched *ret,
        struct err *e)
{
	int64_t l = a->lower[0], u = l + a->dim[0] - 1;
	union datum *v;
	bool *nulls;

	if (low > l)
		low = l;
	if (high < u)
		high = u;
	if (high - low + 1 > ARRAY_ITEMS_MAX)
		return err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED,
			       "array size exceeds the maximum allowed (%d)", ARRAY_ITEMS_MAX);
	if (low < INT32_MIN || high >= INT32_MAX)
		return integer_range(e);
	*ret = (struct stretched) { .dim = (int32_t) (high - low + 1), .lower = (int32_t) low };
	ret->v = arena_zalloc(ar, sizeof *v * (size_t) ret->dim);
	ret->nulls = arena_alloc(ar, (size_t) ret->dim);
	memset(ret->nulls, true, (size_t) ret->dim);
	array_to_datums(a, ar, &v, &nulls);
	memcpy(ret->v + (l - low), v, sizeof *v * (size_t) a->n);
	memcpy(ret->nulls + (l - low), nulls, (size_t) a->n);
	return ERR_OK;
}

int
array_set(struct arena *ar, const struct type *elem, const struct bytes *b, int nsub,
          const int32_t *sub, union datum d, bool null, const struct bytes **ret, struct err *e)
{
	struct array a = { 0 };
	union datum *v;
	bool *nulls;

	if (nsub <= 0 || nsub > ARRAY_DIM_MAX)
		return wrong_subscripts(e);
	if (b != NULL)
		array_open(elem, b, &a);
	if (a.ndim == 0) {
		int32_t ones[ARRAY_DIM_MAX] = { 1, 1, 1, 1, 1, 1 };
		for (int i = 0; i < nsub; i++)
			if (sub[i] == INT32_MAX)
				return err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED,
				               "array lower bound is too large: %d", sub[i]);
		return array_make_nd(ar, elem, nsub, ones, sub, &d, &null, ret, e);
	}
	if (a.ndim != nsub)
		return wrong_subscripts(e);
	if (nsub == 1) {
		struct stretched s;
		int rc = stretch(ar, &a, sub[0], sub[0], &s, e);
		if (rc != ERR_OK)
			return rc;
		s.v[(int64_t) sub[0] - s.lower] = d;
		s.nulls[(int64_t) sub[0] - s.lower] = null;
		return array_make_nd(ar, elem, 1, &s.dim, &s.lower, s.v, s.nulls, ret, e);
	}
	int i = item_of(&a, nsub, sub);
	if (i < 0)
		return err_set(e, ERR_ARRAY_SUBSCRIPT_ERROR, "array subscript out of range");
	array_to_datums(&a, ar, &v, &nulls);
	v[i] = d;
	nulls[i] = null;
	return array_make_nd(ar, elem, a.ndim, a.dim, a.lower, v, nulls, ret, e);
}

/* A slice of nothing becomes an array of the slice's own shape. */
static int
set_slice_of_empty(struct arena *ar, const struct type *elem, int nsub, const int32_t *lower,
                   const int32_t *upper, const bool *has_lower, const bool *has_upper,
                   const struct array *src, const struct bytes **ret, struct err *e)
{
	int32_t dim[ARRAY_DIM_MAX];
	union datum *v;
	bool *nulls;
	int n;

	for (int i = 0; i < nsub; i++) {
		if (!has_lower[i] || !has_upper[i]) {
			(void) err_set(e, ERR_ARRAY_SUBSCRIPT_ERROR,
			               "array slice subscript must provide both boundaries");
			return err_detail(e, "When assigning to a slice of an empty array value, "
			                  "slice boundaries must be fully specified.");
		}
		if (lower[i] > (int64_t) upper[i] + 1)
			return err_set(e, ERR_ARRAY_SUBSCRIPT_ERROR,
			               "upper bound cannot be less than lower bound");
		int64_t span = (int64_t) upper[i] - lower[i] + 1;
		dim[i] = span > INT32_MAX ? INT32_MAX : (int32_t) span;
	}
	int rc = array_count_items(nsub, dim, &n, e);
	if (rc != ERR_OK)
		return rc;
	if (src->n < n)
		return err_set(e, ERR_ARRAY_SUBSCRIPT_ERROR, "source array too small");
	array_to_datums(src, ar, &v, &nulls);
	return array_make_nd(ar, elem, nsub, dim, lower, v, nulls, ret, e);
}

int
array_set_slice(struct arena *ar, const struct type *elem, const struct bytes *b, int nsub,
                const int32_t *lower, const int32_t *upper, const bool *has_lower,
                const bool *has_upper, const struct bytes *source, const struct bytes **ret,
                struct err *e)
{
	struct array a = { 0 }, src;
	int32_t from[ARRAY_DIM_MAX], n[ARRAY_DIM_MAX];
	union datum *v, *sv;
	bool *nulls, *snulls;
	int need = 1, at[ARRAY_DIM_MAX] = { 0 };

	if (nsub <= 0 || nsub > ARRAY_DIM_MAX)
		return wrong_subscripts(e);
	if (source == NULL) {                           /* nothing to store: nothing changes */
		*ret = b;
		return ERR_OK;
	}
	array_open(elem, source, &src);
	if (b != NULL)
		array_open(elem, b, &a);
	if (a.ndim == 0)
		return set_slice_of_empty(ar, elem, nsub, lower, upper, has_lower, has_upper, &src,
					  ret, e);
	if (a.ndim < nsub)
		return wrong_subscripts(e);
	array_to_datums(&a, ar, &v, &nulls);
	for (int i = 0; i < a.ndim; i++) {
		int64_t end = (int64_t) a.lower[i] + a.dim[i] - 1;
		int64_t l = i < nsub && has_lower[i] ? lower[i] : a.lower[i];
		int64_t u = i < nsub && has_upper[i] ? upper[i] : end;
		if (l > u)
			return err_set(e, ERR_ARRAY_SUBSCRIPT_ERROR,
			               "upper bound cannot be less than lower bound");
		if (a.ndim == 1 && (l < a.lower[0] || u > end)) {
			struct stretched s;
			int rc = stretch(ar, &a, l, u, &s, e);
			if (rc != ERR_OK)
				return rc;
			a.dim[0] = a.n = s.dim;
			a.lower[0] = s.lower;
			v = s.v;
			nulls = s.nulls;
		} else if (l < a.lower[i] || u > end) {
			return err_set(e, ERR_ARRAY_SUBSCRIPT_ERROR,
				       "array subscript out of range");
		}
		from[i] = (int32_t) (l - a.lower[i]);
		n[i] = (int32_t) (u - l + 1);
		need *= n[i];
	}
	if (src.n < need)
		return err_set(e, ERR_ARRAY_SUBSCRIPT_ERROR, "source array too small");
	array_to_datums(&src, ar, &sv, &snulls);
	int k = 0;
	do {
		int i = box_item(&a, from, at);
		v[i] = sv[k];
		nulls[i] = snulls[k++];
	} while (box_next(a.ndim, n, at));
	return array_make_nd(ar, elem, a.ndim, a.dim, a.lower, v, nulls, ret, e);
}

/* ---- Append, prepend, concatenate */

static int
add_at_end(struct arena *ar, const struct type *elem, const struct bytes *b, union datum v,
	   bool null, bool front, const struct bytes **ret, struct err *e)
{
	struct array a = { 0 };
	struct stretched s;
	int32_t one = 1;

	if (b != NULL)
		array_open(elem, b, &a);
	if (a.ndim == 0)
		return array_make_nd(ar, elem, 1, &one, &one, &v, &null, ret, e);
	if (a.ndim != 1)
		return err_set(e, ERR_DATA_EXCEPTION,
			       "argument must be empty or one-dimensional array");
	int64_t at = front ? (int64_t) a.lower[0] - 1 : (int64_t) a.lower[0] + a.dim[0];
	int rc = stretch(ar, &a, at, at, &s, e);
	if (rc != ERR_OK)
		return rc;
	s.v[at - s.lower] = v;
	s.nulls[at - s.lower] = null;
	return array_make_nd(ar, elem, 1, &s.dim, &a.lower[0], s.v, s.nulls, ret, e);
}

int
array_append(struct arena *ar, const struct type *elem, const struct bytes *b, union datum v,
	     bool null, const struct bytes **ret, struct err *e)
{
	return add_at_end(ar, elem, b, v, null, false, ret, e);
}

int
array_prepend(struct arena *ar, const struct type *elem, union datum v, bool null,
	      const struct bytes *b, const struct bytes **ret, struct err *e)
{
	return add_at_end(ar, elem, b, v, null, true, ret, e);
}

static int
incompatible(struct err *e, const char *what)
{
	(void) err_set(e, ERR_ARRAY_SUBSCRIPT_ERROR, "cannot concatenate incompatible arrays");
	return err_detail(
		e, "Arrays with differing %sdimensions are not compatible for concatenation.",
		what);
}

int
array_cat(struct arena *ar, const struct type *elem, const struct bytes *bx, const struct bytes *by,
          const struct bytes **ret, struct err *e)
{
	struct array x, y;
	union datum *vx, *vy;
	bool *nx, *ny;

	if (bx == NULL || by == NULL || array_ndim(bx) == 0 || array_ndim(by) == 0) {
		*ret = bx == NULL || (by != NULL && array_ndim(bx) == 0 && array_ndim(by) != 0)
			       ? by
			       : bx;
		return ERR_OK;
	}
	array_open(elem, bx, &x);
	array_open(elem, by, &y);
	int diff = x.ndim - y.ndim;
	if (diff < -1 || diff > 1) {
		(void) err_set(e, ERR_ARRAY_SUBSCRIPT_ERROR,
			       "cannot concatenate incompatible arrays");
		return err_detail(
			e, "Arrays of %d and %d dimensions are not compatible for concatenation.",
			x.ndim, y.ndim);
	}
	/* One of a dimension less is one more row of the other. */
	struct array out = diff >= 0 ? x : y;
	const struct array *row = diff > 0 ? &y : &x;
	if (diff == 0) {
		for (int i = 1; i < x.ndim; i++)
			if (x.dim[i] != y.dim[i] || x.lower[i] != y.lower[i])
				return incompatible(e, "element ");
		if (__builtin_add_overflow(out.dim[0], y.dim[0], &out.dim[0]))
			return integer_range(e);
	} else {
		for (int i = 0; i < row->ndim; i++)
			if (row->dim[i] != out.dim[i + 1] || row->lower[i] != out.lower[i + 1])
				return incompatible(e, "");
		out.dim[0]++;
	}
	array_to_datums(&x, ar, &vx, &nx);
	array_to_datums(&y, ar, &vy, &ny);
	union datum *v = arena_alloc(ar, sizeof *v * (size_t) (x.n + y.n));
	bool *nulls = arena_alloc(ar, (size_t) (x.n + y.n));
	memcpy(v, vx, sizeof *v * (size_t) x.n);
	memcpy(v + x.n, vy, sizeof *v * (size_t) y.n);
	memcpy(nulls, nx, (size_t) x.n);
	memcpy(nulls + x.n, ny, (size_t) y.n);
	return array_make_nd(ar, elem, out.ndim, out.dim, out.lower, v, nulls, ret, e);
}
