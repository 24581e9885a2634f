/* window_range.c - in_range: does a row lie within `offset` of another by ORDER BY?
 *
 * in_range(value, base, offset, sub, less): with bound = base - offset (sub) or base + offset,
 * is value <= bound (less) or >= bound?  What RANGE frames with an offset ask for.  A bound
 * beyond the type's range is beyond every value.
 * Not here: frames (core/exec). */
#include "config.h"
#include "core/func/impl.h"

#include <math.h>

#include "core/type/datetime.h"
#include "core/type/numeric.h"

static int
fail_offset(struct err *e)
{
	return err_set(e, ERR_INVALID_PRECEDING_OR_FOLLOWING_SIZE,
	               "invalid preceding or following size in window function");
}

/* The answer once value and bound have been compared. */
static inline bool
answer(int order, bool less)
{
	return less ? order <= 0 : order >= 0;
}

DEFINE_FUNC(fn_in_range_int)
{
	bool sub = args[3].i != 0, less = args[4].i != 0;
	int64_t bound;

	if (args[2].i < 0)
		return fail_offset(e);
	bool over = sub ? __builtin_sub_overflow(args[1].i, args[2].i, &bound)
	                : __builtin_add_overflow(args[1].i, args[2].i, &bound);
	ret->i = over ? less != sub : answer((args[0].i > bound) - (args[0].i < bound), less);
	return ERR_OK;
}

DEFINE_FUNC(fn_in_range_float)
{
	double v = args[0].f, base = args[1].f, offset = args[2].f;
	bool sub = args[3].i != 0, less = args[4].i != 0;

	if (isnan(offset) || offset < 0)
		return fail_offset(e);
	if (isnan(v) || isnan(base)) {
		ret->i = isnan(v) ? isnan(base) || !less : less;
		return ERR_OK;
	}
	if (isinf(offset) && isinf(base) && (sub ? base > 0 : base < 0)) {
		ret->i = true;          /* the bound would be NaN: everything is in range */
		return ERR_OK;
	}
	double bound = sub ? base - offset : base + offset;
	ret->i = less ? v <= bound : v >= bound;
	return ERR_OK;
}

DEFINE_FUNC(fn_in_range_numeric)
{
	numeric_t v = args[0].b, base = args[1].b, offset = args[2].b, bound = NULL;
	bool sub = args[3].i != 0, less = args[4].i != 0;

	if (numeric_is_nan(offset) || numeric_sign(offset) < 0)
		return fail_offset(e);
	if (numeric_is_nan(v) || numeric_is_nan(base)) {
		ret->i = numeric_is_nan(v) ? numeric_is_nan(base) || !less : less;
		return ERR_OK;
	}
	if (numeric_is_inf(offset) && numeric_is_inf(base) &&
	    numeric_sign(base) == (sub ? 1 : -1)) {
		ret->i = true;
		return ERR_OK;
	}
	int rc = sub ? numeric_sub(fcall_arena(c), base, offset, &bound, e)
	             : numeric_add(fcall_arena(c), base, offset, &bound, e);
	if (rc == ERR_OK)
		ret->i = answer(numeric_cmp(v, bound), less);
	return rc;
}

/* ---- Times */
static int
offset_of(union datum d, bool sub, struct interval *ret, struct err *e)
{
	struct interval v = interval_get(d);

	if (interval_cmp(v, (struct interval) { 0 }) < 0)
		return fail_offset(e);
	*ret = v;
	return sub ? interval_neg(v, ret, e) : ERR_OK;
}

static int
in_range_ts(const union datum *args, int64_t v, int64_t base, const struct timezone *tz,
            union datum *ret, struct err *e)
{
	struct interval by = { 0 };
	int64_t bound = 0;
	int rc = offset_of(args[2], args[3].i != 0, &by, e);

	if (rc == ERR_OK)
		rc = tz == NULL ? timestamp_add(base, by, &bound, e)
		                : timestamptz_add(base, by, tz, &bound, e);
	if (rc == ERR_OK)
		ret->i = answer((v > bound) - (v < bound), args[4].i != 0);
	return rc;
}

DEFINE_FUNC(fn_in_range_ts) { return in_range_ts(args, args[0].i, args[1].i, NULL, ret, e); }
DEFINE_FUNC(fn_in_range_tstz)
{
	return in_range_ts(args, args[0].i, args[1].i, c->env->type.fmt->tz, ret, e);
}

DEFINE_FUNC(fn_in_range_date)
{
	int64_t v = 0, base = 0;
	int rc = date_to_timestamp(args[0].i, &v, e);

	if (rc == ERR_OK)
		rc = date_to_timestamp(args[1].i, &base, e);
	return rc != ERR_OK ? rc : in_range_ts(args, v, base, NULL, ret, e);
}

DEFINE_FUNC(fn_in_range_interval)
{
	struct interval by = { 0 }, bound = { 0 };
	int rc = offset_of(args[2], args[3].i != 0, &by, e);

	if (rc == ERR_OK)
		rc = interval_add(interval_get(args[1]), by, &bound, e);
	if (rc == ERR_OK)
		ret->i = answer(interval_cmp(interval_get(args[0]), bound), args[4].i != 0);
	return rc;
}

/* Of a time of day only the time part counts, and days do not wrap. */
DEFINE_FUNC(fn_in_range_time)
{
	struct interval by = interval_get(args[2]);
	bool sub = args[3].i != 0, less = args[4].i != 0;
	int64_t bound;

	if (by.usec < 0)
		return fail_offset(e);
	bool over = __builtin_add_overflow(args[1].i, sub ? -by.usec : by.usec, &bound);
	ret->i = over ? less : answer((args[0].i > bound) - (args[0].i < bound), less);
	return ERR_OK;
}

DEFINE_FUNC(fn_in_range_timetz)
{
	struct timetz bound = timetz_get(args[1]);
	struct interval by = interval_get(args[2]);
	bool sub = args[3].i != 0, less = args[4].i != 0;

	if (by.usec < 0)
		return fail_offset(e);
	bool over = __builtin_add_overflow(bound.usec, sub ? -by.usec : by.usec, &bound.usec);
	ret->i = over ? less : answer(timetz_cmp(timetz_get(args[0]), bound), less);
	return ERR_OK;
}
