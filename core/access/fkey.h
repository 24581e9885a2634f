/* fkey.h - private to core/access: finding the other side of a foreign key.
 *
 * Owner, thread: the statement's.  Failure: of reads, locks and casts.  Cost: as the probes. */
#ifndef CORE_ACCESS_FKEY_H
#define CORE_ACCESS_FKEY_H

#include "core/access/unit.h"

/* A column's value in another column's type; *ret_possible false: no value of that type equals
 * it. */
int fkey_convert(struct exec_env *env, const struct type *from, const struct type *to,
		 union datum v, union datum *ret, bool *ret_possible, struct err *e) MUST_CHECK;
const struct index *fkey_parent_index(const struct relation *parent, const struct constraint *con);

/* Looks for children with these keys (values of the parent's types when `of_parent`, else of the
 * child's) in the latest state and calls `hit` for each row; hit sets *ret_stop to end the
 * search. */
struct fkey_search {
	struct write_unit *u;
	const struct constraint *con;
	const struct relation *child, *parent;
	bool of_parent;
	const struct list *keys; /* struct pending_key */
	int (*hit)(struct fkey_search *s, const struct pending_key *k, const struct bytes *row_key,
		   bool *ret_stop, struct err *e);
	bool found; /* hit's own */
};
int fkey_search_children(struct fkey_search *s, struct err *e) MUST_CHECK;

/* Is there a parent with this key?  lock: take KEY SHARE on it. */
int fkey_find_parent(struct write_unit *u, const struct constraint *con,
		     const struct relation *child, const struct relation *parent,
		     const union datum *values, bool of_parent, bool lock, bool *ret_found,
		     struct err *e) MUST_CHECK;

#endif
