/* write.c - inserting, updating and deleting rows with their index entries.
 *
 * All checks of a row come before its first write, so that a conflict that is reported instead of
 * failing (ON CONFLICT) leaves nothing behind.
 *
 * Not here: the unique check (unique.c), foreign keys (fkey.c), row locks (rowlock.c). */
#include "config.h"
#include "core/access/unit.h"

#include <assert.h>
#include <stdlib.h>

#include "core/access/index.h"
#include "core/access/row.h"

/* --- a writer's life -------------------------------------------------------------------------- */

int
table_writer_open(struct write_unit *u, struct exec_env *env, const struct relation *rel,
		  struct table_writer **ret_writer, struct err *e)
{
	struct table_writer *w;

	assert(u->stmt != NULL);
	if (rel->kind != REL_TABLE && rel->kind != REL_MATVIEW)
		return err_set(e, ERR_WRONG_OBJECT_TYPE, "cannot change relation \"%s\"",
			       rel->o.name);
	w = calloc(1, sizeof *w);
	if (w == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	w->u = u;
	w->env = env;
	w->rel = rel;
	w->cluster = relation_cluster(rel);
	w->own = store_file_is_young(txn_store(u->txn), rel->file);
	w->live = live_find(txn_store(u->txn), rel->file);
	w->delta = unit_delta(u, w->live);
	arena_init(&w->arena, 0);
	w->changed = ARENA_ARRAY(&w->arena, bool, rel->ncols + 1);
	w->references = fkey_references(&w->arena, env->catalog, rel, &w->nreferences);
	*ret_writer = w;
	return ERR_OK;
}

void
table_writer_close(struct table_writer **writer)
{
	struct table_writer *w = *writer;

	if (w == NULL)
		return;
	strbuf_done(&w->row_key);
	strbuf_done(&w->new_key);
	strbuf_done(&w->image);
	strbuf_done(&w->key);
	strbuf_done(&w->value);
	strbuf_done(&w->old_key);
	strbuf_done(&w->old_value);
	strbuf_done(&w->found);
	arena_done(&w->arena);
	free(w);
	*writer = NULL;
}

/* --- parts of a row --------------------------------------------------------------------------- */

static int
check_not_null(struct table_writer *w, const union datum *values, const bool *nulls, struct err *e)
{
	const struct relation *rel = w->rel;
	const struct schema *schema;
	struct type_env env;

	for (int i = 0; i < rel->ncols; i++) {
		const struct column *c = &rel->cols[i];

		if (!c->not_null || c->dropped || !nulls[i])
			continue;
		env = w->env->type;
		env.arena = w->env->stmt_arena;
		schema = catalog_schema_by_oid(w->env->catalog, rel->o.schema);
		err_set(e, ERR_NOT_NULL_VIOLATION,
			"null value in column \"%s\" of relation \"%s\" violates not-null "
			"constraint",
			c->name, rel->o.name);
		(void) err_detail(e, "Failing row contains %s.",
				  table_row_text(rel, values, nulls, &env));
		return err_object(e, schema != NULL ? schema->o.name : NULL, rel->o.name, c->name,
				  NULL);
	}
	return ERR_OK;
}

static void
index_values(const struct index *ix, const union datum *values, const bool *nulls,
	     const struct index_input *input, struct index_row *to)
{
	for (int i = 0; i < ix->ncols; i++) {
		int16_t att = ix->cols[i].attnum;

		to->v[i] = att > 0 ? values[att - 1] : input->values[i];
		to->null[i] = att > 0 ? nulls[att - 1] : input->nulls[i];
	}
}

static const struct index_input *
input_of(const struct index_input *inputs, int i)
{
	return inputs != NULL ? &inputs[i] : NULL;
}

static bool
excluded(const struct index_input *inputs, int i)
{
	return inputs != NULL && inputs[i].excluded;
}

static int
make_row_key(struct table_writer *w, const union datum *values, struct strbuf *to, struct err *e)
{
	uint64_t id;
	int rc;

	strbuf_clear(to);
	if (w->cluster != NULL) {
		index_row_key(w->cluster, values, to);
		if (to->len <= TXN_KEY_MAX)
			return ERR_OK;
		return err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED,
			       "index row size %zu exceeds btree maximum %d for index \"%s\"",
			       to->len, TXN_KEY_MAX, w->cluster->o.name);
	}
	rc = live_row_id(w->live, w->u->txn, w->rel->file, &id, e);
	if (rc != ERR_OK)
		return rc;
	id = __builtin_bswap64(id);
	strbuf_add(to, &id, sizeof id);
	return ERR_OK;
}

