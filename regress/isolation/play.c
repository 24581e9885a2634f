/* play.c - sending steps, watching who waits, collecting answers. */
#include "config.h"
#include "regress/isolation/play.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "regress/isolation/answer.h"

enum { PATIENCE_MS = 30000, LOOK_MS_MAX = 16 };

/* One session's connection. */
struct lane {
	PGconn *conn;
	int pid;
	int busy;                /* index in played.said, or -1 */
	unsigned blockers;       /* sessions it was last seen to wait for; bits */
	bool settled;            /* known to wait since anything last happened */
	struct turn held[TURNS_MAX]; /* turns to say when it is free again */
	int nheld;
	struct strbuf result;
};

struct player {
	char *conninfo;
	PGconn *control;
	const struct spec *spec;
	struct played *to;
	struct lane lanes[SESSIONS_MAX];
	int turns; /* turns of the order that have come up */
};

static uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t) t.tv_sec * 1000 + (uint64_t) t.tv_nsec / 1000000;
}

static void
ignore_notice(void *arg, const PGresult *res)
{
	(void) arg;
	(void) res;
}

static void
broken(struct player *p, const char *what, const char *why)
{
	if (p->to->broken == NULL && asprintf(&p->to->broken, "%s: %s", what, why) < 0)
		abort();
}

struct player *
play_open(const char *conninfo)
{
	struct player *p = calloc(1, sizeof *p);

	if (p == NULL)
		abort();
	p->conninfo = strdup(conninfo);
	p->control = PQconnectdb(conninfo);
	if (PQstatus(p->control) != CONNECTION_OK) {
		printf("# %s", PQerrorMessage(p->control));
		play_close(&p);
		return NULL;
	}
	PQsetNoticeReceiver(p->control, ignore_notice, NULL);
	return p;
}

void
play_close(struct player **player)
{
	struct player *p = *player;

	if (p == NULL)
		return;
	PQfinish(p->control);
	free(p->conninfo);
	free(p);
	*player = NULL;
}

static const char *
session_of(const void *arg, int pid)
{
	const struct player *p = arg;

	for (int i = 0; i < p->spec->nsessions; i++)
		if (p->lanes[i].pid == pid)
			return p->spec->sessions[i].name;
	return NULL;
}

/* SQL on a connection that waits for nobody; its answer to `to` or nowhere. */
static bool
run(struct player *p, PGconn *conn, const char *sql, struct strbuf *to)
{
	PGresult *res;
	bool ok = PQsendQuery(conn, sql) == 1;

	while ((res = PQgetResult(conn)) != NULL) {
		if (PQresultStatus(res) == PGRES_FATAL_ERROR)
			ok = false;
		if (to != NULL)
			answer_add(to, res, session_of, p);
		else if (!ok)
			broken(p, sql, PQresultErrorMessage(res));
		PQclear(res);
	}
	return ok || to != NULL;
}

/* -- Waiting ---------------------------------------------------------------------------------- */
static unsigned
blockers_of(struct player *p, int lane)
{
	char sql[160];
	unsigned bits = 0;

	snprintf(sql, sizeof sql,
		 "SELECT unnest(pg_blocking_pids(%d) || pg_safe_snapshot_blocking_pids(%d))",
		 p->lanes[lane].pid, p->lanes[lane].pid);
	PGresult *res = PQexec(p->control, sql);
	if (PQresultStatus(res) != PGRES_TUPLES_OK)
		broken(p, "pg_blocking_pids", PQresultErrorMessage(res));
	for (int i = 0; i < PQntuples(res); i++) {
		int pid = (int) strtol(PQgetvalue(res, i, 0), NULL, 10);
		for (int k = 0; k < p->spec->nsessions; k++)
			if (p->lanes[k].pid == pid)
				bits |= 1u << k;
	}
	PQclear(res);
	return bits;
}

