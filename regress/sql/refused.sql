-- What doc/manual/restrictions.md says is not there: refused, never accepted and ignored.
BEGIN;
SELECT plan(12);
CREATE TABLE ra (x int, t text);
CREATE TABLE rb (x int);
SELECT throws_ok($$SELECT * FROM ra FULL JOIN rb ON ra.x = rb.x AND EXISTS (SELECT 1 WHERE ra.x > rb.x)$$, '0A000', NULL, 'a sub-query over both sides of FULL JOIN');
SELECT lives_ok($$SELECT * FROM ra FULL JOIN rb ON ra.x = rb.x$$, 'FULL JOIN without it');
SELECT throws_ok($$CREATE STATISTICS rst ON x, t FROM ra$$, '0A000', NULL, 'CREATE STATISTICS');
SELECT throws_ok($$ALTER TABLE ra CLUSTER ON nosuch$$, '0A000', NULL, 'CLUSTER ON');
SELECT throws_ok($$CREATE TYPE rr AS RANGE (subtype = float8, canonical = nosuch)$$, '0A000', NULL, 'a canonical function');
SELECT throws_ok($$CREATE TYPE rr AS RANGE (subtype = text, collation = "de-x-icu")$$, '0A000', NULL, 'a range in the order of a language');
SELECT throws_ok($$SELECT lo_open(1, 2)$$, '0A000', NULL, 'large objects');
SELECT throws_ok($$CREATE COLLATION rc (provider = icu, locale = 'de')$$, '0A000', NULL, 'CREATE COLLATION');
SELECT throws_ok($$CREATE FUNCTION rw() RETURNS void BEGIN ATOMIC UPDATE ra SET (x, t) = (SELECT x, 'a' FROM rb); END$$, '0A000', NULL, 'SET of several columns in BEGIN ATOMIC');
SELECT throws_ok($$CREATE FUNCTION rw() RETURNS void BEGIN ATOMIC MERGE INTO ra USING rb ON ra.x = rb.x WHEN MATCHED THEN DELETE; END$$, '0A000', NULL, 'MERGE in BEGIN ATOMIC');
SELECT throws_ok($$INSERT INTO ra VALUES (1, 'a') RETURNING xmin$$, '0A000', NULL, 'RETURNING xmin of INSERT');
SELECT throws_ok($$UPDATE ra SET x = 2 RETURNING xmin$$, '0A000', NULL, 'RETURNING xmin of UPDATE');
SELECT * FROM finish();
ROLLBACK;
