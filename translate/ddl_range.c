/* ddl_range.c - CREATE TYPE AS RANGE.
 *
 * Not here: the types that are made of it (core/ddl/rangetype.c). */
#include "config.h"
#include "translate/utility.h"

#include <string.h>

#include "core/func/opclass.h"

typedef const PgQuery__DefElem Attribute;

struct attributes {
	Attribute *subtype, *opclass, *collation, *canonical, *diff, *multirange;
};

static int
sort_attributes(struct binder *b, const PgQuery__CreateRangeStmt *s, struct attributes *to)
{
	struct {
		const char *name;
		Attribute **slot;
	} const known[] = {
		{ "subtype", &to->subtype },
		{ "subtype_opclass", &to->opclass },
		{ "collation", &to->collation },
		{ "canonical", &to->canonical },
		{ "subtype_diff", &to->diff },
		{ "multirange_type_name", &to->multirange },
	};

	for (size_t i = 0; i < s->n_params; i++) {
		Attribute *d = s->params[i]->def_elem, **slot = NULL;

		for (size_t k = 0; k < ARRAY_LEN(known); k++)
			if (strcmp(known[k].name, d->defname) == 0)
				slot = known[k].slot;
		if (slot == NULL)
			return bind_error(b, 0, ERR_SYNTAX_ERROR,
					  "type attribute \"%s\" not recognized", d->defname);
		if (*slot != NULL)
			return bind_error(b, at(b, d->location), ERR_SYNTAX_ERROR,
					  "conflicting or redundant options");
		*slot = d;
	}
	if (to->subtype == NULL)
		return bind_error(b, 0, ERR_SYNTAX_ERROR, "type attribute \"subtype\" is required");
	return ERR_OK;
}

/* A name with or without schema, as the grammar gives it: a type's name or a list of strings. */
static size_t
name_parts(const Attribute *d, PgQuery__Node ***ret)
{
	if (d->arg != NULL && d->arg->node_case == PG_QUERY__NODE__NODE_TYPE_NAME) {
		*ret = d->arg->type_name->names;
		return d->arg->type_name->n_names;
	}
	if (d->arg != NULL && d->arg->node_case == PG_QUERY__NODE__NODE_LIST) {
		*ret = d->arg->list->items;
		return d->arg->list->n_items;
	}
	return 0;
}

static int
bind_subtype(struct binder *b, const Attribute *d, struct cmd_create_range *c)
{
	int32_t typmod;

	if (d->arg == NULL || d->arg->node_case != PG_QUERY__NODE__NODE_TYPE_NAME)
		return bind_error(b, 0, ERR_SYNTAX_ERROR, "argument of subtype must be a type name");
	c->sub = bind_type(b, d->arg->type_name, &typmod);
	if (c->sub == NULL)
		return b->e->code;
	if (c->sub->kind == TYPE_PSEUDO)
		return bind_error(b, 0, ERR_DATATYPE_MISMATCH, "range subtype cannot be %s",
				  type_show(b, c->sub));
	return ERR_OK;
}

static int
bind_class(struct binder *b, const Attribute *d, struct cmd_create_range *c)
{
	const struct opclass *usual = opclass_default("btree", c->sub);
	PgQuery__Node **parts = NULL;

	c->opclass = usual != NULL ? usual->oid : 0;
	const size_t n = d != NULL ? name_parts(d, &parts) : 0;
	if (d != NULL)
		return bind_opclass(b, "btree", n, parts, c->sub, &c->opclass);
	if (usual != NULL)
		return ERR_OK;
	bind_error(b, 0, ERR_UNDEFINED_OBJECT,
		   "data type %s has no default operator class for access method \"btree\"",
		   type_show(b, c->sub));
	return err_hint(b->e, "You must specify an operator class for the range type or define a "
			      "default operator class for the subtype.");
}

