/* datetime_in.c - date, time, timetz, timestamp and timestamptz from text. */
#include "config.h"
#include "core/type/datetime_decode.h"

#include <time.h>

enum { WORK_MAX = 153 };                /* longer input is not a date, to PostgreSQL either */

const struct fmt_settings fmt_default = {
	.date_style = DATESTYLE_ISO, .date_order = DATEORDER_MDY,
	.interval_style = INTERVALSTYLE_POSTGRES, .extra_float_digits = 1, .bytea_output = 0,
	.tz = &tz_utc_zone,
};

int64_t
clock_now(void)
{
	struct timespec ts;

	(void) clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t) ts.tv_sec * USEC_PER_SEC + ts.tv_nsec / 1000 - UNIX_EPOCH_USEC;
}

static int64_t
round_to(int64_t t, int precision)
{
	static const int64_t scales[] = { 1000000, 100000, 10000, 1000, 100, 10, 1 };
	int64_t scale = scales[precision], half = scale / 2;

	return t >= 0 ? (t + half) / scale * scale : -((-t + half) / scale * scale);
}

int64_t
timestamp_round(int64_t t, int precision)
{
	if (precision < 0 || precision >= 6 || timestamp_is_inf(t))
		return t;
	return round_to(t, precision);
}

int64_t
time_round(int64_t t, int precision)
{
	return precision < 0 || precision >= 6 ? t : round_to(t, precision);
}

int
date_range(struct err *e)
{
	return err_set(e, ERR_DATETIME_VALUE_OUT_OF_RANGE, "date out of range");
}

static int
bad_range(struct err *e, const char *type, const char *s, size_t len)
{
	return err_set(e, ERR_DATETIME_VALUE_OUT_OF_RANGE, "%s out of range: \"%.*s\"", type,
		       (int) len, s);
}

/* ---- The form that clients send most, yyyy-mm-dd[ hh:mm:ss[.f][+hh[:mm]]], without the general
 * machinery */

static bool
two_digits(const char *p, int *ret)
{
	if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
		return false;
	*ret = (p[0] - '0') * 10 + (p[1] - '0');
	return true;
}

/* Returns what follows the date (and the time, if there is one); NULL: not of this form. */
static const char *
plain_iso(const char *s, size_t len, bool with_time, struct civil *c)
{
	const char *p = s + 10, *end = s + len;
	int century, year;

	if (len < 10 || s[4] != '-' || s[7] != '-' || !two_digits(s, &century) ||
	    !two_digits(s + 2, &year) || !two_digits(s + 5, &c->mon) || !two_digits(s + 8, &c->day))
		return NULL;
	c->year = century * 100 + year;
	if (c->year == 0 || c->mon < 1 || c->mon > 12 || c->day < 1 ||
	    c->day > days_in_month(c->year, c->mon))
		return NULL;
	if (p == end || !with_time)
		return p;
	if (len < 19 || (*p != ' ' && *p != 'T') || p[3] != ':' || p[6] != ':' ||
	    !two_digits(p + 1, &c->hour) || !two_digits(p + 4, &c->min) ||
	    !two_digits(p + 7, &c->sec) || c->hour > 23 || c->min > 59 || c->sec > 59)
		return NULL;
	p += 9;
	if (p < end && *p == '.') {
		int n = 0;
		for (p++; p < end && *p >= '0' && *p <= '9' && n < 7; p++, n++)
			c->usec = c->usec * 10 + (*p - '0');
		if (n == 0 || n > 6)
			return NULL;
		for (; n < 6; n++)
			c->usec *= 10;
	}
	return p < end && *p >= '0' && *p <= '9' ? NULL : p;
}

/* Z, +hh or +hh:mm at the end of a timestamp; false: anything else. */
static bool
plain_offset(const char *p, const char *end, int *ret_west)
{
	int hour, min = 0;

	if (end - p == 1 && *p == 'Z') {
		*ret_west = 0;
		return true;
	}
	if ((end - p != 3 && end - p != 6) || (*p != '+' && *p != '-') ||
	    !two_digits(p + 1, &hour) || hour > 15)
		return false;
	if (end - p == 6 && (p[3] != ':' || !two_digits(p + 4, &min) || min > 59))
		return false;
	*ret_west = (hour * 60 + min) * (*p == '-' ? 60 : -60);
	return true;
}

