/* bindschema.h - the schema that the binder's tests share. */
#ifndef REGRESS_UNIT_BINDSCHEMA_H
#define REGRESS_UNIT_BINDSCHEMA_H

#include "regress/unit/fakecatalog.h"

static const char *const bind_schema[] = {
	"create table t (id int primary key, a int, b text, c varchar(10), d date, "
	  "n numeric(10,2), ts timestamptz, f float8, flag bool, j jsonb, arr int[])",
	"create table u (id bigserial primary key, t_id int references t(id), name "
	  "text not null default 'x', v int default 5, created timestamptz default "
	  "now())",
	"create table w (k text, x smallint, y bigint, z real, ch char(3), iv interval, "
	  "uid uuid)",
	"create type mood as enum ('sad','ok','happy')",
	"create table e (m mood, ms mood[], g int generated always as (id2 * 2) stored, "
	  "id2 int)",
	"create table ident (id int generated always as identity primary key, val "
	  "text unique)",
	"create unique index w_idx on w (lower(k))",
	"create unique index u_part on u (name) where v > 0",
	"create domain posint as int check (value > 0)",
	"create table dd (p posint, q posint not null)",
	"create view tv as select id, b as bee, a+1 as a1 from t where a > 0",
	"create schema s2",
	"create table s2.t (id int, other text)",
	"create type addr as (street text, zip int)",
	"create table pers (id int primary key, home addr)",
	"create table ty (i2 smallint, i4 int, i8 bigint, nu numeric, f4 real, f8 "
	  "float8, tx text, vc varchar(5), ch char(3), na name, bo bool, da date, ti "
	  "time, tz timetz, ts timestamp, tt timestamptz, iv interval, uu uuid, js "
	  "json, jb jsonb, by bytea, oi oid, rc regclass, ia int[], ta text[], mo mood, "
	  "po posint, qc \"char\", na2 numeric(10,2)[], ba bool[])",
};

static inline void
bind_schema_make(void)
{
	for (unsigned i = 0; i < ARRAY_LEN(bind_schema); i++)
		fake_run(bind_schema[i]);
}

#endif
