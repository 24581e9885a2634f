/* maintainer.c - automatic ANALYZE: a session without a client, now and then.
 *
 * It is a session like others, so that its locks and transactions are seen; its connection is
 * never read, and what would be sent is thrown away. */
#include "config.h"
#include "pgwire/session/maintainer.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/type/datetime.h"
#include "pgwire/session/session.h"

enum { BATCH = 64 };

static struct {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool started, stop;
	struct server *server;
	struct session *session;
} m = { .lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER };

static bool
throw_away(void *arg UNUSED, struct strbuf *out UNUSED)
{
	return true;
}

static bool
open_session(struct server *server)
{
	const struct sockaddr_storage nobody = { .ss_family = AF_UNIX };
	struct conn *c = conn_new(NULL, -1, &nobody, sizeof nobody.ss_family);

	if (c == NULL)
		return false;
	strbuf_init(&c->out.out, NULL);
	c->out.flush = throw_away;
	struct session *s = session_new(server, c);
	if (s == NULL) {
		conn_unref(c);
		return false;
	}
	s->user = s->database = arena_strdup(&s->arena, "");
	s->quiet = true;
	s->user_oid = s->role_oid = OID_BOOTSTRAP_ROLE;
	s->superuser = s->user_superuser = true;
	s->actor = lock_actor_new(store_locks(server->store), s->pid, &s->cancel);
	s->session_locks = lock_owner_new(s->actor);
	s->sequences = sequence_cache_new(server->catalog);
	m.session = s;
	return true;
}

static int
analyze(struct ddl_env *env, void *arg, struct err *e)
{
	const struct relation *r = catalog_relation_by_oid(env->exec->catalog, *(oid_t *) arg);

	return r == NULL ? ERR_OK : ddl_analyze(env, r, e);
}

static void
analyze_one(struct session *s, oid_t oid)
{
	ARENA_AUTO struct arena a = { 0 };
	struct err e = { 0 };

	s->stmt_now = clock_now();
	int rc = tx_begin(s, &e);
	if (rc == ERR_OK)
		rc = session_ddl(s, &a, analyze, &oid, &e);
	if (rc == ERR_OK)
		rc = tx_end_command(s, &e);
	if (rc != ERR_OK) {
		tx_abandon(s);
		if (rc != ERR_QUERY_CANCELED && rc != ERR_ADMIN_SHUTDOWN)
			log_write(LOG_WARNING, "automatic analyze of relation %u: %s", oid, e.message);
	}
	arena_reset(&s->msg);
}

static bool
is_stopped(void)
{
	pthread_mutex_lock(&m.lock);
	bool stop = m.stop;
	pthread_mutex_unlock(&m.lock);
	return stop;
}

static void
round_of_work(struct session *s)
{
	oid_t due[BATCH];

	(void) settings_follow_base(&s->settings);
	if (!settings_bool(&s->settings, SET_autovacuum))
		return;
	int n = ddl_analyze_due(s->server->catalog, due, BATCH);
	for (int i = 0; i < n && !is_stopped(); i++)
		analyze_one(s, due[i]);
}

static void *
work(void *arg UNUSED)
{
	struct session *s = m.session;

	pthread_mutex_lock(&m.lock);
	while (!m.stop) {
		struct timespec until;
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += settings_int(&s->settings, SET_autovacuum_naptime);
		(void) pthread_cond_timedwait(&m.wake, &m.lock, &until);
		if (m.stop)
			break;
		pthread_mutex_unlock(&m.lock);
		round_of_work(s);
		pthread_mutex_lock(&m.lock);
	}
	pthread_mutex_unlock(&m.lock);
	return NULL;
}

int
maintainer_start(struct server *server, struct err *e)
{
	m.server = server;
	if (!open_session(server))
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	m.session->stmt_now = clock_now();
	if (temp_drop_leftovers(m.session, e) != ERR_OK)
		return e->code;
	int rc = pthread_create(&m.thread, NULL, work, NULL);
	if (rc != 0)
		return err_set(e, ERR_SYSTEM_ERROR, "could not start a thread: %s", strerror(rc));
	m.started = true;
	return ERR_OK;
}

void
maintainer_stop(void)
{
	if (!m.started)
		return;
	pthread_mutex_lock(&m.lock);
	m.stop = true;
	pthread_cond_signal(&m.wake);
	pthread_mutex_unlock(&m.lock);
	__atomic_store_n(&m.session->cancel, LOCK_CANCEL_ADMIN, __ATOMIC_RELEASE);
	lock_cancel_wake(m.session->actor);
	pthread_join(m.thread, NULL);
	struct conn *c = m.session->conn;
	session_close(c);
	conn_unref(c);
}
