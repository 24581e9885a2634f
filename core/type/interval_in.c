/* interval_in.c - intervals from text: `1 year 2 days 03:04:05 ago`, SQL's `1-2 3 4:05:06`,
 * ISO 8601's `P1Y2DT3H`, and the fields of INTERVAL ... TO ... */
#include "config.h"
#include "core/type/datetime_lex.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>

struct span {                           /* what has been added up; wider than an interval */
	int64_t usec;
	int days, months, years;
};

/* ---- Adding a number of units; false: overflow */

static bool
add_usec(struct span *s, int64_t v, double f, int64_t unit)
{
	int64_t whole;

	if (__builtin_mul_overflow(v, unit, &whole) ||
	    __builtin_add_overflow(s->usec, whole, &s->usec))
		return false;
	if (f == 0)
		return true;
	f *= (double) unit;
	whole = (int64_t) f;
	f -= (double) whole;
	if (f > 0.5)
		whole++;
	else if (f < -0.5)
		whole--;
	return !__builtin_add_overflow(s->usec, whole, &s->usec);
}

static bool
add_int(int *to, int64_t v, int unit)
{
	int n;

	return v >= INT_MIN && v <= INT_MAX && !__builtin_mul_overflow((int) v, unit, &n) &&
	       !__builtin_add_overflow(*to, n, to);
}

/* A fraction of a unit of so many days: whole days and time. */
static bool
add_day_fraction(struct span *s, double f, int unit)
{
	if (f == 0)
		return true;
	f *= unit;
	int days = (int) f;
	return !__builtin_add_overflow(s->days, days, &s->days) &&
	       add_usec(s, 0, f - days, USEC_PER_DAY);
}

static bool
add_years(struct span *s, int64_t v, double f, int unit)
{
	int months = (int) rint(f * unit * 12);

	return add_int(&s->years, v, unit) &&
	       !__builtin_add_overflow(s->months, months, &s->months);
}

static bool
add_unit(struct span *s, enum dt_unit unit, int64_t v, double f)
{
	switch (unit) {
	case DTU_MICROSECOND:
		return add_usec(s, v, f, 1);
	case DTU_MILLISECOND:
		return add_usec(s, v, f, 1000);
	case DTU_SECOND:
		return add_usec(s, v, f, USEC_PER_SEC);
	case DTU_MINUTE:
		return add_usec(s, v, f, USEC_PER_MIN);
	case DTU_HOUR:
		return add_usec(s, v, f, USEC_PER_HOUR);
	case DTU_DAY:
		return add_int(&s->days, v, 1) && add_usec(s, 0, f, USEC_PER_DAY);
	case DTU_WEEK:
		return add_int(&s->days, v, 7) && add_day_fraction(s, f, 7);
	case DTU_MONTH:
		return add_int(&s->months, v, 1) && add_day_fraction(s, f, 30);
	case DTU_YEAR:
		return add_years(s, v, f, 1);
	case DTU_DECADE:
		return add_years(s, v, f, 10);
	case DTU_CENTURY:
		return add_years(s, v, f, 100);
	default:
		return add_years(s, v, f, 1000);
	}
}

/* ---- PostgreSQL's and SQL's forms, read from right to left: units stand behind numbers */

/* The unit of a last number without one, by the fields that the type has. */
static enum dt_unit
unit_of_range(int range)
{
	if (range == INTERVAL_YEAR)
		return DTU_YEAR;
	if (range == INTERVAL_MONTH || range == (INTERVAL_YEAR | INTERVAL_MONTH))
		return DTU_MONTH;
	if (range == INTERVAL_DAY)
		return DTU_DAY;
	if (range == INTERVAL_HOUR || range == (INTERVAL_DAY | INTERVAL_HOUR))
		return DTU_HOUR;
	if (range != INTERVAL_FULL_RANGE && (range & INTERVAL_MINUTE) != 0 &&
	    (range & INTERVAL_SECOND) == 0)
		return DTU_MINUTE;
	return DTU_SECOND;
}

struct reader {
	struct span s;
	int  range;
	bool negate_all;                /* one leading sign for the whole, in sql_standard style */
	bool ago;
	enum dt_unit unit;              /* of the next number to the left */
	unsigned got, new;              /* units met */
};

