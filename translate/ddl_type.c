/* ddl_type.c - enums, domains, composite types.
 *
 * Not here: ranges (ddl_range.c). */
#include "config.h"
#include "translate/utility.h"

#include <string.h>

oid_t
new_type_name(struct binder *b, size_t n, PgQuery__Node *const *names, const char **ret_name)
{
	PgQuery__RangeVar rv = PG_QUERY__RANGE_VAR__INIT;
	char persistence;

	rv.relname = (char *) node_str(names[n - 1]);
	rv.schemaname = (char *) (n > 1 ? node_str(names[n - 2]) : "");
	rv.location = -1;
	*ret_name = rv.relname;
	return create_schema_oid(b, &rv, &persistence);
}

int
check_new_type(struct binder *b, oid_t schema, const char *name)
{
	if (catalog_type_by_name(b->catalog, schema, name) != NULL)
		return bind_error(b, 0, ERR_DUPLICATE_OBJECT, "type \"%s\" already exists", name);
	return ERR_OK;
}

static int
create_enum(struct binder *b, const PgQuery__CreateEnumStmt *s, struct statement *st)
{
	struct cmd_create_enum *c = COMMAND_NEW(b, cmd_create_enum, CMD_CREATE_ENUM, st);

	c->schema = new_type_name(b, s->n_type_name, s->type_name, &c->name);
	if (c->schema == 0 || check_new_type(b, c->schema, c->name) != ERR_OK)
		return b->e->code;
	for (size_t i = 0; i < s->n_vals; i++) {
		const char *label = node_str(s->vals[i]);

		if (strlen(label) > 63) {
			bind_error(b, 0, ERR_INVALID_NAME, "invalid enum label \"%s\"", label);
			return err_detail(b->e, "Labels must be 63 bytes or less.");
		}
		for (int k = 0; k < c->labels.n; k++)
			if (strcmp(c->labels.at[k], label) == 0)
				return bind_error(b, 0, ERR_UNIQUE_VIOLATION,
						  "enum label \"%s\" used more than once", label);
		list_push(&c->labels, b->arena, label);
	}
	return ERR_OK;
}

static const struct type *
existing_type(struct binder *b, size_t n, PgQuery__Node *const *names)
{
	PgQuery__TypeName tn = PG_QUERY__TYPE_NAME__INIT;
	int32_t typmod;

	tn.n_names = n;
	tn.names = (PgQuery__Node **) names;
	tn.location = -1;
	return bind_type(b, &tn, &typmod);
}

static int
alter_enum(struct binder *b, const PgQuery__AlterEnumStmt *s, struct statement *st)
{
	struct cmd_alter_enum *c = COMMAND_NEW(b, cmd_alter_enum, CMD_ALTER_ENUM, st);

	c->type = existing_type(b, s->n_type_name, s->type_name);
	if (c->type == NULL)
		return b->e->code;
	if (c->type->kind != TYPE_ENUM)
		return bind_error(b, 0, ERR_WRONG_OBJECT_TYPE, "%s is not an enum",
				  type_show(b, c->type));
	c->old_label = given(s->old_val) ? s->old_val : NULL;
	c->label = s->new_val;
	c->neighbour = given(s->new_val_neighbor) ? s->new_val_neighbor : NULL;
	c->after = s->new_val_is_after;
	c->if_not_exists = s->skip_if_new_val_exists;
	return ERR_OK;
}

/* -- Domains ------------------------------------------------------------------- */
static const char *
domain_check(struct binder *b, Node *n, const struct type *base, int32_t typmod)
{
	struct scope s;
	struct expr *value = expr_new(b->arena, EXPR_CASE_VALUE, base, 0);

	scope_init(&s, NULL, NULL);
	value->typmod = typmod;
	s.default_slot = value;
	struct expr *x = bind_where(b, &s, n, PLACE_DOMAIN_CHECK, "CHECK");
	return x != NULL ? expr_text(b, x) : NULL;
}

static int
domain_constraint(struct binder *b, struct cmd_create_domain *c, const PgQuery__Constraint *k,
		  bool *nullable)
{
	struct def_constraint *d;

	switch (k->contype) {
	case PG_QUERY__CONSTR_TYPE__CONSTR_NOTNULL:
		if (*nullable)
			return bind_error(b, 0, ERR_SYNTAX_ERROR,
					  "conflicting NULL/NOT NULL constraints");
		c->not_null = true;
		return ERR_OK;
	case PG_QUERY__CONSTR_TYPE__CONSTR_NULL:
		if (c->not_null)
			return bind_error(b, 0, ERR_SYNTAX_ERROR,
					  "conflicting NULL/NOT NULL constraints");
		*nullable = true;
		return ERR_OK;
	case PG_QUERY__CONSTR_TYPE__CONSTR_DEFAULT:
		if (c->default_sql != NULL)
			return bind_error(b, 0, ERR_SYNTAX_ERROR, "multiple default expressions");
		c->default_sql = default_text(b, k->raw_expr, c->name, c->base, c->typmod);
		return b->e->code;
	case PG_QUERY__CONSTR_TYPE__CONSTR_CHECK:
		d = ARENA_NEW(b->arena, struct def_constraint);
		d->type = CON_CHECK;
		d->name = given(k->conname) ? k->conname : NULL;
		d->check_sql = domain_check(b, k->raw_expr, c->base, c->typmod);
		list_push(&c->checks, b->arena, d);
		return b->e->code;
	default:
		return bind_error(
			b, 0, ERR_SYNTAX_ERROR, "%s constraints not possible for domains",
			k->contype == PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE    ? "unique"
			: k->contype == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY ? "primary key"
			: k->contype == PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN ? "foreign key"
									      : "exclusion");
	}
}

