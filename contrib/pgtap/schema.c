/* schema.c - checks of what is in the catalog: tables, views, types, columns, indexes. */
#include "config.h"
#include "contrib/pgtap/schema.h"

#include <string.h>

#define FROM_RELATION \
	"FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "

bool
tap_starts(const struct fcall *c, const char *prefix)
{
	return strncmp(c->func->name, prefix, strlen(prefix)) == 0;
}

struct tap_object
tap_object(struct fcall *c, const union datum *args, const bool *nulls, int more)
{
	struct tap_object o = { 0 };
	int names = c->nargs - more;

	/* What is left behind the name and the arguments in between: a description is text, a
	 * schema is a name like the object. */
	if (names > 1 && c->func->args[c->nargs - 1] == OID_TEXT) {
		o.description = tap_arg(c, args, nulls, c->nargs - 1);
		names--;
	}
	if (names > 1)
		o.schema = tap_arg(c, args, nulls, 0);
	o.name = tap_arg(c, args, nulls, names > 1 ? 1 : 0);
	o.next = names > 1 ? 2 : 1;
	if (o.name == NULL)
		o.name = "";
	return o;
}

const char *
tap_ident(struct fcall *c, const char *name)
{
	const char *at = name;
	struct strbuf b;

	if ((*at >= 'a' && *at <= 'z') || *at == '_')
		while ((*at >= 'a' && *at <= 'z') || (*at >= '0' && *at <= '9') || *at == '_')
			at++;
	if (*at == '\0' && at != name)
		return name;
	strbuf_init(&b, c->env->type.arena);
	strbuf_putc(&b, '"');
	for (at = name; *at != '\0'; at++) {
		if (*at == '"')
			strbuf_putc(&b, '"');
		strbuf_putc(&b, *at);
	}
	strbuf_putc(&b, '"');
	return b.data;
}

const char *
tap_object_label(struct fcall *c, const struct tap_object *o)
{
	if (o->schema == NULL)
		return tap_ident(c, o->name);
	return tap_printf(c, "%s.%s", tap_ident(c, o->schema), tap_ident(c, o->name));
}

const char *
tap_relation_is(struct fcall *c, const struct tap_object *o)
{
	if (o->schema == NULL)
		return tap_printf(c, "c.relname = %s AND pg_catalog.pg_table_is_visible(c.oid)",
		                  tap_literal(c, o->name));
	return tap_printf(c, "c.relname = %s AND n.nspname = %s", tap_literal(c, o->name),
	                  tap_literal(c, o->schema));
}

const char *
tap_names(struct fcall *c, const union datum *args, const bool *nulls, int i)
{
	const char *name;

	if (c->arg_types[i]->elem != NULL)
		return tap_show(c, args, nulls, i);
	name = tap_arg(c, args, nulls, i);
	return tap_printf(c, "{%s}", name == NULL ? "" : name);
}

const char *
tap_names_list(struct fcall *c, const char *array)
{
	struct strbuf b;

	strbuf_init(&b, c->env->type.arena);
	for (; *array != '\0'; array++)
		if (*array == ',')
			strbuf_puts(&b, ", ");
		else if (*array != '{' && *array != '}')
			strbuf_putc(&b, *array);
	return b.data;
}

/* One question with a boolean answer, then the result of the check. */
static int
check(struct fcall *c, const char *sql, bool want, const char *description, const char *diagnosis,
      union datum *ret, struct err *e)
{
	const char *answer = NULL;
	int rc = tap_ask(c, sql, &answer, e);

	if (rc != ERR_OK)
		return rc;
	return tap_result(c, want == (answer != NULL && *answer == 't'), description, diagnosis, ret, e);
}

/* -- Objects --------------------------------------------------------------------------------- */

