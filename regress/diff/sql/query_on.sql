-- Sub-queries in the conditions of joins: over one side, both, neither, and enclosing queries.
CREATE TABLE a (id int PRIMARY KEY, x int, t text);
CREATE TABLE b (id int PRIMARY KEY, a_id int, y int);
CREATE TABLE c (id int PRIMARY KEY, a_id int, b_id int, z int);
INSERT INTO a SELECT i, i % 4, 't' || i % 3 FROM generate_series(1, 12) i;
INSERT INTO b SELECT i, i % 7 + 1, i % 5 FROM generate_series(1, 20) i;
INSERT INTO c SELECT i, i % 9 + 1, i % 11 + 1, i % 6 FROM generate_series(1, 30) i;
INSERT INTO a VALUES (100, NULL, NULL), (101, 3, NULL);
INSERT INTO b VALUES (100, NULL, NULL), (101, 3, NULL);
INSERT INTO c VALUES (100, NULL, 3, NULL), (101, 2, NULL, 4);

SELECT a.id, b.id FROM a LEFT JOIN b ON a.id = b.a_id AND EXISTS (SELECT 1 FROM c WHERE c.a_id = a.id AND c.b_id = b.id) ORDER BY 1, 2;
SELECT a.id, b.id FROM a LEFT JOIN b ON EXISTS (SELECT 1 FROM c WHERE c.a_id = a.id AND c.b_id = b.id) ORDER BY 1, 2;
SELECT a.id, b.id FROM a LEFT JOIN b ON NOT EXISTS (SELECT 1 FROM c WHERE c.a_id = a.id AND c.b_id = b.id) AND b.y > 2 ORDER BY 1, 2;
SELECT a.id, b.* FROM a LEFT JOIN b ON a.x = (SELECT max(z) FROM c WHERE c.a_id = a.id AND c.b_id = b.id) ORDER BY 1, 2;
SELECT a.id, b.id FROM a RIGHT JOIN b ON a.id = b.a_id AND (SELECT count(*) FROM c WHERE c.a_id = a.id AND c.b_id > b.id) > 1 ORDER BY 1, 2;
SELECT a.id, b.id FROM a JOIN b ON a.id = b.a_id AND (SELECT count(*) FROM c WHERE c.a_id = a.id AND c.b_id > b.id) > 1 ORDER BY 1, 2;
SELECT a.id, b.id FROM a LEFT JOIN b ON a.x IN (SELECT z FROM c WHERE c.b_id = b.id) ORDER BY 1, 2;
SELECT a.id, b.id FROM a LEFT JOIN b ON a.x NOT IN (SELECT z FROM c WHERE c.b_id = b.id) AND b.y = 1 ORDER BY 1, 2;
SELECT a.id, b.id FROM a LEFT JOIN b ON a.x + b.y IN (SELECT z FROM c) ORDER BY 1, 2;
SELECT a.id, b.id FROM a LEFT JOIN b ON a.x > ALL (SELECT z FROM c WHERE c.b_id = b.id) ORDER BY 1, 2;
SELECT a.id, b.id FROM a LEFT JOIN b ON (a.x, b.y) = (SELECT z, a_id FROM c WHERE c.id = a.id) ORDER BY 1, 2;
SELECT a.id, b.id FROM a LEFT JOIN b ON a.x = (SELECT min(z) FROM c WHERE c.a_id = a.id) AND b.y = (SELECT max(z) FROM c WHERE c.b_id = b.id) ORDER BY 1, 2;
SELECT a.id, b.id FROM a LEFT JOIN b ON (SELECT min(z) FROM c WHERE c.a_id = a.id) = (SELECT max(z) FROM c WHERE c.b_id = b.id) ORDER BY 1, 2;
SELECT a.id, b.id FROM a LEFT JOIN b ON a.id = b.a_id AND b.y > (SELECT avg(z) FROM c) ORDER BY 1, 2;
SELECT a.id, b.id FROM a LEFT JOIN b ON a.id = b.a_id AND a.x > (SELECT avg(z) FROM c) ORDER BY 1, 2;
SELECT a.id, b.id FROM a LEFT JOIN b ON (SELECT true) ORDER BY 1, 2;
SELECT a.id, b.id FROM a LEFT JOIN b ON (SELECT false) ORDER BY 1, 2;
SELECT a.id, b.id, c.id FROM a LEFT JOIN (b JOIN c ON c.b_id = b.id) ON a.id = b.a_id AND EXISTS (SELECT 1 FROM c d WHERE d.a_id = a.id AND d.z = c.z) ORDER BY 1, 2, 3;
SELECT a.id, b.id, c.id FROM a LEFT JOIN (b LEFT JOIN c ON c.b_id = b.id AND EXISTS (SELECT 1 FROM a e WHERE e.x = c.z AND e.id > b.id)) ON a.id = b.a_id AND EXISTS (SELECT 1 FROM c d WHERE d.a_id = a.id AND d.z = b.y) ORDER BY 1, 2, 3;
SELECT a.id, b.id, c.id FROM a LEFT JOIN b ON a.id = b.a_id AND EXISTS (SELECT 1 FROM c d WHERE d.a_id = a.id AND d.b_id = b.id) LEFT JOIN c ON c.b_id = b.id AND (SELECT count(*) FROM b f WHERE f.y = c.z AND f.a_id = a.id) > 0 ORDER BY 1, 2, 3;
SELECT a.id, b.id, c.id FROM a LEFT JOIN b ON a.id = b.a_id AND EXISTS (SELECT 1 FROM c d WHERE d.a_id = a.id AND d.b_id = b.id) JOIN c ON c.a_id = a.id AND (b.id IS NULL OR b.y <> c.z) ORDER BY 1, 2, 3;
SELECT a.id, count(b.id), sum(b.y) FROM a LEFT JOIN b ON a.id = b.a_id AND EXISTS (SELECT 1 FROM c WHERE c.a_id = a.id AND c.b_id = b.id) GROUP BY a.id ORDER BY 1;
SELECT a.id, b.id FROM a LEFT JOIN b ON a.id = b.a_id AND EXISTS (SELECT 1 FROM c WHERE c.a_id = a.id AND c.b_id = b.id) WHERE b.id IS NULL ORDER BY 1, 2;
SELECT a.id, b.id FROM a LEFT JOIN b ON a.id = b.a_id AND EXISTS (SELECT 1 FROM c WHERE c.a_id = a.id AND c.b_id = b.id) WHERE b.y > 0 ORDER BY 1, 2;
SELECT a.id, b.id, row_number() OVER (PARTITION BY a.x ORDER BY a.id, b.id) FROM a LEFT JOIN b ON EXISTS (SELECT 1 FROM c WHERE c.a_id = a.id AND c.b_id = b.id) ORDER BY 1, 2;
SELECT a.id, s.n FROM a LEFT JOIN (SELECT a_id, count(*) AS n FROM b GROUP BY a_id) s ON s.a_id = a.id AND s.n > (SELECT count(*) FROM c WHERE c.a_id = a.id AND c.z < s.n) ORDER BY 1, 2;
SELECT a.id, s.y FROM a LEFT JOIN LATERAL (SELECT y FROM b WHERE b.a_id = a.id ORDER BY y LIMIT 2) s ON s.y < (SELECT max(z) FROM c WHERE c.a_id = a.id AND c.z <> s.y) ORDER BY 1, 2;
SELECT a.id, g FROM a LEFT JOIN generate_series(1, 3) g ON g < (SELECT count(*) FROM c WHERE c.a_id = a.id AND c.z < g) ORDER BY 1, 2;
SELECT a.id, g FROM a LEFT JOIN generate_series(1, a.x) g ON g < (SELECT count(*) FROM c WHERE c.a_id = a.id AND c.z < g) ORDER BY 1, 2;
SELECT a.id, v.k FROM a LEFT JOIN (VALUES (1), (2), (NULL)) v (k) ON EXISTS (SELECT 1 FROM c WHERE c.a_id = a.id AND c.z = v.k) ORDER BY 1, 2;
WITH w AS (SELECT a_id, max(y) AS m FROM b GROUP BY a_id) SELECT a.id, w.m FROM a LEFT JOIN w ON EXISTS (SELECT 1 FROM c WHERE c.a_id = a.id AND c.z = w.m) ORDER BY 1, 2;
WITH w AS MATERIALIZED (SELECT a_id, max(y) AS m FROM b GROUP BY a_id) SELECT a.id, w.m FROM a LEFT JOIN b ON EXISTS (SELECT 1 FROM w WHERE w.a_id = a.id AND w.m = b.y) LEFT JOIN w ON w.a_id = b.a_id ORDER BY 1, 2;

