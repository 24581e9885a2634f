/* run.c - planning and running a bound query from within a function.
 *
 * The query runs in the calling statement's transaction and snapshot. */
#include "config.h"
#include "translate/graph/run.h"

#include "core/exec/exec.h"

int
graph_bind_env(struct exec_env *env, struct arena *a, struct bind_env *ret, struct type_env *type, struct err *e)
{
	if (env->session == NULL || env->catalog == NULL)
		return err_set(e, ERR_INTERNAL_ERROR, "graph functions need a session");
	*type = env->type;
	type->arena = a;
	*ret = (struct bind_env) { .arena = a, .catalog = env->catalog, .session = env->session, .type = type };
	return ERR_OK;
}

int
graph_plan(struct exec_env *env, struct arena *a, struct query *q, struct plan_stmt **ret, struct err *e)
{
	struct plan_env penv = { .arena = a, .catalog = env->catalog, .exec = env, .hooks = env->planner };

	return plan_query(&penv, q, ret, e);
}

static int
run(struct exec_env *env, struct arena *a, const struct plan_stmt *plan, const struct exec_params *params, bool analyze,
    graph_row_fn *fn, void *arg, uint64_t *ret_affected, struct exec **ret_exec, struct err *e)
{
	struct exec_env inner = *env;
	struct plan_env penv = { .arena = a, .catalog = env->catalog, .exec = &inner, .hooks = env->planner };
	struct exec_options o = { .env = &inner, .unit = env->unit, .planner = &penv, .analyze = analyze };
	int ncols = plan->root->ncols;
	union datum *v = ARENA_ARRAY(a, union datum, ncols + 1);
	bool *null = ARENA_ARRAY(a, bool, ncols + 1);
	const struct batch *batch;
	struct exec *x;

	inner.stmt_arena = a;
	if (params != NULL)
		o.params = *params;
	int rc = exec_open(plan, &o, &x, e);
	if (rc != ERR_OK)
		return rc;
	while ((rc = exec_next(x, BATCH_ROWS, &batch, e)) == ERR_OK && batch != NULL) {
		for (int i = 0; i < batch->n && rc == ERR_OK && fn != NULL; i++) {
			int row = batch_row(batch, i), n = batch->ncols < ncols ? batch->ncols : ncols;
			for (int c = 0; c < n; c++) {
				null[c] = vec_null(&batch->cols[c], row);
				v[c] = vec_at(&batch->cols[c], row);
			}
			rc = fn(arg, n, v, null, e);
		}
		if (rc != ERR_OK)
			break;
	}
	if (ret_affected != NULL)
		*ret_affected = exec_affected(x);
	if (ret_exec != NULL && rc == ERR_OK)
		*ret_exec = x;
	else
		exec_close(&x);
	return rc;
}

int
graph_run_plan(struct exec_env *env, struct arena *a, const struct plan_stmt *plan, bool analyze, graph_row_fn *fn, void *arg,
               uint64_t *ret_affected, struct exec **ret_exec, struct err *e)
{
	return run(env, a, plan, NULL, analyze, fn, arg, ret_affected, ret_exec, e);
}

int
graph_run_params(struct exec_env *env, struct arena *a, const struct plan_stmt *plan, const struct exec_params *params,
                 graph_row_fn *fn, void *arg, struct err *e)
{
	return run(env, a, plan, params, false, fn, arg, NULL, NULL, e);
}
