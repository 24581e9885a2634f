/* tableas.c - CREATE TABLE AS, materialized views' rows, and what becomes of temporary tables. */
#include "config.h"
#include "pgwire/session/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/access/row.h"
#include "pgwire/session/portal.h"

struct making { const struct cmd_create_table *cmd; oid_t oid; };

static int
make_table(struct ddl_env *env, void *arg, struct err *e)
{
	struct making *m = arg;

	return ddl_create_table(env, m->cmd, &m->oid, e);
}

/* INSERT INTO rel SELECT the query's columns, as if it had been written. */
static struct query *
make_insert(struct arena *a, const struct relation *rel, struct query *source)
{
	struct query *q = query_new(a, QUERY_INSERT, NULL);
	int n = query_visible_targets(source), col = 0;
	struct range *r = range_new(a, q, RANGE_SUBQUERY, "source", n);

	for (int i = 0; i < source->targets.n && col < n; i++) {
		const struct target *t = LIST_AT(const struct target, &source->targets, i);
		if (t->hidden)
			continue;
		r->cols[col++] = (struct range_column) { .name = t->name, .type = t->expr->type, .typmod = t->expr->typmod,
		                                         .collation = t->expr->collation };
	}
	r->sub = source;
	source->parent = q;
	q->target = range_table(a, NULL, rel, NULL);
	q->source = r;
	list_push(&q->from, a, from_range(a, r));
	for (int i = 0; i < n && i < rel->ncols; i++) {
		struct assignment *set = ARENA_NEW(a, struct assignment);
		set->attnum = (int16_t) (i + 1);
		set->expr = expr_var(a, r, i + 1);
		list_push(&q->assignments, a, set);
	}
	return q;
}

/* Can the rows go straight into the new file?  Nobody else knows it, and it has no index; but at
 * higher levels the transaction's own snapshot is older than what is loaded. */
static bool
can_load(struct session *s, const struct relation *rel)
{
	return txn_isolation(s->txn) == TXN_READ_COMMITTED && rel->primary == NULL && rel->nindexes == 0 &&
	       rel->nconstraints == 0 && store_file_is_young(s->server->store, rel->file);
}

static int
load_batch(const struct relation *rel, const struct batch *b, struct store_bulk *bulk, struct strbuf *image,
           uint64_t *n, struct err *e)
{
	ARENA_AUTO struct arena a = { 0 };
	union datum *values = ARENA_ARRAY(&a, union datum, rel->ncols + 1);
	bool *nulls = ARENA_ARRAY(&a, bool, rel->ncols + 1);
	int rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < b->n; i++) {
		int row = batch_row(b, i);
		uint64_t id = __builtin_bswap64(++*n);
		for (int c = 0; c < rel->ncols; c++) {
			values[c] = vec_at(&b->cols[c], row);
			nulls[c] = vec_null(&b->cols[c], row);
		}
		strbuf_clear(image);
		row_encode(rel, values, nulls, 0, image);
		rc = store_bulk_append(bulk, &id, sizeof id, image->data, image->len, TXN_STAMP, e);
	}
	return rc;
}

static int
load(struct session *s, const struct relation *rel, struct exec *x, uint64_t *ret_n, struct err *e)
{
	STORE_BULK_AUTO struct store_bulk *bulk = NULL;
	const struct batch *b;
	struct strbuf image;

	strbuf_init(&image, NULL);
	int rc = store_bulk_open(s->server->store, rel->file, &bulk, e);
	while (rc == ERR_OK) {
		rc = exec_next(x, BATCH_ROWS, &b, e);
		if (rc != ERR_OK || b == NULL)
			break;
		rc = load_batch(rel, b, bulk, &image, ret_n, e);
	}
	strbuf_done(&image);
	return rc == ERR_OK ? store_bulk_close(&bulk, e) : rc;
}

static int
insert(struct exec *x, uint64_t *ret_n, struct err *e)
{
	const struct batch *b;
	int rc;

	do
		rc = exec_next(x, BATCH_ROWS, &b, e);
	while (rc == ERR_OK && b != NULL);
	*ret_n = exec_affected(x);
	return rc;
}

