-- Merge joins, forced, of every type: duplicates on both sides, nulls, several keys, a rest of ON,
-- groups larger than work_mem, keys of several types, orders of every kind.
CREATE TABLE ml (id int PRIMARY KEY, k int, s text, n numeric, b int8);
CREATE TABLE mr (id int PRIMARY KEY, k int, s text, n numeric, b int8);
CREATE INDEX ON mr (k, s);
CREATE INDEX ON ml (k DESC NULLS LAST);
INSERT INTO ml SELECT i, CASE WHEN i % 11 = 0 THEN NULL ELSE i % 40 END, CASE WHEN i % 13 <> 0 THEN 's' || i % 7 END,
  (i % 30)::numeric / 4, i % 25 FROM generate_series(1, 700) i;
INSERT INTO mr SELECT i, CASE WHEN i % 9 = 0 THEN NULL ELSE i % 50 - 5 END, CASE WHEN i % 10 <> 0 THEN 's' || i % 8 END,
  (i % 20)::numeric / 2, i % 60 FROM generate_series(1, 500) i;
CREATE TABLE one_l (k int, v int);
CREATE TABLE one_r (k int, v int);
INSERT INTO one_l VALUES (1, 1), (1, 2), (NULL, 3), (2, 4), (5, 5);
INSERT INTO one_r VALUES (1, 10), (1, 11), (1, 12), (NULL, 13), (3, 14), (5, 15), (9, 16);
CREATE TABLE none (k int, v int);
ANALYZE;
SET enable_hashjoin = off;
SET enable_nestloop = off;
-- small, all rows
SELECT * FROM one_l l JOIN one_r r USING (k) ORDER BY 1, 2, 3;
SELECT * FROM one_l l LEFT JOIN one_r r USING (k) ORDER BY 1, 2, 3;
SELECT * FROM one_l l RIGHT JOIN one_r r USING (k) ORDER BY 1, 2, 3;
SELECT * FROM one_l l FULL JOIN one_r r USING (k) ORDER BY 1, 2, 3;
SELECT * FROM one_l l WHERE EXISTS (SELECT FROM one_r r WHERE r.k = l.k) ORDER BY 2;
SELECT * FROM one_l l WHERE NOT EXISTS (SELECT FROM one_r r WHERE r.k = l.k) ORDER BY 2;
SELECT * FROM one_l l FULL JOIN one_r r ON l.k = r.k AND l.v < 2 AND r.v > 10 ORDER BY 1, 2, 3, 4;
SELECT * FROM one_l l FULL JOIN one_r r ON l.k = r.k AND l.v + r.v = 13 ORDER BY 1, 2, 3, 4;
SELECT * FROM one_l l RIGHT JOIN one_r r ON l.k = r.k AND l.v + r.v = 13 ORDER BY 1, 2, 3, 4;
SELECT * FROM one_l l WHERE EXISTS (SELECT FROM one_r r WHERE r.k = l.k AND r.v > 10 + l.v) ORDER BY 2;
SELECT * FROM one_l l WHERE NOT EXISTS (SELECT FROM one_r r WHERE r.k = l.k AND r.v > 10 + l.v) ORDER BY 2;
-- one side empty
SELECT count(*), sum(l.v) FROM one_l l JOIN none r USING (k);
SELECT count(*), sum(l.v) FROM one_l l LEFT JOIN none r USING (k);
SELECT count(*), sum(l.v) FROM none r LEFT JOIN one_l l USING (k);
SELECT count(*), sum(l.v) FROM one_l l FULL JOIN none r USING (k);
SELECT count(*), sum(l.v) FROM none r FULL JOIN one_l l USING (k);
SELECT count(*), sum(l.v) FROM one_l l WHERE NOT EXISTS (SELECT FROM none r WHERE r.k = l.k);
-- many to many
SELECT count(*), sum(l.id), sum(r.id) FROM ml l JOIN mr r ON l.k = r.k;
SELECT count(*), sum(l.id), sum(r.id) FROM ml l LEFT JOIN mr r ON l.k = r.k;
SELECT count(*), sum(l.id), sum(r.id) FROM ml l RIGHT JOIN mr r ON l.k = r.k;
SELECT count(*), sum(l.id), sum(r.id) FROM ml l FULL JOIN mr r ON l.k = r.k;
SELECT count(*), sum(l.id), sum(r.id) FROM ml l LEFT JOIN mr r ON l.k = r.k AND l.b < r.b;
SELECT count(*), sum(l.id), sum(r.id) FROM ml l RIGHT JOIN mr r ON l.k = r.k AND l.b < r.b;
SELECT count(*), sum(l.id), sum(r.id) FROM ml l FULL JOIN mr r ON l.k = r.k AND l.b < r.b;
SELECT count(*), sum(l.id), sum(r.id) FROM ml l FULL JOIN mr r ON l.k = r.k AND l.b > 10;
SELECT count(*), sum(l.id), sum(r.id) FROM ml l FULL JOIN mr r ON l.k = r.k AND r.b > 10;
SELECT count(*), sum(id) FROM ml l WHERE EXISTS (SELECT FROM mr r WHERE l.k = r.k);
SELECT count(*), sum(id) FROM ml l WHERE EXISTS (SELECT FROM mr r WHERE l.k = r.k AND l.b < r.b - 20);
SELECT count(*), sum(id) FROM ml l WHERE NOT EXISTS (SELECT FROM mr r WHERE l.k = r.k);
SELECT count(*), sum(id) FROM ml l WHERE NOT EXISTS (SELECT FROM mr r WHERE l.k = r.k AND l.b < r.b - 20);
SELECT count(*), sum(id) FROM ml l WHERE k IN (SELECT k FROM mr);
SELECT count(*), sum(id) FROM ml l WHERE k NOT IN (SELECT k FROM mr WHERE k IS NOT NULL);
-- several keys; one of them in an index only; of two types; computed
SELECT count(*), sum(l.id), sum(r.id) FROM ml l JOIN mr r ON l.k = r.k AND l.s = r.s;
SELECT count(*), sum(l.id), sum(r.id) FROM ml l LEFT JOIN mr r ON l.k = r.k AND l.s = r.s;
SELECT count(*), sum(l.id), sum(r.id) FROM ml l FULL JOIN mr r ON l.k = r.k AND l.s = r.s;
SELECT count(*), sum(l.id), sum(r.id) FROM ml l FULL JOIN mr r ON l.k = r.k AND l.s = r.s AND l.n < r.n;
SELECT count(*), sum(l.id), sum(r.id) FROM ml l JOIN mr r ON l.k = r.b;
SELECT count(*), sum(l.id), sum(r.id) FROM ml l FULL JOIN mr r ON l.k = r.b AND l.b = r.k;
SELECT count(*), sum(l.id), sum(r.id) FROM ml l JOIN mr r ON l.n = r.n;
SELECT count(*), sum(l.id), sum(r.id) FROM ml l FULL JOIN mr r ON l.s = r.s;
SELECT count(*), sum(l.id), sum(r.id) FROM ml l JOIN mr r ON l.k + 1 = r.k * 2;
SELECT count(*), sum(l.id), sum(r.id) FROM ml l FULL JOIN mr r ON l.k + 1 = r.k * 2 AND l.id > r.id;
SELECT count(*), sum(l.id), sum(r.id) FROM ml l LEFT JOIN mr r ON upper(l.s) = upper(r.s) AND l.k = r.k;
SELECT count(*) FROM ml l JOIN mr r ON l.k = r.k AND l.k = r.b;
SELECT count(*) FROM ml l JOIN mr r ON l.id = r.id AND l.k = r.k AND l.s = r.s;
-- in order
SELECT l.id, r.id FROM ml l JOIN mr r ON l.id = r.id WHERE l.id % 50 = 0 ORDER BY l.id;
SELECT l.id, r.id FROM ml l JOIN mr r ON l.id = r.id WHERE l.id % 50 = 0 ORDER BY r.id;
SELECT l.id, r.id FROM ml l JOIN mr r ON l.id = r.id WHERE l.id % 50 = 0 ORDER BY l.id DESC;
SELECT l.k, l.id, r.id FROM ml l JOIN mr r ON l.k = r.k AND l.b = r.b ORDER BY l.k DESC, l.id, r.id LIMIT 20;
SELECT l.k, count(*) FROM ml l JOIN mr r ON l.k = r.k GROUP BY l.k ORDER BY l.k DESC;
SELECT l.k, r.k, count(*) FROM ml l LEFT JOIN mr r ON l.k = r.k GROUP BY l.k, r.k ORDER BY l.k NULLS FIRST, r.k;
SELECT r.k, count(*) FROM ml l LEFT JOIN mr r ON l.k = r.k GROUP BY r.k ORDER BY r.k NULLS FIRST;
SELECT l.k, r.k, count(*) FROM ml l FULL JOIN mr r ON l.k = r.k GROUP BY 1, 2 ORDER BY 1, 2;
SELECT l.id, r.id FROM ml l JOIN mr r ON l.id = r.id ORDER BY l.id LIMIT 5 OFFSET 100;
SELECT l.id, row_number() OVER (ORDER BY l.id) FROM ml l JOIN mr r ON l.id = r.id ORDER BY 1 LIMIT 5;
SELECT DISTINCT ON (l.k) l.k, l.id, r.id FROM ml l JOIN mr r ON l.k = r.k ORDER BY l.k, l.id, r.id;
-- several joins; sub-queries that come in order
SELECT count(*), sum(a.id + b.id + c.id) FROM ml a JOIN mr b ON a.id = b.id JOIN ml c ON c.id = b.id;
SELECT count(*), sum(a.id + b.id + c.id) FROM ml a JOIN mr b ON a.k = b.k JOIN one_l c ON c.k = b.k;
SELECT count(*), sum(a.id), sum(b.id), sum(c.id) FROM ml a LEFT JOIN mr b ON a.id = b.id + 100 LEFT JOIN ml c ON c.id = b.id;
SELECT count(*), sum(a.id), sum(b.id), sum(c.id) FROM ml a FULL JOIN mr b ON a.id = b.id + 100 FULL JOIN ml c ON c.id = b.id;
SELECT count(*), sum(a.id), sum(b.id), sum(c.id) FROM ml a JOIN mr b ON a.k = b.k RIGHT JOIN ml c ON c.k = a.k AND c.id < b.id;
SELECT count(*), sum(q.c), sum(r.id) FROM (SELECT k, count(*) AS c FROM ml GROUP BY k ORDER BY k) q JOIN mr r ON r.k = q.k;
SELECT q.k, q.c, p.c FROM (SELECT k, count(*) AS c FROM ml GROUP BY k ORDER BY k) q
  JOIN (SELECT k, count(*) AS c FROM mr GROUP BY k ORDER BY k) p USING (k) ORDER BY q.k;
