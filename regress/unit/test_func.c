/* test_func.c - the tables of functions hold together, and functions answer as PostgreSQL 15.
 *
 * The cases are func_*.def; each is run through the function and, where there is one, through
 * its kernel: alone among null rows, selected, and against a constant. */
#include "config.h"
#include "core/func/func.h"

#include <stdio.h>
#include <string.h>

#include "core/type/datetime.h"
#include "regress/unit/tap.h"

#define GIVES(text)           text, NULL
#define FAILS(state, message) message, state
#define IS_NULL               NULL, NULL
enum { ARGS_MAX = 9 };

struct func_case {
	const char *signature, *ret, *text, *state;
	const char *args[ARGS_MAX];
};

#define CASE(sig, rt, outcome, ...) { sig, rt, outcome, { __VA_ARGS__ } },
static const struct func_case number_cases[] = {
#include "regress/unit/func_number.def"
};
static const struct func_case compare_cases[] = {
#include "regress/unit/func_compare.def"
};
static const struct func_case text_cases[] = {
#include "regress/unit/func_text.def"
};
static const struct func_case time_cases[] = {
#include "regress/unit/func_time.def"
};
static const struct func_case json_cases[] = {
#include "regress/unit/func_json.def"
};
static const struct func_case array_cases[] = {
#include "regress/unit/func_array.def"
};
static const struct func_case bytes_cases[] = {
#include "regress/unit/func_bytes.def"
};
static const struct func_case format_cases[] = {
#include "regress/unit/func_format.def"
};
static const struct func_case regex_cases[] = {
#include "regress/unit/func_regex.def"
};

static struct arena arena;
static struct exec_env env;

/* ---- One case */
struct call {
	struct fcall c;
	const struct type *types[ARGS_MAX];
	union datum args[ARGS_MAX];
	bool nulls[ARGS_MAX];
};

/* name(type,type): types are what the arguments really are; the overload is found by fit. */
/* Does a polymorphic argument take a value of that type? */
static bool
takes(const struct type *want, const struct type *t)
{
	switch (want->oid) {
	case OID_ANYARRAY:
	case OID_ANYCOMPATIBLEARRAY:
		return type_is_array(t);
	case OID_ANYRANGE:
	case OID_ANYMULTIRANGE:
	case OID_ANYENUM:
		return false;           /* no case has one */
	default:
		return want == t || want->kind == TYPE_PSEUDO;
	}
}

static bool
fits(const struct func *f, const struct call *call)
{
	if (f->nargs != call->c.nargs || f->kind != FUNC_NORMAL)
		return false;
	for (int i = 0; i < f->nargs; i++) {
		if (!takes(type_builtin(f->args[i]), call->types[i]))
			return false;
	}
	return true;
}

static bool
open_call(const struct func_case *k, struct call *call)
{
	char name[64], *open;
	const struct func *const *all = NULL;

	*call = (struct call) { .c = { .env = &env, .arg_types = call->types, .collation = 100 } };
	snprintf(name, sizeof name, "%s", k->signature);
	open = strchr(name, '(');
	*open++ = '\0';
	open[strlen(open) - 1] = '\0';
	for (char *p = strtok(open, ","); p != NULL; p = strtok(NULL, ","))
		call->types[call->c.nargs++] = type_builtin_by_name(p);
	call->c.ret_type = type_builtin_by_name(k->ret);
	for (int i = 0, n = func_candidates(name, &all); i < n; i++)
		if (call->c.func == NULL && fits(all[i], call))
			call->c.func = all[i];
	return call->c.func != NULL;
}

