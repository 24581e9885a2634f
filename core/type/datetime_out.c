/* datetime_out.c - dates, times and intervals as text, in every DateStyle and IntervalStyle. */
#include "config.h"
#include <stdlib.h>

#include "core/type/datetime_impl.h"
#include "core/type/ops.h"

static char *
two(char *p, int v)
{
	p[0] = (char) ('0' + v / 10);
	p[1] = (char) ('0' + v % 10);
	return p + 2;
}

/* ss[.ffffff] without trailing zeros; `fill`: always two digits of seconds */
static char *
seconds(char *p, int64_t sec, int usec, bool fill)
{
	p = fill ? two(p, (int) sec) : put_digits(p, (uint64_t) sec, 1);
	if (usec != 0) {
		*p++ = '.';
		p = put_digits(p, (uint64_t) usec, 6);
		while (p[-1] == '0')
			p--;
	}
	return p;
}

static char *
clock_text(char *p, const struct civil *c)
{
	p = two(p, c->hour);
	*p++ = ':';
	p = two(p, c->min);
	*p++ = ':';
	return seconds(p, c->sec, c->usec, true);
}

/* +hh[:mm[:ss]] */
static char *
offset_text(char *p, int gmtoff, bool minutes)
{
	int v = gmtoff < 0 ? -gmtoff : gmtoff;

	*p++ = gmtoff < 0 ? '-' : '+';
	p = two(p, v / 3600);
	if (v % 60 != 0 || v / 60 % 60 != 0 || minutes) {
		*p++ = ':';
		p = two(p, v / 60 % 60);
	}
	if (v % 60 != 0) {
		*p++ = ':';
		p = two(p, v % 60);
	}
	return p;
}

static char *
year_text(char *p, int year)
{
	return put_digits(p, (uint64_t) (year > 0 ? year : 1 - (int64_t) year), 4);
}

static char *
era_text(char *p, int year)
{
	if (year <= 0) {
		memcpy(p, " BC", 3);
		p += 3;
	}
	return p;
}

static char *
iso_date(char *p, const struct civil *c)
{
	p = year_text(p, c->year);
	*p++ = '-';
	p = two(p, c->mon);
	*p++ = '-';
	return two(p, c->day);
}

/* day and month in the order asked for, then the year */
static char *
short_date(char *p, const struct civil *c, bool day_first, char sep)
{
	p = two(p, day_first ? c->day : c->mon);
	*p++ = sep;
	p = two(p, day_first ? c->mon : c->day);
	*p++ = sep;
	return year_text(p, c->year);
}

static char *
zone_text(char *p, const struct civil *c, bool space)
{
	if (c->abbrev[0] != '\0') {
		*p++ = ' ';
		size_t n = strlen(c->abbrev);
		memcpy(p, c->abbrev, n);
		return p + n;
	}
	if (space)
		*p++ = ' ';
	return offset_text(p, c->gmtoff, false);
}

