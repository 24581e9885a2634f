/* ddl.c - a client that changes the schema; every step also moves a count, in the same transaction.
 *
 * Table number t is made by step 5t + 1, and then
 *     5t + 1   CREATE TABLE, its rows, an index
 *     5t + 2   ALTER TABLE ADD COLUMN, another index over the rows that are there
 *     5t + 3   ALTER COLUMN TYPE (rows are written anew)
 *     5t + 4   TRUNCATE, other rows; a table made by a query (loaded in bulk)
 *     5t + 5   DROP TABLE of both, and of the table before
 * Before some steps the same is done and rolled back. */
#include "config.h"
#include "regress/crash/crash.h"

#include <stdlib.h>

enum { STEPS = 5, ROWS = 300, ROWS_AFTER = 40, BULK_ROWS = 20000 };

/* How long the texts of a table loaded in bulk are: every third load is past the 16 MB from which rows go
 * to their files directly. */
static int
bulk_repeat(long t)
{
	return t % 3 == 2 ? 30 : 1;
}

bool
ddl_setup(struct crash *c, PGconn *conn)
{
	struct client nobody = { .crash = c };

	return client_do(&nobody, conn, "CREATE TABLE crash_step (steps bigint); INSERT INTO crash_step VALUES (0)");
}

static bool
work(struct client *d, PGconn *conn, long n)
{
	long t = (n - 1) / STEPS;

	switch ((n - 1) % STEPS) {
	case 0:
		return client_do(d, conn, "CREATE TABLE crash_t%ld (id int PRIMARY KEY, v int, text text)", t) &&
		       client_do(d, conn, "INSERT INTO crash_t%ld SELECT i, i %% 7, 'text ' || i "
		                 "FROM generate_series(1, %d) i", t, ROWS) &&
		       client_do(d, conn, "CREATE UNIQUE INDEX crash_t%ld_text ON crash_t%ld (text)", t, t);
	case 1:
		return client_do(d, conn, "ALTER TABLE crash_t%ld ADD COLUMN extra int DEFAULT 7", t) &&
		       client_do(d, conn, "CREATE INDEX crash_t%ld_v ON crash_t%ld (v, id)", t, t);
	case 2:
		return client_do(d, conn, "ALTER TABLE crash_t%ld ALTER COLUMN v TYPE text", t);
	case 3:
		return client_do(d, conn, "TRUNCATE crash_t%ld", t) &&
		       client_do(d, conn, "INSERT INTO crash_t%ld SELECT i, i, 'again ' || i, i "
		                 "FROM generate_series(1, %d) i", t, ROWS_AFTER) &&
		       client_do(d, conn, "CREATE TABLE crash_bulk%ld AS SELECT i, repeat(md5(i::text), %d) AS text "
		                 "FROM generate_series(1, %d) i", t, bulk_repeat(t), BULK_ROWS) &&
		       client_do(d, conn, "CREATE INDEX crash_bulk%ld_text ON crash_bulk%ld (text)", t, t);
	default:
		return client_do(d, conn, "DROP TABLE crash_t%ld, crash_bulk%ld", t, t);
	}
}

static bool
step(struct client *d, PGconn *conn, long n)
{
	if (n % 3 == 0 && !(client_do(d, conn, "BEGIN") && work(d, conn, n) && client_do(d, conn, "ROLLBACK")))
		return false;
	return client_do(d, conn, "BEGIN") && work(d, conn, n) &&
	       client_do(d, conn, "UPDATE crash_step SET steps = steps + 1") && client_do(d, conn, "COMMIT");
}

void *
ddl_main(void *client)
{
	struct client *d = client;
	PGconn *conn = client_connect(d->crash);

	if (conn != NULL) {
		while (!atomic_load(&d->crash->down)) {
			if (step(d, conn, d->acked + 1))
				client_acked(d, d->acked + 1);
			else if (!client_again(d, conn))
				break;
		}
	}
	if (conn != NULL)
		PQfinish(conn);
	return NULL;
}

static void
expect(struct client *d, PGconn *conn, long want, long k, const char *what, const char *sql)
{
	long got = client_ask(d->crash, conn, "%s", sql);

	if (got != want)
		finding(d->crash, "after schema step %ld: %s is %ld, not %ld", k, what, got, want);
}

static void
check_table(struct client *d, PGconn *conn, long k)
{
	long t = (k - 1) / STEPS, at = (k - 1) % STEPS;
	char sql[TEXT_MAX];

	snprintf(sql, sizeof sql, "SELECT count(*) FROM crash_t%ld", t);
	expect(d, conn, at == 3 ? ROWS_AFTER : ROWS, k, "the number of rows", sql);
	snprintf(sql, sizeof sql, "SELECT count(*) FROM pg_attribute WHERE attrelid = 'crash_t%ld'::regclass "
	         "AND attname = 'extra'", t);
	expect(d, conn, at >= 1, k, "the column", sql);
	snprintf(sql, sizeof sql, "SELECT count(*) FROM pg_index WHERE indrelid = 'crash_t%ld'::regclass "
	         "AND indisvalid", t);
	expect(d, conn, at >= 1 ? 3 : 2, k, "the number of indexes", sql);
	snprintf(sql, sizeof sql, "SELECT count(*) FROM pg_attribute WHERE attrelid = 'crash_t%ld'::regclass "
	         "AND attname = 'v' AND atttypid = 'text'::regtype", t);
	expect(d, conn, at >= 2, k, "the new type", sql);
	if (at != 3)
		return;
	snprintf(sql, sizeof sql, "SELECT count(*) FROM crash_bulk%ld WHERE text = repeat(md5(i::text), %d)", t,
	         bulk_repeat(t));
	expect(d, conn, BULK_ROWS, k, "the number of rows loaded", sql);
}

void
ddl_check(struct client *d, PGconn *conn)
{
	long k = client_ask(d->crash, conn, "SELECT steps FROM crash_step");
	long at = k % STEPS;            /* steps done for the table in work; 0: dropped */

	(void) client_settle(d, k);
	expect(d, conn, at == 0 ? 0 : at == 4 ? 2 : 1, k, "the number of tables",
	       "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND (relname LIKE 'crash\\_t%' "
	       "OR relname LIKE 'crash\\_bulk%')");
	if (at != 0)
		check_table(d, conn, k);
}
