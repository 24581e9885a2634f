/* compile.c - bound expressions to programs: registers, selections, constants.
 *
 * Temporary registers are reused as soon as their last reader has been emitted.  A register
 * that an enclosing instruction still needs (CASE's test, a result being assembled) is pinned.
 *
 * Not here: what each kind of node does (eval_*.c), conditions (filter.c). */
#include "config.h"
#include "core/exec/prog_int.h"

#include <assert.h>

enum reg_kind { REG_TEMP, REG_FIXED, REG_PINNED };

enum { NESTING_MAX = 5000 };

int
compile_fail(struct err *e, const struct expr *x)
{
	return err_set(e, ERR_INTERNAL_ERROR, "unrecognized expression kind: %d", (int) x->kind);
}

static void
regs_grow(struct compiler *c)
{
	int cap = c->reg_cap == 0 ? 16 : c->reg_cap * 2;
	struct prog *p = c->p;
	struct vec *regs = ARENA_ARRAY(c->arena, struct vec, cap),
		   *bufs = ARENA_ARRAY(c->arena, struct vec, cap);
	uint8_t *kind = ARENA_ARRAY(c->arena, uint8_t, cap);
	int *free_regs = ARENA_ARRAY(c->arena, int, cap);

	if (p->nregs != 0) {
		memcpy(regs, p->regs, (size_t) p->nregs * sizeof *regs);
		memcpy(bufs, p->bufs, (size_t) p->nregs * sizeof *bufs);
		memcpy(kind, c->reg_kind, (size_t) p->nregs);
		memcpy(free_regs, c->free_regs, (size_t) c->nfree * sizeof *free_regs);
	}
	p->regs = regs;
	p->bufs = bufs;
	c->reg_kind = kind;
	c->free_regs = free_regs;
	c->reg_cap = cap;
}

static int
reg_add(struct compiler *c, enum reg_kind kind, int rows)
{
	struct prog *p = c->p;

	if (p->nregs == c->reg_cap)
		regs_grow(c);
	int r = p->nregs++;
	if (rows != 0)
		p->bufs[r] = vec_new(c->arena, rows);
	c->reg_kind[r] = (uint8_t) kind;
	return r;
}

int
compiler_reg(struct compiler *c)
{
	if (c->nfree != 0)
		return c->free_regs[--c->nfree];
	return reg_add(c, REG_TEMP, c->p->rows);
}

void
compiler_free(struct compiler *c, int reg)
{
	if (c->reg_kind[reg] != REG_TEMP)
		return;
	for (int i = 0; i < c->nfree; i++)
		if (c->free_regs[i] == reg)
			return; /* one register read twice by its instruction */
	c->free_regs[c->nfree++] = reg;
}

void
compiler_free_all(struct compiler *c, const int *regs, int n)
{
	for (int i = 0; i < n; i++)
		compiler_free(c, regs[i]);
}

void
compiler_pin(struct compiler *c, int reg, int *ret_was)
{
	*ret_was = c->reg_kind[reg];
	if (*ret_was == REG_TEMP)
		c->reg_kind[reg] = REG_PINNED;
}

void
compiler_unpin(struct compiler *c, int reg, int was)
{
	c->reg_kind[reg] = (uint8_t) was;
}

int
compiler_emit(struct compiler *c, insn_run *run, int dst, const int *args, int nargs, void *aux)
{
	struct prog *p = c->p;

	if (p->ninsns == c->insn_cap) {
		int cap = c->insn_cap == 0 ? 16 : c->insn_cap * 2;
		struct insn *more = ARENA_ARRAY(c->arena, struct insn, cap);
		if (p->ninsns != 0)
			memcpy(more, p->insns, (size_t) p->ninsns * sizeof *more);
		p->insns = more;
		c->insn_cap = cap;
	}
	p->insns[p->ninsns] = (struct insn){
		.run = run,
		.dst = dst,
		.nargs = nargs,
		.aux = aux,
		.args = nargs == 0 ? NULL
				   : arena_dup(c->arena, args, (size_t) nargs * sizeof *args),
	};
	return p->ninsns++;
}

void
compiler_push(struct compiler *c)
{
	if (++c->depth > c->p->depth_max)
		c->p->depth_max = c->depth;
}

void
compiler_pop(struct compiler *c)
{
	c->depth--;
}

uint16_t *
compiler_sel(struct compiler *c)
{
	return arena_alloc(c->arena, (size_t) c->p->rows * sizeof(uint16_t));
}

