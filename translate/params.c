/* params.c - parameters $1, $2 ...: their types, given by the client or found from context.
 *
 * A parameter of unknown type stands as EXPR_PARAM of type unknown until something wants it to
 * be of a type; that type is then noted for the whole statement.  Uses that stayed unknown
 * because they were bound earlier are settled at the end. */
#include "config.h"
#include "translate/bind.h"

#include <string.h>

enum { PARAMS_MAX = 65535 };

static bool
params_grow(struct binder *b, int number)
{
	struct bind_env *env = b->env;

	if (number <= env->nparams)
		return true;
	oid_t *types = ARENA_ARRAY(b->arena, oid_t, number);
	if (env->nparams > 0)
		memcpy(types, env->param_types, (size_t) env->nparams * sizeof *types);
	env->param_types = types;
	env->nparams = number;
	return true;
}

/* libpg_query takes $1 and ? where PostgreSQL's grammar does not: these are syntax errors. */
void *
param_misplaced(struct binder *b, const PgQuery__ParamRef *p)
{
	const char *shown = p->number > 0 ? printf_str(b, "$%d", p->number) : "?";

	return bind_fail(b, at(b, p->location), ERR_SYNTAX_ERROR, "syntax error at or near \"%s\"",
			 shown);
}

/* $0 and ? have the same tree; the text tells. */
bool
param_is_zero(const struct binder *b, const PgQuery__ParamRef *p)
{
	return b->text != NULL && p->location >= 0 && p->location < (int) strlen(b->text) &&
	       b->text[p->location] == '$';
}

struct expr *
bind_param(struct binder *b, int number, int position)
{
	struct bind_env *env = b->env;

	if (number <= 0 || number > PARAMS_MAX || !env->allow_params ||
	    (env->function != NULL && number > env->function->def->nargs))
		return bind_fail(b, position, ERR_UNDEFINED_PARAMETER, "there is no parameter $%d",
				 number);
	params_grow(b, number);

	oid_t oid = env->param_types[number - 1];
	const struct type *t = oid != 0 ? type_of(b, oid) : type_builtin(OID_UNKNOWN);
	if (t == NULL)
		return bind_fail(b, position, ERR_UNDEFINED_OBJECT,
				 "type with OID %u does not exist", oid);
	struct expr *x = expr_new(b->arena, EXPR_PARAM, t, 0);
	x->number = number;
	x->position = position;
	return x;
}

/* x, of unknown type, is wanted as t. */
struct expr *
param_coerce(struct binder *b, struct expr *x, const struct type *t, int position)
{
	oid_t *known = &b->env->param_types[x->number - 1];
	const struct type *base = base_type(t, NULL);

	if (*known == 0 || *known == OID_UNKNOWN) {
		*known = t->oid;
	} else if (*known != t->oid && *known != base->oid) {
		bind_error(b, x->position, ERR_AMBIGUOUS_PARAMETER,
			   "inconsistent types deduced for parameter $%d", x->number);
		err_detail(b->e, "%s versus %s", type_show(b, type_of(b, *known)), type_show(b, t));
		return NULL;
	}
	struct expr *r = expr_new(b->arena, EXPR_PARAM, t, 0);
	r->number = x->number;
	r->position = x->position != 0 ? x->position : position;
	return r;
}

static int
check_param(struct expr *x, void *arg)
{
	struct binder *b = arg;

	if (x->kind != EXPR_PARAM)
		return 0;
	oid_t known = b->env->param_types[x->number - 1];
	if (known != 0 && known != OID_UNKNOWN && x->type->oid != known &&
	    x->type->oid == OID_UNKNOWN) {
		bind_error(b, x->position, ERR_AMBIGUOUS_PARAMETER,
			   "could not determine data type of parameter $%d", x->number);
		return 1;
	}
	return 0;
}

/* Every number up to the highest must have a type, used or not. */
int
params_check(struct binder *b, struct query *q)
{
	struct bind_env *env = b->env;

	if (q != NULL && query_walk(q, check_param, b) != 0)
		return b->e->code;
	for (int i = 0; i < env->nparams; i++)
		if (env->param_types[i] == 0 || env->param_types[i] == OID_UNKNOWN)
			return bind_error(b, 0, ERR_INDETERMINATE_DATATYPE,
					  "could not determine data type of parameter $%d", i + 1);
	return ERR_OK;
}
