/* eval_compare.c - GREATEST and LEAST, row comparisons, ANY and ALL over arrays. */
#include "config.h"
#include "core/exec/prog_int.h"

#include "core/type/collation.h"
#include "core/exec/keys.h"
#include "core/type/array.h"

/* -- GREATEST, LEAST: nulls are passed over --------------------------------------------------- */
struct extreme {
	const struct type *type;
	const struct collation *collation; /* NULL: the type's own order */
	bool greatest;
};

static int
extreme_cmp(const struct extreme *x, union datum a, union datum b)
{
	return x->collation == NULL ? x->type->ops->cmp(x->type, a, b)
				    : collation_cmp(x->collation, bytes_data(a.b), bytes_len(a.b),
						    bytes_data(b.b), bytes_len(b.b));
}

static int
run_extreme(struct prog *p, struct insn *i, struct err *e UNUSED)
{
	const struct extreme *x = i->aux;
	struct vec *dst = reg_out(p, i->dst);
	uint8_t *null = reg_nulls(p, i->dst);

	for (int k = 0; k < p->n; k++)
		null[prog_row(p, k)] = 1;
	for (int a = 0; a < i->nargs; a++) {
		const struct vec in = p->regs[i->args[a]];
		for (int k = 0; k < p->n; k++) {
			int row = prog_row(p, k);
			if (vec_null(&in, row))
				continue;
			union datum d = vec_at(&in, row);
			if (null[row] == 0) {
				int c = extreme_cmp(x, d, dst->v[row]);
				if (x->greatest ? c <= 0 : c >= 0)
					continue;
			}
			dst->v[row] = d;
			null[row] = 0;
		}
	}
	return ERR_OK;
}

int
compile_extreme(struct compiler *c, struct expr *x, int *ret_reg, struct err *e)
{
	struct extreme *m = ARENA_NEW(c->arena, struct extreme);

	*m = (struct extreme){ x->type, collation_by_oid(x->collation), x->kind == EXPR_GREATEST };
	if (x->type->ops->cmp == NULL)
		return err_set(e, ERR_UNDEFINED_FUNCTION,
			       "could not identify a comparison function for type %s",
			       type_sql_name(x->type));
	return compile_simple(c, x->args, x->nargs, run_extreme, m, ret_reg, e);
}

/* -- (a, b) < (c, d) -------------------------------------------------------------------------- */
struct row_compare {
	enum row_cmp cmp;
	int ncols;
	struct call **op, **eq; /* eq: for the orders, is the column equal? */
};

/* Column j of one row: *ret_null, or the truth of call k. */
static int
column_test(struct call *k, const struct vec *l, const struct vec *r, int row, bool *ret,
	    bool *ret_null, struct err *e)
{
	union datum args[2], d = { .i = 0 };
	bool nulls[2] = { vec_null(l, row), vec_null(r, row) };

	*ret_null = nulls[0] || nulls[1];
	if (*ret_null)
		return ERR_OK;
	args[0] = vec_at(l, row);
	args[1] = vec_at(r, row);
	int rc = call_one(k, args, nulls, &d, ret_null, e);
	*ret = d.i != 0;
	return rc;
}

/* =: false when one column differs, else null when one is null; <> is its negation. */
static int
row_equal(struct prog *p, struct insn *i, const struct row_compare *rc, int row, bool *ret,
	  bool *ret_null, struct err *e)
{
	const bool negate = rc->cmp == ROWCMP_NE;
	bool any_null = false;

	for (int j = 0; j < rc->ncols; j++) {
		bool v = false, null;
		int err = column_test(rc->op[j], &p->regs[i->args[j]],
				      &p->regs[i->args[rc->ncols + j]], row, &v, &null, e);
		if (err != ERR_OK)
			return err;
		if (!null && v == negate) {
			*ret = negate;
			*ret_null = false;
			return ERR_OK;
		}
		any_null |= null;
	}
	*ret = !negate;
	*ret_null = any_null;
	return ERR_OK;
}

static int
row_order(struct prog *p, struct insn *i, const struct row_compare *rc, int row, bool *ret,
	  bool *ret_null, struct err *e)
{
	for (int j = 0; j < rc->ncols; j++) {
		const struct vec *l = &p->regs[i->args[j]], *r = &p->regs[i->args[rc->ncols + j]];
		bool equal = false;
		int err = column_test(rc->eq[j], l, r, row, &equal, ret_null, e);
		if (err != ERR_OK || *ret_null)
			return err;
		if (!equal)
			return column_test(rc->op[j], l, r, row, ret, ret_null, e);
	}
	*ret = rc->cmp == ROWCMP_LE || rc->cmp == ROWCMP_GE;
	*ret_null = false;
	return ERR_OK;
}