int
compile_args(struct compiler *c, struct expr *const *args, int n, int **ret_regs, struct err *e)
{
	int *regs = ARENA_ARRAY(c->arena, int, n == 0 ? 1 : n);

	for (int i = 0; i < n; i++) {
		int rc = compile_expr(c, args[i], &regs[i], e);
		if (rc != ERR_OK)
			return rc;
	}
	*ret_regs = regs;
	return ERR_OK;
}

int
compile_simple(struct compiler *c, struct expr *const *args, int n, insn_run *run, void *aux,
	       int *ret_reg, struct err *e)
{
	int *regs, rc = compile_args(c, args, n, &regs, e);

	if (rc != ERR_OK)
		return rc;
	int dst = compiler_reg(c);
	compiler_emit(c, run, dst, regs, n, aux);
	compiler_free_all(c, regs, n);
	*ret_reg = dst;
	return ERR_OK;
}

/* -- leaves ----------------------------------------------------------------------------------- */
static int
const_reg(struct compiler *c, union datum v, bool is_null)
{
	int r = reg_add(c, REG_FIXED, 0);
	union datum *d = arena_alloc(c->arena, sizeof *d);
	uint8_t *null = arena_alloc(c->arena, 1);

	*d = is_null ? datum_int(0) : v;
	*null = 1;
	c->p->regs[r] = (struct vec){ .v = d, .null = is_null ? null : NULL, .stride = 0 };
	return r;
}

static int
compile_param(struct compiler *c, struct expr *x, int *ret_reg, struct err *e)
{
	const struct exec_params *ps = &c->x->params;

	if (x->number < 1 || x->number > ps->n)
		return err_set(e, ERR_UNDEFINED_PARAMETER, "there is no parameter $%d", x->number);
	int i = x->number - 1;
	*ret_reg = const_reg(c, ps->values[i], ps->nulls != NULL && ps->nulls[i]);
	return ERR_OK;
}

static int
slot_reg(struct compiler *c, int slot)
{
	struct prog *p = c->p;

	for (int i = 0; i < p->nloads; i++)
		if (p->loads[i].slot == slot)
			return p->loads[i].reg;
	if (p->nloads == c->load_cap) {
		int cap = c->load_cap == 0 ? 8 : c->load_cap * 2;
		struct slot_load *more = ARENA_ARRAY(c->arena, struct slot_load, cap);
		if (p->nloads != 0)
			memcpy(more, p->loads, (size_t) p->nloads * sizeof *more);
		p->loads = more;
		c->load_cap = cap;
	}
	int r = reg_add(c, REG_FIXED, 0);
	p->loads[p->nloads++] = (struct slot_load){ slot, r };
	return r;
}

static int
compile_case_value(struct compiler *c, int *ret_reg, struct err *e)
{
	if (c->case_value >= 0) {
		*ret_reg = c->case_value;
		return ERR_OK;
	}
	if (c->case_value_slot) {
		*ret_reg = slot_reg(c, 0);
		return ERR_OK;
	}
	return err_set(e, ERR_INTERNAL_ERROR, "CASE value outside of its expression");
}

/* -- constant parts, computed at first use ---------------------------------------------------- */
struct once {
	bool done;
};

static int
run_once_begin(struct prog *p, struct insn *i, struct err *e UNUSED)
{
	if (((struct once *) i->aux)->done) {
		p->pc = i->jump;
		return ERR_OK;
	}
	sel_push(p);
	p->sel = NULL;
	p->n = 1;
	return ERR_OK;
}

struct once_end {
	struct once *once;
	const struct type *type;
};

static int
run_once_end(struct prog *p, struct insn *i, struct err *e UNUSED)
{
	struct once_end *o = i->aux;
	const struct vec *src = &p->regs[i->args[0]];
	struct vec *dst = &p->regs[i->dst];
	bool null = vec_null(src, 0);
	union datum *d = (union datum *) dst->v;

	*d = null ? datum_int(0) : datum_copy(&p->x->arena, src->v[0], o->type->byval);
	dst->null = null ? p->bufs[i->dst].null : NULL;
	o->once->done = true;
	sel_pop(p);
	return ERR_OK;
}

static bool
all_once(struct expr *const *args, int n)
{
	for (int i = 0; i < n; i++)
		if (args[i] != NULL && !expr_is_once(args[i]))
			return false;
	return true;
}