-- Enclosing queries in it.
SELECT a.id, (SELECT count(b.id) FROM c LEFT JOIN b ON b.id = c.b_id AND b.y < a.x WHERE c.a_id = a.id) FROM a ORDER BY 1;
SELECT a.id, (SELECT count(b.id) FROM c LEFT JOIN b ON b.id = c.b_id AND EXISTS (SELECT 1 FROM a d WHERE d.x = b.y AND d.x < a.x) WHERE c.a_id = a.id) FROM a ORDER BY 1;
SELECT a.id, (SELECT count(b.id) FROM c LEFT JOIN b ON EXISTS (SELECT 1 FROM a d WHERE d.x = b.y AND d.id = c.a_id AND d.x < a.x) WHERE c.a_id = a.id) FROM a ORDER BY 1;
SELECT a.id FROM a WHERE EXISTS (SELECT 1 FROM c LEFT JOIN b ON EXISTS (SELECT 1 FROM a d WHERE d.x = b.y AND d.id = c.a_id AND d.x < a.x) WHERE c.a_id = a.id AND b.id IS NULL) ORDER BY 1;
SELECT a.id, l.* FROM a, LATERAL (SELECT c.id AS cid, b.id AS bid FROM c LEFT JOIN b ON b.y = c.z AND b.id > (SELECT min(d.id) FROM a d WHERE d.x = b.y AND d.id <> c.id) WHERE c.a_id = a.id) l ORDER BY 1, 2, 3;
SELECT a.id, l.* FROM a LEFT JOIN LATERAL (SELECT c.id AS cid, b.id AS bid FROM c LEFT JOIN b ON b.y = c.z AND b.id > (SELECT min(d.id) FROM a d WHERE d.x = b.y AND d.id <> c.id AND d.id > a.id) WHERE c.a_id = a.id) l ON true ORDER BY 1, 2, 3;

