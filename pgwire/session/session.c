/* session.c - a session's beginning and end. */
#include "config.h"
#include "pgwire/session/session.h"

#include <stdlib.h>
#include <string.h>

#include "core/type/datetime.h"
#include "pgwire/net/scram.h"
#include "pgwire/session/portal.h"
#include "pgwire/session/process.h"

struct session *
session_new(struct server *server, struct conn *c)
{
	struct session *s = calloc(1, sizeof *s);

	if (s == NULL || !net_random(&s->secret, sizeof s->secret)) {
		free(s);
		return NULL;
	}
	s->server = server;
	s->conn = c;
	c->session = s;
	c->cancel = &s->cancel;
	s->phase = PHASE_REQUEST;
	settings_init(&s->settings, &server->settings);
	session_api_init(s);
	names_init(s);
	tx_init(s);
	pthread_mutex_lock(&server->lock);
	s->pid = server->next_pid++;
	if (server->next_pid < 2)
		server->next_pid = 2;
	s->next = server->first;
	if (server->first != NULL)
		server->first->prev = s;
	server->first = s;
	pthread_mutex_unlock(&server->lock);
	return s;
}

bool
session_open(struct conn *c)
{
	if (session_new(&the_server, c) == NULL)
		return false;
	conn_deadline(c, TIMER_LOGIN, conn_clock() + (int64_t) atomic_load(&the_server.login_timeout_s) * 1000000);
	return true;
}

static bool
throw_away(void *arg UNUSED, struct strbuf *out UNUSED)
{
	return true;
}

/* With the lock nobody drops or renames the database; then the session is in the server's list, for who
 * wants to drop it to see. */
int
session_enter_database(struct session *s, oid_t database, struct err *e)
{
	const struct lock_key key = { .space = LOCK_SHARED_OBJECT, .object = database };
	const struct lock_how how = { .what = "database" };
	enum lock_result got;

	s->actor = lock_actor_new(store_locks(s->server->store), s->pid, &s->cancel);
	s->session_locks = lock_owner_new(s->actor, 0);
	int rc = lock_acquire(s->session_locks, &key, LOCK_ROW_EXCLUSIVE, &how, &got, e);
	if (rc != ERR_OK)
		return rc;
	s->catalog = catalogs_find(s->server->catalogs, database);
	if (s->catalog == NULL) {
		err_set(e, ERR_UNDEFINED_DATABASE, "database \"%s\" does not exist", s->database);
		return err_detail(e, "It seems to have just been dropped or renamed.");
	}
	pthread_mutex_lock(&s->server->lock);
	s->database_oid = database;
	pthread_mutex_unlock(&s->server->lock);
	lock_release_all(s->session_locks);
	lock_actor_enter(s->actor, database);
	s->sequences = sequence_cache_new(s->catalog);
	return ERR_OK;
}

int
session_new_internal(struct server *server, oid_t database, struct session **ret, struct err *e)
{
	const struct sockaddr_storage nobody = { .ss_family = AF_UNIX };
	struct conn *c = conn_new(NULL, -1, &nobody, sizeof nobody.ss_family);

	if (c == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	strbuf_init(&c->out.out, NULL);
	c->out.flush = throw_away;
	struct session *s = session_new(server, c);
	if (s == NULL) {
		conn_unref(c);
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	}
	s->user = s->database = arena_strdup(&s->arena, "");
	s->internal = s->quiet = true;
	s->user_oid = s->role_oid = OID_BOOTSTRAP_ROLE;
	s->superuser = s->user_superuser = true;
	s->stmt_now = clock_now();
	int rc = session_enter_database(s, database, e);
	if (rc == ERR_OK)
		*ret = s;
	else
		session_end_internal(s);
	return rc;
}

void
session_end_internal(struct session *s)
{
	struct conn *c = s->conn;

	session_close(c);
	conn_unref(c);
}

static void
unlist(struct session *s)
{
	struct server *server = s->server;

	pthread_mutex_lock(&server->lock);
	if (s->prev != NULL)
		s->prev->next = s->next;
	else
		server->first = s->next;
	if (s->next != NULL)
		s->next->prev = s->prev;
	if (s->listed)
		server->nsessions--;
	pthread_mutex_unlock(&server->lock);
}

/* Temporary objects go with their session. */
static void
drop_temp(struct session *s)
{
	struct err e = { 0 };

	if (s->temp_schema == 0 || s->phase != PHASE_READY)
		return;
	__atomic_store_n(&s->cancel, LOCK_CANCEL_NONE, __ATOMIC_RELEASE);
	s->stmt_now = clock_now();
	int rc = tx_begin(s, &e);
	if (rc == ERR_OK)
		rc = session_drop_temp(s, &e);
	if (rc == ERR_OK)
		rc = tx_end_command(s, &e);
	if (rc != ERR_OK) {
		tx_abandon(s);
		log_write(LOG_WARNING, "[%d] could not drop temporary objects: %s", s->pid, e.message);
	}
}

void
session_close(struct conn *c)
{
	struct session *s = c->session;

	if (s == NULL)
		return;
	tx_abandon(s);
	drop_temp(s);
	portals_drop_all(s);
	prepared_drop_all(s);
	notify_done(s);
	unlist(s);                      /* nobody can cancel it any more */
	c->session = NULL;
	c->cancel = NULL;
	if (s->session_locks != NULL)
		lock_owner_done(&s->session_locks);
	if (s->actor != NULL)
		lock_actor_done(&s->actor);
	if (s->sequences != NULL)
		sequence_cache_done(&s->sequences);
	activity_close(&s->activity);
	if (s->phase == PHASE_READY && settings_bool(&s->settings, SET_log_disconnections))
		log_write(LOG_LOG, "[%d] disconnection: user=%s database=%s host=%s", s->pid, s->user, s->database,
		          c->host);
	login_done(s);
	temp_forget(s);
	settings_done(&s->settings);
	arena_done(&s->ddl_arena);
	arena_done(&s->msg);
	arena_done(&s->arena);
	free(s);
}
