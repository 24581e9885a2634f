/* modify_write.c - one row into the table: locks, rows that others changed, conflicts. */
#include "config.h"
#include "core/exec/modify.h"

#include "core/access/row.h"
#include "core/access/table.h"
#include "core/exec/operator.h"
#include "core/func/session_api.h"
#include "storage/txn.h"

/* What the transaction is called by clients. */
static uint32_t
transaction_number(const struct modify *m)
{
	const struct session_api *api = m->op->x->env.session;

	return api == NULL ? 1 : (uint32_t) api->txid(api->self);
}

void
modify_written(struct modify *m, const struct vec *cols, int from_row, int row, struct arena *a)
{
	if (m->counted)
		m->op->x->affected++;
	if (m->returning == NULL)
		return;
	const struct leaf *l = m->leaf;
	for (int c = 0; c < m->ncols; c++) {
		const int at = l->map != NULL ? l->map[c] - 1 : c;
		struct vec *to = &m->ret_cols[c];
		to->null[row] = at < 0 || vec_null(&cols[at], from_row);
		if (to->null[row])
			to->v[row].i = 0;
		else
			to->v[row] =
				datum_copy(a, vec_at(&cols[at], from_row),
					   m->rel->cols[c].dropped || m->rel->cols[c].type->byval);
	}
	if (m->p->returning_system) {
		struct vec *system = m->ret_cols + m->ncols;
		system[0].v[row].i = table_ctid(l->rel, m->written_key.data, m->written_key.len);
		system[1].v[row].i = l->rel->o.oid;
		system[2].v[row].u = m->met ? transaction_number(m) : 0;
		system[0].null[row] = system[1].null[row] = system[2].null[row] = false;
	}
	m->written[m->nwritten++] = (uint16_t) row;
}

/* Where the writes put the key of the new row; NULL: nobody asks. */
static struct strbuf *
want_key(struct modify *m)
{
	if (!m->p->returning_system)
		return NULL;
	strbuf_clear(&m->written_key);
	return &m->written_key;
}

/* A row as a batch of one: columns first.. of one_cols. */
static struct batch
one_row(struct leaf *l, int first, const union datum *values, const bool *nulls)
{
	for (int c = 0; c < l->ncols; c++) {
		l->one_values[first + c] = values[c];
		l->one_nulls[first + c] = nulls[c];
		l->one_cols[first + c] = (struct vec){
			.v = &l->one_values[first + c],
			.null = nulls[c] ? &l->one_nulls[first + c] : NULL,
			.stride = 1,
		};
	}
	return (struct batch){ .n = 1, .ncols = first + l->ncols, .cols = l->one_cols };
}

/* -- UPDATE, DELETE --------------------------------------------------------------------------- */
/* What the statement's snapshot shows of the row; *ret_found false: nothing (any more). */
static int
snapshot_version(struct modify *m, const struct bytes *key, int64_t *ret, bool *ret_found,
		 struct err *e)
{
	strbuf_clear(&m->image2);
	int rc = txn_get(unit_txn(m->op->x->unit), m->leaf->rel->file, bytes_data(key), bytes_len(key),
			 &m->image2, ret_found, e);

	if (rc == ERR_OK && *ret_found)
		*ret = (int64_t) row_change(m->image2.data);
	return rc;
}

/* Write the change of a row whose old and new values are at `row` of these columns. */
static int
write_change(struct modify *m, const struct bytes *key, struct row_cols *old, struct row_cols *new,
	     int row, struct err *e)
{
	struct leaf *l = m->leaf;

	row_values(l, old->cols, row, l->old_values, l->old_nulls);
	const struct index_input *old_in = row_inputs(l, old, row, true);
	struct strbuf *new_key = want_key(m);
	if (m->act->p->op == QUERY_DELETE && new_key != NULL)
		strbuf_add(new_key, bytes_data(key), bytes_len(key));
	if (m->act->p->op == QUERY_DELETE)
		return table_delete(l->writer, bytes_data(key), bytes_len(key), l->old_values,
				    l->old_nulls, old_in, e);
	row_values(l, new->cols, row, l->values, l->nulls);
	return table_update(l->writer, bytes_data(key), bytes_len(key), l->old_values, l->old_nulls,
			    old_in, l->values, l->nulls, row_inputs(l, new, row, false), new_key, e);
}

