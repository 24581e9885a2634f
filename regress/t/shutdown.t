#!/bin/sh
# The three ways to stop a server by signal (smart TERM, fast INT, immediate QUIT): what a session
# in a transaction, a busy session and a newcomer are told, and what is there after the next
# start, must be what they are with PostgreSQL.
. "$srcdir/regress/t/lib.sh"
start_pg
start_server

gone() { # gone PID: waits for its end
	for _ in $(seq 300); do
		kill -0 "$1" 2>/dev/null || return 0
		sleep 0.1
	done
	return 1
}

until_says() { # until_says FILE WORD
	for _ in $(seq 100); do
		! grep -q "$2" "$1" || return 0
		sleep 0.1
	done
	comment <"$1"
	return 1
}

until_sleeping() { # until_sleeping CONNINFO
	for _ in $(seq 100); do
		[ "$(sql "$1" -c "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' \
			AND query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()")" != 1 ] || return 0
		sleep 0.1
	done
	return 1
}

# What psql says of where the server was differs; the rest may not.
plain() { sed -e 's/^psql: error: connection to server on socket [^:]*: //' "$1"; }

# stopping CONNINFO PID SIGNAL OUT
stopping() {
	out=$4
	mkdir "$out"
	sql "$1" -c "DROP TABLE IF EXISTS t; CREATE TABLE t (v text); INSERT INTO t VALUES ('before')"
	mkfifo "$out/in"
	psql -X -A -t -d "$1" -v VERBOSITY=verbose -f "$out/in" >"$out/idle" 2>&1 &
	idle=$!
	exec 3>"$out/in"
	echo "BEGIN; INSERT INTO t VALUES ('idle'); SELECT 'rea' || 'dy';" >&3
	until_says "$out/idle" ready || return 1
	psql -X -A -t -d "$1" -c "INSERT INTO t VALUES ('busy')" -c "SELECT pg_sleep(60)" >"$out/busy" 2>&1 &
	busy=$!
	until_sleeping "$1" || return 1
	kill "-$3" "$2"
	if [ "$3" = TERM ]; then
		sleep 0.5
		! kill -0 "$2" 2>/dev/null || echo "it waits" >"$out/waits"
		psql -X -d "$1" -c 'SELECT 1' >"$out/new.raw" 2>&1
		plain "$out/new.raw" >"$out/new"
		echo "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%'
			AND pid <> pg_backend_pid();" >&3
	else
		gone "$2" || return 1
	fi
	echo "COMMIT;" >&3
	exec 3>&-
	wait "$idle"
	wait "$busy"
	gone "$2"
	rm -f "$out/in" "$out/new.raw"
	# psql names the source line of its script and of the server
	sed -i -e 's/^psql:[^ ]*: //' -e '/^LOCATION:/d' "$out/idle"
}

for mode in TERM INT QUIT; do
	ok "PostgreSQL stops by $mode" stopping "$pg" "$(head -n 1 "$pg_dir/data/postmaster.pid")" $mode "$work/pg.$mode"
	ok "the server stops by $mode" stopping "$server" "$(head -n 1 "$server_dir/data/ormdbd.pid")" $mode "$work/our.$mode"
	as_pg "$pgbin/pg_ctl" -D "$pg_dir/data" -l "$pg_dir/log" -s -w start -o "-k '$pg_dir' -p $pg_port -c listen_addresses=" >/dev/null
	start_server
	sql "$pg" -c "SELECT v FROM t ORDER BY v" >"$work/pg.$mode/rows"
	sql "$server" -c "SELECT v FROM t ORDER BY v" >"$work/our.$mode/rows"
	for what in waits new idle busy rows; do
		[ -e "$work/pg.$mode/$what" ] || continue
		same "$mode: $what" "$work/pg.$mode/$what" "$work/our.$mode/$what"
	done
done
done_testing
