/* sublink.c - what EXISTS, ANY, ARRAY, a scalar sub-query ... make of their rows. */
#include "config.h"
#include "core/exec/sublink.h"

#include "core/exec/prog_int.h"
#include "core/type/array.h"
#include "core/type/record.h"

static const struct func *
equality_of(const struct func *order)
{
	const struct operator* op = operator_exact("=", order->args[0], order->args[1]);

	return op != NULL ? func_by_oid(op->func) : NULL;
}

static int
tests_init(struct sublink_eval *s, struct exec *x, struct expr *const *tests,
	   const struct func *const *ops, struct err *e)
{
	struct arena *a = &x->arena;
	struct compiler c = { .x = x, .arena = a };

	s->test_cols = ARENA_ARRAY(a, struct vec, s->ntests + 1);
	s->ops = ARENA_ARRAY(a, struct call *, s->ntests + 1);
	s->eqs = ARENA_ARRAY(a, struct call *, s->ntests + 1);
	for (int i = 0; i < s->ntests; i++) {
		const struct type **types = ARENA_ARRAY(a, const struct type *, 2);
		types[0] = tests[i]->type;
		types[1] = s->col_types[i];
		s->ops[i] = call_new(&c, ops[i], types, 2, type_builtin(OID_BOOL),
				     tests[i]->collation, false);
		if (s->ntests == 1 || s->cmp == ROWCMP_EQ || s->cmp == ROWCMP_NE)
			continue;
		const struct func *eq = equality_of(ops[i]);
		if (eq == NULL)
			return err_set(
				e, ERR_FEATURE_NOT_SUPPORTED,
				"could not determine interpretation of row comparison operator");
		s->eqs[i] = call_new(&c, eq, types, 2, type_builtin(OID_BOOL), tests[i]->collation,
				     false);
	}
	return prog_compile(x, tests, s->ntests, BATCH_ROWS, &s->tests, e);
}

int
sublink_init(struct sublink_eval *s, struct exec *x, enum sublink_kind kind,
	     const struct type *type, const struct row_shape *shape,
	     const struct type *const *col_types, int ntests, struct expr *const *tests,
	     const struct func *const *ops, enum row_cmp cmp, struct err *e)
{
	*s = (struct sublink_eval){
		.kind = kind,
		.type = type,
		.shape = shape,
		.ntests = ntests,
		.cmp = cmp,
		.col_types = col_types,
	};
	return ntests == 0 ? ERR_OK : tests_init(s, x, tests, ops, e);
}

int
sublink_tests(struct sublink_eval *s, const struct batch *in, struct arena *a, struct err *e)
{
	return s->ntests == 0 ? ERR_OK : prog_run(s->tests, in, a, s->test_cols, e);
}

static int
column_test(const struct sublink_eval *s, struct call *k, int i, int row, const struct row *r,
	    bool *ret, bool *ret_null, struct err *e)
{
	const struct vec *left = &s->test_cols[i];
	bool nulls[2] = { vec_null(left, row), row_null(s->shape, r, i) };
	union datum args[2] = { nulls[0] ? datum_int(0) : vec_at(left, row), r->v[i] },
		    d = { .i = 0 };
	int rc = call_one(k, args, nulls, &d, ret_null, e);

	*ret = d.i != 0;
	return rc;
}

/* The enclosing row's tests against one row. */
static int
row_test(const struct sublink_eval *s, int row, const struct row *r, bool *ret, bool *ret_null,
	 struct err *e)
{
	const bool equality = s->ntests == 1 || s->cmp == ROWCMP_EQ || s->cmp == ROWCMP_NE;
	const bool negate = s->ntests > 1 && s->cmp == ROWCMP_NE;
	bool any_null = false, v = false, null = false;

	if (s->ntests == 1)
		return column_test(s, s->ops[0], 0, row, r, ret, ret_null, e);
	for (int i = 0; i < s->ntests; i++) {
		int rc = column_test(s, equality ? s->ops[i] : s->eqs[i], i, row, r, &v, &null, e);
		if (rc != ERR_OK)
			return rc;
		if (!equality && (null || !v)) {
			*ret_null = null;
			return null ? ERR_OK
				    : column_test(s, s->ops[i], i, row, r, ret, ret_null, e);
		}
		if (equality && !null && v == negate) {
			*ret = negate;
			*ret_null = false;
			return ERR_OK;
		}
		any_null |= null;
	}
	*ret = equality ? !negate : s->cmp == ROWCMP_LE || s->cmp == ROWCMP_GE;
	*ret_null = any_null;
	return ERR_OK;
}

static int
any_all(const struct sublink_eval *s, int row, const struct row *const *rows, size_t n,
	union datum *ret, bool *ret_null, struct err *e)
{
	const bool any = s->kind == SUBLINK_ANY;
	bool any_null = false;

