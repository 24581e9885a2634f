/* test_history.c - the history checker: histories by hand, one for each anomaly, and good ones.
 *
 * The anomalies are Adya's; which level forbids which is his too, snapshot isolation for
 * REPEATABLE READ. */
#include "config.h"

#include <string.h>

#include "regress/history/check.h"
#include "regress/unit/tap.h"

#define NONE ANOMALIES

static const struct {
	const char *what;
	enum level level;
	enum anomaly anomaly; /* the only one that is found; NONE */
	const char *text;
} cases[] = {
	{ "nothing at all", SERIALIZABLE, NONE, "" },
	{ "one after the other", SERIALIZABLE, NONE,
	  "ok 1 1-2 w x 1; w y 1\n"
	  "ok 2 3-4 r x [1]; w x 2; r x [1 2]; w y 2\n"
	  "ok 1 5-6 r x [1 2]; r y [1 2]\n" },
	{ "side by side, as if one after the other", SERIALIZABLE, NONE,
	  "ok 1 1-9 r x []; w y 1; r y [1]\n"
	  "ok 2 1-9 w x 1; r x [1]\n" },
	{ "a failed transaction leaves nothing", SERIALIZABLE, NONE,
	  "fail 1 1-2 w x 1; r x [1]\n"
	  "ok 2 3-4 r x []; w x 2; r x [2]\n" },
	{ "of unknown outcome, and nobody saw it", SERIALIZABLE, NONE,
	  "info 1 1-2 w x 1; r x [1]\n"
	  "ok 2 3-4 r x []\n" },
	{ "of unknown outcome, and it committed", SERIALIZABLE, NONE,
	  "info 1 1-2 w x 1; r x [1]; w y 2\n"
	  "ok 2 3-4 r x [1]; r y [2]\n" },
	{ "a savepoint undone, seen by its own transaction before that", SERIALIZABLE, NONE,
	  "ok 1 1-2 w x 1; w x 2 undone 3; r x [1 2]; r x [1]; w x 3\n"
	  "ok 2 3-4 r x [1 3]\n" },
	{ "a register", SERIALIZABLE, NONE,
	  "ok 1 1-2 w x 1; t x [1]\n"
	  "ok 2 3-4 w x 2; t x [1 2]; w x 3; t x [2 3]\n"
	  "ok 1 5-6 t x [2 3]; w x 4 undone 3; t x [3 4]; w x 5; t x [3 5]\n"
	  "ok 1 7-8 t x [3 5]\n" },

	{ "dirty write", READ_COMMITTED, A_DIRTY_WRITE,
	  "ok 1 1-9 w x 1; w y 1\n"
	  "ok 2 1-9 w x 2; w y 2\n"
	  "ok 3 10-11 r x [1 2]; r y [2 1]\n" },
	{ "aborted read", READ_COMMITTED, A_ABORTED_READ,
	  "fail 1 1-9 w x 1\n"
	  "ok 2 1-9 r x [1]\n" },
	{ "a failed transaction's dirty read", READ_COMMITTED, A_ABORTED_READ,
	  "fail 1 1-9 w x 1\n"
	  "fail 2 1-9 r x [1]\n" },
	{ "what a savepoint undid, seen by another", READ_COMMITTED, A_ABORTED_READ,
	  "ok 1 1-9 w x 1 undone 1; r x []\n"
	  "ok 2 1-9 r x [1]\n" },
	{ "what a savepoint undid, seen again", READ_COMMITTED, A_ABORTED_READ,
	  "ok 1 1-9 w x 1 undone 1; r x [1]\n" },
	{ "intermediate read", READ_COMMITTED, A_INTERMEDIATE_READ,
	  "ok 1 1-9 w x 1; w x 2\n"
	  "ok 2 1-9 r x [1]\n"
	  "ok 3 1-9 r x [1 2]\n" },
	{ "circular information flow", READ_COMMITTED, A_CIRCULAR,
	  "ok 1 1-9 w x 1; r y [1]\n"
	  "ok 2 1-9 w y 1; r x [1]\n" },
	{ "a read from the future", READ_COMMITTED, A_CIRCULAR,
	  "ok 1 1-2 r x [1]\n"
	  "ok 2 3-4 w x 1\n" },
	{ "read skew", REPEATABLE_READ, A_SINGLE,
	  "ok 1 1-9 r x []; r y [1]\n"
	  "ok 2 1-9 w x 1; w y 1\n"
	  "ok 3 10-11 r x [1]; r y [1]\n" },
	{ "read skew, which READ COMMITTED allows", READ_COMMITTED, NONE,
	  "ok 1 1-9 r x []; r y [1]\n"
	  "ok 2 1-9 w x 1; w y 1\n"
	  "ok 3 10-11 r x [1]; r y [1]\n" },
	{ "two readers, two orders of independent writes", REPEATABLE_READ, A_SINGLE,
	  "ok 1 1-9 w x 1\n"
	  "ok 2 1-9 w y 1\n"
	  "ok 3 1-9 r x [1]; r y []\n"
	  "ok 4 1-9 r x []; r y [1]\n"
	  "ok 5 10-11 r x [1]; r y [1]\n" },
	{ "write skew", SERIALIZABLE, A_ITEM,
	  "ok 1 1-9 r x []; w y 1\n"
	  "ok 2 1-9 r y []; w x 1\n"
	  "ok 3 10-11 r x [1]; r y [1]\n" },
	{ "write skew, which a snapshot allows", REPEATABLE_READ, NONE,
	  "ok 1 1-9 r x []; w y 1\n"
	  "ok 2 1-9 r y []; w x 1\n"
	  "ok 3 10-11 r x [1]; r y [1]\n" },
	/* Fekete, O'Neil, O'Neil 2004: the reader sees the deposit and not the withdrawal. */
	{ "a reader's anomaly", SERIALIZABLE, A_ITEM,
	  "ok 1 1-9 r x []; r y []; w x 1\n"
	  "ok 2 1-3 r y []; w y 2\n"
	  "ok 3 4-5 r x []; r y [2]\n"
	  "ok 4 10-11 r x [1]; r y [2]\n" },
	{ "a list's write is lost", READ_COMMITTED, A_LOST_WRITE,
	  "ok 1 1-2 w x 1\n"
	  "ok 2 3-4 w x 2\n"
	  "ok 3 5-6 r x [1]\n" },
	{ "a register's write is lost", READ_COMMITTED, A_LOST_WRITE,
	  "ok 1 1-2 w x 1; t x [1]\n"
	  "ok 2 3-9 w x 2; t x [1 2]\n"
	  "ok 3 3-9 w x 3; t x [1 3]\n" },
	{ "half of a transaction of unknown outcome", READ_COMMITTED, A_LOST_WRITE,
	  "info 1 1-2 w x 1; w y 1\n"
	  "ok 2 3-4 r x [1]; r y []\n" },
	{ "stale read", READ_COMMITTED, A_STALE_READ,
	  "ok 1 1-2 w x 1\n"
	  "ok 2 3-9 r x []\n"
	  "ok 3 10-11 r x [1]\n" },
	{ "own write not seen", READ_COMMITTED, A_INTERNAL,
	  "ok 1 1-2 w x 1; r x []\n"
	  "ok 2 3-4 r x [1]\n" },
	{ "a read that goes back", READ_COMMITTED, A_INTERNAL,
	  "ok 1 1-9 w x 1\n"
	  "ok 2 1-9 r x [1]; r x []\n" },
	{ "a read that READ COMMITTED need not repeat", READ_COMMITTED, NONE,
	  "ok 1 1-9 w x 1\n"
	  "ok 2 1-9 r x []; r x [1]\n" },
	{ "a value from nowhere", READ_COMMITTED, A_GARBAGE, "ok 1 1-2 r x [7]\n" },
	{ "a value twice", READ_COMMITTED, A_GARBAGE,
	  "ok 1 1-2 w x 1\n"
	  "ok 1 3-4 r x [1 1]\n" },
	{ "two orders", READ_COMMITTED, A_TWO_ORDERS,
	  "ok 1 1-9 w x 1\n"
	  "ok 2 1-9 w x 2\n"
	  "ok 3 1-9 r x [1 2]\n"
	  "ok 4 1-9 r x [2]\n" },
};

