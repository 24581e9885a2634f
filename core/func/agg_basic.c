/* agg_basic.c - count, sum, avg, min, max, and, or.
 *
 * Sums of integers are kept in 128 bits, so they cannot overflow before the result type does;
 * numeric sums are numeric_sum's.  Whole batches are summed by loops without branches where a
 * column has no nulls.
 * Not here: variance and regression (agg_stat.c), arrays and texts (agg_collect.c),
 * ordered sets (agg_ordered.c). */
#include "config.h"
#include "core/func/impl.h"

#include <math.h>

#include "core/func/agg.h"
#include "core/func/number.h"
#include "core/type/numeric.h"

/* ---- count */
struct count_state { int64_t n; };

static int
count_step(struct agg_call *c UNUSED, void *state, const union datum *args UNUSED,
           const bool *nulls UNUSED, struct err *e UNUSED)
{
	((struct count_state *) state)->n++;
	return ERR_OK;
}

static int
count_unstep(struct agg_call *c UNUSED, void *state, const union datum *args UNUSED,
             const bool *nulls UNUSED, struct err *e UNUSED)
{
	((struct count_state *) state)->n--;
	return ERR_OK;
}

static int
count_star_vec(struct agg_call *c UNUSED, void *state, const struct vec *args UNUSED,
               const uint16_t *sel UNUSED, int n, struct err *e UNUSED)
{
	((struct count_state *) state)->n += n;
	return ERR_OK;
}

static int
count_vec(struct agg_call *c UNUSED, void *state, const struct vec *args, const uint16_t *sel,
          int n, struct err *e UNUSED)
{
	int64_t live = n;

	if (args[0].null != NULL)
		for (int k = 0; k < n; k++)
			live -= vec_null(&args[0], sel_at(sel, k));
	((struct count_state *) state)->n += live;
	return ERR_OK;
}

static int
count_combine(struct agg_call *c UNUSED, void *into, const void *from, struct err *e UNUSED)
{
	((struct count_state *) into)->n += ((const struct count_state *) from)->n;
	return ERR_OK;
}

static int
count_final(struct agg_call *c UNUSED, void *state, union datum *ret, bool *ret_null UNUSED,
            struct err *e UNUSED)
{
	ret->i = ((struct count_state *) state)->n;
	return ERR_OK;
}

const struct agg agg_count_star = {
	.state_size = sizeof(struct count_state), .step = count_step, .step_vec = count_star_vec,
	.combine = count_combine, .final = count_final, .unstep = count_unstep,
};
const struct agg agg_count = {
	.state_size = sizeof(struct count_state), .skip_nulls = true, .step = count_step,
	.step_vec = count_vec, .combine = count_combine, .final = count_final,
	.unstep = count_unstep,
};

/* ---- sum and avg of integers */
struct int_state { __int128 sum __attribute__((packed, aligned(8))); int64_t n; };  /* arenas align to 8 */

static int
int_step(struct agg_call *c UNUSED, void *state, const union datum *args,
         const bool *nulls UNUSED, struct err *e UNUSED)
{
	struct int_state *s = state;

	s->sum += args[0].i;
	s->n++;
	return ERR_OK;
}

static int
int_unstep(struct agg_call *c UNUSED, void *state, const union datum *args,
           const bool *nulls UNUSED, struct err *e UNUSED)
{
	struct int_state *s = state;

	s->sum -= args[0].i;
	s->n--;
	return ERR_OK;
}

/* Batches of at most 1,024 four-byte values cannot overflow 64 bits; bigint takes the wide way. */
static int
int_vec(struct agg_call *c, void *state, const struct vec *args, const uint16_t *sel, int n,
        struct err *e UNUSED)
{
	struct int_state *s = state;
	const struct vec *v = &args[0];
	__int128 wide = 0;
	int64_t narrow = 0, live = n;

