/* copy_write.c - rows going out by COPY TO, in text, CSV and binary. */
#include "config.h"
#include "pgwire/session/copy.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/type/charset.h"

/* -- Lines to the client or the file ------------------------------------------------------------- */
/* The line as it goes out. */
static int
coded(struct copy_writer *w, const struct strbuf **ret, struct err *e)
{
	*ret = &w->line;
	if (w->charset == NULL)
		return ERR_OK;
	*ret = &w->coded;
	strbuf_clear(&w->coded);
	return charset_from_utf8(w->charset, w->line.data, w->line.len, &w->coded, e);
}

static int
write_file(struct copy_writer *w, struct err *e)
{
	const struct strbuf *out;
	int rc = coded(w, &out, e);

	if (rc != ERR_OK)
		return rc;
	for (size_t done = 0; done < out->len; ) {
		ssize_t n = write(w->fd, out->data + done, out->len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set(e, errno == ENOSPC ? ERR_DISK_FULL : ERR_IO_ERROR, "could not write to COPY file: %s",
			               strerror(errno));
		done += (size_t) n;
	}
	strbuf_clear(&w->line);
	return ERR_OK;
}

static int
put_line(struct copy_writer *w, struct err *e)
{
	enum { FILE_CHUNK = 64 * 1024 };
	struct writer *out = &w->s->conn->out;

	if (w->fd >= 0)
		return w->line.len < FILE_CHUNK ? ERR_OK : write_file(w, e);
	const struct strbuf *line;
	int rc = coded(w, &line, e);
	if (rc != ERR_OK)
		return rc;
	writer_begin(out, 'd');
	writer_bytes(out, line->data, line->len);
	writer_end(out);
	strbuf_clear(&w->line);
	if (out->failed)
		return err_set(e, ERR_CONNECTION_FAILURE, "connection to client lost");
	return ERR_OK;
}

/* -- Values ----------------------------------------------------------------------------------------- */
static void
put_escaped(struct copy_writer *w, const char *p, size_t len)
{
	static const char letters[] = "btnvfr";         /* 8 to 13 */

	for (size_t i = 0; i < len; i++) {
		char c = p[i];
		if (c >= '\b' && c <= '\r') {
			strbuf_putc(&w->line, '\\');
			strbuf_putc(&w->line, letters[c - '\b']);
		} else if (c == '\\' || c == w->cmd->delimiter) {
			strbuf_putc(&w->line, '\\');
			strbuf_putc(&w->line, c);
		} else {
			strbuf_putc(&w->line, c);
		}
	}
}

static bool
needs_quotes(const struct copy_writer *w, const char *p, size_t len, bool single)
{
	if (len == strlen(w->cmd->null_text) && memcmp(p, w->cmd->null_text, len) == 0)
		return true;
	if (single && len == 2 && memcmp(p, "\\.", 2) == 0)
		return true;
	for (size_t i = 0; i < len; i++)
		if (p[i] == w->cmd->delimiter || p[i] == w->cmd->quote || p[i] == '\n' || p[i] == '\r')
			return true;
	return false;
}

static void
put_csv(struct copy_writer *w, const char *p, size_t len, bool force, bool single)
{
	if (!force && !needs_quotes(w, p, len, single)) {
		strbuf_add(&w->line, p, len);
		return;
	}
	strbuf_putc(&w->line, w->cmd->quote);
	for (size_t i = 0; i < len; i++) {
		if (p[i] == w->cmd->quote || p[i] == w->cmd->escape)
			strbuf_putc(&w->line, w->cmd->escape);
		strbuf_putc(&w->line, p[i]);
	}
	strbuf_putc(&w->line, w->cmd->quote);
}

static void
put_u32(struct strbuf *to, uint32_t v)
{
	const char bytes[4] = { (char) (v >> 24), (char) (v >> 16), (char) (v >> 8), (char) v };

	strbuf_add(to, bytes, sizeof bytes);
}

static bool
must_quote(const struct cmd_copy *c, int col)
{
	return c->force_quote_all || (c->force_quote != NULL && c->force_quote[col]);
}

static int
put_value(struct copy_writer *w, int col, union datum v, bool null, struct err *e)
{
	const struct type *t = w->shape->cols[col].type;
	struct type_env env = { .arena = w->arena, .fmt = &w->s->fmt, .names = &w->s->names };

	strbuf_clear(&w->value);
	if (w->cmd->format == COPY_BINARY) {
		if (null) {
			put_u32(&w->line, UINT32_MAX);
			return ERR_OK;
		}
		if (t->ops->send == NULL)
			return err_set(e, ERR_UNDEFINED_FUNCTION, "no binary output function available for type %s",
			               type_sql_name(t));
		t->ops->send(t, &env, v, &w->value);
		put_u32(&w->line, (uint32_t) w->value.len);
		strbuf_add(&w->line, w->value.data, w->value.len);
		return ERR_OK;
	}
	if (col > 0)
		strbuf_putc(&w->line, w->cmd->delimiter);
	if (null) {
		strbuf_puts(&w->line, w->cmd->null_text);
		return ERR_OK;
	}
	t->ops->out(t, &env, v, &w->value);
	if (w->cmd->format == COPY_CSV)
		put_csv(w, w->value.data, w->value.len, must_quote(w->cmd, col), w->shape->ncols == 1);
	else
		put_escaped(w, w->value.data, w->value.len);
	return ERR_OK;
}

static int
write_rows(struct dest *d, const struct batch *b, int from, int n, struct err *e)
{
	struct copy_writer *w = (struct copy_writer *) d;
	int rc = ERR_OK;

	for (int i = from; i < from + n && rc == ERR_OK; i++) {
		int row = batch_row(b, i);
		if (w->cmd->format == COPY_BINARY) {
			strbuf_putc(&w->line, (char) (w->shape->ncols >> 8));
			strbuf_putc(&w->line, (char) w->shape->ncols);
		}
		for (int k = 0; k < w->shape->ncols && rc == ERR_OK; k++)
			rc = put_value(w, k, vec_at(&b->cols[k], row), vec_null(&b->cols[k], row), e);
		if (w->cmd->format != COPY_BINARY)
			strbuf_putc(&w->line, '\n');
		if (rc == ERR_OK)
			rc = put_line(w, e);
		w->rows += rc == ERR_OK;
	}
	return rc;
}

/* -- Start and end ------------------------------------------------------------------------------------- */
int
copy_writer_init(struct copy_writer *w, struct session *s, const struct cmd_copy *cmd, const struct row_shape *shape,
                 int fd, struct arena *a, struct err *e)
{
	const struct charset *charset;
	int rc = copy_charset(s, cmd, &charset, e);

	if (rc != ERR_OK)
		return rc;
	*w = (struct copy_writer) { .d = { .rows = write_rows }, .cmd = cmd, .s = s, .shape = shape, .fd = fd,
	                            .charset = charset, .arena = a };
	strbuf_init(&w->line, a);
	strbuf_init(&w->value, a);
	strbuf_init(&w->coded, a);
	return ERR_OK;
}

int
copy_writer_start(struct copy_writer *w, struct err *e)
{
	if (w->cmd->format == COPY_BINARY) {
		strbuf_add(&w->line, copy_signature, sizeof copy_signature);
		put_u32(&w->line, 0);
		put_u32(&w->line, 0);
		return put_line(w, e);
	}
	if (!w->cmd->header)
		return ERR_OK;
	for (int i = 0; i < w->shape->ncols; i++) {
		const char *name = w->shape->cols[i].name;
		if (i > 0)
			strbuf_putc(&w->line, w->cmd->delimiter);
		if (w->cmd->format == COPY_CSV)
			put_csv(w, name, strlen(name), false, w->shape->ncols == 1);
		else
			put_escaped(w, name, strlen(name));
	}
	strbuf_putc(&w->line, '\n');
	return put_line(w, e);
}

int
copy_writer_end(struct copy_writer *w, struct err *e)
{
	if (w->cmd->format == COPY_BINARY) {
		strbuf_add(&w->line, "\377\377", 2);
		int rc = put_line(w, e);
		if (rc != ERR_OK)
			return rc;
	}
	return w->fd >= 0 ? write_file(w, e) : ERR_OK;
}
