/* writer.c - clients that write rows, and what their rows must be after k steps.
 *
 * Step n inserts row n with two children, moves the writer's count and sum, and
 *     deletes row n - KEEP (its children by cascade)
 *     n % 3 = 0   changes row n - 1
 *     n % 4 = 0   does something wrong after a savepoint, and goes back to it
 * Before each step with n % 7 = 0 something is done and rolled back.  What must never be seen
 * has a negative number. */
#include "config.h"
#include "regress/crash/crash.h"

#include <stdlib.h>
#include <string.h>

enum { KEEP = 60 };

bool
writer_setup(struct crash *c, PGconn *conn)
{
	struct client nobody = { .crash = c };
	bool fine = client_do(&nobody, conn,
		"CREATE TABLE crash_row (writer int, n bigint, text text, PRIMARY KEY (writer, n)); "
		"CREATE INDEX crash_row_text ON crash_row (text); "
		"CREATE INDEX crash_row_half ON crash_row (lower(text)) WHERE n %% 2 = 0; "
		"CREATE TABLE crash_child (id bigserial PRIMARY KEY, writer int, n bigint, side text, "
		"FOREIGN KEY (writer, n) REFERENCES crash_row ON DELETE CASCADE, UNIQUE (writer, n, side)); "
		"CREATE INDEX crash_child_side ON crash_child (side, n DESC); "
		"CREATE TABLE crash_sum (writer int PRIMARY KEY, steps bigint, total bigint)");

	for (int i = 0; fine && i < c->nwriters; i++)
		fine = client_do(&nobody, conn, "INSERT INTO crash_sum VALUES (%d, 0, 0)", i);
	return fine;
}

static bool
roll_back_something(struct client *w, PGconn *conn, long n)
{
	return client_do(w, conn, "BEGIN") &&
	       client_do(w, conn, "INSERT INTO crash_row VALUES (%d, %ld, 'never')", w->number, -n) &&
	       client_do(w, conn, "UPDATE crash_sum SET total = -1 WHERE writer = %d", w->number) &&
	       client_do(w, conn, "DELETE FROM crash_row WHERE writer = %d", w->number) &&
	       client_do(w, conn, "ROLLBACK");
}

static bool
step(struct client *w, PGconn *conn, long n)
{
	int me = w->number;

	if (n % 7 == 0 && !roll_back_something(w, conn, n))
		return false;
	if (!client_do(w, conn, "BEGIN") ||
	    !client_do(w, conn, "INSERT INTO crash_row VALUES (%d, %ld, 'row %ld of %d')", me, n, n, me) ||
	    !client_do(w, conn, "INSERT INTO crash_child (writer, n, side) VALUES (%d, %ld, 'left'), (%d, %ld, 'right')",
	               me, n, me, n))
		return false;
	if (n % 4 == 0 && !(client_do(w, conn, "SAVEPOINT s") &&
	                    client_do(w, conn, "INSERT INTO crash_row VALUES (%d, %ld, 'never')", me, -n) &&
	                    client_do(w, conn, "DELETE FROM crash_child WHERE writer = %d", me) &&
	                    client_do(w, conn, "ROLLBACK TO s")))
		return false;
	if (n % 3 == 0 && !client_do(w, conn, "UPDATE crash_row SET text = 'changed ' || text "
	                             "WHERE writer = %d AND n = %ld", me, n - 1))
		return false;
	return client_do(w, conn, "DELETE FROM crash_row WHERE writer = %d AND n = %ld", me, n - KEEP) &&
	       client_do(w, conn, "UPDATE crash_sum SET steps = steps + 1, total = total + %ld WHERE writer = %d", n, me) &&
	       client_do(w, conn, "COMMIT");
}

void *
writer_main(void *client)
{
	struct client *w = client;
	PGconn *conn = client_connect(w->crash);

	if (conn != NULL && (!w->async || client_do(w, conn, "SET synchronous_commit = off"))) {
		while (!atomic_load(&w->crash->down)) {
			if (step(w, conn, w->acked + 1))
				client_acked(w, w->acked + 1);
			else if (!client_again(w, conn))
				break;
		}
	}
	if (conn != NULL)
		PQfinish(conn);
	return NULL;
}

/* The rows after k steps. */
static void
compare_rows(struct client *w, PGconn *conn, long k)
{
	char sql[TEXT_MAX], want[TEXT_MAX];
	long first = k > KEEP ? k - KEEP + 1 : 1;

	snprintf(sql, sizeof sql, "SELECT r.n, r.text, (SELECT count(*) FROM crash_child c WHERE c.writer = r.writer "
	         "AND c.n = r.n) FROM crash_row r WHERE writer = %d ORDER BY n", w->number);
	PGresult *res = PQexec(conn, sql);
	if (PQresultStatus(res) != PGRES_TUPLES_OK)
		finding(w->crash, "%s: %s", sql, PQerrorMessage(conn));
	else if (PQntuples(res) != (k == 0 ? 0 : k - first + 1))
		finding(w->crash, "writer %d has %d rows after step %ld", w->number, PQntuples(res), k);
	else
		for (long n = first; n <= k; n++) {
			int i = (int) (n - first);
			snprintf(want, sizeof want, "%srow %ld of %d", n % 3 == 2 && n < k ? "changed " : "", n, w->number);
			if (atol(PQgetvalue(res, i, 0)) != n || strcmp(PQgetvalue(res, i, 1), want) != 0 ||
			    strcmp(PQgetvalue(res, i, 2), "2") != 0)
				finding(w->crash, "writer %d, step %ld, row %ld is (%s, %s, %s children)", w->number, k, n,
				        PQgetvalue(res, i, 0), PQgetvalue(res, i, 1), PQgetvalue(res, i, 2));
		}
	PQclear(res);
}

void
writer_check(struct client *w, PGconn *conn)
{
	long k = client_ask(w->crash, conn, "SELECT steps FROM crash_sum WHERE writer = %d", w->number);
	long total = client_ask(w->crash, conn, "SELECT total FROM crash_sum WHERE writer = %d", w->number);

	(void) client_settle(w, k);
	if (total != k * (k + 1) / 2)
		finding(w->crash, "writer %d: after step %ld the sum is %ld", w->number, k, total);
	compare_rows(w, conn, k);
}
