/* index_kind.c - the index methods that exist.
 *
 * btree  the column's order-preserving bytes, complemented for DESC
 * hash   eight bytes of hash of those bytes: short keys for long values, equality only
 *
 * Hashes are stored, so they are made here from the key encoding, which never changes, and not by
 * the types' own hash functions, which may.
 *
 * Not here: what else is in an entry (index.c). */
#include "config.h"
#include "core/access/index.h"

#include <stdio.h>

static int
check_type(const struct index *ix, int col, struct err *e)
{
	const struct type *t = ix->cols[col].type;
	struct strbuf name;
	char text[160];

	if (type_is_orderable(t))
		return ERR_OK;
	if (type_is_array(t)) /* of what has no order: PostgreSQL finds that with the first row */
		return err_set(e, ERR_UNDEFINED_FUNCTION,
			       "could not identify a comparison function for type %s",
			       type_sql_name(t->elem));
	strbuf_init(&name, NULL);
	type_format(t, -1, &name);
	(void) snprintf(text, sizeof text, "%s", name.data);
	strbuf_done(&name);
	err_set(e, ERR_UNDEFINED_OBJECT,
		"data type %s has no default operator class for access method \"%s\"", text,
		ix->kind);
	return err_hint(e, "You must specify an operator class for the index or define a default "
			   "operator class for the data type.");
}

static void
btree_add(const struct index *ix, int col, union datum v, struct strbuf *to)
{
	const struct index_column *c = &ix->cols[col];
	size_t start = to->len;

	c->type->ops->key(c->type, v, to);
	if (!c->desc)
		return;
	for (size_t i = start; i < to->len; i++)
		to->data[i] = (char) ~to->data[i];
}

/* FNV-1a and a final mix: fixed for ever, see above. */
uint64_t
index_stable_hash(const char *p, size_t len)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < len; i++)
		h = (h ^ (uint8_t) p[i]) * UINT64_C(1099511628211);
	h ^= h >> 32;
	h *= UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

static void
hash_add(const struct index *ix, int col, union datum v, struct strbuf *to)
{
	const struct type *t = ix->cols[col].type;
	size_t start = to->len;
	uint64_t h;

	t->ops->key(t, v, to);
	h = __builtin_bswap64(index_stable_hash(to->data + start, to->len - start));
	to->len = start;
	strbuf_add(to, &h, sizeof h);
}

static const struct index_kind kinds[] = {
	{ .name = "btree",
	  .oid = 403,
	  .ordered = true,
	  .unique = true,
	  .multi = true,
	  .include = true,
	  .lossless = true,
	  .check_type = check_type,
	  .add = btree_add },
	{ .name = "hash", .oid = 405, .check_type = check_type, .add = hash_add },
};

const struct index_kind *
index_kind_find(const char *name)
{
	for (unsigned i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

int
index_kind_count(void)
{
	return ARRAY_LEN(kinds);
}

const struct index_kind *
index_kind_at(int i)
{
	return &kinds[i];
}
