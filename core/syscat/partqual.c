/* partqual.c - which rows a partition takes, as a condition: pg_get_partition_constraintdef.
 *
 * The condition of each level is a list of terms; those of the levels above come first.  Several
 * terms are joined within one pair of parentheses, one stands alone: the form that PostgreSQL's
 * users see in \d+.
 *
 * Not here: placing a row, which needs no condition (core/access/partition.c). */
#include "config.h"
#include "core/catalog/partition.h"

#include <stdlib.h>

#include "core/func/textual.h"
#include "core/syscat/funcs.h"

struct quals {
	struct fcall *c;
	struct arena *a;
	const struct relation *parent;
	const struct partition_key *key;
	struct list terms;              /* text, each complete */
};

/* (a AND b); one of them as it is. */
static const char *
join(struct arena *a, const struct list *terms, const char *op)
{
	struct strbuf b;

	if (terms->n == 1)
		return terms->at[0];
	strbuf_init(&b, a);
	for (int i = 0; i < terms->n; i++)
		strbuf_printf(&b, "%s%s", i == 0 ? "(" : op, LIST_AT(const char, terms, i));
	strbuf_putc(&b, ')');
	return b.data;
}

static void
add(struct quals *q, struct list *to, const char *text)
{
	list_push(to, q->a, text);
}

static const char *
key_text(struct quals *q, int i)
{
	const struct index_column *c = &q->key->cols[i];
	struct strbuf b;

	strbuf_init(&b, q->a);
	if (c->attnum != 0) {
		const char *name = q->parent->cols[c->attnum - 1].name;
		put_ident(&b, name, strlen(name));
	} else {
		key_expression(&b, q->c->env, q->parent->o.oid, c->expr_sql, true);
	}
	return b.data;
}

/* varchar is compared as text. */
static const char *
compared_text(struct quals *q, int i)
{
	const char *text = key_text(q, i);

	return q->key->cols[i].type->oid == OID_VARCHAR ? arena_printf(q->a, "(%s)::text", text) : text;
}

static const char *
value_text(struct quals *q, int i, const struct partition_value *v)
{
	const struct index_column *c = &q->key->cols[i];
	struct strbuf b;

	strbuf_init(&b, q->a);
	partition_value_expr(c->type, c->attnum != 0 ? q->parent->cols[c->attnum - 1].typmod : -1, v, &b);
	return b.data;
}

static const char *
compare(struct quals *q, int i, const char *op, const struct partition_value *v)
{
	return arena_printf(q->a, "(%s %s %s)", compared_text(q, i), op, value_text(q, i, v));
}

static void
add_not_nulls(struct quals *q, struct list *to)
{
	for (int i = 0; i < q->key->ncols; i++)
		add(q, to, arena_printf(q->a, "(%s IS NOT NULL)", key_text(q, i)));
}

/* -- Lists ----------------------------------------------------------------------------------------------- */

struct list_value { union datum key; const struct partition_value *v; };

static int
by_key(const void *pa, const void *pb)
{
	const struct bytes *a = ((const struct list_value *) pa)->key.b, *b = ((const struct list_value *) pb)->key.b;
	uint32_t la = bytes_len(a), lb = bytes_len(b);
	int rc = memcmp(bytes_data(a), bytes_data(b), la < lb ? la : lb);

	return rc != 0 ? rc : (la > lb) - (la < lb);
}

static void
add_list(struct quals *q, const struct list_value *v, int n, bool null, struct list *to)
{
	struct list terms = { 0 };
	struct strbuf b;

	if (null || n > 0)
		add(q, &terms, arena_printf(q->a, null ? "(%s IS NULL)" : "(%s IS NOT NULL)", key_text(q, 0)));
	if (n == 1)
		add(q, &terms, compare(q, 0, "=", v[0].v));
	if (n > 1) {
		strbuf_init(&b, q->a);
		strbuf_printf(&b, "(%s = ANY (ARRAY[", compared_text(q, 0));
		for (int i = 0; i < n; i++)
			strbuf_printf(&b, "%s%s", i > 0 ? ", " : "", value_text(q, 0, v[i].v));
		strbuf_puts(&b, "]))");
		add(q, &terms, b.data);
	}
	for (int i = 0; i < terms.n && !null; i++)
		add(q, to, terms.at[i]);
	if (null)
		add(q, to, join(q->a, &terms, " OR "));
}

