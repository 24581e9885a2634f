/* agg_ordered.c - WITHIN GROUP: percentiles, mode, hypothetical ranks.
 *
 * The executor hands over the aggregated values sorted as the query asks; they are kept, and
 * everything happens at the end, where the direct arguments are known. */
#include "config.h"
#include "core/func/agg.h"

#include <math.h>

#include "core/type/array.h"
#include "core/type/datetime.h"

struct rows_state {
	union datum *v;                 /* row-major, `width` columns */
	bool *nulls;
	int64_t n, cap;
	int width;
};

static int
rows_step(struct agg_call *c, void *state, const union datum *args, const bool *nulls,
          struct err *e)
{
	struct rows_state *s = state;

	s->width = c->fcall.nargs - c->ndirect;
	if (s->n == s->cap) {
		int64_t cap = s->cap == 0 ? 16 : s->cap * 2;
		size_t cells = (size_t) (cap * s->width);
		union datum *v = arena_try_alloc(c->arena, cells * sizeof *v);
		bool *null = arena_try_alloc(c->arena, cells * sizeof *null);
		if (v == NULL || null == NULL)
			return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
		if (s->n > 0) {
			memcpy(v, s->v, (size_t) (s->n * s->width) * sizeof *v);
			memcpy(null, s->nulls, (size_t) (s->n * s->width) * sizeof *null);
		}
		s->v = v;
		s->nulls = null;
		s->cap = cap;
	}
	for (int i = 0; i < s->width; i++) {
		const struct type *t = c->fcall.arg_types[c->ndirect + i];
		int64_t at = s->n * s->width + i;
		s->nulls[at] = nulls != NULL && nulls[i];
		s->v[at] = s->nulls[at] ? (union datum) { 0 } : datum_copy(c->arena, args[i], t->byval);
	}
	s->n++;
	return ERR_OK;
}

static int
check_fraction(double p, struct err *e)
{
	if (p >= 0 && p <= 1)
		return ERR_OK;
	return err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE,
	               "percentile value %g is not between 0 and 1", p);
}

/* One percentile of at least one value. */
typedef int percentile(struct agg_call *c, const struct rows_state *s, double p, union datum *ret,
                       struct err *e);

static int
disc(struct agg_call *c, const struct rows_state *s, double p, union datum *ret, struct err *e UNUSED)
{
	int64_t at = (int64_t) ceil(p * (double) s->n) - 1;

	*ret = datum_copy(fcall_arena(&c->fcall), s->v[at < 0 ? 0 : at], c->fcall.arg_types[1]->byval);
	return ERR_OK;
}

static int
cont_float(struct agg_call *c UNUSED, const struct rows_state *s, double p, union datum *ret,
           struct err *e UNUSED)
{
	double at = p * (double) (s->n - 1), low = floor(at);
	double a = s->v[(int64_t) low].f, b = s->v[(int64_t) ceil(at)].f;

	ret->f = low == ceil(at) ? a : a + (at - low) * (b - a);
	return ERR_OK;
}

static int
cont_interval(struct agg_call *c, const struct rows_state *s, double p, union datum *ret,
              struct err *e)
{
	double at = p * (double) (s->n - 1), low = floor(at);
	struct interval a = interval_get(s->v[(int64_t) low]), d = { 0 };

	if (low != ceil(at)) {
		int rc = interval_sub(interval_get(s->v[(int64_t) ceil(at)]), a, &d, e);
		if (rc == ERR_OK)
			rc = interval_mul(d, at - low, &d, e);
		if (rc == ERR_OK)
			rc = interval_add(d, a, &a, e);
		if (rc != ERR_OK)
			return rc;
	}
	*ret = interval_datum(fcall_arena(&c->fcall), a);
	return ERR_OK;
}

static int
one_percentile(struct agg_call *c, const struct rows_state *s, percentile *how, union datum *ret,
               bool *ret_null, struct err *e)
{
	if (c->direct_nulls[0]) {
		*ret_null = true;
		return ERR_OK;
	}
	int rc = check_fraction(c->direct[0].f, e);
	if (rc != ERR_OK)
		return rc;
	if (s->n == 0) {
		*ret_null = true;
		return ERR_OK;
	}
	return how(c, s, c->direct[0].f, ret, e);
}

/* An array of fractions gives an array of its shape. */
static int
many_percentiles(struct agg_call *c, const struct rows_state *s, percentile *how,
                 union datum *ret, bool *ret_null, struct err *e)
{
	struct arena *ar = fcall_arena(&c->fcall);
	const struct type *elem = c->fcall.arg_types[1];
	struct array a;
	union datum d;
	bool null;

	*ret_null = c->direct_nulls[0] || s->n == 0;
	if (*ret_null)
		return ERR_OK;
	array_open(type_builtin(OID_FLOAT8), c->direct[0].b, &a);
	if (a.n == 0) {
		ret->b = array_empty(ar, elem);
		return ERR_OK;
	}
	union datum *v = ARENA_ARRAY(ar, union datum, a.n);
	bool *nulls = ARENA_ARRAY(ar, bool, a.n);
	struct array_iter it = array_iter(&a);
	for (int i = 0; array_next(&it, &d, &null); i++) {
		nulls[i] = null;
		int rc = null ? ERR_OK : check_fraction(d.f, e);
		if (rc == ERR_OK && !null)
			rc = how(c, s, d.f, &v[i], e);
		if (rc != ERR_OK)
			return rc;
	}
	return array_make_nd(ar, elem, a.ndim, a.dim, a.lower, v, nulls, &ret->b, e);
}

