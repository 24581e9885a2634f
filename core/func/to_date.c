/* to_date.c - to_date and to_timestamp: making a moment of the fields that a template found.
 *
 * Not here: reading the fields (to_date_read.c), writing (to_char.c). */
#include "config.h"
#include "core/func/impl.h"

#include "core/func/to_date.h"
#include "core/type/datetime.h"

enum { JULIAN_OF_2000 = 2451545, ZONE_HOURS_MAX = 15 };

struct result {
	struct civil t;
	int64_t fsec;
	bool year, mon, day;            /* given: to be checked */
	bool has_zone;
	int gmtoff;
};

static int
fail_overflow_text(const char *text, struct err *e)
{
	return err_set(e, ERR_DATETIME_FIELD_OVERFLOW, "date/time field value out of range: \"%s\"", text);
}

static int
resolve_clock(const struct template_fields *f, struct civil *t, struct err *e)
{
	if (f->ssss != 0) {
		t->hour = f->ssss / 3600;
		t->min = f->ssss % 3600 / 60;
		t->sec = f->ssss % 60;
	}
	t->sec = f->ss != 0 ? f->ss : t->sec;
	t->min = f->mi != 0 ? f->mi : t->min;
	t->hour = f->hh != 0 ? f->hh : t->hour;
	if (!f->clock_12)
		return ERR_OK;
	if (t->hour < 1 || t->hour > 12) {
		err_set(e, ERR_INVALID_DATETIME_FORMAT, "hour \"%d\" is invalid for the 12-hour clock",
		        t->hour);
		return err_hint(e, "Use the 24-hour clock, or give an hour between 1 and 12.");
	}
	if (f->pm && t->hour < 12)
		t->hour += 12;
	else if (!f->pm && t->hour == 12)
		t->hour = 0;
	return ERR_OK;
}

/* The 21st century runs from 2001 to 2100, the 6th BC from 600 to 501. */
static void
resolve_year(struct template_fields *f, struct result *r)
{
	struct civil *t = &r->t;

	if (f->year == 0 && f->cc == 0)
		return;
	r->year = true;
	if (f->cc != 0 && f->bc && (f->year == 0 || f->yysz <= 2))
		f->cc = -f->cc;
	if (f->year == 0) {
		t->year = f->cc >= 0 ? (f->cc - 1) * 100 + 1 : f->cc * 100 + 1;
	} else if (f->cc != 0 && f->yysz <= 2) {
		t->year = f->year % 100;
		if (t->year == 0)
			t->year = f->cc * 100 + (f->cc >= 0 ? 0 : 1);
		else
			t->year = f->cc >= 0 ? t->year + (f->cc - 1) * 100 : (f->cc + 1) * 100 - t->year + 1;
	} else {
		t->year = f->bc ? -f->year : f->year;
		if (t->year < 0)
			t->year++;
	}
}

static void
set_days(struct result *r, int64_t days)
{
	days_to_civil(days, &r->t.year, &r->t.mon, &r->t.day);
	r->year = r->mon = r->day = true;
}

static int
resolve_day_of_year(const struct template_fields *f, struct result *r, struct err *e)
{
	if (f->ddd == 0 || !(r->t.mon <= 1 || r->t.day <= 1))
		return ERR_OK;
	if (r->t.year == 0 && !f->bc)
		return err_set(e, ERR_INVALID_DATETIME_FORMAT,
		               "cannot calculate day of year without year information");
	if (f->mode == 'i') {
		set_days(r, iso_week_to_days(r->t.year, 1) - 1 + f->ddd);
		return ERR_OK;
	}
	int mon = 1, day = f->ddd;
	while (mon <= 12 && day > days_in_month(r->t.year, mon))
		day -= days_in_month(r->t.year, mon++);
	if (r->t.mon <= 1)
		r->t.mon = mon;
	if (r->t.day <= 1)
		r->t.day = day;
	r->mon = r->day = true;
	return ERR_OK;
}

static int
resolve_date(struct template_fields *f, struct result *r, struct err *e)
{
	resolve_year(f, r);
	if (f->j != 0)
		set_days(r, (int64_t) f->j - JULIAN_OF_2000);
	if (f->ww != 0 && f->mode == 'i') {     /* Monday, unless a day was given (Sunday is 1) */
		int monday = iso_week_to_days(r->t.year, f->ww);
		set_days(r, f->d == 0 ? monday : f->d > 1 ? monday + f->d - 2 : monday + 6);
	} else if (f->ww != 0) {
		f->ddd = (f->ww - 1) * 7 + 1;
	}
	if (f->w != 0)
		f->dd = (f->w - 1) * 7 + 1;
	if (f->dd != 0) {
		r->t.day = f->dd;
		r->day = true;
	}
	if (f->mm != 0) {
		r->t.mon = f->mm;
		r->mon = true;
	}
	return resolve_day_of_year(f, r, e);
}

