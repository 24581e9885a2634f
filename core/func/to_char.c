/* to_char.c - to_char of timestamps and intervals.
 *
 * Not here: templates (picture.h), reading dates (to_date.c), numbers (to_char_num.c). */
#include "config.h"
#include "core/func/impl.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/func/picture.h"
#include "core/type/datetime.h"

enum { JULIAN_OF_2000 = 2451545 };

/* What is shown: a moment, or a span taken for one. */
struct shown {
	bool span, has_zone;
	int64_t year;                   /* 0 is 1 BC; of a span: as it is */
	int mon, day, wday;
	int64_t yday, hour;
	int min, sec, usec;
	int gmtoff;
	const char *abbrev;
};

static int
fail_interval(struct err *e)
{
	err_set(e, ERR_INVALID_DATETIME_FORMAT, "invalid format specification for an interval value");
	return err_hint(e, "Intervals are not tied to specific calendar dates.");
}

static int64_t
shown_year(const struct shown *v, int64_t year)
{
	return !v->span && year <= 0 ? 1 - year : year;
}

static void
put_word(struct strbuf *to, const char *word, enum picture_case letters, int width)
{
	int n = 0;

	for (; word[n] != '\0'; n++) {
		char ch = word[n];
		if (letters == PIC_UPPER)
			ch = (char) toupper((unsigned char) ch);
		else if (letters == PIC_LOWER)
			ch = (char) tolower((unsigned char) ch);
		strbuf_putc(to, ch);
	}
	for (; n < width; n++)
		strbuf_putc(to, ' ');
}

/* A number of `width` digits (FM: as many as it needs) with its ordinal ending. */
static void
put_number(struct strbuf *to, const struct picture_node *n, int64_t v, int width)
{
	char text[32];

	(void) snprintf(text, sizeof text, "%0*lld", n->fill ? 0 : width, (long long) v);
	strbuf_puts(to, text);
	if (n->th != 0)
		strbuf_puts(to, picture_th(text, n->th));
}

/* As put_number, with one more column for a minus. */
static void
put_signed(struct strbuf *to, const struct picture_node *n, int64_t v, int width)
{
	put_number(to, n, v, v >= 0 ? width : width + 1);
}

static void
put_fraction(struct strbuf *to, const struct picture_node *n, int usec, int digits)
{
	for (int i = digits; i < 6; i++)
		usec /= 10;
	char text[16];
	(void) snprintf(text, sizeof text, "%0*d", digits, usec);
	strbuf_puts(to, text);
	if (n->th != 0)
		strbuf_puts(to, picture_th(text, n->th));
}

/* ---- Families of key words; each returns false when the key is not its own */
static bool
put_clock(struct strbuf *to, const struct picture_node *n, const struct shown *v)
{
	bool pm = v->hour % 24 >= 12;

	switch (n->key) {
	case DCH_AM_DOTS:
		put_word(to, pm ? "p.m." : "a.m.", n->letters, 0);
		return true;
	case DCH_AM:
		put_word(to, pm ? "pm" : "am", n->letters, 0);
		return true;
	case DCH_HH12:
		put_number(to, n, v->hour % 12 == 0 ? 12 : v->hour % 12, v->hour >= 0 ? 2 : 3);
		return true;
	case DCH_HH24:
		put_signed(to, n, v->hour, 2);
		return true;
	case DCH_MI:
		put_signed(to, n, v->min, 2);
		return true;
	case DCH_SS:
		put_signed(to, n, v->sec, 2);
		return true;
	case DCH_FF1:
	case DCH_FF2:
	case DCH_FF4:
	case DCH_FF5:
		put_fraction(to, n, v->usec, (int) (n->key - DCH_FF1) + 1);
		return true;
	case DCH_FF3:
	case DCH_MS:
		put_fraction(to, n, v->usec, 3);
		return true;
	case DCH_FF6:
	case DCH_US:
		put_fraction(to, n, v->usec, 6);
		return true;
	case DCH_SSSS:
		put_number(to, n, v->hour * 3600 + v->min * 60 + v->sec, 0);
		return true;
	default:
		return false;
	}
}

