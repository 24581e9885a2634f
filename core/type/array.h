/* array.h - PostgreSQL's arrays: up to six dimensions, any lower bounds, nulls.
 *
 * A value is a `struct bytes`: element oid, dimensions, flags; per dimension its length and
 * lower bound; a null bitmap if there are nulls; then the elements in row-major order.
 * By-value elements take a slot of 1, 2, 4 or 8 bytes each (nulls too), so element i is read
 * at once; others stand as `struct bytes` one after the other, nulls taking nothing.
 *
 * Owner     results are made on the arena given; element datums point into the array.
 * Thread    any.
 * Failure   2202E wrong subscripts, 54000 too large, 22P02 malformed literal.
 * Cost      array_get() O(1) for by-value elements, else O(i): iterate with array_next(). */
#ifndef CORE_TYPE_ARRAY_H
#define CORE_TYPE_ARRAY_H

#include "core/base/attr.h"
#include "core/type/type.h"

enum { ARRAY_DIM_MAX = 6, ARRAY_ITEMS_MAX = 134217727 };

/* An array taken apart; points into the value. */
struct array {
	int  ndim;                      /* 0: empty */
	int  n;                         /* elements */
	int32_t dim[ARRAY_DIM_MAX], lower[ARRAY_DIM_MAX];
	oid_t elem_oid;
	bool byval, is_float, is_signed;
	int  width;                     /* of a by-value slot */
	const uint8_t *nulls;           /* bit i set: element i is null; NULL: none is */
	const char *data, *end;
};

struct array_iter {
	const struct array *a;
	int i;
	const char *at;
};

void array_open(const struct type *elem, const struct bytes *b, struct array *ret);
static inline void array_open_type(const struct type *t, const struct bytes *b, struct array *ret)
	{ array_open(t->elem, b, ret); }
oid_t array_elem_oid(const struct bytes *b);    /* without knowing its type (anyarray) */
int   array_count(const struct bytes *b);       /* elements, from the head alone */
int   array_ndim(const struct bytes *b);

static inline bool
array_is_null(const struct array *a, int i)
{
	return a->nulls != NULL && (a->nulls[i >> 3] >> (i & 7) & 1) != 0;
}
union datum array_get(const struct array *a, int i, bool *ret_null);

static inline struct array_iter array_iter(const struct array *a)
	{ return (struct array_iter) { a, 0, a->data }; }
bool array_next(struct array_iter *it, union datum *ret, bool *ret_null);       /* false: done */
/* All elements; nulls may be NULL when the caller refuses nulls (then false tells of one). */
bool array_to_datums(const struct array *a, struct arena *arena, union datum **ret,
		     bool **ret_nulls);

/* ---- Making.  nulls may be NULL. */
const struct bytes *array_empty(struct arena *a, const struct type *elem);
const struct bytes *array_make(struct arena *a, const struct type *elem, int n,
                               const union datum *v, const bool *nulls);        /* lower bound 1 */
int  array_make_nd(struct arena *a, const struct type *elem, int ndim, const int32_t *dim,
                   const int32_t *lower, const union datum *v, const bool *nulls,
                   const struct bytes **ret, struct err *e) MUST_CHECK;
/* ARRAY[[..],[..]]: arrays of equal shape become one of a dimension more (NULL arrays: empty). */
int  array_stack(struct arena *a, const struct type *elem, int n, const struct bytes *const *parts,
                 const struct bytes **ret, struct err *e) MUST_CHECK;

/* A list that grows: array_agg, array literals, unnest's inverse. */
struct array_build {
	struct arena *arena;
	const struct type *elem;
	union datum *v;
	bool *nulls;
	int  n, cap;
	bool any_null;
};
void array_build_init(struct array_build *b, struct arena *a, const struct type *elem);
void array_build_add(struct array_build *b, union datum d, bool null);  /* the datum is copied */
const struct bytes *array_build_done(const struct array_build *b, struct arena *to);

/* ---- Subscripts (as SQL counts, from the lower bounds) */
/* a[i][j]: *ret_null when out of range or the number of subscripts is not ndim. */
union datum array_element(const struct array *a, int nsub, const int32_t *sub, bool *ret_null);
/* a[l:u][l:u]: missing dimensions are whole; empty array when nothing is left. */
int array_slice(struct arena *ar, const struct type *elem, const struct bytes *b, int nsub,
		const int32_t *lower, const int32_t *upper, const bool *has_lower,
		const bool *has_upper, const struct bytes **ret, struct err *e) MUST_CHECK;
/* UPDATE ... SET a[i] = v; b NULL: a null array. */
int array_set(struct arena *ar, const struct type *elem, const struct bytes *b, int nsub,
	      const int32_t *sub, union datum v, bool null, const struct bytes **ret,
	      struct err *e) MUST_CHECK;
int array_set_slice(struct arena *ar, const struct type *elem, const struct bytes *b, int nsub,
		    const int32_t *lower, const int32_t *upper, const bool *has_lower,
		    const bool *has_upper, const struct bytes *src, const struct bytes **ret,
		    struct err *e) MUST_CHECK;

/* ---- Whole arrays; b NULL where a null array is meant */
int array_append(struct arena *ar, const struct type *elem, const struct bytes *b, union datum v,
		 bool null, const struct bytes **ret, struct err *e) MUST_CHECK;
int array_prepend(struct arena *ar, const struct type *elem, union datum v, bool null,
		  const struct bytes *b, const struct bytes **ret, struct err *e) MUST_CHECK;
int array_cat(struct arena *ar, const struct type *elem, const struct bytes *x,
	      const struct bytes *y, const struct bytes **ret, struct err *e) MUST_CHECK;
int  array_cmp(const struct type *elem, const struct bytes *x, const struct bytes *y);
bool array_eq(const struct type *elem, const struct bytes *x, const struct bytes *y);
bool array_contains(const struct type *elem, const struct bytes *x,
		    const struct bytes *y); /* x @> y */
bool array_overlaps(const struct type *elem, const struct bytes *x, const struct bytes *y); /* && */
/* 54000 when the dimensions multiply to more than ARRAY_ITEMS_MAX. */
int  array_count_items(int ndim, const int32_t *dim, int *ret, struct err *e) MUST_CHECK;
void array_put_dims(const struct array *a, struct strbuf *to);          /* [1:2][1:3] */

#endif
