/* schema.c - a few random tables with rows, nulls and indexes.  Values are few, so that
 * conditions and joins find something. */
#include "config.h"
#include "regress/oracle/oracle.h"

#include <stdio.h>

const char *
type_sql(enum column_type t)
{
	static const char *const names[COL_TYPES] = { "int",  "text", "numeric",
						      "bool", "date", "bigint" };

	return names[t];
}

void
constant(struct rng *r, enum column_type t, struct text *to)
{
	static const char *const words[] = { "''", "'a'", "'b'", "'ab'", "'B'", "'%'", "'abc'", "'1'" };

	switch (t) {
	case COL_TEXT:
		text_add(to, "%s", words[rng_below(r, 8)]);
		break;
	case COL_NUMERIC:
		text_add(to, "%d.%d", rng_below(r, 9) - 3, rng_below(r, 3) * 5);
		break;
	case COL_BOOL:
		text_add(to, "%s", rng_chance(r, 50) ? "true" : "false");
		break;
	case COL_DATE:
		text_add(to, "DATE '2024-0%d-1%d'", 1 + rng_below(r, 3), rng_below(r, 3));
		break;
	default:
		text_add(to, "%d", rng_below(r, 14) - 4);
		break;
	}
}

static void
make_rows(struct rng *r, const struct table *t, struct text *ddl)
{
	int n = t->large ? 1500 : rng_chance(r, 8) ? 0 : 1 + rng_below(r, 50);

	if (n == 0)
		return;
	text_add(ddl, "INSERT INTO %s VALUES", t->name);
	for (int i = 0; i < n; i++) {
		text_add(ddl, "%s(%d", i > 0 ? ", " : " ", i + 1);
		for (int c = 1; c < t->ncols; c++) {
			text_add(ddl, ", ");
			if (rng_chance(r, 15))
				text_add(ddl, "NULL");
			else
				constant(r, t->cols[c].type, ddl);
		}
		text_add(ddl, ")");
	}
	text_add(ddl, ";\n");
}

static void
make_indexes(struct rng *r, const struct table *t, struct text *ddl)
{
	for (int i = 0; i < 2; i++) {
		int c = rng_below(r, t->ncols), d = rng_below(r, t->ncols);

		if (rng_chance(r, 40))
			continue;
		text_add(ddl, "CREATE INDEX ON %s (%s%s", t->name, t->cols[c].name,
			 rng_chance(r, 20) ? " DESC" : "");
		if (c != d && rng_chance(r, 50))
			text_add(ddl, ", %s", t->cols[d].name);
		text_add(ddl, ")");
		if (rng_chance(r, 15))
			text_add(ddl, " WHERE %s IS NOT NULL", t->cols[d].name);
		text_add(ddl, ";\n");
	}
}

void
schema_make(struct rng *r, struct schema *s, struct text *ddl)
{
	s->ntables = 2 + rng_below(r, TABLES_MAX - 1);
	for (int i = 0; i < s->ntables; i++) {
		struct table *t = &s->tables[i];

		snprintf(t->name, sizeof t->name, "t%d", i);
		t->ncols = 2 + rng_below(r, COLUMNS_MAX - 1);
		text_add(ddl, "CREATE TABLE %s (", t->name);
		for (int c = 0; c < t->ncols; c++) {
			struct column *col = &t->cols[c];

			snprintf(col->name, sizeof col->name, "c%d", c);
			col->type = c == 0 ? COL_INT : (enum column_type) rng_below(r, COL_TYPES);
			text_add(ddl, "%s%s %s%s", c > 0 ? ", " : "", col->name, type_sql(col->type),
				 c == 0 && rng_chance(r, 80) ? " PRIMARY KEY" : "");
		}
		text_add(ddl, ");\n");
		t->large = i > 0 && rng_chance(r, 10); /* never the first one */
		bool early = rng_chance(r, 50);
		if (early)
			make_indexes(r, t, ddl);
		make_rows(r, t, ddl);
		if (!early)
			make_indexes(r, t, ddl);
	}
	if (rng_chance(r, 60))
		text_add(ddl, "ANALYZE;\n");
}
