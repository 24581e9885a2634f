/* datetime_part.c - extract() and date_part(): fields as exact numbers and as doubles.
 *
 * Not here: date_trunc (datetime_trunc.c). */
#include "config.h"
#include "core/type/datetime_lex.h"

#include <math.h>

/* A field: units / 10^scale, for doubles the way PostgreSQL adds it up. */
struct part {
	int64_t units;
	int  scale;
	double real;
	bool null;                      /* an infinite value has no such field */
	int  inf;                       /* -1, 1: the field is infinite too */
};

static struct part
whole(int64_t v)
{
	return (struct part) { .units = v, .real = (double) v };
}

static int
unknown(struct err *e, enum dt_unit unit, const char *name, oid_t type)
{
	const char *type_name = type_sql_name(type_builtin(type));

	if (unit == DTU_NONE || (unit == DTU_RESERVED && type != OID_DATE &&
				 type != OID_TIMESTAMP && type != OID_TIMESTAMPTZ))
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
			       "unit \"%s\" not recognized for type %s", name, type_name);
	return err_set(e, ERR_FEATURE_NOT_SUPPORTED, "unit \"%s\" not supported for type %s", name,
		       type_name);
}

/* Microseconds, milliseconds and seconds of the minute. */
static bool
part_of_seconds(enum dt_unit unit, int64_t sec, int64_t usec, struct part *ret)
{
	int64_t all = sec * USEC_PER_SEC + usec;

	switch (unit) {
	case DTU_MICROSECOND:
		*ret = whole(all);
		return true;
	case DTU_MILLISECOND:
		*ret = (struct part){ .units = all,
				      .scale = 3,
				      .real = (double) sec * 1000.0 + (double) usec / 1000.0 };
		return true;
	case DTU_SECOND:
		*ret = (struct part){ .units = all,
				      .scale = 6,
				      .real = (double) sec + (double) usec / 1000000.0 };
		return true;
	default:
		return false;
	}
}

/* Fields of the date alone. */
static bool
part_of_date(enum dt_unit unit, int year, int mon, int day, struct part *ret)
{
	int64_t days = cal_days(year, mon, day), y = year;
	int dow = days_of_week(days), iso;

	switch (unit) {
	case DTU_DAY:
		*ret = whole(day);
		break;
	case DTU_MONTH:
		*ret = whole(mon);
		break;
	case DTU_QUARTER:
		*ret = whole((mon - 1) / 3 + 1);
		break;
	case DTU_WEEK:
		*ret = whole(iso_week(year, mon, day));
		break;
	case DTU_YEAR:
		*ret = whole(y > 0 ? y : y - 1);
		break;
	case DTU_DECADE:
		*ret = whole(y >= 0 ? y / 10 : -((8 - (y - 1)) / 10));
		break;
	case DTU_CENTURY:
		*ret = whole(y > 0 ? (y + 99) / 100 : -((99 - (y - 1)) / 100));
		break;
	case DTU_MILLENNIUM:
		*ret = whole(y > 0 ? (y + 999) / 1000 : -((999 - (y - 1)) / 1000));
		break;
	case DTU_ISOYEAR:
		iso = iso_year(year, mon, day);
		*ret = whole(iso <= 0 ? iso - 1 : iso);
		break;
	case DTU_DOW:
		*ret = whole(dow);
		break;
	case DTU_ISODOW:
		*ret = whole(dow == 0 ? 7 : dow);
		break;
	case DTU_DOY:
		*ret = whole(days - cal_days(year, 1, 1) + 1);
		break;
	default:
		return false;
	}
	return true;
}

/* Fields that go round have no value at infinity; those that grow are infinite. */
static int
part_of_infinity(enum dt_unit unit, bool minus, oid_t type, const char *name, struct part *ret,
		 struct err *e)
{
	switch (unit) {
	case DTU_MICROSECOND: case DTU_MILLISECOND: case DTU_SECOND: case DTU_MINUTE: case DTU_HOUR:
		if (type == OID_DATE)
			return unknown(e, unit, name, type);
		/* fall through */
	case DTU_DAY:
	case DTU_MONTH:
	case DTU_QUARTER:
	case DTU_WEEK:
	case DTU_DOW:
	case DTU_ISODOW:
	case DTU_DOY:
		*ret = (struct part) { .null = true };
		return ERR_OK;
	case DTU_TZ: case DTU_TZ_HOUR: case DTU_TZ_MINUTE:
		if (type == OID_DATE)
			return unknown(e, unit, name, type);
		*ret = (struct part) { .null = true };
		return ERR_OK;
	case DTU_YEAR: case DTU_DECADE: case DTU_CENTURY: case DTU_MILLENNIUM: case DTU_JULIAN:
	case DTU_ISOYEAR: case DTU_EPOCH:
		*ret = (struct part) { .inf = minus ? -1 : 1 };
		return ERR_OK;
	default:
		return unknown(e, unit, name, type);
	}
}

