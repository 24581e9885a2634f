/* define.c - objects as the SQL that makes them: pg_get_indexdef, pg_get_constraintdef, ... */
#include "config.h"
#include "core/syscat/funcs.h"

#include "core/catalog/partition.h"
#include "core/func/opclass.h"
#include "core/func/session_api.h"
#include "core/func/textual.h"
#include "core/query/expr.h"
#include "core/syscat/oids.h"
#include "core/type/collation.h"

int
text_result(struct fcall *c, const char *s, union datum *ret, bool *ret_null)
{
	*ret_null = s == NULL;
	if (s != NULL)
		*ret = datum_bytes(bytes_make(c->env->type.arena, s, strlen(s)));
	return ERR_OK;
}

static void
put_name(struct strbuf *to, const char *name)
{
	put_ident(to, name, strlen(name));
}

/* Does its name alone find it? */
static bool
is_visible(const struct exec_env *env, const struct relation *r)
{
	const struct session_api *api = env->session;
	const oid_t *path;
	int n = api == NULL ? 0 : api->search_path(api->self, true, &path);

	for (int i = 0; i < n; i++)
		if (path[i] == r->o.schema || catalog_relation(env->catalog, path[i], r->o.name) != NULL)
			return path[i] == r->o.schema;
	return r->o.schema == OID_PG_CATALOG;
}

static void
put_qualified(struct strbuf *to, const struct exec_env *env, const struct relation *r, bool always)
{
	const struct schema *s = catalog_schema_by_oid(env->catalog, r->o.schema);

	if (s != NULL && (always || !is_visible(env, r))) {
		put_name(to, s->o.name);
		strbuf_putc(to, '.');
	}
	put_name(to, r->o.name);
}

/* A text of the catalog as the user's search path shows it; sql NULL: of the view. */
static const char *
shown(const struct exec_env *env, oid_t rel, const char *sql)
{
	const struct session_api *api = env->session;
	const struct relation *r = catalog_relation_by_oid(env->catalog, rel);

	if (api != NULL && api->show_sql != NULL)
		return api->show_sql(api->self, env->type.arena, env->catalog, r == NULL ? 0 : rel, sql);
	return sql != NULL || r == NULL ? sql : r->view_sql;
}

/* -- Indexes ------------------------------------------------------------------------------------------- */

/* The byte after the string or name in quotes, or the parentheses, that begin here. */
static const char *
skip_nested(const char *p)
{
	const char open = *p++;

	while (*p != '\0' && *p != (open == '(' ? ')' : open))
		p = *p == '(' || *p == '\'' || *p == '"' ? skip_nested(p) : p + 1;
	return *p == '\0' ? p : p + 1;
}

