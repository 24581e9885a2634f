/* main.c - the same statements to two servers, and what they answer differently.
 *
 *   sqldiff [-m] [-f MAX-FAILURES] -a CONNINFO -b CONNINFO FILE...
 *
 * A file whose first line is `\i OTHER` begins with the statements of OTHER (a path from its folder).
 *
 * -a is the server under test, -b the PostgreSQL it must equal: column names and types, rows
 * (in order where the statement orders them), command tags, SQLSTATEs; with -m also the texts,
 * details and positions of errors, and hints: ours may say more than PostgreSQL's.  One TAP line for each file; a file runs in a schema of its own. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "regress/diff/answer.h"
#include "regress/diff/statements.h"

struct run {
	const char *conninfo[2];
	bool messages;
	int  max_failures;
};

struct tally {
	int  statements, different;
	bool lost, complete;
};

static char *
read_file(const char *path)
{
	FILE *in = fopen(path, "r");
	char *text = NULL;
	size_t len = 0, cap = 0, n;

	if (in == NULL) {
		printf("# %s: %s\n", path, strerror(errno));
		return NULL;
	}
	do {
		cap = cap == 0 ? 65536 : cap * 2;
		text = realloc(text, cap);
		n = fread(text + len, 1, cap - len - 1, in);
		len += n;
	} while (n > 0);
	text[len] = '\0';
	(void) fclose(in);
	return text;
}

static void
print_comment(const char *label, const char *text)
{
	int lines = 0;

	printf("#   %s ", label);
	for (const char *c = text; *c != '\0' && lines < 40; c++)
		if (*c != '\n')
			putchar(*c);
		else if (c[1] != '\0') {
			lines++;
			fputs("\n#      ", stdout);
		}
	putchar('\n');
}

/* Prints only the lines from the first that differs. */
static void
print_difference(const char *path, const struct statement *s, const char *ours, const char *theirs)
{
	size_t same = 0;

	for (size_t i = 0; ours[i] != '\0' && ours[i] == theirs[i]; i++)
		if (ours[i] == '\n')
			same = i + 1;
	printf("# %s:%d:\n", path, s->line);
	print_comment(" ", s->sql);
	print_comment("postgres:", theirs + same);
	print_comment("ours:    ", ours + same);
}

static void
no_notices(void *arg, const PGresult *res)
{
	(void) arg;
	(void) res;
}

static PGconn *
open_connection(const char *conninfo, const char *schema)
{
	PGconn *conn = PQconnectdb(conninfo);
	char sql[256];

	if (PQstatus(conn) != CONNECTION_OK) {
		printf("# %s", PQerrorMessage(conn));
		PQfinish(conn);
		return NULL;
	}
	PQsetNoticeReceiver(conn, no_notices, NULL);
	const char *const setup[] = {
		"DROP SCHEMA IF EXISTS %s CASCADE", "CREATE SCHEMA %s", "SET search_path = %s",
	};
	for (unsigned i = 0; i < sizeof setup / sizeof setup[0]; i++) {
		snprintf(sql, sizeof sql, setup[i], schema);
		PGresult *res = PQexec(conn, sql);
		bool fine = PQresultStatus(res) == PGRES_COMMAND_OK;
		PQclear(res);
		if (!fine) {
			printf("# %s: %s", sql, PQerrorMessage(conn));
			PQfinish(conn);
			return NULL;
		}
	}
	return conn;
}

/* "regress/diff/joins.sql" runs in schema diff_joins. */
static void
schema_of(const char *path, char *schema, size_t size)
{
	const char *slash = strrchr(path, '/');

	snprintf(schema, size, "diff_%s", slash == NULL ? path : slash + 1);
	schema[strcspn(schema, ".")] = '\0';
	for (char *c = schema; *c != '\0'; c++)
		if (*c == '-')
			*c = '_';
}

/* Errors that were answered: the same words at the same place, and no hint lost. */
static bool
same_messages(const char *path, const struct statement *s, const struct answer *ours,
              const struct answer *theirs)
{
	if (strcmp(ours->message, theirs->message) != 0) {
		print_difference(path, s, ours->message, theirs->message);
		return false;
	}
	if (strncmp(ours->hint, theirs->hint, strlen(theirs->hint)) != 0) {
		print_difference(path, s, ours->hint, theirs->hint);
		return false;
	}
	return true;
}

