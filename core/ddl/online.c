/* online.c - CREATE INDEX CONCURRENTLY: building while writes go on.
 *
 *   1  the index appears, INDEX_BUILDING: from now on writers keep it
 *   2  wait until every writer that began before has ended
 *   3  rows in batches, each batch a transaction: a row is locked, read again and entered, so that
 *      its entry and its next change come in order
 *   4  the index becomes INDEX_VALID; after a failure INDEX_INVALID, to be dropped by the user
 *
 * Not here: building under a lock (build.c). */
#include "config.h"
#include "core/ddl/private.h"

#include "core/access/index.h"
#include "core/access/row.h"
#include "core/query/walk.h"
#include "storage/cursor.h"

enum { BATCH = 1000 };

struct online {
	const struct ddl_online *on;
	const struct cmd_create_index *cmd;
	oid_t table, index;
	struct arena arena; /* the last row's key */
	struct strbuf last;
	bool begun;
};

/* What one batch works with. */
struct batch {
	struct ddl *d;
	const struct relation *r;
	const struct index *ix;
	struct expr *exprs[INDEX_COLS_MAX], *where;
	struct range *row;
	struct strbuf image, key, value, old;
};

/* Run one step in a transaction of its own. */
static int
step(struct online *o, int (*fn)(struct online *o, struct ddl *d, bool *ret_more, struct err *e),
     bool *ret_more, struct err *e)
{
	struct ddl_env *env = o->on->begin(o->on->arg, e);
	const struct catalog *before;
	struct ddl d;
	int rc;

	if (env == NULL)
		return e->code;
	before = env->exec->catalog;
	rc = ddl_begin(&d, env, e);
	if (rc == ERR_OK) {
		rc = fn(o, &d, ret_more, e);
		if (rc == ERR_OK)
			rc = ddl_seal(&d, e);
		ddl_end(&d, before);
	}
	if (rc == ERR_OK)
		return o->on->commit(o->on->arg, e);
	o->on->abort(o->on->arg);
	return rc;
}

static int
appear(struct online *o, struct ddl *d, bool *ret_more, struct err *e)
{
	struct new_index n = { .online = true };
	bool skip;
	int rc;

	rc = ddl_prepare_index(d, o->cmd, LOCK_SHARE_UPDATE_EXCLUSIVE, &n, &skip, e);
	*ret_more = !skip;
	if (rc != ERR_OK || skip)
		return rc;
	rc = ddl_new_index(d, &n, e);
	o->table = n.table->o.oid;
	o->index = n.ix.o.oid;
	return rc;
}

/* Granted once all writers have ended; those that come later see the index. */
static int
wait_for_writers(struct online *o, struct ddl *d, bool *ret_more, struct err *e)
{
	const struct relation *r;

	(void) ret_more;
	return ddl_lock_relation(d, o->table, LOCK_TABLE_SHARE, &r, e);
}

/* --- rows ------------------------------------------------------------------------------------- */

struct constants {
	struct range *row;
	const union datum *values;
	const bool *nulls;
	struct arena *a;
};

static struct expr *
var_to_const(struct expr *x, void *arg)
{
	struct constants *c = arg;

	if (x->kind != EXPR_VAR || x->range != c->row || x->col <= 0)
		return x;
	return c->nulls[x->col - 1] ? expr_null(c->a, x->type)
				    : expr_const(c->a, x->type, c->values[x->col - 1]);
}

static int
evaluate(struct batch *b, struct expr *x, const union datum *values, const bool *nulls,
	 union datum *ret, bool *ret_null, struct err *e)
{
	struct constants c = { b->row, values, nulls, b->d->a };

	return b->d->env->eval_expr(b->d->env->arg, expr_map(b->d->a, x, var_to_const, &c, false),
				    ret, ret_null, e);
}

static int
entry_of(struct batch *b, struct index_row *to, bool *ret_excluded, struct err *e)
{
	union datum *values = ARENA_ARRAY(b->d->a, union datum, b->r->ncols);
	bool *nulls = ARENA_ARRAY(b->d->a, bool, b->r->ncols), null;
	union datum v;
	int rc = ERR_OK;

	row_decode(b->r, (const uint8_t *) b->image.data, values, nulls);
	*ret_excluded = false;
	if (b->where != NULL) {
		rc = evaluate(b, b->where, values, nulls, &v, &null, e);
		*ret_excluded = null || v.i == 0;
	}
	for (int i = 0; rc == ERR_OK && !*ret_excluded && i < b->ix->ncols; i++) {
		int16_t att = b->ix->cols[i].attnum;

		if (att == 0) {
			rc = evaluate(b, b->exprs[i], values, nulls, &to->v[i], &to->null[i], e);
		} else {
			to->v[i] = values[att - 1];
			to->null[i] = nulls[att - 1];
		}
	}
	return rc;
}

