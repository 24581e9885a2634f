/* relation.c - deriving and naming relations. */
#include "config.h"
#include "core/graph/relation.h"

#include <string.h>

/* A relation with the names it may take, best first. */
struct candidate {
	struct graph_relation *rel;
	const char *names[3];
	int  chosen;
	bool fixed;                     /* named by a comment */
};

struct derivation {
	struct arena *arena;
	const struct catalog *catalog;
	const struct relation *rel;
	int n, cap;
	struct candidate *at;
};

static struct candidate *
add(struct derivation *d, const struct graph_relation *r, const char *first, const char *second, const char *third)
{
	if (d->n == d->cap) {
		int cap = d->cap == 0 ? 16 : d->cap * 2;
		struct candidate *at = ARENA_ARRAY(d->arena, struct candidate, cap);
		if (d->n > 0)
			memcpy(at, d->at, (size_t) d->n * sizeof *at);
		d->at = at;
		d->cap = cap;
	}
	struct candidate *c = &d->at[d->n++];
	*c = (struct candidate) { .names = { first, second, third } };
	c->rel = arena_dup(d->arena, r, sizeof *r);
	return c;
}

static bool
is_user_table(const struct relation *r)
{
	return r->kind == REL_TABLE && relation_sysrel(r) == NULL;
}

/* A partition is no entity: its rows are those of the whole table. */
static bool
is_whole(const struct relation *r)
{
	return r != NULL && r->part_of == 0;
}

/* "author_id" -> "author"; a key of several columns is named after the table it points to. */
static const char *
to_one_name(struct arena *a, const struct relation *from, const struct constraint *con, const struct relation *to)
{
	if (con->ncols != 1)
		return to->o.name;
	const char *col = from->cols[con->cols[0] - 1].name;
	size_t len = strlen(col);
	return len > 3 && strcmp(col + len - 3, "_id") == 0 ? arena_strndup(a, col, len - 3) : col;
}

/* '@relation name inverse' in a comment: word number i, or NULL. */
static const char *
comment_name(struct arena *a, const struct constraint *con, int i)
{
	const char *p = con->comment != NULL ? strstr(con->comment, "@relation ") : NULL;

	if (p == NULL)
		return NULL;
	p += strlen("@relation ");
	for (;; i--) {
		p += strspn(p, " ");
		size_t len = strcspn(p, " \n\t");
		if (len == 0)
			return NULL;
		if (i == 0)
			return arena_strndup(a, p, len);
		p += len;
	}
}

static bool
same_columns(int n, const int16_t *a, int m, const int16_t *b)
{
	if (n != m)
		return false;
	for (int i = 0; i < n; i++) {
		bool found = false;
		for (int k = 0; k < m; k++)
			found |= a[i] == b[k];
		if (!found)
			return false;
	}
	return true;
}

static bool
is_unique(const struct relation *r, int n, const int16_t *cols)
{
	for (int i = 0; i < r->nindexes; i++) {
		const struct index *ix = r->indexes[i];
		int16_t keys[INDEX_COLS_MAX];
		if (!ix->unique || ix->where_sql != NULL || ix->state != INDEX_VALID)
			continue;
		for (int k = 0; k < ix->nkeys; k++)
			keys[k] = ix->cols[k].attnum;
		if (same_columns(n, cols, ix->nkeys, keys))
			return true;
	}
	return false;
}

static bool
any_nullable(const struct relation *r, int n, const int16_t *cols)
{
	for (int i = 0; i < n; i++)
		if (!r->cols[cols[i] - 1].not_null)
			return true;
	return false;
}

/* -- Own keys -------------------------------------------------------------------------------------- */

static void
own_keys(struct derivation *d)
{
	const struct relation *rel = d->rel;

	for (int i = 0; i < rel->nconstraints; i++) {
		const struct constraint *con = &rel->constraints[i];
		if (con->type != CON_FOREIGN)
			continue;
		const struct relation *to = catalog_relation_by_oid(d->catalog, con->ref_table);
		if (!is_whole(to))
			continue;
		struct graph_relation r = { .from = rel, .to = to, .optional = any_nullable(rel, con->ncols, con->cols),
		                            .ncols = con->ncols, .nto = con->ncols, .from_cols = con->cols,
		                            .to_cols = con->ref_cols, .con = con, .owns = true };
		const char *named = comment_name(d->arena, con, 0);
		struct candidate *c = add(d, &r, named != NULL ? named : to_one_name(d->arena, rel, con, to), con->name, NULL);
		c->fixed = named != NULL;
	}
}

/* -- Keys that point here --------------------------------------------------------------------------- */

static int
keys_from(const struct relation *rel, const struct relation *table)
{
	int n = 0;

	for (int i = 0; i < rel->nrefs; i++)
		n += rel->refs[i].table == table;
	return n;
}

