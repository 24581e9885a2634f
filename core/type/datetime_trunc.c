/* datetime_trunc.c - date_trunc of timestamps, and make_date, make_time, make_timestamp[tz],
 * to_timestamp(double). */
#include "config.h"
#include "core/type/datetime_lex.h"

#include <math.h>

/* The first year of the span of n years that has 1 as its first (2001, 1901). */
static int
span_start(int year, int n)
{
	return year > 0 ? (year + n - 1) / n * n - (n - 1) : -((n - 1 - (year - 1)) / n) * n + 1;
}

/* Cuts c at the unit; false: not a unit for this. *ret_day: a day or more was cut. */
static bool
cut(struct civil *c, enum dt_unit unit, bool *ret_day)
{
	int64_t monday;

	*ret_day = true;
	switch (unit) {
	case DTU_WEEK:
		monday = cal_days(c->year, c->mon, c->day);
		monday -= (days_of_week(monday) + 6) % 7;
		days_to_civil(monday, &c->year, &c->mon, &c->day);
		break;
	case DTU_MILLENNIUM:
		c->year = span_start(c->year, 1000);
		c->mon = c->day = 1;
		break;
	case DTU_CENTURY:
		c->year = span_start(c->year, 100);
		c->mon = c->day = 1;
		break;
	case DTU_DECADE:
		c->year = c->year > 0 ? c->year / 10 * 10 : -((8 - (c->year - 1)) / 10) * 10;
		c->mon = c->day = 1;
		break;
	case DTU_YEAR:
		c->mon = c->day = 1;
		break;
	case DTU_QUARTER:
		c->mon = 3 * ((c->mon - 1) / 3) + 1;
		c->day = 1;
		break;
	case DTU_MONTH:
		c->day = 1;
		break;
	case DTU_DAY:
		break;
	default:
		*ret_day = false;
	}
	if (*ret_day) {
		c->hour = c->min = c->sec = c->usec = 0;
		return true;
	}
	switch (unit) {
	case DTU_HOUR:
		c->min = c->sec = c->usec = 0;
		return true;
	case DTU_MINUTE:
		c->sec = c->usec = 0;
		return true;
	case DTU_SECOND:
		c->usec = 0;
		return true;
	case DTU_MILLISECOND:
		c->usec -= c->usec % 1000;
		return true;
	default:
		return unit == DTU_MICROSECOND;
	}
}

int
timestamp_trunc(const char *unit_text, size_t len, int64_t t, const struct timezone *tz,
		int64_t *ret, struct err *e)
{
	char name[64];
	struct civil c;
	bool day;
	int64_t local;

	if (timestamp_is_inf(t)) {
		*ret = t;
		return ERR_OK;
	}
	enum dt_unit unit = dt_trunc_unit(unit_text, len, name);
	timestamp_to_civil(t, tz, &c);
	int off = c.gmtoff;
	if (unit == DTU_NONE || !cut(&c, unit, &day))
		return err_set(
			e,
			unit == DTU_NONE ? ERR_INVALID_PARAMETER_VALUE : ERR_FEATURE_NOT_SUPPORTED,
			"unit \"%s\" not %s for type %s", name,
			unit == DTU_NONE ? "recognized" : "supported",
			tz != NULL ? "timestamp with time zone" : "timestamp without time zone");
	if (!civil_to_local(&c, &local))
		return timestamp_range(e);
	/* below a day the offset stays; a day may begin under another */
	if (tz != NULL)
		local -= (day ? tz_local_offset(tz, local) : off) * USEC_PER_SEC;
	if (!timestamp_in_range(local))
		return timestamp_range(e);
	*ret = local;
	return ERR_OK;
}

/* ---- make_* */

/* -1 is 1 BC.  In messages make_date tells the astronomical year, the others the given one. */
static int
check_ymd(struct civil *c, bool tell_astronomical, struct err *e)
{
	int year = c->year;

	if (c->year < 0)
		c->year++;
	int shown = tell_astronomical ? c->year : year;
	if (year == 0 || c->mon < 1 || c->mon > 12 || c->day < 1 ||
	    c->day > days_in_month(c->year, c->mon))
		return err_set(e, ERR_DATETIME_FIELD_OVERFLOW,
			       "date field value out of range: %d-%02d-%02d", shown, c->mon,
			       c->day);
	if (!julian_in_range(c->year, c->mon))
		return err_set(e, ERR_DATETIME_VALUE_OUT_OF_RANGE,
			       "date out of range: %d-%02d-%02d", shown, c->mon, c->day);
	return ERR_OK;
}

