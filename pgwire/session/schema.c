/* schema.c - schema changes: core/ddl run by the session, with the callbacks it needs from the
 * binder, the planner and the executor.
 *
 * Not here: CREATE TABLE AS, temporary tables (tableas.c), statistics (maintain.c). */
#include "config.h"
#include "pgwire/session/session.h"

#include <string.h>

#include "core/access/table.h"
#include "core/query/walk.h"
#include "pgwire/session/portal.h"

/* -- Callbacks: names and expressions ---------------------------------------------------------------- */
static int
cb_draft(void *arg, struct draft **ret, struct err *e)
{
	return tx_draft(arg, ret, e);
}

/* Bound things live as long as the command: on the message's arena. */
static int
cb_bind_rules(void *arg, const struct catalog *c, const struct relation *rel, struct table_rules **ret, struct err *e)
{
	struct session *s = arg;
	struct type_env *te = ARENA_NEW(&s->ddl_arena, struct type_env);
	struct bind_env env;

	session_bind_env(s, &s->ddl_arena, c, NULL, te, &env);
	return sql_bind_rules(&env, rel, ret, e);
}

static int
cb_bind_expr(void *arg, const struct catalog *c, const char *sql, struct range *row, oid_t type, int32_t typmod,
             struct expr **ret, struct err *e)
{
	struct session *s = arg;
	struct type_env *te = ARENA_NEW(&s->ddl_arena, struct type_env);
	struct bind_env env;

	session_bind_env(s, &s->ddl_arena, c, NULL, te, &env);
	return sql_bind_expr(&env, sql, row, type, typmod, ret, e);
}

/* -- Callbacks: what a query needs --------------------------------------------------------------------- */
struct deps { struct arena *a; struct list *to; };

static void
add_dep(struct deps *d, enum object_class class, oid_t oid, int16_t sub)
{
	for (int i = 0; i < d->to->n; i++) {
		const struct object_dep *o = LIST_AT(const struct object_dep, d->to, i);
		if (o->class == class && o->oid == oid && o->sub == sub)
			return;
	}
	struct object_dep *o = ARENA_NEW(d->a, struct object_dep);
	*o = (struct object_dep) { .class = class, .oid = oid, .sub = sub };
	list_push(d->to, d->a, o);
}

static void deps_of_ranges(struct deps *d, const struct query *q);

static int
dep_of_expr(struct expr *x, void *arg)
{
	struct deps *d = arg;

	if (x->kind == EXPR_VAR && x->range->rel != NULL && x->range->rel->sys == NULL && x->col > 0)
		add_dep(d, OBJ_RELATION, x->range->rel->o.oid, (int16_t) x->col);
	if (x->kind == EXPR_SUBLINK)
		deps_of_ranges(d, x->sub->query);
	if (x->kind == EXPR_FUNC && x->func != NULL && x->func->oid >= OID_FIRST_USER)
		add_dep(d, OBJ_FUNCTION, x->func->oid, 0);
	if (x->type != NULL && x->type->oid >= OID_FIRST_USER)
		add_dep(d, OBJ_TYPE, x->type->oid, 0);
	return 0;
}

static void
deps_of_ranges(struct deps *d, const struct query *q)
{
	if (q == NULL)
		return;
	if (q->target != NULL)
		add_dep(d, OBJ_RELATION, q->target->rel->o.oid, 0);
	for (int i = 0; i < q->assignments.n; i++)
		if (!LIST_AT(const struct assignment, &q->assignments, i)->is_default)
			add_dep(d, OBJ_RELATION, q->target->rel->o.oid,
			        LIST_AT(const struct assignment, &q->assignments, i)->attnum);
	for (int i = 0; i < q->ranges.n; i++) {
		const struct range *r = LIST_AT(const struct range, &q->ranges, i);
		if (r->rel != NULL && r->rel->sys == NULL)
			add_dep(d, OBJ_RELATION, r->rel->o.oid, 0);
		/* A view that was expanded still names itself; what it needs is its own affair. */
		if (r->rel == NULL || r->rel->kind != REL_VIEW)
			deps_of_ranges(d, r->sub);
	}
	for (int i = 0; i < q->ctes.n; i++)
		deps_of_ranges(d, LIST_AT(struct cte, &q->ctes, i)->query);
	deps_of_ranges(d, q->left);
	deps_of_ranges(d, q->right);
}

