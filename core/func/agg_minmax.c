/* agg_minmax.c - min and max of every ordered type.
 *
 * Words are compared in loops; other types through their cmp method, and only the best value
 * so far is copied.  Of equal values that look different (0 and -0, 1.0 and 1.00) the last
 * wins, as in PostgreSQL. */
#include "config.h"
#include "core/func/agg.h"

#include <math.h>

#include "core/type/collation.h"

/* ---- Integers in the word */
struct word_state { union datum v; bool any; };

static int
word_final(struct agg_call *c UNUSED, void *state, union datum *ret, bool *ret_null,
           struct err *e UNUSED)
{
	const struct word_state *s = state;

	*ret_null = !s->any;
	*ret = s->v;
	return ERR_OK;
}

static inline bool int_less(union datum a, union datum b) { return a.i < b.i; }
static inline bool int_more(union datum a, union datum b) { return a.i > b.i; }
static inline bool below(double a, double b) { return a < b || (isnan(b) && !isnan(a)); }
static inline bool float_less(union datum a, union datum b) { return !below(b.f, a.f); }
static inline bool float_more(union datum a, union datum b) { return !below(a.f, b.f); }

#define WORD_AGG(name, better) \
	static int \
	name##_step(struct agg_call *c UNUSED, void *state, const union datum *args, \
	            const bool *nulls UNUSED, struct err *e UNUSED) \
	{ \
		struct word_state *s = state; \
		if (!s->any || better(args[0], s->v)) \
			s->v = args[0]; \
		s->any = true; \
		return ERR_OK; \
	} \
	static int \
	name##_vec(struct agg_call *c UNUSED, void *state, const struct vec *args, \
	           const uint16_t *sel, int n, struct err *e UNUSED) \
	{ \
		struct word_state s = *(struct word_state *) state; \
		for (int k = 0; k < n; k++) { \
			int i = sel_at(sel, k); \
			if (vec_null(&args[0], i)) \
				continue; \
			union datum d = vec_at(&args[0], i); \
			s.v = !s.any || better(d, s.v) ? d : s.v; \
			s.any = true; \
		} \
		*(struct word_state *) state = s; \
		return ERR_OK; \
	} \
	static int \
	name##_combine(struct agg_call *c, void *into, const void *from, struct err *e) \
	{ \
		const struct word_state *f = from; \
		return f->any ? name##_step(c, into, &f->v, NULL, e) : ERR_OK; \
	} \
	const struct agg agg_##name = { \
		.state_size = sizeof(struct word_state), .skip_nulls = true, .step = name##_step, \
		.step_vec = name##_vec, .combine = name##_combine, .final = word_final, \
	}
WORD_AGG(min_int, int_less);
WORD_AGG(max_int, int_more);
WORD_AGG(min_float, float_less);
WORD_AGG(max_float, float_more);

/* ---- Everything else */
static int
kept_cmp(const struct agg_call *c, const struct type *t, union datum a, union datum b)
{
	const struct collation *by =
		t->collatable && !type_is_array(t) ? collation_by_oid(c->fcall.collation) : NULL;

	return by == NULL ? t->ops->cmp(t, a, b)
	                  : collation_cmp(by, bytes_data(a.b), bytes_len(a.b), bytes_data(b.b),
	                                  bytes_len(b.b));
}

static int
any_step(struct agg_call *c, struct kept_value *s, union datum d, int sign, struct err *e)
{
	const struct type *t = c->fcall.arg_types[0];

	if (t->ops->cmp == NULL)
		return err_set(e, ERR_UNDEFINED_FUNCTION,
		               "could not identify a comparison function for type %s",
		               type_sql_name(type_is_array(t) ? t->elem : t));
	if (!s->any || sign * kept_cmp(c, t, d, s->v) >= 0)
		kept_set(s, c->arena, t, d);
	return ERR_OK;
}

static int
any_final(struct agg_call *c, void *state, union datum *ret, bool *ret_null, struct err *e UNUSED)
{
	const struct kept_value *s = state;

	*ret_null = !s->any;
	if (s->any)
		*ret = datum_copy(fcall_arena(&c->fcall), s->v, c->fcall.arg_types[0]->byval);
	return ERR_OK;
}

#define ANY_AGG(name, sign) \
	static int \
	name##_step(struct agg_call *c, void *state, const union datum *args, \
	            const bool *nulls UNUSED, struct err *e) \
	{ \
		return any_step(c, state, args[0], sign, e); \
	} \
	static int \
	name##_combine(struct agg_call *c, void *into, const void *from, struct err *e) \
	{ \
		const struct kept_value *f = from; \
		return f->any ? any_step(c, into, f->v, sign, e) : ERR_OK; \
	} \
	const struct agg agg_##name = { \
		.state_size = sizeof(struct kept_value), .skip_nulls = true, .step = name##_step, \
		.combine = name##_combine, .final = any_final, \
	}
ANY_AGG(min_any, -1);
ANY_AGG(max_any, 1);