static int
put_row(struct table_writer *w, const struct strbuf *key, const union datum *values,
	const bool *nulls, struct err *e)
{
	strbuf_clear(&w->image);
	row_encode(w->rel, values, nulls, ROW_OWN | w->u->stmt->command, &w->image);
	return txn_put(w->u->txn, w->rel->file, key->data, key->len, w->image.data, w->image.len,
		       TXN_STAMP, e);
}

static int
put_entry(struct table_writer *w, const struct index *ix, const struct index_row *row,
	  const struct strbuf *row_key, struct err *e)
{
	int rc;

	strbuf_clear(&w->key);
	strbuf_clear(&w->value);
	rc = index_entry(ix, row, row_key->data, row_key->len, &w->key, &w->value, e);
	if (rc != ERR_OK)
		return rc;
	return txn_put(w->u->txn, ix->file, w->key.data, w->key.len, w->value.data, w->value.len, 0,
		       e);
}

/* A deferrable constraint: the key may be there twice until its check. */
static void
check_later(struct table_writer *w, const struct index *ix, const struct index_row *row)
{
	const struct constraint *con = NULL;
	const struct type *types[INDEX_COLS_MAX];
	struct check_group *g;
	bool has_null;

	for (int i = 0; i < w->rel->nconstraints; i++)
		if (w->rel->constraints[i].oid == ix->constraint)
			con = &w->rel->constraints[i];
	if (con == NULL)
		return;
	for (int i = 0; i < ix->nkeys; i++)
		types[i] = ix->cols[i].type;
	g = check_group_find(w->u, CHECK_UNIQUE, false, con, w->rel, NULL, ix);
	strbuf_clear(&w->key);
	index_key_add(ix, row->v, row->null, ix->nkeys, &w->key, &has_null);
	(void) check_group_add(g, &w->key, ix->nkeys, row->v, types);
}

/* --- insert ----------------------------------------------------------------------------------- */

static bool
is_arbiter(const struct index *ix, const struct index *const *arbiters, int n)
{
	if (n < 0)
		return true;
	for (int i = 0; i < n; i++)
		if (arbiters[i]->o.oid == ix->o.oid)
			return true;
	return false;
}

/* What ON CONFLICT must know of the row in the way. */
static int
describe_conflict(struct table_writer *w, const struct index *ix, struct write_conflict *conflict,
		  struct err *e)
{
	bool found;
	uint64_t change;
	int rc;

	strbuf_clear(&w->image);
	rc = txn_get_latest(w->u->txn, w->rel->file, w->found.data, w->found.len, &w->image, &found,
			    e);
	if (rc != ERR_OK)
		return rc;
	change = found && w->image.len >= ROW_HEADER ? row_change(w->image.data) : 0;
	conflict->index = ix;
	conflict->version = (int64_t) change;
	strbuf_clear(&conflict->row_key);
	strbuf_add(&conflict->row_key, w->found.data, w->found.len);
	conflict->own_command = change == (ROW_OWN | w->u->stmt->command);
	conflict->visible =
		(change & ROW_OWN) != 0 ? !conflict->own_command : txn_sees(w->u->txn, change);
	return ERR_OK;
}

