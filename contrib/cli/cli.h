/* cli.h - what the commands of ormdb share: their options, their words, their exit codes.
 *
 * Owner     main.c fills one struct options; its strings live as long as the process.
 * Thread    one.
 * Failure   commands print their reason to stderr and return an exit code; the codes are
 *           those of pg_ctl.
 * Cost      nothing that matters. */
#ifndef CONTRIB_CLI_CLI_H
#define CONTRIB_CLI_CLI_H

#include <signal.h>
#include <stdbool.h>

#include "core/base/attr.h"

enum {
	CLI_OK          = 0,
	CLI_FAILED      = 1,
	CLI_NOT_RUNNING = 3,            /* of status, as LSB and pg_ctl have it */
	CLI_NO_DATA     = 4,
};

struct options {
	const char *data;               /* -D, else $PGDATA */
	const char *user;               /* init, verify, backup -U */
	const char *auth_local, *auth_host;
	const char *pwfile;
	const char *log;                /* start -l */
	const char *server_options;     /* start -o */
	const char *server;             /* the ormdbd to run */
	const char *conninfo;           /* verify, backup: -d */
	const char *target;             /* backup, restore: the directory of the backup */
	int  stop_signal;               /* -m */
	int  timeout;                   /* -t, seconds */
	bool wait, silent, prompt;
};

int  init_run(const struct options *o);
int  control_start(const struct options *o);
int  control_stop(const struct options *o);
int  control_restart(const struct options *o);
int  control_reload(const struct options *o);
int  control_status(const struct options *o);
int  backup_run(const struct options *o);
int  restore_run(const struct options *o);
int  verify_run(const struct options *o);

/* "ormdb: " and the text, to stderr. */
void complain(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* To stdout, unless -s. */
void tell(const struct options *o, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
