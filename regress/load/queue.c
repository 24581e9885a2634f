/* queue.c - a job queue on FOR UPDATE SKIP LOCKED: every job is handed out once, as TAP.
 *
 *   queue -d CONNINFO [-w WORKERS] [-j JOBS]
 *
 * Workers take a job, note who took it, and commit; one in ten changes its mind and rolls
 * back, so the job must come again. */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libpq-fe.h>

enum { WORKERS_MAX = 200 };

static const char *conninfo;
static atomic_long taken, returned, errors;

static PGresult *
run(PGconn *conn, const char *sql)
{
	PGresult *res = PQexec(conn, sql);
	ExecStatusType status = PQresultStatus(res);

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK &&
	    atomic_fetch_add(&errors, 1) < 5)
		printf("# %s: %s", sql, PQerrorMessage(conn));
	return res;
}

static void
command(PGconn *conn, const char *sql)
{
	PQclear(run(conn, sql));
}

static long
number(PGconn *conn, const char *sql)
{
	PGresult *res = run(conn, sql);
	long n = PQntuples(res) == 1 ? strtol(PQgetvalue(res, 0, 0), NULL, 10) : -1;

	PQclear(res);
	return n;
}

/* Until nothing is left that others do not hold; the last look is made when all have ended. */
static void *
work(void *arg)
{
	long me = (long) (intptr_t) arg;
	PGconn *conn = PQconnectdb(conninfo);
	char sql[128];

	for (long turn = 0; PQstatus(conn) == CONNECTION_OK; turn++) {
		command(conn, "BEGIN");
		long job = number(conn, "SELECT id FROM jobs WHERE NOT done ORDER BY priority, id "
					"LIMIT 1 FOR UPDATE SKIP LOCKED");
		if (job < 0) {
			command(conn, "COMMIT");
			break;
		}
		snprintf(sql, sizeof sql, "UPDATE jobs SET done = true WHERE id = %ld", job);
		command(conn, sql);
		snprintf(sql, sizeof sql, "INSERT INTO handed VALUES (%ld, %ld)", job, me);
		command(conn, sql);
		bool back = (turn + me) % 10 == 9;
		command(conn, back ? "ROLLBACK" : "COMMIT");
		atomic_fetch_add(back ? &returned : &taken, 1);
	}
	PQfinish(conn);
	return NULL;
}

static int
check(int n, bool passed, const char *what, long value)
{
	printf("%s %d - %s: %ld\n", passed ? "ok" : "not ok", n, what, value);
	return !passed;
}

int
main(int argc, char **argv)
{
	pthread_t threads[WORKERS_MAX];
	int workers = 50, jobs = 2000, c, failed = 0;
	char sql[160];

	while ((c = getopt(argc, argv, "d:w:j:")) != -1)
		if (c == 'd')
			conninfo = optarg;
		else if (c == 'w')
			workers = atoi(optarg) < WORKERS_MAX ? atoi(optarg) : WORKERS_MAX;
		else if (c == 'j')
			jobs = atoi(optarg);
		else
			return 2;
	PGconn *conn = PQconnectdb(conninfo);
	if (PQstatus(conn) != CONNECTION_OK) {
		printf("Bail out! %s", PQerrorMessage(conn));
		return 2;
	}
	command(conn, "CREATE TABLE jobs (id int PRIMARY KEY, priority int, done bool)");
	command(conn, "CREATE TABLE handed (job int, worker int)");
	snprintf(sql, sizeof sql,
		 "INSERT INTO jobs SELECT g, g %% 7, false FROM generate_series(1, %d) g", jobs);
	command(conn, sql);
	for (int i = 0; i < workers; i++)
		if (pthread_create(&threads[i], NULL, work, (void *) (intptr_t) i) != 0)
			abort();
	for (int i = 0; i < workers; i++)
		(void) pthread_join(threads[i], NULL);
	(void) work(NULL); /* what was given back after everybody had looked */

	failed += check(1, errors == 0, "errors", errors);
	failed += check(2, taken == jobs, "jobs taken", taken);
	long twice = number(conn, "SELECT count(*) - count(DISTINCT job) FROM handed");
	failed += check(3, twice == 0, "jobs handed out twice", twice);
	long left = number(conn, "SELECT count(*) FROM jobs WHERE NOT done");
	failed += check(4, left == 0, "jobs left", left);
	long handed = number(conn, "SELECT count(*) FROM handed");
	failed += check(5, handed == jobs, "jobs handed out", handed);
	printf("# %d workers, %ld given back\n1..5\n", workers, (long) returned);
	PQfinish(conn);
	return failed != 0;
}