static int
bind_order(struct binder *b, const Attribute *d, struct cmd_create_range *c)
{
	struct expr value = { .kind = EXPR_VAR, .type = c->sub };
	PgQuery__Node **parts = NULL;
	bool found;

	c->collation = type_default_collation(c->sub);
	if (d == NULL)
		return ERR_OK;
	if (c->collation == 0)
		return bind_error(b, 0, ERR_WRONG_OBJECT_TYPE,
				  "range collation specified but subtype does not support collation");
	const size_t n = name_parts(d, &parts);
	c->collation = bind_collation(b, n, parts, 0, &found);
	value.collation = c->collation;
	if (found && has_language(&value)) {
		bind_unsupported(b, 0, "a range ordered by the rules of a language",
				 "Use the collation \"C\".");
		return b->e->code;
	}
	return found ? ERR_OK : b->e->code;
}

static int
bind_difference(struct binder *b, const Attribute *d, struct cmd_create_range *c)
{
	PgQuery__Node **parts = NULL;
	const size_t n = name_parts(d, &parts);
	const struct func *f = NULL;
	struct list all = { 0 };

	if (n == 0)
		return bind_error(b, 0, ERR_SYNTAX_ERROR, "subtype_diff requires a function name");
	functions_named(b, n > 1 ? node_str(parts[n - 2]) : NULL, node_str(parts[n - 1]), &all);
	for (int i = 0; i < all.n && f == NULL; i++) {
		const struct func *g = all.at[i];
		if (g->nargs == 2 && g->args[0] == c->sub->oid && g->args[1] == c->sub->oid)
			f = g;
	}
	const char *shown = printf_str(b, "%s(%s, %s)", names_text(b, n, parts), type_show(b, c->sub),
				       type_show(b, c->sub));
	if (f == NULL)
		return bind_error(b, 0, ERR_UNDEFINED_FUNCTION, "function %s does not exist", shown);
	if (f->ret != OID_FLOAT8)
		return bind_error(b, 0, ERR_INVALID_OBJECT_DEFINITION,
				  "range subtype diff function %s must return type %s", shown,
				  "double precision");
	if (f->volatility != 'i')
		return bind_error(b, 0, ERR_INVALID_OBJECT_DEFINITION,
				  "range subtype diff function %s must be immutable", shown);
	c->subdiff = f->oid;
	return ERR_OK;
}

static int
bind_multirange(struct binder *b, const Attribute *d, struct cmd_create_range *c)
{
	PgQuery__Node **parts = NULL;
	const size_t n = name_parts(d, &parts);

	if (n == 0)
		return bind_error(b, 0, ERR_SYNTAX_ERROR, "multirange_type_name requires a name");
	c->multi_schema = new_type_name(b, n, parts, &c->multi_name);
	return c->multi_schema != 0 ? ERR_OK : b->e->code;
}

int
bind_create_range(struct binder *b, const PgQuery__CreateRangeStmt *s, struct statement *st)
{
	struct cmd_create_range *c = COMMAND_NEW(b, cmd_create_range, CMD_CREATE_RANGE, st);
	struct attributes of = { 0 };
	int rc;

	c->schema = new_type_name(b, s->n_type_name, s->type_name, &c->name);
	if (c->schema == 0 || check_new_type(b, c->schema, c->name) != ERR_OK)
		return b->e->code;
	rc = sort_attributes(b, s, &of);
	if (rc == ERR_OK && of.canonical != NULL) {
		bind_unsupported(b, 0, "a canonical function of a range type",
				 "Ranges of integers and dates are kept in one form already.");
		rc = b->e->code;
	}
	b->text = NULL; /* PostgreSQL tells no positions of names here */
	if (rc == ERR_OK)
		rc = bind_subtype(b, of.subtype, c);
	if (rc == ERR_OK)
		rc = bind_class(b, of.opclass, c);
	if (rc == ERR_OK)
		rc = bind_order(b, of.collation, c);
	if (rc == ERR_OK && of.diff != NULL)
		rc = bind_difference(b, of.diff, c);
	if (rc == ERR_OK && of.multirange != NULL)
		rc = bind_multirange(b, of.multirange, c);
	return rc;
}
