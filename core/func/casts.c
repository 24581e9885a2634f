/* casts.c - conversions that belong to no single family: between the string types, to bool,
 * and fitting a value to a typmod.
 * Not here: numbers (int.c, float.c, numeric_funcs.c), dates (datetime_funcs.c). */
#include "config.h"
#include "core/func/impl.h"

#include "core/type/text.h"

enum { NAME_BYTES_MAX = 63 };

/* varchar(x, typmod, explicit), numeric(x, typmod) ...: what the type itself knows. */
DEFINE_FUNC(fn_coerce_typmod)
{
	const struct type *t = c->arg_types[0];

	if (t->ops->coerce == NULL) {
		*ret = args[0];
		return ERR_OK;
	}
	return t->ops->coerce(t, &c->env->type, args[0], (int32_t) args[1].i,
	                      c->nargs > 2 ? args[2].i != 0 : true, ret, e);
}

/* The same bytes under another name: name to text, varchar to text ... */
DEFINE_FUNC(fn_string_same) { *ret = args[0]; return ERR_OK; }

/* char(n) to text drops the padding. */
DEFINE_FUNC(fn_bpchar_to_text)
{
	size_t len;
	const char *s = arg_text(args[0], &len);

	while (len > 0 && s[len - 1] == ' ')
		len--;
	*ret = text_datum(fcall_arena(c), s, len);
	return ERR_OK;
}

DEFINE_FUNC(fn_text_to_name)
{
	size_t len;
	const char *s = arg_text(args[0], &len);

	*ret = text_datum(fcall_arena(c), s, utf8_clip(s, len, NAME_BYTES_MAX));
	return ERR_OK;
}

DEFINE_FUNC(fn_bpchar_to_name)
{
	size_t len;
	const char *s = arg_text(args[0], &len);

	len = utf8_clip(s, len, NAME_BYTES_MAX);
	while (len > 0 && s[len - 1] == ' ')
		len--;
	*ret = text_datum(fcall_arena(c), s, len);
	return ERR_OK;
}

/* "char": one byte; as text, 0 is empty and a byte above 127 is \ooo. */
DEFINE_FUNC(fn_char_to_text)
{
	const struct type *t = c->arg_types[0];
	struct strbuf b;

	strbuf_init(&b, fcall_arena(c));
	t->ops->out(t, &c->env->type, args[0], &b);
	*ret = strbuf_datum(fcall_arena(c), &b);
	return ERR_OK;
}

DEFINE_FUNC(fn_text_to_char)
{
	const struct type *t = type_builtin(OID_CHAR);

	return t->ops->in(t, &c->env->type, bytes_data(args[0].b), bytes_len(args[0].b), -1, ret, e);
}

DEFINE_FUNC(fn_bool_to_text)
{
	*ret = cstring_datum(fcall_arena(c), args[0].i != 0 ? "true" : "false");
	return ERR_OK;
}

/* ---- booleans as functions */
DEFINE_FUNC(fn_bool_and) { ret->i = args[0].i != 0 && args[1].i != 0; return ERR_OK; }
DEFINE_FUNC(fn_bool_or)  { ret->i = args[0].i != 0 || args[1].i != 0; return ERR_OK; }
