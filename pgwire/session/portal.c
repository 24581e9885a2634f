/* portal.c - running a statement: all of it, or some rows at a time.
 *
 * A query is pulled from its executor; between fetches its snapshot is held.  A write with
 * RETURNING is run to its end at the first fetch, its rows kept; a utility statement runs at
 * once, its rows kept too when they are fetched in parts.
 *
 * Not here: cursors' moves (cursor.c), the list of portals and what transactions do to it
 * (portals.c). */
#include "config.h"
#include "pgwire/session/portal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { READ_CHUNK = 1024 };

/* -- Preparing ------------------------------------------------------------------------------------ */
/* `a` is taken over. */
void
portal_set_analysis(struct portal *p, struct analysis *a)
{
	analysis_unref(&p->a);
	p->a = a;
	p->shape = a->shape;
	p->returns_rows = a->returns_rows;
	if (p->cursor) {                /* DECLARE itself returns nothing, its query does */
		shape_of_targets(&p->arena, a->plan->targets, a->plan->nvisible, &p->shape);
		p->returns_rows = true;
	}
}

/* The parameters are known now: a plan for them may be better. */
static int
plan_for_values(struct portal *p, struct err *e)
{
	struct analysis *custom = NULL;
	int rc = p->prepared != NULL ? prepared_custom(p->s, p->prepared, &p->params, &custom, e) : ERR_OK;

	if (custom != NULL) {
		portal_set_analysis(p, custom);
		p->params.types = custom->param_types;
	}
	return rc;
}

/* Locks, and an analysis that is current under them. */
int
portal_prepare_run(struct portal *p, struct err *e)
{
	struct session *s = p->s;
	enum { TRIES = 100 };
	bool stale = !analysis_is_current(s, p->a);

	for (int i = 0; i < TRIES; i++) {
		if (stale && p->prepared != NULL) {
			struct analysis *fresh;
			int rc = prepared_analysis(s, p->prepared, &fresh, e);
			if (rc != ERR_OK)
				return rc;
			portal_set_analysis(p, analysis_ref(fresh));
		} else if (stale) {
			struct analysis *fresh;
			int rc = analysis_new(s, p->a->raw, p->text, p->params.n > 0, p->a->nparams, p->a->param_oids,
			                      &fresh, e);
			if (rc != ERR_OK)
				return rc;
			portal_set_analysis(p, fresh);
		}
		int rc = analysis_lock(s, p->a, &stale, e);
		if (rc != ERR_OK)
			return rc;
		if (!stale)
			return plan_for_values(p, e);
	}
	return err_set(e, ERR_T_R_SERIALIZATION_FAILURE, "the schema keeps changing");
}

/* What a statement that is not read only is called, in more words than its tag. */
static const char *
written_by(const struct statement *st)
{
	static const char *const locking[] = {
		[LOCK_FOR_KEY_SHARE] = "SELECT FOR KEY SHARE",
		[LOCK_FOR_SHARE] = "SELECT FOR SHARE",
		[LOCK_FOR_NO_KEY_UPDATE] = "SELECT FOR NO KEY UPDATE",
		[LOCK_FOR_UPDATE] = "SELECT FOR UPDATE",
	};

	if (st->kind == STMT_COPY)
		return "COPY FROM";
	if (st->kind == STMT_QUERY && st->query->kind == QUERY_SELECT && st->query->row_marks.n > 0)
		return locking[LIST_AT(struct row_mark, &st->query->row_marks, 0)->strength];
	return st->tag;
}

static int
check_read_only(const struct portal *p, struct err *e)
{
	if (p->a->stmt->read_only || !settings_bool(&p->s->settings, SET_transaction_read_only))
		return ERR_OK;
	return err_set(e, ERR_READ_ONLY_SQL_TRANSACTION, "cannot execute %s in a read-only transaction",
	               written_by(p->a->stmt));
}

static int
open_exec(struct portal *p, struct err *e)
{
	struct session *s = p->s;

	session_env(s, p->a->catalog, &p->arena, &p->env);
	session_plan_env(s, &p->arena, p->a->catalog, &p->env, &p->plan_env);
	const struct exec_options o = {
		.env = &p->env, .unit = s->unit, .planner = &p->plan_env, .params = p->params,
	};
	return exec_open(p->a->plan, &o, &p->exec, e);
}

/* -- Queries ---------------------------------------------------------------------------------------- */
static void
set_query_tag(struct portal *p)
{
	switch (p->a->stmt->query->kind) {
	case QUERY_INSERT:
		snprintf(p->tag, sizeof p->tag, "INSERT 0 %" PRIu64, p->affected);
		break;
	case QUERY_SELECT:
		if (p->a->stmt->uncounted)
			snprintf(p->tag, sizeof p->tag, "%s", p->a->stmt->tag);
		else
			snprintf(p->tag, sizeof p->tag, "%s %" PRIu64, p->a->stmt->tag, p->rows);
		break;
	default:
		snprintf(p->tag, sizeof p->tag, "%s %" PRIu64, p->a->stmt->tag, p->affected);
	}
}

