/* execarg.c - an argument of EXECUTE becomes a value of its parameter's type, by assignment. */
#include "config.h"
#include "pgwire/session/session.h"

#include <string.h>

#include "core/func/func.h"

static int
through_text(struct exec_env *env, const struct type *from, const struct type *to, union datum v,
             union datum *ret, struct err *e)
{
	struct strbuf text;

	strbuf_init(&text, env->stmt_arena);
	from->ops->out(from, &env->type, v, &text);
	return to->ops->in(to, &env->type, text.data, text.len, -1, ret, e);
}

static int
convert(struct exec_env *env, const struct type *from, const struct type *to, int number, union datum v,
        union datum *ret, struct err *e)
{
	const struct cast *cast = cast_find(from->oid, to->oid);

	if (from->oid == to->oid) {
		*ret = v;
		return ERR_OK;
	}
	if (from->oid == OID_UNKNOWN || (cast != NULL && cast->method == 'i') || (cast == NULL && to->category == 'S'))
		return through_text(env, from, to, v, ret, e);
	if (cast == NULL || cast->context == 'e') {
		err_set(e, ERR_DATATYPE_MISMATCH, "parameter $%d of type %s cannot be coerced to the expected type %s",
		        number, type_sql_name(from), type_sql_name(to));
		return err_hint(e, "You will need to rewrite or cast the expression.");
	}
	if (cast->method == 'b' || cast->func == 0) {
		*ret = v;
		return ERR_OK;
	}
	const struct func *f = func_by_oid(cast->func);
	const struct type *types[3] = { from, type_builtin(OID_INT4), type_builtin(OID_BOOL) };
	const union datum args[3] = { v, datum_int(-1), datum_int(false) };
	const bool nulls[3] = { false };
	bool null = false;
	struct fcall call = { .func = f, .env = env, .nargs = f->nargs, .arg_types = types, .ret_type = to };
	return func_call(&call, args, nulls, ret, &null, e);
}

int
execute_argument(struct session *s, const struct catalog *c, struct exec_env *env,
                 const struct exec_params *params, struct expr *x, const struct type *t, int number,
                 union datum *ret, bool *ret_null, struct err *e)
{
	struct arena *keep = env->type.arena;
	union datum v;

	(void) s;
	(void) c;
	env->type.arena = env->stmt_arena;
	int rc = exec_eval(env, params, x, &v, ret_null, e);
	if (rc == ERR_OK && !*ret_null)
		rc = convert(env, x->type, t, number, v, ret, e);
	env->type.arena = keep;
	return rc;
}
