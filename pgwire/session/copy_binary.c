/* copy_binary.c - PostgreSQL's binary COPY format, coming in. */
#include "config.h"
#include "pgwire/session/copy.h"

#include <string.h>

const char copy_signature[11] = { 'P', 'G', 'C', 'O', 'P', 'Y', '\n', (char) 0xff, '\r', '\n', '\0' };

/* `n` bytes at in->at; *ret NULL: the data ends before. */
static int
need(struct copy_reader *r, size_t n, const unsigned char **ret, struct err *e)
{
	struct copy_input *in = &r->in;

	*ret = NULL;
	while (in->buf.len - in->at < n) {
		if (in->end)
			return ERR_OK;
		int rc = copy_input_more(in, e);
		if (rc != ERR_OK)
			return rc;
	}
	*ret = (const unsigned char *) in->buf.data + in->at;
	in->at += n;
	return ERR_OK;
}

static int
must(struct copy_reader *r, size_t n, const unsigned char **ret, const char *what, struct err *e)
{
	int rc = need(r, n, ret, e);

	if (rc == ERR_OK && *ret == NULL)
		rc = err_set(e, ERR_BAD_COPY_FILE_FORMAT, "%s", what);
	return rc;
}

static uint32_t
get_u32(const unsigned char *p)
{
	return (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16 | (uint32_t) p[2] << 8 | p[3];
}

static int
read_header(struct copy_reader *r, struct err *e)
{
	const unsigned char *p;

	r->started = true;
	int rc = must(r, sizeof copy_signature, &p, "COPY file signature not recognized", e);
	if (rc == ERR_OK && memcmp(p, copy_signature, sizeof copy_signature) != 0)
		rc = err_set(e, ERR_BAD_COPY_FILE_FORMAT, "COPY file signature not recognized");
	if (rc == ERR_OK)
		rc = must(r, 4, &p, "invalid COPY file header (missing flags)", e);
	if (rc == ERR_OK && (get_u32(p) & 1u << 16) != 0)
		rc = err_set(e, ERR_BAD_COPY_FILE_FORMAT, "invalid COPY file header (WITH OIDS)");
	if (rc == ERR_OK && (get_u32(p) >> 16) != 0)
		rc = err_set(e, ERR_BAD_COPY_FILE_FORMAT, "unrecognized critical flags in COPY file header");
	if (rc == ERR_OK)
		rc = must(r, 4, &p, "invalid COPY file header (missing length)", e);
	if (rc == ERR_OK && (int32_t) get_u32(p) < 0)
		rc = err_set(e, ERR_BAD_COPY_FILE_FORMAT, "invalid COPY file header (missing length)");
	if (rc == ERR_OK)
		rc = must(r, get_u32(p), &p, "invalid COPY file header (wrong length)", e);
	return rc;
}

static int
read_value(struct copy_reader *r, struct arena *batch, const struct column *c, struct vec *to, int row,
           struct err *e)
{
	const unsigned char *p;

	int rc = must(r, 4, &p, "unexpected EOF in COPY data", e);
	if (rc != ERR_OK)
		return rc;
	int32_t len = (int32_t) get_u32(p);
	to->null[row] = len == -1;
	if (len == -1)
		return ERR_OK;
	if (len < 0)
		return err_set(e, ERR_BAD_COPY_FILE_FORMAT, "invalid field size");
	rc = must(r, (size_t) len, &p, "unexpected EOF in COPY data", e);
	if (rc != ERR_OK)
		return rc;
	if (c->type->ops->recv == NULL)
		return err_set(e, ERR_UNDEFINED_FUNCTION, "no binary input function available for type %s",
		               type_sql_name(c->type));
	struct type_env env = { .arena = batch, .fmt = &r->s->fmt, .catalog = r->catalog, .names = &r->s->names };
	return c->type->ops->recv(c->type, &env, arena_dup(batch, p, (size_t) len), (size_t) len, c->typmod,
	                          &to->v[row], e);
}

/* One row; *ret_end: the trailer, or nothing at all. */
static int
read_row(struct copy_reader *r, struct arena *batch, struct vec *cols, int row, bool *ret_end, struct err *e)
{
	const unsigned char *p;

	int rc = need(r, 2, &p, e);
	*ret_end = rc == ERR_OK && (p == NULL || (p[0] == 0xff && p[1] == 0xff));
	if (rc != ERR_OK || *ret_end)
		return rc;
	int n = p[0] << 8 | p[1];
	if (n != r->ncols)
		return err_set(e, ERR_BAD_COPY_FILE_FORMAT, "row field count is %d, expected %d", n, r->ncols);
	r->line++;
	for (int k = 0; k < n && rc == ERR_OK; k++)
		rc = read_value(r, batch, LIST_AT(const struct column, &r->cmd->columns, k), &cols[k], row, e);
	return rc;
}

int
copy_next_binary(struct row_source *source, struct arena *batch, struct vec *cols, int *ret_n, struct err *e)
{
	struct copy_reader *r = (struct copy_reader *) source;
	int n = 0, rc = r->started ? ERR_OK : read_header(r, e);

	for (int k = 0; k < r->ncols; k++)
		cols[k] = (struct vec) { .v = ARENA_ARRAY(batch, union datum, BATCH_ROWS),
		                         .null = arena_zalloc(batch, BATCH_ROWS), .stride = 1 };
	while (rc == ERR_OK && !r->end && n < BATCH_ROWS) {
		rc = read_row(r, batch, cols, n, &r->end, e);
		n += rc == ERR_OK && !r->end;
	}
	*ret_n = n;
	return rc;
}