static int
run_row_compare(struct prog *p, struct insn *i, struct err *e)
{
	const struct row_compare *x = i->aux;
	const bool equality = x->cmp == ROWCMP_EQ || x->cmp == ROWCMP_NE;

	reg_out(p, i->dst);
	for (int k = 0; k < p->n; k++) {
		int row = prog_row(p, k);
		bool v = false, null = false;
		int rc = (equality ? row_equal : row_order)(p, i, x, row, &v, &null, e);
		if (rc != ERR_OK)
			return rc;
		reg_set(p, i->dst, row, datum_int(v), null);
	}
	return ERR_OK;
}

/* The = that belongs to a column's ordering operator. */
static const struct func *
equality_of(const struct func *order)
{
	const struct operator* op = operator_exact("=", order->args[0], order->args[1]);

	return op != NULL ? func_by_oid(op->func) : NULL;
}

int
compile_row_compare(struct compiler *c, struct expr *x, int *ret_reg, struct err *e)
{
	struct row_compare *r = ARENA_NEW(c->arena, struct row_compare);
	const int n = x->nargs / 2;

	r->cmp = x->cmp;
	r->ncols = n;
	r->op = ARENA_ARRAY(c->arena, struct call *, n);
	r->eq = ARENA_ARRAY(c->arena, struct call *, n);
	for (int j = 0; j < n; j++) {
		const struct type **types = ARENA_ARRAY(c->arena, const struct type *, 2);
		types[0] = x->args[j]->type;
		types[1] = x->args[n + j]->type;
		r->op[j] = call_new(c, x->ops[j], types, 2, type_builtin(OID_BOOL),
				    x->args[j]->collation, false);
		if (x->cmp == ROWCMP_EQ || x->cmp == ROWCMP_NE)
			continue;
		const struct func *eq = equality_of(x->ops[j]);
		if (eq == NULL)
			return err_set(
				e, ERR_FEATURE_NOT_SUPPORTED,
				"could not determine interpretation of row comparison operator");
		r->eq[j] = call_new(c, eq, types, 2, type_builtin(OID_BOOL), x->args[j]->collation,
				    false);
	}
	return compile_simple(c, x->args, x->nargs, run_row_compare, r, ret_reg, e);
}

/* -- x op ANY (array), x op ALL (array) ------------------------------------------------------- */
enum { SET_MIN = 9 }; /* elements from which a hash set pays */

struct any {
	struct call *call;
	const struct type *elem;
	bool is_any;
	bool settable; /* equality of a type with a hash, array constant */
	bool loaded;
	struct key_set *set; /* NULL: compare one by one */
	bool has_null;       /* among the elements */
	/* The array taken apart: of the constant, or of the row. */
	const struct bytes *from;
	union datum *v;
	bool *nulls;
	int n;
};

static int
any_load(struct prog *p, struct any *x, const struct bytes *array, struct arena *a, struct err *e)
{
	struct array arr;

	if (x->from == array && array != NULL)
		return ERR_OK;
	array_open(x->elem, array, &arr);
	x->n = arr.n;
	if (!array_to_datums(&arr, a, &x->v, &x->nulls))
		return err_set(e, ERR_INTERNAL_ERROR, "array cannot be read");
	x->from = array;
	(void) p;
	return ERR_OK;
}

/* One row against the elements. */
static int
any_test(struct any *x, union datum left, bool left_null, bool *ret, bool *ret_null, struct err *e)
{
	bool any_null = false;

	*ret = !x->is_any;
	*ret_null = false;
	if (x->n == 0)
		return ERR_OK;
	if (left_null && x->call->func->strict) {
		*ret_null = true;
		return ERR_OK;
	}
	for (int j = 0; j < x->n; j++) {
		union datum args[2] = { left, x->v[j] }, d = { .i = 0 };
		bool nulls[2] = { left_null, x->nulls != NULL && x->nulls[j] }, null;
		int rc = call_one(x->call, args, nulls, &d, &null, e);
		if (rc != ERR_OK)
			return rc;
		if (null) {
			any_null = true;
		} else if ((d.i != 0) == x->is_any) {
			*ret = x->is_any;
			return ERR_OK;
		}
	}
	*ret_null = any_null;
	return ERR_OK;
}

