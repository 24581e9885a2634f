/* datetime_type.c - the methods of date, time, timetz, timestamp, timestamptz, interval. */
#include "config.h"
#include "core/base/hash.h"
#include "core/type/datetime_impl.h"
#include "core/type/key.h"
#include "core/type/ops.h"

static const struct fmt_settings *
settings(const struct type_env *env)
{
	return env != NULL && env->fmt != NULL ? env->fmt : &fmt_default;
}

/* ---- What the types that are a word share */

static int
cmp_word(const struct type *t UNUSED, union datum a, union datum b)
{
	return a.i < b.i ? -1 : a.i > b.i;
}

static uint64_t
hash_word(const struct type *t UNUSED, union datum d)
{
	return hash_u64(d.u);
}

static void
key_word(const struct type *t, union datum d, struct strbuf *to)
{
	key_put_int(to, d.i, t->len);
}

static size_t
unkey_word(const struct type *t, struct arena *a UNUSED, const void *p, size_t len,
	   union datum *ret)
{
	return key_get_int(p, len, t->len, &ret->i);
}

static void
send_word(const struct type *t, struct type_env *env UNUSED, union datum d, struct strbuf *to)
{
	if (t->len == 4)
		put_be32(to, (uint32_t) d.i);
	else
		put_be64(to, d.u);
}

/* ---- Precision: time(p), timestamp(p) */

static int
typmod_in_precision(const struct type *t, const int32_t *args, int n, int32_t *ret, struct err *e)
{
	bool time = t->oid == OID_TIME || t->oid == OID_TIMETZ;
	bool zoned = t->oid == OID_TIMETZ || t->oid == OID_TIMESTAMPTZ;

	if (n != 1)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE, "invalid type modifier");
	if (args[0] < 0)
		return err_set(
			e, ERR_INVALID_PARAMETER_VALUE, "%s(%d)%s precision must not be negative",
			time ? "TIME" : "TIMESTAMP", args[0], zoned ? " WITH TIME ZONE" : "");
	*ret = args[0] > 6 ? 6 : args[0];
	return ERR_OK;
}

static void
typmod_out_precision(const struct type *t UNUSED, int32_t typmod, struct strbuf *to)
{
	strbuf_putc(to, '(');
	strbuf_int(to, typmod);
	strbuf_putc(to, ')');
}

/* ---- date */

static int
in_date(const struct type *t UNUSED, struct type_env *env, const char *s, size_t len,
        int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	return date_parse(s, len, settings(env), &ret->i, e);
}

static void
out_date(const struct type *t UNUSED, struct type_env *env, union datum d, struct strbuf *to)
{
	date_put(d.i, settings(env), to);
}

static int
recv_date(const struct type *t UNUSED, struct type_env *env UNUSED, const void *p, size_t len,
          int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	if (len != 4)
		return bad_binary(e, len, 4);
	int32_t d = (int32_t) get_be32(p);
	if (!date_is_inf(d) && !date_in_range(d))
		return date_range(e);
	ret->i = d;
	return ERR_OK;
}

const struct type_ops type_ops_date = {
	.in = in_date, .out = out_date, .recv = recv_date, .send = send_word,
	.cmp = cmp_word, .hash = hash_word, .key = key_word, .unkey = unkey_word,
};

/* ---- time */

static int
in_time(const struct type *t UNUSED, struct type_env *env, const char *s, size_t len,
	int32_t typmod, union datum *ret, struct err *e)
{
	return time_parse(s, len, settings(env), typmod, &ret->i, e);
}

static void
out_time(const struct type *t UNUSED, struct type_env *env UNUSED, union datum d, struct strbuf *to)
{
	time_put(d.i, to);
}

static int
time_of_wire(int64_t v, int32_t typmod, int64_t *ret, struct err *e)
{
	if (v < 0 || v > USEC_PER_DAY)
		return err_set(e, ERR_DATETIME_VALUE_OUT_OF_RANGE, "time out of range");
	*ret = time_round(v, typmod);
	return ERR_OK;
}

static int
recv_time(const struct type *t UNUSED, struct type_env *env UNUSED, const void *p, size_t len,
          int32_t typmod, union datum *ret, struct err *e)
{
	if (len != 8)
		return bad_binary(e, len, 8);
	return time_of_wire((int64_t) get_be64(p), typmod, &ret->i, e);
}

