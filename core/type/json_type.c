/* json_type.c - the methods of json and jsonb, and jsonb's casts to numbers and booleans. */
#include "config.h"
#include "core/type/json_lex.h"
#include "core/type/ops.h"
#include "core/type/text.h"

static int
in_json(const struct type *t UNUSED, struct type_env *env, const char *s, size_t len,
        int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	int rc = json_check(s, len, e);

	if (rc == ERR_OK)
		*ret = datum_bytes(bytes_make(env->arena, s, len));
	return rc;
}

static void
out_json(const struct type *t UNUSED, struct type_env *env UNUSED, union datum d, struct strbuf *to)
{
	strbuf_add(to, bytes_data(d.b), bytes_len(d.b));
}

static int
recv_json(const struct type *t, struct type_env *env, const void *p, size_t len, int32_t typmod,
          union datum *ret, struct err *e)
{
	int rc = utf8_check(p, len, e);

	return rc != ERR_OK ? rc : in_json(t, env, p, len, typmod, ret, e);
}

const struct type_ops type_ops_json = {
	.in = in_json, .out = out_json, .recv = recv_json, .send = out_json,
};

static int
in_jsonb(const struct type *t UNUSED, struct type_env *env, const char *s, size_t len,
         int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	return jsonb_parse(env->arena, s, len, &ret->b, e);
}

/* A version byte, then the text. */
static int
recv_jsonb(const struct type *t UNUSED, struct type_env *env, const void *p, size_t len,
           int32_t typmod UNUSED, union datum *ret, struct err *e)
{
	if (len < 1)
		return bad_binary(e, len, 1);
	int version = *(const unsigned char *) p;
	if (version != 1)
		return err_set(e, ERR_INTERNAL_ERROR, "unsupported jsonb version number %d",
			       version);
	int rc = utf8_check((const char *) p + 1, len - 1, e);
	return rc != ERR_OK ? rc
			    : jsonb_parse(env->arena, (const char *) p + 1, len - 1, &ret->b, e);
}

static void
send_jsonb(const struct type *t UNUSED, struct type_env *env UNUSED, union datum d,
	   struct strbuf *to)
{
	strbuf_putc(to, 1);
	strbuf_add(to, bytes_data(d.b), bytes_len(d.b));
}

static int
cmp_jsonb(const struct type *t UNUSED, union datum a, union datum b)
{
	return jsonb_cmp(a.b, b.b);
}

static uint64_t
hash_jsonb(const struct type *t UNUSED, union datum d)
{
	return jsonb_hash(d.b);
}

static void
key_jsonb(const struct type *t UNUSED, union datum d, struct strbuf *to)
{
	jsonb_key(d.b, to);
}

const struct type_ops type_ops_jsonb = {
	.in = in_jsonb, .out = out_json, .recv = recv_jsonb, .send = send_jsonb,
	.cmp = cmp_jsonb, .hash = hash_jsonb, .key = key_jsonb,
};

/* ---- Casts */

static int
cannot_cast(struct json_val v, const char *type, struct err *e)
{
	static const char *const names[] = { "null",    "string", "numeric", "boolean",
					     "boolean", "array",  "object" };

	return err_set(e, ERR_INVALID_PARAMETER_VALUE, "cannot cast jsonb %s to type %s",
		       names[json_kind(v)], type);
}

int
jsonb_to_numeric(struct arena *a, const struct bytes *b, const char *type, numeric_t *ret,
		 struct err *e)
{
	struct json_val v = json_val(b);

	if (json_kind(v) != JSON_NUMBER)
		return cannot_cast(v, type, e);
	return numeric_parse(a, v.p, v.len, -1, ret, e);
}

int
jsonb_to_bool(const struct bytes *b, bool *ret, struct err *e)
{
	struct json_val v = json_val(b);
	enum json_kind kind = json_kind(v);

	if (kind != JSON_TRUE && kind != JSON_FALSE)
		return cannot_cast(v, "boolean", e);
	*ret = kind == JSON_TRUE;
	return ERR_OK;
}
