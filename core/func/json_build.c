/* json_build.c - making json and jsonb from SQL values, in calls and aggregates.
 *
 * jsonb arrays are written down directly: their elements are in jsonb's own form.  jsonb
 * objects are written in the order of the arguments and then parsed, which sorts the keys and
 * lets the last of equal keys win.
 * Not here: how one value becomes JSON text (core/type/json.h). */
#include "config.h"
#include "core/func/jsonish.h"

#include "core/func/agg.h"
#include "core/type/array.h"

void
json_put_value(struct strbuf *to, const struct type *t, union datum d, bool null,
               struct type_env *env)
{
	if (null)
		strbuf_puts(to, "null");
	else
		json_put_datum(to, t, d, env);
}

int
jsonb_put_value(struct strbuf *to, const struct type *t, union datum d, bool null,
                struct type_env *env, struct err *e)
{
	if (!null)
		return jsonb_put_datum(to, t, d, env, e);
	strbuf_puts(to, "null");
	return ERR_OK;
}

int
json_put_key(struct strbuf *to, const struct type *t, union datum d, struct type_env *env,
             struct err *e)
{
	struct strbuf b;

	if (type_is_array(t) || t->oid == OID_JSON || t->oid == OID_JSONB || t->oid == OID_RECORD ||
	    t->kind == TYPE_COMPOSITE)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
		               "key value must be scalar, not array, composite, or json");
	strbuf_init(&b, env->arena);
	json_put_datum(&b, t, d, env);
	if (b.len > 0 && b.data[0] == '"')
		strbuf_add(to, b.data, b.len);
	else
		json_put_string(to, b.data, b.len);
	return ERR_OK;
}

/* ---- One value */
DEFINE_FUNC(fn_to_json)
{
	struct strbuf b;

	strbuf_init(&b, fcall_arena(c));
	json_put_datum(&b, c->arg_types[0], args[0], &c->env->type);
	*ret = strbuf_datum(fcall_arena(c), &b);
	return ERR_OK;
}

DEFINE_FUNC(fn_to_jsonb)
{
	struct strbuf b;

	strbuf_init(&b, fcall_arena(c));
	int rc = jsonb_put_datum(&b, c->arg_types[0], args[0], &c->env->type, e);
	if (rc == ERR_OK)
		*ret = strbuf_datum(fcall_arena(c), &b);
	return rc;
}

/* array_to_json(a, true): a line for each element of the first dimension. */
DEFINE_FUNC(fn_array_to_json_pretty)
{
	struct json_val key, v;
	bool first = true;
	struct strbuf b;

	int rc = fn_to_json(c, args, NULL, ret, ret_null, e);
	if (rc != ERR_OK || args[1].i == 0)
		return rc;
	strbuf_init(&b, fcall_arena(c));
	strbuf_putc(&b, '[');
	for (struct json_iter it = json_iter(json_val(ret->b)); json_next(&it, &key, &v); first = false) {
		if (!first)
			strbuf_puts(&b, ",\n ");
		strbuf_add(&b, v.p, v.len);
	}
	strbuf_putc(&b, ']');
	*ret = strbuf_datum(fcall_arena(c), &b);
	return ERR_OK;
}

DEFINE_FUNC(fn_row_to_json_pretty)
{
	struct json_val key, v;
	bool first = true;
	struct strbuf b;

	int rc = fn_to_json(c, args, NULL, ret, ret_null, e);
	if (rc != ERR_OK || args[1].i == 0)
		return rc;
	strbuf_init(&b, fcall_arena(c));
	strbuf_putc(&b, '{');
	for (struct json_iter it = json_iter(json_val(ret->b)); json_next(&it, &key, &v); first = false) {
		if (!first)
			strbuf_puts(&b, ",\n ");
		strbuf_putc(&b, '"');
		strbuf_add(&b, key.p, key.len);
		strbuf_puts(&b, "\":");
		strbuf_add(&b, v.p, v.len);
	}
	strbuf_putc(&b, '}');
	*ret = strbuf_datum(fcall_arena(c), &b);
	return ERR_OK;
}

/* ---- VARIADIC "any": the arguments, or the elements of one array */
struct values {
	int n;
	const struct type *const *types;        /* NULL: all of `elem` */
	const struct type *elem;
	const union datum *v;
	const bool *nulls;
};

