/* clients.c - many clients connected at once, some of them busy, as TAP.
 *
 *   clients -d CONNINFO [-n CONNECTED] [-a ACTIVE] [-s SECONDS] */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <libpq-fe.h>

static PGconn **conns;
static int seconds = 5;
static atomic_long statements, errors;
static atomic_bool over;

static bool
query(PGconn *conn, const char *sql, const char *expect)
{
	PGresult *res = PQexec(conn, sql);
	ExecStatusType status = PQresultStatus(res);
	bool fine = status == PGRES_COMMAND_OK ||
	            (status == PGRES_TUPLES_OK &&
	             (expect == NULL || (PQntuples(res) == 1 && strcmp(PQgetvalue(res, 0, 0), expect) == 0)));

	if (!fine && atomic_fetch_add(&errors, 1) < 5)
		printf("# %s: %s\n", sql, PQerrorMessage(conn));
	PQclear(res);
	return fine;
}

/* One active client: its own row, read and changed again and again. */
static void *
active(void *arg)
{
	long me = (long) (intptr_t) arg;
	PGconn *conn = conns[me];
	char insert[96], update[96], select[96], expect[24];

	snprintf(insert, sizeof insert, "INSERT INTO clients VALUES (%ld, 0)", me);
	snprintf(update, sizeof update, "UPDATE clients SET n = n + 1 WHERE id = %ld", me);
	snprintf(select, sizeof select, "SELECT n FROM clients WHERE id = %ld", me);
	if (!query(conn, insert, NULL))
		return NULL;
	for (long n = 1; !atomic_load(&over); n++) {
		snprintf(expect, sizeof expect, "%ld", n);
		if (!query(conn, update, NULL) || !query(conn, select, expect))
			return NULL;
		atomic_fetch_add(&statements, 2);
	}
	return NULL;
}

static void
result(bool fine, int number, const char *what, long count)
{
	printf("%sok %d - %ld %s\n", fine ? "" : "not ", number, count, what);
}

static int
connect_all(const char *conninfo, int n)
{
	int connected = 0;

	for (int i = 0; i < n; i++) {
		conns[i] = PQconnectdb(conninfo);
		if (PQstatus(conns[i]) == CONNECTION_OK)
			connected++;
		else if (i - connected < 3)
			printf("# client %d: %s", i, PQerrorMessage(conns[i]));
	}
	return connected;
}

int
main(int argc, char **argv)
{
	const char *conninfo = "";
	int opt, n = 1000, busy = 50;
	pthread_t *thread;

	while ((opt = getopt(argc, argv, "d:n:a:s:")) != -1)
		switch (opt) {
		case 'd': conninfo = optarg; break;
		case 'n': n = atoi(optarg); break;
		case 'a': busy = atoi(optarg); break;
		case 's': seconds = atoi(optarg); break;
		default: return 2;
		}
	if (busy > n)
		busy = n;
	setrlimit(RLIMIT_NOFILE, &(struct rlimit) { (rlim_t) n + 100, (rlim_t) n + 100 });
	conns = calloc((size_t) n, sizeof *conns);
	thread = calloc((size_t) busy, sizeof *thread);

	int connected = connect_all(conninfo, n);
	result(connected == n, 1, "clients connected at once", connected);
	if (!query(conns[0], "CREATE TABLE clients (id int PRIMARY KEY, n int)", NULL))
		busy = 0;
	for (int i = 0; i < busy; i++)
		pthread_create(&thread[i], NULL, active, (void *) (intptr_t) i);
	sleep((unsigned) seconds);
	atomic_store(&over, true);
	for (int i = 0; i < busy; i++)
		pthread_join(thread[i], NULL);
	result(busy > 0 && errors == 0, 2, "errors while some were active", errors);
	printf("# %d active: %ld statements in %d s\n", busy, (long) statements, seconds);
	long idle = 0;
	for (int i = busy; i < n; i++)
		idle += query(conns[i], "SELECT 1", "1");
	result(idle == n - busy, 3, "idle clients still answered", idle);
	for (int i = 0; i < n; i++)
		PQfinish(conns[i]);
	free(conns);
	free(thread);
	puts("1..3");
	return 0;
}
