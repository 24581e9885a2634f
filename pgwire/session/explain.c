/* explain.c - EXPLAIN: the plan as text, and with ANALYZE what happened when it ran.
 *
 * EXPLAIN EXECUTE shows the plan that EXECUTE would run, with its parameters. */
#include "config.h"
#include "pgwire/session/session.h"

#include <stdio.h>
#include <string.h>

#include "pgwire/session/portal.h"

/* Run the plan, throwing its rows away. */
static int
run_plan(struct utility *u, const struct plan_stmt *plan, const struct exec_params *params,
         struct plan_counts **ret_counts, struct explain_times *t, struct err *e)
{
	struct session *s = u->s;
	struct exec_env env;
	struct plan_env pe;
	struct exec *x = NULL;
	int64_t began = conn_clock();

	session_env(s, u->a->catalog, u->arena, &env);
	session_plan_env(s, u->arena, u->a->catalog, &env, &pe);
	int rc = tx_statement_begin(s, &env, e);
	if (rc != ERR_OK)
		return rc;
	const struct exec_options o = { .env = &env, .unit = s->unit, .planner = &pe, .params = *params,
	                                .analyze = true };
	rc = exec_open(plan, &o, &x, e);
	for (const struct batch *b = NULL; rc == ERR_OK; ) {
		rc = exec_next(x, BATCH_ROWS, &b, e);
		if (b == NULL)
			break;
	}
	if (rc == ERR_OK) {
		size_t n = (size_t) plan->nnodes;
		*ret_counts = arena_dup(u->arena, exec_counts(x), (n == 0 ? 1 : n) * sizeof **ret_counts);
	}
	if (x != NULL)
		exec_close(&x);
	rc = tx_statement_end(s, &env, rc, e);
	t->execution_ms = (double) (conn_clock() - began) / 1000;
	return rc;
}

static int
send_lines(struct utility *u, char *text, struct err *e)
{
	int rc = ERR_OK;

	for (char *line = text, *next; rc == ERR_OK && line != NULL && *line != '\0'; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		const char *const row[1] = { line };
		rc = dest_text_row(u->to, u->arena, 1, row, e);
	}
	return rc;
}

static int
explain_plan(struct utility *u, const struct plan_stmt *plan, const struct exec_params *params, double plan_ms,
             struct err *e)
{
	const struct explain_options *o = &u->a->stmt->explain;
	struct explain_times t = { .planning_ms = plan_ms };
	struct plan_counts *counts = NULL;
	struct strbuf text;
	int rc = ERR_OK;

	if (o->analyze)
		rc = run_plan(u, plan, params, &counts, &t, e);
	if (rc == ERR_OK && u->to->start != NULL)
		rc = u->to->start(u->to, &u->a->shape, e);
	if (rc != ERR_OK)
		return rc;
	strbuf_init(&text, u->arena);
	plan_explain(plan, o, counts, &t, &text);
	if (o->format == EXPLAIN_TEXT)
		return send_lines(u, text.data, e);
	const char *const row[1] = { text.data };
	return dest_text_row(u->to, u->arena, 1, row, e);
}

int
explain_command(struct utility *u, struct err *e)
{
	const struct command *c = u->a->stmt->command;
	struct portal *p = NULL;
	int rc;

	snprintf(u->tag, sizeof u->tag, "EXPLAIN");
	if (u->a->plan != NULL)
		return explain_plan(u, u->a->plan, u->params, u->a->plan_ms, e);
	if (c == NULL || c->kind != CMD_EXECUTE)
		return err_unsupported(e, "EXPLAIN of this statement", "Explain a query or a data change.");
	rc = execute_portal(u, (const struct cmd_execute *) c, &p, e);
	if (rc == ERR_OK && p != NULL)
		rc = portal_prepare_run(p, e);
	if (rc == ERR_OK && (p == NULL || p->a->plan == NULL))
		rc = err_unsupported(e, "EXPLAIN of this statement", "Explain a query or a data change.");
	if (rc == ERR_OK)
		rc = explain_plan(u, p->a->plan, &p->params, p->a->plan_ms, e);
	if (p != NULL)
		portal_drop(u->s, p);
	return rc;
}
