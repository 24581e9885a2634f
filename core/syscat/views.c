/* views.c - the system relations that are queries over others. */
#include "config.h"
#include "core/syscat/views.h"

#include <string.h>

#define DB "pg_catalog.current_database()"
#define USER_REL(kinds) \
	" FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN (" kinds ")"
/* What the slot of this kind has. */
#define STAT_SLOT(kind, what) \
	"CASE " #kind " WHEN s.stakind1 THEN s." what "1 WHEN s.stakind2 THEN s." what "2" \
	" WHEN s.stakind3 THEN s." what "3 WHEN s.stakind4 THEN s." what "4 WHEN s.stakind5 THEN s." what "5 END"
#define YES_NO(cond) "CASE WHEN " cond " THEN 'YES' ELSE 'NO' END"
/* What information_schema shows: relations that the user may do something with. */
#define MAY_SEE(rel) \
	" AND NOT pg_catalog.pg_is_other_temp_schema(n.oid) AND (pg_catalog.pg_has_role(" rel ".relowner, 'USAGE')" \
	" OR pg_catalog.has_table_privilege(" rel ".oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')" \
	" OR pg_catalog.has_any_column_privilege(" rel ".oid, 'SELECT, INSERT, UPDATE, REFERENCES'))"
#define RULE(col) \
	"CASE " col " WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT'" \
	" WHEN 'r' THEN 'RESTRICT' ELSE 'NO ACTION' END"
#define BITS(t) "CASE " t " WHEN 21 THEN 16 WHEN 23 THEN 32 WHEN 20 THEN 64"

