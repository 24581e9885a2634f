/* write.h - the one write path: rows, their index entries, and the constraints between rows.
 *
 * A write_unit belongs to a transaction: its locks, its queue of deferred checks, its savepoints.
 * A table_writer belongs to one statement and one relation.  Rows come full-width (values and
 * nulls by attnum - 1) with defaults and generated columns computed, checks done and index
 * expressions evaluated by the caller; not null, unique, exclusion by row lock and foreign keys
 * are enforced here.
 *
 *     unit_begin(txn)
 *       unit_statement_begin
 *         table_lock                    before planning is trusted: see there
 *         table_writer_open
 *           table_insert / table_lock_row + table_update / table_delete ...
 *         table_writer_close
 *       unit_statement_end              immediate foreign keys, deferrable unique, actions
 *     unit_before_commit                deferred ones
 *     txn_commit
 *
 * Owner     unit_begin() .. unit_end(), around the transaction's end.
 * Thread    the transaction's.
 * Failure   23502 23503 23505 40001 40P01 55P03 54000, with table and constraint named.  After a
 *           failure roll back to the statement's mark.
 * Cost      an insert 3-6 us with one key; every unique key costs one lock and one lookup. */
#ifndef CORE_ACCESS_WRITE_H
#define CORE_ACCESS_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/catalog/catalog.h"
#include "core/func/func.h"
#include "core/query/query.h"
#include "storage/lock.h"
#include "storage/txn.h"

struct write_unit;
struct table_writer;

/* --- transactions ----------------------------------------------------------------------------- */
struct fk_action;

struct unit_hooks {
	void *arg;
	/* Referential actions: the executor plans them as ordinary statements and runs them.
	 * May be NULL while nothing cascades (0A000 then). */
	int (*action)(void *arg, struct write_unit *u, const struct fk_action *a, struct err *e);
	/* lock_timeout and deadlock_timeout of the session, read at each wait. */
	unsigned (*lock_timeout_ms)(void *arg);
	unsigned (*deadlock_timeout_ms)(void *arg);
};

int unit_begin(struct txn *txn, const struct unit_hooks *hooks, struct write_unit **ret_unit,
	       struct err *e) MUST_CHECK;
void unit_end(struct write_unit **unit); /* after the transaction's end */
struct txn *unit_txn(struct write_unit *u);
void *unit_alloc(struct write_unit *u, size_t size); /* until unit_end(), which must come after the
                                                         * transaction's end then; zeroed */

/* Around every statement, inside txn_statement_begin/end.  end runs what is due; ok = false
 * forgets the statement's queue (the caller rolls back). */
void unit_statement_begin(struct write_unit *u, struct exec_env *env);
int unit_statement_end(struct write_unit *u, struct exec_env *env, struct err *e) MUST_CHECK;
void unit_statement_abort(struct write_unit *u);
int unit_before_commit(struct write_unit *u, struct exec_env *env, struct err *e) MUST_CHECK;

struct unit_mark {
	struct txn_mark txn;
	size_t deferred, modes;
};
struct unit_mark unit_savepoint(struct write_unit *u);
void unit_rollback_to(struct write_unit *u, struct unit_mark mark);

/* SET CONSTRAINTS: con NULL is ALL.  IMMEDIATE checks what is queued, now. */
int unit_set_constraints(struct write_unit *u, struct exec_env *env, const struct constraint *con,
			 bool deferred, struct err *e) MUST_CHECK;

/* --- locks ------------------------------------------------------------------------------------ */
/* Lock a relation for a statement (ACCESS_SHARE to read, ROW_SHARE for FOR UPDATE, ROW_EXCLUSIVE
 * to write).  *ret_waited: somebody else has changed the relation since the statement's catalog was
 * taken (with or without a wait): bind again with the current one.  The name, for the error of
 * LOCK_NOWAIT, may be NULL. */
int table_lock(struct write_unit *u, oid_t rel, const char *name, enum lock_mode mode,
	       enum lock_policy policy, bool *ret_waited, struct err *e) MUST_CHECK;

/* The other tables that a write looks into for foreign keys, to be locked ROW_SHARE before it:
 * `written`: columns (by attnum - 1) that get values, `gone`: whose old values may go; NULL: all. */
void table_related(const struct catalog *c, const struct relation *rel, const bool *written,
		   const bool *gone, void (*fn)(void *arg, oid_t rel), void *arg);

enum row_lock_result {
	ROW_LOCKED,  /* as the snapshot saw it */
	ROW_CHANGED, /* READ COMMITTED: somebody changed it: the newest image tells */
	ROW_GONE,    /* READ COMMITTED: deleted; skip it */
	ROW_AWAY,    /* READ COMMITTED: moved to another partition: table_fail_away() */
	ROW_SKIPPED, /* SKIP LOCKED */
	ROW_SELF,    /* this very command has changed or deleted it already */
};

/* A row after the wait for it.  Its buffers are the caller's, reused from row to row. */
struct row_now {
	enum row_lock_result result;
	struct strbuf image; /* the newest: header and all, for row_decode */
	struct strbuf moved; /* READ COMMITTED: its key, when somebody has changed that; else empty */
};

