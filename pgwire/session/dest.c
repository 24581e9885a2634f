/* dest.c - rows on their way to the client: RowDescription and DataRow.
 *
 * Values are written by their types straight into the send buffer; integers and plain texts,
 * which are most of what is sent, skip the call. */
#include "config.h"
#include "pgwire/session/portal.h"

#include <string.h>

#include "core/type/text.h"

static int16_t
format_of(int i, int n, const int16_t *formats)
{
	return n == 0 ? 0 : n == 1 ? formats[0] : formats[i];
}

void
send_shape(struct session *s, const struct row_shape *shape, int nformats, const int16_t *formats)
{
	struct writer *w = &s->conn->out;

	send_row_description(w, shape->ncols);
	for (int i = 0; i < shape->ncols; i++) {
		const struct out_column *c = &shape->cols[i];
		const struct type *t = c->type;
		int32_t typmod = c->typmod;

		for (; t->kind == TYPE_DOMAIN; t = t->base) /* clients are told what a domain is made of */
			typmod = t->base_typmod >= 0 ? t->base_typmod : typmod;
		send_column(w, c->name, c->table, c->attnum, t->oid, t->len, typmod, format_of(i, nformats, formats));
	}
	writer_end(w);
}

static int
client_start(struct dest *d, const struct row_shape *shape, struct err *e)
{
	struct client_dest *c = (struct client_dest *) d;

	c->shape = shape;
	if (c->nformats > 1 && c->nformats != shape->ncols)
		return err_set(e, ERR_PROTOCOL_VIOLATION,
		               "bind message has %d result formats but query has %d columns", c->nformats,
		               shape->ncols);
	if (c->describe)
		send_shape(c->s, shape, c->nformats, c->formats);
	return ERR_OK;
}

static void
put_value(struct writer *w, const struct type *t, struct type_env *env, union datum v, int16_t format)
{
	if (format == 0)
		switch (t->oid) {
		case OID_INT2:
		case OID_INT4:
		case OID_INT8:
			strbuf_int(&w->out, v.i);
			return;
		case OID_TEXT:
		case OID_VARCHAR:
			strbuf_add(&w->out, bytes_data(v.b), bytes_len(v.b));
			return;
		default:
			t->ops->out(t, env, v, &w->out);
		}
	else
		t->ops->send(t, env, v, &w->out);
}

static int
client_rows(struct dest *d, const struct batch *b, int from, int n, struct err *e)
{
	struct client_dest *c = (struct client_dest *) d;
	struct writer *w = &c->s->conn->out;
	const struct row_shape *shape = c->shape;
	struct type_env env = { .arena = &c->s->msg, .fmt = &c->s->fmt, .catalog = NULL, .names = &c->s->names };

	for (int i = from; i < from + n; i++) {
		int row = batch_row(b, i);
		writer_begin(w, 'D');
		writer_u16(w, (uint16_t) shape->ncols);
		for (int k = 0; k < shape->ncols; k++) {
			if (vec_null(&b->cols[k], row)) {
				writer_u32(w, UINT32_MAX);
				continue;
			}
			const struct type *t = shape->cols[k].type;
			int16_t format = format_of(k, c->nformats, c->formats);
			if (format != 0 && t->ops->send == NULL) {
				writer_cancel(w);
				return err_set(e, ERR_UNDEFINED_FUNCTION,
				               "no binary output function available for type %s", type_sql_name(t));
			}
			size_t start = writer_value_begin(w);
			put_value(w, t, &env, vec_at(&b->cols[k], row), format);
			if (c->s->charset != NULL && session_value_out(c->s, t, format, &w->out, start, e) != ERR_OK) {
				writer_cancel(w);
				return e->code;
			}
			writer_value_end(w, start);
		}
		writer_end(w);
		if (w->failed)
			break;
	}
	if (w->too_large)
		return err_set(e, ERR_PROGRAM_LIMIT_EXCEEDED, "out of memory: a row is longer than %d bytes",
		               WRITER_MESSAGE_MAX);
	if (w->failed)
		return err_set(e, ERR_CONNECTION_FAILURE, "connection to client lost");
	return ERR_OK;
}

void
client_dest_init(struct client_dest *c, struct session *s, bool describe, int nformats, const int16_t *formats)
{
	*c = (struct client_dest) {
		.d = { .start = client_start, .rows = client_rows },
		.s = s, .describe = describe, .nformats = nformats, .formats = formats,
	};
}

/* -- Single rows, of utility statements ------------------------------------------------------------- */
int
dest_row(struct dest *d, int ncols, union datum *values, uint8_t *nulls, struct err *e)
{
	struct vec cols[64];

	if (ncols > (int) ARRAY_LEN(cols))
		return err_set(e, ERR_INTERNAL_ERROR, "too many columns");
	for (int i = 0; i < ncols; i++)
		cols[i] = (struct vec) { .v = &values[i], .null = nulls != NULL ? &nulls[i] : NULL };
	const struct batch b = { .n = 1, .ncols = ncols, .cols = cols };
	return d->rows(d, &b, 0, 1, e);
}

int
dest_text_row(struct dest *d, struct arena *a, int ncols, const char *const *texts, struct err *e)
{
	union datum values[8];
	uint8_t nulls[8] = { 0 };

	for (int i = 0; i < ncols; i++) {
		nulls[i] = texts[i] == NULL;
		if (texts[i] != NULL)
			values[i] = datum_bytes(bytes_make(a, texts[i], strlen(texts[i])));
	}
	return dest_row(d, ncols, values, nulls, e);
}
