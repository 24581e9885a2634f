/* login.c - from the first packet to "ready": TLS, who is it, may they, with which settings.
 *
 * A login is a conversation over a connection that does not block: each step returns to the loop
 * when it needs the client.  Until it succeeds nothing tells a stranger whether a role exists.
 *
 * Not here: proofs (net/scram.c), rules (net/hba.c), decoding (proto/). */
#include "config.h"
#include "pgwire/session/session.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/security/privilege.h"
#include "core/type/datetime.h"
#include "pgwire/net/hba.h"
#include "pgwire/net/scram.h"
#include "pgwire/net/tls.h"
#include "pgwire/proto/request.h"
#include "pgwire/proto/startup.h"

enum step { STEP_PASSWORD, STEP_SASL_FIRST, STEP_SASL_FINAL };

struct login {
	struct arena arena;             /* the startup packet */
	struct startup startup;
	bool     tls_asked, gss_asked;
	enum step step;
	bool     has_verifier;
	struct scram scram;
};

static struct login *
login_get(struct session *s)
{
	if (s->login == NULL) {
		s->login = calloc(1, sizeof *s->login);
		if (s->login == NULL)
			abort();
		scram_init(&s->login->scram);
	}
	return s->login;
}

void
login_done(struct session *s)
{
	if (s->login == NULL)
		return;
	scram_done(&s->login->scram);
	arena_done(&s->login->arena);
	free(s->login);
	s->login = NULL;
}

/* -- Success --------------------------------------------------------------------------------------- */
struct setting_from { struct session *s; struct setting_change how; };

static int
apply(void *arg, const char *name, const char *value, struct err *e)
{
	struct setting_from *f = arg;

	if (strcasecmp(name, "client_encoding") == 0 && *value == '\0')
		return ERR_OK;
	return settings_set(&f->s->settings, name, value, &f->how, e);
}

/* "name=value" texts of ALTER ROLE and ALTER DATABASE SET.  What no longer fits is only logged. */
static void
apply_stored(struct session *s, int n, const char *const *texts, enum setting_source source)
{
	const struct setting_change how = { .as = CTX_SUPERUSER, .source = source, .as_reset = true };

	for (int i = 0; i < n; i++) {
		struct err e = { 0 };
		const char *equals = strchr(texts[i], '=');
		if (equals == NULL)
			continue;
		char *name = arena_strndup(&s->msg, texts[i], (size_t) (equals - texts[i]));
		if (settings_set(&s->settings, name, equals + 1, &how, &e) != ERR_OK)
			session_report(s, LOG_WARNING, &e);
	}
}

/* From the most general to the most particular. */
static void
apply_role_setting(struct session *s, const struct catalog *c, oid_t role, oid_t database,
                   enum setting_source source)
{
	for (int i = 0; i < catalog_count(c, OBJ_ROLE_SETTING); i++) {
		const struct role_setting *r = (const struct role_setting *) catalog_at(c, OBJ_ROLE_SETTING, i);

		if (r->role == role && r->database == database)
			apply_stored(s, r->nsettings, r->settings, source);
	}
}

static int
apply_settings(struct session *s, const struct catalog *c, const struct role *role,
               const struct database *db, struct err *e)
{
	const struct startup *st = &s->login->startup;
	struct setting_from from = { s, { .as = CTX_BACKEND, .source = SOURCE_CLIENT, .as_reset = true,
	                                  .superuser = role->superuser } };
	int rc = ERR_OK;

	apply_role_setting(s, c, 0, 0, SOURCE_DATABASE);
	apply_stored(s, db->nsettings, db->settings, SOURCE_DATABASE);
	apply_stored(s, role->nsettings, role->settings, SOURCE_ROLE);
	apply_role_setting(s, c, role->o.oid, db->o.oid, SOURCE_ROLE);
	if (st->options != NULL)
		rc = startup_options(st->options, apply, &from, e);
	for (int i = 0; i < st->nparams && rc == ERR_OK; i++)
		rc = apply(&from, st->params[i].name, st->params[i].value, e);
	settings_force(&s->settings, SET_session_authorization, role->o.name);
	settings_force(&s->settings, SET_is_superuser, role->superuser ? "on" : "off");
	return rc;
}

