/* multirange_funcs.c - multiranges: sorted ranges that do not touch, seen as one set.
 *
 * Most questions are asked of a "set": the ranges of a multirange, or a single range.
 * Not here: ranges (range_funcs.c); making the values canonical (core/type/range.h). */
#include "config.h"
#include "core/func/agg.h"

#include "core/func/ranges.h"
#include "core/type/array.h"

struct set {
	const struct type *t;           /* the range type */
	int n;
	struct range *at;
};

/* An argument, a range or a multirange, as a set; the empty range is no element of it. */
static struct set
open_set(struct fcall *c, const union datum *args, int i)
{
	const struct type *t = c->arg_types[i];
	struct set s = { .t = t };

	if (t->kind == TYPE_RANGE) {
		s.at = ARENA_ARRAY(fcall_arena(c), struct range, 1);
		range_get(t, args[i].b, s.at);
		s.n = !s.at[0].empty;
		return s;
	}
	s.t = t->sub;
	s.n = multirange_count(args[i].b);
	s.at = ARENA_ARRAY(fcall_arena(c), struct range, s.n + 1);
	for (int k = 0; k < s.n; k++)
		range_get(s.t, multirange_at(args[i].b, k), &s.at[k]);
	return s;
}

/* ---- Bounds */
DEFINE_FUNC(fn_multirange_lower)
{
	struct set s = open_set(c, args, 0);

	*ret_null = s.n == 0 || s.at[0].lo.infinite;
	if (!*ret_null)
		*ret = s.at[0].lo.v;
	return ERR_OK;
}

DEFINE_FUNC(fn_multirange_upper)
{
	struct set s = open_set(c, args, 0);

	*ret_null = s.n == 0 || s.at[s.n - 1].up.infinite;
	if (!*ret_null)
		*ret = s.at[s.n - 1].up.v;
	return ERR_OK;
}