int
modify_insert_one(struct modify *m, struct leaf *l, const struct vec *made, int from_row, int row,
		  struct arena *a, struct err *e)
{
	const struct batch one = { .n = 1 };
	struct vec *cols = ARENA_ARRAY(a, struct vec, m->ncols + 1);
	struct leaf *was = m->leaf;
	int rc = leaf_single_open(l, e);

	if (rc != ERR_OK)
		return rc;
	for (int c = 0; c < m->ncols; c++) {
		cols[c] = made[c];
		cols[c].v += (size_t) from_row * made[c].stride;
		if (cols[c].null != NULL)
			cols[c].null += (size_t) from_row * made[c].stride;
	}
	leaf_take(l, cols, l->new1.cols);
	m->leaf = l;
	rc = row_cols_complete(l, &l->new1, &one, a, e);
	if (rc == ERR_OK && m->p->leaf != NULL && m->p->route != NULL)
		rc = route_rows(m, &one, l->new1.cols, a, &(int){ 0 }, e);
	if (rc == ERR_OK)
		rc = row_cols_index(l, &l->new1, &one, a, e);
	if (rc == ERR_OK)
		rc = modify_insert_row(m, &l->new1, 0, row, a, e);
	m->leaf = was;
	return rc;
}

/* From one partition to another: what is at `at` of `old` goes, `made` comes. */
static int
move_row(struct modify *m, const struct bytes *key, const struct row_cols *old, int at,
	 struct leaf *dest, const struct vec *made, int row, struct arena *a, struct err *e)
{
	struct leaf *l = m->leaf;
	int rc;

	row_values(l, old->cols, at, l->old_values, l->old_nulls);
	rc = table_take_out(l->writer, bytes_data(key), bytes_len(key), l->old_values, l->old_nulls,
			    row_inputs(l, old, at, true), e);
	if (rc == ERR_OK)
		rc = modify_insert_one(m, dest, made, at, row, a, e);
	if (rc != ERR_OK)
		return rc;
	return table_moved(l->writer, l->old_values, l->old_nulls, dest->rel, dest->values,
			   dest->nulls, e);
}

/* The new row of a single one, in m->made1 and, if it stays, in the leaf's new1. */
static int
make_one(struct modify *m, const struct batch *one, struct leaf **ret_dest, struct arena *a,
	 struct err *e)
{
	struct leaf *l = m->leaf, *to = l;
	const bool moves = m->act->p->moves && m->p->route != NULL;
	int at = 0;
	int rc = modify_make(m, m->act->sets1, one->cols + m->p->row_slot, one, a, m->made1, e);

	if (rc == ERR_OK && moves && m->p->leaf == NULL)
		rc = route_rows(m, one, m->made1, a, &at, e);
	if (rc == ERR_OK && moves && m->p->leaf == NULL)
		rc = leaf_at(m, at, &to, e);
	*ret_dest = to != l ? to : NULL;
	if (rc != ERR_OK || to != l)
		return rc;
	leaf_take(l, m->made1, l->new1.cols);
	rc = row_cols_complete(l, &l->new1, one, a, e);
	if (rc == ERR_OK && moves && m->p->leaf != NULL)
		rc = route_rows(m, one, l->new1.cols, a, &at, e);
	return rc == ERR_OK ? row_cols_index(l, &l->new1, one, a, e) : rc;
}

int
modify_change_one(struct modify *m, const struct batch *one, const struct bytes *key, int row,
		  struct arena *a, struct err *e)
{
	const struct plan_action *act = m->act->p;
	struct leaf *l = m->leaf, *dest = NULL;
	int rc = modify_single_open(m, e);

	if (rc == ERR_OK)
		rc = leaf_single_open(l, e);
	if (rc != ERR_OK)
		return rc;
	leaf_take(l, one->cols + m->p->row_slot, l->old1.cols);
	rc = row_cols_index(l, &l->old1, one, a, e);
	if (rc == ERR_OK && act->op == QUERY_UPDATE)
		rc = make_one(m, one, &dest, a, e);
	if (rc != ERR_OK)
		return rc;
	if (dest != NULL)
		return move_row(m, key, &l->old1, 0, dest, m->made1, row, a, e);
	rc = write_change(m, key, &l->old1, &l->new1, 0, e);
	if (rc == ERR_OK)
		modify_written(m, act->op == QUERY_DELETE ? l->old1.cols : l->new1.cols, 0, row, a);
	return rc;
}

