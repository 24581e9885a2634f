/* store.c - making, opening and closing a store; its statistics.
 *
 * Not here: the engine's configuration (engine.c), what opening refuses (control.c). */
#include "config.h"
#include "storage/store.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/log.h"
#include "storage/store_private.h"

#define MB (UINT64_C(1) << 20)

/* Of the machine, or of the container if that has less. */
static uint64_t
memory_size(void)
{
	uint64_t size = (uint64_t) sysconf(_SC_PHYS_PAGES) * (uint64_t) sysconf(_SC_PAGESIZE);
	FILE *f = fopen("/sys/fs/cgroup/memory.max", "re");
	unsigned long long max;

	if (f != NULL) {
		if (fscanf(f, "%llu", &max) == 1 && max < size)
			size = max;
		fclose(f);
	}
	return size;
}

static void
fill_options(struct store_options *o)
{
	if (o->cache_size == 0) {
		uint64_t quarter = memory_size() / 4;
		o->cache_size = quarter < 256 * MB ? 256 * MB : quarter;
	}
	if (o->cache_size < 16 * MB)
		o->cache_size = 16 * MB;
	if (o->checkpoint_log_bytes == 0)
		o->checkpoint_log_bytes = 1024 * MB;
	if (o->log_file_size == 0) {
		uint64_t part = o->checkpoint_log_bytes / 8;
		o->log_file_size = part < 8 * MB ? 8 * MB : part > 64 * MB ? 64 * MB : part;
	}
	if (o->checkpoint_seconds == 0)
		o->checkpoint_seconds = 60;
	if (o->load_bytes == 0)
		o->load_bytes = 16 * MB;
	if (o->write_set_limit == 0)
		o->write_set_limit = o->cache_size / 2;
	if (o->lock_memory_limit == 0)
		o->lock_memory_limit = memory_size() / 8 > 512 * MB ? memory_size() / 8 : 512 * MB;
	if (o->min_free_space == 0)
		o->min_free_space = 128 * MB;
	if (o->engine_sessions == 0)
		o->engine_sessions = 1000;
	if (o->max_files == 0)
		o->max_files = 8192;
}

static int
make_dir(const char *dir, const char *name, struct err *e)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	if (mkdir(path, 0700) == 0)
		return ERR_OK;
	return err_set(e, errno == EEXIST ? ERR_DUPLICATE_FILE : ERR_IO_ERROR,
	               "could not create directory \"%s\": %s", path, strerror(errno));
}

int
store_create(const char *dir, struct err *e)
{
	struct store_options o = { .cache_size = 32 * MB };
	struct engine_events events = { 0 };
	WT_CONNECTION *conn;
	char path[4096];

	fill_options(&o);
	snprintf(path, sizeof path, "%s/ORMDB_VERSION", dir);
	if (access(path, F_OK) == 0)
		return err_set(e, ERR_DUPLICATE_FILE, "directory \"%s\" holds a data directory already",
		               dir);
	int rc = make_dir(dir, "base", e);
	if (rc == ERR_OK)
		rc = make_dir(dir, "tmp", e);
	if (rc != ERR_OK)
		return rc;
	snprintf(path, sizeof path, "%s/base", dir);
	rc = engine_connect(path, &o, true, &events, &conn, e);
	if (rc != ERR_OK)
		return rc;
	rc = files_create_fixed(conn, e);
	int wt = WT(conn->close(conn, NULL));
	if (rc == ERR_OK && wt != 0)
		rc = engine_fail(wt, e, "close the new store");
	return rc != ERR_OK ? rc : control_create(dir, e);
}

/* --- opening ---------------------------------------------------------------------------------------- */

static void
raise_file_limit(unsigned want)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur >= want)
		return;
	r.rlim_cur = r.rlim_max < want ? r.rlim_max : want;
	if (setrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur < want)
		log_write(LOG_WARNING, "the limit on open files is %llu; %u are wanted",
		          (unsigned long long) r.rlim_cur, want);
}

static char *
join(const char *dir, const char *name)
{
	size_t size = strlen(dir) + strlen(name) + 2;
	char *path = malloc(size);

	if (path != NULL)
		snprintf(path, size, "%s/%s", dir, name);
	return path;
}

/* Held for a microsecond at a time by everybody: spin before sleeping. */
static void
init_hot(pthread_mutex_t *mutex)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ADAPTIVE_NP);
	pthread_mutex_init(mutex, &attr);
	pthread_mutexattr_destroy(&attr);
}

static struct store *
store_new(const char *dir, const struct store_options *options)
{
	struct store *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	if (options != NULL)
		s->opt = *options;
	fill_options(&s->opt);
	s->version_fd = s->mark_fd = -1;
	s->pool.max = s->opt.engine_sessions;
	s->order.serial = 1;
	init_hot(&s->pool.mutex);
	init_hot(&s->order.mutex);
	pthread_cond_init(&s->order.slow_done, NULL);
	pthread_mutex_init(&s->files.mutex, NULL);
	pthread_mutex_init(&s->files.doom_mutex, NULL);
	pthread_mutex_init(&s->files.janitor, NULL);
	pthread_mutex_init(&s->backup, NULL);
	pthread_mutex_init(&s->meta.mutex, NULL);
	pthread_mutex_init(&s->checkpoint, NULL);
	pthread_mutex_init(&s->moves.mutex, NULL);
	s->dir = strdup(dir);
	s->base = join(dir, "base");
	s->events.dir = s->dir;
	s->locks = lock_table_new(s->opt.lock_memory_limit);
	return s;
}

