/* fakecatalog.h - a catalog in memory for tests of translate/: no store, no transactions.
 *
 * fake_run() binds a statement and, when it is CREATE TABLE, INDEX, VIEW, SEQUENCE, SCHEMA, TYPE or
 * DOMAIN, enters the object, so that a test's schema is written as SQL.  It defines the functions
 * of core/catalog that translate/ calls; a program that includes it links without that folder.
 *
 * Owner     one static arena.  Thread: one.  Failure: bails out. */
#ifndef REGRESS_UNIT_FAKECATALOG_H
#define REGRESS_UNIT_FAKECATALOG_H

#include <stdlib.h>

#include "regress/unit/tap.h"
#include "translate/graph/funcs.h"
#include "translate/translate.h"

static struct arena fake_arena;
static struct list fake_schemas, fake_relations, fake_types;    /* schema, relation, user_type */
static oid_t fake_next_oid = OID_FIRST_USER;

static const struct schema fake_builtin_schemas[] = {
	{ { .class = OBJ_SCHEMA, .oid = OID_PG_CATALOG, .name = "pg_catalog" } },
	{ { .class = OBJ_SCHEMA, .oid = OID_PUBLIC, .name = "public" } },
	{ { .class = OBJ_SCHEMA, .oid = OID_INFORMATION_SCHEMA, .name = "information_schema" } },
};
static const struct role fake_role = { .o = { .class = OBJ_ROLE, .oid = OID_BOOTSTRAP_ROLE, .name = "postgres" }, .superuser = true };

/* -- What core/catalog answers --------------------------------------------------------------- */
const struct schema *
catalog_schema_by_oid(const struct catalog *c, oid_t oid)
{
	(void) c;
	for (unsigned i = 0; i < ARRAY_LEN(fake_builtin_schemas); i++)
		if (fake_builtin_schemas[i].o.oid == oid)
			return &fake_builtin_schemas[i];
	for (int i = 0; i < fake_schemas.n; i++)
		if (LIST_AT(struct schema, &fake_schemas, i)->o.oid == oid)
			return fake_schemas.at[i];
	return NULL;
}

const struct schema *
catalog_schema(const struct catalog *c, const char *name)
{
	(void) c;
	for (unsigned i = 0; i < ARRAY_LEN(fake_builtin_schemas); i++)
		if (strcmp(fake_builtin_schemas[i].o.name, name) == 0)
			return &fake_builtin_schemas[i];
	for (int i = 0; i < fake_schemas.n; i++)
		if (strcmp(LIST_AT(struct schema, &fake_schemas, i)->o.name, name) == 0)
			return fake_schemas.at[i];
	return NULL;
}

const struct relation *
catalog_relation(const struct catalog *c, oid_t schema, const char *name)
{
	(void) c;
	for (int i = 0; i < fake_relations.n; i++) {
		const struct relation *r = LIST_AT(struct relation, &fake_relations, i);

		if (r->o.schema == schema && strcmp(r->o.name, name) == 0)
			return r;
	}
	return NULL;
}

const struct relation *
catalog_relation_by_oid(const struct catalog *c, oid_t oid)
{
	(void) c;
	for (int i = 0; i < fake_relations.n; i++)
		if (LIST_AT(struct relation, &fake_relations, i)->o.oid == oid)
			return fake_relations.at[i];
	return NULL;
}

const struct type *
catalog_type(const struct catalog *c, oid_t oid)
{
	const struct type *t = type_builtin(oid);

	(void) c;
	for (int i = 0; t == NULL && i < fake_types.n; i++) {
		const struct user_type *u = LIST_AT(struct user_type, &fake_types, i);

		t = u->type->oid == oid ? u->type : u->array != NULL && u->array->oid == oid ? u->array : NULL;
	}
	return t;
}

