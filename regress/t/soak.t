#!/bin/sh
# Some seconds of everything at once: no unexpected error, no broken invariant, nothing grows.
. "$srcdir/regress/t/lib.sh"
server_port=5418
start_server
"$builddir/regress/soak/soak" -d "$server" -s "${SOAK_SECONDS:-20}" \
	-p "$(head -n 1 "$server_dir/data/ormdbd.pid")" -D "$server_dir/data" >"$work/soak.out" 2>&1
n=$(grep -c '^ok\|^not ok' "$work/soak.out")
grep -v '^1\.\.' "$work/soak.out"
[ "$n" -gt 0 ] || fail "the soak ran to its end"
ok "the server is alive" server_alive
is "nothing in its log that only a programmer can mend" "" "$(grep -E 'PANIC|XX000|Sanitizer' "$server_dir/log")"
stop_server
is "it stops" "no" "$server_started"
done_testing
