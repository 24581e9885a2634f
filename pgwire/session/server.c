/* server.c - opening the database, starting the workers, reloading, ending. */
#include "config.h"
#include "pgwire/session/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "core/access/row.h"
#include "core/base/activity.h"
#include "core/catalog/draft.h"
#include "core/syscat/syscat.h"
#include "core/type/datetime.h"
#include "pgwire/net/hba.h"
#include "pgwire/net/scram.h"
#include "pgwire/net/tls.h"
#include "pgwire/session/process.h"
#include "pgwire/session/session.h"
#include "translate/graph/graph.h"

struct server the_server = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.hba_lock = PTHREAD_RWLOCK_INITIALIZER,
	.next_pid = 2,
};

/* -- Opening -------------------------------------------------------------------------------------- */
static struct store_options
store_settings(const struct settings *s)
{
	const int64_t MB = 1 << 20;
	bool given = settings_source(s, SET_shared_buffers) != SOURCE_DEFAULT;

	return (struct store_options) {
		.cache_size = given ? (uint64_t) settings_int(s, SET_shared_buffers) * 8192 : 0,    /* 0: by the machine's memory */
		.checkpoint_log_bytes = (uint64_t) (settings_int(s, SET_max_wal_size) * MB),
		.checkpoint_seconds = (unsigned) settings_int(s, SET_checkpoint_timeout),
		.lock_memory_limit = (uint64_t) (settings_int(s, SET_max_locks_memory) * MB),
		.min_free_space = (uint64_t) (settings_int(s, SET_min_free_space) * MB),
		.engine_sessions = (unsigned) settings_int(s, SET_engine_sessions),
	};
}

static void
register_all(void)
{
	static bool done;

	if (done)
		return;
	done = true;
	vars_init();
	catalog_set_layout_maker(row_layouts_make);
	syscat_register();
	graph_register();
	session_register_funcs();
	verify_register_funcs();
}

/* -- Files that no catalog names: left by a crash --------------------------------------------------- */
static void
add_file(struct server_files *k, uint32_t file)
{
	if (file == 0)
		return;
	if (k->n == k->cap) {
		k->cap = k->cap == 0 ? 256 : k->cap * 2;
		k->at = realloc(k->at, (size_t) k->cap * sizeof *k->at);
		if (k->at == NULL)
			abort();
	}
	k->at[k->n++] = file;
}

static void
add_files(void *arg, struct catalog *c)
{
	for (int i = 0; i < catalog_count(c, OBJ_RELATION); i++) {
		const struct relation *r = (const struct relation *) catalog_at(c, OBJ_RELATION, i);
		add_file(arg, r->index != NULL ? r->index->file : r->file);
	}
	catalog_release(c);
}

static int
by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The catalogs are taken when the first is asked for. */
bool
server_file_is_named(void *arg, uint32_t file)
{
	struct server_files *k = arg;

	if (file < STORE_FILE_FIRST)
		return true;
	if (!k->taken) {
		catalogs_each(k->server->catalogs, add_files, k);
		if (k->n > 0)
			qsort(k->at, (size_t) k->n, sizeof *k->at, by_number);
		k->taken = true;
	}
	return k->n > 0 && bsearch(&file, k->at, (size_t) k->n, sizeof *k->at, by_number) != NULL;
}

void
server_files_done(struct server_files *files)
{
	free(files->at);
	*files = (struct server_files) { .server = files->server };
}

int
server_databases(struct server *s, oid_t **ret)
{
	struct catalog *c = catalog_current(catalogs_find(s->catalogs, 0));
	int n = catalog_count(c, OBJ_DATABASE);
	oid_t *to = calloc((size_t) n + 1, sizeof *to);

	if (to == NULL)
		abort();
	for (int i = 0; i < n; i++)
		to[i] = catalog_at(c, OBJ_DATABASE, i)->oid;
	catalog_release(c);
	*ret = to;
	return n;
}

