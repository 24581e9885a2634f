/* main.c - runs sqllogictest files against a server.
 *
 *   slt [-d CONNINFO] [-m MAX-FAILURES] FILE...
 *
 * One TAP line for each file.  A file runs in a schema of its own, which is dropped after
 * it.  The server counts as engine "postgresql". */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "regress/slt/slt.h"

struct run {
	PGconn *conn;
	const char *path;
	int max_failures;
	int passed, failed;
};

static void
complain(struct run *run, const struct slt_record *r, const char *what, const char *detail)
{
	printf("# %s:%d: %s", run->path, r->line, what);
	for (const char *c = detail; *c != '\0'; c++)
		if (*c == '\n')
			fputs(c[1] != '\0' ? "\n#   " : "", stdout);
		else
			putchar(*c);
	fputs("\n#   ", stdout);
	for (const char *c = r->sql; *c != '\0'; c++)
		if (*c == '\n')
			fputs(c[1] != '\0' ? "\n#   " : "\n", stdout);
		else
			putchar(*c);
}

/* A value as the format shows it; the result is malloc'ed. */
static char *
show(const PGresult *res, int row, int column, char type)
{
	const char *value = PQgetvalue(res, row, column);
	char text[64], *copy;

	if (PQgetisnull(res, row, column))
		return strdup("NULL");
	switch (type) {
	case 'I':
		if (strpbrk(value, ".eE") != NULL)
			snprintf(text, sizeof text, "%lld", (long long) strtod(value, NULL));
		else
			snprintf(text, sizeof text, "%lld", strtoll(value, NULL, 10));
		return strdup(text);
	case 'R':
		snprintf(text, sizeof text, "%.3f", strtod(value, NULL));
		return strdup(text);
	default:
		copy = strdup(*value == '\0' ? "(empty)" : value);
		for (char *c = copy; *c != '\0'; c++)
			if (*c < ' ' || *c > '~')
				*c = '@';
		return copy;
	}
}

static bool
compare(struct run *run, const struct slt_record *r, const PGresult *res)
{
	int rows = PQntuples(res), columns = PQnfields(res);
	char **values, what[96];

	if (columns != (int) strlen(r->types)) {
		snprintf(what, sizeof what, "%d columns, expected %zu", columns, strlen(r->types));
		complain(run, r, what, "");
		return false;
	}
	values = calloc((size_t) rows * (size_t) columns + 1, sizeof *values);
	for (int i = 0; i < rows * columns; i++)
		values[i] = show(res, i / columns, i % columns, r->types[i % columns]);
	bool fine = slt_matches(r, values, rows, columns);
	if (!fine) {
		size_t size = 64, len = 0;
		for (int i = 0; i < rows * columns && i < 20; i++)
			size += strlen(values[i]) + 1;
		char *got = malloc(size);
		for (int i = 0; i < rows * columns && i < 20; i++)
			len += (size_t) sprintf(got + len, "%s|", values[i]);
		sprintf(got + len, " (%d values)", rows * columns);
		complain(run, r, "other values: ", got);
		free(got);
	}
	for (int i = 0; i < rows * columns; i++)
		free(values[i]);
	free(values);
	return fine;
}

static void
run_record(struct run *run, const struct slt_record *r)
{
	PGresult *res = PQexec(run->conn, r->sql);
	ExecStatusType status = PQresultStatus(res);
	bool answered = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
	bool fine;

	if (r->kind == SLT_STATEMENT) {
		fine = answered != r->expect_error;
		if (!fine)
			complain(run, r, r->expect_error ? "no error" : "", PQresultErrorMessage(res));
	} else if (!answered) {
		fine = false;
		complain(run, r, "", PQresultErrorMessage(res));
	} else {
		fine = compare(run, r, res);
	}
	PQclear(res);
	if (fine)
		run->passed++;
	else
		run->failed++;
}

static bool
command(PGconn *conn, const char *sql)
{
	PGresult *res = PQexec(conn, sql);
	bool fine = PQresultStatus(res) == PGRES_COMMAND_OK;

	if (!fine)
		printf("# %s: %s", sql, PQerrorMessage(conn));
	PQclear(res);
	return fine;
}

static bool
run_file(struct run *run, const char *conninfo, int number)
{
	struct slt *s = slt_open(run->path, "postgresql");
	struct slt_record r = { .kind = SLT_BAD };
	char sql[128];

	run->passed = run->failed = 0;
	run->conn = PQconnectdb(conninfo);
	if (PQstatus(run->conn) != CONNECTION_OK)
		printf("# %s", PQerrorMessage(run->conn));
	snprintf(sql, sizeof sql, "CREATE SCHEMA slt_%d_%d", (int) getpid(), number);
	bool ready = s != NULL && PQstatus(run->conn) == CONNECTION_OK && command(run->conn, sql);
	snprintf(sql, sizeof sql, "SET search_path = slt_%d_%d", (int) getpid(), number);
	ready = ready && command(run->conn, "SET client_min_messages = warning") &&
	        command(run->conn, sql);
	while (ready && run->failed < run->max_failures && PQstatus(run->conn) == CONNECTION_OK) {
		r = slt_read(s);
		if (r.kind == SLT_END || r.kind == SLT_BAD)
			break;
		if (r.applies)
			run_record(run, &r);
	}
	bool fine = ready && r.kind == SLT_END && run->failed == 0;
	if (ready && r.kind != SLT_END)
		printf("# stopped at line %d\n", r.line);
	if (ready && PQstatus(run->conn) == CONNECTION_OK) {
		snprintf(sql, sizeof sql, "DROP SCHEMA slt_%d_%d CASCADE", (int) getpid(), number);
		fine = command(run->conn, sql) && fine;
	}
	PQfinish(run->conn);
	slt_close(s);
	return fine;
}

int
main(int argc, char **argv)
{
	const char *conninfo = "";
	struct run run = { .max_failures = 10 };
	int opt, bad = 0, passed = 0, failed = 0;

	while ((opt = getopt(argc, argv, "d:m:")) != -1)
		switch (opt) {
		case 'd': conninfo = optarg; break;
		case 'm': run.max_failures = atoi(optarg); break;
		default: optind = argc;
		}
	if (optind >= argc) {
		fputs("usage: slt [-d CONNINFO] [-m MAX-FAILURES] FILE...\n", stderr);
		return 2;
	}
	printf("1..%d\n", argc - optind);
	for (int i = optind; i < argc; i++) {
		run.path = argv[i];
		bool fine = run_file(&run, conninfo, i);
		printf("%sok %d - %s: %d records passed, %d failed\n", fine ? "" : "not ",
		       i - optind + 1, argv[i], run.passed, run.failed);
		fflush(stdout);
		bad += !fine;
		passed += run.passed;
		failed += run.failed;
	}
	printf("# %d records passed, %d failed\n", passed, failed);
	return bad != 0;
}
