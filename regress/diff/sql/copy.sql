-- COPY in text and csv, both ways.
CREATE TABLE t (id int PRIMARY KEY, s text, n numeric, b bool);
COPY t FROM STDIN;
1	one	1.5	t
2	\N	\N	f
3	tab\tnew\nback\\slash	0	\N
\.
COPY t (id, s) FROM STDIN;
4	
5	x y
\.
SELECT * FROM t ORDER BY id;
COPY (SELECT * FROM t ORDER BY id) TO STDOUT;
COPY (SELECT * FROM t ORDER BY id) TO STDOUT WITH (FORMAT csv, HEADER);
COPY (SELECT * FROM t ORDER BY id) TO STDOUT WITH (FORMAT csv, DELIMITER ';', NULL 'nil', FORCE_QUOTE (s));
COPY (SELECT id, s FROM t ORDER BY id) TO STDOUT WITH (DELIMITER '|', NULL '-');
COPY (SELECT 'a,b' AS x, 'q"q' AS y, '' AS z, NULL AS w) TO STDOUT CSV;
TRUNCATE t;
COPY t FROM STDIN WITH (FORMAT csv, HEADER);
id,s,n,b
1,"a ""quoted"", text",2.25,true
2,"two
lines",,
3,"",1,f
4,,1,f
\.
SELECT id, s, s IS NULL AS isnull, n, b FROM t ORDER BY id;
COPY t FROM STDIN;
10	ok	1	t
10	dup	1	t
\.
SELECT count(*) FROM t;
COPY t FROM STDIN;
11	short
\.
COPY t FROM STDIN;
12	x	1	t	extra
\.
COPY t FROM STDIN;
x	x	1	t
\.
COPY t FROM STDIN CSV;
1,"open
\.
COPY t (nosuch) FROM STDIN;
\.
COPY nosuch FROM STDIN;
\.
COPY t TO STDOUT (FORMAT nosuch);
COPY t FROM STDIN (DELIMITER 'ab');
COPY (SELECT nosuch) TO STDOUT;
COPY t (s, id) FROM STDIN WITH (FORMAT csv, FORCE_NULL (s), NULL 'x');
"x",20
x,21
y,22
\.
SELECT id, s FROM t WHERE id >= 20 ORDER BY id;
BEGIN;
COPY t (id) FROM STDIN;
100
101
\.
SELECT count(*) FROM t WHERE id >= 100;
ROLLBACK;
SELECT count(*) FROM t WHERE id >= 100;
CREATE TABLE forced (a int, b text, c text);
COPY (SELECT 1 AS a, 'x' AS b) TO STDOUT (FORMAT csv, FORCE_QUOTE (zz));
COPY forced TO STDOUT (FORMAT csv, FORCE_QUOTE (zz));
COPY forced (a, b) TO STDOUT (FORMAT csv, FORCE_QUOTE (c));
COPY forced (a, b) TO STDOUT (FORMAT csv, FORCE_QUOTE (b, b));
COPY (SELECT 1 AS a, 'x' AS b, 'y' AS b) TO STDOUT (FORMAT csv, FORCE_QUOTE (b));
