/* answer.h - all that a server says to one statement, as text that can be compared.
 *
 * Owner     answer_ask() fills it, answer_done() releases it.
 * Thread    one.
 * Failure   a lost connection is an answer too ("connection lost").
 * Cost      a copy of the result. */
#ifndef REGRESS_DIFF_ANSWER_H
#define REGRESS_DIFF_ANSWER_H

#include <stdbool.h>

#include <libpq-fe.h>

#include "regress/diff/statements.h"

struct answer {
	char *text;                     /* columns, rows, tag or error; one a line */
	char *message;                  /* of an error: message, detail, position */
	char *hint;                     /* of an error */
	bool  lost;
};

struct answer answer_ask(PGconn *conn, const struct statement *s);
void answer_done(struct answer *a);

#endif
