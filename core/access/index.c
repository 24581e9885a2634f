/* index.c - entries: keys, values, and reading them back.
 *
 * An entry's value starts with where the row's key is:
 *     0..253       so many bytes at the end of the entry's key
 *     254, u16     the same, for longer ones
 *     255, u16     so many bytes follow in the value
 * then the INCLUDE columns: one byte, 0 for null, 1 for a word that follows, 2 for struct bytes.
 *
 * Not here: how a kind encodes a column (index_kind.c), when entries are written (write.c). */
#include "config.h"
#include "core/access/index.h"

#include <assert.h>

#include "storage/key.h"
#include "storage/txn.h"

enum { AT_END_LONG = 254, IN_VALUE = 255 };
enum { INCLUDE_NULL, INCLUDE_WORD, INCLUDE_BYTES };

void
index_key_add(const struct index *ix, const union datum *v, const bool *null, int n,
	      struct strbuf *to, bool *ret_has_null)
{
	const struct index_kind *kind = index_kind_find(ix->kind);
	bool has_null = false;

	for (int i = 0; i < n; i++) {
		if (null != NULL && null[i]) {
			key_add_null(to, ix->cols[i].nulls_first);
			has_null = true;
			continue;
		}
		if (!ix->clustered) /* the clustering key has no nulls, ever */
			key_add_present(to);
		kind->add(ix, i, v[i], to);
	}
	*ret_has_null = has_null;
}

bool
index_key_has_row(const struct index *ix, bool has_null)
{
	return !ix->unique || ix->deferrable || (has_null && !ix->nulls_not_distinct);
}

static void
add_u16(struct strbuf *to, size_t v)
{
	uint16_t n = (uint16_t) v;

	strbuf_add(to, &n, sizeof n);
}

static void
add_includes(const struct index *ix, const struct index_row *row, struct strbuf *to)
{
	for (int i = ix->nkeys; i < ix->ncols; i++) {
		if (row->null[i]) {
			strbuf_putc(to, INCLUDE_NULL);
		} else if (ix->cols[i].type->byval) {
			strbuf_putc(to, INCLUDE_WORD);
			strbuf_add(to, &row->v[i], sizeof row->v[i]);
		} else {
			strbuf_putc(to, INCLUDE_BYTES);
			strbuf_add(to, row->v[i].b, sizeof(uint32_t) + bytes_len(row->v[i].b));
		}
	}
}

int
index_entry(const struct index *ix, const struct index_row *row, const void *row_key, size_t rklen,
	    struct strbuf *key, struct strbuf *value, struct err *e)
{
	bool has_null;

	index_key_add(ix, row->v, row->null, ix->nkeys, key, &has_null);
	if (index_key_has_row(ix, has_null)) {
		strbuf_add(key, row_key, rklen);
		if (rklen < AT_END_LONG) {
			strbuf_putc(value, (char) rklen);
		} else {
			strbuf_putc(value, (char) AT_END_LONG);
			add_u16(value, rklen);
		}
	} else {
		strbuf_putc(value, (char) IN_VALUE);
		add_u16(value, rklen);
		strbuf_add(value, row_key, rklen);
	}
	if (key->len > TXN_KEY_MAX) {
		err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED,
			"index row size %zu exceeds %s maximum %d for index \"%s\"", key->len,
			ix->kind, TXN_KEY_MAX, ix->o.name);
		(void) err_hint(e, "Values larger than 1/3 of a buffer page cannot be indexed.\n"
				   "Consider a function index of an MD5 hash of the value, or use "
				   "full text indexing.");
		return err_object(e, NULL, ix->table != NULL ? ix->table->o.name : NULL, NULL,
				  ix->o.name);
	}
	add_includes(ix, row, value);
	return ERR_OK;
}

/* The bytes of the value before the INCLUDE columns; 0: damaged. */
static size_t
value_head(const uint8_t *key, size_t klen, const uint8_t *value, size_t vlen,
	   const uint8_t **ret_key, size_t *ret_len)
{
	uint16_t len;

	if (vlen < 1)
		return 0;
	if (value[0] < AT_END_LONG) {
		if (value[0] > klen)
			return 0;
		*ret_len = value[0];
		*ret_key = key + klen - value[0];
		return 1;
	}
	if (vlen < 3)
		return 0;
	memcpy(&len, value + 1, sizeof len);
	*ret_len = len;
	if (value[0] == AT_END_LONG) {
		*ret_key = key + klen - len;
		return len <= klen ? 3 : 0;
	}
	*ret_key = value + 3;
	return vlen - 3 >= len ? 3 + (size_t) len : 0;
}

