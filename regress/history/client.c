/* client.c - one client: random transactions, and what it did and saw.
 *
 * A transaction is one to eight operations, sometimes one statement without BEGIN, sometimes with
 * a part that a savepoint undoes.  Now and then the client rolls back, and when clients are to be
 * killed it now and then goes without a word: before COMMIT, or before the answer to it.
 *
 * Not here: the statements (statement.c), rounds (main.c). */
#include "config.h"
#include "regress/history/load.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { SQL_MAX = 1024, OPS_MAX = 8, RANGE_KEYS = 4, SHOWN_MAX = 20 };
enum { LIST_MAX = 4096 }; /* of values in one answer for one key */

int64_t
load_clock(void)
{
	struct timespec t;

	(void) clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t) t.tv_sec * 1000000000 + t.tv_nsec;
}

int
load_window(const struct load *l)
{
	return atomic_load(&l->next_value) / WRITES_PER_KEY + 1;
}

static int
below(struct client *c, int limit)
{
	return (int) ((unsigned) rand_r(&c->seed) % (unsigned) limit);
}

bool
client_connect(struct client *c)
{
	struct timespec pause = { .tv_nsec = 20000000 };
	char settings[128];

	for (int i = 0; i < 3000; i++) {
		PQfinish(c->conn);
		memset(c->prepared, 0, sizeof c->prepared);
		c->conn = PQconnectdb(c->load->conninfo);
		/* Deadlocks are many: they should not take all the time. */
		snprintf(settings, sizeof settings,
			 "SET default_transaction_isolation = '%s'; SET deadlock_timeout = '10ms'",
			 level_name(c->load->level));
		PGresult *res = PQexec(c->conn, settings);
		bool fine = PQresultStatus(res) == PGRES_COMMAND_OK;
		PQclear(res);
		c->lost = !fine;
		if (fine)
			return true;
		(void) nanosleep(&pause, NULL); /* the server is being started */
	}
	printf("# client %d: %s", c->id, PQerrorMessage(c->conn));
	atomic_fetch_add(&c->load->complaints, 1);
	return false;
}

static void
judge(struct client *c, const PGresult *res, const char *sql)
{
	/* Rows are numbered by who inserts: two may try the same number. */
	static const char *const passing[] = { "40001", "40P01", "23505" };
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);

	c->lost = PQstatus(c->conn) != CONNECTION_OK;
	for (unsigned i = 0; i < sizeof passing / sizeof passing[0]; i++)
		if (c->lost || (state != NULL && strcmp(state, passing[i]) == 0))
			return;
	if (atomic_fetch_add(&c->load->complaints, 1) < SHOWN_MAX)
		printf("# %s: %s", sql, PQerrorMessage(c->conn));
}

static bool
run(struct client *c, const char *sql)
{
	PGresult *res = PQexec(c->conn, sql);
	bool fine = PQresultStatus(res) == PGRES_COMMAND_OK;

	if (!fine)
		judge(c, res, sql);
	PQclear(res);
	return fine;
}

/* The statement with its numbers in place. */
static void
spell(const char *text, const int *numbers, char sql[static SQL_MAX])
{
	size_t n = 0;

	for (; *text != '\0' && n < SQL_MAX - 16; text++)
		if (*text == '$')
			n += (size_t) snprintf(sql + n, SQL_MAX - n, "%d", numbers[*++text - '1']);
		else
			sql[n++] = *text;
	sql[n] = '\0';
}

