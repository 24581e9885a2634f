/* type.c - the table of built-in types, the making of user types, and what needs no more of a
 * type than its record: names, equality, text.
 *
 * Not here: any type's values (a file for each family). */
#include "config.h"
#include "core/type/type.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "core/base/hash.h"
#include "core/type/ops.h"

enum { OID_PG_CATALOG = 11, OID_BUILTIN_MAX = 8192 };

/* Where each type stands in the table below: a type, then its array. */
enum slot {
#define TYPE(sym, oid, array, name, sql, len, rep, kind, cat, pref, align, storage, coll, ops) \
	SLOT_##sym, SLOT_##sym##_ARRAY,
#define TYPE_ALONE(sym, oid, name, sql, len, rep, kind, cat, pref, align, storage, coll, ops) \
	SLOT_##sym,
#define TYPE_VECTOR(sym, oid, array, name, elem) SLOT_##sym, SLOT_##sym##_ARRAY,
#define TYPE_RANGE(sym, oid, array, name, align, sub) SLOT_##sym, SLOT_##sym##_ARRAY,
#define TYPE_MULTIRANGE(sym, oid, array, name, align, range) SLOT_##sym, SLOT_##sym##_ARRAY,
#include "core/type/types.def"
#undef TYPE
#undef TYPE_ALONE
#undef TYPE_VECTOR
#undef TYPE_RANGE
#undef TYPE_MULTIRANGE
	SLOT_COUNT
};

enum { REP_I, REP_F, REP_B };

