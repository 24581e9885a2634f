/* session.h - private to pgwire/session: one client's session and what its parts call.
 *
 * Owner     session_open() when a connection comes, session_close() when it has gone.
 * Thread    the worker that runs the connection, but for what says otherwise.
 * Failure   functions return an err_code; the message loop (run.c) alone tells the client.
 * Cost      an idle session: its settings, its prepared statements, nothing else. */
#ifndef PGWIRE_SESSION_SESSION_H
#define PGWIRE_SESSION_SESSION_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/access/write.h"
#include "core/base/activity.h"
#include "core/base/arena.h"
#include "core/base/hash.h"
#include "core/base/log.h"
#include "core/base/settings.h"
#include "core/catalog/draft.h"
#include "core/ddl/ddl.h"
#include "core/exec/exec.h"
#include "core/func/session_api.h"
#include "core/plan/plan.h"
#include "pgwire/net/conn.h"
#include "pgwire/net/loop.h"
#include "pgwire/proto/backend.h"
#include "pgwire/session/server.h"
#include "storage/lock.h"
#include "storage/txn.h"
#include "translate/translate.h"

struct login;
struct portal;
struct dest;

enum phase { PHASE_REQUEST, PHASE_TLS, PHASE_LOGIN, PHASE_READY };

/* Bits of conn_wakes(). */
enum { WAKE_TERMINATE = 1, WAKE_IDLE_TIMEOUT = 2, WAKE_LOGIN_TIMEOUT = 4, WAKE_NOTIFY = 8 };

enum tx_state {
	TX_IDLE,                /* no transaction */
	TX_IMPLICIT,            /* of one statement, or of a string or pipeline of them */
	TX_BLOCK,               /* BEGIN was said */
	TX_FAILED,              /* a block in which something failed: only its end is heard */
};

/* -- A statement, bound and planned ----------------------------------------------------------------- */
struct table_use { oid_t rel; enum lock_mode mode; };

struct out_column { const char *name; const struct type *type; int32_t typmod; oid_t table; int16_t attnum; };
struct row_shape { int ncols; struct out_column *cols; };

/* What a text means to a role, a search path and a state of the catalog: immutable, shared by the
 * prepared statement and its portals. */
struct analysis {
	int refs;
	struct arena arena;
	struct catalog *catalog;                /* a reference */
	uint64_t catalog_version, path_version;
	unsigned plans_off;                     /* enum plan_kinds_off */
	oid_t role;
	const struct raw_stmt *raw;
	struct statement *stmt;
	struct plan_stmt *plan;                 /* NULL: a utility statement */
	int nparams;
	oid_t *param_oids;
	const struct type **param_types;
	int nuses;
	struct table_use *uses;
	bool returns_rows;
	struct row_shape shape;                 /* when it does */
	double plan_ms;
};

struct prepared {
	int refs;
	char *name;                             /* "": unnamed */
	struct arena arena;                     /* text and parse tree */
	const char *text;
	const char *shown_text;                 /* of PREPARE, for pg_prepared_statements; NULL: text */
	const struct raw_stmt *raw;             /* NULL: an empty query */
	struct raw_stmt_info info;
	int ndeclared;
	oid_t *declared;                        /* as the client gave them; 0: infer */
	struct analysis *a;                     /* the latest; NULL: none yet */
	int ncustom;                            /* plans made for the values of one execution ... */
	double custom_cost;                     /* ... and what they cost, together */
	bool from_sql;                          /* PREPARE */
	int64_t created;
	struct prepared *next;                  /* in the session's list */
};

/* -- Transactions ------------------------------------------------------------------------------------- */
struct savepoint {
	char *name;
	struct unit_mark mark;
	size_t settings;
	int    level;
	struct savepoint *outer;
};

struct notification;
struct temp_table { struct temp_table *next; oid_t oid; char what; };   /* 'd' delete rows, 'D' drop */

struct session {
	struct server *server;
	struct conn *conn;
	struct session *next, *prev;            /* server.lock */
	bool listed;                            /* counts against max_connections */
	bool internal;                          /* the server's own: no client */
	int      pid;
	uint32_t secret;
	const char *running;                    /* the text of the client's message; NULL: none */
	enum phase phase;
	struct login *login;                    /* until it is over */

