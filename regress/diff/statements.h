/* statements.h - cutting an SQL script into statements, as psql does.
 *
 * Owner     the script's text is the caller's and is not changed; a statement is copied into
 *           memory that statements_done() releases.
 * Thread    one.
 * Failure   none: what is left open at the end of the text ends there.
 * Cost      one pass. */
#ifndef REGRESS_DIFF_STATEMENTS_H
#define REGRESS_DIFF_STATEMENTS_H

#include <stdbool.h>
#include <stddef.h>

struct statement {
	char *sql;
	char *data;                     /* the lines after COPY ... FROM STDIN, or NULL */
	int   line;
	bool  ordered;                  /* an ORDER BY outside all parentheses */
};

struct statements {
	struct statement *at;
	int n;
};

struct statements statements_split(const char *text);
/* Each line is one statement, whatever quotes it leaves open; lines that start with -- are none. */
struct statements statements_lines(const char *text);
void statements_done(struct statements *s);

#endif
