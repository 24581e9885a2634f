#!/bin/sh
# Graph queries and mutations that wait or take too long: lock_timeout, statement_timeout, NOWAIT's
# like, deadlocks; the transaction goes back to its savepoint and the session goes on.
. "$srcdir/regress/t/lib.sh"
start_server
export server
sql "$server" <<'SQL'
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE book (id int PRIMARY KEY, author_id int REFERENCES author ON DELETE CASCADE, title text);
CREATE TABLE long (id int PRIMARY KEY);
INSERT INTO author VALUES (1, 'Mara'), (2, 'Ivo');
INSERT INTO book VALUES (1, 1, 'Tides'), (2, 2, 'Winds');
INSERT INTO long SELECT generate_series(1, 2000);
CREATE VIEW slow AS SELECT id, pg_sleep(0.1) IS NULL AS x FROM long;
SQL

# Another session that holds author 1 until its input ends.
mkfifo "$work/in"
psql -X -q -A -t -d "$server" -f "$work/in" >"$work/other" 2>&1 &
other=$!
exec 3>"$work/in"
echo "SET deadlock_timeout = '10s'; BEGIN; UPDATE author SET name = 'held' WHERE id = 1; SELECT 'holds';" >&3
for _ in $(seq 100); do
	! grep -q holds "$work/other" || break
	sleep 0.1
done

# session NAME EXPECTED: the script on stdin, errors as their SQLSTATEs
session() {
	psql -X -q -A -t -v VERBOSITY=sqlstate -d "$server" >"$work/got" 2>&1
	sed -i 's/^psql:.*ERROR: */ERROR: /; s/^ERROR: */error /' "$work/got"
	is "$1" "$2" "$(tr '\n' ' ' <"$work/got" | sed 's/ $//')"
}

session "lock_timeout in an update" "error 55P03 1 Ivo" <<'SQL'
SET lock_timeout = '200ms';
BEGIN;
SAVEPOINT a;
SELECT graph_mutate('{"update": {"entity": "author", "where": {"id": 1}, "set": {"name": "x"}}}');
ROLLBACK TO a;
SELECT graph_mutate('{"update": {"entity": "author", "where": {"id": 2}, "set": {"name": "Ivo"}}}') ->> 'affected';
COMMIT;
SELECT name FROM author WHERE id = 2;
SQL
session "statement_timeout in a delete" "error 57014 2" <<'SQL'
SET statement_timeout = '200ms';
SELECT graph_mutate('{"delete": {"entity": "author", "where": {"id": 1}}}');
SELECT count(*) FROM author;
SQL
session "a child of a parent that is being changed is not kept waiting" "1" <<'SQL'
SET lock_timeout = '200ms';
SELECT graph_mutate('{"insert": {"entity": "book", "data": {"id": 3, "author_id": 1, "title": "New"}}}') ->> 'affected';
SQL
session "half of a batch" "error 55P03 2" <<'SQL'
SET lock_timeout = '200ms';
SELECT graph_mutate('{"batch": [{"insert": {"entity": "author", "data": {"id": 9, "name": "Gone"}}}, {"update": {"entity": "author", "where": {"id": 1}, "set": {"name": "x"}}}]}');
SELECT count(*) FROM author;
SQL
session "readers do not wait" "Mara" <<'SQL'
SET lock_timeout = '200ms';
SELECT graph_query('{"entity": "author", "where": {"id": 1}, "fields": ["name"]}') ->> 'name';
SQL
session "statement_timeout in a query, and the session goes on" "error 57014 2000" <<'SQL'
SET statement_timeout = '300ms';
SELECT graph_query('{"entity": "slow"}');
SELECT count(*) FROM graph_query('{"entity": "long"}');
SQL
session "... in a transaction with a savepoint" "error 57014 error 25P02 2000" <<'SQL'
SET statement_timeout = '300ms';
BEGIN;
SAVEPOINT a;
SELECT graph_query('{"entity": "slow"}');
SELECT 1;
ROLLBACK TO a;
SELECT count(*) FROM graph_query('{"entity": "long"}');
COMMIT;
SQL
session "... with a cursor" "1 2 error 57014 error 34000" <<'SQL'
BEGIN;
DECLARE c NO SCROLL CURSOR FOR SELECT g ->> 'id' FROM graph_query('{"entity": "long", "order_by": ["id"]}') g;
FETCH 2 FROM c;
SET LOCAL statement_timeout = '300ms';
SELECT graph_query('{"entity": "slow"}');
ROLLBACK;
FETCH 1 FROM c;
SQL
session "COPY of a graph query" "error 57014 2000" <<'SQL'
SET statement_timeout = '300ms';
COPY (SELECT graph_query('{"entity": "slow"}')) TO STDOUT;
SELECT count(*) FROM long;
SQL
session "cancelled by another session" "error 57014 t" <<'SQL'
\setenv me :pid
SELECT pg_backend_pid() AS pid \gset
\setenv pid :pid
\! (sleep 0.5; psql -X -q -A -t -d "$server" -c "SELECT pg_cancel_backend($pid)" >/dev/null) &
SELECT graph_query('{"entity": "slow"}');
SELECT true;
SQL

# A deadlock of two mutations: this session's timeout is the shorter, so it is the one told.
echo "UPDATE author SET name = 'held too' WHERE id = 2;" >&3
session "deadlock" "1 error 40P01" <<'SQL' &
SET deadlock_timeout = '1s';
BEGIN;
SELECT graph_mutate('{"update": {"entity": "book", "where": {"id": 2}, "set": {"title": "mine"}}}') ->> 'affected';
SELECT graph_mutate('{"update": {"entity": "author", "where": {"id": 2}, "set": {"name": "y"}}}');
SQL
wait_for=$!
sleep 0.5
echo "UPDATE book SET title = 'his' WHERE id = 2;" >&3
wait $wait_for
n=$((n + 1))
echo "COMMIT;" >&3
exec 3>&-
wait $other
is "the other one has all" "held|held too|his" "$(sql "$server" -c "SELECT string_agg(name, '|' ORDER BY id) || '|' || (SELECT title FROM book WHERE id = 2) FROM author")"
ok "the server lives" server_alive
done_testing
