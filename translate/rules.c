/* rules.c - expressions that the catalog keeps as text: defaults, checks, generated columns,
 * index expressions and predicates.
 *
 * They were deparsed with names resolved when they were made; here they are bound again to a
 * row of the table. */
#include "config.h"
#include "translate/bind.h"

#include "core/catalog/partition.h"

/* A binder for another text: its positions mean nothing to the client. */
struct binder
binder_for_text(struct binder *b)
{
	struct binder inner = *b;

	inner.text = NULL;
	inner.fixed_path = true;
	return inner;
}

/* Bind a parsed expression over the columns of `row` (or none) and make it have type t.
 * what: for the error of a failed assignment; NULL: an explicit conversion. */
int
bind_text_expr(struct binder *b, Node *n, struct range *row, const struct type *t, int32_t typmod,
	       enum place p, const char *what, struct expr **ret)
{
	struct scope s;
	struct expr *x, *y;

	scope_init(&s, NULL, NULL);
	s.place = p;
	if (row != NULL)
		(void) scope_add(b, &s, row, true, true);
	x = bind_expr(b, &s, n);
	if (x == NULL)
		return b->e->code;
	if (t == NULL) {
		y = resolve_unknown(b, x);
	} else {
		y = coerce_to(b, x, t, typmod, COERCE_ASSIGNMENT, 'i', 0);
		if (y == NULL && b->e->code == ERR_OK) {
			bind_error(b, x->position, ERR_DATATYPE_MISMATCH,
				   "%s is of type %s but %s expression is of type %s",
				   what != NULL ? what : "column", type_show(b, t),
				   p == PLACE_DEFAULT || p == PLACE_GENERATED ? "default" : "its",
				   type_show(b, x->type));
			err_hint(b->e, "You will need to rewrite or cast the expression.");
		}
	}
	if (y == NULL)
		return b->e->code;
	*ret = y;
	return ERR_OK;
}

struct expr *
rule_expr(struct binder *b, const char *sql, struct range *row, const struct type *t,
	  int32_t typmod, enum place p)
{
	struct binder inner = binder_for_text(b);
	const PgQuery__Node *n;
	struct expr *x;

	if (parse_expr(b->arena, sql, &n, b->e) != ERR_OK ||
	    bind_text_expr(&inner, n, row, t, typmod, p, NULL, &x) != ERR_OK)
		return NULL;
	return x;
}

/* A domain's CHECK over the value being tested. */
struct expr *
domain_rule(struct binder *b, const char *sql, struct expr *value)
{
	struct binder inner = binder_for_text(b);
	const PgQuery__Node *n;
	struct scope s;

	if (parse_expr(b->arena, sql, &n, b->e) != ERR_OK)
		return NULL;
	scope_init(&s, NULL, NULL);
	s.default_slot = value;
	return bind_where(&inner, &s, n, PLACE_DOMAIN_CHECK, "CHECK");
}

/* The next value of the column's own sequence. */
static struct expr *
next_value(struct binder *b, const struct column *c)
{
	struct expr *x = expr_new(b->arena, EXPR_NEXTVAL, type_builtin(OID_INT8), 0);

	x->col = (int) c->sequence;
	return coerce_to(b, x, c->type, c->typmod, COERCE_ASSIGNMENT, 'i', 0);
}

static int
column_rules(struct binder *b, struct table_rules *r, const struct column *c)
{
	struct expr **slot = &r->defaults[c->attnum - 1];

	if (c->generated != 0) {
		struct expr *x =
			rule_expr(b, c->default_sql, r->row, c->type, c->typmod, PLACE_GENERATED);

		r->generated[c->attnum - 1] = x;
		return x != NULL ? ERR_OK : b->e->code;
	}
	const char *sql = c->default_sql != NULL ? c->default_sql
						 : catalog_domain_default(b->catalog, c->type);
	bool own = c->sequence != 0 &&
		   (c->default_sql == NULL || strncmp(c->default_sql, "nextval(", 8) == 0);
	if (own)
		*slot = next_value(b, c);
	else if (sql != NULL)
		*slot = rule_expr(b, sql, NULL, c->type, c->typmod, PLACE_DEFAULT);
	else
		*slot = c->type->kind == TYPE_DOMAIN
				? coerce_to(b, expr_null(b->arena, type_builtin(OID_UNKNOWN)),
					    c->type, c->typmod, COERCE_IMPLICIT, 'i', 0)
				: expr_null(b->arena, c->type);
	return *slot != NULL ? ERR_OK : b->e->code;
}

static int
index_rules(struct binder *b, struct table_rules *r, int i)
{
	const struct index *ix = r->rel->indexes[i];

	for (int k = 0; k < ix->ncols; k++) {
		if (ix->cols[k].attnum != 0 || ix->cols[k].expr_sql == NULL)
			continue;
		if (r->index_exprs[i] == NULL)
			r->index_exprs[i] = ARENA_ARRAY(b->arena, struct expr *, ix->ncols);
		r->index_exprs[i][k] =
			rule_expr(b, ix->cols[k].expr_sql, r->row, NULL, -1, PLACE_INDEX_EXPR);
		if (r->index_exprs[i][k] == NULL)
			return b->e->code;
	}
	if (ix->where_sql != NULL) {
		r->index_where[i] = rule_expr(b, ix->where_sql, r->row, type_builtin(OID_BOOL), -1,
					      PLACE_INDEX_WHERE);
		if (r->index_where[i] == NULL)
			return b->e->code;
	}
	return ERR_OK;
}

