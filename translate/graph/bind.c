/* bind.c - one graph request: its root, its budget, its page. */
#include "config.h"
#include "translate/graph/request.h"

#include <limits.h>
#include <stdlib.h>

#include "translate/graph/cache.h"

enum { DEFAULT_DEPTH = 16 };

static int64_t
role_limit(struct request *r, const char *setting, int64_t otherwise)
{
	const struct session_api *s = r->b->env->session;
	const char *text;
	struct err ignore = { 0 };

	if (s == NULL || s->setting_get(s->self, setting, true, &text, &ignore) != ERR_OK || text == NULL)
		return otherwise;
	return strtoll(text, NULL, 10);
}

/* A budget lowers the role's limits, it never raises them. A limit of 0 in the settings is none; a request cannot ask for that. */
static int
read_budget(struct request *r, const struct at_path *p, const struct json_node *o)
{
	static const char *const known[] = { "depth", "entities", "edges", "time_ms", NULL };
	struct fetch_limits *lim = r->limits;
	struct at_path at = { p, "budget", 0 };
	int rc = check_keys(r, &at, o, known);

	for (const struct json_node *n = o->child; n != NULL && rc == ERR_OK; n = n->next) {
		int64_t v, *to = strcmp(n->key, "depth") == 0 ? &lim->depth : strcmp(n->key, "entities") == 0 ? &lim->entities
		                 : strcmp(n->key, "edges") == 0 ? &lim->edges : &lim->time_ms;
		struct at_path at_limit = { &at, n->key, 0 };
		rc = get_int(r, &at_limit, n, &v);
		if (rc == ERR_OK && v == 0)
			rc = request_error(r, &at_limit, ERR_INVALID_PARAMETER_VALUE, "a limit of 1 or more is expected");
		else if (rc == ERR_OK && (*to == 0 || v < *to))
			*to = v;
	}
	return rc;
}

static void
default_limits(struct request *r)
{
	r->limits = ARENA_NEW(r->arena, struct fetch_limits);
	*r->limits = (struct fetch_limits) {
		.depth = role_limit(r, "ormdb.graph_max_depth", DEFAULT_DEPTH),
		.entities = role_limit(r, "ormdb.graph_max_entities", 0),
		.edges = role_limit(r, "ormdb.graph_max_edges", 0),
		.time_ms = role_limit(r, "ormdb.graph_max_time", 0),
	};
}

static struct range *
sub_range(struct request *r, struct query *q, struct query *sub, const char *alias)
{
	int n = query_visible_targets(sub);
	struct range *range = range_new(r->arena, q, RANGE_SUBQUERY, alias, n);

	sub->parent = q;
	range->sub = sub;
	for (int i = 0, c = 0; i < sub->targets.n; i++) {
		const struct target *t = sub->targets.at[i];
		if (!t->hidden)
			range->cols[c++] = (struct range_column) { t->name, t->expr->type, t->expr->typmod, t->expr->collation };
	}
	list_push(&q->from, r->arena, from_range(r->arena, range));
	return range;
}

/* `before` reads backwards from its cursor; the rows are turned round again. */
static struct query *
turn_round(struct request *r, struct query *q, int nvisible)
{
	struct query *outer = query_new(r->arena, QUERY_SELECT, NULL);
	int n = q->order_by.n;

	for (int i = 0; i < n; i++)
		query_add_target(r->arena, q, LIST_AT(struct sort_key, &q->order_by, i)->expr, "key");
	struct range *range = sub_range(r, outer, q, "page");
	for (int i = 0; i < nvisible; i++)
		query_add_target(r->arena, outer, expr_var(r->arena, range, i + 1), range->cols[i].name);
	for (int i = 0; i < n; i++) {
		const struct sort_key *k = q->order_by.at[i];
		struct sort_key *back = ARENA_NEW(r->arena, struct sort_key);
		*back = (struct sort_key) { expr_var(r->arena, range, nvisible + i + 1), !k->desc, !k->nulls_first };
		list_push(&outer->order_by, r->arena, back);
	}
	return outer;
}

/* How many rows match, whatever the page: a request of its own. */
static int
bind_total(struct request *r, const struct relation *rel, const struct json_node *o, struct query **ret)
{
	struct glevel *l = level_new(r, rel, NULL, "");
	const struct json_node *w = json_member(o, "where");
	struct at_path at = { NULL, "where", 0 };

	if (l == NULL)
		return r->b->e->code;
	if (w != NULL) {
		l->query->where = bind_filter(l, &at, w);
		if (l->query->where == NULL)
			return r->b->e->code;
	}
	struct expr *n = make_call(r->b, "count", 0, NULL, 0);
	if (n == NULL)
		return r->b->e->code;
	n->agg_star = true;
	l->query->has_aggs = true;
	query_add_target(r->arena, l->query, n, "count");
	*ret = l->query;
	return ERR_OK;
}

