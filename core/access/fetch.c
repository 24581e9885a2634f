/* fetch.c - from entries to rows, from rows to columns.
 *
 * Rows are fetched in the order of their keys, whatever the order of the entries, because the
 * engine finds neighbours on the page it has in hand; results keep the entries' order.
 *
 * Not here: where the entries come from (scan.c, probe.c). */
#include "config.h"
#include "core/access/scan.h"

#include <stdlib.h>

#include "core/base/hash.h"

struct wanted {
	uint64_t head;
	uint16_t i;
};

static uint64_t
head_of(const uint8_t *p, uint32_t len)
{
	uint64_t h = 0;

	memcpy(&h, p, len < sizeof h ? len : sizeof h);
	return __builtin_bswap64(h);
}

static int
wanted_order(const void *a, const void *b, void *arg)
{
	const struct table_scan *s = arg;
	const struct wanted *x = a, *y = b;
	uint32_t xl, yl;
	int cmp;

	if (x->head != y->head)
		return x->head < y->head ? -1 : 1;
	xl = s->row_klen[x->i];
	yl = s->row_klen[y->i];
	cmp = memcmp(s->row_keys[x->i], s->row_keys[y->i], xl < yl ? xl : yl);
	if (cmp != 0)
		return cmp;
	return xl != yl ? (xl < yl ? -1 : 1) : (int) x->i - (int) y->i;
}

static bool
same_key(const struct table_scan *s, int a, int b)
{
	return s->row_klen[a] == s->row_klen[b] &&
	       memcmp(s->row_keys[a], s->row_keys[b], s->row_klen[a]) == 0;
}

/* The row with this key: on the next place when keys are dense, else by a search. */
static int
find_row(struct table_scan *s, int i, bool *dense, bool *ret_found, struct err *e)
{
	struct cursor *c = s->rows;
	int rc;

	if (*dense) {
		rc = cursor_next(c, ret_found, e);
		if (rc != ERR_OK)
			return rc;
		if (*ret_found && c->klen == s->row_klen[i] &&
		    memcmp(c->key, s->row_keys[i], c->klen) == 0)
			return ERR_OK;
		*dense = false;
	}
	s->counts.row_fetches++;
	return cursor_seek(c, CURSOR_EXACT, s->row_keys[i], s->row_klen[i], ret_found, e);
}

/* Keys that differ by one in their last byte are likely to be neighbours. */
static bool
looks_dense(const struct table_scan *s, int a, int b)
{
	uint32_t n = s->row_klen[a];

	return n > 0 && n == s->row_klen[b] && memcmp(s->row_keys[a], s->row_keys[b], n - 1) == 0 &&
	       s->row_keys[b][n - 1] - s->row_keys[a][n - 1] == 1;
}

static int
fetch_rows(struct table_scan *s, struct arena *batch, int n, struct err *e)
{
	struct wanted w[BATCH_ROWS];
	bool dense = false, sorted = true;
	int rc;

	for (int i = 0; i < n; i++) {
		w[i] = (struct wanted){ head_of(s->row_keys[i], s->row_klen[i]), (uint16_t) i };
		sorted &= i == 0 || w[i - 1].head < w[i].head;
	}
	if (!sorted)
		qsort_r(w, (size_t) n, sizeof *w, wanted_order, s);
	for (int k = 0; k < n; k++) {
		int i = w[k].i;
		bool found;

		if (k > 0 && same_key(s, w[k - 1].i, i)) {
			s->images[i] = s->images[w[k - 1].i];
			s->image_len[i] = s->image_len[w[k - 1].i];
			continue;
		}
		dense = k > 0 && s->images[w[k - 1].i] != NULL && looks_dense(s, w[k - 1].i, i);
		rc = find_row(s, i, &dense, &found, e);
		if (rc != ERR_OK)
			return rc;
		s->images[i] = found ? arena_dup(batch, s->rows->value, s->rows->vlen) : NULL;
		s->image_len[i] = found ? (uint32_t) s->rows->vlen : 0;
	}
	return ERR_OK;
}

