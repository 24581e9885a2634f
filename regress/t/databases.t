#!/bin/sh
# Databases as several sessions, a crash, a backup and PostgreSQL's own programs see them.
. "$srcdir/regress/t/lib.sh"
server_port=5419
start_server
needs createdb dropdb pg_dump
data=$server_dir/data
ormdb=$builddir/ormdb
in_db() { echo "host=$server_dir port=$server_port user=${2:-postgres} dbname=$1"; }
# error NAME SQLSTATE DATABASE SQL
error() {
	is "$1" "$2" "$(psql -X -q -A -t -v VERBOSITY=sqlstate -d "$(in_db "$3")" -c "$4" 2>&1 |
		sed -n 's/^ERROR: *//p' | tr -d ' ')"
}

# --- separate, and together ---
ok "createdb" createdb -h "$server_dir" -p $server_port -U postgres one
sql "$(in_db one)" -c "CREATE TYPE mood AS ENUM ('low', 'high'); CREATE TABLE t (a serial PRIMARY KEY, m mood, b text);
	CREATE INDEX ON t (b); INSERT INTO t (m, b) SELECT 'high', 'text ' || i FROM generate_series(1, 20000) i;
	CREATE VIEW v AS SELECT count(*) FROM t"
sql "$server" -c "CREATE DATABASE two TEMPLATE one"
is "a copy has the rows" "20000|10" "$(sql "$(in_db two)" -c "SELECT (TABLE v), a FROM t WHERE b = 'text 10'")"
is "its sequence goes on" "20001|low" "$(sql "$(in_db two)" -c "INSERT INTO t (m) VALUES ('low') RETURNING a, m")"
is "and is its own" "20001|high" "$(sql "$(in_db one)" -c "INSERT INTO t (m) VALUES ('high') RETURNING a, m")"
sql "$(in_db two)" -c "DROP INDEX t_b_idx; ALTER TABLE t ADD COLUMN c int DEFAULT 5; TRUNCATE t"
is "what is done to it is done to it alone" "20001|10" \
	"$(sql "$(in_db one)" -c "SELECT (TABLE v), a FROM t WHERE b = 'text 10'")"
sql "$(in_db two)" -c "CREATE ROLE guest LOGIN; ALTER ROLE guest SET work_mem = '3MB';
	ALTER DATABASE one SET statement_timeout = '7s'; REVOKE CONNECT ON DATABASE two FROM public"
is "roles are everybody's, settings come with the connection" "3MB|7s" "$(sql "$(in_db one guest)" \
	-c "SELECT current_setting('work_mem'), current_setting('statement_timeout')")"
ok "who may not connect does not" sh -c "psql -X -d '$(in_db two guest)' -c 'SELECT 1' 2>&1 |
	grep -q 'permission denied for database \"two\"'"
ok "a missing database" sh -c "psql -X -d '$(in_db nowhere)' -c 'SELECT 1' 2>&1 |
	grep -q 'FATAL:  database \"nowhere\" does not exist'"

# --- sessions in it: they say "ready" and stay until their input ends ---
hold() {
	rm -f "$work/in" "$work/held"
	mkfifo "$work/in"
	psql -X -q -A -t -d "$(in_db "$1")" <"$work/in" >"$work/held" 2>&1 &
	holder=$!
	exec 4>"$work/in"
	echo "$2; SELECT 'ready';" >&4
	while ! grep -q ready "$work/held"; do
		kill -0 $holder 2>/dev/null || break
		sleep 0.05
	done
}
release() {
	exec 4>&-
	wait $holder || :
}
hold two "LISTEN news; SELECT pg_advisory_lock(1); BEGIN; LOCK TABLE t"
error "DROP of a database in use" 55006 postgres "DROP DATABASE two"
error "RENAME of it" 55006 postgres "ALTER DATABASE two RENAME TO three"
error "a copy of it" 55006 postgres "CREATE DATABASE three TEMPLATE two"
is "advisory locks belong to a database" t "$(sql "$(in_db one)" -c 'SELECT pg_try_advisory_lock(1)')"
is "tables of the same number are not the same" 20001 \
	"$(sql "$(in_db one)" -c "SET lock_timeout = '1s'" -c "SELECT count(*) FROM t")"
