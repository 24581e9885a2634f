/* agg_stat.c - variance, standard deviation, covariance, regression; averages of floats.
 *
 * Floats follow Youngs and Cramer: count, sum, and sum of squared deviations, so that means far
 * from zero lose nothing.  Integers and numeric keep exact sums and divide once.
 * Infinite and NaN inputs make the deviations NaN; only finite inputs can overflow. */
#include "config.h"
#include "core/func/agg.h"

#include <math.h>

#include "core/func/number.h"
#include "core/type/numeric.h"

/* ---- One float variable */
struct dev_state { double n, sum, dev; };

static int
dev_step(struct agg_call *c UNUSED, void *state, const union datum *args, const bool *nulls UNUSED,
         struct err *e)
{
	struct dev_state *s = state;
	double x = args[0].f, old_n = s->n, old_sum = s->sum;

	s->n += 1;
	s->sum += x;
	if (old_n > 0) {
		double t = x * s->n - s->sum;
		s->dev += t * t / (s->n * old_n);
		if (isinf(s->sum) || isinf(s->dev)) {
			if (!isinf(old_sum) && !isinf(x))
				return fail_overflow(e);
			s->dev = NAN;
		}
	} else if (isnan(x) || isinf(x)) {
		s->dev = NAN;
	}
	return ERR_OK;
}

static int
dev_combine(struct agg_call *c UNUSED, void *into, const void *from, struct err *e)
{
	struct dev_state *a = into;
	const struct dev_state *b = from;

	if (b->n == 0)
		return ERR_OK;
	if (a->n == 0) {
		*a = *b;
		return ERR_OK;
	}
	double n = a->n + b->n, sum = a->sum + b->sum;
	double t = a->sum / a->n - b->sum / b->n;
	double dev = a->dev + b->dev + a->n * b->n * t * t / n;

	if ((isinf(sum) && !isinf(a->sum) && !isinf(b->sum)) ||
	    (isinf(dev) && !isinf(a->dev) && !isinf(b->dev)))
		return fail_overflow(e);
	*a = (struct dev_state) { n, sum, dev };
	return ERR_OK;
}

static int
dev_avg(struct agg_call *c UNUSED, void *state, union datum *ret, bool *ret_null, struct err *e UNUSED)
{
	const struct dev_state *s = state;

	*ret_null = s->n == 0;
	ret->f = s->sum / s->n;
	return ERR_OK;
}

#define DEV_FINAL(name, least, expr) \
	static int \
	dev_##name(struct agg_call *c UNUSED, void *state, union datum *ret, bool *ret_null, \
	           struct err *e UNUSED) \
	{ \
		const struct dev_state *s = state; \
		*ret_null = s->n < (least); \
		ret->f = *ret_null ? 0 : (expr); \
		return ERR_OK; \
	}
DEV_FINAL(var_pop, 1, s->dev / s->n)
DEV_FINAL(var_samp, 2, s->dev / (s->n - 1))
DEV_FINAL(stddev_pop, 1, sqrt(s->dev / s->n))
DEV_FINAL(stddev_samp, 2, sqrt(s->dev / (s->n - 1)))

#define DEV_AGG(name, finish) \
	const struct agg name = { \
		.state_size = sizeof(struct dev_state), .skip_nulls = true, .step = dev_step, \
		.combine = dev_combine, .final = finish, \
	}
DEV_AGG(agg_avg_float, dev_avg);
DEV_AGG(agg_var_pop_float, dev_var_pop);
DEV_AGG(agg_var_samp_float, dev_var_samp);
DEV_AGG(agg_stddev_pop_float, dev_stddev_pop);
DEV_AGG(agg_stddev_samp_float, dev_stddev_samp);

/* ---- Two float variables: (y, x) as SQL has them */
struct regr_state { double n, sx, sxx, sy, syy, sxy; };

static int
regr_step(struct agg_call *c UNUSED, void *state, const union datum *args, const bool *nulls UNUSED,
          struct err *e)
{
	struct regr_state *s = state;
	const struct regr_state old = *s;
	double y = args[0].f, x = args[1].f;

