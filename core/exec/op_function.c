/* op_function.c - functions in FROM: their rows, alone or (LATERAL) for each row of the child. */
#include "config.h"
#include "core/exec/operator.h"
#include "core/exec/ops.h"

#include "core/exec/series.h"
#include "core/exec/srf.h"

struct function_state {
	struct series series; /* integers alone: nothing is kept */
	struct srf_set srf;
	const struct batch *in; /* NULL: no child, or none in hand */
	bool running;
	struct arena arena; /* arguments of the child's batch */
	int nchild;
};

static int
function_open(struct op *op, struct err *e)
{
	const struct plan_function *p = PLAN_AS(plan_function, op->plan);
	struct function_state *s = op->state;
	struct arena *a = &op->x->arena;
	int *ncols = ARENA_ARRAY(a, int, p->nfuncs + 1), rc = ERR_OK;

	if (op->plan->child != NULL)
		rc = op_open(op->x, op->plan->child, &op->child, e);
	if (rc != ERR_OK)
		return rc;
	s->nchild = op->plan->child != NULL ? op->plan->child->ncols : 0;
	int left = op->plan->ncols - s->nchild - p->ordinality;
	for (int i = 0; i < p->nfuncs; i++) {
		const struct expr *x = p->funcs[i];
		while (x->kind == EXPR_RELABEL)
			x = x->args[0];
		const struct type *t = x->type;
		int n = x->kind == EXPR_FUNC && x->func->nouts > 0 ? x->func->nouts
			: t->kind == TYPE_COMPOSITE || t->nattrs > 0 ? t->nattrs
								     : 1;
		ncols[i] = i == p->nfuncs - 1 ? left
					      : n; /* the last: whatever the plan says (records) */
		left -= ncols[i];
	}
	op_out_init(op);
	if (op->plan->child == NULL && p->nfuncs == 1 && op->plan->ncols == 1) {
		rc = series_open(&s->series, op->x, p->funcs[0], e);
		if (rc != ERR_OK || series_is(&s->series))
			return rc;
	}
	return srf_open(&s->srf, op->x, p->funcs, p->nfuncs, ncols,
			plan_types(a, op->plan) + s->nchild, p->ordinality, e);
}

/* Run for the next batch of the child, or once. */
static int
function_start(struct op *op, struct err *e)
{
	struct function_state *s = op->state;

	if (op->child == NULL) {
		if (s->running) {
			op->done = true;
			return ERR_OK;
		}
	} else {
		int rc = op_next(op->child, &s->in, e);
		if (rc != ERR_OK)
			return rc;
		op->done = s->in == NULL;
		if (op->done)
			return ERR_OK;
	}
	s->running = true;
	arena_reset(&s->arena);
	return srf_run(&s->srf, s->in, &s->arena, e);
}

static int
function_next(struct op *op, const struct batch **ret, struct err *e)
{
	struct function_state *s = op->state;

	*ret = NULL;
	if (series_is(&s->series)) {
		int rc = series_next(&s->series, &op->arena, op->out.cols, &op->out.n, e);
		if (rc == ERR_OK && op->out.n != 0)
			*ret = &op->out;
		return rc;
	}
	uint16_t *rows = arena_alloc(&op->arena, BATCH_ROWS * sizeof *rows);
	while (!op->done) {
		int n = 0, rc = s->running ? srf_read(&s->srf, &op->arena, rows,
						      op->out.cols + s->nchild, &n, e)
					   : ERR_OK;

		if (rc == ERR_OK && n == 0)
			rc = function_start(op, e);
		if (rc != ERR_OK)
			return rc;
		if (n == 0)
			continue;
		for (int c = 0; c < s->nchild; c++) {
			struct vec to = vec_new(&op->arena, n);
			vec_gather(&s->in->cols[c], rows, n, to.v, to.null, &op->out.cols[c]);
		}
		op->out.n = n;
		*ret = &op->out;
		return ERR_OK;
	}
	return ERR_OK;
}

static int
function_rescan(struct op *op, struct err *e)
{
	struct function_state *s = op->state;

	series_rescan(&s->series);
	if (op->child == NULL && s->running) { /* its rows are still there */
		rowset_reader_done(&s->srf.reader);
		s->srf.reader = rowset_reader(&s->srf.rows);
		return ERR_OK;
	}
	s->running = false;
	s->in = NULL;
	return op->child != NULL ? op_rescan(op->child, e) : ERR_OK;
}

static void
function_close(struct op *op)
{
	struct function_state *s = op->state;

	srf_close(&s->srf);
	arena_done(&s->arena);
}

const struct op_class op_function_class = {
	.name = "function",
	.plan_kind = PLAN_FUNCTION,
	.state_size = sizeof(struct function_state),
	.open = function_open,
	.next = function_next,
	.rescan = function_rescan,
	.close = function_close,
};
