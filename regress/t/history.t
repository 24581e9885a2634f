#!/bin/sh
# Histories of random transactions at each isolation level, with clients and servers killed: no
# anomaly that the level forbids.  And the checker does find what a weaker level allows.
. "$srcdir/regress/t/lib.sh"
server_port=5419
start_server
history=$builddir/regress/history/history
restart="'$builddir/ormdb' start -s -D '$server_dir/data' -l '$server_dir/log' \
	-o \"-k '$server_dir' -p $server_port -c listen_addresses=\" >/dev/null 2>&1"

# run LEVEL OPTIONS...: into $work/out; tables of its own
run() {
	sql "$server" -c "SET client_min_messages = warning" -c "DROP TABLE IF EXISTS history_text, history_array, history_register, history_row" >"$work/drop" 2>&1
	timeout 240 "$history" -d "$server" -l "$@" -x "$n" -k -o "$work/guilty" \
		-p "$server_dir/data/ormdbd.pid" -r "$restart" >"$work/out" 2>&1
}

for level in rc rr s; do
	run $level -n 1500 -K 1000
	grep '^#' "$work/out"
	grep -E '^(not )?ok' "$work/out" | sed 's/^ok [0-9]*/ok/; s/^not ok [0-9]*/not ok/' >"$work/lines"
	while read -r line; do
		n=$((n + 1))
		echo "$line" | sed "s/ok -/ok $n -/"
	done <"$work/lines"
	[ -s "$work/lines" ] || fail "level $level: no history"
done
run rc -e rr -n 800
is "READ COMMITTED is not REPEATABLE READ" "found" "$(grep -q '^# G-single' "$work/out" && echo found)"
run rr -e s -n 800
is "REPEATABLE READ is not SERIALIZABLE" "found" "$(grep -q '^# G2-item' "$work/out" && echo found)"
ok "the server is alive" server_alive
done_testing
