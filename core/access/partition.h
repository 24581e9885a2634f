/* partition.h - which partition a key belongs to, and which ones conditions can meet.
 *
 * Keys are compared as bytes: each column as a B-tree index would have it, after one byte that
 * sets it between MINVALUE and MAXVALUE (ranges), or alone (lists, hashes).
 *
 * Owner     nothing is kept.  Thread: any.
 * Failure   none.  Cost: placing a key is a binary search. */
#ifndef CORE_ACCESS_PARTITION_H
#define CORE_ACCESS_PARTITION_H

#include "core/access/table.h"
#include "core/base/strbuf.h"
#include "core/catalog/partition.h"

/* The key's values, one for each of its columns.  Into rel->parts; -1: there is none for it. */
int partition_find(const struct relation *rel, const union datum *v, const bool *null);

/* One end of a range, or one value of a list, as bound->keys has it. */
void partition_add_range_end(const struct partition_key *key, const struct partition_value *ends,
			     const union datum *v, int n, struct strbuf *to);
void partition_add_value(const struct partition_key *key, int col, union datum v,
			 struct strbuf *to);

/* Set keep[i] for each partition that may have rows within these bounds on the key's columns. */
void partition_select(const struct relation *rel, const struct scan_bounds *b, bool *keep);

/* The same for column = ANY (array) after them: eq has room for one value more. */
void partition_select_any(const struct relation *rel, const struct scan_bounds *b, union datum *eq,
			  const struct type *type, union datum array, bool *keep);

/* The partition whose bound is met by this one; NULL: none.  (Not for default ones.)  *ret_value: which value
 * of this one's list it has too, else 0. */
const struct relation *partition_overlap(const struct relation *rel,
					 const struct partition_bound *bound, int *ret_value);
/* From lower to upper there is nothing. */
bool partition_range_is_empty(const struct partition_bound *bound);
const struct relation *partition_default(const struct relation *rel);

#endif
