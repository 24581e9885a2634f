/* datetime_decode.c - what the fields of a date or time mean together.
 *
 * Fields are taken from left to right; each says which parts it gives (bits of `got`), and no
 * part may come twice.  Numbers alone are placed by what is there already and by DateStyle's
 * order.  The rules, odd ones included, are PostgreSQL's: dumps and users rely on them.
 *
 * Not here: splitting into fields (datetime_lex.c), the types (datetime_in.c). */
#include "config.h"
#include "core/type/datetime_decode.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum { /* parts */
       P_YEAR = 1 << 0,
       P_MONTH = 1 << 1,
       P_DAY = 1 << 2,
       P_HOUR = 1 << 3,
       P_MINUTE = 1 << 4,
       P_SECOND = 1 << 5,
       P_FRACTION = 1 << 6,
       P_ZONE = 1 << 7,
       P_DST = 1 << 8,
       P_DSTMOD = 1 << 9,
       P_DYNZONE = 1 << 10,
       P_AMPM = 1 << 11,
       P_ERA = 1 << 12,
       P_WEEKDAY = 1 << 13,
       P_DOY = 1 << 14,
       P_RESERVED = 1 << 15,
       P_DATE = P_YEAR | P_MONTH | P_DAY,
       P_SECS = P_SECOND | P_FRACTION,
       P_TIME = P_HOUR | P_MINUTE | P_SECS
};

struct decoder {
	struct dt_fields *f;
	const struct fmt_settings *fmt;
	struct err *e;
	struct dt_moment m;
	bool time_only;
	int  got;                       /* parts met */
	int  new;                       /* parts of the field at hand */
	enum dt_unit label;             /* the field before said what this one is */
	bool text_month, julian, two_digits, bc;
	int  ampm;                      /* -1, 0 am, 1 pm */
	int  yday;
	const struct timezone *zone;    /* named: its offset needs the date */
	const struct tz_abbrev *abbrev; /* an abbreviation whose offset needs the date */
};

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* The last two digits before *len, which moves past them. */
static int
two_from_end(const char *s, size_t *len)
{
	*len -= 2;
	return (s[*len] - '0') * 10 + (s[*len + 1] - '0');
}

static bool
all_digits(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_digit(s[i]))
			return false;
	return true;
}

/* Digits run together: yymmdd, yyyymmdd, hhmmss[.f], hhmm. */
static int
decode_run(struct decoder *d, const char *s, int got)
{
	struct civil *c = &d->m.c;
	const char *point = strchr(s, '.');
	size_t len = point != NULL ? (size_t) (point - s) : strlen(s);

	if (point != NULL) {
		errno = 0;
		c->usec = point[1] == '\0' ? 0 : (int) rint(strtod(point, NULL) * 1000000);
		if (errno != 0)
			return DT_BAD_FORMAT;
	} else if ((got & P_DATE) != P_DATE && len >= 6) {
		d->new = P_DATE;
		c->day = two_from_end(s, &len);
		c->mon = two_from_end(s, &len);
		c->year = 0;
		for (size_t i = 0; i < len && i < 9; i++)
			c->year = c->year * 10 + (s[i] - '0');
		if (len == 2)
			d->two_digits = true;
		return DT_OK;
	}
	if ((got & P_TIME) == P_TIME || (len != 6 && len != 4) || !all_digits(s, len))
		return DT_BAD_FORMAT;
	d->new = P_TIME;
	c->sec = len == 6 ? two_from_end(s, &len) : 0;
	c->min = two_from_end(s, &len);
	c->hour = two_from_end(s, &len);
	return DT_OK;
}

/* Which part of a date a lone number is. */
static int
place_number(struct decoder *d, int got, size_t len, bool text_month)
{
	int order = d->fmt->date_order;

	switch (got & P_DATE) {
	case 0:
		if (len >= 3 || order == DATEORDER_YMD)
			return P_YEAR;
		return order == DATEORDER_DMY ? P_DAY : P_MONTH;
	case P_YEAR:
		return P_MONTH;
	case P_MONTH:
		return text_month && (len >= 3 || order == DATEORDER_YMD) ? P_YEAR : P_DAY;
	case P_YEAR | P_MONTH:
		return P_DAY;
	case P_DAY:
		return P_MONTH;
	case P_MONTH | P_DAY:
		return P_YEAR;
	default:
		return 0;
	}
}

