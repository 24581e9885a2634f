#!/bin/sh
# Which partitions a plan reads: EXPLAIN tells what was left out when the plan was made, EXPLAIN
# ANALYZE what was left out when it started and what was never asked for.
. "$srcdir/regress/t/lib.sh"
needs psql
start_server

sql "$server" >"$work/schema" 2>&1 <<'END' || { comment <"$work/schema"; echo "Bail out! the schema"; exit 99; }
CREATE TABLE event (day int NOT NULL, id int NOT NULL, who int, what text, PRIMARY KEY (day, id)) PARTITION BY RANGE (day);
CREATE TABLE event_0 PARTITION OF event FOR VALUES FROM (0) TO (10);
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (10) TO (20);
CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM (20) TO (30) PARTITION BY HASH (id);
CREATE TABLE event_2_0 PARTITION OF event_2 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE event_2_1 PARTITION OF event_2 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE event_3 PARTITION OF event FOR VALUES FROM (30) TO (40);
CREATE TABLE event_else PARTITION OF event DEFAULT;
CREATE INDEX ON event (who, id);
INSERT INTO event SELECT g % 45, g, g % 500, 'x' FROM generate_series(1, 20000) g;
CREATE TABLE flat (day int NOT NULL, id int NOT NULL, PRIMARY KEY (day, id)) PARTITION BY RANGE (day);
CREATE TABLE flat_0 PARTITION OF flat FOR VALUES FROM (0) TO (10);
CREATE TABLE flat_1 PARTITION OF flat FOR VALUES FROM (10) TO (20);
CREATE TABLE flat_2 PARTITION OF flat FOR VALUES FROM (20) TO (30);
INSERT INTO flat SELECT g % 30, g FROM generate_series(1, 9000) g;
CREATE TABLE wanted (day int, id int);
INSERT INTO wanted VALUES (5, 5), (6, 6), (35, 35), (NULL, 1), (7, NULL);
ANALYZE;
END

explain() { sql "$server" -c "SET x.day = '35'" -c "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) $1" >"$work/plan"; }
# reads NAME TABLES QUERY: of these tables, and no others, rows were read.
reads() {
	explain "$3"
	is "$1" "$2" "$(sed -n 's/.* on \([a-z_0-9]*\)\( [a-z_0-9]*\)\{0,1\} (actual.*/\1/p' "$work/plan" | sort | tr '\n' ' ')"
}
# has NAME COUNT PATTERN: lines of the last plan
has() { is "$1" "$2" "$(grep -c "$3" "$work/plan")"; }

reads "a constant" "event_1 " "SELECT * FROM event WHERE day = 15"
has "what it cannot be in is not in the plan" 0 "never executed"
reads "two levels" "event_2_1 " "SELECT * FROM event WHERE day = 25 AND id = 4"
reads "a range" "event_0 event_1 " "SELECT * FROM event WHERE day >= 5 AND day < 12"
reads "a list of constants" "event_0 event_3 " "SELECT count(*) FROM event WHERE day IN (1, 31, 32)"
reads "a null" "event_else " "SELECT * FROM event WHERE day IS NULL"
reads "nothing" "" "SELECT * FROM event WHERE day = NULL"
reads "known when the plan starts" "event_3 " "SELECT * FROM event WHERE day = current_setting('x.day')::int"
has "the others are there" 5 "never executed"
reads "from then on" "event_3 event_else " "SELECT count(*) FROM event WHERE day >= current_setting('x.day')::int"

reads "the first ones are in the first partition" "flat_0 " "SELECT * FROM flat ORDER BY day, id LIMIT 5"
has "the others were not asked" 2 "never executed"
reads "the last ones in the last" "flat_2 " "SELECT * FROM flat ORDER BY day DESC, id DESC LIMIT 5"
reads "further on" "flat_1 " "SELECT * FROM flat WHERE day > 12 ORDER BY day, id LIMIT 5"
reads "the least" "flat_0 " "SELECT min(day) FROM flat"
explain "SELECT who, id FROM event ORDER BY who, id LIMIT 3"
has "orders that bounds do not follow are merged" 1 "Merge Append"
has "of parts of all indexes" 6 "Index.* Scan using"
has "a batch of each at the most" 0 "rows=[0-9]\{4,\}"
explain "SELECT * FROM event WHERE who = 77 ORDER BY id LIMIT 3"
has "equal keys by the rest of the index" 6 "Index Scan using event.*who_id_idx"

reads "rows go to the partitions that their keys are in" "event_0 event_3 wanted " "SELECT e.* FROM wanted w JOIN event e ON e.day = w.day AND e.id = w.id"
has "by their indexes" 1 "Lookup Join"
has "one row at a time" 1 "Probes: 1$"
reads "a part of the key is enough" "event_0 event_3 wanted " "SELECT count(*) FROM wanted w JOIN event e ON e.day = w.day"
reads "other keys are looked for in all" "event_0 event_1 event_2_0 event_2_1 event_3 event_else wanted " "SELECT count(*) FROM wanted w JOIN event e ON e.who = w.id"
has "by their indexes, too" 6 "Index.* Scan using event.*who_id_idx"
reads "or in some" "event_0 event_1 event_else wanted " "SELECT count(*) FROM wanted w JOIN event e ON e.who = w.id AND e.day < 20"
reads "what exists" "event_0 event_3 wanted " "SELECT * FROM wanted w WHERE EXISTS (SELECT 1 FROM event e WHERE e.day = w.day AND e.id = w.id)"
explain "UPDATE event SET what = 'y' WHERE day = 15 AND id = 15"
has "an update reads one" 1 "Scan"
explain "DELETE FROM event WHERE day = current_setting('x.day')::int AND id = 35"
has "so does a deletion, when it starts" 1 "Scan.*(actual"
done_testing
