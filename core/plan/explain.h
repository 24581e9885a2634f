/* explain.h - what EXPLAIN was asked to show. */
#ifndef CORE_PLAN_EXPLAIN_H
#define CORE_PLAN_EXPLAIN_H

#include <stdbool.h>

struct explain_options { bool analyze, verbose, costs, buffers, timing, summary, settings; bool json; };

#endif