const struct type *
catalog_type_by_name(const struct catalog *c, oid_t schema, const char *name)
{
	(void) c;
	if (schema == OID_PG_CATALOG)
		return type_builtin_by_name(name);
	for (int i = 0; i < fake_types.n; i++) {
		const struct user_type *u = LIST_AT(struct user_type, &fake_types, i);

		if (u->o.schema == schema && strcmp(u->o.name, name) == 0)
			return u->type;
	}
	return NULL;
}

const struct object *
catalog_object(const struct catalog *c, enum object_class class, oid_t oid)
{
	(void) c;
	for (int i = 0; class == OBJ_TYPE && i < fake_types.n; i++)
		if (LIST_AT(struct user_type, &fake_types, i)->type->oid == oid)
			return &LIST_AT(struct user_type, &fake_types, i)->o;
	return NULL;
}

const struct role *
catalog_role(const struct catalog *c, const char *name)
{
	(void) c;
	return strcmp(name, "postgres") == 0 ? &fake_role : NULL;
}

const struct database *
catalog_database(const struct catalog *c, const char *name)
{
	(void) c;
	(void) name;
	return NULL;
}

int
catalog_functions(const struct catalog *c, oid_t schema, const char *name, int *ret_first)
{
	(void) c, (void) schema, (void) name;
	*ret_first = 0;
	return 0;
}

const struct function *
catalog_function(const struct catalog *c, int i)
{
	(void) c, (void) i;
	return NULL;
}

const struct function *
catalog_function_by_oid(const struct catalog *c, oid_t oid)
{
	(void) c, (void) oid;
	return NULL;
}

int
catalog_count(const struct catalog *c, enum object_class class)
{
	(void) c;
	return class == OBJ_RELATION ? fake_relations.n : 0;
}

const struct object *
catalog_at(const struct catalog *c, enum object_class class, int i)
{
	(void) c;
	return class == OBJ_RELATION ? &LIST_AT(struct relation, &fake_relations, i)->o : NULL;
}

const struct column *
relation_column(const struct relation *r, const char *name)
{
	for (int i = 0; i < r->ncols; i++)
		if (!r->cols[i].dropped && strcmp(r->cols[i].name, name) == 0)
			return &r->cols[i];
	return NULL;
}

const struct sysrel *
relation_sysrel(const struct relation *r)
{
	return r->sys;
}

/* Graph requests are not what these tests are about, and would pull in the executor. */
int
graph_inline(struct binder *b, struct range *r)
{
	(void) b;
	(void) r;
	return ERR_OK;
}

/* -- Entering objects -------------------------------------------------------------------------- */
static struct relation *
fake_relation(char kind, oid_t schema, const char *name)
{
	struct relation *r = ARENA_NEW(&fake_arena, struct relation);

	r->o = (struct object) { .class = OBJ_RELATION, .oid = fake_next_oid++, .schema = schema, .owner = OID_BOOTSTRAP_ROLE,
	                         .name = arena_strdup(&fake_arena, name) };
	r->kind = kind;
	r->persistence = 'p';
	r->access_method = "heap";
	list_push(&fake_relations, &fake_arena, r);
	return r;
}

static struct column *
fake_columns(struct relation *r, const struct list *defs)
{
	struct column *cols = ARENA_ARRAY(&fake_arena, struct column, defs->n);

	r->ncols = defs->n;
	r->cols = cols;
	for (int i = 0; i < defs->n; i++) {
		const struct def_column *d = LIST_AT(struct def_column, defs, i);

		cols[i] = (struct column) { .name = arena_strdup(&fake_arena, d->name), .attnum = (int16_t) (i + 1), .type = d->type,
		                            .typmod = d->typmod, .collation = d->collation, .not_null = d->not_null,
		                            .identity = d->identity, .generated = d->generated_sql != NULL ? 's' : 0 };
		const char *text = d->generated_sql != NULL ? d->generated_sql : d->default_sql;
		cols[i].default_sql = text != NULL ? arena_strdup(&fake_arena, text) : NULL;
		if (d->serial || d->identity != 0) {
			struct relation *seq = fake_relation(REL_SEQUENCE, r->o.schema,
			                                     arena_printf(&fake_arena, "%s_%s_seq", r->o.name, d->name));

			cols[i].sequence = seq->o.oid;
			if (d->serial)
				cols[i].default_sql = arena_printf(&fake_arena, "nextval('%s'::regclass)", seq->o.name);
		}
	}
	return cols;
}

