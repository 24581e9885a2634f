/* crash.h - what the parts of the crash tester share.
 *
 * Owner     main() owns the one struct crash; clients are threads of this process, which lives
 *           on when the server does not.
 * Thread    each client has a connection, a random generator and a truth file of its own.
 * Failure   a lost connection ends a client quietly: that is the server's death; any other error
 *           is a finding.
 * Cost      a cycle is a second or two, most of it starting servers.
 *
 * A client's work is a sequence of steps, each one transaction, numbered from 1; the database
 * after step k is a function of k alone.  A step that was acknowledged is in the client's truth
 * file.  After a crash the database must be as after step k, where k is the last acknowledged
 * step or, when a commit was in the air, the next. */
#ifndef REGRESS_CRASH_CRASH_H
#define REGRESS_CRASH_CRASH_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include <libpq-fe.h>

#include "core/base/attr.h"

enum { MAX_WRITERS = 16, TEXT_MAX = 512 };

struct crash;

struct client {
	struct crash *crash;
	const char *what;
	int  number;
	bool async;                     /* synchronous_commit = off */
	pthread_t thread;
	uint64_t random;
	long acked;                     /* the last step that was acknowledged */
	FILE *truth;
};

enum crash_mode {
	MODE_KILL,                      /* kill -9 */
	MODE_POWER,                     /* the machine loses power */
	MODE_FAIL,                      /* the nth write or fsync fails */
	MODE_FULL,                      /* the disk is full, then it has room again */
};

struct disk_control;

struct crash {
	enum crash_mode mode;
	struct disk_control *disk;      /* NULL: MODE_KILL */
	const char *builddir, *dir;     /* dir: data directory, log, truth files, backups */
	int  port;
	pid_t pid;                      /* of the server; 0: none that was started */
	uint64_t random;
	int  nwriters;
	struct client writers[MAX_WRITERS], ddl, noise[4];
	_Atomic long acked, in_doubt, found;    /* of all cycles; findings of this one */
	_Atomic bool down;              /* the server has been killed */
	_Atomic bool failing;           /* the disk has been told to fail, at some call */
	_Atomic long refused;           /* statements, for the disk's sake */
	long events;                    /* losses of power, failures, full disks that happened */
	long backups;                   /* finished ones */
	long restored;
};

/* A finding, as a comment. */
void finding(struct crash *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
uint64_t random_below(uint64_t *state, uint64_t n);

/* client.c */
PGconn *client_connect(struct crash *c);        /* NULL: no server */
/* false: the server is gone (or, a finding, said no). */
bool client_do(struct client *cl, PGconn *conn, const char *fmt, ...) PRINTF_LIKE(3, 4);
long client_ask(struct crash *c, PGconn *conn, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* After a step that failed: roll back and try it again?  Only when the disk is to blame. */
bool client_again(struct client *cl, PGconn *conn);
void client_acked(struct client *cl, long step);
/* Is k, what the database says, what the truth file allows?  It becomes the step to go on from. */
bool client_settle(struct client *cl, long k);

/* server.c */
bool server_init(struct crash *c);
bool server_start(struct crash *c);
bool server_start_and_kill(struct crash *c, long after_us);     /* during recovery */
bool server_said_why(struct crash *c);          /* it runs, or its log ends with the reason */
void server_kill(struct crash *c);
bool server_stop(struct crash *c);
int  server_run(struct crash *c, const char *fmt, ...) PRINTF_LIKE(2, 3);      /* a shell command */
bool server_log_is_clean(struct crash *c);

/* power.c: the disk's part of a cycle. */
bool power_init(struct crash *c);
void power_arm(struct crash *c, long calls);    /* the event is to happen within so many calls */
void power_disarm(struct crash *c);
/* Let clients work for so long, or until the server is gone. */
void power_wait(struct crash *c, long ms);
void power_print(struct crash *c);
const char *power_environment(struct crash *c); /* of the server's command line */

/* writer.c, ddl.c, noise.c */
bool writer_setup(struct crash *c, PGconn *conn);
void *writer_main(void *client);
void writer_check(struct client *w, PGconn *conn);
bool ddl_setup(struct crash *c, PGconn *conn);
void *ddl_main(void *client);
void ddl_check(struct client *d, PGconn *conn);
void *noise_main(void *client);
void noise_check_backup(struct crash *c);

#endif
