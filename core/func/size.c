/* size.c - byte counts for people: pg_size_pretty, pg_size_bytes.
 *
 * A unit is left when the number reaches 10,240 of it; from kB on halves are rounded up, which
 * costs one bit of every division. */
#include "config.h"
#include "core/func/impl.h"

#include <strings.h>

#include "core/type/numeric.h"

static const struct unit { const char *name; int64_t limit; bool round; int bits; } units[] = {
	{ "bytes", 10 * 1024, false, 0 },
	{ "kB", 20 * 1024 - 1, true, 10 },
	{ "MB", 20 * 1024 - 1, true, 20 },
	{ "GB", 20 * 1024 - 1, true, 30 },
	{ "TB", 20 * 1024 - 1, true, 40 },
	{ "PB", 20 * 1024 - 1, true, 50 },
};

static bool
is_last(const struct unit *u)
{
	return u == &units[ARRAY_LEN(units) - 1];
}

/* How many bits to drop on the way to the next unit. */
static int
shift_to_next(const struct unit *u)
{
	return u[1].bits - u->bits - u[1].round + u->round;
}

DEFINE_FUNC(fn_pg_size_pretty)
{
	int64_t size = args[0].i;

	for (const struct unit *u = units; ; u++) {
		uint64_t abs = size < 0 ? -(uint64_t) size : (uint64_t) size;
		if (is_last(u) || abs < (uint64_t) u->limit) {
			if (u->round)
				size = (size + (size < 0 ? -1 : 1)) / 2;
			*ret = cstring_datum(fcall_arena(c), arena_printf(fcall_arena(c), "%lld %s",
			                                                  (long long) size, u->name));
			return ERR_OK;
		}
		size /= INT64_C(1) << shift_to_next(u);
	}
}

DEFINE_FUNC(fn_numeric_size_pretty)
{
	struct arena *a = fcall_arena(c);
	numeric_t size = args[0].b;
	int rc = ERR_OK;

	for (const struct unit *u = units; rc == ERR_OK; u++) {
		if (is_last(u) || numeric_cmp(numeric_abs(a, size), numeric_from_int(a, u->limit)) < 0) {
			if (u->round) {
				int sign = numeric_sign(size) < 0 ? -1 : 1;
				rc = numeric_add(a, size, numeric_from_int(a, sign), &size, e);
				if (rc == ERR_OK)
					rc = numeric_div_trunc(a, size, numeric_from_int(a, 2), &size, e);
			}
			if (rc == ERR_OK)
				*ret = cstring_datum(a, arena_printf(a, "%s %s", numeric_text(size, a), u->name));
			return rc;
		}
		rc = numeric_div_trunc(a, size, numeric_from_int(a, INT64_C(1) << shift_to_next(u)),
		                       &size, e);
	}
	return rc;
}

/* ---- "10 GB" */
static const char *
skip_digits(const char *p)
{
	while (*p >= '0' && *p <= '9')
		p++;
	return p;
}

static const char *
skip_space(const char *p)
{
	while (*p == ' ' || (*p >= '\t' && *p <= '\r'))
		p++;
	return p;
}

/* The end of a decimal number, or NULL. */
static const char *
number_end(const char *p)
{
	const char *from = p + (*p == '-' || *p == '+');
	const char *q = skip_digits(from);
	bool any = q > from;

	if (*q == '.') {
		const char *frac = skip_digits(q + 1);
		any = any || frac > q + 1;
		q = frac;
	}
	if (!any)
		return NULL;
	if (*q == 'e' || *q == 'E') {
		const char *exp = q + 1 + (q[1] == '-' || q[1] == '+');
		if (skip_digits(exp) > exp)
			q = skip_digits(exp);
	}
	return q;
}

DEFINE_FUNC(fn_pg_size_bytes)
{
	struct arena *a = fcall_arena(c);
	const char *all = arg_cstring(c, args[0]), *p = skip_space(all), *end = number_end(p);
	numeric_t n = NULL;
	int bits = 0;

	if (end == NULL)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE, "invalid size: \"%s\"", all);
	int rc = numeric_parse(a, p, (size_t) (end - p), -1, &n, e);
	if (rc != ERR_OK)
		return rc;
	char *unit = arena_strdup(a, skip_space(end));
	size_t len = strlen(unit);
	while (len > 0 && skip_space(unit + len - 1) == unit + len)
		unit[--len] = '\0';
	if (len > 0) {
		size_t i = 0;
		while (i < ARRAY_LEN(units) && strcasecmp(unit, units[i].name) != 0)
			i++;
		if (i < ARRAY_LEN(units)) {
			bits = units[i].bits;
		} else if (strcasecmp(unit, "B") != 0) {
			err_set(e, ERR_INVALID_PARAMETER_VALUE, "invalid size: \"%s\"", all);
			err_detail(e, "Invalid size unit: \"%s\".", unit);
			return err_hint(e, "Valid units are \"bytes\", \"B\", \"kB\", \"MB\", \"GB\", \"TB\", and \"PB\".");
		}
	}
	if (bits != 0)
		rc = numeric_mul(a, n, numeric_from_int(a, INT64_C(1) << bits), &n, e);
	if (rc != ERR_OK)
		return rc;
	return numeric_to_int(n, INT64_MIN, INT64_MAX, "bigint", &ret->i, e);
}
