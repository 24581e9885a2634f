/* array_funcs.c - functions of arrays: shape, editing, searching.
 *
 * Not here: representation and subscripts (core/type/array.h); array_agg (agg_collect.c);
 * taking arrays apart into rows (series.c). */
#include "config.h"
#include "core/func/impl.h"

#include "core/type/array.h"

static inline const struct type *
elem_of(const struct fcall *c, int i)
{
	return c->arg_types[i]->elem;
}

static inline const struct bytes *
bytes_or_null(const union datum *args, const bool *nulls, int i)
{
	return nulls[i] ? NULL : args[i].b;
}

/* ---- Shape */
DEFINE_FUNC(fn_array_ndims)
{
	ret->i = array_ndim(args[0].b);
	*ret_null = ret->i == 0;
	return ERR_OK;
}

DEFINE_FUNC(fn_array_dims)
{
	struct array a;
	struct strbuf b;

	array_open_type(c->arg_types[0], args[0].b, &a);
	if (a.ndim == 0) {
		*ret_null = true;
		return ERR_OK;
	}
	strbuf_init(&b, fcall_arena(c));
	array_put_dims(&a, &b);
	*ret = strbuf_datum(fcall_arena(c), &b);
	return ERR_OK;
}

/* Dimension number args[1], from 1; false: there is none such. */
static bool
dimension(const struct fcall *c, const union datum *args, int32_t *ret_len, int32_t *ret_lower)
{
	struct array a;

	array_open_type(c->arg_types[0], args[0].b, &a);
	if (args[1].i < 1 || args[1].i > a.ndim)
		return false;
	*ret_len = a.dim[args[1].i - 1];
	*ret_lower = a.lower[args[1].i - 1];
	return true;
}

DEFINE_FUNC(fn_array_length)
{
	int32_t len = 0, lower;

	*ret_null = !dimension(c, args, &len, &lower);
	ret->i = len;
	return ERR_OK;
}

DEFINE_FUNC(fn_array_lower)
{
	int32_t len, lower = 0;

	*ret_null = !dimension(c, args, &len, &lower);
	ret->i = lower;
	return ERR_OK;
}

DEFINE_FUNC(fn_array_upper)
{
	int32_t len = 0, lower = 0;

	*ret_null = !dimension(c, args, &len, &lower);
	ret->i = (int64_t) lower + len - 1;
	return ERR_OK;
}

DEFINE_FUNC(fn_array_cardinality) { ret->i = array_count(args[0].b); return ERR_OK; }

/* ---- Joining */
DEFINE_FUNC(fn_array_append)
{
	return array_append(fcall_arena(c), elem_of(c, 0), bytes_or_null(args, nulls, 0), args[1],
	                    nulls[1], &ret->b, e);
}

DEFINE_FUNC(fn_array_prepend)
{
	return array_prepend(fcall_arena(c), elem_of(c, 1), args[0], nulls[0],
	                     bytes_or_null(args, nulls, 1), &ret->b, e);
}

DEFINE_FUNC(fn_array_cat)
{
	if (nulls[0] || nulls[1]) {
		*ret_null = nulls[0] && nulls[1];
		*ret = nulls[0] ? args[1] : args[0];
		return ERR_OK;
	}
	return array_cat(fcall_arena(c), elem_of(c, 0), args[0].b, args[1].b, &ret->b, e);
}

/* ---- Sets */
static int
need_order(const struct type *elem, struct err *e)
{
	if (elem->ops->cmp != NULL)
		return ERR_OK;
	return err_set(e, ERR_UNDEFINED_FUNCTION,
	               "could not identify an equality operator for type %s", type_sql_name(elem));
}

#define ARRAY_TEST(name, expr) \
	DEFINE_FUNC(fn_array_##name) \
	{ \
		const struct type *elem = elem_of(c, 0); \
		int rc = need_order(elem, e); \
		if (rc != ERR_OK) \
			return rc; \
		ret->i = expr; \
		return ERR_OK; \
	}
ARRAY_TEST(contains, array_contains(elem, args[0].b, args[1].b))
ARRAY_TEST(contained, array_contains(elem, args[1].b, args[0].b))
ARRAY_TEST(overlaps, array_overlaps(elem, args[0].b, args[1].b))

/* ---- Searching and replacing: null is equal to null here */
struct wanted { const struct type *elem; union datum v; bool null; };

static bool
is_wanted(const struct wanted *w, union datum d, bool null)
{
	if (null || w->null)
		return null && w->null;
	return w->elem->ops->cmp(w->elem, d, w->v) == 0;
}

DEFINE_FUNC(fn_array_remove)
{
	struct arena *ar = fcall_arena(c);
	struct wanted w = { elem_of(c, 0), args[1], nulls[1] };
	struct array a;
	struct array_build out;
	union datum d;
	bool null;

	if (nulls[0]) {
		*ret_null = true;
		return ERR_OK;
	}
	int rc = need_order(w.elem, e);
	if (rc != ERR_OK)
		return rc;
	array_open(w.elem, args[0].b, &a);
	if (a.ndim > 1)
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED,
		               "removing elements from multidimensional arrays is not supported");
	array_build_init(&out, ar, w.elem);
	for (struct array_iter it = array_iter(&a); array_next(&it, &d, &null); )
		if (!is_wanted(&w, d, null))
			array_build_add(&out, d, null);
	if (out.n == a.n) {             /* nothing removed: keeps its lower bound */
		*ret = args[0];
		return ERR_OK;
	}
	if (out.n == 0) {
		ret->b = array_empty(ar, w.elem);
		return ERR_OK;
	}
	const int32_t len = out.n;
	return array_make_nd(ar, w.elem, 1, &len, a.lower, out.v, out.nulls, &ret->b, e);
}