/* A view's query. */
static int
bind_kept(struct session *s, struct arena *a, const struct catalog *c, const struct raw_stmt *raw,
          struct query **ret, struct err *e)
{
	struct bind_env env;
	struct statement *st;

	session_bind_env(s, a, c, NULL, ARENA_NEW(a, struct type_env), &env);
	env.kept_text = true;
	int rc = sql_bind(&env, raw, &st, e);
	if (rc == ERR_OK)
		*ret = st->query;
	return rc;
}

static int
cb_query_deps(void *arg, const struct catalog *c, const char *sql, struct list *ret, struct err *e)
{
	struct session *s = arg;
	struct arena *a = &s->ddl_arena;
	struct deps d = { .a = a, .to = ret };
	struct list raws = { 0 };
	struct query *q = NULL;
	int rc = sql_parse(a, sql, &raws, e);

	if (rc == ERR_OK && raws.n == 1)
		rc = bind_kept(s, a, c, LIST_AT(const struct raw_stmt, &raws, 0), &q, e);
	if (rc != ERR_OK || q == NULL)
		return rc;
	deps_of_ranges(&d, q);
	(void) query_walk(q, dep_of_expr, &d);
	return ERR_OK;
}

int
session_bind_body(struct session *s, struct arena *a, const struct catalog *c, const struct function *f,
                  const struct raw_stmt *raw, struct query **ret, struct err *e)
{
	struct bind_function *fn = ARENA_NEW(a, struct bind_function);
	struct bind_env env;
	struct statement *st;

	*fn = (struct bind_function) { .def = f, .ret = catalog_type(c, f->ret) };
	session_bind_env(s, a, c, NULL, ARENA_NEW(a, struct type_env), &env);
	env.kept_text = f->form != FORM_STRING;
	env.allow_params = true;
	env.nparams = f->nargs;
	env.param_types = ARENA_ARRAY(a, oid_t, f->nargs + 1);
	if (f->nargs > 0)
		memcpy(env.param_types, f->args, (size_t) f->nargs * sizeof *f->args);
	env.function = fn;
	int rc = sql_bind(&env, raw, &st, e);
	if (rc == ERR_OK)
		*ret = st->query;
	if (rc == ERR_OK && f->form == FORM_RETURN && st->query != NULL)        /* it has no name */
		LIST_AT(struct target, &st->query->targets, 0)->name = "?column?";
	return rc;
}

/* What the body of a function of statements names. */
static int
cb_function_deps(void *arg, const struct catalog *c, const struct function *f, struct list *ret, struct err *e)
{
	struct session *s = arg;
	struct arena *a = &s->ddl_arena;
	struct deps d = { .a = a, .to = ret };
	struct list raws = { 0 };
	int rc = sql_parse(a, f->body, &raws, e);

	for (int i = 0; i < raws.n && rc == ERR_OK; i++) {
		struct query *q;

		rc = session_bind_body(s, a, c, f, LIST_AT(const struct raw_stmt, &raws, i), &q, e);
		if (rc != ERR_OK || q == NULL)
			continue;
		deps_of_ranges(&d, q);
		(void) query_walk(q, dep_of_expr, &d);
	}
	return rc;
}

/* A view's text or a function's body after what it names has got other names. */
static int
cb_renamed_query(void *arg, struct catalog *from, const struct catalog *to, const struct function *f,
                 const char *sql, const char **ret, struct err *e)
{
	struct session *s = arg;
	struct arena *a = &s->ddl_arena;
	struct list raws = { 0 };
	struct strbuf text;
	int rc = sql_parse(a, sql, &raws, e);

	strbuf_init(&text, a);
	for (int i = 0; i < raws.n && rc == ERR_OK; i++) {
		const struct raw_stmt *raw = LIST_AT(const struct raw_stmt, &raws, i);
		struct query *q;

		s->names_in = from;
		rc = f != NULL ? session_bind_body(s, a, from, f, raw, &q, e) : bind_kept(s, a, from, raw, &q, e);
		s->names_in = NULL;
		if (rc != ERR_OK || q == NULL)
			return rc;
		if (text.len > 0)
			strbuf_putc(&text, '\n');
		if (f != NULL)
			sql_deparse_body(&text, q, to);
		else
			sql_deparse_query(&text, q, to);
	}
	if (rc == ERR_OK && text.len > 0)
		*ret = text.data;
	return rc;
}

