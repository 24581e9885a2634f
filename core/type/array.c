/* array.c - the array value: reading, building, comparing.
 *
 * Layout of the bytes: element oid (4), dimensions (1), flags (1); per dimension length and
 * lower bound (4 + 4); if flag HAS_NULLS a bitmap of (n + 7) / 8 bytes; the elements.
 *
 * Not here: text (array_text.c), subscripts and concatenation (array_edit.c), the type's
 * methods (array_type.c). */
#include "config.h"
#include "core/type/array_impl.h"

#include "core/type/ops.h"

enum { HEAD = 6, HAS_NULLS = 1 };

static int
slot_width(const struct type *elem)
{
	return elem->len == 1 || elem->len == 2 || elem->len == 4 ? elem->len : 8;
}

oid_t
array_elem_oid(const struct bytes *b)
{
	uint32_t oid;

	memcpy(&oid, b->data, sizeof oid);
	return oid;
}

int
array_ndim(const struct bytes *b)
{
	return (unsigned char) b->data[4];
}

int
array_count(const struct bytes *b)
{
	int ndim = array_ndim(b), n = ndim == 0 ? 0 : 1;

	for (int i = 0; i < ndim; i++) {
		int32_t dim;
		memcpy(&dim, b->data + HEAD + 8 * i, sizeof dim);
		n *= dim;
	}
	return n;
}

void
array_open(const struct type *elem, const struct bytes *b, struct array *ret)
{
	const char *p = b->data + HEAD;
	struct array a = {
		.ndim = array_ndim(b), .elem_oid = array_elem_oid(b), .byval = elem->byval,
		.is_float = elem->is_float, .width = slot_width(elem),
		.is_signed = elem->ops == &type_ops_int2 || elem->ops == &type_ops_int4 ||
		             elem->ops == &type_ops_date,
		.end = b->data + bytes_len(b),
	};

	a.n = a.ndim == 0 ? 0 : 1;
	for (int i = 0; i < a.ndim; i++, p += 8) {
		memcpy(&a.dim[i], p, 4);
		memcpy(&a.lower[i], p + 4, 4);
		a.n *= a.dim[i];
	}
	if ((b->data[5] & HAS_NULLS) != 0) {
		a.nulls = (const uint8_t *) p;
		p += (a.n + 7) / 8;
	}
	a.data = p;
	*ret = a;
}

static union datum
load_slot(const struct array *a, const char *p)
{
	union datum d = { .u = 0 };

	switch (a->width) {
	case 1:
		d.u = (unsigned char) *p;
		break;
	case 2:
		{ uint16_t v; memcpy(&v, p, 2); d.i = a->is_signed ? (int16_t) v : v; }
		break;
	case 4:
		if (a->is_float) {
			float f;
			memcpy(&f, p, 4);
			d.f = f;
		} else {
			uint32_t v;
			memcpy(&v, p, 4);
			d.i = a->is_signed ? (int64_t) (int32_t) v : (int64_t) v;
		}
		break;
	default:
		memcpy(&d.u, p, 8);
	}
	return d;
}

static void
store_slot(char *p, const struct type *elem, union datum d)
{
	int width = slot_width(elem);

	if (elem->is_float && width == 4) {
		float f = (float) d.f;
		memcpy(p, &f, 4);
	} else {
		memcpy(p, &d.u, (size_t) width);        /* little-endian */
	}
}

union datum
array_get(const struct array *a, int i, bool *ret_null)
{
	*ret_null = array_is_null(a, i);
	if (*ret_null)
		return datum_int(0);
	if (a->byval)
		return load_slot(a, a->data + (size_t) i * (size_t) a->width);
	const char *p = a->data;
	for (int k = 0; k < i; k++)
		if (!array_is_null(a, k))
			p += sizeof(uint32_t) + bytes_len((const struct bytes *) p);
	return datum_bytes((const struct bytes *) p);
}

bool
array_next(struct array_iter *it, union datum *ret, bool *ret_null)
{
	const struct array *a = it->a;

	if (it->i >= a->n)
		return false;
	int i = it->i++;
	*ret_null = array_is_null(a, i);
	if (a->byval) {
		*ret = *ret_null ? datum_int(0) : load_slot(a, it->at);
		it->at += a->width;
	} else if (*ret_null) {
		*ret = datum_int(0);
	} else {
		*ret = datum_bytes((const struct bytes *) it->at);
		it->at += sizeof(uint32_t) + bytes_len(ret->b);
	}
	return true;
}

bool
array_to_datums(const struct array *a, struct arena *arena, union datum **ret, bool **ret_nulls)
{
	union datum *v = arena_alloc(arena, sizeof *v * (size_t) (a->n + 1));
	bool *nulls = ret_nulls != NULL ? arena_alloc(arena, (size_t) a->n + 1) : NULL;
	struct array_iter it = array_iter(a);
	bool null;

	if (a->nulls != NULL && ret_nulls == NULL)
		for (int i = 0; i < a->n; i++)
			if (array_is_null(a, i))
				return false;
	for (int i = 0; array_next(&it, &v[i], &null); i++)
		if (nulls != NULL)
			nulls[i] = null;
	*ret = v;
	if (ret_nulls != NULL)
		*ret_nulls = nulls;
	return true;
}

