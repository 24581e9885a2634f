/* copy.h - COPY: rows as text, CSV or binary, between tables and the client or a file.
 *
 * Private to pgwire/session.  Owner: the running command.  Thread: the session's.
 * Failure: 22P04, 57014 when the client fails the copy, 08006 when it is gone.
 * Cost: values are parsed in place, in batches of BATCH_ROWS rows. */
#ifndef PGWIRE_SESSION_COPY_H
#define PGWIRE_SESSION_COPY_H

#include "pgwire/session/portal.h"

/* -- Bytes coming in: CopyData messages, or a file ---------------------------------------------------- */
struct copy_input {
	struct session *s;
	int    fd;                      /* -1: the client */
	const struct charset *charset;  /* NULL: UTF-8 */
	struct strbuf buf;
	struct strbuf raw;              /* in the character set: the beginning of a character */
	size_t at;
	bool   end;
};
void copy_input_init(struct copy_input *in, struct session *s, int fd, const struct charset *charset);
void copy_input_done(struct copy_input *in);
/* More bytes behind those not yet taken: ERR_OK with in->end set when there are none. */
int  copy_input_more(struct copy_input *in, struct err *e) MUST_CHECK;
/* Read what the client still sends after the rows have ended (or failed). */
int  copy_input_drain(struct copy_input *in, struct err *e) MUST_CHECK;

/* -- Rows from bytes ------------------------------------------------------------------------------------- */
struct copy_field { const char *p; size_t len; bool null; bool quoted; };
struct copy_reader {
	struct row_source source;
	const struct cmd_copy *cmd;
	struct copy_input in;
	struct session *s;
	const struct catalog *catalog;
	int    ncols;
	uint64_t line;
	const char *line_text;          /* of the current line, for errors */
	size_t line_len;
	bool   told;                    /* the error says already where it was */
	bool   started, end;
	struct strbuf fields_text;      /* unescaped values of the current line */
	struct copy_field *fields;
	int    nfields, fields_cap;
};
int  copy_reader_init(struct copy_reader *r, struct session *s, const struct catalog *c, const struct cmd_copy *cmd,
                      int fd, struct arena *a, struct err *e) MUST_CHECK;
void copy_reader_done(struct copy_reader *r);
int  copy_next_text(struct row_source *source, struct arena *batch, struct vec *cols, int *ret_n, struct err *e);
int  copy_next_binary(struct row_source *source, struct arena *batch, struct vec *cols, int *ret_n, struct err *e);
/* The next line's fields; *ret_end: there is none. */
int  copy_read_line(struct copy_reader *r, bool *ret_end, struct err *e) MUST_CHECK;


/* The character set of the rows, ENCODING or the client's; NULL: UTF-8. */
int  copy_charset(const struct session *s, const struct cmd_copy *cmd, const struct charset **ret, struct err *e) MUST_CHECK;

/* -- Rows to bytes ---------------------------------------------------------------------------------------- */
struct copy_writer {
	struct dest d;
	const struct cmd_copy *cmd;
	struct session *s;
	const struct row_shape *shape;
	int    fd;                      /* -1: the client */
	const struct charset *charset;  /* NULL: UTF-8 */
	struct strbuf line, value, coded;
	uint64_t rows;
	struct arena *arena;
};
int  copy_writer_init(struct copy_writer *w, struct session *s, const struct cmd_copy *cmd, const struct row_shape *shape,
                      int fd, struct arena *a, struct err *e) MUST_CHECK;
int  copy_writer_start(struct copy_writer *w, struct err *e) MUST_CHECK;
int  copy_writer_end(struct copy_writer *w, struct err *e) MUST_CHECK;

extern const char copy_signature[11];

#endif
