/* unit.c - a transaction's writes: statements, savepoints, constraint modes, counts.
 *
 * Not here: the checks themselves (check.c and what it calls). */
#include "config.h"
#include "core/access/unit.h"

#include <assert.h>
#include <stdlib.h>

int
unit_begin(struct txn *txn, const struct unit_hooks *hooks, struct write_unit **ret_unit,
	   struct err *e)
{
	struct write_unit *u = calloc(1, sizeof *u);

	if (u == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	u->txn = txn;
	if (hooks != NULL)
		u->hooks = *hooks;
	arena_init(&u->arena, 0);
	arena_init(&u->queue, 0);
	*ret_unit = u;
	return ERR_OK;
}

static void
group_done(struct check_group *g)
{
	map_done(&g->seen);
	if (g->catalog != NULL)
		catalog_release(g->catalog);
}

void
unit_end(struct write_unit **unit)
{
	struct write_unit *u = *unit;

	if (u == NULL)
		return;
	while (u->stmt != NULL)
		unit_statement_abort(u);
	for (int i = 0; i < u->deferred.n; i++)
		group_done(LIST_AT(struct check_group, &u->deferred, i));
	arena_done(&u->queue);
	arena_done(&u->arena);
	free(u);
	*unit = NULL;
}

struct txn *
unit_txn(struct write_unit *u)
{
	return u->txn;
}

void *
unit_alloc(struct write_unit *u, size_t size)
{
	return arena_zalloc(&u->arena, size);
}

/* --- locks ------------------------------------------------------------------------------------ */

struct lock_how
unit_how(const struct write_unit *u, enum lock_policy policy, const char *what)
{
	struct lock_how how = { .policy = policy, .what = what };

	if (u->hooks.lock_timeout_ms != NULL)
		how.lock_timeout_ms = u->hooks.lock_timeout_ms(u->hooks.arg);
	if (u->hooks.deadlock_timeout_ms != NULL)
		how.deadlock_timeout_ms = u->hooks.deadlock_timeout_ms(u->hooks.arg);
	return how;
}

int
unit_lock(struct write_unit *u, enum lock_space space, oid_t object, const void *bytes, size_t len,
	  enum lock_mode mode, enum lock_policy policy, const char *what,
	  enum lock_result *ret_result, struct err *e)
{
	struct lock_key key = { .space = space, .object = object, .bytes = bytes, .len = len };
	struct lock_how how = unit_how(u, policy, what);
	int rc = space == LOCK_ROW || space == LOCK_UNIQUE ? txn_announce(u->txn, e) : ERR_OK;

