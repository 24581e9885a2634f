/* indexmatch.h - which part of an index conditions over its table select.
 *
 * Internal to core/plan.  Owner: the planner's arena. */
#ifndef CORE_PLAN_INDEXMATCH_H
#define CORE_PLAN_INDEXMATCH_H

#include "core/plan/planner.h"

struct index_match {
	struct key_range range;
	bool   any;                     /* some bound was found */
	bool   has_list;                /* range.in_list */
	double selectivity;             /* of the bounds */
	int    nexact;
	struct expr *exact[INDEX_COLS_MAX + 2];        /* conditions the bounds say completely */
};

void index_match(struct planner *pl, struct range *r, const struct index *ix, const struct list *quals, struct index_match *ret);
bool index_match_exact(const struct index_match *m, const struct expr *qual);
/* qual is "column = x" with x free of this table: x made to be of the column's type; else NULL. */
struct expr *index_equality(struct planner *pl, const struct range *r, const struct index_column *c, struct expr *qual);

#endif
