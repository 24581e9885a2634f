/* frontend.c - framing and decoding what clients send.
 *
 * Counts come before the values they count, so each is checked against the bytes that are
 * left before an array is made for it: a short message cannot ask for a large allocation.
 *
 * Not here: the first packet (request.c, startup.c). */
#include "config.h"
#include "pgwire/proto/frontend.h"

#include <string.h>

#include "pgwire/proto/reader.h"

/* The longest body of each message type; 0: there is no such message. */
static size_t
limit_of(char type, size_t max)
{
	switch (type) {
	case 'Q': case 'P': case 'B': case 'F': case 'd': case 'f':
		return max;
	case 'C': case 'D': case 'E': case 'H': case 'S': case 'X': case 'c': case 'p':
		return FRAME_SMALL_MAX;
	default:
		return 0;
	}
}

int
frame_parse(const char *bytes, size_t len, bool authenticated, size_t max, struct frame *ret, struct err *e)
{
	struct reader r = reader_make(bytes, len);

	ret->len = 0;
	if (len == 0)
		return 0;
	char type = (char) reader_u8(&r);
	size_t limit = authenticated ? limit_of(type, max) : FRAME_AUTH_MAX;
	if (limit == 0) {
		err_set(e, ERR_PROTOCOL_VIOLATION, "invalid frontend message type %d", (unsigned char) type);
		return -1;
	}
	if (!authenticated && type != 'p' && type != 'X') {
		err_set(e, ERR_PROTOCOL_VIOLATION, "expected password response, got message type %d",
		        (unsigned char) type);
		return -1;
	}
	if (len < FRAME_HEADER)
		return 0;
	size_t said = reader_u32(&r);
	if (said < 4 || said - 4 > limit) {
		err_set(e, ERR_PROTOCOL_VIOLATION, "invalid message length");
		return -1;
	}
	ret->type = type;
	ret->len = said - 4;
	ret->body = bytes + FRAME_HEADER;
	return len - FRAME_HEADER >= ret->len;
}

static int
finish(const struct reader *r, struct err *e)
{
	if (!reader_done(r))
		return err_set(e, ERR_PROTOCOL_VIOLATION, "invalid message format");
	return ERR_OK;
}

static int16_t *
read_formats(struct reader *r, struct arena *a, int *ret_n)
{
	int n = *ret_n = reader_count(r, 2);
	int16_t *formats = ARENA_ARRAY(a, int16_t, n + 1);

	for (int i = 0; i < n; i++) {
		formats[i] = reader_i16(r);
		if (formats[i] != 0 && formats[i] != 1)
			reader_fail(r);
	}
	return formats;
}

static struct msg_value *
read_values(struct reader *r, struct arena *a, int *ret_n)
{
	int n = *ret_n = reader_count(r, 4);
	struct msg_value *values = ARENA_ARRAY(a, struct msg_value, n + 1);

	for (int i = 0; i < n; i++) {
		values[i].len = reader_i32(r);
		if (values[i].len < -1)
			reader_fail(r);
		if (values[i].len > 0)
			values[i].p = reader_bytes(r, (size_t) values[i].len);
		else
			values[i].p = "";
	}
	return values;
}

int
msg_query(const struct frame *f, const char **ret_text, struct err *e)
{
	struct reader r = reader_make(f->body, f->len);
	const char *text = reader_str(&r);

	int rc = finish(&r, e);
	if (rc == ERR_OK)
		*ret_text = text;
	return rc;
}

int
msg_parse(const struct frame *f, struct arena *a, struct msg_parse *ret, struct err *e)
{
	struct reader r = reader_make(f->body, f->len);
	struct msg_parse m = { .name = reader_str(&r) };

	m.text = reader_str(&r);
	m.ntypes = reader_count(&r, 4);
	m.types = ARENA_ARRAY(a, uint32_t, m.ntypes + 1);
	for (int i = 0; i < m.ntypes; i++)
		m.types[i] = reader_u32(&r);
	int rc = finish(&r, e);
	if (rc == ERR_OK)
		*ret = m;
	return rc;
}

int
msg_bind(const struct frame *f, struct arena *a, struct msg_bind *ret, struct err *e)
{
	struct reader r = reader_make(f->body, f->len);
	struct msg_bind m = { .portal = reader_str(&r) };

	m.statement = reader_str(&r);
	m.formats = read_formats(&r, a, &m.nformats);
	m.values = read_values(&r, a, &m.nvalues);
	m.result_formats = read_formats(&r, a, &m.nresult_formats);
	int rc = finish(&r, e);
	if (rc == ERR_OK)
		*ret = m;
	return rc;
}

int
msg_name(const struct frame *f, struct msg_name *ret, struct err *e)
{
	struct reader r = reader_make(f->body, f->len);
	struct msg_name m = { .kind = (char) reader_u8(&r) };

	m.name = reader_str(&r);
	if (m.kind != 'S' && m.kind != 'P')
		return err_set(e, ERR_PROTOCOL_VIOLATION,
		               f->type == 'C' ? "invalid CLOSE message subtype %d"
		                              : "invalid DESCRIBE message subtype %d", (unsigned char) m.kind);
	int rc = finish(&r, e);
	if (rc == ERR_OK)
		*ret = m;
	return rc;
}

int
msg_execute(const struct frame *f, struct msg_execute *ret, struct err *e)
{
	struct reader r = reader_make(f->body, f->len);
	struct msg_execute m = { .portal = reader_str(&r) };

	m.max_rows = reader_i32(&r);
	int rc = finish(&r, e);
	if (rc == ERR_OK)
		*ret = m;
	return rc;
}

int
msg_call(const struct frame *f, struct arena *a, struct msg_call *ret, struct err *e)
{
	struct reader r = reader_make(f->body, f->len);
	struct msg_call m = { .func = reader_u32(&r) };

	m.formats = read_formats(&r, a, &m.nformats);
	m.values = read_values(&r, a, &m.nvalues);
	m.result_format = reader_i16(&r);
	int rc = finish(&r, e);
	if (rc == ERR_OK)
		*ret = m;
	return rc;
}

int
msg_empty(const struct frame *f, struct err *e)
{
	struct reader r = reader_make(f->body, f->len);

	return finish(&r, e);
}

int
msg_sasl_start(const struct frame *f, struct msg_sasl_start *ret, struct err *e)
{
	struct reader r = reader_make(f->body, f->len);
	struct msg_sasl_start m = { .mechanism = reader_str(&r) };

	m.len = reader_i32(&r);
	if (m.len < -1)
		reader_fail(&r);
	if (m.len > 0)
		m.data = reader_bytes(&r, (size_t) m.len);
	int rc = finish(&r, e);
	if (rc == ERR_OK)
		*ret = m;
	return rc;
}