-- Merged columns, aliases of joins, whole rows, system columns of the nullable side.
SELECT id, a.x, b.y FROM a LEFT JOIN b USING (id) WHERE a.id < 5 ORDER BY 1;
SELECT j.x, j.y FROM (a LEFT JOIN b ON a.id = b.a_id AND EXISTS (SELECT 1 FROM c WHERE c.a_id = a.id AND c.b_id = b.id)) AS j (i, x, t, k, l, y) ORDER BY 1, 2;
SELECT a.id, b FROM a LEFT JOIN b ON a.id = b.a_id AND EXISTS (SELECT 1 FROM c WHERE c.a_id = a.id AND c.b_id = b.id) ORDER BY a.id, b.id;
SELECT a.id, b.* IS NULL, b.tableoid IS NULL FROM a LEFT JOIN b ON a.id = b.a_id AND EXISTS (SELECT 1 FROM c WHERE c.a_id = a.id AND c.b_id = b.id) ORDER BY a.id, b.id;
SELECT to_jsonb(b) FROM a LEFT JOIN b ON a.id = b.a_id AND EXISTS (SELECT 1 FROM c WHERE c.a_id = a.id AND c.b_id = b.id) ORDER BY a.id, b.id;

-- Writes over such joins.
UPDATE a SET t = s.v FROM (SELECT a.id, b.y::text AS v FROM a LEFT JOIN b ON a.id = b.a_id AND EXISTS (SELECT 1 FROM c WHERE c.a_id = a.id AND c.b_id = b.id)) s WHERE s.id = a.id AND s.v IS NOT NULL AND a.id < 3 RETURNING a.id;
DELETE FROM c USING a LEFT JOIN b ON a.id = b.a_id AND (SELECT count(*) FROM c d WHERE d.a_id = a.id AND d.b_id > b.id) > 3 WHERE c.id = a.id AND b.id IS NULL RETURNING c.id;