static int
sweep(struct server *s, struct err *e)
{
	struct server_files files = { .server = s };

	int rc = store_files_sweep(s->store, server_file_is_named, &files, e);
	server_files_done(&files);
	return rc;
}

int
server_open_store(struct server *s, struct err *e)
{
	const struct store_options o = store_settings(&s->settings);

	register_all();
	return store_open(s->data_dir, &o, &s->store, e);
}

int
server_open_catalog(struct server *s, struct err *e)
{
	int rc = catalogs_open(s->store, NULL, &s->catalogs, e);

	return rc == ERR_OK ? sweep(s, e) : rc;
}

int
server_open(struct server *s, struct err *e)
{
	int rc = server_open_store(s, e);

	return rc == ERR_OK ? server_open_catalog(s, e) : rc;
}

void
server_close(struct server *s)
{
	struct err e = { 0 };

	if (s->catalogs != NULL)
		catalogs_close(&s->catalogs);
	if (s->store != NULL && store_close(&s->store, &e) != ERR_OK)
		log_write(LOG_WARNING, "closing the store: %s", e.message);
}

/* -- Bootstrap ---------------------------------------------------------------------------------------- */
static int
set_password(struct server *s, const char *password, struct err *e)
{
	ARENA_AUTO struct arena a = { 0 };
	TXN_AUTO struct txn *txn = NULL;
	struct draft *d = NULL;
	struct strbuf verifier;
	const struct txn_options o = { .isolation = TXN_READ_COMMITTED };

	strbuf_init(&verifier, &a);
	if (!scram_verifier_make(password, &verifier))
		return err_set(e, ERR_INTERNAL_ERROR, "could not generate random salt");
	int rc = txn_begin(s->store, &o, &txn, e);
	if (rc == ERR_OK)
		rc = draft_new(catalogs_find(s->catalogs, 0), txn, &d, e);
	if (rc == ERR_OK) {
		struct role r = *catalog_role_by_oid(draft_catalog(d), OID_BOOTSTRAP_ROLE);
		r.password = verifier.data;
		draft_put(d, &r.o);
		rc = draft_seal(d, e);
	}
	if (rc == ERR_OK)
		rc = txn_commit(&txn, e);
	draft_done(&d);
	return rc;
}

int
server_bootstrap(struct server *s, const char *user, const char *password, struct err *e)
{
	const struct store_options o = store_settings(&s->settings);

	register_all();
	int rc = store_create(s->data_dir, e);
	if (rc == ERR_OK)
		rc = store_open(s->data_dir, &o, &s->store, e);
	if (rc == ERR_OK)
		rc = catalogs_open(s->store, user, &s->catalogs, e);
	if (rc == ERR_OK && password != NULL)
		rc = set_password(s, password, e);
	return rc;
}

/* -- Access --------------------------------------------------------------------------------------------- */
static const char *
in_data_dir(const struct server *s, const char *name, char path[PATH_MAX])
{
	if (*name == '/')
		snprintf(path, PATH_MAX, "%s", name);
	else if (snprintf(path, PATH_MAX, "%s/%s", s->data_dir, name) >= PATH_MAX)
		path[0] = '\0';
	return path;
}

static int
load_tls(struct server *s, struct err *e)
{
	char cert[PATH_MAX], key[PATH_MAX];
	const char *cert_file = settings_text(&s->settings, SET_ssl_cert_file);
	const char *key_file = settings_text(&s->settings, SET_ssl_key_file);
	struct tls_files f = {
		.ciphers = settings_text(&s->settings, SET_ssl_ciphers),
		.only_13 = settings_int(&s->settings, SET_ssl_min_protocol_version) == 1,
	};

	if (!settings_bool(&s->settings, SET_ssl))
		return tls_load(NULL, e);
	f.cert = in_data_dir(s, *cert_file != '\0' ? cert_file : "server.crt", cert);
	f.key = in_data_dir(s, *key_file != '\0' ? key_file : "server.key", key);
	return tls_load(&f, e);
}

