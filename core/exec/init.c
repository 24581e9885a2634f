/* init.c - EXPR_INIT: sub-queries that run once, when their value is first asked for.
 *
 * Their operators are opened with the others, so that they read what the statement reads; a
 * sub-query whose value nobody asks for is never run.
 *
 * Not here: sub-queries that compare each row (op_init.c), those of enclosing rows (op_nest.c). */
#include "config.h"
#include "core/exec/operator.h"

#include "core/exec/prog_int.h"
#include "core/exec/sublink.h"

struct init_run {
	struct exec *x;         /* the statement's, also where a row is looked at again (again.h) */
	const struct plan_once *once;
	struct op *op;
	struct sublink_eval sub;
	struct row_shape shape;
	struct arena arena; /* of the sub-query's rows */
	const struct row **rows;
	size_t nrows, cap;
	bool ran;
	union datum value;
	bool null;
};

static int
init_start(struct init_run *r, struct err *e)
{
	struct exec *x = r->x;
	struct outer_rows *outer = x->outer;
	struct work_table *work = x->work;
	const struct plan *plan = r->once->plan;

	if (r->op != NULL)
		return ERR_OK;
	const struct type **types = plan_types(&x->arena, plan);
	row_shape_init(&r->shape, &x->arena, plan->ncols, types);
	x->outer = &x->top_outer;
	x->work = NULL;
	int rc = op_open(x, plan, &r->op, e);
	x->outer = outer;
	x->work = work;
	return rc != ERR_OK ? rc
			    : sublink_init(&r->sub, x, r->once->kind, r->once->type, &r->shape, types, 0,
					   NULL, NULL, ROWCMP_EQ, e);
}

void
inits_init(struct exec *x)
{
	const int n = x->plan->ninits;

	x->inits = ARENA_ARRAY(&x->arena, struct init_run, n + 1);
	for (int i = 0; i < n; i++)
		x->inits[i] = (struct init_run){ .x = x, .once = &x->plan->inits[i] };
}

int
inits_open(struct exec *x, struct err *e)
{
	const int n = x->plan->ninits;
	int rc = ERR_OK;

	for (int i = 0; i < n && rc == ERR_OK; i++)
		rc = init_start(&x->inits[i], e);
	return rc;
}

static void
keep_row(struct init_run *r, const struct batch *b, int row)
{
	if (r->nrows == r->cap) {
		size_t cap = r->cap == 0 ? 8 : r->cap * 2;
		const struct row **rows = arena_alloc(&r->arena, cap * sizeof *rows);
		if (r->nrows != 0)
			memcpy(rows, r->rows, r->nrows * sizeof *rows);
		r->rows = rows;
		r->cap = cap;
	}
	r->rows[r->nrows++] = row_copy(&r->arena, &r->shape, 0, b->cols, row);
}

/* One row tells whether there is one; two are one too many for a single value. */
static size_t
rows_wanted(enum sublink_kind kind)
{
	return kind == SUBLINK_EXISTS ? 1 : kind == SUBLINK_SCALAR ? 2 : SIZE_MAX;
}

static int
run(struct init_run *r, struct err *e)
{
	struct arena *was = r->x->env.type.arena;
	const size_t most = rows_wanted(r->once->kind);
	int rc = init_start(r, e);

	while (rc == ERR_OK && r->nrows < most) {
		const struct batch *b;
		rc = op_next_some(r->op, most < BATCH_ROWS ? (int) most : BATCH_ROWS, &b, e);
		if (rc != ERR_OK || b == NULL)
			break;
		for (int i = 0; i < b->n && r->nrows < most; i++)
			keep_row(r, b, batch_row(b, i));
		rc = arena_check(&r->arena, e);
	}
	if (rc == ERR_OK)
		rc = sublink_value(&r->sub, r->x, 0, r->rows, r->nrows, &r->arena, &r->value, &r->null, e);
	r->x->env.type.arena = was;
	r->ran = rc == ERR_OK;
	return rc;
}

int
init_value(struct exec *x, int i, union datum *ret, bool *ret_null, struct err *e)
{
	if (x->inits == NULL)
		return err_set(e, ERR_INTERNAL_ERROR, "a sub-query outside of its statement");
	struct init_run *r = &x->inits[i];
	int rc = r->ran ? ERR_OK : run(r, e);

	if (rc != ERR_OK)
		return rc;
	*ret = r->value;
	*ret_null = r->null;
	return ERR_OK;
}

void
inits_close(struct exec *x)
{
	for (int i = 0; x->inits != NULL && i < x->plan->ninits; i++) {
		op_close(&x->inits[i].op);
		arena_done(&x->inits[i].arena);
	}
}
