/* json.h - json and jsonb: one text, checked once, read in place.
 *
 * A jsonb value IS the text that PostgreSQL prints for it: keys without duplicates, sorted by
 * length and then bytes, `": "` and `", "` between, numbers as numeric prints them, strings
 * with the shortest escapes.  So output is a copy, equality is memcmp, and operators read the
 * text.  A json value keeps the text as it was entered, validated.
 *
 * Owner     results on the arena given; struct json_val points into its document.
 * Thread    any.
 * Failure   22P02 invalid input syntax for type json with PostgreSQL's detail and context
 *           lines; 22P05 \u0000; 54001 nested deeper than JSON_DEPTH_MAX.
 * Cost      parsing is one pass; navigation scans the text and builds nothing. */
#ifndef CORE_TYPE_JSON_H
#define CORE_TYPE_JSON_H

#include "core/base/attr.h"
#include "core/type/numeric.h"
#include "core/type/type.h"

enum { JSON_DEPTH_MAX = 6400 };

enum json_kind {
	JSON_NULL,
	JSON_STRING,
	JSON_NUMBER,
	JSON_FALSE,
	JSON_TRUE,
	JSON_ARRAY,
	JSON_OBJECT
};

/* ---- Text of unknown origin */
int  json_check(const char *s, size_t len, struct err *e) MUST_CHECK;          /* json's input */
int jsonb_parse(struct arena *a, const char *s, size_t len, const struct bytes **ret,
		struct err *e) MUST_CHECK;

/* ---- DOM: for operations that rebuild, and for graph requests.  Children form a list. */
struct json_node {
	enum json_kind kind;
	uint32_t pos;                   /* where its text began: byte offset, for errors */
	int   n;                        /* ARRAY, OBJECT: children */
	const char *key; /* when its parent is an object: unescaped, NUL-terminated too */
	uint32_t key_len, key_pos;
	const char *str; /* STRING: unescaped, NUL-terminated too; NUMBER: as written */
	uint32_t len;
	struct json_node *child, *next; /* first child; next sibling */
};
/* Keeps key order and duplicates (callers decide).  max_depth 0: JSON_DEPTH_MAX. */
int json_parse(struct arena *a, const char *s, size_t len, int max_depth, struct json_node **ret,
	       struct err *e) MUST_CHECK;
/* The last member of that name; NULL: none (or not an object). */
const struct json_node *json_member(const struct json_node *o, const char *key);
const struct json_node *json_member_n(const struct json_node *o, const char *key, size_t len);
struct json_node *json_node_new(struct arena *a, enum json_kind kind);
/* jsonb from a tree: sorts, removes duplicates (last wins), normalises numbers. */
const struct bytes *jsonb_from_node(struct arena *a, struct json_node *n);
struct json_node *jsonb_to_node(struct arena *a, const struct bytes *b);

/* ---- A value inside a document (jsonb's text, or any checked json text) */
struct json_val {
	const char *p;                  /* its first byte; NULL: no such value */
	size_t len;
};
static inline struct json_val
json_val(const struct bytes *b)
{
	return (struct json_val){ bytes_data(b), bytes_len(b) };
}
enum json_kind json_kind(struct json_val v);
struct json_val json_get(struct json_val v, const char *key, size_t len); /* last of that name */
struct json_val json_at(struct json_val v, int64_t i);  /* negative: from the end */
struct json_val json_path(struct json_val v, int n, const char *const *keys,
			  const size_t *lens);          /* #> */
int  json_count(struct json_val v);                     /* elements or members */

struct json_iter {                      /* over an array or object; a scalar has no elements */
	const char *at, *end;
	bool object;
};
struct json_iter json_iter(struct json_val v);
/* key is raw text between its quotes (escaped) for objects; see json_unescape. */
bool json_next(struct json_iter *it, struct json_val *ret_key, struct json_val *ret);
/* The characters of a string value (with its quotes) or of a raw key (without). */
void json_unescape(const char *p, size_t len, struct strbuf *to);
const struct bytes *json_to_jsonb_val(struct arena *a,
				      struct json_val v); /* checked text -> jsonb */
/* ->> and #>>: strings unescaped, other values as they are; false: SQL null. */
bool json_as_text(struct json_val v, struct arena *a, const struct bytes **ret);

