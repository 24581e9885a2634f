/* test_json.c - json and jsonb: operators against PostgreSQL's results (json.def), errors with
 * their context, typed values as JSON, documents written, trees of requests. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/type/array.h"
#include "core/type/datetime.h"
#include "core/type/json.h"
#include "core/type/record.h"
#include "regress/unit/tap.h"

static const struct { const char *op, *x, *y, *z, *result; } cases[] = {
#define JSON(op, x, y, z, result) { op, x, y, z, result },
#include "regress/unit/json.def"
#undef JSON
};

static struct arena arena;
static struct type_env env = { .arena = &arena, .fmt = &fmt_default };

static const struct bytes *
jsonb(const char *s)
{
	const struct bytes *b;
	struct err e = { 0 };

	if (jsonb_parse(&arena, s, strlen(s), &b, &e) != ERR_OK)
		bail("'%s': %s", s, e.message);
	return b;
}

struct path { int n; const char *keys[16]; size_t lens[16]; };

static struct path
read_path(const char *s)
{
	const struct type *t = type_builtin(OID_TEXT_ARRAY);
	struct path p = { 0 };
	union datum d, v;
	struct err e = { 0 };
	struct array a;
	bool null;

	if (t->ops->in(t, &env, s, strlen(s), -1, &d, &e) != ERR_OK)
		bail("'%s': %s", s, e.message);
	array_open_type(t, d.b, &a);
	for (struct array_iter it = array_iter(&a); array_next(&it, &v, &null); p.n++) {
		p.keys[p.n] = null ? NULL : bytes_data(v.b);
		p.lens[p.n] = null ? 0 : bytes_len(v.b);
	}
	return p;
}

static const char *
show(const struct bytes *b)
{
	return arena_strndup(&arena, bytes_data(b), bytes_len(b));
}

static const char *
show_val(struct json_val v)
{
	return v.p == NULL ? NULL : arena_strndup(&arena, v.p, v.len);
}

static const char *
show_text(struct json_val v)
{
	const struct bytes *b;

	return v.p != NULL && json_as_text(v, &arena, &b) ? show(b) : NULL;
}

/* Operators that look. */
static bool
look(const char *op, const char *x, const char *y, const char **ret)
{
	bool text_json = *op == 'j';
	struct json_val v = text_json ? (struct json_val) { x, strlen(x) } : json_val(jsonb(x));

	op += text_json;
	if (strcmp(op, "get") == 0) {
		*ret = show_val(json_get(v, y, strlen(y)));
	} else if (strcmp(op, "at") == 0) {
		*ret = show_val(text_json ? json_at(v, atoi(y)) : jsonb_at(v, atoi(y)));
	} else if (strcmp(op, "text") == 0) {
		*ret = show_text(json_get(v, y, strlen(y)));
	} else if (strcmp(op, "path") == 0 || strcmp(op, "pathtext") == 0) {
		struct path p = read_path(y);
		struct json_val found = json_path(v, p.n, p.keys, p.lens);
		*ret = strcmp(op, "path") == 0 ? show_val(found) : show_text(found);
	} else if (strcmp(op, "contains") == 0) {
		*ret = jsonb_contains(jsonb(x), jsonb(y)) ? "true" : "false";
	} else if (strcmp(op, "exists") == 0) {
		*ret = jsonb_exists(jsonb(x), y, strlen(y)) ? "true" : "false";
	} else if (strcmp(op, "typeof") == 0) {
		*ret = json_typeof(v);
	} else if (strcmp(op, "pretty") == 0 || (text_json && strcmp(op, "strip") == 0)) {
		struct strbuf b;
		strbuf_init(&b, &arena);
		if (text_json)
			json_strip_nulls(v, &b);
		else
			jsonb_pretty(jsonb(x), &b);
		*ret = b.data;
	} else {
		return false;
	}
	return true;
}

/* Operators that change. */
static int
change(const char *op, const char *x, const char *y, const char *z, const struct bytes **r,
       struct err *e)
{
	const struct bytes *b = jsonb(x);
	size_t len = strlen(y);

