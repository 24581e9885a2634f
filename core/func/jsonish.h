/* jsonish.h - what the JSON files share.
 *
 * Private to core/func.  Owner: results on the arenas given.  Thread: any.
 * Failure: 22023, 22004, 2202E as named at each function. */
#ifndef CORE_FUNC_JSONISH_H
#define CORE_FUNC_JSONISH_H

#include "core/func/impl.h"
#include "core/type/json.h"

/* A path given as text[]. */
struct json_keys {
	int n;
	const char **key;               /* NULL: a null element */
	size_t *len;
	bool has_null;
};
/* 2202E when the array has more than one dimension. */
int json_keys_open(struct arena *a, const struct bytes *array, struct json_keys *ret, struct err *e);

/* An object key from any scalar, quoted: "1", "true", "a"; 22023 for arrays, rows, json. */
int json_put_key(struct strbuf *to, const struct type *t, union datum d, struct type_env *env, struct err *e);

/* A value or null. */
void json_put_value(struct strbuf *to, const struct type *t, union datum d, bool null, struct type_env *env);
int  jsonb_put_value(struct strbuf *to, const struct type *t, union datum d, bool null, struct type_env *env, struct err *e);

/* Is it a regular expression?  flags: enum jp_regex_flag.  2201B if not. */
int  jsonpath_check_regex(const char *pattern, size_t len, unsigned flags, struct err *e);

#endif