static int
check_ranges(const struct template_fields *f, struct result *r, const char *text, struct err *e)
{
	const struct civil *t = &r->t;

	if ((r->mon && (t->mon < 1 || t->mon > 12)) || (r->day && (t->day < 1 || t->day > 31)) ||
	    (r->year && r->mon && r->day && t->day > days_in_month(t->year, t->mon)))
		return fail_overflow_text(text, e);
	if (t->hour < 0 || t->hour >= 24 || t->min < 0 || t->min >= 60 || t->sec < 0 || t->sec >= 60 ||
	    r->fsec < 0 || r->fsec >= USEC_PER_SEC)
		return fail_overflow_text(text, e);
	if (f->tzsign == 0)
		return ERR_OK;
	if (f->tzh < 0 || f->tzh > ZONE_HOURS_MAX || f->tzm < 0 || f->tzm >= 60)
		return err_set(e, ERR_INVALID_TIME_ZONE_DISPLACEMENT_VALUE,
		               "time zone displacement out of range: \"%s\"", text);
	r->has_zone = true;
	r->gmtoff = f->tzsign * (f->tzh * 3600 + f->tzm * 60);
	return ERR_OK;
}

static int
read_datetime(const char *text, const struct picture_node *template, bool standard,
              struct result *ret, int *ret_precision, struct err *e)
{
	struct template_fields f;
	struct result v = { .t = { .mon = 1, .day = 1 } };

	int rc = template_read(text, template, standard, &f, e);
	if (rc == ERR_OK)
		rc = resolve_clock(&f, &v.t, e);
	if (rc == ERR_OK)
		rc = resolve_date(&f, &v, e);
	if (rc != ERR_OK)
		return rc;
	v.fsec = (int64_t) f.ms * 1000 + f.us;
	rc = check_ranges(&f, &v, text, e);
	if (rc != ERR_OK)
		return rc;
	*ret_precision = f.ff;
	*ret = v;
	return ERR_OK;
}

static int
read_arguments(struct fcall *c, const union datum *args, struct result *ret, int *ret_precision,
               struct err *e)
{
	return read_datetime(arg_cstring(c, args[0]),
	                     picture_parse_datetime(fcall_arena(c), bytes_data(args[1].b),
	                                            bytes_len(args[1].b)),
	                     false, ret, ret_precision, e);
}

/* Years that a day count can take without overflow. */
static bool
year_fits(int year)
{
	return year >= -4713 && year <= 5874897;
}

static int
to_days(const struct result *v, const char *text, int64_t *ret, struct err *e)
{
	int64_t days = year_fits(v->t.year) ? civil_to_days(v->t.year, v->t.mon, v->t.day) : INT32_MIN;

	if (days < -JULIAN_OF_2000)
		return err_set(e, ERR_DATETIME_VALUE_OUT_OF_RANGE, "date out of range: \"%s\"", text);
	*ret = days;
	return ERR_OK;
}

static int
to_moment(struct result *v, int precision, const struct timezone *tz, int64_t *ret, struct err *e)
{
	int64_t t = 0;

	if (!year_fits(v->t.year))
		return err_set(e, ERR_DATETIME_VALUE_OUT_OF_RANGE, "timestamp out of range");
	v->t.usec = (int) v->fsec;
	int rc = timestamp_from_civil(&v->t, tz, &t, e);
	if (rc != ERR_OK)
		return rc;
	*ret = precision > 0 ? timestamp_round(t, precision) : t;
	return ERR_OK;
}

DEFINE_FUNC(fn_to_date)
{
	struct result v;
	int precision = 0;
	int rc = read_arguments(c, args, &v, &precision, e);

	return rc != ERR_OK ? rc : to_days(&v, arg_cstring(c, args[0]), &ret->i, e);
}

DEFINE_FUNC(fn_to_timestamp)
{
	struct result v;
	int precision = 0;
	int rc = read_arguments(c, args, &v, &precision, e);

	if (rc != ERR_OK)
		return rc;
	return to_moment(&v, precision, v.has_zone ? tz_fixed(v.gmtoff) : c->env->type.fmt->tz, &ret->i, e);
}

