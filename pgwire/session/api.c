/* api.c - what functions may ask of their session (session_api.h). */
#include "config.h"
#include "pgwire/session/session.h"

#include <string.h>

#include "pgwire/session/portal.h"

/* -- Who and where --------------------------------------------------------------------------------- */
static const char *
role_name(struct session *s, oid_t oid)
{
	struct catalog *c = session_catalog(s);
	const struct role *r = catalog_role_by_oid(c, oid);
	/* The text must outlive the snapshot. */
	const char *name = arena_strdup(&s->msg, r != NULL ? r->o.name : s->user);

	catalog_release(c);
	return name;
}

static const char *
api_current_user(void *self)
{
	struct session *s = self;

	return role_name(s, s->role_oid);
}

static const char *
api_session_user(void *self)
{
	struct session *s = self;

	return role_name(s, s->user_oid);
}

static const char *
api_database(void *self)
{
	return ((struct session *) self)->database;
}

static const char *
api_current_schema(void *self)
{
	struct session *s = self;
	const oid_t *path;
	int n = session_search_path(s, false, &path);
	const char *name = NULL;

	if (n == 0)
		return NULL;
	struct catalog *c = session_catalog(s);
	const struct schema *schema = catalog_schema_by_oid(c, path[0]);
	if (schema != NULL)
		name = arena_strdup(&s->msg, schema->o.name);
	catalog_release(c);
	return name;
}

static int
api_pid(void *self)
{
	return ((struct session *) self)->pid;
}

static const char *
api_client_addr(void *self)
{
	const struct conn *c = ((struct session *) self)->conn;

	return c->local ? NULL : c->host;
}

static int
api_client_port(void *self)
{
	return ((struct session *) self)->conn->port;
}

static const char *
api_server_addr(void *self, int *ret_port)
{
	const struct conn *c = ((struct session *) self)->conn;

	*ret_port = c->own_port;
	return c->own_host[0] == '\0' ? NULL : c->own_host;
}

static const char *
api_running(void *self)
{
	return ((struct session *) self)->running;
}

static const char *
api_application_name(void *self)
{
	return settings_text(&((struct session *) self)->settings, SET_application_name);
}

static uint64_t
api_txid(void *self)
{
	struct session *s = self;
	struct err ignored = { 0 };

	if (s->txn == NULL)
		return 0;
	if (txn_announce(s->txn, &ignored) != ERR_OK)
		log_write(LOG_WARNING, "%s", ignored.message); /* the number is right all the same */
	return txn_id(s->txn);
}

static uint64_t
api_txid_written(void *self)
{
	struct session *s = self;

	return s->txn != NULL && txn_has_writes(s->txn) ? api_txid(self) : 0;
}

static int
api_export_snapshot(void *self, const char **ret, struct err *e)
{
	struct session *s = self;
	char name[TXN_SNAPSHOT_NAME];

	if (s->level > 0)
		return err_set(e, ERR_ACTIVE_SQL_TRANSACTION, "cannot export a snapshot from a subtransaction");
	int rc = txn_snapshot_export(s->txn, name, e);
	if (rc == ERR_OK)
		*ret = arena_strdup(&s->msg, name);
	return rc;
}

static uint64_t *
api_random(void *self)
{
	return ((struct session *) self)->random;
}

/* -- Settings ------------------------------------------------------------------------------------------ */
static int
api_setting_get(void *self, const char *name, bool missing_ok, const char **ret, struct err *e)
{
	struct session *s = self;
	struct err mine = { 0 };
	struct strbuf text;
	int id = settings_id(&s->settings, name, missing_ok ? &mine : e);

	if (id < 0) {
		*ret = NULL;
		return missing_ok ? ERR_OK : e->code;
	}
	if (id < SETTING_COUNT && (setting_at((enum setting_id) id)->flags & SF_SECRET) != 0 && !s->superuser)
		return err_set(e, ERR_INSUFFICIENT_PRIVILEGE,
		               "must be superuser or have privileges of pg_read_all_settings to examine \"%s\"",
		               settings_name(&s->settings, id));
	strbuf_init(&text, &s->msg);
	settings_show(&s->settings, id, &text);
	*ret = text.data;
	return ERR_OK;
}

static int
api_setting_set(void *self, const char *name, const char *value, bool local, struct err *e)
{
	return session_set(self, name, value, local, e);
}

static const struct settings *
api_settings(void *self)
{
	return &((struct session *) self)->settings;
}

