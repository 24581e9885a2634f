/* query.c - the simple protocol: one table of what is sent and what comes back. */
#include "config.h"
#include "regress/proto/tests.h"

#include <stdio.h>

#include "regress/proto/wire.h"
#include "regress/unit/tap.h"

/* Asked one after another on one connection. */
static const struct {
	const char *sql, *seen, *sqlstate, *tag;
} cases[] = {
	{ "SELECT 1", "TDCZI", "", "SELECT 1" },
	{ "", "IZI", "", "" },
	{ "  ;; ", "IZI", "", "" },
	{ "SELECT 1; SELECT 2, 3", "TDCTDCZI", "", "SELECT 1" },
	{ "SELECT 1; SELECT 1/0; SELECT 2", "TDCEZI", "22012", "SELECT 1" },
	{ "SELECT 1; SELEC 2", "EZI", "42601", "" },
	{ "SELECT 1 WHERE false", "TCZI", "", "SELECT 0" },
	{ "BEGIN", "CZT", "", "BEGIN" },
	{ "SELECT 1", "TDCZT", "", "SELECT 1" },
	{ "SELECT nosuch", "EZE", "42703", "" },
	{ "SELECT 1", "EZE", "25P02", "" },
	{ "ROLLBACK", "CZI", "", "ROLLBACK" },
	{ "BEGIN; SELECT 1; COMMIT", "CTDCCZI", "", "COMMIT" },
	{ "COMMIT", "NCZI", "", "COMMIT" },
	{ "CREATE TEMP TABLE pt (a int PRIMARY KEY)", "CZI", "", "CREATE TABLE" },
	{ "INSERT INTO pt VALUES (1), (2)", "CZI", "", "INSERT 0 2" },
	{ "INSERT INTO pt VALUES (3); INSERT INTO pt VALUES (1)", "CEZI", "23505", "INSERT 0 1" },
	{ "SELECT count(*) FROM pt", "TDCZI", "", "SELECT 1" },
	{ "UPDATE pt SET a = a + 10 RETURNING a", "TDDCZI", "", "UPDATE 2" },
	{ "DELETE FROM pt WHERE a = 99", "CZI", "", "DELETE 0" },
	{ "SET application_name = 'proto'", "CSZI", "", "SET" },
	{ "SET search_path = public", "CZI", "", "SET" },
	{ "SHOW application_name", "TDCZI", "", "SHOW" },
	{ "DROP TABLE pt", "CZI", "", "DROP TABLE" },
};

static void
copy_in(struct wire *w, bool fail)
{
	struct answer a;

	wire_query(w, "COPY cp FROM STDIN");
	a = wire_read(w, 'G', 1);
	is_str("G", a.seen, "COPY FROM STDIN asks for data");
	wire_begin(w, 'd');
	wire_bytes(w, "1\tone\n2\t", 8);
	wire_end(w);
	wire_begin(w, 'd');             /* a row may be cut anywhere */
	wire_bytes(w, "two\n", 4);
	wire_end(w);
	if (fail) {
		wire_begin(w, 'f');
		wire_str(w, "no more");
	} else {
		wire_begin(w, 'c');
	}
	wire_end(w);
	a = wire_read(w, 'Z', 1);
	if (fail) {
		is_str("EZI", a.seen, "CopyFail ends it with an error");
		is_str("57014", a.sqlstate, "which is 57014");
		is_str("COPY from stdin failed: no more", a.message, "and repeats the reason");
	} else {
		is_str("CZI", a.seen, "CopyDone ends it");
		is_str("COPY 2", a.tag, "with the number of rows");
	}
}

void
test_query(void)
{
	struct wire *w = wire_login();
	struct answer a;

	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		wire_query(w, cases[i].sql);
		a = wire_read(w, 'Z', 1);
		is_str(cases[i].seen, a.seen, "[%s]", cases[i].sql);
		is_str(cases[i].sqlstate, a.sqlstate, "[%s]: SQLSTATE", cases[i].sql);
		is_str(cases[i].tag, a.tag, "[%s]: tag", cases[i].sql);
	}
	wire_query(w, "CREATE TEMP TABLE cp (a int, b text)");
	(void) wire_read(w, 'Z', 1);
	copy_in(w, true);
	copy_in(w, false);
	wire_query(w, "COPY cp TO STDOUT");
	a = wire_read(w, 'Z', 1);
	is_str("HddcCZI", a.seen, "COPY TO STDOUT");
	wire_query(w, "SELECT 1");
	wire_query(w, "SELECT 2");
	a = wire_read(w, 'Z', 2);
	is_str("TDCZITDCZI", a.seen, "two queries sent at once are answered in turn");
	wire_begin(w, 'X');
	wire_end(w);
	wire_flush(w);
	ok(wire_is_closed(w), "Terminate closes the connection");
	wire_close(w);
}
