/* jsonpath.h - SQL/JSON path: reading, showing, running over jsonb.
 *
 * A jsonpath value is the text PostgreSQL prints for it; callers parse it once per call site
 * and run the tree.
 *
 * Owner     tree and results on the arenas given; results may point into the document.
 * Thread    a parsed path may be run by many threads at a time.
 * Failure   42601 and 22P02 for paths; 2203x as SQL/JSON names what went wrong while running;
 *           with `silent` a run ends early instead and says so.
 * Cost      navigation scans the document's text. */
#ifndef CORE_TYPE_JSONPATH_H
#define CORE_TYPE_JSONPATH_H

#include "core/base/attr.h"
#include "core/type/json.h"
#include "core/type/type.h"

enum jp_kind {
	JP_NULL, JP_STRING, JP_NUMERIC, JP_BOOL, JP_VARIABLE, JP_ROOT, JP_CURRENT, JP_LAST,
	JP_KEY, JP_ANY_KEY, JP_ANY_ARRAY, JP_INDEX, JP_ANY, JP_FILTER,
	JP_OR, JP_AND, JP_NOT, JP_IS_UNKNOWN, JP_EXISTS,
	JP_EQ, JP_NE, JP_LT, JP_GT, JP_LE, JP_GE, JP_STARTS_WITH, JP_LIKE_REGEX,
	JP_ADD, JP_SUB, JP_MUL, JP_DIV, JP_MOD, JP_PLUS, JP_MINUS,
	JP_TYPE, JP_SIZE, JP_ABS, JP_FLOOR, JP_CEILING, JP_DOUBLE, JP_DATETIME, JP_KEYVALUE
};

enum jp_regex_flag {
	JP_REGEX_I = 1,
	JP_REGEX_S = 2,
	JP_REGEX_M = 4,
	JP_REGEX_X = 8,
	JP_REGEX_Q = 16
};

#define JP_LEVEL_LAST UINT32_MAX        /* **{last} */

struct jp_node {
	enum jp_kind kind;
	struct jp_node *left, *right;   /* operands; FILTER, NOT, EXISTS, unary: left */
	struct jp_node *next;           /* the accessor that follows */
	struct json_val v;              /* scalars: their JSON text */
	const char *str; /* KEY, VARIABLE, STRING: characters; LIKE_REGEX: the pattern */
	uint32_t len;
	struct jp_node **subs;          /* INDEX: pairs from, to (NULL: a single one) */
	int  nsubs;
	uint32_t first, last;           /* ANY: levels */
	unsigned flags;                 /* LIKE_REGEX: enum jp_regex_flag */
};

struct jsonpath {
	bool strict;
	struct jp_node *root;
};

int  jsonpath_parse(struct arena *a, const char *s, size_t len, struct jsonpath *ret,
		    struct err *e) MUST_CHECK;
/* How the process finds out that a pattern of like_regex is no regular expression; set at start. */
void jsonpath_set_regex_check(int (*check)(const char *pattern, size_t len, unsigned flags,
					   struct err *e));
void jsonpath_put(const struct jsonpath *p, struct strbuf *to);

/* What running needs from above: regular expressions, and .datetime(). */
struct jsonpath_host {
	void *self;
	/* Does the text match?  flags: enum jp_regex_flag. */
	int (*regex)(void *self, const char *pattern, size_t pattern_len, unsigned flags,
		     const char *text, size_t len, bool *ret, struct err *e);
	/* Reads text by a to_timestamp template, or by the standard's own forms when the template is
	 * NULL; *ret_type: OID_DATE, OID_TIME ...  A NULL function: refused. */
	int (*datetime)(void *self, const char *text, size_t len, const char *template,
			size_t template_len, oid_t *ret_type, int64_t *ret, int *ret_zone,
			struct err *e);
};

struct jsonpath_run {
	struct arena *arena;
	const struct jsonpath_host *host;       /* NULL: like_regex and templates are refused */
	struct json_val root;
	struct json_val vars;                   /* an object; p NULL: none */
	bool silent;
	bool tz_allowed;                        /* the _tz functions: comparisons across zones */
	const struct timezone *tz;
};

struct jsonpath_result {
	struct json_val *items;
	int  n, cap;
	bool failed;                            /* silent: an error was met after these items */
};

/* All results.  vars that are no object: 22023. */
int  jsonpath_query(const struct jsonpath *p, const struct jsonpath_run *run,
		    struct jsonpath_result *ret, struct err *e) MUST_CHECK;
/* Is there a result?  *ret_null: silent and an error was met. */
int  jsonpath_exists(const struct jsonpath *p, const struct jsonpath_run *run, bool *ret,
		     bool *ret_null, struct err *e) MUST_CHECK;
/* The single boolean that a predicate gives; 22038 when it is none. */
int  jsonpath_match(const struct jsonpath *p, const struct jsonpath_run *run, bool *ret,
		    bool *ret_null, struct err *e) MUST_CHECK;

#endif