/* ---- Building */

int
array_count_items(int ndim, const int32_t *dim, int *ret, struct err *e)
{
	int64_t n = ndim == 0 ? 0 : 1;

	for (int i = 0; i < ndim; i++) {
		n *= dim[i];
		if (n > ARRAY_ITEMS_MAX)
			return err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED,
				       "array size exceeds the maximum allowed (%d)",
				       ARRAY_ITEMS_MAX);
	}
	*ret = (int) n;
	return ERR_OK;
}

static struct bytes *
start(struct arena *a, oid_t elem, int ndim, const int32_t *dim, const int32_t *lower, int n,
      bool has_nulls, size_t data_len)
{
	size_t head = HEAD + 8 * (size_t) ndim + (has_nulls ? (size_t) (n + 7) / 8 : 0);
	struct bytes *b = bytes_try_make(a, head + data_len);

	if (b == NULL)
		return NULL;
	memcpy(b->data, &elem, 4);
	b->data[4] = (char) ndim;
	b->data[5] = has_nulls ? HAS_NULLS : 0;
	for (int i = 0; i < ndim; i++) {
		memcpy(b->data + HEAD + 8 * i, &dim[i], 4);
		memcpy(b->data + HEAD + 8 * i + 4, &lower[i], 4);
	}
	if (has_nulls)
		memset(b->data + HEAD + 8 * ndim, 0, (size_t) (n + 7) / 8);
	return b;
}

const struct bytes *
array_empty(struct arena *a, const struct type *elem)
{
	char head[HEAD] = { 0 };

	memcpy(head, &elem->oid, 4);
	return bytes_make(a, head, sizeof head);
}

int
array_make_nd(struct arena *a, const struct type *elem, int ndim, const int32_t *dim,
              const int32_t *lower, const union datum *v, const bool *nulls,
              const struct bytes **ret, struct err *e)
{
	int n;
	size_t size = 0;
	bool has_nulls = false;

	int rc = array_count_items(ndim, dim, &n, e);
	if (rc != ERR_OK)
		return rc;
	if (n == 0) {
		*ret = array_empty(a, elem);
		return ERR_OK;
	}
	for (int i = 0; i < n; i++) {
		bool null = nulls != NULL && nulls[i];
		has_nulls |= null;
		if (elem->byval)
			size += (size_t) slot_width(elem);
		else if (!null)
			size += sizeof(uint32_t) + bytes_len(v[i].b);
	}
	struct bytes *b = start(a, elem->oid, ndim, dim, lower, n, has_nulls, size);
	if (b == NULL)
		return err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED,
			       "array size exceeds the maximum allowed (%d)", 0x3fffffff);
	char *bits = b->data + HEAD + 8 * ndim;
	char *p = bits + (has_nulls ? (n + 7) / 8 : 0);
	for (int i = 0; i < n; i++) {
		bool null = nulls != NULL && nulls[i];
		if (null)
			bits[i >> 3] = (char) (bits[i >> 3] | 1 << (i & 7));
		if (elem->byval) {
			store_slot(p, elem, null ? datum_int(0) : v[i]);
			p += slot_width(elem);
		} else if (!null) {
			size_t len = sizeof(uint32_t) + bytes_len(v[i].b);
			memcpy(p, v[i].b, len);
			p += len;
		}
	}
	*ret = b;
	return ERR_OK;
}

const struct bytes *
array_make(struct arena *a, const struct type *elem, int n, const union datum *v, const bool *nulls)
{
	int32_t dim = n, lower = 1;
	const struct bytes *b;
	struct err e = { 0 };

	if (array_make_nd(a, elem, 1, &dim, &lower, v, nulls, &b, &e) != ERR_OK) {
		a->failed = true; /* over a GiB of elements: arena_check() will tell */
		return array_empty(a, elem);
	}
	return b;
}

int
array_stack(struct arena *a, const struct type *elem, int n, const struct bytes *const *parts,
            const struct bytes **ret, struct err *e)
{
	struct array first = { 0 }, part;
	struct array_build all;
	int32_t dim[ARRAY_DIM_MAX + 1], lower[ARRAY_DIM_MAX + 1];
	bool seen = false, empty = false;

	array_build_init(&all, a, elem);
	for (int i = 0; i < n; i++) {
		if (parts[i] == NULL || array_ndim(parts[i]) == 0) {
			empty = true;
			continue;
		}
		array_open(elem, parts[i], &part);
		if (!seen)
			first = part;
		else if (part.ndim != first.ndim ||
		         memcmp(part.dim, first.dim, sizeof(int32_t) * (size_t) part.ndim) != 0 ||
		         memcmp(part.lower, first.lower, sizeof(int32_t) * (size_t) part.ndim) != 0)
			return err_set(e, ERR_ARRAY_SUBSCRIPT_ERROR,
				       "multidimensional arrays must have array expressions with "
				       "matching dimensions");
		seen = true;
		union datum d;
		bool null;
		for (struct array_iter it = array_iter(&part); array_next(&it, &d, &null); )
			array_build_add(&all, d, null);
	}
	if (!seen) {
		*ret = array_empty(a, elem);
		return ERR_OK;
	}
	if (empty)
		return err_set(e, ERR_ARRAY_SUBSCRIPT_ERROR,
			       "multidimensional arrays must have array expressions with matching "
			       "dimensions");
	if (first.ndim + 1 > ARRAY_DIM_MAX)
		return err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED,
		               "number of array dimensions (%d) exceeds the maximum allowed (%d)",
		               first.ndim + 1, ARRAY_DIM_MAX);
	dim[0] = n;
	lower[0] = 1;
	memcpy(dim + 1, first.dim, sizeof first.dim);
	memcpy(lower + 1, first.lower, sizeof first.lower);
	return array_make_nd(a, elem, first.ndim + 1, dim, lower, all.v, all.nulls, ret, e);
}

