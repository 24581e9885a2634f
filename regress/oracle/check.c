/* check.c - the three oracles. */
#include "config.h"
#include "regress/oracle/oracle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- Answers ------------------------------------------------------------------------------- */
/* The rows as texts, sorted; or one row with the error. */
struct rows { char **at; int n; bool failed; };

static int
compare_rows(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

static void
rows_done(struct rows *r)
{
	for (int i = 0; i < r->n; i++)
		free(r->at[i]);
	free(r->at);
	*r = (struct rows) { 0 };
}

static void
rows_add(struct rows *r, const PGresult *res)
{
	int n = PQntuples(res);

	r->at = realloc(r->at, (size_t) (r->n + n + 1) * sizeof *r->at);
	for (int i = 0; i < n; i++) {
		struct text t = { 0 };

		text_add(&t, "%s", "");
		for (int c = 0; c < PQnfields(res); c++)
			text_add(&t, "|%s%s", PQgetisnull(res, i, c) ? "(null)" : "",
				 PQgetvalue(res, i, c));
		r->at[r->n++] = t.at;
	}
}

static void
ask(PGconn *conn, const char *sql, struct rows *r)
{
	PGresult *res = PQexec(conn, sql);

	if (PQresultStatus(res) == PGRES_TUPLES_OK) {
		rows_add(r, res);
	} else if (PQresultStatus(res) != PGRES_COMMAND_OK) {
		r->failed = true;
		printf("# %s", PQerrorMessage(conn));
	}
	PQclear(res);
}

static bool
same_rows(struct rows *a, struct rows *b)
{
	bool same = !a->failed && !b->failed && a->n == b->n;

	if (a->n > 0)
		qsort(a->at, (size_t) a->n, sizeof *a->at, compare_rows);
	if (b->n > 0)
		qsort(b->at, (size_t) b->n, sizeof *b->at, compare_rows);
	for (int i = 0; same && i < a->n; i++)
		same = strcmp(a->at[i], b->at[i]) == 0;
	return same;
}

/* -- Telling --------------------------------------------------------------------------------- */
static void
tell(const struct trial *t, const char *oracle, const char *first, const struct rows *a,
     const char *second, const struct rows *b)
{
	printf("# %s: %d and %d rows; seed %llu, round %ld\n%s\n-- first\n%s;\n-- second\n%s;\n",
	       oracle, a->n, b->n, (unsigned long long) t->seed, t->round, t->ddl, first, second);
	for (int i = 0, k = 0, shown = 0; shown < 5 && (i < a->n || k < b->n);) {
		int order = i >= a->n ? 1 : k >= b->n ? -1 : strcmp(a->at[i], b->at[k]);

		if (order == 0) {
			i++;
			k++;
			continue;
		}
		printf("-- only %s: %s\n", order < 0 ? "first" : "second",
		       order < 0 ? a->at[i++] : b->at[k++]);
		shown++;
	}
	fflush(stdout);
}

static bool
settle(const struct trial *t, const char *oracle, const char *first, struct rows *a,
       const char *second, struct rows *b)
{
	struct rows c = { 0 };
	bool same = same_rows(a, b);

	if (!same)
		tell(t, oracle, first, a, second, b);
	if (t->other != NULL) {
		ask(t->other, first, &c);
		if (!c.failed && !same_rows(a, &c)) { /* it may be too slow for its timeout */
			tell(t, "the other server", first, a, "-- as there", &c);
			same = false;
		}
		rows_done(&c);
	}
	rows_done(a);
	rows_done(b);
	return same;
}

/* -- The oracles ------------------------------------------------------------------------------ */
bool
check_partition(struct trial *t)
{
	struct source from;
	struct text cond = { 0 }, cols = { 0 }, whole = { 0 }, parts = { 0 };
	struct rows a = { 0 }, b = { 0 };

	source_make(t->rng, t->schema, &from);
	condition(t->rng, t->schema, &from, 3, &cond);
	for (int i = 0; i < from.ncols; i++)
		text_add(&cols, "%s%s", i > 0 ? ", " : "", from.cols[i].name);
	text_add(&whole, "SELECT %s FROM %s", cols.at, from.sql.at);
	text_add(&parts,
		 "SELECT %s FROM %s WHERE %s UNION ALL SELECT %s FROM %s WHERE NOT (%s) UNION ALL "
		 "SELECT %s FROM %s WHERE (%s) IS NULL",
		 cols.at, from.sql.at, cond.at, cols.at, from.sql.at, cond.at, cols.at, from.sql.at,
		 cond.at);
	ask(t->conn, whole.at, &a);
	ask(t->conn, parts.at, &b);
	bool same = settle(t, "partition", whole.at, &a, parts.at, &b);
	source_done(&from);
	text_done(&cond);
	text_done(&cols);
	text_done(&whole);
	text_done(&parts);
	return same;
}

bool
check_rewrite(struct trial *t)
{
	struct source from;
	struct text cond = { 0 }, fast = { 0 }, slow = { 0 };
	struct rows a = { 0 }, b = { 0 };

	source_make(t->rng, t->schema, &from);
	condition(t->rng, t->schema, &from, 3, &cond);
	text_add(&fast, "SELECT count(*) FROM %s WHERE %s", from.sql.at, cond.at);
	text_add(&slow, "SELECT count(*) FILTER (WHERE c) FROM (SELECT (%s) IS TRUE AS c FROM %s) q",
		 cond.at, from.sql.at);
	ask(t->conn, fast.at, &a);
	ask(t->conn, slow.at, &b);
	bool same = settle(t, "rewrite", fast.at, &a, slow.at, &b);
	source_done(&from);
	text_done(&cond);
	text_done(&fast);
	text_done(&slow);
	return same;
}

bool
check_plans(struct trial *t)
{
	static const char *const settings[] = {
		"enable_seqscan", "enable_indexscan", "enable_indexonlyscan",
		"enable_hashagg", "enable_sort",      "enable_bitmapscan",
	};
	static const char *const joins[] = { "enable_hashjoin", "enable_mergejoin", "enable_nestloop" };
	enum { JOINS = sizeof joins / sizeof joins[0] };
	struct text sql = { 0 }, set = { 0 }, second = { 0 };
	struct rows a = { 0 }, b = { 0 }, none = { 0 };

	statement(t->rng, t->schema, &sql);
	for (unsigned i = 0; i < sizeof settings / sizeof settings[0]; i++)
		text_add(&set, "SET %s = %s; ", settings[i], rng_chance(t->rng, 50) ? "off" : "on");
	/* Half of the time one kind of join alone. */
	const bool only = rng_chance(t->rng, 50);
	const int kind = rng_below(t->rng, JOINS);
	for (int i = 0; i < JOINS; i++)
		text_add(&set, "SET %s = %s; ", joins[i],
			 (only ? i == kind : rng_chance(t->rng, 50)) ? "on" : "off");
	text_add(&set, "SET work_mem = %s; ", rng_chance(t->rng, 30) ? "64" : "4096");
	text_add(&second, "%s%s", set.at, sql.at);
	ask(t->conn, sql.at, &a);
	ask(t->conn, set.at, &none);
	ask(t->conn, sql.at, &b);
	ask(t->conn, "RESET ALL; SET search_path = oracle", &none);
	bool same = settle(t, "plans", sql.at, &a, second.at, &b) && !none.failed;
	rows_done(&none);
	text_done(&sql);
	text_done(&set);
	text_done(&second);
	return same;
}