static int
check_unique(struct table_writer *w, const union datum *values, const bool *nulls,
	     const struct index_input *inputs, bool arbiters_now,
	     const struct index *const *arbiters, int narbiters, struct write_conflict *conflict,
	     struct err *e)
{
	for (int i = 0; i < w->rel->nindexes; i++) {
		const struct index *ix = w->rel->indexes[i];
		bool arbiter = conflict != NULL && is_arbiter(ix, arbiters, narbiters);
		struct index_row row;
		bool found;
		int rc;

		if (!ix->unique || excluded(inputs, i) || arbiter != arbiters_now)
			continue;
		if (arbiter && ix->deferrable) {
			err_set(e, ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
				"ON CONFLICT does not support deferrable "
				"unique constraints/exclusion constraints as arbiters");
			return err_object(e, NULL, w->rel->o.name, NULL, ix->o.name);
		}
		index_values(ix, values, nulls, input_of(inputs, i), &row);
		rc = unique_check(w, i, &row, NULL, 0, &w->found, &found, e);
		if (rc != ERR_OK)
			return rc;
		if (!found)
			continue;
		if (arbiter)
			return describe_conflict(w, ix, conflict, e);
		if (!ix->deferrable)
			return unique_violation(w->u, w->rel, ix, row.v, row.null, e);
		check_later(w, ix, &row);
	}
	return ERR_OK;
}

static int
insert_entries(struct table_writer *w, const union datum *values, const bool *nulls,
	       const struct index_input *inputs, const struct strbuf *row_key, struct err *e)
{
	int rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < w->rel->nindexes; i++) {
		const struct index *ix = w->rel->indexes[i];
		struct index_row row;

		if (ix->clustered || excluded(inputs, i))
			continue;
		index_values(ix, values, nulls, input_of(inputs, i), &row);
		rc = put_entry(w, ix, &row, row_key, e);
	}
	return rc;
}

int
table_insert(struct table_writer *w, const union datum *values, const bool *nulls,
	     const struct index_input *inputs, const struct index *const *arbiters, int narbiters,
	     struct write_conflict *conflict, struct strbuf *ret_key, struct err *e)
{
	int rc;

	rc = check_not_null(w, values, nulls, e);
	if (rc == ERR_OK && conflict != NULL) {
		conflict->index = NULL;
		rc = check_unique(w, values, nulls, inputs, true, arbiters, narbiters, conflict, e);
		if (rc != ERR_OK || conflict->index != NULL)
			return rc;
	}
	if (rc == ERR_OK)
		rc = make_row_key(w, values, &w->row_key, e);
	if (rc == ERR_OK)
		rc = check_unique(w, values, nulls, inputs, false, arbiters, narbiters, conflict,
				  e);
	if (rc == ERR_OK)
		rc = put_row(w, &w->row_key, values, nulls, e);
	if (rc == ERR_OK)
		rc = insert_entries(w, values, nulls, inputs, &w->row_key, e);
	if (rc == ERR_OK && w->rel->nconstraints > 0)
		rc = fkey_child_written(w, values, nulls, NULL, e);
	if (rc != ERR_OK)
		return rc;
	w->delta->rows++;
	w->delta->changed++;
	w->delta->bytes += (int64_t) w->image.len;
	if (ret_key != NULL)
		strbuf_add(ret_key, w->row_key.data, w->row_key.len);
	return ERR_OK;
}

/* --- update ----------------------------------------------------------------------------------- */

static bool
same_value(const struct type *t, union datum a, union datum b)
{
	uint32_t len;

	if (t->byval)
		return a.u == b.u;
	len = bytes_len(a.b);
	return len == bytes_len(b.b) && memcmp(bytes_data(a.b), bytes_data(b.b), len) == 0;
}

static void
note_changes(struct table_writer *w, const union datum *old_values, const bool *old_nulls,
	     const union datum *values, const bool *nulls)
{
	for (int i = 0; i < w->rel->ncols; i++)
		w->changed[i] = !w->rel->cols[i].dropped &&
				(old_nulls[i] != nulls[i] ||
				 (!nulls[i] &&
				  !same_value(w->rel->cols[i].type, old_values[i], values[i])));
}

/* May the entry differ?  Expressions and predicates: assume so, the bytes will tell. */
static bool
index_touched(const struct table_writer *w, const struct index *ix)
{
	if (ix->where_sql != NULL)
		return true;
	for (int i = 0; i < ix->ncols; i++)
		if (ix->cols[i].attnum == 0 || w->changed[ix->cols[i].attnum - 1])
			return true;
	return false;
}

