/* types.c - type names to types, and questions about types.
 *
 * Not here: conversions (coerce.c), polymorphic types (poly.c). */
#include "config.h"
#include "translate/bind.h"

#include "core/type/collation.h"
#include <stdlib.h>
#include <string.h>

const struct type *
type_of(struct binder *b, oid_t oid)
{
	const struct type *t = type_builtin(oid);

	return t != NULL ? t : catalog_type(b->catalog, oid);
}

/* The type below a domain, or the type itself; *typmod becomes the domain's when it has one. */
const struct type *
base_type(const struct type *t, int32_t *typmod)
{
	while (t->kind == TYPE_DOMAIN) {
		if (typmod != NULL && t->base_typmod >= 0)
			*typmod = t->base_typmod;
		t = t->base;
	}
	return t;
}

const char *
type_show(struct binder *b, const struct type *t)
{
	struct strbuf s;

	strbuf_init(&s, b->arena);
	type_format(t, -1, &s);
	return s.data;
}

const struct type *
array_over(struct binder *b, const struct type *elem)
{
	return elem->array != 0 ? type_of(b, elem->array) : NULL;
}

bool
type_is_row(const struct type *t)
{
	t = base_type(t, NULL);
	return t->oid == OID_RECORD || t->kind == TYPE_COMPOSITE;
}

/* The relation that describes a composite type's fields; NULL for record. */
const struct relation *
row_type_relation(struct binder *b, const struct type *t)
{
	t = base_type(t, NULL);
	return t->kind == TYPE_COMPOSITE ? catalog_relation_by_oid(b->catalog, t->relation) : NULL;
}

static const struct type *
type_in_schema(struct binder *b, oid_t schema, const char *name)
{
	const struct type *t = NULL;

	if (schema == OID_PG_CATALOG)
		t = type_builtin_by_name(name);
	return t != NULL ? t : catalog_type_by_name(b->catalog, schema, name);
}

static const struct type *
type_on_path(struct binder *b, const char *name)
{
	const oid_t *path;
	int n = search_path(b, true, &path);
	const struct type *t = NULL;

	for (int i = 0; t == NULL && i < n; i++)
		t = type_in_schema(b, path[i], name);
	return t;
}

/* The type a name means, without modifiers; NULL when there is none. */
const struct type *
find_type(struct binder *b, const PgQuery__TypeName *tn)
{
	const struct type *t = NULL;

	if (tn->n_names == 0)
		return tn->type_oid != 0 ? type_of(b, tn->type_oid) : NULL;
	if (tn->n_names == 1) {
		t = type_on_path(b, node_str(tn->names[0]));
	} else {
		const char *schema = node_str(tn->names[tn->n_names - 2]);
		const struct schema *s = catalog_schema(b->catalog, schema);

		if (s != NULL)
			t = type_in_schema(b, s->o.oid, node_str(tn->names[tn->n_names - 1]));
	}
	if (t != NULL && tn->n_array_bounds > 0)
		t = array_over(b, t);
	return t;
}

static const char *
type_name_text(struct binder *b, const PgQuery__TypeName *tn)
{
	struct strbuf s;

	strbuf_init(&s, b->arena);
	for (size_t i = 0; i < tn->n_names; i++) {
		if (i > 0)
			strbuf_putc(&s, '.');
		strbuf_puts(&s, node_str(tn->names[i]));
	}
	if (tn->n_array_bounds > 0)
		strbuf_puts(&s, "[]");
	return s.data != NULL ? s.data : "";
}

/* table.column%TYPE */
static const struct type *
column_type(struct binder *b, const PgQuery__TypeName *tn, int32_t *ret_typmod)
{
	size_t n = tn->n_names;
	int pos = at(b, tn->location);

	if (n < 2)
		return bind_fail(b, pos, ERR_SYNTAX_ERROR,
				 "improper %%TYPE reference (too few dotted names): %s",
				 type_name_text(b, tn));
	const char *schema = n > 2 ? node_str(tn->names[n - 3]) : NULL;
	const char *table = node_str(tn->names[n - 2]);
	const struct relation *rel = find_relation(b, schema, table);
	if (rel == NULL)
		return bind_fail(b, pos, ERR_UNDEFINED_TABLE, "relation \"%s\" does not exist",
				 table);
	const struct column *c = relation_column(rel, node_str(tn->names[n - 1]));
	if (c == NULL)
		return bind_fail(b, pos, ERR_UNDEFINED_COLUMN,
				 "column \"%s\" of relation \"%s\" does not exist",
				 node_str(tn->names[n - 1]), table);
	*ret_typmod = c->typmod;
	return c->type;
}