static int
decode_number(struct decoder *d, const char *s, int got, bool text_month)
{
	struct civil *c = &d->m.c;
	size_t len = strlen(s);
	const char *p;
	int v;

	d->new = 0;
	if (!dt_int(s, &p, &v))
		return DT_OVERFLOW;
	if (p == s)
		return DT_BAD_FORMAT;
	if (*p == '.') {
		if (p - s > 2)
			return decode_run(d, s, got | P_DATE);
		int rc = dt_microseconds(p, &c->usec);
		if (rc != DT_OK)
			return rc;
	} else if (*p != '\0') {
		return DT_BAD_FORMAT;
	}
	if (len == 3 && (got & P_DATE) == P_YEAR && v >= 1 && v <= 366) {
		d->new = P_DOY | P_MONTH | P_DAY;
		d->yday = v;
		return DT_OK;
	}
	if ((got & P_DATE) == P_DATE)
		return decode_run(d, s, got);
	d->new = place_number(d, got, len, text_month);
	if (d->new == 0)
		return DT_BAD_FORMAT;
	/* dd-mon-yyyy where the order had said yy-mon-dd */
	if (d->new == P_DAY && (got & P_DATE) == (P_YEAR | P_MONTH) && text_month && len >= 3 &&
	    d->two_digits) {
		c->day = c->year;
		c->year = v;
		d->two_digits = false;
		return DT_OK;
	}
	if (d->new == P_YEAR) {
		c->year = v;
		d->two_digits = len <= 2;
	} else if (d->new == P_MONTH) {
		c->mon = v;
	} else {
		c->day = v;
	}
	return DT_OK;
}

/* yyyy-mm-dd, dd.mm.yyyy, jan-8-1999, ...: first the month by name, then the numbers. */
static int
decode_date(struct decoder *d, char *s)
{
	char *part[DT_FIELDS_MAX];
	int n = 0, got = d->got, all = 0;
	bool text_month = false;

	while (*s != '\0' && n < DT_FIELDS_MAX) {
		while (*s != '\0' && !is_digit(*s) && !(*s >= 'a' && *s <= 'z'))
			s++;
		if (*s == '\0')
			return DT_BAD_FORMAT;
		part[n++] = s;
		bool digits = is_digit(*s);
		while (digits ? is_digit(*s) : *s >= 'a' && *s <= 'z')
			s++;
		if (*s != '\0')
			*s++ = '\0';
	}
	for (int i = 0; i < n; i++) {
		int value;
		if (is_digit(*part[i]))
			continue;
		enum dt_word_kind kind = dt_word(part[i], &value);
		if (kind == DTW_IGNORE)
			continue;
		if (kind != DTW_MONTH || (got & P_MONTH) != 0)
			return DT_BAD_FORMAT;
		d->m.c.mon = value;
		text_month = true;
		got |= P_MONTH;
		all |= P_MONTH;
		part[i] = NULL;
	}
	for (int i = 0; i < n; i++) {
		if (part[i] == NULL)
			continue;
		int rc = decode_number(d, part[i], got, text_month);
		if (rc != DT_OK)
			return rc;
		if ((got & d->new) != 0)
			return DT_BAD_FORMAT;
		got |= d->new;
		all |= d->new;
	}
	d->new = all;
	return (got & ~(P_DOY | P_ZONE)) != P_DATE ? DT_BAD_FORMAT : DT_OK;
}

/* +hh, -hhmm, +hh:mm:ss */
static int
decode_offset(const char *s, int *ret_west)
{
	int hour, min = 0, sec = 0;
	const char *p;

	if (*s != '+' && *s != '-')
		return DT_BAD_FORMAT;
	if (!dt_int(s + 1, &p, &hour))
		return DT_TZ_OVERFLOW;
	if (*p == ':') {
		if (!dt_int(p + 1, &p, &min) || (*p == ':' && !dt_int(p + 1, &p, &sec)))
			return DT_TZ_OVERFLOW;
	} else if (*p == '\0' && strlen(s) > 3) {
		min = hour % 100;
		hour /= 100;
	}
	if (hour < 0 || hour > 15 || min < 0 || min >= 60 || sec < 0 || sec >= 60)
		return DT_TZ_OVERFLOW;
	int east = (hour * 60 + min) * 60 + sec;
	*ret_west = *s == '-' ? east : -east;
	return *p != '\0' ? DT_BAD_FORMAT : DT_OK;
}

