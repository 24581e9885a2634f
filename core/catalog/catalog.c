/* catalog.c - looking things up in a snapshot; counting who uses it.
 *
 * Not here: how a snapshot comes to be (link.c, store.c). */
#include "config.h"
#include "core/catalog/slots.h"

#include <assert.h>
#include <stdlib.h>

/* The computed relations, registered before the first statement. */
static struct {
	const struct relation *const *rels;
	int n;
	struct map by_oid, by_name; /* name: "schema oid as bytes" then the name */
} sys;

static _Thread_local const struct catalog *entered;

void
catalog_enter(const struct catalog *c)
{
	entered = c;
}

const struct catalog *
catalog_entered(void)
{
	return entered;
}

void
catalog_retain(struct catalog *c)
{
	atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
}

void
catalog_release(struct catalog *c)
{
	if (c == NULL || atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (int class = 0; class < OBJ_CLASS_COUNT; class ++) {
		for (int i = 0; i < c->by_oid[class].n; i++)
			holder_release(c->by_oid[class].at[i].h);
		free(c->by_oid[class].at);
		free(c->by_name[class].at);
	}
	free(c->types_by_oid.at);
	free(c->types_by_name.at);
	catalog_release(c->base);
	free(c);
}

uint64_t
catalog_version(const struct catalog *c)
{
	return c->version;
}

struct catalog_store *
catalog_owner(const struct catalog *c)
{
	return c->cs;
}

struct holder *
catalog_find(const struct catalog *c, enum object_class class, oid_t oid)
{
	struct slot *s = slots_find(&c->by_oid[class], oid);

	return s != NULL ? s->h : NULL;
}

const struct object *
catalog_object(const struct catalog *c, enum object_class class, oid_t oid)
{
	struct holder *h = catalog_find(c, class, oid);

	return h != NULL ? h->o : NULL;
}

static const struct object *
find_name(const struct catalog *c, enum object_class class, oid_t schema, const char *name)
{
	struct slot *s = slots_find_name(&c->by_name[class], schema, name);

	return s != NULL ? s->h->o : NULL;
}

const struct schema *
catalog_schema(const struct catalog *c, const char *name)
{
	return (const struct schema *) find_name(c, OBJ_SCHEMA, 0, name);
}

const struct schema *
catalog_schema_by_oid(const struct catalog *c, oid_t oid)
{
	return (const struct schema *) catalog_object(c, OBJ_SCHEMA, oid);
}

int
catalog_functions(const struct catalog *c, oid_t schema, const char *name, int *ret_first)
{
	const struct slots *s = &c->by_name[OBJ_FUNCTION];
	int lo = 0, hi = s->n, n = 0;

	while (lo < hi) {
		int mid = lo + (hi - lo) / 2;
		const struct object *o = s->at[mid].h->o;
		int cmp = o->schema != schema ? (o->schema < schema ? -1 : 1) : strcmp(o->name, name);

		if (cmp < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	while (lo + n < s->n && s->at[lo + n].h->o->schema == schema &&
	       strcmp(s->at[lo + n].h->o->name, name) == 0)
		n++;
	*ret_first = lo;
	return n;
}

const struct function *
catalog_function(const struct catalog *c, int i)
{
	return (const struct function *) c->by_name[OBJ_FUNCTION].at[i].h->o;
}

const struct function *
catalog_function_by_oid(const struct catalog *c, oid_t oid)
{
	return (const struct function *) catalog_object(c, OBJ_FUNCTION, oid);
}

const struct role *
catalog_role(const struct catalog *c, const char *name)
{
	return (const struct role *) find_name(c, OBJ_ROLE, 0, name);
}

const struct role *
catalog_role_by_oid(const struct catalog *c, oid_t oid)
{
	return (const struct role *) catalog_object(c, OBJ_ROLE, oid);
}

const struct database *
catalog_database(const struct catalog *c, const char *name)
{
	return (const struct database *) find_name(c, OBJ_DATABASE, 0, name);
}

const struct database *
catalog_own_database(const struct catalog *c)
{
	return (const struct database *) catalog_object(c, OBJ_DATABASE,
							catalog_store_database(c->cs));
}

/* --- computed relations ----------------------------------------------------------------------- */

static size_t
sys_key(char *to, size_t cap, oid_t schema, const char *name)
{
	size_t len = strlen(name);

	if (len > cap - sizeof schema)
		len = cap - sizeof schema;
	memcpy(to, &schema, sizeof schema);
	memcpy(to + sizeof schema, name, len);
	return sizeof schema + len;
}

void
catalog_register_system(const struct relation *const *rels, int n)
{
	assert(sys.rels == NULL);
	sys.rels = rels;
	sys.n = n;
	for (int i = 0; i < n; i++) {
		const struct object *o = &rels[i]->o;
		size_t len = sizeof o->schema + strlen(o->name);
		char *key = slots_memory(1, len); /* lives as long as the process */

		sys_key(key, len, o->schema, o->name);
		map_put(&sys.by_name, key, len, (void *) (uintptr_t) rels[i]);
		map_put(&sys.by_oid, &o->oid, sizeof o->oid, (void *) (uintptr_t) rels[i]);
	}
}

int
catalog_system_count(void)
{
	return sys.n;
}

const struct relation *
catalog_system_at(int i)
{
	return sys.rels[i];
}

const struct sysrel *
relation_sysrel(const struct relation *r)
{
	return r->sys;
}

/* --- relations -------------------------------------------------------------------------------- */

const struct relation *
catalog_relation(const struct catalog *c, oid_t schema, const char *name)
{
	const struct object *o = find_name(c, OBJ_RELATION, schema, name);
	char key[sizeof schema + 64];
	size_t len;

	if (o != NULL || sys.n == 0)
		return (const struct relation *) o;
	len = sys_key(key, sizeof key, schema, name);
	return map_get(&sys.by_name, key, len);
}

const struct relation *
catalog_relation_by_oid(const struct catalog *c, oid_t oid)
{
	const struct object *o = catalog_object(c, OBJ_RELATION, oid);

	if (o != NULL || sys.n == 0)
		return (const struct relation *) o;
	return map_get(&sys.by_oid, &oid, sizeof oid);
}

const struct index *
catalog_index_by_oid(const struct catalog *c, oid_t oid)
{
	const struct relation *r = catalog_relation_by_oid(c, oid);

	return r != NULL ? r->index : NULL;
}

const struct constraint *
catalog_constraint_by_oid(const struct catalog *c, oid_t oid, const struct relation **ret_table)
{
	const struct slots *s = &c->by_oid[OBJ_RELATION];

	for (int i = 0; i < s->n; i++) {
		const struct relation *r = (const struct relation *) s->at[i].h->o;

		for (int k = 0; k < r->nconstraints; k++) {
			if (r->constraints[k].oid != oid)
				continue;
			if (ret_table != NULL)
				*ret_table = r;
			return &r->constraints[k];
		}
	}
	return NULL;
}

const struct column *
relation_column(const struct relation *r, const char *name)
{
	for (int i = 0; i < r->ncols; i++)
		if (!r->cols[i].dropped && strcmp(r->cols[i].name, name) == 0)
			return &r->cols[i];
	return NULL;
}

bool
relation_option(const struct relation *r, const char *name)
{
	const size_t len = strlen(name);

	for (int i = 0; i < r->noptions; i++) {
		const char *o = r->options[i];

		if (strncmp(o, name, len) == 0 && o[len] == '=')
			return strchr("tToO1yY", o[len + 1]) != NULL && strcmp(o + len + 1, "off") != 0;
	}
	return false;
}

/* --- types ------------------------------------------------------------------------------------ */

const struct type *
catalog_find_type(const struct catalog *c, oid_t oid)
{
	return type_slots_find(&c->types_by_oid, oid);
}

const struct type *
catalog_type(const struct catalog *c, oid_t oid)
{
	const struct type *t = type_builtin(oid);

	return t != NULL || c == NULL ? t : catalog_find_type(c, oid);
}

const struct type *
catalog_type_by_name(const struct catalog *c, oid_t schema, const char *name)
{
	if (schema == OID_PG_CATALOG)
		return type_builtin_by_name(name);
	return type_slots_find_name(&c->types_by_name, schema, name);
}

/* --- all of a class --------------------------------------------------------------------------- */

int
catalog_count(const struct catalog *c, enum object_class class)
{
	return c->by_oid[class].n;
}

const struct object *
catalog_at(const struct catalog *c, enum object_class class, int i)
{
	return c->by_oid[class].at[i].h->o;
}

const char *
catalog_comment(const struct catalog *c, enum object_class class, oid_t oid, int32_t sub)
{
	const struct slots *s = &c->by_oid[OBJ_COMMENT];

	if (class == OBJ_RELATION) {
		const struct relation *r = catalog_relation_by_oid(c, oid);

		if (r == NULL)
			return NULL;
		if (sub == 0)
			return r->comment;
		return sub > 0 && sub <= r->ncols ? r->cols[sub - 1].comment : NULL;
	}
	for (int i = 0; i < s->n; i++) {
		const struct comment *k = (const struct comment *) s->at[i].h->o;

		if (k->on_class == class && k->on == oid && k->sub == sub)
			return k->text;
	}
	return NULL;
}