static void
run_case(unsigned i)
{
	struct history h = { 0 };
	struct found f = { 0 };
	char error[256], text[2048] = "";

	ok(history_parse(&h, cases[i].text, error, sizeof error), "%s: it can be read%s",
	   cases[i].what, error);
	FILE *copy = fmemopen(text, sizeof text, "w");
	history_print(&h, copy);
	(void) fclose(copy);
	is_str(cases[i].text, text, "%s: and printed again", cases[i].what);
	check_history(&h, cases[i].level, &f);
	for (int a = 0; a < ANOMALIES; a++) {
		bool expected = a == (int) cases[i].anomaly;
		bool found = anomaly_forbidden((enum anomaly) a, cases[i].level) && f.count[a] > 0;
		if (found != expected)
			ok(false, "%s: %s%s", cases[i].what, anomaly_name((enum anomaly) a),
			   found ? "" : " is not found");
		if (expected && found)
			ok(f.words[a][0] != NULL && f.words[a][0][0] != '\0', "%s: in words",
			   cases[i].what);
	}
	found_done(&f);
	history_done(&h);
}

/* The lost update is a read skew too: both are said. */
static void
lost_update(void)
{
	struct history h = { 0 };
	struct found f = { 0 };
	char error[256];

	ok(history_parse(&h,
			 "ok 1 1-9 r x []; w x 1; r x [1]\n"
			 "ok 2 1-9 r x []; w x 2; r x [1 2]\n",
			 error, sizeof error),
	   "a lost update");
	check_history(&h, REPEATABLE_READ, &f);
	is_int64(1, f.count[A_LOST_UPDATE], "is found");
	is_int64(1, f.count[A_SINGLE], "and its cycle");
	is_int64(2 + f.count[A_INTERNAL], found_forbidden(&f, REPEATABLE_READ), "nothing else");
	is_int64(f.count[A_INTERNAL], found_forbidden(&f, READ_COMMITTED),
		 "READ COMMITTED allows both");
	found_done(&f);
	history_done(&h);
}