static const struct {
	const char *name, *noun, *kinds;        /* of pg_class */
	const char *sql;                        /* instead, with %s for the name */
} objects[] = {
	{ "table", "Table", "'r', 'p'", NULL },
	{ "view", "View", "'v'", NULL },
	{ "sequence", "Sequence", "'S'", NULL },
	{ "relation", "Relation", "'r', 'p', 'v', 'm', 'S', 'c', 'f'", NULL },
	{ "type", "Type", NULL,
	  "pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace "
	  "WHERE t.typisdefined AND t.typtype NOT IN ('p') AND t.typname = " },
	{ "enum", "Enum", NULL,
	  "pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace "
	  "WHERE t.typisdefined AND t.typtype = 'e' AND t.typname = " },
	{ "schema", "Schema", NULL, "pg_catalog.pg_namespace WHERE nspname = " },
	{ "role", "Role", NULL, "pg_catalog.pg_roles WHERE rolname = " },
};

int
tap_has_object(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret,
               bool *ret_null UNUSED, struct err *e)
{
	bool want = tap_starts(c, "has_");
	const char *kind = strchr(c->func->name, '_') + 1, *sql;
	struct tap_object o = tap_object(c, args, nulls, 0);
	unsigned i = 0;

	while (strcmp(objects[i].name, kind) != 0)
		i++;
	if (objects[i].kinds != NULL)
		sql = tap_printf(c, "SELECT EXISTS (SELECT 1 " FROM_RELATION "WHERE %s AND c.relkind IN (%s))",
		                 tap_relation_is(c, &o), objects[i].kinds);
	else if (strstr(objects[i].sql, "pg_type") == NULL)
		sql = tap_printf(c, "SELECT EXISTS (SELECT 1 FROM %s%s)", objects[i].sql,
		                 tap_literal(c, o.name));
	else
		sql = tap_printf(c, "SELECT EXISTS (SELECT 1 FROM %s%s AND %s)", objects[i].sql,
		                 tap_literal(c, o.name), o.schema == NULL ?
		                 "pg_catalog.pg_type_is_visible(t.oid)" :
		                 tap_printf(c, "n.nspname = %s", tap_literal(c, o.schema)));
	if (o.description == NULL)
		o.description = tap_printf(c, "%s %s should %sexist", objects[i].noun,
		                           tap_object_label(c, &o), want ? "" : "not ");
	return check(c, sql, want, o.description, NULL, ret, e);
}

/* -- Columns --------------------------------------------------------------------------------- */

struct column {
	struct tap_object table;
	const char *name, *label;
	const char *from;               /* "FROM ... WHERE ..." that finds its row a of pg_attribute */
};

static struct column
column_of(struct fcall *c, const union datum *args, const bool *nulls, int more)
{
	struct column col = { .table = tap_object(c, args, nulls, 1 + more) };

	col.name = tap_arg(c, args, nulls, col.table.next);
	if (col.name == NULL)
		col.name = "";
	col.label = tap_printf(c, "%s.%s", tap_object_label(c, &col.table), tap_ident(c, col.name));
	col.from = tap_printf(c, FROM_RELATION "JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid "
	                      "WHERE %s AND a.attnum > 0 AND NOT a.attisdropped AND a.attname = %s",
	                      tap_relation_is(c, &col.table), tap_literal(c, col.name));
	return col;
}

int
tap_has_column(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret,
               bool *ret_null UNUSED, struct err *e)
{
	bool want = tap_starts(c, "has_");
	struct column col = column_of(c, args, nulls, 0);

	return check(c, tap_printf(c, "SELECT EXISTS (SELECT 1 %s)", col.from), want,
	             col.table.description != NULL ? col.table.description :
	             tap_printf(c, "Column %s should %sexist", col.label, want ? "" : "not "),
	             NULL, ret, e);
}

/* A property of a column: text, or the failure that there is no such column. */
static int
ask_column(struct fcall *c, const struct column *col, const char *property, const char **ret,
           struct err *e)
{
	return tap_ask(c, tap_printf(c, "SELECT %s %s", property, col->from), ret, e);
}

static int
no_column(struct fcall *c, const struct column *col, const char *description, union datum *ret,
          struct err *e)
{
	return tap_result(c, false, description, tap_printf(c, "    Column %s does not exist", col->label),
	                  ret, e);
}