/* What comes after the proof and the database, in PostgreSQL's order. */
static int
check_admission(struct session *s, const struct catalog *c, const struct role *role, const struct database *db,
                struct err *e)
{
	if (!db->allow_conn)
		return err_set(e, ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
		               "database \"%s\" is not currently accepting connections", s->database);
	if (!role->superuser && !privilege_has(c, role->o.oid, &db->o, 'c')) {
		err_set(e, ERR_INSUFFICIENT_PRIVILEGE, "permission denied for database \"%s\"", s->database);
		return err_detail(e, "User does not have CONNECT privilege.");
	}
	int max = atomic_load(&s->server->max_connections);
	int reserved = atomic_load(&s->server->reserved_connections);
	int of_role = 0, of_db = 0;
	pthread_mutex_lock(&s->server->lock);
	int all = s->server->nsessions;
	if (role->conn_limit >= 0 || db->conn_limit >= 0)
		for (struct session *o = s->server->first; o != NULL; o = o->next) {
			of_role += o->user_oid == role->o.oid;
			of_db += o != s && o->database_oid == db->o.oid;
		}
	s->user_oid = role->o.oid;
	pthread_mutex_unlock(&s->server->lock);
	if (role->superuser) {
		/* Limits are not for superusers. */
	} else if (all > max - reserved) {
		return err_set(e, ERR_TOO_MANY_CONNECTIONS,
		               "remaining connection slots are reserved for non-replication superuser connections");
	} else if (role->conn_limit >= 0 && of_role >= role->conn_limit) {
		return err_set(e, ERR_TOO_MANY_CONNECTIONS, "too many connections for role \"%s\"", s->user);
	} else if (db->conn_limit >= 0 && of_db >= db->conn_limit) {
		return err_set(e, ERR_TOO_MANY_CONNECTIONS, "too many connections for database \"%s\"", s->database);
	}
	return ERR_OK;
}

static void
open_activity(struct session *s)
{
	s->activity = activity_open();
	if (s->activity == NULL)
		return;
	struct activity_info *a = activity_edit(s->activity);
	a->pid = s->pid;
	a->user_oid = s->user_oid;
	a->database_oid = s->database_oid;
	snprintf(a->user, sizeof a->user, "%s", s->user);
	snprintf(a->database, sizeof a->database, "%s", s->database);
	snprintf(a->application, sizeof a->application, "%s", settings_text(&s->settings, SET_application_name));
	snprintf(a->client, sizeof a->client, "%s", s->conn->local ? "" : s->conn->host);
	a->client_port = s->conn->port;
	a->backend_start = clock_now();
	if (s->conn->tls != NULL) {
		a->tls = true;
		a->tls_bits = tls_bits(s->conn->tls);
		snprintf(a->tls_version, sizeof a->tls_version, "%s", tls_version(s->conn->tls));
		snprintf(a->tls_cipher, sizeof a->tls_cipher, "%s", tls_cipher(s->conn->tls));
	}
	activity_done(s->activity);
}

static int
enter(struct session *s, struct err *e)
{
	struct catalog *c = catalog_current(catalogs_find(s->server->catalogs, 0));
	const struct role *role = catalog_role(c, s->user);
	const struct database *db = catalog_database(c, s->database);
	int rc;

	if (role == NULL)
		rc = err_set(e, ERR_INVALID_AUTHORIZATION_SPECIFICATION, "role \"%s\" does not exist", s->user);
	else if (!role->login)
		rc = err_set(e, ERR_INVALID_AUTHORIZATION_SPECIFICATION, "role \"%s\" is not permitted to log in",
		             s->user);
	else if (db == NULL)
		rc = err_set(e, ERR_UNDEFINED_DATABASE, "database \"%s\" does not exist", s->database);
	else
		rc = session_enter_database(s, db->o.oid, e);
	catalog_release(c);
	return rc;
}