static bool
put_zone(struct strbuf *to, const struct picture_node *n, const struct shown *v)
{
	int abs = v->gmtoff < 0 ? -v->gmtoff : v->gmtoff;
	char sign = v->gmtoff < 0 ? '-' : '+';

	switch (n->key) {
	case DCH_TZ:
		if (v->has_zone)
			put_word(to, v->abbrev, n->letters == PIC_LOWER ? PIC_LOWER : PIC_CAPITAL, 0);
		return true;
	case DCH_TZH:
		strbuf_printf(to, "%c%02d", sign, abs / 3600);
		return true;
	case DCH_TZM:
		strbuf_printf(to, "%02d", abs % 3600 / 60);
		return true;
	case DCH_OF:
		strbuf_printf(to, "%c%0*d", sign, n->fill ? 0 : 2, abs / 3600);
		if (abs % 3600 != 0)
			strbuf_printf(to, ":%02d", abs % 3600 / 60);
		return true;
	default:
		return false;
	}
}

/* Roman months run backwards in their table; whole years of a span are month twelve. */
static void
put_roman_month(struct strbuf *to, const struct picture_node *n, const struct shown *v)
{
	int at;

	if (v->mon == 0 && v->year == 0)
		return;
	if (v->mon == 0)
		at = v->year >= 0 ? 0 : 11;
	else
		at = v->mon < 0 ? -(v->mon + 1) : 12 - v->mon;
	put_word(to, picture_roman_months[at], n->letters, n->fill ? 0 : 4);
}

static bool
put_month_or_day(struct strbuf *to, const struct picture_node *n, const struct shown *v)
{
	bool bare = n->fill || n->translate;

	switch (n->key) {
	case DCH_MONTH:
		put_word(to, picture_months[v->mon - 1], n->letters, bare ? 0 : 9);
		return true;
	case DCH_MON:
		put_word(to, picture_months_short[v->mon - 1], n->letters, 0);
		return true;
	case DCH_MM:
		put_signed(to, n, v->mon, 2);
		return true;
	case DCH_RM:
		put_roman_month(to, n, v);
		return true;
	case DCH_DAY:
		put_word(to, picture_days[v->wday], n->letters, bare ? 0 : 9);
		return true;
	case DCH_DY:
		put_word(to, picture_days_short[v->wday], n->letters, 0);
		return true;
	case DCH_DDD:
		put_number(to, n, v->yday, 3);
		return true;
	case DCH_DD:
		put_number(to, n, v->day, 2);
		return true;
	case DCH_D:
		put_number(to, n, v->wday + 1, 0);
		return true;
	case DCH_ID:
		put_number(to, n, v->wday == 0 ? 7 : v->wday, 0);
		return true;
	case DCH_Q:
		if (v->mon != 0)
			put_number(to, n, (v->mon - 1) / 3 + 1, 0);
		return true;
	case DCH_W:
		put_number(to, n, (v->day - 1) / 7 + 1, 0);
		return true;
	case DCH_WW:
		put_number(to, n, (v->yday - 1) / 7 + 1, 2);
		return true;
	default:
		return false;
	}
}

static int64_t
days_of(const struct shown *v)
{
	return civil_to_days((int) v->year, v->mon, v->day);
}

static bool
put_iso(struct strbuf *to, const struct picture_node *n, const struct shown *v)
{
	int year;

	switch (n->key) {
	case DCH_IW:
		put_number(to, n, iso_week((int) v->year, v->mon, v->day), 2);
		return true;
	case DCH_IDDD:
		year = iso_year((int) v->year, v->mon, v->day);
		put_number(to, n, days_of(v) - iso_week_to_days(year, 1) + 1, 3);
		return true;
	case DCH_J:
		put_number(to, n, days_of(v) + JULIAN_OF_2000, 0);
		return true;
	default:
		return false;
	}
}

static void
put_century(struct strbuf *to, const struct picture_node *n, const struct shown *v)
{
	int64_t cc;

	if (v->span)
		cc = v->year / 100;
	else if (v->year > 0)
		cc = (v->year - 1) / 100 + 1;
	else
		cc = v->year / 100 - 1;
	if (cc <= 99 && cc >= -99)
		put_signed(to, n, cc, 2);
	else
		put_number(to, n, cc, 0);
}

