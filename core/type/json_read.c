/* json_read.c - finding one's way in JSON text that is known to be valid: members, elements,
 * paths, strings.  Nothing is built; values are places in the text.
 *
 * Works for jsonb's canonical text and for json's as entered. */
#include "config.h"
#include "core/type/json_lex.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "core/type/text.h"

static const char *
skip_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r'))
		p++;
	return p;
}

/* p at the opening quote; returns what follows the closing one. */
static const char *
skip_string(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		if (*p == '\\')
			p++;
	return p < end ? p + 1 : end;
}

static const char *
skip_value(const char *p, const char *end)
{
	int depth = 0;

	do {
		if (p >= end)
			return end;
		switch (*p) {
		case '"':
			p = skip_string(p, end);
			continue;
		case '{':
		case '[':
			depth++;
			break;
		case '}':
		case ']':
			depth--;
			break;
		default:
			if (depth == 0) {
				while (p < end && *p != ',' && *p != '}' && *p != ']' &&
				       (unsigned char) *p > ' ')
					p++;
				return p;
			}
		}
		p++;
	} while (depth > 0);
	return p;
}

enum json_kind
json_kind(struct json_val v)
{
	const char *p = skip_space(v.p, v.p + v.len);

	switch (*p) {
	case '{':
		return JSON_OBJECT;
	case '[':
		return JSON_ARRAY;
	case '"':
		return JSON_STRING;
	case 't':
		return JSON_TRUE;
	case 'f':
		return JSON_FALSE;
	case 'n':
		return JSON_NULL;
	default:
		return JSON_NUMBER;
	}
}

struct json_iter
json_iter(struct json_val v)
{
	const char *end = v.p + v.len, *p = skip_space(v.p, end);

	if (p < end && (*p == '{' || *p == '['))
		return (struct json_iter) { p + 1, end, *p == '{' };
	return (struct json_iter) { end, end, false };
}

bool
json_next(struct json_iter *it, struct json_val *ret_key, struct json_val *ret)
{
	const char *p = skip_space(it->at, it->end);

	if (p < it->end && *p == ',')
		p = skip_space(p + 1, it->end);
	if (p >= it->end || *p == '}' || *p == ']') {
		it->at = it->end;
		return false;
	}
	if (it->object) {
		const char *q = skip_string(p, it->end);
		if (ret_key != NULL)
			*ret_key = (struct json_val) { p + 1, (size_t) (q - p) - 2 };
		p = skip_space(q, it->end);
		p = skip_space(p + 1, it->end);         /* the colon */
	}
	const char *q = skip_value(p, it->end);
	*ret = (struct json_val) { p, (size_t) (q - p) };
	it->at = q;
	return true;
}

int
json_count(struct json_val v)
{
	struct json_iter it = json_iter(v);
	struct json_val x;
	int n = 0;

	while (json_next(&it, NULL, &x))
		n++;
	return n;
}

/* Does raw text between quotes stand for these characters? */
bool
json_raw_equals(struct json_val raw, const char *s, size_t len)
{
	if (memchr(raw.p, '\\', raw.len) == NULL)
		return raw.len == len && memcmp(raw.p, s, len) == 0;
	ARENA_AUTO struct arena tmp = { 0 };
	struct strbuf b;
	strbuf_init(&b, &tmp);
	json_unescape(raw.p, raw.len, &b);
	return b.len == len && memcmp(b.data, s, len) == 0;
}

struct json_val
json_get(struct json_val v, const char *key, size_t len)
{
	struct json_iter it = json_iter(v);
	struct json_val k, x, found = { NULL, 0 };

	if (!it.object)
		return found;
	while (json_next(&it, &k, &x))
		if (json_raw_equals(k, key, len))
			found = x;
	return found;
}

struct json_val
json_at(struct json_val v, int64_t i)
{
	struct json_iter it = json_iter(v);
	struct json_val x;

	if (it.object)
		return (struct json_val) { NULL, 0 };
	if (i < 0)
		i += json_count(v);
	for (; i >= 0 && json_next(&it, NULL, &x); i--)
		if (i == 0)
			return x;
	return (struct json_val) { NULL, 0 };
}