	struct arena arena;                     /* login to close */
	struct arena msg;                       /* one message, or one simple query */
	struct catalog_store *catalog;          /* of its database; NULL: not logged in */
	char    *user, *database;
	oid_t    user_oid, role_oid, database_oid;      /* session user; current role */
	int      calls;                         /* of functions in SQL, one in another */
	oid_t    acting;                        /* the owner of a SECURITY DEFINER function being run; 0: none */
	bool     superuser, user_superuser;     /* of the current role; of the session user */
	struct settings settings;
	struct session_api api;
	struct session_memory *memory;          /* of functions (api.c) */
	struct name_resolver names;
	struct catalog *names_in;       /* while texts are spelled anew: where names are looked up; NULL: as ever */
	const struct charset *charset;          /* the client's; NULL: UTF-8 (encoding.c) */
	struct fmt_settings fmt;                /* derived from settings ... */
	uint64_t fmt_version;                   /* ... at this version */
	struct activity *activity;
	uint64_t random[2];

	/* Cancelling: others set the cell under conn->lock, and only while there is work to cancel. */
	int      cancel;                        /* enum lock_cancel */
	bool     busy;
	struct lock_actor *actor;
	struct lock_owner *session_locks;       /* advisory locks of the session */

	/* The transaction. */
	enum tx_state tx;
	struct txn *txn;                        /* NULL: not begun, or aborted already */
	struct write_unit *unit;
	struct draft *draft;
	struct savepoint *savepoints;           /* innermost first */
	int      level;                         /* how many */
	int64_t  tx_now, stmt_now;
	const struct catalog *catalogs[16];     /* entered by statements within statements */
	int      entered;
	struct arena ddl_arena;                 /* what schema commands have bound */
	bool     quiet;                         /* notices are dropped */
	struct unit_hooks hooks;
	struct planner_hooks planner_hooks;
	struct sequence_cache *sequences;

	/* Names resolved by the search path, kept while nothing changes. */
	uint64_t path_settings, path_catalog;
	oid_t    path_role;
	uint64_t path_version;                  /* counts changes of the path */
	oid_t    path[64];
	int      npath, npath_hidden;           /* the first ones come before the path: pg_temp, pg_catalog */
	oid_t    temp_schema;
	struct temp_table *temp_tables;         /* with something to do at commit */

	/* Prepared statements and portals, newest first. */
	struct prepared *prepared;
	struct portal *portals;
	bool     skip_to_sync;
	bool     sync_pending;                  /* extended messages have run since the last Sync */
	bool     ending;                        /* a FATAL error was sent */
	char     reported[16][128];             /* ParameterStatus as last sent */
	uint64_t reported_version;

	/* LISTEN and NOTIFY. */
	struct notification_queue {
		struct notification *first, *last;
	} outgoing, inbox;                      /* of this transaction; under notify.c's lock */
	struct map notified;                    /* what outgoing holds */
};

/* -- run.c: the message loop ------------------------------------------------------------------------- */
enum loop_next session_run(struct conn *c);
bool session_open(struct conn *c);
struct session *session_new(struct server *server, struct conn *c);
void session_close(struct conn *c);
/* A session of the server itself, the bootstrap role's: a session like others, so that its locks and
 * transactions are seen; its connection is never read, and what would be sent is thrown away. */
int  session_new_internal(struct server *server, oid_t database, struct session **ret, struct err *e) MUST_CHECK;
void session_end_internal(struct session *s);
/* Go into a database, which then stays as long as the session; 3D000 when it is not there (any more).
 * A session does so once. */
