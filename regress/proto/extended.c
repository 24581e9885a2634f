/* extended.c - Parse, Bind, Describe, Execute, Close, Flush, Sync. */
#include "config.h"
#include "regress/proto/tests.h"

#include <stdio.h>
#include <string.h>

#include "regress/proto/wire.h"
#include "regress/unit/tap.h"

enum { INT4 = 23 };

static void
basics(struct wire *w)
{
	const char *seven[] = { "7" };
	struct answer a;

	wire_parse(w, "", "SELECT $1 + 1", 0, NULL);
	wire_bind(w, "", "", 1, seven);
	wire_describe(w, 'P', "");
	wire_execute(w, "", 0);
	wire_sync(w);
	a = wire_read(w, 'Z', 1);
	is_str("12TDCZI", a.seen, "an unnamed statement");
	is_str("8", a.value, "its value");

	wire_parse(w, "s1", "SELECT $1::int4, $2::text", 0, NULL);
	wire_describe(w, 'S', "s1");
	wire_sync(w);
	a = wire_read(w, 'Z', 1);
	is_str("1tTZI", a.seen, "Describe of a statement: parameters, columns");
	wire_parse(w, "s1", "SELECT 1", 0, NULL);
	wire_sync(w);
	a = wire_read(w, 'Z', 1);
	is_str("42P05", a.sqlstate, "a statement's name is taken");
	wire_close_object(w, 'S', "s1");
	wire_close_object(w, 'S', "never was");
	wire_close_object(w, 'P', "never was");
	wire_sync(w);
	a = wire_read(w, 'Z', 1);
	is_str("333ZI", a.seen, "Close, of what was never there too");
	wire_bind(w, "", "s1", 0, NULL);
	wire_sync(w);
	a = wire_read(w, 'Z', 1);
	is_str("26000", a.sqlstate, "a closed statement cannot be bound");

	wire_parse(w, "", "CREATE TEMP TABLE ext (a int)", 0, NULL);
	wire_describe(w, 'S', "");
	wire_bind(w, "", "", 0, NULL);
	wire_execute(w, "", 0);
	wire_sync(w);
	a = wire_read(w, 'Z', 1);
	is_str("1tn2CZI", a.seen, "a statement without rows describes as NoData");

	wire_parse(w, "", "", 0, NULL);
	wire_bind(w, "", "", 0, NULL);
	wire_execute(w, "", 0);
	wire_sync(w);
	a = wire_read(w, 'Z', 1);
	is_str("12IZI", a.seen, "an empty statement");
}

static void
portals(struct wire *w)
{
	struct answer a;

	wire_query(w, "BEGIN");
	(void) wire_read(w, 'Z', 1);
	wire_parse(w, "", "SELECT * FROM generate_series(1, 5)", 0, NULL);
	wire_bind(w, "p", "", 0, NULL);
	wire_execute(w, "p", 2);
	wire_execute(w, "p", 2);
	wire_execute(w, "p", 2);
	wire_sync(w);
	a = wire_read(w, 'Z', 1);
	is_str("12DDsDDsDCZT", a.seen, "a portal is read in parts");
	is_str("SELECT 1", a.tag, "the tag counts the last part");
	wire_execute(w, "p", 0);
	wire_sync(w);
	a = wire_read(w, 'Z', 1);
	is_str("CZT", a.seen, "a portal that is at its end");
	wire_query(w, "COMMIT");
	(void) wire_read(w, 'Z', 1);
	wire_execute(w, "p", 0);
	wire_sync(w);
	a = wire_read(w, 'Z', 1);
	is_str("34000", a.sqlstate, "portals end with their transaction");
}

static void
errors(struct wire *w)
{
	const char *bad[] = { "x" };
	struct answer a;

	wire_parse(w, "", "SELECT nosuch", 0, NULL);
	wire_bind(w, "", "", 0, NULL);
	wire_execute(w, "", 0);
	wire_query(w, "SELECT 1");
	wire_sync(w);
	wire_parse(w, "", "SELECT 2", 0, NULL);
	wire_bind(w, "", "", 0, NULL);
	wire_execute(w, "", 0);
	wire_sync(w);
	a = wire_read(w, 'Z', 2);
	is_str("EZI12DCZI", a.seen, "after an error all is skipped up to Sync, then it goes on");
	is_str("2", a.value, "with the next statement");

	wire_parse(w, "", "SELECT $1::int", 0, NULL);
	wire_bind(w, "", "", 1, bad);
	wire_sync(w);
	a = wire_read(w, 'Z', 1);
	is_str("1EZI", a.seen, "a value that is no integer is refused by Bind");
	is_str("22P02", a.sqlstate, "with 22P02");
	wire_bind(w, "", "", 0, NULL);
	wire_sync(w);
	a = wire_read(w, 'Z', 1);
	is_str("08P01", a.sqlstate, "too few values");
	wire_parse(w, "", "SELECT 1; SELECT 2", 0, NULL);
	wire_sync(w);
	a = wire_read(w, 'Z', 1);
	is_str("42601", a.sqlstate, "two statements cannot be prepared as one");
	wire_parse(w, "", "SELECT $1", 0, NULL);
	wire_parse(w, "", "SELECT $2 + 1", 0, NULL);
	wire_sync(w);
	a = wire_read(w, 'Z', 1);
	is_str("42P18", a.sqlstate, "a parameter whose type nobody knows");
	wire_query(w, "CREATE TABLE proto_t (a int)");
	(void) wire_read(w, 'Z', 1);
	wire_parse(w, "", "INSERT INTO proto_t VALUES (1)", 0, NULL);
	wire_bind(w, "", "", 0, NULL);
	wire_execute(w, "", 0);
	wire_parse(w, "", "SELECT 1/count(*) FROM generate_series(1, 0)", 0, NULL);
	wire_bind(w, "", "", 0, NULL);
	wire_execute(w, "", 0);
	wire_sync(w);
	a = wire_read(w, 'Z', 1);
	is_str("12C12EZI", a.seen, "an error between two Syncs");
	wire_query(w, "SELECT count(*) FROM proto_t");
	a = wire_read(w, 'Z', 1);
	is_str("0", a.value, "undoes all since the last Sync");
	wire_query(w, "DROP TABLE proto_t");
	(void) wire_read(w, 'Z', 1);
}

