/* deadlock.c - finding and breaking cycles of waiting.
 *
 * The search runs in the thread that has waited deadlock_timeout, with every shard locked, so
 * it sees one moment of the whole table.  An actor waits for those who hold what it cannot
 * share (a hard edge) and for those who stand before it in the queue and want what it cannot
 * share (a soft edge: only fairness keeps it waiting).  A cycle with a soft edge is broken by
 * letting that waiter pass; one without is broken by failing the transaction that looked,
 * which is the last that could have closed it. */
#include "config.h"
#include "storage/lock_table.h"

#include <stdio.h>
#include <string.h>

struct edge {
	struct waiter *w;               /* who waits */
	const struct lock_actor *by;    /* for whom */
	bool soft;
	struct edge *prev;
};

static bool search(struct lock_actor *a, const struct lock_actor *goal, unsigned visit,
                   struct edge *prev, struct err *e, bool *ret_passed);

/* Let a waiter of the cycle pass that only the queue holds back. */
static bool
let_pass(struct edge *last)
{
	for (struct edge *x = last; x != NULL; x = x->prev)
		if (x->soft && !lock_blocked_by_holders(x->w->of, x->w->owner->actor, x->w->mode)) {
			lock_grant_waiter(x->w);
			return true;
		}
	return false;
}

static void
report(const struct edge *last, struct err *e)
{
	char lines[ERR_TEXT_MAX] = "";
	const struct edge *path[16];
	int n = 0;

	for (const struct edge *x = last; x != NULL && n < 16; x = x->prev)
		path[n++] = x;
	for (size_t used = 0; n-- > 0 && used < sizeof lines; used = strlen(lines)) {
		char what[160];
		lock_describe(path[n]->w->of, what, sizeof what);
		snprintf(lines + used, sizeof lines - used,
		         "%sProcess %d waits for %s on %s; blocked by process %d.",
		         used == 0 ? "" : "\n", path[n]->w->owner->actor->pid,
		         lock_mode_name(path[n]->w->mode), what, path[n]->by->pid);
	}
	err_set(e, ERR_T_R_DEADLOCK_DETECTED, "deadlock detected");
	err_detail(e, "%s", lines);
	err_hint(e, "See server log for query details.");
}

/* Follow one edge; true ends the search: *e is set or somebody has passed. */
static bool
follow(struct edge *edge, struct lock_actor *to, const struct lock_actor *goal, unsigned visit,
       struct err *e, bool *ret_passed)
{
	edge->by = to;
	if (to == goal) {
		*ret_passed = let_pass(edge);
		if (!*ret_passed)
			report(edge, e);
		return true;
	}
	return search(to, goal, visit, edge, e, ret_passed);
}

static bool
search(struct lock_actor *a, const struct lock_actor *goal, unsigned visit, struct edge *prev,
       struct err *e, bool *ret_passed)
{
	struct edge edge = { .w = a->waiting, .prev = prev };

	if (a->waiting == NULL || a->visit == visit)
		return false;
	a->visit = visit;
	const struct lockable *l = edge.w->of;
	for (struct grant *g = l->grants; g != NULL; g = g->next)
		if (g->owner->actor != a && lock_modes_conflict(edge.w->mode, g->mode)
		    && follow(&edge, g->owner->actor, goal, visit, e, ret_passed))
			return true;
	edge.soft = true;
	for (struct waiter *w = l->queue; w != edge.w; w = w->next)
		if (w->owner->actor != a && lock_modes_conflict(edge.w->mode, w->mode)
		    && follow(&edge, w->owner->actor, goal, visit, e, ret_passed))
			return true;
	return false;
}

void
deadlock_check(struct lock_table *t, const struct lock_actor *self, struct err *e)
{
	for (int i = 0; i < SHARDS; i++)
		pthread_mutex_lock(&t->shard[i].mutex);
	bool passed = true;
	while (passed) {
		passed = false;
		(void) search((struct lock_actor *) self, self, ++t->visit, NULL, e, &passed);
	}
	for (int i = SHARDS; i-- > 0; )
		pthread_mutex_unlock(&t->shard[i].mutex);
}
