/* maintainer.c - automatic ANALYZE: a session without a client, now and then. */
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
	if (session_new_internal(server, &m.session, e) != ERR_OK)
		return e->code;
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
	session_end_internal(m.session);
}