static void
binary(struct wire *w)
{
	const uint32_t int4 = INT4;
	struct answer a;

	wire_parse(w, "", "SELECT $1 * 2", 1, &int4);
	wire_begin(w, 'B');
	wire_str(w, "");
	wire_str(w, "");
	wire_int16(w, 1);
	wire_int16(w, 1);               /* all parameters are binary */
	wire_int16(w, 1);
	wire_int32(w, 4);
	wire_int32(w, 21);
	wire_int16(w, 1);
	wire_int16(w, 1);               /* and all columns */
	wire_end(w);
	wire_execute(w, "", 0);
	wire_sync(w);
	a = wire_read(w, 'Z', 1);
	is_str("12DCZI", a.seen, "binary in and out");
	is_int(4, a.value_len, "an int4 has four bytes");
	ok(memcmp(a.value, "\0\0\0\52", 4) == 0, "in network order");

	wire_parse(w, "", "SELECT $1", 1, &int4);
	wire_begin(w, 'B');
	wire_str(w, "");
	wire_str(w, "");
	wire_int16(w, 1);
	wire_int16(w, 1);
	wire_int16(w, 1);
	wire_int32(w, 3);               /* an int4 of three bytes */
	wire_bytes(w, "abc", 3);
	wire_int16(w, 0);
	wire_end(w);
	wire_sync(w);
	a = wire_read(w, 'Z', 1);
	is_str("1EZI", a.seen, "a binary value of the wrong length");
	is_str("08P01", a.sqlstate, "is a protocol violation");
}

/* Latin 1: E9 is e with an acute. */
static void
encoding(struct wire *w)
{
	const char *acute[] = { "\xe9" };
	struct answer a;

	wire_query(w, "SET client_encoding = 'LATIN1'");
	(void) wire_read(w, 'Z', 1);
	wire_parse(w, "\xe9", "SELECT $1 || '\xe9' || octet_length($1::text)", 0, NULL);
	wire_bind(w, "\xe8", "\xe9", 1, acute);
	wire_describe(w, 'P', "\xe8");
	wire_execute(w, "\xe8", 0);
	wire_close_object(w, 'S', "\xe9");
	wire_sync(w);
	a = wire_read(w, 'Z', 1);
	is_str("12TDC3ZI", a.seen, "names, statements and values in the client's encoding");
	is_str("\xe9\xe9" "2", a.value, "are converted both ways");

	wire_parse(w, "", "SELECT $1::text", 0, NULL);
	wire_begin(w, 'B');
	wire_str(w, "");
	wire_str(w, "");
	wire_int16(w, 1);
	wire_int16(w, 1);               /* in binary */
	wire_int16(w, 1);
	wire_int32(w, 1);
	wire_bytes(w, "\xe9", 1);
	wire_int16(w, 1);
	wire_int16(w, 1);
	wire_end(w);
	wire_execute(w, "", 0);
	wire_sync(w);
	a = wire_read(w, 'Z', 1);
	is_str("\xe9", a.value, "in binary too");

	wire_query(w, "SELECT chr(8364)");
	a = wire_read(w, 'Z', 1);
	is_str("22P05", a.sqlstate, "a character that the client does not have");
	wire_query(w, "SET client_encoding = 'UTF8'");
	(void) wire_read(w, 'Z', 1);
	wire_parse(w, "", "SELECT '\xe9'", 0, NULL);
	wire_sync(w);
	a = wire_read(w, 'Z', 1);
	is_str("22021", a.sqlstate, "and back: no UTF-8");
}

static void
flush(struct wire *w)
{
	struct answer a;

	wire_parse(w, "", "SELECT 1", 0, NULL);
	wire_bind(w, "", "", 0, NULL);
	wire_execute(w, "", 0);
	wire_begin(w, 'H');
	wire_end(w);
	a = wire_read(w, 'C', 1);
	is_str("12DC", a.seen, "Flush brings what there is, without Sync");
	wire_sync(w);
	a = wire_read(w, 'Z', 1);
	is_str("ZI", a.seen, "then Sync brings ReadyForQuery alone");
}

void
test_extended(void)
{
	struct wire *w = wire_login();

	basics(w);
	portals(w);
	errors(w);
	binary(w);
	encoding(w);
	flush(w);
	wire_close(w);
}
