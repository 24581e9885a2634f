/* io_funcs.c - the input and output functions of types under their own names.
 *
 * Clients know types by them (typinput = 'array_in'::regproc); called from SQL they do what
 * the type's methods do.  The receiving ones take an argument that SQL cannot make.
 * Not here: the methods (core/type). */
#include "config.h"
#include "core/func/impl.h"

/* int4in(cstring), varcharin(cstring, oid, int4) ...  Of array_in and its like the second
 * argument says the element's type. */
DEFINE_FUNC(fn_type_in)
{
	const struct type *t = type_builtin(c->func->ret), *elem;
	int32_t typmod = c->nargs > 2 ? (int32_t) args[2].i : -1;

	if (t->oid == OID_ANYARRAY && c->nargs > 1) {
		elem = type_lookup((oid_t) args[1].i);
		t = elem != NULL && elem->array != 0 ? type_lookup(elem->array) : t;
	}
	if (t->kind == TYPE_PSEUDO || t->ops->in == NULL)
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED, "cannot accept a value of type %s",
		               type_sql_name(t));
	return t->ops->in(t, &c->env->type, bytes_data(args[0].b), bytes_len(args[0].b), typmod, ret, e);
}

/* Polymorphic types of containers show what they contain; the others have no form. */
static bool
has_form(oid_t t)
{
	return t != OID_ANY && t != OID_ANYELEMENT && t != OID_ANYNONARRAY &&
	       t != OID_ANYCOMPATIBLE && t != OID_ANYCOMPATIBLENONARRAY && t != OID_INTERNAL &&
	       t != OID_TRIGGER && t != OID_EVENT_TRIGGER && t != OID_LANGUAGE_HANDLER;
}

DEFINE_FUNC(fn_type_out)
{
	const struct type *t = c->arg_types[0];
	struct strbuf b;

	if (!has_form(c->func->args[0]))
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED, "cannot display a value of type %s",
		               type_builtin(c->func->args[0])->name);
	strbuf_init(&b, fcall_arena(c));
	t->ops->out(t, &c->env->type, args[0], &b);
	*ret = strbuf_datum(fcall_arena(c), &b);
	return ERR_OK;
}

DEFINE_FUNC(fn_type_send)
{
	const struct type *t = c->arg_types[0];
	struct strbuf b;

	strbuf_init(&b, fcall_arena(c));
	t->ops->send(t, &c->env->type, args[0], &b);
	*ret = strbuf_datum(fcall_arena(c), &b);
	return ERR_OK;
}

DEFINE_FUNC(fn_type_recv)
{
	return err_set(e, ERR_FEATURE_NOT_SUPPORTED, "cannot accept a value of type %s", "internal");
}
