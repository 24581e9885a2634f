/* compare.c - checks of values: ok, is, isnt, cmp_ok, matches and its kin. */
#include "config.h"
#include "contrib/pgtap/pgtap.h"

#include <string.h>

int
tap_ok(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret,
       bool *ret_null UNUSED, struct err *e)
{
	bool null = nulls != NULL && nulls[0];

	return tap_result(c, !null && args[0].i != 0, tap_arg(c, args, nulls, 1),
	                  null ? "    (test result was NULL)" : NULL, ret, e);
}

int
tap_pass(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret,
         bool *ret_null UNUSED, struct err *e)
{
	return tap_result(c, true, tap_arg(c, args, nulls, 0), NULL, ret, e);
}

int
tap_fail(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret,
         bool *ret_null UNUSED, struct err *e)
{
	return tap_result(c, false, tap_arg(c, args, nulls, 0), NULL, ret, e);
}

static bool
same(const struct fcall *c, const union datum *args, const bool *nulls)
{
	bool a = nulls != NULL && nulls[0], b = nulls != NULL && nulls[1];

	return a || b ? a == b : type_eq(c->arg_types[0], args[0], args[1]);
}

int
tap_is(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret,
       bool *ret_null UNUSED, struct err *e)
{
	bool passed = same(c, args, nulls);

	return tap_result(c, passed, tap_arg(c, args, nulls, 2),
	                  passed ? NULL : tap_printf(c, "        have: %s\n        want: %s",
	                                             tap_show(c, args, nulls, 0),
	                                             tap_show(c, args, nulls, 1)), ret, e);
}

int
tap_isnt(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret,
         bool *ret_null UNUSED, struct err *e)
{
	bool passed = !same(c, args, nulls);

	return tap_result(c, passed, tap_arg(c, args, nulls, 2),
	                  passed ? NULL : tap_printf(c, "        have: %s\n        want: anything else",
	                                             tap_show(c, args, nulls, 0)), ret, e);
}

/* An operator by name, as `a op b` would find it for two arguments of one type.  NULL where one
 * is null, as every strict operator. */
static int
apply(struct fcall *c, const char *op, const struct type *type, union datum a, union datum b,
      bool *ret_true, struct err *e)
{
	const struct operator *o = operator_exact(op, type->oid, type->oid);
	const struct func *f = o == NULL ? NULL : func_by_oid(o->func);
	const struct type *types[2] = { type, type };
	union datum args[2] = { a, b }, result;
	bool nulls[2] = { false, false }, null = false;

	if (f == NULL)
		return err_set(e, ERR_UNDEFINED_FUNCTION, "operator does not exist: %s %s %s",
		               type_sql_name(type), op, type_sql_name(type));
	struct fcall call = {
		.func = f, .env = c->env, .nargs = 2, .arg_types = types,
		.ret_type = type_builtin(OID_BOOL), .collation = c->collation,
	};
	int rc = func_call(&call, args, nulls, &result, &null, e);
	if (rc == ERR_OK)
		*ret_true = !null && result.i != 0;
	return rc;
}

int
tap_cmp_ok(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret,
           bool *ret_null UNUSED, struct err *e)
{
	const char *op = tap_arg(c, args, nulls, 1);
	bool passed = false;
	int rc;

	if (op == NULL)
		return err_set(e, ERR_NULL_VALUE_NOT_ALLOWED, "cmp_ok() needs an operator");
	if (nulls == NULL || (!nulls[0] && !nulls[2])) {
		rc = apply(c, op, c->arg_types[0], args[0], args[2], &passed, e);
		if (rc != ERR_OK)
			return rc;
	}
	const char *have = tap_show(c, args, nulls, 0), *want = tap_show(c, args, nulls, 2);
	bool have_null = nulls != NULL && nulls[0], want_null = nulls != NULL && nulls[2];
	return tap_result(c, passed, tap_arg(c, args, nulls, 3),
	                  passed ? NULL : tap_printf(c, "    %s\n        %s\n    %s",
	                                             have_null ? have : tap_literal(c, have), op,
	                                             want_null ? want : tap_literal(c, want)), ret, e);
}

/* The operator behind each name, and whether it must not hold. */
static const struct {
	const char *name, *op;
	bool negated;
} patterns[] = {
	{ "matches", "~", false }, { "imatches", "~*", false },
	{ "doesnt_match", "~", true }, { "doesnt_imatch", "~*", true },
	{ "alike", "~~", false }, { "ialike", "~~*", false },
	{ "unalike", "~~", true }, { "unialike", "~~*", true },
};

int
tap_matches(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret,
            bool *ret_null UNUSED, struct err *e)
{
	const struct type *text = type_builtin(OID_TEXT);
	bool passed = false, null = nulls != NULL && (nulls[0] || nulls[1]);
	unsigned i = 0;

	while (strcmp(patterns[i].name, c->func->name) != 0)
		i++;
	const char *have = tap_show(c, args, nulls, 0), *pattern = tap_arg(c, args, nulls, 1);
	if (!null) {
		union datum value = datum_bytes(bytes_make(c->env->type.arena, have, strlen(have)));
		int rc = apply(c, patterns[i].op, text, value, args[1], &passed, e);
		if (rc != ERR_OK)
			return rc;
		passed ^= patterns[i].negated;
	}
	const char *shown = nulls != NULL && nulls[0] ? "NULL" : tap_literal(c, have);
	return tap_result(c, passed, tap_arg(c, args, nulls, 2),
	                  passed ? NULL : tap_printf(c, "                  %s\n   %s: %s", shown,
	                                             patterns[i].negated ? "      matches" : "doesn't match",
	                                             tap_literal(c, pattern)), ret, e);
}