	if (c->fcall.arg_types[0]->len <= 4 && sel == NULL && v->null == NULL && v->stride == 1) {
		for (int i = 0; i < n; i++)
			narrow += v->v[i].i;
	} else if (v->null == NULL) {
		for (int k = 0; k < n; k++)
			wide += vec_at(v, sel_at(sel, k)).i;
	} else {
		for (int k = 0; k < n; k++) {
			int i = sel_at(sel, k);
			bool null = vec_null(v, i);
			wide += null ? 0 : vec_at(v, i).i;
			live -= null;
		}
	}
	s->sum += wide + narrow;
	s->n += live;
	return ERR_OK;
}

static int
int_combine(struct agg_call *c UNUSED, void *into, const void *from, struct err *e UNUSED)
{
	struct int_state *s = into;
	const struct int_state *f = from;

	s->sum += f->sum;
	s->n += f->n;
	return ERR_OK;
}

static int
int_sum_final(struct agg_call *c UNUSED, void *state, union datum *ret, bool *ret_null,
              struct err *e)
{
	const struct int_state *s = state;

	*ret_null = s->n == 0;
	if (s->sum != (int64_t) s->sum)
		return err_set(e, ERR_NUMERIC_VALUE_OUT_OF_RANGE, "bigint out of range");
	ret->i = (int64_t) s->sum;
	return ERR_OK;
}

static int
int8_sum_final(struct agg_call *c, void *state, union datum *ret, bool *ret_null,
               struct err *e UNUSED)
{
	const struct int_state *s = state;

	if (s->n == 0)
		*ret_null = true;
	else
		ret->b = numeric_from_int128(fcall_arena(&c->fcall), s->sum);
	return ERR_OK;
}

static int
int_avg_final(struct agg_call *c, void *state, union datum *ret, bool *ret_null, struct err *e)
{
	const struct int_state *s = state;
	struct arena *a = fcall_arena(&c->fcall);

	if (s->n == 0) {
		*ret_null = true;
		return ERR_OK;
	}
	return numeric_div(a, numeric_from_int128(a, s->sum), numeric_from_int(a, s->n), &ret->b, e);
}

#define INT_AGG(name, finish) \
	const struct agg name = { \
		.state_size = sizeof(struct int_state), .skip_nulls = true, .step = int_step, \
		.step_vec = int_vec, .combine = int_combine, .final = finish, .unstep = int_unstep, \
	}
INT_AGG(agg_sum_int, int_sum_final);
INT_AGG(agg_sum_int8, int8_sum_final);
INT_AGG(agg_avg_int, int_avg_final);

/* ---- sum of floats: in the order of the rows and the precision of the type */
struct float_state { double sum; int64_t n; };

static inline int
float_add(struct float_state *s, double v, bool single, struct err *e)
{
	double r = s->n == 0 ? v : single ? (double) ((float) s->sum + (float) v) : s->sum + v;

	if (UNLIKELY(isinf(r)) && !isinf(v) && !isinf(s->sum))
		return fail_overflow(e);
	s->sum = r;
	s->n++;
	return ERR_OK;
}

static int
float_step(struct agg_call *c, void *state, const union datum *args, const bool *nulls UNUSED,
           struct err *e)
{
	return float_add(state, args[0].f, c->fcall.arg_types[0]->len == 4, e);
}

static int
float_vec(struct agg_call *c, void *state, const struct vec *args, const uint16_t *sel, int n,
          struct err *e)
{
	bool single = c->fcall.arg_types[0]->len == 4;