/* ---- jsonb operators */
int  jsonb_cmp(const struct bytes *a, const struct bytes *b);
uint64_t jsonb_hash(const struct bytes *b);
void jsonb_key(const struct bytes *b, struct strbuf *to);       /* memcmp order; see type.h */
/* jsonb -> i: a scalar counts as an array of itself (json's -> does not: json_at). */
struct json_val jsonb_at(struct json_val v, int64_t i);
bool jsonb_contains(const struct bytes *a, const struct bytes *b);             /* a @> b */
bool jsonb_exists(const struct bytes *b, const char *key, size_t len);         /* ? */
int jsonb_concat(struct arena *ar, const struct bytes *a, const struct bytes *b,
		 const struct bytes **ret, struct err *e) MUST_CHECK;
int jsonb_delete_key(struct arena *ar, const struct bytes *b, int n, const char *const *keys,
		     const size_t *lens, const struct bytes **ret, struct err *e) MUST_CHECK;
int jsonb_delete_index(struct arena *ar, const struct bytes *b, int64_t i, const struct bytes **ret,
		       struct err *e) MUST_CHECK;
int jsonb_delete_path(struct arena *ar, const struct bytes *b, int n, const char *const *keys,
		      const size_t *lens, const struct bytes **ret, struct err *e) MUST_CHECK;
/* jsonb_set(create) and jsonb_insert(after). */
int jsonb_set(struct arena *ar, const struct bytes *b, int n, const char *const *keys,
	      const size_t *lens, const struct bytes *v, bool create, const struct bytes **ret,
	      struct err *e) MUST_CHECK;
int jsonb_insert(struct arena *ar, const struct bytes *b, int n, const char *const *keys,
		 const size_t *lens, const struct bytes *v, bool after, const struct bytes **ret,
		 struct err *e) MUST_CHECK;
/* b['a'][0] = v in UPDATE; b NULL: a null value.  Fills gaps with null as PostgreSQL 14 does. */
int jsonb_set_subscript(struct arena *ar, const struct bytes *b, int n, const char *const *keys,
			const size_t *lens, const struct bytes *v, const struct bytes **ret,
			struct err *e) MUST_CHECK;
const struct bytes *jsonb_strip_nulls(struct arena *ar, const struct bytes *b);
void json_strip_nulls(struct json_val v, struct strbuf *to);    /* json's form: no spaces */
void jsonb_pretty(const struct bytes *b, struct strbuf *to);
const char *json_typeof(struct json_val v);             /* "object", "array", "string", ... */
int  jsonb_array_length(struct json_val v, struct err *e, int64_t *ret) MUST_CHECK;
/* Casts of a scalar jsonb: 22023 `cannot cast jsonb string to type integer`. */
int jsonb_to_numeric(struct arena *a, const struct bytes *b, const char *type, numeric_t *ret,
		     struct err *e) MUST_CHECK;
int  jsonb_to_bool(const struct bytes *b, bool *ret, struct err *e) MUST_CHECK;

/* ---- Writing.  Quotes and escapes; bytes above 0x7f stay. */
void json_put_string(struct strbuf *to, const char *s, size_t len);
/* Any typed value.  json: as to_json (records and arrays without spaces, json text copied as
 * it is); jsonb: as to_jsonb.  Nulls are the caller's ("null"). */
void json_put_datum(struct strbuf *to, const struct type *t, union datum d, struct type_env *env);
int jsonb_put_datum(struct strbuf *to, const struct type *t, union datum d, struct type_env *env,
		    struct err *e) MUST_CHECK;
/* Is a value of this type text between quotes (true), or bare (numbers, booleans, json, ...)? */
bool json_type_is_quoted(const struct type *t);

/* Documents of known shape: graph answers, EXPLAIN (FORMAT JSON).  Keys in the order given;
 * the writer puts commas and colons. */
struct json_out {
	struct strbuf *to;
	bool first;                     /* nothing yet in the open object or array */
	bool after_key;
};
static inline struct json_out
json_out(struct strbuf *to)
{
	return (struct json_out){ to, true, false };
}
void json_out_object(struct json_out *o);               /* { */
void json_out_object_end(struct json_out *o);           /* } */
void json_out_array(struct json_out *o);
void json_out_array_end(struct json_out *o);
void json_out_key(struct json_out *o, const char *key);
void json_out_key_n(struct json_out *o, const char *key, size_t len);
void json_out_null(struct json_out *o);
void json_out_bool(struct json_out *o, bool v);
void json_out_int(struct json_out *o, int64_t v);
void json_out_double(struct json_out *o, double v);
void json_out_string(struct json_out *o, const char *s);
void json_out_string_n(struct json_out *o, const char *s, size_t len);
void json_out_raw(struct json_out *o, const char *json, size_t len);           /* a whole value */
void json_out_datum(struct json_out *o, const struct type *t, union datum d, bool null,
		    struct type_env *env);

#endif
