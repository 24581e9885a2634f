#!/bin/sh
# Long and deep statements: what chains, lists and nests by the thousand is answered, what is beyond the
# stack is 54001, and the server goes on.
. "$srcdir/regress/t/lib.sh"
start_server

# many N FORMAT SEPARATOR: FORMAT for 1..N ("%d" in it is the number), SEPARATOR between.
many() { awk -v n="$1" -v f="$2" -v s="$3" 'BEGIN { for (i = 1; i <= n; i++) printf f (i < n ? s : ""), i }'; }
again() { many "$1" "$2" ''; }

# asks NAME EXPECTED: the query in $q; an error shows its SQLSTATE.
q=$work/query.sql
asks() { is "$1" "$2" "$(psql -X -q -A -t -v VERBOSITY=sqlstate "$server" <"$q" 2>&1)"; }

psql -X -q "$server" -c 'CREATE TABLE t AS SELECT i AS a FROM generate_series(1, 100) i' || exit 1

{ echo 'SELECT count(*), sum(x) FROM ('; many 10000 'SELECT %d AS x' ' UNION ALL '; echo ') s;'; } >"$q"
asks '10,000 arms of UNION ALL' '10000|50005000'
{ echo 'SELECT count(*) FROM ('; many 3000 'SELECT mod(%d, 7)' ' UNION '; echo ') s;'; } >"$q"
asks '3,000 arms of UNION' '7'
{ echo 'SELECT count(*) FROM ('; many 3000 'SELECT a FROM t WHERE a = %d' ' UNION ALL '; echo ') s;'; } >"$q"
asks '3,000 arms that read a table' '100'
{ echo 'SELECT count(*) FROM t WHERE '; many 10000 'a <> %d + 90' ' AND '; echo ';'; } >"$q"
asks '10,000 times AND' '90'
{ echo 'SELECT count(*) FROM t WHERE '; many 10000 'a = %d + 90' ' OR '; echo ';'; } >"$q"
asks '10,000 times OR' '10'
{ echo 'SELECT count(*) FROM t WHERE a IN ('; many 100000 '%d' ','; echo ');'; } >"$q"
asks '100,000 in a list' '100'
{ echo 'SELECT count(*), sum(column1) FROM (VALUES '; many 100000 '(%d)' ','; echo ') v;'; } >"$q"
asks '100,000 rows of VALUES' '100000|5000050000'
{ echo 'SELECT length('; many 3000 "'a'" ' || '; echo ');'; } >"$q"
asks '3,000 times ||' '3000'
{ echo 'SELECT max(CASE '; many 5000 'WHEN a = %d + 99 THEN 7' ' '; echo ' END) FROM t;'; } >"$q"
asks '5,000 times WHEN' '7'
{ echo 'SELECT '; again 9000 '('; echo 1; again 9000 ')'; echo ';'; } >"$q"
asks '9,000 brackets' '1'
{ echo 'SELECT '; again 4000 'NOT '; echo 'true;'; } >"$q"
asks '4,000 times NOT' 't'
{ echo 'SELECT 1'; again 3000 '::int'; echo ';'; } >"$q"
asks '3,000 casts' '1'

for what in 'UNION ALL SELECT 1 ' '|| 1 '; do
	{ echo 'SELECT 1 '; again 200000 "$what"; echo ';'; } >"$q"
	asks "200,000 times $what" 'ERROR:  54001'
done
{ echo 'SELECT '; again 200000 '('; echo 1; again 200000 ')'; echo ';'; } >"$q"
asks '200,000 brackets' 'ERROR:  54001'
echo 'SELECT count(*) FROM t;' >"$q"
asks 'and the server goes on' '100'
done_testing
