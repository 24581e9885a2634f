/* datetime_zone.c - casts between the date and time types, and AT TIME ZONE. */
#include "config.h"
#include "core/type/datetime_impl.h"

enum { TIMESTAMP_END_DAY = 106751983 }; /* 294277-01-01 */

int
timestamp_to_utc(int64_t local, const struct timezone *tz, int64_t *ret, struct err *e)
{
	int64_t t;

	if (timestamp_is_inf(local)) {
		*ret = local;
		return ERR_OK;
	}
	if (__builtin_sub_overflow(local, tz_local_offset(tz, local) * USEC_PER_SEC, &t) ||
	    !timestamp_in_range(t))
		return timestamp_range(e);
	*ret = t;
	return ERR_OK;
}

int
timestamp_to_local(int64_t utc, const struct timezone *tz, int64_t *ret, struct err *e)
{
	int64_t t;

	if (timestamp_is_inf(utc)) {
		*ret = utc;
		return ERR_OK;
	}
	if (__builtin_add_overflow(utc, tz_offset(tz, utc, NULL, NULL) * USEC_PER_SEC, &t) ||
	    !timestamp_in_range(t))
		return timestamp_range(e);
	*ret = t;
	return ERR_OK;
}

int
date_to_timestamp(int64_t date, int64_t *ret, struct err *e)
{
	if (date_is_inf(date))
		*ret = date == DATE_MINUS_INF ? TIMESTAMP_MINUS_INF : TIMESTAMP_PLUS_INF;
	else if (date >= TIMESTAMP_END_DAY)
		return err_set(e, ERR_DATETIME_VALUE_OUT_OF_RANGE,
			       "date out of range for timestamp");
	else
		*ret = date * USEC_PER_DAY;
	return ERR_OK;
}

int
date_to_timestamptz(int64_t date, const struct timezone *tz, int64_t *ret, struct err *e)
{
	int64_t t;
	int rc = date_to_timestamp(date, &t, e);

	if (rc != ERR_OK)
		return rc;
	if (!timestamp_is_inf(t)) {
		t -= tz_local_offset(tz, t) * USEC_PER_SEC;
		if (!timestamp_in_range(t))
			return err_set(e, ERR_DATETIME_VALUE_OUT_OF_RANGE,
				       "date out of range for timestamp");
	}
	*ret = t;
	return ERR_OK;
}

int64_t
timestamp_to_date(int64_t t)
{
	int64_t rest;

	if (timestamp_is_inf(t))
		return t == TIMESTAMP_MINUS_INF ? DATE_MINUS_INF : DATE_PLUS_INF;
	return split_days(t, &rest);
}

int64_t
timestamp_to_time(int64_t t)
{
	int64_t rest;

	(void) split_days(t, &rest);
	return rest;
}

struct timetz
timestamptz_to_timetz(int64_t t, const struct timezone *tz)
{
	int off = tz_offset(tz, t, NULL, NULL);

	return (struct timetz) { timestamp_to_time(t + off * USEC_PER_SEC), -off };
}

/* Today's date decides what the session's zone means. */
struct timetz
time_to_timetz(int64_t t, const struct timezone *tz, int64_t now)
{
	int64_t rest, day = split_days(now + tz_offset(tz, now, NULL, NULL) * USEC_PER_SEC, &rest);

	return (struct timetz) { t, -tz_local_offset(tz, day * USEC_PER_DAY + t) };
}

/* ---- AT TIME ZONE */

static int
shift(int64_t t, int64_t seconds, int64_t *ret, struct err *e)
{
	if (__builtin_add_overflow(t, seconds * USEC_PER_SEC, &t) || !timestamp_in_range(t))
		return timestamp_range(e);
	*ret = t;
	return ERR_OK;
}

int
timestamp_zone(int64_t t, const char *zone, size_t len, int64_t *ret, struct err *e)
{
	int off;

	if (timestamp_is_inf(t)) {
		*ret = t;
		return ERR_OK;
	}
	int rc = tz_parse_offset(zone, len, t, true, &off, e);
	return rc != ERR_OK ? rc : shift(t, -off, ret, e);
}

int
timestamptz_zone(int64_t t, const char *zone, size_t len, int64_t *ret, struct err *e)
{
	int off;

	if (timestamp_is_inf(t)) {
		*ret = t;
		return ERR_OK;
	}
	int rc = tz_parse_offset(zone, len, t, false, &off, e);
	return rc != ERR_OK ? rc : shift(t, off, ret, e);
}

static int
zone_of_interval(struct interval v, int *ret_off, struct err *e)
{
	if (v.months != 0 || v.days != 0) {
		ARENA_AUTO struct arena tmp = { 0 };
		struct strbuf text;
		strbuf_init(&text, &tmp);
		interval_put(v, &fmt_default, &text);
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
			       "interval time zone \"%s\" must not include months or days",
			       text.data);
	}
	*ret_off = (int) (v.usec / USEC_PER_SEC);
	return ERR_OK;
}

int
timestamp_izone(int64_t t, struct interval zone, int64_t *ret, struct err *e)
{
	int off;

	if (timestamp_is_inf(t)) {
		*ret = t;
		return ERR_OK;
	}
	int rc = zone_of_interval(zone, &off, e);
	return rc != ERR_OK ? rc : shift(t, -off, ret, e);
}

int
timestamptz_izone(int64_t t, struct interval zone, int64_t *ret, struct err *e)
{
	int off;

	if (timestamp_is_inf(t)) {
		*ret = t;
		return ERR_OK;
	}
	int rc = zone_of_interval(zone, &off, e);
	return rc != ERR_OK ? rc : shift(t, off, ret, e);
}

static struct timetz
timetz_at(struct timetz t, int off)
{
	int64_t usec = (t.usec + (t.zone + off) * USEC_PER_SEC) % USEC_PER_DAY;

	return (struct timetz) { usec < 0 ? usec + USEC_PER_DAY : usec, -off };
}

int
timetz_zone(struct timetz t, const char *zone, size_t len, int64_t now, struct timetz *ret,
	    struct err *e)
{
	int off, rc = tz_parse_offset(zone, len, now, false, &off, e);

	if (rc == ERR_OK)
		*ret = timetz_at(t, off);
	return rc;
}

int
timetz_izone(struct timetz t, struct interval zone, struct timetz *ret, struct err *e)
{
	int off, rc = zone_of_interval(zone, &off, e);

	if (rc == ERR_OK)
		*ret = timetz_at(t, off);
	return rc;
}
