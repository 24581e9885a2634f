#!/bin/sh
# LISTEN and NOTIFY, asked of this server and of a PostgreSQL beside it: what a session hears, and when.
. "$srcdir/regress/t/lib.sh"
server_port=5423
start_server
start_pg

# heard SERVER: what psql prints for the script on its input, without the process that notified
heard() { psql -X -q -A -t -d "$1" 2>&1 | sed 's/ received from server process with PID [0-9]*//'; }
# alike NAME: the script on the input is heard alike by both
alike() {
	cat >"$work/script"
	heard "$pg" <"$work/script" >"$work/theirs"
	heard "$server" <"$work/script" >"$work/ours"
	same "$1" "$work/theirs" "$work/ours"
}

alike "what is told at once" <<'END'
LISTEN a; LISTEN "B c";
NOTIFY a; NOTIFY a, 'one'; NOTIFY "B c", 'two'; NOTIFY b, 'not listened to';
SELECT pg_notify('a', 'three'), pg_notify(NULL, 'x'), pg_notify('', 'x');
SELECT pg_notify('a', 'four'), pg_notify('a', NULL);
SELECT pg_notify('a', repeat('p', 7999)) = ''; SELECT pg_notify('a', repeat('p', 8000));
SELECT pg_notify(repeat('c', 63), ''), pg_notify(repeat('c', 64), '');
SELECT * FROM pg_listening_channels() c ORDER BY c;
END
alike "in a transaction: at its end, in order, the same once" <<'END'
LISTEN a; LISTEN b;
BEGIN;
NOTIFY a, '1'; NOTIFY b, '1'; NOTIFY a, '2'; NOTIFY a, '1'; NOTIFY b; NOTIFY a; NOTIFY a, '';
SELECT 'not yet';
COMMIT;
BEGIN; NOTIFY a, 'forgotten'; ROLLBACK;
NOTIFY a, 'forgotten';
BEGIN; SELECT count(pg_notify('a', (i % 5)::text)) FROM generate_series(1, 1000) i; COMMIT;
END
alike "savepoints" <<'END'
LISTEN a;
BEGIN;
NOTIFY a, 'outer';
SAVEPOINT s; NOTIFY a, 'undone'; NOTIFY a, 'outer'; ROLLBACK TO s;
NOTIFY a, 'after'; NOTIFY a, 'undone';
SAVEPOINT t; NOTIFY a, 'kept'; RELEASE t;
SAVEPOINT u; SAVEPOINT v; NOTIFY a, 'gone'; RELEASE v; ROLLBACK TO u;
NOTIFY a, 'kept'; NOTIFY a, 'last';
COMMIT;
END
alike "LISTEN and UNLISTEN are of the transaction" <<'END'
BEGIN; LISTEN a; NOTIFY a, 'before'; SELECT pg_listening_channels(); COMMIT;
SELECT pg_listening_channels();
BEGIN; LISTEN b; UNLISTEN a; ROLLBACK;
NOTIFY a, 'still'; NOTIFY b, 'not';
BEGIN; UNLISTEN a; NOTIFY a, 'not'; COMMIT;
LISTEN a; LISTEN b; UNLISTEN *; NOTIFY a; NOTIFY b;
LISTEN a; BEGIN; UNLISTEN *; LISTEN b; NOTIFY a; NOTIFY b, 'new'; COMMIT;
LISTEN a; DISCARD ALL; NOTIFY a;
SELECT count(*) FROM pg_listening_channels();
END
alike "a failed transaction tells nothing" <<'END'
LISTEN a;
BEGIN; NOTIFY a, 'lost'; SELECT 1 / 0; NOTIFY a; COMMIT;
NOTIFY a, 'heard';
END
# Many in one transaction, each once: the time is linear or this takes minutes.
is "50,000 in one transaction" 50000 "$(printf '%s\n' "LISTEN a;" "BEGIN;" \
	"SELECT count(pg_notify('a', i::text)) FROM generate_series(1, 50000) i \\g /dev/null" \
	"SELECT count(pg_notify('a', i::text)) FROM generate_series(1, 50000) i \\g /dev/null" "COMMIT;" |
	heard "$server" | sort -u | wc -l)"
ok "the server is alive" server_alive
done_testing
