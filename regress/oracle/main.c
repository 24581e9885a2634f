/* main.c - random schemas, random queries, three oracles.
 *
 *   oracle [-n QUERIES] [-s SEED] [-r ROUND] [-k] [-c CONNINFO] CONNINFO
 *
 * A round makes a schema of its own and asks 60 queries; -r runs that round alone.  Ends at
 * the first difference, or with -k after all of them.  -c: what is asked first is also asked of
 * another server, a PostgreSQL.  TAP: one line for each oracle. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "regress/oracle/oracle.h"

enum { ROUND_QUERIES = 60, ORACLES = 3 };

static const struct {
	const char *name;
	bool (*check)(struct trial *t);
} oracles[ORACLES] = {
	{ "a condition parts the rows in three", check_partition },
	{ "a condition filters what it is true for", check_rewrite },
	{ "the answer does not depend on the plan", check_plans },
};

struct counts { long asked[ORACLES], different[ORACLES]; };

static bool
run_sql(PGconn *conn, const char *sql)
{
	PGresult *res = PQexec(conn, sql);
	bool fine = PQresultStatus(res) == PGRES_COMMAND_OK;

	if (!fine)
		printf("# %s%s\n", PQerrorMessage(conn), sql);
	PQclear(res);
	return fine;
}

static bool
make_schema(PGconn *conn, const char *ddl)
{
	return run_sql(conn, "DROP SCHEMA IF EXISTS oracle CASCADE") &&
	       run_sql(conn, "CREATE SCHEMA oracle") &&
	       run_sql(conn, "SET search_path = oracle") && run_sql(conn, ddl);
}

/* False: no use going on. */
static bool
run_round(PGconn *conn, PGconn *other, uint64_t seed, long round, long queries, struct counts *c)
{
	struct rng rng = { seed * UINT64_C(1000003) + (uint64_t) round };
	struct schema schema;
	struct text ddl = { 0 };
	struct trial t = { conn, other, &rng, &schema, NULL, seed, round };

	schema_make(&rng, &schema, &ddl);
	t.ddl = ddl.at;
	bool fine = make_schema(conn, ddl.at) && (other == NULL || make_schema(other, ddl.at));
	for (long i = 0; fine && i < queries; i++) {
		c->asked[i % ORACLES]++;
		c->different[i % ORACLES] += !oracles[i % ORACLES].check(&t);
		fine = PQstatus(conn) == CONNECTION_OK;
	}
	text_done(&ddl);
	return fine;
}

static void
no_notices(void *arg, const PGresult *res)
{
	(void) arg;
	(void) res;
}

static int
report(const struct counts *c, bool finished)
{
	int bad = !finished;

	for (int i = 0; i < ORACLES; i++) {
		bool fine = finished && c->different[i] == 0 && c->asked[i] > 0;

		printf("%sok %d - %s: %ld queries, %ld different\n", fine ? "" : "not ", i + 1,
		       oracles[i].name, c->asked[i], c->different[i]);
		bad |= !fine;
	}
	printf("1..%d\n", ORACLES);
	return bad;
}

int
main(int argc, char **argv)
{
	long queries = 300, only = -1, left;
	uint64_t seed = 1;
	PGconn *other = NULL;
	bool keep_on = false, fine = true;
	struct counts c = { 0 };
	int opt;

	while ((opt = getopt(argc, argv, "n:s:r:kc:")) != -1)
		switch (opt) {
		case 'n': queries = atol(optarg); break;
		case 's': seed = strtoull(optarg, NULL, 10); break;
		case 'r': only = atol(optarg); break;
		case 'k': keep_on = true; break;
		case 'c': other = PQconnectdb(optarg); break;
		default: optind = argc;
		}
	if (optind + 1 != argc) {
		fputs("usage: oracle [-n QUERIES] [-s SEED] [-r ROUND] [-k] [-c CONNINFO] "
		      "CONNINFO\n", stderr);
		return 2;
	}
	PGconn *conn = PQconnectdb(argv[optind]);
	if (PQstatus(conn) != CONNECTION_OK ||
	    (other != NULL && PQstatus(other) != CONNECTION_OK)) {
		printf("Bail out! %s%s", PQerrorMessage(conn),
		       other != NULL ? PQerrorMessage(other) : "");
		return 99;
	}
	PQsetNoticeReceiver(conn, no_notices, NULL);
	if (other != NULL)
		PQsetNoticeReceiver(other, no_notices, NULL);
	left = only >= 0 ? ROUND_QUERIES : queries;
	for (long round = only >= 0 ? only : 0; fine && left > 0; round++, left -= ROUND_QUERIES) {
		fine = run_round(conn, other, seed, round,
				 left < ROUND_QUERIES ? left : ROUND_QUERIES, &c);
		if (!keep_on && c.different[0] + c.different[1] + c.different[2] > 0)
			break;
	}
	PQfinish(conn);
	PQfinish(other);
	return report(&c, fine);
}