enum {
	GOT_TIME = 1 << DTU_HOUR | 1 << DTU_MINUTE | 1 << DTU_SECOND | 1 << DTU_MILLISECOND |
		   1 << DTU_MICROSECOND
};

static int
read_clock(struct reader *r, const char *text, bool negative)
{
	struct dt_clock c;
	int64_t usec;

	int rc = dt_clock(text, r->range, &c);
	if (rc != DT_OK)
		return rc;
	if (__builtin_mul_overflow(c.hour, USEC_PER_HOUR, &usec) ||
	    __builtin_add_overflow(usec, c.min * USEC_PER_MIN + c.sec * USEC_PER_SEC + c.usec,
				   &usec))
		return DT_OVERFLOW;
	r->s.usec = negative || r->negate_all ? -usec : usec;
	r->new = GOT_TIME;
	r->unit = DTU_DAY;              /* a bare number before a time counts days */
	return DT_OK;
}

/* year-month */
static int
read_year_month(struct reader *r, const char *text, const char *dash, int64_t years)
{
	const char *end;
	int months;

	if (!dt_int(dash + 1, &end, &months) || months < 0 || months >= 12)
		return DT_OVERFLOW;
	if (*end != '\0')
		return DT_BAD_FORMAT;
	if (*text == '-')
		months = -months;
	if (__builtin_mul_overflow(years, (int64_t) 12, &years) ||
	    __builtin_add_overflow(years, (int64_t) months, &years))
		return DT_OVERFLOW;
	if (r->negate_all && years > 0)
		years = -years;
	r->new = 1U << DTU_MONTH;
	r->unit = DTU_MONTH;
	return add_unit(&r->s, DTU_MONTH, years, 0) ? DT_OK : DT_OVERFLOW;
}

static int
read_number(struct reader *r, const char *text)
{
	double f = 0;
	char *end;

	if (r->unit == DTU_NONE)
		r->unit = unit_of_range(r->range);
	errno = 0;
	int64_t v = strtoll(text, &end, 10);
	if (errno == ERANGE)
		return DT_OVERFLOW;
	if (*end == '-')
		return read_year_month(r, text, end, v);
	if (*end == '.') {
		int rc = dt_fraction(end, &f);
		if (rc != DT_OK)
			return rc;
		if (*text == '-')
			f = -f;
	} else if (*end != '\0') {
		return DT_BAD_FORMAT;
	}
	if (r->negate_all) {
		v = v > 0 ? -v : v;
		f = f > 0 ? -f : f;
	}
	enum dt_unit unit = r->unit;
	if (unit == DTU_QUARTER || unit == DTU_TZ || unit == DTU_TZ_HOUR || unit == DTU_TZ_MINUTE)
		return DT_BAD_FORMAT;
	if (!add_unit(&r->s, unit, v, f))
		return DT_OVERFLOW;
	r->new = 1U << unit;
	if (unit == DTU_SECOND && f != 0)
		r->new |= 1U << DTU_MILLISECOND | 1U << DTU_MICROSECOND;
	if (unit == DTU_HOUR)
		r->unit = DTU_DAY;
	return DT_OK;
}

static int
read_word(struct reader *r, const char *text)
{
	enum dt_unit unit = interval_word(text);
	int value;

	r->new = 0;
	if (unit == DTU_AGO) {
		r->ago = true;
		r->unit = DTU_NONE;
		return DT_OK;
	}
	if (unit == DTU_NONE)
		return dt_word(text, &value) == DTW_IGNORE ? DT_OK : DT_BAD_FORMAT;
	r->unit = unit;
	return DT_OK;
}

static int
read_fields(struct reader *r, const struct dt_fields *f)
{
	for (int i = f->n - 1; i >= 0; i--) {
		const char *text = f->text[i];
		int rc = DT_BAD_FORMAT;
		r->new = 0;
		switch (f->kind[i]) {
		case DTK_TIME:
			rc = read_clock(r, text, false);
			break;
		case DTK_ZONE:          /* a sign and digits: a time, or a number */
			if (strchr(text + 1, ':') != NULL)
				rc = read_clock(r, text + 1, *text == '-');
			if (rc != DT_OK)
				rc = read_number(r, text);
			break;
		case DTK_DATE:
		case DTK_NUMBER:
			rc = read_number(r, text);
			break;
		default:
			rc = read_word(r, text);
		}
		if (rc != DT_OK)
			return rc;
		if ((r->new & r->got) != 0)
			return DT_BAD_FORMAT;
		r->got |= r->new;
	}
	return r->got == 0 ? DT_BAD_FORMAT : DT_OK;
}