static int
cb_renamed_expr(void *arg, struct catalog *from, const struct catalog *to, const struct relation *rel,
                const struct type *value, const char *sql, const char **ret, struct err *e)
{
	struct session *s = arg;
	struct arena *a = &s->ddl_arena;
	struct type_env *te = ARENA_NEW(a, struct type_env);
	struct bind_env env;

	session_bind_env(s, a, from, NULL, te, &env);
	s->names_in = from;
	int rc = sql_respell_expr(&env, sql, rel != NULL ? range_table(a, NULL, rel, NULL) : NULL, value, to, ret, e);
	s->names_in = NULL;
	return rc;
}

/* -- Callbacks: expressions over all rows of a table ------------------------------------------------------ */
struct slots { const struct range *row; const int16_t *attnums; int n; struct arena *a; };

/* Columns of the row become columns of the batch, behind its ordinal. */
static struct expr *
var_to_slot(struct expr *x, void *arg)
{
	struct slots *m = arg;

	if (x->kind != EXPR_VAR || x->range != m->row)
		return x;
	for (int i = 0; i < m->n; i++)
		if (m->attnums[i] == x->col)
			return expr_slot(m->a, i + 1, x->type, x->typmod);
	return x;
}

static int
collect_var(struct expr *x, void *arg)
{
	struct slots *m = arg;
	int16_t *attnums = (int16_t *) (uintptr_t) m->attnums;

	if (x->kind != EXPR_VAR || x->range != m->row)
		return 0;
	for (int i = 0; i < m->n; i++)
		if (attnums[i] == x->col)
			return 0;
	attnums[m->n++] = (int16_t) x->col;
	return 0;
}

static const struct type *
column_type(const struct relation *rel, int16_t attnum)
{
	if (attnum > 0)
		return rel->cols[attnum - 1].type;
	return type_builtin(attnum == COL_ROW_KEY ? OID_BYTEA : attnum == COL_VERSION ? OID_INT8
	                    : attnum == COL_TABLEOID ? OID_OID : attnum == COL_XMIN ? OID_XID : OID_TID);
}

/* A plan that computes the expressions over batches given from outside. */
static struct plan_stmt *
make_projection(struct arena *a, const struct relation *rel, struct slots *m, int n, struct expr *const *exprs)
{
	struct plan_outer *outer = ARENA_NEW(a, struct plan_outer);
	struct plan_project *project = ARENA_NEW(a, struct plan_project);
	struct plan_stmt *st = ARENA_NEW(a, struct plan_stmt);

	outer->p.kind = PLAN_OUTER;
	outer->p.ncols = m->n + 1;
	outer->p.cols = ARENA_ARRAY(a, struct plan_column, m->n + 1);
	outer->p.cols[0] = (struct plan_column) { .type = type_builtin(OID_INT8), .typmod = -1 };
	for (int i = 0; i < m->n; i++)
		outer->p.cols[i + 1] = (struct plan_column) { .type = column_type(rel, m->attnums[i]), .typmod = -1 };
	outer->p.dependent = true;
	outer->p.id = 1;
	project->p.kind = PLAN_PROJECT;
	project->p.ncols = n;
	project->p.cols = ARENA_ARRAY(a, struct plan_column, n);
	project->exprs = ARENA_ARRAY(a, struct expr *, n);
	for (int i = 0; i < n; i++) {
		project->exprs[i] = expr_map(a, exprs[i], var_to_slot, m, false);
		project->p.cols[i] = (struct plan_column) { .type = exprs[i]->type, .typmod = exprs[i]->typmod };
	}
	project->p.child = &outer->p;
	project->p.dependent = true;
	st->root = &project->p;
	st->nnodes = 2;
	st->nvisible = n;
	st->op = QUERY_SELECT;
	return st;
}

static int
push_batch(struct session *s, const struct plan_stmt *plan, struct exec_env *env, const struct batch *in,
           struct ddl_rows *to, struct err *e)
{
	struct plan_env pe;
	struct exec *x = NULL;
	const struct batch *b;
	const struct exec_options o = { .env = env, .unit = s->unit, .planner = &pe, .outer = in };