static int
lock(struct batch *b, enum lock_space space, oid_t object, const struct strbuf *bytes,
     enum lock_mode mode, struct err *e)
{
	struct lock_key key = {
		.space = space, .object = object, .bytes = bytes->data, .len = bytes->len
	};
	struct lock_how how = { .policy = LOCK_WAIT };
	enum lock_result result;

	return lock_acquire(txn_locks(b->d->env->exec->txn), &key, mode, &how, &result, e);
}

/* A unique index: the key must be free, or this row's own already. */
static int
check_free(struct batch *b, const struct index_row *row, const struct strbuf *row_key,
	   struct err *e)
{
	struct txn *txn = b->d->env->exec->txn;
	const uint8_t *rk;
	size_t len;
	bool has_null, found;
	int rc;

	strbuf_clear(&b->old);
	index_key_add(b->ix, row->v, row->null, b->ix->nkeys, &b->old, &has_null);
	if (!b->ix->unique || index_key_has_row(b->ix, has_null))
		return ERR_OK;
	rc = lock(b, LOCK_UNIQUE, b->ix->o.oid, &b->old, LOCK_UPDATE, e);
	strbuf_clear(&b->old);
	if (rc == ERR_OK)
		rc = txn_get_latest(txn, b->ix->file, b->key.data, b->key.len, &b->old, &found, e);
	if (rc != ERR_OK || !found)
		return rc;
	if (index_entry_row_key(b->ix, (const uint8_t *) b->key.data, b->key.len,
				(const uint8_t *) b->old.data, b->old.len, &rk, &len) &&
	    len == row_key->len && memcmp(rk, row_key->data, len) == 0)
		return ERR_OK;
	err_set(e, ERR_UNIQUE_VIOLATION, "could not create unique index \"%s\"", b->ix->o.name);
	return err_object(e, ddl_schema_name(b->d, b->r->o.schema), b->r->o.name, NULL,
			  b->ix->o.name);
}

static int
enter_row(struct batch *b, const struct strbuf *row_key, struct err *e)
{
	struct txn *txn = b->d->env->exec->txn;
	struct index_row row;
	bool found, excluded;
	int rc;

	rc = lock(b, LOCK_ROW, b->r->o.oid, row_key, LOCK_SHARE, e);
	strbuf_clear(&b->image);
	if (rc == ERR_OK)
		rc = txn_get_latest(txn, b->r->file, row_key->data, row_key->len, &b->image, &found,
				    e);
	if (rc != ERR_OK || !found)
		return rc;
	rc = row_verify(b->r, b->image.data, b->image.len, e);
	if (rc == ERR_OK)
		rc = entry_of(b, &row, &excluded, e);
	if (rc != ERR_OK || excluded)
		return rc;
	strbuf_clear(&b->key);
	strbuf_clear(&b->value);
	rc = index_entry(b->ix, &row, row_key->data, row_key->len, &b->key, &b->value, e);
	if (rc == ERR_OK)
		rc = check_free(b, &row, row_key, e);
	if (rc != ERR_OK)
		return rc;
	return txn_put(txn, b->ix->file, b->key.data, b->key.len, b->value.data, b->value.len, 0,
		       e);
}

static int
bind_exprs(struct batch *b, struct err *e)
{
	struct ddl_env *env = b->d->env;
	int rc = ERR_OK;

	b->row = range_table(b->d->a, query_new(b->d->a, QUERY_SELECT, NULL), b->r, b->r->o.name);
	for (int i = 0; rc == ERR_OK && i < b->ix->ncols; i++)
		if (b->ix->cols[i].attnum == 0)
			rc = env->bind_expr(env->arg, b->d->c, b->ix->cols[i].expr_sql, b->row, 0,
					    -1, &b->exprs[i], e);
	if (rc == ERR_OK && b->ix->where_sql != NULL)
		rc = env->bind_expr(env->arg, b->d->c, b->ix->where_sql, b->row, OID_BOOL, -1,
				    &b->where, e);
	return rc;
}

