/* probe.h - the tables that a lookup join looks into: one, or the partitions of one.
 *
 * Each row of keys goes to the partitions that can have it, as far as its keys tell; a scan is
 * opened when the first row comes to it.
 *
 * Owner     the operator's; on x->arena.  probe_close() ends the scans.  Thread: one.
 * Failure   of scans and filters.
 * Cost      a binary search for each row and level of partitions. */
#ifndef CORE_EXEC_PROBE_H
#define CORE_EXEC_PROBE_H

#include "core/access/table.h"
#include "core/exec/operator.h"
#include "core/exec/prog.h"

struct probe_table {
	const struct plan_scan *plan;
	struct table_scan *scan;        /* NULL: not opened yet */
	struct filter *filter;
	uint16_t *sel;                  /* rows of keys to look for */
	int n;
};

struct probe {
	struct exec *x;
	const struct plan_append *parts;        /* NULL: one table */
	int ntables;
	struct probe_table *tables;
	int nkeys;
	bool ranged;                    /* two more columns of the keys are a range's ends */
	struct probe_range range;
	int limit_each;                 /* so many rows of each table will do for a row; 0: all */
	union datum **eq;               /* per route: room for its keys */
	bool **keep;                    /* and its parts */
};

/* keys: the columns that will be looked for, lo's and hi's after them where the join has these. */
int  probe_open(struct exec *x, const struct plan_join *join, const struct vec *keys, struct probe *ret, struct err *e) MUST_CHECK;
bool probe_has_filter(const struct probe *p);
/* Share rows sel[0..n) of the keys out to the tables; room for the lists on `a`. */
void probe_share(struct probe *p, const struct vec *keys, const uint16_t *sel, int n, struct arena *a);
/* Begin with the rows of this table, which has some. */
int  probe_begin(struct probe *p, struct probe_table *t, const struct vec *keys, struct err *e) MUST_CHECK;
void probe_close(struct probe *p);

#endif