DEFINE_FUNC(fn_array_replace)
{
	struct arena *ar = fcall_arena(c);
	struct wanted w = { elem_of(c, 0), args[1], nulls[1] };
	struct array a;
	union datum d;
	bool null;

	if (nulls[0]) {
		*ret_null = true;
		return ERR_OK;
	}
	int rc = need_order(w.elem, e);
	if (rc != ERR_OK)
		return rc;
	array_open(w.elem, args[0].b, &a);
	if (a.n == 0) {
		*ret = args[0];
		return ERR_OK;
	}
	union datum *v = ARENA_ARRAY(ar, union datum, a.n);
	bool *n = ARENA_ARRAY(ar, bool, a.n);
	struct array_iter it = array_iter(&a);
	for (int i = 0; array_next(&it, &d, &null); i++) {
		bool hit = is_wanted(&w, d, null);
		v[i] = hit ? args[2] : d;
		n[i] = hit ? nulls[2] : null;
	}
	return array_make_nd(ar, w.elem, a.ndim, a.dim, a.lower, v, n, &ret->b, e);
}

static int
open_to_search(const struct fcall *c, const union datum *args, struct array *ret, struct err *e)
{
	array_open(elem_of(c, 0), args[0].b, ret);
	if (ret->ndim > 1)
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED,
		               "searching for elements in multidimensional arrays is not supported");
	return need_order(elem_of(c, 0), e);
}

DEFINE_FUNC(fn_array_position)
{
	struct wanted w = { elem_of(c, 0), args[1], nulls[1] };
	struct array a;
	union datum d;
	bool null;

	*ret_null = true;
	if (nulls[0])
		return ERR_OK;
	int rc = open_to_search(c, args, &a, e);
	if (rc != ERR_OK)
		return rc;
	if (c->nargs > 2 && nulls[2])
		return err_set(e, ERR_NULL_VALUE_NOT_ALLOWED, "initial position must not be null");
	struct array_iter it = array_iter(&a);
	for (int64_t at = a.n == 0 ? 0 : a.lower[0]; array_next(&it, &d, &null); at++) {
		if ((c->nargs > 2 && at < args[2].i) || !is_wanted(&w, d, null))
			continue;
		*ret_null = false;
		ret->i = at;
		break;
	}
	return ERR_OK;
}

DEFINE_FUNC(fn_array_positions)
{
	struct wanted w = { elem_of(c, 0), args[1], nulls[1] };
	struct array_build out;
	struct array a;
	union datum d;
	bool null;

	if (nulls[0]) {
		*ret_null = true;
		return ERR_OK;
	}
	int rc = open_to_search(c, args, &a, e);
	if (rc != ERR_OK)
		return rc;
	array_build_init(&out, fcall_arena(c), type_builtin(OID_INT4));
	struct array_iter it = array_iter(&a);
	for (int64_t at = a.n == 0 ? 0 : a.lower[0]; array_next(&it, &d, &null); at++)
		if (is_wanted(&w, d, null))
			array_build_add(&out, datum_int(at), false);
	ret->b = array_build_done(&out, fcall_arena(c));
	return ERR_OK;
}