struct row_pair {
	const union datum *old_values, *values;
	const bool *old_nulls, *nulls;
	const struct index_input *old_inputs, *inputs;
	const void *old_key;
	size_t old_klen;
	bool moved; /* the row's key changes */
};

static int
update_unique(struct table_writer *w, const struct row_pair *p, struct err *e)
{
	for (int i = 0; i < w->rel->nindexes; i++) {
		const struct index *ix = w->rel->indexes[i];
		struct index_row row, old;
		struct strbuf *old_key = &w->old_key;
		bool found, has_null;
		int rc;

		if (!ix->unique || excluded(p->inputs, i) || !index_touched(w, ix))
			continue;
		index_values(ix, p->values, p->nulls, input_of(p->inputs, i), &row);
		if (!excluded(p->old_inputs, i)) { /* the same key: it is ours already */
			index_values(ix, p->old_values, p->old_nulls, input_of(p->old_inputs, i),
				     &old);
			strbuf_clear(old_key);
			strbuf_clear(&w->key);
			index_key_add(ix, old.v, old.null, ix->nkeys, old_key, &has_null);
			index_key_add(ix, row.v, row.null, ix->nkeys, &w->key, &has_null);
			if (old_key->len == w->key.len &&
			    memcmp(old_key->data, w->key.data, w->key.len) == 0)
				continue;
		}
		rc = unique_check(w, i, &row, p->old_key, p->old_klen, &w->found, &found, e);
		if (rc != ERR_OK)
			return rc;
		if (found && !ix->deferrable)
			return unique_violation(w->u, w->rel, ix, row.v, row.null, e);
		if (found)
			check_later(w, ix, &row);
	}
	return ERR_OK;
}

/* One index: take the old entry away and put the new one, unless they are the same bytes. */
static int
update_entry(struct table_writer *w, const struct row_pair *p, int i, const struct strbuf *new_key,
	     struct err *e)
{
	const struct index *ix = w->rel->indexes[i];
	bool had = !excluded(p->old_inputs, i), has = !excluded(p->inputs, i);
	struct index_row row;
	int rc = ERR_OK;

	strbuf_clear(&w->old_key);
	strbuf_clear(&w->old_value);
	strbuf_clear(&w->key);
	strbuf_clear(&w->value);
	if (had) {
		index_values(ix, p->old_values, p->old_nulls, input_of(p->old_inputs, i), &row);
		rc = index_entry(ix, &row, p->old_key, p->old_klen, &w->old_key, &w->old_value, e);
	}
	if (rc == ERR_OK && has) {
		index_values(ix, p->values, p->nulls, input_of(p->inputs, i), &row);
		rc = index_entry(ix, &row, new_key->data, new_key->len, &w->key, &w->value, e);
	}
	if (rc != ERR_OK)
		return rc;
	if (had && has && w->old_key.len == w->key.len &&
	    memcmp(w->old_key.data, w->key.data, w->key.len) == 0) {
		if (w->old_value.len == w->value.len &&
		    memcmp(w->old_value.data, w->value.data, w->value.len) == 0)
			return ERR_OK;
		had = false; /* overwritten */
	}
	if (had)
		rc = txn_delete(w->u->txn, ix->file, w->old_key.data, w->old_key.len, e);
	if (rc == ERR_OK && has)
		rc = txn_put(w->u->txn, ix->file, w->key.data, w->key.len, w->value.data,
			     w->value.len, 0, e);
	return rc;
}

static int
update_row(struct table_writer *w, const struct row_pair *p, const struct strbuf *new_key,
	   struct err *e)
{
	int rc = ERR_OK;

	if (p->moved)
		rc = txn_delete(w->u->txn, w->rel->file, p->old_key, p->old_klen, e);
	if (rc == ERR_OK && p->moved && !w->own)
		rc = txn_note_move(w->u->txn, w->rel->file, p->old_key, p->old_klen,
				   new_key->data, new_key->len, e);
	if (rc == ERR_OK)
		rc = put_row(w, new_key, p->values, p->nulls, e);
	for (int i = 0; rc == ERR_OK && i < w->rel->nindexes; i++)
		if (!w->rel->indexes[i]->clustered &&
		    (p->moved || index_touched(w, w->rel->indexes[i])))
			rc = update_entry(w, p, i, new_key, e);
	return rc;
}