is "pg_locks tells them apart" two "$(sql "$server" -c "SELECT DISTINCT datname FROM pg_locks l JOIN pg_database d
	ON d.oid = l.database WHERE locktype IN ('advisory', 'relation') AND mode IN ('ExclusiveLock', 'AccessExclusiveLock')")"
is "pg_stat_activity too" two "$(sql "$server" -c "SELECT datname FROM pg_stat_activity a WHERE query LIKE '%ready%'
	AND datid = (SELECT oid FROM pg_database d WHERE d.datname = a.datname) AND pid <> pg_backend_pid()")"
sql "$(in_db one)" -c "NOTIFY news, 'not for two'"
echo "COMMIT;" >&4
is "FORCE ends them" "" "$(sql "$server" -c "DROP DATABASE two WITH (FORCE)")"
release
ok "a channel belongs to a database" sh -c "! grep -q 'not for two' '$work/held'"
error "it is gone" 3D000 postgres "DROP DATABASE two"
hold postgres "SET ROLE guest"
echo "SELECT 'still ' || 'here';" >&4
release
is "a session that leaves is waited for" "" "$(sql "$(in_db template1)" -c "CREATE DATABASE two" -c "DROP DATABASE two")"

# --- the whole directory ---
code() {
	name=$1 want=$2
	shift 2
	"$@" >"$work/out" 2>&1
	is "$name" "$want" $?
}
code "verify looks at every database" 0 "$ormdb" verify -D "$data" -U postgres
code "backup" 0 "$ormdb" backup -D "$data" -U postgres "$work/backup"
code "restore" 0 "$ormdb" restore -D "$work/restored" "$work/backup"
code "verify of what was restored" 0 "$ormdb" verify -D "$work/restored"
code "start what was restored" 0 "$ormdb" start -s -D "$work/restored" -l "$work/restored.log" \
	-o "-k $work -p 5420 -c listen_addresses="
is "it has the databases" "20001" "$(sql "host=$work port=5420 user=postgres dbname=one" -c "TABLE v")"
"$ormdb" stop -s -D "$work/restored" -m immediate

# --- killed in the middle ---
files() { ls "$data/base" | grep -c '^o'; }
sql "$server" -c CHECKPOINT
before=$(files)
i=0
while [ $i -lt 4 ]; do
	i=$((i + 1))
	psql -X -q -d "$server" -c "CREATE DATABASE big TEMPLATE one" -c "DROP DATABASE big" >/dev/null 2>&1 &
	client=$!
	sleep "0.$((i * 15))"
	kill -KILL "$(head -n 1 "$data/ormdbd.pid")"
	wait $client || :
	start_server
	if [ "$(sql "$server" -c "SELECT count(*) FROM pg_database WHERE datname = 'big'")" = 1 ]; then
		is "kill $i: the database is whole" "20001|10" \
			"$(sql "$(in_db big)" -c "SELECT (TABLE v), a FROM t WHERE b = 'text 10'")"
		sql "$server" -c "DROP DATABASE big"
	else
		error "kill $i: the database is not there" 3D000 postgres "DROP DATABASE big"
	fi
	is "kill $i: what it was made from is" "20001" "$(sql "$(in_db one)" -c "TABLE v")"
done
stop_server
start_server
sql "$server" -c CHECKPOINT
is "no file is left" "$before" "$(files)"
code "verify" 0 "$ormdb" verify -D "$data" -U postgres

# --- programs ---
ok "pg_dump -C" sh -c "pg_dump -C -h '$server_dir' -p $server_port -U postgres one >'$work/dump'"
ok "dropdb" dropdb -h "$server_dir" -p $server_port -U postgres one
ok "it can be restored" sql "$server" -f "$work/dump"
is "with its rows and settings" "20001|7s" \
	"$(sql "$(in_db one)" -c "SELECT (TABLE v), current_setting('statement_timeout')")"
ok "dropdb -f --if-exists" dropdb -f --if-exists -h "$server_dir" -p $server_port -U postgres one
ok "the server is alive" server_alive
done_testing
