/* extended.c - Parse, Bind, Describe, Execute, Close, Sync. */
#include "config.h"
#include "pgwire/session/session.h"

#include <stdio.h>
#include <string.h>

#include "core/type/datetime.h"
#include "pgwire/session/portal.h"

/* The first message of a pipeline begins what Sync will end. */
static void
begin(struct session *s)
{
	s->sync_pending = true;
	s->stmt_now = clock_now();
}

/* A name or a statement of a message. */
static int
from_client(struct session *s, const char **text, struct err *e)
{
	size_t len = s->charset != NULL ? strlen(*text) : 0;

	return session_text(s, &s->msg, text, &len, e);
}

int
extended_parse(struct session *s, const struct frame *f, struct err *e)
{
	struct msg_parse m = { 0 };
	struct prepared *p;
	struct analysis *a;

	begin(s);
	int rc = msg_parse(f, &s->msg, &m, e);
	if (rc == ERR_OK)
		rc = from_client(s, &m.name, e);
	if (rc == ERR_OK)
		rc = from_client(s, &m.text, e);
	if (rc != ERR_OK)
		return rc;
	if (s->activity != NULL && settings_bool(&s->settings, SET_track_activities))
		activity_report(s->activity, ACTIVITY_ACTIVE, m.text, s->stmt_now);
	if (*m.name == '\0')
		prepared_drop(s, "");
	rc = prepared_new(s, m.name, m.text, m.ntypes, m.types, &p, e);
	if (rc != ERR_OK)
		return rc;
	if (p->raw != NULL) {
		rc = tx_check_failed(s, &p->info, e);
		if (rc == ERR_OK)
			rc = tx_begin(s, e);
		if (rc == ERR_OK)
			rc = prepared_analysis(s, p, &a, e);
	}
	if (rc == ERR_OK)
		rc = prepared_keep(s, p, e);
	if (rc != ERR_OK) {
		prepared_unref(&p);
		return rc;
	}
	send_plain(&s->conn->out, '1');
	return ERR_OK;
}

static int
bind_portal(struct session *s, struct portal *p, struct prepared *st, const struct msg_bind *m, struct err *e)
{
	struct analysis *a;

	p->prepared = st;
	st->refs++;
	p->text = st->text;
	p->nformats = m->nresult_formats;
	p->formats = arena_dup(&p->arena, m->result_formats, (size_t) (m->nresult_formats + 1) * sizeof(int16_t));
	if (st->raw == NULL)
		return ERR_OK;
	int rc = prepared_analysis(s, st, &a, e);
	if (rc != ERR_OK)
		return rc;
	portal_set_analysis(p, analysis_ref(a));
	session_refresh(s);
	rc = params_decode(p, m, e);
	if (rc == ERR_OK && p->nformats > 1 && a->returns_rows && p->nformats != a->shape.ncols)
		rc = err_set(e, ERR_PROTOCOL_VIOLATION, "bind message has %d result formats but query has %d columns",
		             p->nformats, a->shape.ncols);
	return rc;
}

int
extended_bind(struct session *s, const struct frame *f, struct err *e)
{
	struct msg_bind m = { 0 };
	struct prepared *st;
	struct portal *p;

	begin(s);
	int rc = msg_bind(f, &s->msg, &m, e);
	if (rc == ERR_OK)
		rc = from_client(s, &m.portal, e);
	if (rc == ERR_OK)
		rc = from_client(s, &m.statement, e);
	if (rc == ERR_OK)
		rc = prepared_get(s, m.statement, &st, e);
	if (rc != ERR_OK)
		return rc;
	if (s->activity != NULL && settings_bool(&s->settings, SET_track_activities))
		activity_report(s->activity, ACTIVITY_ACTIVE, st->text, s->stmt_now);
	if (st->raw != NULL) {
		rc = tx_check_failed(s, &st->info, e);
		if (rc == ERR_OK)
			rc = tx_begin(s, e);
	}
	if (rc == ERR_OK)
		rc = portal_new(s, m.portal, &p, e);
	if (rc != ERR_OK)
		return rc;
	rc = bind_portal(s, p, st, &m, e);
	if (rc != ERR_OK) {
		portal_drop(s, p);
		return rc;
	}
	send_plain(&s->conn->out, '2');
	return ERR_OK;
}

static int
get_portal(struct session *s, const char *name, struct portal **ret, struct err *e)
{
	*ret = portal_find(s, name);
	if (*ret == NULL)
		return err_set(e, ERR_UNDEFINED_CURSOR, "portal \"%s\" does not exist", name);
	return ERR_OK;
}

