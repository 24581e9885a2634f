/* graph.h - the JSON graph language bound to the same tree as SQL.
 *
 * graph_bind_query() makes one SELECT whose only column is the JSON object of each root row;
 * every include is a sub-query in it (SUBLINK_JSON_ARRAY, SUBLINK_JSON_OBJECT), so the planner
 * turns each level into one batched probe.
 *
 * Owner     everything lives on env->arena.  Thread: one per request.
 * Failure   22023 for a key that is not in the language, naming it, its JSON path and the nearest
 *           known key; 42P01, 42703 for entities and fields; 54000 for a depth over budget. */
#ifndef TRANSLATE_GRAPH_GRAPH_H
#define TRANSLATE_GRAPH_GRAPH_H

#include "core/type/json.h"
#include "translate/translate.h"

struct graph_options {
	bool cursor_column;             /* a second column: the row's keyset cursor (graph_page) */
	int64_t limit_more;             /* added to the root's limit (graph_page asks for one more) */
	bool keys;                      /* every object carries its key and entity (graph_blocks) */
	bool keep_params;               /* values of `params` become parameters of the plan */
};

/* What graph_page and graph_blocks must know of the request beside its rows. */
struct graph_request_info {
	int64_t limit;                  /* -1: none */
	bool total;
	bool aggregate;
	struct query *count;            /* total: SELECT count(*) of the matches */
	bool reversed;                  /* `before`: rows come in the opposite order */
	bool once;                      /* the tree holds for these params and this session only */
	struct list plan_params;        /* keep_params: struct graph_param (cache.h) */
};

int  graph_bind_query(struct bind_env *env, const char *json, size_t len, const char *params, size_t params_len,
                      const struct graph_options *o, struct query **ret, struct graph_request_info *ret_info,
                      struct err *e) MUST_CHECK;

/* The values of `params` for a kept plan, in order; *ret_fits false: they need another plan. */
struct graph_param;
int  graph_bind_params(struct bind_env *env, const char *params, size_t len, int n, const struct graph_param *wanted,
                       union datum *values, bool *ret_fits, struct err *e) MUST_CHECK;

/* Registers graph_query, graph_page, graph_blocks, graph_mutate, graph_explain, graph_schema. */
void graph_register(void);

#endif