/* The next keys after the last one; they are copied, because every later read moves the cursor. */
static int
next_keys(struct online *o, struct batch *b, struct strbuf *keys, int *ret_n, struct err *e)
{
	CURSOR_AUTO struct cursor *c = NULL;
	bool found;
	int n = 0, rc;

	rc = cursor_open_latest(b->d->env->exec->txn, b->r->file, &c, e);
	if (rc == ERR_OK)
		rc = o->begun ? cursor_seek(c, CURSOR_GT, o->last.data, o->last.len, &found, e)
			      : cursor_first(c, &found, e);
	while (rc == ERR_OK && found && n < BATCH) {
		strbuf_init(&keys[n], b->d->a);
		strbuf_add(&keys[n++], c->key, c->klen);
		rc = cursor_next(c, &found, e);
	}
	*ret_n = n;
	return rc;
}

static int
enter_batch(struct online *o, struct ddl *d, bool *ret_more, struct err *e)
{
	struct batch b = { .d = d };
	struct strbuf *keys = ARENA_ARRAY(d->a, struct strbuf, BATCH);
	int n = 0, rc;

	rc = ddl_lock_relation(d, o->table, LOCK_SHARE_UPDATE_EXCLUSIVE, &b.r, e);
	if (rc != ERR_OK)
		return rc;
	b.ix = catalog_index_by_oid(d->c, o->index);
	if (b.ix == NULL)
		return err_set(e, ERR_UNDEFINED_OBJECT, "the index was dropped while it was built");
	strbuf_init(&b.image, d->a);
	strbuf_init(&b.key, d->a);
	strbuf_init(&b.value, d->a);
	strbuf_init(&b.old, d->a);
	rc = bind_exprs(&b, e);
	if (rc == ERR_OK)
		rc = next_keys(o, &b, keys, &n, e);
	for (int i = 0; rc == ERR_OK && i < n; i++)
		rc = enter_row(&b, &keys[i], e);
	if (rc != ERR_OK)
		return rc;
	*ret_more = n == BATCH;
	if (n > 0) {
		strbuf_clear(&o->last);
		strbuf_add(&o->last, keys[n - 1].data, keys[n - 1].len);
		o->begun = true;
	}
	return ERR_OK;
}

/* --- the end ---------------------------------------------------------------------------------- */

static int
set_state(struct online *o, struct ddl *d, enum index_state state, struct err *e)
{
	const struct relation *r;
	const struct index *old;
	struct index *ix;
	int rc;

	rc = ddl_lock_relation(d, o->table, LOCK_SHARE_UPDATE_EXCLUSIVE, &r, e);
	if (rc != ERR_OK)
		return rc;
	old = catalog_index_by_oid(d->c, o->index);
	if (old == NULL)
		return err_set(e, ERR_UNDEFINED_OBJECT, "the index was dropped while it was built");
	ix = arena_dup(d->a, old, sizeof *ix);
	ix->state = state;
	ix->valid_from = store_change_horizon(catalog_store_store(d->env->store));
	ddl_put_index(d, ix);
	return ERR_OK;
}

static int
become_valid(struct online *o, struct ddl *d, bool *ret_more, struct err *e)
{
	(void) ret_more;
	return set_state(o, d, INDEX_VALID, e);
}

static int
become_invalid(struct online *o, struct ddl *d, bool *ret_more, struct err *e)
{
	(void) ret_more;
	return set_state(o, d, INDEX_INVALID, e);
}

int
ddl_index_online(const struct ddl_online *on, const struct cmd_create_index *cmd, struct err *e)
{
	struct online o = { .on = on, .cmd = cmd };
	struct err ignored = { 0 };
	bool more = false;
	int rc;

	rc = step(&o, appear, &more, e);
	if (rc != ERR_OK || !more)
		return rc;
	strbuf_init(&o.last, &o.arena);
	rc = step(&o, wait_for_writers, &more, e);
	for (more = true; rc == ERR_OK && more;)
		rc = step(&o, enter_batch, &more, e);
	if (rc == ERR_OK)
		rc = step(&o, become_valid, &more, e);
	if (rc != ERR_OK)
		(void) step(&o, become_invalid, &more, &ignored);
	arena_done(&o.arena);
	return rc;
}
