/* test_deparse.c - queries and column expressions back to text.
 *
 * Source of the expectations: PostgreSQL 15's pg_get_viewdef, pg_get_expr, pg_get_constraintdef.
 * Every text must also bind again to a tree with the same text. */
#include "config.h"
#include "regress/unit/bindschema.h"

static const struct { const char *sql, *text; } cases[] = {
	{ "select 1 as a, 'x' as b, null as c, 1.5 as d, -1 as e, true as f, 'a'::varchar(3) "
	  "as g",
	  " SELECT 1 AS a,\n"
	  "    'x'::text AS b,\n"
	  "    NULL::text AS c,\n"
	  "    1.5 AS d,\n"
	  "    '-1'::integer AS e,\n"
	  "    true AS f,\n"
	  "    'a'::character varying(3) AS g;" },
	{ "select id, a, b from t where a > 0 and b = 'x' or d is null",
	  " SELECT t.id,\n"
	  "    t.a,\n"
	  "    t.b\n"
	  "   FROM t\n"
	  "  WHERE (((t.a > 0) AND (t.b = 'x'::text)) OR (t.d IS NULL));" },
	{ "select t.id, u.name as n from t join u on u.t_id = t.id where u.v in (1,2,3)",
	  " SELECT t.id,\n"
	  "    u.name AS n\n"
	  "   FROM (t\n"
	  "     JOIN u ON ((u.t_id = t.id)))\n"
	  "  WHERE (u.v = ANY (ARRAY[1, 2, 3]));" },
	{ "select a, count(*) as n, sum(id) from t group by a having count(*) > 1 order "
	  "by count(*) desc, a limit 10 offset 5",
	  " SELECT t.a,\n"
	  "    count(*) AS n,\n"
	  "    sum(t.id) AS sum\n"
	  "   FROM t\n"
	  "  GROUP BY t.a\n"
	  " HAVING (count(*) > 1)\n"
	  "  ORDER BY (count(*)) DESC, t.a\n"
	  " OFFSET 5\n"
	  " LIMIT 10;" },
	{ "select distinct b from t",
	  " SELECT DISTINCT t.b\n"
	  "   FROM t;" },
	{ "select case when a > 1 then 'x' when a < 0 then 'y' else b end as r, case "
	  "a when 1 then 'one' end as z from t",
	  " SELECT\n"
	  "        CASE\n"
	  "            WHEN (t.a > 1) THEN 'x'::text\n"
	  "            WHEN (t.a < 0) THEN 'y'::text\n"
	  "            ELSE t.b\n"
	  "        END AS r,\n"
	  "        CASE t.a\n"
	  "            WHEN 1 THEN 'one'::text\n"
	  "            ELSE NULL::text\n"
	  "        END AS z\n"
	  "   FROM t;" },
	{ "select coalesce(a, 0) + 1 as x, nullif(a, 1) as y, greatest(a, id) as z "
	  "from t",
	  " SELECT (COALESCE(t.a, 0) + 1) AS x,\n"
	  "    NULLIF(t.a, 1) AS y,\n"
	  "    GREATEST(t.a, t.id) AS z\n"
	  "   FROM t;" },
	{ "select upper(b) || 'x' as u, substring(b from 1 for 2) as s, extract(year "
	  "from ts) as e, position('a' in b) as p, trim(b) as tr, ts at time zone 'utc' "
	  "as tz from t",
	  " SELECT (upper(t.b) || 'x'::text) AS u,\n"
	  "    SUBSTRING(t.b FROM 1 FOR 2) AS s,\n"
	  "    EXTRACT(year FROM t.ts) AS e,\n"
	  "    POSITION(('a'::text) IN (t.b)) AS p,\n"
	  "    TRIM(BOTH FROM t.b) AS tr,\n"
	  "    (t.ts AT TIME ZONE 'utc'::text) AS tz\n"
	  "   FROM t;" },
	{ "select (select max(v) from u where u.t_id = t.id) as m, exists (select 1 "
	  "from u where u.t_id = t.id) as ex from t",
	  " SELECT ( SELECT max(u.v) AS max\n"
	  "           FROM u\n"
	  "          WHERE (u.t_id = t.id)) AS m,\n"
	  "    (EXISTS ( SELECT 1\n"
	  "           FROM u\n"
	  "          WHERE (u.t_id = t.id))) AS ex\n"
	  "   FROM t;" },
	{ "select a from t where a in (select v from u) and a not in (1, 2) and b like "
	  "'x%' and not flag",
	  " SELECT t.a\n"
	  "   FROM t\n"
	  "  WHERE ((t.a IN ( SELECT u.v\n"
	  "           FROM u)) AND (t.a <> ALL (ARRAY[1, 2])) AND (t.b ~~ 'x%'::text) "
	  "AND (NOT t.flag));" },
	{ "select row_number() over (partition by a order by b desc) as rn, sum(a) "
	  "over (order by id rows between 1 preceding and current row) as s from t",
	  " SELECT row_number() OVER (PARTITION BY t.a ORDER BY t.b DESC) AS rn,\n"
	  "    sum(t.a) OVER (ORDER BY t.id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) "
	  "AS s\n"
	  "   FROM t;" },
	{ "select * from (select id, a from t where a > 1) s",
	  " SELECT s.id,\n"
	  "    s.a\n"
	  "   FROM ( SELECT t.id,\n"
	  "            t.a\n"
	  "           FROM t\n"
	  "          WHERE (t.a > 1)) s;" },
	{ "select s.x, s.y from (values (1, 'a'), (2, 'b')) s(x, y)",
	  " SELECT s.x,\n"
	  "    s.y\n"
	  "   FROM ( VALUES (1,'a'::text), (2,'b'::text)) s(x, y);" },
	{ "select g.i from generate_series(1, 10) g(i)",
	  " SELECT g.i\n"
	  "   FROM generate_series(1, 10) g(i);" },
	{ "with x as (select id from t) select x.id from x",
	  " WITH x AS (\n"
	  "         SELECT t.id\n"
	  "           FROM t\n"
	  "        )\n"
	  " SELECT x.id\n"
	  "   FROM x;" },
	{ "select a from t union all select v from u order by 1",
	  " SELECT t.a\n"
	  "   FROM t\n"
	  "UNION ALL\n"
	  " SELECT u.v AS a\n"
	  "   FROM u\n"
	  "  ORDER BY 1;" },
	{ "select array[1,2,a] as arr, arr[1] as e, arr[1:2] as s from t",
	  " SELECT ARRAY[1, 2, t.a] AS arr,\n"
	  "    t.arr[1] AS e,\n"
	  "    t.arr[1:2] AS s\n"
	  "   FROM t;" },
	{ "select current_date as d, now() as n, current_timestamp as c",
	  " SELECT CURRENT_DATE AS d,\n"
	  "    now() AS n,\n"
	  "    CURRENT_TIMESTAMP AS c;" },
	{ "select a::text as t, b::varchar(5) as v, a::numeric(10,2) as n, '2020-01-01'::date "
	  "as d, b::int as i from t",
	  " SELECT (t.a)::text AS t,\n"
	  "    (t.b)::character varying(5) AS v,\n"
	  "    (t.a)::numeric(10,2) AS n,\n"
	  "    '2020-01-01'::date AS d,\n"
	  "    (t.b)::integer AS i\n"
	  "   FROM t;" },
	{ "select a between 1 and 2 as bt, a is distinct from 1 as df, a = any(arr) "
	  "as an, (a, id) < (1, 2) as rc from t",
	  " SELECT ((t.a >= 1) AND (t.a <= 2)) AS bt,\n"
	  "    (t.a IS DISTINCT FROM 1) AS df,\n"
	  "    (t.a = ANY (t.arr)) AS an,\n"
	  "    (ROW(t.a, t.id) < ROW(1, 2)) AS rc\n"
	  "   FROM t;" },
	{ "select string_agg(b, ',' order by id) as s, count(distinct a) as c, sum(a) "
	  "filter (where a > 1) as f from t",
	  " SELECT string_agg(t.b, ','::text ORDER BY t.id) AS s,\n"
	  "    count(DISTINCT t.a) AS c,\n"
	  "    sum(t.a) FILTER (WHERE (t.a > 1)) AS f\n"
	  "   FROM t;" },
	{ "select t.a, t2.a as a2 from t, t t2 where t.id = t2.id",
	  " SELECT t.a,\n"
	  "    t2.a AS a2\n"
	  "   FROM t,\n"
	  "    t t2\n"
	  "  WHERE (t.id = t2.id);" },
	{ "select j -> 'a' as x, j ->> 'b' as y, -a as neg, a % 2 as m from t",
	  " SELECT (t.j -> 'a'::text) AS x,\n"
	  "    (t.j ->> 'b'::text) AS y,\n"
	  "    (- t.a) AS neg,\n"
	  "    (t.a % 2) AS m\n"
	  "   FROM t;" },
	{ "select m, m = 'sad' as s from e",
	  " SELECT e.m,\n"
	  "    (e.m = 'sad'::mood) AS s\n"
	  "   FROM e;" },
	{ "select interval '1 day' as i, ts + interval '1 hour' as h from t",
	  " SELECT '1 day'::interval AS i,\n"
	  "    (t.ts + '01:00:00'::interval) AS h\n"
	  "   FROM t;" },
	{ "select t from t",
	  " SELECT t.*::t AS t\n"
	  "   FROM t;" },
	{ "select l.x from t, lateral (select t.a + 1 as x) l",
	  " SELECT l.x\n"
	  "   FROM t,\n"
	  "    LATERAL ( SELECT (t.a + 1) AS x) l;" },
	{ "select percentile_cont(0.5) within group (order by a) as p from t",
	  " SELECT percentile_cont((0.5)::double precision) WITHIN GROUP (ORDER BY "
	  "((t.a)::double precision)) AS p\n"
	  "   FROM t;" },
	{ "select a as \"Weird Name\", b as \"select\" from t",
	  " SELECT t.a AS \"Weird Name\",\n"
	  "    t.b AS \"select\"\n"
	  "   FROM t;" },
	{ "select x.* from t x cross join u",
	  " SELECT x.id,\n"
	  "    x.a,\n"
	  "    x.b,\n"
	  "    x.c,\n"
	  "    x.d,\n"
	  "    x.n,\n"
	  "    x.ts,\n"
	  "    x.f,\n"
	  "    x.flag,\n"
	  "    x.j,\n"
	  "    x.arr\n"
	  "   FROM (t x\n"
	  "     CROSS JOIN u);" },
	{ "select a + id * 2 - (a - 1) as x, (a + 1) * 2 as y, a - (id - 1) as z, not "
	  "(a = 1 and flag) as n, (a = 1 or a = 2) and flag as o, a = 1 or a = 2 and "
	  "flag as p from t",
	  " SELECT ((t.a + (t.id * 2)) - (t.a - 1)) AS x,\n"
	  "    ((t.a + 1) * 2) AS y,\n"
	  "    (t.a - (t.id - 1)) AS z,\n"
	  "    (NOT ((t.a = 1) AND t.flag)) AS n,\n"
	  "    (((t.a = 1) OR (t.a = 2)) AND t.flag) AS o,\n"
	  "    ((t.a = 1) OR ((t.a = 2) AND t.flag)) AS p\n"
	  "   FROM t;" },
	{ "select (a + 1)::text as x, (a::text || 'x') || b as y, lower(b) || upper(b) "
	  "as z, (b is null) = flag as w, (a > 1) is true as v, -a + 1 as u, -(a + "
	  "1) as s from t",
	  " SELECT ((t.a + 1))::text AS x,\n"
	  "    (((t.a)::text || 'x'::text) || t.b) AS y,\n"
	  "    (lower(t.b) || upper(t.b)) AS z,\n"
	  "    ((t.b IS NULL) = t.flag) AS w,\n"
	  "    ((t.a > 1) IS TRUE) AS v,\n"
	  "    ((- t.a) + 1) AS u,\n"
	  "    (- (t.a + 1)) AS s\n"
	  "   FROM t;" },
	{ "select t.id from t join (u join w on w.x = u.v) on u.t_id = t.id where t.a "
	  "> 1 and (u.v = 1 or u.v is null) and not exists (select 1 from e where e.id2 "
	  "= t.id) order by t.a + 1, lower(t.b)",
	  " SELECT t.id\n"
	  "   FROM (t\n"
	  "     JOIN (u\n"
	  "     JOIN w ON ((w.x = u.v))) ON ((u.t_id = t.id)))\n"
	  "  WHERE ((t.a > 1) AND ((u.v = 1) OR (u.v IS NULL)) AND (NOT (EXISTS ( SELECT "
	  "1\n"
	  "           FROM e\n"
	  "          WHERE (e.id2 = t.id)))))\n"
	  "  ORDER BY (t.a + 1), (lower(t.b));" },
	{ "select c = 'x' as x, lower(c) as y, coalesce(c, b) as z, case when c = 'a' "
	  "then 1 else 2 end as w, (j ->> 'a')::int + 1 as q, a in (1,2) and b not "
	  "in ('x','y') as r from t",
	  " SELECT ((t.c)::text = 'x'::text) AS x,\n"
	  "    lower((t.c)::text) AS y,\n"
	  "    COALESCE(t.c, (t.b)::character varying) AS z,\n"
	  "        CASE\n"
	  "            WHEN ((t.c)::text = 'a'::text) THEN 1\n"
	  "            ELSE 2\n"
	  "        END AS w,\n"
	  "    (((t.j ->> 'a'::text))::integer + 1) AS q,\n"
	  "    ((t.a = ANY (ARRAY[1, 2])) AND (t.b <> ALL (ARRAY['x'::text, 'y'::text]))) "
	  "AS r\n"
	  "   FROM t;" },
};

