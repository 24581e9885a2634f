/* infoviews.c - information_schema's queries over routines, domains and privileges.
 *
 * Not here: those over tables, columns and constraints (views.c). */
#include "config.h"
#include "core/syscat/views.h"

#include <string.h>

#define DB "pg_catalog.current_database()"
#define YES_NO(cond) "(CASE WHEN " cond " THEN 'YES' ELSE 'NO' END)::varchar"
/* A type (t, of namespace nt) as the standard calls it. */
#define DATA_TYPE \
	"CASE WHEN t.typelem <> 0 AND t.typlen = -1 THEN 'ARRAY' WHEN t.typnamespace = 11" \
	" THEN pg_catalog.format_type(t.oid, NULL) ELSE 'USER-DEFINED' END::varchar"
/* Lengths, character set, collation and precisions of values whose type has no modifier. */
#define NO_DETAILS \
	"NULL::int4, NULL::int4, NULL::name, NULL::name, NULL::name, NULL::name, NULL::name, NULL::name, NULL::int4," \
	" NULL::int4, NULL::int4, NULL::int4, NULL::varchar, NULL::int4"
#define NO_SCOPE "NULL::name, NULL::name, NULL::name, NULL::int4"
/* Of domains: the modifier counts. */
#define BITS(t) "CASE " t " WHEN 21 THEN 16 WHEN 23 THEN 32 WHEN 20 THEN 64 WHEN 700 THEN 24 WHEN 701 THEN 53"
#define GRANTS \
	"SELECT g.rolname, coalesce(r.rolname, 'PUBLIC'), " DB ", n.nspname, c.relname, x.privilege_type::varchar," \
	" " YES_NO("(x.grantee <> 0 AND pg_catalog.pg_has_role(x.grantee, c.relowner, 'USAGE')) OR x.is_grantable") "," \
	" " YES_NO("x.privilege_type = 'SELECT'") \
	" FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL" \
	" pg_catalog.aclexplode(coalesce(c.relacl, pg_catalog.acldefault('r', c.relowner))) x" \
	" JOIN pg_catalog.pg_authid g ON g.oid = x.grantor LEFT JOIN pg_catalog.pg_authid r ON r.oid = x.grantee" \
	" WHERE c.relkind IN ('r', 'v', 'p') AND x.privilege_type IN ('INSERT', 'SELECT', 'UPDATE', 'DELETE'," \
	" 'TRUNCATE', 'REFERENCES', 'TRIGGER')"