int
date_make(int year, int mon, int day, int64_t *ret, struct err *e)
{
	struct civil c = { .year = year, .mon = mon, .day = day };

	int rc = check_ymd(&c, true, e);
	if (rc != ERR_OK)
		return rc;
	int64_t d = cal_days(c.year, mon, day);
	if (!date_in_range(d))
		return err_set(e, ERR_DATETIME_VALUE_OUT_OF_RANGE,
			       "date out of range: %d-%02d-%02d", c.year, mon, day);
	*ret = d;
	return ERR_OK;
}

int
time_make(int hour, int min, double sec, int64_t *ret, struct err *e)
{
	double usec = isfinite(sec) ? rint(sec * (double) USEC_PER_SEC) : -1;

	if (hour < 0 || hour > 24 || min < 0 || min > 59 || usec < 0 ||
	    usec > 60 * (double) USEC_PER_SEC ||
	    hour * USEC_PER_HOUR + min * USEC_PER_MIN + (int64_t) usec > USEC_PER_DAY)
		return err_set(e, ERR_DATETIME_FIELD_OVERFLOW,
			       "time field value out of range: %d:%02d:%02g", hour, min, sec);
	*ret = hour * USEC_PER_HOUR + min * USEC_PER_MIN + (int64_t) usec;
	return ERR_OK;
}

int
timestamp_make(int year, int mon, int day, int hour, int min, double sec, int64_t *ret,
	       struct err *e)
{
	struct civil c = { .year = year, .mon = mon, .day = day };
	int64_t time, t;

	int rc = check_ymd(&c, false, e);
	if (rc == ERR_OK)
		rc = time_make(hour, min, sec, &time, e);
	if (rc != ERR_OK)
		return rc;
	if (__builtin_mul_overflow(cal_days(c.year, mon, day), USEC_PER_DAY, &t) ||
	    __builtin_add_overflow(t, time, &t) || !timestamp_in_range(t))
		return err_set(e, ERR_DATETIME_VALUE_OUT_OF_RANGE,
			       "timestamp out of range: %d-%02d-%02d %d:%02d:%02g", year, mon, day,
			       hour, min, sec);
	*ret = t;
	return ERR_OK;
}

/* A zone for make_timestamptz: signed digits, an abbreviation or a name. */
static int
sane_zone(const char *zone, size_t len, int64_t local, int *ret_off, struct err *e)
{
	if (len > 0 && zone[0] >= '0' && zone[0] <= '9') {
		(void) err_set(e, ERR_INVALID_PARAMETER_VALUE,
			       "invalid input syntax for type %s: \"%.*s\"", "numeric time zone",
			       (int) len, zone);
		return err_hint(e,
				"Numeric time zones must have \"-\" or \"+\" as first character.");
	}
	if (len > 0 && (zone[0] == '+' || zone[0] == '-')) {
		int west, rc = dt_offset(zone, len, &west);
		if (rc == DT_TZ_OVERFLOW)
			return err_set(e, ERR_INVALID_PARAMETER_VALUE,
				       "numeric time zone \"%.*s\" out of range", (int) len, zone);
		if (rc == DT_OK) {
			*ret_off = -west;
			return ERR_OK;
		}
	}
	return tz_parse_offset(zone, len, local, true, ret_off, e);
}

int
timestamptz_make(int year, int mon, int day, int hour, int min, double sec, const char *zone,
		 size_t len, const struct timezone *session_tz, int64_t *ret, struct err *e)
{
	int64_t t;
	int off;

	int rc = timestamp_make(year, mon, day, hour, min, sec, &t, e);
	if (rc != ERR_OK)
		return rc;
	if (zone != NULL) {
		rc = sane_zone(zone, len, t, &off, e);
		if (rc != ERR_OK)
			return rc;
	} else {
		off = tz_local_offset(session_tz, t);
	}
	t -= off * USEC_PER_SEC;
	if (!timestamp_in_range(t))
		return timestamp_range(e);
	*ret = t;
	return ERR_OK;
}

int
timestamp_from_epoch(double seconds, int64_t *ret, struct err *e)
{
	if (isnan(seconds))
		return err_set(e, ERR_DATETIME_VALUE_OUT_OF_RANGE, "timestamp cannot be NaN");
	if (isinf(seconds)) {
		*ret = seconds < 0 ? TIMESTAMP_MINUS_INF : TIMESTAMP_PLUS_INF;
		return ERR_OK;
	}
	double usec = rint((seconds - UNIX_EPOCH_DAYS * 86400.0) * (double) USEC_PER_SEC);
	if (usec < (double) TIMESTAMP_MIN || usec >= (double) TIMESTAMP_END)
		return err_set(e, ERR_DATETIME_VALUE_OUT_OF_RANGE, "timestamp out of range: \"%g\"",
			       seconds);
	*ret = (int64_t) usec;
	return ERR_OK;
}
