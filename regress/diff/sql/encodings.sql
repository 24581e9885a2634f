-- client_encoding, and COPY's ENCODING.  This file is UTF-8; with another encoding its bytes are read as that.
CREATE TABLE t (k int PRIMARY KEY, s text, v varchar(10), j jsonb, a text[]);
INSERT INTO t VALUES (1, 'é', 'ÄÖ', '{"ü": "ß"}', '{"ñ", null}'), (2, 'plain', 'x', '[]', '{}');
CREATE TABLE "tête" ("clé" int, "prix" text);
CREATE TYPE mood AS ENUM ('gai', 'très gai');
SHOW client_encoding;
SET client_encoding = 'LATIN1';
SHOW client_encoding;
SELECT pg_client_encoding(), getdatabaseencoding();
SELECT k, s, v, j, a FROM t ORDER BY k;
SELECT s AS "é" FROM t ORDER BY k;
SELECT chr(233) || chr(255), 'très gai'::text, length('é'), octet_length('é');
SELECT enum_range(NULL::mood);
SELECT chr(8364);
SELECT chr(0x4e2d) || 'x';
SELECT 1 WHERE chr(8364) > 'a';
SELECT * FROM nosuché;
SELECT 'é'::int;
INSERT INTO t VALUES (3, 'é', 'ok', '"é"', ARRAY['é']);
SELECT k, s, octet_length(s) FROM t WHERE k = 3;
SET client_encoding = 'WIN1252';
SHOW client_encoding;
SELECT chr(8364), chr(8220), chr(233);
SELECT chr(0x151);
SET client_encoding = 'latin-9';
SHOW client_encoding;
SELECT chr(8364);
SET client_encoding = 'WIN1250';
SELECT chr(0x151);
SET client_encoding = 'WIN1251';
SELECT chr(1046), U&'\0416\0430';
SET client_encoding = 'KOI8R';
SELECT chr(1046);
SET client_encoding = 'SJIS';
SELECT chr(0x65e5) || chr(0x672c);
SET client_encoding = 'EUC_JP';
SELECT chr(0x65e5) || chr(0x672c);
SET client_encoding = 'GBK';
SELECT chr(0x4e2d);
SET client_encoding = 'BIG5';
SELECT chr(0x4e2d);
SET client_encoding = 'GB18030';
SELECT chr(0x4e2d) || chr(0x1f600);
SET client_encoding = 'UHC';
SELECT chr(0xd55c);
SET client_encoding = 'SQL_ASCII';
SELECT s FROM t WHERE k = 1;
SET client_encoding = 'nosuch';
SET client_encoding = 'unicode';
SHOW client_encoding;
SET NAMES 'latin1';
SHOW client_encoding;
BEGIN;
SET LOCAL client_encoding = 'UTF8';
SELECT s FROM t WHERE k = 1;
ROLLBACK;
SELECT s FROM t WHERE k = 1;
COPY t (k, s, v) FROM STDIN;
10	é	ü
11	ÿþ	z
\.
COPY t (k, s) TO STDOUT;
COPY (SELECT chr(8364)) TO STDOUT;
RESET client_encoding;
SELECT k, s, v FROM t WHERE k >= 10 ORDER BY k;
COPY t (k, s) FROM STDIN WITH (ENCODING 'LATIN1');
20	é
\.
COPY t (k, s) FROM STDIN WITH (FORMAT csv, ENCODING 'win1252');
21,"€"
\.
COPY t (k, s) FROM STDIN WITH (ENCODING 'SJIS');
22	plain
\.
SELECT k, s FROM t WHERE k >= 20 ORDER BY k;
COPY (SELECT s FROM t WHERE k = 1) TO STDOUT WITH (ENCODING 'LATIN1');
COPY (SELECT s, v FROM t WHERE k = 1) TO STDOUT WITH (FORMAT csv, HEADER, ENCODING 'WIN1252');
COPY (SELECT chr(8364)) TO STDOUT WITH (ENCODING 'LATIN1');
COPY (SELECT chr(1046)) TO STDOUT WITH (ENCODING 'KOI8R');
COPY t (k, s) FROM STDIN WITH (ENCODING 'nosuch');
COPY t (k, s) TO STDOUT WITH (ENCODING 'nosuch');
COPY t (k, s) FROM STDIN WITH (ENCODING 'EUC_JP');
30	é
\.