static int16_t
fake_attnum(const struct relation *r, const char *name)
{
	const struct column *c = relation_column(r, name);

	if (c == NULL)
		bail("no column %s", name);
	return c->attnum;
}

static const struct index *
fake_index(struct relation *r, const char *name, bool unique, bool primary, int n, const struct index_column *cols, const char *where)
{
	struct index *ix = ARENA_NEW(&fake_arena, struct index);
	const struct index **all = ARENA_ARRAY(&fake_arena, const struct index *, r->nindexes + 1);
	struct relation *self = fake_relation(REL_INDEX, r->o.schema, name);

	ix->o = self->o;
	ix->table = r;
	ix->table_oid = r->o.oid;
	ix->kind = "btree";
	ix->unique = unique;
	ix->primary = primary;
	ix->state = INDEX_VALID;
	ix->nkeys = ix->ncols = n;
	ix->cols = arena_dup(&fake_arena, cols, (size_t) n * sizeof *cols);
	ix->where_sql = where != NULL ? arena_strdup(&fake_arena, where) : NULL;
	self->index = ix;
	if (r->nindexes > 0)
		memcpy(all, r->indexes, (size_t) r->nindexes * sizeof *all);
	all[r->nindexes++] = ix;
	r->indexes = all;
	if (primary)
		r->primary = ix;
	return ix;
}

static void
fake_constraint(struct relation *r, const struct def_constraint *d)
{
	struct constraint *all = ARENA_ARRAY(&fake_arena, struct constraint, r->nconstraints + 1), *c;

	if (r->nconstraints > 0)
		memcpy(all, r->constraints, (size_t) r->nconstraints * sizeof *all);
	c = &all[r->nconstraints++];
	c->oid = fake_next_oid++;
	c->type = d->type;
	c->name = d->name != NULL ? arena_strdup(&fake_arena, d->name) :
	          arena_printf(&fake_arena, "%s_%s", r->o.name, d->type == CON_PRIMARY ? "pkey" : d->type == CON_CHECK ? "check" :
	          d->type == CON_FOREIGN ? "fkey" : "key");
	c->check_sql = d->check_sql != NULL ? arena_strdup(&fake_arena, d->check_sql) : NULL;
	c->validated = true;
	c->ncols = d->columns.n;
	int16_t *cols = ARENA_ARRAY(&fake_arena, int16_t, c->ncols);
	struct index_column keys[INDEX_COLS_MAX] = { 0 };
	for (int i = 0; i < c->ncols; i++) {
		cols[i] = keys[i].attnum = fake_attnum(r, d->columns.at[i]);
		keys[i].type = r->cols[cols[i] - 1].type;
		if (d->type == CON_PRIMARY)
			((struct column *) (uintptr_t) r->cols)[cols[i] - 1].not_null = true;
	}
	c->cols = cols;
	r->constraints = all;
	if (d->type == CON_PRIMARY || d->type == CON_UNIQUE)
		c->index = fake_index(r, c->name, true, d->type == CON_PRIMARY, c->ncols, keys, NULL)->o.oid;
}