SELECT q.k, q.id, r.id FROM (SELECT k, id FROM ml WHERE k IS NOT NULL ORDER BY k DESC, id LIMIT 30) q
  JOIN mr r ON r.k = q.k ORDER BY q.k DESC, q.id, r.id LIMIT 20;
SELECT * FROM (SELECT l.k, l.id FROM ml l ORDER BY l.k DESC NULLS LAST, l.id) q ORDER BY k DESC NULLS LAST, id LIMIT 5;
SELECT * FROM (SELECT l.k, l.id FROM ml l ORDER BY l.k, l.id) q ORDER BY k LIMIT 1;
SELECT * FROM (VALUES (3), (1), (2)) v(x) JOIN one_l ON x = k ORDER BY x, v;
-- for each row of something else
SELECT o.v, (SELECT count(*) FROM ml l JOIN mr r ON l.id = r.id WHERE l.k = o.k) FROM one_l o ORDER BY 1;
SELECT o.v, q.c FROM one_l o, LATERAL (SELECT count(*) AS c FROM ml l JOIN mr r ON l.k = r.k WHERE r.b < o.v) q ORDER BY 1;
SELECT o.v, (SELECT string_agg(q.id::text, ',' ORDER BY q.id) FROM (SELECT l.id FROM ml l JOIN mr r ON l.id = r.id
  WHERE l.b = o.v ORDER BY l.id LIMIT 3) q) FROM one_l o ORDER BY 1;
