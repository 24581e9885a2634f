/* test_bind.c - names and types of result columns, and inferred types of parameters.
 *
 * Source of the expectations: PostgreSQL 15 (PREPARE and Describe of the same statements on the
 * same schema). */
#include "config.h"
#include "regress/unit/bindschema.h"

static const struct {
	const char *sql, *answer;
} cases[] = {
	{ "select 1", "?column?:integer|" },
	{ "select * from t",
	  "id:integer,a:integer,b:text,c:character varying(10),d:date,n:numeric(10,2),ts:timest"
	  "amp with time zone,f:double precision,flag:boolean,j:jsonb,arr:integer[]|" },
	{ "select t.*, u.name from t join u on u.t_id = t.id where t.a = $1 and u.name "
	  "like $2",
	  "id:integer,a:integer,b:text,c:character varying(10),d:date,n:numeric(10,2),ts:timest"
	  "amp with time zone,f:double precision,flag:boolean,j:jsonb,arr:integer[],name:text|i"
	  "nteger,text" },
	{ "select a, count(*) from t group by a", "a:integer,count:bigint|" },
	{ "select id, b from t group by id", "id:integer,b:text|" },
	{ "select 1 + '2', '1' || 2, 'a' < 'b', now() - interval '1 day'",
	  "?column?:integer,?column?:text,?column?:boolean,?column?:timestamp with "
	  "time zone|" },
	{ "insert into t (id, a) values (1, $1), ($2, default)", "|integer,integer" },
	{ "update t set a = a + 1, b = $1 where id = $2 returning *",
	  "id:integer,a:integer,b:text,c:character varying(10),d:date,n:numeric(10,2),ts:timest"
	  "amp with time zone,f:double precision,flag:boolean,j:jsonb,arr:integer[]|text,intege"
	  "r" },
	{ "delete from t using u where u.t_id = t.id", "|" },
	{ "select case when a > 1 then 'x' else null end, coalesce(a, 1.5), greatest(1, "
	  "2.0), nullif(a, 1) from t",
	  "case:text,coalesce:numeric,greatest:numeric,nullif:integer|" },
	{ "select sum(a), avg(n), max(b), array_agg(a), string_agg(b, ','), count(distinct "
	  "b) from t",
	  "sum:bigint,avg:numeric,max:text,array_agg:integer[],string_agg:text,count:bigint|" },
	{ "select row_number() over (partition by a order by b), rank() over w from "
	  "t window w as (order by id)",
	  "row_number:bigint,rank:bigint|" },
	{ "with x as (select 1 as one) select one, x.* from x", "one:integer,one:integer|" },
	{ "with recursive r(n) as (select 1 union all select n + 1 from r where n < "
	  "10) select * from r",
	  "n:integer|" },
	{ "select * from generate_series(1, 10) g(i)", "i:integer|" },
	{ "select unnest(arr), id from t", "unnest:integer,id:integer|" },
	{ "select a from t union select id from u order by 1", "a:bigint|" },
	{ "values (1, 'a'), (2.5, 'b')", "column1:numeric,column2:text|" },
	{ "select array[1,2,3], array['a','b'], arr[1], arr[1:2] from t",
	  "array:integer[],array:text[],arr:integer,arr:integer[]|" },
	{ "select exists (select 1), (select max(a) from t), a in (select id from t), "
	  "a = any(arr) from t",
	  "exists:boolean,max:integer,?column?:boolean,?column?:boolean|" },
	{ "select cast('2020-01-01' as date), '1'::int, 'x'::varchar(3), 1::text, true",
	  "date:date,int4:integer,varchar:character varying(3),text:text,?column?:boolean|" },
	{ "select extract(year from ts), ts at time zone 'utc', current_date, current_timestamp"
	  "(3), localtime from t",
	  "extract:numeric,timezone:timestamp without time zone,current_date:date,current_times"
	  "tamp:timestamp(3) with time zone,localtime:time without time zone|" },
	{ "select j->'a', j->>'b', j #> '{a,b}', j @> '{}' from t",
	  "?column?:jsonb,?column?:text,?column?:jsonb,?column?:boolean|" },
	{ "select * from tv", "id:integer,bee:text,a1:integer|" },
	{ "select * from t left join u using (id)",
	  "id:bigint,a:integer,b:text,c:character varying(10),d:date,n:numeric(10,2),ts:timesta"
	  "mp with time zone,f:double precision,flag:boolean,j:jsonb,arr:integer[],t_id:integer"
	  ",name:text,v:integer,created:timestamp with time zone|" },
	{ "select * from t natural join u",
	  "id:bigint,a:integer,b:text,c:character varying(10),d:date,n:numeric(10,2),ts:timesta"
	  "mp with time zone,f:double precision,flag:boolean,j:jsonb,arr:integer[],t_id:integer"
	  ",name:text,v:integer,created:timestamp with time zone|" },
	{ "select m, ms, m = 'sad', m > 'ok' from e",
	  "m:mood,ms:mood[],?column?:boolean,?column?:boolean|" },
	{ "insert into t (id) select id from u returning id, a", "id:integer,a:integer|" },
	{ "insert into t (id, a) values (1, 2) on conflict (id) do update set a = excluded.a "
	  "where t.a < 5",
	  "|" },
	{ "insert into w (k) values ('a') on conflict (lower(k)) do nothing", "|" },
	{ "select distinct on (a) a, b from t order by a, b", "a:integer,b:text|" },
	{ "select count(*) filter (where a > 1) from t having count(*) > 1", "count:bigint|" },
	{ "select $1", "?column?:text|text" },
	{ "select $1::int + $2", "?column?:integer|integer,integer" },
	{ "select * from t limit $1 offset $2",
	  "id:integer,a:integer,b:text,c:character varying(10),d:date,n:numeric(10,2),ts:timest"
	  "amp with time zone,f:double precision,flag:boolean,j:jsonb,arr:integer[]|bigint,bigi"
	  "nt" },
	{ "select substring('abc' from 2 for 1), trim(both 'x' from 'xax'), position('a' "
	  "in 'ba'), overlay('abc' placing 'x' from 1)",
	  "substring:text,btrim:text,position:integer,overlay:text|" },
	{ "select percentile_cont(0.5) within group (order by a) from t",
	  "percentile_cont:double precision|" },
	{ "select a from t for update", "a:integer|" },
	{ "select * from (select 1 as a) s, lateral (select s.a + 1 as b) l",
	  "a:integer,b:integer|" },
	{ "select s.* from (values (1,'a')) s(x,y)", "x:integer,y:text|" },
	{ "select t from t", "t:t|" },
	{ "select (home).street, home from pers", "street:text,home:addr|" },
	{ "select row(1,2), row(1,2) = row(1,3), (1,2) < (3,4)",
	  "row:record,?column?:boolean,?column?:boolean|" },
	{ "select a between 1 and 2, a not in (1,2), b ilike 'x%', b similar to 'x' "
	  "from t",
	  "?column?:boolean,?column?:boolean,?column?:boolean,?column?:boolean|" },
	{ "select a is distinct from 1, a is null, flag is true from t",
	  "?column?:boolean,?column?:boolean,?column?:boolean|" },
	{ "select id, sum(a) over (order by id rows between 1 preceding and current "
	  "row) from t",
	  "id:integer,sum:bigint|" },
	{ "select -a, +a, @a, a % 2, 2 ^ a, |/ f from t",
	  "?column?:integer,?column?:integer,?column?:integer,?column?:integer,?column?:double "
	  "precision,?column?:double precision|" },
	{ "select b || 'x', b || 1, 1 || b, a || b from t",
	  "?column?:text,?column?:text,?column?:text,?column?:text|" },
	{ "select to_char(ts, 'YYYY'), date_trunc('day', ts), age(ts), round(n, 1), "
	  "round(f) from t",
	  "to_char:text,date_trunc:timestamp with time zone,age:interval,round:numeric,round:do"
	  "uble precision|" },
	{ "select t.id from t natural join u", "id:integer|" },
	{ "select a from t intersect select 1 except select 2 order by 1 limit 1", "a:integer|" },
	{ "(select a from t order by 1 limit 1) union all (select id from u)", "a:bigint|" },
	{ "select (1, 2) in (select 1, 2)", "?column?:boolean|" },
	{ "select array(select 1)", "array:integer[]|" },
	{ "select array[]::int[]", "array:integer[]|" },
	{ "select array[[1,2],[3,4]]", "array:integer[]|" },
	{ "select '{1,2}'::int[]", "int4:integer[]|" },
	{ "select 1 = '1', 1 = 1.5, 'a' = 'b', date '2020-01-01' = '2020-01-01'",
	  "?column?:boolean,?column?:boolean,?column?:boolean,?column?:boolean|" },
	{ "select '1' + 2", "?column?:integer|" },
	{ "select null + 1, null = null, null || 'a'",
	  "?column?:integer,?column?:boolean,?column?:text|" },
	{ "select a from t where a = $1 and b = $2 and d > $3 and ts < $4 and n = $5 "
	  "and flag = $6",
	  "a:integer|integer,text,date,timestamp with time zone,numeric,boolean" },
	{ "select a from t where id in ($1, $2, $3)", "a:integer|integer,integer,integer" },
	{ "select a from t where id = any($1)", "a:integer|integer[]" },
	{ "select a from t where b like $1 || '%'", "a:integer|text" },
	{ "select coalesce($1, 1), case when $2 then $3 else 2 end",
	  "coalesce:integer,case:integer|integer,boolean,integer" },
	{ "insert into t values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
	  "|integer,integer,text,character varying,date,numeric,timestamp with time "
	  "zone,double precision,boolean,jsonb,integer[]" },
	{ "insert into t (id, b) values ($1, $2) returning id", "id:integer|integer,text" },
	{ "insert into t (id) select $1", "|integer" },
	{ "insert into t (id, a) select $1, $2 from u", "|integer,integer" },
	{ "update t set (a, b) = ($1, $2)", "|integer,text" },
	{ "update t set (a, b) = (select 1, 'x')", "|" },
	{ "update t set a = u.v from u where u.t_id = t.id", "|" },
	{ "insert into t (id) values (default)", "|" },
	{ "insert into t default values", "|" },
	{ "insert into ident (id) overriding system value values (1)", "|" },
	{ "insert into u (name) values ('x') on conflict (name) where v > 0 do nothing", "|" },
	{ "insert into t (id) values (1) returning *, xmin, ctid",
	  "id:integer,a:integer,b:text,c:character varying(10),d:date,n:numeric(10,2),ts:timest"
	  "amp with time zone,f:double precision,flag:boolean,j:jsonb,arr:integer[],xmin:xid,ct"
	  "id:tid|" },
	{ "with recursive r(n) as (select 1 union all (select n + 1 from r order by "
	  "1)) select 1",
	  "?column?:integer|" },
	{ "with d as (delete from t returning id) select * from d", "id:integer|" },
	{ "select * from t tablesample bernoulli (10)",
	  "id:integer,a:integer,b:text,c:character varying(10),d:date,n:numeric(10,2),ts:timest"
	  "amp with time zone,f:double precision,flag:boolean,j:jsonb,arr:integer[]|" },
	{ "select a from t limit 1 offset -1", "a:integer|" },
	{ "select a, sum(id) from t group by rollup (a, b)", "a:integer,sum:bigint|" },
	{ "select a, b, grouping(a, b) from t group by cube (a, b)",
	  "a:integer,b:text,grouping:integer|" },
	{ "select * from t for update of t nowait",
	  "id:integer,a:integer,b:text,c:character varying(10),d:date,n:numeric(10,2),ts:timest"
	  "amp with time zone,f:double precision,flag:boolean,j:jsonb,arr:integer[]|" },
	{ "select * from t, u for share of u skip locked",
	  "id:integer,a:integer,b:text,c:character varying(10),d:date,n:numeric(10,2),ts:timest"
	  "amp with time zone,f:double precision,flag:boolean,j:jsonb,arr:integer[],id:bigint,t"
	  "_id:integer,name:text,v:integer,created:timestamp with time zone|" },
	{ "select make_interval(days => 3), make_interval(1, 2, secs => 5)",
	  "make_interval:interval,make_interval:interval|" },
	{ "select concat('a', 1, null), concat_ws(',', 'a', 1), format('%s %I', 'a', "
	  "'b')",
	  "concat:text,concat_ws:text,format:text|" },
	{ "select concat(variadic array['a','b']), format('%s', variadic array['a'])",
	  "concat:text,format:text|" },
	{ "select json_build_object('a', 1, 'b', t.id) from t", "json_build_object:json|" },
	{ "select json_extract_path('{\"a\":{\"b\":1}}'::json, 'a', 'b'), jsonb_extract_path_te"
	  "xt('{\"a\":1}', variadic array['a'])",
	  "json_extract_path:json,jsonb_extract_path_text:text|" },
	{ "select jsonb_set('{\"a\":1}', '{a}', '2'), jsonb_set('{\"a\":1}', '{b}', "
	  "'2', true), jsonb_insert('{\"a\":[1]}', '{a,0}', '0')",
	  "jsonb_set:jsonb,jsonb_set:jsonb,jsonb_insert:jsonb|" },
	{ "select string_agg(b, ',' order by a desc, id), string_agg(distinct b, ',' "
	  "order by b) from t",
	  "string_agg:text,string_agg:text|" },
	{ "select array_agg(a order by a) filter (where a > 0), json_object_agg(b, "
	  "a) from t",
	  "array_agg:integer[],json_object_agg:json|" },
	{ "select array_agg(arr) from t", "array_agg:integer[]|" },
	{ "select sum(1) over (partition by a), count(*) over w, first_value(b) over "
	  "(w order by id) from t window w as (partition by a)",
	  "sum:bigint,count:bigint,first_value:text|" },
	{ "select lag(a) over (order by id), lag(a, 2) over (order by id), lag(a, 2, "
	  "0) over (order by id), nth_value(b, 2) over (order by id) from t",
	  "lag:integer,lag:integer,lag:integer,nth_value:text|" },
	{ "select rank(1) within group (order by a) from t", "rank:bigint|" },
	{ "select percentile_cont(array[0.25,0.75]) within group (order by a), mode() "
	  "within group (order by b), percentile_disc(0.5) within group (order by b) "
	  "from t",
	  "percentile_cont:double precision[],mode:text,percentile_disc:text|" },
	{ "select rank() over (order by a range between 1 preceding and 1 following) "
	  "from t",
	  "rank:bigint|" },
	{ "select sum(a) over (order by d range between interval '1 day' preceding "
	  "and current row) from t",
	  "sum:bigint|" },
	{ "select sum(a) over (order by a groups 1 preceding) from t", "sum:bigint|" },
	{ "select * from generate_series(1, 3) with ordinality",
	  "generate_series:integer,ordinality:bigint|" },
	{ "select * from rows from (generate_series(1,2), unnest(array['a','b','c'])) "
	  "as x(a, b)",
	  "a:integer,b:text|" },
	{ "select * from unnest(array[1,2], array['x','y']) as x(a, b)", "a:integer,b:text|" },
	{ "select t.id, x.* from t, unnest(t.arr) x", "id:integer,x:integer|" },
	{ "select t.id, x from t cross join lateral unnest(t.arr) with ordinality as "
	  "x(v, n)",
	  "id:integer,x:record|" },
	{ "select * from jsonb_each('{\"a\":1}'), jsonb_array_elements('[1]') e, jsonb_object_k"
	  "eys('{\"b\":1}') k",
	  "key:text,value:jsonb,value:jsonb,k:text|" },
	{ "select * from json_to_recordset('[]') as x(a int, b text)", "a:integer,b:text|" },
	{ "select * from now() n, current_date d, coalesce(1, 2) c",
	  "n:timestamp with time zone,d:date,c:integer|" },
	{ "select * from pg_get_keywords()",
	  "word:text,catcode:\"char\",barelabel:boolean,catdesc:text,baredesc:text|" },
	{ "select generate_series(1, 3) + 1, unnest(array[1,2])",
	  "?column?:integer,unnest:integer|" },
	{ "select a from t order by generate_series(1,2)", "a:integer|" },
	{ "select * from t where a in (select unnest(arr))",
	  "id:integer,a:integer,b:text,c:character varying(10),d:date,n:numeric(10,2),ts:timest"
	  "amp with time zone,f:double precision,flag:boolean,j:jsonb,arr:integer[]|" },
	{ "insert into t(id) values (generate_series(1,2))", "|" },
	{ "insert into t(id) select generate_series(1,2)", "|" },
	{ "select (t.*).a from t", "a:integer|" },
	{ "select (array[1,2])[1], (array[[1,2],[3,4]])[1][2], ('{1,2}'::int[])[1:1]",
	  "array:integer,array:integer,int4:integer[]|" },
	{ "select j['a'], j['a'][0], j[0] from t", "j:jsonb,j:jsonb,j:jsonb|" },
	{ "select (row(1,'a')).f1", "f1:integer|" },
	{ "select ((1, 2)).f2", "f2:integer|" },
	{ "select row(t.*) from t", "row:record|" },
	{ "select row(1, 2) = (select 1, 2), row(1, 2) in (select 1, 2), (1, 2) = any "
	  "(select 1, 2)",
	  "?column?:boolean,?column?:boolean,?column?:boolean|" },
	{ "select (1, 2) is null, row() is null", "?column?:boolean,?column?:boolean|" },
	{ "select (1, 'a') < (2, 'b'), (1, 2, 3) between (1, 1, 1) and (2, 2, 2)",
	  "?column?:boolean,?column?:boolean|" },
	{ "select * from t where (a, b) = (1, 'x') and (a, id) in ((1, 2), (3, 4))",
	  "id:integer,a:integer,b:text,c:character varying(10),d:date,n:numeric(10,2),ts:timest"
	  "amp with time zone,f:double precision,flag:boolean,j:jsonb,arr:integer[]|" },
	{ "select a = all (select id from t), a <> all (array[1,2]), a > any ('{1,2}') "
	  "from t",
	  "?column?:boolean,?column?:boolean,?column?:boolean|" },
	{ "select b like any (array['a%', 'b%']), b not ilike all (array['x']) from "
	  "t",
	  "?column?:boolean,?column?:boolean|" },
	{ "select interval '1' year, interval '1-2' year to month, interval '1 day "
	  "2 hours' day to hour, interval(2) '1.234 s'",
	  "interval:interval year,interval:interval year to month,interval:interval "
	  "day to hour,interval:interval(2)|" },
	{ "select timestamp(0) '2020-01-01 00:00:00.6', time(2) '1:2:3.456', timestamp "
	  "with time zone '2020-01-01 00:00+00'",
	  "timestamp:timestamp(0) without time zone,time:time(2) without time zone,timestamptz:"
	  "timestamp with time zone|" },
	{ "select U&'d\\0061t\\+000061', e'a\\nb\\x41', $$x'y$$, $a$b$a$",
	  "?column?:text,?column?:text,?column?:text,?column?:text|" },
	{ "select cast(a as text), a::text::int::numeric(5,1), cast('{}' as jsonb), "
	  "cast(null as int) from t",
	  "a:text,a:numeric(5,1),jsonb:jsonb,int4:integer|" },
	{ "select pg_typeof(1), pg_typeof('x'), pg_typeof(null), pg_typeof($1::int)",
	  "pg_typeof:regtype,pg_typeof:regtype,pg_typeof:regtype,pg_typeof:regtype|integer" },
	{ "select current_role, current_user, session_user, user, current_catalog, "
	  "current_schema, localtimestamp, localtime(1)",
	  "current_role:name,current_user:name,session_user:name,user:name,current_catalog:name"
	  ",current_schema:name,localtimestamp:timestamp without time zone,localtime:time(1) "
	  "without time zone|" },
	{ "select exists (select from t), not exists (select 1 from t where false)",
	  "exists:boolean,?column?:boolean|" },
	{ "select t1.id from t t1 left join t t2 on t1.id = t2.id right join u on true "
	  "full join w on w.y = u.id cross join e",
	  "id:integer|" },
	{ "select * from (t t1 join t t2 using (id)) j",
	  "id:integer,a:integer,b:text,c:character varying(10),d:date,n:numeric(10,2),ts:timest"
	  "amp with time zone,f:double precision,flag:boolean,j:jsonb,arr:integer[],a:integer,b"
	  ":text,c:character varying(10),d:date,n:numeric(10,2),ts:timestamp with time "
	  "zone,f:double precision,flag:boolean,j:jsonb,arr:integer[]|" },
	{ "select j.id from (t t1 join t t2 using (id)) j", "id:integer|" },
	{ "select * from t t1 join t t2 using (id) as j where j.id = 1",
	  "id:integer,a:integer,b:text,c:character varying(10),d:date,n:numeric(10,2),ts:timest"
	  "amp with time zone,f:double precision,flag:boolean,j:jsonb,arr:integer[],a:integer,b"
	  ":text,c:character varying(10),d:date,n:numeric(10,2),ts:timestamp with time "
	  "zone,f:double precision,flag:boolean,j:jsonb,arr:integer[]|" },
	{ "select id from t t1 join t t2 using (id) where t1.id = t2.id", "id:integer|" },
	{ "select * from t natural left join u",
	  "id:bigint,a:integer,b:text,c:character varying(10),d:date,n:numeric(10,2),ts:timesta"
	  "mp with time zone,f:double precision,flag:boolean,j:jsonb,arr:integer[],t_id:integer"
	  ",name:text,v:integer,created:timestamp with time zone|" },
	{ "select * from t natural join w",
	  "id:integer,a:integer,b:text,c:character varying(10),d:date,n:numeric(10,2),ts:timest"
	  "amp with time zone,f:double precision,flag:boolean,j:jsonb,arr:integer[],k:text,x:sm"
	  "allint,y:bigint,z:real,ch:character(3),iv:interval,uid:uuid|" },
	{ "select * from t a, lateral (select * from u where u.t_id = a.id) b",
	  "id:integer,a:integer,b:text,c:character varying(10),d:date,n:numeric(10,2),ts:timest"
	  "amp with time zone,f:double precision,flag:boolean,j:jsonb,arr:integer[],id:bigint,t"
	  "_id:integer,name:text,v:integer,created:timestamp with time zone|" },
	{ "select * from t a left join lateral (select a.id as x) b on true",
	  "id:integer,a:integer,b:text,c:character varying(10),d:date,n:numeric(10,2),ts:timest"
	  "amp with time zone,f:double precision,flag:boolean,j:jsonb,arr:integer[],x:integer|" },
	{ "select * from (select 1 as a, 2 as a) x", "a:integer,a:integer|" },
	{ "select * from (values (1, 2), (3, 4)) as v(a)", "a:integer,column2:integer|" },
	{ "select 1 as a union all select 2 as b order by a", "a:integer|" },
	{ "select 1 union select 2 union all select 3 intersect select 4 except select "
	  "5",
	  "?column?:integer|" },
	{ "select null union select 1", "?column?:integer|" },
	{ "select null union select null", "?column?:text|" },
	{ "select 'a' union select 'b'", "?column?:text|" },
	{ "(select 1) union (select null) order by 1", "?column?:integer|" },
	{ "select a from t union select n from t", "a:numeric|" },
	{ "select c from t union select b from t", "c:character varying|" },
	{ "select '1' union all select 2", "?column?:integer|" },
	{ "(select 1 limit 1) union (select 2 offset 1) limit 1", "?column?:integer|" },
	{ "with x(a) as (values (1), (2)) select * from x, x y where x.a < y.a",
	  "a:integer,a:integer|" },
	{ "with x as materialized (select 1), y as not materialized (select * from "
	  "x) select * from y",
	  "?column?:integer|" },
	{ "with recursive x(n, s) as (values (1, 'a'::text) union select n + 1, s || "
	  "'b' from x where n < 3) select * from x",
	  "n:integer,s:text|" },
	{ "with recursive x as (select 1 as n union all (select n + 1 from x where "
	  "n < 3)) select * from x",
	  "n:integer|" },
	{ "with recursive x(n) as (select 1 union all select n from (select n from "
	  "x) y) select * from x",
	  "n:integer|" },
	{ "with x as (insert into t(id) values (1) returning id) insert into u(t_id) "
	  "select id from x",
	  "|" },
	{ "with x as (update t set a = 1 returning *) select count(*) from x", "count:bigint|" },
	{ "select * from t where id = $1::int and a > $2 and b ilike $3 and d between "
	  "$4 and $5 and arr @> $6 and j @> $7",
	  "id:integer,a:integer,b:text,c:character varying(10),d:date,n:numeric(10,2),ts:timest"
	  "amp with time zone,f:double precision,flag:boolean,j:jsonb,arr:integer[]|integer,int"
	  "eger,text,date,date,integer[],jsonb" },
	{ "insert into t(id, a, d, j, arr) values ($1, $2 + 1, $3, $4, $5) on conflict "
	  "(id) do update set a = $6, b = $7",
	  "|integer,integer,date,jsonb,integer[],integer,text" },
	{ "select $1 = any($2::int[]), $3 in ('a', 'b'), case when $4 = 1 then $5 else "
	  "'y' end",
	  "?column?:boolean,?column?:boolean,case:text|integer,integer[],text,integer,text" },
	{ "select sum($1::int), lower($2), substr($3, $4), extract(year from $5::date), "
	  "$6::date + $7::int",
	  "sum:bigint,lower:text,substr:text,extract:numeric,?column?:date|integer,text,text,in"
	  "teger,date,date,integer" },
	{ "select a from t limit $1 offset $2", "a:integer|bigint,bigint" },
	{ "delete from t where id = any($1)", "|integer[]" },
	{ "update t set a = $1, b = $2, d = coalesce($3, d) where id = $4",
	  "|integer,text,date,integer" },
};

