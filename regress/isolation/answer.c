/* answer.c - rows, tags, errors, and the details of a deadlock without its numbers. */
#include "config.h"
#include "regress/isolation/answer.h"

#include <stdio.h>
#include <string.h>

static void
add_rows(struct strbuf *to, const PGresult *res)
{
	for (int i = 0; i < PQntuples(res); i++) {
		strbuf_puts(to, "  ");
		for (int c = 0; c < PQnfields(res); c++)
			strbuf_printf(to, "%s%s", c == 0 ? "" : " | ",
				      PQgetisnull(res, i, c) ? "(null)" : PQgetvalue(res, i, c));
		strbuf_putc(to, '\n');
	}
}

static const char *
field(const PGresult *res, int which)
{
	const char *value = PQresultErrorField(res, which);

	return value == NULL ? "" : value;
}

/* "Process 1 waits for ... on ...; blocked by process 2." names locks in each server's own
 * words: who waits for whom is what counts. */
static void
add_deadlock(struct strbuf *to, const char *detail, name_of_pid *name, const void *arg)
{
	int waiter, holder;

	for (const char *at = detail; at != NULL && *at != '\0'; at = strchr(at, '\n')) {
		at += *at == '\n';
		const char *by = strstr(at, "blocked by process ");
		if (sscanf(at, "Process %d waits", &waiter) != 1 || by == NULL ||
		    sscanf(by, "blocked by process %d", &holder) != 1)
			continue;
		const char *a = name(arg, waiter), *b = name(arg, holder);
		strbuf_printf(to, "  %s waits for %s\n", a == NULL ? "?" : a, b == NULL ? "?" : b);
	}
}

static void
add_error(struct strbuf *to, PGresult *res, name_of_pid *name, const void *arg)
{
	const char *state = field(res, PG_DIAG_SQLSTATE);
	const char *detail = field(res, PG_DIAG_MESSAGE_DETAIL);

	strbuf_printf(to, "  ERROR %s: %s\n", state, field(res, PG_DIAG_MESSAGE_PRIMARY));
	if (strcmp(state, "40P01") == 0)
		add_deadlock(to, detail, name, arg);
	else if (strcmp(state, "40001") != 0 && *detail != '\0')
		strbuf_printf(to, "  DETAIL: %s\n", detail);
}

void
answer_add(struct strbuf *to, PGresult *res, name_of_pid *name, const void *arg)
{
	switch (PQresultStatus(res)) {
	case PGRES_TUPLES_OK:
		add_rows(to, res);
		strbuf_printf(to, "  %s\n", PQcmdStatus(res));
		break;
	case PGRES_COMMAND_OK:
		strbuf_printf(to, "  %s\n", PQcmdStatus(res));
		break;
	case PGRES_COPY_IN:
	case PGRES_COPY_OUT:
	case PGRES_COPY_BOTH:
		strbuf_puts(to, "  COPY to or from the client is not for specs\n");
		break;
	default:
		add_error(to, res, name, arg);
	}
}
