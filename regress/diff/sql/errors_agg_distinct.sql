-- DISTINCT in an aggregate whose arguments are converted: ORDER BY names them as they are written.
create table sa(v varchar(5), t text, c char(3), n int, vc varchar(5) collate "C");
insert into sa values ('b','b','b',2,'b'),('a','a','a',1,'a'),('b','b','b',2,'b');
select string_agg(distinct v, ',' order by v) from sa;
select string_agg(distinct vc, ',' order by vc desc) from sa;
select string_agg(distinct c, ',' order by c) from sa;
select string_agg(distinct v::text, ',' order by v) from sa;
select string_agg(distinct v, ',' order by v::text) from sa;
select string_agg(distinct n::text, ',' order by n) from sa;
select array_agg(distinct v order by v) from sa;
select sum(distinct n order by n) from sa;
select avg(distinct n order by n::numeric) from sa;
select jsonb_agg(distinct v order by v) from sa;
select corr(distinct n, n order by n) from sa;
select string_agg(distinct v, t order by t, v) from sa;
select string_agg(distinct upper(v), ',' order by upper(v)) from sa;
select string_agg(distinct v||'x', ',' order by v||'x') from sa;
select json_object_agg(distinct v, n order by v) from sa;
