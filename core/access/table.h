/* table.h - reading tables: scans, index ranges and batched probes, one interface.
 *
 * A scan is opened over a relation, in the order of the table's own key or of one index, and
 * gives batches of the wanted columns only.  Values of variable length point into row images
 * that live on the batch arena given to that call.
 *
 *     table_scan_open   then  table_scan_next until 0 rows           full or range scan
 *     table_scan_open   then, for each batch of keys,
 *                       table_probe_begin, table_probe_next until 0  lookups: Nest, joins
 *
 * Owner     table_scan_open() .. table_scan_close() inside one statement (or entered snapshot);
 *           declare it SCAN_AUTO.  The request is copied, what it points to is not: keep the
 *           datums of bounds until the next table_scan_bounds() or close.
 * Thread    the transaction's.
 * Failure   40001 when the engine ran out of room for old versions, 57014 when cancelled,
 *           XX001 for damaged rows.
 * Cost      full scan 5-10 M rows/s for three integers; a probe 1-2.5 us. */
#ifndef CORE_ACCESS_TABLE_H
#define CORE_ACCESS_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/catalog/catalog.h"
#include "core/func/func.h"
#include "core/query/query.h" /* COL_ROW_KEY ... */
#include "core/type/datum.h"

struct table_scan;

/* A limit on the index columns that follow the equality prefix, in SQL's value order (a DESC
 * column is turned round inside).  n = 0: none.  n > 1 compares the columns as a row; they
 * must then all be ASC or all DESC, and rows with nulls among them may come too: filter again.
 * With n = 1 nulls never come. */
struct scan_bound {
	int n;
	bool inclusive;
	const union datum *v; /* of the index columns' types */
};

/* What part of the index.  All zero: everything. */
struct scan_bounds {
	int neq;                /* equality on the first neq columns of the key */
	const union datum *eq;  /* of the index columns' types */
	const bool *eq_is_null; /* NULL, or per column: true means IS NULL */
	struct scan_bound lo, hi;
	bool not_null; /* the column after the prefix IS NOT NULL */
};

struct scan_request {
	const struct relation *rel;
	const struct index *index; /* NULL: the table's own order (its clustered primary key) */
	int ncols;
	const int16_t *cols; /* attnums, or COL_ROW_KEY bytea, COL_VERSION int8, COL_TABLEOID
	                                 * oid, COL_XMIN xid, COL_CTID tid */
	bool backward;
	bool latest;     /* newest committed state and all own writes, not the snapshot */
	bool keep_order; /* rows must come in index order (else in any) */
	const struct strbuf *only; /* with latest: of all rows the one with this row key; or NULL */
	int first;       /* rows of the first batch, the next ones are larger; 0: BATCH_ROWS */
	int limit_each;  /* probes: at most so many rows a key, first in index order; 0: all */
	struct scan_bounds bounds;
	int16_t where_attnum; /* system relations: rows with this column = where_value (more rows */
	union datum where_value; /* may come: filter again); 0: all */
};

#define SCAN_AUTO CLEANUP(table_scan_close)

int table_scan_open(struct exec_env *env, const struct scan_request *req,
		    struct table_scan **ret_scan, struct err *e) MUST_CHECK;
void table_scan_close(struct table_scan **scan); /* NULL is a no-op */

/* The next rows: *ret_n is 0 only at the end.  Before the call out[i].v and out[i].null point
 * to room for BATCH_ROWS; afterwards stride is 1 and null is NULL when no value is null. */
int table_scan_next(struct table_scan *s, struct arena *batch, struct vec *out, int *ret_n,
		    struct err *e) MUST_CHECK;
/* Start again with other bounds (also after the end). */
int table_scan_bounds(struct table_scan *s, const struct scan_bounds *bounds,
		      struct err *e) MUST_CHECK;

/* Batched lookup: keys[0..nkeys) are the first columns of the index, rows sel[0..n) of them
 * (sel NULL: rows 0..n).  n <= BATCH_ROWS.  A null key finds nothing.  The request's bounds do not
 * apply.  Keys are copied: they may go away before the results are read. */
int table_probe_begin(struct table_scan *s, int nkeys, const struct vec *keys, const uint16_t *sel,
		      int n, struct err *e) MUST_CHECK;
/* The same with a range of the index's next column, which is not null, for each row: what lo and hi
 * point to are vectors as keys are; NULL: that side is open.  nkeys may be 0 then. */
struct probe_range {
	const struct vec *lo, *hi;
	bool lo_incl, hi_incl;
};
int table_probe_ranges(struct table_scan *s, int nkeys, const struct vec *keys,
		       const struct probe_range *range, const uint16_t *sel, int n,
		       struct err *e) MUST_CHECK;
/* COL_CTID of a row: page and line of the hidden row id; a hash of the key for clustered tables. */
int64_t table_ctid(const struct relation *rel, const void *key, size_t klen);
/* The same by row keys (values of COL_ROW_KEY); the scan's index must be NULL. */
int table_probe_rows(struct table_scan *s, const struct vec *row_keys, const uint16_t *sel, int n,
		     struct err *e) MUST_CHECK;
/* Results: ret_ordinal[i] is the probe row (an element of sel) that row i belongs to.  All rows of
 * one probe row come together, in index order; probe rows come in any order. */
int table_probe_next(struct table_scan *s, struct arena *batch, struct vec *out,
		     uint16_t *ret_ordinal, int *ret_n, struct err *e) MUST_CHECK;

/* Would this request be answered from the index alone? */
bool table_scan_index_only(const struct scan_request *req);
/* What has been done so far, for EXPLAIN ANALYZE. */
struct scan_counts {
	uint64_t rows, index_entries, row_fetches, probes;
};
const struct scan_counts *table_scan_counts(const struct table_scan *s);

/* --- Sizes, for the planner: cheap, never fail, may be old ------------------------------------ */
struct table_size {
	double rows;
	double bytes; /* of the rows, uncompressed */
	double width; /* bytes / rows */
};
struct table_size table_size(struct store *store, const struct relation *rel);
double index_bytes(struct store *store, const struct index *ix);

#endif
