/* sequence.h - the values of sequences: never part of a transaction.
 *
 * Owner     a session makes its cache and gives it back; counts shared by all belong to the
 *           process until sequence_forget().
 * Thread    a cache belongs to its session; the shared counts are locked.
 * Failure   2200H at the end of a sequence, 55000 for values not yet taken, 22003 out of bounds.
 * Cost      a locked addition; every 32 values a small commit that is not waited for. */
#ifndef CORE_ACCESS_SEQUENCE_H
#define CORE_ACCESS_SEQUENCE_H

#include "core/catalog/catalog.h"

struct sequence_cache; /* a session's cached ranges and last values */
struct sequence_cache *sequence_cache_new(struct catalog_store *cs);
void sequence_cache_done(struct sequence_cache **cache);
int sequence_nextval(struct sequence_cache *c, const struct relation *seq, int64_t *ret,
		     struct err *e) MUST_CHECK;
int sequence_currval(struct sequence_cache *c, const struct relation *seq, int64_t *ret,
		     struct err *e) MUST_CHECK;
int sequence_lastval(struct sequence_cache *c, int64_t *ret, struct err *e) MUST_CHECK;
int sequence_setval(struct sequence_cache *c, const struct relation *seq, int64_t v, bool called,
		    struct err *e) MUST_CHECK;
void sequence_discard(struct sequence_cache *c); /* DISCARD SEQUENCES */
struct sequence_state {
	int64_t last_value, log_cnt;
	bool is_called;
};
int sequence_read(struct catalog_store *cs, const struct relation *seq, struct sequence_state *ret,
		  struct err *e) MUST_CHECK;

struct txn;
/* The value as part of a transaction: of a sequence that goes; of one in a database being made as a
 * copy of another. */
int sequence_remove(struct txn *txn, oid_t database, const struct relation *seq,
		    struct err *e) MUST_CHECK;
int sequence_copy(struct txn *txn, struct catalog_store *from, oid_t to, const struct relation *seq,
		  struct err *e) MUST_CHECK;

/* A store is closed: forget its counts. */
void sequence_forget(struct store *store);

#endif
