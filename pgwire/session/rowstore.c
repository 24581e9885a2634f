/* rowstore.c - rows kept for later: WITH HOLD, SCROLL, RETURNING fetched in parts.
 *
 * Rows are appended as bytes to a buffer; when that is larger than its allowance it goes to a
 * temporary file without a name.  Where each row begins is kept in memory (8 bytes a row), so
 * that a cursor can move anywhere.
 *
 * A row: for each column a null byte, then 8 bytes for values that fit the word, else a length
 * word and the bytes. */
#include "config.h"
#include "pgwire/session/portal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct rowstore {
	int     ncols;
	bool   *byval;
	uint64_t *at;                   /* [n + 1]: where rows begin */
	int64_t n, cap;
	struct strbuf tail;             /* bytes from tail_at on */
	uint64_t tail_at;
	size_t  memory;
	int     fd;                     /* -1: nothing on disk yet */
	char   *dir;
};

struct rowstore *
rowstore_new(const struct row_shape *shape, size_t memory, const char *dir)
{
	struct rowstore *r = calloc(1, sizeof *r);

	if (r == NULL)
		abort();
	r->ncols = shape->ncols;
	r->byval = calloc((size_t) shape->ncols + 1, sizeof *r->byval);
	r->cap = 64;
	r->at = malloc(((size_t) r->cap + 1) * sizeof *r->at);
	r->dir = strdup(dir);
	if (r->byval == NULL || r->at == NULL || r->dir == NULL)
		abort();
	for (int i = 0; i < shape->ncols; i++)
		r->byval[i] = shape->cols[i].type->byval;
	r->at[0] = 0;
	r->memory = memory;
	r->fd = -1;
	strbuf_init(&r->tail, NULL);
	return r;
}

void
rowstore_done(struct rowstore **r)
{
	if (*r == NULL)
		return;
	if ((*r)->fd >= 0)
		(void) close((*r)->fd);
	strbuf_done(&(*r)->tail);
	free((*r)->at);
	free((*r)->byval);
	free((*r)->dir);
	free(*r);
	*r = NULL;
}

int64_t
rowstore_count(const struct rowstore *r)
{
	return r->n;
}

static int
spill(struct rowstore *r, struct err *e)
{
	if (r->fd < 0)
		r->fd = open(r->dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (r->fd < 0)
		return err_set(e, ERR_IO_ERROR, "could not create temporary file: %s", strerror(errno));
	for (size_t done = 0; done < r->tail.len; ) {
		ssize_t n = pwrite(r->fd, r->tail.data + done, r->tail.len - done, (off_t) (r->tail_at + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set(e, errno == ENOSPC ? ERR_DISK_FULL : ERR_IO_ERROR,
			               "could not write to temporary file: %s", strerror(errno));
		done += (size_t) n;
	}
	r->tail_at += r->tail.len;
	strbuf_clear(&r->tail);
	return ERR_OK;
}

int
rowstore_append(struct rowstore *r, const struct batch *b, int from, int n, struct err *e)
{
	for (int i = from; i < from + n; i++) {
		int row = batch_row(b, i);
		for (int k = 0; k < r->ncols; k++) {
			bool null = vec_null(&b->cols[k], row);
			strbuf_putc(&r->tail, (char) null);
			if (null)
				continue;
			union datum v = vec_at(&b->cols[k], row);
			if (r->byval[k])
				strbuf_add(&r->tail, &v, sizeof v);
			else
				strbuf_add(&r->tail, v.b, sizeof(uint32_t) + bytes_len(v.b));
		}
		if (r->n == r->cap) {
			r->cap *= 2;
			r->at = realloc(r->at, ((size_t) r->cap + 1) * sizeof *r->at);
			if (r->at == NULL)
				abort();
		}
		r->at[++r->n] = r->tail_at + r->tail.len;
	}
	return r->tail.len > r->memory ? spill(r, e) : ERR_OK;
}

/* The bytes of one row, on the arena. */
static int
read_row(struct rowstore *r, int64_t i, struct arena *a, const char **ret, struct err *e)
{
	uint64_t from = r->at[i];
	size_t len = (size_t) (r->at[i + 1] - from);
	char *to = arena_alloc(a, len + 1);

	if (from >= r->tail_at) {
		memcpy(to, r->tail.data + (from - r->tail_at), len);
	} else {
		for (size_t done = 0; done < len; ) {
			ssize_t n = pread(r->fd, to + done, len - done, (off_t) (from + done));
			if (n < 0 && errno == EINTR)
				continue;
			if (n <= 0)
				return err_set(e, ERR_IO_ERROR, "could not read from temporary file: %s", strerror(errno));
			done += (size_t) n;
		}
	}
	*ret = to;
	return ERR_OK;
}

int
rowstore_read(struct rowstore *r, int64_t at, int step, int n, struct arena *a, struct batch *ret, struct err *e)
{
	struct vec *cols = ARENA_ARRAY(a, struct vec, r->ncols + 1);

	for (int k = 0; k < r->ncols; k++)
		cols[k] = (struct vec) { .v = ARENA_ARRAY(a, union datum, n + 1), .null = arena_zalloc(a, (size_t) n + 1),
		                         .stride = 1 };
	for (int i = 0; i < n; i++) {
		const char *p = NULL;
		int rc = read_row(r, at + (int64_t) i * step, a, &p, e);
		if (rc != ERR_OK)
			return rc;
		for (int k = 0; k < r->ncols; k++) {
			cols[k].null[i] = (uint8_t) *p++;
			if (cols[k].null[i])
				continue;
			if (r->byval[k]) {
				memcpy(&cols[k].v[i], p, sizeof(union datum));
				p += sizeof(union datum);
			} else {
				cols[k].v[i] = datum_bytes((const struct bytes *) p);
				p += sizeof(uint32_t) + bytes_len(cols[k].v[i].b);
			}
		}
	}
	*ret = (struct batch) { .n = n, .ncols = r->ncols, .cols = cols };
	return ERR_OK;
}
