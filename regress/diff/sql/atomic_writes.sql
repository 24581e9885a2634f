-- INSERT, UPDATE and DELETE in functions written as BEGIN ATOMIC.
CREATE TABLE t (a int PRIMARY KEY, b text DEFAULT 'd', c numeric, g int GENERATED ALWAYS AS (a * 2) STORED);
CREATE TABLE u (id int GENERATED ALWAYS AS IDENTITY, a int, x varchar(5));
CREATE FUNCTION f1(k int) RETURNS void BEGIN ATOMIC
	INSERT INTO t VALUES (k, 'it''s'), (k + 1, DEFAULT);
	INSERT INTO t (c, a) VALUES (1.5, k + 2);
	INSERT INTO u (a, x) SELECT a, b FROM t WHERE a > k ORDER BY a;
END;
SELECT f1(10);
SELECT * FROM t ORDER BY a;
SELECT * FROM u ORDER BY id;
CREATE FUNCTION f2(k int, s text) RETURNS SETOF t BEGIN ATOMIC
	UPDATE t SET c = coalesce(c, 0) + 1 WHERE a >= k;
	UPDATE t z SET b = z.b || s, c = DEFAULT FROM u WHERE z.a = u.a AND z.a > k RETURNING z.*;
END;
SELECT * FROM f2(10, '!') ORDER BY a;
CREATE FUNCTION f3(k int) RETURNS bigint BEGIN ATOMIC
	DELETE FROM u USING t WHERE t.a = u.a AND t.a > k;
	WITH gone AS (DELETE FROM t WHERE a > k RETURNING a) SELECT sum(a) FROM gone;
END;
SELECT f3(11);
SELECT * FROM u ORDER BY id;
CREATE FUNCTION f4(k int) RETURNS text BEGIN ATOMIC
	INSERT INTO t AS q (a, b) VALUES (k, 'new') ON CONFLICT (a) DO UPDATE SET b = excluded.b || '/' || q.b WHERE q.a > 0 RETURNING b;
END;
SELECT f4(10), f4(20);
SELECT f4(20);
CREATE FUNCTION f5(k int) RETURNS void BEGIN ATOMIC INSERT INTO t (a) VALUES (k) ON CONFLICT DO NOTHING; INSERT INTO u DEFAULT VALUES; INSERT INTO u (id, a) OVERRIDING SYSTEM VALUE VALUES (-k, k); END;
SELECT f5(10);
SELECT * FROM u ORDER BY id;
CREATE PROCEDURE p1(k int) BEGIN ATOMIC DELETE FROM t WHERE a = k; INSERT INTO t (a, b) VALUES (k, 'p'); END;
CALL p1(11);
SELECT * FROM t ORDER BY a;
-- names are those of the declaration
CREATE SCHEMA IF NOT EXISTS atomic_other;
CREATE TABLE atomic_other.t (a int, b text);
BEGIN;
SET LOCAL search_path = atomic_other;
SELECT count(*) FROM t;
ROLLBACK;
DROP SCHEMA atomic_other CASCADE;
ALTER TABLE t RENAME COLUMN b TO bb;
SELECT f4(30);
ALTER TABLE t RENAME TO t2;
SELECT f4(31);
ALTER TABLE t2 RENAME TO t;
ALTER TABLE t RENAME COLUMN bb TO b;
-- errors when it is called, and when it is declared
SELECT f1(10);
CREATE FUNCTION e1() RETURNS int BEGIN ATOMIC INSERT INTO t (a) VALUES (1); END;
CREATE FUNCTION e1() RETURNS int BEGIN ATOMIC INSERT INTO t (nosuch) VALUES (1) RETURNING 1; END;
CREATE FUNCTION e1() RETURNS int BEGIN ATOMIC UPDATE nosuch SET a = 1 RETURNING 1; END;
CREATE FUNCTION e1() RETURNS int BEGIN ATOMIC DELETE FROM t RETURNING b; END;
CREATE FUNCTION e2() RETURNS int STABLE BEGIN ATOMIC DELETE FROM t RETURNING a; END;
SELECT e2();
-- what it needs
DROP TABLE u;
ALTER TABLE t DROP COLUMN c;
DROP TABLE t;
DROP TABLE t, u CASCADE;
SELECT f1(1);
-- how it reads
CREATE FUNCTION r1() RETURNS int RETURN 1 + 2;
CREATE FUNCTION r2() RETURNS text RETURN 'a
b;c';
CREATE FUNCTION r3() RETURNS SETOF int BEGIN ATOMIC SELECT 4; SELECT v.a FROM (VALUES (1), (2)) v(a) WHERE v.a > 1; END;
CREATE FUNCTION r4() RETURNS void BEGIN ATOMIC END;
CREATE FUNCTION r5() RETURNS int BEGIN ATOMIC SELECT 5 AS five; END;
SELECT proname, pg_get_function_sqlbody(oid) FROM pg_proc WHERE proname ~ '^r[0-9]$' AND pronamespace = current_schema()::regnamespace ORDER BY proname;
SELECT r1(), r2(), r5();
DROP FUNCTION r1(), r2(), r3(), r4(), r5();
-- bodies that are not looked at
SET check_function_bodies = off;
CREATE FUNCTION later() RETURNS int LANGUAGE sql AS 'SELECT a FROM nosuch';
CREATE FUNCTION later2() RETURNS int BEGIN ATOMIC SELECT a FROM nosuch; END;
RESET check_function_bodies;
SELECT later();
CREATE TABLE nosuch AS SELECT 9 AS a;
SELECT later();
CREATE FUNCTION later3() RETURNS int LANGUAGE sql AS 'SELECT a FROM nosuch2';
DROP FUNCTION later();
DROP TABLE nosuch;

-- RETURN and BEGIN ATOMIC are told apart however short the body is, and after renames.
CREATE FUNCTION shape1(a int) RETURNS int RETURN a + 1;
CREATE FUNCTION shape2(a int) RETURNS int BEGIN ATOMIC SELECT a + 1; END;
CREATE FUNCTION shape3(a int) RETURNS text RETURN a::text || (SELECT max(a) FROM t);
CREATE FUNCTION shape4() RETURNS int RETURN (SELECT count(*)::int FROM t WHERE a IN (1, 2));
CREATE FUNCTION shape5() RETURNS int BEGIN ATOMIC SELECT 1; END;
CREATE FUNCTION shape6() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 ELSE 2 END; END;
SELECT proname, pg_get_functiondef(oid), prosrc, prosqlbody IS NOT NULL FROM pg_proc
	WHERE proname LIKE 'shape_' AND pronamespace = current_schema()::regnamespace ORDER BY 1;
ALTER TABLE t RENAME COLUMN a TO key2;
SELECT proname, pg_get_function_sqlbody(oid) FROM pg_proc WHERE proname LIKE 'shape_' AND pronamespace = current_schema()::regnamespace ORDER BY 1;
SELECT shape1(1), shape2(1), shape3(1), shape4(), shape5(), shape6();
ALTER TABLE t RENAME COLUMN key2 TO a;
DROP FUNCTION shape1(int), shape2(int), shape3(int), shape4(), shape5(), shape6();
