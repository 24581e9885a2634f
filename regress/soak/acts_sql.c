/* acts_sql.c - money moved under savepoints, COPY, cursors, spills, cancels, errors, churn.
 *
 * The tables are made by prepare() in main.c.  What must hold: the balances sum to nought in
 * every snapshot, and a note is there twice or not at all. */
#include "config.h"
#include "regress/soak/soak.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ACCOUNTS = 100 };

static const char *
level(struct client *c)
{
	static const char *const levels[] = { "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE" };

	return levels[below(c, 3)];
}

/* Money from one account to another; half of the time a detour that is rolled back. */
static void
act_transfer(struct client *c)
{
	int from = below(c, ACCOUNTS), to = below(c, ACCOUNTS), sum = 1 + below(c, 50);
	bool detour = below(c, 2) == 0;

	bool fine =
		run(c, "BEGIN ISOLATION LEVEL %s", level(c)) &&
		run(c, "UPDATE soak_account SET balance = balance - %d WHERE id = %d", sum, from);
	if (fine && detour)
		fine = run(c, "SAVEPOINT a") &&
		       run(c, "UPDATE soak_account SET balance = balance + 1000000 WHERE id = %d",
			   to) &&
		       run(c, "SAVEPOINT b") &&
		       run(c, "INSERT INTO soak_note (client, side) VALUES (%d, 'lost')", c->id) &&
		       run(c, "ROLLBACK TO a") && run(c, "RELEASE a");
	fine = fine &&
	       run(c, "UPDATE soak_account SET balance = balance + %d WHERE id = %d", sum, to) &&
	       run(c, "INSERT INTO soak_note (client, side) VALUES (%d, 'left'), (%d, 'right')",
		   c->id, c->id);
	if (!fine || !run(c, below(c, 8) == 0 ? "ROLLBACK" : "COMMIT"))
		undo(c);
}

static void
act_invariants(struct client *c)
{
	bool fine = run(c, "BEGIN ISOLATION LEVEL %s READ ONLY", level(c)) &&
		    expect(c, "0", "SELECT sum(balance) FROM soak_account") &&
		    expect(c, "0",
			   "SELECT coalesce(sum(CASE side WHEN 'left' THEN 1 WHEN 'right' THEN -1 "
			   "ELSE 1000 END), 0) "
			   "FROM soak_note WHERE side <> ''");
	if (!fine || !run(c, "COMMIT"))
		undo(c);
}

/* Notes do not grow for ever: a client removes its own in pairs' multiples, that is, all. */
static void
act_prune(struct client *c)
{
	if (!run(c, "DELETE FROM soak_note WHERE client = %d", c->id))
		undo(c);
}

/* COPY in, out and away again, in a table that all share. */
static void
act_copy(struct client *c)
{
	char line[64], count[16];
	int rows = 1 + below(c, 400), out = 0;

	if (!run(c, "BEGIN"))
		return;
	PGresult *res = PQexec(c->conn, "COPY soak_copy (client, n, text) FROM STDIN");
	bool fine = PQresultStatus(res) == PGRES_COPY_IN;
	PQclear(res);
	for (int i = 0; fine && i < rows; i++) {
		int len =
			snprintf(line, sizeof line, "%d\t%d\trow %d\\tof %d\n", c->id, i, i, rows);
		fine = PQputCopyData(c->conn, line, len) == 1;
	}
	fine = fine && PQputCopyEnd(c->conn, NULL) == 1;
	while ((res = PQgetResult(c->conn)) != NULL) {
		fine &= PQresultStatus(res) == PGRES_COMMAND_OK;
		PQclear(res);
	}
	if (!fine)
		complain("COPY FROM: %s", PQerrorMessage(c->conn));
	snprintf(count, sizeof count, "%d", rows);
	fine = fine && expect(c, count, "SELECT count(*) FROM soak_copy WHERE client = %d", c->id);
	if (!fine) {
		undo(c);
		return;
	}
	res = PQexec(c->conn, "COPY (SELECT n, text FROM soak_copy ORDER BY client, n) TO STDOUT");
	PQclear(res);
	for (char *row; PQgetCopyData(c->conn, &row, 0) > 0; out++)
		PQfreemem(row);
	while ((res = PQgetResult(c->conn)) != NULL)
		PQclear(res);
	if (out < rows)
		complain("COPY TO: %d rows, expected %d at least", out, rows);
	if (!run(c, "DELETE FROM soak_copy WHERE client = %d", c->id) || !run(c, "COMMIT"))
		undo(c);
}

