/* ddl_view.c - CREATE VIEW, CREATE TABLE AS, SELECT INTO, CREATE and REFRESH MATERIALIZED VIEW. */
#include "config.h"
#include "translate/utility.h"

#include <string.h>

/* Result columns as column definitions, with the names the user gave. */
static int
result_columns(struct binder *b, struct query *q, size_t n, PgQuery__Node *const *names,
	       const char *what, struct list *to)
{
	size_t k = 0;

	for (int i = 0; i < q->targets.n; i++) {
		struct target *t = LIST_AT(struct target, &q->targets, i);
		struct def_column *d = ARENA_NEW(b->arena, struct def_column);

		if (t->hidden)
			continue;
		d->name = k < n ? node_str(names[k]) : t->name;
		t->name = d->name; /* the query's text says it */
		d->type = t->expr->type;
		d->typmod = t->expr->typmod;
		d->collation = t->expr->collation;
		k++;
		if (d->type->kind == TYPE_PSEUDO)
			return bind_error(b, 0, ERR_INVALID_TABLE_DEFINITION,
					  "column \"%s\" has pseudo-type %s", d->name,
					  type_show(b, d->type));
		for (int j = 0; j < to->n; j++)
			if (strcmp(LIST_AT(struct def_column, to, j)->name, d->name) == 0)
				return bind_error(b, 0, ERR_DUPLICATE_COLUMN,
						  "column \"%s\" specified more than once",
						  d->name);
		list_push(to, b->arena, d);
	}
	if (k < n)
		return bind_error(b, 0, ERR_SYNTAX_ERROR,
				  "%s specifies more column names than columns", what);
	return ERR_OK;
}

static const char *
query_text(struct binder *b, const struct query *q)
{
	struct strbuf s;

	strbuf_init(&s, b->arena);
	sql_deparse_query(&s, q, b->catalog);
	return s.data;
}

static int
visit_param(struct expr *x, void *arg)
{
	(void) arg;
	return x->kind == EXPR_PARAM ? x->position + 1 : 0;
}

/* Is a temporary relation in FROM, here or below? */
static bool
names_temporary(const struct query *q)
{
	for (int i = 0; i < q->ranges.n; i++) {
		const struct range *r = LIST_AT(struct range, &q->ranges, i);

		if ((r->rel != NULL && r->rel->persistence == 't') ||
		    (r->sub != NULL && names_temporary(r->sub)))
			return true;
	}
	for (int i = 0; i < q->ctes.n; i++)
		if (names_temporary(LIST_AT(struct cte, &q->ctes, i)->query))
			return true;
	return (q->left != NULL && names_temporary(q->left)) ||
	       (q->right != NULL && names_temporary(q->right));
}

static int
visit_temporary(struct expr *x, void *arg)
{
	(void) arg;
	return x->kind == EXPR_SUBLINK && names_temporary(x->sub->query);
}

static bool
uses_temporary(struct query *q)
{
	return query_walk(q, visit_temporary, NULL) != 0 || names_temporary(q);
}

int
bind_create_view(struct binder *b, const PgQuery__ViewStmt *v, struct statement *st)
{
	struct cmd_create_view *c = COMMAND_NEW(b, cmd_create_view, CMD_CREATE_VIEW, st);
	struct query *q;
	int rc;

	if (v->query->node_case == PG_QUERY__NODE__NODE_SELECT_STMT &&
	    v->query->select_stmt->into_clause != NULL)
		return bind_error(b, 0, ERR_FEATURE_NOT_SUPPORTED,
				  "views must not contain SELECT INTO");
	q = bind_query(b, NULL, v->query, true);
	if (q == NULL)
		return b->e->code;
	for (int i = 0; i < q->ctes.n; i++)
		if (LIST_AT(struct cte, &q->ctes, i)->query->kind != QUERY_SELECT)
			return bind_error(b, 0, ERR_FEATURE_NOT_SUPPORTED,
					  "views must not contain data-modifying statements in "
					  "WITH");
	int param = query_walk(q, visit_param, NULL);
	if (param != 0)
		return bind_error(b, param - 1, ERR_UNDEFINED_PARAMETER,
				  "there is no parameter $1");
	PgQuery__RangeVar name = *v->view;
	char persistence = given(name.relpersistence) ? name.relpersistence[0] : 'p';

	c->by_use = persistence != 't' && uses_temporary(q);
	if (c->by_use)
		name.relpersistence = arena_strdup(b->arena, "t");
	c->schema = create_schema_oid(b, &name, &c->persistence);
	if (c->schema == 0)
		return b->e->code;
	c->name = name.relname;
	c->replace = v->replace;
	rc = result_columns(b, q, v->n_aliases, v->aliases, "CREATE VIEW", &c->columns);
	if (rc != ERR_OK)
		return rc;
	c->view_sql = query_text(b, q);
	c->check_option =
		v->with_check_option == PG_QUERY__VIEW_CHECK_OPTION__LOCAL_CHECK_OPTION      ? 1
		: v->with_check_option == PG_QUERY__VIEW_CHECK_OPTION__CASCADED_CHECK_OPTION ? 2
											     : 0;
	rc = bind_options(b, OPTIONS_VIEW, v->n_options, v->options, &c->options);
	if (rc != ERR_OK)
		return rc;
	const int option = take_check_option(&c->options);
	if (option != 0 && c->check_option != 0)
		return bind_error(b, 0, ERR_INVALID_PARAMETER_VALUE,
				  "parameter \"check_option\" specified more than once");
	if (option != 0)
		c->check_option = option;
	return c->check_option != 0 ? check_option_query(b, q) : ERR_OK;
}

