/* sink.c - COPY text into files or through libpq. */
#include "config.h"
#include "contrib/demo/sink.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

enum { PIECE = 64 * 1024 };

struct sink {
	const char *folder;
	FILE   *out;
	PGconn *conn;
};

static struct sink *
make(void)
{
	struct sink *s = calloc(1, sizeof *s);

	if (s == NULL) {
		fputs("out of memory\n", stderr);
		exit(1);
	}
	return s;
}

struct sink *
sink_open_files(const char *folder)
{
	struct sink *s = make();

	s->folder = folder;
	return s;
}

struct sink *
sink_open_server(const char *conninfo)
{
	struct sink *s = make();

	s->conn = PQconnectdb(conninfo);
	if (PQstatus(s->conn) == CONNECTION_OK)
		return s;
	fputs(PQerrorMessage(s->conn), stderr);
	sink_close(s);
	return NULL;
}

void
sink_close(struct sink *s)
{
	if (s == NULL)
		return;
	if (s->out != NULL)
		(void) fclose(s->out);
	PQfinish(s->conn);
	free(s);
}

static bool
expect(struct sink *s, PGresult *res, ExecStatusType want)
{
	bool fine = PQresultStatus(res) == want ||
	            (want == PGRES_COMMAND_OK && PQresultStatus(res) == PGRES_TUPLES_OK);

	if (!fine)
		fputs(PQerrorMessage(s->conn), stderr);
	PQclear(res);
	return fine;
}

bool
sink_sql(struct sink *s, const char *sql)
{
	return s->conn == NULL || expect(s, PQexec(s->conn, sql), PGRES_COMMAND_OK);
}

bool
sink_sql_file(struct sink *s, const char *path)
{
	char text[32 * 1024];

	if (s->conn == NULL)
		return true;
	FILE *in = fopen(path, "r");
	if (in == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return false;
	}
	size_t n = fread(text, 1, sizeof text - 1, in);
	(void) fclose(in);
	text[n] = '\0';
	return sink_sql(s, text);
}

bool
sink_begin(struct sink *s, const char *table, const char *columns)
{
	char text[1024];

	if (s->conn != NULL) {
		snprintf(text, sizeof text, "COPY %s (%s) FROM STDIN", table, columns);
		return expect(s, PQexec(s->conn, text), PGRES_COPY_IN);
	}
	snprintf(text, sizeof text, "%s/%s.copy", s->folder, table);
	s->out = fopen(text, "w");
	if (s->out == NULL)
		fprintf(stderr, "%s: %s\n", text, strerror(errno));
	return s->out != NULL;
}

bool
sink_rows(struct sink *s, struct strbuf *rows, bool force)
{
	bool fine = true;

	if (rows->len < PIECE && !force)
		return true;
	if (s->conn != NULL) {
		fine = PQputCopyData(s->conn, rows->data, (int) rows->len) == 1;
		if (!fine)
			fputs(PQerrorMessage(s->conn), stderr);
	} else if (fwrite(rows->data, 1, rows->len, s->out) != rows->len) {
		perror("write");
		fine = false;
	}
	strbuf_clear(rows);
	return fine;
}

bool
sink_end(struct sink *s)
{
	if (s->conn == NULL) {
		int rc = fclose(s->out);
		s->out = NULL;
		if (rc != 0)
			perror("write");
		return rc == 0;
	}
	if (PQputCopyEnd(s->conn, NULL) != 1) {
		fputs(PQerrorMessage(s->conn), stderr);
		return false;
	}
	bool fine = expect(s, PQgetResult(s->conn), PGRES_COMMAND_OK);
	PQclear(PQgetResult(s->conn));
	return fine;
}