static void
note_wait(struct player *p, struct lane *l, unsigned bits)
{
	struct said *said = &p->to->said[l->busy];
	struct strbuf text;

	if (bits == l->blockers)
		return;
	strbuf_init(&text, NULL);
	if (said->waits != NULL)
		strbuf_printf(&text, "%s; ", said->waits);
	for (int k = 0, n = 0; k < p->spec->nsessions; k++)
		if ((bits >> k & 1) != 0)
			strbuf_printf(&text, "%s%s", n++ == 0 ? "" : ", ", p->spec->sessions[k].name);
	free(said->waits);
	said->waits = text.data;
	l->blockers = bits;
}

/* Is there somebody who waits, in the end, for himself? */
static bool
circle(const struct player *p)
{
	unsigned waits[SESSIONS_MAX] = { 0 };
	int n = p->spec->nsessions;

	for (int i = 0; i < n; i++)
		waits[i] = p->lanes[i].busy >= 0 ? p->lanes[i].blockers : 0;
	for (int round = 0; round < n; round++)
		for (int i = 0; i < n; i++)
			for (int k = 0; k < n; k++)
				if ((waits[i] >> k & 1) != 0)
					waits[i] |= waits[k];
	for (int i = 0; i < n; i++)
		if ((waits[i] >> i & 1) != 0)
			return true;
	return false;
}

/* -- Saying and hearing ----------------------------------------------------------------------- */
static void
unsettle(struct player *p)
{
	for (int i = 0; i < p->spec->nsessions; i++)
		p->lanes[i].settled = false;
}

static void
say(struct player *p, struct turn t)
{
	struct lane *l = &p->lanes[t.session];

	l->busy = p->to->n++;
	l->blockers = 0;
	p->to->said[l->busy] = (struct said){ .turn = t };
	strbuf_init(&l->result, NULL);
	strbuf_puts(&l->result, "");
	if (PQsendQuery(l->conn, p->spec->sessions[t.session].steps[t.step].sql) != 1)
		broken(p, "send", PQerrorMessage(l->conn));
	unsettle(p);
}

static void
heard_all(struct player *p, struct lane *l)
{
	struct said *said = &p->to->said[l->busy];

	said->result = l->result.data;
	said->after = p->turns;
	l->busy = -1;
	l->blockers = 0;
	unsettle(p);
	if (l->nheld == 0)
		return;
	struct turn next = l->held[0];
	memmove(l->held, l->held + 1, (size_t) --l->nheld * sizeof *l->held);
	say(p, next);
}

static void
hear(struct player *p, struct lane *l)
{
	if (PQconsumeInput(l->conn) != 1 && PQstatus(l->conn) != CONNECTION_OK)
		strbuf_puts(&l->result, "  the connection is gone\n");
	while (PQisBusy(l->conn) == 0) {
		PGresult *res = PQgetResult(l->conn);
		if (res == NULL) {
			heard_all(p, l);
			return;
		}
		struct said *said = &p->to->said[l->busy];
		const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
		if (state != NULL && said->error == NULL)
			said->error = strdup(state);
		answer_add(&l->result, res, session_of, p);
		PQclear(res);
	}
}

/* Hear what has come within so many milliseconds; false: nothing. */
static bool
listen_for(struct player *p, int ms)
{
	struct pollfd fds[SESSIONS_MAX];
	int lanes[SESSIONS_MAX], n = 0;

	for (int i = 0; i < p->spec->nsessions; i++)
		if (p->lanes[i].busy >= 0) {
			fds[n] = (struct pollfd){ .fd = PQsocket(p->lanes[i].conn), .events = POLLIN };
			lanes[n++] = i;
		}
	if (n == 0 || poll(fds, (nfds_t) n, ms) <= 0)
		return false;
	for (int i = 0; i < n; i++)
		if (fds[i].revents != 0)
			hear(p, &p->lanes[lanes[i]]);
	return true;
}

