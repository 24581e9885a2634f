/* partition.h - how the rows of a table are spread over other tables.
 *
 * A partitioned table is a relation of kind 'r' that has a partition key and no file: its rows
 * are in its partitions, which are tables like any other and know whose they are (`part_of`) and
 * which rows are theirs (`bound`).  Values of keys are compared as the bytes of a B-tree index
 * over the key's columns would be, so one memcmp places a row whatever the types; the bytes are
 * made by core/access/partition.h when the bound is made.
 *
 * A partition has its parent's columns by name, not by number: partition_map() tells which.
 *
 * Owner     the snapshot's.  Thread: immutable.  Failure: none.  Cost: none. */
#ifndef CORE_CATALOG_PARTITION_H
#define CORE_CATALOG_PARTITION_H

#include "core/base/strbuf.h"
#include "core/catalog/catalog.h"

enum partition_strategy { PARTITION_RANGE = 'r', PARTITION_LIST = 'l', PARTITION_HASH = 'h' };

struct partition_key {
	char strategy;                  /* enum partition_strategy */
	int  ncols;
	const struct index_column *cols;
};

/* One column of a bound, or one value of a list. */
enum partition_value_kind { VALUE_PLAIN = 'v', VALUE_NULL = 'n', VALUE_MIN = '-', VALUE_MAX = '+' };
struct partition_value {
	char kind;
	const char *text;               /* PLAIN: as the type's output has it */
};

struct partition_bound {
	bool is_default;
	int32_t modulus, remainder;     /* hash */
	int nlow, nhigh;                /* range: from, to; list: the values are `low` */
	const struct partition_value *low, *high;
	/* Encoded: range: the two ends; list: each value, in the order of `low` (null: empty). */
	int nkeys;
	const union datum *keys;        /* bytes */
};

static inline bool
relation_is_partitioned(const struct relation *r)
{
	return r->partkey != NULL;
}

/* The table (or index) that it is a part of; NULL: none. */
const struct relation *partition_parent(const struct catalog *c, const struct relation *r);
/* The topmost table that `r` is a part of; itself when it is none. */
const struct relation *partition_root(const struct catalog *c, const struct relation *r);
/* All tables below, parents first, each in the order of the bounds; without r itself. */
void partition_tree(struct arena *a, const struct relation *r, struct list *to);
/* Those of them (or r itself) that have rows. */
void partition_leaves(struct arena *a, const struct relation *r, struct list *to);
/* Is `r` this table or below it? */
bool partition_is_below(const struct catalog *c, const struct relation *r, oid_t above);
/* For each column of `from` (attnum - 1) the attnum of the same name in `to`; dropped: 0.  NULL:
 * every column has the same number in both. */
const int16_t *partition_map(struct arena *a, const struct relation *from, const struct relation *to);
/* The index of a partition that belongs to this one of its parent (or grandparent); NULL. */
const struct index *partition_index(const struct catalog *c, const struct relation *leaf, oid_t of);
/* As FOR VALUES shows it, after ", " when there is one before. */
void partition_value_text(const struct type *t, const struct partition_value *v, bool more,
                          struct strbuf *to);
/* A plain one as an expression: with its type, where the constant alone would be of another. */
void partition_value_expr(const struct type *t, int32_t typmod, const struct partition_value *v,
			  struct strbuf *to);
/* FOR VALUES ..., or DEFAULT. */
void partition_bound_text(const struct partition_key *key, const struct partition_bound *b,
                          struct strbuf *to);
/* pg_inherits' order of partitions is by oid; here is how bounds are ordered. */
int partition_order(const struct partition_bound *a, const struct partition_bound *b);

#endif
