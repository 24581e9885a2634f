/* encoding.h - hex, base64 and escape, as encode() and decode() speak them.
 *
 * Owner     appends to the caller's strbuf.  Thread: any.
 * Failure   22023 unknown format or malformed data, in PostgreSQL's words. */
#ifndef CORE_FUNC_ENCODING_H
#define CORE_FUNC_ENCODING_H

#include "core/base/attr.h"
#include "core/base/err.h"
#include "core/base/strbuf.h"

int encoding_encode(const char *format, const char *s, size_t len, struct strbuf *to, struct err *e) MUST_CHECK;
int encoding_decode(const char *format, const char *s, size_t len, struct strbuf *to, struct err *e) MUST_CHECK;

#endif
