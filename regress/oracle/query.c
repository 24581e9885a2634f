/* query.c - random FROM clauses, conditions and statements.
 *
 * Nothing here can fail at run time (no division, no overflow, no cast of texts), and what a
 * statement answers does not depend on the order of rows. */
#include "config.h"
#include "regress/oracle/oracle.h"

#include <stdio.h>
#include <string.h>

/* -- FROM ----------------------------------------------------------------------------- */
static void
add_columns(struct source *to, const struct table *t, const char *alias)
{
	for (int c = 0; c < t->ncols; c++) {
		snprintf(to->cols[to->ncols].name, sizeof to->cols[0].name, "%s.%s", alias,
			 t->cols[c].name);
		to->cols[to->ncols++].type = t->cols[c].type;
	}
}

/* A column of this type, -1: none. */
static int
column_of(struct rng *r, const struct source *from, enum column_type t)
{
	int start = rng_below(r, from->ncols);

	for (int i = 0; i < from->ncols; i++)
		if (from->cols[(start + i) % from->ncols].type == t)
			return (start + i) % from->ncols;
	return -1;
}

static void
add_table(struct rng *r, const struct schema *s, struct source *to, int nth)
{
	const struct table *t = &s->tables[rng_below(r, s->ntables)];
	char alias[16];

	if (to->large && t->large)
		t = &s->tables[0];
	to->large |= t->large;
	snprintf(alias, sizeof alias, "r%d", nth);
	if (rng_chance(r, 15)) {
		struct source one = { 0 };

		add_columns(&one, t, "x");
		text_add(&to->sql, "(SELECT * FROM %s x WHERE ", t->name);
		condition(r, s, &one, 1, &to->sql);
		text_add(&to->sql, ") %s", alias);
	} else {
		text_add(&to->sql, "%s %s", t->name, alias);
	}
	add_columns(to, t, alias);
}

static void
add_join(struct rng *r, const struct schema *s, struct source *to, int nth)
{
	static const char *const joins[] = { "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "JOIN",
					     "LEFT JOIN" };
	int kind = rng_below(r, 6), before = to->ncols;

	text_add(&to->sql, " %s ", joins[kind]);
	add_table(r, s, to, nth);
	/* An equality between both sides; the first columns are ints. */
	int l = rng_below(r, before);
	struct source right = { .ncols = to->ncols - before };
	memcpy(right.cols, to->cols + before, (size_t) right.ncols * sizeof right.cols[0]);
	int c = column_of(r, &right, to->cols[l].type);
	if (c < 0) {
		l = 0;
		c = 0;
	}
	text_add(&to->sql, " ON %s = %s", to->cols[l].name, right.cols[c].name);
	if (kind != 3 && rng_chance(r, 30)) {
		text_add(&to->sql, " AND ");
		condition(r, s, to, 1, &to->sql);
	}
}

void
source_make(struct rng *r, const struct schema *s, struct source *ret)
{
	int n = 1 + (rng_chance(r, 60) ? 1 + rng_below(r, 2) : 0);

	*ret = (struct source) { 0 };
	add_table(r, s, ret, 0);
	for (int i = 1; i < n; i++)
		add_join(r, s, ret, i);
}

void
source_done(struct source *s)
{
	text_done(&s->sql);
}

/* -- Conditions ------------------------------------------------------------------------- */
static const char *
comparison(struct rng *r)
{
	static const char *const ops[] = { "=", "<>", "<", "<=", ">", ">=", "=", "=" };

	return ops[rng_below(r, 8)];
}

static bool
is_number(enum column_type t)
{
	return t == COL_INT || t == COL_BIGINT || t == COL_NUMERIC;
}

/* A value that goes with a column of this type. */
static void
value(struct rng *r, const struct source *from, enum column_type t, struct text *to)
{
	int c = rng_chance(r, 35) ? column_of(r, from, t) : -1;

	if (c < 0 && rng_chance(r, 4)) {
		text_add(to, "NULL::%s", type_sql(t));
	} else if (c < 0) {
		constant(r, t, to);
	} else if (is_number(t) && rng_chance(r, 30)) {
		text_add(to, "(%s + %d)", from->cols[c].name, rng_below(r, 5) - 2);
	} else if (rng_chance(r, 15)) {
		text_add(to, "coalesce(%s, ", from->cols[c].name);
		constant(r, t, to);
		text_add(to, ")");
	} else {
		text_add(to, "%s", from->cols[c].name);
	}
}

