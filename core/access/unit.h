/* unit.h - private to core/access: the state of a transaction's writes.
 *
 * Owner     unit_begin() .. unit_end().
 * Thread    the transaction's.
 * Failure   none of its own.  Cost: one arena per transaction that writes. */
#ifndef CORE_ACCESS_UNIT_H
#define CORE_ACCESS_UNIT_H

#include "core/access/index.h"
#include "core/access/live.h"
#include "core/access/write.h"
#include "core/base/hash.h"

/* Keys of one foreign key (or deferrable unique index) that wait for their check. */
enum check_kind {
	CHECK_CHILD,  /* rows were written that must have a parent */
	CHECK_PARENT, /* keys went away that must have no children: no action, restrict */
	CHECK_ACTION, /* keys went away whose children follow: cascade, set null, set default */
	CHECK_UNIQUE, /* keys that may be there twice */
};

struct pending_key {
	const uint8_t *bytes; /* the columns' key encoding: what makes keys equal */
	size_t len;
	const union datum *values;     /* ncols: child's for CHILD, parent's for the others */
	const union datum *new_values; /* ACTION of an update; NULL: deleted */
	const bool *new_nulls;
};

struct check_group {
	enum check_kind kind;
	bool update; /* ACTION: on update */
	const struct constraint *con;
	const struct relation *child, *parent; /* UNIQUE: child is the table */
	const struct index *index;             /* UNIQUE */
	struct catalog *catalog; /* that owns these pointers, for groups that outlive it; or NULL */
	struct map seen;         /* bytes -> pending_key */
	struct list keys;        /* struct pending_key not yet checked */
	struct arena *arena;     /* of the keys */
};

struct unit_statement {
	struct unit_statement *outer;
	struct exec_env *env;
	uint64_t command;
	struct list groups; /* struct check_group */
};

struct constraint_mode {
	oid_t con;
	bool deferred;
}; /* con 0: all */

/* Counts that become known to others at commit. */
struct unit_delta {
	struct live *live;
	int64_t rows, bytes, changed;
};

struct write_unit {
	struct txn *txn;
	struct unit_hooks hooks;
	struct arena arena;          /* lives as long as the transaction */
	struct arena queue;          /* of the outermost statement's keys */
	uint64_t commands;           /* numbers given out */
	struct unit_statement *stmt; /* the innermost */
	struct list deferred;        /* struct check_group, on `arena` */
	struct list modes;  /* struct constraint_mode: SET CONSTRAINTS, the last that matches */
	struct list deltas; /* struct unit_delta */
	bool hooked;
};

struct unit_delta *unit_delta(struct write_unit *u, struct live *live);
bool unit_is_deferred(const struct write_unit *u, const struct constraint *con);
struct lock_how unit_how(const struct write_unit *u, enum lock_policy policy, const char *what);
/* what: of a row its table's name, else as struct lock_how says. */
int unit_lock(struct write_unit *u, enum lock_space space, oid_t object, const void *bytes,
	      size_t len, enum lock_mode mode, enum lock_policy policy, const char *what,
	      enum lock_result *ret_result, struct err *e) MUST_CHECK;

/* check.c: the groups of a statement, and running them. */
struct check_group *check_group_find(struct write_unit *u, enum check_kind kind, bool update,
				     const struct constraint *con, const struct relation *child,
				     const struct relation *parent, const struct index *index);
/* Adds the key unless an equal one waits already; NULL then. */
struct pending_key *check_group_add(struct check_group *g, const struct strbuf *bytes, int n,
				    const union datum *values, const struct type *const *types);
int check_group_run(struct write_unit *u, struct check_group *g, struct err *e) MUST_CHECK;

/* fkey_child.c, fkey_parent.c: running one kind; fkey.c: what writes put into the groups. */
int fkey_check_children(struct write_unit *u, struct check_group *g, struct err *e) MUST_CHECK;
int fkey_check_parents(struct write_unit *u, struct check_group *g, struct err *e) MUST_CHECK;
int fkey_run_action(struct write_unit *u, struct check_group *g, struct err *e) MUST_CHECK;
/* The references to a table's rows, on `a`. */
const struct reference *fkey_references(struct arena *a, const struct catalog *c,
					const struct relation *rel, int *ret_n);
int fkey_child_written(struct table_writer *w, const union datum *values, const bool *nulls,
		       const bool *changed, struct err *e) MUST_CHECK;
void fkey_parent_changed(struct table_writer *w, const union datum *old_values,
			 const bool *old_nulls, const union datum *values, const bool *nulls,
			 const bool *changed);
/* moved: to another partition, so that of the whole it is not gone: fkey_parent_moved() comes. */
void fkey_parent_gone(struct table_writer *w, const union datum *old_values, const bool *old_nulls,
		      bool moved);
int fkey_parent_moved(struct table_writer *w, const union datum *old_values, const bool *old_nulls,
		      const struct relation *to, const union datum *values, const bool *nulls,
		      struct err *e) MUST_CHECK;

/* The row of `rel` that has this key in a unique index, as the latest state has it. */
int unique_lookup(struct write_unit *u, const struct relation *rel, const struct index *ix,
		  const struct strbuf *key, struct strbuf *ret_row_key, bool *ret_found,
		  struct err *e) MUST_CHECK;
int unique_recheck(struct write_unit *u, struct check_group *g, struct err *e) MUST_CHECK;
int unique_violation(struct write_unit *u, const struct relation *rel, const struct index *ix,
		     const union datum *values, const bool *nulls, struct err *e);
int unique_check(struct table_writer *w, int which, const struct index_row *row,
		 const void *own_key, size_t own_len, struct strbuf *ret_row_key,
		 bool *ret_conflict, struct err *e) MUST_CHECK;

/* "(a, b)=(1, x)" */
void key_text(struct write_unit *u, const struct relation *rel, int n, const int16_t *attnums,
	      const char *const *names, const struct type *const *types, const union datum *values,
	      const bool *nulls, struct strbuf *to);

/* A foreign key that rows of a table are referred to by: as they are, or as rows of the partitioned
 * table that it is a part of. */
struct reference {
	const struct constraint *con;
	const struct relation *child, *parent;
	const int16_t *cols; /* con->ref_cols in the table itself */
};

struct table_writer {
	struct write_unit *u;
	struct exec_env *env;
	const struct relation *rel;
	const struct index *cluster;
	struct live *live;
	struct unit_delta *delta;
	struct arena arena;
	struct strbuf row_key, new_key, image, key, value, old_key, old_value, found;
	int nreferences;
	const struct reference *references;
	bool *changed; /* by attnum - 1 */
	bool own;      /* made by this transaction: nobody to lock out */
};

#endif