	session_plan_env(s, &s->ddl_arena, env->catalog, env, &pe);
	int rc = exec_open(plan, &o, &x, e);
	while (rc == ERR_OK) {
		rc = exec_next(x, BATCH_ROWS, &b, e);
		if (rc != ERR_OK || b == NULL)
			break;
		union datum *values = ARENA_ARRAY(&s->ddl_arena, union datum, b->ncols);
		bool *nulls = ARENA_ARRAY(&s->ddl_arena, bool, b->ncols);
		for (int i = 0; rc == ERR_OK && i < b->n; i++) {
			int row = batch_row(b, i);
			for (int k = 0; k < b->ncols; k++) {
				nulls[k] = vec_null(&b->cols[k], row);
				values[k] = vec_at(&b->cols[k], row);
			}
			rc = to->push(to, values, nulls, e);
		}
	}
	if (x != NULL)
		exec_close(&x);
	return rc;
}

static int
cb_eval_rows(void *arg, const struct catalog *c, const struct relation *rel, struct range *row, int n,
             struct expr *const *exprs, struct ddl_rows *to, struct err *e)
{
	struct session *s = arg;
	ARENA_AUTO struct arena a = { 0 }, batch = { 0 };
	SCAN_AUTO struct table_scan *scan = NULL;
	struct exec_env env;
	int16_t *attnums = ARENA_ARRAY(&a, int16_t, rel->ncols + 8);
	struct slots m = { .row = row, .attnums = attnums, .a = &a };

	for (int i = 0; i < n; i++)
		(void) expr_walk(exprs[i], collect_var, &m, false);
	session_env(s, c, &a, &env);
	struct plan_stmt *plan = make_projection(&a, rel, &m, n, exprs);
	const struct scan_request req = { .rel = rel, .ncols = m.n, .cols = attnums, .latest = !to->snapshot };
	struct vec *cols = ARENA_ARRAY(&a, struct vec, m.n + 1);
	union datum *room = ARENA_ARRAY(&a, union datum, (m.n + 1) * BATCH_ROWS);
	uint8_t *nulls = arena_zalloc(&a, (size_t) (m.n + 1) * BATCH_ROWS);
	for (int i = 0; i < BATCH_ROWS; i++)
		room[i].i = i;
	int rc = table_scan_open(&env, &req, &scan, e);
	while (rc == ERR_OK) {
		int got;
		arena_reset(&batch);
		for (int k = 0; k <= m.n; k++)
			cols[k] = (struct vec) { .v = room + k * BATCH_ROWS, .null = k == 0 ? NULL : nulls + k * BATCH_ROWS,
			                         .stride = 1 };
		rc = table_scan_next(scan, &batch, cols + 1, &got, e);
		if (rc != ERR_OK || got == 0)
			break;
		const struct batch in = { .n = got, .ncols = m.n + 1, .cols = cols };
		rc = push_batch(s, plan, &env, &in, to, e);
	}
	return rc;
}

static int
cb_eval_expr(void *arg, struct expr *x, union datum *ret, bool *ret_null, struct err *e)
{
	struct session *s = arg;
	struct catalog *c = session_catalog(s);
	struct exec_env env;

	session_env(s, c, &s->ddl_arena, &env);
	int rc = exec_eval(&env, NULL, x, ret, ret_null, e);
	catalog_release(c);
	return rc;
}

/* A table that an open cursor of this session still reads must stay as it is. */
static int
cb_check_unused(void *arg, oid_t rel, const char *verb, struct err *e)
{
	struct session *s = arg;

	for (const struct portal *p = s->portals; p != NULL; p = p->next) {
		if (p->running || p->exec == NULL || p->a == NULL)
			continue;
		for (int i = 0; i < p->a->nuses; i++)
			if (p->a->uses[i].rel == rel) {
				const struct relation *r = catalog_relation_by_oid(p->a->catalog, rel);
				return err_set(e, ERR_OBJECT_IN_USE,
				               "cannot %s \"%s\" because it is being used by active queries in this session",
				               verb, r != NULL ? r->o.name : "");
			}
	}
	return ERR_OK;
}

static int
cb_sessions_in(void *arg, oid_t database, bool end, int *ret_n, struct err *e)
{
	struct session *s = arg;

	return server_sessions_in(s->server, s, database, end, ret_n, e);
}

