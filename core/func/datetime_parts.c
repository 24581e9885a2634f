/* datetime_parts.c - fields and pieces of times: extract, date_trunc, AT TIME ZONE, make_*,
 * OVERLAPS, generate_series.
 * Not here: arithmetic and casts (datetime_funcs.c), to_char and to_date (to_char.c). */
#include "config.h"
#include "core/func/impl.h"

#include "core/type/datetime.h"

static inline const struct timezone *
zone_of(const struct fcall *c)
{
	return c->env->type.fmt->tz;
}

/* ---- extract and date_part: the second argument's type says which fields there are */
DEFINE_FUNC(fn_extract)
{
	return datetime_extract(c->func->args[1], bytes_data(args[0].b), bytes_len(args[0].b),
	                        args[1], zone_of(c), fcall_arena(c), &ret->b, ret_null, e);
}

DEFINE_FUNC(fn_date_part)
{
	return datetime_part(c->func->args[1], bytes_data(args[0].b), bytes_len(args[0].b),
	                     args[1], zone_of(c), &ret->f, ret_null, e);
}

/* ---- date_trunc, date_bin */
DEFINE_FUNC(fn_ts_trunc)
{
	return timestamp_trunc(bytes_data(args[0].b), bytes_len(args[0].b), args[1].i, NULL,
	                       &ret->i, e);
}

static int
trunc_in_zone(const union datum *args, const struct timezone *tz, union datum *ret, struct err *e)
{
	return timestamp_trunc(bytes_data(args[0].b), bytes_len(args[0].b), args[1].i, tz,
	                       &ret->i, e);
}

DEFINE_FUNC(fn_tstz_trunc) { return trunc_in_zone(args, zone_of(c), ret, e); }

DEFINE_FUNC(fn_tstz_trunc_zone)
{
	size_t len;
	const char *name = arg_text(args[2], &len);
	const struct timezone *tz = tz_find(name, len);

	if (timestamp_is_inf(args[1].i)) {
		*ret = args[1];
		return ERR_OK;
	}
	if (tz == NULL) {               /* an abbreviation stands for a fixed offset */
		int east = 0;
		int rc = tz_parse_offset(name, len, args[1].i, false, &east, e);
		if (rc != ERR_OK)
			return rc;
		tz = tz_fixed(east);
	}
	return trunc_in_zone(args, tz, ret, e);
}

DEFINE_FUNC(fn_interval_trunc)
{
	struct interval v = { 0 };
	int rc = interval_trunc(bytes_data(args[0].b), bytes_len(args[0].b), interval_get(args[1]),
	                        &v, e);

	if (rc == ERR_OK)
		*ret = interval_datum(fcall_arena(c), v);
	return rc;
}

DEFINE_FUNC(fn_ts_bin)
{
	return timestamp_bin(interval_get(args[0]), args[1].i, args[2].i, &ret->i, e);
}

/* ---- AT TIME ZONE: the zone comes first */
DEFINE_FUNC(fn_ts_zone)
{
	return timestamp_zone(args[1].i, bytes_data(args[0].b), bytes_len(args[0].b), &ret->i, e);
}

DEFINE_FUNC(fn_tstz_zone)
{
	return timestamptz_zone(args[1].i, bytes_data(args[0].b), bytes_len(args[0].b), &ret->i, e);
}

DEFINE_FUNC(fn_ts_izone)   { return timestamp_izone(args[1].i, interval_get(args[0]), &ret->i, e); }
DEFINE_FUNC(fn_tstz_izone) { return timestamptz_izone(args[1].i, interval_get(args[0]), &ret->i, e); }

DEFINE_FUNC(fn_timetz_zone)
{
	struct timetz t = { 0 };
	int rc = timetz_zone(timetz_get(args[1]), bytes_data(args[0].b), bytes_len(args[0].b),
	                     c->env->now, &t, e);

	if (rc == ERR_OK)
		*ret = timetz_datum(fcall_arena(c), t);
	return rc;
}

DEFINE_FUNC(fn_timetz_izone)
{
	struct timetz t = { 0 };
	int rc = timetz_izone(timetz_get(args[1]), interval_get(args[0]), &t, e);

	if (rc == ERR_OK)
		*ret = timetz_datum(fcall_arena(c), t);
	return rc;
}

/* ---- isfinite */
DEFINE_FUNC(fn_date_isfinite) { ret->i = !date_is_inf(args[0].i); return ERR_OK; }
DEFINE_FUNC(fn_ts_isfinite) { ret->i = !timestamp_is_inf(args[0].i); return ERR_OK; }
DEFINE_FUNC(fn_interval_isfinite) { ret->i = true; return ERR_OK; }

/* ---- make_* */
DEFINE_FUNC(fn_make_date)
{
	return date_make((int) args[0].i, (int) args[1].i, (int) args[2].i, &ret->i, e);
}

DEFINE_FUNC(fn_make_time)
{
	return time_make((int) args[0].i, (int) args[1].i, args[2].f, &ret->i, e);
}

