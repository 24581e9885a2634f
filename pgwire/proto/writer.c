/* writer.c - messages in the send buffer. */
#include "config.h"
#include "pgwire/proto/writer.h"

#include <assert.h>
#include <string.h>

static void
put_u32(char *at, uint32_t v)
{
	at[0] = (char) (v >> 24);
	at[1] = (char) (v >> 16);
	at[2] = (char) (v >> 8);
	at[3] = (char) v;
}

void
writer_begin(struct writer *w, char type)
{
	assert(!w->open);
	w->open = true;
	strbuf_putc(&w->out, type);
	w->start = w->out.len;
	writer_u32(w, 0);
}

void
writer_end(struct writer *w)
{
	assert(w->open);
	w->open = false;
	size_t len = w->out.len - w->start;
	if (len > WRITER_MESSAGE_MAX) {
		w->failed = w->too_large = true;
		w->out.len = w->start - 1;
		return;
	}
	put_u32(w->out.data + w->start, (uint32_t) len);
	if (w->out.len >= WRITER_FLUSH_AT)
		writer_flush(w);
}

void
writer_cancel(struct writer *w)
{
	if (w->open)
		w->out.len = w->start - 1;
	w->open = false;
}

void
writer_flush(struct writer *w)
{
	assert(!w->open);
	if (w->out.len == 0)
		return;
	if (w->failed || w->flush == NULL || !w->flush(w->arg, &w->out))
		w->failed = true;
	strbuf_clear(&w->out);
}

void
writer_u8(struct writer *w, uint8_t v)
{
	strbuf_putc(&w->out, (char) v);
}

void
writer_u16(struct writer *w, uint16_t v)
{
	const char bytes[2] = { (char) (v >> 8), (char) v };

	strbuf_add(&w->out, bytes, sizeof bytes);
}

void
writer_u32(struct writer *w, uint32_t v)
{
	put_u32(strbuf_room(&w->out, 4), v);
	strbuf_wrote(&w->out, 4);
}

void
writer_str(struct writer *w, const char *s)
{
	if (w->recode == NULL) {
		strbuf_add(&w->out, s, strlen(s) + 1);
		return;
	}
	w->recode(w->recode_arg, s, strlen(s), &w->out);
	strbuf_putc(&w->out, '\0');
}

void
writer_bytes(struct writer *w, const void *p, size_t len)
{
	strbuf_add(&w->out, p, len);
}

void
writer_value_end(struct writer *w, size_t start)
{
	put_u32(w->out.data + start - 4, (uint32_t) (w->out.len - start));
}
