/* range_impl.h - between range_type.c and multirange.c.
 *
 * Owner, Thread, Failure, Cost: as range.h. */
#ifndef CORE_TYPE_RANGE_IMPL_H
#define CORE_TYPE_RANGE_IMPL_H

#include "core/type/range.h"

int  range_parse(const struct type *t, struct type_env *env, const char *s, size_t len,
                 const struct bytes **ret, struct err *e) MUST_CHECK;
void range_put(const struct type *t, struct type_env *env, const struct bytes *b,
	       struct strbuf *to);
void range_send(const struct type *t, struct type_env *env, const struct bytes *b,
		struct strbuf *to);
int range_recv(const struct type *t, struct type_env *env, const void *p, size_t len,
	       int32_t typmod, const struct bytes **ret, struct err *e) MUST_CHECK;
uint64_t range_hash(const struct type *t, const struct bytes *b);
void range_key(const struct type *t, const struct bytes *b, struct strbuf *to);

#endif
