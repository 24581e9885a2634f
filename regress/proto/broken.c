/* broken.c - malformed, oversized and truncated messages end their connection, and no other. */
#include "config.h"
#include "regress/proto/tests.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "regress/proto/wire.h"
#include "regress/unit/tap.h"

#define MSG(s) (s), sizeof(s) - 1

/* Sent instead of a startup packet: the server closes, with or without a word. */
static const struct {
	const char *what, *bytes;
	size_t len;
} starts[] = {
	{ "a length below four", MSG("\0\0\0\3") },
	{ "a length of zero", MSG("\0\0\0\0\0\0\0\0") },
	{ "a length with the sign bit", MSG("\377\377\377\377") },
	{ "a length of a gigabyte", MSG("\100\0\0\0\0\3\0\0") },
	{ "an HTTP request", MSG("GET / HTTP/1.1\r\nHost: x\r\n\r\n") },
	{ "a packet without its last zero", MSG("\0\0\0\20\0\3\0\0user\0ann") },
	{ "a name without a value", MSG("\0\0\0\15\0\3\0\0user\0") },
};

/* Sent after a good startup: the server closes, and says why where it still can. */
static const struct {
	const char *what, *bytes;
	size_t len;
	bool says;
} fatal[] = {
	{ "an unknown message type", MSG("y\0\0\0\4"), true },
	{ "a message type above 127", MSG("\377\0\0\0\4"), true },
	{ "a length below four", MSG("Q\0\0\0\3"), false },
	{ "a negative length", MSG("Q\377\377\377\377"), false },
	{ "a length of two gigabytes", MSG("Q\177\377\377\377"), false },
};

#define PARSE "P\0\0\0\21\0SELECT $1\0\0\0"

/* Sent after a good startup: well framed, but not what the type says.  FATAL 08P01 and the end.
 * (PostgreSQL 15 answers ERROR and goes on; who sends these cannot be trusted to be in step.) */
static const struct {
	const char *what, *bytes;
	size_t len;
} errors[] = {
	{ "Query without its zero", MSG("Q\0\0\0\7abc") },
	{ "Query with bytes behind its zero", MSG("Q\0\0\0\12a\0bcd\0") },
	{ "Parse cut off", MSG("P\0\0\0\6\0\0" "S\0\0\0\4") },
	{ "Bind cut off in a value", MSG(PARSE "B\0\0\0\20\0\0\0\0\0\1\0\0\0\5ab" "S\0\0\0\4") },
	{ "Bind with a length that is too large", MSG(PARSE "B\0\0\0\16\0\0\0\0\0\1\177\377\377\377" "S\0\0\0\4") },
	{ "Describe of something else", MSG("D\0\0\0\6x\0" "S\0\0\0\4") },
	{ "Close of something else", MSG("C\0\0\0\6x\0" "S\0\0\0\4") },
};

static void
server_answers(const char *after)
{
	struct wire *w = wire_login();
	struct answer a;

	wire_query(w, "SELECT 42");
	a = wire_read(w, 'Z', 1);
	is_str("42", a.value, "another connection works after %s", after);
	wire_close(w);
}

void
test_broken(void)
{
	struct answer a;
	struct wire *w;

	for (unsigned i = 0; i < sizeof starts / sizeof starts[0]; i++) {
		w = wire_open();
		wire_raw(w, starts[i].bytes, starts[i].len);
		wire_flush(w);
		ok(wire_is_closed(w), "startup: %s", starts[i].what);
		wire_close(w);
	}
	server_answers("bad startups");

	for (unsigned i = 0; i < sizeof fatal / sizeof fatal[0]; i++) {
		w = wire_login();
		wire_raw(w, fatal[i].bytes, fatal[i].len);
		a = wire_read(w, 'Z', 1);
		ok(a.seen[strlen(a.seen) - 1] == '-', "%s ends the connection", fatal[i].what);
		if (fatal[i].says) {
			is_str("08P01", a.sqlstate, "%s: SQLSTATE", fatal[i].what);
			is_str("FATAL", a.severity, "%s: severity", fatal[i].what);
		}
		wire_close(w);
	}
	server_answers("fatal messages");

	for (unsigned i = 0; i < sizeof errors / sizeof errors[0]; i++) {
		w = wire_login();
		wire_raw(w, errors[i].bytes, errors[i].len);
		a = wire_read(w, 'Z', 1);
		is_str("E-", a.seen + (a.seen[0] == '1'), "%s ends the connection", errors[i].what);
		is_str("08P01", a.sqlstate, "%s: SQLSTATE", errors[i].what);
		is_str("FATAL", a.severity, "%s: severity", errors[i].what);
		wire_close(w);
	}
	server_answers("malformed messages");

	/* Gone in the middle of a message. */
	w = wire_login();
	wire_raw(w, MSG("Q\0\0\1\0SELECT"));
	wire_flush(w);
	wire_close(w);
	w = wire_login();
	wire_query(w, "SELECT pg_sleep(0.2)");
	wire_flush(w);
	wire_close(w);
	server_answers("clients that vanished");
}