static int
read_words(const char *s, size_t len, int range, int style, struct span *ret)
{
	struct dt_fields f;
	struct reader r = { .range = range };

	int rc = dt_split(s, len, DT_TEXT_MAX, &f);
	if (rc != DT_OK)
		return rc;
	if (style == INTERVALSTYLE_SQL_STANDARD && f.n > 0 && *f.text[0] == '-') {
		r.negate_all = true;
		for (int i = 1; i < f.n; i++)
			if (*f.text[i] == '-' || *f.text[i] == '+')
				r.negate_all = false;
	}
	rc = read_fields(&r, &f);
	if (rc != DT_OK)
		return rc;
	if (r.ago) {
		if (r.s.usec == INT64_MIN || r.s.days == INT_MIN || r.s.months == INT_MIN ||
		    r.s.years == INT_MIN)
			return DT_OVERFLOW;
		r.s = (struct span) { -r.s.usec, -r.s.days, -r.s.months, -r.s.years };
	}
	*ret = r.s;
	return DT_OK;
}

/* ---- ISO 8601 */

static int
iso_number(const char **p, int64_t *ret, double *ret_frac)
{
	char *end;

	if (!(**p >= '0' && **p <= '9') && **p != '-' && **p != '.')
		return DT_BAD_FORMAT;
	errno = 0;
	double v = strtod(*p, &end);
	if (end == *p || errno != 0)
		return DT_BAD_FORMAT;
	if (isnan(v) || v < -1.0e15 || v > 1.0e15)
		return DT_OVERFLOW;
	*p = end;
	*ret = (int64_t) v;
	*ret_frac = v - (double) *ret;
	return DT_OK;
}

static int
digits_at(const char *p)
{
	int n = 0;

	if (*p == '-')
		p++;
	while (p[n] >= '0' && p[n] <= '9')
		n++;
	return n;
}

/* The alternative form after its first number: -mm-dd or :mm:ss, both parts optional. */
static int
iso_rest(struct span *s, const char **p, char sep, const enum dt_unit *units)
{
	for (int i = 0; i < 2; i++) {
		int64_t v;
		double f;
		int rc = iso_number(p, &v, &f);
		if (rc != DT_OK)
			return rc;
		if (!add_unit(s, units[i], v, f))
			return DT_OVERFLOW;
		if (**p == '\0' || (sep == '-' && **p == 'T'))
			return DT_OK;
		if (i == 1 || **p != sep)
			return DT_BAD_FORMAT;
		++*p;
	}
	return DT_OK;
}

static enum dt_unit
iso_unit(char c, bool time)
{
	switch (c) {
	case 'Y':
		return time ? DTU_NONE : DTU_YEAR;
	case 'M':
		return time ? DTU_MINUTE : DTU_MONTH;
	case 'W':
		return time ? DTU_NONE : DTU_WEEK;
	case 'D':
		return time ? DTU_NONE : DTU_DAY;
	case 'H':
		return time ? DTU_HOUR : DTU_NONE;
	case 'S':
		return time ? DTU_SECOND : DTU_NONE;
	default:
		return DTU_NONE;
	}
}

/* yyyymmdd or hhmmss run together */
static bool
iso_run(struct span *s, int64_t v, double f, bool time)
{
	if (time)
		return add_usec(s, v / 10000, 0, USEC_PER_HOUR) &&
		       add_usec(s, v / 100 % 100, 0, USEC_PER_MIN) &&
		       add_usec(s, v % 100, 0, USEC_PER_SEC) && add_usec(s, 0, f, 1);
	return add_int(&s->years, v / 10000, 1) && add_int(&s->months, v / 100 % 100, 1) &&
	       add_int(&s->days, v % 100, 1) && add_usec(s, 0, f, USEC_PER_DAY);
}

