/* funcs.c - graph_query, graph_page, graph_explain as functions of the catalog.
 *
 * A request given as a constant in FROM is bound with its statement (translate/function.c); these
 * run the others: parameters, columns, the select list. */
#include "config.h"
#include "translate/graph/funcs.h"

#include "core/exec/exec.h"
#include "core/plan/explain.h"
#include "translate/graph/cache.h"
#include "translate/graph/graph.h"
#include "translate/graph/run.h"

static int
bind_request(struct fcall *c, const union datum *args, const bool *nulls, struct arena *a, const struct graph_options *o,
             struct query **ret, struct graph_request_info *info, struct err *e)
{
	struct bind_env env;
	struct type_env type;
	bool params = c->nargs > 1 && (nulls == NULL || !nulls[1]);
	int rc = graph_bind_env(c->env, a, &env, &type, e);

	if (rc != ERR_OK)
		return rc;
	return graph_bind_query(&env, bytes_data(args[0].b), bytes_len(args[0].b), params ? bytes_data(args[1].b) : NULL,
	                        params ? bytes_len(args[1].b) : 0, o, ret, info, e);
}

/* -- graph_query -------------------------------------------------------------------------------------- */

static int
push_row(void *arg, int n, const union datum *values, const bool *nulls, struct err *e)
{
	struct row_sink *to = arg;

	(void) n;
	return to->push(to, values, nulls, e);
}

/* Bind and plan into a new entry of the cache; *ret_keep: it may serve others. */
static int
make_plan(struct fcall *c, const union datum *args, const bool *nulls, struct graph_cached *p, bool keep_params, bool *ret_keep,
          struct err *e)
{
	struct graph_options o = { .keep_params = keep_params };
	struct graph_request_info info;
	struct query *q;

	int rc = bind_request(c, args, nulls, &p->arena, &o, &q, &info, e);
	if (rc == ERR_OK)
		rc = graph_plan(c->env, &p->arena, q, &p->plan, e);
	if (rc != ERR_OK)
		return rc;
	p->nparams = info.plan_params.n;
	struct graph_param *list = ARENA_ARRAY(&p->arena, struct graph_param, p->nparams);
	for (int i = 0; i < p->nparams; i++)
		list[i] = *LIST_AT(struct graph_param, &info.plan_params, i);
	p->params = list;
	*ret_keep = !info.once;
	return ERR_OK;
}

/* Run a kept plan with these parameters; *ret_fits false: they need a plan of their own. */
static int
run_cached(struct fcall *c, const union datum *args, const bool *nulls, const struct graph_cached *p, struct row_sink *to,
           bool *ret_fits, struct err *e)
{
	ARENA_AUTO struct arena a = { 0 };
	struct bind_env env;
	struct type_env type;
	bool given = c->nargs > 1 && (nulls == NULL || !nulls[1]);
	union datum *values = ARENA_ARRAY(&a, union datum, p->nparams + 1);
	bool *null = ARENA_ARRAY(&a, bool, p->nparams + 1);
	const struct type **types = ARENA_ARRAY(&a, const struct type *, p->nparams + 1);

	*ret_fits = true;
	int rc = graph_bind_env(c->env, &a, &env, &type, e);
	if (rc == ERR_OK && p->nparams > 0)
		rc = graph_bind_params(&env, given ? bytes_data(args[1].b) : NULL, given ? bytes_len(args[1].b) : 0, p->nparams,
		                       p->params, values, ret_fits, e);
	if (rc != ERR_OK || !*ret_fits)
		return rc;
	for (int i = 0; i < p->nparams; i++)
		types[i] = p->params[i].type;
	struct exec_params params = { p->nparams, values, null, types };
	return graph_run_params(c->env, &a, p->plan, &params, push_row, to, e);
}

