/* json_edit.c - changing jsonb: ||, -, #-, jsonb_set, jsonb_insert, strip, pretty.
 *
 * Not here: looking (json_funcs.c), making (json_build.c). */
#include "config.h"
#include "core/func/jsonish.h"

DEFINE_FUNC(fn_jsonb_concat) { return jsonb_concat(fcall_arena(c), args[0].b, args[1].b, &ret->b, e); }

DEFINE_FUNC(fn_jsonb_delete)
{
	const char *key = bytes_data(args[1].b);
	size_t len = bytes_len(args[1].b);

	return jsonb_delete_key(fcall_arena(c), args[0].b, 1, &key, &len, &ret->b, e);
}

DEFINE_FUNC(fn_jsonb_delete_keys)
{
	struct json_keys k;
	int rc = json_keys_open(fcall_arena(c), args[1].b, &k, e), n = 0;

	if (rc != ERR_OK)
		return rc;
	for (int i = 0; i < k.n; i++) {         /* null keys name nothing */
		if (k.key[i] == NULL)
			continue;
		k.key[n] = k.key[i];
		k.len[n++] = k.len[i];
	}
	return jsonb_delete_key(fcall_arena(c), args[0].b, n, k.key, k.len, &ret->b, e);
}

DEFINE_FUNC(fn_jsonb_delete_index)
{
	return jsonb_delete_index(fcall_arena(c), args[0].b, args[1].i, &ret->b, e);
}

/* A path to change something at.  A null element is an error where the path leads to it, and
 * anything where it does not.  *ret_skip: the document is empty, and `empty_ok` says that then
 * there is nothing to do. */
static int
edit_path(struct fcall *c, const union datum *args, bool empty_ok, struct json_keys *ret,
          bool *ret_skip, struct err *e)
{
	struct json_val doc = json_val(args[0].b);
	enum json_kind kind = json_kind(doc);
	bool container = kind == JSON_OBJECT || kind == JSON_ARRAY;
	int rc = json_keys_open(fcall_arena(c), args[1].b, ret, e), at = 0;

	*ret_skip = empty_ok && container && json_count(doc) == 0;
	if (rc != ERR_OK || *ret_skip || !ret->has_null || !container)
		return rc;              /* scalars are refused by whoever edits them */
	while (ret->key[at] != NULL)
		at++;
	if (at == 0 || json_path(doc, at, ret->key, ret->len).p != NULL)
		return err_set(e, ERR_NULL_VALUE_NOT_ALLOWED, "path element at position %d is null",
		               at + 1);
	for (int i = at; i < ret->n; i++)
		if (ret->key[i] == NULL)
			ret->key[i] = "";
	return ERR_OK;
}

DEFINE_FUNC(fn_jsonb_delete_path)
{
	struct json_keys k;
	bool skip = false;
	int rc = edit_path(c, args, true, &k, &skip, e);

	*ret = args[0];
	if (rc != ERR_OK || skip)
		return rc;
	return jsonb_delete_path(fcall_arena(c), args[0].b, k.n, k.key, k.len, &ret->b, e);
}

DEFINE_FUNC(fn_jsonb_set)
{
	struct json_keys k;
	bool skip = false, create = args[3].i != 0;
	int rc = edit_path(c, args, !create, &k, &skip, e);

	*ret = args[0];
	if (rc != ERR_OK || skip)
		return rc;
	return jsonb_set(fcall_arena(c), args[0].b, k.n, k.key, k.len, args[2].b, create, &ret->b, e);
}

DEFINE_FUNC(fn_jsonb_insert)
{
	struct json_keys k;
	bool skip = false;
	int rc = edit_path(c, args, false, &k, &skip, e);

	if (rc != ERR_OK)
		return rc;
	return jsonb_insert(fcall_arena(c), args[0].b, k.n, k.key, k.len, args[2].b,
	                    args[3].i != 0, &ret->b, e);
}

static bool
text_is(union datum d, const char *s)
{
	return bytes_len(d.b) == strlen(s) && memcmp(d.b->data, s, strlen(s)) == 0;
}

/* jsonb_set that may be given a null value, and is told what it then means. */
DEFINE_FUNC(fn_jsonb_set_lax)
{
	union datum v[4] = { args[0], args[1], args[2], args[3] };

	if (nulls[0] || nulls[1] || nulls[3]) {
		*ret_null = true;
		return ERR_OK;
	}
	if (nulls[4])
		goto unknown;
	if (!nulls[2])
		return fn_jsonb_set(c, v, NULL, ret, ret_null, e);
	if (text_is(args[4], "raise_exception")) {
		err_set(e, ERR_NULL_VALUE_NOT_ALLOWED, "JSON value must not be null");
		err_detail(e, "Exception was raised because null_value_treatment is \"raise_exception\".");
		return err_hint(e, "To avoid, either change the null_value_treatment argument or ensure that an SQL NULL is not passed.");
	}
	if (text_is(args[4], "use_json_null")) {
		v[2] = text_datum(fcall_arena(c), "null", 4);
		return fn_jsonb_set(c, v, NULL, ret, ret_null, e);
	}
	if (text_is(args[4], "delete_key"))
		return fn_jsonb_delete_path(c, args, NULL, ret, ret_null, e);
	if (text_is(args[4], "return_target")) {
		*ret = args[0];
		return ERR_OK;
	}
unknown:
	return err_set(e, ERR_INVALID_PARAMETER_VALUE,
	               "null_value_treatment must be \"delete_key\", \"return_target\", "
	               "\"use_json_null\", or \"raise_exception\"");
}

DEFINE_FUNC(fn_jsonb_strip_nulls)
{
	ret->b = jsonb_strip_nulls(fcall_arena(c), args[0].b);
	return ERR_OK;
}

DEFINE_FUNC(fn_json_strip_nulls)
{
	struct strbuf b;

	strbuf_init(&b, fcall_arena(c));
	json_strip_nulls(json_val(args[0].b), &b);
	*ret = strbuf_datum(fcall_arena(c), &b);
	return ERR_OK;
}

DEFINE_FUNC(fn_jsonb_pretty)
{
	struct strbuf b;

	strbuf_init(&b, fcall_arena(c));
	jsonb_pretty(args[0].b, &b);
	*ret = strbuf_datum(fcall_arena(c), &b);
	return ERR_OK;
}