/* The shortest of many cycles is told, and a long one is found in a long history. */
static void
shortest_cycle(void)
{
	struct history h = { 0 };
	struct found f = { 0 };
	int one = 0;

	for (int i = 0; i < 50000; i++) {
		struct txn *t = history_begin(&h, i % 8, 1);
		t->outcome = TXN_OK;
		t->end = 9;
		history_write(&h, i, 1);
		one = 1;
		history_read(&h, (i + 1) % 50000, false, &one, 1);
	}
	check_history(&h, READ_COMMITTED, &f);
	is_int64(1, f.count[A_CIRCULAR], "a cycle of 50000 is found");
	is_str("a cycle too long to be told", f.words[A_CIRCULAR][0], "and not told");
	found_done(&f);
	history_begin(&h, 1, 1)->outcome = TXN_OK;
	h.txns[h.txn_count - 1].end = 9;
	history_write(&h, -1, 1);
	history_read(&h, 7, false, &one, 1);
	/* Key 7 is read by transaction 6 too; transaction 7 reads what the new one wrote. */
	struct history g = { 0 };
	for (uint32_t i = 0; i < h.txn_count; i++) {
		*history_begin(&g, h.txns[i].client, 1) =
			(struct txn){ TXN_OK, h.txns[i].client, 1, 9, g.op_count, 0 };
		for (uint32_t j = h.txns[i].op; j < h.txns[i].op + h.txns[i].ops; j++)
			if (h.ops[j].kind == OP_WRITE)
				history_write(&g, h.ops[j].key, h.ops[j].value);
			else
				history_read(&g, h.ops[j].key, false, &one, 1);
		if (i == 7)
			history_read(&g, -1, false, &one, 1);
	}
	check_history(&g, READ_COMMITTED, &f);
	ok(f.words[A_CIRCULAR][0] != NULL &&
		   strstr(f.words[A_CIRCULAR][0], "T7 wrote 1 to 7") != NULL &&
		   strstr(f.words[A_CIRCULAR][0], "T50000 wrote 1 to a") != NULL,
	   "a cycle of two beside it is told");
	found_done(&f);
	history_done(&g);
	history_done(&h);
}

int
main(void)
{
	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
		run_case(i);
	lost_update();
	shortest_cycle();
	return tap_done();
}
