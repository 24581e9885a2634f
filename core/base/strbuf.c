/* strbuf.c - growing bytes. */
#include "config.h"
#include "core/base/strbuf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/log.h"

void
strbuf_init(struct strbuf *b, struct arena *arena)
{
	*b = (struct strbuf) { .arena = arena };
	strbuf_grow(b, 63);
	b->data[0] = '\0';
}

void
strbuf_done(struct strbuf *b)
{
	if (b->arena == NULL)
		free(b->data);
	*b = (struct strbuf) { .arena = b->arena };
}

void
strbuf_grow(struct strbuf *b, size_t more)
{
	size_t need = b->len + more + 1;

	if (need <= b->cap)
		return;
	size_t cap = b->cap == 0 ? 64 : b->cap * 2;
	if (cap < need)
		cap = need;
	char *data;
	if (b->arena != NULL) {
		data = arena_alloc(b->arena, cap);
		if (b->len != 0)
			memcpy(data, b->data, b->len);
		data[b->len] = '\0';
	} else {
		data = realloc(b->data, cap);
		if (data == NULL) {
			log_write(LOG_FATAL, "out of memory: %zu bytes", cap);
			abort();
		}
	}
	b->data = data;
	b->cap = cap;
}

void
strbuf_add(struct strbuf *b, const void *bytes, size_t len)
{
	if (len == 0)
		return;
	memcpy(strbuf_room(b, len), bytes, len);
	strbuf_wrote(b, len);
}

void
strbuf_puts(struct strbuf *b, const char *s)
{
	strbuf_add(b, s, strlen(s));
}

void
strbuf_printf(struct strbuf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n <= 0)
		return;
	char *at = strbuf_room(b, (size_t) n);
	va_start(ap, fmt);
	vsnprintf(at, (size_t) n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t) n;
}

void
strbuf_int(struct strbuf *b, int64_t v)
{
	char text[20], *p = text + sizeof text;
	uint64_t u = v < 0 ? -(uint64_t) v : (uint64_t) v;

	do {
		*--p = (char) ('0' + u % 10);
		u /= 10;
	} while (u != 0);
	if (v < 0)
		strbuf_putc(b, '-');
	strbuf_add(b, p, (size_t) (text + sizeof text - p));
}