static void
act_cursor(struct client *c)
{
	bool fine = run(c, "BEGIN") &&
		    run(c, "DECLARE s SCROLL CURSOR FOR SELECT g, repeat('x', 50) FROM "
			   "generate_series(1, 3000) g ORDER BY g DESC") &&
		    run(c, "FETCH 700 FROM s") && run(c, "FETCH PRIOR FROM s") &&
		    run(c, "MOVE ABSOLUTE 2500 IN s") &&
		    run(c, "DECLARE h CURSOR WITH HOLD FOR SELECT id FROM soak_account") &&
		    run(c, "COMMIT") && run(c, "FETCH 10 FROM h") && run(c, "CLOSE h");
	if (!fine)
		undo(c);
}

/* Sorts, hashes and aggregates that do not fit in work_mem. */
static void
act_spill(struct client *c)
{
	bool fine = run(c, "BEGIN") && run(c, "SET LOCAL work_mem = '64kB'") &&
		    expect(c, "20000",
			   "SELECT count(*) FROM (SELECT g FROM generate_series(1, 20000) g ORDER "
			   "BY -g) s") &&
		    expect(c, "5000",
			   "SELECT count(*) FROM (SELECT g %% 5000, count(*) FROM "
			   "generate_series(1, 20000) g "
			   "GROUP BY 1) s") &&
		    expect(c, "20000",
			   "SELECT count(*) FROM generate_series(1, 20000) a JOIN "
			   "generate_series(1, 20000) b "
			   "ON a = b");
	if (!fine || !run(c, "COMMIT"))
		undo(c);
}

/* A statement without end, cancelled; the session must be as good as new. */
static void
act_cancel(struct client *c)
{
	char error[256];
	PGresult *res;
	PGcancel *cancel = PQgetCancel(c->conn);
	bool ended = false;

	if (PQsendQuery(c->conn, "SELECT count(*) FROM generate_series(1, 2000000000) a") != 1)
		complain("PQsendQuery: %s", PQerrorMessage(c->conn));
	/* The first requests may come before the statement does. */
	while (!ended) {
		if (PQcancel(cancel, error, sizeof error) != 1) {
			complain("PQcancel: %s", error);
			break;
		}
		if (PQconsumeInput(c->conn) != 1)
			break;
		ended = !PQisBusy(c->conn);
	}
	PQfreeCancel(cancel);
	while ((res = PQgetResult(c->conn)) != NULL) {
		const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
		if (state == NULL || strcmp(state, "57014") != 0)
			complain("a cancelled statement: %s", PQerrorMessage(c->conn));
		PQclear(res);
	}
	/* A request that was under way may meet the next statement: with a new session it cannot. */
	(void) client_connect(c);
}

static void
act_timeout(struct client *c)
{
	/* LOCAL: a SET that puts it back would be timed too. */
	if (run(c, "BEGIN; SET LOCAL statement_timeout = '20ms'"))
		(void) refuse(c, "57014", "SELECT count(*) FROM generate_series(1, 2000000000)");
	undo(c);
}

static void
act_errors(struct client *c)
{
	(void) refuse(c, "22012", "SELECT 1 / (id - id) FROM soak_account");
	(void) refuse(c, "42P01", "SELECT * FROM soak_nowhere");
	(void) refuse(c, "42601", "SELEKT 1");
	(void) refuse(c, "22P02", "SELECT 'x%d'::int", c->id);
	if (run(c, "BEGIN")) {
		(void) refuse(c, "23505", "INSERT INTO soak_account VALUES (%d, 0)",
			      below(c, ACCOUNTS));
		(void) refuse(c, "25P02", "SELECT 1");
		undo(c);
	}
	(void) refuse(c, "23503", "INSERT INTO soak_book (author_id, title) VALUES (-1, 'none')");
}

