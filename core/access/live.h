/* live.h - what the process knows of a table's file beside the catalog: the next hidden row id,
 * how many rows it has about, how many changed since the last ANALYZE.
 *
 * Owner     the process: an entry is never freed (a hundred bytes per file ever written);
 *           live_forget() drops those of a store that is closed.
 * Thread    any; counters are atomic.
 * Failure   only live_row_id(), which may have to read the file's last key.
 * Cost      one locked hash probe per statement, then atomic additions. */
#ifndef CORE_ACCESS_LIVE_H
#define CORE_ACCESS_LIVE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"
#include "storage/store.h"
#include "storage/txn.h"

struct live {
	_Atomic uint64_t next_row_id;    /* 0: not known yet */
	_Atomic int64_t rows;            /* committed inserts less deletes since start */
	_Atomic int64_t bytes;           /* of committed row images since start, likewise */
	_Atomic int64_t changed;         /* rows written since the last ANALYZE */
	_Atomic uint64_t base_rows_bits; /* double: rows at start, once known */
	_Atomic bool base_known;
};

struct live *live_find(struct store *store, uint32_t file);
void live_forget(struct store *store);
void live_analyzed(struct live *live, double rows); /* ANALYZE has counted them */
int live_row_id(struct live *live, struct txn *txn, uint32_t file, uint64_t *ret,
		struct err *e) MUST_CHECK;

#endif
