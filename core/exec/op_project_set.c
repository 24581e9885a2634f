/* op_project_set.c - set-returning calls in the select list: rows multiply, the rest repeats. */
#include "config.h"
#include "core/exec/operator.h"
#include "core/exec/ops.h"

#include "core/exec/srf.h"

struct project_set_state {
	struct srf_set srf;
	struct prog *plain; /* the other expressions */
	struct vec *plain_cols, *srf_cols;
	struct arena arena; /* of the child's batch */
	bool running;
};

static int
project_set_open(struct op *op, struct err *e)
{
	const struct plan_project_set *p = PLAN_AS(plan_project_set, op->plan);
	struct project_set_state *s = op->state;
	struct arena *a = &op->x->arena;
	const int n = op->plan->ncols;
	struct expr **calls = ARENA_ARRAY(a, struct expr *, n + 1),
		    **plain = ARENA_ARRAY(a, struct expr *, n + 1);
	const struct type **types = ARENA_ARRAY(a, const struct type *, n + 1);
	int *ncols = ARENA_ARRAY(a, int, n + 1), ncalls = 0, nplain = 0, rc = op_open_inputs(op, e);

	if (rc != ERR_OK)
		return rc;
	for (int i = 0; i < n; i++) {
		if (!p->srf[i]) {
			plain[nplain++] = p->exprs[i];
			continue;
		}
		types[ncalls] = op->plan->cols[i].type;
		ncols[ncalls] = 1;
		calls[ncalls++] = p->exprs[i];
	}
	s->plain_cols = ARENA_ARRAY(a, struct vec, n + 1);
	s->srf_cols = ARENA_ARRAY(a, struct vec, n + 1);
	op_out_init(op);
	rc = prog_compile(op->x, plain, nplain, BATCH_ROWS, &s->plain, e);
	return rc != ERR_OK ? rc : srf_open(&s->srf, op->x, calls, ncalls, ncols, types, false, e);
}

static int
project_set_start(struct op *op, struct err *e)
{
	struct project_set_state *s = op->state;
	const struct batch *in;
	int rc = op_next(op->child, &in, e);

	op->done = rc == ERR_OK && in == NULL;
	if (rc != ERR_OK || in == NULL)
		return rc;
	arena_reset(&s->arena);
	s->running = true;
	rc = prog_run(s->plain, in, &s->arena, s->plain_cols, e);
	return rc != ERR_OK ? rc : srf_run(&s->srf, in, &s->arena, e);
}

static int
project_set_next(struct op *op, const struct batch **ret, struct err *e)
{
	const struct plan_project_set *p = PLAN_AS(plan_project_set, op->plan);
	struct project_set_state *s = op->state;
	uint16_t *rows = arena_alloc(&op->arena, BATCH_ROWS * sizeof *rows);

	*ret = NULL;
	while (!op->done) {
		int n = 0, calls = 0, plain = 0;
		int rc = s->running ? srf_read(&s->srf, &op->arena, rows, s->srf_cols, &n, e)
				    : ERR_OK;

		if (rc == ERR_OK && n == 0)
			rc = project_set_start(op, e);
		if (rc != ERR_OK)
			return rc;
		if (n == 0)
			continue;
		for (int c = 0; c < op->out.ncols; c++) {
			if (p->srf[c]) {
				op->out.cols[c] = s->srf_cols[calls++];
				continue;
			}
			struct vec to = vec_new(&op->arena, n);
			vec_gather(&s->plain_cols[plain++], rows, n, to.v, to.null,
				   &op->out.cols[c]);
		}
		op->out.n = n;
		*ret = &op->out;
		return ERR_OK;
	}
	return ERR_OK;
}

static int
project_set_rescan(struct op *op, struct err *e)
{
	((struct project_set_state *) op->state)->running = false;
	return op_rescan(op->child, e);
}

static void
project_set_close(struct op *op)
{
	struct project_set_state *s = op->state;

	srf_close(&s->srf);
	arena_done(&s->arena);
}

const struct op_class op_project_set_class = {
	.name = "project set",
	.plan_kind = PLAN_PROJECT_SET,
	.state_size = sizeof(struct project_set_state),
	.open = project_set_open,
	.next = project_set_next,
	.rescan = project_set_rescan,
	.close = project_set_close,
};
