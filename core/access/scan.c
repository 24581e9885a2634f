/* scan.c - opening scans, and walking a range from one end to the other.
 *
 * Not here: batched lookups (probe.c), from entries to rows and columns (fetch.c). */
#include "config.h"
#include "core/access/scan.h"

#include <stdlib.h>

#include "storage/lock.h"
#include "storage/txn.h"

static bool
is_system_column(int16_t attnum)
{
	return attnum < 0;
}

/* The index to walk: none when it is the one that clusters the table. */
static const struct index *
own_file(const struct scan_request *req)
{
	return req->index != NULL && req->index->clustered ? NULL : req->index;
}

bool
table_scan_index_only(const struct scan_request *req)
{
	const struct index *ix = own_file(req);

	if (ix == NULL || !index_kind_find(ix->kind)->lossless)
		return false;
	for (int i = 0; i < req->ncols; i++) {
		int16_t att = req->cols[i];

		if (att != COL_ROW_KEY && att != COL_TABLEOID && att != COL_CTID && att != COL_XMAX &&
		    (is_system_column(att) || !index_can_return(ix, att)))
			return false;
	}
	return true;
}

static void
choose_mode(struct table_scan *s)
{
	const struct index *ix = own_file(&s->req);

	s->index = ix != NULL ? ix : relation_cluster(s->rel);
	s->kind = s->index != NULL ? index_kind_find(s->index->kind) : NULL;
	if (s->rel->sys != NULL || s->rel->seq != NULL)
		s->mode = SCAN_SYSTEM;
	else if (ix == NULL)
		s->mode = SCAN_ROWS;
	else
		s->mode = table_scan_index_only(&s->req) ? SCAN_INDEX_ONLY : SCAN_INDEX;
	s->recheck = s->kind != NULL && !s->kind->lossless;
	for (int i = 0; i < s->req.ncols; i++)
		if (s->req.cols[i] == COL_ROW_KEY || s->req.cols[i] == COL_CTID)
			s->want_key = true;
}

static int
open_cursor(struct table_scan *s, uint32_t file, struct cursor **ret, struct err *e)
{
	if (s->req.latest)
		return cursor_open_latest(s->env->txn, file, ret, e);
	return cursor_open(s->env->txn, file, ret, e);
}

static int
open_cursors(struct table_scan *s, struct err *e)
{
	int rc;

	if (s->mode == SCAN_ROWS)
		return open_cursor(s, s->rel->file, &s->walk, e);
	rc = open_cursor(s, s->index->file, &s->walk, e);
	if (rc == ERR_OK && (s->mode == SCAN_INDEX || s->req.only != NULL))
		rc = open_cursor(s, s->rel->file, &s->rows, e);
	return rc;
}

/* An index built after the snapshot was taken may lack what the snapshot still sees. */
static int
check_age(struct exec_env *env, const struct scan_request *req, struct err *e)
{
	if (req->index == NULL || req->latest || txn_isolation(env->txn) == TXN_READ_COMMITTED ||
	    req->index->valid_from <= txn_snap_change(env->txn))
		return ERR_OK;
	return err_set(
		e, ERR_T_R_SERIALIZATION_FAILURE,
		"could not serialize access: index \"%s\" is newer than the transaction's snapshot",
		req->index->o.name);
}

static int
check_kind(const struct relation *rel, struct err *e)
{
	if (rel->kind == REL_TABLE || rel->kind == REL_MATVIEW || rel->sys != NULL ||
	    rel->seq != NULL)
		return ERR_OK;
	return err_set(e, ERR_WRONG_OBJECT_TYPE, "cannot open relation \"%s\"", rel->o.name);
}

int
table_scan_open(struct exec_env *env, const struct scan_request *req, struct table_scan **ret_scan,
		struct err *e)
{
	struct table_scan *s;
	int16_t *cols;
	int rc;

