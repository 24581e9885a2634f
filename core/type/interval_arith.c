/* interval_arith.c - intervals added, multiplied, divided, justified, truncated, made. */
#include "config.h"
#include "core/type/datetime_lex.h"

#include <limits.h>
#include <math.h>

int
interval_add(struct interval a, struct interval b, struct interval *ret, struct err *e)
{
	struct interval v;

	if (__builtin_add_overflow(a.months, b.months, &v.months) ||
	    __builtin_add_overflow(a.days, b.days, &v.days) ||
	    __builtin_add_overflow(a.usec, b.usec, &v.usec))
		return interval_range(e);
	*ret = v;
	return ERR_OK;
}

int
interval_sub(struct interval a, struct interval b, struct interval *ret, struct err *e)
{
	struct interval v;

	if (__builtin_sub_overflow(a.months, b.months, &v.months) ||
	    __builtin_sub_overflow(a.days, b.days, &v.days) ||
	    __builtin_sub_overflow(a.usec, b.usec, &v.usec))
		return interval_range(e);
	*ret = v;
	return ERR_OK;
}

int
interval_neg(struct interval a, struct interval *ret, struct err *e)
{
	return interval_sub((struct interval) { 0 }, a, ret, e);
}

static bool
fits(double v, double min, double max)
{
	return !isnan(v) && v >= min && v <= max;
}

/* Six decimals: enough to make whole numbers of what should be whole. */
static double
near(double v)
{
	return rint(v * 1000000.0) / 1000000.0;
}

/* The months, days and microseconds of a product; fractions go down to smaller units (a month
 * is 30 days, a day 24 hours) but nothing is carried up. */
static int
from_products(double months, double days, double usec, struct interval *ret, struct err *e)
{
	struct interval v;

	if (!fits(months, INT_MIN, INT_MAX) || !fits(days, INT_MIN, INT_MAX))
		return interval_range(e);
	v.months = (int32_t) months;
	v.days = (int32_t) days;
	double from_months = near((months - v.months) * 30);
	double secs = near((days - v.days + from_months - (int) from_months) * 86400);
	if (fabs(secs) >= 86400) {
		v.days += (int32_t) (secs / 86400);
		secs -= (int) (secs / 86400) * 86400.0;
	}
	v.days += (int32_t) from_months;
	double t = rint(usec + secs * (double) USEC_PER_SEC);
	if (!fits(t, -9223372036854775808.0, 9223372036854774784.0))
		return interval_range(e);
	v.usec = (int64_t) t;
	*ret = v;
	return ERR_OK;
}

int
interval_mul(struct interval a, double by, struct interval *ret, struct err *e)
{
	return from_products(a.months * by, a.days * by, (double) a.usec * by, ret, e);
}

int
interval_div(struct interval a, double by, struct interval *ret, struct err *e)
{
	if (by == 0)
		return err_set(e, ERR_DIVISION_BY_ZERO, "division by zero");
	return from_products(a.months / by, a.days / by, (double) a.usec / by, ret, e);
}

/* ---- justify_* */

/* Gives both the sign of the larger unit. */
static void
align_time(struct interval *v)
{
	if (v->days > 0 && v->usec < 0) {
		v->usec += USEC_PER_DAY;
		v->days--;
	} else if (v->days < 0 && v->usec > 0) {
		v->usec -= USEC_PER_DAY;
		v->days++;
	}
}

static bool
days_to_months(struct interval *v)
{
	int32_t months = v->days / 30;

	v->days -= months * 30;
	return !__builtin_add_overflow(v->months, months, &v->months);
}

int
interval_justify_hours(struct interval v, struct interval *ret, struct err *e)
{
	int32_t days = (int32_t) (v.usec / USEC_PER_DAY);

	v.usec -= days * USEC_PER_DAY;
	if (__builtin_add_overflow(v.days, days, &v.days))
		return interval_range(e);
	align_time(&v);
	*ret = v;
	return ERR_OK;
}