int
dt_offset(const char *s, size_t len, int *ret_west)
{
	char text[32];

	if (len >= sizeof text)
		return DT_BAD_FORMAT;
	memcpy(text, s, len);
	text[len] = '\0';
	return decode_offset(text, ret_west);
}

static int
decode_zone_name(struct decoder *d, const char *s)
{
	d->zone = tz_find(s, strlen(s));
	if (d->zone == NULL) {
		(void) err_set(d->e, ERR_INVALID_PARAMETER_VALUE, "time zone \"%s\" not recognized",
			       s);
		return DT_REPORTED;
	}
	d->new = P_ZONE;
	return DT_OK;
}

static void
set_julian(struct decoder *d, int64_t day)
{
	days_to_civil(day - JULIAN_2000, &d->m.c.year, &d->m.c.mon, &d->m.c.day);
	d->julian = true;
}

/* hhmmss-zz: a time and its offset. */
static int
decode_run_and_offset(struct decoder *d, char *s, int got)
{
	char *sign = strchr(s, '-');

	if ((d->got & P_TIME) == P_TIME || sign == NULL)
		return DT_BAD_FORMAT;
	int rc = decode_offset(sign, &d->m.zone);
	if (rc != DT_OK)
		return rc;
	*sign = '\0';
	rc = decode_run(d, s, got);
	d->new |= P_ZONE;
	return rc;
}

static int
field_date(struct decoder *d, int i)
{
	char *s = d->f->text[i];
	const char *p;
	int v;

	if (d->time_only) {
		const struct dt_fields *f = d->f;
		if (i == 0 && f->n >= 2 &&
		    (f->kind[f->n - 1] == DTK_DATE || f->kind[1] == DTK_TIME))
			return decode_date(d, s);
		return is_digit(*s) ? decode_run_and_offset(d, s, d->got | P_DATE)
				    : decode_zone_name(d, s);
	}
	if (d->label == DTU_JULIAN) {
		if (!dt_int(s, &p, &v) || v < 0)
			return DT_OVERFLOW;
		set_julian(d, v);
		d->new = P_DATE | P_TIME | P_ZONE;
		d->label = DTU_NONE;
		return decode_offset(p, &d->m.zone);
	}
	if (d->label == DTU_NONE && (d->got & (P_MONTH | P_DAY)) != (P_MONTH | P_DAY))
		return decode_date(d, s);
	if (d->label != DTU_NONE && d->label != DTU_TIME)
		return DT_BAD_FORMAT;
	if (!is_digit(*s) && d->label == DTU_NONE)
		return decode_zone_name(d, s);
	d->label = DTU_NONE;
	return decode_run_and_offset(d, s, d->got);
}

static bool
time_overflows(const struct civil *c)
{
	return c->hour < 0 || c->hour > 24 || c->min < 0 || c->min > 59 || c->sec < 0 ||
	       c->sec > 60 || c->usec < 0 || c->usec > USEC_PER_SEC || civil_time(c) > USEC_PER_DAY;
}

static int
field_time(struct decoder *d, const char *s)
{
	struct civil *c = &d->m.c;
	struct dt_clock clock;

	if (d->label != DTU_NONE) {
		if (d->label != DTU_TIME)
			return DT_BAD_FORMAT;
		d->label = DTU_NONE;
	}
	int rc = dt_clock(s, INTERVAL_FULL_RANGE, &clock);
	if (rc != DT_OK)
		return rc;
	if (clock.hour > INT32_MAX)
		return DT_OVERFLOW;
	c->hour = (int) clock.hour;
	c->min = clock.min;
	c->sec = clock.sec;
	c->usec = clock.usec;
	d->new = P_TIME;
	return !d->time_only && time_overflows(c) ? DT_OVERFLOW : DT_OK;
}

