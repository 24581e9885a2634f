/* calendar.c - days and dates of the proleptic Gregorian calendar, ISO weeks. */
#include "config.h"
#include "core/type/datetime_impl.h"

enum { DAYS_0000_TO_2000 = 730425 };    /* 0000-03-01 to 2000-01-01, as counted below */

/* Years start in March here, so that the leap day is the last. */
int64_t
cal_days(int64_t year, int mon, int day)
{
	int64_t y = year - (mon <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (mon + (mon > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - DAYS_0000_TO_2000;
}

int32_t
civil_to_days(int year, int mon, int day)
{
	return (int32_t) cal_days(year, mon, day);
}

void
days_to_civil(int64_t days, int *ret_year, int *ret_mon, int *ret_day)
{
	int64_t z = days + DAYS_0000_TO_2000;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	*ret_day = (int) (doy - (153 * mp + 2) / 5 + 1);
	*ret_mon = (int) (mp < 10 ? mp + 3 : mp - 9);
	*ret_year = (int) (yoe + era * 400 + (*ret_mon <= 2));
}

bool
is_leap_year(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int
days_in_month(int year, int mon)
{
	static const char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return mon == 2 && is_leap_year(year) ? 29 : days[mon - 1];
}

int
days_of_week(int64_t days)
{
	int64_t d = (days + 6) % 7;     /* 2000-01-01 was a Saturday */

	return (int) (d < 0 ? d + 7 : d);
}

/* The Monday of week 1: the week that has 4 January in it. */
static int64_t
first_monday(int year)
{
	int64_t d = cal_days(year, 1, 4);

	return d - (days_of_week(d) + 6) % 7;
}

int
iso_year(int year, int mon, int day)
{
	int64_t d = cal_days(year, mon, day);

	if (d < first_monday(year))
		return year - 1;
	return d >= first_monday(year + 1) ? year + 1 : year;
}

int
iso_week(int year, int mon, int day)
{
	int64_t d = cal_days(year, mon, day);

	return (int) ((d - first_monday(iso_year(year, mon, day))) / 7) + 1;
}

int32_t
iso_week_to_days(int year, int week)
{
	return (int32_t) (first_monday(year) + (int64_t) (week - 1) * 7);
}

/* Splits into days (floor) and the rest of the day. */
int64_t
split_days(int64_t t, int64_t *ret_rest)
{
	int64_t days = t / USEC_PER_DAY, rest = t % USEC_PER_DAY;

	if (rest < 0) {
		rest += USEC_PER_DAY;
		days--;
	}
	*ret_rest = rest;
	return days;
}

void
civil_set_time(struct civil *c, int64_t usec_of_day)
{
	int64_t s = usec_of_day / USEC_PER_SEC;

	c->usec = (int) (usec_of_day % USEC_PER_SEC);
	c->hour = (int) (s / 3600);
	c->min = (int) (s / 60 % 60);
	c->sec = (int) (s % 60);
}

int64_t
civil_time(const struct civil *c)
{
	return ((int64_t) c->hour * 60 + c->min) * USEC_PER_MIN + c->sec * USEC_PER_SEC + c->usec;
}

void
timestamp_to_civil(int64_t t, const struct timezone *tz, struct civil *ret)
{
	struct civil c = { 0 };
	const char *abbrev = "";
	int64_t rest;

	if (tz != NULL) {
		bool dst;
		c.gmtoff = tz_offset(tz, t, &dst, &abbrev);
		c.isdst = dst;
		t += c.gmtoff * USEC_PER_SEC;
	}
	int64_t days = split_days(t, &rest);
	days_to_civil(days, &c.year, &c.mon, &c.day);
	civil_set_time(&c, rest);
	c.wday = days_of_week(days);
	c.yday = (int) (days - cal_days(c.year, 1, 1)) + 1;
	strncpy(c.abbrev, abbrev, sizeof c.abbrev - 1);
	*ret = c;
}

int
timestamp_range(struct err *e)
{
	return err_set(e, ERR_DATETIME_VALUE_OUT_OF_RANGE, "timestamp out of range");
}

bool
julian_in_range(int year, int mon)
{
	return (year > JULIAN_MIN_YEAR || (year == JULIAN_MIN_YEAR && mon >= 11)) &&
	       (year < JULIAN_MAX_YEAR || (year == JULIAN_MAX_YEAR && mon < 6));
}

/* The local time as microseconds; false: out of range. */
bool
civil_to_local(const struct civil *c, int64_t *ret)
{
	int64_t days, t;

	if (!julian_in_range(c->year, c->mon))
		return false;
	days = cal_days(c->year, c->mon, c->day);
	if (__builtin_mul_overflow(days, USEC_PER_DAY, &t) ||
	    __builtin_add_overflow(t, civil_time(c), &t))
		return false;
	*ret = t;
	return true;
}

int
timestamp_from_civil(const struct civil *c, const struct timezone *tz, int64_t *ret, struct err *e)
{
	int64_t t;

	if (!civil_to_local(c, &t))
		return timestamp_range(e);
	if (tz != NULL && __builtin_sub_overflow(t, tz_local_offset(tz, t) * USEC_PER_SEC, &t))
		return timestamp_range(e);
	if (!timestamp_in_range(t))
		return timestamp_range(e);
	*ret = t;
	return ERR_OK;
}
