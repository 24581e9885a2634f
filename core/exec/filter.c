/* filter.c - conditions that narrow a batch: comparisons without a vector of booleans.
 *
 * A condition is cut into its conjuncts, evaluated in order, each for the rows that are left.
 * A comparison of a column with a constant, or of two columns, of integers, floats or (for
 * equality) texts runs as a loop without branches; IS [NOT] NULL of a column looks at the
 * flags; everything else is a program whose result is tested.
 *
 * Not here: programs (compile.c, eval.c). */
#include "config.h"
#include "core/exec/prog_int.h"

enum term_kind { TERM_COMPARE, TERM_NULL, TERM_NOT_NULL, TERM_PROGRAM };

struct term {
	enum term_kind kind;
	enum cmp_op op;
	enum cmp_class class;
	int slot, other; /* other: a second column, or -1: the program's value */
	struct prog *prog;
};

struct filter {
	int nterms, cap;
	struct term *terms;
	uint16_t *sel;
};

/* -- which functions are plain comparisons ---------------------------------------------------- */
static enum cmp_class
class_of(oid_t a, oid_t b)
{
	const bool ints = (a == OID_INT2 || a == OID_INT4 || a == OID_INT8) &&
			  (b == OID_INT2 || b == OID_INT4 || b == OID_INT8);

	if (ints)
		return CMPC_INT;
	if ((a == OID_FLOAT4 || a == OID_FLOAT8) && (b == OID_FLOAT4 || b == OID_FLOAT8))
		return CMPC_FLOAT;
	if ((a == OID_TEXT || a == OID_NAME) && (b == OID_TEXT || b == OID_NAME))
		return CMPC_BYTES;
	if (a != b)
		return CMPC_NONE;
	switch (a) {
	case OID_DATE:
	case OID_TIME:
	case OID_TIMESTAMP:
	case OID_TIMESTAMPTZ:
	case OID_OID:
	case OID_BOOL:
		return CMPC_INT;
	case OID_BYTEA:
	case OID_UUID:
		return CMPC_BYTES;
	default:
		return CMPC_NONE;
	}
}

enum cmp_op
cmp_classify(const struct func *f, enum cmp_class *ret_class)
{
	static const struct {
		char name[3];
		enum cmp_op op;
	} names[] = {
		{ "eq", CMP_EQ }, { "ne", CMP_NE }, { "lt", CMP_LT },
		{ "le", CMP_LE }, { "gt", CMP_GT }, { "ge", CMP_GE },
	};
	const size_t len = strlen(f->name);
	enum cmp_op op = CMP_NONE;

	*ret_class = CMPC_NONE;
	if (f->nargs != 2 || f->ret != OID_BOOL || !f->strict || f->oid >= 16384 || len < 3)
		return CMP_NONE;
	if (strstr(f->name, "regex") != NULL)
		return CMP_NONE; /* nameregexeq, texticregexne: matches, not comparisons */
	enum cmp_class class = class_of(f->args[0], f->args[1]);
	if (class == CMPC_NONE)
		return CMP_NONE;
	const char *end = f->name + len - 2;
	if (strcmp(f->name, "nameeqtext") == 0 || strcmp(f->name, "texteqname") == 0)
		op = CMP_EQ;
	else if (strcmp(f->name, "namenetext") == 0 || strcmp(f->name, "textnename") == 0)
		op = CMP_NE;
	else
		for (size_t i = 0; i < ARRAY_LEN(names); i++)
			if (strcmp(end, names[i].name) == 0)
				op = names[i].op;
	if (class == CMPC_BYTES && op != CMP_EQ && op != CMP_NE)
		return CMP_NONE; /* order may depend on a collation */
	*ret_class = class;
	return op;
}