int
date_parse(const char *s, size_t len, const struct fmt_settings *f, int64_t *ret, struct err *e)
{
	struct dt_fields fields;
	struct dt_moment m = { .c = { 0 } };

	if (len == 10 && plain_iso(s, len, false, &m.c) != NULL) {
		*ret = cal_days(m.c.year, m.c.mon, m.c.day);
		return ERR_OK;
	}
	int rc = dt_split(s, len, WORK_MAX, &fields);
	if (rc == DT_OK)
		rc = dt_decode(&fields, f, &m, e);
	if (rc != DT_OK)
		return dt_error(rc, "date", s, len, e);
	if (m.special == DTV_EPOCH) {
		*ret = -UNIX_EPOCH_DAYS;
	} else if (m.special != DTV_NONE) {
		*ret = m.special == DTV_EARLY ? DATE_MINUS_INF : DATE_PLUS_INF;
	} else {
		if (!julian_in_range(m.c.year, m.c.mon))
			return bad_range(e, "date", s, len);
		int64_t days = cal_days(m.c.year, m.c.mon, m.c.day);
		if (!date_in_range(days))
			return bad_range(e, "date", s, len);
		*ret = days;
	}
	return ERR_OK;
}

static int
parse_timestamp(const char *s, size_t len, const struct fmt_settings *f, bool zoned, int32_t typmod,
                int64_t *ret, struct err *e)
{
	struct dt_fields fields;
	struct dt_moment m = { .c = { 0 } };
	int64_t t;

	const char *rest = plain_iso(s, len, true, &m.c);
	if (rest != NULL && (rest == s + len || (zoned && plain_offset(rest, s + len, &m.zone))) &&
	    civil_to_local(&m.c, &t)) {
		if (zoned && rest == s + len)
			m.zone = -tz_local_offset(f->tz != NULL ? f->tz : tz_utc, t);
		*ret = timestamp_round(zoned ? t + m.zone * USEC_PER_SEC : t, typmod);
		return ERR_OK;
	}
	m = (struct dt_moment) { .zone = 0 };
	int rc = dt_split(s, len, WORK_MAX, &fields);
	if (rc == DT_OK)
		rc = dt_decode(&fields, f, &m, e);
	if (rc != DT_OK)
		return dt_error(rc, zoned ? "timestamp with time zone" : "timestamp", s, len, e);
	if (m.special == DTV_EPOCH) {
		*ret = timestamp_round(-UNIX_EPOCH_USEC, typmod);
	} else if (m.special != DTV_NONE) {
		*ret = m.special == DTV_EARLY ? TIMESTAMP_MINUS_INF : TIMESTAMP_PLUS_INF;
	} else {
		if (!civil_to_local(&m.c, &t) ||
		    (zoned && __builtin_add_overflow(t, m.zone * USEC_PER_SEC, &t)) ||
		    !timestamp_in_range(t))
			return bad_range(e, "timestamp", s, len);
		*ret = timestamp_round(t, typmod);
	}
	return ERR_OK;
}

int
timestamp_parse(const char *s, size_t len, const struct fmt_settings *f, int32_t typmod,
		int64_t *ret, struct err *e)
{
	return parse_timestamp(s, len, f, false, typmod, ret, e);
}

int
timestamptz_parse(const char *s, size_t len, const struct fmt_settings *f, int32_t typmod,
		  int64_t *ret, struct err *e)
{
	return parse_timestamp(s, len, f, true, typmod, ret, e);
}

static int
parse_time(const char *s, size_t len, const struct fmt_settings *f, const char *type,
           struct dt_moment *m, struct err *e)
{
	struct dt_fields fields;

	int rc = dt_split(s, len, WORK_MAX, &fields);
	if (rc == DT_OK)
		rc = dt_decode_time(&fields, f, m, e);
	return rc != DT_OK ? dt_error(rc, type, s, len, e) : ERR_OK;
}

int
time_parse(const char *s, size_t len, const struct fmt_settings *f, int32_t typmod, int64_t *ret,
           struct err *e)
{
	struct dt_moment m = { .c = { 0 } };
	int rc = parse_time(s, len, f, "time", &m, e);

	if (rc == ERR_OK)
		*ret = time_round(civil_time(&m.c), typmod);
	return rc;
}

int
timetz_parse(const char *s, size_t len, const struct fmt_settings *f, int32_t typmod,
	     struct timetz *ret, struct err *e)
{
	struct dt_moment m = { .c = { 0 } };
	int rc = parse_time(s, len, f, "time with time zone", &m, e);

	if (rc == ERR_OK)
		*ret = (struct timetz) { time_round(civil_time(&m.c), typmod), m.zone };
	return rc;
}
