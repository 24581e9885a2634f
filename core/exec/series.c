/* series.c - generate_series(start, stop [, step]) of integers. */
#include "config.h"
#include "core/exec/series.h"

int
series_open(struct series *s, struct exec *x, const struct expr *expr, struct err *e)
{
	while (expr->kind == EXPR_RELABEL)
		expr = expr->args[0];
	if (expr->kind != EXPR_FUNC || !expr->func->retset || expr->nargs < 2 || expr->nargs > 3 ||
	    strcmp(expr->func->name, "generate_series") != 0)
		return ERR_OK;
	for (int i = 0; i < expr->nargs; i++)
		if (expr->func->args[i] != OID_INT4 && expr->func->args[i] != OID_INT8)
			return ERR_OK;
	s->nargs = expr->nargs;
	return prog_compile(x, expr->args, expr->nargs, 1, &s->args, e);
}

static int
begin(struct series *s, struct arena *batch, struct err *e)
{
	const struct batch one = { .n = 1 };
	struct vec v[3];
	int rc = prog_run(s->args, &one, batch, v, e);

	if (rc != ERR_OK)
		return rc;
	s->begun = true;
	s->done = false;
	for (int i = 0; i < s->nargs; i++)
		s->done |= vec_null(&v[i], 0);
	if (s->done)
		return ERR_OK;
	s->next = v[0].v[0].i;
	s->stop = v[1].v[0].i;
	s->step = s->nargs == 3 ? v[2].v[0].i : 1;
	if (s->step == 0)
		return err_set(e, ERR_INVALID_PARAMETER_VALUE, "step size cannot equal zero");
	s->done = s->step > 0 ? s->next > s->stop : s->next < s->stop;
	return ERR_OK;
}

int
series_next(struct series *s, struct arena *batch, struct vec *ret, int *ret_n, struct err *e)
{
	int n = 0, rc = s->begun ? ERR_OK : begin(s, batch, e);

	*ret_n = 0;
	if (rc != ERR_OK || s->done)
		return rc;
	union datum *v = arena_alloc(batch, BATCH_ROWS * sizeof *v);
	while (n < BATCH_ROWS) {
		v[n++].i = s->next;
		if (__builtin_add_overflow(s->next, s->step, &s->next) ||
		    (s->step > 0 ? s->next > s->stop : s->next < s->stop)) {
			s->done = true;
			break;
		}
	}
	*ret = (struct vec){ .v = v, .stride = 1 };
	*ret_n = n;
	return ERR_OK;
}
