/* frontend.h - the messages a client sends after start-up, framed and decoded.
 *
 * Owner     decoded texts and values point into the message; the arrays live on the arena.
 * Thread    any.
 * Failure   08P01: the connection cannot go on, its position in the stream is not known.
 * Cost      one pass; no copies of values. */
#ifndef PGWIRE_PROTO_FRONTEND_H
#define PGWIRE_PROTO_FRONTEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/err.h"

enum {
	FRAME_HEADER = 5,
	FRAME_SMALL_MAX = 10000,        /* messages that carry names only, as PostgreSQL limits them */
	FRAME_AUTH_MAX  = 65535,        /* passwords and SASL before a client is known */
};

struct frame {
	char   type;
	size_t len;                     /* of the body */
	const char *body;
};

/* Is there a whole message in these bytes?  1: yes, *ret is filled; 0: more is needed, and
 * ret->len tells how long the body will be once the header is there; -1: 08P01 is in *e.
 * `authenticated`: false allows only 'p'.  `max`: longest body of the large kinds. */
int frame_parse(const char *bytes, size_t len, bool authenticated, size_t max, struct frame *ret, struct err *e);

struct msg_parse { const char *name, *text; int ntypes; uint32_t *types; };
struct msg_value { const char *p; int32_t len; };       /* len -1: null */
struct msg_bind {
	const char *portal, *statement;
	int nformats;       int16_t *formats;           /* 0, 1 or one per parameter */
	int nvalues;        struct msg_value *values;
	int nresult_formats; int16_t *result_formats;
};
struct msg_name { char kind; const char *name; };       /* Describe, Close: 'S' or 'P' */
struct msg_execute { const char *portal; int32_t max_rows; };
struct msg_call { uint32_t func; int nformats; int16_t *formats; int nvalues; struct msg_value *values;
                  int16_t result_format; };
struct msg_sasl_start { const char *mechanism; const char *data; int32_t len;  /* -1: none */ };

int msg_query(const struct frame *f, const char **ret_text, struct err *e) MUST_CHECK;    /* also CopyFail, password */
int msg_parse(const struct frame *f, struct arena *a, struct msg_parse *ret, struct err *e) MUST_CHECK;
int msg_bind(const struct frame *f, struct arena *a, struct msg_bind *ret, struct err *e) MUST_CHECK;
int msg_name(const struct frame *f, struct msg_name *ret, struct err *e) MUST_CHECK;
int msg_execute(const struct frame *f, struct msg_execute *ret, struct err *e) MUST_CHECK;
int msg_call(const struct frame *f, struct arena *a, struct msg_call *ret, struct err *e) MUST_CHECK;
int msg_empty(const struct frame *f, struct err *e) MUST_CHECK;          /* Sync, Flush, CopyDone, Terminate */
int msg_sasl_start(const struct frame *f, struct msg_sasl_start *ret, struct err *e) MUST_CHECK;

#endif