static void
fake_row_type(struct relation *r)
{
	struct user_type *u = ARENA_NEW(&fake_arena, struct user_type);
	struct type_attr *attrs = ARENA_ARRAY(&fake_arena, struct type_attr, r->ncols);
	struct type *t;

	for (int i = 0; i < r->ncols; i++)
		attrs[i] = (struct type_attr) { r->cols[i].name, r->cols[i].type, r->cols[i].typmod };
	t = type_make_composite(&fake_arena, fake_next_oid++, r->o.name, r->o.schema, r->o.oid, attrs, r->ncols);
	u->array = type_make_array(&fake_arena, fake_next_oid++, arena_printf(&fake_arena, "_%s", r->o.name), t);
	t->array = u->array->oid;
	u->type = t;
	u->o = (struct object) { .class = OBJ_TYPE, .oid = t->oid, .schema = r->o.schema, .name = r->o.name };
	r->row_type = t->oid;
	r->row_type_array = u->array->oid;
	list_push(&fake_types, &fake_arena, u);
}

static void
fake_type(struct type *t, const struct cmd_create_domain *d)
{
	struct user_type *u = ARENA_NEW(&fake_arena, struct user_type);

	u->array = type_make_array(&fake_arena, fake_next_oid++, arena_printf(&fake_arena, "_%s", t->name), t);
	t->array = u->array->oid;
	u->type = t;
	u->o = (struct object) { .class = OBJ_TYPE, .oid = t->oid, .schema = t->schema, .name = t->name };
	if (d != NULL) {
		struct domain_rule *rules = ARENA_ARRAY(&fake_arena, struct domain_rule, d->checks.n);

		u->not_null = d->not_null;
		u->nchecks = d->checks.n;
		u->checks = rules;
		for (int i = 0; i < d->checks.n; i++)
			rules[i] = (struct domain_rule) { fake_next_oid++, arena_printf(&fake_arena, "%s_check", t->name),
			                                  arena_strdup(&fake_arena, LIST_AT(struct def_constraint, &d->checks, i)->check_sql), true };
	}
	list_push(&fake_types, &fake_arena, u);
}

static void
fake_enum(const struct cmd_create_enum *c)
{
	struct enum_label *labels = ARENA_ARRAY(&fake_arena, struct enum_label, c->labels.n);
	oid_t oid = fake_next_oid++;

	for (int i = 0; i < c->labels.n; i++)
		labels[i] = (struct enum_label) { fake_next_oid++, (float) i, arena_strdup(&fake_arena, c->labels.at[i]) };
	fake_type(type_make_enum(&fake_arena, oid, arena_strdup(&fake_arena, c->name), c->schema, labels, c->labels.n), NULL);
}

static void
fake_table(const struct cmd_create_table *c)
{
	struct relation *r = fake_relation(c->c.kind == CMD_CREATE_COMPOSITE ? REL_COMPOSITE : REL_TABLE, c->schema, c->name);

	fake_columns(r, &c->columns);
	for (int i = 0; i < c->constraints.n; i++)
		fake_constraint(r, LIST_AT(struct def_constraint, &c->constraints, i));
	fake_row_type(r);
}

static void
fake_create_index(const struct cmd_create_index *c)
{
	struct index_column keys[INDEX_COLS_MAX] = { 0 };
	struct relation *r = (struct relation *) (uintptr_t) c->rel;

	for (int i = 0; i < c->columns.n; i++) {
		const struct def_index_column *d = LIST_AT(struct def_index_column, &c->columns, i);

		keys[i].attnum = d->name != NULL ? fake_attnum(r, d->name) : 0;
		keys[i].expr_sql = d->expr_sql != NULL ? arena_strdup(&fake_arena, d->expr_sql) : NULL;
		keys[i].type = d->type;
	}
	fake_index(r, c->name != NULL ? c->name : "idx", c->unique, false, c->columns.n, keys, c->where_sql);
}

static void
fake_view(const struct cmd_create_view *c)
{
	struct relation *r = fake_relation(REL_VIEW, c->schema, c->name);

	fake_columns(r, &c->columns);
	r->view_sql = arena_strdup(&fake_arena, c->view_sql);
	fake_row_type(r);
}

