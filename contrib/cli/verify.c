/* verify.c - `ormdb verify`, `ormdb backup`: what a server, or ormdbd by itself, does for us.
 *
 * Both ask the running server over its socket, found through the pid file.  verify of a data
 * directory without a server runs `ormdbd --verify`, which also reads every page.
 *
 * Not here: the work itself (pgwire/session/verify.c), restore (restore.c). */
#include "config.h"
#include "contrib/cli/cli.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "contrib/cli/datadir.h"
#include "contrib/cli/pidfile.h"

static PGconn *
connected(PGconn *conn)
{
	if (PQstatus(conn) == CONNECTION_OK)
		return conn;
	complain("could not connect to the server: %s", PQerrorMessage(conn));
	PQfinish(conn);
	return NULL;
}

static PGconn *
connect_to(const struct options *o, const struct pidfile *p)
{
	char port[16];
	const char *names[] = { "host", "port", "dbname", "user", "fallback_application_name", NULL };
	const char *values[] = { p->host, port, "postgres", o->user, "ormdb", NULL };

	snprintf(port, sizeof port, "%d", p->port);
	return connected(o->conninfo != NULL ? PQconnectdb(o->conninfo) : PQconnectdbParams(names, values, 0));
}

/* Another database of the server that we are connected to. */
static PGconn *
connect_beside(PGconn *conn, const char *database)
{
	const char *names[] = { "host", "port", "dbname", "user", "password", "fallback_application_name", NULL };
	const char *values[] = { PQhost(conn), PQport(conn), database, PQuser(conn), PQpass(conn), "ormdb", NULL };

	return connected(PQconnectdbParams(names, values, 0));
}

static PGresult *
ask(PGconn *conn, const char *sql, const char *arg)
{
	PGresult *res = PQexecParams(conn, sql, arg == NULL ? 0 : 1, NULL, &arg, NULL, NULL, 0);

	if (PQresultStatus(res) == PGRES_TUPLES_OK)
		return res;
	complain("%s", PQerrorMessage(conn));
	PQclear(res);
	return NULL;
}

/* The running server of the data directory, or that of -d. */
static PGconn *
find_and_connect(const struct options *o, bool *ret_running)
{
	struct pidfile p = { 0 };

	*ret_running = o->conninfo != NULL;
	if (o->conninfo == NULL) {
		if (o->data == NULL || pidfile_read(o->data, &p) != PIDFILE_FOUND || !pidfile_alive(p.pid))
			return NULL;
		*ret_running = true;
	}
	return connect_to(o, &p);
}

static bool
verify_database(PGconn *conn)
{
	PGresult *res = ask(conn, "SELECT object, problem FROM pg_catalog.ormdb_verify()", NULL);
	int n = res == NULL ? 0 : PQntuples(res);

	for (int i = 0; i < n; i++)
		printf("%s: %s%s%s\n", PQdb(conn), PQgetvalue(res, i, 0), PQgetisnull(res, i, 0) ? "" : ": ",
		       PQgetvalue(res, i, 1));
	bool fine = res != NULL && n == 0;
	PQclear(res);
	return fine;
}

/* All databases, or that of -d. */
static int
verify_running(const struct options *o, PGconn *conn)
{
	bool fine = verify_database(conn);
	PGresult *res = o->conninfo != NULL ? NULL : ask(conn, "SELECT datname FROM pg_catalog.pg_database "
	                                                 "WHERE datallowconn AND datname <> current_database()", NULL);

	fine &= res != NULL || o->conninfo != NULL;
	for (int i = 0; res != NULL && i < PQntuples(res); i++) {
		PGconn *other = connect_beside(conn, PQgetvalue(res, i, 0));
		fine &= other != NULL && verify_database(other);
		PQfinish(other);
	}
	PQclear(res);
	if (fine)
		tell(o, "no problems found (pages are read only when no server runs)\n");
	return fine ? CLI_OK : CLI_FAILED;
}

int
verify_run(const struct options *o)
{
	bool running;
	PGconn *conn = find_and_connect(o, &running);

	if (running) {
		int code = conn == NULL ? CLI_FAILED : verify_running(o, conn);
		PQfinish(conn);
		return code;
	}
	const char *const argv[] = { o->server, "--verify", "-D", o->data, NULL };
	int code = run_program(argv);
	if (code == 0) {
		tell(o, "no problems found\n");
		return CLI_OK;
	}
	complain("data directory \"%s\" has problems", o->data);
	return CLI_FAILED;
}

int
backup_run(const struct options *o)
{
	char target[PATH_MAX];
	bool running;

	/* The server copies: its working directory is not ours. */
	if (o->target[0] == '/')
		snprintf(target, sizeof target, "%s", o->target);
	else if (getcwd(target, sizeof target) == NULL ||
	         strlen(target) + strlen(o->target) + 2 > sizeof target) {
		complain("the path of \"%s\" is too long", o->target);
		return CLI_FAILED;
	} else {
		strcat(strcat(target, "/"), o->target);
	}
	PGconn *conn = find_and_connect(o, &running);
	if (!running) {
		complain("no server runs in data directory \"%s\"\nA directory without a server can be copied as it is.",
		         o->data);
		return CLI_FAILED;
	}
	PGresult *res = conn == NULL ? NULL : ask(conn, "SELECT pg_catalog.ormdb_backup($1)", target);
	if (res != NULL)
		tell(o, "backup of %s bytes in \"%s\"\n", PQgetvalue(res, 0, 0), target);
	int code = res == NULL ? CLI_FAILED : CLI_OK;
	PQclear(res);
	PQfinish(conn);
	return code;
}