static int
read_iso(const char *p, struct span *s)
{
	static const enum dt_unit date_units[] = { DTU_MONTH, DTU_DAY };
	static const enum dt_unit time_units[] = { DTU_MINUTE, DTU_SECOND };
	bool time = false, first = true;

	if (*p++ != 'P' || *p == '\0')
		return DT_BAD_FORMAT;
	while (*p != '\0') {
		const char *start = p;
		int64_t v;
		double f;
		if (*p == 'T') {
			time = first = true;
			p++;
			continue;
		}
		int rc = iso_number(&p, &v, &f);
		if (rc != DT_OK)
			return rc;
		enum dt_unit unit = iso_unit(*p, time);
		char sep = time ? ':' : '-';
		if (unit != DTU_NONE) {
			if (!add_unit(s, unit, v, f))
				return DT_OVERFLOW;
			p++;
			first = false;
			continue;
		}
		if (*p != '\0' && *p != sep && !(*p == 'T' && !time))
			return DT_BAD_FORMAT;
		if (*p != sep && first && digits_at(start) == (time ? 6 : 8)) {
			if (!iso_run(s, v, f, time))
				return DT_OVERFLOW;
			continue;
		}
		if (!first)
			return DT_BAD_FORMAT;
		if (!add_unit(s, time ? DTU_HOUR : DTU_YEAR, v, f))
			return DT_OVERFLOW;
		if (*p == sep) {
			p++;
			rc = iso_rest(s, &p, sep, time ? time_units : date_units);
			if (rc != DT_OK)
				return rc;
		}
	}
	return DT_OK;
}

/* ---- */

int
interval_range(struct err *e)
{
	return err_set(e, ERR_DATETIME_VALUE_OUT_OF_RANGE, "interval out of range");
}

int
interval_parse(const char *s, size_t len, const struct fmt_settings *f, int32_t typmod,
               struct interval *ret, struct err *e)
{
	int range = typmod >= 0 ? typmod >> 16 & INTERVAL_FULL_RANGE : INTERVAL_FULL_RANGE;
	struct span sp = { 0 };
	int64_t months;

	int rc = read_words(s, len, range, f->interval_style, &sp);
	if (rc == DT_BAD_FORMAT && len < DT_TEXT_MAX) {
		char text[DT_TEXT_MAX];
		memcpy(text, s, len);
		text[len] = '\0';
		sp = (struct span) { 0 };
		rc = read_iso(text, &sp);
	}
	if (rc != DT_OK)
		return dt_error(rc == DT_OVERFLOW ? DT_INTERVAL_OVERFLOW : rc, "interval", s, len,
				e);
	months = (int64_t) sp.years * 12 + sp.months;
	if (months > INT_MAX || months < INT_MIN)
		return interval_range(e);
	struct interval v = { sp.usec, sp.days, (int32_t) months };
	return interval_apply_typmod(v, typmod, ret, e);
}

int
interval_apply_typmod(struct interval v, int32_t typmod, struct interval *ret, struct err *e)
{
	int range = typmod >> 16 & INTERVAL_FULL_RANGE, precision = typmod & 0xffff;

	if (typmod >= 0) {
		if ((range & (INTERVAL_DAY | INTERVAL_HOUR | INTERVAL_MINUTE | INTERVAL_SECOND)) ==
		    0) {
			v.days = 0;
			v.usec = 0;
			if (range == INTERVAL_YEAR)
				v.months = v.months / 12 * 12;
		} else if (range == INTERVAL_DAY) {
			v.usec = 0;
		} else if ((range & (INTERVAL_MINUTE | INTERVAL_SECOND)) == 0) {
			v.usec = v.usec / USEC_PER_HOUR * USEC_PER_HOUR;
		} else if ((range & INTERVAL_SECOND) == 0) {
			v.usec = v.usec / USEC_PER_MIN * USEC_PER_MIN;
		}
		if (precision != INTERVAL_FULL_PRECISION) {
			if (precision > 6)
				return err_set(e, ERR_INVALID_PARAMETER_VALUE,
				               "interval(%d) precision must be between %d and %d",
				               precision, 0, 6);
			v.usec = time_round(v.usec, precision);
		}
	}
	*ret = v;
	return ERR_OK;
}
