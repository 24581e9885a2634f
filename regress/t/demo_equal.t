#!/bin/sh
# The demo's questions have the same answers here and on a PostgreSQL 15 that was loaded from
# the same files: 20 in SQL, 15 as graph requests against SQL written by hand.
. "$srcdir/regress/t/lib.sh"
demo=$srcdir/contrib/demo
needs apt-cache
apt-cache dumpavail >"$work/archive" 2>/dev/null
[ -s "$work/archive" ] || missing "apt's package lists"
start_pg
start_server

load() {
	"$builddir/debload" -q -f "$work/archive" -d "$1" -s "$demo"
}
ok "PostgreSQL loads the archive" load "$pg"
ok "the server loads the archive" load "$server"

for file in "$demo"/sql/*.sql; do
	name=$(basename "$file" .sql)
	sql "$pg" -f "$file" >"$work/expected" 2>&1
	sql "$server" -f "$file" >"$work/got" 2>&1
	same "sql $name" "$work/expected" "$work/got"
done

# Objects are compared as PostgreSQL compares jsonb: keys in any order, numbers by value.
normalise() {
	sed 's/\\/\\\\/g' "$1" >"$1.copy"
	sql "$pg" -c 'CREATE TEMP TABLE r (n serial, j jsonb)' -c "\\copy r (j) FROM '$1.copy'" \
		-c 'SELECT j FROM r ORDER BY n' 2>&1
}
for file in "$demo"/graph/*.json; do
	base=${file%.json}
	function=graph_query
	strip=
	case $base in
	*.page) base=${base%.page} function=graph_page strip="- 'next'" ;;   # its cursor is ours alone
	esac
	printf "SELECT g %s FROM %s(\$graph\$%s\$graph\$) AS g;\n" "$strip" $function "$(cat "$file")" \
		>"$work/question"
	sql "$pg" -f "$base.sql" >"$work/expected.raw" 2>&1
	sql "$server" -f "$work/question" >"$work/got.raw" 2>&1
	normalise "$work/expected.raw" >"$work/expected"
	normalise "$work/got.raw" >"$work/got"
	[ -s "$work/got.raw" ] || echo "no answer" >"$work/got"
	same "graph $(basename "$base")" "$work/expected" "$work/got"
done
ok "the server is alive" server_alive
done_testing
