/* session_api.h - what functions may ask of the session that runs them.
 *
 * Functions live below the session; it hands them this table.  `self` is the session.
 * Texts returned live at least until the end of the statement. */
#ifndef CORE_FUNC_SESSION_API_H
#define CORE_FUNC_SESSION_API_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/type/type.h"

struct fcall;
struct function;
struct settings;
struct sql_sink;
struct relation;
struct catalog;

/* For pg_cursors and pg_prepared_statements. */
struct session_cursor {
	const char *name, *text;
	bool hold, binary, scroll;
	int64_t created;
};

struct session_prepared {
	const char *name, *text;
	int     ntypes;
	const oid_t *types;             /* of the parameters */
	bool    from_sql;
	int64_t created;
	int64_t generic, custom;        /* plans made */
};

struct session_api {
	void *self;
	const char *(*current_user)(void *self);
	const char *(*session_user)(void *self);
	const char *(*database)(void *self);
	const char *(*current_schema)(void *self);              /* NULL: none on the path exists */
	int  (*search_path)(void *self, bool implicit, const oid_t **ret_schemas);  /* count */
	int  (*setting_get)(void *self, const char *name, bool missing_ok, const char **ret, struct err *e);
	int  (*setting_set)(void *self, const char *name, const char *value, bool local, struct err *e);
	/* Memory of this session, zero at first, for one user of it (a string constant): as long as the session
	 * lasts, and no transaction undoes what is written there.  NULL: none left. */
	void *(*memory)(void *self, const char *user, size_t size);
	int  (*pid)(void *self);
	const char *(*client_addr)(void *self);                 /* NULL: Unix socket */
	int  (*client_port)(void *self);
	const char *(*server_addr)(void *self, int *ret_port);  /* as client_addr */
	const char *(*running)(void *self);                     /* what the client sent; NULL: nothing */
	const char *(*application_name)(void *self);
	int  (*nextval)(void *self, oid_t sequence, int64_t *ret, struct err *e);
	int  (*currval)(void *self, oid_t sequence, int64_t *ret, struct err *e);
	int  (*setval)(void *self, oid_t sequence, int64_t v, bool called, struct err *e);
	int  (*lastval)(void *self, int64_t *ret, struct err *e);
	/* What a sequence holds, without a change; NULL in sessions without sequences. */
	int  (*sequence_state)(void *self, oid_t sequence, int64_t *ret_last, bool *ret_called, struct err *e);
	/* WHERE CURRENT OF: the key of rel's row that the cursor is on; *ret_here false: it is on no row of rel. */
	int  (*cursor_row)(void *self, const char *cursor, const struct relation *rel, struct strbuf *ret_key,
	                   bool *ret_here, struct err *e);
	/* The nth open cursor, the nth prepared statement; false: there are no more. */
	bool (*cursor_at)(void *self, int n, struct session_cursor *ret);
	bool (*prepared_at)(void *self, int n, struct session_prepared *ret);
	/* Advisory locks: mode 'x' or 's'; try: *ret_got tells. */
	int  (*advisory_lock)(void *self, int64_t key, bool two_keys, char mode, bool try_only, bool xact,
	                      bool *ret_got, struct err *e);
	int  (*advisory_unlock)(void *self, int64_t key, bool two_keys, char mode, bool all, bool *ret_had, struct err *e);
	int  (*cancel_backend)(void *self, int pid, bool terminate, bool *ret, struct err *e);
	void (*notice)(void *self, int level, const struct err *what);   /* enum log_level */
	/* Run SQL text inside the current transaction (pgtap, query_to_xml ...): rows to sink.
	 * Column types are reported before the first row through on_columns. */
	int  (*run_sql)(void *self, const char *sql, const struct sql_sink *sink, struct err *e);
	/* Run the body of a function in SQL; rows of its last statement to sink. */
	int  (*call_function)(void *self, const struct fcall *c, const struct function *f, const union datum *args,
	                      const bool *nulls, const struct sql_sink *sink, struct err *e);
	/* A kept text as the session's user reads it, names that the search path finds without their
	 * schema: an expression over the relation (0: over nothing), or with sql NULL the view's query. */
	const char *(*show_sql)(void *self, struct arena *a, const struct catalog *c, oid_t rel, const char *sql);
	/* Can the view's rows be written, by writing the table it shows?  ret_columns[i] tells for each of its
	 * columns. */
	bool (*view_writes)(void *self, struct arena *a, const struct relation *view, bool *ret_columns);
	/* Likewise the statements of a function that was written as BEGIN ATOMIC. */
	const char *(*show_body)(void *self, struct arena *a, const struct catalog *c, const struct function *f);
	uint64_t (*txid)(void *self);
	uint64_t (*txid_written)(void *self);                   /* 0: the transaction has changed nothing */
	int  (*export_snapshot)(void *self, const char **ret, struct err *e);
	const struct settings *(*settings)(void *self);         /* of core/base/settings.h */
	int  (*notify)(void *self, const char *channel, const char *payload, struct err *e);    /* pg_notify() */
	uint64_t *(*random_state)(void *self);                  /* two words, zero at first; NULL: per thread */
};

struct sql_sink {
	void *arg;
	int (*columns)(void *arg, int n, const char *const *names, const struct type *const *types, struct err *e);
	int (*row)(void *arg, int n, const union datum *values, const bool *nulls, struct err *e);
};

#endif