static void
inverse_keys(struct derivation *d)
{
	const struct relation *rel = d->rel;

	for (int i = 0; i < rel->nrefs; i++) {
		const struct relation *t = rel->refs[i].table;
		const struct constraint *con = rel->refs[i].con;
		if (!is_whole(t))
			continue;
		struct graph_relation r = { .from = rel, .to = t, .many = !is_unique(t, con->ncols, con->cols), .optional = true,
		                            .ncols = con->ncols, .nto = con->ncols, .from_cols = con->ref_cols,
		                            .to_cols = con->cols, .con = con };
		const char *named = comment_name(d->arena, con, 1);
		const char *by = arena_printf(d->arena, "%s_by_%s", t->o.name, to_one_name(d->arena, t, con, rel));
		bool several = keys_from(rel, t) > 1;
		struct candidate *c = add(d, &r, named != NULL ? named : several ? by : t->o.name, con->name, NULL);
		c->fixed = named != NULL;
	}
}

/* -- Join tables --------------------------------------------------------------------------------------- */

static bool
covers_exactly(const struct index *ix, const struct constraint *a, const struct constraint *b)
{
	int16_t keys[INDEX_COLS_MAX], both[2 * INDEX_COLS_MAX];
	int n = 0;

	if (!ix->unique || ix->where_sql != NULL || a->ncols + b->ncols != ix->nkeys)
		return false;
	for (int k = 0; k < ix->nkeys; k++)
		keys[k] = ix->cols[k].attnum;
	for (int k = 0; k < a->ncols; k++)
		both[n++] = a->cols[k];
	for (int k = 0; k < b->ncols; k++)
		both[n++] = b->cols[k];
	return same_columns(n, both, ix->nkeys, keys);
}

static bool
is_join_of(const struct relation *j, const struct constraint *a, const struct constraint *b)
{
	for (int i = 0; i < j->nindexes; i++)
		if (covers_exactly(j->indexes[i], a, b))
			return true;
	return false;
}

static void
add_join(struct derivation *d, const struct relation *j, const struct constraint *near, const struct constraint *far, bool self)
{
	const struct relation *to = catalog_relation_by_oid(d->catalog, far->ref_table);

	if (!is_whole(to))
		return;
	struct graph_relation r = { .from = d->rel, .to = to, .many = true, .optional = true, .ncols = near->ncols,
	                            .nto = far->ncols, .from_cols = near->ref_cols, .via_from = near->cols,
	                            .via = j, .via_to = far->cols, .to_cols = far->ref_cols, .con = far, .near = near };
	const char *via = arena_printf(d->arena, "%s_via_%s", to_one_name(d->arena, j, far, to), j->o.name);
	add(d, &r, self ? via : to->o.name, self ? far->name : via, self ? NULL : far->name);
}

static void
join_tables(struct derivation *d)
{
	const struct relation *rel = d->rel;

	for (int i = 0; i < rel->nrefs; i++) {
		const struct relation *j = rel->refs[i].table;
		const struct constraint *near = rel->refs[i].con;
		if (!is_whole(j))
			continue;
		for (int k = 0; k < j->nconstraints; k++) {
			const struct constraint *far = &j->constraints[k];
			if (far->type != CON_FOREIGN || far == near || !is_join_of(j, near, far))
				continue;
			add_join(d, j, near, far, far->ref_table == rel->o.oid);
		}
	}
}

/* -- Names --------------------------------------------------------------------------------------------------- */

static const char *
name_of(const struct candidate *c)
{
	return c->names[c->chosen];
}

/* Own keys keep their name before keys that point here, those before join tables. */
static int
rank(const struct graph_relation *r)
{
	return r->owns ? 0 : r->via == NULL ? 1 : 2;
}

/* Of one rank, all that clash take their longer names. */
static bool
must_yield(const struct derivation *d, int i)
{
	const struct candidate *c = &d->at[i];

	if (c->fixed || c->chosen == 2 || c->names[c->chosen + 1] == NULL)
		return false;
	for (int k = 0; k < d->n; k++) {
		const struct candidate *o = &d->at[k];
		if (k == i || strcmp(name_of(o), name_of(c)) != 0)
			continue;
		if (rank(c->rel) >= rank(o->rel))
			return true;
	}
	return false;
}

static void
settle_names(struct derivation *d)
{
	bool *yield = ARENA_ARRAY(d->arena, bool, d->n + 1);

	for (int round = 0; round < 3; round++) {
		bool any = false;
		for (int i = 0; i < d->n; i++)
			any |= yield[i] = must_yield(d, i);
		for (int i = 0; i < d->n; i++)
			d->at[i].chosen += yield[i];
		if (!any)
			break;
	}
	for (int i = 0; i < d->n; i++)
		d->at[i].rel->name = name_of(&d->at[i]);
}

void
graph_relations(struct arena *a, const struct catalog *c, const struct relation *rel, struct list *ret)
{
	struct derivation d = { .arena = a, .catalog = c, .rel = rel };

	if (is_user_table(rel)) {
		own_keys(&d);
		inverse_keys(&d);
		join_tables(&d);
		settle_names(&d);
	}
	for (int i = 0; i < d.n; i++)
		list_push(ret, a, d.at[i].rel);
}

const struct graph_relation *
graph_relation_find(const struct list *relations, const char *name)
{
	for (int i = 0; i < relations->n; i++)
		if (strcmp(LIST_AT(struct graph_relation, relations, i)->name, name) == 0)
			return relations->at[i];
	return NULL;
}
