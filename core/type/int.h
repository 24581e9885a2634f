/* int.h - reading and showing integers, for the types and for functions.
 *
 * Owner     nothing is kept.  Thread: any.
 * Failure   22P02 and 22003 with PostgreSQL's texts.
 * Cost      no printf, no allocation. */
#ifndef CORE_TYPE_INT_H
#define CORE_TYPE_INT_H

#include "core/type/type.h"

/* type: the name in the error texts, "integer". */
int  int_parse(const char *s, size_t len, int64_t min, int64_t max, const char *type, int64_t *ret,
               struct err *e) MUST_CHECK;
int  oid_parse(const char *s, size_t len, oid_t *ret, struct err *e) MUST_CHECK;
/* true, f, YES, on, 0 ... with spaces around; false: not a boolean. */
bool bool_parse(const char *s, size_t len, bool *ret);
void int_put(int64_t v, struct strbuf *to);
void int_put_unsigned(uint64_t v, struct strbuf *to);

#endif