#define MULTIRANGE_ASK(name, expr) \
	DEFINE_FUNC(fn_multirange_##name) \
	{ \
		const struct set s = open_set(c, args, 0); \
		const struct range *first = s.at, *last = s.at + (s.n > 0 ? s.n - 1 : 0); \
		(void) first; \
		(void) last; \
		ret->i = expr; \
		return ERR_OK; \
	}
MULTIRANGE_ASK(isempty, s.n == 0)
MULTIRANGE_ASK(lower_inc, s.n > 0 && !first->lo.infinite && first->lo.inclusive)
MULTIRANGE_ASK(upper_inc, s.n > 0 && !last->up.infinite && last->up.inclusive)
MULTIRANGE_ASK(lower_inf, s.n > 0 && first->lo.infinite)
MULTIRANGE_ASK(upper_inf, s.n > 0 && last->up.infinite)

/* ---- Questions of two sets, a range or a multirange each */
static bool
overlaps(const struct set *x, const struct set *y)
{
	for (int i = 0, j = 0; i < x->n && j < y->n; ) {
		if (range_overlaps(x->t, &x->at[i], &y->at[j]))
			return true;
		if (range_before(x->t, &x->at[i], &y->at[j]))
			i++;
		else
			j++;
	}
	return false;
}

static bool
contains(const struct set *x, const struct set *y)
{
	int i = 0;

	for (int j = 0; j < y->n; j++) {
		while (i < x->n && !range_contains(x->t, &x->at[i], &y->at[j]))
			i++;
		if (i == x->n)
			return false;
	}
	return true;
}

static bool
before(const struct set *x, const struct set *y)
{
	return x->n > 0 && y->n > 0 && range_before(x->t, &x->at[x->n - 1], &y->at[0]);
}

/* Touching without overlap, at either end of the whole. */
static bool
adjacent(const struct set *x, const struct set *y)
{
	if (x->n == 0 || y->n == 0)
		return false;
	struct range a = x->at[x->n - 1], b = y->at[0];
	if (range_cmp_bounds(x->t, &a.up, &b.lo) < 0 && range_adjacent(x->t, &a, &b))
		return true;
	a = x->at[0];
	b = y->at[y->n - 1];
	return range_cmp_bounds(x->t, &b.up, &a.lo) < 0 && range_adjacent(x->t, &b, &a);
}

static bool
overleft(const struct set *x, const struct set *y)
{
	return x->n > 0 && y->n > 0 && range_overleft(x->t, &x->at[x->n - 1], &y->at[y->n - 1]);
}

static bool
overright(const struct set *x, const struct set *y)
{
	return x->n > 0 && y->n > 0 && range_overright(x->t, &x->at[0], &y->at[0]);
}

#define SET_TEST(name, expr) \
	DEFINE_FUNC(fn_set_##name) \
	{ \
		const struct set x = open_set(c, args, 0), y = open_set(c, args, 1); \
		ret->i = expr; \
		return ERR_OK; \
	}
SET_TEST(overlaps, overlaps(&x, &y))
SET_TEST(contains, contains(&x, &y))
SET_TEST(contained, contains(&y, &x))
SET_TEST(before, before(&x, &y))
SET_TEST(after, before(&y, &x))
SET_TEST(adjacent, adjacent(&x, &y))
SET_TEST(overleft, overleft(&x, &y))
SET_TEST(overright, overright(&x, &y))

static bool
has_elem(const struct set *s, union datum v)
{
	for (int i = 0; i < s->n; i++)
		if (range_contains_elem(s->t, &s->at[i], v))
			return true;
	return false;
}

DEFINE_FUNC(fn_multirange_has_elem)
{
	struct set s = open_set(c, args, 0);

	ret->i = has_elem(&s, args[1]);
	return ERR_OK;
}

DEFINE_FUNC(fn_elem_in_multirange)
{
	struct set s = open_set(c, args, 1);

	ret->i = has_elem(&s, args[0]);
	return ERR_OK;
}

/* ---- Making */
struct ranges { const struct bytes **at; int n, cap; };

static void
ranges_add(struct ranges *r, struct arena *a, const struct bytes *b)
{
	if (r->n == r->cap) {
		int cap = r->cap == 0 ? 8 : r->cap * 2;
		const struct bytes **at = arena_alloc(a, (size_t) cap * sizeof *at);
		if (r->n > 0)
			memcpy(at, r->at, (size_t) r->n * sizeof *at);
		r->at = at;
		r->cap = cap;
	}
	r->at[r->n++] = b;
}

/* int4multirange(), int4multirange(range), int4multirange(VARIADIC range[]) */
DEFINE_FUNC(fn_multirange_make)
{
	struct arena *a = fcall_arena(c);
	struct ranges all = { 0 };
	struct array arr;
	union datum d;
	bool null;

	if (c->nargs > 0 && c->arg_types[0]->kind == TYPE_RANGE) {
		ranges_add(&all, a, args[0].b);
	} else if (c->nargs > 0) {
		array_open_type(c->arg_types[0], args[0].b, &arr);
		if (arr.ndim > 1)
			return err_set(e, ERR_CARDINALITY_VIOLATION,
			               "multiranges cannot be constructed from multidimensional arrays");
		for (struct array_iter it = array_iter(&arr); array_next(&it, &d, &null); ) {
			if (null)
				return err_set(e, ERR_NULL_VALUE_NOT_ALLOWED,
				               "multirange values cannot contain null members");
			ranges_add(&all, a, d.b);
		}
	}
	return multirange_make(a, c->ret_type, all.n, all.at, &ret->b, e);
}

DEFINE_FUNC(fn_multirange_union)
{
	struct arena *a = fcall_arena(c);
	struct ranges all = { 0 };

	for (int i = 0; i < 2; i++)
		for (int k = 0; k < multirange_count(args[i].b); k++)
			ranges_add(&all, a, multirange_at(args[i].b, k));
	return multirange_make(a, c->arg_types[0], all.n, all.at, &ret->b, e);
}

DEFINE_FUNC(fn_multirange_intersect)
{
	struct arena *a = fcall_arena(c);
	struct set x = open_set(c, args, 0), y = open_set(c, args, 1);
	struct ranges all = { 0 };

	for (int i = 0; i < x.n; i++)
		for (int j = 0; j < y.n; j++) {
			const struct bytes *b = NULL;
			if (!range_overlaps(x.t, &x.at[i], &y.at[j]))
				continue;
			int rc = range_intersect(a, x.t, &x.at[i], &y.at[j], &b, e);
			if (rc != ERR_OK)
				return rc;
			ranges_add(&all, a, b);
		}
	return multirange_make(a, c->arg_types[0], all.n, all.at, &ret->b, e);
}

/* What of x lies left of y, and what of it lies right. */
static int
cut(struct arena *a, const struct type *t, struct range *x, const struct range *y, struct ranges *out,
    struct err *e)
{
	const struct bytes *b = NULL;
	struct range left = *x, right = *x;

	left.up = y->lo;
	left.up.lower = false;
	left.up.inclusive = !y->lo.inclusive;
	if (!y->lo.infinite && range_cmp_bounds(t, &x->lo, &y->lo) < 0) {
		int rc = range_make(a, t, &left, &b, e);
		if (rc != ERR_OK)
			return rc;
		ranges_add(out, a, b);
	}
	right.lo = y->up;
	right.lo.lower = true;
	right.lo.inclusive = !y->up.inclusive;
	x->empty = y->up.infinite || range_cmp_bounds(t, &x->up, &y->up) <= 0;
	if (!x->empty)
		*x = right;
	return ERR_OK;
}

DEFINE_FUNC(fn_multirange_minus)
{
	struct arena *a = fcall_arena(c);
	struct set x = open_set(c, args, 0), y = open_set(c, args, 1);
	struct ranges all = { 0 };

	for (int i = 0; i < x.n; i++) {
		struct range rest = x.at[i];
		const struct bytes *b = NULL;
		int rc = ERR_OK;
		for (int j = 0; rc == ERR_OK && !rest.empty && j < y.n; j++)
			if (range_overlaps(x.t, &rest, &y.at[j]))
				rc = cut(a, x.t, &rest, &y.at[j], &all, e);
		if (rc == ERR_OK && !rest.empty)
			rc = range_make(a, x.t, &rest, &b, e);
		if (rc != ERR_OK)
			return rc;
		if (!rest.empty)
			ranges_add(&all, a, b);
	}
	return multirange_make(a, c->arg_types[0], all.n, all.at, &ret->b, e);
}

/* range_merge(multirange): from the first bound to the last. */
DEFINE_FUNC(fn_multirange_merge)
{
	struct set s = open_set(c, args, 0);

	if (s.n == 0) {
		ret->b = range_make_empty(fcall_arena(c));
		return ERR_OK;
	}
	const struct range r = { .lo = s.at[0].lo, .up = s.at[s.n - 1].up };
	return range_make(fcall_arena(c), s.t, &r, &ret->b, e);
}

DEFINE_SRF(fn_multirange_unnest)
{
	const bool null = false;

	for (int i = 0; i < multirange_count(args[0].b); i++) {
		union datum d = datum_bytes(multirange_at(args[0].b, i));
		int rc = to->push(to, &d, &null, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

/* ---- Aggregates */
static int
collect_step(struct agg_call *c, void *state, const union datum *args, const bool *nulls,
             struct err *e UNUSED)
{
	struct ranges *s = state;

	if (nulls != NULL && nulls[0])
		return ERR_OK;
	union datum d = datum_copy(c->arena, args[0], false);
	if (c->fcall.arg_types[0]->kind == TYPE_RANGE)
		ranges_add(s, c->arena, d.b);
	else
		for (int i = 0; i < multirange_count(d.b); i++)
			ranges_add(s, c->arena, multirange_at(d.b, i));
	if (s->at == NULL) {            /* empty multiranges only: still a value was seen */
		s->at = arena_alloc(c->arena, sizeof *s->at);
		s->cap = 1;
	}
	return ERR_OK;
}

static int
collect_final(struct agg_call *c, void *state, union datum *ret, bool *ret_null, struct err *e)
{
	const struct ranges *s = state;

	*ret_null = s->at == NULL;
	if (*ret_null)
		return ERR_OK;
	return multirange_make(fcall_arena(&c->fcall), c->fcall.ret_type, s->n, s->at, &ret->b, e);
}

const struct agg agg_range_collect = {
	.state_size = sizeof(struct ranges), .step = collect_step, .final = collect_final,
};

static int
intersect_step(struct agg_call *c, void *state, const union datum *args, const bool *nulls UNUSED,
               struct err *e)
{
	struct kept_value *s = state;
	const struct type *types[2] = { c->fcall.arg_types[0], c->fcall.arg_types[0] };
	struct fcall call = c->fcall;
	const union datum pair[2] = { s->v, args[0] };
	union datum r = args[0];
	bool null = false;

	call.arg_types = types;
	call.nargs = 2;
	int rc = s->any ? fn_multirange_intersect(&call, pair, NULL, &r, &null, e) : ERR_OK;
	if (rc == ERR_OK)
		kept_set(s, c->arena, types[0], r);
	return rc;
}

static int
intersect_final(struct agg_call *c, void *state, union datum *ret, bool *ret_null,
                struct err *e UNUSED)
{
	const struct kept_value *s = state;

	*ret_null = !s->any;
	if (s->any)
		*ret = datum_copy(fcall_arena(&c->fcall), s->v, false);
	return ERR_OK;
}

const struct agg agg_multirange_intersect = {
	.state_size = sizeof(struct kept_value), .skip_nulls = true, .step = intersect_step,
	.final = intersect_final,
};