static int
date_part(enum dt_unit unit, const char *name, int64_t d, struct part *ret, struct err *e)
{
	int y, m, day;

	if (date_is_inf(d))
		return part_of_infinity(unit, d == DATE_MINUS_INF, OID_DATE, name, ret, e);
	days_to_civil(d, &y, &m, &day);
	if (part_of_date(unit, y, m, day, ret))
		return ERR_OK;
	if (unit == DTU_JULIAN)
		*ret = whole(d + JULIAN_2000);
	else if (unit == DTU_EPOCH)
		*ret = whole((d + UNIX_EPOCH_DAYS) * 86400);
	else
		return unknown(e, unit, name, OID_DATE);
	return ERR_OK;
}

static int
timestamp_part(oid_t type, enum dt_unit unit, const char *name, int64_t t,
	       const struct timezone *tz, struct part *ret, struct err *e)
{
	struct civil c;

	if (timestamp_is_inf(t))
		return part_of_infinity(unit, t == TIMESTAMP_MINUS_INF, type, name, ret, e);
	timestamp_to_civil(t, type == OID_TIMESTAMPTZ ? tz : NULL, &c);
	if (part_of_seconds(unit, c.sec, c.usec, ret) ||
	    part_of_date(unit, c.year, c.mon, c.day, ret))
		return ERR_OK;
	switch (unit) {
	case DTU_HOUR:
		*ret = whole(c.hour);
		return ERR_OK;
	case DTU_MINUTE:
		*ret = whole(c.min);
		return ERR_OK;
	case DTU_EPOCH:
		*ret = (struct part){ .units = t, .scale = 6 }; /* 1970 is added by the caller */
		ret->real = t < INT64_MAX - UNIX_EPOCH_USEC
				    ? (double) (t + UNIX_EPOCH_USEC) / 1000000.0
				    : ((double) t + (double) UNIX_EPOCH_USEC) / 1000000.0;
		return ERR_OK;
	case DTU_TZ:
	case DTU_TZ_HOUR:
	case DTU_TZ_MINUTE:
		if (type != OID_TIMESTAMPTZ)
			break;
		*ret = whole(unit == DTU_TZ        ? c.gmtoff
			     : unit == DTU_TZ_HOUR ? c.gmtoff / 3600
						   : c.gmtoff / 60 % 60);
		return ERR_OK;
	case DTU_JULIAN:
		*ret = (struct part) { .units = civil_time(&c), .scale = -1 };
		ret->real = (double) (cal_days(c.year, c.mon, c.day) + JULIAN_2000) +
			    ((double) ((c.hour * 60 + c.min) * 60 + c.sec) +
			     (double) c.usec / 1000000.0) /
				    86400.0;
		return ERR_OK;
	default:
		break;
	}
	return unknown(e, unit, name, type);
}

static int
time_part(oid_t type, enum dt_unit unit, const char *name, int64_t t, int zone, struct part *ret,
	  struct err *e)
{
	struct civil c;

	civil_set_time(&c, t);
	if (part_of_seconds(unit, c.sec, c.usec, ret))
		return ERR_OK;
	int64_t utc = t + zone * USEC_PER_SEC;
	switch (unit) {
	case DTU_HOUR:
		*ret = whole(c.hour);
		return ERR_OK;
	case DTU_MINUTE:
		*ret = whole(c.min);
		return ERR_OK;
	case DTU_EPOCH:
		*ret = (struct part){ .units = utc,
				      .scale = 6,
				      .real = (double) t / 1000000.0 + zone };
		return ERR_OK;
	case DTU_TZ:
	case DTU_TZ_HOUR:
	case DTU_TZ_MINUTE:
		if (type != OID_TIMETZ)
			break;
		*ret = whole(unit == DTU_TZ        ? -zone
			     : unit == DTU_TZ_HOUR ? -zone / 3600
						   : -zone / 60 % 60);
		return ERR_OK;
	default:
		break;
	}
	return unknown(e, unit, name, type);
}

static int
interval_part(enum dt_unit unit, const char *name, struct interval v, struct part *ret,
	      struct err *e)
{
	int64_t year = v.months / 12, mon = v.months % 12, rest = v.usec % USEC_PER_MIN;

