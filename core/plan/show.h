/* show.h - expressions of a plan as text, for EXPLAIN.  Internal to core/plan. */
#ifndef CORE_PLAN_SHOW_H
#define CORE_PLAN_SHOW_H

#include "core/plan/plan.h"

/* Slots are columns of left, then of right; either may be NULL. */
void plan_show_expr(struct strbuf *to, const struct expr *x, const struct plan *left, const struct plan *right);

#endif