/* Nobody runs: all that are busy wait for others, and not in a circle. */
static bool
quiet(struct player *p, int wait_for, bool wait_all)
{
	bool settled = true, busy = false;

	for (int i = 0; i < p->spec->nsessions; i++) {
		struct lane *l = &p->lanes[i];
		if (l->busy < 0)
			continue;
		busy = true;
		if (!l->settled) {
			unsigned bits = blockers_of(p, i);
			if (bits != 0)
				note_wait(p, l, bits);
			l->settled = bits != 0;
		}
		settled &= l->settled && wait_for != i;
	}
	return !busy || (settled && !wait_all && !circle(p));
}

/* Until nothing more happens by itself. */
static void
settle(struct player *p, int wait_for, bool wait_all)
{
	uint64_t give_up = now_ms() + PATIENCE_MS;
	int ms = 1;

	while (p->to->broken == NULL) {
		if (listen_for(p, ms)) {
			ms = 1;
			if (wait_for >= 0 && p->lanes[wait_for].busy < 0)
				wait_for = -1;
			continue;
		}
		if (quiet(p, wait_for, wait_all) && !listen_for(p, 0))
			return;
		ms = ms < LOOK_MS_MAX ? ms * 2 : ms;
		if (now_ms() > give_up)
			broken(p, "no answer", "for a long time");
	}
}

/* -- An order --------------------------------------------------------------------------------- */
static void
connect_all(struct player *p)
{
	char conninfo[1024];

	for (int i = 0; i < p->spec->nsessions && p->to->broken == NULL; i++) {
		struct lane *l = &p->lanes[i];
		const struct spec_session *s = &p->spec->sessions[i];

		*l = (struct lane){ .busy = -1 };
		snprintf(conninfo, sizeof conninfo, "%s application_name=%s", p->conninfo, s->name);
		l->conn = PQconnectdb(conninfo);
		if (PQstatus(l->conn) != CONNECTION_OK)
			broken(p, "connect", PQerrorMessage(l->conn));
		PQsetNoticeReceiver(l->conn, ignore_notice, NULL);
		l->pid = PQbackendPID(l->conn);
		if (p->to->broken == NULL && run(p, l->conn, "SET search_path = iso", NULL) &&
		    s->start != NULL)
			(void) run(p, l->conn, s->start, NULL);
	}
}

static void
disconnect_all(struct player *p)
{
	for (int i = 0; i < p->spec->nsessions; i++) {
		struct lane *l = &p->lanes[i];
		if (l->busy >= 0) {
			PGcancel *c = PQgetCancel(l->conn);
			char why[256];
			if (c != NULL)
				(void) PQcancel(c, why, sizeof why);
			PQfreeCancel(c);
			p->to->said[l->busy].result = l->result.data;
		}
		PQfinish(l->conn);
		*l = (struct lane){ .busy = -1 };
	}
}

static void
set_up(struct player *p)
{
	(void) (run(p, p->control, "RESET ALL", NULL) &&
		run(p, p->control, "DROP SCHEMA IF EXISTS iso CASCADE", NULL) &&
		run(p, p->control, "CREATE SCHEMA iso", NULL) &&
		run(p, p->control, "SET search_path = iso", NULL) &&
		(p->spec->setup == NULL || run(p, p->control, p->spec->setup, NULL)));
}

void
play(struct player *p, const struct spec *s, const struct order *o, struct played *ret)
{
	struct strbuf check;

	*ret = (struct played){ .n = 0 };
	p->spec = s;
	p->to = ret;
	p->turns = 0;
	set_up(p);
	connect_all(p);
	for (int i = 0; i < o->n && ret->broken == NULL; i++) {
		struct turn t = o->turns[i];

		t.at = (uint8_t) i;
		struct lane *l = &p->lanes[t.session];
		p->turns++;
		if (l->busy >= 0)
			l->held[l->nheld++] = t;
		else
			say(p, t);
		settle(p, t.wait ? t.session : -1, false);
	}
	settle(p, -1, true);
	strbuf_init(&check, NULL);
	strbuf_puts(&check, "");
	if (s->check != NULL && ret->broken == NULL)
		(void) run(p, p->control, s->check, &check);
	ret->check = check.data;
	disconnect_all(p);
}