/* A number that the field before has named: y 1999, j 2451187, t 040506. */
static int
labelled_number(struct decoder *d, const char *s)
{
	struct civil *c = &d->m.c;
	enum dt_unit label = d->label;
	const char *p;
	double f;
	int v, rc = DT_OK;

	if (!dt_int(s, &p, &v))
		return DT_OVERFLOW;
	if (*p != '\0' &&
	    (*p != '.' || (label != DTU_JULIAN && label != DTU_TIME && label != DTU_SECOND)))
		return DT_BAD_FORMAT;
	d->label = DTU_NONE;
	switch (label) {
	case DTU_YEAR:
		c->year = v;
		d->new = P_YEAR;
		break;
	case DTU_MONTH:
		if ((d->got & P_MONTH) != 0 && (d->got & P_HOUR) != 0) {
			c->min = v;
			d->new = P_MINUTE;
		} else {
			c->mon = v;
			d->new = P_MONTH;
		}
		break;
	case DTU_DAY:
		c->day = v;
		d->new = P_DAY;
		break;
	case DTU_HOUR:
		c->hour = v;
		d->new = P_HOUR;
		break;
	case DTU_MINUTE:
		c->min = v;
		d->new = P_MINUTE;
		break;
	case DTU_SECOND:
		c->sec = v;
		d->new = P_SECOND;
		if (*p == '.') {
			rc = dt_microseconds(p, &c->usec);
			d->new = P_SECS;
		}
		break;
	case DTU_JULIAN:
		if (v < 0)
			return DT_OVERFLOW;
		set_julian(d, v);
		d->new = P_DATE;
		if (*p == '.') {
			rc = dt_fraction(p, &f);
			civil_set_time(c, (int64_t) (f * (double) USEC_PER_DAY));
			d->new |= P_TIME;
		}
		break;
	case DTU_TIME:
		rc = decode_run(d, s, d->got | P_DATE);
		if (rc == DT_OK && d->new != P_TIME)
			rc = DT_BAD_FORMAT;
		break;
	default:
		return DT_BAD_FORMAT;
	}
	return rc;
}

static int
field_number(struct decoder *d, int i)
{
	char *s = d->f->text[i];
	const char *point = strchr(s, '.');
	size_t len = strlen(s), before = point != NULL ? (size_t) (point - s) : len;

	if (d->label != DTU_NONE)
		return labelled_number(d, s);
	if (d->time_only) {
		if (point != NULL) {
			if (i == 0 && d->f->n >= 2 && d->f->kind[d->f->n - 1] == DTK_DATE)
				return decode_date(d, s);
			return before > 2 ? decode_run(d, s, d->got | P_DATE) : DT_BAD_FORMAT;
		}
		return len > 4 ? decode_run(d, s, d->got | P_DATE)
		               : decode_number(d, s, d->got | P_DATE, false);
	}
	if (point != NULL && (d->got & P_DATE) == 0)
		return decode_date(d, s);
	if (point != NULL && before > 2)
		return decode_run(d, s, d->got);
	if (len >= 6 && ((d->got & P_DATE) == 0 || (d->got & P_TIME) == 0))
		return decode_run(d, s, d->got);
	return decode_number(d, s, d->got, d->text_month);
}

static int
field_reserved(struct decoder *d, enum dt_value v)
{
	struct civil *c = &d->m.c, now;
	const struct timezone *tz = d->fmt->tz != NULL ? d->fmt->tz : tz_utc;

	timestamp_to_civil(d->fmt->now, tz, &now);
	if (v == DTV_ZULU) {
		d->new = P_TIME | P_ZONE;
		c->hour = c->min = c->sec = 0;
		d->m.zone = 0;
		return DT_OK;
	}
	if (d->time_only) {
		if (v != DTV_NOW)
			return DT_BAD_FORMAT;
		d->new = P_TIME;
		civil_set_time(c, civil_time(&now));
		return DT_OK;
	}
	if (v == DTV_EARLY || v == DTV_LATE || v == DTV_EPOCH) {
		d->new = P_RESERVED;
		d->m.special = v;
		return DT_OK;
	}
	d->new = P_DATE | P_TIME | P_ZONE;
	if (v == DTV_NOW) {
		*c = now;
		d->m.zone = -now.gmtoff;
		return DT_OK;
	}
	d->new = P_DATE;
	int64_t day =
		cal_days(now.year, now.mon, now.day) + (v == DTV_TOMORROW) - (v == DTV_YESTERDAY);
	days_to_civil(day, &c->year, &c->mon, &c->day);
	return DT_OK;
}

