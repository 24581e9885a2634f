/* op_lock_rows.c - FOR UPDATE, FOR SHARE: rows are locked as they pass.
 *
 * A row that somebody changed while it was waited for is read again: its columns are replaced,
 * the conditions evaluated once more.  Rows that are gone, or held under SKIP LOCKED, drop out.
 * Not more rows are locked than are wanted: other workers of a queue want the rest. */
#include "config.h"
#include "core/exec/again.h"
#include "core/exec/ops.h"

#include "core/access/row.h"
#include "core/access/table.h"
#include "core/access/write.h"
#include "core/catalog/partition.h"
#include "core/exec/prog.h"
#include "storage/txn.h"

struct lock_rows_state {
	struct filter *recheck;
	struct again again;
	const struct batch *in; /* the child's, locked up to `at` */
	int at;
	struct row_now now; /* the row being locked */
	struct strbuf old;
	uint16_t sel[BATCH_ROWS];
	union datum *values; /* of the widest relation */
	bool *nulls;
	bool copied; /* op->out has columns of its own for this batch */
};

static int
widest_of(const struct relation *rel, int widest)
{
	for (int i = 0; i < rel->nparts; i++)
		widest = widest_of(rel->parts[i], widest);
	return rel->ncols > widest ? rel->ncols : widest;
}

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
		widest = widest_of(p->items[i].rel, widest);
	s->values = ARENA_ARRAY(&op->x->arena, union datum, widest + 1);
	s->nulls = ARENA_ARRAY(&op->x->arena, bool, widest + 1);
	strbuf_init(&s->now.image, NULL);
	strbuf_init(&s->now.moved, NULL);
	strbuf_init(&s->old, NULL);
	op_out_init(op);
	again_init(&s->again, op->x, op->plan->child);
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

/* The row has another key now. */
static void
refresh_key(struct op *op, const struct lock_item *it, const struct relation *rel, int row)
{
	const struct strbuf *key = &((struct lock_rows_state *) op->state)->now.moved;

	op->out.cols[it->key_slot].v[row].b = bytes_make(&op->arena, key->data, (uint32_t) key->len);
	for (int k = 0; k < it->nslots; k++)
		if (it->attnums[k] == COL_CTID)
			op->out.cols[it->slots[k]].v[row].i =
				table_ctid(rel, key->data, key->len);
}

/* Replace the columns of one relation by its latest image. */
static void
refresh(struct op *op, const struct lock_item *it, const struct relation *rel, int row)
{
	struct lock_rows_state *s = op->state;
	const uint8_t *image = arena_dup(&op->arena, s->now.image.data, s->now.image.len);

	const int16_t *map = rel == it->rel ? NULL : partition_map(&op->arena, it->rel, rel);

	row_decode(rel, image, s->values, s->nulls);
	for (int k = 0; k < it->nslots; k++) {
		struct vec *v = &op->out.cols[it->slots[k]];
		int att = it->attnums[k] - 1;
		if (att < 0)
			continue;
		att = map != NULL ? map[att] - 1 : att;
		v->null[row] = s->nulls[att];
		v->v[row] = s->nulls[att] ? datum_int(0) : s->values[att];
	}
	if (s->now.moved.len != 0)
		refresh_key(op, it, rel, row);
}

/* The table that has the row: a partition, when the range is of a partitioned table. */
static const struct relation *
item_relation(struct op *op, const struct lock_item *it, const struct batch *in, int row)
{
	if (it->table_slot < 0)
		return it->rel;
	return catalog_relation_by_oid(op->x->env.catalog,
				       (oid_t) vec_at(&in->cols[it->table_slot], row).i);
}

static int
lock_item(struct op *op, const struct batch *in, const struct lock_item *it, int row,
	  bool *ret_keep, bool *ret_changed, struct err *e)
{
	struct lock_rows_state *s = op->state;
	struct txn *txn = op->x->env.txn;
	int64_t version = 0;
	bool found = true;
	int rc = ERR_OK;

	if (vec_null(&in->cols[it->key_slot], row))
		return ERR_OK; /* the empty side of an outer join */
	const struct bytes *key = vec_at(&in->cols[it->key_slot], row).b;
	const struct relation *rel = item_relation(op, it, in, row);
	if (it->version_slot > 0) {
		version = vec_at(&in->cols[it->version_slot], row).i;
	} else {
		strbuf_clear(&s->old);
		rc = txn_get(txn, rel->file, bytes_data(key), bytes_len(key), &s->old, &found,
			     e);
		version = rc == ERR_OK && found ? (int64_t) row_change(s->old.data) : 0;
	}
	if (rc != ERR_OK)
		return rc;
	rc = table_lock_row(op->x->unit, rel, bytes_data(key), bytes_len(key), version,
			    mode_of(it->strength), policy_of(it->wait), &s->now, e);
	if (rc == ERR_T_R_SERIALIZATION_FAILURE) { /* here a delete counts as an update */
		err_init(e);
		return txn_fail_serialization(e);
	}
	if (rc != ERR_OK)
		return rc;
	switch (s->now.result) {
	case ROW_LOCKED:
		break;
	case ROW_CHANGED:
		own_columns(op, in);
		refresh(op, it, rel, row);
		*ret_changed = true;
		break;
	case ROW_AWAY:
		return table_fail_away(e);
	default:
		*ret_keep = false;
	}
	return ERR_OK;
}

