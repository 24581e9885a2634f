/* spill.h - temporary runs on disk for sorts, hashes and materialised results.
 *
 * A run is written once from start to end, then read from its start, as often as wanted.
 * The file has no name in the directory from the moment it is made, so a crash leaves nothing.
 *
 * Owner     spill_open() .. spill_close().
 * Thread    one at a time; different runs of one account may be used by different threads.
 * Failure   53400 above temp_file_limit, 53100 when the disk is full, 58030 otherwise.
 * Cost      one descriptor a run; 64 KB buffers; no fsync. */
#ifndef STORAGE_SPILL_H
#define STORAGE_SPILL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/err.h"

struct store;
struct spill;

/* What a session has on disk at the moment, against its limit (0: none). */
struct spill_account {
	_Atomic uint64_t used;
	uint64_t limit;
};

#define SPILL_AUTO CLEANUP(spill_close)

int  spill_open(struct store *store, struct spill_account *account, struct spill **ret_spill,
                struct err *e) MUST_CHECK;      /* account may be NULL */
void spill_close(struct spill **spill);

int  spill_write(struct spill *s, const void *bytes, size_t len, struct err *e) MUST_CHECK;
/* End of writing (flushes the buffer) and back to the start for reading. */
int  spill_rewind(struct spill *s, struct err *e) MUST_CHECK;
/* Exactly len bytes, or none at the end of the run: ret_more is false then. */
int  spill_read(struct spill *s, void *ret_bytes, size_t len, bool *ret_more,
                struct err *e) MUST_CHECK;
uint64_t spill_bytes(const struct spill *s);
/* Independent reads of a finished run, for merges with several readers and hash chains. */
int  spill_read_at(struct spill *s, uint64_t offset, void *ret_bytes, size_t len,
                   struct err *e) MUST_CHECK;

#endif