static int
key_rules(struct binder *b, struct table_rules *r)
{
	const struct partition_key *key = r->rel->partkey;

	r->partition_key = ARENA_ARRAY(b->arena, struct expr *, key->ncols);
	for (int i = 0; i < key->ncols; i++) {
		const struct index_column *c = &key->cols[i];

		r->partition_key[i] =
			c->attnum != 0 ? expr_var(b->arena, r->row, c->attnum)
				       : rule_expr(b, c->expr_sql, r->row, c->type, -1,
						   PLACE_PARTITION_KEY);
		if (r->partition_key[i] == NULL)
			return b->e->code;
	}
	return ERR_OK;
}

struct table_rules *
rules_of(struct binder *b, const struct relation *rel)
{
	struct table_rules *r = ARENA_NEW(b->arena, struct table_rules);
	int rc = ERR_OK;

	r->rel = rel;
	r->row = range_table(b->arena, NULL, rel, NULL);
	r->defaults = ARENA_ARRAY(b->arena, struct expr *, rel->ncols);
	r->generated = ARENA_ARRAY(b->arena, struct expr *, rel->ncols);
	r->index_exprs = ARENA_ARRAY(b->arena, struct expr **, rel->nindexes);
	r->index_where = ARENA_ARRAY(b->arena, struct expr *, rel->nindexes);
	for (int i = 0; rc == ERR_OK && i < rel->ncols; i++)
		if (!rel->cols[i].dropped)
			rc = column_rules(b, r, &rel->cols[i]);
	for (int i = 0; rc == ERR_OK && i < rel->nconstraints; i++) {
		const struct constraint *con = &rel->constraints[i];

		if (con->type != CON_CHECK)
			continue;
		struct check_rule *c = ARENA_NEW(b->arena, struct check_rule);
		c->con = con;
		c->expr = rule_expr(b, con->check_sql, r->row, type_builtin(OID_BOOL), -1,
				    PLACE_CHECK);
		rc = c->expr != NULL ? ERR_OK : b->e->code;
		list_push(&r->checks, b->arena, c);
	}
	for (int i = 0; rc == ERR_OK && i < rel->nindexes; i++)
		rc = index_rules(b, r, i);
	if (rc == ERR_OK && relation_is_partitioned(rel))
		rc = key_rules(b, r);
	return rc == ERR_OK ? r : NULL;
}

struct binder
outside_binder(struct bind_env *env, struct err *e)
{
	return (struct binder){ .arena = env->arena, .env = env, .catalog = env->catalog, .e = e };
}

int
sql_bind_rules(struct bind_env *env, const struct relation *rel, struct table_rules **ret,
	       struct err *e)
{
	struct binder b = outside_binder(env, e);
	struct table_rules *r = rules_of(&b, rel);

	if (r == NULL)
		return e->code;
	int rc = arena_check(env->arena, e);
	if (rc == ERR_OK)
		*ret = r;
	return rc;
}

int
sql_bind_expr(struct bind_env *env, const char *sql, struct range *row, oid_t type, int32_t typmod,
	      struct expr **ret, struct err *e)
{
	struct binder b = outside_binder(env, e);
	const struct type *t = type != 0 ? type_of(&b, type) : NULL;
	struct expr *x = rule_expr(&b, sql, row, t, typmod, PLACE_OTHER);

	if (x == NULL)
		return e->code;
	int rc = arena_check(env->arena, e);
	if (rc == ERR_OK)
		*ret = x;
	return rc;
}

int
sql_respell_expr(struct bind_env *env, const char *sql, struct range *row, const struct type *value,
		 const struct catalog *to, const char **ret, struct err *e)
{
	struct binder b = outside_binder(env, e);
	struct strbuf text;
	struct expr *x;

	if (value != NULL)
		x = domain_rule(&b, sql, expr_new(b.arena, EXPR_CASE_VALUE, value, 0));
	else
		x = rule_expr(&b, sql, row, NULL, -1, PLACE_OTHER);
	if (x == NULL)
		return e->code;
	strbuf_init(&text, env->arena);
	sql_deparse_expr(&text, x, to, false);
	*ret = text.data;
	return arena_check(env->arena, e);
}

int
sql_bind_view(struct bind_env *env, const struct relation *view, struct query **ret, struct err *e)
{
	struct binder b = outside_binder(env, e);
	struct query *q = bind_view_text(&b, view, NULL);

	if (q == NULL)
		return e->code;
	for (int i = 0; i < query_visible_targets(q) && i < view->ncols; i++)
		query_column(q, i)->name = view->cols[i].name; /* they may have been renamed since */
	*ret = q;
	return arena_check(env->arena, e);
}

int
sql_bind_type(struct bind_env *env, const char *name, oid_t *ret, int32_t *ret_typmod, struct err *e)
{
	struct binder b = outside_binder(env, e);
	const PgQuery__Node *n;
	const struct type *t;
	int32_t typmod = -1;
	int rc = parse_expr(env->arena, printf_str(&b, "NULL::%s", name), &n, e);

	/* What is more than the name of a type makes another tree: NULL::int4 + 1, NULL::int4[1]. */
	if (rc != ERR_OK || n->node_case != PG_QUERY__NODE__NODE_TYPE_CAST ||
	    n->type_cast->arg->node_case != PG_QUERY__NODE__NODE_A_CONST) {
		err_init(e);
		return err_set(e, ERR_SYNTAX_ERROR, "invalid type name \"%s\"", name);
	}
	t = bind_type(&b, n->type_cast->type_name, &typmod);
	e->position = 0; /* it would point into our text */
	if (t == NULL)
		return e->code;
	*ret = t->oid;
	*ret_typmod = typmod;
	return arena_check(env->arena, e);
}