/* Column by column and check by check, as a table definition shows them. */
static const struct { const char *column, *text; } exprs[] = {
	{ "a int default 5",
	  "5" },
	{ "b text default 'x'",
	  "'x'::text" },
	{ "c varchar(10) default 'abc'",
	  "'abc'::character varying" },
	{ "d date default current_date",
	  "CURRENT_DATE" },
	{ "e timestamptz default now()",
	  "now()" },
	{ "f numeric default 1.5",
	  "1.5" },
	{ "g int default -5",
	  "'-5'::integer" },
	{ "h bool default true",
	  "true" },
	{ "i int[] default '{1,2}'",
	  "'{1,2}'::integer[]" },
	{ "j jsonb default '{}'",
	  "'{}'::jsonb" },
	{ "l bigint default 7",
	  "7" },
	{ "m float8 default 1",
	  "1" },
	{ "n smallint default 3",
	  "3" },
	{ "o char(3) default 'x'",
	  "'x'::bpchar" },
	{ "p mood default 'sad'",
	  "'sad'::mood" },
	{ "q interval default '1 day'",
	  "'1 day'::interval" },
	{ "s text[] default array['a','b']",
	  "ARRAY['a'::text, 'b'::text]" },
	{ "t numeric(10,2) default 0",
	  "0" },
	{ "u timestamp default current_timestamp",
	  "CURRENT_TIMESTAMP" },
	{ "v text default current_user",
	  "CURRENT_USER" },
	{ "w text default upper('x')",
	  "upper('x'::text)" },
	{ "x text default 'a' || 'b'",
	  "('a'::text || 'b'::text)" },
	{ "y int default (1+2)*3",
	  "((1 + 2) * 3)" },
	{ "z time default localtime",
	  "LOCALTIME" },
	{ "a int check (a > 0)",
	  "(a > 0)" },
	{ "b text check (b <> '')",
	  "(b <> ''::text)" },
	{ "c varchar(10) check (c in ('a','b'))",
	  "((c)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))" },
	{ "d numeric check (d >= 0 and d < 100)",
	  "((d >= (0)::numeric) AND (d < (100)::numeric))" },
	{ "e text check (e like 'x%')",
	  "(e ~~ 'x%'::text)" },
	{ "g date check (g > '2020-01-01')",
	  "(g > '2020-01-01'::date)" },
	{ "h text check (length(h) between 1 and 5)",
	  "((length(h) >= 1) AND (length(h) <= 5))" },
	{ "i int check (i in (1,2,3))",
	  "(i = ANY (ARRAY[1, 2, 3]))" },
	{ "j mood check (j = 'sad')",
	  "(j = 'sad'::mood)" },
	{ "k text check (lower(k) = k)",
	  "(lower(k) = k)" },
	{ "l float8 check (l > 0)",
	  "(l > (0)::double precision)" },
	{ "m varchar check (char_length(m) > 2)",
	  "(char_length((m)::text) > 2)" },
	{ "o int check (case when o > 1 then true else false end)",
	  "\n"
	  "CASE\n"
	  "    WHEN (o > 1) THEN true\n"
	  "    ELSE false\n"
	  "END" },
	{ "p timestamptz check (p > now())",
	  "(p > now())" },
	{ "q int check (coalesce(q, 0) > 0)",
	  "(COALESCE(q, 0) > 0)" },
	{ "r int[] check (r[1] > 0)",
	  "(r[1] > 0)" },
	{ "s jsonb check (s ->> 'a' = 'b')",
	  "((s ->> 'a'::text) = 'b'::text)" },
	{ "t bool check (t)",
	  "t" },
	{ "u int check (not (u = 1))",
	  "(NOT (u = 1))" },
	{ "v bigint check (v > 0)",
	  "(v > 0)" },
	{ "w smallint check (w > 0)",
	  "(w > 0)" },
	{ "x varchar(5) check (x = any(array['a','b']))",
	  "((x)::text = ANY (ARRAY['a'::text, 'b'::text]))" },
	{ "y char(2) check (y = 'a')",
	  "(y = 'a'::bpchar)" },
	{ "a int check (a::text = 'x')",
	  "((a)::text = 'x'::text)" },
	{ "b text check (b::int > 0)",
	  "((b)::integer > 0)" },
	{ "c int check (c + 1.5 > 2)",
	  "(((c)::numeric + 1.5) > (2)::numeric)" },
	{ "d numeric check (d * 2 = 4)",
	  "((d * (2)::numeric) = (4)::numeric)" },
	{ "e real check (e > 1)",
	  "(e > (1)::double precision)" },
	{ "f text check (f collate \"C\" > 'a')",
	  "((f COLLATE \"C\") > 'a'::text)" },
	{ "g text check ((g is null) = false)",
	  "((g IS NULL) = false)" },
	{ "h int check (h = 1 or h = 2 or h = 3)",
	  "((h = 1) OR (h = 2) OR (h = 3))" },
	{ "i int check (i between 1 and 10 and not i = 5)",
	  "(((i >= 1) AND (i <= 10)) AND (NOT (i = 5)))" },
	{ "j text check (j is distinct from 'x')",
	  "(j IS DISTINCT FROM 'x'::text)" },
	{ "k date check (extract(year from k) > 2000)",
	  "(EXTRACT(year FROM k) > (2000)::numeric)" },
	{ "l text check (substring(l, 1, 1) = 'x')",
	  "(\"substring\"(l, 1, 1) = 'x'::text)" },
	{ "m text check (position('x' in m) > 0)",
	  "(POSITION(('x'::text) IN (m)) > 0)" },
	{ "n interval check (n > '1 hour')",
	  "(n > '01:00:00'::interval)" },
	{ "o int check (o % 2 = 0)",
	  "((o % 2) = 0)" },
	{ "p text check (nullif(p, '') is not null)",
	  "(NULLIF(p, ''::text) IS NOT NULL)" },
	{ "q int check (greatest(q, 1) > 1)",
	  "(GREATEST(q, 1) > 1)" },
};

