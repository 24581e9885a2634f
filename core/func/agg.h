/* agg.h - what the aggregate files share.
 *
 * Owner     states live on the groups' arena, c->arena; results are made on the batch arena.
 * Thread    one.  Failure: as func.h.
 * A state that keeps a by-reference value keeps it in a struct kept_value, whose room grows by
 * doubling, so that a maximum over a rising column does not fill the arena. */
#ifndef CORE_FUNC_AGG_H
#define CORE_FUNC_AGG_H

#include "core/func/impl.h"

struct kept_value {
	union datum v;
	uint32_t room;                  /* bytes of data that v.b can hold */
	bool any;
};

static inline void
kept_set(struct kept_value *k, struct arena *a, const struct type *t, union datum d)
{
	k->any = true;
	if (t->byval) {
		k->v = d;
		return;
	}
	uint32_t n = bytes_len(d.b);
	if (k->v.b == NULL || n > k->room) {
		k->room = n < 16 ? 16 : n * 2;
		k->v.b = bytes_make(a, NULL, k->room);
	}
	memcpy((void *) k->v.b, d.b, sizeof(uint32_t) + n);
}

#endif