static int
tell(struct portal *p, struct dest *to, struct err *e)
{
	p->untold = false;
	return to->start(to, &p->shape, e);
}

/* Does the plan read anything? */
static bool
has_input(const struct plan *p)
{
	while (p->child != NULL)
		p = p->child;
	return p->kind != PLAN_ONE_ROW;
}

/* Rows from the executor until max (0: all; negative: none) have gone to `to` or there are no more. */
static int
pull(struct portal *p, int64_t max, struct dest *to, bool *ret_end, struct err *e)
{
	int64_t left = max == 0 ? INT64_MAX : max < 0 ? 0 : max;

	*ret_end = false;
	while (left > 0) {
		if (p->batch == NULL || p->batch_at == p->batch->n) {
			int rc = exec_next(p->exec, left, &p->batch, e);
			if (rc != ERR_OK)
				return rc;
			p->batch_at = 0;
			if (p->batch == NULL) {
				*ret_end = true;
				return p->untold ? tell(p, to, e) : ERR_OK;
			}
		}
		if (p->untold) {
			int rc = tell(p, to, e);
			if (rc != ERR_OK)
				return rc;
		}
		int n = p->batch->n - p->batch_at;
		if (n > left)
			n = (int) left;
		if (p->returns_rows && n > 0) {
			int rc = to->rows(to, p->batch, p->batch_at, n, e);
			if (rc != ERR_OK)
				return rc;
			p->rows += (uint64_t) n;
			left -= n;
		}
		p->batch_at += n;
	}
	return ERR_OK;
}

static void
close_exec(struct portal *p)
{
	if (p->exec != NULL) {
		p->affected = exec_affected(p->exec);
		exec_close(&p->exec);
	}
	p->batch = NULL;
}

/* One statement's part of a query: the first, with locks and a new snapshot, or a later one under
 * the snapshot that was held. */
static int
run_part(struct portal *p, int64_t max, struct dest *to, bool *ret_end, struct err *e)
{
	struct session *s = p->s;
	bool first = !p->started;
	int rc;

	if (first) {
		rc = portal_prepare_run(p, e);
		if (rc == ERR_OK)
			rc = check_read_only(p, e);
		if (rc != ERR_OK)
			return rc;
		session_env(s, p->a->catalog, &p->arena, &p->env);
		rc = tx_statement_begin(s, &p->env, e);
	} else {
		rc = txn_snap_enter(s->txn, p->snap, e);
		if (rc == ERR_OK) {
			unit_statement_begin(s->unit, &p->env);
			session_enter(s, p->a->catalog);
		}
	}
	if (rc != ERR_OK)
		return rc;
	if (first) {
		p->started = true;
		rc = open_exec(p, e);
		/* Without a table what fails is a constant, and PostgreSQL finds that before it says
		 * anything: the description waits for the first row. */
		p->untold = to->start != NULL && p->returns_rows;
		if (rc == ERR_OK && p->untold && has_input(p->a->plan->root))
			rc = tell(p, to, e);
	}
	bool end = false;
	if (rc == ERR_OK)
		rc = pull(p, max, to, &end, e);
	if (rc != ERR_OK || end)
		close_exec(p);
	else if (p->snap == NULL)
		p->snap = txn_snap_hold(s->txn);
	if (rc == ERR_OK)
		rc = arena_check(&p->arena, e);
	rc = tx_statement_end(s, &p->env, rc, e);
	if (end)
		txn_snap_release(s->txn, &p->snap);
	*ret_end = p->exhausted = end;
	return rc;
}

/* -- Rows kept ------------------------------------------------------------------------------------------ */
struct store_dest { struct dest d; struct portal *p; };

static int
store_rows(struct dest *d, const struct batch *b, int from, int n, struct err *e)
{
	return rowstore_append(((struct store_dest *) d)->p->store, b, from, n, e);
}

/* The columns that are shown, and the keys of a cursor's rows (position.c). */
static struct row_shape
kept_shape(struct portal *p)
{
	const struct plan_stmt *st = p->a->plan;
	struct row_shape all = p->shape;

	if (!p->cursor || st->npositions == 0)
		return all;
	all.cols = ARENA_ARRAY(&p->arena, struct out_column, p->shape.ncols + 2 * st->npositions);
	memcpy(all.cols, p->shape.cols, (size_t) p->shape.ncols * sizeof *all.cols);
	while (all.ncols < p->shape.ncols + 2 * st->npositions) {
		const struct plan_column *c = &st->root->cols[all.ncols];
		all.cols[all.ncols++] = (struct out_column) { .type = c->type };
	}
	return all;
}