/* -- Sequences -------------------------------------------------------------------------------------------- */
static const struct relation *
find_sequence(const struct catalog *c, oid_t oid, struct err *e)
{
	const struct relation *r = catalog_relation_by_oid(c, oid);

	if (r == NULL || r->kind != REL_SEQUENCE) {
		err_set(e, ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a sequence", r != NULL ? r->o.name : "");
		return NULL;
	}
	return r;
}

static int
check_writable(const struct session *s, const char *what, struct err *e)
{
	if (settings_bool(&s->settings, SET_transaction_read_only))
		return err_set(e, ERR_READ_ONLY_SQL_TRANSACTION, "cannot execute %s in a read-only transaction", what);
	return ERR_OK;
}

/* ALTER SEQUENCE holds others off until it commits. */
static int
lock_sequence(struct session *s, oid_t oid, struct err *e)
{
	bool changed;

	return s->unit == NULL ? ERR_OK
	                       : table_lock(s->unit, oid, NULL, LOCK_ROW_EXCLUSIVE, LOCK_WAIT, &changed, e);
}

static int
api_nextval(void *self, oid_t oid, int64_t *ret, struct err *e)
{
	struct session *s = self;
	int rc = check_writable(s, "nextval()", e);

	if (rc == ERR_OK)
		rc = lock_sequence(s, oid, e);
	if (rc != ERR_OK)
		return rc;
	struct catalog *c = session_catalog(s);
	const struct relation *r = find_sequence(c, oid, e);
	rc = r == NULL ? e->code : access_check_sequence(s, c, r, "Uw", e);
	if (rc == ERR_OK)
		rc = sequence_nextval(s->sequences, r, ret, e);
	catalog_release(c);
	return rc;
}

static int
api_currval(void *self, oid_t oid, int64_t *ret, struct err *e)
{
	struct session *s = self;
	struct catalog *c = session_catalog(s);
	const struct relation *r = find_sequence(c, oid, e);
	int rc = r == NULL ? e->code : access_check_sequence(s, c, r, "rU", e);

	if (rc == ERR_OK)
		rc = sequence_currval(s->sequences, r, ret, e);

	catalog_release(c);
	return rc;
}

static int
api_setval(void *self, oid_t oid, int64_t v, bool called, struct err *e)
{
	struct session *s = self;
	int rc = check_writable(s, "setval()", e);

	if (rc == ERR_OK)
		rc = lock_sequence(s, oid, e);
	if (rc != ERR_OK)
		return rc;
	struct catalog *c = session_catalog(s);
	const struct relation *r = find_sequence(c, oid, e);
	rc = r == NULL ? e->code : access_check_sequence(s, c, r, "w", e);
	if (rc == ERR_OK)
		rc = sequence_setval(s->sequences, r, v, called, e);
	catalog_release(c);
	return rc;
}

static int
api_lastval(void *self, int64_t *ret, struct err *e)
{
	return sequence_lastval(((struct session *) self)->sequences, ret, e);
}

static int
api_sequence_state(void *self, oid_t oid, int64_t *ret_last, bool *ret_called, struct err *e)
{
	struct session *s = self;
	struct catalog *c = session_catalog(s);
	const struct relation *r = find_sequence(c, oid, e);
	struct sequence_state state;
	int rc = r == NULL ? e->code : sequence_read(s->catalog, r, &state, e);

	if (rc == ERR_OK) {
		*ret_last = state.last_value;
		*ret_called = state.is_called;
	}
	catalog_release(c);
	return rc;
}

/* -- Advisory locks --------------------------------------------------------------------------------------- */
static struct lock_key
advisory_key(int64_t key, bool two_keys, struct lock_advisory *bytes)
{
	*bytes = (struct lock_advisory) { .key = key, .two_keys = two_keys };
	return (struct lock_key) { .space = LOCK_ADVISORY, .bytes = bytes, .len = sizeof *bytes };
}

static enum lock_mode
advisory_mode(char mode)
{
	return mode == 'x' ? LOCK_EXCLUSIVE : LOCK_TABLE_SHARE;
}

static int
api_advisory_lock(void *self, int64_t key, bool two_keys, char mode, bool try_only, bool xact, bool *ret_got,
                  struct err *e)
{
	struct session *s = self;
	struct lock_advisory bytes;
	const struct lock_key k = advisory_key(key, two_keys, &bytes);
	const struct lock_how how = {
		.policy = try_only ? LOCK_SKIP : LOCK_WAIT,
		.lock_timeout_ms = (unsigned) settings_int(&s->settings, SET_lock_timeout),
		.deadlock_timeout_ms = (unsigned) settings_int(&s->settings, SET_deadlock_timeout),
	};
	enum lock_result got;

	int rc = lock_acquire(xact ? txn_locks(s->txn) : s->session_locks, &k, advisory_mode(mode), &how, &got, e);
	if (rc == ERR_OK)
		*ret_got = got != LOCK_NOT_GRANTED;
	return rc;
}

static int
api_advisory_unlock(void *self, int64_t key, bool two_keys, char mode, bool all, bool *ret_had, struct err *e)
{
	struct session *s = self;
	struct lock_advisory bytes;

	(void) e;
	if (all) {
		lock_release_all(s->session_locks);
		*ret_had = true;
		return ERR_OK;
	}
	const struct lock_key k = advisory_key(key, two_keys, &bytes);
	*ret_had = lock_release(s->session_locks, &k, advisory_mode(mode));
	if (!*ret_had)
		session_notice(s, LOG_WARNING, ERR_WARNING, "you don't own a lock of type %s",
		               mode == 'x' ? "ExclusiveLock" : "ShareLock");
	return ERR_OK;
}

/* -- Others -------------------------------------------------------------------------------------------------- */
static int
api_cancel_backend(void *self, int pid, bool terminate, bool *ret, struct err *e)
{
	struct session *s = self;
	struct session *other;
	bool may = s->superuser, found = false, super = false;

	pthread_mutex_lock(&s->server->lock);
	for (other = s->server->first; other != NULL; other = other->next)
		if (other->pid == pid && other->phase == PHASE_READY) {
			found = true;
			may |= other->user_oid == s->role_oid;
			super = other->user_superuser;
		}
	pthread_mutex_unlock(&s->server->lock);
	if (!found) {
		session_notice(s, LOG_WARNING, ERR_WARNING, "PID %d is not a PostgreSQL server process", pid);
		*ret = false;
		return ERR_OK;
	}
	if (!may && super)
		return err_set(e, ERR_INSUFFICIENT_PRIVILEGE, "must be a superuser to %s superuser %s",
		               terminate ? "terminate" : "cancel", terminate ? "process" : "query");
	if (!may)
		return err_set(e, ERR_INSUFFICIENT_PRIVILEGE,
		               "must be a member of the role whose %s is being %s or member of pg_signal_backend",
		               terminate ? "process" : "query", terminate ? "terminated" : "canceled");
	*ret = server_cancel(s->server, pid, NULL, terminate);
	return ERR_OK;
}

static void
api_notice(void *self, int level, const struct err *what)
{
	struct session *s = self;

	/* A message must not be cut in two by another. */
	if (!s->quiet && !s->conn->out.open)
		session_report(s, (enum log_level) level, what);
}

static int
api_notify(void *self, const char *channel, const char *payload, struct err *e)
{
	return notify_queue(self, channel, payload, e);
}

struct session_memory {
	struct session_memory *next;
	const char *user;
	uint64_t bytes[];               /* as the arena aligns */
};

static void *
api_memory(void *self, const char *user, size_t size)
{
	struct session *s = self;
	struct session_memory *m = s->memory;

	while (m != NULL && strcmp(m->user, user) != 0)
		m = m->next;
	if (m == NULL) {
		m = arena_alloc(&s->arena, sizeof *m + size);
		if (s->arena.failed)
			return NULL;
		memset(m->bytes, 0, size);
		m->next = s->memory;
		m->user = user;
		s->memory = m;
	}
	return m->bytes;
}

static bool
api_cursor_at(void *self, int n, struct session_cursor *ret)
{
	const struct session *s = self;
	const struct portal *p = s->portals;

	for (int i = 0; p != NULL; p = p->next)
		if (p->cursor && i++ == n)
			break;
	if (p == NULL)
		return false;
	*ret = (struct session_cursor) {
		.name = p->name, .text = p->text, .hold = p->hold, .binary = p->binary,
		.scroll = p->scroll || (!p->no_scroll && p->a->stmt->query->row_marks.n == 0), .created = p->created,
	};
	return true;
}

static bool
api_prepared_at(void *self, int n, struct session_prepared *ret)
{
	const struct session *s = self;
	const struct prepared *p = s->prepared;

	for (int i = 0; p != NULL && i < n; i++)
		p = p->next;
	if (p == NULL)
		return false;
	*ret = (struct session_prepared) {
		.name = p->name, .text = p->shown_text != NULL ? p->shown_text : p->text,
		.ntypes = p->a != NULL ? p->a->nparams : p->ndeclared,
		.types = p->a != NULL ? p->a->param_oids : p->declared,
		.from_sql = p->from_sql, .created = p->created, .custom = p->ncustom,
	};
	return true;
}

void
session_api_init(struct session *s)
{
	s->api = (struct session_api) {
		.self = s,
		.current_user = api_current_user, .session_user = api_session_user, .database = api_database,
		.show_sql = session_show_sql,
		.show_body = session_show_body,
		.current_schema = api_current_schema, .search_path = session_search_path,
		.setting_get = api_setting_get, .setting_set = api_setting_set,
		.memory = api_memory, .pid = api_pid,
		.client_addr = api_client_addr, .client_port = api_client_port,
		.server_addr = api_server_addr, .running = api_running,
		.application_name = api_application_name,
		.nextval = api_nextval, .currval = api_currval, .setval = api_setval, .lastval = api_lastval,
		.sequence_state = api_sequence_state,
		.cursor_row = session_cursor_row, .cursor_at = api_cursor_at, .prepared_at = api_prepared_at,
		.advisory_lock = api_advisory_lock, .advisory_unlock = api_advisory_unlock,
		.cancel_backend = api_cancel_backend, .notice = api_notice, .run_sql = session_run_sql,
		.call_function = session_call_function,
		.txid = api_txid, .txid_written = api_txid_written, .view_writes = session_view_writes, .export_snapshot = api_export_snapshot,
		.random_state = api_random, .settings = api_settings, .notify = api_notify,
	};
}
