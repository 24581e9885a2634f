/* eval_logic.c - AND, OR, NOT, IS tests, CASE, COALESCE: what narrows the selection.
 *
 * The result register of AND and OR holds what is known so far for every row of the outer
 * selection; each further operand is computed only for the rows it can still change. */
#include "config.h"
#include "core/exec/prog_int.h"

/* -- AND, OR ---------------------------------------------------------------------------------- */
struct logic {
	int64_t decided; /* the value that ends the matter: false for AND */
	uint16_t *sel;
	bool first, last;
};

/* dst (op)= operand; go on with the rows that are not decided. */
static int
run_logic(struct prog *p, struct insn *i, struct err *e UNUSED)
{
	struct logic *l = i->aux;
	const struct vec in = p->regs[i->args[0]];
	int m = 0;

	if (l->first) {
		struct vec *dst = reg_out(p, i->dst);
		sel_push(p);
		if (in.null != NULL)
			(void) reg_nulls(p, i->dst);
		for (int k = 0; k < p->n; k++) {
			int row = prog_row(p, k);
			bool null = vec_null(&in, row);
			if (null)
				dst->null[row] = 1;
			dst->v[row].i = null ? !l->decided : vec_at(&in, row).i != 0;
			l->sel[m] = (uint16_t) row;
			m += dst->v[row].i != l->decided;
		}
	} else {
		struct vec *dst = &p->regs[i->dst];
		for (int k = 0; k < p->n; k++) {
			int row = prog_row(p, k);
			if (vec_null(&in, row)) {
				reg_nulls(p, i->dst)[row] = 1;
			} else if ((vec_at(&in, row).i != 0) == l->decided) {
				dst->v[row].i = l->decided;
				if (dst->null != NULL)
					dst->null[row] = 0;
			}
			l->sel[m] = (uint16_t) row;
			m += dst->v[row].i != l->decided;
		}
	}
	p->sel = l->sel;
	p->n = m;
	if (m == 0 && !l->last)
		p->pc = i->jump;
	return ERR_OK;
}

int
compile_logic(struct compiler *c, struct expr *x, int *ret_reg, struct err *e)
{
	uint16_t *sel = compiler_sel(c);
	int dst = compiler_reg(c), was, first = -1;

	compiler_pin(c, dst, &was);
	compiler_push(c);
	int *at = ARENA_ARRAY(c->arena, int, x->nargs);
	for (int k = 0; k < x->nargs; k++) {
		struct logic *l = ARENA_NEW(c->arena, struct logic);
		int r, rc = compile_expr(c, x->args[k], &r, e);
		if (rc != ERR_OK)
			return rc;
		*l = (struct logic){ x->kind == EXPR_OR, sel, first < 0, k == x->nargs - 1 };
		at[k] = compiler_emit(c, run_logic, dst, &r, 1, l);
		first = 0;
		compiler_free(c, r);
	}
	for (int k = 0; k < x->nargs; k++)
		c->p->insns[at[k]].jump = c->p->ninsns;
	compiler_emit(c, run_sel_pop, -1, NULL, 0, NULL);
	compiler_pop(c);
	compiler_unpin(c, dst, was);
	*ret_reg = dst;
	return ERR_OK;
}

static int
run_not(struct prog *p, struct insn *i, struct err *e UNUSED)
{
	const struct vec in = p->regs[i->args[0]];
	struct vec *dst = reg_out(p, i->dst);

	if (in.null != NULL)
		(void) reg_nulls(p, i->dst);
	for (int k = 0; k < p->n; k++) {
		int row = prog_row(p, k);
		if (in.null != NULL)
			dst->null[row] = vec_null(&in, row);
		dst->v[row].i = vec_at(&in, row).i == 0;
	}
	return ERR_OK;
}

int
compile_not(struct compiler *c, struct expr *x, int *ret_reg, struct err *e)
{
	return compile_simple(c, x->args, 1, run_not, NULL, ret_reg, e);
}

/* -- IS NULL, IS TRUE ... --------------------------------------------------------------------- */
struct test {
	enum expr_kind kind;
	const struct type *type;
};

/* SQL's rule: a row is null when all its fields are, not null when none is. */
static bool
test_record(struct prog *p, const struct test *t, union datum d)
{
	const union datum *v;
	const bool *nulls;
	int n = record_fields(t->type, d, p->arena, &v, &nulls);

	for (int i = 0; i < n; i++)
		if (nulls[i] != (t->kind == EXPR_IS_NULL))
			return false;
	return true;
}

