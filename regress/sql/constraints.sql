-- Constraints hold, and say so with PostgreSQL's codes and words.
BEGIN;
SELECT plan(26);
CREATE TABLE p (id int PRIMARY KEY, code text CONSTRAINT p_code_key UNIQUE, n int NOT NULL DEFAULT 1 CONSTRAINT n_positive CHECK (n > 0));
CREATE TABLE cascade_child (id int PRIMARY KEY, p_id int REFERENCES p ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE null_child (id int PRIMARY KEY, p_id int REFERENCES p ON DELETE SET NULL);
CREATE TABLE strict_child (id int PRIMARY KEY, p_id int CONSTRAINT strict_fk REFERENCES p);
INSERT INTO p VALUES (1, 'a', 1), (2, 'b', 2), (3, NULL, 3), (4, NULL, 4);
INSERT INTO cascade_child VALUES (1, 1), (2, 1), (3, 2);
INSERT INTO null_child VALUES (1, 1), (2, 2);
INSERT INTO strict_child VALUES (1, 3);

SELECT throws_ok($$INSERT INTO p VALUES (1, 'z', 1)$$, '23505', 'duplicate key value violates unique constraint "p_pkey"', 'primary key');
SELECT throws_ok($$INSERT INTO p VALUES (9, 'a', 1)$$, '23505', 'duplicate key value violates unique constraint "p_code_key"', 'unique');
SELECT lives_ok($$INSERT INTO p VALUES (5, NULL, 1)$$, 'nulls are distinct');
SELECT throws_ok($$INSERT INTO p VALUES (6, 'f', NULL)$$, '23502', 'null value in column "n" of relation "p" violates not-null constraint', 'not null');
SELECT throws_ok($$INSERT INTO p VALUES (6, 'f', 0)$$, '23514', 'new row for relation "p" violates check constraint "n_positive"', 'check');
SELECT throws_ok($$UPDATE p SET n = n - 1 WHERE id = 1$$, '23514', NULL, 'check on update');
SELECT throws_ok($$INSERT INTO strict_child VALUES (2, 77)$$, '23503', 'insert or update on table "strict_child" violates foreign key constraint "strict_fk"', 'foreign key');
SELECT throws_ok($$DELETE FROM p WHERE id = 3$$, '23503', 'update or delete on table "p" violates foreign key constraint "strict_fk" on table "strict_child"', 'a referenced row stays');
SELECT throws_ok($$UPDATE p SET id = 30 WHERE id = 3$$, '23503', NULL, 'a referenced key stays');
SELECT is((SELECT count(*) FROM p), 5::bigint, 'failed statements left nothing');
SELECT lives_ok($$UPDATE p SET id = 20 WHERE id = 2 AND NOT EXISTS (SELECT 1 FROM null_child WHERE p_id = 99) AND false$$, 'an update that meets no row');
DELETE FROM null_child WHERE p_id = 2;
SELECT lives_ok($$UPDATE p SET id = 20 WHERE id = 2$$, 'ON UPDATE CASCADE');
SELECT results_eq('SELECT p_id FROM cascade_child ORDER BY id', ARRAY[1, 1, 20], 'the children follow');
SELECT lives_ok($$DELETE FROM p WHERE id = 1$$, 'ON DELETE CASCADE and SET NULL');
SELECT results_eq('SELECT id FROM cascade_child ORDER BY id', ARRAY[3], 'cascade');
SELECT is_empty('SELECT 1 FROM null_child WHERE p_id IS NOT NULL', 'set null');
SELECT set_eq('SELECT id FROM p', ARRAY[20, 3, 4, 5], 'what is left');

CREATE TABLE late (id int PRIMARY KEY, p_id int CONSTRAINT late_fk REFERENCES p DEFERRABLE INITIALLY DEFERRED);
SELECT lives_ok('INSERT INTO late VALUES (1, 100)', 'a deferred key waits');
SELECT throws_ok('SET CONSTRAINTS ALL IMMEDIATE', '23503', NULL, 'until it is asked');
SELECT lives_ok('INSERT INTO p VALUES (100)', 'the missing row comes');
SELECT lives_ok('SET CONSTRAINTS ALL IMMEDIATE', 'and all is well');

SELECT lives_ok($$INSERT INTO p VALUES (3, 'up', 9) ON CONFLICT (id) DO UPDATE SET code = EXCLUDED.code$$, 'upsert');
SELECT is((SELECT code FROM p WHERE id = 3), 'up', 'it has updated');
SELECT is((SELECT n FROM p WHERE id = 3), 3, 'and only what it said');
SELECT throws_ok($$INSERT INTO p VALUES (3, 'up') ON CONFLICT (code) DO NOTHING; SELECT 1/0$$, '22012', NULL, 'the rest of the text runs');
SELECT throws_ok($$INSERT INTO p VALUES (50, 'x'), (50, 'y') ON CONFLICT (id) DO UPDATE SET code = 'z'$$, '21000', NULL, 'one row cannot be updated twice');
SELECT * FROM finish();
ROLLBACK;
