/* words.h - a cycle in words.
 *
 * Owner     the text is the caller's to free.
 * Thread    one.
 * Failure   none: without memory the program ends.
 * Cost      nothing that matters. */
#ifndef REGRESS_HISTORY_WORDS_H
#define REGRESS_HISTORY_WORDS_H

#include "regress/history/graph.h"
#include "regress/history/order.h"

char *words_cycle(const struct order *o, const struct edge *cycle, uint32_t len);

#endif
