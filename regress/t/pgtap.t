#!/bin/sh
# The SQL tests of regress/sql, run by pg_prove: each file is a TAP script in SQL that uses the
# functions of pgTAP, which the server has built in.
. "$srcdir/regress/t/lib.sh"
needs pg_prove
start_server
pg_prove --verbose --failures -h "$server_dir" -p "$server_port" -U postgres -d postgres \
	"$srcdir"/regress/sql/*.sql >"$work/prove" 2>&1
status=$?
# The harness prints each script's own lines; numbered through, they are one TAP stream.
awk '/^(not )?ok [0-9]+/ { bad = /^not/; sub(/^(not )?ok [0-9]+/, ""); print (bad ? "not ok " : "ok ") ++n $0; next }
	/^# / { print }
	END { print "1.." n }' "$work/prove"
[ $status = 0 ] || { comment <"$work/prove" | tail -n 40; exit 1; }
