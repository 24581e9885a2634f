-- Ranges of users, functions written as statements, rows of tables as results, classes of indexes.
CREATE FUNCTION time_diff(a time, b time) RETURNS float8 IMMUTABLE RETURN extract(epoch FROM (a - b));
CREATE TYPE timerange AS RANGE (subtype = time, subtype_diff = time_diff, multirange_type_name = timeranges);
CREATE TYPE textrange AS RANGE (subtype = text, collation = "C");
CREATE TYPE level AS ENUM ('low', 'high');
CREATE TYPE levelrange AS RANGE (subtype = level);
COMMENT ON TYPE timerange IS 'part of a day';
CREATE TABLE shift (
	id int PRIMARY KEY,
	name varchar(20),
	during timerange DEFAULT timerange('08:00', '16:00'),
	breaks timeranges,
	others timerange[],
	levels levelrange,
	CHECK (NOT isempty(during))
);
CREATE INDEX shift_name ON shift (name varchar_pattern_ops DESC, (lower(name)) text_pattern_ops);
CREATE INDEX shift_c ON shift (name COLLATE "C");
INSERT INTO shift VALUES (1, 'early', '[06:00,14:00)', '{[08:00,08:15),[11:00,11:30)}', '{"[06:00,07:00)"}', '[low,high]');
INSERT INTO shift (id, name) VALUES (2, 'late');
CREATE TABLE log (at timestamp, what text);
CREATE FUNCTION shifts_at(t time) RETURNS SETOF shift STABLE BEGIN ATOMIC SELECT * FROM shift s WHERE s.during @> t; END;
CREATE FUNCTION add_shift(id int, name varchar) RETURNS int BEGIN ATOMIC
	INSERT INTO shift (id, name) VALUES (id, name), (id + 1, DEFAULT);
	INSERT INTO log (what) SELECT s.name FROM shift s WHERE s.id = add_shift.id;
	UPDATE shift SET during = timerange('06:00', '12:00'), breaks = DEFAULT FROM log l WHERE l.what = shift.name RETURNING shift.id;
END;
CREATE FUNCTION last_shift() RETURNS shift LANGUAGE sql AS 'SELECT * FROM shift ORDER BY id DESC LIMIT 1';
CREATE PROCEDURE clear_log(before timestamp) BEGIN ATOMIC DELETE FROM log WHERE at < before; INSERT INTO log VALUES (before, 'it''s
two lines; $1') ON CONFLICT DO NOTHING; END;
