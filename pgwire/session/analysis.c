/* analysis.c - from a parse tree to a plan, and how long that holds.
 *
 * An analysis depends on the catalog, the search path, the role and the settings that binding
 * and planning look at.  It keeps a reference to its catalog; when any of these has changed it
 * is made again.  Table locks are taken when it is about to run; if the schema moved while
 * waiting for one, the analysis is stale.
 *
 * This is where a cache of plans for simple queries will hang: analysis_new() is the only maker
 * and analysis_is_current() the only judge. */
#include "config.h"
#include "pgwire/session/session.h"

#include <stdlib.h>
#include <string.h>

#include "core/query/walk.h"
#include "pgwire/session/portal.h"

/* -- What a statement touches --------------------------------------------------------------------- */
/* A table of which the first `known` tables in use may know already; false: they do, and its partitions. */
static bool
use(struct analysis *a, const struct relation *r, enum lock_mode mode, int known)
{
	for (int i = 0; i < known; i++)
		if (a->uses[i].rel == r->o.oid) {
			const bool more = a->uses[i].mode < mode;
			if (more)
				a->uses[i].mode = mode;
			return more;
		}
	if ((a->nuses & (a->nuses - 1)) == 0) {         /* full at powers of two */
		struct table_use *more = ARENA_ARRAY(&a->arena, struct table_use, a->nuses == 0 ? 1 : a->nuses * 2);
		if (a->nuses > 0)
			memcpy(more, a->uses, (size_t) a->nuses * sizeof *more);
		a->uses = more;
	}
	a->uses[a->nuses++] = (struct table_use) { r->o.oid, mode };
	return true;
}

static void
use_parts(struct analysis *a, const struct relation *r, enum lock_mode mode, int known)
{
	if (r->sys == NULL && use(a, r, mode, known))
		for (int i = 0; i < r->nparts; i++)
			use_parts(a, r->parts[i], mode, known);
}

/* A table, and the partitions that its rows are in: none of them is two times in one tree. */
static void
use_tree(struct analysis *a, const struct relation *r, enum lock_mode mode)
{
	if (r != NULL)
		use_parts(a, r, mode, a->nuses);
}

/* Foreign keys are checked in other tables than the one written: those must stay as they are, too. */
static void
use_related(void *arg, oid_t rel)
{
	struct analysis *a = arg;

	use_tree(a, catalog_relation_by_oid(a->catalog, rel), LOCK_ROW_SHARE);
}

static void
mark_columns(const struct list *sets, bool *cols)
{
	for (int i = 0; i < sets->n; i++)
		cols[LIST_AT(struct assignment, sets, i)->attnum - 1] = true;
}

static void
use_foreign_keys(struct analysis *a, const struct query *q)
{
	const struct relation *rel = q->target->rel;
	bool *written = ARENA_ARRAY(&a->arena, bool, rel->ncols + 1);
	bool *gone = ARENA_ARRAY(&a->arena, bool, rel->ncols + 1);
	bool delete = q->kind == QUERY_DELETE;

	mark_columns(&q->assignments, written);
	if (q->kind == QUERY_UPDATE)
		mark_columns(&q->assignments, gone);
	if (q->conflict != NULL && q->conflict->update) {
		mark_columns(&q->conflict->sets, written);
		mark_columns(&q->conflict->sets, gone);
	}
	for (int i = 0; i < q->merge_actions.n; i++) {
		const struct merge_action *m = LIST_AT(struct merge_action, &q->merge_actions, i);
		mark_columns(&m->sets, written);
		if (m->what == MERGE_UPDATE)
			mark_columns(&m->sets, gone);
		delete |= m->what == MERGE_DELETE;
	}
	if (delete)
		memset(gone, true, (size_t) rel->ncols * sizeof *gone);
	table_related(a->catalog, rel, written, gone, use_related, a);
}

/* The tables of a query and of what is nested in FROM, WITH and set operations. */
static void
use_ranges(struct analysis *a, const struct query *q)
{
	if (q == NULL)
		return;
	if (q->target != NULL) {
		use_tree(a, q->target->rel, LOCK_ROW_EXCLUSIVE);
		use_foreign_keys(a, q);
	}
	for (int i = 0; i < q->row_marks.n; i++)
		use_tree(a, LIST_AT(struct row_mark, &q->row_marks, i)->range->rel, LOCK_ROW_SHARE);
	for (int i = 0; i < q->ranges.n; i++) {
		const struct range *r = LIST_AT(struct range, &q->ranges, i);
		if (r->kind == RANGE_TABLE)
			use_tree(a, r->rel, LOCK_ACCESS_SHARE);
		use_ranges(a, r->sub);
	}
	for (int i = 0; i < q->ctes.n; i++)
		use_ranges(a, LIST_AT(struct cte, &q->ctes, i)->query);
	use_ranges(a, q->left);
	use_ranges(a, q->right);
}

static int
use_sublink(struct expr *x, void *arg)
{
	if (x->kind == EXPR_SUBLINK)
		use_ranges(arg, x->sub->query);
	return 0;
}