/* -- loops: keep the rows where x OP y -------------------------------------------------------- */
#define KEEP(cond)                                                                                 \
	do {                                                                                       \
		const bool nulls_ = a->null != NULL, other_ = b->stride != 0 && b->null != NULL;   \
		int m = 0;                                                                         \
		if (sel == NULL && !nulls_ && !other_) {                                           \
			for (int i = 0; i < n; i++) {                                              \
				const int row = i;                                                 \
				out[m] = (uint16_t) row;                                           \
				m += (cond);                                                       \
			}                                                                          \
		} else {                                                                           \
			for (int i = 0; i < n; i++) {                                              \
				const int row = sel != NULL ? sel[i] : i;                          \
				out[m] = (uint16_t) row;                                           \
				m += (cond) & !(nulls_ && a->null[row]) &                          \
				     !(other_ && b->null[row]);                                    \
			}                                                                          \
		}                                                                                  \
		return m;                                                                          \
	} while (0)

/* NaN equals itself and is above everything. */
static inline bool
float_eq(double a, double b)
{
	return a == b || (a != a && b != b);
}
static inline bool
float_lt(double a, double b)
{
	return a < b || (b != b && a == a);
}

typedef int keep_fn(const struct vec *a, const struct vec *b, const uint16_t *sel, int n,
		    uint16_t *out);

#define INT_KEEP(name, op)                                                                         \
	static int name(const struct vec *a, const struct vec *b, const uint16_t *sel, int n,      \
			uint16_t *out)                                                             \
	{                                                                                          \
		const union datum *x = a->v, *y = b->v;                                            \
		if (b->stride == 0) {                                                              \
			const int64_t k = y[0].i;                                                  \
			KEEP(x[row].i op k);                                                       \
		}                                                                                  \
		KEEP(x[row].i op y[row].i);                                                        \
	}
INT_KEEP(int_eq, ==)
INT_KEEP(int_ne, !=)
INT_KEEP(int_lt, <)
INT_KEEP(int_le, <=)
INT_KEEP(int_gt, >)
INT_KEEP(int_ge, >=)

#define FLOAT_KEEP(name, expr)                                                                     \
	static int name(const struct vec *a, const struct vec *b, const uint16_t *sel, int n,      \
			uint16_t *out)                                                             \
	{                                                                                          \
		const union datum *x = a->v, *y = b->v;                                            \
		const size_t s = b->stride;                                                        \
		KEEP(expr);                                                                        \
	}
#define X x[row].f
#define Y y[row * s].f
FLOAT_KEEP(flt_eq, float_eq(X, Y))
FLOAT_KEEP(flt_ne, !float_eq(X, Y))
FLOAT_KEEP(flt_lt, float_lt(X, Y))
FLOAT_KEEP(flt_le, !float_lt(Y, X))
FLOAT_KEEP(flt_gt, float_lt(Y, X))
FLOAT_KEEP(flt_ge, !float_lt(X, Y))
#undef X
#undef Y

/* Texts: nulls may hold no pointer, so they are looked at first. */
static int
bytes_keep(const struct vec *a, const struct vec *b, const uint16_t *sel, int n, uint16_t *out,
	   bool equal)
{
	int m = 0;

	for (int i = 0; i < n; i++) {
		const int row = sel != NULL ? sel[i] : i;
		if (vec_null(a, row) || vec_null(b, row))
			continue;
		const struct bytes *x = vec_at(a, row).b, *y = vec_at(b, row).b;
		const uint32_t len = bytes_len(x);
		bool same = len == bytes_len(y) && memcmp(bytes_data(x), bytes_data(y), len) == 0;
		if (same == equal)
			out[m++] = (uint16_t) row;
	}
	return m;
}

static int
txt_eq(const struct vec *a, const struct vec *b, const uint16_t *sel, int n, uint16_t *out)
{
	return bytes_keep(a, b, sel, n, out, true);
}

static int
txt_ne(const struct vec *a, const struct vec *b, const uint16_t *sel, int n, uint16_t *out)
{
	return bytes_keep(a, b, sel, n, out, false);
}

