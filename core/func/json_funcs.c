/* json_funcs.c - looking into json and jsonb: ->, #>, @>, keys, elements, casts.
 *
 * Both types are checked text, so one implementation serves both unless their error texts
 * differ; those look at the argument's type.
 * Not here: making json (json_build.c), changing jsonb (json_edit.c). */
#include "config.h"
#include "core/func/jsonish.h"

#include "core/type/array.h"

static inline bool
is_jsonb(const struct fcall *c)
{
	return c->func->args[0] == OID_JSONB;
}

static int
give_val(struct fcall *c, struct json_val v, union datum *ret, bool *ret_null)
{
	if (v.p == NULL)
		*ret_null = true;
	else
		*ret = text_datum(fcall_arena(c), v.p, v.len);
	return ERR_OK;
}

static int
give_text(struct fcall *c, struct json_val v, union datum *ret, bool *ret_null)
{
	if (v.p == NULL || !json_as_text(v, fcall_arena(c), &ret->b))
		*ret_null = true;
	return ERR_OK;
}

/* ---- -> and ->> */
static struct json_val
field(const union datum *args)
{
	return json_get(json_val(args[0].b), bytes_data(args[1].b), bytes_len(args[1].b));
}

DEFINE_FUNC(fn_json_field)        { return give_val(c, field(args), ret, ret_null); }
DEFINE_FUNC(fn_json_field_text)   { return give_text(c, field(args), ret, ret_null); }

/* To jsonb a scalar is an array of itself, when asked for an element. */
static struct json_val
element(const struct fcall *c, const union datum *args)
{
	struct json_val v = json_val(args[0].b);

	if (is_jsonb(c) && json_kind(v) < JSON_ARRAY)
		return args[1].i == 0 || args[1].i == -1 ? v : (struct json_val) { NULL, 0 };
	return json_at(v, args[1].i);
}

DEFINE_FUNC(fn_json_element)      { return give_val(c, element(c, args), ret, ret_null); }
DEFINE_FUNC(fn_json_element_text) { return give_text(c, element(c, args), ret, ret_null); }

/* ---- #> and #>> */
/* Whatever the array's shape. */
static struct json_keys
flat_keys(struct arena *ar, const struct bytes *array)
{
	struct json_keys k = { 0 };
	struct array a;
	union datum d;
	bool null;

	array_open(type_builtin(OID_TEXT), array, &a);
	k.key = ARENA_ARRAY(ar, const char *, a.n + 1);
	k.len = ARENA_ARRAY(ar, size_t, a.n + 1);
	for (struct array_iter it = array_iter(&a); array_next(&it, &d, &null); k.n++) {
		k.has_null = k.has_null || null;
		k.key[k.n] = null ? NULL : arena_strndup(ar, bytes_data(d.b), bytes_len(d.b));
		k.len[k.n] = null ? 0 : bytes_len(d.b);
	}
	return k;
}

int
json_keys_open(struct arena *ar, const struct bytes *array, struct json_keys *ret, struct err *e)
{
	if (array_ndim(array) > 1)
		return err_set(e, ERR_ARRAY_SUBSCRIPT_ERROR, "wrong number of array subscripts");
	*ret = flat_keys(ar, array);
	return ERR_OK;
}

static bool
is_blank(char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r';
}

static struct json_val
trimmed(struct json_val v)
{
	while (v.len > 0 && is_blank(*v.p)) {
		v.p++;
		v.len--;
	}
	while (v.len > 0 && is_blank(v.p[v.len - 1]))
		v.len--;
	return v;
}

static struct json_val
at_path(struct fcall *c, const union datum *args)
{
	struct json_keys k = flat_keys(fcall_arena(c), args[1].b);

	if (k.n == 0)                   /* the whole document, without blanks around it */
		return trimmed(json_val(args[0].b));
	return k.has_null ? (struct json_val) { NULL, 0 }
	                  : json_path(json_val(args[0].b), k.n, k.key, k.len);
}

DEFINE_FUNC(fn_json_path)      { return give_val(c, at_path(c, args), ret, ret_null); }
DEFINE_FUNC(fn_json_path_text) { return give_text(c, at_path(c, args), ret, ret_null); }

/* ---- Tests */
DEFINE_FUNC(fn_jsonb_contains)  { ret->i = jsonb_contains(args[0].b, args[1].b); return ERR_OK; }
DEFINE_FUNC(fn_jsonb_contained) { ret->i = jsonb_contains(args[1].b, args[0].b); return ERR_OK; }
DEFINE_FUNC(fn_jsonb_exists)
{
	ret->i = jsonb_exists(args[0].b, bytes_data(args[1].b), bytes_len(args[1].b));
	return ERR_OK;
}

static bool
exists_keys(struct fcall *c, const union datum *args, bool all)
{
	struct json_keys k = flat_keys(fcall_arena(c), args[1].b);

	for (int i = 0; i < k.n; i++)
		if (k.key[i] != NULL && jsonb_exists(args[0].b, k.key[i], k.len[i]) != all)
			return !all;
	return all;
}

DEFINE_FUNC(fn_jsonb_exists_any) { ret->i = exists_keys(c, args, false); return ERR_OK; }
DEFINE_FUNC(fn_jsonb_exists_all) { ret->i = exists_keys(c, args, true); return ERR_OK; }

