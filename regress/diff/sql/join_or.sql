-- Joins by a disjunction whose arms indexes serve: each pair once, whichever arms it is of.
CREATE TABLE oa (id int PRIMARY KEY, k int, s text, d date);
CREATE TABLE ob (id int PRIMARY KEY, k int, s text, d date, v numeric);
INSERT INTO oa SELECT i, CASE WHEN i % 7 <> 0 THEN i % 50 END, CASE WHEN i % 5 <> 0 THEN 's' || i % 30 END,
  date '2024-01-01' + i % 90 FROM generate_series(1, 900) i;
INSERT INTO ob SELECT i * 2, CASE WHEN i % 6 <> 0 THEN i % 400 END, CASE WHEN i % 9 <> 0 THEN 's' || i % 200 END,
  date '2024-01-01' + i % 400, i / 8.0 FROM generate_series(1, 4000) i;
CREATE INDEX ON ob (k);
CREATE INDEX ON ob (s, v);
CREATE INDEX ON ob (d) WHERE v > 100;
CREATE TABLE op (id int, k int, v int, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE op1 PARTITION OF op FOR VALUES FROM (MINVALUE) TO (1500);
CREATE TABLE op2 PARTITION OF op FOR VALUES FROM (1500) TO (3000);
CREATE TABLE op3 PARTITION OF op DEFAULT;
CREATE INDEX ON op (k);
INSERT INTO op SELECT i, CASE WHEN i % 8 <> 0 THEN i % 700 END, i % 10 FROM generate_series(1, 4000) i;
ANALYZE oa, ob, op;
SELECT count(*), sum(a.id), sum(b.id), sum(b.v) FROM oa a JOIN ob b ON a.id = b.id OR a.k = b.k;
SELECT count(*), sum(a.id), sum(b.id), sum(b.v) FROM oa a LEFT JOIN ob b ON a.id = b.id OR a.k = b.k;
SELECT count(*), sum(a.id), sum(b.id), sum(b.v) FROM oa a LEFT JOIN ob b ON (a.id = b.id OR a.k = b.k) AND b.v > a.id;
SELECT count(*), sum(a.id), sum(b.id), sum(b.v) FROM ob b RIGHT JOIN oa a ON a.id = b.id OR a.k = b.k;
SELECT count(*), sum(id) FROM oa a WHERE EXISTS (SELECT FROM ob b WHERE a.id = b.id OR a.k = b.k);
SELECT count(*), sum(id) FROM oa a WHERE NOT EXISTS (SELECT FROM ob b WHERE a.id = b.id OR a.k = b.k);
SELECT count(*), sum(id) FROM oa a WHERE EXISTS (SELECT FROM ob b WHERE (a.id = b.id OR a.k = b.k) AND b.v > a.id);
SELECT count(*), sum(id) FROM oa a WHERE NOT EXISTS (SELECT FROM ob b WHERE (a.id = b.id OR a.k = b.k) AND b.v > a.id);
SELECT count(*), sum(id) FROM oa a WHERE NOT EXISTS (SELECT FROM ob b WHERE (a.id = b.id AND b.v < 20) OR (a.k = b.k AND b.v > 400));
SELECT count(*), sum(id) FROM oa a WHERE EXISTS (SELECT FROM ob b WHERE (a.id = b.id AND a.s < b.s) OR a.k = b.k + 0);
-- a pair of all arms; three arms; arms with more to say, of two columns, of a range
SELECT a.id, b.id FROM oa a JOIN ob b ON a.id = b.id OR a.id = b.id * 1 OR a.k = b.k WHERE a.id < 30 ORDER BY 1, 2;
SELECT a.id, b.id FROM oa a JOIN ob b ON a.id = b.id OR a.k = b.k OR a.s = b.s WHERE a.id IN (6, 44, 70, 700) ORDER BY 1, 2;
SELECT count(*), sum(a.id), sum(b.id) FROM oa a JOIN ob b ON (a.id = b.id AND a.s <> b.s) OR (a.k = b.k AND b.v < 30) OR (a.s = b.s AND b.v > a.id);
SELECT count(*), sum(a.id), sum(b.id) FROM oa a LEFT JOIN ob b ON (a.id = b.id AND a.s IS NULL) OR (a.s = b.s AND b.v BETWEEN 10 AND a.id);
SELECT count(*), sum(a.id), sum(b.id) FROM oa a JOIN ob b ON (a.id = b.id OR a.d = b.d) AND b.v > 100;
SELECT count(*), sum(a.id), sum(b.id) FROM oa a JOIN ob b ON (a.id = b.id OR a.d = b.d) AND b.v > 50;
SELECT count(*), sum(a.id), sum(b.id) FROM oa a JOIN ob b ON a.id = b.id OR b.id = 20 OR a.k = b.k;
SELECT count(*), sum(a.id), sum(b.id) FROM oa a JOIN ob b ON a.id = b.id OR a.k > 40;
SELECT count(*), sum(a.id), sum(b.id) FROM oa a JOIN ob b ON a.id = b.id OR a.k IS NOT DISTINCT FROM b.k;
SELECT count(*), sum(a.id), sum(b.id) FROM oa a JOIN ob b ON b.id IN (a.id, a.k);
SELECT count(*), sum(a.id), sum(b.id) FROM oa a JOIN ob b ON a.id = b.id OR (a.k = b.k AND a.s = 'none');
-- two disjunctions, or one in WHERE, or beside an equality
SELECT count(*), sum(a.id), sum(b.id) FROM oa a JOIN ob b ON (a.id = b.id OR a.k = b.k) AND (a.s = b.s OR a.d = b.d);
SELECT count(*), sum(a.id), sum(b.id) FROM oa a, ob b WHERE a.id = b.id OR a.k = b.k;
SELECT count(*), sum(a.id), sum(b.id) FROM oa a, ob b WHERE (a.id = b.id OR a.k = b.k) AND b.v < 200 AND a.d > '2024-02-01';
SELECT count(*), sum(a.id), sum(b.id) FROM oa a, ob b WHERE (a.id = b.id OR a.k = b.k) AND a.s = b.s;
SELECT count(*), sum(a.id), sum(b.id), sum(c.id) FROM oa a JOIN ob b ON a.id = b.id OR a.k = b.k JOIN ob c ON c.id = b.k OR c.k = a.k WHERE a.id < 100;
SELECT a.id, (SELECT count(*) FROM ob b WHERE a.id = b.id OR a.k = b.k), (SELECT max(b.v) FROM ob b WHERE a.s = b.s OR a.k = b.k)
  FROM oa a WHERE a.id < 20 ORDER BY 1;
SELECT a.id, b.id FROM oa a CROSS JOIN LATERAL (SELECT * FROM ob b WHERE a.id = b.id OR a.k = b.k ORDER BY b.id LIMIT 2) b WHERE a.id < 20 ORDER BY 1, 2;
-- the rows themselves, in the left side's order; few of them
SELECT * FROM oa a LEFT JOIN ob b ON a.id = b.id OR a.k = b.k WHERE a.id BETWEEN 10 AND 30 ORDER BY a.id, b.id;
SELECT a.* FROM oa a WHERE EXISTS (SELECT FROM ob b WHERE a.id = b.id OR a.k = b.k) ORDER BY a.id LIMIT 7;
SELECT a.id, b.id FROM oa a JOIN ob b ON a.id = b.id OR a.k = b.k ORDER BY a.id DESC, b.id LIMIT 12;
-- partitions
SELECT count(*), sum(a.id), sum(b.id) FROM oa a JOIN op b ON a.id = b.id OR a.k = b.k;
SELECT count(*), sum(a.id), sum(b.id) FROM oa a LEFT JOIN op b ON (a.id = b.id OR a.k = b.k) AND b.v > 5;
SELECT count(*), sum(a.id) FROM oa a WHERE NOT EXISTS (SELECT FROM op b WHERE a.id = b.id OR a.k = b.k);
SELECT count(*), sum(a.id), sum(b.id) FROM op a JOIN op b ON a.id = b.v * 300 OR a.k = b.id WHERE a.v = 3;
-- the plan is as PostgreSQL's in what it gives when other ways are off
SET enable_hashjoin = off;
SET enable_seqscan = off;
SELECT count(*), sum(a.id), sum(b.id) FROM oa a JOIN ob b ON a.id = b.id OR a.k = b.k;
SELECT count(*), sum(a.id), sum(b.id) FROM oa a LEFT JOIN ob b ON a.id = b.id OR a.k = b.k OR a.s = b.s;
RESET enable_seqscan;
RESET enable_hashjoin;
-- rows that the same transaction has written, changed and deleted; writing by such a join
BEGIN;
UPDATE ob SET k = 7 WHERE id IN (2, 14, 200);
DELETE FROM ob WHERE k = 8;
INSERT INTO ob VALUES (1, 7, 's1', '2024-01-01', 1);
SELECT count(*), sum(a.id), sum(b.id) FROM oa a JOIN ob b ON a.id = b.id OR a.k = b.k;
UPDATE ob b SET v = a.id FROM oa a WHERE a.id < 5 AND a.id = 3 AND (a.id = b.id OR a.k = b.k);
SELECT count(*), sum(v) FROM ob;
DELETE FROM ob b USING oa a WHERE a.id < 20 AND (a.id = b.id OR a.k = b.k);
SELECT count(*), sum(v) FROM ob;
SELECT a.id, b.id FROM oa a JOIN ob b ON a.id = b.id OR a.k = b.k WHERE a.id BETWEEN 20 AND 26 ORDER BY 1, 2 FOR UPDATE OF b;
ROLLBACK;
PREPARE q (int, int) AS SELECT count(*), sum(b.id) FROM oa a JOIN ob b ON (a.id = b.id AND b.v > $1) OR (a.k = b.k AND b.v < $2);
EXECUTE q (10, 50);
EXECUTE q (400, 20);
EXECUTE q (NULL, 20);
DROP TABLE oa, ob, op;