static void
collect_uses(struct analysis *a, struct query *q)
{
	use_ranges(a, q);
	(void) query_walk(q, use_sublink, a);
}

/* -- Making -------------------------------------------------------------------------------------------- */
void
session_bind_env(struct session *s, struct arena *a, const struct catalog *c, const char *text,
                 struct type_env *te, struct bind_env *ret)
{
	s->fmt.now = s->txn != NULL ? s->tx_now : s->stmt_now;  /* literals like 'now' are read here */
	*te = (struct type_env) { .arena = a, .fmt = &s->fmt, .catalog = c, .names = &s->names };
	*ret = (struct bind_env) { .arena = a, .catalog = c, .session = &s->api, .type = te, .text = text };
}

static int
hook_rules(void *self, struct arena *a, const struct relation *rel, struct table_rules **ret, struct err *e)
{
	struct session *s = self;
	struct catalog *c = session_catalog(s);
	struct type_env te;
	struct bind_env env;

	session_bind_env(s, a, c, NULL, &te, &env);
	int rc = sql_bind_rules(&env, rel, ret, e);
	catalog_release(c);
	return rc;
}

unsigned
session_plans_off(const struct session *s)
{
	static const struct { enum setting_id id; unsigned off; } kinds[] = {
		{ SET_enable_seqscan, OFF_SEQSCAN },   { SET_enable_indexscan, OFF_INDEXSCAN },
		{ SET_enable_indexonlyscan, OFF_INDEXONLYSCAN }, { SET_enable_bitmapscan, OFF_BITMAPSCAN },
		{ SET_enable_hashjoin, OFF_HASHJOIN }, { SET_enable_nestloop, OFF_NESTLOOP },
		{ SET_enable_hashagg, OFF_HASHAGG },   { SET_enable_sort, OFF_SORT },
		{ SET_enable_mergejoin, OFF_MERGEJOIN },
	};
	unsigned off = 0;

	for (unsigned i = 0; i < ARRAY_LEN(kinds); i++)
		if (!settings_bool(&s->settings, kinds[i].id))
			off |= kinds[i].off;
	return off;
}

void
session_plan_env(struct session *s, struct arena *a, const struct catalog *c, struct exec_env *env,
                 struct plan_env *ret)
{
	s->planner_hooks = (struct planner_hooks) { .self = s, .table_rules = hook_rules };
	*ret = (struct plan_env) { .arena = a, .catalog = c, .exec = env, .hooks = &s->planner_hooks,
	                             .off = session_plans_off(s) };
}

void
shape_of_targets(struct arena *a, struct target **targets, int n, struct row_shape *ret)
{
	ret->ncols = n;
	ret->cols = ARENA_ARRAY(a, struct out_column, n + 1);
	for (int i = 0; i < n; i++)
		ret->cols[i] = (struct out_column) {
			.name = targets[i]->name != NULL ? targets[i]->name : "?column?",
			.type = targets[i]->expr->type, .typmod = targets[i]->expr->typmod,
			.table = targets[i]->origin_table, .attnum = targets[i]->origin_col,
		};
}

/* Calls that become part of the query: what their bodies touch is asked of the caller. */
static int
inline_functions(struct session *s, struct analysis *a, struct err *e)
{
	struct type_env te;
	struct bind_env env;
	bool any;

	session_bind_env(s, &a->arena, a->catalog, NULL, &te, &env);
	int rc = sql_inline_functions(&env, a->stmt->query, &any, e);
	return rc == ERR_OK && any ? access_check_query(s, a->catalog, a->stmt->query, e) : rc;
}

/* The part that is planned: everything that has a query but what plans it itself. */
static int
plan(struct session *s, struct analysis *a, const struct exec_params *known, struct err *e)
{
	ARENA_AUTO struct arena scratch = { 0 };
	struct exec_env env;
	struct plan_env pe;
	struct statement *st = a->stmt;

	if (st->query == NULL)
		return ERR_OK;
	int rc = access_check_query(s, a->catalog, st->query, e);
	if (rc == ERR_OK)
		rc = inline_functions(s, a, e);
	if (rc != ERR_OK)
		return rc;
	collect_uses(a, st->query);
	session_env(s, a->catalog, &scratch, &env);
	env.type.arena = &a->arena;     /* folded constants are part of the plan */
	env.stmt_arena = &a->arena;
	session_plan_env(s, &a->arena, a->catalog, &env, &pe);
	if (known != NULL) {
		pe.nknown = known->n;
		pe.known = known->values;
		pe.known_nulls = known->nulls;
		pe.known_types = known->types;
	}
	rc = plan_query(&pe, st->query, &a->plan, e);
	if (rc == ERR_OK && st->kind == STMT_QUERY) {
		a->returns_rows = st->query->kind == QUERY_SELECT || st->query->returning;
		if (a->returns_rows)
			shape_of_targets(&a->arena, a->plan->targets, a->plan->nvisible, &a->shape);
	}
	return rc;
}