static bool
reads_only(const struct query *q)
{
	for (int i = 0; i < q->ctes.n; i++)
		if (LIST_AT(struct cte, &q->ctes, i)->query->kind != QUERY_SELECT)
			return false;
	return true;
}

/* -- CREATE TABLE AS ----------------------------------------------------------- */
static int
create_as(struct binder *b, struct query *q, const PgQuery__IntoClause *into, bool matview,
	  bool if_not_exists, struct statement *st)
{
	struct cmd_create_table_as *c =
		COMMAND_NEW(b, cmd_create_table_as, CMD_CREATE_TABLE_AS, st);
	struct cmd_create_table *t = ARENA_NEW(b->arena, struct cmd_create_table);
	int rc;

	st->kind = STMT_CREATE_TABLE_AS;
	st->query = q;
	c->query = q;
	c->table = t;
	c->with_data = !into->skip_data;
	t->c = c->c;
	t->c.kind = CMD_CREATE_TABLE;
	t->schema = create_schema_oid(b, into->rel, &t->persistence);
	if (t->schema == 0 || bind_tablespace(b, into->table_space_name) != ERR_OK)
		return b->e->code;
	t->name = into->rel->relname;
	t->if_not_exists = if_not_exists;
	t->access_method = given(into->access_method) ? into->access_method : NULL;
	t->on_commit = into->on_commit == PG_QUERY__ON_COMMIT_ACTION__ONCOMMIT_DELETE_ROWS     ? 'd'
		       : into->on_commit == PG_QUERY__ON_COMMIT_ACTION__ONCOMMIT_DROP          ? 'D'
		       : into->on_commit == PG_QUERY__ON_COMMIT_ACTION__ONCOMMIT_PRESERVE_ROWS ? 'p'
											       : 0;
	rc = result_columns(b, q, into->n_col_names, into->col_names,
			    matview ? "CREATE MATERIALIZED VIEW" : "CREATE TABLE AS", &t->columns);
	if (rc != ERR_OK) {
		if (b->e->code == ERR_SYNTAX_ERROR) {
			err_init(b->e);
			bind_error(b, 0, ERR_SYNTAX_ERROR, "too many column names were specified");
		}
		return b->e->code;
	}
	if (matview)
		t->matview_sql = query_text(b, q);
	t->populated = c->with_data;
	rc = params_check(b, q);
	return rc == ERR_OK ? bind_options(b, OPTIONS_TABLE, into->n_options, into->options, &t->options) : rc;
}

int
bind_create_as(struct binder *b, const PgQuery__CreateTableAsStmt *c, struct statement *st)
{
	bool matview = c->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW;

	if (c->query->node_case == PG_QUERY__NODE__NODE_EXECUTE_STMT) {
		bind_unsupported(b, 0, "CREATE TABLE AS EXECUTE", "Write the query itself.");
		return b->e->code;
	}
	struct query *q = bind_query(b, NULL, c->query, true);
	if (q == NULL)
		return b->e->code;
	if (matview) {
		int param = query_walk(q, visit_param, NULL);

		if (param != 0)
			return bind_error(b, 0, ERR_FEATURE_NOT_SUPPORTED,
					  "materialized views may not be defined using bound "
					  "parameters");
		if (q->kind != QUERY_SELECT || !reads_only(q))
			return bind_error(b, 0, ERR_FEATURE_NOT_SUPPORTED,
					  "materialized views must not use data-modifying "
					  "statements in WITH");
		if (uses_temporary(q))
			return bind_error(b, 0, ERR_FEATURE_NOT_SUPPORTED,
					  "materialized views must not use temporary tables or "
					  "views");
	}
	return create_as(b, q, c->into, matview, c->if_not_exists, st);
}

int
bind_select_into(struct binder *b, Node *n, struct statement *st)
{
	PgQuery__SelectStmt plain = *n->select_stmt;

	plain.into_clause = NULL;
	struct query *q = bind_select(b, NULL, &plain, true);
	return q != NULL ? create_as(b, q, n->select_stmt->into_clause, false, false, st)
			 : b->e->code;
}

int
bind_refresh(struct binder *b, const PgQuery__RefreshMatViewStmt *r, struct statement *st)
{
	const struct relation *rel = bind_relation(b, r->relation);

	if (rel == NULL) {
		b->e->position = 0;
		return b->e->code;
	}
	if (rel->kind != REL_MATVIEW && rel->kind != REL_TABLE)
		return bind_error(b, 0, ERR_WRONG_OBJECT_TYPE,
				  "\"%s\" is not a table or materialized view", rel->o.name);
	if (rel->kind != REL_MATVIEW)
		return bind_error(b, 0, ERR_FEATURE_NOT_SUPPORTED,
				  "\"%s\" is not a materialized view", rel->o.name);
	if (r->concurrent && r->skip_data)
		return bind_error(
			b, 0, ERR_SYNTAX_ERROR,
			"CONCURRENTLY and WITH NO DATA options cannot be used together");
	struct cmd_refresh *c = COMMAND_NEW(b, cmd_refresh, CMD_REFRESH_MATVIEW, st);
	c->rel = rel;
	c->concurrently = r->concurrent;
	c->with_data = !r->skip_data;
	if (r->skip_data)
		return ERR_OK;
	st->query = bind_view_text(b, rel, NULL);
	return st->query != NULL ? ERR_OK : b->e->code;
}