int
interval_justify_days(struct interval v, struct interval *ret, struct err *e)
{
	if (!days_to_months(&v))
		return interval_range(e);
	if (v.months > 0 && v.days < 0) {
		v.days += 30;
		v.months--;
	} else if (v.months < 0 && v.days > 0) {
		v.days -= 30;
		v.months++;
	}
	*ret = v;
	return ERR_OK;
}

int
interval_justify(struct interval v, struct interval *ret, struct err *e)
{
	/* first where it keeps the days from overflowing */
	if (((v.days > 0 && v.usec > 0) || (v.days < 0 && v.usec < 0)) && !days_to_months(&v))
		return interval_range(e);
	int32_t days = (int32_t) (v.usec / USEC_PER_DAY);
	v.usec -= days * USEC_PER_DAY;
	v.days += days;
	if (!days_to_months(&v))
		return interval_range(e);
	if (v.months > 0 && (v.days < 0 || (v.days == 0 && v.usec < 0))) {
		v.days += 30;
		v.months--;
	} else if (v.months < 0 && (v.days > 0 || (v.days == 0 && v.usec > 0))) {
		v.days -= 30;
		v.months++;
	}
	align_time(&v);
	*ret = v;
	return ERR_OK;
}

/* ---- date_trunc and make_interval */

int
interval_trunc(const char *unit, size_t len, struct interval v, struct interval *ret, struct err *e)
{
	char name[64];
	enum dt_unit u = dt_trunc_unit(unit, len, name);

	switch (u) {
	case DTU_MILLENNIUM:
		v.months = v.months / 12000 * 12000;
		break;
	case DTU_CENTURY:
		v.months = v.months / 1200 * 1200;
		break;
	case DTU_DECADE:
		v.months = v.months / 120 * 120;
		break;
	case DTU_YEAR:
		v.months = v.months / 12 * 12;
		break;
	case DTU_QUARTER:
		v.months = v.months / 3 * 3;
		break;
	case DTU_MONTH:
	case DTU_DAY:
		break;
	case DTU_HOUR:
		v.usec -= v.usec % USEC_PER_HOUR;
		break;
	case DTU_MINUTE:
		v.usec -= v.usec % USEC_PER_MIN;
		break;
	case DTU_SECOND:
		v.usec -= v.usec % USEC_PER_SEC;
		break;
	case DTU_MILLISECOND:
		v.usec -= v.usec % 1000;
		break;
	case DTU_MICROSECOND:
		break;
	case DTU_NONE:
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
			       "unit \"%s\" not recognized for type interval", name);
	default:
		(void) err_set(e, ERR_FEATURE_NOT_SUPPORTED,
			       "unit \"%s\" not supported for type interval", name);
		return u == DTU_WEEK ? err_detail(e, "Months usually have fractional weeks.")
				     : e->code;
	}
	bool months = u == DTU_MILLENNIUM || u == DTU_CENTURY || u == DTU_DECADE || u == DTU_YEAR ||
	              u == DTU_QUARTER || u == DTU_MONTH;
	if (months)
		v.days = 0;
	if (months || u == DTU_DAY)
		v.usec = 0;
	*ret = v;
	return ERR_OK;
}

int
interval_make(int years, int months, int weeks, int days, int hours, int mins, double secs,
              struct interval *ret, struct err *e)
{
	struct interval v;
	int64_t m = (int64_t) years * 12 + months, d = (int64_t) weeks * 7 + days;
	int64_t t = hours * USEC_PER_HOUR + mins * USEC_PER_MIN;

	if (!isfinite(secs) || m > INT_MAX || m < INT_MIN || d > INT_MAX || d < INT_MIN)
		return interval_range(e);
	double usec = rint(secs * (double) USEC_PER_SEC);
	if (!fits(usec, -9223372036854775808.0, 9223372036854774784.0) ||
	    __builtin_add_overflow(t, (int64_t) usec, &v.usec))
		return interval_range(e);
	v.months = (int32_t) m;
	v.days = (int32_t) d;
	*ret = v;
	return ERR_OK;
}
