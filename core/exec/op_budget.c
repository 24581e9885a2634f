/* op_budget.c - limits of a graph request: rows are counted as they pass.
 *
 * All levels of one request share their limits: rows of the root are entities, rows of an
 * include are entities and edges. */
#include "config.h"
#include "core/exec/operator.h"
#include "core/exec/ops.h"

#include <time.h>

struct budget_run {
	struct budget_run *next;
	const struct fetch_limits *limits;
	int64_t entities, edges;
	struct timespec start;
};

struct budget_state {
	struct budget_run *run;
};

static int
budget_open(struct op *op, struct err *e)
{
	const struct plan_budget *p = PLAN_AS(plan_budget, op->plan);
	struct budget_state *s = op->state;
	struct exec *x = op->x;
	int rc = op_open_inputs(op, e);

	if (rc != ERR_OK)
		return rc;
	for (s->run = x->budgets; s->run != NULL && s->run->limits != p->budget->limits;
	     s->run = s->run->next)
		;
	if (s->run == NULL) {
		s->run = ARENA_NEW(&x->arena, struct budget_run);
		s->run->limits = p->budget->limits;
		s->run->next = x->budgets;
		x->budgets = s->run;
		clock_gettime(CLOCK_MONOTONIC, &s->run->start);
	}
	return ERR_OK;
}

static int
exceeded(const struct fetch_budget *b, const char *what, int64_t limit, struct err *e)
{
	if (b->root || b->path == NULL || *b->path == '\0')
		err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED, "graph request exceeds its %s limit of %lld",
			what, (long long) limit);
	else
		err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED,
			"graph request exceeds its %s limit of %lld at include \"%s\"", what,
			(long long) limit, b->path);
	return err_hint(e, "Raise the budget, or ask for fewer rows.");
}

static int64_t
elapsed_ms(const struct budget_run *r)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - r->start.tv_sec) * 1000 + (now.tv_nsec - r->start.tv_nsec) / 1000000;
}

static int
budget_next(struct op *op, const struct batch **ret, struct err *e)
{
	const struct fetch_budget *b = PLAN_AS(plan_budget, op->plan)->budget;
	const struct fetch_limits *lim = b->limits;
	struct budget_run *r = ((struct budget_state *) op->state)->run;
	int rc = op_next_some(op->child, op->want, ret, e);

	if (rc != ERR_OK)
		return rc;
	if (lim->time_ms > 0 && elapsed_ms(r) > lim->time_ms)
		return exceeded(b, "time_ms", lim->time_ms, e);
	if (*ret == NULL)
		return ERR_OK;
	r->entities += (*ret)->n;
	if (!b->root)
		r->edges += (*ret)->n;
	if (lim->entities > 0 && r->entities > lim->entities)
		return exceeded(b, "entities", lim->entities, e);
	if (lim->edges > 0 && r->edges > lim->edges)
		return exceeded(b, "edges", lim->edges, e);
	return ERR_OK;
}

const struct op_class op_budget_class = {
	.name = "budget",
	.plan_kind = PLAN_BUDGET,
	.state_size = sizeof(struct budget_state),
	.open = budget_open,
	.next = budget_next,
	.rescan = op_rescan_child,
};