/* By the simple protocol, the extended one, or a prepared statement. */
static PGresult *
ask(struct client *c, enum table table, enum form form, const int *numbers)
{
	const char *text = statement_text[table][form], *values[3];
	char sql[SQL_MAX], name[16], digits[3][16];
	int at = (int) table * FORMS + (int) form, params = 0;

	while (params < 3) {
		snprintf(name, sizeof name, "$%d", params + 1);
		if (strstr(text, name) == NULL)
			break;
		snprintf(digits[params], sizeof digits[params], "%d", numbers[params]);
		values[params] = digits[params];
		params++;
	}
	if (below(c, 3) == 0) {
		spell(text, numbers, sql);
		return PQexec(c->conn, sql);
	}
	if (below(c, 2) == 0)
		return PQexecParams(c->conn, text, params, NULL, values, NULL, NULL, 0);
	snprintf(name, sizeof name, "s%d", at);
	if (!c->prepared[at]) {
		PGresult *res = PQprepare(c->conn, name, text, 0, NULL);
		if (PQresultStatus(res) != PGRES_COMMAND_OK)
			return res;
		PQclear(res);
		c->prepared[at] = true;
	}
	return PQexecPrepared(c->conn, name, params, values, NULL, NULL, 0);
}

/* The numbers in a text: "1,2", "{1,2}". */
static uint32_t
numbers_in(const char *text, int *values, uint32_t n)
{
	while (*text != '\0' && n < LIST_MAX)
		if (isdigit((unsigned char) *text))
			values[n++] = (int) strtol(text, (char **) &text, 10);
		else
			text++;
	return n;
}

/* What an answer says about one key; a key that is not in it is empty. */
static bool
note_read(struct client *c, const PGresult *res, enum table table, int key)
{
	static _Thread_local int values[LIST_MAX];
	uint32_t n = 0;
	bool there = false;

	for (int row = 0; row < PQntuples(res); row++) {
		if (atoi(PQgetvalue(res, row, 0)) != key)
			continue;
		there = true;
		for (int col = 1; col < PQnfields(res); col++)
			n = numbers_in(PQgetvalue(res, row, col), values, n);
	}
	history_read(&c->one, key, table == T_REGISTER, values, n);
	return there;
}

/* One statement on keys from `key` to `last`; false: the transaction is over. */
static bool
statement(struct client *c, enum table table, enum form form, int key, int last, bool *ret_hit)
{
	bool writes = form >= F_UPDATE;
	int value = writes ? atomic_fetch_add(&c->load->next_value, 1) : last;
	int numbers[3] = { key, value, last };
	PGresult *res = ask(c, table, form, numbers);
	bool fine = PQresultStatus(res) == PGRES_TUPLES_OK;

	*ret_hit = false;
	if (!fine)
		judge(c, res, statement_text[table][form]);
	/* It may have been committed, or not. */
	if (!fine && c->lost && c->single && writes)
		history_write(&c->one, key, value);
	for (int k = key; fine && k <= last; k += TABLES) {
		bool there = false;
		for (int row = 0; writes && row < PQntuples(res); row++)
			there |= atoi(PQgetvalue(res, row, 0)) == k;
		if (there)
			history_write(&c->one, k, value);
		*ret_hit |= there;
		/* An insert of a row does not say what was there before. */
		if (!writes || table != T_ROW)
			(void) note_read(c, res, table, k);
	}
	PQclear(res);
	return fine;
}

static bool
operation(struct client *c)
{
	int key = load_window(c->load) + below(c, WINDOW), last = key;
	enum table table = (enum table)(key % TABLES);
	enum form form;
	bool hit;

	if (below(c, 2) == 0) {
		static const enum form reads[] = { F_KEY,   F_KEY,        F_KEY,
						   F_OTHER, F_OTHER,      F_RANGE,
						   F_RANGE, F_FOR_UPDATE, F_FOR_SHARE };
		form = reads[below(c, sizeof reads / sizeof reads[0])];
	} else {
		form = below(c, 8) == 0 && table != T_ROW ? F_UPDATE_RANGE
		       : below(c, 3) == 0                 ? F_UPSERT
							  : F_UPDATE;
		/* One statement, and one key, whose fate may stay unknown. */
		if (c->single && (form == F_UPDATE || form == F_UPDATE_RANGE))
			form = F_UPSERT;
	}
	if (form == F_RANGE || form == F_UPDATE_RANGE)
		last = key + TABLES * below(c, RANGE_KEYS);
	if (!statement(c, table, form, key, last, &hit))
		return false;
	return form != F_UPDATE || hit || statement(c, table, F_UPSERT, key, key, &hit);
}