struct json_val
jsonb_at(struct json_val v, int64_t i)
{
	if (json_kind(v) < JSON_ARRAY)
		return i == 0 || i == -1 ? v : (struct json_val) { NULL, 0 };
	return json_at(v, i);
}

/* A path element as an array index: an int, spaces before it allowed. */
bool
json_path_index(const char *s, size_t len, int64_t *ret)
{
	char text[32], *end;

	if (len == 0 || len >= sizeof text)
		return false;
	memcpy(text, s, len);
	text[len] = '\0';
	errno = 0;
	long v = strtol(text, &end, 10);
	if (end == text || *end != '\0' || errno == ERANGE || v < INT_MIN || v > INT_MAX)
		return false;
	*ret = v;
	return true;
}

struct json_val
json_path(struct json_val v, int n, const char *const *keys, const size_t *lens)
{
	struct json_val none = { NULL, 0 };

	for (int i = 0; i < n && v.p != NULL; i++) {
		int64_t index;
		if (keys[i] == NULL)
			return none;
		enum json_kind kind = json_kind(v);
		if (kind == JSON_OBJECT)
			v = json_get(v, keys[i], lens[i]);
		else if (kind == JSON_ARRAY && json_path_index(keys[i], lens[i], &index))
			v = json_at(v, index);
		else
			return none;
	}
	return v;
}

static uint32_t
hex4(const char *p)
{
	uint32_t v = 0;

	for (int i = 0; i < 4; i++) {
		char c = p[i];
		v = v << 4 | (uint32_t) (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return v;
}

void
json_unescape(const char *p, size_t len, struct strbuf *to)
{
	const char *end = p + len;

	if (len >= 2 && *p == '"') {
		p++;
		end--;
	}
	while (p < end) {
		const char *run = memchr(p, '\\', (size_t) (end - p));
		if (run == NULL)
			run = end;
		strbuf_add(to, p, (size_t) (run - p));
		p = run;
		if (p >= end)
			break;
		char c = p[1];
		p += 2;
		if (c != 'u') {
			strbuf_putc(to, c == 'b' ? '\b' : c == 'f' ? '\f' : c == 'n' ? '\n' :
			                c == 'r' ? '\r' : c == 't' ? '\t' : c);
			continue;
		}
		uint32_t u = hex4(p);
		p += 4;
		if (u >= 0xd800 && u <= 0xdbff && end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
			u = 0x10000 + ((u - 0xd800) << 10) + (hex4(p + 2) - 0xdc00);
			p += 6;
		}
		strbuf_wrote(to, (size_t) utf8_encode(u, strbuf_room(to, 4)));
	}
}

bool
json_as_text(struct json_val v, struct arena *a, const struct bytes **ret)
{
	switch (json_kind(v)) {
	case JSON_NULL:
		return false;
	case JSON_STRING:
		if (memchr(v.p, '\\', v.len) == NULL) {
			*ret = bytes_make(a, v.p + 1, v.len - 2);
		} else {
			ARENA_AUTO struct arena tmp = { 0 };
			struct strbuf b;
			strbuf_init(&b, &tmp);
			json_unescape(v.p, v.len, &b);
			*ret = bytes_make(a, b.data, b.len);
		}
		return true;
	default:
		*ret = bytes_make(a, v.p, v.len);
		return true;
	}
}

const struct bytes *
json_to_jsonb_val(struct arena *a, struct json_val v)
{
	const struct bytes *b;
	struct err e = { 0 };

	if (jsonb_parse(a, v.p, v.len, &b, &e) != ERR_OK)
		b = bytes_make(a, "null", 4);   /* the caller has checked the text */
	return b;
}

const char *
json_typeof(struct json_val v)
{
	static const char *const names[] = { "null",    "string", "number", "boolean",
					     "boolean", "array",  "object" };

	return names[json_kind(v)];
}

int
jsonb_array_length(struct json_val v, struct err *e, int64_t *ret)
{
	enum json_kind kind = json_kind(v);

	if (kind == JSON_OBJECT)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
			       "cannot get array length of a non-array");
	if (kind != JSON_ARRAY)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE,
			       "cannot get array length of a scalar");
	*ret = json_count(v);
	return ERR_OK;
}
