/* eval.c - running a program over a batch. */
#include "config.h"
#include "core/exec/prog_int.h"

#include <assert.h>

int
run_sel_pop(struct prog *p, struct insn *i UNUSED, struct err *e UNUSED)
{
	sel_pop(p);
	return ERR_OK;
}

static int
run_batch(struct prog *p, const struct batch *in, struct arena *batch, struct vec *out,
	  struct err *e)
{
	struct arena *was = p->env->type.arena;
	int rc = ERR_OK;

	assert(in->n <= p->rows);
	for (int i = 0; i < p->nloads; i++) {
		assert(p->loads[i].slot < in->ncols);
		p->regs[p->loads[i].reg] = in->cols[p->loads[i].slot];
	}
	if (in->n != 0) {
		p->env->type.arena = p->arena = batch;
		p->sel = in->sel;
		p->n = in->n;
		p->depth = 0;
		for (p->pc = 0; p->pc < p->ninsns;) {
			struct insn *i = &p->insns[p->pc++];
			rc = i->run(p, i, e);
			if (UNLIKELY(rc != ERR_OK))
				break;
		}
		p->env->type.arena = was;
		if (UNLIKELY(rc != ERR_OK))
			return rc;
	}
	for (int i = 0; i < p->nouts; i++)
		out[i] = p->regs[p->outs[i]];
	return ERR_OK;
}

/* One row after the other, as SELECT nextval('s'), nextval('s') shows. */
static int
run_rows(struct prog *p, const struct batch *in, struct arena *batch, struct vec *out,
	 struct err *e)
{
	struct vec *one = ARENA_ARRAY(batch, struct vec, p->nouts + 1);
	int rc = ERR_OK;

	for (int i = 0; i < p->nouts; i++)
		out[i] = vec_new(batch, p->rows);
	for (int k = 0; k < in->n && rc == ERR_OK; k++) {
		const uint16_t row = (uint16_t) batch_row(in, k);
		const struct batch single = {
			.n = 1, .sel = &row, .ncols = in->ncols, .cols = in->cols
		};

		rc = run_batch(p, &single, batch, one, e);
		for (int i = 0; i < p->nouts && rc == ERR_OK; i++) {
			out[i].null[row] = vec_null(&one[i], row);
			out[i].v[row] = out[i].null[row] ? datum_int(0) : vec_at(&one[i], row);
		}
	}
	return rc;
}

int
prog_run(struct prog *p, const struct batch *in, struct arena *batch, struct vec *out,
	 struct err *e)
{
	return UNLIKELY(p->by_row) && in->n > 1 ? run_rows(p, in, batch, out, e)
						: run_batch(p, in, batch, out, e);
}

int
prog_value(struct prog *p, struct arena *batch, union datum *ret, bool *ret_null, struct err *e)
{
	const struct batch one = { .n = 1 };
	struct vec v;
	int rc = prog_run(p, &one, batch, &v, e);

	if (rc != ERR_OK)
		return rc;
	*ret_null = vec_null(&v, 0);
	*ret = *ret_null ? datum_int(0) : v.v[0];
	return ERR_OK;
}

int
prog_slot(const struct prog *p, int i)
{
	return p->out_slots[i];
}

int
eval_now(struct exec *x, struct expr *expr, struct arena *a, union datum *ret, bool *ret_null,
	 struct err *e)
{
	struct prog *p;
	int rc = prog_compile(x, &expr, 1, 1, &p, e);

	if (rc != ERR_OK)
		return rc;
	return prog_value(p, a, ret, ret_null, e);
}
