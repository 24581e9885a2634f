/* explain.c - EXPLAIN: the plan as text, and with ANALYZE what happened when it ran. */
#include "config.h"
#include "pgwire/session/session.h"

#include <stdio.h>
#include <string.h>

#include "pgwire/session/portal.h"

struct timing { double planning_ms, execution_ms; };

/* Run the plan, throwing its rows away. */
static int
run_plan(struct utility *u, struct plan_counts **ret_counts, struct timing *t, struct err *e)
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
	const struct exec_options o = { .env = &env, .unit = s->unit, .planner = &pe, .params = *u->params,
	                                .analyze = true };
	rc = exec_open(u->a->plan, &o, &x, e);
	for (const struct batch *b = NULL; rc == ERR_OK; ) {
		rc = exec_next(x, BATCH_ROWS, &b, e);
		if (b == NULL)
			break;
	}
	if (rc == ERR_OK) {
		size_t n = (size_t) u->a->plan->nnodes;
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

int
explain_command(struct utility *u, struct err *e)
{
	const struct explain_options *o = &u->a->stmt->explain;
	struct plan_counts *counts = NULL;
	struct timing t = { .planning_ms = u->a->plan_ms };
	struct strbuf text;
	int rc = ERR_OK;

	snprintf(u->tag, sizeof u->tag, "EXPLAIN");
	if (u->a->plan == NULL)
		return err_unsupported(e, "EXPLAIN of this statement", "Explain a query or a data change.");
	if (o->analyze)
		rc = run_plan(u, &counts, &t, e);
	if (rc == ERR_OK && u->to->start != NULL)
		rc = u->to->start(u->to, &u->a->shape, e);
	if (rc != ERR_OK)
		return rc;
	strbuf_init(&text, u->arena);
	plan_explain(u->a->plan, o, counts, &text);
	if (o->json) {
		const char *const row[1] = { text.data };
		return dest_text_row(u->to, u->arena, 1, row, e);
	}
	if (text.len > 0 && text.data[text.len - 1] != '\n')
		strbuf_putc(&text, '\n');
	if (o->summary) {
		strbuf_printf(&text, "Planning Time: %.3f ms\n", t.planning_ms);
		if (o->analyze)
			strbuf_printf(&text, "Execution Time: %.3f ms\n", t.execution_ms);
	}
	return send_lines(u, text.data, e);
}
