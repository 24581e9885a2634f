/* answer.h - results as text that two servers can be compared by.
 *
 * Owner     texts belong to the strbuf given.
 * Thread    any.  Failure: none.  Cost: the text. */
#ifndef REGRESS_ISOLATION_ANSWER_H
#define REGRESS_ISOLATION_ANSWER_H

#include <libpq-fe.h>

#include "core/base/strbuf.h"

/* Turns a process number into the name of its session; NULL: no session of the spec. */
typedef const char *name_of_pid(const void *arg, int pid);

void answer_add(struct strbuf *to, PGresult *res, name_of_pid *name, const void *arg);

#endif
