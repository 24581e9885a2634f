/* datetime_funcs.c - arithmetic, casts and clocks of dates, times and intervals.
 *
 * Thin glue over core/type/datetime.h; the session's time zone comes with the settings.
 * Not here: fields, truncation, make_* and OVERLAPS (datetime_parts.c), to_char and to_date
 * (to_char.c), comparison (compare.c). */
#include "config.h"
#include "core/func/impl.h"

#include "core/type/datetime.h"

static inline const struct timezone *
zone_of(const struct fcall *c)
{
	return c->env->type.fmt->tz;
}

static inline struct interval
reversed(struct interval v)             /* as PostgreSQL: no check, extremes wrap */
{
	return (struct interval) {
		(int64_t) -(uint64_t) v.usec, (int32_t) -(uint32_t) v.days,
		(int32_t) -(uint32_t) v.months,
	};
}

/* ---- date */
DEFINE_FUNC(fn_date_add) { return date_add_days(args[0].i, args[1].i, &ret->i, e); }
DEFINE_FUNC(fn_days_add) { return date_add_days(args[1].i, args[0].i, &ret->i, e); }
DEFINE_FUNC(fn_date_sub_days) { return date_add_days(args[0].i, -args[1].i, &ret->i, e); }
DEFINE_FUNC(fn_date_sub) { return date_sub(args[0].i, args[1].i, &ret->i, e); }

static int
date_plus(int64_t date, struct interval v, int64_t *ret, struct err *e)
{
	int64_t t = 0;
	int rc = date_to_timestamp(date, &t, e);

	return rc != ERR_OK ? rc : timestamp_add(t, v, ret, e);
}

DEFINE_FUNC(fn_date_add_interval) { return date_plus(args[0].i, interval_get(args[1]), &ret->i, e); }
DEFINE_FUNC(fn_interval_add_date) { return date_plus(args[1].i, interval_get(args[0]), &ret->i, e); }
DEFINE_FUNC(fn_date_sub_interval)
{
	return date_plus(args[0].i, reversed(interval_get(args[1])), &ret->i, e);
}

static int
fail_timestamp_range(struct err *e)
{
	return err_set(e, ERR_DATETIME_VALUE_OUT_OF_RANGE, "timestamp out of range");
}

static int
date_at(int64_t date, int64_t time, int64_t *ret, struct err *e)
{
	int64_t t = 0;
	int rc = date_to_timestamp(date, &t, e);

	if (rc != ERR_OK)
		return rc;
	if (timestamp_is_inf(t))
		*ret = t;
	else if (__builtin_add_overflow(t, time, ret))
		return fail_timestamp_range(e);
	return ERR_OK;
}

DEFINE_FUNC(fn_date_time) { return date_at(args[0].i, args[1].i, &ret->i, e); }
DEFINE_FUNC(fn_time_date) { return date_at(args[1].i, args[0].i, &ret->i, e); }

static int
date_at_timetz(int64_t date, struct timetz t, int64_t *ret, struct err *e)
{
	return date_at(date, t.usec + t.zone * USEC_PER_SEC, ret, e);
}

DEFINE_FUNC(fn_date_timetz) { return date_at_timetz(args[0].i, timetz_get(args[1]), &ret->i, e); }
DEFINE_FUNC(fn_timetz_date) { return date_at_timetz(args[1].i, timetz_get(args[0]), &ret->i, e); }

/* ---- timestamp, timestamptz */
DEFINE_FUNC(fn_ts_add) { return timestamp_add(args[0].i, interval_get(args[1]), &ret->i, e); }
DEFINE_FUNC(fn_interval_add_ts) { return timestamp_add(args[1].i, interval_get(args[0]), &ret->i, e); }
DEFINE_FUNC(fn_ts_sub_interval)
{
	return timestamp_add(args[0].i, reversed(interval_get(args[1])), &ret->i, e);
}

DEFINE_FUNC(fn_tstz_add)
{
	return timestamptz_add(args[0].i, interval_get(args[1]), zone_of(c), &ret->i, e);
}

DEFINE_FUNC(fn_interval_add_tstz)
{
	return timestamptz_add(args[1].i, interval_get(args[0]), zone_of(c), &ret->i, e);
}

DEFINE_FUNC(fn_tstz_sub_interval)
{
	return timestamptz_add(args[0].i, reversed(interval_get(args[1])), zone_of(c), &ret->i, e);
}

