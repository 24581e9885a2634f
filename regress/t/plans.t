#!/bin/sh
# What EXPLAIN tells: bounds that are known only when a statement runs, the first rows of groups, kinds
# of plans that settings forbid, EXECUTE, and the formats that tools read (PostgreSQL's own is asked).
. "$srcdir/regress/t/lib.sh"
needs psql
start_pg
start_server

for to in "$server" "$pg"; do
	sql "$to" >"$work/schema" 2>&1 <<'END' || { comment <"$work/schema"; echo "Bail out! the schema"; exit 99; }
CREATE TABLE t (id int PRIMARY KEY, ts timestamp, v int);
INSERT INTO t SELECT g, timestamp '2024-01-01' + g * interval '1 minute', g % 100 FROM generate_series(1, 5000) g;
CREATE INDEX t_v_ts ON t (v, ts);
CREATE TABLE u (x int, y int, d date);
INSERT INTO u SELECT g, g + 5, date '2024-01-01' + g FROM generate_series(1, 50) g;
ANALYZE;
END
done

# plan NAME PATTERN QUERY: a line of the plan
plan() {
	sql "$server" -c "$3" >"$work/plan" 2>&1
	if grep -q "$2" "$work/plan"; then
		pass "$1"
	else
		fail "$1"
		comment <"$work/plan"
	fi
}

plan "a sub-query bounds a scan" 'Index Cond: (id > \$0)' \
	"EXPLAIN SELECT * FROM t WHERE id > (SELECT max(x) FROM u)"
plan "two of them, and a constant" 'Index Cond: (id >= 5) AND (id <= \$0)' \
	"EXPLAIN SELECT * FROM t WHERE id BETWEEN 5 AND (SELECT max(x) FROM u)"
plan "an array of a sub-query" 'Index Cond: (id = ANY (\$0))' \
	"EXPLAIN SELECT * FROM t WHERE id = ANY (ARRAY(SELECT x FROM u))"
plan "a range between columns of two tables" 'Lookup Cond: (t.id >= x) AND (t.id <= y)' \
	"EXPLAIN SELECT * FROM u JOIN t ON t.id BETWEEN u.x AND u.y"
plan "an index for each arm of a disjunction" 'Lookup Cond: ((x = t.id)) OR ((y = t.v) AND ' \
	"EXPLAIN SELECT * FROM u JOIN t ON u.x = t.id OR u.y = t.v"
plan "the first rows of each group" 'Rows for Each: 3' \
	"EXPLAIN SELECT * FROM u, LATERAL (SELECT * FROM t WHERE v = u.x ORDER BY ts DESC LIMIT 3) z"
plan "the row before a time" 'Rows for Each: 1' \
	"EXPLAIN SELECT x, (SELECT id FROM t WHERE v = 3 AND ts < u.d ORDER BY ts DESC LIMIT 1) FROM u"
plan "not where a condition remains" 'Top-N Sort\|Filter' \
	"EXPLAIN SELECT * FROM u, LATERAL (SELECT * FROM t WHERE v = u.x AND id % 2 = 0 ORDER BY ts LIMIT 3) z"
plan "a table that is not to be read is read by an index" 'Index.* Scan using t_pkey\|Index Only Scan using t_v_ts' \
	"SET enable_seqscan = off; EXPLAIN SELECT count(*) FROM t"
plan "no hash join" 'Lookup Join\|Nested Loop' \
	"SET enable_hashjoin = off; EXPLAIN SELECT * FROM t JOIN u ON v = y"
plan "no hash table of groups" 'GroupAggregate' \
	"SET enable_hashagg = off; EXPLAIN SELECT x, count(*) FROM u GROUP BY x"
plan "a setting changes the plan of what is prepared" 'Seq Scan' \
	"PREPARE q AS SELECT * FROM t WHERE id = 5; EXPLAIN EXECUTE q; SET enable_indexscan = off; EXPLAIN EXECUTE q"
plan "EXPLAIN EXECUTE with a parameter" 'actual rows=3 ' \
	"PREPARE q(int) AS SELECT * FROM t WHERE id < \$1; EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) EXECUTE q(4)"

prep="PREPARE q(int) AS SELECT count(*) FROM t WHERE \$1 IS NULL OR v = \$1"
plan "a plan for the values given" 'Index Cond: (v = 7)' \
	"$prep; SET plan_cache_mode = force_custom_plan; EXPLAIN EXECUTE q(7)"
plan "a plan for any values" 'Filter: ((\$1 IS NULL) OR (v = \$1))' \
	"$prep; SET plan_cache_mode = force_generic_plan; EXPLAIN EXECUTE q(7)"
plan "the better one by itself" 'Index Cond: (v = 7)' "$prep; EXPLAIN EXECUTE q(7)"

for format in json xml yaml; do
	for query in "SELECT * FROM u" "SELECT * FROM u WHERE x > 5"; do
		q="EXPLAIN (FORMAT $format, COSTS OFF) $query"
		is "$q" "$(sql "$pg" -c "$q")" "$(sql "$server" -c "$q")"
	done
	q="EXPLAIN (FORMAT $format, ANALYZE, COSTS OFF, TIMING OFF) SELECT * FROM u"
	is "$q" "$(sql "$pg" -c "$q" | sed 's/[0-9.]*[0-9]//g')" "$(sql "$server" -c "$q" | sed 's/[0-9.]*[0-9]//g')"
done
done_testing
