/* partition.c - keys of partitioned tables as bytes, and where they lie among the bounds. */
#include "config.h"
#include "core/access/partition.h"

#include "core/access/index.h"
#include "core/func/hash_value.h"
#include "core/type/array.h"

/* Before a column of a range's end; a key's own columns are all BETWEEN. */
enum { BELOW_ALL = 0, BETWEEN = 1, ABOVE_ALL = 2 };

/* --- bytes ------------------------------------------------------------------------------------ */

void
partition_add_value(const struct partition_key *key, int col, union datum v, struct strbuf *to)
{
	const struct index ix = { .kind = "btree", .cols = key->cols, .ncols = key->ncols };

	index_kind_find(ix.kind)->add(&ix, col, v, to);
}

void
partition_add_range_end(const struct partition_key *key, const struct partition_value *ends,
			const union datum *v, int n, struct strbuf *to)
{
	for (int i = 0; i < n; i++) {
		if (ends != NULL && ends[i].kind != VALUE_PLAIN) {
			strbuf_putc(to, ends[i].kind == VALUE_MIN ? BELOW_ALL : ABOVE_ALL);
			return; /* what follows makes no difference */
		}
		strbuf_putc(to, BETWEEN);
		partition_add_value(key, i, v[i], to);
	}
}

static int
compare(const void *a, size_t la, const void *b, size_t lb)
{
	int rc = memcmp(a, b, la < lb ? la : lb);

	return rc != 0 ? rc : (la > lb) - (la < lb);
}

static int
compare_key(const struct strbuf *k, union datum bound)
{
	return compare(k->data, k->len, bytes_data(bound.b), bytes_len(bound.b));
}

static int
compare_keys(union datum a, union datum b)
{
	return compare(bytes_data(a.b), bytes_len(a.b), bytes_data(b.b), bytes_len(b.b));
}

/* --- placing a key ---------------------------------------------------------------------------- */

const struct relation *
partition_default(const struct relation *rel)
{
	return rel->nparts > 0 && rel->parts[rel->nparts - 1]->bound->is_default
		       ? rel->parts[rel->nparts - 1]
		       : NULL;
}

/* How many partitions have bounds. */
static int
bounded(const struct relation *rel)
{
	return rel->nparts - (partition_default(rel) != NULL);
}

static int
default_at(const struct relation *rel)
{
	return partition_default(rel) != NULL ? rel->nparts - 1 : -1;
}