bool
index_entry_row_key(const struct index *ix, const uint8_t *key, size_t klen, const uint8_t *value,
		    size_t vlen, const uint8_t **ret_key, size_t *ret_len)
{
	(void) ix;
	return value_head(key, klen, value, vlen, ret_key, ret_len) != 0;
}

/* How many key columns can be read back: up to the first that cannot. */
static int
readable_keys(const struct index *ix)
{
	int n = 0;

	while (n < ix->nkeys && index_kind_find(ix->kind)->lossless &&
	       ix->cols[n].type->ops->unkey != NULL)
		n++;
	return n;
}

bool
index_can_return(const struct index *ix, int16_t attnum)
{
	int readable = readable_keys(ix);

	for (int i = 0; i < ix->ncols; i++)
		if (ix->cols[i].attnum == attnum && (i >= ix->nkeys || i < readable))
			return true;
	return false;
}

/* One key column; returns the bytes it took, 0 when damaged. */
static size_t
decode_key_col(const struct index_column *c, const uint8_t *p, size_t len, struct arena *a,
	       union datum *ret)
{
	uint8_t *turned;

	if (!c->desc)
		return c->type->ops->unkey(c->type, a, p, len, ret);
	turned = arena_alloc(a, len + 1);
	for (size_t i = 0; i < len; i++)
		turned[i] = (uint8_t) ~p[i];
	return c->type->ops->unkey(c->type, a, turned, len, ret);
}

static bool
decode_keys(const struct index *ix, int n, const uint8_t *key, size_t klen, struct arena *a,
	    struct index_row *ret)
{
	size_t at = 0;

	for (int i = 0; i < n; i++) {
		size_t took;

		ret->null[i] = false;
		if (!ix->clustered) {
			if (at >= klen)
				return false;
			ret->null[i] = key[at++] != 1;
		}
		if (ret->null[i])
			continue;
		took = decode_key_col(&ix->cols[i], key + at, klen - at, a, &ret->v[i]);
		if (took == 0 || took > klen - at)
			return false;
		at += took;
	}
	return true;
}

static bool
decode_includes(const struct index *ix, const uint8_t *p, const uint8_t *end, struct index_row *ret)
{
	for (int i = ix->nkeys; i < ix->ncols; i++) {
		size_t len = 0;
		uint8_t how;

		if (p >= end)
			return false;
		how = *p++;
		ret->null[i] = how == INCLUDE_NULL;
		if (how == INCLUDE_WORD) {
			len = sizeof ret->v[i];
			if ((size_t) (end - p) < len)
				return false;
			memcpy(&ret->v[i], p, len);
		} else if (how == INCLUDE_BYTES) {
			ret->v[i] = datum_bytes((const struct bytes *) p);
			if ((size_t) (end - p) < sizeof(uint32_t))
				return false;
			len = sizeof(uint32_t) + bytes_len(ret->v[i].b);
			if ((size_t) (end - p) < len)
				return false;
		}
		p += len;
	}
	return p == end;
}

bool
index_entry_decode(const struct index *ix, const uint8_t *key, size_t klen, const uint8_t *value,
		   size_t vlen, struct arena *a, struct index_row *ret)
{
	const uint8_t *row_key;
	size_t rklen, head = value_head(key, klen, value, vlen, &row_key, &rklen);

	return head != 0 && decode_keys(ix, readable_keys(ix), key, klen, a, ret) &&
	       decode_includes(ix, value + head, value + vlen, ret);
}

void
index_row_key(const struct index *primary, const union datum *values, struct strbuf *to)
{
	const struct index_kind *kind = index_kind_find(primary->kind);

	assert(primary->clustered);
	for (int i = 0; i < primary->nkeys; i++)
		kind->add(primary, i, values[primary->cols[i].attnum - 1], to);
}
