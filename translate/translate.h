/* translate.h - from text to bound statements.
 *
 * parse: SQL text -> raw statements (libpg_query's AST, one per statement of the text).
 * bind:  raw statement -> struct statement: a bound query (core/query) or a utility command
 *        (core/ddl/command.h, transaction control, SET ...), names and types resolved against a
 *        catalog snapshot, parameters' types inferred.
 * The graph functions' JSON is bound by translate/graph to the same struct query.
 *
 * Owner     everything lives on the arenas given.  Thread: any; parsing threads must never exit
 *           (libpg_query keeps a thread key for each for ever).
 * Failure   42601 with position for syntax; 42P01, 42703, 42883, 42804 ... as PostgreSQL.
 * Cost      parse 12-75 us, plus unpacking: callers cache. */
#ifndef TRANSLATE_TRANSLATE_H
#define TRANSLATE_TRANSLATE_H

#include "core/query/query.h"
#include "core/ddl/command.h"
#include "core/plan/explain.h"

struct raw_stmt;                        /* parse.h */

struct raw_stmt_info {
	const char *text;               /* this statement's part of the text */
	int   offset, len;              /* bytes, in the whole text */
	const char *tag;                /* first words, for logs: "SELECT", "CREATE TABLE" */
	bool  is_transaction;           /* BEGIN, COMMIT, ROLLBACK, SAVEPOINT ... */
	bool  ends_transaction;         /* COMMIT, ROLLBACK [TO]: allowed in a failed transaction */
	bool  makes_temporary;          /* CREATE TEMP ..., SELECT INTO TEMP: needs the session's
	                                 * temporary schema before names are resolved */
};

/* Parse a text; *ret lists struct raw_stmt.  An empty text gives an empty list. */
int  sql_parse(struct arena *a, const char *text, struct list *ret, struct err *e) MUST_CHECK;
const struct raw_stmt_info *raw_stmt_info(const struct raw_stmt *s);

/* CREATE SCHEMA with elements: these as statements (struct raw_stmt), in the order to run them. */
bool sql_has_schema_elements(const struct raw_stmt *raw);
int  sql_schema_elements(struct arena *a, const struct raw_stmt *raw, const char *schema, struct list *ret,
                         struct err *e) MUST_CHECK;

/* The body of a function in SQL is bound with its parameters as $1, $2 ..., and by name. */
struct bind_function {
	const struct function *def;
	const struct type *ret;                 /* actual: polymorphic ones are settled */
	bool last;                              /* the statement gives the result */
};

struct bind_env {
	struct arena *arena;
	const struct catalog *catalog;
	const struct session_api *session;      /* search path, current user, settings */
	struct type_env *type;                  /* for reading literals */
	const char *text;                       /* the whole text, for error positions */
	/* Parameters: in, the types the client gave (0: infer); out, what was inferred. */
	bool   allow_params;
	bool   kept_text;                       /* of the catalog: read with pg_catalog and public on the path */
	int    nparams;
	oid_t *param_types;                     /* grown on the arena */
	const struct bind_function *function;   /* NULL: not a body */
	struct list functions;                  /* private: users' functions met so far */
	/* Graph functions: JSON given as a constant is bound here at bind time. */
};

enum statement_kind { STMT_QUERY, STMT_UTILITY, STMT_EXPLAIN, STMT_PREPARE, STMT_EXECUTE,
                      STMT_DECLARE_CURSOR, STMT_COPY, STMT_CREATE_TABLE_AS, STMT_EMPTY };

#include "core/plan/explain.h"

struct statement {
	enum statement_kind kind;
	const char *tag;                        /* command tag without counts */
	struct query *query;            /* QUERY, EXPLAIN, DECLARE CURSOR, COPY, CREATE TABLE AS */
	struct command *command;        /* UTILITY, and details of the others */
	struct explain_options explain;
	bool  uncounted;                /* the tag tells no number of rows: CALL */
	bool  read_only;                /* writes nothing: allowed in READ ONLY transactions */
};

int  sql_bind(struct bind_env *env, const struct raw_stmt *raw, struct statement **ret,
              struct err *e) MUST_CHECK;

/* Calls of functions in SQL become their bodies where that is the same; *ret_any: some did.  The
 * statement's privileges to call were checked before, those of the bodies are not. */
int  sql_inline_functions(struct bind_env *env, struct query *q, bool *ret_any, struct err *e) MUST_CHECK;

/* Expressions kept as text in the catalog: defaults, checks, index expressions. */
int  sql_bind_rules(struct bind_env *env, const struct relation *rel, struct table_rules **ret,
                    struct err *e) MUST_CHECK;
/* One expression over the columns of `row` (NULL: no columns allowed), made to have `type` (0:
 * its own). */
int  sql_bind_expr(struct bind_env *env, const char *sql, struct range *row, oid_t type,
                   int32_t typmod, struct expr **ret, struct err *e) MUST_CHECK;

/* A kept expression as env's catalog reads it, again with the names that things have in `to`.
 * row: its columns are that relation's; value: it is a check of a domain over this type. */
int  sql_respell_expr(struct bind_env *env, const char *sql, struct range *row, const struct type *value,
                      const struct catalog *to, const char **ret, struct err *e) MUST_CHECK;

/* The type that a text names as SQL does, pseudo-types included: "int4[]", "numeric(10,2)". */
int  sql_bind_type(struct bind_env *env, const char *name, oid_t *ret, int32_t *ret_typmod,
                   struct err *e) MUST_CHECK;

/* Bound tree back to SQL, as pg_get_expr and pg_get_viewdef print it. */
void quote_ident(struct strbuf *to, const char *name);    /* quoted if it must be */
void sql_deparse_expr(struct strbuf *to, const struct expr *x, const struct catalog *c,
                      bool qualify);
void sql_deparse_query(struct strbuf *to, const struct query *q, const struct catalog *c);
/* A statement of a function's body: nobody sees the names of its columns. */
void sql_deparse_body(struct strbuf *to, const struct query *q, const struct catalog *c);
/* The same for somebody to read: names that his search path finds stand alone. */
void sql_show_expr(struct strbuf *to, const struct expr *x, const struct catalog *c, const oid_t *path,
                   int npath);
void sql_show_query(struct strbuf *to, const struct query *q, const struct catalog *c, const oid_t *path,
                    int npath);
void sql_show_body(struct strbuf *to, const struct query *q, const struct catalog *c, const oid_t *path,
                   int npath);
/* A view's query, from its text. */
/* Is the view one that can be written?  ret_columns[i]: its i-th column, dropped ones included. */
bool sql_view_writes(struct bind_env *env, const struct relation *view, bool *ret_columns);
int  sql_bind_view(struct bind_env *env, const struct relation *view, struct query **ret,
                   struct err *e) MUST_CHECK;

#endif
