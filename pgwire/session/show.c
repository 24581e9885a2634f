/* show.c - texts of the catalog (defaults, checks, views, bodies of functions) as the session's user reads them.
 *
 * They are kept so that they mean the same to everybody; pg_get_expr() and its like leave out the
 * schemas that the reader's search path makes superfluous.
 *
 * Also here: whether a view can be written, which its query tells. */
#include "config.h"
#include "pgwire/session/session.h"

static int
show_query(struct session *s, struct bind_env *env, const struct relation *view, struct strbuf *to, struct err *e)
{
	const oid_t *path;
	struct query *q;

	int rc = sql_bind_view(env, view, &q, e);
	int n = session_search_path(s, true, &path);
	if (rc == ERR_OK)
		sql_show_query(to, q, env->catalog, path, n);
	return rc;
}

static int
show_expr(struct session *s, struct bind_env *env, const struct relation *r, const char *sql, struct strbuf *to,
          struct err *e)
{
	struct range *row = r == NULL ? NULL
	                              : range_table(env->arena, query_new(env->arena, QUERY_SELECT, NULL), r, r->o.name);
	const oid_t *path;
	struct expr *x;

	int rc = sql_bind_expr(env, sql, row, 0, -1, &x, e);
	int n = session_search_path(s, true, &path);
	if (rc == ERR_OK)
		sql_show_expr(to, x, env->catalog, path, n);
	return rc;
}

/* What cannot be bound (it needs something that has gone) is shown as it is kept. */
const char *
session_show_sql(void *self, struct arena *a, const struct catalog *c, oid_t rel, const char *sql)
{
	const struct relation *r = rel == 0 ? NULL : catalog_relation_by_oid(c, rel);
	struct type_env te;
	struct bind_env env;
	struct strbuf to;
	struct err e = { 0 };

	session_bind_env(self, a, c, NULL, &te, &env);
	strbuf_init(&to, a);
	int rc = sql != NULL ? show_expr(self, &env, r, sql, &to, &e) : show_query(self, &env, r, &to, &e);
	return rc == ERR_OK ? to.data : sql != NULL ? sql : r->view_sql;
}

bool
session_view_writes(void *self, struct arena *a, const struct relation *view, bool *ret_columns)
{
	struct session *s = self;
	struct catalog *c = session_catalog(s);
	const struct relation *r = catalog_relation_by_oid(c, view->o.oid);
	struct type_env te;
	struct bind_env env;

	session_bind_env(s, a, c, NULL, &te, &env);
	bool can = r != NULL && r->kind == REL_VIEW && sql_view_writes(&env, r, ret_columns);
	catalog_release(c);
	return can;
}

static int
show_body(struct session *s, struct arena *a, const struct catalog *c, const struct function *f, struct strbuf *to,
          struct err *e)
{
	struct list raws = { 0 };
	const oid_t *path;
	int n = session_search_path(s, true, &path);
	int rc = sql_parse(a, f->body, &raws, e);

	for (int i = 0; i < raws.n && rc == ERR_OK; i++) {
		struct query *q;

		rc = session_bind_body(s, a, c, f, LIST_AT(const struct raw_stmt, &raws, i), &q, e);
		if (rc == ERR_OK && q == NULL)
			rc = err_set(e, ERR_INTERNAL_ERROR, "a statement of function \"%s\" is no query", f->o.name);
		if (rc == ERR_OK && i > 0)
			strbuf_putc(to, '\n');
		if (rc == ERR_OK)
			sql_show_body(to, q, c, path, n);
	}
	return rc;
}

const char *
session_show_body(void *self, struct arena *a, const struct catalog *c, const struct function *f)
{
	struct strbuf to;
	struct err e = { 0 };

	strbuf_init(&to, a);
	return show_body(self, a, c, f, &to, &e) == ERR_OK && to.len > 0 ? to.data : f->body;
}