/* The bucket of a value among sorted thresholds: how many are not above it. */
DEFINE_FUNC(fn_array_width_bucket)
{
	const struct type *elem = elem_of(c, 1);
	struct array a;
	union datum *v = NULL;

	array_open(elem, args[1].b, &a);
	if (a.ndim > 1)
		return err_set(e, ERR_ARRAY_SUBSCRIPT_ERROR,
		               "thresholds must be one-dimensional array");
	if (a.nulls != NULL && !array_to_datums(&a, fcall_arena(c), &v, NULL))
		return err_set(e, ERR_NULL_VALUE_NOT_ALLOWED,
		               "thresholds array must not contain NULLs");
	int rc = need_order(elem, e);
	if (rc != ERR_OK)
		return rc;
	if (v == NULL)
		(void) array_to_datums(&a, fcall_arena(c), &v, NULL);
	int lo = 0, hi = a.n;
	while (lo < hi) {
		int mid = lo + (hi - lo) / 2;
		if (elem->ops->cmp(elem, args[0], v[mid]) < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	ret->i = lo;
	return ERR_OK;
}

/* ---- Making */
static int
fill_bounds(const struct bytes *b, int *ret_n, int32_t *to, struct err *e)
{
	struct array a;
	union datum d;
	bool null;

	array_open(type_builtin(OID_INT4), b, &a);
	if (a.ndim > 1) {
		err_set(e, ERR_ARRAY_SUBSCRIPT_ERROR, "wrong number of array subscripts");
		return err_detail(e, "Dimension array must be one dimensional.");
	}
	if (a.n > ARRAY_DIM_MAX)
		return err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED,
		               "number of array dimensions (%d) exceeds the maximum allowed (%d)",
		               a.n, ARRAY_DIM_MAX);
	struct array_iter it = array_iter(&a);
	for (int i = 0; array_next(&it, &d, &null); i++) {
		if (null)
			return err_set(e, ERR_NULL_VALUE_NOT_ALLOWED,
			               "dimension values cannot be null");
		to[i] = (int32_t) d.i;
	}
	*ret_n = a.n;
	return ERR_OK;
}

DEFINE_FUNC(fn_array_fill)
{
	struct arena *ar = fcall_arena(c);
	const struct type *elem = c->arg_types[0];
	int32_t dim[ARRAY_DIM_MAX] = { 0 }, lower[ARRAY_DIM_MAX] = { 1, 1, 1, 1, 1, 1 };
	int ndim = 0, nlower = 0;
	int64_t n = 1;

	if (nulls[1] || (c->nargs > 2 && nulls[2]))
		return err_set(e, ERR_NULL_VALUE_NOT_ALLOWED,
		               "dimension array or low bound array cannot be null");
	int rc = fill_bounds(args[1].b, &ndim, dim, e);
	if (rc == ERR_OK && c->nargs > 2) {
		struct array low;       /* more bounds than dimensions do not even fit */
		array_open(type_builtin(OID_INT4), args[2].b, &low);
		nlower = low.n;
		if (nlower == ndim || low.ndim > 1 || low.nulls != NULL)
			rc = fill_bounds(args[2].b, &nlower, lower, e);
	}
	if (rc != ERR_OK)
		return rc;
	if (c->nargs > 2 && nlower != ndim) {
		err_set(e, ERR_ARRAY_SUBSCRIPT_ERROR, "wrong number of array subscripts");
		return err_detail(e, "Low bound array has different size than dimensions array.");
	}
	for (int i = 0; i < ndim; i++) {
		if (dim[i] < 0 || (n *= dim[i]) > ARRAY_ITEMS_MAX)
			return err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED,
			               "array size exceeds the maximum allowed (%d)", ARRAY_ITEMS_MAX);
	}
	if (ndim == 0 || n == 0) {
		ret->b = array_empty(ar, elem);
		return ERR_OK;
	}
	union datum *v = arena_try_alloc(ar, (size_t) n * sizeof *v);
	bool *null = arena_try_alloc(ar, (size_t) n * sizeof *null);
	if (v == NULL || null == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	for (int64_t i = 0; i < n; i++) {
		v[i] = args[0];
		null[i] = nulls[0];
	}
	return array_make_nd(ar, elem, ndim, dim, lower, v, null, &ret->b, e);
}

DEFINE_FUNC(fn_trim_array)
{
	struct array a;
	const bool yes = true, no = false;
	int32_t upper;

	array_open_type(c->arg_types[0], args[0].b, &a);
	int64_t len = a.ndim > 0 ? a.dim[0] : 0;
	if (args[1].i < 0 || args[1].i > len)
		return err_set(e, ERR_ARRAY_ELEMENT_ERROR,
		               "number of elements to trim must be between 0 and %d", (int) len);
	if (len == 0) {
		*ret = args[0];
		return ERR_OK;
	}
	upper = (int32_t) (a.lower[0] + len - args[1].i - 1);
	return array_slice(fcall_arena(c), elem_of(c, 0), args[0].b, 1, a.lower, &upper, &no, &yes,
	                   &ret->b, e);
}

/* ---- Text */
DEFINE_FUNC(fn_array_to_string)
{
	const struct type *elem = elem_of(c, 0);
	struct array a;
	struct strbuf b;
	union datum d;
	bool null, first = true;

	if (nulls != NULL && (nulls[0] || nulls[1])) {
		*ret_null = true;
		return ERR_OK;
	}
	bool null_text = c->nargs > 2 && !nulls[2];
	array_open(elem, args[0].b, &a);
	strbuf_init(&b, fcall_arena(c));
	for (struct array_iter it = array_iter(&a); array_next(&it, &d, &null); ) {
		if (null && !null_text)
			continue;
		if (!first)
			strbuf_add(&b, bytes_data(args[1].b), bytes_len(args[1].b));
		first = false;
		if (null)
			strbuf_add(&b, bytes_data(args[2].b), bytes_len(args[2].b));
		else
			elem->ops->out(elem, &c->env->type, d, &b);
	}
	*ret = strbuf_datum(fcall_arena(c), &b);
	return ERR_OK;
}
