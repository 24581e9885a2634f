-- Rows through a partitioned table: COPY, ON CONFLICT, MERGE, moves, privileges, policies.
create table p (a int not null, b text, c numeric default 3 check (c > 0), g text generated always as (b || '!') stored) partition by range (a);
create table p1 partition of p for values from (0) to (10);
create table p2 (c numeric check (c < 1000), gone int, b text default 'two', a int not null, g text generated always as (b || '!') stored, constraint p_c_check check (c > 0));
alter table p2 drop column gone;
alter table p attach partition p2 for values from (10) to (20);
create table p3 partition of p for values from (20) to (40) partition by list (b);
create table p3x partition of p3 for values in ('x', null);
create table p3d partition of p3 default;
copy p from stdin;
1	one	1
11	eleven	2
21	x	3
22	y	4
23	\N	5
\.
select tableoid::regclass, * from p order by a;
copy p (b, a) from stdin with (format csv);
b,2
z,12
x,30
\.
copy p (a) from stdin;
13
\.
copy p2 (a) from stdin;
14
\.
copy p from stdin;
3	late	1
99	nowhere	1
\.
copy p from stdin;
4	bad	-1
\.
copy p from stdin;
15	big	5000
\.
copy p2 (a, b) from stdin;
5	elsewhere
\.
copy p to stdout;
copy p (a, c) to stdout with (format csv, header);
copy (select a, b, g from p order by a) to stdout;
copy p3x (a, b) to stdout;
select tableoid::regclass, * from p order by a;
insert into p (a, b) select g, 'gen' from generate_series(0, 39, 13) g returning tableoid::regclass, a, b, c, g;
insert into p (a, b) values (7, 'ok'), (40, 'not');
insert into p (a, b) values (15, 'v') returning p.*, p.tableoid::regclass, p;
insert into p2 (a) values (16) returning *;
insert into p3 (a, b) values (31, 'q') returning tableoid::regclass, a;
insert into p3 (a, b) values (5, 'q');
with moved as (update p set a = a + 10 where a < 3 returning a, b, tableoid::regclass) select * from moved order by a;
update p set b = 'x' where a = 22 returning tableoid::regclass, *;
update p3x set b = 'yy' where a = 22;
update p3 set b = 'yy' where a = 22 returning tableoid::regclass, *;
update p set a = a + 100 where a = 31;
update p1 set a = 12;
update p set a = 12 - a where a between 0 and 12 returning a, tableoid::regclass;
update p set (a, b) = (select 25, 'sub') where a = 30 returning a, b, tableoid::regclass;
update p set c = c + 1 from (values (11), (21)) v(k) where a = k returning a, c, k;
delete from p using (values (15), (16)) v(k) where a = k returning a, tableoid::regclass;
delete from p where b is null returning a, tableoid::regclass;
delete from only p;
select count(*) from only p;
select a, p.tableoid::regclass from p where tableoid = 'p2'::regclass order by a;
select tableoid::regclass, count(*) from p group by 1 order by 1;
truncate p2;
select count(*) from p;
truncate p3;
truncate only p;
truncate only p1;
truncate p;
select count(*) from p;
-- ON CONFLICT
alter table p add primary key (a, b);
create table u (id int, k int, v text, primary key (id), unique (id, k)) partition by hash (id);
create table u0 partition of u for values with (modulus 2, remainder 0);
create table u1 (v text, k int, id int not null);
alter table u attach partition u1 for values with (modulus 2, remainder 1);
insert into u select g, g, 'v' || g from generate_series(1, 6) g;
insert into u values (3, 3, 'n'), (7, 7, 'n') on conflict do nothing returning *;
insert into u values (3, 3, 'n'), (8, 8, 'n') on conflict (id) do update set v = u.v || excluded.v returning *;
insert into u values (3, 9, 'n') on conflict (id, k) do nothing;
insert into u values (3, 3, 'n') on conflict (id, k) do update set k = 30 where u.v like 'v3%' returning *;
insert into u values (3, 3, 'n') on conflict on constraint u_pkey do update set v = 'by name' returning *;
insert into u values (3, 3, 'n'), (3, 3, 'm') on conflict (id) do update set v = excluded.v;
insert into u values (4, 4, 'n') on conflict (id) do update set id = 40 returning *;
insert into u1 values ('leaf', 3, 3) on conflict (id) do update set v = excluded.v returning *;
insert into u values (1, 1, 'w') on conflict (k) do nothing;
insert into u (id, v) values (1, 'w') on conflict (id) do update set (k, v) = (excluded.id + 100, 'both') returning *;
select * from u order by id;
-- MERGE
merge into u using (values (1, 'a'), (2, 'b'), (50, 'c')) s (id, v) on u.id = s.id
    when matched and u.id = 2 then delete
    when matched then update set v = s.v, k = u.k + 1
    when not matched then insert (id, v) values (s.id, s.v);
select * from u order by id;
merge into u using (values (1), (3)) s (id) on u.id = s.id when matched then update set id = u.id + 100;
select tableoid::regclass::text in ('u0', 'u1'), * from u order by id;
merge into u1 using (values (101), (102), (103), (104)) s (id) on u1.id = s.id when matched then do nothing when not matched and s.id < 0 then insert (id) values (s.id);
merge into p using (values (1, 'm'), (35, 'n'), (77, 'o')) s (a, b) on p.a = s.a when not matched and s.a < 40 then insert (a, b) values (s.a, s.b);
select tableoid::regclass, a, b from p order by a;
merge into p using (values (1, 'm'), (35, 'n'), (77, 'o')) s (a, b) on p.a = s.a when matched then update set a = p.a + 1 when not matched then insert (a, b) values (s.a, s.b);
select tableoid::regclass, a, b from p order by a;
-- A savepoint takes moves back.
begin;
update p set a = 15 where a = 1;
savepoint s;
update p set a = 25 where a = 15;
select tableoid::regclass, a, b from p order by a;
rollback to s;
select tableoid::regclass, a, b from p order by a;
rollback;
select tableoid::regclass, a, b from p order by a;
-- Privileges are those of the table that is named.
create role part_reader;
create role part_writer;
grant usage on schema diff_partitions_rows to part_reader, part_writer;
grant select on p to part_reader;
grant insert, update, delete, select on p to part_writer;
grant select (a) on p3 to part_reader;
set role part_reader;
select count(*) from p;
select count(*) from p1;
select a from p3 order by a;
select b from p3;
insert into p (a, b) values (1, 'z');
select a from p where tableoid::text <> '' and a < 0;
set role part_writer;
insert into p (a, b) values (2, 'w') returning a;
update p set a = 12 where a = 2 returning a;
delete from p where a = 12 returning a;
insert into p1 (a, b) values (2, 'w');
truncate p;
reset role;
revoke all on p, p3 from part_reader, part_writer;
set role part_reader;
select count(*) from p;
reset role;
insert into p (a, b) values (4, 'four'), (5, 'five'), (14, 'fourteen'), (19, 'nineteen');
drop owned by part_reader, part_writer;
drop role part_reader, part_writer;
-- Statistics
analyze p;
analyze p3, u;
analyze p3x;
select relname, reltuples from pg_class where relnamespace = 'diff_partitions_rows'::regnamespace and relname in ('p', 'p1', 'p2', 'p3', 'p3x', 'p3d') order by 1;
vacuum p;
vacuum analyze u;