static void
store_free(struct store *s)
{
	control_unlock(s);
	files_free(s);
	moves_free(s);
	lock_table_free(s->locks);
	free(s->order.inflight);
	pthread_mutex_destroy(&s->order.mutex);
	pthread_cond_destroy(&s->order.slow_done);
	pthread_mutex_destroy(&s->meta.mutex);
	pthread_mutex_destroy(&s->checkpoint);
	pthread_mutex_destroy(&s->backup);
	free(s->dir);
	free(s->base);
	free(s);
}

static int
open_engine(struct store *s, struct err *e)
{
	int rc = control_lock(s, e);
	if (rc == ERR_OK)
		rc = control_check_log(s, e);
	if (rc != ERR_OK)
		return rc;
	raise_file_limit(s->opt.max_files);
	rc = engine_connect(s->base, &s->opt, false, &s->events, &s->conn, e);
	if (rc != ERR_OK) {
		s->conn = NULL;
		return rc;
	}
	rc = files_load(s, e);
	if (rc == ERR_OK)
		rc = control_check_mark(s, e);
	if (rc == ERR_OK)
		rc = meta_load(s, e);
	if (rc == ERR_OK)
		rc = newborn_recover(s, e);
	if (rc == ERR_OK)
		rc = control_write_state(s, false, e);
	if (rc == ERR_OK)
		s->events.open = true;
	return rc;
}

/* Everything that has been started, in the other order. */
static int
shut(struct store *s, bool clean, struct err *e)
{
	int rc = ERR_OK;

	keeper_stop(s);
	flush_stop(s);
	if (s->conn != NULL) {
		engine_pool_close(&s->pool);
		int wt = s->conn->close(s->conn, NULL);
		if (wt != 0)
			rc = engine_fail(wt, e, "close");
		else if (clean)
			rc = control_write_state(s, true, e);
	}
	store_free(s);
	return rc;
}

int
store_open(const char *dir, const struct store_options *options, struct store **ret_store,
           struct err *e)
{
	struct store *s = store_new(dir, options);

	if (s == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	int rc = s->dir == NULL || s->base == NULL || s->locks == NULL
	       ? err_set(e, ERR_OUT_OF_MEMORY, "out of memory") : open_engine(s, e);
	if (rc == ERR_OK)
		rc = flush_start(s, e);
	if (rc == ERR_OK)
		rc = keeper_start(s, e);
	if (rc == ERR_OK) {
		*ret_store = s;
		return ERR_OK;
	}
	(void) shut(s, false, e);
	return rc;
}

int
store_close(struct store **store, struct err *e)
{
	struct store *s = *store;

	if (s == NULL)
		return ERR_OK;
	*store = NULL;
	keeper_stop(s);
	control_mark(s);
	int rc = meta_save_all(s, e);
	int closed = shut(s, rc == ERR_OK, e);
	return rc != ERR_OK ? rc : closed;
}

struct lock_table *
store_locks(struct store *store)
{
	return store->locks;
}

const char *
store_dir(const struct store *store)
{
	return store->dir;
}

/* --- statistics ---------------------------------------------------------------------------------------- */

static uint64_t
engine_statistic(WT_CURSOR *c, int which)
{
	const char *text, *shown;
	int64_t value;

	c->set_key(c, which);
	if (c->search(c) != 0 || c->get_value(c, &text, &shown, &value) != 0)
		return 0;
	return value < 0 ? 0 : (uint64_t) value;
}

static void
snapshot_stats(struct store *store, struct store_stats *st)
{
	uint64_t now = lock_clock_us();

	pthread_mutex_lock(&store->pool.mutex);
	for (struct engine *g = store->pool.all; g != NULL; g = g->next) {
		uint64_t since = atomic_load(&g->since_us);
		if (atomic_load(&g->serial) == 0)
			continue;
		st->snapshots++;
		if (now > since && (now - since) / 1000 > st->oldest_snapshot_ms)
			st->oldest_snapshot_ms = (now - since) / 1000;
	}
	pthread_mutex_unlock(&store->pool.mutex);
}

uint64_t
store_dirty_bytes(struct store *store)
{
	struct engine *g = NULL;
	struct err e = { 0 };
	uint64_t bytes = 0;
	WT_CURSOR *c;

	if (engine_acquire_reserved(store, &g, &e) != ERR_OK)
		return 0;
	if (g->wt->open_cursor(g->wt, "statistics:", NULL, "statistics=(fast)", &c) == 0) {
		bytes = engine_statistic(c, WT_STAT_CONN_CACHE_BYTES_DIRTY);
		(void) c->close(c);
	}
	engine_release(store, &g);
	return bytes;
}

void
store_stats(struct store *store, struct store_stats *ret_stats)
{
	struct store_stats st = {
		.commits = store->commits, .aborts = store->aborts, .flushes = store->flushes,
		.checkpoints = store->checkpoints, .files = store->files.count,
		.log_bytes = store->log_bytes,
	};
	struct engine *g = NULL;
	struct err e = { 0 };
	WT_CURSOR *c;

	snapshot_stats(store, &st);
	pthread_mutex_lock(&store->files.doom_mutex);
	st.files_doomed = store->files.ndoomed;
	pthread_mutex_unlock(&store->files.doom_mutex);
	if (engine_acquire(store, &g, &e) == ERR_OK) {
		if (g->wt->open_cursor(g->wt, "statistics:", NULL, NULL, &c) == 0) {
			st.cache_bytes = engine_statistic(c, WT_STAT_CONN_CACHE_BYTES_INUSE);
			st.cache_dirty_bytes = engine_statistic(c, WT_STAT_CONN_CACHE_BYTES_DIRTY);
			st.cache_max_bytes = engine_statistic(c, WT_STAT_CONN_CACHE_BYTES_MAX);
			(void) c->close(c);
		}
		engine_release(store, &g);
	}
	*ret_stats = st;
}
