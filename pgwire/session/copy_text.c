/* copy_text.c - lines of COPY FROM in text and CSV: split into fields, fields into values.
 *
 * A line is looked for in what has arrived; when its end is not there more is read.  CSV lines
 * may hold line ends inside quotes. */
#include "config.h"
#include "pgwire/session/copy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/type/text.h"

enum { LINE_MAX_BYTES = 0x3fffffff };

/* -- Lines --------------------------------------------------------------------------------------- */
/* Where the line at in->at ends: its length without, and with, its end; false: not in the buffer. */
static bool
find_end(struct copy_reader *r, size_t *from, bool *in_quotes, bool *escaped, size_t *ret_len, size_t *ret_next)
{
	const struct copy_input *in = &r->in;
	const char *p = in->buf.data + in->at;
	size_t n = in->buf.len - in->at;
	bool csv = r->cmd->format == COPY_CSV;

	for (size_t i = *from; i < n; i++) {
		char c = p[i];
		if (csv) {
			if (*escaped)
				*escaped = false;
			else if (*in_quotes && c == r->cmd->escape && r->cmd->escape != r->cmd->quote)
				*escaped = true;
			else if (c == r->cmd->quote)
				*in_quotes = !*in_quotes;
			if (*in_quotes)
				continue;
		} else if (c == '\\') {
			if (i + 1 == n) {       /* what it escapes is still to come */
				*from = i;
				return false;
			}
			i++;
			continue;
		}
		if (c == '\n') {
			*ret_len = i > 0 && p[i - 1] == '\r' ? i - 1 : i;
			*ret_next = i + 1;
			return true;
		}
		if (c == '\r') {
			if (i + 1 == n && !in->end) {
				*from = i;
				return false;
			}
			if (i + 1 < n && p[i + 1] == '\n')
				continue;
			*ret_len = i;
			*ret_next = i + 1;
			return true;
		}
	}
	*from = n;
	return false;
}

/* The next line at in->at; *ret_end: the data has ended. */
static int
next_line(struct copy_reader *r, size_t *ret_len, size_t *ret_next, bool *ret_end, struct err *e)
{
	struct copy_input *in = &r->in;
	size_t from = 0;
	bool quotes = false, escaped = false;

	*ret_end = false;
	for (;;) {
		if (find_end(r, &from, &quotes, &escaped, ret_len, ret_next))
			return ERR_OK;
		if (in->end) {
			if (quotes) {
				r->line++;
				r->line_text = in->buf.data + in->at;
				r->line_len = in->buf.len - in->at;
				return err_set(e, ERR_BAD_COPY_FILE_FORMAT, "unterminated CSV quoted field");
			}
			*ret_len = *ret_next = in->buf.len - in->at;
			*ret_end = *ret_len == 0;
			return ERR_OK;
		}
		if (in->buf.len - in->at > LINE_MAX_BYTES)
			return err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED, "a line of COPY data is too long");
		int rc = copy_input_more(in, e);
		if (rc != ERR_OK)
			return rc;
	}
}

/* -- Fields ----------------------------------------------------------------------------------------- */
static struct copy_field *
add_field(struct copy_reader *r)
{
	if (r->nfields == r->fields_cap)
		return NULL;
	struct copy_field *f = &r->fields[r->nfields++];
	*f = (struct copy_field) { .len = r->fields_text.len };
	return f;
}

static int
extra_data(struct err *e)
{
	return err_set(e, ERR_BAD_COPY_FILE_FORMAT, "extra data after last expected column");
}

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte that a backslash sequence means; *p stands behind the backslash. */
static char
unescape(const char **p, const char *end)
{
	char c = *(*p)++;
	int value = 0;

	switch (c) {
	case 'b': return '\b';
	case 'f': return '\f';
	case 'n': return '\n';
	case 'r': return '\r';
	case 't': return '\t';
	case 'v': return '\v';
	case 'x':
		if (*p == end || hex_digit(**p) < 0)
			return c;
		for (int i = 0; i < 2 && *p < end && hex_digit(**p) >= 0; i++)
			value = value * 16 + hex_digit(*(*p)++);
		return (char) value;
	case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7':
		value = c - '0';
		for (int i = 0; i < 2 && *p < end && **p >= '0' && **p <= '7'; i++)
			value = value * 8 + *(*p)++ - '0';
		return (char) value;
	default:
		return c;
	}
}

