/* op_lock_rows.c - FOR UPDATE, FOR SHARE: rows are locked as they pass.
 *
 * A row that somebody changed while it was waited for is read again: its columns are replaced,
 * the conditions evaluated once more.  Rows that are gone, or held under SKIP LOCKED, drop out. */
#include "config.h"
#include "core/exec/operator.h"
#include "core/exec/ops.h"

#include "core/access/row.h"
#include "core/access/write.h"
#include "core/exec/prog.h"
#include "storage/txn.h"

struct lock_rows_state {
	struct filter *recheck;
	struct strbuf image, old;
	uint16_t sel[BATCH_ROWS];
	union datum *values; /* of the widest relation */
	bool *nulls;
	bool copied; /* op->out has columns of its own for this batch */
};

static int
lock_rows_open(struct op *op, struct err *e)
{
	const struct plan_lock_rows *p = PLAN_AS(plan_lock_rows, op->plan);
	struct lock_rows_state *s = op->state;
	int rc = op_open_inputs(op, e), widest = 0;

	if (rc != ERR_OK)
		return rc;
	if (op->x->unit == NULL)
		return err_set(e, ERR_INTERNAL_ERROR, "row locks in an execution that only reads");
	for (int i = 0; i < p->nitems; i++)
		widest = p->items[i].rel->ncols > widest ? p->items[i].rel->ncols : widest;
	s->values = ARENA_ARRAY(&op->x->arena, union datum, widest + 1);
	s->nulls = ARENA_ARRAY(&op->x->arena, bool, widest + 1);
	strbuf_init(&s->image, NULL);
	strbuf_init(&s->old, NULL);
	op_out_init(op);
	return filter_compile(op->x, p->recheck, BATCH_ROWS, &s->recheck, e);
}

static enum lock_mode
mode_of(enum lock_strength s)
{
	switch (s) {
	case LOCK_FOR_KEY_SHARE:
		return LOCK_KEY_SHARE;
	case LOCK_FOR_SHARE:
		return LOCK_SHARE;
	case LOCK_FOR_NO_KEY_UPDATE:
		return LOCK_NO_KEY_UPDATE;
	default:
		return LOCK_UPDATE;
	}
}

static enum lock_policy
policy_of(enum lock_wait w)
{
	return w == LOCK_WAIT_NOWAIT ? LOCK_NOWAIT : w == LOCK_WAIT_SKIP ? LOCK_SKIP : LOCK_WAIT;
}

/* The batch's columns become the operator's own, so that single rows can be replaced. */
static void
own_columns(struct op *op, const struct batch *in)
{
	struct lock_rows_state *s = op->state;

	if (s->copied)
		return;
	s->copied = true;
	for (int c = 0; c < in->ncols; c++) {
		struct vec v = vec_new(&op->arena, BATCH_ROWS);
		for (int i = 0; i < in->n; i++) {
			int row = batch_row(in, i);
			v.null[row] = vec_null(&in->cols[c], row);
			v.v[row] = vec_at(&in->cols[c], row);
		}
		op->out.cols[c] = v;
	}
}

/* Replace the columns of one relation by its latest image. */
static void
refresh(struct op *op, const struct lock_item *it, int row)
{
	struct lock_rows_state *s = op->state;
	const uint8_t *image = arena_dup(&op->arena, s->image.data, s->image.len);

	row_decode(it->rel, image, s->values, s->nulls);
	for (int k = 0; k < it->nslots; k++) {
		struct vec *v = &op->out.cols[it->slots[k]];
		const int att = it->attnums[k] - 1;
		if (att < 0)
			continue;
		v->null[row] = s->nulls[att];
		v->v[row] = s->nulls[att] ? datum_int(0) : s->values[att];
	}
}

