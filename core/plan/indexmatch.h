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
	struct expr *exact[INDEX_COLS_MAX + 3];        /* conditions the bounds say completely */
};

void index_match(struct planner *pl, struct range *r, const struct index *ix, const struct list *quals, struct index_match *ret);
bool index_match_exact(const struct index_match *m, const struct expr *qual);
/* What column k of the index is, over r; NULL: it cannot be told. */
struct expr *index_key_expr(struct planner *pl, struct range *r, const struct index *ix, int k);
/* May the index be used under these conditions: are all rows that they select in it?
 * ret_share: how much of the table is. */
bool index_serves(struct planner *pl, struct range *r, const struct index *ix, const struct list *quals, double *ret_share);
/* qual is "key = x" with x free of this table: x made to be of the type; else NULL.  key: what the
 * index's column is, of type t. */
struct expr *index_equality(struct planner *pl, const struct range *r, const struct expr *key, const struct type *t, struct expr *qual);
/* The same for < <= > >=: *ret_op is the operator as seen from the column. */
struct expr *index_inequality(struct planner *pl, const struct range *r, const struct expr *key, const struct type *t, struct expr *qual, const char **ret_op);
/* qual is "key IS NOT NULL". */
bool index_not_null(const struct expr *key, const struct expr *qual);

#endif