/* Row `row` of the batch alone, the target's columns from the leaf's values. */
static struct batch
row_alone(struct modify *m, const struct batch *in, int row, struct arena *a)
{
	const struct leaf *l = m->leaf;
	struct vec *cols = ARENA_ARRAY(a, struct vec, in->ncols + 1);
	union datum *values = ARENA_ARRAY(a, union datum, in->ncols + 1);
	uint8_t *nulls = ARENA_ARRAY(a, uint8_t, in->ncols + 1);

	for (int c = 0; c < in->ncols; c++) {
		const int target = c - m->p->row_slot;
		const bool ours = target >= 0 && target < m->ncols;
		const int att = !ours ? -1 : l->map != NULL ? l->map[target] - 1 : target;
		nulls[c] = !ours    ? vec_null(&in->cols[c], row)
			   : att < 0 ? true
				     : l->nulls[att];
		values[c] = nulls[c] ? datum_int(0)
			    : ours   ? l->values[att]
				     : vec_at(&in->cols[c], row);
		cols[c] = (struct vec){ .v = &values[c],
					.null = nulls[c] ? &nulls[c] : NULL,
					.stride = 1 };
	}
	return (struct batch){ .n = 1, .ncols = in->ncols, .cols = cols };
}

/* Where a filter cannot tell: the source's plan for this row alone, as it is now. */
static int
change_by_plan(struct modify *m, const struct batch *in, int row, const struct bytes *key,
	       struct arena *a, struct err *e)
{
	struct vec *cols = ARENA_ARRAY(a, struct vec, in->ncols + 1);
	const struct batch one = { .n = 1, .ncols = in->ncols, .cols = cols };
	const int64_t ordinal = m->again.source->dependent ? vec_at(&in->cols[0], row).i : 0;
	struct fixed_row fixed = { .range = m->p->range, .rel = m->leaf->rel };
	bool found;

	strbuf_init(&fixed.key, a);
	strbuf_add(&fixed.key, bytes_data(key), bytes_len(key));
	int rc = again_run(&m->again, &fixed, 1, ordinal, a, cols, &found, e);
	return rc == ERR_OK && found ? modify_change_one(m, &one, key, row, a, e) : rc;
}

/* Somebody changed the row while it was waited for: does it still qualify?  Then from its
 * latest values. */
static int
change_latest(struct modify *m, const struct batch *in, int row, const struct bytes *key,
	      struct arena *a, struct err *e)
{
	const uint8_t *image = arena_dup(a, m->now.image.data, m->now.image.len);
	const uint16_t *sel;
	int n, rc;

	if (m->now.moved.len != 0)
		key = bytes_make(a, m->now.moved.data, (uint32_t) m->now.moved.len);
	if (m->p->whole)
		return change_by_plan(m, in, row, key, a, e);
	row_decode(m->leaf->rel, image, m->leaf->values, m->leaf->nulls);
	const struct batch one = row_alone(m, in, row, a);
	rc = filter_run(m->recheck, &one, a, &sel, &n, e);
	if (rc != ERR_OK)
		return rc;
	if (m->p->op == QUERY_MERGE)
		return modify_merge_again(m, &one, n != 0, key, row, a, e);
	return n == 0 ? ERR_OK : modify_change_one(m, &one, key, row, a, e);
}

/* MERGE: the row is gone; its source row has no match then. */
static int
merge_without(struct modify *m, const struct batch *in, int row, struct arena *a, struct err *e)
{
	for (int c = 0; c < m->leaf->ncols; c++)
		m->leaf->nulls[c] = true;
	const struct batch one = row_alone(m, in, row, a);
	return modify_merge_again(m, &one, false, NULL, row, a, e);
}

static int
merge_twice(struct err *e)
{
	err_set(e, ERR_CARDINALITY_VIOLATION,
		"MERGE command cannot affect row a second time");
	return err_hint(e, "Ensure that not more than one source row matches any one target row.");
}

int
modify_change_row(struct modify *m, const struct batch *in, int row, struct leaf *dest,
		  struct arena *a, struct err *e)
{
	struct leaf *l = m->leaf;
	const struct bytes *key = vec_at(&in->cols[m->p->key_slot], row).b;
	const bool merge = m->p->op == QUERY_MERGE;
	int64_t version = 0;
	bool found = true;
	int rc = ERR_OK;

