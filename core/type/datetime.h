/* datetime.h - dates, times, intervals and time zones as PostgreSQL counts them.
 *
 *   date          int32 days since 2000-01-01 in .i
 *   time          int64 microseconds since midnight in .i
 *   timestamp     int64 microseconds since 2000-01-01 in .i; timestamptz the same, of UTC
 *   timetz        bytes of struct timetz;  interval  bytes of struct interval
 * Infinite dates and timestamps are the ends of their integer types.  The calendar is the
 * proleptic Gregorian one; years are astronomical inside (0 is 1 BC).
 *
 * Owner     results in words, or on the arena given.  Zones live for ever.
 * Thread    any; tz_find() takes a lock, everything else none.
 * Failure   22007 bad text, 22008 out of range, 22009 bad displacement, 22023 unknown zone or
 *           unit, with PostgreSQL's texts.
 * Cost      a zone lookup is a binary search in its transitions. */
#ifndef CORE_TYPE_DATETIME_H
#define CORE_TYPE_DATETIME_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/type/numeric.h"
#include "core/type/type.h"

enum date_style { DATESTYLE_ISO, DATESTYLE_POSTGRES, DATESTYLE_SQL, DATESTYLE_GERMAN };
enum date_order { DATEORDER_YMD, DATEORDER_DMY, DATEORDER_MDY };
enum interval_style { INTERVALSTYLE_POSTGRES, INTERVALSTYLE_POSTGRES_VERBOSE,
                      INTERVALSTYLE_SQL_STANDARD, INTERVALSTYLE_ISO_8601 };

#define USEC_PER_SEC  INT64_C(1000000)
#define USEC_PER_MIN  (60 * USEC_PER_SEC)
#define USEC_PER_HOUR (60 * USEC_PER_MIN)
#define USEC_PER_DAY  (24 * USEC_PER_HOUR)
#define TIMESTAMP_MINUS_INF INT64_MIN
#define TIMESTAMP_PLUS_INF  INT64_MAX
#define DATE_MINUS_INF INT32_MIN
#define DATE_PLUS_INF  INT32_MAX
enum { UNIX_EPOCH_DAYS = 10957 };       /* 1970-01-01 to 2000-01-01 */

struct interval { int64_t usec; int32_t days, months; };
struct timetz   { int64_t usec; int32_t zone; };        /* zone: seconds WEST of UTC */

static inline bool
timestamp_is_inf(int64_t t)
{
	return t == TIMESTAMP_MINUS_INF || t == TIMESTAMP_PLUS_INF;
}
static inline bool date_is_inf(int64_t d) { return d == DATE_MINUS_INF || d == DATE_PLUS_INF; }

static inline struct interval interval_get(union datum d)
	{ struct interval v; memcpy(&v, d.b->data, sizeof v); return v; }
static inline union datum interval_datum(struct arena *a, struct interval v)
	{ return datum_bytes(bytes_make(a, &v, sizeof v)); }
static inline struct timetz timetz_get(union datum d)
	{ struct timetz v = { 0 }; memcpy(&v, d.b->data, 12); return v; }
static inline union datum timetz_datum(struct arena *a, struct timetz v)
	{ return datum_bytes(bytes_make(a, &v, 12)); }

/* ---- Calendar */
struct civil {                          /* a moment on the wall */
	int year;                       /* 0 is 1 BC */
	int mon, day;                   /* from 1 */
	int hour, min, sec, usec;
	int wday, yday;                 /* 0 Sunday; 1 first day; filled by timestamp_to_civil() */
	int gmtoff;                     /* seconds EAST of UTC, for timestamptz */
	int isdst;
	char abbrev[12];                /* "CET"; "" without a zone */
};
int32_t civil_to_days(int year, int mon, int day);              /* since 2000-01-01 */
void days_to_civil(int64_t days, int *ret_year, int *ret_mon, int *ret_day);
int  days_in_month(int year, int mon);
bool is_leap_year(int year);
int  iso_week(int year, int mon, int day);
int  iso_year(int year, int mon, int day);
int32_t iso_week_to_days(int year, int week);                   /* its Monday */
int  days_of_week(int64_t days);                                /* 0 Sunday */
/* Finite values only.  tz NULL: timestamp; else timestamptz shown there. */
void timestamp_to_civil(int64_t t, const struct timezone *tz, struct civil *ret);
/* 22008 when out of range; tz NULL: timestamp. */
int timestamp_from_civil(const struct civil *c, const struct timezone *tz, int64_t *ret,
			 struct err *e) MUST_CHECK;