/* "name:type,name:type|parameter,parameter" */
static const char *
describe(const struct fake_env *f, const struct statement *st)
{
	struct strbuf s;
	const char *sep = "";

	strbuf_init(&s, f->env.arena);
	strbuf_puts(&s, "");
	const struct query *q = st->kind == STMT_QUERY ? st->query : NULL;
	for (int i = 0; q != NULL && (q->kind == QUERY_SELECT || q->returning) && i < q->targets.n;
	     i++) {
		const struct target *t = LIST_AT(struct target, &q->targets, i);

		if (t->hidden)
			continue;
		strbuf_printf(&s, "%s%s:", sep, t->name);
		type_format(t->expr->type, t->expr->typmod, &s);
		sep = ",";
	}
	strbuf_putc(&s, '|');
	for (int i = 0; i < f->env.nparams; i++) {
		strbuf_puts(&s, i > 0 ? "," : "");
		type_format(catalog_type(NULL, f->env.param_types[i]), -1, &s);
	}
	return s.data;
}

int
main(void)
{
	bind_schema_make();
	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a = { 0 };
		struct fake_env f;
		struct statement *st;
		struct err e = { 0 };

		fake_env_init(&f, &a, true);
		int rc = fake_bind(&f, cases[i].sql, &st, &e);
		is_str(cases[i].answer, rc == ERR_OK ? describe(&f, st) : e.message, "%s",
		       cases[i].sql);
		arena_done(&a);
	}
	return tap_done();
}