static int
admit(struct session *s, struct err *e)
{
	int rc = enter(s, e);

	if (rc != ERR_OK)
		return rc;
	struct catalog *c = catalog_current(s->catalog);
	const struct role *role = catalog_role(c, s->user);
	const struct database *db = catalog_own_database(c);
	if (role == NULL || db == NULL || strcmp(db->o.name, s->database) != 0)
		rc = err_set(e, ERR_UNDEFINED_DATABASE, "database \"%s\" does not exist", s->database);
	if (rc == ERR_OK)
		rc = check_admission(s, c, role, db, e);
	if (rc == ERR_OK)
		rc = apply_settings(s, c, role, db, e);
	if (rc == ERR_OK) {
		s->role_oid = role->o.oid;
		s->superuser = s->user_superuser = role->superuser;
	}
	catalog_release(c);
	return rc;
}

static enum loop_next
finish(struct session *s)
{
	struct writer *w = &s->conn->out;
	struct err e = { 0 };

	send_auth(w, AUTH_OK, NULL, 0);
	int rc = admit(s, &e);
	if (rc != ERR_OK)
		return session_fatal(s, &e);
	conn_deadline(s->conn, TIMER_LOGIN, 0);
	s->phase = PHASE_READY;
	open_activity(s);
	session_report_settings(s, true);
	send_key(w, s->pid, s->secret);
	if (settings_bool(&s->settings, SET_log_connections))
		log_write(LOG_LOG, "[%d] connection authorized: user=%s database=%s host=%s", s->pid, s->user,
		          s->database, s->conn->host);
	login_done(s);
	session_ready(s);
	return LOOP_READ;
}

/* -- Proofs ------------------------------------------------------------------------------------------- */
static enum loop_next
refuse_password(struct session *s)
{
	struct err e = { 0 };

	err_set(&e, ERR_INVALID_PASSWORD, "password authentication failed for user \"%s\"", s->user);
	return session_fatal(s, &e);
}

/* The stored verifier; false (and a stand-in): there is none that could be matched. */
static bool
find_verifier(struct session *s, struct scram_verifier *ret)
{
	struct catalog *c = catalog_current(catalogs_find(s->server->catalogs, 0));
	const struct role *r = catalog_role(c, s->user);
	bool found = r != NULL && r->password != NULL && r->valid_until > clock_now() &&
	             scram_verifier_parse(r->password, ret);

	catalog_release(c);
	if (!found)
		scram_verifier_mock(s->user, ret);
	return found;
}

static void
ask_sasl(struct session *s)
{
	static const char both[] = "SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0";
	static const char plain[] = "SCRAM-SHA-256\0";
	struct login *l = s->login;

	l->scram.doomed = !find_verifier(s, &l->scram.verifier);
	if (s->conn->tls != NULL)
		l->scram.binding_len = tls_server_end_point(s->conn->tls, l->scram.binding);
	l->scram.tls = l->scram.binding_len > 0;
	l->step = STEP_SASL_FIRST;
	if (l->scram.tls)
		send_auth(&s->conn->out, AUTH_SASL, both, sizeof both);
	else
		send_auth(&s->conn->out, AUTH_SASL, plain, sizeof plain);
}

