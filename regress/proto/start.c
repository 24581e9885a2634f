/* start.c - from the first byte to ReadyForQuery, and cancelling. */
#include "config.h"
#include "regress/proto/tests.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "regress/proto/wire.h"
#include "regress/unit/tap.h"

enum { V3 = 3 << 16, SSL_REQUEST = 80877103, GSS_REQUEST = 80877104, CANCEL_REQUEST = 80877102 };

static void
startup(struct wire *w, int version, const char *user, const char *option, const char *value)
{
	wire_begin(w, 0);
	wire_int32(w, version);
	if (user != NULL) {
		wire_str(w, "user");
		wire_str(w, user);
		wire_str(w, "database");
		wire_str(w, wire_database);
	}
	if (option != NULL) {
		wire_str(w, option);
		wire_str(w, value);
	}
	wire_byte(w, 0);
	wire_end(w);
}

static void
request(struct wire *w, int code)
{
	wire_begin(w, 0);
	wire_int32(w, code);
	wire_end(w);
	wire_flush(w);
}

static void
requests(void)
{
	struct wire *w = wire_open();

	request(w, GSS_REQUEST);
	is_int('N', wire_read_byte(w), "GSSENCRequest is declined");
	request(w, SSL_REQUEST);
	is_int('N', wire_read_byte(w), "SSLRequest on a Unix socket is declined");
	startup(w, V3, wire_user, NULL, NULL);
	struct answer a = wire_read(w, 'Z', 1);
	is_str("RSKZI", a.seen, "then the startup goes on");
	wire_close(w);
}

static void
versions(void)
{
	struct wire *w = wire_open();
	struct answer a;

	startup(w, V3 + 2, wire_user, "_pq_.nosuch", "x");
	a = wire_read(w, 'Z', 1);
	is_str("vRSKZI", a.seen, "a newer minor version and unknown options are negotiated");
	wire_close(w);

	w = wire_open();
	startup(w, 2 << 16, wire_user, NULL, NULL);
	wire_flush(w);
	ok(wire_is_closed(w), "protocol 2.0 is refused");
	wire_close(w);

	w = wire_open();
	startup(w, V3, NULL, NULL, NULL);
	a = wire_read(w, 'Z', 1);
	is_str("E-", a.seen, "a startup without a user is refused");
	is_str("28000", a.sqlstate, "with 28000");
	is_str("FATAL", a.severity, "which is fatal");
	wire_close(w);

	w = wire_open();
	startup(w, V3, wire_user, "nosuch_setting", "1");
	a = wire_read(w, 'Z', 1);
	is_str("42704", a.sqlstate, "an unknown setting at startup");
	wire_close(w);

	w = wire_open();
	startup(w, V3, wire_user, "options", "-c work_mem=3MB");
	(void) wire_read(w, 'Z', 1);
	wire_query(w, "SHOW work_mem");
	a = wire_read(w, 'Z', 1);
	is_str("3MB", a.value, "settings in the startup's options hold");
	wire_close(w);
}

/* The right key stops a statement; a wrong one is answered by closing and stops nothing. */
static void
cancel(void)
{
	struct wire *w = wire_open(), *other;
	struct answer a, login;

	startup(w, V3, wire_user, NULL, NULL);
	login = wire_read(w, 'Z', 1);
	for (int right = 0; right < 2; right++) {
		wire_query(w, right ? "SELECT pg_sleep(30)" : "SELECT pg_sleep(0.3)");
		wire_flush(w);
		other = wire_open();
		wire_begin(other, 0);
		wire_int32(other, CANCEL_REQUEST);
		wire_bytes(other, &login.pid, 4);
		wire_bytes(other, &(uint32_t) { right ? login.key : ~login.key }, 4);
		wire_end(other);
		wire_flush(other);
		ok(wire_is_closed(other), "a CancelRequest is answered by closing");
		wire_close(other);
		a = wire_read(w, 'Z', 1);
		is_str(right ? "EZI" : "DCZI", a.seen + (a.seen[0] == 'T'), "cancel with the %s key", right ? "right" : "wrong");
	}
	is_str("57014", a.sqlstate, "a cancelled statement says 57014");
	wire_query(w, "SELECT 5");
	a = wire_read(w, 'Z', 1);
	is_str("5", a.value, "and the connection goes on");
	wire_close(w);
}

void
test_start(void)
{
	requests();
	versions();
	cancel();
}