static void
put_year(struct strbuf *to, const struct picture_node *n, const struct shown *v)
{
	bool iso = n->key == DCH_IYYY || n->key == DCH_IYY || n->key == DCH_IY || n->key == DCH_I;
	int64_t y = iso ? iso_year((int) v->year, v->mon, v->day) : v->year;

	int minus = shown_year(v, v->year) < 0;         /* a column for it */
	y = shown_year(v, y);
	switch (n->key) {
	case DCH_Y_YYY: {
		char text[32];
		(void) snprintf(text, sizeof text, "%lld,%03lld", (long long) (y / 1000),
		                (long long) (y % 1000));
		strbuf_puts(to, text);
		if (n->th != 0)
			strbuf_puts(to, picture_th(text, n->th));
		return;
	}
	case DCH_YYYY:
	case DCH_IYYY:
		put_number(to, n, y, 4 + minus);
		return;
	case DCH_YYY:
	case DCH_IYY:
		put_number(to, n, y % 1000, 3 + minus);
		return;
	case DCH_YY:
	case DCH_IY:
		put_number(to, n, y % 100, 2 + minus);
		return;
	default:
		put_number(to, n, y % 10, 1 + minus);
	}
}

static bool
needs_calendar(enum picture_key key)
{
	return key == DCH_MONTH || key == DCH_MON || key == DCH_DAY || key == DCH_DY || key == DCH_D ||
	       key == DCH_ID || key == DCH_TZ || key == DCH_TZH || key == DCH_TZM || key == DCH_OF ||
	       key == DCH_AD || key == DCH_AD_DOTS;
}

static int
render(const struct picture_node *n, const struct shown *v, struct strbuf *to, struct err *e)
{
	for (; n->kind != PICK_END; n++) {
		if (n->kind != PICK_KEY) {
			strbuf_add(to, n->text, n->len);
			continue;
		}
		if (v->span && needs_calendar(n->key))
			return fail_interval(e);
		if (put_clock(to, n, v) || put_zone(to, n, v) || put_month_or_day(to, n, v) ||
		    put_iso(to, n, v))
			continue;
		switch (n->key) {
		case DCH_FX:
			break;
		case DCH_AD_DOTS:
			put_word(to, v->year <= 0 ? "b.c." : "a.d.", n->letters, 0);
			break;
		case DCH_AD:
			put_word(to, v->year <= 0 ? "bc" : "ad", n->letters, 0);
			break;
		case DCH_CC:
			put_century(to, n, v);
			break;
		default:
			put_year(to, n, v);
		}
	}
	return ERR_OK;
}

static int
show(struct fcall *c, const union datum *args, const struct shown *v, union datum *ret,
     struct err *e)
{
	struct arena *a = fcall_arena(c);
	const struct picture_node *n = picture_parse_datetime(a, bytes_data(args[1].b),
	                                                      bytes_len(args[1].b));
	struct strbuf b;

	strbuf_init(&b, a);
	int rc = render(n, v, &b, e);
	if (rc == ERR_OK)
		*ret = strbuf_datum(a, &b);
	return rc;
}

static int
show_timestamp(struct fcall *c, const union datum *args, const struct timezone *tz,
               union datum *ret, bool *ret_null, struct err *e)
{
	struct civil t;

	if (timestamp_is_inf(args[0].i) || bytes_len(args[1].b) == 0) {
		*ret_null = true;
		return ERR_OK;
	}
	timestamp_to_civil(args[0].i, tz, &t);
	const struct shown v = {
		.has_zone = tz != NULL, .year = t.year, .mon = t.mon, .day = t.day, .wday = t.wday,
		.yday = t.yday, .hour = t.hour, .min = t.min, .sec = t.sec, .usec = t.usec,
		.gmtoff = tz != NULL ? t.gmtoff : 0, .abbrev = t.abbrev,
	};
	return show(c, args, &v, ret, e);
}

DEFINE_FUNC(fn_to_char_timestamp) { return show_timestamp(c, args, NULL, ret, ret_null, e); }
DEFINE_FUNC(fn_to_char_timestamptz)
{
	return show_timestamp(c, args, c->env->type.fmt->tz, ret, ret_null, e);
}

DEFINE_FUNC(fn_to_char_interval)
{
	struct interval t = interval_get(args[0]);

	if (bytes_len(args[1].b) == 0) {
		*ret_null = true;
		return ERR_OK;
	}
	struct shown v = {
		.span = true, .year = t.months / 12, .mon = t.months % 12, .day = t.days,
		.hour = t.usec / USEC_PER_HOUR, .min = (int) (t.usec / USEC_PER_MIN % 60),
		.sec = (int) (t.usec / USEC_PER_SEC % 60), .usec = (int) (t.usec % USEC_PER_SEC),
	};
	v.yday = (v.year * 12 + v.mon) * 30 + v.day;
	return show(c, args, &v, ret, e);
}