static void
fake_enter(const struct command *c)
{
	struct schema *s;

	switch (c->kind) {
	case CMD_CREATE_COMPOSITE:
	case CMD_CREATE_TABLE: fake_table((const struct cmd_create_table *) c); break;
	case CMD_CREATE_INDEX: fake_create_index((const struct cmd_create_index *) c); break;
	case CMD_CREATE_VIEW:  fake_view((const struct cmd_create_view *) c); break;
	case CMD_CREATE_ENUM:  fake_enum((const struct cmd_create_enum *) c); break;
	case CMD_CREATE_SEQUENCE: {
		const struct cmd_create_sequence *q = (const struct cmd_create_sequence *) c;

		fake_relation(REL_SEQUENCE, q->schema, q->name);
		break;
	}
	case CMD_CREATE_DOMAIN: {
		const struct cmd_create_domain *d = (const struct cmd_create_domain *) c;

		fake_type(type_make_domain(&fake_arena, fake_next_oid++, arena_strdup(&fake_arena, d->name), d->schema, d->base, d->typmod), d);
		break;
	}
	case CMD_CREATE_SCHEMA:
		s = ARENA_NEW(&fake_arena, struct schema);
		s->o = (struct object) { .class = OBJ_SCHEMA, .oid = fake_next_oid++,
		                         .name = arena_strdup(&fake_arena, ((const struct cmd_create_schema *) c)->name) };
		list_push(&fake_schemas, &fake_arena, s);
		break;
	default:
		break;
	}
}

/* -- Names of values of type regclass ... ------------------------------------------------------- */
static int
fake_lookup(const struct name_resolver *n, oid_t regtype, const char *text, oid_t *ret, struct err *e)
{
	const struct relation *r = catalog_relation(NULL, OID_PUBLIC, text);

	(void) n;
	if (regtype == OID_REGTYPE && type_builtin_by_name(text) != NULL) {
		*ret = type_builtin_by_name(text)->oid;
		return ERR_OK;
	}
	if (regtype != OID_REGCLASS || r == NULL)
		return err_set(e, ERR_UNDEFINED_TABLE, "relation \"%s\" does not exist", text);
	*ret = r->o.oid;
	return ERR_OK;
}

static void
fake_show(const struct name_resolver *n, oid_t regtype, oid_t value, struct strbuf *out)
{
	const struct relation *r = catalog_relation_by_oid(NULL, value);

	(void) n;
	(void) regtype;
	strbuf_puts(out, r != NULL ? r->o.name : "-");
}

static const struct name_resolver fake_names = { fake_lookup, fake_show };

/* -- Binding --------------------------------------------------------------------------------------- */
struct fake_env { struct bind_env env; struct type_env type; };

static void
fake_env_init(struct fake_env *f, struct arena *a, bool params)
{
	*f = (struct fake_env) { .type = { .arena = a, .fmt = &fmt_default, .names = &fake_names } };
	f->env = (struct bind_env) { .arena = a, .type = &f->type, .allow_params = params };
}

static int
fake_bind(struct fake_env *f, const char *sql, struct statement **ret, struct err *e)
{
	struct list stmts;
	int rc = sql_parse(f->env.arena, sql, &stmts, e);

	if (rc != ERR_OK)
		return rc;
	if (stmts.n == 0) {
		*ret = NULL;
		return ERR_OK;
	}
	f->env.text = sql;
	return sql_bind(&f->env, LIST_AT(struct raw_stmt, &stmts, 0), ret, e);
}

/* A statement of the test's schema. */
static inline void
fake_run(const char *sql)
{
	struct fake_env f;
	struct statement *st;
	struct err e = { 0 };

	fake_env_init(&f, &fake_arena, false);
	if (fake_bind(&f, sql, &st, &e) != ERR_OK)
		bail("%s: %s", sql, e.message);
	if (st != NULL && st->command != NULL)
		fake_enter(st->command);
}

#endif
