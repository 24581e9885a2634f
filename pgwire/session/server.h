/* server.h - the process: what all sessions share.
 *
 * Owner     main() makes one struct server and runs it to its end.
 * Thread    fields above the lock are set at start; those below belong to the lock.
 * Failure   server_start() says what is missing.
 * Cost      a cancel looks through the list of sessions. */
#ifndef PGWIRE_SESSION_SERVER_H
#define PGWIRE_SESSION_SERVER_H

#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/settings.h"
#include "core/catalog/catalog.h"
#include "storage/store.h"

struct loop;
struct conn;
struct hba;
struct session;

enum shutdown { SHUTDOWN_NONE, SHUTDOWN_SMART, SHUTDOWN_FAST };

struct server {
	char data_dir[PATH_MAX];
	struct store *store;
	struct catalogs *catalogs;
	struct settings settings;               /* the base */
	struct loop *loop;
	int64_t started;                        /* microseconds since 2000-01-01 */
	/* Copies of settings that connections need before they have a session. */
	_Atomic int max_connections, reserved_connections, login_timeout_s, max_message;

	_Atomic int shutdown;                   /* enum shutdown */

	pthread_rwlock_t hba_lock;
	struct hba *hba;

	pthread_mutex_t lock;                   /* the list of sessions */
	struct session *first;
	int nsessions;                          /* logged in */
	int next_pid;
};

/* Open the store and the catalog of data_dir; in two steps for who has work between them. */
int  server_open(struct server *s, struct err *e) MUST_CHECK;
int  server_open_store(struct server *s, struct err *e) MUST_CHECK;
int  server_open_catalog(struct server *s, struct err *e) MUST_CHECK;
/* Look for damage (verify.c), with the server closed to clients; problems are lines on stdout. */
int  server_verify(struct server *s, int *ret_problems, struct err *e) MUST_CHECK;
/* For store_files_check() and store_files_sweep(): does the catalog of any database name this file? */
struct server_files {
	struct server *server;
	bool taken;
	int n, cap;
	uint32_t *at;           /* sorted */
};
bool server_file_is_named(void *files, uint32_t file);
void server_files_done(struct server_files *files);
/* The databases there are now: how many; free() the list. */
int  server_databases(struct server *s, oid_t **ret);
void server_close(struct server *s);
/* Make the store's first contents. */
int  server_bootstrap(struct server *s, const char *user, const char *password, struct err *e) MUST_CHECK;
/* Start the workers; connections are handed to s->loop. */
int  server_start(struct server *s, struct err *e) MUST_CHECK;
/* hba.conf and TLS files, at start and at reload. */
int  server_load_access(struct server *s, struct err *e) MUST_CHECK;
void server_reload(struct server *s);
/* Ask every session to end. */
void server_terminate_all(struct server *s);
/* Tell them why the process is about to end without them. */
void server_last_words(struct server *s, const char *why);
/* How many sessions other than `self` are in a database; `end`: they are told to end.  Those that are
 * about to go, and the server's own, are waited for: some seconds. */
int  server_sessions_in(struct server *s, const struct session *self, oid_t database, bool end, int *ret_n,
                        struct err *e) MUST_CHECK;

/* Cancel (or end) the session with this pid; `secret` NULL: not asked for. */
bool server_cancel(struct server *s, int pid, const unsigned char *secret, bool terminate);

#endif