/* A lossy index's entry may belong to another value: look at the row. */
static bool
row_matches(struct table_scan *s, int i, const struct scan_bounds *b)
{
	for (int c = 0; c < b->neq; c++) {
		int16_t att = s->index->cols[c].attnum;
		const struct type *t = s->index->cols[c].type;
		union datum v;
		bool null;

		if (att == 0)
			continue; /* an expression: the caller filters again */
		v = row_get(s->rel, s->images[i], att, &null);
		if (b->eq_is_null != NULL && b->eq_is_null[c]) {
			if (!null)
				return false;
		} else if (null || t->ops->cmp(t, v, b->eq[c]) != 0) {
			return false;
		}
	}
	return true;
}

static bool
probe_matches(struct table_scan *s, int i)
{
	const struct probe_key *k = s->hits[i];
	struct strbuf *b = &s->lo;

	strbuf_clear(b);
	for (int c = 0; c < s->probe.nkeys; c++) {
		int16_t att = s->index->cols[c].attnum;
		const struct type *t = s->index->cols[c].type;
		union datum v;
		bool null;

		if (att == 0)
			return true; /* an expression: the caller filters again */
		v = row_get(s->rel, s->images[i], att, &null);
		if (null)
			return false;
		t->ops->key(t, v, b);
	}
	return b->len == k->exact_len && memcmp(b->data, k->exact, b->len) == 0;
}

static int
damaged(const struct table_scan *s, struct err *e)
{
	return err_set(e, ERR_DATA_CORRUPTED,
		       "table \"%s\" has a row or index entry of an unknown form", s->rel->o.name);
}

static void
keep(struct table_scan *s, int to, int from)
{
	if (to == from)
		return;
	s->entries[to] = s->entries[from];
	s->images[to] = s->images[from];
	s->image_len[to] = s->image_len[from];
	s->row_keys[to] = s->row_keys[from];
	s->row_klen[to] = s->row_klen[from];
	s->hits[to] = s->hits[from];
}

static int
fetch_by_entries(struct table_scan *s, struct arena *batch, int *n, struct err *e)
{
	int kept = 0, rc;

	for (int i = 0; i < *n; i++) {
		size_t len;

		if (!index_entry_row_key(s->index, s->entries[i].key, s->entries[i].klen,
					 s->entries[i].value, s->entries[i].vlen, &s->row_keys[i],
					 &len))
			return damaged(s, e);
		s->row_klen[i] = (uint32_t) len;
	}
	if (s->mode == SCAN_INDEX_ONLY)
		return ERR_OK;
	rc = fetch_rows(s, batch, *n, e);
	if (rc != ERR_OK)
		return rc;
	for (int i = 0; i < *n; i++) {
		if (s->images[i] == NULL) /* only when reading the latest state */
			continue;
		if (!row_plausible(s->rel, s->images[i], s->image_len[i]))
			return damaged(s, e);
		if (s->recheck &&
		    !(s->probing ? probe_matches(s, i) : row_matches(s, i, &s->req.bounds)))
			continue;
		keep(s, kept++, i);
	}
	*n = kept;
	return ERR_OK;
}

/* Of the entries those of one row alone, where only.c could not make them: req.only. */
static int
fetch_only(struct table_scan *s, int *n, struct err *e)
{
	const struct strbuf *only = s->req.only;
	int kept = 0;

	for (int i = 0; i < *n; i++) {
		const struct entry *t = &s->entries[i];
		const uint8_t *key = t->key;
		size_t len = t->klen;

		if (s->mode != SCAN_ROWS &&
		    !index_entry_row_key(s->index, t->key, t->klen, t->value, t->vlen, &key, &len))
			return damaged(s, e);
		if (len == only->len && memcmp(key, only->data, len) == 0)
			keep(s, kept++, i);
	}
	*n = kept;
	return ERR_OK;
}

int
scan_fetch(struct table_scan *s, struct arena *batch, int *n, struct err *e)
{
	int rc = s->req.only != NULL ? fetch_only(s, n, e) : ERR_OK;

	if (rc != ERR_OK)
		return rc;
	if (s->mode != SCAN_ROWS)
		return fetch_by_entries(s, batch, n, e);
	for (int i = 0; i < *n; i++) {
		s->images[i] = s->entries[i].value;
		s->row_keys[i] = s->entries[i].key;
		s->row_klen[i] = s->entries[i].klen;
		if (s->need != 0 && !row_plausible(s->rel, s->images[i], s->entries[i].vlen))
			return damaged(s, e);
	}
	return ERR_OK;
}