/* DELETE FROM rel. */
static struct query *
make_delete(struct arena *a, const struct relation *rel, struct query *source UNUSED)
{
	struct query *q = query_new(a, QUERY_DELETE, NULL);

	q->target = range_table(a, q, rel, NULL);
	list_push(&q->from, a, from_range(a, q->target));
	return q;
}

typedef struct query *make_write(struct arena *a, const struct relation *rel, struct query *source);

static int
run_write(struct utility *u, oid_t oid, make_write *make, struct query *source, uint64_t *ret_n, struct err *e)
{
	struct session *s = u->s;
	struct catalog *c = session_catalog(s);
	const struct relation *rel = catalog_relation_by_oid(c, oid);
	struct type_env te;
	struct bind_env be;
	struct plan_env pe;
	struct exec_env env;
	struct plan_stmt *plan = NULL;
	struct exec *x = NULL;
	const bool loads = make == make_insert && can_load(s, rel);

	struct query *q = loads ? source : make(u->arena, rel, source);
	session_bind_env(s, u->arena, c, NULL, &te, &be);
	int rc = loads ? ERR_OK : sql_bind_rules(&be, rel, &q->rules, e);
	session_env(s, c, u->arena, &env);
	session_plan_env(s, u->arena, c, &env, &pe);
	if (rc == ERR_OK)
		rc = plan_query(&pe, q, &plan, e);
	if (rc == ERR_OK)
		rc = tx_statement_begin(s, &env, e);
	if (rc != ERR_OK) {
		catalog_release(c);
		return rc;
	}
	const struct exec_options o = { .env = &env, .unit = s->unit, .planner = &pe, .params = *u->params };
	rc = exec_open(plan, &o, &x, e);
	if (rc == ERR_OK)
		rc = loads ? load(s, rel, x, ret_n, e) : insert(x, ret_n, e);
	if (x != NULL)
		exec_close(&x);
	rc = tx_statement_end(s, &env, rc, e);
	catalog_release(c);
	return rc;
}

int
table_as_command(struct utility *u, struct err *e)
{
	const struct cmd_create_table_as *c = (const struct cmd_create_table_as *) u->a->stmt->command;
	struct making m = { .cmd = c->table };
	uint64_t n = 0;

	int rc = session_ddl(u->s, u->arena, make_table, &m, e);
	if (rc != ERR_OK)
		return rc;
	if (m.oid == 0)                 /* IF NOT EXISTS */
		return ERR_OK;
	if (c->with_data)
		rc = run_write(u, m.oid, make_insert, c->query, &n, e);
	if (c->table->on_commit == 'd' || c->table->on_commit == 'D')
		temp_on_commit(u->s, c->table->name, c->table->on_commit);
	if (c->with_data)
		snprintf(u->tag, sizeof u->tag, "SELECT %" PRIu64, n);
	return rc;
}

/* -- REFRESH MATERIALIZED VIEW ------------------------------------------------------------------------- */
static int
run_refresh(struct ddl_env *env, void *arg, struct err *e)
{
	return ddl_execute(env, arg, e);
}

int
refresh_command(struct utility *u, struct err *e)
{
	const struct cmd_refresh *c = (const struct cmd_refresh *) u->a->stmt->command;
	uint64_t n;

	int rc = session_ddl(u->s, u->arena, run_refresh, (void *) (uintptr_t) c, e);
	if (rc == ERR_OK && c->concurrently)
		rc = run_write(u, c->rel->o.oid, make_delete, NULL, &n, e);
	if (rc == ERR_OK && c->with_data)
		rc = run_write(u, c->rel->o.oid, make_insert, u->a->stmt->query, &n, e);
	return rc;
}

/* -- Temporary tables ---------------------------------------------------------------------------------- */
static int
run_ddl(struct ddl_env *env, void *arg, struct err *e)
{
	return ddl_execute(env, arg, e);
}

