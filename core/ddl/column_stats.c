/* column_stats.c - null fraction, distinct values, common values, histogram, correlation.
 *
 * The estimators are those of PostgreSQL's manual and its references: Haas and Stokes' Duj1 for
 * distinct values; a common value is kept when it is significantly more frequent than the average
 * of those not kept.
 *
 * Not here: taking the sample (analyze.c). */
#include "config.h"
#include "core/ddl/analyze.h"

#include <math.h>
#include <stdlib.h>

enum { WIDE = 1024 };

struct value {
	union datum v;
	double order;
};

/* A run of equal values in the sorted sample. */
struct run {
	int first, count;
};

static int
value_order(const void *a, const void *b, void *arg)
{
	const struct type *t = arg;
	const struct value *x = a, *y = b;
	int cmp = t->ops->cmp(t, x->v, y->v);

	return cmp != 0 ? cmp : (x->order > y->order) - (x->order < y->order);
}

static int
run_order(const void *a, const void *b)
{
	const struct run *x = a, *y = b;

	return x->count != y->count ? y->count - x->count : x->first - y->first;
}

/* Pearson's correlation of physical position and rank. */
static float
correlation(const struct value *v, int n)
{
	double sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0, d;

	for (int i = 0; i < n; i++) {
		double x = v[i].order, y = i;

		sx += x;
		sy += y;
		sxx += x * x;
		syy += y * y;
		sxy += x * y;
	}
	d = sqrt((n * sxx - sx * sx) * (n * syy - sy * sy));
	return d > 0 ? (float) ((n * sxy - sx * sy) / d) : 0;
}

static float
distinct_estimate(const struct sample *s, int nvalues, int nwide, int ndistinct, int nmultiple,
		  float null_frac)
{
	double n = nvalues + nwide, f1 = ndistinct - nmultiple + nwide, d = f1 + nmultiple;
	double total = s->total * (1 - null_frac), estimate;

	if (nmultiple == 0) /* nothing came twice: a key */
		return -1 * (1 - null_frac);
	if (nwide == 0 && nmultiple == ndistinct) {
		estimate = ndistinct; /* everything came twice: we have seen all values */
	} else {
		estimate = total > 0 ? n * d / ((n - f1) + f1 * n / total) : 0;
		if (estimate < d)
			estimate = d;
		if (estimate > total)
			estimate = total;
		estimate = floor(estimate + 0.5);
	}
	return estimate > 0.1 * s->total ? (float) -(estimate / s->total) : (float) estimate;
}

/* How many of the most common values are worth keeping. */
static int
common_values(const struct run *runs, int nruns, int max, float n_distinct, float null_frac,
	      double rows, double total)
{
	double ndistinct = n_distinct < 0 ? -n_distinct * total : n_distinct, sum = 0;
	int keep = nruns < max ? nruns : max;

	if (rows == total || total <= 1.0)
		return keep;
	for (int i = 0; i + 1 < keep; i++)
		sum += runs[i].count;
	/* From the least common kept: is it clearly above the average of the rest? */
	while (keep > 0) {
		double selectivity = 1.0 - sum / rows - null_frac, others = ndistinct - (keep - 1),
		       k, variance, stddev;

		if (selectivity < 0)
			selectivity = 0;
		if (selectivity > 1)
			selectivity = 1;
		if (others > 1)
			selectivity /= others;
		k = selectivity * total;
		variance = rows * k * (total - k) * (total - rows) / (total * total * (total - 1));
		stddev = sqrt(variance > 0 ? variance : 0);
		if (runs[keep - 1].count > selectivity * rows + 2 * stddev + 0.5)
			break;
		keep--;
		if (keep > 0)
			sum -= runs[keep - 1].count;
	}
	return keep;
}

static void
store_common(const struct sample *s, struct arena *a, const struct value *v, const struct run *runs,
	     int n, struct column_stats *to)
{
	union datum *mcv = ARENA_ARRAY(a, union datum, n);
	float *freq = ARENA_ARRAY(a, float, n);

	for (int i = 0; i < n; i++) {
		mcv[i] = datum_copy(a, v[runs[i].first].v, s->type->byval);
		freq[i] = (float) runs[i].count / (float) s->n;
	}
	to->nmcv = n;
	to->mcv = mcv;
	to->mcv_freq = freq;
}