	if (strcmp(op, "concat") == 0)
		return jsonb_concat(&arena, b, jsonb(y), r, e);
	if (strcmp(op, "del") == 0)
		return jsonb_delete_key(&arena, b, 1, &y, &len, r, e);
	if (strcmp(op, "delidx") == 0)
		return jsonb_delete_index(&arena, b, atoi(y), r, e);
	if (strcmp(op, "strip") == 0) {
		*r = jsonb_strip_nulls(&arena, b);
		return ERR_OK;
	}
	if (strcmp(op, "length") == 0) {
		int64_t n;
		int rc = jsonb_array_length(json_val(b), e, &n);
		char *text = arena_printf(&arena, "%d", rc == ERR_OK ? (int) n : 0);
		*r = bytes_make(&arena, text, strlen(text));
		return rc;
	}
	struct path p = read_path(y);
	if (strcmp(op, "delpath") == 0)
		return jsonb_delete_path(&arena, b, p.n, p.keys, p.lens, r, e);
	if (strcmp(op, "set") == 0 || strcmp(op, "replace") == 0)
		return jsonb_set(&arena, b, p.n, p.keys, p.lens, jsonb(z), *op == 's', r, e);
	return jsonb_insert(&arena, b, p.n, p.keys, p.lens, jsonb(z),
			    strcmp(op, "insertafter") == 0, r, e);
}

static void
check_operators(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *got = NULL;
		const struct bytes *b;
		struct err e = { 0 };
		if (!look(cases[i].op, cases[i].x, cases[i].y, &got)) {
			int rc = change(cases[i].op, cases[i].x, cases[i].y, cases[i].z, &b, &e);
			got = rc == ERR_OK ? show(b)
					   : arena_printf(&arena, "%s %s%s%s", err_sqlstate(e.code),
							  e.message,
							  e.hint[0] != '\0' ? " / H " : "", e.hint);
		}
		is_str(cases[i].result, got, "%s(%s, %s, %s)", cases[i].op, cases[i].x, cases[i].y,
		       cases[i].z);
		arena_reset(&arena);
	}
}

/* From psql's CONTEXT lines. */
static void
check_context(void)
{
	static const struct { const char *in, *context; } bad[] = {
		{ "[1,2", "JSON data, line 1: [1,2" },
		{ "{\"a\":\n 1 x}", "JSON data, line 2:  1 x..." },
		{ "[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\", oops, 1]",
		  "JSON data, line 1: ...aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\", oops..." },
		{ "\"\\u0000\"", "JSON data, line 1: \"\\u0000..." },
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct err e = { 0 };
		const struct bytes *b;
		ok(jsonb_parse(&arena, bad[i].in, strlen(bad[i].in), &b, &e) != ERR_OK, "bad: %s",
		   bad[i].in);
		is_str(bad[i].context, e.context, "context of %s", bad[i].in);
	}
	/* too deep */
	struct strbuf deep;
	struct err e = { 0 };
	strbuf_init(&deep, &arena);
	for (int i = 0; i < 100000; i++)
		strbuf_putc(&deep, '[');
	is_int(ERR_STATEMENT_TOO_COMPLEX, json_check(deep.data, deep.len, &e), "100000 brackets");
}