	s->n += 1;
	s->sx += x;
	s->sy += y;
	if (old.n == 0) {
		if (isnan(x) || isinf(x))
			s->sxx = s->sxy = NAN;
		if (isnan(y) || isinf(y))
			s->syy = s->sxy = NAN;
		return ERR_OK;
	}
	double tx = x * s->n - s->sx, ty = y * s->n - s->sy, scale = 1.0 / (s->n * old.n);
	s->sxx += tx * tx * scale;
	s->syy += ty * ty * scale;
	s->sxy += tx * ty * scale;
	bool x_in = isinf(old.sx) || isinf(x), y_in = isinf(old.sy) || isinf(y);
	if (((isinf(s->sx) || isinf(s->sxx)) && !x_in) || ((isinf(s->sy) || isinf(s->syy)) && !y_in) ||
	    (isinf(s->sxy) && !x_in && !y_in))
		return fail_overflow(e);
	if (isinf(s->sxx))
		s->sxx = NAN;
	if (isinf(s->syy))
		s->syy = NAN;
	if (isinf(s->sxy))
		s->sxy = NAN;
	return ERR_OK;
}

static int
regr_combine(struct agg_call *c UNUSED, void *into, const void *from, struct err *e)
{
	struct regr_state *a = into;
	const struct regr_state *b = from;

	if (b->n == 0)
		return ERR_OK;
	if (a->n == 0) {
		*a = *b;
		return ERR_OK;
	}
	struct regr_state r = { .n = a->n + b->n, .sx = a->sx + b->sx, .sy = a->sy + b->sy };
	double tx = a->sx / a->n - b->sx / b->n, ty = a->sy / a->n - b->sy / b->n;
	double w = a->n * b->n / r.n;

	r.sxx = a->sxx + b->sxx + a->n * b->n * tx * tx / r.n;
	r.syy = a->syy + b->syy + a->n * b->n * ty * ty / r.n;
	r.sxy = a->sxy + b->sxy + w * tx * ty;
	if ((isinf(r.sx) && !isinf(a->sx) && !isinf(b->sx)) ||
	    (isinf(r.sxx) && !isinf(a->sxx) && !isinf(b->sxx)) ||
	    (isinf(r.sy) && !isinf(a->sy) && !isinf(b->sy)) ||
	    (isinf(r.syy) && !isinf(a->syy) && !isinf(b->syy)) ||
	    (isinf(r.sxy) && !isinf(a->sxy) && !isinf(b->sxy)))
		return fail_overflow(e);
	*a = r;
	return ERR_OK;
}

/* regr_count only counts: nothing in it can overflow. */
static int
pair_step(struct agg_call *c UNUSED, void *state, const union datum *args UNUSED,
          const bool *nulls UNUSED, struct err *e UNUSED)
{
	++*(int64_t *) state;
	return ERR_OK;
}

static int
pair_combine(struct agg_call *c UNUSED, void *into, const void *from, struct err *e UNUSED)
{
	*(int64_t *) into += *(const int64_t *) from;
	return ERR_OK;
}

static int
pair_final(struct agg_call *c UNUSED, void *state, union datum *ret, bool *ret_null UNUSED,
           struct err *e UNUSED)
{
	ret->i = *(int64_t *) state;
	return ERR_OK;
}

const struct agg agg_regr_count = {
	.state_size = sizeof(int64_t), .skip_nulls = true, .step = pair_step,
	.combine = pair_combine, .final = pair_final,
};

#define REGR_AGG(name, null_if, expr) \
	static int \
	name##_final(struct agg_call *c UNUSED, void *state, union datum *ret, bool *ret_null, \
	             struct err *e UNUSED) \
	{ \
		const struct regr_state *s = state; \
		*ret_null = s->n < 1 || (null_if); \
		ret->f = *ret_null ? 0 : (expr); \
		return ERR_OK; \
	} \
	const struct agg agg_##name = { \
		.state_size = sizeof(struct regr_state), .skip_nulls = true, .step = regr_step, \
		.combine = regr_combine, .final = name##_final, \
	}