static void
list_terms(struct quals *q, const struct relation *part)
{
	const struct partition_bound *own = part->bound;
	struct list others = { 0 };
	struct list_value *all;
	int n = 0, at = 0;
	bool null = false;

	for (int i = 0; i < q->parent->nparts; i++)
		n += q->parent->parts[i]->bound->nkeys;
	all = ARENA_ARRAY(q->a, struct list_value, n + 1);
	for (int i = 0; i < q->parent->nparts; i++) {
		const struct partition_bound *b = q->parent->parts[i]->bound;
		for (int k = 0; k < b->nkeys && (own->is_default || b == own); k++) {
			null |= b->low[k].kind == VALUE_NULL;
			if (b->low[k].kind == VALUE_PLAIN)
				all[at++] = (struct list_value) { b->keys[k], &b->low[k] };
		}
	}
	if (!own->is_default) {
		add_list(q, all, at, null, &q->terms);
		return;
	}
	qsort(all, (size_t) at, sizeof *all, by_key);
	add_list(q, all, at, null, &others);
	if (others.n > 0)
		add(q, &q->terms, arena_printf(q->a, "(NOT %s)", join(q->a, &others, " AND ")));
}

/* -- Ranges ---------------------------------------------------------------------------------------------- */

static bool
same_value(const struct partition_value *a, const struct partition_value *b)
{
	return a->kind == VALUE_PLAIN && b->kind == VALUE_PLAIN && strcmp(a->text, b->text) == 0;
}

/* One end of a range over columns from `first`: a > 1, or a = 1 and b > 2, or ...; as many as say
 * something. */
static void
add_end(struct quals *q, const struct partition_value *v, int first, bool upper, struct list *to)
{
	const int n = q->key->ncols;
	const char closed = upper ? VALUE_MAX : VALUE_MIN;
	struct list arms = { 0 };

	for (int last = first; last < n && v[last].kind == VALUE_PLAIN; last++) {
		struct list arm = { 0 };
		bool incl = last == n - 1 ? !upper : v[last + 1].kind == closed;
		for (int i = first; i < last; i++)
			add(q, &arm, compare(q, i, "=", &v[i]));
		add(q, &arm, compare(q, last, upper ? (incl ? "<=" : "<") : (incl ? ">=" : ">"), &v[last]));
		add(q, &arms, join(q->a, &arm, " AND "));
	}
	if (arms.n > 0)
		add(q, to, join(q->a, &arms, " OR "));
}

static void
add_range(struct quals *q, const struct partition_bound *b, struct list *to)
{
	int i = 0;

	for (; i < q->key->ncols - 1 && same_value(&b->low[i], &b->high[i]); i++)
		add(q, to, compare(q, i, "=", &b->low[i]));
	add_end(q, b->low, i, false, to);
	add_end(q, b->high, i, true, to);
}

static void
range_terms(struct quals *q, const struct relation *part)
{
	struct list any = { 0 }, terms = { 0 };

	if (!part->bound->is_default) {
		add_not_nulls(q, &q->terms);
		add_range(q, part->bound, &q->terms);
		return;
	}
	for (int i = 0; i < q->parent->nparts; i++) {
		struct list one = { 0 };
		if (q->parent->parts[i] == part)
			continue;
		add_range(q, q->parent->parts[i]->bound, &one);
		if (one.n > 0)
			add(q, &any, join(q->a, &one, " AND "));
	}
	if (any.n == 0)
		return;
	add_not_nulls(q, &terms);
	add(q, &terms, join(q->a, &any, " OR "));
	add(q, &q->terms, arena_printf(q->a, "(NOT %s)", join(q->a, &terms, " AND ")));
}

/* -- All levels ------------------------------------------------------------------------------------------ */

static void
hash_terms(struct quals *q, const struct relation *part)
{
	struct strbuf b;

	strbuf_init(&b, q->a);
	strbuf_printf(&b, "satisfies_hash_partition('%u'::oid, %d, %d", (unsigned) q->parent->o.oid, part->bound->modulus,
	              part->bound->remainder);
	for (int i = 0; i < q->key->ncols; i++)
		strbuf_printf(&b, ", %s", key_text(q, i));
	strbuf_putc(&b, ')');
	add(q, &q->terms, b.data);
}

static void
add_levels(struct quals *q, const struct relation *part)
{
	const struct relation *parent = part->part_of == 0 ? NULL : catalog_relation_by_oid(q->c->env->catalog, part->part_of);

	if (parent == NULL || part->bound == NULL)
		return;
	add_levels(q, parent);
	q->parent = parent;
	q->key = parent->partkey;
	if (q->key->strategy == PARTITION_HASH)
		hash_terms(q, part);
	else if (q->key->strategy == PARTITION_LIST)
		list_terms(q, part);
	else
		range_terms(q, part);
}

int
sys_get_partition_constraintdef(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret, bool *ret_null,
                                struct err *e)
{
	const struct relation *r = catalog_relation_by_oid(c->env->catalog, (oid_t) args[0].i);
	struct quals q = { .c = c, .a = c->env->type.arena };

	(void) nulls, (void) e;
	if (r != NULL)
		add_levels(&q, r);
	return text_result(c, q.terms.n == 0 ? NULL : join(q.a, &q.terms, " AND "), ret, ret_null);
}
