/* run.c - the message loop of a session: one message after the other until the input is used up.
 *
 * This is the only place that tells the client of errors.  After an error in an extended message
 * everything is skipped up to Sync; a malformed message ends the connection.
 *
 * Not here: what messages do (simple.c, extended.c), logging in (login.c). */
#include "config.h"
#include "pgwire/session/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/type/datetime.h"
#include "pgwire/session/portal.h"

/* -- Telling the client --------------------------------------------------------------------------- */
/* client_min_messages: the index of the lowest level shown. */
static bool
is_wanted(const struct session *s, enum log_level level)
{
	enum { SHOW_DEBUG = 4, SHOW_LOG = 5, SHOW_NOTICE = 6, SHOW_WARNING = 7 };
	int64_t min = settings_int(&s->settings, SET_client_min_messages);

	switch (level) {
	case LOG_DEBUG:
		return min <= SHOW_DEBUG;
	case LOG_LOG:
		return min <= SHOW_LOG;
	case LOG_NOTICE:
		return min <= SHOW_NOTICE;
	case LOG_WARNING:
		return min <= SHOW_WARNING;
	default:
		return true;            /* INFO is for the client alone; errors always */
	}
}

void
session_report(struct session *s, enum log_level level, const struct err *e)
{
	if (is_wanted(s, level))
		send_error(&s->conn->out, level, e);
}

void
session_notice(struct session *s, enum log_level level, enum err_code code, const char *fmt, ...)
{
	struct err e = { 0 };
	va_list ap;

	va_start(ap, fmt);
	(void) err_setv(&e, code, fmt, ap);
	va_end(ap);
	session_report(s, level, &e);
}

static void
log_error(struct session *s, enum log_level level, const struct err *e)
{
	struct activity_info *a;
	char query[ACTIVITY_QUERY_MAX] = "";

	if (s->activity != NULL && level == LOG_ERROR) {
		a = activity_edit(s->activity);
		memcpy(query, a->query, sizeof query);
		activity_done(s->activity);
	}
	log_write(level, "[%d] %s: %s%s%s%s%s", s->pid, err_sqlstate(e->code), e->message,
	          e->detail[0] != '\0' ? "  DETAIL: " : "", e->detail,
	          query[0] != '\0' ? "  STATEMENT: " : "", query);
}

enum loop_next
session_fatal(struct session *s, const struct err *e)
{
	writer_cancel(&s->conn->out);
	log_error(s, LOG_FATAL, e);
	send_error(&s->conn->out, LOG_FATAL, e);
	s->ending = true;
	return LOOP_CLOSE;
}

/* A statement failed: its transaction with it; the client hears why. */
static void
fail(struct session *s, struct err *e)
{
	writer_cancel(&s->conn->out);
	if (s->conn->out.too_large) {
		/* A row over the protocol's limit was dropped; the connection is in order. */
		s->conn->out.failed = s->conn->out.too_large = false;
	}
	log_error(s, LOG_ERROR, e);
	tx_fail(s);
	send_error(&s->conn->out, LOG_ERROR, e);
}

/* -- Between messages ------------------------------------------------------------------------------- */
/* Send before the flush what the snapshot showed only when it is on disk. */
static bool
flush_out(void *arg, struct strbuf *out)
{
	struct session *s = arg;
	struct err e = { 0 };

	if (s->txn != NULL && txn_wait_visible_durable(s->txn, &e) != ERR_OK)
		return false;
	return conn_send(s->conn, out->data, out->len);
}

void
session_report_settings(struct session *s, bool all)
{
	int n = 0;

	if (!all && s->settings.version == s->reported_version)
		return;
	for (int id = 0; id < SETTING_COUNT; id++) {
		struct strbuf now;
		if ((setting_at((enum setting_id) id)->flags & SF_REPORT) == 0 || n == (int) ARRAY_LEN(s->reported))
			continue;
		strbuf_init(&now, &s->msg);
		settings_show(&s->settings, id, &now);
		char *last = s->reported[n++];
		if (!all && strncmp(last, now.data, sizeof s->reported[0] - 1) == 0)
			continue;
		snprintf(last, sizeof s->reported[0], "%s", now.data);
		send_parameter(&s->conn->out, setting_at((enum setting_id) id)->name, now.data);
	}
	s->reported_version = s->settings.version;
}

static void
report_idle(struct session *s)
{
	enum activity_state state = s->tx == TX_BLOCK ? ACTIVITY_IDLE_IN_TRANSACTION
	                          : s->tx == TX_FAILED ? ACTIVITY_ABORTED : ACTIVITY_IDLE;

	if (s->activity != NULL)
		activity_report(s->activity, state, NULL, clock_now());
}

