/* cursor.h - walking one file in key order, as a transaction's current snapshot shows it.
 *
 * A cursor shows the engine's rows merged with the transaction's own writes of commands
 * before the one that opened it.  Keys compare with memcmp, a prefix before its extension.
 *
 * Owner     cursor_open() .. cursor_close().  A cursor lives as long as the snapshot it was
 *           opened in: to the end of the statement, or until a held snapshot is released.
 *           One left open after that fails at use and may still be closed, until the
 *           transaction ends.
 * Thread    the transaction's.
 * Failure   ret_found tells end from row; T_R_SERIALIZATION_FAILURE when the engine ran out of
 *           room for old versions.
 * Cost      open and close about 0.1 us (kept open in the transaction); a probe 1.5-2 us when
 *           cached in memory; a scan over 10 M rows/s through cursor_fill(). */
#ifndef STORAGE_CURSOR_H
#define STORAGE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/attr.h"
#include "core/base/err.h"

struct txn;

/* The part callers read: the row under the cursor.  The bytes live until the next call on
 * this cursor. */
struct cursor {
	const uint8_t *key, *value;
	size_t klen, vlen;
	bool   own;                     /* this row comes from the transaction's own writes */
};

#define CURSOR_AUTO CLEANUP(cursor_close)

int  cursor_open(struct txn *txn, uint32_t file, struct cursor **ret_cursor,
                 struct err *e) MUST_CHECK;
/* Over the newest committed state and all own writes: each seek looks anew, and ends what every
 * other latest cursor of the transaction points to. */
int  cursor_open_latest(struct txn *txn, uint32_t file, struct cursor **ret_cursor,
                        struct err *e) MUST_CHECK;
void cursor_close(struct cursor **cursor);              /* NULL is a no-op */

/* Only keys with lo <= key < hi exist for this cursor; NULL: no bound.  Copied.  Unpositions. */
void cursor_set_bounds(struct cursor *c, const void *lo, size_t lolen, const void *hi, size_t hilen);

enum cursor_seek {
	CURSOR_EXACT,
	CURSOR_GE, CURSOR_GT,           /* the first such key */
	CURSOR_LE, CURSOR_LT,           /* the last such key */
};

int  cursor_seek(struct cursor *c, enum cursor_seek how, const void *key, size_t klen,
                 bool *ret_found, struct err *e) MUST_CHECK;
int  cursor_first(struct cursor *c, bool *ret_found, struct err *e) MUST_CHECK;
int  cursor_last(struct cursor *c, bool *ret_found, struct err *e) MUST_CHECK;
/* From a row to its neighbour; from "unpositioned" to the first or last; past the end it stays
 * at the end. */
int  cursor_next(struct cursor *c, bool *ret_found, struct err *e) MUST_CHECK;
int  cursor_prev(struct cursor *c, bool *ret_found, struct err *e) MUST_CHECK;
/* Forget the position and let go of the engine's page; the bounds stay. */
void cursor_reset(struct cursor *c);

/* Up to `max` rows in one call, copied to the arena; n < max only at the end. */
struct cursor_batch {
	int max;                        /* in: room in the arrays */
	bool backward;                  /* in: walk with prev */
	bool keys_only;                 /* in: leave value and vlen alone */
	bool values_only;               /* in: leave key and klen alone */
	size_t most;                    /* in: copy only so much of a value (vlen is all of it); 0: all */
	const uint8_t **key, **value;   /* in: arrays of max; out: the first n */
	uint32_t *klen, *vlen;
	struct arena *arena;
	int n;                          /* out */
};

/* Continues after the cursor's row, or from the beginning when it has none.  After
 * cursor_seek() the row under the cursor is not repeated: take it first. */
int  cursor_fill(struct cursor *c, struct cursor_batch *batch, struct err *e) MUST_CHECK;

#endif