static int
run_null_test(struct prog *p, struct insn *i, struct err *e UNUSED)
{
	const struct test *t = i->aux;
	const struct vec in = p->regs[i->args[0]];
	struct vec *dst = reg_out(p, i->dst);
	const bool want = t->kind == EXPR_IS_NULL;

	for (int k = 0; k < p->n; k++) {
		int row = prog_row(p, k);
		bool null = vec_null(&in, row);
		if (!null && t->type != NULL)
			dst->v[row].i = test_record(p, t, vec_at(&in, row));
		else
			dst->v[row].i = null == want;
	}
	return ERR_OK;
}

static int
run_bool_test(struct prog *p, struct insn *i, struct err *e UNUSED)
{
	const struct test *t = i->aux;
	const struct vec in = p->regs[i->args[0]];
	struct vec *dst = reg_out(p, i->dst);

	for (int k = 0; k < p->n; k++) {
		int row = prog_row(p, k);
		bool null = vec_null(&in, row), v = !null && vec_at(&in, row).i != 0, r;
		switch (t->kind) {
		case EXPR_IS_TRUE:
			r = v;
			break;
		case EXPR_IS_NOT_TRUE:
			r = !v;
			break;
		case EXPR_IS_FALSE:
			r = !null && !v;
			break;
		case EXPR_IS_NOT_FALSE:
			r = null || v;
			break;
		case EXPR_IS_UNKNOWN:
			r = null;
			break;
		default:
			r = !null;
			break;
		}
		dst->v[row].i = r;
	}
	return ERR_OK;
}

int
compile_test(struct compiler *c, struct expr *x, int *ret_reg, struct err *e)
{
	struct test *t = ARENA_NEW(c->arena, struct test);
	const struct type *in = x->args[0]->type;
	bool null_test = x->kind == EXPR_IS_NULL || x->kind == EXPR_IS_NOT_NULL;

	t->kind = x->kind;
	if (in->kind == TYPE_COMPOSITE || in->oid == OID_RECORD)
		t->type = in;
	return compile_simple(c, x->args, 1, null_test ? run_null_test : run_bool_test, t, ret_reg,
			      e);
}

/* -- CASE ------------------------------------------------------------------------------------- */
struct branch {
	uint16_t *taken, *rest;
	int nrest;
};

static int
run_case_begin(struct prog *p, struct insn *i, struct err *e UNUSED)
{
	reg_out(p, i->dst);
	(void) reg_nulls(p, i->dst);
	sel_push(p);
	return ERR_OK;
}

/* Rows whose condition holds go on; the others wait in `rest`. */
static int
run_case_when(struct prog *p, struct insn *i, struct err *e UNUSED)
{
	struct branch *b = i->aux;
	const struct vec in = p->regs[i->args[0]];
	int m = 0, r = 0;

	for (int k = 0; k < p->n; k++) {
		int row = prog_row(p, k);
		bool yes = !vec_null(&in, row) && vec_at(&in, row).i != 0;
		b->taken[m] = (uint16_t) row;
		m += yes;
		b->rest[r] = (uint16_t) row; /* may be the selection itself: r never passes k */
		r += !yes;
	}
	b->nrest = r;
	if (m == 0) {
		p->sel = b->rest;
		p->n = r;
		p->pc = i->jump;
		return ERR_OK;
	}
	p->sel = b->taken;
	p->n = m;
	return ERR_OK;
}

static void
copy_rows(struct prog *p, const struct vec *in, int dst)
{
	struct vec *to = &p->regs[dst];

	for (int k = 0; k < p->n; k++) {
		int row = prog_row(p, k);
		to->v[row] = vec_at(in, row);
		to->null[row] = vec_null(in, row);
	}
}

/* The value of a branch; then the rows that wait. */
static int
run_case_then(struct prog *p, struct insn *i, struct err *e UNUSED)
{
	struct branch *b = i->aux;
	const struct vec in = p->regs[i->args[0]];

	copy_rows(p, &in, i->dst);
	p->sel = b->rest;
	p->n = b->nrest;
	if (b->nrest == 0)
		p->pc = i->jump;
	return ERR_OK;
}

/* ELSE; without one the rest is null. */
static int
run_case_else(struct prog *p, struct insn *i, struct err *e UNUSED)
{
	if (i->nargs != 0) {
		const struct vec in = p->regs[i->args[0]];
		copy_rows(p, &in, i->dst);
		return ERR_OK;
	}
	uint8_t *null = reg_nulls(p, i->dst);
	for (int k = 0; k < p->n; k++)
		null[prog_row(p, k)] = 1;
	return ERR_OK;
}