void
session_ready(struct session *s)
{
	if (s->tx == TX_IDLE)
		notify_deliver(s);
	session_report_settings(s, false);
	send_ready(&s->conn->out, tx_status(s));
	report_idle(s);
	writer_flush(&s->conn->out);
}

static void
arm_idle_timer(struct session *s)
{
	int64_t ms = settings_int(&s->settings, s->tx == TX_IDLE ? SET_idle_session_timeout
	                                                         : SET_idle_in_transaction_session_timeout);

	if (s->phase == PHASE_READY && ms > 0)
		conn_deadline(s->conn, TIMER_IDLE, conn_clock() + ms * 1000);
}

/* statement_timeout runs from the first message of a statement to its end. */
static void
start_timeout(struct session *s)
{
	int64_t ms = settings_int(&s->settings, SET_statement_timeout);

	if (ms > 0 && atomic_load(&s->conn->deadline[TIMER_STATEMENT]) == 0)
		conn_deadline(s->conn, TIMER_STATEMENT, conn_clock() + ms * 1000);
}

static void
begin_work(struct session *s)
{
	if (!s->busy) {                 /* else: further messages of a pipeline */
		pthread_mutex_lock(&s->conn->lock);
		s->busy = true;
		pthread_mutex_unlock(&s->conn->lock);
		(void) settings_follow_base(&s->settings);
		session_refresh(s);
	}
	start_timeout(s);
}

/* Nothing to cancel any more; an order to end stays.  A pipeline is one piece of work up to its
 * Sync: a cancel that comes during Parse is heard by Execute. */
static void
end_work(struct session *s, char type)
{
	bool more = s->sync_pending && !s->skip_to_sync;

	arena_reset(&s->msg);
	if ((!more || type == 'E') && atomic_load(&s->conn->deadline[TIMER_STATEMENT]) != 0)
		conn_deadline(s->conn, TIMER_STATEMENT, 0);
	if (more)
		return;
	pthread_mutex_lock(&s->conn->lock);
	s->busy = false;
	if (s->cancel != LOCK_CANCEL_ADMIN)
		__atomic_store_n(&s->cancel, LOCK_CANCEL_NONE, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&s->conn->lock);
}

/* -- Messages ------------------------------------------------------------------------------------------ */
static int
run_query(struct session *s, const struct frame *f, struct err *e)
{
	const char *text;
	size_t len = f->len - 1;

	int rc = msg_query(f, &text, e);
	if (rc != ERR_OK)
		return rc;
	/* The buffer moves when COPY reads on. */
	text = arena_strndup(&s->msg, text, len);
	rc = session_text(s, &s->msg, &text, &len, e);
	return rc == ERR_OK ? simple_query(s, text, e) : rc;
}

static int
run_extended(struct session *s, const struct frame *f, struct err *e)
{
	switch (f->type) {
	case 'P':
		return extended_parse(s, f, e);
	case 'B':
		return extended_bind(s, f, e);
	case 'D':
		return extended_describe(s, f, e);
	case 'E':
		return extended_execute(s, f, e);
	case 'C':
		return extended_close(s, f, e);
	default:
		return ERR_OK;
	}
}

/* Could the message be understood?  Then an error is the statement's, not the connection's. */
static bool
is_broken(const struct err *e)
{
	return e->code == ERR_PROTOCOL_VIOLATION &&
	       (strcmp(e->message, "invalid message format") == 0 ||
	        strncmp(e->message, "invalid CLOSE message", 21) == 0 ||
	        strncmp(e->message, "invalid DESCRIBE message", 24) == 0);
}

/* An error of a message: tell, and decide whether the session goes on. */
static enum loop_next
handle_error(struct session *s, const struct frame *f, struct err *e)
{
	if (e->code == ERR_ADMIN_SHUTDOWN || is_broken(e)) {
		tx_abandon(s);
		return session_fatal(s, e);
	}
	fail(s, e);
	if (f->type == 'Q' || f->type == 'S' || f->type == 'F')
		session_ready(s);
	else
		s->skip_to_sync = true;
	return LOOP_READ;
}