static int
sasl_first(struct session *s, const struct frame *f, struct err *e)
{
	struct login *l = s->login;
	struct msg_sasl_start m = { 0 };
	struct strbuf answer;

	int rc = msg_sasl_start(f, &m, e);
	if (rc != ERR_OK)
		return rc;
	if (strcmp(m.mechanism, "SCRAM-SHA-256-PLUS") == 0 && l->scram.tls)
		l->scram.plus = true;
	else if (strcmp(m.mechanism, "SCRAM-SHA-256") != 0)
		return err_set(e, ERR_PROTOCOL_VIOLATION, "client selected an invalid SASL authentication mechanism");
	if (m.len < 0) {                /* no initial response: ask for it */
		send_auth(&s->conn->out, AUTH_SASL_CONTINUE, "", 0);
		return ERR_OK;
	}
	strbuf_init(&answer, &s->msg);
	char *text = arena_strndup(&s->msg, m.data == NULL ? "" : m.data, (size_t) m.len);
	rc = scram_first(&l->scram, text, (size_t) m.len, &answer, e);
	if (rc == ERR_OK) {
		send_auth(&s->conn->out, AUTH_SASL_CONTINUE, answer.data, answer.len);
		l->step = STEP_SASL_FINAL;
	}
	return rc;
}

static int
sasl_final(struct session *s, const struct frame *f, bool *ret_match, struct err *e)
{
	struct strbuf answer;

	strbuf_init(&answer, &s->msg);
	char *text = arena_strndup(&s->msg, f->body, f->len);
	int rc = scram_final(&s->login->scram, text, f->len, &answer, ret_match, e);
	if (rc == ERR_OK && *ret_match)
		send_auth(&s->conn->out, AUTH_SASL_FINAL, answer.data, answer.len);
	return rc;
}

static bool
check_password(struct session *s, const char *password)
{
	struct scram_verifier v;
	bool found = find_verifier(s, &v);

	return scram_verifier_check(&v, password) && found;     /* the same work either way */
}

/* A 'p' message. */
static enum loop_next
take_proof(struct session *s, const struct frame *f)
{
	struct err e = { 0 };
	const char *password;
	bool match = false;
	int rc;

	switch (s->login->step) {
	case STEP_PASSWORD:
		rc = msg_query(f, &password, &e);
		if (rc == ERR_OK && *password == '\0')
			rc = err_set(&e, ERR_INVALID_PASSWORD, "empty password returned by client");
		if (rc == ERR_OK)
			return check_password(s, password) ? finish(s) : refuse_password(s);
		break;
	case STEP_SASL_FIRST:
		rc = sasl_first(s, f, &e);
		break;
	case STEP_SASL_FINAL:
		rc = sasl_final(s, f, &match, &e);
		if (rc == ERR_OK)
			return match ? finish(s) : refuse_password(s);
		break;
	}
	return e.code == ERR_OK ? LOOP_READ : session_fatal(s, &e);
}

/* -- Which proof? ---------------------------------------------------------------------------------------- */
static bool
is_member_of(const struct catalog *c, const struct role *r, oid_t group, int depth)
{
	if (r->o.oid == group)
		return true;
	for (int i = 0; i < r->nmember_of && depth > 0; i++) {
		const struct role *up = catalog_role_by_oid(c, r->member_of[i]);
		if (up != NULL && is_member_of(c, up, group, depth - 1))
			return true;
	}
	return false;
}

static bool
hba_is_member(void *arg, const char *group)
{
	enum { DEPTH_MAX = 32 };
	struct session *s = arg;
	struct catalog *c = catalog_current(catalogs_find(s->server->catalogs, 0));
	const struct role *me = catalog_role(c, s->user), *of = catalog_role(c, group);
	bool is = me != NULL && of != NULL && is_member_of(c, me, of->o.oid, DEPTH_MAX);

	catalog_release(c);
	return is;
}

static bool
peer_matches(struct session *s)
{
	struct passwd pw, *found;
	char buf[4096];
	uid_t uid;

	return conn_peer_uid(s->conn, &uid) && getpwuid_r(uid, &pw, buf, sizeof buf, &found) == 0 &&
	       found != NULL && strcmp(found->pw_name, s->user) == 0;
}