static int
create_domain(struct binder *b, const PgQuery__CreateDomainStmt *s, struct statement *st)
{
	struct cmd_create_domain *c = COMMAND_NEW(b, cmd_create_domain, CMD_CREATE_DOMAIN, st);
	bool nullable = false;
	int rc;

	b->text = NULL; /* PostgreSQL tells no positions here */
	c->schema = new_type_name(b, s->n_domainname, s->domainname, &c->name);
	if (c->schema == 0)
		return b->e->code;
	c->base = bind_type(b, s->type_name, &c->typmod);
	if (c->base == NULL || check_new_type(b, c->schema, c->name) != ERR_OK)
		return b->e->code;
	if (c->base->kind == TYPE_PSEUDO)
		return bind_error(b, 0, ERR_DATATYPE_MISMATCH,
				  "\"%s\" is not a valid base type for a domain",
				  type_show(b, c->base));
	if (s->coll_clause != NULL && !c->base->collatable)
		return bind_error(b, 0, ERR_DATATYPE_MISMATCH, "collations are not supported by type %s",
				  type_show(b, c->base));
	if (s->coll_clause != NULL) {
		bool found;

		c->collation = bind_collation(b, s->coll_clause->n_collname, s->coll_clause->collname, 0, &found);
		if (!found)
			return b->e->code;
	}
	for (size_t i = 0; i < s->n_constraints; i++) {
		rc = domain_constraint(b, c, s->constraints[i]->constraint, &nullable);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

/* A composite type is a table without rows. */
static int
create_composite(struct binder *b, const PgQuery__CompositeTypeStmt *s, struct statement *st)
{
	struct cmd_create_table *c = COMMAND_NEW(b, cmd_create_table, CMD_CREATE_COMPOSITE, st);
	struct table_def t = { .name = s->typevar->relname,
			       .columns = &c->columns,
			       .constraints = &c->constraints };

	c->schema = create_schema_oid(b, s->typevar, &c->persistence);
	c->name = s->typevar->relname;
	if (c->schema == 0 || check_new_type(b, c->schema, c->name) != ERR_OK)
		return b->e->code;
	for (size_t i = 0; i < s->n_coldeflist; i++) {
		struct def_column *col;
		int rc = bind_column_def(b, &t, s->coldeflist[i]->column_def, &col);

		if (rc != ERR_OK)
			return rc;
		list_push(&c->columns, b->arena, col);
	}
	return ERR_OK;
}

static int
alter_domain(struct binder *b, const PgQuery__AlterDomainStmt *s, struct statement *st)
{
	struct cmd_alter_domain *c = COMMAND_NEW(b, cmd_alter_domain, CMD_ALTER_DOMAIN, st);
	const struct type *t = existing_type(b, s->n_type_name, s->type_name);
	const PgQuery__Constraint *k;

	if (t == NULL)
		return b->e->code;
	if (t->kind != TYPE_DOMAIN)
		return bind_error(b, 0, ERR_WRONG_OBJECT_TYPE, "%s is not a domain", type_show(b, t));
	c->domain = t->oid;
	c->name = given(s->name) ? s->name : NULL;
	c->if_exists = s->missing_ok;
	switch (s->subtype[0]) {
	case 'T':
		c->what = DOMAIN_DEFAULT;
		if (s->def != NULL)
			c->sql = default_text(b, s->def, t->name, t->base, t->base_typmod);
		return b->e->code;
	case 'N':
		c->what = DOMAIN_DROP_NOT_NULL;
		return ERR_OK;
	case 'O':
		c->what = DOMAIN_SET_NOT_NULL;
		return ERR_OK;
	case 'X':
		c->what = DOMAIN_DROP_CHECK;
		return ERR_OK;
	case 'V':
		c->what = DOMAIN_VALIDATE;
		return ERR_OK;
	default:
		break;
	}
	k = s->def->constraint;
	if (k->contype != PG_QUERY__CONSTR_TYPE__CONSTR_CHECK)
		return bind_error(
			b, 0, ERR_SYNTAX_ERROR, "%s constraints not possible for domains",
			k->contype == PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE    ? "unique"
			: k->contype == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY ? "primary key"
			: k->contype == PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN ? "foreign key"
									      : "exclusion");
	c->what = DOMAIN_ADD_CHECK;
	c->name = given(k->conname) ? k->conname : NULL;
	c->not_valid = k->skip_validation;
	b->text = NULL; /* PostgreSQL tells no position here */
	c->sql = domain_check(b, k->raw_expr, t->base, t->base_typmod);
	return b->e->code;
}

int
bind_type_ddl(struct binder *b, Node *n, struct statement *st)
{
	switch (n->node_case) {
	case PG_QUERY__NODE__NODE_CREATE_ENUM_STMT:
		return create_enum(b, n->create_enum_stmt, st);
	case PG_QUERY__NODE__NODE_ALTER_ENUM_STMT:
		return alter_enum(b, n->alter_enum_stmt, st);
	case PG_QUERY__NODE__NODE_CREATE_DOMAIN_STMT:
		return create_domain(b, n->create_domain_stmt, st);
	case PG_QUERY__NODE__NODE_ALTER_DOMAIN_STMT:
		return alter_domain(b, n->alter_domain_stmt, st);
	default:
		return create_composite(b, n->composite_type_stmt, st);
	}
}