int
tap_col_null(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret,
             bool *ret_null UNUSED, struct err *e)
{
	bool not_null = tap_starts(c, "col_not_null");
	struct column col = column_of(c, args, nulls, 0);
	const char *answer = NULL, *description = col.table.description;
	int rc = ask_column(c, &col, "a.attnotnull", &answer, e);

	if (rc != ERR_OK)
		return rc;
	if (description == NULL)
		description = tap_printf(c, "Column %s should %s", col.label,
		                         not_null ? "be NOT NULL" : "allow NULL");
	if (answer == NULL)
		return no_column(c, &col, description, ret, e);
	return tap_result(c, (*answer == 't') == not_null, description, NULL, ret, e);
}

int
tap_col_default(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret,
                bool *ret_null UNUSED, struct err *e)
{
	bool want = tap_starts(c, "col_has_");
	struct column col = column_of(c, args, nulls, 0);
	const char *answer = NULL, *description = col.table.description;
	int rc = ask_column(c, &col, "a.atthasdef", &answer, e);

	if (rc != ERR_OK)
		return rc;
	if (description == NULL)
		description = tap_printf(c, "Column %s should %shave a default", col.label, want ? "" : "not ");
	if (answer == NULL)
		return no_column(c, &col, description, ret, e);
	return tap_result(c, (*answer == 't') == want, description, NULL, ret, e);
}

int
tap_col_type_is(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret,
                bool *ret_null UNUSED, struct err *e)
{
	/* Here the text behind the column is the type; only one more is a description. */
	bool described = c->nargs > 3;
	struct column col = column_of(c, args, nulls, described ? 1 : 0);
	const char *want, *have = NULL, *description = NULL;

	if (!described) {
		col.table.description = NULL;
		want = tap_arg(c, args, nulls, 2);
	} else {
		want = tap_arg(c, args, nulls, c->nargs - 2);
		description = tap_arg(c, args, nulls, c->nargs - 1);
	}
	int rc = ask_column(c, &col, "pg_catalog.format_type(a.atttypid, a.atttypmod)", &have, e);
	if (rc != ERR_OK)
		return rc;
	if (want == NULL)
		want = "";
	if (description == NULL)
		description = tap_printf(c, "Column %s should be type %s", col.label, want);
	if (have == NULL)
		return tap_result(c, false, description,
		                  tap_printf(c, "   Column %s does not exist", col.label), ret, e);
	bool passed = strcmp(have, want) == 0;
	return tap_result(c, passed, description,
	                  passed ? NULL : tap_printf(c, "        have: %s\n        want: %s", have, want),
	                  ret, e);
}

/* -- Lists of names -------------------------------------------------------------------------- */

static int
names_are(struct fcall *c, const char *sql, const char *want, const char *plural,
          const char *description, union datum *ret, struct err *e)
{
	const char *literal = tap_literal(c, want), *extra = NULL, *missing = NULL;
	int rc = tap_ask(c, tap_printf(c,
		"SELECT pg_catalog.string_agg('        ' || x, E'\\n' ORDER BY x) FROM "
		"(%s EXCEPT SELECT pg_catalog.unnest(%s::pg_catalog.text[])) t(x)", sql, literal), &extra, e);

	if (rc == ERR_OK)
		rc = tap_ask(c, tap_printf(c,
			"SELECT pg_catalog.string_agg('        ' || x, E'\\n' ORDER BY x) FROM "
			"(SELECT pg_catalog.unnest(%s::pg_catalog.text[]) EXCEPT %s) t(x)", literal, sql), &missing, e);
	if (rc != ERR_OK)
		return rc;
	bool passed = extra == NULL && missing == NULL;
	struct strbuf b;
	strbuf_init(&b, c->env->type.arena);
	if (extra != NULL)
		strbuf_printf(&b, "    Extra %s:\n%s", plural, extra);
	if (missing != NULL)
		strbuf_printf(&b, "%s    Missing %s:\n%s", b.len > 0 ? "\n" : "", plural, missing);
	return tap_result(c, passed, description, passed ? NULL : b.data, ret, e);
}