REGR_AGG(regr_sxx, false, s->sxx);
REGR_AGG(regr_syy, false, s->syy);
REGR_AGG(regr_sxy, false, s->sxy);
REGR_AGG(regr_avgx, false, s->sx / s->n);
REGR_AGG(regr_avgy, false, s->sy / s->n);
REGR_AGG(regr_r2, s->sxx == 0, s->syy == 0 ? 1.0 : s->sxy * s->sxy / (s->sxx * s->syy));
REGR_AGG(regr_slope, s->sxx == 0, s->sxy / s->sxx);
REGR_AGG(regr_intercept, s->sxx == 0, (s->sy - s->sx * s->sxy / s->sxx) / s->n);
REGR_AGG(covar_pop, false, s->sxy / s->n);
REGR_AGG(covar_samp, s->n < 2, s->sxy / (s->n - 1));
REGR_AGG(corr, s->sxx == 0 || s->syy == 0, s->sxy / sqrt(s->sxx * s->syy));

/* ---- numeric and integers: exact sums of values and squares */
struct exact_state { struct numeric_sum sum, squares; };

static int
exact_step(struct agg_call *c, void *state, const union datum *args, const bool *nulls UNUSED,
           struct err *e UNUSED)
{
	struct exact_state *s = state;

	numeric_sum_add(&s->sum, c->arena, args[0].b);
	numeric_sum_add_square(&s->squares, c->arena, args[0].b);
	return ERR_OK;
}

static int
exact_int_step(struct agg_call *c, void *state, const union datum *args, const bool *nulls UNUSED,
               struct err *e UNUSED)
{
	struct exact_state *s = state;
	numeric_t square = numeric_from_int128(fcall_arena(&c->fcall), (__int128) args[0].i * args[0].i);

	numeric_sum_add_int(&s->sum, c->arena, args[0].i);
	numeric_sum_add(&s->squares, c->arena, square);
	return ERR_OK;
}

static int
exact_combine(struct agg_call *c, void *into, const void *from, struct err *e UNUSED)
{
	struct exact_state *s = into;
	const struct exact_state *f = from;

	numeric_sum_merge(&s->sum, c->arena, &f->sum);
	numeric_sum_merge(&s->squares, c->arena, &f->squares);
	return ERR_OK;
}

static int
exact_final(struct agg_call *c, const struct exact_state *s, bool sample, bool stddev,
            union datum *ret, bool *ret_null, struct err *e)
{
	struct arena *a = fcall_arena(&c->fcall);
	numeric_t sum = NULL, squares = NULL;

	if (s->sum.count < (sample ? 2 : 1)) {
		*ret_null = true;
		return ERR_OK;
	}
	if (s->sum.nans + s->sum.pinfs + s->sum.ninfs > 0) {
		ret->b = numeric_nan(a);
		return ERR_OK;
	}
	int rc = numeric_sum_total(&s->sum, a, &sum, e);
	if (rc == ERR_OK)
		rc = numeric_sum_total(&s->squares, a, &squares, e);
	if (rc != ERR_OK)
		return rc;
	return numeric_variance(a, s->sum.count, sum, squares, sample, stddev, &ret->b, e);
}

#define EXACT_AGGS(name, sample, stddev) \
	static int \
	name##_exact(struct agg_call *c, void *state, union datum *ret, bool *ret_null, struct err *e) \
	{ \
		return exact_final(c, state, sample, stddev, ret, ret_null, e); \
	} \
	const struct agg agg_##name##_numeric = { \
		.state_size = sizeof(struct exact_state), .skip_nulls = true, .step = exact_step, \
		.combine = exact_combine, .final = name##_exact, \
	}; \
	const struct agg agg_##name##_int = { \
		.state_size = sizeof(struct exact_state), .skip_nulls = true, .step = exact_int_step, \
		.combine = exact_combine, .final = name##_exact, \
	}
EXACT_AGGS(var_pop, false, false);
EXACT_AGGS(var_samp, true, false);
EXACT_AGGS(stddev_pop, false, true);
EXACT_AGGS(stddev_samp, true, true);