-- Full joins.
SELECT a.id, b.id FROM a FULL JOIN b ON a.id = b.a_id AND b.y > (SELECT avg(z) FROM c) ORDER BY 1, 2;
SELECT a.id, b.id FROM a FULL JOIN b ON a.id = b.a_id AND b.y > (SELECT avg(z) FROM c WHERE c.b_id = b.id) ORDER BY 1, 2;
SELECT a.id, b.id FROM a FULL JOIN b ON a.id = (SELECT max(z) FROM c WHERE c.b_id = b.id) ORDER BY 1, 2;
SELECT a.id, (SELECT count(*) FROM c FULL JOIN b ON c.b_id = b.id AND c.a_id = a.id) FROM a ORDER BY 1;
SELECT a.id, (SELECT count(*) FROM (SELECT * FROM c WHERE c.a_id = a.id) c FULL JOIN b ON c.b_id = b.id) FROM a ORDER BY 1;
SELECT a.id, (SELECT count(*) FROM (SELECT * FROM c WHERE c.a_id = a.id) c FULL JOIN (SELECT * FROM b WHERE b.a_id = a.id) b ON c.b_id = b.id WHERE coalesce(c.z, b.y) > 1) FROM a ORDER BY 1;
SELECT a.id, l.* FROM a, LATERAL (SELECT c.id AS cid, b.id AS bid FROM (SELECT * FROM c WHERE c.a_id = a.id) c FULL JOIN (SELECT * FROM b WHERE b.a_id = a.id) b ON c.b_id = b.id) l ORDER BY 1, 2, 3;
SELECT a.id FROM a WHERE EXISTS (SELECT 1 FROM b FULL JOIN c ON b.id = c.b_id WHERE coalesce(b.a_id, c.a_id) = a.id) ORDER BY 1;
SELECT a.id, l.* FROM a, LATERAL (SELECT c.id AS cid, b.id AS bid FROM c FULL JOIN b ON c.b_id = b.id AND c.a_id = a.id WHERE a.id < 3) l ORDER BY 1, 2, 3;
SELECT a.id, (SELECT string_agg(concat_ws('-', c.id, b.id, d.id), ',' ORDER BY c.id, b.id, d.id) FROM (SELECT * FROM c WHERE c.a_id = a.id) c FULL JOIN b ON c.b_id = b.id AND b.y = a.x FULL JOIN a d ON d.x = b.y AND d.id < a.id) FROM a ORDER BY 1;
SELECT a.id FROM a WHERE EXISTS (SELECT 1 FROM c, LATERAL (SELECT * FROM b WHERE b.a_id = a.id AND b.y = c.z LIMIT 1) l WHERE c.a_id = a.id) ORDER BY 1;
SELECT a.id FROM a WHERE NOT EXISTS (SELECT 1 FROM c LEFT JOIN LATERAL (SELECT * FROM b WHERE b.a_id = a.id AND b.y = c.z LIMIT 1) l ON true WHERE c.a_id = a.id AND l.id IS NULL) ORDER BY 1;
SELECT a.id FROM a WHERE a.x IN (SELECT g FROM c, generate_series(c.z, a.x) g WHERE c.a_id = a.id) ORDER BY 1;