static int
read_args(const struct func_case *k, struct call *call, struct err *e)
{
	for (int i = 0; i < call->c.nargs; i++) {
		const struct type *t = call->types[i];
		call->nulls[i] = k->args[i] == NULL;
		if (call->nulls[i])
			continue;
		int rc = t->ops->in(t, &env.type, k->args[i], strlen(k->args[i]), -1, &call->args[i], e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

/* The same call as row 1 of three, the others being null and full of rubbish. */
static void
run_kernel(const struct func_case *k, struct call *call, const char *want)
{
	static const uint16_t all[3] = { 0, 1, 2 };
	union datum column[ARGS_MAX][3], out[3] = { { 0 } };
	uint8_t null_column[3] = { 1, 0, 1 };
	struct vec v[ARGS_MAX], ret = { out, null_column, 1 };

	for (int i = 0; i < call->c.nargs; i++) {
		column[i][0].u = column[i][2].u = UINT64_C(0x7fffffffffffffff);
		column[i][1] = call->args[i];
		v[i] = (struct vec) { column[i], null_column, 1 };
	}
	for (int how = 0; how < 3; how++) {
		struct err e = { 0 };
		if (how == 2 && call->c.nargs > 1)
			v[1] = (struct vec) { &call->args[1], NULL, 0 };
		int rc = call->c.func->vec(&call->c, v, how == 1 ? all : NULL, 3, &ret, &e);
		const char *got = rc == ERR_OK ? type_text(call->c.ret_type, &env.type, out[1]) : e.message;
		is_str(want, got, "%s, kernel %d", k->signature, how);
	}
}

static void
run_case(const struct func_case *k)
{
	struct call call;
	struct err e = { 0 };
	union datum d = { 0 };
	bool null = false;

	arena_reset(&arena);
	if (!open_call(k, &call)) {
		ok(false, "%s: there is no such function", k->signature);
		return;
	}
	call.c.arg_types = call.types;
	int rc = read_args(k, &call, &e);
	if (rc == ERR_OK)
		rc = func_call(&call.c, call.args, call.nulls, &d, &null, &e);
	if (k->state != NULL) {
		is_str(k->state, err_sqlstate(rc), "%s(%s): state", k->signature, k->args[0]);
		is_str(k->text, e.message, "%s(%s): message", k->signature, k->args[0]);
		return;
	}
	const char *got = rc != ERR_OK ? e.message : null ? NULL : type_text(call.c.ret_type, &env.type, d);
	is_str(k->text, got, "%s(%s, %s)", k->signature, k->args[0], k->args[1]);
	if (rc == ERR_OK && !null && call.c.func->vec != NULL)
		run_kernel(k, &call, got);
}

#define RUN(cases) do { \
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) \
		run_case(&(cases)[i]); \
} while (0)

/* ---- The tables */
static void
check_function(const struct func *f)
{
	ok(func_by_oid(f->oid) == f, "%s: oid %u is its own", f->name, f->oid);
	ok(type_builtin(f->ret) != NULL, "%s: result type", f->name);
	for (int i = 0; i < f->nargs; i++)
		if (type_builtin(f->args[i]) == NULL)
			ok(false, "%s: argument %d has no type", f->name, i + 1);
	int ways = (f->impl != NULL) + (f->srf != NULL) + (f->agg != NULL) + (f->window != NULL);
	ok(ways == 1 && f->retset == (f->srf != NULL) && (f->vec == NULL || f->impl != NULL),
	   "%s: implemented in one way", f->name);
}

static void
check_operator(const struct operator *o)
{
	const struct func *f = func_by_oid(o->func);

	ok(f != NULL && f->nargs == (o->left != 0) + 1 && f->args[f->nargs - 1] == o->right &&
	   (o->left == 0 || f->args[0] == o->left) && f->ret == o->ret,
	   "operator %u %s: its function", o->oid, o->name);
	ok(operator_by_oid(o->oid) == o && operator_exact(o->name, o->left, o->right) == o,
	   "operator %u %s: found", o->oid, o->name);
	if (o->commutator != 0) {
		const struct operator *back = operator_by_oid(o->commutator);
		ok(back != NULL && back->left == o->right && back->right == o->left,
		   "operator %u %s: commutator", o->oid, o->name);
	}
	if (o->negator != 0) {
		const struct operator *not = operator_by_oid(o->negator);
		ok(not != NULL && not->left == o->left && not->negator == o->oid,
		   "operator %u %s: negator", o->oid, o->name);
	}
}

static void
check_cast(const struct cast *c)
{
	const struct func *f = func_by_oid(c->func);

	ok(cast_find(c->source, c->target) == c, "cast %u to %u: found", c->source, c->target);
	ok((c->method == 'f') == (c->func != 0) && (c->func == 0 || f != NULL),
	   "cast %u to %u: its function", c->source, c->target);
}

static void
test_tables(void)
{
	static const struct func mine[1] = { {
		.oid = 4000000001, .name = "only_here", .kind = FUNC_NORMAL, .ret = OID_INT4,
	} };
	const struct func *const *all = NULL;

	for (int i = 0; i < func_count(); i++)
		check_function(func_at(i));
	for (int i = 0; i < operator_count(); i++)
		check_operator(operator_at(i));
	for (int i = 0; i < cast_count(); i++)
		check_cast(cast_at(i));
	is_int(0, func_candidates("no_such_function", &all), "an unknown name");
	is_int(0, func_candidates("only_here", &all), "not registered yet");
	func_register(mine, 1);
	is_int(1, func_candidates("only_here", &all), "registered");
	ok(func_by_oid(4000000001) == mine, "and found by oid");
}

int
main(void)
{
	arena_init(&arena, 0);
	env.type.arena = &arena;
	env.type.fmt = &fmt_default;
	env.stmt_arena = &arena;
	test_tables();
	RUN(number_cases);
	RUN(compare_cases);
	RUN(text_cases);
	RUN(time_cases);
	RUN(json_cases);
	RUN(array_cases);
	RUN(bytes_cases);
	RUN(format_cases);
	RUN(regex_cases);
	arena_done(&arena);
	return tap_done();
}
