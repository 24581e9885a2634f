/* charset.h - character sets other than UTF-8, by PostgreSQL's names.
 *
 * Owner     results are appended to the buffer given.  Thread: any.
 * Failure   22023 unknown names are the caller's; 22P05 for characters that the other set does
 *           not have, 22021 for bytes that are no text, in PostgreSQL's words.
 * Cost      a converter is opened for each call. */
#ifndef CORE_TYPE_CHARSET_H
#define CORE_TYPE_CHARSET_H

#include "core/base/attr.h"
#include "core/base/err.h"
#include "core/base/strbuf.h"

struct charset;

/* "latin1", "ISO-8859-1", "LATIN 1" ...; NULL: unknown. */
const struct charset *charset_by_name(const char *name);
const char *charset_name(const struct charset *c);      /* "LATIN1" */
bool charset_is_utf8(const struct charset *c);          /* UTF8, or SQL_ASCII: bytes are kept */

int  charset_to_utf8(const struct charset *c, const char *s, size_t len, struct strbuf *to,
		     struct err *e) MUST_CHECK;
/* The whole characters of what may end within one; *ret_used: how many bytes they were. */
int  charset_to_utf8_part(const struct charset *c, const char *s, size_t len, size_t *ret_used, struct strbuf *to,
			  struct err *e) MUST_CHECK;
int  charset_from_utf8(const struct charset *c, const char *s, size_t len, struct strbuf *to,
		       struct err *e) MUST_CHECK;

#endif