static bool
is_set(const struct json_node *o, const char *key)
{
	const struct json_node *n = json_member(o, key);

	return n != NULL && n->kind != JSON_NULL;
}

static int
bind_root(struct request *r, const struct json_node *o, struct query **ret, struct graph_request_info *info)
{
	const struct json_node *n = json_member(o, "entity");
	struct at_path at = { NULL, "entity", 0 }, budget = { NULL, "total", 0 };
	const char *name;
	struct expr *object;
	int rc;

	if (n == NULL)
		return request_error(r, NULL, ERR_INVALID_PARAMETER_VALUE, "a graph request names its \"entity\"");
	rc = get_string(r, &at, n, &name);
	if (rc != ERR_OK)
		return rc;
	const struct relation *rel = find_entity(r, &at, name);
	if (rel == NULL)
		return r->b->e->code;
	if ((n = json_member(o, "budget")) != NULL && (rc = read_budget(r, NULL, n)) != ERR_OK)
		return rc;
	if ((n = json_member(o, "total")) != NULL && (rc = get_bool(r, &budget, n, &info->total)) != ERR_OK)
		return rc;
	info->aggregate = json_member(o, "aggregate") != NULL;
	info->reversed = is_set(o, "before");
	struct glevel *l = level_new(r, rel, NULL, "");
	rc = l == NULL ? r->b->e->code : bind_level(l, NULL, o, true, &object);
	if (rc != ERR_OK)
		return rc;
	query_add_target(r->arena, l->query, object, "graph_query");
	info->limit = l->query->limit != NULL ? l->query->limit->value.i : -1;
	if (l->query->limit != NULL && r->options->limit_more > 0)
		l->query->limit = expr_const(r->arena, l->query->limit->type, datum_int(info->limit + r->options->limit_more));
	if (r->options->cursor_column && !info->aggregate)
		query_add_target(r->arena, l->query, cursor_expr(l), "cursor");
	*ret = info->reversed && !r->options->cursor_column ? turn_round(r, l->query, query_visible_targets(l->query)) : l->query;
	return info->total ? bind_total(r, rel, o, &info->count) : ERR_OK;
}

int
graph_bind_query(struct bind_env *env, const char *json, size_t len, const char *params, size_t params_len,
                 const struct graph_options *o, struct query **ret, struct graph_request_info *ret_info, struct err *e)
{
	struct binder b = { .arena = env->arena, .env = env, .catalog = env->catalog, .e = e };
	struct request r;
	struct json_node *root;

	int rc = request_init(&r, &b, params, params_len);
	if (rc == ERR_OK)
		rc = json_parse(env->arena, json, len, 0, &root, e);
	if (rc != ERR_OK)
		return rc;
	r.options = o;
	r.keep_params = o->keep_params;
	default_limits(&r);
	if (root->kind != JSON_OBJECT)
		rc = request_error(&r, NULL, ERR_INVALID_PARAMETER_VALUE, "a graph request must be a JSON object");
	else if (is_seed_query(root))
		rc = seed_query(&r, root, &root);
	*ret_info = (struct graph_request_info) { .limit = -1 };
	if (rc == ERR_OK && o->keys) {  /* once to learn what is asked of each entity */
		r.gathering = true;
		rc = bind_root(&r, root, ret, ret_info);
		r.gathering = false;
		default_limits(&r);
	}
	if (rc == ERR_OK)
		rc = bind_root(&r, root, ret, ret_info);
	ret_info->once = r.once;
	ret_info->plan_params = r.plan_params;
	map_done(&r.relations);
	map_done(&r.wanted);
	return rc == ERR_OK ? arena_check(env->arena, e) : rc;
}

int
graph_bind_params(struct bind_env *env, const char *params, size_t len, int n, const struct graph_param *wanted,
                  union datum *values, bool *ret_fits, struct err *e)
{
	struct binder b = { .arena = env->arena, .env = env, .catalog = env->catalog, .e = e };
	struct request r;
	int rc = request_init(&r, &b, params, len);

	*ret_fits = true;
	for (int i = 0; i < n && rc == ERR_OK && *ret_fits; i++) {
		struct at_path up = { NULL, "params", 0 }, at = { &up, wanted[i].name, 0 };
		const struct json_node *v = r.params == NULL ? NULL : json_member(r.params, wanted[i].name);
		struct expr *x = NULL;
		if (v != NULL && v->kind != JSON_NULL && v->kind != JSON_ARRAY && v->kind != JSON_OBJECT)
			x = json_value(&r, &at, v, wanted[i].type, wanted[i].typmod);
		rc = e->code;
		*ret_fits = x != NULL && x->kind == EXPR_CONST && !x->is_null;
		if (rc == ERR_OK && *ret_fits)
			values[i] = x->value;
	}
	return rc;
}