/* Bounds of equal-height buckets over what is not a common value. */
static void
store_histogram(const struct sample *s, struct arena *a, const struct value *v, int nvalues,
		const struct run *runs, int nmcv, int ndistinct, struct column_stats *to)
{
	bool *common = calloc((size_t) nvalues + 1, 1);
	int nhist = ndistinct - nmcv, n = 0;
	union datum *hist, *rest = malloc((size_t) (nvalues + 1) * sizeof *rest);

	if (nhist > s->target + 1)
		nhist = s->target + 1;
	for (int i = 0; common != NULL && i < nmcv; i++)
		memset(common + runs[i].first, 1, (size_t) runs[i].count);
	for (int i = 0; common != NULL && rest != NULL && i < nvalues; i++)
		if (!common[i])
			rest[n++] = v[i].v;
	if (nhist >= 2 && n >= 2) {
		hist = ARENA_ARRAY(a, union datum, nhist);
		for (int i = 0; i < nhist; i++)
			hist[i] = datum_copy(a, rest[(int64_t) i * (n - 1) / (nhist - 1)],
					     s->type->byval);
		to->nhist = nhist;
		to->hist = hist;
	}
	free(common);
	free(rest);
}

static struct value *
gather(const struct sample *s, int *ret_n, int *ret_wide, struct column_stats *to)
{
	struct value *v = malloc((size_t) (s->n + 1) * sizeof *v);
	double width = 0;
	int n = 0, wide = 0;

	for (int i = 0; v != NULL && i < s->n; i++) {
		uint32_t len;

		if (s->null[i])
			continue;
		const bool fixed = s->type->len > 0;

		len = fixed || s->type->byval ? (uint32_t) s->type->len : bytes_len(s->values[i].b);
		width += len + (fixed ? 0 : len < 127 ? 1 : 4);
		if (!s->type->byval && len > WIDE)
			wide++;
		else
			v[n++] = (struct value){ s->values[i], s->order[i] };
	}
	to->null_frac = s->n > 0 ? (float) (s->n - n - wide) / (float) s->n : 0;
	to->width = n + wide > 0     ? (int32_t) (width / (n + wide))
		    : s->type->len > 0 ? s->type->len
				       : 0;
	*ret_n = n;
	*ret_wide = wide;
	return v;
}

void
column_stats_compute(struct sample *s, struct arena *a, struct column_stats *ret)
{
	struct column_stats to = { .attnum = ret->attnum, .byval = s->type->byval };
	int n = 0, wide = 0, nruns = 0, ndistinct = 0, nmultiple = 0, nmcv;
	struct value *v = gather(s, &n, &wide, &to);
	struct run *runs = calloc((size_t) n + 1, sizeof *runs);

	*ret = to;
	if (s->type->ops->cmp == NULL || n == 0 || v == NULL || runs == NULL) {
		free(v);
		free(runs);
		return;
	}
	qsort_r(v, (size_t) n, sizeof *v, value_order, (void *) (uintptr_t) s->type);
	for (int i = 0, first = 0; i < n; i++) {
		if (i + 1 < n && s->type->ops->cmp(s->type, v[i].v, v[i + 1].v) == 0)
			continue;
		ndistinct++;
		if (i > first) {
			nmultiple++;
			runs[nruns++] = (struct run){ first, i - first + 1 };
		}
		first = i + 1;
	}
	to.n_distinct = distinct_estimate(s, n, wide, ndistinct, nmultiple, to.null_frac);
	to.correlation = correlation(v, n);
	qsort(runs, (size_t) nruns, sizeof *runs, run_order);
	if (nruns == ndistinct && wide == 0 && to.n_distinct > 0 && nruns <= s->target)
		nmcv = nruns; /* all there is */
	else
		nmcv = common_values(runs, nruns, s->target, to.n_distinct, to.null_frac, s->n,
				     s->total);
	if (nmcv > 0)
		store_common(s, a, v, runs, nmcv, &to);
	store_histogram(s, a, v, n, runs, nmcv, ndistinct, &to);
	*ret = to;
	free(v);
	free(runs);
}
