/* draft.h - changing the catalog inside a transaction.
 *
 * A draft is a stack of catalogs: each step (usually one command) puts and removes objects in an
 * open step and seals it; sealing writes the changed objects to the catalog file through the
 * transaction's write set and makes a new immutable catalog that later statements of the
 * transaction use.  Rolling back to a savepoint pops the steps sealed since.  When the
 * transaction commits, all changes are laid over the newest published catalog and published.
 *
 * Whoever changes an object has locked it first (LOCK_RELATION for relations, LOCK_SHARED_OBJECT for
 * what databases share, LOCK_OBJECT for the rest; LOCK_ACCESS_EXCLUSIVE or what the change needs) and has looked at it again after the
 * lock: so two drafts never change the same object.
 *
 * Owner     draft_new() .. draft_done(), after the transaction's end at the latest.
 * Thread    the transaction's.
 * Failure   that of txn_put(); 54000 for an object above 16 MB.
 * Cost      sealing costs microseconds per thousand objects in the catalog. */
#ifndef CORE_CATALOG_DRAFT_H
#define CORE_CATALOG_DRAFT_H

#include "core/catalog/catalog.h"

struct draft;
struct txn;

int draft_new(struct catalog_store *cs, struct txn *txn, struct draft **ret_draft,
	      struct err *e) MUST_CHECK;
void draft_done(struct draft **draft); /* NULL is a no-op */

/* What the transaction's statements see: the newest sealed step.  Borrowed: catalog_retain() it to
 * keep it.  Never NULL. */
struct catalog *draft_catalog(struct draft *d);
/* Nothing has been sealed, or all of it was rolled back: use catalog_current() instead. */
bool draft_empty(const struct draft *d);

/* Objects are copied with all they point to; of linked fields (index.table, relation.indexes,
 * refs, stats, layouts) nothing is kept: they are made anew. */
void draft_put(struct draft *d, const struct object *o);
void draft_remove(struct draft *d, enum object_class class, oid_t oid);
/* Into or out of another database, which nobody may be using: CREATE and DROP DATABASE.  The draft's
 * catalog does not show it. */
void draft_put_in(struct draft *d, oid_t database, const struct object *o);
void draft_remove_in(struct draft *d, oid_t database, enum object_class class, oid_t oid);
/* Seal the step: on failure nothing of it remains. */
int draft_seal(struct draft *d, struct err *e) MUST_CHECK;
/* Forget what was put since the last seal. */
void draft_forget(struct draft *d);

/* An object as the open step has it (put but not yet sealed), else as the catalog has it: only for
 * commands that touch one object twice.  Not linked. */
const struct object *draft_object(struct draft *d, enum object_class class, oid_t oid);

oid_t draft_new_oid(struct draft *d); /* never given twice */

/* Is it one that all databases share? */
bool catalog_is_shared(const struct object *o);

/* The text of a comment on something that carries none itself. */
struct comment {
	struct object o; /* oid: of the comment itself */
	enum object_class on_class;
	oid_t on;
	int32_t sub;
	const char *text;
};

/* The statistics of a table: class OBJ_STATISTICS, the table's oid. */
struct stats_object {
	struct object o;
	struct table_stats stats;
};

#endif