WITH RECURSIVE t AS (SELECT 1 AS k UNION ALL SELECT t.k + 1 FROM t JOIN mr r ON r.id = t.k WHERE t.k < 20)
  SELECT count(*), sum(k) FROM t;
-- larger than work_mem
CREATE TABLE many (id int PRIMARY KEY, v int);
INSERT INTO many SELECT i, i % 10 FROM generate_series(1, 20000) i;
ANALYZE many;
SET work_mem = '64kB';
SELECT DISTINCT a.id, b.v FROM many a JOIN many b USING (id) ORDER BY a.id LIMIT 3 OFFSET 15000;
SELECT DISTINCT b.id FROM many a JOIN many b USING (id) ORDER BY b.id LIMIT 3 OFFSET 15000;
SELECT DISTINCT q.v, q.id FROM (SELECT id, v FROM many ORDER BY id) q ORDER BY q.id LIMIT 3 OFFSET 15000;
SELECT DISTINCT q.v FROM (SELECT id, v FROM many ORDER BY v DESC, id) q ORDER BY q.v DESC LIMIT 3;
SELECT DISTINCT q.v, q.v FROM (SELECT id, v FROM many ORDER BY id, v) q ORDER BY 1 LIMIT 3;
SELECT id, sum(v) FROM (SELECT DISTINCT a.id, b.v FROM many a JOIN many b USING (id)) q GROUP BY id ORDER BY id LIMIT 3 OFFSET 15000;
SELECT q.id FROM (SELECT id FROM many UNION SELECT id + 10000 FROM many ORDER BY id) q ORDER BY id LIMIT 3 OFFSET 15000;
SELECT count(*), sum(l.id), sum(r.id) FROM ml l JOIN (SELECT i AS id, 7 AS k, repeat('x', 30) AS t
  FROM generate_series(1, 5000) i UNION ALL SELECT 0, 8, 'y') r ON l.k = r.k;