/* Asks both; true when they agree. */
static bool
run_statement(const struct run *run, PGconn *conn[2], const char *path, const struct statement *s,
              bool *ret_lost)
{
	struct answer ours = answer_ask(conn[0], s), theirs = answer_ask(conn[1], s);
	bool same = strcmp(ours.text, theirs.text) == 0;

	if (!same)
		print_difference(path, s, ours.text, theirs.text);
	if (same && run->messages)
		same = same_messages(path, s, &ours, &theirs);
	*ret_lost = ours.lost || theirs.lost;
	answer_done(&ours);
	answer_done(&theirs);
	return same;
}

/* The statements of a script that follow the connections' state. */
static void
run_statements(const struct run *run, PGconn *conn[2], const char *path, const struct statements *all,
               struct tally *t)
{
	for (int i = 0; !t->lost && i < all->n && t->different < run->max_failures; i++) {
		t->statements++;
		t->different += !run_statement(run, conn, path, &all->at[i], &t->lost);
	}
	t->complete &= !t->lost && t->different < run->max_failures && all->n > 0;
}

/* The path of the script that a first line `\i NAME` of `text` names; NULL when it is none. */
static char *
included(const char *path, const char **text)
{
	const char *slash = strrchr(path, '/'), *name = *text + 3;
	char *made = NULL;

	if (strncmp(*text, "\\i ", 3) != 0)
		return NULL;
	int len = (int) strcspn(name, "\n");
	if (asprintf(&made, "%.*s%.*s", slash == NULL ? 0 : (int) (slash + 1 - path), path, len, name) < 0)
		return NULL;
	*text = name + len;
	return made;
}

static void
run_script(const struct run *run, PGconn *conn[2], const char *path, struct tally *t)
{
	char *text = read_file(path);
	const char *rest = text;

	if (text == NULL) {
		t->complete = false;
		return;
	}
	char *first = included(path, &rest);
	if (first != NULL)
		run_script(run, conn, first, t);
	free(first);
	size_t len = strlen(path);
	bool lines = len > 6 && strcmp(path + len - 6, ".lines") == 0;
	struct statements all = lines ? statements_lines(rest) : statements_split(rest);
	run_statements(run, conn, path, &all, t);
	statements_done(&all);
	free(text);
}

static bool
run_file(const struct run *run, const char *path, struct tally *t)
{
	char schema[128];
	PGconn *conn[2] = { NULL, NULL };

	*t = (struct tally) { .complete = true };
	schema_of(path, schema, sizeof schema);
	for (int i = 0; i < 2; i++)
		conn[i] = open_connection(run->conninfo[i], schema);
	bool ready = conn[0] != NULL && conn[1] != NULL;
	if (ready)
		run_script(run, conn, path, t);
	PQfinish(conn[0]);
	PQfinish(conn[1]);
	return ready && t->complete && t->different == 0;
}

int
main(int argc, char **argv)
{
	struct run run = { .max_failures = 20 };
	int opt, bad = 0;

	while ((opt = getopt(argc, argv, "a:b:f:m")) != -1)
		switch (opt) {
		case 'a': run.conninfo[0] = optarg; break;
		case 'b': run.conninfo[1] = optarg; break;
		case 'f': run.max_failures = atoi(optarg); break;
		case 'm': run.messages = true; break;
		default: optind = argc;
		}
	if (optind >= argc || run.conninfo[0] == NULL || run.conninfo[1] == NULL) {
		fputs("usage: sqldiff [-m] [-f MAX-FAILURES] -a CONNINFO -b CONNINFO FILE...\n", stderr);
		return 2;
	}
	printf("1..%d\n", argc - optind);
	for (int i = optind; i < argc; i++) {
		struct tally t;
		bool fine = run_file(&run, argv[i], &t);
		printf("%sok %d - %s: %d statements, %d different\n", fine ? "" : "not ",
		       i - optind + 1, argv[i], t.statements, t.different);
		fflush(stdout);
		bad += !fine;
	}
	return bad != 0;
}