void
session_ddl_env(struct session *s, struct exec_env *env, struct ddl_env *ret)
{
	*ret = (struct ddl_env) {
		.exec = env, .unit = s->unit, .store = s->catalog, .user = s->role_oid, .arg = s,
		.draft = cb_draft, .bind_rules = cb_bind_rules, .bind_expr = cb_bind_expr,
		.query_deps = cb_query_deps, .eval_rows = cb_eval_rows, .eval_expr = cb_eval_expr,
		.check_unused = cb_check_unused, .renamed_query = cb_renamed_query, .renamed_expr = cb_renamed_expr,
		.function_deps = cb_function_deps, .sessions_in = cb_sessions_in,
	};
}

/* -- Running ---------------------------------------------------------------------------------------------- */
int
session_ddl(struct session *s, struct arena *a, int (*run)(struct ddl_env *env, void *arg, struct err *e),
            void *arg, struct err *e)
{
	struct catalog *c = session_catalog(s);
	struct exec_env env;
	struct ddl_env de;

	session_env(s, c, a, &env);
	int rc = tx_statement_begin(s, &env, e);
	if (rc == ERR_OK) {
		session_ddl_env(s, &env, &de);
		rc = run(&de, arg, e);
		rc = tx_statement_end(s, &env, rc, e);
	}
	catalog_release(c);
	arena_reset(&s->ddl_arena);
	return rc;
}

static int
run_ddl(struct ddl_env *env, void *arg, struct err *e)
{
	return ddl_execute(env, arg, e);
}

static bool
drops_database(const struct command *c)
{
	const struct list *l = &((const struct cmd_drop *) c)->objects;

	return l->n > 0 && LIST_AT(const struct object_ref, l, 0)->kind == OBJECT_DATABASE;
}

/* For what must be all that its transaction does. */
static int
prevent_block(const struct utility *u, const char *what, struct err *e)
{
	if (!u->top_level)
		return err_set(e, ERR_ACTIVE_SQL_TRANSACTION, "%s cannot be executed from a function", what);
	if (!u->single)
		return err_set(e, ERR_ACTIVE_SQL_TRANSACTION, "%s cannot run inside a transaction block", what);
	return tx_prevent_block(u->s, what, e);
}

int
ddl_command(struct utility *u, const struct command *c, struct err *e)
{
	const struct cmd_create_index *ix = (const struct cmd_create_index *) c;

	switch (c->kind) {
	case CMD_ANALYZE:
	case CMD_VACUUM:
		return maintain_command(u, (const struct cmd_tables *) c, e);
	case CMD_SET_CONSTRAINTS:
		return set_constraints(u, (const struct cmd_constraints *) c, e);
	case CMD_CREATE_ROLE:
	case CMD_ALTER_ROLE:
		return role_command(u, (struct cmd_role *) (uintptr_t) c, e);
	case CMD_CREATE_DATABASE:
		if (prevent_block(u, "CREATE DATABASE", e) != ERR_OK)
			return e->code;
		break;
	case CMD_DROP:
		if (drops_database(c) && prevent_block(u, "DROP DATABASE", e) != ERR_OK)
			return e->code;
		break;
	case CMD_REINDEX:
		if (((const struct cmd_tables *) c)->alone != NULL &&
		    prevent_block(u, ((const struct cmd_tables *) c)->alone, e) != ERR_OK)
			return e->code;
		break;
	case CMD_CREATE_INDEX:
		if (ix->concurrently) {
			if (tx_prevent_block(u->s, "CREATE INDEX CONCURRENTLY", e) != ERR_OK)
				return e->code;
			return index_online(u, ix, e);
		}
		break;
	default:
		break;
	}
	const struct cmd_create_table *table = (const struct cmd_create_table *) c;
	int rc = session_ddl(u->s, u->arena, run_ddl, (void *) (uintptr_t) c, e);
	if (rc == ERR_OK && c->kind == CMD_CREATE_TABLE && (table->on_commit == 'd' || table->on_commit == 'D'))
		temp_on_commit(u->s, table->name, table->on_commit);
	if (rc == ERR_OK && c->kind == CMD_CREATE_SCHEMA && sql_has_schema_elements(u->a->raw))
		rc = schema_elements_command(u, (const struct cmd_create_schema *) c, e);
	return rc;
}