/* The conditions hold for the row as it is now? */
static int
look_again(struct op *op, const struct batch *in, int row, bool *ret_keep, struct err *e)
{
	struct lock_rows_state *s = op->state;
	const uint16_t one = (uint16_t) row, *sel;
	const struct batch again = {
		.n = 1, .sel = &one, .ncols = in->ncols, .cols = op->out.cols
	};
	int n, rc = filter_run(s->recheck, &again, &op->arena, &sel, &n, e);

	*ret_keep = n != 0;
	return rc;
}

/* The same by the plan below, when a filter cannot tell. */
static int
run_again(struct op *op, const struct batch *in, int row, bool *ret_keep, struct err *e)
{
	const struct plan_lock_rows *p = PLAN_AS(plan_lock_rows, op->plan);
	struct lock_rows_state *s = op->state;
	struct fixed_row *fixed = ARENA_ARRAY(&op->arena, struct fixed_row, p->nitems + 1);
	struct vec *cols = ARENA_ARRAY(&op->arena, struct vec, in->ncols + 1);
	int64_t ordinal = op->plan->dependent ? vec_at(&in->cols[0], row).i : 0;
	int n = 0;

	for (int i = 0; i < p->nitems; i++) {
		const struct vec *keys = &op->out.cols[p->items[i].key_slot];
		if (vec_null(keys, row))
			continue;
		const struct bytes *key = vec_at(keys, row).b;
		fixed[n].range = p->items[i].range;
		fixed[n].rel = item_relation(op, &p->items[i], in, row);
		strbuf_init(&fixed[n].key, &op->arena);
		strbuf_add(&fixed[n++].key, bytes_data(key), bytes_len(key));
	}
	int rc = again_run(&s->again, fixed, n, ordinal, &op->arena, cols, ret_keep, e);
	if (rc != ERR_OK || !*ret_keep)
		return rc;
	own_columns(op, in);
	for (int c = 0; c < in->ncols; c++) {
		op->out.cols[c].null[row] = vec_null(&cols[c], 0);
		op->out.cols[c].v[row] = vec_at(&cols[c], 0);
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
	if (rc != ERR_OK || !*ret_keep || !changed)
		return rc;
	if (p->whole)
		return run_again(op, in, row, ret_keep, e);
	return s->recheck == NULL ? ERR_OK : look_again(op, in, row, ret_keep, e);
}

/* Lock rows of the batch in hand, from s->at on, as many as are wanted. */
static int
lock_batch(struct op *op, const struct batch *in, int *ret_n, struct err *e)
{
	struct lock_rows_state *s = op->state;
	int m = 0;

	s->copied = false;
	if (in->ncols != 0)
		memcpy(op->out.cols, in->cols, (size_t) in->ncols * sizeof *in->cols);
	while (s->at < in->n && m < op->want) {
		const int row = batch_row(in, s->at++);
		bool keep;
		int rc = lock_row(op, in, row, &keep, e);
		if (rc != ERR_OK)
			return rc;
		if (!keep)
			continue;
		s->sel[m++] = (uint16_t) row;
	}
	*ret_n = m;
	return ERR_OK;
}

static int
lock_rows_next(struct op *op, const struct batch **ret, struct err *e)
{
	struct lock_rows_state *s = op->state;
	int m = 0, rc = ERR_OK;

	*ret = NULL;
	while (rc == ERR_OK && m == 0) {
		if (s->in == NULL || s->at == s->in->n) {
			rc = op_next_some(op->child, op->want, &s->in, e);
			s->at = 0;
			if (rc != ERR_OK || s->in == NULL)
				return rc;
		}
		rc = lock_batch(op, s->in, &m, e);
	}
	if (rc != ERR_OK || m == 0)
		return rc;
	op->out.n = m;
	op->out.sel = s->sel;
	*ret = &op->out;
	return ERR_OK;
}

static int
lock_rows_rescan(struct op *op, struct err *e)
{
	((struct lock_rows_state *) op->state)->in = NULL;
	return op_rescan_child(op, e);
}

static void
lock_rows_close(struct op *op)
{
	struct lock_rows_state *s = op->state;

	strbuf_done(&s->now.image);
	strbuf_done(&s->now.moved);
	strbuf_done(&s->old);
}

const struct op_class op_lock_rows_class = {
	.name = "lock rows",
	.plan_kind = PLAN_LOCK_ROWS,
	.state_size = sizeof(struct lock_rows_state),
	.open = lock_rows_open,
	.next = lock_rows_next,
	.rescan = lock_rows_rescan,
	.close = lock_rows_close,
};
