/* reader.c - checked reads from a message. */
#include "config.h"
#include "pgwire/proto/reader.h"

#include <string.h>

struct reader
reader_make(const void *bytes, size_t len)
{
	return (struct reader) { .at = bytes, .end = (const unsigned char *) bytes + len };
}

void
reader_fail(struct reader *r)
{
	r->failed = true;
	r->at = r->end;
}

const void *
reader_bytes(struct reader *r, size_t len)
{
	if (r->failed || len > reader_left(r)) {
		reader_fail(r);
		return NULL;
	}
	const void *p = r->at;
	r->at += len;
	return p;
}

uint8_t
reader_u8(struct reader *r)
{
	const unsigned char *p = reader_bytes(r, 1);

	return p == NULL ? 0 : *p;
}

uint16_t
reader_u16(struct reader *r)
{
	const unsigned char *p = reader_bytes(r, 2);

	return p == NULL ? 0 : (uint16_t) (p[0] << 8 | p[1]);
}

int16_t
reader_i16(struct reader *r)
{
	return (int16_t) reader_u16(r);
}

uint32_t
reader_u32(struct reader *r)
{
	const unsigned char *p = reader_bytes(r, 4);

	return p == NULL ? 0 : (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16 | (uint32_t) p[2] << 8 | p[3];
}

int32_t
reader_i32(struct reader *r)
{
	return (int32_t) reader_u32(r);
}

const char *
reader_str(struct reader *r)
{
	size_t left = reader_left(r);
	const unsigned char *nul = r->failed || left == 0 ? NULL : memchr(r->at, '\0', left);

	if (nul == NULL) {
		reader_fail(r);
		return "";
	}
	const char *s = (const char *) r->at;
	r->at = nul + 1;
	return s;
}

const void *
reader_rest(struct reader *r, size_t *ret_len)
{
	*ret_len = reader_left(r);
	return reader_bytes(r, *ret_len);
}

int
reader_count(struct reader *r, size_t min_size)
{
	int n = reader_u16(r);

	if ((size_t) n * min_size > reader_left(r)) {
		reader_fail(r);
		return 0;
	}
	return n;
}

bool
reader_done(const struct reader *r)
{
	return !r->failed && r->at == r->end;
}
