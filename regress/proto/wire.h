/* wire.h - a connection whose every byte the test decides.
 *
 * Owner     wire_open() gives a connection, wire_close() takes it back.
 * Thread    one.
 * Failure   a server that says nothing for ten seconds, or goes away, ends the answer: it shows
 *           as '!' (silence) or '-' (closed) in what was received.
 * Cost      nothing that matters. */
#ifndef REGRESS_PROTO_WIRE_H
#define REGRESS_PROTO_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire;

/* What came: one letter a message, in order; runs of 'S' are one.  Z is followed by its status. */
struct answer {
	char   seen[512];
	char   sqlstate[8];             /* of the last error */
	char   severity[16];
	char   message[256];
	char   value[256];              /* first column of the last row, as it came */
	int    value_len;
	char   tag[64];                 /* of the last CommandComplete */
	uint32_t pid, key;
};

extern const char *wire_socket;         /* path of the server's Unix socket */
extern const char *wire_user, *wire_database;

struct wire *wire_open(void);           /* connected, nothing sent */
struct wire *wire_login(void);          /* after a good startup, up to the first Z */
void wire_close(struct wire *w);

/* Collect a message, then send it.  wire_begin(w, 0) is a startup packet, which has no type. */
void wire_begin(struct wire *w, char type);
void wire_byte(struct wire *w, int byte);
void wire_int16(struct wire *w, int v);
void wire_int32(struct wire *w, int64_t v);
void wire_str(struct wire *w, const char *s);           /* with its NUL */
void wire_bytes(struct wire *w, const void *bytes, size_t len);
void wire_end(struct wire *w);                          /* sets the length */
void wire_raw(struct wire *w, const void *bytes, size_t len);  /* no framing at all */
void wire_flush(struct wire *w);                        /* hand everything to the server */

void wire_query(struct wire *w, const char *sql);
void wire_parse(struct wire *w, const char *name, const char *sql, int ntypes, const uint32_t *types);
void wire_bind(struct wire *w, const char *portal, const char *statement, int n, const char *const *values);
void wire_describe(struct wire *w, char what, const char *name);
void wire_execute(struct wire *w, const char *portal, int rows);
void wire_close_object(struct wire *w, char what, const char *name);
void wire_sync(struct wire *w);

/* Read until `count` messages of type `last` have come, or nothing more does. */
struct answer wire_read(struct wire *w, char last, int count);
int  wire_read_byte(struct wire *w);                    /* -1: closed or silent */
bool wire_is_closed(struct wire *w);                    /* waits for the server to close */

#endif
