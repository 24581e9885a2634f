/* run.h - planning and running a bound query from within a function.  Inside translate/graph.
 *
 * Owner     plans live on the arena given; rows handed to fn until it returns.
 * Thread    the calling statement's. */
#ifndef TRANSLATE_GRAPH_RUN_H
#define TRANSLATE_GRAPH_RUN_H

#include "core/plan/plan.h"
#include "translate/translate.h"

struct exec;
struct exec_params;

typedef int graph_row_fn(void *arg, int n, const union datum *values, const bool *nulls, struct err *e);

int  graph_bind_env(struct exec_env *env, struct arena *a, struct bind_env *ret, struct type_env *type, struct err *e) MUST_CHECK;
int  graph_plan(struct exec_env *env, struct arena *a, struct query *q, struct plan_stmt **ret, struct err *e) MUST_CHECK;
/* fn sees each row; NULL: rows are only counted.  With ret_exec the caller closes the executor
 * (after reading its counts). */
int  graph_run_plan(struct exec_env *env, struct arena *a, const struct plan_stmt *plan, bool analyze, graph_row_fn *fn,
                    void *arg, uint64_t *ret_affected, struct exec **ret_exec, struct err *e) MUST_CHECK;

/* The same with values for the plan's parameters. */
int  graph_run_params(struct exec_env *env, struct arena *a, const struct plan_stmt *plan, const struct exec_params *params,
                      graph_row_fn *fn, void *arg, struct err *e) MUST_CHECK;

#endif
