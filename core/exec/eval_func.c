/* eval_func.c - function calls over vectors: strictness, kernels, loops; IS DISTINCT, NULLIF. */
#include "config.h"
#include "core/exec/prog_int.h"

/* Volatile, but nobody can tell in which order the rows were computed. */
static bool
is_unordered(const struct func *f)
{
	enum { RANDOM = 1598, GEN_RANDOM_UUID = 3432, CLOCK_TIMESTAMP = 2649 };

	return f->oid == RANDOM || f->oid == GEN_RANDOM_UUID || f->oid == CLOCK_TIMESTAMP;
}

struct call *
call_new(struct compiler *c, const struct func *f, const struct type *const *arg_types, int nargs,
	 const struct type *ret, oid_t collation, bool variadic)
{
	struct call *k = ARENA_NEW(c->arena, struct call);

	k->func = f;
	k->argv = ARENA_ARRAY(c->arena, struct vec, nargs == 0 ? 1 : nargs);
	k->live =
		arena_alloc(c->arena, (size_t) (c->p != NULL ? c->p->rows : 1) * sizeof(uint16_t));
	k->fc = (struct fcall){
		.func = f,
		.env = &c->x->env,
		.nargs = nargs,
		.arg_types = arg_types,
		.ret_type = ret,
		.collation = collation,
		.variadic = variadic,
	};
	if (f->volatility == 'v')
		c->x->volatile_calls++;
	if (f->volatility == 'v' && !is_unordered(f))
		c->x->ordered_calls++;
	return k;
}

/* The rows of the selection that have no null argument; flags of the others are set in dst.
 * Returns how many there are; *ret_sel is NULL when all rows of a dense selection are live. */
static int
live_rows(struct prog *p, struct call *k, int dst, const uint16_t **ret_sel)
{
	const uint16_t *sel = p->sel;
	int n = p->n;

	for (int a = 0; a < k->fc.nargs; a++) {
		const struct vec *v = &k->argv[a];
		int m = 0;

		if (v->null == NULL)
			continue;
		if (v->stride == 0) {
			if (v->null[0] == 0)
				continue;
			uint8_t *null = reg_nulls(p, dst);
			for (int i = 0; i < p->n; i++)
				null[prog_row(p, i)] = 1;
			return 0;
		}
		uint8_t *null = reg_nulls(p, dst);
		for (int i = 0; i < n; i++) {
			uint16_t row = sel != NULL ? sel[i] : (uint16_t) i;
			null[row] |= v->null[row] != 0;
			k->live[m] = row;
			m += v->null[row] == 0;
		}
		if (m == n && p->regs[dst].null != NULL)
			continue;
		sel = k->live;
		n = m;
	}
	*ret_sel = sel;
	return n;
}

static int
loop_strict(struct prog *p, struct call *k, int dst, const uint16_t *sel, int n, struct err *e)
{
	union datum args[FUNC_ARGS_MAX];
	static const bool no_nulls[FUNC_ARGS_MAX];
	const int nargs = k->fc.nargs;
	struct vec *ret = &p->regs[dst];

	for (int i = 0; i < n; i++) {
		int row = sel != NULL ? sel[i] : i;
		bool null = false;
		for (int a = 0; a < nargs; a++)
			args[a] = vec_at(&k->argv[a], row);
		int rc = k->func->impl(&k->fc, args, no_nulls, &ret->v[row], &null, e);
		if (UNLIKELY(rc != ERR_OK))
			return rc;
		if (null)
			reg_nulls(p, dst)[row] = 1;
	}
	return ERR_OK;
}

static int
loop_nullable(struct prog *p, struct call *k, int dst, struct err *e)
{
	union datum args[FUNC_ARGS_MAX];
	bool nulls[FUNC_ARGS_MAX];
	const int nargs = k->fc.nargs;
	struct vec *ret = &p->regs[dst];

	for (int i = 0; i < p->n; i++) {
		int row = prog_row(p, i);
		bool null = false;
		for (int a = 0; a < nargs; a++) {
			nulls[a] = vec_null(&k->argv[a], row);
			args[a] = nulls[a] ? datum_int(0) : vec_at(&k->argv[a], row);
		}
		int rc = k->func->impl(&k->fc, args, nulls, &ret->v[row], &null, e);
		if (UNLIKELY(rc != ERR_OK))
			return rc;
		if (null)
			reg_nulls(p, dst)[row] = 1;
	}
	return ERR_OK;
}

