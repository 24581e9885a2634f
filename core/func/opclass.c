/* opclass.c - the table of operator classes, and which fits a type. */
#include "config.h"
#include "core/func/opclass.h"

#include <string.h>

#include "core/func/func.h"

static const struct opclass classes[] = {
#define OPCLASS(oid, name, family, family_name, am, type, dflt) \
	{ oid, name, family, family_name, am, OID_##type, dflt },
#include "core/func/opclasses.def"
#undef OPCLASS
};

int
opclass_count(void)
{
	return (int) ARRAY_LEN(classes);
}

const struct opclass *
opclass_at(int i)
{
	return &classes[i];
}

const struct opclass *
opclass_by_oid(oid_t oid)
{
	for (size_t i = 0; i < ARRAY_LEN(classes); i++)
		if (classes[i].oid == oid)
			return &classes[i];
	return NULL;
}

/* pg_am's numbers; 0: the method has no classes. */
static oid_t
method_oid(const char *method)
{
	return strcmp(method, "btree") == 0 ? 403 : strcmp(method, "hash") == 0 ? 405 : 0;
}

const struct opclass *
opclass_by_name(const char *method, const char *name)
{
	const oid_t am = method_oid(method);

	for (size_t i = 0; i < ARRAY_LEN(classes); i++)
		if (classes[i].am == am && strcmp(classes[i].name, name) == 0)
			return &classes[i];
	return NULL;
}

/* The pseudotype that stands for all types of t's kind; 0: none. */
static oid_t
any_of_kind(const struct type *t)
{
	return t->kind == TYPE_ENUM	    ? OID_ANYENUM
	       : type_is_array(t)	    ? OID_ANYARRAY
	       : t->kind == TYPE_RANGE	    ? OID_ANYRANGE
	       : t->kind == TYPE_MULTIRANGE ? OID_ANYMULTIRANGE
	       : t->kind == TYPE_COMPOSITE  ? OID_RECORD
					    : 0;
}

const struct opclass *
opclass_default(const char *method, const struct type *t)
{
	const oid_t am = method_oid(method), any = any_of_kind(t);
	const oid_t type = t->oid == OID_VARCHAR ? OID_TEXT : t->oid == OID_CIDR ? OID_INET : t->oid;

	for (size_t i = 0; i < ARRAY_LEN(classes); i++)
		if (classes[i].am == am && classes[i].is_default &&
		    (classes[i].type == type || (any != 0 && classes[i].type == any)))
			return &classes[i];
	return t->kind == TYPE_DOMAIN ? opclass_default(method, t->base) : NULL;
}

bool
opclass_accepts(const struct opclass *c, const struct type *t)
{
	const struct cast *k;

	while (t->kind == TYPE_DOMAIN)
		t = t->base;
	if (c->type == t->oid || c->type == any_of_kind(t))
		return true;
	k = cast_find(t->oid, c->type);
	return k != NULL && k->method == 'b' && k->context == 'i';
}