static char *
traditional(char *p, const struct civil *c, int order)
{
	static const char day[] = "SunMonTueWedThuFriSat",
			  mon[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	memcpy(p, day + 3 * c->wday, 3);
	p += 3;
	*p++ = ' ';
	if (order == DATEORDER_DMY) {
		p = two(p, c->day);
		*p++ = ' ';
	}
	memcpy(p, mon + 3 * (c->mon - 1), 3);
	p += 3;
	*p++ = ' ';
	if (order != DATEORDER_DMY) {
		p = two(p, c->day);
		*p++ = ' ';
	}
	p = clock_text(p, c);
	*p++ = ' ';
	return year_text(p, c->year);
}

static void
put_moment(int64_t t, const struct timezone *tz, const struct fmt_settings *f, struct strbuf *to)
{
	char *start = strbuf_room(to, 96), *p = start;
	struct civil c;

	timestamp_to_civil(t, tz, &c);
	switch (f->date_style) {
	case DATESTYLE_ISO:
		p = iso_date(p, &c);
		*p++ = ' ';
		p = clock_text(p, &c);
		if (tz != NULL)
			p = offset_text(p, c.gmtoff, false);
		break;
	case DATESTYLE_SQL:
	case DATESTYLE_GERMAN:
		p = f->date_style == DATESTYLE_SQL
			    ? short_date(p, &c, f->date_order == DATEORDER_DMY, '/')
			    : short_date(p, &c, true, '.');
		*p++ = ' ';
		p = clock_text(p, &c);
		if (tz != NULL)
			p = zone_text(p, &c, false);
		break;
	default:
		p = traditional(p, &c, f->date_order);
		if (tz != NULL)
			p = zone_text(p, &c, true);
	}
	p = era_text(p, c.year);
	strbuf_wrote(to, (size_t) (p - start));
}

static bool
put_infinite(bool minus, bool plus, struct strbuf *to)
{
	if (minus)
		strbuf_puts(to, "-infinity");
	else if (plus)
		strbuf_puts(to, "infinity");
	return minus || plus;
}

void
timestamp_put(int64_t t, const struct fmt_settings *f, struct strbuf *to)
{
	if (!put_infinite(t == TIMESTAMP_MINUS_INF, t == TIMESTAMP_PLUS_INF, to))
		put_moment(t, NULL, f, to);
}

void
timestamptz_put(int64_t t, const struct fmt_settings *f, struct strbuf *to)
{
	if (!put_infinite(t == TIMESTAMP_MINUS_INF, t == TIMESTAMP_PLUS_INF, to))
		put_moment(t, f->tz != NULL ? f->tz : tz_utc, f, to);
}

void
date_put(int64_t d, const struct fmt_settings *f, struct strbuf *to)
{
	char *start = strbuf_room(to, 32), *p = start;
	struct civil c;
	bool dmy = f->date_order == DATEORDER_DMY;

	if (put_infinite(d == DATE_MINUS_INF, d == DATE_PLUS_INF, to))
		return;
	days_to_civil(d, &c.year, &c.mon, &c.day);
	p = f->date_style == DATESTYLE_ISO      ? iso_date(p, &c)
	    : f->date_style == DATESTYLE_SQL    ? short_date(p, &c, dmy, '/')
	    : f->date_style == DATESTYLE_GERMAN ? short_date(p, &c, true, '.')
						: short_date(p, &c, dmy, '-');
	p = era_text(p, c.year);
	strbuf_wrote(to, (size_t) (p - start));
}

void
time_put(int64_t t, struct strbuf *to)
{
	char *start = strbuf_room(to, 32), *p = start;
	struct civil c;

	civil_set_time(&c, t);
	p = clock_text(p, &c);
	strbuf_wrote(to, (size_t) (p - start));
}

static void
put_timetz(struct timetz t, bool minutes, struct strbuf *to)
{
	time_put(t.usec, to);
	char *start = strbuf_room(to, 16), *p = offset_text(start, -t.zone, minutes);
	strbuf_wrote(to, (size_t) (p - start));
}

void
timetz_put(struct timetz t, struct strbuf *to)
{
	put_timetz(t, false, to);
}

void
timetz_put_xsd(struct timetz t, struct strbuf *to)
{
	put_timetz(t, true, to);
}

void
datetime_put_json(oid_t type, int64_t v, const struct timezone *tz, struct strbuf *to)
{
	struct civil c;

	if (type == OID_DATE ? put_infinite(v == DATE_MINUS_INF, v == DATE_PLUS_INF, to)
	                     : put_infinite(v == TIMESTAMP_MINUS_INF, v == TIMESTAMP_PLUS_INF, to))
		return;
	char *start = strbuf_room(to, 64), *p = start;
	if (type == OID_DATE) {
		days_to_civil(v, &c.year, &c.mon, &c.day);
		p = iso_date(p, &c);
	} else {
		timestamp_to_civil(v, type == OID_TIMESTAMPTZ ? (tz != NULL ? tz : tz_utc) : NULL,
				   &c);
		p = iso_date(p, &c);
		*p++ = 'T';
		p = clock_text(p, &c);
		if (type == OID_TIMESTAMPTZ)
			p = offset_text(p, c.gmtoff, true);
	}
	p = era_text(p, c.year);
	strbuf_wrote(to, (size_t) (p - start));
}

/* ---- Intervals */

struct parts {
	int64_t n[5];                   /* years, months, days, hours, minutes */
	int64_t sec;
	int  usec;                      /* of one sign with sec */
};

static struct parts
split(struct interval v)
{
	struct parts p = { .n = { v.months / 12, v.months % 12, v.days, v.usec / USEC_PER_HOUR,
	                          v.usec % USEC_PER_HOUR / USEC_PER_MIN } };

	p.sec = v.usec % USEC_PER_MIN / USEC_PER_SEC;
	p.usec = (int) (v.usec % USEC_PER_SEC);
	return p;
}

static uint64_t magnitude(int64_t v) { return v < 0 ? -(uint64_t) v : (uint64_t) v; }

static void
put_clock(const struct parts *t, bool two_digit_hours, struct strbuf *to)
{
	char *start = strbuf_room(to, 64),
	     *p = put_digits(start, magnitude(t->n[3]), two_digit_hours ? 2 : 1);

	*p++ = ':';
	p = two(p, (int) magnitude(t->n[4]));
	*p++ = ':';
	p = seconds(p, (int64_t) magnitude(t->sec), abs(t->usec), true);
	strbuf_wrote(to, (size_t) (p - start));
}

static void
put_seconds(const struct parts *t, struct strbuf *to)
{
	char *start = strbuf_room(to, 64),
	     *p = seconds(start, (int64_t) magnitude(t->sec), abs(t->usec), false);

	strbuf_wrote(to, (size_t) (p - start));
}

static bool
negative_time(const struct parts *t)
{
	return t->n[3] < 0 || t->n[4] < 0 || t->sec < 0 || t->usec < 0;
}

static bool
has_time(const struct parts *t)
{
	return t->n[3] != 0 || t->n[4] != 0 || t->sec != 0 || t->usec != 0;
}

static void
put_postgres(const struct parts *t, struct strbuf *to)
{
	static const char *const unit[] = { "year", "mon", "day" };
	bool empty = true, negative = false;

	for (int i = 0; i < 3; i++) {
		if (t->n[i] == 0)
			continue;
		if (!empty)
			strbuf_putc(to, ' ');
		if (negative && t->n[i] > 0)
			strbuf_putc(to, '+');
		strbuf_int(to, t->n[i]);
		strbuf_putc(to, ' ');
		strbuf_puts(to, unit[i]);
		if (t->n[i] != 1)
			strbuf_putc(to, 's');
		negative = t->n[i] < 0;
		empty = false;
	}
	if (!empty && !has_time(t))
		return;
	if (!empty)
		strbuf_putc(to, ' ');
	if (negative_time(t))
		strbuf_putc(to, '-');
	else if (negative)
		strbuf_putc(to, '+');
	put_clock(t, true, to);
}

static void
put_verbose(const struct parts *t, struct strbuf *to)
{
	static const char *const unit[] = { "year", "mon", "day", "hour", "min" };
	bool empty = true, ago = false;

	strbuf_putc(to, '@');
	for (int i = 0; i < 5; i++) {
		int64_t v = t->n[i];
		if (v == 0)
			continue;
		if (empty)
			ago = v < 0;
		if (ago)
			v = -v;
		empty = false;
		strbuf_putc(to, ' ');
		strbuf_int(to, v);
		strbuf_putc(to, ' ');
		strbuf_puts(to, unit[i]);
		if (v != 1)
			strbuf_putc(to, 's');
	}
	if (t->sec != 0 || t->usec != 0) {
		bool negative = t->sec < 0 || t->usec < 0;
		strbuf_putc(to, ' ');
		if (empty)
			ago = negative;
		else if (negative != ago)
			strbuf_putc(to, '-');
		put_seconds(t, to);
		strbuf_puts(to, magnitude(t->sec) != 1 || t->usec != 0 ? " secs" : " sec");
		empty = false;
	}
	if (empty)
		strbuf_puts(to, " 0");
	if (ago)
		strbuf_puts(to, " ago");
}

static void
put_signed(int64_t v, bool negative, struct strbuf *to)
{
	char text[24];

	strbuf_putc(to, negative ? '-' : '+');
	strbuf_add(to, text, (size_t) (put_digits(text, magnitude(v), 1) - text));
}

static void
put_sql(const struct parts *in, struct strbuf *to)
{
	struct parts t = *in;
	bool months = t.n[0] != 0 || t.n[1] != 0, days = t.n[2] != 0, time = has_time(&t);
	bool negative = t.n[0] < 0 || t.n[1] < 0 || t.n[2] < 0 || negative_time(&t);
	bool positive = t.n[0] > 0 || t.n[1] > 0 || t.n[2] > 0 || t.n[3] > 0 || t.n[4] > 0 ||
	                t.sec > 0 || t.usec > 0;

	if (!negative && !positive) {
		strbuf_putc(to, '0');
		return;
	}
	if ((negative && positive) || (months && (days || time))) {
		/* not a value that the standard has: every part with its sign */
		put_signed(t.n[0], t.n[0] < 0 || t.n[1] < 0, to);
		strbuf_putc(to, '-');
		strbuf_int(to, (int64_t) magnitude(t.n[1]));
		strbuf_putc(to, ' ');
		put_signed(t.n[2], t.n[2] < 0, to);
		strbuf_puts(to, negative_time(&t) ? " -" : " +");
		put_clock(&t, false, to);
		return;
	}
	if (negative)
		strbuf_putc(to, '-');
	if (months) {
		strbuf_int(to, (int64_t) magnitude(t.n[0]));
		strbuf_putc(to, '-');
		strbuf_int(to, (int64_t) magnitude(t.n[1]));
		return;
	}
	if (days) {
		strbuf_int(to, (int64_t) magnitude(t.n[2]));
		strbuf_putc(to, ' ');
	}
	put_clock(&t, false, to);
}

static void
put_iso(const struct parts *t, struct strbuf *to)
{
	static const char unit[] = "YMDHM";

	strbuf_putc(to, 'P');
	for (int i = 0; i < 5; i++) {
		if (i == 3 && has_time(t))
			strbuf_putc(to, 'T');
		if (t->n[i] == 0)
			continue;
		strbuf_int(to, t->n[i]);
		strbuf_putc(to, unit[i]);
	}
	if (t->sec != 0 || t->usec != 0) {
		if (t->sec < 0 || t->usec < 0)
			strbuf_putc(to, '-');
		put_seconds(t, to);
		strbuf_putc(to, 'S');
	}
}

void
interval_put(struct interval v, const struct fmt_settings *f, struct strbuf *to)
{
	struct parts t = split(v);

	switch (f->interval_style) {
	case INTERVALSTYLE_SQL_STANDARD:
		put_sql(&t, to);
		break;
	case INTERVALSTYLE_ISO_8601:
		if (v.months == 0 && v.days == 0 && v.usec == 0)
			strbuf_puts(to, "PT0S");
		else
			put_iso(&t, to);
		break;
	case INTERVALSTYLE_POSTGRES_VERBOSE:
		put_verbose(&t, to);
		break;
	default:
		put_postgres(&t, to);
	}
}
