/* client.c - one client of the soak: connecting, asking, and telling expected errors from bad ones. */
#include "config.h"
#include "regress/soak/soak.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SQL_MAX = 4096, SHOWN_MAX = 20 };

extern const char *soak_conninfo;
static atomic_long complaint_count;

void
complain(const char *fmt, ...)
{
	char text[SQL_MAX];
	va_list ap;

	if (atomic_fetch_add(&complaint_count, 1) >= SHOWN_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	for (char *p = text; *p != '\0'; p++)
		if (*p == '\n')
			*p = ' ';
	printf("# complaint: %s\n", text);
	fflush(stdout);
}

long
complaints(void)
{
	return atomic_load(&complaint_count);
}

int
below(struct client *c, int limit)
{
	return (int) ((unsigned) rand_r(&c->seed) % (unsigned) limit);
}

bool
client_connect(struct client *c)
{
	PQfinish(c->conn);
	c->conn = PQconnectdb(soak_conninfo);
	if (PQstatus(c->conn) != CONNECTION_OK) {
		complain("client %d cannot connect: %s", c->id, PQerrorMessage(c->conn));
		return false;
	}
	PQclear(PQexec(c->conn, "SET client_min_messages = warning"));
	return true;
}

void
client_abandon(struct client *c)
{
	/* libpq would say goodbye: take the socket from under it. */
	if (PQsocket(c->conn) >= 0)
		(void) shutdown(PQsocket(c->conn), SHUT_RDWR);
	(void) client_connect(c);
}

/* Sort an error: one that concurrency explains, or a complaint. */
static void
judge(struct client *c, const PGresult *res, const char *sql)
{
	static const char *const passing[] = { "40001", "40P01", "55P03" };
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);

	snprintf(c->state, sizeof c->state, "%s", state != NULL ? state : "08006");
	c->again = false;
	for (unsigned i = 0; i < sizeof passing / sizeof passing[0]; i++)
		c->again |= strcmp(c->state, passing[i]) == 0;
	if (!c->again)
		complain("%s: %s: %s", sql, c->state, PQerrorMessage(c->conn));
	if (PQstatus(c->conn) != CONNECTION_OK)
		(void) client_connect(c);
}

static bool
is_fine(const PGresult *res)
{
	ExecStatusType status = PQresultStatus(res);

	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

bool
run(struct client *c, const char *fmt, ...)
{
	char sql[SQL_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(sql, sizeof sql, fmt, ap);
	va_end(ap);
	PGresult *res = PQexec(c->conn, sql);
	bool fine = is_fine(res);
	if (!fine)
		judge(c, res, sql);
	PQclear(res);
	return fine;
}

static const char *
ask_text(struct client *c, const char *sql)
{
	static _Thread_local char value[256];
	PGresult *res = PQexec(c->conn, sql);
	const char *answer = NULL;

	if (!is_fine(res)) {
		judge(c, res, sql);
	} else if (PQntuples(res) != 1 || PQnfields(res) != 1) {
		complain("%s: %d rows", sql, PQntuples(res));
	} else {
		snprintf(value, sizeof value, "%s", PQgetvalue(res, 0, 0));
		answer = value;
	}
	PQclear(res);
	return answer;
}

const char *
ask(struct client *c, const char *fmt, ...)
{
	char sql[SQL_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(sql, sizeof sql, fmt, ap);
	va_end(ap);
	return ask_text(c, sql);
}

bool
expect(struct client *c, const char *value, const char *fmt, ...)
{
	char sql[SQL_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(sql, sizeof sql, fmt, ap);
	va_end(ap);
	const char *got = ask_text(c, sql);
	if (got == NULL)
		return false;
	if (strcmp(got, value) != 0) {
		complain("%s: \"%s\", expected \"%s\"", sql, got, value);
		return false;
	}
	return true;
}

bool
refuse(struct client *c, const char *state, const char *fmt, ...)
{
	char sql[SQL_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(sql, sizeof sql, fmt, ap);
	va_end(ap);
	PGresult *res = PQexec(c->conn, sql);
	const char *got = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	bool fine = got != NULL && strcmp(got, state) == 0;
	if (!fine && !is_fine(res))
		judge(c, res, sql);
	else if (!fine)
		complain("%s: no error, expected %s", sql, state);
	PQclear(res);
	return fine;
}

void
undo(struct client *c)
{
	if (PQtransactionStatus(c->conn) != PQTRANS_IDLE)
		PQclear(PQexec(c->conn, "ROLLBACK"));
}
