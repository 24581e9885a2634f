/* hints.c - "did you mean": the nearest name to one that does not exist, the keyword nearest to
 * a word that has no place. */
#include "config.h"
#include "translate/bind.h"

#include <string.h>

enum { DISTANCE_MAX = 3 };

/* Levenshtein's distance, or max + 1 when it is more than max. */
int
edit_distance(const char *a, const char *c, int max)
{
	size_t n = strlen(a), m = strlen(c);
	int row[2][72];

	if (n > 64 || m > 64 || (n > m ? n - m : m - n) > (size_t) max)
		return max + 1;
	for (size_t j = 0; j <= m; j++)
		row[0][j] = (int) j;
	for (size_t i = 1; i <= n; i++) {
		int *prev = row[(i - 1) & 1], *cur = row[i & 1];

		cur[0] = (int) i;
		for (size_t j = 1; j <= m; j++) {
			int best = prev[j - 1] + (a[i - 1] != c[j - 1]);

			if (prev[j] + 1 < best)
				best = prev[j] + 1;
			if (cur[j - 1] + 1 < best)
				best = cur[j - 1] + 1;
			cur[j] = best;
		}
	}
	int d = row[n & 1][m];
	return d > max ? max + 1 : d;
}

struct guess {
	const char *table, *name;
	int distance; /* the best so far */
	const struct range *range[2];
	const char *col[2];
	bool exact; /* range[0] has exactly this column, out of reach */
};

static void
guess_range(struct guess *g, const struct range *r)
{
	int penalty = 0;

	if (r->alias == NULL)
		return;
	if (g->table != NULL)
		penalty = edit_distance(g->table, r->alias, DISTANCE_MAX);
	for (int i = 0; i < r->ncols; i++) {
		const char *c = r->cols[i].name;

		if (c == NULL || penalty > g->distance)
			continue;
		if (strcmp(c, g->name) == 0 && penalty == 0 && !g->exact) {
			g->exact = true;
			g->range[0] = r;
			g->col[0] = c;
			continue;
		}
		if (g->exact)
			continue;
		int d = edit_distance(c, g->name, DISTANCE_MAX);
		if (d > (int) strlen(g->name) / 2 || d > DISTANCE_MAX)
			continue;
		d += penalty;
		if (d < g->distance) {
			g->distance = d;
			g->range[0] = r;
			g->col[0] = c;
			g->range[1] = NULL;
		} else if (d == g->distance && g->range[0] != NULL) {
			if (g->range[1] == NULL) {
				g->range[1] = r;
				g->col[1] = c;
			} else {
				g->range[0] = g->range[1] = NULL; /* too many: say nothing */
			}
		}
	}
}

/* A hint for a missing column, NULL when there is nothing near. */
const char *
guess_column(struct binder *b, struct scope *s, const char *table, const char *name,
	     const char **ret_table)
{
	struct guess g = { .table = table, .name = name, .distance = DISTANCE_MAX + 1 };

	for (; s != NULL && !g.exact; s = s->outer) {
		for (int i = 0; s->q != NULL && i < s->q->ranges.n; i++)
			guess_range(&g, LIST_AT(struct range, &s->q->ranges, i));
		if (s->q != NULL && s->q->kind == QUERY_INSERT && s->q->target != NULL)
			guess_range(&g, s->q->target);
		if (s->q != NULL && s->q->conflict != NULL)
			guess_range(&g, s->q->conflict->excluded);
		for (int i = 0; s->q == NULL && i < s->items.n; i++)
			if (LIST_AT(struct nsitem, &s->items, i)->range != NULL)
				guess_range(&g, LIST_AT(struct nsitem, &s->items, i)->range);
	}
	if (g.range[0] == NULL)
		return NULL;
	*ret_table = g.range[0]->alias;
	if (g.exact)
		return printf_str(b,
				  "There is a column named \"%s\" in table \"%s\", but it cannot "
				  "be referenced "
				  "from this part of the query.",
				  g.col[0], g.range[0]->alias);
	if (g.range[1] != NULL)
		return printf_str(b,
				  "Perhaps you meant to reference the column \"%s.%s\" or the "
				  "column \"%s.%s\".",
				  g.range[0]->alias, g.col[0], g.range[1]->alias, g.col[1]);
	return printf_str(b, "Perhaps you meant to reference the column \"%s.%s\".",
			  g.range[0]->alias, g.col[0]);
}

