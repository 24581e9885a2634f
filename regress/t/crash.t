#!/bin/sh
# The server is killed while clients write: every acknowledged commit is there after a restart.
. "$srcdir/regress/t/lib.sh"
start_server
notes=$work/notes
: >"$notes"

for round in 1 2 3; do
	"$builddir/regress/load/durable" -d "$server" -w 8 -f "$notes" >"$work/writers" 2>&1 &
	writers=$!
	goal=$(($(wc -l <"$notes") + 400))
	until [ "$(wc -l <"$notes")" -ge $goal ]; do
		kill -0 $writers 2>/dev/null || break
		sleep 0.05
	done
	kill -KILL "$(head -n 1 "$server_dir/data/ormdbd.pid")"
	wait $writers
	is "round $round: the writers wrote until the server was gone" "" "$(cat "$work/writers")"
	server_started=no
	start_server
	"$builddir/regress/load/durable" -d "$server" -c "$notes" >"$work/check"
	grep '^#' "$work/check"
	grep -v '^[#1]' "$work/check" | sed 's/ok [0-9]* - /ok - /' >"$work/lines"
	while read -r line; do
		n=$((n + 1))
		echo "$line" | sed "s/ok - /ok $n - round $round: /"
	done <"$work/lines"
done
done_testing
