/* rowset.c - lists of rows that move to disk past a limit.
 *
 * Rows in memory are the newest; everything older is in runs, each written in one go, with
 * the offset of every 64th row so that a reader that was in memory finds its place again. */
#include "config.h"
#include "core/exec/rows.h"

#include <stdlib.h>

#include "storage/spill.h"

enum { RUN_STEP = 64, READ_BUFFER = 64 * 1024 };

struct rowset_run {
	struct rowset_run *next;
	struct spill *spill;
	size_t first, n; /* row numbers */
	uint64_t *index; /* of every RUN_STEP-th row */
};

void
rowset_init(struct rowset *rs, struct exec *x, int ncols, const struct type *const *types,
	    size_t limit)
{
	*rs = (struct rowset){ .x = x, .limit = exec_store(x) != NULL ? limit : 0 };
	row_shape_init(&rs->shape, &x->arena, ncols, types);
	arena_init(&rs->arena, 0);
}

static void
runs_close(struct rowset *rs)
{
	for (struct rowset_run *r = rs->runs, *next; r != NULL; r = next) {
		next = r->next;
		spill_close(&r->spill);
		free(r->index);
		free(r);
	}
	rs->runs = rs->last = NULL;
}

void
rowset_done(struct rowset *rs)
{
	runs_close(rs);
	arena_done(&rs->arena);
	free(rs->rows);
	rs->rows = NULL;
	rs->nrows = rs->cap = rs->before = rs->total = 0;
}

void
rowset_clear(struct rowset *rs)
{
	runs_close(rs);
	arena_reset(&rs->arena);
	rs->nrows = rs->before = rs->total = 0;
}