	for (int k = 0; k < n; k++) {
		int i = sel_at(sel, k);
		if (vec_null(&args[0], i))
			continue;
		int rc = float_add(state, vec_at(&args[0], i).f, single, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

static int
float_combine(struct agg_call *c, void *into, const void *from, struct err *e)
{
	const struct float_state *f = from;
	struct float_state *s = into;

	if (f->n == 0)
		return ERR_OK;
	int64_t n = s->n + f->n;
	int rc = float_add(s, f->sum, c->fcall.arg_types[0]->len == 4, e);
	s->n = n;
	return rc;
}

static int
float_final(struct agg_call *c UNUSED, void *state, union datum *ret, bool *ret_null,
            struct err *e UNUSED)
{
	const struct float_state *s = state;

	*ret_null = s->n == 0;
	ret->f = s->sum;
	return ERR_OK;
}

const struct agg agg_sum_float = {
	.state_size = sizeof(struct float_state), .skip_nulls = true, .step = float_step,
	.step_vec = float_vec, .combine = float_combine, .final = float_final,
};

/* ---- sum and avg of numeric */
static int
numeric_step(struct agg_call *c, void *state, const union datum *args, const bool *nulls UNUSED,
             struct err *e UNUSED)
{
	numeric_sum_add(state, c->arena, args[0].b);
	return ERR_OK;
}

static int
numeric_vec(struct agg_call *c, void *state, const struct vec *args, const uint16_t *sel, int n,
            struct err *e UNUSED)
{
	for (int k = 0; k < n; k++) {
		int i = sel_at(sel, k);
		if (!vec_null(&args[0], i))
			numeric_sum_add(state, c->arena, vec_at(&args[0], i).b);
	}
	return ERR_OK;
}

static int
numeric_combine(struct agg_call *c, void *into, const void *from, struct err *e UNUSED)
{
	numeric_sum_merge(into, c->arena, from);
	return ERR_OK;
}

static int
numeric_sum_final(struct agg_call *c, void *state, union datum *ret, bool *ret_null, struct err *e)
{
	const struct numeric_sum *s = state;

	if (s->count == 0) {
		*ret_null = true;
		return ERR_OK;
	}
	return numeric_sum_total(s, fcall_arena(&c->fcall), &ret->b, e);
}

static int
numeric_avg_final(struct agg_call *c, void *state, union datum *ret, bool *ret_null, struct err *e)
{
	const struct numeric_sum *s = state;

	if (s->count == 0) {
		*ret_null = true;
		return ERR_OK;
	}
	return numeric_sum_avg(s, fcall_arena(&c->fcall), &ret->b, e);
}

#define NUMERIC_AGG(name, finish) \
	const struct agg name = { \
		.state_size = sizeof(struct numeric_sum), .skip_nulls = true, .step = numeric_step, \
		.step_vec = numeric_vec, .combine = numeric_combine, .final = finish, \
	}
NUMERIC_AGG(agg_sum_numeric, numeric_sum_final);
NUMERIC_AGG(agg_avg_numeric, numeric_avg_final);

/* ---- and, or, bits: of anything whose datum is an integer */
struct bits_state { int64_t v; bool any; };

#define BITS_AGG(name, op) \
	static int \
	name##_step(struct agg_call *c UNUSED, void *state, const union datum *args, \
	            const bool *nulls UNUSED, struct err *e UNUSED) \
	{ \
		struct bits_state *s = state; \
		s->v = s->any ? s->v op args[0].i : args[0].i; \
		s->any = true; \
		return ERR_OK; \
	} \
	static int \
	name##_combine(struct agg_call *c, void *into, const void *from, struct err *e) \
	{ \
		const struct bits_state *f = from; \
		const union datum d = { .i = f->v }; \
		return f->any ? name##_step(c, into, &d, NULL, e) : ERR_OK; \
	} \
	const struct agg agg_##name = { \
		.state_size = sizeof(struct bits_state), .skip_nulls = true, .step = name##_step, \
		.combine = name##_combine, .final = bits_final, \
	}

static int
bits_final(struct agg_call *c UNUSED, void *state, union datum *ret, bool *ret_null,
           struct err *e UNUSED)
{
	const struct bits_state *s = state;

	*ret_null = !s->any;
	ret->i = s->v;
	return ERR_OK;
}

BITS_AGG(and, &);
BITS_AGG(or, |);
BITS_AGG(xor, ^);
