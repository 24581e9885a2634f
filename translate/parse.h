/* parse.h - one parsed statement: libpg_query's tree and where it stands in the text.
 *
 * Inside translate/ only: the tree's types are libpg_query's, and nothing above or below this
 * folder may see them.
 *
 * Owner     the arena given to sql_parse().  Thread: immutable once made. */
#ifndef TRANSLATE_PARSE_H
#define TRANSLATE_PARSE_H

#include <pg_query/pg_query.pb-c.h>

#include "translate/translate.h"

struct raw_stmt {
	struct raw_stmt_info info;
	const PgQuery__Node *node;
	const char *whole; /* the text that locations count in */
	bool ascii;        /* of `whole`: a location is a character number */
};

/* The statement's command tag, without counts: "SELECT", "CREATE TABLE". */
const char *stmt_tag(const PgQuery__Node *n);

/* An upper bound of how deep the tree of this text can be, without parsing it; nesting.c. */
int nesting_check(const char *text, struct err *e) MUST_CHECK;

/* One expression, as text: parsed as the only item of a SELECT list. */
int parse_expr(struct arena *a, const char *sql, const PgQuery__Node **ret,
	       struct err *e) MUST_CHECK;

/* hints.c: a hint when `word`, which ends at a quote, is a mistyped keyword. */
void guess_keyword(struct err *e, const char *word);

#endif
