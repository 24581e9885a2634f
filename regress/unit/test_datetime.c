/* test_datetime.c - date and time functions in several zones and styles against PostgreSQL's
 * results (datetime.def); the fast paths of input; DateStyle and TimeZone as SET takes them. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/type/datetime.h"
#include "regress/unit/tap.h"

static const struct { const char *op, *zone, *style, *istyle, *x, *y, *result; } cases[] = {
#define DT(op, zone, style, istyle, x, y, result) { op, zone, style, istyle, x, y, result },
#include "regress/unit/datetime.def"
#undef DT
};

static struct arena arena;
static struct fmt_settings fmt;

enum shape { STAMP, STAMPTZ, SPAN, DATE };

/* One argument or result, by what the operation's letters say it is. */
struct value {
	int64_t t;
	struct interval v;
};

static int
read_value(enum shape shape, const char *s, struct value *ret, struct err *e)
{
	size_t n = strlen(s);

	switch (shape) {
	case STAMP:
		return timestamp_parse(s, n, &fmt, -1, &ret->t, e);
	case STAMPTZ:
		return timestamptz_parse(s, n, &fmt, -1, &ret->t, e);
	case DATE:
		return date_parse(s, n, &fmt, &ret->t, e);
	default:
		return interval_parse(s, n, &fmt, -1, &ret->v, e);
	}
}

static void
show_value(enum shape shape, const struct value *v, struct strbuf *to)
{
	if (shape == STAMP)
		timestamp_put(v->t, &fmt, to);
	else if (shape == STAMPTZ)
		timestamptz_put(v->t, &fmt, to);
	else if (shape == DATE)
		date_put(v->t, &fmt, to);
	else
		interval_put(v->v, &fmt, to);
}

#define F(name) static int name(struct value *r, const struct value *a UNUSED, const struct value *b UNUSED, \
                                const char *x UNUSED, const char *y UNUSED, struct err *e UNUSED)
F(op_tsadd) { return timestamp_add(a->t, b->v, &r->t, e); }
F(op_tzadd) { return timestamptz_add(a->t, b->v, fmt.tz, &r->t, e); }
F(op_tssub) { return timestamp_sub(a->t, b->t, &r->v, e); }
F(op_age)   { return timestamp_age(a->t, b->t, NULL, &r->v, e); }
F(op_trts)  { return timestamp_trunc(x, strlen(x), b->t, NULL, &r->t, e); }
F(op_trtz)  { return timestamp_trunc(x, strlen(x), b->t, fmt.tz, &r->t, e); }
F(op_triv)  { return interval_trunc(x, strlen(x), b->v, &r->v, e); }
F(op_zts)   { return timestamp_zone(b->t, x, strlen(x), &r->t, e); }
F(op_ztz)   { return timestamptz_zone(b->t, x, strlen(x), &r->t, e); }
F(op_totz)  { return timestamp_to_utc(a->t, fmt.tz, &r->t, e); }
F(op_tots)  { return timestamp_to_local(a->t, fmt.tz, &r->t, e); }
F(op_ivmul) { return interval_mul(a->v, atof(y), &r->v, e); }
F(op_ivdiv) { return interval_div(a->v, atof(y), &r->v, e); }
F(op_jh)    { return interval_justify_hours(a->v, &r->v, e); }
F(op_jd)    { return interval_justify_days(a->v, &r->v, e); }
F(op_ji)    { return interval_justify(a->v, &r->v, e); }
F(op_show)  { *r = *a; return ERR_OK; }

F(op_bin)
{
	int64_t origin;
	int rc = timestamp_make(2001, 1, 1, 0, 0, 0, &origin, e);

	return rc != ERR_OK ? rc : timestamp_bin(a->v, b->t, origin, &r->t, e);
}

/* Shapes of x and y (-1: a word, taken as text), of the result, the function. */
static const struct {
	const char *name;
	int  x, y, r;
	int (*f)(struct value *r, const struct value *a, const struct value *b, const char *x,
		 const char *y, struct err *e);
} ops[] = {
	{ "tsadd", STAMP, SPAN, STAMP, op_tsadd }, { "tzadd", STAMPTZ, SPAN, STAMPTZ, op_tzadd },
	{ "tssub", STAMP, STAMP, SPAN, op_tssub }, { "age", STAMP, STAMP, SPAN, op_age },
	{ "trts", -1, STAMP, STAMP, op_trts },     { "trtz", -1, STAMPTZ, STAMPTZ, op_trtz },
	{ "triv", -1, SPAN, SPAN, op_triv },       { "zts", -1, STAMP, STAMPTZ, op_zts },
	{ "ztz", -1, STAMPTZ, STAMP, op_ztz },     { "totz", STAMP, -1, STAMPTZ, op_totz },
	{ "tots", STAMPTZ, -1, STAMP, op_tots },   { "ivmul", SPAN, -1, SPAN, op_ivmul },
	{ "ivdiv", SPAN, -1, SPAN, op_ivdiv },     { "jh", SPAN, -1, SPAN, op_jh },
	{ "jd", SPAN, -1, SPAN, op_jd },           { "ji", SPAN, -1, SPAN, op_ji },
	{ "show", STAMPTZ, -1, STAMPTZ, op_show }, { "showd", DATE, -1, DATE, op_show },
	{ "showi", SPAN, -1, SPAN, op_show },      { "bin", SPAN, STAMP, STAMP, op_bin },
};