static int
query_srf(struct fcall *c, const union datum *args, const bool *nulls, struct row_sink *to, struct err *e)
{
	ARENA_AUTO struct arena a = { 0 };
	struct graph_cached *p;
	struct strbuf key;
	bool fits = false, keep = false;
	int rc = ERR_OK;

	strbuf_init(&key, &a);
	graph_cache_key(&key, c->env, bytes_data(args[0].b), bytes_len(args[0].b));
	p = graph_cache_get(key.data, key.len);
	if (p != NULL) {
		rc = run_cached(c, args, nulls, p, to, &fits, e);
		graph_cached_release(p);
		if (rc != ERR_OK || fits)
			return rc;
	}
	bool cacheable = p == NULL;
	p = graph_cached_new((struct catalog *) c->env->catalog);
	if (p == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	rc = make_plan(c, args, nulls, p, cacheable, &keep, e);
	if (rc == ERR_OK && cacheable && keep)
		graph_cache_put(p, key.data, key.len);
	if (rc == ERR_OK)
		rc = run_cached(c, args, nulls, p, to, &fits, e);
	if (rc == ERR_OK && !fits)
		rc = err_set(e, ERR_INTERNAL_ERROR, "a graph request does not fit its own plan");
	graph_cached_release(p);
	return rc;
}

/* -- graph_page --------------------------------------------------------------------------------------- */

struct page {
	struct arena *arena;
	struct list objects, cursors;   /* struct bytes */
};

static int
keep_row(void *arg, int n, const union datum *values, const bool *nulls, struct err *e)
{
	struct page *p = arg;

	(void) e;
	list_push(&p->objects, p->arena, nulls[0] ? NULL : datum_copy(p->arena, values[0], false).b);
	list_push(&p->cursors, p->arena, n > 1 && !nulls[1] ? datum_copy(p->arena, values[1], false).b : NULL);
	return ERR_OK;
}

static int
keep_count(void *arg, int n, const union datum *values, const bool *nulls, struct err *e)
{
	(void) n, (void) nulls, (void) e;
	*(int64_t *) arg = values[0].i;
	return ERR_OK;
}

static const struct bytes *
page_json(struct arena *to, const struct page *p, const struct graph_request_info *info, int64_t total)
{
	struct strbuf b;
	int n = p->objects.n;
	bool more = info->limit >= 0 && n > info->limit;

	if (more)
		n = (int) info->limit;
	strbuf_init(&b, to);
	strbuf_puts(&b, "{\"data\": [");
	for (int i = 0; i < n; i++) {
		const struct bytes *o = p->objects.at[info->reversed ? n - 1 - i : i];
		if (i > 0)
			strbuf_puts(&b, ", ");
		if (o == NULL)
			strbuf_puts(&b, "null");
		else
			strbuf_add(&b, bytes_data(o), bytes_len(o));
	}
	strbuf_printf(&b, "], \"has_more\": %s, \"next\": ", more ? "true" : "false");
	const struct bytes *next = more && n > 0 ? p->cursors.at[n - 1] : NULL;
	if (next == NULL)
		strbuf_puts(&b, "null");
	else
		json_put_string(&b, bytes_data(next), bytes_len(next));
	if (info->total)
		strbuf_printf(&b, ", \"total\": %lld", (long long) total);
	strbuf_putc(&b, '}');
	return bytes_make(to, b.data, b.len);
}

static int
page_func(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	ARENA_AUTO struct arena a = { 0 };
	struct graph_options o = { .cursor_column = true, .limit_more = 1 };
	struct graph_request_info info;
	struct page page = { .arena = &a };
	struct query *q;
	struct plan_stmt *plan;
	int64_t total = 0;

	int rc = bind_request(c, args, nulls, &a, &o, &q, &info, e);
	if (rc == ERR_OK)
		rc = graph_plan(c->env, &a, q, &plan, e);
	if (rc == ERR_OK)
		rc = graph_run_plan(c->env, &a, plan, false, keep_row, &page, NULL, NULL, e);
	if (rc == ERR_OK && info.total) {
		rc = graph_plan(c->env, &a, info.count, &plan, e);
		if (rc == ERR_OK)
			rc = graph_run_plan(c->env, &a, plan, false, keep_count, &total, NULL, NULL, e);
	}
	if (rc != ERR_OK)
		return rc;
	*ret_null = false;
	*ret = datum_bytes(page_json(c->env->type.arena, &page, &info, total));
	return ERR_OK;
}

/* -- graph_explain --------------------------------------------------------------------------------------- */

static int
explain_srf(struct fcall *c, const union datum *args, const bool *nulls, struct row_sink *to, struct err *e)
{
	ARENA_AUTO struct arena a = { 0 };
	struct explain_options how = { .analyze = true, .costs = true, .timing = true };
	struct graph_options o = { 0 };
	struct graph_request_info info;
	struct query *q;
	struct plan_stmt *plan;
	struct exec *x = NULL;
	struct strbuf b;

	int rc = bind_request(c, args, nulls, &a, &o, &q, &info, e);
	if (rc == ERR_OK)
		rc = graph_plan(c->env, &a, q, &plan, e);
	if (rc == ERR_OK)
		rc = graph_run_plan(c->env, &a, plan, true, NULL, NULL, NULL, &x, e);
	if (rc != ERR_OK)
		return rc;
	strbuf_init(&b, &a);
	plan_explain(plan, &how, exec_counts(x), NULL, &b);
	exec_close(&x);
	for (char *line = b.data, *end; rc == ERR_OK && (end = strchr(line, '\n')) != NULL; line = end + 1) {
		union datum v = datum_bytes(bytes_make(&a, line, (size_t) (end - line)));
		bool null = false;
		rc = to->push(to, &v, &null, e);
	}
	return rc;
}

/* -- The table ------------------------------------------------------------------------------------------- */

/* Each function takes its request as jsonb, or as text: a literal is text, whose keys keep the order
 * in which they were written, and so the answer's keys do. */
static const oid_t jsonb_args[] = { OID_JSONB, OID_JSONB }, text_args[] = { OID_TEXT, OID_JSONB };
static const char *const query_args[] = { "q", "params" }, *const no_params[] = { "'{}'::jsonb" };

#define QUERY(oid_, args_) \
	{ .oid = oid_, .name = "graph_query", .kind = FUNC_NORMAL, .strict = true, .retset = true, .volatility = 's', .ret = OID_JSONB, \
	  .nargs = 2, .ndefaults = 1, .args = args_, .arg_names = query_args, .defaults = no_params, .srf = query_srf, \
	  .comment = "fetch whole object graphs, one object a row" }
#define PAGE(oid_, args_) \
	{ .oid = oid_, .name = "graph_page", .kind = FUNC_NORMAL, .strict = true, .volatility = 's', .ret = OID_JSONB, .nargs = 2, \
	  .ndefaults = 1, .args = args_, .arg_names = query_args, .defaults = no_params, .impl = page_func, \
	  .comment = "one page of objects with the cursor of the next" }
#define EXPLAIN(oid_, args_) \
	{ .oid = oid_, .name = "graph_explain", .kind = FUNC_NORMAL, .strict = true, .retset = true, .volatility = 's', .ret = OID_TEXT, \
	  .nargs = 1, .args = args_, .arg_names = query_args, .srf = explain_srf, \
	  .comment = "run a graph request and show its plan with estimated and actual rows" }

static const struct func table[] = {
	QUERY(GRAPH_QUERY_OID, jsonb_args), QUERY(GRAPH_QUERY_TEXT_OID, text_args),
	PAGE(9881, jsonb_args), PAGE(9887, text_args),
	EXPLAIN(9882, jsonb_args), EXPLAIN(9888, text_args),
};

void
graph_register(void)
{
	func_register(table, (int) ARRAY_LEN(table));
	func_register(graph_cursor_func(), 1);
	graph_register_schema();
	graph_register_blocks();
	graph_register_mutate();
}
