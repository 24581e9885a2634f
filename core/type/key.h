/* key.h - bytes whose memcmp order is SQL's order, for the types' key() and unkey().
 *
 * Every encoding is self-delimiting and none is a prefix of another of its type.
 *
 * Owner     appended to the caller's strbuf.  Thread: any.  Failure: none; a decoder given
 *           too few bytes returns 0.  Cost: fixed sizes but for bytes: one pass. */
#ifndef CORE_TYPE_KEY_H
#define CORE_TYPE_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/strbuf.h"
#include "core/type/datum.h"

/* A signed integer in `size` bytes: 1, 2, 4 or 8. */
void   key_put_int(struct strbuf *to, int64_t v, int size);
size_t key_get_int(const void *p, size_t len, int size, int64_t *ret);
void   key_put_uint(struct strbuf *to, uint64_t v, int size);
size_t key_get_uint(const void *p, size_t len, int size, uint64_t *ret);
/* -Infinity < ... < -0 = 0 < ... < Infinity < NaN */
void   key_put_double(struct strbuf *to, double v);
/* Bytes: 00 becomes 00 FF, the end is 00 01. */
void   key_put_bytes(struct strbuf *to, const void *p, size_t len);
size_t key_read_bytes(const void *p, size_t len, struct arena *a, const struct bytes **ret);

#endif