/* Everything in memory becomes a run. */
static int
flush(struct rowset *rs, struct err *e)
{
	struct rowset_run *r = calloc(1, sizeof *r);
	int rc;

	if (r == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	if (rs->last != NULL)
		rs->last->next = r;
	else
		rs->runs = r;
	rs->last = r;
	r->first = rs->before;
	r->n = rs->nrows;
	r->index = malloc((rs->nrows / RUN_STEP + 1) * sizeof *r->index);
	if (r->index == NULL)
		return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	rc = spill_open(exec_store(rs->x), NULL, &r->spill, e);
	for (size_t i = 0; i < rs->nrows && rc == ERR_OK; i++) {
		if (i % RUN_STEP == 0)
			r->index[i / RUN_STEP] = spill_bytes(r->spill);
		rc = row_write(r->spill, &rs->shape, rs->rows[i], e);
	}
	if (rc == ERR_OK)
		rc = spill_rewind(r->spill, e);
	if (rc != ERR_OK)
		return rc;
	rs->before += rs->nrows;
	rs->nrows = 0;
	arena_reset(&rs->arena);
	return ERR_OK;
}

int
rowset_add_row(struct rowset *rs, const struct vec *cols, int row, struct err *e)
{
	if (rs->limit != 0 && rs->arena.used + rs->cap * sizeof *rs->rows > rs->limit &&
	    rs->nrows >= RUN_STEP) {
		int rc = flush(rs, e);
		if (rc != ERR_OK)
			return rc;
	}
	if (rs->nrows == rs->cap) {
		size_t cap = rs->cap == 0 ? 64 : rs->cap * 2;
		struct row **more = realloc(rs->rows, cap * sizeof *more);
		if (more == NULL)
			return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
		rs->rows = more;
		rs->cap = cap;
	}
	struct row *r = row_copy(&rs->arena, &rs->shape, rs->head, cols, row);
	if (rs->head != 0)
		memset((char *) r - rs->head, 0, rs->head);
	rs->rows[rs->nrows++] = r;
	rs->total++;
	return ERR_OK;
}

int
rowset_add(struct rowset *rs, const struct batch *b, struct err *e)
{
	int rc = ERR_OK;

	for (int i = 0; i < b->n && rc == ERR_OK; i++)
		rc = rowset_add_row(rs, b->cols, batch_row(b, i), e);
	return rc == ERR_OK ? arena_check(&rs->arena, e) : rc;
}

uint64_t
rowset_spilled(const struct rowset *rs)
{
	uint64_t sum = 0;

	for (const struct rowset_run *r = rs->runs; r != NULL; r = r->next)
		sum += spill_bytes(r->spill);
	return sum;
}

/* -- reading ---------------------------------------------------------------------------------- */
struct rowset_reader
rowset_reader(const struct rowset *rs)
{
	return (struct rowset_reader){ .rs = rs };
}

void
rowset_reader_done(struct rowset_reader *r)
{
	free(r->buf);
	r->buf = NULL;
}

/* Bytes of the run at r->offset, through the buffer. */
static int
read_bytes(struct rowset_reader *r, void *to, size_t len, struct err *e)
{
	char *p = to;

	if (r->buf == NULL) {
		r->buf = malloc(READ_BUFFER);
		if (r->buf == NULL)
			return err_set(e, ERR_OUT_OF_MEMORY, "out of memory");
	}
	while (len != 0) {
		if (r->offset < r->buf_at || r->offset >= r->buf_at + r->buf_len) {
			uint64_t left = spill_bytes(r->run->spill) - r->offset;
			size_t want = left < READ_BUFFER ? (size_t) left : READ_BUFFER;
			int rc = spill_read_at(r->run->spill, r->offset, r->buf, want, e);
			if (rc != ERR_OK)
				return rc;
			r->buf_at = r->offset;
			r->buf_len = want;
		}
		size_t have = (size_t) (r->buf_at + r->buf_len - r->offset),
		       n = have < len ? have : len;
		memcpy(p, r->buf + (r->offset - r->buf_at), n);
		p += n;
		len -= n;
		r->offset += n;
	}
	return ERR_OK;
}

/* Place the reader at row r->at, which is in a run. */
static int
seek(struct rowset_reader *r, struct err *e)
{
	const struct rowset_run *run = r->rs->runs;
	int rc = ERR_OK;

	while (r->at >= run->first + run->n)
		run = run->next;
	r->run = run;
	r->buf_len = 0;
	r->offset = run->index[(r->at - run->first) / RUN_STEP];
	for (size_t skip = (r->at - run->first) % RUN_STEP; skip != 0 && rc == ERR_OK; skip--) {
		uint32_t size;
		rc = read_bytes(r, &size, sizeof size, e);
		r->offset += size;
	}
	return rc;
}

static int
read_spilled(struct rowset_reader *r, struct arena *batch, const struct row **ret, struct err *e)
{
	uint32_t size;
	int rc = ERR_OK;

	if (r->run == NULL || r->at >= r->run->first + r->run->n || r->at < r->run->first)
		rc = seek(r, e);
	if (rc == ERR_OK)
		rc = read_bytes(r, &size, sizeof size, e);
	if (rc != ERR_OK)
		return rc;
	char *image = (char *) arena_alloc(batch, r->rs->head + size + 1) + r->rs->head;
	if (r->rs->head != 0)
		memset(image - r->rs->head, 0, r->rs->head);
	rc = read_bytes(r, image, size, e);
	if (rc == ERR_OK)
		*ret = row_restore(&r->rs->shape, image);
	return rc;
}

int
rowset_read(struct rowset_reader *r, struct arena *batch, int max, const struct row **rows,
	    int *ret_n, struct err *e)
{
	const struct rowset *rs = r->rs;
	int n = 0;

	while (n < max && r->at < rs->before) {
		int rc = read_spilled(r, batch, &rows[n], e);
		if (rc != ERR_OK)
			return rc;
		r->at++;
		n++;
	}
	while (n < max && r->at < rs->total) {
		rows[n++] = rs->rows[r->at - rs->before];
		r->at++;
	}
	*ret_n = n;
	return ERR_OK;
}

int
rowset_batch(struct rowset_reader *r, struct op *op, const struct batch **ret, struct err *e)
{
	const struct row *rows[BATCH_ROWS];
	int n, rc = rowset_read(r, &op->arena, BATCH_ROWS, rows, &n, e);

	if (rc != ERR_OK)
		return rc;
	if (n == 0) {
		*ret = NULL;
		return ERR_OK;
	}
	for (int c = 0; c < op->out.ncols; c++)
		op->out.cols[c] = vec_new(&op->arena, n);
	rows_gather(&r->rs->shape, rows, n, op->out.cols);
	op->out.n = n;
	op->out.sel = NULL;
	*ret = &op->out;
	return ERR_OK;
}