/* Some operations that are undone at once. */
static bool
detour(struct client *c)
{
	uint32_t from = c->one.op_count;

	if (!run(c, "SAVEPOINT a"))
		return false;
	for (int i = 1 + below(c, 3); i > 0; i--)
		if (!operation(c))
			return false;
	if (!run(c, "ROLLBACK TO a"))
		return false;
	for (uint32_t i = from; i < c->one.op_count; i++)
		if (c->one.ops[i].kind == OP_WRITE)
			c->one.ops[i].undone_by = (uint16_t) c->one.op_count;
	return true;
}

static void
vanish(struct client *c)
{
	(void) shutdown(PQsocket(c->conn), SHUT_RDWR);
	c->lost = true;
}

static enum outcome
commit(struct client *c)
{
	PGresult *res;
	enum outcome outcome;

	if (below(c, 25) == 0) {
		(void) run(c, "ROLLBACK");
		return TXN_FAIL;
	}
	if (c->load->kill_clients && below(c, 200) == 0) {
		if (below(c, 2) == 0) {
			vanish(c);
			return TXN_FAIL;
		}
		if (PQsendQuery(c->conn, "COMMIT") == 1)
			(void) PQflush(c->conn);
		vanish(c);
		return TXN_INFO;
	}
	res = PQexec(c->conn, "COMMIT");
	if (PQresultStatus(res) == PGRES_COMMAND_OK) {
		outcome = strcmp(PQcmdStatus(res), "COMMIT") == 0 ? TXN_OK : TXN_FAIL;
	} else {
		judge(c, res, "COMMIT");
		outcome = c->lost ? TXN_INFO : TXN_FAIL;
	}
	PQclear(res);
	return outcome;
}

static enum outcome
attempt(struct client *c)
{
	bool fine;

	c->single = below(c, 10) == 0;
	if (c->single) {
		fine = operation(c);
		return fine ? TXN_OK : c->lost ? TXN_INFO : TXN_FAIL;
	}
	fine = run(c, "BEGIN");
	for (int i = 1 + below(c, OPS_MAX); fine && i > 0; i--)
		fine = below(c, 20) == 0 ? detour(c) : operation(c);
	if (fine)
		return commit(c);
	if (!c->lost)
		(void) run(c, "ROLLBACK");
	return TXN_FAIL;
}

static void
note_transaction(struct client *c, enum outcome outcome)
{
	struct load *l = c->load;

	c->one.txns[0].outcome = outcome;
	c->one.txns[0].end = load_clock();
	pthread_mutex_lock(&l->lock);
	history_append(&l->history, &c->one);
	l->done++;
	l->total++;
	l->ok += outcome == TXN_OK;
	l->info += outcome == TXN_INFO;
	if (l->total >= l->next_stop)
		pthread_cond_signal(&l->progress);
	pthread_mutex_unlock(&l->lock);
}

bool
client_transaction(struct client *c)
{
	if ((c->lost || PQstatus(c->conn) != CONNECTION_OK) && !client_connect(c))
		return false;
	history_clear(&c->one);
	history_begin(&c->one, c->id, load_clock());
	note_transaction(c, attempt(c));
	return true;
}

bool
client_read_all(struct client *c, int first, int last)
{
	enum { BATCH = 64 };
	bool fine = client_connect(c) && run(c, "BEGIN ISOLATION LEVEL REPEATABLE READ"), hit;

	history_clear(&c->one);
	history_begin(&c->one, c->id, load_clock());
	for (int k = first; fine && k <= last; k += BATCH)
		for (int table = 0; fine && table < TABLES; table++) {
			int from = k + (table - k % TABLES + TABLES) % TABLES;
			fine = statement(c, (enum table) table, F_RANGE, from, k + BATCH - 1, &hit);
		}
	fine = fine && run(c, "COMMIT");
	if (fine)
		note_transaction(c, TXN_OK);
	return fine;
}