static keep_fn *const kernels[][7] = {
	[CMPC_INT] = { NULL, int_eq, int_ne, int_lt, int_le, int_gt, int_ge },
	[CMPC_FLOAT] = { NULL, flt_eq, flt_ne, flt_lt, flt_le, flt_gt, flt_ge },
	[CMPC_BYTES] = { NULL, txt_eq, txt_ne },
};

/* -- terms ------------------------------------------------------------------------------------ */
static const struct expr *
strip(const struct expr *x)
{
	while (x->kind == EXPR_RELABEL)
		x = x->args[0];
	return x;
}

static enum cmp_op
mirror(enum cmp_op op)
{
	switch (op) {
	case CMP_LT:
		return CMP_GT;
	case CMP_LE:
		return CMP_GE;
	case CMP_GT:
		return CMP_LT;
	case CMP_GE:
		return CMP_LE;
	default:
		return op;
	}
}

/* column OP constant, constant OP column, column OP column. */
static bool
compare_term(struct exec *x, struct expr *cond, struct term *t, int *ret_rc, struct err *e)
{
	if (cond->kind != EXPR_FUNC || cond->nargs != 2)
		return false;
	t->op = cmp_classify(cond->func, &t->class);
	if (t->op == CMP_NONE)
		return false;
	const struct expr *l = strip(cond->args[0]), *r = strip(cond->args[1]);
	t->kind = TERM_COMPARE;
	if (l->kind == EXPR_SLOT && r->kind == EXPR_SLOT) {
		t->slot = l->slot;
		t->other = r->slot;
		return true;
	}
	struct expr *constant = cond->args[1];
	if (l->kind != EXPR_SLOT) {
		if (r->kind != EXPR_SLOT)
			return false;
		t->op = mirror(t->op);
		t->slot = r->slot;
		constant = cond->args[0];
	} else {
		t->slot = l->slot;
	}
	if (!expr_is_once(constant))
		return false;
	t->other = -1;
	*ret_rc = prog_compile(x, &constant, 1, 1, &t->prog, e);
	return true;
}

static int
add_term(struct exec *x, struct filter *f, struct expr *cond, int rows, struct err *e)
{
	struct term t = { .kind = TERM_PROGRAM };
	int rc = ERR_OK;

	if (f->nterms == f->cap) {
		int cap = f->cap == 0 ? 4 : f->cap * 2;
		struct term *more = ARENA_ARRAY(&x->arena, struct term, cap);
		if (f->nterms != 0)
			memcpy(more, f->terms, (size_t) f->nterms * sizeof *more);
		f->terms = more;
		f->cap = cap;
	}
	if ((cond->kind == EXPR_IS_NULL || cond->kind == EXPR_IS_NOT_NULL) &&
	    strip(cond->args[0])->kind == EXPR_SLOT &&
	    cond->args[0]->type->kind != TYPE_COMPOSITE && cond->args[0]->type->oid != OID_RECORD) {
		t.kind = cond->kind == EXPR_IS_NULL ? TERM_NULL : TERM_NOT_NULL;
		t.slot = strip(cond->args[0])->slot;
	} else if (!compare_term(x, cond, &t, &rc, e)) {
		t = (struct term){ .kind = TERM_PROGRAM };
		rc = prog_compile(x, &cond, 1, rows, &t.prog, e);
	}
	if (rc != ERR_OK)
		return rc;
	f->terms[f->nterms++] = t;
	return ERR_OK;
}

static int
add_terms(struct exec *x, struct filter *f, struct expr *cond, int rows, struct err *e)
{
	int rc = ERR_OK;

	if (cond->kind != EXPR_AND)
		return add_term(x, f, cond, rows, e);
	for (int i = 0; i < cond->nargs && rc == ERR_OK; i++)
		rc = add_terms(x, f, cond->args[i], rows, e);
	return rc;
}