#define ARRAY_ROW(sym, array_oid, name_, sql, kind_, cat, align_, coll) \
	[SLOT_##sym##_ARRAY] = { .oid = array_oid, .name = "_" name_, .sql_name = sql "[]", \
		.schema = OID_PG_CATALOG, .len = -1, .kind = kind_, .category = cat, \
		.align = align_ == 'd' ? 'd' : 'i', .storage = 'x', .collatable = coll, \
		.ops = &type_ops_array, .elem = &types[SLOT_##sym] },
#define BASE_ROW(sym, oid_, array_oid, name_, sql, len_, rep, kind_, cat, pref, align_, stor, coll, ops_) \
	[SLOT_##sym] = { .oid = oid_, .name = name_, .sql_name = sql, .schema = OID_PG_CATALOG, \
		.len = len_, .byval = REP_##rep != REP_B, .is_float = REP_##rep == REP_F, \
		.kind = kind_, .category = cat, .preferred = pref, .align = align_, .storage = stor, \
		.collatable = coll, .ops = &type_ops_##ops_, .array = array_oid },

#define TYPE(sym, oid, array, name, sql, len, rep, kind, cat, pref, align, storage, coll, ops) \
	BASE_ROW(sym, oid, array, name, sql, len, rep, kind, cat, pref, align, storage, coll, ops) \
	ARRAY_ROW(sym, array, name, sql, oid == OID_RECORD ? 'p' : 'b', oid == OID_RECORD ? 'P' : 'A', \
	          align, coll)
#define TYPE_ALONE(sym, oid, name, sql, len, rep, kind, cat, pref, align, storage, coll, ops) \
	BASE_ROW(sym, oid, 0, name, sql, len, rep, kind, cat, pref, align, storage, coll, ops)
#define TYPE_VECTOR(sym, oid_, array_oid, name_, elem_) \
	[SLOT_##sym] = { .oid = oid_, .name = name_, .sql_name = name_, .schema = OID_PG_CATALOG, \
		.len = -1, .kind = 'b', .category = 'A', .align = 'i', .storage = 'p', \
		.ops = &type_ops_vector, .elem = &types[SLOT_##elem_], .array = array_oid }, \
	ARRAY_ROW(sym, array_oid, name_, name_, 'b', 'A', 'i', false)
#define TYPE_RANGE(sym, oid_, array_oid, name_, align_, sub_) \
	[SLOT_##sym] = { .oid = oid_, .name = name_, .sql_name = name_, .schema = OID_PG_CATALOG, \
		.len = -1, .kind = 'r', .category = 'R', .align = align_, .storage = 'x', \
		.ops = &type_ops_range, .sub = &types[SLOT_##sub_], .array = array_oid }, \
	ARRAY_ROW(sym, array_oid, name_, name_, 'b', 'A', align_, false)
#define TYPE_MULTIRANGE(sym, oid_, array_oid, name_, align_, range_) \
	[SLOT_##sym] = { .oid = oid_, .name = name_, .sql_name = name_, .schema = OID_PG_CATALOG, \
		.len = -1, .kind = 'm', .category = 'R', .align = align_, .storage = 'x', \
		.ops = &type_ops_multirange, .sub = &types[SLOT_##range_], .array = array_oid }, \
	ARRAY_ROW(sym, array_oid, name_, name_, 'b', 'A', align_, false)

static const struct type types[SLOT_COUNT] = {
#include "core/type/types.def"
};

static uint16_t slot_of_oid[OID_BUILTIN_MAX];   /* slot + 1 */
static const struct type *by_oid[SLOT_COUNT];
static struct map by_name;
static const struct type *(*_Atomic resolver)(oid_t oid);

static int
oid_order(const void *a, const void *b)
{
	oid_t x = (*(const struct type *const *) a)->oid,
	      y = (*(const struct type *const *) b)->oid;

	return x < y ? -1 : x > y;
}

__attribute__((constructor)) static void
type_tables(void)
{
	for (int i = 0; i < SLOT_COUNT; i++) {
		by_oid[i] = &types[i];
		slot_of_oid[types[i].oid] = (uint16_t) (i + 1);
		map_puts(&by_name, types[i].name, (void *) &types[i]);
	}
	qsort(by_oid, SLOT_COUNT, sizeof by_oid[0], oid_order);
}

const struct type *
type_builtin(oid_t oid)
{
	if (oid >= OID_BUILTIN_MAX || slot_of_oid[oid] == 0)
		return NULL;
	return &types[slot_of_oid[oid] - 1];
}

const struct type *
type_builtin_by_name(const char *name)
{
	return map_gets(&by_name, name);
}

int
type_builtin_count(void)
{
	return SLOT_COUNT;
}

const struct type *
type_builtin_at(int i)
{
	return i >= 0 && i < SLOT_COUNT ? by_oid[i] : NULL;
}

void
type_set_resolver(const struct type *(*resolve)(oid_t oid))
{
	atomic_store(&resolver, resolve);
}

const struct type *
type_lookup(oid_t oid)
{
	const struct type *t = type_builtin(oid);

	if (t != NULL)
		return t;
	const struct type *(*resolve)(oid_t) =
		atomic_load_explicit(&resolver, memory_order_acquire);
	return resolve != NULL ? resolve(oid) : NULL;
}

struct type *
type_make_array(struct arena *a, oid_t oid, const char *name, const struct type *elem)
{
	struct type *t = ARENA_NEW(a, struct type);

	*t = (struct type){
		.oid = oid,
		.name = arena_strdup(a, name),
		.schema = elem->schema,
		.len = -1,
		.kind = TYPE_BASE,
		.category = 'A',
		.align = elem->align == 'd' ? 'd' : 'i',
		.storage = 'x',
		.collatable = elem->collatable,
		.ops = &type_ops_array,
		.elem = elem,
		.sql_name = arena_printf(a, "%s[]", type_sql_name(elem)),
	};
	return t;
}

struct type *
type_make_enum(struct arena *a, oid_t oid, const char *name, oid_t schema,
               const struct enum_label *labels, int n)
{
	struct type *t = ARENA_NEW(a, struct type);

	*t = (struct type){
		.oid = oid,
		.name = arena_strdup(a, name),
		.schema = schema,
		.len = 4,
		.byval = true,
		.kind = TYPE_ENUM,
		.category = 'E',
		.align = 'i',
		.storage = 'p',
		.ops = &type_ops_enum,
		.nlabels = n,
		.labels = labels,
	};
	return t;
}

struct type *
type_make_domain(struct arena *a, oid_t oid, const char *name, oid_t schema,
                 const struct type *base, int32_t typmod)
{
	struct type *t = ARENA_NEW(a, struct type);

	*t = *base;             /* the methods find the base's labels, element ... here */
	t->oid = oid;
	t->name = arena_strdup(a, name);
	t->sql_name = NULL;
	t->schema = schema;
	t->kind = TYPE_DOMAIN;
	t->preferred = false;
	t->array = 0;
	t->base = base;
	t->base_typmod = typmod;
	return t;
}

struct type *
type_make_composite(struct arena *a, oid_t oid, const char *name, oid_t schema, oid_t relation,
                    const struct type_attr *attrs, int n)
{
	struct type *t = ARENA_NEW(a, struct type);

	*t = (struct type) {
		.oid = oid, .name = arena_strdup(a, name), .schema = schema, .len = -1,
		.kind = TYPE_COMPOSITE, .category = 'C', .align = 'd', .storage = 'x',
		.ops = &type_ops_record, .relation = relation, .nattrs = n, .attrs = attrs,
	};
	return t;
}

struct type *
type_make_range(struct arena *a, oid_t oid, const char *name, oid_t schema,
                const struct type *subtype)
{
	struct type *t = ARENA_NEW(a, struct type);

	*t = (struct type) {
		.oid = oid, .name = arena_strdup(a, name), .schema = schema, .len = -1,
		.kind = TYPE_RANGE, .category = 'R', .align = subtype->align == 'd' ? 'd' : 'i',
		.storage = 'x', .ops = &type_ops_range, .sub = subtype,
	};
	return t;
}

struct type *
type_make_multirange(struct arena *a, oid_t oid, const char *name, oid_t schema,
                     const struct type *range)
{
	struct type *t = ARENA_NEW(a, struct type);

	*t = (struct type) {
		.oid = oid, .name = arena_strdup(a, name), .schema = schema, .len = -1,
		.kind = TYPE_MULTIRANGE, .category = 'R', .align = range->align, .storage = 'x',
		.ops = &type_ops_multirange, .sub = range,
	};
	return t;
}

/* Types whose typmod stands inside the name: "timestamp(3) without time zone". */
static bool
format_inner_typmod(const struct type *t, int32_t typmod, struct strbuf *to)
{
	const char *zone = strstr(t->sql_name, " with");

	if (zone == NULL || (t->oid != OID_TIME && t->oid != OID_TIMETZ &&
			     t->oid != OID_TIMESTAMP && t->oid != OID_TIMESTAMPTZ))
		return false;
	strbuf_add(to, t->sql_name, (size_t) (zone - t->sql_name));
	t->ops->typmod_out(t, typmod, to);
	strbuf_puts(to, zone);
	return true;
}

void
type_format(const struct type *t, int32_t typmod, struct strbuf *to)
{
	if (t->kind != TYPE_DOMAIN && type_is_array(t) && t->ops != &type_ops_vector) {
		type_format(t->elem, typmod, to);
		strbuf_puts(to, "[]");
		return;
	}
	if (typmod == TYPMOD_GIVEN_NONE && (t->oid == OID_BPCHAR || t->oid == OID_BIT)) {
		strbuf_puts(to, t->oid == OID_BPCHAR ? "bpchar" : "\"bit\"");
		return;
	}
	if (typmod < 0 || t->kind == TYPE_DOMAIN || t->ops->typmod_out == NULL) {
		strbuf_puts(to, type_sql_name(t));
		return;
	}
	if (format_inner_typmod(t, typmod, to))
		return;
	strbuf_puts(to, type_sql_name(t));
	t->ops->typmod_out(t, typmod, to);
}

static bool
all_have(const struct type *t, bool key)
{
	if (type_is_array(t))
		return all_have(t->elem, key);
	if (t->sub != NULL)
		return all_have(t->sub, key);
	for (int i = 0; i < t->nattrs; i++)
		if (!all_have(t->attrs[i].type, key))
			return false;
	return key ? t->ops->key != NULL : t->ops->cmp != NULL;
}

bool
type_has_equality(const struct type *t)
{
	return all_have(t, false);
}

bool
type_is_orderable(const struct type *t)
{
	return all_have(t, true);
}

bool
type_eq(const struct type *t, union datum a, union datum b)
{
	return t->ops->cmp(t, a, b) == 0;
}

char *
type_text(const struct type *t, struct type_env *env, union datum d)
{
	struct strbuf b;

	strbuf_init(&b, env->arena);
	t->ops->out(t, env, d, &b);
	return b.data;
}
