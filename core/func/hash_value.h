/* hash_value.h - PostgreSQL's hash of any value, for what must spread rows as it does.
 *
 * Owner     nothing is kept; `a` holds what is needed meanwhile.  Thread: any.
 * Failure   a type without a hash function (no key of that type can be made).
 * Cost      as hash_impl.h. */
#ifndef CORE_FUNC_HASH_VALUE_H
#define CORE_FUNC_HASH_VALUE_H

#include "core/func/func.h"

/* One more column, which is not null, of a key that hash partitions go by; *hash begins as 0. */
int hash_partition_column(struct arena *a, const struct type *t, union datum d, uint64_t *hash, struct err *e);

#endif