static void
check_typed(void)
{
	static const struct { oid_t type; const char *in, *json;
	} values[] = {
		{ OID_BOOL, "t", "true" },
		{ OID_INT4, "-5", "-5" },
		{ OID_NUMERIC, "1.50", "1.50" },
		{ OID_NUMERIC, "NaN", "\"NaN\"" },
		{ OID_FLOAT8, "-inf", "\"-Infinity\"" },
		{ OID_FLOAT8, "1e20", "1e+20" },
		{ OID_TEXT, "a\"b\n\x01", "\"a\\\"b\\n\\u0001\"" },
		{ OID_DATE, "2020-02-03", "\"2020-02-03\"" },
		{ OID_TIMESTAMP, "2020-02-03 04:05:06.5", "\"2020-02-03T04:05:06.5\"" },
		{ OID_TIMESTAMPTZ, "2020-02-03 04:05:06+00", "\"2020-02-03T04:05:06+00:00\"" },
		{ OID_TIMESTAMPTZ, "infinity", "\"infinity\"" },
		{ OID_TIME, "04:05", "\"04:05:00\"" },
		{ OID_INTERVAL, "1 day", "\"1 day\"" },
		{ OID_OID, "7", "\"7\"" },
		{ OID_UUID, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
		  "\"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\"" },
		{ OID_JSON, "{\"a\" : 1}", "{\"a\" : 1}" },
		{ OID_JSONB, "{\"a\" :1}", "{\"a\": 1}" },
		{ OID_BYTEA, "\\x01ff", "\"\\\\x01ff\"" },
		{ OID_INT4_ARRAY, "{{1,2},{3,NULL}}", "[[1,2],[3,null]]" },
		{ OID_TEXT_ARRAY, "{}", "[]" },
	};

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		const struct type *t = type_builtin(values[i].type);
		union datum d;
		struct err e = { 0 };
		struct strbuf b;
		strbuf_init(&b, &arena);
		if (t->ops->in(t, &env, values[i].in, strlen(values[i].in), -1, &d, &e) != ERR_OK)
			bail("%s", e.message);
		json_put_datum(&b, t, d, &env);
		is_str(values[i].json, b.data, "to_json(%s '%s')", t->name, values[i].in);
	}
	/* select to_json(r), to_jsonb(r) from (select 1 as bb, 'x'::text as a, null::int as c) r */
	const struct type_attr attrs[] = {
		{ "bb", type_builtin(OID_INT4), -1 },
		{ "a", type_builtin(OID_TEXT), -1 },
		{ "c", type_builtin(OID_INT4), -1 },
	};
	const struct type *types[] = { attrs[0].type, attrs[1].type, attrs[2].type };
	union datum v[] = { datum_int(1), datum_bytes(bytes_make(&arena, "x", 1)), datum_int(0) };
	bool nulls[] = { false, false, true };
	const struct type *row = type_make_record(&arena, attrs, 3);
	union datum d = datum_bytes(record_make(&arena, 3, types, v, nulls));
	struct strbuf b;
	struct err e = { 0 };
	strbuf_init(&b, &arena);
	json_put_datum(&b, row, d, &env);
	is_str("{\"bb\":1,\"a\":\"x\",\"c\":null}", b.data, "to_json(row)");
	strbuf_clear(&b);
	ok(jsonb_put_datum(&b, row, d, &env, &e) == ERR_OK, "to_jsonb(row)");
	is_str("{\"a\": \"x\", \"c\": null, \"bb\": 1}", b.data, "to_jsonb(row): text");
	is_str("(1,x,)", type_text(row, &env, d), "row as text");
}

static void
check_documents(void)
{
	struct strbuf b;
	struct json_node *n;
	struct err e = { 0 };
	static const char request[] =
		"{\"from\": \"t\", \"where\": {\"b\": 1, \"a\": [true, null]}, \"from\": \"u\"}";

	strbuf_init(&b, &arena);
	struct json_out o = json_out(&b);
	json_out_object(&o);
	json_out_key(&o, "z");
	json_out_array(&o);
	json_out_int(&o, 1);
	json_out_null(&o);
	json_out_object(&o);
	json_out_object_end(&o);
	json_out_array_end(&o);
	json_out_key(&o, "a");
	json_out_string(&o, "\"x\"");
	json_out_key(&o, "b");
	json_out_bool(&o, true);
	json_out_object_end(&o);
	is_str("{\"z\": [1, null, {}], \"a\": \"\\\"x\\\"\", \"b\": true}", b.data,
	       "keys in the order given");

	ok(json_parse(&arena, request, strlen(request), 0, &n, &e) == ERR_OK, "a request");
	is_int(3, n->n, "members, duplicates kept");
	is_str("u", json_member(n, "from")->str, "the last of a name");
	is_str("b", json_member(n, "where")->child->key, "keys in the order given");
	is_int(23, (int) json_member(n, "where")->pos, "where a value began");
	ok(json_member(n, "nothing") == NULL, "no such member");
	is_str("{\"from\": \"u\", \"where\": {\"a\": [true, null], \"b\": 1}}",
	       show(jsonb_from_node(&arena, n)), "as jsonb");
}

int
main(void)
{
	arena_init(&arena, 0);
	check_operators();
	check_context();
	check_typed();
	check_documents();
	arena_done(&arena);
	return tap_done();
}