/* One WHEN and its THEN; *ret_then is the instruction whose jump is the end of the CASE. */
static int
compile_branch(struct compiler *c, struct expr *x, int k, int dst, uint16_t *taken, uint16_t *rest,
	       int *ret_then, struct err *e)
{
	struct branch *b = ARENA_NEW(c->arena, struct branch);
	int cond, value, rc = compile_expr(c, x->args[k], &cond, e);

	if (rc != ERR_OK)
		return rc;
	b->taken = taken;
	b->rest = rest;
	int when = compiler_emit(c, run_case_when, -1, &cond, 1, b);
	compiler_free(c, cond);
	rc = compile_expr(c, x->args[k + 1], &value, e);
	if (rc != ERR_OK)
		return rc;
	*ret_then = compiler_emit(c, run_case_then, dst, &value, 1, b);
	compiler_free(c, value);
	c->p->insns[when].jump = c->p->ninsns;
	return ERR_OK;
}

static int
compile_branches(struct compiler *c, struct expr *x, int dst, struct err *e)
{
	int n = x->nargs / 2, rc;
	int *then = ARENA_ARRAY(c->arena, int, n == 0 ? 1 : n);
	uint16_t *taken = compiler_sel(c), *rest = compiler_sel(c);

	for (int k = 0; k < n; k++) {
		rc = compile_branch(c, x, k * 2, dst, taken, rest, &then[k], e);
		if (rc != ERR_OK)
			return rc;
	}
	if (x->nargs % 2 != 0) {
		int value;
		rc = compile_expr(c, x->args[x->nargs - 1], &value, e);
		if (rc != ERR_OK)
			return rc;
		compiler_emit(c, run_case_else, dst, &value, 1, NULL);
		compiler_free(c, value);
	} else {
		compiler_emit(c, run_case_else, dst, NULL, 0, NULL);
	}
	for (int k = 0; k < n; k++)
		c->p->insns[then[k]].jump = c->p->ninsns;
	return ERR_OK;
}

int
compile_case(struct compiler *c, struct expr *x, int *ret_reg, struct err *e)
{
	int outer = c->case_value, test = -1, test_was = 0, was;

	if (x->test != NULL) {
		int rc = compile_expr(c, x->test, &test, e);
		if (rc != ERR_OK)
			return rc;
		compiler_pin(c, test, &test_was);
		c->case_value = test;
	}
	int dst = compiler_reg(c);
	compiler_pin(c, dst, &was);
	compiler_emit(c, run_case_begin, dst, NULL, 0, NULL);
	compiler_push(c);
	int rc = compile_branches(c, x, dst, e);
	if (rc != ERR_OK)
		return rc;
	compiler_emit(c, run_sel_pop, -1, NULL, 0, NULL);
	compiler_pop(c);
	compiler_unpin(c, dst, was);
	if (test >= 0) {
		compiler_unpin(c, test, test_was);
		compiler_free(c, test);
		c->case_value = outer;
	}
	*ret_reg = dst;
	return ERR_OK;
}

/* -- COALESCE --------------------------------------------------------------------------------- */
struct coalesce {
	uint16_t *sel;
	bool first, last;
};

static int
run_coalesce(struct prog *p, struct insn *i, struct err *e UNUSED)
{
	struct coalesce *l = i->aux;
	const struct vec in = p->regs[i->args[0]];
	int m = 0;

	if (l->first) {
		reg_out(p, i->dst);
		(void) reg_nulls(p, i->dst);
		sel_push(p);
	}
	copy_rows(p, &in, i->dst);
	for (int k = 0; k < p->n; k++) {
		int row = prog_row(p, k);
		l->sel[m] = (uint16_t) row;
		m += vec_null(&in, row);
	}
	p->sel = l->sel;
	p->n = m;
	if (m == 0 && !l->last)
		p->pc = i->jump;
	return ERR_OK;
}

int
compile_coalesce(struct compiler *c, struct expr *x, int *ret_reg, struct err *e)
{
	uint16_t *sel = compiler_sel(c);
	int *at = ARENA_ARRAY(c->arena, int, x->nargs);
	int dst = compiler_reg(c), was;

	compiler_pin(c, dst, &was);
	compiler_push(c);
	for (int k = 0; k < x->nargs; k++) {
		struct coalesce *l = ARENA_NEW(c->arena, struct coalesce);
		int r, rc = compile_expr(c, x->args[k], &r, e);
		if (rc != ERR_OK)
			return rc;
		*l = (struct coalesce){ sel, k == 0, k == x->nargs - 1 };
		at[k] = compiler_emit(c, run_coalesce, dst, &r, 1, l);
		compiler_free(c, r);
	}
	for (int k = 0; k < x->nargs; k++)
		c->p->insns[at[k]].jump = c->p->ninsns;
	compiler_emit(c, run_sel_pop, -1, NULL, 0, NULL);
	compiler_pop(c);
	compiler_unpin(c, dst, was);
	*ret_reg = dst;
	return ERR_OK;
}
