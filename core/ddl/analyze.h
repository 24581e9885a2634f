/* analyze.h - private to core/ddl: a column's sample and what is computed of it.
 *
 * Owner: the caller's arenas.  Thread: any.  Failure: none.  Cost: a sort of the sample. */
#ifndef CORE_DDL_ANALYZE_H
#define CORE_DDL_ANALYZE_H

#include "core/catalog/catalog.h"

struct sample {
	const struct type *type;
	int   target;                   /* buckets and common values wanted */
	int   n;                        /* rows in the sample */
	double total;                   /* rows in the table */
	union datum *values;
	double *order;                  /* where in the table each row was */
	uint8_t *null;
};

/* Fills all but attnum. */
void column_stats_compute(struct sample *s, struct arena *a, struct column_stats *ret);

#endif