	if (m->p->version_slot > 0)
		version = vec_at(&in->cols[m->p->version_slot], row).i;
	else
		rc = snapshot_version(m, key, &version, &found, e);
	if (rc != ERR_OK || !found)
		return rc;
	rc = table_lock_row(m->op->x->unit, l->rel, bytes_data(key), bytes_len(key), version,
			    l->lock, LOCK_WAIT, &m->now, e);
	if (rc != ERR_OK)
		return rc;
	switch (m->now.result) {
	case ROW_CHANGED:
		return change_latest(m, in, row, key, a, e);
	case ROW_LOCKED:
		break;
	case ROW_GONE:
		return merge ? merge_without(m, in, row, a, e) : ERR_OK;
	case ROW_AWAY:
		return table_fail_away(e);
	case ROW_SELF:
		return merge ? merge_twice(e) : ERR_OK;
	default:
		return ERR_OK;
	}
	if (dest != NULL)
		return move_row(m, key, &l->old, row, dest, m->made, row, a, e);
	rc = write_change(m, key, &l->old, &l->new, row, e);
	if (rc == ERR_OK)
		modify_written(m, m->act->p->op == QUERY_DELETE ? l->old.cols : l->new.cols, row,
			       row, a);
	return rc;
}

/* -- INSERT ----------------------------------------------------------------------------------- */
/* The row that DO UPDATE makes must not belong elsewhere. */
static int
conflict_stays(struct modify *m, const struct batch *one, struct arena *a, struct err *e)
{
	struct leaf *to = m->leaf;
	int at = 0, rc;

	leaf_give(m->leaf, m->leaf->new1.cols, m->made1);
	rc = route_rows(m, one, m->made1, a, &at, e);
	if (rc == ERR_OK)
		rc = leaf_at(m, at, &to, e);
	if (rc != ERR_OK || to == m->leaf)
		return rc;
	err_set(e, ERR_FEATURE_NOT_SUPPORTED, "invalid ON UPDATE specification");
	return err_detail(e, "The result tuple would appear in a different partition than the "
			     "original tuple.");
}

/* What DO UPDATE sets, by a plan with sub-queries over both rows (in l->one_cols). */
static int
conflict_nested(struct modify *m, const struct batch **ret, struct err *e)
{
	struct leaf *l = m->leaf;
	struct vec *cols = m->meeting_row.cols;

	leaf_give(l, l->one_cols, cols + 1);
	leaf_give(l, l->one_cols + l->ncols, cols + 1 + m->ncols);
	int rc = op_rescan(m->op->inner, e);
	return rc == ERR_OK ? op_next_some(m->op->inner, 1, ret, e) : rc;
}

/* What DO UPDATE sets (l->conflict_set_cols, of row 0); *ret: its WHERE holds. */
static int
conflict_sets(struct modify *m, const struct batch *both, struct arena *a, bool *ret, struct err *e)
{
	struct leaf *l = m->leaf;
	const struct batch *b = NULL;
	const uint16_t *sel;
	int n = 0, rc;

	if (m->op->inner == NULL) {
		rc = filter_run(l->conflict_where, both, a, &sel, &n, e);
		*ret = n != 0;
		return rc != ERR_OK || n == 0 ? rc
					      : prog_run(l->conflict_sets, both, a, l->conflict_set_cols, e);
	}
	rc = conflict_nested(m, &b, e);
	*ret = b != NULL;
	for (int i = 0; rc == ERR_OK && b != NULL && i < l->p->nconflict_sets; i++) {
		const int row = batch_row(b, 0);
		struct vec *to = &l->conflict_set_cols[i];

		*to = vec_new(a, 1);
		to->null[0] = vec_null(&b->cols[i], row);
		to->v[0] = to->null[0] ? datum_int(0) : vec_at(&b->cols[i], row);
	}
	return rc;
}