int  session_enter_database(struct session *s, oid_t database, struct err *e) MUST_CHECK;
/* Send an error or a notice at once (client_min_messages permitting). */
void session_report(struct session *s, enum log_level level, const struct err *e);
void session_notice(struct session *s, enum log_level level, enum err_code code, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
/* End the connection: FATAL to the client. */
enum loop_next session_fatal(struct session *s, const struct err *e);
void session_ready(struct session *s);          /* ReadyForQuery, with what must come before it */
void session_report_settings(struct session *s, bool all);

/* -- login.c -------------------------------------------------------------------------------------------- */
enum loop_next login_run(struct session *s);
void login_done(struct session *s);

/* -- simple.c, extended.c --------------------------------------------------------------------------- */
int simple_query(struct session *s, const char *text, struct err *e) MUST_CHECK;
int extended_parse(struct session *s, const struct frame *f, struct err *e) MUST_CHECK;
int extended_bind(struct session *s, const struct frame *f, struct err *e) MUST_CHECK;
int extended_describe(struct session *s, const struct frame *f, struct err *e) MUST_CHECK;
int extended_execute(struct session *s, const struct frame *f, struct err *e) MUST_CHECK;
int extended_close(struct session *s, const struct frame *f, struct err *e) MUST_CHECK;
int extended_sync(struct session *s, struct err *e) MUST_CHECK;

/* -- env.c: what statements run in ------------------------------------------------------------------- */
struct catalog *session_catalog(struct session *s);     /* a new reference: the draft, or the published */
void session_env(struct session *s, const struct catalog *c, struct arena *stmt, struct exec_env *ret);
void session_refresh(struct session *s);                /* settings that others derive from */
void session_enter(struct session *s, const struct catalog *c);
void session_leave(struct session *s);
void session_api_init(struct session *s);
/* -- show.c */
bool session_view_writes(void *self, struct arena *a, const struct relation *view, bool *ret_columns);
const char *session_show_sql(void *self, struct arena *a, const struct catalog *c, oid_t rel, const char *sql);
const char *session_show_body(void *self, struct arena *a, const struct catalog *c, const struct function *f);
/* -- path.c */
int  session_search_path(void *self, bool implicit, const oid_t **ret);
uint64_t session_path_version(struct session *s);       /* changes when the path does */
int  session_make_temp_schema(struct session *s, struct err *e) MUST_CHECK;
void session_set_role(struct session *s, const struct catalog *c);      /* superuser flag of the role */
void names_init(struct session *s);

/* -- analysis.c ----------------------------------------------------------------------------------------- */
struct bind_function;
/* A statement of a function's body: parameters are the arguments. */
int  analysis_of_body(struct session *s, const struct raw_stmt *raw, const struct bind_function *fn, int nargs,
                      const oid_t *types, struct analysis **ret, struct err *e) MUST_CHECK;
int  analysis_new(struct session *s, const struct raw_stmt *raw, const char *text, bool allow_params,
                  int ndeclared, const oid_t *declared, struct analysis **ret, struct err *e) MUST_CHECK;
/* The same statement again, for these values of its parameters alone. */
int  analysis_for(struct session *s, const struct analysis *a, const char *text, const struct exec_params *known,
                  struct analysis **ret, struct err *e) MUST_CHECK;
struct analysis *analysis_ref(struct analysis *a);
void analysis_unref(struct analysis **a);
/* Is it still what the text means? */
bool analysis_is_current(struct session *s, const struct analysis *a);
/* Take its table locks; *ret_stale: the catalog has moved on meanwhile, make it anew. */
int  analysis_lock(struct session *s, const struct analysis *a, bool *ret_stale, struct err *e) MUST_CHECK;
void shape_of_targets(struct arena *a, struct target **targets, int n, struct row_shape *ret);
void session_bind_env(struct session *s, struct arena *a, const struct catalog *c, const char *text,
                      struct type_env *te, struct bind_env *ret);
/* A statement of a function's body; *ret NULL: it is no query. */
int  session_bind_body(struct session *s, struct arena *a, const struct catalog *c, const struct function *f,
                       const struct raw_stmt *raw, struct query **ret, struct err *e) MUST_CHECK;
unsigned session_plans_off(const struct session *s);      /* by the settings: enum plan_kinds_off */
void session_plan_env(struct session *s, struct arena *a, const struct catalog *c, struct exec_env *env,
                      struct plan_env *ret);

/* -- encoding.c: the client's character set ---------------------------------------------------------------- */
/* By a name of client_encoding or of COPY's ENCODING; NULL: UTF-8, or bytes as they are. */
const struct charset *charset_of_client(const char *name);
void session_set_charset(struct session *s);              /* as the settings have it now */
/* What the client has sent, as UTF-8: *text and *len stay, or become a copy in the arena. */
int  session_text(struct session *s, struct arena *a, const char **text, size_t *len, struct err *e) MUST_CHECK;
/* A value in the text (0) or the binary (1) format, from the client; and for it, from out->data + start on. */
int  session_value_in(struct session *s, struct arena *a, const struct type *t, int16_t format, const char **p,
                      size_t *len, struct err *e) MUST_CHECK;
int  session_value_out(struct session *s, const struct type *t, int16_t format, struct strbuf *out, size_t start,
                       struct err *e) MUST_CHECK;

/* -- prepared.c ------------------------------------------------------------------------------------------ */
int  prepared_new(struct session *s, const char *name, const char *text, int ntypes, const oid_t *types,
                  struct prepared **ret, struct err *e) MUST_CHECK;
struct prepared *prepared_find(struct session *s, const char *name);
int  prepared_get(struct session *s, const char *name, struct prepared **ret, struct err *e) MUST_CHECK;
int  prepared_keep(struct session *s, struct prepared *p, struct err *e) MUST_CHECK;  /* into the list */
void prepared_drop(struct session *s, const char *name);
void prepared_drop_all(struct session *s);
void prepared_unref(struct prepared **p);
/* A current analysis, made anew when the old one is stale; fails when its result would change. */
/* A plan for these values of the parameters, where such plans are to be had (plan_cache_mode); *ret NULL:
 * the general one will do. */
int  prepared_custom(struct session *s, struct prepared *p, const struct exec_params *values,
                     struct analysis **ret, struct err *e) MUST_CHECK;
int  prepared_analysis(struct session *s, struct prepared *p, struct analysis **ret, struct err *e) MUST_CHECK;

/* -- tx.c, txcmd.c ---------------------------------------------------------------------------------------- */
void tx_init(struct session *s);
int  tx_begin(struct session *s, struct err *e) MUST_CHECK;             /* an implicit one, unless one is there */
int  tx_end_command(struct session *s, struct err *e) MUST_CHECK;       /* commits an implicit one */
void tx_fail(struct session *s);                                        /* something failed in it */
void tx_abandon(struct session *s);                                     /* the session ends */
int  tx_commit(struct session *s, struct err *e) MUST_CHECK;
void tx_abort(struct session *s);
void tx_undo_to(struct session *s, struct savepoint *to);
void tx_forget_savepoints(struct session *s, int level);
void tx_show(struct session *s, int level, bool read_only, bool deferrable);    /* the transaction_ settings */
enum txn_isolation tx_level(int level);         /* of a word of transaction_isolation */
int  tx_set_mode(struct session *s, enum setting_id id, const char *value, struct err *e) MUST_CHECK;
int  session_fk_action(struct session *s, struct write_unit *u, const struct fk_action *a, struct err *e) MUST_CHECK;
int  tx_command(struct session *s, const struct cmd_transaction *cmd, char tag[64], struct err *e) MUST_CHECK;
int  tx_check_failed(struct session *s, const struct raw_stmt_info *info, struct err *e) MUST_CHECK;
int  tx_require_block(struct session *s, const char *what, struct err *e) MUST_CHECK;
bool tx_warn_block(struct session *s, const char *what);        /* true: there is one */
int  tx_prevent_block(struct session *s, const char *what, struct err *e) MUST_CHECK;
char tx_status(const struct session *s);
int  tx_draft(struct session *s, struct draft **ret, struct err *e) MUST_CHECK;
/* Around what one statement does. */
int  tx_statement_begin(struct session *s, struct exec_env *env, struct err *e) MUST_CHECK;
int  tx_statement_end(struct session *s, struct exec_env *env, int rc, struct err *e) MUST_CHECK;

/* -- utility.c and its commands --------------------------------------------------------------------------- */
struct utility {
	struct session *s;
	struct analysis *a;
	const struct exec_params *params;
	struct arena *arena;                    /* of this execution */
	struct dest *to;
	bool   top_level;                       /* not inside a function */
	bool   single;                          /* the only statement of its message */
	const char *text;                       /* the whole text it came in */
	char   tag[64];
};
int  utility_run(struct utility *u, struct err *e) MUST_CHECK;
int  utility_shape(struct session *s, const struct statement *stmt, struct arena *a, bool *ret_rows,
                   struct row_shape *ret, struct err *e) MUST_CHECK;
int  settings_command(struct utility *u, const struct command *c, struct err *e) MUST_CHECK;
int  cursor_command(struct utility *u, const struct command *c, struct err *e) MUST_CHECK;
int  prepare_command(struct utility *u, const struct command *c, struct err *e) MUST_CHECK;
int  explain_command(struct utility *u, struct err *e) MUST_CHECK;
int  copy_command(struct utility *u, struct err *e) MUST_CHECK;
int  table_as_command(struct utility *u, struct err *e) MUST_CHECK;
int  refresh_command(struct utility *u, struct err *e) MUST_CHECK;
/* sqlfunc.c */
int  call_command(struct utility *u, struct err *e) MUST_CHECK;
int  session_call_function(void *self, const struct fcall *c, const struct function *f, const union datum *args,
                           const bool *nulls, const struct sql_sink *sink, struct err *e) MUST_CHECK;
int  schema_elements_command(struct utility *u, const struct cmd_create_schema *c, struct err *e) MUST_CHECK;  /* elements.c */
int  ddl_command(struct utility *u, const struct command *c, struct err *e) MUST_CHECK;
int  notify_command(struct utility *u, const struct command *c, struct err *e) MUST_CHECK;
void session_ddl_env(struct session *s, struct exec_env *env, struct ddl_env *ret);
int  session_ddl(struct session *s, struct arena *a, int (*run)(struct ddl_env *env, void *arg, struct err *e),
                 void *arg, struct err *e) MUST_CHECK;
int  maintain_command(struct utility *u, const struct cmd_tables *c, struct err *e) MUST_CHECK;
int  set_constraints(struct utility *u, const struct cmd_constraints *c, struct err *e) MUST_CHECK;
int  role_command(struct utility *u, struct cmd_role *c, struct err *e) MUST_CHECK;
int  index_online(struct utility *u, const struct cmd_create_index *c, struct err *e) MUST_CHECK;
int  session_drop_temp(struct session *s, struct err *e) MUST_CHECK;
void temp_on_commit(struct session *s, const char *name, char what);
int  temp_before_commit(struct session *s, struct err *e) MUST_CHECK;
void temp_forget(struct session *s);
int  temp_drop_leftovers(struct session *s, struct err *e) MUST_CHECK;
int  session_set(struct session *s, const char *name, const char *value, bool local, struct err *e) MUST_CHECK;
void session_follow_roles(struct session *s);
/* Rights of this role until another call; 0: of the session's own. */
void session_act_as(struct session *s, oid_t role);
/* EXECUTE's argument as a value of the parameter's type. */
int  execute_argument(struct session *s, const struct catalog *c, struct exec_env *env,
                      const struct exec_params *params, struct expr *x, const struct type *t, int number,
                      union datum *ret, bool *ret_null, struct err *e) MUST_CHECK;

int  session_run_sql(void *self, const char *sql, const struct sql_sink *sink, struct err *e);

/* -- access.c: who may -------------------------------------------------------------------------------------- */
int  access_check_query(struct session *s, const struct catalog *c, const struct query *q, struct err *e) MUST_CHECK;
int  access_check_object(struct session *s, const struct catalog *c, const struct object *o, const char *any_of,
                         struct err *e) MUST_CHECK;
int  access_check_sequence(struct session *s, const struct catalog *c, const struct relation *r, const char *any_of,
                           struct err *e) MUST_CHECK;
int  access_check_lock(struct session *s, const struct catalog *c, const struct relation *r, enum lock_mode mode,
                       struct err *e) MUST_CHECK;
bool access_is_member(const struct catalog *c, oid_t role, oid_t of);

/* -- notify.c ---------------------------------------------------------------------------------------------- */
int  notify_queue(struct session *s, const char *channel, const char *payload, struct err *e) MUST_CHECK;
void notify_commit(struct session *s);
void notify_rollback(struct session *s, int level);
void notify_release(struct session *s, int level);
void notify_deliver(struct session *s);         /* what has come, to the client; only when idle */
void notify_done(struct session *s);
void notify_unlisten_all(struct session *s);
void notify_channels(struct session *s, void (*fn)(void *arg, const char *name), void *arg);

/* -- funcs.c */
void session_register_funcs(void);
/* -- verify.c */
void verify_register_funcs(void);

/* -- vars.c ------------------------------------------------------------------------------------------------- */
void vars_init(void);                           /* checks of TimeZone, DateStyle, client_encoding ... */

/* -- logging.c --------------------------------------------------------------------------------------------------- */
void log_statement(struct session *s, const struct raw_stmt_info *info, const char *text);
void log_duration(struct session *s, const char *text, int64_t began_us);

#endif
