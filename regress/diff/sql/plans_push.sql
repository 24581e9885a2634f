-- Conditions over sub-queries that stay sub-queries: applied inside where that changes nothing.
CREATE TABLE t (a int, b int, c text, n numeric);
INSERT INTO t SELECT i % 10, i, 'c' || i % 3, (i % 4)::numeric / 2 FROM generate_series(1, 60) i;
INSERT INTO t VALUES (NULL, 100, NULL, NULL), (NULL, 101, 'c1', 1.50), (3, NULL, 'c0', 1.5);
CREATE TABLE u (a int PRIMARY KEY, d text);
INSERT INTO u SELECT i, 'd' || i FROM generate_series(1, 12) i;
CREATE INDEX ON t (a);
-- groups
SELECT * FROM (SELECT a, count(*), sum(b) FROM t GROUP BY a) s WHERE a = 3;
SELECT * FROM (SELECT a, count(*), sum(b) FROM t GROUP BY a) s WHERE a IS NULL;
SELECT * FROM (SELECT a, c, count(*) FROM t GROUP BY a, c) s WHERE a < 3 AND count > 1 AND c = 'c1' ORDER BY 1, 2;
SELECT * FROM (SELECT a + 1 AS x, count(*) FROM t GROUP BY a + 1) s WHERE x IN (2, 5) ORDER BY 1;
SELECT * FROM (SELECT a % 3 AS x, max(b) - min(b) AS y FROM t GROUP BY 1) s WHERE x = 1 OR x = 2 ORDER BY 1;
SELECT * FROM (SELECT a, count(*) FROM t GROUP BY a HAVING count(*) > 5) s WHERE a > 7 ORDER BY 1;
SELECT * FROM (SELECT a, count(*) FROM t GROUP BY ROLLUP (a)) s WHERE a IS NULL ORDER BY 2;
SELECT * FROM (SELECT a, c, count(*) FROM t GROUP BY GROUPING SETS ((a), (c))) s WHERE a = 1 OR c = 'c1' ORDER BY 1, 2;
SELECT * FROM (SELECT count(*) AS n FROM t) s WHERE n > 1000;
SELECT * FROM (SELECT 5 AS k, count(*) AS n FROM t) s WHERE k = 6;
SELECT * FROM (SELECT 5 AS k, count(*) AS n FROM t GROUP BY c) s WHERE k = 5 ORDER BY n;
SELECT * FROM (SELECT 7 AS k FROM t HAVING true) s WHERE k = 8;
SELECT * FROM (SELECT a, a * 2 AS dbl, count(*) FROM t GROUP BY a) s WHERE dbl = 6;
SELECT n, count FROM (SELECT n, count(*) FROM t GROUP BY n) s WHERE n = 1.5;
-- equal rows
SELECT * FROM (SELECT DISTINCT a, c FROM t) s WHERE a = 4 ORDER BY 2;
SELECT * FROM (SELECT DISTINCT a + 1 AS x FROM t) s WHERE x > 8 ORDER BY 1;
SELECT * FROM (SELECT DISTINCT ON (a) a, b, c FROM t ORDER BY a, b DESC NULLS LAST) s WHERE b < 58 ORDER BY a;
SELECT * FROM (SELECT DISTINCT ON (a) a, b, c FROM t ORDER BY a, b) s WHERE a IN (2, 3) ORDER BY a;
SELECT * FROM (SELECT DISTINCT c, row_number() OVER (PARTITION BY c ORDER BY b) AS r FROM t) s WHERE c = 'c1' AND r < 3 ORDER BY 2;
-- windows
SELECT * FROM (SELECT a, b, row_number() OVER (PARTITION BY a ORDER BY b) AS r FROM t) s WHERE a = 5 AND r = 2;
SELECT * FROM (SELECT a, b, rank() OVER (ORDER BY b) AS r FROM t) s WHERE a = 5 ORDER BY b;
SELECT * FROM (SELECT a, b, sum(b) OVER (PARTITION BY a, c), count(*) OVER (PARTITION BY a) FROM t) s WHERE a = 2 ORDER BY b;
SELECT * FROM (SELECT a, c, b, sum(b) OVER (PARTITION BY a, c), count(*) OVER (PARTITION BY a) FROM t) s WHERE c = 'c1' AND a < 2 ORDER BY b;
SELECT * FROM (SELECT a, count(*) AS n, rank() OVER (PARTITION BY a % 2 ORDER BY count(*) DESC, a) AS r FROM t GROUP BY a) s WHERE a = 3;
-- set operations
SELECT * FROM (SELECT a, c FROM t UNION SELECT a, d FROM u) s WHERE a = 3 ORDER BY 2;
SELECT * FROM (SELECT a, c FROM t UNION ALL SELECT a, d FROM u) s WHERE a = 3 AND c < 'd' ORDER BY 2;
SELECT * FROM (SELECT a FROM t INTERSECT SELECT a FROM u) s WHERE a > 6 ORDER BY 1;
SELECT * FROM (SELECT a FROM u EXCEPT SELECT a FROM t) s WHERE a > 6 ORDER BY 1;
SELECT * FROM (SELECT a FROM u EXCEPT ALL (SELECT a FROM t WHERE b < 20)) s WHERE a < 11 ORDER BY 1;
SELECT * FROM (SELECT a::bigint AS x FROM t UNION ALL SELECT n FROM t UNION SELECT 7) s WHERE x >= 1.5 ORDER BY 1;
SELECT * FROM (SELECT 'x' AS l, a FROM t UNION ALL SELECT 'y', a FROM u) s WHERE l = 'y' AND a > 10 ORDER BY a;
SELECT * FROM (SELECT a FROM t WHERE b < 5 UNION ALL (SELECT a FROM u ORDER BY a DESC LIMIT 2)) s WHERE a > 3 ORDER BY 1;
SELECT * FROM (SELECT a, count(*) FROM t GROUP BY a UNION ALL SELECT a, length(d) FROM u) s WHERE a = 2 ORDER BY 2;
SELECT count(*) FROM (VALUES (1), (2) UNION ALL SELECT a FROM t) s(v) WHERE v = 2;
-- what must stay outside
SELECT * FROM (SELECT a, b FROM t ORDER BY b LIMIT 5) s WHERE a > 2 ORDER BY b;
SELECT * FROM (SELECT a, b FROM t ORDER BY b OFFSET 57) s WHERE a > 2 ORDER BY b;
SELECT * FROM (SELECT a, generate_series(1, 3) AS g FROM u) s WHERE g = 2 AND a < 3 ORDER BY a;
SELECT x FROM (SELECT a, count(*) FROM t GROUP BY a) x WHERE x IS NOT NULL AND (x).a = 1;
SELECT x FROM (SELECT a, count(*) FROM t GROUP BY a) x WHERE x = (1, 6);
-- beside joins
SELECT u.a, s.n FROM u LEFT JOIN (SELECT a, count(*) AS n FROM t GROUP BY a) s ON s.a = u.a WHERE s.a IS NULL ORDER BY 1;
SELECT u.a, s.n FROM u LEFT JOIN (SELECT a, count(*) AS n FROM t GROUP BY a) s ON s.a = u.a WHERE coalesce(s.a, 5) = 5 ORDER BY 1;
SELECT u.a, s.n FROM u LEFT JOIN (SELECT a, count(*) AS n FROM t GROUP BY a) s ON s.a = u.a WHERE s.a > 7 ORDER BY 1;
SELECT s.a, s.n, u.d FROM (SELECT a, count(*) AS n FROM t GROUP BY a) s LEFT JOIN u ON s.a = u.a WHERE s.a < 2 ORDER BY 1;
SELECT s.a, u.a FROM (SELECT DISTINCT a FROM t) s FULL JOIN u ON s.a = u.a WHERE s.a IS NULL OR s.a = 1 ORDER BY 1, 2;
SELECT u.a, s.n FROM u RIGHT JOIN (SELECT a, count(*) AS n FROM t GROUP BY a) s ON s.a = u.a WHERE s.a IN (0, 1) ORDER BY 2, 1;
SELECT u.a, s.n FROM u JOIN (SELECT a, count(*) AS n FROM t GROUP BY a) s USING (a) WHERE a = 4;
SELECT u.a, (SELECT n FROM (SELECT a, count(*) AS n FROM t GROUP BY a) s WHERE s.a = u.a) FROM u WHERE u.a < 4 ORDER BY 1;
SELECT u.a FROM u WHERE EXISTS (SELECT FROM (SELECT a, max(b) AS m FROM t GROUP BY a) s WHERE s.a = u.a AND s.m > 58) ORDER BY 1;
SELECT u.a, l.* FROM u, LATERAL (SELECT c, count(*) FROM t WHERE t.a = u.a GROUP BY c) l WHERE l.c = 'c1' AND u.a < 4 ORDER BY 1;
UPDATE u SET d = s.n::text FROM (SELECT a, count(*) AS n FROM t GROUP BY a) s WHERE s.a = u.a AND s.a < 3 RETURNING u.*;
DELETE FROM u USING (SELECT DISTINCT a FROM t) s WHERE s.a = u.a AND s.a = 9 RETURNING u.*;
-- views over views
CREATE VIEW v AS SELECT a, c, count(*) AS n FROM t GROUP BY a, c;
CREATE VIEW w AS SELECT * FROM v UNION ALL SELECT a, d, 1 FROM u;
SELECT * FROM w WHERE a = 1 ORDER BY 2;
SELECT * FROM (SELECT DISTINCT a, max(n) OVER (PARTITION BY a) AS m FROM w) x WHERE a = 2;
SELECT * FROM (SELECT a, sum(n) FROM w WHERE c <> 'c0' GROUP BY a) x WHERE a BETWEEN 1 AND 2 ORDER BY 1;
WITH x AS (SELECT a, count(*) AS n FROM t GROUP BY a) SELECT * FROM x WHERE a = 1;
WITH x AS MATERIALIZED (SELECT a, count(*) AS n FROM t GROUP BY a) SELECT * FROM x WHERE a = 1;
WITH x AS NOT MATERIALIZED (SELECT a, count(*) AS n FROM t GROUP BY a) SELECT * FROM x, x y WHERE x.a = 1 AND y.a = 2;
WITH x AS NOT MATERIALIZED (SELECT a, b FROM t WHERE b < 50) SELECT count(*), sum(x.b - y.b) FROM x, x y WHERE x.a = 1 AND y.a = 2;
WITH x AS NOT MATERIALIZED (SELECT a, b FROM t) SELECT x.b, y.b FROM x JOIN x y ON x.a = y.a + 1 WHERE x.b < 3 AND y.b BETWEEN 10 AND 12 ORDER BY 1, 2;
WITH x AS NOT MATERIALIZED (SELECT DISTINCT a FROM t) SELECT count(*) FROM x FULL JOIN x y ON x.a = y.a + 5 WHERE x.a IS NULL OR x.a > 5;
SELECT * FROM v x, v y WHERE x.a = 1 AND y.a = 2 AND x.c = y.c ORDER BY 2;
SELECT * FROM (SELECT row_number() OVER w AS r, a FROM t WINDOW w AS (PARTITION BY a ORDER BY b)) x WHERE a = 3 AND r <= 2;
SELECT * FROM (SELECT sum(count(*)) OVER (PARTITION BY a) AS s, a FROM t GROUP BY a) x WHERE a = 3;
SELECT * FROM (SELECT sum(count(*)) OVER (PARTITION BY c) AS s, a, c FROM t GROUP BY a, c) x WHERE a = 3 ORDER BY c;
PREPARE p (int) AS SELECT * FROM v WHERE a = $1 ORDER BY c;
EXECUTE p (1);
EXECUTE p (NULL);
-- errors of rows that the condition leaves out
SELECT * FROM (SELECT a, sum(100 / (b - 1)) FROM t WHERE a IS NOT NULL GROUP BY a) s WHERE a = 2;
DROP VIEW w, v;
DROP TABLE t, u;
