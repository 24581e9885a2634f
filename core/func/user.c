/* user.c - calling functions that users write in SQL.
 *
 * The session runs the body; here its rows become what a call gives: one value, a row value, or
 * the rows of a set.
 *
 * Not here: finding them by name (translate/resolve.c), running SQL (pgwire/session). */
#include "config.h"
#include "core/func/user.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/func/session_api.h"
#include "core/type/record.h"

bool
function_mode_is_out(char mode)
{
	return mode == 'o' || mode == 'b' || mode == 't';
}

/* -- rows of the body ------------------------------------------------------------------------- */
struct taking {
	struct fcall *c;
	int ncols;                      /* of the body's rows */
	const struct type **types;
	bool rows_wanted;               /* a set: all rows */
	struct row_sink *to;
	/* One value. */
	union datum *ret;
	bool *ret_null;
	bool got;
};

static int
take_columns(void *arg, int n, const char *const *names UNUSED, const struct type *const *types,
	     struct err *e UNUSED)
{
	struct taking *t = arg;
	struct arena *a = t->c->env->stmt_arena;

	t->ncols = n;
	t->types = ARENA_ARRAY(a, const struct type *, n + 1);
	for (int i = 0; i < n; i++)
		t->types[i] = types[i];
	return ERR_OK;
}

/* Does the row as a whole make the value, or is its only column it? */
static bool
makes_record(const struct taking *t)
{
	const struct type *ret = t->c->ret_type;

	if (ret->oid != OID_RECORD && ret->kind != TYPE_COMPOSITE)
		return false;
	return t->ncols != 1 ||
	       (t->types[0]->oid != OID_RECORD && t->types[0]->kind != TYPE_COMPOSITE);
}

static union datum
row_value(const struct taking *t, struct arena *a, const union datum *values, const bool *nulls)
{
	return datum_bytes(record_make(a, t->ncols, t->types, values, nulls));
}

static int
take_set_row(struct taking *t, const union datum *values, const bool *nulls, struct err *e)
{
	struct arena *a = t->c->env->type.arena;
	const int want = t->to->ncols;

	if (want == 1 && makes_record(t)) {
		const union datum v = row_value(t, a, values, nulls);
		const bool null = false;
		return t->to->push(t->to, &v, &null, e);
	}
	if (want == t->ncols)
		return t->to->push(t->to, values, nulls, e);
	if (t->ncols != 1)
		return err_set(e, ERR_DATATYPE_MISMATCH,
			       "function return row and query-specified return row do not match");
	union datum *v = ARENA_ARRAY(a, union datum, want);
	bool *n = ARENA_ARRAY(a, bool, want);
	struct record r;
	if (!nulls[0])
		record_open(t->types[0], values[0].b, &r);
	for (int i = 0; i < want; i++) {
		const struct type *type;
		n[i] = nulls[0] || i >= r.n;
		if (!n[i])
			v[i] = record_get(&r, i, &type, &n[i]);
	}
	return t->to->push(t->to, v, n, e);
}

static int
take_row(void *arg, int n UNUSED, const union datum *values, const bool *nulls, struct err *e)
{
	struct taking *t = arg;
	struct arena *a = t->c->env->type.arena;

	if (t->rows_wanted)
		return take_set_row(t, values, nulls, e);
	if (t->got || t->c->ret_type->oid == OID_VOID)
		return ERR_OK;
	t->got = true;
	*t->ret_null = !makes_record(t) && nulls[0];
	if (makes_record(t))
		*t->ret = row_value(t, a, values, nulls);
	else if (!nulls[0])
		*t->ret = datum_copy(a, values[0], t->types[0]->byval);
	return ERR_OK;
}

/* -- calls ------------------------------------------------------------------------------------ */
static int
run(struct taking *t, const union datum *args, const bool *nulls, struct err *e)
{
	const struct session_api *s = t->c->env->session;
	const struct sql_sink sink = { .arg = t, .columns = take_columns, .row = take_row };

	if (s == NULL || s->call_function == NULL)
		return err_unsupported(e, "a call of a function in SQL here", NULL);
	return s->call_function(s->self, t->c, func_definition(t->c->func), args, nulls, &sink, e);
}

static int
call_value(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret,
	   bool *ret_null, struct err *e)
{
	struct taking t = { .c = c, .ret = ret, .ret_null = ret_null };
	int rc;

	*ret_null = false;
	rc = run(&t, args, nulls, e);
	if (!t.got)
		*ret_null = true;
	return rc;
}

static int
call_set(struct fcall *c, const union datum *args, const bool *nulls, struct row_sink *to,
	 struct err *e)
{
	struct taking t = { .c = c, .rows_wanted = true, .to = to };

	return run(&t, args, nulls, e);
}

/* -- as a struct func ------------------------------------------------------------------------- */
static void
fill_outs(struct arena *a, const struct function *def, struct func *f)
{
	struct func_out *outs = ARENA_ARRAY(a, struct func_out, def->nall + 1);

	for (int i = 0; i < def->nall; i++) {
		const char *name = def->all_names[i];

		if (function_mode_is_out(def->all_modes[i]))
			outs[f->nouts++] = (struct func_out){ name[0] != '\0' ? name : NULL,
							      def->all_types[i] };
	}
	f->outs = outs;
}

static const char *const *
input_names(struct arena *a, const struct function *def)
{
	const char **names = ARENA_ARRAY(a, const char *, def->nargs + 1);
	bool any = false;
	int n = 0;

	for (int i = 0; i < def->nall && n < def->nargs; i++) {
		if (def->all_modes[i] == 'o' || def->all_modes[i] == 't')
			continue;
		any |= def->all_names[i][0] != '\0';
		names[n++] = def->all_names[i][0] != '\0' ? def->all_names[i] : NULL;
	}
	return any ? names : NULL;
}

/* What makes values of the built-in ranges makes those of any: the type is the call's. */
static func_impl *
constructor(const struct function *def)
{
	const struct func *const *all;
	const bool multi = strncmp(def->internal, "multirange", strlen("multirange")) == 0;

	return func_candidates(multi ? "int4multirange" : "int4range", &all) > 0 ? all[0]->impl : NULL;
}

const struct func *
user_func(struct arena *a, const struct function *def)
{
	struct user_func *u = ARENA_NEW(a, struct user_func);
	struct func *f = &u->f;

	u->def = def;
	*f = (struct func){ .oid = def->o.oid,
			    .name = def->o.name,
			    .kind = def->kind,
			    .strict = def->strict,
			    .retset = def->retset,
			    .volatility = def->volatility,
			    .variadic = def->variadic,
			    .ret = def->ret,
			    .nargs = (int16_t) def->nargs,
			    .ndefaults = (int16_t) def->ndefaults,
			    .args = def->args,
			    .arg_names = input_names(a, def),
			    .defaults = def->defaults,
			    .impl = def->internal != NULL ? constructor(def) : call_value };
	fill_outs(a, def, f);
	if (def->retset)
		f->srf = call_set;
	return f;
}

const struct function *
func_definition(const struct func *f)
{
	return f != NULL && f->oid >= OID_FIRST_USER ? ((const struct user_func *) f)->def : NULL;
}