/* ---- Zones */
struct timezone;
extern const struct timezone *const tz_utc;
/* By name ("Europe/Berlin", any case), POSIX form ("EST5EDT", "<+03>-3") or "UTC"; NULL: none. */
const struct timezone *tz_find(const char *name, size_t len);
/* For SET TIME ZONE INTERVAL / numbers: seconds EAST of UTC. */
const struct timezone *tz_fixed(int gmtoff);
const char *tz_name(const struct timezone *tz);
/* Seconds EAST of UTC at that UTC time; abbrev may be NULL. */
int  tz_offset(const struct timezone *tz, int64_t utc, bool *ret_dst, const char **ret_abbrev);
/* The offset that a local time means: after a gap or in an overlap as PostgreSQL chooses. */
int  tz_local_offset(const struct timezone *tz, int64_t local);
/* Every zone name of the system.  The first call reads the files and asks `stop` (NULL: nobody) in
 * between: -1 when it says true, and the next call begins again. */
int  tz_count(bool (*stop)(void *arg), void *arg);
const char *tz_name_at(int i);
/* The abbreviations of the "Default" set, for pg_timezone_abbrevs. */
struct tz_abbrev {
	const char *abbrev;
	int gmtoff;
	bool dst;
	const char *zone;
}; /* zone: meaning depends on its rules */
int  tz_abbrev_count(void);
const struct tz_abbrev *tz_abbrev_at(int i);
/* AT TIME ZONE 'text': a name or an abbreviation, for a UTC (or local) moment; seconds EAST. */
int tz_parse_offset(const char *name, size_t len, int64_t t, bool t_is_local, int *ret_gmtoff,
		    struct err *e) MUST_CHECK;

/* ---- Conversions */
int timestamp_to_utc(int64_t local, const struct timezone *tz, int64_t *ret,
		     struct err *e) MUST_CHECK; /* timestamp::timestamptz */
int timestamp_to_local(int64_t utc, const struct timezone *tz, int64_t *ret,
		       struct err *e) MUST_CHECK;
int  date_to_timestamp(int64_t date, int64_t *ret, struct err *e) MUST_CHECK;
int date_to_timestamptz(int64_t date, const struct timezone *tz, int64_t *ret,
			struct err *e) MUST_CHECK;
int64_t timestamp_to_date(int64_t t);                           /* finite or infinite; floor */
int64_t timestamp_to_time(int64_t t);                           /* finite: time of day */
int64_t timestamp_round(int64_t t, int precision);              /* timestamp(p); infinities kept */
int64_t time_round(int64_t t, int precision);
int timestamp_zone(int64_t t, const char *zone, size_t len, int64_t *ret,
		   struct err *e) MUST_CHECK; /* timestamp AT TIME ZONE */
int timestamptz_zone(int64_t t, const char *zone, size_t len, int64_t *ret,
		     struct err *e) MUST_CHECK; /* timestamptz AT TIME ZONE */
int  timestamp_izone(int64_t t, struct interval zone, int64_t *ret, struct err *e) MUST_CHECK;
int  timestamptz_izone(int64_t t, struct interval zone, int64_t *ret, struct err *e) MUST_CHECK;
int timetz_zone(struct timetz t, const char *zone, size_t len, int64_t now, struct timetz *ret,
		struct err *e) MUST_CHECK;
