/* json_write.c - making JSON text: strings, typed values, documents of known shape. */
#include "config.h"
#include "core/type/json_lex.h"

#include "core/type/array.h"
#include "core/type/datetime.h"
#include "core/type/int.h"
#include "core/type/record.h"

static const char hex[] = "0123456789abcdef";

void
json_put_string(struct strbuf *to, const char *s, size_t len)
{
	const char *end = s + len;

	strbuf_putc(to, '"');
	while (s < end) {
		const char *run = s;
		while (s < end && (unsigned char) *s >= ' ' && *s != '"' && *s != '\\')
			s++;
		strbuf_add(to, run, (size_t) (s - run));
		if (s == end)
			break;
		char c = *s++, esc[6] = { '\\', c };
		size_t n = 2;
		switch (c) {
		case '\b':
			esc[1] = 'b';
			break;
		case '\f':
			esc[1] = 'f';
			break;
		case '\n':
			esc[1] = 'n';
			break;
		case '\r':
			esc[1] = 'r';
			break;
		case '\t':
			esc[1] = 't';
			break;
		case '"':
		case '\\':
			break;
		default:
			memcpy(esc, "\\u00", 4);
			esc[4] = hex[(unsigned char) c >> 4];
			esc[5] = hex[c & 15];
			n = 6;
		}
		strbuf_add(to, esc, n);
	}
	strbuf_putc(to, '"');
}

/* ---- Typed values */

static const struct type *
base_of(const struct type *t)
{
	while (t->kind == TYPE_DOMAIN && t->base != NULL)
		t = t->base;
	return t;
}

bool
json_type_is_quoted(const struct type *t)
{
	t = base_of(t);
	if (type_is_array(t) || t->kind == TYPE_COMPOSITE)
		return false;
	switch (t->oid) {
	case OID_BOOL:
	case OID_INT2:
	case OID_INT4:
	case OID_INT8:
	case OID_FLOAT4:
	case OID_FLOAT8:
	case OID_NUMERIC:
	case OID_JSON:
	case OID_JSONB:
	case OID_RECORD:
		return false;
	default:
		return true;
	}
}

/* Text of a number goes bare if JSON has it: not NaN and Infinity. */
static void
quote_unless_number(struct strbuf *to, size_t at)
{
	char c = to->data[at + (to->data[at] == '-')];

	if (c >= '0' && c <= '9')
		return;
	size_t len = to->len - at;
	(void) strbuf_room(to, 2);
	memmove(to->data + at + 1, to->data + at, len);
	to->data[at] = '"';
	to->data[at + len + 1] = '"';
	strbuf_wrote(to, 2);
}

static void
put_array_level(struct strbuf *to, const struct type *elem, const struct array *a,
		struct array_iter *it, int level, struct type_env *env)
{
	strbuf_putc(to, '[');
	for (int i = 0; i < a->dim[level]; i++) {
		if (i > 0)
			strbuf_putc(to, ',');
		if (level + 1 < a->ndim) {
			put_array_level(to, elem, a, it, level + 1, env);
			continue;
		}
		union datum d;
		bool null;
		array_next(it, &d, &null);
		if (null)
			strbuf_add(to, "null", 4);
		else
			json_put_datum(to, elem, d, env);
	}
	strbuf_putc(to, ']');
}

static void
put_array(struct strbuf *to, const struct type *t, union datum d, struct type_env *env)
{
	struct array a;

	array_open(t->elem, d.b, &a);
	if (a.n == 0) {
		strbuf_add(to, "[]", 2);
		return;
	}
	struct array_iter it = array_iter(&a);
	put_array_level(to, t->elem, &a, &it, 0, env);
}

static void
put_record(struct strbuf *to, const struct type *t, union datum d, struct type_env *env)
{
	struct record r;

	record_open(t, d.b, &r);
	strbuf_putc(to, '{');
	for (int i = 0; i < r.n; i++) {
		bool null;
		const struct type *ft;
		union datum v = record_get(&r, i, &ft, &null);
		char name[16];
		if (i > 0)
			strbuf_putc(to, ',');
		if (i < t->nattrs && t->attrs[i].name != NULL) {
			json_put_string(to, t->attrs[i].name, strlen(t->attrs[i].name));
		} else {
			struct strbuf b = { .data = name, .cap = sizeof name };
			strbuf_putc(&b, 'f');
			int_put(i + 1, &b);
			json_put_string(to, name, b.len);
		}
		strbuf_putc(to, ':');
		if (null || ft == NULL)
			strbuf_add(to, "null", 4);
		else
			json_put_datum(to, ft, v, env);
	}
	strbuf_putc(to, '}');
}

