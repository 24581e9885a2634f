/* agg_json.c - json_agg, jsonb_agg, json_object_agg, jsonb_object_agg.
 *
 * The state is the text so far.  Nulls are elements, so steps see them. */
#include "config.h"
#include "core/func/agg.h"

#include "core/func/jsonish.h"

struct json_state { struct strbuf text; bool any; };

static struct strbuf *
next_item(struct agg_call *c, struct json_state *s, const char *open)
{
	if (!s->any) {
		strbuf_init(&s->text, c->arena);
		strbuf_puts(&s->text, open);
	} else {
		strbuf_puts(&s->text, ", ");
	}
	return &s->text;
}

static int
json_agg_step(struct agg_call *c, void *state, const union datum *args, const bool *nulls,
              struct err *e UNUSED)
{
	struct json_state *s = state;
	const struct type *t = c->fcall.arg_types[0];
	struct strbuf *to = next_item(c, s, "[");

	if (s->any && !nulls[0] &&
	    (type_is_array(t) || t->oid == OID_RECORD || t->kind == TYPE_COMPOSITE))
		strbuf_puts(to, "\n ");
	s->any = true;
	json_put_value(to, t, args[0], nulls[0], &c->fcall.env->type);
	return ERR_OK;
}

static int
jsonb_agg_step(struct agg_call *c, void *state, const union datum *args, const bool *nulls,
               struct err *e)
{
	struct json_state *s = state;
	struct strbuf *to = next_item(c, s, "[");

	s->any = true;
	return jsonb_put_value(to, c->fcall.arg_types[0], args[0], nulls[0], &c->fcall.env->type, e);
}

static int
fail_null_name(struct err *e)
{
	return err_set(e, ERR_INVALID_PARAMETER_VALUE, "field name must not be null");
}

static int
json_object_agg_step(struct agg_call *c, void *state, const union datum *args, const bool *nulls,
                     struct err *e)
{
	struct json_state *s = state;
	struct type_env *env = &c->fcall.env->type;

	if (nulls[0])
		return fail_null_name(e);
	struct strbuf *to = next_item(c, s, "{ ");
	s->any = true;
	int rc = json_put_key(to, c->fcall.arg_types[0], args[0], env, e);
	if (rc != ERR_OK)
		return rc;
	strbuf_puts(to, " : ");
	json_put_value(to, c->fcall.arg_types[1], args[1], nulls[1], env);
	return ERR_OK;
}

static int
jsonb_object_agg_step(struct agg_call *c, void *state, const union datum *args, const bool *nulls,
                      struct err *e)
{
	struct json_state *s = state;
	struct type_env *env = &c->fcall.env->type;

	if (nulls[0])
		return fail_null_name(e);
	struct strbuf *to = next_item(c, s, "{");
	s->any = true;
	int rc = json_put_key(to, c->fcall.arg_types[0], args[0], env, e);
	if (rc != ERR_OK)
		return rc;
	strbuf_puts(to, ": ");
	return jsonb_put_value(to, c->fcall.arg_types[1], args[1], nulls[1], env, e);
}

/* The state itself is left as it is: a window may go on stepping. */
static int
finish(struct agg_call *c, const struct json_state *s, const char *close, union datum *ret,
       bool *ret_null)
{
	size_t n = strlen(close);

	if (!s->any) {
		*ret_null = true;
		return ERR_OK;
	}
	struct bytes *b = bytes_make(fcall_arena(&c->fcall), NULL, s->text.len + n);
	memcpy(b->data, s->text.data, s->text.len);
	memcpy(b->data + s->text.len, close, n);
	ret->b = b;
	return ERR_OK;
}

static int
array_final(struct agg_call *c, void *state, union datum *ret, bool *ret_null, struct err *e UNUSED)
{
	return finish(c, state, "]", ret, ret_null);
}

static int
json_object_final(struct agg_call *c, void *state, union datum *ret, bool *ret_null,
                  struct err *e UNUSED)
{
	return finish(c, state, " }", ret, ret_null);
}

static int
jsonb_object_final(struct agg_call *c, void *state, union datum *ret, bool *ret_null, struct err *e)
{
	int rc = finish(c, state, "}", ret, ret_null);

	if (rc != ERR_OK || *ret_null)
		return rc;
	return jsonb_parse(fcall_arena(&c->fcall), bytes_data(ret->b), bytes_len(ret->b), &ret->b, e);
}

#define JSON_AGG(name, how, finishing) \
	const struct agg agg_##name = { \
		.state_size = sizeof(struct json_state), .step = how, .final = finishing, \
	}
JSON_AGG(json, json_agg_step, array_final);
JSON_AGG(jsonb, jsonb_agg_step, array_final);
JSON_AGG(json_object, json_object_agg_step, json_object_final);
JSON_AGG(jsonb_object, jsonb_object_agg_step, jsonb_object_final);