DEFINE_FUNC(fn_json_typeof)
{
	*ret = cstring_datum(fcall_arena(c), json_typeof(json_val(args[0].b)));
	return ERR_OK;
}

DEFINE_FUNC(fn_json_array_length) { return jsonb_array_length(json_val(args[0].b), e, &ret->i); }

/* ---- Rows.  What is not an object or array is refused in the words of each function. */
static int
fail_shape(const struct fcall *c, enum json_kind kind, struct err *e)
{
	const char *name = c->func->name;
	bool b = is_jsonb(c), array = kind == JSON_ARRAY, object = kind == JSON_OBJECT;
	bool each = strstr(name, "_each") != NULL, keys = strstr(name, "_keys") != NULL;

	if (keys)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE, "cannot call %s on %s", name,
		               array ? "an array" : "a scalar");
	if (each)
		return b ? err_set(e, ERR_INVALID_PARAMETER_VALUE,
		                   "cannot call %s on a non-object", name)
		         : err_set(e, ERR_INVALID_PARAMETER_VALUE, "cannot deconstruct %s",
		                   array ? "an array as an object" : "a scalar");
	return b ? err_set(e, ERR_INVALID_PARAMETER_VALUE, "cannot extract elements from %s",
	                   object ? "an object" : "a scalar")
	         : err_set(e, ERR_INVALID_PARAMETER_VALUE, "cannot call %s on a %s", name,
	                   object ? "non-array" : "scalar");
}

static union datum
key_datum(struct fcall *c, struct json_val key)
{
	struct strbuf b;

	strbuf_init(&b, fcall_arena(c));
	json_unescape(key.p, key.len, &b);
	return strbuf_datum(fcall_arena(c), &b);
}

/* One row for each member or element; as text: the second form of every function. */
static int
rows(struct fcall *c, struct json_val doc, enum json_kind want, bool keys, bool values, bool text,
     struct row_sink *to, struct err *e)
{
	struct json_val key, v;
	enum json_kind kind = json_kind(doc);

	if (kind != want)
		return fail_shape(c, kind, e);
	for (struct json_iter it = json_iter(doc); json_next(&it, &key, &v); ) {
		union datum d[2] = { { 0 }, { 0 } };
		bool null[2] = { false, false };
		int n = 0;
		if (keys)
			d[n++] = key_datum(c, key);
		if (values) {
			(void) (text ? give_text(c, v, &d[n], &null[n]) : give_val(c, v, &d[n], &null[n]));
			n++;
		}
		int rc = to->push(to, d, null, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

DEFINE_SRF(fn_json_object_keys)   { return rows(c, json_val(args[0].b), JSON_OBJECT, true, false, false, to, e); }
DEFINE_SRF(fn_json_each)          { return rows(c, json_val(args[0].b), JSON_OBJECT, true, true, false, to, e); }
DEFINE_SRF(fn_json_each_text)     { return rows(c, json_val(args[0].b), JSON_OBJECT, true, true, true, to, e); }
DEFINE_SRF(fn_json_elements)      { return rows(c, json_val(args[0].b), JSON_ARRAY, false, true, false, to, e); }
DEFINE_SRF(fn_json_elements_text) { return rows(c, json_val(args[0].b), JSON_ARRAY, false, true, true, to, e); }

/* ---- Casts of a scalar */
DEFINE_FUNC(fn_jsonb_to_bool)
{
	bool r = false;
	int rc = jsonb_to_bool(args[0].b, &r, e);

	if (rc == ERR_OK)
		ret->i = r;
	return rc;
}

DEFINE_FUNC(fn_jsonb_to_numeric)
{
	return jsonb_to_numeric(fcall_arena(c), args[0].b, "numeric", &ret->b, e);
}

static int
jsonb_to_int(struct fcall *c, const union datum *args, int64_t min, int64_t max, const char *type,
             union datum *ret, struct err *e)
{
	numeric_t n = NULL;
	int rc = jsonb_to_numeric(fcall_arena(c), args[0].b, type, &n, e);

	return rc != ERR_OK ? rc : numeric_to_int(n, min, max, type, &ret->i, e);
}

DEFINE_FUNC(fn_jsonb_to_int2) { return jsonb_to_int(c, args, INT16_MIN, INT16_MAX, "smallint", ret, e); }
DEFINE_FUNC(fn_jsonb_to_int4) { return jsonb_to_int(c, args, INT32_MIN, INT32_MAX, "integer", ret, e); }
DEFINE_FUNC(fn_jsonb_to_int8) { return jsonb_to_int(c, args, INT64_MIN, INT64_MAX, "bigint", ret, e); }

DEFINE_FUNC(fn_jsonb_to_float4)
{
	numeric_t n = NULL;
	int rc = jsonb_to_numeric(fcall_arena(c), args[0].b, "real", &n, e);

	return rc != ERR_OK ? rc : numeric_to_float4(n, &ret->f, e);
}

DEFINE_FUNC(fn_jsonb_to_float8)
{
	numeric_t n = NULL;
	int rc = jsonb_to_numeric(fcall_arena(c), args[0].b, "double precision", &n, e);

	return rc != ERR_OK ? rc : numeric_to_float8(n, &ret->f, e);
}
