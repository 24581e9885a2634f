/* json_lex.h - tokens and structure of JSON text from strangers.
 *
 * Owner     the caller's struct; strings are unescaped into the lexer's buffer.
 * Thread    one at a time.
 * Failure   22P02 with PostgreSQL's detail and context; 22P05; 54001 too deep.
 * Cost      one pass without recursion. */
#ifndef CORE_TYPE_JSON_LEX_H
#define CORE_TYPE_JSON_LEX_H

#include "core/type/json.h"

/* What a walk over a document tells; any member may be NULL.  Texts are valid until the next
 * call.  A string's `raw` is the text between its quotes as it stands in the input. */
struct json_events {
	void *arg;
	bool unescape;                  /* check escapes fully and give unescaped strings */
	int (*open)(void *arg, bool object, uint32_t pos, struct err *e);
	int (*close)(void *arg, bool object, struct err *e);
	int (*key)(void *arg, const char *s, size_t len, uint32_t pos, struct err *e);
	int (*string)(void *arg, const char *s, size_t len, uint32_t pos, struct err *e);
	int (*number)(void *arg, const char *s, size_t len, uint32_t pos, struct err *e);
	int (*word)(void *arg, enum json_kind kind, uint32_t pos, struct err *e);
};

int json_walk(const char *s, size_t len, int max_depth, const struct json_events *ev,
	      struct err *e) MUST_CHECK;

/* Order of jsonb's keys: by length, then by bytes. */
static inline int
json_key_cmp(const char *a, size_t na, const char *b, size_t nb)
{
	return na != nb ? (na < nb ? -1 : 1) : memcmp(a, b, na);
}

/* Does raw text between quotes stand for these characters? */
bool json_raw_equals(struct json_val raw, const char *s, size_t len);
/* A path element that counts in an array. */
bool json_path_index(const char *s, size_t len, int64_t *ret);
/* A number in numeric's form: jsonb's. 22003 when out of range. */
int  json_put_number(struct strbuf *to, const char *s, size_t len, struct err *e) MUST_CHECK;

#endif