static bool
collect(struct fcall *c, const union datum *args, const bool *nulls, struct values *ret)
{
	if (!c->variadic) {
		*ret = (struct values) { c->nargs, c->arg_types, NULL, args, nulls };
		return true;
	}
	if (nulls[0])
		return false;
	struct array a;
	union datum *v = NULL;
	bool *n = NULL;
	array_open_type(c->arg_types[0], args[0].b, &a);
	(void) array_to_datums(&a, fcall_arena(c), &v, &n);
	*ret = (struct values) { a.n, NULL, c->arg_types[0]->elem, v, n };
	return true;
}

static inline const struct type *
values_type(const struct values *v, int i)
{
	return v->types != NULL ? v->types[i] : v->elem;
}

static inline bool
values_null(const struct values *v, int i)
{
	return v->nulls != NULL && v->nulls[i];
}

DEFINE_FUNC(fn_json_build_array)
{
	struct values in;
	struct strbuf b;

	if (!collect(c, args, nulls, &in)) {
		*ret_null = true;
		return ERR_OK;
	}
	strbuf_init(&b, fcall_arena(c));
	strbuf_putc(&b, '[');
	for (int i = 0; i < in.n; i++) {
		if (i > 0)
			strbuf_puts(&b, ", ");
		json_put_value(&b, values_type(&in, i), in.v[i], values_null(&in, i), &c->env->type);
	}
	strbuf_putc(&b, ']');
	*ret = strbuf_datum(fcall_arena(c), &b);
	return ERR_OK;
}

DEFINE_FUNC(fn_jsonb_build_array)
{
	struct values in;
	struct strbuf b;

	if (!collect(c, args, nulls, &in)) {
		*ret_null = true;
		return ERR_OK;
	}
	strbuf_init(&b, fcall_arena(c));
	strbuf_putc(&b, '[');
	for (int i = 0; i < in.n; i++) {
		if (i > 0)
			strbuf_puts(&b, ", ");
		int rc = jsonb_put_value(&b, values_type(&in, i), in.v[i], values_null(&in, i),
		                         &c->env->type, e);
		if (rc != ERR_OK)
			return rc;
	}
	strbuf_putc(&b, ']');
	*ret = strbuf_datum(fcall_arena(c), &b);
	return ERR_OK;
}

static int
check_pairs(const struct fcall *c, const struct values *in, struct err *e)
{
	if (in->n % 2 == 0)
		return ERR_OK;
	err_set(e, ERR_INVALID_PARAMETER_VALUE, "argument list must have even number of elements");
	return err_hint(e, "The arguments of %s() must consist of alternating keys and values.",
	                c->func->name);
}

DEFINE_FUNC(fn_json_build_object)
{
	struct values in;
	struct strbuf b;

	if (!collect(c, args, nulls, &in)) {
		*ret_null = true;
		return ERR_OK;
	}
	int rc = check_pairs(c, &in, e);
	strbuf_init(&b, fcall_arena(c));
	strbuf_putc(&b, '{');
	for (int i = 0; rc == ERR_OK && i < in.n; i += 2) {
		if (i > 0)
			strbuf_puts(&b, ", ");
		if (values_null(&in, i)) {
			err_set(e, ERR_INVALID_PARAMETER_VALUE, "argument %d cannot be null", i + 1);
			return err_hint(e, "Object keys should be text.");
		}
		rc = json_put_key(&b, values_type(&in, i), in.v[i], &c->env->type, e);
		strbuf_puts(&b, " : ");
		if (rc == ERR_OK)
			json_put_value(&b, values_type(&in, i + 1), in.v[i + 1],
			               values_null(&in, i + 1), &c->env->type);
	}
	if (rc != ERR_OK)
		return rc;
	strbuf_putc(&b, '}');
	*ret = strbuf_datum(fcall_arena(c), &b);
	return ERR_OK;
}

