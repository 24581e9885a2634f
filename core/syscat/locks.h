/* locks.h - who waits, for pg_stat_activity.  Inside core/syscat.
 *
 * Owner     a list lives on the arena it was collected with.
 * Thread    one.  Failure: none.  Cost: a walk through the lock table. */
#ifndef CORE_SYSCAT_LOCKS_H
#define CORE_SYSCAT_LOCKS_H

#include "core/base/list.h"
#include "core/func/func.h"

struct lock_waits {
	struct arena *arena;
	struct list waits; /* struct lock_wait */
};

struct lock_wait {
	int pid;
	uint64_t txn;      /* its number, when others may wait for it; 0: says nothing of that */
	const char *type, *event;       /* NULL: it does not wait */
};

void lock_waits_collect(struct exec_env *env, struct lock_waits *ret);
const struct lock_wait *lock_waits_find(const struct lock_waits *w, int pid, bool waiting);

#endif
