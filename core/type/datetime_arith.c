/* datetime_arith.c - sums and differences of dates and timestamps, age, date_bin.
 *
 * Not here: intervals among themselves (interval_arith.c), zones (datetime_zone.c). */
#include "config.h"
#include "core/type/datetime_impl.h"

int
date_add_days(int64_t date, int64_t days, int64_t *ret, struct err *e)
{
	if (date_is_inf(date)) {
		*ret = date;
		return ERR_OK;
	}
	int64_t d;
	if (__builtin_add_overflow(date, days, &d) || !date_in_range(d))
		return date_range(e);
	*ret = d;
	return ERR_OK;
}

int
date_sub(int64_t a, int64_t b, int64_t *ret_days, struct err *e)
{
	if (date_is_inf(a) || date_is_inf(b))
		return err_set(e, ERR_DATETIME_VALUE_OUT_OF_RANGE,
			       "cannot subtract infinite dates");
	*ret_days = a - b;
	return ERR_OK;
}

/* Whole months on the calendar; a day that the month lacks becomes its last. */
static void
add_months(struct civil *c, int32_t months)
{
	int64_t m = (int64_t) c->year * 12 + (c->mon - 1) + months;

	c->year = (int) (m >= 0 ? m / 12 : -((11 - m) / 12));
	c->mon = (int) (m - (int64_t) c->year * 12) + 1;
	int last = days_in_month(c->year, c->mon);
	if (c->day > last)
		c->day = last;
}

/* Months and days on the wall calendar of tz (NULL: none), then the time. */
static int
add_span(int64_t t, struct interval v, const struct timezone *tz, int64_t *ret, struct err *e)
{
	struct civil c;

	if (timestamp_is_inf(t)) {
		*ret = t;
		return ERR_OK;
	}
	if (v.months != 0) {
		timestamp_to_civil(t, tz, &c);
		add_months(&c, v.months);
		int rc = timestamp_from_civil(&c, tz, &t, e);
		if (rc != ERR_OK)
			return rc;
	}
	if (v.days != 0) {
		timestamp_to_civil(t, tz, &c);
		int64_t d = cal_days(c.year, c.mon, c.day) + v.days;
		if (!date_in_range(d))
			return timestamp_range(e);
		days_to_civil(d, &c.year, &c.mon, &c.day);
		int rc = timestamp_from_civil(&c, tz, &t, e);
		if (rc != ERR_OK)
			return rc;
	}
	if (__builtin_add_overflow(t, v.usec, &t) || !timestamp_in_range(t))
		return timestamp_range(e);
	*ret = t;
	return ERR_OK;
}

int
timestamp_add(int64_t t, struct interval v, int64_t *ret, struct err *e)
{
	return add_span(t, v, NULL, ret, e);
}

int
timestamptz_add(int64_t t, struct interval v, const struct timezone *tz, int64_t *ret,
		struct err *e)
{
	return add_span(t, v, tz, ret, e);
}

int
timestamp_sub(int64_t a, int64_t b, struct interval *ret, struct err *e)
{
	struct interval v = { 0 };

	if (timestamp_is_inf(a) || timestamp_is_inf(b))
		return err_set(e, ERR_DATETIME_VALUE_OUT_OF_RANGE,
			       "cannot subtract infinite timestamps");
	if (__builtin_sub_overflow(a, b, &v.usec))
		return interval_range(e);
	return interval_justify_hours(v, ret, e);
}

/* Borrows from the next larger unit until none is negative. */
static void
borrow(int64_t *small, int64_t *large, int unit)
{
	while (*small < 0) {
		*small += unit;
		--*large;
	}
}

int
timestamp_age(int64_t a, int64_t b, const struct timezone *tz, struct interval *ret, struct err *e)
{
	struct civil x, y;

	if (timestamp_is_inf(a) || timestamp_is_inf(b))
		return timestamp_range(e);
	timestamp_to_civil(a, tz, &x);
	timestamp_to_civil(b, tz, &y);
	int sign = a < b ? -1 : 1;
	int64_t year = sign * ((int64_t) x.year - y.year), mon = sign * (x.mon - y.mon);
	int64_t day = sign * (x.day - y.day), usec = sign * (civil_time(&x) - civil_time(&y));
	const struct civil *earlier = a < b ? &x : &y;
	if (usec < 0) {
		usec += USEC_PER_DAY;
		day--;
	}
	borrow(&day, &mon, days_in_month(earlier->year, earlier->mon));
	borrow(&mon, &year, 12);
	*ret = (struct interval){ sign * usec, (int32_t) (sign * day),
				  (int32_t) (sign * (year * 12 + mon)) };
	return ERR_OK;
}

int
timestamp_bin(struct interval stride, int64_t t, int64_t origin, int64_t *ret, struct err *e)
{
	int64_t width, diff, r;

	if (timestamp_is_inf(t)) {
		*ret = t;
		return ERR_OK;
	}
	if (timestamp_is_inf(origin))
		return err_set(e, ERR_DATETIME_VALUE_OUT_OF_RANGE, "origin out of range");
	if (stride.months != 0)
		return err_set(
			e, ERR_FEATURE_NOT_SUPPORTED,
			"timestamps cannot be binned into intervals containing months or years");
	if (__builtin_mul_overflow((int64_t) stride.days, USEC_PER_DAY, &width) ||
	    __builtin_add_overflow(width, stride.usec, &width))
		return interval_range(e);
	if (width <= 0)
		return err_set(e, ERR_DATETIME_VALUE_OUT_OF_RANGE,
			       "stride must be greater than zero");
	if (__builtin_sub_overflow(t, origin, &diff))
		return interval_range(e);
	r = origin + (diff - diff % width);
	if (diff % width < 0 && __builtin_sub_overflow(r, width, &r))
		return timestamp_range(e);
	if (!timestamp_in_range(r))
		return timestamp_range(e);
	*ret = r;
	return ERR_OK;
}

int64_t
time_add(int64_t t, struct interval span)
{
	int64_t r = (t + span.usec % USEC_PER_DAY) % USEC_PER_DAY;

	return r < 0 ? r + USEC_PER_DAY : r;
}