int
filter_compile(struct exec *x, struct expr *cond, int rows, struct filter **ret, struct err *e)
{
	struct filter *f;

	if (cond == NULL) {
		*ret = NULL;
		return ERR_OK;
	}
	f = ARENA_NEW(&x->arena, struct filter);
	f->sel = arena_alloc(&x->arena, (size_t) rows * sizeof *f->sel);
	int rc = add_terms(x, f, cond, rows, e);
	if (rc == ERR_OK)
		*ret = f;
	return rc;
}

/* -- running ---------------------------------------------------------------------------------- */
static int
keep_true(const struct vec *v, const uint16_t *sel, int n, uint16_t *out)
{
	int m = 0;

	for (int i = 0; i < n; i++) {
		const int row = sel != NULL ? sel[i] : i;
		const bool null = vec_null(v, row);
		out[m] = (uint16_t) row;
		m += !null && vec_at(v, row).i != 0;
	}
	return m;
}

static int
keep_nulls(const struct vec *v, const uint16_t *sel, int n, uint16_t *out, bool want)
{
	int m = 0;

	for (int i = 0; i < n; i++) {
		const int row = sel != NULL ? sel[i] : i;
		out[m] = (uint16_t) row;
		m += vec_null(v, row) == want;
	}
	return m;
}

static int
run_term(struct filter *f, const struct term *t, const struct batch *in, const uint16_t *sel, int n,
	 struct arena *batch, int *ret_n, struct err *e)
{
	struct batch sub = { .n = n, .sel = sel, .ncols = in->ncols, .cols = in->cols };
	struct vec v;
	int rc;

	switch (t->kind) {
	case TERM_NULL:
	case TERM_NOT_NULL:
		*ret_n = keep_nulls(&in->cols[t->slot], sel, n, f->sel, t->kind == TERM_NULL);
		return ERR_OK;
	case TERM_PROGRAM:
		rc = prog_run(t->prog, &sub, batch, &v, e);
		if (rc == ERR_OK)
			*ret_n = keep_true(&v, sel, n, f->sel);
		return rc;
	default:
		break;
	}
	const struct vec *left = &in->cols[t->slot];
	if (t->other >= 0) {
		v = in->cols[t->other];
	} else {
		const struct batch one = { .n = 1 };
		rc = prog_run(t->prog, &one, batch, &v, e);
		if (rc != ERR_OK)
			return rc;
		v.stride = 0;
	}
	if (v.stride == 0 && vec_null(&v, 0)) { /* the loops look at no null of such a right side */
		*ret_n = 0;
		return ERR_OK;
	}
	if (left->stride == 0) { /* a column that is the same in all rows */
		union datum d[BATCH_ROWS];
		uint8_t null[BATCH_ROWS];
		const struct vec flat = { .v = d,
					  .null = left->null != NULL ? null : NULL,
					  .stride = 1 };
		for (int i = 0; i < n; i++) {
			const int row = sel != NULL ? sel[i] : i;
			d[row] = left->v[0];
			null[row] = left->null != NULL && left->null[0] != 0;
		}
		*ret_n = kernels[t->class][t->op](&flat, &v, sel, n, f->sel);
		return ERR_OK;
	}
	*ret_n = kernels[t->class][t->op](left, &v, sel, n, f->sel);
	return ERR_OK;
}

int
filter_run(struct filter *f, const struct batch *in, struct arena *batch, const uint16_t **ret_sel,
	   int *ret_n, struct err *e)
{
	const uint16_t *sel = in->sel;
	int n = in->n;

	for (int i = 0; f != NULL && i < f->nterms && n != 0; i++) {
		int m = 0; /* f->sel may be sel itself: writing never passes reading */
		int rc = run_term(f, &f->terms[i], in, sel, n, batch, &m, e);
		if (rc != ERR_OK)
			return rc;
		if (m != n || sel != NULL)
			sel = f->sel;
		n = m;
	}
	*ret_sel = sel;
	*ret_n = n;
	return ERR_OK;
}