static const struct { const char *name, *sql; } views[] = {
	{ "pg_roles",
	  "SELECT rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolconnlimit,"
	  " '********'::text, rolvaliduntil, rolbypassrls, NULL::text[], oid FROM pg_catalog.pg_authid" },
	{ "pg_user",
	  "SELECT rolname, oid, rolcreatedb, rolsuper, rolreplication, rolbypassrls, '********'::text, rolvaliduntil,"
	  " NULL::text[] FROM pg_catalog.pg_authid WHERE rolcanlogin" },
	{ "pg_shadow",
	  "SELECT rolname, oid, rolcreatedb, rolsuper, rolreplication, rolbypassrls, rolpassword, rolvaliduntil,"
	  " NULL::text[] FROM pg_catalog.pg_authid WHERE rolcanlogin" },
	{ "pg_group",
	  "SELECT rolname, oid, ARRAY(SELECT member FROM pg_catalog.pg_auth_members m WHERE m.roleid = a.oid)"
	  " FROM pg_catalog.pg_authid a WHERE NOT rolcanlogin" },
	{ "pg_tables",
	  "SELECT n.nspname, c.relname, pg_catalog.pg_get_userbyid(c.relowner), NULL::name, c.relhasindex, c.relhasrules,"
	  " c.relhastriggers, c.relrowsecurity" USER_REL("'r', 'p'") },
	{ "pg_views",
	  "SELECT n.nspname, c.relname, pg_catalog.pg_get_userbyid(c.relowner), pg_catalog.pg_get_viewdef(c.oid)"
	  USER_REL("'v'") },
	{ "pg_matviews",
	  "SELECT n.nspname, c.relname, pg_catalog.pg_get_userbyid(c.relowner), NULL::name, c.relhasindex, c.relispopulated,"
	  " pg_catalog.pg_get_viewdef(c.oid)" USER_REL("'m'") },
	{ "pg_indexes",
	  "SELECT n.nspname, c.relname, i.relname, NULL::name, pg_catalog.pg_get_indexdef(i.oid)"
	  " FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class c ON c.oid = x.indrelid"
	  " JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace" },
	{ "pg_stats",
	  "SELECT n.nspname, c.relname, a.attname, s.stainherit, s.stanullfrac, s.stawidth, s.stadistinct,"
	  " " STAT_SLOT(1, "stavalues") ", " STAT_SLOT(1, "stanumbers") ", " STAT_SLOT(2, "stavalues") ","
	  " (" STAT_SLOT(3, "stanumbers") ")[1], " STAT_SLOT(4, "stavalues") ", " STAT_SLOT(4, "stanumbers") ","
	  " " STAT_SLOT(5, "stanumbers")
	  " FROM pg_catalog.pg_statistic s JOIN pg_catalog.pg_class c ON c.oid = s.starelid"
	  " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = s.staattnum"
	  " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
	  " WHERE NOT a.attisdropped AND pg_catalog.has_column_privilege(c.oid, a.attnum, 'select')"
	  " AND (NOT c.relrowsecurity OR NOT pg_catalog.row_security_active(c.oid))" },
	{ "pg_sequences",
	  "SELECT n.nspname, c.relname, pg_catalog.pg_get_userbyid(c.relowner), s.seqtypid::regtype, s.seqstart, s.seqmin,"
	  " s.seqmax, s.seqincrement, s.seqcycle, s.seqcache, pg_catalog.pg_sequence_last_value(c.oid)"
	  " FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid"
	  " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace" },
	{ "schemata",
	  "SELECT " DB ", nspname, pg_catalog.pg_get_userbyid(nspowner), NULL::name, NULL::name, NULL::name, NULL::varchar"
	  " FROM pg_catalog.pg_namespace" },
	{ "tables",
	  "SELECT " DB ", n.nspname, c.relname, CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE CASE c.relpersistence WHEN 't'"
	  " THEN 'LOCAL TEMPORARY' ELSE 'BASE TABLE' END END::varchar, NULL::name, NULL::varchar, NULL::name, NULL::name,"
	  " NULL::name, (" YES_NO("pg_catalog.pg_relation_is_updatable(c.oid, false) & 8 = 8") ")::varchar, 'NO'::varchar,"
	  " NULL::varchar" USER_REL("'r', 'v', 'p'") MAY_SEE("c") },
	{ "views",
	  "SELECT " DB ", n.nspname, c.relname, "
	  " CASE WHEN pg_catalog.pg_has_role(c.relowner, 'USAGE') THEN pg_catalog.pg_get_viewdef(c.oid) END::varchar,"
	  " CASE WHEN 'check_option=cascaded' = ANY (c.reloptions) THEN 'CASCADED'"
	  " WHEN 'check_option=local' = ANY (c.reloptions) THEN 'LOCAL' ELSE 'NONE' END::varchar,"
	  " (" YES_NO("pg_catalog.pg_relation_is_updatable(c.oid, false) & 20 = 20") ")::varchar,"
	  " (" YES_NO("pg_catalog.pg_relation_is_updatable(c.oid, false) & 8 = 8") ")::varchar,"
	  " 'NO'::varchar, 'NO'::varchar, 'NO'::varchar" USER_REL("'v'") MAY_SEE("c") },
	{ "columns",
	  "SELECT " DB ", n.nspname, c.relname, a.attname, a.attnum::int4,"
	  " CASE WHEN a.attgenerated = '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END::varchar,"
	  " (" YES_NO("NOT a.attnotnull") ")::varchar,"
	  " CASE WHEN t.typtype = 'd' THEN CASE WHEN bt.typelem <> 0 AND bt.typlen = -1 THEN 'ARRAY'"
	  " WHEN bt.typnamespace = 11 THEN pg_catalog.format_type(t.typbasetype, NULL) ELSE 'USER-DEFINED' END"
	  " WHEN t.typelem <> 0 AND t.typlen = -1 THEN 'ARRAY' WHEN t.typnamespace = 11"
	  " THEN pg_catalog.format_type(a.atttypid, NULL) ELSE 'USER-DEFINED' END::varchar,"
	  " CASE WHEN b.type IN (1042, 1043) AND b.mod > 4 THEN b.mod - 4 END,"
	  " CASE WHEN b.type IN (25, 1042, 1043) THEN CASE WHEN b.mod > 4 THEN (b.mod - 4) * 4"
	  " ELSE 1073741824 END END,"
	  " " BITS("b.type") " WHEN 700 THEN 24 WHEN 701 THEN 53 WHEN 1700 THEN CASE WHEN b.mod > 4"
	  " THEN ((b.mod - 4) >> 16) & 65535 END END,"
	  " CASE WHEN b.type IN (20, 21, 23, 700, 701) THEN 2 WHEN b.type = 1700 THEN 10 END,"
	  " CASE WHEN b.type IN (20, 21, 23) THEN 0 WHEN b.type = 1700 AND b.mod > 4"
	  " THEN (b.mod - 4) & 65535 END,"
	  " CASE WHEN b.type = 1082 THEN 0 WHEN b.type IN (1083, 1114, 1184, 1266) THEN"
	  " CASE WHEN b.mod < 0 THEN 6 ELSE b.mod END WHEN b.type = 1186 THEN 6 END,"
	  " NULL::varchar, NULL::int4, NULL::name, NULL::name, NULL::name,"
	  " CASE WHEN co.oid IS NOT NULL THEN " DB " END,"
	  " CASE WHEN co.oid IS NOT NULL THEN 'pg_catalog'::name END, co.collname,"
	  " CASE WHEN t.typtype = 'd' THEN " DB " END, CASE WHEN t.typtype = 'd' THEN nt.nspname END,"
	  " CASE WHEN t.typtype = 'd' THEN t.typname END, " DB ", coalesce(nbt.nspname, nt.nspname),"
	  " coalesce(bt.typname, t.typname), NULL::name, NULL::name, NULL::name, NULL::int4, a.attnum::text::name, 'NO'::varchar,"
	  " (" YES_NO("a.attidentity <> ''") ")::varchar, CASE a.attidentity WHEN 'a' THEN 'ALWAYS' WHEN 'd' THEN 'BY DEFAULT'"
	  " END::varchar, q.seqstart::varchar, q.seqincrement::varchar, q.seqmax::varchar, q.seqmin::varchar,"
	  " (" YES_NO("q.seqcycle") ")::varchar, CASE WHEN a.attgenerated <> '' THEN 'ALWAYS' ELSE 'NEVER' END::varchar,"
	  " CASE WHEN a.attgenerated <> '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END::varchar,"
	  " (" YES_NO("pg_catalog.pg_column_is_updatable(c.oid, a.attnum, false)") ")::varchar"
	  " FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
	  " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_type t ON t.oid = a.atttypid"
	  " CROSS JOIN LATERAL (SELECT CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE a.atttypid END AS type,"
	  " CASE t.typtype WHEN 'd' THEN t.typtypmod ELSE a.atttypmod END AS mod) b"
	  " JOIN pg_catalog.pg_namespace nt ON nt.oid = t.typnamespace"
	  " LEFT JOIN pg_catalog.pg_type bt ON t.typtype = 'd' AND bt.oid = t.typbasetype"
	  " LEFT JOIN pg_catalog.pg_namespace nbt ON nbt.oid = bt.typnamespace"
	  " LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
	  " LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation AND co.oid <> 100"
	  " LEFT JOIN pg_catalog.pg_depend p ON p.refobjid = a.attrelid AND p.refobjsubid = a.attnum AND p.deptype = 'i'"
	  " AND p.classid = 1259 AND p.refclassid = 1259 LEFT JOIN pg_catalog.pg_sequence q ON q.seqrelid = p.objid"
	  " WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'v', 'p')"
	  " AND NOT pg_catalog.pg_is_other_temp_schema(n.oid) AND (pg_catalog.pg_has_role(c.relowner, 'USAGE')"
	  " OR pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT, INSERT, UPDATE, REFERENCES'))" },
	{ "table_constraints",
	  "SELECT " DB ", n.nspname, k.conname, " DB ", n.nspname, c.relname, CASE k.contype WHEN 'c' THEN 'CHECK' WHEN 'f'"
	  " THEN 'FOREIGN KEY' WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END::varchar, (" YES_NO("k.condeferrable") ")::varchar,"
	  " (" YES_NO("k.condeferred") ")::varchar, 'YES'::varchar,"
	  " CASE WHEN k.contype = 'u' THEN (SELECT " YES_NO("NOT x.indnullsnotdistinct")
	  " FROM pg_catalog.pg_index x WHERE x.indexrelid = k.conindid) END::varchar"
	  " FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid"
	  " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace UNION ALL"
	  " SELECT " DB ", n.nspname, (n.oid::text || '_' || c.oid::text || '_' || a.attnum::text || '_not_null')::name, " DB ","
	  " n.nspname, c.relname, 'CHECK'::varchar, 'NO'::varchar, 'NO'::varchar, 'YES'::varchar, NULL::varchar"
	  " FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
	  " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
	  " WHERE a.attnotnull AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p')" },
	{ "key_column_usage",
	  "SELECT " DB ", n.nspname, k.conname, " DB ", n.nspname, c.relname, a.attname, u.ord::int4,"
	  " CASE WHEN k.contype = 'f' THEN (SELECT s.i FROM pg_catalog.generate_series(1, pg_catalog.array_upper(x.conkey, 1))"
	  " AS s(i) WHERE x.conkey[s.i] = k.confkey[u.ord]) END"
	  " FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid"
	  " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
	  " CROSS JOIN LATERAL unnest(k.conkey) WITH ORDINALITY AS u(num, ord)"
	  " JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num"
	  " LEFT JOIN pg_catalog.pg_constraint x ON k.contype = 'f' AND x.conrelid = k.confrelid AND x.conindid = k.conindid"
	  " AND x.contype IN ('p', 'u') WHERE k.contype IN ('p', 'u', 'f')" },
	{ "constraint_column_usage",
	  "SELECT " DB ", n.nspname, c.relname, a.attname, " DB ", n.nspname, k.conname"
	  " FROM pg_catalog.pg_constraint k"
	  " JOIN pg_catalog.pg_class c ON c.oid = CASE k.contype WHEN 'f' THEN k.confrelid ELSE k.conrelid END"
	  " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
	  " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid"
	  " AND a.attnum = ANY (CASE k.contype WHEN 'f' THEN k.confkey ELSE k.conkey END)" },
	{ "referential_constraints",
	  "SELECT " DB ", n.nspname, k.conname, " DB ", nu.nspname, u.conname, CASE k.confmatchtype WHEN 'f' THEN 'FULL'"
	  " ELSE 'NONE' END::varchar, (" RULE("k.confupdtype") ")::varchar, (" RULE("k.confdeltype") ")::varchar"
	  " FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_namespace n ON n.oid = k.connamespace"
	  " LEFT JOIN pg_catalog.pg_constraint u ON u.conrelid = k.confrelid AND u.conindid = k.conindid"
	  " AND u.contype IN ('p', 'u') LEFT JOIN pg_catalog.pg_namespace nu ON nu.oid = u.connamespace"
	  " WHERE k.contype = 'f'" },
	{ "check_constraints",
	  "SELECT " DB ", n.nspname, k.conname, ('(' || k.conbin::text || ')')::varchar FROM pg_catalog.pg_constraint k"
	  " JOIN pg_catalog.pg_namespace n ON n.oid = k.connamespace WHERE k.contype = 'c' UNION ALL"
	  " SELECT " DB ", n.nspname, (n.oid::text || '_' || c.oid::text || '_' || a.attnum::text || '_not_null')::name,"
	  " (a.attname || ' IS NOT NULL')::varchar FROM pg_catalog.pg_attribute a"
	  " JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
	  " WHERE a.attnotnull AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p')" },
	{ "sequences",
	  "SELECT " DB ", n.nspname, c.relname, pg_catalog.format_type(s.seqtypid, NULL)::varchar,"
	  " " BITS("s.seqtypid") " END, 2, 0, s.seqstart::varchar, s.seqmin::varchar, s.seqmax::varchar,"
	  " s.seqincrement::varchar, (" YES_NO("s.seqcycle") ")::varchar"
	  " FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid"
	  " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d"
	  " WHERE d.classid = 1259 AND d.objid = c.oid AND d.deptype = 'i')" },
	{ "information_schema_catalog_name", "SELECT " DB },
	{ "enabled_roles", "SELECT rolname FROM pg_catalog.pg_authid WHERE rolname = current_user" },
};

const char *
system_view_sql(const char *name)
{
	for (size_t i = 0; i < sizeof views / sizeof views[0]; i++)
		if (strcmp(views[i].name, name) == 0)
			return views[i].sql;
	return information_view_sql(name);
}
