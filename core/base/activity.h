/* activity.h - what the sessions of this process are doing, for pg_stat_activity.
 *
 * Sessions write their slot; core/syscat lists them without knowing what a session is.
 *
 * Owner     a session has its slot from activity_open() to activity_close().
 * Thread    writers: the session's worker; readers: any.  A mutex per slot.
 * Failure   activity_open() gives NULL when all slots are taken (the limit of connections comes
 *           first).
 * Cost      a statement copies up to 1 KB of its text. */
#ifndef CORE_BASE_ACTIVITY_H
#define CORE_BASE_ACTIVITY_H

#include <stdbool.h>
#include <stdint.h>

enum activity_state { ACTIVITY_STARTING, ACTIVITY_IDLE, ACTIVITY_ACTIVE, ACTIVITY_IDLE_IN_TRANSACTION,
                      ACTIVITY_ABORTED, ACTIVITY_DISABLED };

enum { ACTIVITY_QUERY_MAX = 1024, ACTIVITY_NAME_MAX = 64 };

struct activity_info {
	int      pid;
	uint32_t database_oid, user_oid;
	char     database[ACTIVITY_NAME_MAX], user[ACTIVITY_NAME_MAX], application[ACTIVITY_NAME_MAX];
	char     client[64];            /* address; "": a Unix socket */
	int      client_port;           /* -1: a Unix socket */
	enum activity_state state;
	/* Microseconds since 2000-01-01 UTC; 0: null. */
	int64_t  backend_start, xact_start, query_start, state_change;
	uint64_t txn;                   /* number of the running transaction; 0: none */
	bool     tls;
	char     tls_version[16], tls_cipher[64];
	int      tls_bits;
	char     query[ACTIVITY_QUERY_MAX];
};

struct activity;                        /* a slot */

void activity_init(int slots);          /* once, at start */
struct activity *activity_open(void);
void activity_close(struct activity **a);
/* Change a slot: lock, write through the pointer, unlock. */
struct activity_info *activity_edit(struct activity *a);
void activity_done(struct activity *a);
/* Shorthand of the common change; query NULL leaves it. */
void activity_report(struct activity *a, enum activity_state state, const char *query, int64_t now);

const char *activity_state_name(enum activity_state s);         /* "idle in transaction" */
/* Call fn with a copy of every slot in use. */
void activity_list(void (*fn)(void *arg, const struct activity_info *info), void *arg);

#endif