static int
coerce_time(const struct type *t UNUSED, struct type_env *env UNUSED, union datum d, int32_t typmod,
            bool explicit_cast UNUSED, union datum *ret, struct err *e UNUSED)
{
	ret->i = time_round(d.i, typmod);
	return ERR_OK;
}

const struct type_ops type_ops_time = {
	.in = in_time, .out = out_time, .recv = recv_time, .send = send_word,
	.cmp = cmp_word, .hash = hash_word, .key = key_word, .unkey = unkey_word,
	.coerce = coerce_time, .typmod_in = typmod_in_precision, .typmod_out = typmod_out_precision,
};

/* ---- timetz */

static int
in_timetz(const struct type *t UNUSED, struct type_env *env, const char *s, size_t len,
          int32_t typmod, union datum *ret, struct err *e)
{
	struct timetz v;
	int rc = timetz_parse(s, len, settings(env), typmod, &v, e);

	if (rc == ERR_OK)
		*ret = timetz_datum(env->arena, v);
	return rc;
}

static void
out_timetz(const struct type *t UNUSED, struct type_env *env UNUSED, union datum d,
	   struct strbuf *to)
{
	timetz_put(timetz_get(d), to);
}

static int
recv_timetz(const struct type *t UNUSED, struct type_env *env, const void *p, size_t len,
            int32_t typmod, union datum *ret, struct err *e)
{
	struct timetz v;

	if (len != 12)
		return bad_binary(e, len, 12);
	int rc = time_of_wire((int64_t) get_be64(p), typmod, &v.usec, e);
	if (rc != ERR_OK)
		return rc;
	v.zone = (int32_t) get_be32((const char *) p + 8);
	if (v.zone <= -16 * 3600 || v.zone >= 16 * 3600)
		return err_set(e, ERR_INVALID_TIME_ZONE_DISPLACEMENT_VALUE,
			       "time zone displacement out of range");
	*ret = timetz_datum(env->arena, v);
	return ERR_OK;
}

static void
send_timetz(const struct type *t UNUSED, struct type_env *env UNUSED, union datum d,
	    struct strbuf *to)
{
	struct timetz v = timetz_get(d);

	put_be64(to, (uint64_t) v.usec);
	put_be32(to, (uint32_t) v.zone);
}

static int64_t
utc_of(struct timetz v)
{
	return v.usec + v.zone * USEC_PER_SEC;
}

/* The moment in UTC, then the zone, so that only equal values are equal. */
int
timetz_cmp(struct timetz a, struct timetz b)
{
	int64_t x = utc_of(a), y = utc_of(b);

	if (x != y)
		return x < y ? -1 : 1;
	return a.zone < b.zone ? -1 : a.zone > b.zone;
}

static int
cmp_timetz(const struct type *t UNUSED, union datum a, union datum b)
{
	return timetz_cmp(timetz_get(a), timetz_get(b));
}

static uint64_t
hash_timetz(const struct type *t UNUSED, union datum d)
{
	struct timetz v = timetz_get(d);

	return hash_mix((uint64_t) v.usec, (uint64_t) v.zone);
}

static void
key_timetz(const struct type *t UNUSED, union datum d, struct strbuf *to)
{
	struct timetz v = timetz_get(d);

	key_put_int(to, utc_of(v), 8);
	key_put_int(to, v.zone, 4);
}

static size_t
unkey_timetz(const struct type *t UNUSED, struct arena *a, const void *p, size_t len,
	     union datum *ret)
{
	int64_t utc, zone;

	if (key_get_int(p, len, 8, &utc) == 0 ||
	    key_get_int((const char *) p + 8, len - 8, 4, &zone) == 0)
		return 0;
	*ret = timetz_datum(a, (struct timetz) { utc - zone * USEC_PER_SEC, (int32_t) zone });
	return 12;
}

static int
coerce_timetz(const struct type *t UNUSED, struct type_env *env, union datum d, int32_t typmod,
              bool explicit_cast UNUSED, union datum *ret, struct err *e UNUSED)
{
	struct timetz v = timetz_get(d);

	v.usec = time_round(v.usec, typmod);
	*ret = timetz_datum(env->arena, v);
	return ERR_OK;
}

