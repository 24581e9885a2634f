/* test_func_agg.c - aggregates answer as PostgreSQL 15: row by row, by batches, and in two
 * halves that are combined. */
#include "config.h"
#include "core/func/func.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/type/datetime.h"
#include "regress/unit/tap.h"

#define GIVES(text)           text, NULL
#define FAILS(state, message) message, state
#define IS_NULL               NULL, NULL
enum { ARGS_MAX = 4, ROWS_MAX = 8, VALUES_MAX = 20 };

struct agg_case {
	const char *signature, *ret, *text, *state;
	int ndirect, nrows;
	const char *values[VALUES_MAX];
};

#define CASE(sig, rt, outcome, direct, rows, ...) { sig, rt, outcome, direct, rows, { __VA_ARGS__ } },
static const struct agg_case cases[] = {
#include "regress/unit/func_agg.def"
};

static struct arena arena;
static struct exec_env env;

struct run {
	const struct agg_case *k;
	const struct agg *agg;
	struct agg_call call;
	const struct type *types[ARGS_MAX];
	union datum direct[1], rows[ROWS_MAX][ARGS_MAX];
	bool direct_nulls[1], nulls[ROWS_MAX][ARGS_MAX];
	int width;                      /* aggregated arguments */
};

static const struct func *
find(const char *name, const struct run *r)
{
	const struct func *const *all = NULL;
	int n = func_candidates(name, &all);

	for (int i = 0; i < n; i++) {
		bool fit = all[i]->agg != NULL && all[i]->nargs == r->call.fcall.nargs;
		for (int k = 0; fit && k < all[i]->nargs; k++) {
			const struct type *want = type_builtin(all[i]->args[k]);
			bool array = want->oid == OID_ANYARRAY;
			fit = want == r->types[k] ||
			      (want->kind == TYPE_PSEUDO && array == type_is_array(r->types[k]));
		}
		if (fit)
			return all[i];
	}
	return NULL;
}

static bool
read_value(const struct type *t, const char *text, union datum *ret, bool *null)
{
	struct err e = { 0 };

	*null = text == NULL;
	return *null || t->ops->in(t, &env.type, text, strlen(text), -1, ret, &e) == ERR_OK;
}

static bool
open_run(const struct agg_case *k, struct run *r)
{
	char name[64], *open;
	const char *const *v = k->values;

	*r = (struct run) { .k = k };
	snprintf(name, sizeof name, "%s", k->signature);
	open = strchr(name, '(');
	*open++ = '\0';
	open[strlen(open) - 1] = '\0';
	struct fcall *c = &r->call.fcall;
	*c = (struct fcall) { .env = &env, .arg_types = r->types };
	for (char *p = strtok(open, ","); p != NULL; p = strtok(NULL, ","))
		r->types[c->nargs++] = type_builtin_by_name(p);
	c->ret_type = type_builtin_by_name(k->ret);
	c->func = find(name, r);
	if (c->func == NULL)
		return false;
	r->agg = c->func->agg;
	r->call.arena = &arena;
	r->call.ndirect = k->ndirect;
	r->call.direct = r->direct;
	r->call.direct_nulls = r->direct_nulls;
	r->width = c->nargs - k->ndirect;
	bool good = k->ndirect == 0 || read_value(r->types[0], *v++, r->direct, r->direct_nulls);
	for (int i = 0; i < k->nrows; i++)
		for (int j = 0; j < r->width; j++)
			good = read_value(r->types[k->ndirect + j], *v++, &r->rows[i][j], &r->nulls[i][j]) &&
			       good;
	return good;
}

static int
step_rows(struct run *r, void *state, int from, int to, struct err *e)
{
	for (int i = from; i < to; i++) {
		bool skip = false;
		for (int j = 0; j < r->width; j++)
			skip = skip || (r->agg->skip_nulls && r->nulls[i][j]);
		int rc = skip ? ERR_OK : r->agg->step(&r->call, state, r->rows[i], r->nulls[i], e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

static int
step_batch(struct run *r, void *state, struct err *e)
{
	union datum column[ARGS_MAX][ROWS_MAX];
	uint8_t nulls[ARGS_MAX][ROWS_MAX];
	struct vec v[ARGS_MAX];

	for (int j = 0; j < r->width; j++) {
		for (int i = 0; i < r->k->nrows; i++) {
			column[j][i] = r->rows[i][j];
			nulls[j][i] = r->nulls[i][j];
		}
		v[j] = (struct vec) { column[j], nulls[j], 1 };
	}
	return r->agg->step_vec(&r->call, state, v, NULL, r->k->nrows, e);
}

static void
check(struct run *r, void *state, int rc, struct err *e, const char *how)
{
	union datum d = { 0 };
	bool null = false;

	if (rc == ERR_OK)
		rc = r->agg->final(&r->call, state, &d, &null, e);
	if (r->k->state != NULL) {
		is_str(r->k->state, err_sqlstate(rc), "%s %s: state", r->k->signature, how);
		is_str(r->k->text, e->message, "%s %s: message", r->k->signature, how);
		return;
	}
	const char *got = rc != ERR_OK ? e->message
	                  : null       ? NULL
	                               : type_text(r->call.fcall.ret_type, &env.type, d);
	is_str(r->k->text, got, "%s of %d rows %s", r->k->signature, r->k->nrows, how);
}

static void
run_case(const struct agg_case *k)
{
	struct run r;
	struct err e = { 0 };

	arena_reset(&arena);
	if (!open_run(k, &r)) {
		ok(false, "%s: cannot be called", k->signature);
		return;
	}
	r.call.fcall.arg_types = r.types;
	r.call.direct = r.direct;
	r.call.direct_nulls = r.direct_nulls;
	void *state = arena_zalloc(&arena, r.agg->state_size);
	int rc = step_rows(&r, state, 0, k->nrows, &e);
	check(&r, state, rc, &e, "one by one");
	if (r.agg->step_vec != NULL) {
		err_init(&e);
		state = arena_zalloc(&arena, r.agg->state_size);
		rc = step_batch(&r, state, &e);
		check(&r, state, rc, &e, "as a batch");
	}
	if (r.agg->combine != NULL && (r.width == 0 || !r.types[0]->is_float)) {
		err_init(&e);
		state = arena_zalloc(&arena, r.agg->state_size);
		void *other = arena_zalloc(&arena, r.agg->state_size);
		rc = step_rows(&r, state, 0, k->nrows / 2, &e);
		if (rc == ERR_OK)
			rc = step_rows(&r, other, k->nrows / 2, k->nrows, &e);
		if (rc == ERR_OK)
			rc = r.agg->combine(&r.call, state, other, &e);
		check(&r, state, rc, &e, "in halves");
	}
}

int
main(void)
{
	arena_init(&arena, 0);
	env.type.arena = &arena;
	env.type.fmt = &fmt_default;
	env.stmt_arena = &arena;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		run_case(&cases[i]);
	arena_done(&arena);
	return tap_done();
}