static int
find_range(const struct relation *rel, const struct strbuf *k)
{
	int lo = 0, hi = bounded(rel);

	while (lo < hi) { /* the first whose upper end is above the key */
		int mid = lo + (hi - lo) / 2;

		if (compare_key(k, rel->parts[mid]->bound->keys[1]) < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo < bounded(rel) && compare_key(k, rel->parts[lo]->bound->keys[0]) >= 0 ? lo : -1;
}

static int
find_value(const struct relation *rel, const struct strbuf *k)
{
	for (int i = 0; i < bounded(rel); i++)
		for (int v = 0; v < rel->parts[i]->bound->nkeys; v++)
			if (rel->parts[i]->bound->low[v].kind == VALUE_PLAIN &&
			    compare_key(k, rel->parts[i]->bound->keys[v]) == 0)
				return i;
	return -1;
}

static int
find_null(const struct relation *rel)
{
	for (int i = 0; i < bounded(rel); i++)
		for (int v = 0; v < rel->parts[i]->bound->nlow; v++)
			if (rel->parts[i]->bound->low[v].kind == VALUE_NULL)
				return i;
	return -1;
}

/* By PostgreSQL's hash: what it has put into a partition belongs there. */
static int
find_hash(const struct relation *rel, const union datum *v, const bool *null)
{
	ARENA_AUTO struct arena a = { 0 };
	struct err e = { 0 };
	uint64_t hash = 0;

	/* What cannot be hashed, within a composite value, makes no difference. */
	for (int i = 0; i < rel->partkey->ncols; i++)
		if (null == NULL || !null[i])
			(void) hash_partition_column(&a, rel->partkey->cols[i].type, v[i], &hash, &e);
	for (int i = 0; i < rel->nparts; i++) {
		const struct partition_bound *b = rel->parts[i]->bound;

		if (hash % (uint64_t) b->modulus == (uint64_t) b->remainder)
			return i;
	}
	return -1;
}

int
partition_find(const struct relation *rel, const union datum *v, const bool *null)
{
	const struct partition_key *key = rel->partkey;
	struct strbuf k;
	int at;

	if (key->strategy == PARTITION_HASH)
		return find_hash(rel, v, null);
	for (int i = 0; i < key->ncols; i++)
		if (null != NULL && null[i]) {
			at = key->strategy == PARTITION_LIST ? find_null(rel) : -1;
			return at >= 0 ? at : default_at(rel);
		}
	strbuf_init(&k, NULL);
	if (key->strategy == PARTITION_RANGE) {
		partition_add_range_end(key, NULL, v, key->ncols, &k);
		at = find_range(rel, &k);
	} else {
		partition_add_value(key, 0, v[0], &k);
		at = find_value(rel, &k);
	}
	strbuf_done(&k);
	return at >= 0 ? at : default_at(rel);
}

/* --- what conditions can meet ----------------------------------------------------------------- */

/* Above every key that starts with what is there. */
static void
end_after(struct strbuf *k)
{
	strbuf_putc(k, (char) 0xff);
}

static void
select_range(const struct relation *rel, const struct scan_bounds *b, bool *keep)
{
	const struct partition_key *key = rel->partkey;
	const int n = bounded(rel);
	struct strbuf from, to;
	size_t at = 0;
	bool covered = false;

	strbuf_init(&from, NULL);
	strbuf_init(&to, NULL);
	partition_add_range_end(key, NULL, b->eq, b->neq, &from);
	strbuf_add(&to, from.data, from.len);
	if (b->lo.n > 0) {
		strbuf_putc(&from, BETWEEN);
		partition_add_value(key, b->neq, b->lo.v[0], &from);
		if (!b->lo.inclusive)
			end_after(&from);
	}
	if (b->hi.n > 0) {
		strbuf_putc(&to, BETWEEN);
		partition_add_value(key, b->neq, b->hi.v[0], &to);
	}
	if (b->hi.n == 0 || b->hi.inclusive)
		end_after(&to);
	/* Kept ones that join from one end to the other leave nothing for the default. */
	for (int i = 0; i < n && !covered; i++) {
		const union datum *ends = rel->parts[i]->bound->keys;

		if (compare_key(&from, ends[1]) >= 0 || compare_key(&to, ends[0]) <= 0)
			continue;
		keep[i] = true;
		if (at == 0 ? compare_key(&from, ends[0]) >= 0
			    : compare_keys(rel->parts[at - 1]->bound->keys[1], ends[0]) == 0)
			at = (size_t) i + 1;
		covered = at == (size_t) i + 1 && compare_key(&to, ends[1]) <= 0;
	}
	if (!covered && default_at(rel) >= 0)
		keep[rel->nparts - 1] = true;
	strbuf_done(&from);
	strbuf_done(&to);
}

static bool
within(const struct strbuf *lo, bool lo_incl, const struct strbuf *hi, bool hi_incl, union datum v)
{
	int rc = lo->len > 0 ? compare_key(lo, v) : -1;

	if (rc > 0 || (rc == 0 && !lo_incl))
		return false;
	rc = hi->len > 0 ? compare_key(hi, v) : 1;
	return rc > 0 || (rc == 0 && hi_incl);
}

static void
select_list(const struct relation *rel, const struct scan_bounds *b, bool *keep)
{
	struct strbuf lo, hi;

	strbuf_init(&lo, NULL);
	strbuf_init(&hi, NULL);
	if (b->lo.n > 0)
		partition_add_value(rel->partkey, 0, b->lo.v[0], &lo);
	if (b->hi.n > 0)
		partition_add_value(rel->partkey, 0, b->hi.v[0], &hi);
	for (int i = 0; i < bounded(rel); i++) {
		const struct partition_bound *p = rel->parts[i]->bound;

		for (int v = 0; v < p->nkeys; v++)
			keep[i] |= p->low[v].kind == VALUE_PLAIN &&
				   within(&lo, b->lo.inclusive, &hi, b->hi.inclusive, p->keys[v]);
	}
	if (default_at(rel) >= 0)
		keep[rel->nparts - 1] = true;
	strbuf_done(&lo);
	strbuf_done(&hi);
}

void
partition_select(const struct relation *rel, const struct scan_bounds *b, bool *keep)
{
	const struct partition_key *key = rel->partkey;
	const int nparts = rel->nparts;
	bool is_null = false;
	int at;

	for (int i = 0; i < b->neq; i++)
		is_null |= b->eq_is_null != NULL && b->eq_is_null[i];
	if (b->neq == key->ncols || (is_null && key->strategy == PARTITION_RANGE)) {
		bool all[INDEX_COLS_MAX] = { false };

		for (int i = 0; i < key->ncols; i++)
			all[i] = i >= b->neq ? false : b->eq_is_null != NULL && b->eq_is_null[i];
		if (key->strategy != PARTITION_RANGE || b->neq == key->ncols)
			at = partition_find(rel, b->eq, all);
		else
			at = default_at(rel);
		if (at >= 0)
			keep[at] = true;
		return;
	}
	if (b->neq == 0 && b->lo.n == 0 && b->hi.n == 0 && !b->not_null) {
		memset(keep, true, (size_t) nparts * sizeof *keep);
		return;
	}
	if (key->strategy == PARTITION_HASH)
		memset(keep, true, (size_t) nparts * sizeof *keep);
	else if (key->strategy == PARTITION_LIST)
		select_list(rel, b, keep);
	else
		select_range(rel, b, keep);
}

void
partition_select_any(const struct relation *rel, const struct scan_bounds *b, union datum *eq,
		     const struct type *type, union datum array, bool *keep)
{
	struct scan_bounds one = { .neq = b->neq + 1, .eq = eq, .eq_is_null = b->eq_is_null };
	bool is_null[INDEX_COLS_MAX] = { false };
	struct array a;
	struct array_iter it;
	bool null;

	for (int i = 0; i < b->neq && b->eq_is_null != NULL; i++)
		is_null[i] = b->eq_is_null[i];
	one.eq_is_null = is_null;
	while (type->kind == TYPE_DOMAIN)
		type = type->base;
	array_open(type->elem, array.b, &a);
	it = array_iter(&a);
	while (array_next(&it, &eq[b->neq], &null))
		if (!null)
			partition_select(rel, &one, keep);
}

/* --- bounds against each other ---------------------------------------------------------------- */

bool
partition_range_is_empty(const struct partition_bound *bound)
{
	return bound->nhigh > 0 && compare_keys(bound->keys[0], bound->keys[1]) >= 0;
}

static bool
values_meet(const struct partition_bound *a, const struct partition_bound *b, int *ret)
{
	for (int i = 0; i < a->nlow; i++)
		for (int k = 0; k < b->nlow; k++)
			if (a->low[i].kind == b->low[k].kind &&
			    (a->low[i].kind == VALUE_NULL ||
			     compare_keys(a->keys[i], b->keys[k]) == 0)) {
				*ret = i;
				return true;
			}
	return false;
}

static bool
remainders_meet(const struct partition_bound *a, const struct partition_bound *b)
{
	int32_t m = a->modulus < b->modulus ? a->modulus : b->modulus;

	return a->remainder % m == b->remainder % m;
}

const struct relation *
partition_overlap(const struct relation *rel, const struct partition_bound *bound, int *ret_value)
{
	*ret_value = 0;
	for (int i = 0; i < bounded(rel); i++) {
		const struct partition_bound *b = rel->parts[i]->bound;
		bool meet;

		if (bound->modulus > 0)
			meet = remainders_meet(bound, b);
		else if (bound->nhigh > 0)
			meet = compare_keys(bound->keys[0], b->keys[1]) < 0 &&
			       compare_keys(b->keys[0], bound->keys[1]) < 0;
		else
			meet = values_meet(bound, b, ret_value);
		if (meet)
			return rel->parts[i];
	}
	return NULL;
}