static int
give_interval(struct fcall *c, int rc, struct interval v, union datum *ret)
{
	if (rc == ERR_OK)
		*ret = interval_datum(fcall_arena(c), v);
	return rc;
}

DEFINE_FUNC(fn_ts_sub)
{
	struct interval v = { 0 };
	int rc = timestamp_sub(args[0].i, args[1].i, &v, e);

	return give_interval(c, rc, v, ret);
}

static int
age(struct fcall *c, int64_t a, int64_t b, const struct timezone *tz, union datum *ret, struct err *e)
{
	struct interval v = { 0 };
	int rc = timestamp_age(a, b, tz, &v, e);

	return give_interval(c, rc, v, ret);
}

/* Midnight of the session's today, as a timestamp. */
static int
today(const struct fcall *c, int64_t *ret, struct err *e)
{
	int64_t local = 0;
	int rc = timestamp_to_local(c->env->now, zone_of(c), &local, e);

	return rc != ERR_OK ? rc : date_to_timestamp(timestamp_to_date(local), ret, e);
}

DEFINE_FUNC(fn_ts_age)   { return age(c, args[0].i, args[1].i, NULL, ret, e); }
DEFINE_FUNC(fn_tstz_age) { return age(c, args[0].i, args[1].i, zone_of(c), ret, e); }
DEFINE_FUNC(fn_ts_age_today)
{
	int64_t t = 0;
	int rc = today(c, &t, e);

	return rc != ERR_OK ? rc : age(c, t, args[0].i, NULL, ret, e);
}

DEFINE_FUNC(fn_tstz_age_today)
{
	int64_t t = 0, utc = 0;
	int rc = today(c, &t, e);

	if (rc != ERR_OK)
		return rc;
	rc = timestamp_to_utc(t, zone_of(c), &utc, e);
	return rc != ERR_OK ? rc : age(c, utc, args[0].i, zone_of(c), ret, e);
}

/* ---- time, timetz */
DEFINE_FUNC(fn_time_add) { ret->i = time_add(args[0].i, interval_get(args[1])); return ERR_OK; }
DEFINE_FUNC(fn_interval_add_time) { ret->i = time_add(args[1].i, interval_get(args[0])); return ERR_OK; }
DEFINE_FUNC(fn_time_sub_interval)
{
	ret->i = time_add(args[0].i, reversed(interval_get(args[1])));
	return ERR_OK;
}

DEFINE_FUNC(fn_time_sub)
{
	*ret = interval_datum(fcall_arena(c), (struct interval) { .usec = args[0].i - args[1].i });
	return ERR_OK;
}

static union datum
timetz_plus(struct fcall *c, struct timetz t, struct interval v)
{
	t.usec = time_add(t.usec, v);
	return timetz_datum(fcall_arena(c), t);
}

DEFINE_FUNC(fn_timetz_add) { *ret = timetz_plus(c, timetz_get(args[0]), interval_get(args[1])); return ERR_OK; }
DEFINE_FUNC(fn_interval_add_timetz) { *ret = timetz_plus(c, timetz_get(args[1]), interval_get(args[0])); return ERR_OK; }
DEFINE_FUNC(fn_timetz_sub_interval)
{
	*ret = timetz_plus(c, timetz_get(args[0]), reversed(interval_get(args[1])));
	return ERR_OK;
}

