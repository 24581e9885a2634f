/* textual.h - what the text files share.
 *
 * Private to core/func.  Owner: appends to the caller's strbuf.  Thread: any.  Failure: none. */
#ifndef CORE_FUNC_TEXTUAL_H
#define CORE_FUNC_TEXTUAL_H

#include "core/func/impl.h"

/* A value cast to text: its output, but true and false in words. */
void text_of(struct fcall *c, const struct type *t, union datum d, struct strbuf *to);

/* An identifier, quoted if it must be: quote_ident(). */
void put_ident(struct strbuf *to, const char *s, size_t len);
/* A string constant with quotes, E'' when it has backslashes: quote_literal(). */
void put_literal(struct strbuf *to, const char *s, size_t len);

#endif
