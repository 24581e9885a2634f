/* op_current.c - WHERE CURRENT OF: the one row of a table that a cursor stands on.
 *
 * The session knows where its cursors stand.  Of a partitioned table each leaf has an operator,
 * and gives the row when it is its own. */
#include "config.h"
#include "core/access/table.h"
#include "core/exec/again.h"
#include "core/exec/operator.h"
#include "core/exec/ops.h"
#include "core/exec/prog.h"
#include "core/func/session_api.h"

struct current_state {
	struct table_scan *scan;
	struct filter *filter;
	struct strbuf key;
};

static int
current_open(struct op *op, struct err *e)
{
	const struct plan_scan *p = PLAN_AS(plan_scan, op->plan);
	struct current_state *s = op->state;
	const struct strbuf *fixed = again_fixed(op->x, p->range);
	const struct session_api *api = op->x->env.session;
	bool here = true;
	int rc = ERR_OK;

	strbuf_init(&s->key, &op->x->arena);
	if (fixed != NULL)
		strbuf_add(&s->key, fixed->data, fixed->len);
	else if (api == NULL || api->cursor_row == NULL)
		rc = err_unsupported(e, "WHERE CURRENT OF outside of a session", NULL);
	else
		rc = api->cursor_row(api->self, p->cursor, p->rel, &s->key, &here, e);
	op->done = !here;
	if (rc == ERR_OK)
		rc = filter_compile(op->x, p->filter, 1, &s->filter, e);
	if (rc != ERR_OK || !here)
		return rc;
	op_out_init(op);
	const struct scan_request req = {
		.rel = p->rel,
		.ncols = op->plan->ncols,
		.cols = p->attnums,
		.latest = fixed != NULL,
	};
	return table_scan_open(&op->x->env, &req, &s->scan, e);
}

static int
current_next(struct op *op, const struct batch **ret, struct err *e)
{
	struct current_state *s = op->state;
	uint16_t ordinal[BATCH_ROWS];

	*ret = NULL;
	if (op->done)
		return ERR_OK;
	op->done = true;
	struct vec key = vec_new(&op->arena, 1);
	key.null[0] = 0;
	key.v[0].b = bytes_make(&op->arena, s->key.data, (uint32_t) s->key.len);
	int rc = table_probe_rows(s->scan, &key, NULL, 1, e);
	for (int c = 0; c < op->out.ncols; c++)
		op->out.cols[c] = vec_new(&op->arena, BATCH_ROWS);
	if (rc == ERR_OK)
		rc = table_probe_next(s->scan, &op->arena, op->out.cols, ordinal, &op->out.n, e);
	op->out.sel = NULL;
	if (rc == ERR_OK && op->out.n != 0) {
		const struct batch all = op->out;
		rc = filter_run(s->filter, &all, &op->arena, &op->out.sel, &op->out.n, e);
	}
	if (rc == ERR_OK && op->out.n != 0)
		*ret = &op->out;
	return rc;
}

static int
current_rescan(struct op *op, struct err *e UNUSED)
{
	op->done = ((struct current_state *) op->state)->scan == NULL;
	return ERR_OK;
}

static void
current_close(struct op *op)
{
	table_scan_close(&((struct current_state *) op->state)->scan);
}

const struct op_class op_current_class = {
	.name = "current",
	.plan_kind = PLAN_CURRENT_OF,
	.state_size = sizeof(struct current_state),
	.open = current_open,
	.next = current_next,
	.rescan = current_rescan,
	.close = current_close,
};