int timetz_izone(struct timetz t, struct interval zone, struct timetz *ret,
		 struct err *e) MUST_CHECK;
struct timetz timestamptz_to_timetz(int64_t t, const struct timezone *tz);
struct timetz time_to_timetz(int64_t t, const struct timezone *tz, int64_t now);
int64_t time_add(int64_t t, struct interval span);              /* modulo a day */

/* ---- Arithmetic */
int  date_add_days(int64_t date, int64_t days, int64_t *ret, struct err *e) MUST_CHECK;
int  date_sub(int64_t a, int64_t b, int64_t *ret_days, struct err *e) MUST_CHECK;
int  timestamp_add(int64_t t, struct interval v, int64_t *ret, struct err *e) MUST_CHECK;
int timestamptz_add(int64_t t, struct interval v, const struct timezone *tz, int64_t *ret,
		    struct err *e) MUST_CHECK;
int timestamp_sub(int64_t a, int64_t b, struct interval *ret,
		  struct err *e) MUST_CHECK; /* also timestamptz */
int timestamp_age(int64_t a, int64_t b, const struct timezone *tz, struct interval *ret,
		  struct err *e) MUST_CHECK; /* tz NULL: timestamp */
int interval_add(struct interval a, struct interval b, struct interval *ret,
		 struct err *e) MUST_CHECK;
int interval_sub(struct interval a, struct interval b, struct interval *ret,
		 struct err *e) MUST_CHECK;
int  interval_neg(struct interval a, struct interval *ret, struct err *e) MUST_CHECK;
int  interval_mul(struct interval a, double by, struct interval *ret, struct err *e) MUST_CHECK;
int  interval_div(struct interval a, double by, struct interval *ret, struct err *e) MUST_CHECK;
int  interval_justify_hours(struct interval a, struct interval *ret, struct err *e) MUST_CHECK;
int  interval_justify_days(struct interval a, struct interval *ret, struct err *e) MUST_CHECK;
int  interval_justify(struct interval a, struct interval *ret, struct err *e) MUST_CHECK;
int  interval_cmp(struct interval a, struct interval b);
__int128 interval_span(struct interval a);              /* months of 30 days, days of 24 hours */
int  timetz_cmp(struct timetz a, struct timetz b);
/* OVERLAPS, generate_series and the rest are core/func's, over these. */

/* ---- Fields */
/* extract(field from x): exact numeric; date_part is the same as a double.  *ret_null for a
 * field that an infinite value has no number for.  type: OID_DATE, OID_TIME, ... of x. */
int datetime_extract(oid_t type, const char *field, size_t len, union datum x,
		     const struct timezone *tz, struct arena *a, numeric_t *ret, bool *ret_null,
		     struct err *e) MUST_CHECK;
int datetime_part(oid_t type, const char *field, size_t len, union datum x,
		  const struct timezone *tz, double *ret, bool *ret_null, struct err *e) MUST_CHECK;
/* date_trunc; tz NULL: timestamp, else timestamptz in that zone. */
int timestamp_trunc(const char *unit, size_t len, int64_t t, const struct timezone *tz,
		    int64_t *ret, struct err *e) MUST_CHECK;
int interval_trunc(const char *unit, size_t len, struct interval v, struct interval *ret,
		   struct err *e) MUST_CHECK;
int timestamp_bin(struct interval stride, int64_t t, int64_t origin, int64_t *ret,
		  struct err *e) MUST_CHECK;

/* ---- make_* */
int date_make(int year, int mon, int day, int64_t *ret,
	      struct err *e) MUST_CHECK; /* negative year: BC */
int  time_make(int hour, int min, double sec, int64_t *ret, struct err *e) MUST_CHECK;
int timestamp_make(int year, int mon, int day, int hour, int min, double sec, int64_t *ret,
		   struct err *e) MUST_CHECK;