const struct type_ops type_ops_timetz = {
	.in = in_timetz,
	.out = out_timetz,
	.recv = recv_timetz,
	.send = send_timetz,
	.cmp = cmp_timetz,
	.hash = hash_timetz,
	.key = key_timetz,
	.unkey = unkey_timetz,
	.coerce = coerce_timetz,
	.typmod_in = typmod_in_precision,
	.typmod_out = typmod_out_precision,
};

/* ---- timestamp, timestamptz */

static int
in_timestamp(const struct type *t UNUSED, struct type_env *env, const char *s, size_t len,
             int32_t typmod, union datum *ret, struct err *e)
{
	return timestamp_parse(s, len, settings(env), typmod, &ret->i, e);
}

static int
in_timestamptz(const struct type *t UNUSED, struct type_env *env, const char *s, size_t len,
               int32_t typmod, union datum *ret, struct err *e)
{
	return timestamptz_parse(s, len, settings(env), typmod, &ret->i, e);
}

static void
out_timestamp(const struct type *t UNUSED, struct type_env *env, union datum d, struct strbuf *to)
{
	timestamp_put(d.i, settings(env), to);
}

static void
out_timestamptz(const struct type *t UNUSED, struct type_env *env, union datum d, struct strbuf *to)
{
	timestamptz_put(d.i, settings(env), to);
}

static int
recv_timestamp(const struct type *t UNUSED, struct type_env *env UNUSED, const void *p, size_t len,
               int32_t typmod, union datum *ret, struct err *e)
{
	if (len != 8)
		return bad_binary(e, len, 8);
	int64_t v = (int64_t) get_be64(p);
	if (!timestamp_is_inf(v) && !timestamp_in_range(v))
		return timestamp_range(e);
	ret->i = timestamp_round(v, typmod);
	return ERR_OK;
}

static int
coerce_timestamp(const struct type *t UNUSED, struct type_env *env UNUSED, union datum d,
		 int32_t typmod, bool explicit_cast UNUSED, union datum *ret, struct err *e UNUSED)
{
	ret->i = timestamp_round(d.i, typmod);
	return ERR_OK;
}

const struct type_ops type_ops_timestamp = {
	.in = in_timestamp,
	.out = out_timestamp,
	.recv = recv_timestamp,
	.send = send_word,
	.cmp = cmp_word,
	.hash = hash_word,
	.key = key_word,
	.unkey = unkey_word,
	.coerce = coerce_timestamp,
	.typmod_in = typmod_in_precision,
	.typmod_out = typmod_out_precision,
};
const struct type_ops type_ops_timestamptz = {
	.in = in_timestamptz,
	.out = out_timestamptz,
	.recv = recv_timestamp,
	.send = send_word,
	.cmp = cmp_word,
	.hash = hash_word,
	.key = key_word,
	.unkey = unkey_word,
	.coerce = coerce_timestamp,
	.typmod_in = typmod_in_precision,
	.typmod_out = typmod_out_precision,
};

/* ---- interval */

static int
in_interval(const struct type *t UNUSED, struct type_env *env, const char *s, size_t len,
            int32_t typmod, union datum *ret, struct err *e)
{
	struct interval v;
	int rc = interval_parse(s, len, settings(env), typmod, &v, e);

	if (rc == ERR_OK)
		*ret = interval_datum(env->arena, v);
	return rc;
}

static void
out_interval(const struct type *t UNUSED, struct type_env *env, union datum d, struct strbuf *to)
{
	interval_put(interval_get(d), settings(env), to);
}

static int
recv_interval(const struct type *t UNUSED, struct type_env *env, const void *p, size_t len,
              int32_t typmod, union datum *ret, struct err *e)
{
	const char *b = p;
	struct interval v;

	if (len != 16)
		return bad_binary(e, len, 16);
	v.usec = (int64_t) get_be64(b);
	v.days = (int32_t) get_be32(b + 8);
	v.months = (int32_t) get_be32(b + 12);
	int rc = interval_apply_typmod(v, typmod, &v, e);
	if (rc == ERR_OK)
		*ret = interval_datum(env->arena, v);
	return rc;
}

static void
send_interval(const struct type *t UNUSED, struct type_env *env UNUSED, union datum d,
	      struct strbuf *to)
{
	struct interval v = interval_get(d);

	put_be64(to, (uint64_t) v.usec);
	put_be32(to, (uint32_t) v.days);
	put_be32(to, (uint32_t) v.months);
}

