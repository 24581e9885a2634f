/* ddl.h - executing schema changes.
 *
 * ddl_execute() runs one bound command of the schema family of command.h inside the current
 * transaction: it locks what it changes, looks again, checks, changes the transaction's draft of
 * the catalog and, where rows are concerned, the rows.  Everything rolls back with the transaction.
 *
 * What needs expressions evaluated or bound is done through callbacks, because the executor and
 * the translator are not below this folder.
 *
 * Owner     env and its parts belong to the session; everything made here lives on
 *           env->exec->stmt_arena.
 * Thread    the session's.
 * Failure   PostgreSQL's codes and texts; the caller rolls the statement back.
 * Cost      no file is created: numbers become files at the first row. */
#ifndef CORE_DDL_DDL_H
#define CORE_DDL_DDL_H

#include "core/access/sequence.h"
#include "core/access/write.h"
#include "core/catalog/draft.h"
#include "core/ddl/command.h"

/* Where evaluated rows go: values of the n expressions asked for. */
struct ddl_rows {
	int (*push)(struct ddl_rows *to, const union datum *values, const bool *nulls,
		    struct err *e);
	bool snapshot; /* the rows that the statement sees; else the newest */
};

struct ddl_env {
	struct exec_env *exec; /* its catalog changes during ddl_execute() and is put
	                                         * back: afterwards ask draft_catalog() */
	struct write_unit *unit;
	struct catalog_store *store;
	oid_t user; /* current role: owner of what is made */
	void *arg;  /* of the callbacks */

	/* The transaction's draft, made at the first call. */
	int (*draft)(void *arg, struct draft **ret, struct err *e);
	/* sql_bind_rules() and sql_bind_expr() against the given catalog. */
	int (*bind_rules)(void *arg, const struct catalog *c, const struct relation *rel,
			  struct table_rules **ret, struct err *e);
	int (*bind_expr)(void *arg, const struct catalog *c, const char *sql, struct range *row,
			 oid_t type, int32_t typmod, struct expr **ret, struct err *e);
	/* What a query's text depends on: list of struct object_dep. */
	int (*query_deps)(void *arg, const struct catalog *c, const char *sql, struct list *ret,
			  struct err *e);
	/* What the statements of a function's body depend on; NULL: nothing is found. */
	int (*function_deps)(void *arg, const struct catalog *c, const struct function *f,
			     struct list *ret, struct err *e);
	/* Scan `rel` and push n expressions over `row`
	 * (a TABLE range over rel; system columns allowed) for each row. */
	int (*eval_rows)(void *arg, const struct catalog *c, const struct relation *rel,
			 struct range *row, int n, struct expr *const *exprs, struct ddl_rows *to,
			 struct err *e);
	/* One expression without variables. */
	int (*eval_expr)(void *arg, struct expr *x, union datum *ret, bool *ret_null,
			 struct err *e);
	/* A query's text again, after what it names was renamed: bound against `from`, printed with
	 * the names of `to`.  f: the function that it is the body of, NULL: none.  NULL: renaming
	 * what views use is refused. */
	int (*renamed_query)(void *arg, struct catalog *from, const struct catalog *to,
			     const struct function *f, const char *sql, const char **ret,
			     struct err *e);
	/* The same for an expression (sql_respell_expr()); rel: whose columns it may name. */
	int (*renamed_expr)(void *arg, struct catalog *from, const struct catalog *to,
			    const struct relation *rel, const struct type *value, const char *sql,
			    const char **ret, struct err *e);
	/* How many sessions, but for this one, are in a database; `end`: they are told to end.
	 * Those that are on their way out are waited for a little. */
	int (*sessions_in)(void *arg, oid_t database, bool end, int *ret_n, struct err *e);
	/* A password as the verifier to store (SCRAM-SHA-256$...); NULL: only verifiers are
	 * taken. */
	int (*hash_password)(void *arg, const char *password, const char **ret, struct err *e);
	/* ALTER ... and DROP end plans and prepared statements by the catalog's version alone;
	 * this is told which relations are being dropped or rewritten, to refuse those in use by
	 * an open cursor of this session (55006); may be NULL. */
	int (*check_unused)(void *arg, oid_t rel, const char *verb, struct err *e);
};

int ddl_execute(struct ddl_env *env, const struct command *cmd, struct err *e) MUST_CHECK;

/* CREATE TABLE AS and SELECT INTO: make the table, then the session runs the insert.  *ret_oid is 0
 * when IF NOT EXISTS found one. */
int ddl_create_table(struct ddl_env *env, const struct cmd_create_table *cmd, oid_t *ret_oid,
		     struct err *e) MUST_CHECK;

/* Online parts, called by the session outside of any transaction, each in transactions of its own:
 * CREATE INDEX CONCURRENTLY, REINDEX CONCURRENTLY, DROP INDEX CONCURRENTLY. */
struct ddl_online {
	struct ddl_env *(*begin)(void *arg, struct err *e); /* a fresh transaction and draft */
	int (*commit)(void *arg, struct err *e);
	void (*abort)(void *arg);
	void *arg;
};
int ddl_index_online(const struct ddl_online *on, const struct cmd_create_index *cmd,
		     struct err *e) MUST_CHECK;

/* --- verify.c ---------------------------------------------------------------------------------- */
/* Is every valid index of the table what its rows ask for, in the statement's snapshot?  `say` is
 * told of each that is not. */
struct ddl_report {
	int (*say)(struct ddl_report *to, const struct object *what, const char *problem,
		   struct err *e);
};
int ddl_verify_indexes(struct ddl_env *env, const struct relation *table, struct ddl_report *to,
		       struct err *e) MUST_CHECK;

/* --- statistics ------------------------------------------------------------------------------- */
/* ANALYZE one table inside the current transaction. */
int ddl_analyze(struct ddl_env *env, const struct relation *rel, struct err *e) MUST_CHECK;
/* Tables that changed enough since their last ANALYZE (PostgreSQL's 50 rows + 10 %), worst first: a
 * background worker asks now and then.  Returns how many. */
int ddl_analyze_due(struct catalog_store *cs, oid_t *ret_oids, int max);

#endif
