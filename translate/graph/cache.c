/* cache.c - the process's plans of graph requests, newest first. */
#include "config.h"
#include "translate/graph/cache.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "core/func/session_api.h"

enum { CACHE_ENTRIES = 512, CACHE_TEXT_MAX = 64 * 1024 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct map entries;              /* key -> struct graph_cached */
static struct graph_cached *newest, *oldest;
static int count;

struct graph_cached *
graph_cached_new(struct catalog *c)
{
	struct graph_cached *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	catalog_retain(c);
	p->catalog = c;
	atomic_init(&p->refs, 1);
	return p;
}

void
graph_cached_release(struct graph_cached *p)
{
	if (p == NULL || atomic_fetch_sub(&p->refs, 1) > 1)
		return;
	arena_done(&p->arena);
	catalog_release(p->catalog);
	free(p->key);
	free(p);
}

void
graph_cache_key(struct strbuf *to, const struct exec_env *env, const char *json, size_t len)
{
	const struct session_api *s = env->session;
	uint64_t version = catalog_version(env->catalog);
	const oid_t *path;
	int n = s->search_path(s->self, true, &path);

	strbuf_add(to, &version, sizeof version);
	strbuf_puts(to, s->current_user(s->self));
	strbuf_putc(to, '\0');
	strbuf_add(to, &n, sizeof n);
	strbuf_add(to, path, (size_t) n * sizeof *path);
	strbuf_add(to, json, len);
}

static void
unlink_entry(struct graph_cached *p)
{
	*(p->newer != NULL ? &p->newer->older : &newest) = p->older;
	*(p->older != NULL ? &p->older->newer : &oldest) = p->newer;
	p->newer = p->older = NULL;
	count--;
}

static void
link_newest(struct graph_cached *p)
{
	p->older = newest;
	if (newest != NULL)
		newest->newer = p;
	newest = p;
	if (oldest == NULL)
		oldest = p;
	count++;
}

struct graph_cached *
graph_cache_get(const char *key, size_t len)
{
	pthread_mutex_lock(&lock);
	struct graph_cached *p = map_get(&entries, key, len);
	if (p != NULL) {
		atomic_fetch_add(&p->refs, 1);
		if (p != newest) {
			unlink_entry(p);
			link_newest(p);
		}
	}
	pthread_mutex_unlock(&lock);
	return p;
}

/* Each entry keeps its catalog.  Of those that a later catalog of the same database has replaced
 * none will be asked for again, or by sessions that have not looked since: they go, to `drop`. */
static void
unlink_outdated(const struct catalog *now, struct graph_cached **drop)
{
	for (struct graph_cached *p = newest, *older; p != NULL; p = older) {
		older = p->older;
		if (catalog_owner(p->catalog) != catalog_owner(now)
		    || catalog_version(p->catalog) >= catalog_version(now))
			continue;
		(void) map_remove(&entries, p->key, p->key_len);
		unlink_entry(p);
		p->older = *drop;
		*drop = p;
	}
}

void
graph_cache_put(struct graph_cached *p, const char *key, size_t len)
{
	struct graph_cached *drop = NULL;

	if (len > CACHE_TEXT_MAX)
		return;
	p->key = malloc(len);
	if (p->key == NULL)
		return;
	memcpy(p->key, key, len);
	p->key_len = len;
	pthread_mutex_lock(&lock);
	if (map_get(&entries, p->key, len) == NULL) {
		unlink_outdated(p->catalog, &drop);
		atomic_fetch_add(&p->refs, 1);
		(void) map_put(&entries, p->key, len, p);
		link_newest(p);
		if (count > CACHE_ENTRIES) {
			struct graph_cached *last = oldest;
			(void) map_remove(&entries, last->key, last->key_len);
			unlink_entry(last);
			last->older = drop;
			drop = last;
		}
	}
	pthread_mutex_unlock(&lock);
	for (struct graph_cached *older; drop != NULL; drop = older) {
		older = drop->older;
		graph_cached_release(drop);
	}
}