static int
typmod_args(struct binder *b, const PgQuery__TypeName *tn, int32_t *args, int max)
{
	for (size_t i = 0; i < tn->n_typmods; i++) {
		Node *n = tn->typmods[i];
		const PgQuery__AConst *c =
			n->node_case == PG_QUERY__NODE__NODE_A_CONST ? n->a_const : NULL;

		if (i >= (size_t) max)
			break;
		if (c != NULL && c->val_case == PG_QUERY__A__CONST__VAL_IVAL)
			args[i] = c->ival->ival;
		else if (c != NULL && c->val_case == PG_QUERY__A__CONST__VAL_SVAL)
			args[i] = (int32_t) strtol(c->sval->sval, NULL, 10);
		else if (c != NULL && c->val_case == PG_QUERY__A__CONST__VAL_FVAL)
			return bind_error(b, at(b, tn->location), ERR_INVALID_TEXT_REPRESENTATION,
					  "invalid input syntax for type integer: \"%s\"",
					  c->fval->fval);
		else
			return bind_error(b, at(b, tn->location), ERR_SYNTAX_ERROR,
					  "type modifiers must be simple constants or identifiers");
	}
	return ERR_OK;
}

static bool
type_typmod(struct binder *b, const struct type *t, const PgQuery__TypeName *tn, int32_t *ret)
{
	int32_t args[8];
	const struct type *elem = type_is_array(t) && tn->n_array_bounds > 0 ? t->elem : t;

	if (tn->n_typmods == 0) {
		*ret = -1;
		return true;
	}
	if (elem->ops->typmod_in == NULL) {
		bind_error(b, at(b, tn->location), ERR_SYNTAX_ERROR,
			   "type modifier is not allowed for type \"%s\"", type_show(b, elem));
		return false;
	}
	if (typmod_args(b, tn, args, (int) ARRAY_LEN(args)) != ERR_OK)
		return false;
	int n = tn->n_typmods < ARRAY_LEN(args) ? (int) tn->n_typmods : (int) ARRAY_LEN(args);
	if (elem->ops->typmod_in(elem, args, n, ret, b->e) != ERR_OK) {
		err_at(b->e, at(b, tn->location));
		return false;
	}
	return true;
}

const struct type *
bind_type(struct binder *b, const PgQuery__TypeName *tn, int32_t *ret_typmod)
{
	int32_t typmod = -1;
	int pos = at(b, tn->location);

	if (tn->pct_type)
		return column_type(b, tn, ret_typmod);
	if (tn->setof)
		return bind_fail(b, pos, ERR_SYNTAX_ERROR, "a column or cast cannot be a set");
	const struct type *t = find_type(b, tn);
	if (t == NULL && tn->n_names == 2 &&
	    catalog_schema(b->catalog, node_str(tn->names[0])) == NULL)
		return bind_fail(b, pos, ERR_UNDEFINED_SCHEMA, "schema \"%s\" does not exist",
				 node_str(tn->names[0]));
	if (t == NULL && refuse_type(b, node_str(tn->names[tn->n_names - 1]), pos))
		return NULL;
	if (t == NULL)
		return bind_fail(b, pos, ERR_UNDEFINED_OBJECT, "type \"%s\" does not exist",
				 type_name_text(b, tn));
	if (!type_typmod(b, t, tn, &typmod))
		return NULL;
	*ret_typmod = typmod;
	return t;
}

/* -- Collations ---------------------------------------------------------------- */
static const struct {
	const char *name;
	oid_t oid;
} collations[] = {
	{ "default", COLLATION_DEFAULT },
	{ "C", COLLATION_C },
	{ "POSIX", COLLATION_POSIX },
	{ "ucs_basic", COLLATION_C },
};

const char *
collation_name(oid_t oid)
{
	for (unsigned i = 0; i < ARRAY_LEN(collations); i++)
		if (collations[i].oid == oid)
			return collations[i].name;
	const struct collation *c = collation_by_oid(oid);
	return c != NULL ? c->name : "default";
}

oid_t
bind_collation(struct binder *b, size_t n, PgQuery__Node *const *names, int position, bool *ret_ok)
{
	const char *name = n > 0 ? node_str(names[n - 1]) : "";

	*ret_ok = true;
	for (unsigned i = 0; i < ARRAY_LEN(collations); i++)
		if (strcmp(collations[i].name, name) == 0)
			return collations[i].oid;
	const struct collation *c = collation_by_name(name);
	if (c != NULL)
		return c->oid;
	*ret_ok = false;
	bind_error(b, position, ERR_UNDEFINED_OBJECT,
		   "collation \"%s\" for encoding \"UTF8\" does not exist", name);
	return 0;
}