/* Lock a row by its key.  `version` is its COL_VERSION as the statement's snapshot shows it.  At
 * REPEATABLE READ and above a row changed since fails with 40001. */
int table_lock_row(struct write_unit *u, const struct relation *rel, const void *key, size_t klen,
		   int64_t version, enum lock_mode mode, enum lock_policy policy,
		   struct row_now *ret, struct err *e) MUST_CHECK;
int table_fail_away(struct err *e); /* 40001 */
/* The lock an UPDATE of these columns needs: LOCK_UPDATE when a unique index has one of them. */
enum lock_mode table_update_lock(const struct relation *rel, int n, const int16_t *attnums);

/* --- rows ------------------------------------------------------------------------------------- */
/* Per index (order of rel->indexes), given by the caller for one row: the values of its
 * expression columns (by position in the index) and whether its predicate holds.  Indexes
 * without expressions and predicate need nothing: pass NULL when no index has any. */
struct index_input {
	const union datum *values;
	const bool *nulls;
	bool excluded; /* the predicate is not true: no entry */
};

int table_writer_open(struct write_unit *u, struct exec_env *env, const struct relation *rel,
		      struct table_writer **ret_writer, struct err *e) MUST_CHECK;
void table_writer_close(struct table_writer **writer);
#define WRITER_AUTO CLEANUP(table_writer_close)

/* A unique index that an INSERT ... ON CONFLICT ran into. */
struct write_conflict {
	const struct index *index;
	struct strbuf row_key; /* of the row in the way; init by the caller */
	int64_t version; /* that it was seen in, for table_lock_row() */
	bool visible; /* to the statement's snapshot; RR: false is 40001 for DO UPDATE/NOTHING */
	bool own_command; /* written by this command: 21000 for DO UPDATE */
};

/* `arbiters`: unique indexes whose violation is reported through *conflict instead of failing
 * (nothing is written then and conflict->index is set; otherwise it is NULL).  narbiters -1:
 * every unique index.  conflict NULL: plain insert.  `ret_key`, when not NULL, gets the new row's
 * key appended (RETURNING of system columns). */
int table_insert(struct table_writer *w, const union datum *values, const bool *nulls,
		 const struct index_input *inputs, const struct index *const *arbiters,
		 int narbiters, struct write_conflict *conflict, struct strbuf *ret_key,
		 struct err *e) MUST_CHECK;
/* The row is locked (table_lock_row).  Old and new row full-width; old_inputs as they were. */
int table_update(struct table_writer *w, const void *key, size_t klen,
		 const union datum *old_values, const bool *old_nulls,
		 const struct index_input *old_inputs, const union datum *values, const bool *nulls,
		 const struct index_input *inputs, struct strbuf *ret_key,
		 struct err *e) MUST_CHECK;
int table_delete(struct table_writer *w, const void *key, size_t klen,
		 const union datum *old_values, const bool *old_nulls,
		 const struct index_input *old_inputs, struct err *e) MUST_CHECK;
/* To another partition: the row is taken out (those who wait for it are to know), put in there, and
 * then what refers to rows of the partitioned table hears of its new key. */
int table_take_out(struct table_writer *w, const void *key, size_t klen,
		   const union datum *old_values, const bool *old_nulls,
		   const struct index_input *old_inputs, struct err *e) MUST_CHECK;
int table_moved(struct table_writer *w, const union datum *old_values, const bool *old_nulls,
		const struct relation *to, const union datum *values, const bool *nulls,
		struct err *e) MUST_CHECK;

/* The text PostgreSQL shows for a row that breaks a constraint: "(1, abc, null)".  For the caller's
 * own 23514: err_detail(e, "Failing row contains %s.", ...). */
char *table_row_text(const struct relation *rel, const union datum *values, const bool *nulls,
		     struct type_env *env);

void row_expr_text(const char *sql, struct strbuf *to);

/* ADD FOREIGN KEY, VALIDATE: every row of `child` has its parent; runs inside a statement. */
int table_check_fkey(struct write_unit *u, struct exec_env *env, const struct relation *child,
		     const struct constraint *con, struct err *e) MUST_CHECK;

/* DETACH PARTITION: no row of `child` (or of its partitions) refers to one that is in `removed`. */
int table_check_removal(struct write_unit *u, struct exec_env *env, const struct relation *child,
			const struct constraint *con, const struct relation *removed,
			struct err *e) MUST_CHECK;

/* --- referential actions ---------------------------------------------------------------------- */
struct fk_action {
	const struct constraint *con; /* of `child` */
	const struct relation *child, *parent;
	char action; /* 'c' cascade, 'n' set null, 'd' set default */
	bool update; /* ON UPDATE: new_keys holds the new values */
	int ncols;   /* con->ncols */
	int n;       /* keys */
	/* n * ncols values of the parent's referenced columns, key by key (nulls: NULL, none is
	 * null among the old; new ones may be null). */
	const union datum *old_keys, *new_keys;
	const bool *new_nulls;
};

#endif
