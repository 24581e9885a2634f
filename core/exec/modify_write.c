/* modify_write.c - one row into the table: locks, rows that others changed, conflicts. */
#include "config.h"
#include "core/exec/modify.h"

#include "core/access/row.h"
#include "core/access/table.h"
#include "core/exec/operator.h"
#include "storage/txn.h"

void
modify_written(struct modify *m, const struct vec *cols, int from_row, int row, struct arena *a)
{
	if (m->counted)
		m->op->x->affected++;
	if (m->returning == NULL)
		return;
	for (int c = 0; c < m->ncols; c++) {
		struct vec *to = &m->ret_cols[c];
		to->null[row] = vec_null(&cols[c], from_row);
		if (to->null[row])
			to->v[row].i = 0;
		else
			to->v[row] =
				datum_copy(a, vec_at(&cols[c], from_row),
					   m->rel->cols[c].dropped || m->rel->cols[c].type->byval);
	}
	if (m->p->returning_system) {
		struct vec *system = m->ret_cols + m->ncols;
		system[0].v[row].i = table_ctid(m->rel, m->written_key.data, m->written_key.len);
		system[1].v[row].i = m->rel->o.oid;
		system[0].null[row] = system[1].null[row] = false;
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
one_row(struct modify *m, int first, const union datum *values, const bool *nulls)
{
	for (int c = 0; c < m->ncols; c++) {
		m->one_values[first + c] = values[c];
		m->one_nulls[first + c] = nulls[c];
		m->one_cols[first + c] = (struct vec){
			.v = &m->one_values[first + c],
			.null = nulls[c] ? &m->one_nulls[first + c] : NULL,
			.stride = 1,
		};
	}
	return (struct batch){ .n = 1, .ncols = first + m->ncols, .cols = m->one_cols };
}

/* -- UPDATE, DELETE --------------------------------------------------------------------------- */
/* What the statement's snapshot shows of the row; *ret_found false: nothing (any more). */
static int
snapshot_version(struct modify *m, const struct bytes *key, int64_t *ret, bool *ret_found,
		 struct err *e)
{
	strbuf_clear(&m->image2);
	int rc = txn_get(unit_txn(m->op->x->unit), m->rel->file, bytes_data(key), bytes_len(key),
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
	row_values(m, old->cols, row, m->old_values, m->old_nulls);
	const struct index_input *old_in = row_inputs(m, old, row, true);
	struct strbuf *new_key = want_key(m);
	if (m->act->p->op == QUERY_DELETE && new_key != NULL)
		strbuf_add(new_key, bytes_data(key), bytes_len(key));
	if (m->act->p->op == QUERY_DELETE)
		return table_delete(m->writer, bytes_data(key), bytes_len(key), m->old_values,
				    m->old_nulls, old_in, e);
	row_values(m, new->cols, row, m->values, m->nulls);
	return table_update(m->writer, bytes_data(key), bytes_len(key), m->old_values, m->old_nulls,
			    old_in, m->values, m->nulls, row_inputs(m, new, row, false), new_key, e);
}

int
modify_change_one(struct modify *m, const struct batch *one, const struct bytes *key, int row,
		  struct arena *a, struct err *e)
{
	const struct plan_action *act = m->act->p;
	int rc = modify_single_open(m, e);

	if (rc != ERR_OK)
		return rc;
	memcpy(m->old1.cols, one->cols + m->p->row_slot, (size_t) m->ncols * sizeof *one->cols);
	rc = row_cols_index(m, &m->old1, one, a, e);
	if (rc == ERR_OK && act->op == QUERY_UPDATE)
		rc = modify_new_rows(m, m->act->sets1, &m->old1, &m->new1, one, a, e);
	if (rc == ERR_OK)
		rc = write_change(m, key, &m->old1, &m->new1, 0, e);
	if (rc == ERR_OK)
		modify_written(m, act->op == QUERY_DELETE ? m->old1.cols : m->new1.cols, 0, row, a);
	return rc;
}

/* Row `row` of the batch alone, the target's columns from m->values. */
static struct batch
row_alone(struct modify *m, const struct batch *in, int row, struct arena *a)
{
	struct vec *cols = ARENA_ARRAY(a, struct vec, in->ncols + 1);
	union datum *values = ARENA_ARRAY(a, union datum, in->ncols + 1);
	uint8_t *nulls = ARENA_ARRAY(a, uint8_t, in->ncols + 1);

	for (int c = 0; c < in->ncols; c++) {
		const int att = c - m->p->row_slot;
		const bool ours = att >= 0 && att < m->ncols;
		nulls[c] = ours ? m->nulls[att] : vec_null(&in->cols[c], row);
		values[c] = nulls[c] ? datum_int(0)
			    : ours   ? m->values[att]
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
	struct fixed_row fixed = { .range = m->p->range };
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
	row_decode(m->rel, image, m->values, m->nulls);
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
	for (int c = 0; c < m->ncols; c++)
		m->nulls[c] = true;
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
modify_change_row(struct modify *m, const struct batch *in, int row, struct arena *a, struct err *e)
{
	const struct bytes *key = vec_at(&in->cols[m->p->key_slot], row).b;
	const bool merge = m->p->op == QUERY_MERGE;
	int64_t version = 0;
	bool found = true;
	int rc = ERR_OK;

	if (vec_null(&in->cols[m->p->key_slot], row))
		return ERR_OK; /* the empty side of an outer join */
	if (m->p->version_slot > 0)
		version = vec_at(&in->cols[m->p->version_slot], row).i;
	else
		rc = snapshot_version(m, key, &version, &found, e);
	if (rc != ERR_OK || !found)
		return rc;
	rc = table_lock_row(m->op->x->unit, m->rel, bytes_data(key), bytes_len(key), version,
			    m->lock, LOCK_WAIT, &m->now, e);
	if (rc != ERR_OK)
		return rc;
	switch (m->now.result) {
	case ROW_CHANGED:
		return change_latest(m, in, row, key, a, e);
	case ROW_LOCKED:
		break;
	case ROW_GONE:
		return merge ? merge_without(m, in, row, a, e) : ERR_OK;
	case ROW_SELF:
		return merge ? merge_twice(e) : ERR_OK;
	default:
		return ERR_OK;
	}
	rc = write_change(m, key, &m->old, &m->new, row, e);
	if (rc == ERR_OK)
		modify_written(m, m->act->p->op == QUERY_DELETE ? m->old.cols : m->new.cols, row,
			       row, a);
	return rc;
}

/* -- INSERT ----------------------------------------------------------------------------------- */
/* DO UPDATE of the row in the way; *ret_again: it is gone, insert once more. */
static int
conflict_update(struct modify *m, int row, struct arena *a, bool *ret_again, struct err *e)
{
	struct exec *x = m->op->x;
	const struct strbuf *key = &m->conflict.row_key;
	const uint16_t *sel;
	int n, rc;

	*ret_again = false;
	rc = table_lock_row(x->unit, m->rel, key->data, key->len,
			    m->conflict.version, m->lock, LOCK_WAIT, &m->now, e);
	if (rc != ERR_OK)
		return rc;
	if (m->now.result == ROW_GONE || m->now.moved.len != 0) {
		*ret_again = true;
		return ERR_OK;
	}
	/* The excluded row first: decoding goes through the same arrays. */
	(void) one_row(m, m->ncols, m->values, m->nulls);
	const uint8_t *image = arena_dup(a, m->now.image.data, m->now.image.len);
	row_decode(m->rel, image, m->old_values, m->old_nulls);
	struct batch both = one_row(m, 0, m->old_values, m->old_nulls);
	both.ncols = m->ncols * 2;
	rc = filter_run(m->conflict_where, &both, a, &sel, &n, e);
	if (rc != ERR_OK || n == 0)
		return rc;

	const struct batch one = { .n = 1 };
	rc = modify_single_open(m, e);
	if (rc != ERR_OK)
		return rc;
	memcpy(m->old1.cols, m->one_cols, (size_t) m->ncols * sizeof *m->one_cols);
	memcpy(m->new1.cols, m->one_cols, (size_t) m->ncols * sizeof *m->one_cols);
	rc = prog_run(m->conflict_sets, &both, a, m->conflict_set_cols, e);
	if (rc != ERR_OK)
		return rc;
	for (int i = 0; i < m->p->nconflict_sets; i++)
		m->new1.cols[m->p->conflict_attnums[i] - 1] = m->conflict_set_cols[i];
	rc = row_cols_complete(m, &m->new1, &one, a, e);
	if (rc == ERR_OK)
		rc = row_cols_index(m, &m->old1, &one, a, e);
	if (rc == ERR_OK)
		rc = row_cols_index(m, &m->new1, &one, a, e);
	if (rc != ERR_OK)
		return rc;
	row_values(m, m->old1.cols, 0, m->old_values, m->old_nulls);
	row_values(m, m->new1.cols, 0, m->values, m->nulls);
	rc = table_update(m->writer, key->data, key->len, m->old_values, m->old_nulls,
			  row_inputs(m, &m->old1, 0, true), m->values, m->nulls,
			  row_inputs(m, &m->new1, 0, false), want_key(m), e);
	if (rc == ERR_OK)
		modify_written(m, m->new1.cols, 0, row, a);
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
modify_insert_row(struct modify *m, struct row_cols *new, int row, struct arena *a, struct err *e)
{
	struct write_conflict *conflict = m->p->conflict != NULL ? &m->conflict : NULL;
	bool again;
	int rc;

	do {
		again = false;
		row_values(m, new->cols, row, m->values, m->nulls);
		if (conflict != NULL) {
			conflict->index = NULL;
			strbuf_clear(&conflict->row_key);
		}
		rc = table_insert(m->writer, m->values, m->nulls,
				  row_inputs(m, new, row, false), m->arbiters, m->narbiters,
				  conflict, want_key(m), e);
		if (rc != ERR_OK)
			return rc;
		if (conflict == NULL || conflict->index == NULL) {
			modify_written(m, new->cols, row, row, a);
			return ERR_OK;
		}
		rc = conflict_row(m, row, a, &again, e);
	} while (rc == ERR_OK && again);
	return rc;
}
