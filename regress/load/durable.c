/* durable.c - is every acknowledged commit there after a crash?
 *
 *   durable -d CONNINFO -w WRITERS -f NOTES    writes until the server is gone
 *   durable -d CONNINFO -c NOTES               checks, as TAP
 *
 * A writer's transaction inserts two rows and updates one; when COMMIT has been answered its
 * number is appended to NOTES.  After a restart every noted number must have both rows, a number
 * that is not noted both or none, and a writer's counter must be its number of transactions.
 * The script kills the server (regress/t/crash.t). */
#include "config.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libpq-fe.h>

enum { MAX_WRITERS = 64, MILLION = 1000000 };

static const char *conninfo = "";
static int notes = -1;

static bool
run(PGconn *conn, const char *sql)
{
	PGresult *res = PQexec(conn, sql);
	ExecStatusType status = PQresultStatus(res);

	PQclear(res);
	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

/* One number, as text; "" when there is no answer. */
static const char *
ask(PGconn *conn, const char *sql)
{
	static char text[64];
	PGresult *res = PQexec(conn, sql);

	text[0] = '\0';
	if (PQresultStatus(res) == PGRES_TUPLES_OK && PQntuples(res) == 1)
		snprintf(text, sizeof text, "%s", PQgetvalue(res, 0, 0));
	else
		printf("# %s: %s", sql, PQerrorMessage(conn));
	PQclear(res);
	return text;
}

static void *
writer(void *arg)
{
	int me = (int) (intptr_t) arg;
	PGconn *conn = PQconnectdb(conninfo);
	char sql[512], note[32];

	long done = atol(ask(conn, (snprintf(sql, sizeof sql,
		"SELECT n FROM durable_counter WHERE writer = %d", me), sql)));
	for (;;) {
		long number = (long) me * MILLION + ++done;
		snprintf(sql, sizeof sql,
		         "BEGIN; INSERT INTO durable VALUES (%ld, 'left'); "
		         "UPDATE durable_counter SET n = n + 1 WHERE writer = %d; "
		         "INSERT INTO durable VALUES (%ld, 'right');", number, me, -number);
		if (!run(conn, sql) || !run(conn, "COMMIT"))
			break;
		int len = snprintf(note, sizeof note, "%ld\n", number);
		if (write(notes, note, (size_t) len) != len)
			break;
	}
	PQfinish(conn);
	return NULL;
}

static int
write_all(int writers, const char *path)
{
	pthread_t thread[MAX_WRITERS];
	PGconn *conn = PQconnectdb(conninfo);
	char sql[128];

	notes = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (notes < 0 || PQstatus(conn) != CONNECTION_OK || writers > MAX_WRITERS) {
		fprintf(stderr, "durable: %s%s", path, PQerrorMessage(conn));
		return 1;
	}
	bool ready = run(conn, "SET client_min_messages = warning") &&
	             run(conn, "CREATE TABLE IF NOT EXISTS durable (id bigint PRIMARY KEY, side text)") &&
	             run(conn, "CREATE TABLE IF NOT EXISTS durable_counter (writer int PRIMARY KEY, n int)");
	for (int i = 1; ready && i <= writers; i++) {
		snprintf(sql, sizeof sql, "INSERT INTO durable_counter VALUES (%d, 0) ON CONFLICT DO NOTHING", i);
		ready = run(conn, sql);
	}
	if (!ready) {
		fprintf(stderr, "durable: %s", PQerrorMessage(conn));
		return 1;
	}
	PQfinish(conn);
	for (int i = 0; i < writers; i++)
		pthread_create(&thread[i], NULL, writer, (void *) (intptr_t) (i + 1));
	for (int i = 0; i < writers; i++)
		pthread_join(thread[i], NULL);
	return 0;
}

static void
result(bool fine, int number, const char *what)
{
	printf("%sok %d - %s\n", fine ? "" : "not ", number, what);
}

static int
check_all(const char *path)
{
	PGconn *conn = PQconnectdb(conninfo);
	FILE *in = fopen(path, "r");
	long number, noted = 0, lost = 0;
	char line[64], text[32];

	if (PQstatus(conn) != CONNECTION_OK || in == NULL) {
		printf("Bail out! %s%s\n", path, PQerrorMessage(conn));
		return 99;
	}
	while (fgets(line, sizeof line, in) != NULL) {
		if (sscanf(line, "%ld", &number) != 1)
			continue;
		noted++;
		snprintf(text, sizeof text, "%ld", number);
		const char *values[1] = { text };
		PGresult *res = PQexecParams(conn,
			"SELECT count(*) FROM durable WHERE id = $1::bigint OR id = -$1::bigint",
			1, NULL, values, NULL, NULL, 0);
		if (PQresultStatus(res) != PGRES_TUPLES_OK || strcmp(PQgetvalue(res, 0, 0), "2") != 0) {
			if (lost++ < 5)
				printf("# acknowledged and lost: %ld %s\n", number, PQresultErrorMessage(res));
		}
		PQclear(res);
	}
	(void) fclose(in);
	printf("# %ld transactions acknowledged, %s rows\n", noted, ask(conn, "SELECT count(*) FROM durable"));
	result(noted > 0, 1, "transactions were acknowledged");
	result(lost == 0, 2, "every acknowledged transaction is there");
	result(strcmp(ask(conn, "SELECT count(*) FROM durable a WHERE NOT EXISTS "
	                  "(SELECT 1 FROM durable b WHERE b.id = -a.id)"), "0") == 0,
	       3, "no transaction is there in part");
	result(strcmp(ask(conn, "SELECT count(*) FROM durable_counter c WHERE n <> "
	                  "(SELECT count(*) FROM durable d WHERE d.id / 1000000 = c.writer AND d.id > 0)"),
	              "0") == 0, 4, "updates went with their inserts");
	puts("1..4");
	PQfinish(conn);
	return 0;
}

int
main(int argc, char **argv)
{
	const char *path = NULL;
	bool check = false;
	int opt, writers = 8;

	while ((opt = getopt(argc, argv, "d:w:f:c:")) != -1)
		switch (opt) {
		case 'd': conninfo = optarg; break;
		case 'w': writers = atoi(optarg); break;
		case 'f': path = optarg; break;
		case 'c': path = optarg; check = true; break;
		default: path = NULL; optind = argc + 1;
		}
	if (path == NULL || optind != argc) {
		fputs("usage: durable -d CONNINFO [-w WRITERS] -f NOTES | -c NOTES\n", stderr);
		return 2;
	}
	return check ? check_all(path) : write_all(writers, path);
}
