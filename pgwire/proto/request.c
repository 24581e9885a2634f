/* request.c - which of the four first packets is this?
 *
 * Not here: the parameters of a start (startup.c). */
#include "config.h"
#include "pgwire/proto/request.h"

#include "pgwire/proto/reader.h"

enum {
	CODE_CANCEL = 1234 << 16 | 5678,
	CODE_TLS    = 1234 << 16 | 5679,
	CODE_GSS    = 1234 << 16 | 5680,
};

enum { LENGTH_WORD = 4, CODE_END = 8, CANCEL_LEN = 16 };

size_t
request_length(const void *bytes)
{
	struct reader r = reader_make(bytes, LENGTH_WORD);
	size_t len = reader_u32(&r);

	return len < CODE_END || len > REQUEST_LEN_MAX ? 0 : len;
}

int
request_parse(const void *packet, size_t len, struct request *ret, struct err *e)
{
	struct reader r = reader_make(packet, len);
	struct request q = { .kind = REQUEST_START };
	size_t said = reader_u32(&r);
	uint32_t code = reader_u32(&r);

	if (said != len)
		return err_set(e, ERR_PROTOCOL_VIOLATION, "invalid length of startup packet");
	if (code == CODE_CANCEL) {
		q.kind = REQUEST_CANCEL;
		q.pid = reader_i32(&r);
		q.key = reader_rest(&r, &q.key_len);
		if (len != CANCEL_LEN || !reader_done(&r))
			return err_set(e, ERR_PROTOCOL_VIOLATION, "invalid length of cancel request packet");
	} else if (code == CODE_TLS || code == CODE_GSS) {
		q.kind = code == CODE_TLS ? REQUEST_TLS : REQUEST_GSS;
		if (!reader_done(&r))
			return err_set(e, ERR_PROTOCOL_VIOLATION, "invalid length of startup packet");
	}
	*ret = q;
	return ERR_OK;
}
