-- A view with security_barrier: conditions from outside must not see the rows that it hides.
CREATE TABLE t (id int PRIMARY KEY, secret int, who text);
INSERT INTO t VALUES (1, 5, 'a'), (2, 6, 'b'), (3, 5, 'a');
CREATE VIEW b WITH (security_barrier) AS SELECT * FROM t WHERE who = 'b';
CREATE VIEW g WITH (security_barrier = true) AS SELECT secret, count(*) AS n FROM t WHERE who = 'b' GROUP BY secret;
CREATE VIEW over AS SELECT id, secret FROM b WHERE id < 10;
SELECT id FROM b WHERE 10 / (secret - 5) > 0;
SELECT n FROM g WHERE 10 / (secret - 5) > 0;
SELECT id FROM over WHERE 10 / (secret - 5) > 0;
SELECT t.id FROM t JOIN b ON b.id = t.id AND 10 / (b.secret - 5) > 0;
SELECT t.id FROM t WHERE EXISTS (SELECT 1 FROM b WHERE b.id = t.id AND 10 / (b.secret - 5) > 0);
SELECT t.id, b.id FROM t LEFT JOIN b ON b.id = t.id AND 10 / (b.secret - 5) > 0 ORDER BY 1;
SELECT id FROM b WHERE id = 2;
SELECT max(id) FROM b WHERE 10 / (secret - 5) > 0;
UPDATE b SET secret = 7 WHERE 10 / (secret - 5) > 0 RETURNING id;
DELETE FROM b WHERE 10 / (secret - 5) > 100;
ALTER VIEW b RESET (security_barrier);
SELECT id FROM b WHERE id = 2;
