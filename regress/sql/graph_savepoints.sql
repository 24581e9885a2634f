-- Savepoints around graph_mutate: what is rolled back is gone whole, index entries and deferred checks too.
BEGIN;
SELECT plan(19);
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE book (id int PRIMARY KEY, author_id int NOT NULL REFERENCES author ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED, title text NOT NULL CHECK (title <> ''));
CREATE INDEX book_title ON book (title);
SELECT graph_mutate('{"insert": {"entity": "author", "data": {"id": 1, "name": "Mara", "book": {"create": [{"id": 1, "title": "Tides"}]}}}}');
SAVEPOINT a;
SELECT graph_mutate('{"insert": {"entity": "author", "data": {"id": 2, "name": "Ivo", "book": {"create": [{"id": 2, "title": "Winds"}, {"id": 3, "title": "Sails"}]}}}}');
SELECT is(graph_query('{"entity": "author", "fields": ["name"], "include": {"book": {"fields": ["title"], "order_by": ["title"]}}, "where": {"id": 2}}'),
    '{"name": "Ivo", "book": [{"title": "Sails"}, {"title": "Winds"}]}'::jsonb, 'the nested rows are there');
ROLLBACK TO a;
SELECT is_empty($$SELECT * FROM graph_query('{"entity": "author", "where": {"id": 2}}')$$, 'parent gone');
SELECT is_empty($$SELECT * FROM book WHERE title IN ('Winds', 'Sails')$$, 'children gone, by their index');
SELECT is((SELECT count(*) FROM book), 1::bigint, 'and by the table');
-- half of a nested insert fails: all of it is undone, and the savepoint can be gone back to
SELECT throws_ok($$SELECT graph_mutate('{"insert": {"entity": "author", "data": {"id": 3, "name": "Ana", "book": {"create": [{"id": 4, "title": "Good"}, {"id": 5, "title": ""}]}}}}')$$, '23514', NULL, 'a child breaks a check');
SELECT is((SELECT count(*) FROM author), 1::bigint, 'its parent is gone');
SELECT is_empty($$SELECT * FROM book WHERE title = 'Good'$$, 'so is its sibling');
SELECT throws_ok($$SELECT graph_mutate('{"batch": [{"insert": {"entity": "author", "data": {"id": 6, "name": "New"}}}, {"insert": {"entity": "author", "data": {"id": 7, "name": "Mara"}}}]}')$$, '23505', NULL, 'the second of a batch is a duplicate');
SELECT is_empty('SELECT * FROM author WHERE id = 6', 'the first is undone with it');
-- deletes with cascades come back
SAVEPOINT b;
SELECT is(graph_mutate('{"delete": {"entity": "author", "where": {"id": 1}}}') -> 'affected', '1'::jsonb, 'delete');
SELECT is_empty('SELECT * FROM book', 'cascades');
ROLLBACK TO b;
SELECT is(graph_query('{"entity": "author", "fields": ["name"], "include": {"book": {"fields": ["title"]}}}'),
    '{"name": "Mara", "book": [{"title": "Tides"}]}'::jsonb, 'all is back');
-- an upsert over a row of an inner savepoint
SAVEPOINT c;
SELECT graph_mutate('{"insert": {"entity": "author", "data": {"id": 8, "name": "Eva"}}}');
SAVEPOINT d;
SELECT graph_mutate('{"upsert": {"entity": "author", "data": {"id": 8, "name": "Eve"}, "on": ["id"], "update": ["name"]}}');
SELECT is((SELECT name FROM author WHERE id = 8), 'Eve', 'updated');
ROLLBACK TO d;
SELECT is((SELECT name FROM author WHERE id = 8), 'Eva', 'the update is undone');
ROLLBACK TO c;
SELECT graph_mutate('{"upsert": {"entity": "author", "data": {"id": 8, "name": "Eve"}, "on": ["id"], "update": ["name"]}}');
SELECT is((SELECT name FROM author WHERE name IN ('Eve', 'Eva')), 'Eve', 'the insert is undone: now it is new');
-- a deferred check that was asked for inside and undone
SAVEPOINT f;
INSERT INTO book VALUES (9, 999, 'Orphan');
ROLLBACK TO f;
SELECT lives_ok('SET CONSTRAINTS ALL IMMEDIATE', 'no orphan is left to complain of');
SET CONSTRAINTS ALL DEFERRED;
SAVEPOINT g;
SELECT graph_mutate('{"insert": {"entity": "book", "data": {"id": 9, "author_id": 999, "title": "Orphan"}}}');
RELEASE g;
SELECT throws_ok('SET CONSTRAINTS ALL IMMEDIATE', '23503', NULL, 'a released one stays');
ROLLBACK TO c;
SELECT lives_ok('SET CONSTRAINTS ALL IMMEDIATE', 'until the outer one is rolled back');
SELECT is((SELECT count(*) FROM author), 1::bigint, 'as at the savepoint');
SELECT * FROM finish();
ROLLBACK;
