/* deparse_const.c - names of types and relations, constants, as expressions show them.
 *
 * Not here: expressions themselves (deparse.c). */
#include "config.h"
#include "translate/deparse.h"

#include <ctype.h>
#include <string.h>

static void
put(struct deparse *d, const char *s)
{
	strbuf_puts(d->to, s);
}

static bool
has_name(const struct catalog *c, enum object_class class, oid_t schema, const char *name)
{
	int first;

	switch (class) {
	case OBJ_TYPE:
		return catalog_type_by_name(c, schema, name) != NULL;
	case OBJ_FUNCTION:
		return catalog_functions(c, schema, name, &first) > 0;
	default:
		return catalog_relation(c, schema, name) != NULL;
	}
}

static bool
found_by_name(const struct deparse *d, enum object_class class, oid_t schema, const char *name)
{
	if (schema == OID_PG_CATALOG || schema == 0)
		return true;
	if (d->path == NULL)
		return schema == OID_PUBLIC;
	for (int i = 0; i < d->npath; i++)
		if (d->path[i] == schema || has_name(d->catalog, class, d->path[i], name))
			return d->path[i] == schema;
	return false;
}

void
deparse_schema(struct deparse *d, enum object_class class, oid_t schema, const char *name)
{
	const struct schema *s = catalog_schema_by_oid(d->catalog, schema);

	if (s == NULL || found_by_name(d, class, schema, name))
		return;
	quote_ident(d->to, s->o.name);
	strbuf_putc(d->to, '.');
}

/* A user's type by the name that it has in the catalog shown to, as relations are. */
void
deparse_type(struct deparse *d, const struct type *t, int32_t typmod)
{
	const struct type *now = catalog_type(d->catalog, t->oid);
	const struct type *elem;

	t = now != NULL ? now : t;
	elem = type_is_array(t) ? t->elem : t;

	deparse_schema(d, OBJ_TYPE, elem->schema, elem->name);
	if (type_builtin(elem->oid) == NULL) {
		quote_ident(d->to, elem->name);
		if (elem != t)
			put(d, "[]");
		return;
	}
	if (typmod < 0 && (elem->oid == OID_BPCHAR || elem->oid == OID_BIT)) { /* not char(1) */
		put(d, elem->oid == OID_BIT ? "\"bit\"" : "bpchar");
		put(d, elem != t ? "[]" : "");
		return;
	}
	type_format(t, typmod, d->to);
}

/* The relation as the catalog shown to has it: it may have been renamed since it was bound. */
const struct relation *
deparse_relation_now(struct deparse *d, const struct relation *rel)
{
	const struct relation *now = catalog_relation_by_oid(d->catalog, rel->o.oid);

	return now != NULL ? now : rel;
}

void
deparse_relation_name(struct deparse *d, const struct relation *rel)
{
	rel = deparse_relation_now(d, rel);
	deparse_schema(d, OBJ_RELATION, rel->o.schema, rel->o.name);
	quote_ident(d->to, rel->o.name);
}

/* -- Constants ----------------------------------------------------------------- */
/* regclass and its like by name: the name is what stays true.  Kept ones have their schema always: a
 * text that is cast is looked up by the search path of whoever evaluates it. */
static const oid_t nowhere; /* an empty path */

static bool
reg_text(struct deparse *d, const struct expr *x, struct strbuf *out)
{
	struct deparse inner = *d;

	inner.to = out;
	if (inner.path == NULL)
		inner.path = &nowhere;
	if (x->type->oid == OID_REGCLASS) {
		const struct relation *rel =
			catalog_relation_by_oid(d->catalog, (oid_t) x->value.i);

		if (rel != NULL)
			deparse_relation_name(&inner, rel);
		return rel != NULL;
	}
	if (x->type->oid == OID_REGTYPE) {
		const struct type *t = catalog_type(d->catalog, (oid_t) x->value.i);

		if (t != NULL)
			deparse_type(&inner, t, -1);
		return t != NULL;
	}
	return false;
}

/* label: 1 always with its type, 0 where needed, -1 never. */
void
deparse_const(struct deparse *d, const struct expr *x, int label)
{
	struct strbuf s;
	bool plain = false;

	if (x->is_null) {
		put(d, "NULL");
		if (label >= 0 && x->type->oid != OID_UNKNOWN) {
			put(d, "::");
			deparse_type(d, x->type, x->typmod);
		}
		return;
	}
	strbuf_init(&s, d->env.arena);
	strbuf_grow(&s, 16);
	s.data[0] = '\0';
	if (x->type->oid == OID_UNKNOWN)
		strbuf_add(&s, bytes_data(x->value.b), bytes_len(x->value.b));
	else if (!reg_text(d, x, &s))
		x->type->ops->out(x->type, &d->env, x->value, &s);
	switch (x->type->oid) {
	case OID_INT4:
		plain = s.data[0] != '-';
		break;
	case OID_NUMERIC:
		plain = isdigit((unsigned char) s.data[0]) && strcspn(s.data, "eE.") != s.len &&
			x->typmod < 0;
		break;
	case OID_BOOL:
		put(d, x->value.i != 0 ? "true" : "false");
		if (label <= 0)
			return;
		plain = true;
		s.len = 0;
		s.data[0] = '\0';
		break;
	default:
		break;
	}
	if (plain)
		put(d, s.data);
	else
		quote_literal(d->to, s.data, s.len);
	if (label < 0 || (label == 0 && (plain || x->type->oid == OID_UNKNOWN)))
		return;
	put(d, "::");
	deparse_type(d, x->type, x->typmod);
}
