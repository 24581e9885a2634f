/* key.h - values as bytes whose memcmp order is the values' order.
 *
 * A key is its columns one after the other.  Every encoding is self-delimiting and free of
 * prefixes, so a shorter key cannot disturb the order of what follows, and DESC is the
 * complement of the bytes.  A column that can be NULL starts with a marker, which is never
 * complemented: NULLS FIRST and LAST are independent of ASC and DESC.  These bytes are on disk:
 * they may never change.
 *
 *     marker    00 NULL (nulls first), 01 a value follows, 02 NULL (nulls last)
 *     int, uint big-endian, sign bit flipped for the signed ones
 *     double    IEEE bits big-endian; negative ones complemented, others with the sign bit set;
 *               -0 is 0 and every NaN is the one greatest value, as in PostgreSQL
 *     bytes     each 00 becomes 00 FF; the end is 00 01
 *
 * Owner     the caller's strbuf.  Thread: any.
 * Failure   decoders return false on bytes that are no such encoding and then stay at the end. */
#ifndef STORAGE_KEY_H
#define STORAGE_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/strbuf.h"

void key_add_null(struct strbuf *b, bool nulls_first);
void key_add_present(struct strbuf *b);
void key_add_bool(struct strbuf *b, bool v, bool desc);
void key_add_i16(struct strbuf *b, int16_t v, bool desc);
void key_add_i32(struct strbuf *b, int32_t v, bool desc);
void key_add_i64(struct strbuf *b, int64_t v, bool desc);
void key_add_u8(struct strbuf *b, uint8_t v, bool desc);
void key_add_u16(struct strbuf *b, uint16_t v, bool desc);
void key_add_u32(struct strbuf *b, uint32_t v, bool desc);
void key_add_u64(struct strbuf *b, uint64_t v, bool desc);
void key_add_float(struct strbuf *b, float v, bool desc);
void key_add_double(struct strbuf *b, double v, bool desc);
void key_add_bytes(struct strbuf *b, const void *bytes, size_t len, bool desc);
void key_add_fixed(struct strbuf *b, const void *bytes, size_t len, bool desc);  /* len is known when decoding */

struct key_reader {
	const uint8_t *p, *end;
};

static inline struct key_reader
key_reader(const void *bytes, size_t len)
{
	return (struct key_reader) { bytes, (const uint8_t *) bytes + len };
}

bool key_get_null(struct key_reader *r, bool *ret_null);        /* reads the marker */
bool key_get_bool(struct key_reader *r, bool desc, bool *ret_v);
bool key_get_i16(struct key_reader *r, bool desc, int16_t *ret_v);
bool key_get_i32(struct key_reader *r, bool desc, int32_t *ret_v);
bool key_get_i64(struct key_reader *r, bool desc, int64_t *ret_v);
bool key_get_u8(struct key_reader *r, bool desc, uint8_t *ret_v);
bool key_get_u16(struct key_reader *r, bool desc, uint16_t *ret_v);
bool key_get_u32(struct key_reader *r, bool desc, uint32_t *ret_v);
bool key_get_u64(struct key_reader *r, bool desc, uint64_t *ret_v);
bool key_get_float(struct key_reader *r, bool desc, float *ret_v);
bool key_get_double(struct key_reader *r, bool desc, double *ret_v);
bool key_get_bytes(struct key_reader *r, bool desc, struct strbuf *ret_bytes);   /* appends */
bool key_get_fixed(struct key_reader *r, size_t len, bool desc, void *ret_bytes);
bool key_skip_bytes(struct key_reader *r, bool desc);

/* Make `b` the smallest key above every key that begins with it; false: there is none (all
 * bytes FF or no byte): use no bound. */
bool key_prefix_end(struct strbuf *b);

#endif
