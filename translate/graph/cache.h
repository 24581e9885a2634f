/* cache.h - plans of graph requests, kept for all sessions.
 *
 * A plan is found by the request's text, the catalog version, the user and the search path; values
 * of `params` are parameters of the plan, so one plan serves all of them.  A hit costs a hash, a
 * comparison of the key, and the reading of the parameters.
 *
 * Owner     graph_cache_get() and graph_cache_put() give a reference; graph_cached_release() takes
 *           it back.  An entry keeps its catalog snapshot alive.
 * Thread    any.  Failure: a full cache forgets what was used longest ago, a new catalog
 *           all that was planned with an older one of its database. */
#ifndef TRANSLATE_GRAPH_CACHE_H
#define TRANSLATE_GRAPH_CACHE_H

#include "core/plan/plan.h"

struct graph_param {                    /* number i + 1 of the plan */
	const char *name;
	const struct type *type;
	int32_t typmod;
};

struct graph_cached {
	struct arena arena;             /* of the plan and all below */
	struct catalog *catalog;
	struct plan_stmt *plan;
	int nparams;
	const struct graph_param *params;

	/* The cache's own. */
	char  *key;
	size_t key_len;
	_Atomic int refs;
	struct graph_cached *newer, *older;
};

struct graph_cached *graph_cached_new(struct catalog *c);       /* one reference */
void graph_cached_release(struct graph_cached *p);              /* NULL is a no-op */

/* The key of a request in this environment. */
void graph_cache_key(struct strbuf *to, const struct exec_env *env, const char *json, size_t len);
struct graph_cached *graph_cache_get(const char *key, size_t len);     /* NULL: not there */
void graph_cache_put(struct graph_cached *p, const char *key, size_t len);

#endif
