/* sysrel.h - relations whose rows are computed: pg_catalog and information_schema.
 *
 * core/syscat fills one per relation and hangs it on the relation's `sys`; table_scan reads
 * them like tables, so that the executor needs no special case.
 *
 * Owner: static tables.  Thread: any; rows come from the catalog snapshot in the environment.
 * Failure: rows() returns what push() returned or its own error. */
#ifndef CORE_ACCESS_SYSREL_H
#define CORE_ACCESS_SYSREL_H

#include "core/func/func.h"

struct sysrel {
	/* Push every row, all columns in order of attnum.  Values must live on env->stmt_arena or
	 * longer (the catalog snapshot), not on the batch arena. */
	int (*rows)(const struct sysrel *s, struct exec_env *env, struct row_sink *to,
		    struct err *e);
	/* Optional, for lookups by one column (oid, relname ...): push at least the rows whose
	 * column `attnum` equals v, and set *ret_done; not done: rows() is called instead. */
	int (*rows_where)(const struct sysrel *s, struct exec_env *env, int16_t attnum,
			  union datum v, struct row_sink *to, bool *ret_done, struct err *e);
	const void *arg;
	char kind;           /* what pg_class shows: 'r', or 'v' where PostgreSQL has a view */
	double row_estimate; /* 0: unknown */
};

#endif
