/* depend.h - which transaction comes before which, and what single transactions must not see.
 *
 * Owner     the edges go to the caller's list.
 * Thread    one.
 * Failure   G1b, lost updates, stale reads and reads that contradict their own transaction go to
 *           `found`.
 * Cost      linear in operations and versions; edges of time are kept few by leaving out those
 *           that follow from others. */
#ifndef REGRESS_HISTORY_DEPEND_H
#define REGRESS_HISTORY_DEPEND_H

#include "regress/history/graph.h"
#include "regress/history/order.h"

void depend_data(const struct order *o, struct edges *edges, struct found *f);
void depend_time(const struct order *o, struct edges *edges);
void depend_within(const struct order *o, enum level level, struct found *f);

#endif