/* ---- Any of the types, as the template's fields say: jsonpath's .datetime(template) */
static void
what_template_has(const struct picture_node *n, bool *date, bool *time, bool *zone)
{
	for (; n->kind != PICK_END; n++) {
		if (n->kind != PICK_KEY || n->key == DCH_FX)
			continue;
		switch (n->key) {
		case DCH_TZH:
		case DCH_TZM:
		case DCH_TZ:
		case DCH_OF:
			*zone = true;
			break;
		case DCH_AM:
		case DCH_AM_DOTS:
		case DCH_HH12:
		case DCH_HH24:
		case DCH_MI:
		case DCH_SS:
		case DCH_SSSS:
		case DCH_MS:
		case DCH_US:
		case DCH_FF1:
		case DCH_FF2:
		case DCH_FF3:
		case DCH_FF4:
		case DCH_FF5:
		case DCH_FF6:
			*time = true;
			break;
		default:
			*date = true;
		}
	}
}

static int
to_time(const struct result *v, int precision, int64_t *ret)
{
	int64_t t = (((int64_t) v->t.hour * 60 + v->t.min) * 60 + v->t.sec) * USEC_PER_SEC + v->fsec;

	*ret = precision > 0 ? time_round(t, precision) : t;
	return ERR_OK;
}

static int
by_nodes(const char *text, const struct picture_node *nodes, oid_t *ret_type, int64_t *ret,
         int *ret_zone, struct err *e)
{
	bool date = false, time = false, zone = false;
	struct result v;
	int precision = 0;

	int rc = read_datetime(text, nodes, true, &v, &precision, e);
	if (rc != ERR_OK)
		return rc;
	what_template_has(nodes, &date, &time, &zone);
	if (zone && !v.has_zone && time)
		return err_set(e, ERR_INVALID_DATETIME_FORMAT, "missing time zone in input string for type %s",
		               date ? "timestamptz" : "timetz");
	*ret_zone = zone ? -v.gmtoff : 0;
	if (date && time) {
		*ret_type = zone ? OID_TIMESTAMPTZ : OID_TIMESTAMP;
		return to_moment(&v, precision, zone ? tz_fixed(v.gmtoff) : tz_utc, ret, e);
	}
	if (date && zone)
		return err_set(e, ERR_INVALID_DATETIME_FORMAT, "datetime format is zoned but not timed");
	if (!date && !time)
		return err_set(e, ERR_INVALID_DATETIME_FORMAT, "datetime format is not dated and not timed");
	*ret_type = date ? OID_DATE : zone ? OID_TIMETZ : OID_TIME;
	return date ? to_days(&v, text, ret, e) : to_time(&v, precision, ret);
}

/* The forms of a date or time that SQL/JSON knows without being told. */
static int
by_standard_forms(struct arena *a, const char *text, oid_t *ret_type, int64_t *ret, int *ret_zone,
                  struct err *e)
{
	static const char *const dates[] = { "", "yyyy-mm-dd ", "yyyy-mm-dd\"T\"" };
	static const char *const times[] = {
		"HH24:MI:SS.USTZH:TZM", "HH24:MI:SS.USTZH", "HH24:MI:SSTZH:TZM", "HH24:MI:SSTZH",
		"HH24:MI:SS.US", "HH24:MI:SS",
	};
	const char *form = "yyyy-mm-dd";

	for (unsigned i = 0; ; i++) {
		struct err ignored = { 0 };
		const struct picture_node *nodes = picture_parse_datetime(a, form, strlen(form));
		if (by_nodes(text, nodes, ret_type, ret, ret_zone, &ignored) == ERR_OK)
			return ERR_OK;
		if (i == ARRAY_LEN(dates) * ARRAY_LEN(times))
			break;
		form = arena_printf(a, "%s%s", dates[i / ARRAY_LEN(times)], times[i % ARRAY_LEN(times)]);
	}
	(void) err_set(e, ERR_INVALID_ARGUMENT_FOR_SQL_JSON_DATETIME_FUNCTION,
	               "datetime format is not recognized: \"%s\"", text);
	return err_hint(e, "Use a datetime template argument to specify the input data format.");
}

int
datetime_by_template(struct arena *a, const char *text, const char *template, size_t len,
                     oid_t *ret_type, int64_t *ret, int *ret_zone, struct err *e)
{
	if (template == NULL)
		return by_standard_forms(a, text, ret_type, ret, ret_zone, e);
	return by_nodes(text, picture_parse_datetime(a, template, len), ret_type, ret, ret_zone, e);
}
