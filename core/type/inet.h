/* inet.h - internet addresses: family (4 or 6), netmask bits, 4 or 16 bytes.
 *
 * Owner     results on the arena given.  Thread: any.
 * Failure   22P02 on text that is no address.  Cost: constant. */
#ifndef CORE_TYPE_INET_H
#define CORE_TYPE_INET_H

#include "core/base/attr.h"
#include "core/type/type.h"

struct inet {
	uint8_t family;                 /* 4 or 6 */
	uint8_t bits;                   /* of the netmask */
	uint8_t addr[16];
};

static inline int inet_size(const struct inet *v) { return v->family == 4 ? 4 : 16; }
static inline int inet_max_bits(const struct inet *v) { return v->family == 4 ? 32 : 128; }
void inet_get(const struct bytes *b, struct inet *ret);
const struct bytes *inet_make(struct arena *a, const struct inet *v);
int  inet_parse(const char *s, size_t len, bool cidr, struct inet *ret, struct err *e) MUST_CHECK;
/* Address and, if not all bits or `always`, /bits. */
void inet_put(const struct inet *v, bool always, struct strbuf *to);
void inet_mask(struct inet *v, int bits);       /* clears what is right of the mask */
int  inet_cmp(const struct inet *a, const struct inet *b);
/* Is a's network within b's (<<= ; strict: <<)? */
bool inet_within(const struct inet *a, const struct inet *b, bool strict);

#endif
