/* jsonpath_lex.h - tokens of a path; between jsonpath_lex.c and jsonpath_parse.c.
 *
 * Owner     token texts on the arena.  Thread: one.  Failure: 42601.  Cost: one pass. */
#ifndef CORE_TYPE_JSONPATH_LEX_H
#define CORE_TYPE_JSONPATH_LEX_H

#include "core/type/jsonpath.h"

enum jp_token {
	JPT_END, JPT_STRING, JPT_NUMBER, JPT_INT, JPT_IDENT, JPT_VARIABLE, JPT_ANY, JPT_AND, JPT_OR,
	JPT_EQ, JPT_NE, JPT_LE, JPT_GE, JPT_CHAR        /* a character of its own: ch */
};

struct jp_lexer {
	struct arena *a;
	const char *p, *end;
	const char *start;              /* of the token at hand */
	enum jp_token tok;
	char ch;
	const char *str;                /* unescaped text */
	uint32_t len;
	struct err *e;
};

int  jp_next(struct jp_lexer *l);
/* `message at or near "token" of jsonpath input`. */
int  jp_error(struct jp_lexer *l, const char *message);
/* Is the token this keyword, in any case (true, false, null: in lower case only)? */
bool jp_keyword(const struct jp_lexer *l, const char *word);

#endif