int timestamptz_make(int year, int mon, int day, int hour, int min, double sec, const char *zone,
		     size_t len, const struct timezone *session_tz, int64_t *ret,
		     struct err *e) MUST_CHECK; /* zone NULL: session's */
int interval_make(int years, int months, int weeks, int days, int hours, int mins, double secs,
		  struct interval *ret, struct err *e) MUST_CHECK;
int timestamp_from_epoch(double seconds, int64_t *ret,
			 struct err *e) MUST_CHECK; /* to_timestamp(double) */
int64_t clock_now(void);                        /* microseconds since 2000-01-01 UTC */

/* ---- Text: what the types' in and out do, for callers that have no type at hand */
int date_parse(const char *s, size_t len, const struct fmt_settings *f, int64_t *ret,
	       struct err *e) MUST_CHECK;
int time_parse(const char *s, size_t len, const struct fmt_settings *f, int32_t typmod,
	       int64_t *ret, struct err *e) MUST_CHECK;
int timetz_parse(const char *s, size_t len, const struct fmt_settings *f, int32_t typmod,
		 struct timetz *ret, struct err *e) MUST_CHECK;
int timestamp_parse(const char *s, size_t len, const struct fmt_settings *f, int32_t typmod,
		    int64_t *ret, struct err *e) MUST_CHECK;
int timestamptz_parse(const char *s, size_t len, const struct fmt_settings *f, int32_t typmod,
		      int64_t *ret, struct err *e) MUST_CHECK;
int interval_parse(const char *s, size_t len, const struct fmt_settings *f, int32_t typmod,
		   struct interval *ret, struct err *e) MUST_CHECK;
void date_put(int64_t d, const struct fmt_settings *f, struct strbuf *to);
void time_put(int64_t t, struct strbuf *to);
void timetz_put(struct timetz t, struct strbuf *to);
void timetz_put_xsd(struct timetz t, struct strbuf *to); /* minutes of the offset always */
void timestamp_put(int64_t t, const struct fmt_settings *f, struct strbuf *to);
void timestamptz_put(int64_t t, const struct fmt_settings *f, struct strbuf *to);
void interval_put(struct interval v, const struct fmt_settings *f, struct strbuf *to);
/* ISO 8601 with T, as JSON shows them; type: OID_DATE, OID_TIMESTAMP, OID_TIMESTAMPTZ. */
void datetime_put_json(oid_t type, int64_t v, const struct timezone *tz, struct strbuf *to);

/* ---- interval's fields in a typmod: INTERVAL DAY TO SECOND(3) */
enum interval_mask {
	INTERVAL_MONTH = 1 << 1, INTERVAL_YEAR = 1 << 2, INTERVAL_DAY = 1 << 3,
	INTERVAL_HOUR = 1 << 10, INTERVAL_MINUTE = 1 << 11, INTERVAL_SECOND = 1 << 12,
	INTERVAL_FULL_RANGE = 0x7fff, INTERVAL_FULL_PRECISION = 0xffff
};
static inline int32_t
interval_typmod(int range, int precision)
{
	return (range & 0x7fff) << 16 | (precision & 0xffff);
}
int interval_apply_typmod(struct interval v, int32_t typmod, struct interval *ret,
			  struct err *e) MUST_CHECK;

/* ---- Settings: DateStyle, IntervalStyle, TimeZone as SET takes and SHOW gives them */
int datestyle_parse(const char *s, int *style,
		    int *order); /* -1: not valid; only what is named changes */
void datestyle_put(int style, int order, struct strbuf *to);    /* "ISO, MDY" */
int  intervalstyle_parse(const char *s);                        /* -1: not valid */
const char *intervalstyle_name(int style);
/* 'Europe/Berlin', '-3', '+02', an interval '01:30'; NULL: not valid. */
const struct timezone *timezone_parse(const char *s, size_t len);

#endif