static enum loop_next
refuse_host(struct session *s, bool by_rule)
{
	const struct conn *c = s->conn;
	const char *how = c->tls != NULL ? "SSL encryption" : "no encryption";
	struct err e = { 0 };

	if (by_rule)
		err_set(&e, ERR_INVALID_AUTHORIZATION_SPECIFICATION,
		        "pg_hba.conf rejects connection for host \"%s\", user \"%s\", database \"%s\", %s",
		        c->host, s->user, s->database, how);
	else
		err_set(&e, ERR_INVALID_AUTHORIZATION_SPECIFICATION,
		        "no pg_hba.conf entry for host \"%s\", user \"%s\", database \"%s\", %s",
		        c->host, s->user, s->database, how);
	return session_fatal(s, &e);
}

static enum loop_next
authenticate(struct session *s)
{
	const struct hba_client client = {
		.local = s->conn->local, .tls = s->conn->tls != NULL, .peer = &s->conn->peer,
		.user = s->user, .database = s->database, .replication = s->login->startup.replication,
		.is_member = hba_is_member, .arg = s,
	};
	struct err e = { 0 };

	pthread_rwlock_rdlock(&s->server->hba_lock);
	struct hba_answer answer = hba_match(s->server->hba, &client);
	pthread_rwlock_unlock(&s->server->hba_lock);
	switch (answer.method) {
	case HBA_NONE:
	case HBA_REJECT:
		return refuse_host(s, answer.method == HBA_REJECT);
	case HBA_TRUST:
		return finish(s);
	case HBA_PEER:
		if (peer_matches(s))
			return finish(s);
		err_set(&e, ERR_INVALID_AUTHORIZATION_SPECIFICATION, "Peer authentication failed for user \"%s\"", s->user);
		return session_fatal(s, &e);
	case HBA_PASSWORD:
		s->login->step = STEP_PASSWORD;
		send_auth(&s->conn->out, AUTH_PASSWORD, NULL, 0);
		break;
	case HBA_SCRAM:
		ask_sasl(s);
		break;
	}
	s->phase = PHASE_LOGIN;
	return LOOP_READ;
}

/* -- The first packet -------------------------------------------------------------------------------------- */
static int
check_capacity(struct session *s, struct err *e)
{
	int max = atomic_load(&s->server->max_connections);

	if (atomic_load(&s->server->shutdown) != SHUTDOWN_NONE)
		return err_set(e, ERR_CANNOT_CONNECT_NOW, "the database system is shutting down");
	pthread_mutex_lock(&s->server->lock);
	bool full = s->server->nsessions >= max;
	if (!full) {
		s->listed = true;
		s->server->nsessions++;
	}
	pthread_mutex_unlock(&s->server->lock);
	if (full)
		return err_set(e, ERR_TOO_MANY_CONNECTIONS, "sorry, too many clients already");
	return ERR_OK;
}

static enum loop_next
start(struct session *s, const char *packet, size_t len)
{
	struct login *l = login_get(s);
	struct err e = { 0 };

	/* Its texts are needed as long as the login lasts, the buffer will move. */
	const char *copy = arena_dup(&l->arena, packet, len);
	int rc = startup_parse(copy + 4, len - 4, &l->startup, &e);
	if (rc == ERR_OK)
		rc = check_capacity(s, &e);
	if (rc == ERR_OK && l->startup.replication)
		rc = err_unsupported(&e, "the streaming replication protocol", NULL);
	if (rc != ERR_OK)
		return session_fatal(s, &e);
	if (l->startup.negotiate)
		send_negotiate(&s->conn->out, &l->startup);
	s->user = arena_strndup(&s->arena, l->startup.user, strnlen(l->startup.user, 63));
	s->database = arena_strndup(&s->arena, l->startup.database, strnlen(l->startup.database, 63));
	return authenticate(s);
}

