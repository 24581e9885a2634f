/* partition.h - private to core/ddl: partitions.
 *
 * Owner, Thread, Failure as private.h.  Cost: a partition costs what its parent has. */
#ifndef CORE_DDL_PARTITION_H
#define CORE_DDL_PARTITION_H

#include "core/catalog/partition.h"
#include "core/ddl/private.h"

int ddl_partition_key(struct ddl *d, const struct relation *r, const struct def_partition_key *def,
		      const struct partition_key **ret, struct err *e) MUST_CHECK;
/* The bound of a partition called `name`, checked against those that are there. */
int ddl_partition_bound(struct ddl *d, const struct relation *parent, const char *name,
			const struct def_partition_bound *def, const struct partition_bound **ret,
			struct err *e) MUST_CHECK;
/* A unique index over a partitioned table has all columns of its key; kind: "PRIMARY KEY". */
int ddl_check_unique_key(const struct relation *r, const struct index *ix, const char *kind,
			 struct err *e) MUST_CHECK;

/* Indexes and foreign keys of the parent, for a partition (is_new: it has no rows). */
int ddl_partition_adopt(struct ddl *d, oid_t parent, oid_t child, bool is_new,
			struct err *e) MUST_CHECK;
int ddl_partition_index(struct ddl *d, oid_t parent_index, oid_t child, bool is_new,
			struct err *e) MUST_CHECK;
int ddl_partition_fkey(struct ddl *d, const struct relation *parent, const struct constraint *of,
		       oid_t child, bool is_new, struct err *e) MUST_CHECK;
void ddl_set_index_parent(struct ddl *d, oid_t index, oid_t parent);
void ddl_set_constraint_parent(struct ddl *d, oid_t table, oid_t con, oid_t parent);
/* Of two tables, one a partition of the other: do they say the same? */
bool ddl_same_index(const struct index *of, const struct index *ix);
/* index.c: CREATE INDEX for a part of another index (0: of none), and for the partitions below. */
int ddl_create_index_of(struct ddl *d, const struct cmd_create_index *cmd, oid_t part_of,
			struct err *e) MUST_CHECK;

/* inherit.c: one action of ALTER TABLE, on the partitions too; alter.c: on this table alone. */
int ddl_alter_one(struct ddl *d, oid_t table, const struct alter_action *a, bool only,
		  enum lock_mode mode, struct err *e) MUST_CHECK;
int ddl_check_parts_not_null(const struct relation *r, const char *column, struct err *e) MUST_CHECK;
int ddl_run_action(struct ddl *d, const struct relation *r, const struct alter_action *a,
		   struct err *e) MUST_CHECK;

/* attach.c */
int ddl_attach(struct ddl *d, const struct relation *parent, const struct alter_action *a,
	       struct err *e) MUST_CHECK;
int ddl_detach(struct ddl *d, const struct relation *parent, const struct alter_action *a,
	       struct err *e) MUST_CHECK;
int ddl_attach_index(struct ddl *d, const struct relation *whole, const struct relation *part,
		     struct err *e) MUST_CHECK; /* attach_index.c */
/* Rows of the default partition that a new bound would take away: 23514. */
int ddl_check_default(struct ddl *d, oid_t parent, struct err *e) MUST_CHECK;

#endif