SELECT count(*), sum(l.v), sum(r.id), max(r.t) FROM one_l l FULL JOIN (SELECT i AS id, 1 AS k, repeat('x', 30) AS t
  FROM generate_series(1, 5000) i UNION ALL SELECT 0, 8, 'y') r ON l.k = r.k;
SELECT count(*), sum(l.v), sum(r.id), max(r.t) FROM one_l l FULL JOIN (SELECT i AS id, 1 AS k, repeat('x', 30) AS t
  FROM generate_series(1, 5000) i UNION ALL SELECT 0, 8, 'y') r ON l.k = r.k AND r.id % 3 = l.v;
SELECT count(*), sum(l.v), sum(r.id), max(r.t) FROM one_l l RIGHT JOIN (SELECT i AS id, 1 AS k, repeat('x', 30) AS t
  FROM generate_series(1, 5000) i UNION ALL SELECT 0, 8, 'y') r ON l.k = r.k AND r.id % 3 = l.v;
SELECT count(*), sum(l.v) FROM one_l l WHERE NOT EXISTS (SELECT FROM (SELECT i AS id, 1 AS k, repeat('x', 30) AS t
  FROM generate_series(1, 5000) i) r WHERE l.k = r.k AND r.id = 4999 + l.v);
RESET work_mem;
-- settings that leave little
SET enable_sort = off;
SELECT count(*), sum(l.id), sum(r.id) FROM ml l FULL JOIN mr r ON l.k = r.k AND l.s = r.s;
SET enable_seqscan = off;
SELECT count(*), sum(l.id), sum(r.id) FROM ml l JOIN mr r ON l.k = r.k;
RESET enable_sort;
SET enable_mergejoin = off;
SELECT count(*), sum(l.id), sum(r.id) FROM ml l FULL JOIN mr r ON l.k = r.k AND l.s = r.s;
SELECT count(*), sum(l.id), sum(r.id) FROM ml l JOIN mr r ON l.k = r.k;
-- rows that are locked and changed through a merge join
RESET ALL;
SET enable_hashjoin = off;
SET enable_nestloop = off;
SELECT l.id, r.id FROM ml l JOIN mr r ON l.id = r.id WHERE l.b = 3 ORDER BY l.id LIMIT 3 FOR UPDATE OF l;
UPDATE ml l SET b = -1 FROM mr r WHERE r.k = l.k AND r.b < 5;
SELECT count(*), sum(id) FROM ml WHERE b = -1;
DELETE FROM ml l USING mr r WHERE r.id = l.id AND r.b = 7;
SELECT count(*), sum(id) FROM ml;