static int
drop_schema(struct session *s, oid_t oid, struct err *e)
{
	ARENA_AUTO struct arena a = { 0 };
	struct object_ref ref = { .kind = OBJECT_SCHEMA, .oid = oid };
	struct cmd_drop drop = { .c = { .kind = CMD_DROP, .tag = "DROP SCHEMA" }, .cascade = true };
	list_push(&drop.objects, &a, &ref);
	s->quiet = true;                /* nobody asked, nobody is told what went with it */
	int rc = session_ddl(s, &a, run_ddl, &drop, e);
	s->quiet = false;
	return rc;
}

/* Drop everything of the temporary schema, and the schema. */
int
session_drop_temp(struct session *s, struct err *e)
{
	const oid_t *path;

	(void) session_search_path(s, true, &path);
	return s->temp_schema == 0 ? ERR_OK : drop_schema(s, s->temp_schema, e);
}

/* -- ON COMMIT DROP and DELETE ROWS ------------------------------------------------------------------------ */
void
temp_on_commit(struct session *s, const char *name, char what)
{
	struct catalog *c = session_catalog(s);
	const oid_t *path;

	(void) session_search_path(s, true, &path);
	const struct relation *r = catalog_relation(c, s->temp_schema, name);
	if (r != NULL) {
		struct temp_table *t = calloc(1, sizeof *t);
		if (t == NULL)
			abort();
		*t = (struct temp_table) { .oid = r->o.oid, .what = what, .next = s->temp_tables };
		s->temp_tables = t;
	}
	catalog_release(c);
}

static int
end_temp_table(struct session *s, const struct catalog *c, const struct temp_table *t, struct err *e)
{
	ARENA_AUTO struct arena a = { 0 };
	const struct relation *r = catalog_relation_by_oid(c, t->oid);
	struct object_ref ref = { .kind = OBJECT_TABLE, .oid = t->oid };
	struct cmd_drop drop = { .c = { .kind = CMD_DROP, .tag = "DROP TABLE" }, .cascade = true };
	struct cmd_tables truncate = { .c = { .kind = CMD_TRUNCATE, .tag = "TRUNCATE TABLE" } };

	if (r == NULL)                  /* dropped, or never committed */
		return ERR_OK;
	list_push(&drop.objects, &a, &ref);
	list_push(&truncate.tables, &a, r);
	s->quiet = true;
	int rc = session_ddl(s, &a, run_ddl, t->what == 'D' ? &drop.c : &truncate.c, e);
	s->quiet = false;
	return rc;
}

int
temp_before_commit(struct session *s, struct err *e)
{
	int rc = ERR_OK;

	for (struct temp_table **at = &s->temp_tables; rc == ERR_OK && s->txn != NULL && *at != NULL; ) {
		struct temp_table *t = *at;
		struct catalog *c = session_catalog(s);
		bool there = catalog_relation_by_oid(c, t->oid) != NULL;
		rc = end_temp_table(s, c, t, e);
		catalog_release(c);
		if (rc == ERR_OK && (t->what == 'D' || !there)) {
			*at = t->next;
			free(t);
		} else {
			at = &t->next;
		}
	}
	return rc;
}

void
temp_forget(struct session *s)
{
	while (s->temp_tables != NULL) {
		struct temp_table *t = s->temp_tables;
		s->temp_tables = t->next;
		free(t);
	}
}

/* -- What a crash has left ------------------------------------------------------------------------------------ */
int
temp_drop_leftovers(struct session *s, struct err *e)
{
	struct catalog *c = catalog_current(s->catalog);
	int rc = ERR_OK;

	for (int i = 0; rc == ERR_OK && i < catalog_count(c, OBJ_SCHEMA); i++) {
		const struct object *o = catalog_at(c, OBJ_SCHEMA, i);
		if (strncmp(o->name, "pg_temp_", 8) != 0)
			continue;
		rc = tx_begin(s, e);
		if (rc == ERR_OK)
			rc = drop_schema(s, o->oid, e);
		if (rc == ERR_OK)
			rc = tx_end_command(s, e);
	}
	catalog_release(c);
	return rc;
}