void
json_put_datum(struct strbuf *to, const struct type *t, union datum d, struct type_env *env)
{
	t = base_of(t);
	size_t at = to->len;

	if (type_is_array(t)) {
		put_array(to, t, d, env);
		return;
	}
	if (t->kind == TYPE_COMPOSITE || t->oid == OID_RECORD) {
		put_record(to, t, d, env);
		return;
	}
	switch (t->oid) {
	case OID_BOOL:
		strbuf_puts(to, d.i != 0 ? "true" : "false");
		return;
	case OID_INT2:
	case OID_INT4:
	case OID_INT8:
		int_put(d.i, to);
		return;
	case OID_FLOAT4:
	case OID_FLOAT8:
	case OID_NUMERIC:
		t->ops->out(t, env, d, to);
		quote_unless_number(to, at);
		return;
	case OID_JSON:
	case OID_JSONB:
		strbuf_add(to, bytes_data(d.b), bytes_len(d.b));
		return;
	case OID_DATE:
	case OID_TIMESTAMP:
	case OID_TIMESTAMPTZ:
		strbuf_putc(to, '"');
		datetime_put_json(t->oid, d.i,
				  env != NULL && env->fmt != NULL ? env->fmt->tz : NULL, to);
		strbuf_putc(to, '"');
		return;
	case OID_TEXT:
	case OID_VARCHAR:
	case OID_BPCHAR:
	case OID_NAME:
		json_put_string(to, bytes_data(d.b), bytes_len(d.b));
		return;
	}
	struct strbuf text;
	ARENA_AUTO struct arena tmp = { 0 };
	strbuf_init(&text, &tmp);
	t->ops->out(t, env, d, &text);
	json_put_string(to, text.data, text.len);
}

int
jsonb_put_datum(struct strbuf *to, const struct type *t, union datum d, struct type_env *env,
		struct err *e)
{
	ARENA_AUTO struct arena tmp = { 0 };
	const struct bytes *b;
	struct strbuf text;

	t = base_of(t);
	if (t->oid == OID_JSONB) {
		strbuf_add(to, bytes_data(d.b), bytes_len(d.b));
		return ERR_OK;
	}
	if (json_type_is_quoted(t) || t->oid == OID_BOOL || t->oid == OID_INT2 ||
	    t->oid == OID_INT4 || t->oid == OID_INT8 || t->oid == OID_NUMERIC) {
		json_put_datum(to, t, d, env);
		return ERR_OK;
	}
	strbuf_init(&text, &tmp);
	json_put_datum(&text, t, d, env);
	int rc = jsonb_parse(&tmp, text.data, text.len, &b, e);
	if (rc == ERR_OK)
		strbuf_add(to, bytes_data(b), bytes_len(b));
	return rc;
}

/* ---- Documents */

static void
before(struct json_out *o)
{
	if (!o->first && !o->after_key)
		strbuf_add(o->to, ", ", 2);
	o->first = false;
	o->after_key = false;
}

void
json_out_object(struct json_out *o)
{
	before(o);
	strbuf_putc(o->to, '{');
	o->first = true;
}

void
json_out_object_end(struct json_out *o)
{
	strbuf_putc(o->to, '}');
	o->first = false;
}

void
json_out_array(struct json_out *o)
{
	before(o);
	strbuf_putc(o->to, '[');
	o->first = true;
}

void
json_out_array_end(struct json_out *o)
{
	strbuf_putc(o->to, ']');
	o->first = false;
}

void
json_out_key_n(struct json_out *o, const char *key, size_t len)
{
	before(o);
	json_put_string(o->to, key, len);
	strbuf_add(o->to, ": ", 2);
	o->after_key = true;
}

void
json_out_key(struct json_out *o, const char *key)
{
	json_out_key_n(o, key, strlen(key));
}

void
json_out_null(struct json_out *o)
{
	before(o);
	strbuf_add(o->to, "null", 4);
}

void
json_out_bool(struct json_out *o, bool v)
{
	before(o);
	strbuf_puts(o->to, v ? "true" : "false");
}

void
json_out_int(struct json_out *o, int64_t v)
{
	before(o);
	int_put(v, o->to);
}

void
json_out_double(struct json_out *o, double v)
{
	before(o);
	json_put_datum(o->to, type_builtin(OID_FLOAT8), datum_float(v), NULL);
}

void
json_out_string_n(struct json_out *o, const char *s, size_t len)
{
	before(o);
	json_put_string(o->to, s, len);
}

void
json_out_string(struct json_out *o, const char *s)
{
	json_out_string_n(o, s, strlen(s));
}

void
json_out_raw(struct json_out *o, const char *json, size_t len)
{
	before(o);
	strbuf_add(o->to, json, len);
}

void
json_out_datum(struct json_out *o, const struct type *t, union datum d, bool null,
	       struct type_env *env)
{
	before(o);
	if (null)
		strbuf_add(o->to, "null", 4);
	else
		json_put_datum(o->to, t, d, env);
}