static const struct { const char *name, *sql; } views[] = {
	{ "table_privileges",
	  GRANTS " AND (x.grantee = 0 OR pg_catalog.pg_has_role(g.oid, 'USAGE') OR pg_catalog.pg_has_role(r.oid, 'USAGE'))" },
	{ "role_table_grants",
	  GRANTS " AND x.grantee <> 0 AND (pg_catalog.pg_has_role(g.oid, 'USAGE') OR pg_catalog.pg_has_role(r.oid, 'USAGE'))" },
	{ "routines",
	  "SELECT " DB ", n.nspname, (p.proname || '_' || p.oid::text)::name, " DB ", n.nspname, p.proname,"
	  " CASE p.prokind WHEN 'f' THEN 'FUNCTION' WHEN 'p' THEN 'PROCEDURE' END::varchar,"
	  " NULL::name, NULL::name, NULL::name, NULL::name, NULL::name, NULL::name,"
	  " CASE WHEN p.prokind <> 'p' THEN " DATA_TYPE " END,"
	  " " NO_DETAILS ","
	  " CASE WHEN p.prokind <> 'p' THEN " DB " END, CASE WHEN p.prokind <> 'p' THEN nt.nspname END,"
	  " CASE WHEN p.prokind <> 'p' THEN t.typname END, " NO_SCOPE ","
	  " CASE WHEN p.prokind <> 'p' THEN '0' END::name,"
	  " CASE WHEN l.lanname = 'sql' THEN 'SQL' ELSE 'EXTERNAL' END::varchar,"
	  " CASE WHEN pg_catalog.pg_has_role(p.proowner, 'USAGE') THEN p.prosrc END::varchar,"
	  " CASE WHEN l.lanname = 'c' THEN p.prosrc END::varchar, upper(l.lanname)::varchar, 'GENERAL'::varchar,"
	  " " YES_NO("p.provolatile = 'i'") ", 'MODIFIES'::varchar,"
	  " CASE WHEN p.prokind <> 'p' THEN " YES_NO("p.proisstrict") " END, NULL::varchar, 'YES'::varchar, 0,"
	  " NULL::varchar, NULL::varchar, CASE WHEN p.prosecdef THEN 'DEFINER' ELSE 'INVOKER' END::varchar,"
	  " NULL::name, NULL::name, NULL::name, 'NO'::varchar, NULL::timestamptz, NULL::timestamptz, NULL::varchar,"
	  " 'NO'::varchar, NULL::varchar, NULL::varchar, " NO_DETAILS ", NULL::name, NULL::name, NULL::name,"
	  " " NO_SCOPE ", NULL::name"
	  " FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace"
	  " JOIN pg_catalog.pg_language l ON l.oid = p.prolang LEFT JOIN pg_catalog.pg_type t ON t.oid = p.prorettype"
	  " LEFT JOIN pg_catalog.pg_namespace nt ON nt.oid = t.typnamespace"
	  " WHERE pg_catalog.pg_has_role(p.proowner, 'USAGE') OR pg_catalog.has_function_privilege(p.oid, 'EXECUTE')" },
	{ "parameters",
	  "SELECT " DB ", n.nspname, (p.proname || '_' || p.oid::text)::name, a.ord::int4,"
	  " CASE p.proargmodes[a.ord] WHEN 'o' THEN 'OUT' WHEN 'b' THEN 'INOUT' WHEN 't' THEN 'OUT' ELSE 'IN' END::varchar,"
	  " 'NO'::varchar, 'NO'::varchar, nullif(p.proargnames[a.ord], '')::name, " DATA_TYPE ", " NO_DETAILS ","
	  " " DB ", nt.nspname, t.typname, " NO_SCOPE ", a.ord::text::name,"
	  " CASE WHEN pg_catalog.pg_has_role(p.proowner, 'USAGE')"
	  " THEN pg_catalog.pg_get_function_arg_default(p.oid, a.ord::int4) END::varchar"
	  " FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace CROSS JOIN LATERAL"
	  " unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY AS a(type, ord)"
	  " JOIN pg_catalog.pg_type t ON t.oid = a.type JOIN pg_catalog.pg_namespace nt ON nt.oid = t.typnamespace"
	  " WHERE pg_catalog.pg_has_role(p.proowner, 'USAGE') OR pg_catalog.has_function_privilege(p.oid, 'EXECUTE')" },
	{ "domains",
	  "SELECT " DB ", n.nspname, d.typname, " DATA_TYPE ","
	  " CASE WHEN t.oid IN (1042, 1043) AND d.typtypmod > 4 THEN d.typtypmod - 4 END,"
	  " CASE WHEN t.oid IN (25, 1042, 1043) THEN CASE WHEN d.typtypmod > 4 THEN (d.typtypmod - 4) * 4"
	  " ELSE 1073741824 END END, NULL::name, NULL::name, NULL::name, NULL::name, NULL::name, NULL::name,"
	  " " BITS("t.oid") " WHEN 1700 THEN CASE WHEN d.typtypmod > 4 THEN ((d.typtypmod - 4) >> 16) & 65535 END END,"
	  " CASE WHEN t.oid IN (20, 21, 23, 700, 701) THEN 2 WHEN t.oid = 1700 THEN 10 END,"
	  " CASE WHEN t.oid IN (20, 21, 23) THEN 0 WHEN t.oid = 1700 AND d.typtypmod > 4 THEN (d.typtypmod - 4) & 65535 END,"
	  " CASE WHEN t.oid = 1082 THEN 0 WHEN t.oid IN (1083, 1114, 1184, 1266) THEN CASE WHEN d.typtypmod < 0 THEN 6"
	  " ELSE d.typtypmod END WHEN t.oid = 1186 THEN 6 END, NULL::varchar, NULL::int4, d.typdefault::varchar,"
	  " " DB ", nt.nspname, t.typname, " NO_SCOPE ", '1'::name"
	  " FROM pg_catalog.pg_type d JOIN pg_catalog.pg_namespace n ON n.oid = d.typnamespace"
	  " JOIN pg_catalog.pg_type t ON t.oid = d.typbasetype JOIN pg_catalog.pg_namespace nt ON nt.oid = t.typnamespace"
	  " WHERE d.typtype = 'd' AND (pg_catalog.pg_has_role(d.typowner, 'USAGE')"
	  " OR pg_catalog.has_type_privilege(d.oid, 'USAGE'))" },
};

const char *
information_view_sql(const char *name)
{
	for (size_t i = 0; i < sizeof views / sizeof views[0]; i++)
		if (strcmp(views[i].name, name) == 0)
			return views[i].sql;
	return NULL;
}
