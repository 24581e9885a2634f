#!/bin/sh
# psql's backslash commands look as they do on PostgreSQL 15: each answer is compared byte for
# byte.
. "$srcdir/regress/t/lib.sh"
start_pg
start_server

for conninfo in "$pg" "$server"; do
	sql "$conninfo" -f "$srcdir/regress/psql/schema.sql" >"$work/schema.log" 2>&1 || {
		fail "the schema"
		comment <"$work/schema.log"
	}
done
while read -r command; do
	psql -X -P pager=off -d "$pg" -c "$command" >"$work/expected" 2>&1 </dev/null
	psql -X -P pager=off -d "$server" -c "$command" >"$work/got" 2>&1 </dev/null
	same "$command" "$work/expected" "$work/got"
done <"$srcdir/regress/psql/commands"
done_testing