	for (size_t i = 0; i < n; i++) {
		bool v = false, null = false;
		int rc = row_test(s, row, rows[i], &v, &null, e);
		if (rc != ERR_OK)
			return rc;
		if (!null && v == any) {
			ret->i = any;
			*ret_null = false;
			return ERR_OK;
		}
		any_null |= null;
	}
	ret->i = !any;
	*ret_null = any_null;
	return ERR_OK;
}

static int
array_value(const struct sublink_eval *s, const struct row *const *rows, size_t n, struct arena *a,
	    union datum *ret, struct err *e)
{
	const struct type *elem = s->col_types[0];
	const bool stack = type_is_array(elem);

	if (n > ARRAY_ITEMS_MAX)
		return err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED,
			       "array size exceeds the maximum allowed (%d)", ARRAY_ITEMS_MAX);
	if (n == 0) {
		ret->b = array_empty(a, stack ? elem->elem : elem);
		return ERR_OK;
	}
	if (stack) {
		const struct bytes **parts = ARENA_ARRAY(a, const struct bytes *, n);
		for (size_t i = 0; i < n; i++)
			parts[i] = row_null(s->shape, rows[i], 0) ? NULL : rows[i]->v[0].b;
		return array_stack(a, elem->elem, (int) n, parts, &ret->b, e);
	}
	union datum *v = ARENA_ARRAY(a, union datum, n);
	bool *nulls = ARENA_ARRAY(a, bool, n);
	for (size_t i = 0; i < n; i++) {
		nulls[i] = row_null(s->shape, rows[i], 0);
		v[i] = rows[i]->v[0];
	}
	ret->b = array_make(a, elem, (int) n, v, nulls);
	return ERR_OK;
}

/* `[x, y]` from values that are jsonb text already. */
static int
json_array(const struct sublink_eval *s, const struct row *const *rows, size_t n, struct arena *a,
	   union datum *ret, struct err *e)
{
	size_t len = 2;

	for (size_t i = 0; i < n; i++)
		len += (i != 0 ? 2 : 0) +
		       (row_null(s->shape, rows[i], 0) ? 4 : bytes_len(rows[i]->v[0].b));
	struct bytes *b = bytes_try_make(a, len);
	if (b == NULL)
		return err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED,
			       "total size of jsonb array elements exceeds the maximum of %d bytes",
			       0x3fffffff);
	char *p = b->data;
	*p++ = '[';
	for (size_t i = 0; i < n; i++) {
		if (i != 0) {
			*p++ = ',';
			*p++ = ' ';
		}
		if (row_null(s->shape, rows[i], 0)) {
			memcpy(p, "null", 4);
			p += 4;
			continue;
		}
		uint32_t m = bytes_len(rows[i]->v[0].b);
		memcpy(p, bytes_data(rows[i]->v[0].b), m);
		p += m;
	}
	*p = ']';
	ret->b = b;
	return ERR_OK;
}

static int
multi_value(const struct sublink_eval *s, const struct row *r, struct arena *a, union datum *ret)
{
	const int n = s->shape->ncols;
	bool *nulls = ARENA_ARRAY(a, bool, n + 1);

	for (int i = 0; i < n; i++)
		nulls[i] = r == NULL || row_null(s->shape, r, i);
	union datum *none = ARENA_ARRAY(a, union datum, n + 1);
	ret->b = record_make(a, n, s->col_types, r != NULL ? r->v : none, nulls);
	return ERR_OK;
}

int
sublink_value(struct sublink_eval *s, struct exec *x, int row, const struct row *const *rows,
	      size_t n, struct arena *a, union datum *ret, bool *ret_null, struct err *e)
{
	bool v = false;
	int rc;

	x->env.type.arena = a;
	*ret_null = false;
	switch (s->kind) {
	case SUBLINK_EXISTS:
		ret->i = n != 0;
		return ERR_OK;
	case SUBLINK_ANY:
	case SUBLINK_ALL:
		return any_all(s, row, rows, n, ret, ret_null, e);
	case SUBLINK_ARRAY:
		return array_value(s, rows, n, a, ret, e);
	case SUBLINK_JSON_ARRAY:
		return json_array(s, rows, n, a, ret, e);
	default:
		break;
	}
	if (n > 1)
		return err_set(e, ERR_CARDINALITY_VIOLATION,
			       "more than one row returned by a subquery used as an expression");
	switch (s->kind) {
	case SUBLINK_ROW:
		*ret_null = n == 0;
		rc = n == 0 ? ERR_OK : row_test(s, row, rows[0], &v, ret_null, e);
		ret->i = v;
		return rc;
	case SUBLINK_MULTI:
		return multi_value(s, n == 0 ? NULL : rows[0], a, ret);
	default:
		*ret_null = n == 0 || row_null(s->shape, rows[0], 0);
		if (!*ret_null)
			*ret = rows[0]->v[0];
		return ERR_OK;
	}
}