int
tap_columns_are(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret,
                bool *ret_null UNUSED, struct err *e)
{
	struct tap_object o = tap_object(c, args, nulls, 1);
	const char *want = tap_names(c, args, nulls, o.next);

	if (o.description == NULL)
		o.description = tap_printf(c, "Table %s should have the correct columns", tap_object_label(c, &o));
	return names_are(c, tap_printf(c, "SELECT a.attname::pg_catalog.text " FROM_RELATION
	                 "JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid "
	                 "WHERE %s AND a.attnum > 0 AND NOT a.attisdropped", tap_relation_is(c, &o)),
	                 want, "columns", o.description, ret, e);
}

int
tap_tables_are(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret,
               bool *ret_null UNUSED, struct err *e)
{
	bool tables = tap_starts(c, "tables");
	const char *schema = tap_arg(c, args, nulls, 0), *plural = tables ? "tables" : "views";
	const char *description = tap_arg(c, args, nulls, 2);

	if (schema == NULL)
		schema = "";
	if (description == NULL)
		description = tap_printf(c, "Schema %s should have the correct %s", tap_ident(c, schema), plural);
	return names_are(c, tap_printf(c, "SELECT c.relname::pg_catalog.text " FROM_RELATION
	                 "WHERE n.nspname = %s AND c.relkind IN (%s)", tap_literal(c, schema),
	                 tables ? "'r', 'p'" : "'v'"),
	                 tap_names(c, args, nulls, 1), plural, description, ret, e);
}

int
tap_enum_has_labels(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret,
                    bool *ret_null UNUSED, struct err *e)
{
	struct tap_object o = tap_object(c, args, nulls, 1);
	const char *want = tap_names(c, args, nulls, 1), *have = NULL;
	int rc = tap_ask(c, tap_printf(c,
		"SELECT ARRAY(SELECT l.enumlabel FROM pg_catalog.pg_type t "
		"JOIN pg_catalog.pg_enum l ON l.enumtypid = t.oid WHERE t.typname = %s "
		"AND pg_catalog.pg_type_is_visible(t.oid) ORDER BY l.enumsortorder)",
		tap_literal(c, o.name)), &have, e);

	if (rc != ERR_OK)
		return rc;
	if (o.description == NULL)
		o.description = tap_printf(c, "Enum %s should have labels (%s)", tap_object_label(c, &o),
		                           tap_names_list(c, want));
	bool passed = have != NULL && strcmp(have, want) == 0;
	return tap_result(c, passed, o.description,
	                  passed ? NULL : tap_printf(c, "        have: %s\n        want: %s",
	                                             have == NULL ? "NULL" : have, want), ret, e);
}

/* -- Indexes --------------------------------------------------------------------------------- */

static const char *
index_question(struct fcall *c, const char *table, const char *index, const char *what)
{
	return tap_printf(c, "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_index x "
	                  "JOIN pg_catalog.pg_class c ON c.oid = x.indrelid "
	                  "JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid "
	                  "WHERE c.relname = %s AND i.relname = %s AND pg_catalog.pg_table_is_visible(c.oid)%s)",
	                  tap_literal(c, table), tap_literal(c, index), what);
}

int
tap_has_index(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret,
              bool *ret_null UNUSED, struct err *e)
{
	bool want = tap_starts(c, "has_");
	const char *index = tap_arg(c, args, nulls, 1), *description = tap_arg(c, args, nulls, 2);

	if (index == NULL)
		index = "";
	if (description == NULL)
		description = tap_printf(c, "Index %s should %sexist", tap_ident(c, index), want ? "" : "not ");
	return check(c, index_question(c, tap_arg(c, args, nulls, 0), index, ""), want, description, NULL,
	             ret, e);
}

int
tap_index_is(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret,
             bool *ret_null UNUSED, struct err *e)
{
	bool unique = tap_starts(c, "index_is_unique");
	const char *index = tap_arg(c, args, nulls, 1);

	if (index == NULL)
		index = "";
	return check(c, index_question(c, tap_arg(c, args, nulls, 0), index,
	                               unique ? " AND x.indisunique" : " AND x.indisprimary"), true,
	             tap_printf(c, "Index %s should be %s", tap_ident(c, index),
	                        unique ? "unique" : "on a primary key"), NULL, ret, e);
}