static int
resolve_params(struct session *s, struct analysis *a, struct err *e)
{
	(void) s;
	a->param_types = ARENA_ARRAY(&a->arena, const struct type *, a->nparams + 1);
	for (int i = 0; i < a->nparams; i++) {
		if (a->param_oids[i] == 0)
			a->param_oids[i] = OID_TEXT;    /* never used: any type will do */
		a->param_types[i] = catalog_type(a->catalog, a->param_oids[i]);
		if (a->param_types[i] == NULL)
			return err_set(e, ERR_UNDEFINED_OBJECT, "type with OID %u does not exist", a->param_oids[i]);
	}
	return ERR_OK;
}

static int
analyse(struct session *s, const struct raw_stmt *raw, const char *text, const struct bind_function *fn,
        bool allow_params, int ndeclared, const oid_t *declared, const struct exec_params *known,
        struct analysis **ret, struct err *e)
{
	struct analysis *a = calloc(1, sizeof *a);
	struct type_env te;
	struct bind_env env;
	int rc = ERR_OK;

	if (a == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	a->refs = 1;
	a->raw = raw;
	a->role = s->role_oid;
	if (raw_stmt_info(raw)->makes_temporary)
		rc = session_make_temp_schema(s, e);
	a->catalog = session_catalog(s);
	a->catalog_version = catalog_version(a->catalog);
	a->path_version = session_path_version(s);
	a->plans_off = session_plans_off(s);
	session_refresh(s);
	session_enter(s, a->catalog);
	session_bind_env(s, &a->arena, a->catalog, text, &te, &env);
	env.allow_params = allow_params;
	env.function = fn;
	env.nparams = ndeclared;
	env.param_types = ARENA_ARRAY(&a->arena, oid_t, ndeclared + 1);
	for (int i = 0; i < ndeclared; i++)
		env.param_types[i] = declared[i] == OID_UNKNOWN ? 0 : declared[i];
	if (rc == ERR_OK)
		rc = sql_bind(&env, raw, &a->stmt, e);
	a->nparams = env.nparams;
	a->param_oids = env.param_types;
	if (rc == ERR_OK)
		rc = resolve_params(s, a, e);
	int64_t began = conn_clock();
	if (rc == ERR_OK)
		rc = plan(s, a, known, e);
	a->plan_ms = (double) (conn_clock() - began) / 1000;
	if (rc == ERR_OK && a->stmt->kind != STMT_QUERY)
		rc = utility_shape(s, a->stmt, &a->arena, &a->returns_rows, &a->shape, e);
	if (rc == ERR_OK)
		rc = arena_check(&a->arena, e);
	session_leave(s);
	if (rc != ERR_OK)
		analysis_unref(&a);
	else
		*ret = a;
	return rc;
}

int
analysis_new(struct session *s, const struct raw_stmt *raw, const char *text, bool allow_params,
             int ndeclared, const oid_t *declared, struct analysis **ret, struct err *e)
{
	return analyse(s, raw, text, NULL, allow_params, ndeclared, declared, NULL, ret, e);
}

int
analysis_for(struct session *s, const struct analysis *a, const char *text, const struct exec_params *known,
             struct analysis **ret, struct err *e)
{
	return analyse(s, a->raw, text, NULL, true, a->nparams, a->param_oids, known, ret, e);
}

int
analysis_of_body(struct session *s, const struct raw_stmt *raw, const struct bind_function *fn, int nargs,
                 const oid_t *types, struct analysis **ret, struct err *e)
{
	return analyse(s, raw, NULL, fn, true, nargs, types, NULL, ret, e);
}

struct analysis *
analysis_ref(struct analysis *a)
{
	a->refs++;
	return a;
}

void
analysis_unref(struct analysis **a)
{
	if (*a != NULL && --(*a)->refs == 0) {
		arena_done(&(*a)->arena);
		catalog_release((*a)->catalog);
		free(*a);
	}
	*a = NULL;
}

/* -- Validity ---------------------------------------------------------------------------------------------- */
bool
analysis_is_current(struct session *s, const struct analysis *a)
{
	struct catalog *c = session_catalog(s);
	bool same = catalog_version(c) == a->catalog_version;

	catalog_release(c);
	return same && a->role == s->role_oid && a->path_version == session_path_version(s) &&
	       a->plans_off == session_plans_off(s);
}

int
analysis_lock(struct session *s, const struct analysis *a, bool *ret_stale, struct err *e)
{
	bool any = false;

	*ret_stale = false;
	for (int i = 0; i < a->nuses; i++) {
		bool waited = false;
		int rc = table_lock(s->unit, a->uses[i].rel, NULL, a->uses[i].mode, LOCK_WAIT, &waited, e);
		if (rc != ERR_OK)
			return rc;
		any |= waited;
	}
	/* Whether it waited or not: the catalog may have changed before the lock was had. */
	*ret_stale = !analysis_is_current(s, a);
	(void) any;
	return ERR_OK;
}
