/* client.c - statements, answers and truth files of the crash tester's clients. */
#include "config.h"
#include "regress/crash/crash.h"
#include "regress/crash/disk.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t
random_below(uint64_t *state, uint64_t n)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state % n;
}

void
finding(struct crash *c, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	for (char *nl = text; (nl = strchr(nl, '\n')) != NULL; )
		*nl = ' ';
	printf("# FOUND: %s\n", text);
	fflush(stdout);
	atomic_fetch_add(&c->found, 1);
}

PGconn *
client_connect(struct crash *c)
{
	char conninfo[TEXT_MAX];

	snprintf(conninfo, sizeof conninfo, "host=%s port=%d user=postgres dbname=postgres connect_timeout=20 "
	         "options='-c client_min_messages=warning'", c->dir, c->port);
	PGconn *conn = PQconnectdb(conninfo);
	if (PQstatus(conn) == CONNECTION_OK)
		return conn;
	/* A server whose disk fails stops by itself, whoever is just knocking. */
	if (!atomic_load(&c->down) && !(atomic_load(&c->failing) && atomic_load(&c->disk->happened) != 0))
		finding(c, "cannot connect: %s", PQerrorMessage(conn));
	PQfinish(conn);
	return NULL;
}

static PGresult *
run(PGconn *conn, const char *fmt, va_list ap)
{
	char sql[2048];

	vsnprintf(sql, sizeof sql, fmt, ap);
	return PQexec(conn, sql);
}

/* A full disk is 53100; a failing one may be 58030, or 53100 when it says that it is full, if the
 * server does not stop. */
static bool
disk_is_to_blame(const struct crash *c, const PGresult *res)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);

	return state != NULL
	    && ((c->mode >= MODE_FAIL && strcmp(state, "53100") == 0)
	        || (c->mode == MODE_FAIL && strcmp(state, "58030") == 0));
}

/* The server's end shows itself as a lost connection, or as an error while it goes down. */
static void
judge(struct crash *c, PGconn *conn, const PGresult *res, const char *sql)
{
	if (disk_is_to_blame(c, res))
		atomic_fetch_add(&c->refused, 1);
	else if (PQstatus(conn) == CONNECTION_OK && !atomic_load(&c->down))
		finding(c, "%s: %s", sql, PQerrorMessage(conn));
}

bool
client_again(struct client *cl, PGconn *conn)
{
	struct timespec pause = { 0, 20000000 };

	if (cl->crash->mode != MODE_FULL && cl->crash->mode != MODE_FAIL)
		return false;
	if (PQstatus(conn) != CONNECTION_OK || atomic_load(&cl->crash->down))
		return false;
	if (PQtransactionStatus(conn) != PQTRANS_IDLE)
		PQclear(PQexec(conn, "ROLLBACK"));
	nanosleep(&pause, NULL);
	return PQstatus(conn) == CONNECTION_OK;
}

bool
client_do(struct client *cl, PGconn *conn, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	PGresult *res = run(conn, fmt, ap);
	va_end(ap);
	ExecStatusType status = PQresultStatus(res);
	bool fine = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
	if (!fine)
		judge(cl->crash, conn, res, fmt);
	PQclear(res);
	return fine;
}

/* -1: no answer, or null. */
long
client_ask(struct crash *c, PGconn *conn, const char *fmt, ...)
{
	long answer = -1;
	va_list ap;

	va_start(ap, fmt);
	PGresult *res = run(conn, fmt, ap);
	va_end(ap);
	if (PQresultStatus(res) != PGRES_TUPLES_OK)
		judge(c, conn, res, fmt);
	else if (PQntuples(res) == 1 && !PQgetisnull(res, 0, 0))
		answer = atol(PQgetvalue(res, 0, 0));
	PQclear(res);
	return answer;
}

void
client_acked(struct client *cl, long step)
{
	cl->acked = step;
	atomic_fetch_add(&cl->crash->acked, 1);
	fprintf(cl->truth, "%ld\n", step);
	fflush(cl->truth);
}

bool
client_settle(struct client *cl, long k)
{
	bool lost = k < cl->acked && !cl->async;

	if (lost || k > cl->acked + 1)
		finding(cl->crash, "%s %d: step %ld was acknowledged, the database is at step %ld%s", cl->what,
		        cl->number, cl->acked, k, lost ? ": commits are lost" : "");
	if (k == cl->acked + 1)
		atomic_fetch_add(&cl->crash->in_doubt, 1);
	fprintf(cl->truth, "# crash; at step %ld\n", k);
	fflush(cl->truth);
	cl->acked = k;
	return !lost;
}
