/* simple.c - the Query message: a text of statements, each parsed, run and answered in turn.
 *
 * Several statements of one text are one implicit transaction, unless they say BEGIN. */
#include "config.h"
#include "pgwire/session/session.h"

#include <string.h>

#include "core/type/datetime.h"
#include "core/type/text.h"
#include "pgwire/session/portal.h"

/* Run one statement to its end; the tag goes out once what it did is committed, when it is the
 * last of an implicit transaction. */
static int
run_statement(struct session *s, const struct raw_stmt *raw, const char *text, bool only, bool last, struct err *e)
{
	struct client_dest to;
	struct portal *p;
	struct analysis *a;
	bool done;

	int rc = tx_check_failed(s, raw_stmt_info(raw), e);
	if (rc == ERR_OK)
		rc = tx_begin(s, e);
	if (rc == ERR_OK)
		rc = portal_new(s, "", &p, e);
	if (rc != ERR_OK)
		return rc;
	p->text = text;
	rc = analysis_new(s, raw, text, false, 0, NULL, &a, e);
	if (rc != ERR_OK)
		return rc;
	portal_set_analysis(p, a);
	client_dest_init(&to, s, true, 0, NULL);
	rc = portal_run(p, 0, &to.d, only, &done, e);
	if (rc != ERR_OK)
		return rc;
	char tag[sizeof p->tag];
	memcpy(tag, p->tag, sizeof tag);
	portal_drop(s, p);
	if (last)
		rc = tx_end_command(s, e);
	if (rc == ERR_OK)
		send_complete(&s->conn->out, tag);
	return rc;
}

int
simple_query(struct session *s, const char *text, struct err *e)
{
	struct list raws = { 0 };
	int64_t began = conn_clock();

	s->stmt_now = clock_now();
	s->running = text;
	if (s->activity != NULL && settings_bool(&s->settings, SET_track_activities))
		activity_report(s->activity, ACTIVITY_ACTIVE, text, s->stmt_now);
	/* A simple query ends what the extended protocol left unnamed. */
	prepared_drop(s, "");
	int rc = utf8_check(text, strlen(text), e);
	if (rc == ERR_OK)
		rc = sql_parse(&s->msg, text, &raws, e);
	if (rc == ERR_OK && raws.n == 0)
		send_empty_query(&s->conn->out);
	for (int i = 0; i < raws.n && rc == ERR_OK; i++) {
		const struct raw_stmt *raw = LIST_AT(const struct raw_stmt, &raws, i);
		log_statement(s, raw_stmt_info(raw), text);
		rc = run_statement(s, raw, text, raws.n == 1, i == raws.n - 1, e);
	}
	if (rc == ERR_OK && raws.n == 0)
		rc = tx_end_command(s, e);
	s->running = NULL;
	log_duration(s, text, began);
	return rc;
}