static int
extract(const char *op, const char *field, const char *x, struct strbuf *to, struct err *e)
{
	enum shape shape = strcmp(op, "ex_ts") == 0 ? STAMP : strcmp(op, "ex_tz") == 0 ? STAMPTZ :
	                   strcmp(op, "ex_d") == 0 ? DATE : SPAN;
	static const oid_t oids[] = { OID_TIMESTAMP, OID_TIMESTAMPTZ, OID_INTERVAL, OID_DATE };
	struct value v = { 0 };
	numeric_t n;
	bool null;

	int rc = read_value(shape, x, &v, e);
	union datum d = shape == SPAN ? interval_datum(&arena, v.v) : datum_int(v.t);
	if (rc == ERR_OK)
		rc = datetime_extract(oids[shape], field, strlen(field), d, fmt.tz, &arena, &n,
				      &null, e);
	if (rc == ERR_OK && null)
		strbuf_puts(to, "NULL");
	else if (rc == ERR_OK)
		numeric_put(n, to);
	return rc;
}

static int
run(size_t i, struct strbuf *to, struct err *e)
{
	const char *op = cases[i].op, *x = cases[i].x, *y = cases[i].y;

	if (strncmp(op, "ex_", 3) == 0)
		return extract(op, x, y, to, e);
	for (size_t k = 0; k < sizeof ops / sizeof ops[0]; k++) {
		struct value a = { 0 }, b = { 0 }, r = { 0 };
		if (strcmp(op, ops[k].name) != 0)
			continue;
		int rc = ops[k].x < 0 ? ERR_OK : read_value((enum shape) ops[k].x, x, &a, e);
		if (rc == ERR_OK && ops[k].y >= 0)
			rc = read_value((enum shape) ops[k].y, y, &b, e);
		if (rc == ERR_OK)
			rc = ops[k].f(&r, &a, &b, x, y, e);
		if (rc == ERR_OK)
			show_value((enum shape) ops[k].r, &r, to);
		return rc;
	}
	bail("no operation %s", op);
}

static bool
stop_at_once(void *arg)
{
	(void) arg;
	return true;
}

static void
check_settings(void)
{
	int style = DATESTYLE_ISO, order = DATEORDER_MDY;
	struct strbuf b;

	strbuf_init(&b, &arena);
	is_int(0, datestyle_parse("sql, dmy", &style, &order), "SET datestyle = 'sql, dmy'");
	datestyle_put(style, order, &b);
	is_str("SQL, DMY", b.data, "SHOW datestyle");
	is_int(0, datestyle_parse("German", &style, &order), "German");
	is_int(DATEORDER_DMY, order, "German brings DMY");
	is_int(-1, datestyle_parse("iso, sql", &style, &order), "two styles");
	is_int(-1, datestyle_parse("iso, foo", &style, &order), "no such style");
	is_int(DATESTYLE_GERMAN, style, "untouched on failure");
	is_str("<-03>+03", tz_name(timezone_parse("-3", 2)), "SET timezone = '-3'");
	is_str("<+05:30>-05:30", tz_name(timezone_parse("5.5", 3)), "SET timezone = '5.5'");
	is_str("Europe/Berlin", tz_name(timezone_parse("europe/BERLIN", 13)),
	       "the system's spelling");
	ok(timezone_parse("Nowhere/Land", 12) == NULL, "no such zone");
	ok(timezone_parse("../../etc/passwd", 16) == NULL, "no way out of the directory");
	ok(tz_count(stop_at_once, NULL) == -1, "listing zones can be stopped");
	ok(tz_count(NULL, NULL) > 300, "many zones");
	is_int(195, tz_abbrev_count(), "abbreviations of the Default set");
}

/* Every day of many years there and back. */
static void
check_calendar(void)
{
	int wrong = 0, y, m, d, py = -4714, pm = 1, pd = 1;

	for (int64_t day = -2451545; day < 1000000; day += 17) {
		days_to_civil(day, &y, &m, &d);
		wrong += civil_to_days(y, m, d) != day || d < 1 || d > days_in_month(y, m);
		wrong += y < py || (y == py && (m < pm || (m == pm && d <= pd)));
		py = y;
		pm = m;
		pd = d;
	}
	is_int(0, wrong, "days and dates");
	is_int(6, days_of_week(0), "2000-01-01 was a Saturday");
	is_int(53, iso_week(2005, 1, 1), "ISO week of 2005-01-01");
	is_int(2004, iso_year(2005, 1, 1), "ISO year of 2005-01-01");
}

int
main(void)
{
	arena_init(&arena, 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct strbuf b;
		struct err e = { 0 };
		fmt = fmt_default;
		fmt.tz = tz_find(cases[i].zone, strlen(cases[i].zone));
		(void) datestyle_parse(cases[i].style, &fmt.date_style, &fmt.date_order);
		fmt.interval_style = intervalstyle_parse(cases[i].istyle);
		strbuf_init(&b, &arena);
		if (fmt.tz == NULL) {
			skip(1, "no zone %s here", cases[i].zone);
			continue;
		}
		if (run(i, &b, &e) != ERR_OK) {
			strbuf_printf(&b, "%s %s", err_sqlstate(e.code), e.message);
			if (e.detail[0] != '\0')
				strbuf_printf(&b, " / %s", e.detail);
		}
		is_str(cases[i].result, b.data, "%s(%s, %s) in %s", cases[i].op, cases[i].x,
		       cases[i].y, cases[i].zone);
	}
	check_settings();
	check_calendar();
	arena_done(&arena);
	return tap_done();
}