void
array_build_init(struct array_build *b, struct arena *a, const struct type *elem)
{
	*b = (struct array_build) { .arena = a, .elem = elem };
}

void
array_build_add_own(struct array_build *b, union datum d, bool null)
{
	if (b->n == b->cap) {
		int cap = b->cap == 0 ? 16 : b->cap * 2;
		union datum *v = arena_alloc(b->arena, sizeof *v * (size_t) cap);
		bool *nulls = arena_alloc(b->arena, (size_t) cap);
		if (b->n != 0) {
			memcpy(v, b->v, sizeof *v * (size_t) b->n);
			memcpy(nulls, b->nulls, (size_t) b->n);
		}
		b->v = v;
		b->nulls = nulls;
		b->cap = cap;
	}
	b->v[b->n] = null ? datum_int(0) : d;
	b->nulls[b->n++] = null;
	b->any_null |= null;
}

void
array_build_add(struct array_build *b, union datum d, bool null)
{
	array_build_add_own(b, null ? d : datum_copy(b->arena, d, b->elem->byval), null);
}

const struct bytes *
array_build_done(const struct array_build *b, struct arena *to)
{
	return array_make(to, b->elem, b->n, b->v, b->any_null ? b->nulls : NULL);
}

/* ---- Comparing */

/* First difference among the elements; nulls are equal to each other and above all else. */
static int
cmp_items(const struct type *elem, const struct array *x, const struct array *y)
{
	struct array_iter i = array_iter(x), j = array_iter(y);
	union datum a, b;
	bool na, nb;

	while (i.i < x->n && j.i < y->n) {
		array_next(&i, &a, &na);
		array_next(&j, &b, &nb);
		if (na || nb) {
			if (na != nb)
				return na ? 1 : -1;
			continue;
		}
		int c = elem->ops->cmp(elem, a, b);
		if (c != 0)
			return c;
	}
	return 0;
}

static int
cmp_int(int a, int b)
{
	return a < b ? -1 : a > b;
}

int
array_cmp(const struct type *elem, const struct bytes *bx, const struct bytes *by)
{
	struct array x, y;

	array_open(elem, bx, &x);
	array_open(elem, by, &y);
	int c = cmp_items(elem, &x, &y);
	if (c == 0)
		c = cmp_int(x.n, y.n);
	if (c == 0)
		c = cmp_int(x.ndim, y.ndim);
	for (int i = 0; c == 0 && i < x.ndim; i++)
		c = cmp_int(x.dim[i], y.dim[i]);
	for (int i = 0; c == 0 && i < x.ndim; i++)
		c = cmp_int(x.lower[i], y.lower[i]);
	return c;
}

bool
array_eq(const struct type *elem, const struct bytes *x, const struct bytes *y)
{
	struct array a, b;

	array_open(elem, x, &a);
	array_open(elem, y, &b);
	if (a.ndim != b.ndim || memcmp(a.dim, b.dim, sizeof a.dim) != 0 ||
	    memcmp(a.lower, b.lower, sizeof a.lower) != 0)
		return false;
	return cmp_items(elem, &a, &b) == 0;
}

static bool
has_element(const struct type *elem, const struct array *a, union datum d)
{
	union datum x;
	bool null;

	for (struct array_iter it = array_iter(a); array_next(&it, &x, &null); )
		if (!null && elem->ops->cmp(elem, x, d) == 0)
			return true;
	return false;
}

bool
array_contains(const struct type *elem, const struct bytes *x, const struct bytes *y)
{
	struct array a, b;
	union datum d;
	bool null;

	array_open(elem, x, &a);
	array_open(elem, y, &b);
	for (struct array_iter it = array_iter(&b); array_next(&it, &d, &null); )
		if (null || !has_element(elem, &a, d))
			return false;
	return true;
}

bool
array_overlaps(const struct type *elem, const struct bytes *x, const struct bytes *y)
{
	struct array a, b;
	union datum d;
	bool null;

	array_open(elem, x, &a);
	array_open(elem, y, &b);
	for (struct array_iter it = array_iter(&b); array_next(&it, &d, &null); )
		if (!null && has_element(elem, &a, d))
			return true;
	return false;
}
