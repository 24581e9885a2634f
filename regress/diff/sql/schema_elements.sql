-- CREATE SCHEMA with what goes into it.
CREATE SCHEMA s1 CREATE TABLE t (a int PRIMARY KEY, b text) CREATE VIEW v AS SELECT a FROM t;
INSERT INTO s1.t VALUES (1, 'x');
SELECT * FROM s1.v;
SHOW search_path;
-- any order, as written
CREATE SCHEMA s2
	CREATE VIEW v AS SELECT t.a, u.x FROM t JOIN u ON u.a = t.a
	CREATE INDEX t_b ON t (b)
	CREATE TABLE t (a int PRIMARY KEY DEFAULT nextval('s'), b text)
	CREATE TABLE u (x int, a int REFERENCES t)
	GRANT SELECT ON t TO PUBLIC
	CREATE SEQUENCE s START 10;
INSERT INTO s2.t (b) VALUES ('one');
INSERT INTO s2.u VALUES (7, 10);
SELECT * FROM s2.v;
SELECT relname, relkind, relacl IS NOT NULL FROM pg_class WHERE relnamespace = 's2'::regnamespace ORDER BY 1;
SELECT indexdef FROM pg_indexes WHERE schemaname = 's2' ORDER BY 1;
-- names of other schemas
CREATE SCHEMA s3 CREATE TABLE s3.t (a int);
CREATE SCHEMA s4 CREATE TABLE s3.t2 (a int);
CREATE SCHEMA s4 CREATE TABLE t (a int) CREATE VIEW s3.v AS SELECT 1 AS x;
SELECT count(*) FROM pg_namespace WHERE nspname = 's4';
-- all or nothing
CREATE SCHEMA s5 CREATE TABLE t (a int) CREATE VIEW v AS SELECT nosuch FROM t;
SELECT count(*) FROM pg_namespace WHERE nspname = 's5';
CREATE SCHEMA s5 CREATE TABLE t (a int) CREATE TABLE t (b int);
CREATE SCHEMA s5 CREATE TABLE t (a nosuchtype);
CREATE SCHEMA s5 CREATE TABLE t (a int) GRANT SELECT ON nosuch TO PUBLIC;
CREATE SCHEMA s5 GRANT SELECT ON s1.t TO PUBLIC;
CREATE SCHEMA IF NOT EXISTS s6 CREATE TABLE t (a int);
CREATE SCHEMA s1 CREATE TABLE t9 (a int);
BEGIN;
CREATE SCHEMA s7 CREATE TABLE t (a int) CREATE TABLE u (b int);
SELECT count(*) FROM s7.t;
SHOW search_path;
ROLLBACK;
SELECT count(*) FROM pg_namespace WHERE nspname = 's7';
-- of another owner
CREATE ROLE schema_owner;
CREATE SCHEMA AUTHORIZATION schema_owner CREATE TABLE t (a int) CREATE VIEW v AS SELECT * FROM t;
SELECT n.nspname, pg_get_userbyid(n.nspowner), c.relname, pg_get_userbyid(c.relowner) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'schema_owner' ORDER BY 3;
SELECT current_user = session_user;
CREATE SCHEMA s8 AUTHORIZATION schema_owner CREATE TABLE t (a int REFERENCES s1.t);
SELECT current_user = session_user;
SET ROLE schema_owner;
CREATE SCHEMA s9 CREATE TABLE t (a int);
CREATE SCHEMA s9 AUTHORIZATION schema_other;
RESET ROLE;
CREATE ROLE schema_other;
SET ROLE schema_owner;
CREATE SCHEMA IF NOT EXISTS s1;
RESET ROLE;
CREATE SCHEMA "Od""d" CREATE TABLE t (a int) CREATE INDEX ON t (a);
SELECT indexdef FROM pg_indexes WHERE schemaname = 'Od"d';
DROP SCHEMA s1, s2, s3, s5, "Od""d" CASCADE;
DROP SCHEMA schema_owner CASCADE;
DROP ROLE schema_owner, schema_other;
