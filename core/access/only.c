/* only.c - the one row that a scan is held to (req.only): its index entry is made from the row as it
 * is now and compared with the bounds, so that the others' entries need not be read.
 *
 * Not here: entries that cannot be made from the row's columns alone, of indexes on expressions and
 * of partial indexes: fetch.c looks for the row among all. */
#include "config.h"
#include "core/access/scan.h"

bool
scan_only_direct(const struct table_scan *s)
{
	if (s->req.only == NULL || s->mode == SCAN_SYSTEM)
		return false;
	if (s->mode == SCAN_ROWS)
		return true;
	for (int i = 0; i < s->index->ncols; i++)
		if (s->index->cols[i].attnum <= 0)
			return false;
	return s->index->where_sql == NULL;
}

/* The row's entry in the index, on `batch`. */
static int
make_entry(struct table_scan *s, struct arena *batch, const uint8_t *image, struct entry *ret,
	   struct err *e)
{
	const struct strbuf *only = s->req.only;
	struct index_row row;
	struct strbuf key, value;

	for (int i = 0; i < s->index->ncols; i++)
		row.v[i] = row_get(s->rel, image, s->index->cols[i].attnum, &row.null[i]);
	strbuf_init(&key, batch);
	strbuf_init(&value, batch);
	int rc = index_entry(s->index, &row, only->data, only->len, &key, &value, e);
	*ret = (struct entry){ (const uint8_t *) key.data, (const uint8_t *) value.data,
			       (uint32_t) key.len, (uint32_t) value.len };
	return rc;
}

int
scan_only(struct table_scan *s, struct arena *batch, struct entry *ret, bool *ret_found,
	  struct err *e)
{
	struct cursor *c = s->mode == SCAN_ROWS ? s->walk : s->rows;
	const struct strbuf *only = s->req.only;
	int rc;

	*ret_found = false;
	if (only->len == 0) /* a row of another partition */
		return ERR_OK;
	rc = cursor_seek(c, CURSOR_EXACT, only->data, only->len, ret_found, e);
	if (rc != ERR_OK || !*ret_found)
		return rc;
	const uint8_t *image = arena_dup(batch, c->value, c->vlen);
	if (!row_plausible(s->rel, image, c->vlen))
		return err_set(e, ERR_DATA_CORRUPTED, "table \"%s\" has a row of an unknown form",
			       s->rel->o.name);
	if (s->mode != SCAN_ROWS)
		return make_entry(s, batch, image, ret, e);
	*ret = (struct entry){ (const uint8_t *) only->data, image, (uint32_t) only->len,
			       (uint32_t) c->vlen };
	return ERR_OK;
}
