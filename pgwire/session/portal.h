/* portal.h - a statement with its parameters, running: where rows come from and go to.
 *
 * Owner     the session's list; portal_drop() takes it out and frees it.  Unnamed: "".
 * Thread    the session's.
 * Failure   any SQL error; the portal is failed then and can only be dropped.
 * Cost      one arena; an executor while it runs. */
#ifndef PGWIRE_SESSION_PORTAL_H
#define PGWIRE_SESSION_PORTAL_H

#include "pgwire/session/session.h"

/* -- Where rows go ---------------------------------------------------------------------------------- */
struct dest {
	/* Before the first row; NULL: not interested. */
	int (*start)(struct dest *d, const struct row_shape *shape, struct err *e);
	/* Live rows from .. from + n - 1 of a batch. */
	int (*rows)(struct dest *d, const struct batch *b, int from, int n, struct err *e);
};

/* To the client, as DataRow. */
struct client_dest {
	struct dest d;
	struct session *s;
	const struct row_shape *shape;
	const int16_t *formats;                 /* none: text */
	int nformats;
	bool describe;                          /* send RowDescription first (simple queries) */
};
void client_dest_init(struct client_dest *c, struct session *s, bool describe, int nformats, const int16_t *formats);
void send_shape(struct session *s, const struct row_shape *shape, int nformats, const int16_t *formats);
int  dest_row(struct dest *d, int ncols, union datum *values, uint8_t *nulls, struct err *e) MUST_CHECK;
int  dest_text_row(struct dest *d, struct arena *a, int ncols, const char *const *texts, struct err *e) MUST_CHECK;

/* -- Rows kept: held and scrollable cursors, RETURNING fetched in parts ----------------------------------- */
struct rowstore;
struct rowstore *rowstore_new(const struct row_shape *shape, size_t memory, const char *dir);
void rowstore_done(struct rowstore **r);
int  rowstore_append(struct rowstore *r, const struct batch *b, int from, int n, struct err *e) MUST_CHECK;
int64_t rowstore_count(const struct rowstore *r);
/* Up to n rows from position `at`, in order or (step -1) backwards, as a batch on the arena. */
int  rowstore_read(struct rowstore *r, int64_t at, int step, int n, struct arena *a, struct batch *ret, struct err *e)
	MUST_CHECK;

/* -- Portals ------------------------------------------------------------------------------------------------ */
struct portal {
	struct portal *next;
	char *name;
	struct arena arena;                     /* Bind to Close */
	struct session *s;
	struct prepared *prepared;              /* a reference; NULL: of a simple query */
	struct analysis *a;                     /* a reference */
	struct row_shape shape;
	bool    returns_rows;
	const char *text;
	int64_t created;
	int     level;                          /* savepoints open when it was made */

	int nformats;                           /* of the result */
	int16_t *formats;
	struct exec_params params;

	/* A cursor of DECLARE: row k of its result is row k - 1 - store_base of the store. */
	bool cursor, scroll, no_scroll, hold, held, binary;
	int64_t pos;                            /* 0: before the first row; count + 1: behind the last */
	int64_t store_base;
	struct position *here;                  /* NO SCROLL: keys of the row it is on; NULL: on none */
	struct arena here_arena;

	struct exec_env env;
	struct plan_env plan_env;
	struct exec *exec;                      /* NULL: not started, or finished */
	struct snap *snap;                      /* between fetches */
	const struct batch *batch;              /* the executor's current one ... */
	int     batch_at;                       /* ... and what of it was handed out */
	struct rowstore *store;                 /* rows kept */
	int64_t replayed;                       /* ... and how many of them were handed out */
	bool    started, done, failed, running;
	bool    untold;                         /* the rows' description has yet to go out */
	bool    exhausted;                      /* the executor has no more rows */
	uint64_t rows;                          /* handed out */
	uint64_t affected;
	char    tag[64];                        /* when done */
};

int  portal_new(struct session *s, const char *name, struct portal **ret, struct err *e) MUST_CHECK;
struct portal *portal_find(struct session *s, const char *name);
void portal_drop(struct session *s, struct portal *p);
/* Run for up to max rows (0: all) into `to`.  *ret_done: nothing is left. */
int  portal_run(struct portal *p, int64_t max, struct dest *to, bool single, bool *ret_done, struct err *e) MUST_CHECK;
/* The next n rows of a cursor in a direction (cursor.c); *ret_n tells how many there were. */
int  portal_fetch(struct portal *p, const struct cmd_fetch *f, struct dest *to, uint64_t *ret_n, struct err *e) MUST_CHECK;
void portal_set_analysis(struct portal *p, struct analysis *a);
int  portal_start_cursor(struct portal *p, struct err *e) MUST_CHECK;   /* open, fetch nothing */
/* Make it current: locks, analysis, parameters' types stay. */
int  portal_prepare_run(struct portal *p, struct err *e) MUST_CHECK;
/* prepare.c: EXECUTE about to run; *ret is NULL for an empty statement. */
int  execute_portal(struct utility *u, const struct cmd_execute *c, struct portal **ret, struct err *e) MUST_CHECK;
/* For cursors: the next n rows (0: all) into the store, or elsewhere without keeping them. */
int  portal_store_more(struct portal *p, int64_t n, bool *ret_end, struct err *e) MUST_CHECK;
int  portal_skip(struct portal *p, int64_t n, struct dest *to, bool *ret_end, struct err *e) MUST_CHECK;
/* The row at position pos, and what CURRENT OF makes of it (position.c). */
void portal_set_here(struct portal *p, const struct batch *b, int row);
void portal_leave(struct portal *p);
int  session_cursor_row(void *self, const char *cursor, const struct relation *rel, struct strbuf *ret_key,
                        bool *ret_here, struct err *e) MUST_CHECK;
/* Read everything that is left into the store (WITH HOLD at commit; cursor.c). */
int  portal_hold(struct portal *p, struct err *e) MUST_CHECK;
/* At the end of the transaction, or of a part of it that is rolled back (level > 0). */
int  portals_before_commit(struct session *s, struct err *e) MUST_CHECK;
void portals_end(struct session *s);                    /* held ones stay */
void portals_rollback(struct session *s, int level);    /* those made since savepoint `level` */
void portals_release(struct session *s, int level);     /* now belong to the level outside */
void portals_drop_all(struct session *s);

/* Text or binary values into datums of the parameters' types. */
struct msg_bind;
int  params_decode(struct portal *p, const struct msg_bind *m, struct err *e) MUST_CHECK;

#endif