	if (part_of_seconds(unit, rest / USEC_PER_SEC, rest % USEC_PER_SEC, ret))
		return ERR_OK;
	switch (unit) {
	case DTU_MINUTE:
		*ret = whole(v.usec % USEC_PER_HOUR / USEC_PER_MIN);
		break;
	case DTU_HOUR:
		*ret = whole(v.usec / USEC_PER_HOUR);
		break;
	case DTU_DAY:
		*ret = whole(v.days);
		break;
	case DTU_MONTH:
		*ret = whole(mon);
		break;
	case DTU_QUARTER:
		*ret = whole(mon / 3 + 1);
		break;
	case DTU_YEAR:
		*ret = whole(year);
		break;
	case DTU_DECADE:
		*ret = whole(year / 10);
		break;
	case DTU_CENTURY:
		*ret = whole(year / 100);
		break;
	case DTU_MILLENNIUM:
		*ret = whole(year / 1000);
		break;
	case DTU_EPOCH:         /* a year of 365.25 days, a month of 30 */
		*ret = (struct part){ .units = (1461 * year + 120 * mon + 4 * (int64_t) v.days) *
					       21600,
				      .scale = -2 };
		ret->real = (double) v.usec / 1000000.0;
		ret->real += 365.25 * 86400 * (double) year;
		ret->real += 30.0 * 86400 * (double) mon;
		ret->real += 86400.0 * v.days;
		break;
	default:
		return unknown(e, unit, name, OID_INTERVAL);
	}
	return ERR_OK;
}

static int
find_part(oid_t type, const char *field, size_t len, union datum x, const struct timezone *tz,
          enum dt_unit *ret_unit, struct part *ret, struct err *e)
{
	char name[64];
	enum dt_unit unit = *ret_unit = dt_field(field, len, name);

	switch (type) {
	case OID_DATE:
		return date_part(unit, name, x.i, ret, e);
	case OID_TIME:
		return time_part(type, unit, name, x.i, 0, ret, e);
	case OID_TIMETZ:
		return time_part(type, unit, name, timetz_get(x).usec, timetz_get(x).zone, ret, e);
	case OID_INTERVAL:
		return interval_part(unit, name, interval_get(x), ret, e);
	default:
		return timestamp_part(type, unit, name, x.i, tz, ret, e);
	}
}

int
datetime_extract(oid_t type, const char *field, size_t len, union datum x,
		 const struct timezone *tz, struct arena *a, numeric_t *ret, bool *ret_null,
		 struct err *e)
{
	enum dt_unit unit;
	struct part p;

	int rc = find_part(type, field, len, x, tz, &unit, &p, e);
	if (rc != ERR_OK)
		return rc;
	*ret_null = p.null;
	if (p.null)
		return ERR_OK;
	if (p.inf != 0) {
		*ret = numeric_inf(a, p.inf < 0);
	} else if (p.scale == -1) {     /* Julian day and its fraction */
		int64_t local = x.i + (type == OID_TIMESTAMPTZ
					       ? tz_offset(tz, x.i, NULL, NULL) * USEC_PER_SEC
					       : 0);
		numeric_t day = numeric_from_int(a, timestamp_to_date(local) + JULIAN_2000), part;
		rc = numeric_div(a, numeric_from_int(a, p.units), numeric_from_int(a, USEC_PER_DAY),
				 &part, e);
		return rc != ERR_OK ? rc : numeric_add(a, day, part, ret, e);
	} else if (p.scale == -2) {     /* seconds of days and months, and the time */
		*ret = numeric_from_scaled(
			a, (__int128) p.units * USEC_PER_SEC + interval_get(x).usec, 6);
	} else {
		bool moment =
			unit == DTU_EPOCH && (type == OID_TIMESTAMP || type == OID_TIMESTAMPTZ);
		*ret = numeric_from_scaled(a, (__int128) p.units + (moment ? UNIX_EPOCH_USEC : 0),
					   p.scale);
	}
	return ERR_OK;
}

int
datetime_part(oid_t type, const char *field, size_t len, union datum x, const struct timezone *tz,
              double *ret, bool *ret_null, struct err *e)
{
	enum dt_unit unit;
	struct part p;

	if (type == OID_DATE) {         /* date_part(text, date) is that of the timestamp */
		int rc = date_to_timestamp(x.i, &x.i, e);
		if (rc != ERR_OK)
			return rc;
		type = OID_TIMESTAMP;
	}
	int rc = find_part(type, field, len, x, tz, &unit, &p, e);
	if (rc != ERR_OK)
		return rc;
	*ret_null = p.null;
	*ret = p.inf != 0 ? (p.inf < 0 ? -INFINITY : INFINITY) : p.real;
	return ERR_OK;
}