static void
in_list(struct rng *r, const struct source *from, int c, struct text *to)
{
	int n = 1 + rng_below(r, 4);

	text_add(to, "%s %sIN (", from->cols[c].name, rng_chance(r, 30) ? "NOT " : "");
	for (int i = 0; i < n; i++) {
		text_add(to, "%s", i > 0 ? ", " : "");
		value(r, from, from->cols[c].type, to);
	}
	text_add(to, ")");
}

/* EXISTS, IN, a scalar sub-query; all may look at the enclosing row. */
static void
sub_query(struct rng *r, const struct schema *s, const struct source *from, int depth,
	  struct text *to)
{
	const struct table *t = &s->tables[rng_below(r, s->ntables)];
	struct source both = { 0 }, inner = { 0 };
	char alias[16];
	int outer = rng_below(r, from->ncols);

	snprintf(alias, sizeof alias, "s%d", depth);
	add_columns(&inner, t, alias);
	add_columns(&both, t, alias);
	for (int i = 0; i < from->ncols && both.ncols < TABLES_MAX * COLUMNS_MAX && rng_chance(r, 70); i++)
		both.cols[both.ncols++] = from->cols[i];
	int c = column_of(r, &inner, from->cols[outer].type);
	switch (c < 0 ? 0 : rng_below(r, 4)) {
	case 0:
		text_add(to, "%sEXISTS (SELECT 1 FROM %s %s WHERE ",
			 rng_chance(r, 40) ? "NOT " : "", t->name, alias);
		break;
	case 1:
		text_add(to, "%s %sIN (SELECT %s FROM %s %s WHERE ", from->cols[outer].name,
			 rng_chance(r, 40) ? "NOT " : "", inner.cols[c].name, t->name, alias);
		break;
	case 2:
		text_add(to, "%s %s (SELECT %s(%s) FROM %s %s WHERE ", from->cols[outer].name,
			 comparison(r), from->cols[outer].type == COL_BOOL ? "bool_or" : "max",
			 inner.cols[c].name, t->name, alias);
		break;
	default:
		text_add(to, "%d %s (SELECT count(*) FROM %s %s WHERE ", rng_below(r, 4),
			 comparison(r), t->name, alias);
		break;
	}
	if (c >= 0 && rng_chance(r, 60))
		text_add(to, "%s = %s AND ", inner.cols[c].name, from->cols[outer].name);
	condition(r, s, &both, depth - 1, to);
	text_add(to, ")");
}

static void
simple(struct rng *r, const struct source *from, struct text *to)
{
	int c = rng_below(r, from->ncols);
	enum column_type t = from->cols[c].type;
	const char *name = from->cols[c].name;

	switch (rng_below(r, 8)) {
	case 0:
		text_add(to, "%s IS %sNULL", name, rng_chance(r, 50) ? "NOT " : "");
		break;
	case 1:
		in_list(r, from, c, to);
		break;
	case 2:
		text_add(to, "%s %sBETWEEN ", name, rng_chance(r, 30) ? "NOT " : "");
		value(r, from, t, to);
		text_add(to, " AND ");
		value(r, from, t, to);
		break;
	case 3:
		text_add(to, "%s IS %sDISTINCT FROM ", name, rng_chance(r, 50) ? "NOT " : "");
		value(r, from, t, to);
		break;
	case 4:
		if (t == COL_TEXT) {
			text_add(to, "%s %sLIKE '%s'", name, rng_chance(r, 30) ? "NOT " : "",
				 rng_chance(r, 50) ? "a%" : "%b_");
			break;
		}
		if (t == COL_BOOL) {
			text_add(to, "%s", name);
			break;
		}
		/* fall through */
	default:
		text_add(to, "%s %s ", name, comparison(r));
		value(r, from, t, to);
		break;
	}
}

void
condition(struct rng *r, const struct schema *s, const struct source *from, int depth,
	  struct text *to)
{
	int kind = depth <= 0 ? 0 : rng_below(r, 10);

	if (kind < 4) {
		simple(r, from, to);
	} else if (kind < 8) {
		text_add(to, "%s(", rng_chance(r, 20) ? "NOT " : "");
		condition(r, s, from, depth - 1, to);
		text_add(to, rng_chance(r, 50) ? " AND " : " OR ");
		condition(r, s, from, depth - 1, to);
		text_add(to, ")");
	} else if (kind == 8) {
		sub_query(r, s, from, depth, to);
	} else {
		text_add(to, "CASE WHEN ");
		condition(r, s, from, depth - 1, to);
		text_add(to, " THEN ");
		condition(r, s, from, depth - 1, to);
		text_add(to, "%s", rng_chance(r, 50) ? " END" : " ELSE false END");
	}
}

