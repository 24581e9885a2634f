/* backend.c - encoding what the server says. */
#include "config.h"
#include "pgwire/proto/backend.h"

#include <stdio.h>
#include <string.h>

void
send_auth(struct writer *w, enum auth_request what, const void *data, size_t len)
{
	writer_begin(w, 'R');
	writer_u32(w, (uint32_t) what);
	writer_bytes(w, data, len);
	writer_end(w);
}

void
send_negotiate(struct writer *w, const struct startup *s)
{
	writer_begin(w, 'v');
	writer_u32(w, PROTOCOL_MAJOR << 16 | PROTOCOL_MINOR);
	writer_u32(w, (uint32_t) s->nunknown);
	for (int i = 0; i < s->nunknown; i++)
		writer_str(w, s->unknown[i]);
	writer_end(w);
}

void
send_parameter(struct writer *w, const char *name, const char *value)
{
	writer_begin(w, 'S');
	writer_str(w, name);
	writer_str(w, value);
	writer_end(w);
}

void
send_key(struct writer *w, int32_t pid, uint32_t secret)
{
	writer_begin(w, 'K');
	writer_u32(w, (uint32_t) pid);
	writer_u32(w, secret);
	writer_end(w);
}

void
send_ready(struct writer *w, char status)
{
	writer_begin(w, 'Z');
	writer_u8(w, (uint8_t) status);
	writer_end(w);
}

static void
field(struct writer *w, char kind, const char *value)
{
	if (value == NULL || *value == '\0')
		return;
	writer_u8(w, (uint8_t) kind);
	writer_str(w, value);
}

void
send_error(struct writer *w, enum log_level level, const struct err *e)
{
	static const char *const names[] = {
		"DEBUG", "LOG", "INFO", "NOTICE", "WARNING", "ERROR", "FATAL", "PANIC"
	};
	char position[16];

	writer_begin(w, level >= LOG_ERROR ? 'E' : 'N');
	field(w, 'S', names[level]);
	field(w, 'V', names[level]);
	field(w, 'C', err_sqlstate(e->code));
	field(w, 'M', e->message[0] != '\0' ? e->message : "missing error text");
	field(w, 'D', e->detail);
	field(w, 'H', e->hint);
	if (e->position > 0) {
		snprintf(position, sizeof position, "%d", e->position);
		field(w, 'P', position);
	}
	field(w, 'W', e->context);
	field(w, 's', e->schema);
	field(w, 't', e->table);
	field(w, 'c', e->column);
	field(w, 'd', e->datatype);
	field(w, 'n', e->constraint);
	/* Some drivers look at the routine; file and line are for completeness of the set. */
	field(w, 'F', "ormdb");
	field(w, 'L', "1");
	field(w, 'R', e->routine != NULL ? e->routine : "ormdb");
	writer_u8(w, 0);
	writer_end(w);
}

void
send_row_description(struct writer *w, int ncols)
{
	writer_begin(w, 'T');
	writer_u16(w, (uint16_t) ncols);
}

void
send_column(struct writer *w, const char *name, uint32_t table, int16_t column, uint32_t type,
            int16_t len, int32_t typmod, int16_t format)
{
	writer_str(w, name);
	writer_u32(w, table);
	writer_u16(w, (uint16_t) column);
	writer_u32(w, type);
	writer_u16(w, (uint16_t) len);
	writer_u32(w, (uint32_t) typmod);
	writer_u16(w, (uint16_t) format);
}

void
send_parameter_description(struct writer *w, int n, const uint32_t *types)
{
	writer_begin(w, 't');
	writer_u16(w, (uint16_t) n);
	for (int i = 0; i < n; i++)
		writer_u32(w, types[i]);
	writer_end(w);
}

void
send_complete(struct writer *w, const char *tag)
{
	writer_begin(w, 'C');
	writer_str(w, tag);
	writer_end(w);
}

void
send_empty_query(struct writer *w)
{
	send_plain(w, 'I');
}

void
send_plain(struct writer *w, char type)
{
	writer_begin(w, type);
	writer_end(w);
}

void
send_copy_start(struct writer *w, char type, int format, int ncols)
{
	writer_begin(w, type);
	writer_u8(w, (uint8_t) format);
	writer_u16(w, (uint16_t) ncols);
	for (int i = 0; i < ncols; i++)
		writer_u16(w, (uint16_t) format);
	writer_end(w);
}

void
send_notification(struct writer *w, int32_t pid, const char *channel, const char *payload)
{
	writer_begin(w, 'A');
	writer_u32(w, (uint32_t) pid);
	writer_str(w, channel);
	writer_str(w, payload);
	writer_end(w);
}