static enum loop_next
offer_tls(struct session *s)
{
	struct login *l = login_get(s);
	struct conn *c = s->conn;
	struct err e = { 0 };
	bool yes = tls_enabled() && !c->local && c->tls == NULL && !l->tls_asked;

	if (l->tls_asked || c->tls != NULL) {
		err_set(&e, ERR_PROTOCOL_VIOLATION, "unsupported frontend protocol 1234.5679: server supports 3.0 to 3.0");
		return session_fatal(s, &e);
	}
	l->tls_asked = true;
	if (conn_left(c) > 0) {         /* bytes sent before the handshake may be an attacker's */
		err_set(&e, ERR_PROTOCOL_VIOLATION, "received unencrypted data after SSL request");
		err_detail(&e, "This could be either a client-software bug or evidence of an attempted "
		           "man-in-the-middle attack.");
		return session_fatal(s, &e);
	}
	if (!conn_send(c, yes ? "S" : "N", 1))
		return LOOP_CLOSE;
	if (yes) {
		c->tls = tls_new(c->fd);
		if (c->tls == NULL)
			return LOOP_CLOSE;
		s->phase = PHASE_TLS;
	}
	return LOOP_READ;
}

/* LOOP_READ: go on, or wait for more when *ret_more is set. */
static enum loop_next
first_packet(struct session *s, bool *ret_more)
{
	struct conn *c = s->conn;
	struct request q = { 0 };
	struct err e = { 0 };
	size_t len;

	*ret_more = true;
	if (conn_left(c) < 4)
		return LOOP_READ;
	len = request_length(conn_bytes(c));
	if (len == 0) {
		err_set(&e, ERR_PROTOCOL_VIOLATION, "invalid length of startup packet");
		return session_fatal(s, &e);
	}
	if (conn_left(c) < len)
		return LOOP_READ;
	*ret_more = false;
	const char *packet = conn_bytes(c);
	conn_take(c, len);
	if (request_parse(packet, len, &q, &e) != ERR_OK)
		return session_fatal(s, &e);
	switch (q.kind) {
	case REQUEST_CANCEL:
		if (q.key_len == 4)
			(void) server_cancel(s->server, q.pid, q.key, false);
		return LOOP_CLOSE;      /* no answer, whatever happened */
	case REQUEST_GSS:
		if (login_get(s)->gss_asked)
			return LOOP_CLOSE;
		s->login->gss_asked = true;
		return conn_send(c, "N", 1) ? LOOP_READ : LOOP_CLOSE;
	case REQUEST_TLS:
		return offer_tls(s);
	case REQUEST_START:
		break;
	}
	return start(s, packet, len);
}

static enum loop_next
handshake(struct session *s)
{
	const char *why = "";

	switch (tls_accept(s->conn->tls, &why)) {
	case 1:
		s->phase = PHASE_REQUEST;
		return LOOP_READ;
	case TLS_WANT_READ:
		return LOOP_READ;
	case TLS_WANT_WRITE:
		return LOOP_WRITE;
	default:
		log_write(LOG_LOG, "could not accept SSL connection from %s: %s", s->conn->host, why);
		return LOOP_CLOSE;
	}
}

static enum loop_next
next_proof(struct session *s, bool *ret_more)
{
	struct frame f;
	struct err e = { 0 };
	int got = frame_parse(conn_bytes(s->conn), conn_left(s->conn), false, FRAME_AUTH_MAX, &f, &e);

	*ret_more = got == 0;
	if (got < 0)
		return session_fatal(s, &e);
	if (got == 0)
		return LOOP_READ;
	conn_take(s->conn, FRAME_HEADER + f.len);
	return f.type == 'p' ? take_proof(s, &f) : LOOP_CLOSE;
}

enum loop_next
login_run(struct session *s)
{
	struct conn *c = s->conn;

	for (;;) {
		enum loop_next next;
		bool more = true;
		if (s->phase == PHASE_READY)
			return LOOP_READ;
		if (s->phase == PHASE_TLS) {
			next = handshake(s);
			if (next != LOOP_READ || s->phase == PHASE_TLS)
				return next;
			continue;
		}
		next = s->phase == PHASE_REQUEST ? first_packet(s, &more) : next_proof(s, &more);
		if (next != LOOP_READ)
			return next;
		writer_flush(&c->out);
		if (!more)
			continue;
		int n = conn_fill(c);
		if (n <= 0)
			return n == 0 ? LOOP_READ : LOOP_CLOSE;
	}
}