static int
split_text(struct copy_reader *r, const char *p, const char *end, struct err *e)
{
	const char *null_text = r->cmd->null_text;
	size_t null_len = strlen(null_text);

	for (bool more = true; more; ) {
		struct copy_field *f = add_field(r);
		const char *start = p;
		if (f == NULL)
			return extra_data(e);
		while (p < end && *p != r->cmd->delimiter) {
			const char *run = p;
			while (p < end && *p != r->cmd->delimiter && *p != '\\')
				p++;
			strbuf_add(&r->fields_text, run, (size_t) (p - run));
			if (p < end && *p == '\\') {
				p++;
				strbuf_putc(&r->fields_text, p == end ? '\\' : unescape(&p, end));
			}
		}
		size_t raw = (size_t) (p - start);
		f->null = raw == null_len && memcmp(start, null_text, raw) == 0;
		more = p < end;
		p += more;
	}
	return ERR_OK;
}

static int
split_csv(struct copy_reader *r, const char *p, const char *end, struct err *e)
{
	const struct cmd_copy *c = r->cmd;
	const char *null_text = c->null_text;
	size_t null_len = strlen(null_text);

	for (bool more = true; more; ) {
		struct copy_field *f = add_field(r);
		bool in_quotes = false;
		if (f == NULL)
			return extra_data(e);
		size_t start = r->fields_text.len;
		for (; p < end && (in_quotes || *p != c->delimiter); p++) {
			if (in_quotes && *p == c->escape && p + 1 < end && (p[1] == c->quote || p[1] == c->escape)) {
				strbuf_putc(&r->fields_text, *++p);
			} else if (*p == c->quote) {
				in_quotes = !in_quotes;
				f->quoted = true;
			} else {
				strbuf_putc(&r->fields_text, *p);
			}
		}
		size_t len = r->fields_text.len - start;
		f->null = !f->quoted && len == null_len && memcmp(r->fields_text.data + start, null_text, len) == 0;
		more = p < end;
		p += more;
	}
	return ERR_OK;
}

/* Offsets become pointers once the text no longer moves. */
static void
fix_fields(struct copy_reader *r)
{
	for (int i = 0; i < r->nfields; i++) {          /* until then `len` is where a field starts */
		size_t start = r->fields[i].len;
		size_t end = i + 1 < r->nfields ? r->fields[i + 1].len : r->fields_text.len;
		r->fields[i].p = r->fields_text.data + start;
		r->fields[i].len = end - start;
	}
}

int
copy_read_line(struct copy_reader *r, bool *ret_end, struct err *e)
{
	struct copy_input *in = &r->in;
	size_t len = 0, next = 0;

	r->line_text = NULL;            /* reading moves the buffer */

	int rc = next_line(r, &len, &next, ret_end, e);
	if (rc != ERR_OK || *ret_end)
		return rc;
	r->line++;
	const char *p = in->buf.data + in->at;
	if (len == 2 && p[0] == '\\' && p[1] == '.') {          /* the end mark of old */
		*ret_end = true;
		in->at += next;
		return ERR_OK;
	}
	rc = utf8_check(p, len, e);
	if (rc != ERR_OK) {
		r->told = true;
		return err_context(e, "COPY %s, line %" PRIu64, r->cmd->rel->o.name, r->line);
	}
	r->line_text = p;
	r->line_len = len;
	r->nfields = 0;
	strbuf_clear(&r->fields_text);
	rc = r->cmd->format == COPY_CSV ? split_csv(r, p, p + len, e) : split_text(r, p, p + len, e);
	if (rc != ERR_OK)
		return rc;
	fix_fields(r);
	in->at += next;
	return ERR_OK;
}

/* -- Values --------------------------------------------------------------------------------------------- */
static bool
chosen(const bool *columns, int i)
{
	return columns != NULL && columns[i];
}

enum { CONTEXT_MAX = 100 };

/* As much of a value as an error shows. */
static size_t
clip(const char *p, size_t len)
{
	return len <= CONTEXT_MAX ? len : utf8_clip(p, len, CONTEXT_MAX);
}

static int
read_value(struct copy_reader *r, struct arena *batch, int col, struct vec *to, int row, struct err *e)
{
	const struct column *c = LIST_AT(const struct column, &r->cmd->columns, col);
	struct copy_field *f = &r->fields[col];
	bool null = f->null;

	if (r->cmd->format == COPY_CSV) {
		if (null && chosen(r->cmd->force_not_null, col))
			null = false;
		else if (f->quoted && chosen(r->cmd->force_null, col) && f->len == strlen(r->cmd->null_text) &&
		         memcmp(f->p, r->cmd->null_text, f->len) == 0)
			null = true;
	}
	to->null[row] = null;
	if (null)
		return ERR_OK;
	struct type_env env = { .arena = batch, .fmt = &r->s->fmt, .catalog = r->catalog, .names = &r->s->names };
	int rc = c->type->ops->in(c->type, &env, arena_strndup(batch, f->p, f->len), f->len, c->typmod, &to->v[row], e);
	if (rc != ERR_OK) {
		r->told = true;
		err_context(e, "COPY %s, line %" PRIu64 ", column %s: \"%.*s\"", r->cmd->rel->o.name, r->line, c->name,
		            (int) clip(f->p, f->len), f->p);
	}
	return rc;
}