	rc = check_kind(req->rel, e);
	if (rc == ERR_OK)
		rc = check_age(env, req, e);
	if (rc != ERR_OK)
		return rc;
	s = malloc(sizeof *s);
	if (s == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	memset(s, 0, offsetof(struct table_scan, entries)); /* the arrays are written before read */
	s->env = env;
	s->req = *req;
	s->rel = req->rel;
	s->room = req->first > 0 && req->first < BATCH_ROWS ? req->first : BATCH_ROWS;
	arena_init(&s->arena, 0);
	arena_init(&s->long_arena, 0);
	strbuf_init(&s->lo, &s->long_arena);
	strbuf_init(&s->hi, &s->long_arena);
	cols = arena_alloc(&s->long_arena, (size_t) req->ncols * sizeof *cols);
	if (req->ncols != 0)
		memcpy(cols, req->cols, (size_t) req->ncols * sizeof *cols);
	s->req.cols = cols;
	choose_mode(s);
	s->need = s->mode == SCAN_ROWS ? row_prefix(s->rel, req->ncols, req->cols) : SIZE_MAX;
	rc = s->mode == SCAN_SYSTEM ? scan_system_open(s, e) : open_cursors(s, e);
	if (rc != ERR_OK) {
		table_scan_close(&s);
		return rc;
	}
	if (s->mode != SCAN_SYSTEM)
		scan_encode_bounds(s, &s->req.bounds);
	*ret_scan = s;
	return ERR_OK;
}

void
table_scan_close(struct table_scan **scan)
{
	struct table_scan *s = *scan;

	if (s == NULL)
		return;
	cursor_close(&s->walk);
	cursor_close(&s->rows);
	arena_done(&s->arena);
	arena_done(&s->long_arena);
	free(s);
	*scan = NULL;
}

int
table_scan_bounds(struct table_scan *s, const struct scan_bounds *bounds, struct err *e)
{
	(void) e;
	s->req.bounds = *bounds;
	s->started = s->done = false;
	if (s->mode != SCAN_SYSTEM)
		scan_encode_bounds(s, bounds);
	return ERR_OK;
}

const struct scan_counts *
table_scan_counts(const struct table_scan *s)
{
	return &s->counts;
}

/* --- walking ---------------------------------------------------------------------------------- */

/* Any later read of the latest state ends this cursor's position: narrow the bounds instead. */
static void
continue_after(struct table_scan *s, const struct entry *last)
{
	struct strbuf *b = s->req.backward ? &s->hi : &s->lo;

	strbuf_clear(b);
	strbuf_add(b, last->key, last->klen);
	if (s->req.backward) {
		s->has_hi = true;
	} else {
		strbuf_putc(b, '\0');
		s->has_lo = true;
	}
	s->started = false;
}

static int
fill(struct table_scan *s, struct arena *batch, int *ret_n, struct err *e)
{
	const uint8_t *keys[BATCH_ROWS], *values[BATCH_ROWS];
	uint32_t klen[BATCH_ROWS], vlen[BATCH_ROWS];
	struct cursor_batch b = {
		.max = s->room,
		.backward = s->req.backward,
		.key = keys,
		.value = values,
		.klen = klen,
		.vlen = vlen,
		.arena = batch,
		.values_only = s->mode == SCAN_ROWS && !s->want_key && !s->req.latest,
		.keys_only = s->need == 0,
		.most = s->need,
	};
	int rc;

	rc = cursor_fill(s->walk, &b, e);
	if (rc != ERR_OK)
		return rc;
	s->room = s->room * 4 < BATCH_ROWS ? s->room * 4 : BATCH_ROWS;
	for (int i = 0; i < b.n; i++) {
		s->entries[i].value = b.keys_only ? NULL : values[i];
		s->entries[i].vlen = b.keys_only ? 0 : vlen[i];
		s->entries[i].key = b.values_only ? NULL : keys[i];
		s->entries[i].klen = b.values_only ? 0 : klen[i];
	}
	if (s->mode != SCAN_ROWS)
		s->counts.index_entries += (uint64_t) b.n;
	if (s->req.latest && b.n > 0)
		continue_after(s, &s->entries[b.n - 1]);
	*ret_n = b.n;
	return ERR_OK;
}

/* An entry that the whole key finds, if any, without a range. */
static int
fill_one(struct table_scan *s, struct arena *batch, int *ret_n, struct err *e)
{
	bool found;
	int rc;

	s->done = true;
	*ret_n = 0;
	rc = cursor_seek(s->walk, CURSOR_EXACT, s->lo.data, s->lo.len, &found, e);
	if (rc != ERR_OK || !found)
		return rc;
	s->entries[0].key = arena_dup(batch, s->walk->key, s->walk->klen);
	s->entries[0].klen = (uint32_t) s->walk->klen;
	s->entries[0].value = arena_dup(batch, s->walk->value, s->walk->vlen);
	s->entries[0].vlen = (uint32_t) s->walk->vlen;
	*ret_n = 1;
	return ERR_OK;
}

/* The one row that is wanted, if it is within the bounds. */
static int
fill_only(struct table_scan *s, struct arena *batch, int *ret_n, struct err *e)
{
	struct entry *t = &s->entries[0];
	bool found = false;
	int rc = scan_only(s, batch, t, &found, e);

	s->done = true;
	found = rc == ERR_OK && found &&
		(!s->has_lo || entry_compare(t, s->lo.data, s->lo.len) >= 0) &&
		(!s->has_hi || entry_compare(t, s->hi.data, s->hi.len) < 0);
	*ret_n = found;
	return rc;
}

static bool
is_point(const struct table_scan *s)
{
	const struct scan_bounds *b = &s->req.bounds;

	if (s->index == NULL || b->neq != s->index->nkeys || index_key_has_row(s->index, false))
		return false;
	for (int i = 0; b->eq_is_null != NULL && i < b->neq; i++)
		if (b->eq_is_null[i])
			return false;
	return true;
}

static void
start(struct table_scan *s)
{
	s->started = true;
	if (s->empty)
		s->done = true;
	else
		cursor_set_bounds(s->walk, s->has_lo ? s->lo.data : NULL, s->lo.len,
				  s->has_hi ? s->hi.data : NULL, s->hi.len);
}

int
table_scan_next(struct table_scan *s, struct arena *batch, struct vec *out, int *ret_n,
		struct err *e)
{
	int n = 0, rc;

	rc = lock_check_cancel(s->env->cancel, e);
	if (rc != ERR_OK)
		return rc;
	if (s->mode == SCAN_SYSTEM)
		return scan_system_next(s, out, ret_n, e);
	while (n == 0 && !s->done) { /* a batch may lose all its rows to a recheck */
		if (!s->started)
			start(s);
		if (s->done)
			break;
		rc = scan_only_direct(s) ? fill_only(s, batch, &n, e)
		     : is_point(s)       ? fill_one(s, batch, &n, e)
					 : fill(s, batch, &n, e);
		if (rc != ERR_OK)
			return rc;
		if (n == 0)
			s->done = true;
		rc = scan_fetch(s, batch, &n, e);
		if (rc != ERR_OK)
			return rc;
	}
	s->counts.rows += (uint64_t) n;
	*ret_n = n;
	return n == 0 ? ERR_OK : scan_emit(s, batch, n, out, e);
}