#define PERCENTILE_AGG(name, shape, how) \
	static int \
	name##_final(struct agg_call *c, void *state, union datum *ret, bool *ret_null, struct err *e) \
	{ \
		return shape(c, state, how, ret, ret_null, e); \
	} \
	const struct agg agg_##name = { \
		.state_size = sizeof(struct rows_state), .skip_nulls = true, .step = rows_step, \
		.final = name##_final, .ordered_set = true, \
	}
PERCENTILE_AGG(percentile_disc, one_percentile, disc);
PERCENTILE_AGG(percentile_disc_many, many_percentiles, disc);
PERCENTILE_AGG(percentile_cont, one_percentile, cont_float);
PERCENTILE_AGG(percentile_cont_many, many_percentiles, cont_float);
PERCENTILE_AGG(percentile_cont_interval, one_percentile, cont_interval);
PERCENTILE_AGG(percentile_cont_interval_many, many_percentiles, cont_interval);

/* ---- mode: the value of the longest run, the first of equals */
static int
mode_final(struct agg_call *c, void *state, union datum *ret, bool *ret_null, struct err *e UNUSED)
{
	const struct rows_state *s = state;
	const struct type *t = c->fcall.arg_types[0];
	int64_t best = 0, longest = 0, start = 0;

	if (s->n == 0) {
		*ret_null = true;
		return ERR_OK;
	}
	for (int64_t i = 1; i <= s->n; i++) {
		if (i < s->n && t->ops->cmp(t, s->v[i], s->v[start]) == 0)
			continue;
		if (i - start > longest) {
			longest = i - start;
			best = start;
		}
		start = i;
	}
	*ret = datum_copy(fcall_arena(&c->fcall), s->v[best], t->byval);
	return ERR_OK;
}

const struct agg agg_mode = {
	.state_size = sizeof(struct rows_state), .skip_nulls = true, .step = rows_step,
	.final = mode_final, .ordered_set = true,
};

/* ---- Hypothetical ranks: where would the direct arguments stand? */
static int
order_values(const struct type *t, union datum a, bool a_null, union datum b, bool b_null, bool desc,
             bool nulls_first)
{
	if (a_null || b_null)
		return a_null == b_null ? 0 : a_null == nulls_first ? -1 : 1;
	int d = t->ops->cmp(t, a, b);
	return desc ? -d : d;
}

/* Row i against row j, or against the direct arguments when j is negative. */
static int
order_rows(const struct agg_call *c, const struct rows_state *s, int64_t i, int64_t j)
{
	for (int k = 0; k < s->width; k++) {
		const struct type *t = c->fcall.arg_types[c->ndirect + k];
		const union datum *b = j < 0 ? c->direct : s->v + j * s->width;
		const bool *bn = j < 0 ? c->direct_nulls : s->nulls + j * s->width;
		int d = order_values(t, s->v[i * s->width + k], s->nulls[i * s->width + k], b[k], bn[k],
		                     c->order_desc != NULL && c->order_desc[k],
		                     c->order_nulls_first != NULL && c->order_nulls_first[k]);
		if (d != 0)
			return d;
	}
	return 0;
}

static int64_t
rows_before(const struct agg_call *c, const struct rows_state *s, bool with_equal)
{
	int64_t n = 0;

	while (n < s->n && order_rows(c, s, n, -1) < with_equal)
		n++;
	return n;
}

#define HYPOTHETICAL_AGG(name, body) \
	static int \
	name##_final(struct agg_call *c, void *state, union datum *ret, bool *ret_null UNUSED, \
	             struct err *e UNUSED) \
	{ \
		const struct rows_state *s = state; \
		body; \
		return ERR_OK; \
	} \
	const struct agg agg_##name = { \
		.state_size = sizeof(struct rows_state), .step = rows_step, .final = name##_final, \
		.ordered_set = true, \
	}

static int64_t
groups_before(const struct agg_call *c, const struct rows_state *s)
{
	int64_t n = rows_before(c, s, false), groups = n > 0;

	for (int64_t i = 1; i < n; i++)
		groups += order_rows(c, s, i, i - 1) != 0;
	return groups;
}

HYPOTHETICAL_AGG(rank, ret->i = rows_before(c, s, false) + 1);
HYPOTHETICAL_AGG(dense_rank, ret->i = groups_before(c, s) + 1);
HYPOTHETICAL_AGG(percent_rank,
                 ret->f = s->n == 0 ? 0 : (double) rows_before(c, s, false) / (double) s->n);
HYPOTHETICAL_AGG(cume_dist,
                 ret->f = (double) (rows_before(c, s, true) + 1) / (double) (s->n + 1));
