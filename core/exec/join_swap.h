/* join_swap.h - a hash join inside a Nest, from its second batch of parents on.
 *
 * The planner hashes the enclosing rows (PLAN_OUTER) and streams the table past them: right for
 * one batch.  When more batches come, streaming the table again for each would cost a scan per
 * 1,024 parents; so the table's rows are hashed once, kept, and probed with the enclosing rows.
 * Rows of one enclosing row come in the table's order either way.
 *
 * Owner     x->arena; join_swap_close() frees the table.  Thread: one at a time.
 * Failure   as a hash join; a table too large for memory is given up, without an error. */
#ifndef CORE_EXEC_JOIN_SWAP_H
#define CORE_EXEC_JOIN_SWAP_H

#include "core/exec/join.h"
#include "core/exec/join_table.h"

struct join_swap;

/* NULL when this join does not qualify. */
int  join_swap_open(struct op *op, struct join_swap **ret, struct err *e) MUST_CHECK;
void join_swap_close(struct join_swap **s);
/* Read the child and keep it; *ret_ok false: it was too large and is to be read again. */
int  join_swap_build(struct join_swap *s, bool *ret_ok, struct err *e) MUST_CHECK;
void join_swap_rescan(struct join_swap *s);
int  join_swap_next(struct join_swap *s, const struct batch **ret, struct err *e) MUST_CHECK;

#endif
