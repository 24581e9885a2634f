/* bit.h - bit strings: the number of bits (4 bytes), then the bits, highest first.
 *
 * Owner     results on the arena given.  Thread: any.  Failure: none.  Cost: O(length). */
#ifndef CORE_TYPE_BIT_H
#define CORE_TYPE_BIT_H

#include "core/type/datum.h"

uint32_t bit_length(const struct bytes *b);
struct bytes *bit_make(struct arena *a, uint32_t bits);         /* all zero */
static inline const uint8_t *
bit_data(const struct bytes *b)
{
	return (const uint8_t *) b->data + 4;
}
static inline bool
bit_get(const struct bytes *b, uint32_t i)
{
	return (bit_data(b)[i / 8] & 0x80 >> (i % 8)) != 0;
}

#endif