static int
load_hba(struct server *s, struct err *e)
{
	struct hba *fresh, *old;

	int rc = hba_load(settings_text(&s->settings, SET_hba_file), &fresh, e);
	if (rc != ERR_OK)
		return rc;
	pthread_rwlock_wrlock(&s->hba_lock);
	old = s->hba;
	s->hba = fresh;
	pthread_rwlock_unlock(&s->hba_lock);
	hba_done(&old);
	return ERR_OK;
}

static void
copy_settings(struct server *s)
{
	atomic_store(&s->max_connections, (int) settings_int(&s->settings, SET_max_connections));
	atomic_store(&s->reserved_connections, (int) settings_int(&s->settings, SET_superuser_reserved_connections));
	atomic_store(&s->login_timeout_s, (int) settings_int(&s->settings, SET_authentication_timeout));
	atomic_store(&s->max_message, (int) settings_int(&s->settings, SET_max_message_size));
}

int
server_load_access(struct server *s, struct err *e)
{
	copy_settings(s);
	int rc = load_hba(s, e);
	if (rc == ERR_OK)
		rc = load_tls(s, e);
	return rc;
}

void
server_reload(struct server *s)
{
	struct err e = { 0 };

	log_write(LOG_LOG, "received SIGHUP, reloading configuration files");
	if (settings_load(&s->settings, s->data_dir, true, &e) != ERR_OK)
		log_write(LOG_LOG, "%s", e.message);
	err_init(&e);
	copy_settings(s);
	if (load_hba(s, &e) != ERR_OK)
		log_write(LOG_LOG, "%s; hba.conf was not reloaded", e.message);
	err_init(&e);
	if (load_tls(s, &e) != ERR_OK)
		log_write(LOG_LOG, "%s; SSL configuration was not reloaded", e.message);
}

/* -- Running ---------------------------------------------------------------------------------------------- */
/* In the timer thread; the session is there as long as its connection is. */
static void
on_timer(struct conn *c, enum conn_timer which)
{
	struct session *s = c->session;

	switch (which) {
	case TIMER_STATEMENT:
		pthread_mutex_lock(&c->lock);
		if (s->busy && conn_is_due(c, which) && s->cancel == LOCK_CANCEL_NONE) {
			__atomic_store_n(&s->cancel, LOCK_CANCEL_TIMEOUT, __ATOMIC_RELEASE);
			if (s->actor != NULL)
				lock_cancel_wake(s->actor);
		}
		pthread_mutex_unlock(&c->lock);
		break;
	case TIMER_IDLE:
		conn_wake(c, WAKE_IDLE_TIMEOUT);
		break;
	default:
		conn_wake(c, WAKE_LOGIN_TIMEOUT);
	}
}

static bool
gives_up(struct conn *c)
{
	const struct session *s = c->session;

	return s == NULL || s->ending || __atomic_load_n(&s->cancel, __ATOMIC_ACQUIRE) == LOCK_CANCEL_ADMIN;
}

static const struct loop_handler handler = {
	.opened = session_open, .run = session_run, .closed = session_close, .on_timer = on_timer, .gives_up = gives_up,
};

int
server_start(struct server *s, struct err *e)
{
	enum { WORKERS_MIN = 4 };
	int workers = (int) settings_int(&s->settings, SET_workers);

	if (workers == 0) {
		workers = (int) sysconf(_SC_NPROCESSORS_ONLN) * 2;
		if (workers < WORKERS_MIN)
			workers = WORKERS_MIN;
	}
	s->started = clock_now();
	activity_init(atomic_load(&s->max_connections) + 16);
	return loop_new(&handler, workers, (int) settings_int(&s->settings, SET_max_workers), &s->loop, e);
}