	return rc != ERR_OK ? rc : lock_acquire(txn_locks(u->txn), &key, mode, &how, ret_result, e);
}

/* --- counts ----------------------------------------------------------------------------------- */

static void
publish_counts(void *arg, uint64_t change)
{
	struct write_unit *u = arg;

	(void) change;
	for (int i = 0; i < u->deltas.n; i++) {
		struct unit_delta *d = LIST_AT(struct unit_delta, &u->deltas, i);

		atomic_fetch_add(&d->live->rows, d->rows);
		atomic_fetch_add(&d->live->bytes, d->bytes);
		atomic_fetch_add(&d->live->changed, d->changed);
		*d = (struct unit_delta){ .live = d->live };
	}
}

/* A rollback to a savepoint before the first write takes the callback away: register again. */
static void
unhook(void *arg)
{
	struct write_unit *u = arg;

	u->hooked = false;
	for (int i = 0; i < u->deltas.n; i++) {
		struct unit_delta *d = LIST_AT(struct unit_delta, &u->deltas, i);

		*d = (struct unit_delta){ .live = d->live };
	}
}

struct unit_delta *
unit_delta(struct write_unit *u, struct live *live)
{
	struct unit_delta *d;
	struct err ignored = { 0 };

	if (!u->hooked) /* counts are estimates: without the callback they are not kept */
		u->hooked = txn_on_end(u->txn, publish_counts, unhook, u, &ignored) == ERR_OK;
	for (int i = u->deltas.n; i-- > 0;) {
		d = LIST_AT(struct unit_delta, &u->deltas, i);
		if (d->live == live)
			return d;
	}
	d = ARENA_NEW(&u->arena, struct unit_delta);
	d->live = live;
	list_push(&u->deltas, &u->arena, d);
	return d;
}

/* --- statements ------------------------------------------------------------------------------- */

void
unit_statement_begin(struct write_unit *u, struct exec_env *env)
{
	struct unit_statement *s;

	if (u->stmt == NULL)
		arena_reset(&u->queue);
	s = ARENA_NEW(&u->queue, struct unit_statement);
	s->outer = u->stmt;
	s->env = env;
	s->command = ++u->commands;
	u->stmt = s;
}

void
unit_statement_abort(struct write_unit *u)
{
	struct unit_statement *s = u->stmt;

	assert(s != NULL);
	for (int i = 0; i < s->groups.n; i++)
		group_done(LIST_AT(struct check_group, &s->groups, i));
	u->stmt = s->outer;
}

/* Move a group to the transaction's queue, with what it points to. */
static void
defer_group(struct write_unit *u, struct check_group *g)
{
	struct check_group *to = ARENA_NEW(&u->arena, struct check_group);

	*to = *g;
	to->arena = &u->arena;
	memset(&to->seen, 0, sizeof to->seen);
	memset(&to->keys, 0, sizeof to->keys);
	for (int i = 0; i < g->keys.n; i++) {
		const struct pending_key *k = LIST_AT(const struct pending_key, &g->keys, i);
		int n = g->con->ncols;
		const struct relation *of = g->kind == CHECK_PARENT ? g->parent : g->child;
		const int16_t *cols = g->kind == CHECK_PARENT ? g->con->ref_cols : g->con->cols;
		struct pending_key *copy = ARENA_NEW(&u->arena, struct pending_key);
		union datum *values = ARENA_ARRAY(&u->arena, union datum, n);

		for (int c = 0; c < n; c++)
			values[c] = datum_copy(&u->arena, k->values[c],
					       of->cols[cols[c] - 1].type->byval);
		copy->bytes = arena_dup(&u->arena, k->bytes, k->len);
		copy->len = k->len;
		copy->values = values;
		list_push(&to->keys, &u->arena, copy);
	}
	to->catalog = (struct catalog *) (uintptr_t) u->stmt->env->catalog;
	if (to->catalog != NULL)
		catalog_retain(to->catalog);
	list_push(&u->deferred, &u->arena, to);
}

/* Only checks wait, never actions; RESTRICT does not wait either. */
static bool
may_wait(const struct write_unit *u, const struct check_group *g)
{
	if (g->kind == CHECK_ACTION || !unit_is_deferred(u, g->con))
		return false;
	return g->kind != CHECK_PARENT ||
	       (g->update ? g->con->on_update : g->con->on_delete) != 'r';
}

int
unit_statement_end(struct write_unit *u, struct exec_env *env, struct err *e)
{
	struct unit_statement *s = u->stmt;
	int rc = ERR_OK;

	(void) env;
	assert(s != NULL);
	/* Actions may add to the list while it is walked. */
	for (int i = 0; rc == ERR_OK && i < s->groups.n; i++) {
		struct check_group *g = LIST_AT(struct check_group, &s->groups, i);

		if (g->keys.n == 0)
			continue;
		if (may_wait(u, g))
			defer_group(u, g);
		else
			rc = check_group_run(u, g, e);
	}
	unit_statement_abort(u);
	return rc;
}

static int
run_deferred(struct write_unit *u, struct exec_env *env, const struct constraint *con,
	     struct err *e)
{
	int rc = ERR_OK;

	unit_statement_begin(u, env);
	for (int i = 0; rc == ERR_OK && i < u->deferred.n; i++) {
		struct check_group *g = LIST_AT(struct check_group, &u->deferred, i);

		if (g->keys.n == 0 || (con != NULL && g->con->oid != con->oid))
			continue;
		rc = check_group_run(u, g, e);
		if (rc == ERR_OK)
			g->keys.n = 0;
	}
	unit_statement_abort(u);
	return rc;
}

int
unit_before_commit(struct write_unit *u, struct exec_env *env, struct err *e)
{
	return u->deferred.n == 0 ? ERR_OK : run_deferred(u, env, NULL, e);
}

/* --- savepoints and modes --------------------------------------------------------------------- */

struct unit_mark
unit_savepoint(struct write_unit *u)
{
	return (struct unit_mark){
		.txn = txn_savepoint(u->txn),
		.deferred = (size_t) u->deferred.n,
		.modes = (size_t) u->modes.n,
	};
}

void
unit_rollback_to(struct write_unit *u, struct unit_mark mark)
{
	txn_rollback_to(u->txn, mark.txn);
	while (u->deferred.n > (int) mark.deferred)
		group_done(LIST_AT(struct check_group, &u->deferred, --u->deferred.n));
	u->modes.n = (int) mark.modes;
}

bool
unit_is_deferred(const struct write_unit *u, const struct constraint *con)
{
	if (!con->deferrable)
		return false;
	for (int i = u->modes.n; i-- > 0;) {
		const struct constraint_mode *m =
			LIST_AT(const struct constraint_mode, &u->modes, i);

		if (m->con == 0 || m->con == con->oid)
			return m->deferred;
	}
	return con->deferred;
}

int
unit_set_constraints(struct write_unit *u, struct exec_env *env, const struct constraint *con,
		     bool deferred, struct err *e)
{
	struct constraint_mode *m = ARENA_NEW(&u->arena, struct constraint_mode);

	m->con = con != NULL ? con->oid : 0;
	m->deferred = deferred;
	list_push(&u->modes, &u->arena, m);
	return deferred ? ERR_OK : run_deferred(u, env, con, e);
}
