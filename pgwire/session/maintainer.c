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
	struct settings settings;       /* the thread's view of the base */
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

/* The session of the database at hand: maintainer_stop() interrupts it. */
static void
work_in(struct session *s)
{
	pthread_mutex_lock(&m.lock);
	m.session = s;
	if (s != NULL && m.stop)
		__atomic_store_n(&s->cancel, LOCK_CANCEL_ADMIN, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&m.lock);
}

static int
analyze_database(oid_t database, struct err *e)
{
	struct session *s;
	oid_t due[BATCH];

	int rc = session_new_internal(m.server, database, &s, e);
	if (rc != ERR_OK)
		return rc;
	work_in(s);
	int n = ddl_analyze_due(s->catalog, due, BATCH);
	for (int i = 0; i < n && __atomic_load_n(&s->cancel, __ATOMIC_ACQUIRE) == LOCK_CANCEL_NONE; i++)
		analyze_one(s, due[i]);
	work_in(NULL);
	session_end_internal(s);
	return ERR_OK;
}

static void
round_of_work(void)
{
	oid_t *databases;
	struct err e = { 0 };

	(void) settings_follow_base(&m.settings);
	if (!settings_bool(&m.settings, SET_autovacuum))
		return;
	int n = server_databases(m.server, &databases);
	for (int i = 0; i < n && !is_stopped(); i++) {
		err_init(&e);
		(void) analyze_database(databases[i], &e);      /* it may have been dropped */
	}
	free(databases);
}

static void *
work(void *arg UNUSED)
{
	pthread_mutex_lock(&m.lock);
	while (!m.stop) {
		struct timespec until;
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += settings_int(&m.settings, SET_autovacuum_naptime);
		(void) pthread_cond_timedwait(&m.wake, &m.lock, &until);
		if (m.stop)
			break;
		pthread_mutex_unlock(&m.lock);
		round_of_work();
		pthread_mutex_lock(&m.lock);
	}
	pthread_mutex_unlock(&m.lock);
	return NULL;
}

/* What sessions of a server that crashed have left. */
static int
drop_leftovers(struct server *server, struct err *e)
{
	oid_t *databases;
	int n = server_databases(server, &databases), rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < n; i++) {
		struct session *s;

		rc = session_new_internal(server, databases[i], &s, e);
		if (rc != ERR_OK)
			break;
		rc = temp_drop_leftovers(s, e);
		session_end_internal(s);
	}
	free(databases);
	return rc;
}

int
maintainer_start(struct server *server, struct err *e)
{
	m.server = server;
	if (drop_leftovers(server, e) != ERR_OK)
		return e->code;
	settings_init(&m.settings, &server->settings);
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
	if (m.session != NULL) {
		__atomic_store_n(&m.session->cancel, LOCK_CANCEL_ADMIN, __ATOMIC_RELEASE);
		lock_cancel_wake(m.session->actor);
	}
	pthread_mutex_unlock(&m.lock);
	pthread_join(m.thread, NULL);
	settings_done(&m.settings);
}