static void
make_store(struct portal *p)
{
	if (p->store != NULL)
		return;
	const struct row_shape shape = kept_shape(p);
	p->store = rowstore_new(&shape, p->env.work_mem != 0 ? p->env.work_mem : 4 << 20, p->s->server->data_dir);
}

/* Hand out rows from the store, behind those that were. */
static int
replay(struct portal *p, int64_t max, struct dest *to, bool *ret_end, struct err *e)
{
	int64_t left = rowstore_count(p->store) - p->replayed;

	if (max != 0 && left > max)
		left = max;
	while (left > 0) {
		ARENA_AUTO struct arena a = { 0 };
		struct batch b;
		int n = left > READ_CHUNK ? READ_CHUNK : (int) left;
		int rc = rowstore_read(p->store, p->replayed, 1, n, &a, &b, e);
		if (rc == ERR_OK)
			rc = to->rows(to, &b, 0, n, e);
		if (rc != ERR_OK)
			return rc;
		p->replayed += n;
		p->rows += (uint64_t) n;
		left -= n;
	}
	*ret_end = p->replayed == rowstore_count(p->store);
	return ERR_OK;
}

static int
run_utility(struct portal *p, struct dest *to, bool single, struct err *e)
{
	struct utility u = { .s = p->s, .a = p->a, .params = &p->params, .arena = &p->arena, .to = to,
	                     .top_level = true, .single = single, .text = p->text };

	int rc = portal_prepare_run(p, e);
	if (rc == ERR_OK)
		rc = check_read_only(p, e);
	if (rc != ERR_OK)
		return rc;
	u.a = p->a;
	p->started = true;
	rc = utility_run(&u, e);
	if (rc == ERR_OK)
		snprintf(p->tag, sizeof p->tag, "%s", u.tag);
	return rc;
}

/* Run it all now, rows into the store; later fetches replay. */
static int
run_into_store(struct portal *p, bool single, struct err *e)
{
	struct store_dest d = { .d = { .rows = store_rows }, .p = p };
	bool end;

	make_store(p);
	int rc = p->a->stmt->kind == STMT_QUERY ? run_part(p, 0, &d.d, &end, e) : run_utility(p, &d.d, single, e);
	p->rows = 0;
	return rc;
}

int
portal_store_more(struct portal *p, int64_t n, bool *ret_end, struct err *e)
{
	struct store_dest d = { .d = { .rows = store_rows }, .p = p };

	make_store(p);
	return run_part(p, n, &d.d, ret_end, e);
}

int
portal_start_cursor(struct portal *p, struct err *e)
{
	struct dest nowhere = { 0 };
	bool end;

	return run_part(p, -1, &nowhere, &end, e);
}

int
portal_skip(struct portal *p, int64_t n, struct dest *to, bool *ret_end, struct err *e)
{
	return run_part(p, n, to, ret_end, e);
}

/* -- Running ---------------------------------------------------------------------------------------------- */
static int
run(struct portal *p, int64_t max, struct dest *to, bool single, bool *ret_end, struct err *e)
{
	bool is_query = p->a->stmt->kind == STMT_QUERY;
	bool is_select = is_query && p->a->stmt->query->kind == QUERY_SELECT && !p->a->plan->writes;
	int rc = ERR_OK;

	if (p->store != NULL)
		return replay(p, max, to, ret_end, e);
	if (is_select || (is_query && (max == 0 || !p->returns_rows)))
		return run_part(p, max, to, ret_end, e);
	if (max == 0 || !p->returns_rows) {
		*ret_end = true;
		return run_utility(p, to, single, e);
	}
	if (to->start != NULL)
		rc = to->start(to, &p->shape, e);
	if (rc == ERR_OK)
		rc = run_into_store(p, single, e);
	if (rc == ERR_OK)
		rc = replay(p, max, to, ret_end, e);
	return rc;
}

int
portal_run(struct portal *p, int64_t max, struct dest *to, bool single, bool *ret_done, struct err *e)
{
	bool end = true;
	int rc = ERR_OK;

	if (p->failed || p->running)
		return err_set(e, ERR_OBJECT_NOT_IN_PREREQUISITE_STATE, "portal \"%s\" cannot be run", p->name);
	p->rows = 0;
	rc = lock_check_cancel(&p->s->cancel, e);
	if (rc != ERR_OK)
		return rc;
	if (!p->done) {
		p->running = true;
		rc = run(p, max, to, single, &end, e);
		p->running = false;
	} else if (p->returns_rows && to->start != NULL) {
		rc = to->start(to, &p->shape, e);
	}
	if (rc != ERR_OK) {
		p->failed = true;
		return rc;
	}
	if (end && p->a->stmt->kind == STMT_QUERY)
		set_query_tag(p);
	p->done = end;
	*ret_done = end;
	return ERR_OK;
}
