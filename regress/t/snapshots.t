#!/bin/sh
# pg_export_snapshot() and SET TRANSACTION SNAPSHOT between sessions, as PostgreSQL has them.
. "$srcdir/regress/t/lib.sh"
server_port=5422
start_server
in_db() { echo "host=$server_dir port=$server_port user=postgres dbname=${1:-postgres}"; }
# error NAME MESSAGE DATABASE SQL...: the last statement's
error() {
	name=$1 want=$2 db=$3
	shift 3
	is "$name" "$want" "$(printf '%s;\n' "$@" | psql -X -q -A -t -v VERBOSITY=sqlstate -d "$(in_db "$db")" 2>&1 |
		sed -n 's/^.*ERROR: *//p')"
}

sql "$server" -c "CREATE DATABASE other"
sql "$server" -c "CREATE TABLE t AS SELECT i FROM generate_series(1, 3) i"

# --- a session that exports, and stays until its input ends: export MODES SQL sets $name ---
export_snapshot() {
	rm -f "$work/in" "$work/held"
	mkfifo "$work/in"
	psql -X -q -A -t -d "$(in_db)" <"$work/in" >"$work/held" 2>&1 &
	holder=$!
	exec 4>"$work/in"
	echo "BEGIN ISOLATION LEVEL $1; $2; SELECT 'is ' || pg_export_snapshot();" >&4
	while ! grep -qE '^is|ERROR' "$work/held"; do
		kill -0 $holder 2>/dev/null || break
		sleep 0.05
	done
	snapshot=$(sed -n 's/^is //p' "$work/held")
}
release() {
	exec 4>&-
	wait $holder || :
}
# as_of MODES SQL: what a transaction of these modes sees with the snapshot
as_of() {
	sql "$(in_db)" -c "BEGIN ISOLATION LEVEL $1; SET TRANSACTION SNAPSHOT '$snapshot'; $2; COMMIT"
}

export_snapshot "REPEATABLE READ" "TABLE t"
sql "$server" -c "DELETE FROM t WHERE i = 1; INSERT INTO t VALUES (10), (11)"
is "now" 26 "$(sql "$server" -c "SELECT sum(i) FROM t")"
is "as of the snapshot" 6 "$(as_of "REPEATABLE READ" "SELECT sum(i) FROM t")"
is "by another one too, who only reads" 6 "$(as_of "REPEATABLE READ READ ONLY" "SELECT sum(i) FROM t")"
error "a row that has changed since is not updated" 40001 postgres "BEGIN ISOLATION LEVEL REPEATABLE READ" \
	"SET TRANSACTION SNAPSHOT '$snapshot'" "UPDATE t SET i = 5 WHERE i = 1"
error "not at READ COMMITTED" 0A000 postgres "BEGIN" "SET TRANSACTION SNAPSHOT '$snapshot'"
error "not after a query" 25001 postgres "BEGIN ISOLATION LEVEL REPEATABLE READ" "SELECT 1" \
	"SET TRANSACTION SNAPSHOT '$snapshot'"
error "not from another database" 0A000 other "BEGIN ISOLATION LEVEL REPEATABLE READ" \
	"SET TRANSACTION SNAPSHOT '$snapshot'"
error "not by a serializable one from one that is not" 0A000 postgres "BEGIN ISOLATION LEVEL SERIALIZABLE" \
	"SET TRANSACTION SNAPSHOT '$snapshot'"
error "not a name that nobody exported" 22023 postgres "BEGIN ISOLATION LEVEL REPEATABLE READ" \
	"SET TRANSACTION SNAPSHOT '00000003-0000001B-1'"
error "not a path" 22023 postgres "BEGIN ISOLATION LEVEL REPEATABLE READ" "SET TRANSACTION SNAPSHOT '../t'"
release
error "not after the exporter's end" 22023 postgres "BEGIN ISOLATION LEVEL REPEATABLE READ" \
	"SET TRANSACTION SNAPSHOT '$snapshot'"

export_snapshot "SERIALIZABLE READ ONLY" "TABLE t"
sql "$server" -c "UPDATE t SET i = i + 100"
is "serializable from serializable" 26 "$(as_of "SERIALIZABLE READ ONLY" "SELECT sum(i) FROM t")"
error "one that writes not from one that only reads" 0A000 postgres "BEGIN ISOLATION LEVEL SERIALIZABLE" \
	"SET TRANSACTION SNAPSHOT '$snapshot'"
release

export_snapshot "READ COMMITTED" "TABLE t"
sql "$server" -c "DELETE FROM t"
is "exported at READ COMMITTED: as of the export" 426 "$(as_of "REPEATABLE READ" "SELECT sum(i) FROM t")"
release
error "not within a savepoint" 25001 postgres "BEGIN" "SAVEPOINT s" "SELECT pg_export_snapshot()"
ok "the server is alive" server_alive
done_testing