int
call_run(struct prog *p, struct call *k, const int *args, int dst, struct err *e)
{
	const uint16_t *sel = p->sel;
	struct vec *ret = reg_out(p, dst);

	for (int a = 0; a < k->fc.nargs; a++)
		k->argv[a] = p->regs[args[a]];
	if (!k->func->strict) {
		if (k->func->impl != NULL)
			return loop_nullable(p, k, dst, e);
		return err_unsupported(e, k->func->name, NULL);
	}
	int n = live_rows(p, k, dst, &sel);
	if (n == 0)
		return ERR_OK;
	if (k->func->vec != NULL)
		return k->func->vec(&k->fc, k->argv, sel, n, ret, e);
	if (k->func->impl == NULL)
		return err_unsupported(e, k->func->name, NULL);
	return loop_strict(p, k, dst, sel, n, e);
}

int
call_one(struct call *k, const union datum *args, const bool *nulls, union datum *ret,
	 bool *ret_null, struct err *e)
{
	*ret_null = false;
	if (k->func->strict)
		for (int a = 0; a < k->fc.nargs; a++)
			if (nulls != NULL && nulls[a]) {
				*ret_null = true;
				return ERR_OK;
			}
	static const bool no_nulls[FUNC_ARGS_MAX];
	return k->func->impl(&k->fc, args, nulls != NULL ? nulls : no_nulls, ret, ret_null, e);
}

static const struct type **
types_of(struct compiler *c, struct expr *const *args, int n)
{
	const struct type **types = ARENA_ARRAY(c->arena, const struct type *, n == 0 ? 1 : n);

	for (int i = 0; i < n; i++)
		types[i] = args[i]->type;
	return types;
}

static int
run_func(struct prog *p, struct insn *i, struct err *e)
{
	return call_run(p, i->aux, i->args, i->dst, e);
}

int
compile_func(struct compiler *c, struct expr *x, int *ret_reg, struct err *e)
{
	if (x->func->retset)
		return err_set(e, ERR_FEATURE_NOT_SUPPORTED,
			       "set-valued function called in context that cannot accept a set");
	if (x->nargs > FUNC_ARGS_MAX)
		return err_set(e, ERR_TOO_MANY_ARGUMENTS,
			       "cannot pass more than %d arguments to a function", FUNC_ARGS_MAX);
	struct call *k = call_new(c, x->func, types_of(c, x->args, x->nargs), x->nargs, x->type,
				  x->collation, x->variadic);
	return compile_simple(c, x->args, x->nargs, run_func, k, ret_reg, e);
}

/* -- a IS [NOT] DISTINCT FROM b --------------------------------------------------------------- */
struct distinct {
	struct call *call;
	int64_t equal;
}; /* equal: the result for equal values */

static int
run_distinct(struct prog *p, struct insn *i, struct err *e)
{
	struct distinct *d = i->aux;
	const struct vec a = p->regs[i->args[0]], b = p->regs[i->args[1]];
	int rc = call_run(p, d->call, i->args, i->dst, e);

	if (rc != ERR_OK)
		return rc;
	struct vec *ret = &p->regs[i->dst];
	for (int k = 0; k < p->n; k++) {
		int row = prog_row(p, k);
		bool na = vec_null(&a, row), nb = vec_null(&b, row);
		bool same = na || nb ? na && nb : ret->v[row].i != 0;
		ret->v[row].i = same ? d->equal : !d->equal;
	}
	ret->null = NULL;
	return ERR_OK;
}

static int
compile_equality(struct compiler *c, struct expr *x, insn_run *run, int64_t equal, int *ret_reg,
		 struct err *e)
{
	struct distinct *d = ARENA_NEW(c->arena, struct distinct);

	d->equal = equal;
	d->call = call_new(c, x->func, types_of(c, x->args, 2), 2, type_builtin(OID_BOOL),
			   x->collation, false);
	return compile_simple(c, x->args, 2, run, d, ret_reg, e);
}

int
compile_distinct(struct compiler *c, struct expr *x, int *ret_reg, struct err *e)
{
	return compile_equality(c, x, run_distinct, x->kind == EXPR_NOT_DISTINCT, ret_reg, e);
}

/* a, or null when a = b. */
static int
run_nullif(struct prog *p, struct insn *i, struct err *e)
{
	struct distinct *d = i->aux;
	const struct vec a = p->regs[i->args[0]];
	int rc = call_run(p, d->call, i->args, i->dst, e);

	if (rc != ERR_OK)
		return rc;
	struct vec *ret = &p->regs[i->dst];
	uint8_t *null = reg_nulls(p, i->dst);
	for (int k = 0; k < p->n; k++) {
		int row = prog_row(p, k);
		bool equal = !null[row] && ret->v[row].i != 0;
		null[row] = equal || vec_null(&a, row);
		ret->v[row] = vec_at(&a, row);
	}
	return ERR_OK;
}

int
compile_nullif(struct compiler *c, struct expr *x, int *ret_reg, struct err *e)
{
	return compile_equality(c, x, run_nullif, 0, ret_reg, e);
}