static const char *
query_text(struct arena *a, const char *sql)
{
	struct fake_env f;
	struct statement *st;
	struct err e = { 0 };
	struct strbuf s;

	fake_env_init(&f, a, false);
	if (fake_bind(&f, sql, &st, &e) != ERR_OK)
		return arena_strdup(a, e.message);
	strbuf_init(&s, a);
	sql_deparse_query(&s, st->query, NULL);
	return s.data;
}

static const char *
column_text(struct arena *a, const char *column)
{
	struct fake_env f;
	struct statement *st;
	struct err e = { 0 };

	fake_env_init(&f, a, false);
	if (fake_bind(&f, arena_printf(a, "create table xx (%s)", column), &st, &e) != ERR_OK)
		return arena_strdup(a, e.message);
	const struct cmd_create_table *c = (const struct cmd_create_table *) st->command;
	const struct def_column *col = LIST_AT(struct def_column, &c->columns, 0);
	if (c->constraints.n > 0)
		return LIST_AT(struct def_constraint, &c->constraints, 0)->check_sql;
	return col->default_sql != NULL ? col->default_sql : "";
}

int
main(void)
{
	bind_schema_make();
	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a = { 0 };
		const char *text = query_text(&a, cases[i].sql);

		is_str(cases[i].text, text, "%s", cases[i].sql);
		is_str(text, query_text(&a, text), "again: %s", cases[i].sql);
		arena_done(&a);
	}
	for (unsigned i = 0; i < ARRAY_LEN(exprs); i++) {
		struct arena a = { 0 };

		is_str(exprs[i].text, column_text(&a, exprs[i].column), "%s", exprs[i].column);
		arena_done(&a);
	}
	return tap_done();
}