/* --- columns ---------------------------------------------------------------------------------- */

int64_t
table_ctid(const struct relation *rel, const void *key, size_t klen)
{
	uint64_t id = relation_cluster(rel) == NULL
			      ? head_of(key, (uint32_t) klen)
			      : hash_bytes(key, klen) & UINT64_C(0xffffffffffff);

	return (int64_t) id;
}

static int
emit_system_column(struct table_scan *s, struct arena *batch, int n, int16_t att, struct vec *out,
		   struct err *e)
{
	out->stride = 1;
	out->null = NULL;
	for (int i = 0; i < n; i++) {
		switch (att) {
		case COL_ROW_KEY:
			out->v[i] = datum_bytes(bytes_make(batch, s->row_keys[i], s->row_klen[i]));
			break;
		case COL_CTID:
			out->v[i].i = table_ctid(s->rel, s->row_keys[i], s->row_klen[i]);
			break;
		case COL_TABLEOID:
			out->v[i].i = s->rel->o.oid;
			break;
		case COL_XMAX:
			out->v[i].u = 0;
			break;
		case COL_VERSION:
			out->v[i].u = row_change(s->images[i]);
			break;
		case COL_XMIN:
			out->v[i].u = row_change(s->images[i]) & 0xffffffff;
			break;
		default:
			return err_set(e, ERR_INTERNAL_ERROR, "no system column %d", att);
		}
	}
	return ERR_OK;
}

/* Which column of the index holds the attribute. */
static int
index_column_of(const struct index *ix, int16_t att)
{
	int i = 0;

	while (i < ix->ncols - 1 && ix->cols[i].attnum != att)
		i++;
	return i;
}

static int
emit_from_entries(struct table_scan *s, struct arena *batch, int n, struct vec *out, struct err *e)
{
	bool any[64] = { false };
	int where[64];

	if (s->req.ncols > (int) ARRAY_LEN(where))
		return err_set(e, ERR_INTERNAL_ERROR, "too many columns from an index");
	for (int c = 0; c < s->req.ncols; c++)
		where[c] = s->req.cols[c] > 0 ? index_column_of(s->index, s->req.cols[c]) : -1;
	for (int i = 0; i < n; i++) {
		struct index_row row;
		const struct entry *t = &s->entries[i];

		if (!index_entry_decode(s->index, t->key, t->klen, t->value, t->vlen, batch, &row))
			return damaged(s, e);
		for (int c = 0; c < s->req.ncols; c++) {
			if (where[c] < 0)
				continue;
			out[c].v[i] = row.v[where[c]];
			out[c].null[i] = row.null[where[c]];
			any[c] |= row.null[where[c]];
		}
	}
	for (int c = 0; c < s->req.ncols; c++) {
		int rc;

		if (where[c] < 0) {
			rc = emit_system_column(s, batch, n, s->req.cols[c], &out[c], e);
			if (rc != ERR_OK)
				return rc;
			continue;
		}
		out[c].stride = 1;
		if (!any[c])
			out[c].null = NULL;
	}
	return ERR_OK;
}

int
scan_emit(struct table_scan *s, struct arena *batch, int n, struct vec *out, struct err *e)
{
	int rc;

	if (s->mode == SCAN_INDEX_ONLY) {
		rc = emit_from_entries(s, batch, n, out, e);
		return rc != ERR_OK ? rc : arena_check(batch, e);
	}
	for (int c = 0; c < s->req.ncols; c++) {
		if (s->req.cols[c] > 0) {
			row_decode_vec(s->rel, s->images, n, s->req.cols[c], &out[c]);
			continue;
		}
		rc = emit_system_column(s, batch, n, s->req.cols[c], &out[c], e);
		if (rc != ERR_OK)
			return rc;
	}
	return arena_check(batch, e);
}
