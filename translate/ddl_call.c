/* ddl_call.c - CALL.
 *
 * Arguments are written for OUT parameters too, but a procedure is known by its inputs: those others
 * are taken out before it is looked up.
 *
 * Not here: the procedure itself (ddl_function.c), matching arguments (call.c). */
#include "config.h"
#include "core/func/user.h"
#include "translate/utility.h"

#include <string.h>

static const char *
call_signature(struct binder *b, const struct expr *x)
{
	struct strbuf s;

	strbuf_init(&s, b->arena);
	strbuf_printf(&s, "%s(", x->func->name);
	for (int i = 0; i < x->nargs; i++)
		strbuf_printf(&s, "%s%s", i > 0 ? ", " : "", type_show(b, x->args[i]->type));
	strbuf_putc(&s, ')');
	return s.data;
}

/* OUT arguments are written in a CALL but not evaluated; they only tell a parameter its type. */
static int
skip_out_argument(struct binder *b, struct scope *s, Node *arg, const struct type *t)
{
	struct expr *x = bind_expr(b, s, arg);

	return x != NULL && coerce_to(b, x, t, -1, COERCE_IMPLICIT, 'i', 0) != NULL ? ERR_OK : b->e->code;
}

/* The parameter that argument i of a call is for; -1: none. */
static int
parameter_of(const struct function *f, const PgQuery__FuncCall *c, size_t i)
{
	if (c->args[i]->node_case != PG_QUERY__NODE__NODE_NAMED_ARG_EXPR)
		return (int) i < f->nall ? (int) i : -1;
	for (int k = 0; k < f->nall; k++)
		if (strcmp(f->all_names[k], c->args[i]->named_arg_expr->name) == 0)
			return k;
	return -1;
}

static bool
has_out_parameters(const struct function *f)
{
	return f->kind == FUNC_PROCEDURE && strchr(f->all_modes, 'o') != NULL;
}

/* Are arguments written for all OUT parameters, and no more than there are parameters? */
static bool
call_fits(const struct function *f, const PgQuery__FuncCall *c)
{
	size_t outs = 0, given = 0;

	for (int k = 0; k < f->nall; k++)
		outs += f->all_modes[k] == 'o';
	for (size_t i = 0; i < c->n_args; i++) {
		int k = parameter_of(f, c, i);

		if (k < 0)
			return false;
		given += f->all_modes[k] == 'o';
	}
	return given == outs;
}

/* The call without the arguments of OUT parameters. */
static int
drop_out_arguments(struct binder *b, struct scope *s, const PgQuery__FuncCall *c, PgQuery__FuncCall *to)
{
	const char *schema = c->n_funcname > 1 ? node_str(c->funcname[c->n_funcname - 2]) : NULL;
	const struct function *def = NULL;
	struct list named = { 0 };

	functions_named(b, schema, node_str(c->funcname[c->n_funcname - 1]), &named);
	for (int i = 0; i < named.n && def == NULL; i++) {
		const struct function *f = func_definition(named.at[i]);

		if (f != NULL && has_out_parameters(f) && call_fits(f, c))
			def = f;
	}
	*to = *c;
	if (def == NULL)
		return ERR_OK;
	to->args = ARENA_ARRAY(b->arena, PgQuery__Node *, c->n_args);
	to->n_args = 0;
	for (size_t i = 0; i < c->n_args; i++) {
		int k = parameter_of(def, c, i);
		Node *arg = c->args[i];

		if (def->all_modes[k] != 'o') {
			to->args[to->n_args++] = c->args[i];
			continue;
		}
		if (arg->node_case == PG_QUERY__NODE__NODE_NAMED_ARG_EXPR)
			arg = arg->named_arg_expr->arg;
		if (skip_out_argument(b, s, arg, type_of(b, def->all_types[k])) != ERR_OK)
			return b->e->code;
	}
	return ERR_OK;
}

/* CALL p(...): its OUT and INOUT parameters come back as a row. */
int
bind_call(struct binder *b, const PgQuery__CallStmt *c, struct statement *st)
{
	struct scope s;
	struct query *q = query_new(b->arena, QUERY_SELECT, NULL);
	PgQuery__FuncCall call;

	scope_init(&s, NULL, q);
	s.place = PLACE_CALL;
	/* Drivers say void for what they do not know. */
	for (int i = 0; i < b->env->nparams; i++)
		if (b->env->param_types[i] == OID_VOID)
			b->env->param_types[i] = OID_UNKNOWN;
	if (drop_out_arguments(b, &s, c->funccall, &call) != ERR_OK)
		return b->e->code;
	b->calling = true;
	struct expr *x = bind_func_call(b, &s, &call);
	b->calling = false;
	if (x == NULL)
		return b->e->code;
	if (func_definition(x->func) != NULL && has_out_parameters(func_definition(x->func)) &&
	    call.args == c->funccall->args) {
		bind_error(b, at(b, call.location), ERR_UNDEFINED_FUNCTION,
			   "procedure %s does not exist", call_signature(b, x));
		return err_hint(b->e, "No procedure matches the given name and argument types. You "
				      "might need to add explicit type casts.");
	}
	if (x->func->nouts == 0) {
		struct cmd_call *cmd = COMMAND_NEW(b, cmd_call, CMD_CALL, st);
		cmd->call = x;
		return params_check(b, NULL);
	}
	struct range *r = range_new(b->arena, q, RANGE_FUNCTION, x->func->name, x->func->nouts);
	list_push(&r->funcs, b->arena, x);
	for (int i = 0; i < x->func->nouts; i++) {
		const struct type *t = type_of(b, x->func->outs[i].type);
		const char *name = x->func->outs[i].name;

		r->cols[i] = (struct range_column){ name != NULL ? name : printf_str(b, "column%d", i + 1),
						    t, -1, type_default_collation(t) };
		query_add_target(b->arena, q, expr_var(b->arena, r, i + 1), r->cols[i].name);
	}
	list_push(&q->from, b->arena, from_range(b->arena, r));
	st->kind = STMT_QUERY;
	st->uncounted = true;
	st->query = q;
	return params_check(b, q);
}