/* DO UPDATE of the row in the way; *ret_again: it is gone, insert once more. */
static int
conflict_update(struct modify *m, int row, struct arena *a, bool *ret_again, struct err *e)
{
	struct exec *x = m->op->x;
	struct leaf *l = m->leaf;
	const struct strbuf *key = &m->conflict.row_key;
	bool holds;
	int rc;

	*ret_again = false;
	rc = table_lock_row(x->unit, l->rel, key->data, key->len,
			    m->conflict.version, l->lock, LOCK_WAIT, &m->now, e);
	if (rc != ERR_OK)
		return rc;
	if (m->now.result == ROW_GONE || m->now.result == ROW_AWAY || m->now.moved.len != 0) {
		*ret_again = true;
		return ERR_OK;
	}
	/* The excluded row first: decoding goes through the same arrays. */
	(void) one_row(l, l->ncols, l->values, l->nulls);
	const uint8_t *image = arena_dup(a, m->now.image.data, m->now.image.len);
	row_decode(l->rel, image, l->old_values, l->old_nulls);
	struct batch both = one_row(l, 0, l->old_values, l->old_nulls);
	both.ncols = l->ncols * 2;
	rc = conflict_sets(m, &both, a, &holds, e);
	if (rc != ERR_OK || !holds)
		return rc;

	const struct batch one = { .n = 1 };
	rc = leaf_single_open(l, e);
	if (rc != ERR_OK)
		return rc;
	memcpy(l->old1.cols, l->one_cols, (size_t) l->ncols * sizeof *l->one_cols);
	memcpy(l->new1.cols, l->one_cols, (size_t) l->ncols * sizeof *l->one_cols);
	for (int i = 0; i < l->p->nconflict_sets; i++)
		l->new1.cols[l->p->conflict_attnums[i] - 1] = l->conflict_set_cols[i];
	rc = row_cols_complete(l, &l->new1, &one, a, e);
	if (rc == ERR_OK && m->p->conflict_moves)
		rc = conflict_stays(m, &one, a, e);
	if (rc == ERR_OK)
		rc = row_cols_index(l, &l->old1, &one, a, e);
	if (rc == ERR_OK)
		rc = row_cols_index(l, &l->new1, &one, a, e);
	if (rc != ERR_OK)
		return rc;
	row_values(l, l->old1.cols, 0, l->old_values, l->old_nulls);
	row_values(l, l->new1.cols, 0, l->values, l->nulls);
	rc = table_update(l->writer, key->data, key->len, l->old_values, l->old_nulls,
			  row_inputs(l, &l->old1, 0, true), l->values, l->nulls,
			  row_inputs(l, &l->new1, 0, false), want_key(m), e);
	m->met = true;
	if (rc == ERR_OK)
		modify_written(m, l->new1.cols, 0, row, a);
	m->met = false;
	return rc;
}

static int
conflict_row(struct modify *m, int row, struct arena *a, bool *ret_again, struct err *e)
{
	const bool repeatable = txn_isolation(unit_txn(m->op->x->unit)) != TXN_READ_COMMITTED;

	*ret_again = false;
	if (repeatable && !m->conflict.visible && !m->conflict.own_command)
		return txn_fail_serialization(e);
	if (!m->p->conflict->update)
		return ERR_OK;
	if (m->conflict.own_command) {
		err_set(e, ERR_CARDINALITY_VIOLATION,
			"ON CONFLICT DO UPDATE command cannot affect row a second time");
		return err_hint(e, "Ensure that no rows proposed for insertion within the same "
				   "command have duplicate "
				   "constrained values.");
	}
	return conflict_update(m, row, a, ret_again, e);
}

int
modify_insert_row(struct modify *m, struct row_cols *new, int from_row, int row, struct arena *a,
		  struct err *e)
{
	struct write_conflict *conflict = m->p->conflict != NULL ? &m->conflict : NULL;
	struct leaf *l = m->leaf;
	bool again;
	int rc;

	do {
		again = false;
		row_values(l, new->cols, from_row, l->values, l->nulls);
		if (conflict != NULL) {
			conflict->index = NULL;
			strbuf_clear(&conflict->row_key);
		}
		rc = table_insert(l->writer, l->values, l->nulls,
				  row_inputs(l, new, from_row, false), l->p->arbiters,
				  l->p->narbiters, conflict, want_key(m), e);
		if (rc != ERR_OK)
			return rc;
		if (conflict == NULL || conflict->index == NULL) {
			modify_written(m, new->cols, from_row, row, a);
			return ERR_OK;
		}
		rc = conflict_row(m, row, a, &again, e);
	} while (rc == ERR_OK && again);
	return rc;
}