/* One message.  LOOP_READ: go on with the next. */
static enum loop_next
dispatch(struct session *s, const struct frame *f)
{
	struct err e;
	int rc = ERR_OK;

	err_init(&e);
	if (f->type == 'X')
		return LOOP_CLOSE;
	if (s->skip_to_sync && f->type != 'S')
		return LOOP_READ;
	begin_work(s);
	switch (f->type) {
	case 'Q':
		rc = run_query(s, f, &e);
		if (rc == ERR_OK)
			session_ready(s);
		break;
	case 'S':
		s->skip_to_sync = false;
		rc = msg_empty(f, &e);
		if (rc == ERR_OK)
			rc = extended_sync(s, &e);
		if (rc == ERR_OK)
			session_ready(s);
		break;
	case 'H':
		rc = msg_empty(f, &e);
		writer_flush(&s->conn->out);
		break;
	case 'F':
		rc = err_unsupported(&e, "the function call message", "Call the function with SELECT.");
		break;
	case 'd': case 'c': case 'f':
		break;                  /* left over from a COPY that has failed */
	case 'p':
		rc = err_set(&e, ERR_PROTOCOL_VIOLATION, "invalid message format");
		break;
	default:
		rc = run_extended(s, f, &e);
	}
	enum loop_next next = rc == ERR_OK ? LOOP_READ : handle_error(s, f, &e);
	end_work(s, f->type);
	return next;
}

/* -- The loop --------------------------------------------------------------------------------------------- */
/* What others asked for while the session slept; LOOP_READ: nothing that ends it. */
static enum loop_next
handle_wakes(struct session *s, unsigned wakes)
{
	struct err e = { 0 };

	if ((wakes & WAKE_LOGIN_TIMEOUT) != 0 && s->phase != PHASE_READY) {
		err_set(&e, ERR_QUERY_CANCELED, "canceling authentication due to timeout");
		return session_fatal(s, &e);
	}
	if ((wakes & WAKE_TERMINATE) != 0) {
		tx_abandon(s);
		err_set(&e, ERR_ADMIN_SHUTDOWN, "terminating connection due to administrator command");
		return session_fatal(s, &e);
	}
	if ((wakes & WAKE_IDLE_TIMEOUT) != 0 && conn_is_due(s->conn, TIMER_IDLE) && conn_left(s->conn) == 0) {
		bool inside = s->tx != TX_IDLE;
		tx_abandon(s);
		if (inside)
			err_set(&e, ERR_IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
			        "terminating connection due to idle-in-transaction timeout");
		else
			err_set(&e, ERR_IDLE_SESSION_TIMEOUT, "terminating connection due to idle-session timeout");
		return session_fatal(s, &e);
	}
	if ((wakes & WAKE_NOTIFY) != 0 && s->phase == PHASE_READY && s->tx == TX_IDLE && !s->sync_pending) {
		notify_deliver(s);
		writer_flush(&s->conn->out);
	}
	return LOOP_READ;
}

/* Messages until there is no whole one. */
static enum loop_next
run_messages(struct session *s)
{
	struct conn *c = s->conn;
	size_t max = (size_t) atomic_load(&s->server->max_message) * 1024;

	for (;;) {
		struct frame f;
		struct err e;
		err_init(&e);
		int got = frame_parse(conn_bytes(c), conn_left(c), true, max, &f, &e);
		if (got < 0) {
			tx_abandon(s);
			return session_fatal(s, &e);
		}
		if (got == 0) {
			int n = conn_fill(c);
			if (n > 0)
				continue;
			if (n < 0 && s->tx != TX_IDLE && c->broken)
				log_write(LOG_DEBUG, "[%d] unexpected EOF on client connection with an open transaction",
				          s->pid);
			return n == 0 ? LOOP_READ : LOOP_CLOSE;
		}
		conn_take(c, FRAME_HEADER + f.len);
		enum loop_next next = dispatch(s, &f);
		if (next != LOOP_READ)
			return next;
		unsigned wakes = conn_wakes(c);
		if (wakes != 0 && (next = handle_wakes(s, wakes)) != LOOP_READ)
			return next;
	}
}

enum loop_next
session_run(struct conn *c)
{
	struct session *s = c->session;
	unsigned wakes = conn_wakes(c);
	enum loop_next next = LOOP_READ;

	if (wakes != 0)
		next = handle_wakes(s, wakes);
	if (atomic_load(&c->deadline[TIMER_IDLE]) != 0)
		conn_deadline(c, TIMER_IDLE, 0);
	if (next == LOOP_READ && s->phase != PHASE_READY)
		next = login_run(s);
	if (next == LOOP_READ && s->phase == PHASE_READY) {
		c->out.flush = flush_out;
		c->out.arg = s;
		next = run_messages(s);
	}
	if (next == LOOP_READ)
		arm_idle_timer(s);
	arena_done(&s->msg);            /* an idle session holds nothing it does not need */
	return next;
}
