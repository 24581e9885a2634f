/* backend.h - the messages the server sends.
 *
 * Owner     all go to the writer's buffer at once.  Thread: the connection's.
 * Failure   as writer.h.  Cost: appending. */
#ifndef PGWIRE_PROTO_BACKEND_H
#define PGWIRE_PROTO_BACKEND_H

#include "core/base/err.h"
#include "core/base/log.h"
#include "pgwire/proto/startup.h"
#include "pgwire/proto/writer.h"

enum auth_request { AUTH_OK = 0, AUTH_PASSWORD = 3, AUTH_SASL = 10, AUTH_SASL_CONTINUE = 11, AUTH_SASL_FINAL = 12 };

void send_auth(struct writer *w, enum auth_request what, const void *data, size_t len);
void send_negotiate(struct writer *w, const struct startup *s);
void send_parameter(struct writer *w, const char *name, const char *value);
void send_key(struct writer *w, int32_t pid, uint32_t secret);
void send_ready(struct writer *w, char status);         /* 'I', 'T', 'E' */

/* ErrorResponse for LOG_ERROR and above, else NoticeResponse. */
void send_error(struct writer *w, enum log_level level, const struct err *e);

void send_row_description(struct writer *w, int ncols);         /* then ncols columns, then writer_end */
void send_column(struct writer *w, const char *name, uint32_t table, int16_t column, uint32_t type,
                 int16_t len, int32_t typmod, int16_t format);
void send_parameter_description(struct writer *w, int n, const uint32_t *types);
void send_complete(struct writer *w, const char *tag);
void send_empty_query(struct writer *w);
void send_plain(struct writer *w, char type);           /* '1' parsed, '2' bound, '3' closed, 'n' no data, 's' suspended, 'c' copy done */
void send_copy_start(struct writer *w, char type, int format, int ncols);       /* 'G' in, 'H' out, 'W' both */
void send_notification(struct writer *w, int32_t pid, const char *channel, const char *payload);

#endif
