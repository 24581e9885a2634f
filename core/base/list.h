/* list.h - a growing array of pointers on an arena.
 *
 * Owner     the arena given at each push; elements are the caller's.
 * Thread    one at a time.  Failure: as arena.h.  Cost: doubling copies within the arena. */
#ifndef CORE_BASE_LIST_H
#define CORE_BASE_LIST_H

#include <string.h>

#include "core/base/arena.h"

struct list {
	void **at;
	int    n, cap;
};

static inline void
list_push(struct list *l, struct arena *a, const void *item)
{
	if (l->n == l->cap) {
		int cap = l->cap == 0 ? 8 : l->cap * 2;
		void **at = arena_alloc(a, (size_t) cap * sizeof *at);
		if (l->n != 0)
			memcpy(at, l->at, (size_t) l->n * sizeof *at);
		l->at = at;
		l->cap = cap;
	}
	l->at[l->n++] = (void *) item;
}

#define LIST_AT(type, l, i) ((type *) (l)->at[i])

#endif