/* -- Cancelling --------------------------------------------------------------------------------------------- */
static void
set_cancel(struct session *s)
{
	pthread_mutex_lock(&s->conn->lock);
	__atomic_store_n(&s->cancel, LOCK_CANCEL_ADMIN, __ATOMIC_RELEASE);
	if (s->actor != NULL)
		lock_cancel_wake(s->actor);
	pthread_mutex_unlock(&s->conn->lock);
}

static void
terminate(struct session *s)
{
	set_cancel(s);
	if (!s->internal)
		conn_wake(s->conn, WAKE_TERMINATE);
}

/* Is a message on its way that no worker has taken yet?  Then it is what is to be cancelled. */
static bool
has_unread(const struct session *s)
{
	int n = 0;

	return ioctl(s->conn->fd, FIONREAD, &n) == 0 && n > 0;
}

static void
cancel(struct session *s)
{
	pthread_mutex_lock(&s->conn->lock);
	if ((s->busy || has_unread(s)) && s->cancel == LOCK_CANCEL_NONE) {
		__atomic_store_n(&s->cancel, LOCK_CANCEL_USER, __ATOMIC_RELEASE);
		if (s->actor != NULL)
			lock_cancel_wake(s->actor);
	}
	pthread_mutex_unlock(&s->conn->lock);
}

bool
server_cancel(struct server *s, int pid, const unsigned char *secret, bool end)
{
	bool found = false;

	pthread_mutex_lock(&s->lock);
	for (struct session *o = s->first; o != NULL && !found; o = o->next) {
		if (o->pid != pid || o->phase != PHASE_READY)
			continue;
		const unsigned char mine[4] = { (unsigned char) (o->secret >> 24), (unsigned char) (o->secret >> 16),
		                                (unsigned char) (o->secret >> 8), (unsigned char) o->secret };
		if (secret != NULL && !net_equal(secret, mine, sizeof mine))
			break;
		found = true;
		if (end)
			terminate(o);
		else
			cancel(o);
	}
	pthread_mutex_unlock(&s->lock);
	return found;
}

void
server_terminate_all(struct server *s)
{
	pthread_mutex_lock(&s->lock);
	for (struct session *o = s->first; o != NULL; o = o->next)
		terminate(o);
	pthread_mutex_unlock(&s->lock);
}

void
server_last_words(struct server *s, const char *why)
{
	struct writer w = { 0 };
	struct err e = { 0 };

	(void) err_set(&e, ERR_ADMIN_SHUTDOWN, "%s", why);
	send_error(&w, LOG_WARNING, &e);
	pthread_mutex_lock(&s->lock);
	for (struct session *o = s->first; o != NULL; o = o->next)
		if (o->phase == PHASE_READY && !o->internal)
			conn_last_words(o->conn, w.out.data, w.out.len);
	pthread_mutex_unlock(&s->lock);
	strbuf_done(&w.out);
}

/* -- Who is in a database? ------------------------------------------------------------------------------------ */
static int
count_in(struct server *s, const struct session *self, oid_t database, bool end)
{
	int n = 0;

	pthread_mutex_lock(&s->lock);
	for (struct session *o = s->first; o != NULL; o = o->next) {
		if (o == self || o->database_oid != database)
			continue;
		n++;
		if (o->internal || end)
			terminate(o);
	}
	pthread_mutex_unlock(&s->lock);
	return n;
}

int
server_sessions_in(struct server *s, const struct session *self, oid_t database, bool end, int *ret_n,
                   struct err *e)
{
	enum { TRIES = 250, PAUSE_MS = 20 };
	int n = count_in(s, self, database, end);

	for (int i = 0; n > 0 && i < TRIES; i++) {
		int rc = lock_check_cancel(&self->cancel, e);
		if (rc != ERR_OK)
			return rc;
		nanosleep(&(struct timespec) { .tv_nsec = PAUSE_MS * 1000000L }, NULL);
		n = count_in(s, self, database, false);
	}
	*ret_n = n;
	return ERR_OK;
}