static int
lock_item(struct op *op, const struct batch *in, const struct lock_item *it, int row,
	  bool *ret_keep, bool *ret_changed, struct err *e)
{
	struct lock_rows_state *s = op->state;
	struct txn *txn = op->x->env.txn;
	enum row_lock_result result;
	int64_t version = 0;
	bool found = true;
	int rc = ERR_OK;

	if (vec_null(&in->cols[it->key_slot], row))
		return ERR_OK; /* the empty side of an outer join */
	const struct bytes *key = vec_at(&in->cols[it->key_slot], row).b;
	if (it->version_slot > 0) {
		version = vec_at(&in->cols[it->version_slot], row).i;
	} else {
		strbuf_clear(&s->old);
		rc = txn_get(txn, it->rel->file, bytes_data(key), bytes_len(key), &s->old, &found,
			     e);
		version = rc == ERR_OK && found ? (int64_t) row_change(s->old.data) : 0;
	}
	if (rc != ERR_OK)
		return rc;
	strbuf_clear(&s->image);
	rc = table_lock_row(op->x->unit, it->rel, bytes_data(key), bytes_len(key), version,
			    mode_of(it->strength), policy_of(it->wait), &s->image, &result, e);
	if (rc == ERR_T_R_SERIALIZATION_FAILURE) { /* here a delete counts as an update */
		err_init(e);
		return txn_fail_serialization(e);
	}
	if (rc != ERR_OK)
		return rc;
	if (result == ROW_GONE || result == ROW_SKIPPED || result == ROW_SELF)
		*ret_keep = false;
	if (result == ROW_CHANGED) {
		own_columns(op, in);
		refresh(op, it, row);
		*ret_changed = true;
	}
	return ERR_OK;
}

static int
lock_row(struct op *op, const struct batch *in, int row, bool *ret_keep, struct err *e)
{
	const struct plan_lock_rows *p = PLAN_AS(plan_lock_rows, op->plan);
	struct lock_rows_state *s = op->state;
	bool changed = false;
	int rc = ERR_OK;

	*ret_keep = true;
	for (int i = 0; i < p->nitems && rc == ERR_OK && *ret_keep; i++)
		rc = lock_item(op, in, &p->items[i], row, ret_keep, &changed, e);
	if (rc != ERR_OK || !*ret_keep || !changed || s->recheck == NULL)
		return rc;
	const uint16_t one = (uint16_t) row, *sel;
	const struct batch again = {
		.n = 1, .sel = &one, .ncols = in->ncols, .cols = op->out.cols
	};
	int n;
	rc = filter_run(s->recheck, &again, &op->arena, &sel, &n, e);
	*ret_keep = n != 0;
	return rc;
}

static int
lock_rows_next(struct op *op, const struct batch **ret, struct err *e)
{
	struct lock_rows_state *s = op->state;

	for (;;) {
		const struct batch *in;
		int m = 0, rc = op_next(op->child, &in, e);

		*ret = NULL;
		if (rc != ERR_OK || in == NULL)
			return rc;
		s->copied = false;
		if (in->ncols != 0)
			memcpy(op->out.cols, in->cols, (size_t) in->ncols * sizeof *in->cols);
		for (int i = 0; i < in->n; i++) {
			bool keep;
			rc = lock_row(op, in, batch_row(in, i), &keep, e);
			if (rc != ERR_OK)
				return rc;
			if (keep)
				s->sel[m++] = (uint16_t) batch_row(in, i);
		}
		if (m == 0)
			continue;
		op->out.n = m;
		op->out.sel = s->sel;
		*ret = &op->out;
		return ERR_OK;
	}
}

static void
lock_rows_close(struct op *op)
{
	struct lock_rows_state *s = op->state;

	strbuf_done(&s->image);
	strbuf_done(&s->old);
}

const struct op_class op_lock_rows_class = {
	.name = "lock rows",
	.plan_kind = PLAN_LOCK_ROWS,
	.state_size = sizeof(struct lock_rows_state),
	.open = lock_rows_open,
	.next = lock_rows_next,
	.rescan = op_rescan_child,
	.close = lock_rows_close,
};