/* table.column where no such table is in scope.  Returns the error's code. */
int
missing_item(struct binder *b, struct scope *s, const char *schema, const char *name, int position)
{
	for (struct scope *at_scope = s; at_scope != NULL; at_scope = at_scope->outer)
		for (int i = 0; at_scope->q != NULL && i < at_scope->q->ranges.n; i++) {
			const struct range *r = LIST_AT(struct range, &at_scope->q->ranges, i);

			if (r->alias != NULL && strcmp(r->alias, name) == 0) {
				bind_error(
					b, position, ERR_UNDEFINED_TABLE,
					"invalid reference to FROM-clause entry for table \"%s\"",
					name);
				return err_hint(b->e,
						"There is an entry for table \"%s\", but it cannot "
						"be referenced "
						"from this part of the query.",
						name);
			}
			if (schema == NULL && r->rel != NULL && strcmp(r->rel->o.name, name) == 0) {
				bind_error(
					b, position, ERR_UNDEFINED_TABLE,
					"invalid reference to FROM-clause entry for table \"%s\"",
					name);
				return err_hint(
					b->e,
					"Perhaps you meant to reference the table alias \"%s\".",
					r->alias);
			}
		}
	return bind_error(b, position, ERR_UNDEFINED_TABLE,
			  "missing FROM-clause entry for table \"%s\"", name);
}

/* -- Tables, functions, keywords ------------------------------------------------ */
struct nearest {
	const char *name, *best;
	int distance;
};

static struct nearest
nearest_to(const char *name)
{
	size_t n = strlen(name);

	/* A third of the word may be wrong; a word of one or two letters is near to anything. */
	return (struct nearest) { name, NULL, (n < 3 ? 0 : n < 4 ? 1 : n < 8 ? 2 : DISTANCE_MAX) + 1 };
}

static void
nearest_try(struct nearest *g, const char *candidate)
{
	int d = edit_distance(g->name, candidate, g->distance - 1);

	if (d < g->distance) {
		g->distance = d;
		g->best = candidate;
	}
}

void
guess_relation(struct binder *b, const oid_t *path, int npath, const char *name)
{
	struct nearest g = nearest_to(name);

	for (int i = 0; i < catalog_count(b->catalog, OBJ_RELATION); i++) {
		const struct relation *r =
			(const struct relation *) catalog_at(b->catalog, OBJ_RELATION, i);

		for (int k = 0; k < npath && r->kind != REL_INDEX; k++)
			if (r->o.schema == path[k])
				nearest_try(&g, r->o.name);
	}
	if (g.best != NULL)
		err_hint(b->e, "Perhaps you meant the table \"%s\".", g.best);
}

/* The function nearest to a name that is none; NULL: nothing is near. */
const char *
guess_function(const char *name)
{
	struct nearest g = nearest_to(name);

	for (int i = 0; i < func_count(); i++)
		if (func_at(i)->name[0] == name[0] || name[0] == '\0' ||
		    func_at(i)->name[1] == name[1])
			nearest_try(&g, func_at(i)->name);
	return g.best;
}

/* The word that the parser stumbled over, up to a quote: a mistyped keyword? */
void
guess_keyword(struct err *e, const char *word)
{
	static const char *const keywords[] = {
		"ALTER",  "ANALYZE", "BEGIN",	"CASCADE",     "COLUMN", "COMMENT",  "COMMIT",
		"COPY",	  "CREATE",  "DEFAULT", "DELETE",      "DROP",	 "EXECUTE",  "EXPLAIN",
		"FETCH",  "FROM",    "GRANT",	"GROUP",       "HAVING", "INDEX",    "INNER",
		"INSERT", "INTO",    "JOIN",	"LEFT",	       "LIMIT",	 "MERGE",    "OFFSET",
		"ORDER",  "PREPARE", "PRIMARY", "REFERENCES",  "REVOKE", "ROLLBACK", "SAVEPOINT",
		"SELECT", "SEQUENCE", "SHOW",	"TABLE",       "TRUNCATE", "UNION",  "UNIQUE",
		"UPDATE", "USING",   "VACUUM",	"VALUES",      "VIEW",	 "WHERE",    "WITH",
	};
	char upper[16];
	size_t n = 0;

	while (n < sizeof upper - 1 && ((word[n] | 0x20) >= 'a' && (word[n] | 0x20) <= 'z')) {
		upper[n] = (char) (word[n] & ~0x20);
		n++;
	}
	if (n < 3 || word[n] != '"')
		return;
	upper[n] = '\0';
	struct nearest g = { upper, NULL, n < 6 ? 2 : 3 };
	for (unsigned i = 0; i < ARRAY_LEN(keywords); i++)
		nearest_try(&g, keywords[i]);
	if (g.best != NULL && g.distance > 0)
		err_hint(e, "Perhaps you meant \"%s\".", g.best);
}
