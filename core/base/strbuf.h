/* strbuf.h - bytes that grow; always NUL-terminated one past len.
 *
 * Owner     with an arena, the arena owns the bytes; without, strbuf_done() frees them.
 * Failure   as arena.h: appending never fails visibly; an arena is marked failed.  Without an
 *           arena, running out of memory ends the process.
 * Cost      doubling; strbuf_room() lets a producer write in place. */
#ifndef CORE_BASE_STRBUF_H
#define CORE_BASE_STRBUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/attr.h"

struct strbuf {
	char  *data;
	size_t len, cap;                /* cap counts the byte for the NUL */
	struct arena *arena;            /* NULL: malloc */
};

void  strbuf_init(struct strbuf *b, struct arena *arena);
void  strbuf_done(struct strbuf *b);
void  strbuf_grow(struct strbuf *b, size_t more);       /* at least `more` free bytes after len */
void  strbuf_add(struct strbuf *b, const void *bytes, size_t len);
void  strbuf_puts(struct strbuf *b, const char *s);
void  strbuf_printf(struct strbuf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void  strbuf_int(struct strbuf *b, int64_t v);          /* decimal, faster than printf */

static inline void
strbuf_putc(struct strbuf *b, char c)
{
	if (UNLIKELY(b->len + 1 >= b->cap))
		strbuf_grow(b, 1);
	b->data[b->len++] = c;
	b->data[b->len] = '\0';
}

/* Room for `more` bytes at the returned address; account for them with strbuf_wrote(). */
static inline char *
strbuf_room(struct strbuf *b, size_t more)
{
	if (UNLIKELY(b->len + more + 1 > b->cap))
		strbuf_grow(b, more);
	return b->data + b->len;
}

static inline void
strbuf_wrote(struct strbuf *b, size_t n)
{
	b->len += n;
	b->data[b->len] = '\0';
}

static inline void
strbuf_clear(struct strbuf *b)
{
	b->len = 0;
	if (b->data != NULL)
		b->data[0] = '\0';
}

#endif