bool
expr_is_once(const struct expr *x)
{
	switch (x->kind) {
	case EXPR_CONST:
	case EXPR_PARAM:
	case EXPR_INIT:
	case EXPR_SQL_VALUE:
		return true;
	case EXPR_FUNC:
	case EXPR_DISTINCT:
	case EXPR_NOT_DISTINCT:
	case EXPR_NULLIF:
	case EXPR_ANY:
	case EXPR_ALL:
		return x->func->volatility != 'v' && !x->func->retset &&
		       all_once(x->args, x->nargs);
	case EXPR_ROW_COMPARE:
	case EXPR_AND:
	case EXPR_OR:
	case EXPR_NOT:
	case EXPR_IS_NULL:
	case EXPR_IS_NOT_NULL:
	case EXPR_IS_TRUE:
	case EXPR_IS_NOT_TRUE:
	case EXPR_IS_FALSE:
	case EXPR_IS_NOT_FALSE:
	case EXPR_IS_UNKNOWN:
	case EXPR_IS_NOT_UNKNOWN:
	case EXPR_COALESCE:
	case EXPR_GREATEST:
	case EXPR_LEAST:
	case EXPR_ARRAY:
	case EXPR_ROW:
	case EXPR_RELABEL:
	case EXPR_CAST_IO:
	case EXPR_CAST_ARRAY:
	case EXPR_TYPMOD:
	case EXPR_DOMAIN_CHECK:
	case EXPR_FIELD:
	case EXPR_JSON_OBJECT:
		return all_once(x->args, x->nargs);
	case EXPR_SUBSCRIPT:
		return all_once(x->args, x->nargs) && all_once(x->subs, x->nsubs);
	case EXPR_CASE:
		return x->test == NULL && all_once(x->args, x->nargs);
	default:
		return false;
	}
}

static int
compile_once(struct compiler *c, struct expr *x, int *ret_reg, struct err *e)
{
	struct once *once = ARENA_NEW(c->arena, struct once);
	struct once_end *end = ARENA_NEW(c->arena, struct once_end);
	int begin = compiler_emit(c, run_once_begin, -1, NULL, 0, once), r;

	compiler_push(c);
	c->once = true;
	int rc = compile_expr(c, x, &r, e);
	c->once = false;
	compiler_pop(c);
	if (rc != ERR_OK)
		return rc;

	int dst = reg_add(c, REG_FIXED, 1);
	c->p->regs[dst] = c->p->bufs[dst];
	c->p->regs[dst].stride = 0;
	c->p->bufs[dst].null[0] = 1;
	*end = (struct once_end){ once, x->type };
	compiler_emit(c, run_once_end, dst, &r, 1, end);
	compiler_free(c, r);
	c->p->insns[begin].jump = c->p->ninsns;
	*ret_reg = dst;
	return ERR_OK;
}