/* A constant list with a set: found or not, for the whole selection. */
static void
any_by_set(struct prog *p, struct any *x, const struct vec *left, int dst)
{
	struct vec *ret = &p->regs[dst];

	for (int k = 0; k < p->n; k++) {
		int row = prog_row(p, k);
		if (vec_null(left, row)) {
			reg_nulls(p, dst)[row] = 1;
			continue;
		}
		bool found = key_set_has(x->set, vec_at(left, row));
		if (!found && x->has_null)
			reg_nulls(p, dst)[row] = 1;
		ret->v[row].i = found == x->is_any;
	}
}

static int
any_load_constant(struct prog *p, struct any *x, const struct vec *array, struct err *e)
{
	int rc = any_load(p, x, array->v[0].b, &p->x->arena, e);

	if (rc != ERR_OK)
		return rc;
	x->loaded = true;
	if (!x->settable || x->n < SET_MIN)
		return ERR_OK;
	x->set = key_set_new(&p->x->arena, x->elem, x->n);
	for (int j = 0; j < x->n; j++) {
		if (x->nulls != NULL && x->nulls[j])
			x->has_null = true;
		else
			key_set_add(x->set, x->v[j]);
	}
	return ERR_OK;
}

static int
run_any(struct prog *p, struct insn *i, struct err *e)
{
	struct any *x = i->aux;
	const struct vec left = p->regs[i->args[0]], array = p->regs[i->args[1]];
	int rc;

	reg_out(p, i->dst);
	const bool constant = array.stride == 0 && !vec_null(&array, 0);
	if (constant && !x->loaded) {
		rc = any_load_constant(p, x, &array, e);
		if (rc != ERR_OK)
			return rc;
	}
	if (constant && x->set != NULL) {
		any_by_set(p, x, &left, i->dst);
		return ERR_OK;
	}
	if (!constant)
		x->from = NULL; /* arrays of an earlier batch may be gone */
	for (int k = 0; k < p->n; k++) {
		int row = prog_row(p, k);
		bool v = false, null = true;
		if (!vec_null(&array, row)) {
			if (!constant) {
				rc = any_load(p, x, vec_at(&array, row).b, p->arena, e);
				if (rc != ERR_OK)
					return rc;
			}
			bool left_null = vec_null(&left, row);
			rc = any_test(x, left_null ? datum_int(0) : vec_at(&left, row), left_null,
				      &v, &null, e);
			if (rc != ERR_OK)
				return rc;
		}
		reg_set(p, i->dst, row, datum_int(v), null);
	}
	return ERR_OK;
}

/* Is `x op ANY/ALL array` membership in a set: = ANY, <> ALL over one hashable type? */
static bool
is_membership(const struct expr *x, const struct type *elem)
{
	enum cmp_class class;
	enum cmp_op op = cmp_classify(x->func, &class);
	const enum cmp_op want = x->kind == EXPR_ANY ? CMP_EQ : CMP_NE;

	if (op != CMP_NONE)
		return op == want;
	if (x->op == NULL || strcmp(x->op->name, want == CMP_EQ ? "=" : "<>") != 0)
		return false;
	return x->args[0]->type->ops == elem->ops && elem->ops->hash != NULL &&
	       elem->ops->cmp != NULL;
}

int
compile_any(struct compiler *c, struct expr *x, int *ret_reg, struct err *e)
{
	struct any *a = ARENA_NEW(c->arena, struct any);
	const struct type **types = ARENA_ARRAY(c->arena, const struct type *, 2);
	const struct type *array = x->args[1]->type;

	while (array->kind == TYPE_DOMAIN)
		array = array->base;
	if (array->elem == NULL)
		return err_set(e, ERR_WRONG_OBJECT_TYPE,
			       "op ANY/ALL (array) requires array on right side");
	types[0] = x->args[0]->type;
	types[1] = array->elem;
	a->call = call_new(c, x->func, types, 2, type_builtin(OID_BOOL), x->collation, false);
	a->elem = array->elem;
	a->is_any = x->kind == EXPR_ANY;
	a->settable = is_membership(x, array->elem);
	return compile_simple(c, x->args, 2, run_any, a, ret_reg, e);
}