__int128
interval_span(struct interval v)
{
	return ((__int128) v.months * 30 + v.days) * USEC_PER_DAY + v.usec;
}

int
interval_cmp(struct interval a, struct interval b)
{
	__int128 x = interval_span(a), y = interval_span(b);

	return x < y ? -1 : x > y;
}

static int
cmp_interval(const struct type *t UNUSED, union datum a, union datum b)
{
	return interval_cmp(interval_get(a), interval_get(b));
}

static uint64_t
hash_interval(const struct type *t UNUSED, union datum d)
{
	__int128 v = interval_span(interval_get(d));

	return hash_mix((uint64_t) v, (uint64_t) (v >> 64));
}

/* No unkey: 1 month and 30 days are one key. */
static void
key_interval(const struct type *t UNUSED, union datum d, struct strbuf *to)
{
	__int128 v = interval_span(interval_get(d));

	key_put_int(to, (int64_t) (v >> 64), 8);
	key_put_uint(to, (uint64_t) v, 8);
}

static int
coerce_interval(const struct type *t UNUSED, struct type_env *env, union datum d, int32_t typmod,
                bool explicit_cast UNUSED, union datum *ret, struct err *e)
{
	struct interval v;
	int rc = interval_apply_typmod(interval_get(d), typmod, &v, e);

	if (rc == ERR_OK)
		*ret = interval_datum(env->arena, v);
	return rc;
}

static const struct { int range; const char *text; } ranges[] = {
	{ INTERVAL_YEAR, " year" }, { INTERVAL_MONTH, " month" }, { INTERVAL_DAY, " day" },
	{ INTERVAL_HOUR, " hour" }, { INTERVAL_MINUTE, " minute" }, { INTERVAL_SECOND, " second" },
	{ INTERVAL_YEAR | INTERVAL_MONTH, " year to month" },
	{ INTERVAL_DAY | INTERVAL_HOUR, " day to hour" },
	{ INTERVAL_DAY | INTERVAL_HOUR | INTERVAL_MINUTE, " day to minute" },
	{ INTERVAL_DAY | INTERVAL_HOUR | INTERVAL_MINUTE | INTERVAL_SECOND, " day to second" },
	{ INTERVAL_HOUR | INTERVAL_MINUTE, " hour to minute" },
	{ INTERVAL_HOUR | INTERVAL_MINUTE | INTERVAL_SECOND, " hour to second" },
	{ INTERVAL_MINUTE | INTERVAL_SECOND, " minute to second" },
	{ INTERVAL_FULL_RANGE, "" },
};

/* Arguments: the fields as a mask, then the precision. */
static int
typmod_in_interval(const struct type *t UNUSED, const int32_t *args, int n, int32_t *ret,
		   struct err *e)
{
	bool known = false;

	for (size_t i = 0; n > 0 && i < ARRAY_LEN(ranges); i++)
		known |= ranges[i].range == args[0];
	if (!known || n > 2)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE, "invalid INTERVAL type modifier");
	if (n == 1) {
		*ret = args[0] == INTERVAL_FULL_RANGE
			       ? -1
			       : interval_typmod(args[0], INTERVAL_FULL_PRECISION);
		return ERR_OK;
	}
	if (args[1] < 0)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
		               "INTERVAL(%d) precision must not be negative", args[1]);
	*ret = interval_typmod(args[0], args[1] > 6 ? 6 : args[1]);
	return ERR_OK;
}

static void
typmod_out_interval(const struct type *t UNUSED, int32_t typmod, struct strbuf *to)
{
	int range = typmod >> 16 & INTERVAL_FULL_RANGE, precision = typmod & 0xffff;

	for (size_t i = 0; i < ARRAY_LEN(ranges); i++)
		if (ranges[i].range == range)
			strbuf_puts(to, ranges[i].text);
	if (precision != INTERVAL_FULL_PRECISION)
		strbuf_printf(to, "(%d)", precision);
}

const struct type_ops type_ops_interval = {
	.in = in_interval,
	.out = out_interval,
	.recv = recv_interval,
	.send = send_interval,
	.cmp = cmp_interval,
	.hash = hash_interval,
	.key = key_interval,
	.coerce = coerce_interval,
	.typmod_in = typmod_in_interval,
	.typmod_out = typmod_out_interval,
};
