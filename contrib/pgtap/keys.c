/* keys.c - checks of constraints: primary keys, foreign keys, unique, check. */
#include "config.h"
#include "contrib/pgtap/schema.h"

#include <string.h>

/* The columns of constraint k, in the order of the key, as text '{a,b}'. */
#define KEY_COLUMNS(key, relation) \
	"(SELECT ARRAY(SELECT a.attname FROM pg_catalog.unnest(k." key ") WITH ORDINALITY u(n, i) " \
	"JOIN pg_catalog.pg_attribute a ON a.attrelid = k." relation " AND a.attnum = u.n ORDER BY u.i))" \
	"::pg_catalog.text"
#define FROM_CONSTRAINT \
	"FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid " \
	"JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "

static const struct {
	const char *name, *noun;
	char type;                      /* contype */
} kinds[] = {
	{ "pk", "primary key", 'p' },
	{ "fk", "foreign key", 'f' },
	{ "unique", "unique constraint", 'u' },
	{ "check", "check constraint", 'c' },
};

static unsigned
kind_of(const struct fcall *c)
{
	const char *name = strrchr(c->func->name, '_') + 1;
	unsigned i = 0;

	while (strcmp(kinds[i].name, name) != 0)
		i++;
	return i;
}

int
tap_has_constraint(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret,
                   bool *ret_null UNUSED, struct err *e)
{
	bool want = tap_starts(c, "has_");
	struct tap_object o = tap_object(c, args, nulls, 0);
	unsigned kind = kind_of(c);
	const char *answer = NULL;
	int rc = tap_ask(c, tap_printf(c, "SELECT EXISTS (SELECT 1 " FROM_CONSTRAINT
	                               "WHERE %s AND k.contype = '%c')", tap_relation_is(c, &o),
	                               kinds[kind].type), &answer, e);

	if (rc != ERR_OK)
		return rc;
	if (o.description == NULL)
		o.description = tap_printf(c, "Table %s should %shave a %s%s", tap_object_label(c, &o),
		                           want ? "" : "not ", kinds[kind].noun,
		                           kinds[kind].type == 'f' ? " constraint" : "");
	return tap_result(c, want == (answer != NULL && *answer == 't'), o.description, NULL, ret, e);
}

/* "Columns t(a, b) should be a primary key" */
static const char *
key_description(struct fcall *c, const struct tap_object *o, int column, const char *names, bool want)
{
	unsigned kind = kind_of(c);
	bool is = kinds[kind].type == 'p' || kinds[kind].type == 'f';

	return tap_printf(c, "Column%s %s(%s) should %s%s a %s",
	                  c->arg_types[column]->elem != NULL ? "s" : "", tap_object_label(c, o),
	                  tap_names_list(c, names), want ? "" : "not ", is ? "be" : "have", kinds[kind].noun);
}

int
tap_col_key(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret,
            bool *ret_null UNUSED, struct err *e)
{
	bool want = strstr(c->func->name, "isnt") == NULL;
	struct tap_object o = tap_object(c, args, nulls, 1);
	const char *names = tap_names(c, args, nulls, o.next), *found = NULL, *all = NULL;
	unsigned kind = kind_of(c);
	const char *from = tap_printf(c, FROM_CONSTRAINT "WHERE %s AND k.contype = '%c'",
	                              tap_relation_is(c, &o), kinds[kind].type);
	int rc = tap_ask(c, tap_printf(c, "SELECT " KEY_COLUMNS("conkey", "conrelid") " %s AND "
	                               KEY_COLUMNS("conkey", "conrelid") " = %s", from,
	                               tap_literal(c, names)), &found, e);

	if (rc == ERR_OK && found == NULL)
		rc = tap_ask(c, tap_printf(c, "SELECT pg_catalog.string_agg(" KEY_COLUMNS("conkey", "conrelid")
		                           ", E'\\n              ' ORDER BY k.conname) %s", from), &all, e);
	if (rc != ERR_OK)
		return rc;
	if (o.description == NULL)
		o.description = key_description(c, &o, o.next, names, want);
	if (want == (found != NULL))
		return tap_result(c, true, o.description, NULL, ret, e);
	if (!want)
		return tap_result(c, false, o.description, NULL, ret, e);
	if (kinds[kind].type == 'f')
		return tap_result(c, false, o.description, all == NULL ?
		                  tap_printf(c, "    Table %s has no foreign key columns", tap_object_label(c, &o)) :
		                  tap_printf(c, "    Table %s has foreign key constraints on these columns:\n"
		                             "        %s", tap_object_label(c, &o), tap_names_list(c, all)), ret, e);
	return tap_result(c, false, o.description,
	                  tap_printf(c, "        have: %s\n        want: %s", all == NULL ? "{}" : all, names),
	                  ret, e);
}

int
tap_fk_ok(struct fcall *c, const union datum *args, const bool *nulls, union datum *ret,
          bool *ret_null UNUSED, struct err *e)
{
	int schemas = c->nargs > 5 ? 1 : 0, described = 4 + 2 * schemas;
	struct tap_object from = { 0 }, to = { 0 };
	const char *target = NULL, *description = tap_arg(c, args, nulls, described);

	if (schemas != 0) {
		from.schema = tap_arg(c, args, nulls, 0);
		to.schema = tap_arg(c, args, nulls, 3);
	}
	from.name = tap_arg(c, args, nulls, schemas);
	to.name = tap_arg(c, args, nulls, 2 + 2 * schemas);
	if (from.name == NULL || to.name == NULL)
		return err_set(e, ERR_NULL_VALUE_NOT_ALLOWED, "fk_ok() needs two tables");
	const char *columns = tap_names(c, args, nulls, 1 + schemas);
	const char *keys = tap_names(c, args, nulls, 3 + 2 * schemas);

	int rc = tap_ask(c, tap_printf(c,
		"SELECT %s pg_catalog.quote_ident(f.relname) || '(' || pg_catalog.btrim("
		KEY_COLUMNS("confkey", "confrelid") ", '{}') || ')' " FROM_CONSTRAINT
		"JOIN pg_catalog.pg_class f ON f.oid = k.confrelid "
		"JOIN pg_catalog.pg_namespace m ON m.oid = f.relnamespace "
		"WHERE %s AND k.contype = 'f' AND " KEY_COLUMNS("conkey", "conrelid") " = %s",
		to.schema == NULL ? "" : "pg_catalog.quote_ident(m.nspname) || '.' ||",
		tap_relation_is(c, &from), tap_literal(c, columns)), &target, e);
	if (rc != ERR_OK)
		return rc;
	const char *source = tap_printf(c, "%s(%s)", tap_object_label(c, &from), tap_names_list(c, columns));
	const char *want = tap_printf(c, "%s(%s)", tap_object_label(c, &to), tap_names_list(c, keys));
	const char *have = target == NULL ? "NOTHING" : tap_names_list(c, target);
	if (description == NULL)
		description = tap_printf(c, "%s should reference %s", source, want);
	bool passed = strcmp(have, want) == 0;
	return tap_result(c, passed, description,
	                  passed ? NULL : tap_printf(c, "        have: %s REFERENCES %s\n"
	                                             "        want: %s REFERENCES %s",
	                                             source, have, source, want), ret, e);
}