int
table_update(struct table_writer *w, const void *key, size_t klen, const union datum *old_values,
	     const bool *old_nulls, const struct index_input *old_inputs, const union datum *values,
	     const bool *nulls, const struct index_input *inputs, struct strbuf *ret_key,
	     struct err *e)
{
	struct row_pair p = {
		.old_values = old_values,
		.old_nulls = old_nulls,
		.old_inputs = old_inputs,
		.values = values,
		.nulls = nulls,
		.inputs = inputs,
		.old_key = key,
		.old_klen = klen,
	};
	int rc;

	rc = check_not_null(w, values, nulls, e);
	if (rc != ERR_OK)
		return rc;
	note_changes(w, old_values, old_nulls, values, nulls);
	strbuf_clear(&w->new_key);
	if (w->cluster != NULL)
		index_row_key(w->cluster, values, &w->new_key);
	else
		strbuf_add(&w->new_key, key, klen);
	p.moved = w->new_key.len != klen || memcmp(w->new_key.data, key, klen) != 0;
	rc = update_unique(w, &p, e);
	if (rc == ERR_OK)
		rc = update_row(w, &p, &w->new_key, e);
	if (rc == ERR_OK && w->rel->nconstraints > 0)
		rc = fkey_child_written(w, values, nulls, w->changed, e);
	if (rc != ERR_OK)
		return rc;
	fkey_parent_changed(w, old_values, old_nulls, values, nulls, w->changed);
	w->delta->changed++;
	if (ret_key != NULL)
		strbuf_add(ret_key, w->new_key.data, w->new_key.len);
	return ERR_OK;
}

/* --- delete ----------------------------------------------------------------------------------- */

static int
delete_row(struct table_writer *w, const void *key, size_t klen, const union datum *old_values,
	   const bool *old_nulls, const struct index_input *old_inputs, bool moved, struct err *e)
{
	int rc;

	rc = txn_delete(w->u->txn, w->rel->file, key, klen, e);
	for (int i = 0; rc == ERR_OK && i < w->rel->nindexes; i++) {
		const struct index *ix = w->rel->indexes[i];
		struct index_row row;

		if (ix->clustered || excluded(old_inputs, i))
			continue;
		index_values(ix, old_values, old_nulls, input_of(old_inputs, i), &row);
		strbuf_clear(&w->key);
		strbuf_clear(&w->value);
		rc = index_entry(ix, &row, key, klen, &w->key, &w->value, e);
		if (rc == ERR_OK)
			rc = txn_delete(w->u->txn, ix->file, w->key.data, w->key.len, e);
	}
	if (rc != ERR_OK)
		return rc;
	fkey_parent_gone(w, old_values, old_nulls, moved);
	w->delta->rows--;
	w->delta->changed++;
	return ERR_OK;
}

int
table_delete(struct table_writer *w, const void *key, size_t klen, const union datum *old_values,
	     const bool *old_nulls, const struct index_input *old_inputs, struct err *e)
{
	return delete_row(w, key, klen, old_values, old_nulls, old_inputs, false, e);
}

int
table_take_out(struct table_writer *w, const void *key, size_t klen, const union datum *old_values,
	       const bool *old_nulls, const struct index_input *old_inputs, struct err *e)
{
	int rc = delete_row(w, key, klen, old_values, old_nulls, old_inputs, true, e);

	return rc == ERR_OK && !w->own ? txn_note_move(w->u->txn, w->rel->file, key, klen, NULL, 0, e) : rc;
}

int
table_moved(struct table_writer *w, const union datum *old_values, const bool *old_nulls,
	    const struct relation *to, const union datum *values, const bool *nulls, struct err *e)
{
	return fkey_parent_moved(w, old_values, old_nulls, to, values, nulls, e);
}