-- Whole rows where nothing was joined.
SELECT a.id, s FROM a LEFT JOIN (SELECT a_id, max(y) FROM b GROUP BY a_id) s ON s.a_id = a.id + 3 ORDER BY a.id;
SELECT a.id, s, s.k FROM a LEFT JOIN (VALUES (1, 'one'), (2, NULL), (NULL, NULL)) s (k, t) ON s.k = a.id ORDER BY a.id;
SELECT s, b.id FROM (SELECT NULL::int AS n) s RIGHT JOIN b ON b.id = 3 ORDER BY b.id LIMIT 4;
SELECT a.id, json_agg(b ORDER BY b.id), count(b), array_agg(b ORDER BY b.id) FROM a LEFT JOIN b ON b.a_id = a.id AND b.y > 2 GROUP BY a.id ORDER BY 1;
SELECT a, b FROM a FULL JOIN b ON b.id = a.id + 10 ORDER BY a.id, b.id;
WITH w AS (SELECT id, y FROM b WHERE y = 2) SELECT a.id, w, row_to_json(w) FROM a LEFT JOIN w ON w.id = a.id ORDER BY 1;
SELECT a.id, g, h FROM a LEFT JOIN generate_series(1, 3) g ON g = a.id LEFT JOIN ROWS FROM (generate_series(1, 2), generate_series(5, 6)) h (p, q) ON h.p = a.id ORDER BY 1;
SELECT a.id, l FROM a LEFT JOIN LATERAL (SELECT b.id, b.y FROM b WHERE b.a_id = a.id ORDER BY b.id LIMIT 1) l ON true ORDER BY 1;
SELECT a.id, (SELECT jsonb_agg(b) FROM c LEFT JOIN b ON b.id = c.b_id AND b.a_id = a.id WHERE c.a_id = a.id) FROM a ORDER BY 1;
SELECT a.id, coalesce(b, (0, 0, 0)::b) FROM a LEFT JOIN b ON b.id = a.id AND b.y = 1 ORDER BY 1;
SELECT a.id, b IS NULL, b IS NOT NULL, b IS NOT DISTINCT FROM NULL FROM a LEFT JOIN b ON b.id = a.id AND b.y = 1 ORDER BY 1;
-- A RIGHT JOIN whose ON has a sub-query over both sides, and what an outer or inner join around it makes of it.
SELECT a.id, b.id FROM a RIGHT JOIN b ON EXISTS (SELECT 1 FROM c WHERE c.a_id = a.id AND c.b_id = b.id) ORDER BY 1, 2;
SELECT c.id, a.id, b.id FROM c LEFT JOIN (a RIGHT JOIN b ON EXISTS (SELECT a.x FROM c d WHERE b.y > 1 AND d.z = a.x)) ON EXISTS (SELECT b.id FROM c e WHERE e.id = a.id AND a.x = c.z) WHERE c.id < 9 ORDER BY 1, 2, 3;
SELECT count(*), sum(a.id), sum(b.id) FROM c JOIN (a RIGHT JOIN b ON EXISTS (SELECT 1 FROM c d WHERE d.a_id = a.id AND d.b_id = b.id)) ON a.x = c.z;
SELECT count(*), sum(a.id), sum(b.id), sum(c.id) FROM a RIGHT JOIN b JOIN c ON true ON EXISTS (SELECT a.id FROM c d WHERE d.z > 1 AND d.a_id = a.id AND EXISTS (SELECT d.id, b.id WHERE d.z > b.y AND b.id < 9)) WHERE b.id < 30;
SELECT b.id, (SELECT count(*) FROM a RIGHT JOIN c ON EXISTS (SELECT 1 FROM b d WHERE d.a_id = a.id AND d.y = c.z AND a.id <> b.id) WHERE a.x = b.y) FROM b ORDER BY 1;
