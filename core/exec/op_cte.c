/* op_cte.c - WITH queries: each runs once, as far as anybody reads, and its rows are kept.
 *
 * All scans of one query share its rows; a scan that comes to their end pulls the query on.
 * A query that writes runs to its end whether it is read or not. */
#include "config.h"
#include "core/exec/operator.h"
#include "core/exec/ops.h"

#include "core/exec/rows.h"

struct cte_run {
	struct op *op;
	struct rowset rows;
	bool done;
};

static int
cte_start(struct exec *x, int i, struct err *e)
{
	struct cte_run *c = x->ctes[i];
	const struct plan *plan = x->plan->ctes[i].plan;
	struct outer_rows *outer = x->outer;
	struct work_table *work = x->work;
	const bool in_cte = x->in_cte;

	if (c->op != NULL)
		return ERR_OK;
	rowset_init(&c->rows, x, plan->ncols, plan_types(&x->arena, plan), exec_work_mem(x));
	x->outer = &x->top_outer;
	x->work = NULL;
	x->in_cte = true;
	int rc = op_open(x, plan, &c->op, e);
	x->outer = outer;
	x->work = work;
	x->in_cte = in_cte;
	return rc;
}

int
ctes_open(struct exec *x, struct err *e)
{
	const int n = x->plan->nctes;

	x->ctes = ARENA_ARRAY(&x->arena, struct cte_run *, n + 1);
	for (int i = 0; i < n; i++)
		x->ctes[i] = ARENA_NEW(&x->arena, struct cte_run);
	for (int i = 0; i < n; i++) {
		const struct cte *cte = x->plan->ctes[i].cte;
		if (cte == NULL || cte->query == NULL || cte->query->kind == QUERY_SELECT)
			continue;
		int rc = cte_start(x, i, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

static int
cte_pull(struct cte_run *c, int want, struct err *e)
{
	const struct batch *b;
	int rc = op_next_some(c->op, want, &b, e);

	if (rc != ERR_OK)
		return rc;
	c->done = b == NULL;
	return b == NULL ? ERR_OK : rowset_add(&c->rows, b, e);
}

int
ctes_finish(struct exec *x, struct err *e)
{
	int rc = ERR_OK;

	for (int i = 0; i < x->plan->nctes && rc == ERR_OK; i++) {
		const struct cte *cte = x->plan->ctes[i].cte;
		struct cte_run *c = x->ctes[i];
		if (cte == NULL || cte->query == NULL || cte->query->kind == QUERY_SELECT)
			continue;
		while (rc == ERR_OK && !c->done) {
			/* Nobody reads any more: the rows need not be kept. */
			const struct batch *b;
			rc = op_next(c->op, &b, e);
			c->done = b == NULL;
		}
	}
	return rc;
}

void
ctes_close(struct exec *x)
{
	for (int i = 0; x->ctes != NULL && i < x->plan->nctes; i++) {
		if (x->ctes[i] == NULL)
			continue;
		op_close(&x->ctes[i]->op);
		if (x->ctes[i]->rows.x != NULL)
			rowset_done(&x->ctes[i]->rows);
	}
}

/* -- scans ------------------------------------------------------------------------------------ */
struct cte_state {
	struct cte_run *cte;
	struct rowset_reader reader;
};

static int
cte_scan_open(struct op *op, struct err *e)
{
	const struct plan_cte_scan *p = PLAN_AS(plan_cte_scan, op->plan);
	struct cte_state *s = op->state;
	int rc = cte_start(op->x, p->cte, e);

	s->cte = op->x->ctes[p->cte];
	s->reader = rowset_reader(&s->cte->rows);
	op_out_init(op);
	return rc;
}

/* Rows in memory move to disk when another scan pulls the query on: take the bytes along. */
static void
copy_bytes(struct op *op, const struct row_shape *shape)
{
	for (int c = 0; c < shape->ncols; c++)
		for (int i = 0; shape->byref[c] && i < op->out.n; i++)
			if (!vec_null(&op->out.cols[c], i))
				op->out.cols[c].v[i] =
					datum_copy(&op->arena, op->out.cols[c].v[i], false);
}

static int
cte_scan_next(struct op *op, const struct batch **ret, struct err *e)
{
	struct cte_state *s = op->state;
	int rc = ERR_OK;

	while (rc == ERR_OK && s->reader.at == s->cte->rows.total && !s->cte->done)
		rc = cte_pull(s->cte, op->want, e);
	if (rc == ERR_OK)
		rc = rowset_batch(&s->reader, op, ret, e);
	if (rc == ERR_OK && *ret != NULL && !s->cte->done && s->cte->rows.limit != 0)
		copy_bytes(op, &s->cte->rows.shape);
	return rc;
}

static int
cte_scan_rescan(struct op *op, struct err *e UNUSED)
{
	struct cte_state *s = op->state;

	rowset_reader_done(&s->reader);
	s->reader = rowset_reader(&s->cte->rows);
	return ERR_OK;
}

static void
cte_scan_close(struct op *op)
{
	rowset_reader_done(&((struct cte_state *) op->state)->reader);
}

const struct op_class op_cte_scan_class = {
	.name = "cte scan",
	.plan_kind = PLAN_CTE_SCAN,
	.state_size = sizeof(struct cte_state),
	.open = cte_scan_open,
	.next = cte_scan_next,
	.rescan = cte_scan_rescan,
	.close = cte_scan_close,
};