/* -- Statements ---------------------------------------------------------------------------- */
static void
aggregate(struct rng *r, const struct source *from, struct text *to)
{
	int c = rng_below(r, from->ncols);
	const char *name = from->cols[c].name;

	switch (rng_below(r, 5)) {
	case 0:
		text_add(to, "count(*)");
		break;
	case 1:
		text_add(to, "count(DISTINCT %s)", name);
		break;
	case 2:
		text_add(to, from->cols[c].type == COL_BOOL ? "bool_and(%s)" : "min(%s)", name);
		break;
	case 3:
		text_add(to, is_number(from->cols[c].type) ? "sum(%s)" : "count(%s)", name);
		break;
	default:
		text_add(to, from->cols[c].type == COL_BOOL ? "bool_or(%s)" : "max(%s)", name);
		break;
	}
}

static void
grouped(struct rng *r, const struct schema *s, const struct source *from, struct text *to)
{
	int a = rng_below(r, from->ncols), b = rng_below(r, from->ncols);
	const char *ga = from->cols[a].name, *gb = from->cols[b].name;

	text_add(to, "SELECT %s, %s, ", ga, gb);
	aggregate(r, from, to);
	text_add(to, ", ");
	aggregate(r, from, to);
	text_add(to, " FROM %s WHERE ", from->sql.at);
	condition(r, s, from, 2, to);
	text_add(to, rng_chance(r, 25) ? " GROUP BY ROLLUP (%s, %s)" : " GROUP BY %s, %s", ga, gb);
	if (rng_chance(r, 25))
		text_add(to, " HAVING count(*) > %d", rng_below(r, 4));
}

static void
select_some(struct rng *r, const struct schema *s, const struct source *from, bool distinct,
	    struct text *to)
{
	text_add(to, "SELECT %s%s, %s", distinct ? "DISTINCT " : "",
		 from->cols[rng_below(r, from->ncols)].name,
		 from->cols[rng_below(r, from->ncols)].name);
	text_add(to, " FROM %s WHERE ", from->sql.at);
	condition(r, s, from, 3, to);
}

void
statement(struct rng *r, const struct schema *s, struct text *to)
{
	struct source from, other;
	int c;

	source_make(r, s, &from);
	c = rng_below(r, from.ncols);
	switch (rng_below(r, 6)) {
	case 0:
		grouped(r, s, &from, to);
		break;
	case 1:
		select_some(r, s, &from, true, to);
		break;
	case 2: /* the sorted values alone do not depend on who comes first */
		text_add(to, "SELECT %s FROM %s WHERE ", from.cols[c].name, from.sql.at);
		condition(r, s, &from, 2, to);
		text_add(to, " ORDER BY %s%s LIMIT %d OFFSET %d", from.cols[c].name,
			 rng_chance(r, 40) ? " DESC" : "", 1 + rng_below(r, 9), rng_below(r, 3));
		break;
	case 3: {
		static const char *const ops[] = { "UNION", "UNION ALL", "EXCEPT", "INTERSECT",
						   "EXCEPT ALL" };
		source_make(r, s, &other);
		int d = column_of(r, &other, from.cols[c].type);
		if (d < 0)
			c = d = 0; /* ints */
		text_add(to, "SELECT %s FROM %s WHERE ", from.cols[c].name, from.sql.at);
		condition(r, s, &from, 2, to);
		text_add(to, " %s SELECT %s FROM %s WHERE ", ops[rng_below(r, 5)],
			 other.cols[d].name, other.sql.at);
		condition(r, s, &other, 2, to);
		source_done(&other);
		break;
	}
	case 4:
		text_add(to, "SELECT %s, rank() OVER (PARTITION BY %s ORDER BY %s), count(*) OVER "
			 "(ORDER BY %s) FROM %s WHERE ", from.cols[c].name,
			 from.cols[rng_below(r, from.ncols)].name, from.cols[c].name,
			 from.cols[c].name, from.sql.at);
		condition(r, s, &from, 2, to);
		break;
	default:
		select_some(r, s, &from, false, to);
		break;
	}
	source_done(&from);
}
