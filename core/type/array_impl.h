/* array_impl.h - what the array files share among themselves.
 *
 * Owner, Thread, Failure, Cost: as array.h. */
#ifndef CORE_TYPE_ARRAY_IMPL_H
#define CORE_TYPE_ARRAY_IMPL_H

#include "core/type/array.h"

int array_parse(const struct type *elem, struct type_env *env, const char *s, size_t len,
		int32_t typmod, const struct bytes **ret, struct err *e) MUST_CHECK;
void array_put(const struct type *elem, struct type_env *env, const struct bytes *b,
	       struct strbuf *to);
/* As array_build_add(), for a datum that is on the builder's arena already. */
void array_build_add_own(struct array_build *b, union datum d, bool null);

#endif
