/* answer.c - asking one statement and writing down the answer.
 *
 * Rows are sorted unless the statement orders them.  Types above the range of built-in
 * ones differ between servers and are all written as "user". */
#include "config.h"
#include "regress/diff/answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_USER_OID = 16384 };

struct text {
	char  *at;
	size_t len, cap;
};

static void __attribute__((format(printf, 2, 3)))
add(struct text *t, const char *fmt, ...)
{
	for (;;) {
		va_list ap;
		va_start(ap, fmt);
		int n = vsnprintf(t->at == NULL ? NULL : t->at + t->len, t->cap - t->len, fmt, ap);
		va_end(ap);
		if (t->len + (size_t) n < t->cap) {
			t->len += (size_t) n;
			return;
		}
		t->cap = (t->len + (size_t) n + 1) * 2;
		t->at = realloc(t->at, t->cap);
	}
}

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

static void
add_rows(struct text *t, const PGresult *res, bool ordered)
{
	int n = PQntuples(res);
	char **rows = calloc((size_t) n + 1, sizeof *rows);

	for (int i = 0; i < n; i++) {
		struct text row = { 0 };
		add(&row, "row:");
		for (int c = 0; c < PQnfields(res); c++)
			add(&row, " |%s%s", PQgetisnull(res, i, c) ? "(null)" : "",
			    PQgetvalue(res, i, c));
		rows[i] = row.at;
	}
	if (!ordered)
		qsort(rows, (size_t) n, sizeof *rows, compare_texts);
	for (int i = 0; i < n; i++) {
		add(t, "%s\n", rows[i]);
		free(rows[i]);
	}
	free(rows);
}

static void
add_columns(struct text *t, const PGresult *res)
{
	for (int c = 0; c < PQnfields(res); c++) {
		Oid type = PQftype(res, c);
		add(t, "column: %s ", PQfname(res, c));
		if (type >= FIRST_USER_OID)
			add(t, "user");
		else
			add(t, "%u", type);
		add(t, " (%d)\n", PQfmod(res, c));
	}
}

static void
add_copy_out(struct text *t, PGconn *conn)
{
	char *line;
	int n;

	while ((n = PQgetCopyData(conn, &line, 0)) > 0) {
		add(t, "copy: %.*s", n, line);
		PQfreemem(line);
	}
}

static const char *
field(const PGresult *res, int which)
{
	const char *value = PQresultErrorField(res, which);

	return value == NULL ? "" : value;
}

static void
add_error(struct text *t, struct text *message, struct text *hint, const PGresult *res)
{
	add(t, "error: %s\n", field(res, PG_DIAG_SQLSTATE));
	add(message, "%s", field(res, PG_DIAG_MESSAGE_PRIMARY));
	if (*field(res, PG_DIAG_MESSAGE_DETAIL) != '\0')
		add(message, "\nDETAIL: %s", field(res, PG_DIAG_MESSAGE_DETAIL));
	add(hint, "%s", field(res, PG_DIAG_MESSAGE_HINT));
	if (*field(res, PG_DIAG_STATEMENT_POSITION) != '\0')
		add(message, "\nPOSITION: %s", field(res, PG_DIAG_STATEMENT_POSITION));
}

struct answer
answer_ask(PGconn *conn, const struct statement *s)
{
	struct text t = { 0 }, message = { 0 }, hint = { 0 };
	PGresult *res;

	add(&t, "%s", "");
	add(&message, "%s", "");
	add(&hint, "%s", "");
	if (PQsendQuery(conn, s->sql) != 1)
		add(&t, "connection lost\n");
	while ((res = PQgetResult(conn)) != NULL) {
		ExecStatusType status = PQresultStatus(res);
		switch (status) {
		case PGRES_TUPLES_OK:
			add_columns(&t, res);
			add_rows(&t, res, s->ordered);
			add(&t, "tag: %s\n", PQcmdStatus(res));
			break;
		case PGRES_COMMAND_OK:
			add(&t, "tag: %s\n", PQcmdStatus(res));
			break;
		case PGRES_COPY_IN:
			if (s->data != NULL)
				(void) PQputCopyData(conn, s->data, (int) strlen(s->data));
			(void) PQputCopyEnd(conn, NULL);
			break;
		case PGRES_COPY_OUT:
			add_copy_out(&t, conn);
			break;
		case PGRES_EMPTY_QUERY:
			add(&t, "empty query\n");
			break;
		default:
			add_error(&t, &message, &hint, res);
		}
		PQclear(res);
		if (PQstatus(conn) != CONNECTION_OK)
			break;
	}
	bool lost = PQstatus(conn) != CONNECTION_OK;
	if (lost)
		add(&t, "connection lost: %s", PQerrorMessage(conn));
	return (struct answer) { .text = t.at, .message = message.at, .hint = hint.at, .lost = lost };
}

void
answer_done(struct answer *a)
{
	free(a->text);
	free(a->message);
	free(a->hint);
	*a = (struct answer) { 0 };
}
