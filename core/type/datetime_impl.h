/* datetime_impl.h - what the date and time files share among themselves.
 *
 * Owner, Thread, Failure, Cost: as datetime.h. */
#ifndef CORE_TYPE_DATETIME_IMPL_H
#define CORE_TYPE_DATETIME_IMPL_H

#include "core/type/datetime.h"

#define TIMESTAMP_MIN INT64_C(-211813488000000000)      /* 4714-11-24 BC */
#define TIMESTAMP_END INT64_C(9223371331200000000)      /* 294277-01-01 */
#define UNIX_EPOCH_USEC (INT64_C(10957) * USEC_PER_DAY) /* 1970 to 2000 */
enum {
	DATE_MIN = -2451545, DATE_END = 2145031949,     /* 4714-11-24 BC, 5874898-01-01 */
	JULIAN_2000 = 2451545, JULIAN_MIN_YEAR = -4713, JULIAN_MAX_YEAR = 5874898
};

static inline bool timestamp_in_range(int64_t t) { return t >= TIMESTAMP_MIN && t < TIMESTAMP_END; }
static inline bool date_in_range(int64_t d) { return d >= DATE_MIN && d < DATE_END; }

/* ---- calendar.c */
int64_t cal_days(int64_t year, int mon, int day);       /* since 2000-01-01; any year */
int64_t split_days(int64_t t, int64_t *ret_rest);
void civil_set_time(struct civil *c, int64_t usec_of_day);
int64_t civil_time(const struct civil *c);              /* microseconds of the day */
bool civil_to_local(const struct civil *c, int64_t *ret);
bool julian_in_range(int year, int mon);
int  timestamp_range(struct err *e);                    /* 22008 timestamp out of range */
int  interval_range(struct err *e);
int  date_range(struct err *e);

/* ---- timezone.c, tz_posix.c: seconds since 1970 UTC */
struct tz_type {
	int  gmtoff;
	bool dst;
	char abbrev[12];
};

struct tz_rule_day {                    /* one of the two changes of a year */
	char kind;                      /* 'J' 1..365 without 29 February, 'D' 0..365, 'M' */
	int  day, week, mon;
	int  time;                      /* seconds of local time */
};

struct tz_rule {
	bool present, has_dst;
	struct tz_type std, dst;
	struct tz_rule_day start, end;
};

struct timezone {
	char *name;
	int   ntrans, ntypes;
	int64_t *trans;
	uint8_t *trans_type;            /* the type that begins there */
	struct tz_type *types;          /* types[0] before the first change */
	struct tz_rule rule;            /* after the last */
};

extern struct timezone tz_utc_zone;
/* What holds at t and until when; false: for ever. */
bool tz_segment(const struct timezone *tz, int64_t t, const struct tz_type **ret_now,
		int64_t *ret_until, const struct tz_type **ret_then);
bool tz_rule_parse(const char *s, struct tz_rule *ret);
/* The rule's two changes in a year, in order. */
int  tz_rule_changes(const struct tz_rule *r, int year, int64_t at[2], const struct tz_type *to[2]);
/* What an abbreviation means in its zone near t (UTC); false: it was never used there. */
bool tz_abbrev_offset(const struct timezone *tz, const char *abbrev, int64_t t, int *ret_gmtoff,
		      bool *ret_dst);
const struct tz_abbrev *tz_abbrev_find(const char *s, size_t len);

#endif