DEFINE_FUNC(fn_make_timestamp)
{
	return timestamp_make((int) args[0].i, (int) args[1].i, (int) args[2].i, (int) args[3].i,
	                      (int) args[4].i, args[5].f, &ret->i, e);
}

DEFINE_FUNC(fn_make_timestamptz)
{
	const char *zone = c->nargs > 6 ? bytes_data(args[6].b) : NULL;

	return timestamptz_make((int) args[0].i, (int) args[1].i, (int) args[2].i, (int) args[3].i,
	                        (int) args[4].i, args[5].f, zone,
	                        zone == NULL ? 0 : bytes_len(args[6].b), zone_of(c), &ret->i, e);
}

DEFINE_FUNC(fn_make_interval)
{
	struct interval v = { 0 };
	int rc = interval_make((int) args[0].i, (int) args[1].i, (int) args[2].i, (int) args[3].i,
	                       (int) args[4].i, (int) args[5].i, args[6].f, &v, e);

	if (rc == ERR_OK)
		*ret = interval_datum(fcall_arena(c), v);
	return rc;
}

/* ---- (s1, e1) OVERLAPS (s2, e2), with nulls where a bound is unknown */
typedef int point_cmp(union datum a, union datum b);

static int
cmp_word(union datum a, union datum b)
{
	return (a.i > b.i) - (a.i < b.i);
}

static int
cmp_timetz(union datum a, union datum b)
{
	return timetz_cmp(timetz_get(a), timetz_get(b));
}

struct period { union datum start, end; bool no_end; };

/* False: both bounds unknown.  A single known bound is the start. */
static bool
period_make(point_cmp *cmp, const union datum *v, const bool *nulls, struct period *ret)
{
	if (nulls[0] && nulls[1])
		return false;
	*ret = (struct period) { nulls[0] ? v[1] : v[0], v[1], nulls[0] || nulls[1] };
	if (!ret->no_end && cmp(v[0], v[1]) > 0) {
		ret->start = v[1];
		ret->end = v[0];
	}
	return true;
}

static int
overlaps(point_cmp *cmp, const union datum *v, const bool *nulls, union datum *ret, bool *ret_null)
{
	struct period a, b;

	*ret_null = true;
	if (!period_make(cmp, v, nulls, &a) || !period_make(cmp, v + 2, nulls + 2, &b))
		return ERR_OK;
	int order = cmp(a.start, b.start);
	if (order == 0) {
		*ret_null = a.no_end || b.no_end;
		ret->i = true;
		return ERR_OK;
	}
	const struct period *early = order < 0 ? &a : &b, *late = order < 0 ? &b : &a;
	if (early->no_end)
		return ERR_OK;
	ret->i = cmp(late->start, early->end) < 0;
	*ret_null = ret->i == 0 && late->no_end;
	return ERR_OK;
}

DEFINE_FUNC(fn_overlaps) { return overlaps(cmp_word, args, nulls, ret, ret_null); }
DEFINE_FUNC(fn_timetz_overlaps) { return overlaps(cmp_timetz, args, nulls, ret, ret_null); }

/* (start, length): where an end is given as an interval it is added to its start first. */
static int
add_span(struct fcall *c, int at, union datum *v, struct err *e)
{
	struct interval span = interval_get(v[at]);

	switch (c->func->args[at - 1]) {
	case OID_TIME:
		v[at].i = time_add(v[at - 1].i, span);
		return ERR_OK;
	case OID_TIMESTAMPTZ:
		return timestamptz_add(v[at - 1].i, span, zone_of(c), &v[at].i, e);
	default:
		return timestamp_add(v[at - 1].i, span, &v[at].i, e);
	}
}

DEFINE_FUNC(fn_overlaps_span)
{
	union datum v[4];
	bool n[4];

	memcpy(v, args, sizeof v);
	memcpy(n, nulls, sizeof n);
	for (int at = 1; at < 4; at += 2) {
		if (c->func->args[at] != OID_INTERVAL)
			continue;
		n[at] = n[at] || n[at - 1];
		int rc = n[at] ? ERR_OK : add_span(c, at, v, e);
		if (rc != ERR_OK)
			return rc;
	}
	return overlaps(cmp_word, v, n, ret, ret_null);
}

/* ---- generate_series */
static int
series(struct fcall *c, const union datum *args, const struct timezone *tz, struct row_sink *to,
       struct err *e)
{
	struct interval step = interval_get(args[2]);
	int sign = interval_cmp(step, (struct interval) { 0 });
	int64_t t = args[0].i, end = args[1].i;

	if (sign == 0)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE, "step size cannot equal zero");
	while (sign > 0 ? t <= end : t >= end) {
		union datum d = { .i = t };
		const bool null = false;
		int rc = func_cancelled(c, e);
		if (rc != ERR_OK)
			return rc;
		rc = to->push(to, &d, &null, e);
		if (rc != ERR_OK)
			return rc;
		rc = tz == NULL ? timestamp_add(t, step, &t, e) : timestamptz_add(t, step, tz, &t, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

DEFINE_SRF(fn_ts_series)   { return series(c, args, NULL, to, e); }
DEFINE_SRF(fn_tstz_series) { return series(c, args, zone_of(c), to, e); }