/* name(...), and nothing after it? */
static bool
is_call(const char *sql)
{
	const char *p = sql;

	while (*p == '"' || *p == '.' || *p == '_' || (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z'))
		p = *p == '"' ? skip_nested(p) : p + 1;
	return p > sql && *p == '(' && *skip_nested(p) == '\0';
}

/* A call stands alone, any other expression in parentheses. */
void
key_expression(struct strbuf *to, const struct exec_env *env, oid_t table, const char *kept, bool pretty)
{
	const char *sql = shown(env, table, kept);

	strbuf_printf(to, is_call(sql) ? "%s" : "(%s)", pretty ? pretty_sql(to->arena, sql) : sql);
}

/* The collation and the operator class, where they are not what the column has by itself. */
static void
put_class(struct strbuf *to, const struct index *ix, const struct index_column *c)
{
	const struct opclass *class = opclass_by_oid(c->opclass), *usual = opclass_default(ix->kind, c->type);

	if (c->collation != 0 && c->attnum > 0 && c->collation != ix->table->cols[c->attnum - 1].collation) {
		const struct collation *order = collation_by_oid(c->collation);
		strbuf_puts(to, " COLLATE ");
		put_name(to, order != NULL                     ? order->name
		             : c->collation == COLLATION_C     ? "C"
		             : c->collation == COLLATION_POSIX ? "POSIX"
		                                               : "default");
	}
	if (class != NULL && class != usual)
		strbuf_printf(to, " %s", class->name);
}

static void
put_index_column(struct strbuf *to, const struct exec_env *env, const struct index *ix, int i, bool options, bool pretty)
{
	const struct index_column *c = &ix->cols[i];

	if (c->attnum > 0)
		put_name(to, ix->table->cols[c->attnum - 1].name);
	else
		key_expression(to, env, ix->table->o.oid, c->expr_sql, pretty);
	if (!options || i >= ix->nkeys)
		return;
	put_class(to, ix, c);
	if (c->desc)
		strbuf_puts(to, " DESC");
	if (c->nulls_first != c->desc)
		strbuf_puts(to, c->nulls_first ? " NULLS FIRST" : " NULLS LAST");
}

/* WITH (a=b, c='1'): what is no identifier is a string. */
static void
put_parameters(struct strbuf *to, const struct index *ix)
{
	for (int i = 0; i < ix->noptions; i++) {
		const char *o = ix->options[i], *value = o + strcspn(o, "=");
		const bool plain = value[0] == '=' && ((value[1] | 32) >= 'a' && (value[1] | 32) <= 'z');

		strbuf_printf(to, "%s%.*s=", i == 0 ? " WITH (" : ", ", (int) (value - o), o);
		strbuf_printf(to, plain ? "%s" : "'%s'", value[0] == '=' ? value + 1 : "");
	}
	if (ix->noptions > 0)
		strbuf_putc(to, ')');
}

void
index_definition(struct strbuf *to, const struct exec_env *env, const struct index *ix, bool pretty)
{
	const char *where = ix->where_sql == NULL ? NULL : shown(env, ix->table->o.oid, ix->where_sql);

	strbuf_printf(to, "CREATE %sINDEX ", ix->unique ? "UNIQUE " : "");
	put_name(to, ix->o.name);
	strbuf_puts(to, relation_is_partitioned(ix->table) ? " ON ONLY " : " ON ");
	put_qualified(to, env, ix->table, !pretty);
	strbuf_printf(to, " USING %s (", ix->kind);
	for (int i = 0; i < ix->nkeys; i++) {
		if (i > 0)
			strbuf_puts(to, ", ");
		put_index_column(to, env, ix, i, true, pretty);
	}
	strbuf_putc(to, ')');
	for (int i = ix->nkeys; i < ix->ncols; i++) {
		strbuf_puts(to, i == ix->nkeys ? " INCLUDE (" : ", ");
		put_index_column(to, env, ix, i, false, false);
	}
	if (ix->ncols > ix->nkeys)
		strbuf_putc(to, ')');
	if (ix->nulls_not_distinct)
		strbuf_puts(to, " NULLS NOT DISTINCT");
	put_parameters(to, ix);
	if (where != NULL && pretty)
		strbuf_printf(to, " WHERE %s", pretty_sql(to->arena, where));
	else if (where != NULL)
		strbuf_printf(to, where[0] == '(' ? " WHERE %s" : " WHERE (%s)", where);
}

int
sys_get_indexdef(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	const struct relation *r = catalog_relation_by_oid(c->env->catalog, (oid_t) args[0].i);
	struct strbuf b;

	(void) nulls, (void) e;
	if (r == NULL || r->index == NULL || r->index->table == NULL)
		return text_result(c, NULL, ret, ret_null);
	bool pretty = c->nargs == 3 && args[2].i != 0;
	strbuf_init(&b, c->env->type.arena);
	if (c->nargs == 3 && args[1].i != 0) {
		if (args[1].i < 1 || args[1].i > r->index->ncols)
			return text_result(c, "", ret, ret_null);
		put_index_column(&b, c->env, r->index, (int) args[1].i - 1, false, pretty);
	} else {
		index_definition(&b, c->env, r->index, pretty);
	}
	return text_result(c, b.data, ret, ret_null);
}

/* -- Constraints ------------------------------------------------------------------------------------------ */

static void
put_columns(struct strbuf *to, const struct relation *r, int n, const int16_t *cols)
{
	strbuf_putc(to, '(');
	for (int i = 0; i < n; i++) {
		if (i > 0)
			strbuf_puts(to, ", ");
		put_name(to, r->cols[cols[i] - 1].name);
	}
	strbuf_putc(to, ')');
}

static const char *
action(char a)
{
	switch (a) {
	case 'r':
		return "RESTRICT";
	case 'c':
		return "CASCADE";
	case 'n':
		return "SET NULL";
	case 'd':
		return "SET DEFAULT";
	default:
		return NULL;
	}
}

static const struct index *
index_of(const struct relation *r, oid_t oid)
{
	for (int i = 0; i < r->nindexes; i++)
		if (r->indexes[i]->o.oid == oid)
			return r->indexes[i];
	return NULL;
}

static void
put_foreign(struct strbuf *to, const struct exec_env *env, const struct relation *r, const struct constraint *k)
{
	const struct relation *ref = catalog_relation_by_oid(env->catalog, k->ref_table);

	strbuf_puts(to, "FOREIGN KEY ");
	put_columns(to, r, k->ncols, k->cols);
	strbuf_puts(to, " REFERENCES ");
	if (ref == NULL)
		return;
	put_qualified(to, env, ref, false);
	put_columns(to, ref, k->ncols, k->ref_cols);
	if (k->match == 'f')
		strbuf_puts(to, " MATCH FULL");
	if (action(k->on_update) != NULL)
		strbuf_printf(to, " ON UPDATE %s", action(k->on_update));
	if (action(k->on_delete) != NULL)
		strbuf_printf(to, " ON DELETE %s", action(k->on_delete));
	if (k->nset > 0) {
		strbuf_putc(to, ' ');
		put_columns(to, r, k->nset, k->set_cols);
	}
}

static void
put_check(struct strbuf *to, const char *sql, bool pretty)
{
	if (pretty)
		strbuf_printf(to, "CHECK (%s)", pretty_sql(to->arena, sql));
	else
		strbuf_printf(to, sql[0] == '(' ? "CHECK (%s)" : "CHECK ((%s))", sql);
}

void
constraint_definition(struct strbuf *to, const struct exec_env *env, const struct relation *r, const struct constraint *k, bool pretty)
{
	const struct index *ix = index_of(r, k->index);

	switch (k->type) {
	case CON_FOREIGN:
		put_foreign(to, env, r, k);
		break;
	case CON_CHECK:
		put_check(to, shown(env, r->o.oid, k->check_sql), pretty);
		if (k->no_inherit)
			strbuf_puts(to, " NO INHERIT");
		break;
	default:
		strbuf_puts(to, k->type == CON_PRIMARY ? "PRIMARY KEY " : "UNIQUE ");
		if (ix != NULL && ix->nulls_not_distinct)
			strbuf_puts(to, "NULLS NOT DISTINCT ");
		put_columns(to, r, k->ncols, k->cols);
		for (int i = ix != NULL ? ix->nkeys : 0; ix != NULL && i < ix->ncols; i++) {
			strbuf_puts(to, i == ix->nkeys ? " INCLUDE (" : ", ");
			put_index_column(to, env, ix, i, false, false);
		}
		if (ix != NULL && ix->ncols > ix->nkeys)
			strbuf_putc(to, ')');
		break;
	}
	if (k->deferrable)
		strbuf_puts(to, " DEFERRABLE");
	if (k->deferred)
		strbuf_puts(to, " INITIALLY DEFERRED");
	if (!k->validated)
		strbuf_puts(to, " NOT VALID");
}

static const struct domain_rule *
domain_rule(const struct catalog *c, oid_t oid)
{
	for (int i = 0; i < catalog_count(c, OBJ_TYPE); i++) {
		const struct user_type *t = (const struct user_type *) catalog_at(c, OBJ_TYPE, i);
		for (int k = 0; k < t->nchecks; k++)
			if (t->checks[k].oid == oid)
				return &t->checks[k];
	}
	return NULL;
}

static void
put_domain_check(struct strbuf *to, const struct domain_rule *d, bool pretty)
{
	put_check(to, d->check_sql, pretty);
	if (!d->validated)
		strbuf_puts(to, " NOT VALID");
}

int
sys_get_constraintdef(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	const struct relation *r = NULL;
	const struct constraint *k = catalog_constraint_by_oid(c->env->catalog, (oid_t) args[0].i, &r);
	const struct domain_rule *d = k == NULL ? domain_rule(c->env->catalog, (oid_t) args[0].i) : NULL;
	bool pretty = c->nargs == 2 && args[1].i != 0;
	struct strbuf b;

	(void) nulls, (void) e;
	strbuf_init(&b, c->env->type.arena);
	if (k != NULL)
		constraint_definition(&b, c->env, r, k, pretty);
	else if (d != NULL)
		put_domain_check(&b, d, pretty);
	else
		return text_result(c, NULL, ret, ret_null);
	return text_result(c, b.data, ret, ret_null);
}

/* -- Expressions, views, functions ---------------------------------------------------------------------------- */

int
sys_get_expr(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	struct arena *a = c->env->type.arena;
	const char *kept = arena_strndup(a, bytes_data(args[0].b), bytes_len(args[0].b));
	const struct relation *r = catalog_relation_by_oid(c->env->catalog, (oid_t) args[1].i);

	(void) nulls, (void) e;
	if (r != NULL && r->bound != NULL && strcmp(kept, bound_text(a, c->env->catalog, r)) == 0)
		return text_result(c, kept, ret, ret_null); /* not an expression */
	const char *sql = shown(c->env, (oid_t) args[1].i, kept);
	return text_result(c, c->nargs == 3 && args[2].i != 0 ? pretty_sql(a, sql) : sql, ret, ret_null);
}

static const struct relation *
relation_argument(struct fcall *c, union datum arg, struct err *e)
{
	oid_t oid = (oid_t) arg.i;

	if (!c->arg_types[0]->byval) {
		const struct name_resolver *names = c->env->type.names;
		char *text = arena_strndup(c->env->type.arena, bytes_data(arg.b), bytes_len(arg.b));
		if (names == NULL || names->lookup(names, OID_REGCLASS, text, &oid, e) != ERR_OK)
			return NULL;
	}
	return catalog_relation_by_oid(c->env->catalog, oid);
}

int
sys_get_viewdef(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	const struct relation *r = relation_argument(c, args[0], e);
	struct strbuf b;

	(void) nulls;
	if (e->code != ERR_OK)
		return e->code;
	if (r == NULL || r->view_sql == NULL)
		return text_result(c, NULL, ret, ret_null);
	strbuf_init(&b, c->env->type.arena);
	/* A width asks for the pretty form too. */
	bool pretty = c->nargs == 2 && (c->arg_types[1]->oid == OID_INT4 || args[1].i != 0);
	const char *sql = r->sys != NULL ? r->view_sql : shown(c->env, r->o.oid, NULL);
	strbuf_printf(&b, "%s%s", pretty ? pretty_sql(c->env->type.arena, sql) : sql, sql[strlen(sql) - 1] == ';' ? "" : ";");
	return text_result(c, b.data, ret, ret_null);
}

int
sys_get_serial_sequence(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null, struct err *e)
{
	const struct relation *r = relation_argument(c, args[0], e);
	char *col = arena_strndup(c->env->type.arena, bytes_data(args[1].b), bytes_len(args[1].b));
	struct strbuf b;

	(void) nulls;
	if (e->code != ERR_OK)
		return e->code;
	const struct column *column = r == NULL ? NULL : relation_column(r, col);
	if (column == NULL)
		return err_set(e, ERR_UNDEFINED_COLUMN, "column \"%s\" of relation \"%s\" does not exist", col, r == NULL ? "" : r->o.name);
	for (int i = 0; i < catalog_count(c->env->catalog, OBJ_RELATION); i++) {
		const struct relation *s = (const struct relation *) catalog_at(c->env->catalog, OBJ_RELATION, i);
		if (s->kind != REL_SEQUENCE || s->seq == NULL || s->seq->owner_table != r->o.oid || s->seq->owner_attnum != column->attnum)
			continue;
		strbuf_init(&b, c->env->type.arena);
		put_qualified(&b, c->env, s, true);
		return text_result(c, b.data, ret, ret_null);
	}
	return text_result(c, NULL, ret, ret_null);
}