static int
check_header(struct copy_reader *r, struct err *e)
{
	if (r->nfields != r->ncols)
		return err_set(e, ERR_BAD_COPY_FILE_FORMAT,
		               "wrong number of fields in header line: got %d, expected %d", r->nfields, r->ncols);
	for (int i = 0; i < r->ncols; i++) {
		const struct column *c = LIST_AT(const struct column, &r->cmd->columns, i);
		if (r->fields[i].null || strlen(c->name) != r->fields[i].len ||
		    memcmp(c->name, r->fields[i].p, r->fields[i].len) != 0)
			return err_set(e, ERR_BAD_COPY_FILE_FORMAT,
			               "column name mismatch in header line field %d: got \"%.*s\", expected \"%s\"", i + 1,
			               (int) r->fields[i].len, r->fields[i].p, c->name);
	}
	return ERR_OK;
}

static int
skip_header(struct copy_reader *r, struct err *e)
{
	bool end;

	r->started = true;
	if (!r->cmd->header)
		return ERR_OK;
	int rc = copy_read_line(r, &end, e);
	r->end = end;
	if (rc == ERR_OK && !end && r->cmd->header_match)
		rc = check_header(r, e);
	if (rc == ERR_BAD_COPY_FILE_FORMAT && !r->cmd->header_match && !end) {
		err_init(e);            /* more names than columns: only names */
		rc = ERR_OK;
	}
	return rc;
}

int
copy_next_text(struct row_source *source, struct arena *batch, struct vec *cols, int *ret_n, struct err *e)
{
	struct copy_reader *r = (struct copy_reader *) source;
	int n = 0, rc = r->started ? ERR_OK : skip_header(r, e);

	for (int k = 0; k < r->ncols; k++)
		cols[k] = (struct vec) { .v = ARENA_ARRAY(batch, union datum, BATCH_ROWS),
		                         .null = arena_zalloc(batch, BATCH_ROWS), .stride = 1 };
	while (rc == ERR_OK && !r->end && n < BATCH_ROWS) {
		rc = copy_read_line(r, &r->end, e);
		if (rc != ERR_OK || r->end)
			break;
		/* A table without columns takes empty lines. */
		if (r->ncols == 0 && r->nfields == 1 && r->fields[0].len > 0)
			return extra_data(e);
		for (int k = 0; k < r->ncols && rc == ERR_OK; k++) {
			const struct column *c = LIST_AT(const struct column, &r->cmd->columns, k);
			if (k >= r->nfields)
				rc = err_set(e, ERR_BAD_COPY_FILE_FORMAT, "missing data for column \"%s\"", c->name);
			else
				rc = read_value(r, batch, k, &cols[k], n, e);
		}
		n += rc == ERR_OK;
	}
	if (rc != ERR_OK && r->line_text != NULL && !r->told)
		err_context(e, "COPY %s, line %" PRIu64 ": \"%.*s\"", r->cmd->rel->o.name, r->line,
		            (int) clip(r->line_text, r->line_len), r->line_text);
	*ret_n = n;
	return rc;
}

/* -- The reader ---------------------------------------------------------------------------------------------- */
int
copy_reader_init(struct copy_reader *r, struct session *s, const struct catalog *c, const struct cmd_copy *cmd,
                 int fd, struct arena *a, struct err *e)
{
	const struct charset *charset;
	int rc = copy_charset(s, cmd, &charset, e);

	if (rc != ERR_OK)
		return rc;
	*r = (struct copy_reader) {
		.source = { .next = cmd->format == COPY_BINARY ? copy_next_binary : copy_next_text },
		.cmd = cmd, .s = s, .catalog = c, .ncols = cmd->columns.n, .fields_cap = cmd->columns.n,
	};
	if (r->fields_cap == 0)
		r->fields_cap = 1;
	r->fields = ARENA_ARRAY(a, struct copy_field, r->fields_cap);
	strbuf_init(&r->fields_text, NULL);
	copy_input_init(&r->in, s, fd, charset);
	return ERR_OK;
}

void
copy_reader_done(struct copy_reader *r)
{
	strbuf_done(&r->fields_text);
	copy_input_done(&r->in);
}
