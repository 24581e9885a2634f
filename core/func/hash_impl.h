/* hash_impl.h - PostgreSQL's hash of bytes and words, between hash_funcs.c and hash_values.c.
 *
 * Owner, failure: none.  Thread: any.  Cost: a few operations for each 12 bytes. */
#ifndef CORE_FUNC_HASH_IMPL_H
#define CORE_FUNC_HASH_IMPL_H

#include "core/func/impl.h"

struct mix { uint32_t a, b, c; };      /* c is the hash of 32 bits, b:c the one of 64 */

struct mix hash_digest(const void *bytes, uint32_t len, uint64_t seed);
struct mix hash_digest_u32(uint32_t v, uint64_t seed);
struct mix hash_digest_float(double v, uint64_t seed);  /* not zero; all NaNs are equal */

/* Integers of equal value hash equal, whatever their width. */
static inline uint32_t
hash_fold_int8(int64_t v)
{
	uint32_t low = (uint32_t) v, high = (uint32_t) ((uint64_t) v >> 32);

	return low ^ (v >= 0 ? high : ~high);
}

static inline uint32_t
hash_bpchar_len(const struct bytes *b)
{
	uint32_t len = bytes_len(b);

	while (len > 0 && bytes_data(b)[len - 1] == ' ')
		len--;
	return len;
}

#endif
