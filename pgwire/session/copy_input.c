/* copy_input.c - the bytes of COPY FROM: CopyData messages of the client, or a file. */
#include "config.h"
#include "pgwire/session/copy.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/type/charset.h"

enum { READ_CHUNK = 64 * 1024 };

void
copy_input_init(struct copy_input *in, struct session *s, int fd, const struct charset *charset)
{
	*in = (struct copy_input) { .s = s, .fd = fd, .charset = charset };
	strbuf_init(&in->buf, NULL);
	strbuf_init(&in->raw, NULL);
}

void
copy_input_done(struct copy_input *in)
{
	strbuf_done(&in->buf);
	strbuf_done(&in->raw);
}

int
copy_charset(const struct session *s, const struct cmd_copy *cmd, const struct charset **ret, struct err *e)
{
	*ret = cmd->encoding != NULL ? charset_of_client(cmd->encoding) : s->charset;
	if (*ret == NULL || cmd->format != COPY_BINARY)
		return ERR_OK;
	err_set(e, ERR_FEATURE_NOT_SUPPORTED, "COPY in binary format is not supported with encoding %s",
	        charset_name(*ret));
	return err_hint(e, "Use the text or CSV format, or ENCODING 'UTF8'.");
}

/* Make UTF-8 of what is in `raw`; a character of which more is to come waits there. */
static int
recode(struct copy_input *in, struct err *e)
{
	size_t used = in->raw.len;
	int rc = in->end ? charset_to_utf8(in->charset, in->raw.data, in->raw.len, &in->buf, e)
	                 : charset_to_utf8_part(in->charset, in->raw.data, in->raw.len, &used, &in->buf, e);

	if (rc == ERR_OK) {
		memmove(in->raw.data, in->raw.data + used, in->raw.len - used);
		in->raw.len -= used;
	}
	return rc;
}

static void
compact(struct copy_input *in)
{
	size_t left = in->buf.len - in->at;

	if (in->at == 0)
		return;
	if (left > 0)
		memmove(in->buf.data, in->buf.data + in->at, left);
	in->buf.len = left;
	in->buf.data[left] = '\0';
	in->at = 0;
}

/* The next message that belongs to the copy; NULL text of *ret: the copy has ended. */
static int
next_message(struct copy_input *in, struct frame *ret, struct err *e)
{
	struct conn *c = in->s->conn;
	size_t max = (size_t) atomic_load(&in->s->server->max_message) * 1024;

	for (;;) {
		int got = frame_parse(conn_bytes(c), conn_left(c), true, max, ret, e);
		if (got < 0)
			return e->code;
		if (got == 1) {
			conn_take(c, FRAME_HEADER + ret->len);
			return ERR_OK;
		}
		int n = conn_fill_wait(c);
		if (n < 0)
			return err_set(e, ERR_CONNECTION_FAILURE,
			               "unexpected EOF on client connection with an open transaction");
		if (n == 0) {
			int rc = lock_check_cancel(&in->s->cancel, e);
			if (rc != ERR_OK)
				return rc;
		}
	}
}

static int
more_from_client(struct copy_input *in, struct err *e)
{
	struct frame f;
	const char *why;

	for (;;) {
		int rc = next_message(in, &f, e);
		if (rc != ERR_OK)
			return rc;
		switch (f.type) {
		case 'd':
			strbuf_add(in->charset != NULL ? &in->raw : &in->buf, f.body, f.len);
			return ERR_OK;
		case 'c':
			in->end = true;
			return msg_empty(&f, e);
		case 'f':
			rc = msg_query(&f, &why, e);
			in->end = true;
			return rc != ERR_OK ? rc : err_set(e, ERR_QUERY_CANCELED, "COPY from stdin failed: %s", why);
		case 'H':
		case 'S':
			break;          /* may follow CopyData in the extended protocol: no meaning here */
		default:
			return err_set(e, ERR_PROTOCOL_VIOLATION, "unexpected message type 0x%02X during COPY from stdin",
			               (unsigned char) f.type);
		}
	}
}

static int
more_from_file(struct copy_input *in, struct err *e)
{
	struct strbuf *to = in->charset != NULL ? &in->raw : &in->buf;

	for (;;) {
		ssize_t n = read(in->fd, strbuf_room(to, READ_CHUNK), READ_CHUNK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_IO_ERROR, "could not read from COPY file: %s", strerror(errno));
		in->end = n == 0;
		strbuf_wrote(to, (size_t) n);
		return lock_check_cancel(&in->s->cancel, e);
	}
}

int
copy_input_more(struct copy_input *in, struct err *e)
{
	compact(in);
	if (in->end)
		return ERR_OK;
	int rc = in->fd < 0 ? more_from_client(in, e) : more_from_file(in, e);
	if (rc == ERR_OK && in->raw.len > 0)
		rc = recode(in, e);
	return rc;
}

int
copy_input_drain(struct copy_input *in, struct err *e)
{
	while (!in->end) {
		in->at = in->buf.len;
		int rc = copy_input_more(in, e);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}
