-- What objects keep: settings of roles and functions, collations and checks of domains, who grants.

create domain d2 as int constraint x check (value>1) constraint x check (value>2);
create domain d3 as int collate "C";
create domain d3 as text collate nosuch;
create domain d4 as text collate "de-x-icu";
create domain d5 as d4;
create domain d6 as d4 collate "C";
create table t4(a d4, b d5, c d6, d text);
insert into t4 values ('ä','ä','ä','ä'),('z','z','z','z'),('a','a','a','a'),('B','B','B','B');
select a from t4 order by a;
select b from t4 order by b;
select c from t4 order by c;
select a < d from t4;
select attname, attcollation::regcollation from pg_attribute where attrelid='t4'::regclass and attnum>0 order by attnum;
select typname, typcollation::regcollation from pg_type where typnamespace = current_schema::regnamespace and typname in ('d4','d5','d6') order by 1;
select column_name, collation_name from information_schema.columns where table_name='t4' order by ordinal_position;
create type c1 as (a int, b text); create table tc(x c1);
alter type c1 alter attribute a type bigint; alter type c1 add attribute q int; alter type c1 drop attribute b;
alter type c1 alter attribute nosuch type int;
alter sequence if exists nosuch restart; 
create role res_kept;
alter role res_kept set nosuch=1; alter role res_kept set work_mem='x'; alter role res_kept set work_mem='1MB'; alter role res_kept reset nosuch; alter role res_kept set port=5;
create function fs() returns int language sql set nosuch=1 as 'select 1'; create function fs() returns int language sql set work_mem='x' as 'select 1'; create function fs() returns int language sql set work_mem='1MB' set my.x=5 as 'select 1';
alter function fs() set nosuch=5; alter function fs() reset nosuch; alter function fs() reset work_mem; 
create procedure ps() language sql as 'select 1'; alter procedure ps() immutable; alter procedure ps() security definer; alter procedure ps() cost 5;
alter database postgres set nosuch=5; 
grant select on t4 to res_kept granted by res_kept; grant select on t4 to res_kept granted by current_user; revoke select on t4 from res_kept granted by nosuch;
drop owned by res_kept; drop role res_kept; 

