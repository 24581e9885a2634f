-- A partitioned table is one entity: its partitions are none, and its relations work in both directions.
-- Expected objects are written by hand.
BEGIN;
SELECT plan(24);
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE purchase (id int, year int, customer_id int REFERENCES customer, total int, PRIMARY KEY (year, id)) PARTITION BY RANGE (year);
CREATE TABLE purchase_2020 PARTITION OF purchase FOR VALUES FROM (2020) TO (2021);
CREATE TABLE purchase_2021 (total int, gone int, id int NOT NULL, customer_id int, year int NOT NULL);
ALTER TABLE purchase_2021 DROP COLUMN gone;
ALTER TABLE purchase ATTACH PARTITION purchase_2021 FOR VALUES FROM (2021) TO (2022);
CREATE TABLE purchase_later PARTITION OF purchase DEFAULT PARTITION BY HASH (id);
CREATE TABLE purchase_later_0 PARTITION OF purchase_later FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE purchase_later_1 PARTITION OF purchase_later FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE line (n int PRIMARY KEY, year int, purchase_id int, what text,
    FOREIGN KEY (year, purchase_id) REFERENCES purchase (year, id) ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE note (id int PRIMARY KEY, year int, of_2020 int, FOREIGN KEY (year, of_2020) REFERENCES purchase_2020 (year, id));
INSERT INTO customer VALUES (1, 'Ann'), (2, 'Bo'), (3, 'Cy');
INSERT INTO purchase (id, year, customer_id, total) VALUES (1, 2020, 1, 10), (2, 2021, 1, 20), (3, 2025, 2, 30), (4, 2026, 1, 40), (5, 2021, NULL, 50);
INSERT INTO line VALUES (1, 2020, 1, 'a'), (2, 2021, 2, 'b'), (3, 2021, 2, 'c'), (4, 2025, 3, 'd');

SELECT is((SELECT jsonb_agg(e ->> 'name' ORDER BY e ->> 'name') FROM jsonb_array_elements(graph_schema() -> 'entities') e
    WHERE e ->> 'name' IN ('customer', 'purchase', 'line', 'note') OR e ->> 'name' LIKE 'purchase%'), '["customer", "line", "note", "purchase"]'::jsonb, 'partitions are not entities');
SELECT is((SELECT jsonb_agg(r ->> 'name' ORDER BY r ->> 'name') FROM jsonb_array_elements(graph_schema() -> 'entities') e, jsonb_array_elements(e -> 'relations') r
    WHERE e ->> 'name' = 'customer'), '["purchase"]'::jsonb, 'one relation to the whole');
SELECT is((SELECT jsonb_agg(r ->> 'name' ORDER BY r ->> 'name') FROM jsonb_array_elements(graph_schema() -> 'entities') e, jsonb_array_elements(e -> 'relations') r
    WHERE e ->> 'name' = 'purchase'), '["customer", "line"]'::jsonb, 'and from it, to a key that points at it');
SELECT is((SELECT jsonb_agg(r ->> 'name') FROM jsonb_array_elements(graph_schema() -> 'entities') e, jsonb_array_elements(e -> 'relations') r
    WHERE e ->> 'name' = 'note'), NULL, 'no relation to a partition');
SELECT throws_ok($$SELECT graph_query('{"entity": "purchase_2020"}')$$, '42809', '"purchase_2020" is a partition of "purchase", not an entity', 'a partition cannot be asked for');
SELECT throws_ok($$SELECT graph_mutate('{"delete": {"entity": "purchase_2020", "where": {"id": 1}}}')$$, '42809', '"purchase_2020" is a partition of "purchase", not an entity', 'nor written to');

CREATE TABLE asked (n serial, name text, q jsonb, want jsonb);
INSERT INTO asked (name, q, want) VALUES
('all rows', '{"entity": "purchase", "fields": ["id", "total"], "order_by": ["id"]}', '[{"id": 1, "total": 10}, {"id": 2, "total": 20}, {"id": 3, "total": 30}, {"id": 4, "total": 40}, {"id": 5, "total": 50}]'),
('of one partition', '{"entity": "purchase", "fields": ["id"], "where": {"year": 2021}, "order_by": ["-id"]}', '[{"id": 5}, {"id": 2}]'),
('the first ones', '{"entity": "purchase", "fields": ["id"], "order_by": ["-year", "-id"], "limit": 2, "offset": 1}', '[{"id": 3}, {"id": 5}]'),
('to many in partitions', '{"entity": "customer", "fields": ["name"], "order_by": ["id"], "include": {"purchase": {"fields": ["id"], "order_by": ["-id"]}}}', '[{"name": "Ann", "purchase": [{"id": 4}, {"id": 2}, {"id": 1}]}, {"name": "Bo", "purchase": [{"id": 3}]}, {"name": "Cy", "purchase": []}]'),
('a limit for each parent', '{"entity": "customer", "fields": ["name"], "order_by": ["id"], "include": {"purchase": {"fields": ["id"], "order_by": ["total"], "limit": 1}}}', '[{"name": "Ann", "purchase": [{"id": 1}]}, {"name": "Bo", "purchase": [{"id": 3}]}, {"name": "Cy", "purchase": []}]'),
('to one from partitions', '{"entity": "purchase", "fields": ["id"], "order_by": ["id"], "include": {"customer": {"fields": ["name"]}}}', '[{"id": 1, "customer": {"name": "Ann"}}, {"id": 2, "customer": {"name": "Ann"}}, {"id": 3, "customer": {"name": "Bo"}}, {"id": 4, "customer": {"name": "Ann"}}, {"id": 5, "customer": null}]'),
('to one in partitions', '{"entity": "line", "fields": ["what"], "order_by": ["n"], "include": {"purchase": {"fields": ["total"]}}}', '[{"what": "a", "purchase": {"total": 10}}, {"what": "b", "purchase": {"total": 20}}, {"what": "c", "purchase": {"total": 20}}, {"what": "d", "purchase": {"total": 30}}]'),
('three levels', '{"entity": "customer", "fields": ["name"], "where": {"id": {"in": [1, 2]}}, "order_by": ["id"], "include": {"purchase": {"fields": ["id"], "order_by": ["id"], "where": {"year": {"lt": 2026}}, "include": {"line": {"fields": ["what"], "order_by": ["n"]}}}}}', '[{"name": "Ann", "purchase": [{"id": 1, "line": [{"what": "a"}]}, {"id": 2, "line": [{"what": "b"}, {"what": "c"}]}]}, {"name": "Bo", "purchase": [{"id": 3, "line": [{"what": "d"}]}]}]'),
('some', '{"entity": "customer", "fields": ["name"], "where": {"purchase": {"some": {"total": {"ge": 30}}}}, "order_by": ["id"]}', '[{"name": "Ann"}, {"name": "Bo"}]'),
('aggregates', '{"entity": "customer", "fields": ["name"], "order_by": ["id"], "include": {"purchase": {"aggregate": {"n": {"count": "*"}, "sum": {"sum": "total"}}}}}', '[{"name": "Ann", "purchase": {"n": 3, "sum": 70}}, {"name": "Bo", "purchase": {"n": 1, "sum": 30}}, {"name": "Cy", "purchase": {"n": 0, "sum": null}}]');
SELECT is((SELECT jsonb_agg(g) FROM graph_query(q) AS g), want, name) FROM asked ORDER BY n;

SELECT is(graph_mutate('{"insert": {"entity": "customer", "data": {"id": 9, "name": "New", "purchase": {"create": [{"id": 90, "year": 2020, "total": 1}, {"id": 91, "year": 2030, "total": 2}]}}}}') -> 'affected', '1'::jsonb, 'children go to their partitions');
SELECT results_eq('SELECT pg_partition_root(tableoid)::text, id, tableoid::regclass::text LIKE $$purchase_later_%$$ FROM purchase WHERE customer_id = 9 ORDER BY id', $$VALUES ('purchase', 90, false), ('purchase', 91, true)$$, 'there they are');
SELECT is(graph_mutate('{"update": {"entity": "purchase", "where": {"id": 90}, "set": {"year": 2021}, "returning": {"fields": ["id", "year"]}}}') -> 'rows', '[{"id": 90, "year": 2021}]'::jsonb, 'an update moves a row');
SELECT is((SELECT count(*) FROM purchase_2021 WHERE id = 90), 1::bigint, 'to another partition');
SELECT is(graph_mutate('{"upsert": {"entity": "purchase", "data": [{"id": 90, "year": 2021, "total": 5}, {"id": 92, "year": 2021, "total": 6}], "on": ["year", "id"], "update": ["total"]}}') -> 'affected', '2'::jsonb, 'upsert');
SELECT results_eq('SELECT id, total FROM purchase WHERE id IN (90, 92) ORDER BY id', 'VALUES (90, 5), (92, 6)', 'one updated, one new');
SELECT is(graph_mutate('{"delete": {"entity": "purchase", "where": {"id": 2}, "returning": {"fields": ["total"]}}}'), '{"affected": 1, "rows": [{"total": 20}]}'::jsonb, 'delete');
SELECT is((SELECT count(*) FROM line WHERE purchase_id = 2), 0::bigint, 'and its lines went with it');
SELECT * FROM finish();
ROLLBACK;