/* The connection goes: politely, in the middle of a transaction, or in the middle of a statement. */
static void
act_churn(struct client *c)
{
	int how = below(c, 4);

	if (how > 0 && run(c, "BEGIN"))
		(void) run(c, "UPDATE soak_account SET balance = balance + 1 WHERE id = %d",
			   below(c, ACCOUNTS));
	if (how == 2)
		client_abandon(c);
	else if (how == 3 &&
		 PQsendQuery(c->conn, "SELECT count(*) FROM generate_series(1, 3000000)") == 1)
		client_abandon(c);
	else
		(void) client_connect(c);
}

static void
act_prepared(struct client *c)
{
	char id[16];
	const char *values[1] = { id };

	if (!run(c, "PREPARE p (int) AS SELECT balance FROM soak_account WHERE id = $1"))
		return;
	for (int i = 0; i < 20; i++)
		(void) run(c, "EXECUTE p (%d)", below(c, ACCOUNTS));
	(void) run(c, "DEALLOCATE p");
	PQclear(PQprepare(c->conn, "q", "SELECT count(*) FROM soak_account WHERE id < $1::int", 1,
			  NULL));
	for (int i = 0; i < 20; i++) {
		snprintf(id, sizeof id, "%d", below(c, ACCOUNTS));
		PGresult *res = PQexecPrepared(c->conn, "q", 1, values, NULL, NULL, 0);
		if (PQresultStatus(res) != PGRES_TUPLES_OK ||
		    strcmp(PQgetvalue(res, 0, 0), id) != 0)
			complain("a prepared statement: %s", PQerrorMessage(c->conn));
		PQclear(res);
	}
	(void) run(c, "DEALLOCATE ALL");
}

/* A job is taken by one client at a time. */
static void
act_queue(struct client *c)
{
	const char *job = NULL;

	if (run(c, "BEGIN"))
		job = ask(c,
			  "SELECT min(id) FROM (SELECT id FROM soak_job WHERE NOT busy ORDER BY id "
			  "LIMIT 1 FOR UPDATE SKIP LOCKED) j");
	int id = job != NULL && *job != '\0' ? atoi(job) : 0;
	if (id > 0 &&
	    run(c, "UPDATE soak_job SET busy = true, taken = taken + 1 WHERE id = %d", id) &&
	    run(c, "COMMIT")) {
		(void) expect(c, "t", "SELECT busy FROM soak_job WHERE id = %d", id);
		(void) run(c, "UPDATE soak_job SET busy = false, done = done + 1 WHERE id = %d",
			   id);
	}
	undo(c);
	(void) expect(c, "0", "SELECT count(*) FROM soak_job WHERE taken - done NOT IN (0, 1)");
}

static void
act_advisory(struct client *c)
{
	if (run(c, "SELECT pg_advisory_lock(%d)", below(c, 5)) &&
	    run(c, "SELECT pg_advisory_unlock_all()") && run(c, "LISTEN soak") &&
	    run(c, "NOTIFY soak, 'client %d'", c->id)) {
		for (PGnotify *note; (note = PQnotifies(c->conn)) != NULL;)
			PQfreemem(note);
		(void) run(c, "UNLISTEN *");
	}
}

const struct act sql_acts[] = {
	{ "transfer", 30, act_transfer }, { "invariants", 10, act_invariants },
	{ "prune", 3, act_prune },        { "copy", 5, act_copy },
	{ "cursor", 4, act_cursor },      { "spill", 2, act_spill },
	{ "cancel", 2, act_cancel },      { "timeout", 1, act_timeout },
	{ "errors", 4, act_errors },      { "churn", 8, act_churn },
	{ "prepared", 4, act_prepared },  { "queue", 8, act_queue },
	{ "advisory", 3, act_advisory },  { NULL, 0, NULL },
};
