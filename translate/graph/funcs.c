/* funcs.c - graph_query, graph_page, graph_explain as functions of the catalog.
 *
 * A request given as a constant in FROM is bound with its statement (translate/function.c); these
 * run the others: parameters, columns, the select list. */
#include "config.h"
#include "translate/graph/funcs.h"

#include "core/exec/exec.h"
#include "core/plan/explain.h"
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

static int
query_srf(struct fcall *c, const union datum *args, const bool *nulls, struct row_sink *to, struct err *e)
{
	ARENA_AUTO struct arena a = { 0 };
	struct graph_options o = { 0 };
	struct graph_request_info info;
	struct query *q;
	struct plan_stmt *plan;

	int rc = bind_request(c, args, nulls, &a, &o, &q, &info, e);
	if (rc == ERR_OK)
		rc = graph_plan(c->env, &a, q, &plan, e);
	if (rc == ERR_OK)
		rc = graph_run_plan(c->env, &a, plan, false, push_row, to, NULL, NULL, e);
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
	plan_explain(plan, &how, exec_counts(x), &b);
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