DEFINE_FUNC(fn_jsonb_build_object)
{
	struct values in;
	struct strbuf b;

	if (!collect(c, args, nulls, &in)) {
		*ret_null = true;
		return ERR_OK;
	}
	int rc = check_pairs(c, &in, e);
	strbuf_init(&b, fcall_arena(c));
	strbuf_putc(&b, '{');
	for (int i = 0; rc == ERR_OK && i < in.n; i += 2) {
		if (i > 0)
			strbuf_puts(&b, ", ");
		if (values_null(&in, i))
			return err_set(e, ERR_INVALID_PARAMETER_VALUE,
			               "argument %d: key must not be null", i + 1);
		rc = json_put_key(&b, values_type(&in, i), in.v[i], &c->env->type, e);
		strbuf_puts(&b, ": ");
		if (rc == ERR_OK)
			rc = jsonb_put_value(&b, values_type(&in, i + 1), in.v[i + 1],
			                     values_null(&in, i + 1), &c->env->type, e);
	}
	if (rc != ERR_OK)
		return rc;
	strbuf_putc(&b, '}');
	return jsonb_parse(fcall_arena(c), b.data, b.len, &ret->b, e);
}

/* ---- json_object(text[]), json_object(keys, values) */
static int
put_pair(struct strbuf *to, union datum key, bool key_null, union datum v, bool null, struct err *e)
{
	if (key_null)
		return err_set(e, ERR_NULL_VALUE_NOT_ALLOWED, "null value not allowed for object key");
	if (to->len > 1)
		strbuf_puts(to, ", ");
	json_put_string(to, bytes_data(key.b), bytes_len(key.b));
	strbuf_puts(to, " : ");
	if (null)
		strbuf_puts(to, "null");
	else
		json_put_string(to, bytes_data(v.b), bytes_len(v.b));
	return ERR_OK;
}

/* Texts laid out flat; dimension checks as each form demands. */
struct texts { int n, ndim; union datum *v; bool *nulls; };

static int
open_texts(struct fcall *c, union datum arg, bool pairs, struct texts *ret, struct err *e)
{
	struct array a;

	array_open(type_builtin(OID_TEXT), arg.b, &a);
	if (pairs && a.ndim == 1 && a.dim[0] % 2 != 0)
		return err_set(e, ERR_ARRAY_SUBSCRIPT_ERROR, "array must have even number of elements");
	if (pairs && a.ndim == 2 && a.dim[1] != 2)
		return err_set(e, ERR_ARRAY_SUBSCRIPT_ERROR, "array must have two columns");
	if (pairs && a.ndim > 2)
		return err_set(e, ERR_ARRAY_SUBSCRIPT_ERROR, "wrong number of array subscripts");
	ret->n = a.n;
	ret->ndim = a.ndim;
	ret->v = NULL;
	ret->nulls = NULL;
	(void) array_to_datums(&a, fcall_arena(c), &ret->v, &ret->nulls);
	return ERR_OK;
}

static inline bool texts_null(const struct texts *t, int i) { return t->nulls != NULL && t->nulls[i]; }

DEFINE_FUNC(fn_json_object)
{
	struct texts k, v;
	struct strbuf b;
	int step = c->nargs == 1 ? 2 : 1, rc = open_texts(c, args[0], step == 2, &k, e);

	if (rc != ERR_OK)
		return rc;
	v = k;
	if (c->nargs > 1) {
		rc = open_texts(c, args[1], false, &v, e);
		if (rc != ERR_OK)
			return rc;
		if (k.ndim > 1 || k.ndim != v.ndim)
			return err_set(e, ERR_ARRAY_SUBSCRIPT_ERROR, "wrong number of array subscripts");
		if (v.n != k.n)
			return err_set(e, ERR_ARRAY_SUBSCRIPT_ERROR, "mismatched array dimensions");
	}
	strbuf_init(&b, fcall_arena(c));
	strbuf_putc(&b, '{');
	for (int i = 0; i < k.n; i += step) {
		int at = i + step - 1;
		rc = put_pair(&b, k.v[i], texts_null(&k, i), v.v[at], texts_null(&v, at), e);
		if (rc != ERR_OK)
			return rc;
	}
	strbuf_putc(&b, '}');
	*ret = strbuf_datum(fcall_arena(c), &b);
	return ERR_OK;
}

DEFINE_FUNC(fn_jsonb_object)
{
	int rc = fn_json_object(c, args, NULL, ret, ret_null, e);

	if (rc != ERR_OK)
		return rc;
	return jsonb_parse(fcall_arena(c), bytes_data(ret->b), bytes_len(ret->b), &ret->b, e);
}