/* -- nodes ------------------------------------------------------------------------------------ */
static int
compile_node(struct compiler *c, struct expr *x, int *ret_reg, struct err *e)
{
	switch (x->kind) {
	case EXPR_CONST:
		*ret_reg = const_reg(c, x->value, x->is_null);
		return ERR_OK;
	case EXPR_PARAM:
		return compile_param(c, x, ret_reg, e);
	case EXPR_SLOT:
		*ret_reg = slot_reg(c, x->slot);
		return ERR_OK;
	case EXPR_CASE_VALUE:
		return compile_case_value(c, ret_reg, e);
	case EXPR_RELABEL:
		return compile_expr(c, x->args[0], ret_reg, e);
	case EXPR_FUNC:
		return compile_func(c, x, ret_reg, e);
	case EXPR_AND:
	case EXPR_OR:
		return compile_logic(c, x, ret_reg, e);
	case EXPR_NOT:
		return compile_not(c, x, ret_reg, e);
	case EXPR_IS_NULL:
	case EXPR_IS_NOT_NULL:
	case EXPR_IS_TRUE:
	case EXPR_IS_NOT_TRUE:
	case EXPR_IS_FALSE:
	case EXPR_IS_NOT_FALSE:
	case EXPR_IS_UNKNOWN:
	case EXPR_IS_NOT_UNKNOWN:
		return compile_test(c, x, ret_reg, e);
	case EXPR_DISTINCT:
	case EXPR_NOT_DISTINCT:
		return compile_distinct(c, x, ret_reg, e);
	case EXPR_NULLIF:
		return compile_nullif(c, x, ret_reg, e);
	case EXPR_CASE:
		return compile_case(c, x, ret_reg, e);
	case EXPR_COALESCE:
		return compile_coalesce(c, x, ret_reg, e);
	case EXPR_GREATEST:
	case EXPR_LEAST:
		return compile_extreme(c, x, ret_reg, e);
	case EXPR_ARRAY:
		return compile_array(c, x, ret_reg, e);
	case EXPR_ROW:
		return compile_row(c, x, ret_reg, e);
	case EXPR_ROW_COMPARE:
		return compile_row_compare(c, x, ret_reg, e);
	case EXPR_ANY:
	case EXPR_ALL:
		return compile_any(c, x, ret_reg, e);
	case EXPR_CAST_IO:
		return compile_cast_io(c, x, ret_reg, e);
	case EXPR_CAST_ARRAY:
		return compile_cast_array(c, x, ret_reg, e);
	case EXPR_TYPMOD:
		return compile_typmod(c, x, ret_reg, e);
	case EXPR_DOMAIN_CHECK:
		return compile_domain(c, x, ret_reg, e);
	case EXPR_SUBSCRIPT:
		return compile_subscript(c, x, ret_reg, e);
	case EXPR_FIELD:
		return compile_field(c, x, ret_reg, e);
	case EXPR_SQL_VALUE:
		return compile_sql_value(c, x, ret_reg, e);
	case EXPR_INIT:
		return compile_init(c, x, ret_reg, e);
	case EXPR_NEXTVAL:
		return compile_nextval(c, x, ret_reg, e);
	case EXPR_JSON_OBJECT:
		return compile_json_object(c, x, ret_reg, e);
	default:
		return compile_fail(e, x);
	}
}

int
compile_expr(struct compiler *c, struct expr *x, int *ret_reg, struct err *e)
{
	int rc;

	assert(x != NULL);
	if (++c->nesting > NESTING_MAX)
		return err_set(e, ERR_STATEMENT_TOO_COMPLEX, "stack depth limit exceeded");
	if (!c->once && x->kind != EXPR_CONST && x->kind != EXPR_PARAM && x->kind != EXPR_RELABEL &&
	    expr_is_once(x))
		rc = compile_once(c, x, ret_reg, e);
	else
		rc = compile_node(c, x, ret_reg, e);
	c->nesting--;
	return rc;
}

/* -- programs --------------------------------------------------------------------------------- */
static int
compile_into(struct compiler *c, struct expr *const *exprs, int n, int rows, struct prog **ret,
	     struct err *e)
{
	struct prog *p = ARENA_NEW(c->arena, struct prog);
	const int ordered_before = c->x->ordered_calls;

	*p = (struct prog){ .x = c->x, .env = &c->x->env, .rows = rows, .nouts = n };
	c->p = p;
	p->outs = ARENA_ARRAY(c->arena, int, n == 0 ? 1 : n);
	p->out_slots = ARENA_ARRAY(c->arena, int, n == 0 ? 1 : n);
	for (int i = 0; i < n; i++) {
		int was, rc = compile_expr(c, exprs[i], &p->outs[i], e);
		if (rc != ERR_OK)
			return rc;
		compiler_pin(c, p->outs[i], &was);
		const struct expr *x = exprs[i];
		while (x->kind == EXPR_RELABEL)
			x = x->args[0];
		p->out_slots[i] = x->kind == EXPR_SLOT ? x->slot : -1;
	}
	if (p->depth_max > PROG_DEPTH_MAX)
		return err_set(e, ERR_STATEMENT_TOO_COMPLEX, "expression is nested too deeply");
	p->by_row = c->x->ordered_calls > ordered_before + 1;
	p->stack = ARENA_ARRAY(c->arena, struct selection, p->depth_max + 1);
	*ret = p;
	return ERR_OK;
}

int
prog_compile(struct exec *x, struct expr *const *exprs, int n, int rows, struct prog **ret,
	     struct err *e)
{
	struct compiler c = { .x = x, .arena = &x->arena, .case_value = -1 };

	return compile_into(&c, exprs, n, rows, ret, e);
}

int
compile_element(struct compiler *outer, struct expr *x, struct prog **ret, struct err *e)
{
	struct compiler c = {
		.x = outer->x, .arena = outer->arena, .case_value = -1, .case_value_slot = true
	};

	return compile_into(&c, &x, 1, BATCH_ROWS, ret, e);
}
