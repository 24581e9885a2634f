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
	  "id:integer,a:integer,b:text,c:character varying(10),d:date,n:numeric(10,2),ts:timestamp "
	  "with time zone,f:double precision,flag:boolean,j:jsonb,arr:integer[]|" },
	{ "select t.*, u.name from t join u on u.t_id = t.id where t.a = $1 and u.name like $2",
	  "id:integer,a:integer,b:text,c:character varying(10),d:date,n:numeric(10,2),ts:timestamp "
	  "with time zone,f:double "
	  "precision,flag:boolean,j:jsonb,arr:integer[],name:text|integer,text" },
	{ "select a, count(*) from t group by a", "a:integer,count:bigint|" },
	{ "select id, b from t group by id", "id:integer,b:text|" },
	{ "select 1 + '2', '1' || 2, 'a' < 'b', now() - interval '1 day'",
	  "?column?:integer,?column?:text,?column?:boolean,?column?:timestamp with time zone|" },
	{ "insert into t (id, a) values (1, $1), ($2, default)", "|integer,integer" },
	{ "update t set a = a + 1, b = $1 where id = $2 returning *",
	  "id:integer,a:integer,b:text,c:character varying(10),d:date,n:numeric(10,2),ts:timestamp "
	  "with time zone,f:double precision,flag:boolean,j:jsonb,arr:integer[]|text,integer" },
	{ "delete from t using u where u.t_id = t.id", "|" },
	{ "select case when a > 1 then 'x' else null end, coalesce(a, 1.5), greatest(1, 2.0), "
	  "nullif(a, 1) from t",
	  "case:text,coalesce:numeric,greatest:numeric,nullif:integer|" },
	{ "select sum(a), avg(n), max(b), array_agg(a), string_agg(b, ','), count(distinct b) from "
	  "t",
	  "sum:bigint,avg:numeric,max:text,array_agg:integer[],string_agg:text,count:bigint|" },
	{ "select row_number() over (partition by a order by b), rank() over w from t window w as "
	  "(order by id)",
	  "row_number:bigint,rank:bigint|" },
	{ "with x as (select 1 as one) select one, x.* from x", "one:integer,one:integer|" },
	{ "with recursive r(n) as (select 1 union all select n + 1 from r where n < 10) select * "
	  "from r",
	  "n:integer|" },
	{ "select * from generate_series(1, 10) g(i)", "i:integer|" },
	{ "select unnest(arr), id from t", "unnest:integer,id:integer|" },
	{ "select a from t union select id from u order by 1", "a:bigint|" },
	{ "values (1, 'a'), (2.5, 'b')", "column1:numeric,column2:text|" },
	{ "select array[1,2,3], array['a','b'], arr[1], arr[1:2] from t",
	  "array:integer[],array:text[],arr:integer,arr:integer[]|" },
	{ "select exists (select 1), (select max(a) from t), a in (select id from t), a = any(arr) "
	  "from t",
	  "exists:boolean,max:integer,?column?:boolean,?column?:boolean|" },
	{ "select cast('2020-01-01' as date), '1'::int, 'x'::varchar(3), 1::text, true",
	  "date:date,int4:integer,varchar:character varying(3),text:text,?column?:boolean|" },
	{ "select extract(year from ts), ts at time zone 'utc', current_date, "
	  "current_timestamp(3), localtime from t",
	  "extract:numeric,timezone:timestamp without time "
	  "zone,current_date:date,current_timestamp:timestamp(3) with time zone,localtime:time "
	  "without time zone|" },
	{ "select j->'a', j->>'b', j #> '{a,b}', j @> '{}' from t",
	  "?column?:jsonb,?column?:text,?column?:jsonb,?column?:boolean|" },
	{ "select * from tv", "id:integer,bee:text,a1:integer|" },
	{ "select * from t left join u using (id)",
	  "id:bigint,a:integer,b:text,c:character varying(10),d:date,n:numeric(10,2),ts:timestamp "
	  "with time zone,f:double "
	  "precision,flag:boolean,j:jsonb,arr:integer[],t_id:integer,name:text,v:integer,created:"
	  "timestamp with time zone|" },
	{ "select * from t natural join u",
	  "id:bigint,a:integer,b:text,c:character varying(10),d:date,n:numeric(10,2),ts:timestamp "
	  "with time zone,f:double "
	  "precision,flag:boolean,j:jsonb,arr:integer[],t_id:integer,name:text,v:integer,created:"
	  "timestamp with time zone|" },
	{ "select m, ms, m = 'sad', m > 'ok' from e",
	  "m:mood,ms:mood[],?column?:boolean,?column?:boolean|" },
	{ "insert into t (id) select id from u returning id, a", "id:integer,a:integer|" },
	{ "insert into t (id, a) values (1, 2) on conflict (id) do update set a = excluded.a where "
	  "t.a < 5",
	  "|" },
	{ "insert into w (k) values ('a') on conflict (lower(k)) do nothing", "|" },
	{ "select distinct on (a) a, b from t order by a, b", "a:integer,b:text|" },
	{ "select count(*) filter (where a > 1) from t having count(*) > 1", "count:bigint|" },
	{ "select $1", "?column?:text|text" },
	{ "select $1::int + $2", "?column?:integer|integer,integer" },
	{ "select * from t limit $1 offset $2",
	  "id:integer,a:integer,b:text,c:character varying(10),d:date,n:numeric(10,2),ts:timestamp "
	  "with time zone,f:double precision,flag:boolean,j:jsonb,arr:integer[]|bigint,bigint" },
	{ "select substring('abc' from 2 for 1), trim(both 'x' from 'xax'), position('a' in 'ba'), "
	  "overlay('abc' placing 'x' from 1)",
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
	{ "select a is distinct from 1, a is null, flag is true from t",
	  "?column?:boolean,?column?:boolean,?column?:boolean|" },
	{ "select id, sum(a) over (order by id rows between 1 preceding and current row) from t",
	  "id:integer,sum:bigint|" },
	{ "select -a, +a, @a, a % 2, 2 ^ a, |/ f from t",
	  "?column?:integer,?column?:integer,?column?:integer,?column?:integer,?column?:double "
	  "precision,?column?:double precision|" },
	{ "select b || 'x', b || 1, 1 || b, a || b from t",
	  "?column?:text,?column?:text,?column?:text,?column?:text|" },
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
	{ "select a from t where a = $1 and b = $2 and d > $3 and ts < $4 and n = $5 and flag = $6",
	  "a:integer|integer,text,date,timestamp with time zone,numeric,boolean" },
	{ "select a from t where id in ($1, $2, $3)", "a:integer|integer,integer,integer" },
	{ "select a from t where id = any($1)", "a:integer|integer[]" },
	{ "select a from t where b like $1 || '%'", "a:integer|text" },
	{ "select coalesce($1, 1), case when $2 then $3 else 2 end",
	  "coalesce:integer,case:integer|integer,boolean,integer" },
	{ "insert into t values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
	  "|integer,integer,text,character varying,date,numeric,timestamp with time zone,double "
	  "precision,boolean,jsonb,integer[]" },
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
	  "id:integer,a:integer,b:text,c:character varying(10),d:date,n:numeric(10,2),ts:timestamp "
	  "with time zone,f:double "
	  "precision,flag:boolean,j:jsonb,arr:integer[],xmin:xid,ctid:tid|" },
	{ "with recursive r(n) as (select 1 union all (select n + 1 from r order by 1)) select 1",
	  "?column?:integer|" },
	{ "with d as (delete from t returning id) select * from d", "id:integer|" },
	{ "select * from t tablesample bernoulli (10)",
	  "id:integer,a:integer,b:text,c:character varying(10),d:date,n:numeric(10,2),ts:timestamp "
	  "with time zone,f:double precision,flag:boolean,j:jsonb,arr:integer[]|" },
	{ "select a from t limit 1 offset -1", "a:integer|" },
	{ "select a, sum(id) from t group by rollup (a, b)", "a:integer,sum:bigint|" },
	{ "select a, b, grouping(a, b) from t group by cube (a, b)",
	  "a:integer,b:text,grouping:integer|" },
	{ "select * from t for update of t nowait",
	  "id:integer,a:integer,b:text,c:character varying(10),d:date,n:numeric(10,2),ts:timestamp "
	  "with time zone,f:double precision,flag:boolean,j:jsonb,arr:integer[]|" },
	{ "select * from t, u for share of u skip locked",
	  "id:integer,a:integer,b:text,c:character varying(10),d:date,n:numeric(10,2),ts:timestamp "
	  "with time zone,f:double "
	  "precision,flag:boolean,j:jsonb,arr:integer[],id:bigint,t_id:integer,name:text,v:integer,"
	  "created:timestamp with time zone|" },
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