static int
describe_statement(struct session *s, const char *name, struct err *e)
{
	struct writer *w = &s->conn->out;
	struct prepared *st;
	struct analysis *a;

	int rc = prepared_get(s, name, &st, e);
	if (rc != ERR_OK)
		return rc;
	if (st->raw == NULL) {
		send_parameter_description(w, 0, NULL);
		send_plain(w, 'n');
		return ERR_OK;
	}
	rc = tx_begin(s, e);
	if (rc == ERR_OK && s->tx == TX_FAILED)
		a = st->a;
	else if (rc == ERR_OK)
		rc = prepared_analysis(s, st, &a, e);
	if (rc != ERR_OK)
		return rc;
	if (s->tx == TX_FAILED && a->returns_rows)
		return tx_check_failed(s, &(struct raw_stmt_info) { 0 }, e);
	send_parameter_description(w, a->nparams, a->param_oids);
	if (a->returns_rows)
		send_shape(s, &a->shape, 0, NULL);
	else
		send_plain(w, 'n');
	return ERR_OK;
}

int
extended_describe(struct session *s, const struct frame *f, struct err *e)
{
	struct msg_name m = { 0 };
	struct portal *p;

	begin(s);
	int rc = msg_name(f, &m, e);
	if (rc == ERR_OK)
		rc = from_client(s, &m.name, e);
	if (rc != ERR_OK)
		return rc;
	if (m.kind == 'S')
		return describe_statement(s, m.name, e);
	rc = get_portal(s, m.name, &p, e);
	if (rc != ERR_OK)
		return rc;
	if (p->a != NULL && p->returns_rows) {
		if (s->tx == TX_FAILED)
			return tx_check_failed(s, &(struct raw_stmt_info) { 0 }, e);
		send_shape(s, &p->shape, p->nformats, p->formats);
	} else {
		send_plain(&s->conn->out, 'n');
	}
	return ERR_OK;
}

int
extended_execute(struct session *s, const struct frame *f, struct err *e)
{
	struct msg_execute m = { 0 };
	struct client_dest to;
	struct portal *p;
	bool done = true;
	int64_t began = conn_clock();

	begin(s);
	int rc = msg_execute(f, &m, e);
	if (rc == ERR_OK)
		rc = from_client(s, &m.portal, e);
	if (rc == ERR_OK)
		rc = get_portal(s, m.portal, &p, e);
	if (rc != ERR_OK)
		return rc;
	if (p->a == NULL) {
		send_empty_query(&s->conn->out);
		return ERR_OK;
	}
	rc = tx_check_failed(s, raw_stmt_info(p->a->raw), e);
	if (rc == ERR_OK)
		rc = tx_begin(s, e);
	if (rc != ERR_OK)
		return rc;
	if (!p->started)
		log_statement(s, raw_stmt_info(p->a->raw), p->text);
	client_dest_init(&to, s, false, p->nformats, p->formats);
	to.shape = &p->shape;
	bool ends = raw_stmt_info(p->a->raw)->is_transaction;
	char text[ACTIVITY_QUERY_MAX];
	snprintf(text, sizeof text, "%s", p->text);
	s->running = p->text;
	rc = portal_run(p, m.max_rows > 0 ? m.max_rows : 0, &to.d, false, &done, e);
	s->running = NULL;
	log_duration(s, text, began);
	if (rc != ERR_OK)
		return rc;
	if (done)
		send_complete(&s->conn->out, p->tag);
	else
		send_plain(&s->conn->out, 's');
	/* COMMIT and ROLLBACK have ended every portal but the one they ran in. */
	if (done && ends)
		portal_drop(s, p);
	return ERR_OK;
}

int
extended_close(struct session *s, const struct frame *f, struct err *e)
{
	struct msg_name m = { 0 };

	begin(s);
	int rc = msg_name(f, &m, e);
	if (rc == ERR_OK)
		rc = from_client(s, &m.name, e);
	if (rc != ERR_OK)
		return rc;
	if (m.kind == 'S') {
		prepared_drop(s, m.name);
	} else {
		struct portal *p = portal_find(s, m.name);
		if (p != NULL)
			portal_drop(s, p);
	}
	send_plain(&s->conn->out, '3');
	return ERR_OK;
}

int
extended_sync(struct session *s, struct err *e)
{
	s->sync_pending = false;
	return tx_end_command(s, e);
}
