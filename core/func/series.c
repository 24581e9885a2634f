/* series.c - functions that give rows: generate_series, generate_subscripts, unnest.
 *
 * Not here: series of timestamps (datetime_parts.c). */
#include "config.h"
#include "core/func/impl.h"

#include "core/type/array.h"
#include "core/type/numeric.h"

static inline int
push_one(struct row_sink *to, union datum d, bool null, struct err *e)
{
	return to->push(to, &d, &null, e);
}

static int
fail_zero_step(struct err *e)
{
	return err_set(e, ERR_INVALID_PARAMETER_VALUE, "step size cannot equal zero");
}

/* Ends quietly where the type does. */
static int
int_series(struct fcall *c, const union datum *args, int64_t min, int64_t max, struct row_sink *to,
           struct err *e)
{
	int64_t v = args[0].i, end = args[1].i, step = c->nargs > 2 ? args[2].i : 1;

	if (step == 0)
		return fail_zero_step(e);
	for (unsigned n = 0; step > 0 ? v <= end : v >= end; n++) {
		int rc = (n & 1023) == 0 ? func_cancelled(c, e) : ERR_OK;
		if (rc == ERR_OK)
			rc = push_one(to, datum_int(v), false, e);
		if (rc != ERR_OK)
			return rc;
		if (__builtin_add_overflow(v, step, &v) || v < min || v > max)
			break;
	}
	return ERR_OK;
}

DEFINE_SRF(fn_int4_series) { return int_series(c, args, INT32_MIN, INT32_MAX, to, e); }
DEFINE_SRF(fn_int8_series) { return int_series(c, args, INT64_MIN, INT64_MAX, to, e); }

static int
numeric_bound(numeric_t n, const char *what, struct err *e)
{
	if (!numeric_is_special(n))
		return ERR_OK;
	return err_set(e, ERR_INVALID_PARAMETER_VALUE, "%s cannot be %s", what,
	               numeric_is_nan(n) ? "NaN" : "infinity");
}

DEFINE_SRF(fn_numeric_series)
{
	struct arena *a = fcall_arena(c);
	numeric_t v = args[0].b, end = args[1].b;
	numeric_t step = c->nargs > 2 ? args[2].b : numeric_from_int(a, 1);
	int rc = numeric_bound(v, "start value", e);

	if (rc == ERR_OK)
		rc = numeric_bound(end, "stop value", e);
	if (rc == ERR_OK)
		rc = numeric_bound(step, "step size", e);
	if (rc != ERR_OK)
		return rc;
	int sign = numeric_sign(step);
	if (sign == 0)
		return fail_zero_step(e);
	for (unsigned n = 0; sign * numeric_cmp(v, end) <= 0; n++) {
		rc = (n & 1023) == 0 ? func_cancelled(c, e) : ERR_OK;
		if (rc == ERR_OK)
			rc = push_one(to, datum_bytes(v), false, e);
		if (rc == ERR_OK)
			rc = numeric_add(a, v, step, &v, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

DEFINE_SRF(fn_generate_subscripts)
{
	struct array a;
	bool reverse = c->nargs > 2 && args[2].i != 0;

	array_open_type(c->arg_types[0], args[0].b, &a);
	if (args[1].i < 1 || args[1].i > a.ndim)
		return ERR_OK;
	int64_t lower = a.lower[args[1].i - 1], len = a.dim[args[1].i - 1];
	for (int64_t i = 0; i < len; i++) {
		int rc = push_one(to, datum_int(reverse ? lower + len - 1 - i : lower + i), false, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

DEFINE_SRF(fn_unnest)
{
	struct array a;
	union datum d;
	bool null;

	array_open_type(c->arg_types[0], args[0].b, &a);
	for (struct array_iter it = array_iter(&a); array_next(&it, &d, &null); ) {
		int rc = push_one(to, d, null, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}
