/* partition.c - walking over the tables that a partitioned table is made of. */
#include "config.h"
#include "core/catalog/partition.h"

#include "core/type/datum.h"

const struct relation *
partition_parent(const struct catalog *c, const struct relation *r)
{
	return r->part_of != 0 ? catalog_relation_by_oid(c, r->part_of) : NULL;
}

const struct relation *
partition_root(const struct catalog *c, const struct relation *r)
{
	while (r->part_of != 0) {
		const struct relation *up = catalog_relation_by_oid(c, r->part_of);

		if (up == NULL)
			break;
		r = up;
	}
	return r;
}

void
partition_tree(struct arena *a, const struct relation *r, struct list *to)
{
	for (int i = 0; i < r->nparts; i++) {
		list_push(to, a, (void *) (uintptr_t) r->parts[i]);
		partition_tree(a, r->parts[i], to);
	}
}

void
partition_leaves(struct arena *a, const struct relation *r, struct list *to)
{
	if (!relation_is_partitioned(r))
		list_push(to, a, (void *) (uintptr_t) r);
	for (int i = 0; i < r->nparts; i++)
		partition_leaves(a, r->parts[i], to);
}

bool
partition_is_below(const struct catalog *c, const struct relation *r, oid_t above)
{
	while (r != NULL && r->o.oid != above)
		r = r->part_of != 0 ? catalog_relation_by_oid(c, r->part_of) : NULL;
	return r != NULL;
}

const int16_t *
partition_map(struct arena *a, const struct relation *from, const struct relation *to)
{
	int16_t *map = ARENA_ARRAY(a, int16_t, from->ncols + 1);
	bool same = from->ncols == to->ncols;

	for (int i = 0; i < from->ncols; i++) {
		const struct column *c = &from->cols[i], *as;

		if (c->dropped) {
			same = same && to->cols[i].dropped;
			continue;
		}
		if (i < to->ncols && !to->cols[i].dropped && strcmp(to->cols[i].name, c->name) == 0)
			as = &to->cols[i];
		else
			as = relation_column(to, c->name);
		map[i] = as != NULL ? as->attnum : 0;
		same = same && map[i] == i + 1;
	}
	return same ? NULL : map;
}

const struct index *
partition_index(const struct catalog *c, const struct relation *leaf, oid_t of)
{
	for (int i = 0; i < leaf->nindexes; i++) {
		const struct relation *r = catalog_relation_by_oid(c, leaf->indexes[i]->o.oid);

		if (r != NULL && partition_is_below(c, r, of))
			return leaf->indexes[i];
	}
	return NULL;
}

static int
key_order(union datum a, union datum b)
{
	uint32_t la = bytes_len(a.b), lb = bytes_len(b.b);
	int rc = memcmp(bytes_data(a.b), bytes_data(b.b), la < lb ? la : lb);

	return rc != 0 ? rc : (la > lb) - (la < lb);
}

int
partition_order(const struct partition_bound *a, const struct partition_bound *b)
{
	if (a->is_default != b->is_default)
		return a->is_default ? 1 : -1;
	if (a->is_default)
		return 0;
	if (a->modulus != b->modulus)
		return a->modulus < b->modulus ? -1 : 1;
	if (a->remainder != b->remainder)
		return a->remainder < b->remainder ? -1 : 1;
	return a->nkeys > 0 && b->nkeys > 0 ? key_order(a->keys[0], b->keys[0]) : 0;
}

/* What reads as a constant of its type without quotes. */
static bool
is_bare(const struct type *t, const char *text)
{
	if (t->oid == OID_BOOL)
		return true;
	if (text[0] < '0' || text[0] > '9')
		return false;
	return t->oid == OID_INT4 || (t->oid == OID_NUMERIC && strpbrk(text, ".e") != NULL);
}

void
partition_value_text(const struct type *t, const struct partition_value *v, bool more,
		     struct strbuf *to)
{
	if (more)
		strbuf_puts(to, ", ");
	if (v->kind != VALUE_PLAIN) {
		strbuf_puts(to, v->kind == VALUE_MIN   ? "MINVALUE"
				: v->kind == VALUE_MAX ? "MAXVALUE"
						       : "NULL");
		return;
	}
	if (t->oid == OID_BOOL) {
		strbuf_puts(to, v->text[0] == 't' ? "true" : "false");
		return;
	}
	if (is_bare(t, v->text)) {
		strbuf_puts(to, v->text);
		return;
	}
	strbuf_putc(to, '\'');
	for (const char *p = v->text; *p != '\0'; p++) {
		if (*p == '\'')
			strbuf_putc(to, '\'');
		strbuf_putc(to, *p);
	}
	strbuf_putc(to, '\'');
}

void
partition_value_expr(const struct type *t, int32_t typmod, const struct partition_value *v,
		     struct strbuf *to)
{
	partition_value_text(t, v, false, to);
	if (is_bare(t, v->text) && !(t->oid == OID_NUMERIC && typmod >= 0))
		return;
	strbuf_puts(to, "::");
	type_format(t, typmod, to);
}

static void
end_text(const struct partition_key *key, const struct partition_value *v, int n, struct strbuf *to)
{
	strbuf_putc(to, '(');
	for (int i = 0; i < n; i++)
		partition_value_text(key->cols[key->strategy == PARTITION_LIST ? 0 : i].type, &v[i],
				     i > 0, to);
	strbuf_putc(to, ')');
}

void
partition_bound_text(const struct partition_key *key, const struct partition_bound *b,
		     struct strbuf *to)
{
	if (b->is_default) {
		strbuf_puts(to, "DEFAULT");
		return;
	}
	strbuf_puts(to, "FOR VALUES ");
	if (key->strategy == PARTITION_HASH) {
		strbuf_printf(to, "WITH (modulus %d, remainder %d)", b->modulus, b->remainder);
		return;
	}
	strbuf_puts(to, key->strategy == PARTITION_LIST ? "IN " : "FROM ");
	end_text(key, b->low, b->nlow, to);
	if (key->strategy == PARTITION_LIST)
		return;
	strbuf_puts(to, " TO ");
	end_text(key, b->high, b->nhigh, to);
}
