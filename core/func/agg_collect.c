/* agg_collect.c - string_agg, array_agg, and sums of intervals.
 *
 * Texts and arrays grow on the groups' arena; the result is copied out of the state, which a
 * window may go on stepping. */
#include "config.h"
#include "core/func/agg.h"

#include "core/type/array.h"
#include "core/type/datetime.h"

/* ---- string_agg: the first value comes without its delimiter */
struct string_state { struct strbuf text; bool any; };

static int
string_step(struct agg_call *c, void *state, const union datum *args, const bool *nulls,
            struct err *e)
{
	struct string_state *s = state;

	if (nulls[0])
		return ERR_OK;
	if (!s->any)
		strbuf_init(&s->text, c->arena);
	else if (!nulls[1])
		strbuf_add(&s->text, bytes_data(args[1].b), bytes_len(args[1].b));
	s->any = true;
	strbuf_add(&s->text, bytes_data(args[0].b), bytes_len(args[0].b));
	if (s->text.len > 0x3fffffff)
		return err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED, "requested length too large");
	return ERR_OK;
}

static int
string_final(struct agg_call *c, void *state, union datum *ret, bool *ret_null, struct err *e UNUSED)
{
	const struct string_state *s = state;

	if (!s->any)
		*ret_null = true;
	else
		*ret = strbuf_datum(fcall_arena(&c->fcall), &s->text);
	return ERR_OK;
}

const struct agg agg_string = {
	.state_size = sizeof(struct string_state), .step = string_step, .final = string_final,
};

/* ---- array_agg of values */
struct array_state { struct array_build build; bool any; };

static int
array_step(struct agg_call *c, void *state, const union datum *args, const bool *nulls,
           struct err *e UNUSED)
{
	struct array_state *s = state;

	if (!s->any)
		array_build_init(&s->build, c->arena, c->fcall.arg_types[0]);
	s->any = true;
	array_build_add(&s->build, args[0], nulls[0]);
	return ERR_OK;
}

static int
array_final(struct agg_call *c, void *state, union datum *ret, bool *ret_null, struct err *e UNUSED)
{
	const struct array_state *s = state;

	if (!s->any)
		*ret_null = true;
	else
		ret->b = array_build_done(&s->build, fcall_arena(&c->fcall));
	return ERR_OK;
}

const struct agg agg_array = {
	.state_size = sizeof(struct array_state), .step = array_step, .final = array_final,
};

/* ---- array_agg of arrays: all of one shape, which gains a dimension */
struct stack_state { const struct bytes **part; int n, cap; };

static int
stack_step(struct agg_call *c, void *state, const union datum *args, const bool *nulls,
           struct err *e)
{
	struct stack_state *s = state;
	const struct type *t = c->fcall.arg_types[0];
	struct array first, a;

	if (nulls[0])
		return err_set(e, ERR_NULL_VALUE_NOT_ALLOWED, "cannot accumulate null arrays");
	array_open_type(t, args[0].b, &a);
	if (s->n == 0 && a.ndim == 0)
		return err_set(e, ERR_ARRAY_SUBSCRIPT_ERROR, "cannot accumulate empty arrays");
	if (s->n > 0) {
		array_open_type(t, s->part[0], &first);
		if (first.ndim != a.ndim ||
		    memcmp(first.dim, a.dim, (size_t) a.ndim * sizeof a.dim[0]) != 0 ||
		    memcmp(first.lower, a.lower, (size_t) a.ndim * sizeof a.lower[0]) != 0)
			return err_set(e, ERR_ARRAY_SUBSCRIPT_ERROR,
			               "cannot accumulate arrays of different dimensionality");
	}
	if (s->n == s->cap) {
		int cap = s->cap == 0 ? 8 : s->cap * 2;
		const struct bytes **part = arena_alloc(c->arena, (size_t) cap * sizeof(*part));
		if (s->n > 0)
			memcpy(part, s->part, (size_t) s->n * sizeof(*part));
		s->part = part;
		s->cap = cap;
	}
	s->part[s->n++] = datum_copy(c->arena, args[0], false).b;
	return ERR_OK;
}

static int
stack_final(struct agg_call *c, void *state, union datum *ret, bool *ret_null, struct err *e)
{
	const struct stack_state *s = state;

	if (s->n == 0) {
		*ret_null = true;
		return ERR_OK;
	}
	return array_stack(fcall_arena(&c->fcall), c->fcall.arg_types[0]->elem, s->n, s->part,
	                   &ret->b, e);
}

const struct agg agg_array_stack = {
	.state_size = sizeof(struct stack_state), .step = stack_step, .final = stack_final,
};

/* ---- sum and avg of intervals */
struct span_state { struct interval sum; int64_t n; };

static int
span_step(struct agg_call *c UNUSED, void *state, const union datum *args, const bool *nulls UNUSED,
          struct err *e)
{
	struct span_state *s = state;

	s->n++;
	return interval_add(s->sum, interval_get(args[0]), &s->sum, e);
}

static int
span_unstep(struct agg_call *c UNUSED, void *state, const union datum *args,
            const bool *nulls UNUSED, struct err *e)
{
	struct span_state *s = state;

	s->n--;
	return interval_sub(s->sum, interval_get(args[0]), &s->sum, e);
}

static int
span_combine(struct agg_call *c UNUSED, void *into, const void *from, struct err *e)
{
	struct span_state *s = into;
	const struct span_state *f = from;

	s->n += f->n;
	return interval_add(s->sum, f->sum, &s->sum, e);
}

static int
span_sum(struct agg_call *c, void *state, union datum *ret, bool *ret_null, struct err *e UNUSED)
{
	const struct span_state *s = state;

	*ret_null = s->n == 0;
	*ret = interval_datum(fcall_arena(&c->fcall), s->sum);
	return ERR_OK;
}

static int
span_avg(struct agg_call *c, void *state, union datum *ret, bool *ret_null, struct err *e)
{
	const struct span_state *s = state;
	struct interval v = { 0 };

	*ret_null = s->n == 0;
	int rc = s->n == 0 ? ERR_OK : interval_div(s->sum, (double) s->n, &v, e);
	if (rc == ERR_OK)
		*ret = interval_datum(fcall_arena(&c->fcall), v);
	return rc;
}

#define SPAN_AGG(name, finish) \
	const struct agg name = { \
		.state_size = sizeof(struct span_state), .skip_nulls = true, .step = span_step, \
		.combine = span_combine, .final = finish, .unstep = span_unstep, \
	}
SPAN_AGG(agg_sum_interval, span_sum);
SPAN_AGG(agg_avg_interval, span_avg);
