/* tz_posix.c - time zones written as rules: EST5EDT,M3.2.0,M11.1.0 and <+03>-3.
 *
 * They end the zone files, and users may give them as names. */
#include "config.h"
#include <stdlib.h>

#include "core/type/datetime_impl.h"
#include "core/type/ops.h"

/* A name is anything up to a digit, sign or comma, perhaps nothing; only its start is shown. */
static const char *
read_name(const char *p, char *name, size_t size)
{
	const char *start = p;
	size_t n;

	if (*p == '<') {
		start = ++p;
		while (*p != '\0' && *p != '>')
			p++;
		if (*p != '>')
			return NULL;
		n = (size_t) (p++ - start);
		if (n == 0)
			return NULL;
	} else {
		while (*p != '\0' && strchr("0123456789,+-", *p) == NULL)
			p++;
		n = (size_t) (p - start);
	}
	if (n >= size)
		n = size - 1;
	memcpy(name, start, n);
	name[n] = '\0';
	return p;
}

static const char *
read_number(const char *p, int min, int max, int *ret)
{
	int v = 0;

	if (*p < '0' || *p > '9')
		return NULL;
	for (; *p >= '0' && *p <= '9'; p++) {
		v = v * 10 + (*p - '0');
		if (v > max)
			return NULL;
	}
	if (v < min)
		return NULL;
	*ret = v;
	return p;
}

/* [+-]hh[:mm[:ss]] in seconds */
static const char *
read_time(const char *p, int *ret)
{
	int h, m = 0, s = 0, sign = 1;

	if (*p == '+' || *p == '-')
		sign = *p++ == '-' ? -1 : 1;
	p = read_number(p, 0, 167, &h);
	if (p == NULL)
		return NULL;
	if (*p == ':') {
		p = read_number(p + 1, 0, 59, &m);
		if (p != NULL && *p == ':')
			p = read_number(p + 1, 0, 60, &s);
	}
	*ret = sign * (h * 3600 + m * 60 + s);
	return p;
}

static const char *
read_day(const char *p, struct tz_rule_day *d)
{
	if (*p == 'J') {
		d->kind = 'J';
		p = read_number(p + 1, 1, 365, &d->day);
	} else if (*p == 'M') {
		d->kind = 'M';
		p = read_number(p + 1, 1, 12, &d->mon);
		if (p == NULL || *p != '.')
			return NULL;
		p = read_number(p + 1, 1, 5, &d->week);
		if (p == NULL || *p != '.')
			return NULL;
		p = read_number(p + 1, 0, 6, &d->day);
	} else {
		d->kind = 'D';
		p = read_number(p, 0, 365, &d->day);
	}
	d->time = 2 * 3600;
	if (p != NULL && *p == '/')
		p = read_time(p + 1, &d->time);
	return p;
}

bool
tz_rule_parse(const char *s, struct tz_rule *ret)
{
	struct tz_rule r = { .present = true };
	int west;

	const char *p = read_name(s, r.std.abbrev, sizeof r.std.abbrev);
	if (p == NULL || *p == '\0')
		return false;
	p = read_time(p, &west);
	if (p == NULL)
		return false;
	r.std.gmtoff = -west;
	if (*p == '\0') {
		*ret = r;
		return true;
	}
	p = read_name(p, r.dst.abbrev, sizeof r.dst.abbrev);
	if (p == NULL || r.dst.abbrev[0] == '\0')
		return false;
	r.has_dst = r.dst.dst = true;
	r.dst.gmtoff = r.std.gmtoff + 3600;
	if (*p != '\0' && *p != ',' && *p != ';') {
		p = read_time(p, &west);
		if (p == NULL)
			return false;
		r.dst.gmtoff = -west;
	}
	if (*p == '\0')
		p = ",M3.2.0,M11.1.0";
	if (*p != ',' && *p != ';')
		return false;
	p = read_day(p + 1, &r.start);
	if (p == NULL || *p != ',')
		return false;
	p = read_day(p + 1, &r.end);
	if (p == NULL || *p != '\0')
		return false;
	*ret = r;
	return true;
}

/* Seconds since 1970 of local midnight of that day of that year. */
static int64_t
day_of_rule(const struct tz_rule_day *d, int year)
{
	int64_t days = cal_days(year, 1, 1);

	if (d->kind == 'J') {
		days += d->day - 1 + (is_leap_year(year) && d->day >= 60);
	} else if (d->kind == 'D') {
		days += d->day;
	} else {
		days = cal_days(year, d->mon, 1);
		int first = (d->day - days_of_week(days) + 7) % 7 + 1;
		int day = first + (d->week - 1) * 7;
		while (day > days_in_month(year, d->mon))
			day -= 7;
		days += day - 1;
	}
	return (days + UNIX_EPOCH_DAYS) * 86400;
}

int
tz_rule_changes(const struct tz_rule *r, int year, int64_t at[2], const struct tz_type *to[2])
{
	if (!r->has_dst)
		return 0;
	int64_t start = day_of_rule(&r->start, year) + r->start.time - r->std.gmtoff;
	int64_t end = day_of_rule(&r->end, year) + r->end.time - r->dst.gmtoff;
	int first = start <= end ? 0 : 1;
	at[first] = start;
	to[first] = &r->dst;
	at[1 - first] = end;
	to[1 - first] = &r->std;
	return 2;
}