static bool
field_abbrev(struct decoder *d, const char *s)
{
	const struct tz_abbrev *a =
		tz_abbrev_find(s, strlen(s) < DT_WORD_LEN ? strlen(s) : DT_WORD_LEN);

	if (a == NULL)
		return false;
	if (a->zone != NULL) {
		d->abbrev = a;
		d->new = P_DYNZONE | P_ZONE;
	} else {
		d->m.zone = -a->gmtoff;
		d->m.c.isdst = a->dst;
		d->new = a->dst ? P_DST | P_ZONE : P_ZONE;
	}
	return true;
}

static int
field_isotime(struct decoder *d, int i)
{
	const struct dt_fields *f = d->f;

	d->new = 0;
	if (!d->time_only && (d->got & P_DATE) != P_DATE)
		return DT_BAD_FORMAT;
	if (i >= f->n - 1 || (f->kind[i + 1] != DTK_NUMBER && f->kind[i + 1] != DTK_TIME &&
	    f->kind[i + 1] != DTK_DATE))
		return DT_BAD_FORMAT;
	d->label = DTU_TIME;
	return DT_OK;
}

static int
field_word(struct decoder *d, int i)
{
	const char *s = d->f->text[i];
	struct civil *c = &d->m.c;
	int value = 0;

	if (field_abbrev(d, s))
		return DT_OK;
	switch (dt_word(s, &value)) {
	case DTW_IGNORE:
		d->new = 0;
		return DT_OK;
	case DTW_RESERVED:
		return field_reserved(d, (enum dt_value) value);
	case DTW_MONTH:
		if (d->time_only)
			return DT_BAD_FORMAT;
		d->new = P_MONTH;
		if ((d->got & P_MONTH) != 0 && !d->text_month && (d->got & P_DAY) == 0 &&
		    c->mon >= 1 && c->mon <= 31) {
			c->day = c->mon;        /* the number before was the day */
			d->new = P_DAY;
		}
		d->text_month = true;
		c->mon = value;
		return DT_OK;
	case DTW_DSTMOD:
		d->new = P_DSTMOD | P_DST;
		d->m.zone -= value;
		return DT_OK;
	case DTW_AMPM:
		d->new = P_AMPM;
		d->ampm = value;
		return DT_OK;
	case DTW_ERA:
		d->new = P_ERA;
		d->bc = value != 0;
		return DT_OK;
	case DTW_WEEKDAY:
		if (d->time_only)
			return DT_BAD_FORMAT;
		d->new = P_WEEKDAY;
		return DT_OK;
	case DTW_UNIT:
		d->new = 0;
		d->label = (enum dt_unit) value;
		return DT_OK;
	case DTW_ISOTIME:
		return field_isotime(d, i);
	default:
		d->zone = tz_find(s, strlen(s));
		d->new = P_ZONE;
		return d->zone != NULL ? DT_OK : DT_BAD_FORMAT;
	}
}

static int
read_fields(struct decoder *d)
{
	for (int i = 0; i < d->f->n; i++) {
		int rc;
		d->new = 0;
		switch (d->f->kind[i]) {
		case DTK_DATE:
			rc = field_date(d, i);
			break;
		case DTK_TIME:
			rc = field_time(d, d->f->text[i]);
			break;
		case DTK_ZONE:
			rc = decode_offset(d->f->text[i], &d->m.zone);
			d->new = P_ZONE;
			break;
		case DTK_NUMBER:
			rc = field_number(d, i);
			break;
		default:
			rc = field_word(d, i);
		}
		if (rc != DT_OK)
			return rc;
		if ((d->new & d->got) != 0)
			return DT_BAD_FORMAT;
		d->got |= d->new;
	}
	return DT_OK;
}

/* Years of the common era and two digits, day of year, ranges of month and day. */
static int
check_date(struct decoder *d)
{
	struct civil *c = &d->m.c;

	if ((d->got & P_YEAR) != 0 && !d->julian) {
		if (d->bc) {
			if (c->year <= 0)
				return DT_OVERFLOW;
			c->year = -(c->year - 1);
		} else if (d->two_digits) {
			if (c->year < 0)
				return DT_OVERFLOW;
			c->year += c->year < 70 ? 2000 : c->year < 100 ? 1900 : 0;
		} else if (c->year <= 0) {
			return DT_OVERFLOW;
		}
	}
	if ((d->got & P_DOY) != 0)
		days_to_civil(cal_days(c->year, 1, 1) + d->yday - 1, &c->year, &c->mon, &c->day);
	if ((d->got & P_MONTH) != 0 && (c->mon < 1 || c->mon > 12))
		return DT_MD_OVERFLOW;
	if ((d->got & P_DAY) != 0 && (c->day < 1 || c->day > 31))
		return DT_MD_OVERFLOW;
	if ((d->got & P_DATE) == P_DATE && c->day > days_in_month(c->year, c->mon))
		return DT_OVERFLOW;
	return DT_OK;
}

