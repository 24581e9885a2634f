/* respell.c - texts kept in the catalog, after something that they name has got another name.
 *
 * Views, bodies of functions, defaults, checks, expressions of indexes and partition keys: each that
 * has the old name as a word is bound in the catalog of before and printed in that of now.
 *
 * Not here: columns in texts of their own table (rename_text.c). */
#include "config.h"
#include "core/ddl/partition.h"

struct respell {
	struct ddl *d;
	struct catalog *from;
	const char *word;
	bool queries;   /* nothing else can name it */
	struct err *e;
	int rc;
};

static bool
concerns(const struct respell *r, const char *sql)
{
	return r->rc == ERR_OK && sql != NULL && strstr(sql, r->word) != NULL;
}

/* A text that made no sense before the change stays as it is, and stops nobody. */
static bool
done(struct respell *r, int rc)
{
	if (rc == ERR_QUERY_CANCELED || rc == ERR_OUT_OF_MEMORY)
		r->rc = rc;
	else if (rc != ERR_OK)
		err_init(r->e);
	return rc == ERR_OK;
}

/* False: it stays as it is. */
static bool
expression(struct respell *r, const struct relation *rel, const struct type *value, const char **sql)
{
	struct ddl_env *env = r->d->env;

	if (r->queries || !concerns(r, *sql) || env->renamed_expr == NULL)
		return false;
	return done(r, env->renamed_expr(env->arg, r->from, r->d->c, rel, value, *sql, sql, r->e));
}

static bool
query(struct respell *r, const struct object *of, const struct function *f, const char **sql)
{
	struct ddl_env *env = r->d->env;

	if (!concerns(r, *sql))
		return false;
	if (env->renamed_query == NULL) {
		err_set(r->e, ERR_FEATURE_NOT_SUPPORTED, "cannot rename what view \"%s\" uses", of->name);
		r->rc = err_hint(r->e, "Drop the view first and create it again.");
		return false;
	}
	return done(r, env->renamed_query(env->arg, r->from, r->d->c, f, *sql, sql, r->e));
}

static bool
index_columns(struct respell *r, const struct relation *table, const struct index_column **at, int n)
{
	struct index_column *cols = arena_dup(r->d->a, *at, (size_t) n * sizeof *cols);
	bool changed = false;

	for (int i = 0; i < n; i++)
		changed |= expression(r, table, NULL, &cols[i].expr_sql);
	if (changed)
		*at = cols;
	return changed;
}

static bool
columns_and_checks(struct respell *r, const struct relation *old, struct relation *to)
{
	struct column *cols = ddl_columns(to);
	struct constraint *cons = ddl_constraints(to);
	bool changed = false;

	for (int i = 0; i < to->ncols; i++)
		if (!cols[i].dropped && (cols[i].sequence == 0 || cols[i].default_sql == NULL ||
					 strncmp(cols[i].default_sql, "nextval(", 8) != 0))
			changed |= expression(r, cols[i].generated != 0 ? old : NULL, NULL,
					      &cols[i].default_sql);
	for (int i = 0; i < to->nconstraints; i++)
		changed |= expression(r, old, NULL, &cons[i].check_sql);
	if (to->partkey != NULL) {
		struct partition_key *key = arena_dup(r->d->a, to->partkey, sizeof *key);

		if (index_columns(r, old, &key->cols, key->ncols)) {
			to->partkey = key;
			changed = true;
		}
	}
	return changed;
}

static void
relation(struct respell *r, const struct relation *old)
{
	const struct relation *now = catalog_relation_by_oid(r->d->c, old->o.oid);
	bool changed = false;

	if (now == NULL)
		return;
	struct relation *to = ddl_copy_relation(r->d, now);
	if (now->index != NULL) {
		struct index *ix = arena_dup(r->d->a, now->index, sizeof *ix);

		changed = index_columns(r, old->index->table, &ix->cols, ix->ncols);
		changed |= expression(r, old->index->table, NULL, &ix->where_sql);
		to->index = ix;
	} else {
		changed = columns_and_checks(r, old, to);
		changed |= query(r, &old->o, NULL, &to->view_sql);
	}
	if (changed)
		ddl_put_relation(r->d, to);
}

static void
user_type(struct respell *r, const struct user_type *old)
{
	const struct user_type *now =
		(const struct user_type *) catalog_object(r->d->c, OBJ_TYPE, old->o.oid);
	const struct type *base = old->type->kind == TYPE_DOMAIN ? old->type->base : NULL;

	if (now == NULL || base == NULL)
		return;
	struct user_type to = *now;
	struct domain_rule *checks =
		arena_dup(r->d->a, now->checks, (size_t) now->nchecks * sizeof *checks);
	bool changed = expression(r, NULL, NULL, &to.default_sql);
	for (int i = 0; i < to.nchecks; i++)
		changed |= expression(r, NULL, base, &checks[i].check_sql);
	to.checks = checks;
	if (changed)
		draft_put(r->d->draft, &to.o);
}

static void
function(struct respell *r, const struct function *old)
{
	const struct function *now = catalog_function_by_oid(r->d->c, old->o.oid);

	if (now == NULL)
		return;
	struct function to = *now;
	const char **defaults =
		arena_dup(r->d->a, now->defaults, (size_t) now->ndefaults * sizeof *defaults);
	bool changed = now->form != FORM_STRING && query(r, &old->o, old, &to.body);
	for (int i = 0; i < to.ndefaults; i++)
		changed |= expression(r, NULL, NULL, &defaults[i]);
	to.defaults = defaults;
	if (changed)
		draft_put(r->d->draft, &to.o);
}

int
ddl_respell(struct ddl *d, struct catalog *from, const char *word, bool queries, struct err *e)
{
	struct respell r = { .d = d, .from = from, .word = word, .queries = queries, .e = e };

	for (int i = 0; r.rc == ERR_OK && i < catalog_count(from, OBJ_RELATION); i++)
		relation(&r, (const struct relation *) catalog_at(from, OBJ_RELATION, i));
	for (int i = 0; r.rc == ERR_OK && i < catalog_count(from, OBJ_TYPE); i++)
		user_type(&r, (const struct user_type *) catalog_at(from, OBJ_TYPE, i));
	for (int i = 0; r.rc == ERR_OK && i < catalog_count(from, OBJ_FUNCTION); i++)
		function(&r, (const struct function *) catalog_at(from, OBJ_FUNCTION, i));
	return r.rc;
}
