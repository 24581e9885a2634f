/* writer.h - putting messages together in a connection's send buffer.
 *
 * writer_begin() opens a message, the put functions append to it, writer_end() fills in its
 * length and, when enough has gathered, has the buffer sent.  The buffer is a strbuf, so that
 * types append their text and binary forms straight to it.
 *
 * Owner     the connection.
 * Thread    one at a time.
 * Failure   a message over the protocol's limit, or a connection that cannot be written: the
 *           writer remembers (`failed`) and drops everything from then on; the session asks
 *           once per batch of rows and at the end.
 * Cost      no copy between a value and the bytes given to the kernel. */
#ifndef PGWIRE_PROTO_WRITER_H
#define PGWIRE_PROTO_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/strbuf.h"

enum {
	WRITER_FLUSH_AT   = 32 * 1024,          /* send when this much has gathered */
	WRITER_MESSAGE_MAX = 0x3fffffff,
};

struct writer {
	struct strbuf out;
	size_t start;                   /* of the open message's length word */
	bool   open;
	bool   failed;
	bool   too_large;               /* ... because of a message over the limit */
	bool (*flush)(void *arg, struct strbuf *out);   /* send all, clear; false: the peer is gone */
	void  *arg;
	/* Appends a name or a message as the client reads it; NULL: as it is. */
	void (*recode)(void *arg, const char *s, size_t len, struct strbuf *out);
	void  *recode_arg;
};

void writer_begin(struct writer *w, char type);
void writer_end(struct writer *w);
/* Forget the open message. */
void writer_cancel(struct writer *w);
void writer_flush(struct writer *w);

void writer_u8(struct writer *w, uint8_t v);
void writer_u16(struct writer *w, uint16_t v);
void writer_u32(struct writer *w, uint32_t v);
void writer_str(struct writer *w, const char *s);       /* with its NUL */
void writer_bytes(struct writer *w, const void *p, size_t len);

/* A length word that is filled in when the value behind it is there. */
static inline size_t
writer_value_begin(struct writer *w)
{
	writer_u32(w, 0);
	return w->out.len;
}

void writer_value_end(struct writer *w, size_t start);

#endif