static int
check_ampm(struct decoder *d)
{
	struct civil *c = &d->m.c;

	if (d->ampm >= 0 && c->hour > 12)
		return DT_OVERFLOW;
	if (d->ampm == 0 && c->hour == 12)
		c->hour = 0;
	else if (d->ampm == 1 && c->hour != 12)
		c->hour += 12;
	return DT_OK;
}

/* Seconds west of UTC of a local time in a zone; out of range counts as UTC. */
static int
west_of(const struct civil *c, const struct timezone *tz)
{
	int64_t local;

	if (tz->ntrans == 0 && !tz->rule.has_dst)
		return -tz->types[0].gmtoff;
	return civil_to_local(c, &local) ? -tz_local_offset(tz, local) : 0;
}

static int
west_of_abbrev(const struct civil *c, const struct tz_abbrev *a)
{
	const struct timezone *tz = tz_find(a->zone, strlen(a->zone));
	int64_t local;
	int off;
	bool dst;

	if (tz == NULL || !civil_to_local(c, &local))
		return 0;
	int west = -tz_local_offset(tz, local);
	return tz_abbrev_offset(tz, a->abbrev, local + west * USEC_PER_SEC, &off, &dst) ? -off
											: west;
}

/* The date that a time of day without one is taken at. */
static struct civil
with_date(const struct decoder *d)
{
	struct civil c = d->m.c, now;

	if ((d->got & P_DATE) == 0) {
		timestamp_to_civil(d->fmt->now, d->fmt->tz != NULL ? d->fmt->tz : tz_utc, &now);
		c.year = now.year;
		c.mon = now.mon;
		c.day = now.day;
	}
	return c;
}

static int
settle_zone(struct decoder *d)
{
	struct civil c = with_date(d);

	if ((d->got & P_DSTMOD) != 0 &&
	    (d->zone != NULL || d->abbrev != NULL || (d->got & P_ZONE) == 0))
		return DT_BAD_FORMAT;
	if (d->zone != NULL) {
		bool fixed = d->zone->ntrans == 0 && !d->zone->rule.has_dst;
		if (d->time_only && !fixed && (d->got & P_DATE) != P_DATE)
			return DT_BAD_FORMAT;
		d->m.zone = west_of(&c, d->zone);
	}
	if (d->abbrev != NULL)
		d->m.zone = west_of_abbrev(&c, d->abbrev);
	if ((d->got & P_ZONE) == 0)
		d->m.zone = west_of(&c, d->fmt->tz != NULL ? d->fmt->tz : tz_utc);
	return DT_OK;
}

int
dt_decode(struct dt_fields *f, const struct fmt_settings *fmt, struct dt_moment *ret, struct err *e)
{
	struct decoder d = { .f = f, .fmt = fmt, .e = e, .ampm = -1 };

	int rc = read_fields(&d);
	if (rc == DT_OK)
		rc = check_date(&d);
	if (rc == DT_OK)
		rc = check_ampm(&d);
	if (rc == DT_OK && d.m.special == DTV_NONE) {
		if ((d.got & P_DATE) != P_DATE)
			return DT_BAD_FORMAT;
		rc = settle_zone(&d);
	}
	if (rc == DT_OK)
		*ret = d.m;
	return rc;
}

int
dt_decode_time(struct dt_fields *f, const struct fmt_settings *fmt, struct dt_moment *ret,
	       struct err *e)
{
	struct decoder d = { .f = f, .fmt = fmt, .e = e, .ampm = -1, .time_only = true };

	int rc = read_fields(&d);
	if (rc == DT_OK)
		rc = check_date(&d);
	if (rc == DT_OK)
		rc = check_ampm(&d);
	if (rc == DT_OK && time_overflows(&d.m.c))
		rc = DT_OVERFLOW;
	if (rc == DT_OK && (d.got & P_TIME) != P_TIME)
		rc = DT_BAD_FORMAT;
	if (rc == DT_OK)
		rc = settle_zone(&d);
	if (rc == DT_OK)
		*ret = d.m;
	return rc;
}