/* ---- interval */
#define INTERVAL_OP(name, call) \
	DEFINE_FUNC(fn_interval_##name) \
	{ \
		struct interval v = { 0 }; \
		int rc = call; \
		return give_interval(c, rc, v, ret); \
	}
INTERVAL_OP(add, interval_add(interval_get(args[0]), interval_get(args[1]), &v, e))
INTERVAL_OP(sub, interval_sub(interval_get(args[0]), interval_get(args[1]), &v, e))
INTERVAL_OP(neg, interval_neg(interval_get(args[0]), &v, e))
INTERVAL_OP(mul, interval_mul(interval_get(args[0]), args[1].f, &v, e))
INTERVAL_OP(mul_by, interval_mul(interval_get(args[1]), args[0].f, &v, e))
INTERVAL_OP(div, interval_div(interval_get(args[0]), args[1].f, &v, e))
INTERVAL_OP(justify, interval_justify(interval_get(args[0]), &v, e))
INTERVAL_OP(justify_hours, interval_justify_hours(interval_get(args[0]), &v, e))
INTERVAL_OP(justify_days, interval_justify_days(interval_get(args[0]), &v, e))

/* ---- Casts */
DEFINE_FUNC(fn_date_to_ts)   { return date_to_timestamp(args[0].i, &ret->i, e); }
DEFINE_FUNC(fn_date_to_tstz) { return date_to_timestamptz(args[0].i, zone_of(c), &ret->i, e); }
DEFINE_FUNC(fn_ts_to_date)   { ret->i = timestamp_to_date(args[0].i); return ERR_OK; }
DEFINE_FUNC(fn_ts_to_tstz)   { return timestamp_to_utc(args[0].i, zone_of(c), &ret->i, e); }
DEFINE_FUNC(fn_tstz_to_ts)   { return timestamp_to_local(args[0].i, zone_of(c), &ret->i, e); }

DEFINE_FUNC(fn_tstz_to_date)
{
	int64_t t = 0;
	int rc = timestamp_to_local(args[0].i, zone_of(c), &t, e);

	if (rc == ERR_OK)
		ret->i = timestamp_to_date(t);
	return rc;
}

DEFINE_FUNC(fn_ts_to_time)
{
	*ret_null = timestamp_is_inf(args[0].i);
	ret->i = *ret_null ? 0 : timestamp_to_time(args[0].i);
	return ERR_OK;
}

DEFINE_FUNC(fn_tstz_to_time)
{
	int64_t t = 0;
	int rc = timestamp_to_local(args[0].i, zone_of(c), &t, e);

	if (rc != ERR_OK)
		return rc;
	*ret_null = timestamp_is_inf(t);
	ret->i = *ret_null ? 0 : timestamp_to_time(t);
	return ERR_OK;
}

DEFINE_FUNC(fn_tstz_to_timetz)
{
	if (timestamp_is_inf(args[0].i))
		*ret_null = true;
	else
		*ret = timetz_datum(fcall_arena(c), timestamptz_to_timetz(args[0].i, zone_of(c)));
	return ERR_OK;
}

DEFINE_FUNC(fn_timetz_to_time) { ret->i = timetz_get(args[0]).usec; return ERR_OK; }
DEFINE_FUNC(fn_time_to_timetz)
{
	*ret = timetz_datum(fcall_arena(c), time_to_timetz(args[0].i, zone_of(c), c->env->now));
	return ERR_OK;
}

DEFINE_FUNC(fn_time_to_interval)
{
	*ret = interval_datum(fcall_arena(c), (struct interval) { .usec = args[0].i });
	return ERR_OK;
}

DEFINE_FUNC(fn_interval_to_time)
{
	int64_t t = interval_get(args[0]).usec % USEC_PER_DAY;

	ret->i = t < 0 ? t + USEC_PER_DAY : t;
	return ERR_OK;
}

/* date and time (or timetz) to timestamptz: local time of the session, or at its own zone */
DEFINE_FUNC(fn_date_time_to_tstz)
{
	int64_t t = 0;
	int rc = date_at(args[0].i, args[1].i, &t, e);

	return rc != ERR_OK ? rc : timestamp_to_utc(t, zone_of(c), &ret->i, e);
}

DEFINE_FUNC(fn_epoch_to_tstz) { return timestamp_from_epoch(args[0].f, &ret->i, e); }

/* ---- Clocks */
DEFINE_FUNC(fn_now) { ret->i = c->env->now; return ERR_OK; }
DEFINE_FUNC(fn_statement_timestamp) { ret->i = c->env->stmt_now; return ERR_OK; }
DEFINE_FUNC(fn_clock_timestamp) { ret->i = clock_now(); return ERR_OK; }

DEFINE_FUNC(fn_timeofday)
{
	static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
	                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct civil now;
	struct strbuf b;

	timestamp_to_civil(clock_now(), zone_of(c), &now);
	strbuf_init(&b, fcall_arena(c));
	strbuf_printf(&b, "%s %s %02d %02d:%02d:%02d.%06d %d %s", days[now.wday], months[now.mon - 1],
	              now.day, now.hour, now.min, now.sec, now.usec, now.year, now.abbrev);
	*ret = strbuf_datum(fcall_arena(c), &b);
	return ERR_OK;
}
