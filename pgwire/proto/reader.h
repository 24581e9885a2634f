/* reader.h - taking a message apart: the only code that does arithmetic on a client's lengths.
 *
 * A reader remembers its first failure; afterwards every read yields zero or "" and moves
 * nothing.  So decoders are straight lines, and reader_done() is asked once, at the end.
 *
 * Owner     nobody: results point into the message.
 * Thread    one at a time.
 * Failure   reader_done() tells; nothing else does.
 * Cost      a comparison a read. */
#ifndef PGWIRE_PROTO_READER_H
#define PGWIRE_PROTO_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"

struct reader {
	const unsigned char *at, *end;
	bool failed;
};

struct reader reader_make(const void *bytes, size_t len);
uint8_t     reader_u8(struct reader *r);
uint16_t    reader_u16(struct reader *r);
int16_t     reader_i16(struct reader *r);
uint32_t    reader_u32(struct reader *r);
int32_t     reader_i32(struct reader *r);
/* A string ended by NUL; "" when there is none (and the reader has failed). */
const char *reader_str(struct reader *r) NONNULL_RETURN;
/* `len` bytes, not NULL unless len is 0 or the reader fails. */
const void *reader_bytes(struct reader *r, size_t len);
/* All that is left. */
const void *reader_rest(struct reader *r, size_t *ret_len);
static inline size_t reader_left(const struct reader *r) { return (size_t) (r->end - r->at); }
/* A count of items that take at least `min_size` bytes each: fails when they cannot all be there. */
int         reader_count(struct reader *r, size_t min_size);
void        reader_fail(struct reader *r);
/* Everything was read, nothing is left over, nothing failed. */
bool        reader_done(const struct reader *r);

#endif
