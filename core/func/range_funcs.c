/* range_funcs.c - ranges: making them, their bounds, how two of them lie.
 *
 * Not here: the values (core/type/range.h), multiranges (multirange_funcs.c). */
#include "config.h"
#include "core/func/agg.h"

#include "core/func/ranges.h"

/* ---- int4range(lower, upper [, '[)']) */
static int
parse_flags(union datum text, bool *ret_lower, bool *ret_upper, struct err *e)
{
	const char *s = bytes_data(text.b);

	if (bytes_len(text.b) != 2 || (s[0] != '[' && s[0] != '(') || (s[1] != ']' && s[1] != ')')) {
		err_set(e, ERR_SYNTAX_ERROR, "invalid range bound flags");
		return err_hint(e, "Valid values are \"[]\", \"[)\", \"(]\", and \"()\".");
	}
	*ret_lower = s[0] == '[';
	*ret_upper = s[1] == ']';
	return ERR_OK;
}

DEFINE_FUNC(fn_range_make)
{
	bool lower = true, upper = false;

	if (c->nargs > 2) {
		if (nulls[2])
			return err_set(e, ERR_DATA_EXCEPTION,
			               "range constructor flags argument must not be null");
		int rc = parse_flags(args[2], &lower, &upper, e);
		if (rc != ERR_OK)
			return rc;
	}
	const struct range r = {
		.lo = { args[0], nulls[0], lower && !nulls[0], true },
		.up = { args[1], nulls[1], upper && !nulls[1], false },
	};
	return range_make(fcall_arena(c), c->ret_type, &r, &ret->b, e);
}

/* ---- Bounds */
static struct range
get(const struct fcall *c, const union datum *args, int i)
{
	struct range r;

	range_get(c->arg_types[i], args[i].b, &r);
	return r;
}

DEFINE_FUNC(fn_range_lower)
{
	struct range r = get(c, args, 0);

	*ret_null = r.empty || r.lo.infinite;
	if (!*ret_null)
		*ret = r.lo.v;
	return ERR_OK;
}

DEFINE_FUNC(fn_range_upper)
{
	struct range r = get(c, args, 0);

	*ret_null = r.empty || r.up.infinite;
	if (!*ret_null)
		*ret = r.up.v;
	return ERR_OK;
}

#define RANGE_ASK(name, expr) \
	DEFINE_FUNC(fn_range_##name) \
	{ \
		const struct range r = get(c, args, 0); \
		ret->i = expr; \
		return ERR_OK; \
	}
RANGE_ASK(isempty, r.empty)
RANGE_ASK(lower_inc, !r.empty && !r.lo.infinite && r.lo.inclusive)
RANGE_ASK(upper_inc, !r.empty && !r.up.infinite && r.up.inclusive)
RANGE_ASK(lower_inf, !r.empty && r.lo.infinite)
RANGE_ASK(upper_inf, !r.empty && r.up.infinite)

/* ---- Two ranges */
#define RANGE_TEST(name, expr) \
	DEFINE_FUNC(fn_range_##name) \
	{ \
		const struct type *t = c->arg_types[0]; \
		const struct range x = get(c, args, 0), y = get(c, args, 1); \
		ret->i = expr; \
		return ERR_OK; \
	}
RANGE_TEST(overlaps, range_overlaps(t, &x, &y))
RANGE_TEST(contains, range_contains(t, &x, &y))
RANGE_TEST(contained, range_contains(t, &y, &x))
RANGE_TEST(adjacent, range_adjacent(t, &x, &y))
RANGE_TEST(before, range_before(t, &x, &y))
RANGE_TEST(after, range_before(t, &y, &x))
RANGE_TEST(overleft, range_overleft(t, &x, &y))
RANGE_TEST(overright, range_overright(t, &x, &y))

bool
range_before(const struct type *t, const struct range *x, const struct range *y)
{
	return !x->empty && !y->empty && range_cmp_bounds(t, &x->up, &y->lo) < 0;
}

bool
range_overleft(const struct type *t, const struct range *x, const struct range *y)
{
	return !x->empty && !y->empty && range_cmp_bounds(t, &x->up, &y->up) <= 0;
}

bool
range_overright(const struct type *t, const struct range *x, const struct range *y)
{
	return !x->empty && !y->empty && range_cmp_bounds(t, &x->lo, &y->lo) >= 0;
}

DEFINE_FUNC(fn_range_has_elem)
{
	struct range r = get(c, args, 0);

	ret->i = range_contains_elem(c->arg_types[0], &r, args[1]);
	return ERR_OK;
}

DEFINE_FUNC(fn_elem_in_range)
{
	struct range r = get(c, args, 1);

	ret->i = range_contains_elem(c->arg_types[1], &r, args[0]);
	return ERR_OK;
}

DEFINE_FUNC(fn_range_union)
{
	const struct range x = get(c, args, 0), y = get(c, args, 1);

	return range_union(fcall_arena(c), c->arg_types[0], &x, &y, &ret->b, e);
}

DEFINE_FUNC(fn_range_intersect)
{
	const struct range x = get(c, args, 0), y = get(c, args, 1);

	return range_intersect(fcall_arena(c), c->arg_types[0], &x, &y, &ret->b, e);
}

DEFINE_FUNC(fn_range_minus)
{
	const struct range x = get(c, args, 0), y = get(c, args, 1);

	return range_minus(fcall_arena(c), c->arg_types[0], &x, &y, &ret->b, e);
}

/* The smallest range that has both. */
DEFINE_FUNC(fn_range_merge)
{
	const struct type *t = c->arg_types[0];
	const struct range x = get(c, args, 0), y = get(c, args, 1);

	if (x.empty || y.empty) {
		*ret = x.empty ? args[1] : args[0];
		return ERR_OK;
	}
	const struct range r = {
		.lo = range_cmp_bounds(t, &x.lo, &y.lo) <= 0 ? x.lo : y.lo,
		.up = range_cmp_bounds(t, &x.up, &y.up) >= 0 ? x.up : y.up,
	};
	return range_make(fcall_arena(c), t, &r, &ret->b, e);
}

/* ---- range_intersect_agg */
static int
intersect_step(struct agg_call *c, void *state, const union datum *args, const bool *nulls UNUSED,
               struct err *e)
{
	struct kept_value *s = state;
	const struct type *t = c->fcall.arg_types[0];
	union datum r = args[0];

	if (s->any) {
		struct range x, y;
		range_get(t, s->v.b, &x);
		range_get(t, args[0].b, &y);
		int rc = range_intersect(fcall_arena(&c->fcall), t, &x, &y, &r.b, e);
		if (rc != ERR_OK)
			return rc;
	}
	kept_set(s, c->arena, t, r);
	return ERR_OK;
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

const struct agg agg_range_intersect = {
	.state_size = sizeof(struct kept_value), .skip_nulls = true, .step = intersect_step,
	.final = intersect_final,
};
